//! An alert as its incident keeps it: what is shown of it, what it is called by, and how far it was told.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::message::Thread;
use super::{AlertShown, Status};
use crate::evaluator::Transition;
use crate::id::{AccountId, Region};
use crate::predicate::field::Field;
use crate::rule::{Kind, Level, Rule, Unit};
use crate::sample::{Group, Line};
use crate::tenant::{Directory, Entry, UNASSIGNED};
use crate::time::Timestamp;

/// Most records that are kept of one alert.
const LINES_MAX: usize = 5;

/// An alert that fires, or is held as if it did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Alert {
    pub(super) alert: u64,
    pub(super) account: Option<AccountId>,
    /// Values of the group beside the account, by the names that the rule has for them.
    pub(super) group: Vec<(Box<str>, Box<str>)>,
    pub(super) episode: u32,
    pub(super) level: Level,
    pub(super) value: Option<f64>,
    pub(super) threshold: Option<f64>,
    pub(super) unit: Unit,
    pub(super) since: Timestamp,
    /// The tick at which it fired or became critical: how old its news is.
    pub(super) at: Timestamp,
    pub(super) late: bool,
    /// See `AlertShown`.
    pub(super) spread: u32,
    pub(super) lines: Vec<Line>,
    /// Someone was told that it fires.
    pub(super) told: bool,
    /// Notifications of it alone.
    pub(super) thread: Option<Thread>,
    /// A silence, a mute or another alert keeps it from being told.
    pub(super) muted: bool,
    /// It was muted, and whoever is told should hear of it again.
    pub(super) unmuted: bool,
    /// Its news was too old to be told.
    pub(super) stale: bool,
    /// When it stops to count as flapping, if nothing happens until then.
    pub(super) flapping: Option<Timestamp>,
    /// That it flaps is still to be told.
    pub(super) flaps_untold: bool,
    /// When it resolved, where it is held or, as an event, waits to be told.
    pub(super) resolved: Option<Timestamp>,
}

impl Alert {
    /// An alert that begins to fire; it keeps up to `lines` records.
    pub(super) fn new(transition: &Transition, rule: Option<&Rule>, lines: usize) -> Self {
        let mut alert = Self {
            alert: transition.alert,
            account: transition.group.account,
            group: group_values(&transition.group, rule),
            episode: transition.episode,
            level: transition.level,
            value: transition.value,
            threshold: transition.threshold,
            unit: transition.unit,
            since: transition.since,
            at: transition.at,
            late: transition.late,
            spread: transition.spread,
            lines: Vec::new(),
            told: false,
            thread: None,
            muted: false,
            unmuted: false,
            stale: false,
            flapping: None,
            flaps_untold: false,
            resolved: None,
        };
        alert.keep_lines(transition, lines);
        alert
    }

    /// Takes over what a later transition says of it.
    pub(super) fn update(&mut self, transition: &Transition, lines: usize) {
        if transition.level > self.level || transition.episode != self.episode {
            self.at = transition.at;
            self.late = transition.late;
        }
        if transition.episode != self.episode {
            self.since = transition.since;
        }
        self.episode = transition.episode;
        self.level = transition.level;
        self.value = transition.value;
        self.threshold = transition.threshold;
        self.unit = transition.unit;
        self.resolved = None;
        self.keep_lines(transition, lines);
    }

    fn keep_lines(&mut self, transition: &Transition, lines: usize) {
        self.lines.extend(transition.lines.iter().cloned());
        let surplus = self.lines.len().saturating_sub(lines.min(LINES_MAX));
        drop(self.lines.drain(..surplus));
    }

    /// As notifications show it.
    pub(super) fn shown(&self, rule: &str, directory: &Directory) -> AlertShown {
        let entry = self.account.and_then(|account| directory.get(account));
        let tenant = if self.account.is_some() { UNASSIGNED } else { "" };
        let text = |text: Option<&str>| text.unwrap_or_default().into();
        let region = self.group_value("region").or_else(|| entry?.region.as_ref().map(Region::as_str));
        AlertShown {
            alert: self.alert,
            rule: rule.into(),
            account: self.account,
            tenant: entry.map_or(tenant, |entry| &entry.tenant).into(),
            tenant_name: text(entry.and_then(|entry| entry.name.as_deref())),
            tier: text(entry.and_then(|entry| entry.tier.as_deref())),
            region: text(region),
            group: self.group.iter().cloned().collect::<BTreeMap<_, _>>(),
            status: if self.resolved.is_some() { Status::Resolved } else { Status::Firing },
            level: self.level,
            value: self.value,
            threshold: self.threshold,
            unit: self.unit,
            since: self.since,
            resolved: self.resolved,
            episode: self.episode,
            spread: self.spread,
        }
    }

    fn group_value(&self, name: &str) -> Option<&str> {
        self.group.iter().find(|(key, _)| **key == *name).map(|(_, value)| &**value)
    }

    /// How far the value is beyond the threshold, in multiples of it; alerts without either are nearest.
    fn beyond(&self) -> f64 {
        match (self.value, self.threshold) {
            (Some(value), Some(threshold)) => (value - threshold).abs() / threshold.abs().max(f64::MIN_POSITIVE),
            (Some(_), None) | (None, _) => 0.0,
        }
    }

    /// Worst first: by level, then by how far it is beyond the threshold, then the oldest.
    pub(super) fn worse(&self, other: &Self) -> std::cmp::Ordering {
        (other.level.cmp(&self.level))
            .then_with(|| other.beyond().total_cmp(&self.beyond()))
            .then_with(|| self.since.cmp(&other.since))
            .then_with(|| (self.account, &self.group, self.alert).cmp(&(other.account, &other.group, other.alert)))
    }
}

/// What silences and inhibitions know an alert by.
#[derive(Clone, Copy, Debug)]
pub struct Labels<'a> {
    /// Key of the incident; empty where it is in none.
    pub incident: &'a str,
    /// Its name.
    pub name: &'a str,
    /// The rule, where it still runs.
    pub rule: Option<&'a Rule>,
    /// Its level.
    pub level: Level,
    /// Its fingerprint.
    pub alert: u64,
    /// Whose it is.
    pub account: Option<&'a AccountId>,
    /// Values of the group beside the account, by the names that the rule has for them.
    pub group: &'a [(Box<str>, Box<str>)],
    /// What the directory says of the account.
    pub entry: Option<&'a Entry>,
}

impl<'a> Labels<'a> {
    /// Those of an alert of an incident.
    pub(super) fn new(
        incident: &'a str,
        name: &'a str,
        rule: Option<&'a Rule>,
        alert: &'a Alert,
        entry: Option<&'a Entry>,
    ) -> Self {
        let Alert { level, account, group, .. } = alert;
        Self { incident, name, rule, level: *level, alert: alert.alert, account: account.as_ref(), group, entry }
    }

    /// The value of a label: of the alert itself, of its group, of the account, of the rule, in this order.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Cow<'a, str>> {
        let own = match name {
            "rule" | "alertname" => Some(Cow::Borrowed(self.name)),
            "incident" => Some(Cow::Borrowed(self.incident)),
            "level" | "severity" => Some(Cow::Borrowed(self.level.as_str())),
            "fingerprint" => Some(Cow::Owned(fingerprint(self.alert))),
            "account" => self.account.map(|account| Cow::Borrowed(account.as_str())),
            other => self.group_value(other).map(Cow::Borrowed),
        };
        own.or_else(|| of_account(self.entry?, name).map(Cow::Borrowed)).or_else(|| {
            let (_, value) = self.rule?.labels.iter().find(|(key, _)| **key == *name)?;
            Some(Cow::Borrowed(&**value))
        })
    }

    /// What inhibition compares: what the group says, else the account. A rule may group by `level` and mean another.
    pub(super) fn of_group(&self, name: &str) -> Option<&'a str> {
        let own = match name {
            "account" => self.account.map(AccountId::as_str),
            other => self.group_value(other),
        };
        own.or_else(|| of_account(self.entry?, name))
    }

    fn group_value(&self, name: &str) -> Option<&'a str> {
        self.group.iter().find(|(key, _)| **key == *name).map(|(_, value)| &**value)
    }
}

/// The value of a label that the directory gives an account.
#[must_use]
pub fn of_account<'a>(entry: &'a Entry, name: &str) -> Option<&'a str> {
    match name {
        "account" => Some(entry.account.as_str()),
        "region" | "tenant.region" => entry.region.as_ref().map(Region::as_str),
        "tenant" | "tenant.id" => Some(&entry.tenant),
        "tenant.name" => entry.name.as_deref(),
        "tier" | "tenant.tier" => entry.tier.as_deref(),
        "ou" | "tenant.ou" => entry.ou_path.as_deref(),
        label => entry.labels.get(label.strip_prefix("tenant.").unwrap_or(label)).map(String::as_str),
    }
}

/// A fingerprint as 16 hexadecimal digits.
#[must_use]
pub fn fingerprint(alert: u64) -> String {
    format!("{alert:016x}")
}

/// Values of the group beside the account, with the names that the rule has for them.
#[must_use]
pub fn group_values(group: &Group, rule: Option<&Rule>) -> Vec<(Box<str>, Box<str>)> {
    let fields = rule.map_or(&[][..], |rule| match &rule.kind {
        Kind::Event { dedup_by, .. } => dedup_by,
        Kind::Threshold(_)
        | Kind::Ratio(_)
        | Kind::Absence { .. }
        | Kind::Fleet(_)
        | Kind::Composite { .. }
        | Kind::FirstSeen(_)
        | Kind::Change { .. }
        | Kind::Outlier(_)
        | Kind::Forecast { .. } => &rule.group_by,
    });
    let mut names = fields.iter().filter(|field| **field != Field::Account).map(|field| field.to_string().into());
    // What stands behind the fields is the key of a `first_seen` rule.
    group.rest.iter().map(|value| (names.next().unwrap_or_else(|| "key".into()), value.clone())).collect()
}

/// The rule whose settings an alert uses: `X` for `X:NoData`, `X:FleetShift` and `X:Overflow`.
#[must_use]
pub fn base(name: &str) -> &str {
    [":NoData", ":FleetShift", ":Overflow"].into_iter().find_map(|suffix| name.strip_suffix(suffix)).unwrap_or(name)
}
