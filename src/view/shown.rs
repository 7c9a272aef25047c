//! An alert as it is shown: what the evaluator says of it, how far it was told, and what keeps it quiet.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::cells::fires;
use super::rules::Rules;
use crate::api::alerts::Alert;
use crate::api::fleet::{Mark, State};
use crate::evaluator::{self, Look};
use crate::id::{AccountId, Region};
use crate::incident::{Hush, Labels, Quiet, Told, base, fingerprint, group_values};
use crate::rule::{Level, Rule, RuleIdx, Unit};
use crate::template::Context;
use crate::tenant::{Directory, Entry, UNASSIGNED};

/// An alert that is not inactive.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    /// What is shown of it; its summary and runbook are filled in where it is shown.
    pub alert: Alert,
    /// Its fingerprint.
    pub id: u64,
    /// Whose it is.
    pub account: Option<AccountId>,
    /// Its rule.
    pub rule: RuleIdx,
    /// Its incident.
    pub incident: Option<Box<str>>,
    /// It fires and resolves again and again.
    pub flapping: bool,
    unit: Unit,
    level: Level,
    tier: String,
}

/// What alerts of a rule are made with.
#[derive(Clone, Copy, Debug)]
pub struct Around<'a> {
    /// The rules that run.
    pub rules: &'a Rules,
    /// Accounts and their tenants.
    pub directory: &'a Directory,
    /// How far alerts were told.
    pub told: &'a BTreeMap<u64, Told>,
    /// What keeps alerts quiet.
    pub quiet: &'a Quiet,
}

impl Shown {
    /// What is shown of an alert.
    #[must_use]
    pub fn new(rule: RuleIdx, look: &Look, around: Around<'_>) -> Self {
        let of = around.rules.set().rules.get(rule);
        let account = look.group.account;
        let entry = account.and_then(|account| around.directory.get(account));
        let group = group_values(&look.group, of);
        let told = around.told.get(&look.alert);
        let hush = hush(look, told, of, &group, entry, around.quiet);
        let none = if account.is_some() { UNASSIGNED } else { "" };
        let named = group.iter().find(|(name, _)| **name == *"region").map(|(_, value)| &**value);
        let region = named.or_else(|| entry?.region.as_ref().map(Region::as_str)).unwrap_or_default();
        let alert = Alert {
            fingerprint: fingerprint(look.alert),
            name: look.name.to_string(),
            rule: base(&look.name).to_owned(),
            account: account.map(|account| account.to_string()),
            tenant: entry.map_or(none, |entry| &entry.tenant).to_owned(),
            account_name: entry.and_then(|entry| entry.name.clone()).unwrap_or_default(),
            region: region.to_owned(),
            group: group.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect(),
            labels: of.map(labels).unwrap_or_default(),
            state: state_of(look.state, look.level, &look.name, around.rules.is_absence(rule)),
            recovering: look.state == evaluator::State::Recovering,
            silenced_by: hush.silenced_by,
            acked_by: hush.acked_by,
            value: look.value.filter(|value| value.is_finite()),
            value_text: look.value.map(|value| look.unit.show(value)).unwrap_or_default(),
            threshold: look.threshold,
            threshold_text: look.threshold.map(|threshold| look.unit.show(threshold)).unwrap_or_default(),
            since: look.since.into(),
            fired: look.fired.map(Into::into),
            notified: told.and_then(|told| told.notified).map(Into::into),
            notify: notify(told, of, look.level),
            episode: look.episode,
            summary: None,
            runbook: None,
            history: None,
        };
        Self {
            alert,
            id: look.alert,
            account,
            rule,
            incident: told.map(|told| told.incident.clone()),
            flapping: told.is_some_and(|told| told.flapping),
            unit: look.unit,
            level: look.level,
            tier: entry.and_then(|entry| entry.tier.clone()).unwrap_or_default(),
        }
    }

    /// Whether it fires.
    #[must_use]
    pub const fn fires(&self) -> bool {
        fires(self.alert.state)
    }

    /// Whether it is silenced or acknowledged.
    #[must_use]
    pub fn mark(&self) -> Mark {
        match (self.alert.silenced_by.is_empty(), &self.alert.acked_by) {
            (false, _) => Mark::Silenced,
            (true, Some(_)) => Mark::Acked,
            (true, None) => Mark::None,
        }
    }

    /// The value of a label, by the names that silences know: of the alert, of its group, of its rule; those of the account are
    /// the caller's.
    #[must_use]
    pub fn label(&self, name: &str) -> Option<&str> {
        match name {
            "rule" => Some(&self.alert.rule),
            "name" | "alert" | "alertname" => Some(&self.alert.name),
            "incident" => self.incident.as_deref(),
            "level" | "severity" | "sev" => Some(self.level.as_str()),
            "fingerprint" => Some(&self.alert.fingerprint),
            "account" => self.alert.account.as_deref(),
            "tenant" | "tenant.id" => Some(&self.alert.tenant),
            "notify" => Some(&self.alert.notify),
            "state" => Some(word(self.alert.state)),
            "region" => Some(self.alert.region.as_str()).filter(|region| !region.is_empty()),
            other => self.alert.group.get(other).or_else(|| self.alert.labels.get(other)).map(String::as_str),
        }
    }

    /// How far its value is beyond the threshold, in multiples of it; alerts without either are nearest.
    #[must_use]
    pub fn beyond(&self) -> f64 {
        match (self.alert.value, self.alert.threshold) {
            (Some(value), Some(threshold)) => (value - threshold).abs() / threshold.abs().max(f64::MIN_POSITIVE),
            (Some(_), None) | (None, _) => 0.0,
        }
    }

    /// Worst first, and what is kept quiet at the end.
    #[must_use]
    pub fn worse(&self, other: &Self) -> Ordering {
        let quiet = |shown: &Self| shown.mark() != Mark::None;
        (quiet(self).cmp(&quiet(other)))
            .then_with(|| other.alert.state.cmp(&self.alert.state))
            .then_with(|| other.beyond().total_cmp(&self.beyond()))
            .then_with(|| self.alert.since.cmp(&other.alert.since))
            .then_with(|| (&self.alert.name, self.account, self.id).cmp(&(&other.alert.name, other.account, other.id)))
    }

    /// What templates see of it, where it is the worst of so many accounts.
    #[must_use]
    pub fn context(&self, accounts: u32) -> Context {
        let alert = &self.alert;
        let text = |text: &str| text.to_owned();
        Context {
            rule: text(&alert.name),
            account: alert.account.clone().unwrap_or_default(),
            tenant: text(&alert.tenant),
            tenant_name: text(if alert.account_name.is_empty() { &alert.tenant } else { &alert.account_name }),
            tier: text(&self.tier),
            region: text(&alert.region),
            level: text(self.level.as_str()),
            status: text("firing"),
            value: alert.value,
            threshold: alert.threshold,
            unit: text(self.unit.as_str()),
            since: alert.since.0.to_string(),
            episode: alert.episode,
            accounts,
            spread: accounts,
            key: alert.group.get("key").cloned().unwrap_or_default(),
            labels: alert.labels.clone(),
            group: alert.group.clone(),
            links: self.links(),
            ..Context::default()
        }
    }

    /// Addresses on the page itself, for templates that name them.
    fn links(&self) -> BTreeMap<String, String> {
        let alert = &self.alert;
        let account = alert.account.as_ref().map(|account| format!("accounts/{account}")).unwrap_or_default();
        let rule = format!("alerts/rules/{}", alert.name);
        let links = [
            ("rule", rule.clone()),
            ("alerts", rule),
            ("silence", "silences/new".to_owned()),
            ("account", account),
            ("runbook", String::new()),
        ];
        links.into_iter().map(|(name, link)| (name.to_owned(), link)).collect()
    }

    /// The same with its summary and what to do.
    #[must_use]
    pub fn told(&self, rules: &Rules) -> Alert {
        let context = self.context(1);
        Alert {
            summary: rules.summary(self.rule, &context),
            runbook: rules.runbook(self.rule, &context),
            ..self.alert.clone()
        }
    }
}

/// The state in which an alert of that name is shown. That nothing comes is a state of its own, unless someone is woken for it; so is
/// that a rule cannot follow all of its groups.
#[must_use]
pub fn state_of(state: evaluator::State, level: Level, name: &str, absence: bool) -> State {
    match (state, level) {
        (evaluator::State::Inactive, _) => State::Ok,
        (evaluator::State::Pending, _) => State::Pending,
        (evaluator::State::Firing | evaluator::State::Recovering, Level::Critical) => State::Critical,
        (evaluator::State::Firing | evaluator::State::Recovering, Level::Warning) => {
            if absence || name.ends_with(":NoData") {
                State::NoData
            } else if name.ends_with(":Overflow") {
                State::Error
            } else {
                State::Warning
            }
        }
    }
}

/// A state as it is written in filters.
#[must_use]
pub const fn word(state: State) -> &'static str {
    match state {
        State::Ok => "ok",
        State::Pending => "pending",
        State::NoData => "no_data",
        State::Error => "error",
        State::Warning => "warning",
        State::Critical => "critical",
    }
}

fn hush(
    look: &Look,
    told: Option<&Told>,
    rule: Option<&Rule>,
    group: &[(Box<str>, Box<str>)],
    entry: Option<&Entry>,
    quiet: &Quiet,
) -> Hush {
    if quiet.is_empty() {
        return Hush::default();
    }
    quiet.of(&Labels {
        incident: told.map_or("", |told| &told.incident),
        name: &look.name,
        rule,
        level: look.level,
        alert: look.alert,
        account: look.group.account.as_ref(),
        group,
        entry,
    })
}

fn labels(rule: &Rule) -> BTreeMap<String, String> {
    rule.labels.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
}

fn notify(told: Option<&Told>, rule: Option<&Rule>, level: Level) -> String {
    let usual = || {
        let notify = &rule?.settings.notify;
        match level {
            Level::Critical => notify.critical.clone(),
            Level::Warning => notify.warning.clone(),
        }
    };
    told.and_then(|told| told.to.clone()).or_else(usual).map(String::from).unwrap_or_default()
}
