//! Delivery status of SNS, one JSON object a delivery.
//!
//! `{"notification":{"messageId":"..","topicArn":"..","timestamp":".."},"delivery":{"destination":"..","providerResponse":"..","dwellTimeMs":42,"statusCode":200},"status":"SUCCESS"}`
//!
//! Log groups are `sns/<region>/<account>/<topic>`, with `/Failure` behind for failures.
//! Source: SNS developer guide, "Amazon SNS message delivery status" and "Monitoring SMS activity".

use bumpalo::Bump;

use crate::config::FormatName;
use crate::record::attribute;
use crate::record::draft::{Context, Draft};
use crate::record::format::tool::{clock, line, member, request};
use crate::record::format::{Format, Shape};
use crate::record::log::Log;
use crate::record::severity::Severity;
use crate::record::value::{Attribute, Members, Value};

/// Told by notification, delivery and status together.
pub const FORMAT: Format = Format {
    name: FormatName::Sns,
    encoding: "aws.sns",
    shape: Shape::Object { markers: &["delivery"], recognise, parse },
    continues: None,
};

fn recognise(members: &Members<'_>) -> bool {
    let is_map = |key| matches!(members.get(key), Some(Value::Map(_)));
    is_map("notification") && is_map("delivery") && matches!(members.text("status"), "SUCCESS" | "FAILURE")
}

fn parse<'a>(mut members: Members<'a>, draft: &mut Draft<'a>, context: &Context<'a>) {
    let (log, bump) = (&mut draft.log, context.bump);
    let [notification, delivery] = ["notification", "delivery"].map(|key| members.take(key).unwrap_or(Value::Null));
    let status = members.text("status");
    log.body = Value::Text(human_line(status, notification, delivery, bump));
    log.attribute(attribute::MESSAGING_SYSTEM, Value::Text("aws.sns"));
    log.severity = severity(status, delivery);
    for part in notification.map() {
        take_notification(part, log, bump);
    }
    for part in delivery.map() {
        match part.key {
            "statusCode" => log.whole(attribute::HTTP_RESPONSE_STATUS_CODE, part.value),
            _ => member::keep_rest(log, attribute::SNS_DELIVERY_PREFIX, [*part], bump),
        }
    }
    member::keep_rest(log, attribute::SNS_PREFIX, members.into_vec(), bump);
}

fn take_notification<'a>(part: &Attribute<'a>, log: &mut Log<'a>, bump: &'a Bump) {
    match part.key {
        "messageId" => log.value(attribute::MESSAGING_MESSAGE_ID, part.value),
        "topicArn" => {
            log.value(attribute::SNS_TOPIC_ARN, part.value);
            let topic = part.value.text().and_then(|arn| arn.rsplit(':').next()).unwrap_or_default();
            log.text(attribute::MESSAGING_DESTINATION_NAME, topic);
        }
        "timestamp" => {
            clock::take_utc(log, part.value.text().unwrap_or_default());
            member::keep_rest(log, attribute::SNS_NOTIFICATION_PREFIX, [*part], bump);
        }
        _ => member::keep_rest(log, attribute::SNS_NOTIFICATION_PREFIX, [*part], bump),
    }
}

/// A receiver that refuses with 4xx, or an address that is none, is a warning as in access logs; other failures are errors.
fn severity(status: &str, delivery: Value<'_>) -> Severity {
    let code = delivery.get("statusCode").and_then(|code| code.int()).unwrap_or_default();
    match (status, request::severity(code)) {
        ("SUCCESS", _) => Severity::INFO,
        (_, Severity::WARN) => Severity::WARN,
        (_, _) => Severity::ERROR,
    }
}

/// `FAILURE orders to arn:aws:sqs:..:dead 403 in 42 ms: access denied`
fn human_line<'a>(status: &str, notification: Value<'a>, delivery: Value<'a>, bump: &'a Bump) -> &'a str {
    let text = |map: Value<'a>, key| map.get(key).and_then(|it| it.text()).map(line::first_line).unwrap_or_default();
    let number = |key| delivery.get(key).and_then(|it| it.int()).map_or("", |number| line::number(number, bump));
    let millis = number("dwellTimeMs");
    let parts = [
        ("", status),
        (" ", text(notification, "topicArn").rsplit(':').next().unwrap_or_default()),
        (" to ", text(delivery, "destination")),
        (" ", number("statusCode")),
        (" in ", millis),
        (" ", if millis.is_empty() { "" } else { "ms" }),
        (": ", if status == "FAILURE" { text(delivery, "providerResponse") } else { "" }),
    ];
    line::sentence(&parts, bump)
}

#[cfg(test)]
mod tests {
    use crate::record::normalize::tests::Given;

    #[test]
    fn a_delivery_tells_topic_destination_and_outcome() {
        let message = r#"{"notification":{"messageMD5Sum":"d41d","messageId":"m-1","topicArn":"arn:aws:sns:us-east-1:111122223333:orders",
            "timestamp":"2020-03-05 16:30:36.5"},"delivery":{"deliveryId":"d-1","destination":"arn:aws:sqs:us-east-1:111122223333:q",
            "providerResponse":"access denied","dwellTimeMs":42,"attempts":3,"statusCode":403},"status":"FAILURE"}"#;
        assert_eq!(
            Given::new("sns/us-east-1/111122223333/orders/Failure", &[message]).told(),
            ["aws.sns 13  | \"FAILURE orders to arn:aws:sqs:us-east-1:111122223333:q 403 in 42 ms: access denied\" | \
             messaging.system=\"aws.sns\" aws.sns.notification.message_md5_sum=\"d41d\" messaging.message.id=\"m-1\" \
             aws.sns.topic.arn=\"arn:aws:sns:us-east-1:111122223333:orders\" messaging.destination.name=\"orders\" \
             aws.sns.notification.timestamp=\"2020-03-05 16:30:36.5\" aws.sns.delivery.delivery_id=\"d-1\" \
             aws.sns.delivery.destination=\"arn:aws:sqs:us-east-1:111122223333:q\" aws.sns.delivery.provider_response=\"access denied\" \
             aws.sns.delivery.dwell_time_ms=42 aws.sns.delivery.attempts=3 http.response.status_code=403 aws.sns.status=\"FAILURE\""]
        );
    }

    #[test]
    fn a_text_message_that_arrived_is_information() {
        let message = r#"{"notification":{"messageId":"m-1","timestamp":"2020-03-05 16:30:36.5"},"delivery":{"phoneCarrier":"M1","mnc":3,
            "destination":"+15555550100","priceInUSD":0.00645,"smsType":"Transactional","dwellTimeMs":100},"status":"SUCCESS"}"#;
        let told = Given::new("sns/us-east-1/111122223333/DirectPublishToPhoneNumber", &[message]).told();
        assert!(told[0].starts_with("aws.sns 9  | \"SUCCESS to +15555550100 in 100 ms\" | "), "{told:?}");
        assert!(told[0].contains("aws.sns.delivery.price_in_usd=0.00645"), "{told:?}");
    }

    #[test]
    fn a_failure_without_a_status_or_with_that_of_a_server_is_an_error() {
        for delivery in [r#"{"statusCode":503}"#, r#"{"destination":"+15555550100"}"#] {
            let message = format!(r#"{{"notification":{{"messageId":"m"}},"delivery":{delivery},"status":"FAILURE"}}"#);
            let told = Given::new("sns/us-east-1/111122223333/orders/Failure", &[&message]).told();
            assert!(told[0].starts_with("aws.sns 17  | "), "{told:?}");
        }
    }

    #[test]
    fn an_order_with_a_delivery_is_none_of_it() {
        let told = Given::new("/acme/app", &[r#"{"delivery":{"to":"x"},"status":"SUCCESS","message":"sent"}"#]).told();
        assert!(told[0].starts_with("aws.cloudwatch "), "{told:?}");
    }
}
