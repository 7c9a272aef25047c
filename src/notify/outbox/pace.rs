//! How fast a receiver may be told.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::config::alerting::ReceiverKind;
use crate::time::Timestamp;

/// How fast a kind of receiver may be told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Pace {
    /// PagerDuty takes about 120 events a minute and key: at most 100 in any minute.
    PagerDuty,
    /// Slack takes about one message a second and channel.
    Slack,
    /// Alertmanager, which wants to be told again and again.
    Alertmanager,
    /// Anything else.
    #[default]
    Other,
}

impl Pace {
    pub(super) const fn of(kind: &ReceiverKind) -> Self {
        match kind {
            ReceiverKind::PagerDuty(_) => Self::PagerDuty,
            ReceiverKind::Slack(_) => Self::Slack,
            ReceiverKind::Alertmanager(_) => Self::Alertmanager,
            ReceiverKind::Sns(_) | ReceiverKind::Webhook(_) | ReceiverKind::Jsm(_) | ReceiverKind::Log(_) => {
                Self::Other
            }
        }
    }

    /// Attempts under way at once.
    pub(super) const fn at_once(self) -> usize {
        match self {
            Self::Slack => 1,
            Self::PagerDuty | Self::Alertmanager | Self::Other => 4,
        }
    }

    /// Time between two attempts in the long run, and how many may come at once after a rest.
    const fn interval_and_burst(self) -> (Duration, u32) {
        match self {
            // 90 a minute and 10 at once: never more than 100 in a minute.
            Self::PagerDuty => (Duration::from_nanos(60_000_000_000 / 90), 10),
            Self::Slack => (Duration::from_secs(1), 1),
            Self::Alertmanager | Self::Other => (Duration::from_millis(50), 100),
        }
    }
}

/// A token bucket, as the time at which it would be full again.
///
/// Source: ITU-T I.371, "generic cell rate algorithm", virtual scheduling.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Bucket {
    full_at: Timestamp,
}

impl Bucket {
    /// When the next may go.
    pub(super) fn next(self, pace: Pace) -> Timestamp {
        let (interval, burst) = pace.interval_and_burst();
        self.full_at.minus(interval.saturating_mul(burst - 1))
    }

    /// One goes now.
    pub(super) fn take(&mut self, pace: Pace, now: Timestamp) {
        let (interval, _) = pace.interval_and_burst();
        self.full_at = self.full_at.max(now).plus(interval);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many go in the first seconds when there is always one to go.
    fn in_seconds(pace: Pace, seconds: u64) -> usize {
        let (mut bucket, start) = (Bucket::default(), Timestamp::from_seconds(1_000_000));
        let (mut now, mut count) = (start, 0);
        while now < start.plus(Duration::from_secs(seconds)) {
            bucket.take(pace, now);
            count += 1;
            now = now.max(bucket.next(pace));
        }
        count
    }

    #[test]
    fn pagerduty_gets_at_most_a_hundred_in_the_first_minute_and_ninety_in_any_other() {
        assert_eq!(in_seconds(Pace::PagerDuty, 60), 100);
        assert_eq!(in_seconds(Pace::PagerDuty, 120), 190);
    }

    #[test]
    fn slack_gets_one_a_second() {
        assert_eq!(in_seconds(Pace::Slack, 10), 10);
    }
}
