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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::rule::Comparison;

    const MINUTE: Duration = Duration::from_secs(60);

    /// A Monday, 00:00 UTC.
    fn monday() -> Timestamp {
        Timestamp::from_seconds(1_772_409_600)
    }

    fn hours(count: u64) -> Duration {
        Duration::from_secs(count * HOUR)
    }

    fn condition(comparison: Comparison, bound: f64, unit: Unit, deviations: bool, text: &str) -> Condition {
        Condition { comparison, bound, unit, deviations, within: None, text: text.into() }
    }

    /// Learns an hour whose windows, of five minutes each, all have the same value.
    fn hour(baseline: &mut HourOfWeek, begins: Timestamp, value: f64, windows: u64) {
        for window in 1..=windows {
            let at = begins.plus(MINUTE * 5 * u32::try_from(window).unwrap());
            baseline.learn(at, value, 12);
        }
    }

    fn weeks_of_mondays(values: &[f64]) -> HourOfWeek {
        let mut baseline = HourOfWeek::default();
        for (week, value) in values.iter().enumerate() {
            hour(&mut baseline, monday().plus(hours(168 * week as u64)), *value, 12);
        }
        baseline
    }

    /// Half past midnight of the Monday after so many weeks.
    fn half_past(weeks: u64) -> Timestamp {
        monday().plus(hours(168 * weeks)).plus(MINUTE * 30)
    }

    #[test]
    fn the_baseline_is_the_median_of_the_same_hour_of_the_last_four_weeks() {
        let baseline = weeks_of_mondays(&[1000.0, 10.0, 20.0, 30.0, 90.0]);
        assert_eq!(baseline.baseline(half_past(5)), Some(25.0));
        assert_eq!(baseline.mad(half_past(5)), Some(10.0 * 1.4826));
        assert_eq!(baseline.baseline(half_past(5).plus(hours(1))), None);
    }

    #[test]
    fn an_hour_counts_with_the_mean_of_its_windows_up_to_the_one_that_ends_it() {
        let mut baseline = HourOfWeek::default();
        for window in 1..=12u32 {
            baseline.learn(monday().plus(MINUTE * 5 * window), f64::from(window), 12);
        }
        baseline.learn(monday().plus(MINUTE * 65), 500.0, 12);
        assert_eq!(baseline.baseline(monday().plus(hours(169))), Some(6.5));
    }

    #[test]
    fn a_slot_without_coverage_is_not_used() {
        let mut baseline = HourOfWeek::default();
        hour(&mut baseline, monday(), 10.0, 12);
        hour(&mut baseline, monday().plus(hours(168)), 1000.0, 5);
        hour(&mut baseline, monday().plus(hours(168 * 2)), 30.0, 6);
        hour(&mut baseline, monday().plus(hours(168 * 3)), 1.0, 1);
        assert_eq!(baseline.baseline(half_past(3)), Some(20.0));
        assert_eq!(baseline.baseline(half_past(3).plus(hours(5))), None);
        assert_eq!(baseline.mad(half_past(2)), None);
    }

    #[test]
    fn weeks_that_were_left_out_do_not_count_for_others() {
        let mut baseline = weeks_of_mondays(&[10.0]);
        hour(&mut baseline, monday().plus(hours(168 * 3)), 50.0, 12);
        hour(&mut baseline, monday().plus(hours(168 * 3 + 1)), 7.0, 12);
        assert_eq!(baseline.baseline(half_past(4)), Some(30.0));
        assert_eq!(baseline.baseline(half_past(5)), Some(50.0));
        assert_eq!(baseline.baseline(half_past(8)), None);
        hour(&mut baseline, monday().plus(hours(168 * 60)), 3.0, 12);
        assert_eq!(baseline.baseline(half_past(61)), Some(3.0));
    }

    #[test]
    fn daylight_saving_and_leap_days_shift_no_slot() {
        // Monday 2028-02-14 to Monday 2028-04-03: a leap day, and summer time begins in America and Europe.
        let begins = Timestamp::from_seconds(1_834_099_200);
        assert_eq!(begins.date(), (2028, 2, 14));
        let mut baseline = HourOfWeek::default();
        for week in 0..7 {
            for of_day in 0..24 {
                let value = if of_day == 9 { 900.0 } else { 100.0 };
                hour(&mut baseline, begins.plus(hours(168 * week + of_day)), value, 12);
            }
        }
        let next = begins.plus(hours(168 * 7)).plus(MINUTE * 30);
        assert_eq!(next.date(), (2028, 4, 3));
        assert_eq!(baseline.baseline(next.plus(hours(9))), Some(900.0));
        assert_eq!(baseline.baseline(next.plus(hours(8))), Some(100.0));
        assert_eq!(baseline.baseline(next.plus(hours(10))), Some(100.0));
    }

    #[test]
    fn too_short_a_history_says_nothing_and_a_low_baseline_counts_as_the_floor() {
        let baseline = weeks_of_mondays(&[4.0, 4.0]);
        let two_weeks = hours(24 * 14);
        assert_eq!(baseline.reference(half_past(1), two_weeks, 20.0), None);
        let reference = baseline.reference(half_past(2), two_weeks, 20.0);
        assert_eq!(reference, Some(Reference { baseline: 20.0, mad: Some(0.0) }));
        assert_eq!(HourOfWeek::default().reference(half_past(2), Duration::ZERO, 20.0), None);
    }

    #[test]
    fn the_window_before_counts_from_two_windows_after_the_first_data_on() {
        let window = MINUTE * 30;
        let at = |minutes: u32| monday().plus(MINUTE * minutes);
        assert_eq!(previous(Some(3.0), monday(), at(59), window, 0.0), None);
        assert_eq!(previous(Some(3.0), monday(), at(60), window, 0.0), Some(Reference { baseline: 3.0, mad: None }));
        assert_eq!(previous(Some(3.0), monday(), at(60), window, 20.0), Some(Reference { baseline: 20.0, mad: None }));
        assert_eq!(previous(None, monday(), at(60), window, 20.0), None);
    }

    #[test]
    fn bounds_are_multiples_growth_or_deviations() {
        let reference = Reference { baseline: 100.0, mad: Some(10.0) };
        let factor = condition(Comparison::Above, 3.0, Unit::Factor, false, "> 3x");
        assert!(!compare(300.0, &reference, &factor));
        assert!(compare(301.0, &reference, &factor));
        let growth = condition(Comparison::Above, 2.0, Unit::Percent, false, "> +200%");
        assert!(!compare(300.0, &reference, &growth));
        assert!(compare(301.0, &reference, &growth));
        let fall = condition(Comparison::Below, -0.5, Unit::Percent, false, "< -50%");
        assert!(!compare(50.0, &reference, &fall));
        assert!(compare(49.0, &reference, &fall));
        let part = condition(Comparison::Below, 0.5, Unit::Percent, false, "< 50%");
        assert!(compare(49.0, &reference, &part));
        let little = condition(Comparison::Below, 0.2, Unit::Factor, false, "< 0.2x");
        assert!(compare(19.0, &reference, &little));
        let deviations = condition(Comparison::Above, 5.0, Unit::Number, true, "> 5 mad");
        assert!(!compare(150.0, &reference, &deviations));
        assert!(compare(151.0, &reference, &deviations));
    }

    #[test]
    fn nothing_is_compared_with_nothing() {
        let factor = condition(Comparison::Above, 3.0, Unit::Factor, false, "> 3x");
        assert!(!compare(5.0, &Reference { baseline: 0.0, mad: None }, &factor));
        let deviations = condition(Comparison::Above, 5.0, Unit::Number, true, "> 5 mad");
        assert!(!compare(5.0, &Reference { baseline: 1.0, mad: None }, &deviations));
    }

    #[test]
    fn a_firing_alert_freezes_its_baseline_for_a_while() {
        let day = hours(24);
        assert!(!is_frozen(None, monday(), day));
        assert!(is_frozen(Some(monday()), monday().plus(hours(23)), day));
        assert!(!is_frozen(Some(monday()), monday().plus(day), day));
    }

    #[test]
    fn space_grows_with_history_up_to_four_weeks() {
        let mut baseline = HourOfWeek::default();
        assert_eq!(baseline.heap(), 0);
        for of_weeks in 0..(168 * 9) {
            hour(&mut baseline, monday().plus(hours(of_weeks)), 1.0, 12);
        }
        assert_eq!(baseline.hours.len(), 672);
        assert!(baseline.heap() <= 4096);
        let bytes = postcard::to_stdvec(&baseline).unwrap();
        assert!(bytes.len() < 2750, "{}", bytes.len());
        assert_eq!(postcard::from_bytes::<HourOfWeek>(&bytes).unwrap(), baseline);
    }

    proptest! {
        #[test]
        fn the_baseline_lies_within_what_was_learnt(
            values in proptest::collection::vec(0f64..1e6, 1..400), gaps in proptest::collection::vec(1u64..30, 400),
        ) {
            let mut baseline = HourOfWeek::default();
            let mut at = monday();
            for (value, gap) in values.iter().zip(gaps) {
                at = at.plus(hours(gap));
                baseline.learn(at, *value, 1);
                if let Some(expected) = baseline.baseline(at) {
                    prop_assert!((-1.0..=1e6 + 1.0).contains(&expected));
                }
                prop_assert!(baseline.hours.len() <= 672);
            }
        }
    }
}
