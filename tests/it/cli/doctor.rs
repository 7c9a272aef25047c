//! `fanin doctor` and `fanin healthcheck` against servers of the test.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::{Ended, Fanin};
use crate::support::kinesis::Kinesis;
use crate::support::wait::until;

/// What came in: path and the `Authorization` header.
type Seen = Arc<Mutex<Vec<(String, String)>>>;

/// Answers as AWS Secrets Manager, as an OTLP backend that wants a token, and as a service that is not ready.
///
/// Secrets Manager by its documented contract: AWS Secrets Manager API reference, "GetSecretValue".
async fn answer(State(seen): State<Seen>, uri: Uri, headers: HeaderMap, body: Bytes) -> (StatusCode, Json<Value>) {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let authorization = header("authorization");
    seen.lock().unwrap().push((uri.path().into(), authorization.clone()));
    match (header("x-amz-target").as_str(), uri.path()) {
        ("secretsmanager.GetSecretValue", _) if String::from_utf8_lossy(&body).contains("prod/fanin") => {
            (StatusCode::OK, Json(json!({ "Name": "prod/fanin", "SecretString": "{\"token\": \"t0ken\"}" })))
        }
        ("secretsmanager.GetSecretValue", _) => (
            StatusCode::BAD_REQUEST,
            Json(json!({ "__type": "ResourceNotFoundException", "message": "no such secret" })),
        ),
        (_, "/v1/logs" | "/v1/metrics") if authorization == "Bearer t0ken" => (StatusCode::OK, Json(json!({}))),
        (_, "/v1/logs" | "/v1/metrics") => (StatusCode::UNAUTHORIZED, Json(json!({ "message": "who are you" }))),
        (_, "/-/ready") => (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "missing": { "directory": "not loaded" } }))),
        _ => (StatusCode::NOT_FOUND, Json(json!({}))),
    }
}

async fn serve() -> (SocketAddr, Seen) {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let seen = Seen::default();
    let app = Router::new().fallback(answer).with_state(Arc::clone(&seen));
    drop(tokio::spawn(async move { axum::serve(listener, app).await }));
    (address, seen)
}

/// Scenario: the service is started without a file, by flags and environment; whoever reads its log goes away; then it is
/// told to stop. Guarantees: it is ready all the while, and ends well.
#[tokio::test(flavor = "multi_thread")]
async fn healthcheck_passes_while_a_service_without_a_file_runs() {
    let (address, _) = serve().await;
    let fanin = Fanin::new().env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{address}"));
    tokio::task::spawn_blocking(move || {
        let mut command = fanin.command(&["run", "--otlp", "--listen", "127.0.0.1:0", "--log-format", "json"]);
        let mut service = command.stderr(Stdio::piped()).spawn().unwrap();
        let log = BufReader::new(service.stderr.take().unwrap()).lines().map_while(Result::ok);
        let url = log
            .filter_map(|line| Some(line[line.find("http://127.0.0.1:")?..].to_owned()))
            .find(|url| !url.contains(&address.to_string()));
        let listen: String =
            url.unwrap()["http://".len()..].chars().take_while(|c| c.is_ascii_digit() || ".:".contains(*c)).collect();
        until("the service to be ready", Duration::from_secs(30), || {
            let ended = fanin.run(&["healthcheck", "--otlp", "--listen", &listen]);
            (ended.exit == 0).then_some(())
        });
        let terminated = Command::new("kill").args(["-TERM", &service.id().to_string()]).status().unwrap();
        assert!(terminated.success());
        assert_eq!(service.wait().unwrap().code(), Some(0));
    })
    .await
    .unwrap();
}

async fn run(fanin: Fanin, arguments: &'static [&'static str]) -> Ended {
    tokio::task::spawn_blocking(move || fanin.run(arguments)).await.unwrap()
}

fn with_secret(address: SocketAddr, secret: &str) -> Fanin {
    let config = format!(
        "sources: {{otlp: {{}}}}\ndirectory: {{file: accounts.csv}}\n\
         destinations: [{{endpoint: \"http://{address}\", bearer: \"${{secretsmanager:{secret}}}\"}}]\n"
    );
    Fanin::new()
        .write("config.yaml", config)
        .write("accounts.csv", "account,tenant\n111122223333,acme\n")
        .env("AWS_ENDPOINT_URL", format!("http://{address}"))
        .env("AWS_REGION", "eu-central-1")
        .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "example")
}

fn findings(ended: &Ended) -> Vec<(String, String)> {
    let text = |finding: &Value, member: &str| finding[member].as_str().unwrap().to_owned();
    let json = ended.json();
    json["findings"].as_array().unwrap().iter().map(|f| (text(f, "health"), text(f, "subject"))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn all_is_well_and_the_secret_comes_from_secrets_manager() {
    let (address, seen) = serve().await;
    let ended = run(with_secret(address, "prod/fanin#token"), &["doctor", "--json"]).await;
    assert_eq!(ended.exit, 0, "{ended:?}");
    let expected = [
        ("ok", "configuration"),
        ("ok", "directory"),
        ("ok", "destination main"),
        ("ok", "destination main"),
        ("ok", "storage state"),
        ("ok", "storage spill"),
        ("ok", "storage dead letters"),
        ("ok", "clock"),
        ("warn", "source otlp"),
        ("ok", "open files"),
    ];
    assert_eq!(findings(&ended), expected.map(|(health, subject)| (health.to_owned(), subject.to_owned())));
    assert!(seen.lock().unwrap().contains(&("/v1/metrics".into(), "Bearer t0ken".into())));
    assert!(!ended.stdout.contains("t0ken"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_is_not_there_is_told_in_the_words_of_aws() {
    let (address, _) = serve().await;
    let ended = run(with_secret(address, "gone"), &["doctor"]).await;
    assert_eq!(ended.exit, 78);
    assert!(ended.stderr.starts_with("E022 config.yaml:3:"), "{}", ended.stderr);
    assert!(ended.stderr.contains("no such secret"), "{}", ended.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_work_fails_with_a_fix() {
    let (address, _) = serve().await;
    let config = format!(
        "sources: {{kinesis: [{{stream: central, region: eu-central-1, endpoint: \"http://{address}\"}}]}}\n\
         destinations: [{{endpoint: \"http://{address}\", bearer: wrong}}]\nstorage: {{spill: key}}\n"
    );
    let fanin = Fanin::new().write("config.yaml", config).write("key", "a file, no folder");
    let fanin = fanin.env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE").env("AWS_SECRET_ACCESS_KEY", "example");
    let ended = run(fanin, &["doctor", "--json"]).await;
    assert_eq!(ended.exit, 1, "{ended:?}");
    let failed: Vec<_> = findings(&ended).into_iter().filter(|(health, _)| health == "fail").map(|(_, s)| s).collect();
    assert_eq!(failed, ["stream central", "destination main", "destination main", "storage spill"]);
    let json = ended.json();
    let all = json["findings"].as_array().unwrap();
    assert!(all.iter().all(|finding| finding["health"] == "ok" || finding["fix"].is_string()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_is_read_and_accounts_that_the_directory_lacks_are_named() {
    let kinesis = Kinesis::start().await;
    kinesis.create("central", 2).await;
    let payload = |owner: &str| {
        let event = json!({ "id": "1", "timestamp": 1_583_425_836_114_u64, "message": "hello" });
        json!({
            "messageType": "DATA_MESSAGE", "owner": owner, "logGroup": "/acme/app", "logStream": "s",
            "subscriptionFilters": ["f"], "logEvents": [event],
        })
    };
    let payloads = ["111122223333", "444455556666"].map(|owner| payload(owner).to_string());
    kinesis.put("central", &payloads).await;
    let config = format!(
        "sources: {{kinesis: [{{stream: central, region: eu-central-1, endpoint: \"{}\"}}]}}\n\
         directory: {{file: accounts.csv}}\ndestinations: [{{endpoint: \"http://127.0.0.1:9\"}}]\n",
        kinesis.endpoint
    );
    let fanin = Fanin::new().write("config.yaml", config).write("accounts.csv", "account,tenant\n111122223333,acme\n");
    let fanin = fanin.env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE").env("AWS_SECRET_ACCESS_KEY", "example");
    let ended = run(fanin, &["doctor"]).await;
    assert_eq!(ended.exit, 1, "the destination does not answer: {ended:?}");
    for line in [
        "ok    AWS credentials: access key ...MPLE",
        "ok    stream central: 2 shards, readable, 2 records read",
        "warn  directory coverage: 1 of 2 accounts in the records that were read are unknown: 444455556666",
    ] {
        assert!(ended.stdout.lines().any(|told| told == line), "no {line:?} in {}", ended.stdout);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn healthcheck_tells_why_a_service_is_not_ready() {
    let (address, _) = serve().await;
    let config =
        format!("server: {{listen: \"{address}\"}}\nsources: {{otlp: {{}}}}\ndestinations: [{{endpoint: http://a}}]");
    let ended = run(Fanin::new().write("config.yaml", config), &["healthcheck"]).await;
    assert_eq!(ended.exit, 1);
    assert_eq!(
        ended.stderr,
        format!(
            "error: not ready\n  because http://{address}/-/ready answers 503 Service Unavailable: \
             {{\"missing\":{{\"directory\":\"not loaded\"}}}}\n"
        )
    );
}

/// Guarantees: receivers are looked at without anyone being told, and each finding says what was tried.
#[tokio::test(flavor = "multi_thread")]
async fn receivers_are_tried_as_far_as_nobody_notices() {
    let (address, seen) = serve().await;
    let config = format!(
        "sources: {{otlp: {{}}}}\ndestinations: [{{endpoint: \"http://{address}\", headers: {{authorization: Bearer t0ken}}}}]\n\
         alerting:\n  receivers:\n    - {{name: am, alertmanager: {{url: \"http://{address}\"}}}}\n    \
         - {{name: hook, webhook: {{url: \"http://{address}/secret/path\"}}}}\n    \
         - {{name: gone, webhook: {{url: \"http://127.0.0.1:9/secret/path\"}}}}\n    - {{name: own, log: }}\n"
    );
    let ended = run(Fanin::new().write("config.yaml", config), &["doctor", "--json"]).await;
    let json = ended.json();
    let told: Vec<_> = json["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["subject"].as_str().unwrap().starts_with("receiver "))
        .map(|finding| format!("{} {}: {}", finding["health"], finding["subject"], finding["message"]).replace('"', ""))
        .collect();
    assert_eq!(told.len(), 4, "{told:?}");
    assert_eq!(told[0], "fail receiver am: /-/ready answers 503");
    assert_eq!(told[1], "ok receiver hook: 127.0.0.1 can be reached; the webhook was not tried, nobody was told");
    assert!(told[2].starts_with("fail receiver gone: 127.0.0.1: ") && !told[2].contains("secret"), "{}", told[2]);
    assert_eq!(told[3], "ok receiver own: Fanin's own log; nothing to try");
    assert!(seen.lock().unwrap().iter().all(|(path, _)| !path.contains("secret")));
}
