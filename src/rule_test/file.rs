//! A file of tests as it was read: times are offsets from the start of a test, every name is resolved but those of rules.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::config::FormatName;
use crate::evaluator::{Outcome, State};
use crate::id::{AccountId, Region};
use crate::incident::{Cause, Kind, Status};
use crate::record::severity::Severity;
use crate::rule::Level;
use crate::tenant::Entry;
use crate::time::Timestamp;

/// A file of tests.
#[derive(Clone, Debug, PartialEq)]
pub struct TestFile {
    /// Its name, as the caller gave it.
    pub name: Arc<str>,
    /// The rules that its tests are of.
    pub rules: Vec<RuleText>,
    /// The tests, in their order.
    pub tests: Vec<Test>,
}

/// A rule file that was loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleText {
    /// Its name: that of the test file's folder and what the test file says.
    pub name: String,
    /// What it holds.
    pub text: String,
}

/// One test.
#[derive(Clone, Debug, PartialEq)]
pub struct Test {
    /// Its name.
    pub name: String,
    /// Where it stands: the line, counting from 1.
    pub line: u64,
    /// The moment that all its times are counted from.
    pub start: Timestamp,
    /// The accounts of the directory, ascending.
    pub tenants: Vec<Entry>,
    /// Log records that come in.
    pub logs: Vec<LogInput>,
    /// Metric points that come in.
    pub metrics: Vec<MetricInput>,
    /// What happens to the pipeline, in the order of time.
    pub pipeline: Vec<Event>,
    /// How alerts must stand.
    pub expect: Vec<Expect>,
    /// Of what people must be told.
    pub notifications: Vec<ExpectNotification>,
    /// Which alerts must change.
    pub transitions: Vec<ExpectTransition>,
}

/// Whose the input is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Accounts {
    /// Of all accounts of the directory, each the same.
    All,
    /// Of these.
    These(Vec<AccountId>),
}

/// When records happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Times {
    /// At these offsets, ascending.
    At(Vec<Duration>),
    /// So often.
    Every {
        /// The first.
        from: Duration,
        /// The step; above zero.
        every: Duration,
        /// How many.
        count: u64,
    },
}

impl Times {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> u64 {
        match self {
            Self::At(offsets) => offsets.len() as u64,
            Self::Every { count, .. } => *count,
        }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The offset of one of them, counting from 0; `None` behind the last.
    #[must_use]
    pub fn get(&self, index: u64) -> Option<Duration> {
        match self {
            Self::At(offsets) => offsets.get(usize::try_from(index).ok()?).copied(),
            Self::Every { from, every, count } => {
                let nanos = u64::try_from(every.as_nanos()).ok()?.checked_mul(index)?;
                (index < *count).then(|| from.saturating_add(Duration::from_nanos(nanos)))
            }
        }
    }
}

/// Log records that come in.
#[derive(Clone, Debug, PartialEq)]
pub struct LogInput {
    /// Whose.
    pub accounts: Accounts,
    /// When.
    pub times: Times,
    /// How long after its time each arrives.
    pub arrive: Duration,
    /// How far the clock of its producer is off, in nanoseconds.
    pub skew: i64,
    /// The shard that carries them; else chosen by the account.
    pub shard: Option<usize>,
    /// The message they are: inputs of one id are the same message, sent again.
    pub id: Option<String>,
    /// The Region; else that of the account.
    pub region: Option<Region>,
    /// What they are.
    pub what: Logs,
}

/// What log records are.
#[derive(Clone, Debug, PartialEq)]
pub enum Logs {
    /// Records as rules see them.
    Fields(Box<Record>),
    /// Messages as CloudWatch Logs delivers them, which are decoded first. `{n}` in them as in `Record`.
    Lines {
        /// The log group.
        log_group: String,
        /// The log stream.
        log_stream: String,
        /// The messages of each time.
        lines: Vec<String>,
    },
}

/// A log record as rules see it. `{n}` in a text stands for the number of the repetition, from 0.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Record {
    /// `level`.
    pub level: Option<Severity>,
    /// `message`.
    pub message: Option<String>,
    /// `service`.
    pub service: Option<String>,
    /// `event`.
    pub event: Option<String>,
    /// `source`.
    pub source: Option<FormatName>,
    /// `log_group`; empty where there is none.
    pub log_group: String,
    /// `log_stream`; empty where there is none.
    pub log_stream: String,
    /// All other fields, by name.
    pub attributes: Vec<(String, Given)>,
}

/// The value of a field.
#[derive(Clone, Debug, PartialEq)]
pub enum Given {
    /// A text.
    Text(String),
    /// A whole number.
    Int(i64),
    /// A number with a fraction.
    Double(f64),
    /// True or false.
    Bool(bool),
}

/// Points of one series, one for each period.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricInput {
    /// Whose.
    pub accounts: Accounts,
    /// The Region; else that of the account.
    pub region: Option<Region>,
    /// Namespace, such as `AWS/Lambda`; empty for a metric of Fanin itself, which is of no account.
    pub namespace: String,
    /// Name of the metric.
    pub metric: String,
    /// Dimensions, ascending by name.
    pub dimensions: Vec<(String, String)>,
    /// Which statistic the values are.
    pub stat: Stat,
    /// Length of a period.
    pub period: Duration,
    /// One value for each period; `None` where it is missing.
    pub values: Vec<Option<f64>>,
    /// Unit as CloudWatch writes it; empty where there is none.
    pub unit: String,
    /// When the first period begins.
    pub from: Duration,
    /// How long after the end of its period a point arrives.
    pub arrive: Duration,
    /// The shard that carries them; else chosen by the account.
    pub shard: Option<usize>,
}

/// A statistic of a metric.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stat {
    /// Sum.
    Sum,
    /// Minimum.
    Min,
    /// Maximum.
    Max,
    /// Average: Sum by a SampleCount of 1.
    Avg,
    /// SampleCount.
    Count,
    /// Another, by CloudWatch's name, such as `p95`.
    Other(String),
}

/// Something that happens to the pipeline.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// When.
    pub at: Duration,
    /// What.
    pub what: Happening,
}

/// What happens to the pipeline.
#[derive(Clone, Debug, PartialEq)]
pub enum Happening {
    /// Nothing is read, from one shard or all.
    Stall {
        /// How long.
        lasts: Duration,
        /// The shard.
        shard: Option<usize>,
    },
    /// It is killed, was down, loads the last snapshot and reads again what came after.
    Restart {
        /// How long it is down.
        down: Duration,
    },
    /// What was delivered within this time is delivered again.
    Duplicate(Duration),
    /// What arrives within this time comes at its end, the last first.
    Reorder(Duration),
    /// Each shard becomes two.
    Split,
    /// Each two shards become one.
    Merge,
    /// The last snapshot is damaged.
    CorruptSnapshot,
    /// Other rules are loaded.
    Rules(Vec<RuleText>),
    /// Alerts with these labels are silenced.
    Silence {
        /// As people write them, such as `alert="X"`.
        matchers: Vec<String>,
        /// How long.
        lasts: Duration,
    },
    /// The directory changes.
    Directory(Vec<Change>),
}

/// A change of the directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// An account is there, or is another than before.
    Put(Box<Entry>),
    /// An account is closed.
    Close(AccountId),
    /// An account is no longer known.
    Remove(AccountId),
}

/// The alert that is meant, beside its rule.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Who {
    /// Its account, where the rule groups by it.
    pub account: Option<AccountId>,
    /// Values of the other fields that the rule groups by, by name.
    pub group: BTreeMap<String, String>,
}

/// How an alert must stand; what is `None` may be anything.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Want {
    /// Its state.
    pub state: Option<State>,
    /// Its level.
    pub level: Option<Level>,
    /// The higher level that breaches, but not for long enough.
    pub pending: Option<Level>,
    /// What the tick said.
    pub outcome: Option<Outcome>,
    /// About its value.
    pub value: Option<f64>,
    /// About its threshold.
    pub threshold: Option<f64>,
}

/// How alerts must stand right after a tick was evaluated.
#[derive(Clone, Debug, PartialEq)]
pub struct Expect {
    /// Where it stands: the line.
    pub line: u64,
    /// The tick.
    pub at: Duration,
    /// Name of the rule.
    pub alert: String,
    /// The alert.
    pub who: Who,
    /// How it must stand.
    pub want: Want,
    /// All alerts of the rule that are not inactive.
    pub alerts: Option<Vec<Listed>>,
    /// Classes that are told, others among them, from when the tick is evaluated until the `group_wait` of the rule later;
    /// empty for nobody.
    pub notified: Option<Vec<String>>,
}

/// One alert of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    /// Where it stands: the line.
    pub line: u64,
    /// The alert.
    pub who: Who,
    /// How it must stand.
    pub want: Want,
}

/// What people must be told; what is `None` may be anything.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExpectNotification {
    /// Where it stands: the line.
    pub line: u64,
    /// From when on, by the clock of the one who is told,
    pub from: Duration,
    /// and before when.
    pub until: Duration,
    /// Name of the rule.
    pub alert: Option<String>,
    /// An account that it is about.
    pub account: Option<AccountId>,
    /// How it looks.
    pub kind: Option<Kind>,
    /// Why it is told.
    pub cause: Option<Cause>,
    /// Whether it still fires.
    pub status: Option<Status>,
    /// Its level.
    pub level: Option<Level>,
    /// Class or receiver that is told.
    pub to: Option<String>,
    /// Whether it was found while catching up.
    pub late: Option<bool>,
    /// How many accounts it is about.
    pub accounts: Option<u32>,
    /// The accounts of a digest that fired and resolved, ascending.
    pub fired_and_resolved: Option<Vec<AccountId>>,
    /// A text that one of its annotations has.
    pub contains: Option<String>,
    /// How many there must be; at least one where this is `None`.
    pub count: Option<u32>,
}

/// Which alerts must change.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExpectTransition {
    /// Where it stands: the line.
    pub line: u64,
    /// From which tick on,
    pub from: Duration,
    /// and before which.
    pub until: Duration,
    /// Name of the rule.
    pub alert: Option<String>,
    /// The account.
    pub account: Option<AccountId>,
    /// The state after it; `resolved` is `inactive`.
    pub state: Option<State>,
    /// The level after it.
    pub level: Option<Level>,
    /// Why.
    pub reason: Option<crate::evaluator::Reason>,
    /// Whether it was found while catching up.
    pub late: Option<bool>,
    /// How many there must be; at least one where this is `None`.
    pub count: Option<u32>,
}
