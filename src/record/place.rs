//! What a decoder knows of a record besides its bytes, and how it rejects what it cannot use.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

use bytes::Bytes;

use crate::id::{AccountId, Region};
use crate::reject::{Reason, Reject};
use crate::time::Timestamp;

/// The place of one record in its source, and what holds there.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// Region of the stream that carried the record; that of data which names none.
    pub region: Option<Region>,
    /// The only accounts whose data may be in it; `None` when any may.
    pub accounts: Option<&'a BTreeSet<AccountId>>,
    /// `RawRecord::position`.
    pub position: &'a str,
    /// When the pipeline received it.
    pub arrived: Timestamp,
}

impl Place<'_> {
    /// Whether data of `account` may be in the record.
    #[must_use]
    pub fn admits(&self, account: AccountId) -> bool {
        self.accounts.is_none_or(|accounts| accounts.contains(&account))
    }

    /// A reject of `data`, which must be decodable again by itself. Copies it: rejects are rare and outlive the record.
    #[must_use]
    pub fn reject(&self, refusal: Refusal, data: Cow<'_, [u8]>) -> Reject {
        let Refusal { reason, detail, account, region } = refusal;
        Reject {
            reason,
            detail,
            account,
            region: region.or(self.region),
            position: self.position.into(),
            arrived: self.arrived,
            data: Bytes::from(data.into_owned()),
        }
    }
}

/// Why something of a record is not used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Why, for counting.
    pub reason: Reason,
    /// Why, for a person.
    pub detail: String,
    /// Whose it is, where that could be read.
    pub account: Option<AccountId>,
    /// From which Region, where that could be read.
    pub region: Option<Region>,
}

impl Refusal {
    /// Something whose account is not known.
    #[must_use]
    pub fn new(reason: Reason, detail: impl Into<String>) -> Self {
        Self { reason, detail: detail.into(), account: None, region: None }
    }

    /// Something of an account that must not be in the record.
    #[must_use]
    pub fn foreign(account: AccountId, region: Option<Region>) -> Self {
        let detail = format!("the key that was shown is not for account {account}");
        Self { account: Some(account), region, ..Self::new(Reason::ForeignAccount, detail) }
    }

    fn is_like(&self, other: &Self) -> bool {
        (self.reason, self.account, self.region) == (other.reason, other.account, other.region)
    }
}

/// What is refused of one buffer. Neighbours that are refused alike become one reject, so rubbish in many small
/// pieces takes no more memory than its bytes.
#[derive(Debug, Default)]
pub struct Refusals {
    runs: Vec<Run>,
    /// Whether the last run may still grow.
    open: bool,
}

#[derive(Debug)]
struct Run {
    refusal: Refusal,
    pieces: usize,
    range: Range<usize>,
}

impl Refusals {
    /// Refuses the piece at `range`, which comes after all pieces before.
    pub fn refuse(&mut self, range: Range<usize>, refusal: Refusal) {
        match self.runs.last_mut() {
            Some(last) if self.open && last.refusal.is_like(&refusal) => {
                last.pieces += 1;
                last.range.end = range.end;
            }
            Some(_) | None => self.runs.push(Run { refusal, pieces: 1, range }),
        }
        self.open = true;
    }

    /// Notes that a piece was used, which must not end up inside a reject.
    pub fn used(&mut self) {
        self.open = false;
    }

    /// Makes the rejects; `wrap` turns bytes of the buffer into what can be decoded by itself.
    pub fn reject(self, buffer: &[u8], place: &Place<'_>, wrap: fn(&[u8]) -> Cow<'_, [u8]>, rejects: &mut Vec<Reject>) {
        rejects.extend(self.runs.into_iter().map(|run| {
            let mut refusal = run.refusal;
            if run.pieces > 1 {
                refusal.detail = format!("{}; {} more alike", refusal.detail, run.pieces - 1);
            }
            place.reject(refusal, wrap(&buffer[run.range]))
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place<'_> = Place { region: None, accounts: None, position: "p", arrived: Timestamp::from_nanos(1) };

    #[test]
    fn neighbours_that_are_refused_alike_are_one_reject() {
        let mut refusals = Refusals::default();
        refusals.refuse(0..2, Refusal::new(Reason::BadJson, "a"));
        refusals.refuse(2..4, Refusal::new(Reason::BadJson, "b"));
        refusals.refuse(4..6, Refusal::new(Reason::BadShape, "c"));
        refusals.used();
        refusals.refuse(8..9, Refusal::new(Reason::BadShape, "d"));
        let mut rejects = Vec::new();
        refusals.reject(b"aabbccxxd", &PLACE, |bytes| bytes.into(), &mut rejects);
        let told: Vec<_> = rejects.iter().map(|reject| (&reject.detail[..], &reject.data[..])).collect();
        assert_eq!(told, [("a; 1 more alike", &b"aabb"[..]), ("c", b"cc"), ("d", b"d")]);
    }
}
