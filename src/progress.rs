//! How far the pipeline has seen: no record that arrived before is still on its way to the rules.
//!
//! Progress goes by arrival, never by the times inside of records and never by the fact that a read was empty, which
//! Kinesis allows while a reader is behind. So a record of the future moves nothing, and a shard that cannot be read
//! holds everything up instead of looking quiet. Sources without positions, the HTTP endpoints, are told of by the
//! deliveries that were begun and not observed yet.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::time::Timestamp;

/// A shard of a stream.
pub type Lane = (Arc<str>, Arc<str>);

/// A delivery that was begun and not observed yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[must_use = "a delivery that is never observed holds up all rules"]
pub struct Ticket(u64);

/// How far the pipeline has seen.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    /// Progress never goes back behind this.
    reached: Timestamp,
    /// Streams whose shards are not known yet.
    unlisted: BTreeMap<Arc<str>, usize>,
    /// Up to which arrival each open shard was read.
    shards: BTreeMap<Lane, Timestamp>,
    /// Arrival of the first record of each delivery under way.
    under_way: BTreeMap<Ticket, Timestamp>,
    next_ticket: u64,
    /// What others said of shards that they read.
    marks: Vec<Marked>,
}

/// What another reader said of a shard of its own, in a stream that is read here.
#[derive(Clone, Debug)]
struct Marked {
    shard: Lane,
    until: Timestamp,
    /// The stream that brought it.
    carrier: Arc<str>,
    /// When it was put there.
    carried: Timestamp,
}

impl Progress {
    /// Goes on from where an earlier process was, or from the start of this one.
    #[must_use]
    pub fn new(reached: Timestamp) -> Self {
        Self { reached, ..Self::default() }
    }

    /// Goes on from where an earlier process was.
    pub fn resume(&mut self, reached: Timestamp) {
        self.reached = reached.max(self.reached);
    }

    /// A stream will be read, and its shards are not known yet: nothing moves until `listed`.
    pub fn expect(&mut self, stream: Arc<str>) {
        *self.unlisted.entry(stream).or_default() += 1;
    }

    /// The shards of an expected stream were opened.
    pub fn listed(&mut self, stream: &str) {
        if let Some(n_waiting) = self.unlisted.get_mut(stream) {
            *n_waiting -= 1;
            if *n_waiting == 0 {
                let _ = self.unlisted.remove(stream);
            }
        }
    }

    /// A shard is going to be read; a child of one that is closed begins where its parent ended.
    pub fn open(&mut self, shard: Lane) {
        let _ = self.shards.entry(shard).or_insert(self.reached);
    }

    /// What came out of a read was begun, each delivery with `begin`: `last_arrived` is the arrival of the last record, and
    /// `caught_up` is when the read was made, where it said that nothing was left.
    pub fn read(&mut self, shard: &Lane, last_arrived: Option<Timestamp>, caught_up: Option<Timestamp>) {
        if let (Some(position), Some(arrived)) = (self.shards.get_mut(shard), last_arrived.max(caught_up)) {
            *position = arrived.max(*position);
        }
    }

    /// A shard was read to its end, and these came out of it.
    pub fn close(&mut self, shard: &Lane, children: impl IntoIterator<Item = Lane>) {
        let Some(position) = self.shards.remove(shard) else { return };
        for child in children {
            let at = self.shards.entry(child).or_insert(position);
            *at = position.min(*at);
        }
    }

    /// A shard is not there any more, and nothing of it will come.
    pub fn forget(&mut self, shard: &Lane) {
        let _ = self.shards.remove(shard);
    }

    /// A delivery was begun, whose first record arrived then.
    pub fn begin(&mut self, arrived: Timestamp) -> Ticket {
        let ticket = Ticket(self.next_ticket);
        self.next_ticket += 1;
        let _ = self.under_way.insert(ticket, arrived);
        ticket
    }

    /// The rules have seen a delivery, or it will never come to them.
    pub fn observed(&mut self, ticket: Ticket) {
        let _ = self.under_way.remove(&ticket);
    }

    /// How far the pipeline has seen; never goes back.
    pub fn reached(&mut self, now: Timestamp) -> Timestamp {
        self.apply_marks();
        if self.unlisted.is_empty() {
            let arrivals = self.shards.values().chain(self.under_way.values());
            self.reached = arrivals.fold(now, |least, arrived| least.min(*arrived)).max(self.reached);
        }
        self.reached
    }

    /// Another reader got as far as `until` in an open shard, and put what it took from there into the stream `carrier`, whatever its
    /// shard, before `carried`. So it counts once all of that stream was read as far.
    pub fn mark(&mut self, shard: Lane, until: Timestamp, carrier: Arc<str>, carried: Timestamp) {
        if self.shards.contains_key(&shard) {
            self.marks.push(Marked { shard, until, carrier, carried });
        }
    }

    fn apply_marks(&mut self) {
        let under_way = self.under_way.values().min().copied();
        let read = |carrier: &Arc<str>| {
            let of_it = self.shards.iter().filter(|((stream, _), _)| stream == carrier);
            of_it.map(|(_, at)| *at).min()
        };
        let holds = |mark: &mut Marked| {
            under_way.is_none_or(|first| mark.carried < first)
                && read(&mark.carrier).is_none_or(|least| mark.carried <= least)
        };
        let held: Vec<_> = {
            let mut marks = std::mem::take(&mut self.marks);
            let held = marks.extract_if(.., |mark| holds(mark)).collect();
            self.marks = marks;
            held
        };
        for mark in held {
            if let Some(position) = self.shards.get_mut(&mark.shard) {
                *position = mark.until.max(*position);
            }
        }
    }

    /// The open shards and how far each was read, for who asks what holds everything up.
    pub fn shards(&self) -> impl Iterator<Item = (&Lane, Timestamp)> {
        self.shards.iter().map(|(shard, at)| (shard, *at))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_seconds(1_000_000 + seconds)
    }

    fn shard(name: &str) -> Lane {
        ("central".into(), name.into())
    }

    #[test]
    fn without_sources_progress_is_now() {
        assert_eq!(Progress::new(at(0)).reached(at(5)), at(5));
    }

    #[test]
    fn an_idle_shard_does_not_hold_up_the_others() {
        let mut progress = Progress::new(at(0));
        progress.open(shard("0"));
        progress.open(shard("1"));
        progress.read(&shard("0"), Some(at(50)), None);
        progress.read(&shard("1"), None, Some(at(60)));
        assert_eq!(progress.reached(at(61)), at(50));
        progress.read(&shard("0"), None, Some(at(62)));
        assert_eq!(progress.reached(at(62)), at(60));
    }

    #[test]
    fn a_stalled_shard_holds_up_everything() {
        let mut progress = Progress::new(at(0));
        progress.open(shard("0"));
        progress.open(shard("1"));
        progress.read(&shard("0"), None, Some(at(10)));
        progress.read(&shard("1"), None, Some(at(10)));
        progress.read(&shard("1"), None, Some(at(600)));
        assert_eq!(progress.reached(at(600)), at(10));
    }

    #[test]
    fn an_empty_read_while_behind_moves_nothing() {
        let mut progress = Progress::new(at(0));
        progress.open(shard("0"));
        progress.read(&shard("0"), Some(at(10)), None);
        progress.read(&shard("0"), None, None);
        assert_eq!(progress.reached(at(100)), at(10));
    }

    #[test]
    fn children_begin_where_their_parents_ended() {
        let mut progress = Progress::new(at(0));
        progress.open(shard("parent"));
        progress.read(&shard("parent"), Some(at(10)), None);
        progress.close(&shard("parent"), [shard("left"), shard("right")]);
        assert_eq!(progress.reached(at(100)), at(10));
        progress.open(shard("left"));
        progress.read(&shard("left"), None, Some(at(100)));
        assert_eq!(progress.reached(at(100)), at(10));
        progress.read(&shard("right"), None, Some(at(90)));
        assert_eq!(progress.reached(at(100)), at(90));
    }

    #[test]
    fn a_merged_shard_begins_where_the_slower_parent_ended() {
        let mut progress = Progress::new(at(0));
        for (parent, read) in [("a", 30), ("b", 20)] {
            progress.open(shard(parent));
            progress.read(&shard(parent), Some(at(read)), None);
        }
        progress.close(&shard("a"), [shard("child")]);
        progress.close(&shard("b"), [shard("child")]);
        assert_eq!(progress.reached(at(100)), at(20));
    }

    #[test]
    fn a_delivery_under_way_holds_up_until_it_is_observed() {
        let mut progress = Progress::new(at(0));
        let first = progress.begin(at(10));
        let second = progress.begin(at(12));
        assert_eq!(progress.reached(at(20)), at(10));
        progress.observed(first);
        assert_eq!(progress.reached(at(20)), at(12));
        progress.observed(second);
        assert_eq!(progress.reached(at(21)), at(21));
    }

    #[test]
    fn nothing_moves_before_the_shards_are_known() {
        let mut progress = Progress::new(at(7));
        progress.expect("central".into());
        assert_eq!(progress.reached(at(20)), at(7));
        progress.open(shard("0"));
        progress.listed("central");
        assert_eq!(progress.reached(at(20)), at(7));
        progress.read(&shard("0"), None, Some(at(21)));
        assert_eq!(progress.reached(at(22)), at(21));
    }

    #[test]
    fn a_clock_that_is_set_back_does_not_set_progress_back() {
        let mut progress = Progress::new(at(0));
        assert_eq!(progress.reached(at(100)), at(100));
        assert_eq!(progress.reached(at(40)), at(100));
        assert_eq!(progress.reached(at(101)), at(101));
    }

    #[test]
    fn a_shard_that_another_reads_holds_everything_up_until_its_reader_says_otherwise() {
        let mut progress = Progress::new(at(0));
        let theirs: Lane = ("logs".into(), "0".into());
        progress.expect("logs".into());
        progress.open(shard("0"));
        progress.read(&shard("0"), None, Some(at(50)));
        assert_eq!(progress.reached(at(50)), at(0), "their shards are not known yet");
        progress.open(theirs.clone());
        progress.listed("logs");
        assert_eq!(progress.reached(at(50)), at(0), "their reader has not said anything");
        progress.mark(theirs, at(40), "central".into(), at(45));
        assert_eq!(progress.reached(at(50)), at(40));
    }

    #[test]
    fn a_mark_counts_once_all_of_the_stream_that_brought_it_was_read_as_far() {
        let mut progress = Progress::new(at(0));
        let theirs: Lane = ("logs".into(), "0".into());
        for lane in [shard("0"), shard("1"), theirs.clone()] {
            progress.open(lane);
        }
        progress.read(&shard("0"), Some(at(45)), None);
        progress.mark(theirs, at(40), "central".into(), at(45));
        assert_eq!(progress.reached(at(60)), at(0), "samples may wait in the other shard");
        let under_way = progress.begin(at(44));
        progress.read(&shard("1"), None, Some(at(50)));
        assert_eq!(progress.reached(at(60)), at(0), "or be on their way to the rules");
        progress.observed(under_way);
        assert_eq!(progress.reached(at(60)), at(40));
    }

    #[test]
    fn a_mark_of_a_shard_that_nobody_waits_for_is_nothing() {
        let mut progress = Progress::new(at(0));
        progress.open(shard("0"));
        progress.mark(("logs".into(), "9".into()), at(1), "central".into(), at(2));
        progress.read(&shard("0"), None, Some(at(50)));
        assert_eq!(progress.reached(at(60)), at(50));
    }

    proptest! {
        #[test]
        fn progress_never_passes_what_is_under_way(arrivals in prop::collection::vec(1_u64..1000, 1..20), order in any::<u64>()) {
            let mut progress = Progress::new(at(0));
            let mut tickets: Vec<_> = arrivals.iter().map(|arrived| (progress.begin(at(*arrived)), *arrived)).collect();
            fastrand::Rng::with_seed(order).shuffle(&mut tickets);
            let mut before = progress.reached(at(2000));
            while let Some((ticket, _)) = tickets.pop() {
                progress.observed(ticket);
                let now = progress.reached(at(2000));
                prop_assert!(now >= before);
                prop_assert!(tickets.iter().all(|(_, arrived)| now <= at(*arrived)));
                before = now;
            }
            prop_assert_eq!(before, at(2000));
        }
    }
}
