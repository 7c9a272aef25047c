//! Reading the shards of a Kinesis stream, without a socket: what may be read, how far it is safe, how fast to go.

pub mod backoff;
pub mod batch;
pub mod forwarded;
pub mod ledger;
pub mod pace;
pub mod plan;
pub mod sequence;

use crate::config::StartPosition;
use crate::time::Timestamp;

/// A place in a shard from which to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Position {
    /// The oldest record that is still kept.
    TrimHorizon,
    /// What comes from now on, where now is this moment.
    Latest(Timestamp),
    /// What arrived at or after this moment.
    AtTimestamp(Timestamp),
    /// The record with this sequence number, or the first after it.
    At(String),
    /// The first record after this sequence number.
    After(String),
}

impl Position {
    /// The place that the configuration names, for a reader that starts at `now`.
    #[must_use]
    pub const fn new(start: StartPosition, now: Timestamp) -> Self {
        match start {
            StartPosition::TrimHorizon => Self::TrimHorizon,
            StartPosition::Latest => Self::Latest(now),
            StartPosition::AtTimestamp(timestamp) => Self::AtTimestamp(timestamp),
        }
    }

    /// The same place when it is asked for later: what was the latest then is not the latest now.
    #[must_use]
    pub fn again(&self) -> Self {
        match self {
            Self::Latest(since) => Self::AtTimestamp(*since),
            Self::TrimHorizon | Self::AtTimestamp(_) | Self::At(_) | Self::After(_) => self.clone(),
        }
    }
}
