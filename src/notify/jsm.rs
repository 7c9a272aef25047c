//! Jira Service Management, and Opsgenie, whose API it keeps.
//!
//! Source: Atlassian, "Jira Service Management, alert API (integration events)"; Opsgenie, "Alert API": message at most 130
//! characters, description at most 15,000, alias at most 512, details at most 8,000 in all, tags at most 50 characters.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};

use super::text::{self, one_line};
use super::{Request, Telling, key, labels};
use crate::config::alerting::{Jsm, Responder, ResponderKind};
use crate::incident::{Cause, Kind, Notification, Status};
use crate::rule::Level;

/// The longest message, in characters.
pub const MESSAGE_CHARS_MAX: usize = 130;

/// The longest description, in characters.
pub const DESCRIPTION_CHARS_MAX: usize = 15_000;

/// The longest alias, in characters.
pub const ALIAS_CHARS_MAX: usize = 512;

/// The longest details, in characters of names and values.
const DETAILS_CHARS_MAX: usize = 8_000;

/// The longest tag, in characters.
const TAG_CHARS_MAX: usize = 50;

/// The longest source and entity, in characters.
const ENTITY_CHARS_MAX: usize = 100;

pub(super) fn requests(telling: &Telling<'_>, jsm: &Jsm) -> Vec<Request> {
    let notification = telling.notification;
    let alias = key(&one_line(&notification.incident, usize::MAX / 4), ALIAS_CHARS_MAX);
    let path = |action: &str| {
        let alias = utf8_percent_encode(&alias, NON_ALPHANUMERIC);
        format!("{}/v2/alerts/{alias}/{action}?identifierType=alias", jsm.url)
    };
    let mut requests = match (notification.kind, notification.status) {
        (Kind::Heartbeat, _) => {
            vec![telling.json("POST", format!("{}/v2/heartbeats/fanin/ping", jsm.url), &json!({}))]
        }
        (Kind::Individual | Kind::List | Kind::Fleet, Status::Resolved) => {
            let close = json!({ "source": "fanin", "note": one_line(&text::title(notification), 1_000) });
            vec![telling.json("POST", path("close"), &close)]
        }
        (Kind::Digest, _) | (Kind::Individual | Kind::List | Kind::Fleet, Status::Firing) => {
            vec![telling.json("POST", format!("{}/v2/alerts", jsm.url), &alert(telling, jsm, &alias))]
        }
    };
    // An alert of the same alias that is open is only counted there; what changed is told by requests of its own.
    if is_change(notification) {
        let changes = [
            ("message", json!({ "message": message(notification) })),
            ("description", json!({ "description": description(telling) })),
            ("priority", json!({ "priority": priority(notification) })),
        ];
        requests.extend(changes.map(|(action, body)| telling.json("PUT", path(action), &body)));
    }
    for request in &mut requests {
        request.headers.push(("Authorization".into(), format!("GenieKey {}", jsm.api_key.expose())));
    }
    requests
}

fn is_change(notification: &Notification) -> bool {
    match notification.cause {
        Cause::Escalated | Cause::Eased | Cause::Grew | Cause::Changed | Cause::Flapping => {
            notification.status == Status::Firing
        }
        Cause::Fired | Cause::Resolved | Cause::Repeat | Cause::Unmuted | Cause::Digest | Cause::Heartbeat => false,
    }
}

fn alert(telling: &Telling<'_>, jsm: &Jsm, alias: &str) -> Value {
    let notification = telling.notification;
    let mut alert = json!({
        "message": message(notification),
        "alias": alias,
        "description": description(telling),
        "priority": priority(notification),
        "source": "fanin",
        "entity": entity(notification),
        "tags": tags(notification),
        "details": details(notification),
    });
    if !jsm.responders.is_empty() {
        alert["responders"] = jsm.responders.iter().map(responder).collect();
    }
    alert
}

fn message(notification: &Notification) -> String {
    one_line(&text::title(notification), MESSAGE_CHARS_MAX)
}

fn description(telling: &Telling<'_>) -> String {
    let body = text::body(telling.notification, telling.links, telling.now, 20);
    text::lines_kept(&body, DESCRIPTION_CHARS_MAX)
}

fn priority(notification: &Notification) -> &'static str {
    match (notification.kind, notification.level) {
        (Kind::Digest | Kind::Heartbeat, _) => "P5",
        (Kind::Individual | Kind::List | Kind::Fleet, Level::Critical) => "P1",
        (Kind::Individual | Kind::List | Kind::Fleet, Level::Warning) => "P3",
    }
}

fn entity(notification: &Notification) -> String {
    match notification.alerts.as_slice() {
        [only] => one_line(&text::subject(only), ENTITY_CHARS_MAX),
        _ => text::accounts(text::accounts_told(notification)),
    }
}

fn tags(notification: &Notification) -> Vec<String> {
    let rule = one_line(&notification.rule, TAG_CHARS_MAX);
    let tags = [rule, labels::severity(notification).into()];
    // A comma would make two tags of one.
    tags.into_iter().filter(|tag| !tag.is_empty()).map(|tag| tag.replace(',', ".")).collect()
}

fn details(notification: &Notification) -> Map<String, Value> {
    let labels = match notification.alerts.as_slice() {
        [only] => labels::of_alert(notification, only),
        _ => labels::common(notification),
    };
    let mut left = DETAILS_CHARS_MAX;
    let mut details = Map::new();
    for (name, value) in labels {
        let chars = name.chars().count() + value.chars().count();
        if chars <= left {
            left -= chars;
            let _ = details.insert(name, json!(value));
        }
    }
    details
}

fn responder(responder: &Responder) -> Value {
    let kind = responder.kind.as_str();
    match responder.kind {
        ResponderKind::User => json!({ "type": kind, "username": responder.name }),
        ResponderKind::Team | ResponderKind::Escalation | ResponderKind::Schedule => {
            json!({ "type": kind, "name": responder.name })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Secret;
    use crate::config::alerting::ReceiverKind;
    use crate::notify::samples;

    fn sent(notification: &Notification) -> Vec<Request> {
        let kind = ReceiverKind::Jsm(Jsm {
            api_key: Secret::new("k3y".into()),
            url: "https://api.atlassian.com/jsm/ops/integration".into(),
            responders: vec![
                Responder { kind: ResponderKind::Team, name: "platform".into() },
                Responder { kind: ResponderKind::User, name: "jb@example.net".into() },
            ],
        });
        samples::sent(notification, kind)
    }

    fn lines(requests: &[Request]) -> Vec<String> {
        let base = "https://api.atlassian.com/jsm/ops/integration";
        requests.iter().map(|it| format!("{} {}", it.method, it.url.strip_prefix(base).unwrap())).collect()
    }

    #[test]
    fn one_account_becomes_an_alert() {
        let requests = sent(&samples::individual());
        assert_eq!(lines(&requests), ["POST /v2/alerts"]);
        assert_eq!(requests[0].headers[1], ("Authorization".into(), "GenieKey k3y".into()));
        insta::assert_json_snapshot!(samples::json(&requests[0]));
    }

    #[test]
    fn what_is_over_is_closed_by_its_alias() {
        let requests = sent(&samples::resolved(samples::individual()));
        let close = "POST /v2/alerts/ApiErrorRate%2F123456789012%2F1/close?identifierType=alias";
        assert_eq!(lines(&requests), [close]);
        let note = "[RESOLVED] ApiErrorRate: acme-prod 1234-5678-9012";
        assert_eq!(samples::json(&requests[0]), json!({ "source": "fanin", "note": note }));
    }

    #[test]
    fn what_changed_is_changed_in_the_open_alert() {
        let grown = Notification { cause: Cause::Grew, number: 2, ..samples::fleet() };
        let requests = sent(&grown);
        let change = |action: &str| format!("PUT /v2/alerts/ApiErrorRate%2F7/{action}?identifierType=alias");
        assert_eq!(
            lines(&requests),
            ["POST /v2/alerts".to_owned(), change("message"), change("description"), change("priority")]
        );
        let message = "[CRITICAL] ApiErrorRate: 6,000 accounts (release=2026.11.3)";
        assert_eq!(samples::json(&requests[1]), json!({ "message": message }));
        assert_eq!(samples::json(&requests[3]), json!({ "priority": "P1" }));
    }

    #[test]
    fn hostile_text_keeps_to_every_limit() {
        let alert = samples::json(&sent(&samples::hostile())[0]);
        let chars = |value: &Value| value.as_str().unwrap().chars().count();
        assert!(chars(&alert["message"]) <= MESSAGE_CHARS_MAX);
        assert_eq!(chars(&alert["alias"]), ALIAS_CHARS_MAX);
        assert!(chars(&alert["description"]) <= DESCRIPTION_CHARS_MAX);
        assert!(chars(&alert["tags"][0]) <= TAG_CHARS_MAX);
    }

    #[test]
    fn the_limit_of_a_message_is_met_exactly() {
        let message = |length: usize| {
            let mut notification = samples::individual();
            notification.alerts.clear();
            notification.alerts_total = 0;
            notification.rule = "r".repeat(length).into();
            samples::json(&sent(&notification)[0])["message"].as_str().unwrap().to_owned()
        };
        let rest = "[CRITICAL] : 1 account".len();
        let room = MESSAGE_CHARS_MAX - rest;
        assert_eq!(message(room), format!("[CRITICAL] {}: 1 account", "r".repeat(room)));
        assert_eq!(message(room + 1).len(), MESSAGE_CHARS_MAX);
        assert!(message(room + 1).ends_with(": 1 acc..."));
    }

    #[test]
    fn a_heartbeat_is_a_ping() {
        assert_eq!(lines(&sent(&samples::heartbeat())), ["POST /v2/heartbeats/fanin/ping"]);
    }
}
