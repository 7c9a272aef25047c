//! One account: everything that is known of it, and who it could be where nothing is.

use std::collections::BTreeMap;

use super::View;
use super::filter::digits;
use super::link::fill;
use crate::api::accounts::{Account, Cost, Counts, Series};
use crate::config::page::Price;
use crate::fleet;
use crate::id::AccountId;
use crate::predicate;
use crate::predicate::field::Field;
use crate::rollup::{self, Figure};
use crate::rule::Rule;
use crate::template::figure;
use crate::time::Timestamp;

/// How many accounts are named that could be meant.
const CLOSEST_MAX: usize = 5;

/// Digits that may differ.
const EDITS_MAX: usize = 2;

/// Milliseconds of the hour that links lead to.
const LINK_MILLIS: u64 = 3_600_000;

const DAY_SECONDS: f64 = 86_400.0;

/// Bytes of a gigabyte, by which telemetry is paid.
const GIGABYTE: f64 = 1e9;

/// What the page's settings add to an account.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// What was counted of it since the start.
    pub counts: Option<&'a fleet::Account>,
    /// Since when it is counted.
    pub begun: Timestamp,
    /// Templates of links, by name.
    pub links: &'a BTreeMap<String, String>,
    /// What bytes cost.
    pub price: Option<&'a Price>,
}

impl View {
    /// Everything that is known of an account; `None` where it is not in the view.
    #[must_use]
    pub fn account(&self, account: AccountId, told: Told<'_>) -> Option<Account> {
        let place = self.base.place(account)?;
        let entry = self.base.entry(place);
        let figures = &self.figures[place as usize];
        let state = self.cells.state[place as usize];
        let of_state = self.of_account(place).filter(|item| item.shown.alert.state == state);
        let began = of_state.map(|item| item.shown.alert.fired.unwrap_or(item.shown.alert.since)).min();
        let fleet = self.bytes_day();
        let share = if fleet == 0 { 0.0 } else { figures.bytes_day as f64 / fleet as f64 };
        Some(Account {
            lifecycle: entry.map(|entry| entry.state.as_str().to_owned()),
            created: entry.and_then(|entry| entry.created).map(Into::into),
            since: began.or_else(|| self.since.get(&account).map(|since| (*since).into())),
            alerts: self.of_account(place).map(|item| item.shown.told(&self.rules)).collect(),
            rules_ok: self.rules_ok(place),
            counts: told.counts.map(counts).unwrap_or_default(),
            bytes_day: figures.bytes_day,
            share_of_fleet: share,
            cost: told.price.and_then(|price| {
                let region = entry.and_then(|entry| entry.region);
                let per_gigabyte = price.rates(region).per_gigabyte?;
                let seen = self.at.since(told.begun).as_secs_f64();
                Some(cost((per_gigabyte, &price.currency), figures.bytes_day, seen))
            }),
            quotas: self.quotas_of(place),
            completeness: None,
            links: self.links(place, told.links),
            as_of: self.at.into(),
            row: self.row(place),
        })
    }

    /// How many rules hold for an account and have nothing to say.
    fn rules_ok(&self, place: u32) -> u32 {
        let account = predicate::account::Account { id: self.base.id(place), entry: self.base.entry(place) };
        let holds = |rule: &Rule| {
            rule.group_by.contains(&Field::Account)
                && rule.scope.as_ref().is_none_or(|scope| scope.holds(&account))
                && rule.effective(&account, self.at).settings.enabled
        };
        let busy = |index: usize| self.of_account(place).any(|item| item.shown.rule == index);
        let rules = self.rules.set().rules.iter().enumerate();
        super::number(rules.filter(|(index, rule)| holds(rule) && !busy(*index)).count())
    }

    fn links(&self, place: u32, templates: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        let text = |name: &str| self.base.label(place, name).unwrap_or_default().to_owned();
        let values = BTreeMap::from([
            ("account_id", text("account")),
            ("account", text("account")),
            ("tenant", text("tenant")),
            ("name", text("name")),
            ("region", text("region")),
            ("tier", text("tier")),
            ("from", self.at.millis().saturating_sub(LINK_MILLIS).to_string()),
            ("to", self.at.millis().to_string()),
            ("query", String::new()),
        ]);
        templates.iter().filter_map(|(name, template)| Some((name.clone(), fill(template, &values)?))).collect()
    }

    /// Accounts that could be meant by what was given, nearest first: ids that hold its digits or differ in few, else those of which a tenant
    /// or name holds it.
    #[must_use]
    pub fn closest(&self, given: &str) -> Vec<AccountId> {
        let wanted = digits(given).unwrap_or_else(|| given.trim().to_owned());
        let lower = wanted.to_lowercase();
        let rank = |place: u32| {
            let id = self.base.id(place);
            let called = [self.base.tenant(place), self.base.name(place)];
            match wanted.len() {
                3.. if id.as_str().contains(&wanted) => Some((0, id)),
                11..=13 => {
                    let edits = strsim::levenshtein(id.as_str(), &wanted);
                    (edits <= EDITS_MAX).then_some((edits, id))
                }
                3.. if called.iter().any(|name| name.to_lowercase().contains(&lower)) => Some((1, id)),
                _ => None,
            }
        };
        let mut found: Vec<(usize, AccountId)> = (0..super::number(self.base.len())).filter_map(rank).collect();
        found.sort_unstable();
        found.into_iter().take(CLOSEST_MAX).map(|(_, id)| id).collect()
    }
}

/// Series as the page draws them.
#[must_use]
pub fn series(figures: &[Figure], series: rollup::Series, begun: Timestamp) -> Series {
    Series {
        names: figures.iter().map(|figure| figure.as_str().to_owned()).collect(),
        units: figures.iter().map(|figure| figure.unit().to_owned()).collect(),
        step_ms: series.step_ms,
        data: series.data,
        known_from: begun.millis(),
    }
}

fn counts(of: &fleet::Account) -> Counts {
    Counts {
        logs: of.logs,
        metrics: of.metrics,
        bytes: of.bytes,
        sampled_out: of.sampled_out,
        held_back: of.held_back,
        redacted: of.redacted,
        rejects: of.rejects,
        refused: of.refused,
        spilled: of.spilled,
    }
}

/// What an account costs in a day at the rate of the last one, or of what was seen of it.
fn cost((per_gigabyte, currency): (f64, &str), bytes_day: u64, seen_seconds: f64) -> Cost {
    let seconds = seen_seconds.clamp(60.0, DAY_SECONDS);
    let gigabytes = bytes_day as f64 / GIGABYTE * DAY_SECONDS / seconds;
    let seen = if seconds < DAY_SECONDS { "since the start" } else { "in the last 24 hours" };
    Cost {
        per_day: gigabytes * per_gigabyte,
        currency: currency.to_owned(),
        basis: format!(
            "{} GB of messages and metric data a day, as {seen}, at {} {} per GB",
            figure::number(gigabytes),
            figure::number(per_gigabyte),
            currency
        ),
    }
}
