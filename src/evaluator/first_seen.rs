//! Keys that were seen before, and those that are new: `first_seen` rules.
//!
//! A key is known by its hash only. One that is new is a candidate until it came often enough in a short time.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use crate::id::AccountId;
use crate::rule::FirstSeen;
use crate::time::Timestamp;

/// Most accounts that are told apart of a candidate; a key on more is told of as on so many.
pub const SPREAD_MAX: usize = 256;

/// Below this share of the keys that are allowed a set that was full is trusted again.
const TRUSTED: (usize, usize) = (9, 10);

/// A key that was never seen before, and came often enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct New {
    /// The key.
    pub key: Box<str>,
    /// How often it came within the time that counts.
    pub count: usize,
    /// On how many accounts since it was first seen, up to `SPREAD_MAX`.
    pub spread: usize,
    /// When it first came.
    pub since: Timestamp,
}

/// The keys of one scope: of the fleet, or of a group. It is part of the snapshot, and never learnt anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// When the rule first ran: learning counts from here.
    began: Timestamp,
    /// When keys that are known were last seen, by hash.
    known: BTreeMap<u64, Timestamp>,
    /// New keys, by hash.
    candidates: BTreeMap<u64, Candidate>,
    /// A key was forgotten for want of space, so that nobody can tell what is new.
    overflows: bool,
}

/// A key that may be new.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Candidate {
    key: Box<str>,
    since: Timestamp,
    /// When it came, ascending; the latest only.
    times: Vec<Timestamp>,
    /// Where it came from, ascending.
    accounts: Vec<Met>,
}

/// An account on which a candidate came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Met {
    account: AccountId,
    first: Timestamp,
    last: Timestamp,
}

impl Known {
    /// An empty set of a rule that first ran at `began`.
    #[must_use]
    pub fn new(began: Timestamp) -> Self {
        Self { began, known: BTreeMap::new(), candidates: BTreeMap::new(), overflows: false }
    }

    /// Takes in that a key came at these times, from an account where there is one.
    pub fn observe(&mut self, key: &str, account: Option<AccountId>, times: &[Timestamp], rule: &FirstSeen) {
        let hash = xxh3_64(key.as_bytes());
        for &at in times {
            if self.is_known(hash, at, rule) {
                continue;
            }
            let candidate = self.candidates.entry(hash).or_insert_with(|| Candidate::new(key, at));
            candidate.add(at, account, rule);
        }
        let newest = times.iter().copied().max();
        self.make_room(newest.unwrap_or(self.began), rule);
    }

    /// The keys that are new at the tick `at`, by key. Each is told once, and known from then on.
    pub fn tick(&mut self, at: Timestamp, rule: &FirstSeen) -> Vec<New> {
        self.trust_again(at, rule);
        // A rule that says nothing of how often takes a key the first time that it comes, whenever since the last tick that was.
        let within = if rule.within.is_zero() { rule.lookback } else { rule.within };
        let wanted = usize::try_from(rule.min_count.max(1)).unwrap_or(usize::MAX);
        let mut new = Vec::new();
        let mut gone = Vec::new();
        for (&hash, candidate) in &mut self.candidates {
            let count = candidate.count(at, within);
            if count >= wanted {
                new.push(New {
                    key: candidate.key.clone(),
                    count,
                    spread: candidate.spread(at),
                    since: candidate.since,
                });
                gone.push((hash, Some(candidate.last())));
            } else if !candidate.is_alive(at, within) {
                gone.push((hash, None));
            }
        }
        for (hash, seen) in gone {
            let _told = self.candidates.remove(&hash);
            if let Some(seen) = seen {
                let _before = self.known.insert(hash, seen);
            }
        }
        if self.overflows {
            new.clear();
        }
        new.sort_by(|a, b| a.key.cmp(&b.key));
        new
    }

    /// Whether keys had to be forgotten, so that nothing is told as new.
    #[must_use]
    pub fn overflows(&self) -> bool {
        self.overflows
    }

    /// How many keys take space, candidates included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.known.len() + self.candidates.len()
    }

    /// Whether no key takes space.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether a key is known when it comes at `at`; then it was seen again.
    fn is_known(&mut self, hash: u64, at: Timestamp, rule: &FirstSeen) -> bool {
        let learns = at < self.began.plus(rule.learn);
        match self.known.get_mut(&hash) {
            Some(seen) if at.since(*seen) <= rule.lookback => {
                *seen = (*seen).max(at);
                true
            }
            Some(_) if !learns => {
                let _old = self.known.remove(&hash);
                false
            }
            Some(_) | None if learns => {
                let _old = self.known.insert(hash, at);
                let _no_longer = self.candidates.remove(&hash);
                true
            }
            Some(_) | None => false,
        }
    }

    /// Forgets what is over `max_keys`: first what is old enough to be new again, then what was not seen for longest.
    fn make_room(&mut self, now: Timestamp, rule: &FirstSeen) {
        if self.len() <= rule.max_keys {
            return;
        }
        self.expire(now, rule.lookback);
        if self.len() <= rule.max_keys {
            return;
        }
        self.overflows = true;
        // A hundredth at once, so that the search for the oldest is rare.
        let excess = self.len() - rule.max_keys + rule.max_keys / 100;
        let mut by_age: Vec<(Timestamp, u64, bool)> = self
            .known
            .iter()
            .map(|(hash, seen)| (*seen, *hash, true))
            .chain(self.candidates.iter().map(|(hash, candidate)| (candidate.last(), *hash, false)))
            .collect();
        by_age.sort_unstable();
        for (_, hash, known) in by_age.into_iter().take(excess) {
            if known {
                let _old = self.known.remove(&hash);
            } else {
                let _old = self.candidates.remove(&hash);
            }
        }
    }

    fn trust_again(&mut self, at: Timestamp, rule: &FirstSeen) {
        if !self.overflows {
            return;
        }
        self.expire(at, rule.lookback);
        self.overflows = self.len() >= rule.max_keys.saturating_mul(TRUSTED.0) / TRUSTED.1;
    }

    fn expire(&mut self, now: Timestamp, lookback: Duration) {
        self.known.retain(|_, seen| now.since(*seen) <= lookback);
    }
}

impl Candidate {
    fn new(key: &str, at: Timestamp) -> Self {
        Self { key: key.into(), since: at, times: Vec::new(), accounts: Vec::new() }
    }

    fn add(&mut self, at: Timestamp, account: Option<AccountId>, rule: &FirstSeen) {
        self.since = self.since.min(at);
        let place = self.times.partition_point(|time| *time <= at);
        self.times.insert(place, at);
        // Twice what is needed: some may lie ahead of the tick.
        let most = usize::try_from(rule.min_count).unwrap_or(usize::MAX).saturating_mul(2).saturating_add(16);
        if self.times.len() > most {
            let _oldest = self.times.remove(0);
        }
        let Some(account) = account else { return };
        match self.accounts.binary_search_by_key(&account, |met| met.account) {
            Ok(place) => {
                let met = &mut self.accounts[place];
                (met.first, met.last) = (met.first.min(at), met.last.max(at));
            }
            Err(place) if self.accounts.len() < SPREAD_MAX => {
                self.accounts.insert(place, Met { account, first: at, last: at });
            }
            Err(_) => {}
        }
    }

    /// Whether it may still become new at a tick after `at`. One that was silent for too long begins anew with what came ahead of the
    /// tick, just as if that had come after it.
    fn is_alive(&mut self, at: Timestamp, within: Duration) -> bool {
        let before = self.times.partition_point(|time| *time < at);
        if before == 0 || self.times[before - 1].plus(within) >= at {
            return true;
        }
        drop(self.times.drain(..before));
        self.accounts.retain(|met| met.last >= at);
        for met in self.accounts.iter_mut().filter(|met| met.first < at) {
            met.first = met.last;
        }
        self.since = self.times.first().copied().unwrap_or(self.since);
        !self.times.is_empty()
    }

    /// On how many accounts it came before `at`.
    fn spread(&self, at: Timestamp) -> usize {
        self.accounts.iter().filter(|met| met.first < at).count()
    }

    /// How often it came in the time `within` before `at`.
    fn count(&self, at: Timestamp, within: Duration) -> usize {
        let from = at.minus(within);
        self.times.iter().filter(|time| **time >= from && **time < at).count()
    }

    fn last(&self) -> Timestamp {
        self.times.last().copied().unwrap_or(self.since)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::predicate::field::Field;
    use crate::rule::Level;

    const MINUTE: Duration = Duration::from_secs(60);
    const DAY: Duration = Duration::from_secs(86_400);

    fn rule() -> FirstSeen {
        FirstSeen {
            level: Level::Warning,
            key: Field::Message,
            signature: true,
            fleet: true,
            learn: DAY * 7,
            lookback: DAY * 30,
            min_count: 3,
            within: MINUTE * 10,
            max_keys: 100,
        }
    }

    fn began() -> Timestamp {
        Timestamp::from_seconds(1_772_409_600)
    }

    /// So many minutes after learning ended.
    fn after(minutes: u32) -> Timestamp {
        began().plus(DAY * 7).plus(MINUTE * minutes)
    }

    fn account(number: u64) -> AccountId {
        AccountId::parse(&format!("{number:012}")).unwrap()
    }

    fn keys(new: &[New]) -> Vec<&str> {
        new.iter().map(|new| &*new.key).collect()
    }

    #[test]
    fn without_a_count_a_key_is_new_the_first_time_that_it_comes() {
        let rule = FirstSeen { min_count: 1, within: Duration::ZERO, ..rule() };
        let mut known = Known::new(began());
        known.observe("a", Some(account(1)), &[after(1)], &rule);
        assert_eq!(keys(&known.tick(after(2), &rule)), ["a"]);
        known.observe("a", Some(account(1)), &[after(2)], &rule);
        assert!(known.tick(after(3), &rule).is_empty());
    }

    #[test]
    fn a_new_key_is_told_once_when_it_came_often_enough() {
        let mut known = Known::new(began());
        known.observe("disk full", Some(account(1)), &[after(0), after(1)], &rule());
        assert_eq!(known.tick(after(2), &rule()), []);
        known.observe("disk full", Some(account(2)), &[after(2)], &rule());
        assert_eq!(
            known.tick(after(3), &rule()),
            [New { key: "disk full".into(), count: 3, spread: 2, since: after(0) }]
        );
        assert_eq!(known.tick(after(4), &rule()), []);
        known.observe("disk full", Some(account(3)), &[after(4); 5], &rule());
        assert_eq!(known.tick(after(5), &rule()), []);
    }

    #[test]
    fn a_key_that_comes_too_seldom_is_not_told() {
        let mut known = Known::new(began());
        for minute in [0, 6, 12, 18, 24] {
            known.observe("now and then", None, &[after(minute)], &rule());
            assert_eq!(known.tick(after(minute + 1), &rule()), []);
        }
        known.observe("now and then", None, &[after(25), after(26)], &rule());
        assert_eq!(keys(&known.tick(after(27), &rule())), ["now and then"]);
    }

    #[test]
    fn records_ahead_of_the_tick_do_not_count_yet() {
        let mut known = Known::new(began());
        known.observe("early", None, &[after(0), after(1), after(2)], &rule());
        assert_eq!(known.tick(after(2), &rule()), []);
        assert_eq!(keys(&known.tick(after(3), &rule())), ["early"]);
    }

    #[test]
    fn a_candidate_that_was_silent_for_too_long_begins_anew_whenever_the_next_record_comes() {
        let rule = FirstSeen { min_count: 2, within: MINUTE * 5, ..rule() };
        let since = after(6).plus(MINUTE / 2);
        for ahead in [false, true] {
            let mut known = Known::new(began());
            known.observe("disk full", Some(account(1)), &[after(0)], &rule);
            if ahead {
                known.observe("disk full", Some(account(2)), &[since], &rule);
            }
            assert_eq!(known.tick(after(6), &rule), []);
            if !ahead {
                known.observe("disk full", Some(account(2)), &[since], &rule);
            }
            known.observe("disk full", Some(account(2)), &[after(7)], &rule);
            let new = New { key: "disk full".into(), count: 2, spread: 1, since };
            assert_eq!(known.tick(after(8), &rule), [new], "{ahead}");
        }
    }

    #[test]
    fn while_it_learns_nothing_is_new() {
        let mut known = Known::new(began());
        known.observe("old error", None, &[began(), began(), began()], &rule());
        assert_eq!(known.tick(began().plus(MINUTE), &rule()), []);
        known.observe("old error", None, &[after(0); 3], &rule());
        known.observe("new error", None, &[after(0); 3], &rule());
        assert_eq!(keys(&known.tick(after(1), &rule())), ["new error"]);
    }

    #[test]
    fn a_restart_neither_learns_anew_nor_forgets() {
        let mut known = Known::new(began());
        known.observe("known", None, &[began()], &rule());
        known.observe("half way", None, &[after(0), after(1)], &rule());
        let bytes = postcard::to_stdvec(&known).unwrap();
        let mut restored: Known = postcard::from_bytes(&bytes).unwrap();
        assert_eq!(restored, known);
        restored.observe("known", None, &[after(2); 9], &rule());
        restored.observe("half way", None, &[after(2)], &rule());
        assert_eq!(keys(&restored.tick(after(3), &rule())), ["half way"]);
    }

    #[test]
    fn a_key_that_was_not_seen_for_the_lookback_is_new_again() {
        let mut known = Known::new(began());
        known.observe("rare", None, &[began()], &rule());
        let still = began().plus(DAY * 30);
        known.observe("rare", None, &[still], &rule());
        assert_eq!(known.tick(still.plus(MINUTE), &rule()), []);
        let again = still.plus(DAY * 30).plus(MINUTE);
        known.observe("rare", None, &[again; 3], &rule());
        assert_eq!(keys(&known.tick(again.plus(MINUTE), &rule())), ["rare"]);
    }

    #[test]
    fn over_max_keys_the_oldest_go_and_nothing_is_told() {
        let mut known = Known::new(began());
        for number in 0..101u32 {
            known.observe(&format!("key {number}"), None, &[began().plus(MINUTE * number)], &rule());
        }
        assert!(known.overflows());
        assert_eq!(known.len(), 99);
        known.observe("key 0", None, &[after(0); 3], &rule());
        assert_eq!(known.tick(after(1), &rule()), []);
        assert!(known.overflows());
        // A month later all but that one are old enough to be forgotten, and the rule can be trusted again.
        let later = after(0).plus(DAY * 30);
        assert_eq!(known.tick(later, &rule()), []);
        assert!(!known.overflows());
        known.observe("another", None, &[later; 3], &rule());
        assert_eq!(keys(&known.tick(later.plus(MINUTE), &rule())), ["another"]);
    }

    #[test]
    fn accounts_are_told_apart_up_to_a_bound() {
        let mut known = Known::new(began());
        for number in 0..400 {
            known.observe("everywhere", Some(account(number % 300)), &[after(0)], &rule());
        }
        assert_eq!(known.tick(after(1), &rule())[0].spread, SPREAD_MAX);
    }

    proptest! {
        #[test]
        fn space_is_bounded_and_no_key_is_told_twice(
            seen in proptest::collection::vec((0u32..40, 0u32..4), 1..300), max_keys in 50usize..200,
        ) {
            let rule = FirstSeen { max_keys, ..rule() };
            let mut known = Known::new(began());
            let mut told = Vec::new();
            let mut minute = 0;
            for (key, wait) in seen {
                minute += wait;
                known.observe(&format!("key {key}"), None, &[after(minute)], &rule);
                prop_assert!(known.len() <= max_keys);
                told.extend(known.tick(after(minute + 1), &rule).into_iter().map(|new| new.key));
            }
            let all = told.len();
            told.sort();
            told.dedup();
            prop_assert_eq!(told.len(), all);
        }
    }
}
