//! What accounts use of their quotas.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use schemars::JsonSchema;
use serde::Deserialize;

use super::Api;
use super::access::Who;
use super::accounts::known;
use super::answer::{Format, Limit, part};
use super::params::Params;
use super::refusal::Refusal;
use super::route::Route;
use crate::api::quotas::QuotaUse;
use crate::id::AccountId;
use crate::io::clock;
use crate::quota::standing::{Standing, fuller, standings};
use crate::view::View;
use crate::view::standing::shown;

/// Accounts that could not be read and are named.
const FAILURES_TOLD: usize = 5;

/// The endpoints of this area.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/quotas", "Quotas of all accounts, the nearest to be used up first", quotas)
            .params::<QuotaParams>()
            .list::<QuotaUse>(),
        Route::get("/accounts/{id}/quotas", "Quotas of an account, fullest first", of_account)
            .params::<PartParams>()
            .list::<QuotaUse>(),
    ]
}

/// Which quotas.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct QuotaParams {
    /// Only those of this service, such as `lambda`.
    service: Option<String>,
    /// Only those of this tenant.
    tenant: Option<String>,
    /// Only those of which at least this share is used, such as `0.8`.
    min_share: Option<f64>,
    /// Only those of which use or value is not known (`true`), or of which both are (`false`).
    unknown: Option<bool>,
    /// Quotas at most: 100, up to 1,000.
    limit: Option<u32>,
    /// Where to go on.
    cursor: Option<String>,
}

/// Which part of a list.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct PartParams {
    /// Quotas at most: 200, up to 1,000.
    limit: Option<u32>,
    /// Where to go on.
    cursor: Option<String>,
}

async fn quotas(
    State(api): State<Arc<Api>>,
    who: Who,
    format: Format,
    Params(params): Params<QuotaParams>,
) -> Result<Response, Refusal> {
    let view = api.views.current(&who.scope);
    let mut all = standing(&api, &view, view.base().ids());
    all.retain(|one| {
        let place = || view.base().place(one.account).unwrap_or_default();
        params.service.as_deref().is_none_or(|service| *one.service == *service)
            && params.tenant.as_deref().is_none_or(|tenant| view.base().tenant(place()) == tenant)
            && params.min_share.is_none_or(|least| one.share().is_some_and(|share| share >= least))
            && params.unknown.is_none_or(|unknown| one.share().is_none() == unknown)
    });
    all.sort_by(fuller);
    list(&api, &view, all, format, Limit::new(params.limit, 100, 1_000), params.cursor.as_deref())
}

async fn of_account(
    State(api): State<Arc<Api>>,
    who: Who,
    format: Format,
    Path(id): Path<String>,
    Params(params): Params<PartParams>,
) -> Result<Response, Refusal> {
    let view = api.views.current(&who.scope);
    let found = known(&view, &id)?;
    let all = standing(&api, &view, &[found]);
    list(&api, &view, all, format, Limit::new(params.limit, 200, 1_000), params.cursor.as_deref())
}

fn standing(api: &Api, view: &View, accounts: &[AccountId]) -> Vec<Standing> {
    let (values, now) = (api.quotas.values(), clock::now());
    let entry = |id: AccountId| view.base().place(id).and_then(|place| view.base().entry(place));
    let of = |usage: &mut _| accounts.iter().flat_map(|id| standings(usage, &values, *id, entry(*id), now)).collect();
    api.fleet.quotas(of).unwrap_or_default()
}

fn list(
    api: &Api,
    view: &View,
    all: Vec<Standing>,
    format: Format,
    limit: Limit,
    cursor: Option<&str>,
) -> Result<Response, Refusal> {
    let mut failures: Vec<String> = api
        .quotas
        .values()
        .applied()
        .failures()
        .filter(|(id, ..)| view.base().place(*id).is_some())
        .filter(|(id, ..)| all.len() > 200 || all.is_empty() || all.iter().any(|one| one.account == *id))
        .map(|(id, at, why)| format!("Service Quotas of {id} could not be read at {at}: {why}"))
        .collect();
    let more = failures.len().saturating_sub(FAILURES_TOLD);
    failures.truncate(FAILURES_TOLD);
    if more > 0 {
        failures.push(format!("{more} more accounts could not be read"));
    }
    if view.scope().is_fleet() {
        failures.extend(api.quotas.table_failure().map(|why| format!("the table of quotas could not be read: {why}")));
    }
    let part = part(all, limit, cursor)?;
    let entry = |id: AccountId| view.base().place(id).and_then(|place| view.base().entry(place));
    Ok(format.list(crate::api::List {
        items: part.items.iter().map(|one| shown(one, entry(one.account))).collect::<Vec<QuotaUse>>(),
        total: part.total,
        exact: part.exact,
        next: part.next,
        notices: part.notices.into_iter().chain(failures).collect(),
        as_of: part.as_of,
    }))
}
