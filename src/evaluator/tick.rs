//! One tick of one rule over all its groups.

use std::time::Duration;

use super::book::{Book, Frame};
use super::reading::{self, Reading};
use super::roster::{Census, Roster, Variant};
use super::slot::{Slot, Totals};
use super::track::{Tally, Track, lookback};
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
        match &frame.rule.kind {
            Kind::Threshold(_)
            | Kind::Ratio(_)
            | Kind::Absence { .. }
            | Kind::Change { .. }
            | Kind::Forecast { .. } => {
                self.tick_groups(frame, &mut book);
            }
            Kind::Outlier(outlier) => self.tick_outliers(frame, outlier, &mut book),
            Kind::Event { level, dedup_for, .. } => self.tick_events(frame, (*level, *dedup_for), &mut book),
            Kind::FirstSeen(first_seen) => self.tick_first_seen(frame, first_seen, &mut book),
            Kind::Fleet(_) | Kind::Composite { .. } => self.tick_joined(frame, joined, &mut book),
        }
        self.count_idle(frame, census, &mut book);
        self.clean(frame);
        self.ticked(frame.rule);
        book.close(frame)
    }

    /// Learns what the directory says, where that is news.
    fn refresh(&mut self, frame: &Frame<'_>, census: &mut Census) {
        if self.roster.is_stale(frame.directory, frame.at) {
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

    /// Kinds whose groups can be judged one by one.
    fn tick_groups(&mut self, frame: &Frame<'_>, book: &mut Book) {
        let Self { shelves, roster, tally, since, .. } = self;
        let mut totals = Totals::default();
        for slot in shelves.iter_mut().flat_map(|shelf| &mut shelf.slots) {
            let variant = &roster.variants[usize::from(slot.place.variant)];
            if sleeps(frame, slot, variant) {
                let reading = gate(frame, slot, variant).map_or(variant.idle, Reading::bare);
                (slot.outcome, slot.value) = (reading.outcome, reading.value);
                book.count(slot.outcome, 1);
                continue;
            }
            if is_gone(frame, slot) {
                book.end(frame, slot, &variant.settings, Reason::NoData);
                slot.outcome = Outcome::NoData;
                slot.value = None;
                book.count(Outcome::NoData, 1);
                continue;
            }
            let reading = gate(frame, slot, variant).map_or_else(
                || read(frame, slot, variant, &mut Means { totals: &mut totals, tally, since: *since }),
                Reading::bare,
            );
            book.step(frame, slot, variant, reading);
        }
    }

    /// Groups that are expected and of which nothing is tracked.
    fn count_idle(&self, frame: &Frame<'_>, census: &Census, book: &mut Book) {
        if matches!(frame.rule.kind, Kind::Event { .. } | Kind::FirstSeen(_)) {
            let told = book.counted(Outcome::Critical).saturating_add(book.counted(Outcome::Warning));
            let members = u32::try_from(self.roster.members.len()).unwrap_or(u32::MAX);
            book.count(Outcome::Clear, members.saturating_sub(told));
            return;
        }
        let mut expected = self.roster.expected();
        for slot in self.slots().filter(|slot| slot.place.expected && slot.group.account.is_some()) {
            let left = &mut expected[usize::from(slot.place.variant)];
            *left = left.saturating_sub(1);
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

    /// Forgets what no tick to come looks at.
    fn clean(&mut self, frame: &Frame<'_>) {
        let oldest = oldest(frame);
        let Self { shelves, roster, .. } = self;
        for shelf in shelves {
            shelf.retain(|slot| {
                let had_data = !slot.buckets.is_empty();
                if had_data {
                    slot.spoke = match frame.rule.kind {
                        Kind::Absence { .. } => slot.seen_before(frame.at),
                        Kind::Threshold(_)
                        | Kind::Ratio(_)
                        | Kind::Event { .. }
                        | Kind::Fleet(_)
                        | Kind::Composite { .. }
                        | Kind::FirstSeen(_)
                        | Kind::Change { .. }
                        | Kind::Outlier(_)
                        | Kind::Forecast { .. } => slot.spoke_before(frame.at),
                    };
                    slot.forget(oldest);
                }
                // What it came to can be asked until the next tick.
                had_data || is_kept(frame, slot, &roster.variants[usize::from(slot.place.variant)])
            });
        }
    }
}

/// What reading a group needs.
struct Means<'a> {
    totals: &'a mut Totals,
    tally: &'a mut Tally,
    since: Timestamp,
}

fn read(frame: &Frame<'_>, slot: &mut Slot, variant: &Variant, means: &mut Means<'_>) -> Reading {
    match &frame.rule.kind {
        Kind::Absence { level } => absence(frame, slot, variant, *level, means.since),
        Kind::Threshold(_) | Kind::Ratio(_) => thresholds(frame, slot, variant, means),
        Kind::Change { .. } | Kind::Forecast { .. } => {
            slot.total(frame.from, frame.at, means.totals);
            super::past::read(frame, slot, variant, means.totals, &mut means.tally.oddities)
        }
        Kind::Outlier(_) | Kind::Event { .. } | Kind::FirstSeen(_) | Kind::Fleet(_) | Kind::Composite { .. } => {
            Reading::bare(Outcome::Skip)
        }
    }
}

fn thresholds(frame: &Frame<'_>, slot: &Slot, variant: &Variant, means: &mut Means<'_>) -> Reading {
    slot.total(frame.from, frame.at, means.totals);
    if !means.totals.any && slot.spoke_before(frame.at) > frame.from {
        return Reading::bare(Outcome::Skip);
    }
    let entry = slot.group.account.and_then(|account| frame.directory.get(account));
    let oddities = &mut means.tally.oddities;
    reading::read(frame.rule, &variant.settings, variant.min_samples, means.totals, entry, oddities)
}

/// The value is the time since the last record; of a group that never spoke, since it could have.
fn absence(frame: &Frame<'_>, slot: &Slot, variant: &Variant, level: Level, since: Timestamp) -> Reading {
    let seen = slot.seen_before(frame.at);
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
    if !slot.place.in_scope || !variant.settings.enabled {
        return Some(Outcome::MutedScope);
    }
    let new = slot.place.born.plus(frame.rule.new_group_delay) > frame.at && slot.place.born > Timestamp::default();
    (frame.warming || new).then_some(Outcome::Warming)
}

/// Whether a group has nothing that this tick could change.
fn sleeps(frame: &Frame<'_>, slot: &Slot, variant: &Variant) -> bool {
    slot.buckets.is_empty()
        && slot.memory.is_none()
        && !variant.eager
        && !variant.recalls
        && !matches!(frame.rule.kind, Kind::Absence { .. })
        && slot.is_idle()
}

/// Whether a group that nobody expects has been silent for so long that there is no such group any more.
fn is_gone(frame: &Frame<'_>, slot: &Slot) -> bool {
    !slot.place.expected
        && slot.place.in_scope
        && slot.buckets.iter().all(|bucket| bucket.start >= frame.at || bucket.until <= frame.from)
        && frame.at.since(last_heard(frame.rule, slot, frame.at)) >= frame.rule.resolve_after
}

fn last_heard(rule: &Rule, slot: &Slot, at: Timestamp) -> Timestamp {
    if matches!(rule.kind, Kind::Absence { .. }) { slot.seen_before(at) } else { slot.spoke_before(at) }
}

/// Buckets before this are of no use to the tick that comes.
fn oldest(frame: &Frame<'_>) -> Timestamp {
    let next = frame.at.plus(frame.rule.every);
    match &frame.rule.kind {
        Kind::Absence { .. } | Kind::Event { .. } | Kind::FirstSeen(_) => frame.at,
        Kind::Threshold(_)
        | Kind::Ratio(_)
        | Kind::Change { .. }
        | Kind::Outlier(_)
        | Kind::Forecast { .. }
        | Kind::Fleet(_)
        | Kind::Composite { .. } => next.minus(kept(frame.rule)),
    }
}

/// How far before a tick buckets are kept: the window, and for `change` by the window before, that one as well.
pub(super) fn kept(rule: &Rule) -> Duration {
    let twice = matches!(rule.kind, Kind::Change { baseline: crate::rule::Baseline::Previous { .. }, .. });
    lookback(rule).saturating_mul(if twice { 2 } else { 1 })
}

/// Whether something would be lost with the group.
fn is_kept(frame: &Frame<'_>, slot: &Slot, variant: &Variant) -> bool {
    if !slot.buckets.is_empty()
        || !slot.is_idle()
        || (slot.place.expected && slot.place.in_scope && (variant.eager || variant.recalls))
    {
        return true;
    }
    if slot.group.account.is_none() && frame.rule.group_by.is_empty() {
        return true;
    }
    let silent = frame.at.since(slot.spoke.max(slot.stopped));
    let known = if slot.place.expected { Duration::ZERO } else { frame.rule.resolve_after };
    let fired = if slot.is_blank() { Duration::ZERO } else { FIRED_KEPT };
    let remembered = if slot.memory.is_some() { super::past::kept(frame.rule) } else { Duration::ZERO };
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
