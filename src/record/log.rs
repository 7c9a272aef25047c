//! A log record, ready to be tagged and encoded.

use bumpalo::Bump;
use bumpalo::collections::Vec;

use crate::record::severity::Severity;
pub use crate::record::trace::Trace;
use crate::record::trace::{self, Said};
use crate::record::value::{Attribute, Value};
use crate::time::Timestamp;

/// A time inside a message that is further from the event's than this is not its time: a day.
const TIME_APART_MAX_SECONDS: u64 = 86_400;

/// A time of no zone that is nearer to the event's than this, read as UTC, is in UTC: zones lie at least 15 minutes apart.
const ZONELESS_APART_MAX_SECONDS: u64 = 300;

/// One log record. It borrows everything it can from the payload it came in.
#[derive(Debug)]
pub struct Log<'a> {
    /// When it happened; `None` where the source did not say.
    pub time: Option<Timestamp>,
    /// When the pipeline received it; never the time of processing, so that replays stay identical.
    pub observed: Timestamp,
    /// Severity number.
    pub severity: Severity,
    /// The level as the source wrote it; empty where there is none.
    pub severity_text: &'a str,
    /// The event's id; empty where there is none.
    pub event_id: &'a str,
    /// The human line, or a map.
    pub body: Value<'a>,
    /// Everything else.
    pub attributes: Vec<'a, Attribute<'a>>,
    /// Format of the input, for the scope attribute `encoding.format`.
    pub encoding: &'static str,
    /// What kind of event it is, where the format says so; else empty.
    pub event_name: &'a str,
    /// The trace and span that it belongs to.
    pub trace: Trace,
}

impl<'a> Log<'a> {
    /// A record whose body is the message as it is, and of which nothing else is known.
    #[must_use]
    pub fn new(message: &'a str, observed: Timestamp, bump: &'a Bump) -> Self {
        Self {
            time: None,
            observed,
            severity: Severity::UNSPECIFIED,
            severity_text: "",
            event_id: "",
            body: Value::Text(message),
            attributes: Vec::new_in(bump),
            encoding: "",
            event_name: "",
            trace: Trace::default(),
        }
    }

    /// Adds an attribute.
    pub fn attribute(&mut self, key: &'a str, value: Value<'a>) {
        self.attributes.push(Attribute { key, value });
    }

    /// Adds a text attribute, unless there is nothing to say: absent and `-`, by which AWS writes the same.
    pub fn text(&mut self, key: &'a str, text: &'a str) {
        if !text.is_empty() && text != "-" {
            self.attribute(key, Value::Text(text));
        }
    }

    /// Adds a whole number that was written as text; what is no such number is kept as text, and `-` is nothing.
    pub fn number(&mut self, key: &'a str, text: &'a str) {
        match text.parse() {
            Ok(number) => self.attribute(key, Value::Int(number)),
            Err(_) => self.text(key, text),
        }
    }

    /// Adds a value, unless it says nothing.
    pub fn value(&mut self, key: &'a str, value: Value<'a>) {
        if !value.is_blank() {
            self.attribute(key, value);
        }
    }

    /// Adds a value as a whole number where it is one, also a quoted one; else as it is, unless it says nothing.
    pub fn whole(&mut self, key: &'a str, value: Value<'a>) {
        self.value(key, value.int().map_or(value, Value::Int));
    }

    /// The attribute of that name, else the member that the name leads to: `user.type` is also member `type` of attribute `user`.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<Value<'a>> {
        let own = |name: &str| self.attributes.iter().find(|it| it.key == name).map(|it| it.value);
        own(name).or_else(|| {
            let mut splits = name.match_indices('.');
            splits.find_map(|(dot, _)| own(&name[..dot])?.member(&name[dot + 1..]))
        })
    }

    /// Takes the trace of a header or an id of X-Ray; what is none, or says more than a record can, is kept under `key`.
    pub fn xray(&mut self, key: &'a str, text: &'a str) {
        let read = trace::xray_parts(text);
        if let Some((trace, _)) = read {
            self.trace = trace;
        }
        if !matches!(read, Some((_, Said::All))) {
            self.text(key, text);
        }
    }

    /// Takes a time from inside of the message, where it lies near enough to that of the event to be its own.
    pub fn finer_time(&mut self, time: Timestamp) {
        let _ = self.took_time(time, TIME_APART_MAX_SECONDS);
    }

    /// Takes a time of no zone, read as UTC, from inside of the message, where that of the event shows that it was UTC.
    /// Whether it was taken.
    pub fn finer_zoneless_time(&mut self, time: Timestamp) -> bool {
        self.took_time(time, ZONELESS_APART_MAX_SECONDS)
    }

    /// Takes a time from inside of the message that is no finer than a second, only where there is no other.
    pub fn coarse_time(&mut self, time: impl Into<Option<Timestamp>>) {
        self.time = self.time.or(time.into());
    }

    fn took_time(&mut self, time: Timestamp, apart_max_seconds: u64) -> bool {
        let near = |event: Timestamp| time.since(event).max(event.since(time)).as_secs() <= apart_max_seconds;
        let taken = self.time.is_none_or(near);
        if taken {
            self.time = Some(time);
        }
        taken
    }
}
