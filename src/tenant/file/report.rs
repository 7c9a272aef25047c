//! Collects problems while a file is read, and turns their places into lines and columns at the end.

use super::problem::{Error, Fault, Problem};

/// A person mends some and runs the check again; more than this would only scroll away.
pub const PROBLEMS_MAX: usize = 100;

/// A place in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum At {
    /// A byte.
    Byte(usize),
    /// A line and a column that a parser counted, both from 1.
    LineColumn(usize, usize),
    /// A field of a CSV record: where the record's bytes begin, and which field of it.
    Field {
        /// Where the reader stood before the record; blank lines and comments may come first.
        record: usize,
        /// Index of the field, from 0.
        index: usize,
    },
}

/// The problems so far.
#[derive(Debug)]
pub(super) struct Report<'a> {
    text: &'a str,
    delimiter: char,
    problems: Vec<Problem>,
    n_more: usize,
}

impl<'a> Report<'a> {
    pub(super) const fn new(text: &'a str, delimiter: char) -> Self {
        Self { text, delimiter, problems: Vec::new(), n_more: 0 }
    }

    pub(super) fn add(&mut self, at: At, fault: Fault) {
        self.add_with(at, |_| fault);
    }

    /// Adds a problem whose words need the line of another place, which is only counted when it will be shown.
    pub(super) fn add_with(&mut self, at: At, fault: impl FnOnce(&Self) -> Fault) {
        if self.problems.len() == PROBLEMS_MAX {
            self.n_more += 1;
            return;
        }
        let (line, column) = self.place(at);
        let fault = fault(self);
        self.problems.push(Problem { line, column, fault });
    }

    pub(super) fn line(&self, at: At) -> usize {
        self.place(at).0
    }

    pub(super) fn finish<T>(mut self, path: &str, value: T) -> Result<T, Error> {
        if self.problems.is_empty() {
            return Ok(value);
        }
        self.problems.sort_by_key(|problem| (problem.line, problem.column));
        Err(Error { path: path.into(), problems: self.problems, n_more: self.n_more })
    }

    /// Line and column of a place, both from 1.
    fn place(&self, at: At) -> (usize, usize) {
        let byte = match at {
            At::Byte(byte) => byte,
            At::LineColumn(line, column) => return (line, column),
            At::Field { record, index } => field(self.text, self.delimiter, record, index).start,
        };
        let before = &self.text[..self.text.floor_char_boundary(byte)];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }
}

/// Where a field of a CSV record begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Field {
    /// Byte of its first character that is not blank.
    pub(super) start: usize,
    /// Whether it is quoted and the text ends before the closing quote.
    pub(super) open: bool,
}

/// Finds a field by its index; the last one when the record has fewer.
pub(super) fn field(text: &str, delimiter: char, record: usize, index: usize) -> Field {
    let mut start = first_line(text, record);
    let mut index_left = index;
    loop {
        let (end, open) = field_end(text, delimiter, start);
        if index_left == 0 || open || !text[end..].starts_with(delimiter) {
            let blanks = text[start..end].len() - text[start..end].trim_start().len();
            return Field { start: start + blanks, open };
        }
        index_left -= 1;
        start = end + delimiter.len_utf8();
    }
}

/// The start of the first line from `from` on that is neither blank nor a comment.
fn first_line(text: &str, from: usize) -> usize {
    let mut start = from;
    while start < text.len() {
        let rest = &text[start..];
        let line = rest.split_inclusive('\n').next().unwrap_or(rest);
        if !line.trim().is_empty() && !line.starts_with('#') {
            break;
        }
        start += line.len();
    }
    start
}

fn field_end(text: &str, delimiter: char, start: usize) -> (usize, bool) {
    let mut quoted = text[start..].starts_with('"');
    let skipped = usize::from(quoted);
    for (index, character) in text[start + skipped..].char_indices() {
        if character == '"' {
            quoted = !quoted;
        } else if !quoted && (character == delimiter || character == '\n') {
            return (start + skipped + index, false);
        }
    }
    (text.len(), quoted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_found_behind_quotes_blank_lines_and_comments() {
        let text = "\n# who\n\"a,\"\"b\", c ,d\n";
        assert_eq!(&text[field(text, ',', 0, 0).start..][..3], "\"a,");
        assert_eq!(&text[field(text, ',', 0, 1).start..][..1], "c");
        assert_eq!(&text[field(text, ',', 0, 2).start..][..1], "d");
        assert_eq!(&text[field(text, ',', 0, 9).start..][..1], "d");
    }

    #[test]
    fn columns_count_characters_and_not_bytes() {
        let report = Report::new("\u{e4}\u{f6},x\nz", ',');
        assert_eq!(report.place(At::Field { record: 0, index: 1 }), (1, 4));
        assert_eq!(report.place(At::Byte(7)), (2, 1));
        assert_eq!(report.place(At::Byte(99)), (2, 2));
    }
}
