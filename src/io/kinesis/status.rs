//! How each shard is doing, for the page and the metrics.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use crate::time::Timestamp;

/// How one shard is doing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShardStatus {
    /// How far behind the tip of the stream the last answer was; `None` before the first.
    pub behind: Option<Duration>,
    /// When the last answer came.
    pub last_read: Option<Timestamp>,
    /// Records read since the start.
    pub records: u64,
    /// Bytes of their data.
    pub bytes: u64,
    /// Reads that were throttled.
    pub throttles: u64,
    /// Deliveries after the checkpoint: handed over and not settled, or settled before an earlier one.
    pub deliveries_open: usize,
    /// What went wrong last; `None` once a read succeeds.
    pub error: Option<String>,
}

/// Stream ARN and shard id.
pub type ShardKey = (Arc<str>, Arc<str>);

/// A cheap handle on the table of all shards that are being read.
#[derive(Clone, Debug, Default)]
pub struct Shards(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    table: Mutex<BTreeMap<ShardKey, ShardStatus>>,
    /// Streams whose shards were listed.
    streams: watch::Sender<usize>,
}

impl Shards {
    /// A copy of the table.
    #[must_use]
    pub fn snapshot(&self) -> BTreeMap<ShardKey, ShardStatus> {
        self.lock().clone()
    }

    /// Waits until the shards of so many streams were listed: Fanin knows then what there is to read, and begins.
    pub async fn streams_listed(&self, n_streams: usize) {
        let mut listed = self.0.streams.subscribe();
        let _handle_is_ours = listed.wait_for(|listed| *listed >= n_streams).await;
    }

    /// Notes that the shards of one more stream were listed for the first time.
    pub(super) fn note_stream(&self) {
        self.0.streams.send_modify(|listed| *listed += 1);
    }

    pub(super) fn update(&self, shard: &ShardKey, change: impl FnOnce(&mut ShardStatus)) {
        change(self.lock().entry(shard.clone()).or_default());
    }

    pub(super) fn remove(&self, shard: &ShardKey) {
        let _ = self.lock().remove(shard);
    }

    /// Changes are assignments that cannot panic, so a poisoned lock still guards a whole table.
    fn lock(&self) -> MutexGuard<'_, BTreeMap<ShardKey, ShardStatus>> {
        self.0.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
