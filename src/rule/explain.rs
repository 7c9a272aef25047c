//! The rule that counts for one account, and where each of its values comes from.

use super::{Condition, Hold, Missing, NoData, Notify, Override, Rule, Unit};
use crate::config::quantity::duration_text;
use crate::predicate::account::Account;
use crate::rule::Level;
use crate::time::Timestamp;

/// One value of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The key, as rules write it.
    pub key: &'static str,
    /// The value, as rules write it.
    pub value: String,
    /// Where it comes from.
    pub origin: Source,
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// It is built in.
    BuiltIn,
    /// The defaults of the file, at that line.
    Defaults(String),
    /// The rule, at that file and line.
    Rule(String),
    /// The override of that number, counting from 0, at that file and line.
    Override(usize, String),
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::BuiltIn => f.write_str("built in"),
            Self::Defaults(place) => write!(f, "{place} (defaults)"),
            Self::Rule(place) => f.write_str(place),
            Self::Override(index, place) => write!(f, "{place} (override {})", index + 1),
        }
    }
}

/// The rule as it counts for an account at a moment.
#[must_use]
pub fn explain(rule: &Rule, account: &Account<'_>, at: Timestamp) -> Vec<Line> {
    let effective = rule.effective(account, at);
    let settings = &effective.settings;
    let mut lines = Lines { rule, applied: &effective.applied, list: Vec::new() };
    lines.put("enabled", Some(settings.enabled.to_string()), |one| one.enabled.is_some());
    lines.put("critical", condition(settings.critical.as_ref()), |one| one.critical.is_some());
    lines.put("warning", condition(settings.warning.as_ref()), |one| one.warning.is_some());
    lines.put("level", rule.level_of().map(|level| level_text(level).into()), |_| false);
    let recovers = (settings.recover_critical.as_ref(), settings.recover_warning.as_ref());
    lines.put("recover", recover(recovers), |one| one.recover_critical.is_some() || one.recover_warning.is_some());
    let (key, held) = hold(Some(&settings.hold));
    lines.put(key, held, |one| one.hold.is_some());
    lines.put("keep_firing_for", Some(duration_text(settings.keep_firing_for)), |one| one.keep_firing_for.is_some());
    if rule.measure().is_some() {
        lines.put("no_data", Some(no_data(&settings.no_data)), |one| one.no_data.is_some());
        lines.put("min_samples", Some(effective.min_samples.to_string()), |one| one.min_samples.is_some());
    }
    if let super::Kind::Ratio(_) = rule.kind {
        lines.put("min_total", Some(Unit::Number.show(settings.min_total)), |one| one.min_total.is_some());
    }
    if let super::Kind::Absence { .. } = rule.kind {
        lines.put("timeout", Some(duration_text(settings.timeout)), |one| one.timeout.is_some());
    }
    lines.rest();
    lines.put("notify", notify(&settings.notify), |one| one.notify.is_some());
    lines.list
}

/// What an override sets, by key, as rules write it.
#[must_use]
pub fn changes(one: &Override) -> Vec<(&'static str, String)> {
    let recovers = (one.recover_critical.as_ref(), one.recover_warning.as_ref());
    let all = [
        ("enabled", one.enabled.map(|enabled| enabled.to_string())),
        ("critical", condition(one.critical.as_ref())),
        ("warning", condition(one.warning.as_ref())),
        ("recover", recover(recovers)),
        hold(one.hold.as_ref()),
        ("keep_firing_for", one.keep_firing_for.map(duration_text)),
        ("no_data", one.no_data.as_ref().map(no_data)),
        ("min_samples", one.min_samples.map(|min| min.to_string())),
        ("min_total", one.min_total.map(|min| Unit::Number.show(min))),
        ("timeout", one.timeout.map(duration_text)),
        ("notify", one.notify.as_ref().and_then(notify)),
    ];
    all.into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
}

fn hold(hold: Option<&Hold>) -> (&'static str, Option<String>) {
    match hold {
        None => ("for", None),
        Some(Hold::For(held)) => ("for", Some(duration_text(*held))),
        Some(Hold::Datapoints { breach, of, missing, cloudwatch: _ }) => {
            ("datapoints", Some(format!("{{breach: {breach}, of: {of}, missing: {}}}", missing_text(*missing))))
        }
    }
}

struct Lines<'a> {
    rule: &'a Rule,
    applied: &'a [usize],
    list: Vec<Line>,
}

impl Lines<'_> {
    fn put(&mut self, key: &'static str, value: Option<String>, sets: impl Fn(&Override) -> bool) {
        let Some(value) = value else { return };
        let file = &self.rule.place.file;
        let by_override = self.applied.iter().rev().find(|index| sets(&self.rule.overrides[**index]));
        let written = self.rule.place.origins.iter().find(|origin| *origin.key == *key);
        let origin = match (by_override, written) {
            (Some(index), _) => Source::Override(*index, format!("{file}:{}", self.rule.overrides[*index].line)),
            (None, Some(origin)) if origin.default => Source::Defaults(format!("{file}:{}", origin.line)),
            (None, Some(origin)) => Source::Rule(format!("{file}:{}", origin.line)),
            (None, None) => Source::BuiltIn,
        };
        self.list.push(Line { key, value, origin });
    }

    /// What is the same for all accounts.
    fn rest(&mut self) {
        let rule = self.rule;
        let never = |_: &Override| false;
        let matches = rule.matches.as_ref().map(|predicate| predicate.as_str().into());
        self.put("match", matches, never);
        self.put("scope", rule.scope.as_ref().map(|predicate| predicate.as_str().into()), never);
        if rule.measure().is_some() {
            self.put("window", Some(duration_text(rule.window)), never);
        }
        self.put("every", Some(duration_text(rule.every)), never);
        self.put("delay", Some(duration_text(rule.delay)), never);
        self.put("new_group_delay", Some(duration_text(rule.new_group_delay)), never);
        self.put("resolve_after", Some(duration_text(rule.resolve_after)), never);
        self.put("max_alert_age", Some(duration_text(rule.max_alert_age)), never);
        self.put("max_groups", Some(rule.max_groups.to_string()), never);
    }
}

fn condition(condition: Option<&Condition>) -> Option<String> {
    condition.map(|condition| condition.text.to_string())
}

fn recover((critical, warning): (Option<&Condition>, Option<&Condition>)) -> Option<String> {
    match (condition(critical), condition(warning)) {
        (Some(critical), Some(warning)) if critical == warning => Some(critical),
        (Some(critical), Some(warning)) => Some(format!("{{critical: \"{critical}\", warning: \"{warning}\"}}")),
        (Some(critical), None) => Some(format!("{{critical: \"{critical}\"}}")),
        (None, Some(warning)) => Some(format!("{{warning: \"{warning}\"}}")),
        (None, None) => None,
    }
}

fn notify(notify: &Notify) -> Option<String> {
    let parts = [("critical", &notify.critical), ("warning", &notify.warning), ("route", &notify.route)];
    let parts: Vec<String> =
        parts.iter().filter_map(|(key, name)| name.as_ref().map(|name| format!("{key}: {name}"))).collect();
    if parts.is_empty() { None } else { Some(format!("{{{}}}", parts.join(", "))) }
}

fn no_data(no_data: &NoData) -> String {
    match no_data {
        NoData::Ok => "ok".into(),
        NoData::Keep => "keep".into(),
        NoData::Zero => "zero".into(),
        NoData::Breach { level, only_if_last: None } => format!("{{breach: {}}}", level_text(*level)),
        NoData::Breach { level, only_if_last: Some(last) } => {
            format!("{{breach: {}, only_if_last: \"{}\"}}", level_text(*level), last.text)
        }
        NoData::Alert { level, after } => {
            format!("{{alert: {}, after: {}}}", level_text(*level), duration_text(*after))
        }
    }
}

const fn level_text(level: Level) -> &'static str {
    match level {
        Level::Critical => "critical",
        Level::Warning => "warning",
    }
}

const fn missing_text(missing: Missing) -> &'static str {
    match missing {
        Missing::Ignore => "ignore",
        Missing::Breaching => "breaching",
        Missing::NotBreaching => "not_breaching",
        Missing::Missing => "missing",
    }
}
