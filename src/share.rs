//! Shares: which accounts take more of a queue than is theirs, and what is forwarded of them.

use crate::admission::{Admission, Admissions};
use crate::id::AccountId;

/// A queue that is less full than this has room for everyone, and nobody is over a share.
const PRESSURE: f64 = 0.5;

/// A share is never smaller than this part of the queue: a few accounts may use it whole.
const SHARE_MIN: f64 = 1.0 / 16.0;

/// How many times its share an account may have waiting before more is held back: below INFO, below WARN, below ERROR.
const STEPS: [f64; 3] = [1.0, 1.5, 2.0];

/// An account that has this many times its share waiting is not queued at all; what comes is spilled.
const OVERFLOW: f64 = 4.0;

/// Bytes of a queue that are one account's share while `accounts` have something waiting.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "a share is a rough figure")]
pub fn share_bytes(queue_bytes_max: usize, accounts: usize) -> f64 {
    queue_bytes_max as f64 * (PRESSURE / accounts.max(1) as f64).max(SHARE_MIN * PRESSURE)
}

/// What is forwarded of each account with a backlog.
#[must_use]
pub fn admissions(
    backlogs: impl ExactSizeIterator<Item = (AccountId, usize)>,
    queue_bytes: usize,
    queue_bytes_max: usize,
) -> Admissions {
    let mut admissions = Admissions::default();
    // An account that is alone hurts nobody; its source is made to wait instead.
    if is_calm(queue_bytes, queue_bytes_max) || backlogs.len() < 2 {
        return admissions;
    }
    let share = share_bytes(queue_bytes_max, backlogs.len());
    for (account, bytes) in backlogs {
        admissions.set(account, admission(bytes, share));
    }
    admissions
}

/// Whether an account has so much waiting that nothing more of it is queued.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "a share is a rough figure")]
pub fn overflows(account_bytes: usize, accounts: usize, queue_bytes: usize, queue_bytes_max: usize) -> bool {
    !is_calm(queue_bytes, queue_bytes_max) && account_bytes as f64 > share_bytes(queue_bytes_max, accounts) * OVERFLOW
}

#[expect(clippy::cast_precision_loss, reason = "a share is a rough figure")]
fn is_calm(queue_bytes: usize, queue_bytes_max: usize) -> bool {
    (queue_bytes as f64) < queue_bytes_max as f64 * PRESSURE
}

#[expect(clippy::cast_precision_loss, reason = "a share is a rough figure")]
fn admission(bytes: usize, share: f64) -> Admission {
    let shares = bytes as f64 / share;
    match STEPS.iter().filter(|step| shares > **step).count() {
        0 => Admission::All,
        1 => Admission::FromInfo,
        2 => Admission::FromWarn,
        _ => Admission::FromError,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: usize = 1 << 20;

    fn account(number: usize) -> AccountId {
        AccountId::parse(&format!("{number:012}")).unwrap()
    }

    #[test]
    fn while_the_queue_has_room_nobody_is_held_back() {
        let backlogs = [(account(1), 40 * MIB)];
        assert_eq!(admissions(backlogs.into_iter(), 40 * MIB, 100 * MIB), Admissions::default());
        assert!(!overflows(40 * MIB, 1, 40 * MIB, 100 * MIB));
    }

    #[test]
    fn under_pressure_the_one_that_floods_is_held_back_and_the_others_are_not() {
        let mut backlogs: Vec<_> = (1..=99).map(|number| (account(number), MIB / 4)).collect();
        backlogs.push((account(0), 50 * MIB));
        let held = admissions(backlogs.into_iter(), 75 * MIB, 100 * MIB);
        assert_eq!(held.of(account(0)), Admission::FromError);
        assert_eq!((held.of(account(1)), held.over()), (Admission::All, 1));
        assert!(overflows(50 * MIB, 100, 75 * MIB, 100 * MIB));
    }

    #[test]
    fn more_is_held_back_the_more_is_waiting_but_nothing_of_an_account_alone() {
        let two = |bytes| [(account(1), bytes), (account(2), 1)].into_iter();
        let held = |bytes| admissions(two(bytes), 60 * MIB, 100 * MIB).of(account(1));
        let steps = [25, 30, 40, 51].map(|mebibytes| held(mebibytes * MIB));
        assert_eq!(steps, [Admission::All, Admission::FromInfo, Admission::FromWarn, Admission::FromError]);
        let alone = [(account(1), 90 * MIB)].into_iter();
        assert_eq!(admissions(alone, 90 * MIB, 100 * MIB), Admissions::default());
    }
}
