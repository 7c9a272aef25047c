//! A log record, ready to be tagged and encoded.

use bumpalo::collections::Vec;

use crate::record::severity::Severity;
use crate::record::value::{Attribute, Value};
use crate::time::Timestamp;

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
}

impl<'a> Log<'a> {
    /// Adds an attribute.
    pub fn attribute(&mut self, key: &'a str, value: Value<'a>) {
        self.attributes.push(Attribute { key, value });
    }
}
