//! A cheap handle on how far the pipeline has seen. Sources and workers move it; the rules ask.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::progress::{Lane, Progress, Ticket};
use crate::time::Timestamp;

/// How far the pipeline has seen.
#[derive(Clone, Debug, Default)]
pub struct ProgressHandle(Arc<Mutex<Progress>>);

impl ProgressHandle {
    /// Goes on from where an earlier process was.
    pub fn resume(&self, reached: Timestamp) {
        self.lock().resume(reached);
    }

    /// A stream will be read; nothing moves until its shards are `listed`.
    pub fn expect(&self, stream: &str) {
        self.lock().expect(stream.into());
    }

    /// The shards of an expected stream were opened.
    pub fn listed(&self, stream: &str) {
        self.lock().listed(stream);
    }

    /// A shard is going to be read.
    pub fn open(&self, shard: Lane) {
        self.lock().open(shard);
    }

    /// What came out of a read was handed over; `caught_up` is when the read was made, where it said that nothing was left.
    pub fn read(&self, shard: &Lane, last_arrived: Option<Timestamp>, caught_up: Option<Timestamp>) {
        self.lock().read(shard, last_arrived, caught_up);
    }

    /// Another reader got as far as `until` in a shard, and said so in the stream `carrier` at `carried`.
    pub fn mark(&self, shard: Lane, until: Timestamp, carrier: &Arc<str>, carried: Timestamp) {
        self.lock().mark(shard, until, Arc::clone(carrier), carried);
    }

    /// A shard was read to its end, and these came out of it.
    pub fn close(&self, shard: &Lane, children: impl IntoIterator<Item = Lane>) {
        self.lock().close(shard, children);
    }

    /// A shard is not there any more.
    pub fn forget(&self, shard: &Lane) {
        self.lock().forget(shard);
    }

    /// A delivery was begun, whose first record arrived then.
    pub fn begin(&self, arrived: Timestamp) -> Unobserved {
        Unobserved { ticket: self.lock().begin(arrived), progress: self.clone() }
    }

    /// The open shards and up to which arrival each was read.
    #[must_use]
    pub fn shards(&self) -> Vec<(Lane, Timestamp)> {
        self.lock().shards().map(|(lane, at)| (lane.clone(), at)).collect()
    }

    /// How far the pipeline has seen.
    pub fn reached(&self, now: Timestamp) -> Timestamp {
        self.lock().reached(now)
    }

    fn lock(&self) -> MutexGuard<'_, Progress> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A delivery that the rules have not seen yet. Dropped when they have, or when it will never come to them.
#[derive(Debug)]
#[must_use = "dropped, the delivery counts as seen"]
pub struct Unobserved {
    ticket: Ticket,
    progress: ProgressHandle,
}

impl Drop for Unobserved {
    fn drop(&mut self) {
        self.progress.lock().observed(self.ticket);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delivery_counts_as_seen_when_it_is_dropped() {
        let (progress, at) = (ProgressHandle::default(), Timestamp::from_seconds);
        let unobserved = progress.begin(at(10));
        assert_eq!(progress.reached(at(20)), at(10));
        drop(unobserved);
        assert_eq!(progress.reached(at(20)), at(20));
    }
}
