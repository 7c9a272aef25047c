//! What metric streams carry: one table for all workers, and a copy of it that outlives the process.
//!
//! The copy is not part of the snapshot, since it is large and may be old: without it the metrics of logs come twice for a
//! minute, and nothing is lost.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use tokio_util::sync::CancellationToken;

use crate::io::clock;
use crate::processor::output::Seen;
use crate::record::metric::streamed::{Kept, Streamed};

/// Where the copy lies in the state storage.
const PATH: &str = "streamed/metrics.json";

/// Time between two copies.
const COPY_INTERVAL: Duration = Duration::from_mins(5);

/// A cheap handle on the table.
#[derive(Clone, Debug, Default)]
pub struct StreamedHandle(Arc<RwLock<Streamed>>);

/// Why the copy could not be read or written.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("cannot reach {PATH} in the state storage")]
    Store(#[from] object_store::Error),
    #[error("cannot use {PATH} in the state storage")]
    Content(#[from] serde_json::Error),
}

impl StreamedHandle {
    /// The table of the run before; an empty one where there is none that can be used.
    pub async fn load(store: &dyn ObjectStore) -> Self {
        let kept = read(store).await.unwrap_or_else(|error| {
            let error = crate::io::chain(&error);
            tracing::warn!(
                error,
                "what metric streams carry is learnt again; metrics of logs may come twice meanwhile"
            );
            Vec::new()
        });
        Self(Arc::new(RwLock::new(Streamed::restore(&kept))))
    }

    /// The table as it is now.
    pub fn read(&self) -> RwLockReadGuard<'_, Streamed> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes what was seen in a delivery.
    pub fn note(&self, seen: &[Seen]) {
        if seen.is_empty() {
            return;
        }
        let mut table = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for Seen { account, region, namespace, name, at } in seen {
            table.note(*account, *region, namespace, name, *at);
        }
    }

    /// Keeps the copy fresh until `stop`, and once more then.
    pub async fn run(self, store: Arc<dyn ObjectStore>, stop: CancellationToken) {
        while stop.run_until_cancelled(tokio::time::sleep(COPY_INTERVAL)).await.is_some() {
            self.copy(store.as_ref()).await;
        }
        self.copy(store.as_ref()).await;
    }

    async fn copy(&self, store: &dyn ObjectStore) {
        let kept = {
            let mut table = self.0.write().unwrap_or_else(PoisonError::into_inner);
            table.forget(clock::now());
            table.keep()
        };
        if let Err(error) = write(store, &kept).await {
            let error = crate::io::chain(&error);
            tracing::warn!(error, "what metric streams carry could not be kept; after a restart it is learnt again");
        }
    }
}

async fn read(store: &dyn ObjectStore) -> Result<Vec<Kept>, Error> {
    match store.get(&Path::from(PATH)).await {
        Ok(found) => Ok(serde_json::from_slice(&found.bytes().await?)?),
        Err(object_store::Error::NotFound { .. }) => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}

async fn write(store: &dyn ObjectStore, kept: &[Kept]) -> Result<(), Error> {
    let _ = store.put(&Path::from(PATH), serde_json::to_vec(kept)?.into()).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use object_store::local::LocalFileSystem;

    use super::*;
    use crate::time::Timestamp;

    fn seen() -> Seen {
        let account = "111122223333".parse().unwrap();
        Seen { account, region: None, namespace: "shop".into(), name: "time".into(), at: Timestamp::from_seconds(60) }
    }

    fn carries(handle: &StreamedHandle) -> bool {
        handle.read().carries(seen().account, None, "shop", "time", Timestamp::from_seconds(61))
    }

    #[tokio::test]
    async fn what_was_seen_is_known_to_the_next_run() {
        let folder = tempfile::tempdir().unwrap();
        let disk = LocalFileSystem::new_with_prefix(folder.path()).unwrap();
        let handle = StreamedHandle::load(&disk).await;
        assert!(!carries(&handle));
        handle.note(&[seen()]);
        let kept = handle.read().keep();
        write(&disk, &kept).await.unwrap();
        assert!(carries(&StreamedHandle::load(&disk).await));
    }

    #[tokio::test]
    async fn a_damaged_copy_is_no_reason_not_to_start() {
        let folder = tempfile::tempdir().unwrap();
        let disk = LocalFileSystem::new_with_prefix(folder.path()).unwrap();
        let _ = disk.put(&Path::from(PATH), "[{".into()).await.unwrap();
        assert!(StreamedHandle::load(&disk).await.read().is_empty());
    }
}
