//! Log records that are kept: those of an account, those of all, and one with all that is known of it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Deserialize;

use super::Api;
use super::access::Who;
use super::answer::{Answer, Format, Limit};
use super::params::Params;
use super::refusal::Refusal;
use super::route::Route;
use super::viewed::moment;
use crate::api::logs::{LogList, LogRecord};
use crate::id::AccountId;
use crate::io::clock;
use crate::io::store::{Error, Search};
use crate::log_query::{Level, LogQuery};
use crate::view::scope::Scope;

/// Milliseconds that a search may take, where nothing else is asked for, and at most.
const BUDGET: u64 = 1_000;
const BUDGET_MAX: u64 = 10_000;

/// The endpoints of this area.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/accounts/{id}/logs", "Log records of an account, newest first", of_account)
            .params::<LogParams>()
            .items()
            .answer::<LogList>(),
        Route::get("/logs/search", "Log records of all accounts, newest first", of_all)
            .params::<LogParams>()
            .items()
            .answer::<LogList>(),
        Route::get("/logs/{record}", "A log record with all that is known of it", record).answer::<LogRecord>(),
    ]
}

/// Which records are asked for.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct LogParams {
    /// Words: `timeout "payments failed" -retry sev>=warn source=/aws/lambda/checkout user.type~^bot`.
    q: String,
    /// At this level or above: `warn`, `error`, or a number of OTLP.
    sev: Option<String>,
    /// Written at or after this moment: RFC 3339, milliseconds since 1970, or `now-1h`.
    from: Option<String>,
    /// Written before this moment.
    to: Option<String>,
    /// Records at most: 200, up to 1,000.
    limit: Option<u32>,
    /// Where to go on.
    cursor: Option<String>,
    /// `newest` first (default), or `oldest`.
    order: Order,
    /// Milliseconds that it may take: 1,000, up to 10,000. What was found until then is answered, with where to go on.
    budget_ms: Option<u64>,
}

/// In which order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Order {
    /// Newest first.
    #[default]
    #[serde(alias = "desc")]
    Newest,
    /// Oldest first.
    #[serde(alias = "asc")]
    Oldest,
}

async fn of_account(
    State(api): State<Arc<Api>>,
    who: Who,
    format: Format,
    Path(id): Path<String>,
    Params(params): Params<LogParams>,
) -> Result<Response, Refusal> {
    let account = account(&api, &who.scope, &id)?;
    answer(&api, who.scope, Some(BTreeSet::from([account])), format, &params).await
}

async fn of_all(
    State(api): State<Arc<Api>>,
    who: Who,
    format: Format,
    Params(params): Params<LogParams>,
) -> Result<Response, Refusal> {
    answer(&api, who.scope, None, format, &params).await
}

async fn record(
    State(api): State<Arc<Api>>,
    who: Who,
    Path(record): Path<String>,
) -> Result<Answer<LogRecord>, Refusal> {
    let found = api.store.record(&record, &who.scope).await.map_err(|error| refused(&error))?;
    let gone = || {
        Refusal::not_found(format!("no log record {record:?} is kept"))
            .hint("old records make room for new ones; the backend has them still")
    };
    found.map(Answer).ok_or_else(gone)
}

/// An account that whoever asks may see. Of others it is not even said whether they exist.
pub(super) fn account(api: &Api, scope: &Scope, id: &str) -> Result<AccountId, Refusal> {
    let digits = id.replace('-', "");
    let account =
        AccountId::parse(&digits).map_err(|error| Refusal::bad_parameter("account", format!("is none: {error}")))?;
    let seen = scope.is_fleet() || scope.covers(&api.directory.current().tag(account).tenant);
    if seen { Ok(account) } else { Err(Refusal::not_found(format!("there is no account {account}"))) }
}

async fn answer(
    api: &Api,
    scope: Scope,
    accounts: Option<BTreeSet<AccountId>>,
    format: Format,
    params: &LogParams,
) -> Result<Response, Refusal> {
    let limit = Limit::new(params.limit, 200, 1_000);
    let search = Search { accounts, limit: limit.n, ..search(scope, params)? };
    let mut list = api.store.logs(search).await.map_err(|error| refused(&error))?;
    list.notices.extend(limit.notice);
    let status = api.store.status();
    if status.logs != "all" {
        list.notices.push(match status.logs.as_str() {
            "errors" => "only records at error or above are kept here (page.store.logs)".to_owned(),
            _ => "no log records are kept here (page.store.logs)".to_owned(),
        });
    }
    Ok(match format {
        Format::Json => Answer(list).into_response(),
        Format::Csv | Format::Ndjson => format.part(&list.items, None, list.next.as_deref()),
    })
}

fn search(scope: Scope, params: &LogParams) -> Result<Search, Refusal> {
    let now = clock::now();
    let time = |name: &str, given: &Option<String>| given.as_deref().map(|given| moment(name, given, now)).transpose();
    let query = LogQuery::parse(&params.q)
        .map_err(|error| Refusal::bad_parameter("q", format!("cannot be read {error}")).hint(error.hint))?;
    let query = match params.sev.as_deref() {
        None => query,
        Some(sev) => query.at_least(Level::parse(sev).ok_or_else(|| {
            let hint = format!("write one of {}, or a number from 0 to 24", Level::NAMES.join(", "));
            Refusal::bad_parameter("sev", format!("is no severity: {sev:?}")).hint(hint)
        })?),
    };
    Ok(Search {
        query,
        from: time("from", &params.from)?,
        to: time("to", &params.to)?,
        cursor: params.cursor.clone(),
        oldest_first: params.order == Order::Oldest,
        budget: Duration::from_millis(params.budget_ms.unwrap_or(BUDGET).clamp(1, BUDGET_MAX)),
        ..Search::new(scope)
    })
}

/// Why the store does not answer.
pub(super) fn refused(error: &Error) -> Refusal {
    match error {
        Error::Cursor => Refusal::bad_parameter("cursor", "is none that was given as \"next\" of this list")
            .hint("begin again without a cursor"),
        Error::Read(_) | Error::Newer { .. } => {
            Refusal::unavailable(error.to_string()).hint("GET /api/v1/pipeline tells how the store stands")
        }
    }
}
