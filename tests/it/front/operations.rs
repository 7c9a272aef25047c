//! What operators see: health, readiness, reload, metrics.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use fanin::delivery::Source;
use fanin::io::telemetry::{self, Counter, Histogram};
use serde_json::json;

use super::{Front, answer, get, send, within};

#[tokio::test]
async fn readiness_names_what_is_missing() {
    let front = Front::start().await;
    for path in ["/-/ready", "/readyz"] {
        let waiting = get(&front, path).await;
        assert_eq!(waiting.status, 503);
        assert_eq!(waiting.header("content-type"), Some("application/json"));
        let missing = json!({"directory": "not done yet", "sources": "not done yet"});
        assert_eq!(waiting.json(), json!({"ready": false, "missing": missing}));
    }
    front.readiness.ready("directory");
    front.readiness.ready("sources");
    for path in ["/-/ready", "/readyz"] {
        let ready = get(&front, path).await;
        assert_eq!((ready.status, ready.json()), (200, json!({"ready": true, "missing": {}})));
    }
}

#[tokio::test]
async fn health_is_told_from_the_start() {
    let front = Front::start().await;
    for path in ["/-/healthy", "/livez"] {
        assert_eq!(get(&front, path).await.status, 200);
    }
}

#[tokio::test]
async fn a_reload_is_answered_with_its_result() {
    let mut front = Front::start().await;
    for (result, status, body) in [
        (Ok("directory: 3 accounts".to_owned()), 200, json!({"reloaded": "directory: 3 accounts"})),
        (Err("config.yaml:3: no such key".to_owned()), 500, json!({"error": "config.yaml:3: no such key"})),
    ] {
        let answered = send(reqwest::Client::new().post(front.url("/-/reload")));
        within("the reload", front.reloads.recv()).await.unwrap().0.send(result).unwrap();
        let answer = answered.await.unwrap();
        assert_eq!((answer.status, answer.json()), (status, body));
    }
    front.reloads.close();
    assert_eq!(answer(reqwest::Client::new().post(front.url("/-/reload"))).await.status, 503);
}

#[tokio::test]
async fn a_reload_is_refused_through_a_proxy_and_by_get() {
    let mut front = Front::start().await;
    let proxied = reqwest::Client::new().post(front.url("/-/reload")).header("X-Forwarded-For", "10.0.0.1");
    assert_eq!(answer(proxied).await.status, 403);
    assert_eq!(get(&front, "/-/reload").await.status, 405);
    assert!(front.reloads.try_recv().is_err());
}

#[tokio::test]
async fn unknown_paths_are_answered_in_json() {
    let front = Front::start().await;
    let missing = get(&front, "/nowhere").await;
    assert_eq!((missing.status, missing.json()), (404, json!({"error": "there is nothing at /nowhere"})));
    assert!(get(&front, "/-/help").await.text().contains("/firehose"));
}

#[tokio::test]
async fn metrics_are_valid_exposition() {
    let front = Front::start().await;
    front.telemetry.count(Counter::Records(Source::Kinesis), 3);
    front.telemetry.record(Histogram::Delay(Source::Firehose), Duration::from_millis(70));
    front.telemetry.shard_behind("central", "shardId-000000000000", Duration::from_millis(1_500));
    let metrics = get(&front, "/metrics").await;
    assert_eq!(metrics.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    let samples = checked(&metrics.text());
    assert_eq!(samples[r#"fanin_source_records_total{source="kinesis"}"#], 3.0);
    assert_eq!(samples[r#"fanin_delay_seconds_bucket{source="firehose",le="0.05"}"#], 0.0);
    assert_eq!(samples[r#"fanin_delay_seconds_bucket{source="firehose",le="0.1"}"#], 1.0);
    assert_eq!(samples[r#"fanin_kinesis_shard_behind_seconds{stream="central",shard="shardId-000000000000"}"#], 1.5);
    assert!(samples["process_resident_memory_bytes"] > 1e6);
    assert!(samples["process_start_time_seconds"] > 1.7e9);
    assert_eq!(samples[&format!("fanin_build_info{{version=\"{}\"}}", env!("CARGO_PKG_VERSION"))], 1.0);
}

#[tokio::test]
async fn every_metric_of_the_table_is_shown_or_waits_for_its_first_series() {
    let front = Front::start().await;
    let text = get(&front, "/metrics").await.text();
    let shown: BTreeSet<&str> =
        text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
    let expected: BTreeSet<&str> = telemetry::names().map(|name| name.prometheus).collect();
    let waiting: Vec<&&str> = expected.difference(&shown).collect();
    // Shards and destinations are not there yet.
    assert!(waiting.iter().all(|name| name.contains("shard") || !text.contains(**name)), "{waiting:?}");
    assert!(shown.is_subset(&expected), "{:?}", shown.difference(&expected));
    assert!(shown.contains("fanin_rejects_total") && shown.contains("fanin_checkpoint_age_seconds"));
}

/// All samples by name and labels, after a check against the text format: each metric has its help and type before its
/// samples and all of these together, no sample twice, histogram buckets that grow and end with `+Inf` equal to the count.
fn checked(text: &str) -> BTreeMap<String, f64> {
    assert!(text.ends_with('\n'));
    let mut samples = BTreeMap::new();
    let (mut seen, mut current, mut kind) = (BTreeSet::new(), String::new(), String::new());
    for line in text.lines() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            current = help.split(' ').next().unwrap().to_owned();
            assert!(seen.insert(current.clone()), "{current} is not in one piece");
        } else if let Some(given) = line.strip_prefix("# TYPE ") {
            let (name, given_kind) = given.split_once(' ').unwrap();
            assert_eq!(name, current);
            kind = given_kind.to_owned();
            assert!(["counter", "gauge", "histogram"].contains(&given_kind), "{line}");
        } else {
            let (series, value) = line.rsplit_once(' ').unwrap();
            let name = series.split('{').next().unwrap();
            let base = if kind == "histogram" {
                ["_bucket", "_sum", "_count"].iter().find_map(|suffix| name.strip_suffix(suffix)).unwrap()
            } else {
                name
            };
            assert_eq!(base, current, "{line}");
            assert!(name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'), "{line}");
            assert!(series.len() == name.len() || series.ends_with("\"}"), "{line}");
            assert!(samples.insert(series.to_owned(), value.parse().unwrap()).is_none(), "{series} twice");
        }
    }
    for (series, infinite) in samples.iter().filter(|(series, _)| series.contains("le=\"+Inf\"")) {
        let count = series.replace("_bucket", "_count").replace(",le=\"+Inf\"", "");
        assert_eq!(samples[&count], *infinite, "{series}");
    }
    samples
}
