//! The three calls to AWS Organizations, within their rates.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_sdk_organizations::config::{Builder, Region, retry::RetryConfig, timeout::TimeoutConfig};
use aws_sdk_organizations::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_sdk_organizations::types::Account;
use tokio::time::Instant;

use super::lock;
use crate::config::Organizations;
use crate::id::AccountId;
use crate::tenant::organizations::{DESCRIBE_ACCOUNT, LIST_ACCOUNTS, LIST_TAGS, Listed, state};
use crate::tenant::rate::{Rate, TokenBucket};
use crate::time::Timestamp;

/// The most items of a page. Source: AWS Organizations API reference, "ListAccounts", `MaxResults`.
const PAGE_ITEMS_MAX: i32 = 20;

/// Pages of one listing; more is a server that goes round in circles. 50,000 accounts are 2,500 full pages.
const PAGES_MAX: usize = 20_000;

/// Time for one call, answer included. AWS answers within a second; without a limit a lost connection hangs for ever.
const CALL_TIMEOUT: Duration = Duration::from_secs(20);

/// Time to connect.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The first wait after a call that may be repeated; it doubles up to `WAIT_MAX`.
const WAIT_MIN: Duration = Duration::from_millis(500);

/// The longest wait between two attempts.
const WAIT_MAX: Duration = Duration::from_secs(20);

/// Attempts at a call that AWS throttles: about a minute in all, then the next refresh goes on.
const THROTTLED_ATTEMPTS_MAX: u32 = 8;

/// Attempts at a call that fails in another way that may pass.
const FAILED_ATTEMPTS_MAX: u32 = 3;

/// Why AWS Organizations could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The caller may not.
    #[error(
        "organizations:{action} was denied: allow it to the role that fanin runs with or assumes, and let that role \
         belong to the management account or a delegated administrator (AWS: {words})"
    )]
    Denied {
        /// The call.
        action: &'static str,
        /// What AWS says.
        words: String,
    },
    /// There is no organization.
    #[error("organizations:{action}: the account that fanin calls from is in no organization (AWS: {words})")]
    NotInUse {
        /// The call.
        action: &'static str,
        /// What AWS says.
        words: String,
    },
    /// Throttled until patience ended.
    #[error(
        "organizations:{action} was throttled {attempts} times in a row; something else uses up the rate of this account"
    )]
    Throttled {
        /// The call.
        action: &'static str,
        /// How often it was tried.
        attempts: u32,
    },
    /// Anything else.
    #[error("organizations:{action} failed after {attempts} attempts: {words}")]
    Failed {
        /// The call.
        action: &'static str,
        /// How often it was tried.
        attempts: u32,
        /// What went wrong.
        words: String,
    },
    /// A listing without an account, or without an end.
    #[error("organizations:ListAccounts gave {given}, which cannot be: the management account is always listed")]
    Listing {
        /// What it gave.
        given: String,
    },
}

/// A client that keeps to the rates.
pub(super) struct Client {
    sdk: aws_sdk_organizations::Client,
    list: Bucket,
    tags: Bucket,
    describe: Bucket,
}

impl Client {
    /// Uses the default credential chain, or the role if one is named. Retries are ours, so that the rates hold.
    pub(super) async fn new(settings: &Organizations, sdk_config: &SdkConfig) -> Self {
        let timeouts =
            TimeoutConfig::builder().operation_attempt_timeout(CALL_TIMEOUT).connect_timeout(CONNECT_TIMEOUT).build();
        let mut builder = Builder::from(sdk_config).retry_config(RetryConfig::disabled()).timeout_config(timeouts);
        if sdk_config.region().is_none() {
            // One endpoint serves the whole partition; it lies in us-east-1.
            builder = builder.region(Region::from_static("us-east-1"));
        }
        if let Some(endpoint) = &settings.endpoint {
            builder = builder.endpoint_url(endpoint);
        }
        if let Some(role_arn) = &settings.role_arn {
            builder = builder.credentials_provider(assume(role_arn, sdk_config).await);
        }
        let sdk = aws_sdk_organizations::Client::from_conf(builder.build());
        Self {
            sdk,
            list: Bucket::new(LIST_ACCOUNTS),
            tags: Bucket::new(LIST_TAGS),
            describe: Bucket::new(DESCRIBE_ACCOUNT),
        }
    }

    /// Every account of the organization. Pages may be empty; the listing ends with the page that names no other.
    pub(super) async fn list(&self) -> Result<Vec<Listed>, Error> {
        let mut accounts = Vec::new();
        let mut next = None;
        for _ in 0..PAGES_MAX {
            let request = || self.sdk.list_accounts().max_results(PAGE_ITEMS_MAX).set_next_token(next.clone()).send();
            let page = self.list.call("ListAccounts", request).await?.ok_or_else(|| listing("nothing"))?;
            accounts.extend(page.accounts().iter().filter_map(listed));
            match page.next_token.filter(|token| !token.is_empty()) {
                Some(token) => next = Some(token),
                None if accounts.is_empty() => return Err(listing("no account")),
                None => return Ok(accounts),
            }
        }
        Err(listing("pages without an end"))
    }

    /// One account; `None` when it is in the organization no more.
    pub(super) async fn describe(&self, account: AccountId) -> Result<Option<Listed>, Error> {
        let request = || self.sdk.describe_account().account_id(account.as_str()).send();
        let answer = self.describe.call("DescribeAccount", request).await?;
        Ok(answer.and_then(|answer| answer.account.as_ref().and_then(listed)))
    }

    /// The tags of an account; `None` when it has left since it was listed.
    pub(super) async fn tags(&self, account: AccountId) -> Result<Option<BTreeMap<String, String>>, Error> {
        let mut tags = BTreeMap::new();
        let mut next: Option<String> = None;
        loop {
            let request = || {
                let request = self.sdk.list_tags_for_resource().resource_id(account.as_str());
                request.set_next_token(next.clone()).send()
            };
            let Some(page) = self.tags.call("ListTagsForResource", request).await? else { return Ok(None) };
            tags.extend(page.tags().iter().map(|tag| (tag.key.clone(), tag.value.clone())));
            match page.next_token.filter(|token| !token.is_empty()) {
                Some(token) if next.as_ref() == Some(&token) => return Ok(Some(tags)),
                Some(token) => next = Some(token),
                None => return Ok(Some(tags)),
            }
        }
    }
}

async fn assume(role_arn: &str, sdk_config: &SdkConfig) -> AssumeRoleProvider {
    AssumeRoleProvider::builder(role_arn).session_name("fanin-directory").configure(sdk_config).build().await
}

fn listing(given: &str) -> Error {
    Error::Listing { given: given.into() }
}

/// An account as AWS describes it; without an id it cannot be used.
fn listed(account: &Account) -> Option<Listed> {
    let id = AccountId::parse(account.id()?).ok()?;
    let joined = account.joined_timestamp().and_then(|time| time.to_millis().ok());
    let status = account.status().map(aws_sdk_organizations::types::AccountStatus::as_str);
    Some(Listed {
        account: id,
        name: account.name().map(Into::into),
        state: state(account.state().map(aws_sdk_organizations::types::AccountState::as_str), status),
        ou_path: account.paths().first().cloned(),
        joined_millis: joined.and_then(|millis| u64::try_from(millis).ok()),
    })
}

/// The rate of one call, shared by all that make it.
struct Bucket {
    tokens: Mutex<TokenBucket>,
    start: Instant,
}

impl Bucket {
    fn new(rate: Rate) -> Self {
        Self { tokens: Mutex::new(TokenBucket::new(rate, Timestamp::default())), start: Instant::now() }
    }

    /// Makes a call, again where that may help. `None` when what it is about does not exist.
    async fn call<T, E, F>(&self, action: &'static str, request: impl Fn() -> F) -> Result<Option<T>, Error>
    where
        F: Future<Output = Result<T, SdkError<E>>>,
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let mut attempts = 0;
        loop {
            let wait = lock(&self.tokens).take(self.now());
            tokio::time::sleep(wait).await;
            attempts += 1;
            let error = match request().await {
                Ok(answer) => return Ok(Some(answer)),
                Err(error) => error,
            };
            match Verdict::of(&error) {
                Verdict::Gone => return Ok(None),
                Verdict::Denied => return Err(Error::Denied { action, words: words(&error) }),
                Verdict::NotInUse => return Err(Error::NotInUse { action, words: words(&error) }),
                Verdict::Throttled if attempts < THROTTLED_ATTEMPTS_MAX => self.pause(attempts),
                Verdict::Throttled => return Err(Error::Throttled { action, attempts }),
                Verdict::MayPass if attempts < FAILED_ATTEMPTS_MAX => self.pause(attempts),
                Verdict::MayPass | Verdict::Final => {
                    return Err(Error::Failed { action, attempts, words: words(&error) });
                }
            }
        }
    }

    /// Holds back everyone who makes this call: between half of a doubling wait and all of it, so that several processes do
    /// not come back together.
    fn pause(&self, attempts: u32) {
        let wait = WAIT_MIN.saturating_mul(2_u32.saturating_pow(attempts - 1)).min(WAIT_MAX);
        let jitter = f64::from(self.start.elapsed().subsec_nanos() % 1_000) / 2_000.0;
        lock(&self.tokens).pause(wait.mul_f64(0.5 + jitter), self.now());
    }

    /// Time since the bucket was made, which no change of the system clock disturbs.
    fn now(&self) -> Timestamp {
        Timestamp::default().plus(self.start.elapsed())
    }
}

/// What to do about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Gone,
    Denied,
    NotInUse,
    Throttled,
    MayPass,
    Final,
}

impl Verdict {
    /// Source: AWS Organizations API reference, "ListTagsForResource" and "Common Errors".
    fn of<E: ProvideErrorMetadata>(error: &SdkError<E>) -> Self {
        match error.code() {
            Some("TargetNotFoundException" | "AccountNotFoundException") => Self::Gone,
            Some("AccessDeniedException" | "AccessDenied" | "UnauthorizedOperation") => Self::Denied,
            Some("AWSOrganizationsNotInUseException") => Self::NotInUse,
            Some("ThrottlingException" | "Throttling" | "TooManyRequestsException" | "RequestLimitExceeded") => {
                Self::Throttled
            }
            Some("ServiceException" | "InternalFailure" | "ServiceUnavailable") => Self::MayPass,
            Some(_) | None => Self::of_status(error),
        }
    }

    fn of_status<E>(error: &SdkError<E>) -> Self {
        match error.raw_response().map(|response| response.status().as_u16()) {
            Some(403) => Self::Denied,
            Some(429) => Self::Throttled,
            Some(500..) | None => Self::MayPass,
            Some(_) => Self::Final,
        }
    }
}

fn words<E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static>(error: &SdkError<E>) -> String {
    match (error.code(), error.message()) {
        (Some(code), Some(message)) => format!("{code}: {message}"),
        (Some(code), None) => code.into(),
        (None, _) => DisplayErrorContext(error).to_string(),
    }
}
