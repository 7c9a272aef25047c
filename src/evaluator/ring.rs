//! Rings: the buckets of one group as plain numbers side by side, so that a tick over a fleet reads memory in a row.
//!
//! A bucket is two words (its step and count; up to when it was heard of) and one or two for each term. What does not fit into
//! words (percentiles, distinct values) lies beside it, see `slot`.

use serde::{Deserialize, Serialize};

use crate::rule::{Aggregate, Kind, Rule};
use crate::sample::{Cell, Partial};
use crate::time::Timestamp;

/// Words of a bucket before its terms.
const HEAD: usize = 2;

/// A term that saw nothing: the bits of a number that no arithmetic makes.
const NOTHING: u64 = u64::MAX;

/// How the buckets of a rule lie in their rings.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    every: u64,
    words: usize,
    parts: Box<[Part]>,
    /// What counts as the last time that a group was heard of: its last record, else the end of what its points speak of.
    by_record: bool,
}

/// Where a term lies in a bucket, counting words, and how it is added up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Sum(usize),
    /// Sum and count.
    Avg(usize),
    Min(usize),
    Max(usize),
    /// Time and value.
    Last(usize),
    /// Not in the ring.
    Beside,
}

/// Steps of a window `[from, to)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Steps {
    pub(super) from: u32,
    pub(super) to: u32,
}

/// Buckets by time, ascending.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Ring(Vec<u64>);

/// What the buckets of a window come to.
#[derive(Debug, Default)]
pub(super) struct Totals {
    /// How many records.
    pub(super) count: u64,
    /// One cell for each term.
    pub(super) cells: Vec<Option<Cell>>,
    /// Whether any bucket of the window has data.
    pub(super) any: bool,
    /// Room for the values of the terms.
    pub(super) values: Vec<Option<f64>>,
}

impl Layout {
    /// How buckets of a rule lie.
    pub(super) fn new(rule: &Rule) -> Self {
        let mut words = HEAD;
        let mut part = |aggregate: Aggregate| {
            let at = words;
            let (part, width) = match aggregate {
                Aggregate::Count | Aggregate::Sum | Aggregate::Rate => (Part::Sum(at), 1),
                Aggregate::Avg => (Part::Avg(at), 2),
                Aggregate::Min => (Part::Min(at), 1),
                Aggregate::Max => (Part::Max(at), 1),
                Aggregate::Last => (Part::Last(at), 2),
                Aggregate::Distinct | Aggregate::Percentile(_) => (Part::Beside, 0),
            };
            words += width;
            part
        };
        let terms = rule.measure().map_or(&[][..], |measure| &measure.terms);
        let parts = terms.iter().map(|term| part(term.aggregate)).collect();
        let every = u64::try_from(rule.every.as_nanos()).unwrap_or(u64::MAX).max(1);
        Self { every, words, parts, by_record: matches!(rule.kind, Kind::Absence { .. }) }
    }

    /// The step that begins at a moment, or that the moment lies in.
    pub(super) fn step(&self, at: Timestamp) -> u32 {
        u32::try_from(at.nanos() / self.every).unwrap_or(u32::MAX)
    }

    /// When a step begins.
    pub(super) fn start(&self, step: u32) -> Timestamp {
        Timestamp::from_nanos(u64::from(step).saturating_mul(self.every))
    }

    /// Up to when samples speak of their group.
    pub(super) fn heard(&self, partial: &Partial) -> Timestamp {
        if self.by_record { partial.last } else { partial.until }
    }

    /// Whether a term lies beside the ring.
    pub(super) fn is_beside(&self, term: usize) -> bool {
        self.parts.get(term) == Some(&Part::Beside)
    }
}

/// Buckets of so many words, without a division, which would be much of the work.
fn ascending(mut rest: &[u64], words: usize) -> impl Iterator<Item = &[u64]> {
    std::iter::from_fn(move || {
        let (bucket, later) = rest.split_at_checked(words)?;
        rest = later;
        Some(bucket)
    })
}

/// The same, from the newest on.
fn descending(mut rest: &[u64], words: usize) -> impl Iterator<Item = &[u64]> {
    std::iter::from_fn(move || {
        let (earlier, bucket) = rest.split_at_checked(rest.len().checked_sub(words)?)?;
        rest = earlier;
        Some(bucket)
    })
}

const fn step_of(bucket: &[u64]) -> u32 {
    (bucket[0] >> 32) as u32
}

const fn count_of(bucket: &[u64]) -> u64 {
    bucket[0] & 0xffff_ffff
}

impl Ring {
    /// Whether there is no bucket.
    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Forgets everything, and the room for it.
    pub(super) fn clear(&mut self) {
        self.0 = Vec::new();
    }

    /// Adds samples to the bucket of their step; `counts` where they count themselves. Buckets before `oldest` are forgotten when a new
    /// one comes.
    pub(super) fn add(&mut self, layout: &Layout, step: u32, oldest: u32, partial: &Partial, counts: bool) {
        let bucket = self.bucket(layout, step, oldest);
        bucket[1] = bucket[1].max(layout.heard(partial).nanos());
        if counts {
            let count = count_of(bucket).saturating_add(u64::from(partial.count)).min(u64::from(u32::MAX));
            bucket[0] = u64::from(step) << 32 | count;
            for (part, cell) in layout.parts.iter().zip(&partial.cells) {
                if let Some(cell) = cell {
                    part.add(bucket, cell);
                }
            }
        }
    }

    /// Reads a word of each end and of the middle, so that all of it is at hand when it is looked at.
    pub(super) fn touch(&self) -> u64 {
        let words = [self.0.first(), self.0.get(self.0.len() / 2), self.0.last()];
        words.into_iter().flatten().fold(0, |all, word| all ^ word)
    }

    /// The step of the newest bucket.
    pub(super) fn newest(&self, layout: &Layout) -> Option<u32> {
        self.0.len().checked_sub(layout.words).map(|at| step_of(&self.0[at..]))
    }

    /// The first bucket from a step on.
    pub(super) fn first_from(&self, layout: &Layout, step: u32) -> Option<u32> {
        ascending(&self.0, layout.words).map(step_of).find(|other| *other >= step)
    }

    /// Up to when the newest bucket before a step was heard of, where it is the one right before it.
    pub(super) fn heard_at(&self, layout: &Layout, step: u32) -> Timestamp {
        let before = descending(&self.0, layout.words).find(|bucket| step_of(bucket) < step);
        let last = before.filter(|bucket| step_of(bucket).saturating_add(1) == step);
        last.map_or(Timestamp::default(), |bucket| Timestamp::from_nanos(bucket[1]))
    }

    /// Forgets buckets before a step.
    pub(super) fn forget(&mut self, layout: &Layout, oldest: u32) {
        let gone = ascending(&self.0, layout.words).take_while(|bucket| step_of(bucket) < oldest).count();
        if gone > 0 {
            drop(self.0.drain(..gone * layout.words));
        }
        if self.0.is_empty() {
            self.clear();
        }
    }

    /// Forgets what a term has seen.
    pub(super) fn clear_term(&mut self, layout: &Layout, term: usize) {
        let (first, second) = match layout.parts.get(term) {
            Some(Part::Sum(at) | Part::Min(at) | Part::Max(at)) => (*at, None),
            Some(Part::Avg(at) | Part::Last(at)) => (*at, Some(at + 1)),
            Some(Part::Beside) | None => return,
        };
        for bucket in self.0.chunks_exact_mut(layout.words) {
            bucket[first] = NOTHING;
            if let Some(second) = second {
                bucket[second] = NOTHING;
            }
        }
    }

    /// Sums up the buckets of a window.
    pub(super) fn total(&self, layout: &Layout, steps: Steps, totals: &mut Totals) {
        let words = layout.words;
        let before = ascending(&self.0, words).take_while(|bucket| step_of(bucket) < steps.from).count();
        let within = &self.0[before * words..];
        let after = descending(within, words).take_while(|bucket| step_of(bucket) >= steps.to).count();
        let within = &within[..within.len() - after * words];
        totals.count = ascending(within, words).map(count_of).sum();
        totals.any = !within.is_empty();
        totals.cells.clear();
        if totals.any {
            totals.cells.extend(layout.parts.iter().map(|part| part.total(within, words)));
        }
    }

    fn bucket(&mut self, layout: &Layout, step: u32, oldest: u32) -> &mut [u64] {
        let words = layout.words;
        let later = descending(&self.0, words).take_while(|bucket| step_of(bucket) > step).count();
        let mut end = self.0.len() - later * words;
        let known = end >= words && step_of(&self.0[end - words..]) == step;
        if !known {
            let before = self.0.len();
            self.forget(layout, oldest.min(step));
            end -= before - self.0.len();
            // One by one: twice the room for a fleet would be more than its samples.
            self.0.reserve_exact(words);
            let new = std::iter::once(u64::from(step) << 32).chain([0]);
            let new = new.chain(std::iter::repeat_n(NOTHING, words - HEAD));
            drop(self.0.splice(end..end, new));
            end += words;
        }
        &mut self.0[end - words..end]
    }
}

impl Part {
    /// Adds what a cell has seen. One of another aggregate changes nothing.
    fn add(self, bucket: &mut [u64], cell: &Cell) {
        match (self, cell) {
            (Self::Sum(at), Cell::Count(value) | Cell::Sum(value)) => {
                merge(&mut bucket[at], *value, |one, other| one + other)
            }
            (Self::Avg(at), Cell::Avg { sum, count }) => {
                merge(&mut bucket[at], *sum, |one, other| one + other);
                merge(&mut bucket[at + 1], *count, |one, other| one + other);
            }
            (Self::Min(at), Cell::Min(value)) => merge(&mut bucket[at], *value, f64::min),
            (Self::Max(at), Cell::Max(value)) => merge(&mut bucket[at], *value, f64::max),
            (Self::Last(at), Cell::Last { .. }) => {
                let mut last = last(bucket, at).unwrap_or_else(|| cell.clone());
                last.merge(cell);
                if let Cell::Last { at: time, value } = last {
                    (bucket[at], bucket[at + 1]) = (time.nanos(), value.to_bits());
                }
            }
            (Self::Sum(_) | Self::Avg(_) | Self::Min(_) | Self::Max(_) | Self::Last(_) | Self::Beside, _) => {}
        }
    }

    /// What the term comes to over buckets of so many words.
    fn total(self, buckets: &[u64], words: usize) -> Option<Cell> {
        match self {
            Self::Sum(at) => fold(buckets, words, at, |one, other| one + other).map(Cell::Sum),
            Self::Avg(at) => {
                let sum = fold(buckets, words, at, |one, other| one + other)?;
                let count = fold(buckets, words, at + 1, |one, other| one + other)?;
                Some(Cell::Avg { sum, count })
            }
            Self::Min(at) => fold(buckets, words, at, f64::min).map(Cell::Min),
            Self::Max(at) => fold(buckets, words, at, f64::max).map(Cell::Max),
            Self::Last(at) => {
                let mut cells = ascending(buckets, words).filter_map(|bucket| last(bucket, at));
                let first = cells.next()?;
                Some(cells.fold(first, |mut one, other| {
                    one.merge(&other);
                    one
                }))
            }
            Self::Beside => None,
        }
    }
}

fn merge(word: &mut u64, value: f64, by: impl Fn(f64, f64) -> f64) {
    *word = if *word == NOTHING { value } else { by(f64::from_bits(*word), value) }.to_bits();
}

fn fold(buckets: &[u64], words: usize, at: usize, by: impl Fn(f64, f64) -> f64) -> Option<f64> {
    let numbers = ascending(buckets, words).map(|bucket| bucket[at]).filter(|word| *word != NOTHING);
    numbers.map(f64::from_bits).reduce(by)
}

fn last(bucket: &[u64], at: usize) -> Option<Cell> {
    let (time, value) = (bucket[at], bucket[at + 1]);
    (value != NOTHING).then(|| Cell::Last { at: Timestamp::from_nanos(time), value: f64::from_bits(value) })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::sample::Group;

    const EVERY: u64 = 60_000_000_000;

    const ALL: [Aggregate; 6] =
        [Aggregate::Sum, Aggregate::Count, Aggregate::Avg, Aggregate::Min, Aggregate::Max, Aggregate::Last];

    fn layout() -> Layout {
        let parts = [Part::Sum(2), Part::Sum(3), Part::Avg(4), Part::Min(6), Part::Max(7), Part::Last(8)];
        Layout { every: EVERY, words: 10, parts: parts.into(), by_record: false }
    }

    /// A record of a step, with a value for some of the terms.
    fn partial(step: u32, value: f64, missing: usize) -> Partial {
        let at = Timestamp::from_nanos(u64::from(step) * EVERY);
        let cell = |aggregate: &Aggregate| {
            let mut cell = Cell::new(aggregate, false);
            let _ = cell.add(value, at);
            cell
        };
        let cells = ALL.iter().enumerate().map(|(term, aggregate)| (term != missing).then(|| cell(aggregate)));
        Partial {
            rule: 0,
            group: Group::default(),
            bucket: at,
            count: 1,
            first: at,
            last: at,
            until: at,
            cells: cells.collect(),
            series: None,
            set: 0,
            set_len: 0,
            times: Vec::new(),
            lines: Vec::new(),
        }
    }

    /// What cells of a window come to, merged one after the other.
    fn model(partials: &BTreeMap<u32, Vec<Partial>>, steps: Steps) -> (u64, Vec<Option<f64>>) {
        let mut cells: Vec<Option<Cell>> = vec![None; ALL.len()];
        let within: Vec<&Partial> = partials.range(steps.from..steps.to).flat_map(|(_, partials)| partials).collect();
        for partial in &within {
            for (into, cell) in cells.iter_mut().zip(&partial.cells) {
                match (into, cell) {
                    (Some(into), Some(cell)) => into.merge(cell),
                    (into @ None, Some(cell)) => *into = Some(cell.clone()),
                    (Some(_) | None, None) => {}
                }
            }
        }
        (within.len() as u64, values(&cells))
    }

    fn values(cells: &[Option<Cell>]) -> Vec<Option<f64>> {
        let window = std::time::Duration::from_secs(60);
        ALL.iter().zip(cells).map(|(aggregate, cell)| cell.as_ref()?.value(aggregate, window)).collect()
    }

    #[test]
    fn a_term_that_saw_nothing_has_no_value() {
        let (layout, mut ring, mut totals) = (layout(), Ring::default(), Totals::default());
        ring.add(&layout, 5, 0, &partial(5, 1.0, 2), true);
        ring.total(&layout, Steps { from: 5, to: 6 }, &mut totals);
        assert_eq!(values(&totals.cells), [Some(1.0), Some(1.0), None, Some(1.0), Some(1.0), Some(1.0)]);
        ring.total(&layout, Steps { from: 6, to: 9 }, &mut totals);
        assert_eq!((totals.any, totals.count), (false, 0));
    }

    #[test]
    fn a_new_bucket_makes_room_by_what_is_too_old() {
        let (layout, mut ring) = (layout(), Ring::default());
        for step in 0..100 {
            ring.add(&layout, step, step.saturating_sub(5), &partial(step, 1.0, 9), true);
        }
        assert_eq!((ring.0.len(), ring.newest(&layout)), (6 * layout.words, Some(99)));
        assert_eq!(ring.first_from(&layout, 0), Some(94));
    }

    #[test]
    fn it_was_heard_of_up_to_the_end_of_the_bucket_that_the_tick_is_the_first_to_look_at() {
        let (layout, mut ring) = (layout(), Ring::default());
        let until = Timestamp::from_nanos(9 * EVERY + 7);
        ring.add(&layout, 4, 0, &Partial { until, ..partial(4, 1.0, 9) }, true);
        ring.add(&layout, 7, 0, &partial(7, 1.0, 9), true);
        assert_eq!(
            [4, 5, 6].map(|tick| ring.heard_at(&layout, tick)),
            [Timestamp::default(), until, Timestamp::default()]
        );
    }

    proptest! {
        #[test]
        fn a_window_comes_to_what_its_cells_come_to(
            given in prop::collection::vec((0_u32..12, -50_i32..50, 0_usize..8), 0..60), from in 0_u32..13, width in 0_u32..13,
        ) {
            let (layout, mut ring, mut totals) = (layout(), Ring::default(), Totals::default());
            let mut partials: BTreeMap<u32, Vec<Partial>> = BTreeMap::new();
            for (step, value, missing) in given {
                let partial = partial(step, f64::from(value), missing);
                ring.add(&layout, step, 0, &partial, true);
                partials.entry(step).or_default().push(partial);
            }
            let steps = Steps { from, to: from + width };
            ring.total(&layout, steps, &mut totals);
            let (count, expected) = model(&partials, steps);
            prop_assert_eq!(totals.count, count);
            prop_assert_eq!(totals.any, count > 0);
            if totals.any {
                prop_assert_eq!(values(&totals.cells), expected);
            }
            ring.forget(&layout, from);
            ring.total(&layout, Steps { from: 0, to: 99 }, &mut totals);
            prop_assert_eq!(totals.count, model(&partials, Steps { from, to: 99 }).0);
        }
    }
}
