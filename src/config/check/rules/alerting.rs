//! Rules between the settings of `alerting`.

use super::Rules;
use crate::config::alerting::{Receiver, ReceiverKind, Slack};
use crate::config::problem::{Code, did_you_mean, quoted};
use crate::config::url::{self, Transport};

impl Rules<'_> {
    pub(super) fn alerting(&mut self) {
        let config = self.config;
        let alerting = &config.alerting;
        // An item that was refused is not in the list any more, so that the places of those behind it are not known.
        if self.is_broken("alerting.receivers") {
            return;
        }
        let names = alerting.receivers.iter().map(|receiver| receiver.name.as_str());
        self.unique(names, |index| format!("alerting.receivers[{index}].name"), "receiver");
        for (index, receiver) in alerting.receivers.iter().enumerate() {
            self.receiver_url(receiver, &format!("alerting.receivers[{index}]"));
        }
        self.routes();
        self.heartbeat();
        if !self.is_broken("alerting.mutes") {
            let names = alerting.mutes.iter().map(|mute| mute.name.as_str());
            self.unique(names, |index| format!("alerting.mutes[{index}].name"), "mute");
        }
    }

    /// Secrets that anyone on the way could read.
    fn receiver_url(&mut self, receiver: &Receiver, key: &str) {
        let (name, given) = match &receiver.kind {
            ReceiverKind::PagerDuty(it) => ("pagerduty.url", it.url.as_str()),
            ReceiverKind::Slack(Slack::Webhook { url }) => ("slack.webhook_url", url.expose()),
            ReceiverKind::Slack(Slack::Bot { url, .. }) => ("slack.url", url.as_str()),
            ReceiverKind::Alertmanager(it) if !it.headers.is_empty() => ("alertmanager.url", it.url.as_str()),
            ReceiverKind::Webhook(it) if !it.headers.is_empty() => ("webhook.url", it.url.as_str()),
            ReceiverKind::Jsm(it) => ("jsm.url", it.url.as_str()),
            ReceiverKind::Alertmanager(_) | ReceiverKind::Webhook(_) | ReceiverKind::Sns(_) | ReceiverKind::Log(_) => {
                return;
            }
        };
        let Ok(url) = url::parse(given) else { return };
        if url.transport == Transport::Plain && !url.is_loopback() {
            self.add(
                Code::Unencrypted,
                &format!("{key}.{name}"),
                "secrets travel unencrypted over http://: write https://",
            );
        }
    }

    fn routes(&mut self) {
        let config = self.config;
        let mut names = Vec::new();
        for (index, route) in config.alerting.routes.iter().enumerate() {
            let key = format!("alerting.routes[{index}]");
            if let Some(name) = &route.name {
                if names.contains(&name) {
                    let message = format!("another route is called {} already: names are unique", quoted(name));
                    self.add(Code::Duplicate, &format!("{key}.name"), message);
                }
                names.push(name);
            }
            for (class, receivers) in &route.receivers {
                for (index, receiver) in receivers.iter().enumerate() {
                    self.known_receiver(receiver, &format!("{key}.receivers.{class}[{index}]"));
                }
            }
        }
    }

    fn heartbeat(&mut self) {
        let config = self.config;
        let Some(heartbeat) = &config.alerting.heartbeat else { return };
        let key = "alerting.heartbeat.receiver";
        self.known_receiver(&heartbeat.receiver, key);
        let kind = config.alerting.receiver(&heartbeat.receiver).map(|receiver| &receiver.kind);
        if matches!(kind, Some(ReceiverKind::PagerDuty(_) | ReceiverKind::Slack(_))) {
            let message = "people would be told each time: use a webhook, alertmanager, sns, jsm or log";
            self.add(Code::Conflict, key, message);
        }
    }

    fn known_receiver(&mut self, name: &str, key: &str) {
        let names: Vec<&str> = self.config.alerting.receivers.iter().map(|receiver| receiver.name.as_str()).collect();
        if names.contains(&name) {
            return;
        }
        let hint = did_you_mean(name, &names);
        self.add(Code::Value, key, format!("there is no receiver {}{hint}", quoted(name)));
    }
}
