//! An account as predicates see it: what the directory says of it.

use super::Fields;
use super::field::Field;
use super::word::UNKNOWN_STATE;
use crate::id::{AccountId, Region};
use crate::record::value::Value;
use crate::tenant::{Entry, State, UNASSIGNED};

/// An account, and what the directory knows of it.
#[derive(Clone, Copy, Debug)]
pub struct Account<'a> {
    /// The account.
    pub id: AccountId,
    /// What the directory says; `None` where it does not know the account.
    pub entry: Option<&'a Entry>,
}

impl<'a> Account<'a> {
    /// What stands behind `tenant.`: `id` is `unassigned` and `state` is `unknown` of an account that the directory does not
    /// know, `created` is in seconds since 1970, other names are labels.
    #[must_use]
    pub fn tenant(&self, name: &str) -> Option<Value<'a>> {
        let Some(entry) = self.entry else {
            return match name {
                "id" => Some(Value::Text(UNASSIGNED)),
                "state" => Some(Value::Text(UNKNOWN_STATE)),
                _ => None,
            };
        };
        match name {
            "id" => Some(Value::Text(&entry.tenant)),
            "name" => entry.name.as_deref().map(Value::Text),
            "tier" => entry.tier.as_deref().map(Value::Text),
            "ou" => entry.ou_path.as_deref().map(Value::Text),
            "state" => Some(Value::Text(state(entry.state))),
            "created" => entry.created.and_then(|at| i64::try_from(at.seconds()).ok()).map(Value::Int),
            label => entry.labels.get(label).map(|value| Value::Text(value)),
        }
    }
}

impl Fields for Account<'_> {
    fn get(&self, field: &Field) -> Option<Value<'_>> {
        match field {
            Field::Account => Some(Value::Text(self.id.as_str())),
            Field::Region => self.entry?.region.as_ref().map(|region| Value::Text(Region::as_str(region))),
            Field::Tenant(name) => self.tenant(name),
            Field::Service
            | Field::Level
            | Field::Message
            | Field::LogGroup
            | Field::Bytes
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

const fn state(state: State) -> &'static str {
    match state {
        State::PendingActivation => "pending_activation",
        State::Active => "active",
        State::Suspended => "suspended",
        State::PendingClosure => "pending_closure",
        State::Closed => "closed",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::predicate::{Predicate, Subject};
    use crate::time::Timestamp;

    fn entry() -> Entry {
        Entry {
            account: AccountId::parse("012345678901").unwrap(),
            tenant: "acme".into(),
            name: Some("Acme Inc".into()),
            tier: Some("gold".into()),
            region: Region::parse("eu-central-1").ok(),
            ou_path: Some("r-1/prod".into()),
            state: State::PendingClosure,
            created: Some(Timestamp::from_seconds(1_704_067_200)),
            labels: BTreeMap::from([("version".into(), "2.1".into())]),
        }
    }

    #[track_caller]
    fn check(entry: Option<&Entry>, text: &str, expected: bool) {
        let account = Account { id: AccountId::parse("012345678901").unwrap(), entry };
        assert_eq!(Predicate::parse(text, Subject::Account).unwrap().holds(&account), expected, "{text}");
    }

    #[test]
    fn a_scope_is_asked_of_what_the_directory_says() {
        let entry = entry();
        for (text, expected) in [
            (r#"account == "012345678901""#, true),
            (r#"region == "eu-central-1" && tier in ["gold", "silver"]"#, true),
            (r#"tenant == "acme" && tenant.name.startsWith("Acme")"#, true),
            (r#"tenant.state == "PENDING_CLOSURE""#, true),
            (r#"tenant.state == "active""#, false),
            (r#"tenant.ou.endsWith("/prod")"#, true),
            (r#"tenant.version == "2.1" && !has(tenant.colour)"#, true),
            (r#"tenant.created == "2024-01-01" && tenant.created < timestamp("2024-01-01T00:00:01Z")"#, true),
            (r#"tenant.created > "2024-01-01""#, false),
        ] {
            check(Some(&entry), text, expected);
        }
    }

    #[test]
    fn an_account_that_the_directory_does_not_know_has_a_tenant_and_a_state() {
        for (text, expected) in [
            (r#"tenant == "unassigned" && tenant.state == "unknown""#, true),
            (r#"tenant.state == "active""#, false),
            ("has(tier) || has(region) || has(tenant.version)", false),
            (r#"tier != "gold""#, false),
        ] {
            check(None, text, expected);
        }
    }

    #[test]
    fn every_state_has_its_word() {
        for it in State::ALL {
            assert_eq!(state(it), it.as_str().to_ascii_lowercase());
        }
    }
}
