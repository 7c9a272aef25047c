//! Which group of a rule a test means.

use super::file::Who;
use crate::config::problem::did_you_mean;
use crate::rule::{Kind, Rule, RuleIdx, RuleSet};
use crate::sample::Group;

/// The rule of that name.
pub(super) fn rule(rules: &RuleSet, name: &str) -> Result<RuleIdx, String> {
    rules.rules.iter().position(|rule| &*rule.name == name).ok_or_else(|| {
        let names: Vec<_> = rules.rules.iter().map(|rule| &*rule.name).collect();
        format!("no rule is called {name:?}{}", did_you_mean(name, &names))
    })
}

/// The names of what a rule groups by, in the order of its groups.
pub(super) fn names(rule: &Rule) -> Vec<String> {
    let fields = match &rule.kind {
        Kind::Event { dedup_by, .. } if !dedup_by.is_empty() => dedup_by,
        Kind::Threshold(_)
        | Kind::Ratio(_)
        | Kind::Absence { .. }
        | Kind::Event { .. }
        | Kind::Fleet(_)
        | Kind::Composite { .. }
        | Kind::FirstSeen(_)
        | Kind::Change { .. }
        | Kind::Outlier(_)
        | Kind::Forecast { .. } => &rule.group_by,
    };
    let key = matches!(rule.kind, Kind::FirstSeen(_)).then(|| "key".to_owned());
    fields.iter().map(ToString::to_string).chain(key).collect()
}

/// The group that a test means.
pub(super) fn group(rule: &Rule, who: &Who) -> Result<Group, String> {
    let names = names(rule);
    let by = if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
    let by_account = names.iter().any(|name| name == "account");
    if by_account != who.account.is_some() {
        let word = if by_account { "is missing" } else { "is given" };
        return Err(format!("account {word}, and {} groups by {by}", rule.name));
    }
    let others: Vec<_> = names.iter().filter(|name| *name != "account").collect();
    if let Some(name) = who.group.keys().find(|name| !others.contains(name)) {
        let others: Vec<_> = others.iter().map(|name| name.as_str()).collect();
        return Err(format!("group has {name:?}, and {} groups by {by}{}", rule.name, did_you_mean(name, &others)));
    }
    let value = |name: &&String| {
        let value = who.group.get(*name).map(|value| value.as_str().into());
        value.ok_or_else(|| format!("group has no {name}, and {} groups by {by}", rule.name))
    };
    Ok(Group { account: who.account, rest: others.iter().map(value).collect::<Result<_, _>>()? })
}

/// A group as people read it: `111111111111 region=eu-central-1`.
pub(super) fn shown(rule: &Rule, group: &Group) -> String {
    let names: Vec<_> = names(rule).into_iter().filter(|name| name != "account").collect();
    let mut parts: Vec<_> = group.account.iter().map(|account| account.to_string()).collect();
    parts.extend(group.rest.iter().enumerate().map(|(index, value)| match names.get(index) {
        Some(name) => format!("{name}={value}"),
        None => value.to_string(),
    }));
    parts.join(" ")
}
