//! What ticks change: alerts begin and end, and each finds the incident that it belongs to.

use std::ops::Bound;

use super::super::alert::{Alert, Labels, base};
use super::super::flap::QUIET;
use super::super::message::Classes;
use super::super::moment::WAITING_MAX;
use super::super::open::Incident;
use super::super::silence::Matcher;
use super::{Incidents, State, active, is_own, is_silenced, rule_of};
use crate::evaluator::{Reason, State as AlertState, Tick, Transition};
use crate::id::AccountId;
use crate::predicate::account::Account;
use crate::rule::{self, Notify, Rule, RuleSet};
use crate::tenant::Directory;
use crate::time::Timestamp;

impl Incidents {
    /// Notes how much of the fleet a tick has seen.
    pub(super) fn evaluated(&mut self, tick: &Tick, rules: &RuleSet) {
        let Some(rule) = rules.rules.get(tick.rule) else { return };
        let of_rule = |incident: &&mut Incident| base(&incident.rule) == &*rule.name;
        for incident in self.state.incidents.values_mut().filter(of_rule) {
            incident.evaluated = tick.evaluated;
            incident.at = incident.at.max(tick.at);
        }
    }

    /// Takes one change; the key of the incident that it changed.
    pub(super) fn change(
        &mut self,
        transition: &Transition,
        rules: &RuleSet,
        directory: &Directory,
        now: Timestamp,
    ) -> Option<Box<str>> {
        let rule = rule_of(&transition.rule, rules);
        match (transition.from, transition.to) {
            (AlertState::Inactive | AlertState::Pending, AlertState::Firing | AlertState::Recovering)
                if is_moment(&transition.rule, rule) =>
            {
                Some(self.happens(transition, rule, directory, now))
            }
            (_, AlertState::Firing | AlertState::Recovering) if is_moment(&transition.rule, rule) => None,
            (_, AlertState::Firing | AlertState::Recovering) => Some(self.fires(transition, rule, directory, now)),
            (AlertState::Firing | AlertState::Recovering, AlertState::Inactive | AlertState::Pending)
                if is_moment(&transition.rule, rule) =>
            {
                None
            }
            (AlertState::Firing | AlertState::Recovering, AlertState::Inactive | AlertState::Pending) => {
                self.resolves(transition, rule, directory, now)
            }
            (AlertState::Inactive | AlertState::Pending, AlertState::Inactive | AlertState::Pending) => None,
        }
    }

    /// Whether nothing is told of the alerts of a rule for now. What watches Fanin itself is told of while it is behind: that is
    /// what it is for.
    pub(super) fn is_held(&self, rule: Option<&Rule>) -> bool {
        self.state.catching_up && !is_own(rule)
    }

    /// A moment: an alert without an end.
    fn happens(
        &mut self,
        transition: &Transition,
        rule: Option<&Rule>,
        directory: &Directory,
        now: Timestamp,
    ) -> Box<str> {
        let catching_up = self.is_held(rule);
        let incident = self.incident_for(transition, rule, directory);
        incident.at = incident.at.max(transition.at);
        if incident.alerts.len() < WAITING_MAX {
            let mut alert = Alert::new(transition, rule, incident.lines_max());
            alert.resolved = Some(transition.at);
            alert.late |= catching_up;
            alert.stale = !catching_up && is_stale(transition.at, rule, now);
            drop(incident.alerts.insert(transition.id, alert));
        } else {
            incident.gone_total = incident.gone_total.saturating_add(1);
        }
        incident.key.clone()
    }

    fn fires(
        &mut self,
        transition: &Transition,
        rule: Option<&Rule>,
        directory: &Directory,
        now: Timestamp,
    ) -> Box<str> {
        let catching_up = self.is_held(rule);
        let incident = match self.home(&transition.rule, transition.alert) {
            Some(key) => self.state.incidents.get_mut(&key).expect("`home` gives keys that are there"),
            None => self.incident_for(transition, rule, directory),
        };
        incident.at = incident.at.max(transition.at);
        let lines = incident.lines_max();
        let alert = (incident.alerts.entry(transition.alert))
            .and_modify(|alert| alert.update(transition, lines))
            .or_insert_with(|| Alert::new(transition, rule, lines));
        alert.late |= catching_up;
        alert.stale = !alert.told && !catching_up && is_stale(transition.at, rule, now);
        if alert.flapping.is_some() {
            alert.flapping = Some(now.plus(QUIET));
        }
        incident.key.clone()
    }

    fn resolves(
        &mut self,
        transition: &Transition,
        rule: Option<&Rule>,
        directory: &Directory,
        now: Timestamp,
    ) -> Option<Box<str>> {
        let key = self.home(&transition.rule, transition.alert)?;
        let catching_up = self.is_held(rule);
        let State { incidents, flaps, digest, silences, .. } = &mut self.state;
        let incident = incidents.get_mut(&key)?;
        incident.at = incident.at.max(transition.at);
        let alert = incident.alerts.get_mut(&transition.alert)?;
        alert.resolved = Some(transition.at);
        let by_itself = match transition.reason {
            Reason::Value | Reason::NoData => true,
            Reason::OutOfScope | Reason::AccountClosed | Reason::RuleRemoved | Reason::RuleChanged => false,
        };
        let flaps_now = flaps.resolved(alert.alert, transition.at);
        if by_itself && !catching_up && (flaps_now || alert.flapping.is_some()) {
            alert.flaps_untold |= alert.flapping.is_none();
            alert.flapping = Some(now.plus(QUIET));
            return Some(key);
        }
        if !by_itself {
            flaps.forget(transition.alert);
        }
        let alert = incident.alerts.remove(&transition.alert)?;
        if alert.told {
            incident.ended.push(alert);
        } else if catching_up && let Some(class) = incident.classes.of(alert.level) {
            let active: Vec<&[Matcher]> = active(silences, &self.settings.mutes, now);
            let entry = alert.account.and_then(|account| directory.get(account));
            let labels = Labels::new(&key, &incident.rule, rule, &alert, entry);
            if !is_silenced(&active, &labels) {
                digest.add(class, incident.classes.route.as_deref(), alert.shown(&incident.rule, directory));
            }
        }
        Some(key)
    }

    /// The incident that holds an alert.
    fn home(&self, rule: &str, alert: u64) -> Option<Box<str>> {
        let from = (Bound::Included(rule), Bound::Unbounded);
        let of_rule = self.state.incidents.range::<str, _>(from).take_while(|(key, _)| key.starts_with(rule));
        let mut homes = of_rule.filter(|(_, incident)| *incident.rule == *rule && incident.alerts.contains_key(&alert));
        homes.next().map(|(key, _)| key.clone())
    }

    /// The incident that an alert joins which begins to fire: one for the rule, and one for each other way of being told.
    fn incident_for(&mut self, transition: &Transition, rule: Option<&Rule>, directory: &Directory) -> &mut Incident {
        let usual = rule.map(|rule| Classes::from(&rule.settings.notify)).unwrap_or_default();
        let classes = rule.map_or_else(Classes::default, |rule| {
            Classes::from(&notify(rule, transition.group.account, directory, transition.at))
        });
        let key: Box<str> = match classes == usual {
            true => transition.rule.clone(),
            false => format!("{}~{classes}", transition.rule).into(),
        };
        let moments = is_moment(&transition.rule, rule);
        let own = is_own(rule);
        let new = || Incident::new(&key, &transition.rule, classes, moments).of_fanin(own);
        self.state.incidents.entry(key.clone()).or_insert_with(new)
    }

    /// After a stall: what is too old goes to the digest, the rest is told without waiting.
    pub(super) fn release(&mut self, rules: &RuleSet, directory: &Directory, now: Timestamp) {
        self.state.catching_up = false;
        drop(self.mute(rules, directory, now));
        let State { incidents, digest, .. } = &mut self.state;
        for incident in incidents.values_mut() {
            let rule = rule_of(&incident.rule, rules);
            let route = incident.classes.route.as_deref();
            for alert in incident.alerts.values_mut().filter(|alert| alert.late && !alert.told) {
                alert.stale = is_stale(alert.at, rule, now);
                if alert.stale
                    && !alert.muted
                    && let Some(class) = incident.classes.of(alert.level)
                {
                    digest.add(class, route, alert.shown(&incident.rule, directory));
                }
            }
            incident.waiting = Some(now);
        }
    }
}

/// Whether alerts of that name are moments: they are told once, and have no end.
fn is_moment(name: &str, rule: Option<&Rule>) -> bool {
    rule.is_some_and(|rule| {
        *rule.name == *name
            && match rule.kind {
                rule::Kind::Event { .. } | rule::Kind::FirstSeen(_) => true,
                rule::Kind::Threshold(_)
                | rule::Kind::Ratio(_)
                | rule::Kind::Absence { .. }
                | rule::Kind::Fleet(_)
                | rule::Kind::Composite { .. }
                | rule::Kind::Change { .. }
                | rule::Kind::Outlier(_)
                | rule::Kind::Forecast { .. } => false,
            }
    })
}

/// Whether news of that tick is too old to be told.
fn is_stale(at: Timestamp, rule: Option<&Rule>, now: Timestamp) -> bool {
    rule.is_some_and(|rule| now.since(at) > rule.max_alert_age)
}

/// Who is told of alerts of an account.
fn notify(rule: &Rule, account: Option<AccountId>, directory: &Directory, at: Timestamp) -> Notify {
    match account {
        Some(id) if rule.overrides.iter().any(|of| of.notify.is_some()) => {
            rule.effective(&Account { id, entry: directory.get(id) }, at).settings.notify
        }
        Some(_) | None => rule.settings.notify.clone(),
    }
}
