//! The API about the pipeline and the rules, as the page and the commands use it: asked over HTTP, of a whole service.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;

use fanin::config::Secret;
use fanin::config::page::Token;
use fanin::io::service::Service;
use reqwest::{Client, Method};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::fleet::{self, Fleet, config, files, gzip, payload, post};
use crate::support::hook::Hook;
use crate::support::kinesis::until;
use crate::support::receiver::Backend;
use crate::support::ruled::{DEPTH, Ruled, account};

const ACCOUNT: &str = "111122223333";

async fn ask(address: SocketAddr, method: Method, path: &str, token: Option<&str>, body: &str) -> (u16, Value) {
    let request = Client::new().request(method, format!("http://{address}/api/v1{path}")).body(body.to_owned());
    let request = match token {
        Some(token) => request.bearer_auth(token),
        None => request,
    };
    let answer = request.header("content-type", "application/yaml").send().await.unwrap();
    let (status, text) = (answer.status().as_u16(), answer.text().await.unwrap());
    (status, serde_json::from_str(&text).unwrap_or_else(|_| panic!("{status} {text:?}")))
}

#[track_caller]
fn ok((status, answer): (u16, Value)) -> Value {
    assert_eq!(status, 200, "{answer}");
    answer
}

async fn get(address: SocketAddr, path: &str) -> Value {
    ok(ask(address, Method::GET, path, None, "").await)
}

async fn send(address: SocketAddr, path: &str, body: &str) -> Value {
    ok(ask(address, Method::POST, path, None, body).await)
}

fn letters(folder: &Path) -> usize {
    files(&folder.join("dead-letters")).len()
}

async fn with_limit(folder: &Path, backend: &Backend, bytes_max: usize) -> Service {
    let mut config = config(folder, &backend.url());
    config.normalize.record_bytes_max = bytes_max;
    fleet::start(config).await
}

fn large() -> Vec<u8> {
    payload(ACCOUNT, 0..3, |_| "x".repeat(2_000))
}

/// Scenario: records are larger than the limit; someone raises it. Guarantees: the letters are told by reason with the account; a
/// dry run sends nothing; what would only come back is not sent and stays; once it can be used it is sent once, and its file goes.
#[tokio::test(flavor = "multi_thread")]
async fn dead_letters_are_sent_again_once_they_can_be_used() {
    let (backend, folder) = (Backend::start().await, TempDir::new().unwrap());
    let service = with_limit(folder.path(), &backend, 1_000).await;
    assert_eq!(post(service.address(), &[large()]).await.unwrap(), 200);
    until("the letter", || letters(folder.path()) == 1).await;
    service.store().flush().await;
    let replay = "/pipeline/dlq/too_large/replay";
    let early = send(service.address(), &format!("{replay}?dry_run=false"), "").await;
    assert_eq!((&early["found"], &early["sent"], &early["rejected"]), (&json!(1), &json!(0), &json!(1)), "{early}");
    let _ = service.stop().await;

    let service = with_limit(folder.path(), &backend, 1 << 20).await;
    let groups = get(service.address(), "/pipeline/dlq").await;
    let group = &groups["items"][0];
    assert_eq!((&group["reason"], &group["letters"]), (&json!("too_large"), &json!(1)), "{groups}");
    assert!(group["meaning"].as_str().unwrap().contains("normalize.record_max"), "{group}");
    let dry = send(service.address(), replay, "").await;
    assert_eq!((&dry["dry_run"], &dry["sent"], letters(folder.path())), (&json!(true), &json!(1), 1), "{dry}");
    assert!(backend.requests().is_empty(), "a dry run sends nothing");
    let sent = send(service.address(), &format!("{replay}?dry_run=false"), "").await;
    assert_eq!((&sent["sent"], &sent["rejected"], letters(folder.path())), (&json!(1), &json!(0), 0), "{sent}");
    let arrived: usize = backend.requests().iter().map(|(request, _)| request.records.len()).sum();
    assert_eq!(arrived, 3);
    let again = send(service.address(), &format!("{replay}?dry_run=false"), "").await;
    assert_eq!(again["found"], 0, "{again}");
    service.store().flush().await;
    assert_eq!(get(service.address(), "/pipeline/dlq").await["total"], 0);
    let _ = service.stop().await;
}

/// Scenario: one file holds letters of two reasons, and one of them can be used now. Guarantees: the other is neither sent nor
/// removed with it, and that the file stays is said.
#[tokio::test(flavor = "multi_thread")]
async fn letters_of_other_reasons_are_left_alone() {
    let (backend, folder) = (Backend::start().await, TempDir::new().unwrap());
    let service = with_limit(folder.path(), &backend, 1_000).await;
    let torn = gzip(b"whatever it was, it is torn")[..12].to_vec();
    assert_eq!(post(service.address(), &[large(), torn]).await.unwrap(), 200);
    until("the letters", || letters(folder.path()) == 1).await;
    let _ = service.stop().await;
    let service = with_limit(folder.path(), &backend, 1 << 20).await;
    let sent = send(service.address(), "/pipeline/dlq/too_large/replay?dry_run=false", "").await;
    assert_eq!((&sent["found"], &sent["sent"], letters(folder.path())), (&json!(1), &json!(1), 1), "{sent}");
    assert!(sent["notices"].to_string().contains("stay since something in them"), "{sent}");
    let (status, problem) = ask(service.address(), Method::POST, "/pipeline/dlq/too_big/replay", None, "").await;
    assert_eq!((status, &problem["code"]), (404, &json!("not_found")));
    let _ = service.stop().await;
}

/// Scenario: the backend goes away. Guarantees: the page says which destination is down and what it said, and that it is over.
#[tokio::test(flavor = "multi_thread")]
async fn a_destination_that_is_down_is_told_with_what_it_said() {
    let mut backend = Backend::start().await;
    let fleet = Fleet::start(&backend).await;
    backend.go_down();
    let posted = fleet.post(&[payload(ACCOUNT, 0..1, |_| "hello".into())]);
    let pipeline = fleet.service.pipeline();
    let down = || pipeline.pipeline(Default::default()).destinations[0].down;
    until("the fault", down).await;
    let told = get(fleet.address(), "/pipeline").await;
    assert!(!told["destinations"][0]["why"].as_str().unwrap().is_empty(), "{told}");
    backend.come_back().await;
    assert_eq!(posted.await.unwrap(), 200);
    assert!(!down());
    let told = get(fleet.address(), "/pipeline").await;
    let stages: Vec<&str> = told["stages"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    assert_eq!(stages, ["sources", "decode", "tag", "rules", "export", "notify"]);
    assert_eq!((&told["stages"][1]["total"], &told["stages"][4]["total"]), (&json!(1), &json!(1)), "{told}");
    assert_eq!(told["unknown"], 1, "no directory knows it");
    let unknown = get(fleet.address(), "/pipeline/accounts?kind=unknown").await;
    assert_eq!((&unknown["total"], &unknown["items"][0]["account"]), (&json!(1), &json!(ACCOUNT)));
    let _ = fleet.stop().await;
}

/// Scenario: someone edits a copy of a rule. Guarantees: what is wrong is told by the lines of the copy, as `fanin check` tells it;
/// nothing that runs changes.
#[tokio::test(flavor = "multi_thread")]
async fn an_edited_rule_is_checked_in_place_of_the_one_that_runs() {
    let (hook, rules) = (Hook::start().await, DEPTH);
    let ruled = Ruled::start(&hook, rules, 2).await;
    let address = ruled.service.address();
    let rule = get(address, "/rules/QueueDepth").await;
    let source = rule["source"].as_str().unwrap();
    assert!(source.starts_with("  - alert: QueueDepth\n"), "{source}");
    assert_eq!(
        (&rule["file"], &rule["kind"], &rule["applies_to"]),
        (&json!("rules.yaml"), &json!("threshold"), &json!(2))
    );

    let well = send(address, "/rules/check?rule=QueueDepth", source).await;
    assert_eq!(well["diagnostics"], json!([]), "{well}");
    let broken = source.replace("    window: 1m\n", "    windw: 1m\n");
    let told = send(address, "/rules/check?rule=QueueDepth", &broken).await;
    let line = broken.lines().position(|line| line.contains("windw")).unwrap() + 1;
    let unknown = told["diagnostics"].as_array().unwrap().iter().find(|it| it["code"] == "E012").unwrap();
    assert_eq!((&unknown["severity"], &unknown["line"]), (&json!("error"), &json!(line)), "{told}");
    assert!(unknown["message"].as_str().unwrap().contains("window"), "{unknown}");
    assert_eq!(get(address, "/rules/QueueDepth").await["source"], source);

    let (status, problem) = ask(address, Method::GET, "/rules/QueueDeph", None, "").await;
    assert_eq!(status, 404);
    assert!(problem["detail"].as_str().unwrap().contains("QueueDepth"), "{problem}");
    let _ = ruled.service.stop().await;
}

/// Scenario: a lower threshold is tried on what is stored. Guarantees: it is told which accounts would have fired, and the rule that
/// runs fires for none of them.
#[tokio::test(flavor = "multi_thread")]
async fn a_changed_rule_is_tried_on_what_is_stored() {
    let hook = Hook::start().await;
    let ruled = Ruled::start(&hook, DEPTH, 3).await;
    let address = ruled.service.address();
    ruled.say([0, 1], 8).await;
    ruled.say([2], 3).await;
    ruled.service.store().flush().await;
    let source = get(address, "/rules/QueueDepth").await["source"].as_str().unwrap().to_owned();
    let tried = send(address, "/rules/check?rule=QueueDepth&try=true", &source.replace("'> 10'", "'> 5'")).await;
    let would_fire = &tried["would_fire"];
    assert_eq!((&would_fire["records"], &would_fire["accounts"]), (&json!(3), &json!(2)), "{tried}");
    let named: BTreeSet<&str> =
        would_fire["items"].as_array().unwrap().iter().map(|it| it[0].as_str().unwrap()).collect();
    assert_eq!(named, BTreeSet::from([&*account(0), &*account(1)]));
    let as_is = send(address, "/rules/check?rule=QueueDepth&try=true", &source).await;
    assert_eq!(as_is["would_fire"]["accounts"], 0, "{as_is}");
    let _ = ruled.service.stop().await;
}

/// Scenario: a reader of one tenant. Guarantees: groups of others, the source and what is of the whole fleet are not shown.
#[tokio::test(flavor = "multi_thread")]
async fn readers_of_a_tenant_see_groups_of_their_own_and_no_source() {
    let hook = Hook::start().await;
    let token = |name: &str, tenants: Option<&str>| Token {
        name: name.into(),
        secret: Secret::new(format!("{name}-0123456789abcdef")),
        tenants: tenants.map(|tenant| BTreeSet::from([tenant.to_owned()])),
        write: false,
    };
    let ruled = Ruled::start_with(&hook, DEPTH, 3, |config| {
        config.page.access.tokens = vec![token("fleet", None), token("one", Some("tenant-1"))];
    })
    .await;
    let address = ruled.service.address();
    ruled.say([0, 1, 2], 20).await;
    ruled.ticks(3).await;
    let instances = "/rules/QueueDepth/instances";
    let of = async |name: &str, path: &str| {
        let token = format!("{name}-0123456789abcdef");
        ask(address, Method::GET, path, Some(&token), "").await
    };
    let all = ok(of("fleet", instances).await);
    assert_eq!((&all["total"], &all["items"][0]["state"]), (&json!(3), &json!("critical")), "{all}");
    assert_eq!(all["items"][0]["distance"], -1.0);
    let own = ok(of("one", instances).await);
    assert_eq!((&own["total"], &own["items"][0]["account"]), (&json!(1), &json!(account(1))), "{own}");
    let row = &ok(of("one", "/rules").await)["items"][0];
    assert_eq!((&row["firing"], &row["applies_to"], &row["accounts"]), (&json!(1), &json!(1), &json!(1)), "{row}");
    let rule = ok(of("one", "/rules/QueueDepth").await);
    assert_eq!((&rule["source"], &rule["file"]), (&json!(""), &json!("")), "{rule}");
    for path in ["/pipeline", "/pipeline/shards", "/pipeline/dlq", "/pipeline/completeness", "/rules/QueueDepth/source"]
    {
        assert_eq!(of("one", path).await.0, 403, "{path}");
    }
    assert_eq!(of("fleet", "/rules/QueueDepth/source").await.0, 200);
    let _ = ruled.service.stop().await;
}
