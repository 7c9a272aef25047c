//! What stands inside of log messages, through the whole service: metrics, secrets, what metric streams carry.

#![cfg(test)]

use axum::body::Body;
use axum::response::Response;
use fanin::config::LogMetrics;
use fanin::io::telemetry::{Counter, HeldBack, Redaction};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use prost::Message;
use tempfile::TempDir;

use crate::support::backend::Backend;
use crate::support::fleet::{Fleet, config, files, gzip, letters, payload, start};

const ACCOUNT: &str = "111122223333";
/// The key of AWS's own documentation.
const KEY: &str = "AKIAIOSFODNN7EXAMPLE";
const EMBEDDED: &str = r#"{"_aws":{"Timestamp":TIME,"CloudWatchMetrics":[{"Namespace":"orders","Dimensions":[["service"]],"Metrics":[{"Name":"time","Unit":"Milliseconds"}]}]},"service":"shop","time":100}"#;

/// Takes everything.
async fn accepting() -> Backend {
    Backend::start(|_, _| Response::builder().status(200).body(Body::empty()).unwrap()).await
}

/// A service that makes metrics of log messages and joins lines, as it does by default.
async fn fleet(folder: TempDir, url: &str) -> Fleet {
    let mut config = config(folder.path(), url);
    config.normalize.log_metrics = LogMetrics::Auto;
    config.normalize.multiline = true;
    Fleet { service: start(config).await, folder }
}

fn now() -> u64 {
    fanin::io::clock::now().millis()
}

fn embedded() -> Vec<u8> {
    payload(ACCOUNT, 1..3, |_| EMBEDDED.replace("TIME", &now().to_string()))
}

fn stream_datum() -> Vec<u8> {
    let json = format!(
        r#"{{"metric_stream_name":"m","account_id":"{ACCOUNT}","region":null,"namespace":"orders","metric_name":"time","dimensions":{{"service":"shop"}},"timestamp":{},"value":{{"count":1.0,"sum":100.0,"max":100.0,"min":100.0}},"unit":"Milliseconds"}}"#,
        now() / 60_000 * 60_000
    );
    gzip(json.as_bytes())
}

/// How many metrics of that name arrived so far.
fn arrived(backend: &Backend, name: &str) -> usize {
    let requests = backend.received().into_iter().filter(|request| request.path == "/v1/metrics");
    let requests = requests.map(|request| ExportMetricsServiceRequest::decode(request.body).unwrap());
    let scopes = requests.flat_map(|request| request.resource_metrics).flat_map(|of| of.scope_metrics);
    scopes.flat_map(|scope| scope.metrics).filter(|metric| metric.name == name).count()
}

/// Scenario: logs with embedded metrics, then a metric stream that carries the same metric, then the same logs again, then a
/// restart. Guarantees: the metric comes from the logs until the stream brings it, and then only from the stream.
#[tokio::test]
async fn a_metric_of_logs_gives_way_to_a_metric_stream_and_still_does_after_a_restart() {
    const SUM: &str = "amazonaws.com/orders/time.sum";
    let backend = accepting().await;
    let first = fleet(TempDir::new().unwrap(), &backend.url()).await;
    assert_eq!(first.post(&[embedded()]).await.unwrap(), 200);
    assert_eq!(arrived(&backend, SUM), 1, "two values of one minute are one point");
    assert_eq!(first.post(&[stream_datum()]).await.unwrap(), 200);
    assert_eq!(arrived(&backend, SUM), 2);
    assert_eq!(first.post(&[embedded()]).await.unwrap(), 200);
    assert_eq!(arrived(&backend, SUM), 2, "the stream carries it");
    let (_, folder) = first.stop().await;
    let second = fleet(folder, &backend.url()).await;
    assert_eq!(second.post(&[embedded()]).await.unwrap(), 200);
    assert_eq!(arrived(&backend, SUM), 2, "the next run knows it too");
    assert_eq!(
        second.post(&[payload("444455556666", 1..2, |_| EMBEDDED.replace("TIME", &now().to_string()))]).await.unwrap(),
        200
    );
    assert_eq!(arrived(&backend, SUM), 3, "nothing is known of another account");
    let _ = second.stop().await;
}

/// Scenario: the backend is down, and records, an unknown record and one with a broken account hold a secret. Guarantees: the
/// secret is neither spilled nor kept nor, later, sent; what was done is counted.
#[tokio::test]
async fn a_secret_is_neither_sent_nor_spilled_nor_kept() {
    let down = Backend::answering(503, &[], b"").await;
    let folder = TempDir::new().unwrap();
    let mut config = config(folder.path(), &down.url());
    config.delivery.spill_after = std::time::Duration::from_millis(200);
    let fleet = Fleet { service: start(config).await, folder };
    let message = |_| format!(r#"{{"msg":"key {KEY} of jane.doe@example.com","nested":{{"k":["{KEY}"]}}}}"#);
    let records = [
        payload(ACCOUNT, 1..3, message),
        payload("nobody", 3..4, message),
        gzip(format!(r#"{{"key":"{KEY}"}}"#).as_bytes()),
    ];
    assert_eq!(fleet.post(&records).await.unwrap(), 200);
    let metrics = fleet.service.telemetry().snapshot();
    let by = |detector| metrics.counter(Counter::Redactions(Redaction::Detector(detector)));
    assert_eq!((by(fanin::config::policy::Detector::AwsKeys), by(fanin::config::policy::Detector::Emails)), (4, 2));
    assert_eq!(metrics.counter(Counter::HeldBack(HeldBack::Filter)), 0);
    let (_, folder) = fleet.stop().await;

    let (mut spilled, mut rejected) = (0, 0);
    for letter in letters(&folder.path().join("spill")).into_iter().chain(letters(&folder.path().join("dead-letters")))
    {
        let bytes = match &letter {
            fanin::letter::Letter::Otlp { request, .. } => {
                let request = ExportLogsServiceRequest::decode(&request[..]).unwrap();
                spilled += request
                    .resource_logs
                    .iter()
                    .flat_map(|of| &of.scope_logs)
                    .map(|of| of.log_records.len())
                    .sum::<usize>();
                format!("{request:?}")
            }
            fanin::letter::Letter::Raw { data, .. } => {
                rejected += 1;
                String::from_utf8_lossy(data).into_owned()
            }
        };
        assert!(bytes.contains("[redacted:aws_key]") && !bytes.contains(KEY) && !bytes.contains("jane"), "{bytes}");
    }
    assert_eq!((spilled, rejected), (2, 2));
    for file in files(folder.path()) {
        let bytes = std::fs::read(&file).unwrap();
        let found = bytes.windows(KEY.len()).any(|window| window == KEY.as_bytes());
        assert!(!found, "{} holds the secret as it is", file.display());
    }
}

/// Scenario: an invocation of a Lambda function and a stack trace of another in one payload each. Guarantees: request id,
/// severity and metrics of the platform's lines; the trace is one record that names the ids of all its lines.
#[tokio::test]
async fn an_invocation_becomes_records_that_belong_together_and_its_metrics() {
    let backend = accepting().await;
    let fleet = fleet(TempDir::new().unwrap(), &backend.url()).await;
    let id = "f08bb4c8-d6b2-4f05-ac17-af7e2ba005fb";
    let lines = [
        format!("START RequestId: {id} Version: $LATEST\n"),
        "java.lang.IllegalStateException: no stock\n".to_owned(),
        "\tat com.acme.Orders.reserve(Orders.java:17)\n".to_owned(),
        format!("END RequestId: {id}\n"),
        format!(
            "REPORT RequestId: {id}\tDuration: 128.83 ms\tBilled Duration: 129 ms\tMemory Size: 128 MB\tMax Memory Used: 74 MB\t\n"
        ),
    ];
    let line = |number: u64| lines[usize::try_from(number - 1).unwrap()].clone();
    let record = String::from_utf8(crate::support::fleet::gunzip(&payload(ACCOUNT, 1..6, line))).unwrap();
    let record = record.replace("/acme/app", "/aws/lambda/orders");
    let record = record.replace("\"s\"", "\"2026/04/09/[$LATEST]405d340d30f844c4ad376392489343f5\"");
    assert_eq!(fleet.post(&[gzip(record.as_bytes())]).await.unwrap(), 200);
    for name in ["Invocations", "Duration", "BilledDuration", "MaxMemoryUsed"] {
        assert_eq!(arrived(&backend, &format!("amazonaws.com/AWS/Lambda/{name}.sum")), 1, "{name}");
    }
    let requests = backend.received().into_iter().filter(|request| request.path == "/v1/logs");
    let requests = requests.map(|request| ExportLogsServiceRequest::decode(request.body).unwrap());
    let records: Vec<_> = requests
        .flat_map(|request| request.resource_logs)
        .flat_map(|of| of.scope_logs)
        .flat_map(|scope| scope.log_records)
        .collect();
    assert_eq!(records.iter().map(|record| record.severity_number).collect::<Vec<_>>(), [9, 17, 9, 9]);
    let has = |record: usize, key: &str, value: &str| {
        let found = records[record].attributes.iter().find(|attribute| attribute.key == key);
        assert!(format!("{found:?}").contains(value), "{key} of {:?}", records[record]);
    };
    [0, 2, 3].into_iter().for_each(|record| has(record, "faas.invocation_id", id));
    has(1, "exception.type", "java.lang.IllegalStateException");
    has(1, "aws.log.event.joined_ids", "\"3\"");
    let _ = fleet.stop().await;
}
