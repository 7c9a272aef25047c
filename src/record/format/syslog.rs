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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::record::normalize::tests::{Given, attributes, normalized, show};

    fn told(log_group: &str, line: &str) -> String {
        Given::new(log_group, &[line]).told().concat()
    }

    #[track_caller]
    fn check(line: &str, expected: &str) {
        assert_eq!(told("/acme/app", line), format!("aws.cloudwatch {expected}"));
    }

    /// The examples of RFC 5424, section 6.5.
    #[test]
    fn the_examples_of_rfc_5424() {
        check(
            "<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - \u{feff}'su root' failed for lonvick on /dev/pts/8",
            r#"18 crit | "'su root' failed for lonvick on /dev/pts/8" | priority=34 facility=4 facility_text="auth" version=1 syslog.timestamp="2003-10-11T22:14:15.003Z" hostname="mymachine.example.com" appname="su" msg_id="ID47""#,
        );
        check(
            "<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - - %% It's time to make the do-nuts.",
            r#"10 notice | "%% It's time to make the do-nuts." | priority=165 facility=20 facility_text="local4" version=1 syslog.timestamp="2003-08-24T05:14:15.000003-07:00" hostname="192.0.2.1" appname="myproc" proc_id="8710""#,
        );
        check(
            r#"<165>1 - mymachine.example.com evntslog - ID47 [exampleSDID@32473 iut="3" eventSource="Application" eventID="1011"][examplePriority@32473 class="high"]"#,
            r#"10 notice | "" | priority=165 facility=20 facility_text="local4" version=1 hostname="mymachine.example.com" appname="evntslog" msg_id="ID47" structured_data={exampleSDID@32473:{iut:"3",eventSource:"Application",eventID:"1011"},examplePriority@32473:{class:"high"}}"#,
        );
    }

    #[test]
    fn a_time_that_becomes_the_records_is_not_kept_twice() {
        let line = r#"<14>1 2020-03-05T16:30:36.115Z box app 7 - [a b="c\"d\\e\]f\g" h=""][i] x"#;
        normalized(line, |log| assert_eq!(log.time.unwrap().to_string(), "2020-03-05T16:30:36.115Z"));
        check(
            line,
            r#"9 info | "x" | priority=14 facility=1 facility_text="user" version=1 hostname="box" appname="app" proc_id="7" structured_data={a:{b:"c\"d\\e]f\\g",h:""},i:{}}"#,
        );
    }

    /// The examples of RFC 3164, section 5.4.
    #[test]
    fn the_examples_of_rfc_3164() {
        check(
            "<34>Oct 11 22:14:15 mymachine su: 'su root' failed for lonvick on /dev/pts/8",
            r#"18 crit | "'su root' failed for lonvick on /dev/pts/8" | priority=34 facility=4 facility_text="auth" syslog.timestamp="Oct 11 22:14:15" hostname="mymachine" appname="su""#,
        );
        check(
            "<13>Feb  5 17:32:18 10.0.0.99 Use the BFG!",
            r#"10 notice | "Use the BFG!" | priority=13 facility=1 facility_text="user" syslog.timestamp="Feb  5 17:32:18" hostname="10.0.0.99""#,
        );
    }

    #[test]
    fn lines_of_files_are_told_by_the_name_of_the_log_group() {
        let line = "Mar  5 16:30:36 ip-10-0-0-7 sshd[3341]: Accepted publickey for ec2-user from 203.0.113.7";
        assert_eq!(
            told("/var/log/secure", line),
            r#"aws.cloudwatch 0  | "Accepted publickey for ec2-user from 203.0.113.7" | syslog.timestamp="Mar  5 16:30:36" hostname="ip-10-0-0-7" appname="sshd" proc_id="3341""#
        );
        let precise = "2020-03-05T16:30:36.115001+00:00 ip-10-0-0-7 systemd[1]: Started Session 1 of User ec2-user.";
        assert_eq!(
            told("prod/var/log/syslog", precise),
            r#"aws.cloudwatch 0  | "Started Session 1 of User ec2-user." | hostname="ip-10-0-0-7" appname="systemd" proc_id="1""#
        );
        assert_eq!(told("/acme/app", line), format!("aws.cloudwatch 0  | {line:?} | "));
    }

    #[test]
    fn what_only_looks_like_syslog_stays_text() {
        for line in [
            "<192>1 - a b c d - x",
            "<html>",
            "<34>1 yesterday a b c d - x",
            "<34>1 - a b c d [x",
            "<34>1 - a b c",
            "<34>Oct 11 22:14 mymachine su: x",
            "<>",
            "<+34>1 - a b c d - x",
            "<34>1 - a  c d e - x",
            "<34>1 - a b c d [x y=\"\\",
        ] {
            normalized(line, |log| assert_eq!((log.body, log.attributes.len()), (Value::Text(line), 0), "{line}"));
        }
    }

    proptest! {
        #[test]
        fn changed_lines_do_not_panic_and_keep_their_end(at in 0..100_usize, with in "[ -~\u{e9}]{0,3}", modern in any::<bool>()) {
            let line = if modern {
                r#"<165>1 2003-10-11T22:14:15.003Z box evntslog - ID47 [exampleSDID@32473 iut="3" eventSource="App"] An event of the day"#
            } else {
                "<34>Oct 11 22:14:15 mymachine su[4711]: 'su root' failed for lonvick on /dev/pts/8 and an event of the day"
            };
            let changed = format!("{}{with}{}", &line[..at], &line[at + 1..]);
            normalized(&changed, |log| {
                let told = format!("{} {}", show(&log.body), attributes(log));
                assert!(told.contains(" day"), "{changed}: {told}");
            });
        }
    }
}
