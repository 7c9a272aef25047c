//! What notifications of an incident show.

use super::alert::{Alert, fingerprint};
use super::common::common;
use super::message::{self, FLEET_MAX, LIST_MAX};
use super::open::{Context, Form, Incident};
use super::{AlertShown, Cause, Kind, Notification, Status};
use crate::id::AccountId;
use crate::rule::Level;
use crate::tenant::Ended;

/// Names in the words for an end that no value gave; those beyond it are a number.
const ENDED_MAX: usize = 5;

/// The annotation that says why alerts are over, where that is not their value.
pub const BECAUSE: &str = "resolved_because";

/// Says which of `gone` are over because their account is closed or has left.
fn tell_ended(notification: &mut Notification, gone: &[AlertShown], context: Context<'_>) {
    let mut ended: Vec<(AccountId, Ended)> =
        gone.iter().filter_map(|alert| Some((alert.account?, context.directory.ended(alert.account?)?))).collect();
    ended.sort_by_key(|(account, _)| *account);
    ended.dedup();
    let words = |ended: Ended| match ended {
        Ended::Closed => "was closed",
        Ended::Left => "left the organization",
    };
    let text = match ended.as_slice() {
        [] => return,
        [(_, why)] if gone.len() == 1 => format!("the account {}", words(*why)),
        many => {
            let mut parts: Vec<String> = many
                .iter()
                .take(ENDED_MAX)
                .map(|(account, why)| format!("account {account} {}", words(*why)))
                .collect();
            if many.len() > ENDED_MAX {
                parts.push(format!("and {} more", many.len() - ENDED_MAX));
            }
            parts.join(", ")
        }
    };
    let _ = notification.annotations.insert(BECAUSE.into(), text.into());
}

impl Incident {
    /// Key of the notifications of one alert.
    pub(super) fn own_key(&self, alert: u64) -> String {
        format!("{}/{}", self.key, fingerprint(alert))
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
        if !fires {
            tell_ended(&mut notification, std::slice::from_ref(&shown), context);
        }
        notification.alerts = vec![shown];
        notification.alerts_total = 1;
        notification.lines = message::lines(std::iter::once(alert), samples(context));
        notification
    }

    /// A notification of all alerts that may be told, and of those that went since the last.
    pub(super) fn of_many(&self, form: Form, cause: Cause, context: Context<'_>) -> Notification {
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
        tell_ended(&mut notification, &self.gone, context);
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

/// How many records a notification shows.
fn samples(context: Context<'_>) -> usize {
    context.rule.map_or(0, |rule| rule.annotations.samples)
}
