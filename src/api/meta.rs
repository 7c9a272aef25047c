//! `GET /meta`: what this is, what it may do for whoever asks.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Time;

/// What serves the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Meta {
    /// Version of the program.
    pub version: String,
    /// Hash of the page that is served; another one in a `hello` event means: load the page again.
    pub build: String,
    /// When the process started.
    pub started: Time,
    /// Its clock.
    pub now: Time,
    /// The simulated fleet, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub demo: Option<Demo>,
    /// Who asks, and what that person or program may do.
    pub access: Access,
    /// Templates of links that lead out, by what they are called; `{account_id}`, `{tenant}`, `{region}`, `{from}`, `{to}` (ms) and
    /// `{query}` are filled in.
    pub links: BTreeMap<String, String>,
    /// Team views: names and the addresses behind them, relative to the page.
    pub views: Vec<SavedView>,
    /// What the store keeps.
    pub retention: Retention,
    /// How long a silence may last, in seconds.
    pub silence_seconds_max: u64,
}

/// The simulated fleet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Demo {
    /// Its seed.
    pub seed: u64,
    /// What happens in it.
    pub scenario: String,
    /// What could happen in it.
    pub scenarios: Vec<String>,
}

/// What whoever asks may do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Access {
    /// Name of the person or the token; empty on loopback without tokens.
    pub name: String,
    /// Whether silences, acknowledgements and replays may be made.
    pub write: bool,
    /// The only tenants that are shown; absent: the whole fleet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenants: Option<Vec<String>>,
    /// How it is known who asks.
    pub by: AccessBy,
}

/// How it is known who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AccessBy {
    /// From this machine, where no tokens are configured.
    Loopback,
    /// By a token.
    Token,
    /// By the header of a proxy.
    Proxy,
}

/// A named address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SavedView {
    /// What it is called.
    pub name: String,
    /// Where it leads, such as `?group=ou&state=critical`, relative to the page's root.
    pub url: String,
}

/// What the store keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Retention {
    /// Which log records: `off`, `errors` or `all`.
    pub logs: String,
    /// Bytes at most.
    pub bytes_max: u64,
    /// The oldest log record that is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oldest_log: Option<Time>,
}
