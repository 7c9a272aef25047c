//! The rules that run, with what lists say of each: summaries are templates, read once and filled in for what is shown.

use std::sync::Arc;

use crate::rule::{Arithmetic, Kind, Rule, RuleIdx, RuleSet};
use crate::template::{Context, Template};

/// The rules that run.
#[derive(Clone, Debug)]
pub struct Rules {
    set: Arc<RuleSet>,
    said: Vec<Said>,
}

/// What a rule says, ready to be filled in.
#[derive(Clone, Debug, Default)]
struct Said {
    summary: Option<Template>,
    runbook: Option<Template>,
    quota: Option<Box<str>>,
}

impl Rules {
    /// Reads the templates of rules.
    #[must_use]
    pub fn new(set: Arc<RuleSet>) -> Self {
        let template = |text: &Option<Box<str>>| text.as_deref().and_then(|text| Template::new(text).ok());
        let said = |rule: &Rule| Said {
            summary: template(&rule.annotations.summary),
            runbook: template(&rule.annotations.runbook),
            quota: quota(rule),
        };
        let said = set.rules.iter().map(said).collect();
        Self { set, said }
    }

    /// The rules.
    #[must_use]
    pub const fn set(&self) -> &Arc<RuleSet> {
        &self.set
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.set.rules.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.set.rules.is_empty()
    }

    /// The summary of a rule, filled in.
    #[must_use]
    pub fn summary(&self, rule: RuleIdx, context: &Context) -> Option<String> {
        self.said.get(rule)?.summary.as_ref().map(|template| template.render(context))
    }

    /// Where it says what to do.
    #[must_use]
    pub fn runbook(&self, rule: RuleIdx, context: &Context) -> Option<String> {
        self.said.get(rule)?.runbook.as_ref().map(|template| template.render(context))
    }

    /// The quota that a rule measures a share of, by its name such as `lambda.concurrency`.
    #[must_use]
    pub fn quota(&self, rule: RuleIdx) -> Option<&str> {
        self.said.get(rule)?.quota.as_deref()
    }

    /// The rules that measure a share of a quota.
    pub fn of_quotas(&self) -> impl Iterator<Item = RuleIdx> + '_ {
        (0..self.said.len()).filter(|rule| self.said[*rule].quota.is_some())
    }

    /// Whether what fires is that nothing comes.
    #[must_use]
    pub fn is_absence(&self, rule: RuleIdx) -> bool {
        self.set.rules.get(rule).is_some_and(|rule| matches!(rule.kind, Kind::Absence { .. }))
    }
}

/// The quota that a rule measures a share of.
#[must_use]
pub fn quota(rule: &Rule) -> Option<Box<str>> {
    let (Kind::Threshold(measure) | Kind::Ratio(measure) | Kind::Forecast { measure, .. }) = &rule.kind else {
        return None;
    };
    named(&measure.value)
}

/// The quota by which a value is divided.
fn named(value: &Arithmetic) -> Option<Box<str>> {
    match value {
        Arithmetic::Quota(name, _) => Some(name.clone()),
        Arithmetic::Term(_) | Arithmetic::Number(_) => None,
        Arithmetic::Negative(inner) => named(inner),
        Arithmetic::Binary(_, left, right) => named(left).or_else(|| named(right)),
    }
}
