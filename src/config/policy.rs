//! What happens to records before they leave, as it runs.

use std::collections::BTreeSet;

use super::Secret;
use super::expression::Expression;
use crate::glob::Glob;
use crate::id::AccountId;

/// What is removed, kept back and rewritten. `crate::policy` does it, in the order of the fields but for
/// `redact`, which comes behind `sample`: what is thrown away need not be cleaned.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Policy {
    /// What must not leave.
    pub redact: Redact,
    /// Which records leave; first match wins, and what no rule matches leaves.
    pub filter: Vec<Filter>,
    /// Of which records only some leave; first match wins, and what no rule matches leaves.
    pub sample: Vec<Sample>,
    /// Edits of attributes, in order.
    pub attributes: Vec<Edit>,
}

/// The records that a rule is for: each list that is not empty must have the record's own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Accounts.
    pub accounts: BTreeSet<AccountId>,
    /// Tenants, by id.
    pub tenants: BTreeSet<String>,
    /// Tiers.
    pub tiers: BTreeSet<String>,
    /// Log groups.
    pub log_groups: Vec<Glob>,
}

impl Scope {
    /// Whether it is for every record.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.accounts.is_empty() && self.tenants.is_empty() && self.tiers.is_empty() && self.log_groups.is_empty()
    }
}

/// Secrets and personal data.
#[derive(Clone, Debug, PartialEq)]
pub struct Redact {
    /// What is looked for in every text. Default: all.
    pub detectors: BTreeSet<Detector>,
    /// What is done with what they find. Default: mask.
    pub action: Action,
    /// Key of hashes; at least 16 bytes.
    pub hash_key: Option<Secret>,
    /// Records that some detectors spare.
    pub exempt: Vec<Exempt>,
    /// Patterns of the operator.
    pub patterns: Vec<Pattern>,
    /// Attributes whose values go whole, whatever they are.
    pub fields: Vec<Fields>,
}

/// All detectors mask.
impl Default for Redact {
    fn default() -> Self {
        Self {
            detectors: Detector::ALL.into(),
            action: Action::Mask,
            hash_key: None,
            exempt: Vec::new(),
            patterns: Vec::new(),
            fields: Vec::new(),
        }
    }
}

/// Something that is looked for in every text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Detector {
    /// Access key ids of AWS, and secret access keys, session tokens and signatures where a name says so.
    AwsKeys,
    /// JWTs, what stands in `Authorization`, and tokens that their prefix tells.
    Tokens,
    /// Private keys in PEM.
    PrivateKeys,
    /// E-mail addresses.
    Emails,
    /// Card numbers.
    Cards,
}

impl Detector {
    /// Every detector.
    pub const ALL: [Self; 5] = [Self::AwsKeys, Self::Tokens, Self::PrivateKeys, Self::Emails, Self::Cards];
}

/// What is done with what was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// It is replaced by `[redacted:NAME]`.
    Mask,
    /// It is replaced by `[NAME:HASH]`; the same value has the same hash, so that records can still be joined by it.
    Hash,
    /// The value that it stands in is removed.
    DropValue,
    /// The record is removed; its metrics stay.
    DropRecord,
}

/// Records that some detectors spare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exempt {
    /// The detectors; all of them where it is empty.
    pub detectors: BTreeSet<Detector>,
    /// The records.
    pub scope: Scope,
}

/// A pattern of the operator.
#[derive(Clone, Debug, PartialEq)]
pub struct Pattern {
    /// What a match is called; stands in its place. Lower case letters, digits and `_`.
    pub name: String,
    /// The expression.
    pub pattern: Expression,
    /// What is done with a match.
    pub action: Action,
    /// Names of attributes, or `body`; everything where it is empty.
    pub fields: Vec<Glob>,
    /// The records.
    pub scope: Scope,
}

/// Attributes whose values go whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fields {
    /// Names of attributes, or of members inside of them.
    pub names: Vec<Glob>,
    /// What is done with their values.
    pub action: Action,
    /// The records.
    pub scope: Scope,
}

/// A rule of what leaves.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    /// Whether records that match leave.
    pub verdict: Verdict,
    /// What matches.
    pub condition: Condition,
}

/// What a filter decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The record leaves.
    Keep,
    /// It does not.
    Drop,
}

/// What a record must be like: all that is given must hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Condition {
    /// Where it is from.
    pub scope: Scope,
    /// Less severe than this. A record without severity counts as INFO.
    pub severity_below: Option<Level>,
    /// At least as severe as this.
    pub severity_from: Option<Level>,
    /// Somewhere in its text; where the body is a map, in the line as it came.
    pub body: Option<Expression>,
    /// Values of attributes; `a.b` is the member `b` of `a` where no attribute has that name.
    pub attributes: Vec<(String, Glob)>,
}

/// A severity, as the configuration has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// `TRACE`
    Trace,
    /// `DEBUG`
    Debug,
    /// `INFO`
    Info,
    /// `WARN`
    Warn,
    /// `ERROR`
    Error,
    /// `FATAL`
    Fatal,
}

/// Of records of some kind only a share leaves.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// Which share: from 0, none, to 1, all.
    pub rate: f64,
    /// Only records less severe than this are sampled. Default: errors never are.
    pub severity_below: Level,
    /// The records.
    pub scope: Scope,
}

/// An edit of attributes of records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What is done.
    pub change: Change,
    /// The records.
    pub scope: Scope,
}

/// What an edit does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// An attribute gets another name, unless there is one of that name.
    Rename {
        /// The name it has.
        from: String,
        /// The name it gets.
        to: String,
    },
    /// Attributes go.
    Remove(Vec<Glob>),
    /// Attributes come, unless there are some of that name.
    Add(Vec<(String, String)>),
}
