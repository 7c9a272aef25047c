//! What is told: incidents decide, silences and other alerts keep them quiet, and the heartbeat says that someone is there.

use std::collections::BTreeSet;

use super::super::alert::Labels;
use super::super::inhibit::Inhibition;
use super::super::message::{self, Classes};
use super::super::open::Context;
use super::super::{Cause, Kind};
use super::{Incidents, State, active, is_silenced, rule_of};
use crate::rule::RuleSet;
use crate::tenant::Directory;
use crate::time::Timestamp;

impl Incidents {
    /// Lets incidents decide: those of the keys, and those whose alerts were muted or are no longer.
    pub(super) fn settle(
        &mut self,
        mut keys: BTreeSet<Box<str>>,
        rules: &RuleSet,
        directory: &Directory,
        now: Timestamp,
    ) {
        self.end_acknowledgements(now);
        keys.extend(self.mute(rules, directory, now));
        if self.state.catching_up {
            let incidents = &self.state.incidents;
            keys.retain(|key| incidents.get(key).is_some_and(|incident| incident.own));
        }
        for key in keys {
            let Some(incident) = self.state.incidents.get_mut(&key) else { continue };
            let rule = rule_of(&incident.rule, rules);
            if let Some(rule) = rule
                && incident.key == incident.rule
            {
                incident.classes = Classes::from(&rule.settings.notify);
            }
            incident.settle(Context { rule, directory, now }, &mut self.state.out);
            if incident.is_over() {
                drop(self.state.incidents.remove(&key));
            }
        }
    }

    /// Notes which alerts are muted now; keys of the incidents of which that changed.
    pub(super) fn mute(&mut self, rules: &RuleSet, directory: &Directory, now: Timestamp) -> Vec<Box<str>> {
        let State { incidents, silences, .. } = &mut self.state;
        let active = active(silences, &self.settings.mutes, now);
        let mut inhibition = Inhibition::new(rules, incidents.values());
        let mut changed = Vec::new();
        for (key, incident) in incidents {
            let inhibited = inhibition.concerns(&incident.rule);
            if active.is_empty() && !inhibited && !incident.alerts.values().any(|alert| alert.muted) {
                continue;
            }
            let rule = rule_of(&incident.rule, rules);
            let mut differs = false;
            for alert in incident.alerts.values_mut() {
                let entry = alert.account.and_then(|account| directory.get(account));
                let labels = Labels::new(key, &incident.rule, rule, alert, entry);
                let muted = is_silenced(&active, &labels) || (inhibited && inhibition.covers(&labels));
                differs |= muted != alert.muted;
                alert.unmuted = !muted && (alert.unmuted || alert.muted);
                alert.muted = muted;
            }
            if differs {
                changed.push(key.clone());
            }
        }
        changed
    }

    /// Sends a heartbeat when it is time and ticks are fresh.
    pub(super) fn beat(&mut self, now: Timestamp) {
        let Some(heartbeat) = &self.settings.heartbeat else { return };
        if self.beats_at().is_none_or(|due| due > now) || self.state.ticked.is_none_or(|(_, fresh)| now > fresh) {
            return;
        }
        self.state.heartbeat = Some(now);
        let key = format!("heartbeat/{}", heartbeat.to);
        let notification = message::blank(&key, Kind::Heartbeat, Cause::Heartbeat, now);
        self.state.out.send(&notification, std::slice::from_ref(&heartbeat.to), now);
    }

    /// When the next heartbeat is due, unless ticks stop before.
    pub(super) fn beats_at(&self) -> Option<Timestamp> {
        let heartbeat = self.settings.heartbeat.as_ref()?;
        let (ticked, fresh) = self.state.ticked?;
        let due = self.state.heartbeat.map_or(ticked, |last| last.plus(heartbeat.every));
        (due.max(self.state.now) <= fresh).then_some(due)
    }
}
