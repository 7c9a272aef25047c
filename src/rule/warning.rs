//! What is worth a look though the rules can run: it needs the directory or the time.

use super::{Rule, RuleSet};
use crate::config::problem::{Code, Place, Position, Problem};
use crate::predicate::account::Account;
use crate::time::Timestamp;

impl RuleSet {
    /// Warns of overrides whose time is over.
    #[must_use]
    pub fn expired(&self, now: Timestamp) -> Vec<Problem> {
        let of = |rule: &Rule| {
            let expired = rule.overrides.iter().enumerate().filter(|(_, one)| one.is_expired(now));
            let warnings = expired.map(|(index, one)| {
                let whom = one.whom();
                let message =
                    format!("the time of the override for {whom} is over: take it out, or give it a new date");
                rule.problem(Code::OverrideExpired, one.line, &format!("overrides[{index}]"), message)
            });
            warnings.collect::<Vec<_>>()
        };
        self.rules.iter().flat_map(of).collect()
    }

    /// Warns of rules that no account of the directory is in scope of.
    #[must_use]
    pub fn unused(&self, accounts: &[Account<'_>]) -> Vec<Problem> {
        let in_scope = |rule: &&Rule| match &rule.scope {
            Some(scope) => accounts.iter().any(|account| scope.holds(account)),
            None => true,
        };
        let unused = self.rules.iter().filter(|rule| !in_scope(rule));
        let warning = |rule: &Rule| {
            let scope = rule.scope.as_ref().map_or("", |scope| scope.as_str());
            let message = format!("no account of the directory is in its scope, {scope}");
            rule.problem(Code::RuleUnused, rule.place.line, "scope", message)
        };
        unused.map(warning).collect()
    }
}

impl Rule {
    fn problem(&self, code: Code, line: u64, key: &str, message: String) -> Problem {
        let place = Place { position: Position::Line { line, column: 1 }, key: format!("{}.{key}", self.name) };
        Problem { code, file: self.place.file.clone(), place, message }
    }
}

impl super::Override {
    /// For whom it is, as it was written: `tier gold`.
    #[must_use]
    pub fn whom(&self) -> String {
        let account = self.account.map(|account| account.to_string());
        let predicate = self.matches.as_ref().map(|predicate| predicate.as_str());
        let parts = [
            ("account", account.as_deref()),
            ("tenant", self.tenant.as_deref()),
            ("tier", self.tier.as_deref()),
            ("region", self.region.as_deref()),
            ("match", predicate),
        ];
        let parts: Vec<String> =
            parts.iter().filter_map(|(name, value)| value.map(|value| format!("{name} {value}"))).collect();
        parts.join(", ")
    }
}
