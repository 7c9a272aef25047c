//! Incidents of moments: of `event` and `first_seen` rules, whose alerts begin and are over at once.
//!
//! A moment is told once and never resolved: it has no end of its own, and a page that closed itself in the same second
//! would be gone before anyone saw it. Whoever is told closes it.

use super::Cause;
use super::message::Out;
use super::open::{Context, Form, Incident};

/// Most moments that wait to be told; more are only counted.
pub(super) const WAITING_MAX: usize = 10_000;

impl Incident {
    /// Tells of the moments that waited long enough: up to `individual_max` each alone, more of them together, and while they
    /// keep coming, at most once in `update_interval`.
    pub(super) fn settle_moments(&mut self, context: Context<'_>, out: &mut Out) {
        let setting = context.incident();
        let classes = &self.classes;
        self.alerts.retain(|_, alert| !alert.muted && !alert.stale && classes.of(alert.level).is_some());
        self.since = self.alerts.values().map(|alert| alert.since).min();
        let quiet_until = self.thread.as_ref().map(|thread| thread.last.plus(setting.update_interval));
        if self.alerts.is_empty() {
            self.waiting = None;
            self.gone_total = 0;
            self.due = quiet_until.filter(|until| *until > context.now);
            if self.due.is_none() {
                (self.thread, self.form, self.accounts_max) = (None, None, 0);
            }
            return;
        }
        let waiting = *self.waiting.get_or_insert_with(|| context.now.plus(setting.group_wait));
        let until = quiet_until.map_or(waiting, |quiet| quiet.max(waiting));
        self.due = Some(until);
        if until > context.now {
            return;
        }
        self.tell_moments(context, out);
        self.alerts.clear();
        self.waiting = None;
        self.due = self.thread.as_ref().map(|thread| thread.last.plus(setting.update_interval));
    }

    fn tell_moments(&mut self, context: Context<'_>, out: &mut Out) {
        let setting = context.incident();
        let count = self.count();
        self.accounts_max = self.accounts_max.max(count.accounts);
        if self.thread.is_none() && self.alerts.len() <= setting.individual_max {
            self.each(context, out, |_| Some(Cause::Fired));
            return;
        }
        let cause = if self.thread.is_some() { Cause::Changed } else { Cause::Fired };
        let fleet = count.accounts >= self.fleet_from(&setting, context.directory);
        self.tell_all(if fleet { Form::Fleet } else { Form::List }, cause, context, out);
    }
}
