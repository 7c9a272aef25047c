//! Plain text: the line is the body, and the level is read from its known places.

use bumpalo::Bump;

use super::Format;
use crate::config::Normalize;
use crate::record::log::Log;
use crate::record::severity;
use crate::record::value::Value;

/// Takes every message.
pub const FORMAT: Format = Format { name: "text", recognise: |_| true, parse };

fn parse<'a>(message: &'a str, log: &mut Log<'a>, _: &Normalize, _: &'a Bump) -> bool {
    let line = message.strip_suffix('\n').map_or(message, |line| line.strip_suffix('\r').unwrap_or(line));
    log.body = Value::Text(line);
    if let Some((severity, word)) = severity::of_text(line) {
        log.severity = severity;
        log.severity_text = word;
    }
    true
}
