//! Kinds of which each record counts, not a window: `event` and `first_seen`.

use std::collections::BTreeMap;
use std::time::Duration;

use super::book::{Book, Frame, Shown};
use super::first_seen::{Known, New};
use super::memory::Memory;
use super::past::last_event;
use super::reading::Reading;
use super::roster::Variant;
use super::slot::{More, Slot};
use super::state::{Change, Step, at_level};
use super::tick::gate;
use super::track::Track;
use super::{Outcome, State};
use crate::rule::{FirstSeen, Hold, Level, NoData, Rule, Settings};
use crate::sample::{Group, Line, Partial};
use crate::time::Timestamp;

/// Records are kept for so many keys, in case one of them is new.
const KEYS_SHOWN: usize = 1_000;

/// What a `first_seen` rule knows.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub(super) struct Keys {
    /// By scope: of the fleet, or of a group.
    scopes: BTreeMap<Group, Known>,
    /// Records of keys that came lately.
    lines: BTreeMap<Group, (Timestamp, Vec<Line>)>,
}

impl Track {
    /// Each record is an episode, unless one like it was less than `dedup_for` ago. It fires and resolves at the same tick.
    pub(super) fn tick_events(&mut self, frame: &Frame<'_>, (level, dedup_for): (Level, Duration), book: &mut Book) {
        let Self { shelves, roster, layout, .. } = self;
        for slot in shelves.iter_mut().flat_map(|shelf| &mut shelf.slots) {
            let variant = &roster.variants[usize::from(slot.place.variant)];
            let came: Vec<More> = slot.take_more_before(layout, frame.steps.to);
            if came.is_empty() {
                slot.outcome = gate(frame, slot, variant).unwrap_or(Outcome::Clear);
                continue;
            }
            if let Some(outcome) = gate(frame, slot, variant) {
                slot.outcome = outcome;
                book.count(outcome, 1);
                continue;
            }
            slot.outcome = at_level(level);
            book.count(slot.outcome, 1);
            let settings = at_once(&variant.settings);
            for at in came.iter().flat_map(|more| more.times.iter().copied()) {
                if last_event(slot).is_some_and(|last| at.since(last) < dedup_for) {
                    continue;
                }
                slot.remember(Memory::Event(at));
                let lines = shown(&came, at, frame.rule.annotations.samples);
                episode(frame, slot, &settings, (level, Some(at), None), &lines, book);
            }
        }
    }

    /// Takes in keys as they come.
    pub(super) fn observe_keys(&mut self, rule: &Rule, first_seen: &FirstSeen, partial: &Partial) {
        let Some((key, _)) = partial.group.rest.split_last() else {
            self.tally.ungrouped += 1;
            return;
        };
        let since = self.since;
        let scope = scope(first_seen, &partial.group);
        let known = self.keys.scopes.entry(scope).or_insert_with(|| Known::new(since));
        known.observe(key, partial.group.account, &partial.times, first_seen);
        let samples = rule.annotations.samples;
        if samples == 0 || partial.lines.is_empty() {
            return;
        }
        let lines = &mut self.keys.lines;
        let group = alert_group(first_seen, &partial.group);
        if lines.len() < KEYS_SHOWN || lines.contains_key(&group) {
            let (last, kept) = lines.entry(group).or_default();
            *last = partial.last.max(*last);
            kept.extend(partial.lines.iter().cloned());
            kept.sort_unstable();
            let surplus = kept.len().saturating_sub(samples);
            drop(kept.drain(..surplus));
        }
    }

    /// A new key fires at one tick and resolves at the next.
    pub(super) fn tick_first_seen(&mut self, frame: &Frame<'_>, first_seen: &FirstSeen, book: &mut Book) {
        self.settle_keys(frame, first_seen.level, book);
        let mut new: Vec<(Group, New)> = Vec::new();
        let mut overflows = false;
        for (scope, known) in &mut self.keys.scopes {
            let found = known.tick(frame.at, first_seen);
            overflows |= known.overflows();
            new.extend(found.into_iter().map(|key| (with_key(scope, &key.key), key)));
        }
        for (group, key) in new {
            self.tell_key(frame, first_seen.level, (&group, &key), book);
        }
        self.keys.scopes.retain(|_, known| !known.is_empty());
        self.keys.lines.retain(|_, (last, _)| last.plus(first_seen.within) >= frame.at);
        let group = Group::default();
        let mut alert = self.metas.remove(&("Overflow".into(), group.clone())).unwrap_or_default();
        let settings = at_once(&frame.rule.settings);
        let reading = Reading::one_level(overflows, first_seen.level, None);
        book.step_meta(frame, ("Overflow", &group), &mut alert, &settings, reading);
        if !alert.is_blank() {
            let _new = self.metas.insert(("Overflow".into(), group), alert);
        }
    }

    /// What fired at the tick before is over.
    fn settle_keys(&mut self, frame: &Frame<'_>, level: Level, book: &mut Book) {
        let Self { shelves, roster, .. } = self;
        for slot in shelves.iter_mut().flat_map(|shelf| &mut shelf.slots) {
            if slot.state() == State::Inactive {
                continue;
            }
            let variant = &roster.variants[usize::from(slot.place.variant)];
            let instant = Variant { settings: at_once(&variant.settings), ..variant.clone() };
            let outcome = gate(frame, slot, variant).filter(|outcome| *outcome == Outcome::MutedScope);
            let reading = outcome.map_or(Reading::one_level(false, level, None), Reading::bare);
            book.step(frame, slot, &instant, reading);
        }
    }

    fn tell_key(&mut self, frame: &Frame<'_>, level: Level, (group, key): (&Group, &New), book: &mut Book) {
        let lines = self.keys.lines.remove(group).map(|(_, lines)| lines).unwrap_or_default();
        let epoch = self.roster.epoch;
        let mut place = self.roster.place(frame.rule, group, frame.directory, frame.at, Timestamp::default());
        place.epoch = epoch;
        let variant = self.roster.variants[usize::from(place.variant)].clone();
        let Some(slot) = self.ensure(frame.rule, group) else {
            self.tally.overflow += 1;
            return;
        };
        slot.place = place;
        slot.spoke = frame.at;
        if let Some(outcome) = gate(frame, slot, &variant) {
            book.count(outcome, 1);
            return;
        }
        #[expect(clippy::cast_precision_loss, reason = "a count of records is far below 2^52")]
        let count = key.count as f64;
        slot.note(Reading { outcome: at_level(level), value: Some(count) });
        book.count(slot.outcome, 1);
        let step = Step { outcome: at_level(level), value: Some(count) };
        let settings = at_once(&variant.settings);
        let change = slot.alert.get_or_insert_default().step(
            frame.at,
            &step,
            &settings,
            frame.rule.every,
            frame.rule.resolve_after,
        );
        if let Some(change) = change {
            let shown = Shown { lines, spread: u32::try_from(key.spread).unwrap_or(u32::MAX) };
            book.changed_with(frame, slot, &settings, &Change { since: key.since, ..change }, shown);
        }
    }
}

/// Fires and resolves.
fn episode(
    frame: &Frame<'_>,
    slot: &mut Slot,
    settings: &Settings,
    (level, since, value): (Level, Option<Timestamp>, Option<f64>),
    lines: &[Line],
    book: &mut Book,
) {
    for outcome in [at_level(level), Outcome::Clear] {
        let alert = slot.alert.get_or_insert_default();
        let step = Step { outcome, value };
        let change = alert.step(frame.at, &step, settings, frame.rule.every, frame.rule.resolve_after);
        if let Some(change) = change {
            let since = since.unwrap_or(change.since);
            let shown = Shown { lines: lines.to_vec(), spread: 0 };
            book.changed_with(frame, slot, settings, &Change { since, ..change }, shown);
        }
    }
}

/// The settings, without anything that waits.
pub(super) fn at_once(settings: &Settings) -> Settings {
    Settings {
        hold: Hold::For(Duration::ZERO),
        keep_firing_for: Duration::ZERO,
        no_data: NoData::Ok,
        recover_critical: None,
        recover_warning: None,
        ..settings.clone()
    }
}

/// The newest records up to a moment.
fn shown(came: &[More], at: Timestamp, samples: usize) -> Vec<Line> {
    let mut lines: Vec<Line> =
        came.iter().flat_map(|more| more.lines.iter().filter(|line| line.at <= at).cloned()).collect();
    lines.sort_unstable();
    lines.split_off(lines.len().saturating_sub(samples))
}

/// Where a key must be new: in the fleet, or in its group.
fn scope(first_seen: &FirstSeen, group: &Group) -> Group {
    let rest = group.rest.split_last().map_or(&[][..], |(_, rest)| rest);
    if first_seen.fleet { Group::default() } else { Group { account: group.account, rest: rest.into() } }
}

fn alert_group(first_seen: &FirstSeen, group: &Group) -> Group {
    let key = group.rest.last().map_or("", |key| &**key);
    with_key(&scope(first_seen, group), key)
}

fn with_key(scope: &Group, key: &str) -> Group {
    let rest = scope.rest.iter().cloned().chain([key.into()]).collect();
    Group { account: scope.account, rest }
}
