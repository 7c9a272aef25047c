//! The SDK's credential chain, as `object_store` wants it.

use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use object_store::CredentialProvider;
use object_store::aws::AwsCredential;
use tokio::sync::Mutex;

use crate::io::clock;
use crate::time::Timestamp;

/// Credentials are fetched anew so long before they expire.
const EXPIRY_MARGIN: Duration = Duration::from_secs(5 * 60);

/// Credentials that do not say when they expire are asked for anew after this time: somebody may have rotated a file.
const UNDATED_FOR: Duration = Duration::from_secs(15 * 60);

/// Asks the chain seldom: it may be a request to the instance or to STS each time.
#[derive(Debug)]
pub(super) struct SdkCredentials {
    provider: SharedCredentialsProvider,
    cached: Mutex<Option<Cached>>,
}

#[derive(Debug)]
struct Cached {
    credential: Arc<AwsCredential>,
    until: Timestamp,
}

impl SdkCredentials {
    pub(super) fn new(provider: SharedCredentialsProvider) -> Self {
        Self { provider, cached: Mutex::new(None) }
    }

    async fn get(&self) -> object_store::Result<Arc<AwsCredential>> {
        let mut cached = self.cached.lock().await;
        let now = clock::now();
        if let Some(fresh) = cached.as_ref().filter(|cached| now < cached.until) {
            return Ok(Arc::clone(&fresh.credential));
        }
        let given = self.provider.provide_credentials().await;
        let given = given.map_err(|error| object_store::Error::Generic { store: "S3", source: error.into() })?;
        let expiry = given.expiry().and_then(|expiry| expiry.duration_since(UNIX_EPOCH).ok());
        let until = expiry.map_or(now.plus(UNDATED_FOR), |since_1970| {
            Timestamp::from_seconds(since_1970.as_secs()).minus(EXPIRY_MARGIN)
        });
        let credential = Arc::new(AwsCredential {
            key_id: given.access_key_id().into(),
            secret_key: given.secret_access_key().into(),
            token: given.session_token().map(Into::into),
        });
        *cached = Some(Cached { credential: Arc::clone(&credential), until });
        Ok(credential)
    }
}

impl CredentialProvider for SdkCredentials {
    type Credential = AwsCredential;

    fn get_credential<'a, 'async_trait>(
        &'a self,
    ) -> Pin<Box<dyn Future<Output = object_store::Result<Arc<AwsCredential>>> + Send + 'async_trait>>
    where
        'a: 'async_trait,
        Self: 'async_trait,
    {
        Box::pin(self.get())
    }
}
