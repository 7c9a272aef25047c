//! All accounts at once.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Deserialize;

use super::Api;
use super::access::Who;
use super::answer::Answer;
use super::params::Params;
use super::refusal::Refusal;
use super::route::Route;
use super::viewed;
use crate::api::fleet::{CommonLabels, DirectoryColumns, FleetState, Summary};
use crate::io::clock;
use crate::view::alerts::state_named;
use crate::view::common::Set;
use crate::view::state::Metric;

/// Accounts that a set may name.
const IDS_MAX: usize = 6_000;

/// The endpoints of this area.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/fleet/summary", "The verdict on the fleet, and the numbers behind it", summary)
            .answer::<Summary>(),
        Route::get(
            "/fleet/directory",
            "All accounts in columns; give its ETag back to be told when it changed",
            directory,
        )
        .answer::<DirectoryColumns>(),
        Route::get("/fleet/state", "The state of all accounts, or what changed since a version", state)
            .params::<StateParams>()
            .answer::<FleetState>(),
        Route::get("/fleet/common", "What a set of accounts has in common that the fleet has not", common)
            .params::<CommonParams>()
            .answer::<CommonLabels>(),
    ]
}

async fn summary(State(api): State<Arc<Api>>, who: Who) -> Answer<Summary> {
    let noise = api.store.noise_of(&who.scope, clock::now()).await;
    Answer(api.views.current(&who.scope).summary(noise))
}

async fn directory(State(api): State<Arc<Api>>, who: Who, headers: HeaderMap) -> Response {
    let view = api.views.current(&who.scope);
    let tag = format!("\"{}\"", view.base().version());
    let known = headers.get_all(IF_NONE_MATCH).iter().filter_map(|tags| tags.to_str().ok());
    let is_known = known.flat_map(|tags| tags.split(',')).any(|known| known.trim().trim_start_matches("W/") == tag);
    // Whoever asks must ask again: what may be seen depends on who asks.
    let kept = [(ETAG, tag), (CACHE_CONTROL, "private, no-cache".to_owned())];
    if is_known {
        return (StatusCode::NOT_MODIFIED, kept).into_response();
    }
    (kept, Answer(view.base().columns())).into_response()
}

/// Which part of the state is asked for.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct StateParams {
    /// Version that is known: only what changed since is told, as far as that is known.
    since: Option<u64>,
    /// States as the alerts of one rule alone make them.
    rule: Option<String>,
    /// A figure of each account beside: `volume`, `events`, `errors`, `quota` or `cost`.
    metric: Option<String>,
}

async fn state(
    State(api): State<Arc<Api>>,
    who: Who,
    Params(params): Params<StateParams>,
) -> Result<Answer<FleetState>, Refusal> {
    let known = |name: &str| Metric::named(name).map(Some);
    let metric = viewed::word("metric", params.metric.as_deref(), known)?;
    let since = params.since.and_then(|v| api.views.since(v, &who.scope));
    let view = api.views.current(&who.scope);
    Ok(Answer(view.fleet_state(since.as_deref(), params.rule.as_deref(), metric)))
}

/// Of which accounts it is asked.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct CommonParams {
    /// Those of which an alert of this name fires.
    rule: Option<String>,
    /// Those in one of these states.
    state: Vec<String>,
    /// These, at most 6,000.
    ids: Vec<String>,
}

async fn common(
    State(api): State<Arc<Api>>,
    who: Who,
    Params(params): Params<CommonParams>,
) -> Result<Answer<CommonLabels>, Refusal> {
    let set = Set {
        rule: params.rule,
        states: viewed::each("state", &params.state, state_named)?,
        ids: viewed::words(&params.ids).take(IDS_MAX).map(str::to_owned).collect(),
    };
    if set == Set::default() {
        return Err(Refusal::bad_parameter("rule", "is needed, or state, or ids: they say of which accounts"));
    }
    Ok(Answer(api.views.current(&who.scope).common(&set)))
}
