//! What arrived at a backend, read by programs that are not ours: Python's opentelemetry-proto, and rotel.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::StatusCode;
use flate2::read::MultiGzDecoder;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::support::rig;

const DECODE: &str = include_str!("../../rig/scripts/otlp_decode.py");

/// The largest request that a test sends.
const REQUEST_BYTES_MAX: usize = 64 << 20;

/// A request that came: path, `content-encoding` and body.
type Came = (String, String, Vec<u8>);

/// An HTTP backend that takes everything and keeps it. It ends with this value.
pub(crate) struct Capture {
    address: SocketAddr,
    came: Arc<Mutex<Vec<Came>>>,
    /// Serves until it is dropped.
    _runtime: Runtime,
}

impl Capture {
    pub(crate) fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("the system gives a process its event queue");
        let came = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&came);
        let app = Router::new().fallback(move |request: Request| keep(request, Arc::clone(&kept)));
        let bound = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)));
        let listener = bound.expect("loopback has a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let _serves_until_dropped =
            runtime.spawn(async move { axum::serve(listener, app).await.expect("a listener serves for ever") });
        Self { address, came, _runtime: runtime }
    }

    /// Its address, and a path for requests to be told apart by.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.address)
    }

    /// The inflated bodies that came to a path, as one: protobuf's repeated fields join by being put one after the other.
    /// `encoding` is what each of them must be compressed by.
    #[track_caller]
    pub(crate) fn bodies(&self, path: &str, encoding: &str) -> Vec<u8> {
        let came = self.came.lock().expect("no test panics with the lock");
        let mut joined = Vec::new();
        for (_, of, body) in came.iter().filter(|(came_to, ..)| came_to == path) {
            assert_eq!(of, encoding, "content-encoding of {path}");
            joined.extend(inflated(encoding, body));
        }
        joined
    }
}

async fn keep(request: Request, came: Arc<Mutex<Vec<Came>>>) -> StatusCode {
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, REQUEST_BYTES_MAX).await else { return StatusCode::PAYLOAD_TOO_LARGE };
    let encoding = head.headers.get("content-encoding").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let path = head.uri.path().to_owned();
    came.lock().expect("no test panics with the lock").push((path, encoding.to_owned(), body.to_vec()));
    StatusCode::OK
}

#[expect(clippy::disallowed_methods, reason = "what Fanin compressed is read by another program than its own")]
fn inflated(encoding: &str, body: &[u8]) -> Vec<u8> {
    let mut inflated = Vec::new();
    match encoding {
        "" => inflated.extend(body),
        "gzip" => drop(MultiGzDecoder::new(body).read_to_end(&mut inflated).expect("the body is gzip")),
        "zstd" => inflated.extend(zstd::decode_all(body).expect("the body is zstd")),
        other => panic!("content-encoding {other}"),
    }
    inflated
}

/// A request as Python's opentelemetry-proto reads it, in OTLP JSON. Fields that the schema does not have are an error there.
#[track_caller]
pub(crate) fn decoded(signal: &str, request: &[u8]) -> Value {
    let file = tempfile::NamedTempFile::new().expect("a temporary file can be made");
    fs::write(file.path(), request).expect("a temporary file can be written");
    let path = file.path().to_str().expect("temporary folders have plain names");
    let printed = rig::python(DECODE, &[signal, path]);
    serde_json::from_slice(&printed.stdout).expect("the script prints JSON")
}

/// A log record as it arrived.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Log {
    /// Attributes of the resource: texts as they are, arrays with commas between.
    pub(crate) resource: BTreeMap<String, String>,
    pub(crate) time_unix_nano: String,
    pub(crate) event_id: String,
    pub(crate) body: String,
}

/// The log records of a request in OTLP JSON.
pub(crate) fn logs(request: &Value) -> Vec<Log> {
    let mut logs = Vec::new();
    for entry in array(&request["resourceLogs"]) {
        let resource = attributes(&entry["resource"]["attributes"]);
        for record in array(&entry["scopeLogs"]).iter().flat_map(|scope| array(&scope["logRecords"])) {
            let mut of_record = attributes(&record["attributes"]);
            logs.push(Log {
                resource: resource.clone(),
                time_unix_nano: shown(&record["timeUnixNano"]),
                event_id: of_record.remove("aws.log.event.id").unwrap_or_default(),
                body: shown_any(&record["body"]),
            });
        }
    }
    logs
}

/// Attributes by name.
pub(crate) fn attributes(list: &Value) -> BTreeMap<String, String> {
    array(list).iter().map(|attribute| (shown(&attribute["key"]), shown_any(&attribute["value"]))).collect()
}

/// An array, or none where protobuf left an empty one out.
pub(crate) fn array(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// An `AnyValue`: an array as its texts with commas between, all else as it stands.
fn shown_any(value: &Value) -> String {
    match value.as_object().and_then(|members| members.iter().next()) {
        Some((kind, list)) if kind == "arrayValue" => {
            array(&list["values"]).iter().map(shown_any).collect::<Vec<_>>().join(",")
        }
        Some((_, value)) => shown(value),
        None => String::new(),
    }
}

/// The log records that rotel wrote down in its detailed form.
pub(crate) fn logs_of_rotel(output: &str) -> Vec<Log> {
    let mut logs = Vec::new();
    for entry in output.split("ResourceLog #").skip(1) {
        let (resource, scopes) = entry.split_once("ScopeLogs #").expect("rotel prints the scope after the resource");
        let resource = attributes_of_rotel(resource);
        for record in scopes.split("LogRecord #").skip(1) {
            let of_record = attributes_of_rotel(record);
            logs.push(Log {
                resource: resource.clone(),
                time_unix_nano: between(record, "\nTimestamp: ", "\n").to_owned(),
                event_id: of_record.get("aws.log.event.id").cloned().unwrap_or_default(),
                body: between(record, "\nBody: Str(", ")\nAttributes:").to_owned(),
            });
        }
    }
    logs
}

/// Lines such as `     -> name: Str(text)` and `     -> name: Slice(Str(text))`.
fn attributes_of_rotel(text: &str) -> BTreeMap<String, String> {
    let lines = text.lines().filter_map(|line| line.strip_prefix("     -> ")?.split_once(": "));
    lines.map(|(name, value)| (name.to_owned(), text_of_rotel(value))).collect()
}

fn text_of_rotel(value: &str) -> String {
    let value = value.strip_prefix("Slice(").and_then(|value| value.strip_suffix(')')).unwrap_or(value);
    value.strip_prefix("Str(").and_then(|value| value.strip_suffix(')')).unwrap_or(value).to_owned()
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let rest = text.split_once(before).map_or("", |(_, rest)| rest);
    rest.split_once(after).map_or(rest, |(found, _)| found)
}
