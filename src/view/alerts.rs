//! Lists of alerts.

use std::cmp::Ordering;

use super::filter::{Filter, Row};
use super::shown::Shown;
use super::{Item, View};
use crate::api::alerts::Alert;
use crate::api::fleet::{Mark, State};
use crate::incident::of_account;

/// Which alerts are asked for.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// In these states; any where there is none.
    pub states: Vec<State>,
    /// Whether silenced alerts are wanted; where `None` is said, unless states are said, in which case they must be named, too.
    pub silenced: Option<bool>,
    /// The same of acknowledged ones.
    pub acked: Option<bool>,
    /// Of these levels; any where there is none.
    pub levels: Vec<String>,
    /// What someone typed.
    pub filter: Filter,
}

impl Wanted {
    /// Reads states, among which `silenced` and `acked` stand for what is kept quiet: `critical,warning,silenced`. With only those
    /// two, alerts in any state are wanted that are kept quiet.
    ///
    /// # Errors
    /// With the word that is no state.
    pub fn new<'a>(states: impl IntoIterator<Item = &'a str>, filter: Filter) -> Result<Self, String> {
        let (mut wanted, mut any) = (Self { filter, ..Self::default() }, false);
        for word in states.into_iter().map(str::trim).filter(|word| !word.is_empty()) {
            any = true;
            match word {
                "silenced" => wanted.silenced = Some(true),
                "acked" => wanted.acked = Some(true),
                word => wanted.states.push(state_named(word).ok_or_else(|| word.to_owned())?),
            }
        }
        if any {
            let _ = wanted.silenced.get_or_insert(false);
            let _ = wanted.acked.get_or_insert(false);
        }
        Ok(wanted)
    }

    /// Whether an alert is wanted for its state and for whether it is kept quiet.
    #[must_use]
    pub fn fits(&self, shown: &Shown) -> bool {
        let only_quiet = self.states.is_empty() && (self.silenced == Some(true) || self.acked == Some(true));
        let by_mark = match shown.mark() {
            Mark::None => !only_quiet,
            Mark::Silenced => self.silenced != Some(false),
            Mark::Acked => self.acked != Some(false),
        };
        let by_level = || shown.label("level").is_some_and(|level| self.levels.iter().any(|wanted| wanted == level));
        by_mark
            && (self.levels.is_empty() || by_level())
            && (self.states.is_empty() || self.states.contains(&shown.alert.state))
    }
}

/// The state of that name.
#[must_use]
pub fn state_named(word: &str) -> Option<State> {
    match word {
        "ok" => Some(State::Ok),
        "pending" => Some(State::Pending),
        "no_data" | "nodata" => Some(State::NoData),
        "error" => Some(State::Error),
        "warning" => Some(State::Warning),
        "critical" => Some(State::Critical),
        _ => None,
    }
}

/// In which order alerts are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// Worst first, what is kept quiet at the end.
    #[default]
    Worst,
    /// Newest first.
    Newest,
    /// Oldest first.
    Oldest,
    /// Furthest beyond its threshold first.
    Value,
    /// By account.
    Account,
    /// By tenant.
    Tenant,
    /// By name.
    Name,
}

impl Sort {
    /// The order of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "worst" | "state" => Some(Self::Worst),
            "newest" | "-since" => Some(Self::Newest),
            "oldest" | "since" => Some(Self::Oldest),
            "value" => Some(Self::Value),
            "account" => Some(Self::Account),
            "tenant" => Some(Self::Tenant),
            "rule" | "name" => Some(Self::Name),
            _ => None,
        }
    }
}

/// A part of a list of alerts.
#[derive(Clone, Debug, Default)]
pub struct AlertQuery {
    /// Of this rule, or of this name.
    pub rule: Option<String>,
    /// Of this account.
    pub account: Option<String>,
    /// Of this tenant.
    pub tenant: Option<String>,
    /// In which states, and what someone typed.
    pub wanted: Wanted,
    /// In which order.
    pub sort: Sort,
    /// How many are passed over.
    pub skip: usize,
    /// How many are given at most.
    pub limit: usize,
}

/// A part of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Part<T> {
    /// The items.
    pub items: Vec<T>,
    /// How many there are in all.
    pub total: usize,
    /// What is not shown, for people.
    pub notices: Vec<String>,
}

/// An alert as filters see it: with the labels of its account.
pub(super) struct AlertRow<'a> {
    pub(super) view: &'a View,
    pub(super) item: &'a Item,
}

impl<'a> AlertRow<'a> {
    /// The value of a label of the alert or of its account.
    pub(super) fn value(&self, name: &str) -> Option<&'a str> {
        let of_account = || of_account(self.view.base.entry(self.item.place?)?, name);
        self.item.shown.label(name).or_else(of_account)
    }
}

impl Row for AlertRow<'_> {
    fn has(&self, name: &str, is: &dyn Fn(&str) -> bool) -> bool {
        is(self.value(name).unwrap_or_default())
    }

    fn any(&self, found: &dyn Fn(&str) -> bool) -> bool {
        let alert = &self.item.shown.alert;
        let own = [&alert.name, &alert.tenant, &alert.account_name, &alert.region];
        own.into_iter().chain(&alert.account).chain(alert.group.values()).any(|value| found(value))
            || self
                .item
                .place
                .is_some_and(|place| self.view.base.labels().values().any(|of| of.get(place).is_some_and(found)))
    }
}

impl View {
    /// Alerts, with their summaries.
    #[must_use]
    pub fn alerts(&self, query: &AlertQuery) -> Part<Alert> {
        let named = |item: &&Item| {
            let alert = &item.shown.alert;
            query.rule.as_ref().is_none_or(|rule| *rule == alert.rule || *rule == alert.name)
                && query.account.as_ref().is_none_or(|account| alert.account.as_ref() == Some(account))
                && query.tenant.as_ref().is_none_or(|tenant| *tenant == alert.tenant)
        };
        let typed = |item: &&Item| query.wanted.filter.holds(&AlertRow { view: self, item });
        let (mut found, hidden): (Vec<&Item>, Vec<&Item>) =
            self.alerts.iter().filter(named).filter(typed).partition(|item| query.wanted.fits(&item.shown));
        query.sort.sort(&mut found);
        let items = found.iter().skip(query.skip).take(query.limit).map(|item| item.shown.told(&self.rules)).collect();
        Part { items, total: found.len(), notices: hidden_notices(&hidden) }
    }

    /// An alert by its fingerprint.
    #[must_use]
    pub fn alert(&self, fingerprint: &str) -> Option<Alert> {
        let found = self.alerts.iter().find(|item| item.shown.alert.fingerprint == fingerprint)?;
        Some(found.shown.told(&self.rules))
    }
}

impl Sort {
    fn sort(self, items: &mut [&Item]) {
        fn by(items: &mut [&Item], order: impl Fn(&Shown, &Shown) -> Ordering) {
            items.sort_by(|a, b| order(&a.shown, &b.shown));
        }
        match self {
            // The view has them in this order.
            Self::Worst => {}
            Self::Newest => by(items, |a, b| b.alert.since.cmp(&a.alert.since)),
            Self::Oldest => by(items, |a, b| a.alert.since.cmp(&b.alert.since)),
            Self::Value => by(items, |a, b| b.beyond().total_cmp(&a.beyond())),
            Self::Account => by(items, |a, b| a.account.cmp(&b.account)),
            Self::Tenant => by(items, |a, b| a.alert.tenant.cmp(&b.alert.tenant)),
            Self::Name => by(items, |a, b| a.alert.name.cmp(&b.alert.name)),
        }
    }
}

/// What a list of alerts does not show for their states.
pub(super) fn hidden_notices(hidden: &[&Item]) -> Vec<String> {
    let of = |mark: Mark| hidden.iter().filter(|item| item.shown.mark() == mark).count();
    let counts =
        [(of(Mark::None), "in other states"), (of(Mark::Silenced), "silenced"), (of(Mark::Acked), "acknowledged")];
    let told = counts.into_iter().filter(|(count, _)| *count > 0);
    told.map(|(count, what)| {
        let (alerts, are) = if count == 1 { ("alert", "is") } else { ("alerts", "are") };
        format!("{} {alerts} {what} {are} not shown.", super::trouble::count(count))
    })
    .collect()
}
