//! Fanin's own log as a receiver.

use super::{Telling, labels, text};
use crate::config::alerting::Log;
use crate::incident::Kind;

/// An entry of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The title.
    pub title: String,
    /// Name of the rule.
    pub rule: String,
    /// `critical`, `warning` or `info`.
    pub severity: &'static str,
    /// `firing` or `resolved`.
    pub status: &'static str,
    /// How many accounts fire, or fired at most.
    pub accounts: u32,
    /// The summary, where the rule has one.
    pub summary: String,
    /// The worst alerts in one line, `; ` between them.
    pub alerts: String,
}

pub(super) fn entry(telling: &Telling<'_>, log: &Log) -> Entry {
    let notification = telling.notification;
    let mut alerts = match notification.kind {
        Kind::Heartbeat => Vec::new(),
        Kind::Individual | Kind::List | Kind::Fleet | Kind::Digest => text::alert_lines(notification, log.alerts_max),
    };
    alerts.extend(text::more(notification, alerts.len()));
    Entry {
        title: text::title(notification),
        rule: text::one_line(&notification.rule, text::VALUE_CHARS_MAX),
        severity: labels::severity(notification),
        status: notification.status.as_str(),
        accounts: text::accounts_told(notification),
        summary: text::one_line(text::annotation(notification, "summary").unwrap_or_default(), 1_000),
        alerts: alerts.join("; "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::alerting::{Receiver, ReceiverKind};
    use crate::notify::samples::{self, AT};
    use crate::notify::{Outgoing, requests};

    #[test]
    fn a_fleet_is_one_entry() {
        let receiver = Receiver::new("log", ReceiverKind::Log(Log { alerts_max: 2 }));
        let outgoing = requests(&samples::fleet(), &receiver, &samples::links(), None, AT);
        let expected = Entry {
            title: "[CRITICAL] ApiErrorRate: 6,000 accounts (release=2026.11.3)".into(),
            rule: "ApiErrorRate".into(),
            severity: "critical",
            status: "firing",
            accounts: 6_000,
            summary: "calls fail".into(),
            alerts: "tenant-0 0000-0000-0000: 12.5% (threshold 10%); tenant-1 0000-0000-0001: 12.5% (threshold 10%); \
                     and 5,998 more"
                .into(),
        };
        assert_eq!(outgoing, [Outgoing::Log(expected)]);
    }
}
