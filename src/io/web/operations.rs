//! For those who operate Fanin: health, readiness, reload, metrics.
//!
//! Paths as Prometheus and Alertmanager have them (`/-/healthy`), and as Kubernetes has them (`/livez`).

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use axum::http::header::{CONTENT_TYPE, FORWARDED};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::server::Peer;
use super::{ReloadRequest, Web};
use crate::io::telemetry::Telemetry;

/// A reload reads files and asks AWS; whoever waits longer for the answer should look into the log.
const RELOAD_WAIT: Duration = Duration::from_secs(60);

pub(super) async fn help() -> &'static str {
    concat!(
        "fanin ",
        env!("CARGO_PKG_VERSION"),
        "\n\n",
        "GET  /-/healthy  /livez    200 while the process runs\n",
        "GET  /-/ready    /readyz   200 when it can work, 503 with what is missing\n",
        "POST /-/reload             reads configuration and directory again, from this machine only\n",
        "GET  /metrics              Fanin's own metrics for Prometheus\n",
        "POST /firehose             Amazon Data Firehose, HTTP endpoint delivery\n",
        "POST /v1/logs /v1/metrics  OTLP over HTTP\n",
        "GET  /                     the page\n",
        "     /api/v1               its API; /api/v1/openapi.json tells what there is\n",
    )
}

pub(super) async fn healthy() -> &'static str {
    "healthy\n"
}

pub(super) async fn ready(State(web): State<Arc<Web>>) -> Response {
    let mut missing = web.setup.readiness.missing();
    if web.setup.closing.is_cancelled() {
        let _ = missing.insert("stop", "stopping".to_owned());
    }
    let status = if missing.is_empty() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    json_response(status, &json!({ "ready": missing.is_empty(), "missing": missing }))
}

pub(super) async fn metrics(State(web): State<Arc<Web>>) -> impl IntoResponse {
    exposed(&web.setup.telemetry)
}

pub(super) fn exposed(telemetry: &Telemetry) -> impl IntoResponse + use<> {
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], telemetry.exposition())
}

pub(super) async fn reload(
    State(web): State<Arc<Web>>,
    Extension(Peer(peer)): Extension<Peer>,
    headers: HeaderMap,
) -> Response {
    let may = || web.doors.as_ref().is_some_and(|doors| doors.may_reload(peer, &headers));
    if !is_local(peer, &headers) && !may() {
        let message = "only this machine may reload, or a token that may write; or send SIGHUP to the process";
        return error(StatusCode::FORBIDDEN, message);
    }
    let (answer, answered) = oneshot::channel();
    let asked = match &web.setup.reload {
        Some(reload) => reload.send(ReloadRequest(answer)).await.is_ok(),
        None => false,
    };
    if !asked {
        return error(StatusCode::SERVICE_UNAVAILABLE, "nothing can be reloaded now");
    }
    match tokio::time::timeout(RELOAD_WAIT, answered).await {
        Ok(Ok(Ok(reloaded))) => json_response(StatusCode::OK, &json!({ "reloaded": reloaded })),
        Ok(Ok(Err(why))) => error(StatusCode::INTERNAL_SERVER_ERROR, &why),
        Ok(Err(_)) => error(StatusCode::SERVICE_UNAVAILABLE, "nothing can be reloaded now"),
        Err(_) => error(StatusCode::GATEWAY_TIMEOUT, "the reload still runs; the log tells how it ends"),
    }
}

pub(super) async fn not_found(uri: Uri) -> Response {
    error(StatusCode::NOT_FOUND, &format!("there is nothing at {}", uri.path()))
}

pub(super) async fn method_not_allowed(method: Method, uri: Uri) -> Response {
    error(StatusCode::METHOD_NOT_ALLOWED, &format!("{} does not take {method}", uri.path()))
}

/// Loopback and not through a proxy, which would make the whole world loopback.
pub(super) fn is_local(peer: SocketAddr, headers: &HeaderMap) -> bool {
    let forwarded = ["x-forwarded-for", "x-forwarded-host", "x-real-ip"];
    peer.ip().to_canonical().is_loopback()
        && !headers.contains_key(FORWARDED)
        && !forwarded.iter().any(|header| headers.contains_key(*header))
}

fn error(status: StatusCode, message: &str) -> Response {
    json_response(status, &json!({ "error": message }))
}

fn json_response(status: StatusCode, body: &Value) -> Response {
    (status, [(CONTENT_TYPE, "application/json")], format!("{body}\n")).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_direct_peers_on_loopback_are_local() {
        let none = HeaderMap::new();
        let local = |text: &str, headers: &HeaderMap| is_local(text.parse().unwrap(), headers);
        assert!(local("127.0.0.1:1", &none));
        assert!(local("[::1]:1", &none));
        assert!(local("[::ffff:127.0.0.1]:1", &none));
        assert!(!local("10.0.0.1:1", &none));
        let proxied = HeaderMap::from_iter([("x-forwarded-for".parse().unwrap(), "10.0.0.1".parse().unwrap())]);
        assert!(!local("127.0.0.1:1", &proxied));
    }
}
