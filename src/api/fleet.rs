//! `GET /fleet/...`: all accounts at once.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Time;

/// State of an account or of an alert: that of an account is the worst of its alerts that are not silenced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Nothing is wrong that rules look at.
    #[default]
    Ok,
    /// A condition holds, and not yet for long enough.
    Pending,
    /// A rule wants data and has none.
    NoData,
    /// A rule cannot be evaluated.
    Error,
    /// Fires at warning.
    Warning,
    /// Fires at critical.
    Critical,
}

/// How fresh the data of an account is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Freshness {
    /// It spoke lately.
    #[default]
    Live,
    /// It spoke, but what it said arrived late, or the pipeline is behind.
    Late,
    /// It was heard before and says nothing.
    Silent,
    /// The directory expects it and it was never heard.
    New,
    /// It is suspended or closed: nothing is expected.
    Suspended,
}

/// What an on-call person decides about an account or alert.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// Nothing.
    #[default]
    None,
    /// All that is wrong is silenced.
    Silenced,
    /// All that is wrong is acknowledged or silenced.
    Acked,
}

/// `GET /fleet/summary`: the verdict and the numbers behind it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// When it was so.
    pub as_of: Time,
    /// How far the rules have looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evaluated: Option<Time>,
    /// One sentence with numbers.
    pub verdict: String,
    /// Accounts of the directory and those that only speak.
    pub accounts: u32,
    /// Accounts in each state; silenced ones count by what is left unsilenced.
    pub states: StateCounts,
    /// Accounts of which everything that is wrong is silenced or acknowledged.
    pub silenced: u32,
    /// Accounts by freshness.
    pub freshness: FreshnessCounts,
    /// Accounts that speak and are not in the directory.
    pub unknown: u32,
    /// Accounts that are critical or at warning.
    pub needs_attention: u32,
    /// Rules that run.
    pub rules: u32,
    /// Rules of which alerts fire.
    pub rules_firing: u32,
    /// When the newest alert that fires began to fire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newest: Option<Time>,
    /// When an alert last resolved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_resolved: Option<Time>,
    /// What keeps the picture from being whole: late shards, rules that stand still, a store that drops.
    pub troubles: Vec<Trouble>,
    /// Rules by how often they fired in the last 24 hours, most first: at most ten.
    pub noise: Vec<Noise>,
    /// Whether anything was ever received, decoded, and tagged with a known account: the steps of a first start.
    pub first_steps: FirstSteps,
}

/// Accounts in each state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StateCounts {
    /// Critical.
    pub critical: u32,
    /// Warning.
    pub warning: u32,
    /// Error.
    pub error: u32,
    /// No data.
    pub no_data: u32,
    /// Pending.
    pub pending: u32,
    /// Ok.
    pub ok: u32,
}

/// Accounts by freshness.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FreshnessCounts {
    /// Live.
    pub live: u32,
    /// Late.
    pub late: u32,
    /// Silent.
    pub silent: u32,
    /// New.
    pub new: u32,
    /// Suspended or closed.
    pub suspended: u32,
}

/// Something that keeps the picture from being whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Trouble {
    /// A stable word: `late`, `rules_stalled`, `rules_not_read`, `directory_stale`, `store_dropping`, `store_off`, `receivers_failing`.
    pub code: String,
    /// Whether it makes the picture wrong (`true`) or only poorer.
    pub blind: bool,
    /// What is the matter, with numbers.
    pub message: String,
    /// The page that tells more, relative to the root: `pipeline`.
    pub link: String,
}

/// A rule that fires often.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Noise {
    /// The rule.
    pub rule: String,
    /// How often alerts of it began to fire.
    pub fired: u32,
    /// How many accounts.
    pub accounts: u32,
    /// For how long in all, in seconds.
    pub seconds: u64,
    /// Whether some of them fire and resolve again and again.
    pub flapping: bool,
}

/// What a fresh installation waits for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FirstSteps {
    /// Sources can be read.
    pub sources: bool,
    /// Something was received.
    pub received: bool,
    /// Something could be decoded.
    pub decoded: bool,
    /// Something came from an account that the directory knows.
    pub known: bool,
}

/// `GET /fleet/directory`: accounts in columns, ascending by id. The order is that of `FleetState`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DirectoryColumns {
    /// Changes when an account comes, goes or changes; also the ETag.
    pub version: String,
    /// Ids of 12 digits.
    pub ids: Vec<String>,
    /// Ids of tenants; `unassigned` of accounts that only speak.
    pub tenants: Vec<String>,
    /// Names for people; empty where there is none.
    pub names: Vec<String>,
    /// Attributes of the directory by name: `region`, `tier`, `ou`, and its labels.
    pub labels: BTreeMap<String, LabelColumn>,
}

/// A column of few different values.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LabelColumn {
    /// The values; the first is empty and stands for accounts without one.
    pub values: Vec<String>,
    /// Index into `values`, one for each account.
    pub index: Vec<u32>,
}

/// `GET /fleet/state`: one character for each account, in the order of the directory; or what changed since a version.
///
/// `state`: `0` ok, `1` pending, `2` no data, `3` error, `4` warning, `5` critical. `fresh`: `0` live, `1` late, `2` silent, `3` new,
/// `4` suspended. `mark`: `0` none, `1` silenced, `2` acknowledged. `firing`: how many alerts fire, base 36, `z` for 35 and more.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FleetState {
    /// Version; grows with every change.
    pub v: u64,
    /// Version of the directory that the order is of.
    pub directory: String,
    /// Milliseconds since 1970 of the picture.
    pub at: u64,
    /// State, all accounts; of one rule, where `rule` was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Freshness, all accounts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fresh: Option<String>,
    /// Marks, all accounts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<String>,
    /// Firing alerts, all accounts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub firing: Option<String>,
    /// The figure that was asked for as `metric`, all accounts: `volume` (bytes/s), `events` (records/s), `errors` (share), `quota`
    /// (highest share used), `cost` (share of the fleet's bytes).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric: Option<Vec<Option<f64>>>,
    /// Changes since the version that was asked for: index, and the four characters state, fresh, mark, firing as one text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub d: Option<Vec<(u32, String)>>,
}

/// `GET /fleet/common`: what a set of accounts has in common that the fleet has not, most telling first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CommonLabels {
    /// How many accounts are in the set.
    pub accounts: u32,
    /// The labels.
    pub items: Vec<Common>,
}

/// A label that a set of accounts has in common.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Common {
    /// The label: `region`, `tier`, `ou`, or a label of the directory.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Which share of the set has it.
    pub share: f64,
    /// Which share of the fleet has it.
    pub share_of_fleet: f64,
    /// `share` over `share_of_fleet`.
    pub lift: f64,
    /// How many accounts of the set have it.
    pub accounts: u32,
}
