//! What people ask for: silences and acknowledgements.

use xxhash_rust::xxh3::xxh3_64;

use super::super::alert::{Labels, fingerprint, of_account};
use super::super::open::Incident;
use super::super::silence::{Error, Matcher, Silence};
use super::{FOREVER, Incidents, Preview, State, Target, matches_all, rule_of};
use crate::rule::{Level, RuleSet};
use crate::tenant::{Directory, Entry};
use crate::time::Timestamp;

impl Incidents {
    /// Adds a silence, or changes the one that has its id. Gives the id.
    ///
    /// # Errors
    /// When it would silence everything, has ended, or lasts too long.
    pub fn add_silence(&mut self, mut silence: Silence, now: Timestamp) -> Result<Box<str>, Error> {
        silence.check(now, self.settings.silence_max)?;
        if silence.id.is_empty() {
            self.state.silences_made += 1;
            let made = self.state.silences_made;
            let text = format!("{made} {} {} {}", now.nanos(), silence.created_by, silence.comment);
            silence.id = format!("{:016x}", xxh3_64(text.as_bytes())).into();
        }
        let id = silence.id.clone();
        drop(self.state.silences.insert(id.clone(), silence));
        Ok(id)
    }

    /// Ends a silence or acknowledgement now. What it silenced and still fires is told of at the next timeout.
    ///
    /// # Errors
    /// When there is none of that id.
    pub fn expire_silence(&mut self, id: &str, now: Timestamp) -> Result<(), Error> {
        let unknown = || Error::Unknown { what: "silence", given: id.into() };
        let silence = self.state.silences.get_mut(id).ok_or_else(unknown)?;
        silence.ends = silence.ends.min(now);
        // Whoever waits for the timeout learns of it.
        for incident in self.state.incidents.values_mut() {
            incident.due = Some(incident.due.map_or(now, |due| due.min(now)));
        }
        Ok(())
    }

    /// Acknowledges an alert or an incident: nothing more is told of it until it resolves, or becomes worse than it is now.
    /// Gives the id of the silence.
    ///
    /// # Errors
    /// When it does not fire.
    pub fn acknowledge(
        &mut self,
        target: Target<'_>,
        by: &str,
        comment: &str,
        now: Timestamp,
    ) -> Result<Box<str>, Error> {
        let (matcher, worst) = match self.target(target) {
            Target::Alert(alert) => {
                let given = fingerprint(alert);
                let mut firing = self.state.incidents.values().filter_map(|incident| incident.alerts.get(&alert));
                let worst = firing.next().map(|alert| alert.level);
                let unknown = || Error::Unknown { what: "alert that fires", given: given.clone() };
                (Matcher::equal("fingerprint", &given), worst.ok_or_else(unknown)?)
            }
            Target::Incident(key) => {
                let worst = self.state.incidents.get(key).and_then(Incident::level);
                let unknown = || Error::Unknown { what: "incident", given: key.into() };
                (Matcher::equal("incident", key), worst.ok_or_else(unknown)?)
            }
        };
        let mut matchers = vec![matcher];
        if worst == Level::Warning {
            matchers.push(Matcher::equal("level", Level::Warning.as_str()));
        }
        let (created_by, comment) = (by.into(), comment.into());
        let id = Box::default();
        self.add_silence(Silence { id, matchers, starts: now, ends: FOREVER, created_by, comment, ack: true }, now)
    }

    /// The key of an individual notification is of its alert.
    fn target<'a>(&self, target: Target<'a>) -> Target<'a> {
        match target {
            Target::Incident(key) if !self.state.incidents.contains_key(key) => {
                let alert = key.rsplit_once('/').and_then(|(_, alert)| u64::from_str_radix(alert, 16).ok());
                alert.map_or(target, Target::Alert)
            }
            Target::Incident(_) | Target::Alert(_) => target,
        }
    }

    /// Acknowledgements end with what they are about.
    pub(super) fn end_acknowledgements(&mut self, now: Timestamp) {
        let State { incidents, silences, .. } = &mut self.state;
        for silence in silences.values_mut().filter(|silence| silence.ack && silence.ends > now) {
            let fires = silence.matchers.iter().all(|matcher| match matcher.name() {
                "fingerprint" => {
                    let alert = u64::from_str_radix(matcher.value(), 16).unwrap_or_default();
                    incidents.values().any(|incident| incident.alerts.contains_key(&alert))
                }
                "incident" => incidents.get(matcher.value()).is_some_and(|incident| !incident.alerts.is_empty()),
                _ => true,
            });
            if !fires {
                silence.ends = now;
            }
        }
    }

    /// What a silence with these matchers would silence.
    #[must_use]
    pub fn preview(&self, matchers: &[Matcher], rules: &RuleSet, directory: &Directory) -> Preview {
        let mut preview = Preview::default();
        for (key, incident) in &self.state.incidents {
            let rule = rule_of(&incident.rule, rules);
            for alert in incident.alerts.values() {
                let entry = alert.account.and_then(|account| directory.get(account));
                let labels = Labels::new(key, &incident.rule, rule, alert, entry);
                if matches_all(matchers, &labels) {
                    preview.firing += 1;
                    preview.critical += u32::from(alert.level == Level::Critical);
                }
            }
        }
        let of_accounts: Vec<&Matcher> = matchers
            .iter()
            .filter(|matcher| directory.entries().any(|entry| of_account(entry, matcher.name()).is_some()))
            .collect();
        let holds = |entry: &&Entry| {
            of_accounts.iter().all(|matcher| matcher.holds(of_account(entry, matcher.name()).unwrap_or_default()))
        };
        preview.accounts = u32::try_from(directory.entries().filter(holds).count()).unwrap_or(u32::MAX);
        preview
    }
}
