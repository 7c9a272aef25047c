//! Changes of the rules, and restarts: what stays, what is built anew, and what ends.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::events::Keys;
use super::history::Snapshot;
use super::plan::Plan;
use super::roster::Census;
use super::slot::Slot;
use super::state::{Alert, Change};
use super::track::{Tally, Track, tick_after};
use super::{Evaluator, Reason, Transition, book, tick};
use crate::rule::{Kind, Rule, RuleIdx, RuleSet, Unit};
use crate::sample::Group;
use crate::time::Timestamp;

/// All that an evaluator knows, from the snapshot.
#[derive(Clone, Debug, Deserialize)]
pub struct EvaluatorState {
    version: u32,
    census: Census,
    tracks: Vec<Kept>,
}

/// The layout of the state; another one cannot be read.
const VERSION: u32 = 2;

/// Why a state cannot be taken over.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It was written by another version.
    #[error("the state of the rules has layout {given}, and this version reads layout {allowed}")]
    Version {
        /// Its layout.
        given: u32,
        /// What is read.
        allowed: u32,
    },
}

/// A track as it is kept.
#[derive(Clone, Debug, Deserialize)]
struct Kept {
    name: Box<str>,
    shape: u64,
    identity: String,
    next: Timestamp,
    since: Timestamp,
    warm_until: Timestamp,
    slots: Vec<Slot>,
    metas: Vec<(Box<str>, Group, Alert)>,
    tally: Tally,
    history: VecDeque<Snapshot>,
    keys: Keys,
}

/// What `EvaluatorState` is read from.
#[derive(Serialize)]
struct StateView<'a> {
    version: u32,
    census: &'a Census,
    tracks: Vec<KeptView<'a>>,
}

#[derive(Serialize)]
struct KeptView<'a> {
    name: &'a str,
    shape: u64,
    identity: &'a str,
    next: Timestamp,
    since: Timestamp,
    warm_until: Timestamp,
    slots: Vec<&'a Slot>,
    metas: Vec<(&'a str, &'a Group, &'a Alert)>,
    tally: Tally,
    history: &'a VecDeque<Snapshot>,
    keys: &'a Keys,
}

impl Evaluator {
    /// All that is known, to be kept in the snapshot together with how far the shards were read. It is written as `EvaluatorState` is
    /// read, and not copied before: of a large fleet it is hundreds of megabytes.
    #[must_use]
    pub fn state(&self) -> impl Serialize + '_ {
        let tracks = self.rules.rules.iter().zip(&self.tracks).map(|(rule, track)| view(&rule.name, track)).collect();
        StateView { version: VERSION, census: &self.census, tracks }
    }

    /// Goes on from a state, with rules that may have changed since: `now` is when they did. Also gives the transitions of alerts that
    /// ended with their rules.
    ///
    /// # Errors
    /// When the state was written by another version.
    pub fn restore(
        rules: Arc<RuleSet>,
        partitions: usize,
        state: EvaluatorState,
        now: Timestamp,
    ) -> Result<(Self, Vec<Transition>), Error> {
        if state.version != VERSION {
            return Err(Error::Version { given: state.version, allowed: VERSION });
        }
        let mut evaluator =
            Self { rules: Arc::default(), plan: Plan::default(), partitions, census: state.census, tracks: Vec::new() };
        let transitions = evaluator.take_over(rules, state.tracks, now);
        Ok((evaluator, transitions))
    }

    /// Other rules run from now on. Rules of the same name and shape keep their data and states; of the same name and another shape
    /// their alerts, which stay as they are until one window is filled; alerts of rules that are gone resolve.
    pub fn replace(&mut self, rules: Arc<RuleSet>, now: Timestamp) -> Vec<Transition> {
        let old = std::mem::take(&mut self.tracks);
        let old = self.rules.rules.iter().zip(old).map(|(rule, track)| keep_whole(&rule.name, track)).collect();
        self.take_over(rules, old, now)
    }

    /// Data from before `until` may be missing: ticks whose windows reach back to it cannot tell.
    pub fn mark_gap(&mut self, until: Timestamp) {
        for (rule, track) in self.rules.rules.iter().zip(&mut self.tracks) {
            track.warm_until = track.warm_until.max(warm_until(rule, until));
        }
    }

    fn take_over(&mut self, rules: Arc<RuleSet>, old: Vec<Kept>, now: Timestamp) -> Vec<Transition> {
        let mut old: BTreeMap<Box<str>, Kept> = old.into_iter().map(|kept| (kept.name.clone(), kept)).collect();
        let mut transitions = Vec::new();
        let mut tracks = Vec::new();
        for (index, rule) in rules.rules.iter().enumerate() {
            let mut track = Track::new(rule, self.partitions, now);
            match old.remove(&rule.name) {
                Some(kept) if kept.shape == track.shape => resume(&mut track, kept),
                Some(kept) if kept.identity == track.identity => reshape(&mut track, rule, kept, now),
                Some(kept) => {
                    track.warm_until = warm_until(rule, now);
                    end_all(kept, (Some(index), Reason::RuleChanged), now, &mut transitions);
                }
                None => track.warm_until = warm_until(rule, now),
            }
            tracks.push(track);
        }
        for kept in old.into_values() {
            end_all(kept, (None, Reason::RuleRemoved), now, &mut transitions);
        }
        self.plan = Plan::new(&rules);
        self.rules = rules;
        self.tracks = tracks;
        transitions
    }
}

/// The first tick whose window holds nothing from before a moment.
fn warm_until(rule: &Rule, from: Timestamp) -> Timestamp {
    match rule.kind {
        Kind::Absence { .. } => from.plus(rule.settings.timeout),
        Kind::Event { .. } | Kind::FirstSeen(_) | Kind::Fleet(_) | Kind::Composite { .. } => Timestamp::default(),
        Kind::Threshold(_) | Kind::Ratio(_) | Kind::Change { .. } | Kind::Outlier(_) | Kind::Forecast { .. } => {
            from.plus(tick::kept(rule))
        }
    }
}

fn view<'a>(name: &'a str, track: &'a Track) -> KeptView<'a> {
    let mut slots: Vec<&Slot> = track.slots().collect();
    slots.sort_unstable_by(|a, b| a.group.cmp(&b.group));
    KeptView {
        name,
        shape: track.shape,
        identity: &track.identity,
        next: track.next,
        since: track.since,
        warm_until: track.warm_until,
        slots,
        metas: track.metas.iter().map(|((name, group), alert)| (&**name, group, alert)).collect(),
        tally: track.tally,
        history: &track.history,
        keys: &track.keys,
    }
}

fn keep_whole(name: &str, track: Track) -> Kept {
    Kept {
        name: name.into(),
        shape: track.shape,
        identity: track.identity,
        next: track.next,
        since: track.since,
        warm_until: track.warm_until,
        slots: track.shelves.into_iter().flat_map(|shelf| shelf.slots).collect(),
        metas: track.metas.into_iter().map(|((name, group), alert)| (name, group, alert)).collect(),
        tally: track.tally,
        history: track.history,
        keys: track.keys,
    }
}

/// All stays.
fn resume(track: &mut Track, kept: Kept) {
    track.next = kept.next;
    track.since = kept.since;
    track.warm_until = kept.warm_until;
    track.metas = kept.metas.into_iter().map(|(name, group, alert)| ((name, group), alert)).collect();
    track.tally = kept.tally;
    track.history = kept.history;
    track.keys = kept.keys;
    for mut slot in kept.slots {
        slot.place = super::slot::Place::default();
        track.put(slot);
    }
}

/// Alerts stay, data does not: what is learnt is learnt anew, and silence counts from now.
fn reshape(track: &mut Track, rule: &Rule, kept: Kept, now: Timestamp) {
    let last = kept.next.nanos().saturating_sub(1);
    track.next = tick_after(Timestamp::from_nanos(last), rule.every);
    track.warm_until = warm_until(rule, now);
    track.metas = kept.metas.into_iter().map(|(name, group, alert)| ((name, group), alert)).collect();
    track.tally = kept.tally;
    for slot in kept.slots.into_iter().filter(|slot| !slot.is_blank()) {
        track.put(slot.without_data(now));
    }
}

/// Ends the alerts of a rule that is gone.
fn end_all(kept: Kept, why: (Option<RuleIdx>, Reason), now: Timestamp, transitions: &mut Vec<Transition>) {
    let mut slots = kept.slots;
    slots.sort_unstable_by(|a, b| a.group.cmp(&b.group));
    let named = |suffix: &str| -> Box<str> { format!("{}:{suffix}", kept.name).into() };
    let mut ended = Vec::new();
    for mut slot in slots {
        let (value, silent) = (slot.value(), slot.take_silent());
        ended.push((kept.name.clone(), slot.group.clone(), slot.alert.map(|alert| *alert), value));
        ended.push((named("NoData"), slot.group, silent.map(|alert| *alert), None));
    }
    let metas = kept.metas.into_iter().map(|(suffix, group, alert)| (named(&suffix), group, Some(alert), None));
    for (name, group, alert, value) in ended.into_iter().chain(metas) {
        if let Some(change) = alert.and_then(|mut alert| alert.end(why.1)) {
            transitions.push(ended_with_rule(why.0, name, group, (value, now), &change));
        }
    }
}

fn ended_with_rule(
    rule_idx: Option<RuleIdx>,
    rule: Box<str>,
    group: Group,
    (value, at): (Option<f64>, Timestamp),
    change: &Change,
) -> Transition {
    let alert = group.alert(&rule);
    Transition {
        alert,
        id: book::transition_id(alert, change.episode, change.number),
        rule,
        rule_idx,
        group,
        episode: change.episode,
        at,
        from: change.from,
        to: change.to,
        level: change.level,
        level_before: change.level_before,
        value,
        threshold: None,
        unit: Unit::Number,
        since: change.since,
        reason: change.reason,
        late: false,
        lines: Vec::new(),
        spread: 0,
    }
}
