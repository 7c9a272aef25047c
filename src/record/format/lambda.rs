//! Lambda's log format TEXT: the lines of the platform, and by `lambda_runtime` those of functions.
//!
//! `REPORT RequestId: <id>\tDuration: 128.83 ms\tBilled Duration: 129 ms\tMemory Size: 128 MB\tMax Memory Used: 74 MB\t`
//!
//! Sources: Lambda developer guide, "Sending Lambda function logs to CloudWatch Logs", "Understanding the Lambda execution
//! environment lifecycle", "Monitoring for Lambda SnapStart"; names of the events as in the Telemetry API, and in the Logs API
//! before it (`platform.end`).

use super::lambda_error::{TRACEBACK, named};
use super::lambda_report::{Report, is_request_id};
use super::{Format, Shape, lambda_fault, lambda_runtime};
use crate::config::FormatName;
use crate::record::draft::{Context, Draft};

/// Lines of Lambda functions.
pub const FORMAT: Format = Format {
    name: FormatName::Lambda,
    encoding: "aws.lambda",
    shape: Shape::Line { starts: |byte| byte.is_ascii_alphanumeric() || byte == b'[', parse },
    continues: Some(continues),
};

/// First words of the platform's lines, how the line goes on, and the event.
const EVENTS: [(&str, &str, &str); 12] = [
    ("START", "RequestId: ", "platform.start"),
    ("END", "RequestId: ", "platform.end"),
    ("REPORT", "RequestId: ", "platform.report"),
    ("INIT_START", "Runtime Version: ", "platform.initStart"),
    ("INIT_RUNTIME_DONE", "Status: ", "platform.initRuntimeDone"),
    ("INIT_REPORT", "Init Duration: ", "platform.initReport"),
    ("RESTORE_START", "Runtime Version: ", "platform.restoreStart"),
    ("RESTORE_RUNTIME_DONE", "Status: ", "platform.restoreRuntimeDone"),
    ("RESTORE_REPORT", "Restore Duration: ", "platform.restoreReport"),
    ("EXTENSION", "Name: ", "platform.extension"),
    ("TELEMETRY", "Name: ", "platform.telemetrySubscription"),
    ("LOGS", "Name: ", "platform.logsSubscription"),
];

fn parse<'a>(line: &'a str, draft: &mut Draft<'a>, context: &Context<'a>) -> bool {
    platform(line, draft, context)
        || lambda_fault::parse(line, draft, context)
        || lambda_runtime::parse(line, draft, context)
}

/// The event of a platform line, and its fields.
fn event(line: &str) -> Option<(&'static str, &str)> {
    /// The longest first word.
    const WORD_BYTES_MAX: usize = 20;
    let end = line.bytes().take(WORD_BYTES_MAX + 1).position(|byte| matches!(byte, b' ' | b'\t'))?;
    let (word, tail) = line.split_at_checked(end)?;
    let (_, first, event) = EVENTS.iter().find(|(known, _, _)| *known == word)?;
    let tail = tail.get(1..)?;
    let value = tail.strip_prefix(first)?;
    let id = || is_request_id(value.split_ascii_whitespace().next().unwrap_or_default());
    (*first != "RequestId: " || id()).then_some((*event, tail))
}

fn platform<'a>(line: &'a str, draft: &mut Draft<'a>, context: &Context<'a>) -> bool {
    let Some((event, tail)) = event(line) else { return false };
    let report = Report::of_line(tail, &mut draft.log, context.bump);
    draft.log.event_name = event;
    report.conclude(&mut draft.log);
    if event == "platform.report" {
        report.conclude_invocation(draft, context);
    }
    true
}

/// Whether a line goes on with the one before: frames and causes of a stack trace, and no line of the platform.
fn continues(first: &str, line: &str) -> bool {
    const PARTS: [&str; 7] = [
        "Caused by: ",
        "Suppressed: ",
        TRACEBACK,
        "During handling of the above exception",
        "The above exception was the direct cause",
        "File \"",
        "from /",
    ];
    const INDENTS: [&str; 2] = ["    ", "\u{a0}\u{a0}\u{a0}\u{a0}"];
    let first = first.trim_ascii();
    if first.is_empty() || first.starts_with('{') || event(first).is_some() || lambda_fault::told(first).is_some() {
        return false;
    }
    // Python's runtime writes no-break spaces, which log viewers do not fold.
    let text = line.trim_start_matches([' ', '\t', '\u{a0}']);
    let indented = text.len() < line.len();
    let frame = indented && ["at ", "... ", "File \"", "from "].iter().any(|start| text.starts_with(start));
    // The source lines below the frames of Python stand further in; those of JSON begin with a mark.
    let source = indented
        && INDENTS.iter().any(|indent| line.starts_with(indent))
        && text.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '^' | '~'));
    let exception = first.starts_with(TRACEBACK) && named(line).is_some();
    frame || source || exception || PARTS.iter().any(|start| text.starts_with(start))
}
