//! What Lambda says of the phases of an execution environment, in lines and in objects: one table of its fields, and
//! the attributes, severity and metric values that they become.
//!
//! `REPORT RequestId: <id>\tDuration: 1.76 ms\tBilled Duration: 100 ms\tMemory Size: 128 MB\tMax Memory Used: 48 MB\t`
//!
//! Sources: Lambda developer guide, "Lambda Telemetry API Event schema reference", "Understanding the Lambda execution
//! environment lifecycle" (status and error type), "Monitoring for Lambda SnapStart"; the units of the metrics are those of
//! "Types of metrics for Lambda functions".

use std::time::Duration;

use bumpalo::Bump;
use bumpalo::collections::{String, Vec};

use crate::config::LogMetrics;
use crate::record::attribute;
use crate::record::draft::{Context, Draft};
use crate::record::format::tool::member;
use crate::record::log::Log;
use crate::record::metric::Dimension;
use crate::record::metric::reading::{Reading, Values};
use crate::record::metric::unit;
use crate::record::severity::Severity;
use crate::record::trace;
use crate::record::value::Value;
use crate::time::{Timestamp, parse_rfc3339};

/// The most fields of a line that are looked at; AWS writes a dozen.
const FIELDS_MAX: usize = 32;
/// A field whose value is longer than this is not searched for further fields.
const FIELD_BYTES_MAX: usize = 1_024;
/// No invocation takes longer. Source: Lambda developer guide, "Lambda quotas", function timeout.
const INVOCATION_MAX: Duration = Duration::from_secs(900);

/// A field: its label in a line, its member in an object, the attribute that it becomes, and its values.
struct Field {
    label: &'static str,
    member: &'static str,
    attribute: &'static str,
    kind: Kind,
}

/// What the values of a field are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    /// Milliseconds with a fraction.
    Millis,
    /// Whole milliseconds.
    WholeMillis,
    Megabytes,
    /// A number without a unit.
    Count,
    /// `[INVOKE, SHUTDOWN]`
    Names,
    /// Of X-Ray: becomes the trace of the record.
    Trace,
}

const fn field(label: &'static str, member: &'static str, attribute: &'static str, kind: Kind) -> Field {
    Field { label, member, attribute, kind }
}

const FIELDS: [Field; 31] = [
    field("RequestId", "requestId", attribute::FAAS_INVOCATION_ID, Kind::Text),
    field("Duration", "durationMs", attribute::LAMBDA_DURATION, Kind::Millis),
    field("Billed Duration", "billedDurationMs", attribute::LAMBDA_BILLED_DURATION, Kind::WholeMillis),
    field("Memory Size", "memorySizeMB", attribute::LAMBDA_MEMORY_SIZE, Kind::Megabytes),
    field("Max Memory Used", "maxMemoryUsedMB", attribute::LAMBDA_MAX_MEMORY_USED, Kind::Megabytes),
    field("Init Duration", "initDurationMs", attribute::LAMBDA_INIT_DURATION, Kind::Millis),
    field("Restore Duration", "restoreDurationMs", attribute::LAMBDA_RESTORE_DURATION, Kind::Millis),
    field(
        "Billed Restore Duration",
        "billedRestoreDurationMs",
        attribute::LAMBDA_BILLED_RESTORE_DURATION,
        Kind::WholeMillis,
    ),
    field("Status", "status", attribute::LAMBDA_STATUS, Kind::Text),
    field("Error Type", "errorType", attribute::ERROR_TYPE, Kind::Text),
    field("Version", "version", attribute::FAAS_VERSION, Kind::Text),
    field("Phase", "phase", attribute::LAMBDA_PHASE, Kind::Text),
    field("Runtime Version", "runtimeVersion", attribute::LAMBDA_RUNTIME_VERSION, Kind::Text),
    field("Runtime Version ARN", "runtimeVersionArn", attribute::LAMBDA_RUNTIME_VERSION_ARN, Kind::Text),
    field("Runtime Duration", "runtimeDurationMs", attribute::LAMBDA_RUNTIME_DURATION, Kind::Millis),
    field("Produced Bytes", "producedBytes", attribute::LAMBDA_PRODUCED_BYTES, Kind::Count),
    field("Name", "name", attribute::LAMBDA_EXTENSION, Kind::Text),
    field("State", "state", attribute::LAMBDA_EXTENSION_STATE, Kind::Text),
    field("Events", "events", attribute::LAMBDA_EXTENSION_EVENTS, Kind::Names),
    field("Types", "types", attribute::LAMBDA_EXTENSION_TYPES, Kind::Names),
    field("Initialization Type", "initializationType", attribute::LAMBDA_INITIALIZATION_TYPE, Kind::Text),
    field("Function Name", "functionName", attribute::FAAS_NAME, Kind::Text),
    field("Function Version", "functionVersion", attribute::FAAS_VERSION, Kind::Text),
    field("Instance", "instanceId", attribute::FAAS_INSTANCE, Kind::Text),
    field("Instance Max Memory", "instanceMaxMemory", attribute::FAAS_MAX_MEMORY, Kind::Count),
    field("Dropped Records", "droppedRecords", attribute::LAMBDA_DROPPED_RECORDS, Kind::Count),
    field("Dropped Bytes", "droppedBytes", attribute::LAMBDA_DROPPED_BYTES, Kind::Count),
    field("Reason", "reason", attribute::LAMBDA_REASON, Kind::Text),
    field("XRAY TraceId", "", attribute::XRAY_TRACE_ID, Kind::Trace),
    field("SegmentId", "", attribute::XRAY_SEGMENT_ID, Kind::Trace),
    field("Sampled", "", attribute::XRAY_SAMPLED, Kind::Trace),
];

/// What a line or an object says of a phase, as far as severity and metrics need it. The rest went to the attributes.
#[derive(Debug, Default)]
pub struct Report<'a> {
    /// Id of the request; empty where there is none.
    pub request_id: &'a str,
    status: &'a str,
    error_type: &'a str,
    duration_ms: Option<f64>,
    billed_ms: Option<f64>,
    init_ms: Option<f64>,
    restore_ms: Option<f64>,
    billed_restore_ms: Option<f64>,
    memory_mb: Option<f64>,
    memory_used_mb: Option<f64>,
}

impl<'a> Report<'a> {
    /// Reads `Label: value` fields between tabs into the attributes.
    pub fn of_line(tail: &'a str, log: &mut Log<'a>, bump: &'a Bump) -> Self {
        let mut report = Self::default();
        each_field(tail, |label, text| match FIELDS.iter().find(|field| field.label == label) {
            Some(field) if field.kind == Kind::Trace => trace_field(field, text, log),
            Some(field) => {
                let value = read(field.kind, text, bump);
                report.note(field, &value);
                put(field.attribute, value, log);
            }
            None => put(member::snake(attribute::LAMBDA_PREFIX, label, bump), Value::Text(text), log),
        });
        report
    }

    /// Takes a member of an object into the attributes, and its short form, as a line would have it, into `line`.
    pub fn take(
        &mut self,
        member: &'a str,
        value: Value<'a>,
        log: &mut Log<'a>,
        line: &mut String<'a>,
        bump: &'a Bump,
    ) {
        let Some(field) = FIELDS.iter().find(|field| field.member == member && field.kind != Kind::Trace) else {
            put(member::snake(attribute::LAMBDA_PREFIX, member, bump), value, log);
            return;
        };
        let value = match (field.kind, value) {
            (Kind::Millis, Value::Int(number)) => Value::Double(number as f64),
            (_, value) => value,
        };
        self.note(field, &value);
        show(field, &value, line);
        put(field.attribute, value, log);
    }

    fn note(&mut self, field: &Field, value: &Value<'a>) {
        let number = value.double();
        match field.member {
            "requestId" => self.request_id = value.text().unwrap_or_default(),
            "status" => self.status = value.text().unwrap_or_default(),
            "errorType" => self.error_type = value.text().unwrap_or_default(),
            "durationMs" => self.duration_ms = number,
            "billedDurationMs" => self.billed_ms = number,
            "initDurationMs" => self.init_ms = number,
            "restoreDurationMs" => self.restore_ms = number,
            "billedRestoreDurationMs" => self.billed_restore_ms = number,
            "memorySizeMB" => self.memory_mb = number,
            "maxMemoryUsedMB" => self.memory_used_mb = number,
            _ => {}
        }
    }

    /// Whether the phase failed.
    #[must_use]
    pub fn failed(&self) -> bool {
        matches!(self.status, "error" | "failure" | "timeout") || !self.error_type.is_empty()
    }

    /// What the status means; the class of the error where only the status tells it.
    pub fn conclude(&self, log: &mut Log<'a>) {
        log.severity = if self.failed() { Severity::ERROR } else { Severity::INFO };
        if self.status == "timeout" && self.error_type.is_empty() {
            log.text(attribute::ERROR_TYPE, "timeout");
        }
    }

    /// What the report of an invocation says besides: whether it was a cold start, and its metric values.
    pub fn conclude_invocation(&self, draft: &mut Draft<'a>, context: &Context<'a>) {
        let cold = self.init_ms.is_some() || self.restore_ms.is_some();
        // Managed instances serve many invocations at once and report a duration only: none of them is cold.
        let own_environment = cold || self.billed_ms.is_some();
        if own_environment {
            draft.log.attribute(attribute::FAAS_COLDSTART, Value::Bool(cold));
        }
        let Some(meter) = Meter::new(&draft.log, self.request_id, self.duration_ms, context) else { return };
        let readings = &mut draft.readings;
        readings.push(meter.reading("Invocations", unit::COUNT, 1.0));
        readings.push(meter.once("Errors", if self.failed() { 1.0 } else { 0.0 }));
        let values = [
            ("Duration", "ms", self.duration_ms),
            ("BilledDuration", "ms", self.billed_ms),
            ("InitDuration", "ms", self.init_ms),
            ("RestoreDuration", "ms", self.restore_ms),
            ("BilledRestoreDuration", "ms", self.billed_restore_ms),
            ("MemorySize", "MBy", self.memory_mb),
            ("MaxMemoryUsed", "MBy", self.memory_used_mb),
            // Told only when there is one: a point of zero for each warm invocation would say nothing.
            ("ColdStarts", unit::COUNT, cold.then_some(1.0)),
        ];
        let given = values.into_iter().filter_map(|(name, unit, value)| Some(meter.reading(name, unit, value?)));
        readings.extend(given);
        if self.status == "timeout" {
            readings.push(meter.once("Timeouts", 1.0));
        }
        if self.out_of_memory() {
            readings.push(meter.once("OutOfMemory", 1.0));
        }
    }

    /// The runtime's own account of an invocation tells that it failed; all else is told by the report.
    pub fn conclude_runtime(&self, draft: &mut Draft<'a>, context: &Context<'a>) {
        if self.failed()
            && let Some(meter) = Meter::new(&draft.log, self.request_id, None, context)
        {
            draft.readings.push(meter.once("Errors", 1.0));
        }
    }

    /// Said outright, or: the runtime went away with all of the memory in use.
    fn out_of_memory(&self) -> bool {
        let full = self.memory_mb.is_some() && self.memory_used_mb >= self.memory_mb;
        self.error_type == "Runtime.OutOfMemory" || (self.error_type == "Runtime.ExitError" && full)
    }
}

/// Makes the metric values of one invocation.
#[derive(Debug)]
pub struct Meter<'a> {
    dimensions: &'a [Dimension<'a>],
    start: Timestamp,
    end: Timestamp,
    request_id: &'a str,
}

impl<'a> Meter<'a> {
    /// `None` where the function is not known, or nobody wants metrics.
    #[must_use]
    pub fn new(log: &Log<'_>, request_id: &'a str, duration_ms: Option<f64>, context: &Context<'a>) -> Option<Self> {
        match context.settings.log_metrics {
            LogMetrics::Auto | LogMetrics::Always => {}
            LogMetrics::Never => return None,
        }
        let function = context.producer.function?;
        let dimensions = context.bump.alloc_slice_copy(&[Dimension { name: "FunctionName", value: function.name }]);
        let end = log.time.unwrap_or(log.observed);
        let duration = Duration::try_from_secs_f64(duration_ms.unwrap_or_default() / 1e3).unwrap_or_default();
        Some(Self { dimensions, start: end.minus(duration.min(INVOCATION_MAX)), end, request_id })
    }

    fn reading(&self, name: &'static str, unit: &'static str, value: f64) -> Reading<'a> {
        Reading {
            namespace: "AWS/Lambda",
            name,
            unit,
            dimensions: self.dimensions,
            start: self.start,
            end: self.end,
            values: Values::One(value),
            once: "",
        }
    }

    /// A count of what several lines of one request may tell.
    #[must_use]
    pub fn once(&self, name: &'static str, value: f64) -> Reading<'a> {
        Reading { once: self.request_id, ..self.reading(name, unit::COUNT, value) }
    }

    /// An error of an invocation that is counted elsewhere: it adds to the sum, and not to the number of samples.
    #[must_use]
    pub fn error_besides(&self) -> Reading<'a> {
        let values = Values::Set { count: 0.0, sum: 1.0, min: Some(1.0), max: Some(1.0) };
        Reading { values, ..self.reading("Errors", unit::COUNT, 1.0) }
    }
}

/// A written time, where it has a fraction and nanoseconds hold all of it.
#[must_use]
pub fn exact_time(text: &str) -> Option<Timestamp> {
    const NANOSECOND_DIGITS: usize = 9;
    let (_, fraction) = text.split_once(['.', ','])?;
    let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
    let (time, _) = parse_rfc3339(text)?;
    (digits <= NANOSECOND_DIGITS).then_some(time)
}

/// Whether the text may be the id of a request.
#[must_use]
pub fn is_request_id(text: &str) -> bool {
    const BYTES: std::ops::RangeInclusive<usize> = 4..=64;
    BYTES.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

fn trace_field<'a>(field: &Field, text: &'a str, log: &mut Log<'a>) {
    let read = match field.label {
        "XRAY TraceId" => trace::trace_id(text).map(|id| log.trace.trace_id = id),
        "SegmentId" => trace::span_id(text).map(|id| log.trace.span_id = id),
        _ => text.parse().ok().map(|sampled: bool| log.trace.flags = u8::from(sampled)),
    };
    if read.is_none() {
        log.text(field.attribute, text);
    }
}

/// Fields of a line. AWS parts them by tabs, but those of START by a space, and some forwarders make spaces of tabs:
/// a known label ends the value before it as well.
fn each_field<'a>(tail: &'a str, mut take: impl FnMut(&'a str, &'a str)) {
    let mut left = FIELDS_MAX;
    for piece in tail.split(['\t', '\n']) {
        let mut piece = piece.trim();
        while let Some((label, rest)) = piece.split_once(": ") {
            if left == 0 {
                return;
            }
            left -= 1;
            let end = next_label(rest).unwrap_or(rest.len());
            let (value, next) = rest.split_at(end);
            take(label, value.trim());
            piece = next.trim();
        }
    }
}

/// Where the next known label begins.
fn next_label(text: &str) -> Option<usize> {
    if text.len() > FIELD_BYTES_MAX {
        return None;
    }
    text.match_indices(": ").find_map(|(at, _)| {
        let front = &text[..at];
        let labels = FIELDS.iter().filter(|field| front.ends_with(field.label)).map(|field| at - field.label.len());
        labels.filter(|start| text[..*start].ends_with(' ')).min()
    })
}

fn read<'a>(kind: Kind, text: &'a str, bump: &'a Bump) -> Value<'a> {
    let finite = |text: &str| text.trim().parse().ok().filter(|number: &f64| number.is_finite());
    let number = match kind {
        Kind::Text | Kind::Trace => None,
        Kind::Names => names(text, bump),
        Kind::Millis => text.strip_suffix("ms").and_then(finite).map(Value::Double),
        Kind::WholeMillis => {
            let number = text.strip_suffix("ms").map(str::trim);
            number.and_then(|number| number.parse().map(Value::Int).ok().or_else(|| finite(number).map(Value::Double)))
        }
        Kind::Megabytes => text.strip_suffix("MB").and_then(|number| number.trim().parse().ok()).map(Value::Int),
        Kind::Count => text.parse().ok().map(Value::Int),
    };
    number.unwrap_or(Value::Text(text))
}

fn names<'a>(text: &'a str, bump: &'a Bump) -> Option<Value<'a>> {
    const NAMES_MAX: usize = 64;
    let inner = text.strip_prefix('[')?.strip_suffix(']')?;
    let names = inner.splitn(NAMES_MAX, ',').map(str::trim).filter(|name| !name.is_empty()).map(Value::Text);
    Some(Value::List(Vec::from_iter_in(names, bump).into_bump_slice()))
}

/// `Label: value`, with the unit that a line has.
fn show(field: &Field, value: &Value<'_>, line: &mut String<'_>) {
    use std::fmt::Write as _;
    let unit = match field.kind {
        Kind::Millis | Kind::WholeMillis => " ms",
        Kind::Megabytes => " MB",
        Kind::Text | Kind::Count | Kind::Names | Kind::Trace => "",
    };
    let written = match *value {
        Value::Text(text) => write!(line, " {}: {text}{unit}", field.label),
        Value::Int(number) => write!(line, " {}: {number}{unit}", field.label),
        Value::Double(number) => write!(line, " {}: {number}{unit}", field.label),
        Value::List(items) => write!(line, " {}: ", field.label).map(|()| show_names(items, line)),
        Value::Bool(_) | Value::Null | Value::Map(_) => Ok(()),
    };
    debug_assert!(written.is_ok(), "writing to memory does not fail");
}

fn show_names(items: &[Value<'_>], line: &mut String<'_>) {
    line.push('[');
    for (at, name) in items.iter().filter_map(Value::text).enumerate() {
        line.push_str(if at == 0 { "" } else { ", " });
        line.push_str(name);
    }
    line.push(']');
}

fn put<'a>(attribute: &'a str, value: Value<'a>, log: &mut Log<'a>) {
    if !value.is_blank() {
        log.attribute(attribute, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(tail: &str) -> std::vec::Vec<(&str, &str)> {
        let mut all = std::vec::Vec::new();
        each_field(tail, |label, value| all.push((label, value)));
        all
    }

    #[test]
    fn fields_are_parted_by_tabs_or_by_the_next_known_label() {
        let expected =
            [("RequestId", "r-1"), ("Duration", "1.5 ms"), ("Billed Duration", "2 ms"), ("Error Type", "Runtime.Exit")];
        let tabs = "RequestId: r-1\tDuration: 1.5 ms\tBilled Duration: 2 ms\tError Type: Runtime.Exit\t\n";
        assert_eq!(fields(tabs), expected);
        assert_eq!(fields("RequestId: r-1 Duration: 1.5 ms  Billed Duration: 2 ms Error Type: Runtime.Exit"), expected);
        assert_eq!(fields("Runtime Version: a:1 Runtime Version ARN: arn:aws:x").len(), 2);
        assert!(fields("no field").is_empty());
    }

    #[test]
    fn a_line_of_very_many_fields_is_read_to_a_bound() {
        assert_eq!(fields(&"A: b\t".repeat(100_000)).len(), FIELDS_MAX);
        assert_eq!(fields(&"Status: ".repeat(100_000)).len(), 1);
    }
}
