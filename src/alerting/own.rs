//! Values of Fanin itself, for rules that watch the watcher (`from: self`).

pub use crate::rule::own::{BYTES, OUTBOX, QUEUE_BYTES, RECORDS, REJECTS, UNKNOWN_ACCOUNTS, WATERMARK_LAG};

use xxhash_rust::xxh3::xxh3_64;

use crate::sample::{Message, OwnSubject, Partials, Sampler};
use crate::time::Timestamp;

/// What rules take from the values of one moment, each with its name: one message of its own.
#[must_use]
pub fn message(values: &[(&str, f64)], sampler: &Sampler, now: Timestamp) -> Message {
    let mut partials = Partials::default();
    for (name, value) in values {
        sampler.own(&OwnSubject { name, value: *value, at: now }, now, &mut partials);
    }
    let fingerprint = xxh3_64(format!("own {}", now.nanos()).as_bytes());
    Message { fingerprint, arrived: now, partials: partials.drain_into_vec() }
}
