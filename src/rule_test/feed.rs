//! What arrives when: the inputs of a test in the order of their arrival, a step of the clock at a time.

use std::collections::BTreeMap;
use std::time::Duration;

use super::file::{Accounts, LogInput, MetricInput, Stat, Test};
use super::take::Batch;
use crate::id::{AccountId, Region};
use crate::record::metric::{Datum, Dimension, Points, Resource, Statistic};
use crate::tenant::Directory;
use crate::time::Timestamp;

/// Something that arrives.
#[derive(Clone, Debug)]
pub(super) enum Delivery<'t> {
    /// Log records.
    Logs(Batch<'t>),
    /// A point of a metric.
    Point(PointOf<'t>),
}

/// One period of a series, of one account.
#[derive(Clone, Debug)]
pub(super) struct PointOf<'t> {
    /// Inputs that are statistics of the same series.
    pub(super) inputs: Vec<&'t MetricInput>,
    /// Which series of the test.
    pub(super) index: usize,
    pub(super) account: AccountId,
    /// Which period, from 0.
    pub(super) period: usize,
}

/// A delivery and its way.
#[derive(Clone, Debug)]
pub(super) struct Arrival<'t> {
    pub(super) arrived: Timestamp,
    pub(super) shard: Option<usize>,
    pub(super) account: AccountId,
    pub(super) delivery: Delivery<'t>,
}

/// How far the inputs were handed out.
#[derive(Debug)]
pub(super) struct Feed<'t> {
    start: Timestamp,
    logs: Vec<(&'t LogInput, u64)>,
    series: Vec<(Vec<&'t MetricInput>, usize)>,
}

impl<'t> Feed<'t> {
    pub(super) fn new(test: &'t Test) -> Self {
        let mut series: BTreeMap<_, Vec<&MetricInput>> = BTreeMap::new();
        for input in test.metrics.iter().filter(|input| !input.is_own()) {
            series.entry(key(input)).or_default().push(input);
        }
        // In the order of the file, so that a change elsewhere changes nothing here.
        let mut series: Vec<_> = series.into_values().map(|inputs| (inputs, 0)).collect();
        let place = |input: &MetricInput| test.metrics.iter().position(|other| std::ptr::eq(input, other));
        series.sort_by_key(|(inputs, _)| place(inputs[0]));
        Self { start: test.start, logs: test.logs.iter().map(|input| (input, 0)).collect(), series }
    }

    /// Everything that arrives up to `now` and was not handed out before, in the order of arrival.
    pub(super) fn until(&mut self, now: Timestamp, directory: &Directory) -> Vec<Arrival<'t>> {
        let mut arrivals = Vec::new();
        for (index, (input, next)) in self.logs.iter_mut().enumerate() {
            let first = *next;
            let mut arrived = self.start;
            while let Some(at) = input.times.get(*next).map(|offset| self.start.plus(offset).plus(input.arrive)) {
                if at > now {
                    break;
                }
                arrived = at;
                *next += 1;
            }
            if first == *next {
                continue;
            }
            let delivery = |account| {
                let batch = Batch { input, index, account, repetitions: first..*next };
                Arrival { arrived, shard: input.shard, account, delivery: Delivery::Logs(batch) }
            };
            arrivals.extend(accounts(&input.accounts, directory).into_iter().map(delivery));
        }
        for (index, (inputs, next)) in self.series.iter_mut().enumerate() {
            let longest = inputs.iter().map(|input| input.values.len()).max().unwrap_or_default();
            let Some(input) = inputs.first() else { continue };
            while *next < longest {
                let (_, end) = period(input, *next, self.start);
                let arrived = end.plus(input.arrive);
                if arrived > now {
                    break;
                }
                let period = *next;
                *next += 1;
                if inputs.iter().all(|input| input.values.get(period).copied().flatten().is_none()) {
                    continue;
                }
                let delivery = |account| {
                    let point = PointOf { inputs: inputs.clone(), index, account, period };
                    Arrival { arrived, shard: input.shard, account, delivery: Delivery::Point(point) }
                };
                arrivals.extend(accounts(&input.accounts, directory).into_iter().map(delivery));
            }
        }
        arrivals.sort_by_key(|arrival| arrival.arrived);
        arrivals
    }
}

fn accounts(accounts: &Accounts, directory: &Directory) -> Vec<AccountId> {
    match accounts {
        Accounts::All => directory.entries().map(|entry| entry.account).collect(),
        Accounts::These(accounts) => accounts.clone(),
    }
}

/// What makes inputs statistics of one series.
#[expect(clippy::type_complexity, reason = "compared, and never taken apart")]
fn key(
    input: &MetricInput,
) -> (
    (&str, &str, &[(String, String)]),
    (Option<AccountId>, Option<Region>),
    (Duration, Duration, Duration, Option<usize>),
) {
    let account = match &input.accounts {
        Accounts::All => None,
        Accounts::These(accounts) => accounts.first().copied(),
    };
    (
        (&input.namespace, &input.metric, &input.dimensions),
        (account, input.region),
        (input.period, input.from, input.arrive, input.shard),
    )
}

/// Beginning and end of a period.
fn period(input: &MetricInput, index: usize, start: Timestamp) -> (Timestamp, Timestamp) {
    let length = u64::try_from(input.period.as_nanos()).unwrap_or(u64::MAX);
    let begin = start.plus(input.from).plus(Duration::from_nanos(length.saturating_mul(index as u64)));
    (begin, begin.plus(input.period))
}

impl MetricInput {
    /// Whether it is a metric of Fanin itself.
    pub(super) const fn is_own(&self) -> bool {
        self.namespace.is_empty()
    }

    /// Values of the periods that end after `before` and not after `now`, each with a moment inside of its period.
    pub(super) fn between(
        &self,
        start: Timestamp,
        before: Timestamp,
        now: Timestamp,
    ) -> impl Iterator<Item = (Timestamp, f64)> {
        let over = before.since(start.plus(self.from)).as_nanos() / self.period.as_nanos().max(1);
        let first = usize::try_from(over).unwrap_or(usize::MAX);
        let ends = move |index| period(self, index, start).1;
        let periods = (first..self.values.len()).take_while(move |index| ends(*index) <= now);
        periods.filter(move |index| ends(*index) > before).filter_map(move |index| {
            let inside = ends(index).minus(Duration::from_nanos(1));
            Some((inside, self.values.get(index).copied().flatten()?))
        })
    }
}

impl PointOf<'_> {
    /// The point. Where the test gives no SampleCount there was one sample; where it gives no minimum or maximum, the sample
    /// is both.
    pub(super) fn points(&self, start: Timestamp, directory: &Directory) -> Points<'_> {
        let mut points = Points::default();
        let Some(input) = self.inputs.first() else { return points };
        let (begin, end) = period(input, self.period, start);
        let region = input.region.or_else(|| directory.get(self.account)?.region);
        points.set_resource(Resource { account: self.account, region, stream: None });
        let value = |wanted: &Stat| {
            let of = self.inputs.iter().find(|input| input.stat == *wanted)?;
            of.values.get(self.period).copied().flatten()
        };
        let statistics: Vec<_> = self
            .inputs
            .iter()
            .filter_map(|input| match &input.stat {
                Stat::Other(name) => Some(Statistic { name, value: input.values.get(self.period).copied().flatten()? }),
                Stat::Sum | Stat::Min | Stat::Max | Stat::Avg | Stat::Count => None,
            })
            .collect();
        let count = value(&Stat::Count).unwrap_or(1.0);
        let average = value(&Stat::Avg).map(|average| average * count);
        let (min, max) = (value(&Stat::Min), value(&Stat::Max));
        let sample = max.or(min).or_else(|| statistics.first().map(|statistic| statistic.value));
        let sum = value(&Stat::Sum).or(average).or(sample).or_else(|| value(&Stat::Count)).unwrap_or_default();
        let single = (count == 1.0).then_some(sum);
        let datum = Datum {
            namespace: &input.namespace,
            name: &input.metric,
            unit: &input.unit,
            start: begin,
            end,
            count,
            sum,
            min: min.or(single),
            max: max.or(single),
        };
        let dimensions = input.dimensions.iter().map(|(name, value)| Dimension { name, value });
        points.push(datum, dimensions, statistics);
        points
    }
}
