//! How an account stands with its quotas.

use std::collections::BTreeMap;
use std::time::Duration;

use super::catalog::Key;
use super::forecast::{Forecast, forecast};
use super::series::{Metric, Series};
use super::usage::{Fresh, Usage, Use};
use super::value::{Value, Values};
use crate::id::{AccountId, Region};
use crate::tenant::{Directory, Entry};
use crate::time::Timestamp;

/// What was told longer ago is not what is used now: services tell every minute, some every five, and streams bring it late.
pub const STALE_AFTER: Duration = Duration::from_mins(30);

/// One quota of one account and Region.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// Whose.
    pub account: AccountId,
    /// Where.
    pub region: Region,
    /// Which; `None` where use is told of something of which no quota is known.
    pub key: Option<Key>,
    /// Its service.
    pub service: Box<str>,
    /// What it is of.
    pub name: Box<str>,
    /// How much is used, and when that was so; `None` where nothing was told lately.
    pub used: Option<(f64, Timestamp)>,
    /// The highest use that is remembered.
    pub peak: Option<f64>,
    /// How much is allowed; `None` where nobody knows.
    pub value: Option<Value>,
    /// When it will be used up.
    pub forecast: Forecast,
}

impl Standing {
    /// The used share; `None` where use or value is not known, or nothing is allowed.
    #[must_use]
    pub fn share(&self) -> Option<f64> {
        share(self.used?.0, self.value.as_ref()?.value)
    }
}

fn share(used: f64, value: f64) -> Option<f64> {
    let share = used / value;
    share.is_finite().then_some(share)
}

/// The quotas of an account, fullest first; those of which something is not known are last.
#[must_use]
pub fn standings(
    usage: &Usage,
    values: &Values,
    account: AccountId,
    entry: Option<&Entry>,
    now: Timestamp,
) -> Vec<Standing> {
    let mut used: BTreeMap<(Region, Key), Vec<Use<'_>>> = BTreeMap::new();
    let mut rest = Vec::new();
    for one in usage.of(account) {
        match values.catalog().filled_by(one.series) {
            [] => rest.push(unknown(account, &one, now)),
            keys => keys.iter().for_each(|key| used.entry((one.region, key.clone())).or_default().push(one)),
        }
    }
    for place in values.told_of(account) {
        let _ = used.entry(place).or_default();
    }
    let known = used.into_iter().map(|((region, key), uses)| {
        let definition = values.catalog().get(&key);
        let one = definition.and_then(|definition| best(&definition.series, &uses, now)).or(uses.first().copied());
        let per = definition.map_or(1.0, |definition| definition.period_seconds);
        let times = |one: &Use<'_>| if one.series.metric == Metric::CallCount { per } else { 1.0 };
        let recent = one.filter(|one| now.since(one.at) <= STALE_AFTER);
        let value = values.value(&key, account, region, entry);
        let used = recent.map(|one| (one.value * times(&one), one.at));
        let forecast = match (&one, used, &value) {
            (Some(one), Some((used, _)), Some(value)) => {
                forecast(one.hours, used / times(one), value.value / times(one), now)
            }
            (_, None, _) | (_, _, None) | (None, _, _) => Forecast::Unknown,
        };
        Standing {
            account,
            region,
            service: key.service.clone(),
            name: definition.map(|definition| definition.name.clone()).unwrap_or_default(),
            key: Some(key),
            used,
            peak: one.and_then(|one| Some(one.hours.peak()? * times(&one))),
            value,
            forecast,
        }
    });
    let mut all: Vec<Standing> = known.chain(rest).collect();
    all.sort_by(fuller);
    all
}

/// Fullest first.
#[must_use]
pub fn fuller(a: &Standing, b: &Standing) -> std::cmp::Ordering {
    let share = |of: &Standing| of.share().unwrap_or(-1.0);
    share(b)
        .total_cmp(&share(a))
        .then_with(|| b.value.is_some().cmp(&a.value.is_some()))
        .then_with(|| (a.account, a.region, &a.service, &a.name).cmp(&(b.account, b.region, &b.service, &b.name)))
}

/// The first series of which something came lately.
fn best<'a>(order: &[Series], uses: &[Use<'a>], now: Timestamp) -> Option<Use<'a>> {
    let recent = |one: &&Use<'_>| now.since(one.at) <= STALE_AFTER;
    order.iter().find_map(|series| uses.iter().filter(recent).find(|one| one.series == series)).copied()
}

fn unknown(account: AccountId, one: &Use<'_>, now: Timestamp) -> Standing {
    Standing {
        account,
        region: one.region,
        key: None,
        service: one.series.service().into(),
        name: one.series.to_string().into(),
        used: (now.since(one.at) <= STALE_AFTER).then_some((one.value, one.at)),
        peak: None,
        value: None,
        forecast: Forecast::Unknown,
    }
}

/// A share that rules are told of.
#[derive(Clone, Debug, PartialEq)]
pub struct Share {
    /// Whose.
    pub account: AccountId,
    /// Where.
    pub region: Region,
    /// Of which quota.
    pub key: Key,
    /// Its name.
    pub name: Box<str>,
    /// The minute.
    pub at: Timestamp,
    /// The used share.
    pub share: f64,
}

/// Shares that rules were not told of yet. Of a quota whose value is not known there is none.
#[must_use]
pub fn shares(fresh: &[Fresh], values: &Values, directory: &Directory) -> Vec<Share> {
    let mut shares: BTreeMap<(AccountId, Region, &Key), (usize, Share)> = BTreeMap::new();
    for one in fresh {
        for key in values.catalog().filled_by(&one.series) {
            let Some(definition) = values.catalog().get(key) else { continue };
            let rank = definition.series.iter().position(|series| *series == one.series).unwrap_or(usize::MAX);
            let per = if one.series.metric == Metric::CallCount { definition.period_seconds } else { 1.0 };
            let value = values.value(key, one.account, one.region, directory.get(one.account));
            let Some(share) = value.and_then(|value| share(one.value * per, value.value)) else { continue };
            let (account, region, at) = (one.account, one.region, one.at);
            let new = Share { account, region, key: key.clone(), name: definition.name.clone(), at, share };
            let known = shares.get(&(account, region, key));
            if known.is_none_or(|(other, _)| rank < *other) {
                let _ = shares.insert((account, region, key), (rank, new));
            }
        }
    }
    shares.into_values().map(|(_, share)| share).collect()
}
