//! Members of a JSON object that a format has no name of its own for, and the short texts of human lines.

use bumpalo::Bump;
use bumpalo::collections::String;

use crate::record::log::Log;
use crate::record::value::{Attribute, Value};

/// Keeps members as attributes, each under the prefix and its own name in snake case. What says nothing goes.
pub fn keep<'a>(
    members: impl IntoIterator<Item = Attribute<'a>>,
    prefix: &'static str,
    log: &mut Log<'a>,
    bump: &'a Bump,
) {
    for member in members {
        if !member.value.is_blank() {
            log.attribute(name(prefix, member.key, bump), member.value);
        }
    }
}

/// `prefix.detail_type` of `detail-type`, `prefix.topic_arn` of `topicArn`.
pub fn name<'a>(prefix: &str, key: &str, bump: &'a Bump) -> &'a str {
    let mut name = String::with_capacity_in(prefix.len() + key.len() + 4, bump);
    name.push_str(prefix);
    let mut after_small = false;
    for character in key.chars() {
        if character.is_ascii_uppercase() && after_small {
            name.push('_');
        }
        after_small = character.is_ascii_lowercase() || character.is_ascii_digit();
        name.push(if character == '-' { '_' } else { character.to_ascii_lowercase() });
    }
    name.into_bump_str()
}

/// A value as a whole number where it is one, also a quoted one; else as it is. What says nothing gives nothing.
pub fn number<'a>(key: &'a str, value: Value<'a>, log: &mut Log<'a>) {
    match value.int() {
        Some(number) => log.attribute(key, Value::Int(number)),
        None if value.is_blank() => {}
        None => log.attribute(key, value),
    }
}

/// A value as it is. What says nothing gives nothing.
pub fn value<'a>(key: &'a str, value: Value<'a>, log: &mut Log<'a>) {
    if !value.is_blank() {
        log.attribute(key, value);
    }
}

/// The first line of a text that goes into a human line, and not all of a long one.
pub fn first_line(text: &str) -> &str {
    const BYTES_MAX: usize = 200;
    let line = text.trim_ascii_start().split(['\n', '\r']).next().unwrap_or_default();
    let end = (0..=BYTES_MAX.min(line.len())).rev().find(|end| line.is_char_boundary(*end)).unwrap_or_default();
    line.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::normalize::tests::Given;

    /// One message of each format that takes objects of services.
    const OBJECTS: [&str; 7] = [
        r#"{"apiVersion":"audit.k8s.io/v1","kind":"Event","auditID":"a","verb":"get","user":{},"objectRef":{},"responseStatus":{},
            "sourceIPs":[],"annotations":{},"requestObject":{},"stage":"s","requestURI":"/","userAgent":"u","stageTimestamp":"t"}"#,
        r#"{"id":"1","type":"t","details":{"name":"n"},"previous_event_id":"0","event_timestamp":"1","execution_arn":"arn:aws:states:r:1:execution:a:b","redrive_count":"0","x":1}"#,
        r#"{"id":"1","detail-type":"t","source":"s","account":"1","time":"t","region":"r","resources":[],"detail":{},"x":1}"#,
        r#"{"resource_arn":"arn:a/b","message_timestamp_ms":1,"message_type":"t","log_level":"INFO","event_id":"e","request_id":"r","details":{},"error":{}}"#,
        r#"{"logType":"t","requestId":"r","graphQLAPIId":"a","statusCode":1,"latency":1,"errors":[],"fieldName":"f","parentType":"p","operationName":"o"}"#,
        r#"{"timestamp":"t","logLevel":"INFO","traceId":"t","accountId":"1","status":"Failure","eventType":"e","protocol":"MQTT","clientId":"c",
            "topicName":"t","sourceIp":"1","sourcePort":1,"reason":"r","principalId":"p","details":"d"}"#,
        r#"{"notification":{"messageId":"m"},"delivery":{"statusCode":1},"status":"SUCCESS","x":1}"#,
    ];

    /// A member may be of another type than the service documents: it is in the record all the same.
    #[test]
    fn no_member_is_lost_whatever_its_type() {
        let values = [
            r#""kept""#,
            "4711",
            r#"["kept"]"#,
            r#"[{"kept":1}]"#,
            r#"{"kept":4711}"#,
            r#"{"code":"kept","name":["kept"]}"#,
        ];
        for object in OBJECTS {
            let sample: serde_json::Value = serde_json::from_str(object).unwrap();
            for (key, value) in sample.as_object().unwrap().keys().flat_map(|key| values.map(|value| (key, value))) {
                let mut changed = sample.clone();
                changed[key] = serde_json::from_str(value).unwrap();
                let message = changed.to_string();
                let told = Given::new("/acme/app", &[&message]).told().pop().unwrap();
                assert!(told.contains("kept") || told.contains("4711"), "{message}\n{told}");
                for wanted in ["kept", "4711"].iter().filter(|wanted| value.contains(*wanted)) {
                    assert!(told.contains(wanted), "{message}\n{told}");
                }
            }
        }
    }

    #[test]
    fn names_become_snake_case_under_their_prefix() {
        let bump = Bump::new();
        for (key, expected) in
            [("topicArn", "p.topic_arn"), ("detail-type", "p.detail_type"), ("sourceIPs", "p.source_ips"), ("", "p.")]
        {
            assert_eq!(name("p.", key, &bump), expected);
        }
    }

    #[test]
    fn a_human_line_takes_one_line_and_cuts_at_a_character() {
        assert_eq!(first_line("\n one\ntwo"), "one");
        assert_eq!(first_line(&"\u{e9}".repeat(101)).len(), 200);
        assert_eq!(first_line(&format!("a{}", "\u{e9}".repeat(101))).len(), 199);
    }
}
