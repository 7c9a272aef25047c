//! A configuration in a bucket: `s3://bucket/prefix/fanin.yaml`, with the rules and the directory file beside it.
//!
//! Everything below the prefix is copied to a folder of this machine, and read from there as any configuration is, so that paths in
//! it may be relative. Each copy is a folder of its own, and `current` leads to the last one: what is half copied is never read, and
//! the path stays the same.

use std::path::{self, Path, PathBuf};

use aws_config::SdkConfig;

use crate::config::Place;
use crate::io::storage::{self, Object, Storage};

/// What a configuration's URL begins with.
const SCHEME: &str = "s3://";

/// What leads to the last copy.
const CURRENT: &str = "current";

/// Another endpoint of S3 than AWS, as the AWS SDKs call it.
pub const ENDPOINT: &str = "AWS_ENDPOINT_URL_S3";

/// Objects and bytes that are copied at most: a configuration with rules and a directory of 50,000 accounts has less.
const OBJECTS_MAX: usize = 1_000;
const BYTES_MAX: u64 = 64 << 20;

/// Why a configuration cannot be copied.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not the URL of an object.
    #[error("{given:?} names no file in a bucket: write s3://bucket/folder/fanin.yaml")]
    Url {
        /// What was given.
        given: String,
    },
    /// The bucket.
    #[error("the configuration cannot be read from its bucket")]
    Storage(#[from] storage::Error),
    /// There is no such object.
    #[error("there is no {name} in {place}")]
    Missing {
        /// The object.
        name: String,
        /// Bucket and prefix.
        place: String,
    },
    /// More than a configuration has.
    #[error(
        "{place} has {objects} objects of {bytes} bytes, and a configuration has at most {OBJECTS_MAX} of {BYTES_MAX}: keep it in a folder of its own"
    )]
    TooLarge {
        /// Bucket and prefix.
        place: String,
        /// How many objects there are.
        objects: usize,
        /// How many bytes they have.
        bytes: u64,
    },
    /// The copy cannot be written.
    #[error("the configuration cannot be copied to {}", path.display())]
    Copy {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// A configuration in a bucket, and its copies.
#[derive(Debug)]
pub struct Remote {
    storage: Storage,
    name: String,
    folder: PathBuf,
    /// What was there at the last copy.
    copied: Option<Vec<Object>>,
    copies: u64,
}

/// Whether a path is the URL of a configuration in a bucket.
#[must_use]
pub fn is_remote(path: &Path) -> bool {
    path.to_str().is_some_and(|text| text.starts_with(SCHEME))
}

impl Remote {
    /// Opens the bucket; nothing is asked yet. Copies go below `folder`; `endpoint` is another than AWS, for emulators.
    ///
    /// # Errors
    /// When the URL names no object, or there are no credentials.
    pub async fn open(url: &str, endpoint: Option<String>, folder: &Path, sdk: &SdkConfig) -> Result<Self, Error> {
        let wrong = || Error::Url { given: url.into() };
        let (bucket, path) = url.strip_prefix(SCHEME).and_then(|rest| rest.split_once('/')).ok_or_else(wrong)?;
        let (prefix, name) = path.rsplit_once('/').unwrap_or(("", path));
        if bucket.is_empty() || name.is_empty() {
            return Err(wrong());
        }
        let place = Place::S3 { bucket: bucket.into(), prefix: prefix.into(), endpoint, region: None };
        let storage = Storage::open(&place, sdk).await?;
        let folder = path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
        Ok(Self { storage, name: name.into(), folder, copied: None, copies: 0 })
    }

    /// Copies what is there, if it is not what was copied last. Gives the file of the new copy.
    ///
    /// # Errors
    /// When it cannot be read or written; the last copy is whole still.
    pub async fn copy(&mut self) -> Result<Option<PathBuf>, Error> {
        let objects = self.storage.list(&[]).await?;
        if self.copied.as_ref() == Some(&objects) {
            return Ok(None);
        }
        let place = self.storage.to_string();
        let bytes = objects.iter().map(|object| object.bytes).sum();
        if objects.len() > OBJECTS_MAX || bytes > BYTES_MAX {
            return Err(Error::TooLarge { place, objects: objects.len(), bytes });
        }
        if !objects.iter().any(|object| object.key.to_string() == self.name) {
            return Err(Error::Missing { name: self.name.clone(), place });
        }
        if self.copies == 0 {
            let path = self.folder.clone();
            prepare(&path).await.map_err(|source| Error::Copy { path, source })?;
        }
        let folder = self.folder.join(format!("{}", self.copies + 1));
        for object in &objects {
            let path = folder.join(object.key.to_string());
            let data = self.storage.get(&object.key).await?;
            write(&path, &data).await.map_err(|source| Error::Copy { path, source })?;
        }
        let current = self.folder.join(CURRENT);
        lead_to(&folder, &current).await.map_err(|source| Error::Copy { path: current.clone(), source })?;
        self.copies += 1;
        self.copied = Some(objects);
        self.remove_before().await;
        Ok(Some(current.join(&self.name)))
    }

    /// Removes the copy before the last one, which someone may still read.
    async fn remove_before(&self) {
        let Some(before) = self.copies.checked_sub(2).filter(|before| *before > 0) else { return };
        if let Err(error) = tokio::fs::remove_dir_all(self.folder.join(before.to_string())).await {
            tracing::debug!(%error, "an old copy of the configuration is left");
        }
    }
}

/// Makes a folder that nobody else may read, without what another process of the same number left there.
async fn prepare(folder: &Path) -> std::io::Result<()> {
    match tokio::fs::remove_dir_all(folder).await {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    tokio::fs::DirBuilder::new().mode(0o700).create(folder).await
}

/// Makes `link` lead to a folder, at once and whatever it led to before.
async fn lead_to(folder: &Path, link: &Path) -> std::io::Result<()> {
    let fresh = link.with_extension("new");
    match tokio::fs::remove_file(&fresh).await {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    tokio::fs::symlink(folder, &fresh).await?;
    tokio::fs::rename(&fresh, link).await
}

async fn write(path: &Path, data: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        tokio::fs::create_dir_all(folder).await?;
    }
    tokio::fs::write(path, data).await
}
