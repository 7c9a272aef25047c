//! Fanin's own letters.

use std::sync::Arc;

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use prost::Message;

use super::object::Place;
use super::{Broken, Content, Item, Kind};
use crate::delivery::{Origin, Payload, RawRecord, Source};
use crate::id::Signal;
use crate::letter::{self, Letter};
use crate::reject::Reason;

pub(super) fn read(place: &Place<'_>) -> Result<Item, Broken> {
    match letter::line::parse(place.object) {
        Ok(Letter::Raw { reason, source, origin, position, arrived, region, data, .. }) => {
            let origin = Origin { source, name: Arc::from(origin), region };
            let record = RawRecord { data, position: position.into(), arrived };
            Ok(Item { reason: Some(reason), ..place.deliver(Kind::DeadRecord, origin, payload(source, record)) })
        }
        Ok(letter @ Letter::Otlp { .. }) => {
            let Letter::Otlp { reason, request, .. } = &letter else { unreachable!("matched above") };
            let kind = if reason.is_some() { Kind::RefusedRequest } else { Kind::SpilledBatch };
            let (position, bytes, reason) = (place.position.to_owned(), request.len(), *reason);
            Ok(Item { kind, position, bytes, reason, content: Content::Send(letter) })
        }
        Err(error) => {
            let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
            Err(place.broken(Reason::BadShape, format!("{error}{cause}")))
        }
    }
}

/// What came through the OTLP receiver goes back to where it was: a request of the signal that its bytes are of.
fn payload(source: Source, record: RawRecord) -> Payload {
    let signal = match source {
        Source::Otlp if ExportLogsServiceRequest::decode(record.data.as_ref()).is_ok() => Some(Signal::Logs),
        Source::Otlp if ExportMetricsServiceRequest::decode(record.data.as_ref()).is_ok() => Some(Signal::Metrics),
        Source::Otlp | Source::Kinesis | Source::Samples | Source::Firehose | Source::Lambda | Source::File => None,
    };
    match signal {
        Some(signal) => Payload::Otlp { signal, request: record.data, arrived: record.arrived },
        None => Payload::Records(vec![record]),
    }
}
