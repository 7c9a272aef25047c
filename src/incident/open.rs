//! An incident: the alerts of one rule that are told of together, and the decision what is told of them, and when.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::alert::{Alert, fingerprint};
use super::common::common;
use super::message::{self, Classes, FLEET_MAX, LIST_MAX, Out, Thread};
use super::{AlertShown, Cause, Kind, Notification, Status};
use crate::rule::{self, Level, Rule};
use crate::tenant::Directory;
use crate::time::Timestamp;

/// A list is told of again when so many alerts changed,
const CHANGED_MIN: u32 = 5;

/// or a fifth of them.
const CHANGED_PART: u32 = 5;

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
    gone: Vec<AlertShown>,
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
    untold: u32,
    unmuted: u32,
    level: Option<Level>,
    since: Option<Timestamp>,
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

    /// Key of the notifications of one alert.
    fn own_key(&self, alert: u64) -> String {
        format!("{}/{}", self.key, fingerprint(alert))
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

    fn one_by_one(&mut self, count: &Count, context: Context<'_>, out: &mut Out) {
        let setting = context.incident();
        self.tell_flapping(context, out);
        if count.untold == 0 && count.unmuted == 0 {
            self.waiting = None;
        } else if *self.waiting.get_or_insert_with(|| context.now.plus(setting.group_wait)) <= context.now {
            self.waiting = None;
            if usize::try_from(count.alerts).unwrap_or(usize::MAX) > setting.individual_max {
                let fleet = count.accounts >= self.fleet_from(&setting, context.directory);
                let cause = if count.unmuted >= count.untold { Cause::Unmuted } else { Cause::Fired };
                self.tell_all(if fleet { Form::Fleet } else { Form::List }, cause, context, out);
                return;
            }
            self.form = Some(Form::Individual);
            self.each(context, out, |alert| match (alert.unmuted, alert.told) {
                (true, _) => Some(Cause::Unmuted),
                (false, false) => Some(Cause::Fired),
                (false, true) => None,
            });
        }
        self.each(context, out, |alert| update_of_one(alert, &setting, context.now));
    }

    fn tell_flapping(&mut self, context: Context<'_>, out: &mut Out) {
        if self.alerts.values().any(|alert| alert.flaps_untold) {
            self.form = Some(Form::Individual);
            self.each(context, out, |alert| alert.flaps_untold.then_some(Cause::Flapping));
        }
    }

    /// Tells of each alert alone for which there is a cause.
    pub(super) fn each(&mut self, context: Context<'_>, out: &mut Out, cause: impl Fn(&Alert) -> Option<Cause>) {
        let told: Vec<(u64, Cause)> = (self.alerts.iter())
            .filter(|(_, alert)| self.may_tell(alert))
            .filter_map(|(key, alert)| Some((*key, cause(alert)?)))
            .collect();
        for (key, cause) in told {
            let Some(mut alert) = self.alerts.remove(&key) else { continue };
            let mut thread = alert.thread.take().unwrap_or_else(|| {
                out.open(&self.own_key(alert.alert), context.now);
                Thread::new(context.now)
            });
            thread.tell(alert.level, &self.classes, context.now);
            out.send(&self.of_one(&alert, cause, context), &thread.to, context.now);
            alert.thread = Some(thread);
            mark(&mut alert);
            drop(self.alerts.insert(key, alert));
        }
    }

    fn together(&mut self, form: Form, count: &Count, context: Context<'_>, out: &mut Out) {
        let setting = context.incident();
        let Some(level) = count.level else {
            if let Some(thread) = &mut self.thread {
                thread.quiet = true;
            }
            self.waiting = None;
            return;
        };
        let Some(thread) = &self.thread else { return };
        let grown = form == Form::List && count.accounts >= self.fleet_from(&setting, context.directory);
        let comes_back = thread.quiet || (form == Form::List && count.unmuted > 0);
        if comes_back {
            let _since = self.waiting.get_or_insert_with(|| context.now.plus(setting.group_wait));
        } else {
            self.waiting = None;
        }
        let returned = self.waiting.is_some_and(|until| until <= context.now);
        let cause = if grown {
            Some(Cause::Grew)
        } else if level > thread.level {
            Some(Cause::Escalated)
        } else if returned {
            Some(Cause::Unmuted)
        } else if thread.quiet {
            None
        } else {
            self.update_of_many(form, count, thread, &setting, context.now)
        };
        if let Some(cause) = cause {
            self.waiting = None;
            self.tell_all(if grown { Form::Fleet } else { form }, cause, context, out);
        }
    }

    fn update_of_many(
        &self,
        form: Form,
        count: &Count,
        thread: &Thread,
        setting: &rule::Incident,
        now: Timestamp,
    ) -> Option<Cause> {
        if form == Form::Fleet && f64::from(count.accounts) >= f64::from(thread.accounts) * setting.growth {
            return Some(Cause::Grew);
        }
        if now >= thread.last.plus(setting.update_interval) {
            if count.level.is_some_and(|level| level < thread.level) {
                return Some(Cause::Eased);
            }
            if form == Form::List && self.has_changed(count.untold, thread) {
                return Some(if count.accounts > thread.accounts { Cause::Grew } else { Cause::Changed });
            }
        }
        (now >= thread.last.plus(setting.repeat)).then_some(Cause::Repeat)
    }

    /// Whether enough alerts came or went to tell of a list again.
    fn has_changed(&self, untold: u32, thread: &Thread) -> bool {
        let changed = untold.saturating_add(self.gone_total);
        changed > 0 && (changed >= CHANGED_MIN || changed.saturating_mul(CHANGED_PART) >= thread.alerts)
    }

    /// Tells of all alerts together.
    pub(super) fn tell_all(&mut self, form: Form, cause: Cause, context: Context<'_>, out: &mut Out) {
        let count = self.count();
        let Some(level) = count.level else { return };
        self.form = Some(form);
        let mut thread = self.thread.take().unwrap_or_else(|| {
            out.open(&self.key, context.now);
            Thread::new(context.now)
        });
        thread.tell(level, &self.classes, context.now);
        thread.accounts = count.accounts;
        thread.alerts = count.alerts;
        thread.quiet = false;
        let mut notification = self.of_many(form, cause, context);
        notification.accounts = count.accounts;
        out.send(&notification, &thread.to, context.now);
        self.thread = Some(thread);
        self.gone.clear();
        self.gone_total = 0;
        let classes = &self.classes;
        for alert in self.alerts.values_mut() {
            if !alert.muted && !alert.stale && classes.of(alert.level).is_some() {
                mark(alert);
            }
        }
    }

    /// Ends what is over: the list when nothing that it told of fires, single ones when none is left.
    fn close(&mut self, context: Context<'_>, out: &mut Out) {
        if self.alerts.values().any(|alert| alert.told || self.may_tell(alert)) {
            return;
        }
        if let Some(thread) = self.thread.take()
            && context.incident().resolved
        {
            let form = self.form.unwrap_or(Form::List);
            let mut notification = self.of_many(form, Cause::Resolved, context);
            notification.status = Status::Resolved;
            notification.level = thread.level;
            out.send(&notification, &thread.to, context.now);
        }
        self.form = None;
        self.waiting = None;
        self.gone.clear();
        self.gone_total = 0;
        self.since = None;
        self.accounts_max = 0;
    }

    /// When it has to be looked at again.
    fn next(&self, context: Context<'_>) -> Option<Timestamp> {
        let setting = context.incident();
        let flapping = self.alerts.values().filter_map(|alert| alert.flapping);
        let after = |thread: &Thread, wait: Duration| thread.last.plus(wait);
        let own = (self.alerts.values())
            .filter(|alert| self.thread.is_none() && self.may_tell(alert))
            .filter_map(|alert| Some((alert.thread.as_ref()?, alert.level)))
            .flat_map(|(thread, level)| {
                let eased = (level < thread.level).then(|| after(thread, setting.update_interval));
                [Some(after(thread, setting.repeat)), eased]
            });
        let level = self.alerts.values().filter(|alert| self.may_tell(alert)).map(|alert| alert.level).max();
        let all = self.thread.as_ref().zip(level).filter(|(thread, _)| !thread.quiet).map(|(thread, level)| {
            let untold = self.alerts.values().filter(|alert| !alert.told && self.may_tell(alert)).count();
            let untold = u32::try_from(untold).unwrap_or(u32::MAX);
            let changed = self.form == Some(Form::List) && self.has_changed(untold, thread);
            let update = (level < thread.level || changed).then(|| after(thread, setting.update_interval));
            [Some(after(thread, setting.repeat)), update]
        });
        let all = all.into_iter().flatten();
        flapping.chain(self.waiting).chain(own.chain(all).flatten()).min()
    }

    /// A notification of one alert.
    pub(super) fn of_one(&self, alert: &Alert, cause: Cause, context: Context<'_>) -> Notification {
        let mut notification = message::blank(&self.own_key(alert.alert), Kind::Individual, cause, self.at);
        self.head(&mut notification, context);
        let fires = cause != Cause::Resolved;
        notification.status = if fires { Status::Firing } else { Status::Resolved };
        notification.level = alert.level;
        notification.since = alert.since;
        notification.late = alert.late;
        notification.flapping = alert.flapping.is_some();
        notification.accounts = u32::from(fires);
        notification.accounts_max = 1;
        let mut shown = alert.shown(&self.rule, context.directory);
        shown.status = notification.status;
        shown.resolved = shown.resolved.filter(|_| !fires);
        notification.alerts = vec![shown];
        notification.alerts_total = 1;
        notification.lines = message::lines(std::iter::once(alert), samples(context));
        notification
    }

    /// A notification of all alerts that may be told, and of those that went since the last.
    fn of_many(&self, form: Form, cause: Cause, context: Context<'_>) -> Notification {
        let mut firing: Vec<&Alert> = self.alerts.values().filter(|alert| self.may_tell(alert)).collect();
        firing.sort_by(|a, b| a.worse(b));
        let most = if form == Form::Fleet { FLEET_MAX } else { LIST_MAX };
        let mut notification = message::blank(&self.key, form.into(), cause, self.at);
        self.head(&mut notification, context);
        notification.level = firing.first().map_or(Level::Warning, |alert| alert.level);
        notification.since = self.since.unwrap_or(self.at);
        notification.late = !firing.is_empty() && firing.iter().all(|alert| alert.late);
        notification.flapping = !firing.is_empty() && firing.iter().all(|alert| alert.flapping.is_some());
        notification.alerts_total = u32::try_from(firing.len()).unwrap_or(u32::MAX).saturating_add(self.gone_total);
        notification.common = common(&message::accounts(firing.iter().copied()), context.directory);
        notification.lines = message::lines(firing.iter().copied(), samples(context));
        let gone = self.gone.iter().cloned();
        let held = |alert: &Alert| {
            let mut shown = alert.shown(&self.rule, context.directory);
            (shown.status, shown.resolved) = (Status::Firing, None);
            shown
        };
        notification.alerts = firing.iter().take(most).map(|alert| held(alert)).chain(gone).take(most).collect();
        notification
    }

    fn head(&self, notification: &mut Notification, context: Context<'_>) {
        notification.rule = self.rule.clone();
        notification.route = self.classes.route.clone();
        notification.labels = message::labels(context.rule);
        notification.evaluated = self.evaluated;
        notification.accounts_max = self.accounts_max;
        notification.runbook = context.rule.and_then(|rule| rule.annotations.runbook.clone());
    }
}

/// What is told of an alert that was told before.
fn update_of_one(alert: &Alert, setting: &rule::Incident, now: Timestamp) -> Option<Cause> {
    let thread = alert.thread.as_ref()?;
    if alert.level > thread.level {
        Some(Cause::Escalated)
    } else if alert.level < thread.level && now >= thread.last.plus(setting.update_interval) {
        Some(Cause::Eased)
    } else {
        (now >= thread.last.plus(setting.repeat)).then_some(Cause::Repeat)
    }
}

fn mark(alert: &mut Alert) {
    alert.told = true;
    alert.late = false;
    alert.unmuted = false;
    alert.flaps_untold = false;
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates, which is what is wanted")]
const fn whole(number: f64) -> u32 {
    number as u32
}

/// How many records a notification shows.
fn samples(context: Context<'_>) -> usize {
    context.rule.map_or(0, |rule| rule.annotations.samples)
}
