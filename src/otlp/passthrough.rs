//! OTLP that others encoded: each resource is checked, tagged and otherwise left byte for byte as it came.
//!
//! The account is the resource's own `cloud.account.id`. What Fanin says of an account replaces what the sender says:
//! `cloud.provider`, the tenant's attributes and everything under `tenant.` are removed from the resource and written
//! anew, so nobody can pass for another tenant. Only the resource is looked at: attributes of records are the sender's.

use bytes::Bytes;

use super::{CHUNK_BYTES, schema};
use crate::chunk::Chunk;
use crate::id::{AccountId, Region, Signal};
use crate::proto::{Error, Guess, Reader, Writer};
use crate::record::attribute;
use crate::record::key_value::KeyValue;
use crate::record::place::{Place, Refusal, Refusals};
use crate::reject::{Reason, Reject};
use crate::tenant::{Directory, Tag};

/// Prefix of the attributes that describe a tenant.
const TENANT_PREFIX: &[u8] = b"tenant.";

/// Tags an export request; what cannot be used becomes rejects, each a request by itself.
/// A request whose resources cannot be told apart is rejected whole.
#[must_use]
pub fn tag_request(
    signal: Signal,
    request: &[u8],
    place: &Place<'_>,
    directory: &Directory,
    chunks: &mut Vec<Chunk>,
) -> Vec<Reject> {
    let mut rejects = Vec::new();
    let mut tagger = Tagger { signal, place, directory, out: Writer::new(), cuts: Vec::new() };
    match tagger.request(request) {
        Ok(refusals) => {
            tagger.finish(chunks);
            refusals.reject(request, place, |bytes| bytes.into(), &mut rejects);
        }
        Err(error) => {
            let detail = format!("an OTLP export request for {signal}: {error}");
            rejects.push(place.reject(Refusal::new(Reason::BadProtobuf, detail), request.into()));
        }
    }
    rejects
}

/// What tagging adds to an entry, about.
const RESOURCE_BYTES: usize = 256;

struct Tagger<'a> {
    signal: Signal,
    place: &'a Place<'a>,
    directory: &'a Directory,
    out: Writer,
    cuts: Vec<Cut>,
}

/// Entries of one account side by side in the output buffer.
struct Cut {
    account: AccountId,
    records: u32,
    start: usize,
    end: usize,
}

impl Tagger<'_> {
    /// Tags the entries; gives those that are refused.
    fn request(&mut self, request: &[u8]) -> Result<Refusals, Error> {
        self.out = Writer::with_capacity(request.len() + RESOURCE_BYTES);
        let mut refusals = Refusals::default();
        let mut fields = Reader::new(request);
        loop {
            let start = request.len() - fields.rest().len();
            let Some((number, field)) = fields.field()? else { return Ok(refusals) };
            if number == 1 {
                let entry = field.bytes()?;
                match Entry::read(self.signal, entry, self.place) {
                    Ok(read) => {
                        self.write(&read, entry);
                        refusals.used();
                    }
                    Err(refusal) => refusals.refuse(start..request.len() - fields.rest().len(), refusal),
                }
            }
        }
    }

    fn write(&mut self, read: &Entry, entry: &[u8]) {
        let start = self.out.len();
        read.write(entry, self.directory.tag(read.account), &mut self.out);
        let end = self.out.len();
        match self.cuts.last_mut() {
            Some(last) if last.account == read.account && end - last.start <= CHUNK_BYTES => {
                last.records += read.records;
                last.end = end;
            }
            Some(_) | None => self.cuts.push(Cut { account: read.account, records: read.records, start, end }),
        }
    }

    fn finish(self, chunks: &mut Vec<Chunk>) {
        let bytes = Bytes::from(self.out.into_vec());
        chunks.extend(self.cuts.into_iter().map(|Cut { account, records, start, end }| Chunk {
            signal: self.signal,
            account,
            records,
            destinations: self.directory.tag(account).destinations,
            bytes: bytes.slice(start..end),
        }));
    }
}

/// What was found in one entry.
struct Entry {
    account: AccountId,
    /// The Region to add; `None` where the sender names one, or where none is known.
    added_region: Option<Region>,
    records: u32,
}

impl Entry {
    fn read(signal: Signal, entry: &[u8], place: &Place<'_>) -> Result<Self, Refusal> {
        let records = schema::check(signal, entry).map_err(|error| {
            let reason = match error {
                schema::Error::TooDeep => Reason::TooDeep,
                schema::Error::Proto(_) | schema::Error::Text => Reason::BadProtobuf,
            };
            Refusal::new(reason, format!("an OTLP resource with {signal}: {error}"))
        })?;
        let claims = Claims::read(entry).map_err(|error| Refusal::new(Reason::BadProtobuf, error.to_string()))?;
        let region = claims.region.map_or(place.region, |text| Region::parse(text).ok());
        let account = claims.account().map_err(|detail| {
            let detail = format!("resource attribute {}: {detail}", attribute::CLOUD_ACCOUNT_ID);
            Refusal { region, ..Refusal::new(Reason::BadAccount, detail) }
        })?;
        if !place.admits(account) {
            return Err(Refusal::foreign(account, region));
        }
        let added_region = if claims.region.is_some() { None } else { place.region };
        Ok(Self { account, added_region, records })
    }

    /// Writes the entry with one resource in place of the sender's, and everything else as it stands.
    fn write(&self, entry: &[u8], tag: &Tag, out: &mut Writer) {
        let guess = if entry.len() + RESOURCE_BYTES < 1 << 14 { Guess::Medium } else { Guess::Long };
        let open = out.begin(1, guess);
        self.write_resource(entry, tag, out);
        for (number, _, raw) in raw_fields(entry) {
            if number != 1 {
                out.raw(raw);
            }
        }
        out.end(open);
    }

    fn write_resource(&self, entry: &[u8], tag: &Tag, out: &mut Writer) {
        let open = out.begin(1, Guess::Medium);
        let ours = Ours::new(tag);
        let mut region_kept = false;
        for (_, resource, _) in raw_fields(entry).filter(|(number, ..)| *number == 1) {
            for (number, message, raw) in raw_fields(resource) {
                if number != 1 || ours.keeps(message, &mut region_kept) {
                    out.raw(raw);
                }
            }
        }
        out.resource_attribute(attribute::CLOUD_PROVIDER, "aws");
        out.resource_attribute(attribute::CLOUD_ACCOUNT_ID, self.account.as_str());
        if let Some(region) = &self.added_region {
            out.resource_attribute(attribute::CLOUD_REGION, region.as_str());
        }
        out.raw(&tag.attributes);
        out.end(open);
    }
}

/// What the resource says of itself. A resource that occurs twice is one, as in every protobuf decoder.
#[derive(Default)]
struct Claims<'a> {
    /// Different values of `cloud.account.id`; `None` for one that is not a text.
    accounts: Vec<Option<&'a str>>,
    region: Option<&'a str>,
}

impl<'a> Claims<'a> {
    fn read(entry: &'a [u8]) -> Result<Self, Error> {
        let mut claims = Self::default();
        for (_, resource, _) in raw_fields(entry).filter(|(number, ..)| *number == 1) {
            for (_, message, _) in raw_fields(resource).filter(|(number, ..)| *number == 1) {
                let attribute = KeyValue::read(message)?;
                match std::str::from_utf8(attribute.key) {
                    Ok(attribute::CLOUD_ACCOUNT_ID) => claims.claim_account(attribute.text()),
                    Ok(attribute::CLOUD_REGION) if claims.region.is_none() => claims.region = region(&attribute),
                    Ok(_) | Err(_) => {}
                }
            }
        }
        Ok(claims)
    }

    fn claim_account(&mut self, account: Option<&'a str>) {
        if !self.accounts.contains(&account) {
            self.accounts.push(account);
        }
    }

    fn account(&self) -> Result<AccountId, String> {
        match self.accounts[..] {
            [] => Err("is missing".into()),
            [None] => Err("is not a text".into()),
            [Some(text)] => AccountId::parse(text).map_err(|error| error.to_string()),
            [..] => Err("is given more than once, with different values".into()),
        }
    }
}

fn region<'a>(attribute: &KeyValue<'a>) -> Option<&'a str> {
    attribute.text().filter(|text| !text.is_empty())
}

/// Keys that Fanin writes itself.
struct Ours<'a> {
    tag_keys: Vec<&'a [u8]>,
}

impl<'a> Ours<'a> {
    fn new(tag: &'a Tag) -> Self {
        let keys = raw_fields(&tag.attributes).filter_map(|(_, message, _)| Some(KeyValue::read(message).ok()?.key));
        Self { tag_keys: keys.collect() }
    }

    /// Whether an attribute of the sender's resource stays. Of several Regions the first one does.
    fn keeps(&self, message: &[u8], region_kept: &mut bool) -> bool {
        let Ok(attribute) = KeyValue::read(message) else { return false };
        match std::str::from_utf8(attribute.key) {
            Ok(attribute::CLOUD_PROVIDER | attribute::CLOUD_ACCOUNT_ID | attribute::OU_PATH) => false,
            Ok(attribute::CLOUD_REGION) => region(&attribute).is_some() && !std::mem::replace(region_kept, true),
            Ok(_) | Err(_) => !attribute.key.starts_with(TENANT_PREFIX) && !self.tag_keys.contains(&attribute.key),
        }
    }
}

/// Fields of a message that was checked before: number, bytes of the value if it is length-delimited, and the whole field.
fn raw_fields(message: &[u8]) -> impl Iterator<Item = (u64, &[u8], &[u8])> {
    let mut fields = Reader::new(message);
    std::iter::from_fn(move || {
        let before = fields.rest();
        let (number, field) = fields.field().ok()??;
        let raw = &before[..before.len() - fields.rest().len()];
        Some((number, field.bytes().unwrap_or_default(), raw))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
    use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
    use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
    use opentelemetry_proto::tonic::common::v1::{
        AnyValue, ArrayValue, EntityRef, InstrumentationScope, KeyValue as Attribute, KeyValueList,
    };
    use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
    use opentelemetry_proto::tonic::metrics::v1::exponential_histogram_data_point::Buckets;
    use opentelemetry_proto::tonic::metrics::v1::metric::Data;
    use opentelemetry_proto::tonic::metrics::v1::{
        Exemplar, ExponentialHistogram, ExponentialHistogramDataPoint, Gauge, Histogram, HistogramDataPoint, Metric,
        NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum, Summary, SummaryDataPoint,
    };
    use opentelemetry_proto::tonic::resource::v1::Resource;
    use proptest::prelude::*;
    use prost::Message as _;

    use super::*;
    use crate::tenant::{Entry as Known, State};
    use crate::time::Timestamp;

    const PLACE: Place<'_> =
        Place { region: None, accounts: None, position: "127.0.0.1:9", arrived: Timestamp::from_nanos(7) };

    fn any(value: Any) -> Option<AnyValue> {
        Some(AnyValue { value: Some(value) })
    }

    fn text(key: &str, value: &str) -> Attribute {
        Attribute { key: key.into(), value: any(Any::StringValue(value.into())), ..Attribute::default() }
    }

    fn directory() -> Directory {
        let entry = Known {
            account: "111122223333".parse().unwrap(),
            tenant: "acme".into(),
            name: None,
            tier: None,
            region: None,
            ou_path: None,
            state: State::Active,
            created: None,
            labels: BTreeMap::from([("team".into(), "blue".into())]),
        };
        Directory::new([entry], "com.acme.tenant", &[None])
    }

    /// What Fanin says of the account it knows.
    fn ours() -> Vec<Attribute> {
        let tag = [text("com.acme.tenant", "acme"), text("team", "blue")];
        [text("cloud.provider", "aws"), text("cloud.account.id", "111122223333")].into_iter().chain(tag).collect()
    }

    fn logs(attributes: Vec<Attribute>) -> ResourceLogs {
        let record = LogRecord { body: any(Any::StringValue("hello".into())), ..LogRecord::default() };
        ResourceLogs {
            resource: Some(Resource { attributes, dropped_attributes_count: 3, ..Resource::default() }),
            scope_logs: vec![ScopeLogs { log_records: vec![record; 2], ..ScopeLogs::default() }],
            schema_url: "https://example.com/schema".into(),
        }
    }

    fn tag(request: &[u8], place: &Place<'_>) -> (Vec<Chunk>, Vec<Reject>) {
        let mut chunks = Vec::new();
        let rejects = tag_request(Signal::Logs, request, place, &directory(), &mut chunks);
        (chunks, rejects)
    }

    fn tag_logs(entries: Vec<ResourceLogs>, place: &Place<'_>) -> (Vec<ResourceLogs>, Vec<Reject>) {
        let (chunks, rejects) = tag(&ExportLogsServiceRequest { resource_logs: entries }.encode_to_vec(), place);
        (entries_of(&chunks), rejects)
    }

    fn entries_of(chunks: &[Chunk]) -> Vec<ResourceLogs> {
        let request = chunks.iter().flat_map(|chunk| chunk.bytes.to_vec()).collect::<Vec<_>>();
        ExportLogsServiceRequest::decode(&request[..]).unwrap().resource_logs
    }

    fn attributes(attributes: Vec<Attribute>) -> Vec<Attribute> {
        let (mut entries, rejects) = tag_logs(vec![logs(attributes)], &PLACE);
        assert_eq!(rejects, []);
        entries.remove(0).resource.unwrap().attributes
    }

    #[test]
    fn nobody_can_pass_for_another_tenant() {
        let claimed = attributes(vec![
            text("cloud.account.id", "111122223333"),
            text("com.acme.tenant", "rival"),
            text("tenant.id", "rival"),
            text("tenant.anything", "rival"),
            text("team", "red"),
            text("aws.ou.path", "/elsewhere"),
            text("cloud.provider", "gcp"),
            Attribute { key: "tenant.id".into(), ..Attribute::default() },
        ]);
        assert_eq!(claimed, ours());
    }

    #[test]
    fn a_second_resource_or_a_second_key_hides_nothing() {
        let mut entry = Writer::new();
        let resource = |attributes: Vec<Attribute>| Resource { attributes, ..Resource::default() }.encode_to_vec();
        entry.bytes_field(1, &resource(vec![text("cloud.account.id", "111122223333"), text("a", "1")]));
        let mut two_keys = text("harmless", "rival").encode_to_vec();
        two_keys.extend(Attribute { key: "tenant.id".into(), ..Attribute::default() }.encode_to_vec());
        let mut hidden = Writer::new();
        hidden.bytes_field(1, &text("com.acme.tenant", "rival").encode_to_vec());
        hidden.bytes_field(1, &two_keys);
        hidden.bytes_field(1, &text("b", "2").encode_to_vec());
        entry.bytes_field(1, hidden.as_slice());
        let mut request = Writer::new();
        request.bytes_field(1, entry.as_slice());
        let (chunks, rejects) = tag(request.as_slice(), &PLACE);
        assert_eq!(rejects, []);
        let expected = [vec![text("a", "1"), text("b", "2")], ours()].concat();
        assert_eq!(entries_of(&chunks)[0].resource.as_ref().unwrap().attributes, expected);
    }

    #[test]
    fn two_different_accounts_in_one_resource_are_none() {
        let twice = |second: &str| vec![text("cloud.account.id", "111122223333"), text("cloud.account.id", second)];
        assert_eq!(attributes(twice("111122223333")), ours());
        let (entries, rejects) = tag_logs(vec![logs(twice("444455556666"))], &PLACE);
        assert_eq!((entries.len(), rejects[0].reason), (0, Reason::BadAccount));
    }

    #[test]
    fn without_a_usable_account_the_resource_is_rejected_and_its_neighbours_are_not() {
        let good = logs(vec![text("cloud.account.id", "111122223333")]);
        let number = Attribute { key: "cloud.account.id".into(), value: any(Any::IntValue(1)), ..Attribute::default() };
        for (bad, detail) in [
            (logs(vec![]), "resource attribute cloud.account.id: is missing"),
            (logs(vec![number]), "resource attribute cloud.account.id: is not a text"),
            (
                logs(vec![text("cloud.account.id", "42")]),
                "resource attribute cloud.account.id: an AWS account id has 12 digits, not \"42\"",
            ),
        ] {
            let (entries, rejects) = tag_logs(vec![good.clone(), bad.clone(), good.clone()], &PLACE);
            assert_eq!((entries.len(), rejects.len()), (2, 1));
            assert_eq!((rejects[0].reason, &rejects[0].detail[..]), (Reason::BadAccount, detail));
            assert_eq!(ExportLogsServiceRequest::decode(&rejects[0].data[..]).unwrap().resource_logs, [bad]);
        }
    }

    #[test]
    fn an_account_that_the_key_is_not_bound_to_is_rejected_not_tagged_anew() {
        let accounts = BTreeSet::from(["444455556666".parse().unwrap()]);
        let foreign = logs(vec![text("cloud.account.id", "111122223333"), text("cloud.region", "eu-west-1")]);
        let (entries, rejects) = tag_logs(vec![foreign], &Place { accounts: Some(&accounts), ..PLACE });
        assert_eq!((entries.len(), rejects[0].reason), (0, Reason::ForeignAccount));
        assert_eq!(rejects[0].account, "111122223333".parse().ok());
        assert_eq!(rejects[0].region, "eu-west-1".parse().ok());
    }

    #[test]
    fn the_region_is_the_sender_s_or_that_of_the_carrying_stream() {
        let place = Place { region: "us-west-2".parse().ok(), ..PLACE };
        let region = |sent: Vec<Attribute>| {
            let sent = [vec![text("cloud.account.id", "111122223333")], sent].concat();
            let (mut entries, _) = tag_logs(vec![logs(sent)], &place);
            let attributes = entries.remove(0).resource.unwrap().attributes;
            attributes.into_iter().filter(|attribute| attribute.key == "cloud.region").collect::<Vec<_>>()
        };
        let named = |region: &str| text("cloud.region", region);
        assert_eq!(region(vec![]), [named("us-west-2")]);
        assert_eq!(region(vec![named("")]), [named("us-west-2")]);
        assert_eq!(region(vec![named("eu-west-1"), named("eu-west-2")]), [named("eu-west-1")]);
    }

    #[test]
    fn a_request_that_cannot_be_taken_apart_is_rejected_whole() {
        let mut request = ExportLogsServiceRequest { resource_logs: vec![logs(ours())] }.encode_to_vec();
        request.extend([0x0a, 0x7f]);
        let (chunks, rejects) = tag(&request, &PLACE);
        assert_eq!((chunks.len(), rejects[0].reason, &rejects[0].data[..]), (0, Reason::BadProtobuf, &request[..]));
    }

    #[test]
    fn an_entry_that_a_backend_would_refuse_hurts_no_neighbour() {
        let good = logs(vec![text("cloud.account.id", "111122223333")]).encode_to_vec();
        let entry = |log_record: &[u8]| {
            let (mut entry, mut scope) = (Writer::new(), Writer::new());
            scope.bytes_field(2, log_record);
            entry.raw(&good);
            entry.bytes_field(2, scope.as_slice());
            entry.into_vec()
        };
        let mut deep = AnyValue::default();
        for _ in 0..DEEPER_THAN_ALLOWED {
            deep = AnyValue { value: Some(Any::ArrayValue(ArrayValue { values: vec![deep] })) };
        }
        for (bad, reason) in [
            (vec![0x1a, 2, 0xc3, 0x28], Reason::BadProtobuf),
            (vec![0x0f], Reason::BadProtobuf),
            (vec![0x08, 1], Reason::BadProtobuf),
            (LogRecord { body: Some(deep), ..LogRecord::default() }.encode_to_vec(), Reason::TooDeep),
        ] {
            let bad = entry(&bad);
            let mut request = Writer::new();
            for entry in [&good, &bad, &good] {
                request.bytes_field(1, entry);
            }
            let (chunks, rejects) = tag(request.as_slice(), &PLACE);
            assert_eq!((entries_of(&chunks).len(), rejects.len()), (2, 1));
            assert_eq!(rejects[0].reason, reason);
        }
    }

    const DEEPER_THAN_ALLOWED: usize = schema::DEPTH_MAX / 2 + 1;

    #[test]
    fn rubbish_in_many_pieces_is_one_reject() {
        let request = [0x0a, 0].repeat(10_000);
        let (_, rejects) = tag(&request, &PLACE);
        assert_eq!((rejects.len(), &rejects[0].data[..]), (1, &request[..]));
    }

    #[test]
    fn neighbours_of_one_account_share_a_chunk_up_to_its_size() {
        let small = vec![logs(vec![text("cloud.account.id", "111122223333")]); 3];
        let other = logs(vec![text("cloud.account.id", "444455556666")]);
        let mut large = small[0].clone();
        large.schema_url = "x".repeat(CHUNK_BYTES - 100);
        let entries = [small, vec![other, large.clone(), large]].concat();
        let (chunks, _) = tag(&ExportLogsServiceRequest { resource_logs: entries }.encode_to_vec(), &PLACE);
        let told: Vec<_> = chunks.iter().map(|chunk| (chunk.account.to_string(), chunk.records)).collect();
        let (known, other) = ("111122223333".to_owned(), "444455556666".to_owned());
        assert_eq!(told, [(known.clone(), 6), (other, 2), (known.clone(), 2), (known, 2)]);
    }

    /// One of everything that OTLP has.
    fn metrics() -> ResourceMetrics {
        let nested = KeyValueList { values: vec![text("k", "v")] };
        let list = ArrayValue { values: vec![AnyValue { value: Some(Any::KvlistValue(nested)) }, AnyValue::default()] };
        let values = [
            Any::BoolValue(true),
            Any::IntValue(-1),
            Any::DoubleValue(0.5),
            Any::ArrayValue(list),
            Any::BytesValue(vec![0xff]),
        ];
        let attributes: Vec<_> = values
            .into_iter()
            .map(|value| Attribute { key: "k".into(), value: any(value), ..Attribute::default() })
            .collect();
        let exemplar = Exemplar {
            filtered_attributes: attributes.clone(),
            time_unix_nano: 1,
            span_id: vec![1; 8],
            trace_id: vec![1; 16],
            value: Some(opentelemetry_proto::tonic::metrics::v1::exemplar::Value::AsInt(-1)),
        };
        let number = NumberDataPoint {
            attributes: attributes.clone(),
            start_time_unix_nano: 1,
            time_unix_nano: 2,
            exemplars: vec![exemplar.clone()],
            flags: 1,
            value: Some(opentelemetry_proto::tonic::metrics::v1::number_data_point::Value::AsInt(-1)),
        };
        let histogram = HistogramDataPoint {
            attributes: attributes.clone(),
            start_time_unix_nano: 1,
            time_unix_nano: 2,
            count: 3,
            sum: Some(1.0),
            bucket_counts: vec![1, 2],
            explicit_bounds: vec![0.5],
            exemplars: vec![exemplar.clone()],
            flags: 1,
            min: Some(0.0),
            max: Some(1.0),
        };
        let exponential = ExponentialHistogramDataPoint {
            attributes: attributes.clone(),
            start_time_unix_nano: 1,
            time_unix_nano: 2,
            count: 3,
            sum: Some(1.0),
            scale: -1,
            zero_count: 1,
            positive: Some(Buckets { offset: -1, bucket_counts: vec![1, 300] }),
            negative: Some(Buckets::default()),
            flags: 1,
            exemplars: vec![exemplar],
            min: Some(0.0),
            max: Some(1.0),
            zero_threshold: 0.1,
        };
        let summary =
            SummaryDataPoint { attributes: attributes.clone(), count: 3, sum: 1.0, ..SummaryDataPoint::default() };
        let data = [
            Data::Gauge(Gauge { data_points: vec![number.clone(); 2] }),
            Data::Sum(Sum { data_points: vec![number], aggregation_temporality: 2, is_monotonic: true }),
            Data::Histogram(Histogram { data_points: vec![histogram], aggregation_temporality: 1 }),
            Data::ExponentialHistogram(ExponentialHistogram {
                data_points: vec![exponential],
                aggregation_temporality: 1,
            }),
            Data::Summary(Summary { data_points: vec![summary] }),
        ];
        let metric =
            |data| Metric { name: "m".into(), metadata: attributes.clone(), data: Some(data), ..Metric::default() };
        let entity = EntityRef { r#type: "host".into(), id_keys: vec!["host.id".into()], ..EntityRef::default() };
        ResourceMetrics {
            resource: Some(Resource {
                attributes: [vec![text("cloud.account.id", "111122223333")], attributes.clone()].concat(),
                dropped_attributes_count: 1,
                entity_refs: vec![entity],
            }),
            scope_metrics: vec![ScopeMetrics {
                scope: Some(InstrumentationScope {
                    name: "s".into(),
                    attributes: attributes.clone(),
                    ..InstrumentationScope::default()
                }),
                metrics: data.into_iter().map(metric).collect(),
                schema_url: "u".into(),
            }],
            schema_url: "u".into(),
        }
    }

    #[test]
    fn every_kind_of_metric_goes_on_as_it_came_and_is_counted() {
        let mut expected = metrics();
        let resource = expected.resource.as_mut().unwrap();
        let _ = resource.attributes.remove(0);
        resource.attributes.extend(ours());
        let request = ExportMetricsServiceRequest { resource_metrics: vec![metrics()] }.encode_to_vec();
        let mut chunks = Vec::new();
        let rejects = tag_request(Signal::Metrics, &request, &PLACE, &directory(), &mut chunks);
        assert_eq!(rejects, []);
        let [chunk] = &chunks[..] else { panic!("{chunks:?}") };
        assert_eq!((chunk.signal, chunk.records), (Signal::Metrics, 6));
        assert_eq!(ExportMetricsServiceRequest::decode(&chunk.bytes[..]).unwrap().resource_metrics, [expected]);
    }

    #[test]
    fn fields_that_otlp_does_not_have_yet_go_on() {
        let mut entry = logs(vec![text("cloud.account.id", "111122223333")]).encode_to_vec();
        let unknown = [0xfa, 0x3e, 3, b'n', b'e', b'w'];
        entry.extend(unknown);
        let mut request = Writer::new();
        request.bytes_field(1, &entry);
        let (chunks, rejects) = tag(request.as_slice(), &PLACE);
        assert_eq!(rejects, []);
        assert!(chunks[0].bytes.ends_with(&unknown));
    }

    proptest! {
        #[test]
        fn all_but_our_own_attributes_go_on_unchanged(
            sent in prop::collection::vec(("[a-z.]{0,8}", "\\PC{0,8}").prop_map(|(key, value)| text(&key, &value)), 0..6),
            schema_url in ".{0,200}"
        ) {
            let mut entry = logs([sent.clone(), vec![text("cloud.account.id", "111122223333")]].concat());
            entry.schema_url = schema_url;
            let mut expected = entry.clone();
            let kept = sent.into_iter().filter(|attribute| attribute.key != "team" && !attribute.key.starts_with("tenant."));
            expected.resource.as_mut().unwrap().attributes = kept.chain(ours()).collect();
            let (entries, rejects) = tag_logs(vec![entry], &PLACE);
            prop_assert_eq!(entries, vec![expected]);
            prop_assert_eq!(rejects, vec![]);
        }

        #[test]
        fn no_bytes_make_it_panic(request in prop::collection::vec(any_byte(), 0..120)) {
            for signal in Signal::ALL {
                let rejects = tag_request(signal, &request, &PLACE, &directory(), &mut Vec::new());
                prop_assert!(rejects.iter().all(|reject| !reject.data.is_empty()));
            }
        }

        #[test]
        fn what_passes_is_always_readable_for_others(at in any_index(), byte in any_byte()) {
            let mut request = ExportMetricsServiceRequest { resource_metrics: vec![metrics()] }.encode_to_vec();
            let at = at.index(request.len());
            request[at] = byte;
            let mut chunks = Vec::new();
            let rejects = tag_request(Signal::Metrics, &request, &PLACE, &directory(), &mut chunks);
            for chunk in &chunks {
                prop_assert!(ExportMetricsServiceRequest::decode(&chunk.bytes[..]).is_ok());
            }
            prop_assert!(at == 0 || !chunks.is_empty() || !rejects.is_empty(), "lost without a word");
        }
    }

    fn any_byte() -> impl Strategy<Value = u8> {
        proptest::prelude::any::<u8>()
    }

    fn any_index() -> impl Strategy<Value = prop::sample::Index> {
        proptest::prelude::any::<prop::sample::Index>()
    }
}
