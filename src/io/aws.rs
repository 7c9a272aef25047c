//! The AWS SDK's settings. They are looked up only where something in the configuration is in AWS, since the look-up asks
//! the instance metadata service, which a laptop waits for in vain.

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;

use crate::config::{Config, Place};

/// The settings for everything that this configuration does in AWS.
pub async fn sdk_config(config: &Config) -> SdkConfig {
    if uses_aws(config) { look_up().await } else { none() }
}

/// Settings from the environment, profiles and the instance, as every AWS program has them.
pub async fn look_up() -> SdkConfig {
    aws_config::load_defaults(BehaviorVersion::latest()).await
}

/// Settings for a program that does nothing in AWS.
#[must_use]
pub fn none() -> SdkConfig {
    SdkConfig::builder().behavior_version(BehaviorVersion::latest()).region(Region::from_static("us-east-1")).build()
}

/// Settings with these credentials and no others.
#[must_use]
pub fn fixed(credentials: Credentials, region: &'static str) -> SdkConfig {
    let credentials = SharedCredentialsProvider::new(credentials);
    none().into_builder().region(Region::from_static(region)).credentials_provider(credentials).build()
}

/// Whether anything in the configuration is in AWS.
#[must_use]
pub fn uses_aws(config: &Config) -> bool {
    let places = [&config.storage.state, &config.storage.spill, &config.storage.dead_letters];
    !config.kinesis.is_empty()
        || config.directory.organizations.is_some()
        || config.quotas.service_quotas.is_some()
        || config.destinations.iter().any(|destination| destination.sigv4.is_some())
        || config.alerting.uses_aws()
        || places.iter().any(|place| !matches!(place, Place::Folder(_)))
}
