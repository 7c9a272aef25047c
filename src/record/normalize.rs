//! Log events into log records. Never fails: what cannot be understood is kept as text.

use bumpalo::Bump;
use bumpalo::collections::Vec;

use crate::config::Normalize;
use crate::envelope::cloudwatch_logs::{self, Event};
use crate::record::attribute;
use crate::record::format;
use crate::record::log::Log;
use crate::record::severity::Severity;
use crate::record::value::Value;
use crate::time::Timestamp;

/// A time this far ahead of arrival is kept but marked. Source: CloudWatch Logs quotas, `PutLogEvents`: at most 2 hours in the future.
const AHEAD_MAX_SECONDS: u64 = 2 * 3_600;

/// `encoding.format` of records whose message is text or JSON. Source: OpenTelemetry Collector, AWS logs encoding extension.
pub const ENCODING: &str = "aws.cloudwatch";

/// What was odd about a record but did not keep it from being used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Oddities {
    /// Its time was in another unit than milliseconds.
    pub time_unit: bool,
    /// Its time lies in the future.
    pub time_ahead: bool,
    /// Its body was cut.
    pub body_cut: bool,
}

/// Makes the record of one log event.
pub fn normalize<'a>(
    event: &Event<'a>,
    arrived: Timestamp,
    settings: &Normalize,
    bump: &'a Bump,
) -> (Log<'a>, Oddities) {
    let (time, time_unit) = event.timestamp.map_or((None, false), |number| {
        let (time, unit_is_other) = timestamp(number);
        (Some(time), unit_is_other)
    });
    let mut log = Log {
        time,
        observed: arrived,
        severity: Severity::UNSPECIFIED,
        severity_text: "",
        event_id: event.id,
        body: Value::Text(event.message),
        attributes: Vec::new_in(bump),
        encoding: ENCODING,
    };
    format::parse(event.message, &mut log, settings, bump);
    let time_ahead = time.is_some_and(|time| time.since(arrived).as_secs() > AHEAD_MAX_SECONDS);
    if time_ahead {
        log.attribute(attribute::TIME_AHEAD, Value::Bool(true));
    }
    if settings.raw {
        log.attribute(attribute::LOG_RECORD_ORIGINAL, Value::Text(event.message));
    }
    if settings.extracted_fields {
        extracted(event, &mut log, bump);
    }
    let body_cut = cut_body(&mut log, settings.body_bytes_max);
    (log, Oddities { time_unit, time_ahead, body_cut })
}

/// Milliseconds are what AWS sends; some senders use another unit, which the size of the number tells until the year 5138.
fn timestamp(number: u64) -> (Timestamp, bool) {
    match number {
        0..100_000_000_000 => (Timestamp::from_seconds(number), true),
        100_000_000_000..100_000_000_000_000 => (Timestamp::from_millis(number), false),
        100_000_000_000_000..100_000_000_000_000_000 => (Timestamp::from_nanos(number * 1_000), true),
        _ => (Timestamp::from_nanos(number), true),
    }
}

fn extracted<'a>(event: &Event<'a>, log: &mut Log<'a>, bump: &'a Bump) {
    let Some(fields) = event.extracted_fields else { return };
    let scanned = cloudwatch_logs::for_each_extracted(fields, bump, |key, value| {
        if !key.starts_with('@') {
            let name = bumpalo::format!(in bump, "{}{key}", attribute::LOG_EXTRACTED_PREFIX).into_bump_str();
            log.attribute(name, Value::Text(value));
        }
    });
    debug_assert!(scanned.is_ok(), "the text was scanned before");
}

/// Cuts a text body at a character; says by how much.
fn cut_body(log: &mut Log<'_>, bytes_max: usize) -> bool {
    let Value::Text(body) = log.body else { return false };
    if body.len() <= bytes_max {
        return false;
    }
    let end = (0..=bytes_max).rev().find(|end| body.is_char_boundary(*end)).unwrap_or(0);
    log.body = Value::Text(&body[..end]);
    let length = i64::try_from(body.len()).unwrap_or(i64::MAX);
    log.attribute(attribute::BODY_ORIGINAL_BYTES, Value::Int(length));
    true
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn settings() -> Normalize {
        Normalize {
            message_keys: ["message", "msg", "log", "event"].map(String::from).to_vec(),
            body_bytes_max: 1 << 18,
            raw: false,
            extracted_fields: false,
            metric_shape: crate::config::MetricShape::Gauges,
            own_log_groups: std::vec::Vec::new(),
            record_bytes_max: 64 << 20,
            delivery_bytes_max: 512 << 20,
        }
    }

    pub(crate) fn normalized(message: &str, check: impl FnOnce(&Log<'_>)) {
        with(message, &settings(), |log, _| check(log));
    }

    pub(crate) fn attributes(log: &Log<'_>) -> String {
        let each = log.attributes.iter().map(|attribute| format!("{}={:?}", attribute.key, attribute.value));
        each.collect::<std::vec::Vec<_>>().join(" ")
    }

    fn with(message: &str, settings: &Normalize, check: impl FnOnce(&Log<'_>, Oddities)) {
        let bump = Bump::new();
        let extracted_fields = Some(r#"{"@aws.account":"1","ip":"10.0.0.1","gone":null}"#);
        let event = Event { id: "1", timestamp: Some(1_583_425_836_114), message, extracted_fields, json: "" };
        let (log, oddities) = normalize(&event, Timestamp::from_millis(1_583_425_900_000), settings, &bump);
        check(&log, oddities);
    }

    #[test]
    fn text_loses_its_newline_and_nothing_else() {
        normalized("line\r\n", |log| assert_eq!(log.body, Value::Text("line")));
        normalized("a\n\n", |log| assert_eq!(log.body, Value::Text("a\n")));
    }

    #[test]
    fn seconds_micros_and_nanos_are_recognised() {
        let second = 1_737_735_732;
        assert_eq!(timestamp(second), (Timestamp::from_seconds(second), true));
        assert_eq!(timestamp(second * 1_000), (Timestamp::from_seconds(second), false));
        assert_eq!(timestamp(second * 1_000_000), (Timestamp::from_seconds(second), true));
        assert_eq!(timestamp(second * 1_000_000_000), (Timestamp::from_seconds(second), true));
    }

    #[test]
    fn a_body_over_the_limit_is_cut_at_a_character_and_marked() {
        let settings = Normalize { body_bytes_max: 4, ..settings() };
        with("abc\u{e9}\u{e9}", &settings, |log, oddities| {
            assert_eq!(log.body, Value::Text("abc"));
            assert_eq!(attributes(log), "fanin.body.original_bytes=Int(7)");
            assert!(oddities.body_cut);
        });
    }

    #[test]
    fn the_original_and_extracted_fields_are_kept_on_request() {
        let settings = Normalize { raw: true, extracted_fields: true, ..settings() };
        with("x\n", &settings, |log, _| {
            assert_eq!(attributes(log), "log.record.original=Text(\"x\\n\") aws.log.extracted.ip=Text(\"10.0.0.1\")");
        });
    }

    #[test]
    fn a_time_in_the_future_is_kept_but_marked() {
        let bump = Bump::new();
        let event =
            Event { id: "", timestamp: Some(1_600_000_000_000), message: "x", extracted_fields: None, json: "" };
        let (log, oddities) = normalize(&event, Timestamp::from_millis(1_500_000_000_000), &settings(), &bump);
        assert_eq!(log.time, Some(Timestamp::from_millis(1_600_000_000_000)));
        assert!(oddities.time_ahead);
    }
}
