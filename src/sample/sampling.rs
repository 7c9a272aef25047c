//! What workers take samples by, and by which names others know its rules.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Sampler;
use crate::rule::{RuleIdx, RuleSet};

/// A rule as another program knows it, whose set of rules may be one deployment older or newer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Named {
    /// Its name.
    pub name: Box<str>,
    /// What decides which samples it takes and which state it keeps: `Rule::shape`.
    pub shape: u64,
}

/// A sampler, and the set of rules that it is of.
#[derive(Debug)]
pub struct Sampling {
    /// What takes samples.
    pub sampler: Sampler,
    rules_id: u64,
    names: Vec<Named>,
    by_name: BTreeMap<Named, RuleIdx>,
}

impl Sampling {
    /// Of a set of rules.
    #[must_use]
    pub fn of(rules: &RuleSet) -> Self {
        let named = rules.rules.iter().map(|rule| Named { name: rule.name.clone(), shape: rule.shape() });
        let names: Vec<_> = named.collect();
        let by_name = names.iter().cloned().enumerate().map(|(index, named)| (named, index)).collect();
        Self { sampler: Sampler::new(rules), rules_id: rules.id(), names, by_name }
    }

    /// `RuleSet::id` of the set.
    #[must_use]
    pub const fn rules_id(&self) -> u64 {
        self.rules_id
    }

    /// The name of a rule of this set.
    #[must_use]
    pub fn name(&self, rule: RuleIdx) -> Option<&Named> {
        self.names.get(rule)
    }

    /// The rule of that name and shape in this set; none where it is gone, or takes other samples now.
    #[must_use]
    pub fn find(&self, named: &Named) -> Option<RuleIdx> {
        self.by_name.get(named).copied()
    }
}
