//! Batches of a backend that is down, put aside so that the line keeps moving.

use aws_config::SdkConfig;
use tokio::task;

use super::clock;
use super::storage::keeper::Keeper;
use super::storage::{Error, Object};
use crate::config::Place;
use crate::export::Batch;
use crate::letter::{Letter, line};

/// The folder of the place in which spilled batches lie.
pub const FOLDER: &str = "spill";

/// Where batches are put aside. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Spill {
    keeper: Keeper,
}

impl Spill {
    /// Opens the place.
    ///
    /// # Errors
    /// As `Storage::open`.
    pub async fn open(place: &Place, sdk: &SdkConfig) -> Result<Self, Error> {
        Ok(Self { keeper: Keeper::open(place, sdk).await? })
    }

    /// Puts one batch aside, as an object of its own: `spill/<destination>/<yyyy>/<mm>/<dd>/<time>-<random>.jsonl`.
    /// It is safe when this returns.
    ///
    /// # Errors
    /// When it may not be safe.
    pub async fn put(&self, batch: &Batch, destination: &str, detail: &str) -> Result<(), Error> {
        let letter = Letter::of_batch(batch, None, destination, detail, clock::now());
        let keeper = self.keeper.clone();
        let lines = task::spawn_blocking(move || keeper.lines(&letter)).await;
        let lines = lines.expect("writing a line does not panic")?;
        self.keeper.keep(&[FOLDER, destination], lines).await
    }

    /// What lies there, oldest first for each destination.
    ///
    /// # Errors
    /// When the place cannot be listed.
    pub async fn list(&self) -> Result<Vec<Object>, Error> {
        self.keeper.storage()?.list(&[FOLDER]).await
    }

    /// The letters of an object; one that is broken is told as such, the others come.
    ///
    /// # Errors
    /// When the object cannot be read.
    pub async fn read(&self, object: &Object) -> Result<Vec<Result<Letter, line::Error>>, Error> {
        let bytes = self.keeper.storage()?.get(&object.key).await?;
        let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        Ok(lines.map(line::parse).collect())
    }

    /// Removes an object, once everything in it was accepted.
    ///
    /// # Errors
    /// When it is still there.
    pub async fn remove(&self, object: &Object) -> Result<(), Error> {
        self.keeper.storage()?.remove(&object.key).await
    }
}
