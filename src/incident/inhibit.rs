//! Inhibition: alerts that are not told because another alert explains them.
//!
//! It asks what fires, not what is told, so it is not transitive and a silence of the one does not let the other through.

use std::collections::{BTreeMap, BTreeSet};

use super::alert::{Labels, base};
use super::open::Incident;
use crate::rule::{Kind, RuleSet};

/// Which alerts inhibit which rules.
pub(super) struct Inhibition {
    /// By inhibited rule, the rules that inhibit it.
    rules: BTreeMap<Box<str>, Vec<Box<str>>>,
    /// By inhibiting rule, what fires of it.
    firing: BTreeMap<Box<str>, Firing>,
}

/// The alerts of one inhibiting rule: names of their labels, and the values of each.
#[derive(Default)]
struct Firing {
    names: Vec<Box<str>>,
    values: Vec<Vec<Box<str>>>,
    /// The values as seen by alerts that have only some of the labels; made when one asks.
    by_labels: BTreeMap<Vec<bool>, BTreeSet<Vec<Box<str>>>>,
}

impl Inhibition {
    pub(super) fn new<'a>(rules: &RuleSet, incidents: impl Iterator<Item = &'a Incident>) -> Self {
        let mut inhibited: BTreeMap<Box<str>, Vec<Box<str>>> = BTreeMap::new();
        for rule in &rules.rules {
            if !rule.inhibited_by.is_empty() {
                inhibited.entry(rule.name.clone()).or_default().extend(rule.inhibited_by.iter().cloned());
            }
            if let Kind::Fleet(fleet) = &rule.kind {
                for name in &fleet.inhibits {
                    inhibited.entry(name.clone()).or_default().push(rule.name.clone());
                }
            }
        }
        let mut firing: BTreeMap<Box<str>, Firing> =
            inhibited.values().flatten().map(|name| (name.clone(), Firing::default())).collect();
        for incident in incidents {
            if let Some(firing) = firing.get_mut(incident.rule()) {
                firing.add(incident);
            }
        }
        Self { rules: inhibited, firing }
    }

    /// Whether something may inhibit alerts of that name now.
    pub(super) fn concerns(&self, name: &str) -> bool {
        let by = self.rules.get(base(name)).into_iter().flatten();
        by.into_iter().any(|by| self.firing.get(by).is_some_and(|firing| !firing.values.is_empty()))
    }

    /// Whether an alert of an equal group, as far as both have labels, fires.
    pub(super) fn covers(&mut self, labels: &Labels<'_>) -> bool {
        let Some(by) = self.rules.get(base(labels.name)) else { return false };
        by.iter().any(|by| **by != *labels.name && self.firing.get_mut(by).is_some_and(|firing| firing.covers(labels)))
    }
}

impl Firing {
    fn add(&mut self, incident: &Incident) {
        for alert in incident.alerts.values() {
            let account = alert.account.as_ref().map(|account| ("account".into(), account.as_str().into()));
            let (names, values): (Vec<_>, Vec<_>) = account.into_iter().chain(alert.group.iter().cloned()).unzip();
            // Alerts of one rule have the same labels, unless it was changed while they fire; then the later ones count.
            if self.names != names {
                self.names = names;
                self.values.clear();
            }
            self.values.push(values);
        }
    }

    fn covers(&mut self, labels: &Labels<'_>) -> bool {
        if self.values.is_empty() {
            return false;
        }
        let own: Vec<Option<Box<str>>> = self.names.iter().map(|name| labels.of_group(name).map(Into::into)).collect();
        let both: Vec<bool> = own.iter().map(Option::is_some).collect();
        let wanted: Vec<Box<str>> = own.into_iter().flatten().collect();
        let seen = self.by_labels.entry(both).or_insert_with_key(|both| {
            let part = |values: &Vec<Box<str>>| {
                values.iter().zip(both).filter(|(_, both)| **both).map(|(value, _)| value.clone()).collect()
            };
            self.values.iter().map(part).collect()
        });
        seen.contains(&wanted)
    }
}
