//! Reads directory and rules again.

use std::fmt;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::io::alerting::{self, AlertingHandle};
use crate::io::directory::{self, DirectoryHandle};
use crate::io::telemetry::{Counter, Gauge, Telemetry};
use crate::io::web::ReloadRequest;

pub(super) async fn answer_reloads(
    mut reloads: mpsc::Receiver<ReloadRequest>,
    (directory, alerting): (DirectoryHandle, AlertingHandle),
    telemetry: Telemetry,
    stop: CancellationToken,
) {
    loop {
        let request = tokio::select! {
            () = stop.cancelled() => return,
            request = reloads.recv() => request,
        };
        let Some(ReloadRequest(answer)) = request else { return };
        let result = reload(&directory, &alerting, &telemetry).await.map(|reloaded| reloaded.to_string());
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
    telemetry: &Telemetry,
) -> Result<Reloaded, ReloadError> {
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
