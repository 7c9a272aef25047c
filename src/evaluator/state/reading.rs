//! What a tick comes to for an alert, by its settings and the ticks before.

use std::time::Duration;

use super::compact::{Moment, Number};
use super::datapoints::{Datapoints, Rule, Verdict};
use super::{Alert, Step};
use crate::evaluator::{Outcome, Reason, State};
use crate::rule::{Condition, Hold, Level, Missing, NoData, Settings};
use crate::time::Timestamp;

/// What a tick comes to, when settings and earlier ticks are taken into account.
pub(super) enum Reading {
    /// The alert is none of the rule's business.
    OutOfScope,
    /// Nothing is known; timers wait.
    Wait,
    /// Nothing was known for too long.
    Expired,
    /// Something is known.
    Known(Evidence),
}

/// What is known of an alert at a tick.
pub(super) struct Evidence {
    /// The highest level that breaches, at this tick or in the datapoints that count.
    pub(super) breaching: Option<Level>,
    /// The tick itself breaches, not only those before it.
    pub(super) now: bool,
    /// The highest level that breached long or often enough.
    pub(super) held: Option<Level>,
    /// All is well.
    pub(super) clear: bool,
    /// A critical alert may become a warning.
    pub(super) eased: bool,
    pub(super) reason: Reason,
}

/// What a value means by the thresholds: `Critical`, `Warning`, `Clear` (beyond every recovery there is), else `Hold`.
#[must_use]
pub fn judge(value: f64, settings: &Settings) -> Outcome {
    let holds = |condition: &Option<Condition>| condition.as_ref().is_some_and(|condition| condition.holds(value));
    let recovered = |condition: &Option<Condition>| condition.as_ref().is_none_or(|condition| condition.holds(value));
    if holds(&settings.critical) {
        Outcome::Critical
    } else if holds(&settings.warning) {
        Outcome::Warning
    } else if recovered(&settings.recover_critical) && recovered(&settings.recover_warning) {
        Outcome::Clear
    } else {
        Outcome::Hold
    }
}

impl Alert {
    pub(super) fn read(&mut self, at: Timestamp, step: &Step, settings: &Settings, resolve_after: Duration) -> Reading {
        match step.outcome {
            Outcome::MutedScope => Reading::OutOfScope,
            Outcome::Warming => Reading::Wait,
            Outcome::Skip => {
                self.last_data = Moment::at(at);
                Reading::Wait
            }
            Outcome::NoData => self.read_no_data(at, settings, resolve_after),
            Outcome::Critical | Outcome::Warning | Outcome::Clear | Outcome::Hold => {
                self.last_data = Moment::at(at);
                self.value = Number::new(step.value);
                self.read_known(at, step.outcome, settings, Reason::Value, resolve_after)
            }
        }
    }

    fn read_known(
        &mut self,
        at: Timestamp,
        outcome: Outcome,
        settings: &Settings,
        reason: Reason,
        resolve_after: Duration,
    ) -> Reading {
        match settings.hold {
            Hold::For(time) => {
                self.datapoints = Datapoints::default();
                Reading::Known(self.timed(at, outcome, settings, time, reason))
            }
            Hold::Datapoints { breach, of, missing, cloudwatch } => {
                let rule = Rule { breach, of, missing, cloudwatch };
                self.datapoints.push(level_of(outcome), &rule);
                self.counted(at, outcome, settings, &rule, reason, resolve_after)
            }
        }
    }

    fn read_no_data(&mut self, at: Timestamp, settings: &Settings, resolve_after: Duration) -> Reading {
        match settings.hold {
            Hold::For(_) => self.map_no_data(at, settings, resolve_after),
            Hold::Datapoints { breach, of, missing, cloudwatch } => {
                let rule = Rule { breach, of, missing, cloudwatch };
                self.datapoints.push_missing(highest(settings), &rule);
                let outcome = match missing {
                    Missing::Breaching if !cloudwatch => at_level(highest(settings)),
                    Missing::NotBreaching if !cloudwatch => Outcome::Clear,
                    Missing::Breaching | Missing::NotBreaching | Missing::Ignore | Missing::Missing => Outcome::NoData,
                };
                self.counted(at, outcome, settings, &rule, Reason::NoData, resolve_after)
            }
        }
    }

    fn map_no_data(&mut self, at: Timestamp, settings: &Settings, resolve_after: Duration) -> Reading {
        let outcome = match &settings.no_data {
            NoData::Ok => Outcome::Clear,
            NoData::Zero => judge(0.0, settings),
            NoData::Keep | NoData::Alert { .. } => return self.keep(at, resolve_after),
            NoData::Breach { level, only_if_last } => match only_if_last {
                Some(last) if !self.value.get().is_some_and(|value| last.holds(value)) => {
                    return self.keep(at, resolve_after);
                }
                Some(_) | None => at_level(*level),
            },
        };
        // Datapoints have been asked already: that no data came is all there is to know.
        let time = match settings.hold {
            Hold::For(time) => time,
            Hold::Datapoints { .. } => Duration::ZERO,
        };
        Reading::Known(self.timed(at, outcome, settings, time, Reason::NoData))
    }

    fn keep(&self, at: Timestamp, resolve_after: Duration) -> Reading {
        let last = if self.last_data.is_some() { self.last_data } else { self.active_warning };
        let expired = self.state != State::Inactive && last.lasted(at, resolve_after);
        if expired { Reading::Expired } else { Reading::Wait }
    }

    /// What is known where a breach must last (`for`).
    fn timed(
        &mut self,
        at: Timestamp,
        outcome: Outcome,
        settings: &Settings,
        time: Duration,
        reason: Reason,
    ) -> Evidence {
        let breaching = level_of(outcome);
        self.run_timers(at, breaching);
        let held = [(Level::Critical, self.active_critical), (Level::Warning, self.active_warning)]
            .into_iter()
            .find(|(level, since)| breaching >= Some(*level) && since.lasted(at, time))
            .map(|(level, _)| level);
        Evidence {
            breaching,
            now: true,
            held,
            clear: outcome == Outcome::Clear,
            eased: self.eased(outcome, settings),
            reason,
        }
    }

    /// What is known where breaches are counted (`datapoints`).
    fn counted(
        &mut self,
        at: Timestamp,
        outcome: Outcome,
        settings: &Settings,
        rule: &Rule,
        reason: Reason,
        resolve_after: Duration,
    ) -> Reading {
        let critical = self.datapoints.verdict(Level::Critical, rule);
        let warning = self.datapoints.verdict(Level::Warning, rule);
        let held = match (critical, warning) {
            (Verdict::Alarm, _) => Some(Level::Critical),
            (_, Verdict::Alarm) => Some(Level::Warning),
            (_, Verdict::Insufficient) => return self.map_no_data(at, settings, resolve_after),
            (_, Verdict::Retain) => return self.keep_counting(at, rule, outcome, resolve_after),
            (_, Verdict::Ok) => None,
        };
        let (breaching, now) = (self.datapoints.breaching(rule), level_of(outcome).is_some());
        self.run_timers(at, breaching);
        let clear = match outcome {
            Outcome::Clear | Outcome::NoData => true,
            // CloudWatch looks at the count only.
            Outcome::Critical | Outcome::Warning => rule.cloudwatch,
            Outcome::Hold | Outcome::Skip | Outcome::Warming | Outcome::MutedScope => false,
        };
        let eased = held != Some(Level::Critical) && self.eased(outcome, settings);
        Reading::Known(Evidence { breaching, now, held, clear: held.is_none() && clear, eased, reason })
    }

    fn keep_counting(&mut self, at: Timestamp, rule: &Rule, outcome: Outcome, resolve_after: Duration) -> Reading {
        if outcome == Outcome::NoData {
            return self.keep(at, resolve_after);
        }
        if matches!(self.state, State::Firing | State::Recovering) {
            return Reading::Wait;
        }
        let (breaching, now) = (self.datapoints.breaching(rule), level_of(outcome).is_some());
        self.run_timers(at, breaching);
        Reading::Known(Evidence { breaching, now, held: None, clear: false, eased: false, reason: Reason::Value })
    }

    fn run_timers(&mut self, at: Timestamp, breaching: Option<Level>) {
        let fires = matches!(self.state, State::Firing | State::Recovering);
        match breaching {
            Some(Level::Critical) => {
                self.active_critical = self.active_critical.or(at);
                self.active_warning = self.active_warning.or(at);
            }
            Some(Level::Warning) => {
                self.active_critical = Moment::NONE;
                self.active_warning = self.active_warning.or(at);
            }
            None if fires => self.active_critical = Moment::NONE,
            // The change that ends it still tells of them.
            None => {}
        }
    }

    /// Whether a critical alert has recovered as far as a warning. Where nothing breaches it takes a value and a level of warnings to say so.
    fn eased(&self, outcome: Outcome, settings: &Settings) -> bool {
        let recovered = match (&settings.recover_critical, self.value.get()) {
            (None, _) => true,
            (Some(recover), Some(value)) => recover.holds(value),
            (Some(_), None) => false,
        };
        match outcome {
            Outcome::Warning => recovered,
            Outcome::Hold | Outcome::Clear => recovered && self.value.get().is_some() && settings.warning.is_some(),
            Outcome::Critical | Outcome::NoData | Outcome::Skip | Outcome::Warming | Outcome::MutedScope => false,
        }
    }
}

fn level_of(outcome: Outcome) -> Option<Level> {
    match outcome {
        Outcome::Critical => Some(Level::Critical),
        Outcome::Warning => Some(Level::Warning),
        Outcome::MutedScope | Outcome::Warming | Outcome::NoData | Outcome::Skip | Outcome::Clear | Outcome::Hold => {
            None
        }
    }
}

/// The outcome that says of a rule with one level that it breaches.
#[must_use]
pub fn at_level(level: Level) -> Outcome {
    match level {
        Level::Critical => Outcome::Critical,
        Level::Warning => Outcome::Warning,
    }
}

/// The highest level that has a threshold.
fn highest(settings: &Settings) -> Level {
    if settings.critical.is_none() && settings.warning.is_some() { Level::Warning } else { Level::Critical }
}
