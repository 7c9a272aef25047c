//! What loggers put beside the text: level, time, trace, exception, code location and thread, whatever they call them.
//!
//! One pass over the members of a JSON object or the pairs of a line. A member that is not known, or not of the shape that
//! it should have, stays under its own name, so that nothing is lost.

mod code;
mod exception;

use std::sync::LazyLock;

use bumpalo::Bump;
use bumpalo::collections::Vec;

use crate::record::attribute;
use crate::record::log::Log;
use crate::record::severity::{LEVEL_KEYS, Severity};
use crate::record::trace;
use crate::record::value::{Attribute, Value};
use crate::time::{Subsecond, Timestamp, parse_rfc3339, parse_zoneless};

/// What a member is for.
#[derive(Clone, Copy, Debug)]
enum Role {
    Level,
    Time,
    /// The text, where no configured name holds one; the lowest rank first.
    Text(usize),
    Thread,
    ThreadName,
    ThreadId,
    /// `log` as a map, of the Elastic Common Schema.
    Log,
    /// A map that holds the text: `fields` of Rust's tracing, `record` of loguru.
    Inner,
    Trace(trace::Field),
    Exception(exception::Part),
    Code(code::Part),
}

/// The names, compared without case.
///
/// Sources: documentation of pino, bunyan, winston, zap, logrus, slog, Log4j 2 (JSON template layout, ECS layout),
/// Logback and logstash-logback-encoder, python-json-logger, structlog, loguru, Serilog, NLog, .NET's JSON console, Monolog,
/// tracing-subscriber, Ruby's semantic_logger, GELF; Google Cloud Logging, "Structured logging".
const ROLES: &[(&str, Role)] = &[
    ("timestamp", Role::Time),
    ("time", Role::Time),
    ("@timestamp", Role::Time),
    ("ts", Role::Time),
    ("@t", Role::Time),
    ("datetime", Role::Time),
    ("asctime", Role::Time),
    ("instant", Role::Time),
    ("timemillis", Role::Time),
    ("level_name", Role::Level),
    ("severitytext", Role::Level),
    ("message", Role::Text(0)),
    ("@message", Role::Text(1)),
    ("@m", Role::Text(2)),
    ("short_message", Role::Text(3)),
    ("renderedmessage", Role::Text(4)),
    ("@mt", Role::Text(5)),
    ("messagetemplate", Role::Text(6)),
    ("thread", Role::Thread),
    ("threadname", Role::ThreadName),
    ("thread_name", Role::ThreadName),
    ("process.thread.name", Role::ThreadName),
    ("threadid", Role::ThreadId),
    ("thread_id", Role::ThreadId),
    ("process.thread.id", Role::ThreadId),
    ("log", Role::Log),
    ("fields", Role::Inner),
    ("record", Role::Inner),
];

/// What the members come to, beside what the record has taken of them.
#[derive(Debug)]
pub struct Taken<'a> {
    /// The text for people, where one is among them.
    pub text: Option<&'a str>,
    /// What is left.
    pub rest: Vec<'a, Attribute<'a>>,
}

/// Gives the record what it can hold of the members of a message, and what is left.
pub fn take<'a>(
    members: impl IntoIterator<Item = Attribute<'a>>,
    message_keys: &[String],
    log: &mut Log<'a>,
    bump: &'a Bump,
) -> Taken<'a> {
    let members = members.into_iter();
    let mut reader = Reader {
        message_keys,
        text: None,
        timed: false,
        thread: (false, false),
        trace: trace::Members::new(bump),
        exception: exception::Members::default(),
        code: code::Members::default(),
        rest: Vec::with_capacity_in(members.size_hint().0, bump),
        log,
        bump,
    };
    members.for_each(|member| reader.member(member));
    reader.settle()
}

/// Whether a member of that name is more than a value under its own name.
pub fn is_known(key: &str) -> bool {
    role(key).is_some()
}

struct Reader<'a, 'r> {
    message_keys: &'r [String],
    /// The text with the lowest rank so far.
    text: Option<(usize, Attribute<'a>)>,
    timed: bool,
    /// Whether the thread's name and id are known.
    thread: (bool, bool),
    trace: trace::Members<'a>,
    exception: exception::Members<'a>,
    code: code::Members<'a>,
    rest: Vec<'a, Attribute<'a>>,
    log: &'r mut Log<'a>,
    bump: &'a Bump,
}

impl<'a> Reader<'a, '_> {
    fn member(&mut self, member: Attribute<'a>) {
        if matches!(member.value, Value::Text(_))
            && let Some(rank) = self.message_keys.iter().position(|key| key == member.key)
        {
            return self.candidate(rank, member);
        }
        let Some(role) = role(member.key) else { return self.rest.push(member) };
        match role {
            Role::Level => self.level(member),
            Role::Time => self.time(member),
            Role::Text(rank) if matches!(member.value, Value::Text(_)) => {
                self.candidate(self.message_keys.len() + rank, member);
            }
            Role::Text(_) => self.rest.push(member),
            Role::Thread => self.thread(member),
            Role::ThreadName => self.thread_name(member),
            Role::ThreadId => self.thread_id(member),
            Role::Log => self.log_map(member),
            Role::Inner => self.inner(member),
            Role::Trace(field) => self.trace.add(field, member),
            Role::Exception(part) => self.exception.add(part, member, &mut self.rest, self.bump),
            Role::Code(part) => self.code.add(part, member, &mut self.rest),
        }
    }

    fn candidate(&mut self, rank: usize, member: Attribute<'a>) {
        match &mut self.text {
            Some((best, text)) if rank < *best => {
                self.rest.push(std::mem::replace(text, member));
                *best = rank;
            }
            Some(_) => self.rest.push(member),
            None => self.text = Some((rank, member)),
        }
    }

    /// A level in words moves to the severity text; a number stays an attribute as well, since the text does not hold it.
    fn level(&mut self, member: Attribute<'a>) {
        let known = if self.log.severity == Severity::UNSPECIFIED { level(member.value) } else { None };
        let Some((severity, text)) = known else { return self.rest.push(member) };
        self.log.severity = severity;
        self.log.severity_text = text;
        if text.is_empty() {
            self.rest.push(member);
        }
    }

    /// A time inside the message wins where it is finer than a second and near the event's.
    fn time(&mut self, member: Attribute<'a>) {
        if !self.timed {
            self.timed = take_time(member.value, self.log).is_some();
        }
        self.rest.push(member);
    }

    fn thread(&mut self, member: Attribute<'a>) {
        match member.value {
            Value::Text(_) => self.thread_name(member),
            Value::Int(_) => self.thread_id(member),
            Value::Map([one, other]) if (one.key, other.key) == ("id", "name") => {
                self.thread_id(*one);
                self.thread_name(*other);
            }
            Value::Double(_) | Value::Bool(_) | Value::Null | Value::List(_) | Value::Map(_) => self.rest.push(member),
        }
    }

    fn thread_name(&mut self, member: Attribute<'a>) {
        match member.value.text() {
            Some(name) if !self.thread.0 => {
                self.log.text(attribute::THREAD_NAME, name);
                self.thread.0 = true;
            }
            Some(_) | None => self.rest.push(member),
        }
    }

    fn thread_id(&mut self, member: Attribute<'a>) {
        match member.value.int() {
            Some(id) if !self.thread.1 => {
                self.log.attribute(attribute::THREAD_ID, Value::Int(id));
                self.thread.1 = true;
            }
            Some(_) | None => self.rest.push(member),
        }
    }

    fn log_map(&mut self, member: Attribute<'a>) {
        if let Some(level) = member.value.get("level").and_then(level)
            && self.log.severity == Severity::UNSPECIFIED
        {
            (self.log.severity, self.log.severity_text) = level;
        }
        self.rest.push(member);
    }

    /// The text moves out of a map that holds one as `message`; so does what else the record can hold of loguru's.
    fn inner(&mut self, member: Attribute<'a>) {
        let inner = member.value.map();
        let has_text = inner.iter().any(|it| it.key == "message" && it.value.text().is_some());
        let loguru = member.key == "record";
        if !has_text || (loguru && !inner.iter().any(|it| it.key == "level" && it.value.get("name").is_some())) {
            return self.rest.push(member);
        }
        let outer = std::mem::replace(&mut self.rest, Vec::with_capacity_in(inner.len(), self.bump));
        for inner in inner {
            match (inner.key, inner.value) {
                ("message", Value::Text(_)) => self.inner_text(*inner),
                ("level", value) if loguru && self.log.severity == Severity::UNSPECIFIED => {
                    let level = value.get("name").and_then(level);
                    (self.log.severity, self.log.severity_text) = level.unwrap_or_default();
                    self.rest.push(*inner);
                }
                ("file", value) if loguru => {
                    if let Some(path) = value.get("path") {
                        self.code.add(code::Part::File, Attribute { key: "file", value: path }, &mut self.rest);
                    }
                    self.rest.push(*inner);
                }
                ("line" | "function" | "thread" | "exception" | "time", _) if loguru => self.member(*inner),
                _ => self.rest.push(*inner),
            }
        }
        let left = std::mem::replace(&mut self.rest, outer);
        if !left.is_empty() {
            self.rest.push(Attribute { key: member.key, value: Value::Map(left.into_bump_slice()) });
        }
    }

    /// The text of a map inside wins over texts under other names than the configured `message`.
    fn inner_text(&mut self, member: Attribute<'a>) {
        let rank = self.message_keys.iter().position(|key| key == member.key).unwrap_or(self.message_keys.len());
        self.candidate(rank, member);
    }

    fn settle(mut self) -> Taken<'a> {
        self.trace.settle(&mut self.log.trace, &mut self.rest);
        self.code.settle(self.log, &mut self.rest, self.bump);
        let exception = self.exception.settle(self.log, &mut self.rest);
        if exception.is_some() && self.log.severity == Severity::UNSPECIFIED {
            self.log.severity = Severity::ERROR;
        }
        let text = self.text.and_then(|(_, member)| member.value.text()).or_else(|| exception?.message);
        Taken { text, rest: self.rest }
    }
}

/// What a member of that name is for. Most names of applications are dismissed by their length and first byte.
fn role(key: &str) -> Option<Role> {
    static SLOTS: LazyLock<std::vec::Vec<std::vec::Vec<(&'static str, Role)>>> = LazyLock::new(|| {
        let mut slots = vec![std::vec::Vec::new(); SLOT_COUNT];
        let levels = LEVEL_KEYS.iter().map(|key| (*key, Role::Level));
        let traces = trace::FIELDS.iter().map(|(key, field)| (*key, Role::Trace(*field)));
        let exceptions = exception::PARTS.iter().map(|(key, part)| (*key, Role::Exception(*part)));
        let codes = code::PARTS.iter().map(|(key, part)| (*key, Role::Code(*part)));
        let all = ROLES.iter().copied().chain(levels).chain(traces).chain(exceptions).chain(codes);
        all.for_each(|(key, role)| slots[slot(key)].push((key, role)));
        slots
    });
    let named = SLOTS[slot(key)].iter().find(|(known, _)| known.eq_ignore_ascii_case(key));
    named.map(|(_, role)| *role)
}

const SLOT_COUNT: usize = 256;

fn slot(key: &str) -> usize {
    let bytes = key.as_bytes();
    let (first, last) = (bytes.first().copied().unwrap_or_default(), bytes.last().copied().unwrap_or_default());
    (key.len() * 37 + usize::from(first | 0x20) + usize::from(last | 0x20) * 7) % SLOT_COUNT
}

/// The severity, and the level as it was written where it is a word.
fn level(value: Value<'_>) -> Option<(Severity, &str)> {
    match value {
        Value::Text(name) => match Severity::from_name(name.trim_ascii()) {
            Some(severity) => Some((severity, name)),
            None => Severity::from_number(name.parse().ok()?).map(|severity| (severity, name)),
        },
        Value::Int(number) => Severity::from_number(number).map(|severity| (severity, "")),
        Value::Double(_) | Value::Bool(_) | Value::Null | Value::List(_) | Value::Map(_) => None,
    }
}

/// Offers the record a written time with a fraction, a number of milli-, micro- or nanoseconds or fractional seconds since
/// 1970, or a map of seconds and nanoseconds. `None` where it is no such time.
fn take_time(value: Value<'_>, log: &mut Log<'_>) -> Option<()> {
    let time = match value {
        Value::Text(text) => match parse_rfc3339(text) {
            Some((time, Subsecond::Given)) => time,
            Some((time, Subsecond::Absent)) => {
                log.coarse_time(time);
                return None;
            }
            None => return take_zoneless(text, log),
        },
        Value::Int(number) => of_number(number)?,
        Value::Double(number) => fractional(number)?,
        Value::Map(members) => of_parts(members)?,
        Value::Bool(_) | Value::Null | Value::List(_) => return None,
    };
    log.finer_time(time);
    Some(())
}

/// A written time without a zone, or a number that was written as text.
fn take_zoneless(text: &str, log: &mut Log<'_>) -> Option<()> {
    match parse_zoneless(text) {
        Some((time, Subsecond::Given)) => {
            let _ = log.finer_zoneless_time(time);
        }
        Some((time, Subsecond::Absent)) => {
            log.coarse_time(time);
            return None;
        }
        None => log.finer_time(of_number(text.parse().ok()?)?),
    }
    Some(())
}

fn of_number(number: i64) -> Option<Timestamp> {
    match (number.checked_ilog10()?, u64::try_from(number).ok()?) {
        (12, millis) => Some(Timestamp::from_millis(millis)),
        (15, micros) => Some(Timestamp::from_nanos(micros.checked_mul(1_000)?)),
        (18, nanos) => Some(Timestamp::from_nanos(nanos)),
        _ => None,
    }
}

/// `{"epochSecond":..,"nanoOfSecond":..}` of Log4j 2, `{"seconds":..,"nanos":..}` of Google, `{"repr":..,"timestamp":..}` of loguru.
fn of_parts(members: &[Attribute<'_>]) -> Option<Timestamp> {
    let number = |keys: [&str; 2]| members.iter().find(|member| keys.contains(&member.key))?.value.int();
    if let Some(Value::Double(seconds)) = members.iter().find(|member| member.key == "timestamp").map(|it| it.value) {
        return fractional(seconds);
    }
    let seconds = u64::try_from(number(["epochSecond", "seconds"])?).ok()?;
    let nanos = u64::try_from(number(["nanoOfSecond", "nanos"])?).ok().filter(|nanos| *nanos < 1_000_000_000)?;
    Some(Timestamp::from_nanos(seconds.checked_mul(1_000_000_000)?.checked_add(nanos)?))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the range is checked; a microsecond is kept"
)]
fn fractional(number: f64) -> Option<Timestamp> {
    let micros = if (1e9..1e10).contains(&number) {
        number * 1e6
    } else if (1e12..1e13).contains(&number) {
        number * 1e3
    } else {
        return None;
    };
    Some(Timestamp::from_nanos(micros.round() as u64 * 1_000))
}
