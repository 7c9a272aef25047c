//! Which accounts fired in the last six hours: the sparks and trends of groups. Every five minutes a sample of what fires.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use super::base::Base;
use super::{HIDDEN, Item};
use crate::id::AccountId;
use crate::time::Timestamp;

/// How often a sample is taken.
pub const EVERY: Duration = Duration::from_secs(300);

/// Slots of a spark.
pub const SLOTS: usize = 24;

/// Samples of a slot.
const PER_SLOT: usize = 3;

/// How long ago a trend compares with.
pub const TREND: Duration = Duration::from_secs(900);

/// Alerts that a sample holds; of more the spark is too low. 20,000 are 29 MB over six hours.
const ALERTS_MAX: usize = 20_000;

/// What fired lately, by name of the alert and place of the account.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// Names of alerts.
    pub names: Vec<Box<str>>,
    /// Oldest first.
    pub samples: VecDeque<Arc<Sample>>,
}

/// What fired at a moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sample {
    /// The moment.
    pub at: Timestamp,
    /// Name and account of each, each pair once, by account; alerts of no account stand first.
    alerts: Vec<(u16, Option<AccountId>)>,
    /// Name and place of the account of each.
    pub places: Vec<(u16, u32)>,
}

impl History {
    /// Whether it is time for a sample.
    #[must_use]
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.samples.back().is_none_or(|last| last.at.floor(EVERY) < now.floor(EVERY))
    }

    /// Takes a sample of what fires.
    pub fn take(&mut self, items: &[Item], base: &Base, now: Timestamp) {
        let mut known: BTreeMap<Box<str>, u16> =
            (0..).zip(&self.names).map(|(index, name)| (name.clone(), index)).collect();
        let mut alerts = Vec::new();
        for shown in items.iter().map(|item| &item.shown).filter(|shown| shown.fires()).take(ALERTS_MAX) {
            let name: &str = &shown.alert.name;
            let index = known.get(name).copied().or_else(|| {
                let index = u16::try_from(self.names.len()).ok()?;
                self.names.push(name.into());
                let _ = known.insert(name.into(), index);
                Some(index)
            });
            alerts.extend(index.map(|index| (index, shown.account)));
        }
        alerts.sort_unstable_by_key(|(name, account)| (*account, *name));
        alerts.dedup();
        let places = places(&alerts, base);
        self.samples.push_back(Arc::new(Sample { at: now, alerts, places }));
        let surplus = self.samples.len().saturating_sub(SLOTS * PER_SLOT + PER_SLOT);
        drop(self.samples.drain(..surplus));
    }

    /// Finds the accounts again in another directory.
    pub fn find(&mut self, base: &Base) {
        for sample in &mut self.samples {
            let places = places(&sample.alerts, base);
            *sample = Arc::new(Sample { at: sample.at, alerts: sample.alerts.clone(), places });
        }
    }

    /// The sample that a trend compares with: the newest that is old enough.
    #[must_use]
    pub fn before(&self, now: Timestamp) -> Option<&Sample> {
        self.samples.iter().rev().find(|sample| now.since(sample.at) >= TREND).map(|sample| &**sample)
    }

    /// The samples at the ends of the last slots, oldest first.
    pub fn slots(&self) -> impl Iterator<Item = &Sample> {
        let slot = |at: Timestamp| at.floor(EVERY * 3);
        let next = self.samples.iter().skip(1).map(Some).chain([None]);
        let last_of_slot =
            |pair: &(&Arc<Sample>, Option<&Arc<Sample>>)| pair.1.is_none_or(|next| slot(next.at) != slot(pair.0.at));
        let mut ends: Vec<&Sample> =
            self.samples.iter().zip(next).filter(last_of_slot).map(|(sample, _)| &**sample).collect();
        let surplus = ends.len().saturating_sub(SLOTS);
        drop(ends.drain(..surplus));
        ends.into_iter()
    }
}

impl Sample {
    /// Names and places of accounts as a view with `lens` has them; what is left out of it is left out. The place of an alert of no
    /// account is `HIDDEN` and is given only where nothing is left out.
    pub(super) fn seen<'a>(&'a self, lens: Option<&'a [u32]>) -> impl Iterator<Item = (u16, u32)> + 'a {
        self.places.iter().filter_map(move |(name, place)| match lens {
            None => Some((*name, *place)),
            Some(lens) => {
                let place = lens.get(*place as usize).copied()?;
                (place != HIDDEN).then_some((*name, place))
            }
        })
    }
}

fn places(alerts: &[(u16, Option<AccountId>)], base: &Base) -> Vec<(u16, u32)> {
    let place = |(name, account): &(u16, Option<AccountId>)| match account {
        None => Some((*name, HIDDEN)),
        Some(account) => Some((*name, base.place(*account)?)),
    };
    alerts.iter().filter_map(place).collect()
}
