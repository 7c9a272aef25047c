//! The demo's Kinesis: a stream in this process, of which the shards can be read more slowly than they are filled.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use aws_config::{BehaviorVersion, Region};
use aws_sdk_kinesis::config::Credentials;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_LENGTH;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use ferrokinesis::shard_iterator::decode_shard_iterator;
use ferrokinesis::store::StoreOptions;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{Error, REGION, STREAM, address, bind};
use crate::io::clock;
use crate::simulate::scenario::Scenario;

const SHARDS: i32 = 4;

/// The shard that is read as fast as ever.
const UNHINDERED: &str = "shardId-000000000003";

/// What a read gives at most, where nothing hinders it and something may hinder the next.
const READ_MAX: u64 = 2_000;

/// Bytes of the body of a request, or of an answer, at most.
const BODY_BYTES_MAX: usize = 64 << 20;

/// How much a read gives: as where another consumer uses up what the shards have to give. 0 for no limit.
#[derive(Clone, Debug, Default)]
pub(super) struct Reading(Arc<AtomicU64>);

impl Reading {
    /// From now on a read gives so many records at most.
    pub(super) fn hinder(&self, records: u64) {
        self.0.store(records.max(1), Ordering::Relaxed);
    }

    /// From now on nothing hinders it.
    pub(super) fn free(&self) {
        self.0.store(0, Ordering::Relaxed);
    }

    fn limit(&self, shard: &str) -> u64 {
        match self.0.load(Ordering::Relaxed) {
            0 => READ_MAX,
            _ if shard == UNHINDERED => READ_MAX,
            records => records,
        }
    }
}

/// Starts it: its URL.
pub(super) async fn start(
    scenario: Scenario,
    reading: Reading,
    servers: &mut JoinSet<()>,
    stop: &CancellationToken,
) -> Result<String, Error> {
    let options = StoreOptions { create_stream_ms: 0, aws_region: REGION.into(), ..StoreOptions::default() };
    let (mut app, _store) = ferrokinesis::create_app(options);
    if scenario == Scenario::PipelineLag {
        app = app.layer(from_fn_with_state(reading, hinder));
    }
    let listener = bind("Kinesis").await?;
    let url = format!("http://{}", address(&listener)?);
    let stop = stop.clone();
    let _ = servers.spawn(async move {
        let served = axum::serve(listener, app).with_graceful_shutdown(async move { stop.cancelled().await }).await;
        if let Err(error) = served {
            tracing::error!(%error, "the demo's Kinesis stopped");
        }
    });
    Ok(url)
}

pub(super) fn credentials() -> Credentials {
    Credentials::new("demo", "demo", None, None, "demo")
}

pub(super) fn client(url: &str) -> aws_sdk_kinesis::Client {
    let config = aws_sdk_kinesis::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static(REGION))
        .credentials_provider(credentials())
        .endpoint_url(url)
        .build();
    aws_sdk_kinesis::Client::from_conf(config)
}

pub(super) async fn create_stream(kinesis: &aws_sdk_kinesis::Client) -> Result<(), Error> {
    let failed = |source| Error::Server { what: "Kinesis stream", source };
    let _ = kinesis
        .create_stream()
        .stream_name(STREAM)
        .shard_count(SHARDS)
        .send()
        .await
        .map_err(|error| failed(error.into()))?;
    loop {
        let summary =
            kinesis.describe_stream_summary().stream_name(STREAM).send().await.map_err(|error| failed(error.into()))?;
        let status = summary.stream_description_summary().map(|summary| summary.stream_status().as_str().to_owned());
        if status.as_deref() == Some("ACTIVE") {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Gives a read fewer records, and says how far behind the tip it is, as Kinesis does.
async fn hinder(State(reading): State<Reading>, request: Request, next: Next) -> Response {
    let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok());
    if !target.is_some_and(|target| target.ends_with(".GetRecords")) {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_BYTES_MAX).await else { return StatusCode::BAD_REQUEST.into_response() };
    let (body, limit) = limited(body, &reading);
    let _ = parts.headers.insert(CONTENT_LENGTH, body.len().into());
    let answer = next.run(Request::from_parts(parts, Body::from(body))).await;
    let (mut parts, body) = answer.into_parts();
    let Ok(body) = to_bytes(body, BODY_BYTES_MAX).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let body = told_behind(body, limit);
    let _ = parts.headers.insert(CONTENT_LENGTH, body.len().into());
    Response::from_parts(parts, Body::from(body))
}

/// The request with a limit, and the limit.
fn limited(body: Bytes, reading: &Reading) -> (Bytes, u64) {
    let Ok(mut request) = serde_json::from_slice::<Value>(&body) else { return (body, READ_MAX) };
    let shard = decode_shard_iterator(request["ShardIterator"].as_str().unwrap_or_default());
    let limit = reading.limit(&shard.map_or_else(|_| String::new(), |(_, _, shard, _)| shard));
    request["Limit"] = json!(request["Limit"].as_u64().unwrap_or(limit).min(limit));
    (request.to_string().into(), limit)
}

/// The answer; one that is full says how old its last record is.
fn told_behind(body: Bytes, limit: u64) -> Bytes {
    let Ok(mut answer) = serde_json::from_slice::<Value>(&body) else { return body };
    let records = answer["Records"].as_array().map_or(&[][..], Vec::as_slice);
    let Some(last) = records.last().filter(|_| records.len() as u64 >= limit) else { return body };
    #[expect(clippy::cast_precision_loss, reason = "a time that is told in seconds with a fraction")]
    let behind = clock::now().millis() as f64 - last["ApproximateArrivalTimestamp"].as_f64().unwrap_or(0.0) * 1_000.0;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "milliseconds that have passed")]
    let behind = behind.max(1.0) as u64;
    answer["MillisBehindLatest"] = json!(behind);
    answer.to_string().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_holds_all_it_may_tells_how_far_behind_it_is() {
        let arrived = clock::now().millis() / 1_000 - 90;
        let answer = json!({"MillisBehindLatest": 0, "Records": [{"ApproximateArrivalTimestamp": arrived}]});
        let behind = |limit| {
            let told: Value = serde_json::from_slice(&told_behind(answer.to_string().into(), limit)).unwrap();
            told["MillisBehindLatest"].as_u64().unwrap()
        };
        assert!((90_000..120_000).contains(&behind(1)), "{}", behind(1));
        assert_eq!(behind(2), 0);
    }

    #[test]
    fn one_shard_is_read_as_fast_as_ever() {
        let reading = Reading::default();
        assert_eq!(reading.limit("shardId-000000000000"), READ_MAX);
        reading.hinder(3);
        assert_eq!((reading.limit("shardId-000000000000"), reading.limit(UNHINDERED)), (3, READ_MAX));
        reading.free();
        assert_eq!(reading.limit("shardId-000000000000"), READ_MAX);
    }
}
