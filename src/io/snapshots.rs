//! Snapshots: written whole or not at all, the one before kept, and only by one process at a time.
//!
//! Each is an object of its own with the next number, created only if nobody else created it: so a process that was
//! believed dead cannot overwrite what its successor wrote, and learns that it has one.

use std::collections::VecDeque;
use std::sync::Arc;

use aws_config::SdkConfig;
use bytes::Bytes;
use tokio::sync::Notify;

use super::storage::{self, Key, Object, Storage};
use crate::config::Place;
use crate::snapshot::{self, Snapshot};

/// The folder of the place in which snapshots lie.
const FOLDER: &str = "state";

/// The newest, and the one before in case the newest is damaged.
const KEPT: usize = 2;

/// Has the state saved before it is its turn. Clones ask the same keeper.
#[derive(Clone, Debug, Default)]
pub struct SaveHandle(Arc<Notify>);

impl SaveHandle {
    /// The state is to be saved soon: someone changed it, and would not change it again.
    pub fn soon(&self) {
        self.0.notify_one();
    }

    /// Waits until someone wants it saved.
    pub async fn asked(&self) {
        self.0.notified().await;
    }
}

/// Why a snapshot was not saved or loaded.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The place failed.
    #[error("the snapshot cannot be kept")]
    Storage(#[from] storage::Error),
    /// Another process saves snapshots here.
    #[error(
        "another fanin saves snapshots in {place} (it wrote {key}): stop one of the two, or give each its own place"
    )]
    Fenced {
        /// The folder or bucket.
        place: String,
        /// The snapshot of the other.
        key: String,
    },
    /// The newest snapshot is of a later program.
    #[error("cannot use {key} in {place}")]
    Newer {
        /// The folder or bucket.
        place: String,
        /// The snapshot.
        key: String,
        /// Its version, and ours.
        #[source]
        source: snapshot::Error,
    },
    /// There are snapshots, and none can be read.
    #[error("none of the {count} snapshots in {place} can be read: remove them to begin without")]
    Damaged {
        /// The folder or bucket.
        place: String,
        /// How many there are.
        count: usize,
        /// What is wrong with the last one that was tried.
        #[source]
        source: snapshot::Error,
    },
}

/// The snapshots of one process.
#[derive(Debug)]
pub struct Snapshots {
    storage: Storage,
    /// Numbers of those that lie there, oldest first.
    numbers: VecDeque<u64>,
}

impl Snapshots {
    /// Opens the place and sees what lies there.
    ///
    /// # Errors
    /// As `Storage::open`, and when it cannot be listed.
    pub async fn open(place: &Place, sdk: &SdkConfig) -> Result<Self, Error> {
        let storage = Storage::open(place, sdk).await?;
        let numbers = numbers(&storage).await?.into();
        Ok(Self { storage, numbers })
    }

    /// The newest snapshot that can be read; `None` where there is none at all.
    ///
    /// # Errors
    /// When the newest is of a later program, all are damaged, or the place cannot be read.
    pub async fn load(&self) -> Result<Option<Snapshot>, Error> {
        let mut damaged = None;
        for number in self.numbers.iter().rev() {
            let key = key(*number);
            match Snapshot::parse(&self.storage.get(&key).await?) {
                Ok(snapshot) => return Ok(Some(snapshot)),
                Err(source @ snapshot::Error::Newer { .. }) => {
                    return Err(Error::Newer { place: self.storage.to_string(), key: key.to_string(), source });
                }
                Err(source @ (snapshot::Error::Corrupt(_) | snapshot::Error::Torn { .. })) => {
                    tracing::warn!(%key, place = %self.storage, "snapshot is damaged; using the one before it");
                    damaged = Some(source);
                }
            }
        }
        let Some(source) = damaged else { return Ok(None) };
        Err(Error::Damaged { place: self.storage.to_string(), count: self.numbers.len(), source })
    }

    /// Saves a snapshot; it is durable when this returns. Then those before the one before it are removed.
    ///
    /// # Errors
    /// When it may not be durable, or another process saves here.
    pub async fn save(&mut self, snapshot: &Snapshot) -> Result<(), Error> {
        let number = self.numbers.back().map_or(1, |newest| newest + 1);
        let (key, bytes) = (key(number), Bytes::from(snapshot.to_bytes()));
        match self.storage.create(&key, bytes.clone()).await {
            Ok(()) => {}
            // An attempt of ours may have been stored although its answer was lost.
            Err(storage::Error::Exists { .. }) if self.storage.get(&key).await? == bytes => {}
            Err(storage::Error::Exists { key, place }) => return Err(Error::Fenced { place, key }),
            Err(error) => return Err(error.into()),
        }
        self.numbers.push_back(number);
        // Whoever slept for long may find its number free, because its successor has removed what it wrote under it.
        match numbers(&self.storage).await.map(|numbers| numbers.into_iter().find(|newer| *newer > number)) {
            Ok(Some(newer)) => {
                return Err(Error::Fenced { place: self.storage.to_string(), key: self::key(newer).to_string() });
            }
            Ok(None) => self.remove_old().await,
            Err(error) => tracing::debug!(%error, "whether another fanin saves here is looked at the next time"),
        }
        Ok(())
    }

    /// What cannot be removed now is tried again after the next save.
    async fn remove_old(&mut self) {
        while self.numbers.len() > KEPT {
            let Some(oldest) = self.numbers.front() else { return };
            if let Err(error) = self.storage.remove(&key(*oldest)).await {
                tracing::debug!(%error, "an old snapshot is not removed");
                return;
            }
            let _ = self.numbers.pop_front();
        }
    }
}

/// Numbers of the snapshots that lie there, oldest first.
async fn numbers(storage: &Storage) -> Result<Vec<u64>, storage::Error> {
    let objects = storage.list(&[FOLDER]).await?;
    let mut numbers: Vec<_> = objects.iter().filter_map(number).collect();
    numbers.sort_unstable();
    Ok(numbers)
}

fn key(number: u64) -> Key {
    Key::of([FOLDER, &format!("snapshot-{number:020}.json")])
}

fn number(object: &Object) -> Option<u64> {
    let key = object.key.to_string();
    let name = key.strip_prefix(FOLDER)?.strip_prefix("/snapshot-")?;
    name.strip_suffix(".json")?.parse().ok()
}
