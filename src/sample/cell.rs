//! A cell: one aggregate on its way.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use crate::record::metric::Datum;
use crate::rule::Aggregate;
use crate::sketch::{Distinct, Sketch};
use crate::time::Timestamp;

/// A cell: what one aggregate has seen so far. Cells of one term can be merged in any order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Cell {
    /// `count`, and `rate` of records.
    Count(f64),
    /// `sum`, and `rate` of values.
    Sum(f64),
    /// `avg`.
    Avg {
        /// Sum of the values.
        sum: f64,
        /// How many.
        count: f64,
    },
    /// `min`; infinite before the first value.
    Min(f64),
    /// `max`; infinite before the first value.
    Max(f64),
    /// `last`. Of several values of one time the greatest counts; infinite before the first.
    Last {
        /// When.
        at: Timestamp,
        /// The value.
        value: f64,
    },
    /// A percentile.
    Percentile(Box<Sketch>),
    /// `distinct`.
    Distinct(Box<Distinct>),
}

/// What became of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It counts.
    Yes,
    /// There was none for this aggregate.
    Missing,
    /// It was no finite number, and does not count.
    NotFinite,
}

impl Cell {
    /// Empty. `records`: the aggregate is of the records themselves (`count()`, `rate()`), else of values.
    #[must_use]
    pub fn new(aggregate: &Aggregate, records: bool) -> Self {
        match aggregate {
            Aggregate::Count => Self::Count(0.0),
            Aggregate::Rate if records => Self::Count(0.0),
            Aggregate::Sum | Aggregate::Rate => Self::Sum(0.0),
            Aggregate::Avg => Self::Avg { sum: 0.0, count: 0.0 },
            Aggregate::Min => Self::Min(f64::INFINITY),
            Aggregate::Max => Self::Max(f64::NEG_INFINITY),
            Aggregate::Last => Self::Last { at: Timestamp::default(), value: f64::NEG_INFINITY },
            Aggregate::Distinct => Self::Distinct(Box::default()),
            Aggregate::Percentile(_) => Self::Percentile(Box::default()),
        }
    }

    /// Adds the value of a record, or of a metric of Fanin itself. A count counts it as 1, whatever it is.
    pub fn add(&mut self, value: f64, at: Timestamp) -> Taken {
        if !value.is_finite() {
            return Taken::NotFinite;
        }
        match self {
            Self::Count(count) => *count += 1.0,
            Self::Sum(sum) => *sum += value,
            Self::Avg { sum, count } => {
                *sum += value;
                *count += 1.0;
            }
            Self::Min(min) => *min = min.min(value),
            Self::Max(max) => *max = max.max(value),
            Self::Last { at: last, value: held } => later(last, held, at, value),
            Self::Percentile(sketch) => {
                let _ = sketch.add(value);
            }
            Self::Distinct(_) => self.add_text(&value.to_string()),
        }
        Taken::Yes
    }

    /// Adds a text. Only `distinct` and `count` can make something of one.
    pub fn add_text(&mut self, text: &str) {
        match self {
            Self::Distinct(distinct) => distinct.add(xxh3_64(text.as_bytes())),
            Self::Count(count) => *count += 1.0,
            Self::Sum(_) | Self::Avg { .. } | Self::Min(_) | Self::Max(_) | Self::Last { .. } | Self::Percentile(_) => {
            }
        }
    }

    /// Adds the statistics of a period of a CloudWatch metric: count and rate of them take SampleCount and Sum, an average both,
    /// a minimum and a maximum those, and the last value is the average. `statistic` is the value of a further one, such as
    /// `p95`, where the rule names one; `min`, `max` and `last` are of it then.
    pub fn add_statistics(&mut self, datum: &Datum<'_>, statistic: Option<f64>) -> Taken {
        let average = || (datum.count > 0.0).then(|| datum.sum / datum.count);
        // Where a period has one sample it is also the least and the greatest; some producers leave those out.
        let only = |extreme: Option<f64>| extreme.or_else(|| (datum.count == 1.0).then_some(datum.sum));
        let (value, weight) = match self {
            Self::Count(_) => (Some(datum.count), datum.count),
            Self::Sum(_) | Self::Avg { .. } => (Some(datum.sum), datum.count),
            Self::Min(_) => (statistic.or_else(|| only(datum.min)), datum.count),
            Self::Max(_) => (statistic.or_else(|| only(datum.max)), datum.count),
            Self::Last { .. } => (statistic.or_else(average), datum.count),
            Self::Percentile(_) | Self::Distinct(_) => (None, datum.count),
        };
        let Some(value) = value else { return Taken::Missing };
        if !(value.is_finite() && weight.is_finite()) {
            return Taken::NotFinite;
        }
        match self {
            Self::Count(count) => *count += value,
            Self::Avg { sum, count } => {
                *sum += value;
                *count += weight;
            }
            Self::Sum(_)
            | Self::Min(_)
            | Self::Max(_)
            | Self::Last { .. }
            | Self::Percentile(_)
            | Self::Distinct(_) => return self.add(value, datum.end),
        }
        Taken::Yes
    }

    /// Adds what another cell of the same term has seen. One of another aggregate changes nothing.
    pub fn merge(&mut self, other: &Self) {
        match (self, other) {
            (Self::Count(one), Self::Count(other)) | (Self::Sum(one), Self::Sum(other)) => *one += other,
            (Self::Avg { sum, count }, Self::Avg { sum: other, count: more }) => {
                *sum += other;
                *count += more;
            }
            (Self::Min(min), Self::Min(other)) => *min = min.min(*other),
            (Self::Max(max), Self::Max(other)) => *max = max.max(*other),
            (Self::Last { at, value }, Self::Last { at: other_at, value: other }) => {
                later(at, value, *other_at, *other);
            }
            (Self::Percentile(sketch), Self::Percentile(other)) => sketch.merge(other),
            (Self::Distinct(distinct), Self::Distinct(other)) => distinct.merge(other),
            (
                Self::Count(_)
                | Self::Sum(_)
                | Self::Avg { .. }
                | Self::Min(_)
                | Self::Max(_)
                | Self::Last { .. }
                | Self::Percentile(_)
                | Self::Distinct(_),
                _,
            ) => {}
        }
    }

    /// The value of the aggregate over a window of that length; `None` where there is none. It is not finite where a sum
    /// became too large for a number.
    #[must_use]
    pub fn value(&self, aggregate: &Aggregate, window: Duration) -> Option<f64> {
        let value = match self {
            Self::Count(value) | Self::Sum(value) => Some(*value),
            Self::Avg { sum, count } => (*count != 0.0).then(|| sum / count),
            Self::Min(value) | Self::Max(value) | Self::Last { value, .. } => value.is_finite().then_some(*value),
            Self::Percentile(sketch) => match aggregate {
                Aggregate::Percentile(percent) => sketch.quantile(percent / 100.0),
                Aggregate::Count
                | Aggregate::Sum
                | Aggregate::Avg
                | Aggregate::Min
                | Aggregate::Max
                | Aggregate::Last
                | Aggregate::Rate
                | Aggregate::Distinct => None,
            },
            Self::Distinct(distinct) => Some(distinct.estimate()),
        };
        let seconds = window.as_secs_f64();
        match aggregate {
            Aggregate::Rate => value.filter(|_| seconds > 0.0).map(|value| value / seconds),
            Aggregate::Count
            | Aggregate::Sum
            | Aggregate::Avg
            | Aggregate::Min
            | Aggregate::Max
            | Aggregate::Last
            | Aggregate::Distinct
            | Aggregate::Percentile(_) => value,
        }
    }
}

/// Takes a value that is later, or of the same time and greater, so that no order of values matters.
fn later(last: &mut Timestamp, held: &mut f64, at: Timestamp, value: f64) {
    if at > *last || (at == *last && value > *held) {
        (*last, *held) = (at, value);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const WINDOW: Duration = Duration::from_secs(60);

    const ALL: [Aggregate; 9] = [
        Aggregate::Count,
        Aggregate::Sum,
        Aggregate::Avg,
        Aggregate::Min,
        Aggregate::Max,
        Aggregate::Last,
        Aggregate::Rate,
        Aggregate::Distinct,
        Aggregate::Percentile(50.0),
    ];

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    fn cell(aggregate: Aggregate, records: bool, values: &[(f64, u64)]) -> Cell {
        let mut cell = Cell::new(&aggregate, records);
        for (value, seconds) in values {
            let _ = cell.add(*value, at(*seconds));
        }
        cell
    }

    fn datum(count: f64, sum: f64, min: Option<f64>, max: Option<f64>) -> Datum<'static> {
        let (start, end) = (at(60), at(120));
        Datum { namespace: "AWS/Lambda", name: "Duration", unit: "ms", start, end, count, sum, min, max }
    }

    fn of_statistics(aggregate: Aggregate, data: &[Datum<'_>], statistic: Option<f64>) -> Option<f64> {
        let mut cell = Cell::new(&aggregate, false);
        data.iter().for_each(|datum| {
            let _ = cell.add_statistics(datum, statistic);
        });
        cell.value(&aggregate, WINDOW)
    }

    #[test]
    fn each_aggregate_of_values() {
        let values = [(4.0, 3), (-1.0, 1), (6.0, 2), (6.0, 2)];
        let expected = [4.0, 15.0, 3.75, -1.0, 6.0, 4.0, 0.25, 3.0, 4.0];
        for (aggregate, expected) in ALL.into_iter().zip(expected) {
            let value = cell(aggregate, false, &values).value(&aggregate, WINDOW).unwrap();
            assert!((value - expected).abs() < 1e-4, "{aggregate:?}: {value}, not {expected}");
        }
        assert_eq!(cell(Aggregate::Rate, true, &values).value(&Aggregate::Rate, WINDOW), Some(4.0 / 60.0));
        assert_eq!(cell(Aggregate::Rate, true, &values).value(&Aggregate::Rate, Duration::ZERO), None);
    }

    #[test]
    fn without_a_value_there_is_none_but_for_counts_and_sums() {
        let expected = [Some(0.0), Some(0.0), None, None, None, None, Some(0.0), Some(0.0), None];
        let values = ALL.map(|aggregate| Cell::new(&aggregate, false).value(&aggregate, WINDOW));
        assert_eq!(values, expected);
    }

    #[test]
    fn not_a_number_and_infinity_do_not_count() {
        for aggregate in ALL {
            for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
                let (mut cell, empty) = (Cell::new(&aggregate, false), Cell::new(&aggregate, false));
                assert_eq!(cell.add(value, at(1)), Taken::NotFinite);
                assert_eq!(cell, empty, "{aggregate:?}");
            }
        }
        let mut sum = Cell::new(&Aggregate::Sum, false);
        assert_eq!(sum.add_statistics(&datum(1.0, f64::NAN, None, None), None), Taken::NotFinite);
        assert_eq!(sum, Cell::Sum(0.0));
    }

    #[test]
    fn statistic_sets_add_up_as_cloudwatch_has_it() {
        let later = Datum { start: at(120), end: at(180), ..datum(1.0, 40.0, None, None) };
        let data = [datum(3.0, 60.0, Some(10.0), Some(30.0)), later];
        let value = |aggregate| of_statistics(aggregate, &data, None);
        assert_eq!(value(Aggregate::Count), Some(4.0));
        assert_eq!(value(Aggregate::Sum), Some(100.0));
        assert_eq!(value(Aggregate::Avg), Some(25.0));
        assert_eq!(value(Aggregate::Min), Some(10.0));
        assert_eq!(value(Aggregate::Max), Some(40.0), "a single sample is its own greatest");
        assert_eq!(value(Aggregate::Last), Some(40.0));
        assert_eq!(value(Aggregate::Rate), Some(100.0 / 60.0));
        assert_eq!(value(Aggregate::Percentile(99.0)), None, "percentiles are not made of statistics");
    }

    #[test]
    fn a_named_statistic_is_taken_by_min_max_and_last() {
        let data = [datum(3.0, 60.0, Some(10.0), Some(30.0))];
        for aggregate in [Aggregate::Min, Aggregate::Max, Aggregate::Last] {
            assert_eq!(of_statistics(aggregate, &data, Some(29.0)), Some(29.0));
        }
    }

    #[test]
    fn a_period_without_samples_has_no_average_and_no_extremes() {
        let mut last = Cell::new(&Aggregate::Last, false);
        assert_eq!(last.add_statistics(&datum(0.0, 0.0, None, None), None), Taken::Missing);
        assert_eq!(of_statistics(Aggregate::Max, &[datum(0.0, 0.0, None, None)], None), None);
    }

    #[test]
    fn numbers_and_texts_that_look_alike_are_one_value() {
        let mut distinct = cell(Aggregate::Distinct, false, &[(7.0, 1)]);
        distinct.add_text("7");
        assert_eq!(distinct.value(&Aggregate::Distinct, WINDOW), Some(1.0));
    }

    proptest! {
        #[test]
        fn merged_cells_are_as_one(
            values in prop::collection::vec(((-1000_i32..1000).prop_map(f64::from), 0_u64..50), 0..300), cut in 0_usize..300,
        ) {
            let (left, right) = values.split_at(cut.min(values.len()));
            for aggregate in ALL {
                let (whole, left, right) = (cell(aggregate, false, &values), cell(aggregate, false, left), cell(aggregate, false, right));
                let (mut one, mut other) = (left.clone(), right.clone());
                one.merge(&right);
                other.merge(&left);
                prop_assert_eq!(&one, &whole);
                prop_assert_eq!(&other, &whole);
                let stored = postcard::to_stdvec(&whole).unwrap();
                prop_assert_eq!(postcard::from_bytes::<Cell>(&stored).unwrap(), whole);
            }
        }
    }
}
