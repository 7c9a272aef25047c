//! Silences, in the shapes of Alertmanager's API v2 with a few more fields.
//! Source: Alertmanager, `api/v2/openapi.yaml`, `gettableSilence` and `postableSilence`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Time;

/// A label, and what it must be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Matcher {
    /// The label.
    pub name: String,
    /// The value, or a pattern for the whole of it.
    pub value: String,
    /// Whether it is a pattern.
    #[serde(default)]
    pub is_regex: bool,
    /// Whether it must match (the default), or must not.
    #[serde(default = "yes")]
    pub is_equal: bool,
}

const fn yes() -> bool {
    true
}

/// A silence as it is asked for: `POST /silences`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PostableSilence {
    /// Of the silence that is changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// All must match.
    pub matchers: Vec<Matcher>,
    /// From then on.
    pub starts_at: Time,
    /// Until then.
    pub ends_at: Time,
    /// Who wants it; a token's or proxy's name counts before it.
    pub created_by: String,
    /// Why.
    pub comment: String,
}

/// A silence or acknowledgement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Silence {
    /// Its id.
    pub id: String,
    /// All must match.
    pub matchers: Vec<Matcher>,
    /// From then on.
    pub starts_at: Time,
    /// Until then; an acknowledgement ends when what it is about resolves.
    pub ends_at: Time,
    /// When it was last changed.
    pub updated_at: Time,
    /// Who wants it.
    pub created_by: String,
    /// Why.
    pub comment: String,
    /// Whether it counts now.
    pub status: SilenceStatus,
    /// Whether it is an acknowledgement.
    pub ack: bool,
    /// How many alerts that fire it silences now.
    pub silencing: u32,
}

/// Whether a silence counts now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SilenceStatus {
    /// The state.
    pub state: SilenceState,
}

/// Whether a silence counts now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SilenceState {
    /// It counts.
    Active,
    /// Not yet.
    Pending,
    /// No more.
    Expired,
}

/// Answer to `POST /silences`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SilenceId {
    /// The id.
    #[serde(rename = "silenceID")]
    pub silence_id: String,
}

/// `POST /silences/preview`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewRequest {
    /// All must match.
    pub matchers: Vec<Matcher>,
}

/// What a silence would silence.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Preview {
    /// Alerts that fire now.
    pub firing: u32,
    /// Of these, critical.
    pub critical: u32,
    /// Accounts of which alerts to come would be silenced.
    pub accounts: u32,
    /// Some of the alerts, at most 20: account (empty where there is none) and name.
    pub sample: Vec<(String, String)>,
    /// One sentence.
    pub sentence: String,
}
