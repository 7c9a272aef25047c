//! What is served while another process is active: that this one lives, and who is active. Everything else is not for now.

use axum::Router;
use axum::extract::State;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::json;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{Limits, operations, secured, server};
use crate::io::lease::Seen;
use crate::io::telemetry::Telemetry;

/// What the handlers share.
#[derive(Clone, Debug)]
struct Standby {
    seen: Seen,
    telemetry: Telemetry,
}

/// Serves until `stop` is cancelled. Senders are answered 503, so they send again; a load balancer goes by readiness.
pub async fn serve_standby(listener: TcpListener, seen: Seen, telemetry: Telemetry, stop: CancellationToken) {
    let routes = Router::new()
        .route("/-/help", get(operations::help))
        .route("/-/healthy", get(operations::healthy))
        .route("/livez", get(operations::healthy))
        .route("/-/ready", get(ready))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .fallback(not_now)
        .with_state(Standby { seen, telemetry })
        .layer(map_response(secured));
    server::run(listener, routes, Limits::default(), stop).await;
}

async fn ready(State(standby): State<Standby>) -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, format!("{}\n", words(&standby.seen))).into_response()
}

async fn metrics(State(standby): State<Standby>) -> Response {
    operations::exposed(&standby.telemetry).into_response()
}

async fn not_now(State(standby): State<Standby>) -> Response {
    let active = standby.seen.active();
    let problem = json!({
        "code": "standby",
        "status": StatusCode::SERVICE_UNAVAILABLE.as_u16(),
        "title": "This process stands by",
        "detail": words(&standby.seen),
        "hint": "ask the one that is active; a load balancer that goes by /readyz leads there",
        "active": active.as_ref().map(|active| active.host.as_str()),
        "renewed_seconds_ago": active.as_ref().map(|active| active.renewed.elapsed().as_secs()),
    });
    let mut response = (StatusCode::SERVICE_UNAVAILABLE, format!("{problem}\n")).into_response();
    let headers = response.headers_mut();
    let _ = headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    let _ = headers.insert(RETRY_AFTER, HeaderValue::from_static("5"));
    response
}

/// `standby: HOST is active, renewed 3 s ago`
fn words(seen: &Seen) -> String {
    match seen.active() {
        Some(active) => {
            format!("standby: {} is active, renewed {} s ago", active.host, active.renewed.elapsed().as_secs())
        }
        None => "standby: nobody is active, taking over".into(),
    }
}
