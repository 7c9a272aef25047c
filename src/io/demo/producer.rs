//! The demo's tenant accounts: they write CloudWatch Logs payloads into Kinesis through the AWS SDK, and metric streams to the
//! Firehose endpoint over HTTP, as CloudWatch and Firehose do.

use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use aws_sdk_kinesis::primitives::Blob;
use aws_sdk_kinesis::types::PutRecordsRequestEntry;
use serde_json::json;
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::{ACCESS_KEY, STREAM};
use crate::io::clock;
use crate::simulate::release::{Release, WRITES_EVERY_SECONDS};
use crate::simulate::{Payload, Simulation};

/// How often a share of the events is written.
const TICK: Duration = Duration::from_millis(100);

/// One metric datum is sent for so many log events.
const EVENTS_PER_DATUM: u64 = 10;

/// `PutRecords` takes 500 records. Source: Kinesis API reference.
const PUT_RECORDS_MAX: usize = 500;

/// What the accounts have sent; every event counted here was acknowledged by Kinesis or by the endpoint.
#[derive(Clone, Debug, Default)]
pub(super) struct Sent(Arc<SentCounts>);

#[derive(Debug, Default)]
struct SentCounts {
    log_events: AtomicU64,
    metric_data: AtomicU64,
    kinesis_records: AtomicU64,
    firehose_requests: AtomicU64,
}

impl Sent {
    /// Log events.
    #[must_use]
    pub(super) fn log_events(&self) -> u64 {
        self.0.log_events.load(Ordering::Relaxed)
    }

    /// Metric data.
    #[must_use]
    pub(super) fn metric_data(&self) -> u64 {
        self.0.metric_data.load(Ordering::Relaxed)
    }

    /// Kinesis records, one payload each.
    #[must_use]
    pub(super) fn kinesis_records(&self) -> u64 {
        self.0.kinesis_records.load(Ordering::Relaxed)
    }

    /// Firehose requests.
    #[must_use]
    pub(super) fn firehose_requests(&self) -> u64 {
        self.0.firehose_requests.load(Ordering::Relaxed)
    }
}

/// Sends until `stop` is cancelled; what was begun is finished.
#[derive(Debug)]
pub(super) struct Producer {
    /// The fleet.
    simulation: Simulation,
    /// Log events a second.
    rate: u32,
    /// Kinesis.
    kinesis: aws_sdk_kinesis::Client,
    /// The service that is shown.
    service: SocketAddr,
    /// What was sent.
    sent: Sent,
    /// Payloads of a failing release that are due, and the part of the next one.
    failures_due: f64,
    /// Up to when they were counted.
    failures_until: Duration,
}

impl Producer {
    /// Nothing was sent yet.
    pub(super) fn new(
        simulation: Simulation,
        rate: u32,
        kinesis: aws_sdk_kinesis::Client,
        service: SocketAddr,
        sent: Sent,
    ) -> Self {
        Self { simulation, rate, kinesis, service, sent, failures_due: 0.0, failures_until: Duration::ZERO }
    }

    /// Sends until `stop` is cancelled.
    pub(super) async fn run(mut self, stop: CancellationToken) {
        let (http, begun, start) = (reqwest::Client::new(), Instant::now(), clock::now());
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = ticks.tick() => {}
            }
            let due = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX) * u64::from(self.rate) / 1_000;
            self.put_logs(due, begun.elapsed()).await;
            self.post_metrics(&http, due / EVENTS_PER_DATUM, start).await;
        }
    }

    /// The payloads of a release that went wrong which are due: each account that it has reached writes now and then.
    fn failures(&mut self, elapsed: Duration) -> Vec<Payload> {
        let since = elapsed.saturating_sub(std::mem::replace(&mut self.failures_until, elapsed));
        let Some(release) = Release::at(elapsed, self.simulation.ring(0)) else { return Vec::new() };
        self.failures_due += release.accounts as f64 * since.as_secs_f64() / WRITES_EVERY_SECONDS as f64;
        let mut payloads = Vec::new();
        while self.failures_due >= 1.0 {
            self.failures_due -= 1.0;
            payloads.extend(self.simulation.failure(&release, clock::now()));
        }
        payloads
    }

    async fn put_logs(&mut self, due: u64, elapsed: Duration) {
        let mut failures = self.failures(elapsed);
        while self.simulation.events() < due || !failures.is_empty() {
            let (mut entries, mut events) = (Vec::new(), 0);
            while entries.len() < PUT_RECORDS_MAX && (self.simulation.events() < due || !failures.is_empty()) {
                let payload = failures.pop().unwrap_or_else(|| self.simulation.payload(clock::now()));
                events += u64::from(payload.events);
                let data = Blob::new(gzip(payload.json.as_bytes()));
                let entry = PutRecordsRequestEntry::builder().data(data).partition_key(payload.log_stream).build();
                entries.push(entry.expect("data and key are set"));
            }
            let records = entries.len() as u64;
            let put = self.kinesis.put_records().stream_name(STREAM).set_records(Some(entries)).send().await;
            match put {
                Ok(answer) if answer.failed_record_count().unwrap_or(0) == 0 => {
                    let _ = self.sent.0.log_events.fetch_add(events, Ordering::Relaxed);
                    let _ = self.sent.0.kinesis_records.fetch_add(records, Ordering::Relaxed);
                }
                Ok(answer) => {
                    tracing::warn!(failed = answer.failed_record_count(), "the demo's Kinesis refused records")
                }
                Err(error) => tracing::warn!(error = crate::io::chain(&error), "the demo's Kinesis does not answer"),
            }
        }
    }

    async fn post_metrics(&mut self, http: &reqwest::Client, due: u64, start: crate::time::Timestamp) {
        let data_before = self.simulation.data();
        let mut records = Vec::new();
        while self.simulation.data() < due {
            records.push(json!({"data": base64_simd::STANDARD.encode_to_string(self.simulation.datum(start).json)}));
        }
        if records.is_empty() {
            return;
        }
        let request_id = format!("00000000-0000-4000-8000-{data_before:012}");
        let body = json!({"requestId": request_id, "timestamp": clock::now().millis(), "records": records});
        let request = http
            .post(format!("http://{}/firehose", self.service))
            .header("X-Amz-Firehose-Protocol-Version", "1.0")
            .header("X-Amz-Firehose-Request-Id", request_id)
            .header("X-Amz-Firehose-Access-Key", ACCESS_KEY)
            .header("Content-Type", "application/json")
            .body(body.to_string());
        match request.send().await {
            Ok(answer) if answer.status().is_success() => {
                let n_data = self.simulation.data() - data_before;
                let _ = self.sent.0.metric_data.fetch_add(n_data, Ordering::Relaxed);
                let _ = self.sent.0.firehose_requests.fetch_add(1, Ordering::Relaxed);
            }
            Ok(answer) => {
                tracing::warn!(status = %answer.status(), "the Firehose endpoint refused metrics of the demo")
            }
            Err(error) => {
                tracing::warn!(error = crate::io::chain(&error), "the Firehose endpoint did not answer the demo")
            }
        }
    }
}

/// At level 6, as CloudWatch Logs does for Firehose.
fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
    let written = encoder.write_all(data).and_then(|()| encoder.finish());
    written.expect("memory takes everything")
}
