//! The forwarder in a Lambda function: the real binary, invoked over Lambda's runtime interface.
//!
//! Source of the interface: Lambda developer guide, "Using the Lambda runtime API for custom runtimes".

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path as UrlPath, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use fanin::io::clock;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::kinesis::{ACCOUNT, REGION, arn};

/// The longest that a test waits for an answer, on a machine that is busy building.
const ANSWER_MAX: Duration = Duration::from_secs(120);

/// Events that wait for a function.
const EVENTS_MAX: usize = 16;

/// What an invocation came to: its answer, or what the function said that went wrong.
pub(crate) type Answer = Result<Value, Value>;

/// A function that runs.
pub(crate) struct Lambda {
    child: Child,
    log: Arc<Mutex<Vec<String>>>,
    events: mpsc::Sender<Invocation>,
    server: JoinHandle<()>,
}

struct Invocation {
    event: Bytes,
    deadline_millis: u64,
    answer: oneshot::Sender<Answer>,
}

struct Runtime {
    events: tokio::sync::Mutex<mpsc::Receiver<Invocation>>,
    open: Mutex<HashMap<String, oneshot::Sender<Answer>>>,
}

impl Drop for Lambda {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
        self.server.abort();
        if std::thread::panicking() {
            let note = format!("--- the forwarder printed:\n{}\n", self.log());
            drop(std::io::stderr().write_all(note.as_bytes()));
        }
    }
}

/// Where the binary is. It stands beside `fanin`, if the workspace was built.
pub(crate) fn bootstrap() -> PathBuf {
    let path = Path::new(env!("CARGO_BIN_EXE_fanin")).with_file_name("bootstrap");
    assert!(path.exists(), "there is no {}: `cargo build --package fanin-forwarder` makes it", path.display());
    path
}

impl Lambda {
    /// Starts a function with this configuration: a file in `folder`, or a URL.
    pub(crate) async fn start(folder: &Path, config: &str, environment: &[(&str, &str)]) -> Self {
        let (events, receiver) = mpsc::channel(EVENTS_MAX);
        let runtime = Runtime { events: tokio::sync::Mutex::new(receiver), open: Mutex::default() };
        let (address, server) = serve(Arc::new(runtime)).await;
        let mut child = Command::new(bootstrap())
            .current_dir(folder)
            .env_clear()
            .envs([
                ("AWS_LAMBDA_RUNTIME_API", address.to_string().as_str()),
                ("AWS_LAMBDA_FUNCTION_NAME", "fanin-forwarder"),
                ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
                ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
                ("AWS_ACCESS_KEY_ID", "test"),
                ("AWS_SECRET_ACCESS_KEY", "test"),
                ("AWS_REGION", REGION),
                ("FANIN_CONFIG", config),
            ])
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let log = Arc::new(Mutex::new(Vec::new()));
        let (lines, kept) = (BufReader::new(child.stdout.take().unwrap()).lines(), Arc::clone(&log));
        drop(std::thread::spawn(move || lines.map_while(Result::ok).for_each(|line| kept.lock().unwrap().push(line))));
        Self { child, log, events, server }
    }

    /// What it printed so far.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().join("\n")
    }

    /// The lines of its log that CloudWatch makes metrics of.
    pub(crate) fn figures(&self) -> Vec<Value> {
        let log = self.log.lock().unwrap();
        let lines = log.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines.filter(|line| line.get("_aws").is_some()).collect()
    }

    /// Waits until it has ended by itself.
    pub(crate) async fn ended(&mut self) -> bool {
        let mut ended = false;
        super::kinesis::until("the forwarder to end", || {
            ended = self.child.try_wait().unwrap().is_some();
            ended
        })
        .await;
        ended
    }

    /// Invokes it with an event, and gives its answer. It is told that it has this long.
    pub(crate) async fn invoke(&self, event: &Value, time: Duration) -> Answer {
        let (answer, answered) = oneshot::channel();
        let deadline_millis = clock::now().plus(time).millis();
        let invocation = Invocation { event: event.to_string().into(), deadline_millis, answer };
        assert!(self.events.send(invocation).await.is_ok());
        tokio::time::timeout(ANSWER_MAX, answered).await.expect("the forwarder answers").unwrap()
    }
}

async fn serve(runtime: Arc<Runtime>) -> (SocketAddr, JoinHandle<()>) {
    let app = Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route("/2018-06-01/runtime/invocation/{id}/response", post(answered))
        .route("/2018-06-01/runtime/invocation/{id}/error", post(failed))
        .layer(axum::extract::DefaultBodyLimit::max(64 << 20))
        .with_state(runtime);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (address, tokio::spawn(async move { axum::serve(listener, app).await.unwrap() }))
}

async fn next(State(runtime): State<Arc<Runtime>>) -> Response {
    let Some(invocation) = runtime.events.lock().await.recv().await else { std::future::pending().await };
    let mut open = runtime.open.lock().unwrap();
    let id = format!("00000000-0000-4000-8000-{:012}", clock::now().nanos() % 1_000_000_000_000);
    assert!(open.insert(id.clone(), invocation.answer).is_none());
    Response::builder()
        .header("Lambda-Runtime-Aws-Request-Id", id)
        .header("Lambda-Runtime-Deadline-Ms", invocation.deadline_millis)
        .header("Lambda-Runtime-Invoked-Function-Arn", function())
        .header("Lambda-Runtime-Trace-Id", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=0")
        .header("Content-Type", "application/json")
        .body(Body::from(invocation.event))
        .unwrap()
}

async fn answered(State(runtime): State<Arc<Runtime>>, UrlPath(id): UrlPath<String>, body: Bytes) -> StatusCode {
    settle(&runtime, &id, Ok(serde_json::from_slice(&body).unwrap()))
}

async fn failed(State(runtime): State<Arc<Runtime>>, UrlPath(id): UrlPath<String>, body: Bytes) -> StatusCode {
    settle(&runtime, &id, Err(serde_json::from_slice(&body).unwrap()))
}

fn settle(runtime: &Runtime, id: &str, answer: Answer) -> StatusCode {
    let sender = runtime.open.lock().unwrap().remove(id);
    drop(sender.expect("each invocation is answered once").send(answer));
    StatusCode::ACCEPTED
}

fn function() -> String {
    format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:fanin-forwarder")
}

/// An event of the event source mapping of a stream: each record with its sequence number.
pub(crate) fn kinesis_event(stream: &str, records: &[(u64, Vec<u8>)]) -> Value {
    let records: Vec<Value> = records.iter().map(|(number, data)| kinesis_record(stream, *number, data)).collect();
    json!({ "Records": records })
}

fn kinesis_record(stream: &str, number: u64, data: &[u8]) -> Value {
    json!({
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": "key",
            "sequenceNumber": sequence_number(number),
            "data": base64_simd::STANDARD.encode_to_string(data),
            "approximateArrivalTimestamp": 1_700_000_000.0 + number as f64,
        },
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": format!("shardId-000000000006:{}", sequence_number(number)),
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": format!("arn:aws:iam::{ACCOUNT}:role/fanin-forwarder"),
        "awsRegion": REGION,
        "eventSourceARN": arn(stream),
    })
}

/// A sequence number as Kinesis makes them.
pub(crate) fn sequence_number(number: u64) -> String {
    format!("495903382714902566085596925383615710{number:020}")
}

/// An event of a log group that the function is subscribed to.
pub(crate) fn logs_event(payload: &[u8]) -> Value {
    json!({ "awslogs": { "data": base64_simd::STANDARD.encode_to_string(payload) } })
}

/// An event of Firehose that wants records transformed, named `0`, `1`, ...
pub(crate) fn firehose_event(stream: &str, records: &[Vec<u8>]) -> Value {
    let record = |(index, data): (usize, &Vec<u8>)| {
        json!({
            "recordId": index.to_string(),
            "approximateArrivalTimestamp": 1_700_000_000_000_u64 + index as u64,
            "data": base64_simd::STANDARD.encode_to_string(data),
        })
    };
    json!({
        "invocationId": "00000000-0000-4000-8000-000000000001",
        "deliveryStreamArn": format!("arn:aws:firehose:{REGION}:{ACCOUNT}:deliverystream/{stream}"),
        "region": REGION,
        "records": records.iter().enumerate().map(record).collect::<Vec<_>>(),
    })
}
