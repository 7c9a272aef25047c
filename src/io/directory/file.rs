//! The directory's file, read whenever it changes.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tokio::io::AsyncReadExt;
use tokio::sync::mpsc;

use super::{DirectoryHandle, Reload};
use crate::io::clock;
use crate::tenant::Facts;
use crate::tenant::file::{self, FILE_BYTES_MAX};

/// Time between two looks at the file. A look is one `stat`, which follows the links that Kubernetes swaps.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// Looks after which the file is read even if it seems the same: a volume may keep size and time of what it replaces.
const POLLS_PER_READ: u32 = 30;

/// Why the file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It cannot be read.
    #[error("{}: cannot read the directory file: {source}", path.display())]
    Read {
        /// Its path.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// What it says is wrong.
    #[error(transparent)]
    Content(#[from] file::Error),
}

/// Reads a directory file and checks it.
///
/// # Errors
/// When it cannot be read or anything in it is wrong.
pub async fn read(path: &Path) -> Result<Vec<Facts>, Error> {
    let bytes = read_bytes(path).await?;
    parse(path, bytes).await
}

/// Reads the file whenever it changes or a reload asks for it; ends only when nobody can ask any more.
pub(super) async fn keep(path: Option<PathBuf>, handle: &DirectoryHandle, mut reloads: mpsc::Receiver<Reload>) {
    let Some(path) = path else { return answer_all(reloads).await };
    let mut kept = Kept { path, watch: Watch::default(), digest: None };
    let mut polls = tokio::time::interval(POLL_INTERVAL);
    polls.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            reload = reloads.recv() => {
                let Some(answer) = reload else { return };
                let outcome = kept.read(handle).await;
                // Whoever asked may have gone away.
                drop(answer.send(outcome));
            }
            _ = polls.tick() => kept.poll(handle).await,
        }
    }
}

/// Without a file every reload is done at once.
async fn answer_all(mut reloads: mpsc::Receiver<Reload>) {
    while let Some(answer) = reloads.recv().await {
        drop(answer.send(Ok(())));
    }
}

struct Kept {
    path: PathBuf,
    watch: Watch,
    /// Of the content that is in force.
    digest: Option<u64>,
}

impl Kept {
    async fn poll(&mut self, handle: &DirectoryHandle) {
        match self.watch.look(stamp(&self.path).await) {
            Look::Rest => {}
            Look::Read => drop(self.read(handle).await),
        }
    }

    async fn read(&mut self, handle: &DirectoryHandle) -> Result<(), Error> {
        self.watch.read_at(stamp(&self.path).await);
        let outcome = self.take_over(handle).await;
        if let Err(error) = &outcome {
            handle.fail_file(&error.to_string(), clock::now());
        }
        outcome
    }

    async fn take_over(&mut self, handle: &DirectoryHandle) -> Result<(), Error> {
        let bytes = read_bytes(&self.path).await?;
        let digest = digest(&bytes);
        if self.digest == Some(digest) {
            handle.confirm_file(clock::now());
            return Ok(());
        }
        let facts = parse(&self.path, bytes).await?;
        tracing::info!(accounts = facts.len(), path = %self.path.display(), "directory file read");
        handle.set_file(facts, clock::now());
        self.digest = Some(digest);
        Ok(())
    }
}

/// What a file looks like from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    bytes: u64,
    modified: Option<SystemTime>,
}

/// Decides when to read: once a change has settled, so that a file is not read while it is being written.
#[derive(Debug, Default)]
struct Watch {
    looked: bool,
    read: Option<Stamp>,
    seen: Option<Stamp>,
    n_same: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    Rest,
    Read,
}

impl Watch {
    /// One look; `None` when the file is not there, which reading it then reports.
    fn look(&mut self, stamp: Option<Stamp>) -> Look {
        let first = !std::mem::replace(&mut self.looked, true);
        let settled = stamp == std::mem::replace(&mut self.seen, stamp);
        if stamp.is_some() && stamp == self.read {
            self.n_same += 1;
            return if self.n_same < POLLS_PER_READ { Look::Rest } else { Look::Read };
        }
        if first || settled || stamp.is_none() { Look::Read } else { Look::Rest }
    }

    /// The file is being read, and looks like this.
    fn read_at(&mut self, stamp: Option<Stamp>) {
        self.read = stamp;
        self.n_same = 0;
    }
}

async fn stamp(path: &Path) -> Option<Stamp> {
    let metadata = tokio::fs::metadata(path).await.ok()?;
    Some(Stamp { bytes: metadata.len(), modified: metadata.modified().ok() })
}

/// At most one byte more than the limit, so that what is too large is told without being read.
async fn read_bytes(path: &Path) -> Result<Vec<u8>, Error> {
    let failed = |source| Error::Read { path: path.into(), source };
    let file = tokio::fs::File::open(path).await.map_err(failed)?;
    let mut bytes = Vec::new();
    let _ = file.take(FILE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes).await.map_err(failed)?;
    Ok(bytes)
}

/// Parses aside: a large file takes longer than other tasks should wait.
async fn parse(path: &Path, bytes: Vec<u8>) -> Result<Vec<Facts>, Error> {
    let name = path.display().to_string();
    let parsed = tokio::task::spawn_blocking(move || file::parse(&name, &bytes)).await;
    Ok(parsed.expect("parsing does not panic and is not cancelled")?)
}

fn digest(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(seconds: u64) -> Option<Stamp> {
        Some(Stamp { bytes: 1, modified: Some(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)) })
    }

    /// Looks and, as `Kept` does, notes what was read.
    fn look(watch: &mut Watch, stamp: Option<Stamp>) -> Look {
        let look = watch.look(stamp);
        if look == Look::Read {
            watch.read_at(stamp);
        }
        look
    }

    #[test]
    fn a_file_is_read_at_once_and_then_when_a_change_has_settled() {
        let mut watch = Watch::default();
        let stamps = [stamp(1), stamp(1), stamp(2), stamp(3), stamp(3), stamp(3)];
        let looks = stamps.map(|stamp| look(&mut watch, stamp));
        assert_eq!(looks, [Look::Read, Look::Rest, Look::Rest, Look::Rest, Look::Read, Look::Rest]);
    }

    #[test]
    fn a_missing_file_is_reported_each_time_and_read_once_it_is_back() {
        let mut watch = Watch::default();
        let looks = [None, None, stamp(1), stamp(1)].map(|stamp| look(&mut watch, stamp));
        assert_eq!(looks, [Look::Read, Look::Read, Look::Rest, Look::Read]);
    }

    #[test]
    fn a_file_that_seems_the_same_is_read_now_and_then() {
        let mut watch = Watch::default();
        let looks: Vec<_> = (0..=2 * POLLS_PER_READ).map(|_| look(&mut watch, stamp(1))).collect();
        let read: Vec<_> =
            looks.iter().enumerate().filter(|(_, look)| **look == Look::Read).map(|(at, _)| at).collect();
        assert_eq!(read, [0, POLLS_PER_READ as usize, 2 * POLLS_PER_READ as usize]);
    }
}
