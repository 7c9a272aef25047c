//! Changes of alerts as history keeps them.

use super::shown::state_of;
use crate::api::alerts;
use crate::evaluator::Transition;
use crate::incident::{base, fingerprint, group_values};
use crate::rule::{Kind, RuleSet};
use crate::tenant::{Directory, UNASSIGNED};

/// A change of an alert, with the tenant that it is of now.
#[must_use]
pub fn transition(change: &Transition, rules: &RuleSet, directory: &Directory) -> alerts::Transition {
    let rule = rules.get(base(&change.rule)).and_then(|index| rules.rules.get(index));
    let absence = rule.is_some_and(|rule| matches!(rule.kind, Kind::Absence { .. }));
    let account = change.group.account;
    let tenant = account.map_or("", |id| directory.get(id).map_or(UNASSIGNED, |entry| &entry.tenant));
    let group = group_values(&change.group, rule);
    let before = change.level_before.unwrap_or(change.level);
    alerts::Transition {
        at: change.at.into(),
        fingerprint: fingerprint(change.alert),
        name: change.rule.to_string(),
        rule: base(&change.rule).to_owned(),
        account: account.map(|account| account.to_string()),
        tenant: tenant.to_owned(),
        group: group.into_iter().map(|(name, value)| (name.into(), value.into())).collect(),
        from: state_of(change.from, before, &change.rule, absence),
        to: state_of(change.to, change.level, &change.rule, absence),
        value: change.value.filter(|value| value.is_finite()),
        value_text: change.value.map(|value| change.unit.show(value)).unwrap_or_default(),
        reason: change.reason.as_str().to_owned(),
        episode: change.episode,
    }
}
