//! An incident: the alerts of one rule that are told of together, and the decision what is told of them, and when.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::alert::Alert;
use super::message::{self, Classes, LIST_MAX, Out, Thread};
use super::{AlertShown, Cause, Kind};
use crate::rule::{self, Level, Rule};
use crate::tenant::Directory;
use crate::time::Timestamp;

/// With more alerts than this each keeps one record only,
const ALERTS_WITH_LINES: usize = 100;

/// and with more than this none: a notification shows a few.
const ALERTS_WITH_A_LINE: usize = 1_000;

/// How the alerts of an incident are told. It only grows, until the incident is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Form {
    /// Each alone.
    Individual,
    /// One list.
    List,
    /// One number.
    Fleet,
}

impl From<Form> for Kind {
    fn from(form: Form) -> Self {
        match form {
            Form::Individual => Self::Individual,
            Form::List => Self::List,
            Form::Fleet => Self::Fleet,
        }
    }
}

/// The alerts of one rule that are told of together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Incident {
    pub(super) key: Box<str>,
    pub(super) rule: Box<str>,
    pub(super) classes: Classes,
    /// Its alerts are moments that have no end.
    pub(super) moments: bool,
    /// Its rule watches Fanin itself: it is told of while Fanin is behind.
    pub(super) own: bool,
    pub(super) alerts: BTreeMap<u64, Alert>,
    /// Alerts that were told and resolved, of which that is still to be told.
    pub(super) ended: Vec<Alert>,
    pub(super) form: Option<Form>,
    /// Notifications of all alerts together.
    pub(super) thread: Option<Thread>,
    /// When alerts that are not told yet have waited long enough for others.
    pub(super) waiting: Option<Timestamp>,
    /// Alerts of the list that resolved since it was told last, and how many there were.
    pub(super) gone: Vec<AlertShown>,
    pub(super) gone_total: u32,
    pub(super) evaluated: u32,
    pub(super) at: Timestamp,
    pub(super) since: Option<Timestamp>,
    pub(super) accounts_max: u32,
    /// When it has to be looked at again.
    pub(super) due: Option<Timestamp>,
}

/// What decisions are made by.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) rule: Option<&'a Rule>,
    pub(super) directory: &'a Directory,
    pub(super) now: Timestamp,
}

impl Context<'_> {
    pub(super) fn incident(&self) -> rule::Incident {
        self.rule.map(|rule| rule.incident.clone()).unwrap_or_default()
    }
}

/// The alerts that may be told.
pub(super) struct Count {
    pub(super) alerts: u32,
    pub(super) accounts: u32,
    /// Not told yet.
    pub(super) untold: u32,
    pub(super) unmuted: u32,
    pub(super) level: Option<Level>,
    pub(super) since: Option<Timestamp>,
}

impl Incident {
    pub(super) fn new(key: &str, rule: &str, classes: Classes, moments: bool) -> Self {
        Self {
            key: key.into(),
            rule: rule.into(),
            classes,
            moments,
            own: false,
            alerts: BTreeMap::new(),
            ended: Vec::new(),
            form: None,
            thread: None,
            waiting: None,
            gone: Vec::new(),
            gone_total: 0,
            evaluated: 0,
            at: Timestamp::default(),
            since: None,
            accounts_max: 0,
            due: None,
        }
    }

    /// The same, of a rule that watches Fanin itself or not.
    pub(super) const fn of_fanin(mut self, own: bool) -> Self {
        self.own = own;
        self
    }

    /// Key of the incident: the name of its rule, and who is told where that differs from what the rule says.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Name of its rule.
    #[must_use]
    pub fn rule(&self) -> &str {
        &self.rule
    }

    /// How it is told; `None` while nobody was told.
    #[must_use]
    pub fn kind(&self) -> Option<Kind> {
        self.form.map(Kind::from)
    }

    /// How many alerts fire, those that are not told among them.
    #[must_use]
    pub fn firing(&self) -> usize {
        self.alerts.len()
    }

    /// How many of them are silenced, muted, acknowledged or inhibited.
    #[must_use]
    pub fn muted(&self) -> usize {
        self.alerts.values().filter(|alert| alert.muted).count()
    }

    /// The worst level.
    #[must_use]
    pub fn level(&self) -> Option<Level> {
        self.alerts.values().map(|alert| alert.level).max()
    }

    /// Since when the first of its alerts breaches.
    #[must_use]
    pub fn since(&self) -> Option<Timestamp> {
        self.alerts.values().map(|alert| alert.since).min()
    }

    /// When someone was last told of it.
    #[must_use]
    pub fn notified(&self) -> Option<Timestamp> {
        let threads = self.alerts.values().filter_map(|alert| alert.thread.as_ref());
        threads.chain(&self.thread).map(|thread| thread.last).max()
    }

    /// Fingerprints of its alerts, and whether each is muted.
    pub fn alerts(&self) -> impl Iterator<Item = (u64, bool)> + '_ {
        self.alerts.values().map(|alert| (alert.alert, alert.muted))
    }

    /// Nothing of it is left.
    pub(super) fn is_over(&self) -> bool {
        self.alerts.is_empty() && self.ended.is_empty() && self.thread.is_none()
    }

    /// How many records one more alert may keep.
    pub(super) fn lines_max(&self) -> usize {
        match self.alerts.len() {
            0..ALERTS_WITH_LINES => usize::MAX,
            ALERTS_WITH_LINES..ALERTS_WITH_A_LINE => 1,
            ALERTS_WITH_A_LINE.. => 0,
        }
    }

    pub(super) fn may_tell(&self, alert: &Alert) -> bool {
        !alert.muted && !alert.stale && self.classes.of(alert.level).is_some()
    }

    /// Decides what is told now.
    pub(super) fn settle(&mut self, context: Context<'_>, out: &mut Out) {
        if self.moments {
            self.settle_moments(context, out);
            return;
        }
        self.end_flapping(context.now);
        self.tell_ended(context, out);
        let count = self.count();
        self.accounts_max = self.accounts_max.max(count.accounts);
        self.since = [self.since, count.since].into_iter().flatten().min();
        match self.form {
            None | Some(Form::Individual) => self.one_by_one(&count, context, out),
            Some(form @ (Form::List | Form::Fleet)) => self.together(form, &count, context, out),
        }
        self.close(context, out);
        self.due = self.next(context);
    }

    /// Alerts that were held and have been quiet for long enough go on as they are.
    fn end_flapping(&mut self, now: Timestamp) {
        let is_quiet = |alert: &Alert| alert.flapping.is_some_and(|until| until <= now);
        let clear: Vec<u64> = (self.alerts.iter())
            .filter(|(_, alert)| is_quiet(alert) && alert.resolved.is_some())
            .map(|(key, _)| *key)
            .collect();
        for alert in self.alerts.values_mut().filter(|alert| is_quiet(alert)) {
            alert.flapping = None;
            alert.flaps_untold = false;
        }
        for key in clear {
            self.ended.extend(self.alerts.remove(&key).filter(|alert| alert.told));
        }
    }

    /// What was told of an alert alone ends alone; what was told of it in a list ends with the list.
    fn tell_ended(&mut self, context: Context<'_>, out: &mut Out) {
        let tells = context.incident().resolved;
        for alert in std::mem::take(&mut self.ended) {
            if let Some(thread) = alert.thread.as_ref().filter(|_| tells) {
                let notification = self.of_one(&alert, Cause::Resolved, context);
                out.send(&notification, &thread.to, context.now);
            }
            if self.thread.is_some() {
                self.gone_total = self.gone_total.saturating_add(1);
                if self.gone.len() < LIST_MAX {
                    self.gone.push(alert.shown(&self.rule, context.directory));
                }
            }
        }
    }

    pub(super) fn count(&self) -> Count {
        let told = || self.alerts.values().filter(|alert| self.may_tell(alert));
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let accounts = message::accounts(told()).len() + told().filter(|alert| alert.account.is_none()).count();
        Count {
            alerts: number(told().count()),
            accounts: number(accounts),
            untold: number(told().filter(|alert| !alert.told).count()),
            unmuted: number(told().filter(|alert| alert.unmuted).count()),
            level: told().map(|alert| alert.level).max(),
            since: told().map(|alert| alert.since).min(),
        }
    }

    /// From how many accounts on it is the fleet. The share is of what was evaluated, of which a rule with further keys has
    /// more than there are accounts.
    pub(super) fn fleet_from(&self, setting: &rule::Incident, directory: &Directory) -> u32 {
        let accounts = u32::try_from(directory.entries().len()).unwrap_or(u32::MAX);
        let population = if accounts == 0 { self.evaluated } else { self.evaluated.min(accounts) };
        // 1 % of 700 is 7, though not in binary fractions.
        let share = (f64::from(population) * setting.fleet_share - 1e-9).ceil();
        u32::try_from(setting.fleet_count).unwrap_or(u32::MAX).max(whole(share))
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates, which is what is wanted")]
const fn whole(number: f64) -> u32 {
    number as u32
}
