//! Metric values that were found inside of log messages, before those of one series are put together.

use crate::record::metric::Dimension;
use crate::time::Timestamp;

/// Some values of one series from one message.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading<'a> {
    /// CloudWatch namespace: `AWS/Lambda`.
    pub namespace: &'a str,
    /// Metric name: `Duration`.
    pub name: &'a str,
    /// Unit in UCUM: `ms`.
    pub unit: &'a str,
    /// The dimension set, in any order, no name twice.
    pub dimensions: &'a [Dimension<'a>],
    /// When the first value was taken.
    pub start: Timestamp,
    /// When the last value was taken.
    pub end: Timestamp,
    /// The values: at least one.
    pub values: Values<'a>,
    /// Counted only once for each such text within a payload, by the largest value, since several lines may tell of the
    /// same thing and not all of them tell all of it; empty: always.
    pub once: &'a str,
}

/// The values of a reading.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Values<'a> {
    /// One value.
    One(f64),
    /// Several, each counted once.
    Many(&'a [f64]),
    /// A statistic set, as CloudWatch's own aggregates are written.
    Set {
        /// How many values.
        count: f64,
        /// Their sum.
        sum: f64,
        /// The smallest, where known.
        min: Option<f64>,
        /// The largest, where known.
        max: Option<f64>,
    },
}
