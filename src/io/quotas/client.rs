//! Asks Service Quotas in the accounts, by a role that each of them has.

use std::time::Duration;

use aws_config::sts::AssumeRoleProvider;
use aws_config::{Region as AwsRegion, SdkConfig};
use aws_sdk_servicequotas::config::{Builder, retry::RetryConfig, timeout::TimeoutConfig};
use aws_sdk_servicequotas::error::DisplayErrorContext;
use aws_sdk_servicequotas::types::{PeriodUnit, ServiceQuota};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::config::quotas::ServiceQuotas;
use crate::id::{AccountId, Region};
use crate::quota::catalog::{Catalog, Key};
use crate::quota::series::Series;
use crate::quota::value::Listed;
use crate::tenant::rate::{Rate, TokenBucket};
use crate::time::Timestamp;

/// Calls a second in all. AWS allows ten for each account and Region; that is more than anyone needs here, and leaves room for
/// who else asks. Source: Service Quotas user guide, "Service quotas for Service Quotas".
const RATE: Rate = Rate { per_second: 5.0, burst: 5.0 };

/// The most quotas of a page. Source: Service Quotas API reference, "ListServiceQuotas", `MaxResults`.
const PAGE_QUOTAS_MAX: i32 = 100;

/// Pages of one listing; more is a server that goes round in circles.
const PAGES_MAX: usize = 100;

/// Time for one call, answer included.
const CALL_TIMEOUT: Duration = Duration::from_secs(20);

/// Attempts at a call.
const ATTEMPTS_MAX: u32 = 4;

/// Why an account could not be read.
#[derive(Debug, thiserror::Error)]
#[error("servicequotas:{action} for {service} in {region}, as {role}: {words}")]
pub(super) struct Error {
    action: &'static str,
    service: String,
    region: Region,
    role: String,
    words: String,
}

/// What was read of an account.
#[derive(Debug, Default)]
pub(super) struct Read {
    /// What is applied to it, by Region.
    pub(super) applied: Vec<(Region, Vec<Listed>)>,
    /// What AWS grants all accounts, by Region, where that was asked for.
    pub(super) defaults: Vec<(Region, Vec<Listed>)>,
}

/// Asks within its rate.
#[derive(Debug)]
pub(super) struct Client {
    settings: ServiceQuotas,
    sdk: SdkConfig,
    built_in: Catalog,
    tokens: Mutex<TokenBucket>,
    start: Instant,
}

impl Client {
    /// Asks as the settings say.
    pub(super) fn new(settings: &ServiceQuotas, sdk: &SdkConfig) -> Self {
        let mut sdk = sdk.clone().into_builder();
        if let Some(endpoint) = &settings.endpoint {
            sdk = sdk.endpoint_url(endpoint);
        }
        let tokens = Mutex::new(TokenBucket::new(RATE, Timestamp::default()));
        Self {
            settings: settings.clone(),
            sdk: sdk.build(),
            built_in: Catalog::built_in(),
            tokens,
            start: Instant::now(),
        }
    }

    /// Reads the quotas of an account; all or none.
    pub(super) async fn read(&self, account: AccountId, with_defaults: bool) -> Result<Read, Error> {
        let mut read = Read::default();
        for region in &self.settings.regions {
            let (role, sdk) = self.client(account, *region).await;
            let fail = |action, service: &str, words| Error {
                action,
                service: service.to_owned(),
                region: *region,
                role: role.clone(),
                words,
            };
            let (mut applied, mut defaults) = (Vec::new(), Vec::new());
            for service in &self.settings.services {
                let listed = self.applied(&sdk, service).await;
                applied.extend(listed.map_err(|words| fail("ListServiceQuotas", service, words))?);
                if with_defaults {
                    let listed = self.defaults(&sdk, service).await;
                    defaults.extend(listed.map_err(|words| fail("ListAWSDefaultServiceQuotas", service, words))?);
                }
            }
            read.applied.push((*region, applied));
            if with_defaults {
                read.defaults.push((*region, defaults));
            }
        }
        Ok(read)
    }

    async fn client(&self, account: AccountId, region: Region) -> (String, aws_sdk_servicequotas::Client) {
        let ServiceQuotas { role, external_id, .. } = &self.settings;
        let role = format!("arn:{}:iam::{account}:role/{role}", partition(region));
        let aws_region = AwsRegion::new(region.to_string());
        let assumed = AssumeRoleProvider::builder(&role).session_name("fanin-quotas").region(aws_region.clone());
        let assumed = external_id.iter().fold(assumed, |assumed, id| assumed.external_id(id));
        let credentials = assumed.configure(&self.sdk).build().await;
        let timeouts = TimeoutConfig::builder().operation_attempt_timeout(CALL_TIMEOUT).build();
        let retries = RetryConfig::standard().with_max_attempts(ATTEMPTS_MAX);
        let config = Builder::from(&self.sdk)
            .region(aws_region)
            .credentials_provider(credentials)
            .timeout_config(timeouts)
            .retry_config(retries);
        (role, aws_sdk_servicequotas::Client::from_conf(config.build()))
    }

    async fn applied(&self, sdk: &aws_sdk_servicequotas::Client, service: &str) -> Result<Vec<Listed>, String> {
        let (mut all, mut next) = (Vec::new(), None);
        for _ in 0..PAGES_MAX {
            self.wait().await;
            let request = sdk.list_service_quotas().service_code(service).max_results(PAGE_QUOTAS_MAX);
            let page = request.set_next_token(next).send().await;
            let page = page.map_err(|error| DisplayErrorContext(&error).to_string())?;
            all.extend(page.quotas().iter().filter_map(|quota| self.listed(quota)));
            next = page.next_token.filter(|token| !token.is_empty());
            if next.is_none() {
                return Ok(all);
            }
        }
        Err("pages without an end".into())
    }

    async fn defaults(&self, sdk: &aws_sdk_servicequotas::Client, service: &str) -> Result<Vec<Listed>, String> {
        let (mut all, mut next) = (Vec::new(), None);
        for _ in 0..PAGES_MAX {
            self.wait().await;
            let request = sdk.list_aws_default_service_quotas().service_code(service).max_results(PAGE_QUOTAS_MAX);
            let page = request.set_next_token(next).send().await;
            let page = page.map_err(|error| DisplayErrorContext(&error).to_string())?;
            all.extend(page.quotas().iter().filter_map(|quota| self.listed(quota)));
            next = page.next_token.filter(|token| !token.is_empty());
            if next.is_none() {
                return Ok(all);
            }
        }
        Err("pages without an end".into())
    }

    /// A quota whose use some metric tells. Of all others a value would be of no use.
    fn listed(&self, quota: &ServiceQuota) -> Option<Listed> {
        let key = Key::new(quota.service_code()?, quota.quota_code()?)?;
        let series = quota.usage_metric().and_then(|metric| {
            let dimensions = metric.metric_dimensions().into_iter().flatten();
            let dimensions = dimensions.map(|(name, value)| (name.as_str(), value.as_str()));
            Series::new(metric.metric_namespace()?, metric.metric_name()?, dimensions)
        });
        let period = quota.period();
        let period_seconds =
            period.and_then(|period| Some(seconds(period.period_unit()?) * f64::from(period.period_value()?)));
        let wanted = series.is_some() || self.built_in.get(&key).is_some();
        wanted.then_some(Listed {
            key,
            name: quota.quota_name().unwrap_or_default().into(),
            value: quota.value()?,
            series,
            period_seconds: period_seconds.filter(|seconds| *seconds > 0.0).unwrap_or(1.0),
        })
    }

    async fn wait(&self) {
        let wait = self.tokens.lock().await.take(Timestamp::default().plus(self.start.elapsed()));
        tokio::time::sleep(wait).await;
    }
}

fn seconds(unit: &PeriodUnit) -> f64 {
    match unit.as_str() {
        "MICROSECOND" => 1e-6,
        "MILLISECOND" => 1e-3,
        "MINUTE" => 60.0,
        "HOUR" => 3_600.0,
        "DAY" => 86_400.0,
        "WEEK" => 604_800.0,
        _ => 1.0,
    }
}

/// Source: AWS general reference, "Amazon Resource Names", partitions.
fn partition(region: Region) -> &'static str {
    match region.as_str() {
        name if name.starts_with("cn-") => "aws-cn",
        name if name.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}
