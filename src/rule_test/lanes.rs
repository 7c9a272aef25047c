//! Shards in memory: what waits in them, and how far each was read.

use std::collections::VecDeque;

use xxhash_rust::xxh3::xxh3_64;

use crate::id::AccountId;
use crate::time::Timestamp;

/// Shards at the start of a test.
const LANES: usize = 2;

/// All shards, closed ones among them.
#[derive(Debug)]
pub(super) struct Lanes<T> {
    lanes: Vec<Lane<T>>,
    /// The open ones.
    open: Vec<usize>,
}

#[derive(Debug)]
struct Lane<T> {
    waiting: VecDeque<(Timestamp, T)>,
    progress: Timestamp,
    stalled_until: Option<Timestamp>,
    /// Shards that must be read to their end before this one.
    parents: Vec<usize>,
    closed: bool,
}

/// Something that was read.
#[derive(Clone, Debug)]
pub(super) struct Read<T> {
    pub(super) lane: usize,
    pub(super) arrived: Timestamp,
    pub(super) item: T,
}

impl<T> Lane<T> {
    fn new(progress: Timestamp, parents: Vec<usize>) -> Self {
        Self { waiting: VecDeque::new(), progress, stalled_until: None, parents, closed: false }
    }

    fn is_done(&self) -> bool {
        self.closed && self.waiting.is_empty()
    }
}

impl<T> Lanes<T> {
    pub(super) fn new(start: Timestamp) -> Self {
        Self { lanes: (0..LANES).map(|_| Lane::new(start, Vec::new())).collect(), open: (0..LANES).collect() }
    }

    /// Puts something at the end of a shard: the one named, as far as there is such, else that of the account.
    pub(super) fn push(&mut self, shard: Option<usize>, account: AccountId, arrived: Timestamp, item: T) {
        let hash = xxh3_64(account.as_str().as_bytes());
        let count = self.open.len() as u64;
        let chosen = shard.unwrap_or_else(|| usize::try_from(hash % count).unwrap_or_default());
        let lane = self.open[chosen % self.open.len()];
        self.lanes[lane].waiting.push_back((arrived, item));
    }

    /// Nothing is read until then.
    pub(super) fn stall(&mut self, shard: Option<usize>, until: Timestamp) {
        let lanes: Vec<_> = match shard {
            Some(shard) => vec![self.open[shard % self.open.len()]],
            None => (0..self.lanes.len()).collect(),
        };
        for lane in lanes {
            self.lanes[lane].stalled_until = Some(until);
        }
    }

    /// Each open shard becomes two.
    pub(super) fn split(&mut self) {
        let parents = self.open.clone();
        self.reshard(parents.into_iter().flat_map(|parent| [vec![parent], vec![parent]]).collect());
    }

    /// Each two open shards become one.
    pub(super) fn merge(&mut self) {
        let parents = self.open.chunks(2).map(<[usize]>::to_vec).collect();
        self.reshard(parents);
    }

    fn reshard(&mut self, children: Vec<Vec<usize>>) {
        for parent in std::mem::take(&mut self.open) {
            self.lanes[parent].closed = true;
        }
        for parents in children {
            let progress = parents.iter().map(|parent| self.lanes[*parent].progress).min().unwrap_or_default();
            self.open.push(self.lanes.len());
            self.lanes.push(Lane::new(progress, parents));
        }
    }

    /// Reads everything that arrived up to `until` from shards that can be read at `now`, in the order of arrival.
    pub(super) fn read(&mut self, until: Timestamp, now: Timestamp) -> Vec<Read<T>> {
        let mut all = Vec::new();
        for lane in 0..self.lanes.len() {
            let ready = self.lanes[lane].parents.iter().all(|parent| self.lanes[*parent].is_done());
            let this = &mut self.lanes[lane];
            if !ready || this.stalled_until.is_some_and(|end| now < end) {
                continue;
            }
            while let Some((arrived, item)) = this.waiting.pop_front_if(|(arrived, _)| *arrived <= until) {
                all.push(Read { lane, arrived, item });
            }
            this.progress = this.progress.max(until);
        }
        all.sort_by_key(|read| (read.arrived, read.lane));
        all
    }

    /// The least progress of a shard that is not at its end for good. One that waits for its parents is held by them, and goes on
    /// from where they end.
    pub(super) fn progress(&self) -> Timestamp {
        let is_read =
            |lane: &&Lane<T>| !lane.is_done() && lane.parents.iter().all(|parent| self.lanes[*parent].is_done());
        self.lanes.iter().filter(is_read).map(|lane| lane.progress).min().unwrap_or_default()
    }

    /// Whether a shard cannot be read at `now`.
    pub(super) fn is_held(&self, now: Timestamp) -> bool {
        self.lanes.iter().any(|lane| !lane.is_done() && lane.stalled_until.is_some_and(|end| now < end))
    }

    /// Goes back to `progress`: what was read since waits again.
    pub(super) fn rewind(&mut self, progress: Timestamp, since: Vec<Read<T>>) {
        for read in since.into_iter().rev() {
            self.lanes[read.lane].waiting.push_front((read.arrived, read.item));
        }
        for lane in &mut self.lanes {
            lane.progress = lane.progress.min(progress);
            lane.stalled_until = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    fn account() -> AccountId {
        AccountId::parse("111111111111").unwrap()
    }

    fn read(lanes: &mut Lanes<u64>, until: u64) -> Vec<u64> {
        lanes.read(at(until), at(until)).into_iter().map(|read| read.item).collect()
    }

    #[test]
    fn what_arrived_is_read_in_order_and_progress_is_that_of_the_slowest_shard() {
        let mut lanes = Lanes::new(at(0));
        for (shard, second) in [(1, 5), (0, 7), (0, 12)] {
            lanes.push(Some(shard), account(), at(second), second);
        }
        assert_eq!(read(&mut lanes, 10), [5, 7]);
        assert_eq!(lanes.progress(), at(10));
        lanes.stall(Some(1), at(30));
        lanes.push(Some(1), account(), at(15), 15);
        assert_eq!(read(&mut lanes, 20), [12]);
        assert_eq!(lanes.progress(), at(10), "one stalled shard holds all");
        assert_eq!(read(&mut lanes, 30), [15]);
        assert_eq!(lanes.progress(), at(30));
    }

    #[test]
    fn children_begin_where_their_parents_ended_and_wait_for_them() {
        let mut lanes = Lanes::new(at(0));
        lanes.push(Some(0), account(), at(5), 5);
        lanes.stall(None, at(20));
        lanes.split();
        lanes.push(Some(3), account(), at(6), 6);
        lanes.push(Some(0), account(), at(7), 7);
        assert_eq!(lanes.read(at(10), at(10)).len(), 1, "the parent of shard 3 is empty");
        assert_eq!(lanes.progress(), at(0));
        assert_eq!(read(&mut lanes, 20), [5, 7]);
        lanes.merge();
        lanes.push(Some(0), account(), at(25), 25);
        assert_eq!((read(&mut lanes, 30), lanes.progress()), (vec![25], at(30)));
    }

    #[test]
    fn after_a_restart_what_was_read_since_the_snapshot_is_read_again() {
        let mut lanes = Lanes::new(at(0));
        for second in [5, 15] {
            lanes.push(Some(0), account(), at(second), second);
        }
        assert_eq!(read(&mut lanes, 10), [5]);
        let since = lanes.read(at(20), at(20));
        lanes.rewind(at(10), since);
        assert_eq!(lanes.progress(), at(10));
        assert_eq!(read(&mut lanes, 20), [15]);
    }
}
