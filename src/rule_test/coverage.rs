//! Which rules have a test that shows them firing, and one that shows them not firing.

use std::collections::BTreeMap;

use super::file::{Expect, Test};
use crate::evaluator::State;
use crate::incident::{Cause, Status};
use crate::rule::RuleSet;

/// What tests show of one rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// That it fires.
    pub firing: bool,
    /// That it does not fire.
    pub not_firing: bool,
}

/// What tests show, for each rule by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage(pub BTreeMap<String, Shown>);

impl Coverage {
    /// Adds the rules of a set, and what tests of it show.
    pub(super) fn add(&mut self, rules: &RuleSet, tests: &[Test]) {
        for rule in &rules.rules {
            let _ = self.0.entry(rule.name.to_string()).or_default();
        }
        for test in tests {
            test.expect.iter().for_each(|expect| self.expect(expect));
            for expect in &test.notifications {
                let Some(shown) = expect.alert.as_ref().and_then(|alert| self.0.get_mut(alert)) else { continue };
                let none = expect.count == Some(0);
                shown.not_firing |= none;
                shown.firing |=
                    !none && expect.status != Some(Status::Resolved) && expect.cause != Some(Cause::Resolved);
            }
            for expect in &test.transitions {
                let Some(shown) = expect.alert.as_ref().and_then(|alert| self.0.get_mut(alert)) else { continue };
                let fires = expect.state == Some(State::Firing);
                shown.firing |= fires && expect.count != Some(0);
                shown.not_firing |= fires && expect.count == Some(0);
            }
        }
    }

    fn expect(&mut self, expect: &Expect) {
        let Some(shown) = self.0.get_mut(&expect.alert) else { return };
        let fires = |state: Option<State>| matches!(state, Some(State::Firing | State::Recovering));
        let quiet = |state: Option<State>| matches!(state, Some(State::Inactive | State::Pending));
        let state = expect.want.state;
        let listed = expect.alerts.iter().flatten().map(|listed| listed.want.state);
        shown.firing |= fires(state) || listed.clone().any(fires);
        shown.not_firing |=
            quiet(state) || expect.alerts.as_ref().is_some_and(Vec::is_empty) || listed.clone().any(quiet);
    }

    /// Rules that no test shows firing, and those that no test shows not firing.
    #[must_use]
    pub fn gaps(&self) -> (Vec<&str>, Vec<&str>) {
        let names = |missing: fn(&Shown) -> bool| {
            self.0.iter().filter(|(_, shown)| missing(shown)).map(|(name, _)| name.as_str()).collect()
        };
        (names(|shown| !shown.firing), names(|shown| !shown.not_firing))
    }
}
