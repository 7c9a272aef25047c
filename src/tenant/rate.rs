//! A token bucket that never says no: it tells how long to wait.

use std::time::Duration;

use crate::time::Timestamp;

/// Calls a second, and how many may come at once after a rest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// Tokens that come back each second.
    pub per_second: f64,
    /// Tokens of a full bucket.
    pub burst: f64,
}

/// A bucket of tokens, one for each call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TokenBucket {
    rate: Rate,
    /// Below zero, tokens are promised to callers that wait.
    tokens: f64,
    filled: Timestamp,
}

impl TokenBucket {
    /// A full bucket.
    #[must_use]
    pub const fn new(rate: Rate, now: Timestamp) -> Self {
        Self { rate, tokens: rate.burst, filled: now }
    }

    /// Takes a token and tells how long to wait before it may be used.
    #[must_use]
    pub fn take(&mut self, now: Timestamp) -> Duration {
        self.fill(now);
        self.tokens -= 1.0;
        Duration::from_secs_f64((-self.tokens / self.rate.per_second).max(0.0))
    }

    /// Keeps everyone waiting until `pause` has passed: the server has asked for it.
    pub fn pause(&mut self, pause: Duration, now: Timestamp) {
        self.fill(now);
        self.tokens = self.tokens.min(-pause.as_secs_f64() * self.rate.per_second);
    }

    fn fill(&mut self, now: Timestamp) {
        let tokens = now.since(self.filled).as_secs_f64() * self.rate.per_second;
        self.tokens = (self.tokens + tokens).min(self.rate.burst);
        self.filled = self.filled.max(now);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const RATE: Rate = Rate { per_second: 8.0, burst: 12.0 };

    /// When each of `n` calls goes out, for a caller that makes them one after another.
    fn sent(n: usize) -> Vec<Timestamp> {
        let mut bucket = TokenBucket::new(RATE, Timestamp::default());
        let mut now = Timestamp::default();
        let mut sent = Vec::new();
        for _ in 0..n {
            now = now.plus(bucket.take(now));
            sent.push(now);
        }
        sent
    }

    #[test]
    fn a_burst_goes_at_once_and_the_rest_at_the_rate() {
        let sent = sent(28);
        assert_eq!(sent[11], Timestamp::default());
        assert_eq!(sent[12].millis(), 125);
        assert_eq!(sent[27].millis(), 2_000);
    }

    #[test]
    fn callers_at_the_same_moment_are_put_in_a_row() {
        let mut bucket = TokenBucket::new(Rate { per_second: 10.0, burst: 1.0 }, Timestamp::default());
        let waits: Vec<_> = (0..4).map(|_| bucket.take(Timestamp::default()).as_millis()).collect();
        assert_eq!(waits, [0, 100, 200, 300]);
    }

    #[test]
    fn a_pause_holds_everyone_back() {
        let mut bucket = TokenBucket::new(RATE, Timestamp::default());
        bucket.pause(Duration::from_secs(2), Timestamp::default());
        assert_eq!(bucket.take(Timestamp::default()), Duration::from_millis(2_125));
        bucket.pause(Duration::from_millis(1), Timestamp::default());
        assert_eq!(bucket.take(Timestamp::default()), Duration::from_millis(2_250));
    }

    proptest! {
        #[test]
        fn no_second_sees_more_than_burst_and_rate(gaps in proptest::collection::vec(0..500_u64, 1..200)) {
            let mut bucket = TokenBucket::new(RATE, Timestamp::default());
            let mut now = Timestamp::default();
            let mut sent = Vec::new();
            for gap in gaps {
                now = now.plus(Duration::from_millis(gap));
                now = now.plus(bucket.take(now));
                sent.push(now);
            }
            for (index, first) in sent.iter().enumerate() {
                let within = sent[index..].iter().filter(|time| time.since(*first) < Duration::from_secs(1)).count();
                prop_assert!(within <= 20, "{within} calls in one second");
            }
        }
    }
}
