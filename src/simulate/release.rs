//! A release that goes wrong: it reaches one ring of accounts, a few first, and is rolled back.

use std::time::Duration;

/// How long the fleet is well at first, so that a newcomer sees it so.
pub const QUIET: Duration = Duration::from_secs(5);

/// Rings that the fleet is divided into; account by account in turn.
pub const RINGS: usize = 12;

/// The ring of the first release.
const FIRST_RING: usize = 2;

/// What every account runs otherwise.
const BEFORE: &str = "2026.11.2";

/// How long until a release has reached ten times as many accounts.
const STEP: Duration = Duration::from_secs(7);

/// How many accounts of the ring a release reaches first.
const FIRST: usize = 3;

/// After so many steps it has reached its whole ring.
const STEPS: u32 = 3;

/// When it is rolled back, all at once.
const ROLL_BACK: Duration = Duration::from_secs(37);

/// For so long after the start of a release the directory names it: what came of it is over by then.
const NAMED: Duration = Duration::from_secs(120);

/// From one release to the next.
const CYCLE: Duration = Duration::from_secs(300);

/// A release that goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Release {
    /// The ring that it reaches.
    pub ring: usize,
    /// How many accounts of the ring it has reached.
    pub accounts: usize,
}

impl Release {
    /// The release that is out so long after the start, in a fleet whose rings have so many accounts.
    #[must_use]
    pub fn at(elapsed: Duration, ring_accounts: usize) -> Option<Self> {
        let (number, into) = cycle(elapsed)?;
        (into < ROLL_BACK).then(|| Self { ring: ring(number), accounts: reached(into, ring_accounts) })
    }
}

/// The ring of which the directory says that it has a newer release.
#[must_use]
pub fn named(elapsed: Duration) -> Option<usize> {
    let (number, into) = cycle(elapsed)?;
    (into < NAMED).then(|| ring(number))
}

/// What the directory calls the release of a ring, while that of the ring `newest` is named.
pub(super) fn label(of: usize, newest: Option<usize>) -> String {
    if newest == Some(of) { "2026.11.3".to_owned() } else { BEFORE.to_owned() }
}

fn cycle(elapsed: Duration) -> Option<(u64, Duration)> {
    let since = elapsed.checked_sub(QUIET)?;
    let number = since.as_secs() / CYCLE.as_secs();
    Some((number, since.saturating_sub(Duration::from_secs(number * CYCLE.as_secs()))))
}

fn ring(number: u64) -> usize {
    (FIRST_RING + usize::try_from(number).unwrap_or(0)) % RINGS
}

/// Ten times as many at every step, and the whole ring at the last.
fn reached(into: Duration, ring_accounts: usize) -> usize {
    let steps = u32::try_from(into.as_secs() / STEP.as_secs()).unwrap_or(STEPS);
    if steps >= STEPS { ring_accounts } else { (FIRST * 10_usize.pow(steps)).min(ring_accounts) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_reaches_a_ring_step_by_step_and_is_rolled_back() {
        let accounts = |seconds| Release::at(Duration::from_secs(seconds), 500).map(|release| release.accounts);
        assert_eq!(accounts(4), None);
        assert_eq!(accounts(5), Some(3));
        assert_eq!(accounts(12), Some(30));
        assert_eq!(accounts(19), Some(300));
        assert_eq!(accounts(26), Some(500));
        assert_eq!(accounts(41), Some(500));
        assert_eq!(accounts(42), None);
        assert_eq!(accounts(305), Some(3));
    }

    #[test]
    fn the_next_release_reaches_another_ring() {
        let ring = |seconds| Release::at(Duration::from_secs(seconds), 500).map(|release| release.ring);
        assert_eq!((ring(30), ring(310)), (Some(2), Some(3)));
    }

    #[test]
    fn the_directory_names_a_release_until_what_came_of_it_is_over() {
        let named = |seconds| named(Duration::from_secs(seconds));
        assert_eq!((named(4), named(5), named(124), named(125)), (None, Some(2), Some(2), None));
    }

    #[test]
    fn a_small_ring_is_reached_at_once() {
        assert_eq!(Release::at(Duration::from_secs(5), 2).map(|release| release.accounts), Some(2));
    }
}
