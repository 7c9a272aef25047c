//! What receivers took since the last snapshot. Read again after a crash, it keeps what a replay makes anew from being told
//! twice.
//!
//! Each entry is an object of its own, written after the receiver's answer and before anything else is told: so what a crash can
//! repeat is the one notification whose answer was not noted yet, and that carries the same key as before.

use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;

use crate::io::clock;
use crate::io::storage::{Key, Storage};
use crate::notify::outbox::Note;
use crate::time::Timestamp;

/// The folder of the place of the state.
const FOLDER: &str = "told";

/// Entries since the last snapshot.
#[derive(Debug)]
pub(super) struct Journal {
    storage: Storage,
    notes: Vec<Note>,
    next: AtomicU64,
}

impl Journal {
    /// Reads what an earlier process left. What cannot be read would only be told again, so it is logged and passed over.
    pub(super) async fn open(storage: Storage) -> Self {
        let mut notes = Vec::new();
        let objects = storage.list(&[FOLDER]).await.unwrap_or_else(|error| {
            tracing::warn!(
                error = crate::io::chain(&error),
                "what was told before cannot be listed; some may be told again"
            );
            Vec::new()
        });
        for object in objects {
            match storage.get(&object.key).await.map(|bytes| serde_json::from_slice(&bytes)) {
                Ok(Ok(note)) => notes.push(note),
                Ok(Err(error)) => tracing::warn!(key = %object.key, %error, "an entry of what was told is damaged"),
                Err(error) => {
                    tracing::warn!(error = crate::io::chain(&error), "an entry of what was told cannot be read")
                }
            }
        }
        Self { storage, notes, next: AtomicU64::new(0) }
    }

    /// What an earlier process noted.
    pub(super) fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// Notes that a receiver took a notification.
    pub(super) async fn note(&self, note: &Note) {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let name = format!("{:020}-{number:06}.json", clock::now().nanos());
        let entry = serde_json::to_vec(note).expect("a note has only members that JSON can hold");
        let key = Key::of([FOLDER, &name]);
        if let Err(error) = self.storage.create(&key, Bytes::from(entry)).await {
            tracing::warn!(
                error = crate::io::chain(&error),
                "what was told cannot be noted; after a crash it would be told again"
            );
        }
    }

    /// Removes the entries that a snapshot has made needless: all that were there before it was made.
    pub(super) async fn clear(&self, before: Timestamp) {
        let Ok(objects) = self.storage.list(&[FOLDER]).await else { return };
        for object in objects {
            let noted = object.key.to_string().rsplit('/').next().and_then(|name| name.get(..20)?.parse::<u64>().ok());
            if noted.is_some_and(|noted| noted < before.nanos()) {
                let _found_again_next_time = self.storage.remove(&object.key).await;
            }
        }
    }
}
