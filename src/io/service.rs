//! The service, wired in the order of the data's path, and the order in which it stops.

mod onlookers;

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use aws_config::SdkConfig;
use bytes::Bytes;
use futures::FutureExt as _;
use object_store::ObjectStore;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, Semaphore, mpsc};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::api::meta;
use crate::chunk::{Chunk, Destinations};
use crate::config::{Config, Destination, Place};
use crate::export::{Batch, Verdict};
use crate::id::{AccountId, Signal};
use crate::io::alerting::{self, AlertingHandle, Emissions};
use crate::io::checkpoints::Checkpoints;
use crate::io::dead_letters::DeadLetters;
use crate::io::directory::{self, DirectoryHandle};
use crate::io::exporter::{self, Exporter};
use crate::io::intake::Intake;
use crate::io::kinesis::{self, Shards};
use crate::io::line::{Emission, FleetHandle, Line, Parts, intake_bytes_max};
use crate::io::pipeline::{self, PipelineHandle};
use crate::io::progress::ProgressHandle;
use crate::io::replay::again::{self, Again};
use crate::io::snapshots::{self, SaveHandle, Snapshots};
use crate::io::spill::Spill;
use crate::io::storage::{self, Storage};
use crate::io::store::{self, StoreHandle};
use crate::io::streamed::StreamedHandle;
use crate::io::telemetry::{Counter, Gauge, Push, Stage, Telemetry};
use crate::io::views::{self, ViewHandle};
use crate::io::web::{self, Api, Endpoint, Readiness, ReloadRequest, Setup};
use crate::io::{clock, replay};
use crate::notify::links::Links;
use crate::policy::Policy;
use onlookers::Onlookers;

/// Part of the grace period that is kept for the last checkpoints after everything else was given up.
const FAREWELL: Duration = Duration::from_secs(2);

/// How often the state is taken over anew when its owner saves at the same time.
const TAKE_OVERS_MAX: usize = 10;

/// Reloads that wait.
const RELOADS_WAITING_MAX: usize = 4;

/// Why the service did not start, or ended by itself.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address is taken or not ours.
    #[error("cannot listen on {address}: choose another address (server.listen or --listen), or end what uses it")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// State, spill or dead letters.
    #[error("storage.{setting} cannot be used")]
    Storage {
        /// Which of them.
        setting: &'static str,
        /// Why.
        #[source]
        source: storage::Error,
    },
    /// The state of an earlier run.
    #[error("storage.state: the state of the last run cannot be used")]
    Snapshots(#[from] snapshots::Error),
    /// The directory file.
    #[error("the directory cannot be used")]
    Directory(#[from] directory::FileError),
    /// A destination.
    #[error("a destination cannot be used")]
    Destination(#[from] exporter::Error),
    /// A stream.
    #[error(transparent)]
    Kinesis(#[from] kinesis::Error),
    /// Rules, receivers, or their state.
    #[error(transparent)]
    Alerting(#[from] alerting::Error),
    /// What is kept for the page.
    #[error("the page's store cannot be used")]
    Store(#[from] store::Error),
    /// Fanin's own metrics.
    #[error("telemetry cannot be exported")]
    Telemetry(#[from] crate::io::telemetry::OtlpError),
}

/// A running service.
#[derive(Debug)]
pub struct Service {
    address: SocketAddr,
    grace_period: Duration,
    telemetry: Telemetry,
    readiness: Readiness,
    directory: DirectoryHandle,
    shards: Shards,
    pipeline: PipelineHandle,
    views: ViewHandle,
    intake: Option<Intake>,
    line: Line,
    saver: Saver,
    alerting: AlertingHandle,
    store: StoreHandle,
    /// Kinesis readers; the first one that fails ends the service.
    sources: JoinSet<Result<(), kinesis::Error>>,
    background: JoinSet<()>,
    writer: JoinHandle<()>,
    push: Option<Push>,
    /// Sources take nothing more.
    closing: CancellationToken,
    /// Everything else ends.
    stop: CancellationToken,
}

/// How a stop went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drained {
    /// All that was taken is safe.
    Whole,
    /// The grace period ran out; the sources still have what was not delivered and will send it again.
    Cut,
}

impl Service {
    /// Starts everything; when it returns, the service takes telemetry. `sdk` are the settings of `io::aws`.
    ///
    /// # Errors
    /// When anything that is configured cannot be used.
    pub async fn start(config: Config, sdk: SdkConfig) -> Result<Self, Error> {
        let listener = listen(config.server.listen).await?;
        Box::pin(Self::start_at(listener, config, sdk, None)).await
    }

    /// The same where something listens already; `demo` tells of a simulated fleet.
    ///
    /// # Errors
    /// When anything that is configured cannot be used.
    pub async fn start_at(
        listener: TcpListener,
        config: Config,
        sdk: SdkConfig,
        demo: Option<meta::Demo>,
    ) -> Result<Self, Error> {
        let sdk = Arc::new(sdk);
        let telemetry = Telemetry::new(names(&config), clock::now());
        let address = listener.local_addr().unwrap_or(config.server.listen);
        let (closing, stop) = (CancellationToken::new(), CancellationToken::new());

        let state = open("state", &config.storage.state, &sdk).await?;
        let mut background = JoinSet::new();
        let directory = keep_directory(&config, &sdk, state.object_store(), &stop, &mut background).await?;

        let streamed = StreamedHandle::load(&*state.object_store()).await;
        let _ = background.spawn(streamed.clone().run(state.object_store(), stop.clone()));
        let opened = Opened::open(&config, &sdk).await?;
        let store = open_store(&config, &telemetry).await?;
        // Last of all that can fail: who runs now goes on telling people unless this one can take over from it.
        let (saver, emitted) = take_over(&config, &sdk, &state, &directory, &telemetry).await?;
        let (alerting, checkpoints) = (saver.alerting.clone(), saver.checkpoints.clone());
        telemetry.set(Gauge::Rules, alerting.n_rules() as u64);
        let (intake, taken) = Intake::new(intake_bytes_max(&config.delivery));
        let progress = intake.progress().clone();
        progress.resume(alerting.progress());
        let onlookers = Onlookers { alerting: alerting.clone(), store: store.clone() };
        let around = Around { directory: &directory, streamed, progress: &progress, telemetry: &telemetry };
        let (parts, writer) = opened.parts(&config, around, onlookers, emitted);
        let dead_letters = parts.dead_letters.clone();
        let line = Line::start(parts, taken);
        watch(&telemetry, &config, &intake, &line, &directory);

        let readiness = Readiness::new(&["sources"]);
        match config.kinesis.as_slice() {
            [] => readiness.ready("sources"),
            [_, ..] => readiness.not_ready("sources", "the shards of a Kinesis stream could not be listed yet"),
        }
        let shards = Shards::default();
        let pipeline = PipelineHandle::new(pipeline::Parts {
            telemetry: telemetry.clone(),
            shards: shards.clone(),
            checkpoints: checkpoints.clone(),
            progress: progress.clone(),
            directory: directory.clone(),
            fleet: line.fleet(),
            alerting: alerting.clone(),
            destinations: names(&config),
            receivers: config.alerting.receivers.iter().map(|receiver| receiver.name.clone()).collect(),
            store: {
                let store = store.clone();
                Box::new(move || store.status())
            },
        });
        let _ = background.spawn(pipeline.clone().run(stop.clone()));
        let views = watch_fleet(
            &alerting,
            &directory,
            &line,
            &store,
            &pipeline,
            &readiness,
            &telemetry,
            config.page.silent_after,
        );
        let _ = background.spawn(views.clone().run(stop.clone()));
        let (reload, reloads) = mpsc::channel(RELOADS_WAITING_MAX);
        let _ = background.spawn(answer_reloads(
            reloads,
            (directory.clone(), alerting.clone()),
            telemetry.clone(),
            stop.clone(),
        ));
        let save = SaveHandle::default();
        let api = Api {
            alerting: alerting.clone(),
            directory: directory.clone(),
            fleet: line.fleet(),
            shards: shards.clone(),
            store: store.clone(),
            views: views.clone(),
            pipeline: pipeline.clone(),
            again: send_again(&config, &sdk, &intake, dead_letters, &directory).await?,
            telemetry: telemetry.clone(),
            page: config.page.clone(),
            started: clock::now(),
            demo,
            save: save.clone(),
            links: Links::new(config.alerting.external_url.as_deref()),
            streams: Arc::new(Semaphore::new(web::STREAMS_MAX)),
            closing: closing.clone(),
        };
        let setup = Setup {
            intake: intake.clone(),
            telemetry: telemetry.clone(),
            readiness: readiness.clone(),
            firehose: config.firehose.as_ref().map(Endpoint::new),
            otlp: config.otlp.as_ref().map(Endpoint::new),
            reload: Some(reload),
            api: Some(api),
            limits: web::Limits { grace_period: config.server.grace_period, ..web::Limits::default() },
            closing: closing.clone(),
        };
        let _ = background.spawn(web::serve(listener, setup, stop.clone()));

        let mut sources = JoinSet::new();
        let _ =
            background.spawn(await_sources(shards.clone(), config.kinesis.len(), readiness.clone(), closing.clone()));
        config.kinesis.iter().for_each(|stream| progress.expect(&stream.stream));
        for stream in config.kinesis {
            let (intake, checkpoints, telemetry) = (intake.clone(), checkpoints.clone(), telemetry.clone());
            let (sdk, shards, closing) = (Arc::clone(&sdk), shards.clone(), closing.clone());
            let _ = sources.spawn(async move {
                kinesis::run(&stream, &sdk, intake, checkpoints, telemetry, shards, closing).await
            });
        }
        // What stops being read must not look like silence, so no tick is evaluated once the sources stop.
        let _ = background.spawn(alerting.clone().run(progress, closing.clone()));
        let _ = background.spawn(alerting.clone().tell(stop.clone()));
        let _ = background.spawn(saver.clone().run(config.storage.snapshot_interval, save, stop.clone()));
        let push = config
            .telemetry
            .otlp_endpoint
            .as_deref()
            .map(|endpoint| Push::start(&telemetry, endpoint, config.telemetry.interval))
            .transpose()?;
        Ok(Self {
            address,
            grace_period: config.server.grace_period,
            telemetry,
            readiness,
            directory,
            shards,
            pipeline,
            views,
            intake: Some(intake),
            line,
            saver,
            alerting,
            store,
            sources,
            background,
            writer,
            push,
            closing,
            stop,
        })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its own metrics.
    #[must_use]
    pub const fn telemetry(&self) -> &Telemetry {
        &self.telemetry
    }

    /// The directory.
    #[must_use]
    pub const fn directory(&self) -> &DirectoryHandle {
        &self.directory
    }

    /// The rules at work.
    #[must_use]
    pub const fn alerting(&self) -> &AlertingHandle {
        &self.alerting
    }

    /// What is kept for the page.
    #[must_use]
    pub const fn store(&self) -> &StoreHandle {
        &self.store
    }

    /// Reads the directory and the rules again now, and tells what is there.
    ///
    /// # Errors
    /// When one of them cannot be used; it stays as it was.
    pub async fn reload(&self) -> Result<Reloaded, ReloadError> {
        reload(&self.directory, &self.alerting, &self.telemetry).await
    }

    /// The shards that are read.
    #[must_use]
    pub const fn shards(&self) -> &Shards {
        &self.shards
    }

    /// The picture of the fleet.
    #[must_use]
    pub const fn views(&self) -> &ViewHandle {
        &self.views
    }

    /// How the pipeline is doing.
    #[must_use]
    pub const fn pipeline(&self) -> &PipelineHandle {
        &self.pipeline
    }

    /// Counts of the accounts.
    #[must_use]
    pub fn fleet(&self) -> FleetHandle {
        self.line.fleet()
    }

    /// Waits until a source fails for good. Never returns while all is well.
    pub async fn failed(&mut self) -> Error {
        loop {
            match self.sources.join_next().await {
                Some(Ok(Err(error))) => {
                    self.readiness.not_ready("sources", error.to_string());
                    return error.into();
                }
                Some(Ok(Ok(())) | Err(_)) => {}
                None => std::future::pending().await,
            }
        }
    }

    /// Stops in this order: not ready, take nothing more, let batches leave, wait until everything taken is safe, save the
    /// checkpoints, end. What cannot be delivered within the grace period is left to the sources.
    pub async fn stop(mut self) -> Drained {
        let deadline = Instant::now() + self.grace_period.saturating_sub(FAREWELL);
        self.readiness.not_ready("sources", "the service is stopping");
        self.closing.cancel();
        self.line.drain();
        let intake = self.intake.take();
        let settled = async {
            while self.sources.join_next().await.is_some() {}
            if let Some(intake) = &intake {
                intake.close().await;
            }
        };
        let drained = timeout_at(deadline, settled).await.is_ok();
        drop(intake);
        // Until now the HTTP server told that it is not ready. It answers what is under way, then lets go of its intake; only
        // then do the workers end.
        self.stop.cancel();
        let finished = drained && timeout_at(deadline, self.line.finish()).await.is_ok();
        if !finished {
            self.line.abandon();
            self.sources.abort_all();
        }
        let farewell = Instant::now() + FAREWELL;
        let _late = timeout_at(farewell, async { while self.background.join_next().await.is_some() {} }).await;
        let _was_logged = self.saver.save().await;
        drop(self.line);
        let _late = timeout_at(farewell, self.writer).await;
        let _late = timeout_at(farewell, self.store.close()).await;
        if let Some(push) = self.push {
            push.stop().await;
        }
        if finished { Drained::Whole } else { Drained::Cut }
    }
}

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
    let (parts, writer) = Opened::open(config, sdk).await?.parts(config, around, onlookers, Emissions::channel().1);
    let dead_letters = parts.dead_letters.clone();
    let mut line = Line::start(parts, taken);
    let exporters = Arc::new(exporters(config, sdk).await?);
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

/// What sends dead letters again, through the line that runs.
async fn send_again(
    config: &Config,
    sdk: &Arc<SdkConfig>,
    intake: &Intake,
    dead_letters: DeadLetters,
    directory: &DirectoryHandle,
) -> Result<Again, Error> {
    let exporters = Arc::new(exporters(config, sdk).await?);
    let export = move |name: &str, signal, request| {
        let (exporters, name) = (Arc::clone(&exporters), name.to_owned());
        async move { export(&exporters, &name, signal, request).await }.boxed()
    };
    Ok(Again::new(again::Parts {
        place: config.storage.dead_letters.clone(),
        sdk: Arc::clone(sdk),
        intake: intake.clone(),
        export: Arc::new(export),
        dead_letters,
        retry_wait: (config.delivery.retry_wait_min, config.delivery.retry_wait_max),
        directory: directory.clone(),
        normalize: config.normalize.clone(),
        policy: Policy::compile(&config.policy),
    }))
}

/// Sends an encoded request to the destination of that name. The chunk's account and count matter to the line only.
async fn export(exporters: &[(Destination, Exporter)], name: &str, signal: Signal, request: Bytes) -> Verdict {
    let Some((index, (_, exporter))) = exporters.iter().enumerate().find(|(_, (known, _))| known.name == name) else {
        return Verdict::Refused { message: format!("the configuration has no destination {name:?}") };
    };
    let account = AccountId::parse("000000000000").expect("twelve digits");
    let chunk = Chunk { signal, account, records: 0, destinations: Destinations::NONE.with(index), bytes: request };
    exporter.send(&Batch { signal, destination: index, chunks: vec![chunk] }).await
}

fn names(config: &Config) -> Vec<String> {
    config.destinations.iter().map(|destination| destination.name.clone()).collect()
}

fn directory_handle(config: &Config) -> DirectoryHandle {
    let routes = config.destinations.iter().map(|destination| destination.route.clone()).collect();
    DirectoryHandle::new(&config.directory, routes)
}

async fn exporters(config: &Config, sdk: &SdkConfig) -> Result<Vec<(Destination, Exporter)>, Error> {
    let mut exporters = Vec::new();
    for destination in &config.destinations {
        exporters.push((destination.clone(), Exporter::new(destination, Some(sdk)).await?));
    }
    Ok(exporters)
}

/// What a line shares with others.
struct Around<'a> {
    directory: &'a DirectoryHandle,
    streamed: StreamedHandle,
    progress: &'a ProgressHandle,
    telemetry: &'a Telemetry,
}

/// What a line works with that must be opened.
struct Opened {
    spill: Spill,
    dead_letters: DeadLetters,
    /// The writer of the dead letters, which ends after the line.
    writer: JoinHandle<()>,
    exporters: Vec<(Destination, Exporter)>,
}

impl Opened {
    async fn open(config: &Config, sdk: &SdkConfig) -> Result<Self, Error> {
        let spill = Spill::open(&config.storage.spill, sdk).await;
        let spill = spill.map_err(|source| Error::Storage { setting: "spill", source })?;
        let opened = DeadLetters::open(&config.storage.dead_letters, sdk).await;
        let (dead_letters, writer) = opened.map_err(|source| Error::Storage { setting: "dead_letters", source })?;
        Ok(Self { spill, dead_letters, writer, exporters: exporters(config, sdk).await? })
    }

    fn parts(
        self,
        config: &Config,
        around: Around<'_>,
        onlookers: Onlookers,
        emissions: mpsc::Receiver<Emission>,
    ) -> (Parts, JoinHandle<()>) {
        let parts = Parts {
            directory: around.directory.clone(),
            normalize: config.normalize.clone(),
            policy: Policy::compile(&config.policy),
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

/// Goes on from the state of the last run, and saves it again at once: whoever still runs with it can save nothing more, and
/// tells nobody from then on. If it saved in between, its newer state is taken instead.
async fn take_over(
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

async fn listen(address: SocketAddr) -> Result<TcpListener, Error> {
    TcpListener::bind(address).await.map_err(|source| Error::Listen { address, source })
}

async fn open(setting: &'static str, place: &Place, sdk: &SdkConfig) -> Result<Storage, Error> {
    Storage::open(place, sdk).await.map_err(|source| Error::Storage { setting, source })
}

/// The picture of the fleet, made of what works.
#[expect(clippy::too_many_arguments, reason = "each is another part of what works")]
fn watch_fleet(
    alerting: &AlertingHandle,
    directory: &DirectoryHandle,
    line: &Line,
    store: &StoreHandle,
    pipeline: &PipelineHandle,
    readiness: &Readiness,
    telemetry: &Telemetry,
    silent_after: Duration,
) -> ViewHandle {
    let (pipeline, readiness) = (pipeline.clone(), readiness.clone());
    ViewHandle::new(views::Parts {
        alerting: alerting.clone(),
        directory: directory.clone(),
        fleet: line.fleet(),
        telemetry: telemetry.clone(),
        store: store.clone(),
        troubles: Box::new(move || pipeline.troubles()),
        silent_after,
        sources: Box::new(move || readiness.missing().is_empty()),
    })
}

/// Opens what is kept for the page, beside the state where that is a folder.
async fn open_store(config: &Config, telemetry: &Telemetry) -> Result<StoreHandle, Error> {
    let folder = match &config.storage.state {
        Place::Folder(folder) => Some(folder.clone()),
        Place::S3 { .. } | Place::Firehose { .. } => None,
    };
    let (settings, telemetry) = (config.page.store.clone(), telemetry.clone());
    let attribute = config.directory.tenant_attribute.clone();
    let open = move || StoreHandle::open(&settings, folder.as_deref(), &attribute, telemetry);
    let opened = tokio::task::spawn_blocking(open).await;
    Ok(opened.expect("opening the store does not panic")?)
}

async fn keep_directory(
    config: &Config,
    sdk: &Arc<SdkConfig>,
    store: Arc<dyn ObjectStore>,
    stop: &CancellationToken,
    background: &mut JoinSet<()>,
) -> Result<DirectoryHandle, Error> {
    let handle = directory_handle(config);
    directory::load(&config.directory, &*store, &handle).await?;
    let (settings, sdk, kept, stop) = (config.directory.clone(), Arc::clone(sdk), handle.clone(), stop.clone());
    let _ = background.spawn(async move { directory::run(settings, &sdk, store, kept, stop.cancelled()).await });
    Ok(handle)
}

/// Ready once the shards of every stream are known, and until nothing more is taken. The directory was loaded before.
async fn await_sources(shards: Shards, n_streams: usize, readiness: Readiness, closing: CancellationToken) {
    if closing.run_until_cancelled(shards.streams_listed(n_streams)).await.is_some() && !closing.is_cancelled() {
        readiness.ready("sources");
    }
    closing.cancelled().await;
    readiness.not_ready("sources", "the service is stopping");
}

/// Gauges that are asked for when they are read.
fn watch(telemetry: &Telemetry, config: &Config, intake: &Intake, line: &Line, directory: &DirectoryHandle) {
    telemetry.set(Gauge::MemoryLimitBytes, config.delivery.memory_bytes_max as u64);
    let (taken, held) = (intake.usage(), line.fleet());
    telemetry.watch(Gauge::MemoryBytes, move || (taken.bytes_in_use() + held.held_bytes()) as u64);
    let (taken, queued, held) = (intake.usage(), line.fleet(), line.fleet());
    telemetry.watch(Gauge::QueueBytes(Stage::Intake), move || taken.bytes_in_use() as u64);
    telemetry.watch(Gauge::QueueBytes(Stage::Batch), move || queued.queued_bytes() as u64);
    let under_way = move || held.held_bytes().saturating_sub(held.queued_bytes()) as u64;
    telemetry.watch(Gauge::QueueBytes(Stage::Export), under_way);
    let (known, unknown, tagged) = (directory.clone(), directory.clone(), directory.clone());
    telemetry.watch(Gauge::WrongTagAccounts, move || tagged.accounts_with_findings().unwrap_or_default() as u64);
    telemetry.watch(Gauge::DirectoryAccounts, move || known.current().entries().len() as u64);
    telemetry.watch(Gauge::UnknownAccounts, move || unknown.unknown_accounts() as u64);
}

async fn answer_reloads(
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

async fn reload(
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

/// Saves positions and the state of the rules together.
#[derive(Clone, Debug)]
struct Saver {
    checkpoints: Checkpoints,
    alerting: AlertingHandle,
    snapshots: Arc<Mutex<Snapshots>>,
    telemetry: Telemetry,
}

impl Saver {
    async fn run(self, interval: Duration, save: SaveHandle, stop: CancellationToken) {
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
    async fn save(&self) -> Result<(), snapshots::Error> {
        let (mut snapshot, at) = (self.checkpoints.snapshot(), clock::now());
        let alerting = self.alerting.clone();
        match tokio::task::spawn_blocking(move || alerting.to_bytes()).await {
            Ok(bytes) => snapshot.alerting = bytes,
            Err(error) => {
                tracing::error!(%error, "the state of the rules could not be taken");
                return Ok(());
            }
        }
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
