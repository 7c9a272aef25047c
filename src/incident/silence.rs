//! Silences: what is not told for a while, chosen by labels. The syntax of matchers is Alertmanager's.

use std::fmt;
use std::time::Duration;

use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// Most bytes that a compiled pattern takes; far above what a name needs.
const COMPILED_BYTES_MAX: usize = 1 << 20;

/// How long a silence that ended is still listed, so that it can be renewed. Source: Alertmanager, `--data.retention`.
pub(super) const KEPT: Duration = Duration::from_secs(5 * 86_400);

/// Why a matcher or a silence is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Not of the form of a matcher.
    #[error("a matcher is a name, one of = != =~ !~ and a value, as in rule=\"X\", not {given:?}")]
    Matcher {
        /// What was given.
        given: String,
    },
    /// A pattern that is not a regular expression, or too large.
    #[error("the pattern {given:?} is no regular expression of less than {COMPILED_BYTES_MAX} bytes: {problem}")]
    Pattern {
        /// What was given.
        given: String,
        /// What is wrong.
        problem: String,
    },
    /// A silence of everything.
    #[error("a silence needs a matcher that an empty value does not satisfy, else it silences everything")]
    Everything,
    /// It ends before it begins, or has ended.
    #[error("a silence ends after it starts and after now: given an end {given_seconds} s after 1970")]
    Ended {
        /// The end that was given.
        given_seconds: u64,
    },
    /// It lasts too long.
    #[error("a silence lasts {limit_seconds} s at most, not {given_seconds} s")]
    TooLong {
        /// How long it was to last.
        given_seconds: u64,
        /// How long one may last.
        limit_seconds: u64,
    },
    /// Nothing has that id.
    #[error("there is no {what} {given:?}")]
    Unknown {
        /// What was looked for: a silence, an alert or an incident.
        what: &'static str,
        /// What was given.
        given: String,
    },
}

/// What is not told for a while. Alerts go on, and those that still fire at its end are told of again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Silence {
    /// Its id; empty for one that is new.
    pub id: Box<str>,
    /// All must match.
    pub matchers: Vec<Matcher>,
    /// From then on,
    pub starts: Timestamp,
    /// until then.
    pub ends: Timestamp,
    /// Who wants it.
    pub created_by: Box<str>,
    /// Why.
    pub comment: Box<str>,
    /// It is an acknowledgement: it ends when what it is about resolves.
    pub ack: bool,
}

impl Silence {
    /// Whether it counts at `now`.
    #[must_use]
    pub fn is_active(&self, now: Timestamp) -> bool {
        self.starts <= now && now < self.ends
    }

    /// Whether it may stand.
    ///
    /// # Errors
    /// When it would silence everything, has ended, or lasts longer than `longest` (acknowledgements may).
    pub(super) fn check(&self, now: Timestamp, longest: Duration) -> Result<(), Error> {
        if self.matchers.iter().all(|matcher| matcher.holds("")) {
            return Err(Error::Everything);
        }
        if self.ends <= self.starts || self.ends <= now {
            return Err(Error::Ended { given_seconds: self.ends.seconds() });
        }
        let lasts = self.ends.since(self.starts);
        if !self.ack && lasts > longest {
            return Err(Error::TooLong { given_seconds: lasts.as_secs(), limit_seconds: longest.as_secs() });
        }
        Ok(())
    }
}

/// How a matcher compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Op {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `=~`: the whole value is of the pattern.
    Matches,
    /// `!~`
    NotMatches,
}

impl Op {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Matches => "=~",
            Self::NotMatches => "!~",
        }
    }
}

/// A label, and what it must be. A label that is not there counts as empty.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Matcher {
    name: Box<str>,
    op: Op,
    value: Box<str>,
    regex: Option<Regex>,
}

impl Matcher {
    /// A matcher of its parts.
    ///
    /// # Errors
    /// When the value should be a pattern and is none.
    pub fn new(name: &str, op: Op, value: &str) -> Result<Self, Error> {
        let regex = match op {
            Op::Equal | Op::NotEqual => None,
            Op::Matches | Op::NotMatches => Some(whole(value)?),
        };
        Ok(Self { name: name.into(), op, value: value.into(), regex })
    }

    /// A matcher of an exact value.
    #[must_use]
    pub fn equal(name: &str, value: &str) -> Self {
        Self { name: name.into(), op: Op::Equal, value: value.into(), regex: None }
    }

    /// Reads `name="value"`, `name!="value"`, `name=~"pattern"` or `name!~"pattern"`; quotes may be left out, and inside of
    /// them `\"`, `\\` and `\n` stand for a quote, a backslash and a new line.
    ///
    /// Source: Alertmanager documentation, "Matcher", the UTF-8 parser.
    ///
    /// # Errors
    /// When the text has another form, or the pattern is no regular expression.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let (matcher, rest) = Self::first(text)?;
        if rest.trim().is_empty() { Ok(matcher) } else { Err(Error::Matcher { given: text.into() }) }
    }

    /// Reads several, with commas between them and braces around them or not: `{rule="X",tenant=~"a.*"}`.
    ///
    /// # Errors
    /// As `parse`.
    pub fn parse_all(text: &str) -> Result<Vec<Self>, Error> {
        let inner = text.trim();
        let inner = match (inner.strip_prefix('{'), inner.ends_with('}')) {
            (Some(rest), true) => rest.strip_suffix('}').unwrap_or(rest),
            (Some(_), false) => return Err(Error::Matcher { given: text.into() }),
            (None, _) => inner,
        };
        let mut matchers = Vec::new();
        let mut rest = inner.trim();
        while !rest.is_empty() {
            let (matcher, behind) = Self::first(rest)?;
            matchers.push(matcher);
            rest = match behind.trim_start() {
                "" => "",
                behind => behind.strip_prefix(',').ok_or_else(|| Error::Matcher { given: text.into() })?.trim_start(),
            };
        }
        Ok(matchers)
    }

    /// The first matcher of a text, and what follows it.
    fn first(text: &str) -> Result<(Self, &str), Error> {
        let refused = || Error::Matcher { given: text.into() };
        let start = text.find(['=', '!']).ok_or_else(refused)?;
        let name = text[..start].trim().trim_matches('"');
        let (op, rest) = operator(&text[start..]).ok_or_else(refused)?;
        if name.is_empty() || name.contains([',', '{', '}', '"']) || name.contains(char::is_whitespace) {
            return Err(refused());
        }
        let rest = rest.trim_start();
        let (value, rest) = match rest.strip_prefix('"') {
            Some(quoted) => unquoted(quoted).ok_or_else(refused)?,
            None => {
                let end = rest.find(',').unwrap_or(rest.len());
                (rest[..end].trim_end().to_owned(), &rest[end..])
            }
        };
        Ok((Self::new(name, op, &value)?, rest))
    }

    /// The label.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How it compares.
    #[must_use]
    pub const fn op(&self) -> Op {
        self.op
    }

    /// The value or pattern.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }

    /// Whether a value satisfies it.
    #[must_use]
    pub fn holds(&self, value: &str) -> bool {
        let found = self.regex.as_ref().map_or_else(|| *self.value == *value, |regex| regex.is_match(value));
        match self.op {
            Op::Equal | Op::Matches => found,
            Op::NotEqual | Op::NotMatches => !found,
        }
    }
}

/// A pattern of whole values. Source: Alertmanager, which anchors every pattern as `^(?:..)$`.
fn whole(pattern: &str) -> Result<Regex, Error> {
    let refused = |problem: regex::Error| Error::Pattern { given: pattern.into(), problem: problem.to_string() };
    // Alone first: `a)|(b` is a pattern only inside of the brackets.
    let _alone = RegexBuilder::new(pattern).size_limit(COMPILED_BYTES_MAX).build().map_err(refused)?;
    RegexBuilder::new(&format!("^(?:{pattern})$")).size_limit(COMPILED_BYTES_MAX).build().map_err(refused)
}

fn operator(text: &str) -> Option<(Op, &str)> {
    let two = [("=~", Op::Matches), ("!~", Op::NotMatches), ("!=", Op::NotEqual), ("=", Op::Equal)];
    two.into_iter().find_map(|(sign, op)| text.strip_prefix(sign).map(|rest| (op, rest)))
}

/// What stands before the closing quote, and what follows it.
fn unquoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((value, &text[at + 1..])),
            '\\' => match letters.next()?.1 {
                'n' => value.push('\n'),
                escaped @ ('"' | '\\') => value.push(escaped),
                other => value.extend(['\\', other]),
            },
            plain => value.push(plain),
        }
    }
    None
}

impl fmt::Display for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        write!(f, "{}{}\"{value}\"", self.name, self.op.as_str())
    }
}

impl PartialEq for Matcher {
    fn eq(&self, other: &Self) -> bool {
        (&self.name, self.op, &self.value) == (&other.name, other.op, &other.value)
    }
}

impl Eq for Matcher {}

impl TryFrom<String> for Matcher {
    type Error = Error;
    fn try_from(text: String) -> Result<Self, Error> {
        Self::parse(&text)
    }
}

impl From<Matcher> for String {
    fn from(matcher: Matcher) -> Self {
        matcher.to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn matchers_read_as_alertmanager_writes_them() {
        let read = |text: &str| Matcher::parse(text).map(|matcher| matcher.to_string());
        assert_eq!(read(r#"rule="X""#), Ok(r#"rule="X""#.into()));
        assert_eq!(read("tenant =~ a.*"), Ok(r#"tenant=~"a.*""#.into()));
        assert_eq!(read(r#"dim.Queue!="a\"b""#), Ok(r#"dim.Queue!="a\"b""#.into()));
        assert_eq!(read("account!~0.*"), Ok(r#"account!~"0.*""#.into()));
        assert!(read("rule").is_err());
        assert!(read(r#"="x""#).is_err());
        assert!(read(r#"rule="x"#).is_err());
        assert!(read("rule=~(").is_err());
        assert!(read("rule=~a)|(b").is_err());
    }

    #[test]
    fn several_matchers_stand_in_braces() {
        let names = |text: &str| Matcher::parse_all(text).map(|all| all.iter().map(ToString::to_string).collect());
        assert_eq!(names(r#"{rule="X", tenant=~"a,.*"}"#), Ok(vec![r#"rule="X""#.into(), r#"tenant=~"a,.*""#.into()]));
        assert_eq!(names(""), Ok(Vec::<String>::new()));
        assert!(names(r#"{rule="X""#).is_err());
        assert!(names(r#"rule="X" tenant="y""#).is_err());
    }

    #[test]
    fn a_pattern_is_of_the_whole_value() {
        let matcher = Matcher::parse(r#"tenant=~"acme|corp""#).unwrap();
        assert!(matcher.holds("acme") && matcher.holds("corp"));
        assert!(!matcher.holds("acme-2") && !matcher.holds(""));
        assert!(Matcher::parse(r#"tenant!~"acme.*""#).unwrap().holds(""));
    }

    #[test]
    fn a_silence_of_everything_is_refused() {
        let silence = |matchers: &str| Silence {
            id: "".into(),
            matchers: Matcher::parse_all(matchers).unwrap(),
            starts: Timestamp::from_seconds(100),
            ends: Timestamp::from_seconds(200),
            created_by: "jb".into(),
            comment: "".into(),
            ack: false,
        };
        let check = |matchers: &str, now, longest| {
            silence(matchers).check(Timestamp::from_seconds(now), Duration::from_secs(longest))
        };
        assert_eq!(check("", 100, 1000), Err(Error::Everything));
        assert_eq!(check(r#"rule=~".*""#, 100, 1000), Err(Error::Everything));
        assert_eq!(check("rule=X", 100, 100), Ok(()));
        assert_eq!(check("rule=X", 100, 99), Err(Error::TooLong { given_seconds: 100, limit_seconds: 99 }));
        assert_eq!(check("rule=X", 200, 100), Err(Error::Ended { given_seconds: 200 }));
    }

    proptest! {
        #[test]
        fn what_a_matcher_prints_it_reads(name in "[a-z.]{1,8}", value in ".{0,12}") {
            let matcher = Matcher::equal(&name, &value);
            prop_assert_eq!(Matcher::parse(&matcher.to_string()), Ok(matcher));
        }

        #[test]
        fn reading_never_panics(text in ".{0,30}") {
            let (one, all) = (Matcher::parse(&text), Matcher::parse_all(&text));
            prop_assert!(one.is_err() || all.is_ok() || text.trim().starts_with('{'), "what is one is a list of one");
        }
    }
}
