//! What fires, with all that matchers know it by: taken out, so that many silences can be tried without holding anyone up.

use std::collections::BTreeMap;

use super::super::alert::{Alert, fingerprint, of_account};
use super::super::silence::Matcher;
use super::{Incidents, rule_of};
use crate::id::AccountId;
use crate::rule::{Level, Rule, RuleSet};
use crate::tenant::{Directory, Entry};

/// An alert that fires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Firing {
    /// Its fingerprint, as 16 hexadecimal digits.
    pub fingerprint: String,
    /// Its name.
    pub name: Box<str>,
    /// Whose it is.
    pub account: Option<AccountId>,
    /// Its level.
    pub level: Level,
    /// The values that silences compare, by label.
    labels: BTreeMap<Box<str>, Box<str>>,
}

impl Firing {
    /// Whether all matchers hold for it.
    #[must_use]
    pub fn matches(&self, matchers: &[Matcher]) -> bool {
        matchers.iter().all(|matcher| matcher.holds(self.label(matcher.name())))
    }

    /// The value of a label; empty where it has none.
    #[must_use]
    pub fn label(&self, name: &str) -> &str {
        self.labels.get(name).map_or("", |value| value)
    }
}

impl Incidents {
    /// All alerts that fire.
    #[must_use]
    pub fn firing(&self, rules: &RuleSet, directory: &Directory) -> Vec<Firing> {
        let of_incidents = self.state.incidents.iter().flat_map(|(key, incident)| {
            let rule = rule_of(&incident.rule, rules);
            incident.alerts.values().map(move |alert| firing(key, &incident.rule, rule, alert, directory))
        });
        of_incidents.collect()
    }
}

fn firing(incident: &str, name: &str, rule: Option<&Rule>, alert: &Alert, directory: &Directory) -> Firing {
    let fingerprint = fingerprint(alert.alert);
    let mut labels = BTreeMap::new();
    // A later value takes the place of an earlier one, as a label of the alert counts before that of its account.
    let of_rule = rule.into_iter().flat_map(|rule| rule.labels.iter().cloned());
    labels.extend(of_rule);
    let entry = alert.account.and_then(|account| directory.get(account));
    labels.extend(entry.into_iter().flat_map(of_entry));
    labels.extend(alert.group.iter().cloned());
    labels.extend(alert.account.map(|account| (text("account"), text(account.as_str()))));
    let level = alert.level.as_str();
    let own = [
        ("rule", name),
        ("alertname", name),
        ("incident", incident),
        ("level", level),
        ("severity", level),
        ("fingerprint", &fingerprint),
    ];
    labels.extend(own.map(|(name, value)| (text(name), text(value))));
    Firing { name: name.into(), account: alert.account, level: alert.level, labels, fingerprint }
}

/// What the directory says of an account, under all names that matchers may use.
fn of_entry(entry: &Entry) -> Vec<(Box<str>, Box<str>)> {
    let known =
        ["region", "tenant", "tier", "ou", "tenant.region", "tenant.id", "tenant.name", "tenant.tier", "tenant.ou"];
    let named = entry.labels.keys().flat_map(|name| [name.clone(), format!("tenant.{name}")]);
    let names = named.chain(known.map(str::to_owned));
    names.filter_map(|name| of_account(entry, &name).map(|value| (text(&name), text(value)))).collect()
}

fn text(text: &str) -> Box<str> {
    text.into()
}
