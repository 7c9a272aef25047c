//! PagerDuty, by its Events API v2.
//!
//! Source: PagerDuty, "Events API v2 overview" and "Send an alert event": body at most 512 KB, `dedup_key` at most 255
//! characters, `summary` at most 1,024.

use serde_json::{Value, json};

use super::text::{self, VALUE_CHARS_MAX, one_line};
use super::{Request, Telling, key, labels};
use crate::config::alerting::PagerDuty;
use crate::incident::{AlertShown, Kind, Notification, Status};

/// The longest `dedup_key`, in characters.
pub const DEDUP_KEY_CHARS_MAX: usize = 255;

/// The longest summary, in characters.
pub const SUMMARY_CHARS_MAX: usize = 1_024;

/// The largest body, in bytes.
pub const BODY_BYTES_MAX: usize = 512 * 1024;

/// Accounts in the details.
const ACCOUNTS_MAX: usize = 20;

/// Log lines in the details.
const LINES_MAX: usize = 10;

pub(super) fn request(telling: &Telling<'_>, pagerduty: &PagerDuty) -> Request {
    telling.json("POST", pagerduty.url.clone(), &event(telling, pagerduty))
}

fn event(telling: &Telling<'_>, pagerduty: &PagerDuty) -> Value {
    let notification = telling.notification;
    let dedup_key = key(&one_line(&notification.incident, usize::MAX / 4), DEDUP_KEY_CHARS_MAX);
    let routing_key = pagerduty.routing_key.expose();
    if is_over(notification) {
        return json!({ "routing_key": routing_key, "event_action": "resolve", "dedup_key": dedup_key });
    }
    let links = telling.links.all(notification);
    let shown: Vec<Value> =
        links.iter().map(|(name, href)| json!({ "href": href, "text": text::link_name(name) })).collect();
    let mut event = json!({
        "routing_key": routing_key,
        "event_action": "trigger",
        "dedup_key": dedup_key,
        "client": "Fanin",
        "payload": {
            "summary": one_line(&text::title(notification), SUMMARY_CHARS_MAX),
            "source": source(notification),
            "severity": labels::severity(notification),
            "timestamp": notification.since.to_string(),
            "class": one_line(&notification.rule, VALUE_CHARS_MAX),
            "custom_details": details(telling),
        },
        "links": shown,
    });
    if let Some(url) = links.get("alerts") {
        event["client_url"] = json!(url);
    }
    event
}

/// A digest is news of something past, but it has not been told yet.
fn is_over(notification: &Notification) -> bool {
    notification.status == Status::Resolved && notification.kind != Kind::Digest
}

/// What is broken: the account, or the fleet.
fn source(notification: &Notification) -> String {
    match (notification.alerts.as_slice(), notification.kind) {
        ([AlertShown { account: Some(account), .. }], _) => account.to_string(),
        (_, Kind::Heartbeat) => "fanin".into(),
        (_, Kind::Individual | Kind::List | Kind::Fleet | Kind::Digest) => "fleet".into(),
    }
}

fn details(telling: &Telling<'_>) -> Value {
    let notification = telling.notification;
    let mut details = serde_json::Map::new();
    for name in ["summary", "description"] {
        if let Some(told) = text::annotation(notification, name) {
            let _ = details.insert(name.into(), json!(text::lines_kept(told, 4_000)));
        }
    }
    for (name, value) in text::facts(notification, telling.now) {
        let _ = details.insert(name, json!(value));
    }
    let mut accounts = text::alert_lines(notification, ACCOUNTS_MAX);
    accounts.extend(text::more(notification, accounts.len()));
    if notification.alerts_total > 1 {
        let _ = details.insert("first_accounts".into(), json!(accounts));
    }
    let lines = text::log_lines(notification, LINES_MAX);
    if !lines.is_empty() {
        let _ = details.insert("log_lines".into(), json!(lines));
    }
    if notification.kind != Kind::Digest {
        let _ = details.insert("account_count".into(), json!(text::accounts_told(notification)));
    }
    Value::Object(details)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Secret;
    use crate::config::alerting::ReceiverKind;
    use crate::notify::samples;

    fn body(notification: &Notification) -> Value {
        let kind = ReceiverKind::PagerDuty(PagerDuty {
            routing_key: Secret::new("R0UT1NG".into()),
            url: "https://events.pagerduty.com/v2/enqueue".into(),
        });
        let requests = samples::sent(notification, kind);
        assert_eq!(requests.len(), 1);
        assert_eq!((requests[0].method, requests[0].url.as_str()), ("POST", "https://events.pagerduty.com/v2/enqueue"));
        assert!(requests[0].body.len() <= BODY_BYTES_MAX);
        samples::json(&requests[0])
    }

    #[test]
    fn one_account_triggers() {
        insta::assert_json_snapshot!(body(&samples::individual()));
    }

    #[test]
    fn a_fleet_of_six_thousand_is_one_event() {
        insta::assert_json_snapshot!(body(&samples::fleet()));
    }

    #[test]
    fn what_is_over_is_resolved_by_the_same_key() {
        let expected = json!({
            "routing_key": "R0UT1NG",
            "event_action": "resolve",
            "dedup_key": "ApiErrorRate/123456789012/1",
        });
        assert_eq!(body(&samples::resolved(samples::individual())), expected);
        assert_eq!(body(&samples::individual())["dedup_key"], expected["dedup_key"]);
    }

    #[test]
    fn a_digest_is_told_though_it_is_over() {
        let event = body(&samples::digest());
        assert_eq!(event["event_action"], "trigger");
        assert_eq!(event["payload"]["severity"], "info");
    }

    #[test]
    fn hostile_text_keeps_to_every_limit() {
        let event = body(&samples::hostile());
        let chars = |value: &Value| value.as_str().unwrap().chars().count();
        assert_eq!(chars(&event["dedup_key"]), DEDUP_KEY_CHARS_MAX);
        assert!(chars(&event["payload"]["summary"]) <= SUMMARY_CHARS_MAX);
        assert!(!event["payload"]["summary"].as_str().unwrap().contains('\n'));
        assert_eq!(event["payload"]["custom_details"]["log_lines"].as_array().unwrap().len(), LINES_MAX);
    }

    #[test]
    fn the_limits_are_met_exactly() {
        let mut notification = samples::individual();
        notification.incident = "k".repeat(DEDUP_KEY_CHARS_MAX).into();
        assert_eq!(body(&notification)["dedup_key"], "k".repeat(DEDUP_KEY_CHARS_MAX));
        notification.incident = "k".repeat(DEDUP_KEY_CHARS_MAX + 1).into();
        assert_eq!(body(&notification)["dedup_key"].as_str().unwrap().len(), DEDUP_KEY_CHARS_MAX);
    }
}
