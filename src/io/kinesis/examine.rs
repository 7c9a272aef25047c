//! Whether a stream can be read at all, for someone who sets it up.

use aws_config::SdkConfig;

use super::Error;
use super::stream::Stream;
use super::trouble::Trouble;
use crate::config::Kinesis;
use crate::delivery::RawRecord;
use crate::io::clock;
use crate::shard::Position;

/// Shards that are read from: enough to see whether reading works, and to meet some accounts.
const SHARDS_READ_MAX: usize = 4;

/// What a stream showed.
#[derive(Debug)]
pub struct Examined {
    /// Its ARN.
    pub arn: String,
    /// Its shards, open and closed.
    pub shards: usize,
    /// Some of the oldest records that it keeps.
    pub records: Vec<RawRecord>,
}

/// Finds the stream, lists its shards and reads some records.
///
/// # Errors
/// When any of this is refused, with the permission that is missing.
pub async fn examine(settings: &Kinesis, sdk_config: &SdkConfig) -> Result<Examined, Error> {
    let stream = Stream::new(settings, sdk_config).await?;
    let explained = |action: &'static str| {
        let name = settings.stream.clone();
        move |trouble: Trouble| match trouble.fatal(&name, action) {
            Ok(error) => error,
            Err(passing) => Error::Failing { stream: name, action, message: passing.to_string() },
        }
    };
    let arn = stream.arn().await.map_err(explained("kinesis:DescribeStreamSummary"))?.to_string();
    let shards = stream.list().await.map_err(explained("kinesis:ListShards"))?;
    let mut records = Vec::new();
    for shard in shards.iter().take(SHARDS_READ_MAX) {
        let position = Position::new(settings.start, clock::now());
        let iterator = stream.iterator(&shard.id, &position).await.map_err(explained("kinesis:GetShardIterator"))?;
        let answer = stream.read(&iterator).await.map_err(explained("kinesis:GetRecords"))?;
        records.extend(answer.records.into_iter().map(|record| RawRecord {
            data: record.data,
            position: format!("{}:{}", shard.id, record.sequence_number).into(),
            arrived: record.arrived,
        }));
    }
    Ok(Examined { arn, shards: shards.len(), records })
}
