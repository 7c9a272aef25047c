//! Combinations of rules, as `composite` rules evaluate them: in three values, or by the severities of Datadog.

use super::Outcome;
use crate::rule::{Level, Logic};

/// What is known of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Truth {
    /// It is not so.
    False,
    /// Nobody knows.
    Unknown,
    /// It is so.
    True,
}

/// Status of a monitor, in the order of severity.
///
/// Source: Datadog documentation, "Composite monitor", "Computing trigger conditions".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// All is well; the only one that is not worth an alert.
    Ok,
    /// There is no data.
    NoData,
    /// A warning.
    Warn,
    /// An alert.
    Alert,
}

impl Truth {
    /// Not: what nobody knows stays unknown.
    #[must_use]
    pub fn not(self) -> Self {
        match self {
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
            Self::True => Self::False,
        }
    }

    /// What it means for a composite rule of a level: unknown is between threshold and recovery, so that nothing begins and nothing
    /// ends by it.
    #[must_use]
    pub fn outcome(self, level: Level) -> Outcome {
        match self {
            Self::False => Outcome::Clear,
            Self::Unknown => Outcome::Hold,
            Self::True => super::state::at_level(level),
        }
    }
}

impl Status {
    /// Whether it is worth an alert.
    #[must_use]
    pub fn alerts(self) -> bool {
        match self {
            Self::Ok => false,
            Self::NoData | Self::Warn | Self::Alert => true,
        }
    }

    /// What it means for a composite rule. What no data means is up to the rule: with `keep`, that the last known state stays, as
    /// where Datadog does not notify of no data.
    #[must_use]
    pub fn outcome(self) -> Outcome {
        match self {
            Self::Ok => Outcome::Clear,
            Self::NoData => Outcome::NoData,
            Self::Warn => Outcome::Warning,
            Self::Alert => Outcome::Critical,
        }
    }
}

/// Evaluates a combination in three values (Kleene): a part that nobody knows matters only where the others do not decide.
#[must_use]
pub fn truth(logic: &Logic, of: &dyn Fn(&str) -> Truth) -> Truth {
    match logic {
        Logic::Rule(name) => of(name),
        Logic::Not(inner) => truth(inner, of).not(),
        Logic::And(left, right) => truth(left, of).min(truth(right, of)),
        Logic::Or(left, right) => truth(left, of).max(truth(right, of)),
    }
}

/// Evaluates a combination by severities, as Datadog does.
#[must_use]
pub fn status(logic: &Logic, of: &dyn Fn(&str) -> Status) -> Status {
    match logic {
        Logic::Rule(name) => of(name),
        Logic::Not(inner) => match status(inner, of) {
            Status::NoData => Status::NoData,
            Status::Warn | Status::Alert => Status::Ok,
            Status::Ok => Status::Alert,
        },
        Logic::And(left, right) => status(left, of).min(status(right, of)),
        Logic::Or(left, right) => status(left, of).max(status(right, of)),
    }
}
