//! Requests in OTLP JSON, as the Collector's file exporter writes them: one request a line.
//!
//! Source: OpenTelemetry specification, "OpenTelemetry Protocol File Exporter".

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use prost::Message;

use super::object::Place;
use super::{Broken, Item, Kind};
use crate::delivery::{Origin, Payload, Source};
use crate::id::Signal;
use crate::reject::Reason;

pub(super) fn read(place: &Place<'_>, signal: Signal) -> Result<Item, Broken> {
    let request = match signal {
        Signal::Logs => serde_json::from_slice::<ExportLogsServiceRequest>(place.object).map(|r| r.encode_to_vec()),
        Signal::Metrics => {
            serde_json::from_slice::<ExportMetricsServiceRequest>(place.object).map(|r| r.encode_to_vec())
        }
    };
    let request = request.map_err(|error| place.broken(Reason::BadShape, format!("not OTLP JSON: {error}")))?;
    let payload = Payload::Otlp { signal, request: request.into(), arrived: place.context.arrived };
    let origin = Origin { source: Source::File, ..place.context.origin() };
    Ok(place.deliver(Kind::Capture, origin, payload))
}
