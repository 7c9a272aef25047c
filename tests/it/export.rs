//! Exporting: to receivers that others wrote, to backends that misbehave, over TLS, and signed for AWS.

mod faults;
mod signing;
mod tls;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use bytes::Bytes;
use fanin::chunk::{Chunk, Destinations};
use fanin::config::environment::local_collector;
use fanin::config::{Compression, Destination, Protocol, Secret};
use fanin::export::split::split;
use fanin::export::{Batch, Verdict};
use fanin::id::{AccountId, Signal};
use fanin::io::exporter::Exporter;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, any_value};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{
    Gauge, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, number_data_point,
};
use prost::Message as _;
use serde_json::Value;

use crate::support::backend::Backend;
use crate::support::rig::{self, Server};

const RECEIVER: &str = include_str!("../rig/scripts/otlp_receiver.py");

const ANSWER_LIMIT: Duration = Duration::from_secs(30);

const COMPRESSIONS: [Compression; 3] = [Compression::None, Compression::Gzip, Compression::Zstd];

/// A destination at `url`, with a time limit that suits a busy machine.
fn destination(protocol: Protocol, url: &str) -> Destination {
    Destination { endpoint: url.into(), timeout: ANSWER_LIMIT, ..local_collector(protocol) }
}

async fn exporter(destination: &Destination) -> Exporter {
    Exporter::new(destination, None).await.expect("the destination of a test can be used")
}

fn chunk(signal: Signal, records: u32, bytes: Vec<u8>) -> Chunk {
    let account = AccountId::parse("111122223333").expect("it is an account");
    Chunk { signal, account, records, destinations: Destinations::NONE.with(0), bytes: Bytes::from(bytes) }
}

/// A chunk with a log record for each body.
fn logs(bodies: &[&str]) -> Chunk {
    let log_records = bodies.iter().map(|body| LogRecord {
        time_unix_nano: 1_700_000_000_000_000_000,
        body: Some(AnyValue { value: Some(any_value::Value::StringValue((*body).into())) }),
        ..LogRecord::default()
    });
    let scope_logs = vec![ScopeLogs { log_records: log_records.collect(), ..ScopeLogs::default() }];
    let resource_logs = vec![ResourceLogs { scope_logs, ..ResourceLogs::default() }];
    let records = u32::try_from(bodies.len()).expect("tests have few records");
    chunk(Signal::Logs, records, ExportLogsServiceRequest { resource_logs }.encode_to_vec())
}

/// A chunk with a gauge of one point for each name.
fn metrics(names: &[&str]) -> Chunk {
    let point = NumberDataPoint {
        time_unix_nano: 1_700_000_000_000_000_000,
        value: Some(number_data_point::Value::AsDouble(42.0)),
        ..NumberDataPoint::default()
    };
    let metrics = names.iter().map(|name| Metric {
        name: (*name).into(),
        data: Some(Data::Gauge(Gauge { data_points: vec![point.clone()] })),
        ..Metric::default()
    });
    let scope_metrics = vec![ScopeMetrics { metrics: metrics.collect(), ..ScopeMetrics::default() }];
    let resource_metrics = vec![ResourceMetrics { scope_metrics, ..ResourceMetrics::default() }];
    let records = u32::try_from(names.len()).expect("tests have few records");
    chunk(Signal::Metrics, records, ExportMetricsServiceRequest { resource_metrics }.encode_to_vec())
}

fn batch(chunks: Vec<Chunk>) -> Batch {
    Batch { signal: chunks[0].signal, destination: 0, chunks }
}

/// The bodies of a request's log records.
fn log_bodies(request: &[u8]) -> Vec<String> {
    let request = ExportLogsServiceRequest::decode(request).expect("what arrives is a request");
    let scopes = request.resource_logs.into_iter().flat_map(|resource| resource.scope_logs);
    let records = scopes.flat_map(|scope| scope.log_records);
    let bodies = records.map(|record| match record.body.and_then(|body| body.value) {
        Some(any_value::Value::StringValue(body)) => body,
        other => panic!("a body is a text, not {other:?}"),
    });
    bodies.collect()
}

const ACCEPTED: Verdict = Verdict::Accepted { warning: None };

/// A receiver made of grpcio or Python's HTTP server, with more arguments of its own.
fn start_receiver(protocol: &str, args: &[&str]) -> Server {
    Server::start("otlp_receiver.py", 1, |ports, _| {
        let mut command: Command = rig::python_command(RECEIVER, &["--protocol", protocol]);
        let _ = command.args(["--port", &ports[0].to_string()]).args(args);
        command
    })
}

/// The requests that a receiver of ours printed, once there are `n`.
fn printed(receiver: &Server, n: usize) -> Vec<Value> {
    let whole = |output: &str| output.lines().filter(|line| line.starts_with('{')).count() >= n;
    let output = receiver.output_once("all requests", ANSWER_LIMIT, whole);
    let lines = output.lines().filter(|line| line.starts_with('{'));
    lines.map(|line| serde_json::from_str(line).expect("the receiver prints JSON")).collect()
}

/// Sends a batch, and its halves where it is too large, until all of it is accepted; gives the number of requests.
async fn send_split(exporter: &Exporter, whole: Batch) -> usize {
    let (mut waiting, mut sent) = (vec![whole], 0);
    while let Some(batch) = waiting.pop() {
        sent += 1;
        match exporter.send(&batch).await {
            Verdict::Accepted { .. } => {}
            Verdict::Split { .. } => {
                let (first, second) = split(&batch).expect("a batch of several records has halves");
                waiting.extend([second, first]);
            }
            verdict @ (Verdict::Partial { .. }
            | Verdict::Retry { .. }
            | Verdict::RetryBounded { .. }
            | Verdict::Refused { .. }) => panic!("{verdict:?}"),
        }
    }
    sent
}

/// Sends both signals to rotel in each compression, many requests at once, and looks for each record in what it printed.
async fn check_rotel(protocol: Protocol, port: usize, compressions: &[Compression]) {
    if !rig::has(&["rotel"]) {
        return;
    }
    let rotel = Server::start_rotel();
    let mut expected = BTreeSet::new();
    for compression in compressions {
        let compressed = Destination { compression: *compression, ..destination(protocol, &rotel.url_of(port)) };
        let exporter = exporter(&compressed).await;
        let texts: Vec<[String; 2]> =
            (0..10).map(|n| [format!("log-{compression:?}-{n}."), format!("metric-{compression:?}-{n}.")]).collect();
        let batches = texts
            .iter()
            .flat_map(|[log, metric]| [batch(vec![logs(&[log]), logs(&["another"])]), batch(vec![metrics(&[metric])])]);
        let batches: Vec<Batch> = batches.collect();
        for verdict in futures::future::join_all(batches.iter().map(|batch| exporter.send(batch))).await {
            assert_eq!(verdict, ACCEPTED, "{compression:?}");
        }
        expected.extend(texts.into_iter().flatten());
    }
    let missing = |output: &str| expected.iter().filter(|text| output.matches(text.as_str()).count() != 1).count();
    let _ = rotel.output_once("each record once", ANSWER_LIMIT, |output| missing(output) == 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn rotel_takes_logs_and_metrics_over_http_in_every_compression() {
    check_rotel(Protocol::HttpProtobuf, 0, &COMPRESSIONS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rotel_takes_logs_and_metrics_over_grpc_plain_and_as_gzip() {
    check_rotel(Protocol::Grpc, 1, &[Compression::None, Compression::Gzip]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rotel_does_not_take_zstd_over_grpc_and_the_verdict_says_what_to_do() {
    if !rig::has(&["rotel"]) {
        return;
    }
    let rotel = Server::start_rotel();
    let zstd = Destination { compression: Compression::Zstd, ..destination(Protocol::Grpc, &rotel.url_of(1)) };
    let verdict = exporter(&zstd).await.send(&batch(vec![logs(&["one"])])).await;
    let Verdict::Refused { message } = verdict else { panic!("{verdict:?}") };
    assert!(message.contains("zstd") && message.contains("gzip or none"), "{message}");
}

/// Scenario: a server in C++ refuses a message of twice its limit, in its own words. Guarantees: all records arrive once.
#[tokio::test(flavor = "multi_thread")]
async fn grpcio_gets_a_batch_in_parts_when_it_is_over_its_limit() {
    if !rig::has(&["python"]) {
        return;
    }
    let receiver = start_receiver("grpc", &["--bytes-max", "20000"]);
    let bodies: Vec<String> = (0..100).map(|n| format!("{n:0>1000}")).collect();
    let bodies: Vec<&str> = bodies.iter().map(String::as_str).collect();
    for compression in [Compression::None, Compression::Gzip] {
        let exporter = exporter(&Destination { compression, ..destination(Protocol::Grpc, &receiver.url()) }).await;
        let sent = send_split(&exporter, batch(vec![logs(&bodies[..90]), logs(&bodies[90..])])).await;
        assert!(sent > 10, "{sent}");
    }
    // 90 records are split thrice, to eight parts of 11 or 12; 10 records go as they are; twice.
    let requests = printed(&receiver, 18);
    let mut arrived = BTreeMap::<&str, usize>::new();
    for text in requests.iter().flat_map(|request| request["texts"].as_array().unwrap()) {
        *arrived.entry(text.as_str().unwrap()).or_default() += 1;
    }
    assert_eq!(arrived, bodies.iter().map(|body| (*body, 2)).collect());
}

#[tokio::test(flavor = "multi_thread")]
async fn rotel_gets_a_batch_in_parts_when_it_is_over_its_limit() {
    if !rig::has(&["rotel"]) {
        return;
    }
    let rotel = Server::start_rotel();
    let filler = "x".repeat(1_000_000);
    let bodies: Vec<String> = (0..6).map(|n| format!("large-{n}.{filler}")).collect();
    let bodies: Vec<&str> = bodies.iter().map(String::as_str).collect();
    let none = Destination { compression: Compression::None, ..destination(Protocol::Grpc, &rotel.url_of(1)) };
    let sent = send_split(&exporter(&none).await, batch(vec![logs(&bodies)])).await;
    assert_eq!(sent, 3);
    let once = |output: &str| (0..6).all(|n| output.matches(&format!("large-{n}.")).count() == 1);
    let _ = rotel.output_once("each record once", ANSWER_LIMIT, once);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_receiver_sees_the_headers_and_the_token() {
    if !rig::has(&["python"]) {
        return;
    }
    for (name, protocol) in [("http", Protocol::HttpProtobuf), ("grpc", Protocol::Grpc)] {
        let receiver = start_receiver(name, &[]);
        let with_headers = Destination {
            headers: vec![("X-Aws-Log-Group".into(), Secret::new("/fleet/all".into()))],
            bearer: Some(Secret::new("hunter2".into())),
            ..destination(protocol, &receiver.url())
        };
        assert_eq!(exporter(&with_headers).await.send(&batch(vec![metrics(&["up"])])).await, ACCEPTED);
        let requests = printed(&receiver, 1);
        assert_eq!((&requests[0]["signal"], &requests[0]["texts"]), (&"metrics".into(), &serde_json::json!(["up"])));
        let metadata = &requests[0]["metadata"];
        assert_eq!(metadata["x-aws-log-group"], "/fleet/all");
        assert_eq!(metadata["authorization"], "Bearer hunter2");
        assert!(metadata["user-agent"].as_str().unwrap().starts_with("fanin/"), "{metadata}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_receiver_may_take_a_batch_in_part() {
    if !rig::has(&["python"]) {
        return;
    }
    let partial = Verdict::Partial { rejected: 1, message: "the first is too old".into() };
    for (name, protocol) in [("http", Protocol::HttpProtobuf), ("grpc", Protocol::Grpc)] {
        let receiver = start_receiver(name, &["--answer", "partial"]);
        let exporter = exporter(&destination(protocol, &receiver.url())).await;
        assert_eq!(exporter.send(&batch(vec![logs(&["old", "new"])])).await, partial);
        assert_eq!(exporter.send(&batch(vec![metrics(&["old", "new"])])).await, partial);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_grpc_server_says_when_to_come_back_and_when_not_to() {
    if !rig::has(&["python"]) {
        return;
    }
    let exhausted = start_receiver("grpc", &["--answer", "exhausted"]);
    assert_eq!(
        exporter(&destination(Protocol::Grpc, &exhausted.url())).await.send(&batch(vec![logs(&["one"])])).await,
        Verdict::Retry {
            after: Some(Duration::from_millis(2_500)),
            error: "gRPC RESOURCE_EXHAUSTED: over the quota".into()
        }
    );
    let locked = start_receiver("grpc", &["--answer", "unauthenticated"]);
    assert_eq!(
        exporter(&destination(Protocol::Grpc, &locked.url())).await.send(&batch(vec![logs(&["one"])])).await,
        Verdict::Refused {
            message:
                "gRPC UNAUTHENTICATED: no valid token: 100% sure (check the destination's headers or bearer token)"
                    .into()
        }
    );
}

#[tokio::test]
async fn the_endpoint_of_a_signal_is_used_as_it_is_and_the_base_is_not() {
    let backend = Backend::answering(200, &[], b"").await;
    let with_base = Destination {
        endpoint: format!("{}/tenant/?key=a%20b", backend.url()),
        signal_endpoints: BTreeMap::from([(Signal::Metrics, format!("{}/write", backend.url()))]),
        ..destination(Protocol::HttpProtobuf, "")
    };
    let exporter = exporter(&with_base).await;
    assert_eq!(exporter.send(&batch(vec![logs(&["one"])])).await, ACCEPTED);
    assert_eq!(exporter.send(&batch(vec![metrics(&["one"])])).await, ACCEPTED);
    let paths: Vec<String> = backend.received().into_iter().map(|request| request.path).collect();
    assert_eq!(paths, ["/tenant/v1/logs?key=a%20b", "/write"]);
}

#[tokio::test]
async fn chunks_arrive_as_one_request_that_says_how_it_is_compressed() {
    let backend = Backend::answering(200, &[], b"").await;
    for compression in COMPRESSIONS {
        let exporter =
            exporter(&Destination { compression, ..destination(Protocol::HttpProtobuf, &backend.url()) }).await;
        assert_eq!(exporter.send(&batch(vec![logs(&["one", "two"]), logs(&["three"])])).await, ACCEPTED);
    }
    for (request, encoding) in backend.received().iter().zip(["", "gzip", "zstd"]) {
        assert_eq!(request.header("content-type"), "application/x-protobuf");
        assert_eq!(request.header("content-encoding"), encoding);
        assert_eq!(log_bodies(&inflated(encoding, &request.body)), ["one", "two", "three"]);
    }
}

/// Nothing in the rig takes zstd over gRPC, so the message is looked at by the gRPC documentation, "gRPC over HTTP2".
#[tokio::test]
async fn a_grpc_message_is_compressed_behind_a_head_with_its_length() {
    let backend = Backend::answering(200, &[("content-type", "application/grpc"), ("grpc-status", "0")], b"").await;
    for compression in COMPRESSIONS {
        let exporter = exporter(&Destination { compression, ..destination(Protocol::Grpc, &backend.url()) }).await;
        assert_eq!(exporter.send(&batch(vec![logs(&["one", "two"]), logs(&["three"])])).await, ACCEPTED);
    }
    for (request, encoding) in backend.received().iter().zip(["", "gzip", "zstd"]) {
        let (head, message) = request.body.split_first_chunk::<5>().unwrap();
        assert_eq!(request.header("grpc-encoding"), encoding);
        assert_eq!((head[0] == 1, usize::from(head[4])), (!encoding.is_empty(), message.len()));
        assert_eq!(log_bodies(&inflated(encoding, message)), ["one", "two", "three"]);
    }
}

/// A short body, as its encoding says.
fn inflated(encoding: &str, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; 1_000];
    let length = match encoding {
        "gzip" => libdeflater::Decompressor::new().gzip_decompress(body, &mut bytes).expect("it is gzip"),
        "zstd" => zstd::bulk::decompress_to_buffer(body, &mut bytes).expect("it is zstd"),
        _ => return body.to_vec(),
    };
    bytes.truncate(length);
    bytes
}

/// A file in the folder of a test, as configuration names it.
fn file(folder: &Path, name: &str) -> Option<std::path::PathBuf> {
    Some(folder.join(name))
}
