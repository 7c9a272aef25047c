//! AWS Network Firewall: alerts, flows and TLS events, a JSON object around an event of Suricata.
//!
//! `{"firewall_name":"test-firewall","availability_zone":"us-east-1b","event_timestamp":"1602627001","event":{
//! "event_type":"alert","src_ip":"203.0.113.4","alert":{"action":"blocked","signature":"...","severity":1},...}}`
//!
//! Sources: Network Firewall developer guide, "Contents of a firewall log", "Logging for TLS inspection"; Suricata user guide,
//! "EVE JSON Format".

mod event;

use super::{Format, Shape};
use crate::config::FormatName;
use crate::record::attribute;
use crate::record::draft::{Context, Draft};
use crate::record::format::tool::{clock, member};
use crate::record::log::Log;
use crate::record::severity::Severity;
use crate::record::value::{Attribute, Members, Value};
use crate::time::Timestamp;

/// Logs of firewalls.
pub const FORMAT: Format = Format {
    name: FormatName::NetworkFirewall,
    encoding: "aws.networkfirewall",
    shape: Shape::Object { markers: &["firewall_name"], recognise, parse },
    continues: None,
};

/// Names of members that have one.
const NAMES: &member::Names =
    &[("firewall_name", "aws.networkfirewall.name"), ("availability_zone", attribute::CLOUD_AVAILABILITY_ZONE)];

fn recognise(members: &Members<'_>) -> bool {
    members.has("firewall_name") && members.get("event").is_some_and(|event| !event.map().is_empty())
}

fn parse<'a>(members: Members<'a>, draft: &mut Draft<'a>, context: &Context<'a>) {
    let event = members.get("event").unwrap_or(Value::Null);
    let log = &mut draft.log;
    log.severity = severity(&event);
    log.event_name = event.get("event_type").and_then(|name| name.text()).unwrap_or_default();
    log.body = Value::Text(event::summary(&event, context.bump));
    if let Some(Value::Text(time)) = event.get("timestamp") {
        clock::take(log, attribute::FIREWALL_TIMESTAMP, time);
    }
    let mut masked = 0;
    for member in members.into_vec() {
        match (member.key, member.value) {
            ("event", Value::Map(event)) => masked += event::take(log, event, context.bump),
            ("event_timestamp", written) => written_at(log, member, written, event.get("timestamp").is_some()),
            _ => member::keep(log, NAMES, attribute::FIREWALL_PREFIX, member, context.bump),
        }
    }
    draft.masked(masked, "headers and cookies that grant access");
}

/// When the log was written: seconds since 1970 as a number or a text, or a written time. It is the record's time where
/// the event itself has none.
fn written_at<'a>(log: &mut Log<'a>, member: Attribute<'a>, written: Value<'a>, event_has_time: bool) {
    let key = attribute::FIREWALL_EVENT_TIMESTAMP;
    let seconds = written.int().and_then(|seconds| u64::try_from(seconds).ok());
    match (seconds, written) {
        (Some(seconds), _) if log.time.is_some_and(|time| time.seconds() == seconds) => {}
        (Some(seconds), _) => {
            let time = Timestamp::from_seconds(seconds);
            if !event_has_time {
                log.finer_time(time);
            }
            if log.time != Some(time) {
                log.attribute(key, written);
            }
        }
        (None, Value::Text(text)) if !event_has_time => clock::take(log, key, text),
        (None, _) if !member.value.is_blank() => log.attribute(key, written),
        (None, _) => {}
    }
}

/// Traffic that was stopped is an error where the rule is of the highest severity, 1, and else a warning; an alert of that severity
/// about traffic that went on is a warning. So is a TLS connection that failed inspection.
fn severity(event: &Value<'_>) -> Severity {
    let text =
        |value: Option<Value<'_>>, key: &str| value.and_then(|value| value.get(key)).is_some_and(|it| stops(&it));
    let alert = event.get("alert");
    let stopped = text(alert, "action") || text(event.get("verdict"), "action");
    let highest = alert.and_then(|alert| alert.get("severity")).and_then(|it| it.int()) == Some(1);
    let tls_failed = event.get("tls_error").is_some() || event.get("revocation_check").is_some();
    match (stopped, highest) {
        (true, true) => Severity::ERROR,
        (true, false) | (false, true) => Severity::WARN,
        (false, false) if tls_failed => Severity::WARN,
        (false, false) => Severity::INFO,
    }
}

/// Whether an action stops traffic.
fn stops(action: &Value<'_>) -> bool {
    matches!(action, Value::Text("blocked" | "drop" | "reject"))
}

#[cfg(test)]
mod tests;
