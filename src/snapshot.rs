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
