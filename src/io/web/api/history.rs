//! What alerts did.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use schemars::JsonSchema;
use serde::Deserialize;

use super::Api;
use super::access::Who;
use super::answer::{Format, Limit};
use super::logs::{account, refused};
use super::params::Params;
use super::refusal::Refusal;
use super::route::Route;
use super::viewed::moment;
use crate::api::alerts::Transition;
use crate::io::clock;
use crate::io::store::HistoryQuery;

/// The endpoints of this area.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/alerts/history", "What alerts did, newest first", history)
            .params::<HistoryParams>()
            .list::<Transition>(),
    ]
}

/// Which changes are asked for.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct HistoryParams {
    /// Of this rule.
    rule: Option<String>,
    /// Of this account.
    account: Option<String>,
    /// Of this alert.
    fingerprint: Option<String>,
    /// At or after this moment: RFC 3339, milliseconds since 1970, or `now-24h`.
    from: Option<String>,
    /// Before this moment.
    to: Option<String>,
    /// Changes at most: 100, up to 2,000.
    limit: Option<u32>,
    /// Where to go on.
    cursor: Option<String>,
}

async fn history(
    State(api): State<Arc<Api>>,
    who: Who,
    format: Format,
    Params(params): Params<HistoryParams>,
) -> Result<Response, Refusal> {
    let (limit, now) = (Limit::new(params.limit, 100, 2_000), clock::now());
    let time = |name: &str, given: Option<&str>| given.map(|given| moment(name, given, now)).transpose();
    let query = HistoryQuery {
        account: params.account.as_deref().map(|id| account(&api, &who.scope, id)).transpose()?,
        rule: params.rule,
        fingerprint: params.fingerprint,
        from: time("from", params.from.as_deref())?,
        to: time("to", params.to.as_deref())?,
        limit: limit.n,
        cursor: params.cursor,
        ..HistoryQuery::new(who.scope)
    };
    let mut list = api.store.history(query).await.map_err(|error| refused(&error))?;
    list.notices.extend(limit.notice);
    Ok(format.list(list))
}
