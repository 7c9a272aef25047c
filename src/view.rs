//! The fleet as people look at it: one picture of all accounts and alerts at a moment, and what lists make of it.
//!
//! A `View` is made by a `Maker` of copies of what the rules, the directory and the line know, so that nobody who looks holds up
//! what works. Who may see only some tenants gets a view that holds nothing of the others (`View::scoped`), so no answer can
//! tell of them.

pub mod scope;
pub mod filter;
pub mod base;
pub mod cells;
pub mod fresh;
pub mod rules;
pub mod shown;
pub mod common;
pub mod history;
pub mod trouble;
pub mod transition;
pub mod link;
pub mod maker;
pub mod verdict;
pub mod state;
pub mod groups;
pub mod alerts;
pub mod accounts;
pub mod account;
pub mod quota;
pub mod standing;
pub mod cost;
pub mod otlp;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::api::fleet::{FirstSteps, Trouble};
use crate::id::AccountId;
use crate::rollup::Rates;
use crate::time::Timestamp;
use base::Base;
use cells::Cells;
use history::History;
use quota::Quotas;
use rules::Rules;
use scope::Scope;
use shown::Shown;

/// The fleet at a moment.
#[derive(Clone, Debug)]
pub struct View {
    /// Version; grows with every change of states, marks, alerts or troubles. Figures change without it.
    pub v: u64,
    /// When it was so.
    pub at: Timestamp,
    /// How far the rules have looked.
    pub reached: Timestamp,
    /// What keeps the picture from being whole.
    pub troubles: Vec<Trouble>,
    /// What a fresh installation waits for.
    pub first_steps: FirstSteps,
    /// When an alert last resolved, where that is known.
    pub last_resolved: Option<Timestamp>,
    base: Arc<Base>,
    cells: Arc<Cells>,
    figures: Arc<[Figures]>,
    /// Worst first.
    alerts: Arc<[Item]>,
    /// Place of an account and place of an alert of it, ascending.
    of_accounts: Arc<[(u32, u32)]>,
    rules: Arc<Rules>,
    quotas: Arc<Quotas>,
    history: Arc<History>,
    /// Where accounts of `history` stand in `base`, where some of them are left out.
    lens: Option<Arc<[u32]>>,
    /// Since when accounts are in their state, where it changed since the start.
    since: Arc<BTreeMap<AccountId, Timestamp>>,
    scope: Scope,
}

/// An alert in a view.
#[derive(Clone, Debug)]
pub struct Item {
    /// What is shown of it.
    pub shown: Arc<Shown>,
    /// Where its account stands; `None` where it is of none.
    pub place: Option<u32>,
}

/// What is known of the traffic of an account.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Figures {
    /// When it first sent something since the start.
    pub first: Option<Timestamp>,
    /// When it last sent something, be it before the start.
    pub seen: Option<Timestamp>,
    /// When the latest of its log records was written.
    pub written: Option<Timestamp>,
    /// How long it is usually silent.
    pub usual_gap: Option<Duration>,
    /// What it sends in a second.
    pub rates: Rates,
    /// Bytes of the last 24 hours.
    pub bytes_day: u64,
}

/// A view that was, as far as changes are told from it: small, so that many can be kept.
#[derive(Clone, Debug)]
pub struct Past {
    /// Its version.
    pub v: u64,
    base: Arc<Base>,
    cells: Arc<Cells>,
}

impl View {
    /// What someone may see of it. Everything is computed from what is left, so that nothing tells of the rest.
    #[must_use]
    pub fn scoped(&self, scope: &Scope) -> Self {
        if scope.is_fleet() {
            return self.clone();
        }
        let kept = self.base.covered(scope);
        let lens = lens(self.base.len(), &kept);
        let moved = |place: u32| lens.get(place as usize).copied().filter(|place| *place != HIDDEN);
        let items = self.alerts.iter().filter(|item| scope.covers(&item.shown.alert.tenant)).filter_map(|item| {
            let place = moved(item.place?)?;
            Some(Item { shown: Arc::clone(&item.shown), place: Some(place) })
        });
        let alerts: Arc<[Item]> = items.collect();
        let base = Arc::new(self.base.only(&kept));
        let figures: Arc<[Figures]> = kept.iter().map(|place| self.figures[*place as usize]).collect();
        let heard = figures.iter().any(|figures| figures.first.is_some());
        Self {
            troubles: self.troubles.iter().filter_map(trouble::for_tenants).collect(),
            first_steps: FirstSteps { known: heard, decoded: heard, received: heard, ..self.first_steps },
            last_resolved: None,
            cells: Arc::new(self.cells.only(&kept)),
            figures,
            of_accounts: of_accounts(&alerts),
            alerts,
            quotas: Arc::new(self.quotas.only(&base)),
            since: Arc::new(
                self.since.iter().filter(|(id, _)| base.place(**id).is_some()).map(|(id, at)| (*id, *at)).collect(),
            ),
            lens: Some(lens.into()),
            base,
            scope: scope.clone(),
            rules: Arc::clone(&self.rules),
            history: Arc::clone(&self.history),
            ..*self
        }
    }

    /// What changes are told from later.
    #[must_use]
    pub fn past(&self) -> Past {
        Past { v: self.v, base: Arc::clone(&self.base), cells: Arc::clone(&self.cells) }
    }

    /// The accounts, ascending, and what the directory says of them.
    #[must_use]
    pub fn base(&self) -> &Base {
        &self.base
    }

    /// States, freshness and marks of the accounts, in the same order.
    #[must_use]
    pub fn cells(&self) -> &Cells {
        &self.cells
    }

    /// What is known of their traffic, in the same order.
    #[must_use]
    pub fn figures(&self) -> &[Figures] {
        &self.figures
    }

    /// The alerts that are not inactive, worst first; those that are silenced or acknowledged at the end.
    #[must_use]
    pub fn items(&self) -> &[Item] {
        &self.alerts
    }

    /// The rules that run.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Of whom it shows something.
    #[must_use]
    pub const fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Alerts of an account, worst first.
    fn of_account(&self, place: u32) -> impl Iterator<Item = &Item> {
        let first = self.of_accounts.partition_point(|(account, _)| *account < place);
        let of_it = self.of_accounts[first..].iter().take_while(move |(account, _)| *account == place);
        of_it.map(|(_, alert)| &self.alerts[*alert as usize])
    }
}

impl Past {
    /// What someone may see of it.
    #[must_use]
    pub fn scoped(&self, scope: &Scope) -> Self {
        if scope.is_fleet() {
            return self.clone();
        }
        let kept = self.base.covered(scope);
        Self { v: self.v, cells: Arc::new(self.cells.only(&kept)), base: Arc::new(self.base.only(&kept)) }
    }
}

/// The place of what is left out.
const HIDDEN: u32 = u32::MAX;

/// For each place, the one that it has where only `kept` are.
fn lens(len: usize, kept: &[u32]) -> Vec<u32> {
    let mut lens = vec![HIDDEN; len];
    for (new, old) in (0..).zip(kept) {
        lens[*old as usize] = new;
    }
    lens
}

fn of_accounts(alerts: &[Item]) -> Arc<[(u32, u32)]> {
    let mut pairs: Vec<(u32, u32)> = (0..).zip(alerts).filter_map(|(alert, item)| Some((item.place?, alert))).collect();
    pairs.sort_unstable();
    pairs.into()
}

/// A number of things that are counted in `u32`.
fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
