//! What a line works with that must be opened: destinations, spill, dead letters.

use std::sync::Arc;

use aws_config::SdkConfig;
use bytes::Bytes;
use futures::FutureExt as _;
use tokio::sync::{OnceCell, mpsc};
use tokio::task::JoinHandle;

use super::Error;
use super::onlookers::Onlookers;
use crate::chunk::{Chunk, Destinations};
use crate::config::{Config, Destination};
use crate::export::{Batch, Verdict};
use crate::id::{AccountId, Signal};
use crate::io::dead_letters::DeadLetters;
use crate::io::directory::DirectoryHandle;
use crate::io::exporter::{self, Exporter};
use crate::io::intake::Intake;
use crate::io::line::{Emission, Parts};
use crate::io::progress::ProgressHandle;
use crate::io::replay::again::{self, Again};
use crate::io::spill::Spill;
use crate::io::streamed::StreamedHandle;
use crate::io::telemetry::Telemetry;
use crate::policy::Policy;

pub(super) async fn exporters(
    destinations: &[Destination],
    sdk: &SdkConfig,
) -> Result<Vec<(Destination, Exporter)>, exporter::Error> {
    let mut exporters = Vec::new();
    for destination in destinations {
        exporters.push((destination.clone(), Exporter::new(destination, Some(sdk)).await?));
    }
    Ok(exporters)
}

/// What a line shares with others.
pub(super) struct Around<'a> {
    pub(super) directory: &'a DirectoryHandle,
    pub(super) streamed: StreamedHandle,
    pub(super) progress: &'a ProgressHandle,
    pub(super) telemetry: &'a Telemetry,
}

/// What a line works with that must be opened.
pub(super) struct Opened {
    spill: Spill,
    dead_letters: DeadLetters,
    /// The writer of the dead letters, which ends after the line.
    writer: JoinHandle<()>,
    exporters: Vec<(Destination, Exporter)>,
}

impl Opened {
    pub(super) async fn open(config: &Config, sdk: &SdkConfig) -> Result<Self, Error> {
        let spill = Spill::open(&config.storage.spill, sdk).await;
        let spill = spill.map_err(|source| Error::Storage { setting: "spill", source })?;
        let opened = DeadLetters::open(&config.storage.dead_letters, sdk).await;
        let (dead_letters, writer) = opened.map_err(|source| Error::Storage { setting: "dead_letters", source })?;
        Ok(Self { spill, dead_letters, writer, exporters: exporters(&config.destinations, sdk).await? })
    }

    pub(super) fn parts(
        self,
        config: &Config,
        policy: Policy,
        around: Around<'_>,
        onlookers: Onlookers,
        emissions: mpsc::Receiver<Emission>,
    ) -> (Parts, JoinHandle<()>) {
        let parts = Parts {
            directory: around.directory.clone(),
            normalize: config.normalize.clone(),
            policy,
            streamed: around.streamed,
            onlooker: Arc::new(onlookers),
            emissions,
            limits: config.delivery.clone(),
            exporters: self.exporters,
            spill: self.spill,
            dead_letters: self.dead_letters,
            progress: around.progress.clone(),
            telemetry: around.telemetry.clone(),
        };
        (parts, self.writer)
    }
}

/// What sends dead letters again, through the line that runs. Its own way to the destinations is opened when it is needed first.
pub(super) fn send_again(
    config: &Config,
    policy: Policy,
    sdk: &Arc<SdkConfig>,
    intake: &Intake,
    dead_letters: DeadLetters,
    directory: &DirectoryHandle,
) -> Again {
    let way = Arc::new(Way { destinations: config.destinations.clone(), sdk: Arc::clone(sdk), open: OnceCell::new() });
    let export = move |name: &str, signal, request| {
        let (way, name) = (Arc::clone(&way), name.to_owned());
        async move {
            match way.open.get_or_try_init(|| exporters(&way.destinations, &way.sdk)).await {
                Ok(exporters) => export(exporters, &name, signal, request).await,
                Err(error) => Verdict::Refused { message: crate::io::chain(&error) },
            }
        }
        .boxed()
    };
    Again::new(again::Parts {
        place: config.storage.dead_letters.clone(),
        sdk: Arc::clone(sdk),
        intake: intake.clone(),
        export: Arc::new(export),
        dead_letters,
        retry_wait: (config.delivery.retry_wait_min, config.delivery.retry_wait_max),
        directory: directory.clone(),
        normalize: config.normalize.clone(),
        policy,
    })
}

/// The way to the destinations.
struct Way {
    destinations: Vec<Destination>,
    sdk: Arc<SdkConfig>,
    open: OnceCell<Vec<(Destination, Exporter)>>,
}

/// Sends an encoded request to the destination of that name. The chunk's account and count matter to the line only.
pub(super) async fn export(
    exporters: &[(Destination, Exporter)],
    name: &str,
    signal: Signal,
    request: Bytes,
) -> Verdict {
    let Some((index, (_, exporter))) = exporters.iter().enumerate().find(|(_, (known, _))| known.name == name) else {
        return Verdict::Refused { message: format!("the configuration has no destination {name:?}") };
    };
    let account = AccountId::parse("000000000000").expect("twelve digits");
    let chunk = Chunk { signal, account, records: 0, destinations: Destinations::NONE.with(index), bytes: request };
    exporter.send(&Batch { signal, destination: index, chunks: vec![chunk] }).await
}
