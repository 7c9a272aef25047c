//! Regular expressions as operators write them, compiled once when the configuration is read.

use std::fmt;

use regex::{Regex, RegexBuilder};

/// The largest compiled expression, in bytes: one that needs more would cost every record.
const COMPILED_BYTES_MAX: usize = 1 << 20;

/// A regular expression in the syntax of the crate `regex`: linear time, neither look-around nor back references.
#[derive(Clone)]
pub struct Expression {
    regex: Regex,
    looks_around: bool,
}

impl Expression {
    /// Compiles an expression.
    ///
    /// # Errors
    /// With what is wrong and at which character; ends the sentence that begins with the expression.
    pub fn new(text: &str) -> Result<Self, String> {
        let parsed = regex_syntax::parse(text).map_err(|error| complaint(&error))?;
        if parsed.properties().minimum_len().unwrap_or(0) == 0 {
            return Err("matches the empty text, and so everything: say what must be there".into());
        }
        let looks_around = !parsed.properties().look_set().is_empty();
        let regex = RegexBuilder::new(text).size_limit(COMPILED_BYTES_MAX).build();
        let regex = regex.map_err(|_| {
            format!("needs more than {COMPILED_BYTES_MAX} bytes once it is compiled: repeat less, or write (?-u)")
        })?;
        Ok(Self { regex, looks_around })
    }

    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.regex.as_str()
    }

    /// The compiled expression.
    #[must_use]
    pub const fn regex(&self) -> &Regex {
        &self.regex
    }

    /// Whether it asks what stands beside a match (`^`, `$`, `\b`), so that a part of a text may match where the whole does not.
    #[must_use]
    pub const fn looks_around(&self) -> bool {
        self.looks_around
    }
}

fn complaint(error: &regex_syntax::Error) -> String {
    let (what, at) = match error {
        regex_syntax::Error::Parse(error) => (error.kind().to_string(), error.span().start.column),
        regex_syntax::Error::Translate(error) => (error.kind().to_string(), error.span().start.column),
        _ => (error.to_string(), 1),
    };
    format!("is no regular expression: {what}, at character {at}")
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Expression {}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_expression_says_what_is_wrong_and_where() {
        for (text, expected) in [
            ("C-[0-9", "is no regular expression: unclosed character class, at character 3"),
            ("(a", "is no regular expression: unclosed group, at character 1"),
            ("a*", "matches the empty text, and so everything: say what must be there"),
            ("(\\w{200}){200}", "needs more than 1048576 bytes once it is compiled: repeat less, or write (?-u)"),
        ] {
            assert_eq!(Expression::new(text).unwrap_err(), expected);
        }
    }

    #[test]
    fn an_expression_knows_whether_it_looks_around() {
        assert!(!Expression::new("C-[0-9]{8}").unwrap().looks_around());
        assert!(Expression::new("^C-[0-9]{8}").unwrap().looks_around());
    }
}
