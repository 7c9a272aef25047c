//! How an incident is told: one by one, in a list, or as the fleet; and when again.

use std::time::Duration;

use super::alert::Alert;
use super::message::{Out, Thread};
use super::open::{Context, Count, Form, Incident};
use super::{Cause, Status};
use crate::rule;
use crate::time::Timestamp;

/// A list is told of again when so many alerts changed,
const CHANGED_MIN: u32 = 5;

/// or a fifth of them.
const CHANGED_PART: u32 = 5;

impl Incident {
    pub(super) fn one_by_one(&mut self, count: &Count, context: Context<'_>, out: &mut Out) {
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

    pub(super) fn together(&mut self, form: Form, count: &Count, context: Context<'_>, out: &mut Out) {
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
    pub(super) fn close(&mut self, context: Context<'_>, out: &mut Out) {
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
    pub(super) fn next(&self, context: Context<'_>) -> Option<Timestamp> {
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
