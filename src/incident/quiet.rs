//! What those who show alerts ask of incidents: who was told of which, and what keeps them quiet.

use std::collections::BTreeMap;

use super::alert::Labels;
use super::keeper::{Incidents, matches_all};
use super::silence::{Matcher, Silence};
use crate::time::Timestamp;

/// How far an alert was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Key of its incident.
    pub incident: Box<str>,
    /// Class or receiver that is told of its level.
    pub to: Option<Box<str>>,
    /// When someone was last told of it.
    pub notified: Option<Timestamp>,
    /// It fires and resolves again and again.
    pub flapping: bool,
}

/// What keeps alerts quiet at a moment: silences, acknowledgements and recurring mutes. A copy, so that all alerts can be
/// matched while incidents go on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Quiet {
    silences: Vec<Silence>,
    mutes: Vec<(Box<str>, Vec<Matcher>)>,
}

/// What keeps one alert quiet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hush {
    /// Ids of silences, and names of recurring mutes as `mute:<name>`.
    pub silenced_by: Vec<String>,
    /// Who acknowledged it.
    pub acked_by: Option<String>,
}

impl Quiet {
    /// Whether nothing is kept quiet.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.silences.is_empty() && self.mutes.is_empty()
    }

    /// What keeps an alert quiet.
    #[must_use]
    pub fn of(&self, labels: &Labels<'_>) -> Hush {
        let mut hush = Hush::default();
        for silence in self.silences.iter().filter(|silence| matches_all(&silence.matchers, labels)) {
            if silence.ack {
                hush.acked_by = Some(silence.created_by.to_string());
            } else {
                hush.silenced_by.push(silence.id.to_string());
            }
        }
        let mutes = self.mutes.iter().filter(|(_, matchers)| matches_all(matchers, labels));
        hush.silenced_by.extend(mutes.map(|(name, _)| format!("mute:{name}")));
        hush
    }
}

impl Incidents {
    /// What keeps alerts quiet at `now`.
    #[must_use]
    pub fn quiet(&self, now: Timestamp) -> Quiet {
        let mutes = self.settings().mutes.iter().filter(|mute| mute.is_active(now));
        Quiet {
            silences: self.silences().filter(|silence| silence.is_active(now)).cloned().collect(),
            mutes: mutes.map(|mute| (mute.name.clone(), mute.matchers.clone())).collect(),
        }
    }

    /// How far alerts that fire were told, by their fingerprints.
    #[must_use]
    pub fn told(&self) -> BTreeMap<u64, Told> {
        let of_all = self.incidents().flat_map(|incident| {
            incident.alerts.values().map(|alert| {
                let thread = alert.thread.as_ref().or(incident.thread.as_ref());
                let told = Told {
                    incident: incident.key.clone(),
                    to: incident.classes.of(alert.level).map(Into::into),
                    notified: thread.filter(|_| alert.told).map(|thread| thread.last),
                    flapping: alert.flapping.is_some(),
                };
                (alert.alert, told)
            })
        });
        of_all.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Harness, rule, time};
    use super::super::{Target, fingerprint};
    use super::*;
    use crate::rule::Level;

    fn hush(harness: &Harness, name: &str, alert: u64) -> Hush {
        let told = harness.incidents.told();
        let labels = Labels {
            incident: &told[&alert].incident,
            name,
            rule: harness.rules.rules.first(),
            level: Level::Critical,
            alert,
            account: None,
            group: &[],
            entry: None,
        };
        harness.incidents.quiet(time(harness.now)).of(&labels)
    }

    #[test]
    fn an_alert_is_quiet_by_what_matches_it_and_told_by_its_incident() {
        let mut harness = Harness::new(vec![rule("A")]);
        harness.fire("A", 0..1);
        harness.wait_until(120);
        let told = harness.incidents.told();
        let (alert, of_it) = told.first_key_value().unwrap();
        assert_eq!((&*of_it.incident, of_it.to.as_deref(), of_it.flapping), ("A", Some("page"), false));
        assert!(of_it.notified.is_some());
        assert_eq!(hush(&harness, "A", *alert), Hush::default());
        let now = time(harness.now);
        let id = harness.incidents.acknowledge(Target::Alert(*alert), "jb", "", now).unwrap();
        assert_eq!(hush(&harness, "A", *alert).acked_by.as_deref(), Some("jb"));
        harness.incidents.expire_silence(&id, now).unwrap();
        let silence = Silence {
            id: "".into(),
            matchers: vec![Matcher::equal("fingerprint", &fingerprint(*alert))],
            starts: now,
            ends: time(9_999),
            created_by: "jb".into(),
            comment: "".into(),
            ack: false,
        };
        let id = harness.incidents.add_silence(silence, now).unwrap();
        assert_eq!(hush(&harness, "A", *alert), Hush { silenced_by: vec![id.into()], acked_by: None });
    }
}
