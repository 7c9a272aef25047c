//! The table of quotas that people keep: YAML or CSV.
//!
//! YAML is a list under `quotas`, each with its default and its overrides. CSV has a row for each value: one that names no account,
//! tenant or tier is the default.

use serde::Deserialize;

use super::catalog::{Definition, Key};
use super::series::Series;
use crate::id::{AccountId, Region};
use crate::tenant::Entry;

/// The largest table that is read.
pub const FILE_BYTES_MAX: usize = 16 << 20;

/// Rows of a table.
const ROWS_MAX: usize = 200_000;

/// Why a table cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {message}")]
pub struct Error {
    /// The file.
    pub file: String,
    /// What is wrong with it, and where.
    pub message: String,
}

/// Whose value it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Whose {
    /// Of one account.
    Account(AccountId),
    /// Of the accounts of a tenant.
    Tenant(Box<str>),
    /// Of the accounts of a tier.
    Tier(Box<str>),
    /// Of all others.
    Everyone,
}

/// A value of the table.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Of which quota.
    pub key: Key,
    /// Whose.
    pub whose: Whose,
    /// In which Region; `None` for all.
    pub region: Option<Region>,
    /// How much.
    pub value: f64,
    /// Who answers for it.
    pub owner: Option<Box<str>>,
}

/// The table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// Quotas that it says something of.
    pub quotas: Vec<(Key, Definition)>,
    /// By quota, and of each first those that are of one account.
    rows: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Yaml {
    quotas: Vec<YamlQuota>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct YamlQuota {
    service: String,
    quota: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    usage: String,
    #[serde(default)]
    default: Option<f64>,
    #[serde(default)]
    owner: String,
    #[serde(default)]
    overrides: Vec<YamlOverride>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct YamlOverride {
    #[serde(default)]
    account: String,
    #[serde(default)]
    tenant: String,
    #[serde(default)]
    tier: String,
    #[serde(default)]
    region: String,
    value: f64,
    #[serde(default)]
    owner: String,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct CsvRow {
    service: String,
    quota: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    usage: String,
    #[serde(default)]
    account: String,
    #[serde(default)]
    tenant: String,
    #[serde(default)]
    tier: String,
    #[serde(default)]
    region: String,
    value: f64,
    #[serde(default)]
    owner: String,
}

/// Reads a table; the end of `file` tells which format it has.
///
/// # Errors
/// With the first thing that is wrong.
pub fn parse(file: &str, bytes: &[u8]) -> Result<Table, Error> {
    let fail = |message: String| Error { file: file.to_owned(), message };
    if bytes.len() > FILE_BYTES_MAX {
        return Err(fail(format!("{} bytes are more than {FILE_BYTES_MAX}", bytes.len())));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| fail(format!("is not UTF-8: {error}")))?;
    let mut table = Table::default();
    if file.to_ascii_lowercase().ends_with(".csv") {
        let mut reader =
            csv::ReaderBuilder::new().trim(csv::Trim::All).comment(Some(b'#')).from_reader(text.as_bytes());
        for (index, row) in reader.deserialize::<CsvRow>().enumerate() {
            let row = row.map_err(|error| fail(error.to_string()))?;
            table.csv(&row).map_err(|message| fail(format!("row {}: {message}", index + 1)))?;
        }
    } else {
        let yaml: Yaml = serde_saphyr::from_str(text).map_err(|error| fail(error.to_string()))?;
        for (index, quota) in yaml.quotas.into_iter().enumerate() {
            table.yaml(quota).map_err(|message| fail(format!("quotas[{index}]: {message}")))?;
        }
    }
    if table.rows.len() > ROWS_MAX {
        return Err(fail(format!("{} values are more than {ROWS_MAX}", table.rows.len())));
    }
    table.rows.sort_by(|a, b| (&a.key, &a.whose, b.region).cmp(&(&b.key, &b.whose, a.region)));
    let same = |pair: &&[Row]| {
        (&pair[0].key, &pair[0].whose, pair[0].region) == (&pair[1].key, &pair[1].whose, pair[1].region)
    };
    if let Some([row, _]) = table.rows.windows(2).find(same) {
        return Err(fail(format!("two values of {} are for the same accounts: {:?}", row.key, row.whose)));
    }
    Ok(table)
}

impl Table {
    fn csv(&mut self, row: &CsvRow) -> Result<(), String> {
        let key = key(&row.service, &row.quota)?;
        self.define(&key, &row.name, &row.usage)?;
        let whose = whose(&row.account, &row.tenant, &row.tier)?;
        self.push(key, whose, &row.region, row.value, &row.owner)
    }

    fn yaml(&mut self, quota: YamlQuota) -> Result<(), String> {
        let key = key(&quota.service, &quota.quota)?;
        self.define(&key, &quota.name, &quota.usage)?;
        if let Some(value) = quota.default {
            self.push(key.clone(), Whose::Everyone, "", value, &quota.owner)?;
        }
        for (index, of) in quota.overrides.into_iter().enumerate() {
            let said = |message| format!("overrides[{index}]: {message}");
            let whose = whose(&of.account, &of.tenant, &of.tier).map_err(said)?;
            let owner = if of.owner.is_empty() { &quota.owner } else { &of.owner };
            self.push(key.clone(), whose, &of.region, of.value, owner).map_err(said)?;
        }
        Ok(())
    }

    fn define(&mut self, key: &Key, name: &str, usage: &str) -> Result<(), String> {
        let series = match usage {
            "" => Vec::new(),
            text => vec![Series::parse(text).map_err(|complaint| format!("{text:?} {complaint}"))?],
        };
        if !name.is_empty() || !series.is_empty() || !self.quotas.iter().any(|(known, _)| known == key) {
            let definition = Definition { name: name.into(), series, period_seconds: 1.0, granted: None };
            self.quotas.push((key.clone(), definition));
        }
        Ok(())
    }

    fn push(&mut self, key: Key, whose: Whose, region: &str, value: f64, owner: &str) -> Result<(), String> {
        if !value.is_finite() || value < 0.0 {
            return Err(format!("{value} is no quota: write 0 or more"));
        }
        let region = match region {
            "" => None,
            text => Some(Region::parse(text).map_err(|error| error.to_string())?),
        };
        let owner = (!owner.is_empty()).then(|| owner.into());
        self.rows.push(Row { key, whose, region, value, owner });
        Ok(())
    }

    /// The value that someone wrote for the account, its tenant or its tier.
    #[must_use]
    pub fn written_for(&self, key: &Key, account: AccountId, region: Region, entry: Option<&Entry>) -> Option<&Row> {
        self.find(key, region, |whose| match whose {
            Whose::Account(id) => *id == account,
            Whose::Tenant(tenant) => entry.is_some_and(|entry| *entry.tenant == **tenant),
            Whose::Tier(tier) => entry.is_some_and(|entry| entry.tier.as_deref() == Some(&**tier)),
            Whose::Everyone => false,
        })
    }

    /// The value for all.
    #[must_use]
    pub fn for_everyone(&self, key: &Key, region: Region) -> Option<&Row> {
        self.find(key, region, |whose| *whose == Whose::Everyone)
    }

    /// The first that is right: accounts stand before tenants and those before tiers, and of each the ones with a Region first.
    fn find(&self, key: &Key, region: Region, right: impl Fn(&Whose) -> bool) -> Option<&Row> {
        let first = self.rows.partition_point(|row| row.key < *key);
        let of_quota = self.rows[first..].iter().take_while(|row| row.key == *key);
        of_quota.into_iter().find(|row| row.region.is_none_or(|of| of == region) && right(&row.whose))
    }

    /// Quotas of which someone wrote a value for this account alone.
    pub fn of_account(&self, account: AccountId) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(move |row| row.whose == Whose::Account(account))
    }
}

fn key(service: &str, code: &str) -> Result<Key, String> {
    Key::new(service, code).ok_or_else(|| {
        format!("{service:?} and {code:?} are not codes of a service and a quota, such as lambda and L-B99A9384")
    })
}

fn whose(account: &str, tenant: &str, tier: &str) -> Result<Whose, String> {
    match (account, tenant, tier) {
        ("", "", "") => Ok(Whose::Everyone),
        (account, "", "") => AccountId::parse(account).map(Whose::Account).map_err(|error| error.to_string()),
        ("", tenant, "") => Ok(Whose::Tenant(tenant.into())),
        ("", "", tier) => Ok(Whose::Tier(tier.into())),
        _ => Err("name an account, a tenant or a tier, and not two of them".into()),
    }
}
