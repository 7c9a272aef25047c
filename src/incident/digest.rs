//! Digests: what fired while nobody could be told, in one message for each who would have been.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::message::{self, LIST_MAX, Out};
use super::{AlertShown, Cause, Kind, Status};
use crate::id::AccountId;
use crate::time::Timestamp;

/// Lists that are being gathered, by class and route.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Digest {
    lists: BTreeMap<(Box<str>, Option<Box<str>>), List>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct List {
    alerts: Vec<AlertShown>,
    total: u32,
    accounts: BTreeSet<AccountId>,
}

impl Digest {
    /// Adds an alert that is not told of its own.
    pub(super) fn add(&mut self, to: &str, route: Option<&str>, alert: AlertShown) {
        let list = self.lists.entry((to.into(), route.map(Into::into))).or_default();
        list.total = list.total.saturating_add(1);
        list.accounts.extend(alert.account);
        list.alerts.push(alert);
        if list.alerts.len() >= 2 * LIST_MAX {
            list.shorten();
        }
    }

    /// Sends what was gathered.
    pub(super) fn send(&mut self, out: &mut Out, now: Timestamp) {
        for ((to, route), mut list) in std::mem::take(&mut self.lists) {
            list.shorten();
            let key = match &route {
                Some(route) => format!("digest/{to}/{route}"),
                None => format!("digest/{to}"),
            };
            out.open(&key, now);
            let mut notification = message::blank(&key, Kind::Digest, Cause::Digest, now);
            let fires = list.alerts.iter().any(|alert| alert.status == Status::Firing);
            notification.status = if fires { Status::Firing } else { Status::Resolved };
            notification.level = list.alerts.iter().map(|alert| alert.level).max().unwrap_or(notification.level);
            notification.route = route;
            notification.since = list.alerts.iter().map(|alert| alert.since).min().unwrap_or(now);
            notification.late = true;
            notification.accounts_max = u32::try_from(list.accounts.len()).unwrap_or(u32::MAX);
            notification.accounts = notification.accounts_max;
            notification.alerts = list.alerts;
            notification.alerts_total = list.total;
            out.send(&notification, &[to], now);
        }
    }
}

impl List {
    /// Keeps what fires still, then the worst, then the oldest.
    fn shorten(&mut self) {
        self.alerts.sort_by(|a, b| {
            (a.status == Status::Resolved, b.level, a.since, &a.rule, a.account, a.alert, a.episode).cmp(&(
                b.status == Status::Resolved,
                a.level,
                b.since,
                &b.rule,
                b.account,
                b.alert,
                b.episode,
            ))
        });
        self.alerts.truncate(LIST_MAX);
    }
}
