//! Annotations of a rule, filled in for a notification.

use super::links::Links;
use crate::incident::{AlertShown, Notification};
use crate::rule::Annotations;
use crate::template::{self, Context};

/// Fills in `annotations` and `runbook` of a notification from the templates of its rule. What they show of a single alert is
/// of the worst. A template that fails is shown as its error; the notification is never held up.
pub fn render(notification: &mut Notification, written: &Annotations, links: &Links) {
    // First, because templates may name it as a link.
    if let Some(runbook) = &written.runbook {
        notification.runbook = Some(template::render(runbook, &context(notification, links)).into());
    }
    let context = context(notification, links);
    let known = [("summary", written.summary.as_ref()), ("description", written.description.as_ref())];
    let known = known.into_iter().filter_map(|(name, text)| Some((name.into(), text?)));
    let others = written.others.iter().map(|(name, text)| (name.clone(), text));
    for (name, text) in known.chain(others) {
        let rendered = template::render(text, &context);
        let _ = notification.annotations.insert(name, rendered.into());
    }
}

/// What templates see of a notification.
#[must_use]
pub fn context(notification: &Notification, links: &Links) -> Context {
    let text = |text: &str| text.to_owned();
    let worst = notification.alerts.first();
    let of_worst = |field: fn(&AlertShown) -> &str| worst.map(field).unwrap_or_default().to_owned();
    let pairs = |pairs: &std::collections::BTreeMap<Box<str>, Box<str>>| {
        pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
    };
    let group = worst.map(|alert| pairs(&alert.group)).unwrap_or_default();
    Context {
        rule: text(&notification.rule),
        account: worst.and_then(|alert| alert.account).map(|account| account.to_string()).unwrap_or_default(),
        tenant: of_worst(|alert| &alert.tenant),
        tenant_name: of_worst(|alert| if alert.tenant_name.is_empty() { &alert.tenant } else { &alert.tenant_name }),
        tier: of_worst(|alert| &alert.tier),
        region: of_worst(|alert| &alert.region),
        level: text(notification.level.as_str()),
        status: text(notification.status.as_str()),
        value: worst.and_then(|alert| alert.value),
        threshold: worst.and_then(|alert| alert.threshold),
        unit: text(worst.map(|alert| alert.unit).unwrap_or_default().as_str()),
        since: notification.since.to_string(),
        episode: worst.map_or(1, |alert| alert.episode),
        accounts: super::text::accounts_told(notification),
        spread: match worst.map_or(0, |alert| alert.spread) {
            0 => super::text::accounts_told(notification),
            spread => spread,
        },
        key: worst.and_then(|alert| alert.group.get("key")).map(|key| text(key)).unwrap_or_default(),
        labels: pairs(&notification.labels),
        group,
        samples: notification.lines.iter().map(|line| line.text.to_string()).collect(),
        links: links.all(notification),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::samples;

    fn filled_in(mut notification: Notification, text: &str) -> String {
        let written = Annotations { summary: Some(text.into()), ..Annotations::default() };
        render(&mut notification, &written, &samples::links());
        notification.annotations["summary"].to_string()
    }

    #[test]
    fn templates_show_the_worst_alert() {
        assert_eq!(
            filled_in(samples::fleet(), "{{ value | percent }} for {{ tenant_name }}, one of {{ accounts | number }}"),
            "12.5% for tenant-0, one of 6,000"
        );
        assert_eq!(
            filled_in(samples::individual(), "{{ level }} {{ labels.team }} {{ samples | first }}"),
            "critical platform upstream timeout after 30s"
        );
        assert_eq!(
            filled_in(samples::individual(), "{{ links.rule }}"),
            "https://fanin.example.net/alerts/rules/ApiErrorRate"
        );
    }

    #[test]
    fn a_new_key_says_on_how_many_accounts_it_was_met() {
        let mut new = samples::individual();
        new.alerts[0].spread = 40;
        assert_eq!(filled_in(new, "{{ spread }} accounts"), "40 accounts");
        assert_eq!(filled_in(samples::fleet(), "{{ spread | number }} accounts"), "6,000 accounts");
    }

    #[test]
    fn a_template_error_is_shown_and_the_notification_goes_out() {
        assert_eq!(
            filled_in(samples::individual(), "{{ tenant | percent }}"),
            "<template error: \"acme\" is no number>"
        );
    }

    #[test]
    fn a_notification_without_alerts_renders() {
        assert_eq!(filled_in(samples::heartbeat(), "{{ account }}|{{ value }}|{{ key }}"), "|no data|");
    }
}
