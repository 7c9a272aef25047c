//! CloudWatch points into OTLP metrics.
//!
//! Whatever the input, a metric is named `amazonaws.com/<Namespace>/<MetricName>`, each dimension is an attribute under
//! its own name, and `aws.namespace` is one more. A point covers its period, from start to time.
//!
//! `MetricShape::Gauges` gives `.min`, `.max`, `.avg` and one gauge for each further statistic, and two sums:
//! `.sum`, delta and not monotonic, as CloudWatch metrics may be negative, and `.count`, delta and monotonic.
//! Without samples there is no average. Dimension sets overlap, so nothing is ever added up over them.
//!
//! `MetricShape::Summary` gives AWS's own summary, which OTLP says is cumulative and CloudWatch's is not. What it cannot
//! hold follows beside it: statistics that are no percentiles as gauges, a count that is not whole as `.count`.

use bytes::Bytes;

use super::{CHUNK_BYTES, write_scope};
use crate::chunk::Chunk;
use crate::config::MetricShape;
use crate::id::{AccountId, Region, Signal};
use crate::proto::{Guess, Writer, varint_len};
use crate::record::attribute;
use crate::record::metric::{NAME_PREFIX, Point, Points, Resource, Stream, statistic, unit};
use crate::tenant::{Directory, Tag};

/// Value of `encoding.format` on the scope.
pub const ENCODING_FORMAT: &str = "aws.cloudwatch_metrics";

/// `AGGREGATION_TEMPORALITY_DELTA`.
const DELTA: u64 = 1;

/// Bytes that a point takes in the output before any was measured.
const POINT_BYTES: usize = 1024;

/// Writes points as OTLP; keeps its scratch buffers from call to call.
#[derive(Debug)]
pub struct MetricEncoder {
    /// The `ScopeMetrics.scope` field, the same for all.
    scope: Writer,
    /// Name of the point at hand, without suffix.
    name: Vec<u8>,
    /// Attributes, start and time of the point at hand: the same fields in every kind of data point.
    common: Writer,
    /// Bytes that a point took in the output last time.
    point_bytes: usize,
}

impl Default for MetricEncoder {
    fn default() -> Self {
        let mut scope = Writer::new();
        write_scope(&mut scope, ENCODING_FORMAT);
        Self { scope, name: Vec::new(), common: Writer::new(), point_bytes: POINT_BYTES }
    }
}

/// One `ResourceMetrics` in the output buffer.
struct Cut {
    account: AccountId,
    records: u32,
    end: usize,
}

impl MetricEncoder {
    /// Writes all points, those of one account, Region and metric stream together, in chunks of about 1 MiB.
    /// Gives the number of points of each account, ascending; the chunks count OTLP data points, which are more.
    pub fn encode(
        &mut self,
        points: &Points<'_>,
        shape: MetricShape,
        directory: &Directory,
        chunks: &mut Vec<Chunk>,
    ) -> Vec<(AccountId, u64)> {
        let points = points.by_resource();
        let mut out = Writer::with_capacity(points.len() * self.point_bytes);
        let mut cuts = Vec::new();
        let mut counts: Vec<(AccountId, u64)> = Vec::new();
        for group in points.chunk_by(|a, b| a.resource == b.resource) {
            let resource = group[0].resource;
            match counts.last_mut() {
                Some((account, count)) if *account == resource.account => *count += group.len() as u64,
                Some(_) | None => counts.push((resource.account, group.len() as u64)),
            }
            let tag = directory.tag(resource.account);
            let mut rest = group;
            while !rest.is_empty() {
                let (taken, records) = self.resource_metrics(resource, tag, shape, rest, &mut out);
                cuts.push(Cut { account: resource.account, records, end: out.len() });
                rest = &rest[taken..];
            }
        }
        if let Some(bytes) = out.len().checked_div(points.len()) {
            self.point_bytes = bytes + bytes / 8;
        }
        push_chunks(cuts, &Bytes::from(out.into_vec()), directory, chunks);
        counts
    }

    /// Writes points until there are none left or the chunk is full: how many were taken, and their data points.
    fn resource_metrics(
        &mut self,
        resource: &Resource<'_>,
        tag: &Tag,
        shape: MetricShape,
        points: &[Point<'_>],
        out: &mut Writer,
    ) -> (usize, u32) {
        let start = out.len();
        let guess = if points.len() * self.point_bytes < 1 << 14 { Guess::Medium } else { Guess::Long };
        let resource_metrics = out.begin(1, guess);
        write_resource(resource, tag, out);
        let scope_metrics = out.begin(2, guess);
        out.raw(self.scope.as_slice());
        let (mut taken, mut records) = (0, 0);
        for point in points {
            records += self.point(point, shape, out);
            taken += 1;
            if out.len() - start >= CHUNK_BYTES {
                break;
            }
        }
        out.end(scope_metrics);
        out.end(resource_metrics);
        (taken, records)
    }

    /// Writes the metrics of one point: how many data points they have.
    fn point(&mut self, point: &Point<'_>, shape: MetricShape, out: &mut Writer) -> u32 {
        self.prepare(point);
        match shape {
            MetricShape::Gauges => self.gauges(point, out),
            MetricShape::Summary => self.summary(point, out),
        }
    }

    fn prepare(&mut self, point: &Point<'_>) {
        self.name.clear();
        for part in [NAME_PREFIX, point.datum.namespace, "/", point.datum.name] {
            self.name.extend_from_slice(part.as_bytes());
        }
        self.common.clear();
        let mut named_as_ours = false;
        for dimension in point.dimensions {
            named_as_ours |= dimension.name == attribute::NAMESPACE;
            self.common.text_attribute(7, dimension.name, dimension.value);
        }
        // Keys of attributes are unique, and the dimension set must stay whole; the namespace stands in the name too.
        if !named_as_ours {
            self.common.text_attribute(7, attribute::NAMESPACE, point.datum.namespace);
        }
        self.common.fixed64_field(2, point.datum.start.nanos());
        self.common.fixed64_field(3, point.datum.end.nanos());
    }

    fn gauges(&self, point: &Point<'_>, out: &mut Writer) -> u32 {
        let datum = point.datum;
        let average = (datum.count > 0.0).then(|| datum.sum / datum.count);
        let mut records = 0;
        for (suffix, value) in [("min", datum.min), ("max", datum.max), ("avg", average)] {
            if let Some(value) = value {
                records += self.number(suffix, datum.unit, Number::Gauge, value, out);
            }
        }
        for statistic in point.statistics {
            let unit = statistic::unit(statistic.name, datum.unit);
            records += self.number(statistic.name, unit, Number::Gauge, statistic.value, out);
        }
        records += self.number("sum", datum.unit, Number::Sum, datum.sum, out);
        records + self.number("count", unit::COUNT, Number::Count, datum.count, out)
    }

    /// One metric with one data point of a number.
    fn number(&self, suffix: &str, unit: &str, number: Number, value: f64, out: &mut Writer) -> u32 {
        const DOUBLE: usize = 1 + 8;
        let point = self.common.len() + DOUBLE;
        let (field, flags): (u32, &[u64]) = match number {
            Number::Gauge => (5, &[]),
            Number::Sum => (7, &[DELTA]),
            Number::Count => (7, &[DELTA, 1]),
        };
        let data = field_len(point) + 2 * flags.len();
        self.metric_header(suffix, unit, field, data, out);
        out.header(1, point);
        out.raw(self.common.as_slice());
        out.double_field(4, value);
        for (number, flag) in (2..).zip(flags) {
            out.varint_field(number, *flag);
        }
        1
    }

    /// Everything of a metric up to its data, whose `data` bytes the caller writes next.
    fn metric_header(&self, suffix: &str, unit: &str, field: u32, data: usize, out: &mut Writer) {
        let dot = usize::from(!suffix.is_empty());
        let name = self.name.len() + dot + suffix.len();
        let unit_field = if unit.is_empty() { 0 } else { field_len(unit.len()) };
        out.header(2, field_len(name) + unit_field + field_len(data));
        out.header(1, name);
        out.raw(&self.name);
        out.raw(&b"."[..dot]);
        out.raw(suffix.as_bytes());
        if !unit.is_empty() {
            out.bytes_field(3, unit.as_bytes());
        }
        out.header(field, data);
    }

    fn summary(&self, point: &Point<'_>, out: &mut Writer) -> u32 {
        const QUANTILE: usize = 2 * (1 + 8);
        let datum = point.datum;
        let percentiles = || point.statistics.iter().filter_map(|s| Some((statistic::quantile(s.name)?, s.value)));
        let quantiles = || {
            let min = datum.min.map(|min| (0.0, min));
            let max = datum.max.map(|max| (1.0, max));
            min.into_iter().chain(percentiles()).chain(max)
        };
        let body = self.common.len() + 2 * (1 + 8) + quantiles().count() * field_len(QUANTILE);
        self.metric_header("", datum.unit, 11, field_len(body), out);
        out.header(1, body);
        out.raw(self.common.as_slice());
        out.fixed64_field(4, whole(datum.count));
        out.double_field(5, datum.sum);
        for (quantile, value) in quantiles() {
            out.header(6, QUANTILE);
            out.double_field(1, quantile);
            out.double_field(2, value);
        }
        1 + self.beside_summary(point, out)
    }

    /// What a summary cannot hold.
    fn beside_summary(&self, point: &Point<'_>, out: &mut Writer) -> u32 {
        let mut records = 0;
        for statistic in point.statistics.iter().filter(|s| statistic::quantile(s.name).is_none()) {
            let unit = statistic::unit(statistic.name, point.datum.unit);
            records += self.number(statistic.name, unit, Number::Gauge, statistic.value, out);
        }
        if whole(point.datum.count) as f64 != point.datum.count {
            records += self.number("count", unit::COUNT, Number::Count, point.datum.count, out);
        }
        records
    }
}

/// The kinds of number metrics that are written.
#[derive(Clone, Copy)]
enum Number {
    Gauge,
    /// Delta, not monotonic.
    Sum,
    /// Delta, monotonic.
    Count,
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates and takes NaN as 0")]
fn whole(count: f64) -> u64 {
    count.round() as u64
}

/// Bytes of a length-delimited field with a number under 16.
const fn field_len(length: usize) -> usize {
    1 + varint_len(length as u64) + length
}

fn write_resource(resource: &Resource<'_>, tag: &Tag, out: &mut Writer) {
    let open = out.begin(1, Guess::Medium);
    out.resource_attribute(attribute::CLOUD_PROVIDER, "aws");
    out.resource_attribute(attribute::CLOUD_ACCOUNT_ID, resource.account.as_str());
    if let Some(region) = resource.region.as_ref().map(Region::as_str) {
        out.resource_attribute(attribute::CLOUD_REGION, region);
    }
    match resource.stream {
        Some(Stream::Arn(arn)) => out.resource_attribute(attribute::EXPORTER_ARN, arn),
        Some(Stream::Name(name)) => out.resource_attribute(attribute::METRIC_STREAM_NAME, name),
        None => {}
    }
    out.raw(&tag.attributes);
    out.end(open);
}

fn push_chunks(cuts: Vec<Cut>, bytes: &Bytes, directory: &Directory, chunks: &mut Vec<Chunk>) {
    let mut start = 0;
    for Cut { account, records, end } in cuts {
        let destinations = directory.tag(account).destinations;
        chunks.push(Chunk { signal: Signal::Metrics, account, records, destinations, bytes: bytes.slice(start..end) });
        start = end;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
    use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
    use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
    use opentelemetry_proto::tonic::metrics::v1::metric::Data;
    use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value as NumberValue;
    use opentelemetry_proto::tonic::metrics::v1::summary_data_point::ValueAtQuantile;
    use opentelemetry_proto::tonic::metrics::v1::{
        AggregationTemporality, Gauge, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum, Summary,
        SummaryDataPoint,
    };
    use opentelemetry_proto::tonic::resource::v1::Resource as OtlpResource;
    use proptest::prelude::*;
    use prost::Message as _;

    use super::*;
    use crate::chunk::Destinations;
    use crate::config::Route;
    use crate::record::metric::sample::{Owner, Sample, points, sample};
    use crate::tenant::{Entry, State};

    const STATISTICS: &[&str] = &["IQM", "PR(:300)", "TC(0.005:0.030)", "TM(25%:75%)", "p50", "p99.9"];

    fn text(key: &str, value: &str) -> KeyValue {
        let value = Some(AnyValue { value: Some(Any::StringValue(value.into())) });
        KeyValue { key: key.into(), value, ..KeyValue::default() }
    }

    /// Knows account 111122223333 only; destination 1 takes tenants of another id.
    fn directory() -> Directory {
        let entry = Entry {
            account: "111122223333".parse().unwrap(),
            tenant: "acme".into(),
            name: None,
            tier: Some("gold".into()),
            region: None,
            ou_path: None,
            state: State::Active,
            created: None,
            labels: BTreeMap::new(),
        };
        let route = Route { attribute: attribute::TENANT_ID.into(), values: ["unassigned".to_owned()].into() };
        Directory::new([entry], attribute::TENANT_ID, &[None, Some(route)])
    }

    fn tenant(account: AccountId) -> Vec<KeyValue> {
        match account.as_str() {
            "111122223333" => vec![text("tenant.id", "acme"), text("tenant.tier", "gold")],
            _ => vec![text("tenant.id", "unassigned")],
        }
    }

    fn encode(samples: &[Sample], shape: MetricShape) -> (Vec<Chunk>, Vec<(AccountId, u64)>) {
        let mut chunks = Vec::new();
        let counts = MetricEncoder::default().encode(&points(samples), shape, &directory(), &mut chunks);
        (chunks, counts)
    }

    fn decoded(chunks: &[Chunk]) -> Vec<ResourceMetrics> {
        let request = chunks.iter().flat_map(|chunk| chunk.bytes.to_vec()).collect::<Vec<_>>();
        ExportMetricsServiceRequest::decode(&request[..]).unwrap().resource_metrics
    }

    fn metrics(samples: &[Sample], shape: MetricShape) -> Vec<Metric> {
        let entries = decoded(&encode(samples, shape).0);
        entries.into_iter().flat_map(|entry| entry.scope_metrics).flat_map(|scope| scope.metrics).collect()
    }

    fn names(metrics: &[Metric]) -> Vec<&str> {
        metrics.iter().map(|metric| metric.name.trim_start_matches("amazonaws.com/AWS/Lambda/Errors")).collect()
    }

    fn example() -> Sample {
        Sample {
            owner: Owner { account: "111122223333".parse().unwrap(), region: "eu-central-1".parse().ok(), arn: None },
            namespace: "AWS/Lambda".into(),
            name: "Errors".into(),
            unit: "ms".into(),
            start: 60_000_000_000,
            end: 120_000_000_000,
            count: 4.0,
            sum: 2.0,
            min: Some(0.0),
            max: Some(1.0),
            dimensions: [("FunctionName".into(), "orders".into())].into(),
            statistics: STATISTICS.iter().map(|name| ((*name).into(), 0.5)).collect(),
        }
    }

    /// What is expected, built with the types of opentelemetry-proto and without any code of the encoder.
    mod expected {
        use super::*;

        pub(super) fn resource_metrics(samples: &[Sample], shape: MetricShape) -> Vec<ResourceMetrics> {
            let mut sorted = samples.to_vec();
            sorted.sort_by(|a, b| a.owner.cmp(&b.owner));
            let groups = sorted.chunk_by(|a, b| a.owner == b.owner);
            groups.map(|group| entry(&group[0].owner, group.iter().flat_map(|s| metrics(s, shape)).collect())).collect()
        }

        fn entry(owner: &Owner, metrics: Vec<Metric>) -> ResourceMetrics {
            let mut attributes = vec![text("cloud.provider", "aws"), text("cloud.account.id", owner.account.as_str())];
            attributes.extend(owner.region.map(|region| text("cloud.region", region.as_str())));
            attributes.extend(owner.arn.iter().map(|arn| text("aws.exporter.arn", arn)));
            attributes.extend(tenant(owner.account));
            let scope = InstrumentationScope {
                name: "fanin".into(),
                version: env!("CARGO_PKG_VERSION").into(),
                attributes: vec![text("encoding.format", "aws.cloudwatch_metrics")],
                dropped_attributes_count: 0,
            };
            ResourceMetrics {
                resource: Some(OtlpResource { attributes, ..OtlpResource::default() }),
                scope_metrics: vec![ScopeMetrics { scope: Some(scope), metrics, schema_url: String::new() }],
                schema_url: String::new(),
            }
        }

        fn metrics(sample: &Sample, shape: MetricShape) -> Vec<Metric> {
            match shape {
                MetricShape::Gauges => gauges(sample),
                MetricShape::Summary => summary(sample),
            }
        }

        fn gauges(sample: &Sample) -> Vec<Metric> {
            let average = (sample.count > 0.0).then_some(sample.sum / sample.count);
            let standard = [("min", sample.min), ("max", sample.max), ("avg", average)];
            let mut metrics: Vec<_> = standard
                .into_iter()
                .filter_map(|(name, value)| Some(number(sample, name, &sample.unit, gauge, value?)))
                .collect();
            metrics.extend(sample.statistics.iter().map(|(name, value)| further(sample, name, *value)));
            metrics.push(number(sample, "sum", &sample.unit, |points| sum(points, false), sample.sum));
            metrics.push(number(sample, "count", "{Count}", |points| sum(points, true), sample.count));
            metrics
        }

        fn further(sample: &Sample, name: &str, value: f64) -> Metric {
            let unit = match name {
                "PR(:300)" => "%",
                "TC(0.005:0.030)" => "{Count}",
                _ => &sample.unit,
            };
            number(sample, name, unit, gauge, value)
        }

        fn summary(sample: &Sample) -> Vec<Metric> {
            let quantiles = [("p50", 0.5), ("p99.9", 0.999)];
            let quantile =
                |name: &str| quantiles.iter().find(|(known, _)| *known == name).map(|(_, quantile)| *quantile);
            let mut values: Vec<_> =
                sample.min.map(|value| ValueAtQuantile { quantile: 0.0, value }).into_iter().collect();
            values.extend(
                sample
                    .statistics
                    .iter()
                    .filter_map(|(name, value)| Some(ValueAtQuantile { quantile: quantile(name)?, value: *value })),
            );
            values.extend(sample.max.map(|value| ValueAtQuantile { quantile: 1.0, value }));
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates")]
            let point = SummaryDataPoint {
                attributes: attributes(sample),
                start_time_unix_nano: sample.start,
                time_unix_nano: sample.end,
                count: sample.count.round() as u64,
                sum: sample.sum,
                quantile_values: values,
                flags: 0,
            };
            let whole = point.count as f64 == sample.count;
            let mut metrics = vec![Metric {
                name: name(sample),
                unit: sample.unit.clone(),
                data: Some(Data::Summary(Summary { data_points: vec![point] })),
                ..Metric::default()
            }];
            let others = sample.statistics.iter().filter(|(name, _)| quantile(name).is_none());
            metrics.extend(others.map(|(name, value)| further(sample, name, *value)));
            if !whole {
                metrics.push(number(sample, "count", "{Count}", |points| sum(points, true), sample.count));
            }
            metrics
        }

        fn name(sample: &Sample) -> String {
            format!("amazonaws.com/{}/{}", sample.namespace, sample.name)
        }

        fn attributes(sample: &Sample) -> Vec<KeyValue> {
            let dimensions = sample.dimensions.iter().map(|(name, value)| text(name, value));
            dimensions.chain([text("aws.namespace", &sample.namespace)]).collect()
        }

        fn gauge(data_points: Vec<NumberDataPoint>) -> Data {
            Data::Gauge(Gauge { data_points })
        }

        fn sum(data_points: Vec<NumberDataPoint>, is_monotonic: bool) -> Data {
            let aggregation_temporality = AggregationTemporality::Delta.into();
            Data::Sum(Sum { data_points, aggregation_temporality, is_monotonic })
        }

        fn number(
            sample: &Sample,
            suffix: &str,
            unit: &str,
            data: impl Fn(Vec<NumberDataPoint>) -> Data,
            value: f64,
        ) -> Metric {
            let point = NumberDataPoint {
                attributes: attributes(sample),
                start_time_unix_nano: sample.start,
                time_unix_nano: sample.end,
                value: Some(NumberValue::AsDouble(value)),
                ..NumberDataPoint::default()
            };
            Metric {
                name: format!("{}.{suffix}", name(sample)),
                unit: unit.into(),
                data: Some(data(vec![point])),
                ..Metric::default()
            }
        }
    }

    #[test]
    fn every_statistic_survives_as_a_metric_of_its_own() {
        let further = [".IQM", ".PR(:300)", ".TC(0.005:0.030)", ".TM(25%:75%)"];
        let gauges = metrics(&[example()], MetricShape::Gauges);
        assert_eq!(
            names(&gauges),
            [&[".min", ".max", ".avg"][..], &further, &[".p50", ".p99.9", ".sum", ".count"]].concat()
        );
        let summary = metrics(&[example()], MetricShape::Summary);
        assert_eq!(names(&summary), [&[""][..], &further].concat(), "percentiles are inside the summary");
    }

    #[test]
    fn without_samples_there_is_no_average() {
        let empty = Sample { count: 0.0, sum: 0.0, min: None, max: None, statistics: vec![], ..example() };
        assert_eq!(names(&metrics(&[empty], MetricShape::Gauges)), [".sum", ".count"]);
    }

    #[test]
    fn a_count_that_is_not_whole_stands_beside_the_summary() {
        let weighed = Sample { count: 2.5, statistics: vec![], ..example() };
        assert_eq!(names(&metrics(&[weighed], MetricShape::Summary)), ["", ".count"]);
    }

    #[test]
    fn not_a_number_is_kept_as_it_is() {
        let strange = Sample { min: Some(f64::NAN), max: Some(f64::NEG_INFINITY), ..example() };
        for metric in &metrics(&[strange], MetricShape::Gauges)[..2] {
            let Some(Data::Gauge(gauge)) = &metric.data else { panic!("{metric:?}") };
            let Some(NumberValue::AsDouble(value)) = gauge.data_points[0].value else { panic!("{metric:?}") };
            assert!(value.is_nan() || value == f64::NEG_INFINITY);
        }
    }

    #[test]
    fn a_dimension_named_like_our_attribute_keeps_its_value() {
        let mut sample = example();
        let _ = sample.dimensions.insert("aws.namespace".into(), "theirs".into());
        let Some(Data::Gauge(gauge)) = &metrics(&[sample], MetricShape::Gauges)[0].data else { panic!() };
        let attributes = [text("FunctionName", "orders"), text("aws.namespace", "theirs")];
        assert_eq!(gauge.data_points[0].attributes, attributes);
    }

    #[test]
    fn many_points_are_cut_into_chunks_of_about_a_mebibyte_with_nothing_lost() {
        let samples: Vec<_> = (0..3000).map(|n| Sample { start: n, ..example() }).collect();
        let (chunks, counts) = encode(&samples, MetricShape::Gauges);
        assert!(chunks.len() > 2);
        assert!(chunks.iter().all(|chunk| chunk.bytes.len() < CHUNK_BYTES + 16 * 1024));
        let data_points: u32 = chunks.iter().map(|chunk| chunk.records).sum();
        assert_eq!((data_points, &counts[..]), (3000 * 11, &[(example().owner.account, 3000)][..]));
        let read: usize =
            decoded(&chunks).iter().flat_map(|entry| &entry.scope_metrics).map(|scope| scope.metrics.len()).sum();
        assert_eq!(read, 3000 * 11);
    }

    #[test]
    fn each_account_has_chunks_and_destinations_of_its_own() {
        let stranger =
            Sample { owner: Owner { account: "000000000042".parse().unwrap(), ..example().owner }, ..example() };
        let (chunks, counts) = encode(&[example(), stranger, example()], MetricShape::Summary);
        let told: Vec<_> = chunks.iter().map(|c| (c.account.to_string(), c.records, c.destinations)).collect();
        let known = Destinations::NONE.with(0);
        assert_eq!(told, [("000000000042".into(), 5, known.with(1)), ("111122223333".into(), 10, known)]);
        assert_eq!(counts.iter().map(|(_, count)| *count).collect::<Vec<_>>(), [1, 2]);
    }

    #[test]
    fn no_points_give_no_chunks() {
        assert_eq!(encode(&[], MetricShape::Gauges), (vec![], vec![]));
    }

    proptest! {
        #[test]
        fn what_is_written_is_what_opentelemetry_proto_would_write(
            samples in prop::collection::vec(sample(STATISTICS), 0..6),
            shape in prop_oneof![Just(MetricShape::Gauges), Just(MetricShape::Summary)]
        ) {
            // A sum of infinity over a count of infinity is no number, which is never equal to itself.
            let comparable = |sample: &&Sample| !(sample.sum / sample.count).is_nan();
            let samples: Vec<_> = samples.iter().filter(comparable).cloned().collect();
            let (chunks, _) = encode(&samples, shape);
            let expected = expected::resource_metrics(&samples, shape);
            let data_points: usize = expected.iter().flat_map(|e| &e.scope_metrics).map(|s| s.metrics.len()).sum();
            prop_assert_eq!(decoded(&chunks), expected);
            prop_assert_eq!(chunks.iter().map(|chunk| chunk.records as usize).sum::<usize>(), data_points);
        }
    }
}
