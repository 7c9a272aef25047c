//! Heartbeats for the forwarder: puts one into each open shard of the streams that it reads, and shows how far it got.
//!
//! A forwarder tells of a shard when it has read something there. So that it also does where nothing comes, a message that every
//! reader of CloudWatch payloads passes over is put into each shard every few seconds. What the forwarder says comes back through
//! the stream of samples (`io::line`, `Progress::mark`).
//!
//! Permissions on those streams: `kinesis:ListShards` and `kinesis:PutRecords`; if they are encrypted,
//! `kms:GenerateDataKey` on the key.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_config::SdkConfig;
use libdeflater::{CompressionLvl, Compressor};
use tokio::time::{Duration, Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::stream::Stream;
use super::trouble::Trouble;
use super::{Error, Shards, random};
use crate::config::{Carries, Kinesis};
use crate::id::arn_origin;
use crate::io::clock;
use crate::io::progress::ProgressHandle;
use crate::io::telemetry::Telemetry;
use crate::progress::Lane;
use crate::shard::backoff::Backoff;
use crate::shard::forwarded::{Changes, Forwarded};
use crate::time::Timestamp;

/// Time between two heartbeats. Rules wait so long, at most, for a shard into which nothing else comes.
const BEAT_INTERVAL: Duration = Duration::from_secs(5);

/// Time between two listings, where no heartbeat shows that shards have changed.
const LIST_INTERVAL: Duration = Duration::from_secs(30);

/// How often it is looked how far the forwarder got.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

const LIST_SHARDS: &str = "kinesis:ListShards";
const PUT_RECORDS: &str = "kinesis:PutRecords";

/// The streams that forwarders read, each once, reached as the stream of samples is.
#[must_use]
pub fn streams(kinesis: &[Kinesis]) -> Vec<Kinesis> {
    let mut streams: BTreeMap<&str, Kinesis> = BTreeMap::new();
    for samples in kinesis.iter().filter(|stream| stream.carries == Carries::Samples) {
        for arn in &samples.forwarded {
            let region = arn_origin(arn).1.or(samples.region);
            let (endpoint, role_arn) = (samples.endpoint.clone(), samples.role_arn.clone());
            let stream = Kinesis { region, endpoint, role_arn, ..Kinesis::new(arn) };
            let _ = streams.entry(arn).or_insert(stream);
        }
    }
    streams.into_values().collect()
}

/// Puts heartbeats until `stop` is cancelled. The rules are told of the stream's shards by `progress`, which expects it.
/// Until the first heartbeat was taken, what waiting does not mend is an error; later it is logged, shown, and tried again.
///
/// # Errors
/// When the stream does not exist, or its shards may not be listed or written to.
pub async fn run(
    settings: &Kinesis,
    sdk: &SdkConfig,
    progress: ProgressHandle,
    telemetry: Telemetry,
    shards: Shards,
    stop: CancellationToken,
) -> Result<(), Error> {
    let stream = Stream::new(settings, sdk).await?;
    let mut heart = Heart {
        stream,
        arn: settings.stream.as_str().into(),
        progress,
        telemetry,
        shards,
        forwarded: Forwarded::default(),
        lanes: BTreeMap::new(),
        next_listing: Instant::now(),
        next_beat: None,
        failures: Backoff::default(),
        is_proven: false,
        error: None,
    };
    let mut look = tokio::time::interval(LOOK_INTERVAL);
    loop {
        let beat = heart.next_beat;
        let next_beat = async {
            match beat {
                Some(at) => sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = sleep_until(heart.next_listing) => heart.list().await?,
            () = next_beat => heart.beat().await?,
            _ = look.tick() => heart.show(clock::now()),
        }
    }
}

/// Lists the shards and puts one heartbeat, for someone who sets it up. Gives how many shards are open.
///
/// # Errors
/// When either is refused, with the permission that is missing.
pub async fn examine(settings: &Kinesis, sdk: &SdkConfig) -> Result<usize, Error> {
    let stream = Stream::new(settings, sdk).await?;
    let explained = |action| {
        move |trouble: Trouble| {
            explain(trouble, &settings.stream, action).unwrap_or_else(|passing| Error::Failing {
                stream: settings.stream.clone(),
                action,
                message: passing.to_string(),
            })
        }
    };
    let listed = stream.list_open().await.map_err(explained(LIST_SHARDS))?;
    let mut forwarded = Forwarded::default();
    let _ = forwarded.list(&listed);
    let first: Vec<_> = forwarded.open().map(|(_, hash_key)| hash_key).take(1).collect();
    let _ = stream.put(&payload(clock::now()), &first).await.map_err(explained(PUT_RECORDS))?;
    Ok(forwarded.open().count())
}

/// The error that this is, if it is one that waiting does not mend.
fn explain(trouble: Trouble, stream: &str, action: &'static str) -> Result<Error, Trouble> {
    if let Trouble::Key(message) = trouble {
        return Ok(Error::Denied { stream: stream.into(), action: "kms:GenerateDataKey", message });
    }
    trouble.fatal(stream, action)
}

/// A heartbeat: CloudWatch's own form of a message that carries nothing.
/// Source: CloudWatch Logs user guide, "Real-time processing of log data with subscriptions".
fn payload(now: Timestamp) -> Vec<u8> {
    let text = format!(
        r#"{{"messageType":"CONTROL_MESSAGE","owner":"CloudwatchLogs","logGroup":"","logStream":"","subscriptionFilters":[],"logEvents":[{{"id":"","timestamp":{},"message":"Fanin heartbeat"}}]}}"#,
        now.millis()
    );
    let mut compressor = Compressor::new(CompressionLvl::default());
    let mut bytes = vec![0; compressor.gzip_compress_bound(text.len())];
    let length = compressor.gzip_compress(text.as_bytes(), &mut bytes).expect("the bound is what gzip needs at most");
    bytes.truncate(length);
    bytes
}

/// How far the forwarder was in a shard, and since when.
#[derive(Clone, Copy)]
struct Reached {
    until: Timestamp,
    heard: Option<Timestamp>,
}

/// What one stream needs.
struct Heart {
    stream: Stream,
    arn: Arc<str>,
    progress: ProgressHandle,
    telemetry: Telemetry,
    shards: Shards,
    forwarded: Forwarded,
    lanes: BTreeMap<Lane, Reached>,
    next_listing: Instant,
    /// None until the shards are known.
    next_beat: Option<Instant>,
    failures: Backoff,
    is_proven: bool,
    /// What went wrong last.
    error: Option<String>,
}

impl Heart {
    async fn list(&mut self) -> Result<(), Error> {
        match Box::pin(self.stream.list_open()).await {
            Ok(listed) => {
                let changes = self.forwarded.list(&listed);
                self.apply(changes);
                self.next_listing = Instant::now() + LIST_INTERVAL;
                if self.next_beat.is_none() {
                    self.next_beat = Some(Instant::now());
                    self.progress.listed(&self.arn);
                    self.shards.note_stream();
                }
                Ok(())
            }
            Err(trouble) => {
                self.next_listing = Instant::now() + self.note(trouble, LIST_SHARDS)?;
                Ok(())
            }
        }
    }

    /// Children are held where their parents were, so they are opened after those were closed.
    fn apply(&mut self, changes: Changes) {
        for (id, children) in changes.closed {
            tracing::info!(stream = &*self.arn, shard = id, ?children, "a shard of the forwarder was closed");
            let children: Vec<_> = children.iter().map(|child| self.lane(child)).collect();
            self.progress.close(&self.lane(&id), children);
            self.hide(&id);
        }
        for id in changes.gone {
            self.progress.forget(&self.lane(&id));
            self.hide(&id);
        }
        for id in changes.opened {
            self.progress.open(self.lane(&id));
        }
    }

    fn lane(&self, id: &str) -> Lane {
        (Arc::clone(&self.arn), id.into())
    }

    fn hide(&mut self, id: &str) {
        let lane = self.lane(id);
        let _ = self.lanes.remove(&lane);
        self.shards.remove(&lane);
        self.telemetry.shard_gone(&lane.0, &lane.1);
    }

    async fn beat(&mut self) -> Result<(), Error> {
        let open: Vec<_> = self.forwarded.open().collect();
        let hash_keys: Vec<_> = open.iter().map(|(_, hash_key)| *hash_key).collect();
        let placed = Box::pin(self.stream.put(&payload(clock::now()), &hash_keys)).await;
        let mut wait = BEAT_INTERVAL;
        match placed {
            Ok(placed) => {
                let is_elsewhere = |(placed, (id, _)): (&Result<String, String>, &(&str, &str))| {
                    placed.as_ref().is_ok_and(|shard| shard != id)
                };
                if placed.iter().zip(&open).any(is_elsewhere) {
                    self.next_listing = Instant::now();
                }
                let refused = placed.iter().find_map(|placed| placed.as_ref().err());
                if let Some(code) = refused {
                    tracing::debug!(stream = &*self.arn, code, "a shard took no heartbeat this time");
                    self.next_listing = Instant::now();
                }
                self.is_proven |= refused.is_none();
                if self.error.take().is_some() {
                    tracing::info!(stream = &*self.arn, "heartbeats are put again");
                }
                self.failures.succeed();
            }
            Err(trouble) => {
                wait = self.note(trouble, PUT_RECORDS)?.max(BEAT_INTERVAL);
                self.next_listing = Instant::now() + wait;
            }
        }
        self.next_beat = Some(Instant::now() + wait);
        Ok(())
    }

    /// What to wait before it is tried again.
    fn note(&mut self, trouble: Trouble, action: &'static str) -> Result<Duration, Error> {
        let (stream, wait) = (&*self.arn, self.failures.fail(random()));
        let message = match explain(trouble, stream, action) {
            Ok(error) if !self.is_proven => return Err(error),
            Ok(error) => error.to_string(),
            Err(passing) => format!("{action} failed: {passing}"),
        };
        if self.error.as_ref() != Some(&message) {
            tracing::error!(
                stream,
                ?wait,
                message,
                "no heartbeats can be put, trying again: rules wait where nothing else comes"
            );
        }
        self.error = Some(message);
        Ok(wait)
    }

    /// Shows how far behind the forwarder is in each open shard.
    fn show(&mut self, now: Timestamp) {
        let reached: BTreeMap<Lane, Timestamp> =
            self.progress.shards().into_iter().filter(|((stream, _), _)| *stream == self.arn).collect();
        for (lane, until) in reached {
            let known = self.lanes.entry(lane.clone()).or_insert(Reached { until, heard: None });
            if until > known.until {
                *known = Reached { until, heard: Some(now) };
            }
            let (behind, heard, error) = (now.since(until), known.heard, self.error.clone());
            self.telemetry.shard_behind(&lane.0, &lane.1, behind);
            self.shards.update(&lane, |status| {
                status.behind = Some(behind);
                status.last_read = heard;
                status.error = error.or_else(|| heard.is_none().then(|| "the forwarder has not told yet".into()));
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Normalize;
    use crate::delivery::{Delivery, Origin, Payload, RawRecord, Source};
    use crate::processor::output::Output;
    use crate::processor::{Processor, Surroundings};
    use crate::tenant::Directory;

    #[test]
    fn a_heartbeat_is_passed_over_by_whoever_reads_what_cloudwatch_sends() {
        let now = Timestamp::from_seconds(1_700_000_000);
        let record = RawRecord { data: payload(now).into(), position: "shard:1".into(), arrived: now };
        let origin = Origin { source: Source::Kinesis, region: None, name: "logs".into() };
        let delivery = Delivery { origin, payload: Payload::Records(vec![record]), accounts: None };
        let (directory, normalize, mut output) =
            (Directory::new([], "tenant.id", &[]), Normalize::default(), Output::default());
        Processor::default().process(&delivery, 0, &Surroundings::new(&directory, &normalize), &mut output);
        assert_eq!(output.tally.control_messages, 1);
        assert!(output.chunks.is_empty() && output.rejects.is_empty() && output.messages.is_empty());
        assert!(output.accounts.is_empty(), "nobody has spoken");
    }

    #[test]
    fn a_stream_that_two_streams_of_samples_name_is_watched_once_and_in_its_own_region() {
        let arn = |region: &str, name: &str| format!("arn:aws:kinesis:{region}:111122223333:stream/{name}");
        let samples = |name: &str, forwarded: &[String]| Kinesis {
            carries: Carries::Samples,
            role_arn: Some("arn:aws:iam::111122223333:role/reader".into()),
            consumer_arn: Some("its own".into()),
            region: Some("eu-central-1".parse().unwrap()),
            forwarded: forwarded.to_vec(),
            ..Kinesis::new(name)
        };
        let (one, two) = (arn("eu-central-1", "logs"), arn("us-east-1", "logs"));
        let streams = streams(&[samples("a", &[one.clone(), two.clone()]), samples("b", std::slice::from_ref(&one))]);
        let told: Vec<_> = streams.iter().map(|it| (&it.stream, it.region.unwrap().to_string())).collect();
        assert_eq!(told, [(&one, "eu-central-1".to_owned()), (&two, "us-east-1".to_owned())]);
        assert!(streams.iter().all(|it| it.role_arn.is_some() && it.consumer_arn.is_none()));
    }
}
