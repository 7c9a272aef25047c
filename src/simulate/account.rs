//! The simulated accounts: whose they are, where they run, which ring they belong to.

use std::collections::BTreeMap;

use super::release::{self, RINGS};
use crate::id::{AccountId, Region};
use crate::tenant::{Entry, State};

/// The first simulated account; the others follow by a stride, so that the ids look as strewn as real ones.
const ACCOUNT_FIRST: u64 = 100_200_300_400;
const ACCOUNT_STRIDE: u64 = 129_853_127;

const REGIONS: [&str; 4] = ["eu-central-1", "eu-west-1", "us-east-1", "us-west-2"];
const TIERS: [&str; 3] = ["standard", "gold", "trial"];
const ADJECTIVES: [&str; 12] =
    ["amber", "brisk", "calm", "deft", "early", "fair", "green", "happy", "keen", "lucid", "noble", "quiet"];
const TRADES: [&str; 12] =
    ["bakery", "bikes", "books", "cargo", "clinic", "dairy", "farms", "foods", "glass", "lumber", "motors", "press"];

/// Of so many accounts in a row, the first belong to one tenant, and each of the others to one of its own.
pub(super) const BLOCK: usize = 10;

/// What the accounts of a tenant with several are for.
pub(super) const PURPOSES: [&str; 4] = ["prod", "data", "staging", "sandbox"];

/// By so many rings each round of accounts is shifted.
const RING_SHIFT: usize = 5;

/// Tenants of a block.
const TENANTS_OF_BLOCK: usize = BLOCK - PURPOSES.len() + 1;

/// A simulated account.
#[derive(Debug)]
pub(super) struct Account {
    pub(super) id: AccountId,
    pub(super) region: Region,
    pub(super) tenant: String,
    pub(super) ring: usize,
    purpose: &'static str,
    tier: &'static str,
}

impl Account {
    /// The account of that number.
    pub(super) fn new(index: usize) -> Self {
        let number = index as u64;
        let id = format!("{:012}", (ACCOUNT_FIRST + number * ACCOUNT_STRIDE) % 1_000_000_000_000);
        let (block, place) = (index / BLOCK, index % BLOCK);
        let tenant = block * TENANTS_OF_BLOCK + place.saturating_sub(PURPOSES.len() - 1);
        Self {
            id: AccountId::parse(&id).expect("twelve digits were printed"),
            region: Region::parse(REGIONS[index * 7 / 3 % REGIONS.len()]).expect("the table holds Regions"),
            tenant: tenant_name(tenant),
            // Shifted from round to round, so that a ring has accounts of every Region and unit.
            ring: (index / RINGS * RING_SHIFT + index) % RINGS,
            purpose: PURPOSES.get(place).copied().unwrap_or(PURPOSES[0]),
            tier: TIERS[tenant % TIERS.len()],
        }
    }

    /// What the directory says of it while this release is out.
    pub(super) fn entry(&self, newest: Option<usize>) -> Entry {
        let label = |name: &str, value: String| (name.to_owned(), value);
        let labels =
            [label("ring", format!("ring-{}", self.ring)), label("release", release::label(self.ring, newest))];
        Entry {
            account: self.id,
            tenant: self.tenant.clone(),
            name: Some(format!("{}-{}", self.tenant, self.purpose)),
            tier: Some(self.tier.into()),
            region: Some(self.region),
            ou_path: Some(self.ou().into()),
            state: State::Active,
            created: None,
            labels: BTreeMap::from(labels),
        }
    }

    /// The organisational unit: production by continent, and what is no production.
    pub(super) fn ou(&self) -> &'static str {
        match self.purpose {
            "staging" => "staging",
            "sandbox" => "sandbox",
            _ if self.region.as_str().starts_with("eu-") => "prod-eu",
            _ => "prod-us",
        }
    }
}

/// `amber-bakery`, and from the second round on `amber-bakery-2`.
fn tenant_name(number: usize) -> String {
    let (adjective, trade) = (ADJECTIVES[number % ADJECTIVES.len()], TRADES[number / ADJECTIVES.len() % TRADES.len()]);
    match number / (ADJECTIVES.len() * TRADES.len()) {
        0 => format!("{adjective}-{trade}"),
        round => format!("{adjective}-{trade}-{}", round + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(index: usize) -> Entry {
        Account::new(index).entry(None)
    }

    #[test]
    fn some_tenants_have_an_account_for_each_purpose() {
        let names: Vec<_> = (0..6).map(|index| entry(index).name.unwrap()).collect();
        let expected = [
            "amber-bakery-prod",
            "amber-bakery-data",
            "amber-bakery-staging",
            "amber-bakery-sandbox",
            "brisk-bakery-prod",
            "calm-bakery-prod",
        ];
        assert_eq!(names, expected);
    }

    #[test]
    fn most_accounts_are_production_in_the_unit_of_their_continent() {
        let units = (0..6_000).map(|index| Account::new(index).ou());
        let mut counts = BTreeMap::<_, usize>::new();
        units.for_each(|unit| *counts.entry(unit).or_default() += 1);
        assert_eq!(counts.keys().copied().collect::<Vec<_>>(), ["prod-eu", "prod-us", "sandbox", "staging"]);
        assert_eq!((counts["sandbox"], counts["staging"]), (600, 600));
        assert!(counts["prod-eu"] > 2_000 && counts["prod-us"] > 2_000, "{counts:?}");
    }

    #[test]
    fn a_release_shows_in_the_directory_of_its_ring_alone() {
        let releases: Vec<_> =
            (0..3).map(|index| Account::new(index).entry(Some(2)).labels["release"].clone()).collect();
        let after_the_next: Vec<_> =
            (1..4).map(|index| Account::new(index).entry(Some(3)).labels["release"].clone()).collect();
        assert_eq!(releases, ["2026.11.2", "2026.11.2", "2026.11.3"]);
        assert_eq!(after_the_next, ["2026.11.2", "2026.11.2", "2026.11.3"]);
    }
}
