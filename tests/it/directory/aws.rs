//! A server in front of AWS Organizations: notes every call, passes it on to moto, or answers it by itself.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

/// A call that came in.
#[derive(Clone, Debug)]
pub(super) struct Call {
    /// `ListAccounts`, or `AssumeRole`.
    pub(super) action: String,
    /// The request; null where it is no JSON.
    pub(super) body: Value,
    /// The access key it is signed with.
    pub(super) key: String,
    /// When it came.
    pub(super) time: Instant,
}

/// An answer: the status and the body.
pub(super) type Answer = (StatusCode, Value);

/// Answers a call; the number counts the calls of this action before it. `None` passes the call on.
pub(super) type Script = dyn Fn(&Call, usize) -> Option<Answer> + Send + Sync;

/// The server, for as long as the test's runtime lives.
pub(super) struct Front {
    pub(super) url: String,
    shared: Arc<Shared>,
}

struct Shared {
    upstream: Option<String>,
    script: Box<Script>,
    calls: Mutex<Vec<Call>>,
    http: reqwest::Client,
}

impl Front {
    /// Passes everything on to `upstream`.
    pub(super) async fn before(upstream: &str) -> Self {
        Self::start(Some(upstream.into()), Box::new(|_, _| None)).await
    }

    /// Answers by itself.
    pub(super) async fn alone(script: impl Fn(&Call, usize) -> Option<Answer> + Send + Sync + 'static) -> Self {
        Self::start(None, Box::new(script)).await
    }

    async fn start(upstream: Option<String>, script: Box<Script>) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
        let url = format!("http://{}", listener.local_addr().expect("a bound socket has an address"));
        let shared = Arc::new(Shared { upstream, script, calls: Mutex::default(), http: reqwest::Client::new() });
        let router = Router::new().fallback(answer).with_state(Arc::clone(&shared));
        drop(tokio::spawn(async move { axum::serve(listener, router).await }));
        Self { url, shared }
    }

    /// The calls of one action so far.
    pub(super) fn calls(&self, action: &str) -> Vec<Call> {
        self.shared
            .calls
            .lock()
            .expect("nothing panics with the calls in hand")
            .iter()
            .filter(|call| call.action == action)
            .cloned()
            .collect()
    }

    /// The accounts whose tags were asked for from the call at `first` on, ascending.
    pub(super) fn tagged_from(&self, first: usize) -> Vec<String> {
        let calls = self.calls("ListTagsForResource");
        let mut ids: Vec<_> = calls[first..].iter().filter_map(|call| call.body["ResourceId"].as_str()).collect();
        ids.sort_unstable();
        ids.into_iter().map(Into::into).collect()
    }
}

async fn answer(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> (StatusCode, Vec<u8>) {
    let call = call(&headers, &body);
    let before = {
        let mut calls = shared.calls.lock().expect("nothing panics with the calls in hand");
        let before = calls.iter().filter(|earlier| earlier.action == call.action).count();
        calls.push(call.clone());
        before
    };
    if let Some((status, body)) = (shared.script)(&call, before) {
        return (status, body.to_string().into_bytes());
    }
    let upstream = shared.upstream.as_ref().expect("a script without a server behind it answers every call");
    let request = shared.http.post(format!("{upstream}/")).headers(headers).body(body);
    match request.send().await {
        Ok(response) => {
            let status = response.status();
            (status, response.bytes().await.unwrap_or_default().to_vec())
        }
        Err(error) => (StatusCode::BAD_GATEWAY, error.to_string().into_bytes()),
    }
}

fn call(headers: &HeaderMap, body: &Bytes) -> Call {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let target = header("x-amz-target").rsplit('.').next().unwrap_or_default();
    let form = String::from_utf8_lossy(body);
    let in_form = form.split('&').find_map(|pair| pair.strip_prefix("Action=")).unwrap_or_default();
    let key = header("authorization").split("Credential=").nth(1).unwrap_or_default();
    Call {
        action: if target.is_empty() { in_form } else { target }.into(),
        body: serde_json::from_slice(body).unwrap_or_default(),
        key: key.split('/').next().unwrap_or_default().into(),
        time: now(),
    }
}

#[expect(clippy::disallowed_methods, reason = "times calls of a client outside of this test's control")]
fn now() -> Instant {
    Instant::now()
}

/// The most calls within one second.
pub(super) fn calls_a_second(calls: &[Call]) -> usize {
    let within = |first: &Call| calls.iter().filter(|call| in_second(first, call)).count();
    calls.iter().map(within).max().unwrap_or_default()
}

fn in_second(first: &Call, call: &Call) -> bool {
    call.time >= first.time && call.time.duration_since(first.time) < Duration::from_secs(1)
}

/// An error as AWS's JSON services write it.
pub(super) fn error(name: &str, message: &str) -> Answer {
    (StatusCode::BAD_REQUEST, json!({ "__type": format!("com.amazonaws.organizations#{name}"), "Message": message }))
}

/// A page of a listing.
pub(super) fn page(accounts: &[Value], next: Option<&str>) -> Answer {
    let mut page = json!({ "Accounts": accounts });
    if let Some(next) = next {
        page["NextToken"] = next.into();
    }
    (StatusCode::OK, page)
}

/// An account as `ListAccounts` describes it.
pub(super) fn listed(id: &str) -> Value {
    json!({ "Id": id, "Name": format!("name of {id}"), "State": "ACTIVE", "Status": "ACTIVE",
        "JoinedTimestamp": 1_583_425_836.114, "Paths": ["o-1/r-1/ou-1/"] })
}

/// The tags of an account.
pub(super) fn tags(pairs: &[(&str, &str)]) -> Answer {
    let tags: Vec<_> = pairs.iter().map(|(key, value)| json!({ "Key": key, "Value": value })).collect();
    (StatusCode::OK, json!({ "Tags": tags }))
}
