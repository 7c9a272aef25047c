//! What is wrong with a file that people write: a stable code, the place, and what to do about it.

use std::fmt;
use std::sync::Arc;

/// What kind of problem it is. The codes are stable; `docs/errors.md` explains each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// A file that cannot be read.
    Unreadable,
    /// Text that is not YAML.
    Syntax,
    /// A section where a value belongs, or the other way about.
    Shape,
    /// A key that must be given is not.
    Missing,
    /// A key that does not exist.
    UnknownKey,
    /// A value that does not say what its key needs.
    Value,
    /// A duration or size without a unit, or with an unknown one.
    Unit,
    /// A number outside its limits.
    Range,
    /// An environment variable that is not set.
    Variable,
    /// A `${...}` that cannot be understood.
    Reference,
    /// A secret that cannot be had.
    Secret,
    /// A variable of the environment whose value cannot be used.
    Environment,
    /// Nothing to read from.
    NoSource,
    /// Nowhere to send to.
    NoDestination,
    /// Two things of one name.
    Duplicate,
    /// More destinations than can be.
    TooMany,
    /// An HTTP source that anyone in the network could use.
    OpenSource,
    /// A kind of place that cannot hold this.
    Place,
    /// One of two settings that need each other.
    Incomplete,
    /// Two settings that exclude each other.
    Conflict,
    /// A mistake in the directory file.
    Directory,
    /// A predicate that cannot be understood.
    Predicate,
    /// A value expression that cannot be understood.
    Expression,
    /// A threshold or a recovery that cannot be, or that contradicts another.
    Threshold,
    /// A rule that does not exist, or that cannot be referred to so.
    RuleReference,
    /// An override that cannot be.
    Override,
    /// A template that cannot be rendered.
    Template,
    /// A setting of another kind of rule, or one that the kind needs.
    KindSetting,
    /// A text that YAML readers take for something else unless it is quoted.
    Unquoted,
    /// Every account will be unassigned.
    NoDirectory,
    /// A secret that stands in the file as plain text.
    PlainSecret,
    /// A secret file that this machine does not have.
    SecretAbsent,
    /// Telemetry or secrets that travel unencrypted.
    Unencrypted,
    /// A route that no account of the directory takes.
    UnusedRoute,
    /// Variables of the environment that do not say which destination they are for.
    EnvironmentUnused,
    /// Samples of a forwarder of which nobody knows how far it got.
    ForwarderUnwatched,
    /// An override whose time is over.
    OverrideExpired,
    /// A rule that applies to no account.
    RuleUnused,
    /// A rule that holds more groups than it may, or needs much memory.
    RuleSize,
    /// A rule that would tell nobody.
    NotifiesNobody,
}

impl Code {
    /// Every code, in the order of their declaration.
    pub const ALL: [Self; 40] = [
        Self::Unreadable,
        Self::Syntax,
        Self::Shape,
        Self::Missing,
        Self::UnknownKey,
        Self::Value,
        Self::Unit,
        Self::Range,
        Self::Variable,
        Self::Reference,
        Self::Secret,
        Self::Environment,
        Self::NoSource,
        Self::NoDestination,
        Self::Duplicate,
        Self::TooMany,
        Self::OpenSource,
        Self::Place,
        Self::Incomplete,
        Self::Conflict,
        Self::Directory,
        Self::Predicate,
        Self::Expression,
        Self::Threshold,
        Self::RuleReference,
        Self::Override,
        Self::Template,
        Self::KindSetting,
        Self::Unquoted,
        Self::NoDirectory,
        Self::PlainSecret,
        Self::SecretAbsent,
        Self::Unencrypted,
        Self::UnusedRoute,
        Self::EnvironmentUnused,
        Self::ForwarderUnwatched,
        Self::OverrideExpired,
        Self::RuleUnused,
        Self::RuleSize,
        Self::NotifiesNobody,
    ];

    /// The code as printed: `E` for errors, `W` for warnings.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unreadable => "E001",
            Self::Syntax => "E002",
            Self::Shape => "E010",
            Self::Missing => "E011",
            Self::UnknownKey => "E012",
            Self::Value => "E013",
            Self::Unit => "E014",
            Self::Range => "E015",
            Self::Variable => "E020",
            Self::Reference => "E021",
            Self::Secret => "E022",
            Self::Environment => "E023",
            Self::NoSource => "E030",
            Self::NoDestination => "E031",
            Self::Duplicate => "E032",
            Self::TooMany => "E033",
            Self::OpenSource => "E034",
            Self::Place => "E035",
            Self::Incomplete => "E036",
            Self::Conflict => "E037",
            Self::Directory => "E040",
            Self::Predicate => "E050",
            Self::Expression => "E051",
            Self::Threshold => "E052",
            Self::RuleReference => "E053",
            Self::Override => "E054",
            Self::Template => "E055",
            Self::KindSetting => "E056",
            Self::Unquoted => "E057",
            Self::NoDirectory => "W001",
            Self::PlainSecret => "W002",
            Self::SecretAbsent => "W003",
            Self::Unencrypted => "W004",
            Self::UnusedRoute => "W005",
            Self::EnvironmentUnused => "W006",
            Self::ForwarderUnwatched => "W007",
            Self::OverrideExpired => "W010",
            Self::RuleUnused => "W011",
            Self::RuleSize => "W012",
            Self::NotifiesNobody => "W013",
        }
    }

    /// Whether Fanin can run in spite of it.
    #[must_use]
    pub fn severity(self) -> Severity {
        if self.as_str().starts_with('W') { Severity::Warning } else { Severity::Error }
    }
}

/// Whether Fanin can run in spite of a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It cannot.
    Error,
    /// It can, but someone should look.
    Warning,
}

/// Where a value was given.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Position {
    /// Nowhere in particular: the whole file, or no file at all.
    #[default]
    Whole,
    /// In the file; both count from 1, columns in characters.
    Line {
        /// The line.
        line: u64,
        /// The column.
        column: u64,
    },
    /// On the command line, by this flag.
    Flag(&'static str),
    /// In the environment, by this variable.
    Variable(String),
}

/// Where a value was given, and what it is called.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Where it stands.
    pub position: Position,
    /// Path of keys to it, such as `destinations[0].endpoint`; empty for the whole document.
    pub key: String,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The kind of problem.
    pub code: Code,
    /// The file, as the operator named it; empty when there is none.
    pub file: Arc<str>,
    /// Where in it.
    pub place: Place,
    /// What was given, what was wanted, and what to write instead.
    pub message: String,
}

/// `E014 config.yaml:3:17 server.grace_period: "10" has no unit, did you mean "10s"?`
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.as_str())?;
        match (&self.place.position, self.file.as_ref()) {
            (Position::Flag(flag), _) => write!(f, " {flag}")?,
            (Position::Variable(variable), _) => write!(f, " {variable}")?,
            (Position::Whole, "") => {}
            (Position::Whole, file) => write!(f, " {file}")?,
            (Position::Line { line, column }, file) => write!(f, " {file}:{line}:{column}")?,
        }
        if !self.place.key.is_empty() {
            write!(f, " {}:", self.place.key)?;
        }
        write!(f, " {}", self.message)
    }
}

/// Collects every problem of one document.
#[derive(Clone, Debug)]
pub struct Problems {
    file: Arc<str>,
    list: Vec<Problem>,
}

impl Problems {
    /// None yet, for the file of that name.
    #[must_use]
    pub const fn new(file: Arc<str>) -> Self {
        Self { file, list: Vec::new() }
    }

    /// Notes a problem.
    pub fn add(&mut self, code: Code, place: &Place, message: impl Into<String>) {
        self.list.push(Problem { code, file: Arc::clone(&self.file), place: place.clone(), message: message.into() });
    }

    /// How many were noted.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.list.len()
    }

    /// Whether any of them is an error.
    #[must_use]
    pub fn has_error(&self) -> bool {
        self.list.iter().any(|problem| problem.code.severity() == Severity::Error)
    }

    /// Whether a problem is noted at this key, below it, or at a section that it belongs to.
    #[must_use]
    pub fn is_noted_at(&self, key: &str) -> bool {
        let leads = |to: &str, from: &str| {
            from.is_empty() || to.strip_prefix(from).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        self.list.iter().any(|problem| {
            let noted = &problem.place.key;
            problem.code.severity() == Severity::Error
                && (leads(noted, key) || (problem.code == Code::Shape && leads(key, noted)))
        })
    }

    /// Whether a problem is noted at this member of a section.
    #[must_use]
    pub fn is_noted_under(&self, section: &Place, name: &str) -> bool {
        self.is_noted_at(&format!("{}.{name}", section.key))
    }

    /// All of them, in the order of the file.
    #[must_use]
    pub fn into_list(mut self) -> Vec<Problem> {
        self.list.sort_by(|a, b| (&a.place.position, a.code).cmp(&(&b.place.position, b.code)));
        self.list
    }
}

/// `, did you mean "grace_period"?` for the candidate that is nearest to what was given; empty when none is near.
#[must_use]
pub fn did_you_mean(given: &str, candidates: &[&str]) -> String {
    let nearest = candidates.iter().map(|candidate| (distance(given, candidate), candidate)).min();
    match nearest {
        Some((edits, candidate)) if edits <= given.chars().count().max(3) / 3 => {
            format!(", did you mean \"{candidate}\"?")
        }
        Some(_) | None => String::new(),
    }
}

/// How many letters are to be put in, left out, changed or swapped with their neighbour.
#[must_use]
pub fn distance(a: &str, b: &str) -> usize {
    const CHARS_MAX: usize = 64;
    let a: Vec<char> = a.chars().take(CHARS_MAX).collect();
    let b: Vec<char> = b.chars().take(CHARS_MAX).collect();
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    rows[0] = (0..=b.len()).collect();
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let changed = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut edits = changed.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                edits = edits.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = edits;
        }
    }
    rows[a.len()][b.len()]
}

/// What was given, in quotes and shortened, with nothing in it that would break a line.
#[must_use]
pub fn quoted(text: &str) -> String {
    const CHARS_MAX: usize = 60;
    match text.char_indices().nth(CHARS_MAX) {
        Some((end, _)) => format!("{:?}", format!("{}...", &text[..end])),
        None => format!("{text:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_recognised() {
        let keys = ["stream", "region", "endpoint"];
        assert_eq!(did_you_mean("regoin", &keys), ", did you mean \"region\"?");
        assert_eq!(did_you_mean("endpiont", &keys), ", did you mean \"endpoint\"?");
        assert_eq!(did_you_mean("colour", &keys), "");
        assert_eq!(did_you_mean("x", &[]), "");
    }

    #[test]
    fn every_code_is_different_and_explained() {
        let explained = include_str!("../../docs/errors.md");
        let mut codes: Vec<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        for code in &codes {
            assert!(explained.contains(&format!("## {code}: ")), "docs/errors.md does not explain {code}");
        }
        assert_eq!(explained.matches("\n## ").count(), codes.len());
        codes.dedup();
        assert_eq!(codes.len(), Code::ALL.len());
    }

    #[test]
    fn what_was_given_stays_on_one_line() {
        assert_eq!(quoted("a\nb"), r#""a\nb""#);
        assert_eq!(quoted(&"x".repeat(100)), format!("\"{}...\"", "x".repeat(60)));
    }
}
