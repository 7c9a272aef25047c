//! What a source hands over, and what becomes of it: the two ends of every promise.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::id::{AccountId, Region, Signal};
use crate::time::Timestamp;

/// The kind of source that a delivery came through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A Kinesis data stream.
    Kinesis,
    /// A Kinesis data stream with what a forwarder took of telemetry that it sent on by itself.
    Samples,
    /// The Firehose HTTP endpoint.
    Firehose,
    /// The OTLP/HTTP receiver.
    Otlp,
    /// A Lambda invocation.
    Lambda,
    /// A file or an S3 object.
    File,
}

impl Source {
    /// The name, as in metric labels and dead letters.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Kinesis => "kinesis",
            Self::Samples => "samples",
            Self::Firehose => "firehose",
            Self::Otlp => "otlp",
            Self::Lambda => "lambda",
            Self::File => "file",
        }
    }
}

/// Where a delivery came from. Never says whose the data is: that stands in the data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The kind of source.
    pub source: Source,
    /// Stream ARN, Firehose ARN, peer address or path.
    pub name: Arc<str>,
    /// Region of the stream that carried it; the Region of records that name none.
    pub region: Option<Region>,
}

/// One record of a source, before anything was decoded.
#[derive(Clone, PartialEq, Eq)]
pub struct RawRecord {
    /// The bytes as delivered: gzip, JSON, protobuf or an aggregate of such.
    pub data: Bytes,
    /// Its place in the source: `shardId-000000000000:4959...`, a request id and index, or a byte offset.
    pub position: Box<str>,
    /// When the pipeline received it; becomes the observed time of its records.
    pub arrived: Timestamp,
}

/// The sizes, never the data, which is a customer's.
impl fmt::Debug for RawRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawRecord {{ {} bytes at {} }}", self.data.len(), self.position)
    }
}

/// A Firehose HTTP request body, taken apart but with its records still in base64.
#[derive(Clone, PartialEq, Eq)]
pub struct FirehoseBody {
    /// The inflated request body.
    pub body: Bytes,
    /// `requestId` of the body.
    pub request_id: Box<str>,
    /// `timestamp` of the body.
    pub timestamp: Timestamp,
    /// Where in `body` the base64 text of each record stands.
    pub records: Vec<Range<usize>>,
}

impl fmt::Debug for FirehoseBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FirehoseBody {{ {} records, {} bytes }}", self.records.len(), self.body.len())
    }
}

/// The bytes of a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payload {
    /// Records of a stream, a file or a Lambda event.
    Records(Vec<RawRecord>),
    /// A Firehose HTTP request.
    Firehose(FirehoseBody),
    /// An OTLP export request in protobuf, inflated.
    Otlp {
        /// Which export request it is.
        signal: Signal,
        /// The request.
        request: Bytes,
        /// When it came in.
        arrived: Timestamp,
    },
}

impl Payload {
    /// When the first of its records reached the pipeline; `None` for a payload without records.
    #[must_use]
    pub fn arrived(&self) -> Option<Timestamp> {
        match self {
            Self::Records(records) => records.first().map(|record| record.arrived),
            Self::Firehose(body) => Some(body.timestamp),
            Self::Otlp { arrived, .. } => Some(*arrived),
        }
    }

    /// Bytes held in memory by this payload.
    #[must_use]
    pub fn bytes(&self) -> usize {
        match self {
            Self::Records(records) => records.iter().map(|record| record.data.len()).sum(),
            Self::Firehose(body) => body.body.len(),
            Self::Otlp { request, .. } => request.len(),
        }
    }
}

/// What a source hands over at once, acknowledged as one.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Where it came from.
    pub origin: Origin,
    /// What came.
    pub payload: Payload,
    /// The only accounts whose records may be in it; `None` when any may.
    /// A record of another account is rejected with `Reason::ForeignAccount`, not tagged anew.
    pub accounts: Option<Arc<BTreeSet<AccountId>>>,
}

/// What became of a delivery, once all that was made from it is safe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settlement {
    /// Everything was accepted by a backend, spilled, or written to the dead letters: acknowledge it.
    Done,
    /// Something could neither be delivered nor stored: do not acknowledge, the source will send it again.
    Failed,
}
