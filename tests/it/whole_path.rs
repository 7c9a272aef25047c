//! The whole way in AWS, each part by a program that others wrote where one plays it: moto's CloudWatch Logs writes a tenant's payloads
//! by its own subscription filter, ministack keeps the streams and invokes the forwarder by its event source mapping, rotel receives,
//! Alertmanager is told.
//!
//! No emulator has a log destination between two accounts. The hop from the tenant's stream to the central one is made here: the
//! records are read as moto wrote them and put as they are.

use std::fs;
use std::time::Duration;

use tempfile::TempDir;

use crate::alertmanager::once;
use crate::function::{CENTRAL, FUNCTION, arn};
use crate::support::lambda::bootstrap;
use crate::support::program::Program;
use crate::support::rig::{self, Server};

const SUBSCRIPTION: &str = include_str!("../rig/scripts/subscription.py");

/// Makes streams at the second address, and copies into the first of them what is in the stream `fanin` at the first address.
const DESTINATION: &str = "
import boto3, sys
source = boto3.client('kinesis', endpoint_url=sys.argv[1], region_name='eu-central-1')
target = boto3.client('kinesis', endpoint_url=sys.argv[2], region_name='eu-central-1')
copied = 0
for shard in source.list_shards(StreamName='fanin')['Shards']:
    iterator = source.get_shard_iterator(
        StreamName='fanin', ShardId=shard['ShardId'], ShardIteratorType='TRIM_HORIZON')['ShardIterator']
    for record in source.get_records(ShardIterator=iterator)['Records']:
        target.put_record(StreamName='logs', PartitionKey=record['PartitionKey'], Data=record['Data'])
        copied += 1
print(copied)
";

const STREAMS: &str = "
import boto3, sys, time
kinesis = boto3.client('kinesis', endpoint_url=sys.argv[1], region_name='eu-central-1')
for name in ('logs', 'samples'):
    kinesis.create_stream(StreamName=name, ShardCount=1)
while any(kinesis.describe_stream_summary(StreamName=name)['StreamDescriptionSummary']['StreamStatus'] != 'ACTIVE'
          for name in ('logs', 'samples')):
    time.sleep(0.05)
";

const RULES: &str = "version: 1
rules:
  - alert: Refusals
    kind: event
    from: logs
    match: message.contains(\"refused\")
    level: critical
    every: 10s
    delay: 0s
    notify: {critical: on-call}
    annotations: {summary: \"{{ tenant }} refuses\"}
    incident: {group_wait: 1s}
";

const LIMIT: Duration = Duration::from_secs(120);

/// Scenario: a tenant's log group is subscribed, its events go the whole way. Guarantees: the backend has each of them once with its
/// tenant, and the person on call is told once, by rules that saw nothing but samples.
#[tokio::test(flavor = "multi_thread")]
async fn a_tenants_log_event_reaches_the_backend_and_the_person_on_call() {
    if !rig::has(&["moto", "ministack", "rotel", "alertmanager", "python"]) {
        return;
    }
    let (tenant, central) = (Server::start_moto(), Server::start_ministack());
    let (backend, people) = (Server::start_rotel(), Server::start_alertmanager());
    drop(rig::python(STREAMS, &[&central.url()]));
    let folder = TempDir::new().expect("a temporary folder can be made");
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("a file can be written");
    let config = config(&central.url(), &backend.url(), &people.url());
    write("rules.yaml", RULES);
    write("accounts.csv", &format!("account,tenant\n{CENTRAL},acme\n"));

    let program = Program::start(folder.path(), &config).await;
    let (endpoint, binary) = (central.url(), bootstrap().display().to_string());
    let place = format!("FANIN_CONFIG={}", folder.path().join("config.yaml").display());
    let logs = arn("logs");
    let function = ["--endpoint", &endpoint, "--program", &binary, "--environment", &place, "--stream", &logs];
    drop(rig::python(FUNCTION, &function));

    let put = rig::python(SUBSCRIPTION, &["--endpoint", &tenant.url(), "--puts", "2"]);
    let n_put = String::from_utf8_lossy(&put.stdout).lines().count();
    let copied = rig::python(DESTINATION, &[&tenant.url(), &central.url()]);
    assert!(String::from_utf8_lossy(&copied.stdout).trim().parse::<u32>().is_ok_and(|n| n >= 2));

    let refused = |output: &str| output.matches(" refused").count();
    let output = backend.output_once("both refusals", LIMIT, |output| refused(output) >= 2);
    assert_eq!((refused(&output), n_put), (2, 12), "{output}");
    assert!(output.contains("tenant.id") && output.contains("acme"), "{output}");
    let told = once(&people, "alerts", |alerts| !alerts.is_empty()).await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0]["labels"]["alertname"], "Refusals");
    assert_eq!(told[0]["labels"]["account"], CENTRAL);
    let metrics = reqwest::get(format!("http://{}/metrics", program.address)).await.expect("it answers");
    let metrics = metrics.text().await.expect("metrics are text");
    assert!(metrics.contains("fanin_source_records_total{source=\"samples\"}"), "{metrics}");
    assert!(!metrics.contains("fanin_source_records_total{source=\"kinesis\"} 1"), "it read no telemetry itself");
}

fn config(central: &str, backend: &str, people: &str) -> String {
    format!(
        "server: {{listen: '127.0.0.1:0'}}
sources:
  kinesis:
    - {{stream: '{}', carries: samples, endpoint: '{central}', forwarded: ['{}'], poll_interval: 200ms}}
directory: {{file: accounts.csv}}
destinations: [{{name: backend, endpoint: '{backend}', compression: none}}]
alerting:
  rules: [rules.yaml]
  receivers: [{{name: on-call, alertmanager: {{url: '{people}'}}}}]
",
        arn("samples"),
        arn("logs"),
    )
}
