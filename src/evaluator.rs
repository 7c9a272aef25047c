//! Stage 2: state by rule and group, moved on by ticks in order. Pure: the same messages and ticks give the same transitions.

pub mod baseline;
pub mod first_seen;
pub mod forecast;
pub mod logic;
pub mod outlier;
pub mod state;

use serde::{Deserialize, Serialize};

use crate::rule::{Level, RuleIdx, Unit};
use crate::sample::{Group, Line};
use crate::time::Timestamp;

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
