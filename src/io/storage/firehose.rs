//! A Firehose stream as a place to keep lines: it writes them to S3.
//!
//! Every record ends in a newline, so that the objects, which Firehose puts together without separators, are lines again.

use std::fmt;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_firehose::config::timeout::TimeoutConfig;
use aws_sdk_firehose::error::DisplayErrorContext;
use aws_sdk_firehose::primitives::Blob;
use aws_sdk_firehose::types::{PutRecordBatchResponseEntry, Record};
use bytes::Bytes;

use crate::id::Region;

/// The most bytes of one record. Source: Firehose API reference, "PutRecordBatch": 1,000 KiB before base64.
pub const RECORD_BYTES_MAX: usize = 1_000 * 1024;

/// The most records and bytes of one call. Source: the same.
const CALL_RECORDS_MAX: usize = 500;
const CALL_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Calls for what Firehose throttled, with a wait that doubles: about 25 s in all, less than a caller's patience.
const ATTEMPTS_MAX: u32 = 8;
const WAIT_MIN: Duration = Duration::from_millis(200);

const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(20);
const CALL_TIMEOUT: Duration = Duration::from_secs(60);

/// Why lines were not taken.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// One line is too long, and cannot be divided.
    #[error(
        "a letter of {given_bytes} bytes is too large for Firehose, which takes {RECORD_BYTES_MAX}: keep letters in a folder or a bucket instead"
    )]
    TooLarge {
        /// Bytes of the line.
        given_bytes: usize,
    },
    /// The call failed.
    #[error("Firehose stream {stream:?} does not take records: {message}")]
    Call {
        /// The stream.
        stream: String,
        /// The SDK's words.
        message: String,
    },
    /// Some records were refused again and again.
    #[error("Firehose stream {stream:?} refused {failed} records {ATTEMPTS_MAX} times: {message}")]
    Refused {
        /// The stream.
        stream: String,
        /// How many.
        failed: usize,
        /// Code and message of the first.
        message: String,
    },
}

/// An open stream. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Stream {
    client: aws_sdk_firehose::Client,
    name: String,
}

impl fmt::Display for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Firehose stream {}", self.name)
    }
}

impl Stream {
    /// Opens a stream; nothing is asked until it is used.
    #[must_use]
    pub fn open(name: &str, endpoint: Option<&str>, region: Option<&Region>, sdk: &SdkConfig) -> Self {
        let timeouts =
            TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT_TIMEOUT).operation_timeout(CALL_TIMEOUT).build();
        let mut config = aws_sdk_firehose::config::Builder::from(sdk).timeout_config(timeouts);
        if let Some(endpoint) = endpoint {
            config = config.endpoint_url(endpoint);
        }
        if let Some(region) = region {
            config = config.region(aws_sdk_firehose::config::Region::new(region.to_string()));
        }
        Self { client: aws_sdk_firehose::Client::from_conf(config.build()), name: name.into() }
    }

    /// The name of the stream.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Hands over lines; all of them are safe when it returns. On an error some may be: they come twice.
    ///
    /// # Errors
    /// When a line is too long, or the stream does not take one.
    pub async fn put(&self, lines: Vec<Bytes>) -> Result<(), Error> {
        if let Some(given_bytes) = lines.iter().map(Bytes::len).find(|bytes| *bytes > RECORD_BYTES_MAX) {
            return Err(Error::TooLarge { given_bytes });
        }
        for call in calls(lines) {
            self.put_call(call).await?;
        }
        Ok(())
    }

    async fn put_call(&self, mut lines: Vec<Bytes>) -> Result<(), Error> {
        let mut wait = WAIT_MIN;
        let mut attempt = 1;
        loop {
            let Some(refused) = self.put_once(&lines).await? else { return Ok(()) };
            if attempt == ATTEMPTS_MAX {
                let (stream, failed) = (self.name.clone(), refused.lines.len());
                return Err(Error::Refused { stream, failed, message: refused.message });
            }
            lines = refused.lines;
            tokio::time::sleep(wait).await;
            wait *= 2;
            attempt += 1;
        }
    }

    /// The lines that were refused this time, if any.
    async fn put_once(&self, lines: &[Bytes]) -> Result<Option<Refused>, Error> {
        let records = lines.iter().map(|line| {
            Record::builder().data(Blob::new(line.to_vec())).build().expect("a record with data is complete")
        });
        let call = self.client.put_record_batch().delivery_stream_name(&self.name).set_records(Some(records.collect()));
        let answer = call.send().await.map_err(|error| Error::Call {
            stream: self.name.clone(),
            message: DisplayErrorContext(error).to_string(),
        })?;
        if answer.failed_put_count() == 0 {
            return Ok(None);
        }
        Ok(Some(Refused::of(lines, answer.request_responses())))
    }
}

struct Refused {
    lines: Vec<Bytes>,
    message: String,
}

impl Refused {
    /// The lines whose entries name an error; all of them if Firehose does not say which.
    fn of(lines: &[Bytes], entries: &[PutRecordBatchResponseEntry]) -> Self {
        let failed: Vec<_> = lines.iter().zip(entries).filter(|(_, entry)| entry.error_code().is_some()).collect();
        let Some((_, first)) = failed.first() else {
            return Self { lines: lines.to_vec(), message: "without a reason".into() };
        };
        let message = [first.error_code(), first.error_message()].map(Option::unwrap_or_default).join(": ");
        Self { lines: failed.into_iter().map(|(line, _)| line.clone()).collect(), message }
    }
}

/// Lines in calls that Firehose takes, in their order.
fn calls(lines: Vec<Bytes>) -> Vec<Vec<Bytes>> {
    let mut calls: Vec<Vec<Bytes>> = Vec::new();
    let mut bytes = 0;
    for line in lines {
        let full = |call: &Vec<Bytes>| call.len() == CALL_RECORDS_MAX || bytes + line.len() > CALL_BYTES_MAX;
        if calls.last().is_none_or(full) {
            calls.push(Vec::new());
            bytes = 0;
        }
        bytes += line.len();
        calls.last_mut().expect("a call was pushed").push(line);
    }
    calls
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_refused_lines_are_sent_again() {
        let lines = ["a", "b", "c"].map(Bytes::from);
        let entry = |code: Option<&str>| {
            PutRecordBatchResponseEntry::builder()
                .set_error_code(code.map(Into::into))
                .error_message("slow down")
                .build()
        };
        let refused = Refused::of(&lines, &[entry(None), entry(Some("ServiceUnavailableException")), entry(None)]);
        assert_eq!(refused.lines, ["b"]);
        assert_eq!(refused.message, "ServiceUnavailableException: slow down");
        assert_eq!(Refused::of(&lines, &[]).lines, lines);
    }

    #[test]
    fn calls_keep_the_limits_and_the_order() {
        let lines: Vec<_> = (0..1_203).map(|n: u32| Bytes::from(vec![0; 1 + (n as usize * 7_919) % 20_000])).collect();
        let calls = calls(lines.clone());
        for call in &calls {
            assert!(call.len() <= CALL_RECORDS_MAX);
            assert!(call.iter().map(Bytes::len).sum::<usize>() <= CALL_BYTES_MAX);
        }
        assert_eq!(calls.concat(), lines);
    }

    #[test]
    fn the_largest_records_go_four_to_a_call() {
        let lengths: Vec<_> = calls(vec![Bytes::from(vec![0; RECORD_BYTES_MAX]); 5]).iter().map(Vec::len).collect();
        assert_eq!(lengths, [4, 1]);
    }
}
