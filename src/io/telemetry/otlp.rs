//! Fanin's own metrics over OTLP, pushed by the OpenTelemetry SDK: observable instruments read the same atomics as `/metrics`.
//!
//! Histograms have no observable form, so their values are recorded into the SDK as they come.

use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Meter, MeterProvider};
use opentelemetry_otlp::{MetricExporter, Protocol, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::metrics::{PeriodicReader, SdkMeterProvider, Temporality};
use tokio::runtime::Handle;

use super::names::Histogram;
use super::read::{self, Kind, Labels, Metric, Value};
use super::{Telemetry, bounds};
use crate::io::clock;

/// Why the push could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An endpoint that is no URL, or a client that could not be built.
    #[error("cannot push own metrics to {endpoint:?}")]
    Exporter {
        /// The base URL that was given.
        endpoint: String,
        /// What the OTLP library says.
        source: opentelemetry_otlp::ExporterBuildError,
    },
}

/// The running push; `stop` sends what is left.
#[derive(Debug)]
#[must_use = "the push ends when this is dropped"]
pub struct Push(SdkMeterProvider);

impl Push {
    /// Sends all metrics every `interval` to `v1/metrics` under the base URL `endpoint`. To be called on the runtime.
    ///
    /// # Errors
    /// When the endpoint is no URL.
    pub fn start(telemetry: &Telemetry, endpoint: &str, interval: Duration) -> Result<Self, Error> {
        let exporter = MetricExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(format!("{}/v1/metrics", endpoint.trim_end_matches('/')))
            .with_temporality(Temporality::Cumulative)
            .build()
            .map_err(|source| Error::Exporter { endpoint: endpoint.to_owned(), source })?;
        let exporter = OnRuntime { exporter, runtime: Handle::current(), endpoint: endpoint.to_owned() };
        let reader = PeriodicReader::builder(exporter).with_interval(interval).build();
        let provider = SdkMeterProvider::builder().with_resource(resource(telemetry)).with_reader(reader).build();
        register(telemetry, &provider.meter("fanin"));
        Ok(Self(provider))
    }

    /// Sends what is left and ends.
    pub async fn stop(self) {
        // The SDK waits for its own thread, which waits for this runtime: not from one of the runtime's own threads.
        let stopped = tokio::task::spawn_blocking(move || self.0.shutdown()).await;
        if let Ok(Err(error)) = stopped {
            tracing::warn!(%error, "the last own metrics could not be pushed");
        }
    }
}

/// The SDK's reader runs on a thread of its own, the HTTP client needs the runtime: this takes the one to the other.
struct OnRuntime {
    exporter: MetricExporter,
    runtime: Handle,
    endpoint: String,
}

impl PushMetricExporter for OnRuntime {
    /// Blocks the reader's thread, which has nothing else to do.
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        let exported = self.runtime.block_on(self.exporter.export(metrics));
        if let Err(error) = &exported {
            tracing::warn!(endpoint = self.endpoint, %error, "own metrics could not be pushed");
        }
        exported
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn temporality(&self) -> Temporality {
        self.exporter.temporality()
    }
}

pub(super) fn attributes(labels: &Labels) -> Vec<KeyValue> {
    labels.iter().map(|(key, value)| KeyValue::new(*key, value.clone().into_owned())).collect()
}

fn resource(telemetry: &Telemetry) -> Resource {
    let instance = format!("{}-{}", telemetry.0.started.millis(), std::process::id());
    Resource::builder()
        .with_service_name("fanin")
        .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
        .with_attribute(KeyValue::new("service.instance.id", instance))
        .build()
}

fn register(telemetry: &Telemetry, meter: &Meter) {
    let mut histograms = Vec::with_capacity(Histogram::FAMILIES.len());
    for metric in Metric::all() {
        let reading = telemetry.read_one(metric, clock::now());
        let (name, source) = (reading.name, telemetry.clone());
        let observe = move |observer: &dyn opentelemetry::metrics::AsyncInstrument<f64>| {
            for series in source.read_one(metric, clock::now()).series {
                if let Some(value) = number(&series.value) {
                    observer.observe(value, &attributes(&series.labels));
                }
            }
        };
        match reading.kind {
            Kind::Histogram => {
                let histogram = meter.f64_histogram(name.otel).with_unit(name.unit).with_description(name.help);
                histograms.push(histogram.with_boundaries(bounds(histograms.len()).to_vec()).build());
            }
            Kind::Counter => {
                let counter = meter.f64_observable_counter(name.otel).with_unit(name.unit);
                let _ = counter.with_description(name.help).with_callback(observe).build();
            }
            Kind::Gauge => {
                let gauge = meter.f64_observable_gauge(name.otel).with_unit(name.unit);
                let _ = gauge.with_description(name.help).with_callback(observe).build();
            }
        }
    }
    let destinations = telemetry.0.destinations.clone();
    let listener = move |family: usize, series, duration: Duration| {
        let labels = read::labels(&Histogram::FAMILIES[family], series, &destinations);
        histograms[family].record(duration.as_secs_f64(), &attributes(&labels));
    };
    if telemetry.0.listener.set(Box::new(listener)).is_err() {
        tracing::warn!("own metrics are pushed already; histograms go to the first receiver only");
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "OTLP numbers here are doubles; above 2^53 a count may be off by one part in 10^16"
)]
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Whole(value) => Some(*value as f64),
        Value::Fraction(value) => Some(*value),
        Value::Distribution { .. } => None,
    }
}
