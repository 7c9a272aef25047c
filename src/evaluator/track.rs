//! A track: the groups of one rule and where its ticks stand.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::hash::{BuildHasherDefault, Hasher};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use super::events::Keys;
use super::history::Snapshot;
use super::reading::Oddities;
use super::ring::{Layout, Steps};
use super::roster::Roster;
use super::slot::{Intake, Slot};
use super::state::Alert;
use super::tick::kept;
use crate::id::AccountId;
use crate::predicate::field::Field;
use crate::rule::{Kind, Rule, Term, Values};
use crate::sample::{Group, Partial};
use crate::time::Timestamp;

/// The groups of one rule.
#[derive(Debug)]
pub(super) struct Track {
    /// What stands when the rule is changed.
    pub(super) shape: u64,
    /// How groups are made, and what kind of state they have.
    pub(super) identity: String,
    /// The first tick that was not evaluated yet.
    pub(super) next: Timestamp,
    /// Since when the rule runs.
    pub(super) since: Timestamp,
    /// Ticks before this one cannot tell, because data is missing from their windows.
    pub(super) warm_until: Timestamp,
    /// The groups, by partition of their account.
    pub(super) shelves: Vec<Shelf>,
    /// Alerts on the rule itself, by the end of their name and their group.
    pub(super) metas: BTreeMap<(Box<str>, Group), Alert>,
    /// What was counted.
    pub(super) tally: Tally,
    /// Which accounts it applies to.
    pub(super) roster: Roster,
    /// Its last ticks, for the rules that look at it.
    pub(super) history: VecDeque<Snapshot>,
    /// What `first_seen` knows.
    pub(super) keys: Keys,
    /// The roster by which groups were made that must be there.
    pub(super) eager_epoch: u32,
    /// Terms that leave open which set of dimensions they mean.
    open: Vec<bool>,
    /// How far before a tick buckets are of use to it.
    kept: Duration,
    /// How its buckets lie.
    pub(super) layout: Layout,
    /// Whether groups came of which it was not looked up how they stand to the directory.
    pub(super) unplaced: bool,
    /// Whether room was made since the last tick.
    swept: bool,
}

/// What a track counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tally {
    /// Samples that came after every tick of their bucket.
    pub(super) late: u64,
    /// Samples of groups that are not tracked, because there are too many.
    pub(super) overflow: u64,
    /// Samples that lack a value the rule groups by.
    pub(super) ungrouped: u64,
    /// Values that are none.
    pub(super) oddities: Oddities,
}

/// The groups of one partition.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    /// By fingerprint, where the group is.
    index: HashMap<u64, u32, BuildHasherDefault<Fingerprints>>,
    /// The groups, in no order that means anything.
    pub(super) slots: Vec<Slot>,
}

impl Track {
    /// A rule that runs since `since`.
    pub(super) fn new(rule: &Rule, partitions: usize, since: Timestamp) -> Self {
        Self {
            shape: rule.shape(),
            identity: identity(rule),
            next: tick_after(since, rule.every),
            since,
            warm_until: Timestamp::default(),
            shelves: (0..partitions.max(1)).map(|_| Shelf::default()).collect(),
            metas: BTreeMap::new(),
            tally: Tally::default(),
            roster: Roster::default(),
            history: VecDeque::new(),
            keys: Keys::default(),
            eager_epoch: 0,
            open: open(rule),
            kept: kept(rule),
            layout: Layout::new(rule),
            unplaced: true,
            swept: false,
        }
    }

    /// How many groups are tracked.
    pub(super) fn groups(&self) -> usize {
        self.shelves.iter().map(|shelf| shelf.slots.len()).sum()
    }

    /// All groups, in no order that means anything.
    pub(super) fn slots(&self) -> impl Iterator<Item = &Slot> {
        self.shelves.iter().flat_map(|shelf| &shelf.slots)
    }

    /// The group, where it is tracked.
    pub(super) fn find(&self, rule: &Rule, group: &Group) -> Option<&Slot> {
        let shelf = &self.shelves[self.partition(group)];
        let slot = shelf.slot(group.alert(&rule.name))?;
        (slot.group == *group).then_some(slot)
    }

    /// The group, which is tracked from now on; none where there are too many.
    pub(super) fn ensure(&mut self, rule: &Rule, group: &Group) -> Option<&mut Slot> {
        let (partition, index, _) = self.place(rule, group)?;
        self.shelves[partition].slots.get_mut(index)
    }

    /// Partition and place in it of the group, which is tracked from now on.
    fn place(&mut self, rule: &Rule, group: &Group) -> Option<(usize, usize, Met)> {
        let id = group.alert(&rule.name);
        let partition = self.partition(group);
        if let Some(index) = self.shelves[partition].place(id) {
            return Some((partition, index, Met::Known));
        }
        self.make_room(rule)?;
        self.unplaced = true;
        Some((partition, self.shelves[partition].insert(Slot::new(group.clone(), id)), Met::New))
    }

    /// Puts back a group that was kept.
    pub(super) fn put(&mut self, slot: Slot) {
        let partition = self.partition(&slot.group);
        self.unplaced = true;
        let _place = self.shelves[partition].insert(slot);
    }

    /// Takes samples in.
    pub(super) fn observe(&mut self, rule: &Rule, partial: &Partial) -> Met {
        if !fits(rule, &partial.group) {
            self.tally.ungrouped += 1;
            return Met::New;
        }
        if self.is_late(rule, partial) {
            self.tally.late += 1;
            if partial.until <= self.next.minus(self.kept) {
                return Met::New;
            }
        }
        if let Kind::FirstSeen(first_seen) = &rule.kind {
            self.observe_keys(rule, first_seen, partial);
            return Met::New;
        }
        let Some((partition, index, met)) = self.place(rule, &partial.group) else {
            self.tally.overflow += 1;
            return Met::New;
        };
        let intake = Intake {
            lines_max: rule.annotations.samples,
            open: &self.open,
            oldest: self.oldest(rule, self.next),
            keeps: keeps(rule),
            next: self.layout.step(self.next),
            layout: &self.layout,
        };
        self.shelves[partition].slots[index].add(partial, &intake);
        met
    }

    /// The steps between two moments.
    pub(super) fn steps(&self, from: Timestamp, to: Timestamp) -> Steps {
        Steps { from: self.layout.step(from), to: self.layout.step(to) }
    }

    /// The first step that is of use to a tick and those after it.
    pub(super) fn oldest(&self, rule: &Rule, tick: Timestamp) -> u32 {
        match rule.kind {
            // What is left of those is of use once, however old it is.
            Kind::Event { .. } | Kind::FirstSeen(_) => 0,
            Kind::Absence { .. } => self.layout.step(tick.minus(rule.every)),
            Kind::Threshold(_)
            | Kind::Ratio(_)
            | Kind::Change { .. }
            | Kind::Outlier(_)
            | Kind::Forecast { .. }
            | Kind::Fleet(_)
            | Kind::Composite { .. } => self.layout.step(tick.minus(self.kept)),
        }
    }

    /// A new tick may make room again.
    pub(super) fn ticked(&mut self, rule: &Rule) {
        self.next = self.next.plus(rule.every);
        self.swept = false;
    }

    /// Whether no tick to come looks at the bucket. What only says when something was there last is never late.
    fn is_late(&self, rule: &Rule, partial: &Partial) -> bool {
        match rule.kind {
            Kind::Absence { .. } | Kind::Event { .. } | Kind::FirstSeen(_) => false,
            Kind::Threshold(_)
            | Kind::Ratio(_)
            | Kind::Change { .. }
            | Kind::Outlier(_)
            | Kind::Forecast { .. }
            | Kind::Fleet(_)
            | Kind::Composite { .. } => partial.bucket < self.next.minus(self.kept),
        }
    }

    /// Nothing where there are too many groups, even without those that are idle.
    fn make_room(&mut self, rule: &Rule) -> Option<()> {
        if self.groups() >= rule.max_groups && !self.swept {
            self.swept = true;
            for shelf in &mut self.shelves {
                shelf.retain(|slot| !slot.ring.is_empty() || !slot.is_blank() || slot.memory().is_some());
            }
        }
        (self.groups() < rule.max_groups).then_some(())
    }

    fn partition(&self, group: &Group) -> usize {
        let hash = group.account.as_ref().map_or(0, |account: &AccountId| xxh3_64(account.as_str().as_bytes()));
        usize::try_from(hash % self.shelves.len() as u64).unwrap_or(0)
    }
}

impl Shelf {
    fn place(&self, id: u64) -> Option<usize> {
        usize::try_from(*self.index.get(&id)?).ok()
    }

    fn slot(&self, id: u64) -> Option<&Slot> {
        self.slots.get(self.place(id)?)
    }

    /// Adds a group, and says where.
    fn insert(&mut self, slot: Slot) -> usize {
        let place = self.slots.len();
        let replaced = self.index.insert(slot.id, number(place));
        debug_assert!(replaced.is_none(), "a group has one slot");
        if place == self.slots.capacity() {
            // Doubling would be more than the groups themselves.
            self.slots.reserve_exact(place / 4 + 4);
        }
        self.slots.push(slot);
        place
    }

    /// Forgets the slots of which `keep` is false.
    pub(super) fn retain(&mut self, mut keep: impl FnMut(&mut Slot) -> bool) {
        let mut index = 0;
        while let Some(slot) = self.slots.get_mut(index) {
            if keep(slot) {
                index += 1;
            } else {
                self.remove(index);
            }
        }
    }

    /// Forgets a slot. The last one takes its place.
    pub(super) fn remove(&mut self, index: usize) {
        let gone = self.slots.swap_remove(index);
        let known = self.index.remove(&gone.id);
        debug_assert!(known.is_some(), "a slot is in the index");
        if let Some(moved) = self.slots.get(index) {
            let from = self.index.insert(moved.id, number(index));
            debug_assert!(from.is_some(), "a slot is in the index");
        }
    }
}

/// Whether a group was tracked before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Met {
    /// It was not, or was not looked for.
    New,
    /// It was.
    Known,
}

/// Fingerprints are hashes already.
#[derive(Clone, Copy, Debug, Default)]
struct Fingerprints(u64);

impl Hasher for Fingerprints {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = xxh3_64(bytes);
    }

    fn write_u64(&mut self, fingerprint: u64) {
        self.0 = fingerprint;
    }
}

fn number(place: usize) -> u32 {
    u32::try_from(place).expect("a rule has far fewer than 2^32 groups")
}

/// Whether buckets are of use beside telling up to when a group was heard of.
pub(super) const fn keeps(rule: &Rule) -> bool {
    !matches!(rule.kind, Kind::Absence { .. })
}

/// The first tick after a moment.
pub(super) fn tick_after(moment: Timestamp, every: Duration) -> Timestamp {
    let every = u64::try_from(every.as_nanos()).unwrap_or(u64::MAX).max(1);
    Timestamp::from_nanos((moment.nanos() / every).saturating_add(1).saturating_mul(every))
}

/// How far before a tick buckets count: the window in whole steps.
pub(super) fn lookback(rule: &Rule) -> Duration {
    let every = rule.every.as_nanos().max(1);
    let steps = u32::try_from(rule.window.as_nanos().div_ceil(every)).unwrap_or(u32::MAX);
    rule.every.saturating_mul(steps)
}

/// Terms that leave open which set of dimensions they mean; empty where none does.
fn open(rule: &Rule) -> Vec<bool> {
    let is_open = |term: &Term| matches!(&term.of, Values::Metric(selector) if selector.dimensions.is_none());
    let open: Vec<bool> = rule.measure().iter().flat_map(|measure| &measure.terms).map(is_open).collect();
    if open.contains(&true) { open } else { Vec::new() }
}

/// Whether a group has what the rule groups by.
fn fits(rule: &Rule, group: &Group) -> bool {
    let free = match rule.kind {
        Kind::Event { .. } | Kind::FirstSeen(_) => true,
        Kind::Threshold(_)
        | Kind::Ratio(_)
        | Kind::Absence { .. }
        | Kind::Change { .. }
        | Kind::Outlier(_)
        | Kind::Forecast { .. }
        | Kind::Fleet(_)
        | Kind::Composite { .. } => false,
    };
    let by_account = rule.group_by.contains(&Field::Account);
    free || (group.account.is_some() == by_account && group.rest.len() + usize::from(by_account) == rule.group_by.len())
}

/// What makes the states of a rule those of other alerts: its kind, and what it groups by.
fn identity(rule: &Rule) -> String {
    let kind = match &rule.kind {
        Kind::Threshold(_) | Kind::Ratio(_) => "value",
        Kind::Absence { .. } => "absence",
        Kind::Event { .. } => "event",
        Kind::Fleet(_) => "fleet",
        Kind::Composite { .. } => "composite",
        Kind::FirstSeen(_) => "first_seen",
        Kind::Change { .. } => "change",
        Kind::Outlier(_) => "outlier",
        Kind::Forecast { .. } => "forecast",
    };
    format!("{kind} by {:?}", rule.group_by)
}
