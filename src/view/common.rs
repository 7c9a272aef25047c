//! What a set of accounts has in common that the fleet has not: labels by lift. Columns of numbers make it a count of each label for
//! each account of the set, whatever the size of the fleet.

use std::collections::BTreeMap;

use super::View;
use super::base::{Base, Column};
use super::filter::digits;
use crate::api::fleet::{Common, CommonLabels, State};
use crate::id::AccountId;
use crate::incident::{LIFT_MIN, SHARE_MIN};

/// A group shows so many.
pub const SHOWN_MAX: usize = 3;

/// Who asks for a set sees so many,
const LISTED_MAX: usize = 20;

/// and those that half of it has.
const LISTED_SHARE_MIN: f64 = 0.5;

/// Of which accounts it is asked what they have in common.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Set {
    /// Those with an alert of that name that fires.
    pub rule: Option<String>,
    /// Those in one of these states.
    pub states: Vec<State>,
    /// These.
    pub ids: Vec<String>,
}

impl View {
    /// What a set of accounts has in common; accounts that are not in the view are not in the set.
    #[must_use]
    pub fn common(&self, set: &Set) -> CommonLabels {
        let mut places: Vec<u32> = Vec::new();
        if let Some(rule) = &set.rule {
            let of_rule = self.alerts.iter().filter(|item| item.shown.fires() && item.shown.alert.name == *rule);
            places.extend(of_rule.filter_map(|item| item.place));
        }
        if !set.states.is_empty() {
            let of_state = (0..).zip(&self.cells.state).filter(|(_, state)| set.states.contains(state));
            places.extend(of_state.map(|(place, _)| place));
        }
        places.extend(set.ids.iter().filter_map(|id| {
            let id = digits(id).unwrap_or_else(|| id.clone());
            self.base.place(AccountId::parse(&id).ok()?)
        }));
        places.sort_unstable();
        places.dedup();
        CommonLabels {
            accounts: super::number(places.len()),
            items: common(&self.base, &places, LISTED_SHARE_MIN, LISTED_MAX),
        }
    }
}

/// What accounts of a group have in common.
#[must_use]
pub(super) fn of_group(base: &Base, places: &[u32]) -> Vec<Common> {
    common(base, places, SHARE_MIN, SHOWN_MAX)
}

/// What accounts have in common, most telling first. Each account stands once in `places`.
fn common(base: &Base, places: &[u32], share_min: f64, shown_max: usize) -> Vec<Common> {
    if places.len() < 2 {
        return Vec::new();
    }
    let of_column = |(name, column): (&str, &Column)| {
        let counted = counts(column, places);
        let told = counted.into_iter().filter_map(|(value, count)| {
            let share = part(count, places.len());
            let share_of_fleet = part(column.counts[value as usize], base.len());
            let telling = share >= share_min && share > share_of_fleet * LIFT_MIN;
            telling.then(|| Common {
                name: name.to_owned(),
                value: column.values[value as usize].to_string(),
                share,
                share_of_fleet,
                lift: share / share_of_fleet,
                accounts: count,
            })
        });
        told.collect::<Vec<Common>>()
    };
    let labels = base.labels().iter().map(|(name, column)| (&**name, column));
    let mut found: Vec<Common> = labels.chain([("tenant", base.tenants())]).flat_map(of_column).collect();
    found.sort_by(|a, b| b.lift.total_cmp(&a.lift).then_with(|| b.share.total_cmp(&a.share)));
    found.truncate(shown_max);
    found
}

/// How many of the accounts have which value.
fn counts(column: &Column, places: &[u32]) -> BTreeMap<u32, u32> {
    let mut dense = vec![0_u32; column.values.len()];
    places.iter().for_each(|place| dense[column.index[*place as usize] as usize] += 1);
    (0..).zip(dense).skip(1).filter(|(_, count)| *count > 0).collect()
}

/// Labels that all of the accounts have in the same value, their tenant among them.
#[must_use]
pub(super) fn shared(base: &Base, places: &[u32]) -> BTreeMap<String, String> {
    let Some(first) = places.first() else { return BTreeMap::new() };
    let same = |column: &Column| {
        let value = column.index[*first as usize];
        places.iter().all(|place| column.index[*place as usize] == value)
    };
    let of = |(name, column): (&str, &Column)| Some((name.to_owned(), column.get(*first)?.to_owned()));
    let labels = base.labels().iter().map(|(name, column)| (&**name, column));
    let columns = labels.chain([("tenant", base.tenants())]);
    columns.filter(|(_, column)| same(column)).filter_map(of).collect()
}

fn part(count: u32, of: usize) -> f64 {
    if of == 0 { 0.0 } else { f64::from(count) / f64::from(super::number(of)) }
}
