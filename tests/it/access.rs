//! Who may see what: every endpoint, with the token of one tenant, with none, and from elsewhere.

#![cfg(test)]

use std::collections::BTreeSet;

use fanin::config::page::Token;
use fanin::config::{Config, Secret};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use crate::support::hook::Hook;
use crate::support::kinesis::until;
use crate::support::ruled::{DEPTH, Ruled, account};

const FLEET: &str = "token-of-the-fleet-0";
const READER: &str = "token-of-a-reader-00";
const TENANT: &str = "token-of-tenant-zero";

/// Endpoints that do not belong to `/api/v1`.
const COMPATIBLE: [&str; 9] = [
    "/api/v2/status",
    "/api/v2/receivers",
    "/api/v2/alerts",
    "/api/v2/alerts/groups",
    "/api/v2/silences",
    "/api/v2/silence/x",
    "/prometheus/api/v1/rules",
    "/prometheus/api/v1/alerts",
    "/prometheus/api/v1/status/buildinfo",
];

fn token(name: &str, secret: &str, tenants: Option<&str>, write: bool) -> Token {
    let tenants = tenants.map(|tenant| BTreeSet::from([tenant.to_owned()]));
    Token { name: name.into(), secret: Secret::new(secret.into()), tenants, write }
}

fn tokens(config: &mut Config) {
    config.page.access.tokens = vec![
        token("oncall", FLEET, None, true),
        token("viewer", READER, None, false),
        token("zero", TENANT, Some("tenant-0"), true),
    ];
}

fn ask(ruled: &Ruled, method: &str, path: &str) -> RequestBuilder {
    let url = format!("http://{}{path}", ruled.service.address());
    reqwest::Client::new().request(Method::from_bytes(method.as_bytes()).unwrap(), url)
}

/// A body of JSON.
trait Json {
    fn json(self, body: &Value) -> Self;
}

impl Json for RequestBuilder {
    fn json(self, body: &Value) -> Self {
        self.header("content-type", "application/json").body(body.to_string())
    }
}

async fn json_of(request: RequestBuilder) -> (StatusCode, Value) {
    let answer = request.send().await.unwrap();
    let status = answer.status();
    let body = answer.bytes().await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

/// Three accounts of three tenants, all of which fire.
async fn three() -> (Hook, Ruled) {
    let hook = Hook::start().await;
    let ruled = Ruled::start_with(&hook, DEPTH, 3, tokens).await;
    ruled.say([0, 1, 2], 12).await;
    loop {
        let (_, answer) = json_of(ask(&ruled, "GET", "/api/v1/alerts").bearer_auth(FLEET)).await;
        if answer["total"] == 3 {
            return (hook, ruled);
        }
        ruled.ticks(1).await;
    }
}

/// Every endpoint: method and path with its parts filled in by what belongs to an account, and whether it changes something.
async fn endpoints(ruled: &Ruled, of: usize) -> Vec<(String, String)> {
    let (_, document) = json_of(ask(ruled, "GET", "/api/v1/openapi.json")).await;
    let alerts = format!("/api/v1/alerts?account={}", account(of));
    let (_, alerts) = json_of(ask(ruled, "GET", &alerts).bearer_auth(FLEET)).await;
    let fingerprint = alerts["items"][0]["fingerprint"].as_str().unwrap().to_owned();
    let mut endpoints = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        let id = if path.starts_with("/accounts") { account(of) } else { fingerprint.clone() };
        let filled = path
            .replace("{id}", &id)
            .replace("{rule}", "QueueDepth")
            .replace("{record}", "1")
            .replace("{reason}", "bad_json");
        assert!(!filled.contains('{'), "{path} has a part that this test does not fill in");
        let methods = methods.as_object().unwrap().keys().map(|method| method.to_ascii_uppercase());
        endpoints.extend(methods.map(|method| (method, format!("/api/v1{filled}"))));
    }
    endpoints.extend(COMPATIBLE.map(|path| ("GET".to_owned(), path.to_owned())));
    endpoints
}

/// Whether anyone may ask: how one comes in, and what the API is like.
fn is_open(path: &str) -> bool {
    path == "/api/v1/session" || path == "/api/v1/openapi.json"
}

/// Scenario: three tenants fire, one of them looks at everything there is. Guarantees: no answer to any endpoint holds an account or
/// tenant of another, whichever account it is asked about.
#[tokio::test]
async fn no_endpoint_tells_a_tenant_of_another() {
    let (_hook, ruled) = three().await;
    let others = [account(1), account(2), "tenant-1".to_owned(), "tenant-2".to_owned()];
    let queries = ["", "?q=tenant&limit=100", "?state=ok,critical,warning,active", "?by=tenant", "?kind=silent"];
    for of in [0, 1] {
        for (_, path) in endpoints(&ruled, of).await.into_iter().filter(|(method, _)| method == "GET") {
            // A stream has no end.
            if path.ends_with("/stream") {
                continue;
            }
            for query in queries {
                let answer = ask(&ruled, "GET", &format!("{path}{query}")).bearer_auth(TENANT).send().await.unwrap();
                let (status, body) = (answer.status(), answer.text().await.unwrap());
                // A path may be repeated in a refusal: it is what was asked.
                let body = body.replace(path.as_str(), "");
                let body = if status.is_success() { body } else { body.replace(&account(of), "") };
                for other in &others {
                    assert!(!body.contains(other.as_str()), "GET {path}{query} ({status}) tells of {other}: {body}");
                }
                assert!(status != StatusCode::INTERNAL_SERVER_ERROR, "GET {path}{query}: {body}");
            }
        }
    }
}

/// Scenario: a tenant asks for its own. Guarantees: it sees its own account and alert, and no more of them.
#[tokio::test]
async fn a_tenant_sees_its_own() {
    let (_hook, ruled) = three().await;
    let (status, alerts) = json_of(ask(&ruled, "GET", "/api/v1/alerts").bearer_auth(TENANT)).await;
    assert_eq!((status, &alerts["total"]), (StatusCode::OK, &json!(1)));
    assert_eq!(alerts["items"][0]["account"], account(0));
    let (_, meta) = json_of(ask(&ruled, "GET", "/api/v1/meta").bearer_auth(TENANT)).await;
    assert_eq!(meta["access"], json!({ "name": "zero", "write": true, "tenants": ["tenant-0"], "by": "token" }));
    let (status, _) =
        json_of(ask(&ruled, "GET", &format!("/api/v1/accounts/{}", account(0))).bearer_auth(TENANT)).await;
    assert_eq!(status, StatusCode::OK);
    let (status, problem) =
        json_of(ask(&ruled, "GET", &format!("/api/v1/accounts/{}", account(1))).bearer_auth(TENANT)).await;
    assert_eq!((status, &problem["code"]), (StatusCode::NOT_FOUND, &json!("not_found")));
}

/// Scenario: someone without a token tries everything. Guarantees: nothing is told and nothing is changed.
#[tokio::test]
async fn without_a_token_nothing_is_told() {
    let (_hook, ruled) = three().await;
    for (method, path) in endpoints(&ruled, 0).await {
        if is_open(&path) {
            continue;
        }
        let (status, problem) = json_of(ask(&ruled, &method, &path)).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{method} {path}");
        assert_eq!(problem["code"], "unauthorized", "{method} {path}");
    }
}

/// Scenario: a token that may read tries to change something. Guarantees: it is refused whatever it is.
#[tokio::test]
async fn a_reader_changes_nothing() {
    let (_hook, ruled) = three().await;
    for (method, path) in endpoints(&ruled, 0).await {
        let reads = method == "GET" || is_open(&path) || path.ends_with("/preview") || path.ends_with("/check");
        if !reads {
            let (status, _) = json_of(ask(&ruled, &method, &path).bearer_auth(READER).json(&json!({}))).await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{method} {path}");
        }
    }
}

fn silence(matchers: &Value) -> Value {
    json!({
        "matchers": matchers, "startsAt": "2026-01-01T00:00:00Z", "endsAt": "2500-01-01T00:00:00Z", "createdBy": "x",
        "comment": "known",
    })
}

fn hour(matchers: &Value) -> Value {
    let mut silence = silence(matchers);
    let ends = fanin::io::clock::now().plus(std::time::Duration::from_secs(3_600));
    silence["endsAt"] = ends.to_string().into();
    silence
}

fn matcher(name: &str, value: &str) -> Value {
    json!([{ "name": name, "value": value, "isRegex": false, "isEqual": true }])
}

/// Scenario: the fleet's on-call and a tenant both silence a rule. Guarantees: what the tenant makes holds for its own alert alone and
/// has its name; it sees neither the other's silence nor can it end it.
#[tokio::test]
async fn what_a_tenant_silences_is_its_own() {
    let (_hook, ruled) = three().await;
    let of_rule = hour(&matcher("rule", "QueueDepth"));
    let post = |token, body: &Value| json_of(ask(&ruled, "POST", "/api/v1/silences").bearer_auth(token).json(body));
    let preview = json_of(
        ask(&ruled, "POST", "/api/v1/silences/preview")
            .bearer_auth(TENANT)
            .json(&json!({ "matchers": of_rule["matchers"] })),
    );
    let (_, preview) = preview.await;
    assert_eq!((&preview["firing"], &preview["accounts"]), (&json!(1), &json!(1)), "{preview}");
    let (status, made) = post(TENANT, &of_rule).await;
    assert_eq!(status, StatusCode::OK, "{made}");
    let alerts = json_of(ask(&ruled, "GET", "/api/v1/alerts?state=silenced").bearer_auth(FLEET)).await.1;
    let silenced: Vec<&Value> = alerts["items"].as_array().unwrap().iter().map(|alert| &alert["account"]).collect();
    assert_eq!(silenced, [&json!(account(0))], "{alerts}");

    let (_, fleets) = post(FLEET, &hour(&matcher("tenant", "tenant-1"))).await;
    let (_, seen) = json_of(ask(&ruled, "GET", "/api/v1/silences").bearer_auth(TENANT)).await;
    assert_eq!(seen["total"], 1, "{seen}");
    assert_eq!((&seen["items"][0]["id"], &seen["items"][0]["createdBy"]), (&made["silenceID"], &json!("zero")));
    assert_eq!(seen["items"][0]["silencing"], 1);
    let id = fleets["silenceID"].as_str().unwrap();
    let (status, _) = json_of(ask(&ruled, "DELETE", &format!("/api/v1/silences/{id}")).bearer_auth(TENANT)).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (status, _) = json_of(ask(&ruled, "DELETE", &format!("/api/v1/silences/{id}")).bearer_auth(FLEET)).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
}

/// Scenario: silences that should not be. Guarantees: each is refused with a reason.
#[tokio::test]
async fn silences_that_should_not_be_are_refused() {
    let (_hook, ruled) = three().await;
    let mut without_comment = hour(&matcher("rule", "X"));
    without_comment["comment"] = " ".into();
    let cases = [
        (without_comment, "comment"),
        (silence(&matcher("rule", "X")), "lasts"),
        (hour(&json!([])), "silences everything"),
        (hour(&json!([{ "name": "rule", "value": "(", "isRegex": true }])), "regular expression"),
    ];
    for (body, reason) in cases {
        let (status, problem) = json_of(ask(&ruled, "POST", "/api/v1/silences").bearer_auth(FLEET).json(&body)).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{problem}");
        assert!(problem["detail"].as_str().unwrap().contains(reason), "{problem}");
    }
}

/// Scenario: an alert is acknowledged and the acknowledgement taken back. Guarantees: the alert says by whom meanwhile; a tenant can do
/// so to its own alert only.
#[tokio::test]
async fn an_alert_is_acknowledged_by_whoever_may() {
    let (_hook, ruled) = three().await;
    let fingerprint = async |of: usize| {
        let (_, alerts) =
            json_of(ask(&ruled, "GET", &format!("/api/v1/alerts?account={}", account(of))).bearer_auth(FLEET)).await;
        alerts["items"][0]["fingerprint"].as_str().unwrap().to_owned()
    };
    let (own, of_other) = (fingerprint(0).await, fingerprint(1).await);
    let ack = |fingerprint: &str| {
        let body = json!({ "fingerprint": fingerprint });
        json_of(ask(&ruled, "POST", "/api/v1/alerts/ack").bearer_auth(TENANT).json(&body))
    };
    assert_eq!(ack(&of_other).await.0, StatusCode::NOT_FOUND);
    let (status, made) = ack(&own).await;
    assert_eq!(status, StatusCode::OK, "{made}");
    let (_, alerts) = json_of(ask(&ruled, "GET", "/api/v1/alerts?state=acked").bearer_auth(TENANT)).await;
    assert_eq!(alerts["items"][0]["acked_by"], "zero", "{alerts}");
    let path = format!("/api/v1/alerts/ack/{}", made["silenceID"].as_str().unwrap());
    assert_eq!(json_of(ask(&ruled, "DELETE", &path).bearer_auth(TENANT)).await.0, StatusCode::NO_CONTENT);
    let (_, alerts) = json_of(ask(&ruled, "GET", "/api/v1/alerts").bearer_auth(TENANT)).await;
    assert_eq!(alerts["items"][0]["acked_by"], Value::Null, "{alerts}");
}

/// Scenario: a browser shows its token once. Guarantees: the cookie stands for it, scripts cannot read it, other sites cannot use it,
/// and it is over when it is ended.
#[tokio::test]
async fn a_cookie_stands_for_a_token() {
    let (_hook, ruled) = three().await;
    let wrong = ask(&ruled, "POST", "/api/v1/session").json(&json!({ "token": "wrong" }));
    assert_eq!(json_of(wrong).await.0, StatusCode::UNAUTHORIZED);
    let answer = ask(&ruled, "POST", "/api/v1/session").json(&json!({ "token": FLEET })).send().await.unwrap();
    let set = answer.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(set.contains("HttpOnly") && set.contains("SameSite=Strict"), "{set}");
    let cookie = set.split(';').next().unwrap().to_owned();
    let with = |method: &str, path: &str| ask(&ruled, method, path).header("cookie", &cookie);
    assert_eq!(json_of(with("GET", "/api/v1/session")).await.1["name"], "oncall");
    let body = hour(&matcher("rule", "X"));
    let forged = with("POST", "/api/v1/silences").header("origin", "http://evil.example").json(&body);
    assert_eq!(json_of(forged).await.0, StatusCode::FORBIDDEN);
    let text = with("POST", "/api/v1/silences").header("content-type", "text/plain").body(body.to_string());
    assert_eq!(json_of(text).await.0, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(json_of(with("POST", "/api/v1/silences").json(&body)).await.0, StatusCode::OK);
    assert_eq!(json_of(with("DELETE", "/api/v1/session")).await.0, StatusCode::NO_CONTENT);
    assert_eq!(json_of(with("GET", "/api/v1/session")).await.0, StatusCode::UNAUTHORIZED);
}

/// Scenario: no tokens are configured. Guarantees: this machine may do everything, under its own name only; a page that calls itself
/// otherwise, or another site, gets nothing.
#[tokio::test]
async fn without_tokens_only_this_machine_may() {
    let hook = Hook::start().await;
    let ruled = Ruled::start(&hook, DEPTH, 1).await;
    let (status, meta) = json_of(ask(&ruled, "GET", "/api/v1/meta")).await;
    assert_eq!((status, &meta["access"]["by"]), (StatusCode::OK, &json!("loopback")));
    let rebound = ask(&ruled, "GET", "/api/v1/meta").header("host", "evil.example");
    assert_eq!(json_of(rebound).await.0, StatusCode::FORBIDDEN);
    let proxied = ask(&ruled, "GET", "/api/v1/meta").header("x-forwarded-for", "10.0.0.1");
    let (status, problem) = json_of(proxied).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert!(problem["hint"].as_str().unwrap().contains("page.access.tokens"), "{problem}");
    let forged = ask(&ruled, "POST", "/api/v1/silences").header("origin", "http://evil.example");
    assert_eq!(json_of(forged.json(&hour(&matcher("rule", "X")))).await.0, StatusCode::FORBIDDEN);
}

/// Scenario: someone looks on while an account is silenced and the service stops. Guarantees: the stream greets, tells of the change
/// and says good-bye; it holds nothing of other tenants.
#[tokio::test]
async fn a_stream_tells_what_changes_and_ends_with_the_service() {
    let (_hook, ruled) = three().await;
    let mut stream = ask(&ruled, "GET", "/api/v1/stream?topics=state,groups").bearer_auth(TENANT).send().await.unwrap();
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    let mut heard = String::new();
    while !heard.contains("event: hello") {
        heard += std::str::from_utf8(&stream.chunk().await.unwrap().unwrap()).unwrap();
    }
    let made = ask(&ruled, "POST", "/api/v1/silences").bearer_auth(TENANT).json(&hour(&matcher("rule", "QueueDepth")));
    assert_eq!(json_of(made).await.0, StatusCode::OK);
    while !(heard.contains("event: state") && heard.contains("event: groups")) {
        heard += std::str::from_utf8(&stream.chunk().await.unwrap().unwrap()).unwrap();
    }
    let Ruled { service, folder: _folder } = ruled;
    let stopping = tokio::spawn(service.stop());
    while let Some(chunk) = stream.chunk().await.unwrap() {
        heard += std::str::from_utf8(&chunk).unwrap();
    }
    assert!(heard.contains("event: bye"), "{heard}");
    assert!(!heard.contains(&account(1)) && !heard.contains("tenant-1"), "{heard}");
    let _drained = stopping.await.unwrap();
}

/// Scenario: a silence is made and the process ends without a word. Guarantees: the silence was saved before the next regular snapshot.
#[tokio::test]
async fn a_silence_is_saved_soon() {
    let hook = Hook::start().await;
    let ruled = Ruled::start_with(&hook, DEPTH, 1, |config| {
        config.storage.snapshot_interval = std::time::Duration::from_secs(600);
    })
    .await;
    let names = || {
        let folder = ruled.folder.path().join("state").join("state");
        let entries =
            std::fs::read_dir(folder).map(|entries| entries.flatten().map(|entry| entry.file_name()).collect());
        entries.unwrap_or_else(|_| BTreeSet::new())
    };
    let before: BTreeSet<_> = names();
    let made = ask(&ruled, "POST", "/api/v1/silences").json(&hour(&matcher("rule", "X")));
    assert_eq!(json_of(made).await.0, StatusCode::OK);
    until("a snapshot", || names() != before).await;
}
