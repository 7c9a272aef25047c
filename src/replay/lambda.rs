//! Events of Lambda, and what Lambda writes to S3 when it gives up on one.
//!
//! Sources: Lambda developer guide, "Retain discarded batch records for a Kinesis Data Streams event source in Lambda"
//! (the event stands in `payload`, as text that holds JSON), "Capturing records of Lambda asynchronous invocations"
//! (`requestPayload`), "Using Lambda to process records from Amazon Kinesis Data Streams"; CloudWatch Logs user guide,
//! "Log group-level subscription filters" (`awslogs.data`).

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::object::Place;
use super::{Broken, Context, Item, Kind, loose};
use crate::delivery::{Origin, RawRecord, Source};
use crate::id::{Region, arn_origin};
use crate::reject::Reason;

#[derive(Deserialize)]
struct Failure {
    #[serde(default)]
    payload: Value,
    #[serde(rename = "requestPayload", default)]
    request_payload: Value,
    #[serde(rename = "KinesisBatchInfo", default)]
    batch: Value,
}

/// An object of an on-failure destination.
pub(super) fn failure(place: &Place<'_>) -> Vec<Result<Item, Broken>> {
    let failure: Failure = match serde_json::from_slice(place.object) {
        Ok(failure) => failure,
        Err(error) => return vec![Err(place.broken(Reason::BadShape, error.to_string()))],
    };
    let event = match (failure.payload, failure.request_payload) {
        (Value::Null, Value::Null) => return vec![Err(place.broken(Reason::BadShape, without_event(&failure.batch)))],
        (Value::Null, event) | (event, _) => event,
    };
    let event = match event.as_str() {
        Some(text) => text.as_bytes().to_vec(),
        None => event.to_string().into_bytes(),
    };
    let event = Place { object: &event, ..*place };
    match serde_json::from_slice::<Value>(event.object) {
        Ok(Value::Object(members)) if members.contains_key("Records") => self::event(&event, Kind::LambdaFailure),
        Ok(Value::Object(members)) if members.contains_key("awslogs") => {
            vec![awslogs(&event, Kind::LambdaFailure)]
        }
        Ok(_) => vec![Err(place.broken(Reason::UnknownFormat, "the event of a failed invocation has no telemetry"))],
        Err(error) => {
            vec![Err(place.broken(Reason::BadJson, format!("the event in \"payload\" is not JSON: {error}")))]
        }
    }
}

/// What SQS and SNS get: where the records stand in the stream, but not the records.
fn without_event(batch: &Value) -> String {
    let member = |name: &str| loose::text(&batch[name]).unwrap_or_else(|| "?".into());
    format!(
        "a failed invocation without its event (only S3 destinations get it): \
         read shard {} of {} from sequence number {} to {} again",
        member("shardId"),
        member("streamArn"),
        member("startSequenceNumber"),
        member("endSequenceNumber"),
    )
}

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "Records")]
    records: Vec<Value>,
}

#[derive(Deserialize)]
struct Record {
    kinesis: Option<Kinesis>,
    #[serde(rename = "eventSource", default)]
    event_source: Value,
    #[serde(rename = "eventID", default)]
    event_id: Value,
    #[serde(rename = "awsRegion", default)]
    aws_region: Value,
    #[serde(rename = "eventSourceARN", default)]
    event_source_arn: Value,
}

#[derive(Deserialize)]
struct Kinesis {
    #[serde(default)]
    data: Value,
    #[serde(rename = "sequenceNumber", default)]
    sequence_number: Value,
    #[serde(rename = "approximateArrivalTimestamp", default)]
    arrival_timestamp: Value,
}

/// An event of a Kinesis event source mapping. Its records are of one shard, and so of one origin.
pub(super) fn event(place: &Place<'_>, kind: Kind) -> Vec<Result<Item, Broken>> {
    match serde_json::from_slice::<Event>(place.object) {
        Ok(event) => records(place, kind, event.records),
        Err(error) => vec![Err(place.broken(Reason::BadShape, error.to_string()))],
    }
}

/// One record of such an event, saved by itself.
pub(super) fn record(place: &Place<'_>) -> Vec<Result<Item, Broken>> {
    match serde_json::from_slice(place.object) {
        Ok(record) => records(place, Kind::LambdaEvent, vec![record]),
        Err(error) => vec![Err(place.broken(Reason::BadShape, error.to_string()))],
    }
}

fn records(place: &Place<'_>, kind: Kind, given: Vec<Value>) -> Vec<Result<Item, Broken>> {
    let mut found = Vec::new();
    let mut origin = None;
    let mut records = Vec::with_capacity(given.len());
    for (index, value) in given.into_iter().enumerate() {
        match raw_record(place, index, value) {
            Ok((from, record)) => {
                let _ = origin.get_or_insert(from);
                records.push(record);
            }
            Err(broken) => found.push(Err(broken)),
        }
    }
    if let Some(origin) = origin {
        found.insert(0, Ok(place.records(kind, origin, records)));
    }
    found
}

fn raw_record(place: &Place<'_>, index: usize, value: Value) -> Result<(Origin, RawRecord), Broken> {
    let broken = |reason, detail: String| place.broken_at(index, reason, detail);
    let record: Record = serde_json::from_value(value).map_err(|error| broken(Reason::BadShape, error.to_string()))?;
    let Some(kinesis) = &record.kinesis else {
        let source = loose::text(&record.event_source).unwrap_or_else(|| "an unnamed source".into());
        return Err(broken(Reason::UnknownFormat, format!("a record of {source}, which carries no telemetry")));
    };
    let Some(data) = loose::base64(&kinesis.data) else {
        return Err(broken(Reason::BadBase64, "\"kinesis.data\" is not base64".into()));
    };
    let position = loose::text(&record.event_id).or_else(|| loose::text(&kinesis.sequence_number));
    let raw = RawRecord {
        data,
        position: position.unwrap_or_else(|| place.position_at(index)).into(),
        arrived: loose::moment(&kinesis.arrival_timestamp).unwrap_or(place.context.arrived),
    };
    Ok((origin(place.context, &record), raw))
}

fn origin(context: &Context, record: &Record) -> Origin {
    let arn = loose::text(&record.event_source_arn);
    let named = loose::text(&record.aws_region).and_then(|region| Region::parse(&region).ok());
    let region = named.or_else(|| arn_origin(arn.as_deref()?).1).or(context.region);
    Origin { source: Source::Lambda, name: arn.map_or_else(|| Arc::clone(&context.name), Arc::from), region }
}

#[derive(Deserialize)]
struct AwsLogs {
    awslogs: AwsLogsData,
}

#[derive(Deserialize)]
struct AwsLogsData {
    data: Value,
}

/// An event of a function that is subscribed to a log group.
pub(super) fn awslogs(place: &Place<'_>, kind: Kind) -> Result<Item, Broken> {
    let event: AwsLogs =
        serde_json::from_slice(place.object).map_err(|error| place.broken(Reason::BadShape, error.to_string()))?;
    let Some(data) = loose::base64(&event.awslogs.data) else {
        return Err(place.broken(Reason::BadBase64, "\"awslogs.data\" is not base64"));
    };
    let record = RawRecord { data, position: place.position.into(), arrived: place.context.arrived };
    let origin = Origin { source: Source::Lambda, ..place.context.origin() };
    Ok(place.records(kind, origin, vec![record]))
}
