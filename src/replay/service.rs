//! Logs that services of AWS put into S3: lines of fields, cut into pieces that each decode by themselves, and JSON.

use std::io;

use memchr::{memchr, memchr_iter, memrchr};

use super::window::{GZIP, Window};
use crate::config::FormatName;
use crate::envelope::object::{self, Object};
use crate::json::Scanner;

/// The most bytes of lines that are one record, without their header, and so of a line: as many as go in together.
pub(super) const PIECE_BYTES_MAX: usize = 512 * 1024;

/// So much of a layer tells what its lines are.
const HEAD_BYTES: usize = 64 * 1024;

/// Lines of fields, which are the rest of a layer.
#[derive(Debug)]
pub(super) struct Lines {
    header: Vec<u8>,
    /// Whether the header was read, so that it must be put before what follows.
    begun: bool,
}

impl Lines {
    /// Looks at the beginning of a layer, from a file that is called `name`.
    pub(super) fn begin(window: &mut Window, name: &str) -> io::Result<Option<Self>> {
        let more = window.fill(HEAD_BYTES)?;
        let head = window.data();
        let first = head.trim_ascii_start();
        // Binary data is none of them, whatever the file is called.
        if first.is_empty() || first[0] == b'{' || first.contains(&0) || first.starts_with(&GZIP) {
            return Ok(None);
        }
        let end = if more { memrchr(b'\n', head).map_or(head.len(), |newline| newline + 1) } else { head.len() };
        let text = String::from_utf8_lossy(&head[..end]);
        let object = object::read(&text, name).filter(|object| !object.is_json());
        Ok(object.map(|object| Self { header: object.header().into_bytes(), begun: false }))
    }

    /// A piece as a record of its own.
    pub(super) fn record(&mut self, piece: &[u8]) -> Vec<u8> {
        let begun = std::mem::replace(&mut self.begun, true);
        if begun { [&self.header, piece].concat() } else { piece.to_vec() }
    }
}

/// Where the next piece ends.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Cut {
    /// After so many bytes.
    At(usize),
    /// The first line has more bytes than a piece may have.
    TooLong,
    /// Behind the bytes that are at hand.
    Behind,
}

/// Cuts between lines, and before what plainly is no line: a JSON object or a gzip member.
pub(super) fn cut(data: &[u8], bytes_max: usize, ended: bool) -> Cut {
    let end = if ended && data.len() <= bytes_max {
        data.len()
    } else {
        match memrchr(b'\n', &data[..data.len().min(bytes_max)]) {
            Some(newline) => newline + 1,
            None if data.len() > bytes_max => return Cut::TooLong,
            None => return Cut::Behind,
        }
    };
    let stranger = memchr_iter(b'\n', &data[..end]).map(|newline| newline + 1).find(|start| {
        let line = &data[*start..];
        line.starts_with(b"{") || line.starts_with(&GZIP)
    });
    Cut::At(stranger.unwrap_or(end))
}

/// Whether a JSON object, from a file that is called `name`, is a file of CloudTrail or a message of another service.
pub(super) fn is_object(json: &[u8], name: &str) -> bool {
    let text = String::from_utf8_lossy(json);
    let object = object::read(&text, name);
    // Messages stand on a line each; what somebody has laid out over many would not be one.
    object.is_some_and(|object| object.format == FormatName::Cloudtrail || !text.contains('\n'))
}

/// Where a record ends that begins with such an object: after as many lines of the same format as a piece may have.
pub(super) fn record_end(window: &mut Window, object_end: usize, name: &str) -> usize {
    let Some(format) = format_of_line(&window.data()[..object_end], name) else { return object_end };
    if let Err(error) = window.fill(PIECE_BYTES_MAX) {
        window.fail_later(error);
    }
    let data = window.data();
    let data = &data[..data.len().min(PIECE_BYTES_MAX)];
    let mut end = object_end;
    while let Some(newline) = data.get(end..).and_then(|rest| memchr(b'\n', rest)) {
        let next = end + newline + 1;
        let line = &data[end..next];
        let is_first_line = end == object_end;
        if !line.trim_ascii().is_empty() && (is_first_line || format_of_line(line, name) != Some(format)) {
            break;
        }
        end = next;
    }
    end
}

/// The format of a line that is one whole message in JSON.
fn format_of_line(line: &[u8], name: &str) -> Option<FormatName> {
    let text = String::from_utf8_lossy(line);
    let text = text.trim_ascii();
    let mut scanner = Scanner::new(text);
    let whole = text.starts_with('{') && scanner.skip_value().is_ok() && scanner.at_end();
    let Object { format, .. } = object::read(text, name).filter(|_| whole)?;
    (format != FormatName::Cloudtrail).then_some(format)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_piece_ends_with_a_line_or_before_what_is_none() {
        assert_eq!(cut(b"ab\ncd\nef", 6, false), Cut::At(6));
        assert_eq!(cut(b"ab\ncd\nef", 8, false), Cut::At(6));
        assert_eq!(cut(b"ab\ncd\nef", 8, true), Cut::At(8));
        assert_eq!(cut(b"ab\n{\nef", 8, true), Cut::At(3));
        assert_eq!(cut(b"ab\n\x1f\x8b\x08", 8, true), Cut::At(3));
        assert_eq!(cut(b"abcdef", 5, true), Cut::TooLong);
        assert_eq!(cut(b"abcde", 5, false), Cut::Behind);
    }

    proptest! {
        #[test]
        fn pieces_are_all_of_the_lines_once(lines in prop::collection::vec("[a-z]{1,9}", 1..40), bytes_max in 10..60_usize, at_hand in 0..30_usize) {
            let text = lines.join("\n");
            let (mut rest, mut pieces) = (text.as_bytes(), Vec::new());
            while !rest.is_empty() {
                let seen = rest.len().min(bytes_max + 1 + at_hand);
                let Cut::At(end) = cut(&rest[..seen], bytes_max, seen == rest.len()) else { panic!("a line is too long") };
                prop_assert!(end > 0 && end <= bytes_max);
                prop_assert!(end == rest.len() || rest[end - 1] == b'\n');
                pieces.extend_from_slice(&rest[..end]);
                rest = &rest[end..];
            }
            prop_assert_eq!(pieces, text.into_bytes());
        }
    }
}
