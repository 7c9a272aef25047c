//! Stage 2: state by rule and group, moved on by ticks in order. Pure: the same messages and ticks give the same transitions.
//!
//! `observe` takes in what stage 1 took from messages, `advance` evaluates every tick that is due. A tick looks only at what
//! happened before it, so it comes to the same whenever it is evaluated.

mod memory;
mod reading;
mod ring;
mod slot;
mod roster;
mod track;
mod history;
mod plan;
mod book;
mod past;
mod events;
mod peers;
mod joined;
mod tick;
mod reload;
mod show;
mod look;
#[cfg(test)]
mod tests;

pub mod state;
pub mod outlier;
pub mod baseline;
pub mod first_seen;
pub mod forecast;
pub mod logic;

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::rule::{Kind, Level, Rule, RuleIdx, RuleSet, Unit};
use crate::sample::{Group, Line, Message};
use crate::tenant::Directory;
use crate::time::Timestamp;
use book::Frame;
use joined::{Child, Combination};
use plan::Plan;
use reading::Reading;
use roster::Census;
use track::{Met, Track};

pub use look::{Look, Measured};
pub use reload::{Error, EvaluatorState};
pub use show::{Applied, Instance};

/// A tick that is evaluated so long after it was due was held up.
pub const CATCHING_UP: Duration = Duration::from_secs(300);

/// End of the name of alerts on silence.
const NO_DATA: &str = "NoData";

/// State of an alert.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Nothing is wrong.
    #[default]
    Inactive,
    /// It breaches, not yet for long enough.
    Pending,
    /// Someone is told.
    Firing,
    /// It fires still, but clears.
    Recovering,
}

impl State {
    /// Its name, as rules and tests write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Inactive => "inactive",
            Self::Pending => "pending",
            Self::Firing => "firing",
            Self::Recovering => "recovering",
        }
    }
}

/// What a tick says of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The account is not in scope, or the rule is switched off for it.
    MutedScope,
    /// It is too early to tell: a new account, or a window that is not filled yet.
    Warming,
    /// The window is empty.
    NoData,
    /// There is not enough to tell.
    Skip,
    /// On the wrong side of the critical threshold.
    Critical,
    /// On the wrong side of the threshold of warnings.
    Warning,
    /// All is well.
    Clear,
    /// Between threshold and recovery.
    Hold,
}

impl Outcome {
    /// Every outcome, in the order of their declaration.
    pub const ALL: [Self; 8] = [
        Self::MutedScope,
        Self::Warming,
        Self::NoData,
        Self::Skip,
        Self::Critical,
        Self::Warning,
        Self::Clear,
        Self::Hold,
    ];

    /// Its name, as tests of rules write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MutedScope => "muted_scope",
            Self::Warming => "warming",
            Self::NoData => "no_data",
            Self::Skip => "skip",
            Self::Critical => "critical",
            Self::Warning => "warning",
            Self::Clear => "clear",
            Self::Hold => "hold",
        }
    }
}

/// Why an alert changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// By its value.
    Value,
    /// No data came for `resolve_after`, or no data means so.
    NoData,
    /// The account left the scope of the rule, or the rule was switched off for it.
    OutOfScope,
    /// The rule was removed or renamed.
    RuleRemoved,
    /// The rule was changed to another kind of state.
    RuleChanged,
    /// The account was suspended or closed, or left the organization: nothing is expected of it any more.
    AccountClosed,
}

impl Reason {
    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Value => "value",
            Self::NoData => "no_data",
            Self::OutOfScope => "out_of_scope",
            Self::AccountClosed => "account_closed",
            Self::RuleRemoved => "rule_removed",
            Self::RuleChanged => "rule_changed",
        }
    }
}

/// An alert changed its state or its level.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Transition {
    /// Fingerprint of the alert: of rule name and group.
    pub alert: u64,
    /// Hash of alert, episode and number of the transition in it: the same in every replay.
    pub id: u64,
    /// Name of the rule. `<Alert>:NoData` and `<Alert>:FleetShift` are alerts of their own.
    pub rule: Box<str>,
    /// The rule it came from, in the set that runs; `None` where that is gone.
    pub rule_idx: Option<RuleIdx>,
    /// The group.
    pub group: Group,
    /// How often the alert has fired, this time included; counts from 1.
    pub episode: u32,
    /// The tick.
    pub at: Timestamp,
    /// State before.
    pub from: State,
    /// State now; `Inactive` after `Firing` or `Recovering` is what people call resolved.
    pub to: State,
    /// The level now; of a resolved alert, the level it had last.
    pub level: Level,
    /// The level before, where the alert fired before.
    pub level_before: Option<Level>,
    /// The value.
    pub value: Option<f64>,
    /// The threshold that counts.
    pub threshold: Option<f64>,
    /// How value and threshold are shown.
    pub unit: Unit,
    /// Since when it breaches.
    pub since: Timestamp,
    /// Why.
    pub reason: Reason,
    /// It was found while catching up.
    pub late: bool,
    /// Records that show what happened.
    pub lines: Vec<Line>,
    /// On how many accounts a new key of a `first_seen` rule was met; 0 of any other alert.
    pub spread: u32,
}

/// What one tick of one rule came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// The rule.
    pub rule: RuleIdx,
    /// The tick.
    pub at: Timestamp,
    /// It was evaluated while catching up.
    pub late: bool,
    /// How many groups had each outcome, in the order of `Outcome`; idle groups among them.
    pub outcomes: [u32; 8],
    /// Groups whose outcome was neither muted, warming, no data nor skip: the population of fleet rules, and of shares.
    pub evaluated: u32,
    /// What changed.
    pub transitions: Vec<Transition>,
}

/// How an alert stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// Outcome of the last tick.
    pub outcome: Outcome,
    /// State.
    pub state: State,
    /// Level that counts: of a firing alert the one it fires with, of a pending one the highest that breaches.
    pub level: Option<Level>,
    /// A higher level that breaches, but not yet for long enough.
    pub pending: Option<Level>,
    /// Value of the last tick.
    pub value: Option<f64>,
    /// The threshold that counts.
    pub threshold: Option<f64>,
    /// Since when it breaches at warning or above.
    pub active_warning: Option<Timestamp>,
    /// Since when it breaches at critical.
    pub active_critical: Option<Timestamp>,
    /// Since when it fires.
    pub firing_since: Option<Timestamp>,
    /// Since when it recovers.
    pub recovering_since: Option<Timestamp>,
    /// Episode.
    pub episode: u32,
    /// Records that show what happened.
    pub lines: Vec<Line>,
}

/// An alert that is not inactive.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed<'a> {
    /// The rule that it is of.
    pub rule: RuleIdx,
    /// Its own name: that of the rule, or `<Alert>:NoData`, `<Alert>:FleetShift`, `<Alert>:Overflow`.
    pub name: Cow<'a, str>,
    /// Its group.
    pub group: &'a Group,
    /// How it stands.
    pub standing: Standing,
}

/// What was counted of one rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counters {
    /// The rule.
    pub rule: RuleIdx,
    /// Groups that are tracked.
    pub groups: usize,
    /// Most that may be tracked.
    pub groups_max: usize,
    /// Samples of groups that are not tracked, because there are too many.
    pub overflow: u64,
    /// Samples that came after every tick of their bucket.
    pub late: u64,
    /// Samples without a value that the rule groups by.
    pub ungrouped: u64,
    /// Readings without a value because of a division by zero.
    pub by_zero: u64,
    /// Readings that were not a number, or infinite.
    pub not_finite: u64,
    /// Windows are not filled yet after a change or a gap.
    pub warming: bool,
}

impl Counters {
    /// Whether four fifths of the groups that may be tracked are.
    #[must_use]
    pub const fn is_crowded(&self) -> bool {
        self.groups * 5 >= self.groups_max * 4
    }
}

/// All rules and their groups.
#[derive(Debug)]
pub struct Evaluator {
    rules: Arc<RuleSet>,
    plan: Plan,
    partitions: usize,
    census: Census,
    tracks: Vec<Track>,
}

impl Evaluator {
    /// An evaluator without data. The first tick of each rule is the first multiple of its `every` after `started`. Groups lie in
    /// `partitions` by their account; how many there are changes no result.
    #[must_use]
    pub fn new(rules: Arc<RuleSet>, partitions: usize, started: Timestamp) -> Self {
        let tracks = rules.rules.iter().map(|rule| Track::new(rule, partitions, started)).collect();
        Self { plan: Plan::new(&rules), rules, partitions, census: Census::default(), tracks }
    }

    /// The rules that run.
    #[must_use]
    pub const fn rules(&self) -> &Arc<RuleSet> {
        &self.rules
    }

    /// Takes in what a message adds. Its samples are of the rules that run; whether it came before is not asked here.
    pub fn observe(&mut self, message: &Message, directory: &Directory) {
        self.look(directory, message.arrived);
        for partial in &message.partials {
            let (Some(rule), Some(track)) = (self.rules.rules.get(partial.rule), self.tracks.get_mut(partial.rule))
            else {
                continue;
            };
            // Who is known to the rule is known to the census.
            if let (Met::New, Some(account)) = (track.observe(rule, partial), partial.group.account) {
                let _first_seen = self.census.born(account, directory, message.arrived);
            }
        }
    }

    /// Evaluates all ticks that are due, none left out: those with `progress` at or past tick and delay, and of rules on Fanin itself
    /// those with `now` past it. By due time, then tick, then dependencies, then order of the rules.
    pub fn advance(&mut self, progress: Timestamp, now: Timestamp, directory: &Directory) -> Vec<Tick> {
        let mut ticks = Vec::new();
        while let Some(index) = self.due(progress, now) {
            self.look(directory, self.tracks[index].next);
            ticks.push(self.tick(index, now, directory));
        }
        ticks
    }

    /// How the alert of a group stands after the last tick; `None` for a group that neither is tracked nor has an account that the
    /// directory expects: nothing is wrong there.
    #[must_use]
    pub fn standing(&self, index: RuleIdx, group: &Group) -> Option<Standing> {
        let (rule, track) = (self.rules.rules.get(index)?, self.tracks.get(index)?);
        if let Some(slot) = track.find(rule, group) {
            return Some(self.standing_of(index, slot));
        }
        let (variant, last) = (track.roster.of_expected(group)?, track.next.minus(rule.every));
        let new = |(account, born): &(_, Timestamp)| {
            group.account == Some(*account) && born.plus(rule.new_group_delay) > last
        };
        let warming = last < track.warm_until || self.census.young.iter().any(new);
        let muted = variant.idle.outcome == Outcome::MutedScope;
        let reading = if warming && !muted { Reading::bare(Outcome::Warming) } else { variant.idle };
        let standing = state::Alert::default().standing(&variant.settings);
        Some(Standing { outcome: reading.outcome, value: reading.value, threshold: None, ..standing })
    }

    /// How the alert of that name stands for a group after the last tick: of a rule, as `standing` says, or one of those that a rule
    /// has beside it, `<Alert>:NoData`, `<Alert>:FleetShift` and `<Alert>:Overflow`; `None` where there is none.
    #[must_use]
    pub fn standing_by_name(&self, name: &str, group: &Group) -> Option<Standing> {
        if let Some(index) = self.rules.get(name) {
            return self.standing(index, group);
        }
        let (base, suffix) = name.rsplit_once(':')?;
        let index = self.rules.get(base)?;
        self.beside(index, group, suffix)
    }

    /// Alerts that are not inactive, by rule, group and name; those that rules have beside their own among them.
    pub fn alerts(&self) -> impl Iterator<Item = Listed<'_>> {
        self.tracks.iter().enumerate().flat_map(|(rule, track)| {
            let own = &self.rules.rules[rule];
            let fires = |alert: &state::Alert| alert.state() != State::Inactive;
            let mut listed: Vec<Listed<'_>> = Vec::new();
            for slot in track.slots() {
                let group = &slot.group;
                if slot.state() != State::Inactive {
                    let standing = self.standing_of(rule, slot);
                    listed.push(Listed { rule, name: Cow::Borrowed(&own.name), group, standing });
                }
                if let Some(silent) = slot.silent().filter(|alert| fires(alert)) {
                    let name = Cow::Owned(book::named(own, NO_DATA).into_string());
                    listed.push(Listed { rule, name, group, standing: bare(own, silent) });
                }
            }
            for ((suffix, group), alert) in track.metas.iter().filter(|(_, alert)| fires(alert)) {
                let name = Cow::Owned(book::named(own, suffix).into_string());
                listed.push(Listed { rule, name, group, standing: bare(own, alert) });
            }
            listed.sort_by(|a, b| (a.group, &a.name).cmp(&(b.group, &b.name)));
            listed
        })
    }

    /// What was counted of each rule.
    #[must_use]
    pub fn counters(&self) -> Vec<Counters> {
        let of = |(index, (rule, track)): (RuleIdx, (&Rule, &Track))| Counters {
            rule: index,
            groups: track.groups(),
            groups_max: rule.max_groups,
            overflow: track.tally.overflow,
            late: track.tally.late,
            ungrouped: track.tally.ungrouped,
            by_zero: track.tally.oddities.by_zero,
            not_finite: track.tally.oddities.not_finite,
            warming: track.next < track.warm_until,
        };
        self.rules.rules.iter().zip(&self.tracks).enumerate().map(of).collect()
    }

    fn look(&mut self, directory: &Directory, at: Timestamp) {
        let young_for = self.rules.rules.iter().map(|rule| rule.new_group_delay).max().unwrap_or_default();
        self.census.look(directory, at, young_for);
    }

    /// The rule whose tick comes next, where one is due.
    fn due(&self, progress: Timestamp, now: Timestamp) -> Option<RuleIdx> {
        let due = |(index, track): (RuleIdx, &Track)| {
            let step = &self.plan.steps[index];
            let due = track.next.plus(step.delay);
            let limit = if step.by_clock { now } else { progress };
            (due <= limit).then_some((due, track.next, step.depth, index))
        };
        self.tracks.iter().enumerate().filter_map(due).min().map(|(_, _, _, index)| index)
    }

    fn tick(&mut self, index: RuleIdx, now: Timestamp, directory: &Directory) -> Tick {
        let rules = Arc::clone(&self.rules);
        let rule = &rules.rules[index];
        let (at, step) = (self.tracks[index].next, &self.plan.steps[index]);
        let frame = Frame {
            index,
            rule,
            at,
            from: at.minus(track::lookback(rule)),
            steps: self.tracks[index].steps(at.minus(track::lookback(rule)), at),
            late: now.since(at) > CATCHING_UP.saturating_add(step.delay),
            directory,
            warming: at < self.tracks[index].warm_until,
        };
        let joined = self.join(&frame);
        let tick = self.tracks[index].tick(&frame, &mut self.census, joined);
        if let Some(kept) = step.kept {
            self.tracks[index].remember(at, kept);
        }
        tick
    }

    /// What a rule that looks at others finds there.
    fn join(&self, frame: &Frame<'_>) -> Vec<(Group, Reading)> {
        let of = |(name, index): &'_ (Box<str>, RuleIdx)| (name.clone(), *index);
        let named: Vec<(Box<str>, RuleIdx)> = self.plan.steps[frame.index].children.iter().map(of).collect();
        let children: Vec<Child<'_>> = named
            .iter()
            .map(|(name, index)| Child {
                name,
                rule: &self.rules.rules[*index],
                snapshot: self.tracks[*index].at(frame.at),
            })
            .collect();
        match &frame.rule.kind {
            Kind::Fleet(fleet) => children.first().map(|child| joined::fleet(frame, fleet, child)).unwrap_or_default(),
            Kind::Composite { level, expression, sticky, datadog } => {
                let combination = Combination { expression, level: *level, sticky: *sticky, datadog: *datadog };
                joined::composite(frame, combination, &children)
            }
            Kind::Threshold(_)
            | Kind::Ratio(_)
            | Kind::Absence { .. }
            | Kind::Event { .. }
            | Kind::FirstSeen(_)
            | Kind::Change { .. }
            | Kind::Outlier(_)
            | Kind::Forecast { .. } => Vec::new(),
        }
    }

    fn beside(&self, index: RuleIdx, group: &Group, suffix: &str) -> Option<Standing> {
        let (rule, track) = (self.rules.rules.get(index)?, self.tracks.get(index)?);
        let alert = match suffix {
            NO_DATA => track.find(rule, group)?.silent()?,
            other => track.metas.get(&(other.into(), group.clone()))?,
        };
        Some(bare(rule, alert))
    }

    fn standing_of(&self, index: RuleIdx, slot: &slot::Slot) -> Standing {
        let (rule, track) = (&self.rules.rules[index], &self.tracks[index]);
        let settings = roster::settings(&track.roster, rule, slot.place);
        let blank = state::Alert::default();
        let alert = slot.alert.as_deref().unwrap_or(&blank);
        let last = track.next.minus(rule.every);
        let mut standing = alert.standing(settings);
        standing.outcome = slot.outcome;
        standing.value = slot.value();
        standing.threshold = standing.level.and_then(|level| reading::threshold(rule, settings, level).0);
        let steps = track.steps(last.minus(track::lookback(rule)), last);
        standing.lines = slot.lines(steps, rule.annotations.samples);
        standing
    }
}

/// How an alert stands that is about the rule itself, or about silence: it has no threshold.
fn bare(rule: &Rule, alert: &state::Alert) -> Standing {
    Standing { threshold: None, ..alert.standing(&rule.settings) }
}
