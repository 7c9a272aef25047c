//! Prometheus' Alertmanager, by its API v2: `POST /api/v2/alerts`.
//!
//! Labels are the identity of an alert there, the severity among them, because routes choose by it. So an alert that changes its
//! severity ends under the old one. A firing alert ends by itself when it is not sent again before its `endsAt`.
//!
//! Source: Alertmanager, "API v2" (`openapi.yaml`, `postableAlert`); Prometheus, `notifier` and `rules` (`resendDelay`).

use std::time::Duration;

use serde_json::{Value, json};

use super::labels::{self, Labels};
use super::{Request, Telling, text};
use crate::config::alerting::{Alertmanager, FanOut};
use crate::incident::{AlertShown, Cause, Kind, Notification, Status};
use crate::rule::Level;
use crate::time::Timestamp;

/// Alerts in one request.
pub const BATCH_MAX: usize = 500;

/// Time between two sendings of the same alert. Source: Prometheus, `--rules.alert.resend-delay`.
pub const RESEND_INTERVAL: Duration = Duration::from_mins(1);

/// A firing alert that is not sent again ends after this: four times the interval, as Prometheus has it.
const ENDS_AFTER: Duration = Duration::from_mins(4);

/// How long a resolved alert is sent again, in case it was lost.
pub const RESOLVED_FOR: Duration = Duration::from_mins(5);

/// When the same notification is to be sent again, after it was at `sent`; `None` for never.
#[must_use]
pub fn resend_after(notification: &Notification, first_sent: Timestamp, sent: Timestamp) -> Option<Timestamp> {
    let next = sent.plus(RESEND_INTERVAL);
    match (notification.kind, notification.status) {
        (Kind::Digest | Kind::Heartbeat, _) => None,
        (Kind::Individual | Kind::List | Kind::Fleet, Status::Firing) => Some(next),
        (Kind::Individual | Kind::List | Kind::Fleet, Status::Resolved) => {
            (next <= first_sent.plus(RESOLVED_FOR)).then_some(next)
        }
    }
}

pub(super) fn requests(telling: &Telling<'_>, alertmanager: &Alertmanager) -> Vec<Request> {
    let url = format!("{}/api/v2/alerts", alertmanager.url);
    let alerts = alerts(telling, alertmanager.fan_out);
    let batch = |alerts: &[Value]| {
        let mut request = telling.json("POST", url.clone(), &Value::from(alerts));
        let headers = alertmanager.headers.iter().map(|(name, value)| (name.clone(), value.expose().to_owned()));
        request.headers.extend(headers);
        request
    };
    alerts.chunks(BATCH_MAX).map(batch).collect()
}

fn alerts(telling: &Telling<'_>, fan_out: FanOut) -> Vec<Value> {
    let notification = telling.notification;
    let is_one = match notification.kind {
        Kind::Fleet | Kind::Digest | Kind::Heartbeat => true,
        Kind::Individual | Kind::List => fan_out == FanOut::Rule,
    };
    if is_one || notification.alerts.is_empty() {
        return of_incident(telling);
    }
    notification.alerts.iter().flat_map(|alert| of_account(telling, alert)).collect()
}

/// One alert for all accounts.
fn of_incident(telling: &Telling<'_>) -> Vec<Value> {
    let notification = telling.notification;
    let mut of_incident = labels::common(notification);
    if !matches!(notification.kind, Kind::Heartbeat) {
        let _ = of_incident.insert("incident".into(), text::one_line(&notification.incident, 256));
    }
    let mut annotations = labels::annotations(notification);
    let _ = annotations.insert("title".into(), text::title(notification));
    if !matches!(notification.kind, Kind::Heartbeat) {
        let lines = text::alert_lines(notification, 10).join("\n");
        let _ = annotations.insert("accounts".into(), text::accounts_told(notification).to_string());
        let _ = annotations.insert("alerts".into(), lines);
    }
    let over = notification.status == Status::Resolved && notification.kind != Kind::Digest;
    let ends = over.then_some(notification.at);
    both(telling, &of_incident, &annotations, notification.since, ends)
}

fn of_account(telling: &Telling<'_>, alert: &AlertShown) -> Vec<Value> {
    let notification = telling.notification;
    let over = alert.status == Status::Resolved || notification.status == Status::Resolved;
    let ends = over.then(|| alert.resolved.unwrap_or(notification.at));
    let annotations = labels::annotations_of(notification, alert);
    both(telling, &labels::of_alert(notification, alert), &annotations, alert.since, ends)
}

/// The alert, and, where its severity changed or it is over, the end of the one with the other severity.
fn both(
    telling: &Telling<'_>,
    labels: &Labels,
    annotations: &Labels,
    starts: Timestamp,
    ends: Option<Timestamp>,
) -> Vec<Value> {
    let notification = telling.notification;
    let changed = matches!(notification.cause, Cause::Escalated | Cause::Eased);
    let mut alerts = Vec::new();
    if changed && notification.kind != Kind::Digest {
        let other = match notification.level {
            Level::Critical => Level::Warning,
            Level::Warning => Level::Critical,
        };
        let mut before = labels.clone();
        let _ = before.insert("severity".into(), other.as_str().into());
        alerts.push(alert(telling, &before, annotations, starts, Some(notification.at)));
    }
    alerts.push(alert(telling, labels, annotations, starts, ends));
    alerts
}

fn alert(
    telling: &Telling<'_>,
    labels: &Labels,
    annotations: &Labels,
    starts: Timestamp,
    ends: Option<Timestamp>,
) -> Value {
    let ends = ends.unwrap_or_else(|| telling.now.plus(ENDS_AFTER)).max(starts);
    let mut alert = json!({
        "labels": labels,
        "annotations": annotations,
        "startsAt": starts.to_string(),
        "endsAt": ends.to_string(),
    });
    if let Some(url) = telling.links.all(telling.notification).get("alerts") {
        alert["generatorURL"] = json!(url);
    }
    alert
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Secret;
    use crate::config::alerting::ReceiverKind;
    use crate::notify::samples::{self, AT};

    fn sent(notification: &Notification, fan_out: FanOut) -> Vec<Request> {
        let headers = vec![("X-Scope-OrgID".to_owned(), Secret::new("org".into()))];
        let kind = ReceiverKind::Alertmanager(Alertmanager { url: "http://am:9093".into(), fan_out, headers });
        samples::sent(notification, kind)
    }

    fn body(notification: &Notification, fan_out: FanOut) -> Value {
        let requests = sent(notification, fan_out);
        assert_eq!(requests.len(), 1);
        assert_eq!(requests[0].url, "http://am:9093/api/v2/alerts");
        assert_eq!(requests[0].headers[1], ("X-Scope-OrgID".into(), "org".into()));
        samples::json(&requests[0])
    }

    #[test]
    fn one_account_is_one_alert_that_ends_when_it_is_not_sent_again() {
        insta::assert_json_snapshot!(body(&samples::individual(), FanOut::Alert));
    }

    #[test]
    fn a_fleet_is_one_alert_however_alerts_fan_out() {
        let fleet = body(&samples::fleet(), FanOut::Alert);
        assert_eq!(fleet, body(&samples::fleet(), FanOut::Rule));
        insta::assert_json_snapshot!(fleet);
    }

    #[test]
    fn what_is_over_ends_when_it_resolved() {
        let body = body(&samples::resolved(samples::individual()), FanOut::Alert);
        assert_eq!(body[0]["endsAt"], AT.to_string());
    }

    #[test]
    fn a_list_is_an_alert_for_each_account_or_one_for_all() {
        assert_eq!(body(&samples::list(), FanOut::Alert).as_array().unwrap().len(), 21);
        assert_eq!(body(&samples::list(), FanOut::Rule).as_array().unwrap().len(), 1);
    }

    #[test]
    fn an_escalated_alert_ends_under_its_old_severity() {
        let escalated = Notification { cause: Cause::Escalated, ..samples::individual() };
        let body = body(&escalated, FanOut::Alert);
        let seen: Vec<_> =
            body.as_array().unwrap().iter().map(|alert| (&alert["labels"]["severity"], &alert["endsAt"])).collect();
        let (ends, later) = (json!(AT.to_string()), json!(AT.plus(ENDS_AFTER).to_string()));
        assert_eq!(seen, [(&json!("warning"), &ends), (&json!("critical"), &later)]);
    }

    #[test]
    fn batches_hold_five_hundred() {
        let mut notification = samples::list();
        for (count, sizes) in [(500, vec![500]), (501, vec![500, 1]), (1_200, vec![500, 500, 200])] {
            notification.alerts = (0..count).map(|n| samples::alert(samples::account(n), "t", "t")).collect();
            let requests = sent(&notification, FanOut::Alert);
            let given: Vec<_> =
                requests.iter().map(|request| samples::json(request).as_array().unwrap().len()).collect();
            assert_eq!(given, sizes);
        }
    }

    #[test]
    fn firing_alerts_are_sent_again_and_resolved_ones_for_five_minutes() {
        let (firing, resolved) = (samples::individual(), samples::resolved(samples::individual()));
        let after = |minutes| AT.plus(Duration::from_mins(minutes));
        assert_eq!(resend_after(&firing, AT, after(600)), Some(after(601)));
        assert_eq!(resend_after(&resolved, AT, after(4)), Some(after(5)));
        assert_eq!(resend_after(&resolved, AT, after(5)), None);
        assert_eq!(resend_after(&samples::heartbeat(), AT, AT), None);
    }

    #[test]
    fn hostile_text_becomes_labels_of_one_line() {
        let body = body(&samples::hostile(), FanOut::Alert);
        for (name, value) in body[0]["labels"].as_object().unwrap() {
            let value = value.as_str().unwrap();
            assert!(!value.contains('\n') && value.chars().count() <= 256, "{name}: {value}");
        }
    }

    #[test]
    fn a_heartbeat_and_a_digest_are_alerts_of_their_own() {
        assert_eq!(
            body(&samples::heartbeat(), FanOut::Alert)[0]["labels"],
            json!({ "alertname": "FaninHeartbeat", "severity": "info" })
        );
        assert_eq!(body(&samples::digest(), FanOut::Alert)[0]["labels"]["alertname"], "FaninDigest");
    }
}
