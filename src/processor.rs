//! Stage 1: the bytes of a delivery into encoded chunks and rejects. Never fails as a whole.
//!
//! A processor keeps only scratch memory between calls, so that each worker owns one and the same
//! bytes always give the same chunks.

pub mod output;
mod records;
mod logs;
mod objects;
mod requests;

use std::borrow::Cow;
use std::sync::LazyLock;

use bumpalo::Bump;
use xxhash_rust::xxh3::xxh3_64;

use crate::admission::Admissions;
use crate::config::{self, LogMetrics, Normalize};
use crate::delivery::{Delivery, Origin, Payload, Source};
use crate::envelope::aggregate::user_records;
use crate::envelope::object;
use crate::envelope::sniff::{Format, sniff};
use crate::id::{AccountId, Signal};
use crate::inflate::{self, Inflater, is_gzip};
use crate::otlp::metrics::MetricEncoder;
use crate::otlp::passthrough::tag_request;
use crate::policy::{Counts, Policy, Whose};
use crate::proto::Writer;
use crate::record::metric::streamed::{Streamed, is_told_by_logs};
use crate::record::metric::{Decoded, Points};
use crate::record::place::{Place, Refusal};
use crate::record::{metric_stream_json, metric_stream_otel};
use crate::reject::{Reason, Reject};
use crate::sample::{Partials, PointSubject, Sampler};
use crate::tenant::Directory;
use output::{AccountTally, Output, Seen};

/// Compressed data inside compressed data, as Firehose makes it when told to compress gzip records; deeper is a bomb.
const GZIP_LAYERS_MAX: usize = 2;

/// A record of no known format is kept inflated up to this, so that it can be redacted; a larger one as it came.
const REJECT_INFLATED_BYTES: usize = 8 << 20;

/// How far one looks back for the same metric before it is noted again, which does no harm.
const NOTED_ALIKE: usize = 32;

/// What a processor needs to know of the world around a record.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings<'a> {
    /// Accounts and their tenants.
    pub directory: &'a Directory,
    /// Accounts over their share.
    pub admissions: &'a Admissions,
    /// How records are shaped.
    pub settings: &'a Normalize,
    /// What happens to records before they leave.
    pub policy: &'a Policy,
    /// What metric streams carry, which logs need not tell again.
    pub streamed: &'a Streamed,
    /// Whether each step tells what it does to a record.
    pub explain: bool,
    /// Takes samples for rules, where there are any.
    pub sampler: Option<&'a Sampler>,
}

impl<'a> Surroundings<'a> {
    /// No account is over its share, the policy is the default one, no metric stream was seen, nobody asks what is
    /// done to a record, and there are no rules.
    #[must_use]
    pub fn new(directory: &'a Directory, settings: &'a Normalize) -> Self {
        static ADMISSIONS: LazyLock<Admissions> = LazyLock::new(Admissions::default);
        static STREAMED: LazyLock<Streamed> = LazyLock::new(Streamed::default);
        static POLICY: LazyLock<Policy> = LazyLock::new(|| Policy::compile(&config::Policy::default()));
        let (policy, streamed) = (&*POLICY, &*STREAMED);
        Self { directory, admissions: &ADMISSIONS, settings, policy, streamed, explain: false, sampler: None }
    }
}

/// One record at its place, and the world around it.
#[derive(Clone, Copy)]
struct Job<'a> {
    place: Place<'a>,
    around: Surroundings<'a>,
    /// Told by the caller instead of by the bytes.
    format: Option<Format>,
    /// Name of the file or S3 object. Only an operator hands in files: what comes through a stream cannot claim by a name of
    /// its own to be of any account.
    file: Option<&'a str>,
}

impl Job<'_> {
    fn reject(&self, reason: Reason, detail: impl Into<String>, data: &[u8], output: &mut Output) {
        output.reject(self.place.reject(Refusal::new(reason, detail), Cow::Borrowed(data)));
    }
}

/// Decodes, normalizes, tags and encodes.
#[derive(Debug, Default)]
pub struct Processor {
    inflater: Inflater,
    inflated: Vec<u8>,
    inflated_again: Vec<u8>,
    base64: Vec<u8>,
    payload: Bump,
    record: Bump,
    out: Writer,
    metrics: MetricEncoder,
    partials: Partials,
    delivery_bytes: usize,
    /// What was counted of each account before a record.
    before: Vec<(AccountId, u64)>,
}

/// How many units a payload has, each of which is processed by one call of `Processor::process`.
#[must_use]
pub fn units(payload: &Payload) -> usize {
    match payload {
        Payload::Records(records) => records.len(),
        Payload::Firehose(body) => body.records.len(),
        Payload::Otlp { .. } => 1,
    }
}

impl Processor {
    /// Processes one unit of a delivery and adds what it gives to `output`. Units are given in order, from 0.
    pub fn process(&mut self, delivery: &Delivery, unit: usize, around: &Surroundings<'_>, output: &mut Output) {
        if unit == 0 {
            self.delivery_bytes = 0;
        }
        let rejects_before = output.rejects.len();
        let (region, accounts) = (delivery.origin.region, delivery.accounts.as_deref());
        let job = |position, arrived| Job {
            place: Place { region, accounts, position, arrived },
            around: *around,
            format: None,
            file: file(&delivery.origin),
        };
        match &delivery.payload {
            Payload::Records(records) => {
                let record = &records[unit];
                self.raw(&record.data, &job(&record.position, record.arrived), output);
            }
            Payload::Firehose(body) => {
                let position = format!("{}:{unit}", body.request_id);
                self.firehose(&body.body[body.records[unit].clone()], &job(&position, body.timestamp), output);
            }
            Payload::Otlp { signal, request, arrived } => {
                output.tally.records += 1;
                output.tally.bytes += request.len() as u64;
                output.tally.inflated_bytes += request.len() as u64;
                let samples = *signal == Signal::Logs && around.sampler.is_some_and(Sampler::takes_logs);
                let scratch = samples.then_some((&mut self.record, &mut self.partials));
                otlp(*signal, request, &job("0", *arrived), scratch, output);
                output.message(|| xxh3_64(request), *arrived, &mut self.partials);
            }
        }
        let rejects = &mut output.rejects[rejects_before..];
        match &delivery.payload {
            Payload::Records(_) | Payload::Firehose(_) => redact_texts(rejects, around.policy),
            Payload::Otlp { signal: Signal::Logs, .. } => redact_requests(rejects, around.policy),
            Payload::Otlp { signal: Signal::Metrics, .. } => {}
        }
    }

    /// Decodes one record by a format that the caller names instead of telling it from the bytes.
    pub fn process_as(
        &mut self,
        data: &[u8],
        format: Format,
        place: Place<'_>,
        around: &Surroundings<'_>,
        output: &mut Output,
    ) {
        self.delivery_bytes = 0;
        let rejects_before = output.rejects.len();
        self.raw(data, &Job { place, around: *around, format: Some(format), file: None }, output);
        redact_texts(&mut output.rejects[rejects_before..], around.policy);
    }

    fn firehose(&mut self, text: &[u8], job: &Job<'_>, output: &mut Output) {
        let mut base64 = std::mem::take(&mut self.base64);
        match decode_base64(text, &mut base64) {
            Ok(()) => self.raw(&base64, job, output),
            Err(detail) => job.reject(Reason::BadBase64, detail, text, output),
        }
        self.base64 = base64;
    }

    /// A record as its source delivered it: an aggregate of others, compressed or not, once or twice.
    fn raw(&mut self, data: &[u8], job: &Job<'_>, output: &mut Output) {
        output.tally.records += 1;
        output.tally.bytes += data.len() as u64;
        let mut before = std::mem::take(&mut self.before);
        before.clear();
        before.extend(output.accounts.iter().map(|(account, tally)| (*account, weight(tally))));
        match user_records(data) {
            Some(records) => records.for_each(|data| self.user_record(data, job, output)),
            None => self.user_record(data, job, output),
        }
        divide(data.len() as u64, &before, output);
        self.before = before;
    }

    fn user_record(&mut self, data: &[u8], job: &Job<'_>, output: &mut Output) {
        if data.is_empty() {
            return;
        }
        let mut inflated = std::mem::take(&mut self.inflated);
        let mut again = std::mem::take(&mut self.inflated_again);
        match self.inflate(data, job.around.settings, &mut inflated, &mut again) {
            Ok(plain) => {
                output.tally.inflated_bytes += plain.len() as u64;
                self.delivery_bytes += plain.len();
                self.plain(plain, data, job, output);
            }
            Err(error) => job.reject(reason(&error), error.to_string(), data, output),
        }
        self.inflated = inflated;
        self.inflated_again = again;
    }

    fn inflate<'b>(
        &mut self,
        data: &'b [u8],
        settings: &Normalize,
        first: &'b mut Vec<u8>,
        second: &'b mut Vec<u8>,
    ) -> Result<&'b [u8], inflate::Error> {
        if !is_gzip(data) {
            return Ok(data);
        }
        let limit = settings.record_bytes_max.min(settings.delivery_bytes_max.saturating_sub(self.delivery_bytes));
        self.inflater.inflate(data, limit, first)?;
        let mut layers = 1;
        while is_gzip(first) && layers < GZIP_LAYERS_MAX {
            self.inflater.inflate(first, limit, second)?;
            std::mem::swap(first, second);
            layers += 1;
        }
        Ok(first)
    }

    /// Inflated bytes of a known or unknown format. `raw` is what a reject of the whole keeps.
    fn plain(&mut self, plain: &[u8], raw: &[u8], job: &Job<'_>, output: &mut Output) {
        match job.format.or_else(|| sniff(plain)) {
            Some(Format::CloudwatchLogs) => logs::payloads(&lossy(plain, output), self, job, output),
            Some(Format::MetricStreamJson) => self.points(metric_stream_json::decode, plain, job, output),
            Some(Format::MetricStreamOtel) => self.points(metric_stream_otel::decode, plain, job, output),
            None if self.object(plain, job, output) => {}
            None => {
                let kept = if plain.len() <= REJECT_INFLATED_BYTES { plain } else { raw };
                job.reject(Reason::UnknownFormat, UNKNOWN_FORMAT, kept, output);
            }
        }
        self.payload.reset();
    }

    /// A file that a service of AWS put into S3; whether it was one.
    fn object(&mut self, plain: &[u8], job: &Job<'_>, output: &mut Output) -> bool {
        let Some(file) = job.file else { return false };
        let text = String::from_utf8_lossy(plain);
        let Some(object) = object::read(&text, file) else { return false };
        output.tally.not_utf8 += u64::from(matches!(text, Cow::Owned(_)));
        objects::messages(&object, file, self, job, output);
        output.message(|| xxh3_64(plain), job.place.arrived, &mut self.partials);
        true
    }

    fn points(
        &mut self,
        decode: for<'a> fn(&'a [u8], &Place<'_>, &'a Bump) -> Decoded<'a>,
        plain: &[u8],
        job: &Job<'_>,
        output: &mut Output,
    ) {
        let Decoded { points, plain: requests, rejects } = decode(plain, &job.place, &self.payload);
        note_streamed(&points, job, output);
        for point in points.iter() {
            output.completeness.point(&point);
            output.quotas.point(&point);
        }
        let directory = job.around.directory;
        if let Some(sampler) = job.around.sampler.filter(|sampler| sampler.takes_metrics()) {
            for point in points.iter() {
                let subject = PointSubject::streamed(point, directory);
                sampler.point(&subject, job.place.arrived, &mut self.partials);
            }
            output.message(|| xxh3_64(plain), job.place.arrived, &mut self.partials);
        }
        let counts = self.metrics.encode(&points, job.around.settings.metric_shape, directory, &mut output.chunks);
        for (account, count) in counts {
            let tally = output.accounts.entry(account).or_default();
            tally.known = directory.tag(account).known;
            tally.metrics += count;
        }
        rejects.into_iter().for_each(|reject| output.reject(reject));
        for request in requests {
            otlp(Signal::Metrics, request, job, None, output);
        }
    }
}

/// Bytes of a datum of a metric stream in OpenTelemetry's format, as measured over a captured record.
const DATUM_BYTES: u64 = 265;

/// What is counted of an account, as far as it tells how much of a record is of it.
const fn weight(tally: &AccountTally) -> u64 {
    tally.bytes + tally.metrics * DATUM_BYTES + tally.logs + tally.sampled_out
}

/// Divides the bytes of a record between the accounts that something of it was counted of; mostly that is one.
fn divide(bytes: u64, before: &[(AccountId, u64)], output: &mut Output) {
    let was = |account: AccountId| before.iter().find(|(id, _)| *id == account).map_or(0, |(_, weight)| *weight);
    let gain = |account: AccountId, tally: &AccountTally| weight(tally).saturating_sub(was(account));
    let all: u64 = output.accounts.iter().map(|(account, tally)| gain(*account, tally)).sum();
    if all == 0 {
        return;
    }
    for (account, tally) in &mut output.accounts {
        let part = u128::from(bytes) * u128::from(gain(*account, tally)) / u128::from(all);
        tally.streamed += u64::try_from(part).unwrap_or(u64::MAX);
    }
}

fn file(origin: &Origin) -> Option<&str> {
    match origin.source {
        Source::File => Some(&origin.name),
        Source::Kinesis | Source::Samples | Source::Firehose | Source::Otlp | Source::Lambda => None,
    }
}

/// Notes which metrics of the stream logs need not tell. Once in each record for a metric, where it is news.
fn note_streamed(points: &Points<'_>, job: &Job<'_>, output: &mut Output) {
    if job.around.settings.log_metrics != LogMetrics::Auto {
        return;
    }
    let first = output.streamed.len();
    let at = job.place.arrived;
    for point in points.iter() {
        let (resource, datum) = (point.resource, point.datum);
        let (account, region) = (resource.account, resource.region);
        let told = is_told_by_logs(datum.namespace, datum.name);
        let noted = |seen: &Seen| {
            let same = (&*seen.namespace, &*seen.name) == (datum.namespace, datum.name);
            (seen.account, seen.region) == (account, region) && (same || !told)
        };
        if job.around.streamed.is_news(account, region, datum.namespace, datum.name, at)
            && !output.streamed[first..].iter().rev().take(NOTED_ALIKE).any(noted)
        {
            output.streamed.push(Seen {
                account,
                region,
                namespace: datum.namespace.into(),
                name: datum.name.into(),
                at,
            });
        }
    }
}

/// What could not be used is kept, and what must not leave must not be kept either. Only text is redacted: a metric stream
/// in protobuf has lengths in it that a shorter text would belie.
fn redact_texts(rejects: &mut [Reject], policy: &Policy) {
    let is_control = |byte: &u8| *byte < b' ' && !byte.is_ascii_whitespace();
    // Some producers leave control characters bare in their JSON.
    let is_text = |data: &[u8]| data.first() == Some(&b'{') || !data.iter().any(is_control);
    for reject in rejects.iter_mut().filter(|reject| is_text(&reject.data)) {
        let text = std::str::from_utf8(&reject.data).map(|text| policy.redact_text(text, &mut Counts::default()));
        if let Ok(Cow::Owned(redacted)) = text {
            reject.data = redacted.into();
        }
    }
}

/// The same for logs that others encoded. What is no request is kept as it came: nobody can look into it.
fn redact_requests(rejects: &mut [Reject], policy: &Policy) {
    let local = policy.of_rejects();
    for reject in rejects {
        if let Ok(Some(rewritten)) = local.rewrite(&reject.data, &mut Counts::default()) {
            reject.data = rewritten.request.into();
        }
    }
}

/// An OTLP export request of a sender that speaks OTLP itself. Rules take no samples of it.
fn otlp(
    signal: Signal,
    request: &[u8],
    job: &Job<'_>,
    mut scratch: Option<(&mut Bump, &mut Partials)>,
    output: &mut Output,
) {
    let first = output.chunks.len();
    let directory = job.around.directory;
    let rejects = tag_request(signal, request, &job.place, directory, &mut output.chunks);
    let chunks = output.chunks.split_off(first);
    for mut chunk in chunks {
        let (tag, tally) = (directory.tag(chunk.account), output.accounts.entry(chunk.account).or_default());
        tally.known = tag.known;
        if let (Some((bump, partials)), Some(sampler)) = (&mut scratch, job.around.sampler) {
            requests::sample(&chunk, sampler, job, bump, partials);
        }
        if signal == Signal::Logs {
            let local = job.around.policy.of(&Whose::new(chunk.account, tag, ""));
            match local.rewrite(&chunk.bytes, &mut tally.policy) {
                Ok(None) => {}
                Ok(Some(rewritten)) => {
                    chunk.records = rewritten.records;
                    chunk.bytes = rewritten.request.into();
                }
                Err(error) => {
                    let refusal = Refusal::new(Reason::BadProtobuf, error.to_string());
                    let refusal = Refusal { account: Some(chunk.account), ..refusal };
                    output.reject(job.place.reject(refusal, Cow::Borrowed(&chunk.bytes)));
                    continue;
                }
            }
        }
        tally.bytes += chunk.bytes.len() as u64;
        match signal {
            Signal::Logs => tally.logs += u64::from(chunk.records),
            Signal::Metrics => tally.metrics += u64::from(chunk.records),
        }
        if chunk.records > 0 {
            output.chunks.push(chunk);
        }
    }
    rejects.into_iter().for_each(|reject| output.reject(reject));
}

const UNKNOWN_FORMAT: &str = "neither a CloudWatch Logs payload, a metric stream nor a producer-library aggregate; \
    if a Firehose stream extracts messages, turn that off: the account is lost there";

const fn reason(error: &inflate::Error) -> Reason {
    match error {
        inflate::Error::TooLarge { .. } => Reason::TooLarge,
        inflate::Error::Broken { .. } => Reason::BadGzip,
    }
}

/// UTF-8 as it is; anything else with a replacement character for each broken sequence, and counted.
fn lossy<'a>(plain: &'a [u8], output: &mut Output) -> Cow<'a, str> {
    match simdutf8::basic::from_utf8(plain) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => {
            output.tally.not_utf8 += 1;
            String::from_utf8_lossy(plain)
        }
    }
}

/// Standard base64, with or without padding.
fn decode_base64(text: &[u8], out: &mut Vec<u8>) -> Result<(), String> {
    let trimmed = text.trim_ascii();
    let padding = trimmed.iter().rev().take(2).take_while(|b| **b == b'=').count();
    let unpadded = &trimmed[..trimmed.len() - padding];
    out.clear();
    base64_simd::STANDARD_NO_PAD
        .decode_append(unpadded, out)
        .map_err(|_| format!("data is not base64 ({} characters)", text.len()))
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::BTreeSet;
    use std::sync::Arc;

    use bytes::Bytes;

    use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
    use proptest::prelude::*;
    use prost::Message;

    use super::*;
    use crate::admission::Admission;
    use crate::delivery::RawRecord;
    use crate::id::{AccountId, Region};
    use crate::inflate::tests::gzip;
    use crate::time::Timestamp;

    const ARRIVED: Timestamp = Timestamp::from_millis(1_583_425_840_000);

    fn payload(owner: &str, events: &str) -> String {
        format!(
            r#"{{"messageType":"DATA_MESSAGE","owner":"{owner}","logGroup":"/acme/app","logStream":"s","logEvents":[{events}]}}"#
        )
    }

    fn event(id: u32, message: &str) -> String {
        format!(r#"{{"id":"{id}","timestamp":1583425836114,"message":"{message}"}}"#)
    }

    pub(crate) fn delivery(records: Vec<Vec<u8>>) -> Delivery {
        let raw = |data| RawRecord { data: Bytes::from(data), position: "p".into(), arrived: ARRIVED };
        let origin = Origin { source: Source::Kinesis, name: "s".into(), region: Region::parse("eu-central-1").ok() };
        Delivery { origin, payload: Payload::Records(records.into_iter().map(raw).collect()), accounts: None }
    }

    fn process_with(delivery: &Delivery, settings: &Normalize, admissions: &Admissions) -> Output {
        let directory = Directory::new([], crate::record::attribute::TENANT_ID, &[None]);
        let (mut processor, mut output) = (Processor::default(), Output::default());
        let around = Surroundings { admissions, ..Surroundings::new(&directory, settings) };
        for unit in 0..units(&delivery.payload) {
            processor.process(delivery, unit, &around, &mut output);
        }
        output
    }

    fn process(delivery: &Delivery) -> Output {
        process_with(delivery, &Normalize::default(), &Admissions::default())
    }

    /// `account/region: body body | ...` of every resource, in order.
    pub(crate) fn bodies(output: &Output) -> Vec<String> {
        let resource_logs = output
            .chunks
            .iter()
            .flat_map(|chunk| ExportLogsServiceRequest::decode(&chunk.bytes[..]).unwrap().resource_logs);
        let body =
            |record: opentelemetry_proto::tonic::logs::v1::LogRecord| match record.body.and_then(|body| body.value) {
                Some(opentelemetry_proto::tonic::common::v1::any_value::Value::StringValue(text)) => text,
                other => format!("{other:?}"),
            };
        resource_logs
            .map(|logs| {
                logs.scope_logs.into_iter().flat_map(|scope| scope.log_records).map(body).collect::<Vec<_>>().join(" ")
            })
            .collect()
    }

    fn reasons(output: &Output) -> Vec<Reason> {
        output.rejects.iter().map(|reject| reject.reason).collect()
    }

    #[test]
    fn a_poison_record_of_any_kind_does_not_hurt_its_neighbours() {
        let good = |id| gzip(payload("111122223333", &event(id, "ok")).as_bytes());
        let bomb = gzip(&vec![b' '; 2000]);
        let cases = [
            (b"\x1f\x8b\x08 broken gzip data here".to_vec(), Reason::BadGzip),
            (gzip(b"{\"messageType\":"), Reason::BadJson),
            (gzip(payload("CloudwatchLogs", &event(2, "x")).as_bytes()), Reason::BadAccount),
            (gzip(b"just a line"), Reason::UnknownFormat),
            (b"{\"a\":1}".to_vec(), Reason::UnknownFormat),
            (bomb, Reason::TooLarge),
            (payload("111122223333", "5").into_bytes(), Reason::BadShape),
            (payload("111122223333", &"[".repeat(200)).into_bytes(), Reason::TooDeep),
        ];
        let settings = Normalize { record_bytes_max: 1000, ..Normalize::default() };
        for (poison, reason) in cases {
            let output = process_with(&delivery(vec![good(1), poison, good(3)]), &settings, &Admissions::default());
            assert_eq!(bodies(&output), ["ok", "ok"], "{reason:?}");
            assert_eq!(reasons(&output), [reason]);
        }
    }

    #[test]
    fn several_members_and_objects_of_a_record_are_all_read() {
        let one = payload("111122223333", &event(1, "one"));
        let long = payload("444455556666", &event(2, &"two".repeat(500)));
        let members = [gzip(one.as_bytes()), gzip(long.as_bytes()), gzip(one.as_bytes())].concat();
        assert_eq!(bodies(&process(&delivery(vec![members]))).len(), 3);
        let objects = format!("{one}\n{long} {one}");
        assert_eq!(bodies(&process(&delivery(vec![gzip(objects.as_bytes()), objects.into_bytes()]))).len(), 6);
        let twice = gzip(&gzip(one.as_bytes()));
        assert_eq!(bodies(&process(&delivery(vec![twice]))), ["one"]);
    }

    #[test]
    fn a_control_message_is_counted_and_nothing_else() {
        let control = r#"{"messageType":"CONTROL_MESSAGE","owner":"CloudwatchLogs","logGroup":"","logStream":"","subscriptionFilters":[],
            "logEvents":[{"id":"","timestamp":1684423980083,"message":"CWL CONTROL MESSAGE: Checking health of destination Firehose."}]}"#;
        let output = process(&delivery(vec![gzip(control.as_bytes()), Vec::new()]));
        assert!(output.chunks.is_empty() && output.rejects.is_empty());
        assert_eq!(output.tally.control_messages, 1);
    }

    #[test]
    fn a_payload_of_many_accounts_is_split_by_account_and_region() {
        let from = |id: u32, account: &str, region: &str| {
            format!(
                r#"{{"id":"{id}","timestamp":1,"message":"m{id}","extractedFields":{{"@aws.account":"{account}","@aws.region":"{region}"}}}}"#
            )
        };
        let events = [
            from(1, "111122223333", "eu-central-1"),
            from(2, "444455556666", "eu-west-1"),
            from(3, "111122223333", "eu-central-1"),
            from(4, "none", "x"),
            event(5, "m5"),
        ];
        let output = process(&delivery(vec![payload("999988887777", &events.join(",")).into_bytes()]));
        assert_eq!(bodies(&output), ["m1 m3", "m2", "m5"]);
        let accounts: Vec<_> = output.chunks.iter().map(|chunk| chunk.account.to_string()).collect();
        assert_eq!(accounts, ["111122223333", "444455556666", "999988887777"]);
        assert_eq!(reasons(&output), [Reason::BadAccount]);
        let again = process(&delivery(vec![output.rejects[0].data.to_vec()]));
        assert_eq!(reasons(&again), [Reason::BadAccount], "a reject can be decoded again");
    }

    #[test]
    fn a_foreign_account_is_rejected_not_tagged_anew() {
        let mut delivery = delivery(vec![payload("111122223333", &event(1, "x")).into_bytes()]);
        delivery.accounts = Some(Arc::new(BTreeSet::from([AccountId::parse("444455556666").unwrap()])));
        let output = process(&delivery);
        assert_eq!((bodies(&output).len(), reasons(&output)), (0, vec![Reason::ForeignAccount]));
    }

    #[test]
    fn fanins_own_log_group_is_not_taken() {
        let account = AccountId::parse("111122223333").unwrap();
        let settings = Normalize { own_log_groups: vec![(account, "/acme/app".into())], ..Normalize::default() };
        let output = process_with(
            &delivery(vec![payload("111122223333", &event(1, "x")).into_bytes()]),
            &settings,
            &Admissions::default(),
        );
        assert_eq!(reasons(&output), [Reason::OwnLogs]);
    }

    #[test]
    fn over_its_share_an_account_keeps_its_errors() {
        let events = [event(1, "ERROR: a"), event(2, "b"), event(3, "DEBUG: c")].join(",");
        let mut admissions = Admissions::default();
        admissions.set(AccountId::parse("111122223333").unwrap(), Admission::FromError);
        let output = process_with(
            &delivery(vec![payload("111122223333", &events).into_bytes()]),
            &Normalize::default(),
            &admissions,
        );
        assert_eq!(bodies(&output), ["ERROR: a"]);
        let tally = output.accounts.values().next().unwrap();
        assert_eq!((tally.logs, tally.sampled_out), (1, 2));
    }

    #[test]
    fn bytes_that_are_not_utf8_are_replaced_and_counted() {
        let mut json = payload("111122223333", &event(1, "a?b")).into_bytes();
        let at = json.iter().position(|b| *b == b'?').unwrap();
        json[at] = 0xff;
        let output = process(&delivery(vec![json]));
        assert_eq!((bodies(&output), output.tally.not_utf8), (vec!["a\u{fffd}b".to_owned()], 1));
    }

    #[test]
    fn a_large_payload_is_cut_into_chunks_between_records() {
        let events: Vec<_> = (0..3000).map(|id| event(id, &"x".repeat(1000))).collect();
        let output = process(&delivery(vec![gzip(payload("111122223333", &events.join(",")).as_bytes())]));
        assert_eq!(output.chunks.len(), 4);
        assert_eq!(output.chunks.iter().map(|chunk| chunk.records).sum::<u32>(), 3000);
        assert_eq!(bodies(&output).iter().map(|bodies| bodies.split(' ').count()).sum::<usize>(), 3000);
    }

    #[test]
    fn base64_is_read_with_and_without_padding() {
        let mut out = Vec::new();
        for text in ["aGk=", "aGk", " aGk=\n"] {
            assert_eq!(decode_base64(text.as_bytes(), &mut out), Ok(()));
            assert_eq!(out, b"hi");
        }
        assert!(decode_base64(b"a", &mut out).is_err());
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(data in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = process(&delivery(vec![data.clone(), gzip(&data)]));
        }

        #[test]
        fn every_event_comes_out_once_or_is_rejected(messages in prop::collection::vec("[a-z\\\\\"{}: 0-9]{0,40}", 0..20)) {
            let events: Vec<_> = messages.iter().map(|message| {
                format!(r#"{{"id":"1","timestamp":1583425836114,"message":{}}}"#, serde_json::Value::from(message.as_str()))
            }).collect();
            let output = process(&delivery(vec![gzip(payload("111122223333", &events.join(",")).as_bytes())]));
            let records: u32 = output.chunks.iter().map(|chunk| chunk.records).sum();
            prop_assert_eq!((records as usize, output.rejects.len()), (messages.len(), 0));
        }
    }
}
