//! Lambda's log format JSON: events of the platform, and what functions log.
//!
//! `{"time":"2024-03-13T18:56:24.046Z","type":"platform.report","record":{"requestId":"...","metrics":{...},"status":"success"}}`
//! `{"timestamp":"2024-03-13T18:56:24.046Z","level":"INFO","requestId":"...","message":"..."}`
//!
//! Sources: Lambda developer guide, "Lambda Telemetry API Event schema reference", "Configuring JSON and plain text log
//! formats", and the pages "Log and monitor ... Lambda functions" of each runtime.

use bumpalo::collections::String;

use super::lambda_report::{Report, xray_header};
use super::{Format, Shape, json, lambda_error, lambda_fault};
use crate::config::FormatName;
use crate::record::attribute;
use crate::record::draft::{Context, Draft};
use crate::record::log::Log;
use crate::record::severity::Severity;
use crate::record::value::{Attribute, Members, Value};
use crate::time::{Subsecond, parse_rfc3339};

/// Objects of Lambda functions.
pub const FORMAT: Format = Format {
    name: FormatName::LambdaJson,
    encoding: "aws.lambda",
    shape: Shape::Object {
        markers: &["record", "requestId", "AWSRequestId", "function_request_id", "errorType"],
        recognise: |members| !members.has("_aws") && (is_platform(members) || is_application(members)),
        parse: |members, draft, context| {
            if is_platform(&members) {
                platform(members, draft, context);
            } else {
                application(members, "", draft, context);
            }
        },
    },
    continues: None,
};

/// Members that hold the id of the request: of the runtimes, of Log4j2, of Powertools.
const REQUEST_ID_KEYS: [&str; 3] = ["requestId", "AWSRequestId", "function_request_id"];

/// Events, and the first word of the line that the log format TEXT has for them.
const EVENTS: [(&str, &str); 13] = [
    ("platform.start", "START"),
    ("platform.end", "END"),
    ("platform.report", "REPORT"),
    ("platform.runtimeDone", "RUNTIME_DONE"),
    ("platform.initStart", "INIT_START"),
    ("platform.initRuntimeDone", "INIT_RUNTIME_DONE"),
    ("platform.initReport", "INIT_REPORT"),
    ("platform.restoreStart", "RESTORE_START"),
    ("platform.restoreRuntimeDone", "RESTORE_RUNTIME_DONE"),
    ("platform.restoreReport", "RESTORE_REPORT"),
    ("platform.extension", "EXTENSION"),
    ("platform.telemetrySubscription", "TELEMETRY"),
    ("platform.logsDropped", "LOGS_DROPPED"),
];

fn is_platform(members: &Members<'_>) -> bool {
    members.text("type").starts_with("platform.") && members.has("record")
}

fn is_application(members: &Members<'_>) -> bool {
    let has = |key: &&str| members.has(key);
    let error = !members.text("errorType").is_empty() && members.has("errorMessage");
    let level = ["level", "log_level"].iter().any(has);
    let message = ["message", "msg", "errorMessage"].iter().any(has);
    error || (level && message && REQUEST_ID_KEYS.iter().any(|key| !members.text(key).is_empty()))
}

/// An event of the platform. Its body is the line that the log format TEXT has for it.
fn platform<'a>(mut members: Members<'a>, draft: &mut Draft<'a>, context: &Context<'a>) {
    let event = members.take_text("type").unwrap_or_default();
    draft.log.event_name = event;
    take_time("time", &mut members, &mut draft.log);
    match members.take("record") {
        Some(Value::Map(record)) => record_of(event, record, draft, context),
        // A fault is written as the line is.
        Some(Value::Text(text)) => {
            draft.log.body = Value::Text(text);
            if !lambda_fault::parse(text, draft, context) && event == "platform.fault" {
                draft.log.severity = Severity::ERROR;
            }
            draft.log.event_name = event;
        }
        Some(other) => draft.log.body = other,
        None => {}
    }
    if let Some(time) = members.take("time") {
        draft.log.attribute(attribute::LAMBDA_TIME, time);
    }
    draft.log.attributes.extend(members.into_vec());
}

fn record_of<'a>(event: &'a str, record: &'a [Attribute<'a>], draft: &mut Draft<'a>, context: &Context<'a>) {
    let word = EVENTS.iter().find(|(known, _)| *known == event).map_or(event, |(_, word)| word);
    let mut line = String::from_str_in(word, context.bump);
    let mut report = Report::default();
    let log = &mut draft.log;
    for member in record {
        match (member.key, member.value) {
            ("metrics", Value::Map(metrics)) => {
                for metric in metrics {
                    report.take(metric_of(event, metric.key), metric.value, log, &mut line, context.bump);
                }
            }
            ("tracing", tracing @ Value::Map(_)) => {
                let text = |key| tracing.get(key).and_then(|value| value.text());
                xray_header(text("value").unwrap_or_default(), text("spanId"), &mut log.trace);
                report.take(member.key, tracing, log, &mut line, context.bump);
            }
            (key, value) => report.take(key, value, log, &mut line, context.bump),
        }
    }
    log.body = Value::Text(line.into_bump_str());
    report.conclude(log);
    match event {
        "platform.logsDropped" => log.severity = Severity::WARN,
        "platform.report" => report.conclude_invocation(draft, context),
        "platform.runtimeDone" => report.conclude_runtime(draft, context),
        _ => {}
    }
}

/// The duration is that of the event.
fn metric_of<'a>(event: &str, member: &'a str) -> &'a str {
    match (event, member) {
        ("platform.initReport", "durationMs") => "initDurationMs",
        ("platform.restoreReport", "durationMs") => "restoreDurationMs",
        ("platform.runtimeDone", "durationMs") => "runtimeDurationMs",
        _ => member,
    }
}

/// What a function logs: as of any logger, but for the id of the request and an exception. `request_id` is the id that the
/// line in front told, if any.
pub fn application<'a>(mut members: Members<'a>, request_id: &str, draft: &mut Draft<'a>, context: &Context<'a>) {
    if let Some(key) = REQUEST_ID_KEYS.iter().find(|key| !members.text(key).is_empty()) {
        let id = members.text(key);
        if id == request_id || request_id.is_empty() {
            let _ = members.take(key);
        }
        if request_id.is_empty() {
            draft.log.text(attribute::FAAS_INVOCATION_ID, id);
        }
    }
    if let Some(Value::Bool(cold)) = members.get("cold_start") {
        let _ = members.take("cold_start");
        draft.log.attribute(attribute::FAAS_COLDSTART, Value::Bool(cold));
    }
    take_time("timestamp", &mut members, &mut draft.log);
    let error = lambda_error::take_members(&mut members, &mut draft.log, context.bump)
        .or_else(|| error_in_message(&mut members, &mut draft.log, context));
    json::parse(members, draft, context);
    let Some(error) = error else { return };
    let log = &mut draft.log;
    if let Value::Map(members) = log.body {
        log.attributes.extend(members.iter().copied());
        log.body = Value::Text(error);
    }
    if log.severity == Severity::UNSPECIFIED {
        log.severity = Severity::ERROR;
    }
}

/// An exception as the message itself.
fn error_in_message<'a>(members: &mut Members<'a>, log: &mut Log<'a>, context: &Context<'a>) -> Option<&'a str> {
    let message @ Value::Map(_) = members.get("message")? else { return None };
    let mut inner = Members::of(message.map(), context.bump);
    let error = lambda_error::take_members(&mut inner, log, context.bump)?;
    let _ = members.take("message");
    let rest = inner.into_vec();
    if !rest.is_empty() {
        log.attribute("message", Value::Map(rest.into_bump_slice()));
    }
    Some(error)
}

/// Takes the time out where it becomes the time of the record.
fn take_time<'a>(key: &str, members: &mut Members<'a>, log: &mut Log<'a>) {
    /// Longer texts hold more than nanoseconds.
    const EXACT_BYTES_MAX: usize = 35;
    let text = members.text(key);
    let Some((time, Subsecond::Given)) = parse_rfc3339(text).filter(|_| text.len() <= EXACT_BYTES_MAX) else { return };
    log.finer_time(time);
    if log.time == Some(time) {
        let _ = members.take(key);
    }
}
