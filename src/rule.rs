//! Rules as they run: complete and checked. `rule::read` makes them of what people write.
//!
//! A rule is written once and holds one state for each group; the group is the account unless the rule says otherwise.

pub mod unit;
pub mod arithmetic;
pub mod own;
pub mod value;
pub mod condition;
pub mod logic;
pub mod keys;
pub mod annotation;
pub mod effective;
pub mod graph;
pub mod shape;
pub mod footprint;
pub mod warning;
pub mod read;
pub mod explain;
pub mod schema;

pub use arithmetic::Computed;
pub use effective::Effective;

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::id::AccountId;
use crate::predicate::Predicate;
use crate::predicate::field::Field;
use crate::time::Timestamp;

/// Place of a rule in its set.
pub type RuleIdx = usize;

/// All rules that run together.
#[derive(Debug, Default)]
pub struct RuleSet {
    /// The rules, in the order of their files. Names are unique.
    pub rules: Vec<Rule>,
}

/// One rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its name (`alert`), the first half of the identity of its alerts.
    pub name: Box<str>,
    /// Where it was written.
    pub place: RulePlace,
    /// What it takes samples from; `None` for kinds that look at other rules.
    pub from: Option<From>,
    /// Which records count; all where there is none.
    pub matches: Option<Predicate>,
    /// What it watches for.
    pub kind: Kind,
    /// One state for each combination of these, in the order written; empty for one state over everything.
    pub group_by: Vec<Field>,
    /// Which accounts it applies to; all where there is none.
    pub scope: Option<Predicate>,
    /// Expected groups are the accounts of the directory that are in scope (`groups: registry`).
    pub groups_from_directory: bool,
    /// Step of evaluation; ticks are multiples of it since 1970.
    pub every: Duration,
    /// What is looked at in each step; zero for kinds without one.
    pub window: Duration,
    /// How long after its time a tick is evaluated.
    pub delay: Duration,
    /// How long after an account was created or first seen its groups stay quiet.
    pub new_group_delay: Duration,
    /// Without data for so long an alert resolves.
    pub resolve_after: Duration,
    /// Transitions that are older never notify.
    pub max_alert_age: Duration,
    /// Most groups that are tracked.
    pub max_groups: usize,
    /// Whether a metric point that is sent again replaces the first (`dedup: exact`).
    pub exact: bool,
    /// What overrides may change.
    pub settings: Settings,
    /// Other settings for some accounts; a later one wins, field by field.
    pub overrides: Vec<Override>,
    /// Further labels of its alerts, by name.
    pub labels: Vec<(Box<str>, Box<str>)>,
    /// What people are told.
    pub annotations: Annotations,
    /// How its alerts are told of together.
    pub incident: Incident,
    /// While one of these fires (for an equal group, as far as both have it), this one does not notify.
    pub inhibited_by: Vec<Box<str>>,
}

/// Where a rule was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RulePlace {
    /// The file as it was named.
    pub file: Arc<str>,
    /// Its first line, counting from 1.
    pub line: u64,
    /// Its last line.
    pub line_last: u64,
    /// Where each of its keys was written; those that are not here have their built-in defaults.
    pub origins: Vec<Origin>,
}

/// Where a key of a rule was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The key, such as `window`, or `incident.repeat` for a member of a section.
    pub key: Box<str>,
    /// The line, counting from 1.
    pub line: u64,
    /// It is a default of the file, not of the rule itself.
    pub default: bool,
}

/// What samples are taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum From {
    /// Log records.
    Logs,
    /// CloudWatch metrics.
    Metrics,
    /// Fanin itself.
    #[serde(rename = "self")]
    Fanin,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Someone should look in working hours.
    Warning,
    /// Someone is woken.
    Critical,
}

impl Level {
    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

/// What a rule watches for.
#[derive(Clone, Debug)]
pub enum Kind {
    /// A value is on the wrong side of a threshold.
    Threshold(Measure),
    /// A part is too large a share of a whole. The value of the measure is term 0 divided by term 1.
    Ratio(Measure),
    /// Nothing matched for `settings.timeout`.
    Absence {
        /// How bad that is.
        level: Level,
    },
    /// A record matched.
    Event {
        /// How bad that is.
        level: Level,
        /// Records that agree in these are one episode for `dedup_for`.
        dedup_by: Vec<Field>,
        /// How long, in event time.
        dedup_for: Duration,
    },
    /// Too many accounts are in a state of another rule.
    Fleet(Fleet),
    /// A combination of other rules.
    Composite {
        /// How bad that is.
        level: Level,
        /// The combination; `Logic::Rule` holds names.
        expression: Logic,
        /// How long a rule counts as firing after it stopped.
        sticky: Duration,
        /// Severities combine as in Datadog's composite monitors.
        datadog: bool,
    },
    /// Something that was never seen before.
    FirstSeen(FirstSeen),
    /// A value is far from what it was.
    Change {
        /// The value.
        measure: Measure,
        /// What it is compared with.
        baseline: Baseline,
        /// Below this much now, nothing is wrong.
        min_current: Option<f64>,
        /// How long the baseline does not learn while the alert fires.
        freeze: Duration,
    },
    /// A value is far from those of its peers.
    Outlier(Outlier),
    /// A value will cross a threshold.
    Forecast {
        /// The value.
        measure: Measure,
        /// How far back points are looked at.
        history: Duration,
        /// Fewer points say nothing.
        min_points: usize,
        /// How far ahead is looked where the condition does not say (`within`).
        horizon: Duration,
    },
}

/// A value made of aggregates over the window.
#[derive(Clone, Debug, PartialEq)]
pub struct Measure {
    /// What is aggregated, each over the window and all series of the group.
    pub terms: Vec<Term>,
    /// What is made of them.
    pub value: Arithmetic,
    /// Evaluated only while this holds; else nothing is wrong.
    pub when: Option<(Arithmetic, Condition)>,
    /// Fewer records (`min_samples`) say nothing.
    pub min_samples: u64,
}

/// One aggregate.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// How values become one.
    pub aggregate: Aggregate,
    /// Which values.
    pub of: Values,
    /// As it was written.
    pub text: Box<str>,
}

/// How values become one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Aggregate {
    /// How many; for metrics, the sum of their SampleCount.
    Count,
    /// Their sum.
    Sum,
    /// Their mean; for metrics, Sum by SampleCount.
    Avg,
    /// The least.
    Min,
    /// The greatest.
    Max,
    /// The latest in time.
    Last,
    /// Their number (of records) or sum (of values), by the seconds of the window.
    Rate,
    /// How many different ones.
    Distinct,
    /// A percentile, 0 to 100.
    Percentile(f64),
}

/// Which values are aggregated.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// The records themselves, as in `count()`.
    Records,
    /// A field of the records.
    Field(Field),
    /// A CloudWatch metric.
    Metric(Selector),
    /// A metric of Fanin itself, such as `pipeline.watermark_lag_seconds`.
    Own(Box<str>),
}

/// Which series of CloudWatch metrics.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Selector {
    /// Namespace, such as `AWS/Lambda`.
    pub namespace: Box<str>,
    /// Name of the metric.
    pub metric: Box<str>,
    /// A further statistic, such as `p95`; else those of the aggregate.
    pub statistic: Option<Box<str>>,
    /// Dimensions that must have these values (`{dim="x"}`).
    pub equal: Vec<(Box<str>, Box<str>)>,
    /// The names of the set of dimensions, ascending, where the rule says it: by its `group_by`, its braces or `by (..)`.
    /// `None`: the set without dimensions where the account has that, else the smallest that it publishes, summed.
    pub dimensions: Option<Vec<Box<str>>>,
}

/// What is made of terms.
#[derive(Clone, Debug, PartialEq)]
pub enum Arithmetic {
    /// The term of that index.
    Term(usize),
    /// A number.
    Number(f64),
    /// A quota of the account, by name, and what counts where the directory does not tell.
    Quota(Box<str>, Option<f64>),
    /// The negative.
    Negative(Box<Self>),
    /// Two and an operator.
    Binary(Operator, Box<Self>, Box<Self>),
}

/// An operator of arithmetic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`; by zero there is no value.
    Divide,
    /// `min(x, y)`
    Min,
    /// `max(x, y)`
    Max,
}

/// A comparison with a bound.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// How it is compared.
    pub comparison: Comparison,
    /// The bound in base units: 0.1 for `10%`, seconds for times where the measure is in seconds, bytes.
    pub bound: f64,
    /// Unit of the bound, for people.
    pub unit: Unit,
    /// `change`: multiples of the median absolute deviation (`mad`) instead of the baseline itself.
    pub deviations: bool,
    /// `forecast`: only where it is reached within this.
    pub within: Option<Duration>,
    /// As it was written.
    pub text: Box<str>,
}

/// How a value is compared with a bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `>`
    Above,
    /// `>=`
    AtLeast,
    /// `<`
    Below,
    /// `<=`
    AtMost,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
}

/// How a value is shown to people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// As a number.
    #[default]
    Number,
    /// A share: 0.1 is shown as 10 %.
    Percent,
    /// A factor: `3x`.
    Factor,
    /// Seconds.
    Seconds,
    /// Milliseconds.
    Milliseconds,
    /// Bytes.
    Bytes,
}

impl Condition {
    /// Whether a value is on the wrong side of the bound.
    #[must_use]
    #[expect(clippy::float_cmp, reason = "equal is what was written")]
    pub fn holds(&self, value: f64) -> bool {
        match self.comparison {
            Comparison::Above => value > self.bound,
            Comparison::AtLeast => value >= self.bound,
            Comparison::Below => value < self.bound,
            Comparison::AtMost => value <= self.bound,
            Comparison::Equal => value == self.bound,
            Comparison::NotEqual => value != self.bound,
        }
    }
}

/// What may differ from account to account.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Whether the rule is evaluated at all.
    pub enabled: bool,
    /// From here on it is critical.
    pub critical: Option<Condition>,
    /// From here on it is a warning.
    pub warning: Option<Condition>,
    /// Only beyond this a critical alert stops being critical; where there is none, as soon as it does not breach.
    pub recover_critical: Option<Condition>,
    /// Only beyond this an alert recovers; where there is none, as soon as it does not breach.
    pub recover_warning: Option<Condition>,
    /// When a breach becomes an alert.
    pub hold: Hold,
    /// How long an alert keeps firing after it cleared.
    pub keep_firing_for: Duration,
    /// What no data means.
    pub no_data: NoData,
    /// `ratio`: a smaller whole says nothing.
    pub min_total: f64,
    /// `absence`: how long nothing may come.
    pub timeout: Duration,
    /// Who is told.
    pub notify: Notify,
}

/// When a breach becomes an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// When it lasted so long (`for`).
    For(Duration),
    /// When so many of the last ticks breached (`datapoints`).
    Datapoints {
        /// How many.
        breach: u8,
        /// Of how many.
        of: u8,
        /// What a tick without data counts as.
        missing: Missing,
        /// By the tables of CloudWatch alarms, premature transitions among them (`compat: cloudwatch`).
        cloudwatch: bool,
    },
}

/// What a tick without data counts as, where datapoints are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Missing {
    /// It is not counted; the state stays where all are missing.
    Ignore,
    /// As a breach.
    Breaching,
    /// As no breach.
    NotBreaching,
    /// It is not counted; where all are missing there is no data.
    #[default]
    Missing,
}

/// What no data in the window means.
#[derive(Clone, Debug, PartialEq)]
pub enum NoData {
    /// Nothing is wrong.
    Ok,
    /// Nothing changes; timers wait.
    Keep,
    /// The value is 0.
    Zero,
    /// It is a breach.
    Breach {
        /// How bad.
        level: Level,
        /// Only where the last value was so.
        only_if_last: Option<Condition>,
    },
    /// It is an alert of its own, `<Alert>:NoData`.
    Alert {
        /// How bad.
        level: Level,
        /// When it lasted so long.
        after: Duration,
    },
}

/// Who is told, by level. A name is that of a receiver, or of a class that routes lead to receivers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notify {
    /// Of critical alerts.
    pub critical: Option<Box<str>>,
    /// Of warnings.
    pub warning: Option<Box<str>>,
    /// The route by which the names are looked up first.
    pub route: Option<Box<str>>,
}

/// Other settings for some accounts. What is `None` stays.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Override {
    /// Where it was written: the line, counting from 1.
    pub line: u64,
    /// For this account.
    pub account: Option<AccountId>,
    /// For this tenant.
    pub tenant: Option<Box<str>>,
    /// For this tier.
    pub tier: Option<Box<str>>,
    /// For accounts that mainly run here.
    pub region: Option<Box<str>>,
    /// For accounts of which this holds.
    pub matches: Option<Predicate>,
    /// Until then.
    pub until: Option<Timestamp>,
    /// Why.
    pub why: Option<Box<str>>,
    /// Who answers for it.
    pub owner: Option<Box<str>>,
    /// See `Settings`.
    pub enabled: Option<bool>,
    /// See `Settings`.
    pub critical: Option<Condition>,
    /// See `Settings`.
    pub warning: Option<Condition>,
    /// See `Settings`; `recover` without levels sets both.
    pub recover_critical: Option<Condition>,
    /// See `Settings`.
    pub recover_warning: Option<Condition>,
    /// See `Settings`.
    pub hold: Option<Hold>,
    /// See `Settings`.
    pub keep_firing_for: Option<Duration>,
    /// See `Settings`.
    pub no_data: Option<NoData>,
    /// See `Settings`.
    pub min_total: Option<f64>,
    /// See `Measure`.
    pub min_samples: Option<u64>,
    /// See `Settings`.
    pub timeout: Option<Duration>,
    /// See `Settings`.
    pub notify: Option<Notify>,
}

/// Too many accounts are in a state of another rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Fleet {
    /// The other rule.
    pub of: Box<str>,
    /// Alerts that are pending count as well.
    pub pending_counts: bool,
    /// The value is the share of the population, else the number.
    pub share: bool,
    /// The population is all accounts in scope of the other rule, else those that its tick could tell of.
    pub registered: bool,
    /// A smaller population says nothing.
    pub min_population: usize,
    /// Rules whose alerts are not told of while this fires.
    pub inhibits: Vec<Box<str>>,
}

/// Something that was never seen before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstSeen {
    /// How bad it is.
    pub level: Level,
    /// The field.
    pub key: Field,
    /// The field is a text of which only the shape counts (`signature(message)`).
    pub signature: bool,
    /// New to the whole fleet, else to the group.
    pub fleet: bool,
    /// For so long after the rule first ran everything is only learnt.
    pub learn: Duration,
    /// What was not seen for so long is new again.
    pub lookback: Duration,
    /// How often it must come,
    pub min_count: u32,
    /// and within which time.
    pub within: Duration,
    /// Most keys that are known.
    pub max_keys: usize,
}

/// What a value is compared with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Baseline {
    /// The window before.
    Previous {
        /// A smaller one counts as this.
        floor: f64,
    },
    /// The same hour of the last weeks.
    HourOfWeek {
        /// Less history says nothing.
        min_history: Duration,
        /// A smaller one counts as this.
        floor: f64,
    },
}

/// A value is far from those of its peers.
#[derive(Clone, Debug, PartialEq)]
pub struct Outlier {
    /// How bad that is.
    pub level: Level,
    /// The value.
    pub measure: Measure,
    /// Accounts that agree in these are peers.
    pub peers: Vec<Field>,
    /// How many median absolute deviations are too many.
    pub deviations: f64,
    /// Which side.
    pub direction: Direction,
    /// A smaller deviation counts as this.
    pub floor: f64,
    /// Fewer peers say nothing.
    pub min_peers: usize,
    /// A larger share is no outlier but a shift of the fleet.
    pub max_outliers: f64,
}

/// Which side counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Too large.
    Above,
    /// Too small.
    Below,
    /// Both.
    Both,
}

/// A combination of rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Logic {
    /// A rule fires.
    Rule(Box<str>),
    /// Not.
    Not(Box<Self>),
    /// Both.
    And(Box<Self>, Box<Self>),
    /// Either.
    Or(Box<Self>, Box<Self>),
}

/// What people are told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Annotations {
    /// A template: one line.
    pub summary: Option<Box<str>>,
    /// A template: more.
    pub description: Option<Box<str>>,
    /// Where it says what to do.
    pub runbook: Option<Box<str>>,
    /// How many matching records travel with a notification.
    pub samples: usize,
    /// Further templates, by name.
    pub others: Vec<(Box<str>, Box<str>)>,
}

/// How alerts of a rule are told of together.
#[derive(Clone, Debug, PartialEq)]
pub struct Incident {
    /// How long the first notification waits for others.
    pub group_wait: Duration,
    /// Up to so many accounts are told of one by one.
    pub individual_max: usize,
    /// From so many accounts on,
    pub fleet_count: usize,
    /// and at least this share of those that were evaluated, it is one fleet notification.
    pub fleet_share: f64,
    /// A list is told of again at most this often.
    pub update_interval: Duration,
    /// A fleet notification is told of again when the accounts grew by this factor.
    pub growth: f64,
    /// Tell when all is clear.
    pub resolved: bool,
    /// Tell again after so long.
    pub repeat: Duration,
}

impl Default for Incident {
    fn default() -> Self {
        Self {
            group_wait: Duration::from_secs(60),
            individual_max: 5,
            fleet_count: 25,
            fleet_share: 0.01,
            update_interval: Duration::from_secs(300),
            growth: 2.0,
            resolved: true,
            repeat: Duration::from_secs(4 * 3600),
        }
    }
}
