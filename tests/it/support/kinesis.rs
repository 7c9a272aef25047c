//! A Kinesis server for one test: ferrokinesis in this process, behind a layer that can fail.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::collections::BTreeMap;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::primitives::Blob;
use aws_sdk_kinesis::types::{ConsumerStatus, PutRecordsRequestEntry, StreamStatus};
use axum::middleware;
use fanin::config;
use ferrokinesis::store::StoreOptions;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::{Duration, Instant, sleep};

use super::faults::{Faults, meet_faults};

pub(crate) const REGION: &str = "eu-central-1";
pub(crate) const ACCOUNT: &str = "111122223333";

/// The longest that a test waits for anything, on a machine that is busy building.
const WAIT_MAX: Duration = Duration::from_secs(60);

/// A server of its own.
pub(crate) struct Kinesis {
    pub(crate) faults: Faults,
    pub(crate) client: Client,
    pub(crate) endpoint: String,
    server: JoinHandle<()>,
}

impl Drop for Kinesis {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Kinesis {
    pub(crate) async fn start() -> Self {
        Self::start_with(options()).await
    }

    pub(crate) async fn start_with(options: StoreOptions) -> Self {
        let faults = Faults::default();
        let (app, _store) = ferrokinesis::create_app(options);
        let app = app.layer(middleware::from_fn_with_state(faults.clone(), meet_faults));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let server = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        let builder = aws_sdk_kinesis::config::Builder::from(&sdk_config().await).endpoint_url(&endpoint);
        Self { faults, client: Client::from_conf(builder.build()), endpoint, server }
    }

    /// A stream with so many shards, ready.
    pub(crate) async fn create(&self, stream: &str, shards: i32) {
        let _ = self.client.create_stream().stream_name(stream).shard_count(shards).send().await.unwrap();
        self.until_active(stream).await;
    }

    /// Puts one record for each text, spread over the shards.
    pub(crate) async fn put(&self, stream: &str, texts: &[String]) {
        let key = |text: &String| text.get(..100).unwrap_or(text).to_owned();
        drop(self.put_keyed(stream, texts.iter().map(|text| (key(text), text.as_bytes())).collect()).await);
    }

    /// Puts records, spread over the shards; gives the shard and sequence number of each.
    pub(crate) async fn put_bytes(&self, stream: &str, records: &[Vec<u8>]) -> Vec<(String, String)> {
        let keyed = records.iter().enumerate().map(|(index, data)| (format!("key-{index}"), data.as_slice()));
        self.put_keyed(stream, keyed.collect()).await
    }

    async fn put_keyed(&self, stream: &str, records: Vec<(String, &[u8])>) -> Vec<(String, String)> {
        let mut places = Vec::new();
        for part in records.chunks(500) {
            let entry = |(key, data): &(String, &[u8])| {
                PutRecordsRequestEntry::builder().data(Blob::new(*data)).partition_key(key).build().unwrap()
            };
            let entries = part.iter().map(entry).collect();
            let answer = self.client.put_records().stream_name(stream).set_records(Some(entries)).send().await.unwrap();
            assert_eq!(answer.failed_record_count(), Some(0));
            let place = |text: Option<&str>| text.expect("an accepted record has a place").to_owned();
            places.extend(answer.records().iter().map(|put| (place(put.shard_id()), place(put.sequence_number()))));
        }
        places
    }

    /// Splits a shard in the middle.
    pub(crate) async fn split(&self, stream: &str, shard: &str) {
        let listed = self.client.list_shards().stream_name(stream).send().await.unwrap();
        let range = listed.shards().iter().find(|listed| listed.shard_id() == shard).unwrap().hash_key_range().unwrap();
        let [start, end] = [range.starting_hash_key(), range.ending_hash_key()].map(|key| key.parse::<u128>().unwrap());
        let middle = start + (end - start) / 2;
        let call = self.client.split_shard().stream_name(stream).shard_to_split(shard);
        let _ = call.new_starting_hash_key(middle.to_string()).send().await.unwrap();
        self.until_active(stream).await;
    }

    /// Merges two neighbours.
    pub(crate) async fn merge(&self, stream: &str, shard: &str, adjacent: &str) {
        let call = self.client.merge_shards().stream_name(stream).shard_to_merge(shard);
        let _ = call.adjacent_shard_to_merge(adjacent).send().await.unwrap();
        self.until_active(stream).await;
    }

    /// A consumer for enhanced fan-out, ready. Gives its ARN.
    pub(crate) async fn register(&self, stream: &str, consumer: &str) -> String {
        let stream_arn = arn(stream);
        let call = self.client.register_stream_consumer().stream_arn(stream_arn).consumer_name(consumer);
        let consumer_arn = call.send().await.unwrap().consumer().unwrap().consumer_arn().to_owned();
        let ready = async || {
            let call = self.client.describe_stream_consumer().consumer_arn(&consumer_arn);
            let described = call.send().await.unwrap();
            described.consumer_description().unwrap().consumer_status() == &ConsumerStatus::Active
        };
        while !ready().await {
            sleep(Duration::from_millis(10)).await;
        }
        consumer_arn
    }

    /// How Fanin is told to read a stream of this server.
    pub(crate) fn settings(&self, stream: &str) -> config::Kinesis {
        config::Kinesis {
            stream: stream.into(),
            region: Some(REGION.parse().unwrap()),
            endpoint: Some(self.endpoint.clone()),
            role_arn: None,
            start: config::StartPosition::TrimHorizon,
            consumer_arn: None,
            poll_interval: Duration::from_millis(1),
            carries: config::Carries::Telemetry,
            forwarded: Vec::new(),
        }
    }

    async fn until_active(&self, stream: &str) {
        let active = async || {
            let summary = self.client.describe_stream_summary().stream_name(stream).send().await.unwrap();
            summary.stream_description_summary().unwrap().stream_status() == &StreamStatus::Active
        };
        while !active().await {
            sleep(Duration::from_millis(10)).await;
        }
    }
}

/// A server that does not make anyone wait.
pub(crate) fn options() -> StoreOptions {
    StoreOptions {
        create_stream_ms: 0,
        delete_stream_ms: 0,
        update_stream_ms: 0,
        shard_limit: 1_000,
        aws_account_id: ACCOUNT.into(),
        aws_region: REGION.into(),
        ..StoreOptions::default()
    }
}

pub(crate) fn arn(stream: &str) -> String {
    format!("arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/{stream}")
}

pub(crate) fn shard(n: u32) -> String {
    format!("shardId-{n:012}")
}

/// `prefix-0000`, `prefix-0001` and so on.
pub(crate) fn texts(prefix: &str, n: usize) -> Vec<String> {
    (0..n).map(|n| format!("{prefix}-{n:04}")).collect()
}

/// Credentials that nobody checks.
pub(crate) async fn sdk_config() -> SdkConfig {
    let credentials = Credentials::new("AKIDTEST", "secret", None, None, "test");
    let loader = aws_config::defaults(BehaviorVersion::latest()).region(Region::new(REGION));
    loader.credentials_provider(credentials).load().await
}

/// Waits until something is so.
#[track_caller]
pub(crate) fn until(what: &str, mut holds: impl FnMut() -> bool) -> impl Future<Output = ()> {
    let caller = std::panic::Location::caller();
    let give_up = Instant::now() + WAIT_MAX;
    async move {
        while !holds() {
            assert!(Instant::now() < give_up, "{caller}: waited {WAIT_MAX:?} for {what}");
            sleep(Duration::from_millis(5)).await;
        }
    }
}

/// How often each text came.
pub(crate) fn counts(texts: impl IntoIterator<Item = String>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for text in texts {
        *counts.entry(text).or_default() += 1;
    }
    counts
}

/// Each of these once.
pub(crate) fn once(texts: &[String]) -> BTreeMap<String, usize> {
    counts(texts.iter().cloned())
}
