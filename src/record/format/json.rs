//! JSON objects as application loggers write them: text to body, level to severity, everything else to attributes.

use bumpalo::Bump;
use bumpalo::collections::Vec;

use super::Format;
use crate::config::Normalize;
use crate::record::log::Log;
use crate::record::severity::{LEVEL_KEYS, Severity};
use crate::record::value::{Attribute, Value, parse_object};
use crate::time::{Subsecond, Timestamp, parse_rfc3339};

/// Takes messages that are one JSON object.
pub const FORMAT: Format = Format { name: "json", recognise, parse };

/// Members that hold the time of the record, compared without case.
const TIME_KEYS: [&str; 6] = ["timestamp", "time", "@timestamp", "ts", "@t", "datetime"];

/// A time inside a message that is further from the event's than this is not its time. Source: the record model.
const TIME_APART_MAX_SECONDS: u64 = 86_400;

fn recognise(message: &str) -> bool {
    let trimmed = message.trim_ascii();
    trimmed.starts_with('{') && trimmed.ends_with('}')
}

fn parse<'a>(message: &'a str, log: &mut Log<'a>, settings: &Normalize, bump: &'a Bump) -> bool {
    let Ok(mut members) = parse_object(message, bump) else { return false };
    take_level(&mut members, log);
    take_time(&members, log);
    match text_member(&members, settings) {
        Some((at, text)) => {
            let _ = members.remove(at);
            log.body = Value::Text(text);
            log.attributes.extend(members);
        }
        None => log.body = Value::Map(members.into_bump_slice()),
    }
    true
}

/// The first member, in the order of the configured names, that holds a text.
fn text_member<'a>(members: &[Attribute<'a>], settings: &Normalize) -> Option<(usize, &'a str)> {
    settings.message_keys.iter().find_map(|key| {
        members.iter().enumerate().find_map(|(at, member)| match member.value {
            Value::Text(text) if member.key == key => Some((at, text)),
            Value::Text(_)
            | Value::Int(_)
            | Value::Double(_)
            | Value::Bool(_)
            | Value::Null
            | Value::List(_)
            | Value::Map(_) => None,
        })
    })
}

/// A level in words moves to the severity text; a number stays an attribute as well, since the text does not hold it.
fn take_level<'a>(members: &mut Vec<'a, Attribute<'a>>, log: &mut Log<'a>) {
    let Some(at) = members.iter().position(|member| level_of(member).is_some()) else { return };
    let Some((severity, text)) = level_of(&members[at]) else { return };
    log.severity = severity;
    log.severity_text = text;
    if members[at].value == Value::Text(text) {
        let _ = members.remove(at);
    }
}

fn level_of<'a>(member: &Attribute<'a>) -> Option<(Severity, &'a str)> {
    if let Value::Map(inner) = member.value {
        return inner.iter().filter(|_| member.key == "log").find_map(level_of);
    }
    if !LEVEL_KEYS.iter().any(|key| key.eq_ignore_ascii_case(member.key)) {
        return None;
    }
    match member.value {
        Value::Text(name) => Severity::from_name(name.trim()).map(|severity| (severity, name)),
        Value::Int(number) => Severity::from_number(number).map(|severity| (severity, "")),
        Value::Double(_) | Value::Bool(_) | Value::Null | Value::List(_) | Value::Map(_) => None,
    }
}

/// A time inside the message wins where it is finer than a second and near the event's.
fn take_time(members: &[Attribute<'_>], log: &mut Log<'_>) {
    let time = members.iter().find(|member| TIME_KEYS.iter().any(|key| key.eq_ignore_ascii_case(member.key)));
    let Some(time) = time.and_then(|member| fine_time(member.value)) else { return };
    let near = |event: Timestamp| time.since(event).max(event.since(time)).as_secs() <= TIME_APART_MAX_SECONDS;
    if log.time.is_none_or(near) {
        log.time = Some(time);
    }
}

/// A written time with a fraction, or a number of milli-, micro- or nanoseconds or fractional seconds since 1970.
fn fine_time(value: Value<'_>) -> Option<Timestamp> {
    match value {
        Value::Text(text) => match parse_rfc3339(text)? {
            (time, Subsecond::Given) => Some(time),
            (_, Subsecond::Absent) => None,
        },
        Value::Int(number) => match (number.checked_ilog10()?, u64::try_from(number).ok()?) {
            (12, millis) => Some(Timestamp::from_millis(millis)),
            (15, micros) => Some(Timestamp::from_nanos(micros.checked_mul(1_000)?)),
            (18, nanos) => Some(Timestamp::from_nanos(nanos)),
            _ => None,
        },
        Value::Double(number) => fractional(number),
        Value::Bool(_) | Value::Null | Value::List(_) | Value::Map(_) => None,
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::normalize::tests::{attributes, normalized};

    #[test]
    fn text_level_and_time_find_their_places_and_the_rest_becomes_attributes() {
        let message =
            r#"{"level":"error","msg":"no stock","ts":"2020-03-05T16:30:36.114567Z","order":{"id":7},"n":1.5}"#;
        normalized(message, |log| {
            assert_eq!(log.body, Value::Text("no stock"));
            assert_eq!((log.severity, log.severity_text), (Severity::ERROR, "error"));
            assert_eq!(log.time.map(Timestamp::nanos), Some(1_583_425_836_114_567_000));
            assert_eq!(
                attributes(log),
                "ts=Text(\"2020-03-05T16:30:36.114567Z\") order=Map([Attribute { key: \"id\", value: Int(7) }]) n=Double(1.5)"
            );
        });
    }

    #[test]
    fn without_a_message_text_the_body_is_the_map() {
        normalized(r#"{"a":1,"message":{"not":"text"}}"#, |log| {
            assert!(matches!(log.body, Value::Map(members) if members.len() == 2));
            assert_eq!(attributes(log), "");
        });
    }

    #[test]
    fn a_numeric_level_is_understood_and_kept() {
        normalized(r#"{"level":50,"msg":"x"}"#, |log| {
            assert_eq!((log.severity, log.severity_text), (Severity::ERROR, ""));
            assert_eq!(attributes(log), "level=Int(50)");
        });
    }

    #[test]
    fn a_nested_level_is_found() {
        normalized(r#"{"log":{"level":"WARN"},"message":"x"}"#, |log| {
            assert_eq!((log.severity, log.severity_text), (Severity::WARN, "WARN"));
            assert_eq!(attributes(log), "log=Map([Attribute { key: \"level\", value: Text(\"WARN\") }])");
        });
    }

    #[test]
    fn a_time_far_from_the_events_is_not_believed() {
        normalized(r#"{"msg":"x","time":"2019-03-05T16:30:36.114567Z"}"#, |log| {
            assert_eq!(log.time, Some(Timestamp::from_millis(1_583_425_836_114)));
        });
    }

    #[test]
    fn json_that_does_not_parse_is_text_and_loses_nothing() {
        for message in [r#"{"a":"b"c"}"#, r"{not json}", r#"{"a":1} {"b":2}"#] {
            normalized(message, |log| assert_eq!(log.body, Value::Text(message)));
        }
    }
}
