//! Objects that Firehose writes to S3 or posts.
//!
//! Sources: Firehose developer guide, "Handle data delivery failures" and "Data transformation failure handling" (lines
//! with `rawData`), "Firehose data transformation" (the event), "HTTP endpoint delivery request and response
//! specifications" (the body).

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::object::Place;
use super::{Broken, Item, Kind, loose};
use crate::delivery::{Origin, RawRecord, Source};
use crate::id::{Region, arn_origin};
use crate::reject::Reason;

/// A line of an error object. The record stands in `rawData`, whatever went wrong with it.
#[derive(Deserialize)]
struct Failure {
    #[serde(rename = "rawData")]
    raw_data: Value,
    #[serde(rename = "arrivalTimestamp", default)]
    arrival_timestamp: Value,
    #[serde(rename = "dataId", default)]
    data_id: Value,
}

pub(super) fn failure(place: &Place<'_>) -> Result<Item, Broken> {
    let failure: Failure =
        serde_json::from_slice(place.object).map_err(|e| place.broken(Reason::BadShape, e.to_string()))?;
    let Some(data) = loose::base64(&failure.raw_data) else {
        return Err(place.broken(Reason::BadBase64, "\"rawData\" is not base64"));
    };
    let record = RawRecord {
        data,
        position: loose::text(&failure.data_id).unwrap_or_else(|| place.position.to_owned()).into(),
        arrived: loose::moment(&failure.arrival_timestamp).unwrap_or(place.context.arrived),
    };
    let origin = Origin { source: Source::Firehose, ..place.context.origin() };
    Ok(place.records(Kind::FirehoseFailure, origin, vec![record]))
}

/// A transformation event or a request body: both hold their records in `records[].data`.
#[derive(Deserialize)]
struct Event {
    #[serde(default)]
    timestamp: Value,
    #[serde(rename = "deliveryStreamArn", default)]
    delivery_stream_arn: Value,
    #[serde(default)]
    region: Value,
    records: Vec<Value>,
}

#[derive(Deserialize)]
struct Record {
    data: Value,
    #[serde(rename = "recordId", default)]
    record_id: Value,
    #[serde(rename = "approximateArrivalTimestamp", default)]
    arrival_timestamp: Value,
}

pub(super) fn event(place: &Place<'_>) -> Vec<Result<Item, Broken>> {
    let event: Event = match serde_json::from_slice(place.object) {
        Ok(event) => event,
        Err(error) => return vec![Err(place.broken(Reason::BadShape, error.to_string()))],
    };
    let posted = loose::moment(&event.timestamp).unwrap_or(place.context.arrived);
    let mut found = Vec::new();
    let mut records = Vec::with_capacity(event.records.len());
    for (index, record) in event.records.into_iter().enumerate() {
        let record = serde_json::from_value::<Record>(record).ok();
        match record.as_ref().and_then(|record| Some((record, loose::base64(&record.data)?))) {
            Some((record, data)) => records.push(RawRecord {
                data,
                position: loose::text(&record.record_id).unwrap_or_else(|| place.position_at(index)).into(),
                arrived: loose::moment(&record.arrival_timestamp).unwrap_or(posted),
            }),
            None => found.push(Err(place.broken_at(index, Reason::BadBase64, "a record without base64 in \"data\""))),
        }
    }
    if !records.is_empty() {
        let origin = origin(place, loose::text(&event.delivery_stream_arn), loose::text(&event.region));
        found.insert(0, Ok(place.records(Kind::FirehoseEvent, origin, records)));
    }
    found
}

fn origin(place: &Place<'_>, arn: Option<String>, region: Option<String>) -> Origin {
    let context = place.context.origin();
    let named = region.and_then(|region| Region::parse(&region).ok());
    let region = named.or_else(|| arn_origin(arn.as_deref()?).1).or(context.region);
    Origin { source: Source::Firehose, name: arn.map_or(context.name, Arc::from), region }
}
