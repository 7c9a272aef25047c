//! All incidents: takes ticks and time, gives notifications.

mod changes;
mod firing;
mod telling;
mod wishes;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

pub use firing::Firing;
use serde::{Deserialize, Serialize};

use super::Notification;
use super::alert::{Labels, base};
use super::digest::Digest;
use super::flap::Flaps;
use super::message::Out;
use super::mute::Mute;
use super::open::Incident;
use super::silence::{self, Matcher, Silence};
use crate::evaluator::{Tick, Transition};
use crate::rule::{self, Rule, RuleSet};
use crate::tenant::Directory;
use crate::time::Timestamp;

/// Without a tick for so long, and the step of the quickest rule, the evaluator stalls and the heartbeat stops.
const TICKS_STALL: Duration = Duration::from_secs(300);

/// How often what is long over is forgotten.
const PRUNE_EVERY: Duration = Duration::from_secs(60);

/// Mutes begin and end with a minute.
const MINUTE: Duration = Duration::from_secs(60);

/// Settings of all incidents.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Who is told regularly that Fanin is alive.
    pub heartbeat: Option<Heartbeat>,
    /// Recurring mutes.
    pub mutes: Vec<Mute>,
    /// How long a silence may last.
    pub silence_max: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self { heartbeat: None, mutes: Vec::new(), silence_max: Duration::from_secs(7 * 86_400) }
    }
}

/// Who is told regularly that Fanin is alive: a dead man's switch that raises the alarm when this stops.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heartbeat {
    /// The class or receiver.
    pub to: Box<str>,
    /// How often.
    pub every: Duration,
}

/// All incidents.
#[derive(Debug)]
pub struct Incidents {
    settings: Settings,
    state: State,
}

/// What incidents know, for the snapshot: a keeper that goes on from it sends what the first would have sent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    incidents: BTreeMap<Box<str>, Incident>,
    silences: BTreeMap<Box<str>, Silence>,
    silences_made: u64,
    flaps: Flaps,
    digest: Digest,
    out: Out,
    catching_up: bool,
    /// The latest time that was given.
    now: Timestamp,
    /// When ticks last came while not catching up, and until when they count as fresh.
    ticked: Option<(Timestamp, Timestamp)>,
    heartbeat: Option<Timestamp>,
    pruned: Timestamp,
}

/// What a silence would silence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// Alerts that fire now.
    pub firing: u32,
    /// Those of them that are critical.
    pub critical: u32,
    /// Accounts of the directory of which alerts to come would be silenced.
    pub accounts: u32,
}

/// What is acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target<'a> {
    /// An alert, by its fingerprint.
    Alert(u64),
    /// An incident, by its key as notifications have it; that of an individual one is of its alert.
    Incident(&'a str),
}

impl Incidents {
    /// Without incidents.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self { settings, state: State::default() }
    }

    /// Goes on from a snapshot.
    #[must_use]
    pub const fn restore(settings: Settings, state: State) -> Self {
        Self { settings, state }
    }

    /// What a snapshot keeps.
    #[must_use]
    pub const fn state(&self) -> &State {
        &self.state
    }

    /// Takes other settings.
    pub fn configure(&mut self, settings: Settings) {
        self.settings = settings;
    }

    /// From now on, silences that are made may last so long.
    pub const fn limit_silences(&mut self, longest: Duration) {
        self.settings.silence_max = longest;
    }

    /// The settings.
    #[must_use]
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// All incidents, by key.
    pub fn incidents(&self) -> impl Iterator<Item = &Incident> {
        self.state.incidents.values()
    }

    /// All silences and acknowledgements, those that ended lately among them.
    pub fn silences(&self) -> impl Iterator<Item = &Silence> {
        self.state.silences.values()
    }

    /// The next notification. What has been taken is for the outbox to keep.
    pub fn poll_notification(&mut self) -> Option<Notification> {
        self.state.out.queue.pop_front()
    }

    /// Takes the ticks that were evaluated at `now`; all that are evaluated together in one call, so that what inhibits is known
    /// before anything is told. While `catching_up`, everything is noted and nothing is told, but of rules that watch Fanin
    /// itself; the first call that is not tells of what fires still, and of the rest in a digest.
    pub fn ticked(
        &mut self,
        ticks: &[Tick],
        rules: &RuleSet,
        directory: &Directory,
        now: Timestamp,
        catching_up: bool,
    ) {
        // What was due before comes first.
        if !self.state.catching_up {
            self.handle_timeout(rules, directory, now);
        }
        let released = self.state.catching_up && !catching_up;
        self.state.catching_up |= catching_up;
        self.state.now = self.state.now.max(now);
        let mut changed = BTreeSet::new();
        for tick in ticks {
            for transition in &tick.transitions {
                changed.extend(self.change(transition, rules, directory, now));
            }
            self.evaluated(tick, rules);
        }
        if catching_up {
            self.settle(changed, rules, directory, now);
            return;
        }
        if !ticks.is_empty() {
            let step = rules.rules.iter().map(|rule| rule.every).min().unwrap_or_default();
            self.state.ticked = Some((now, now.plus(step).plus(TICKS_STALL)));
        }
        if released {
            self.release(rules, directory, now);
            changed.extend(self.state.incidents.keys().cloned());
        }
        self.settle(changed, rules, directory, now);
        if released {
            self.state.digest.send(&mut self.state.out, now);
        }
        self.beat(now);
    }

    /// Takes changes that come with no tick, as when rules are replaced.
    pub fn changed(&mut self, transitions: &[Transition], rules: &RuleSet, directory: &Directory, now: Timestamp) {
        self.state.now = self.state.now.max(now);
        let changed = transitions.iter().filter_map(|t| self.change(t, rules, directory, now)).collect();
        self.settle(changed, rules, directory, now);
    }

    /// Does what is due at `now`.
    pub fn handle_timeout(&mut self, rules: &RuleSet, directory: &Directory, now: Timestamp) {
        self.state.now = self.state.now.max(now);
        let is_due = |incident: &&Incident| incident.due.is_some_and(|due| due <= now);
        let due = self.state.incidents.values().filter(is_due).map(|incident| incident.key.clone()).collect();
        self.settle(due, rules, directory, now);
        if self.state.catching_up {
            return;
        }
        self.beat(now);
        if now.since(self.state.pruned) >= PRUNE_EVERY {
            self.prune(now);
        }
    }

    /// When `handle_timeout` is to be called at the latest.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Timestamp> {
        if self.state.catching_up {
            let own = self.state.incidents.values().filter(|incident| incident.own);
            return own.filter_map(|incident| incident.due).min();
        }
        let now = self.state.now;
        let incidents = self.state.incidents.values().filter_map(|incident| incident.due);
        let silences = self.state.silences.values().map(|silence| silence.ends);
        let silences = silences.filter(|ends| *ends > now && *ends < FOREVER);
        let mutes = (!self.settings.mutes.is_empty() && !self.state.incidents.is_empty())
            .then(|| Timestamp::from_seconds(now.seconds() / 60 * 60).plus(MINUTE));
        incidents.chain(silences).chain(mutes).chain(self.beats_at()).min()
    }

    fn prune(&mut self, now: Timestamp) {
        self.state.pruned = now;
        self.state.out.prune(now);
        self.state.flaps.prune(now);
        self.state.silences.retain(|_, silence| now.since(silence.ends) < silence::KEPT);
    }
}

/// Whether a rule watches Fanin itself.
fn is_own(rule: Option<&Rule>) -> bool {
    rule.is_some_and(|rule| rule.from == Some(rule::From::Fanin))
}

/// The end of an acknowledgement of something that fires.
const FOREVER: Timestamp = Timestamp::from_nanos(u64::MAX);

/// The rule by whose settings an alert of that name is told.
fn rule_of<'a>(name: &str, rules: &'a RuleSet) -> Option<&'a Rule> {
    rules.rules.iter().find(|rule| *rule.name == *base(name))
}

/// Matchers of the silences and mutes that count at `now`.
fn active<'a>(silences: &'a BTreeMap<Box<str>, Silence>, mutes: &'a [Mute], now: Timestamp) -> Vec<&'a [Matcher]> {
    let silences = silences.values().filter(|silence| silence.is_active(now)).map(|silence| &*silence.matchers);
    let mutes = mutes.iter().filter(|mute| mute.is_active(now)).map(|mute| &*mute.matchers);
    silences.chain(mutes).collect()
}

fn is_silenced(active: &[&[Matcher]], labels: &Labels<'_>) -> bool {
    active.iter().any(|matchers| matches_all(matchers, labels))
}

pub(super) fn matches_all(matchers: &[Matcher], labels: &Labels<'_>) -> bool {
    matchers.iter().all(|matcher| matcher.holds(&labels.get(matcher.name()).unwrap_or_default()))
}
