//! Topics of Amazon SNS behind the AWS SDK; no type of the SDK goes further than this file.

use std::collections::HashMap;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_sdk_sns::Client;
use aws_sdk_sns::config::{Builder, Region, retry::RetryConfig, timeout::TimeoutConfig};
use aws_sdk_sns::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_sdk_sns::operation::publish::PublishError;
use aws_sdk_sns::types::MessageAttributeValue;

use crate::config::alerting::Sns;
use crate::id::arn_origin;
use crate::notify::Verdict;
use crate::notify::sns::Publish;

/// Time to connect.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A topic and the client that publishes to it.
pub(super) struct Topic {
    client: Client,
}

impl Topic {
    /// Uses the default credential chain, or the role if one is named. Retries are those of the outbox.
    pub(super) async fn new(settings: &Sns, timeout: Duration, aws: &SdkConfig) -> Self {
        let timeouts =
            TimeoutConfig::builder().operation_attempt_timeout(timeout).connect_timeout(CONNECT_TIMEOUT).build();
        let mut builder = Builder::from(aws).retry_config(RetryConfig::disabled()).timeout_config(timeouts);
        let region = settings.region.or_else(|| arn_origin(&settings.topic_arn).1);
        if let Some(region) = region {
            builder = builder.region(Region::new(region.to_string()));
        }
        if let Some(endpoint) = &settings.endpoint {
            builder = builder.endpoint_url(endpoint);
        }
        if let Some(role_arn) = &settings.role_arn {
            let role = AssumeRoleProvider::builder(role_arn).session_name("fanin-notify").configure(aws).build().await;
            builder = builder.credentials_provider(role);
        }
        Self { client: Client::from_conf(builder.build()) }
    }

    /// Publishes once.
    pub(super) async fn publish(&self, publish: &Publish) -> Verdict {
        let attribute = |(name, value): &(String, String)| {
            let value = MessageAttributeValue::builder().data_type("String").string_value(value).build().ok()?;
            Some((name.clone(), value))
        };
        let attributes: HashMap<_, _> = publish.attributes.iter().filter_map(attribute).collect();
        let (group, id) = publish.fifo.clone().unzip();
        let sent = self
            .client
            .publish()
            .topic_arn(&publish.topic_arn)
            .subject(&publish.subject)
            .message(&publish.message)
            .set_message_attributes(Some(attributes))
            .set_message_group_id(group)
            .set_message_deduplication_id(id)
            .send()
            .await;
        match sent {
            Ok(_) => Verdict::Accepted { posted: None },
            Err(error) => verdict(&error),
        }
    }
}

/// Source: Amazon SNS API reference, "Publish" and "Common Errors". What a person can mend in AWS, such as a missing
/// permission, is tried again: an alert must not be lost to a mistake in a policy.
fn verdict(error: &SdkError<PublishError>) -> Verdict {
    let words = match (error.code(), error.message()) {
        (Some(code), Some(message)) => format!("{code}: {message}"),
        (Some(code), None) => code.to_owned(),
        (None, _) => DisplayErrorContext(error).to_string(),
    };
    match error.code() {
        Some(
            "InvalidParameter"
            | "InvalidParameterException"
            | "InvalidParameterValue"
            | "ParameterValueInvalid"
            | "ValidationException",
        ) => Verdict::Refused { reason: words },
        Some(_) => Verdict::Retry { after: None, uncertain: false, error: words },
        None => {
            let uncertain = matches!(error, SdkError::TimeoutError(_) | SdkError::ResponseError(_));
            Verdict::Retry { after: None, uncertain, error: words }
        }
    }
}
