//! What a filter asks of a record.

use crate::config::policy::{Condition, Level};
use crate::glob::Glob;
use crate::record::log::Log;
use crate::record::severity::Severity;
use crate::record::value::Value;

/// Whether all that is asked holds. Where it is from was asked before.
pub(super) fn holds(condition: &Condition, log: &Log<'_>, message: &str) -> bool {
    let text = log.body.text().unwrap_or(message);
    severity_holds(condition, log.severity)
        && condition.attributes.iter().all(|(name, glob)| log.named(name).is_some_and(|value| is_of(&value, glob)))
        && condition.body.as_ref().is_none_or(|body| body.regex().is_match(text))
}

/// Whether the severity is what is asked for.
pub(super) fn severity_holds(condition: &Condition, given: Severity) -> bool {
    condition.severity_below.is_none_or(|level| is_below(given, level))
        && condition.severity_from.is_none_or(|level| !is_below(given, level))
}

/// Whether a severity is below a level. One that is not known counts as INFO, as it does for shares.
pub(super) fn is_below(given: Severity, level: Level) -> bool {
    let given = if given == Severity::UNSPECIFIED { Severity::INFO } else { given };
    given < severity(level)
}

/// The severity of an OTLP record; what is out of range is not known.
pub(super) fn severity_of(number: i32) -> Severity {
    [Severity::FATAL, Severity::CRITICAL, Severity::ERROR, Severity::WARN, Severity::NOTICE]
        .into_iter()
        .chain([Severity::INFO, Severity::DEBUG, Severity::TRACE])
        .find(|severity| (i32::from(severity.number())..=24).contains(&number))
        .unwrap_or_default()
}

const fn severity(level: Level) -> Severity {
    match level {
        Level::Trace => Severity::TRACE,
        Level::Debug => Severity::DEBUG,
        Level::Info => Severity::INFO,
        Level::Warn => Severity::WARN,
        Level::Error => Severity::ERROR,
        Level::Fatal => Severity::FATAL,
    }
}

fn is_of(value: &Value<'_>, glob: &Glob) -> bool {
    match value {
        Value::Text(text) => glob.matches(text),
        Value::Int(number) => glob.matches(&number.to_string()),
        Value::Double(number) => glob.matches(&number.to_string()),
        Value::Bool(is) => glob.matches(&is.to_string()),
        Value::Null => glob.matches(""),
        Value::List(items) => items.iter().any(|item| is_of(item, glob)),
        Value::Map(_) => false,
    }
}
