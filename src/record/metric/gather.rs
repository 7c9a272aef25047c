//! Readings of one payload into points: one for each series and minute, as CloudWatch aggregates what it extracts.
//!
//! A payload holds only a part of a minute, so that several points may cover parts of the same one; each has the exact
//! times of its first and last value. They are deltas and add up; a point that stood for the whole minute would replace
//! its neighbours in many backends.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use bumpalo::Bump;

use super::reading::{Reading, Values};
use super::{Datum, Dimension, Points};
use crate::time::Timestamp;

/// OTLP wants a period to be longer than nothing; CloudWatch's finest time is a millisecond.
const PERIOD_MIN: Duration = Duration::from_millis(1);

/// Collects the readings of the records of one account and Region.
#[derive(Debug)]
pub struct Gather<'p> {
    bump: &'p Bump,
    series: Vec<Series<'p>>,
    /// Index of a series by the hash of its key; the next number where two keys share one.
    index: HashMap<u64, usize>,
    /// What counts once, each with the series that it belongs to, until all that tell of it have been heard.
    told: Vec<(usize, Told)>,
    /// Index into `told` by the hash of what counts once.
    once: HashMap<u64, usize>,
}

#[derive(Debug)]
struct Series<'p> {
    datum: Datum<'p>,
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
        Self { bump, series: Vec::new(), index: HashMap::new(), told: Vec::new(), once: HashMap::new() }
    }

    /// Whether nothing was added.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.series.is_empty()
    }

    /// Adds the values of a reading to the point of its series and minute. Of readings that count once, the largest stands.
    pub fn add(&mut self, reading: &Reading<'_>) {
        let Some(statistics) = statistics(reading.values) else { return };
        let start = reading.start.min(reading.end.minus(PERIOD_MIN));
        let told = Told { statistics, start, end: reading.end };
        if reading.once.is_empty() {
            let series = self.series_of(reading);
            told.add_to(&mut self.series[series].datum);
            return;
        }
        let key = hash(&(reading.namespace, reading.name, reading.once));
        match self.once.get(&key) {
            Some(at) => {
                let (_, before) = &mut self.told[*at];
                if before.statistics.sum < statistics.sum {
                    before.statistics = statistics;
                }
            }
            None => {
                let series = self.series_of(reading);
                let _ = self.once.insert(key, self.told.len());
                self.told.push((series, told));
            }
        }
    }

    /// The points, in the order in which their series first appeared. The caller names the resource before.
    pub fn points(&self, points: &mut Points<'p>) {
        let mut data: Vec<Datum<'p>> = self.series.iter().map(|series| series.datum).collect();
        for (series, told) in &self.told {
            told.add_to(&mut data[*series]);
        }
        for (series, datum) in self.series.iter().zip(data) {
            points.push(datum, series.dimensions.iter().copied(), []);
        }
    }

    /// Index of the series of a reading.
    fn series_of(&mut self, reading: &Reading<'_>) -> usize {
        let mut key =
            hash(&(reading.namespace, reading.name, reading.unit, reading.end.seconds() / 60, reading.dimensions));
        loop {
            match self.index.get(&key) {
                Some(at) if self.series[*at].is_of(reading) => break *at,
                Some(_) => key = key.wrapping_add(1),
                None => {
                    let series = self.new_series(reading);
                    self.series.push(series);
                    let _ = self.index.insert(key, self.series.len() - 1);
                    break self.series.len() - 1;
                }
            }
        }
    }

    fn new_series(&self, reading: &Reading<'_>) -> Series<'p> {
        let keep = |text: &str| -> &'p str { self.bump.alloc_str(text) };
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
        let dimensions = self.bump.alloc_slice_fill_iter(reading.dimensions.iter().map(dimension));
        Series { datum, dimensions }
    }
}

impl Series<'_> {
    fn is_of(&self, reading: &Reading<'_>) -> bool {
        let datum = &self.datum;
        (datum.namespace, datum.name, datum.unit) == (reading.namespace, reading.name, reading.unit)
            && datum.end.seconds() / 60 == reading.end.seconds() / 60
            && self.dimensions == reading.dimensions
    }
}

impl Told {
    fn add_to(&self, datum: &mut Datum<'_>) {
        let statistics = self.statistics;
        datum.start = datum.start.min(self.start);
        datum.end = datum.end.max(self.end);
        datum.count += statistics.count;
        datum.sum += statistics.sum;
        datum.min = Some(datum.min.map_or(statistics.min, |min| min.min(statistics.min)));
        datum.max = Some(datum.max.map_or(statistics.max, |max| max.max(statistics.max)));
    }
}

#[derive(Clone, Copy, Debug)]
struct Statistics {
    count: f64,
    sum: f64,
    min: f64,
    max: f64,
}

/// `None` where there is no finite value.
fn statistics(values: Values<'_>) -> Option<Statistics> {
    let set = match values {
        Values::One(value) => Statistics { count: 1.0, sum: value, min: value, max: value },
        Values::Set { count, sum, min, max } => Statistics { count, sum, min, max },
        Values::Many(values) => Statistics {
            count: values.len() as f64,
            sum: values.iter().sum(),
            min: values.iter().copied().fold(f64::INFINITY, f64::min),
            max: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        },
    };
    [set.count, set.sum, set.min, set.max].iter().all(|number| number.is_finite()).then_some(set)
}

fn hash(key: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
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
        gather.points(&mut points);
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
}
