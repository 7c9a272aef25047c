//! What people type to find alerts and accounts: `acme rule=~Lambda tier=gold -staging "two words"`.
//!
//! The same words work in the page, its addresses, the API and the commands. A word is looked for in everything that a row is called by,
//! whatever its case; `name=value` and `name!=value` compare a label as a whole, `name=~pattern` and `name!~pattern` look for a
//! pattern anywhere in it. `-` before anything turns it around.

use regex::{Regex, RegexBuilder};

/// Most bytes that a compiled pattern takes.
const COMPILED_BYTES_MAX: usize = 1 << 18;

/// More terms than this are nobody's.
const TERMS_MAX: usize = 32;

/// Why a filter cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A quote that is not closed.
    #[error("a quote is not closed in {given:?}")]
    Quote {
        /// What was given.
        given: String,
    },
    /// A pattern that is none.
    #[error("the pattern {given:?} is no regular expression: {problem}")]
    Pattern {
        /// What was given.
        given: String,
        /// What is wrong.
        problem: String,
    },
    /// Too many.
    #[error("a filter has {TERMS_MAX} terms at most")]
    Terms,
}

/// What rows must be like.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    terms: Vec<Term>,
}

#[derive(Clone, Debug)]
struct Term {
    negated: bool,
    what: What,
}

#[derive(Clone, Debug)]
enum What {
    /// In lower case; digits without the dashes between them.
    Word {
        text: String,
        digits: Option<String>,
    },
    Equal {
        name: String,
        value: String,
    },
    Matches {
        name: String,
        pattern: Regex,
    },
}

/// A row, as filters see it.
pub trait Row {
    /// Whether a value of a label satisfies `is`; one that it has not is empty.
    fn has(&self, name: &str, is: &dyn Fn(&str) -> bool) -> bool;

    /// Whether something that it is called by satisfies `found`.
    fn any(&self, found: &dyn Fn(&str) -> bool) -> bool;
}

impl Filter {
    /// Reads what someone typed.
    ///
    /// # Errors
    /// When a quote is not closed, or a pattern is none.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let mut terms = Vec::new();
        for token in tokens(text)? {
            if terms.len() == TERMS_MAX {
                return Err(Error::Terms);
            }
            terms.push(Term::parse(&token)?);
        }
        Ok(Self { terms })
    }

    /// Whether it lets everything through.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether a row is like that.
    #[must_use]
    pub fn holds(&self, row: &impl Row) -> bool {
        self.terms.iter().all(|term| term.what.holds(row) != term.negated)
    }
}

/// A piece of a text, and where what was quoted begins in it: operators are not looked for there.
struct Token {
    text: String,
    quoted_from: Option<usize>,
}

fn tokens(text: &str) -> Result<Vec<Token>, Error> {
    let mut tokens = Vec::new();
    let mut token: Option<Token> = None;
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter.is_whitespace() {
            tokens.extend(token.take());
            continue;
        }
        let into = token.get_or_insert_with(|| Token { text: String::new(), quoted_from: None });
        if letter == '"' {
            let _ = into.quoted_from.get_or_insert(into.text.len());
            quoted(&mut letters, &mut into.text).ok_or_else(|| Error::Quote { given: text.into() })?;
        } else {
            into.text.push(letter);
        }
    }
    tokens.extend(token);
    Ok(tokens)
}

/// Takes what stands before the closing quote; a backslash keeps a quote or a backslash.
fn quoted(letters: &mut std::str::Chars<'_>, into: &mut String) -> Option<()> {
    loop {
        match letters.next()? {
            '"' => return Some(()),
            '\\' => match letters.next()? {
                escaped @ ('"' | '\\') => into.push(escaped),
                other => into.extend(['\\', other]),
            },
            plain => into.push(plain),
        }
    }
}

impl Term {
    fn parse(token: &Token) -> Result<Self, Error> {
        let plain = token.quoted_from.unwrap_or(token.text.len());
        let minus = token.text.starts_with('-') && plain > 0 && token.text.len() > 1;
        let (text, plain) = if minus { (&token.text[1..], plain - 1) } else { (&*token.text, plain) };
        let Some((name, sign, value)) = operator(text, plain) else {
            return Ok(Self { negated: minus, what: What::word(text) });
        };
        let (differs, matches) = match sign {
            Sign::Equal => (false, false),
            Sign::NotEqual => (true, false),
            Sign::Matches => (false, true),
            Sign::NotMatches => (true, true),
        };
        let what = if matches { What::matches(name, value)? } else { What::equal(name, value) };
        Ok(Self { negated: minus != differs, what })
    }
}

#[derive(Clone, Copy)]
enum Sign {
    Equal,
    NotEqual,
    Matches,
    NotMatches,
}

/// Name, operator and value, where an operator stands before position `plain`.
fn operator(text: &str, plain: usize) -> Option<(&str, Sign, &str)> {
    const SIGNS: [(&str, Sign); 5] = [
        ("=~", Sign::Matches),
        ("!~", Sign::NotMatches),
        ("!=", Sign::NotEqual),
        ("=", Sign::Equal),
        ("~", Sign::Matches),
    ];
    let at = text.get(..plain)?.find(['=', '!', '~'])?;
    let (name, rest) = text.split_at(at);
    let (sign, value) = SIGNS.into_iter().find_map(|(sign, is)| Some((is, rest.strip_prefix(sign)?)))?;
    (!name.is_empty()).then_some((name, sign, value))
}

impl What {
    fn word(text: &str) -> Self {
        Self::Word { text: text.to_lowercase(), digits: digits(text) }
    }

    fn equal(name: &str, value: &str) -> Self {
        let value = if name == "account" { digits(value) } else { None }.unwrap_or_else(|| value.to_owned());
        Self::Equal { name: name.to_owned(), value }
    }

    fn matches(name: &str, value: &str) -> Result<Self, Error> {
        let built = RegexBuilder::new(value).case_insensitive(true).size_limit(COMPILED_BYTES_MAX).build();
        let pattern = built.map_err(|problem| Error::Pattern { given: value.into(), problem: problem.to_string() })?;
        Ok(Self::Matches { name: name.to_owned(), pattern })
    }

    fn holds(&self, row: &impl Row) -> bool {
        match self {
            Self::Word { text, digits } => row
                .any(&|value| contains(value, text) || digits.as_deref().is_some_and(|digits| value.contains(digits))),
            Self::Equal { name, value } => row.has(name, &|of| of == value),
            Self::Matches { name, pattern } => row.has(name, &|of| pattern.is_match(of)),
        }
    }
}

/// Whether a text has a word in it that is in lower case.
fn contains(value: &str, lower: &str) -> bool {
    if value.is_ascii() && lower.is_ascii() {
        let (value, lower) = (value.as_bytes(), lower.as_bytes());
        return lower.is_empty() || value.windows(lower.len()).any(|part| part.eq_ignore_ascii_case(lower));
    }
    value.to_lowercase().contains(lower)
}

/// The digits of what people paste for an account id, such as `1234-5678-9012`; `None` where it has no dash, or other letters.
#[must_use]
pub fn digits(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(|letter| *letter != '-').collect();
    let is_id = text.contains('-') && digits.len() >= 3 && digits.bytes().all(|digit| digit.is_ascii_digit());
    is_id.then_some(digits)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    struct Alert;

    impl Row for Alert {
        fn has(&self, name: &str, is: &dyn Fn(&str) -> bool) -> bool {
            is(match name {
                "rule" => "LambdaErrors",
                "tenant" => "acme",
                "account" => "123456789012",
                "ou" => "a b",
                _ => "",
            })
        }

        fn any(&self, found: &dyn Fn(&str) -> bool) -> bool {
            ["LambdaErrors", "acme", "123456789012", "Acme GmbH"].into_iter().any(found)
        }
    }

    #[track_caller]
    fn check(text: &str, expected: bool) {
        assert_eq!(Filter::parse(text).unwrap().holds(&Alert), expected, "{text}");
    }

    #[test]
    fn words_are_found_anywhere_and_labels_are_compared() {
        for text in [
            "",
            "acme",
            "ACME lambda",
            "5678-90",
            "1234-5678-9012",
            "\"acme gmbh\"",
            "tenant=acme",
            "tenant!=corp",
            "rule=~lambda",
            "rule~^Lambda.*s$",
            "rule!~Api",
            "account=1234-5678-9012",
            "ou=\"a b\"",
            "tier=",
            "-corp",
            "-tenant=corp",
            "--x",
        ] {
            check(text, true);
        }
        for text in
            ["corp", "tenant=acm", "-acme", "tenant!=acme", "rule=~^Errors", "tier=gold", "\"-acme\"", "\"a=b\""]
        {
            check(text, false);
        }
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        let error = |text: &str| Filter::parse(text).unwrap_err().to_string();
        assert_eq!(error("\"a"), "a quote is not closed in \"\\\"a\"");
        assert!(error("rule=~(").starts_with("the pattern \"(\" is no regular expression"));
        assert_eq!(error(&"a ".repeat(33)), "a filter has 32 terms at most");
    }

    proptest! {
        #[test]
        fn reading_never_panics(text in ".{0,40}") {
            let _read_or_refused = Filter::parse(&text).map(|filter| filter.holds(&Alert));
        }
    }
}
