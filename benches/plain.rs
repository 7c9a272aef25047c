//! What one writes first: serde structs, a `Value` for JSON messages, a regular expression for lines, generated protobuf structs.

use std::hint::black_box;

use fanin::tenant::Directory;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValue, KeyValueList};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message;
use regex::Regex;
use serde_json::Value;

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Subscription {
    owner: String,
    log_group: String,
    log_stream: String,
    log_events: Vec<Event>,
}

#[derive(serde::Deserialize)]
struct Event {
    id: String,
    timestamp: u64,
    message: String,
}

/// Makes a request of one inflated payload, and throws it away: how many records it has.
/// The named groups of `line` become attributes of messages that are no JSON.
pub(crate) fn payload(inflated: &[u8], directory: &Directory, line: Option<&Regex>) -> u64 {
    let subscription: Subscription = serde_json::from_slice(inflated).expect("the corpus is whole");
    let account = fanin::id::AccountId::parse(&subscription.owner).expect("the corpus is whole");
    let tenant = &directory.tag(account).tenant;
    let records: Vec<_> = subscription.log_events.into_iter().map(|event| record(event, line)).collect();
    let n_records = records.len() as u64;
    let attributes = vec![
        text("cloud.provider", "aws"),
        text("cloud.account.id", &subscription.owner),
        text("tenant.id", tenant),
        text("aws.log.group.names", &subscription.log_group),
        text("aws.log.stream.names", &subscription.log_stream),
    ];
    let resource = Some(Resource { attributes, ..Resource::default() });
    let scope_logs = vec![ScopeLogs { log_records: records, ..ScopeLogs::default() }];
    let request = ExportLogsServiceRequest {
        resource_logs: vec![ResourceLogs { resource, scope_logs, ..ResourceLogs::default() }],
    };
    let _ = black_box(request.encode_to_vec());
    n_records
}

fn record(event: Event, line: Option<&Regex>) -> LogRecord {
    let mut attributes = vec![text("aws.log.event.id", &event.id)];
    let mut body = None;
    if event.message.starts_with('{')
        && let Ok(Value::Object(members)) = serde_json::from_str(&event.message)
    {
        for (key, value) in members {
            if key == "message" {
                body = Some(any(value));
            } else {
                attributes.push(KeyValue { key, value: Some(any(value)), ..KeyValue::default() });
            }
        }
    } else if let Some(line) = line
        && let Some(captures) = line.captures(&event.message)
    {
        for name in line.capture_names().flatten() {
            attributes.extend(captures.name(name).map(|found| text(name, found.as_str())));
        }
    }
    let body = body.or(Some(AnyValue { value: Some(Any::StringValue(event.message)) }));
    LogRecord { time_unix_nano: event.timestamp * 1_000_000, body, attributes, ..LogRecord::default() }
}

fn text(key: &str, value: &str) -> KeyValue {
    let value = Some(AnyValue { value: Some(Any::StringValue(value.into())) });
    KeyValue { key: key.into(), value, ..KeyValue::default() }
}

fn any(value: Value) -> AnyValue {
    let value = match value {
        Value::Null => None,
        Value::Bool(value) => Some(Any::BoolValue(value)),
        Value::Number(number) => {
            Some(number.as_i64().map_or_else(|| Any::DoubleValue(number.as_f64().unwrap_or_default()), Any::IntValue))
        }
        Value::String(text) => Some(Any::StringValue(text)),
        Value::Array(items) => Some(Any::ArrayValue(ArrayValue { values: items.into_iter().map(any).collect() })),
        Value::Object(members) => {
            let pair = |(key, value)| KeyValue { key, value: Some(any(value)), ..KeyValue::default() };
            Some(Any::KvlistValue(KeyValueList { values: members.into_iter().map(pair).collect() }))
        }
    };
    AnyValue { value }
}
