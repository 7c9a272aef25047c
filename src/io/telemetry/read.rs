//! The values of all metrics at one moment, in the one form that both `/metrics` and the OpenTelemetry SDK are fed from.

use std::borrow::Cow;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::label::UNREGISTERED;
use super::names::{Counter, Family, Gauge, Histogram, Name, derived};
use super::{Telemetry, bounds, process};
use crate::time::Timestamp;

/// Shards that have a series each; of more, only the maximum is told.
const SHARDS_SHOWN_MAX: usize = 256;

/// Keys and values.
pub(super) type Labels = Vec<(&'static str, Cow<'static, str>)>;

/// One metric and all its series.
pub(super) struct Reading {
    pub(super) name: Name,
    pub(super) kind: Kind,
    pub(super) series: Vec<Series>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Counter,
    Gauge,
    Histogram,
}

pub(super) struct Series {
    pub(super) labels: Labels,
    pub(super) value: Value,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Whole(u64),
    Fraction(f64),
    Distribution {
        bounds: &'static [f64],
        /// How many were in each bucket, not accumulated.
        buckets: Vec<u64>,
        sum: f64,
    },
}

/// A metric, by the table it stands in.
#[derive(Clone, Copy, Debug)]
pub(super) enum Metric {
    Counter(usize),
    Gauge(usize),
    Histogram(usize),
    Derived(Name),
}

impl Metric {
    pub(super) fn all() -> impl Iterator<Item = Self> {
        (0..Counter::FAMILIES.len())
            .map(Metric::Counter)
            .chain((0..Gauge::FAMILIES.len()).map(Metric::Gauge))
            .chain((0..Histogram::FAMILIES.len()).map(Metric::Histogram))
            .chain(derived::ALL.map(Metric::Derived))
    }
}

impl Telemetry {
    pub(super) fn read(&self, now: Timestamp) -> Vec<Reading> {
        Metric::all().map(|metric| self.read_one(metric, now)).collect()
    }

    pub(super) fn read_one(&self, metric: Metric, now: Timestamp) -> Reading {
        match metric {
            Metric::Counter(index) => {
                let series = self.table(&Counter::FAMILIES[index], |series| {
                    Value::Whole(self.0.counters[index][series].load(Ordering::Relaxed))
                });
                Reading { name: Counter::FAMILIES[index].name, kind: Kind::Counter, series }
            }
            Metric::Gauge(index) => {
                self.ask_watches();
                let series = self.table(&Gauge::FAMILIES[index], |series| {
                    Value::Whole(self.0.gauges[index][series].load(Ordering::Relaxed))
                });
                Reading { name: Gauge::FAMILIES[index].name, kind: Kind::Gauge, series }
            }
            Metric::Histogram(index) => {
                let series = self.table(&Histogram::FAMILIES[index], |series| self.distribution(index, series));
                Reading { name: Histogram::FAMILIES[index].name, kind: Kind::Histogram, series }
            }
            Metric::Derived(name) => self.derived(name, now),
        }
    }

    /// The series of a table's metric, without those of an unregistered destination that counted nothing.
    fn table(&self, family: &Family, value: impl Fn(usize) -> Value) -> Vec<Series> {
        (0..super::n_series(family, &self.0.destinations))
            .map(|series| Series { labels: labels(family, series, &self.0.destinations), value: value(series) })
            .filter(|series| !(series.value.is_zero() && series.labels.iter().any(|(_, value)| value == UNREGISTERED)))
            .collect()
    }

    fn distribution(&self, index: usize, series: usize) -> Value {
        let distribution = &self.0.histograms[index][series];
        Value::Distribution {
            bounds: bounds(index),
            buckets: distribution.buckets.iter().map(|bucket| bucket.load(Ordering::Relaxed)).collect(),
            sum: Duration::from_nanos(distribution.sum_nanos.load(Ordering::Relaxed)).as_secs_f64(),
        }
    }

    fn derived(&self, name: Name, now: Timestamp) -> Reading {
        let kind = if name == derived::CPU_TIME { Kind::Counter } else { Kind::Gauge };
        let one = |value: Value| vec![Series { labels: Vec::new(), value }];
        let maybe = |value: Option<Value>| value.map(one).unwrap_or_default();
        let series = match name {
            derived::SHARD_BEHIND => self.shards_behind(),
            derived::BEHIND_MAX => {
                let behind = self.shards().values().max().copied().unwrap_or_default();
                one(Value::Fraction(behind.as_secs_f64()))
            }
            derived::SHARDS => one(Value::Whole(self.shards().len() as u64)),
            derived::CHECKPOINT_AGE => {
                let at = Timestamp::from_nanos(self.0.checkpointed_nanos.load(Ordering::Relaxed));
                one(Value::Fraction(now.since(at).as_secs_f64()))
            }
            derived::BUILD_INFO => vec![Series {
                labels: vec![("version", Cow::Borrowed(env!("CARGO_PKG_VERSION")))],
                value: Value::Whole(1),
            }],
            derived::START_TIME => one(Value::Fraction(self.0.started.since(Timestamp::default()).as_secs_f64())),
            derived::RESIDENT_MEMORY => maybe(process::resident_bytes().map(Value::Whole)),
            _ => maybe(process::cpu_time().map(|time| Value::Fraction(time.as_secs_f64()))),
        };
        Reading { name, kind, series }
    }

    fn shards_behind(&self) -> Vec<Series> {
        let shards = self.shards();
        let shown = shards.iter().take(SHARDS_SHOWN_MAX);
        shown
            .map(|((stream, shard), behind)| Series {
                labels: vec![("stream", Cow::Owned(stream.to_string())), ("shard", Cow::Owned(shard.to_string()))],
                value: Value::Fraction(behind.as_secs_f64()),
            })
            .collect()
    }
}

impl Value {
    fn is_zero(&self) -> bool {
        match self {
            Self::Whole(value) => *value == 0,
            Self::Fraction(value) => *value == 0.0,
            Self::Distribution { buckets, .. } => buckets.iter().all(|bucket| *bucket == 0),
        }
    }
}

/// The labels of a series by its place: the last label runs fastest.
pub(super) fn labels(family: &Family, mut series: usize, destinations: &[String]) -> Labels {
    let mut labels: Labels = family
        .axes
        .iter()
        .rev()
        .map(|axis| {
            let count = (axis.count)(destinations);
            let value = (axis.value)(series % count, destinations);
            series /= count;
            (axis.key, value)
        })
        .collect();
    labels.reverse();
    labels
}

#[cfg(test)]
mod tests {
    use super::super::{DestinationIdx, Outcome};
    use super::*;

    #[test]
    fn labels_are_those_that_a_place_was_made_from() {
        let destinations = vec!["a".to_owned(), "b".to_owned()];
        let (family, series) = Counter::ExportAttempts(DestinationIdx(1), Outcome::Split).place(&destinations);
        let labels = labels(&Counter::FAMILIES[family], series, &destinations);
        assert_eq!(labels, [("destination", Cow::Borrowed("b")), ("outcome", Cow::Borrowed("split"))]);
    }

    #[test]
    fn the_slowest_shard_is_told_however_many_there_are() {
        let telemetry = Telemetry::default();
        for n in 0..300 {
            telemetry.shard_behind("central", &format!("shardId-{n:012}"), Duration::from_millis(n));
        }
        let now = Timestamp::from_seconds(1);
        assert_eq!(telemetry.read_one(Metric::Derived(derived::SHARD_BEHIND), now).series.len(), SHARDS_SHOWN_MAX);
        let max = telemetry.read_one(Metric::Derived(derived::BEHIND_MAX), now);
        assert_eq!(max.series[0].value, Value::Fraction(0.299));
        telemetry.shard_gone("central", "shardId-000000000299");
        let max = telemetry.read_one(Metric::Derived(derived::BEHIND_MAX), now);
        assert_eq!(max.series[0].value, Value::Fraction(0.298));
    }

    #[test]
    fn a_checkpoint_grows_old_from_the_start_on() {
        let telemetry = Telemetry::new(Vec::new(), Timestamp::from_seconds(100));
        let age = |now| telemetry.read_one(Metric::Derived(derived::CHECKPOINT_AGE), now).series[0].value.clone();
        assert_eq!(age(Timestamp::from_seconds(160)), Value::Fraction(60.0));
        telemetry.checkpointed(Timestamp::from_seconds(150));
        assert_eq!(age(Timestamp::from_seconds(160)), Value::Fraction(10.0));
    }
}
