//! The one format in which Fanin keeps what it could not deliver: a JSON object a line.
//!
//! Spilled batches, dead letters and captures are all files of letters; `fanin replay` reads them.

pub mod line;
mod moment;
pub mod part;
mod schema;

pub use schema::schema;

use std::collections::BTreeMap;
use std::fmt;

use bytes::Bytes;

use crate::delivery::{Origin, Source};
use crate::export::Batch;
use crate::id::{AccountId, Region, Signal};
use crate::reject::{Reason, Reject};
use crate::time::Timestamp;

/// The version of the line format that this program writes.
pub const VERSION: u32 = 1;

/// One kept thing.
#[derive(Clone, PartialEq, Eq)]
pub enum Letter {
    /// A record as a source delivered it, which could not be used.
    Raw {
        /// When it was written.
        time: Timestamp,
        /// Why.
        reason: Reason,
        /// Why, for a person.
        detail: String,
        /// The kind of source.
        source: Source,
        /// Stream ARN, Firehose ARN, peer address or path.
        origin: String,
        /// Its place in the source.
        position: String,
        /// When the pipeline received it.
        arrived: Timestamp,
        /// Whose it is, where known.
        account: Option<AccountId>,
        /// From which Region, where known.
        region: Option<Region>,
        /// The bytes of the record.
        data: Bytes,
    },
    /// An encoded OTLP request that a destination did not take.
    Otlp {
        /// When it was written.
        time: Timestamp,
        /// `None` for a spilled batch, a reason for a dead letter.
        reason: Option<Reason>,
        /// The server's words, or why it was spilled.
        detail: String,
        /// Which request it is.
        signal: Signal,
        /// Name of the destination.
        destination: String,
        /// Log records or data points of each account in it.
        accounts: Vec<(AccountId, u64)>,
        /// The encoded request, not compressed.
        request: Bytes,
    },
}

/// The sizes, never the data, which is a customer's.
impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Raw { reason, position, data, .. } => {
                write!(f, "Letter::Raw {{ {}, {} bytes at {position} }}", reason.as_str(), data.len())
            }
            Self::Otlp { reason, signal, destination, request, .. } => {
                let reason = reason.map_or("spilled", Reason::as_str);
                write!(f, "Letter::Otlp {{ {reason}, {} bytes of {signal} for {destination} }}", request.len())
            }
        }
    }
}

impl Letter {
    /// The letter that keeps a reject, as it is written at `now`.
    #[must_use]
    pub fn of_reject(reject: Reject, origin: &Origin, now: Timestamp) -> Self {
        Self::Raw {
            time: now,
            reason: reject.reason,
            detail: reject.detail,
            source: origin.source,
            origin: origin.name.as_ref().into(),
            position: reject.position.into(),
            arrived: reject.arrived,
            account: reject.account,
            region: reject.region.or(origin.region),
            data: reject.data,
        }
    }

    /// The letter that keeps a batch, as it is written at `now`: spilled without a reason, dead with one.
    #[must_use]
    pub fn of_batch(batch: &Batch, reason: Option<Reason>, destination: &str, detail: &str, now: Timestamp) -> Self {
        let mut accounts: BTreeMap<AccountId, u64> = BTreeMap::new();
        let mut request = Vec::with_capacity(batch.bytes());
        for chunk in &batch.chunks {
            *accounts.entry(chunk.account).or_default() += u64::from(chunk.records);
            request.extend_from_slice(&chunk.bytes);
        }
        Self::Otlp {
            time: now,
            reason,
            detail: detail.into(),
            signal: batch.signal,
            destination: destination.into(),
            accounts: accounts.into_iter().collect(),
            request: request.into(),
        }
    }

    /// When it was written.
    #[must_use]
    pub const fn time(&self) -> Timestamp {
        match self {
            Self::Raw { time, .. } | Self::Otlp { time, .. } => *time,
        }
    }

    /// Bytes of the record or the request that it keeps.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        match self {
            Self::Raw { data, .. } => data.len(),
            Self::Otlp { request, .. } => request.len(),
        }
    }
}
