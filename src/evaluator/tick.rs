//! One tick of one rule over all its groups.

use std::hint::black_box;
use std::time::Duration;

use super::book::{Book, Frame};
use super::reading::{self, Reading};
use super::ring::{Layout, Totals};
use super::roster::{Census, Roster, Variant};
use super::slot::Slot;
use super::track::{Tally, Track, keeps, lookback};
use super::{Outcome, Reason, Tick};
use crate::rule::{Kind, Level, Rule};
use crate::sample::Group;
use crate::time::Timestamp;

/// How long an alert that fired once is remembered, so that its episodes go on counting: longer than anything keeps ids of transitions.
const FIRED_KEPT: Duration = Duration::from_secs(7 * 86_400);

impl Track {
    /// Evaluates the next tick. `joined` is what rules that look at others say of their groups.
    pub(super) fn tick(&mut self, frame: &Frame<'_>, census: &mut Census, joined: Vec<(Group, Reading)>) -> Tick {
        self.refresh(frame, census);
        let mut book = Book::default();
        let mut pass = None;
        match &frame.rule.kind {
            Kind::Threshold(_)
            | Kind::Ratio(_)
            | Kind::Absence { .. }
            | Kind::Change { .. }
            | Kind::Forecast { .. } => {
                pass = Some(self.tick_groups(frame, &mut book));
            }
            Kind::Outlier(outlier) => self.tick_outliers(frame, outlier, &mut book),
            Kind::Event { level, dedup_for, .. } => self.tick_events(frame, (*level, *dedup_for), &mut book),
            Kind::FirstSeen(first_seen) => self.tick_first_seen(frame, first_seen, &mut book),
            Kind::Fleet(_) | Kind::Composite { .. } => self.tick_joined(frame, joined, &mut book),
        }
        let Pass { tracked, gone } = pass.unwrap_or_else(|| self.clean(frame));
        self.count_idle(frame, census, tracked, &mut book);
        for (shelf, index) in gone.into_iter().rev() {
            self.shelves[shelf].remove(index);
        }
        self.ticked(frame.rule);
        book.close(frame)
    }

    /// Learns what the directory says, where that is news.
    fn refresh(&mut self, frame: &Frame<'_>, census: &mut Census) {
        let news = self.roster.is_stale(frame.directory, frame.at);
        if news {
            self.roster = self.roster.make(frame.rule, frame.directory, frame.at);
        }
        let eager: Vec<_> = self.roster.eager_since(&mut self.eager_epoch).collect();
        for account in eager {
            let group = Group { account: Some(account), rest: Box::default() };
            let _none_where_there_are_too_many = self.ensure(frame.rule, &group);
        }
        if frame.rule.group_by.is_empty() && self.takes_samples(frame.rule) {
            let _always_there = self.ensure(frame.rule, &Group::default());
        }
        if std::mem::take(&mut self.unplaced) || news {
            self.find_places(frame, census);
        }
    }

    /// Looks up how groups stand to the directory.
    fn find_places(&mut self, frame: &Frame<'_>, census: &mut Census) {
        let Self { shelves, roster, .. } = self;
        for slot in shelves.iter_mut().flat_map(|shelf| &mut shelf.slots) {
            if slot.place.epoch != roster.epoch {
                let born = slot.group.account.map(|account| census.born(account, frame.directory, frame.at));
                slot.place = roster.place(frame.rule, &slot.group, frame.directory, frame.at, born.unwrap_or_default());
            }
        }
    }

    fn takes_samples(&self, rule: &Rule) -> bool {
        rule.measure().is_some() || matches!(rule.kind, Kind::Absence { .. })
    }

    /// Kinds whose groups can be judged one by one. All that a tick does to a group is done while it is at hand.
    fn tick_groups(&mut self, frame: &Frame<'_>, book: &mut Book) -> Pass {
        let mut totals = Totals::default();
        let mut pass = Pass::new(&self.roster);
        let oldest = self.oldest(frame.rule, frame.at.plus(frame.rule.every));
        let Self { shelves, roster, tally, since, layout, .. } = self;
        for (shelf_index, shelf) in shelves.iter_mut().enumerate() {
            for (index, slot) in at_hand(&mut shelf.slots) {
                let variant = &roster.variants[usize::from(slot.place.variant)];
                pass.count(slot);
                slot.hear(layout, frame.steps.to);
                let means = Means { totals: &mut totals, tally, since: *since, layout };
                tick_group(frame, slot, variant, means, book);
                if !stays(frame, slot, variant, (layout, oldest)) {
                    pass.gone.push((shelf_index, index));
                }
            }
        }
        pass
    }

    /// Groups that are expected and of which nothing is tracked.
    fn count_idle(&self, frame: &Frame<'_>, census: &Census, tracked: Vec<u32>, book: &mut Book) {
        if matches!(frame.rule.kind, Kind::Event { .. } | Kind::FirstSeen(_)) {
            let told = book.counted(Outcome::Critical).saturating_add(book.counted(Outcome::Warning));
            let members = u32::try_from(self.roster.members.len()).unwrap_or(u32::MAX);
            book.count(Outcome::Clear, members.saturating_sub(told));
            return;
        }
        let mut expected = self.roster.expected();
        for (left, tracked) in expected.iter_mut().zip(tracked) {
            *left = left.saturating_sub(tracked);
        }
        for (account, born) in &census.young {
            let Ok(index) = self.roster.members.binary_search(account) else { continue };
            let variant = usize::from(self.roster.variant_of(index));
            let group = Group { account: Some(*account), rest: Box::default() };
            let warming =
                born.plus(frame.rule.new_group_delay) > frame.at && self.roster.variants[variant].settings.enabled;
            if warming && expected[variant] > 0 && self.find(frame.rule, &group).is_none() {
                expected[variant] -= 1;
                book.count(Outcome::Warming, 1);
            }
        }
        for (variant, groups) in self.roster.variants.iter().zip(expected) {
            let outcome =
                if frame.warming && variant.settings.enabled { Outcome::Warming } else { variant.idle.outcome };
            book.count(outcome, groups);
        }
    }

    /// Forgets what no tick to come looks at, in kinds whose groups are not judged one by one.
    fn clean(&mut self, frame: &Frame<'_>) -> Pass {
        let mut pass = Pass::new(&self.roster);
        let next = frame.at.plus(frame.rule.every);
        let oldest = self.oldest(frame.rule, next);
        let Self { shelves, roster, layout, .. } = self;
        for (shelf_index, shelf) in shelves.iter_mut().enumerate() {
            for (index, slot) in shelf.slots.iter_mut().enumerate() {
                pass.count(slot);
                let variant = &roster.variants[usize::from(slot.place.variant)];
                if !stays(frame, slot, variant, (layout, oldest)) {
                    pass.gone.push((shelf_index, index));
                }
            }
        }
        pass
    }
}

/// What a tick found out about its groups beside what it says of them.
struct Pass {
    /// How many groups are tracked that the directory expects, by settings.
    tracked: Vec<u32>,
    /// Groups that can be forgotten, by partition and place, ascending.
    gone: Vec<(usize, usize)>,
}

impl Pass {
    fn new(roster: &Roster) -> Self {
        Self { tracked: vec![0; roster.variants.len()], gone: Vec::new() }
    }

    fn count(&mut self, slot: &Slot) {
        let counts = slot.place.expected && slot.group.account.is_some();
        self.tracked[usize::from(slot.place.variant)] += u32::from(counts);
    }
}

/// Rings that are fetched together. They lie anywhere in memory, and waiting for each in turn is most of what a tick takes.
const TOGETHER: usize = 32;

/// Slots with their places, some of them fetched together.
fn at_hand(slots: &mut [Slot]) -> impl Iterator<Item = (usize, &mut Slot)> {
    let fetched = slots.chunks_mut(TOGETHER).inspect(|slots| {
        let _read = black_box(slots.iter().fold(0, |all, slot| all ^ slot.ring.touch()));
    });
    fetched.flatten().enumerate()
}

/// Moves a group on by what its window says.
fn tick_group(frame: &Frame<'_>, slot: &mut Slot, variant: &Variant, mut means: Means<'_>, book: &mut Book) {
    if sleeps(frame, slot, variant) {
        let reading = gate(frame, slot, variant).map_or(variant.idle, Reading::bare);
        slot.note(reading);
        book.count(reading.outcome, 1);
    } else if is_gone(frame, slot) {
        book.end(frame, slot, &variant.settings, Reason::NoData);
        slot.note(Reading::bare(Outcome::NoData));
        book.count(Outcome::NoData, 1);
    } else {
        let reading = gate(frame, slot, variant).map_or_else(|| read(frame, slot, variant, &mut means), Reading::bare);
        book.step(frame, slot, variant, reading);
    }
}

/// Forgets what no tick to come looks at. Whether anything of the group must stay.
fn stays(frame: &Frame<'_>, slot: &mut Slot, variant: &Variant, (layout, oldest): (&Layout, u32)) -> bool {
    // What it came to can be asked until the next tick.
    let had_data = !slot.ring.is_empty();
    slot.forget(layout, oldest, keeps(frame.rule));
    had_data || is_kept(frame, slot, variant)
}

/// What reading a group needs.
struct Means<'a> {
    totals: &'a mut Totals,
    tally: &'a mut Tally,
    since: Timestamp,
    layout: &'a Layout,
}

fn read(frame: &Frame<'_>, slot: &mut Slot, variant: &Variant, means: &mut Means<'_>) -> Reading {
    match &frame.rule.kind {
        Kind::Absence { level } => absence(frame, slot, variant, *level, means.since),
        Kind::Threshold(_) | Kind::Ratio(_) => thresholds(frame, slot, variant, means),
        Kind::Change { .. } | Kind::Forecast { .. } => {
            slot.total(means.layout, frame.steps, means.totals);
            super::past::read(frame, means.layout, slot, variant, (means.totals, &mut means.tally.oddities))
        }
        Kind::Outlier(_) | Kind::Event { .. } | Kind::FirstSeen(_) | Kind::Fleet(_) | Kind::Composite { .. } => {
            Reading::bare(Outcome::Skip)
        }
    }
}

fn thresholds(frame: &Frame<'_>, slot: &Slot, variant: &Variant, means: &mut Means<'_>) -> Reading {
    slot.total(means.layout, frame.steps, means.totals);
    if !means.totals.any && slot.spoke > frame.from {
        return Reading::bare(Outcome::Skip);
    }
    let owner = slot.group.account.map(|account| (frame.directory, account));
    let oddities = &mut means.tally.oddities;
    reading::read(frame.rule, &variant.settings, variant.min_samples, means.totals, owner, oddities)
}

/// The value is the time since the last record; of a group that never spoke, since it could have.
fn absence(frame: &Frame<'_>, slot: &Slot, variant: &Variant, level: Level, since: Timestamp) -> Reading {
    let seen = slot.spoke;
    let never = seen == Timestamp::default();
    let from = if never { slot.place.born.max(since).plus(frame.rule.new_group_delay) } else { seen };
    if never && frame.at < from {
        return Reading::bare(Outcome::Warming);
    }
    let silent = frame.at.since(from);
    Reading::one_level(silent >= variant.settings.timeout, level, Some(silent.as_secs_f64()))
}

/// The outcome where the data does not matter.
pub(super) fn gate(frame: &Frame<'_>, slot: &Slot, variant: &Variant) -> Option<Outcome> {
    if !slot.place.in_scope() || !variant.settings.enabled {
        return Some(Outcome::MutedScope);
    }
    let new = slot.place.born.plus(frame.rule.new_group_delay) > frame.at && slot.place.born > Timestamp::default();
    (frame.warming || new).then_some(Outcome::Warming)
}

/// Whether a group has nothing that this tick could change.
fn sleeps(frame: &Frame<'_>, slot: &Slot, variant: &Variant) -> bool {
    slot.ring.is_empty()
        && slot.spoke <= frame.from
        && slot.memory().is_none()
        && !variant.eager
        && !variant.recalls
        && !matches!(frame.rule.kind, Kind::Absence { .. })
        && slot.is_idle()
}

/// Whether a group that nobody expects has been silent for so long that there is no such group any more.
fn is_gone(frame: &Frame<'_>, slot: &Slot) -> bool {
    !slot.place.expected
        && slot.place.in_scope()
        && slot.spoke <= frame.from
        && frame.at.since(slot.spoke) >= frame.rule.resolve_after
}

/// How far before a tick buckets are kept: the window, and for `change` by the window before, that one as well.
pub(super) fn kept(rule: &Rule) -> Duration {
    let twice = matches!(rule.kind, Kind::Change { baseline: crate::rule::Baseline::Previous { .. }, .. });
    lookback(rule).saturating_mul(if twice { 2 } else { 1 })
}

/// Whether something would be lost with the group.
fn is_kept(frame: &Frame<'_>, slot: &Slot, variant: &Variant) -> bool {
    let speaks = slot.spoke > frame.at.plus(frame.rule.every).minus(kept(frame.rule));
    if !slot.ring.is_empty()
        || !slot.is_idle()
        || (speaks && kept(frame.rule) > Duration::ZERO)
        || (slot.place.expected && slot.place.in_scope() && (variant.eager || variant.recalls))
    {
        return true;
    }
    if slot.group.account.is_none() && frame.rule.group_by.is_empty() {
        return true;
    }
    let silent = frame.at.since(slot.spoke.max(slot.stopped));
    let known = if slot.place.expected { Duration::ZERO } else { frame.rule.resolve_after };
    let fired = if slot.is_blank() { Duration::ZERO } else { FIRED_KEPT };
    let remembered = if slot.memory().is_some() { super::past::kept(frame.rule) } else { Duration::ZERO };
    silent < known.max(fired).max(remembered)
}

impl Roster {
    /// Members whose groups must be there, where that is news.
    fn eager_since(&self, epoch: &mut u32) -> impl Iterator<Item = crate::id::AccountId> + '_ {
        let news = *epoch != self.epoch;
        *epoch = self.epoch;
        self.eager().filter(move |_| news)
    }
}
