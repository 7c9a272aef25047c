//! The accounts of a view: those of the directory and those that only speak, ascending, with their attributes in columns.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use xxhash_rust::xxh3::Xxh3;

use super::scope::Scope;
use crate::api::fleet::{DirectoryColumns, LabelColumn};
use crate::id::{AccountId, Region};
use crate::tenant::{Directory, Entry, UNASSIGNED};

/// Labels of the directory that are columns; a list of more would be unreadable, and each costs 4 bytes an account.
const LABELS_MAX: usize = 64;

/// Attributes that are columns in any case.
const OWN: [&str; 3] = ["ou", "region", "tier"];

/// Names that mean the account itself, so that no label can have them.
const TAKEN: [&str; 4] = ["account", "tenant", "name", "rule"];

/// The accounts of a view.
#[derive(Clone, Debug)]
pub struct Base {
    version: String,
    directory: Arc<Directory>,
    ids: Vec<AccountId>,
    tenants: Column,
    labels: BTreeMap<Box<str>, Column>,
}

/// A column of few different values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Column {
    /// The values; the first is empty and stands for accounts without one.
    pub values: Vec<Box<str>>,
    /// Index into `values`, one for each account.
    pub index: Vec<u32>,
    /// How many accounts have each value.
    pub counts: Vec<u32>,
}

impl Column {
    fn of<'a>(values: impl Iterator<Item = &'a str>) -> Self {
        let mut column = Self { values: vec!["".into()], index: Vec::new(), counts: vec![0] };
        let mut known: HashMap<&'a str, u32> = HashMap::from([("", 0)]);
        for value in values {
            let next = super::number(column.values.len());
            let index = *known.entry(value).or_insert_with(|| {
                column.values.push(value.into());
                column.counts.push(0);
                next
            });
            column.index.push(index);
            column.counts[index as usize] += 1;
        }
        column
    }

    /// The value of an account; `None` where it has none.
    #[must_use]
    pub fn get(&self, place: u32) -> Option<&str> {
        let index = *self.index.get(place as usize)?;
        (index > 0).then(|| &*self.values[index as usize])
    }
}

impl Base {
    /// The accounts of a directory, and others that speak.
    #[must_use]
    pub fn new(directory: &Arc<Directory>, speaking: impl IntoIterator<Item = AccountId>) -> Self {
        let mut ids: Vec<AccountId> = directory.entries().map(|entry| entry.account).collect();
        ids.extend(speaking.into_iter().filter(|id| directory.get(*id).is_none()));
        ids.sort_unstable();
        ids.dedup();
        Self::of(directory, ids)
    }

    fn of(directory: &Arc<Directory>, ids: Vec<AccountId>) -> Self {
        let entries: Vec<Option<&Entry>> = ids.iter().map(|id| directory.get(*id)).collect();
        let tenant = |entry: &Option<&Entry>| entry.map_or(UNASSIGNED, |entry| entry.tenant.as_str()).to_owned();
        let tenants: Vec<String> = entries.iter().map(tenant).collect();
        let mut names: BTreeSet<&str> = OWN.into();
        let all = entries.iter().flatten().flat_map(|entry| entry.labels.keys().map(String::as_str));
        for name in all.filter(|name| !TAKEN.contains(name)) {
            if names.len() < LABELS_MAX {
                let _ = names.insert(name);
            }
        }
        let column = |name: &str| Column::of(entries.iter().map(|entry| label(*entry, name)));
        let labels: BTreeMap<Box<str>, Column> = names.into_iter().map(|name| (name.into(), column(name))).collect();
        let tenants = Column::of(tenants.iter().map(String::as_str));
        let mut base = Self { version: String::new(), ids, tenants, labels, directory: Arc::clone(directory) };
        base.version = base.hash();
        base
    }

    fn hash(&self) -> String {
        let mut hash = Xxh3::new();
        let mut text = |text: &str| {
            hash.update(text.as_bytes());
            hash.update(&[0]);
        };
        for (place, id) in (0..).zip(&self.ids) {
            text(id.as_str());
            text(self.tenant(place));
            text(self.name(place));
        }
        for (name, column) in &self.labels {
            text(name);
            column.values.iter().for_each(|value| text(value));
            column.index.iter().for_each(|index| text(&index.to_string()));
        }
        format!("{:016x}", hash.digest())
    }

    /// Changes when an account comes, goes or changes.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// How many accounts there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The accounts, ascending.
    #[must_use]
    pub fn ids(&self) -> &[AccountId] {
        &self.ids
    }

    /// Where an account stands.
    #[must_use]
    pub fn place(&self, account: AccountId) -> Option<u32> {
        self.ids.binary_search(&account).ok().map(super::number)
    }

    /// The account at a place.
    #[must_use]
    pub fn id(&self, place: u32) -> AccountId {
        self.ids[place as usize]
    }

    /// What the directory says of an account; `None` of one that only speaks.
    #[must_use]
    pub fn entry(&self, place: u32) -> Option<&Entry> {
        self.directory.get(*self.ids.get(place as usize)?)
    }

    /// Its tenant.
    #[must_use]
    pub fn tenant(&self, place: u32) -> &str {
        self.tenants.get(place).unwrap_or(UNASSIGNED)
    }

    /// Its name, for people; empty where there is none.
    #[must_use]
    pub fn name(&self, place: u32) -> &str {
        self.entry(place).and_then(|entry| entry.name.as_deref()).unwrap_or_default()
    }

    /// How many accounts only speak.
    #[must_use]
    pub fn unknown(&self) -> u32 {
        super::number(self.ids.iter().filter(|id| self.directory.get(**id).is_none()).count())
    }

    /// The tenants.
    #[must_use]
    pub const fn tenants(&self) -> &Column {
        &self.tenants
    }

    /// The columns of labels, by name.
    #[must_use]
    pub const fn labels(&self) -> &BTreeMap<Box<str>, Column> {
        &self.labels
    }

    /// What an account is called by, under that name; `None` where there is nothing.
    #[must_use]
    pub fn label(&self, place: u32, name: &str) -> Option<&str> {
        match name {
            "account" | "id" => Some(self.ids.get(place as usize)?.as_str()),
            "tenant" | "tenant.id" => Some(self.tenant(place)),
            "name" | "tenant.name" => Some(self.name(place)).filter(|name| !name.is_empty()),
            label => self.labels.get(label.strip_prefix("tenant.").unwrap_or(label))?.get(place),
        }
    }

    /// All labels of an account that has a value for them.
    #[must_use]
    pub fn labels_of(&self, place: u32) -> BTreeMap<String, String> {
        let of = |(name, column): (&str, &Column)| Some((name.to_owned(), column.get(place)?.to_owned()));
        self.labels.iter().map(|(name, column)| (&**name, column)).filter_map(of).collect()
    }

    /// Places of the accounts of a scope.
    #[must_use]
    pub fn covered(&self, scope: &Scope) -> Vec<u32> {
        let covered: Vec<bool> = self.tenants.values.iter().map(|tenant| scope.covers(tenant)).collect();
        let places = (0..).zip(&self.tenants.index);
        places.filter(|(_, tenant)| covered[**tenant as usize]).map(|(place, _)| place).collect()
    }

    /// Only these accounts, and nothing of the others.
    #[must_use]
    pub fn only(&self, kept: &[u32]) -> Self {
        let ids = kept.iter().map(|place| self.ids[*place as usize]).collect();
        Self::of(&self.directory, ids)
    }

    /// The same accounts in columns.
    #[must_use]
    pub fn columns(&self) -> DirectoryColumns {
        let places = || 0..super::number(self.len());
        let label = |column: &Column| LabelColumn {
            values: column.values.iter().map(|value| value.to_string()).collect(),
            index: column.index.clone(),
        };
        let used = self.labels.iter().filter(|(_, column)| column.values.len() > 1);
        DirectoryColumns {
            version: self.version.clone(),
            ids: self.ids.iter().map(ToString::to_string).collect(),
            tenants: places().map(|place| self.tenant(place).to_owned()).collect(),
            names: places().map(|place| self.name(place).to_owned()).collect(),
            labels: used.map(|(name, column)| (name.to_string(), label(column))).collect(),
        }
    }
}

fn label<'a>(entry: Option<&'a Entry>, name: &str) -> &'a str {
    let value = entry.and_then(|entry| match name {
        "tier" => entry.tier.as_deref(),
        "region" => entry.region.as_ref().map(Region::as_str),
        "ou" => entry.ou_path.as_deref(),
        label => entry.labels.get(label).map(String::as_str),
    });
    value.unwrap_or_default()
}
