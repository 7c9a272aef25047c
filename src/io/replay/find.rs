//! What there is to replay: the files of a folder, the objects under an S3 prefix, or standard input.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use aws_config::SdkConfig;
use bytes::{Buf, Bytes};
use futures::StreamExt;
use tokio::sync::mpsc;
use tokio::task;

use super::{Error, Options};
use crate::config::Place;
use crate::io::clock;
use crate::io::storage::{self, Key, Storage};
use crate::time::Timestamp;

/// Pieces of an S3 object that are read ahead; each is a few hundred KiB at most.
const PIECES_AHEAD_MAX: usize = 8;

/// One thing to read, and to remove afterwards.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// Path or URL.
    pub(super) name: String,
    /// Its size, where it is known.
    pub(super) bytes: u64,
    /// When it was last written.
    pub(super) modified: Timestamp,
    place: At,
}

#[derive(Clone, Debug)]
enum At {
    Stdin,
    File(PathBuf),
    Object(Storage, Key),
}

/// Everything that `options.source` names, sorted by name.
pub(super) async fn find(options: &Options, sdk: &SdkConfig) -> Result<Vec<Found>, Error> {
    if options.source == "-" {
        return Ok(vec![Found { name: "stdin".into(), bytes: 0, modified: clock::now(), place: At::Stdin }]);
    }
    let found = match options.source.strip_prefix("s3://") {
        Some(rest) => objects(rest, options, sdk).await?,
        None => {
            let path = PathBuf::from(&options.source);
            task::spawn_blocking(move || files(&path)).await.expect("listing files does not panic")?
        }
    };
    if found.is_empty() { Err(Error::Nothing { given: options.source.clone() }) } else { Ok(found) }
}

async fn objects(rest: &str, options: &Options, sdk: &SdkConfig) -> Result<Vec<Found>, Error> {
    let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    let place = Place::S3 {
        bucket: bucket.into(),
        prefix: String::new(),
        endpoint: options.endpoint.clone(),
        region: options.region,
    };
    let storage = Storage::open(&place, sdk).await?;
    let parts: Vec<_> = prefix.split('/').filter(|part| !part.is_empty()).collect();
    let one = match storage.head(&Key::of(parts.iter().copied())).await {
        Ok(object) if !parts.is_empty() => Some(object),
        Ok(_) | Err(_) => None,
    };
    let objects = match one {
        Some(object) => vec![object],
        None => storage.list(&parts).await?,
    };
    let found = objects.into_iter().filter(|object| object.bytes > 0).map(|object| Found {
        name: format!("s3://{bucket}/{}", object.key),
        bytes: object.bytes,
        modified: object.modified,
        place: At::Object(storage.clone(), object.key),
    });
    Ok(found.collect())
}

fn files(path: &Path) -> Result<Vec<Found>, Error> {
    let mut found = Vec::new();
    walk(path, &mut found)?;
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

fn walk(path: &Path, found: &mut Vec<Found>) -> Result<(), Error> {
    let failed = |source| Error::File { path: path.into(), source };
    let metadata = fs::metadata(path).map_err(failed)?;
    if !metadata.is_dir() {
        let since_1970 = metadata.modified().ok().and_then(|modified| modified.duration_since(UNIX_EPOCH).ok());
        let name = path.display().to_string();
        let modified = since_1970.map_or_else(clock::now, |since| Timestamp::from_seconds(since.as_secs()));
        found.push(Found { name, bytes: metadata.len(), modified, place: At::File(path.into()) });
        return Ok(());
    }
    for entry in fs::read_dir(path).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        // Links may lead in circles. What is hidden, or half written by a crash, is nobody's file.
        let linked_folder = entry.file_type().is_ok_and(|kind| kind.is_symlink()) && entry.path().is_dir();
        if !linked_folder && !is_unfinished(&entry.file_name().to_string_lossy()) {
            walk(&entry.path(), found)?;
        }
    }
    Ok(())
}

/// Hidden, or named as `io::storage` names a file before it is complete: with `#` and a number at its end.
fn is_unfinished(name: &str) -> bool {
    let number = name.rsplit_once('#').map(|(_, number)| number);
    name.starts_with('.') || number.is_some_and(|n| !n.is_empty() && n.bytes().all(|byte| byte.is_ascii_digit()))
}

impl Found {
    /// Opens it for reading from its beginning.
    pub(super) async fn open(&self) -> Result<Box<dyn Read + Send>, Error> {
        match &self.place {
            At::Stdin => Ok(Box::new(io::stdin())),
            At::File(path) => {
                let file = File::open(path).map_err(|source| Error::File { path: path.clone(), source })?;
                Ok(Box::new(file))
            }
            At::Object(storage, key) => {
                let mut pieces = storage.read(key).await?;
                let (sender, receiver) = mpsc::channel(PIECES_AHEAD_MAX);
                // Ends with the object, or when the reader is dropped.
                let reading = tokio::spawn(async move {
                    while let Some(piece) = pieces.next().await {
                        if sender.send(piece).await.is_err() {
                            return;
                        }
                    }
                });
                drop(reading);
                Ok(Box::new(Pieces { receiver, current: Bytes::new() }))
            }
        }
    }

    /// Removes it; standard input is left alone.
    pub(super) async fn remove(&self) -> Result<(), Error> {
        match &self.place {
            At::Stdin => Ok(()),
            At::File(path) => {
                let removed = tokio::fs::remove_file(path).await;
                removed.map_err(|source| Error::File { path: path.clone(), source })
            }
            At::Object(storage, key) => Ok(storage.remove(key).await?),
        }
    }
}

/// An S3 object as a blocking reader.
struct Pieces {
    receiver: mpsc::Receiver<Result<Bytes, storage::Error>>,
    current: Bytes,
}

impl Read for Pieces {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.current.is_empty() {
            match self.receiver.blocking_recv() {
                Some(piece) => self.current = piece.map_err(io::Error::other)?,
                None => return Ok(0),
            }
        }
        let length = self.current.len().min(into.len());
        self.current.copy_to_slice(&mut into[..length]);
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_a_crash_left_is_nobodys() {
        assert!(is_unfinished("20200305T163036114Z-00.jsonl#1"));
        assert!(is_unfinished(".gitignore"));
        assert!(!is_unfinished("a#b.jsonl"));
        assert!(!is_unfinished("a#"));
    }
}
