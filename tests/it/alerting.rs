//! Rules from end to end: records come in, people are told.

#![cfg(test)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use axum::http::StatusCode;
use hmac::{Hmac, KeyInit, Mac};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value;
use opentelemetry_proto::tonic::metrics::v1::metric;
use serde_json::{Value, json};
use sha2::Sha256;
use tempfile::TempDir;
use tokio::time::Instant;

use crate::support::fanin::LIMIT;
use crate::support::fleet;
use crate::support::hook::{Came, Hook};
use crate::support::kinesis::{Kinesis, REGION, until};
use crate::support::program::Program;
use crate::support::ruled::{self, DEPTH, Ruled, SECRET, account};

/// Status, kind and count of accounts of each notification.
fn shapes(told: &[Value]) -> Vec<(String, String, u64)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    told.iter().map(|it| (text(&it["status"]), text(&it["kind"]), it["account_count"].as_u64().unwrap())).collect()
}

fn shape(status: &str, kind: &str, accounts: u64) -> (String, String, u64) {
    (status.into(), kind.into(), accounts)
}

/// Whether the signature is that of time and body, as the receiver of a webhook checks it.
fn is_signed(came: &Came) -> bool {
    let (time, signature) = came.header("x-fanin-signature").split_once(",v1=").unwrap();
    let mut hmac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    hmac.update(time.strip_prefix("t=").unwrap().as_bytes());
    hmac.update(b".");
    hmac.update(&came.body);
    signature == hmac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect::<String>()
}

/// Scenario: a value of one account passes its threshold and comes back. Guarantees: whoever is told hears once that it fires and
/// once that it is over, signed, of the same incident, with all that a person needs.
#[tokio::test]
async fn one_account_is_told_once_when_it_fires_and_once_when_it_is_over() {
    let hook = Hook::start().await;
    let ruled = Ruled::start(&hook, DEPTH, 2).await;
    ruled.say([0], 12).await;
    until("the alert", || hook.told("/hook").len() == 1).await;
    ruled.say([0], 13).await;
    ruled.ticks(2).await;
    ruled.say([0], 1).await;
    until("its end", || hook.told("/hook").len() == 2).await;
    ruled.ticks(3).await;

    let came = hook.came("/hook");
    assert_eq!(came.len(), 2);
    assert!(came.iter().all(is_signed));
    assert!(came[0].header("idempotency-key") != came[1].header("idempotency-key"));
    let told = hook.told("/hook");
    assert_eq!(shapes(&told), [shape("firing", "individual", 1), shape("resolved", "individual", 1)]);
    assert_eq!(told[0]["groupKey"], told[1]["groupKey"]);
    let alert = &told[0]["alerts"][0];
    let labels = json!({
        "account": account(0), "alertname": "QueueDepth", "severity": "critical", "team": "platform", "tenant": "tenant-0",
    });
    let given: BTreeMap<_, _> = alert["labels"].as_object().unwrap().iter().collect();
    assert!(labels.as_object().unwrap().iter().all(|(name, value)| given.get(name) == Some(&value)), "{given:?}");
    assert_eq!(alert["annotations"]["summary"], "12 jobs wait at tenant-0");
    assert_eq!(alert["annotations"]["runbook_url"], "https://runbooks.example.net/depth");
    assert_eq!(alert["generatorURL"], "https://fanin.example.net/alerts/rules/QueueDepth");
    assert_eq!(alert["endsAt"], "0001-01-01T00:00:00Z");
    assert_eq!(told[1]["alerts"][0]["fingerprint"], alert["fingerprint"]);
    let _ = ruled.service.stop().await;
    assert_eq!(hook.came("/hook").len(), 2, "a stop tells nobody anything");
}

/// Scenario: 10 accounts at once, and 40 of another rule. Guarantees: one list and one fleet, and one end of each.
#[tokio::test]
async fn many_accounts_at_once_are_one_notification() {
    let hook = Hook::start().await;
    let rules = DEPTH.replace("group_wait: 1s", "group_wait: 3s");
    let ruled = Ruled::start(&hook, &rules, 60).await;
    ruled.say(0..10, 12).await;
    until("the list", || hook.told("/hook").len() == 1).await;
    ruled.say(0..10, 1).await;
    until("its end", || hook.told("/hook").len() == 2).await;
    ruled.say(10..50, 12).await;
    until("the fleet", || hook.told("/hook").len() == 3).await;
    ruled.say(10..50, 1).await;
    until("its end", || hook.told("/hook").len() == 4).await;
    ruled.ticks(3).await;
    let shapes = shapes(&hook.told("/hook"));
    let of = |index: usize| (shapes[index].0.as_str(), shapes[index].1.as_str());
    assert_eq!(shapes.len(), 4);
    assert_eq!((&shapes[0], of(1)), (&shape("firing", "list", 10), ("resolved", "list")));
    assert_eq!((&shapes[2], of(3)), (&shape("firing", "fleet", 40), ("resolved", "fleet")));
}

/// Scenario: the receiver fails while an alert ends and begins anew. Guarantees: when it is back it is told how things stand, and
/// nothing of what has passed meanwhile.
#[tokio::test]
async fn a_receiver_that_was_down_is_told_how_things_stand() {
    let hook = Hook::start().await;
    let ruled = Ruled::start(&hook, DEPTH, 1).await;
    let refused = |count| {
        let came = hook.came("/hook");
        came.iter().filter(|came| came.status == StatusCode::SERVICE_UNAVAILABLE).count() >= count
    };
    ruled.say([0], 12).await;
    until("the alert", || hook.told("/hook").len() == 1).await;
    hook.answer(503);
    ruled.say([0], 1).await;
    until("an attempt to tell of its end", || refused(1)).await;
    ruled.say([0], 14).await;
    until("the outbox to have the newer state", || {
        ruled.service.alerting().with(|state| state.outbox().counters().superseded >= 1)
    })
    .await;
    hook.answer(200);
    until("what it is told then", || hook.told("/hook").len() == 2).await;
    ruled.say([0], 1).await;
    until("the end", || hook.told("/hook").len() == 3).await;
    ruled.ticks(3).await;
    let told = hook.told("/hook");
    let statuses: Vec<_> = told.iter().map(|it| it["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["firing", "firing", "resolved"]);
    assert_eq!(told[1]["alerts"][0]["annotations"]["value"], "14");
    let numbers: Vec<_> = told.iter().map(|it| it["number"].as_u64().unwrap()).collect();
    assert!(numbers.is_sorted(), "{numbers:?}");
}

/// Scenario: the rules are edited badly, then well. Guarantees: a file with a mistake changes nothing and its place is told; a
/// good one counts at once, and what fired before still fires.
#[tokio::test]
async fn a_reload_takes_good_rules_and_says_what_is_wrong_with_bad_ones() {
    let hook = Hook::start().await;
    let ruled = Ruled::start(&hook, DEPTH, 2).await;
    let (client, url) = (reqwest::Client::new(), format!("http://{}/-/reload", ruled.service.address()));
    let reload = async || {
        let answer = client.post(&url).send().await.unwrap();
        let (status, body) = (answer.status().as_u16(), answer.bytes().await.unwrap());
        (status, serde_json::from_slice::<Value>(&body).unwrap())
    };
    ruled.say([0], 12).await;
    until("the alert", || hook.told("/hook").len() == 1).await;

    let file = ruled::rules_file(ruled.folder.path());
    fs::write(&file, DEPTH.replace("'> 10'", "'=> 10'")).unwrap();
    let (status, body) = reload().await;
    let error = body["error"].as_str().unwrap();
    assert_eq!(status, 500);
    assert!(error.starts_with("the rules stay as they were: "), "{error}");
    assert!(error.contains(&format!("{}:12:", file.display())), "{error}");
    assert!(error.contains("critical"), "{error}");
    assert_eq!(ruled.service.alerting().n_rules(), 1);
    ruled.say([1], 12).await;
    until("the other account", || hook.told("/hook").len() == 2).await;

    let second = DEPTH.split_once("rules:\n").unwrap().1.replace("QueueDepth", "Deeper").replace("1m", "5s");
    fs::write(&file, format!("{DEPTH}{}", second.trim_end().trim_start_matches('\n'))).unwrap();
    assert_eq!(reload().await, (200, json!({ "reloaded": "directory: 2 accounts, rules: 2" })));
    // A new rule waits until it has seen one window.
    let give_up = Instant::now() + LIMIT;
    while hook.told("/hook").len() < 4 {
        assert!(Instant::now() < give_up, "the new rule tells nobody");
        ruled.say([0, 1], 12).await;
        ruled.ticks(1).await;
    }
    ruled.ticks(3).await;
    let told = hook.told("/hook");
    let names: Vec<_> = told.iter().map(|it| it["commonLabels"]["alertname"].as_str().unwrap()).collect();
    assert_eq!(names, ["QueueDepth", "QueueDepth", "Deeper", "Deeper"]);
    assert!(told.iter().all(|it| it["status"] == "firing"));
}

fn attributes(attributes: &[KeyValue]) -> BTreeMap<String, String> {
    let text = |value: &any_value::Value| match value {
        any_value::Value::StringValue(text) => text.clone(),
        any_value::Value::IntValue(int) => int.to_string(),
        any_value::Value::DoubleValue(double) => double.to_string(),
        any_value::Value::BoolValue(bool) => bool.to_string(),
        any_value::Value::ArrayValue(_)
        | any_value::Value::KvlistValue(_)
        | any_value::Value::BytesValue(_)
        | any_value::Value::StringValueStrindex(_) => format!("{value:?}"),
    };
    let value = |attribute: &KeyValue| attribute.value.as_ref().and_then(|value| value.value.as_ref()).map(text);
    attributes.iter().map(|attribute| (attribute.key.clone(), value(attribute).unwrap_or_default())).collect()
}

/// Attributes of resource and record of each transition that arrived.
pub(crate) fn transitions(hook: &Hook) -> Vec<BTreeMap<String, String>> {
    let mut transitions = Vec::new();
    for of_resource in hook.joined::<ExportLogsServiceRequest>("/otlp/v1/logs").resource_logs {
        let resource = attributes(&of_resource.resource.unwrap_or_default().attributes);
        for record in of_resource.scope_logs.iter().flat_map(|scope| &scope.log_records) {
            if record.event_name == "alert.transition" {
                transitions.push(resource.clone().into_iter().chain(attributes(&record.attributes)).collect());
            }
        }
    }
    transitions
}

/// Attributes of resource and point of each point of the gauge of alerts that are not inactive.
fn active(hook: &Hook) -> Vec<BTreeMap<String, String>> {
    let mut points = Vec::new();
    for of_resource in hook.joined::<ExportMetricsServiceRequest>("/otlp/v1/metrics").resource_metrics {
        let resource = attributes(&of_resource.resource.unwrap_or_default().attributes);
        for metric in of_resource.scope_metrics.iter().flat_map(|scope| &scope.metrics) {
            let Some(metric::Data::Gauge(gauge)) = &metric.data else { continue };
            if metric.name == "alert.active" {
                let point_attributes = gauge.data_points.iter().map(|point| attributes(&point.attributes));
                points.extend(point_attributes.map(|it| resource.clone().into_iter().chain(it).collect()));
            }
        }
    }
    points
}

/// Scenario: an alert fires and ends. Guarantees: its transitions and its gauge arrive where telemetry goes, with account and
/// tenant; what happened in the last tick before a stop as well.
#[tokio::test]
async fn transitions_and_gauges_arrive_at_the_destinations() {
    let hook = Hook::start().await;
    let ruled = Ruled::start(&hook, DEPTH, 1).await;
    ruled.say([0], 12).await;
    until("the gauge", || active(&hook).len() >= 2).await;
    ruled.say([0], 1).await;
    until("the end", || ruled.service.alerting().with(|state| state.active().count()) == 0).await;
    let _ = ruled.service.stop().await;

    let transitions = transitions(&hook);
    let of = |name: &str| transitions.iter().map(|it| it[name].as_str()).collect::<Vec<_>>();
    assert_eq!(of("alert.name"), ["QueueDepth"; 2]);
    assert_eq!(of("alert.previous_state"), ["inactive", "firing"]);
    assert_eq!(of("alert.state"), ["firing", "inactive"]);
    assert_eq!(of("alert.value"), ["12", "1"]);
    assert_eq!(of("alert.level"), ["critical"; 2]);
    assert_eq!(of("alert.label.team"), ["platform"; 2]);
    assert_eq!(of("cloud.account.id"), [account(0).as_str(); 2]);
    assert_eq!(of("tenant.id"), ["tenant-0"; 2]);
    let active = active(&hook);
    assert!(active.iter().all(|it| it["alert.name"] == "QueueDepth" && it["alert.state"] == "firing"), "{active:?}");
    assert!(active.iter().all(|it| it["cloud.account.id"] == account(0) && it["tenant.id"] == "tenant-0"));
}

/// Settings of the program itself, with everything in its folder.
fn program(folder: &Path, hook: &Hook, kinesis: Option<&Kinesis>, rules: &str, snapshot_interval: &str) -> String {
    drop(ruled::config(folder, hook, rules, 1));
    let stream = kinesis.map_or_else(String::new, |kinesis| {
        let endpoint = &kinesis.endpoint;
        format!("  kinesis: [{{stream: central, region: {REGION}, endpoint: {endpoint:?}, poll_interval: 200ms}}]\n")
    });
    format!(
        "server: {{listen: '127.0.0.1:0', grace_period: 20s}}\n\
         sources:\n{stream}  firehose: {{}}\n\
         directory: {{file: accounts.csv}}\n\
         normalize: {{multiline: false, log_metrics: never}}\n\
         destinations:\n- {{name: backend, endpoint: {:?}, compression: none, batch_wait: 20ms}}\n\
         delivery: {{retry_wait_min: 10ms, retry_wait_max: 50ms, spill_after: never}}\n\
         storage: {{snapshot_interval: {snapshot_interval}}}\n\
         alerting: {{rules: [rules.yaml], receivers: [{{name: page, webhook: {{url: {:?}, secret: {SECRET}}}}}]}}\n",
        hook.url("/otlp"),
        hook.url("/hook"),
    )
}

/// Scenario: a rule tells a class that nobody is behind. Guarantees: it is said at the start, with what was meant, and again when
/// there was something to tell.
#[tokio::test]
async fn a_class_that_leads_to_nobody_is_warned_of() {
    let (hook, folder) = (Hook::start().await, TempDir::new().unwrap());
    let rules = DEPTH.replace("{critical: page}", "{critical: pages}");
    let program = Program::start(folder.path(), &program(folder.path(), &hook, None, &rules, "1m")).await;
    let warning = "is neither a receiver nor a class of a route";
    until("the warning", || program.log().contains(warning)).await;
    let log = program.log();
    let line = log.lines().find(|line| line.contains(warning)).unwrap();
    assert!(line.contains("pages") && line.contains("did you mean") && line.contains("QueueDepth"), "{line}");
    ruled::say(program.address, [0], 12).await;
    until("that nobody is told", || program.log().contains("nobody is told")).await;
    assert_eq!(hook.came("/hook").len(), 0);
}

/// Rules that count records: from one on, with half of them, with all, and with one more.
fn counting(n_records: u64) -> String {
    let rule = |name: &str, from: u64| {
        format!(
            "  - {{alert: {name}, kind: threshold, from: logs, match: 'message.contains(\"boom\")', value: count(), window: 10m,\n\
             \u{20}    critical: '>= {from}', annotations: {{summary: '{{{{ value | int }}}}'}}, notify: {{critical: page}}}}\n"
        )
    };
    format!(
        "version: 1\n\
         defaults: {{every: 1s, delay: {{logs: 1s, metrics: 1s}}, new_group_delay: 0s}}\n\
         incident: {{group_wait: 0s}}\n\
         rules:\n{}{}{}",
        rule("Began", 1),
        rule("All", n_records),
        rule("Over", n_records + 1)
    )
}

/// Puts records with one event each, of the one account.
async fn put(kinesis: &Kinesis, ids: std::ops::Range<u64>) {
    let records: Vec<_> = ids.map(|id| fleet::payload(&account(0), id..id + 1, |id| format!("boom {id}"))).collect();
    let _ = kinesis.put_bytes("central", &records).await;
}

/// Kills the program in mid-stream after people were told something, and starts it again.
async fn kill_and_count(snapshot_interval: &str) {
    const N_RECORDS: u64 = 300;
    let (hook, kinesis, folder) = (Hook::start().await, Kinesis::start().await, TempDir::new().unwrap());
    kinesis.create("central", 2).await;
    let config = program(folder.path(), &hook, Some(&kinesis), &counting(N_RECORDS), snapshot_interval);
    let delivered = || {
        let logs = hook.joined::<ExportLogsServiceRequest>("/otlp/v1/logs");
        let records = logs.resource_logs.iter().flat_map(|it| &it.scope_logs).flat_map(|it| &it.log_records);
        records.filter(|record| record.event_name.is_empty()).count() as u64
    };

    let mut running = Program::start(folder.path(), &config).await;
    put(&kinesis, 0..50).await;
    until("the beginning", || !hook.told("/hook").is_empty()).await;
    // What was told is noted right after it was; a kill before that may repeat it, with the same key.
    let told = folder.path().join("state/told");
    let noted = || fleet::files(&told).len() == 1 || snapshots(folder.path()) > 2;
    until("the note of it", noted).await;
    for begin in (50..150).step_by(10) {
        put(&kinesis, begin..begin + 10).await;
    }
    until("a part of the rest", || delivered() > 80).await;
    running.signal("KILL");
    let _ = running.ended().await;
    put(&kinesis, 150..N_RECORDS).await;

    let mut running = Program::start(folder.path(), &config).await;
    until("all of it", || hook.told("/hook").iter().any(|it| it["commonLabels"]["alertname"] == "All")).await;
    put(&kinesis, N_RECORDS..N_RECORDS + 1).await;
    until("one more", || hook.told("/hook").iter().any(|it| it["commonLabels"]["alertname"] == "Over")).await;
    running.signal("TERM");
    let _ = running.ended().await;

    let told = hook.told("/hook");
    let summary = |it: &Value| {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        (text(&it["commonLabels"]["alertname"]), text(&it["status"]), text(&it["commonAnnotations"]["summary"]))
    };
    let told: Vec<_> = told.iter().map(summary).collect();
    let names: Vec<_> = told.iter().map(|(name, status, _)| (name.as_str(), status.as_str())).collect();
    assert_eq!(names, [("Began", "firing"), ("All", "firing"), ("Over", "firing")], "{}", running.log());
    assert_eq!([&told[1].2, &told[2].2], [&N_RECORDS.to_string(), &(N_RECORDS + 1).to_string()]);
}

/// How many snapshots were saved.
fn snapshots(folder: &Path) -> u64 {
    let number = |path: &std::path::PathBuf| {
        path.file_name()?.to_str()?.strip_prefix("snapshot-")?.strip_suffix(".json")?.parse::<u64>().ok()
    };
    fleet::files(&folder.join("state/state")).iter().filter_map(number).max().unwrap_or_default()
}

/// Scenario: `kill -9` long after the last snapshot, so that the rules see again all that they saw. Guarantees: every record counts
/// once, and nobody is told again what they were told.
#[tokio::test]
async fn a_kill_between_snapshots_counts_nothing_twice_and_tells_nothing_twice() {
    kill_and_count("5m").await;
}

/// Scenario: the same with snapshots in mid-stream, so that the rules go on from a state and see only some records again.
#[tokio::test]
async fn a_kill_after_snapshots_counts_nothing_twice_and_tells_nothing_twice() {
    kill_and_count("200ms").await;
}

/// Scenario: a second service is started with the same state, as when the first was believed dead. Guarantees: the first notices,
/// and tells nobody anything from then on; the second tells.
#[tokio::test]
async fn of_two_services_with_one_state_the_later_one_tells() {
    let hook = Hook::start().await;
    let first = Ruled::start(&hook, DEPTH, 2).await;
    first.say([0], 12).await;
    until("the alert", || hook.told("/hook").len() == 1).await;
    let mut config = ruled::config(first.folder.path(), &hook, DEPTH, 2);
    config.storage.snapshot_interval = Duration::from_millis(100);
    let second = fleet::start(config).await;
    until("the first to notice", || first.service.alerting().is_fenced()).await;
    assert!(!second.alerting().is_fenced());

    first.say([1], 12).await;
    let active = |service: &fanin::io::service::Service| service.alerting().with(|state| state.active().count());
    until("the alert in the first", || active(&first.service) == 2).await;
    first.ticks(4).await;
    assert_eq!(hook.came("/hook").len(), 1, "the first told nobody");
    ruled::say(second.address(), [1], 12).await;
    until("the second to tell", || hook.told("/hook").len() == 2).await;
    ruled::say(second.address(), [0], 1).await;
    until("the second to tell of the end", || hook.told("/hook").len() == 3).await;
    let told = hook.told("/hook");
    assert_eq!((&told[2]["status"], &told[2]["groupKey"]), (&json!("resolved"), &told[0]["groupKey"]));
    let _ = first.service.stop().await;
    let _ = second.stop().await;
    assert_eq!(hook.came("/hook").len(), 3);
}
