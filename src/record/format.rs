//! Formats inside a log message. Each is one file of one shape; adding one is adding a file and a row in `FORMATS`.

pub mod json;
pub mod text;

use bumpalo::Bump;

use crate::config::Normalize;
use crate::record::log::Log;

/// A format of log messages.
#[derive(Debug)]
pub struct Format {
    /// Its name, for explanations and configuration.
    pub name: &'static str,
    /// Whether a message may be of this format, by a cheap look at it.
    pub recognise: fn(message: &str) -> bool,
    /// Reads the message into body, severity and attributes; `false`, with the record untouched, where it is of another format after all.
    pub parse: for<'a> fn(message: &'a str, log: &mut Log<'a>, settings: &Normalize, bump: &'a Bump) -> bool,
}

/// First match wins; the last takes everything.
pub const FORMATS: [&Format; 2] = [&json::FORMAT, &text::FORMAT];

/// Reads a message by the first format that takes it.
pub fn parse<'a>(message: &'a str, log: &mut Log<'a>, settings: &Normalize, bump: &'a Bump) {
    let taken =
        FORMATS.iter().any(|format| (format.recognise)(message) && (format.parse)(message, log, settings, bump));
    debug_assert!(taken, "plain text takes every message");
}
