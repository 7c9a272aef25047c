//! The one format in which Fanin keeps what it could not deliver: a JSON object a line.
//!
//! Spilled batches, dead letters and captures are all files of letters; `fanin replay` reads them.

use bytes::Bytes;

use crate::delivery::Source;
use crate::id::{AccountId, Region, Signal};
use crate::reject::Reason;
use crate::time::Timestamp;

/// One kept thing.
#[derive(Clone, Debug, PartialEq, Eq)]
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
