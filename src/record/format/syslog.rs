//! Syslog, by RFC 5424 and RFC 3164.
//!
//! `<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 [exampleSDID@32473 iut="3"] An application event`
//! `<34>Oct 11 22:14:15 mymachine su: 'su root' failed for lonvick on /dev/pts/8`
//!
//! The body is the message, the header goes to attributes, and its time to the record, or to an attribute where the record
//! has a finer one or another. Lines without `<PRI>`, as they stand in `/var/log/messages`, are read only in log groups of such
//! a name, or where the configuration says so.
//!
//! Sources: RFC 5424, section 6; RFC 3164, section 4; rsyslog, `RSYSLOG_FileFormat` and `RSYSLOG_TraditionalFileFormat`.
//! Names of attributes: OpenTelemetry Collector, syslog parser.

mod structured_data;

use super::{Format, Shape};
use crate::config::FormatName;
use crate::record::attribute;
use crate::record::draft::{Context, Draft};
use crate::record::log::Log;
use crate::record::severity::Severity;
use crate::record::value::Value;
use crate::time::{Subsecond, parse_rfc3164, parse_rfc3339};

/// Lines with `<PRI>`, and those of syslog's files.
pub const FORMAT: Format = Format {
    name: FormatName::Syslog,
    encoding: "aws.cloudwatch",
    shape: Shape::Line { starts: |byte| byte == b'<', parse },
    continues: None,
};

/// The keywords of facilities, by their codes. Source: RFC 5424, table 1; OpenTelemetry Collector, syslog parser.
const FACILITIES: [&str; 24] = [
    "kern",
    "user",
    "mail",
    "daemon",
    "auth",
    "syslog",
    "lpr",
    "news",
    "uucp",
    "cron",
    "authpriv",
    "ftp",
    "ntp",
    "security",
    "console",
    "solaris-cron",
    "local0",
    "local1",
    "local2",
    "local3",
    "local4",
    "local5",
    "local6",
    "local7",
];

/// The keywords of severities, by their codes. Source: RFC 5424, table 2; syslog(3).
const SEVERITIES: [&str; 8] = ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"];

fn parse<'a>(line: &'a str, draft: &mut Draft<'a>, context: &Context<'a>) -> bool {
    let Some((priority, rest)) = priority(line) else {
        return legacy(line, None, draft);
    };
    match rest.strip_prefix("1 ") {
        Some(rest) => modern(rest, priority, draft, context),
        None => legacy(rest, Some(priority), draft),
    }
}

/// The number in `<34>`, and what follows.
fn priority(line: &str) -> Option<(u8, &str)> {
    const DIGITS_MAX: usize = 3;
    let (digits, rest) = line.strip_prefix('<')?.split_once('>').filter(|(digits, _)| digits.len() <= DIGITS_MAX)?;
    let number: u8 = digits.parse().ok().filter(|_| digits.bytes().all(|b| b.is_ascii_digit()))?;
    (usize::from(number) < 8 * FACILITIES.len()).then_some((number, rest))
}

fn tell_priority(priority: u8, log: &mut Log<'_>) {
    let (facility, severity) = (priority / 8, priority % 8);
    log.severity = Severity::from_number(i64::from(severity)).unwrap_or_default();
    log.severity_text = SEVERITIES.get(usize::from(severity)).copied().unwrap_or_default();
    log.attribute(attribute::SYSLOG_PRIORITY, Value::Int(i64::from(priority)));
    log.attribute(attribute::SYSLOG_FACILITY, Value::Int(i64::from(facility)));
    log.text(attribute::SYSLOG_FACILITY_TEXT, FACILITIES.get(usize::from(facility)).copied().unwrap_or_default());
}

/// RFC 5424 behind its version: time, host, application, process, message id, structured data, message.
fn modern<'a>(rest: &'a str, priority: u8, draft: &mut Draft<'a>, context: &Context<'a>) -> bool {
    let mut words = rest.splitn(6, ' ');
    let mut word = || words.next().filter(|word| !word.is_empty());
    let (Some(time), Some(host), Some(application), Some(process), Some(id), Some(rest)) =
        (word(), word(), word(), word(), word(), word())
    else {
        return false;
    };
    if time != "-" && parse_rfc3339(time).is_none() {
        return false;
    }
    let Some((data, message)) = structured_data::read(rest, context.bump) else { return false };
    let log = &mut draft.log;
    tell_priority(priority, log);
    log.attribute(attribute::SYSLOG_VERSION, Value::Int(1));
    take_time(time, log);
    log.text(attribute::SYSLOG_HOSTNAME, host);
    log.text(attribute::SYSLOG_APPNAME, application);
    log.text(attribute::SYSLOG_PROC_ID, process);
    log.text(attribute::SYSLOG_MSG_ID, id);
    if !data.is_empty() {
        log.attribute(attribute::SYSLOG_STRUCTURED_DATA, Value::Map(data));
    }
    log.body = Value::Text(message.strip_prefix('\u{feff}').unwrap_or(message));
    true
}

/// RFC 3164, or what servers write to their files: time, host, tag, message.
fn legacy<'a>(text: &'a str, priority: Option<u8>, draft: &mut Draft<'a>) -> bool {
    let log = &mut draft.log;
    let Some((time, rest)) = legacy_time(text, log) else { return false };
    let (host, rest) = match rest.split_once(' ') {
        // A line of this very host has none.
        Some((word, _)) if word.ends_with(':') => ("", rest),
        Some((host, rest)) if !host.is_empty() => (host, rest),
        Some(_) | None => return false,
    };
    if let Some(priority) = priority {
        tell_priority(priority, log);
    }
    take_time(time, log);
    log.text(attribute::SYSLOG_HOSTNAME, host);
    let message = match tag(rest) {
        Some((application, process, message)) => {
            log.text(attribute::SYSLOG_APPNAME, application);
            log.text(attribute::SYSLOG_PROC_ID, process);
            message
        }
        None => rest,
    };
    log.body = Value::Text(message);
    true
}

/// `Oct 11 22:14:15` or a time by RFC 3339, and what follows.
fn legacy_time<'a>(text: &'a str, log: &Log<'_>) -> Option<(&'a str, &'a str)> {
    const TIME_BYTES: usize = "Oct 11 22:14:15".len();
    if text.starts_with(|first: char| first.is_ascii_digit()) {
        return text.split_once(' ').filter(|(time, _)| parse_rfc3339(time).is_some());
    }
    let (time, rest) = text.split_at_checked(TIME_BYTES)?;
    let _ = parse_rfc3164(time, log.time.unwrap_or(log.observed))?;
    Some((time, rest.strip_prefix(' ')?))
}

/// `sshd[1234]: ` or `su: `: application, process, and the message behind. Source: RFC 3164, section 5.3.
fn tag(text: &str) -> Option<(&str, &str, &str)> {
    const TAG_BYTES_MAX: usize = 96;
    let end = text.bytes().take(TAG_BYTES_MAX).position(|b| matches!(b, b':' | b'[' | b' '))?;
    let (application, rest) = text.split_at_checked(end).filter(|(application, _)| !application.is_empty())?;
    let (process, rest) = match rest.strip_prefix('[') {
        Some(inner) => inner.split_once(']').filter(|(process, _)| process.len() <= TAG_BYTES_MAX)?,
        None => ("", rest),
    };
    let message = rest.strip_prefix(':')?;
    Some((application, process, message.strip_prefix(' ').unwrap_or(message)))
}

/// A time that does not become the record's stays as an attribute.
fn take_time<'a>(text: &'a str, log: &mut Log<'a>) {
    let before = log.time;
    let time = match parse_rfc3339(text) {
        Some((time, Subsecond::Given)) => {
            log.finer_time(time);
            Some(time)
        }
        Some((time, Subsecond::Absent)) => {
            log.coarse_time(time);
            Some(time)
        }
        None => {
            let time = parse_rfc3164(text, before.unwrap_or(log.observed));
            time.into_iter().for_each(|time| log.coarse_time(time));
            time
        }
    };
    if time.is_none() || log.time != time {
        log.text(attribute::SYSLOG_TIMESTAMP, text);
    }
}
