//! AWS IoT: what the message broker, the rules engine and the rest tell of clients.
//!
//! `{"timestamp":"2017-08-10 15:37:23.476","logLevel":"INFO","traceId":"..","accountId":"123456789012","status":"Success","eventType":"Publish-In","protocol":"MQTT","topicName":"..","clientId":".."}`
//!
//! Source: AWS IoT developer guide, "CloudWatch Logs AWS IoT log entries". Times are UTC.

use bumpalo::Bump;

use crate::config::FormatName;
use crate::record::attribute;
use crate::record::draft::{Context, Draft};
use crate::record::format::tool::{clock, line, member};
use crate::record::format::{Format, Shape};
use crate::record::severity::Severity;
use crate::record::value::{Members, Value};

/// Told by the members that all of its entries have.
pub const FORMAT: Format = Format {
    name: FormatName::Iot,
    encoding: "aws.iot",
    shape: Shape::Object {
        markers: &["logLevel"],
        recognise: |members| ["logLevel", "traceId", "accountId", "eventType"].iter().all(|key| members.has(key)),
        parse,
    },
    continues: None,
};

fn parse<'a>(mut members: Members<'a>, draft: &mut Draft<'a>, context: &Context<'a>) {
    let (log, bump) = (&mut draft.log, context.bump);
    log.body = Value::Text(human_line(&members, bump));
    if let Some(severity) = Severity::from_name(members.text("logLevel")) {
        log.severity = severity;
        log.severity_text = members.take_text("logLevel").unwrap_or_default();
    }
    clock::take_utc(log, members.text("timestamp"));
    log.event_name = members.take_text("eventType").unwrap_or_default();
    if let Some(protocol) = members.take_text("protocol") {
        log.text(attribute::NETWORK_PROTOCOL_NAME, bump.alloc_str(&protocol.to_ascii_lowercase()));
    }
    if members.text("status") == "Failure" {
        log.text(attribute::ERROR_TYPE, members.take_text("reason").unwrap_or_default());
    }
    for (key, name) in [
        ("clientId", attribute::MESSAGING_CLIENT_ID),
        ("topicName", attribute::MESSAGING_DESTINATION_NAME),
        ("sourceIp", attribute::CLIENT_ADDRESS),
        ("principalId", attribute::USER_ID),
    ] {
        log.text(name, members.take_text(key).unwrap_or_default());
    }
    if let Some(port) = members.take("sourcePort") {
        log.whole(attribute::CLIENT_PORT, port);
    }
    member::keep_rest(log, attribute::IOT_PREFIX, members.into_vec(), bump);
}

/// `Publish-In Failure sensors/1 by pump-7: AUTHORIZATION_FAILURE`
fn human_line<'a>(members: &Members<'a>, bump: &'a Bump) -> &'a str {
    let of = |key| line::first_line(members.text(key));
    let parts = [
        ("", of("eventType")),
        (" ", of("status")),
        (" ", of("ruleName")),
        (" ", of("topicName")),
        (" by ", of("clientId")),
        (": ", of("reason")),
        (": ", of("details")),
    ];
    line::sentence(&parts, bump)
}

#[cfg(test)]
mod tests {
    use crate::record::normalize::tests::Given;

    #[test]
    fn an_entry_tells_client_topic_and_outcome() {
        let message = r#"{"timestamp":"2020-03-05 16:30:36.476","logLevel":"ERROR","traceId":"20b23f3f-d7f1-feae-169f-82263394fbdb",
            "accountId":"123456789012","status":"Failure","eventType":"Publish-In","protocol":"MQTT","topicName":"sensors/1",
            "clientId":"pump-7","principalId":"145179c4","sourceIp":"205.251.233.181","sourcePort":13490,
            "reason":"AUTHORIZATION_FAILURE","details":"Authorization Failure"}"#;
        let messages = [message];
        let given = Given::new("AWSIotLogsV2", &messages);
        assert_eq!(
            given.told(),
            [
                "aws.iot 17 ERROR | \"Publish-In Failure sensors/1 by pump-7: AUTHORIZATION_FAILURE: Authorization Failure\" | \
             network.protocol.name=\"mqtt\" error.type=\"AUTHORIZATION_FAILURE\" messaging.client.id=\"pump-7\" \
             messaging.destination.name=\"sensors/1\" client.address=\"205.251.233.181\" user.id=\"145179c4\" client.port=13490 \
             aws.iot.timestamp=\"2020-03-05 16:30:36.476\" aws.iot.trace_id=\"20b23f3f-d7f1-feae-169f-82263394fbdb\" \
             aws.iot.account_id=\"123456789012\" aws.iot.status=\"Failure\" aws.iot.details=\"Authorization Failure\""
            ]
        );
        given.check(|draft| {
            assert_eq!(draft.log.time.map(|time| time.millis()), Some(1_583_425_836_476));
            assert_eq!(draft.log.event_name, "Publish-In");
        });
    }

    #[test]
    fn an_application_that_has_a_log_level_is_none_of_it() {
        let told = Given::new("/acme/app", &[r#"{"logLevel":"INFO","eventType":"x","message":"hello"}"#]).told();
        assert!(told[0].starts_with("aws.cloudwatch "), "{told:?}");
    }
}
