//! What survives a restart: taken over at the start, saved again and again.

use std::sync::Arc;
use std::time::Duration;

use aws_config::SdkConfig;
use tokio::sync::{Mutex, mpsc};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::Error;
use crate::config::Config;
use crate::io::alerting::{AlertingHandle, Emissions};
use crate::io::checkpoints::Checkpoints;
use crate::io::clock;
use crate::io::directory::DirectoryHandle;
use crate::io::line::Emission;
use crate::io::snapshots::{self, SaveHandle, Snapshots};
use crate::io::storage::Storage;
use crate::io::telemetry::Telemetry;

/// How long a snapshot waits until what alerts did before is safe at the destinations. Where those are down it is not waited for
/// them: positions and what was told matter more.
const EMITTED_MAX: Duration = Duration::from_secs(2);

/// How often the state is taken over anew when its owner saves at the same time.
const TAKE_OVERS_MAX: usize = 10;

/// Goes on from the state of the last run, and saves it again at once: whoever still runs with it can save nothing more, and
/// tells nobody from then on. If it saved in between, its newer state is taken instead.
pub(super) async fn take_over(
    config: &Config,
    sdk: &SdkConfig,
    state: &Storage,
    directory: &DirectoryHandle,
    telemetry: &Telemetry,
) -> Result<(Saver, mpsc::Receiver<Emission>), Error> {
    let mut attempts = 0;
    loop {
        attempts += 1;
        let snapshots = Snapshots::open(&config.storage.state, sdk).await?;
        let mut kept = snapshots.load().await?.unwrap_or_default();
        let kept_rules = std::mem::take(&mut kept.alerting);
        let (emissions, emitted) = Emissions::channel();
        let (state, directory, of_rules) = (state.clone(), directory.clone(), telemetry.clone());
        let alerting =
            AlertingHandle::start(&config.alerting, sdk, &kept_rules, state, directory, of_rules, emissions).await?;
        alerting.limit_silences(config.page.silence_max);
        let (checkpoints, telemetry) = (Checkpoints::new(kept), telemetry.clone());
        let saver = Saver { checkpoints, alerting, snapshots: Arc::new(Mutex::new(snapshots)), telemetry };
        match saver.save().await {
            Err(error @ snapshots::Error::Fenced { .. }) if attempts >= TAKE_OVERS_MAX => return Err(error.into()),
            Err(snapshots::Error::Fenced { .. }) => {}
            // What else keeps it from being saved may pass, and was logged.
            Ok(()) | Err(_) => return Ok((saver, emitted)),
        }
    }
}

/// Saves positions and the state of the rules together.
#[derive(Clone, Debug)]
pub(super) struct Saver {
    pub(super) checkpoints: Checkpoints,
    pub(super) alerting: AlertingHandle,
    snapshots: Arc<Mutex<Snapshots>>,
    telemetry: Telemetry,
}

impl Saver {
    pub(super) async fn run(self, interval: Duration, save: SaveHandle, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(interval) => {}
                () = save.asked() => {}
            }
            let _was_logged = self.save().await;
        }
    }

    /// The positions are taken first: what they leave behind was seen by the rules before it was settled, so the state that is
    /// taken after them has it.
    pub(super) async fn save(&self) -> Result<(), snapshots::Error> {
        let (mut snapshot, at) = (self.checkpoints.snapshot(), clock::now());
        let alerting = self.alerting.clone();
        match tokio::task::spawn_blocking(move || alerting.to_bytes()).await {
            Ok(bytes) => snapshot.alerting = bytes,
            Err(error) => {
                tracing::error!(%error, "the state of the rules could not be taken");
                return Ok(());
            }
        }
        // So that who goes on from this state need not tell of anything that may be lost on its way.
        let _saved_all_the_same = timeout(EMITTED_MAX, self.alerting.emitted()).await;
        let saved = self.snapshots.lock().await.save(&snapshot).await;
        match &saved {
            Ok(()) => {
                self.telemetry.checkpointed(clock::now());
                self.alerting.saved(at).await;
            }
            Err(error) => {
                if matches!(error, snapshots::Error::Fenced { .. }) {
                    self.alerting.fence();
                }
                tracing::error!(
                    error = crate::io::chain(error),
                    "checkpoints could not be saved; a restart would read from the last ones that were"
                );
            }
        }
        saved
    }
}
