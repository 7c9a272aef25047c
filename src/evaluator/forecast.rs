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
        let reset = self.points.back().is_some_and(|before| *before > 0.0 && value < before * RESET);
        if reset {
            self.points.clear();
        }
        let gap = at.since(self.last).as_secs() / step;
        let most = usize::try_from(history.as_secs().div_ceil(step)).unwrap_or(POINTS_MAX).clamp(1, POINTS_MAX);
        if !self.points.is_empty() && gap == 0 {
            return;
        }
        if gap > most as u64 {
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
        let nears = match condition.comparison {
            Comparison::Above | Comparison::AtLeast => self.slope > 0.0,
            Comparison::Below | Comparison::AtMost => self.slope < 0.0,
            Comparison::Equal | Comparison::NotEqual => false,
        };
        if !nears {
            return None;
        }
        Duration::try_from_secs_f64((condition.bound - self.last) / self.slope).ok()
    }

    /// Whether the condition holds now, or will within its own time or else within `horizon`.
    #[must_use]
    pub fn crosses(&self, condition: &Condition, horizon: Duration) -> bool {
        let horizon = condition.within.unwrap_or(horizon);
        self.reaches(condition).is_some_and(|time| time == Duration::ZERO || time <= horizon)
            && (condition.holds(self.last) || condition.holds(self.projected(horizon)))
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
