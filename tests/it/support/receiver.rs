//! An OTLP/HTTP receiver for one test: it knows each record by its event id, and fails as it is told.
//!
//! Requests are decoded by opentelemetry-proto, connections are served by hyper, so that both can be cut off.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::body::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request as HttpRequest, Response};
use hyper_util::rt::TokioIo;
use opentelemetry_proto::tonic::collector::logs::v1::{
    ExportLogsPartialSuccess, ExportLogsServiceRequest, ExportLogsServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use prost::Message as _;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, sleep};

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Taken whole.
    Accept,
    /// Not taken, with this status.
    Status(u16),
    /// Not taken, with this status and a `Retry-After` in seconds.
    RetryAfter(u16, u64),
    /// Taken but for so many records, with a message.
    Partial(i64, &'static str),
    /// Taken whole, but the connection breaks off before the answer.
    CutAfterTaking,
}

/// A log record as it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    /// `aws.log.event.id`.
    pub(crate) id: String,
    /// `cloud.account.id`.
    pub(crate) account: String,
    /// `tenant.id`.
    pub(crate) tenant: String,
    /// The body, where it is a text.
    pub(crate) body: String,
    /// When the request was there.
    pub(crate) at: Instant,
}

/// A request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// Counting from 0.
    pub(crate) index: usize,
    pub(crate) at: Instant,
    pub(crate) bytes: usize,
    pub(crate) records: Vec<Record>,
}

type Behaviour = Box<dyn FnMut(&Request) -> Answer + Send>;

/// The receiver.
pub(crate) struct Backend {
    state: Arc<Mutex<State>>,
    address: SocketAddr,
    server: Option<JoinHandle<()>>,
}

struct State {
    behaviour: Behaviour,
    delay: Duration,
    n_arrivals: usize,
    requests: Vec<(Request, Answer)>,
}

impl Drop for Backend {
    fn drop(&mut self) {
        self.go_down();
    }
}

impl Backend {
    /// Takes everything, until it is told otherwise.
    pub(crate) async fn start() -> Self {
        let state = State {
            behaviour: Box::new(|_| Answer::Accept),
            delay: Duration::ZERO,
            n_arrivals: 0,
            requests: Vec::new(),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(state));
        let server = Some(tokio::spawn(serve(listener, Arc::clone(&state))));
        Self { state, address, server }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on requests are answered like this.
    pub(crate) fn answer(&self, behaviour: impl FnMut(&Request) -> Answer + Send + 'static) {
        self.state().behaviour = Box::new(behaviour);
    }

    /// From now on each request takes this long.
    pub(crate) fn slow(&self, delay: Duration) {
        self.state().delay = delay;
    }

    /// Connections are cut and refused.
    pub(crate) fn go_down(&mut self) {
        if let Some(server) = self.server.take() {
            server.abort();
        }
    }

    /// Listens again, at the same port.
    pub(crate) async fn come_back(&mut self) {
        let give_up = Instant::now() + Duration::from_secs(10);
        let listener = loop {
            match TcpListener::bind(self.address).await {
                Ok(listener) => break listener,
                Err(error) => assert!(Instant::now() < give_up, "{}: {error}", self.address),
            }
            sleep(Duration::from_millis(5)).await;
        };
        self.server = Some(tokio::spawn(serve(listener, Arc::clone(&self.state))));
    }

    /// All requests so far, and what they were answered.
    pub(crate) fn requests(&self) -> Vec<(Request, Answer)> {
        self.state().requests.clone()
    }

    pub(crate) fn n_requests(&self) -> usize {
        self.state().requests.len()
    }

    /// Requests that came, whether they were answered yet or not.
    pub(crate) fn n_arrivals(&self) -> usize {
        self.state().n_arrivals
    }

    /// All records of requests that were taken, in the order of their arrival.
    pub(crate) fn records(&self) -> Vec<Record> {
        let state = self.state();
        let taken = |answer: &Answer| matches!(answer, Answer::Accept | Answer::Partial(..) | Answer::CutAfterTaking);
        let requests = state.requests.iter().filter(|(_, answer)| taken(answer));
        requests.flat_map(|(request, _)| request.records.clone()).collect()
    }

    /// How often each record was taken.
    pub(crate) fn counts(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for record in self.records() {
            *counts.entry(record.id).or_default() += 1;
        }
        counts
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

/// Connections end with the task that accepted them.
async fn serve(listener: TcpListener, state: Arc<Mutex<State>>) {
    let mut connections = JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else { return };
        let state = Arc::clone(&state);
        let _ = connections.spawn(async move {
            let service = service_fn(move |request| receive(Arc::clone(&state), request));
            // A connection that is cut is what tests are about.
            drop(http1::Builder::new().serve_connection(TokioIo::new(stream), service).await);
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn receive(state: Arc<Mutex<State>>, request: HttpRequest<Incoming>) -> Result<Response<Full<Bytes>>, io::Error> {
    assert_eq!(request.uri().path(), "/v1/logs");
    let Ok(body) = request.into_body().collect().await else { return Err(io::Error::other("cut by the sender")) };
    let (body, at) = (body.to_bytes(), Instant::now());
    let delay = {
        let mut state = state.lock().unwrap();
        state.n_arrivals += 1;
        state.delay
    };
    if !delay.is_zero() {
        sleep(delay).await;
    }
    let answer = {
        let mut state = state.lock().unwrap();
        let request = Request { index: state.requests.len(), at, bytes: body.len(), records: records(&body, at) };
        let answer = (state.behaviour)(&request);
        state.requests.push((request, answer));
        answer
    };
    match answer {
        Answer::Accept => Ok(success(&ExportLogsServiceResponse::default())),
        Answer::Partial(rejected_log_records, message) => {
            let partial = ExportLogsPartialSuccess { rejected_log_records, error_message: message.into() };
            Ok(success(&ExportLogsServiceResponse { partial_success: Some(partial) }))
        }
        Answer::Status(status) => Ok(refusal(status, None)),
        Answer::RetryAfter(status, seconds) => Ok(refusal(status, Some(seconds))),
        Answer::CutAfterTaking => Err(io::Error::other("cut on purpose")),
    }
}

fn success(response: &ExportLogsServiceResponse) -> Response<Full<Bytes>> {
    let answer = Response::builder().header("content-type", "application/x-protobuf");
    answer.body(Full::new(response.encode_to_vec().into())).unwrap()
}

fn refusal(status: u16, retry_after_seconds: Option<u64>) -> Response<Full<Bytes>> {
    let mut answer = Response::builder().status(status).header("content-type", "text/plain");
    if let Some(seconds) = retry_after_seconds {
        answer = answer.header("retry-after", seconds);
    }
    answer.body(Full::new(Bytes::from(format!("the test wants {status}")))).unwrap()
}

fn records(body: &Bytes, at: Instant) -> Vec<Record> {
    let request = ExportLogsServiceRequest::decode(body.clone()).unwrap();
    let mut records = Vec::new();
    for logs in request.resource_logs {
        let resource = logs.resource.unwrap_or_default().attributes;
        for record in logs.scope_logs.into_iter().flat_map(|scope| scope.log_records) {
            let body = match record.body.and_then(|body| body.value) {
                Some(Value::StringValue(body)) => body,
                other => format!("{other:?}"),
            };
            records.push(Record {
                id: text(&record.attributes, "aws.log.event.id"),
                account: text(&resource, "cloud.account.id"),
                tenant: text(&resource, "tenant.id"),
                body,
                at,
            });
        }
    }
    records
}

fn text(attributes: &[KeyValue], key: &str) -> String {
    let value = attributes.iter().find(|attribute| attribute.key == key).and_then(|found| found.value.as_ref());
    match value.and_then(|value| value.value.as_ref()) {
        Some(Value::StringValue(text)) => text.clone(),
        _ => panic!("no text {key} in {attributes:?}"),
    }
}
