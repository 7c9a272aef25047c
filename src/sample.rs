//! Samples: what rules take from records, added up in stage 1 so that stage 2 sees a few sums instead of all records.

mod cell;
pub mod choice;
pub mod group;
mod index;
mod line;
pub mod partials;
pub mod sampler;
mod sampling;
pub mod subject;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::id::AccountId;
use crate::rule::RuleIdx;
use crate::time::Timestamp;
pub use cell::{Cell, Taken};
pub use partials::{Partials, SampleCounts};
pub use sampler::Sampler;
pub use sampling::{Named, Sampling};
pub use subject::{LogSubject, OwnSubject, PointSubject};

/// A record that claims to be further ahead of its arrival is taken to be of its arrival.
pub const AHEAD_MAX: Duration = Duration::from_secs(120);

/// A record that is older than this when it arrives is kept but tells rules nothing.
pub const AGE_MAX: Duration = Duration::from_secs(86_400);

/// The group of a rule that a sample belongs to: the second half of the identity of its alert.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Group {
    /// The account; `None` where the rule does not group by it. Samples of `first_seen` rules of the fleet have it all the same, to tell
    /// on how many accounts a key is met.
    pub account: Option<AccountId>,
    /// Values of the other fields that the rule groups by, in its order. Of `event` rules, values of `dedup_by`; of `first_seen` rules,
    /// the key behind them.
    pub rest: Box<[Box<str>]>,
}

/// What the records of one message add to one bucket of one group of one rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Partial {
    /// The rule, in the set by which the samples were taken.
    pub rule: RuleIdx,
    /// The group.
    pub group: Group,
    /// Beginning of the bucket: a multiple of the rule's `every`.
    pub bucket: Timestamp,
    /// How many records or points.
    pub count: u32,
    /// Time of the first, already held back to `arrived` where it was ahead.
    pub first: Timestamp,
    /// Time of the last.
    pub last: Timestamp,
    /// Up to when they speak: the end of the last period of a metric; for records, `last`.
    pub until: Timestamp,
    /// One for each term of the rule's measure; `None` where no record had a value for it. Empty for kinds without a measure.
    pub cells: Box<[Option<Cell>]>,
    /// Where the rule wants a point that is sent again to replace the first: hash of the series, and the point's time.
    pub series: Option<(u64, Timestamp)>,
    /// Hash of the names of the dimensions of a metric's points; 0 for the set without dimensions, and where no term of the rule
    /// leaves open which set it means. See `choice`.
    pub set: u64,
    /// How many dimensions that are.
    pub set_len: u8,
    /// Of `event` and `first_seen` rules: time of each record, oldest first.
    pub times: Vec<Timestamp>,
    /// Some of the records, newest last, as many as the rule wants (`annotations.samples`).
    pub lines: Vec<Line>,
}

/// A log record as it travels with a notification.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Line {
    /// When it happened.
    pub at: Timestamp,
    /// Whose it is; notifications of many accounts mix lines.
    pub account: AccountId,
    /// The log group.
    pub log_group: Box<str>,
    /// The message, redacted and cut.
    pub text: Box<str>,
}

/// What the rules took from one message: one payload of CloudWatch Logs, one record of a metric stream, one OTLP request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// The same for the same message, however often and by which way it is delivered.
    pub fingerprint: u64,
    /// When it reached the pipeline.
    pub arrived: Timestamp,
    /// What it adds.
    pub partials: Vec<Partial>,
}
