//! Fanin's own metrics: names are one enum, values are atomics, read by `/metrics` and by the OpenTelemetry SDK.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Metrics that only grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Counter {
    /// Records read from Kinesis shards.
    KinesisRecords,
    /// Compressed bytes read from Kinesis shards.
    KinesisBytes,
}

/// A cheap handle on all of Fanin's own metrics.
#[derive(Clone, Debug, Default)]
pub struct Telemetry(Arc<[AtomicU64; 2]>);

impl Telemetry {
    /// Adds to a counter.
    pub fn count(&self, counter: Counter, n: u64) {
        let _ = self.0[counter as usize].fetch_add(n, Ordering::Relaxed);
    }
}
