//! The section `alerting` in the shape of the file.

use super::{Tree, list, map, period, text, texts};
use crate::config::Secret;
use crate::config::alerting::{Alerting, Heartbeat, Mute, NotifyRoute, Receiver, ReceiverKind, Slack, TimeRange};
use crate::config::read::Written;

pub(super) fn tree(alerting: &Alerting) -> Tree {
    map([
        ("rules", Some(texts(alerting.rules.iter().map(|path| path.display())))),
        ("external_url", alerting.external_url.as_ref().and_then(text)),
        ("receivers", Some(list(&alerting.receivers, receiver))),
        ("routes", Some(list(&alerting.routes, route))),
        ("heartbeat", alerting.heartbeat.as_ref().map(heartbeat)),
        ("mutes", Some(list(&alerting.mutes, mute))),
    ])
}

fn receiver(receiver: &Receiver) -> Tree {
    let (name, kind) = kind(&receiver.kind);
    map([
        ("name", text(&receiver.name)),
        (name, Some(kind)),
        ("send_resolved", text(receiver.send_resolved)),
        ("timeout", period(receiver.timeout)),
    ])
}

fn kind(kind: &ReceiverKind) -> (&'static str, Tree) {
    match kind {
        ReceiverKind::PagerDuty(it) => {
            ("pagerduty", map([("routing_key", Some(Tree::Hidden)), ("url", text(&it.url))]))
        }
        ReceiverKind::Slack(Slack::Webhook { .. }) => ("slack", map([("webhook_url", Some(Tree::Hidden))])),
        ReceiverKind::Slack(Slack::Bot { channel, url, .. }) => {
            ("slack", map([("bot_token", Some(Tree::Hidden)), ("channel", text(channel)), ("url", text(url))]))
        }
        ReceiverKind::Alertmanager(it) => (
            "alertmanager",
            map([("url", text(&it.url)), ("fan_out", text(it.fan_out.written())), ("headers", headers(&it.headers))]),
        ),
        ReceiverKind::Sns(it) => (
            "sns",
            map([
                ("topic_arn", text(&it.topic_arn)),
                ("region", it.region.and_then(text)),
                ("endpoint", it.endpoint.as_ref().and_then(text)),
                ("role_arn", it.role_arn.as_ref().and_then(text)),
            ]),
        ),
        ReceiverKind::Webhook(it) => (
            "webhook",
            map([
                ("url", text(&it.url)),
                ("secret", it.secret.as_ref().map(|_| Tree::Hidden)),
                ("headers", headers(&it.headers)),
                ("alerts_max", text(it.alerts_max)),
            ]),
        ),
        ReceiverKind::Jsm(it) => (
            "jsm",
            map([
                ("api_key", Some(Tree::Hidden)),
                ("url", text(&it.url)),
                ("responders", Some(texts(it.responders.iter().map(Written::written)))),
            ]),
        ),
        ReceiverKind::Log(it) => ("log", map([("alerts_max", text(it.alerts_max))])),
    }
}

fn headers(headers: &[(String, Secret)]) -> Option<Tree> {
    let hidden = headers.iter().map(|(name, _)| (name.clone(), Tree::Hidden));
    Some(Tree::Map(hidden.collect())).filter(|_| !headers.is_empty())
}

fn route(route: &NotifyRoute) -> Tree {
    let receivers = route.receivers.iter().map(|(class, names)| (class.clone(), texts(names)));
    map([
        ("name", route.name.as_ref().and_then(text)),
        ("match", route.matches.as_ref().and_then(text)),
        ("receivers", Some(Tree::Map(receivers.collect()))),
    ])
}

fn heartbeat(heartbeat: &Heartbeat) -> Tree {
    map([("receiver", text(&heartbeat.receiver)), ("every", period(heartbeat.every))])
}

fn mute(mute: &Mute) -> Tree {
    let range = |range: &TimeRange| map([("from", text(range.from)), ("to", text(range.to))]);
    map([
        ("name", text(&mute.name)),
        ("match", Some(texts(&mute.matchers))),
        ("weekdays", Some(texts(mute.weekdays.iter().map(Written::written)))),
        ("times", Some(list(&mute.times, range))),
        ("location", text(&mute.location)),
    ])
}
