//! Waiting for what a test needs, instead of for a time that should be enough.

use std::time::{Duration, Instant};

/// Pause between two looks.
const PAUSE: Duration = Duration::from_millis(20);

/// Looks until there is something to see, and answers with it; fails the test once `limit` has passed.
/// `what` completes the sentence "waited 5s for ...".
#[track_caller]
#[expect(clippy::disallowed_methods, reason = "waits for programs outside, whose time cannot be pretended")]
pub(crate) fn until<T>(what: &str, limit: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(started.elapsed() < limit, "waited {limit:?} for {what}");
        std::thread::sleep(PAUSE);
    }
}
