//! What Lambda brings, told apart by its shape.
//!
//! Texts are borrowed from the event, and base64 becomes bytes once. A record whose data is no base64 goes on as it stands: the line
//! rejects it with its bytes, beside its neighbours.
//!
//! Sources: Lambda developer guide, "Using Lambda to process records from Amazon Kinesis Data Streams"; CloudWatch Logs user guide,
//! "Log group-level subscription filters"; Data Firehose developer guide, "Transform source data".

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use fanin::delivery::{Delivery, Origin, Payload, RawRecord, Source};
use fanin::id::{Region, arn_origin};
use fanin::time::Timestamp;
use serde::Deserialize;
use serde_json::Value;

/// The place of every payload of a log group.
pub const LOGS_POSITION: &str = "awslogs";

/// Characters of an event that an error shows.
const SHOWN_CHARS: usize = 80;

/// Something that Lambda brought.
#[derive(Debug)]
pub enum Event {
    /// Records of one shard of a Kinesis stream.
    Kinesis(Kinesis),
    /// A payload of a log group that the function is subscribed to.
    Logs(Record),
    /// Records that Firehose wants transformed.
    Firehose(Firehose),
}

/// Records of one shard of a Kinesis stream, in their order.
#[derive(Debug)]
pub struct Kinesis {
    /// ARN of the stream.
    pub stream: Arc<str>,
    /// The shard.
    pub shard: Box<str>,
    /// The records, each named by its sequence number.
    pub records: Vec<Record>,
}

/// Records that Firehose wants transformed.
#[derive(Debug)]
pub struct Firehose {
    /// ARN of the Firehose stream.
    pub stream: Arc<str>,
    /// ARN of the Kinesis stream that Firehose reads, if it reads one.
    pub source: Option<Box<str>>,
    /// The records, each named by its record id.
    pub records: Vec<Record>,
}

/// One record.
#[derive(Clone, Debug)]
pub struct Record {
    /// By what the answer names it: sequence number or record id.
    pub id: Box<str>,
    /// Where it came from.
    pub origin: Origin,
    /// Its place there, as dead letters name it.
    pub position: Box<str>,
    /// When it reached the pipeline.
    pub arrived: Timestamp,
    /// What it holds.
    pub data: Bytes,
}

impl Record {
    /// The record as a delivery of its own, so that it is settled on its own.
    #[must_use]
    pub fn delivery(&self) -> Delivery {
        let record = RawRecord { data: self.data.clone(), position: self.position.clone(), arrived: self.arrived };
        Delivery { origin: self.origin.clone(), payload: Payload::Records(vec![record]), accounts: None }
    }
}

/// Why an event is none that this function is meant for.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not JSON.
    #[error("the event is not JSON")]
    Json(#[from] serde_json::Error),
    /// Another kind of event.
    #[error(
        "no event of a Kinesis stream, a log group or Firehose, but {shown}: connect the function to the stream, the log group \
         or the Firehose stream, and to nothing else"
    )]
    Foreign {
        /// How it begins.
        shown: String,
    },
}

#[derive(Deserialize)]
struct Written<'a> {
    #[serde(rename = "Records", borrow, default)]
    of_stream: Vec<OfStream<'a>>,
    #[serde(borrow)]
    awslogs: Option<OfLogs<'a>>,
    #[serde(rename = "deliveryStreamArn", borrow)]
    delivery_stream: Option<Cow<'a, str>>,
    #[serde(rename = "sourceKinesisStreamArn", borrow, default)]
    source_stream: Option<Cow<'a, str>>,
    #[serde(borrow)]
    region: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    records: Vec<OfFirehose<'a>>,
}

#[derive(Deserialize)]
struct OfStream<'a> {
    #[serde(borrow)]
    kinesis: Option<InStream<'a>>,
    #[serde(rename = "eventSourceARN", borrow, default)]
    stream: Cow<'a, str>,
    #[serde(rename = "eventID", borrow, default)]
    id: Cow<'a, str>,
    #[serde(rename = "awsRegion", borrow, default)]
    region: Cow<'a, str>,
}

#[derive(Deserialize)]
struct InStream<'a> {
    #[serde(borrow)]
    data: Cow<'a, str>,
    #[serde(rename = "sequenceNumber", borrow)]
    sequence_number: Cow<'a, str>,
    /// Seconds with a fraction.
    #[serde(rename = "approximateArrivalTimestamp", default)]
    arrived: Value,
}

#[derive(Deserialize)]
struct OfLogs<'a> {
    #[serde(borrow)]
    data: Cow<'a, str>,
}

#[derive(Deserialize)]
struct OfFirehose<'a> {
    #[serde(rename = "recordId", borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    data: Cow<'a, str>,
    /// Milliseconds, as a number or as a text.
    #[serde(rename = "approximateArrivalTimestamp", default)]
    arrived: Value,
}

/// Reads an event. `function` is the ARN of this function, and `now` stands in for times that are not told.
///
/// # Errors
/// When it is another event.
pub fn parse(event: &str, function: &str, now: Timestamp) -> Result<Event, Error> {
    let foreign = || {
        let shown = event.chars().take(SHOWN_CHARS).collect();
        Error::Foreign { shown }
    };
    let written: Written<'_> = match serde_json::from_str(event) {
        Ok(written) => written,
        Err(error) if error.is_data() => return Err(foreign()),
        Err(error) => return Err(error.into()),
    };
    if let Some(logs) = written.awslogs {
        let origin = Origin { source: Source::Lambda, name: function.into(), region: arn_origin(function).1 };
        let data = decoded(&logs.data);
        return Ok(Event::Logs(Record { id: "".into(), origin, position: LOGS_POSITION.into(), arrived: now, data }));
    }
    if let Some(stream) = written.delivery_stream {
        return Ok(Event::Firehose(firehose(&stream, written.source_stream, written.region, written.records, now)));
    }
    kinesis(written.of_stream, now).map(Event::Kinesis).ok_or_else(foreign)
}

fn kinesis(written: Vec<OfStream<'_>>, now: Timestamp) -> Option<Kinesis> {
    let first = written.first().filter(|first| first.kinesis.is_some())?;
    let stream: Arc<str> = first.stream.as_ref().into();
    let region = Region::parse(&first.region).ok().or_else(|| arn_origin(&stream).1);
    let shard = first.id.split_once(':').map_or("", |(shard, _)| shard).into();
    let records = written.into_iter().filter_map(|record| {
        let OfStream { kinesis, id, .. } = record;
        let InStream { data, sequence_number, arrived } = kinesis?;
        let position = if id.is_empty() { sequence_number.as_ref().into() } else { id.as_ref().into() };
        Some(Record {
            id: sequence_number.as_ref().into(),
            origin: Origin { source: Source::Lambda, name: Arc::clone(&stream), region },
            position,
            arrived: seconds(&arrived).unwrap_or(now),
            data: decoded(&data),
        })
    });
    let records = records.collect();
    Some(Kinesis { stream, shard, records })
}

fn firehose(
    stream: &str,
    source: Option<Cow<'_, str>>,
    region: Option<Cow<'_, str>>,
    records: Vec<OfFirehose<'_>>,
    now: Timestamp,
) -> Firehose {
    let region = region.and_then(|region| Region::parse(&region).ok()).or_else(|| arn_origin(stream).1);
    let stream: Arc<str> = stream.into();
    let origin = Origin { source: Source::Lambda, name: Arc::clone(&stream), region };
    let records = records.into_iter().map(|record| Record {
        id: record.id.as_ref().into(),
        origin: origin.clone(),
        position: record.id.as_ref().into(),
        arrived: millis(&record.arrived).unwrap_or(now),
        data: decoded(&record.data),
    });
    let records = records.collect();
    Firehose { stream, source: source.filter(|arn| !arn.is_empty()).map(|arn| arn.as_ref().into()), records }
}

fn decoded(text: &str) -> Bytes {
    match base64_simd::forgiving_decode_to_vec(text.as_bytes()) {
        Ok(data) => data.into(),
        Err(_) => Bytes::copy_from_slice(text.as_bytes()),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a time of this century in milliseconds fits"
)]
fn seconds(value: &Value) -> Option<Timestamp> {
    let seconds = number(value)?;
    Some(Timestamp::from_millis((seconds * 1e3).round() as u64))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a time of this century in milliseconds fits"
)]
fn millis(value: &Value) -> Option<Timestamp> {
    number(value).map(|millis| Timestamp::from_millis(millis.round() as u64))
}

fn number(value: &Value) -> Option<f64> {
    let number = value.as_f64().or_else(|| value.as_str()?.parse().ok())?;
    (number.is_finite() && number > 0.0).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FUNCTION: &str = "arn:aws:lambda:eu-central-1:111122223333:function:fanin-forwarder";

    fn now() -> Timestamp {
        Timestamp::from_seconds(1)
    }

    fn sample(name: &str) -> String {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data/lambda-events/lambda-events/src/fixtures");
        std::fs::read_to_string(format!("{folder}/{name}")).unwrap()
    }

    fn read(name: &str) -> Event {
        parse(&sample(name), FUNCTION, now()).unwrap()
    }

    #[test]
    fn an_event_of_a_stream_names_stream_shard_and_records() {
        let Event::Kinesis(event) = read("example-kinesis-event.json") else { panic!("another event") };
        assert_eq!(&*event.stream, "arn:aws:kinesis:us-east-1:123456789012:stream/simple-stream");
        assert_eq!(&*event.shard, "shardId-000000000000");
        let ids: Vec<_> = event.records.iter().map(|record| &*record.id).collect();
        assert_eq!(
            ids,
            [
                "49568167373333333333333333333333333333333333333333333333",
                "49568167373333333334444444444444444444444444444444444444"
            ]
        );
        assert_eq!(&event.records[0].data[..], b"Hello World");
        assert_eq!(event.records[0].arrived.millis(), 1_480_641_523_477);
    }

    #[test]
    fn an_event_of_a_log_group_is_its_payload() {
        let Event::Logs(record) = read("example-cloudwatch_logs-event.json") else { panic!("another event") };
        assert_eq!(&record.data[..2], [0x1f, 0x8b]);
        assert_eq!((&*record.origin.name, record.arrived), (FUNCTION, now()));
    }

    #[test]
    fn an_event_of_firehose_names_its_records_by_their_ids() {
        let Event::Firehose(event) = read("example-kinesis-firehose-event.json") else { panic!("another event") };
        assert_eq!(&*event.stream, "aws:lambda:events", "the fixture has no ARN");
        assert_eq!(event.source.as_deref(), Some("arn:aws:kinesis:us-east-1:123456789012:stream/test"));
        let ids: Vec<_> = event.records.iter().map(|record| &*record.id).collect();
        assert_eq!(ids, ["record1", "record2"]);
        assert!(event.records[0].arrived > Timestamp::from_seconds(1_400_000_000));
    }

    #[test]
    fn times_may_be_texts_and_members_null() {
        let text = r#"{"invocationId":"i","deliveryStreamArn":"arn:aws:firehose:eu-west-1:111122223333:deliverystream/a",
            "sourceKinesisStreamArn":null,"region":"eu-west-1",
            "records":[{"recordId":"1","approximateArrivalTimestamp":"1684424042901","data":"e30="}]}"#;
        let Event::Firehose(event) = parse(text, FUNCTION, now()).unwrap() else { panic!("another event") };
        assert_eq!((event.source, event.records[0].arrived.millis()), (None, 1_684_424_042_901));
    }

    #[test]
    fn data_that_is_no_base64_goes_on_as_it_stands() {
        let text = r#"{"awslogs":{"data":"%%%"}}"#;
        let Event::Logs(record) = parse(text, FUNCTION, now()).unwrap() else { panic!("another event") };
        assert_eq!(&record.data[..], b"%%%");
    }

    #[test]
    fn other_events_are_refused_with_how_they_begin() {
        for event in [r#"{"Records":[{"s3":{}}]}"#, "{}", "[]", r#"{"Records":3}"#] {
            let error = parse(event, FUNCTION, now()).unwrap_err().to_string();
            assert!(error.contains("but {") || error.contains("but ["), "{error}");
        }
        assert!(matches!(parse("{", FUNCTION, now()), Err(Error::Json(_))));
    }
}
