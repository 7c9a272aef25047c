//! What survives a restart: a line of JSON that people can read, and behind it the state of the rules in binary.
//!
//! Positions of the shards and state of the rules are one object, written whole or not at all. So the state is never of
//! another moment than the positions, and what is read again after a restart meets the rules as they were then.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The version of the format that this program writes.
pub const VERSION: u32 = 2;

/// Everything that Fanin needs to go on where it stopped.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Version of the format.
    pub version: u32,
    /// Shard positions of each stream, by stream ARN (or name) and shard id.
    pub kinesis: BTreeMap<String, BTreeMap<String, Checkpoint>>,
    /// The state of the rules, incidents and notifications, as `alerting` wrote it; empty where there are no rules.
    #[serde(skip)]
    pub alerting: Vec<u8>,
}

/// Why bytes are not a snapshot that this program can use.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not the JSON it should be.
    #[error("not a snapshot")]
    Corrupt(#[from] serde_json::Error),
    /// The state of the rules behind the line is not whole.
    #[error("torn: {given} bytes behind the first line that are not the {wanted} bytes that were written")]
    Torn {
        /// How many bytes are there.
        given: usize,
        /// How many were written.
        wanted: usize,
    },
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
    #[serde(default)]
    alerting: Tail,
}

/// What stands behind the line.
#[derive(Clone, Copy, Default, Serialize, Deserialize)]
struct Tail {
    bytes: usize,
    xxh3: u64,
}

/// The line as it is written.
#[derive(Serialize)]
struct Written<'a> {
    #[serde(flatten)]
    snapshot: &'a Snapshot,
    alerting: Tail,
}

impl Snapshot {
    /// As it is stored, in this program's version.
    ///
    /// # Panics
    /// Never: a snapshot has only members that JSON can hold.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let current = Self { version: VERSION, kinesis: self.kinesis.clone(), alerting: Vec::new() };
        let written = Written { snapshot: &current, alerting: tail(&self.alerting) };
        let mut bytes = serde_json::to_vec(&written).expect("a snapshot has only members that JSON can hold");
        bytes.push(b'\n');
        bytes.extend_from_slice(&self.alerting);
        bytes
    }

    /// Reads what `to_bytes` wrote.
    ///
    /// # Errors
    /// When the bytes are damaged, or written by a later program.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let end = memchr::memchr(b'\n', bytes).unwrap_or(bytes.len());
        let (line, rest) = (&bytes[..end], bytes.get(end + 1..).unwrap_or_default());
        let head: Head = serde_json::from_slice(line)?;
        if head.version > VERSION {
            return Err(Error::Newer { given: head.version });
        }
        if tail(rest).xxh3 != head.alerting.xxh3 && !(rest.is_empty() && head.alerting.bytes == 0) {
            return Err(Error::Torn { given: rest.len(), wanted: head.alerting.bytes });
        }
        Ok(Self { alerting: rest.into(), ..serde_json::from_slice(line)? })
    }
}

fn tail(bytes: &[u8]) -> Tail {
    Tail { bytes: bytes.len(), xxh3: xxhash_rust::xxh3::xxh3_64(bytes) }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot() -> Snapshot {
        let shards = [("shardId-000000000000".to_owned(), Checkpoint::After("42".into()))].into();
        let kinesis = [("central".to_owned(), shards)].into();
        Snapshot { version: VERSION, kinesis, alerting: b"state\nof rules".to_vec() }
    }

    #[test]
    fn a_snapshot_is_read_as_it_was_written() {
        assert_eq!(Snapshot::parse(&snapshot().to_bytes()).unwrap(), snapshot());
        let without_rules = Snapshot { alerting: Vec::new(), ..snapshot() };
        assert_eq!(Snapshot::parse(&without_rules.to_bytes()).unwrap(), without_rules);
    }

    #[test]
    fn a_snapshot_of_the_first_version_is_read() {
        let bytes = br#"{"version":1,"kinesis":{"central":{"shardId-000000000000":{"after":"42"}}}}
"#;
        let read = Snapshot::parse(bytes).unwrap();
        assert_eq!(read, Snapshot { version: 1, alerting: Vec::new(), ..snapshot() });
    }

    #[test]
    fn a_torn_snapshot_is_recognised() {
        let mut bytes = snapshot().to_bytes();
        let _ = bytes.pop();
        assert_eq!(
            Snapshot::parse(&bytes).unwrap_err().to_string(),
            "torn: 13 bytes behind the first line that are not the 14 bytes that were written"
        );
        assert!(matches!(Snapshot::parse(&bytes[..20]), Err(Error::Corrupt(_))));
    }

    #[test]
    fn a_snapshot_of_a_later_program_is_refused() {
        assert!(matches!(Snapshot::parse(b"{\"version\":3}\nx"), Err(Error::Newer { given: 3 })));
    }
}
