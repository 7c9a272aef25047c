//! Groups of a rule, whatever their state: what is about to fire stands first.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::Api;
use super::super::refusal::Refusal;
use super::{InstancesQuery, rows};
use crate::api::fleet::State;
use crate::api::rules::Instance;
use crate::evaluator::{self, Outcome};
use crate::id::AccountId;
use crate::notify::text;
use crate::predicate::field::Field;
use crate::rule::{Kind, Level, Rule, RuleIdx, RuleSet};
use crate::sample::Group;
use crate::tenant::Directory;
use crate::view::scope::Scope;
use crate::view::shown::state_of;

/// How groups are sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Sort {
    /// Nearest to its threshold, or furthest beyond it, first.
    #[default]
    Distance,
    /// Ascending.
    Account,
    /// Largest first.
    Value,
}

/// All groups that are asked for, sorted. The rules are looked at in slices, so that no tick waits.
pub(super) async fn instances(
    api: &Api,
    scope: &Scope,
    rules: &Arc<RuleSet>,
    index: RuleIdx,
    query: &InstancesQuery,
) -> Result<Vec<Instance>, Refusal> {
    let account = query.account.as_deref().map(account).transpose()?;
    let directory = api.directory.current();
    let wanted = |group: &Group| {
        account.is_none_or(|account| group.account == Some(account)) && rows::sees(scope, group.account, &directory)
    };
    let (mut found, mut partition) = (Vec::new(), 0);
    loop {
        let more = api.alerting.with(|alerting| {
            let evaluator = alerting.evaluator();
            if !Arc::ptr_eq(alerting.rules(), rules) {
                return None;
            }
            found.extend(evaluator.instances(index, partition, wanted));
            Some(partition + 1 < evaluator.partitions())
        });
        match more {
            None => return Err(Refusal::unavailable("the rules were read again just now").hint("ask again")),
            Some(false) => break,
            Some(true) => partition += 1,
        }
        tokio::task::yield_now().await;
    }
    let rule = &rules.rules[index];
    let mut shown: Vec<Instance> = found.iter().map(|found| show(found, rule, &directory)).collect();
    shown.retain(|instance| query.state.is_empty() || query.state.contains(&instance.state));
    sort(&mut shown, query.sort);
    Ok(shown)
}

fn account(text: &str) -> Result<AccountId, Refusal> {
    AccountId::parse(&text.replace('-', ""))
        .map_err(|error| Refusal::bad_parameter("account", format!("is wrong: {error}")))
}

fn sort(instances: &mut [Instance], by: Sort) {
    let by_name = |a: &Instance, b: &Instance| (&a.account, &a.group).cmp(&(&b.account, &b.group));
    match by {
        Sort::Account => instances.sort_by(by_name),
        Sort::Distance => {
            instances.sort_by(|a, b| known_first(a.distance, b.distance, f64::total_cmp).then_with(|| by_name(a, b)));
        }
        Sort::Value => {
            let falling = |a: &f64, b: &f64| b.total_cmp(a);
            instances.sort_by(|a, b| known_first(a.value, b.value, falling).then_with(|| by_name(a, b)));
        }
    }
}

fn known_first(a: Option<f64>, b: Option<f64>, compare: impl Fn(&f64, &f64) -> Ordering) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => compare(&a, &b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    }
}

fn show(found: &evaluator::Instance, rule: &Rule, directory: &Directory) -> Instance {
    let entry = found.group.account.and_then(|account| directory.get(account));
    let tag = found.group.account.map(|account| directory.tag(account));
    let shown = |value: Option<f64>| value.map(|value| text::shown(Some(value), found.unit)).unwrap_or_default();
    let absence = matches!(rule.kind, Kind::Absence { .. });
    let level = found.level.unwrap_or(Level::Warning);
    let state = match state_of(found.state, level, &rule.name, absence) {
        State::Ok if found.outcome == Outcome::NoData && found.wants_data => State::NoData,
        state @ (State::Ok | State::Pending | State::NoData | State::Error | State::Warning | State::Critical) => state,
    };
    Instance {
        account: found.group.account.map(|account| account.to_string()),
        tenant: tag.map(|tag| tag.tenant.to_string()).unwrap_or_default(),
        account_name: entry.and_then(|entry| entry.name.clone()).unwrap_or_default(),
        group: named(rule, &found.group),
        state,
        value: found.value,
        value_text: shown(found.value),
        threshold: found.threshold,
        threshold_text: shown(found.threshold),
        distance: found.distance,
        since: found.since.map(Into::into),
    }
}

/// The values of a group beside its account, by the names of their fields.
fn named(rule: &Rule, group: &Group) -> BTreeMap<String, String> {
    let own = rule.group_by.iter().filter(|field| **field != Field::Account);
    let more: Vec<String> = match &rule.kind {
        Kind::Event { dedup_by, .. } => dedup_by.iter().map(ToString::to_string).collect(),
        Kind::FirstSeen(first_seen) => vec![first_seen.key.to_string()],
        Kind::Threshold(_)
        | Kind::Ratio(_)
        | Kind::Absence { .. }
        | Kind::Fleet(_)
        | Kind::Composite { .. }
        | Kind::Change { .. }
        | Kind::Outlier(_)
        | Kind::Forecast { .. } => Vec::new(),
    };
    let names = own.map(ToString::to_string).chain(more);
    names.zip(group.rest.iter()).map(|(name, value)| (name, value.to_string())).collect()
}
