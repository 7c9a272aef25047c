//! Fingerprints: of what decides the state that a rule keeps, and of all rules together.

use std::fmt::Write as _;

use xxhash_rust::xxh3::xxh3_64;

use super::{Arithmetic, Baseline, Kind, Measure, Override, Rule, RuleSet, Values};
use crate::predicate::Predicate;

impl Rule {
    /// Fingerprint of what decides which state the rule keeps: what it takes samples from and matches, its value, window, step
    /// and groups, and the keys of its kind. Thresholds, holding times, texts and levels are not part of it.
    #[must_use]
    pub fn shape(&self) -> u64 {
        let mut text = String::new();
        self.write_shape(&mut text).expect("writing to a String does not fail");
        xxh3_64(text.as_bytes())
    }

    fn write_shape(&self, out: &mut String) -> std::fmt::Result {
        write!(out, "{:?}|{:?}|{:?}|", self.from, predicate(self.matches.as_ref()), self.group_by)?;
        write!(out, "{:?}|{:?}|{}|", self.every, self.window, self.exact)?;
        match &self.kind {
            Kind::Threshold(measure) => write_measure("threshold", measure, out),
            Kind::Ratio(measure) => write_measure("ratio", measure, out),
            Kind::Absence { level: _ } => write!(out, "absence"),
            Kind::Event { level: _, dedup_by, dedup_for } => write!(out, "event {dedup_by:?} {dedup_for:?}"),
            Kind::Fleet(fleet) => {
                let (of, pending, share, all) = (&fleet.of, fleet.pending_counts, fleet.share, fleet.registered);
                write!(out, "fleet {of} {pending} {share} {all}")
            }
            Kind::Composite { level: _, expression, sticky, datadog } => {
                write!(out, "composite {expression:?} {sticky:?} {datadog}")
            }
            // How long is learnt or looked back, and how many keys there are, does not change what a known key is.
            Kind::FirstSeen(first_seen) => {
                let (key, signature, fleet) = (&first_seen.key, first_seen.signature, first_seen.fleet);
                write!(out, "first_seen {key:?} {signature} {fleet}")
            }
            Kind::Change { measure, baseline, min_current: _, freeze: _ } => {
                write_measure("change", measure, out)?;
                match baseline {
                    Baseline::Previous { floor: _ } => write!(out, "previous"),
                    Baseline::HourOfWeek { min_history: _, floor: _ } => write!(out, "hour_of_week"),
                }
            }
            Kind::Outlier(outlier) => {
                write_measure("outlier", &outlier.measure, out)?;
                write!(out, "{:?} {:?}", outlier.peers, outlier.direction)
            }
            Kind::Forecast { measure, history, min_points: _, horizon: _ } => {
                write_measure("forecast", measure, out)?;
                write!(out, "{history:?}")
            }
        }
    }
}

fn predicate(predicate: Option<&Predicate>) -> Option<&str> {
    predicate.map(|predicate| predicate.as_str().trim())
}

/// Terms as they are understood, not as they are written: blanks do not count.
fn write_measure(kind: &str, measure: &Measure, out: &mut String) -> std::fmt::Result {
    write!(out, "{kind} ")?;
    for term in &measure.terms {
        write!(out, "{:?} ", term.aggregate)?;
        match &term.of {
            Values::Records => write!(out, "records;")?,
            Values::Field(field) => write!(out, "{field:?};")?,
            Values::Metric(selector) => write!(out, "{selector:?};")?,
            Values::Own(name) => write!(out, "{name};")?,
        }
    }
    write_arithmetic(&measure.value, out)?;
    if let Some((value, condition)) = &measure.when {
        write_arithmetic(value, out)?;
        write!(out, "{:?} {}", condition.comparison, condition.bound)?;
    }
    Ok(())
}

fn write_arithmetic(value: &Arithmetic, out: &mut String) -> std::fmt::Result {
    write!(out, "{value:?};")
}

impl RuleSet {
    /// Fingerprint of all rules and everything about them but where they stand in their files.
    #[must_use]
    pub fn id(&self) -> u64 {
        let mut text = String::new();
        for rule in &self.rules {
            write_all(rule, &mut text).expect("writing to a String does not fail");
        }
        xxh3_64(text.as_bytes())
    }
}

fn write_all(rule: &Rule, out: &mut String) -> std::fmt::Result {
    writeln!(out, "{} {:?} {}", rule.name, rule.kind, rule.shape())?;
    let delays = (rule.delay, rule.new_group_delay, rule.resolve_after, rule.max_alert_age);
    writeln!(
        out,
        "{:?} {delays:?} {} {}",
        predicate(rule.scope.as_ref()),
        rule.max_groups,
        rule.groups_from_directory
    )?;
    writeln!(out, "{:?} {:?} {:?}", rule.settings, rule.labels, rule.annotations)?;
    writeln!(out, "{:?} {:?}", rule.incident, rule.inhibited_by)?;
    for one in &rule.overrides {
        let plain = Override { line: 0, matches: None, ..one.clone() };
        writeln!(out, "{plain:?} {:?}", predicate(one.matches.as_ref()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::rule::RuleSet;
    use crate::rule::read::read;

    fn set(line: &str) -> RuleSet {
        let (set, problems) = read(&[(
            "r.yaml",
            &format!("version: 1\nrules:\n  - {{alert: A, kind: threshold, from: logs, {line}}}\n"),
        )]);
        assert_eq!(problems, []);
        set
    }

    #[test]
    fn a_threshold_does_not_shape_state_and_a_window_does() {
        let before = set("value: count() / sum(bytes), window: 5m, critical: '> 1'");
        let threshold = set("value: count()/sum( bytes ), window: 5m, critical: '> 2', for: 1m, min_samples: 3");
        let window = set("value: count() / sum(bytes), window: 6m, critical: '> 1'");
        assert_eq!(before.rules[0].shape(), threshold.rules[0].shape());
        assert_ne!(before.rules[0].shape(), window.rules[0].shape());
        assert_ne!(before.id(), threshold.id());
        assert_eq!(before.id(), set("value: count() / sum(bytes), window: 5m, critical: '> 1'").id());
    }
}
