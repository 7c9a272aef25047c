//! Readings of one payload into points: one for each series and minute, as CloudWatch aggregates what it extracts.
//!
//! A payload holds only a part of a minute, so that several points may cover parts of the same one; each has the exact
//! times of its first and last value. They are deltas and add up; a point that stood for the whole minute would replace
//! its neighbours in many backends.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher, Hash, Hasher};
use std::time::Duration;

use bumpalo::Bump;

use super::reading::{Reading, Values};
use super::{Datum, Dimension, Points};
use crate::time::Timestamp;

/// OTLP wants a period to be longer than nothing; CloudWatch's finest time is a millisecond.
const PERIOD_MIN: Duration = Duration::from_millis(1);

/// Series and minutes of one payload. A message may name a thousand series in a few kilobytes, and a payload holds many
/// messages; this many take some 20 MB by estimate. A fleet's payloads hold hundreds.
const SERIES_MAX: usize = 50_000;

/// Collects the readings of the records of one account and Region.
#[derive(Debug)]
pub struct Gather<'p> {
    bump: &'p Bump,
    series: Vec<Series<'p>>,
    /// Index of a series by the hash of its key; the next number where two keys share one.
    index: HashMap<u64, usize, BuildHasherDefault<Hashed>>,
    /// What counts once, each with the series that it belongs to, until all that tell of it have been heard.
    told: Vec<(usize, Told)>,
    /// Index into `told` by the hash of what counts once.
    once: HashMap<u64, usize, BuildHasherDefault<Hashed>>,
    left_out: u64,
}

#[derive(Debug)]
struct Series<'p> {
    datum: Datum<'p>,
    /// Sorted by name.
    dimensions: &'p [Dimension<'p>],
}

/// Values and the period that they are from.
#[derive(Clone, Copy, Debug)]
struct Told {
    statistics: Statistics,
    start: Timestamp,
    end: Timestamp,
}

impl<'p> Gather<'p> {
    /// Empty; names are kept in `bump`.
    #[must_use]
    pub fn new(bump: &'p Bump) -> Self {
        Self {
            bump,
            series: Vec::new(),
            index: HashMap::default(),
            told: Vec::new(),
            once: HashMap::default(),
            left_out: 0,
        }
    }

    /// Whether nothing was added.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.series.is_empty()
    }

    /// How many readings were left out, since the payload has too many series.
    #[must_use]
    pub const fn left_out(&self) -> u64 {
        self.left_out
    }

    /// Adds the values of a reading to the point of its series and minute. Of readings that count once, the largest stands.
    pub fn add(&mut self, reading: &Reading<'_>) {
        let Some(statistics) = statistics(reading.values) else { return };
        let start = reading.start.min(reading.end.minus(PERIOD_MIN));
        let told = Told { statistics, start, end: reading.end };
        if reading.once.is_empty() {
            if let Some(series) = self.series_of(reading) {
                told.add_to(&mut self.series[series].datum);
            }
            return;
        }
        let once = hash(&(reading.namespace, reading.name, reading.once));
        if let Some((_, before)) = self.once.get(&once).and_then(|at| self.told.get_mut(*at)) {
            if before.statistics.sum < statistics.sum {
                before.statistics = statistics;
            }
        } else if let Some(series) = self.series_of(reading) {
            let _ = self.once.insert(once, self.told.len());
            self.told.push((series, told));
        }
    }

    /// The points that are wanted, in the order in which their series first appeared. The caller names the resource before.
    pub fn points(&self, points: &mut Points<'p>, wanted: impl Fn(&Datum<'_>) -> bool) {
        let mut data: Vec<Datum<'p>> = self.series.iter().map(|series| series.datum).collect();
        for (series, told) in &self.told {
            told.add_to(&mut data[*series]);
        }
        for (series, datum) in self.series.iter().zip(data).filter(|(_, datum)| wanted(datum)) {
            points.push(datum, series.dimensions.iter().copied(), []);
        }
    }

    /// Index of the series of a reading, a new one where it is the first; `None`, and counted, where there are too many.
    fn series_of(&mut self, reading: &Reading<'_>) -> Option<usize> {
        let dimensions = sorted(reading.dimensions);
        let mut key = hash(&(reading.namespace, reading.name, reading.unit, minute(reading), &*dimensions));
        loop {
            match self.index.get(&key) {
                Some(at) if self.series[*at].is_of(reading, &dimensions) => return Some(*at),
                Some(_) => key = key.wrapping_add(1),
                None if self.series.len() == SERIES_MAX => {
                    self.left_out += 1;
                    return None;
                }
                None => {
                    let _ = self.index.insert(key, self.series.len());
                    self.series.push(Series::new(reading, &dimensions, self.bump));
                    return Some(self.series.len() - 1);
                }
            }
        }
    }
}

impl<'p> Series<'p> {
    fn new(reading: &Reading<'_>, dimensions: &[Dimension<'_>], bump: &'p Bump) -> Self {
        let keep = |text: &str| -> &'p str { bump.alloc_str(text) };
        let datum = Datum {
            namespace: keep(reading.namespace),
            name: keep(reading.name),
            unit: keep(reading.unit),
            start: reading.end,
            end: reading.end,
            count: 0.0,
            sum: 0.0,
            min: None,
            max: None,
        };
        let dimension = |of: &Dimension<'_>| Dimension { name: keep(of.name), value: keep(of.value) };
        Self { datum, dimensions: bump.alloc_slice_fill_iter(dimensions.iter().map(dimension)) }
    }

    fn is_of(&self, reading: &Reading<'_>, dimensions: &[Dimension<'_>]) -> bool {
        let datum = &self.datum;
        (datum.namespace, datum.name, datum.unit) == (reading.namespace, reading.name, reading.unit)
            && datum.end.seconds() / 60 == minute(reading)
            && self.dimensions == dimensions
    }
}

/// The minute that a reading counts for: that of its last value, as CloudWatch has it.
const fn minute(reading: &Reading<'_>) -> u64 {
    reading.end.seconds() / 60
}

/// Dimensions are a set: in whatever order they come, the series is the same.
fn sorted<'r>(dimensions: &'r [Dimension<'r>]) -> Cow<'r, [Dimension<'r>]> {
    if dimensions.is_sorted() {
        return Cow::Borrowed(dimensions);
    }
    let mut sorted = dimensions.to_vec();
    sorted.sort_unstable();
    Cow::Owned(sorted)
}

impl Told {
    fn add_to(&self, datum: &mut Datum<'_>) {
        let statistics = self.statistics;
        datum.start = datum.start.min(self.start);
        datum.end = datum.end.max(self.end);
        datum.count = finite(datum.count + statistics.count);
        datum.sum = finite(datum.sum + statistics.sum);
        datum.min = extreme(f64::min, datum.min, statistics.min);
        datum.max = extreme(f64::max, datum.max, statistics.max);
    }
}

#[derive(Clone, Copy, Debug)]
struct Statistics {
    count: f64,
    sum: f64,
    min: Option<f64>,
    max: Option<f64>,
}

/// `None` where there is no value. What is no finite number counts nothing.
fn statistics(values: Values<'_>) -> Option<Statistics> {
    match values {
        Values::One(value) => many(&[value]),
        Values::Many(values) => many(values),
        Values::Set { count, sum, min, max } => {
            let finite = |number: &f64| number.is_finite();
            let set = Statistics { count, sum, min: min.filter(finite), max: max.filter(finite) };
            // A set without samples may add to the sum of samples that others told.
            let says = count > 0.0 || (count == 0.0 && sum != 0.0);
            (count.is_finite() && says && sum.is_finite()).then_some(set)
        }
    }
}

fn many(values: &[f64]) -> Option<Statistics> {
    let mut set = Statistics { count: 0.0, sum: 0.0, min: None, max: None };
    for value in values.iter().copied().filter(|value| value.is_finite()) {
        set.count += 1.0;
        set.sum = finite(set.sum + value);
        set.min = extreme(f64::min, set.min, Some(value));
        set.max = extreme(f64::max, set.max, Some(value));
    }
    (set.count > 0.0).then_some(set)
}

/// The smaller or larger of those that are known.
fn extreme(of: fn(f64, f64) -> f64, known: Option<f64>, other: Option<f64>) -> Option<f64> {
    match (known, other) {
        (Some(known), Some(other)) => Some(of(known, other)),
        (known, other) => known.or(other),
    }
}

/// Sums of numbers that are almost too large stop at the largest, so that they stay numbers.
const fn finite(sum: f64) -> f64 {
    sum.clamp(f64::MIN, f64::MAX)
}

fn hash(key: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}

/// For keys that are hashes already.
#[derive(Default)]
struct Hashed(u64);

impl Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.0 = self.0.rotate_left(8) ^ u64::from(*byte));
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::record::metric::Resource;

    fn reading(name: &'static str, at: u64, value: f64) -> Reading<'static> {
        const FUNCTION: &[Dimension<'static>] = &[Dimension { name: "FunctionName", value: "orders" }];
        Reading {
            namespace: "AWS/Lambda",
            name,
            unit: "ms",
            dimensions: FUNCTION,
            start: Timestamp::from_seconds(at),
            end: Timestamp::from_seconds(at),
            values: Values::One(value),
            once: "",
        }
    }

    fn gathered(readings: &[Reading<'_>]) -> Vec<String> {
        let bump = Bump::new();
        let mut gather = Gather::new(&bump);
        readings.iter().for_each(|reading| gather.add(reading));
        let mut points = Points::default();
        let account = "111122223333".parse().unwrap();
        points.set_resource(Resource { account, region: None, stream: None });
        gather.points(&mut points, |_| true);
        let each = points.iter().map(|point| {
            let datum = point.datum;
            format!(
                "{} {}..{} n={} sum={} min={:?} max={:?}",
                datum.name,
                datum.start.millis(),
                datum.end.millis(),
                datum.count,
                datum.sum,
                datum.min,
                datum.max
            )
        });
        each.collect()
    }

    #[test]
    fn values_of_one_series_and_minute_become_one_point() {
        let readings = [reading("Duration", 61, 5.0), reading("Duration", 70, 1.0), reading("Duration", 121, 9.0)];
        assert_eq!(
            gathered(&readings),
            [
                "Duration 60999..70000 n=2 sum=6 min=Some(1.0) max=Some(5.0)",
                "Duration 120999..121000 n=1 sum=9 min=Some(9.0) max=Some(9.0)"
            ]
        );
    }

    #[test]
    fn what_two_lines_tell_of_one_thing_is_counted_once() {
        let twice = Reading { once: "f08bb4c8", ..reading("Timeouts", 61, 1.0) };
        let other = Reading { once: "other", ..twice };
        assert_eq!(gathered(&[twice, twice, other])[0], "Timeouts 60999..61000 n=2 sum=2 min=Some(1.0) max=Some(1.0)");
    }

    #[test]
    fn of_what_counts_once_the_largest_stands_in_whatever_order_it_is_told() {
        let fine = Reading { once: "f08bb4c8", ..reading("Errors", 61, 0.0) };
        let failed = Reading { once: "f08bb4c8", ..reading("Errors", 62, 1.0) };
        let other = Reading { once: "other", ..fine };
        assert_eq!(gathered(&[fine, failed])[0], "Errors 60999..61000 n=1 sum=1 min=Some(1.0) max=Some(1.0)");
        assert_eq!(gathered(&[failed, fine])[0], "Errors 61999..62000 n=1 sum=1 min=Some(1.0) max=Some(1.0)");
        assert_eq!(gathered(&[fine, other, failed])[0], "Errors 60999..61000 n=2 sum=1 min=Some(0.0) max=Some(1.0)");
    }

    #[test]
    fn a_list_counts_each_value_and_what_is_no_number_counts_nothing() {
        let many = Reading { values: Values::Many(&[1.0, 2.0, 3.0]), ..reading("time", 61, 0.0) };
        assert_eq!(gathered(&[many])[0], "time 60999..61000 n=3 sum=6 min=Some(1.0) max=Some(3.0)");
        assert!(gathered(&[reading("x", 61, f64::NAN)]).is_empty());
        assert!(gathered(&[Reading { values: Values::Many(&[]), ..reading("x", 61, 0.0) }]).is_empty());
    }

    #[test]
    fn the_order_of_dimensions_makes_no_other_series() {
        const ONE: &[Dimension<'static>] = &[Dimension { name: "a", value: "1" }, Dimension { name: "b", value: "2" }];
        const OTHER: &[Dimension<'static>] =
            &[Dimension { name: "b", value: "2" }, Dimension { name: "a", value: "1" }];
        let readings = [ONE, OTHER, &[]].map(|dimensions| Reading { dimensions, ..reading("time", 61, 1.0) });
        assert_eq!(
            gathered(&readings),
            [
                "time 60999..61000 n=2 sum=2 min=Some(1.0) max=Some(1.0)",
                "time 60999..61000 n=1 sum=1 min=Some(1.0) max=Some(1.0)"
            ]
        );
    }

    #[test]
    fn a_set_adds_what_it_knows() {
        let set =
            |min, max| Reading { values: Values::Set { count: 4.0, sum: 10.0, min, max }, ..reading("x", 61, 0.0) };
        let told = gathered(&[set(None, None), set(Some(2.0), None), set(None, Some(3.0)), reading("x", 62, 1.0)]);
        assert_eq!(told, ["x 60999..62000 n=13 sum=31 min=Some(1.0) max=Some(3.0)"]);
        assert_eq!(gathered(&[set(None, None)])[0], "x 60999..61000 n=4 sum=10 min=None max=None");
        let empty = Reading { values: Values::Set { count: 0.0, sum: 0.0, min: None, max: None }, ..set(None, None) };
        assert!(gathered(&[empty]).is_empty());
    }

    #[test]
    fn what_is_no_number_costs_its_neighbours_nothing() {
        let many = Reading { values: Values::Many(&[1.0, f64::NAN, f64::INFINITY, 3.0]), ..reading("x", 61, 0.0) };
        assert_eq!(gathered(&[many])[0], "x 60999..61000 n=2 sum=4 min=Some(1.0) max=Some(3.0)");
        let huge = reading("x", 61, f64::MAX);
        assert!(gathered(&[huge, huge])[0].contains(&format!("sum={}", f64::MAX)));
    }

    #[test]
    fn a_flood_of_series_is_bounded_and_counted() {
        let bump = Bump::new();
        let mut gather = Gather::new(&bump);
        for at in 0..SERIES_MAX as u64 + 5 {
            gather.add(&reading("flood", at * 60, 1.0));
        }
        gather.add(&reading("flood", 0, 1.0));
        assert_eq!((gather.series.len(), gather.left_out()), (SERIES_MAX, 5));
        assert_eq!(gather.series[0].datum.count.to_bits(), 2.0_f64.to_bits());
    }

    /// Whole numbers, so that sums are exact in any order.
    fn readings() -> impl Strategy<Value = Vec<(usize, u64, Vec<i32>)>> {
        prop::collection::vec((0..3_usize, 0..300_u64, prop::collection::vec(-1_000..1_000_i32, 0..4)), 0..30)
    }

    /// The whole of all points: count, sum, smallest, largest.
    fn whole(points: &Points<'_>) -> (f64, f64, Option<f64>, Option<f64>) {
        points.iter().fold((0.0, 0.0, None, None), |(count, sum, min, max), point| {
            let datum = point.datum;
            let (min, max) = (extreme(f64::min, min, datum.min), extreme(f64::max, max, datum.max));
            (count + datum.count, sum + datum.sum, min, max)
        })
    }

    proptest! {
        #[test]
        fn points_tell_all_of_the_readings_in_any_order(given in readings(), seed in any::<u64>()) {
            const NAMES: [&str; 3] = ["a", "b", "c"];
            let values: Vec<Vec<f64>> =
                given.iter().map(|(_, _, values)| values.iter().copied().map(f64::from).collect()).collect();
            let mut readings: Vec<_> = given.iter().zip(&values).map(|((name, at, _), values)| {
                Reading { values: Values::Many(values), ..reading(NAMES[*name], *at, 0.0) }
            }).collect();
            let numbers = || values.iter().flatten().copied();
            let expected = (
                numbers().count() as f64,
                numbers().sum::<f64>() + 0.0,
                numbers().reduce(f64::min),
                numbers().reduce(f64::max),
            );
            let mut seen = Vec::new();
            for turn in 0..2 {
                let bump = Bump::new();
                let mut gather = Gather::new(&bump);
                readings.iter().for_each(|reading| gather.add(reading));
                let mut points = Points::default();
                let account = "111122223333".parse().unwrap();
                points.set_resource(Resource { account, region: None, stream: None });
                gather.points(&mut points, |_| true);
                prop_assert_eq!(whole(&points), expected);
                let mut told: Vec<_> = points.iter().map(|point| format!("{:?}", point.datum)).collect();
                told.sort();
                seen.push(told);
                if turn == 0 {
                    fastrand::Rng::with_seed(seed).shuffle(&mut readings);
                }
            }
            prop_assert_eq!(&seen[0], &seen[1]);
        }
    }
}
