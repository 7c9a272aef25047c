//! When a quota will be used up, if use goes on to grow as it did.
//!
//! The slope is the median of the slopes between all pairs of hours (Theil-Sen), the line goes through the median of what is left:
//! a few wild hours do not move it. What is highest by day and low at night grows by neither, so that pairs of a whole number of days
//! apart are looked at where there are two days.

use std::time::Duration;

use super::usage::Hours;
use crate::time::Timestamp;

/// Fewer hours say nothing: two days, so that day and night are in them twice.
pub const HOURS_MIN: usize = 48;

/// What lies further ahead is not told: nobody knows that far.
pub const AHEAD_MAX: Duration = Duration::from_hours(365 * 24);

const DAY_SECONDS: u64 = 86_400;

/// When.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Forecast {
    /// Use or value is not known.
    Unknown,
    /// It is used up already.
    Reached,
    /// Fewer hours are known than it takes.
    TooShort {
        /// How many are.
        hours: usize,
    },
    /// Use does not grow.
    NotGrowing,
    /// It takes more than a year.
    Later,
    /// About then.
    At(Timestamp),
}

/// Growth in a second, and where the line is at a time.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Line {
    slope: f64,
    level: f64,
}

/// When use reaches a value.
#[must_use]
pub fn forecast(hours: &Hours, used: f64, value: f64, now: Timestamp) -> Forecast {
    if used >= value {
        return Forecast::Reached;
    }
    let points: Vec<(u64, f64)> = hours.points().collect();
    if points.len() < HOURS_MIN {
        return Forecast::TooShort { hours: points.len() };
    }
    let Some(line) = line(&points, now.seconds()) else { return Forecast::NotGrowing };
    // Less than a hundredth of the quota in a month is noise.
    if line.slope * 30.0 * (DAY_SECONDS as f64) < value * 0.01 {
        return Forecast::NotGrowing;
    }
    let seconds = ((value - line.level) / line.slope).max(0.0);
    if seconds > AHEAD_MAX.as_secs_f64() {
        return Forecast::Later;
    }
    Forecast::At(now.plus(Duration::from_secs_f64(seconds)))
}

fn line(points: &[(u64, f64)], now: u64) -> Option<Line> {
    let mut slopes = Vec::new();
    for (index, (from, low)) in points.iter().enumerate() {
        for (to, high) in &points[index + 1..] {
            if (to - from).is_multiple_of(DAY_SECONDS) {
                slopes.push((high - low) / (to - from) as f64);
            }
        }
    }
    let slope = median(&mut slopes)?;
    // The quota is reached by the highest hour of a day, so the line goes through those.
    let last = points.last()?.0;
    let lately = points.iter().filter(|(at, _)| at + DAY_SECONDS > last);
    let level = lately.map(|(at, value)| value + slope * now.saturating_sub(*at) as f64).reduce(f64::max)?;
    Some(Line { slope, level })
}

fn median(values: &mut [f64]) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len().checked_sub(1)? / 2;
    let upper = values.len() / 2;
    Some(f64::midpoint(values[middle], values[upper]))
}
