//! Rows of rules: what is written, whom it applies to, and what fires.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::super::Api;
use crate::api::fleet::State;
use crate::api::rules::RuleRow;
use crate::evaluator::{self, Applied, Counters};
use crate::predicate::account::Account;
use crate::rule::keys::KindName;
use crate::rule::{Kind, Level, Rule, RuleIdx, RuleSet};
use crate::tenant::Directory;
use crate::time::Timestamp;
use crate::view::scope::Scope;
use crate::view::shown::state_of;

/// What is known of a rule at work.
#[derive(Default)]
struct AtWork {
    firing: u32,
    pending: u32,
    no_data: u32,
    state: State,
    changed: Option<Timestamp>,
    evaluated: Option<Timestamp>,
    applied: Option<Applied>,
}

/// All rules, in the order of their files.
pub(super) fn rows(api: &Api, scope: &Scope) -> Vec<RuleRow> {
    let rules = api.alerting.with(|alerting| Arc::clone(alerting.rules()));
    (0..rules.rules.len()).map(|index| row(api, scope, &rules, index)).collect()
}

/// One rule. The lock of the rules is held for this one only, so that ticks come in between.
pub(super) fn row(api: &Api, scope: &Scope, rules: &Arc<RuleSet>, index: RuleIdx) -> RuleRow {
    let directory = api.directory.current();
    let (at_work, counters) = api.alerting.with(|alerting| {
        if !Arc::ptr_eq(alerting.rules(), rules) {
            return (AtWork::default(), None);
        }
        let (evaluator, kind) = (alerting.evaluator(), &rules.rules[index].kind);
        let absence = matches!(kind, Kind::Absence { .. });
        (at_work(evaluator, index, absence, scope, &directory), evaluator.counters().into_iter().nth(index))
    });
    let (rule, fleet) = (&rules.rules[index], scope.is_fleet());
    let in_scope = at_work.applied.as_ref().map_or_else(
        || counted(rule, scope, &directory),
        |applied| {
            let seen = |account: &&crate::id::AccountId| scope.covers(&directory.tag(**account).tenant);
            if fleet { applied.members.len() } else { applied.members.iter().filter(seen).count() }
        },
    );
    let overrides = match &at_work.applied {
        Some(applied) if !fleet => {
            let seen = applied.iter().filter(|(account, _)| scope.covers(&directory.tag(*account).tenant));
            seen.flat_map(|(_, overrides)| overrides).collect::<BTreeSet<_>>().len()
        }
        Some(_) | None => {
            if fleet {
                rule.overrides.len()
            } else {
                0
            }
        }
    };
    let accounts = directory.entries().filter(|entry| scope.covers(&entry.tenant)).count();
    let counters: Option<Counters> = counters.filter(|_| fleet);
    RuleRow {
        rule: rule.name.as_ref().into(),
        kind: KindName::of(&rule.kind).as_str().into(),
        level: worst(rule).as_str().into(),
        file: if fleet { file(api, rule) } else { String::new() },
        line: if fleet { line(rule.place.line) } else { 0 },
        summary: rule.annotations.summary.as_deref().map(Into::into),
        labels: rule.labels.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect(),
        applies_to: small(in_scope),
        accounts: small(accounts),
        selector: rule.scope.as_ref().filter(|_| fleet).map(|scope| scope.as_str().to_owned()),
        firing: at_work.firing,
        pending: at_work.pending,
        no_data: at_work.no_data,
        state: at_work.state,
        overrides: small(overrides),
        evaluated: at_work.evaluated.map(Into::into),
        groups: counters.as_ref().map_or(0, |counters| counters.groups as u64),
        groups_max: counters.as_ref().map_or(0, |counters| counters.groups_max as u64),
        changed: at_work.changed.map(Into::into),
    }
}

fn at_work(
    evaluator: &evaluator::Evaluator,
    index: RuleIdx,
    absence: bool,
    scope: &Scope,
    directory: &Directory,
) -> AtWork {
    let applied = evaluator.applied(index);
    let mut at_work = AtWork { evaluated: evaluator.ticked(index), applied, ..AtWork::default() };
    for look in evaluator.looks(index) {
        if !sees(scope, look.group.account, directory) {
            continue;
        }
        let state = state_of(look.state, look.level, &look.name, absence);
        match state {
            State::Critical | State::Warning => at_work.firing += 1,
            State::Pending => at_work.pending += 1,
            // What a rule of absence looks for has no data, and is no fault of the rule.
            State::NoData if absence => at_work.firing += 1,
            State::NoData => at_work.no_data += 1,
            State::Error | State::Ok => {}
        }
        at_work.state = at_work.state.max(state);
        at_work.changed = at_work.changed.max(look.fired.or(Some(look.since)));
    }
    at_work
}

/// Whether someone may see what is of this account; what is of none is the fleet's.
pub(super) fn sees(scope: &Scope, account: Option<crate::id::AccountId>, directory: &Directory) -> bool {
    scope.is_fleet() || account.is_some_and(|account| scope.covers(&directory.tag(account).tenant))
}

fn counted(rule: &Rule, scope: &Scope, directory: &Directory) -> usize {
    let seen = directory.entries().filter(|entry| scope.covers(&entry.tenant));
    let holds = |entry: &&crate::tenant::Entry| {
        rule.scope.as_ref().is_none_or(|scope| scope.holds(&Account { id: entry.account, entry: Some(entry) }))
    };
    seen.filter(holds).count()
}

fn worst(rule: &Rule) -> Level {
    rule.level_of().unwrap_or(if rule.settings.critical.is_some() { Level::Critical } else { Level::Warning })
}

/// Whether a row has a text in it; every row has the empty one.
pub(super) fn has(row: &RuleRow, lower: &str) -> bool {
    let labels = row.labels.iter().flat_map(|(name, value)| [name, value]);
    let texts = [&row.rule, &row.file, &row.kind].into_iter().chain(row.summary.as_ref()).chain(labels);
    texts.into_iter().any(|text| text.to_lowercase().contains(lower))
}

/// The lines of a rule, as they are written.
pub(super) fn source(api: &Api, rule: &Rule) -> Option<String> {
    let texts = api.alerting.texts();
    let (first, last) = (line(rule.place.line) as usize, line(rule.place.line_last) as usize);
    let lines = texts.get(&*rule.place.file)?.lines();
    let lines: Vec<&str> = lines.skip(first.saturating_sub(1)).take(last.saturating_sub(first) + 1).collect();
    Some(lines.join("\n") + "\n")
}

/// The file of a rule, from the folder on that is configured: where it is on this machine tells nobody anything.
pub(super) fn file(api: &Api, rule: &Rule) -> String {
    relative(&rule.place.file, api.alerting.paths())
}

fn relative(file: &str, configured: &[PathBuf]) -> String {
    let below =
        |path: &PathBuf| Path::new(file).strip_prefix(path.parent()?).ok().map(|path| path.display().to_string());
    let known = configured.iter().filter(|path| Path::new(file).starts_with(path)).find_map(below);
    known.unwrap_or_else(|| file.to_owned())
}

/// A line number.
pub(super) fn line(line: u64) -> u32 {
    u32::try_from(line).unwrap_or(u32::MAX)
}

fn small(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_from_its_configured_folder_on() {
        let configured = [PathBuf::from("/etc/fanin/rules"), PathBuf::from("more.yaml")];
        assert_eq!(relative("/etc/fanin/rules/aws/lambda.yaml", &configured), "rules/aws/lambda.yaml");
        assert_eq!(relative("more.yaml", &configured), "more.yaml");
        assert_eq!(relative("elsewhere.yaml", &configured), "elsewhere.yaml");
    }
}
