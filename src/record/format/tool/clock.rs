//! Times that stand in messages as texts.

use crate::record::log::Log;
use crate::time::{Subsecond, parse_rfc3339, parse_zoneless};

/// Takes the time that a member holds; one that is no time, or is far from the event's, is kept under `key`.
/// A time in whole seconds does not replace a finer one within its second.
pub fn take<'a>(log: &mut Log<'a>, key: &'a str, text: &'a str) {
    let Some((time, subsecond)) = parse_rfc3339(text) else {
        log.text(key, text);
        return;
    };
    let same_second = subsecond == Subsecond::Absent && log.time.is_some_and(|it| it.seconds() == time.seconds());
    if same_second {
        return;
    }
    log.finer_time(time);
    if log.time != Some(time) {
        log.text(key, text);
    }
}

/// Takes `2017-08-10 15:37:23.476`, of a service that writes UTC without saying so, where it is finer than a second.
pub fn take_utc(log: &mut Log<'_>, text: &str) {
    if let Some((time, Subsecond::Given)) = parse_zoneless(text) {
        log.finer_time(time);
    }
}

/// Whether the bytes are of the shape, in which `0` stands for any digit and everything else for itself.
pub fn is_shaped(bytes: &[u8], shape: &[u8]) -> bool {
    bytes.len() >= shape.len()
        && shape.iter().zip(bytes).all(|(wanted, byte)| match wanted {
            b'0' => byte.is_ascii_digit(),
            other => other == byte,
        })
}
