//! What is known of each account from the traffic itself: the read model behind counts, lists and pages.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::id::AccountId;
use crate::processor::output::AccountTally;
use crate::rollup::{Counts, Rollups};
use crate::time::Timestamp;

/// Accounts of which counts are kept. An organisation has at most 50,000; what is above is counted in one row.
const ACCOUNTS_MAX: usize = 100_000;

/// Shards that are told apart where it is asked which accounts were heard from which.
const SHARDS_TOLD_APART: usize = 64;

const fn bit_of(shard: usize) -> u64 {
    1 << (shard % SHARDS_TOLD_APART)
}

/// Counts of every account that sent something.
#[derive(Clone, Debug, Default)]
pub struct Fleet {
    accounts: BTreeMap<AccountId, Account>,
    overflow: Account,
    rollups: Rollups,
    /// Shards that something was read from, by the bit that stands for them.
    shards: Vec<(Box<str>, Box<str>)>,
    /// From which shards each account was heard.
    heard: BTreeMap<AccountId, u64>,
}

/// Counts of one account since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Account {
    /// Whether the directory knew it when it last sent something.
    pub known: bool,
    /// When something of it was first taken in, since the start.
    pub first_seen_millis: u64,
    /// When something of it was last taken in.
    pub last_seen_millis: u64,
    /// When the latest of its log records was written, as far as they tell; 0 where none did.
    pub written_millis: u64,
    /// Log records.
    pub logs: u64,
    /// Metric data.
    pub metrics: u64,
    /// Bytes of log messages and metric data.
    pub bytes: u64,
    /// Bytes of the records of streams that brought it, as they were delivered.
    pub streamed: u64,
    /// Records left out because the account was over its share.
    pub sampled_out: u64,
    /// Log records that the policy keeps back: filtered, sampled out, or dropped for what they held.
    pub held_back: u64,
    /// Values that were redacted in log records.
    pub redacted: u64,
    /// Records that could not be used.
    pub rejects: u64,
    /// Records that a backend refused, or that were in a batch of which it refused some.
    pub refused: u64,
    /// Records that were spilled.
    pub spilled: u64,
}

impl Fleet {
    /// Nothing is known of what came before `begun`.
    #[must_use]
    pub fn new(begun: Timestamp) -> Self {
        Self { rollups: Rollups::new(begun), ..Self::default() }
    }

    /// Adds what a worker counted.
    pub fn add(&mut self, tallies: &BTreeMap<AccountId, AccountTally>, now: Timestamp) {
        for (account, tally) in tallies {
            let row = self.row(*account);
            row.known = tally.known;
            if row.first_seen_millis == 0 {
                row.first_seen_millis = now.millis();
            }
            row.last_seen_millis = now.millis();
            row.written_millis = row.written_millis.max(tally.written_millis);
            row.logs += tally.logs;
            row.metrics += tally.metrics;
            row.bytes += tally.bytes;
            row.streamed += tally.streamed;
            row.sampled_out += tally.sampled_out;
            row.held_back += tally.policy.held_back();
            row.redacted += tally.policy.redactions();
            row.rejects += tally.rejects;
            self.rollups.add(*account, now, &counts(tally));
        }
    }

    /// What accounts sent lately.
    #[must_use]
    pub const fn rollups(&self) -> &Rollups {
        &self.rollups
    }

    /// Accounts were heard from a shard. Of more shards than `SHARDS_TOLD_APART` some are taken for one another.
    pub fn heard(&mut self, (stream, shard): (&str, &str), accounts: impl IntoIterator<Item = AccountId>) {
        let bit = self.bit((stream, shard)).unwrap_or_else(|| {
            self.shards.push((stream.into(), shard.into()));
            bit_of(self.shards.len() - 1)
        });
        for account in accounts {
            if self.heard.len() < ACCOUNTS_MAX || self.heard.contains_key(&account) {
                *self.heard.entry(account).or_default() |= bit;
            }
        }
    }

    /// The accounts that were heard from one of these shards (stream and shard), and so may have something waiting there.
    pub fn heard_from<'s>(
        &self,
        shards: impl IntoIterator<Item = (&'s str, &'s str)>,
    ) -> impl Iterator<Item = AccountId> + '_ {
        let bits = shards.into_iter().filter_map(|shard| self.bit(shard)).fold(0, |all, bit| all | bit);
        self.heard.iter().filter(move |(_, heard)| **heard & bits != 0).map(|(account, _)| *account)
    }

    fn bit(&self, shard: (&str, &str)) -> Option<u64> {
        self.shards.iter().position(|(stream, known)| (&**stream, &**known) == shard).map(bit_of)
    }

    /// Records of an account were refused by a backend.
    pub fn refused(&mut self, account: AccountId, records: u64) {
        self.row(account).refused += records;
    }

    /// Records of an account were spilled.
    pub fn spilled(&mut self, account: AccountId, records: u64) {
        self.row(account).spilled += records;
    }

    /// The counts of an account.
    #[must_use]
    pub fn get(&self, account: AccountId) -> Option<&Account> {
        self.accounts.get(&account)
    }

    /// All accounts, ascending.
    pub fn accounts(&self) -> impl ExactSizeIterator<Item = (AccountId, &Account)> {
        self.accounts.iter().map(|(account, row)| (*account, row))
    }

    fn row(&mut self, account: AccountId) -> &mut Account {
        if self.accounts.len() >= ACCOUNTS_MAX && !self.accounts.contains_key(&account) {
            return &mut self.overflow;
        }
        self.accounts.entry(account).or_default()
    }
}

/// What came, whatever became of it: bytes, errors and warnings are counted before anything is left out.
const fn counts(tally: &AccountTally) -> Counts {
    Counts {
        logs: tally.logs + tally.sampled_out + tally.policy.held_back(),
        metrics: tally.metrics,
        bytes: tally.bytes,
        errors: tally.errors,
        warnings: tally.warnings,
        delay_ms: tally.delay_ms,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_known_which_accounts_wait_behind_a_shard() {
        let account = |text| AccountId::parse(text).unwrap();
        let mut fleet = Fleet::default();
        fleet.heard(("central", "s0"), [account("111122223333"), account("444455556666")]);
        fleet.heard(("central", "s1"), [account("444455556666")]);
        fleet.heard(("other", "s0"), []);
        let from = |shards: &[&'static str]| fleet.heard_from(shards.iter().map(|shard| ("central", *shard))).count();
        assert_eq!([from(&["s0"]), from(&["s1"]), from(&["s0", "s1"]), from(&["s2"]), from(&[])], [2, 1, 2, 0, 0]);
    }

    #[test]
    fn counts_add_up() {
        let account = |text| AccountId::parse(text).unwrap();
        let known = AccountTally { known: true, logs: 2, ..AccountTally::default() };
        let tallies =
            BTreeMap::from([(account("111122223333"), known), (account("444455556666"), AccountTally::default())]);
        let mut fleet = Fleet::default();
        fleet.add(&tallies, Timestamp::from_millis(5));
        fleet.add(&tallies, Timestamp::from_millis(9));
        assert_eq!(fleet.get(account("111122223333")).map(|row| (row.logs, row.last_seen_millis)), Some((4, 9)));
    }
}
