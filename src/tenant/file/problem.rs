//! What can be wrong in a directory file, each with what to do about it.

use std::fmt;

use crate::id;

/// Everything that is wrong in one file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Error {
    /// Path of the file, as the caller calls it.
    pub path: String,
    /// What is wrong, by position; at most `PROBLEMS_MAX`.
    pub problems: Vec<Problem>,
    /// How many more there are.
    pub n_more: usize,
}

/// One `path:line:column: fault` a line.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            let newline = if index == 0 { "" } else { "\n" };
            write!(f, "{newline}{}:{}:{}: {}", self.path, problem.line, problem.column, problem.fault)?;
        }
        if self.n_more > 0 {
            write!(f, "\n{}: and {} more problems", self.path, self.n_more)?;
        }
        Ok(())
    }
}

/// One thing that is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub fault: Fault,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The file has more bytes than the limit.
    #[error("the file has {given_bytes} bytes, over the limit of {limit_bytes}")]
    FileBytes {
        /// Its size.
        given_bytes: usize,
        /// `FILE_BYTES_MAX`.
        limit_bytes: usize,
    },
    /// Bytes that are not UTF-8.
    #[error("this is not UTF-8 text; save the file as UTF-8")]
    Encoding,
    /// The text is not of its format.
    #[error("{0}")]
    Syntax(String),
    /// Nothing but blanks and comments.
    #[error("the file is empty; an intended empty directory is a header line alone, or []")]
    Empty,
    /// Something else than accounts.
    #[error("expected {expected}, found {given}")]
    Shape {
        /// What belongs there.
        expected: &'static str,
        /// What stands there.
        given: &'static str,
    },
    /// The first line of a CSV file is data.
    #[error("the first line must name the columns, such as account,tenant,name,tier")]
    NoHeader,
    /// No column holds the account.
    #[error("no column is named \"account\"")]
    NoAccountColumn,
    /// A name that is close to that of a column.
    #[error("unknown column {given:?}, did you mean {meant:?}? a label of that name is written \"label.{given}\"")]
    UnknownColumn {
        /// As written.
        given: String,
        /// The column it resembles.
        meant: &'static str,
    },
    /// A column or label is given twice.
    #[error("{name:?} is given twice")]
    NameTwice {
        /// Its name.
        name: String,
    },
    /// A row of another length than the header.
    #[error("the row has {given} fields, the header {expected}; a field with a comma needs quotes")]
    FieldCount {
        /// Fields of the row.
        given: usize,
        /// Fields of the header.
        expected: usize,
    },
    /// A quoted field without its end.
    #[error("the quote that opens here is never closed")]
    OpenQuote,
    /// A row without an account.
    #[error("the account is missing")]
    AccountMissing,
    /// An account that is not twelve digits.
    #[error("{error}{hint}")]
    Account {
        /// What it should be.
        error: id::Error,
        /// How it may have come about, with its separator.
        hint: String,
    },
    /// Two rows for one account.
    #[error("account {account} stands already in line {first_line}; remove one of the two")]
    AccountTwice {
        /// The account.
        account: id::AccountId,
        /// The line of the first.
        first_line: usize,
    },
    /// More accounts than the limit.
    #[error("the file names {given} accounts, over the limit of {limit}")]
    AccountCount {
        /// How many there are.
        given: usize,
        /// `ACCOUNTS_MAX`.
        limit: usize,
    },
    /// Not a Region code.
    #[error("{0}")]
    Region(id::Error),
    /// Not a state of an account.
    #[error("unknown state {given:?}, expected ACTIVE, SUSPENDED, PENDING_ACTIVATION, PENDING_CLOSURE or CLOSED")]
    State {
        /// As written.
        given: String,
    },
    /// Not a date.
    #[error("{given:?} is no date; write 2026-11-22 or 2026-11-22T02:39:31Z")]
    Created {
        /// As written.
        given: String,
    },
    /// A value that is too long.
    #[error("{name:?} has {given} characters, over the limit of {limit}")]
    ValueChars {
        /// Column or label.
        name: String,
        /// How long it is.
        given: usize,
        /// `VALUE_CHARS_MAX`.
        limit: usize,
    },
    /// A value with a line break or another control character.
    #[error("{name:?} holds a line break or another control character")]
    ControlCharacter {
        /// Column or label.
        name: String,
    },
    /// The tenant of unknown accounts, given to a known one.
    #[error("the tenant id \"unassigned\" is what accounts without an entry get; choose another")]
    Unassigned,
    /// A label without a name, or with too long a one.
    #[error("a label's name has 1 to {limit} characters, not {given}")]
    LabelName {
        /// How long it is.
        given: usize,
        /// `LABEL_NAME_CHARS_MAX`.
        limit: usize,
    },
    /// A label with the name of an attribute that Fanin sets itself.
    #[error("the label {name:?} has the name of an attribute that Fanin sets itself; choose another")]
    LabelReserved {
        /// Its name.
        name: String,
    },
    /// Too many labels.
    #[error("the account has {given} labels, over the limit of {limit}")]
    LabelCount {
        /// How many it has.
        given: usize,
        /// `LABELS_MAX`.
        limit: usize,
    },
}
