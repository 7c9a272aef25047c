//! What comes out of the processor.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::chunk::Chunk;
use crate::completeness::Noted;
use crate::config::FormatName;
use crate::id::{AccountId, Region};
use crate::policy::Counts;
use crate::quota::series::Noted as Used;
use crate::record::explain::Step;
use crate::record::severity::Severity;
use crate::reject::Reject;
use crate::sample::{Message, Partials, SampleCounts};
use crate::time::Timestamp;

/// Chunks, rejects and counts of some deliveries.
#[derive(Debug, Default)]
pub struct Output {
    /// Encoded records.
    pub chunks: Vec<Chunk>,
    /// What could not be used.
    pub rejects: Vec<Reject>,
    /// Counts of everything.
    pub tally: Tally,
    /// Counts of each account.
    pub accounts: BTreeMap<AccountId, AccountTally>,
    /// Metrics that a metric stream was seen to carry, each where that is news.
    pub streamed: Vec<Seen>,
    /// What was forwarded, and what arrived.
    pub completeness: Noted,
    /// What accounts use of their quotas.
    pub quotas: Used,
    /// What was done to each log record, where that was asked for.
    pub explained: Vec<Explained>,
    /// What rules took from each payload of which they took something.
    pub messages: Vec<Message>,
    /// What was odd about it.
    pub samples: SampleCounts,
}

/// A metric that a metric stream carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Whose it is.
    pub account: AccountId,
    /// From where.
    pub region: Option<Region>,
    /// Its namespace.
    pub namespace: Box<str>,
    /// Its name.
    pub name: Box<str>,
    /// When it reached the pipeline.
    pub at: Timestamp,
}

/// What each step did to one log record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// Whose it is.
    pub account: AccountId,
    /// Its log group; the file, where it came in one.
    pub log_group: String,
    /// Its log stream.
    pub log_stream: String,
    /// The event's id; empty where there is none.
    pub event_id: String,
    /// The beginning of its body, redacted; empty where the body is no text.
    pub beginning: String,
    /// Whether it leaves for the destinations.
    pub forwarded: bool,
    /// The steps, in order.
    pub steps: Vec<Step>,
}

/// Counts over all accounts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Undecoded records of the source.
    pub records: u64,
    /// Bytes as delivered.
    pub bytes: u64,
    /// Bytes once inflated.
    pub inflated_bytes: u64,
    /// Control messages: probes that carry no data.
    pub control_messages: u64,
    /// Payloads that were not UTF-8.
    pub not_utf8: u64,
    /// Records whose time was in another unit than milliseconds.
    pub time_unit: u64,
    /// Records of the future.
    pub time_ahead: u64,
    /// Bodies that were cut.
    pub body_cut: u64,
    /// Events that name another account, and whose log group may not speak for others.
    pub foreign_events: u64,
    /// Log events that were joined to the record before.
    pub events_joined: u64,
    /// Metric points that were made of log messages.
    pub log_points: u64,
    /// Metric values of log messages that were left out, since their payload has too many series.
    pub values_left_out: u64,
    /// Log records of each format.
    pub formats: ByFormat,
}

/// A count for each format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByFormat([u64; FormatName::ALL.len()]);

impl Default for ByFormat {
    fn default() -> Self {
        Self([0; FormatName::ALL.len()])
    }
}

impl ByFormat {
    /// Counts one more.
    pub fn count(&mut self, format: FormatName) {
        self.0[format as usize] += 1;
    }

    /// The formats that were counted, and how often.
    pub fn iter(&self) -> impl Iterator<Item = (FormatName, u64)> {
        FormatName::ALL.iter().copied().zip(self.0).filter(|(_, count)| *count > 0)
    }
}

/// Counts of one account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountTally {
    /// Whether the directory knows it.
    pub known: bool,
    /// Log records that were encoded.
    pub logs: u64,
    /// Metric data that were encoded, as CloudWatch counts them.
    pub metrics: u64,
    /// Bytes of log messages and of metric data, before encoding.
    pub bytes: u64,
    /// Bytes of the records of streams that brought it, as they were delivered: mostly compressed.
    pub streamed: u64,
    /// Records that were not forwarded because the account was over its share.
    pub sampled_out: u64,
    /// Log records at error or above, those among them that do not leave.
    pub errors: u64,
    /// Log records at warning, those among them that do not leave.
    pub warnings: u64,
    /// The longest that a log record took from when it was written to when it reached the pipeline, in milliseconds.
    pub delay_ms: u64,
    /// When the latest log record was written, in milliseconds since 1970, but not after it came; 0 where none tells.
    pub written_millis: u64,
    /// What the policy did to log records.
    pub policy: Counts,
    /// Rejected records.
    pub rejects: u64,
}

impl AccountTally {
    /// Notes how bad a log record is and how long it was on its way.
    pub(super) fn note(&mut self, severity: Severity, written: Option<Timestamp>, arrived: Timestamp) {
        self.errors += u64::from(severity >= Severity::ERROR);
        self.warnings += u64::from(severity >= Severity::WARN && severity < Severity::ERROR);
        if let Some(written) = written {
            let (written, arrived) = (written.millis(), arrived.millis());
            self.delay_ms = self.delay_ms.max(arrived.saturating_sub(written));
            self.written_millis = self.written_millis.max(written.min(arrived));
        }
    }

    /// Adds all that was counted elsewhere.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.add(other);
        self.known |= other.known;
        self.rejects += other.rejects;
    }

    /// Adds what was counted of some records.
    pub(super) fn add(&mut self, other: &Self) {
        self.logs += other.logs;
        self.metrics += other.metrics;
        self.bytes += other.bytes;
        self.streamed += other.streamed;
        self.sampled_out += other.sampled_out;
        self.errors += other.errors;
        self.warnings += other.warnings;
        self.delay_ms = self.delay_ms.max(other.delay_ms);
        self.written_millis = self.written_millis.max(other.written_millis);
        self.policy.add(&other.policy);
    }
}

impl Output {
    /// Adds a reject and counts it for its account, where that is known.
    pub fn reject(&mut self, reject: Reject) {
        if let Some(account) = reject.account {
            self.accounts.entry(account).or_default().rejects += 1;
        }
        self.rejects.push(reject);
    }

    /// Adds what rules took from a message that reached the pipeline at `arrived`. The message is not kept where that is nothing.
    pub(super) fn message(&mut self, fingerprint: impl FnOnce() -> u64, arrived: Timestamp, partials: &mut Partials) {
        self.samples.add(&partials.take_counts());
        if !partials.is_empty() {
            let partials = partials.drain_into_vec();
            self.messages.push(Message { fingerprint: fingerprint(), arrived, partials });
        }
    }

    /// Empties it and keeps its room.
    pub fn clear(&mut self) {
        self.chunks.clear();
        self.rejects.clear();
        self.tally = Tally::default();
        self.accounts.clear();
        self.streamed.clear();
        self.completeness.clear();
        self.quotas.clear();
        self.explained.clear();
        self.messages.clear();
        self.samples = SampleCounts::default();
    }
}
