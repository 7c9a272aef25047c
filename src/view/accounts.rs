//! Lists of accounts.

use std::cmp::Ordering;

use super::alerts::Part;
use super::filter::{Filter, Row};
use super::trouble::count;
use super::{Figures, View};
use crate::api::accounts::AccountRow;
use crate::api::fleet::{Freshness, Mark, State};

/// In which order accounts are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// By id.
    #[default]
    Id,
    /// Worst first.
    Worst,
    /// By tenant.
    Tenant,
    /// By name.
    Name,
    /// Most log records and metric data first.
    Events,
    /// Most bytes first.
    Bytes,
    /// Highest share of errors first.
    Errors,
    /// Who spoke last first.
    Newest,
    /// Who spoke last last.
    Oldest,
}

impl Sort {
    /// The order of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "id" | "account" => Some(Self::Id),
            "worst" | "state" | "problems" => Some(Self::Worst),
            "tenant" => Some(Self::Tenant),
            "name" => Some(Self::Name),
            "events" => Some(Self::Events),
            "bytes" | "volume" => Some(Self::Bytes),
            "errors" => Some(Self::Errors),
            "newest" | "-last_seen" => Some(Self::Newest),
            "oldest" | "last_seen" => Some(Self::Oldest),
            _ => None,
        }
    }
}

/// A part of a list of accounts.
#[derive(Clone, Debug, Default)]
pub struct AccountQuery {
    /// In one of these states; any where there is none.
    pub states: Vec<State>,
    /// Those of which all that is wrong is silenced or acknowledged.
    pub silenced: bool,
    /// How fresh; any where there is none.
    pub fresh: Vec<Freshness>,
    /// With an alert of that name or rule that is not inactive.
    pub rule: Option<String>,
    /// Only those that are in the directory, or only those that are not.
    pub known: Option<bool>,
    /// What someone typed.
    pub filter: Filter,
    /// In which order.
    pub sort: Sort,
    /// How many are passed over.
    pub skip: usize,
    /// How many are given at most.
    pub limit: usize,
}

/// The freshness of that name.
#[must_use]
pub fn fresh_named(word: &str) -> Option<Freshness> {
    match word {
        "live" => Some(Freshness::Live),
        "late" => Some(Freshness::Late),
        "silent" => Some(Freshness::Silent),
        "new" => Some(Freshness::New),
        "suspended" => Some(Freshness::Suspended),
        _ => None,
    }
}

/// A freshness, as it is written.
#[must_use]
pub const fn fresh_word(fresh: Freshness) -> &'static str {
    match fresh {
        Freshness::Live => "live",
        Freshness::Late => "late",
        Freshness::Silent => "silent",
        Freshness::New => "new",
        Freshness::Suspended => "suspended",
    }
}

/// An account as filters see it.
struct Of<'a> {
    view: &'a View,
    place: u32,
}

impl Of<'_> {
    fn value(&self, name: &str) -> Option<&str> {
        let place = self.place as usize;
        match name {
            "state" => Some(super::shown::word(self.view.cells.state[place])),
            "freshness" | "fresh" => Some(fresh_word(self.view.cells.fresh[place])),
            "known" => Some(if self.view.base.entry(self.place).is_some() { "yes" } else { "no" }),
            "lifecycle" => self.view.base.entry(self.place).map(|entry| entry.state.as_str()),
            other => self.view.base.label(self.place, other),
        }
    }
}

impl Row for Of<'_> {
    fn has(&self, name: &str, is: &dyn Fn(&str) -> bool) -> bool {
        if name != "rule" {
            return is(self.value(name).unwrap_or_default());
        }
        let mut rules = self.view.of_account(self.place).map(|item| &item.shown.alert).peekable();
        if rules.peek().is_none() { is("") } else { rules.any(|alert| is(&alert.rule) || is(&alert.name)) }
    }

    fn any(&self, found: &dyn Fn(&str) -> bool) -> bool {
        let base = &self.view.base;
        [base.id(self.place).as_str(), base.tenant(self.place), base.name(self.place)].into_iter().any(found)
            || base.labels().values().any(|column| column.get(self.place).is_some_and(found))
    }
}

impl View {
    /// Accounts.
    #[must_use]
    pub fn accounts(&self, query: &AccountQuery) -> Part<AccountRow> {
        let typed = |place: &u32| query.filter.holds(&Of { view: self, place: *place });
        let (mut found, hidden): (Vec<u32>, Vec<u32>) =
            (0..super::number(self.base.len())).filter(typed).partition(|place| self.fits(query, *place));
        self.sort(query.sort, &mut found);
        let items = found.iter().skip(query.skip).take(query.limit).map(|place| self.row(*place)).collect();
        let notices = match hidden.len() {
            0 => Vec::new(),
            1 => vec!["1 account in another state is not shown.".to_owned()],
            more => vec![format!("{} accounts in other states are not shown.", count(more))],
        };
        Part { items, total: found.len(), notices }
    }

    fn fits(&self, query: &AccountQuery, place: u32) -> bool {
        let at = place as usize;
        let silenced = query.silenced && self.cells.mark[at] != Mark::None;
        let any_state = query.states.is_empty() && !query.silenced;
        let of_rule = |rule: &str| {
            self.of_account(place).any(|item| item.shown.alert.rule == rule || item.shown.alert.name == rule)
        };
        (any_state || silenced || query.states.contains(&self.cells.state[at]))
            && (query.fresh.is_empty() || query.fresh.contains(&self.cells.fresh[at]))
            && query.known.is_none_or(|known| known == self.base.entry(place).is_some())
            && query.rule.as_deref().is_none_or(of_rule)
    }

    fn sort(&self, sort: Sort, places: &mut [u32]) {
        let figures = |place: u32| &self.figures[place as usize];
        let most = |places: &mut [u32], of: fn(&Figures) -> f64| {
            places.sort_by(|a, b| of(figures(*b)).total_cmp(&of(figures(*a))));
        };
        match sort {
            Sort::Id => {}
            Sort::Worst => places.sort_by(|a, b| self.worse(*a as usize, *b as usize)),
            Sort::Tenant => places.sort_by(|a, b| self.base.tenant(*a).cmp(self.base.tenant(*b))),
            Sort::Name => places.sort_by(|a, b| self.base.name(*a).cmp(self.base.name(*b))),
            Sort::Events => most(places, |of| of.rates.events),
            Sort::Bytes => most(places, |of| of.rates.bytes),
            Sort::Errors => most(places, |of| of.rates.error_share.unwrap_or(-1.0)),
            Sort::Newest => places.sort_by_key(|place| std::cmp::Reverse(figures(*place).seen)),
            Sort::Oldest => places.sort_by_key(|place| figures(*place).seen),
        }
    }

    fn worse(&self, a: usize, b: usize) -> Ordering {
        (self.cells.state[b].cmp(&self.cells.state[a]))
            .then_with(|| self.cells.firing[b].cmp(&self.cells.firing[a]))
            .then_with(|| self.cells.fresh[b].cmp(&self.cells.fresh[a]))
    }

    /// What lists show of an account.
    pub(super) fn row(&self, place: u32) -> AccountRow {
        let (at, figures) = (place as usize, &self.figures[place as usize]);
        let firing = self.of_account(place).filter(|item| item.shown.fires());
        AccountRow {
            id: self.base.id(place).to_string(),
            tenant: self.base.tenant(place).to_owned(),
            name: self.base.name(place).to_owned(),
            known: self.base.entry(place).is_some(),
            labels: self.base.labels_of(place),
            state: self.cells.state[at],
            freshness: self.cells.fresh[at],
            mark: self.cells.mark[at],
            firing: firing.map(|item| item.shown.alert.name.clone()).collect(),
            last_seen: figures.seen.map(Into::into),
            events_per_second: figures.rates.events,
            bytes_per_second: figures.rates.bytes,
            error_share: figures.rates.error_share,
        }
    }
}
