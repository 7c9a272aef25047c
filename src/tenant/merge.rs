//! One directory from two sources: the file over AWS Organizations, field by field, labels united.

use std::collections::BTreeMap;

use crate::id::AccountId;
use crate::tenant::{Entry, Facts};

/// Unites what the file and AWS Organizations say, ascending by account.
///
/// Where neither names a tenant, the account's own id is the tenant's if there is only a file. With `organizations` such an
/// account is left out: its tags are not read yet, or it is no member, and no tenant is better than a wrong one.
#[must_use]
pub fn merge(file: &[Facts], organizations: Option<&[Facts]>) -> Vec<Entry> {
    let mut accounts: BTreeMap<AccountId, Facts> = BTreeMap::new();
    for facts in organizations.unwrap_or_default() {
        let _ = accounts.insert(facts.account, facts.clone());
    }
    for facts in file {
        let united = match accounts.remove(&facts.account) {
            Some(below) => over(facts, below),
            None => facts.clone(),
        };
        let _ = accounts.insert(facts.account, united);
    }
    accounts.into_values().filter_map(|facts| entry(facts, organizations.is_none().then_some(own_tenant))).collect()
}

fn over(facts: &Facts, below: Facts) -> Facts {
    let mut labels = below.labels;
    labels.extend(facts.labels.clone());
    Facts {
        account: facts.account,
        tenant: facts.tenant.clone().or(below.tenant),
        name: facts.name.clone().or(below.name),
        tier: facts.tier.clone().or(below.tier),
        region: facts.region.or(below.region),
        ou_path: facts.ou_path.clone().or(below.ou_path),
        state: facts.state.or(below.state),
        created: facts.created.or(below.created),
        labels,
    }
}

fn own_tenant(account: AccountId) -> String {
    account.as_str().into()
}

fn entry(facts: Facts, fallback: Option<fn(AccountId) -> String>) -> Option<Entry> {
    let account = facts.account;
    let tenant = facts.tenant.or_else(|| fallback.map(|fallback| fallback(account)))?;
    Some(Entry {
        account,
        tenant,
        name: facts.name,
        tier: facts.tier,
        region: facts.region,
        ou_path: facts.ou_path,
        state: facts.state.unwrap_or_default(),
        created: facts.created,
        labels: facts.labels,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tenant::State;

    fn facts(account: &str, change: impl FnOnce(&mut Facts)) -> Facts {
        let mut facts = Facts::new(AccountId::parse(account).unwrap());
        change(&mut facts);
        facts
    }

    fn label(key: &str, value: &str) -> (String, String) {
        (key.into(), value.into())
    }

    #[test]
    fn the_file_wins_field_by_field_and_labels_are_united() {
        let file = facts("111122223333", |facts| {
            facts.tier = Some("gold".into());
            facts.labels = [label("team", "red")].into();
        });
        let organizations = facts("111122223333", |facts| {
            facts.tenant = Some("acme".into());
            facts.tier = Some("free".into());
            facts.state = Some(State::Suspended);
            facts.labels = [label("team", "blue"), label("cost", "7")].into();
        });
        let entries = merge(&[file], Some(&[organizations]));
        assert_eq!(entries.len(), 1);
        assert_eq!((entries[0].tenant.as_str(), entries[0].tier.as_deref()), ("acme", Some("gold")));
        assert_eq!(entries[0].state, State::Suspended);
        assert_eq!(entries[0].labels, [label("team", "red"), label("cost", "7")].into());
    }

    #[test]
    fn accounts_of_either_source_are_there() {
        let tenant = |facts: &mut Facts| facts.tenant = Some("t".into());
        let entries = merge(&[facts("222222222222", tenant)], Some(&[facts("111111111111", tenant)]));
        let accounts: Vec<_> = entries.iter().map(|entry| entry.account.to_string()).collect();
        assert_eq!(accounts, ["111111111111", "222222222222"]);
    }

    #[test]
    fn without_organizations_an_account_is_its_own_tenant_by_default() {
        assert_eq!(merge(&[facts("111122223333", |_| {})], None)[0].tenant, "111122223333");
    }

    #[test]
    fn an_account_whose_tags_are_not_read_yet_has_no_wrong_tenant() {
        let listed = facts("111122223333", |facts| facts.name = Some("prod".into()));
        assert_eq!(merge(&[], Some(std::slice::from_ref(&listed))), []);
        let named = facts("111122223333", |facts| facts.tenant = Some("acme".into()));
        let entries = merge(&[named], Some(&[listed]));
        assert_eq!((entries[0].tenant.as_str(), entries[0].name.as_deref()), ("acme", Some("prod")));
    }
}
