//! Labels and annotations as Alertmanager has them, for its API and for webhooks in its form.

use std::collections::BTreeMap;

use super::text;
use crate::incident::{AlertShown, Kind, Notification};

/// The longest value of a label, in characters.
const LABEL_CHARS_MAX: usize = 256;

/// The longest value of an annotation, in characters.
const ANNOTATION_CHARS_MAX: usize = 4_000;

/// Names or values of one alert.
pub(super) type Labels = BTreeMap<String, String>;

/// Labels of a notification as a whole.
pub(super) fn common(notification: &Notification) -> Labels {
    let mut labels = Labels::new();
    for (name, value) in &notification.labels {
        add(&mut labels, name, value);
    }
    let name = match notification.kind {
        Kind::Heartbeat => "FaninHeartbeat",
        Kind::Digest => "FaninDigest",
        Kind::Individual | Kind::List | Kind::Fleet => &notification.rule,
    };
    add(&mut labels, "alertname", name);
    add(&mut labels, "severity", severity(notification));
    labels
}

/// Labels of one alert: those that tell it from others stand over labels of the rule.
pub(super) fn of_alert(notification: &Notification, alert: &AlertShown) -> Labels {
    let mut labels = common(notification);
    for (name, value) in &alert.group {
        add(&mut labels, name, value);
    }
    let rule = if alert.rule.is_empty() { &notification.rule } else { &alert.rule };
    add(&mut labels, "alertname", rule);
    add(&mut labels, "severity", alert.level.as_str());
    let known = [
        ("tenant", &alert.tenant),
        ("tenant_name", &alert.tenant_name),
        ("tier", &alert.tier),
        ("region", &alert.region),
    ];
    for (name, value) in known {
        add(&mut labels, name, value);
    }
    if let Some(account) = alert.account {
        add(&mut labels, "account", account.as_str());
    }
    labels
}

/// Annotations of a notification, with what its own texts leave open.
pub(super) fn annotations(notification: &Notification) -> Labels {
    let mut annotations = Labels::new();
    for (name, value) in &notification.annotations {
        let _ = annotations.insert(name_of(name), text::lines_kept(value, ANNOTATION_CHARS_MAX));
    }
    let _ = annotations.entry("summary".into()).or_insert_with(|| text::title(notification));
    if let Some(runbook) = &notification.runbook {
        let _ =
            annotations.entry("runbook_url".into()).or_insert_with(|| text::one_line(runbook, ANNOTATION_CHARS_MAX));
    }
    annotations
}

/// Annotations of one alert: those of the notification, and its value.
pub(super) fn annotations_of(notification: &Notification, alert: &AlertShown) -> Labels {
    let mut annotations = annotations(notification);
    let _ = annotations.insert("value".into(), text::shown(alert.value, alert.unit));
    if let Some(threshold) = alert.threshold {
        let _ = annotations.insert("threshold".into(), text::shown(Some(threshold), alert.unit));
    }
    annotations
}

/// `critical`, `warning`; `info` for what asks for nothing.
pub(super) fn severity(notification: &Notification) -> &'static str {
    match notification.kind {
        Kind::Digest | Kind::Heartbeat => "info",
        Kind::Individual | Kind::List | Kind::Fleet => notification.level.as_str(),
    }
}

/// An empty label is the same as none.
fn add(labels: &mut Labels, name: &str, value: &str) {
    let value = text::one_line(value, LABEL_CHARS_MAX);
    if !value.is_empty() {
        let _ = labels.insert(name_of(name), value);
    }
}

/// A name that Prometheus takes: `dim.ApiName` becomes `dim_ApiName`.
///
/// Source: Prometheus, "Data model", pattern `[a-zA-Z_][a-zA-Z0-9_]*`.
fn name_of(name: &str) -> String {
    let fits = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let name: String = name.chars().take(LABEL_CHARS_MAX).map(fits).collect();
    if name.starts_with(|c: char| c.is_ascii_digit()) || name.is_empty() { format!("_{name}") } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::samples;

    #[test]
    fn an_alert_has_labels_that_prometheus_takes() {
        let mut notification = samples::individual();
        notification.alerts[0].group = [("dim.ApiName".into(), "orders".into()), ("9".into(), "".into())].into();
        let labels: Vec<_> = of_alert(&notification, &notification.alerts[0]).into_iter().collect();
        let expected = [
            ("account", "123456789012"),
            ("alertname", "ApiErrorRate"),
            ("dim_ApiName", "orders"),
            ("region", "eu-central-1"),
            ("severity", "critical"),
            ("team", "platform"),
            ("tenant", "acme"),
            ("tenant_name", "acme-prod"),
            ("tier", "gold"),
        ];
        assert_eq!(labels, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(name_of("9lives"), "_9lives");
    }

    #[test]
    fn a_label_of_the_rule_cannot_take_the_place_of_the_account() {
        let mut notification = samples::individual();
        notification.labels = [("account".into(), "000000000000".into()), ("severity".into(), "none".into())].into();
        let labels = of_alert(&notification, &notification.alerts[0]);
        assert_eq!((labels["account"].as_str(), labels["severity"].as_str()), ("123456789012", "critical"));
    }
}
