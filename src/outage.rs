//! What a destination's failures mean: when to wait, when to spill, when to try again.

use std::time::Duration;

use crate::time::Timestamp;

/// A spilling destination is tried with one batch in this time, or more often where spilling begins earlier.
const PROBE_INTERVAL_MAX: Duration = Duration::from_secs(10);

/// The state of one destination.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outage {
    failing_since: Option<Timestamp>,
    probed: Option<Timestamp>,
    /// Until when the destination wants to be left alone.
    pause_until: Option<Timestamp>,
}

/// What to do with a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Course {
    /// Send it, and again after a wait if it must be.
    Send,
    /// Send it once, to see whether the destination is back; spill it if not.
    Probe,
    /// Spill it.
    Spill,
}

impl Outage {
    /// What to do with a batch now.
    pub fn course(&mut self, now: Timestamp, spill_after: Duration) -> Course {
        if !self.is_spilling(now, spill_after) {
            return Course::Send;
        }
        if self.probed.is_some_and(|probed| now.since(probed) < spill_after.min(PROBE_INTERVAL_MAX)) {
            return Course::Spill;
        }
        self.probed = Some(now);
        Course::Probe
    }

    /// The destination has failed for so long that batches are spilled.
    #[must_use]
    pub fn is_spilling(&self, now: Timestamp, spill_after: Duration) -> bool {
        self.failing_since.is_some_and(|since| now.since(since) >= spill_after)
    }

    /// An attempt failed in a way that another batch would have failed in, too.
    pub fn failed(&mut self, now: Timestamp) {
        let _ = self.failing_since.get_or_insert(now);
    }

    /// The destination asked to be left alone until this moment (`Retry-After`).
    pub fn pause(&mut self, until: Timestamp) {
        self.pause_until = self.pause_until.max(Some(until));
    }

    /// How long the destination still wants to be left alone.
    #[must_use]
    pub fn paused(&self, now: Timestamp) -> Option<Duration> {
        self.pause_until.filter(|until| *until > now).map(|until| until.since(now))
    }

    /// The destination answered; `true` when that ends an outage.
    pub fn answered(&mut self) -> bool {
        self.probed = None;
        self.failing_since.take().is_some()
    }

    /// Since when it has failed without a break.
    #[must_use]
    pub const fn failing_since(&self) -> Option<Timestamp> {
        self.failing_since
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPILL_AFTER: Duration = Duration::from_secs(300);

    #[test]
    fn after_the_set_time_batches_spill_and_one_now_and_then_is_a_probe() {
        let mut outage = Outage::default();
        let at = Timestamp::from_seconds;
        assert_eq!(outage.course(at(0), SPILL_AFTER), Course::Send);
        outage.failed(at(10));
        outage.failed(at(200));
        assert_eq!(outage.course(at(309), SPILL_AFTER), Course::Send);
        assert_eq!(outage.course(at(310), SPILL_AFTER), Course::Probe);
        assert_eq!(outage.course(at(311), SPILL_AFTER), Course::Spill);
        assert_eq!(outage.course(at(320), SPILL_AFTER), Course::Probe);
        assert!(outage.answered());
        assert_eq!(outage.course(at(321), SPILL_AFTER), Course::Send);
        assert!(!outage.answered());
    }

    #[test]
    fn a_destination_that_asks_to_be_left_alone_is_until_the_last_moment_that_it_named() {
        let mut outage = Outage::default();
        let at = Timestamp::from_seconds;
        assert_eq!(outage.paused(at(0)), None);
        outage.pause(at(20));
        outage.pause(at(10));
        assert_eq!(outage.paused(at(5)), Some(Duration::from_secs(15)));
        // A batch that was under way may be answered meanwhile; the others wait all the same.
        let _ = outage.answered();
        assert_eq!(outage.paused(at(19)), Some(Duration::from_secs(1)));
        assert_eq!(outage.paused(at(20)), None);
    }

    #[test]
    fn never_means_never() {
        let mut outage = Outage::default();
        outage.failed(Timestamp::from_seconds(0));
        assert_eq!(outage.course(Timestamp::from_seconds(1_000_000_000), Duration::MAX), Course::Send);
    }
}
