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
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::backend::Backend;
use super::directory::DirectoryFile;
use super::kinesis::Reading;
use super::{ACCESS_KEY, STREAM};
use crate::io::clock;
use crate::simulate::scenario::Trouble;
use crate::simulate::{Payload, Simulation, poison};
use crate::time::Timestamp;

/// How often a share of the events is written.
const TICK: Duration = Duration::from_millis(100);

/// Metric data in one request: what Firehose has buffered.
const POST_RECORDS_MAX: usize = 500;

/// Requests with metric data that are under way at once.
const POSTS_MAX: usize = 4;

/// While the stream is held up, a read gives this part of what was written since the last.
const HINDERED: f64 = 0.1;

/// Reads of a shard in a second, and shards.
const READS_PER_SECOND: f64 = 4.0;
const SHARDS: f64 = 4.0;

/// While the stream is held up, so many records a second cannot be used.
const POISON_PER_SECOND: f64 = 1.0;

/// `PutRecords` takes 500 records, and 5 MiB of data and keys, of which the demo's Kinesis reads a part at once. Source: Kinesis
/// API reference.
const PUT_RECORDS_MAX: usize = 500;
const PUT_BYTES_MAX: usize = 1 << 20;

/// A machine that cannot make what is due catches up with so much time of what is usual, and of what is not; the accounts write
/// less then.
const CATCH_UP: Duration = Duration::from_secs(1);
const CATCH_UP_TROUBLE: Duration = Duration::from_secs(5);

/// What the accounts have sent; every event counted here was acknowledged by Kinesis or by the endpoint.
#[derive(Clone, Debug, Default)]
pub(super) struct Sent(Arc<SentCounts>);

#[derive(Debug, Default)]
struct SentCounts {
    log_events: AtomicU64,
    metric_data: AtomicU64,
    kinesis_records: AtomicU64,
    broken_records: AtomicU64,
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

    /// Of these, records that nobody can use.
    #[must_use]
    pub(super) fn broken_records(&self) -> u64 {
        self.0.broken_records.load(Ordering::Relaxed)
    }

    /// Firehose requests.
    #[must_use]
    pub(super) fn firehose_requests(&self) -> u64 {
        self.0.firehose_requests.load(Ordering::Relaxed)
    }

    /// Posts so many metric data.
    async fn post(self, request: reqwest::RequestBuilder, n_data: u64) {
        match request.send().await {
            Ok(answer) if answer.status().is_success() => {
                let _ = self.0.metric_data.fetch_add(n_data, Ordering::Relaxed);
                let _ = self.0.firehose_requests.fetch_add(1, Ordering::Relaxed);
            }
            Ok(answer) => {
                tracing::warn!(status = %answer.status(), "the Firehose endpoint refused metrics of the demo");
            }
            Err(error) => {
                tracing::warn!(error = crate::io::chain(&error), "the Firehose endpoint did not answer the demo");
            }
        }
    }
}

/// Something that is due at a rate.
#[derive(Debug, Default)]
pub(super) struct Due {
    /// What is due, and the part of the next one.
    due: f64,
    /// Up to when it was counted.
    until: Duration,
}

impl Due {
    /// How many became due since it was last asked, when so many do in a time.
    fn take(&mut self, elapsed: Duration, count: impl FnOnce(Duration) -> f64) -> u64 {
        let since = elapsed.saturating_sub(std::mem::replace(&mut self.until, elapsed)).min(CATCH_UP_TROUBLE);
        self.due += count(since);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole ones that are due")]
        let whole = self.due as u64;
        self.due = self.due.fract();
        whole
    }
}

/// Sends until `stop` is cancelled; what was begun is finished.
#[derive(Debug)]
pub(super) struct Producer {
    /// The fleet.
    pub(super) simulation: Simulation,
    /// Log events a second.
    pub(super) rate: u32,
    /// Kinesis.
    pub(super) kinesis: aws_sdk_kinesis::Client,
    /// The service that is shown.
    pub(super) service: SocketAddr,
    /// What was sent.
    pub(super) sent: Sent,
    /// The directory of the accounts.
    pub(super) directory: DirectoryFile,
    /// How the stream is read.
    pub(super) reading: Reading,
    /// The demo's own backend.
    pub(super) backend: Option<Backend>,
    /// Usual events that were due and not made, since the machine is too slow.
    pub(super) left_out: u64,
    /// Payloads of accounts in trouble.
    pub(super) trouble: Due,
    /// Records that cannot be used.
    pub(super) poison: Due,
}

impl Producer {
    /// Sends until `stop` is cancelled.
    pub(super) async fn run(mut self, stop: CancellationToken) {
        let (http, begun, start) = (reqwest::Client::new(), Instant::now(), clock::now());
        let mut posts = JoinSet::new();
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                _ = ticks.tick() => {}
            }
            let elapsed = begun.elapsed();
            self.simulation.advance(elapsed);
            if let Err(error) = self.directory.keep(&self.simulation).await {
                tracing::warn!(%error, "the demo's directory cannot be written");
            }
            self.hinder(elapsed);
            self.put_logs(elapsed).await;
            self.put_poison(elapsed).await;
            while posts.try_join_next().is_some() {}
            if posts.len() < POSTS_MAX {
                self.post_metrics(&http, start, &mut posts);
            }
        }
        self.reading.free();
        if let Some(backend) = &self.backend {
            backend.hurry();
        }
        while posts.join_next().await.is_some() {}
    }

    /// Slows the readers of the stream down, or the backend, while that is what happens.
    fn hinder(&self, elapsed: Duration) {
        if self.simulation.is_held_up() {
            let written = self.sent.kinesis_records() as f64 / elapsed.as_secs_f64().max(1.0) / SHARDS;
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few records")]
            self.reading.hinder((written / READS_PER_SECOND * HINDERED) as u64);
        } else {
            self.reading.free();
        }
        if let Some(backend) = &self.backend {
            if self.simulation.is_flooded() { backend.pace(elapsed) } else { backend.hurry() }
        }
    }

    /// The next payload that is due, if any: a heartbeat, something of accounts in trouble, or something usual.
    fn payload(&mut self, usual_due: u64, troubled: &mut u64, trouble: Option<&Trouble>) -> Option<Payload> {
        while self.simulation.heartbeats() < self.simulation.heartbeats_due() {
            if let Some(heartbeat) = self.simulation.heartbeat(clock::now()) {
                return Some(heartbeat);
            }
        }
        if let (Some(left), Some(trouble)) = (troubled.checked_sub(1), trouble) {
            *troubled = left;
            return Some(self.simulation.troubled(trouble, clock::now()));
        }
        (self.simulation.usual_events() < usual_due).then(|| self.simulation.payload(clock::now()))
    }

    /// Up to how many usual events are due.
    fn usual_due(&mut self, elapsed: Duration) -> u64 {
        let of = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX) * u64::from(self.rate) / 1_000;
        let (due, made) = (of(elapsed) - self.left_out, self.simulation.usual_events());
        let too_many = due.saturating_sub(made).saturating_sub(of(CATCH_UP));
        self.left_out += too_many;
        due - too_many
    }

    async fn put_logs(&mut self, elapsed: Duration) {
        let due = self.usual_due(elapsed);
        let trouble = self.simulation.trouble(self.rate);
        let mut troubled = self.trouble.take(elapsed, |time| trouble.as_ref().map_or(0.0, |now| now.payloads(time)));
        loop {
            let (mut entries, mut events, mut bytes) = (Vec::new(), 0, 0);
            while entries.len() < PUT_RECORDS_MAX
                && bytes < PUT_BYTES_MAX
                && let Some(payload) = self.payload(due, &mut troubled, trouble.as_ref())
            {
                events += u64::from(payload.events);
                let data = gzip(payload.json.as_bytes());
                bytes += data.len();
                entries.push(entry(data, payload.log_stream));
            }
            if entries.is_empty() {
                return;
            }
            let _ = self.put(entries, events).await;
        }
    }

    async fn put_poison(&mut self, elapsed: Duration) {
        let held_up = self.simulation.is_held_up();
        let due = self.poison.take(elapsed, |time| if held_up { time.as_secs_f64() * POISON_PER_SECOND } else { 0.0 });
        let first = self.sent.broken_records();
        let broken = |number: u64| entry(poison::record(number, gzip), format!("fluent-bit-{number}"));
        let entries: Vec<_> = (first..first + due).map(broken).collect();
        if !entries.is_empty() && self.put(entries, 0).await {
            let _ = self.sent.0.broken_records.fetch_add(due, Ordering::Relaxed);
        }
    }

    /// Whether Kinesis took them.
    async fn put(&self, entries: Vec<PutRecordsRequestEntry>, events: u64) -> bool {
        let records = entries.len() as u64;
        let put = self.kinesis.put_records().stream_name(STREAM).set_records(Some(entries)).send().await;
        match put {
            Ok(answer) if answer.failed_record_count().unwrap_or(0) == 0 => {
                let _ = self.sent.0.log_events.fetch_add(events, Ordering::Relaxed);
                let _ = self.sent.0.kinesis_records.fetch_add(records, Ordering::Relaxed);
                return true;
            }
            Ok(answer) => {
                tracing::warn!(failed = answer.failed_record_count(), "the demo's Kinesis refused records");
            }
            Err(error) => tracing::warn!(error = crate::io::chain(&error), "the demo's Kinesis does not answer"),
        }
        false
    }

    /// The endpoint answers when the data are safe, which takes its time; the logs do not wait for it.
    fn post_metrics(&mut self, http: &reqwest::Client, start: Timestamp, posts: &mut JoinSet<()>) {
        let (data_before, due) = (self.simulation.data(), self.simulation.data_due(start, clock::now()));
        let mut records = Vec::new();
        while self.simulation.data() < due && records.len() < POST_RECORDS_MAX {
            let datum = self.simulation.datum(start);
            records.extend(datum.map(|datum| json!({"data": base64_simd::STANDARD.encode_to_string(datum.json)})));
        }
        if records.is_empty() {
            return;
        }
        let n_data = records.len() as u64;
        let request_id = format!("00000000-0000-4000-8000-{data_before:012}");
        let body = json!({"requestId": request_id, "timestamp": clock::now().millis(), "records": records});
        let request = http
            .post(format!("http://{}/firehose", self.service))
            .header("X-Amz-Firehose-Protocol-Version", "1.0")
            .header("X-Amz-Firehose-Request-Id", request_id)
            .header("X-Amz-Firehose-Access-Key", ACCESS_KEY)
            .header("Content-Type", "application/json")
            .body(body.to_string());
        let _ = posts.spawn(self.sent.clone().post(request, n_data));
    }
}

fn entry(data: Vec<u8>, partition_key: String) -> PutRecordsRequestEntry {
    let entry = PutRecordsRequestEntry::builder().data(Blob::new(data)).partition_key(partition_key).build();
    entry.expect("data and key are set")
}

/// At level 6, as CloudWatch Logs does for Firehose.
fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
    let written = encoder.write_all(data).and_then(|()| encoder.finish());
    written.expect("memory takes everything")
}
