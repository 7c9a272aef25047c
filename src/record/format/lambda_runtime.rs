//! Lines of functions in Lambda's log format TEXT: what each runtime puts in front of the text of the function.
//!
//! | runtime | line |
//! | --- | --- |
//! | Node.js, .NET | `2020-03-05T16:30:36.113Z\t<id>\tDEBUG\ttext`; before Node.js 10 without a level |
//! | Python | `[INFO]\t2024-03-13T18:56:24.46Z\t<id>\ttext`, where `.46` is 46 ms; `[ERROR] ValueError: text\nTraceback ...` |
//! | Java | `2020-09-01 08:32:32 <id> INFO  Handler - text`, `[main] INFO example.Handler - text` |
//! | Ruby | `I, [2024-03-13T18:56:24.046123 #8]  INFO <id> -- : text` |
//! | .NET | `info: Example.Category[0]\n      text` |
//! | PowerShell | `[Information] - text` |
//! | any | `INFO RequestId: <id>\ttext`, `LAMBDA_WARNING: text` |
//!
//! Shapes that other programs have as well are read only where the log is known to be a function's. A line of none of
//! them is text.
//!
//! Sources: Lambda developer guide, "Log and monitor ... Lambda functions" of each runtime; for the fractions of seconds the
//! runtime interface client of Python.

use bumpalo::Bump;

use super::lambda_report::{Meter, exact_time, is_request_id};
use super::text::TRACEBACK;
use super::{lambda_error, lambda_json};
use crate::record::attribute;
use crate::record::draft::{Context, Draft};
use crate::record::log::Log;
use crate::record::severity::Severity;
use crate::record::value::{Members, Value};
use crate::time::{Timestamp, parse_rfc3339};

/// A line, taken apart. What a line does not have is empty.
#[derive(Debug, Default, PartialEq)]
struct Line<'a> {
    time: &'a str,
    clock: Clock,
    request_id: &'a str,
    level: &'a str,
    thread: &'a str,
    pid: &'a str,
    text: &'a str,
}

/// How the time of a line is written.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Clock {
    /// As RFC 3339 has it.
    #[default]
    Rfc3339,
    /// The same, but for the fraction, which is a number of milliseconds without leading zeros.
    Python,
    /// Without a zone: UTC, unless the function sets another one.
    Zoneless,
}

/// Reads the line of a function.
pub fn parse<'a>(line: &'a str, draft: &mut Draft<'a>, context: &Context<'a>) -> bool {
    let of_function = context.producer.function.is_some();
    let taken_apart = match line.as_bytes().first() {
        Some(b'0'..=b'9') => tabbed(line).or_else(|| log4j(line).filter(|_| of_function)),
        Some(b'[') => python(line).or_else(|| bracketed(line).filter(|_| of_function)),
        Some(_) if of_function => ruby(line).or_else(|| labelled(line)),
        Some(_) | None => None,
    };
    match taken_apart {
        Some(parts) => apply(&parts, draft, context),
        None if of_function => return unmarked(line, draft, context),
        None => return false,
    }
    true
}

/// `<time>\t<id>\t<level>\t<text>`; the id is `undefined` before the first invocation.
fn tabbed(line: &str) -> Option<Line<'_>> {
    const TIME_BYTES_MAX: usize = 36;
    let end = line.bytes().take(TIME_BYTES_MAX).position(|byte| byte == b'\t')?;
    let (time, rest) = (line.get(..end)?, line.get(end + 1..)?);
    let (id, rest) = rest.split_once('\t')?;
    let (level, text) = rest.split_once('\t').filter(|(word, _)| level(word).is_some()).unwrap_or(("", rest));
    let request_id = if is_uuid(id) { id } else { "" };
    let known_id = !request_id.is_empty() || (!level.is_empty() && matches!(id, "undefined" | ""));
    let _ = parse_rfc3339(time).filter(|_| known_id)?;
    Some(Line { time, request_id, level, text, ..Line::default() })
}

/// `[<level>]\t<time>\t<id>\t<text>`
fn python(line: &str) -> Option<Line<'_>> {
    let (word, rest) = line.strip_prefix('[')?.split_once("]\t")?;
    let (time, rest) = rest.split_once('\t')?;
    let (request_id, text) = rest.split_once('\t')?;
    let _ = level(word).and(parse_rfc3339(time)).filter(|_| is_uuid(request_id) || request_id.is_empty())?;
    Some(Line { time, clock: Clock::Python, request_id, level: word, text, ..Line::default() })
}

/// `<date> <time> <id> <level> <text>` of Log4j2, the id with or without `<>`.
fn log4j(line: &str) -> Option<Line<'_>> {
    const DATE_BYTES: usize = 10;
    let end = line.get(DATE_BYTES + 1..)?.find(' ')? + DATE_BYTES + 1;
    let (time, rest) = line.split_at_checked(end)?;
    let (id, rest) = rest.trim_start().split_once(' ')?;
    let request_id = id.trim_matches(['<', '>', '[', ']']);
    let (word, text) = rest.trim_start().split_once(' ')?;
    let dated = time.bytes().filter(|byte| *byte == b'-').count() == 2;
    let shaped = dated && is_uuid(request_id) && level(word).is_some();
    shaped.then(|| Line {
        time,
        clock: Clock::Zoneless,
        request_id,
        level: word,
        text: text.trim_start(),
        ..Line::default()
    })
}

/// `[Information] - text` of PowerShell, `[ERROR] ValueError: ...` of Python's runtime, `[main] INFO text` of SLF4J.
fn bracketed(line: &str) -> Option<Line<'_>> {
    const THREAD_BYTES_MAX: usize = 64;
    let (word, rest) = line.strip_prefix('[')?.split_once("] ")?;
    if level(word).is_some() {
        return Some(Line { level: word, text: rest.strip_prefix("- ").unwrap_or(rest), ..Line::default() });
    }
    let (second, text) = rest.split_once(' ')?;
    let shaped = word.len() <= THREAD_BYTES_MAX && capital_level(second);
    shaped.then(|| Line { level: second, thread: word, text: text.trim_start(), ..Line::default() })
}

/// `I, [<time> #<process>]  INFO <id> -- <program>: <text>`; without a program the text follows `-- : `.
fn ruby(line: &str) -> Option<Line<'_>> {
    let (letter, rest) = line.split_once(", [")?;
    let (time, rest) = rest.split_once(" #").filter(|_| letter.len() == 1)?;
    let (pid, rest) = rest.split_once(']')?;
    let (word, rest) = rest.trim_start().split_once(' ')?;
    let (id, text) = rest.split_once("-- ")?;
    let request_id = id.trim();
    let shaped = (level(word).is_some() || word == "ANY") && (request_id.is_empty() || is_request_id(request_id));
    let text = text.strip_prefix(": ").unwrap_or(text);
    shaped.then(|| Line { time, clock: Clock::Zoneless, request_id, level: word, pid, text, ..Line::default() })
}

/// `INFO RequestId: <id>\ttext`
fn labelled(line: &str) -> Option<Line<'_>> {
    let (word, rest) = line.split_once(' ')?;
    let rest = rest.strip_prefix("RequestId: ").filter(|_| capital_level(word))?;
    let end = rest.find([' ', '\t']).unwrap_or(rest.len());
    let (request_id, text) = rest.split_at_checked(end)?;
    is_request_id(request_id).then(|| Line { request_id, level: word, text: text.trim_start(), ..Line::default() })
}

/// Lines that keep their front: warnings of Lambda, those of .NET's own loggers, and exceptions.
fn unmarked<'a>(line: &'a str, draft: &mut Draft<'a>, context: &Context<'a>) -> bool {
    const DOTNET: [&str; 6] = ["trce", "dbug", "info", "warn", "fail", "crit"];
    let log = &mut draft.log;
    if line.starts_with("LAMBDA_WARNING: ") {
        log.severity = Severity::WARN;
        return true;
    }
    if let Some((word, _)) = line.split_once(": ").filter(|(word, _)| DOTNET.contains(word)) {
        log.severity = level(word).unwrap_or_default();
        log.severity_text = word;
        let _ = lambda_error::find(line, log);
        return true;
    }
    // What a Ruby handler did not catch: this line, and the exception as JSON.
    if let Some(object) = line.strip_prefix("Error raised from handler method\n") {
        if let Ok(mut members) = Members::parse(object.trim_ascii(), context.bump) {
            let _ = lambda_error::take_members(&mut members, log, context.bump);
        }
        log.severity = Severity::ERROR;
        uncaught("", draft, context);
        return true;
    }
    let known = lambda_error::find(line, log) || line.starts_with("Unknown application error occurred");
    if known {
        log.severity = Severity::ERROR;
    }
    known
}

/// Puts the parts of a line where they belong. The text is the body.
fn apply<'a>(line: &Line<'a>, draft: &mut Draft<'a>, context: &Context<'a>) {
    let log = &mut draft.log;
    log.severity = level(line.level).unwrap_or_default();
    log.severity_text = line.level;
    log.body = Value::Text(line.text);
    log.text(attribute::FAAS_INVOCATION_ID, line.request_id);
    log.text(attribute::THREAD_NAME, line.thread);
    log.number(attribute::PROCESS_PID, line.pid);
    take_time(line.time, line.clock, log, context.bump);
    if line.text.starts_with("LAMBDA_WARNING: ") && log.severity == Severity::UNSPECIFIED {
        log.severity = Severity::WARN;
    }
    inner(line, draft, context);
}

/// The time of the record where it is exact and the event's own; else an attribute.
fn take_time<'a>(text: &'a str, clock: Clock, log: &mut Log<'a>, bump: &'a Bump) {
    let read = match clock {
        Clock::Rfc3339 => exact_time(text),
        Clock::Python => exact_time(text).map(|time| milliseconds(text, time)),
        Clock::Zoneless => exact_time(bumpalo::format!(in bump, "{}Z", text).as_str()).filter(|time| {
            // Zones lie a quarter of an hour apart.
            const SAME_ZONE_SECONDS: u64 = 600;
            log.time.is_none_or(|event| time.since(event).max(event.since(*time)).as_secs() < SAME_ZONE_SECONDS)
        }),
    };
    if let Some(time) = read {
        log.finer_time(time);
        if log.time == Some(time) {
            return;
        }
    }
    log.text(attribute::LAMBDA_TIME, text);
}

/// The time whose fraction is a number of milliseconds: 46 of `.46`.
fn milliseconds(text: &str, time: Timestamp) -> Timestamp {
    const NANOS_PER_MILLI: u64 = 1_000_000;
    let digits =
        text.split_once('.').map_or(0, |(_, fraction)| fraction.bytes().take_while(u8::is_ascii_digit).count());
    let below = time.nanos() % 1_000_000_000;
    let divisor = match digits {
        1 => 100,
        2 => 10,
        _ => return time,
    };
    Timestamp::from_nanos(time.nanos() - below + below / divisor / NANOS_PER_MILLI * NANOS_PER_MILLI)
}

/// Looks into the text: an object, `Invoke Error \t{...}` of Node.js, or an exception.
fn inner<'a>(line: &Line<'a>, draft: &mut Draft<'a>, context: &Context<'a>) {
    let text = line.text.trim_ascii();
    if text.ends_with('}') {
        if text.starts_with('{') {
            return object(line, text, draft, context);
        }
        if let Some((front, object)) = text.split_once("\t{") {
            let at = text.len() - object.len() - 1;
            return runtime_error(line, front, text.get(at..).unwrap_or_default(), draft, context);
        }
    }
    let found = lambda_error::find(line.text, &mut draft.log);
    // An error that no handler of Python caught stands without time and id.
    let by_runtime = found && line.time.is_empty() && line.level == "ERROR" && !line.text.starts_with("Runtime.");
    if by_runtime && line.thread.is_empty() && line.text.contains(TRACEBACK) {
        uncaught(line.request_id, draft, context);
    }
}

/// An object that the function printed: read as if it stood alone. Its level is nearer to the matter than the line's.
fn object<'a>(line: &Line<'a>, text: &'a str, draft: &mut Draft<'a>, context: &Context<'a>) {
    let Ok(members) = Members::parse(text, context.bump) else { return };
    let (severity, word) = (draft.log.severity, draft.log.severity_text);
    draft.log.severity = Severity::UNSPECIFIED;
    draft.log.severity_text = "";
    lambda_json::application(members, line.request_id, draft, context);
    let log = &mut draft.log;
    if log.severity == Severity::UNSPECIFIED || log.severity_text.is_empty() && severity > log.severity {
        log.severity = severity;
    }
    if log.severity_text.is_empty() {
        log.severity_text = word;
    } else if !log.severity_text.eq_ignore_ascii_case(word) {
        log.text(attribute::LAMBDA_LEVEL, word);
    }
}

/// `Invoke Error \t{"errorType":...}`: what no handler of Node.js caught.
fn runtime_error<'a>(line: &Line<'a>, front: &'a str, object: &'a str, draft: &mut Draft<'a>, context: &Context<'a>) {
    let Ok(mut members) = Members::parse(object, context.bump) else { return };
    let Some(error) = lambda_error::take_members(&mut members, &mut draft.log, context.bump) else { return };
    let front = front.trim_end();
    draft.log.body = Value::Text(bumpalo::format!(in context.bump, "{front}: {}", error).into_bump_str());
    draft.log.attributes.extend(members.into_vec());
    let uncaught_by_handler = matches!(front, "Invoke Error" | "Uncaught Exception" | "Unhandled Promise Rejection");
    if uncaught_by_handler && !line.request_id.is_empty() {
        uncaught(line.request_id, draft, context);
    }
}

/// Counts an error of an invocation, whose REPORT may not tell of it.
fn uncaught<'a>(request_id: &'a str, draft: &mut Draft<'a>, context: &Context<'a>) {
    if let Some(meter) = Meter::new(&draft.log, request_id, None, context) {
        let reading = if request_id.is_empty() { meter.error_besides() } else { meter.once("Errors", 1.0) };
        draft.readings.push(reading);
    }
}

/// What a level's word means, those of .NET among them.
fn level(word: &str) -> Option<Severity> {
    if word == "trce" { Some(Severity::TRACE) } else { Severity::from_name(word.trim()) }
}

fn capital_level(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_uppercase()) && level(word).is_some()
}

/// Ids of requests are UUIDs; examples of AWS have letters in them that are no digits.
fn is_uuid(text: &str) -> bool {
    const DASHES: [usize; 4] = [8, 13, 18, 23];
    let shaped = |(at, byte): (usize, u8)| {
        if DASHES.contains(&at) { byte == b'-' } else { byte.is_ascii_alphanumeric() }
    };
    text.len() == 36 && text.bytes().enumerate().all(shaped)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::record::normalize::tests::{Given, show};

    const GROUP: &str = "/aws/lambda/orders";
    const ID: &str = "f08bb4c8-d6b2-4f05-ac17-af7e2ba005fb";

    /// Severity, body and attributes, and the time of the record, where it is not that of the event.
    fn told_in(log_group: &str, message: &str) -> String {
        let message = message.replace("<id>", ID);
        let messages = [&message[..]];
        let given = Given::new(log_group, &messages);
        let mut time = String::new();
        given.check(|draft| {
            time = draft
                .log
                .time
                .map(|time| time.to_string())
                .filter(|time| time != "2020-03-05T16:30:36.114Z")
                .unwrap_or_default();
        });
        let told = given.told().swap_remove(0);
        format!("{told} {time}").trim_end().replace(ID, "<id>")
    }

    fn told(message: &str) -> String {
        told_in(GROUP, message)
    }

    #[test]
    fn the_prefix_of_each_runtime_is_taken_apart() {
        let cases = [
            // Node.js
            (
                "2020-03-05T16:30:36.113Z\t<id>\tDEBUG\ttext\there\n",
                "5 DEBUG | \"text\\there\" | faas.invocation_id=\"<id>\" 2020-03-05T16:30:36.113Z",
            ),
            ("2020-03-05T16:30:36.113Z\tundefined\tINFO\tcold\n", "9 INFO | \"cold\" |  2020-03-05T16:30:36.113Z"),
            (
                "2020-03-05T16:30:36.113Z\t<id>\tbefore Node.js 10\n",
                "0  | \"before Node.js 10\" | faas.invocation_id=\"<id>\" 2020-03-05T16:30:36.113Z",
            ),
            // .NET
            (
                "2020-03-05T16:30:36.113Z\t<id>\tinfo\ttext\n",
                "9 info | \"text\" | faas.invocation_id=\"<id>\" 2020-03-05T16:30:36.113Z",
            ),
            (
                "2020-03-05T16:30:36.113Z\t<id>\ttrce\ttext\n",
                "1 trce | \"text\" | faas.invocation_id=\"<id>\" 2020-03-05T16:30:36.113Z",
            ),
            ("warn: Example.Category[0]\n      text", "13 warn | \"warn: Example.Category[0]\\n      text\" |"),
            // Python
            (
                "[INFO]\t2020-03-05T16:30:36.113Z\t<id>\ttext\n",
                "9 INFO | \"text\" | faas.invocation_id=\"<id>\" 2020-03-05T16:30:36.113Z",
            ),
            (
                "[WARNING]\t2020-03-05T16:30:36.113Z\t\tLAMBDA_WARNING: text\n",
                "13 WARNING | \"LAMBDA_WARNING: text\" |  2020-03-05T16:30:36.113Z",
            ),
            ("LAMBDA_WARNING: text\n", "13  | \"LAMBDA_WARNING: text\" |"),
            // Java
            (
                "2020-03-05 16:30:36 <id> INFO  Handler - text\n",
                "9 INFO | \"Handler - text\" | faas.invocation_id=\"<id>\" aws.lambda.time=\"2020-03-05 16:30:36\"",
            ),
            (
                "2020-03-05 16:30:36,500 <<id>> ERROR Handler:42 - text\n",
                "17 ERROR | \"Handler:42 - text\" | faas.invocation_id=\"<id>\" 2020-03-05T16:30:36.500Z",
            ),
            ("[main] INFO example.Handler - text\n", "9 INFO | \"example.Handler - text\" | thread.name=\"main\""),
            // Ruby
            (
                "I, [2020-03-05T16:30:36.046123 #8]  INFO <id> -- : text\n",
                "9 INFO | \"text\" | faas.invocation_id=\"<id>\" process.pid=8 2020-03-05T16:30:36.046Z",
            ),
            (
                "E, [2020-03-05T16:30:36.046123 #8] ERROR -- app: text\n",
                "17 ERROR | \"app: text\" | process.pid=8 2020-03-05T16:30:36.046Z",
            ),
            // PowerShell
            ("[Information] - text\n", "9 Information | \"text\" |"),
            ("[Error] - text\n", "17 Error | \"text\" |"),
            // Loggers that print the context
            ("DEBUG RequestId: <id>\tEvent: x\n", "5 DEBUG | \"Event: x\" | faas.invocation_id=\"<id>\""),
        ];
        for (line, expected) in cases {
            assert_eq!(told(line), format!("aws.lambda {expected}"), "{line}");
        }
    }

    #[test]
    fn pythons_fractions_are_milliseconds_without_leading_zeros() {
        for (fraction, millis) in [("7", "007"), ("46", "046"), ("460", "460"), ("046", "046"), ("100", "100")] {
            let line = format!("[INFO]\t2020-03-05T16:30:36.{fraction}Z\t<id>\ttext");
            assert!(told(&line).ends_with(&format!("2020-03-05T16:30:36.{millis}Z")), "{line}");
        }
    }

    #[test]
    fn a_time_that_the_record_does_not_take_is_an_attribute() {
        for (line, time) in [
            ("2019-03-05T16:30:36.113Z\t<id>\tINFO\tfar away", "2019-03-05T16:30:36.113Z"),
            ("2020-03-05T16:30:36Z\t<id>\tINFO\twhole seconds", "2020-03-05T16:30:36Z"),
            ("2020-03-05T16:30:36.0000000001Z\t<id>\tINFO\ttoo fine", "2020-03-05T16:30:36.0000000001Z"),
            ("I, [2020-03-05T18:30:36.046123 #8]  INFO -- : another zone", "2020-03-05T18:30:36.046123"),
        ] {
            let told = told(line);
            assert!(told.contains(&format!("aws.lambda.time={time:?}")), "{told}");
        }
    }

    #[test]
    fn what_other_programs_write_as_well_is_read_in_logs_of_functions_only() {
        for line in [
            "[main] INFO example.Handler - text",
            "[Information] - text",
            "info: Example.Category[0]",
            "2020-03-05 16:30:36 <id> INFO  Handler - text",
        ] {
            assert!(told_in("/acme/app", line).starts_with("aws.cloudwatch "), "{line}");
        }
        for line in ["2020-03-05T16:30:36.113Z\t<id>\tINFO\ttext", "[INFO]\t2020-03-05T16:30:36.113Z\t<id>\ttext"] {
            assert!(told_in("/acme/app", line).starts_with("aws.lambda "), "{line}");
        }
    }

    #[test]
    fn text_without_a_prefix_is_text() {
        for line in ["plain", "## EVENT", "[ ] todo", "[a] b", "I, robot", "info", "2020 was", "[2020-03-05] x", ""] {
            assert!(!told(line).starts_with("aws.lambda "), "{line}");
        }
    }

    #[test]
    fn what_no_handler_of_node_caught_is_an_exception() {
        let line = "2020-03-05T16:30:36.113Z\t<id>\tERROR\tInvoke Error \t{\"errorType\":\"TypeError\",\"errorMessage\":\"x is no function\",\"code\":7,\
                    \"stack\":[\"TypeError: x is no function\",\"    at f (a.js:1:1)\"]}\n";
        assert_eq!(
            told(line),
            "aws.lambda 17 ERROR | \"Invoke Error: TypeError: x is no function\" | faas.invocation_id=\"<id>\" error.type=\"TypeError\" \
             exception.type=\"TypeError\" exception.message=\"x is no function\" \
             exception.stacktrace=\"TypeError: x is no function\\n    at f (a.js:1:1)\" code=7
AWS/Lambda/Errors {FunctionName=orders} One(1.0) {Count} 2020-03-05T16:30:36.113Z"
        );
        // Before the first invocation there is none that failed.
        let cold = line.replace("<id>", "undefined").replace("Invoke Error", "Uncaught Exception");
        assert!(!told(&cold).contains("AWS/Lambda"));
    }

    #[test]
    fn what_no_handler_of_python_caught_is_an_exception() {
        let line = "[ERROR] ValueError: no stock\nTraceback (most recent call last):\n  File \"a.py\", line 1, in f";
        assert_eq!(
            told(line),
            "aws.lambda 17 ERROR | \"ValueError: no stock\\nTraceback (most recent call last):\\n  File \\\"a.py\\\", line 1, in f\" | \
             error.type=\"ValueError\" exception.type=\"ValueError\" exception.message=\"no stock\" \
             exception.stacktrace=\"Traceback (most recent call last):\\n  File \\\"a.py\\\", line 1, in f\"
AWS/Lambda/Errors {FunctionName=orders} Set { count: 0.0, sum: 1.0, min: Some(1.0), max: Some(1.0) } {Count}"
        );
    }

    #[test]
    fn what_no_handler_of_ruby_caught_is_an_exception() {
        let line = "Error raised from handler method\n{\n  \"errorMessage\": \"x\",\n  \"errorType\": \"Function<TypeError>\",\n  \"stackTrace\": [\"a.rb:1\"]\n}";
        let told = told(line);
        assert!(told.contains("error.type=\"Function<TypeError>\" exception.type=\"Function<TypeError>\" exception.message=\"x\" exception.stacktrace=\"a.rb:1\""), "{told}");
        assert!(told.contains("AWS/Lambda/Errors"), "{told}");
    }

    #[test]
    fn exceptions_in_text_are_found_and_are_errors() {
        for (line, class) in [
            (
                "java.lang.IllegalStateException: x\n\tat example.Handler.f(Handler.java:1)",
                "java.lang.IllegalStateException",
            ),
            ("2020-03-05T16:30:36.113Z\t<id>\tERROR\torder failed: TypeError: x\n    at f (a.js:1:1)", "TypeError"),
            (
                "2020-03-05T16:30:36.113Z\t<id>\tfail\tSystem.Exception: x\n   at A.B() in a.cs:line 1",
                "System.Exception",
            ),
            ("Traceback (most recent call last):\n  File \"a.py\", line 1\nKeyError: x", "KeyError"),
        ] {
            let told = told(line);
            assert!(told.starts_with("aws.lambda 17 "), "{told}");
            assert!(
                told.contains(&format!("exception.type={class:?} exception.message=\"x\" exception.stacktrace=")),
                "{told}"
            );
        }
    }

    #[test]
    fn an_object_behind_the_prefix_is_read_and_its_level_is_nearer() {
        assert_eq!(
            told(
                "2020-03-05T16:30:36.113Z\t<id>\tINFO\t{\"level\":\"warn\",\"message\":\"low\",\"requestId\":\"<id>\",\"n\":1}\n"
            ),
            "aws.lambda 13 warn | \"low\" | faas.invocation_id=\"<id>\" n=1 aws.lambda.level=\"INFO\" 2020-03-05T16:30:36.113Z"
        );
        assert_eq!(
            told("2020-03-05T16:30:36.113Z\t<id>\tINFO\t{\"message\":\"low\",\"requestId\":\"another\"}\n"),
            "aws.lambda 9 INFO | \"low\" | faas.invocation_id=\"<id>\" requestId=\"another\" 2020-03-05T16:30:36.113Z"
        );
        assert_eq!(
            told("2020-03-05T16:30:36.113Z\t<id>\tINFO\t{ no: 'json' }\n"),
            "aws.lambda 9 INFO | \"{ no: 'json' }\" | faas.invocation_id=\"<id>\" 2020-03-05T16:30:36.113Z"
        );
    }

    proptest! {
        #[test]
        fn the_text_behind_a_prefix_is_the_body(text in "[a-zA-Z0-9 .,;:{\\[\u{e9}]{0,40}x") {
            for (front, known) in [
                ("2020-03-05T16:30:36.113Z\t<id>\tWARN\t", "13 WARN"),
                ("[WARNING]\t2020-03-05T16:30:36.113Z\t<id>\t", "13 WARNING"),
                ("W, [2020-03-05T16:30:36.113000 #8]  WARN <id> -- : ", "13 WARN"),
            ] {
                let line = format!("{front}{text}").replace("<id>", ID);
                Given::new(GROUP, &[&line]).check(|draft| {
                    assert_eq!(draft.log.body.text(), Some(&text[..]), "{known}");
                    assert!(show(&draft.log.attributes[0].value).contains(ID));
                });
            }
        }

        #[test]
        fn any_line_is_read_and_nothing_is_lost(line in "[\\[\\]<>#,:.\\-+TZ0-9a-f \\t\\nINFOERQ\u{e9}]{0,60}") {
            let text = line.strip_suffix('\n').unwrap_or(&line);
            Given::new(GROUP, &[&line]).check(|draft| {
                let body = draft.log.body.text().unwrap_or_default();
                assert!(text.ends_with(body), "{line:?} {body:?}");
            });
        }

        #[test]
        fn no_mutation_of_a_line_panics(which in 0_usize..6, at in 0_usize..120, with in "\\PC{0,4}", cut in 0_usize..120) {
            let line = [
                "2020-03-05T16:30:36.113Z\t<id>\tERROR\tInvoke Error \t{\"errorType\":\"TypeError\",\"stack\":[\"a\"]}",
                "[INFO]\t2020-03-05T16:30:36.46Z\t<id>\ttext",
                "2020-03-05 16:30:36 <id> INFO  Handler - text",
                "I, [2020-03-05T16:30:36.046123 #8]  INFO <id> -- : text",
                "[ERROR] ValueError: x\nTraceback (most recent call last):\n  File \"a.py\"",
                "java.lang.Error: x\n\tat a.B.c(B.java:1)",
            ][which].replace("<id>", ID);
            let (at, cut) = (at.min(line.len()), cut.min(line.len()));
            let changed = format!("{}{with}{}", &line[..at], &line[cut..]);
            let _ = Given::new(GROUP, &[&changed]).told();
        }
    }
}
