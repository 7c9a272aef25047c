//! An exception beside the text: its class, its text and its frames, in one map or in members of their own.

use bumpalo::Bump;
use bumpalo::collections::{String, Vec};

use crate::record::attribute;
use crate::record::log::Log;
use crate::record::severity::is_class;
use crate::record::value::{Attribute, Value};

/// What a member tells of the exception.
#[derive(Clone, Copy, Debug)]
pub(super) enum Part {
    /// Its class.
    Type,
    /// Its text.
    Message,
    /// Its frames.
    Frames,
    /// Its frames, where the text has several lines: the word may mean something else.
    MaybeFrames,
    /// A map of the others.
    Map,
    /// A map of the others, or its frames.
    MapOrFrames,
}

/// The names, compared without case.
///
/// Sources: Elastic Common Schema (`error.*`), Datadog, "Attributes and aliasing" (`error.*`), pino (`err`), winston
/// (`stack`), zap (`stacktrace`), Log4j 2 (`thrown`), logstash-logback-encoder (`stack_trace`), Logback (`throwable`),
/// python-json-logger (`exc_info`), structlog (`exception`), Serilog (`@x`), Lambda developer guide (`errorType`, ...),
/// Powertools for AWS Lambda (`exception_name`).
pub(super) const PARTS: &[(&str, Part)] = &[
    ("error.type", Part::Type),
    ("error.kind", Part::Type),
    ("errortype", Part::Type),
    ("exception.type", Part::Type),
    ("exception_name", Part::Type),
    ("exception_class", Part::Type),
    ("error.message", Part::Message),
    ("errormessage", Part::Message),
    ("exception.message", Part::Message),
    ("exception_message", Part::Message),
    ("error.stack_trace", Part::Frames),
    ("error.stack", Part::Frames),
    ("exception.stacktrace", Part::Frames),
    ("stacktrace", Part::Frames),
    ("stack_trace", Part::Frames),
    ("exc_info", Part::Frames),
    ("@x", Part::Frames),
    ("stack", Part::MaybeFrames),
    ("err", Part::Map),
    ("error", Part::Map),
    ("thrown", Part::Map),
    ("throwable", Part::Map),
    ("exception", Part::MapOrFrames),
];

/// Members that may tell of the exception, until all of them are known.
#[derive(Debug, Default)]
pub(super) struct Members<'a> {
    class: Option<Attribute<'a>>,
    message: Option<Attribute<'a>>,
    frames: Option<(&'a str, Attribute<'a>)>,
}

/// What is known of an exception.
#[derive(Clone, Copy, Debug)]
pub(super) struct Exception<'a> {
    pub(super) message: Option<&'a str>,
}

impl<'a> Members<'a> {
    /// Adds one; what cannot be such a member goes to `rest`, as does all of a second exception.
    pub(super) fn add(&mut self, part: Part, member: Attribute<'a>, rest: &mut Vec<'a, Attribute<'a>>, bump: &'a Bump) {
        match (part, member.value) {
            (Part::Type, Value::Text(_)) if self.class.is_none() => self.class = Some(member),
            (Part::Message, Value::Text(_)) if self.message.is_none() => self.message = Some(member),
            (Part::Frames | Part::MapOrFrames | Part::MaybeFrames, Value::Text(text))
                if self.frames.is_none() && (matches!(part, Part::Frames) || text.contains('\n')) =>
            {
                self.frames = Some((text, member));
            }
            (Part::Frames | Part::MapOrFrames | Part::MaybeFrames, Value::List(lines)) if self.frames.is_none() => {
                match joined(lines, bump) {
                    Some(text) => self.frames = Some((text, member)),
                    None => rest.push(member),
                }
            }
            (Part::Map | Part::MapOrFrames, Value::Map(inner)) => self.map(member, inner, rest, bump),
            _ => rest.push(member),
        }
    }

    /// Takes class, text and frames out of a map; what else it holds stays under its name.
    fn map(
        &mut self,
        member: Attribute<'a>,
        inner: &'a [Attribute<'a>],
        rest: &mut Vec<'a, Attribute<'a>>,
        bump: &'a Bump,
    ) {
        let named = |keys: &[&str]| inner.iter().position(|it| keys.contains(&it.key));
        let text = |at: &usize| inner.get(*at).is_some_and(|it| it.value.text().is_some());
        let class =
            named(&["type", "name", "kind", "class", "className", "exception_class", "exceptionType"]).filter(text);
        let message = named(&["message", "msg", "exception_message"]).filter(text);
        let frames = named(&["stack", "stack_trace", "stackTrace", "stacktrace", "extendedStackTrace", "backtrace"]);
        let written = frames.and_then(|at| match inner.get(at)?.value {
            Value::Text(text) => Some(text),
            Value::List(lines) => joined(lines, bump),
            Value::Int(_) | Value::Double(_) | Value::Bool(_) | Value::Null | Value::Map(_) => None,
        });
        let known = self.class.is_some() || self.message.is_some() || self.frames.is_some();
        if known || message.is_none() || (class.is_none() && written.is_none()) {
            return rest.push(member);
        }
        let at = |at: Option<usize>| at.and_then(|at| inner.get(at).copied());
        self.class = at(class);
        self.message = at(message);
        self.frames = written.zip(at(frames));
        let taken = [class, message, frames.filter(|_| written.is_some())];
        let left = inner.iter().enumerate().filter(|(at, _)| !taken.contains(&Some(*at))).map(|(_, it)| *it);
        let left = Vec::from_iter_in(left, bump);
        if !left.is_empty() {
            rest.push(Attribute { key: member.key, value: Value::Map(left.into_bump_slice()) });
        }
    }

    /// Gives the record the exception. A class or a text alone may be of something else, so it stays as it is.
    pub(super) fn settle(self, log: &mut Log<'a>, rest: &mut Vec<'a, Attribute<'a>>) -> Option<Exception<'a>> {
        let told = u8::from(self.class.is_some()) + u8::from(self.message.is_some());
        let Some((frames, _)) = self.frames else {
            if told < 2 {
                rest.extend(self.class.into_iter().chain(self.message));
                return None;
            }
            return Some(tell(log, self.class, self.message, None));
        };
        Some(tell(log, self.class, self.message, Some(frames)))
    }
}

fn tell<'a>(
    log: &mut Log<'a>,
    class: Option<Attribute<'a>>,
    message: Option<Attribute<'a>>,
    frames: Option<&'a str>,
) -> Exception<'a> {
    let text = |member: Option<Attribute<'a>>| member.and_then(|it| it.value.text());
    let (first_class, first_message) = frames.and_then(headline).unzip();
    let class = text(class).or(first_class);
    let message = text(message).or(first_message);
    let told = [
        (attribute::EXCEPTION_TYPE, class),
        (attribute::EXCEPTION_MESSAGE, message),
        (attribute::EXCEPTION_STACKTRACE, frames),
    ];
    told.into_iter().for_each(|(key, text)| log.text(key, text.unwrap_or_default()));
    Exception { message }
}

/// Class and text, of which a printed exception tells in its first line, or, in Python, in its last.
fn headline(frames: &str) -> Option<(&str, &str)> {
    let frames = frames.trim_ascii();
    let line = if frames.starts_with("Traceback (most recent call last)") {
        frames.lines().next_back()
    } else {
        frames.lines().next()
    };
    line?.split_once(": ").filter(|(class, _)| is_class(class))
}

/// Lines that a logger wrote as a list.
fn joined<'a>(lines: &[Value<'a>], bump: &'a Bump) -> Option<&'a str> {
    if lines.is_empty() || !lines.iter().all(|line| line.text().is_some()) {
        return None;
    }
    let mut text = String::new_in(bump);
    for line in lines.iter().filter_map(Value::text) {
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        text.push_str(line);
    }
    Some(text.into_bump_str())
}
