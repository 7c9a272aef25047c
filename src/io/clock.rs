//! The only reader of the system clock.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::time::Timestamp;

/// The present moment.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the one lawful reader of the system clock")]
pub fn now() -> Timestamp {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_nanos(u64::try_from(since_1970.as_nanos()).unwrap_or(u64::MAX))
}
