//! Forecasts: where a value will be if it goes on as it did. The slope is the median of the slopes between all pairs of points
//! (Theil-Sen), which a fifth of wild points does not move.

use std::collections::VecDeque;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Outcome, outlier};
use crate::rule::{Comparison, Condition, Level, Settings};
use crate::time::Timestamp;

/// Most points that are kept: two weeks of hours. A longer history at a finer step keeps every second, third.. point.
pub const POINTS_MAX: usize = 336;
/// The least share of points from the first to the last that must be there.
const COVERAGE: (usize, usize) = (2, 3);
/// A value below this part of the one before was reset.
const RESET: f32 = 0.5;

/// The points of one group. 4 bytes each.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// Tick of the last point.
    last: Timestamp,
    /// Seconds between points.
    step: u64,
    /// Values, oldest first; not a number where a tick had none. The first and the last are there.
    points: VecDeque<f32>,
}

/// A straight line through the points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trend {
    /// The median of the last three values: where the line is now.
    pub last: f64,
    /// What it gains in a second.
    pub slope: f64,
}

/// How far apart points are kept: `every`, or the least multiple of it that fits the history into `POINTS_MAX`.
#[must_use]
pub fn step(every: Duration, history: Duration) -> Duration {
    let every = every.max(Duration::from_secs(1));
    let wanted = history.as_secs().div_ceil(every.as_secs()).max(1);
    let stride = wanted.div_ceil(POINTS_MAX as u64);
    every.saturating_mul(u32::try_from(stride).unwrap_or(u32::MAX))
}

impl History {
    /// Adds the value of the tick `at`. Ticks come in order; those without a value are left out. A value of less than half of the one
    /// before is a reset: what was before is forgotten.
    pub fn push(&mut self, at: Timestamp, value: f64, every: Duration, history: Duration) {
        let step = step(every, history).as_secs();
        if !value.is_finite() || !at.seconds().is_multiple_of(step) {
            return;
        }
        if self.step != step {
            *self = Self { step, ..Self::default() };
        }
        let value = narrow(value);
        let gap = at.since(self.last).as_secs() / step;
        let most = usize::try_from(history.as_secs().div_ceil(step)).unwrap_or(POINTS_MAX).clamp(1, POINTS_MAX);
        if !self.points.is_empty() && gap == 0 {
            return;
        }
        let reset = self.points.back().is_some_and(|before| *before > 0.0 && value < before * RESET);
        if reset || gap > most as u64 {
            self.points.clear();
        }
        if !self.points.is_empty() {
            (1..gap).for_each(|_| self.points.push_back(f32::NAN));
        }
        self.points.push_back(value);
        self.last = at;
        while self.points.len() > most || self.points.front().is_some_and(|point| point.is_nan()) {
            let _oldest = self.points.pop_front();
        }
    }

    /// The line through the points. `None` with fewer points than `min_points`, or with less than two thirds of those that there
    /// should be from the first on.
    #[must_use]
    pub fn trend(&self, min_points: usize) -> Option<Trend> {
        let values: Vec<(usize, f64)> = self
            .points
            .iter()
            .enumerate()
            .filter(|(_, point)| point.is_finite())
            .map(|(place, point)| (place, f64::from(*point)))
            .collect();
        let covered = values.len() * COVERAGE.1 >= self.points.len() * COVERAGE.0;
        if !covered || values.len() < min_points.clamp(2, POINTS_MAX) {
            return None;
        }
        let mut newest: Vec<f64> = values.iter().rev().take(3).map(|(_, value)| *value).collect();
        Some(Trend { last: outlier::median(&mut newest)?, slope: theil_sen(&values)? / seconds(self.step) })
    }

    /// How many points it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.points.iter().filter(|point| point.is_finite()).count()
    }

    /// Whether it has no points.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.points.is_empty()
    }
}

impl Trend {
    /// Where the value will be after `horizon`.
    #[must_use]
    pub fn projected(&self, horizon: Duration) -> f64 {
        self.last + self.slope * horizon.as_secs_f64()
    }

    /// How long until the condition holds: zero where it holds now; `None` where the value stands still, moves away from the bound, or
    /// is centuries from it. Of `==` and `!=` only what is now is told.
    #[must_use]
    pub fn reaches(&self, condition: &Condition) -> Option<Duration> {
        if condition.holds(self.last) {
            return Some(Duration::ZERO);
        }
        let seconds = self.nears(condition).then(|| (condition.bound - self.last) / self.slope)?;
        Duration::try_from_secs_f64(seconds).ok()
    }

    fn nears(&self, condition: &Condition) -> bool {
        match condition.comparison {
            Comparison::Above | Comparison::AtLeast => self.slope > 0.0,
            Comparison::Below | Comparison::AtMost => self.slope < 0.0,
            Comparison::Equal | Comparison::NotEqual => false,
        }
    }

    /// Whether the condition holds now, or will within its own time or else within `horizon`.
    #[must_use]
    pub fn crosses(&self, condition: &Condition, horizon: Duration) -> bool {
        let horizon = condition.within.unwrap_or(horizon);
        condition.holds(self.last) || self.nears(condition) && condition.holds(self.projected(horizon))
    }

    /// What the trend means by the thresholds. A bound that is already crossed is critical, where there is that level; recovery looks at
    /// where the value will be after `horizon`.
    #[must_use]
    pub fn judge(&self, settings: &Settings, horizon: Duration) -> Outcome {
        let crosses = |condition: &Option<Condition>| condition.as_ref().is_some_and(|c| self.crosses(c, horizon));
        let crossed = [&settings.critical, &settings.warning].into_iter().flatten().any(|c| c.holds(self.last));
        let highest = if settings.critical.is_some() { Level::Critical } else { Level::Warning };
        let recovered = [&settings.recover_critical, &settings.recover_warning]
            .into_iter()
            .flatten()
            .all(|condition| condition.holds(self.projected(horizon)));
        if crossed {
            super::state::at_level(highest)
        } else if crosses(&settings.critical) {
            Outcome::Critical
        } else if crosses(&settings.warning) {
            Outcome::Warning
        } else if recovered {
            Outcome::Clear
        } else {
            Outcome::Hold
        }
    }
}

/// The median slope between all pairs of points, by place.
fn theil_sen(values: &[(usize, f64)]) -> Option<f64> {
    let mut slopes = Vec::with_capacity(values.len() * values.len().saturating_sub(1) / 2);
    for (index, (place, value)) in values.iter().enumerate() {
        for (later_place, later) in &values[index + 1..] {
            slopes.push((later - value) / places(later_place - place));
        }
    }
    outlier::median(&mut slopes)
}

#[expect(clippy::cast_possible_truncation, reason = "a point needs no more than seven digits")]
fn narrow(value: f64) -> f32 {
    value as f32
}

#[expect(clippy::cast_precision_loss, reason = "there are at most 336 places")]
fn places(count: usize) -> f64 {
    count as f64
}

#[expect(clippy::cast_precision_loss, reason = "no step has 2^52 seconds")]
fn seconds(step: u64) -> f64 {
    step as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::rule::{Hold, NoData, Notify, Unit};

    const HOUR: Duration = Duration::from_secs(3600);
    const DAY: Duration = Duration::from_secs(86_400);

    fn at(hour: u64) -> Timestamp {
        Timestamp::from_seconds(1_772_409_600 + 3600 * hour)
    }

    fn history(values: impl IntoIterator<Item = f64>) -> History {
        let mut history = History::default();
        for (hour, value) in values.into_iter().enumerate() {
            if value.is_finite() {
                history.push(at(hour as u64), value, HOUR, DAY * 14);
            }
        }
        history
    }

    fn condition(comparison: Comparison, bound: f64, within: Option<Duration>) -> Condition {
        Condition { comparison, bound, unit: Unit::Percent, deviations: false, within, text: "".into() }
    }

    /// Warning: full within the horizon; critical: full within a day.
    fn settings() -> Settings {
        Settings {
            enabled: true,
            critical: Some(condition(Comparison::AtLeast, 100.0, Some(DAY))),
            warning: Some(condition(Comparison::AtLeast, 100.0, None)),
            recover_critical: None,
            recover_warning: None,
            hold: Hold::For(Duration::ZERO),
            keep_firing_for: Duration::ZERO,
            no_data: NoData::Keep,
            min_total: 0.0,
            timeout: Duration::ZERO,
            notify: Notify::default(),
        }
    }

    #[test]
    fn a_line_goes_on_as_it_did() {
        let trend = history((0..48).map(f64::from)).trend(48).unwrap();
        assert_eq!((trend.last, trend.slope), (46.0, 1.0 / 3600.0));
        assert_eq!(trend.projected(DAY), 70.0);
        let full = condition(Comparison::AtLeast, 100.0, None);
        assert_eq!(trend.reaches(&full).map(|time| time.as_secs()), Some(54 * 3600));
        assert!(trend.crosses(&full, HOUR * 54));
        assert!(!trend.crosses(&full, HOUR * 53));
    }

    #[test]
    fn the_level_depends_on_how_soon_it_is_reached() {
        let week = DAY * 7;
        let at = |last: f64| Trend { last, slope: 1.0 / 3600.0 }.judge(&settings(), week);
        assert_eq!(at(-70.0), Outcome::Clear);
        assert_eq!(at(-68.0), Outcome::Warning);
        assert_eq!(at(75.0), Outcome::Warning);
        assert_eq!(at(76.0), Outcome::Critical);
    }

    #[test]
    fn what_is_crossed_already_is_critical_whatever_the_slope() {
        let trend = Trend { last: 100.0, slope: -1.0 };
        assert_eq!(trend.judge(&settings(), DAY), Outcome::Critical);
        assert_eq!(trend.judge(&Settings { critical: None, ..settings() }, DAY), Outcome::Warning);
    }

    #[test]
    fn recovery_needs_the_projected_value_beyond_it() {
        let settings = Settings { recover_warning: Some(condition(Comparison::Below, 80.0, None)), ..settings() };
        assert_eq!(Trend { last: 90.0, slope: 0.0 }.judge(&settings, DAY), Outcome::Hold);
        assert_eq!(Trend { last: 70.0, slope: 0.0 }.judge(&settings, DAY), Outcome::Clear);
    }

    #[test]
    fn flat_and_falling_values_are_clear() {
        for values in [[50.0; 60].to_vec(), (0..60).map(|hour| 90.0 - f64::from(hour) * 0.5).collect()] {
            let trend = history(values).trend(48).unwrap();
            assert_eq!(trend.judge(&settings(), DAY * 700), Outcome::Clear);
            assert_eq!(trend.reaches(&condition(Comparison::AtLeast, 100.0, None)), None);
        }
    }

    #[test]
    fn falling_values_reach_a_bound_below() {
        let trend = history((0..60).map(|hour| 90.0 - f64::from(hour) * 0.5)).trend(48).unwrap();
        let empty = condition(Comparison::AtMost, 10.0, None);
        assert!(trend.crosses(&empty, HOUR * 102));
        assert!(!trend.crosses(&empty, HOUR * 101));
    }

    #[test]
    fn a_reset_cuts_the_history_at_the_drop() {
        let mut values: Vec<f64> = (0..100).map(f64::from).collect();
        values.extend((0..30).map(|hour| 20.0 + f64::from(hour) * 2.0));
        let history = history(values);
        assert_eq!(history.len(), 30);
        assert_eq!(history.trend(48), None);
        assert_eq!(history.trend(24).unwrap().slope, 2.0 / 3600.0);
    }

    #[test]
    fn a_drop_to_exactly_half_is_no_reset() {
        assert_eq!(history([10.0, 5.0]).len(), 2);
        assert_eq!(history([10.0, 4.9]).len(), 1);
        assert_eq!(history([-10.0, -30.0]).len(), 2);
    }

    #[test]
    fn sparse_points_say_nothing() {
        let third = |hour: u32| if hour.is_multiple_of(3) { f64::from(hour) } else { f64::NAN };
        assert_eq!(history((0..300).map(third)).trend(48), None);
        let two_thirds = |hour: u32| if hour % 3 == 1 { f64::NAN } else { f64::from(hour) };
        assert!(history((0..300).map(two_thirds)).trend(48).is_some());
        assert_eq!(history((0..47).map(f64::from)).trend(48), None);
        assert_eq!(history([]).trend(0), None);
    }

    #[test]
    fn a_few_wild_points_move_nothing() {
        let wild = |hour: u32| if hour % 10 == 5 { 200.0 + f64::from(hour) } else { 200.0 + f64::from(hour) * 0.1 };
        let trend = history((0..100).map(wild)).trend(48).unwrap();
        assert!((trend.slope * 3600.0 - 0.1).abs() < 0.02, "{trend:?}");
    }

    #[test]
    fn the_history_is_as_long_as_it_should_be_and_no_longer() {
        let history = history((0..1000).map(|hour| 1e6 + f64::from(hour)));
        assert_eq!((history.len(), history.points.len()), (336, 336));
        let bytes = postcard::to_stdvec(&history).unwrap();
        assert!(bytes.len() < 1400);
        assert_eq!(postcard::from_bytes::<History>(&bytes).unwrap(), history);
    }

    #[test]
    fn a_fine_step_over_a_long_history_keeps_points_further_apart() {
        let minute = Duration::from_secs(60);
        assert_eq!(step(HOUR, DAY * 14), HOUR);
        assert_eq!(step(minute, DAY * 14), HOUR);
        assert_eq!(step(minute, DAY), minute * 5);
        let mut history = History::default();
        for tick in 0..(24 * 60 * 20) {
            let at = Timestamp::from_seconds(1_772_409_600 + 60 * tick);
            history.push(at, 1000.0, minute, DAY * 14);
        }
        assert_eq!(history.len(), 336);
    }

    #[test]
    fn after_a_gap_longer_than_the_history_it_begins_anew() {
        let mut history = history((0..100).map(f64::from));
        history.push(at(1000), 100.0, HOUR, DAY * 14);
        assert_eq!((history.len(), history.points.len()), (1, 1));
    }

    proptest! {
        #[test]
        fn the_slope_is_the_median_of_all_slopes(
            values in proptest::collection::vec(proptest::option::weighted(0.9, 600f32..1000.0), 3..60),
        ) {
            let history = history(values.iter().map(|value| value.map_or(f64::NAN, f64::from)));
            let points: Vec<(f64, f64)> = values
                .iter()
                .enumerate()
                .filter_map(|(hour, value)| Some((hour as f64, f64::from((*value)?))))
                .collect();
            let mut slopes: Vec<f64> = points
                .iter()
                .flat_map(|a| points.iter().filter(|b| b.0 > a.0).map(|b| (b.1 - a.1) / (b.0 - a.0)))
                .collect();
            slopes.sort_by(f64::total_cmp);
            if let Some(trend) = history.trend(2) {
                let middle = slopes.len() / 2;
                let expected = if slopes.len() % 2 == 1 {
                    slopes[middle]
                } else {
                    f64::midpoint(slopes[middle - 1], slopes[middle])
                };
                prop_assert_eq!(trend.slope, expected / 3600.0);
            }
        }
    }
}
