//! Server-sent events of `GET /stream?topics=state,groups,pipeline,logs`: the data of each event by its name.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Time;
use super::logs::LogRow;

/// `hello`: the first event of every connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Hello {
    /// Version of the state.
    pub v: u64,
    /// Hash of the page that is served.
    pub build: String,
    /// The server's clock.
    pub now: Time,
}

/// `groups`, `pipeline`: something of that topic changed; ask again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Changed {
    /// Version of the state that it is of.
    pub v: u64,
}

/// `logs`: records since the last such event, once a second at most.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Logs {
    /// At most 500, oldest first.
    pub events: Vec<LogRow>,
    /// How many there were; more than `events` where they are a sample.
    pub sampled_of: u64,
}

/// `gap`: events of a topic were left out for this client; ask for all of it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Gap {
    /// The topic.
    pub topic: String,
}
