//! An account of the directory as rules see it.

use super::Fields;
use super::field::Field;
use crate::id::AccountId;
use crate::record::value::Value;
use crate::tenant::Entry;

/// An account, and what the directory says of it.
#[derive(Clone, Copy, Debug)]
pub struct Account<'a> {
    /// The account.
    pub id: AccountId,
    /// Its entry in the directory, where it has one.
    pub entry: Option<&'a Entry>,
}

impl Fields for Account<'_> {
    fn get(&self, field: &Field) -> Option<Value<'_>> {
        match field {
            Field::Account => Some(Value::Text(self.id.as_str())),
            Field::Region => self.entry?.region.as_ref().map(|region| Value::Text(region.as_str())),
            Field::Tenant(name) => match &**name {
                "id" => Some(Value::Text(&self.entry?.tenant)),
                "tier" => self.entry?.tier.as_deref().map(Value::Text),
                label => self.entry?.labels.get(label).map(|value| Value::Text(value)),
            },
            Field::Service
            | Field::Level
            | Field::Message
            | Field::LogGroup
            | Field::LogStream
            | Field::Source
            | Field::Event
            | Field::Namespace
            | Field::Metric
            | Field::Unit
            | Field::Dimension(_)
            | Field::Attribute(_) => None,
        }
    }
}
