//! Reads directory and rules again.

use std::fmt;
use std::sync::Arc;

use tokio::sync::{Mutex, mpsc};
use tokio_util::sync::CancellationToken;

use crate::io::alerting::{self, AlertingHandle};
use crate::io::configuration::remote::{self, Remote};
use crate::io::directory::{self, DirectoryHandle};
use crate::io::telemetry::{Counter, Gauge, Telemetry};
use crate::io::web::ReloadRequest;

/// The bucket that the configuration was copied from, if it was.
pub(super) type Bucket = Arc<Mutex<Option<Remote>>>;

pub(super) async fn answer_reloads(
    mut reloads: mpsc::Receiver<ReloadRequest>,
    (directory, alerting, bucket): (DirectoryHandle, AlertingHandle, Bucket),
    telemetry: Telemetry,
    stop: CancellationToken,
) {
    loop {
        let request = tokio::select! {
            () = stop.cancelled() => return,
            request = reloads.recv() => request,
        };
        let Some(ReloadRequest(answer)) = request else { return };
        let result = reload(&directory, &alerting, &bucket, &telemetry).await.map(|reloaded| reloaded.to_string());
        // Whoever asked may have gone; the reload took place all the same.
        let _asker_may_be_gone = answer.send(result.map_err(|error| crate::io::chain(&error)));
    }
}

/// What was read again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reloaded {
    /// Accounts of the directory.
    pub accounts: usize,
    /// Rules that run.
    pub rules: usize,
}

impl fmt::Display for Reloaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "directory: {} accounts, rules: {}", self.accounts, self.rules)
    }
}

/// Why something was not read again; the rest was.
#[derive(Debug, thiserror::Error)]
pub enum ReloadError {
    /// All stays as it was.
    #[error("the copy of the configuration stays as it was")]
    Bucket(#[from] remote::Error),
    /// The directory stays as it was.
    #[error("the directory stays as it was")]
    Directory(#[from] directory::ReloadError),
    /// The rules stay as they were.
    #[error("the rules stay as they were")]
    Rules(#[from] alerting::Error),
}

pub(super) async fn reload(
    directory: &DirectoryHandle,
    alerting: &AlertingHandle,
    bucket: &Bucket,
    telemetry: &Telemetry,
) -> Result<Reloaded, ReloadError> {
    if let Err(error) = look(bucket).await {
        telemetry.count(Counter::FailedReloads, 1);
        return Err(error.into());
    }
    let (accounts, rules) = (directory.reload().await, alerting.reload().await);
    let reloaded = match (accounts, rules) {
        (Ok(()), Ok(rules)) => Ok(Reloaded { accounts: directory.current().entries().len(), rules }),
        (Err(error), _) => Err(error.into()),
        (Ok(()), Err(error)) => Err(error.into()),
    };
    match &reloaded {
        Ok(reloaded) => telemetry.set(Gauge::Rules, reloaded.rules as u64),
        Err(_) => telemetry.count(Counter::FailedReloads, 1),
    }
    reloaded
}

/// Copies anew what changed in the bucket; whether anything did.
pub(super) async fn look(bucket: &Bucket) -> Result<bool, remote::Error> {
    let mut bucket = bucket.lock().await;
    let Some(remote) = bucket.as_mut() else { return Ok(false) };
    let is_new = remote.copy().await?.is_some();
    if is_new && remote.is_another() {
        tracing::warn!(
            "the configuration itself has changed: rules and directory count now, the rest from the next start"
        );
    }
    Ok(is_new)
}
