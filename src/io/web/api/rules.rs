//! Rules and what they say: lists, one rule with its source and overrides, its groups, and what a changed copy would do.

mod check;
mod instances;
mod rows;

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use schemars::JsonSchema;
use serde::Deserialize;

use super::Api;
use super::access::Who;
use super::answer::{Answer, Format, Limit, part};
use super::params::Params;
use super::refusal::Refusal;
use super::route::{Needs, Route};
use super::viewed::each;
use crate::api::rules::{Check, Instance, Override, Rule, RuleRow, RuleSource};
use crate::config::problem::did_you_mean;
use crate::io::clock;
use crate::predicate::account::Account;
use crate::rule::explain::changes;
use crate::rule::{RuleIdx, RuleSet};
use crate::view::alerts::state_named;
use crate::view::scope::Scope;

/// Notifications that are told with a rule.
const NOTIFICATIONS_MAX: usize = 20;

/// The endpoints of this area.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/rules", "Rules, those that fire first", list).params::<RulesQuery>().list::<RuleRow>(),
        Route::get("/rules/{rule}", "One rule, its overrides and who was told", one).answer::<Rule>(),
        Route::get("/rules/{rule}/source", "The lines of a rule in its file", source)
            .needs(Needs::Fleet)
            .answer::<RuleSource>(),
        Route::get(
            "/rules/{rule}/instances",
            "Groups of a rule whatever their state, the nearest to firing first",
            groups,
        )
        .params::<InstancesQuery>()
        .list::<Instance>(),
        Route::post("/rules/check", "What is wrong with rules, and what they would have done", check::check)
            .needs(Needs::Fleet)
            .params::<check::CheckQuery>()
            .text_body("application/yaml")
            .answer::<Check>(),
    ]
}

/// Which rules are listed.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct RulesQuery {
    /// Only rules whose name, file, summary or labels have this in them.
    q: Option<String>,
    /// Only rules in one of these states, separated by commas.
    state: Vec<String>,
    /// How many: 200 at most.
    limit: Option<u32>,
    /// Where to go on.
    cursor: Option<String>,
}

/// Which groups of a rule are listed.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct InstancesQuery {
    /// `distance` from the threshold (nearest first, the default), `account`, or `value` (largest first).
    sort: instances::Sort,
    /// Only groups in one of these states, separated by commas.
    state: Vec<String>,
    /// Only groups of this account.
    account: Option<String>,
    /// How many: 500 at most.
    limit: Option<u32>,
    /// Where to go on.
    cursor: Option<String>,
}

async fn list(
    State(api): State<Arc<Api>>,
    who: Who,
    format: Format,
    Params(query): Params<RulesQuery>,
) -> Result<Response, Refusal> {
    let mut found = rows::rows(&api, &who.scope);
    let (wanted, states) = (query.q.unwrap_or_default().to_lowercase(), each("state", &query.state, state_named)?);
    found.retain(|row| rows::has(row, &wanted) && (states.is_empty() || states.contains(&row.state)));
    found.sort_by(|a, b| b.state.cmp(&a.state).then(b.firing.cmp(&a.firing)).then_with(|| a.rule.cmp(&b.rule)));
    let list = part(found, Limit::new(query.limit, 200, 200), query.cursor.as_deref())?;
    Ok(format.list(list))
}

async fn one(State(api): State<Arc<Api>>, who: Who, Path(name): Path<String>) -> Result<Answer<Rule>, Refusal> {
    let (rules, index) = named(&api, &name)?;
    let row = rows::row(&api, &who.scope, &rules, index);
    let rule = &rules.rules[index];
    let annotations = [("summary", &rule.annotations.summary), ("description", &rule.annotations.description)];
    let annotations = annotations.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text.clone()?.into())));
    let others = rule.annotations.others.iter().map(|(name, text)| (name.to_string(), text.to_string()));
    // Titles name accounts of others.
    let notifications =
        if who.scope.is_fleet() { api.store.notifications(&name, NOTIFICATIONS_MAX).await } else { Vec::new() };
    Ok(Answer(Rule {
        source: if who.scope.is_fleet() { rows::source(&api, rule).unwrap_or_default() } else { String::new() },
        annotations: annotations.chain(others).collect(),
        runbook: rule.annotations.runbook.as_deref().map(Into::into),
        every_seconds: rule.every.as_secs(),
        override_list: overrides(&api, &who.scope, &rules, index),
        notifications,
        row,
    }))
}

async fn source(State(api): State<Arc<Api>>, Path(name): Path<String>) -> Result<Answer<RuleSource>, Refusal> {
    let (rules, index) = named(&api, &name)?;
    let rule = &rules.rules[index];
    let source = rows::source(&api, rule);
    let source = source.ok_or_else(|| Refusal::unavailable("the rules were read again just now"))?;
    let (file, line) = (rows::file(&api, rule), rows::line(rule.place.line));
    Ok(Answer(RuleSource { rule: name, file, line, line_last: rows::line(rule.place.line_last), source }))
}

async fn groups(
    State(api): State<Arc<Api>>,
    who: Who,
    format: Format,
    Path(name): Path<String>,
    Params(query): Params<InstancesQuery>,
) -> Result<Response, Refusal> {
    let (rules, index) = named(&api, &name)?;
    let found = instances::instances(&api, &who.scope, &rules, index, &query).await?;
    let mut list = part(found, Limit::new(query.limit, 50, 500), query.cursor.as_deref())?;
    list.notices.push("groups without data and without an alert are not listed".into());
    Ok(format.list(list))
}

/// The rule of that name in the set that runs.
fn named(api: &Api, name: &str) -> Result<(Arc<RuleSet>, RuleIdx), Refusal> {
    let rules = api.alerting.with(|alerting| Arc::clone(alerting.rules()));
    // An alert beside a rule's own is asked for by the name that lists show.
    let base = name.split(':').next().unwrap_or(name);
    match rules.get(base) {
        Some(index) => Ok((rules, index)),
        None => {
            let names: Vec<&str> = rules.rules.iter().map(|rule| &*rule.name).collect();
            let refusal = Refusal::not_found(format!("there is no rule {name:?}{}", did_you_mean(base, &names)));
            Err(refusal.hint("GET /api/v1/rules lists the rules"))
        }
    }
}

/// Overrides with how many accounts each counts for. Readers of some tenants see those that count for theirs, and no text that
/// may name others: only an override that is written for one account or tenant says why.
fn overrides(api: &Api, scope: &Scope, rules: &RuleSet, index: RuleIdx) -> Vec<Override> {
    let (rule, directory, now) = (&rules.rules[index], api.directory.current(), clock::now());
    let seen: Vec<Account<'_>> = directory
        .entries()
        .filter(|entry| scope.covers(&entry.tenant))
        .map(|entry| Account { id: entry.account, entry: Some(entry) })
        .filter(|account| rule.scope.as_ref().is_none_or(|scope| scope.holds(account)))
        .collect();
    let told = rule.overrides.iter().map(|one| {
        let accounts = seen.iter().filter(|account| one.applies(account, now)).count();
        let own = scope.is_fleet() || one.account.is_some() || one.tenant.is_some();
        let text = |text: &Option<Box<str>>| text.as_deref().filter(|_| own).unwrap_or_default().to_owned();
        let plain = scope.is_fleet() || one.matches.is_none();
        Override {
            selector: if plain { one.whom() } else { "a selector that holds for it".into() },
            changes: changes(one).into_iter().map(|(key, value)| (key.to_owned(), value)).collect(),
            accounts: u32::try_from(accounts).unwrap_or(u32::MAX),
            reason: text(&one.why),
            owner: text(&one.owner),
            expires: one.until.map(Into::into),
            expired: one.is_expired(now),
        }
    });
    told.filter(|one| scope.is_fleet() || one.accounts > 0).collect()
}
