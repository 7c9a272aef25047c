//! Places that keep objects: a local folder or an S3 bucket, behind one interface.
//!
//! What `put` and `create` have written is durable when they return: local files are written beside their place, synced,
//! renamed, and their folder is synced; a crash leaves either the whole object or none.

mod credentials;
pub mod firehose;
pub mod keeper;
mod key;

use std::fmt;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{self, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use aws_config::SdkConfig;
use bytes::Bytes;
use futures::stream::{BoxStream, StreamExt, TryStreamExt};
use object_store::aws::{AmazonS3Builder, S3ConditionalPut};
use object_store::local::LocalFileSystem;
use object_store::path::{Path, PathPart};
use object_store::prefix::PrefixStore;
use object_store::{ClientOptions, ObjectStore, ObjectStoreExt, PutMode, PutPayload, RetryConfig};

use crate::config::Place;
use crate::id::Region;
use crate::io::clock;
use crate::time::Timestamp;
use credentials::SdkCredentials;
pub use key::{Key, Object};

/// Time for one request to S3, and for all tries of it: a caller waits for what it wants kept.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(20);
const RETRY_TIMEOUT: Duration = Duration::from_secs(60);
const RETRIES_MAX: usize = 4;

/// Only its owner may look into a folder of customers' data.
const FOLDER_MODE: u32 = 0o700;

/// Why something could not be kept or had.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No room is left.
    #[error("no space is left in {place}: free some, or choose another place")]
    Full {
        /// The folder.
        place: String,
    },
    /// The place exists, but not for us.
    #[error("not allowed to {action} in {place}: check its permissions")]
    Denied {
        /// What was tried.
        action: &'static str,
        /// The folder or bucket.
        place: String,
        /// What the file system or S3 said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The bucket is not there.
    #[error("there is no bucket {bucket:?} (asked for {place}): create it, or correct its name and Region")]
    NoBucket {
        /// Its name.
        bucket: String,
        /// The whole place.
        place: String,
    },
    /// Nothing has this key.
    #[error("there is no {key} in {place}")]
    NotFound {
        /// The key.
        key: String,
        /// The folder or bucket.
        place: String,
    },
    /// Something has this key already, and it was to be created.
    #[error("{key} is in {place} already")]
    Exists {
        /// The key.
        key: String,
        /// The folder or bucket.
        place: String,
    },
    /// A local folder cannot be made or entered.
    #[error("cannot open the folder {}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// No way to sign requests to S3.
    #[error("no AWS credentials for {place}: configure the default credential chain")]
    NoCredentials {
        /// The bucket.
        place: String,
    },
    /// A Firehose stream gives nothing back.
    #[error("the Firehose stream {stream:?} can be written only: name the folder or bucket that it delivers to")]
    WriteOnly {
        /// The stream.
        stream: String,
    },
    /// Writing to a Firehose stream failed.
    #[error(transparent)]
    Firehose(#[from] firehose::Error),
    /// Anything else.
    #[error("cannot {action} in {place}")]
    Other {
        /// What was tried.
        action: &'static str,
        /// The folder or bucket.
        place: String,
        /// What happened.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// An open place. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Storage {
    store: Arc<dyn ObjectStore>,
    prefix: Path,
    bucket: Option<String>,
    name: String,
}

/// `s3://bucket/prefix`, or the path of a folder.
impl fmt::Display for Storage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.name)
    }
}

impl Storage {
    /// Opens a place. A folder is made if it is not there, for its owner only; a bucket is not asked for until used.
    ///
    /// # Errors
    /// When a folder cannot be made, there are no credentials, or the place is a Firehose stream.
    pub async fn open(place: &Place, sdk: &SdkConfig) -> Result<Self, Error> {
        match place {
            Place::Folder(path) => {
                let path = path.clone();
                let opened = tokio::task::spawn_blocking(move || open_folder(path)).await;
                opened.expect("opening a folder does not panic")
            }
            Place::S3 { bucket, prefix, endpoint, region } => {
                open_bucket(bucket, prefix, endpoint.as_deref(), region.as_ref(), sdk)
            }
            Place::Firehose { stream, .. } => Err(Error::WriteOnly { stream: stream.clone() }),
        }
    }

    /// The place as an object store of its own, for what brings its own keys.
    #[must_use]
    pub fn object_store(&self) -> Arc<dyn ObjectStore> {
        Arc::new(PrefixStore::new(Arc::clone(&self.store), self.prefix.clone()))
    }

    /// Writes an object, over whatever has its key.
    ///
    /// # Errors
    /// When it is not durably there.
    pub async fn put(&self, key: &Key, bytes: Bytes) -> Result<(), Error> {
        let written = self.store.put(&self.path(key), PutPayload::from_bytes(bytes)).await;
        written.map(drop).map_err(|error| self.explain("write", key, error))
    }

    /// Writes an object unless something has its key; of several that try at once, one wins.
    ///
    /// # Errors
    /// `Error::Exists` when something has the key; others when it is not durably there.
    pub async fn create(&self, key: &Key, bytes: Bytes) -> Result<(), Error> {
        let payload = PutPayload::from_bytes(bytes);
        let written = self.store.put_opts(&self.path(key), payload, PutMode::Create.into()).await;
        written.map(drop).map_err(|error| self.explain("write", key, error))
    }

    /// All bytes of an object.
    ///
    /// # Errors
    /// When it is not there or cannot be read.
    pub async fn get(&self, key: &Key) -> Result<Bytes, Error> {
        let read = async { self.store.get(&self.path(key)).await?.bytes().await };
        read.await.map_err(|error| self.explain("read", key, error))
    }

    /// An object piece by piece.
    ///
    /// # Errors
    /// When it is not there or cannot be read.
    pub async fn read(&self, key: &Key) -> Result<BoxStream<'static, Result<Bytes, Error>>, Error> {
        let object = self.store.get(&self.path(key)).await.map_err(|error| self.explain("read", key, error))?;
        let (this, key) = (self.clone(), key.clone());
        Ok(object.into_stream().map_err(move |error| this.explain("read", &key, error)).boxed())
    }

    /// What is there under a key.
    ///
    /// # Errors
    /// When nothing is, or it cannot be asked for.
    pub async fn head(&self, key: &Key) -> Result<Object, Error> {
        let meta = self.store.head(&self.path(key)).await.map_err(|error| self.explain("read", key, error))?;
        Ok(Object { key: key.clone(), bytes: meta.size, modified: modified(&meta) })
    }

    /// All objects whose keys begin with these parts, sorted by key.
    ///
    /// # Errors
    /// When the place cannot be listed.
    pub async fn list(&self, folder: &[&str]) -> Result<Vec<Object>, Error> {
        let folder = Key::of(folder.iter().copied());
        let path = self.path(&folder);
        let listed = self.store.list(Some(&path)).map_ok(|meta| {
            let key = Key(meta.location.prefix_match(&self.prefix).into_iter().flatten().collect());
            Object { key, bytes: meta.size, modified: modified(&meta) }
        });
        let mut objects: Vec<_> = listed.try_collect().await.map_err(|error| self.explain("list", &folder, error))?;
        objects.sort_unstable_by(|a, b| a.key.cmp(&b.key));
        Ok(objects)
    }

    /// Removes an object; one that is not there is as good as removed.
    ///
    /// # Errors
    /// When it is still there.
    pub async fn remove(&self, key: &Key) -> Result<(), Error> {
        match self.store.delete(&self.path(key)).await.map_err(|error| self.explain("remove", key, error)) {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Writes, reads, lists and removes a small object: whether the place can do its work.
    ///
    /// # Errors
    /// The first thing that failed.
    pub async fn probe(&self) -> Result<(), Error> {
        let key = Key::of_moment(&["probe"], clock::now());
        self.create(&key, Bytes::from_static(b"fanin doctor\n")).await?;
        let _ = self.get(&key).await?;
        let _ = self.list(&["probe"]).await?;
        self.remove(&key).await
    }

    fn path(&self, key: &Key) -> Path {
        self.prefix.parts().chain(key.0.parts()).collect()
    }

    fn explain(&self, action: &'static str, key: &Key, error: object_store::Error) -> Error {
        let (place, key) = (self.name.clone(), key.to_string());
        if is_full(&error) {
            return Error::Full { place };
        }
        let no_bucket = || self.bucket.clone().filter(|_| error.to_string().contains("NoSuchBucket"));
        if let Some(bucket) = no_bucket() {
            return Error::NoBucket { bucket, place };
        }
        if is_denied(&error) {
            return Error::Denied { action, place, source: error.into() };
        }
        if matches!(error, object_store::Error::NotFound { .. }) {
            return Error::NotFound { key, place };
        }
        if matches!(error, object_store::Error::AlreadyExists { .. } | object_store::Error::Precondition { .. }) {
            return Error::Exists { key, place };
        }
        Error::Other { action, place, source: error.into() }
    }
}

fn open_folder(path: PathBuf) -> Result<Storage, Error> {
    let made = std::fs::DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(&path);
    if let Err(source) = made {
        return Err(Error::Folder { path, source });
    }
    let name = path::absolute(&path).unwrap_or_else(|_| path.clone()).display().to_string();
    let store = LocalFileSystem::new_with_prefix(&path)
        .map_err(|source| Error::Folder { path, source: io::Error::other(source) })?
        .with_fsync(true)
        .with_automatic_cleanup(true);
    Ok(Storage { store: Arc::new(store), prefix: Path::default(), bucket: None, name })
}

fn open_bucket(
    bucket: &str,
    prefix: &str,
    endpoint: Option<&str>,
    region: Option<&Region>,
    sdk: &SdkConfig,
) -> Result<Storage, Error> {
    let name = format!("s3://{bucket}/{prefix}");
    let Some(provider) = sdk.credentials_provider() else { return Err(Error::NoCredentials { place: name }) };
    let region = region.map(Region::as_str).or_else(|| sdk.region().map(AsRef::as_ref)).unwrap_or("us-east-1");
    let endpoint = endpoint.map(str::to_owned).or_else(|| other_partition(region));
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(bucket)
        .with_region(region)
        .with_credentials(Arc::new(SdkCredentials::new(provider)))
        .with_conditional_put(S3ConditionalPut::ETagMatch)
        .with_retry(RetryConfig { max_retries: RETRIES_MAX, retry_timeout: RETRY_TIMEOUT, ..RetryConfig::default() })
        .with_client_options(ClientOptions::new().with_timeout(REQUEST_TIMEOUT));
    if let Some(endpoint) = endpoint {
        builder = builder.with_allow_http(endpoint.starts_with("http://")).with_endpoint(endpoint);
    }
    match builder.build() {
        Ok(store) => Ok(Storage {
            store: Arc::new(store),
            prefix: prefix.split('/').filter(|part| !part.is_empty()).map(PathPart::from).collect(),
            bucket: Some(bucket.into()),
            name,
        }),
        Err(source) => Err(Error::Other { action: "open", place: name, source: source.into() }),
    }
}

/// Regions of China have their own domain. Source: AWS general reference, "Amazon S3 endpoints and quotas".
fn other_partition(region: &str) -> Option<String> {
    region.starts_with("cn-").then(|| format!("https://s3.{region}.amazonaws.com.cn"))
}

fn modified(meta: &object_store::ObjectMeta) -> Timestamp {
    Timestamp::from_millis(u64::try_from(meta.last_modified.timestamp_millis()).unwrap_or(0))
}

fn is_full(error: &object_store::Error) -> bool {
    io_kind(error).is_some_and(|kind| matches!(kind, io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded))
}

fn is_denied(error: &object_store::Error) -> bool {
    matches!(error, object_store::Error::PermissionDenied { .. } | object_store::Error::Unauthenticated { .. })
        || io_kind(error)
            .is_some_and(|kind| matches!(kind, io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem))
}

/// The kind of the first error of the operating system among the causes.
fn io_kind(error: &(dyn std::error::Error + 'static)) -> Option<io::ErrorKind> {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.filter_map(|cause| cause.downcast_ref::<io::Error>()).map(io::Error::kind).next()
}
