//! What firing accounts have in common: the first thing that someone who is woken by sixty of them asks.

use std::collections::BTreeMap;

use super::Common;
use crate::id::{AccountId, Region};
use crate::tenant::{Directory, Entry};

/// A smaller share of the firing accounts tells nothing. More than half, so that there is one such value at most.
pub const SHARE_MIN: f64 = 0.6;

/// What the fleet has nearly as often tells nothing.
pub const LIFT_MIN: f64 = 1.2;

/// More would hide what matters.
const SHOWN_MAX: usize = 3;

/// What `accounts` have in common and the fleet has not, most telling first. Accounts that the directory does not know
/// have nothing.
pub(super) fn common(accounts: &[AccountId], directory: &Directory) -> Vec<Common> {
    if accounts.len() < 2 {
        return Vec::new();
    }
    let firing: Vec<&Entry> = accounts.iter().filter_map(|account| directory.get(*account)).collect();
    let fleet = directory.entries().len();
    let mut found: Vec<Common> = majorities(&firing)
        .into_iter()
        .filter_map(|(name, value)| {
            let has = |entry: &Entry| attribute(entry, name) == Some(value);
            let count = firing.iter().filter(|entry| has(entry)).count();
            let share = part(count, accounts.len());
            if share < SHARE_MIN {
                return None;
            }
            let share_of_fleet = part(directory.entries().filter(|entry| has(entry)).count(), fleet);
            (share > share_of_fleet * LIFT_MIN).then(|| Common {
                name: name.into(),
                value: value.into(),
                share,
                share_of_fleet,
                accounts: u32::try_from(count).unwrap_or(u32::MAX),
            })
        })
        .collect();
    let lift = |common: &Common| common.share / common.share_of_fleet;
    found.sort_by(|a, b| lift(b).total_cmp(&lift(a)).then_with(|| b.share.total_cmp(&a.share)));
    found.truncate(SHOWN_MAX);
    found
}

/// For each attribute the one value that more than half of the entries can have, after Boyer and Moore: one pass, no counts.
fn majorities<'a>(entries: &[&'a Entry]) -> BTreeMap<&'a str, &'a str> {
    let mut votes: BTreeMap<&'a str, (&'a str, usize)> = BTreeMap::new();
    for entry in entries {
        for (name, value) in attributes(entry) {
            let (candidate, lead) = votes.entry(name).or_insert((value, 0));
            if *candidate == value {
                *lead += 1;
            } else if *lead == 0 {
                (*candidate, *lead) = (value, 1);
            } else {
                *lead -= 1;
            }
        }
    }
    votes.into_iter().map(|(name, (value, _))| (name, value)).collect()
}

/// Attributes by which accounts are alike; what tells each apart, as the tenant, is not among them.
fn attributes(entry: &Entry) -> impl Iterator<Item = (&str, &str)> {
    let own = ["tier", "region", "ou"].into_iter().filter_map(|name| Some((name, attribute(entry, name)?)));
    let labels = entry.labels.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    own.chain(labels.filter(|(name, _)| !["tier", "region", "ou"].contains(name)))
}

fn attribute<'a>(entry: &'a Entry, name: &str) -> Option<&'a str> {
    match name {
        "tier" => entry.tier.as_deref(),
        "region" => entry.region.as_ref().map(Region::as_str),
        "ou" => entry.ou_path.as_deref(),
        label => entry.labels.get(label).map(String::as_str),
    }
}

#[expect(clippy::cast_precision_loss, reason = "numbers of accounts are far below 2^52")]
fn part(count: usize, of: usize) -> f64 {
    if of == 0 { 0.0 } else { count as f64 / of as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::incident::fixture::{account, directory};

    #[test]
    fn the_release_that_broke_stands_first() {
        // Of 100 accounts every tenth has the new release and every second is in Frankfurt.
        let directory = directory(100, |n, entry| {
            let release = if n % 10 == 0 { "2026.11.3" } else { "2026.11.2" };
            let _none = entry.labels.insert("release".into(), release.into());
            entry.region = Region::parse(if n % 2 == 0 { "eu-central-1" } else { "us-east-1" }).ok();
            entry.tier = Some("gold".into());
        });
        let firing: Vec<_> = (0..100).step_by(10).map(account).collect();
        let expected = [("release", "2026.11.3", 1.0, 0.1, 10), ("region", "eu-central-1", 1.0, 0.5, 10)];
        let found = common(&firing, &directory);
        let found: Vec<_> =
            found.iter().map(|c| (&*c.name, &*c.value, c.share, c.share_of_fleet, c.accounts)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn one_account_has_nothing_in_common() {
        let directory = directory(10, |_, entry| entry.tier = Some("gold".into()));
        assert_eq!(common(&[account(1)], &directory), []);
    }

    #[test]
    fn what_the_whole_fleet_has_tells_nothing() {
        let directory = directory(10, |_, entry| entry.tier = Some("gold".into()));
        assert_eq!(common(&[account(1), account(2)], &directory), []);
    }

    #[test]
    fn accounts_that_nobody_knows_count_among_the_firing() {
        let directory = directory(10, |n, entry| entry.tier = (n < 5).then(|| "gold".into()));
        let firing = [account(0), account(1), account(90), account(91)];
        assert_eq!(common(&firing, &directory), []);
    }
}
