//! How long to wait after failures in a row.

use std::time::Duration;

use crate::time::part;

/// The longest first wait. Kinesis counts throughput by the second, so a shorter one would only be throttled again.
const WAIT_FIRST: Duration = Duration::from_secs(1);

/// The longest wait: long enough to be no load, short enough that recovery is seen within half a minute.
const WAIT_MAX: Duration = Duration::from_secs(30);

/// Failures in a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    /// Notes one more failure and tells how long to wait: 1 s, doubled each time up to 30 s, of which the second half is
    /// left to chance. `random` is drawn evenly from all of `u64`.
    #[must_use]
    pub fn fail(&mut self, random: u64) -> Duration {
        let doublings = self.failures.min(16);
        self.failures = self.failures.saturating_add(1);
        let half = WAIT_FIRST.saturating_mul(1 << doublings).min(WAIT_MAX) / 2;
        half + part(half, random)
    }

    /// Notes a success: the next failure is the first one again.
    pub const fn succeed(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn waits_double_up_to_half_a_minute() {
        let mut backoff = Backoff::default();
        let waits: Vec<u64> = (0..7).map(|_| backoff.fail(u64::MAX).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 30, 30]);
    }

    #[test]
    fn a_success_makes_the_next_failure_the_first() {
        let mut backoff = Backoff::default();
        let _wait = backoff.fail(0);
        let _wait = backoff.fail(0);
        backoff.succeed();
        assert_eq!(backoff.fail(0), Duration::from_millis(500));
    }

    proptest! {
        #[test]
        fn a_wait_is_never_under_half_a_second_nor_over_half_a_minute(failures in 1_u32..100, random: u64) {
            let mut backoff = Backoff::default();
            for _ in 0..failures {
                let wait = backoff.fail(random);
                prop_assert!((Duration::from_millis(500)..=WAIT_MAX).contains(&wait));
            }
        }
    }
}
