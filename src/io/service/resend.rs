//! Sends what was kept, without a service.

use std::sync::Arc;

use aws_config::SdkConfig;
use tokio_util::sync::CancellationToken;

use super::onlookers::Onlookers;
use super::opened::{Around, Opened, export, exporters};
use super::{Error, directory_handle, names, open};
use crate::config::Config;
use crate::io::alerting::{AlertingHandle, Emissions};
use crate::io::intake::Intake;
use crate::io::line::{Line, intake_bytes_max};
use crate::io::store::StoreHandle;
use crate::io::streamed::StreamedHandle;
use crate::io::telemetry::Telemetry;
use crate::io::{clock, directory, replay};
use crate::policy::Policy;

/// Sends what was kept through a line of its own, which ends when all of it is safe. Nothing is listened to, and the state of
/// a service that runs meanwhile is not touched.
///
/// # Errors
/// When something that is configured cannot be used, or the source cannot be listed.
pub async fn replay(
    options: &replay::Options,
    config: &Config,
    sdk: &SdkConfig,
    stop: &CancellationToken,
) -> Result<replay::Summary, ReplayError> {
    let telemetry = Telemetry::new(names(config), clock::now());
    let state = open("state", &config.storage.state, sdk).await?;
    let directory = directory_handle(config);
    directory::load(&config.directory, &*state.object_store(), &directory).await.map_err(Error::from)?;
    let streamed = StreamedHandle::load(&*state.object_store()).await;
    let alerting = AlertingHandle::idle(sdk, state.clone(), directory.clone(), telemetry.clone());
    let onlookers = Onlookers { alerting: alerting.await.map_err(Error::from)?, store: StoreHandle::none() };
    let (intake, taken) = Intake::new(intake_bytes_max(&config.delivery));
    let progress = intake.progress().clone();
    let around = Around { directory: &directory, streamed, progress: &progress, telemetry: &telemetry };
    let policy = Policy::compile(&config.policy);
    let (parts, writer) =
        Opened::open(config, sdk).await?.parts(config, policy, around, onlookers, Emissions::channel().1);
    let dead_letters = parts.dead_letters.clone();
    let mut line = Line::start(parts, taken);
    let exporters = Arc::new(exporters(&config.destinations, sdk).await.map_err(Error::from)?);
    let export = |name: &str, signal, request| {
        let (exporters, name) = (Arc::clone(&exporters), name.to_owned());
        async move { export(&exporters, &name, signal, request).await }
    };
    let (retry_wait_min, retry_wait_max) = (config.delivery.retry_wait_min, config.delivery.retry_wait_max);
    let sender = replay::Line { intake, export, dead_letters, retry_wait_min, retry_wait_max };
    let summary = replay::send(options, sdk, &sender, stop).await;
    drop(sender);
    line.drain();
    line.finish().await;
    drop(line);
    let _ended = writer.await;
    Ok(summary?)
}

/// Why nothing could be replayed.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// What is configured.
    #[error(transparent)]
    Service(#[from] Error),
    /// The source.
    #[error(transparent)]
    Source(#[from] replay::Error),
}
