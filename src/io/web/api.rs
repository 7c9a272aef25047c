//! The JSON API under `/api/v1`: what the page and the commands read, and how people silence and acknowledge.
//!
//! Every endpoint is a row of a table. The router and the OpenAPI document are made from the same table, and who may use an
//! endpoint is decided before its handler runs: a handler cannot forget it.

mod access;
mod accounts;
mod alerts;
mod answer;
mod compat;
mod cursor;
mod fleet;
mod history;
mod logs;
mod meta;
mod openapi;
mod params;
mod pipeline;
mod quotas;
mod cost;
mod refusal;
mod route;
mod rules;
mod search;
mod session;
mod silences;
mod stream;
mod viewed;

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderValue, Method, Uri};
use axum::middleware::{from_fn_with_state, map_response};
use axum::response::Response;
use serde_json::Value;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;

use crate::api;
use crate::config::Page;
use crate::io::alerting::AlertingHandle;
use crate::io::directory::DirectoryHandle;
use crate::io::kinesis::Shards;
use crate::io::line::FleetHandle;
use crate::io::pipeline::PipelineHandle;
use crate::io::quotas::QuotasHandle;
use crate::io::replay::again::Again;
use crate::io::snapshots::SaveHandle;
use crate::io::store::StoreHandle;
use crate::io::telemetry::Telemetry;
use crate::io::views::ViewHandle;
use crate::notify::links::Links;
use crate::time::Timestamp;

pub(super) use access::Doors;
use refusal::Refusal;
use route::Route;

/// Streams of events that are open at once.
pub const STREAMS_MAX: usize = 256;

/// Everything that the endpoints work with.
#[derive(Clone, Debug)]
pub struct Api {
    /// Rules, alerts, silences.
    pub alerting: AlertingHandle,
    /// Accounts.
    pub directory: DirectoryHandle,
    /// Counts of accounts.
    pub fleet: FleetHandle,
    /// Shards that are read.
    pub shards: Shards,
    /// Recent log records, and what happened.
    pub store: StoreHandle,
    /// The picture of the fleet.
    pub views: ViewHandle,
    /// How the pipeline is doing.
    pub pipeline: PipelineHandle,
    /// How much AWS allows the accounts.
    pub quotas: QuotasHandle,
    /// Sends dead letters again.
    pub again: Again,
    /// Fanin's own metrics.
    pub telemetry: Telemetry,
    /// What is configured for the page.
    pub page: Page,
    /// When the process started.
    pub started: Timestamp,
    /// The simulated fleet, where it is one.
    pub demo: Option<api::meta::Demo>,
    /// Has the state saved soon, after someone changed it.
    pub save: SaveHandle,
    /// Addresses of the page as people reach it.
    pub links: Links,
    /// Room for streams of events.
    pub streams: Arc<Semaphore>,
    /// Cancelled when the service stops: streams end.
    pub closing: CancellationToken,
}

/// All endpoints, by area.
fn table() -> Vec<Route> {
    [
        meta::routes(),
        openapi::routes(),
        session::routes(),
        fleet::routes(),
        alerts::routes(),
        history::routes(),
        accounts::routes(),
        logs::routes(),
        rules::routes(),
        pipeline::routes(),
        quotas::routes(),
        cost::routes(),
        silences::routes(),
        search::routes(),
        stream::routes(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The OpenAPI document.
#[must_use]
pub fn document() -> Value {
    openapi::document(&table())
}

/// Adds what is served under `/api`.
pub(super) fn mount<S: Clone + Send + Sync + 'static>(routes: Router<S>, api: Api, doors: &Arc<Doors>) -> Router<S> {
    let api = Arc::new(api);
    let alertmanager = router(compat::alertmanager::routes(), &api, doors);
    let prometheus = router(compat::prometheus::routes(), &api, doors);
    let under_api = Router::new().nest("/v1", router(table(), &api, doors)).nest("/v2", alertmanager);
    routes
        .nest("/api", dressed(under_api.fallback(nothing_there)))
        .nest("/prometheus/api", dressed(Router::new().nest("/v1", prometheus).fallback(nothing_there)))
}

/// Endpoints behind their doors.
fn router<S: Clone + Send + Sync + 'static>(table: Vec<Route>, api: &Arc<Api>, doors: &Arc<Doors>) -> Router<S> {
    let mut router = Router::new();
    for route in table {
        let guarded = from_fn_with_state((Arc::clone(doors), route.needs), access::guard);
        let handler = route.handler.clone().route_layer(guarded);
        for path in route.paths() {
            router = router.route(&path, handler.clone());
        }
    }
    router.fallback(nothing_there).method_not_allowed_fallback(not_taken).with_state(Arc::clone(api))
}

/// Answers are compressed, but for streams of events, and kept by nobody.
fn dressed<S: Clone + Send + Sync + 'static>(router: Router<S>) -> Router<S> {
    let compressed = CompressionLayer::new().quality(CompressionLevel::Fastest);
    router.layer(map_response(never_kept)).layer(compressed)
}

async fn nothing_there(uri: Uri) -> Refusal {
    Refusal::not_found(format!("the API has nothing at {}", uri.path()))
        .hint("GET /api/v1/openapi.json lists what there is")
}

async fn not_taken(method: Method, request: Request) -> Refusal {
    Refusal::method_not_allowed(&method, request.uri().path())
}

/// What is true now is not for caches, unless an endpoint says how.
async fn never_kept(mut response: Response) -> Response {
    let _ = response.headers_mut().entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
