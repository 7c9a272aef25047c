//! What AWS Organizations says of its accounts: listed often, their tags read seldom, kept across restarts.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::config::Organizations;
use crate::id::AccountId;
use crate::tenant::rate::Rate;
use crate::tenant::{Facts, State, UNASSIGNED, is_reserved};
use crate::time::Timestamp;

/// The version of the cache's format that this program writes and reads.
const VERSION: u32 = 1;

/// The tags of each account are read again within this time, so that a changed tag shows the same working day. 6,000
/// accounts then cost a call every 3 s, of 10 a second that AWS allows.
pub const TAGS_AGE_MAX: Duration = Duration::from_secs(6 * 60 * 60);

/// AWS allows 8 `ListAccounts` a second with a burst of 12 for one account; four fifths leave room for others.
/// Source: AWS Organizations user guide, "Quotas", throttling limits.
pub const LIST_ACCOUNTS: Rate = Rate { per_second: 6.4, burst: 9.0 };

/// AWS allows 10 `ListTagsForResource` a second with a burst of 15 for one account; four fifths leave room for others.
/// Source: AWS Organizations user guide, "Quotas", throttling limits.
pub const LIST_TAGS: Rate = Rate { per_second: 8.0, burst: 12.0 };

/// Tags whose names begin so are set by AWS services about themselves.
const SYSTEM_TAG_PREFIX: &str = "aws:";

/// One account as `ListAccounts` gives it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// The account.
    pub account: AccountId,
    /// The name of the account.
    pub name: Option<String>,
    /// Its state.
    pub state: Option<State>,
    /// The path of organisational units.
    pub ou_path: Option<String>,
    /// When it joined, in milliseconds since 1970.
    pub joined_millis: Option<u64>,
}

/// One account with its tags.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Account {
    listed: Listed,
    tags: BTreeMap<String, String>,
    /// When the tags were read, in milliseconds since 1970. Never before, or changed since: `None`.
    tags_read_millis: Option<u64>,
    /// Whether the tags were ever read.
    tags_known: bool,
}

/// Every account of the organisation, as last seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inventory {
    accounts: BTreeMap<AccountId, Account>,
    listed: Option<Timestamp>,
}

/// What a listing changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Accounts that are new.
    pub added: usize,
    /// Accounts whose name, state or path changed.
    pub changed: usize,
    /// Accounts that are gone.
    pub removed: usize,
}

/// Why a cached inventory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not the JSON it should be.
    #[error("the cached directory is damaged")]
    Json(#[from] serde_json::Error),
    /// Written by another version.
    #[error("the cached directory has version {given}, this program reads {VERSION}")]
    Version {
        /// Its version.
        given: u32,
    },
}

/// The state of an account by its `State`, else by its older `Status`, which AWS retires on 2026-09-09.
/// A closed account has the state CLOSED and the status SUSPENDED; with the status alone the two cannot be told apart.
#[must_use]
pub fn state(state: Option<&str>, status: Option<&str>) -> Option<State> {
    state.and_then(State::named).or_else(|| status.and_then(State::named))
}

impl Inventory {
    /// Takes over a complete listing. Accounts that are not in it are gone; new and changed ones get their tags read.
    /// Of two items for one account, as when it moved between two pages, the later one stands.
    pub fn apply(&mut self, listing: Vec<Listed>, now: Timestamp) -> Changes {
        let listing: BTreeMap<_, _> = listing.into_iter().map(|listed| (listed.account, listed)).collect();
        let mut changes = Changes::default();
        let mut accounts = BTreeMap::new();
        for (id, listed) in listing {
            let account = match self.accounts.remove(&id) {
                Some(account) => account.relisted(listed, &mut changes),
                None => {
                    changes.added += 1;
                    Account { listed, tags: BTreeMap::new(), tags_read_millis: None, tags_known: false }
                }
            };
            let _ = accounts.insert(id, account);
        }
        changes.removed = self.accounts.len();
        self.accounts = accounts;
        self.listed = Some(now);
        changes
    }

    /// The accounts whose tags are to be read now: unread and changed ones first, then the oldest.
    ///
    /// Each account has a time of its own between half of `age_max` and all of it, so that tags that were read together
    /// at the start come due one by one.
    #[must_use]
    pub fn due(&self, age_max: Duration, now: Timestamp) -> Vec<AccountId> {
        let mut due: Vec<_> = self.accounts.values().filter(|account| account.is_due(age_max, now)).collect();
        due.sort_by_key(|account| account.tags_read_millis);
        due.into_iter().map(|account| account.listed.account).collect()
    }

    /// Takes over the tags of one account.
    pub fn set_tags(&mut self, account: AccountId, tags: BTreeMap<String, String>, now: Timestamp) {
        if let Some(account) = self.accounts.get_mut(&account) {
            account.tags = tags;
            account.tags_read_millis = Some(now.millis());
            account.tags_known = true;
        }
    }

    /// What it says of each account. An account whose tags were never read has no tenant yet.
    #[must_use]
    pub fn facts(&self, settings: &Organizations) -> Vec<Facts> {
        self.accounts.values().map(|account| account.facts(settings)).collect()
    }

    /// How many accounts there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.accounts.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.accounts.is_empty()
    }

    /// How many accounts wait for their first tags.
    #[must_use]
    pub fn without_tags(&self) -> usize {
        self.accounts.values().filter(|account| !account.tags_known).count()
    }

    /// When the last complete listing ended.
    #[must_use]
    pub const fn listed(&self) -> Option<Timestamp> {
        self.listed
    }

    /// The bytes that [`Inventory::from_bytes`] reads.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let cache = Cache {
            version: VERSION,
            listed_millis: self.listed.map(Timestamp::millis),
            accounts: self.accounts.values().cloned().collect(),
        };
        serde_json::to_vec(&cache).expect("texts and numbers always make JSON")
    }

    /// Reads what [`Inventory::to_bytes`] wrote.
    ///
    /// # Errors
    /// When the bytes are damaged or of another version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let Version { version } = serde_json::from_slice(bytes)?;
        if version != VERSION {
            return Err(Error::Version { given: version });
        }
        let cache: Cache = serde_json::from_slice(bytes)?;
        let accounts = cache.accounts.into_iter().map(|account| (account.listed.account, account)).collect();
        Ok(Self { accounts, listed: cache.listed_millis.map(Timestamp::from_millis) })
    }
}

#[derive(Deserialize)]
struct Version {
    version: u32,
}

#[derive(Serialize, Deserialize)]
struct Cache {
    version: u32,
    listed_millis: Option<u64>,
    accounts: Vec<Account>,
}

impl Account {
    fn relisted(mut self, listed: Listed, changes: &mut Changes) -> Self {
        if self.listed != listed {
            changes.changed += 1;
            self.tags_read_millis = None;
        }
        self.listed = listed;
        self
    }

    fn is_due(&self, age_max: Duration, now: Timestamp) -> bool {
        let Some(read) = self.tags_read_millis else { return true };
        now.since(Timestamp::from_millis(read)) >= age_max.mul_f64(0.5 + 0.5 * self.listed.share())
    }

    fn facts(&self, settings: &Organizations) -> Facts {
        let tag = |name: &str| self.tags.get(name).filter(|value| !value.is_empty()).cloned();
        let own_id = || self.listed.account.as_str().into();
        let tenant = tag(&settings.tenant_tag).filter(|tenant| tenant != UNASSIGNED);
        Facts {
            account: self.listed.account,
            tenant: self.tags_known.then(|| tenant.unwrap_or_else(own_id)),
            name: tag(&settings.name_tag).or_else(|| self.listed.name.clone()),
            tier: tag(&settings.tier_tag),
            region: None,
            ou_path: self.listed.ou_path.clone(),
            state: self.listed.state,
            created: self.listed.joined_millis.map(Timestamp::from_millis),
            labels: self.labels(settings),
        }
    }

    fn labels(&self, settings: &Organizations) -> BTreeMap<String, String> {
        let own = [&settings.tenant_tag, &settings.name_tag, &settings.tier_tag];
        let is_label = |(name, value): &(&String, &String)| {
            !own.contains(name) && !value.is_empty() && !name.starts_with(SYSTEM_TAG_PREFIX) && !is_reserved(name)
        };
        self.tags.iter().filter(is_label).map(|(name, value)| (name.clone(), value.clone())).collect()
    }
}

impl Listed {
    /// A number from 0 to 1 that is always the same for one account and spreads evenly over many.
    fn share(&self) -> f64 {
        // FNV-1a, whose low bits differ between neighbours.
        let hash = self
            .account
            .as_str()
            .bytes()
            .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
        f64::from(hash % 10_000) / 10_000.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3_600);

    fn settings() -> Organizations {
        Organizations {
            endpoint: None,
            role_arn: None,
            refresh_interval: Duration::from_secs(900),
            tenant_tag: "tenant".into(),
            name_tag: "tenant-name".into(),
            tier_tag: "tier".into(),
        }
    }

    fn listed(n: u64) -> Listed {
        Listed {
            account: AccountId::parse(&format!("{n:012}")).unwrap(),
            name: Some(format!("account {n}")),
            state: Some(State::Active),
            ou_path: Some("o-1/r-1/".into()),
            joined_millis: Some(1_583_425_836_114),
        }
    }

    fn tags(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect()
    }

    fn at(hours: u32) -> Timestamp {
        Timestamp::from_seconds(1_000_000_000).plus(HOUR * hours)
    }

    /// An inventory of accounts 1 to `n` whose tags were all read at hour 0.
    fn read(n: u64) -> Inventory {
        let mut inventory = Inventory::default();
        let _ = inventory.apply((1..=n).map(listed).collect(), at(0));
        for account in inventory.due(TAGS_AGE_MAX, at(0)) {
            inventory.set_tags(account, tags(&[("tenant", "acme")]), at(0));
        }
        inventory
    }

    fn accounts(ns: &[u64]) -> Vec<AccountId> {
        ns.iter().map(|n| listed(*n).account).collect()
    }

    #[test]
    fn the_state_wins_over_the_status_that_aws_retires() {
        assert_eq!(state(Some("CLOSED"), Some("SUSPENDED")), Some(State::Closed));
        assert_eq!(state(None, Some("SUSPENDED")), Some(State::Suspended));
        assert_eq!(state(Some("PENDING_ACTIVATION"), None), Some(State::PendingActivation));
        assert_eq!(state(Some("A_STATE_OF_2030"), Some("ACTIVE")), Some(State::Active));
        assert_eq!(state(Some("A_STATE_OF_2030"), None), None);
    }

    #[test]
    fn a_refresh_reads_only_the_tags_of_new_and_changed_accounts() {
        let mut inventory = read(60);
        let mut listing: Vec<_> = (1..=61).map(listed).collect();
        listing[3].name = Some("renamed".into());
        listing[4].state = Some(State::PendingClosure);
        listing[5].ou_path = Some("o-1/r-1/ou-moved/".into());
        let _ = listing.remove(9);
        let changes = inventory.apply(listing, at(1));
        assert_eq!(changes, Changes { added: 1, changed: 3, removed: 1 });
        assert_eq!(inventory.due(TAGS_AGE_MAX, at(1)), accounts(&[4, 5, 6, 61]));
    }

    #[test]
    fn an_account_that_is_listed_twice_is_one_account() {
        let mut inventory = read(2);
        let changes = inventory.apply(vec![listed(1), listed(2), listed(1)], at(1));
        assert_eq!((changes, inventory.len()), (Changes::default(), 2));
    }

    #[test]
    fn old_tags_come_due_one_by_one_and_all_in_time() {
        let mut inventory = read(6_000);
        let quarter = HOUR / 4;
        let mut most = 0_u32;
        for step in 0..96 {
            let now = at(0).plus(quarter * step);
            let due = inventory.due(TAGS_AGE_MAX, now);
            most = most.max(u32::try_from(due.len()).unwrap());
            for account in due {
                inventory.set_tags(account, BTreeMap::new(), now);
            }
            let oldest = inventory.accounts.values().filter_map(|account| account.tags_read_millis).min();
            assert!(oldest.is_some_and(|read| now.since(Timestamp::from_millis(read)) <= TAGS_AGE_MAX));
        }
        let allowed = LIST_TAGS.per_second * quarter.as_secs_f64();
        assert!(f64::from(most) < allowed / 5.0, "{most} accounts were due in one quarter of an hour");
    }

    #[test]
    fn tags_name_the_tenant_and_the_rest_are_labels() {
        let mut inventory = read(1);
        let given = [("tenant", "acme"), ("tenant-name", "Acme"), ("tier", "gold"), ("team", "red"), ("empty", "")];
        let refused = [("aws:cloudformation:stack-id", "x"), ("cloud.account.id", "999999999999")];
        inventory.set_tags(accounts(&[1])[0], tags(&[&given[..], &refused].concat()), at(1));
        let facts = inventory.facts(&settings()).remove(0);
        assert_eq!(facts.tenant.as_deref(), Some("acme"));
        assert_eq!((facts.name.as_deref(), facts.tier.as_deref()), (Some("Acme"), Some("gold")));
        assert_eq!(facts.labels, tags(&[("team", "red")]));
        assert_eq!(facts.created, Some(Timestamp::from_millis(1_583_425_836_114)));
    }

    #[test]
    fn an_account_without_the_tag_is_its_own_tenant_once_its_tags_are_read() {
        let mut inventory = Inventory::default();
        let _ = inventory.apply(vec![listed(1)], at(0));
        assert_eq!((inventory.facts(&settings())[0].tenant.as_deref(), inventory.without_tags()), (None, 1));
        inventory.set_tags(accounts(&[1])[0], BTreeMap::new(), at(0));
        let facts = inventory.facts(&settings()).remove(0);
        assert_eq!(facts.tenant.as_deref(), Some("000000000001"));
        assert_eq!(facts.name.as_deref(), Some("account 1"));
    }

    #[test]
    fn a_changed_account_keeps_its_tenant_until_its_tags_are_read_again() {
        let mut inventory = read(1);
        let renamed = Listed { name: None, ..listed(1) };
        let _ = inventory.apply(vec![renamed], at(1));
        assert_eq!(inventory.facts(&settings())[0].tenant.as_deref(), Some("acme"));
        assert_eq!(inventory.due(TAGS_AGE_MAX, at(1)).len(), 1);
    }

    #[test]
    fn what_is_cached_comes_back_whole() {
        let mut inventory = read(3);
        let _ = inventory.apply((1..=4).map(listed).collect(), at(2));
        assert_eq!(Inventory::from_bytes(&inventory.to_bytes()).unwrap(), inventory);
    }

    #[test]
    fn a_damaged_or_foreign_cache_is_refused() {
        let bytes = read(1).to_bytes();
        assert!(matches!(Inventory::from_bytes(&bytes[..bytes.len() - 1]), Err(Error::Json(_))));
        let newer = String::from_utf8(bytes).unwrap().replace("\"version\":1", "\"version\":2");
        assert!(matches!(Inventory::from_bytes(newer.as_bytes()), Err(Error::Version { given: 2 })));
    }
}
