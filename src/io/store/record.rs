//! Log records out of encoded chunks, as the tables have them. Runs in the writer's thread, never in a worker.

use std::sync::Arc;

use base64_simd::STANDARD;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs};
use prost::Message;
use serde_json::{Map, Value};
use xxhash_rust::xxh3::xxh3_64;

use super::TailRow;
use super::queue::Chunk;
use crate::api::logs::LogRow;
use crate::id::AccountId;
use crate::log_query::severity_name;
use crate::record::attribute;

/// Characters of a message that lists show.
const SHOWN_CHARS: usize = 2_048;

/// What records of one resource have in common.
#[derive(Debug)]
pub(super) struct Origin {
    pub(super) account: AccountId,
    pub(super) tenant: String,
    pub(super) source: String,
    pub(super) stream: String,
    pub(super) attributes: Arc<str>,
    pub(super) hash: i64,
}

/// A log record.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) origin: Arc<Origin>,
    pub(super) time: u64,
    pub(super) observed: u64,
    pub(super) severity: u8,
    pub(super) severity_text: String,
    pub(super) body: String,
    pub(super) is_json: bool,
    pub(super) attributes: String,
    pub(super) event: String,
    pub(super) encoding: String,
    pub(super) trace: String,
    pub(super) span: String,
    pub(super) flags: u32,
}

/// The records of a chunk. `tenant_attribute` names the tenant in resources.
///
/// # Errors
/// When the bytes are no log records: a fault of ours.
pub(super) fn records(chunk: &Chunk, tenant_attribute: &str) -> Result<Vec<Record>, prost::DecodeError> {
    let request = ExportLogsServiceRequest::decode(chunk.bytes.clone())?;
    let mut records = Vec::with_capacity(chunk.records);
    for logs in request.resource_logs {
        of_resource(chunk.account, logs, tenant_attribute, &mut records);
    }
    Ok(records)
}

fn of_resource(account: AccountId, logs: ResourceLogs, tenant_attribute: &str, records: &mut Vec<Record>) {
    let origin = Arc::new(origin(account, logs.resource.map(|it| it.attributes).unwrap_or_default(), tenant_attribute));
    for scope_logs in logs.scope_logs {
        let of_scope = scope_logs.scope.map(|scope| scope.attributes).unwrap_or_default();
        let encoding =
            members(of_scope).remove(attribute::ENCODING_FORMAT).as_ref().map(first_text).unwrap_or_default();
        records.extend(scope_logs.log_records.into_iter().map(|log| record(&origin, &encoding, log)));
    }
}

fn origin(account: AccountId, attributes: Vec<KeyValue>, tenant_attribute: &str) -> Origin {
    let members = members(attributes);
    let first = |key: &str| members.get(key).map(first_text).unwrap_or_default();
    let known = [attribute::LOG_GROUP_NAMES, attribute::LOG_FILE_PATH, attribute::SERVICE_NAME].map(first);
    let (tenant, stream) = (first(tenant_attribute), first(attribute::LOG_STREAM_NAMES));
    let source = known.into_iter().find(|name| !name.is_empty()).unwrap_or_default();
    let attributes: Arc<str> = Value::Object(members).to_string().into();
    let hash = xxh3_64(attributes.as_bytes()).cast_signed();
    Origin { account, tenant, source, stream, attributes, hash }
}

fn record(origin: &Arc<Origin>, encoding: &str, log: LogRecord) -> Record {
    let time = if log.time_unix_nano == 0 { log.observed_time_unix_nano } else { log.time_unix_nano };
    let (body, is_json) = match log.body.map(json) {
        Some(Value::String(text)) => (text, false),
        Some(Value::Null) | None => (String::new(), false),
        Some(other @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_))) => {
            (other.to_string(), true)
        }
    };
    Record {
        origin: Arc::clone(origin),
        time,
        observed: log.observed_time_unix_nano,
        severity: u8::try_from(log.severity_number).unwrap_or_default(),
        severity_text: log.severity_text,
        body,
        is_json,
        attributes: Value::Object(members(log.attributes)).to_string(),
        event: log.event_name,
        encoding: encoding.to_owned(),
        trace: hex(&log.trace_id),
        span: hex(&log.span_id),
        flags: log.flags,
    }
}

impl Record {
    /// As live tails show it, with its id in the store where it is kept.
    pub(super) fn tail(&self, id: Option<i64>) -> TailRow {
        let (body, cut) = shown(&self.body);
        let row = LogRow {
            id: id.map(|id| id.to_string()),
            at: self.time / 1_000_000,
            account: self.origin.account.to_string(),
            tenant: self.origin.tenant.clone(),
            severity: self.severity,
            severity_text: severity_text(&self.severity_text, self.severity),
            source: self.origin.source.clone(),
            body: body.to_owned(),
            cut,
        };
        let whole = cut.then(|| self.body.clone());
        TailRow { row, whole, attributes: self.attributes.clone(), resource: Arc::clone(&self.origin.attributes) }
    }
}

/// What lists show of a message, and whether that is less than all.
pub(super) fn shown(body: &str) -> (&str, bool) {
    match body.char_indices().nth(SHOWN_CHARS) {
        Some((end, _)) => (&body[..end], true),
        None => (body, false),
    }
}

/// Severity for people: as the source wrote it, else the name of its number.
pub(super) fn severity_text(written: &str, number: u8) -> String {
    if written.is_empty() { severity_name(number).to_owned() } else { written.to_owned() }
}

fn members(attributes: Vec<KeyValue>) -> Map<String, Value> {
    attributes.into_iter().map(|it| (it.key, it.value.map_or(Value::Null, json))).collect()
}

fn json(value: AnyValue) -> Value {
    match value.value {
        None => Value::Null,
        Some(Any::StringValue(text)) => Value::String(text),
        Some(Any::BoolValue(value)) => Value::Bool(value),
        Some(Any::IntValue(number)) => number.into(),
        // JSON has no infinities; what they are called says more than nothing.
        Some(Any::DoubleValue(number)) if !number.is_finite() => Value::String(number.to_string()),
        Some(Any::DoubleValue(number)) => number.into(),
        Some(Any::BytesValue(bytes)) => Value::String(STANDARD.encode_to_string(bytes)),
        Some(Any::ArrayValue(list)) => Value::Array(list.values.into_iter().map(json).collect()),
        Some(Any::KvlistValue(list)) => Value::Object(members(list.values)),
        // A place in a table of strings that only profiles have.
        Some(Any::StringValueStrindex(_)) => Value::Null,
    }
}

fn first_text(value: &Value) -> String {
    match value {
        Value::Array(values) => values.first().map(first_text).unwrap_or_default(),
        Value::String(text) => text.clone(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => String::new(),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
