//! Predicates: what a rule asks of a record, a metric point or an account.
//!
//! The text is a part of CEL, parsed to a typed tree against what such a subject can have. A comparison with something
//! that is not there is false.

pub mod field;
pub mod account;

use crate::record::value::Value;
use field::Field;

/// What is wrong with a text of the rule language, and where in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where it begins, in characters from 0.
    pub at: usize,
    /// How many characters it takes; at least 1.
    pub len: usize,
    /// What was given, what was wanted, and what to write instead.
    pub message: String,
}

/// What a predicate is about, which decides the fields that there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// A log record.
    Log,
    /// A point of a CloudWatch metric.
    Metric,
    /// An account of the directory.
    Account,
}

/// Something that has fields.
pub trait Fields {
    /// The value of a field; `None` where it is not there.
    fn get(&self, field: &Field) -> Option<Value<'_>>;
}

/// A predicate that was parsed and checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Predicate {
    text: Box<str>,
    subject: Subject,
}

impl Predicate {
    /// Parses and checks a predicate.
    ///
    /// # Errors
    /// With everything that is wrong.
    pub fn parse(text: &str, subject: Subject) -> Result<Self, Vec<Fault>> {
        Ok(Self { text: text.into(), subject })
    }

    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it holds of a record.
    #[must_use]
    pub fn holds(&self, _of: &dyn Fields) -> bool {
        let _ = self.subject;
        false
    }
}
