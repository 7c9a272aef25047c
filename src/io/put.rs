//! Puts records into a Kinesis stream.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::config::timeout::TimeoutConfig;
use aws_sdk_kinesis::config::{Builder, Region};
use aws_sdk_kinesis::error::DisplayErrorContext;
use aws_sdk_kinesis::primitives::Blob;
use aws_sdk_kinesis::types::PutRecordsRequestEntry;

use crate::config::Kinesis;
use crate::id;

/// Records of one call, and bytes of their data and keys. Source: Kinesis API reference, "PutRecords"; of its 10 MiB half is used, so
/// that a call that is sent again does not cost a second of ten shards.
const CALL_RECORDS_MAX: usize = 500;
const CALL_BYTES_MAX: usize = 5 << 20;

/// Calls in which a record is tried. Shards that are full have room again within a second.
const ATTEMPTS_MAX: u32 = 6;

/// The wait before the second call; doubles each time.
const WAIT_MIN: Duration = Duration::from_millis(100);

/// Time for one attempt, and for a call with the SDK's own retries.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(5);
const CALL_TIMEOUT: Duration = Duration::from_secs(15);

/// A record to put.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What decides its shard.
    pub key: String,
    /// Its data.
    pub data: Vec<u8>,
}

/// Why records were not put.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// A call failed.
    #[error("kinesis stream {stream}: kinesis:PutRecords failed: {message}")]
    Call {
        /// Name or ARN of the stream.
        stream: String,
        /// What AWS said.
        message: String,
    },
    /// Kinesis did not take some of them, again and again.
    #[error("kinesis stream {stream}: {failed} records were not taken: {message}")]
    Refused {
        /// Name or ARN of the stream.
        stream: String,
        /// How many.
        failed: usize,
        /// What Kinesis said of the first.
        message: String,
    },
}

/// A stream that is written to. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Sink {
    client: Client,
    stream: String,
}

impl Sink {
    /// Opens a stream by its settings; nothing is asked until it is used.
    #[must_use]
    pub fn open(settings: &Kinesis, sdk: &SdkConfig) -> Self {
        let timeouts =
            TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT_TIMEOUT).operation_timeout(CALL_TIMEOUT).build();
        let mut config = Builder::from(sdk).timeout_config(timeouts);
        let region = settings.region.or_else(|| id::arn_origin(&settings.stream).1);
        if let Some(region) = region {
            config = config.region(Region::new(region.to_string()));
        }
        if let Some(endpoint) = &settings.endpoint {
            config = config.endpoint_url(endpoint);
        }
        Self { client: Client::from_conf(config.build()), stream: settings.stream.clone() }
    }

    /// Name or ARN of the stream.
    #[must_use]
    pub fn stream(&self) -> &str {
        &self.stream
    }

    /// Puts records. Gives for each whether it is in the stream, or why it is not.
    pub async fn put(&self, entries: Vec<Entry>) -> Vec<Result<(), Error>> {
        let mut results: Vec<Result<(), Error>> = vec![Ok(()); entries.len()];
        for call in calls(&entries) {
            let mut left: Vec<usize> = call;
            let mut wait = WAIT_MIN;
            for attempt in 1..=ATTEMPTS_MAX {
                left = match self.once(&entries, &left, attempt == ATTEMPTS_MAX).await {
                    Ok(refused) => refused
                        .into_iter()
                        .map(|(index, error)| {
                            results[index] = Err(error);
                            index
                        })
                        .collect(),
                    Err(error) => {
                        left.iter().for_each(|index| results[*index] = Err(error.clone()));
                        break;
                    }
                };
                if left.is_empty() || attempt == ATTEMPTS_MAX {
                    break;
                }
                tokio::time::sleep(wait).await;
                wait *= 2;
                left.iter().for_each(|index| results[*index] = Ok(()));
            }
        }
        results
    }

    /// Those that were not taken this time, each with why.
    async fn once(&self, entries: &[Entry], of: &[usize], last: bool) -> Result<Vec<(usize, Error)>, Error> {
        let records = of.iter().map(|index| {
            let Entry { key, data } = &entries[*index];
            let entry = PutRecordsRequestEntry::builder().data(Blob::new(data.clone())).partition_key(key);
            entry.build().expect("data and key, the required fields, are set")
        });
        let call = self.client.put_records().set_records(Some(records.collect()));
        let call = if self.stream.starts_with("arn:") {
            call.stream_arn(&self.stream)
        } else {
            call.stream_name(&self.stream)
        };
        let answer = call.send().await.map_err(|error| Error::Call {
            stream: self.stream.clone(),
            message: DisplayErrorContext(error).to_string(),
        })?;
        let entries = answer.records();
        let refused = of.iter().zip(entries).filter_map(|(index, entry)| {
            let code = entry.error_code()?;
            let message = format!("{code}: {}", entry.error_message().unwrap_or_default());
            Some((*index, Error::Refused { stream: self.stream.clone(), failed: 1, message }))
        });
        let refused: Vec<_> = refused.collect();
        if !refused.is_empty() && !last {
            tracing::debug!(stream = self.stream, refused = refused.len(), "records are put again");
        }
        Ok(refused)
    }
}

/// Entries in calls that Kinesis takes, in their order.
fn calls(entries: &[Entry]) -> Vec<Vec<usize>> {
    let mut calls: Vec<Vec<usize>> = Vec::new();
    let mut bytes = 0;
    for (index, entry) in entries.iter().enumerate() {
        let more = entry.key.len() + entry.data.len();
        let full = |call: &Vec<usize>| call.len() == CALL_RECORDS_MAX || bytes + more > CALL_BYTES_MAX;
        if calls.last().is_none_or(full) {
            calls.push(Vec::new());
            bytes = 0;
        }
        bytes += more;
        calls.last_mut().expect("a call was pushed").push(index);
    }
    calls
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_keep_the_limits_and_the_order() {
        let entry = |bytes| Entry { key: "k".into(), data: vec![0; bytes] };
        let entries: Vec<_> = (0..1_203_usize).map(|n| entry(1 + n * 7_919 % 20_000)).collect();
        let calls = calls(&entries);
        for call in &calls {
            assert!(call.len() <= CALL_RECORDS_MAX);
            assert!(call.iter().map(|index| entries[*index].data.len()).sum::<usize>() <= CALL_BYTES_MAX);
        }
        assert_eq!(calls.concat(), (0..1_203).collect::<Vec<_>>());
    }
}
