//! JSON objects as application loggers write them: text to body, level to severity, everything else to attributes.

use super::{Format, Shape, logger};
use crate::config::FormatName;
use crate::record::draft::{Context, Draft};
use crate::record::severity::{self, Severity};
use crate::record::value::{Members, Value};

/// Takes every object that is of no other format.
pub const FORMAT: Format = Format {
    name: FormatName::Json,
    encoding: "aws.cloudwatch",
    shape: Shape::Object { markers: &[], recognise: |_| true, parse },
    continues: None,
};

/// Reads the members of any logger: text to body, level to severity, time to time, everything else to attributes.
///
/// A text that is an object itself, as forwarders of containers wrap what the container wrote, is read in its turn, once.
pub fn parse<'a>(members: Members<'a>, draft: &mut Draft<'a>, context: &Context<'a>) {
    let log = &mut draft.log;
    let keys = &context.settings.message_keys;
    let taken = logger::take(members.into_vec(), keys, log, context.bump);
    let Some(text) = taken.text else {
        log.body = Value::Map(taken.rest.into_bump_slice());
        return;
    };
    log.attributes.extend(taken.rest);
    log.body = Value::Text(text);
    if let Some(inner) = object(text, context) {
        let taken = logger::take(inner.into_vec(), keys, log, context.bump);
        log.body = match taken.text {
            Some(text) => {
                log.attributes.extend(taken.rest);
                Value::Text(text)
            }
            None => Value::Map(taken.rest.into_bump_slice()),
        };
    }
    if log.severity == Severity::UNSPECIFIED
        && let Some((severity, word)) = log.body.text().and_then(severity::of_text)
    {
        (log.severity, log.severity_text) = (severity, word);
    }
}

fn object<'a>(text: &'a str, context: &Context<'a>) -> Option<Members<'a>> {
    let trimmed = text.trim_ascii();
    let looks = trimmed.starts_with('{') && trimmed.ends_with('}');
    looks.then(|| Members::parse(trimmed, context.bump).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::normalize::tests::{attributes, normalized};
    use crate::time::Timestamp;

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
