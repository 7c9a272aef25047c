//! The shapes of the JSON API under `/api/v1`: what the page reads and the commands `alerts`, `accounts`, `rules`, `silence` and
//! `tail` read.
//!
//! Times are RFC 3339 in objects (`Time`) and milliseconds since 1970 in columns. Sizes are bytes, rates are per second,
//! shares are 0 to 1. Every list says how many there are and where it goes on. The OpenAPI document and the types of the page's
//! modules are made from these types.

pub mod meta;
pub mod fleet;
pub mod alerts;
pub mod accounts;
pub mod logs;
pub mod rules;
pub mod pipeline;
pub mod quotas;
pub mod cost;
pub mod silences;
pub mod search;
pub mod stream;

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::time::{Timestamp, parse_rfc3339};

/// A moment, as RFC 3339 in UTC with milliseconds: `2026-11-22T02:39:31.004Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(pub Timestamp);

impl From<Timestamp> for Time {
    fn from(timestamp: Timestamp) -> Self {
        Self(timestamp)
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse_rfc3339(&text).map(|(time, _)| Self(time)).ok_or_else(|| de::Error::custom("is no RFC 3339 time"))
    }
}

impl JsonSchema for Time {
    fn schema_name() -> Cow<'static, str> {
        "Time".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time" })
    }
}

/// A part of a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "List_for_{T}")]
pub struct List<T> {
    /// The items of this part.
    pub items: Vec<T>,
    /// How many there are in all.
    pub total: u64,
    /// Whether `total` is exact; else there are at least so many.
    pub exact: bool,
    /// What to ask for as `cursor` to go on; absent at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// What the list does not show, or was asked for and not done: such as a limit that was lowered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<String>,
    /// When it was so.
    pub as_of: Time,
}

/// Why a request was not answered, as RFC 9457 has it (`application/problem+json`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Problem {
    /// A stable word for programs: `not_found`, `bad_parameter`, `unauthorized`, `forbidden`, ...
    pub code: String,
    /// The status of the answer.
    pub status: u16,
    /// What is wrong, in a few words.
    pub title: String,
    /// What is wrong, in a sentence that names what was given.
    pub detail: String,
    /// What to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}
