//! The words in which log records are searched: `timeout "payments failed" sev>=warn source=/aws/lambda/checkout`.
//!
//! All of them must hold. A word or a `"phrase"` stands somewhere in the message or in the value of an attribute, whatever its
//! case; with a `-` before it, it must not. `sev>=warn`, `key=value`, `key!=value` and `key~pattern` look at one thing: `account`,
//! `tenant`, `source` (the log group), `message`, or any attribute of the record or its resource. Nothing else is understood, so
//! that the same line can be typed in the page, in the address bar and on the command line.

mod level;
mod parse;
mod row;

use std::fmt;

use regex::{Regex, RegexBuilder};

pub use level::{Comparison, Level, name as severity_name};
pub use row::Row;

use crate::id::AccountId;

/// Characters of a query; nobody types more, and every record is compared with all of it.
pub const QUERY_CHARS_MAX: usize = 2_000;

/// Terms of a query.
pub const TERMS_MAX: usize = 32;

/// Bytes that a compiled pattern may take.
const PATTERN_BYTES_MAX: usize = 1 << 20;

/// What is wrong with a query: where, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("at character {at}: {message}")]
pub struct Error {
    /// The character at which it begins, from 1.
    pub at: usize,
    /// What is wrong, naming what was given.
    pub message: String,
    /// What to do.
    pub hint: String,
}

/// A query. An empty one matches every record.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LogQuery {
    terms: Vec<Term>,
}

/// One thing that must hold.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Term {
    /// A word or phrase stands somewhere, or does not.
    Text {
        /// Whether it must not.
        not: bool,
        text: Pattern,
    },
    /// The severity.
    Severity { comparison: Comparison, level: Level },
    /// One thing of a record.
    Field { key: Key, test: Test },
}

/// What a term with a key looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    Account,
    Tenant,
    Source,
    Message,
    Attribute(String),
}

/// How it is compared.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Test {
    Is(String),
    IsNot(String),
    Like(Pattern),
}

/// A regular expression, and what it was made of.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    text: String,
    regex: Regex,
}

/// The same text makes the same expression.
impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Pattern {
    /// A text that is looked for as it is, in any case.
    fn literal(text: &str) -> Result<Self, regex::Error> {
        Self::build(text, &regex::escape(text), true)
    }

    /// A regular expression of whoever asks.
    fn expression(text: &str) -> Result<Self, regex::Error> {
        Self::build(text, text, false)
    }

    fn build(text: &str, expression: &str, any_case: bool) -> Result<Self, regex::Error> {
        let mut builder = RegexBuilder::new(expression);
        let regex = builder.case_insensitive(any_case).size_limit(PATTERN_BYTES_MAX).build()?;
        Ok(Self { text: text.to_owned(), regex })
    }
}

impl LogQuery {
    /// Reads a query.
    ///
    /// # Errors
    /// When it cannot be understood: where, and what to write instead.
    pub fn parse(text: &str) -> Result<Self, Error> {
        parse::parse(text)
    }

    /// Whether it asks for nothing, so that every record matches.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// This query, and records at this level or above only.
    #[must_use]
    pub fn at_least(mut self, level: Level) -> Self {
        self.terms.push(Term::Severity { comparison: Comparison::AtLeast, level });
        self
    }

    /// Whether a record is one of those that are asked for.
    #[must_use]
    pub fn matches(&self, row: &Row<'_>) -> bool {
        self.terms.iter().all(|term| row.satisfies(term))
    }

    /// The one account that a record must be of, where the query says so.
    #[must_use]
    pub fn account(&self) -> Option<AccountId> {
        self.terms.iter().find_map(|term| match term {
            Term::Field { key: Key::Account, test: Test::Is(account) } => AccountId::parse(account).ok(),
            Term::Field { .. } | Term::Text { .. } | Term::Severity { .. } => None,
        })
    }

    /// The one tenant that a record must be of, where the query says so.
    #[must_use]
    pub fn tenant(&self) -> Option<&str> {
        self.terms.iter().find_map(|term| match term {
            Term::Field { key: Key::Tenant, test: Test::Is(tenant) } => Some(tenant.as_str()),
            Term::Field { .. } | Term::Text { .. } | Term::Severity { .. } => None,
        })
    }

    /// The lowest and the highest severity number that a record can have. Nothing can match where the first is the higher.
    #[must_use]
    pub fn severities(&self) -> (u8, u8) {
        self.terms.iter().fold((0, u8::MAX), |(low, high), term| match term {
            Term::Severity { comparison, level } => {
                let (least, most) = comparison.range(level);
                (low.max(least), high.min(most))
            }
            Term::Field { .. } | Term::Text { .. } => (low, high),
        })
    }
}

/// As it can be parsed again, each term in the one way that it is written here.
impl fmt::Display for LogQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, term) in self.terms.iter().enumerate() {
            let gap = if index == 0 { "" } else { " " };
            write!(f, "{gap}{term}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text { not, text } => {
                let minus = if *not { "-" } else { "" };
                let plain = parse::is_plain_word(&text.text);
                write!(f, "{minus}{}", if plain { text.text.clone() } else { quoted(&text.text) })
            }
            Self::Severity { comparison, level } => write!(f, "sev{}{}", comparison.as_str(), level.as_str()),
            Self::Field { key, test } => {
                let (operator, value) = match test {
                    Test::Is(value) => ("=", value),
                    Test::IsNot(value) => ("!=", value),
                    Test::Like(pattern) => ("~", &pattern.text),
                };
                let plain = parse::is_plain_value(value);
                write!(f, "{}{operator}{}", key.as_str(), if plain { value.clone() } else { quoted(value) })
            }
        }
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

impl Key {
    fn of(name: &str) -> Self {
        match name {
            "account" | "cloud.account.id" => Self::Account,
            "tenant" => Self::Tenant,
            "source" | "log_group" => Self::Source,
            "message" | "body" => Self::Message,
            name => Self::Attribute(name.to_owned()),
        }
    }

    fn as_str(&self) -> &str {
        match self {
            Self::Account => "account",
            Self::Tenant => "tenant",
            Self::Source => "source",
            Self::Message => "message",
            Self::Attribute(name) => name,
        }
    }
}

#[cfg(test)]
mod tests;
