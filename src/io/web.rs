//! The HTTP server: the sources that push (Firehose, OTLP), the endpoints of those who operate Fanin, the page and its API.
//!
//! A source's request is answered with success only once everything made from it is safe. Until there is room it waits;
//! what waits is bounded in requests and in bytes. Health endpoints wait for nothing.
//! Not here: TLS. Firehose speaks to port 443 of a load balancer with a public certificate, which speaks to Fanin.

mod api;
mod assets;
mod body;
mod firehose;
mod operations;
mod otlp;
mod readiness;
mod refused;
mod server;
mod standby;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use arc_swap::ArcSwap;
use axum::Router;
use axum::body::BodyDataStream;
use axum::http::{HeaderMap, Method, Uri};
use axum::middleware::map_response;
use axum::response::Response;
use axum::routing::{get, post};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::config::{AccessKey, HttpSource};
use crate::firehose::Requests;
use crate::io::clock;
use crate::io::intake::{Closed, Intake};
use crate::io::telemetry::{Gauge, Telemetry};
use crate::keys::Keys;

use api::Doors;
pub use api::{Api, STREAMS_MAX, document as openapi};
use body::{Bodies, Encoding, Received};
pub use readiness::Readiness;
use refused::Refused;
pub use standby::serve_standby;

/// Everything that the server works with.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Where deliveries go.
    pub intake: Intake,
    /// Where requests are counted; also what `/metrics` shows.
    pub telemetry: Telemetry,
    /// What `/-/ready` tells.
    pub readiness: Readiness,
    /// The Firehose endpoint, if it is served.
    pub firehose: Option<Endpoint>,
    /// The OTLP receiver, if it is served.
    pub otlp: Option<Endpoint>,
    /// Who reloads configuration and directory when `/-/reload` is called.
    pub reload: Option<mpsc::Sender<ReloadRequest>>,
    /// The page and its API, if they are served.
    pub api: Option<Api>,
    /// Limits and waits.
    pub limits: Limits,
    /// Cancelled when nothing more is to be taken: sources are answered 503, operations go on.
    pub closing: CancellationToken,
}

/// A source's access keys and limits. Clones share the keys.
#[derive(Clone, Debug)]
pub struct Endpoint {
    keys: Arc<ArcSwap<Keys>>,
    body_bytes_max: usize,
}

/// Someone called `/-/reload`: answer with what was reloaded, or with why the old state stays in force.
#[derive(Debug)]
pub struct ReloadRequest(pub oneshot::Sender<Result<String, String>>);

/// Limits and waits of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// A source has its answer within this time, a success or not. Default 170 s: AWS gives a Firehose endpoint 3 minutes.
    pub answer_within: Duration,
    /// The head of a request has to be there within this time, counted from the end of the last one.
    /// Default 75 s: more than the 60 s for which load balancers keep idle connections.
    pub head_wait: Duration,
    /// A body has to be there within this time. Default 60 s.
    pub body_wait: Duration,
    /// After a stop, requests under way have this long to end. Default 30 s.
    pub grace_period: Duration,
    /// Open connections at most; further ones wait. Default 4,096.
    pub connections_max: usize,
    /// Requests of sources at most that hold a body which the intake has not taken yet; further ones wait. Default 256.
    pub requests_max: usize,
    /// Bytes at most of bodies that the intake has not taken yet. Default 128 MiB.
    /// Two inflated bodies of `body_bytes_max` each may stand beside them.
    pub body_bytes_budget: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            answer_within: Duration::from_secs(170),
            head_wait: Duration::from_secs(75),
            body_wait: Duration::from_secs(60),
            grace_period: Duration::from_secs(30),
            connections_max: 4_096,
            requests_max: 256,
            body_bytes_budget: 128 << 20,
        }
    }
}

impl Endpoint {
    /// An endpoint as configured.
    #[must_use]
    pub fn new(source: &HttpSource) -> Self {
        Self { keys: Arc::new(ArcSwap::from_pointee(Keys::new(&source.keys))), body_bytes_max: source.body_bytes_max }
    }

    /// From now on these keys are accepted and no others.
    pub fn replace_keys(&self, keys: &[AccessKey]) {
        self.keys.store(Arc::new(Keys::new(keys)));
    }
}

/// Serves until `stop` is cancelled and requests under way have ended, or the grace period is over.
pub async fn serve(listener: TcpListener, setup: Setup, stop: CancellationToken) {
    let limits = setup.limits;
    server::run(listener, routes(Arc::new(Web::new(setup))), limits, stop).await;
}

/// What the handlers share.
struct Web {
    setup: Setup,
    bodies: Bodies,
    firehose_requests: Mutex<Requests<firehose::Waiter>>,
    /// Who may use the API, if it is served.
    doors: Option<Arc<Doors>>,
}

impl Web {
    fn new(setup: Setup) -> Self {
        let bodies = Bodies::new(&setup.limits);
        let active = bodies.clone();
        setup.telemetry.watch(Gauge::Requests, move || active.requests_active());
        let doors = setup.api.as_ref().map(|api| Arc::new(Doors::new(&api.page.access)));
        Self { setup, bodies, firehose_requests: Mutex::default(), doors }
    }

    /// Reads the body of a source's request, unless or until nothing more is to be taken.
    async fn receive(
        &self,
        endpoint: &Endpoint,
        headers: &HeaderMap,
        encoding: Encoding,
        body: &mut BodyDataStream,
    ) -> Result<Received, Refused> {
        let unobserved = self.setup.intake.progress().begin(clock::now());
        tokio::select! {
            biased;
            () = self.setup.closing.cancelled() => Err(Closed.into()),
            received = self.bodies.receive(unobserved, headers, encoding, body, endpoint.body_bytes_max) => received,
        }
    }
}

fn routes(web: Arc<Web>) -> Router {
    let mut routes = Router::new()
        .route("/-/help", get(operations::help))
        .route("/-/healthy", get(operations::healthy))
        .route("/livez", get(operations::healthy))
        .route("/-/ready", get(operations::ready))
        .route("/readyz", get(operations::ready))
        .route("/-/reload", post(operations::reload))
        .route("/metrics", get(operations::metrics));
    if web.setup.firehose.is_some() {
        routes = routes.route("/firehose", post(firehose::receive));
    }
    if web.setup.otlp.is_some() {
        routes = routes.route("/v1/logs", post(otlp::receive_logs)).route("/v1/metrics", post(otlp::receive_metrics));
    }
    let routes = match (&web.setup.api, &web.doors) {
        (Some(api), Some(doors)) => api::mount(routes, api.clone(), doors).fallback(page_or_nothing),
        (Some(_), None) | (None, _) => routes.fallback(operations::not_found),
    };
    let routes = routes.method_not_allowed_fallback(operations::method_not_allowed).with_state(web);
    routes.layer(map_response(secured))
}

/// A file of the page, the page itself, or nothing.
async fn page_or_nothing(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    match assets::answer(&method, uri.path(), &headers) {
        Some(answer) => answer,
        None => operations::not_found(uri).await,
    }
}

/// Every answer says what browsers may do with it.
async fn secured(mut response: Response) -> Response {
    response.headers_mut().extend(assets::SECURITY);
    response
}
