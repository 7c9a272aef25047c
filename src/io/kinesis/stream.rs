//! One Kinesis stream behind the AWS SDK; no type of the SDK goes further than this file.

use std::sync::Arc;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::config::retry::RetryConfig;
use aws_sdk_kinesis::config::timeout::TimeoutConfig;
use aws_sdk_kinesis::config::{Builder, Region, StalledStreamProtectionConfig};
use aws_sdk_kinesis::operation::get_records::GetRecordsOutput;
use aws_sdk_kinesis::operation::subscribe_to_shard::SubscribeToShardOutput;
use aws_sdk_kinesis::primitives::{Blob, DateTime};
use aws_sdk_kinesis::types::{
    ChildShard, PutRecordsRequestEntry, Record, Shard, ShardIteratorType, StartingPosition, SubscribeToShardEvent,
    SubscribeToShardEventStream,
};
use bytes::Bytes;

use super::Error;
use super::trouble::Trouble;
use crate::config::Kinesis;
use crate::id;
use crate::io::clock;
use crate::shard::Position;
use crate::shard::batch::ShardRecord;
use crate::shard::forwarded::Seen;
use crate::shard::plan::Listed;
use crate::time::Timestamp;

/// Time to open a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Time for one call: 10 MiB of records, the most that one answer holds, at 4 Mbit/s. Without a limit a connection whose
/// other end vanished would hold up its shard for good.
const CALL_TIMEOUT: Duration = Duration::from_secs(30);

/// Records of one call at most. Source: Kinesis API reference, "PutRecords".
const PUT_RECORDS_MAX: usize = 500;

/// Partition key of heartbeats. It says nothing: the hash key decides where they go.
const HEARTBEAT: &str = "fanin-heartbeat";

/// A stream and the client that reads it.
#[derive(Clone, Debug)]
pub(super) struct Stream {
    client: Client,
    name: String,
    /// Given only if the configuration names the stream by ARN: it leads the SDK to other endpoints than the name alone.
    arn_given: Option<String>,
    /// The consumer of enhanced fan-out.
    consumer_arn: Option<String>,
}

/// What one read gave, or one event of a subscription.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) records: Vec<ShardRecord>,
    pub(super) behind: Duration,
    pub(super) next: Next,
}

/// How a shard goes on after an answer.
#[derive(Debug)]
pub(super) enum Next {
    /// By this iterator or continuation sequence number.
    More(String),
    /// Not at all: it was closed, and these came out of it.
    End(Vec<Listed>),
}

impl Stream {
    /// A client for the stream of the configuration. Makes no call, but for the role to assume.
    pub(super) async fn new(settings: &Kinesis, sdk_config: &SdkConfig) -> Result<Self, Error> {
        let (name, arn_given) = parse_stream(&settings.stream)?;
        let region = region(settings, sdk_config).ok_or_else(|| Error::Region { stream: settings.stream.clone() })?;
        let mut builder = Builder::from(sdk_config)
            .region(region.clone())
            .retry_config(RetryConfig::disabled())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .timeout_config(timeouts());
        if let Some(endpoint) = &settings.endpoint {
            builder = builder.endpoint_url(endpoint);
        }
        if let Some(role) = &settings.role_arn {
            let sts_region = sdk_config.region().cloned().unwrap_or(region);
            let provider =
                AssumeRoleProvider::builder(role).session_name("fanin").region(sts_region).configure(sdk_config);
            builder = builder.credentials_provider(Box::pin(provider.build()).await);
        }
        let client = Client::from_conf(builder.build());
        Ok(Self { client, name, arn_given, consumer_arn: settings.consumer_arn.clone() })
    }

    /// The consumer of enhanced fan-out, if the stream is read so.
    pub(super) fn consumer_arn(&self) -> Option<&str> {
        self.consumer_arn.as_deref()
    }

    /// The stream's ARN: as configured, else as Kinesis tells it.
    pub(super) async fn arn(&self) -> Result<Arc<str>, Trouble> {
        if let Some(arn) = &self.arn_given {
            return Ok(arn.as_str().into());
        }
        let summary = self.client.describe_stream_summary().stream_name(&self.name).send().await?;
        let description = summary.stream_description_summary();
        Ok(description.map(|description| description.stream_arn()).unwrap_or(&self.name).into())
    }

    /// All shards that the stream still has, open and closed.
    pub(super) async fn list(&self) -> Result<Vec<Listed>, Trouble> {
        Ok(self.shards().await?.iter().map(listed_shard).collect())
    }

    async fn shards(&self) -> Result<Vec<Shard>, Trouble> {
        let mut shards = Vec::new();
        let mut next_token: Option<String> = None;
        loop {
            // A token stands for the stream; Kinesis refuses both together.
            let call = self.client.list_shards();
            let call = match next_token {
                None => call.stream_name(&self.name).set_stream_arn(self.arn_given.clone()),
                Some(token) => call.next_token(token),
            };
            let answer = call.send().await?;
            next_token = answer.next_token().map(Into::into);
            shards.extend(answer.shards.unwrap_or_default());
            if next_token.is_none() {
                return Ok(shards);
            }
        }
    }

    /// All shards that the stream still has, with the hash keys that lead into those that are open.
    pub(super) async fn list_open(&self) -> Result<Vec<Seen>, Trouble> {
        Ok(self.shards().await?.iter().map(seen_shard).collect())
    }

    /// Puts the same data at each of these hash keys. Gives for each, in their order, the shard that it went into, or why it went
    /// into none.
    pub(super) async fn put(&self, data: &[u8], hash_keys: &[&str]) -> Result<Vec<Result<String, String>>, Trouble> {
        let mut placed = Vec::with_capacity(hash_keys.len());
        for keys in hash_keys.chunks(PUT_RECORDS_MAX) {
            let entry = |key: &&str| {
                let entry = PutRecordsRequestEntry::builder().data(Blob::new(data)).partition_key(HEARTBEAT);
                entry.explicit_hash_key(*key).build().expect("data and partition key, the required fields, are set")
            };
            // One of the two: emulators refuse both.
            let call = match &self.arn_given {
                Some(arn) => self.client.put_records().stream_arn(arn),
                None => self.client.put_records().stream_name(&self.name),
            };
            let answer = call.set_records(Some(keys.iter().map(entry).collect())).send().await?;
            placed.extend(answer.records().iter().map(|result| match result.shard_id() {
                Some(shard) => Ok(shard.to_owned()),
                None => Err(result.error_code().unwrap_or("no answer").to_owned()),
            }));
        }
        Ok(placed)
    }

    /// An iterator, good for five minutes.
    pub(super) async fn iterator(&self, shard: &str, position: &Position) -> Result<String, Trouble> {
        let (kind, sequence_number, timestamp) = parts(position);
        let answer = self
            .client
            .get_shard_iterator()
            .stream_name(&self.name)
            .set_stream_arn(self.arn_given.clone())
            .shard_id(shard)
            .shard_iterator_type(kind)
            .set_starting_sequence_number(sequence_number)
            .set_timestamp(timestamp)
            .send()
            .await?;
        answer.shard_iterator.ok_or_else(|| Trouble::Passing("answer without an iterator".into()))
    }

    /// The records at an iterator.
    pub(super) async fn read(&self, iterator: &str) -> Result<Answer, Trouble> {
        let call = self.client.get_records().shard_iterator(iterator).set_stream_arn(self.arn_given.clone());
        Ok(call.send().await?.into())
    }

    /// Subscribes the consumer of the configuration to a shard, for five minutes at most.
    pub(super) async fn subscribe(&self, shard: &str, position: &Position) -> Result<Subscription, Trouble> {
        let (kind, sequence_number, timestamp) = parts(position);
        let starting_position = StartingPosition::builder()
            .r#type(kind)
            .set_sequence_number(sequence_number)
            .set_timestamp(timestamp)
            .build()
            .expect("the type, its only required field, is set");
        let call = self.client.subscribe_to_shard().set_consumer_arn(self.consumer_arn.clone()).shard_id(shard);
        Ok(Subscription(call.starting_position(starting_position).send().await?))
    }
}

/// A shard's records as they come, by enhanced fan-out.
#[derive(Debug)]
pub(super) struct Subscription(SubscribeToShardOutput);

impl Subscription {
    /// The next event; `None` when the subscription has ended, which is not the end of the shard. Not cancel-safe: if
    /// dropped half-way, subscribe anew.
    pub(super) async fn next(&mut self) -> Result<Option<Answer>, Trouble> {
        loop {
            match self.0.event_stream.recv().await? {
                Some(SubscribeToShardEventStream::SubscribeToShardEvent(event)) => return Ok(Some(event.into())),
                Some(_) => {}
                None => return Ok(None),
            }
        }
    }
}

impl From<GetRecordsOutput> for Answer {
    fn from(output: GetRecordsOutput) -> Self {
        let next = match output.next_shard_iterator {
            Some(iterator) => Next::More(iterator),
            None => Next::End(output.child_shards.unwrap_or_default().into_iter().map(child).collect()),
        };
        Self { records: shard_records(output.records), behind: millis(output.millis_behind_latest.unwrap_or(0)), next }
    }
}

impl From<SubscribeToShardEvent> for Answer {
    /// At the end of a shard Kinesis names the children and no continuation. Servers that always name one are taken to be
    /// at the end when children come without records.
    fn from(event: SubscribeToShardEvent) -> Self {
        let children = event.child_shards.unwrap_or_default();
        let is_end =
            !children.is_empty() && (event.continuation_sequence_number.is_empty() || event.records.is_empty());
        let next = if is_end {
            Next::End(children.into_iter().map(child).collect())
        } else {
            Next::More(event.continuation_sequence_number)
        };
        Self { records: shard_records(event.records), behind: millis(event.millis_behind_latest), next }
    }
}

fn shard_records(records: Vec<Record>) -> Vec<ShardRecord> {
    let record = |record: Record| ShardRecord {
        arrived: record.approximate_arrival_timestamp.map_or_else(clock::now, |arrived| timestamp(&arrived)),
        sequence_number: record.sequence_number,
        data: Bytes::from(record.data.into_inner()),
    };
    records.into_iter().map(record).collect()
}

fn listed_shard(shard: &Shard) -> Listed {
    let parents = [shard.parent_shard_id(), shard.adjacent_parent_shard_id()];
    Listed { id: shard.shard_id().into(), parents: parents.into_iter().flatten().map(Into::into).collect() }
}

fn seen_shard(shard: &Shard) -> Seen {
    let is_open = shard.sequence_number_range().is_none_or(|range| range.ending_sequence_number().is_none());
    let hash_key = shard.hash_key_range().map(|range| range.starting_hash_key().to_owned());
    let Listed { id, parents } = listed_shard(shard);
    Seen { id, parents, hash_key: hash_key.filter(|_| is_open) }
}

fn child(child: ChildShard) -> Listed {
    Listed { id: child.shard_id, parents: child.parent_shards }
}

fn millis(millis: i64) -> Duration {
    Duration::from_millis(u64::try_from(millis).unwrap_or(0))
}

fn timestamp(moment: &DateTime) -> Timestamp {
    Timestamp::from_nanos(u64::try_from(moment.as_nanos()).unwrap_or(0))
}

fn parts(position: &Position) -> (ShardIteratorType, Option<String>, Option<DateTime>) {
    match position {
        Position::TrimHorizon => (ShardIteratorType::TrimHorizon, None, None),
        Position::Latest(_) => (ShardIteratorType::Latest, None, None),
        Position::AtTimestamp(moment) => (ShardIteratorType::AtTimestamp, None, Some(date_time(*moment))),
        Position::At(number) => (ShardIteratorType::AtSequenceNumber, Some(number.clone()), None),
        Position::After(number) => (ShardIteratorType::AfterSequenceNumber, Some(number.clone()), None),
    }
}

fn date_time(moment: Timestamp) -> DateTime {
    DateTime::from_millis(i64::try_from(moment.millis()).unwrap_or(i64::MAX))
}

fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder().connect_timeout(CONNECT_TIMEOUT).operation_timeout(CALL_TIMEOUT).build()
}

/// Name, and ARN if that was given.
fn parse_stream(stream: &str) -> Result<(String, Option<String>), Error> {
    if !stream.starts_with("arn:") {
        return Ok((stream.into(), None));
    }
    match stream.split_once(":stream/") {
        Some((_, name)) if !name.is_empty() && !name.contains('/') => Ok((name.into(), Some(stream.into()))),
        Some(_) | None => Err(Error::Arn { stream: stream.into() }),
    }
}

fn region(settings: &Kinesis, sdk_config: &SdkConfig) -> Option<Region> {
    let of_arn = || id::arn_origin(&settings.stream).1;
    let given = settings.region.or_else(of_arn).map(|region| Region::new(region.to_string()));
    given.or_else(|| sdk_config.region().cloned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_named_by_name_or_arn() {
        assert_eq!(parse_stream("central").unwrap(), ("central".into(), None));
        let arn = "arn:aws:kinesis:eu-central-1:111122223333:stream/central";
        assert_eq!(parse_stream(arn).unwrap(), ("central".into(), Some(arn.into())));
        let consumer = "arn:aws:kinesis:eu-central-1:111122223333:stream/central/consumer/fanin:1700000000";
        assert!(parse_stream(consumer).is_err());
        assert!(parse_stream("arn:aws:firehose:eu-central-1:111122223333:deliverystream/x").is_err());
    }

    fn event(continuation: &str, n_records: usize, n_children: usize) -> Answer {
        let record = Record::builder().sequence_number("7").data(vec![1].into()).partition_key("k").build().unwrap();
        let child = ChildShard::builder()
            .shard_id("shardId-000000000001")
            .parent_shards("shardId-000000000000")
            .set_hash_key_range(None)
            .build();
        let event = SubscribeToShardEvent::builder()
            .set_records(Some(vec![record; n_records]))
            .continuation_sequence_number(continuation)
            .millis_behind_latest(0)
            .set_child_shards(Some(vec![child.unwrap(); n_children]));
        event.build().unwrap().into()
    }

    #[test]
    fn a_subscription_ends_its_shard_only_after_the_last_records() {
        assert!(matches!(event("8", 1, 0).next, Next::More(next) if next == "8"));
        assert!(matches!(event("8", 1, 2).next, Next::More(next) if next == "8"));
        assert!(matches!(event("8", 0, 2).next, Next::End(children) if children.len() == 2));
        assert!(matches!(event("", 1, 2), Answer { next: Next::End(_), records, .. } if records.len() == 1));
    }
}
