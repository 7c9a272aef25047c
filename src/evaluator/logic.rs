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

impl std::ops::Not for Truth {
    type Output = Self;

    /// What nobody knows stays unknown.
    fn not(self) -> Self {
        match self {
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
            Self::True => Self::False,
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
        Logic::Not(inner) => !truth(inner, of),
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::rule::logic::parse;

    fn known(values: &[(&str, Truth)]) -> impl Fn(&str) -> Truth + use<> {
        let values: BTreeMap<String, Truth> = values.iter().map(|(name, truth)| ((*name).into(), *truth)).collect();
        move |name| values.get(name).copied().unwrap_or(Truth::Unknown)
    }

    #[test]
    fn a_part_that_nobody_knows_matters_only_where_the_others_do_not_decide() {
        use Truth::{False, True, Unknown};
        for (a, b, both, either) in [
            (False, False, False, False),
            (False, Unknown, False, Unknown),
            (False, True, False, True),
            (Unknown, Unknown, Unknown, Unknown),
            (Unknown, True, Unknown, True),
            (True, True, True, True),
        ] {
            for (a, b) in [(a, b), (b, a)] {
                let of = known(&[("A", a), ("B", b)]);
                assert_eq!(truth(&parse("A && B").unwrap(), &of), both, "{a:?} && {b:?}");
                assert_eq!(truth(&parse("A || B").unwrap(), &of), either, "{a:?} || {b:?}");
                assert_eq!(truth(&parse("!(!A || !B)").unwrap(), &of), both, "{a:?}, {b:?}");
            }
        }
    }

    #[test]
    fn a_child_that_nobody_knows_of_holds_a_composite_as_it_is() {
        use Truth::{False, True};
        let degraded = parse("Errors && (Latency || P99) && !Heartbeat").unwrap();
        let of = known(&[("Errors", True), ("Latency", True), ("Heartbeat", False)]);
        assert_eq!(truth(&degraded, &of).outcome(Level::Critical), Outcome::Critical);
        let of = known(&[("Errors", True), ("Latency", False), ("Heartbeat", False)]);
        assert_eq!(truth(&degraded, &of).outcome(Level::Critical), Outcome::Hold);
        let of = known(&[("Errors", False)]);
        assert_eq!(truth(&degraded, &of).outcome(Level::Critical), Outcome::Clear);
        let of = known(&[("Errors", True), ("P99", True)]);
        assert_eq!(truth(&degraded, &of).outcome(Level::Warning), Outcome::Hold);
    }

    /// Statuses of A and B, the condition, whether the composite notifies of no data, and its status; `None` for the last known one.
    type Row = (Status, Status, &'static str, Option<bool>, Option<Status>);

    /// The table of Datadog's documentation, "Composite monitor", "Computing trigger conditions", row by row.
    const DATADOG: [Row; 16] = {
        use Status::{Alert, NoData, Ok, Warn};
        [
            (Alert, Warn, "A && B", None, Some(Warn)),
            (Alert, Warn, "A || B", None, Some(Alert)),
            (Alert, Ok, "A && B", None, Some(Ok)),
            (Alert, Ok, "A || B", None, Some(Alert)),
            (Warn, Ok, "A && B", None, Some(Ok)),
            (Warn, Ok, "A || B", None, Some(Warn)),
            (NoData, Warn, "A && B", Some(true), Some(NoData)),
            (NoData, Warn, "A || B", Some(true), Some(Warn)),
            (NoData, Warn, "A && B", Some(false), None),
            (NoData, Warn, "A || B", Some(false), Some(Warn)),
            (NoData, Ok, "A && B", Some(false), Some(Ok)),
            (NoData, Ok, "A || B", Some(false), None),
            (NoData, Ok, "A && B", Some(true), Some(Ok)),
            (NoData, Ok, "A || B", Some(true), Some(NoData)),
            (NoData, NoData, "A && B", Some(true), Some(NoData)),
            (NoData, NoData, "A || B", Some(true), Some(NoData)),
        ]
    };

    #[test]
    fn severities_combine_as_in_the_table_of_datadog() {
        for (a, b, text, notifies, expected) in DATADOG {
            for (a, b) in [(a, b), (b, a)] {
                let found = status(&parse(text).unwrap(), &|name| if name == "A" { a } else { b });
                // Without a notification of no data the last known status stays: that is what no data means to the rule (`keep`).
                let found = (found != Status::NoData || notifies != Some(false)).then_some(found);
                assert_eq!(found, expected, "{a:?}, {b:?}: {text}");
            }
        }
    }

    #[test]
    fn not_turns_what_is_worth_an_alert_as_in_datadog() {
        let not = parse("!A").unwrap();
        let found = [Status::Ok, Status::NoData, Status::Warn, Status::Alert].map(|a| status(&not, &|_| a));
        assert_eq!(found, [Status::Alert, Status::NoData, Status::Ok, Status::Ok]);
        assert_eq!(found.map(Status::alerts), [true, true, false, false]);
        assert_eq!(found.map(Status::outcome), [Outcome::Critical, Outcome::NoData, Outcome::Clear, Outcome::Clear]);
    }
}
