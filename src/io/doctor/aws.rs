//! Credentials and streams.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_credential_types::provider::ProvideCredentials;

use super::Finding;
use crate::config::{Config, Kinesis};
use crate::io::aws::uses_aws;
use crate::io::kinesis::{self, Examined, heartbeat};

/// The instance metadata service answers at once or not at all; a credential process may ask a person.
const CREDENTIALS_TIMEOUT: Duration = Duration::from_secs(15);

/// A stream of thousands of shards takes some calls to list.
const STREAM_TIMEOUT: Duration = Duration::from_secs(60);

const LOG_IN: &str = "give the process a role (instance profile, task role, IRSA), or set AWS_PROFILE; \
                      aws sts get-caller-identity should work for the same user";

const REACH: &str = "see whether the endpoint can be reached from here: network, proxy, VPC endpoint";

/// Whether there are credentials, where the configuration needs any.
pub(super) async fn credentials(config: &Config, sdk: &SdkConfig) -> Option<Finding> {
    const SUBJECT: &str = "AWS credentials";
    if !uses_aws(config) {
        return None;
    }
    let Some(provider) = sdk.credentials_provider() else {
        return Some(Finding::fail(SUBJECT, "there is no way to get any", LOG_IN));
    };
    Some(match tokio::time::timeout(CREDENTIALS_TIMEOUT, provider.provide_credentials()).await {
        Ok(Ok(credentials)) => {
            let key = credentials.access_key_id();
            let shown: String = key.chars().skip(key.chars().count().saturating_sub(4)).collect();
            Finding::ok(SUBJECT, format!("access key ...{shown}"))
        }
        Ok(Err(error)) => Finding::fail(SUBJECT, crate::io::chain(&error), LOG_IN),
        Err(_) => Finding::fail(SUBJECT, format!("none after {CREDENTIALS_TIMEOUT:?}"), LOG_IN),
    })
}

/// Whether a stream is there and can be read.
pub(super) async fn stream(settings: &Kinesis, sdk: &SdkConfig) -> (Finding, Option<Examined>) {
    let subject = format!("stream {}", settings.stream);
    match tokio::time::timeout(STREAM_TIMEOUT, kinesis::examine(settings, sdk)).await {
        Ok(Ok(examined)) => {
            let message = format!("{} shards, readable, {} records read", examined.shards, examined.records.len());
            (Finding::ok(subject, message), Some(examined))
        }
        Ok(Err(error)) => (Finding::fail(subject, error.to_string(), fix(&error)), None),
        Err(_) => (Finding::fail(subject, format!("no answer within {STREAM_TIMEOUT:?}"), REACH), None),
    }
}

/// Whether heartbeats can be put into a stream that the forwarder reads.
pub(super) async fn forwarded(settings: &Kinesis, sdk: &SdkConfig) -> Finding {
    const FIX: &str = "the role needs kinesis:ListShards and kinesis:PutRecords on it, and kms:GenerateDataKey on its key if it \
                       is encrypted";
    let subject = format!("forwarded stream {}", settings.stream);
    match tokio::time::timeout(STREAM_TIMEOUT, heartbeat::examine(settings, sdk)).await {
        Ok(Ok(shards)) => Finding::ok(subject, format!("{shards} open shards, a heartbeat was put")),
        Ok(Err(error @ kinesis::Error::Denied { .. })) => Finding::fail(subject, error.to_string(), FIX),
        Ok(Err(error)) => Finding::fail(subject, error.to_string(), fix(&error)),
        Err(_) => Finding::fail(subject, format!("no answer within {STREAM_TIMEOUT:?}"), REACH),
    }
}

fn fix(error: &kinesis::Error) -> &'static str {
    match error {
        kinesis::Error::Arn { .. } | kinesis::Error::Region { .. } => "correct sources.kinesis in the configuration",
        kinesis::Error::Missing { .. } => "create it, or correct stream, region or role_arn in sources.kinesis",
        kinesis::Error::Consumer { .. } => "register the consumer, or take consumer_arn away from sources.kinesis",
        kinesis::Error::Denied { .. } | kinesis::Error::Refused { .. } => {
            "the role needs kinesis:DescribeStreamSummary, ListShards, GetShardIterator and GetRecords"
        }
        kinesis::Error::Key { .. } => "see the policy of the key, and that it is enabled",
        kinesis::Error::Failing { .. } => REACH,
    }
}
