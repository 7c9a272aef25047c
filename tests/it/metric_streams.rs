//! Metric streams that the OpenTelemetry Collector publishes with what it makes of them, beside what Fanin makes of them.
//!
//! `the_collector_s_goldens_hold` compares all that both say. Each further test is a difference, with its reason.

#![expect(clippy::unwrap_used, clippy::wildcard_enum_match_arm, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::path::Path;

use bumpalo::Bump;
use fanin::config::MetricShape;
use fanin::otlp::metrics::MetricEncoder;
use fanin::record::metric::Decoded;
use fanin::record::place::Place;
use fanin::record::{metric_stream_json, metric_stream_otel};
use fanin::reject::{Reason, Reject};
use fanin::tenant::Directory;
use fanin::time::Timestamp;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{Metric, SummaryDataPoint};
use prost::Message;
use serde_json::Value;

const COLLECTOR: &str = "extension/encoding/awscloudwatchmetricstreamsencodingextension/testdata";
const FIREHOSE: &str = "receiver/awsfirehosereceiver/internal/unmarshaler/cwmetricstream/testdata";

/// The goldens' accounts are shorter than any account; with zeros in front they are accounts.
const JSON_ACCOUNT: (&str, &str) = ("1234567890", "001234567890");
const OTEL_ACCOUNT: (&str, &str) = ("123", "000000000123");

/// What one point says, as far as both forms can say it.
#[derive(Clone, Debug, PartialEq)]
struct Said {
    account: String,
    region: String,
    metric: String,
    dimension_values: BTreeSet<String>,
    count: u64,
    sum: f64,
    quantiles: Vec<(f64, f64)>,
}

fn read(path: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/otelcol").join(path);
    std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// The text with accounts of twelve digits. Other values hold the same digits, so the quotes count.
fn lengthened(text: &str) -> String {
    text.replace(&format!("\"{}\"", JSON_ACCOUNT.0), &format!("\"{}\"", JSON_ACCOUNT.1))
}

/// An input in JSON; an array becomes the lines that AWS sends.
fn json_input(name: &str) -> Vec<u8> {
    let text = lengthened(&read(&format!("{COLLECTOR}/json/{name}.json")));
    match serde_json::from_str(&text).unwrap() {
        Value::Array(objects) => objects.iter().map(|object| format!("{object}\n")).collect::<String>().into_bytes(),
        _ => text.into_bytes(),
    }
}

/// OTLP in YAML: the names and forms of OTLP's JSON, but for numbers of 64 bits, which stand bare or quoted.
fn otlp(name: &str) -> ExportMetricsServiceRequest {
    let mut value: Value = serde_saphyr::from_str(&read(&format!("{COLLECTOR}/{name}.yaml"))).unwrap();
    quote_times(&mut value);
    serde_json::from_value(value).unwrap()
}

fn quote_times(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(quote_times),
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::Number(number) if name.ends_with("UnixNano") => *value = Value::String(number.to_string()),
                    _ => quote_times(value),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn otel_input(messages: usize) -> Vec<u8> {
    let mut request = otlp("opentelemetry1/valid_metric");
    for attribute in
        request.resource_metrics.iter_mut().flat_map(|entry| &mut entry.resource.as_mut().unwrap().attributes)
    {
        if attribute.key == "cloud.account.id" {
            attribute.value = Some(AnyValue { value: Some(Any::StringValue(OTEL_ACCOUNT.1.into())) });
        }
    }
    request.encode_length_delimited_to_vec().repeat(messages)
}

type Decoder = for<'a> fn(&'a [u8], &Place<'_>, &'a Bump) -> Decoded<'a>;

fn through(decoder: Decoder, data: &[u8]) -> (ExportMetricsServiceRequest, Vec<Reject>) {
    let place = Place { region: None, accounts: None, position: "0", arrived: Timestamp::from_seconds(1) };
    let bump = Bump::new();
    let decoded = decoder(data, &place, &bump);
    assert!(decoded.plain.is_empty());
    let directory = Directory::new([], "tenant.id", &[None]);
    let mut chunks = Vec::new();
    let _ = MetricEncoder::default().encode(&decoded.points, MetricShape::Summary, &directory, &mut chunks);
    let bytes: Vec<u8> = chunks.iter().flat_map(|chunk| chunk.bytes.to_vec()).collect();
    (ExportMetricsServiceRequest::decode(&bytes[..]).unwrap(), decoded.rejects)
}

fn json(data: &[u8]) -> (ExportMetricsServiceRequest, Vec<Reject>) {
    through(metric_stream_json::decode, data)
}

fn otel(data: &[u8]) -> (ExportMetricsServiceRequest, Vec<Reject>) {
    through(metric_stream_otel::decode, data)
}

fn text_of(attributes: &[KeyValue], key: &str) -> Option<String> {
    let attribute = attributes.iter().find(|attribute| attribute.key == key)?;
    match attribute.value.as_ref()?.value.as_ref()? {
        Any::StringValue(text) => Some(text.clone()),
        other => panic!("{key} is {other:?}"),
    }
}

/// Texts at any depth, but for those that name the metric and not its series.
fn values(attributes: &[KeyValue]) -> BTreeSet<String> {
    let series = attributes.iter().filter(|a| !["MetricName", "Namespace", "aws.namespace"].contains(&&a.key[..]));
    series
        .flat_map(|attribute| match attribute.value.clone().unwrap().value.unwrap() {
            Any::StringValue(text) => BTreeSet::from([text]),
            Any::KvlistValue(list) => values(&list.values),
            other => panic!("{other:?}"),
        })
        .collect()
}

fn metrics(request: &ExportMetricsServiceRequest) -> Vec<(&[KeyValue], &Metric)> {
    let entries = request.resource_metrics.iter();
    entries
        .flat_map(|entry| {
            let resource = &entry.resource.as_ref().unwrap().attributes[..];
            entry.scope_metrics.iter().flat_map(move |scope| scope.metrics.iter().map(move |metric| (resource, metric)))
        })
        .collect()
}

fn summaries(request: &ExportMetricsServiceRequest) -> Vec<(&[KeyValue], &Metric, &SummaryDataPoint)> {
    let metrics = metrics(request).into_iter();
    metrics
        .flat_map(|(resource, metric)| match &metric.data {
            Some(Data::Summary(summary)) => summary.data_points.iter().map(|point| (resource, metric, point)).collect(),
            _ => vec![],
        })
        .collect()
}

fn said(request: &ExportMetricsServiceRequest) -> Vec<Said> {
    let points = summaries(request).into_iter();
    points
        .map(|(resource, metric, point)| Said {
            account: text_of(resource, "cloud.account.id").unwrap(),
            region: text_of(resource, "cloud.region").unwrap(),
            metric: metric.name.rsplit('/').next().unwrap().into(),
            dimension_values: values(&point.attributes),
            count: point.count,
            sum: point.sum,
            quantiles: point.quantile_values.iter().map(|value| (value.quantile, value.value)).collect(),
        })
        .collect()
}

#[test]
fn the_collector_s_goldens_hold() {
    let cases = [
        (json(&json_input("valid_metric")), "json/valid_record_single_metric_expected", JSON_ACCOUNT),
        (
            json(&json_input("valid_metric_with_percentiles")),
            "json/valid_record_with_percentiles_expected",
            JSON_ACCOUNT,
        ),
        (
            json(&json_input("valid_metric_with_unsupported_stats")),
            "json/valid_record_with_unsupported_stats_expected",
            JSON_ACCOUNT,
        ),
        (otel(&otel_input(1)), "opentelemetry1/valid_metric_single_expected", OTEL_ACCOUNT),
        (otel(&otel_input(2)), "opentelemetry1/valid_metric_multiple_expected", OTEL_ACCOUNT),
    ];
    for ((ours, rejects), name, (short, account)) in cases {
        let mut expected = said(&otlp(name));
        for point in &mut expected {
            assert_eq!(point.account, short);
            point.account = account.into();
        }
        assert!(!expected.is_empty());
        assert_eq!((said(&ours), rejects), (expected, vec![]), "{name}");
    }
}

/// An AWS account id has twelve digits; of fewer nobody can tell whose data it is.
#[test]
fn an_account_of_fewer_digits_is_rejected() {
    let shortened = String::from_utf8(json_input("valid_metric")).unwrap().replace(JSON_ACCOUNT.1, JSON_ACCOUNT.0);
    let otel_data = otlp("opentelemetry1/valid_metric").encode_length_delimited_to_vec();
    for (ours, rejects) in [json(shortened.as_bytes()), otel(&otel_data)] {
        assert!(ours.resource_metrics.is_empty());
        assert_eq!(rejects.iter().map(|reject| reject.reason).collect::<Vec<_>>(), [Reason::BadAccount]);
    }
}

/// One name for one metric, whichever format carried it, so that one dashboard and one rule see both.
#[test]
fn a_metric_has_one_name_unit_and_dimension_in_every_format() {
    let (from_json, _) = json(&json_input("valid_metric"));
    let (resource, metric, point) = summaries(&from_json)[0];
    assert_eq!((&metric.name[..], &metric.unit[..]), ("amazonaws.com/AWS/EC2/DiskWriteOps", "s"));
    assert_eq!(text_of(&point.attributes, "InstanceId").unwrap(), "i-123456789012");
    assert_eq!(text_of(&point.attributes, "aws.namespace").unwrap(), "AWS/EC2");
    assert_eq!(text_of(resource, "aws.cloudwatch.metric_stream_name").unwrap(), "MyMetricStream");

    let (from_otel, _) = otel(&otel_input(1));
    let (resource, metric, point) = summaries(&from_otel)[0];
    assert_eq!(metric.name, "amazonaws.com/AWS/SQS/ApproximateNumberOfMessagesVisible");
    assert_eq!(metric.unit, "{Count}");
    assert_eq!(text_of(&point.attributes, "QueueName").unwrap(), "test-queue");
    let arn = "arn:aws:cloudwatch:eu-central-1:123:metric-stream/test-metric-stream";
    assert_eq!(text_of(resource, "aws.exporter.arn").unwrap(), arn);
}

/// One resource holds metrics of every namespace, so the namespace is an attribute of the point and not the service.
#[test]
fn the_namespace_is_no_service() {
    let (ours, _) = json(&json_input("valid_metric"));
    let (resource, ..) = summaries(&ours)[0];
    assert_eq!((text_of(resource, "service.name"), text_of(resource, "service.namespace")), (None, None));
    assert_eq!(
        text_of(summaries(&otlp("json/valid_record_single_metric_expected"))[0].0, "service.name").unwrap(),
        "EC2"
    );
}

/// JSON has the start of the period, which the Collector takes for its end; OpenTelemetry streams have both.
#[test]
fn a_point_of_json_covers_its_minute() {
    let (ours, _) = json(&json_input("valid_metric"));
    let golden = otlp("json/valid_record_single_metric_expected");
    let (golden, ours) = (summaries(&golden)[0].2.time_unix_nano, summaries(&ours)[0].2);
    assert_eq!((ours.start_time_unix_nano, ours.time_unix_nano), (golden, golden + 60_000_000_000));

    let (ours, _) = otel(&otel_input(1));
    let point = summaries(&ours)[0].2;
    assert_eq!((point.start_time_unix_nano, point.time_unix_nano), (1_000_000, 2_000_000));
}

/// Statistics other than percentiles are billed and wanted; the Collector drops them.
#[test]
fn trimmed_means_and_their_kin_survive() {
    let (ours, _) = json(&json_input("valid_metric_with_unsupported_stats"));
    let gauges: Vec<_> = metrics(&ours)
        .into_iter()
        .filter(|(_, metric)| matches!(metric.data, Some(Data::Gauge(_))))
        .map(|(_, metric)| (metric.name.trim_start_matches("amazonaws.com/AWS/EC2/DiskWriteOps."), &metric.unit[..]))
        .collect();
    let expected = [
        ("TM(25%:75%)", "s"),
        ("WM(10%:90%)", "s"),
        ("TC(0.005:0.030)", "{Count}"),
        ("TS(80%:)", "s"),
        ("PR(:300)", "%"),
        ("IQM", "s"),
        ("tm99", "s"),
        ("wm98", "s"),
    ];
    assert_eq!(gauges, expected);
}

/// The Collector drops objects without a value in silence, and with them those that only lack a unit.
#[test]
fn what_is_incomplete_is_rejected_and_what_only_lacks_a_unit_is_kept() {
    let (ours, rejects) = json(&json_input("multiple_metrics"));
    let named: Vec<_> = said(&ours).into_iter().map(|point| point.metric).collect();
    assert_eq!(named, ["DiskWriteOps", "DiskWriteOps", "WithNoUnit"]);
    let golden: Vec<_> = said(&otlp("json/valid_record_multiple_metrics_expected"));
    assert_eq!(golden.iter().map(|point| &point.metric[..]).collect::<Vec<_>>(), ["DiskWriteOps"; 2]);
    assert_eq!(rejects.iter().map(|reject| reject.reason).collect::<Vec<_>>(), [Reason::BadShape]);

    let (ours, rejects) = json(&json_input("invalid_metric"));
    assert!(ours.resource_metrics.is_empty());
    assert_eq!(rejects[0].detail, "member value: without a number count");
}

/// Records as Firehose delivered them to the Collector's receiver.
#[test]
fn records_of_firehose_give_every_point_and_reject_every_stranger() {
    for (name, points, strangers) in [
        ("single_record", 1, 0),
        ("multiple_records", 127, 0),
        ("some_invalid_records", 88, 4),
        ("invalid_records", 0, 4),
    ] {
        let data = lengthened(&read(&format!("{FIREHOSE}/{name}")));
        let (ours, rejects) = json(data.as_bytes());
        assert_eq!(summaries(&ours).len(), points, "{name}");
        let rejected: usize = rejects.iter().map(|reject| reject.data.split(|byte| *byte == b'\n').count()).sum();
        assert_eq!(rejected, strangers, "{name}");
        assert!(rejects.iter().all(|reject| reject.reason == Reason::BadShape));
    }
}
