//! Metric streams in OpenTelemetry format, 1.0 and 0.7: `[varint length][ExportMetricsServiceRequest]`, repeated.
//!
//! Source: CloudWatch user guide, "OpenTelemetry 1.0.0 format", "Translations with OpenTelemetry 1.0.0 format" and
//! "How to parse OpenTelemetry 1.0.0 messages", and the pages of the same names for 0.7.0. 0.7 differs in one thing
//! that matters here: a point has text `labels` (field 1, every dimension flat) instead of `attributes` (field 7).
//!
//! Broken protobuf costs its own message only; a broken length costs the rest of the record. Resources that hold
//! anything but CloudWatch's summaries are left whole, to go on as plain OTLP.

mod point;

use std::borrow::Cow;
use std::ops::Range;

use bumpalo::Bump;

use self::point::{PointReader, Unfit};
use super::attribute;
use super::key_value::KeyValue;
use super::metric::{Decoded, Points, Resource, Stream};
use super::place::{Place, Refusal, Refusals};
use crate::id::{AccountId, Region, arn_origin};
use crate::proto::{Error, Reader, Writer, varint_len};
use crate::reject::Reason;

/// Bytes of a point as AWS sends it, measured on captured streams; only to make room.
const POINT_BYTES: usize = 265;

/// Decodes one record; texts that do not stand in it go to `bump`. A single message without its length is taken as well.
#[must_use]
pub fn decode<'a>(data: &'a [u8], place: &Place<'_>, bump: &'a Bump) -> Decoded<'a> {
    let mut decoder = Decoder {
        place,
        decoded: Decoded { points: Points::with_room(data.len() / POINT_BYTES + 1), ..Decoded::default() },
        refusals: Refusals::default(),
        reader: PointReader::new(bump),
    };
    if !starts_with_length(data) && is_request(data) {
        decoder.message(data, 0..data.len());
        return decoder.finish(data);
    }
    let mut stream = Reader::new(data);
    while !stream.rest().is_empty() {
        let at = data.len() - stream.rest().len();
        match stream.delimited() {
            Ok(message) => decoder.message(message, at..data.len() - stream.rest().len()),
            Err(error) => {
                let detail = format!("the length of a metric stream message: {error}");
                decoder.refusals.refuse(at..data.len(), Refusal::new(Reason::BadProtobuf, detail));
                break;
            }
        }
    }
    decoder.finish(data)
}

/// Whether the record begins with a length. A message begins with byte 10 as its first tag; read as a length that is a
/// message of ten bytes, which has no room for a point, so the two cannot be mistaken for each other.
fn starts_with_length(data: &[u8]) -> bool {
    Reader::new(data).delimited().is_ok_and(is_request)
}

/// Whether bytes are `resource_metrics` fields and nothing else.
fn is_request(data: &[u8]) -> bool {
    let mut fields = Reader::new(data);
    loop {
        match fields.field() {
            Ok(None) => return true,
            Ok(Some((1, field))) if field.bytes().is_ok() => {}
            Ok(Some(_)) | Err(_) => return false,
        }
    }
}

struct Decoder<'a, 'p> {
    place: &'p Place<'p>,
    decoded: Decoded<'a>,
    /// Of whole messages.
    refusals: Refusals,
    reader: PointReader<'a>,
}

/// What became of one resource.
enum Use {
    Points,
    Plain,
    Refused(Refusal),
}

/// What the attributes of a resource say.
#[derive(Default)]
struct Claims<'a> {
    account: Option<&'a str>,
    region: Option<&'a str>,
    arn: Option<&'a str>,
}

impl<'a> Decoder<'a, '_> {
    /// Takes one message whole or not at all; it stands with its length at `range` of the record.
    fn message(&mut self, message: &'a [u8], range: Range<usize>) {
        let (points, plain) = (self.decoded.points.mark(), self.decoded.plain.len());
        match self.request(message) {
            Ok(refusals) => {
                refusals.reject(message, self.place, framed, &mut self.decoded.rejects);
                self.refusals.used();
            }
            Err(error) => {
                self.decoded.points.rewind(points);
                self.decoded.plain.truncate(plain);
                let detail = format!("a metric stream message: {error}");
                self.refusals.refuse(range, Refusal::new(Reason::BadProtobuf, detail));
            }
        }
    }

    fn finish(mut self, data: &[u8]) -> Decoded<'a> {
        self.refusals.reject(data, self.place, |bytes| bytes.into(), &mut self.decoded.rejects);
        self.decoded
    }

    /// Takes the entries of one message; gives those that are refused.
    fn request(&mut self, message: &'a [u8]) -> Result<Refusals, Error> {
        let mut refusals = Refusals::default();
        let mut fields = Reader::new(message);
        loop {
            let start = message.len() - fields.rest().len();
            let Some((number, field)) = fields.field()? else { return Ok(refusals) };
            let range = start..message.len() - fields.rest().len();
            if number == 1 {
                match self.resource_metrics(field.bytes()?)? {
                    Use::Points => refusals.used(),
                    Use::Plain => {
                        self.decoded.plain.push(&message[range]);
                        refusals.used();
                    }
                    Use::Refused(refusal) => refusals.refuse(range, refusal),
                }
            }
        }
    }

    fn resource_metrics(&mut self, entry: &'a [u8]) -> Result<Use, Error> {
        let claims = claims(entry)?;
        let region = self.region(&claims);
        let account = match AccountId::parse(claims.account.unwrap_or_default()) {
            Ok(account) => account,
            Err(error) => {
                let detail = format!("resource attribute {}: {error}", attribute::CLOUD_ACCOUNT_ID);
                return Ok(Use::Refused(Refusal { region, ..Refusal::new(Reason::BadAccount, detail) }));
            }
        };
        if !self.place.admits(account) {
            return Ok(Use::Refused(Refusal::foreign(account, region)));
        }
        let before = self.decoded.points.mark();
        let stream = claims.arn.map(Stream::Arn);
        self.decoded.points.set_resource(Resource { account, region, stream });
        let unfit = match self.scopes(entry) {
            Ok(()) => return Ok(Use::Points),
            Err(unfit) => unfit,
        };
        self.decoded.points.rewind(before);
        let refusal = match unfit {
            Unfit::Broken(error) => return Err(error),
            Unfit::Plain => return Ok(Use::Plain),
            Unfit::Misshapen(detail) => Refusal::new(Reason::BadShape, detail),
            Unfit::Text => Refusal::new(Reason::BadProtobuf, "a text is not UTF-8"),
        };
        Ok(Use::Refused(Refusal { account: Some(account), region, ..refusal }))
    }

    /// The Region that the resource names, else the metric stream's, else that of the stream that carried the record.
    fn region(&self, claims: &Claims<'_>) -> Option<Region> {
        let named = claims.region.and_then(|region| Region::parse(region).ok());
        named.or_else(|| arn_origin(claims.arn?).1).or(self.place.region)
    }

    fn scopes(&mut self, entry: &'a [u8]) -> Result<(), Unfit> {
        let mut fields = Reader::new(entry);
        while let Some((number, field)) = fields.field()? {
            if number == 2 {
                let mut scope = Reader::new(field.bytes()?);
                while let Some((number, field)) = scope.field()? {
                    if number == 2 {
                        self.reader.metric(field.bytes()?, &mut self.decoded.points)?;
                    }
                }
            }
        }
        Ok(())
    }
}

/// Reads the resource, which may stand anywhere in the entry; several are one, as in every protobuf decoder.
fn claims(entry: &[u8]) -> Result<Claims<'_>, Error> {
    let mut claims = Claims::default();
    let mut fields = Reader::new(entry);
    while let Some((number, field)) = fields.field()? {
        if number == 1 {
            let mut resource = Reader::new(field.bytes()?);
            while let Some((number, field)) = resource.field()? {
                if number == 1 {
                    claims.read(&KeyValue::read(field.bytes()?)?);
                }
            }
        }
    }
    Ok(claims)
}

impl<'a> Claims<'a> {
    fn read(&mut self, attribute: &KeyValue<'a>) {
        let claim = match std::str::from_utf8(attribute.key) {
            Ok(attribute::CLOUD_ACCOUNT_ID) => &mut self.account,
            Ok(attribute::CLOUD_REGION) => &mut self.region,
            Ok(attribute::EXPORTER_ARN) => &mut self.arn,
            Ok(_) | Err(_) => return,
        };
        *claim = attribute.text();
    }
}

/// `resource_metrics` fields as a record of their own.
fn framed(fields: &[u8]) -> Cow<'_, [u8]> {
    let mut record = Writer::with_capacity(varint_len(fields.len() as u64) + fields.len());
    record.varint(fields.len() as u64);
    record.raw(fields);
    Cow::Owned(record.into_vec())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
    use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
    use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue as Attribute, KeyValueList};
    use opentelemetry_proto::tonic::metrics::v1::metric::Data;
    use opentelemetry_proto::tonic::metrics::v1::summary_data_point::ValueAtQuantile;
    use opentelemetry_proto::tonic::metrics::v1::{
        Gauge, Metric as OtlpMetric, ResourceMetrics, ScopeMetrics, Summary, SummaryDataPoint,
    };
    use opentelemetry_proto::tonic::resource::v1::Resource as OtlpResource;
    use proptest::prelude::*;
    use prost::Message as _;

    use super::super::metric::sample::{Owner, Sample, sample};
    use super::super::metric::{NAME_PREFIX, statistic};
    use super::*;
    use crate::proto::Guess;
    use crate::reject::Reject;
    use crate::time::Timestamp;

    const PLACE: Place<'_> =
        Place { region: None, accounts: None, position: "shardId-000000000000:1", arrived: Timestamp::from_nanos(7) };

    fn text(key: &str, value: &str) -> Attribute {
        Attribute { value: Some(AnyValue { value: Some(Any::StringValue(value.into())) }), ..named(key) }
    }

    fn named(key: &str) -> Attribute {
        Attribute { key: key.into(), ..Attribute::default() }
    }

    /// A sample as AWS sends it in OpenTelemetry 1.0.
    fn metric(sample: &Sample) -> OtlpMetric {
        let pairs = sample.dimensions.iter().map(|(name, value)| text(name, value)).collect();
        let list = AnyValue { value: Some(Any::KvlistValue(KeyValueList { values: pairs })) };
        let quantiles = sample.statistics.iter().map(|(name, value)| (statistic::quantile(name).unwrap(), *value));
        let bounds = sample.min.map(|min| (0.0, min)).into_iter().chain(sample.max.map(|max| (1.0, max)));
        let point = SummaryDataPoint {
            attributes: vec![
                text("Namespace", &sample.namespace),
                text("MetricName", &sample.name),
                Attribute { value: Some(list), ..named("Dimensions") },
            ],
            start_time_unix_nano: sample.start,
            time_unix_nano: sample.end,
            count: whole(sample.count),
            sum: sample.sum,
            quantile_values: bounds
                .chain(quantiles)
                .map(|(quantile, value)| ValueAtQuantile { quantile, value })
                .collect(),
            flags: 0,
        };
        OtlpMetric {
            name: format!("{NAME_PREFIX}{}/{}", sample.namespace, sample.name),
            unit: sample.unit.clone(),
            data: Some(Data::Summary(Summary { data_points: vec![point] })),
            ..OtlpMetric::default()
        }
    }

    fn resource(sample: &Sample) -> OtlpResource {
        let mut attributes =
            vec![text("cloud.provider", "aws"), text("cloud.account.id", sample.owner.account.as_str())];
        attributes.extend(sample.owner.region.map(|region| text("cloud.region", region.as_str())));
        attributes.extend(sample.owner.arn.iter().map(|arn| text("aws.exporter.arn", arn)));
        OtlpResource { attributes, ..OtlpResource::default() }
    }

    fn entry(resource: OtlpResource, metrics: Vec<OtlpMetric>) -> ResourceMetrics {
        let scope = ScopeMetrics { metrics, ..ScopeMetrics::default() };
        ResourceMetrics { resource: Some(resource), scope_metrics: vec![scope], ..ResourceMetrics::default() }
    }

    fn message(samples: &[Sample]) -> ExportMetricsServiceRequest {
        let groups = samples.chunk_by(|a, b| a.owner == b.owner);
        let entries = groups.map(|group| entry(resource(&group[0]), group.iter().map(metric).collect()));
        ExportMetricsServiceRequest { resource_metrics: entries.collect() }
    }

    fn one(sample: &Sample) -> Vec<u8> {
        message(std::slice::from_ref(sample)).encode_length_delimited_to_vec()
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates")]
    fn whole(count: f64) -> u64 {
        count as u64
    }

    /// What a decoder can know of a sample: a Region that is not named comes from the ARN.
    fn known(sample: Sample) -> Sample {
        let mut sample = Sample { count: whole(sample.count) as f64, ..sample };
        sample.owner.region =
            sample.owner.region.or_else(|| sample.owner.arn.as_deref().and_then(|arn| arn_origin(arn).1));
        sample
    }

    fn example() -> Sample {
        Sample {
            owner: Owner { account: "111122223333".parse().unwrap(), region: "eu-central-1".parse().ok(), arn: None },
            namespace: "AWS/Lambda".into(),
            name: "Errors".into(),
            unit: "{Count}".into(),
            start: 60_000_000_000,
            end: 120_000_000_000,
            count: 3.0,
            sum: 2.0,
            min: Some(0.0),
            max: Some(1.0),
            dimensions: [("FunctionName".into(), "orders".into())].into(),
            statistics: vec![("p99".into(), 0.5)],
        }
    }

    fn samples(data: &[u8]) -> (Vec<Sample>, Vec<Reject>) {
        let bump = Bump::new();
        let decoded = decode(data, &PLACE, &bump);
        assert!(decoded.plain.is_empty());
        (decoded.points.iter().map(Sample::from).collect(), decoded.rejects)
    }

    #[test]
    fn messages_of_different_lengths_are_all_read() {
        let many: Vec<_> = (0..40).map(|n| Sample { name: "x".repeat(n + 1), ..example() }).collect();
        let mut data = one(&example());
        data.extend(message(&many).encode_length_delimited_to_vec());
        data.extend(message(&many[..2]).encode_length_delimited_to_vec());
        let (read, rejects) = samples(&data);
        assert_eq!(rejects, []);
        assert_eq!(read, [vec![example()], many.clone(), many[..2].to_vec()].concat());
    }

    #[test]
    fn a_single_message_without_its_length_is_read_too() {
        let (read, rejects) = samples(&message(&[example()]).encode_to_vec());
        assert_eq!((read, rejects), (vec![example()], vec![]));
    }

    #[test]
    fn an_absent_sum_or_quantile_value_is_zero() {
        let zero = Sample { sum: 0.0, min: Some(0.0), max: Some(0.0), count: 0.0, ..example() };
        let data = one(&zero);
        assert!(data.len() < one(&example()).len(), "proto3 leaves zeros out");
        assert_eq!(samples(&data).0, [zero]);
    }

    #[test]
    fn an_empty_dimension_list_is_a_series_of_its_own() {
        let account_level = Sample { dimensions: [].into(), ..example() };
        assert_eq!(samples(&one(&account_level)).0, [account_level]);
    }

    #[test]
    fn a_broken_message_costs_only_itself_and_what_has_no_length_costs_the_rest() {
        let good = one(&example());
        let broken = [3, 0x0a, 1, 0x0f];
        let tail = [0x7f, 0x0a, 1];
        let (read, rejects) = samples(&[&good, &broken[..], &good, &tail].concat());
        assert_eq!(read, [example(), example()]);
        let told: Vec<_> = rejects.iter().map(|reject| (reject.reason, &reject.data[..])).collect();
        assert_eq!(told, [(Reason::BadProtobuf, &broken[..]), (Reason::BadProtobuf, &tail)]);
    }

    #[test]
    fn half_a_message_is_never_taken() {
        let mut request = message(&[example(), Sample { name: "Throttles".into(), ..example() }]).encode_to_vec();
        let length = request.len();
        // The last byte belongs to the unit or a value of the second metric; another wire type breaks its field.
        request[length - 9] = 0x0f;
        let mut data = Writer::new();
        data.varint(length as u64);
        data.raw(&request);
        let (read, rejects) = samples(data.as_slice());
        assert_eq!((read.len(), rejects.len()), (0, 1));
        assert_eq!(rejects[0].data, data.as_slice());
    }

    #[test]
    fn an_account_without_twelve_digits_is_rejected_and_its_neighbours_are_not() {
        let mut request = message(&[example()]);
        let attributes = |account: &str| OtlpResource {
            attributes: vec![text("cloud.account.id", account), text("cloud.region", "eu-west-1")],
            ..OtlpResource::default()
        };
        for account in ["123", "CloudwatchLogs", ""] {
            request.resource_metrics.insert(0, entry(attributes(account), vec![metric(&example())]));
        }
        request.resource_metrics.push(entry(OtlpResource::default(), vec![metric(&example())]));
        let (read, rejects) = samples(&request.encode_length_delimited_to_vec());
        assert_eq!(read, [example()]);
        assert_eq!(rejects.iter().map(|r| r.reason).collect::<Vec<_>>(), [Reason::BadAccount; 2]);
        assert_eq!(rejects[0].region, "eu-west-1".parse().ok());

        let bump = Bump::new();
        let again = decode(&rejects[0].data, &PLACE, &bump);
        assert_eq!(again.rejects, rejects[..1]);
    }

    #[test]
    fn an_account_that_the_key_is_not_bound_to_is_rejected() {
        let accounts = BTreeSet::from(["999988887777".parse().unwrap()]);
        let data = one(&example());
        let bump = Bump::new();
        let decoded = decode(&data, &Place { accounts: Some(&accounts), ..PLACE }, &bump);
        assert!(decoded.points.is_empty());
        assert_eq!(decoded.rejects[0].reason, Reason::ForeignAccount);
        assert_eq!(decoded.rejects[0].account, "111122223333".parse().ok());
        assert_eq!(decoded.rejects[0].data, data);
    }

    #[test]
    fn the_region_comes_from_the_attribute_then_the_arn_then_the_carrying_stream() {
        let region = |named: Option<&str>, arn: Option<&str>| {
            let mut sample = example();
            sample.owner.region = named.map(|region| region.parse().unwrap());
            sample.owner.arn = arn.map(Into::into);
            let data = one(&sample);
            let bump = Bump::new();
            let decoded = decode(&data, &Place { region: "us-west-2".parse().ok(), ..PLACE }, &bump);
            decoded.points.iter().next().unwrap().resource.region.unwrap().to_string()
        };
        let arn = Some("arn:aws:cloudwatch:eu-north-1:999988887777:metric-stream/s");
        assert_eq!(region(Some("eu-central-1"), arn), "eu-central-1");
        assert_eq!(region(None, arn), "eu-north-1");
        assert_eq!(region(None, None), "us-west-2");
    }

    #[test]
    fn a_resource_that_is_not_cloudwatch_s_goes_on_whole_as_plain_otlp() {
        let gauge = OtlpMetric { data: Some(Data::Gauge(Gauge::default())), ..OtlpMetric::default() };
        let mut attributed = metric(&example());
        let Some(Data::Summary(summary)) = &mut attributed.data else { unreachable!() };
        summary.data_points[0].attributes.push(text("extra", "would be lost"));
        for stranger in [gauge, attributed] {
            let strange = entry(resource(&example()), vec![metric(&example()), stranger]);
            let request = ExportMetricsServiceRequest {
                resource_metrics: vec![message(&[example()]).resource_metrics.remove(0), strange.clone()],
            };
            let data = request.encode_length_delimited_to_vec();
            let bump = Bump::new();
            let decoded = decode(&data, &PLACE, &bump);
            assert_eq!((decoded.points.len(), decoded.rejects.len()), (1, 0));
            let [plain] = decoded.plain[..] else { panic!("one plain resource") };
            assert_eq!(ExportMetricsServiceRequest::decode(plain).unwrap().resource_metrics, [strange]);
        }
    }

    /// The messages of OpenTelemetry 0.7 that differ, from its `metrics.proto`, in another codec than ours.
    mod old {
        use super::ValueAtQuantile;

        #[derive(Clone, PartialEq, prost::Message)]
        pub(super) struct Label {
            #[prost(string, tag = "1")]
            pub(super) key: String,
            #[prost(string, tag = "2")]
            pub(super) value: String,
        }

        #[derive(Clone, PartialEq, prost::Message)]
        pub(super) struct Point {
            #[prost(message, repeated, tag = "1")]
            pub(super) labels: Vec<Label>,
            #[prost(fixed64, tag = "2")]
            pub(super) start: u64,
            #[prost(fixed64, tag = "3")]
            pub(super) time: u64,
            #[prost(fixed64, tag = "4")]
            pub(super) count: u64,
            #[prost(double, tag = "5")]
            pub(super) sum: f64,
            #[prost(message, repeated, tag = "6")]
            pub(super) quantile_values: Vec<ValueAtQuantile>,
        }
    }

    /// A sample as AWS sends it in OpenTelemetry 0.7, with the labels in that order.
    fn old_data(sample: &Sample, labels: &[(&str, &str)]) -> Vec<u8> {
        let point = old::Point {
            labels: labels
                .iter()
                .map(|(key, value)| old::Label { key: (*key).into(), value: (*value).into() })
                .collect(),
            start: sample.start,
            time: sample.end,
            count: whole(sample.count),
            sum: sample.sum,
            quantile_values: vec![
                ValueAtQuantile { quantile: 0.0, value: sample.min.unwrap() },
                ValueAtQuantile { quantile: 0.99, value: sample.statistics[0].1 },
                ValueAtQuantile { quantile: 1.0, value: sample.max.unwrap() },
            ],
        };
        let mut metric = Writer::new();
        metric.bytes_field(1, format!("{NAME_PREFIX}{}/{}", sample.namespace, sample.name).as_bytes());
        metric.bytes_field(3, sample.unit.as_bytes());
        let summary = metric.begin(11, Guess::Medium);
        metric.bytes_field(1, &point.encode_to_vec());
        metric.end(summary);
        let mut request = Writer::new();
        let entry = request.begin(1, Guess::Medium);
        request.bytes_field(1, &resource(sample).encode_to_vec());
        let library = request.begin(2, Guess::Medium);
        request.bytes_field(2, metric.as_slice());
        request.end(library);
        request.end(entry);
        framed(request.as_slice()).into_owned()
    }
    #[test]
    fn opentelemetry_0_7_gives_the_same_point() {
        let labels = [("Namespace", "AWS/Lambda"), ("MetricName", "Errors"), ("FunctionName", "orders")];
        assert_eq!(samples(&old_data(&example(), &labels)).0, [example()]);
    }

    #[test]
    fn a_0_7_dimension_named_like_the_namespace_stays_a_dimension() {
        let kubernetes = Sample {
            namespace: "ContainerInsights".into(),
            name: "pod_cpu".into(),
            dimensions: [("Namespace".into(), "default".into())].into(),
            ..example()
        };
        let labels = [("Namespace", "default"), ("MetricName", "pod_cpu"), ("Namespace", "ContainerInsights")];
        assert_eq!(samples(&old_data(&kubernetes, &labels)).0, [kubernetes]);
    }

    #[test]
    fn labels_without_names_are_no_otlp_of_today_and_rejected() {
        let (read, rejects) = samples(&old_data(&example(), &[("host", "a")]));
        assert_eq!((read.len(), rejects[0].reason), (0, Reason::BadShape));
        assert_eq!(rejects[0].account, "111122223333".parse().ok());
    }

    #[test]
    fn rubbish_in_many_pieces_is_one_reject() {
        let (_, rejects) = samples(&[2, 0x0a, 0].repeat(2));
        assert_eq!(rejects.len(), 2, "one a message");
        let (_, rejects) = samples(&[1, 0x0f].repeat(10_000));
        assert_eq!((rejects.len(), rejects[0].data.len()), (1, 20_000));
        let entries = framed(&[0x0a, 0].repeat(10_000)).into_owned();
        let (_, rejects) = samples(&entries);
        assert_eq!((rejects.len(), &rejects[0].data[..]), (1, &entries[..]));
    }

    proptest! {
        #[test]
        fn every_message_becomes_the_points_it_says(
            messages in prop::collection::vec(prop::collection::vec(sample(&["p50", "p99", "p99.9", "p12.345"]), 0..5), 0..4)
        ) {
            let data = messages.iter().flat_map(|samples| message(samples).encode_length_delimited_to_vec());
            let (read, rejects) = samples(&data.collect::<Vec<_>>());
            prop_assert_eq!(read, messages.concat().into_iter().map(known).collect::<Vec<_>>());
            prop_assert_eq!(rejects, vec![]);
        }

        #[test]
        fn no_bytes_make_it_panic(data in prop::collection::vec(any::<u8>(), 0..120)) {
            let bump = Bump::new();
            let decoded = decode(&data, &PLACE, &bump);
            prop_assert!(decoded.rejects.iter().all(|reject| !reject.data.is_empty()));
        }

        #[test]
        fn no_damage_makes_it_panic_or_lose_all_without_a_word(sample in sample(&["p50"]), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
            let mut data = [one(&sample), one(&sample)].concat();
            let at = at.index(data.len());
            data[at] = byte;
            let bump = Bump::new();
            let decoded = decode(&data, &PLACE, &bump);
            prop_assert!(!decoded.points.is_empty() || !decoded.plain.is_empty() || !decoded.rejects.is_empty());
        }
    }
}
