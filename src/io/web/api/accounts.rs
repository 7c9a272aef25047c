//! One account, and lists of accounts.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::response::Response;
use schemars::JsonSchema;
use serde::Deserialize;

use super::Api;
use super::access::Who;
use super::answer::{Answer, Format, Limit};
use super::params::Params;
use super::pipeline;
use super::refusal::Refusal;
use super::route::Route;
use super::viewed::{each, listed, moment, skipped, typed, word, words};
use crate::api::accounts::{Account, AccountRow, Series};
use crate::id::AccountId;
use crate::io::clock;
use crate::rollup::Figure;
use crate::view::View;
use crate::view::account::{Told, series};
use crate::view::accounts::{AccountQuery, Sort, fresh_named};
use crate::view::alerts::state_named;
use crate::view::filter::digits;

/// How far back series go where nobody says it.
const SERIES: Duration = Duration::from_secs(3_600);

/// Points of a series, where nobody says it, and at most.
const POINTS: u32 = 300;
const POINTS_MAX: u32 = 2_000;

/// The endpoints of this area.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/accounts", "Accounts, by id", accounts).params::<AccountParams>().list::<AccountRow>(),
        Route::get("/accounts/{id}", "One account: its state, figures, quotas, cost and links", account)
            .answer::<Account>(),
        Route::get("/accounts/{id}/metrics", "What an account sent lately, in columns", metrics)
            .params::<MetricParams>()
            .answer::<Series>(),
    ]
}

/// Which accounts are asked for.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct AccountParams {
    /// In these states; `silenced` for those of which all that is wrong is silenced or acknowledged.
    state: Vec<String>,
    /// So fresh: `live`, `late`, `silent`, `new` or `suspended`.
    freshness: Vec<String>,
    /// With an alert of this rule.
    rule: Option<String>,
    /// Only accounts that the directory knows, or only those that it does not.
    known: Option<bool>,
    /// Words and labels: `acme tier=gold region=~^eu`.
    q: String,
    /// `id` (default), `worst`, `tenant`, `name`, `events`, `bytes`, `errors`, `newest` or `oldest`.
    sort: Option<String>,
    /// Accounts at most: 50, up to 1,000.
    limit: Option<u32>,
    /// Where to go on.
    cursor: Option<String>,
}

async fn accounts(
    State(api): State<Arc<Api>>,
    who: Who,
    format: Format,
    Params(params): Params<AccountParams>,
) -> Result<Response, Refusal> {
    let limit = Limit::new(params.limit, 50, 1_000);
    let skip = skipped(params.cursor.as_deref())?;
    let states: Vec<String> = words(&params.state).filter(|word| *word != "silenced").map(str::to_owned).collect();
    let query = AccountQuery {
        states: each("state", &states, state_named)?,
        silenced: words(&params.state).any(|word| word == "silenced"),
        fresh: each("freshness", &params.freshness, fresh_named)?,
        rule: params.rule,
        known: params.known,
        filter: typed(&params.q)?,
        sort: word("sort", params.sort.as_deref(), Sort::named)?,
        skip,
        limit: limit.n,
    };
    let view = api.views.current(&who.scope);
    Ok(format.list(listed(view.accounts(&query), skip, limit, &view)))
}

async fn account(State(api): State<Arc<Api>>, who: Who, Path(id): Path<String>) -> Result<Answer<Account>, Refusal> {
    let view = api.views.current(&who.scope);
    let found = known(&view, &id)?;
    let counts = api.fleet.read(|fleet| (fleet.get(found).copied(), fleet.rollups().begun()));
    let (counts, begun) = counts.unwrap_or((None, api.started));
    let told = Told { counts: counts.as_ref(), begun, links: &api.page.links, price: api.page.price.as_ref() };
    let mut account = view.account(found, told).ok_or_else(|| unknown(&view, &id))?;
    let fingerprints = account.alerts.iter().map(|alert| alert.fingerprint.clone()).collect();
    let mut blocks = api.store.blocks(fingerprints, clock::now()).await;
    account.alerts.iter_mut().for_each(|alert| alert.history = blocks.remove(&alert.fingerprint));
    let compared = api.fleet.completeness(|known| known.of(found, api.pipeline.seen_until())).flatten();
    account.completeness = compared.map(|compared| pipeline::row(found, &compared, &api.directory.current()));
    Ok(Answer(account))
}

/// Which series are asked for.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct MetricParams {
    /// `logs`, `metrics`, `bytes`, `errors`, `warnings`, `delay_ms`; all where there is none.
    names: Vec<String>,
    /// From then on: RFC 3339, milliseconds since 1970, or `now-1h` (default).
    from: Option<String>,
    /// Until then; now where it is not given.
    to: Option<String>,
    /// Points at most: 300, up to 2,000.
    points: Option<u32>,
}

async fn metrics(
    State(api): State<Arc<Api>>,
    who: Who,
    Path(id): Path<String>,
    Params(params): Params<MetricParams>,
) -> Result<Answer<Series>, Refusal> {
    let view = api.views.current(&who.scope);
    let found = known(&view, &id)?;
    let now = clock::now();
    let mut figures = each("names", &params.names, Figure::named)?;
    if figures.is_empty() {
        figures = Figure::ALL.into();
    }
    let from = params.from.map_or_else(|| Ok(now.minus(SERIES)), |from| moment("from", &from, now))?;
    let to = params.to.map_or(Ok(now), |to| moment("to", &to, now))?;
    if to < from {
        return Err(Refusal::bad_parameter("to", "is before \"from\""));
    }
    let points = params.points.unwrap_or(POINTS).clamp(1, POINTS_MAX) as usize;
    let read = api.fleet.read(|fleet| {
        let rollups = fleet.rollups();
        (rollups.series(found, &figures, (from, to), points, now), rollups.begun())
    });
    let (read, begun) = read.ok_or_else(|| Refusal::unavailable("the service is stopping"))?;
    Ok(Answer(series(&figures, read, begun)))
}

/// The account that is meant, where the view has it.
pub(super) fn known(view: &View, given: &str) -> Result<AccountId, Refusal> {
    let id = digits(given).unwrap_or_else(|| given.trim().to_owned());
    let id = AccountId::parse(&id).ok().filter(|id| view.base().place(*id).is_some());
    id.ok_or_else(|| unknown(view, given))
}

/// Nothing is known of an account: who could be meant.
fn unknown(view: &View, given: &str) -> Refusal {
    let shown: String = given.chars().take(64).collect();
    let refusal = Refusal::not_found(format!("no account {shown:?} was ever seen, and the directory does not know it"));
    let name = |id: &AccountId| {
        let place = view.base().place(*id).unwrap_or_default();
        format!("{id} ({})", view.base().tenant(place))
    };
    match view.closest(given) {
        closest if closest.is_empty() => refusal.hint(
            "an account id has 12 digits; GET /api/v1/accounts?q=... finds accounts by parts of id, tenant and name",
        ),
        closest => refusal.hint(format!("closest: {}", closest.iter().map(name).collect::<Vec<_>>().join(", "))),
    }
}
