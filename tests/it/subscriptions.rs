//! CloudWatch Logs data that other projects publish, beside what they make of it where they say so.
//!
//! `the_collector_s_goldens_hold` compares all that both say. Each further test is a difference, or a fixture of those who
//! publish no expectation, with what must come of it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::io::{Cursor, Write as _};
use std::path::Path;

use bytes::Bytes;
use fanin::config::{Config, Normalize};
use fanin::delivery::{Delivery, FirehoseBody, Origin, Payload, RawRecord, Source};
use fanin::firehose;
use fanin::id::{Region, Signal};
use fanin::processor::output::Output;
use fanin::processor::{Processor, Surroundings, units};
use fanin::reject::Reason;
use fanin::replay::{Content, Context, Items};
use fanin::tenant::Directory;
use fanin::time::Timestamp;
use flate2::Compression;
use flate2::write::GzEncoder;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use prost::Message as _;
use serde_json::Value;

const COLLECTOR: &str =
    "otelcol/extension/encoding/awslogsencodingextension/internal/unmarshaler/subscription-filter/testdata";
const FIREHOSE: &str = "otelcol/receiver/awsfirehosereceiver/internal/unmarshaler/cwlog/testdata";
const DATADOG: &str = "datadog/aws/logs_monitoring/tests/events";
const LAMBDA: &str = "lambda-events/lambda-events/src/fixtures";

/// The receiver's fixtures name an account that is none; with zeros in front it is one.
const SHORT_OWNER: (&str, &str) = (r#""owner":"123""#, r#""owner":"000000000123""#);

/// When everything arrives in these tests: later than any fixture.
const ARRIVED_SECONDS: u64 = 1_800_000_000;

/// What one log record says, as far as both sides can say it.
#[derive(Clone, Debug, PartialEq)]
struct Said {
    account: String,
    region: Option<String>,
    log_groups: Vec<String>,
    log_streams: Vec<String>,
    time_unix_nano: u64,
    body: String,
}

fn read(path: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(path);
    std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn arrived() -> Timestamp {
    Timestamp::from_seconds(ARRIVED_SECONDS)
}

/// What the processor makes of deliveries.
fn processed(payloads: impl IntoIterator<Item = (Option<Region>, Payload)>) -> Output {
    let settings: Normalize = Config::default().normalize;
    let directory = Directory::new([], "tenant.id", &[None]);
    let around = Surroundings::new(&directory, &settings);
    let (mut processor, mut output) = (Processor::default(), Output::default());
    for (region, payload) in payloads {
        let origin = Origin { source: Source::Kinesis, name: "fixture".into(), region };
        let delivery = Delivery { origin, payload, accounts: None };
        for unit in 0..units(&delivery.payload) {
            processor.process(&delivery, unit, &around, &mut output);
        }
    }
    output
}

/// The data as one record of a stream.
fn record(data: &[u8]) -> Output {
    let data = Bytes::copy_from_slice(data);
    processed([(None, Payload::Records(vec![RawRecord { data, position: "0".into(), arrived: arrived() }]))])
}

/// The data as the records of a Firehose request, each in the base64 text that is given.
fn request(records: &[&str]) -> Output {
    let records: Vec<_> = records.iter().map(|data| serde_json::json!({ "data": data })).collect();
    let body = serde_json::json!({ "requestId": "r", "timestamp": ARRIVED_SECONDS * 1_000, "records": records });
    let body: FirehoseBody = firehose::parse(Bytes::from(body.to_string())).unwrap();
    processed([(None, Payload::Firehose(body))])
}

/// The data as a file that is replayed: whatever stands in it is found. Also gives what was broken in the file itself.
fn file(data: &str) -> (Output, Vec<String>) {
    let context = Context { name: "fixture".into(), region: None, arrived: arrived() };
    let (mut payloads, mut broken) = (Vec::new(), Vec::new());
    for item in Items::new(Box::new(Cursor::new(data.as_bytes().to_vec())), context) {
        match item {
            Ok(item) => match item.content {
                Content::Deliver { origin, payload } => payloads.push((origin.region, payload)),
                Content::Send(letter) => panic!("{letter:?} is no log data"),
            },
            Err(error) => broken.push(error.to_string()),
        }
    }
    (processed(payloads), broken)
}

fn otlp(output: &Output) -> ExportLogsServiceRequest {
    let logs = output.chunks.iter().filter(|chunk| chunk.signal == Signal::Logs);
    let bytes: Vec<u8> = logs.flat_map(|chunk| chunk.bytes.to_vec()).collect();
    ExportLogsServiceRequest::decode(&bytes[..]).unwrap()
}

/// OTLP in YAML: the names and forms of OTLP's JSON.
fn golden(name: &str) -> ExportLogsServiceRequest {
    let value: Value = serde_saphyr::from_str(&read(&format!("{COLLECTOR}/{name}_expected.yaml"))).unwrap();
    serde_json::from_value(value).unwrap()
}

fn attribute<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a Any> {
    attributes.iter().find(|attribute| attribute.key == key)?.value.as_ref()?.value.as_ref()
}

#[track_caller]
fn text(value: &Any) -> String {
    let Any::StringValue(text) = value else { panic!("{value:?} is no text") };
    text.clone()
}

#[track_caller]
fn texts(value: Option<&Any>) -> Vec<String> {
    let Some(Any::ArrayValue(list)) = value else { panic!("{value:?} is no array") };
    list.values.iter().map(|value| text(value.value.as_ref().unwrap())).collect()
}

fn records(request: &ExportLogsServiceRequest) -> Vec<(&[KeyValue], &LogRecord)> {
    let entries = request.resource_logs.iter();
    entries
        .flat_map(|entry| {
            let resource = &entry.resource.as_ref().unwrap().attributes[..];
            entry.scope_logs.iter().flat_map(move |scope| scope.log_records.iter().map(move |log| (resource, log)))
        })
        .collect()
}

fn said(request: &ExportLogsServiceRequest) -> Vec<Said> {
    let records = records(request).into_iter();
    records
        .map(|(resource, log)| Said {
            account: text(attribute(resource, "cloud.account.id").unwrap()),
            region: attribute(resource, "cloud.region").map(text),
            log_groups: texts(attribute(resource, "aws.log.group.names")),
            log_streams: texts(attribute(resource, "aws.log.stream.names")),
            time_unix_nano: log.time_unix_nano,
            body: body(log),
        })
        .collect()
}

#[track_caller]
fn body(log: &LogRecord) -> String {
    let AnyValue { value: Some(value) } = log.body.as_ref().unwrap() else { panic!("an empty body") };
    text(value)
}

fn bodies(output: &Output) -> Vec<String> {
    said(&otlp(output)).into_iter().map(|said| said.body).collect()
}

fn reasons(output: &Output) -> Vec<Reason> {
    output.rejects.iter().map(|reject| reject.reason).collect()
}

#[test]
fn the_collector_s_goldens_hold() {
    for name in ["valid_cloudwatch_log", "multiple_json_objects", "two_records_different_extracted_fields"] {
        let data = read(&format!("{COLLECTOR}/{name}.json"));
        let expected = said(&golden(name));
        assert!(!expected.is_empty());
        for output in [record(data.as_bytes()), record(&gzip(data.as_bytes())), file(&data).0] {
            assert_eq!((said(&otlp(&output)), reasons(&output)), (expected.clone(), vec![]), "{name}");
        }
    }
}

/// A payload lacks the log group that makes it one: the Collector gives up the whole call, here it is a reject.
#[test]
fn a_payload_without_its_log_group_is_rejected_as_it_came() {
    let data = read(&format!("{COLLECTOR}/invalid_cloudwatch_log.json"));
    let output = record(data.as_bytes());
    assert_eq!((output.chunks.len(), reasons(&output)), (0, vec![Reason::BadShape]));
    assert_eq!(output.rejects[0].detail, "subscription payload has no \"logGroup\"");
    assert_eq!(output.rejects[0].data, data.trim_ascii_end().as_bytes());
}

/// CloudWatch probes a new destination with a message that carries nothing of anyone.
#[test]
fn a_control_message_is_counted_and_gives_no_record() {
    for path in [format!("{COLLECTOR}/valid_cloudwatch_log_control.json"), format!("{FIREHOSE}/only_control")] {
        let output = record(read(&path).as_bytes());
        assert_eq!((output.chunks.len(), reasons(&output), output.tally.control_messages), (0, vec![], 1), "{path}");
    }
}

/// The id is what duplicates are known by; the Collector drops it.
#[test]
fn every_event_keeps_its_id() {
    let ours = otlp(&record(read(&format!("{COLLECTOR}/valid_cloudwatch_log.json")).as_bytes()));
    let ids: Vec<_> =
        records(&ours).iter().map(|(_, log)| text(attribute(&log.attributes, "aws.log.event.id").unwrap())).collect();
    let expected =
        ["568", "569", "570"].map(|end| format!("31953106606966983378809025079804211143289615424298221{end}"));
    assert_eq!(ids, expected);
    let golden = golden("valid_cloudwatch_log");
    assert!(records(&golden).iter().all(|(_, log)| attribute(&log.attributes, "aws.log.event.id").is_none()));
}

/// When a record reached the pipeline tells late data from a slow pipeline; the Collector leaves it out.
#[test]
fn every_event_has_the_time_of_its_arrival() {
    let ours = otlp(&record(read(&format!("{COLLECTOR}/multiple_json_objects.json")).as_bytes()));
    assert!(records(&ours).iter().all(|(_, log)| log.observed_time_unix_nano == ARRIVED_SECONDS * 1_000_000_000));
    assert!(records(&golden("multiple_json_objects")).iter().all(|(_, log)| log.observed_time_unix_nano == 0));
}

/// Records as Firehose delivered them to the Collector's receiver, several payloads in one.
#[test]
fn payloads_of_firehose_give_every_event_and_reject_every_stranger() {
    let nth = ["first", "second", "third", "fourth", "fifth", "sixth"];
    let message = |nth: &&str| format!("Hello world, here is our {nth} log message!");
    for (name, events, strangers) in [
        ("single_record", 2, 0),
        ("multiple_records", 2, 0),
        ("multiple_resources", 6, 0),
        ("some_invalid_records", 2, 1),
        ("invalid_records", 0, 1),
    ] {
        let data = read(&format!("{FIREHOSE}/{name}")).replace(SHORT_OWNER.0, SHORT_OWNER.1);
        let output = record(&gzip(data.as_bytes()));
        let expected: Vec<_> = nth[..events].iter().map(message).collect();
        assert_eq!((bodies(&output), output.rejects.len()), (expected, strangers), "{name}");
    }
}

/// A stranger, or a payload that breaks off, takes nothing along: neither what stands before it nor what follows.
#[test]
fn what_is_broken_leaves_its_neighbours_alone() {
    let data = read(&format!("{FIREHOSE}/some_invalid_records")).replace(SHORT_OWNER.0, SHORT_OWNER.1);
    let [first, stranger, second] = data.lines().collect::<Vec<_>>().try_into().unwrap();
    let half = &first[..first.len() / 2];
    for (lines, reason, broken) in [
        ([first, stranger, second], Reason::BadShape, stranger),
        ([stranger, first, second], Reason::BadShape, stranger),
        ([first, half, second], Reason::BadJson, half),
        ([half, first, second], Reason::BadJson, half),
        ([first, second, half], Reason::BadJson, half),
    ] {
        let output = record(lines.join("\n").as_bytes());
        assert_eq!((bodies(&output).len(), reasons(&output)), (2, vec![reason]), "{lines:?}");
        assert_eq!(output.rejects[0].data, broken.as_bytes());
    }
}

/// Two log groups, and streams that come again: each record stays with its own.
#[test]
fn events_of_several_streams_in_one_record_stay_apart() {
    let data = read(&format!("{FIREHOSE}/multiple_resources")).replace(SHORT_OWNER.0, SHORT_OWNER.1);
    let of: Vec<_> = said(&otlp(&record(data.as_bytes())))
        .into_iter()
        .map(|said| (said.log_groups[0].clone(), said.log_streams[0].clone()))
        .collect();
    let expected = [("test", "test"), ("test", "test"), ("test2", "test1"), ("test2", "test2"), ("test2", "test1")];
    let expected = expected.into_iter().chain([("test2", "test2")]).map(|(a, b)| (a.to_owned(), b.to_owned()));
    assert_eq!(of, expected.collect::<Vec<_>>());
}

/// An AWS account id has twelve digits; of anything else nobody can tell whose data it is.
#[test]
fn an_owner_that_is_no_account_is_rejected() {
    for path in [format!("{FIREHOSE}/single_record"), "promtail/testdata/kinesis-event.json".into()] {
        let output = record(read(&path).as_bytes());
        assert_eq!((output.chunks.len(), reasons(&output)), (0, vec![Reason::BadAccount]), "{path}");
    }
}

/// The sample of AWS's own guide, as a Lambda trigger delivers it: base64 of gzip inside of JSON.
#[test]
fn the_logs_event_of_a_lambda_trigger_is_taken_apart() {
    for path in [
        format!("{LAMBDA}/example-cloudwatch_logs-event.json"),
        "promtail/testdata/events/cloudwatch-logs-event.json".into(),
    ] {
        let (output, broken) = file(&read(&path));
        let said = said(&otlp(&output));
        assert_eq!((broken, reasons(&output)), (vec![], vec![]), "{path}");
        assert_eq!(said.iter().map(|said| &said.account[..]).collect::<Vec<_>>(), ["123456789123"; 2]);
        assert_eq!(said[0].log_groups, ["testLogGroup"]);
        assert_eq!(said[0].log_streams, ["testLogStream"]);
        assert_eq!(
            (said[0].time_unix_nano, &said[0].body[..]),
            (1_440_442_987_000_000_000, "[ERROR] First test message")
        );
    }
}

/// Kinesis and Firehose events whose records are greetings: not telemetry, so each is rejected, and none is lost.
#[test]
fn records_of_other_producers_in_lambda_events_are_rejected_one_by_one() {
    for path in [
        format!("{LAMBDA}/example-kinesis-event.json"),
        format!("{LAMBDA}/example-kinesis-event-encrypted.json"),
        format!("{LAMBDA}/example-firehose-event.json"),
        format!("{LAMBDA}/example-kinesis-firehose-event.json"),
        format!("{LAMBDA}/example-kinesis-firehose-response.json"),
        "promtail/testdata/events/kinesis-event.json".into(),
    ] {
        let data = read(&path);
        let (output, broken) = file(&data);
        let expected = vec![Reason::UnknownFormat; data.matches("SGVsbG8gV29ybGQ=").count()];
        assert_eq!((broken, reasons(&output)), (vec![], expected), "{path}");
        assert!(output.rejects.iter().all(|reject| *reject.data == *b"Hello World"), "{path}");
    }
    let (output, broken) = file(&read("datadog-extension/kinesis_event.json"));
    assert_eq!((broken, reasons(&output)), (vec![], vec![Reason::UnknownFormat]));
    assert!(output.rejects[0].data.starts_with(br#"{"foo": "bar""#));
}

/// A fixture written by hand, with a time in seconds: taken for what it must be, and counted, so that someone can mend the sender.
#[test]
fn a_time_in_seconds_is_corrected_and_counted() {
    let output = record(read(&format!("{DATADOG}/cloudwatch_logs_2.json")).as_bytes());
    assert_eq!(said(&otlp(&output))[0].time_unix_nano, 1_737_735_732_000_000_000);
    assert_eq!((output.tally.time_unit, reasons(&output)), (1, vec![]));
    let right = record(read(&format!("{DATADOG}/cloudwatch_logs_ddtags.json")).as_bytes());
    assert_eq!(said(&otlp(&right))[0].time_unix_nano, 1_583_425_836_114_000_000);
    assert_eq!(right.tally.time_unit, 0);
}

/// A JSON message: its text is the body and all else an attribute. `status` is no level: elsewhere it is that of HTTP.
#[test]
fn a_json_message_gives_body_and_attributes() {
    let ours = otlp(&record(read(&format!("{DATADOG}/cloudwatch_logs_ddtags.json")).as_bytes()));
    let (_, log) = records(&ours)[0];
    assert_eq!(body(log), "datadog:Patched console output with trace context");
    assert_eq!(text(attribute(&log.attributes, "ddtags").unwrap()), "env:test,service:test-inner-message");
    assert_eq!((log.severity_number, text(attribute(&log.attributes, "status").unwrap())), (0, "debug".into()));
}

/// Lines of the Lambda runtime for Node.js: their level stands in a column of its own.
#[test]
fn the_level_of_a_lambda_line_becomes_its_severity() {
    let data = read(&format!("{DATADOG}/cloudwatch_logs.json"));
    let n_events = serde_json::from_str::<Value>(&data).unwrap()["logEvents"].as_array().unwrap().len();
    let ours = otlp(&record(data.as_bytes()));
    let records = records(&ours);
    assert_eq!(records.len(), n_events);
    assert_eq!((records[0].1.severity_number, &records[0].1.severity_text[..]), (5, "DEBUG"));
    assert_eq!(text(attribute(records[0].0, "faas.name").unwrap()), "hello-dog-node-dev-hello12x");
}

/// Producers behind Firehose pad their base64 or do not; both mean the same.
#[test]
fn base64_is_read_with_and_without_its_padding() {
    let data = read(&format!("{COLLECTOR}/valid_cloudwatch_log.json"));
    let padded = ["", " ", "  "].map(|end| base64_simd::STANDARD.encode_to_string(format!("{data}{end}")));
    assert_eq!(padded.iter().filter(|text| text.ends_with('=')).count(), 2);
    let texts: Vec<_> = padded.iter().flat_map(|text| [&text[..], text.trim_end_matches('=')]).collect();
    let output = request(&texts);
    assert_eq!((bodies(&output).len(), reasons(&output)), (3 * texts.len(), vec![]));
}

/// No bytes encode to a single letter more than whole groups of four: something was lost on the way.
#[test]
fn base64_that_was_cut_is_rejected_beside_its_neighbours() {
    let data = gzip(read(&format!("{COLLECTOR}/valid_cloudwatch_log.json")).as_bytes());
    let whole = base64_simd::STANDARD.encode_to_string(&data);
    let output = request(&[&whole, &whole[..41], &whole]);
    assert_eq!((bodies(&output).len(), reasons(&output)), (6, vec![Reason::BadBase64]));
    assert_eq!(&*output.rejects[0].position, "r:1");
}

/// Half of a gzip member gives nothing that could be trusted.
#[test]
fn gzip_that_ends_early_is_rejected_as_it_came() {
    let data = gzip(read(&format!("{DATADOG}/cloudwatch_logs.json")).as_bytes());
    let cut = &data[..data.len() / 2];
    let output = record(cut);
    assert_eq!((output.chunks.len(), reasons(&output)), (0, vec![Reason::BadGzip]));
    assert_eq!(output.rejects[0].data, cut);
}
