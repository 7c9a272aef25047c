//! A slot: what is kept of one group of one rule. Idle groups have none, or one without buckets.

use serde::{Deserialize, Serialize};

use super::memory::Memory;
use super::state::Alert;
use super::{Outcome, State};
use crate::sample::choice::{Admit, SetChoice};
use crate::sample::{Cell, Group, Line, Partial};
use crate::time::Timestamp;

/// What is kept of one group.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Slot {
    /// The group.
    pub(super) group: Group,
    /// Fingerprint of its alert.
    pub(super) id: u64,
    /// Data by time, ascending; only buckets that some tick to come looks at.
    pub(super) buckets: Vec<Bucket>,
    /// The state machine; none as long as nothing was ever wrong.
    pub(super) alert: Option<Box<Alert>>,
    /// That of `<Alert>:NoData`.
    pub(super) silent: Option<Box<Alert>>,
    /// Which of the overlapping sets of dimensions counts, for each term; none where the rule says it.
    pub(super) choices: Option<Box<[SetChoice]>>,
    /// What the kind remembers.
    pub(super) memory: Option<Box<Memory>>,
    /// Up to when the data before the last tick speaks; 1970 where there was none.
    pub(super) spoke: Timestamp,
    /// When it stopped firing last; 1970 where it never did.
    pub(super) stopped: Timestamp,
    /// Outcome of the last tick.
    pub(super) outcome: Outcome,
    /// Value of the last tick.
    pub(super) value: Option<f64>,
    /// What the directory says of it; found again after a restart.
    #[serde(skip)]
    pub(super) place: Place,
}

/// How a group stands to the directory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// The roster by which it was found; 0 for none.
    pub(super) epoch: u32,
    /// Which settings it has.
    pub(super) variant: u16,
    /// Whether the account is in scope.
    pub(super) in_scope: bool,
    /// The directory expects the group, whether it speaks or not.
    pub(super) expected: bool,
    /// When the account was created or first seen; 1970 where that was before the start.
    pub(super) born: Timestamp,
}

/// Data of one step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Bucket {
    /// Its beginning.
    pub(super) start: Timestamp,
    /// Up to when its records and points speak.
    pub(super) until: Timestamp,
    /// Time of the last record.
    pub(super) last: Timestamp,
    /// How many records.
    pub(super) count: u64,
    /// One cell for each term.
    pub(super) cells: Box<[Option<Cell>]>,
    /// What few rules need.
    pub(super) more: Option<Box<More>>,
}

/// What few rules need of a bucket.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct More {
    /// Points by series and time, where one that is sent again replaces the first.
    points: Vec<Point>,
    /// Times of records, ascending.
    pub(super) times: Vec<Timestamp>,
    /// The newest records, oldest first.
    pub(super) lines: Vec<Line>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Point {
    series: (u64, Timestamp),
    count: u64,
    cells: Box<[Option<Cell>]>,
}

/// What the buckets of a window come to.
#[derive(Debug, Default)]
pub(super) struct Totals {
    /// How many records.
    pub(super) count: u64,
    /// One cell for each term.
    pub(super) cells: Vec<Option<Cell>>,
    /// Whether any bucket of the window has data.
    pub(super) any: bool,
}

impl Slot {
    /// A group that was just met.
    pub(super) fn new(group: Group, id: u64) -> Self {
        Self {
            group,
            id,
            buckets: Vec::new(),
            alert: None,
            silent: None,
            choices: None,
            memory: None,
            spoke: Timestamp::default(),
            stopped: Timestamp::default(),
            outcome: Outcome::NoData,
            value: None,
            place: Place::default(),
        }
    }

    /// Its state.
    pub(super) fn state(&self) -> State {
        self.alert.as_ref().map_or(State::Inactive, |alert| alert.state())
    }

    /// Whether a tick without data would change nothing.
    pub(super) fn is_idle(&self) -> bool {
        let idle = |alert: &Option<Box<Alert>>| alert.as_ref().is_none_or(|alert| alert.is_idle());
        idle(&self.alert) && idle(&self.silent)
    }

    /// Whether nothing would be lost with its alerts.
    pub(super) fn is_blank(&self) -> bool {
        let blank = |alert: &Option<Box<Alert>>| alert.as_ref().is_none_or(|alert| alert.is_blank());
        blank(&self.alert) && blank(&self.silent)
    }

    /// Adds samples to their bucket. `open` are the terms that leave open which set of dimensions they mean: of those only the best
    /// set counts.
    pub(super) fn add(&mut self, partial: &Partial, lines_max: usize, open: &[bool]) {
        if open.contains(&true) {
            let mut chosen = partial.clone();
            if self.choose(&mut chosen, open) {
                self.put(&chosen, lines_max);
            }
        } else {
            self.put(partial, lines_max);
        }
    }

    /// Leaves out what is of a set that does not count. Whether anything is left.
    fn choose(&mut self, partial: &mut Partial, open: &[bool]) -> bool {
        let choices = self.choices.get_or_insert_with(|| vec![SetChoice::default(); open.len()].into());
        let mut any = false;
        for (term, (choice, cell)) in choices.iter_mut().zip(&mut partial.cells).enumerate() {
            if cell.is_none() || open.get(term) != Some(&true) {
                any |= cell.is_some();
                continue;
            }
            match choice.admit(partial.set_len, partial.set) {
                Admit::Add => any = true,
                Admit::ReplaceAll => {
                    any = true;
                    self.buckets.iter_mut().for_each(|bucket| bucket.clear(term));
                }
                Admit::Ignore => *cell = None,
            }
        }
        any
    }

    fn put(&mut self, partial: &Partial, lines_max: usize) {
        let at = self.buckets.binary_search_by_key(&partial.bucket, |bucket| bucket.start);
        let index = at.unwrap_or_else(|index| {
            self.buckets.insert(index, Bucket::new(partial));
            index
        });
        self.buckets[index].add(partial, lines_max);
    }

    /// Sums up the buckets of `[from, to)`.
    pub(super) fn total(&self, from: Timestamp, to: Timestamp, totals: &mut Totals) {
        totals.clear();
        for bucket in self.between(from, to) {
            bucket.total(totals);
        }
    }

    /// Up to when the data before `to` speaks; 1970 where there never was any.
    pub(super) fn spoke_before(&self, to: Timestamp) -> Timestamp {
        let before = self.buckets.iter().take_while(|bucket| bucket.start < to);
        before.map(|bucket| bucket.until).max().unwrap_or_default().max(self.spoke)
    }

    /// Time of the last record before `to`; 1970 where there never was any.
    pub(super) fn seen_before(&self, to: Timestamp) -> Timestamp {
        let before = self.buckets.iter().take_while(|bucket| bucket.start < to);
        before.map(|bucket| bucket.last).max().unwrap_or_default().max(self.spoke)
    }

    /// The newest records of `[from, to)`, oldest first, at most so many.
    pub(super) fn lines(&self, from: Timestamp, to: Timestamp, lines_max: usize) -> Vec<Line> {
        let mut lines: Vec<Line> = Vec::new();
        for more in self.between(from, to).filter_map(|bucket| bucket.more.as_ref()) {
            lines.extend(more.lines.iter().cloned());
        }
        newest(&mut lines, lines_max);
        lines
    }

    /// Forgets buckets that no tick from `next` on looks at.
    pub(super) fn forget(&mut self, oldest: Timestamp) {
        let gone = self.buckets.iter().take_while(|bucket| bucket.start < oldest && bucket.until <= oldest).count();
        if gone > 0 {
            drop(self.buckets.drain(..gone));
        }
        if self.buckets.is_empty() {
            self.buckets = Vec::new();
        }
    }

    /// Takes out the buckets that begin before `to`, for kinds of which each record counts once.
    pub(super) fn take_more_before(&mut self, to: Timestamp) -> Vec<More> {
        let count = self.buckets.iter().take_while(|bucket| bucket.start < to).count();
        if count == 0 {
            return Vec::new();
        }
        self.spoke = self.spoke_before(to);
        self.buckets.drain(..count).filter_map(|bucket| bucket.more).map(|more| *more).collect()
    }

    fn between(&self, from: Timestamp, to: Timestamp) -> impl Iterator<Item = &Bucket> {
        self.buckets.iter().skip_while(move |bucket| bucket.start < from).take_while(move |bucket| bucket.start < to)
    }
}

impl Bucket {
    fn new(partial: &Partial) -> Self {
        Self {
            start: partial.bucket,
            until: partial.until,
            last: partial.last,
            count: 0,
            cells: vec![None; partial.cells.len()].into(),
            more: None,
        }
    }

    fn add(&mut self, partial: &Partial, lines_max: usize) {
        self.until = self.until.max(partial.until);
        self.last = self.last.max(partial.last);
        match partial.series {
            Some(series) => self.put(series, partial),
            None => {
                self.count += u64::from(partial.count);
                merge_all(&mut self.cells, &partial.cells);
            }
        }
        if !partial.times.is_empty() {
            let times = &mut self.more.get_or_insert_default().times;
            times.extend_from_slice(&partial.times);
            times.sort_unstable();
        }
        if lines_max > 0 && !partial.lines.is_empty() {
            let lines = &mut self.more.get_or_insert_default().lines;
            lines.extend(partial.lines.iter().cloned());
            newest(lines, lines_max);
        }
    }

    /// Forgets what a term has seen.
    fn clear(&mut self, term: usize) {
        let points = self.more.iter_mut().flat_map(|more| &mut more.points).map(|point| &mut point.cells);
        for cells in points.chain([&mut self.cells]) {
            if let Some(cell) = cells.get_mut(term) {
                *cell = None;
            }
        }
    }

    fn put(&mut self, series: (u64, Timestamp), partial: &Partial) {
        let points = &mut self.more.get_or_insert_default().points;
        let point = Point { series, count: u64::from(partial.count), cells: partial.cells.clone() };
        match points.binary_search_by_key(&series, |point| point.series) {
            Ok(index) => points[index] = point,
            Err(index) => points.insert(index, point),
        }
    }

    fn total(&self, totals: &mut Totals) {
        totals.add(self.count, &self.cells);
        for point in self.more.iter().flat_map(|more| &more.points) {
            totals.add(point.count, &point.cells);
        }
    }
}

impl Totals {
    fn clear(&mut self) {
        self.count = 0;
        self.any = false;
        self.cells.clear();
    }

    fn add(&mut self, count: u64, cells: &[Option<Cell>]) {
        self.any = true;
        self.count += count;
        if self.cells.len() < cells.len() {
            self.cells.resize(cells.len(), None);
        }
        merge_all(&mut self.cells, cells);
    }
}

fn merge_all(into: &mut [Option<Cell>], cells: &[Option<Cell>]) {
    for (into, cell) in into.iter_mut().zip(cells) {
        match (into, cell) {
            (Some(into), Some(cell)) => into.merge(cell),
            (into @ None, Some(_)) => into.clone_from(cell),
            (Some(_) | None, None) => {}
        }
    }
}

/// Keeps the newest, oldest first; what comes does not depend on the order in which they came.
fn newest(lines: &mut Vec<Line>, lines_max: usize) {
    lines.sort_unstable();
    let surplus = lines.len().saturating_sub(lines_max);
    drop(lines.drain(..surplus));
}
