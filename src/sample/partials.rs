//! Samples of one message as they are put together.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher, Hash, Hasher};

use serde::{Deserialize, Serialize};

use super::line::text_of;
use super::{Group, Line, Partial};
use crate::id::AccountId;
use crate::record::value::Value;
use crate::rule::RuleIdx;
use crate::time::Timestamp;

/// Collects samples by rule, group and bucket. Used again for each message, so that it keeps its room.
#[derive(Debug, Default)]
pub struct Partials {
    partials: Vec<Partial>,
    /// Place of a partial by the hash of its key; the next number where two keys share one.
    index: HashMap<u64, usize, BuildHasherDefault<DefaultHasher>>,
    /// What was counted since the last time it was taken.
    pub(super) counts: SampleCounts,
    /// Scratch of the index of rules.
    pub(super) left: Vec<u64>,
    pub(super) found: Vec<u64>,
    /// Who wants the text of the record that was looked at last.
    wanting: Vec<Wanting>,
}

/// A partial that wants the text of a record.
#[derive(Clone, Copy, Debug)]
struct Wanting {
    partial: usize,
    /// The time of the record.
    at: Timestamp,
    /// How many texts it wants.
    most: usize,
}

/// How often something was odd, once for each rule and record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SampleCounts {
    /// Samples that were taken.
    pub taken: u64,
    /// Samples whose time was held back to their arrival.
    pub ahead: u64,
    /// Records that were too old.
    pub too_old: u64,
    /// Records without a value that the rule groups by, or with one that must not leave.
    pub without_group: u64,
    /// Values that were no finite numbers.
    pub not_finite: u64,
}

impl SampleCounts {
    /// Adds other counts.
    pub const fn add(&mut self, other: &Self) {
        self.taken += other.taken;
        self.ahead += other.ahead;
        self.too_old += other.too_old;
        self.without_group += other.without_group;
        self.not_finite += other.not_finite;
    }
}

/// What samples have in common that are added up.
#[derive(Clone, Copy, Debug, Hash)]
pub(super) struct Key<'k> {
    pub(super) rule: RuleIdx,
    pub(super) account: Option<AccountId>,
    pub(super) rest: &'k [Cow<'k, str>],
    pub(super) bucket: Timestamp,
    pub(super) series: Option<(u64, Timestamp)>,
    pub(super) set: u64,
    pub(super) set_len: u8,
}

impl Key<'_> {
    fn is_of(&self, partial: &Partial) -> bool {
        (self.rule, self.bucket, self.series) == (partial.rule, partial.bucket, partial.series)
            && (self.set, self.set_len) == (partial.set, partial.set_len)
            && self.account == partial.group.account
            && self.rest.iter().map(|text| &**text).eq(partial.group.rest.iter().map(|text| &**text))
    }

    fn partial(&self, cells: usize, at: Timestamp, until: Timestamp) -> Partial {
        Partial {
            rule: self.rule,
            group: Group { account: self.account, rest: self.rest.iter().map(|text| text.as_ref().into()).collect() },
            bucket: self.bucket,
            count: 0,
            first: at,
            last: at,
            until,
            cells: vec![None; cells].into(),
            series: self.series,
            set: self.set,
            set_len: self.set_len,
            times: Vec::new(),
            lines: Vec::new(),
        }
    }
}

/// What partials of a message are sorted by; no two have the same.
type Order<'p> = (RuleIdx, &'p Group, Timestamp, Option<(u64, Timestamp)>, u8, u64);

const fn order(partial: &Partial) -> Order<'_> {
    (partial.rule, &partial.group, partial.bucket, partial.series, partial.set_len, partial.set)
}

impl Partials {
    /// Whether nothing was taken.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.partials.is_empty()
    }

    /// Gives what was taken, sorted, and begins anew.
    pub fn drain_into_vec(&mut self) -> Vec<Partial> {
        self.index.clear();
        self.wanting.clear();
        let mut partials = std::mem::take(&mut self.partials);
        partials.sort_unstable_by(|a, b| order(a).cmp(&order(b)));
        partials
    }

    /// Gives what was counted, and begins anew.
    pub fn take_counts(&mut self) -> SampleCounts {
        std::mem::take(&mut self.counts)
    }

    /// Whether a rule wants the text of the record that was looked at last.
    #[must_use]
    pub const fn wants_line(&self) -> bool {
        !self.wanting.is_empty()
    }

    /// Adds the text of the record that was looked at last where it is wanted. It must be redacted: it goes to people.
    pub fn line(&mut self, account: AccountId, log_group: &str, body: &Value<'_>) {
        let text = text_of(body);
        for Wanting { partial, at, most } in self.wanting.drain(..) {
            let lines = &mut self.partials[partial].lines;
            let place = lines.partition_point(|other| other.at <= at);
            lines.insert(place, Line { at, account, log_group: log_group.into(), text: text.clone() });
            if lines.len() > most {
                let _ = lines.remove(0);
            }
        }
    }

    /// From now on it is about another record, of which no text is wanted yet.
    pub(super) fn next_record(&mut self) {
        self.wanting.clear();
    }

    /// Wants the text of the record, unless there are enough that are newer.
    pub(super) fn want_line(&mut self, partial: usize, at: Timestamp, most: usize) {
        let lines = &self.partials[partial].lines;
        if most > 0 && (lines.len() < most || lines[0].at <= at) {
            self.wanting.push(Wanting { partial, at, most });
        }
    }

    /// The place of the partial of that key, a new one where it is the first.
    pub(super) fn place(&mut self, key: &Key<'_>, cells: usize, at: Timestamp, until: Timestamp) -> usize {
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        let mut hash = hasher.finish();
        loop {
            match self.index.get(&hash) {
                Some(place) if key.is_of(&self.partials[*place]) => return *place,
                Some(_) => hash = hash.wrapping_add(1),
                None => {
                    let _ = self.index.insert(hash, self.partials.len());
                    self.partials.push(key.partial(cells, at, until));
                    return self.partials.len() - 1;
                }
            }
        }
    }

    pub(super) fn at(&mut self, place: usize) -> &mut Partial {
        &mut self.partials[place]
    }
}
