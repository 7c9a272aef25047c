//! Accounts that send records and stand in no directory: counted always, listed up to a bound.

use std::collections::BTreeMap;

use crate::id::AccountId;
use crate::tenant::Directory;
use crate::time::Timestamp;

/// The most accounts that are listed. More than a real fleet ever lacks, about a megabyte.
pub const LISTED_MAX: usize = 10_000;

/// The accounts seen so far that the directory does not know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unknown {
    accounts: BTreeMap<AccountId, Seen>,
    unlisted_records: u64,
}

/// What was seen of one unknown account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// When its first record was tagged.
    pub first: Timestamp,
    /// When its latest record was tagged.
    pub last: Timestamp,
    /// Its records: log records and data points.
    pub records: u64,
}

impl Unknown {
    /// Notes records of an account that the directory does not know.
    pub fn note(&mut self, account: AccountId, records: u64, now: Timestamp) {
        if let Some(seen) = self.accounts.get_mut(&account) {
            seen.last = seen.last.max(now);
            seen.records += records;
        } else if self.accounts.len() < LISTED_MAX {
            let _ = self.accounts.insert(account, Seen { first: now, last: now, records });
        } else {
            self.unlisted_records += records;
        }
    }

    /// Forgets the accounts that a new directory knows.
    pub fn forget_known(&mut self, directory: &Directory) {
        self.accounts.retain(|account, _| directory.get(*account).is_none());
    }

    /// The listed accounts, ascending.
    pub fn accounts(&self) -> impl ExactSizeIterator<Item = (AccountId, Seen)> {
        self.accounts.iter().map(|(account, seen)| (*account, *seen))
    }

    /// Records of accounts that found no place in the list.
    #[must_use]
    pub const fn unlisted_records(&self) -> u64 {
        self.unlisted_records
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::attribute::TENANT_ID;
    use crate::tenant::{Facts, merge::merge};

    fn account(n: usize) -> AccountId {
        AccountId::parse(&format!("{n:012}")).unwrap()
    }

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    #[test]
    fn an_unknown_account_is_listed_with_what_was_seen_of_it() {
        let mut unknown = Unknown::default();
        unknown.note(account(7), 3, at(10));
        unknown.note(account(7), 4, at(20));
        unknown.note(account(7), 1, at(15));
        let listed: Vec<_> = unknown.accounts().collect();
        assert_eq!(listed, [(account(7), Seen { first: at(10), last: at(20), records: 8 })]);
    }

    #[test]
    fn beyond_the_bound_records_are_counted_only() {
        let mut unknown = Unknown::default();
        for n in 0..LISTED_MAX + 5 {
            unknown.note(account(n), 2, at(1));
        }
        unknown.note(account(0), 1, at(2));
        assert_eq!((unknown.accounts().len(), unknown.unlisted_records()), (LISTED_MAX, 10));
        assert_eq!(unknown.accounts().next().map(|(_, seen)| seen.records), Some(3));
    }

    #[test]
    fn an_account_that_becomes_known_leaves_the_list() {
        let mut unknown = Unknown::default();
        unknown.note(account(1), 1, at(1));
        unknown.note(account(2), 1, at(1));
        unknown.forget_known(&Directory::new(merge(&[Facts::new(account(1))], None), TENANT_ID, &[]));
        let left: Vec<_> = unknown.accounts().map(|(account, _)| account).collect();
        assert_eq!(left, [account(2)]);
    }
}
