//! The writer of dead letters: gathers what comes within a second into one object, and answers when that is durable.

use std::sync::Arc;
use std::time::Duration;

use aws_config::SdkConfig;
use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::task::{self, JoinHandle};
use tokio::time::{Instant, timeout_at};

use super::storage::Error as StorageError;
use super::storage::keeper::Keeper;
use crate::config::Place;
use crate::letter::Letter;

/// The folder of the place in which dead letters lie.
pub const FOLDER: &str = "dead-letters";

/// Bytes of letters that wait to be written; more make their senders wait.
const WAITING_BYTES_MAX: u32 = 32 * 1024 * 1024;

/// Requests that wait; the bytes are the real bound.
const WAITING_MAX: usize = 1_024;

/// An object is written when this much was gathered.
const OBJECT_BYTES_MAX: usize = 8 * 1024 * 1024;

/// The longest that a letter waits for others.
const GATHER_WAIT: Duration = Duration::from_secs(1);

/// Why dead letters were not written.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The place did not take them, or not this letter.
    #[error("dead letters are not kept")]
    Storage(#[source] Arc<StorageError>),
    /// The writer has stopped.
    #[error("dead letters are not kept: their writer has stopped")]
    Stopped,
}

/// A cheap handle on the writer, which ends when the last handle is dropped.
#[derive(Clone, Debug)]
pub struct DeadLetters {
    keeper: Keeper,
    budget: Arc<Semaphore>,
    sender: mpsc::Sender<Request>,
}

struct Request {
    lines: Vec<Bytes>,
    permit: OwnedSemaphorePermit,
    answer: oneshot::Sender<Result<(), Error>>,
}

impl DeadLetters {
    /// Opens the place and starts the writer. Its task ends after the last handle is dropped and all is written.
    ///
    /// # Errors
    /// As `Storage::open`.
    pub async fn open(place: &Place, sdk: &SdkConfig) -> Result<(Self, JoinHandle<()>), StorageError> {
        let keeper = Keeper::open(place, sdk).await?;
        let (sender, requests) = mpsc::channel(WAITING_MAX);
        let writer = tokio::spawn(write(keeper.clone(), requests));
        let budget = Arc::new(Semaphore::new(WAITING_BYTES_MAX as usize));
        Ok((Self { keeper, budget, sender }, writer))
    }

    /// Keeps letters; all of them are safe when it returns. Waits while too many wait already.
    /// Dropped before it returns, they may be kept or not.
    ///
    /// # Errors
    /// When they may not be safe.
    pub async fn write(&self, letters: Vec<Letter>) -> Result<(), Error> {
        if letters.is_empty() {
            return Ok(());
        }
        let bytes = letters.iter().map(Letter::bytes).sum::<usize>();
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX).clamp(1, WAITING_BYTES_MAX);
        let budget = Arc::clone(&self.budget);
        let permit = budget.acquire_many_owned(bytes).await.map_err(|_| Error::Stopped)?;
        let lines = self.lines(letters).await?;
        let (answer, answered) = oneshot::channel();
        self.sender.send(Request { lines, permit, answer }).await.map_err(|_| Error::Stopped)?;
        answered.await.unwrap_or(Err(Error::Stopped))
    }

    async fn lines(&self, letters: Vec<Letter>) -> Result<Vec<Bytes>, Error> {
        let keeper = self.keeper.clone();
        let encode = move || {
            let mut lines = Vec::with_capacity(letters.len());
            for letter in &letters {
                lines.extend(keeper.lines(letter)?);
            }
            Ok(lines)
        };
        let lines = task::spawn_blocking(encode).await.expect("writing a line does not panic");
        lines.map_err(|error| Error::Storage(Arc::new(error)))
    }
}

async fn write(keeper: Keeper, mut requests: mpsc::Receiver<Request>) {
    while let Some(first) = requests.recv().await {
        let (lines, answers) = gather(first, &mut requests).await;
        let written = keeper.keep(&[FOLDER], lines).await.map_err(|error| Error::Storage(Arc::new(error)));
        if let Err(error) = &written {
            tracing::warn!(place = %keeper, error = super::chain(error), "dead letters are not kept; their sources send them again");
        }
        for (answer, _permit) in answers {
            // Who no longer waits for the answer will send its records again.
            drop(answer.send(written.clone()));
        }
    }
}

type Answer = (oneshot::Sender<Result<(), Error>>, OwnedSemaphorePermit);

/// What comes within `GATHER_WAIT` of the first request, up to `OBJECT_BYTES_MAX`.
async fn gather(first: Request, requests: &mut mpsc::Receiver<Request>) -> (Vec<Bytes>, Vec<Answer>) {
    let deadline = Instant::now() + GATHER_WAIT;
    let mut lines = first.lines;
    let mut bytes: usize = lines.iter().map(Bytes::len).sum();
    let mut answers = vec![(first.answer, first.permit)];
    while bytes < OBJECT_BYTES_MAX {
        let Ok(Some(next)) = timeout_at(deadline, requests.recv()).await else { break };
        bytes += next.lines.iter().map(Bytes::len).sum::<usize>();
        lines.extend(next.lines);
        answers.push((next.answer, next.permit));
    }
    (lines, answers)
}
