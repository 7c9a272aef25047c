//! `GET /cost`: what accounts and tenants send, and its price.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a tenant or an account sends, and its price.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CostRow {
    /// Id of the tenant; empty for the whole fleet.
    pub tenant: String,
    /// The account, where rows are accounts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Its name, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// How many accounts sent something.
    pub accounts: u32,
    /// Since midnight (UTC), or since the start where that is later.
    pub today: Amounts,
    /// In the last 24 hours, or since the start where that is later.
    pub day: Amounts,
    /// Since the start of the process.
    pub total: Amounts,
    /// Currency of the prices, such as `USD`; absent without prices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// Log events that CloudWatch forwarded in the last whole quarter of an hour; absent where it told nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forwarded: Option<u64>,
    /// Log events that arrived of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrived: Option<u64>,
    /// `arrived` over `forwarded`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completeness: Option<f64>,
}

/// What was sent in a time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Amounts {
    /// Log records.
    pub logs: u64,
    /// Updates of metrics.
    pub metric_updates: u64,
    /// Bytes of log messages and metric data.
    pub bytes: u64,
    /// Bytes of the records of streams that brought them, mostly compressed. Of less than all time they are divided as `bytes` are.
    pub streamed_bytes: u64,
    /// Their price; absent where no price of any of it is configured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<f64>,
}
