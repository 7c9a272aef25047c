//! The demo's backend: an OTLP receiver that knows every record by its id, so that it can tell what was lost or came twice.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use prost::Message;
use tokio::net::TcpListener;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::alerting::otlp as alerts;
use crate::record::attribute;
use crate::simulate::sequence_of;
use crate::view::otlp as fleet;

/// A backend that is slow takes so much more than the fleet usually sends, and at least so many bytes a second.
const ROOM: f64 = 1.5;
const PACE_MIN: f64 = 500_000.0;

/// What the backend received.
#[derive(Clone, Debug, Default)]
pub(super) struct Backend(Arc<Mutex<Received>>);

/// How fast the backend takes what comes.
#[derive(Clone, Copy, Debug)]
struct Pace {
    bytes_per_second: f64,
    /// When it has taken what came so far.
    taken: Instant,
}

/// Counts of what the backend received.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Count {
    /// Different records.
    pub(super) records: u64,
    /// Records that came again.
    pub(super) duplicates: u64,
    /// Records without account or tenant: there must be none.
    pub(super) untagged: u64,
}

#[derive(Debug, Default)]
struct Received {
    logs: Count,
    metrics: Count,
    points_of_logs: u64,
    bytes: u64,
    /// While it is slow.
    pace: Option<Pace>,
    /// One bit for each log event that was sent.
    seen_logs: Vec<u64>,
    /// How often each datum came, by its account, metric and time.
    seen_data: HashMap<u64, u32>,
}

impl Backend {
    /// Log events and metric data so far.
    #[must_use]
    pub(super) fn counts(&self) -> (Count, Count) {
        let received = self.received();
        (received.logs, received.metrics)
    }

    /// Points of metrics that were made of log messages.
    #[must_use]
    pub(super) fn points_of_logs(&self) -> u64 {
        self.received().points_of_logs
    }

    /// From now on it takes a little more than it was sent until now, in this time: as large as somebody made it who knew that.
    pub(super) fn pace(&self, elapsed: Duration) {
        let mut received = self.received();
        if received.pace.is_none() {
            let usual = received.bytes as f64 / elapsed.as_secs_f64().max(1.0);
            let bytes_per_second = (usual * ROOM).max(PACE_MIN);
            received.pace = Some(Pace { bytes_per_second, taken: Instant::now() });
        }
    }

    /// From now on it takes everything at once.
    pub(super) fn hurry(&self) {
        self.received().pace = None;
    }

    /// Waits as long as so many bytes take.
    async fn take(&self, bytes: usize) {
        let until = {
            let mut received = self.received();
            received.bytes += bytes as u64;
            received.pace.as_mut().map(|pace| {
                let time = Duration::from_secs_f64(bytes as f64 / pace.bytes_per_second);
                pace.taken = pace.taken.max(Instant::now()) + time;
                pace.taken
            })
        };
        if let Some(until) = until {
            tokio::time::sleep_until(until).await;
        }
    }

    /// Serves until `stop` is cancelled.
    pub(super) async fn serve(self, listener: TcpListener, stop: CancellationToken) {
        let routes = Router::new()
            .route("/v1/logs", post(logs))
            .route("/v1/metrics", post(metrics))
            .layer(axum::extract::DefaultBodyLimit::disable())
            .with_state(self);
        let served = axum::serve(listener, routes).with_graceful_shutdown(async move { stop.cancelled().await }).await;
        if let Err(error) = served {
            tracing::error!(%error, "the demo's backend stopped");
        }
    }

    fn received(&self) -> MutexGuard<'_, Received> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn logs(State(backend): State<Backend>, body: Bytes) -> StatusCode {
    backend.take(body.len()).await;
    let Ok(request) = ExportLogsServiceRequest::decode(body) else { return StatusCode::BAD_REQUEST };
    let mut received = backend.received();
    for entry in request.resource_logs {
        let tagged = entry.resource.is_some_and(|resource| is_tagged(&resource.attributes));
        for record in entry.scope_logs.into_iter().flat_map(|scope| scope.log_records) {
            if record.event_name == alerts::TRANSITION {
                continue;
            }
            received.logs.untagged += u64::from(!tagged);
            let joined = array(&record.attributes, attribute::LOG_EVENT_JOINED_IDS);
            for id in text(&record.attributes, attribute::LOG_EVENT_ID).into_iter().chain(joined) {
                match sequence_of(id) {
                    Some(sequence) => received.log(sequence),
                    None => received.logs.untagged += 1,
                }
            }
        }
    }
    StatusCode::OK
}

async fn metrics(State(backend): State<Backend>, body: Bytes) -> StatusCode {
    backend.take(body.len()).await;
    let Ok(request) = ExportMetricsServiceRequest::decode(body) else { return StatusCode::BAD_REQUEST };
    let mut received = backend.received();
    for entry in request.resource_metrics {
        let attributes = entry.resource.map(|resource| resource.attributes).unwrap_or_default();
        let is_of_alerts = |name: &str| alerts::METRICS.iter().chain(&fleet::METRICS).any(|(known, _)| *known == name);
        if entry.scope_metrics.iter().flat_map(|scope| &scope.metrics).all(|metric| is_of_alerts(&metric.name)) {
            continue;
        }
        received.metrics.untagged += u64::from(!is_tagged(&attributes));
        let account = text(&attributes, attribute::CLOUD_ACCOUNT_ID).unwrap_or_default();
        let of_stream = text(&attributes, attribute::METRIC_STREAM_NAME).is_some();
        for metric in entry.scope_metrics.into_iter().flat_map(|scope| scope.metrics) {
            // One of the five metrics of a datum stands for it.
            let Some(Data::Sum(sum)) = metric.data.filter(|_| metric.name.ends_with(".count")) else { continue };
            if of_stream {
                sum.data_points.iter().for_each(|point| received.datum((account, &metric.name, point.time_unix_nano)));
            } else {
                received.points_of_logs += sum.data_points.len() as u64;
            }
        }
    }
    StatusCode::OK
}

impl Received {
    fn log(&mut self, sequence: u64) {
        let (word, bit) = (usize::try_from(sequence / 64).unwrap_or(usize::MAX), 1 << (sequence % 64));
        if word >= self.seen_logs.len() {
            self.seen_logs.resize(word + 1, 0);
        }
        if self.seen_logs[word] & bit == 0 {
            self.seen_logs[word] |= bit;
            self.logs.records += 1;
        } else {
            self.logs.duplicates += 1;
        }
    }

    fn datum(&mut self, identity: impl Hash) {
        let mut hasher = DefaultHasher::new();
        identity.hash(&mut hasher);
        let times = self.seen_data.entry(hasher.finish()).or_default();
        *times += 1;
        if *times == 1 { self.metrics.records += 1 } else { self.metrics.duplicates += 1 }
    }
}

fn is_tagged(attributes: &[KeyValue]) -> bool {
    text(attributes, attribute::CLOUD_ACCOUNT_ID).is_some() && text(attributes, attribute::TENANT_ID).is_some()
}

fn text<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a str> {
    as_text(value(attributes, key)?)
}

/// The texts of an array; none where there is no such attribute.
fn array<'a>(attributes: &'a [KeyValue], key: &str) -> impl Iterator<Item = &'a str> {
    let values = match value(attributes, key) {
        Some(Value::ArrayValue(array)) => array.values.as_slice(),
        Some(_) | None => &[],
    };
    values.iter().filter_map(|item| as_text(item.value.as_ref()?))
}

fn value<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a Value> {
    attributes.iter().find(|attribute| attribute.key == key)?.value.as_ref()?.value.as_ref()
}

fn as_text(value: &Value) -> Option<&str> {
    if let Value::StringValue(text) = value { Some(text) } else { None }
}
