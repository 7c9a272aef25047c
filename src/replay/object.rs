//! One JSON object: what it is, and the items in it.

use bytes::Bytes;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::{Broken, Content, Context, Item, Kind, capture, firehose, kept, lambda, service};
use crate::delivery::{Origin, Payload, RawRecord};
use crate::id::Signal;
use crate::reject::Reason;

/// The members by which objects are told apart.
#[derive(Deserialize)]
struct Members {
    letter: Option<IgnoredAny>,
    #[serde(rename = "rawData")]
    raw_data: Option<IgnoredAny>,
    records: Option<IgnoredAny>,
    #[serde(rename = "Records")]
    lambda_records: Option<IgnoredAny>,
    kinesis: Option<IgnoredAny>,
    awslogs: Option<IgnoredAny>,
    #[serde(rename = "requestContext")]
    request_context: Option<IgnoredAny>,
    #[serde(rename = "resourceLogs")]
    resource_logs: Option<IgnoredAny>,
    #[serde(rename = "resourceMetrics")]
    resource_metrics: Option<IgnoredAny>,
    #[serde(rename = "resourceSpans")]
    resource_spans: Option<IgnoredAny>,
    #[serde(rename = "logEvents")]
    log_events: Option<IgnoredAny>,
    metric_name: Option<IgnoredAny>,
}

/// What one object is.
pub(super) enum Holds {
    /// Items, and what is broken in it.
    Items(Vec<Result<Item, Broken>>),
    /// Logs of a service.
    ServiceLog,
}

/// What is in one object.
///
/// # Errors
/// When it is not JSON.
pub(super) fn read(object: &[u8], position: &str, context: &Context) -> Result<Holds, serde_json::Error> {
    let members: Members = serde_json::from_slice(object)?;
    let place = Place { object, position, context };
    let is_service_log = || service::is_object(object, &context.name);
    Ok(Holds::Items(if members.letter.is_some() {
        vec![kept::read(&place)]
    } else if members.raw_data.is_some() {
        vec![firehose::failure(&place)]
    } else if members.lambda_records.is_some() && is_service_log() {
        return Ok(Holds::ServiceLog);
    } else if members.lambda_records.is_some() {
        lambda::event(&place, Kind::LambdaEvent)
    } else if members.kinesis.is_some() {
        lambda::record(&place)
    } else if members.request_context.is_some() {
        lambda::failure(&place)
    } else if members.awslogs.is_some() {
        vec![lambda::awslogs(&place, Kind::LambdaEvent)]
    } else if members.records.is_some() {
        firehose::event(&place)
    } else if members.resource_logs.is_some() {
        vec![capture::read(&place, Signal::Logs)]
    } else if members.resource_metrics.is_some() {
        vec![capture::read(&place, Signal::Metrics)]
    } else if members.resource_spans.is_some() {
        vec![Err(place.broken(Reason::UnknownFormat, "traces, which fanin does not carry"))]
    } else if members.log_events.is_some() {
        vec![Ok(place.whole(Kind::LogsPayload))]
    } else if members.metric_name.is_some() {
        vec![Ok(place.whole(Kind::MetricStream))]
    } else if is_service_log() {
        return Ok(Holds::ServiceLog);
    } else {
        vec![Err(place.broken(Reason::UnknownFormat, "a JSON object of none of the formats that fanin reads"))]
    }))
}

/// An object and where it stands.
pub(super) struct Place<'a> {
    pub(super) object: &'a [u8],
    pub(super) position: &'a str,
    pub(super) context: &'a Context,
}

impl Place<'_> {
    /// The object itself as the record that a source delivered.
    fn whole(&self, kind: Kind) -> Item {
        let record = RawRecord {
            data: Bytes::copy_from_slice(self.object),
            position: self.position.into(),
            arrived: self.context.arrived,
        };
        self.records(kind, self.context.origin(), vec![record])
    }

    pub(super) fn records(&self, kind: Kind, origin: Origin, records: Vec<RawRecord>) -> Item {
        self.deliver(kind, origin, Payload::Records(records))
    }

    pub(super) fn deliver(&self, kind: Kind, origin: Origin, payload: Payload) -> Item {
        let position = self.position.to_owned();
        let bytes = payload.bytes();
        Item { kind, position, bytes, reason: None, content: Content::Deliver { origin, payload } }
    }

    pub(super) fn broken(&self, reason: Reason, detail: impl Into<String>) -> Broken {
        Broken { position: self.position.to_owned(), reason, detail: detail.into() }
    }

    /// A broken element of the list in the object.
    pub(super) fn broken_at(&self, index: usize, reason: Reason, detail: impl Into<String>) -> Broken {
        Broken { position: self.position_at(index), reason, detail: detail.into() }
    }

    pub(super) fn position_at(&self, index: usize) -> String {
        format!("{}#{index}", self.position)
    }
}
