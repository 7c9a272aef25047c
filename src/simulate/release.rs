//! A release that goes wrong: it reaches one ring of accounts, a few first, and is rolled back.

use std::time::Duration;

/// Rings that the fleet is divided into; account by account in turn.
pub const RINGS: usize = 4;

/// How long the fleet is well before the first release, so that a newcomer sees it so.
const QUIET: Duration = Duration::from_secs(20);

/// How long a release takes to reach its whole ring.
const ROLL_OUT: Duration = Duration::from_secs(60);

/// When it is rolled back, all at once.
const ROLL_BACK: Duration = Duration::from_secs(120);

/// From one release to the next.
const CYCLE: Duration = Duration::from_secs(480);

/// How many accounts of the ring a release reaches first.
const FIRST: usize = 3;

/// How often an account that the release has reached writes of it, in seconds.
pub const WRITES_EVERY_SECONDS: u64 = 10;

/// A release that goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// The ring that it reaches.
    pub ring: usize,
    /// Its name.
    pub name: String,
    /// How many accounts of the ring it has reached.
    pub accounts: usize,
}

impl Release {
    /// The release that is out so long after the start, in a fleet whose rings have so many accounts.
    #[must_use]
    pub fn at(elapsed: Duration, ring_accounts: usize) -> Option<Self> {
        let since = elapsed.checked_sub(QUIET)?;
        let (cycle, into) = (since.as_secs() / CYCLE.as_secs(), Duration::from_secs(since.as_secs() % CYCLE.as_secs()));
        let number = usize::try_from(cycle).unwrap_or(0);
        (into < ROLL_BACK).then(|| Self {
            ring: (2 + number) % RINGS,
            name: format!("2026.11.{}", 3 + number),
            accounts: reached(into, ring_accounts),
        })
    }
}

/// Ten times as many every 20 seconds, or the whole ring sooner.
fn reached(into: Duration, ring_accounts: usize) -> usize {
    if into >= ROLL_OUT {
        return ring_accounts;
    }
    let tenfold = u32::try_from(into.as_secs() / 20).unwrap_or(0);
    (FIRST * 10_usize.pow(tenfold)).min(ring_accounts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_reaches_a_ring_step_by_step_and_is_rolled_back() {
        let accounts = |seconds| Release::at(Duration::from_secs(seconds), 1_500).map(|release| release.accounts);
        assert_eq!(accounts(19), None);
        assert_eq!(accounts(20), Some(3));
        assert_eq!(accounts(40), Some(30));
        assert_eq!(accounts(60), Some(300));
        assert_eq!(accounts(80), Some(1_500));
        assert_eq!(accounts(139), Some(1_500));
        assert_eq!(accounts(140), None);
        assert_eq!(accounts(500), Some(3));
    }

    #[test]
    fn the_next_release_reaches_another_ring() {
        let ring =
            |seconds| Release::at(Duration::from_secs(seconds), 1_500).map(|release| (release.ring, release.name));
        assert_eq!(ring(30), Some((2, "2026.11.3".into())));
        assert_eq!(ring(510), Some((3, "2026.11.4".into())));
    }

    #[test]
    fn a_small_ring_is_reached_at_once() {
        assert_eq!(Release::at(Duration::from_secs(20), 2).map(|release| release.accounts), Some(2));
    }
}
