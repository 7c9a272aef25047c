//! Which shards of a stream may be read now: a child only after all of its parents.
//!
//! A record's successor for the same partition key may stand in a child shard, so that reading a child before its parents
//! are finished would turn the order around. Source: Kinesis Data Streams developer guide, "Reshard a stream", and API
//! reference, GetRecords, `NextShardIterator` and `ChildShards`.

use std::collections::{BTreeMap, BTreeSet};

use crate::shard::Position;
use crate::snapshot::Checkpoint;
use crate::time::Timestamp;

/// A shard as the stream describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// `shardId-000000000000`.
    pub id: String,
    /// None of a new stream, one after a split, two after a merge.
    pub parents: Vec<String>,
}

/// A shard that is to be read now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start {
    /// The shard.
    pub id: String,
    /// Where to begin.
    pub from: Position,
    /// Whether it was being read before, and stopped for a reason that may still hold.
    pub again: bool,
}

/// What a listing changes in the checkpoints.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Checkpoints to set.
    pub set: Vec<(String, Checkpoint)>,
    /// Shards whose checkpoint is of no use any more: everything in them is safe, and the stream has dropped them.
    pub forgotten: Vec<String>,
    /// Shards that the stream dropped before all of them was read: they outlived the retention period unread.
    pub lost: Vec<String>,
}

/// What is known of the shards of one stream.
#[derive(Clone, Debug)]
pub struct Plan {
    start: Position,
    /// Checkpoints of shards that no listing has named yet.
    restored: BTreeMap<String, Checkpoint>,
    shards: BTreeMap<String, Shard>,
}

#[derive(Clone, Debug)]
struct Shard {
    parents: Vec<String>,
    phase: Phase,
    /// A shard that only its parent named may be missing from a listing that was on its way.
    listed: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Phase {
    Waiting { from: Position, again: bool },
    Reading,
    Finished,
}

impl Plan {
    /// A plan for a stream with these checkpoints. Where there are none, `start` tells where the stream is begun.
    #[must_use]
    pub const fn new(start: Position, checkpoints: BTreeMap<String, Checkpoint>) -> Self {
        Self { start, restored: checkpoints, shards: BTreeMap::new() }
    }

    /// Takes in a whole listing of the stream. An empty one is no news: a stream always has shards.
    #[must_use]
    pub fn list(&mut self, listed: &[Listed]) -> Changes {
        let mut changes = Changes::default();
        if listed.is_empty() {
            return changes;
        }
        match self.start {
            Position::Latest(since) if self.is_first_start() => self.begin_at_tips(since, listed, &mut changes),
            Position::Latest(_)
            | Position::TrimHorizon
            | Position::AtTimestamp(_)
            | Position::At(_)
            | Position::After(_) => self.add(listed),
        }
        self.forget_all_but(listed, &mut changes);
        changes
    }

    /// Takes in the children that a shard named at its end. False if that does not tell all: then the stream must be
    /// listed, because a child also waits for a parent that is not known yet.
    #[must_use]
    pub fn discover(&mut self, children: &[Listed]) -> bool {
        let (known, unsure): (Vec<_>, Vec<_>) =
            children.iter().partition(|child| child.parents.iter().all(|parent| self.shards.contains_key(parent)));
        for child in known {
            let shard = Shard { parents: child.parents.clone(), phase: self.unread(), listed: false };
            let _ = self.shards.entry(child.id.clone()).or_insert(shard);
        }
        unsure.is_empty() && !children.is_empty()
    }

    /// Notes that everything in a closed shard is safe.
    pub fn finish(&mut self, id: &str) {
        self.set_phase(id, Phase::Finished);
    }

    /// Notes that a shard is no longer being read, though it is not finished.
    pub fn release(&mut self, id: &str, from: Position) {
        self.set_phase(id, Phase::Waiting { from, again: true });
    }

    /// Whether the shard is part of the stream, as far as is known.
    #[must_use]
    pub fn knows(&self, id: &str) -> bool {
        self.shards.contains_key(id)
    }

    /// The shards that may be read now; from here on they count as being read.
    #[must_use]
    pub fn take_ready(&mut self) -> Vec<Start> {
        let ready: Vec<Start> = self.shards.iter().filter_map(|(id, shard)| self.ready(id, shard)).collect();
        for start in &ready {
            self.set_phase(&start.id, Phase::Reading);
        }
        ready
    }

    fn ready(&self, id: &str, shard: &Shard) -> Option<Start> {
        match &shard.phase {
            Phase::Waiting { from, again } if shard.parents.iter().all(|parent| self.is_done(parent)) => {
                Some(Start { id: id.into(), from: from.clone(), again: *again })
            }
            Phase::Waiting { .. } | Phase::Reading | Phase::Finished => None,
        }
    }

    /// A parent that the stream no longer lists has expired, with all its records.
    fn is_done(&self, parent: &str) -> bool {
        self.shards.get(parent).is_none_or(|shard| shard.phase == Phase::Finished)
    }

    fn is_first_start(&self) -> bool {
        self.restored.is_empty() && self.shards.is_empty()
    }

    /// Begins at what comes from now on: closed shards are passed over, open ones remember since when.
    fn begin_at_tips(&mut self, since: Timestamp, listed: &[Listed], changes: &mut Changes) {
        let parents: BTreeSet<&String> = listed.iter().flat_map(|shard| &shard.parents).collect();
        for Listed { id, parents: own_parents } in listed {
            let (phase, checkpoint) = if parents.contains(id) {
                (Phase::Finished, Checkpoint::Finished)
            } else {
                let from = Position::Latest(since);
                (Phase::Waiting { from, again: false }, Checkpoint::Since(since.millis()))
            };
            changes.set.push((id.clone(), checkpoint));
            let _ = self.shards.insert(id.clone(), Shard { parents: own_parents.clone(), phase, listed: true });
        }
    }

    fn add(&mut self, listed: &[Listed]) {
        for Listed { id, parents } in listed {
            if let Some(shard) = self.shards.get_mut(id) {
                shard.listed = true;
                continue;
            }
            let phase = match self.restored.remove(id) {
                Some(Checkpoint::Finished) => Phase::Finished,
                Some(Checkpoint::After(last)) => Phase::Waiting { from: Position::After(last), again: false },
                Some(Checkpoint::Since(millis)) => {
                    let since = Timestamp::from_millis(millis);
                    Phase::Waiting { from: Position::AtTimestamp(since), again: false }
                }
                None => self.unread(),
            };
            let _ = self.shards.insert(id.clone(), Shard { parents: parents.clone(), phase, listed: true });
        }
    }

    /// Where a shard begins of which nothing was read. What the configuration calls the latest was passed over at the
    /// first start; all shards that come after it are wanted whole.
    fn unread(&self) -> Phase {
        let from = match &self.start {
            Position::AtTimestamp(timestamp) => Position::AtTimestamp(*timestamp),
            Position::TrimHorizon | Position::Latest(_) | Position::At(_) | Position::After(_) => Position::TrimHorizon,
        };
        Phase::Waiting { from, again: false }
    }

    fn forget_all_but(&mut self, listed: &[Listed], changes: &mut Changes) {
        let listed: BTreeSet<&String> = listed.iter().map(|shard| &shard.id).collect();
        for (id, checkpoint) in std::mem::take(&mut self.restored) {
            match checkpoint {
                Checkpoint::Finished => changes.forgotten.push(id),
                Checkpoint::After(_) | Checkpoint::Since(_) => changes.lost.push(id),
            }
        }
        self.shards.retain(|id, shard| {
            let keep = listed.contains(id) || !shard.listed || shard.phase == Phase::Reading;
            if !keep {
                let gone = if shard.phase == Phase::Finished { &mut changes.forgotten } else { &mut changes.lost };
                gone.push(id.clone());
            }
            keep
        });
    }

    fn set_phase(&mut self, id: &str, phase: Phase) {
        if let Some(shard) = self.shards.get_mut(id) {
            shard.phase = phase;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shard(id: &str, parents: &[&str]) -> Listed {
        Listed { id: id.into(), parents: parents.iter().map(|&parent| parent.into()).collect() }
    }

    fn plan(checkpoints: &[(&str, Checkpoint)]) -> Plan {
        let checkpoints = checkpoints.iter().map(|(id, checkpoint)| ((*id).into(), checkpoint.clone())).collect();
        Plan::new(Position::TrimHorizon, checkpoints)
    }

    fn ready(plan: &mut Plan) -> Vec<String> {
        plan.take_ready().into_iter().map(|start| start.id).collect()
    }

    fn after(sequence_number: &str) -> Checkpoint {
        Checkpoint::After(sequence_number.into())
    }

    #[test]
    fn a_new_stream_is_read_whole_each_shard_once() {
        let mut plan = plan(&[]);
        assert_eq!(plan.list(&[shard("0", &[]), shard("1", &[])]), Changes::default());
        assert_eq!(ready(&mut plan), ["0", "1"]);
        assert_eq!(plan.list(&[shard("0", &[]), shard("1", &[])]), Changes::default());
        assert!(ready(&mut plan).is_empty());
    }

    #[test]
    fn children_of_a_split_wait_for_their_parent() {
        let mut plan = plan(&[]);
        drop(plan.list(&[shard("0", &[]), shard("1", &["0"]), shard("2", &["0"])]));
        assert_eq!(ready(&mut plan), ["0"]);
        plan.finish("0");
        assert_eq!(ready(&mut plan), ["1", "2"]);
    }

    #[test]
    fn the_child_of_a_merge_waits_for_both_parents() {
        let mut plan = plan(&[]);
        drop(plan.list(&[shard("0", &[]), shard("1", &[]), shard("2", &["0", "1"])]));
        assert_eq!(ready(&mut plan), ["0", "1"]);
        plan.finish("1");
        assert!(ready(&mut plan).is_empty());
        plan.finish("0");
        assert_eq!(ready(&mut plan), ["2"]);
    }

    #[test]
    fn a_parent_that_expired_counts_as_finished() {
        let mut plan = plan(&[]);
        drop(plan.list(&[shard("7", &["3", "4"])]));
        assert_eq!(ready(&mut plan), ["7"]);
    }

    #[test]
    fn reading_goes_on_at_the_checkpoints() {
        let mut plan = plan(&[("0", Checkpoint::Finished), ("1", after("42"))]);
        drop(plan.list(&[shard("0", &[]), shard("1", &["0"]), shard("2", &["0"])]));
        let start = |id: &str, from| Start { id: id.into(), from, again: false };
        assert_eq!(plan.take_ready(), [start("1", Position::After("42".into())), start("2", Position::TrimHorizon),]);
    }

    #[test]
    fn finished_shards_that_the_stream_dropped_are_forgotten() {
        let mut plan = plan(&[("0", Checkpoint::Finished), ("1", after("42")), ("2", after("7"))]);
        let changes = plan.list(&[shard("2", &["0"])]);
        assert_eq!(changes, Changes { set: vec![], forgotten: vec!["0".into()], lost: vec!["1".into()] });
        assert_eq!(ready(&mut plan), ["2"]);
        drop(plan.list(&[shard("2", &["0"]), shard("3", &["2"])]));
        plan.finish("2");
        assert_eq!(plan.list(&[shard("3", &["2"])]).forgotten, ["2"]);
        assert_eq!(ready(&mut plan), ["3"]);
    }

    #[test]
    fn an_empty_listing_forgets_nothing() {
        let mut plan = plan(&[("0", after("42"))]);
        assert_eq!(plan.list(&[]), Changes::default());
        drop(plan.list(&[shard("0", &[])]));
        assert_eq!(plan.take_ready()[0].from, Position::After("42".into()));
    }

    #[test]
    fn children_that_a_shard_names_at_its_end_need_no_listing() {
        let mut plan = plan(&[]);
        drop(plan.list(&[shard("0", &[])]));
        assert_eq!(ready(&mut plan), ["0"]);
        plan.finish("0");
        assert!(plan.discover(&[shard("1", &["0"]), shard("2", &["0"])]));
        assert_eq!(ready(&mut plan), ["1", "2"]);
    }

    #[test]
    fn a_child_with_an_unknown_parent_waits_for_a_listing() {
        let mut plan = plan(&[]);
        drop(plan.list(&[shard("0", &[])]));
        assert_eq!(ready(&mut plan), ["0"]);
        plan.finish("0");
        assert!(!plan.discover(&[shard("9", &["0", "8"])]), "shard 8 may be open and unread");
        assert!(ready(&mut plan).is_empty());
        drop(plan.list(&[shard("0", &[]), shard("8", &[]), shard("9", &["0", "8"])]));
        assert_eq!(ready(&mut plan), ["8"]);
    }

    #[test]
    fn an_end_without_children_asks_for_a_listing() {
        assert!(!plan(&[]).discover(&[]));
    }

    #[test]
    fn a_listing_that_was_on_its_way_does_not_drop_a_child_found_meanwhile() {
        let mut plan = plan(&[]);
        drop(plan.list(&[shard("0", &[])]));
        assert_eq!(ready(&mut plan), ["0"]);
        assert!(plan.discover(&[shard("1", &["0"])]));
        assert_eq!(plan.list(&[shard("0", &[])]), Changes::default());
        plan.finish("0");
        assert_eq!(ready(&mut plan), ["1"]);
    }

    #[test]
    fn a_released_shard_is_read_again_from_where_it_stopped() {
        let mut plan = plan(&[]);
        drop(plan.list(&[shard("0", &[])]));
        assert_eq!(ready(&mut plan), ["0"]);
        plan.release("0", Position::After("42".into()));
        assert_eq!(plan.take_ready(), [Start { id: "0".into(), from: Position::After("42".into()), again: true }]);
    }

    #[test]
    fn a_released_shard_that_the_stream_dropped_is_lost() {
        let mut plan = plan(&[]);
        drop(plan.list(&[shard("0", &[]), shard("1", &["0"])]));
        assert_eq!(ready(&mut plan), ["0"]);
        plan.release("0", Position::TrimHorizon);
        assert_eq!(plan.list(&[shard("1", &["0"])]).lost, ["0"]);
        assert_eq!(ready(&mut plan), ["1"]);
    }

    #[test]
    fn latest_begins_at_the_open_shards_and_passes_over_their_ancestors() {
        let now = Timestamp::from_millis(1_700_000_000_123);
        let mut plan = Plan::new(Position::Latest(now), BTreeMap::new());
        let changes = plan.list(&[shard("0", &[]), shard("1", &["0"]), shard("2", &["0"])]);
        let since = Checkpoint::Since(1_700_000_000_123);
        let expected = [("0", Checkpoint::Finished), ("1", since.clone()), ("2", since)];
        assert_eq!(changes.set, expected.map(|(id, checkpoint)| (id.to_owned(), checkpoint)));
        assert!(plan.take_ready().iter().all(|start| start.from == Position::Latest(now) && start.id != "0"));
    }

    #[test]
    fn after_its_first_start_latest_means_nothing_is_left_out() {
        let now = Timestamp::from_seconds(1_700_000_500);
        let checkpoints = [("1".to_owned(), Checkpoint::Since(1_700_000_000_123))].into();
        let mut plan = Plan::new(Position::Latest(now), checkpoints);
        drop(plan.list(&[shard("1", &[]), shard("2", &[])]));
        let from: Vec<Position> = plan.take_ready().into_iter().map(|start| start.from).collect();
        let since = Timestamp::from_millis(1_700_000_000_123);
        assert_eq!(from, [Position::AtTimestamp(since), Position::TrimHorizon]);
    }

    #[test]
    fn a_moment_to_begin_at_holds_for_children_too() {
        let moment = Position::AtTimestamp(Timestamp::from_seconds(1_700_000_000));
        let mut plan = Plan::new(moment.clone(), BTreeMap::new());
        drop(plan.list(&[shard("0", &[])]));
        assert_eq!(plan.take_ready()[0].from, moment);
        plan.finish("0");
        assert!(plan.discover(&[shard("1", &["0"])]));
        assert_eq!(plan.take_ready()[0].from, moment);
    }

    /// Shards with parents among the earlier ones, as splits and merges make them.
    fn streams() -> impl Strategy<Value = Vec<Listed>> {
        prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0_usize..3), 1..30).prop_map(
            |picks| {
                let mut shards: Vec<Listed> = Vec::new();
                for (n, (first, second, n_parents)) in picks.into_iter().enumerate() {
                    let parents: BTreeSet<String> = [first, second]
                        .iter()
                        .take(n_parents.min(n))
                        .map(|index| format!("{:02}", index.index(n)))
                        .collect();
                    shards.push(Listed { id: format!("{n:02}"), parents: parents.into_iter().collect() });
                }
                shards
            },
        )
    }

    proptest! {
        #[test]
        fn every_shard_is_read_once_and_after_its_parents(
            stream in streams(),
            order in prop::collection::vec(any::<prop::sample::Index>(), 30),
        ) {
            let mut plan = plan(&[]);
            drop(plan.list(&stream));
            let (mut reading, mut finished): (Vec<String>, Vec<String>) = (ready(&mut plan), Vec::new());
            for index in order {
                let Some(next) = (!reading.is_empty()).then(|| index.index(reading.len())) else { break };
                let id = reading.remove(next);
                let parents = &stream.iter().find(|shard| shard.id == id).unwrap().parents;
                prop_assert!(parents.iter().all(|parent| finished.contains(parent)));
                plan.finish(&id);
                finished.push(id);
                reading.extend(ready(&mut plan));
            }
            let n_distinct = finished.iter().collect::<BTreeSet<_>>().len();
            prop_assert_eq!((finished.len(), n_distinct), (stream.len(), stream.len()));
        }
    }
}
