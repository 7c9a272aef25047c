//! Webhooks in the form of Alertmanager's (version 4), with a signature.
//!
//! Source: Alertmanager, "Configuration", `webhook_config`. What is more than there: `id` (also as `Idempotency-Key`), `number`, `cause`,
//! `kind`, `title`, `account_count`, `accounts_url`, `late`, `flapping`, `common`, `logLines`.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::{Request, Telling, labels, text};
use crate::config::alerting::Webhook;
use crate::incident::{AlertShown, Common, Status};

/// What Alertmanager writes as the end of what has not ended.
const NEVER: &str = "0001-01-01T00:00:00Z";

/// Log lines in one request.
const LINES_MAX: usize = 20;

/// The longest key of idempotency, in characters.
const KEY_CHARS_MAX: usize = 255;

pub(super) fn request(telling: &Telling<'_>, webhook: &Webhook) -> Request {
    let mut request = telling.json("POST", webhook.url.clone(), &body(telling, webhook.alerts_max));
    let id = super::key(&header_text(&telling.notification.id), KEY_CHARS_MAX);
    request.headers.push(("Idempotency-Key".into(), id));
    if let Some(secret) = &webhook.secret {
        let signature = signature(secret.expose().as_bytes(), telling.now.seconds(), &request.body);
        request.headers.push(("X-Fanin-Signature".into(), signature));
    }
    request.headers.extend(webhook.headers.iter().map(|(name, value)| (name.clone(), value.expose().to_owned())));
    request
}

/// `t=<seconds since 1970>,v1=<hex>`: HMAC-SHA256 of the seconds, a dot and the body.
#[must_use]
pub fn signature(secret: &[u8], seconds: u64, body: &[u8]) -> String {
    let mut hmac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes keys of any length");
    hmac.update(format!("{seconds}.").as_bytes());
    hmac.update(body);
    let hex: String = hmac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("t={seconds},v1={hex}")
}

/// What a header may hold: printable ASCII.
fn header_text(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_graphic() { c } else { '_' }).collect()
}

fn body(telling: &Telling<'_>, alerts_max: usize) -> Value {
    let notification = telling.notification;
    let alerts: Vec<Value> = notification.alerts.iter().take(alerts_max).map(|it| alert(telling, it)).collect();
    let shown = u32::try_from(alerts.len()).unwrap_or(u32::MAX);
    let links = telling.links.all(notification);
    json!({
        "version": "4",
        "groupKey": text::one_line(&notification.incident, 1_024),
        "truncatedAlerts": notification.alerts_total.saturating_sub(shown),
        "status": notification.status.as_str(),
        "receiver": telling.receiver.name,
        "groupLabels": { "alertname": labels::common(notification)["alertname"] },
        "commonLabels": labels::common(notification),
        "commonAnnotations": labels::annotations(notification),
        "externalURL": telling.links.external_url.as_deref().unwrap_or_default(),
        "alerts": alerts,
        "id": text::one_line(&notification.id, 1_024),
        "number": notification.number,
        "cause": notification.cause,
        "kind": notification.kind,
        "title": text::title(notification),
        "account_count": text::accounts_told(notification),
        "accounts_url": links.get("alerts").map(String::as_str).unwrap_or_default(),
        "late": notification.late,
        "flapping": notification.flapping,
        "common": notification.common.iter().map(common).collect::<Vec<_>>(),
        "logLines": text::log_lines(notification, LINES_MAX),
    })
}

fn alert(telling: &Telling<'_>, alert: &AlertShown) -> Value {
    let notification = telling.notification;
    let over = alert.status == Status::Resolved || notification.status == Status::Resolved;
    let ends = if over { alert.resolved.unwrap_or(notification.at).to_string() } else { NEVER.into() };
    json!({
        "status": if over { Status::Resolved } else { Status::Firing }.as_str(),
        "labels": labels::of_alert(notification, alert),
        "annotations": labels::annotations_of(notification, alert),
        "startsAt": alert.since.to_string(),
        "endsAt": ends,
        "generatorURL": telling.links.rule(&notification.rule).unwrap_or_default(),
        "fingerprint": format!("{:016x}", alert.alert),
    })
}

pub(super) fn common(common: &Common) -> Value {
    json!({
        "name": text::one_line(&common.name, 64),
        "value": text::one_line(&common.value, 256),
        "share": common.share,
        "shareOfFleet": common.share_of_fleet,
        "accounts": common.accounts,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Secret;
    use crate::config::alerting::ReceiverKind;
    use crate::incident::Notification;
    use crate::notify::samples;

    fn request(notification: &Notification) -> Request {
        let kind = ReceiverKind::Webhook(Webhook {
            url: "https://example.net/hook".into(),
            secret: Some(Secret::new("0123456789abcdef".into())),
            headers: vec![("X-Token".into(), Secret::new("t0ken".into()))],
            alerts_max: 20,
        });
        samples::sent(notification, kind).remove(0)
    }

    #[test]
    fn one_account_has_the_form_of_alertmanager() {
        let request = request(&samples::individual());
        let names: Vec<_> = request.headers.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["Content-Type", "Idempotency-Key", "X-Fanin-Signature", "X-Token"]);
        assert_eq!(request.headers[1].1, "ApiErrorRate/123456789012/1/1");
        insta::assert_json_snapshot!(samples::json(&request));
    }

    #[test]
    fn what_is_over_says_when_it_ended() {
        let body = samples::json(&request(&samples::resolved(samples::individual())));
        assert_eq!((&body["status"], &body["alerts"][0]["status"]), (&json!("resolved"), &json!("resolved")));
        assert_eq!(body["alerts"][0]["endsAt"], "2026-03-02T10:00:00.000Z");
    }

    #[test]
    fn alerts_over_the_limit_are_counted() {
        let body = samples::json(&request(&samples::list()));
        assert_eq!((body["alerts"].as_array().unwrap().len(), &body["truncatedAlerts"]), (20, &json!(1)));
        let body = samples::json(&request(&samples::fleet()));
        assert_eq!((body["alerts"].as_array().unwrap().len(), &body["truncatedAlerts"]), (10, &json!(5_990)));
        assert_eq!(body["account_count"], 6_000);
    }

    /// Computed by OpenSSL: `printf '1772445600.{}' | openssl dgst -sha256 -hmac 0123456789abcdef`.
    #[test]
    fn the_signature_is_that_of_time_and_body() {
        let expected = "t=1772445600,v1=9bff7b17addcabb75e87ba101a8d2262e2d4ba957f7ee3dd78688b242311504f";
        assert_eq!(signature(b"0123456789abcdef", 1_772_445_600, b"{}"), expected);
    }

    #[test]
    fn the_same_notification_has_the_same_key_however_often_it_is_sent() {
        assert_eq!(request(&samples::individual()), request(&samples::individual()));
    }

    #[test]
    fn hostile_text_breaks_neither_headers_nor_json() {
        let request = request(&samples::hostile());
        let key = &request.headers[1].1;
        assert!(key.len() <= 255 && key.bytes().all(|b| b.is_ascii_graphic()), "{key}");
        let body = samples::json(&request);
        assert!(!body["title"].as_str().unwrap().contains('\n'));
        assert!(request.body.len() < 100_000, "{}", request.body.len());
    }
}
