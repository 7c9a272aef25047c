//! What survives a restart.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The version of the format that this program writes.
pub const VERSION: u32 = 1;

/// Everything that Fanin needs to go on where it stopped.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Version of the format.
    pub version: u32,
    /// Shard positions of each stream, by stream ARN (or name) and shard id.
    pub kinesis: BTreeMap<String, BTreeMap<String, Checkpoint>>,
}

/// Why bytes are not a snapshot that this program can use.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not the JSON it should be.
    #[error("not a snapshot")]
    Corrupt(#[from] serde_json::Error),
    /// Written by a later program.
    #[error("snapshot of format {given}, and this program reads formats up to {VERSION}: use a later fanin")]
    Newer {
        /// The format of the snapshot.
        given: u32,
    },
}

/// What is looked at before the rest is trusted.
#[derive(Deserialize)]
struct Head {
    version: u32,
}

impl Snapshot {
    /// As it is stored: JSON, in this program's version.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let current = Self { version: VERSION, ..self.clone() };
        let mut bytes = serde_json::to_vec(&current).expect("a snapshot has only members that JSON can hold");
        bytes.push(b'\n');
        bytes
    }

    /// Reads what `to_bytes` wrote.
    ///
    /// # Errors
    /// When the bytes are damaged, or written by a later program.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let head: Head = serde_json::from_slice(bytes)?;
        if head.version > VERSION {
            return Err(Error::Newer { given: head.version });
        }
        Ok(serde_json::from_slice(bytes)?)
    }
}

/// How far a shard was read and delivered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Checkpoint {
    /// Everything up to and with this sequence number is safe.
    After(String),
    /// Nothing was read yet, but what arrived at or after this moment is wanted (milliseconds since 1970). A reader that
    /// began at the latest record notes it, so that a restart before the first record leaves no gap.
    Since(u64),
    /// The shard was closed and everything in it is safe; its children may be read.
    Finished,
}
