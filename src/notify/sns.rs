//! Amazon SNS: compact JSON, and attributes by which subscriptions filter.
//!
//! Source: Amazon SNS API reference, `Publish`: message and attributes at most 256 KiB together; a subject of at most
//! 100 characters of ASCII; groups and deduplication for FIFO topics, ids of at most 128 characters.

use serde_json::{Value, json};

use super::{Telling, key, labels, text, webhook};
use crate::config::alerting::Sns;
use crate::incident::AlertShown;

/// The largest message, with its attributes, in bytes.
pub const MESSAGE_BYTES_MAX: usize = 256 * 1024;

/// The longest subject, in characters.
const SUBJECT_CHARS_MAX: usize = 100;

/// The longest ids of FIFO topics, in characters.
const ID_CHARS_MAX: usize = 128;

/// A message to a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publish {
    /// The topic.
    pub topic_arn: String,
    /// The subject of e-mails.
    pub subject: String,
    /// The message: JSON.
    pub message: String,
    /// Attributes by name, all of type `String`.
    pub attributes: Vec<(String, String)>,
    /// Group and deduplication id, for a FIFO topic.
    pub fifo: Option<(String, String)>,
}

pub(super) fn publish(telling: &Telling<'_>, sns: &Sns) -> Publish {
    let notification = telling.notification;
    let rule = text::one_line(&notification.rule, text::VALUE_CHARS_MAX);
    let attributes = [
        ("rule", rule),
        ("severity", labels::severity(notification).into()),
        ("status", notification.status.as_str().into()),
    ];
    // SNS refuses an attribute without a value.
    let attributes: Vec<(String, String)> = attributes
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    // Name, type and value of each attribute count.
    let attribute_bytes: usize = attributes.iter().map(|(name, value)| name.len() + "String".len() + value.len()).sum();
    Publish {
        topic_arn: sns.topic_arn.clone(),
        subject: subject(&text::title(notification)),
        message: message(telling, MESSAGE_BYTES_MAX - attribute_bytes),
        attributes,
        fifo: sns
            .topic_arn
            .ends_with(".fifo")
            .then(|| (key(&id(&notification.incident), ID_CHARS_MAX), key(&id(&notification.id), ID_CHARS_MAX))),
    }
}

/// Must begin with a letter, digit or mark of punctuation, and hold neither line ends nor other control characters.
fn subject(title: &str) -> String {
    let title: String = title.chars().map(|c| if c == ' ' || c.is_ascii_graphic() { c } else { '?' }).collect();
    text::one_line(&title, SUBJECT_CHARS_MAX)
}

fn id(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_graphic() { c } else { '_' }).collect()
}

/// The message; alerts and lines are left out from the end until it fits.
fn message(telling: &Telling<'_>, bytes_max: usize) -> String {
    let (mut n_alerts, mut n_lines) = (telling.notification.alerts.len(), telling.notification.lines.len().min(20));
    loop {
        let message = body(telling, n_alerts, n_lines).to_string();
        if message.len() <= bytes_max || (n_alerts == 0 && n_lines == 0) {
            return message;
        }
        if n_lines > 0 { n_lines /= 2 } else { n_alerts /= 2 }
    }
}

fn body(telling: &Telling<'_>, n_alerts: usize, n_lines: usize) -> Value {
    let notification = telling.notification;
    let shown: Vec<Value> = notification.alerts.iter().take(n_alerts).map(|it| alert(telling, it)).collect();
    json!({
        "version": 1,
        "id": text::one_line(&notification.id, 1_024),
        "incident": text::one_line(&notification.incident, 1_024),
        "number": notification.number,
        "kind": notification.kind,
        "cause": notification.cause,
        "status": notification.status,
        "severity": labels::severity(notification),
        "rule": text::one_line(&notification.rule, text::VALUE_CHARS_MAX),
        "title": text::title(notification),
        "labels": labels::common(notification),
        "annotations": labels::annotations(notification),
        "since": notification.since.to_string(),
        "at": notification.at.to_string(),
        "late": notification.late,
        "flapping": notification.flapping,
        "account_count": text::accounts_told(notification),
        "evaluated": notification.evaluated,
        "common": notification.common.iter().map(webhook::common).collect::<Vec<_>>(),
        "alerts": shown,
        "alerts_left_out": notification.alerts_total.saturating_sub(u32::try_from(n_alerts).unwrap_or(u32::MAX)),
        "log_lines": text::log_lines(notification, n_lines),
        "links": telling.links.all(notification),
    })
}

fn alert(telling: &Telling<'_>, alert: &AlertShown) -> Value {
    json!({
        "fingerprint": format!("{:016x}", alert.alert),
        "status": alert.status,
        "labels": labels::of_alert(telling.notification, alert),
        "value": alert.value,
        "threshold": alert.threshold,
        "unit": alert.unit,
        "since": alert.since.to_string(),
        "resolved": alert.resolved.map(|at| at.to_string()),
        "episode": alert.episode,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::alerting::{Receiver, ReceiverKind};
    use crate::incident::Notification;
    use crate::notify::samples::{self, AT};
    use crate::notify::{Outgoing, requests};

    fn published(notification: &Notification, topic: &str) -> Publish {
        let topic_arn = format!("arn:aws:sns:eu-central-1:111122223333:{topic}");
        let kind = ReceiverKind::Sns(Sns { topic_arn, region: None, endpoint: None, role_arn: None });
        let outgoing = requests(notification, &Receiver::new("topic", kind), &samples::links(), None, AT);
        let [Outgoing::Publish(publish)] = outgoing.as_slice() else { panic!("{outgoing:?}") };
        let attributes: usize = publish.attributes.iter().map(|(name, value)| name.len() + 6 + value.len()).sum();
        assert!(publish.message.len() + attributes <= MESSAGE_BYTES_MAX);
        publish.clone()
    }

    #[test]
    fn one_account_is_compact_json_with_attributes() {
        let publish = published(&samples::individual(), "alerts");
        assert_eq!(publish.subject, "[CRITICAL] ApiErrorRate: acme-prod 1234-5678-9012");
        let attributes: Vec<_> =
            publish.attributes.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(attributes, [("rule", "ApiErrorRate"), ("severity", "critical"), ("status", "firing")]);
        assert_eq!(publish.fifo, None);
        assert!(!publish.message.contains('\n'));
        insta::assert_json_snapshot!(serde_json::from_str::<Value>(&publish.message).unwrap());
    }

    #[test]
    fn a_fifo_topic_has_order_by_incident_and_each_notification_once() {
        let publish = published(&samples::individual(), "alerts.fifo");
        assert_eq!(publish.fifo, Some(("ApiErrorRate/123456789012/1".into(), "ApiErrorRate/123456789012/1/1".into())));
    }

    #[test]
    fn a_message_that_is_too_large_loses_alerts_and_counts_them() {
        let mut notification = samples::list();
        notification.alerts = (0..3_000).map(|n| samples::alert(samples::account(n), "tenant", "tenant")).collect();
        notification.alerts_total = 3_000;
        let publish = published(&notification, "alerts");
        let body: Value = serde_json::from_str(&publish.message).unwrap();
        let shown = body["alerts"].as_array().unwrap().len();
        assert!((300..3_000).contains(&shown), "{shown}");
        assert_eq!(body["alerts_left_out"], 3_000 - shown);
    }

    #[test]
    fn hostile_text_makes_a_subject_that_sns_takes() {
        let publish = published(&samples::hostile(), "alerts.fifo");
        assert!(publish.subject.len() <= SUBJECT_CHARS_MAX && publish.subject.is_ascii(), "{}", publish.subject);
        let (group, id) = publish.fifo.unwrap();
        assert!(group.len() <= ID_CHARS_MAX && id.len() <= ID_CHARS_MAX);
        assert!(serde_json::from_str::<Value>(&publish.message).is_ok());
    }

    #[test]
    fn a_heartbeat_has_no_attribute_without_a_value() {
        let publish = published(&samples::heartbeat(), "alerts");
        assert!(publish.attributes.iter().all(|(name, _)| name != "rule"), "{:?}", publish.attributes);
    }
}
