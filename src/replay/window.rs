//! A piece of a file that moves forward, through layers of gzip, without ever holding all of it.
//!
//! What is handed on is bounded by the reader of items, object by object; so a small file that inflates without end
//! costs time, not memory.

use std::io::{self, BufRead, Read};

use flate2::bufread::GzDecoder;
use memchr::memmem;

/// What one look further reads.
const CHUNK_BYTES: usize = 64 * 1024;

/// So much of a gzip member is kept to look for the next one, should this one be broken.
/// Records of Kinesis and Firehose are smaller.
const HELD_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Magic and method of gzip. Source: RFC 1952, section 2.3.1.
pub(super) const GZIP: [u8; 3] = [0x1f, 0x8b, 8];

/// The reader below all layers failed; as opposed to bytes that do not inflate.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub(super) struct ReadFailed(io::Error);

impl ReadFailed {
    pub(super) fn is_in(error: &io::Error) -> bool {
        error.get_ref().is_some_and(|inner| inner.is::<Self>())
    }
}

pub(super) struct Window {
    input: Input,
    buffer: Vec<u8>,
    /// Where in `buffer` the unread bytes begin.
    read: usize,
    /// Offset in the layer of the first byte of `buffer`.
    base: u64,
    /// Offset from which bytes are kept although they were read.
    held: Option<u64>,
    ended: bool,
    /// Told by the next `fill`.
    failed: Option<io::Error>,
}

enum Input {
    Plain(Box<dyn Read + Send>),
    Gzip(Box<GzDecoder<Window>>),
}

impl Window {
    pub(super) fn new(reader: Box<dyn Read + Send>) -> Self {
        Self::over(Input::Plain(reader))
    }

    /// The content of the gzip member that begins at the unread bytes of `outer`.
    #[expect(clippy::disallowed_methods, reason = "streams files of any size; every object is under a ceiling")]
    pub(super) fn gunzip(outer: Self) -> Self {
        Self::over(Input::Gzip(Box::new(GzDecoder::new(outer))))
    }

    fn over(input: Input) -> Self {
        Self { input, buffer: Vec::new(), read: 0, base: 0, held: None, ended: false, failed: None }
    }

    /// The layer around this one, at the first byte after the member; `None` for the file itself.
    pub(super) fn into_outer(self) -> Option<Self> {
        match self.input {
            Input::Plain(_) => None,
            Input::Gzip(decoder) => Some(decoder.into_inner()),
        }
    }

    /// Makes the next `fill` fail.
    pub(super) fn fail_later(&mut self, error: io::Error) {
        self.failed = Some(error);
    }

    /// Offset of the first unread byte in its layer.
    pub(super) const fn offset(&self) -> u64 {
        self.base + self.read as u64
    }

    /// The unread bytes that are at hand.
    pub(super) fn data(&self) -> &[u8] {
        &self.buffer[self.read..]
    }

    /// Reads until `bytes` unread ones are at hand or the layer ends; whether there are so many.
    pub(super) fn fill(&mut self, bytes: usize) -> io::Result<bool> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        while self.data().len() < bytes && !self.ended {
            self.compact();
            let end = self.buffer.len();
            let wanted = bytes.saturating_sub(end - self.read).clamp(CHUNK_BYTES, 16 * CHUNK_BYTES);
            self.buffer.resize(end + wanted, 0);
            let got = self.input.read(&mut self.buffer[end..]);
            self.buffer.truncate(end + got.as_ref().map_or(0, |got| *got));
            self.ended = got? == 0;
        }
        Ok(self.data().len() >= bytes)
    }

    pub(super) fn consume(&mut self, bytes: usize) {
        self.read = (self.read + bytes).min(self.buffer.len());
    }

    /// From here on, what is read is kept for a while, so that `rewind_past_first` can come back.
    pub(super) const fn hold(&mut self) {
        self.held = Some(self.offset());
    }

    pub(super) const fn release(&mut self) {
        self.held = None;
    }

    /// Back to the byte after the one at which `hold` was called, unless too much was read since.
    pub(super) fn rewind_past_first(&mut self) {
        if let Some(back) = self.held.take().and_then(|held| usize::try_from(held - self.base).ok()) {
            self.read = back;
            self.consume(1);
        }
    }

    /// Past white space, and the commas of lists that were taken apart.
    pub(super) fn skip_space(&mut self) -> io::Result<()> {
        while self.fill(1)? {
            let data = self.data();
            let blank = data.iter().take_while(|byte| byte.is_ascii_whitespace() || **byte == b',').count();
            let all = blank == data.len();
            self.consume(blank);
            if !all {
                break;
            }
        }
        Ok(())
    }

    /// Past the ends of lines, and nothing else.
    pub(super) fn skip_newlines(&mut self) -> io::Result<()> {
        while self.fill(1)? {
            let data = self.data();
            let newlines = data.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
            let all = newlines == data.len();
            self.consume(newlines);
            if !all {
                break;
            }
        }
        Ok(())
    }

    /// To the end of the line.
    pub(super) fn skip_line(&mut self) -> io::Result<()> {
        self.skip_to(usize::MAX, |data| memchr::memchr(b'\n', data))
    }

    /// To the first byte of the next gzip member, or to the end.
    pub(super) fn skip_to_gzip(&mut self) -> io::Result<()> {
        self.skip_to(usize::MAX, |data| memmem::find(data, &GZIP))
    }

    /// To where another item plainly begins: a line that opens an object, or a gzip member; `bytes_max` on if none does.
    pub(super) fn skip_to_item(&mut self, bytes_max: usize) -> io::Result<()> {
        let _ = self.fill(1)?;
        self.consume(1);
        self.skip_to(bytes_max.saturating_sub(1), |data| {
            let line = memmem::find(data, b"\n{").map(|at| at + 1);
            let gzip = memmem::find(data, &GZIP);
            line.into_iter().chain(gzip).min()
        })
    }

    /// `find` may look for at most three bytes.
    fn skip_to(&mut self, bytes_max: usize, find: impl Fn(&[u8]) -> Option<usize>) -> io::Result<()> {
        let mut left = bytes_max;
        while left > 0 && self.fill(GZIP.len())? {
            let data = &self.data()[..self.data().len().min(left)];
            let (skipped, found) = match find(data) {
                Some(at) => (at, true),
                None if data.len() == left => (left, true),
                None => (data.len() - (GZIP.len() - 1), false),
            };
            self.consume(skipped);
            left -= skipped;
            if found {
                return Ok(());
            }
        }
        if left > 0 {
            self.consume(self.data().len().min(left));
        }
        Ok(())
    }

    fn compact(&mut self) {
        let held = self.held.and_then(|held| usize::try_from(held - self.base).ok());
        let keep = match held {
            Some(held) if self.read - held <= HELD_BYTES_MAX => held,
            Some(_) | None => {
                self.held = None;
                self.read
            }
        };
        // Moving few bytes often would make long reads slow.
        if keep >= CHUNK_BYTES || keep == self.buffer.len() {
            let _ = self.buffer.drain(..keep);
            self.base += keep as u64;
            self.read -= keep;
        }
    }
}

/// As the input of the next layer.
impl BufRead for Window {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let _ = self.fill(1)?;
        Ok(self.data())
    }

    fn consume(&mut self, bytes: usize) {
        Self::consume(self, bytes);
    }
}

impl Read for Window {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let data = self.fill_buf()?;
        let length = data.len().min(into.len());
        into[..length].copy_from_slice(&data[..length]);
        Self::consume(self, length);
        Ok(length)
    }
}

impl Input {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Gzip(decoder) => decoder.read(into),
            Self::Plain(reader) => loop {
                match reader.read(into) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    other => return other.map_err(|error| io::Error::new(error.kind(), ReadFailed(error))),
                }
            },
        }
    }
}
