//! What a kept file holds, told by its content before its name.
//!
//! Reads letters (spilled batches and dead letters), Firehose backup, failure and transformation-failure objects, Lambda
//! events and on-failure objects, captures in OTLP JSON, CloudWatch Logs payloads, metric streams and the log files of
//! CloudTrail, AWS WAF and the Route 53 Resolver: back to back, on lines or not, in gzip or not, any mixture. What is broken
//! is told with its place, and the rest goes on. A layer that begins with lines of an access or flow log goes on with them.
//!
//! The name tells one thing: whose log files of services are, where they do not say it.

mod capture;
mod firehose;
mod items;
mod json;
mod kept;
mod lambda;
mod loose;
mod object;
pub mod peek;
mod service;
mod window;

use std::io;
use std::sync::Arc;

use serde::Serialize;

use crate::delivery::{Origin, Payload, Source};
use crate::id::Region;
use crate::letter::Letter;
use crate::reject::Reason;
use crate::time::Timestamp;
pub use items::{ITEM_BYTES_MAX, Items};

/// What is known of a file besides its content.
#[derive(Clone, Debug)]
pub struct Context {
    /// Path or URL: the name of the origin where the content names none.
    pub name: Arc<str>,
    /// Region of records that name none and whose carrier names none.
    pub region: Option<Region>,
    /// When records arrived that do not say it.
    pub arrived: Timestamp,
}

/// What kind of thing an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A batch that was spilled while its backend was down.
    SpilledBatch,
    /// A request that a backend refused.
    RefusedRequest,
    /// A record that could not be used.
    DeadRecord,
    /// A record that Firehose could not deliver or transform.
    FirehoseFailure,
    /// A Firehose request body or transformation event.
    FirehoseEvent,
    /// An event that Lambda gave up on.
    LambdaFailure,
    /// A Lambda event of Kinesis or CloudWatch Logs.
    LambdaEvent,
    /// A request in OTLP JSON.
    Capture,
    /// A CloudWatch Logs subscription payload.
    LogsPayload,
    /// Metrics as a CloudWatch metric stream writes them.
    MetricStream,
    /// A producer-library aggregate.
    Aggregate,
    /// Logs that a service of AWS put into S3 by itself, or a piece of them.
    ServiceLog,
}

impl Kind {
    /// What a person calls several of them.
    #[must_use]
    pub const fn plural(self) -> &'static str {
        match self {
            Self::SpilledBatch => "spilled batches",
            Self::RefusedRequest => "refused requests",
            Self::DeadRecord => "dead records",
            Self::FirehoseFailure => "Firehose failures",
            Self::FirehoseEvent => "Firehose events",
            Self::LambdaFailure => "Lambda failures",
            Self::LambdaEvent => "Lambda events",
            Self::Capture => "captured requests",
            Self::LogsPayload => "CloudWatch Logs payloads",
            Self::MetricStream => "metric stream records",
            Self::Aggregate => "aggregates",
            Self::ServiceLog => "service logs",
        }
    }
}

/// One thing to send again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What it is.
    pub kind: Kind,
    /// Where it stands: byte offset, or byte offsets through layers of gzip, as `1024/0`.
    pub position: String,
    /// Bytes that are sent.
    pub bytes: usize,
    /// Why it is a dead letter, where it is one.
    pub reason: Option<Reason>,
    /// What is sent, and to whom.
    pub content: Content,
}

/// What is sent, and to whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Goes in at the front, as if its source had just delivered it.
    Deliver {
        /// Where it came from.
        origin: Origin,
        /// What came.
        payload: Payload,
    },
    /// Goes to its destination as it is; always `Letter::Otlp`.
    Send(Letter),
}

/// Something in a file that cannot be sent again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("at {position}: {detail}")]
pub struct Broken {
    /// Where it stands, as in `Item::position`.
    pub position: String,
    /// Why, for counting.
    pub reason: Reason,
    /// Why, for a person.
    pub detail: String,
}

/// Why the next item cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// This one is broken; the next ones follow.
    #[error(transparent)]
    Broken(#[from] Broken),
    /// The file cannot be read further; nothing follows.
    #[error("cannot read on")]
    Read(#[source] io::Error),
}

impl Context {
    fn origin(&self) -> Origin {
        Origin { source: Source::File, name: Arc::clone(&self.name), region: self.region }
    }
}
