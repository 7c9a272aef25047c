//! Flapping: an alert that fires and resolves again and again is told once, and held until it is quiet.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// So many pairs of firing and resolving
const PAIRS: usize = 4;

/// within this time are flapping.
const WITHIN: Duration = Duration::from_secs(3_600);

/// When nothing happened for so long, it is over.
pub(super) const QUIET: Duration = Duration::from_secs(30 * 60);

/// When alerts resolved lately.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Flaps {
    resolved: BTreeMap<u64, VecDeque<Timestamp>>,
}

impl Flaps {
    /// Notes that an alert resolved; whether it flaps.
    pub(super) fn resolved(&mut self, alert: u64, at: Timestamp) -> bool {
        let times = self.resolved.entry(alert).or_default();
        times.push_back(at);
        while times.len() > PAIRS || times.front().is_some_and(|first| at.since(*first) > WITHIN) {
            let _oldest = times.pop_front();
        }
        times.len() == PAIRS
    }

    /// Forgets what an alert did, so that it begins anew.
    pub(super) fn forget(&mut self, alert: u64) {
        drop(self.resolved.remove(&alert));
    }

    /// Forgets alerts that resolved too long before `at` to count.
    pub(super) fn prune(&mut self, at: Timestamp) {
        self.resolved.retain(|_, times| times.back().is_some_and(|last| at.since(*last) <= WITHIN));
    }
}
