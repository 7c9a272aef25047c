//! What people are shown of a rule: whom it applies to, and every group with its value, its threshold and how far it is from it.

use std::sync::Arc;

use super::track::tick_after;
use super::{Evaluator, Outcome, State, reading, roster};
use crate::id::AccountId;
use crate::rule::{Comparison, Condition, Kind, Level, NoData, Rule, RuleIdx, Settings, Unit};
use crate::sample::Group;
use crate::time::Timestamp;

/// Whom a rule applies to.
#[derive(Clone, Debug)]
pub struct Applied {
    /// Accounts of the directory in its scope, ascending.
    pub members: Arc<[AccountId]>,
    chosen: Arc<[u16]>,
    /// The overrides of each choice of settings.
    overrides: Vec<Vec<usize>>,
}

impl Applied {
    /// Each member with the overrides that count for it, by their index.
    pub fn iter(&self) -> impl Iterator<Item = (AccountId, &[usize])> {
        self.members.iter().enumerate().map(|(index, account)| {
            let chosen = self.chosen.get(index).copied().unwrap_or(0);
            (*account, self.overrides.get(usize::from(chosen)).map_or(&[][..], Vec::as_slice))
        })
    }
}

/// A group of a rule as its last tick left it, whatever its state.
#[derive(Clone, Debug, PartialEq)]
pub struct Instance {
    /// The group.
    pub group: Group,
    /// What the tick said.
    pub outcome: Outcome,
    /// State of its alert.
    pub state: State,
    /// Level of its alert; none of one that is inactive.
    pub level: Option<Level>,
    /// Value.
    pub value: Option<f64>,
    /// The threshold that counts for it: of its level, else of the first that it would reach.
    pub threshold: Option<f64>,
    /// How both are shown.
    pub unit: Unit,
    /// Distance from the threshold as a share of it: 0 at the threshold, below 0 beyond it.
    pub distance: Option<f64>,
    /// Since when it breaches.
    pub since: Option<Timestamp>,
    /// Silence is not all well for it.
    pub wants_data: bool,
}

impl Evaluator {
    /// Into how many parts the groups of each rule are divided, which can be looked at one by one.
    #[must_use]
    pub const fn partitions(&self) -> usize {
        self.partitions
    }

    /// When a rule was last evaluated since it runs; `None` before that.
    #[must_use]
    pub fn ticked(&self, index: RuleIdx) -> Option<Timestamp> {
        let (rule, track) = (self.rules.rules.get(index)?, self.tracks.get(index)?);
        (track.next > tick_after(track.since, rule.every)).then(|| track.next.minus(rule.every))
    }

    /// Whom a rule applies to; `None` before its first tick.
    #[must_use]
    pub fn applied(&self, index: RuleIdx) -> Option<Applied> {
        let roster = &self.tracks.get(index)?.roster;
        (roster.epoch > 0).then(|| Applied {
            members: Arc::clone(&roster.members),
            chosen: Arc::clone(&roster.chosen),
            overrides: roster.variants.iter().map(|variant| variant.applied.clone()).collect(),
        })
    }

    /// The groups of a rule that lie in a part and are wanted, in no order that means anything. Groups without data and without
    /// state are not tracked, and so are not among them.
    pub fn instances(
        &self,
        index: RuleIdx,
        partition: usize,
        mut wanted: impl FnMut(&Group) -> bool,
    ) -> impl Iterator<Item = Instance> {
        let found = self.rules.rules.get(index).zip(self.tracks.get(index));
        found.into_iter().flat_map(move |(rule, track)| {
            let slots = track.shelves.get(partition).map_or(&[][..], |shelf| shelf.slots.as_slice());
            let instances: Vec<Instance> = slots
                .iter()
                .filter(|slot| wanted(&slot.group))
                .map(|slot| instance(rule, roster::settings(&track.roster, rule, slot.place), slot))
                .collect();
            instances
        })
    }
}

fn instance(rule: &Rule, settings: &Settings, slot: &super::slot::Slot) -> Instance {
    let alert = slot.alert.as_deref().map(|alert| alert.standing(settings));
    let level = alert.as_ref().and_then(|standing| standing.level);
    let next = level.unwrap_or(if settings.warning.is_some() { Level::Warning } else { Level::Critical });
    let (threshold, unit) = reading::threshold(rule, settings, next);
    let value = slot.value();
    Instance {
        group: slot.group.clone(),
        outcome: slot.outcome,
        state: slot.state(),
        level,
        value,
        threshold,
        unit,
        distance: value.zip(threshold).and_then(|(value, bound)| distance(rule, settings, next, value, bound)),
        since: alert.and_then(|standing| standing.active_warning.or(standing.active_critical)),
        wants_data: !matches!(settings.no_data, NoData::Ok | NoData::Zero),
    }
}

/// How far a value is from a bound, as a share of the bound; of kinds without a bound, and of a bound of 0, nothing is told.
fn distance(rule: &Rule, settings: &Settings, level: Level, value: f64, bound: f64) -> Option<f64> {
    if bound == 0.0 {
        return None;
    }
    let condition: Option<&Condition> = match level {
        Level::Critical => settings.critical.as_ref().or(settings.warning.as_ref()),
        Level::Warning => settings.warning.as_ref().or(settings.critical.as_ref()),
    };
    let comparison = match &rule.kind {
        Kind::Absence { .. } => Comparison::AtLeast,
        Kind::Outlier(_) => return Some((bound - value.abs()) / bound.abs()),
        Kind::Threshold(_) | Kind::Ratio(_) | Kind::Change { .. } | Kind::Forecast { .. } | Kind::Fleet(_) => {
            condition?.comparison
        }
        Kind::Event { .. } | Kind::FirstSeen(_) | Kind::Composite { .. } => return None,
    };
    match comparison {
        Comparison::Above | Comparison::AtLeast => Some((bound - value) / bound.abs()),
        Comparison::Below | Comparison::AtMost => Some((value - bound) / bound.abs()),
        Comparison::Equal => Some((value - bound).abs() / bound.abs()),
        Comparison::NotEqual => None,
    }
}
