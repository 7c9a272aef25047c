//! Messages that the rules saw already: retries of consumers, producers and CloudWatch Logs are not counted twice.
//!
//! Two generations of fingerprints: one that fills and the one before. A message is known for at least `KEPT`, at most twice
//! as long, in arrival time, so that a restart forgets nothing however long it took.

use std::collections::HashSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// How long a message is known at least.
pub const KEPT: Duration = Duration::from_secs(3600);

/// Most messages of one generation: 8 bytes each, and as much again for the table. A fuller one makes way early.
pub const GENERATION_MAX: usize = 2_000_000;

/// Fingerprints of the messages of the last hours.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    filling: HashSet<u64>,
    before: HashSet<u64>,
    /// When the generation that fills began.
    since: Timestamp,
    /// How often a message was seen again.
    again: u64,
    /// How often a generation was full before its time.
    full: u64,
}

impl Seen {
    /// Notes a message; false where it was seen before.
    pub fn is_new(&mut self, fingerprint: u64, arrived: Timestamp) -> bool {
        let is_full = self.filling.len() >= GENERATION_MAX;
        if is_full || arrived.since(self.since) >= KEPT {
            self.full += u64::from(is_full);
            self.before = std::mem::take(&mut self.filling);
            self.since = arrived;
        }
        let is_new = !self.before.contains(&fingerprint) && self.filling.insert(fingerprint);
        self.again += u64::from(!is_new);
        is_new
    }

    /// How many messages came again.
    #[must_use]
    pub const fn again(&self) -> u64 {
        self.again
    }

    /// How often so many messages came that the oldest had to be forgotten early.
    #[must_use]
    pub const fn full(&self) -> u64 {
        self.full
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: u64) -> Timestamp {
        Timestamp::from_seconds(60 * minutes)
    }

    #[test]
    fn a_message_is_new_once() {
        let mut seen = Seen::default();
        assert!(seen.is_new(7, at(100)));
        assert!(!seen.is_new(7, at(101)));
        assert!(seen.is_new(8, at(101)));
        assert_eq!(seen.again(), 1);
    }

    #[test]
    fn a_message_is_known_for_an_hour_and_forgotten_after_two() {
        let mut seen = Seen::default();
        assert!(seen.is_new(1, at(100)));
        assert!(seen.is_new(7, at(159)));
        assert!(seen.is_new(2, at(160)));
        assert!(!seen.is_new(7, at(219)));
        assert!(seen.is_new(3, at(220)));
        assert!(seen.is_new(7, at(220)));
    }

    #[test]
    fn what_is_kept_survives_a_restart() {
        let mut seen = Seen::default();
        assert!(seen.is_new(7, at(100)));
        let bytes = postcard::to_allocvec(&seen).unwrap();
        let mut again: Seen = postcard::from_bytes(&bytes).unwrap();
        assert!(!again.is_new(7, at(130)));
    }
}
