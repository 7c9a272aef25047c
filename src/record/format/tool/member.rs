//! Members of a JSON object as attributes: those that have a name under that name, the others under the prefix of their
//! format and their own name in snake case, so that nothing is lost.

use bumpalo::Bump;
use bumpalo::collections::String;

use crate::record::log::Log;
use crate::record::value::Attribute;

/// Names of attributes by names of members.
pub type Names = [(&'static str, &'static str)];

/// Adds a member under the name that the table gives it, or under `prefix` and its own name in snake case.
/// A blank member says nothing and goes.
pub fn keep<'a>(log: &mut Log<'a>, names: &Names, prefix: &str, member: Attribute<'a>, bump: &'a Bump) {
    if member.value.is_blank() {
        return;
    }
    let known = names.iter().find(|(name, _)| *name == member.key);
    let key = known.map_or_else(|| snake(prefix, member.key, bump), |(_, key)| key);
    log.attribute(key, member.value);
}

/// Adds members that have no name of their own.
pub fn keep_rest<'a>(
    log: &mut Log<'a>,
    prefix: &str,
    members: impl IntoIterator<Item = Attribute<'a>>,
    bump: &'a Bump,
) {
    members.into_iter().for_each(|member| keep(log, &[], prefix, member, bump));
}

/// `prefix`, and a name as the semantic conventions write names: `eventID` becomes `event_id`, `sourceIPs` `source_ips`.
pub fn snake<'a>(prefix: &str, name: &str, bump: &'a Bump) -> &'a str {
    let mut key = String::with_capacity_in(prefix.len() + name.len() + 4, bump);
    key.push_str(prefix);
    let mut before = '_';
    let mut rest = name.chars();
    while let Some(c) = rest.next() {
        if c.is_ascii_uppercase() && begins_word(before, rest.as_str().as_bytes()) {
            key.push('_');
        }
        key.push(if matches!(c, '-' | ' ') { '_' } else { c.to_ascii_lowercase() });
        before = c;
    }
    key.into_bump_str()
}

/// Whether a capital between `before` and `after` begins a word. The last of several does, where small letters follow,
/// but for the `s` of a plural.
fn begins_word(before: char, after: &[u8]) -> bool {
    let small = |at| after.get(at).is_some_and(u8::is_ascii_lowercase);
    let plural = after.first() == Some(&b's') && !small(1);
    before.is_ascii_lowercase() || before.is_ascii_digit() || (before.is_ascii_uppercase() && small(0) && !plural)
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
    fn names_become_those_of_the_conventions() {
        let bump = Bump::new();
        let cases = [
            ("eventID", "x.event_id"),
            ("vpcEndpointAccountId", "x.vpc_endpoint_account_id"),
            ("HTTPRequest", "x.http_request"),
            ("ja3Fingerprint", "x.ja3_fingerprint"),
            ("sourceIPs", "x.source_ips"),
            ("detail-type", "x.detail_type"),
            ("graphQLAPIId", "x.graph_qlapi_id"),
            ("already_snake", "x.already_snake"),
            ("with-dash and space", "x.with_dash_and_space"),
            ("\u{c9}t\u{e9}", "x.\u{c9}t\u{e9}"),
            ("", "x."),
        ];
        for (name, expected) in cases {
            assert_eq!(snake("x.", name, &bump), expected);
        }
    }
}
