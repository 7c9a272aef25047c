//! The directory: which tenant an account belongs to. An unknown account is a value, not an error.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::Xxh3;

use crate::chunk::Destinations;
use crate::config::Route;
use crate::id::{AccountId, Region};
use crate::proto::Writer;
use crate::record::attribute;
use crate::time::Timestamp;

pub mod file;
pub mod rate;
pub mod lifecycle;
pub mod organizations;
pub mod tags;
pub mod merge;
pub mod unknown;

/// The tenant of an account that the directory does not know.
pub const UNASSIGNED: &str = "unassigned";

/// What is known of one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The account.
    pub account: AccountId,
    /// Id of the tenant: the customer.
    pub tenant: String,
    /// Name of the tenant, for people.
    pub name: Option<String>,
    /// Service tier.
    pub tier: Option<String>,
    /// The Region that the account mainly runs in.
    pub region: Option<Region>,
    /// Path of organisational units, as Organizations gives it.
    pub ou_path: Option<String>,
    /// State of the account.
    pub state: State,
    /// When it was created or joined.
    pub created: Option<Timestamp>,
    /// Further attributes; each becomes a resource attribute of its own name, unless that name is reserved.
    pub labels: BTreeMap<String, String>,
}

/// What one source says of an account; what it leaves open is `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The account.
    pub account: AccountId,
    /// Id of the tenant.
    pub tenant: Option<String>,
    /// Name of the tenant.
    pub name: Option<String>,
    /// Service tier.
    pub tier: Option<String>,
    /// The Region that the account mainly runs in.
    pub region: Option<Region>,
    /// Path of organisational units.
    pub ou_path: Option<String>,
    /// State of the account.
    pub state: Option<State>,
    /// When it was created or joined.
    pub created: Option<Timestamp>,
    /// Further attributes.
    pub labels: BTreeMap<String, String>,
}

impl Facts {
    /// An account of which nothing is said yet.
    #[must_use]
    pub const fn new(account: AccountId) -> Self {
        Self {
            account,
            tenant: None,
            name: None,
            tier: None,
            region: None,
            ou_path: None,
            state: None,
            created: None,
            labels: BTreeMap::new(),
        }
    }
}

/// State of an account, as AWS Organizations names it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum State {
    /// Created, not yet usable.
    PendingActivation,
    /// In use.
    #[default]
    Active,
    /// Suspended by AWS.
    Suspended,
    /// On its way to being closed.
    PendingClosure,
    /// Closed; listed for 90 days more.
    Closed,
}

impl State {
    /// Every state, in the order of an account's life.
    pub const ALL: [Self; 5] =
        [Self::PendingActivation, Self::Active, Self::Suspended, Self::PendingClosure, Self::Closed];

    /// The name that AWS gives it, such as `PENDING_CLOSURE`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PendingActivation => "PENDING_ACTIVATION",
            Self::Active => "ACTIVE",
            Self::Suspended => "SUSPENDED",
            Self::PendingClosure => "PENDING_CLOSURE",
            Self::Closed => "CLOSED",
        }
    }

    /// Whether nothing is expected of the account any more.
    #[must_use]
    pub const fn is_closed(self) -> bool {
        match self {
            Self::PendingActivation | Self::Active => false,
            Self::Suspended | Self::PendingClosure | Self::Closed => true,
        }
    }

    /// The state of that name, as AWS writes it; `None` for a name that AWS did not have when this was written.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

/// Why nothing is expected of an account any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It is suspended, closed, or about to be.
    Closed,
    /// It is in the organization no more.
    Left,
}

/// Whether Fanin or a format sets this resource attribute itself, so that no label may have its name.
#[must_use]
pub fn is_reserved(name: &str) -> bool {
    const EXACT: [&str; 4] =
        [attribute::TENANT_ID, attribute::TENANT_NAME, attribute::TENANT_TIER, attribute::SERVICE_NAME];
    const PREFIXES: [&str; 3] = ["cloud.", "aws.", "faas."];
    EXACT.contains(&name) || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

impl Entry {
    /// The value of an attribute by which routes choose; `None` where the account has none.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&str> {
        match name {
            attribute::TENANT_ID => Some(&self.tenant),
            attribute::TENANT_NAME => self.name.as_deref(),
            attribute::TENANT_TIER => self.tier.as_deref(),
            attribute::OU_PATH => self.ou_path.as_deref(),
            attribute::CLOUD_REGION => self.region.as_ref().map(Region::as_str),
            label => self.labels.get(label).map(String::as_str),
        }
    }
}

/// What a record of one account is tagged with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// Id of the tenant.
    pub tenant: String,
    /// Service tier of the tenant; empty where there is none.
    pub tier: String,
    /// Encoded `Resource.attributes` fields: tenant id, name, tier, labels.
    pub attributes: Vec<u8>,
    /// Where records of this account go.
    pub destinations: Destinations,
    /// Whether the directory knows the account.
    pub known: bool,
}

/// An immutable snapshot of all accounts, ready for tagging.
#[derive(Clone, Debug)]
pub struct Directory {
    entries: BTreeMap<AccountId, Entry>,
    tags: HashMap<AccountId, Tag>,
    unassigned: Tag,
    left: BTreeSet<AccountId>,
    version: u64,
}

impl Directory {
    /// Builds the snapshot. `routes` holds one item for each destination, in their order.
    /// Of two entries for one account the later one stands.
    #[must_use]
    pub fn new(entries: impl IntoIterator<Item = Entry>, tenant_attribute: &str, routes: &[Option<Route>]) -> Self {
        let entries: BTreeMap<_, _> = entries.into_iter().map(|entry| (entry.account, entry)).collect();
        let tags = entries.values().map(|entry| (entry.account, tag(entry, tenant_attribute, routes))).collect();
        let version = version(&entries);
        Self { entries, tags, unassigned: unassigned(tenant_attribute, routes), left: BTreeSet::new(), version }
    }

    /// Remembers accounts that were there and left; those that are there count as such.
    #[must_use]
    pub fn with_left(mut self, left: BTreeSet<AccountId>) -> Self {
        self.left = left.into_iter().filter(|account| !self.entries.contains_key(account)).collect();
        if !self.left.is_empty() {
            let mut hash = Xxh3::new();
            hash.update(&self.version.to_le_bytes());
            self.left.iter().for_each(|account| hash.update(account.as_str().as_bytes()));
            self.version = hash.digest();
        }
        self
    }

    /// Why nothing is expected of an account any more; `None` as long as something is, or it was never known.
    #[must_use]
    pub fn ended(&self, account: AccountId) -> Option<Ended> {
        match self.entries.get(&account) {
            Some(entry) if entry.state.is_closed() => Some(Ended::Closed),
            Some(_) => None,
            None => self.left.contains(&account).then_some(Ended::Left),
        }
    }

    /// The tag of an account; never fails.
    #[must_use]
    pub fn tag(&self, account: AccountId) -> &Tag {
        self.tags.get(&account).unwrap_or(&self.unassigned)
    }

    /// What is known of an account.
    #[must_use]
    pub fn get(&self, account: AccountId) -> Option<&Entry> {
        self.entries.get(&account)
    }

    /// Fingerprint of all that is known: the same for the same entries, on every machine.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// All accounts, ascending.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = &Entry> {
        self.entries.values()
    }
}

fn version(entries: &BTreeMap<AccountId, Entry>) -> u64 {
    let mut hash = Xxh3::new();
    for entry in entries.values() {
        hash.update(format!("{entry:?}").as_bytes());
    }
    hash.digest()
}

fn tag(entry: &Entry, tenant_attribute: &str, routes: &[Option<Route>]) -> Tag {
    let mut attributes = Writer::new();
    attributes.resource_attribute(tenant_attribute, &entry.tenant);
    let optional = [
        (attribute::TENANT_NAME, entry.name.as_deref()),
        (attribute::TENANT_TIER, entry.tier.as_deref()),
        (attribute::OU_PATH, entry.ou_path.as_deref()),
    ];
    for (key, value) in optional {
        if let Some(value) = value {
            attributes.resource_attribute(key, value);
        }
    }
    let free = |key: &str| key != tenant_attribute && !is_reserved(key);
    for (key, value) in entry.labels.iter().filter(|(key, _)| free(key)) {
        attributes.resource_attribute(key, value);
    }
    let chosen = |route: &Route| entry.attribute(&route.attribute).is_some_and(|value| route.values.contains(value));
    Tag {
        tenant: entry.tenant.clone(),
        tier: entry.tier.clone().unwrap_or_default(),
        attributes: attributes.into_vec(),
        destinations: destinations(routes, chosen),
        known: true,
    }
}

fn unassigned(tenant_attribute: &str, routes: &[Option<Route>]) -> Tag {
    let mut attributes = Writer::new();
    attributes.resource_attribute(tenant_attribute, UNASSIGNED);
    let chosen = |route: &Route| route.attribute == attribute::TENANT_ID && route.values.contains(UNASSIGNED);
    Tag {
        tenant: UNASSIGNED.into(),
        tier: String::new(),
        attributes: attributes.into_vec(),
        destinations: destinations(routes, chosen),
        known: false,
    }
}

/// A destination without a route takes every account.
fn destinations(routes: &[Option<Route>], chosen: impl Fn(&Route) -> bool) -> Destinations {
    let mut set = Destinations::NONE;
    for (index, route) in routes.iter().enumerate() {
        if route.as_ref().is_none_or(&chosen) {
            set = set.with(index);
        }
    }
    set
}
