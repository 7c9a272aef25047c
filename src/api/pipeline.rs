//! `GET /pipeline...`: whether the pipeline is all right.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Time;
use super::accounts::Completeness;
use super::fleet::{FreshnessCounts, Trouble};

/// `GET /pipeline`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Pipeline {
    /// When it was so.
    pub as_of: Time,
    /// Stages in the order of the data's path: `sources`, `decode`, `tag`, `rules`, `export`, `notify`.
    pub stages: Vec<Stage>,
    /// Seconds from arrival in the pipeline until everything of a delivery is safe.
    pub end_to_end: Delay,
    /// The same from writing to safety, where known: none.
    pub memory_bytes: u64,
    /// Budget of that.
    pub memory_bytes_max: u64,
    /// The page's store.
    pub store: Store,
    /// Accounts by freshness.
    pub freshness: FreshnessCounts,
    /// Accounts that speak and are not in the directory.
    pub unknown: u32,
    /// Accounts that are over their share now or were since the start.
    pub throttled: u32,
    /// Accounts of which less arrived than CloudWatch forwarded.
    pub incomplete: u32,
    /// Shards that are read.
    pub shards: u32,
    /// Of these, more than a minute behind.
    pub shards_late: u32,
    /// Seconds that the furthest is behind.
    pub behind_seconds: f64,
    /// Dead letters since the start, and kept from before.
    pub dead_letters: u64,
    /// What destinations do.
    pub destinations: Vec<Destination>,
    /// What receivers of notifications do.
    pub receivers: Vec<Receiver>,
    /// How the directory stands.
    pub directory: DirectoryStatus,
    /// What keeps the picture from being whole.
    pub troubles: Vec<Trouble>,
}

/// A stage of the pipeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Stage {
    /// Its name.
    pub name: String,
    /// What its rate counts: `records`, `deliveries`, `samples`, ...
    pub unit: String,
    /// Over the last minute.
    pub per_second: f64,
    /// Since the start.
    pub total: u64,
    /// What went wrong since the start.
    pub errors: u64,
    /// Fill of what waits before it, 0 to 1, where it has a queue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<f64>,
    /// Further figures by name, such as `unknown`, `retried`, `rejected`.
    pub figures: BTreeMap<String, f64>,
}

/// A delay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Delay {
    /// Half of all are faster than this, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p50: Option<f64>,
    /// 99 of 100 are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p99: Option<f64>,
}

/// The page's store.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Store {
    /// Which log records it keeps: `off`, `errors` or `all`.
    pub logs: String,
    /// Bytes.
    pub bytes: u64,
    /// Bytes at most.
    pub bytes_max: u64,
    /// Log records.
    pub records: u64,
    /// Log records that were not stored because the writer was behind, since the start.
    pub dropped: u64,
    /// The oldest log record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oldest: Option<Time>,
    /// Why it cannot be written, where it cannot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failing: Option<String>,
}

/// What a destination does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Destination {
    /// Its name.
    pub name: String,
    /// Records that it took since the start.
    pub exported: u64,
    /// Over the last minute.
    pub per_second: f64,
    /// Requests that were sent again.
    pub retried: u64,
    /// Records that it refused.
    pub refused: u64,
    /// Records that were spilled.
    pub spilled: u64,
    /// Fill of its queue.
    pub queue: f64,
    /// It does not answer.
    pub down: bool,
    /// What it said last, where it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// What a receiver of notifications does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Receiver {
    /// Its name.
    pub name: String,
    /// Notifications that wait for it.
    pub waiting: u64,
}

/// How the directory stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DirectoryStatus {
    /// Accounts.
    pub accounts: u32,
    /// When it was last read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read: Option<Time>,
    /// Why it could not be read last time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failing: Option<String>,
    /// Accounts whose tags break the scheme; absent where the configuration has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wrong_tags: Option<u32>,
}

/// A row of `GET /directory/tags`: a tag of an account that breaks the scheme.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TagFinding {
    /// The account.
    pub account: String,
    /// Its tenant.
    pub tenant: String,
    /// Its name.
    pub name: String,
    /// The tag as the scheme names it.
    pub key: String,
    /// `missing`, `look_alike` or `value`.
    pub problem: String,
    /// What is there instead: the name that looks alike, or the value that is not allowed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<String>,
    /// What is wrong, for people.
    pub message: String,
    /// The command that puts it right.
    pub command: String,
}

/// A row of `GET /pipeline/shards`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Shard {
    /// Its stream.
    pub stream: String,
    /// Its id.
    pub shard: String,
    /// Seconds behind the tip.
    pub behind_seconds: f64,
    /// Records a second, over the last minute.
    pub records_per_second: f64,
    /// Bytes a second.
    pub bytes_per_second: f64,
    /// Sequence number up to which everything is safe.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<String>,
    /// Up to which arrival time the rules have seen it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen_until: Option<Time>,
    /// What it waits for or does, where it does not read: `end of shard`, the error, ...
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
    /// Seconds behind in the last minutes, oldest first.
    pub spark: Vec<f64>,
}

/// A row of `GET /pipeline/dlq`: dead letters of one reason.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DeadLetters {
    /// The reason, which also names the group: `bad_json`, ...
    pub reason: String,
    /// What that means.
    pub meaning: String,
    /// How many letters, since the store began.
    pub letters: u64,
    /// How many accounts, and the one with the most.
    pub accounts: u32,
    /// The account with the most letters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Oldest.
    pub first: Time,
    /// Newest.
    pub last: Time,
    /// What was said of the newest one.
    pub detail: String,
    /// Beginning of the newest one, as text.
    pub sample: String,
    /// Where letters lie, for `fanin replay`.
    pub place: String,
}

/// Answer to `POST /pipeline/dlq/{reason}/replay`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Replayed {
    /// Nothing was sent: this is what would be.
    pub dry_run: bool,
    /// Letters that were found.
    pub found: u64,
    /// That were sent, or would be.
    pub sent: u64,
    /// That came back as dead letters.
    pub rejected: u64,
    /// That cannot be replayed.
    pub skipped: u64,
    /// What to know of it.
    pub notices: Vec<String>,
}

/// A row of `GET /pipeline/accounts?kind=unknown|silent|throttled|late|new`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PipelineAccount {
    /// The account.
    pub account: String,
    /// Its tenant.
    pub tenant: String,
    /// Its name.
    pub name: String,
    /// When it was first heard, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_seen: Option<Time>,
    /// When it was last heard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<Time>,
    /// Records: of an unknown account those that came, of a throttled one those left out.
    pub records: u64,
}

/// `GET /pipeline/completeness`.
pub type CompletenessList = super::List<Completeness>;
