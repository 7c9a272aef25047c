//! Notifications as they are made: what they show, what they are called, and to whom they go.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use super::alert::Alert;
use super::{Cause, Kind, Notification, Status};
use crate::id::AccountId;
use crate::rule::{Level, Notify, Rule};
use crate::sample::Line;
use crate::time::Timestamp;

/// Most alerts that a list shows.
pub(super) const LIST_MAX: usize = 100;

/// How many alerts a fleet notification shows.
pub(super) const FLEET_MAX: usize = 10;

/// How long the numbers of an incident are kept after its last notification; no receiver is down for longer.
const COUNTERS_KEPT: std::time::Duration = std::time::Duration::from_secs(30 * 86_400);

/// Who is told of which level.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Classes {
    critical: Option<Box<str>>,
    warning: Option<Box<str>>,
    pub(super) route: Option<Box<str>>,
}

impl Classes {
    pub(super) fn of(&self, level: Level) -> Option<&str> {
        match level {
            Level::Critical => self.critical.as_deref(),
            Level::Warning => self.warning.as_deref(),
        }
    }
}

impl From<&Notify> for Classes {
    fn from(notify: &Notify) -> Self {
        Self { critical: notify.critical.clone(), warning: notify.warning.clone(), route: notify.route.clone() }
    }
}

impl std::fmt::Display for Classes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = |text: &Option<Box<str>>| text.clone().unwrap_or_default();
        write!(f, "{}+{}+{}", text(&self.critical), text(&self.warning), text(&self.route))
    }
}

/// What was told so far under one key. Whoever was told of a thing is told how it goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Thread {
    pub(super) to: Vec<Box<str>>,
    /// The level that was told last.
    pub(super) level: Level,
    /// The worst level that was told.
    worst: Level,
    /// When it was told last.
    pub(super) last: Timestamp,
    /// How many accounts were told last.
    pub(super) accounts: u32,
    /// How many alerts were told last.
    pub(super) alerts: u32,
    /// All of it is muted.
    pub(super) quiet: bool,
}

impl Thread {
    /// A thread in which nothing was told yet.
    pub(super) const fn new(now: Timestamp) -> Self {
        Self {
            to: Vec::new(),
            level: Level::Warning,
            worst: Level::Warning,
            last: now,
            accounts: 0,
            alerts: 0,
            quiet: false,
        }
    }

    /// Notes that `level` is told now. The class of a level joins when nothing worse was told before: who was woken for
    /// the critical part needs no ticket for the rest.
    pub(super) fn tell(&mut self, level: Level, classes: &Classes, now: Timestamp) {
        if level >= self.worst || self.to.is_empty() {
            self.worst = self.worst.max(level);
            if let Some(class) = classes.of(level)
                && !self.to.iter().any(|to| **to == *class)
            {
                self.to.push(class.into());
            }
        }
        self.level = level;
        self.last = now;
    }
}

/// Notifications that wait to be taken, and the numbers they have.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Out {
    pub(super) queue: VecDeque<Notification>,
    counters: BTreeMap<Box<str>, Counter>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Counter {
    episode: u32,
    number: u32,
    last: Timestamp,
}

impl Out {
    /// Begins a new episode under a key. Numbers go on, so that what was told before never replaces what comes now.
    pub(super) fn open(&mut self, key: &str, now: Timestamp) {
        let counter = self.counters.entry(key.into()).or_default();
        counter.episode += 1;
        counter.last = now;
    }

    /// Sends one notification to each of those who are told.
    pub(super) fn send(&mut self, notification: &Notification, to: &[Box<str>], now: Timestamp) {
        for to in to {
            let counter = self.counters.entry(notification.incident.clone()).or_default();
            counter.number += 1;
            counter.last = now;
            self.queue.push_back(Notification {
                id: id(&notification.incident, counter.episode, counter.number),
                number: counter.number,
                to: to.clone(),
                ..notification.clone()
            });
        }
    }

    /// Forgets the numbers of incidents that are long over.
    pub(super) fn prune(&mut self, now: Timestamp) {
        self.counters.retain(|_, counter| now.since(counter.last) < COUNTERS_KEPT);
    }
}

fn id(key: &str, episode: u32, number: u32) -> Box<str> {
    let mut bytes = key.as_bytes().to_vec();
    bytes.push(0);
    bytes.extend(episode.to_be_bytes());
    bytes.extend(number.to_be_bytes());
    format!("{:016x}", xxh3_64(&bytes)).into()
}

/// A notification with nothing in it yet.
pub(super) fn blank(incident: &str, kind: Kind, cause: Cause, at: Timestamp) -> Notification {
    Notification {
        id: Box::default(),
        incident: incident.into(),
        number: 0,
        kind,
        cause,
        status: Status::Firing,
        level: Level::Warning,
        to: Box::default(),
        route: None,
        rule: Box::default(),
        labels: BTreeMap::new(),
        since: at,
        at,
        late: false,
        flapping: false,
        accounts: 0,
        accounts_max: 0,
        evaluated: 0,
        alerts: Vec::new(),
        alerts_total: 0,
        common: Vec::new(),
        lines: Vec::new(),
        annotations: BTreeMap::new(),
        runbook: None,
    }
}

/// Labels of a rule.
pub(super) fn labels(rule: Option<&Rule>) -> BTreeMap<Box<str>, Box<str>> {
    rule.map(|rule| rule.labels.iter().cloned().collect()).unwrap_or_default()
}

/// The accounts of alerts, ascending, each once.
pub(super) fn accounts<'a>(alerts: impl Iterator<Item = &'a Alert>) -> Vec<AccountId> {
    let mut accounts: Vec<_> = alerts.filter_map(|alert| alert.account).collect();
    accounts.sort_unstable();
    accounts.dedup();
    accounts
}

/// The newest records of alerts, of as many accounts as there are.
pub(super) fn lines<'a>(alerts: impl Iterator<Item = &'a Alert>, most: usize) -> Vec<Line> {
    let mut all: Vec<&Line> = alerts.flat_map(|alert| &alert.lines).collect();
    all.sort_by(|a, b| (b.at, a.account, &a.text).cmp(&(a.at, b.account, &b.text)));
    let mut seen = std::collections::BTreeSet::new();
    let (mut first, others): (Vec<&Line>, Vec<&Line>) = all.into_iter().partition(|line| seen.insert(line.account));
    first.extend(others);
    first.into_iter().take(most).cloned().collect()
}
