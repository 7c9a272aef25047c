//! CloudWatch metrics, whatever format carried them: statistics of a series over one period.
//!
//! Points of one record are kept in `Points`, in few and flat lists, so that a point costs no allocation of its own.

#[cfg(test)]
pub(crate) mod sample;
pub mod statistic;
pub mod unit;
pub mod reading;
pub mod gather;
pub mod streamed;

use std::ops::Range;

use crate::id::{AccountId, Region};
use crate::reject::Reject;
use crate::time::Timestamp;

/// Prefix of a metric's name in OTLP, as AWS gives it: `amazonaws.com/<Namespace>/<MetricName>`.
pub const NAME_PREFIX: &str = "amazonaws.com/";

/// Whose a metric is, and the metric stream that carried it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Resource<'a> {
    /// The account that the metric belongs to.
    pub account: AccountId,
    /// Its Region, where known.
    pub region: Option<Region>,
    /// The metric stream, where named.
    pub stream: Option<Stream<'a>>,
}

/// The metric stream, as its output format names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stream<'a> {
    /// ARN, in the OpenTelemetry formats. With linked accounts it is an ARN of the monitoring account.
    Arn(&'a str),
    /// Name, in JSON.
    Name(&'a str),
}

/// One dimension of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dimension<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its value.
    pub value: &'a str,
}

/// A statistic beyond the standard four.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Statistic<'a> {
    /// As CloudWatch writes it: `p99`, `p99.9`, `TM(25%:75%)`, `IQM`.
    pub name: &'a str,
    /// Its value.
    pub value: f64,
}

/// The series, the period and the standard statistics of one point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Datum<'a> {
    /// Namespace: `AWS/Lambda`.
    pub namespace: &'a str,
    /// Metric name: `Errors`.
    pub name: &'a str,
    /// Unit in UCUM; empty where none was given.
    pub unit: &'a str,
    /// Start of the period.
    pub start: Timestamp,
    /// End of the period.
    pub end: Timestamp,
    /// How many samples were taken. Not always whole: `PutMetricData` takes a weight for each value.
    pub count: f64,
    /// Sum of the samples; absent is 0.
    pub sum: f64,
    /// The smallest sample.
    pub min: Option<f64>,
    /// The largest sample.
    pub max: Option<f64>,
}

/// One point, borrowed from `Points`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point<'p> {
    /// Whose it is.
    pub resource: &'p Resource<'p>,
    /// Series, period and standard statistics.
    pub datum: &'p Datum<'p>,
    /// The exact set of dimensions, sorted by name, none twice. An empty set is a series of its own.
    pub dimensions: &'p [Dimension<'p>],
    /// Further statistics, in the order of the input.
    pub statistics: &'p [Statistic<'p>],
}

/// The points of one record.
#[derive(Clone, Debug, Default)]
pub struct Points<'a> {
    resources: Vec<Resource<'a>>,
    rows: Vec<Row<'a>>,
    dimensions: Vec<Dimension<'a>>,
    statistics: Vec<Statistic<'a>>,
}

#[derive(Clone, Debug)]
struct Row<'a> {
    resource: usize,
    datum: Datum<'a>,
    dimensions: Range<usize>,
    statistics: Range<usize>,
}

/// What a record of a metric stream holds.
#[derive(Debug, Default)]
pub struct Decoded<'a> {
    /// CloudWatch's points.
    pub points: Points<'a>,
    /// `resource_metrics` fields that are not of CloudWatch's shape: each an OTLP export request by itself.
    pub plain: Vec<&'a [u8]>,
    /// What could not be used; each decodes again by itself.
    pub rejects: Vec<Reject>,
}

/// How far `Points` were filled at some moment.
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    resources: usize,
    rows: usize,
    dimensions: usize,
    statistics: usize,
}

impl<'a> Points<'a> {
    /// Empty, with room for about that many points.
    #[must_use]
    pub fn with_room(points: usize) -> Self {
        Self {
            resources: Vec::new(),
            rows: Vec::with_capacity(points),
            dimensions: Vec::with_capacity(points * 2),
            statistics: Vec::new(),
        }
    }

    /// How many points there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Names the resource of the points that are pushed from now on.
    pub fn set_resource(&mut self, resource: Resource<'a>) {
        if self.resources.last() != Some(&resource) {
            self.resources.push(resource);
        }
    }

    /// Adds a point of the resource that was set last. Of two dimensions of one name the first stands.
    ///
    /// # Panics
    /// When no resource was set.
    pub fn push(
        &mut self,
        datum: Datum<'a>,
        dimensions: impl IntoIterator<Item = Dimension<'a>>,
        statistics: impl IntoIterator<Item = Statistic<'a>>,
    ) {
        let resource = self.resources.len().checked_sub(1).expect("a resource is set before its points");
        let dimensions = sorted_tail(&mut self.dimensions, dimensions);
        let statistics_start = self.statistics.len();
        self.statistics.extend(statistics);
        self.rows.push(Row { resource, datum, dimensions, statistics: statistics_start..self.statistics.len() });
    }

    /// How far it is filled now.
    #[must_use]
    pub fn mark(&self) -> Mark {
        Mark {
            resources: self.resources.len(),
            rows: self.rows.len(),
            dimensions: self.dimensions.len(),
            statistics: self.statistics.len(),
        }
    }

    /// Forgets everything that came after `mark`.
    pub fn rewind(&mut self, mark: Mark) {
        self.resources.truncate(mark.resources);
        self.rows.truncate(mark.rows);
        self.dimensions.truncate(mark.dimensions);
        self.statistics.truncate(mark.statistics);
    }

    /// The points in the order of the input.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Point<'_>> {
        self.rows.iter().map(|row| Point {
            resource: &self.resources[row.resource],
            datum: &row.datum,
            dimensions: &self.dimensions[row.dimensions.clone()],
            statistics: &self.statistics[row.statistics.clone()],
        })
    }

    /// The points with those of one resource side by side, otherwise in the order of the input.
    #[must_use]
    pub fn by_resource(&self) -> Vec<Point<'_>> {
        let mut points: Vec<_> = self.iter().collect();
        if self.resources.len() > 1 {
            points.sort_by(|a, b| a.resource.cmp(b.resource));
        }
        points
    }
}

fn sorted_tail<'a>(list: &mut Vec<Dimension<'a>>, tail: impl IntoIterator<Item = Dimension<'a>>) -> Range<usize> {
    let start = list.len();
    list.extend(tail);
    if !list[start..].is_sorted_by(|a, b| a.name < b.name) {
        list[start..].sort_by(|a, b| a.name.cmp(b.name));
        let mut set = list.split_off(start);
        set.dedup_by(|later, earlier| later.name == earlier.name);
        list.append(&mut set);
    }
    start..list.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn datum() -> Datum<'static> {
        Datum {
            namespace: "AWS/Lambda",
            name: "Errors",
            unit: "{Count}",
            start: Timestamp::from_seconds(60),
            end: Timestamp::from_seconds(120),
            count: 1.0,
            sum: 0.0,
            min: None,
            max: None,
        }
    }

    fn resource(account: &str) -> Resource<'static> {
        Resource { account: account.parse().unwrap(), region: None, stream: None }
    }

    fn dimension(name: &'static str, value: &'static str) -> Dimension<'static> {
        Dimension { name, value }
    }

    #[test]
    fn dimensions_are_a_sorted_set() {
        let mut points = Points::default();
        points.set_resource(resource("111122223333"));
        points.push(datum(), [], []);
        points.push(datum(), [dimension("b", "1"), dimension("a", "2"), dimension("b", "3")], []);
        points.push(datum(), [dimension("a", "1")], []);
        let sets: Vec<_> = points.iter().map(|point| point.dimensions.to_vec()).collect();
        assert_eq!(
            sets,
            [vec![], vec![dimension("a", "2"), dimension("b", "1")], vec![dimension("a", "1")]],
            "the empty set is a series of its own"
        );
    }

    #[test]
    fn points_of_one_resource_come_side_by_side_and_in_order() {
        let mut points = Points::default();
        for (index, account) in ["222233334444", "111122223333", "222233334444", "111122223333"].into_iter().enumerate()
        {
            points.set_resource(resource(account));
            points.push(Datum { sum: index as f64, ..datum() }, [], []);
        }
        let sums: Vec<_> = points.by_resource().iter().map(|point| point.datum.sum).collect();
        assert_eq!(sums, [1.0, 3.0, 0.0, 2.0]);
    }

    #[test]
    fn a_rewound_point_leaves_nothing_behind() {
        let mut points = Points::default();
        points.set_resource(resource("111122223333"));
        points.push(datum(), [dimension("a", "1")], []);
        let mark = points.mark();
        points.set_resource(resource("222233334444"));
        points.push(datum(), [dimension("b", "1")], [Statistic { name: "p99", value: 1.0 }]);
        points.rewind(mark);
        points.push(datum(), [dimension("c", "1")], []);
        let last = points.iter().last().unwrap();
        assert_eq!(last.resource.account.as_str(), "111122223333");
        assert_eq!(last.dimensions, [dimension("c", "1")]);
        assert_eq!((points.len(), last.statistics.len()), (2, 0));
    }
}
