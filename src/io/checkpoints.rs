//! The checkpoints of all sources as they stand now. Sources move them; what saves the state takes copies.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::snapshot::{Checkpoint, Snapshot};

/// A cheap handle on the checkpoints.
#[derive(Clone, Debug, Default)]
pub struct Checkpoints(Arc<Mutex<Snapshot>>);

impl Checkpoints {
    /// The checkpoints of a saved state.
    #[must_use]
    pub fn new(snapshot: Snapshot) -> Self {
        Self(Arc::new(Mutex::new(snapshot)))
    }

    /// The checkpoints of all shards of a stream.
    #[must_use]
    pub fn stream(&self, stream: &str) -> BTreeMap<String, Checkpoint> {
        self.lock().kinesis.get(stream).cloned().unwrap_or_default()
    }

    /// The checkpoint of a shard, if it has one.
    #[must_use]
    pub fn get(&self, stream: &str, shard: &str) -> Option<Checkpoint> {
        self.lock().kinesis.get(stream)?.get(shard).cloned()
    }

    /// Moves the checkpoint of a shard.
    pub fn set(&self, stream: &str, shard: &str, checkpoint: Checkpoint) {
        let mut snapshot = self.lock();
        let _ = snapshot.kinesis.entry(stream.into()).or_default().insert(shard.into(), checkpoint);
    }

    /// Drops the checkpoint of a shard that is no longer part of its stream.
    pub fn forget(&self, stream: &str, shard: &str) {
        if let Some(shards) = self.lock().kinesis.get_mut(stream) {
            let _ = shards.remove(shard);
        }
    }

    /// A copy of everything, to be saved.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.lock().clone()
    }

    /// No holder of the lock can panic half-way through a change, so a poisoned lock still guards a whole state.
    fn lock(&self) -> MutexGuard<'_, Snapshot> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_handle_sees_the_same_checkpoints() {
        let checkpoints = Checkpoints::default();
        let other_handle = checkpoints.clone();
        checkpoints.set("central", "shardId-000000000000", Checkpoint::Finished);
        other_handle.set("central", "shardId-000000000001", Checkpoint::After("42".into()));
        assert_eq!(checkpoints.get("central", "shardId-000000000000"), Some(Checkpoint::Finished));
        assert_eq!(checkpoints.get("other", "shardId-000000000000"), None);
        checkpoints.forget("central", "shardId-000000000000");
        let left = BTreeMap::from([("shardId-000000000001".to_owned(), Checkpoint::After("42".into()))]);
        assert_eq!(checkpoints.stream("central"), left);
        assert_eq!(checkpoints.snapshot().kinesis, BTreeMap::from([("central".to_owned(), left)]));
    }
}
