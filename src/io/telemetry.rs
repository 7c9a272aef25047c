//! Fanin's own metrics: names are one table, values are atomics, read by `/metrics` and by the OpenTelemetry SDK.
//!
//! Counting is one atomic addition. All label sets are closed or registered at the start, but for the shards of Kinesis
//! streams, which come and go. No label names an account: 6,000 of them times every metric is what backends charge for.

mod exposition;
mod label;
mod names;
#[cfg(feature = "service")]
mod otlp;
mod process;
mod read;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use crate::delivery::Source;
use crate::io::clock;
use crate::time::Timestamp;

pub use label::{DestinationIdx, HeldBack, Oddity, Outcome, Redaction, Refusal, Stage};
pub use names::{Counter, Gauge, Histogram, Name, all as names};
#[cfg(feature = "service")]
pub use otlp::{Error as OtlpError, Push};

/// Upper bounds in seconds of the time of one attempt to export.
const EXPORT_BOUNDS: &[f64] = &[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// Upper bounds in seconds of the time from arrival to acceptance, from a laptop to a backend that was down for hours.
const DELAY_BOUNDS: &[f64] =
    &[0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3_600.0, 14_400.0, 86_400.0];

/// A cheap handle on all of Fanin's own metrics.
#[derive(Clone)]
pub struct Telemetry(Arc<Inner>);

struct Inner {
    destinations: Vec<String>,
    started: Timestamp,
    counters: Vec<Vec<AtomicU64>>,
    gauges: Vec<Vec<AtomicU64>>,
    histograms: Vec<Vec<Distribution>>,
    shards: Mutex<BTreeMap<ShardKey, Duration>>,
    checkpointed_nanos: AtomicU64,
    watches: Mutex<Vec<Watch>>,
    /// Who is told of every duration.
    listener: OnceLock<Listener>,
}

/// Stream and shard.
type ShardKey = (Box<str>, Box<str>);

/// Takes a duration, by the place of its family and series.
type Listener = Box<dyn Fn(usize, usize, Duration) + Send + Sync>;

/// Something that knows a gauge's value whenever it is asked.
type Watch = (Gauge, Box<dyn Fn() -> u64 + Send + Sync>);

struct Distribution {
    /// Values up to each bound, and one bucket for those above the last.
    buckets: Vec<AtomicU64>,
    sum_nanos: AtomicU64,
}

/// All counters and gauges at one moment, for summaries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    destinations: Vec<String>,
    counters: Vec<Vec<u64>>,
    gauges: Vec<Vec<u64>>,
}

/// Metrics without destinations, for what has none.
impl Default for Telemetry {
    fn default() -> Self {
        Self::new(Vec::new(), clock::now())
    }
}

impl fmt::Debug for Telemetry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Telemetry {{ {} destinations }}", self.0.destinations.len())
    }
}

impl Telemetry {
    /// Metrics of a process that started at `started` and exports to the named destinations, in the order of the configuration.
    #[must_use]
    pub fn new(destinations: Vec<String>, started: Timestamp) -> Self {
        let tables = [Counter::FAMILIES, Gauge::FAMILIES]
            .map(|families| families.iter().map(|family| zeros(n_series(family, &destinations))).collect::<Vec<_>>());
        let [counters, gauges] = tables;
        let histograms = Histogram::FAMILIES
            .iter()
            .enumerate()
            .map(|(index, family)| {
                let n_buckets = bounds(index).len() + 1;
                (0..n_series(family, &destinations)).map(|_| Distribution::new(n_buckets)).collect()
            })
            .collect();
        Self(Arc::new(Inner {
            destinations,
            started,
            counters,
            gauges,
            histograms,
            shards: Mutex::default(),
            checkpointed_nanos: AtomicU64::new(started.nanos()),
            watches: Mutex::default(),
            listener: OnceLock::new(),
        }))
    }

    /// Adds to a counter.
    pub fn count(&self, counter: Counter, n: u64) {
        let (family, series) = counter.place(&self.0.destinations);
        let _ = self.0.counters[family][series].fetch_add(n, Ordering::Relaxed);
    }

    /// Sets a gauge.
    pub fn set(&self, gauge: Gauge, value: u64) {
        self.gauge(gauge).store(value, Ordering::Relaxed);
    }

    /// Adds to a gauge.
    pub fn add(&self, gauge: Gauge, n: u64) {
        let _ = self.gauge(gauge).fetch_add(n, Ordering::Relaxed);
    }

    /// Takes from a gauge what was added before.
    pub fn subtract(&self, gauge: Gauge, n: u64) {
        let _ = self.gauge(gauge).fetch_sub(n, Ordering::Relaxed);
    }

    /// From now on `value` is asked whenever the gauge is read.
    pub fn watch(&self, gauge: Gauge, value: impl Fn() -> u64 + Send + Sync + 'static) {
        self.0.watches.lock().unwrap_or_else(PoisonError::into_inner).push((gauge, Box::new(value)));
    }

    /// Notes a duration.
    pub fn record(&self, histogram: Histogram, duration: Duration) {
        let (family, series) = histogram.place(&self.0.destinations);
        self.0.histograms[family][series].record(bounds(family), duration);
        if let Some(listener) = self.0.listener.get() {
            listener(family, series, duration);
        }
    }

    /// How far the reader of a shard is behind its tip (`MillisBehindLatest`).
    pub fn shard_behind(&self, stream: &str, shard: &str, behind: Duration) {
        let _ = self.shards().insert((stream.into(), shard.into()), behind);
    }

    /// A shard that is not read any more.
    pub fn shard_gone(&self, stream: &str, shard: &str) {
        let _ = self.shards().remove(&(stream.into(), shard.into()));
    }

    /// Checkpoints were stored at `now`.
    pub fn checkpointed(&self, now: Timestamp) {
        let _ = self.0.checkpointed_nanos.fetch_max(now.nanos(), Ordering::Relaxed);
    }

    /// The text of `/metrics`, in the Prometheus exposition format 0.0.4.
    #[must_use]
    pub fn exposition(&self) -> String {
        exposition::text(&self.read(clock::now()))
    }

    /// All counters and gauges as they are now.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.ask_watches();
        let load = |table: &[Vec<AtomicU64>]| {
            table.iter().map(|family| family.iter().map(|value| value.load(Ordering::Relaxed)).collect()).collect()
        };
        Snapshot {
            destinations: self.0.destinations.clone(),
            counters: load(&self.0.counters),
            gauges: load(&self.0.gauges),
        }
    }

    /// How many deliveries took how long from arrival to safety, whatever their source: one number for each of `delay_bounds`, and
    /// one for those above the last.
    #[must_use]
    pub fn delays(&self) -> Vec<u64> {
        let (family, _) = Histogram::Delay(Source::Kinesis).place(&self.0.destinations);
        let mut sums = vec![0; DELAY_BOUNDS.len() + 1];
        for distribution in &self.0.histograms[family] {
            for (sum, bucket) in sums.iter_mut().zip(&distribution.buckets) {
                *sum += bucket.load(Ordering::Relaxed);
            }
        }
        sums
    }

    /// Upper bounds in seconds of what `delays` counts.
    #[must_use]
    pub const fn delay_bounds() -> &'static [f64] {
        DELAY_BOUNDS
    }

    fn gauge(&self, gauge: Gauge) -> &AtomicU64 {
        let (family, series) = gauge.place(&self.0.destinations);
        &self.0.gauges[family][series]
    }

    fn ask_watches(&self) {
        for (gauge, value) in self.0.watches.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            self.set(*gauge, value());
        }
    }

    fn shards(&self) -> std::sync::MutexGuard<'_, BTreeMap<ShardKey, Duration>> {
        self.0.shards.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Snapshot {
    /// The value of a counter.
    #[must_use]
    pub fn counter(&self, counter: Counter) -> u64 {
        let (family, series) = counter.place(&self.destinations);
        self.counters[family][series]
    }

    /// The sum of a counter over all its labels, whichever are given.
    #[must_use]
    pub fn total(&self, counter: Counter) -> u64 {
        self.counters[counter.place(&self.destinations).0].iter().sum()
    }

    /// The value of a gauge.
    #[must_use]
    pub fn gauge(&self, gauge: Gauge) -> u64 {
        let (family, series) = gauge.place(&self.destinations);
        self.gauges[family][series]
    }
}

impl Distribution {
    fn new(n_buckets: usize) -> Self {
        Self { buckets: zeros(n_buckets), sum_nanos: AtomicU64::new(0) }
    }

    fn record(&self, bounds: &[f64], duration: Duration) {
        let seconds = duration.as_secs_f64();
        let bucket = bounds.partition_point(|bound| *bound < seconds);
        let _ = self.buckets[bucket].fetch_add(1, Ordering::Relaxed);
        let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        let _ = self.sum_nanos.fetch_add(nanos, Ordering::Relaxed);
    }
}

fn bounds(histogram: usize) -> &'static [f64] {
    [EXPORT_BOUNDS, DELAY_BOUNDS][histogram]
}

fn n_series(family: &names::Family, destinations: &[String]) -> usize {
    family.axes.iter().map(|axis| (axis.count)(destinations)).product()
}

fn zeros(n: usize) -> Vec<AtomicU64> {
    (0..n).map(|_| AtomicU64::new(0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Signal;
    use crate::reject::Reason;

    #[test]
    fn a_snapshot_has_values_and_totals() {
        let telemetry = Telemetry::new(vec!["a".into(), "b".into()], Timestamp::default());
        telemetry.count(Counter::Exported(DestinationIdx(0), Signal::Logs), 3);
        telemetry.count(Counter::Exported(DestinationIdx(1), Signal::Metrics), 4);
        telemetry.count(Counter::Rejects(Reason::BadJson), 1);
        telemetry.add(Gauge::QueueBytes(Stage::Export), 10);
        telemetry.subtract(Gauge::QueueBytes(Stage::Export), 4);
        telemetry.watch(Gauge::MemoryBytes, || 42);
        let snapshot = telemetry.snapshot();
        assert_eq!(snapshot.counter(Counter::Exported(DestinationIdx(1), Signal::Metrics)), 4);
        assert_eq!(snapshot.counter(Counter::Exported(DestinationIdx(1), Signal::Logs)), 0);
        assert_eq!(snapshot.total(Counter::Exported(DestinationIdx(0), Signal::Logs)), 7);
        assert_eq!(snapshot.total(Counter::Rejects(Reason::BadGzip)), 1);
        assert_eq!(snapshot.gauge(Gauge::QueueBytes(Stage::Export)), 6);
        assert_eq!(snapshot.gauge(Gauge::MemoryBytes), 42);
    }

    #[test]
    fn an_index_that_nobody_registered_disturbs_no_neighbour() {
        let telemetry = Telemetry::default();
        telemetry.count(Counter::Exported(DestinationIdx(5), Signal::Logs), 1);
        assert_eq!(telemetry.snapshot().total(Counter::Exported(DestinationIdx(0), Signal::Logs)), 1);
        telemetry.record(Histogram::ExportDuration(DestinationIdx(9)), Duration::from_secs(1));
        telemetry.record(Histogram::Delay(Source::Kinesis), Duration::MAX);
    }
}
