//! A slot: what is kept of one group of one rule. Idle groups have none, or one without buckets.

use serde::{Deserialize, Serialize};

use super::memory::Memory;
use super::reading::Reading;
use super::ring::{Layout, Ring, Steps, Totals};
use super::state::Alert;
use super::state::compact::Number;
use super::{Outcome, State};
use crate::sample::choice::{Admit, SetChoice};
use crate::sample::{Cell, Group, Line, Partial};
use crate::time::Timestamp;

/// What is kept of one group. A tick reads all of them, so what few groups have lies elsewhere (`rare`).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Slot {
    /// The group.
    pub(super) group: Group,
    /// Fingerprint of its alert.
    pub(super) id: u64,
    /// Data that some tick to come looks at.
    pub(super) ring: Ring,
    /// The state machine; none as long as nothing was ever wrong.
    pub(super) alert: Option<Box<Alert>>,
    rare: Option<Box<Rare>>,
    /// Up to when the data before the next tick speaks, as far as it came before the last one; 1970 where there was none.
    pub(super) spoke: Timestamp,
    /// When it stopped firing last; 1970 where it never did.
    pub(super) stopped: Timestamp,
    value: Number,
    /// What the directory says of it; found again after a restart.
    #[serde(skip)]
    pub(super) place: Place,
    /// Outcome of the last tick.
    pub(super) outcome: Outcome,
}

/// How a group stands to the directory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// The roster by which it was found; 0 for none.
    pub(super) epoch: u32,
    /// Which settings it has.
    pub(super) variant: u16,
    /// Whether the account is in scope.
    pub(super) scope: Scope,
    /// The directory expects the group, whether it speaks or not.
    pub(super) expected: bool,
    /// When the account was created or first seen; 1970 where that was before the start.
    pub(super) born: Timestamp,
}

/// Whether an account is in scope of a rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Scope {
    /// It is not.
    #[default]
    Out,
    /// It is.
    In,
    /// It is closed or has left, so nothing is expected of it.
    Ended,
}

impl Place {
    /// Whether the account is in scope.
    pub(super) const fn in_scope(self) -> bool {
        matches!(self.scope, Scope::In)
    }
}

/// What few groups have.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Rare {
    /// The state machine of `<Alert>:NoData`.
    silent: Option<Box<Alert>>,
    /// Which of the overlapping sets of dimensions counts, for each term; none where the rule says it.
    choices: Option<Box<[SetChoice]>>,
    /// What the kind remembers.
    memory: Option<Memory>,
    /// What lies beside the ring, by step, ascending.
    more: Vec<(u32, More)>,
}

/// What few rules need of a bucket.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct More {
    /// Cells of terms that do not fit into the ring; empty, or one for each term.
    large: Box<[Option<Cell>]>,
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

/// How a rule takes samples in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Intake<'a> {
    pub(super) layout: &'a Layout,
    /// Most records that are kept of a bucket.
    pub(super) lines_max: usize,
    /// Terms that leave open which set of dimensions they mean: of those only the best set counts. Empty where none does.
    pub(super) open: &'a [bool],
    /// Buckets before this step are of no use any more.
    pub(super) oldest: u32,
    /// Whether buckets are of use beside telling up to when the group was heard of.
    pub(super) keeps: bool,
    /// The step of the next tick.
    pub(super) next: u32,
}

impl Slot {
    /// A group that was just met.
    pub(super) fn new(group: Group, id: u64) -> Self {
        Self {
            group,
            id,
            ring: Ring::default(),
            alert: None,
            rare: None,
            spoke: Timestamp::default(),
            stopped: Timestamp::default(),
            value: Number::default(),
            place: Place::default(),
            outcome: Outcome::NoData,
        }
    }

    /// Its alerts, without data.
    pub(super) fn without_data(self, spoke: Timestamp) -> Self {
        let silent = self.rare.and_then(|rare| rare.silent);
        let rare = silent.map(|silent| Box::new(Rare { silent: Some(silent), ..Rare::default() }));
        Self { alert: self.alert, rare, stopped: self.stopped, spoke, ..Self::new(self.group, self.id) }
    }

    /// Its state.
    pub(super) fn state(&self) -> State {
        self.alert.as_ref().map_or(State::Inactive, |alert| alert.state())
    }

    /// Value of the last tick.
    pub(super) fn value(&self) -> Option<f64> {
        self.value.get()
    }

    /// Notes what a tick says.
    pub(super) fn note(&mut self, reading: Reading) {
        self.outcome = reading.outcome;
        self.value = Number::new(reading.value);
    }

    /// The state machine of `<Alert>:NoData`.
    pub(super) fn silent(&self) -> Option<&Alert> {
        self.rare.as_ref()?.silent.as_deref()
    }

    /// The same, to be stepped.
    pub(super) fn silent_mut(&mut self) -> Option<&mut Alert> {
        self.rare.as_mut()?.silent.as_deref_mut()
    }

    /// The same, which is there from now on.
    pub(super) fn ensure_silent(&mut self) -> &mut Alert {
        self.rare.get_or_insert_default().silent.get_or_insert_default()
    }

    /// Takes that away.
    pub(super) fn take_silent(&mut self) -> Option<Box<Alert>> {
        self.rare.as_mut()?.silent.take()
    }

    /// What the kind remembers.
    pub(super) fn memory(&self) -> Option<&Memory> {
        self.rare.as_ref()?.memory.as_ref()
    }

    /// The same, to be added to.
    pub(super) fn memory_mut(&mut self) -> Option<&mut Memory> {
        self.rare.as_mut()?.memory.as_mut()
    }

    /// Remembers something.
    pub(super) fn remember(&mut self, memory: Memory) {
        self.rare.get_or_insert_default().memory = Some(memory);
    }

    /// Whether a tick without data would change nothing.
    pub(super) fn is_idle(&self) -> bool {
        self.alert.as_deref().is_none_or(Alert::is_idle) && self.silent().is_none_or(Alert::is_idle)
    }

    /// Whether nothing would be lost with its alerts.
    pub(super) fn is_blank(&self) -> bool {
        self.alert.as_deref().is_none_or(Alert::is_blank) && self.silent().is_none_or(Alert::is_blank)
    }

    /// Adds samples to their bucket.
    pub(super) fn add(&mut self, partial: &Partial, intake: &Intake<'_>) {
        if intake.open.is_empty() {
            self.put(partial, intake);
            return;
        }
        let mut chosen = partial.clone();
        if self.choose(&mut chosen, intake) {
            self.put(&chosen, intake);
        }
    }

    /// Leaves out what is of a set that does not count. Whether anything is left.
    fn choose(&mut self, partial: &mut Partial, intake: &Intake<'_>) -> bool {
        let rare = self.rare.get_or_insert_default();
        let choices = rare.choices.get_or_insert_with(|| vec![SetChoice::default(); intake.open.len()].into());
        let mut any = false;
        for (term, (choice, cell)) in choices.iter_mut().zip(&mut partial.cells).enumerate() {
            if cell.is_none() || intake.open.get(term) != Some(&true) {
                any |= cell.is_some();
                continue;
            }
            match choice.admit(partial.set_len, partial.set) {
                Admit::Add => any = true,
                Admit::ReplaceAll => {
                    any = true;
                    self.ring.clear_term(intake.layout, term);
                    rare.more.iter_mut().for_each(|(_, more)| more.clear(term));
                }
                Admit::Ignore => *cell = None,
            }
        }
        any
    }

    fn put(&mut self, partial: &Partial, intake: &Intake<'_>) {
        let step = intake.layout.step(partial.bucket);
        if step < intake.next {
            // The next tick looks at it, whatever becomes of its bucket.
            self.spoke = self.spoke.max(intake.layout.heard(partial));
        }
        if step < intake.oldest || (step < intake.next && !intake.keeps) {
            return;
        }
        self.ring.add(intake.layout, step, intake.oldest, partial, partial.series.is_none());
        let large = (0..).zip(&partial.cells).any(|(term, cell)| cell.is_some() && intake.layout.is_beside(term));
        let lines = intake.lines_max > 0 && !partial.lines.is_empty();
        if large || lines || partial.series.is_some() || !partial.times.is_empty() {
            self.more(step).add(partial, intake);
        }
    }

    fn more(&mut self, step: u32) -> &mut More {
        let more = &mut self.rare.get_or_insert_default().more;
        let index = more.binary_search_by_key(&step, |(step, _)| *step).unwrap_or_else(|index| {
            more.insert(index, (step, More::default()));
            index
        });
        &mut more[index].1
    }

    /// Takes note of how far data speaks that a tick is the first to look at.
    pub(super) fn hear(&mut self, layout: &Layout, tick: u32) {
        self.spoke = self.spoke.max(self.ring.heard_at(layout, tick));
    }

    /// Sums up the buckets of a window.
    pub(super) fn total(&self, layout: &Layout, steps: Steps, totals: &mut Totals) {
        self.ring.total(layout, steps, totals);
        for more in self.within(steps) {
            totals.merge(&more.large);
            for point in &more.points {
                totals.count += point.count;
                totals.merge(&point.cells);
            }
        }
    }

    /// The newest records of a window, oldest first, at most so many.
    pub(super) fn lines(&self, steps: Steps, lines_max: usize) -> Vec<Line> {
        let mut lines: Vec<Line> = self.within(steps).flat_map(|more| more.lines.iter().cloned()).collect();
        newest(&mut lines, lines_max);
        lines
    }

    /// Forgets what no tick looks at any more.
    pub(super) fn forget(&mut self, layout: &Layout, oldest: u32, keeps: bool) {
        if !keeps {
            self.ring.forget(layout, oldest);
        } else if self.ring.newest(layout).is_some_and(|newest| newest < oldest) {
            self.ring.clear();
        }
        let Some(rare) = &mut self.rare else { return };
        let gone = rare.more.iter().take_while(|(step, _)| *step < oldest).count();
        if gone > 0 {
            drop(rare.more.drain(..gone));
        }
        if rare.more.is_empty() && rare.silent.is_none() && rare.choices.is_none() && rare.memory.is_none() {
            self.rare = None;
        }
    }

    /// Takes out the buckets before a step, for kinds of which each record counts once.
    pub(super) fn take_more_before(&mut self, layout: &Layout, step: u32) -> Vec<More> {
        self.hear(layout, step);
        self.ring.forget(layout, step);
        let Some(rare) = &mut self.rare else { return Vec::new() };
        let count = rare.more.iter().take_while(|(other, _)| *other < step).count();
        rare.more.drain(..count).map(|(_, more)| more).collect()
    }

    fn within(&self, steps: Steps) -> impl Iterator<Item = &More> {
        let more = self.rare.iter().flat_map(|rare| &rare.more);
        more.filter(move |(step, _)| (steps.from..steps.to).contains(step)).map(|(_, more)| more)
    }
}

impl More {
    fn add(&mut self, partial: &Partial, intake: &Intake<'_>) {
        match partial.series {
            Some(series) => self.put(series, partial),
            None => self.add_large(partial, intake.layout),
        }
        if !partial.times.is_empty() {
            self.times.extend_from_slice(&partial.times);
            self.times.sort_unstable();
        }
        if intake.lines_max > 0 && !partial.lines.is_empty() {
            self.lines.extend(partial.lines.iter().cloned());
            newest(&mut self.lines, intake.lines_max);
        }
    }

    fn add_large(&mut self, partial: &Partial, layout: &Layout) {
        for (term, cell) in partial.cells.iter().enumerate().filter(|(term, _)| layout.is_beside(*term)) {
            if self.large.is_empty() {
                self.large = vec![None; partial.cells.len()].into();
            }
            if let Some(into) = self.large.get_mut(term) {
                merge(into, cell.as_ref());
            }
        }
    }

    /// Forgets what a term has seen.
    fn clear(&mut self, term: usize) {
        for cells in self.points.iter_mut().map(|point| &mut point.cells).chain([&mut self.large]) {
            if let Some(cell) = cells.get_mut(term) {
                *cell = None;
            }
        }
    }

    fn put(&mut self, series: (u64, Timestamp), partial: &Partial) {
        let point = Point { series, count: u64::from(partial.count), cells: partial.cells.clone() };
        match self.points.binary_search_by_key(&series, |point| point.series) {
            Ok(index) => self.points[index] = point,
            Err(index) => self.points.insert(index, point),
        }
    }
}

impl Totals {
    fn merge(&mut self, cells: &[Option<Cell>]) {
        if self.cells.len() < cells.len() {
            self.cells.resize(cells.len(), None);
        }
        for (into, cell) in self.cells.iter_mut().zip(cells) {
            merge(into, cell.as_ref());
        }
    }
}

fn merge(into: &mut Option<Cell>, cell: Option<&Cell>) {
    match (into, cell) {
        (Some(into), Some(cell)) => into.merge(cell),
        (into @ None, Some(cell)) => *into = Some(cell.clone()),
        (Some(_) | None, None) => {}
    }
}

/// Keeps the newest, oldest first; what comes does not depend on the order in which they came.
fn newest(lines: &mut Vec<Line>, lines_max: usize) {
    lines.sort_unstable();
    let surplus = lines.len().saturating_sub(lines_max);
    drop(lines.drain(..surplus));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::footprint::GROUP_BYTES;

    /// A slot, an eighth more for room to grow, and its place in the index.
    #[test]
    fn a_group_takes_as_much_as_people_are_told() {
        assert_eq!((size_of::<Slot>(), GROUP_BYTES), (128, 128 + 16 + 24));
    }
}
