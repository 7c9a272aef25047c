//! Points in their simplest form, for tests of decoders and encoders against other codecs.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{Datum, Dimension, Point, Points, Resource, Statistic, Stream};
use crate::id::{AccountId, Region};
use crate::time::Timestamp;

/// A point that owns everything.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sample {
    pub(crate) owner: Owner,
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) unit: String,
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) count: f64,
    pub(crate) sum: f64,
    pub(crate) min: Option<f64>,
    pub(crate) max: Option<f64>,
    pub(crate) dimensions: BTreeMap<String, String>,
    pub(crate) statistics: Vec<(String, f64)>,
}

/// Whose it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Owner {
    pub(crate) account: AccountId,
    pub(crate) region: Option<Region>,
    pub(crate) arn: Option<String>,
}

/// Any number but NaN, which is never equal to itself.
pub(crate) fn number() -> impl Strategy<Value = f64> {
    prop_oneof![Just(0.0), Just(-1.5), Just(f64::INFINITY), any::<f64>().prop_filter("NaN", |number| !number.is_nan())]
}

/// A point with statistics of those names.
pub(crate) fn sample(statistics: &'static [&'static str]) -> impl Strategy<Value = Sample> {
    let text = || prop_oneof![9 => "[a-zA-Z/%_.:\u{e9}]{1,12}", 1 => "[a-z]{120,140}"];
    let series = (owner(), text(), text(), prop_oneof![Just("{Count}"), Just("By/s"), Just("")]);
    let values = (number(), number(), prop::option::of(number()), prop::option::of(number()));
    let dimensions = prop::collection::btree_map(text(), "[ -~\u{e9}\u{1f600}]{0,20}", 0..4);
    let statistics = prop::sample::subsequence(statistics, 0..=statistics.len())
        .prop_flat_map(|names| names.into_iter().map(|name| (Just(name.to_owned()), number())).collect::<Vec<_>>());
    (series, any::<(u64, u64)>(), values, dimensions, statistics).prop_map(
        |((owner, namespace, name, unit), (start, end), (count, sum, min, max), dimensions, statistics)| Sample {
            owner,
            namespace,
            name,
            unit: unit.into(),
            start,
            end,
            count,
            sum,
            min,
            max,
            dimensions,
            statistics,
        },
    )
}

fn owner() -> impl Strategy<Value = Owner> {
    let arn = "arn:aws:cloudwatch:eu-central-1:999988887777:metric-stream/s";
    let accounts = prop_oneof![Just("111122223333"), Just("000000000042")];
    (accounts, prop::option::of(Just("eu-central-1")), prop::option::of(Just(arn))).prop_map(
        |(account, region, arn)| Owner {
            account: account.parse().unwrap(),
            region: region.map(|region| region.parse().unwrap()),
            arn: arn.map(Into::into),
        },
    )
}

/// The samples as a decoder would give them.
pub(crate) fn points(samples: &[Sample]) -> Points<'_> {
    let mut points = Points::default();
    for sample in samples {
        let stream = sample.owner.arn.as_deref().map(Stream::Arn);
        points.set_resource(Resource { account: sample.owner.account, region: sample.owner.region, stream });
        let dimensions = sample.dimensions.iter().map(|(name, value)| Dimension { name, value });
        let statistics = sample.statistics.iter().map(|(name, value)| Statistic { name, value: *value });
        points.push(
            Datum {
                namespace: &sample.namespace,
                name: &sample.name,
                unit: &sample.unit,
                start: Timestamp::from_nanos(sample.start),
                end: Timestamp::from_nanos(sample.end),
                count: sample.count,
                sum: sample.sum,
                min: sample.min,
                max: sample.max,
            },
            dimensions,
            statistics,
        );
    }
    points
}

impl From<Point<'_>> for Sample {
    fn from(point: Point<'_>) -> Self {
        let Point { resource, datum, dimensions, statistics } = point;
        let arn = resource.stream.map(|stream| match stream {
            Stream::Arn(text) | Stream::Name(text) => text.to_owned(),
        });
        Self {
            owner: Owner { account: resource.account, region: resource.region, arn },
            namespace: datum.namespace.to_owned(),
            name: datum.name.to_owned(),
            unit: datum.unit.to_owned(),
            start: datum.start.nanos(),
            end: datum.end.nanos(),
            count: datum.count,
            sum: datum.sum,
            min: datum.min,
            max: datum.max,
            dimensions: dimensions.iter().map(|d| (d.name.to_owned(), d.value.to_owned())).collect(),
            statistics: statistics.iter().map(|s| (s.name.to_owned(), s.value)).collect(),
        }
    }
}
