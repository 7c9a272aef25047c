//! Events of EventBridge, which a rule sends to a log group, and the log that an event bus writes of what it does with events.
//!
//! `{"version":"0","id":"..","detail-type":"EC2 Instance State-change Notification","source":"aws.ec2","resources":[..],"detail":{..}}`
//!
//! Severity only where the detail says so. GuardDuty: 9 and more is critical, 7 an error, 4 a warning, less is information.
//! Security Hub, Inspector and others that name it: CRITICAL, HIGH (error), MEDIUM (warning), LOW (notice), INFORMATIONAL; of
//! several findings the worst. Health: an issue is a warning, a scheduled change a notice. An alarm in ALARM is a warning. A
//! `status`, `state` or `build-status` that says failed or timed out is an error, one that says succeeded is information. Calls
//! of APIs are rated as by `cloudtrail`.
//! Sources: EventBridge user guide, "AWS service event metadata" and "Amazon EventBridge event bus log schema"; GuardDuty user
//! guide, "Severity levels of GuardDuty findings"; Security Hub user guide, `Severity`; Health user guide, event schema.

use bumpalo::Bump;

use crate::config::FormatName;
use crate::record::attribute;
use crate::record::draft::{Context, Draft};
use crate::record::format::tool::{line, member};
use crate::record::format::{Format, Shape, cloudtrail};
use crate::record::log::Log;
use crate::record::severity::Severity;
use crate::record::value::{Members, Value};
use crate::time::{Subsecond, Timestamp, parse_rfc3339};

/// An event, told by its `detail-type`.
pub const FORMAT: Format = Format {
    name: FormatName::Eventbridge,
    encoding: "aws.eventbridge",
    shape: Shape::Object {
        markers: &["detail-type"],
        recognise: |members| members.has("detail-type") && members.has("source") && members.has("detail"),
        parse,
    },
    continues: None,
};

/// A line of the log of an event bus, told by the step that it tells of.
pub const BUS: Format = Format {
    name: FormatName::Eventbridge,
    encoding: "aws.eventbridge",
    shape: Shape::Object {
        markers: &["message_timestamp_ms"],
        recognise: |members| members.has("message_type") && members.text("resource_arn").starts_with("arn:"),
        parse: parse_bus,
    },
    continues: None,
};

fn parse<'a>(mut members: Members<'a>, draft: &mut Draft<'a>, context: &Context<'a>) {
    let (log, bump) = (&mut draft.log, context.bump);
    let detail = members.get("detail").unwrap_or(Value::Null);
    log.body = Value::Text(human_line(&members, detail, bump));
    log.event_name = members.take_text("detail-type").unwrap_or_default();
    log.severity = severity(members.text("source"), detail);
    if let Some((time, Subsecond::Given)) = parse_rfc3339(members.text("time")) {
        log.finer_time(time);
    }
    if let Some(id) = members.take("id") {
        log.value(attribute::EVENTBRIDGE_EVENT_ID, id);
    }
    member::keep_rest(log, attribute::EVENTBRIDGE_PREFIX, members.into_vec(), bump);
}

/// `CodeBuild Build State Change from aws.codebuild FAILED: arn:aws:codebuild:..`
fn human_line<'a>(members: &Members<'a>, detail: Value<'a>, bump: &'a Bump) -> &'a str {
    let title = title(detail).or_else(|| members.get("resources")?.list().first()?.text()).unwrap_or_default();
    let parts = [
        ("", members.text("detail-type")),
        (" from ", members.text("source")),
        (" ", state(detail)),
        (": ", line::first_line(title)),
    ];
    line::sentence(&parts, bump)
}

/// What a finding, an alarm or a notice says in words.
fn title(detail: Value<'_>) -> Option<&str> {
    const KEYS: [&str; 6] = ["title", "Title", "alarmName", "eventTypeCode", "eventName", "message"];
    let finding = detail.get("findings").and_then(|findings| findings.list().first().copied());
    KEYS.iter().find_map(|key| finding.unwrap_or(detail).get(key)?.text())
}

/// The state that a thing has come to.
fn state(detail: Value<'_>) -> &str {
    const BYTES_MAX: usize = 40;
    let state = ["status", "state", "build-status", "lastStatus"].iter().find_map(|key| match detail.get(key)? {
        Value::Text(state) => Some(state),
        map @ Value::Map(_) => map.get("value")?.text(),
        Value::Int(_) | Value::Double(_) | Value::Bool(_) | Value::Null | Value::List(_) => None,
    });
    state.filter(|state| state.len() <= BYTES_MAX).unwrap_or_default()
}

fn severity(source: &str, detail: Value<'_>) -> Severity {
    let findings = detail.get("findings").map(|findings| findings.list()).unwrap_or_default();
    let worst = findings.iter().filter_map(|finding| labelled(finding.get("Severity")?.get("Label")?)).max();
    let said = match (source, detail.get("severity")) {
        ("aws.guardduty", Some(score)) => score.double().and_then(scored),
        (_, Some(label)) => labelled(label),
        ("aws.health", None) => detail.get("eventTypeCategory").and_then(health),
        (_, None) => None,
    };
    worst.or(said).or_else(|| outcome(detail)).unwrap_or_default()
}

fn scored(score: f64) -> Option<Severity> {
    Some(match score {
        9.0.. => Severity::CRITICAL,
        7.0.. => Severity::ERROR,
        4.0.. => Severity::WARN,
        0.0.. => Severity::INFO,
        _ => return None,
    })
}

fn labelled(label: Value<'_>) -> Option<Severity> {
    Some(match label.text()? {
        "CRITICAL" => Severity::CRITICAL,
        "HIGH" => Severity::ERROR,
        "MEDIUM" => Severity::WARN,
        "LOW" => Severity::NOTICE,
        "INFORMATIONAL" | "UNTRIAGED" => Severity::INFO,
        other => return Severity::from_name(other),
    })
}

fn health(category: Value<'_>) -> Option<Severity> {
    Some(match category.text()? {
        "issue" | "investigation" => Severity::WARN,
        "scheduledChange" => Severity::NOTICE,
        "accountNotification" => Severity::INFO,
        _ => return None,
    })
}

/// How it ended. A call that CloudTrail tells of is rated as in its own log.
fn outcome(detail: Value<'_>) -> Option<Severity> {
    let has = |key| detail.get(key).is_some_and(|value| !value.is_blank());
    match state(detail) {
        "FAILED" | "FAILURE" | "TIMED_OUT" | "TIMEOUT" | "FAULT" => Some(Severity::ERROR),
        "ALARM" => Some(Severity::WARN),
        "SUCCEEDED" | "SUCCESS" | "OK" => Some(Severity::INFO),
        _ if has("errorCode") || (has("eventSource") && has("eventName")) => {
            Some(cloudtrail::severity(|key| detail.get(key)))
        }
        _ => None,
    }
}

fn parse_bus<'a>(mut members: Members<'a>, draft: &mut Draft<'a>, context: &Context<'a>) {
    let (log, bump) = (&mut draft.log, context.bump);
    let step = members.take_text("message_type").unwrap_or_default();
    let error = members.take("error").unwrap_or(Value::Null);
    log.event_name = step;
    log.body = Value::Text(bus_line(step, &members, error, bump));
    take_level(members.text("log_level"), step, log);
    log.severity_text = members.take_text("log_level").unwrap_or_default();
    let time = members.get("message_timestamp_ms").and_then(|time| u64::try_from(time.int()?).ok());
    if let Some(time) = time.map(Timestamp::from_millis) {
        log.finer_time(time);
    }
    for (key, name) in [("request_id", attribute::REQUEST_ID), ("event_id", attribute::EVENTBRIDGE_EVENT_ID)] {
        if let Some(value) = members.take(key) {
            log.value(name, value);
        }
    }
    take_error(error, log, bump);
    member::keep_rest(log, attribute::EVENTBRIDGE_PREFIX, members.into_vec(), bump);
}

/// `INVOCATION_FAILURE orders: no such queue`
fn bus_line<'a>(step: &str, members: &Members<'a>, error: Value<'a>, bump: &'a Bump) -> &'a str {
    let bus = members.text("resource_arn").rsplit('/').next().unwrap_or_default();
    let message = error.get("error_message").and_then(|it| it.text()).map(line::first_line).unwrap_or_default();
    let separator = if message.is_empty() { "" } else { ": " };
    bumpalo::format!(in bump, "{} {}{}{}", step, bus, separator, message).into_bump_str()
}

/// Failures that will be tried again are warnings; the level of the log says how much is written, not how bad it is.
fn take_level(level: &str, step: &str, log: &mut Log<'_>) {
    let severity = Severity::from_name(level).unwrap_or_default();
    log.severity = match step {
        "INVOCATION_ATTEMPT_RETRYABLE_FAILURE" | "INVOCATION_ATTEMPT_THROTTLE" | "INVOCATION_THROTTLE_START" => {
            Severity::WARN
        }
        _ if step.ends_with("_FAILURE") || step == "INVOCATION_DLQ" => Severity::ERROR,
        _ => severity,
    };
}

fn take_error<'a>(error: Value<'a>, log: &mut Log<'a>, bump: &'a Bump) {
    if !matches!(error, Value::Map(_)) {
        return log.value("aws.eventbridge.error", error);
    }
    for part in error.map() {
        match part.key {
            "http_status_code" => log.whole(attribute::HTTP_RESPONSE_STATUS_CODE, part.value),
            "error_message" => log.value(attribute::EXCEPTION_MESSAGE, part.value),
            _ => member::keep_rest(log, attribute::EVENTBRIDGE_ERROR_PREFIX, [*part], bump),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::record::normalize::tests::Given;

    fn told(message: &str) -> String {
        Given::new("/aws/events/all", &[message]).told().pop().unwrap()
    }

    #[test]
    fn an_event_keeps_its_detail_and_its_account_is_only_an_attribute() {
        let message = include_str!(
            "../../../tests/data/lambda-events/lambda-events/src/fixtures/example-eventbridge-event-obj.json"
        );
        assert_eq!(
            told(message),
            "aws.eventbridge 0  | \"EC2 Instance State-change Notification from aws.ec2 pending: arn:aws:ec2:us-east-1:123456789012:instance/i-abcd1111\" | \
             aws.eventbridge.event.id=\"7bf73129-1428-4cd3-a780-95db273d1602\" aws.eventbridge.source=\"aws.ec2\" \
             aws.eventbridge.account=\"123456789012\" aws.eventbridge.time=\"2021-11-11T21:29:54Z\" aws.eventbridge.region=\"us-east-1\" \
             aws.eventbridge.resources=[\"arn:aws:ec2:us-east-1:123456789012:instance/i-abcd1111\"] \
             aws.eventbridge.detail={instance-id:\"i-abcd1111\",state:\"pending\"}"
        );
        Given::new("/aws/events/all", &[message]).check(|draft| {
            assert_eq!(draft.log.event_name, "EC2 Instance State-change Notification");
        });
    }

    #[test]
    fn the_detail_says_how_bad_it_is() {
        for (source, detail, line) in [
            ("aws.guardduty", r#"{"severity":8,"title":"Bad"}"#, "17  | \"T from aws.guardduty: Bad\""),
            ("aws.guardduty", r#"{"severity":9.5}"#, "18  | \"T from aws.guardduty\""),
            ("aws.guardduty", r#"{"severity":5}"#, "13  | \"T from aws.guardduty\""),
            ("aws.guardduty", r#"{"severity":2}"#, "9  | \"T from aws.guardduty\""),
            (
                "aws.securityhub",
                r#"{"findings":[{"Title":"Open","Severity":{"Label":"LOW"}},{"Severity":{"Label":"HIGH"}}]}"#,
                "17  | \"T from aws.securityhub: Open\"",
            ),
            ("aws.inspector2", r#"{"severity":"MEDIUM"}"#, "13  | \"T from aws.inspector2\""),
            (
                "aws.health",
                r#"{"eventTypeCategory":"issue","eventTypeCode":"AWS_EC2_X"}"#,
                "13  | \"T from aws.health: AWS_EC2_X\"",
            ),
            ("aws.health", r#"{"eventTypeCategory":"scheduledChange"}"#, "10  | \"T from aws.health\""),
            (
                "aws.cloudwatch",
                r#"{"alarmName":"cpu","state":{"value":"ALARM"}}"#,
                "13  | \"T from aws.cloudwatch ALARM: cpu\"",
            ),
            ("aws.codebuild", r#"{"build-status":"FAILED"}"#, "17  | \"T from aws.codebuild FAILED\""),
            ("aws.codebuild", r#"{"build-status":"SUCCEEDED"}"#, "9  | \"T from aws.codebuild SUCCEEDED\""),
            ("aws.s3", r#"{"eventName":"GetObject","errorCode":"AccessDenied"}"#, "13  | \"T from aws.s3: GetObject\""),
            (
                "aws.s3",
                r#"{"eventName":"GetObject","errorCode":"InternalError"}"#,
                "17  | \"T from aws.s3: GetObject\"",
            ),
            (
                "aws.s3",
                r#"{"eventSource":"s3.amazonaws.com","eventName":"GetObject","eventID":"e"}"#,
                "9  | \"T from aws.s3: GetObject\"",
            ),
            ("acme", r#"{"level":3}"#, "0  | \"T from acme\""),
        ] {
            let told = told(&format!(r#"{{"detail-type":"T","source":"{source}","detail":{detail}}}"#));
            assert!(told.starts_with(&format!("aws.eventbridge {line} | ")), "{told}");
        }
    }

    #[test]
    fn an_event_bus_tells_what_it_does() {
        let message = r#"{"resource_arn":"arn:aws:events:eu-west-1:111122223333:event-bus/orders","message_timestamp_ms":1583425836999,
            "event_id":"e","request_id":"r","message_type":"INVOCATION_FAILURE","log_level":"ERROR","details":{"rule":"x"},
            "error":{"http_status_code":400,"error_message":"no such queue","aws_service":"AWSSQS","request_id":"q"}}"#;
        assert_eq!(
            Given::new("/aws/vendedlogs/events/event-bus/orders", &[message]).told(),
            ["aws.eventbridge 17 ERROR | \"INVOCATION_FAILURE orders: no such queue\" | aws.request_id=\"r\" \
             aws.eventbridge.event.id=\"e\" http.response.status_code=400 exception.message=\"no such queue\" \
             aws.eventbridge.error.aws_service=\"AWSSQS\" aws.eventbridge.error.request_id=\"q\" \
             aws.eventbridge.resource_arn=\"arn:aws:events:eu-west-1:111122223333:event-bus/orders\" \
             aws.eventbridge.message_timestamp_ms=1583425836999 aws.eventbridge.details={rule:\"x\"}"]
        );
    }
}
