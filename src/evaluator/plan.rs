//! The order of evaluation: rules that look at others come after them.

use std::collections::HashMap;
use std::time::Duration;

use crate::rule::{From, Kind, Logic, Rule, RuleIdx, RuleSet};

/// Deeper than rules may look at each other; the checker refuses it, and here it only ends the search.
const DEPTH_MAX: usize = 8;

/// How the rules of a set depend on each other.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// One for each rule.
    pub(super) steps: Vec<Step>,
}

/// How one rule depends on others.
#[derive(Debug, Default)]
pub(super) struct Step {
    /// The rules that it looks at, by name.
    pub(super) children: Vec<(Box<str>, RuleIdx)>,
    /// 0 for rules that look at none, else one more than the highest of them.
    pub(super) depth: usize,
    /// The greatest delay of it and its children.
    pub(super) delay: Duration,
    /// How long what its ticks came to is kept for others; `None` where no rule looks at it.
    pub(super) kept: Option<Duration>,
    /// Its ticks are due by the clock of this process.
    pub(super) by_clock: bool,
}

impl Plan {
    /// The plan of a set.
    pub(super) fn new(rules: &RuleSet) -> Self {
        let by_name: HashMap<&str, RuleIdx> =
            rules.rules.iter().zip(0..).map(|(rule, index)| (&*rule.name, index)).collect();
        let children: Vec<Vec<(Box<str>, RuleIdx)>> = rules.rules.iter().map(|rule| children(rule, &by_name)).collect();
        let mut steps: Vec<Step> = Vec::new();
        for (index, rule) in rules.rules.iter().enumerate() {
            steps.push(Step {
                children: children[index].clone(),
                depth: depth(index, &children, DEPTH_MAX),
                delay: delay(index, rules, &children, DEPTH_MAX),
                kept: None,
                by_clock: rule.from == Some(From::Fanin),
            });
        }
        for index in 0..steps.len() {
            // A child runs ahead by as much as its delay is less, and its ticks may lie an `every` before that.
            let needed = steps[index].delay.saturating_add(rules.rules[index].every);
            for (_, child) in steps[index].children.clone() {
                let kept = steps[child].kept.unwrap_or_default();
                steps[child].kept = Some(kept.max(needed.saturating_add(rules.rules[child].every)));
            }
        }
        Self { steps }
    }
}

fn children(rule: &Rule, by_name: &HashMap<&str, RuleIdx>) -> Vec<(Box<str>, RuleIdx)> {
    let mut names: Vec<Box<str>> = match &rule.kind {
        Kind::Fleet(fleet) => vec![fleet.of.clone()],
        Kind::Composite { expression, .. } => names(expression),
        Kind::Threshold(_)
        | Kind::Ratio(_)
        | Kind::Absence { .. }
        | Kind::Event { .. }
        | Kind::FirstSeen(_)
        | Kind::Change { .. }
        | Kind::Outlier(_)
        | Kind::Forecast { .. } => Vec::new(),
    };
    names.sort_unstable();
    names.dedup();
    names.into_iter().filter_map(|name| by_name.get(&*name).map(|index| (name, *index))).collect()
}

fn names(logic: &Logic) -> Vec<Box<str>> {
    match logic {
        Logic::Rule(name) => vec![name.clone()],
        Logic::Not(inner) => names(inner),
        Logic::And(left, right) | Logic::Or(left, right) => [names(left), names(right)].concat(),
    }
}

fn depth(index: RuleIdx, children: &[Vec<(Box<str>, RuleIdx)>], left: usize) -> usize {
    let below = |child: &(Box<str>, RuleIdx)| left.checked_sub(1).map_or(0, |left| depth(child.1, children, left) + 1);
    children[index].iter().map(below).max().unwrap_or(0)
}

fn delay(index: RuleIdx, rules: &RuleSet, children: &[Vec<(Box<str>, RuleIdx)>], left: usize) -> Duration {
    let below = |child: &(Box<str>, RuleIdx)| left.checked_sub(1).map(|left| delay(child.1, rules, children, left));
    children[index].iter().filter_map(below).max().unwrap_or_default().max(rules.rules[index].delay)
}
