//! Connections: accepted while there is room, cut when their peer is too slow, ended in order when the service stops.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::Limits;

/// Pause after a failed accept, which mostly means that there are no file descriptors left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Who is at the other end of the connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(pub(super) SocketAddr);

pub(super) async fn run(listener: TcpListener, routes: Router, limits: Limits, stop: CancellationToken) {
    let connections = TaskTracker::new();
    let cut = CancellationToken::new();
    let room = Arc::new(Semaphore::new(limits.connections_max));
    while let Some((stream, peer)) = next(&listener, &stop).await {
        let (routes, stop, cut, room) = (routes.clone(), stop.clone(), cut.clone(), Arc::clone(&room));
        let permit = tokio::select! {
            permit = room.acquire_owned() => permit,
            () = stop.cancelled() => break,
        };
        drop(connections.spawn(async move {
            tokio::select! {
                () = converse(stream, peer, routes, limits, &stop) => {}
                () = cut.cancelled() => {}
            }
            drop(permit);
        }));
    }
    drop(listener);
    let _ = connections.close();
    if timeout(limits.grace_period, connections.wait()).await.is_err() {
        tracing::warn!(connections = connections.len(), "the grace period is over, requests under way are cut off");
        cut.cancel();
        connections.wait().await;
    }
}

/// The next connection; `None` once the service stops.
async fn next(listener: &TcpListener, stop: &CancellationToken) -> Option<(TcpStream, SocketAddr)> {
    loop {
        let accepted = tokio::select! {
            biased;
            () = stop.cancelled() => return None,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok(accepted) => return Some(accepted),
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// All requests of one connection; on a stop, the one under way is the last.
async fn converse(stream: TcpStream, peer: SocketAddr, routes: Router, limits: Limits, stop: &CancellationToken) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%peer, %error, "a connection was gone at once");
        return;
    }
    let routes = TowerToHyperService::new(routes);
    let service = service_fn(move |request| answer(routes.clone(), request, peer));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_wait)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%peer, %error, "a connection ended early");
    }
}

async fn answer(
    routes: TowerToHyperService<Router>,
    mut request: Request<Incoming>,
    peer: SocketAddr,
) -> Result<Response<Body>, Infallible> {
    let _ = request.extensions_mut().insert(Peer(peer));
    let started = Instant::now();
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let response = routes.call(request).await?;
    let (path, status) = (uri.path(), response.status().as_u16());
    tracing::debug!(%peer, %method, path, status, seconds = started.elapsed().as_secs_f64(), "answered");
    Ok(response)
}
