//! Notifications for tests.

use std::time::Duration;

use crate::config::alerting::{Receiver, ReceiverKind};
use crate::id::AccountId;
use crate::incident::{AlertShown, Cause, Common, Kind, Notification, Status};
use crate::notify::links::Links;
use crate::notify::{Outgoing, Request, requests};
use crate::rule::{Level, Unit};
use crate::sample::Line;
use crate::time::Timestamp;

/// 2026-03-02T10:00:00Z
pub(crate) const AT: Timestamp = Timestamp::from_seconds(1_772_445_600);

pub(crate) fn links() -> Links {
    Links::new(Some("https://fanin.example.net"))
}

pub(crate) fn account(number: u64) -> AccountId {
    AccountId::parse(&format!("{number:012}")).unwrap()
}

pub(crate) fn alert(account: AccountId, tenant: &str, name: &str) -> AlertShown {
    AlertShown {
        alert: 0x0123_4567_89ab_cdef,
        rule: "ApiErrorRate".into(),
        account: Some(account),
        tenant: tenant.into(),
        tenant_name: name.into(),
        tier: "gold".into(),
        region: "eu-central-1".into(),
        group: [].into(),
        status: Status::Firing,
        level: Level::Critical,
        value: Some(0.125),
        threshold: Some(0.1),
        unit: Unit::Percent,
        since: AT.minus(Duration::from_secs(300)),
        resolved: None,
        episode: 1,
        spread: 0,
    }
}

/// One account.
pub(crate) fn individual() -> Notification {
    Notification {
        id: "ApiErrorRate/123456789012/1/1".into(),
        incident: "ApiErrorRate/123456789012/1".into(),
        number: 1,
        kind: Kind::Individual,
        cause: Cause::Fired,
        status: Status::Firing,
        level: Level::Critical,
        to: "page".into(),
        route: None,
        rule: "ApiErrorRate".into(),
        labels: [("team".into(), "platform".into())].into(),
        since: AT.minus(Duration::from_secs(300)),
        at: AT,
        late: false,
        flapping: false,
        accounts: 1,
        accounts_max: 1,
        evaluated: 6_012,
        alerts: vec![alert(account(123_456_789_012), "acme", "acme-prod")],
        alerts_total: 1,
        common: Vec::new(),
        lines: vec![Line {
            at: AT,
            account: account(123_456_789_012),
            log_group: "/aws/lambda/orders".into(),
            text: "upstream timeout after 30s".into(),
        }],
        annotations: [("summary".into(), "12.5% of calls fail for acme-prod".into())].into(),
        runbook: Some("https://runbooks.example.net/api-error-rate".into()),
    }
}

fn many(count: u32, shown: u64) -> Notification {
    let alerts = (0..shown).map(|n| alert(account(n), &format!("t{n}"), &format!("tenant-{n}")));
    Notification {
        id: "ApiErrorRate/7/2".into(),
        incident: "ApiErrorRate/7".into(),
        kind: Kind::List,
        accounts: count,
        accounts_max: count,
        alerts: alerts.collect(),
        alerts_total: count,
        common: vec![Common {
            name: "release".into(),
            value: "2026.11.3".into(),
            share: 1.0,
            share_of_fleet: 0.12,
            accounts: count,
        }],
        annotations: [("summary".into(), "calls fail".into())].into(),
        ..individual()
    }
}

/// 21 accounts.
pub(crate) fn list() -> Notification {
    many(21, 21)
}

/// 6,000 accounts, of which ten are shown.
pub(crate) fn fleet() -> Notification {
    Notification { kind: Kind::Fleet, ..many(6_000, 10) }
}

/// The same, over.
pub(crate) fn resolved(mut notification: Notification) -> Notification {
    notification.status = Status::Resolved;
    notification.cause = Cause::Resolved;
    notification.number += 1;
    notification.accounts = 0;
    notification.lines.clear();
    for alert in &mut notification.alerts {
        alert.status = Status::Resolved;
        alert.resolved = Some(AT);
    }
    notification
}

/// What fired and resolved during a stall.
pub(crate) fn digest() -> Notification {
    let notification = Notification {
        kind: Kind::Digest,
        rule: "".into(),
        runbook: None,
        annotations: [].into(),
        labels: [].into(),
        ..many(2, 2)
    };
    Notification { cause: Cause::Digest, common: Vec::new(), ..resolved(notification) }
}

/// Fanin is alive.
pub(crate) fn heartbeat() -> Notification {
    Notification {
        id: "heartbeat/1".into(),
        incident: "heartbeat".into(),
        kind: Kind::Heartbeat,
        cause: Cause::Heartbeat,
        rule: "".into(),
        alerts: Vec::new(),
        alerts_total: 0,
        lines: Vec::new(),
        annotations: [].into(),
        labels: [].into(),
        runbook: None,
        ..individual()
    }
}

/// Everything that a tenant can write holds what could break a message.
pub(crate) fn hostile() -> Notification {
    let evil = "<!channel> \"quoted\" & <https://evil.example|click>\n```\u{0}\u{1b}[31m\u{2028}end";
    let mut notification = individual();
    let alert = &mut notification.alerts[0];
    alert.tenant = evil.into();
    alert.tenant_name = evil.into();
    alert.group = [("dim.ApiName".into(), evil.repeat(1_000).into())].into();
    notification.rule = evil.into();
    notification.annotations =
        [("summary".into(), evil.repeat(1_000).into()), ("description".into(), evil.into())].into();
    notification.incident = evil.repeat(100).into();
    notification.id = format!("{}\r\nX-Evil: 1", evil.repeat(100)).into();
    let line = &notification.lines[0];
    let long = Line { text: format!("{evil}{}", "\u{e4}".repeat(100_000)).into(), ..line.clone() };
    notification.lines = vec![long; 50];
    notification
}

/// The requests to a receiver of that kind.
pub(crate) fn sent(notification: &Notification, kind: ReceiverKind) -> Vec<Request> {
    let receiver = Receiver::new("test", kind);
    let outgoing = requests(notification, &receiver, &links(), None, AT);
    outgoing
        .into_iter()
        .map(|outgoing| match outgoing {
            Outgoing::Http(request) => request,
            Outgoing::Publish(_) | Outgoing::Log(_) => panic!("not over HTTP"),
        })
        .collect()
}

/// The body of a request.
#[track_caller]
pub(crate) fn json(request: &Request) -> serde_json::Value {
    serde_json::from_slice(&request.body).unwrap()
}
