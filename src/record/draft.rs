//! What a format makes of one message.

use bumpalo::Bump;
use bumpalo::collections::Vec;

use crate::config::{FormatName, Normalize};
use crate::record::explain::Explain;
use crate::record::log::Log;
use crate::record::metric::reading::Reading;
use crate::record::resource::Producer;

/// The log record of a message, and the metrics that the message holds besides.
#[derive(Debug)]
pub struct Draft<'a> {
    /// The format that the message turned out to have.
    pub format: FormatName,
    /// The log record.
    pub log: Log<'a>,
    /// Metric values: of the embedded metric format, of Lambda's reports, of enhanced monitoring.
    pub readings: Vec<'a, Reading<'a>>,
    /// Whether a secret was taken out of the message, so that the line as it came must not be kept.
    pub secret_removed: bool,
    /// Notes for whoever asked what happens to the record.
    pub explain: Explain,
}

impl Draft<'_> {
    /// Notes that so many values that grant access were masked, and of what: the line as it came is not kept then.
    pub fn masked(&mut self, values: usize, what: &'static str) {
        if values > 0 {
            self.secret_removed = true;
            self.explain.note("redact", || format!("masked {values} values of {what}"));
        }
    }
}

/// What a format knows of a message besides its text.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// Where resolved and joined texts live.
    pub bump: &'a Bump,
    /// How records are shaped.
    pub settings: &'a Normalize,
    /// The log group; empty for lines of a file.
    pub log_group: &'a str,
    /// The log stream; empty for lines of a file.
    pub log_stream: &'a str,
    /// What wrote the log.
    pub producer: &'a Producer<'a>,
    /// Names of the fields of a line, where the configuration or a header line gives them; else empty.
    pub fields: &'a [String],
}
