//! The rig itself: each program starts, answers and does what the other tests rely on.

use std::collections::BTreeSet;
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::support::rig::{self, Server};

const ANSWER_LIMIT: Duration = Duration::from_secs(30);

const SUBSCRIPTION: &str = include_str!("../rig/scripts/subscription.py");
const METRIC_STREAM: &str = include_str!("../rig/scripts/metric_stream.py");
const OTLP_DECODE: &str = include_str!("../rig/scripts/otlp_decode.py");

/// The objects of a text with one JSON object a line.
fn json_lines(output: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(output).expect("scripts print UTF-8");
    text.lines().map(|line| serde_json::from_str(line).expect("scripts print JSON")).collect()
}

#[test]
fn a_part_that_no_one_installs_is_missing_with_a_reason() {
    assert!(rig::part("no-such-part").is_err());
}

#[test]
fn a_server_ends_with_the_value_that_stands_for_it() {
    if !rig::has(&["python"]) {
        return;
    }
    let server = Server::start("http.server", 1, |ports, _| {
        let mut command = Command::new(rig::part("python").unwrap());
        let _ = command.args(["-m", "http.server", "--bind", "127.0.0.1", &ports[0].to_string()]);
        command
    });
    let address = ("127.0.0.1", server.port());
    assert!(TcpStream::connect(address).is_ok());
    drop(server);
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn a_server_that_does_not_start_fails_the_test_with_what_it_printed() {
    if !rig::has(&["python"]) {
        return;
    }
    let start = || {
        Server::start("broken", 1, |_, _| {
            let mut command = Command::new(rig::part("python").unwrap());
            let _ = command.args(["-m", "no-such-module"]);
            command
        })
    };
    let panic = std::panic::catch_unwind(start).err().expect("it cannot start");
    let message = panic.downcast_ref::<String>().unwrap();
    assert!(message.contains("No module named no-such-module"), "{message}");
}

#[test]
fn moto_writes_log_events_into_kinesis_by_its_own_subscription_filter() {
    const READ_BACK: &str = "
import boto3, gzip, json, sys
kinesis = boto3.client('kinesis', endpoint_url=sys.argv[1])
for shard in kinesis.list_shards(StreamName='fanin')['Shards']:
    iterator = kinesis.get_shard_iterator(
        StreamName='fanin', ShardId=shard['ShardId'], ShardIteratorType='TRIM_HORIZON')['ShardIterator']
    for record in kinesis.get_records(ShardIterator=iterator)['Records']:
        print(gzip.decompress(record['Data']).decode())
";
    if !rig::has(&["moto", "python"]) {
        return;
    }
    let moto = Server::start_moto();
    let put = rig::python(SUBSCRIPTION, &["--endpoint", &moto.url(), "--shards", "2", "--log-groups", "/a,/b"]);
    let put = json_lines(&put.stdout);
    let payloads = json_lines(&rig::python(READ_BACK, &[&moto.url()]).stdout);

    let messages = |events: &[Value]| -> BTreeSet<String> {
        events.iter().map(|event| event["message"].as_str().expect("a message is text").to_owned()).collect()
    };
    let delivered: Vec<Value> = payloads
        .iter()
        .filter(|payload| payload["messageType"] == "DATA_MESSAGE")
        .flat_map(|payload| payload["logEvents"].as_array().expect("events are an array").clone())
        .collect();
    assert_eq!(put.len(), 2 * 3 * 6);
    assert_eq!(messages(&delivered), messages(&put));
    assert!(payloads.iter().all(|payload| payload["owner"] == "123456789012"), "{payloads:?}");
}

#[test]
fn rotel_writes_down_what_a_foreign_exporter_sends_over_http_and_grpc() {
    const EXPORT: &str = "
import sys
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter as Grpc
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter as Http
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor
provider = LoggerProvider(shutdown_on_exit=False)
provider.add_log_record_processor(SimpleLogRecordProcessor(Http(endpoint=sys.argv[1] + '/v1/logs')))
provider.add_log_record_processor(SimpleLogRecordProcessor(Grpc(endpoint=sys.argv[2], insecure=True)))
provider.get_logger('rig').emit(LogRecord(timestamp=1, body='over both ways', severity_number=SeverityNumber.WARN))
provider.shutdown()
";
    if !rig::has(&["rotel", "python"]) {
        return;
    }
    let rotel = Server::start_rotel();
    let _ = rig::python(EXPORT, &[&rotel.url(), &rotel.url_of(1)]);
    let both = "over both ways";
    let output = rotel.output_once("both records", ANSWER_LIMIT, |output| output.matches(both).count() == 2);
    assert!(output.contains("SEVERITY_NUMBER_WARN"), "{output}");
}

#[test]
fn kinesis_local_splits_a_shard_and_names_the_children_at_its_end() {
    const SPLIT: &str = "
import boto3, json, sys, time
kinesis = boto3.client('kinesis', endpoint_url=sys.argv[1])
kinesis.create_stream(StreamName='fanin', ShardCount=1)
kinesis.get_waiter('stream_exists').wait(StreamName='fanin', WaiterConfig={'Delay': 1})
shard = kinesis.list_shards(StreamName='fanin')['Shards'][0]['ShardId']
kinesis.split_shard(StreamName='fanin', ShardToSplit=shard, NewStartingHashKey=str(2 ** 127))
kinesis.get_waiter('stream_exists').wait(StreamName='fanin', WaiterConfig={'Delay': 1})
iterator = kinesis.get_shard_iterator(
    StreamName='fanin', ShardId=shard, ShardIteratorType='TRIM_HORIZON')['ShardIterator']
answer = kinesis.get_records(ShardIterator=iterator)
print(json.dumps({'next': answer.get('NextShardIterator'), 'children': len(answer['ChildShards'])}))
";
    if !rig::has(&["kinesis-local", "python"]) {
        return;
    }
    let kinesis = Server::start_kinesis_local();
    let answers = json_lines(&rig::python(SPLIT, &[&kinesis.url()]).stdout);
    assert_eq!(answers, [serde_json::json!({ "next": null, "children": 2 })]);
}

#[test]
fn victoria_metrics_answers_about_a_gauge_that_came_over_otlp() {
    const EXPORT: &str = "
import json, sys, time, urllib.request
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
request = ExportMetricsServiceRequest()
metric = request.resource_metrics.add().scope_metrics.add().metrics.add(name='rig_gauge')
metric.gauge.data_points.add(time_unix_nano=time.time_ns() - 60 * 10**9, as_double=42)
post = urllib.request.Request(
    sys.argv[1] + '/opentelemetry/v1/metrics', request.SerializeToString(), {'Content-Type': 'application/x-protobuf'})
urllib.request.urlopen(post).read()
urllib.request.urlopen(sys.argv[1] + '/internal/force_flush').read()
print(urllib.request.urlopen(sys.argv[1] + '/api/v1/export?match[]=rig_gauge').read().decode(), end='')
";
    if !rig::has(&["victoria-metrics", "python"]) {
        return;
    }
    let store = Server::start_victoria_metrics(&[]);
    let answers = json_lines(&rig::python(EXPORT, &[&store.url()]).stdout);
    assert_eq!(answers[0]["values"], serde_json::json!([42]), "{answers:?}");
}

#[test]
fn alertmanager_takes_an_alert_that_its_own_tool_adds_and_finds() {
    if !rig::has(&["alertmanager", "amtool"]) {
        return;
    }
    let alertmanager = Server::start_alertmanager();
    let amtool = |arguments: &[&str]| {
        let mut command = Command::new(rig::part("amtool").unwrap());
        let output = command.args(arguments).args(["--alertmanager.url", &alertmanager.url()]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let _ = amtool(&["alert", "add", "RigAlert", "account=111111111111"]);
    let found = amtool(&["alert", "query", "--output=json", "account=111111111111"]);
    let found: Value = serde_json::from_str(&found).unwrap();
    assert_eq!(found[0]["labels"], serde_json::json!({ "alertname": "RigAlert", "account": "111111111111" }));
}

#[test]
fn a_metric_stream_record_holds_messages_of_different_lengths_that_decode_to_what_was_printed() {
    if !rig::has(&["python"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let record_file = folder.path().join("record");
    let printed = json_lines(
        &rig::python(METRIC_STREAM, &["--out", record_file.to_str().unwrap(), "--messages", "1,9,2"]).stdout,
    );

    let mut record = &std::fs::read(&record_file).unwrap()[..];
    let mut lengths = BTreeSet::new();
    let mut n_points = 0;
    while !record.is_empty() {
        let length = prost::decode_length_delimiter(&mut record).unwrap();
        let (message, rest) = record.split_at(length);
        let message_file = folder.path().join("message");
        std::fs::write(&message_file, message).unwrap();
        let decoded = json_lines(&rig::python(OTLP_DECODE, &["metrics", message_file.to_str().unwrap()]).stdout);
        let metrics = decoded[0]["resourceMetrics"][0]["scopeMetrics"][0]["metrics"].as_array().unwrap().clone();
        n_points +=
            metrics.iter().map(|metric| metric["summary"]["dataPoints"].as_array().unwrap().len()).sum::<usize>();
        let _ = lengths.insert(length);
        record = rest;
    }
    assert_eq!((lengths.len(), n_points), (3, printed.len()));
}

#[test]
fn the_foreign_decoder_refuses_a_field_that_the_schema_does_not_have() {
    if !rig::has(&["python"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("request");
    // resource_logs { field 99: "x" }
    std::fs::write(&file, [0x0a, 0x04, 0x9a, 0x06, 0x01, b'x']).unwrap();
    let output = rig::python_command(OTLP_DECODE, &["logs", file.to_str().unwrap()]).output().unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    assert!(errors.contains("logs.resource_logs[0]: unknown fields 99"), "{errors}");
}
