//! The JSON Schema of a directory file. Its types only describe; `tree` reads.
#![expect(dead_code, reason = "these types are never built: schemars reads their shape")]

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings};

/// The JSON Schema (2020-12) of a directory file in YAML or JSON, for editors.
#[must_use]
pub fn schema() -> Schema {
    let mut schema = SchemaGenerator::new(SchemaSettings::draft2020_12()).into_root_schema_for::<Directory>();
    let _ = schema.insert("$id".into(), "urn:fanin:schema:directory".into());
    schema
}

/// A directory of AWS accounts and the tenants they belong to.
#[derive(JsonSchema)]
#[schemars(untagged, title = "Fanin directory")]
enum Directory {
    /// The accounts, under one name.
    Wrapped(Wrapped),
    /// A list of accounts.
    List(Vec<Account>),
    /// A map from account to entry, or to the tenant's id alone.
    Map(Accounts),
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Wrapped {
    /// The accounts.
    accounts: ListOrMap,
}

#[derive(JsonSchema)]
#[schemars(untagged)]
enum ListOrMap {
    List(Vec<Account>),
    Map(Accounts),
}

/// A map from account to entry.
#[derive(JsonSchema)]
struct Accounts(#[schemars(extend("propertyNames" = { "pattern": ACCOUNT_PATTERN }))] BTreeMap<String, Option<Entry>>);

/// Twelve digits, or in groups as the AWS console shows them.
const ACCOUNT_PATTERN: &str = "^([0-9]{12}|[0-9]{4}-[0-9]{4}-[0-9]{4})$";

#[derive(JsonSchema)]
#[schemars(untagged)]
enum Entry {
    /// The tenant's id.
    Tenant(Text),
    /// What is known of the account.
    Fields(Box<Fields>),
}

/// An account and what is known of it.
#[derive(JsonSchema)]
#[schemars(extend("anyOf" = [{ "required": ["account"] }, { "required": ["id"] }, { "required": ["account_id"] }]))]
struct Account {
    /// The 12 digits of the account; quoted, because leading zeros matter.
    account: Option<AccountId>,
    /// The same as `account`.
    id: Option<AccountId>,
    /// The same as `account`.
    account_id: Option<AccountId>,
    #[schemars(flatten)]
    fields: Fields,
}

/// The 12 digits of an account. As a number it must not begin with zero.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum AccountId {
    Digits(#[schemars(regex(pattern = ACCOUNT_PATTERN))] String),
    Number(#[schemars(range(min = 100_000_000_000_u64, max = 999_999_999_999_u64))] u64),
}

/// What is known of an account. Every other member is a label, which becomes a resource attribute of its own name.
#[derive(JsonSchema)]
#[schemars(extend("additionalProperties" = { "$ref": "#/$defs/Text" }))]
struct Fields {
    /// Id of the tenant: the customer. Without it the tag from AWS Organizations holds, else the account's own id.
    tenant: Option<Text>,
    /// Name of the tenant, for people.
    name: Option<Text>,
    /// Service tier.
    tier: Option<Text>,
    /// The Region that the account mainly runs in.
    #[schemars(regex(pattern = "^[a-z0-9-]{2,24}$"))]
    region: Option<String>,
    /// Path of organisational units, such as `o-abc/r-def/ou-ghi/`.
    ou_path: Option<Text>,
    /// State of the account; `ACTIVE` when nothing is said.
    state: Option<crate::tenant::State>,
    /// When it was created: `2026-11-22` or `2026-11-22T02:39:31Z`.
    created: Option<String>,
    /// Labels, where their names could be taken for one of the members above.
    labels: Option<BTreeMap<String, Text>>,
}

/// A text, or a number or truth value, which is taken as it is written.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Text {
    Words(#[schemars(length(max = 1_024))] String),
    Number(f64),
    Truth(bool),
}
