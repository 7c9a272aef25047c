//! Alerts and groups of them.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use schemars::JsonSchema;
use serde::Deserialize;

use super::Api;
use super::access::Who;
use super::answer::{Format, Limit};
use super::params::Params;
use super::refusal::Refusal;
use super::route::Route;
use super::viewed::{listed, skipped, typed, word, words};
use crate::api::alerts::{Alert, AlertGroup};
use crate::io::clock;
use crate::view::alerts::{AlertQuery, Sort, Wanted};
use crate::view::filter::digits;
use crate::view::groups::{By, GroupQuery};

/// The endpoints of this area.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/alerts/groups", "Groups of alerts, worst first", groups)
            .params::<GroupParams>()
            .list::<AlertGroup>(),
        Route::get("/alerts", "Alerts, worst first", alerts).params::<AlertParams>().list::<Alert>(),
    ]
}

/// Which groups are asked for.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct GroupParams {
    /// What makes a group: `rule`, `tenant` or `label:x`.
    by: Option<String>,
    /// States of alerts that count, among them `silenced` and `acked`; all where there is none.
    state: Vec<String>,
    /// Levels that count: `critical`, `warning`.
    sev: Vec<String>,
    /// Words and labels: `acme rule=~Lambda tier=gold`.
    q: String,
    /// Groups at most: 50, up to 200.
    limit: Option<u32>,
    /// Where to go on.
    cursor: Option<String>,
}

async fn groups(
    State(api): State<Arc<Api>>,
    who: Who,
    format: Format,
    Params(params): Params<GroupParams>,
) -> Result<Response, Refusal> {
    let limit = Limit::new(params.limit, 50, 200);
    let skip = skipped(params.cursor.as_deref())?;
    let query = GroupQuery {
        by: word("by", params.by.as_deref(), By::parse)?,
        wanted: wanted(&params.state, &params.sev, &params.q)?,
        skip,
        limit: limit.n,
    };
    let view = api.views.current(&who.scope);
    Ok(format.list(listed(view.groups(&query), skip, limit, &view)))
}

/// Which alerts are asked for.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct AlertParams {
    /// Of this rule, or of this name.
    rule: Option<String>,
    /// Of this account.
    account: Option<String>,
    /// Of this tenant.
    tenant: Option<String>,
    /// In these states, among them `silenced` and `acked`; all where there is none.
    state: Vec<String>,
    /// Of these levels: `critical`, `warning`.
    sev: Vec<String>,
    /// Words and labels: `acme rule=~Lambda tier=gold`.
    q: String,
    /// `worst` (default), `newest`, `oldest`, `value`, `account`, `tenant` or `rule`.
    sort: Option<String>,
    /// Alerts at most: 50, up to 500.
    limit: Option<u32>,
    /// Where to go on.
    cursor: Option<String>,
}

async fn alerts(
    State(api): State<Arc<Api>>,
    who: Who,
    format: Format,
    Params(params): Params<AlertParams>,
) -> Result<Response, Refusal> {
    let limit = Limit::new(params.limit, 50, 500);
    let skip = skipped(params.cursor.as_deref())?;
    let query = AlertQuery {
        rule: params.rule,
        account: params.account.map(|account| digits(&account).unwrap_or(account)),
        tenant: params.tenant,
        wanted: wanted(&params.state, &params.sev, &params.q)?,
        sort: word("sort", params.sort.as_deref(), Sort::named)?,
        skip,
        limit: limit.n,
    };
    let view = api.views.current(&who.scope);
    let mut part = view.alerts(&query);
    let fingerprints = part.items.iter().map(|alert| alert.fingerprint.clone()).collect();
    let mut blocks = api.store.blocks(fingerprints, clock::now()).await;
    part.items.iter_mut().for_each(|alert| alert.history = blocks.remove(&alert.fingerprint));
    Ok(format.list(listed(part, skip, limit, &view)))
}

fn wanted(states: &[String], levels: &[String], q: &str) -> Result<Wanted, Refusal> {
    let refused = |name: &str, word: &str| Refusal::bad_parameter(name, format!("has no value {word:?}"));
    let mut wanted = Wanted::new(words(states), typed(q)?).map_err(|word| {
        refused("state", &word).hint("states are critical, warning, error, no_data, pending, silenced and acked")
    })?;
    for level in words(levels) {
        if !["critical", "warning"].contains(&level) {
            return Err(refused("sev", level).hint("levels are critical and warning"));
        }
        wanted.levels.push(level.to_owned());
    }
    Ok(wanted)
}
