//! Which rules look at which others, and in which order they are evaluated.

use std::collections::{BTreeMap, BTreeSet};

use super::{Kind, Rule, RuleIdx, RuleSet};

/// A rule that looks at rules that look at rules may stand so deep.
pub const DEPTH_MAX: usize = 3;

impl Rule {
    /// The names of the rules whose state this one looks at, ascending.
    #[must_use]
    pub fn children(&self) -> Vec<&str> {
        match &self.kind {
            Kind::Fleet(fleet) => vec![&fleet.of],
            Kind::Composite { expression, .. } => expression.names().into_iter().collect(),
            Kind::Threshold(_)
            | Kind::Ratio(_)
            | Kind::Absence { .. }
            | Kind::Event { .. }
            | Kind::FirstSeen(_)
            | Kind::Change { .. }
            | Kind::Outlier(_)
            | Kind::Forecast { .. } => Vec::new(),
        }
    }
}

impl RuleSet {
    /// The rule of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<RuleIdx> {
        self.rules.iter().position(|rule| *rule.name == *name)
    }

    /// Only the rules of these names, and those whose state they look at, in their order.
    #[must_use]
    pub fn only(mut self, names: &BTreeSet<Box<str>>) -> Self {
        let mut kept = names.clone();
        for _ in 0..=DEPTH_MAX {
            let children = self.rules.iter().filter(|rule| kept.contains(&rule.name)).flat_map(Rule::children);
            let children: Vec<Box<str>> = children.map(Into::into).collect();
            kept.extend(children);
        }
        self.rules.retain(|rule| kept.contains(&rule.name));
        self
    }

    /// The rules whose state a rule looks at, in the order of their names.
    #[must_use]
    pub fn children(&self, rule: RuleIdx) -> Vec<RuleIdx> {
        let children = self.rules.get(rule).map(Rule::children).unwrap_or_default();
        children.into_iter().filter_map(|name| self.get(name)).collect()
    }

    /// The level of each rule: 0 where it stands for itself, 1 for outliers, which need all accounts, and one more than its children
    /// for a rule that looks at others. At one tick lower levels are evaluated first.
    #[must_use]
    pub fn levels(&self) -> Vec<usize> {
        let by_name: BTreeMap<&str, RuleIdx> =
            self.rules.iter().enumerate().map(|(index, rule)| (&*rule.name, index)).collect();
        let mut levels: Vec<usize> =
            self.rules.iter().map(|rule| usize::from(matches!(rule.kind, Kind::Outlier(_)))).collect();
        // A checked set has no cycles, so that levels settle after as many rounds as rules stand on each other.
        for _ in 0..=DEPTH_MAX + 1 {
            for (index, rule) in self.rules.iter().enumerate() {
                let highest = rule
                    .children()
                    .into_iter()
                    .filter_map(|child| by_name.get(child))
                    .map(|child| levels[*child])
                    .max();
                if let Some(highest) = highest {
                    levels[index] = highest + 1;
                }
            }
        }
        levels
    }

    /// All rules by level, in each level in the order of their files.
    #[must_use]
    pub fn order(&self) -> Vec<Vec<RuleIdx>> {
        let levels = self.levels();
        let highest = levels.iter().copied().max().map_or(0, |highest| highest + 1);
        let of = |level: usize| (0..levels.len()).filter(|index| levels[*index] == level).collect::<Vec<_>>();
        (0..highest).map(of).filter(|rules| !rules.is_empty()).collect()
    }
}
