//! What AWS Organizations says of its accounts: listed often, their tags read seldom, kept across restarts.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::config::Organizations;
use crate::id::AccountId;
use crate::tenant::lifecycle::{Change, Event};
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

/// AWS allows 20 `DescribeAccount` a second with a burst of 30 for one account; four fifths leave room for others.
/// Source: AWS Organizations user guide, "Quotas", throttling limits.
pub const DESCRIBE_ACCOUNT: Rate = Rate { per_second: 16.0, burst: 24.0 };

/// Accounts of which events may tell before the next listing; those beyond it wait for that.
const NEWS_MAX: usize = 20_000;

/// Tags of one account of which events may tell before they are read; AWS allows 50.
const NEWS_TAGS_MAX: usize = 200;

/// How long an account that left is remembered as such: as long as AWS lists a closed one.
const LEFT_KEPT: Duration = Duration::from_secs(90 * 24 * 60 * 60);

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
    /// When tags were last asked for, in milliseconds since 1970; unlike `tags_read_millis` it stays when they are to be read again.
    #[serde(default)]
    tags_as_of_millis: u64,
    /// When the account was last asked for by itself, in milliseconds since 1970.
    #[serde(default)]
    seen_millis: u64,
}

/// What events said of an account since it was last listed or asked for, each with its time in milliseconds since 1970.
/// Of two about one thing the later stands, so their order does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct News {
    presence: Option<(u64, Presence)>,
    name: Option<(u64, String)>,
    /// The tag's value; `None` where it was taken away.
    tags: BTreeMap<String, (u64, Option<String>)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Presence {
    Here { state: State, joined: bool },
    Gone,
}

/// What an event came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It is older than what is known.
    Old,
    /// The inventory follows it; nothing is missing.
    Whole,
    /// The inventory follows it; the account is to be asked for what the event lacks.
    LookUp,
}

/// Every account of the organisation, as last seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inventory {
    accounts: BTreeMap<AccountId, Account>,
    listed: Option<Timestamp>,
    news: BTreeMap<AccountId, News>,
    /// Accounts that were there and are not any more, and when that was noticed, in milliseconds since 1970.
    left: BTreeMap<AccountId, u64>,
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
    /// Takes over a complete listing that was asked for at `asked`. Accounts that are not in it are gone; new and changed ones get
    /// their tags read. What events told of a later time stands.
    /// Of two items for one account, as when it moved between two pages, the later one stands.
    pub fn apply(&mut self, listing: Vec<Listed>, asked: Timestamp) -> Changes {
        let listing: BTreeMap<_, _> = listing.into_iter().map(|listed| (listed.account, listed)).collect();
        let mut changes = Changes::default();
        let mut before = std::mem::take(&mut self.accounts);
        self.listed = Some(asked);
        for (id, listed) in listing {
            let account = match before.remove(&id) {
                Some(account) if account.seen_millis > asked.millis() => account,
                Some(account) => account.relisted(listed, &mut changes),
                None => {
                    changes.added += 1;
                    Account::new(listed)
                }
            };
            let _ = (self.accounts.insert(id, account), self.left.remove(&id));
        }
        for (id, account) in before {
            let is_later = account.seen_millis > asked.millis() || self.is_here_after(id, asked);
            if is_later {
                let _ = self.accounts.insert(id, account);
            } else {
                changes.removed += 1;
                let _ = self.left.insert(id, asked.millis());
            }
        }
        self.forget_old(asked);
        changes
    }

    /// Takes over what AWS says of one account that was asked for at `asked`; `None` when it is in the organization no more.
    pub fn describe(&mut self, id: AccountId, listed: Option<Listed>, asked: Timestamp) {
        if self.accounts.get(&id).is_some_and(|account| account.seen_millis > asked.millis()) {
            return;
        }
        let news = self.news.get_mut(&id);
        if let Some(news) = news {
            news.forget(asked.millis(), 0);
        }
        if let Some(listed) = listed {
            let account = self.accounts.remove(&id).map_or_else(
                || Account::new(listed.clone()),
                |account| account.relisted(listed.clone(), &mut Changes::default()),
            );
            let _ = self.left.remove(&id);
            let _ = self.accounts.insert(id, Account { seen_millis: asked.millis(), ..account });
        } else {
            let _ = (self.accounts.remove(&id), self.left.insert(id, asked.millis()));
        }
        self.news.retain(|_, news| !news.is_empty());
    }

    /// Follows an event, unless something newer is known.
    pub fn take(&mut self, event: &Event) -> Taken {
        let (id, at) = (event.account, event.at.millis());
        if self.news.len() >= NEWS_MAX && !self.news.contains_key(&id) {
            return Taken::LookUp;
        }
        let base = self.accounts.get(&id);
        let listed = self.listed.map_or(0, Timestamp::millis).max(base.map_or(0, |account| account.seen_millis));
        let read = base.map_or(listed, |account| account.tags_as_of_millis);
        let known = base.is_some_and(|account| account.tags_known);
        let news = self.news.entry(id).or_default();
        let here = |state, joined| Presence::Here { state, joined };
        let taken = match &event.change {
            Change::Created { name } => {
                let taken = news.set_presence(at, listed, here(State::Active, true));
                let named = news.name.as_ref().map_or(listed, |(named, _)| listed.max(*named));
                if let Some(name) = name.as_ref().filter(|_| at > named) {
                    news.name = Some((at, name.clone()));
                }
                if taken == Taken::Old { taken } else { Taken::LookUp }
            }
            Change::Joined => match news.set_presence(at, listed, here(State::Active, true)) {
                Taken::Old => Taken::Old,
                Taken::Whole | Taken::LookUp => Taken::LookUp,
            },
            Change::Closed { state } => news.set_presence(at, listed, here(*state, false)),
            Change::Departed => news.set_presence(at, listed, Presence::Gone),
            // The path of the new parent is nowhere in the event, and the old one is right until it is known.
            Change::Moved { .. } => {
                if at > listed {
                    Taken::LookUp
                } else {
                    Taken::Old
                }
            }
            Change::Retagged => {
                if at > read {
                    Taken::LookUp
                } else {
                    Taken::Old
                }
            }
            Change::Tagged { tags } => {
                news.set_tags(at, read, known, tags.iter().map(|(key, value)| (key, Some(value))))
            }
            Change::Untagged { keys } => news.set_tags(at, read, known, keys.iter().map(|key| (key, None))),
        };
        self.news.retain(|_, news| !news.is_empty());
        taken
    }

    /// Accounts that were there and left, ascending.
    #[must_use]
    pub fn left(&self) -> BTreeSet<AccountId> {
        let gone = self.news.iter().filter(|(_, news)| matches!(news.presence, Some((_, Presence::Gone))));
        let mut left: BTreeSet<_> = self.left.keys().copied().chain(gone.map(|(id, _)| *id)).collect();
        for account in self.present() {
            let _ = left.remove(&account.listed.account);
        }
        left
    }

    /// The tags of each account whose tags were read, by account.
    pub fn tagged(&self) -> impl Iterator<Item = (AccountId, BTreeMap<String, String>)> + use<> {
        let read = self.present().into_iter().filter(|account| account.tags_known && !account.is_closed());
        read.map(|account| (account.listed.account, account.tags))
    }

    /// Every account, as listings and events tell it.
    fn present(&self) -> Vec<Account> {
        let mut accounts = self.accounts.clone();
        for (id, news) in &self.news {
            news.put(*id, &mut accounts);
        }
        accounts.into_values().collect()
    }

    fn is_here_after(&self, id: AccountId, asked: Timestamp) -> bool {
        let presence = self.news.get(&id).and_then(|news| news.presence);
        presence.is_some_and(|(at, presence)| at > asked.millis() && matches!(presence, Presence::Here { .. }))
    }

    /// Forgets what a listing has overtaken.
    fn forget_old(&mut self, asked: Timestamp) {
        let Self { accounts, news, left, .. } = self;
        for (id, news) in news.iter_mut() {
            if matches!(news.presence, Some((at, Presence::Gone)) if at <= asked.millis()) && !accounts.contains_key(id)
            {
                let _ = left.insert(*id, asked.millis());
            }
            let read = accounts.get(id).map_or(asked.millis(), |account| account.tags_as_of_millis);
            news.forget(asked.millis(), read);
        }
        news.retain(|_, news| !news.is_empty());
        left.retain(|_, at| asked.since(Timestamp::from_millis(*at)) < LEFT_KEPT);
    }

    /// The accounts whose tags are to be read now: unread and changed ones first, then the oldest.
    ///
    /// Each account has a time of its own between half of `age_max` and all of it, so that tags that were read together
    /// at the start come due one by one.
    #[must_use]
    pub fn due(&self, age_max: Duration, now: Timestamp) -> Vec<AccountId> {
        let mut due = self.present();
        due.retain(|account| account.is_due(age_max, now));
        due.sort_by_key(|account| account.tags_read_millis);
        due.into_iter().map(|account| account.listed.account).collect()
    }

    /// Takes over the tags of one account that were asked for at `asked`. What events told of a later time stands.
    pub fn set_tags(&mut self, id: AccountId, tags: BTreeMap<String, String>, asked: Timestamp) {
        if !self.accounts.contains_key(&id)
            && let Some(account) = self.present().into_iter().find(|account| account.listed.account == id)
        {
            // Known from an event alone so far.
            let _ = self.accounts.insert(id, Account { tags: BTreeMap::new(), ..account });
        }
        let Some(account) = self.accounts.get_mut(&id) else { return };
        if account.tags_as_of_millis > asked.millis() {
            return;
        }
        account.tags = tags;
        account.tags_read_millis = Some(asked.millis());
        account.tags_as_of_millis = asked.millis();
        account.tags_known = true;
        if let Some(news) = self.news.get_mut(&id) {
            news.forget(0, asked.millis());
        }
        self.news.retain(|_, news| !news.is_empty());
    }

    /// What it says of each account. An account whose tags were never read has no tenant yet.
    #[must_use]
    pub fn facts(&self, settings: &Organizations) -> Vec<Facts> {
        self.present().iter().map(|account| account.facts(settings)).collect()
    }

    /// How many accounts there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.present().len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.present().is_empty()
    }

    /// How many accounts wait for their first tags.
    #[must_use]
    pub fn without_tags(&self) -> usize {
        self.present().iter().filter(|account| !account.tags_known).count()
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
            news: self.news.clone(),
            left: self.left.clone(),
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
        Ok(Self {
            accounts,
            listed: cache.listed_millis.map(Timestamp::from_millis),
            news: cache.news,
            left: cache.left,
        })
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
    #[serde(default)]
    news: BTreeMap<AccountId, News>,
    #[serde(default)]
    left: BTreeMap<AccountId, u64>,
}

impl News {
    fn is_empty(&self) -> bool {
        self.presence.is_none() && self.name.is_none() && self.tags.is_empty()
    }

    /// Of two events of the same moment the first one stands, and the account is asked which of them was right.
    fn set_presence(&mut self, at: u64, known: u64, presence: Presence) -> Taken {
        let before = self.presence.map_or(known, |(before, _)| before.max(known));
        if at > before {
            self.presence = Some((at, presence));
            return Taken::Whole;
        }
        let is_open = self.presence.is_some_and(|(before, other)| before == at && other != presence);
        if is_open { Taken::LookUp } else { Taken::Old }
    }

    fn set_tags<'a>(
        &mut self,
        at: u64,
        read: u64,
        known: bool,
        tags: impl Iterator<Item = (&'a String, Option<&'a String>)>,
    ) -> Taken {
        let mut taken = Taken::Old;
        for (key, value) in tags {
            let before = self.tags.get(key);
            let is_open = before.is_some_and(|(before, other)| *before == at && other.as_ref() != value);
            let is_full = before.is_none() && self.tags.len() >= NEWS_TAGS_MAX;
            if at > before.map_or(read, |(before, _)| *before) && !is_full {
                let _ = self.tags.insert(key.clone(), (at, value.cloned()));
                taken = if known && taken != Taken::LookUp { Taken::Whole } else { Taken::LookUp };
            } else if is_open || (is_full && at > read) {
                taken = Taken::LookUp;
            }
        }
        taken
    }

    /// Forgets what is no younger than a listing, and tags that are no younger than their reading.
    fn forget(&mut self, listed: u64, read: u64) {
        self.presence = self.presence.filter(|(at, _)| *at > listed);
        self.name = self.name.take().filter(|(at, _)| *at > listed);
        self.tags.retain(|_, (at, _)| *at > read);
    }

    fn put(&self, id: AccountId, accounts: &mut BTreeMap<AccountId, Account>) {
        match self.presence {
            Some((_, Presence::Gone)) => {
                let _ = accounts.remove(&id);
                return;
            }
            Some((at, Presence::Here { state, joined })) => {
                let joined_millis = joined.then_some(at);
                let listed = Listed { account: id, name: None, state: None, ou_path: None, joined_millis };
                accounts.entry(id).or_insert_with(|| Account::new(listed)).listed.state = Some(state);
            }
            None => {}
        }
        let Some(account) = accounts.get_mut(&id) else { return };
        if let Some((_, name)) = &self.name {
            account.listed.name = Some(name.clone());
        }
        for (key, (_, value)) in &self.tags {
            let _ = match value {
                Some(value) => account.tags.insert(key.clone(), value.clone()),
                None => account.tags.remove(key),
            };
        }
    }
}

impl Account {
    const fn new(listed: Listed) -> Self {
        Self {
            listed,
            tags: BTreeMap::new(),
            tags_read_millis: None,
            tags_known: false,
            tags_as_of_millis: 0,
            seen_millis: 0,
        }
    }

    fn is_closed(&self) -> bool {
        self.listed.state.is_some_and(State::is_closed)
    }

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
            tenant: tenant.or_else(|| self.tags_known.then(own_id)),
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

    fn event(n: u64, seconds: u64, change: Change) -> Event {
        Event { at: at(0).plus(Duration::from_secs(seconds)), account: listed(n).account, change }
    }

    fn closed(n: u64, seconds: u64) -> Event {
        event(n, seconds, Change::Closed { state: State::Closed })
    }

    fn created(n: u64, seconds: u64) -> Event {
        event(n, seconds, Change::Created { name: Some("fresh".into()) })
    }

    fn tagged(n: u64, seconds: u64, pairs: &[(&str, &str)]) -> Event {
        event(n, seconds, Change::Tagged { tags: tags(pairs) })
    }

    fn facts_of(inventory: &Inventory, n: u64) -> Option<Facts> {
        inventory.facts(&settings()).into_iter().find(|facts| facts.account == listed(n).account)
    }

    #[test]
    fn a_created_account_is_there_at_once_and_asked_for_what_the_event_lacks() {
        let mut inventory = read(1);
        assert_eq!(inventory.take(&created(2, 5)), Taken::LookUp);
        let facts = facts_of(&inventory, 2).unwrap();
        assert_eq!((facts.name.as_deref(), facts.state, facts.tenant), (Some("fresh"), Some(State::Active), None));
        assert_eq!(facts.created, Some(at(0).plus(Duration::from_secs(5))));
        inventory.describe(listed(2).account, Some(listed(2)), at(1));
        inventory.set_tags(listed(2).account, tags(&[("tenant", "beta")]), at(1));
        let facts = facts_of(&inventory, 2).unwrap();
        assert_eq!((facts.name.as_deref(), facts.tenant.as_deref()), (Some("account 2"), Some("beta")));
    }

    #[test]
    fn a_tag_in_an_event_names_the_tenant_before_all_tags_are_read() {
        let mut inventory = read(1);
        let _ = inventory.take(&created(2, 5));
        assert_eq!(inventory.take(&tagged(2, 6, &[("tenant", "beta")])), Taken::LookUp);
        assert_eq!(facts_of(&inventory, 2).unwrap().tenant.as_deref(), Some("beta"));
        assert_eq!(inventory.take(&tagged(1, 6, &[("tier", "gold")])), Taken::Whole);
        assert_eq!(facts_of(&inventory, 1).unwrap().tier.as_deref(), Some("gold"));
    }

    #[test]
    fn an_older_event_undoes_neither_a_newer_one_nor_a_newer_listing() {
        let mut inventory = read(2);
        assert_eq!(inventory.take(&closed(1, 10)), Taken::Whole);
        assert_eq!(inventory.take(&created(1, 9)), Taken::Old);
        assert_eq!(facts_of(&inventory, 1).unwrap().state, Some(State::Closed));
        let _ = inventory.apply((1..=2).map(listed).collect(), at(1));
        assert_eq!(inventory.take(&closed(2, 10)), Taken::Old);
        assert_eq!(
            facts_of(&inventory, 1).unwrap().state,
            Some(State::Active),
            "the listing is the newest that is known"
        );
        assert_eq!(inventory.take(&event(1, 10, Change::Moved { parent: "ou-1".into() })), Taken::Old);
    }

    #[test]
    fn a_listing_that_was_asked_for_before_an_event_does_not_undo_it() {
        let mut inventory = read(2);
        let _ = (inventory.take(&created(3, 3_700)), inventory.take(&event(1, 3_700, Change::Departed)));
        let _ = inventory.take(&tagged(2, 3_700, &[("tier", "gold")]));
        let _ = inventory.apply((1..=2).map(listed).collect(), at(1));
        inventory.set_tags(listed(2).account, tags(&[("tier", "free")]), at(1));
        assert!(facts_of(&inventory, 3).is_some() && facts_of(&inventory, 1).is_none());
        assert_eq!(facts_of(&inventory, 2).unwrap().tier.as_deref(), Some("gold"));
        inventory.set_tags(listed(2).account, tags(&[("tier", "free")]), at(2));
        assert_eq!(facts_of(&inventory, 2).unwrap().tier.as_deref(), Some("free"));
    }

    #[test]
    fn who_left_is_remembered_until_it_is_back() {
        let mut inventory = read(2);
        let _ = inventory.take(&event(1, 5, Change::Departed));
        let _ = inventory.apply(vec![], at(1));
        assert_eq!(inventory.left().into_iter().collect::<Vec<_>>(), accounts(&[1, 2]));
        let _ = inventory.take(&event(2, 4_000, Change::Joined));
        assert_eq!(inventory.left().into_iter().collect::<Vec<_>>(), accounts(&[1]));
        let _ = inventory.apply(vec![listed(2)], at(24 * 91));
        assert!(inventory.left().is_empty());
    }

    proptest::proptest! {
        #[test]
        fn any_order_of_events_gives_the_same_inventory(
            picks in proptest::collection::vec((1..4_u64, 0..8_usize, 0..3_usize), 1..24),
            seed in proptest::prelude::any::<u64>(),
            repeats in 0..6_usize,
        ) {
            let keys = ["tenant", "tier", "team"];
            let changes = |which: usize, key: usize, time: u64| match which {
                0 => Change::Created { name: Some(format!("name {time}")) },
                1 => Change::Closed { state: State::Closed },
                2 => Change::Closed { state: State::PendingClosure },
                3 => Change::Departed,
                4 => Change::Joined,
                5 => Change::Untagged { keys: [keys[key].to_owned()].into() },
                6 => Change::Moved { parent: "ou-1".into() },
                _ => Change::Tagged { tags: tags(&[(keys[key], "value")]) },
            };
            let mut events: Vec<_> = (1..).zip(&picks)
                .map(|(time, (n, which, key))| event(*n, time, changes(*which, *key, time)))
                .collect();
            let mut straight = read(2);
            for event in &events {
                let _ = straight.take(event);
            }
            let again: Vec<_> = events.iter().take(repeats).cloned().collect();
            events.extend(again);
            events.sort_by_key(|event| event.at.millis().wrapping_mul(seed | 1).rotate_left(17));
            let mut shuffled = read(2);
            for event in &events {
                let _ = shuffled.take(event);
            }
            proptest::prop_assert_eq!(shuffled.facts(&settings()), straight.facts(&settings()));
            proptest::prop_assert_eq!(shuffled, straight);
        }
    }

    #[test]
    fn what_is_cached_comes_back_whole() {
        let mut inventory = read(3);
        let _ = (inventory.take(&created(9, 8_000)), inventory.take(&event(1, 8_000, Change::Departed)));
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
