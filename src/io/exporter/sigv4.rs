//! Signs requests for AWS, by Signature Version 4.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ::http::{HeaderName, HeaderValue};
use aws_config::SdkConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials as _, SharedCredentialsProvider};
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use reqwest::Request;

use crate::config::SigV4;
use crate::export::Verdict;
use crate::id::Region;
use crate::time::Timestamp;

/// Name of the session where a role is assumed, as CloudTrail shows it.
const SESSION_NAME: &str = "fanin-exporter";

/// Credentials are renewed this long before they expire.
const RENEWED_BEFORE: Duration = Duration::from_mins(2);

/// Why a request could not be signed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error("no AWS credentials to sign with: {0}")]
    Credentials(String),
    #[error("cannot be signed for AWS: {0}")]
    Signature(String),
}

/// Signs with credentials that it keeps until they are about to expire.
pub(super) struct Signer {
    provider: Option<SharedCredentialsProvider>,
    credentials: Mutex<Option<Credentials>>,
    region: Region,
    service: String,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer {{ {} in {} }}", self.service, self.region)
    }
}

impl Signer {
    pub(super) async fn new(sigv4: &SigV4, aws: &SdkConfig) -> Self {
        let provider = match &sigv4.role_arn {
            Some(role) => {
                let region = aws_config::Region::new(sigv4.region.as_str().to_owned());
                let role = AssumeRoleProvider::builder(role).configure(aws).region(region).session_name(SESSION_NAME);
                Some(SharedCredentialsProvider::new(role.build().await))
            }
            None => aws.credentials_provider(),
        };
        Self { provider, credentials: Mutex::new(None), region: sigv4.region, service: sigv4.service.clone() }
    }

    /// Adds date, token and signature to a request that is complete otherwise.
    pub(super) async fn sign(&self, request: &mut Request, now: Timestamp) -> Result<(), Error> {
        let now = UNIX_EPOCH + Duration::from_nanos(now.nanos());
        let credentials = self.credentials(now).await?;
        for (name, value) in signature(request, credentials, self.region.as_str(), &self.service, now)? {
            let _ = request.headers_mut().insert(name, value);
        }
        Ok(())
    }

    /// The verdict on an answer to a signed request. One that was not let in may be so because its credentials were
    /// withdrawn or expired on the way: the next attempt gets new ones, and there are only a few attempts.
    pub(super) fn judge(&self, status: u16, verdict: Verdict) -> Verdict {
        if !matches!(status, 401 | 403) {
            return verdict;
        }
        *self.kept() = None;
        if let Verdict::Refused { message } = verdict { Verdict::RetryBounded { error: message } } else { verdict }
    }

    async fn credentials(&self, now: SystemTime) -> Result<Credentials, Error> {
        let is_fresh = |kept: &Credentials| kept.expiry().is_none_or(|expiry| expiry > now + RENEWED_BEFORE);
        if let Some(credentials) = self.kept().clone().filter(is_fresh) {
            return Ok(credentials);
        }
        let provider = self.provider.as_ref().ok_or_else(|| Error::Credentials("none are configured".into()))?;
        let credentials = provider.provide_credentials().await;
        let credentials = credentials.map_err(|error| Error::Credentials(chain(&error)))?;
        *self.kept() = Some(credentials.clone());
        Ok(credentials)
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Option<Credentials>> {
        // Held only to read or to write one value.
        self.credentials.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut line = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        line.push_str(": ");
        line.push_str(&cause.to_string());
        next = cause.source();
    }
    line
}

/// The headers that sign a request.
fn signature(
    request: &Request,
    credentials: Credentials,
    region: &str,
    service: &str,
    now: SystemTime,
) -> Result<Vec<(HeaderName, HeaderValue)>, Error> {
    let failed = |error: &dyn std::error::Error| Error::Signature(chain(error));
    let identity = credentials.into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name(service)
        .time(now)
        .settings(SigningSettings::default())
        .build()
        .map_err(|error| failed(&error))?
        .into();
    let headers = request.headers().iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
    let body = SignableBody::Bytes(request.body().and_then(reqwest::Body::as_bytes).unwrap_or_default());
    let signable = SignableRequest::new(request.method().as_str(), request.url().as_str(), headers, body);
    let signable = signable.map_err(|error| failed(&error))?;
    let (signed, _) = sign(signable, &params).map_err(|error| failed(&error))?.into_parts();
    signed.headers().map(|(name, value)| header(name, value)).collect()
}

fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), Error> {
    let mut value = HeaderValue::from_str(value).map_err(|error| Error::Signature(error.to_string()))?;
    value.set_sensitive(true);
    let name = HeaderName::from_bytes(name.as_bytes()).map_err(|error| Error::Signature(error.to_string()))?;
    Ok((name, value))
}
