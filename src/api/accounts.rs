//! `GET /accounts...`: one account, and lists of them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Time;
use super::alerts::Alert;
use super::fleet::{Freshness, Mark, State};

/// A row of `GET /accounts`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AccountRow {
    /// 12 digits.
    pub id: String,
    /// Id of the tenant; `unassigned` where the directory does not know the account.
    pub tenant: String,
    /// Name, for people.
    pub name: String,
    /// Whether the directory knows it.
    pub known: bool,
    /// Attributes of the directory: `region`, `tier`, `ou`, and its labels.
    pub labels: BTreeMap<String, String>,
    /// State.
    pub state: State,
    /// Freshness.
    pub freshness: Freshness,
    /// Whether what is wrong is silenced or acknowledged.
    pub mark: Mark,
    /// Names of alerts that fire, worst first.
    pub firing: Vec<String>,
    /// When it last said something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<Time>,
    /// Log records and metric data a second, over the last five minutes.
    pub events_per_second: f64,
    /// Bytes a second, over the last five minutes.
    pub bytes_per_second: f64,
    /// Share of log records at error or above, over the last five minutes; absent without log records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_share: Option<f64>,
}

/// `GET /accounts/{id}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Account {
    /// What lists show of it.
    #[serde(flatten)]
    pub row: AccountRow,
    /// State as AWS Organizations names it: `ACTIVE`, `SUSPENDED`, ...; absent where not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifecycle: Option<String>,
    /// When it was created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<Time>,
    /// Since when it is in its state, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Time>,
    /// Alerts that are not inactive, worst first.
    pub alerts: Vec<Alert>,
    /// Rules that hold for it and have nothing to say.
    pub rules_ok: u32,
    /// Counts since the start.
    pub counts: Counts,
    /// Bytes of the last 24 hours, or since the start where that is less.
    pub bytes_day: u64,
    /// Which share of the fleet's bytes that is.
    pub share_of_fleet: f64,
    /// What it costs, where prices are configured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Cost>,
    /// Quotas and how much of them is used, fullest first.
    pub quotas: Vec<Quota>,
    /// What AWS/Logs says it forwarded, against what arrived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completeness: Option<Completeness>,
    /// Links that lead out, by name.
    pub links: BTreeMap<String, String>,
    /// When it was so.
    pub as_of: Time,
}

/// Counts of one account since the start of the process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Counts {
    /// Log records.
    pub logs: u64,
    /// Metric data.
    pub metrics: u64,
    /// Bytes of messages and metric data.
    pub bytes: u64,
    /// Records left out because the account was over its share.
    pub sampled_out: u64,
    /// Log records that the policy keeps back.
    pub held_back: u64,
    /// Values that were redacted.
    pub redacted: u64,
    /// Records that could not be used.
    pub rejects: u64,
    /// Records that a backend refused.
    pub refused: u64,
    /// Records that were spilled.
    pub spilled: u64,
}

/// What an account costs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Cost {
    /// In a day, at the rate of the last 24 hours.
    pub per_day: f64,
    /// Currency, such as `USD`.
    pub currency: String,
    /// What is counted, at which price.
    pub basis: String,
}

/// How much of a quota is used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Quota {
    /// What it is of, such as `Lambda concurrency`.
    pub name: String,
    /// The rule that looks at it.
    pub rule: String,
    /// Used share, 0 to 1; above 1 where it is passed.
    pub share: f64,
    /// Value for people.
    pub value_text: String,
    /// Threshold at which the rule fires, for people.
    pub threshold_text: String,
}

/// What AWS/Logs says was forwarded, against what arrived, over the last whole 15 minutes of which both are known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Completeness {
    /// The account.
    pub account: String,
    /// Its tenant.
    pub tenant: String,
    /// Log events that CloudWatch forwarded (`ForwardedLogEvents`).
    pub forwarded: u64,
    /// Log events that arrived.
    pub arrived: u64,
    /// `arrived` over `forwarded`.
    pub share: f64,
    /// Errors of delivery that CloudWatch counted (`DeliveryErrors` and `DeliveryThrottling`).
    pub delivery_errors: u64,
}

/// `GET /accounts/{id}/metrics`: series in columns, the first of which is time in milliseconds; nulls are gaps.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Series {
    /// Names of the columns after the first: `logs`, `metrics`, `bytes`, `errors`, `warnings`, `delay_ms`.
    pub names: Vec<String>,
    /// Their units: `1/min`, `By/min`, `ms`.
    pub units: Vec<String>,
    /// Milliseconds between two points.
    pub step_ms: u64,
    /// The columns.
    pub data: Vec<Vec<Option<f64>>>,
    /// Milliseconds since 1970 of the first minute that is known.
    pub known_from: u64,
}
