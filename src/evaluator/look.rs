//! What those who show alerts read: rule by rule, so that each look is short, and without the records of notifications.

use super::reading;
use super::roster;
use super::state;
use super::{Evaluator, NO_DATA, State, book, slot};
use crate::rule::{Level, Rule, RuleIdx, Unit};
use crate::sample::Group;
use crate::time::Timestamp;

/// An alert that is not inactive.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// Its own name: that of the rule, or `<Alert>:NoData`, `<Alert>:FleetShift`, `<Alert>:Overflow`.
    pub name: Box<str>,
    /// Its group.
    pub group: Group,
    /// Fingerprint of name and group.
    pub alert: u64,
    /// Its state.
    pub state: State,
    /// The level that counts.
    pub level: Level,
    /// Value of the last tick.
    pub value: Option<f64>,
    /// The threshold that counts.
    pub threshold: Option<f64>,
    /// How both are shown.
    pub unit: Unit,
    /// Since when it breaches.
    pub since: Timestamp,
    /// Since when it fires.
    pub fired: Option<Timestamp>,
    /// Which time it fires.
    pub episode: u32,
}

/// A value of a group, whatever its state.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// The group.
    pub group: Group,
    /// Value of the last tick.
    pub value: f64,
}

impl Evaluator {
    /// The last tick of a rule that was evaluated; the one before its first, where none was.
    #[must_use]
    pub fn evaluated(&self, index: RuleIdx) -> Option<Timestamp> {
        let (rule, track) = (self.rules.rules.get(index)?, self.tracks.get(index)?);
        Some(track.next.minus(rule.every))
    }

    /// Alerts of a rule that are not inactive, by group and name; those beside its own among them.
    #[must_use]
    pub fn looks(&self, index: RuleIdx) -> Vec<Look> {
        let (Some(rule), Some(track)) = (self.rules.rules.get(index), self.tracks.get(index)) else {
            return Vec::new();
        };
        let last = track.next.minus(rule.every);
        let mut looks = Vec::new();
        for slot in track.slots() {
            if slot.state() != State::Inactive {
                looks.push(self.own(index, rule, slot, last));
            }
            if let Some(silent) = slot.silent().filter(|alert| alert.state() != State::Inactive) {
                looks.push(beside(rule, NO_DATA, &slot.group, silent, last));
            }
        }
        let metas = track.metas.iter().filter(|(_, alert)| alert.state() != State::Inactive);
        looks.extend(metas.map(|((suffix, group), alert)| beside(rule, suffix, group, alert, last)));
        looks.sort_by(|a, b| (&a.group, &a.name).cmp(&(&b.group, &b.name)));
        looks
    }

    /// Values of all groups of a rule that had one at the last tick, by group.
    #[must_use]
    pub fn measured(&self, index: RuleIdx) -> Vec<Measured> {
        let Some(track) = self.tracks.get(index) else { return Vec::new() };
        let of = |slot: &slot::Slot| Some(Measured { group: slot.group.clone(), value: slot.value()? });
        let mut measured: Vec<Measured> = track.slots().filter_map(of).collect();
        measured.sort_by(|a, b| a.group.cmp(&b.group));
        measured
    }

    /// When a record of each account last spoke to some rule, as far as groups by account tell; known again after a restart.
    #[must_use]
    pub fn heard(&self) -> std::collections::BTreeMap<crate::id::AccountId, Timestamp> {
        let mut heard = std::collections::BTreeMap::new();
        for slot in self.tracks.iter().flat_map(|track| track.slots()) {
            if let Some(account) = slot.group.account.filter(|_| slot.spoke > Timestamp::default()) {
                let last = heard.entry(account).or_insert(slot.spoke);
                *last = slot.spoke.max(*last);
            }
        }
        heard
    }

    fn own(&self, index: RuleIdx, rule: &Rule, slot: &slot::Slot, last: Timestamp) -> Look {
        let settings = roster::settings(&self.tracks[index].roster, rule, slot.place);
        let blank = state::Alert::default();
        let standing = slot.alert.as_deref().unwrap_or(&blank).standing(settings);
        let level = standing.level.unwrap_or(Level::Warning);
        let (threshold, unit) = reading::threshold(rule, settings, level);
        let look = look(&rule.name, &slot.group, &standing, last);
        Look { value: slot.value(), threshold, unit, ..look }
    }
}

/// An alert that is about the rule itself, or about silence: it has no threshold.
fn beside(rule: &Rule, suffix: &str, group: &Group, alert: &state::Alert, last: Timestamp) -> Look {
    look(&book::named(rule, suffix), group, &alert.standing(&rule.settings), last)
}

fn look(name: &str, group: &Group, standing: &super::Standing, last: Timestamp) -> Look {
    let since = [standing.active_warning, standing.active_critical, standing.firing_since];
    Look {
        name: name.into(),
        group: group.clone(),
        alert: group.alert(name),
        state: standing.state,
        level: standing.level.unwrap_or(Level::Warning),
        value: standing.value,
        threshold: None,
        unit: Unit::Number,
        since: since.into_iter().flatten().min().unwrap_or(last),
        fired: standing.firing_since,
        episode: standing.episode,
    }
}
