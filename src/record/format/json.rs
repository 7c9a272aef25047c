//! JSON objects as application loggers write them: text to body, level to severity, everything else to attributes.

use super::{Format, Shape};
use crate::config::{FormatName, Normalize};
use crate::record::draft::{Context, Draft};
use crate::record::log::Log;
use crate::record::severity::{LEVEL_KEYS, Severity};
use crate::record::value::{Attribute, Members, Value};
use crate::time::{Subsecond, Timestamp, parse_rfc3339};

/// Takes every object that is of no other format.
pub const FORMAT: Format = Format {
    name: FormatName::Json,
    encoding: "aws.cloudwatch",
    shape: Shape::Object { markers: &[], recognise: |_| true, parse },
    continues: None,
};

/// Members that hold the time of the record, compared without case.
const TIME_KEYS: [&str; 6] = ["timestamp", "time", "@timestamp", "ts", "@t", "datetime"];

/// Reads the members of any logger: text to body, level to severity, time to time, everything else to attributes.
pub fn parse<'a>(mut members: Members<'a>, draft: &mut Draft<'a>, context: &Context<'a>) {
    let log = &mut draft.log;
    take_level(&mut members, log);
    take_time(&members, log);
    match text_member(members.as_slice(), context.settings) {
        Some((at, text)) => {
            let _ = members.take_at(at);
            log.body = Value::Text(text);
            log.attributes.extend(members.into_vec());
        }
        None => log.body = Value::Map(members.into_vec().into_bump_slice()),
    }
}

/// The first member, in the order of the configured names, that holds a text.
fn text_member<'a>(members: &[Attribute<'a>], settings: &Normalize) -> Option<(usize, &'a str)> {
    settings.message_keys.iter().find_map(|key| {
        let at = members.iter().position(|member| member.key == key && member.value.text().is_some())?;
        Some((at, members[at].value.text()?))
    })
}

/// A level in words moves to the severity text; a number stays an attribute as well, since the text does not hold it.
fn take_level<'a>(members: &mut Members<'a>, log: &mut Log<'a>) {
    let level = |(at, member): (usize, &Attribute<'a>)| Some((at, level_of(member)?));
    let Some((at, (severity, text))) = members.as_slice().iter().enumerate().find_map(level) else { return };
    log.severity = severity;
    log.severity_text = text;
    if members.as_slice()[at].value == Value::Text(text) {
        let _ = members.take_at(at);
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
fn take_time(members: &Members<'_>, log: &mut Log<'_>) {
    let is_time = |member: &&Attribute<'_>| TIME_KEYS.iter().any(|key| key.eq_ignore_ascii_case(member.key));
    if let Some(time) = members.as_slice().iter().find(is_time).and_then(|member| fine_time(member.value)) {
        log.finer_time(time);
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
            assert_eq!(attributes(log), "ts=\"2020-03-05T16:30:36.114567Z\" order={id:7} n=1.5");
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
            assert_eq!(attributes(log), "level=50");
        });
    }

    #[test]
    fn a_nested_level_is_found() {
        normalized(r#"{"log":{"level":"WARN"},"message":"x"}"#, |log| {
            assert_eq!((log.severity, log.severity_text), (Severity::WARN, "WARN"));
            assert_eq!(attributes(log), "log={level:\"WARN\"}");
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
