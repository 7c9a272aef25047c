//! A queue that is fair between accounts: each gets its turn by bytes, however much another one has waiting.

use std::collections::{HashMap, VecDeque};

use crate::id::AccountId;
use crate::time::Timestamp;

/// Bytes that an account may take in one round. A chunk is at most a little over 1 MiB, so no chunk waits for many rounds,
/// and small accounts send all they have in one.
const QUANTUM_BYTES: usize = 64 * 1024;

/// A queue by deficit round robin (Shreedhar and Varghese, 1995).
///
/// Bound: an item at the front of its account's backlog leaves after at most `ceil(bytes / quantum)` rounds, and in a
/// round each other account sends at most one quantum more than its largest item.
#[derive(Debug)]
pub struct FairQueue<T> {
    backlogs: HashMap<AccountId, Backlog<T>>,
    /// Accounts with a backlog, the next one in front.
    ring: VecDeque<AccountId>,
    bytes: usize,
}

#[derive(Debug)]
struct Backlog<T> {
    items: VecDeque<Item<T>>,
    bytes: usize,
    deficit: usize,
}

#[derive(Debug)]
struct Item<T> {
    bytes: usize,
    since: Timestamp,
    value: T,
}

impl<T> Default for FairQueue<T> {
    fn default() -> Self {
        Self { backlogs: HashMap::new(), ring: VecDeque::new(), bytes: 0 }
    }
}

impl<T> FairQueue<T> {
    /// Adds an item of `bytes` behind the others of its account.
    pub fn push(&mut self, account: AccountId, bytes: usize, now: Timestamp, value: T) {
        let backlog = self.backlogs.entry(account).or_insert_with(|| {
            self.ring.push_back(account);
            Backlog { items: VecDeque::new(), bytes: 0, deficit: 0 }
        });
        backlog.items.push_back(Item { bytes, since: now, value });
        backlog.bytes += bytes;
        self.bytes += bytes;
    }

    /// Takes items until `bytes_max` is reached or nothing is left; at least one, if there is one.
    pub fn take(&mut self, bytes_max: usize) -> Vec<T> {
        let mut taken = Vec::new();
        let mut taken_bytes = 0;
        while let Some(account) = self.ring.front().copied() {
            let backlog = self.backlogs.get_mut(&account).expect("the ring holds accounts with a backlog");
            backlog.deficit += QUANTUM_BYTES;
            while let Some(item) = backlog.items.front().filter(|item| item.bytes <= backlog.deficit) {
                if !taken.is_empty() && taken_bytes + item.bytes > bytes_max {
                    // Its turn goes on with the next batch; the quantum of this visit was not used up.
                    backlog.deficit -= QUANTUM_BYTES.min(backlog.deficit);
                    return taken;
                }
                let item = backlog.items.pop_front().expect("it was just looked at");
                backlog.deficit -= item.bytes;
                backlog.bytes -= item.bytes;
                self.bytes -= item.bytes;
                taken_bytes += item.bytes;
                taken.push(item.value);
            }
            self.ring.rotate_left(1);
            if self.backlogs[&account].items.is_empty() {
                let _ = self.backlogs.remove(&account);
                let _ = self.ring.pop_back();
            }
        }
        taken
    }

    /// Since when the item that waits longest has been waiting.
    #[must_use]
    pub fn oldest(&self) -> Option<Timestamp> {
        self.backlogs.values().filter_map(|backlog| backlog.items.front()).map(|item| item.since).min()
    }

    /// Bytes of all items.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Bytes of one account's items.
    #[must_use]
    pub fn bytes_of(&self, account: AccountId) -> usize {
        self.backlogs.get(&account).map_or(0, |backlog| backlog.bytes)
    }

    /// Accounts that have something waiting, and how many bytes.
    pub fn backlogs(&self) -> impl ExactSizeIterator<Item = (AccountId, usize)> {
        self.backlogs.iter().map(|(account, backlog)| (*account, backlog.bytes))
    }

    /// Whether nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.backlogs.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1);

    fn account(number: usize) -> AccountId {
        AccountId::parse(&format!("{number:012}")).unwrap()
    }

    #[test]
    fn a_flood_of_one_account_does_not_delay_the_others() {
        let mut queue = FairQueue::default();
        for index in 0..1000 {
            queue.push(account(0), 10_000, NOW, (0, index));
        }
        for quiet in 1..=10 {
            queue.push(account(quiet), 1_000, NOW, (quiet, 0));
        }
        let first = queue.take(200_000);
        let quiet = first.iter().filter(|(account, _)| *account != 0).count();
        assert_eq!(quiet, 10, "all others leave with the first batch");
    }

    #[test]
    fn an_item_larger_than_a_batch_leaves_alone() {
        let mut queue = FairQueue::default();
        queue.push(account(1), 5_000_000, NOW, 'a');
        queue.push(account(1), 1, NOW, 'b');
        assert_eq!(queue.take(1_000), ['a']);
        assert_eq!(queue.take(1_000), ['b']);
        assert!(queue.is_empty() && queue.take(1_000).is_empty());
    }

    proptest! {
        #[test]
        fn everything_leaves_once_and_in_the_order_of_its_account(
            items in prop::collection::vec((0_usize..5, 0_usize..300_000), 0..60), batch in 1_usize..1_000_000,
        ) {
            let mut queue = FairQueue::default();
            for (index, (owner, bytes)) in items.iter().enumerate() {
                queue.push(account(*owner), *bytes, Timestamp::from_seconds(index as u64), (*owner, index));
            }
            let mut taken = Vec::new();
            while !queue.is_empty() {
                let batch = queue.take(batch);
                prop_assert!(!batch.is_empty());
                taken.extend(batch);
            }
            prop_assert_eq!((taken.len(), queue.bytes()), (items.len(), 0));
            for owner in 0..5 {
                let order: Vec<_> = taken.iter().filter(|(of, _)| *of == owner).map(|(_, index)| *index).collect();
                prop_assert!(order.is_sorted());
            }
        }
    }
}
