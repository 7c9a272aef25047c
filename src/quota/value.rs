//! How much AWS allows: what counts of all that is known.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::catalog::{Catalog, Definition, Key};
use super::series::Series;
use super::table::Table;
use crate::id::{AccountId, Region};
use crate::tenant::Entry;
use crate::time::Timestamp;

/// Where a value is from; the first that there is counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// The table, for this account, its tenant or its tier.
    Override,
    /// Service Quotas, as it was applied to the account.
    Applied,
    /// The table, for all accounts.
    Table,
    /// Service Quotas, as AWS grants it to all accounts.
    Default,
    /// AWS's documentation.
    Documented,
}

impl Source {
    /// Its name, as the API has it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Override => "override",
            Self::Applied => "service_quotas",
            Self::Table => "table",
            Self::Default => "service_quotas_default",
            Self::Documented => "aws_default",
        }
    }

    /// The same in words.
    #[must_use]
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Override => "the table of quotas, for this account",
            Self::Applied => "Service Quotas",
            Self::Table => "the table of quotas",
            Self::Default => "the default of AWS, by Service Quotas",
            Self::Documented => "the default of AWS, as documented",
        }
    }
}

/// A value that counts.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    /// How much.
    pub value: f64,
    /// Where it is from.
    pub source: Source,
    /// Who answers for it.
    pub owner: Option<Box<str>>,
}

/// A quota as Service Quotas lists it.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    /// Its codes.
    pub key: Key,
    /// Its name.
    pub name: Box<str>,
    /// How much.
    pub value: f64,
    /// The series that tells how much is used.
    pub series: Option<Series>,
    /// Seconds of its period.
    pub period_seconds: f64,
}

/// What Service Quotas says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Applied {
    quotas: Vec<(Key, Definition)>,
    accounts: BTreeMap<AccountId, OfAccount>,
    defaults: BTreeMap<Region, BTreeMap<u32, f64>>,
}

/// What it says of one account.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OfAccount {
    /// When all of it was read.
    pub read: Option<Timestamp>,
    /// Why it could not be read the last time, and when that was.
    pub failure: Option<(Timestamp, String)>,
    values: BTreeMap<Region, BTreeMap<u32, f64>>,
}

impl Applied {
    /// What was read of an account and Region, in place of what was read before.
    pub fn set(&mut self, account: AccountId, region: Region, listed: Vec<Listed>) {
        let values = self.numbered(listed);
        let _older = self.accounts.entry(account).or_default().values.insert(region, values);
    }

    /// What AWS grants all accounts in a Region.
    pub fn set_defaults(&mut self, region: Region, listed: Vec<Listed>) {
        let values = self.numbered(listed);
        let _older = self.defaults.insert(region, values);
    }

    /// All of an account was read.
    pub fn confirm(&mut self, account: AccountId, at: Timestamp) {
        let of = self.accounts.entry(account).or_default();
        (of.read, of.failure) = (Some(at), None);
    }

    /// An account could not be read; what was known of it stays.
    pub fn fail(&mut self, account: AccountId, why: String, at: Timestamp) {
        self.accounts.entry(account).or_default().failure = Some((at, why));
    }

    /// Only these accounts are known from now on.
    pub fn keep(&mut self, known: impl Fn(AccountId) -> bool) {
        self.accounts.retain(|account, _| known(*account));
    }

    /// What is known of an account.
    #[must_use]
    pub fn of(&self, account: AccountId) -> Option<&OfAccount> {
        self.accounts.get(&account)
    }

    /// Accounts that could not be read the last time, and why.
    pub fn failures(&self) -> impl Iterator<Item = (AccountId, Timestamp, &str)> {
        self.accounts.iter().filter_map(|(account, of)| {
            let (at, why) = of.failure.as_ref()?;
            Some((*account, *at, why.as_str()))
        })
    }

    /// How many accounts were read.
    #[must_use]
    pub fn read(&self) -> usize {
        self.accounts.values().filter(|of| of.read.is_some()).count()
    }

    /// Each quota is kept once, and named by its place.
    fn numbered(&mut self, listed: Vec<Listed>) -> BTreeMap<u32, f64> {
        let mut values = BTreeMap::new();
        for Listed { key, name, value, series, period_seconds } in listed {
            let definition = Definition { name, series: series.into_iter().collect(), period_seconds, granted: None };
            let place = match self.quotas.iter().position(|(known, _)| *known == key) {
                Some(place) => {
                    self.quotas[place].1 = definition;
                    place
                }
                None => {
                    self.quotas.push((key, definition));
                    self.quotas.len() - 1
                }
            };
            if let Ok(place) = u32::try_from(place) {
                let _ = values.insert(place, value);
            }
        }
        values
    }

    fn place(&self, key: &Key) -> Option<u32> {
        u32::try_from(self.quotas.iter().position(|(known, _)| known == key)?).ok()
    }
}

/// All that is known of quotas.
#[derive(Clone, Debug, PartialEq)]
pub struct Values {
    catalog: Catalog,
    table: Arc<Table>,
    applied: Arc<Applied>,
    places: BTreeMap<Key, u32>,
}

impl Default for Values {
    fn default() -> Self {
        Self::new(Arc::default(), Arc::default())
    }
}

impl Values {
    /// Of a table and of what Service Quotas says. The table has the last word on what fills a quota.
    #[must_use]
    pub fn new(table: Arc<Table>, applied: Arc<Applied>) -> Self {
        let mut catalog = Catalog::built_in();
        let of_table = table.quotas.iter();
        for (key, definition) in applied.quotas.iter().chain(of_table) {
            catalog.add(key.clone(), definition.clone());
        }
        let keys = applied.quotas.iter().map(|(key, _)| key);
        let places = keys.filter_map(|key| Some((key.clone(), applied.place(key)?))).collect();
        Self { catalog, table, applied, places }
    }

    /// The quotas.
    #[must_use]
    pub const fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// What Service Quotas says.
    #[must_use]
    pub fn applied(&self) -> &Applied {
        &self.applied
    }

    /// How much an account is allowed in a Region; `None` where that is not known.
    #[must_use]
    pub fn value(&self, key: &Key, account: AccountId, region: Region, entry: Option<&Entry>) -> Option<Value> {
        let place = self.places.get(key);
        let plain = |source, value: Option<f64>| value.map(|value| Value { value, source, owner: None });
        let row = |source, row: Option<&super::table::Row>| {
            row.map(|row| Value { value: row.value, source, owner: row.owner.clone() })
        };
        let applied = || {
            let of = self.applied.accounts.get(&account)?.values.get(&region)?;
            of.get(place?).copied()
        };
        let default = || self.applied.defaults.get(&region)?.get(place?).copied();
        let documented = || self.catalog.get(key)?.granted;
        row(Source::Override, self.table.written_for(key, account, region, entry))
            .or_else(|| plain(Source::Applied, applied()))
            .or_else(|| row(Source::Table, self.table.for_everyone(key, region)))
            .or_else(|| plain(Source::Default, default()))
            .or_else(|| plain(Source::Documented, documented()))
    }

    /// Quotas of which a value of this account alone is known, with their Regions.
    #[must_use]
    pub fn told_of(&self, account: AccountId) -> BTreeSet<(Region, Key)> {
        let applied = self.applied.accounts.get(&account).into_iter().flat_map(|of| &of.values);
        let applied = applied.flat_map(|(region, values)| values.keys().map(move |place| (*region, *place)));
        let applied = applied.filter_map(|(region, place)| {
            let (key, definition) = self.applied.quotas.get(place as usize)?;
            // Hundreds of quotas have no use that AWS tells.
            (!definition.series.is_empty()).then(|| (region, key.clone()))
        });
        let written = self.table.of_account(account).filter_map(|row| Some((row.region?, row.key.clone())));
        applied.chain(written).collect()
    }
}
