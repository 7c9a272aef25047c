//! Letters to where they are kept: as an object of lines, or as records of a Firehose stream.

use std::fmt;

use aws_config::SdkConfig;
use bytes::Bytes;

use super::firehose::{self, RECORD_BYTES_MAX, Stream};
use super::{Error, Key, Storage};
use crate::config::Place;
use crate::io::clock;
use crate::letter::{Letter, line, part};

/// An open place for letters. Cheap to clone.
#[derive(Clone, Debug)]
pub enum Keeper {
    /// A folder or a bucket: one object for what is kept at once.
    Objects(Storage),
    /// A Firehose stream: one record for each letter.
    Firehose(Stream),
}

impl fmt::Display for Keeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Objects(storage) => storage.fmt(f),
            Self::Firehose(stream) => stream.fmt(f),
        }
    }
}

impl Keeper {
    /// Opens a place of any kind.
    ///
    /// # Errors
    /// As `Storage::open`.
    pub async fn open(place: &Place, sdk: &SdkConfig) -> Result<Self, Error> {
        Ok(match place {
            Place::Folder(_) | Place::S3 { .. } => Self::Objects(Storage::open(place, sdk).await?),
            Place::Firehose { stream, endpoint, region } => {
                Self::Firehose(Stream::open(stream, endpoint.as_deref(), region.as_ref(), sdk))
            }
        })
    }

    /// A letter in lines as this place takes them: one, or several where one would be too long for it.
    ///
    /// # Errors
    /// When a letter is too long and cannot be divided.
    pub fn lines(&self, letter: &Letter) -> Result<Vec<Bytes>, Error> {
        match self {
            Self::Objects(_) => Ok(vec![line::write(letter).into()]),
            Self::Firehose(_) => Ok(short_lines(letter)?),
        }
    }

    /// Keeps lines; all of them are safe when it returns. `folder` is where in the place.
    ///
    /// # Errors
    /// When they may not be safe.
    pub async fn keep(&self, folder: &[&str], lines: Vec<Bytes>) -> Result<(), Error> {
        match self {
            Self::Objects(storage) => {
                let key = Key::of_moment(folder, clock::now());
                storage.put(&key, lines.concat().into()).await
            }
            Self::Firehose(stream) => Ok(stream.put(lines).await?),
        }
    }

    /// The objects of the place.
    ///
    /// # Errors
    /// When it is a Firehose stream, which gives nothing back.
    pub fn storage(&self) -> Result<&Storage, Error> {
        match self {
            Self::Objects(storage) => Ok(storage),
            Self::Firehose(stream) => Err(Error::WriteOnly { stream: stream.name().into() }),
        }
    }
}

/// Halves a letter until each part fits into one record.
fn short_lines(letter: &Letter) -> Result<Vec<Bytes>, firehose::Error> {
    let line = line::write(letter);
    if line.len() <= RECORD_BYTES_MAX {
        return Ok(vec![line.into()]);
    }
    let Some(halves) = part::halve(letter) else {
        return Err(firehose::Error::TooLarge { given_bytes: line.len() });
    };
    let mut lines = Vec::new();
    for half in &halves {
        lines.extend(short_lines(half)?);
    }
    Ok(lines)
}
