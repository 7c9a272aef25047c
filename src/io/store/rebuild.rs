//! Stored log records as the requests that they came from, for trying rules on them.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::resource::v1::Resource;
use rusqlite::{Connection, OptionalExtension, Row};
use serde_json::{Map, Value};

use super::Error;
use super::insert::nanos;
use crate::otlp::{SCOPE_NAME, SCOPE_VERSION};
use crate::record::attribute;
use crate::time::Timestamp;

/// Records of one request.
const PAGE: usize = 2_000;

/// Records of a page by resource and encoding.
type Page = BTreeMap<(i64, String), Vec<LogRecord>>;

/// Shows what was written in this time, oldest first, until `visit` breaks off. How many records were shown.
pub(super) fn requests(
    connection: &Connection,
    (from, to): (Timestamp, Timestamp),
    mut visit: impl FnMut(ExportLogsServiceRequest) -> ControlFlow<()>,
) -> Result<u64, Error> {
    let mut statement = connection.prepare("SELECT * FROM log WHERE time >= ?1 AND time < ?2 ORDER BY time, id")?;
    let mut rows = statement.query([nanos(from.nanos()), nanos(to.nanos())])?;
    let (mut page, mut waiting, mut shown) = (Page::new(), 0, 0);
    while let Some(row) = rows.next()? {
        let key = (row.get("resource")?, row.get("encoding")?);
        page.entry(key).or_default().push(record(row)?);
        waiting += 1;
        if waiting == PAGE {
            shown += waiting as u64;
            waiting = 0;
            if visit(request(connection, std::mem::take(&mut page))?).is_break() {
                return Ok(shown);
            }
        }
    }
    if waiting > 0 {
        shown += waiting as u64;
        let _it_is_the_last = visit(request(connection, page)?);
    }
    Ok(shown)
}

fn request(connection: &Connection, page: Page) -> rusqlite::Result<ExportLogsServiceRequest> {
    let mut read = connection.prepare("SELECT attributes FROM resource WHERE id = ?1")?;
    let mut resource_logs = Vec::new();
    for ((resource, encoding), log_records) in page {
        let attributes: Option<String> = read.query_row([resource], |row| row.get(0)).optional()?;
        let resource = Resource { attributes: members(&attributes.unwrap_or_default()), ..Resource::default() };
        let of_scope = vec![key_value(attribute::ENCODING_FORMAT.to_owned(), Value::String(encoding))];
        let scope = InstrumentationScope {
            name: SCOPE_NAME.into(),
            version: SCOPE_VERSION.into(),
            attributes: of_scope,
            ..InstrumentationScope::default()
        };
        let scope_logs = vec![ScopeLogs { scope: Some(scope), log_records, ..ScopeLogs::default() }];
        resource_logs.push(ResourceLogs { resource: Some(resource), scope_logs, ..ResourceLogs::default() });
    }
    Ok(ExportLogsServiceRequest { resource_logs })
}

fn record(row: &Row<'_>) -> rusqlite::Result<LogRecord> {
    let body: String = row.get("body")?;
    let body = if row.get("is_json")? { serde_json::from_str(&body).unwrap_or_default() } else { Value::String(body) };
    Ok(LogRecord {
        time_unix_nano: row.get::<_, i64>("time")?.cast_unsigned(),
        observed_time_unix_nano: row.get::<_, i64>("observed")?.cast_unsigned(),
        severity_number: row.get("severity")?,
        severity_text: row.get("severity_text")?,
        body: Some(any(body)),
        attributes: members(&row.get::<_, String>("attributes")?),
        flags: row.get("flags")?,
        trace_id: bytes(&row.get::<_, String>("trace")?),
        span_id: bytes(&row.get::<_, String>("span")?),
        event_name: row.get("event")?,
        ..LogRecord::default()
    })
}

fn members(json: &str) -> Vec<KeyValue> {
    let members: Map<String, Value> = serde_json::from_str(json).unwrap_or_default();
    members.into_iter().map(|(key, value)| key_value(key, value)).collect()
}

fn key_value(key: String, value: Value) -> KeyValue {
    KeyValue { key, value: Some(any(value)), ..KeyValue::default() }
}

fn any(value: Value) -> AnyValue {
    let value = match value {
        Value::Null => return AnyValue::default(),
        Value::Bool(value) => Any::BoolValue(value),
        Value::Number(number) => match number.as_i64() {
            Some(number) => Any::IntValue(number),
            None => Any::DoubleValue(number.as_f64().unwrap_or_default()),
        },
        Value::String(text) => Any::StringValue(text),
        Value::Array(values) => Any::ArrayValue(ArrayValue { values: values.into_iter().map(any).collect() }),
        Value::Object(members) => {
            let values = members.into_iter().map(|(key, value)| key_value(key, value)).collect();
            Any::KvlistValue(KeyValueList { values })
        }
    };
    AnyValue { value: Some(value) }
}

/// Of hexadecimal digits.
fn bytes(hex: &str) -> Vec<u8> {
    let digits = hex.as_bytes();
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    digits.chunks(2).filter_map(pair).collect()
}
