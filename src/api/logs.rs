//! Log records: `GET /accounts/{id}/logs`, `GET /logs/search`, `GET /logs/{record}`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Time;

/// A log record, as lists and tails show it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LogRow {
    /// Id in the store; absent where the record is not kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// When it was written, in milliseconds since 1970.
    pub at: u64,
    /// Account.
    pub account: String,
    /// Tenant.
    pub tenant: String,
    /// Severity number as OTLP has it: 1 trace, 5 debug, 9 info, 13 warn, 17 error, 21 fatal; 0 not known.
    pub severity: u8,
    /// Severity for people.
    pub severity_text: String,
    /// Log group.
    pub source: String,
    /// The first 2,048 characters of its body.
    pub body: String,
    /// Whether the body is longer.
    pub cut: bool,
}

/// Answer to a search.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LogList {
    /// Records, newest first unless the order was asked for.
    pub items: Vec<LogRow>,
    /// Records that were looked at.
    pub scanned: u64,
    /// Whether all that is kept was looked at; else go on with `next`.
    pub complete: bool,
    /// What to ask for as `cursor` to go on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// The oldest record that is kept of what was searched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oldest: Option<Time>,
    /// What the list does not show.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<String>,
}

/// `GET /logs/{record}`: all of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LogRecord {
    /// What lists show of it.
    #[serde(flatten)]
    pub row: LogRow,
    /// When it reached the pipeline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed: Option<Time>,
    /// Log stream.
    pub stream: String,
    /// The whole body: text, or the object that it was.
    pub whole: Value,
    /// Attributes of the record.
    pub attributes: BTreeMap<String, Value>,
    /// Attributes of its resource.
    pub resource: BTreeMap<String, Value>,
}
