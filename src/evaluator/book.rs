//! The book of one tick: what its groups came to, and what changed.

use xxhash_rust::xxh3::xxh3_64;

use super::history::is_evaluated;
use super::reading::{self, Reading};
use super::ring::Steps;
use super::roster::Variant;
use super::slot::{Scope, Slot};
use super::state::{Alert, Change, Step};
use super::{NO_DATA, Outcome, Reason, State, Tick, Transition};
use crate::rule::{NoData, Rule, RuleIdx, Settings};
use crate::sample::{Group, Line};
use crate::tenant::Directory;
use crate::time::Timestamp;

/// What a tick is about.
#[derive(Clone, Copy)]
pub(super) struct Frame<'a> {
    /// Place of the rule.
    pub(super) index: RuleIdx,
    /// The rule.
    pub(super) rule: &'a Rule,
    /// The tick.
    pub(super) at: Timestamp,
    /// Beginning of its window, in whole buckets.
    pub(super) from: Timestamp,
    /// The same, in steps.
    pub(super) steps: Steps,
    /// It is evaluated while catching up.
    pub(super) late: bool,
    /// The accounts.
    pub(super) directory: &'a Directory,
    /// Data is missing from the window.
    pub(super) warming: bool,
}

/// What the groups of a tick came to.
#[derive(Debug, Default)]
pub(super) struct Book {
    outcomes: [u32; 8],
    transitions: Vec<Transition>,
}

impl Book {
    /// Counts groups that came to an outcome.
    pub(super) fn count(&mut self, outcome: Outcome, groups: u32) {
        let count = &mut self.outcomes[outcome as usize];
        *count = count.saturating_add(groups);
    }

    /// How many groups had an outcome so far.
    pub(super) fn counted(&self, outcome: Outcome) -> u32 {
        self.outcomes[outcome as usize]
    }

    /// Moves a group on by what the tick says of it.
    pub(super) fn step(&mut self, frame: &Frame<'_>, slot: &mut Slot, variant: &Variant, reading: Reading) {
        self.count(reading.outcome, 1);
        slot.note(reading);
        if slot.alert.is_some() || variant.recalls || may_begin(reading.outcome, variant) {
            let (rule, step) = (frame.rule, Step { outcome: reading.outcome, value: reading.value });
            let alert = slot.alert.get_or_insert_default();
            let change = alert.step(frame.at, &step, &variant.settings, rule.every, rule.resolve_after);
            self.changed(frame, slot, &variant.settings, change);
        }
        self.step_silence(frame, slot, variant, reading.outcome);
        forget_blank(slot, variant);
    }

    /// Ends what a group has, for a reason that no tick gives.
    pub(super) fn end(&mut self, frame: &Frame<'_>, slot: &mut Slot, settings: &Settings, reason: Reason) {
        let change = slot.alert.as_mut().and_then(|alert| alert.end(reason));
        self.changed(frame, slot, settings, change);
        let change = slot.silent_mut().and_then(|alert| alert.end(reason));
        self.silence_changed(frame, slot, settings, change);
    }

    /// Moves an alert on the rule itself on.
    pub(super) fn step_meta(
        &mut self,
        frame: &Frame<'_>,
        (suffix, group): (&str, &Group),
        alert: &mut Alert,
        settings: &Settings,
        reading: Reading,
    ) {
        let step = Step { outcome: reading.outcome, value: reading.value };
        let change = alert.step(frame.at, &step, settings, frame.rule.every, frame.rule.resolve_after);
        if let Some(change) = change {
            let name = named(frame.rule, suffix);
            let facts = Facts { id: group.alert(&name), name, value: reading.value, shown: Shown::default() };
            self.transitions.push(transition(frame, group, facts, &change, settings));
        }
    }

    /// Notes a change of a group.
    pub(super) fn changed(&mut self, frame: &Frame<'_>, slot: &mut Slot, settings: &Settings, change: Option<Change>) {
        let lines = |slot: &Slot| slot.lines(frame.steps, frame.rule.annotations.samples);
        let Some(change) = change else { return };
        let shown = Shown { lines: lines(slot), spread: 0 };
        self.changed_with(frame, slot, settings, &change, shown);
    }

    /// Notes a change of a group, with what shows what happened.
    pub(super) fn changed_with(
        &mut self,
        frame: &Frame<'_>,
        slot: &mut Slot,
        settings: &Settings,
        change: &Change,
        shown: Shown,
    ) {
        if change.to == State::Inactive && matches!(change.from, State::Firing | State::Recovering) {
            slot.stopped = frame.at;
        }
        let facts = Facts { id: slot.id, name: frame.rule.name.clone(), value: slot.value(), shown };
        let change = Change { reason: why(slot, change.reason), ..*change };
        self.transitions.push(transition(frame, &slot.group, facts, &change, settings));
    }

    /// What the tick came to; transitions by group.
    pub(super) fn close(mut self, frame: &Frame<'_>) -> Tick {
        self.transitions.sort_by(|a, b| (&a.group, &a.rule).cmp(&(&b.group, &b.rule)));
        let evaluated = Outcome::ALL.into_iter().filter(|outcome| is_evaluated(*outcome));
        Tick {
            rule: frame.index,
            at: frame.at,
            late: frame.late,
            outcomes: self.outcomes,
            evaluated: evaluated.fold(0, |sum, outcome| sum.saturating_add(self.outcomes[outcome as usize])),
            transitions: self.transitions,
        }
    }

    fn step_silence(&mut self, frame: &Frame<'_>, slot: &mut Slot, variant: &Variant, outcome: Outcome) {
        let NoData::Alert { level, after } = variant.settings.no_data else {
            let change = slot.take_silent().and_then(|mut alert| alert.end(Reason::RuleChanged));
            self.silence_changed(frame, slot, &variant.settings, change);
            return;
        };
        if slot.silent().is_none() && outcome != Outcome::NoData {
            return;
        }
        let change = slot.ensure_silent().step_no_data(frame.at, outcome, level, after, frame.rule.every);
        self.silence_changed(frame, slot, &variant.settings, change);
    }

    fn silence_changed(&mut self, frame: &Frame<'_>, slot: &Slot, settings: &Settings, change: Option<Change>) {
        if let Some(change) = change {
            let name = named(frame.rule, NO_DATA);
            let facts = Facts { id: slot.group.alert(&name), name, value: None, shown: Shown::default() };
            let change = Change { reason: why(slot, change.reason), ..change };
            self.transitions.push(transition(frame, &slot.group, facts, &change, settings));
        }
    }
}

/// An account that is out of scope because it ended is told of as such.
const fn why(slot: &Slot, reason: Reason) -> Reason {
    if matches!(reason, Reason::OutOfScope) && matches!(slot.place.scope, Scope::Ended) {
        Reason::AccountClosed
    } else {
        reason
    }
}

/// What a transition needs beside its change.
struct Facts {
    id: u64,
    name: Box<str>,
    value: Option<f64>,
    shown: Shown,
}

/// What shows what happened.
#[derive(Debug, Default)]
pub(super) struct Shown {
    /// Records.
    pub(super) lines: Vec<Line>,
    /// See `Transition`.
    pub(super) spread: u32,
}

fn transition(frame: &Frame<'_>, group: &Group, facts: Facts, change: &Change, settings: &Settings) -> Transition {
    let own = facts.name == frame.rule.name;
    let (threshold, unit) = reading::threshold(frame.rule, settings, change.level);
    Transition {
        alert: facts.id,
        id: transition_id(facts.id, change.episode, change.number),
        rule: facts.name,
        rule_idx: Some(frame.index),
        group: group.clone(),
        episode: change.episode,
        at: frame.at,
        from: change.from,
        to: change.to,
        level: change.level,
        level_before: change.level_before,
        value: facts.value,
        threshold: threshold.filter(|_| own),
        unit,
        since: change.since,
        reason: change.reason,
        late: frame.late,
        lines: facts.shown.lines,
        spread: facts.shown.spread,
    }
}

/// The same for the same change in every replay.
pub(super) fn transition_id(alert: u64, episode: u32, number: u32) -> u64 {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&alert.to_le_bytes());
    bytes[8..12].copy_from_slice(&episode.to_le_bytes());
    bytes[12..].copy_from_slice(&number.to_le_bytes());
    xxh3_64(&bytes)
}

/// The name of an alert on the rule itself, or on its silence.
pub(super) fn named(rule: &Rule, suffix: &str) -> Box<str> {
    format!("{}:{suffix}", rule.name).into()
}

/// Whether the outcome could make something of a group that has no state yet.
fn may_begin(outcome: Outcome, variant: &Variant) -> bool {
    match outcome {
        Outcome::Critical | Outcome::Warning => true,
        Outcome::NoData => variant.eager,
        Outcome::MutedScope | Outcome::Warming | Outcome::Skip | Outcome::Clear | Outcome::Hold => false,
    }
}

fn forget_blank(slot: &mut Slot, variant: &Variant) {
    if slot.alert.as_deref().is_some_and(Alert::is_blank) && !variant.recalls {
        slot.alert = None;
    }
    if slot.silent().is_some_and(Alert::is_blank) {
        let _blank = slot.take_silent();
    }
}
