//! Lines of Lambda that say why an invocation ended early.
//!
//! - `RequestId: <id> Error: Runtime exited with error: signal: killed\nRuntime.ExitError`
//! - `RequestId: <id> Process exited before completing request`
//! - `2020-06-09T15:02:26.150Z <id> Task timed out after 3.00 seconds`
//!
//! A newer REPORT says the same in its status; an older one does not. Source: Lambda developer guide, "Understanding the
//! Lambda execution environment lifecycle", log output in the old and the new style; `platform.fault` is an event of the
//! Logs API.

use super::lambda_report::{Meter, exact_time, is_request_id};
use crate::record::attribute;
use crate::record::draft::{Context, Draft};
use crate::record::log::Log;
use crate::record::severity::Severity;
use crate::record::value::Value;

/// What ended an invocation.
#[derive(Clone, Copy, Debug)]
pub struct Fault<'a> {
    /// Id of the request.
    pub request_id: &'a str,
    /// What is said of it.
    pub text: &'a str,
}

/// The fault that a line tells, if any.
#[must_use]
pub fn told(line: &str) -> Option<Fault<'_>> {
    if let Some(rest) = line.strip_prefix("RequestId: ") {
        let (request_id, text) = rest.split_once(' ')?;
        let told = text.starts_with("Error: ") || text.starts_with("Process exited ");
        return (told && is_request_id(request_id)).then_some(Fault { request_id, text });
    }
    if !line.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let (_, rest) = line.split_once(' ')?;
    let (request_id, text) = rest.split_once(' ')?;
    (text.starts_with(TIMED_OUT) && is_request_id(request_id)).then_some(Fault { request_id, text })
}

const TIMED_OUT: &str = "Task timed out after ";

/// Reads a line that says why an invocation failed.
pub fn parse<'a>(line: &'a str, draft: &mut Draft<'a>, context: &Context<'a>) -> bool {
    let Some(Fault { request_id, text }) = told(line) else { return false };
    let log = &mut draft.log;
    log.event_name = "platform.fault";
    log.severity = Severity::ERROR;
    log.text(attribute::FAAS_INVOCATION_ID, request_id);
    let timed_out = text.strip_prefix(TIMED_OUT);
    match timed_out {
        Some(after) => time_limit(line, after, log),
        None => {
            let class = text.lines().nth(1).map(str::trim).filter(|class| is_class(class));
            log.text(attribute::ERROR_TYPE, class.unwrap_or_default());
        }
    }
    if let Some(meter) = Meter::new(log, request_id, None, context) {
        draft.readings.push(meter.once("Errors", 1.0));
        if timed_out.is_some() {
            draft.readings.push(meter.once("Timeouts", 1.0));
        }
        if text.contains("signal: killed") {
            draft.readings.push(meter.once("OutOfMemory", 1.0));
        }
    }
    true
}

/// The time in front, and the limit behind: `3.00 seconds`.
fn time_limit(line: &str, after: &str, log: &mut Log<'_>) {
    if let Some(time) = line.split(' ').next().and_then(exact_time) {
        log.finer_time(time);
    }
    let seconds = after.split(' ').next().and_then(|number| number.parse().ok());
    if let Some(seconds) = seconds.filter(|number: &f64| number.is_finite()) {
        log.attribute(attribute::LAMBDA_TIMEOUT, Value::Double(seconds));
    }
    log.text(attribute::ERROR_TYPE, "timeout");
}

/// `Runtime.ExitError`
fn is_class(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.')
}
