//! Looks at alerts right after the ticks that a test speaks of, and keeps how they stood at each tick for who must find out why.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use super::engine::Engine;
use super::file::{Expect, Test};
use super::group;
use crate::evaluator::Standing;
use crate::rule::{From, RuleIdx, RuleSet};
use crate::sample::Group;
use crate::time::Timestamp;

/// A moment of progress at which ticks are due.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Stop {
    pub(super) due: Timestamp,
    pub(super) ticks: Vec<(RuleIdx, Timestamp)>,
}

/// What was seen for one expectation.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Look {
    /// When the tick was evaluated, by the clock.
    pub(super) at: Timestamp,
    /// How the alert stood.
    pub(super) standing: Option<Standing>,
    /// All alerts of the rule that were not inactive, where the test lists them: the group, in words as well.
    pub(super) alerts: Vec<(Group, String, Standing)>,
}

/// How one alert stood, tick by tick.
pub(super) type Trace = BTreeMap<Timestamp, Option<Standing>>;

/// Everything that was looked at.
#[derive(Debug, Default)]
pub(super) struct Looks {
    /// For each expectation, in the order of the test. Else what makes it impossible to look.
    pub(super) expected: Vec<Option<Result<Look, String>>>,
    /// By rule and group.
    pub(super) traces: BTreeMap<(String, Group), Trace>,
}

/// What a test wants to look at.
#[derive(Debug)]
pub(super) struct Watch {
    start: Timestamp,
    expect: Vec<Expect>,
    /// Rules that are spoken of, by their place; how often and how late each is evaluated, and whether by the clock.
    rules: BTreeMap<RuleIdx, Rhythm>,
    looks: Looks,
    set: Arc<RuleSet>,
}

#[derive(Clone, Copy, Debug)]
struct Rhythm {
    every: Duration,
    delay: Duration,
    by_clock: bool,
}

impl Watch {
    pub(super) fn new(test: &Test, rules: &Arc<RuleSet>) -> Self {
        let mut watch = Self {
            start: test.start,
            expect: test.expect.clone(),
            rules: BTreeMap::new(),
            looks: Looks { expected: test.expect.iter().map(|_| None).collect(), traces: BTreeMap::new() },
            set: Arc::clone(rules),
        };
        watch.rules(rules);
        watch
    }

    /// These are the rules from now on.
    pub(super) fn rules(&mut self, rules: &Arc<RuleSet>) {
        self.set = Arc::clone(rules);
        self.rules.clear();
        for expect in &self.expect {
            let Ok(index) = group::rule(rules, &expect.alert) else { continue };
            let rule = &rules.rules[index];
            let rhythm = Rhythm { every: rule.every, delay: rule.delay, by_clock: rule.from == Some(From::Fanin) };
            let _ = self.rules.insert(index, rhythm);
        }
    }

    /// Whether everything was looked at.
    pub(super) fn is_done(&self) -> bool {
        self.looks.expected.iter().all(Option::is_some)
    }

    /// Where ticks are due for progress above `from` and up to `until`, ascending.
    pub(super) fn stops(&self, from: Timestamp, until: Timestamp) -> Vec<Stop> {
        self.due(from, until, false)
    }

    /// The same by the clock, of rules that look at Fanin itself.
    pub(super) fn own_stops(&self, from: Timestamp, until: Timestamp) -> Vec<Stop> {
        self.due(from, until, true)
    }

    fn due(&self, from: Timestamp, until: Timestamp, by_clock: bool) -> Vec<Stop> {
        let mut stops: BTreeMap<Timestamp, Vec<(RuleIdx, Timestamp)>> = BTreeMap::new();
        for (index, rhythm) in self.rules.iter().filter(|(_, rhythm)| rhythm.by_clock == by_clock) {
            let every = u64::try_from(rhythm.every.as_nanos()).unwrap_or(u64::MAX);
            let Some(before) = from.minus(rhythm.delay).nanos().checked_div(every) else { continue };
            let mut tick = Timestamp::from_nanos((before + 1).saturating_mul(every));
            while tick.plus(rhythm.delay) <= until {
                if tick >= self.start {
                    stops.entry(tick.plus(rhythm.delay)).or_default().push((*index, tick));
                }
                tick = tick.plus(rhythm.every);
            }
        }
        stops.into_iter().map(|(due, ticks)| Stop { due, ticks }).collect()
    }

    /// Looks at a rule of which this tick was just evaluated.
    pub(super) fn look<E: Engine>(&mut self, index: RuleIdx, at: Timestamp, engine: &E, clock: Timestamp) {
        let Some(rule) = self.set.rules.get(index) else { return };
        let mut groups = BTreeSet::new();
        for (expect, seen) in self.expect.iter().zip(&mut self.looks.expected) {
            if *expect.alert != *rule.name {
                continue;
            }
            let meant = match &expect.alerts {
                Some(listed) => listed.iter().map(|listed| group::group(rule, &listed.who)).collect(),
                None => group::group(rule, &expect.who).map(|group| vec![group]),
            };
            let of_group = match meant {
                Ok(meant) => {
                    let first = meant.first().cloned();
                    groups.extend(meant);
                    Ok(first)
                }
                Err(error) => Err(error),
            };
            if seen.is_some() || self.start.plus(expect.at) != at {
                continue;
            }
            *seen = Some(of_group.map(|group| {
                let alerts = expect.alerts.as_ref().map(|_| engine.alerts(index)).unwrap_or_default();
                Look {
                    at: clock,
                    standing: group.and_then(|group| engine.standing(index, &group)),
                    alerts: alerts
                        .into_iter()
                        .map(|(group, standing)| (group.clone(), group::shown(rule, &group), standing))
                        .collect(),
                }
            }));
        }
        for group in groups {
            let standing = engine.standing(index, &group);
            let trace = self.looks.traces.entry((rule.name.to_string(), group)).or_default();
            let _ = trace.insert(at, standing);
        }
    }

    /// What was looked at. What was not, could not: the tick did not come, or there is no such tick or rule.
    pub(super) fn into_looks(mut self) -> Looks {
        for (expect, seen) in self.expect.iter().zip(&mut self.looks.expected) {
            if seen.is_none() {
                *seen = Some(Err(why_not(&self.set, expect, self.start)));
            }
        }
        self.looks
    }
}

fn why_not(rules: &RuleSet, expect: &Expect, start: Timestamp) -> String {
    let rule = match group::rule(rules, &expect.alert) {
        Ok(index) => &rules.rules[index],
        Err(error) => return error,
    };
    let every = crate::config::quantity::duration_text(rule.every);
    let at = start.plus(expect.at);
    let nanos = u64::try_from(rule.every.as_nanos()).unwrap_or(u64::MAX);
    if at.nanos().checked_rem(nanos).is_some_and(|rest| rest > 0) {
        return format!("{at} is no tick of {}, which is evaluated every {every}, counted from 1970", rule.name);
    }
    "the tick was not evaluated".into()
}
