//! The service, wired in the order of the data's path, and the order in which it stops.

mod onlookers;
mod opened;
mod reload;
mod resend;
mod state;
mod turn;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use aws_config::SdkConfig;
use object_store::ObjectStore;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::api::meta;
use crate::config::{Config, Place};
use crate::io::alerting::{self, AlertingHandle};
use crate::io::clock;
use crate::io::directory::{self, DirectoryHandle};
use crate::io::exporter;
use crate::io::intake::Intake;
use crate::io::kinesis::{self, Shards, heartbeat};
use crate::io::lease::{Held, LeaseHandle};
use crate::io::line::{FleetHandle, Line, intake_bytes_max};
use crate::io::pipeline::{self, PipelineHandle};
use crate::io::quotas::{self, QuotasHandle};
use crate::io::snapshots::{self, SaveHandle};
use crate::io::storage::{self, Storage};
use crate::io::store::{self, StoreHandle};
use crate::io::streamed::StreamedHandle;
use crate::io::telemetry::{Gauge, Push, Stage, Telemetry};
use crate::io::views::{self, ViewHandle};
use crate::io::web::{self, Api, Endpoint, Readiness, Setup};
use crate::notify::links::Links;
use crate::policy::Policy;
use onlookers::Onlookers;
use opened::{Around, Opened, send_again};
use reload::answer_reloads;
pub use reload::{ReloadError, Reloaded};
pub use resend::{ReplayError, replay};
use state::{Saver, take_over};
pub use turn::{Turn, Waiting};

/// Part of the grace period that is kept for the last checkpoints after everything else was given up.
const FAREWELL: Duration = Duration::from_secs(2);

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
    /// Another process is active, or may be soon.
    #[error("the lease is lost: another fanin is active, or takes over soon; started again, this one stands by")]
    LeaseLost,
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
    /// The right to run, where several may.
    held: Option<Held>,
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
    /// Waits for its turn and starts everything; when it returns, the service takes telemetry. `sdk` are the settings of `io::aws`.
    ///
    /// # Errors
    /// When anything that is configured cannot be used.
    pub async fn start(config: Config, sdk: SdkConfig) -> Result<Self, Error> {
        let turn = Waiting::begin(&config, &sdk).await?.turn().await;
        Box::pin(Self::start_in(turn, config, sdk, None)).await
    }

    /// The same for who has its turn already; `demo` tells of a simulated fleet.
    ///
    /// # Errors
    /// When anything that is configured cannot be used; the lease is given back then.
    pub async fn start_in(
        Turn { listener, held, passive }: Turn,
        config: Config,
        sdk: SdkConfig,
        demo: Option<meta::Demo>,
    ) -> Result<Self, Error> {
        let lease = held.as_ref().map(|held| held.handle().clone());
        match Box::pin(Self::start_with(listener, lease, config, sdk, demo)).await {
            Ok(service) => {
                if let Some(passive) = passive {
                    passive.end().await;
                }
                Ok(Self { held, ..service })
            }
            Err(error) => {
                if let Some(held) = held {
                    held.release().await;
                }
                Err(error)
            }
        }
    }

    async fn start_with(
        listener: TcpListener,
        lease: Option<LeaseHandle>,
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
        telemetry.set(Gauge::Active, 1);
        if let Some(lease) = lease {
            alerting.told_while(lease.clone());
            let _ = background.spawn(give_way(lease, alerting.clone(), closing.clone(), stop.clone()));
        }
        let (intake, taken) = Intake::new(intake_bytes_max(&config.delivery));
        let progress = intake.progress().clone();
        progress.resume(alerting.progress());
        let onlookers = Onlookers { alerting: alerting.clone(), store: store.clone() };
        let around = Around { directory: &directory, streamed, progress: &progress, telemetry: &telemetry };
        let policy = Policy::compile(&config.policy);
        let (parts, writer) = opened.parts(&config, policy.clone(), around, onlookers, emitted);
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
        let (seen, seen_until, checked) = (pipeline.clone(), pipeline.clone(), readiness.clone());
        let views = ViewHandle::new(views::Parts {
            alerting: alerting.clone(),
            directory: directory.clone(),
            fleet: line.fleet(),
            telemetry: telemetry.clone(),
            store: store.clone(),
            troubles: Box::new(move || seen.troubles()),
            silent_after: config.page.silent_after,
            price: config.page.price.clone(),
            seen_until: Box::new(move || seen_until.seen_until()),
            sources: Box::new(move || checked.missing().is_empty()),
        });
        let _ = background.spawn(views.clone().run(stop.clone()));
        let quotas = QuotasHandle::load(config.quotas.clone(), &*state.object_store(), &line.fleet()).await;
        let at_work = quotas::Parts {
            fleet: line.fleet(),
            alerting: alerting.clone(),
            directory: directory.clone(),
            sdk: Arc::clone(&sdk),
            store: state.object_store(),
        };
        let _ = background.spawn(quotas.clone().run(at_work, stop.clone()));
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
            quotas,
            again: send_again(&config, policy, &sdk, &intake, dead_letters, &directory),
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
        let forwarded = heartbeat::streams(&config.kinesis);
        let n_streams = config.kinesis.len() + forwarded.len();
        let _ = background.spawn(await_sources(shards.clone(), n_streams, readiness.clone(), closing.clone()));
        config.kinesis.iter().chain(&forwarded).for_each(|stream| progress.expect(&stream.stream));
        for stream in forwarded {
            let (progress, telemetry) = (progress.clone(), telemetry.clone());
            let (sdk, shards, closing) = (Arc::clone(&sdk), shards.clone(), closing.clone());
            let _ =
                sources.spawn(async move { heartbeat::run(&stream, &sdk, progress, telemetry, shards, closing).await });
        }
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
            held: None,
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
        reload::reload(&self.directory, &self.alerting, &self.telemetry).await
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

    /// Waits until a source fails for good, or another process is or may be active. Never returns while all is well.
    pub async fn failed(&mut self) -> Error {
        let lost = async {
            match &self.held {
                Some(held) => held.handle().lost().await,
                None => std::future::pending().await,
            }
        };
        let source_failed = async {
            loop {
                match self.sources.join_next().await {
                    Some(Ok(Err(error))) => return error,
                    Some(Ok(Ok(())) | Err(_)) => {}
                    None => std::future::pending().await,
                }
            }
        };
        tokio::select! {
            biased;
            () = lost => Error::LeaseLost,
            error = source_failed => {
                self.readiness.not_ready("sources", error.to_string());
                error.into()
            }
        }
    }

    /// Stops in this order: not ready, take nothing more, let batches leave, wait until everything taken is safe, save the
    /// checkpoints, give back the lease, end. What cannot be delivered within the grace period is left to the sources.
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
        // Last of all: who stands by goes on from what was saved.
        if let Some(held) = self.held {
            held.release().await;
        }
        if finished { Drained::Whole } else { Drained::Cut }
    }
}

fn names(config: &Config) -> Vec<String> {
    config.destinations.iter().map(|destination| destination.name.clone()).collect()
}

fn directory_handle(config: &Config) -> DirectoryHandle {
    let routes = config.destinations.iter().map(|destination| destination.route.clone()).collect();
    DirectoryHandle::new(&config.directory, routes)
}

async fn open(setting: &'static str, place: &Place, sdk: &SdkConfig) -> Result<Storage, Error> {
    Storage::open(place, sdk).await.map_err(|source| Error::Storage { setting, source })
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

/// Once the lease is or may be gone, nobody is told anything and nothing more is taken.
async fn give_way(lease: LeaseHandle, alerting: AlertingHandle, closing: CancellationToken, stop: CancellationToken) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = lease.lost() => {
            alerting.fence();
            closing.cancel();
        }
    }
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
