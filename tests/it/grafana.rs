//! The dashboards of `deploy/grafana` name only metrics that Fanin sends, as a backend of others names them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use fanin::alerting::otlp as alerts;
use fanin::io::telemetry::{self, Push, Telemetry};
use fanin::time::Timestamp;
use fanin::view::otlp as fleet;
use regex::Regex;
use serde_json::Value;

use crate::support::rig::{self, Server};

const DASHBOARDS: [&str; 4] = ["fanin-account", "fanin-fleet", "fanin-pipeline", "fanin-rule"];

/// Labels that look like names of metrics.
const LABELS: [&str; 4] = ["alert_level", "alert_name", "alert_outcome", "alert_state"];

fn dashboard(name: &str) -> Value {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("deploy/grafana/dashboards/{name}.json"));
    let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    serde_json::from_str(&text).expect("a dashboard is JSON")
}

fn panels(dashboard: &Value) -> &[Value] {
    dashboard["panels"].as_array().expect("a dashboard has panels")
}

/// Every query of a kind of data source, with the panel that it is of.
fn queries(kind: &str) -> Vec<(String, String)> {
    let mut queries = Vec::new();
    for name in DASHBOARDS {
        for panel in panels(&dashboard(name)) {
            for target in panel["targets"].as_array().expect("a panel has targets") {
                if target["datasource"]["type"] == kind {
                    let query = target["expr"].as_str().expect("a target has a query").to_owned();
                    queries.push((format!("{name}: {}", panel["title"]), query));
                }
            }
        }
    }
    queries
}

/// How a metric of OTLP is called in Prometheus. Source: OpenTelemetry specification, "Prometheus and OpenMetrics Compatibility",
/// "Metric Metadata".
fn in_prometheus(name: &str, unit: &str, is_counter: bool) -> String {
    let name = name.replace('.', "_");
    let unit = match unit {
        "s" => "_seconds",
        "By" => "_bytes",
        "1" => "_ratio",
        _ => "",
    };
    format!("{name}{unit}{}", if is_counter { "_total" } else { "" })
}

/// All that Fanin sends, as Prometheus has it.
fn sent() -> BTreeSet<String> {
    let own = telemetry::names().flat_map(|name| {
        let is_counter = name.prometheus.ends_with("_total");
        let plain = in_prometheus(name.otel, name.unit, is_counter);
        [format!("{plain}_bucket"), plain]
    });
    let of_alerts = alerts::METRICS.iter().chain(&fleet::METRICS).map(|(name, unit)| in_prometheus(name, unit, false));
    own.chain(of_alerts).collect()
}

fn names(query: &str) -> BTreeSet<String> {
    let name = Regex::new(r"\b(?:fanin|fleet|alert|process)_[a-z_]+\b").expect("a pattern");
    let without_texts = Regex::new(r#""[^"]*""#).expect("a pattern").replace_all(query, "\"\"").into_owned();
    name.find_iter(&without_texts)
        .map(|found| found.as_str().to_owned())
        .filter(|name| !LABELS.contains(&name.as_str()))
        .collect()
}

#[test]
fn every_dashboard_stands_by_itself_and_leads_back_to_the_page() {
    let variable = Regex::new(r"\$\{?([a-z_]+)").expect("a pattern");
    for name in DASHBOARDS {
        let dashboard = dashboard(name);
        assert_eq!(dashboard["uid"], name);
        let variables = dashboard["templating"]["list"].as_array().expect("variables");
        let variables: BTreeSet<_> = variables.iter().map(|it| it["name"].as_str().expect("a name")).collect();
        assert!(
            variables.is_superset(&BTreeSet::from(["ds_metrics", "ds_logs", "fanin_url"])),
            "{name}: {variables:?}"
        );
        let text = dashboard.to_string();
        for (whole, [used]) in variable.captures_iter(&text).map(|it| it.extract()) {
            let built_in = used.starts_with("__");
            assert!(built_in || variables.contains(used), "{name} uses {whole} and has no such variable");
        }
        assert!(text.contains("${fanin_url}/"), "{name} leads nowhere");
    }
}

#[test]
fn panels_stand_beside_each_other_and_read_chosen_sources() {
    for name in DASHBOARDS {
        let dashboard = dashboard(name);
        let (mut ids, mut taken) = (BTreeSet::new(), BTreeMap::new());
        for panel in panels(&dashboard) {
            assert!(ids.insert(panel["id"].as_u64()), "{name}: {} has the id of another", panel["title"]);
            let at = |key: &str| panel["gridPos"][key].as_u64().expect("a place");
            assert!(at("x") + at("w") <= 24, "{name}: {} is too wide", panel["title"]);
            for (x, y) in (at("x")..at("x") + at("w")).flat_map(|x| (at("y")..at("y") + at("h")).map(move |y| (x, y))) {
                let other = taken.insert((x, y), panel["title"].clone());
                assert_eq!(other, None, "{name}: {} covers another", panel["title"]);
            }
            let source = panel["datasource"]["uid"].as_str();
            assert!(matches!(source, Some("${ds_metrics}" | "${ds_logs}")), "{name}: {}", panel["title"]);
        }
    }
}

#[test]
fn every_metric_of_a_panel_is_one_that_fanin_sends() {
    let sent = sent();
    for (panel, query) in queries("prometheus") {
        let unknown: Vec<_> = names(&query).into_iter().filter(|name| !sent.contains(name)).collect();
        assert!(unknown.is_empty(), "{panel} asks for {unknown:?}, which Fanin does not send: {query}");
    }
}

/// Guarantees: a store that others wrote names our metrics as the dashboards do, and understands every query of them.
#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_store_answers_every_query_of_the_dashboards() {
    if !rig::has(&["victoria-metrics"]) {
        return;
    }
    let store = Server::start_victoria_metrics(&["-opentelemetry.usePrometheusNaming"]);
    let own = Telemetry::new(vec!["backend".into()], Timestamp::from_seconds(1));
    let push = Push::start(&own, &format!("{}/opentelemetry", store.url()), Duration::from_secs(3_600));
    push.expect("the address is one").stop().await;
    let _flushed = get(&format!("{}/internal/force_flush", store.url()), &[]).await;
    let named = get(&format!("{}/api/v1/label/__name__/values", store.url()), &[]).await;
    let named: Value = serde_json::from_str(&named).expect("an answer in JSON");
    let stored: BTreeSet<_> = named["data"].as_array().expect("names").iter().filter_map(Value::as_str).collect();
    assert!(stored.len() > 30, "{stored:?}");
    for (panel, query) in queries("prometheus") {
        let of_own = names(&query).into_iter().filter(|name| name.starts_with("fanin_"));
        let missing: Vec<_> = of_own.filter(|name| !stored.contains(name.as_str()) && !is_of_data(name)).collect();
        assert!(missing.is_empty(), "{panel} asks for {missing:?}; the store has {stored:?}");
        let filled = query.replace("$__rate_interval", "1m").replace("$rule", "R").replace("$account", "1");
        let answer = get(&format!("{}/api/v1/query", store.url()), &[("query", &filled)]).await;
        assert!(answer.contains(r#""status":"success""#), "{panel}: {answer}");
    }
}

async fn get(url: &str, query: &[(&str, &str)]) -> String {
    let url = reqwest::Url::parse_with_params(url, query).expect("an address");
    let answer = reqwest::get(url).await.expect("the store answers");
    answer.text().await.expect("the answer is text")
}

/// Nothing is read and nothing sent here, so there are no shards and no delays.
fn is_of_data(name: &str) -> bool {
    name.starts_with("fanin_kinesis_shard") || name.ends_with("_bucket")
}
