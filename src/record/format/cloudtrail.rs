//! CloudTrail: one event, a JSON object, in one log message.
//!
//! `{"eventVersion":"1.08","userIdentity":{...},"eventTime":"2023-07-19T21:17:28Z","eventSource":"ec2.amazonaws.com",
//! "eventName":"StartInstances",...}`. Management, data, network activity and Insights events.
//!
//! Sources: CloudTrail user guide, "CloudTrail record contents for management, data, and network activity events",
//! "CloudTrail record contents for Insights events", "CloudTrail userIdentity element".
//!
//! Not here: the account of the record. An organisation trail holds events of many; `recipient` tells whose one is.

mod identity;
mod recipient;

use bumpalo::Bump;
use bumpalo::collections::Vec;

use super::{Format, Shape};
use crate::config::FormatName;
use crate::record::attribute;
use crate::record::draft::{Context, Draft};
use crate::record::format::tool::{clock, line, member};
use crate::record::log::Log;
use crate::record::severity::Severity;
use crate::record::value::{Attribute, Members, Value};

pub use recipient::{Recipient, recipient};

/// Events of CloudTrail.
pub const FORMAT: Format = Format {
    name: FormatName::Cloudtrail,
    encoding: "aws.cloudtrail",
    shape: Shape::Object { markers: &["eventVersion"], recognise, parse },
    continues: None,
};

/// Names of members that have one. `eventType` would be `rpc.system` with the Collector.
const NAMES: &member::Names = &[
    ("eventVersion", "aws.cloudtrail.event_version"),
    ("eventID", "aws.cloudtrail.event_id"),
    ("eventName", attribute::RPC_METHOD),
    ("eventSource", attribute::RPC_SERVICE),
    ("eventType", attribute::CLOUDTRAIL_EVENT_TYPE),
    ("requestID", attribute::REQUEST_ID),
    ("eventCategory", "aws.event.category"),
    ("readOnly", "aws.event.read_only"),
    ("managementEvent", "aws.event.management"),
    ("sourceIPAddress", attribute::SOURCE_ADDRESS),
    ("userAgent", attribute::USER_AGENT_ORIGINAL),
    ("sessionCredentialFromConsole", "aws.session.console"),
    ("sharedEventID", "aws.shared_event_id"),
    ("errorCode", attribute::AWS_ERROR_CODE),
    ("errorMessage", "aws.error.message"),
    ("requestParameters", "aws.request.parameters"),
    ("responseElements", "aws.response.elements"),
    ("insightDetails", "aws.insight_details"),
];

/// Names of members of `tlsDetails`.
const TLS_NAMES: &member::Names = &[
    ("tlsVersion", attribute::TLS_PROTOCOL_VERSION),
    ("cipherSuite", attribute::TLS_CIPHER),
    ("clientProvidedHostHeader", attribute::SERVER_ADDRESS),
];

/// Notifications of S3 and records of DynamoDB streams have many of the same members, but never both a time and an id.
fn recognise(members: &Members<'_>) -> bool {
    let call = members.has("eventSource") && members.has("eventName");
    members.has("eventID") && members.has("eventTime") && (call || members.has("insightDetails"))
}

fn parse<'a>(members: Members<'a>, draft: &mut Draft<'a>, context: &Context<'a>) {
    let log = &mut draft.log;
    log.severity = severity(|key| members.get(key));
    log.body = Value::Text(summary(&members, context.bump));
    log.event_name = first([members.text("eventName"), members.text("eventType")]);
    for member in members.into_vec() {
        take(log, member, context.bump);
    }
}

fn take<'a>(log: &mut Log<'a>, member: Attribute<'a>, bump: &'a Bump) {
    match (member.key, member.value) {
        ("userIdentity", Value::Map(identity)) => identity::take(log, identity, bump),
        ("tlsDetails", Value::Map(details)) => {
            details
                .iter()
                .for_each(|it| member::keep(log, TLS_NAMES, attribute::CLOUDTRAIL_TLS_PREFIX, tls(*it), bump));
        }
        ("resources", Value::List(resources @ [_, ..])) => {
            log.attribute(attribute::AWS_RESOURCES, self::resources(resources, bump));
        }
        ("eventTime", Value::Text(time)) => clock::take(log, attribute::CLOUDTRAIL_EVENT_TIME, time),
        ("readOnly" | "managementEvent" | "sessionCredentialFromConsole", value) => {
            let member = Attribute { key: member.key, value: truth(value) };
            member::keep(log, NAMES, attribute::CLOUDTRAIL_PREFIX, member, bump);
        }
        _ => {
            also(log, member);
            member::keep(log, NAMES, attribute::CLOUDTRAIL_PREFIX, member, bump);
        }
    }
}

/// What the semantic conventions have beside the Collector's names.
fn also<'a>(log: &mut Log<'a>, member: Attribute<'a>) {
    match (member.key, member.value) {
        ("eventType", Value::Text("AwsApiCall" | "AwsVpceEvents")) => {
            log.text(attribute::RPC_SYSTEM, attribute::RPC_SYSTEM_AWS_API);
        }
        ("errorCode", Value::Text(code)) => log.text(attribute::ERROR_TYPE, code),
        _ => {}
    }
}

/// The conventions want `1.2` of `TLSv1.2`.
fn tls(member: Attribute<'_>) -> Attribute<'_> {
    match (member.key, member.value) {
        ("tlsVersion", Value::Text(version)) => {
            Attribute { key: member.key, value: Value::Text(version.strip_prefix("TLSv").unwrap_or(version)) }
        }
        _ => member,
    }
}

/// True and false that were written as text.
fn truth(value: Value<'_>) -> Value<'_> {
    match value.text() {
        Some("true") => Value::Bool(true),
        Some("false") => Value::Bool(false),
        Some(_) | None => value,
    }
}

/// The resources with members named as the Collector names them.
fn resources<'a>(resources: &[Value<'a>], bump: &'a Bump) -> Value<'a> {
    let renamed = |member: &Attribute<'a>| {
        let key = match member.key {
            "accountId" => "account.id",
            "ARN" => "arn",
            other => other,
        };
        Attribute { key, value: member.value }
    };
    let resource = |resource: &Value<'a>| match resource.map() {
        [] => *resource,
        members => Value::Map(Vec::from_iter_in(members.iter().map(renamed), bump).into_bump_slice()),
    };
    Value::List(Vec::from_iter_in(resources.iter().map(resource), bump).into_bump_slice())
}

/// A call that failed is rated as its status would be in an access log: what the caller did wrong, a denial among it, is
/// a warning, for automation lives with missing resources and throttling; what AWS did wrong is an error. A failed
/// sign-in has a message and no code. An Insights event says that something unusual began, or ended. `get` gives members
/// of the event, which EventBridge passes on inside of another.
pub fn severity<'a>(get: impl Fn(&str) -> Option<Value<'a>>) -> Severity {
    let text = |key| get(key).and_then(|value| value.text()).unwrap_or_default();
    let failed_to_sign_in = || {
        let outcome = get("responseElements").and_then(|elements| elements.get("ConsoleLogin"));
        outcome.is_some_and(|outcome| outcome == Value::Text("Failure"))
    };
    let insight_begins = || {
        let state = get("insightDetails").and_then(|details| details.get("state"));
        state.is_some_and(|state| state == Value::Text("Start"))
    };
    let code = text("errorCode");
    let failed = || !code.is_empty() || !text("errorMessage").is_empty() || failed_to_sign_in();
    if code.contains("Internal") || code.contains("ServiceUnavailable") || code.starts_with("Server.") {
        Severity::ERROR
    } else if failed() || insight_begins() {
        Severity::WARN
    } else {
        Severity::INFO
    }
}

/// `s3.amazonaws.com PutObject by arn:aws:sts::111122223333:assumed-role/x/y: AccessDenied`
fn summary<'a>(members: &Members<'a>, bump: &'a Bump) -> &'a str {
    let text = |map: Option<Value<'a>>, key: &str| map.and_then(|map| map.get(key)?.text()).unwrap_or_default();
    let insight = members.get("insightDetails");
    let service = first([members.text("eventSource"), text(insight, "eventSource")]);
    let name = first([members.text("eventName"), text(insight, "eventName")]);
    let outcome = first([members.text("errorCode"), members.text("errorMessage"), text(insight, "insightType")]);
    let state = text(insight, "state");
    let who = members.get("userIdentity").map_or("", |identity| identity::who(&identity));
    line::sentence(&[("", service), (" ", name), (" by ", who), (": ", outcome), (" ", state)], bump)
}

/// The first text that says something.
fn first<const N: usize>(texts: [&str; N]) -> &str {
    texts.into_iter().find(|text| !text.is_empty()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
