//! A layer in front of a Kinesis server that does what a server of AWS does on a bad day.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use ferrokinesis::shard_iterator::decode_shard_iterator;
use serde_json::{Value, json};
use tokio::time::{Duration, Instant, sleep};

/// What becomes of a call instead of its answer, or before it.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// An error with this status, code and message.
    Error(u16, &'static str, &'static str),
    /// The answer comes this much later.
    Delay(Duration),
    /// The answer breaks off.
    Cut,
}

pub(crate) const THROTTLED: Fault =
    Fault::Error(400, "ProvisionedThroughputExceededException", "Rate exceeded for shard");
pub(crate) const EXPIRED: Fault = Fault::Error(400, "ExpiredIteratorException", "Iterator expired");
pub(crate) const INTERNAL: Fault = Fault::Error(500, "InternalFailure", "try again");
pub(crate) const DENIED: Fault =
    Fault::Error(400, "AccessDeniedException", "User: arn:aws:sts::111122223333:assumed-role/fanin is not authorized");

/// A call that came in.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) action: String,
    pub(crate) at: Instant,
    pub(crate) body: Value,
    pub(crate) authorization: String,
}

/// The plan of faults, and what was asked of the server.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    planned: BTreeMap<String, VecDeque<Fault>>,
    calls: Vec<Call>,
    page_shards_max: Option<usize>,
}

impl Faults {
    /// The next calls of this action meet these faults, one each.
    pub(crate) fn plan(&self, action: &str, faults: impl IntoIterator<Item = Fault>) {
        self.lock().planned.entry(action.into()).or_default().extend(faults);
    }

    /// Listings come in pages of so many shards.
    pub(crate) fn page_shards(&self, max: usize) {
        self.lock().page_shards_max = Some(max);
    }

    /// The calls of an action so far.
    pub(crate) fn calls(&self, action: &str) -> Vec<Call> {
        self.lock().calls.iter().filter(|call| call.action == action).cloned().collect()
    }

    /// When each shard was read.
    pub(crate) fn reads_by_shard(&self) -> BTreeMap<String, Vec<Instant>> {
        let mut reads: BTreeMap<String, Vec<Instant>> = BTreeMap::new();
        for call in self.calls("GetRecords") {
            let iterator = call.body["ShardIterator"].as_str().expect("GetRecords needs an iterator");
            let (_, _, shard, _) = decode_shard_iterator(iterator).expect("the iterator is the server's own");
            reads.entry(shard).or_default().push(call.at);
        }
        reads
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap()
    }

    fn note(&self, call: Call) -> Option<Fault> {
        let mut inner = self.lock();
        let fault = inner.planned.get_mut(&call.action).and_then(VecDeque::pop_front);
        inner.calls.push(call);
        fault
    }
}

/// The layer.
pub(crate) async fn meet_faults(State(faults): State<Faults>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let mut body = to_bytes(body, usize::MAX).await.unwrap();
    let header = |name| parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let action = header("x-amz-target").rsplit('.').next().unwrap().to_owned();
    let call = Call {
        action: action.clone(),
        at: Instant::now(),
        body: serde_json::from_slice(&body).unwrap_or_default(),
        authorization: header("authorization"),
    };
    let fault = faults.note(call);
    let page = faults.lock().page_shards_max.filter(|_| action == "ListShards");
    if let Some(max) = page {
        match page_request(&body, max) {
            Ok(rewritten) => body = rewritten,
            Err(refused) => return error_answer(400, "InvalidArgumentException", refused),
        }
        let _ = parts.headers.remove("content-length");
    }
    match fault {
        Some(Fault::Error(status, code, message)) => return error_answer(status, code, message),
        Some(Fault::Cut) => return cut_answer(),
        Some(Fault::Delay(time)) => sleep(time).await,
        None => {}
    }
    let asked = body.clone();
    let answer = next.run(Request::from_parts(parts, Body::from(body))).await;
    if page.is_some() { page_answer(&asked, answer).await } else { answer }
}

fn error_answer(status: u16, code: &str, message: &str) -> Response {
    let status = StatusCode::from_u16(status).unwrap();
    let headers = [("content-type", "application/x-amz-json-1.1"), ("x-amzn-errortype", code)];
    (status, headers, json!({"__type": code, "message": message}).to_string()).into_response()
}

/// An answer whose body breaks off after a few bytes.
fn cut_answer() -> Response {
    let chunks = [Ok("{\"Records\":["), Err(std::io::Error::other("cut"))];
    let body = Body::from_stream(futures::stream::iter(chunks));
    ([("content-type", "application/x-amz-json-1.1")], body).into_response()
}

/// A request for a page, in words that ferrokinesis knows: it takes no tokens. A token is `stream/last shard`.
fn page_request(body: &Bytes, max: usize) -> Result<Bytes, &'static str> {
    let mut asked: Value = serde_json::from_slice(body).map_err(|_| "The body is not JSON.")?;
    if let Some(token) = asked["NextToken"].as_str().map(str::to_owned) {
        if asked.get("StreamName").is_some() || asked.get("StreamARN").is_some() {
            return Err("NextToken and StreamName cannot be provided together.");
        }
        let (stream, shard) = token.split_once('/').ok_or("The token is not one of ours.")?;
        asked = json!({"StreamName": stream, "ExclusiveStartShardId": shard});
    }
    asked["MaxResults"] = json!(max);
    Ok(asked.to_string().into())
}

async fn page_answer(asked: &Bytes, answer: Response) -> Response {
    let (mut parts, body) = answer.into_parts();
    let asked: Value = serde_json::from_slice(asked).unwrap();
    let mut page: Value = serde_json::from_slice(&to_bytes(body, usize::MAX).await.unwrap()).unwrap();
    if let Some(last) = page["NextToken"].as_str() {
        page["NextToken"] = json!(format!("{}/{last}", asked["StreamName"].as_str().unwrap()));
    }
    let _ = parts.headers.remove("content-length");
    Response::from_parts(parts, Body::from(page.to_string()))
}
