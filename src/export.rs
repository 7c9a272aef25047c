//! What a backend's answer means: the retry rules of OTLP, as tables without a socket.

pub mod backoff;
pub mod grpc;
pub mod http;
pub mod split;
mod words;

use std::time::Duration;

use crate::chunk::Chunk;
use crate::id::Signal;

/// Chunks that leave together in one export request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Which request.
    pub signal: Signal,
    /// Index of the destination in the configuration.
    pub destination: usize,
    /// In the order in which they stand in the request.
    pub chunks: Vec<Chunk>,
}

impl Batch {
    /// Encoded bytes of the request, before compression.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.chunks.iter().map(|chunk| chunk.bytes.len()).sum()
    }

    /// Log records or data points in the request.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.chunks.iter().map(|chunk| u64::from(chunk.records)).sum()
    }
}

/// What one attempt to export a batch came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Accepted whole.
    Accepted {
        /// What the server wants a person to know, or what was odd about its answer.
        warning: Option<String>,
    },
    /// Accepted but for some records; the protocol forbids to send them again.
    Partial {
        /// How many log records or data points were refused.
        rejected: u64,
        /// The server's words.
        message: String,
    },
    /// Not now: send the same batch again.
    Retry {
        /// How long the server asks to wait.
        after: Option<Duration>,
        /// What happened, for the log.
        error: String,
    },
    /// The server failed in a way that may be the batch's fault (HTTP 500, 408): send again a few times, then treat as refused.
    RetryBounded {
        /// What happened, for the log.
        error: String,
    },
    /// Too large for the server (HTTP 413): send it in smaller parts.
    Split {
        /// The server's words.
        message: String,
    },
    /// Refused for good.
    Refused {
        /// The server's words, with the status.
        message: String,
    },
}
