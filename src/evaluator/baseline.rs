//! Baselines of `change` rules: what a value was before, or in the same hour of the last weeks.
//!
//! Hours and weeks are those of UTC, counted from 1970: neither daylight saving nor leap days shift a slot.

use std::collections::VecDeque;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::outlier;
use crate::rule::{Condition, Unit};
use crate::time::Timestamp;

/// Hours of a week: the slots.
const WEEK: usize = 168;
/// Weeks that are remembered.
const WEEKS: usize = 4;
const HOUR: u64 = 3600;

/// What a value is compared with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reference {
    /// What it should be; at least the floor.
    pub baseline: f64,
    /// How much that varies: the median absolute deviation, times 1.4826. `None` where one week cannot tell.
    pub mad: Option<f64>,
}

/// The value that a condition of a `change` rule compares with its bound: with `mad`, deviations above the baseline; with a
/// percentage that has a sign (`+200%`, `-50%`), the growth as a part of the baseline; else (`3x`, `200%`), multiples of the
/// baseline. `None` where there is no such number, as with a baseline of 0 or without deviations.
#[must_use]
pub fn compared(current: f64, reference: &Reference, condition: &Condition) -> Option<f64> {
    let baseline = reference.baseline;
    let compared = if condition.deviations {
        (current - baseline) / reference.mad?
    } else if condition.unit == Unit::Percent && signed(condition) {
        (current - baseline) / baseline
    } else {
        current / baseline
    };
    compared.is_finite().then_some(compared)
}

/// Whether a value is too far from what it is compared with. Where `compared` has no number it is not.
#[must_use]
pub fn compare(current: f64, reference: &Reference, condition: &Condition) -> bool {
    compared(current, reference, condition).is_some_and(|compared| condition.holds(compared))
}

fn signed(condition: &Condition) -> bool {
    condition.bound < 0.0 || condition.text.contains('+')
}

/// What the window before says (`previous`). `before` is its value, and `first_data` the time of the group's first data: the window
/// before must lie behind it as a whole, or the start of a group would be a rise.
#[must_use]
pub fn previous(
    before: Option<f64>,
    first_data: Timestamp,
    at: Timestamp,
    window: Duration,
    floor: f64,
) -> Option<Reference> {
    let covered = at >= first_data.plus(window.saturating_mul(2));
    before.filter(|_| covered).map(|before| Reference { baseline: before.max(floor), mad: None })
}

/// Whether the baseline does not learn, since the alert fires, and does not do so for longer than `freeze`.
#[must_use]
pub fn is_frozen(firing_since: Option<Timestamp>, at: Timestamp, freeze: Duration) -> bool {
    firing_since.is_some_and(|since| at.since(since) < freeze)
}

/// The means of the hours of the last four weeks. Only hours from the first with data on take space: 4 bytes each.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HourOfWeek {
    /// First hour since 1970 of `hours`.
    first: u64,
    /// Means of hours that ended; not a number where an hour was not covered.
    hours: VecDeque<f32>,
    /// The hour that is being learnt.
    current: Option<Hour>,
    /// The first tick that was learnt.
    began: Option<Timestamp>,
}

/// An hour that is being learnt.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Hour {
    hour: u64,
    sum: f64,
    windows: u32,
    wanted: u32,
}

impl HourOfWeek {
    /// Learns the value of the window that ends at the tick `at`, of the `windows_per_hour` that there should be. Ticks come in order;
    /// those without data are left out.
    pub fn learn(&mut self, at: Timestamp, value: f64, windows_per_hour: u32) {
        if !value.is_finite() {
            return;
        }
        let hour = hour_of(at);
        let current = match self.current {
            Some(current) if current.hour == hour => current,
            Some(ended) if ended.hour > hour => return,
            Some(ended) => {
                self.close(&ended);
                Hour { hour, sum: 0.0, windows: 0, wanted: 0 }
            }
            None => Hour { hour, sum: 0.0, windows: 0, wanted: 0 },
        };
        self.began = self.began.or(Some(at));
        self.current = Some(Hour {
            sum: current.sum + value,
            windows: current.windows.saturating_add(1),
            wanted: windows_per_hour.max(1),
            ..current
        });
    }

    /// What the value at the tick `at` should be: the median of the same hour of the last four weeks. `None` where none of them is
    /// covered by half.
    #[must_use]
    pub fn baseline(&self, at: Timestamp) -> Option<f64> {
        outlier::median(&mut self.weeks(at))
    }

    /// How much that hour varies from week to week: the median absolute deviation, times 1.4826. `None` with fewer than two weeks.
    #[must_use]
    pub fn mad(&self, at: Timestamp) -> Option<f64> {
        let weeks = self.weeks(at);
        let middle = outlier::median(&mut weeks.clone())?;
        if weeks.len() < 2 { None } else { outlier::mad(&weeks, middle) }
    }

    /// What the value at the tick `at` is compared with: at least `floor`, and nothing with less history than `min_history`.
    #[must_use]
    pub fn reference(&self, at: Timestamp, min_history: Duration, floor: f64) -> Option<Reference> {
        let began = self.began?;
        if at.since(began) < min_history {
            return None;
        }
        Some(Reference { baseline: self.baseline(at)?.max(floor), mad: self.mad(at) })
    }

    /// How many bytes it takes beyond itself.
    #[must_use]
    pub fn heap(&self) -> usize {
        self.hours.capacity() * size_of::<f32>()
    }

    /// Means of the same hour of the last weeks, as far as they are covered.
    fn weeks(&self, at: Timestamp) -> Vec<f64> {
        let hour = hour_of(at);
        (1..=WEEKS)
            .filter_map(|week| {
                let hour = hour.checked_sub((week * WEEK) as u64)?;
                self.mean(hour)
            })
            .collect()
    }

    fn mean(&self, hour: u64) -> Option<f64> {
        if let Some(current) = self.current.filter(|current| current.hour == hour) {
            // Only when ticks stopped for a week is an hour of the past still open.
            return current.mean().map(f64::from);
        }
        let index = usize::try_from(hour.checked_sub(self.first)?).ok()?;
        self.hours.get(index).copied().filter(|mean| mean.is_finite()).map(f64::from)
    }

    fn close(&mut self, ended: &Hour) {
        let capacity = (WEEK * WEEKS) as u64;
        let next = self.first + self.hours.len() as u64;
        if self.hours.is_empty() || ended.hour >= next + capacity {
            self.hours.clear();
            self.first = ended.hour;
        }
        while self.first + (self.hours.len() as u64) < ended.hour {
            self.hours.push_back(f32::NAN);
        }
        self.hours.push_back(ended.mean().unwrap_or(f32::NAN));
        while self.hours.len() > WEEK * WEEKS {
            let _oldest = self.hours.pop_front();
            self.first += 1;
        }
    }
}

impl Hour {
    #[expect(clippy::cast_possible_truncation, reason = "a baseline needs no more than seven digits")]
    fn mean(&self) -> Option<f32> {
        let covered = self.windows.saturating_mul(2) >= self.wanted;
        covered.then(|| (self.sum / f64::from(self.windows)) as f32)
    }
}

/// The hour since 1970 that the window before a tick belongs to: that of its last moment.
fn hour_of(at: Timestamp) -> u64 {
    at.minus(Duration::from_nanos(1)).seconds() / HOUR
}
