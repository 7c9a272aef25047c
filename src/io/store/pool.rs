//! Connections for reading: at most four, so that what people ask for never takes more than that of the machine.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::{Error, file};

const CONNECTIONS_MAX: usize = 4;

#[derive(Debug)]
pub(super) struct Pool {
    path: PathBuf,
    permits: Semaphore,
    idle: Mutex<Idle>,
}

/// Connections that nobody uses, all of the same file.
#[derive(Debug, Default)]
struct Idle {
    generation: u64,
    connections: Vec<Connection>,
}

impl Pool {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, permits: Semaphore::new(CONNECTIONS_MAX), idle: Mutex::default() }
    }

    /// The file was replaced: what is open is of the old one.
    pub(super) fn renew(&self) {
        let mut idle = self.idle();
        idle.generation += 1;
        idle.connections.clear();
    }

    /// Reads something, beside the tasks of the service.
    pub(super) async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let _permit = self.permits.acquire().await.map_err(|error| Error::Read(error.to_string()))?;
        let pool = Arc::clone(self);
        let read = tokio::task::spawn_blocking(move || pool.read_here(work)).await;
        read.map_err(|error| Error::Read(error.to_string()))?
    }

    fn read_here<T>(&self, work: impl FnOnce(&Connection) -> Result<T, Error>) -> Result<T, Error> {
        let (generation, connection) = {
            let mut idle = self.idle();
            (idle.generation, idle.connections.pop())
        };
        let connection = match connection {
            Some(connection) => connection,
            None => file::open_to_read(&self.path)?,
        };
        let done = work(&connection);
        let mut idle = self.idle();
        // After an error a connection may be of a file that is gone.
        if done.is_ok() && idle.generation == generation {
            idle.connections.push(connection);
        }
        done
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        Self::Read(error.to_string())
    }
}
