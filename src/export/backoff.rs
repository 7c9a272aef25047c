//! How long to wait before the same batch is sent again.

use std::time::Duration;

use crate::config::Limits;
use crate::time::part;

/// The longest wait that a server may ask for. One that asks for more is asked again after this time: a wrong date or a
/// wrong unit in `Retry-After` must not silence a destination for hours.
pub const RETRY_AFTER_MAX: Duration = Duration::from_mins(5);

/// Exponential backoff with full jitter.
///
/// Full jitter draws each wait evenly from zero to a ceiling that doubles, so that many senders that failed together do
/// not return together. Source: AWS Architecture Blog, "Exponential Backoff And Jitter".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// Ceiling of the first wait.
    pub first: Duration,
    /// Ceiling of every later wait.
    pub max: Duration,
}

impl Backoff {
    /// As configured.
    #[must_use]
    pub const fn new(limits: &Limits) -> Self {
        Self { first: limits.retry_wait_min, max: limits.retry_wait_max }
    }

    /// The wait after the failure number `failures`, which counts from 1. `random` is drawn evenly from all of `u64`.
    ///
    /// Where the server named a time, it is waited for in full, up to `RETRY_AFTER_MAX`, and the jitter comes on top.
    #[must_use]
    pub fn wait(&self, failures: u32, after: Option<Duration>, random: u64) -> Duration {
        match after {
            Some(after) => after.min(RETRY_AFTER_MAX) + part(self.first, random),
            None => part(self.ceiling(failures), random),
        }
    }

    fn ceiling(&self, failures: u32) -> Duration {
        let doublings = failures.saturating_sub(1).min(31);
        self.first.saturating_mul(1 << doublings).min(self.max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BACKOFF: Backoff = Backoff { first: Duration::from_secs(1), max: Duration::from_secs(30) };

    #[test]
    fn the_ceiling_doubles_up_to_the_maximum() {
        let longest: Vec<u64> = (1..=7).map(|failures| BACKOFF.wait(failures, None, u64::MAX).as_secs()).collect();
        assert_eq!(longest, [1, 2, 4, 8, 16, 30, 30]);
        assert_eq!(BACKOFF.wait(u32::MAX, None, u64::MAX), Duration::from_secs(30));
    }

    #[test]
    fn jitter_reaches_from_zero_to_the_ceiling() {
        assert_eq!(BACKOFF.wait(3, None, 0), Duration::ZERO);
        assert_eq!(BACKOFF.wait(3, None, u64::MAX / 2).as_millis(), 1_999);
    }

    #[test]
    fn retry_after_is_waited_for_in_full_and_spread_by_the_first_wait() {
        let after = Some(Duration::from_secs(7));
        assert_eq!(BACKOFF.wait(1, after, 0), Duration::from_secs(7));
        assert_eq!(BACKOFF.wait(9, after, u64::MAX), Duration::from_secs(8));
    }

    #[test]
    fn a_day_of_retry_after_is_cut_to_the_maximum() {
        assert_eq!(BACKOFF.wait(1, Some(Duration::from_hours(24)), 0), RETRY_AFTER_MAX);
    }

    proptest! {
        #[test]
        fn no_wait_is_longer_than_the_limits(failures: u32, after: Option<u32>, random: u64) {
            let after = after.map(|seconds| Duration::from_secs(seconds.into()));
            let wait = BACKOFF.wait(failures, after, random);
            prop_assert!(wait <= RETRY_AFTER_MAX + BACKOFF.max);
            prop_assert!(wait >= after.unwrap_or_default().min(RETRY_AFTER_MAX));
        }
    }
}
