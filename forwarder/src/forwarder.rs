//! The forwarder at work: the line of `fanin run`, opened by the same configuration, with what suits a function that may be frozen
//! between two invocations.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use aws_config::SdkConfig;
use fanin::config::problem::Problem;
use fanin::config::{Carries, Config, Destination, Kinesis};
use fanin::io::configuration::{self, Secrets, Source, remote};
use fanin::io::dead_letters::DeadLetters;
use fanin::io::directory::{self, DirectoryHandle};
use fanin::io::exporter::{self, Exporter};
use fanin::io::intake::Intake;
use fanin::io::line::{Line, Parts, intake_bytes_max};
use fanin::io::put::Sink;
use fanin::io::spill::Spill;
use fanin::io::storage::{self, Storage};
use fanin::io::streamed::StreamedHandle;
use fanin::io::telemetry::Telemetry;
use fanin::io::{clock, rule_files};
use fanin::policy::Policy;
use fanin::sample::Sampling;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::samples::Samples;

/// Chunks of one invocation come within milliseconds of each other; a second, as `fanin run` waits, would be paid for.
const BATCH_WAIT_MAX: Duration = Duration::from_millis(10);

/// A backend that fails this long has its batches spilled, unless that is configured to be never: an invocation has no time to wait.
const SPILL_AFTER_MAX: Duration = Duration::from_secs(5);

/// The longest wait before a batch is sent again.
const RETRY_WAIT_MAX: Duration = Duration::from_secs(1);

/// The keys that a forwarder reads. It needs no secret of receivers, of the page and of HTTP sources, and is not allowed to.
const KEEP_ONLY: &[(&[&str], &[&str])] = &[
    (&[], &["sources", "directory", "normalize", "policy", "destinations", "delivery", "storage", "alerting"]),
    (&["sources"], &["kinesis"]),
    (&["alerting"], &["rules"]),
];

/// Why the forwarder cannot work.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody said where the configuration is.
    #[error("FANIN_CONFIG is not set: name the configuration, a file of the package or s3://bucket/folder/fanin.yaml")]
    NoConfiguration,
    /// The configuration cannot be copied.
    #[error(transparent)]
    Remote(#[from] remote::Error),
    /// What is wrong with configuration or rules.
    #[error("{}", lines(.0))]
    Problems(Vec<Problem>),
    /// A place to keep things.
    #[error("storage.{setting} cannot be used")]
    Storage {
        /// Which of them.
        setting: &'static str,
        /// Why.
        #[source]
        source: storage::Error,
    },
    /// The directory file.
    #[error("the directory cannot be used")]
    Directory(#[from] directory::FileError),
    /// A destination.
    #[error("a destination cannot be used")]
    Destination(#[from] exporter::Error),
}

fn lines(problems: &[Problem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// The configuration as it is written.
///
/// # Errors
/// When it cannot be read, or is wrong.
pub async fn configuration(file: PathBuf, environment: BTreeMap<String, String>) -> Result<Config, Error> {
    let source = Source { file: Some(file), environment, keep_only: KEEP_ONLY, ..Source::default() };
    let checked = configuration::load(&source, Secrets::All).await.map_err(Error::Problems)?;
    checked.warnings.iter().for_each(|warning| tracing::warn!("{warning}"));
    Ok(checked.config)
}

/// A running forwarder.
#[derive(Debug)]
pub struct Forwarder {
    intake: Intake,
    samples: Arc<Samples>,
    telemetry: Telemetry,
    config: Config,
    sdk: SdkConfig,
    state: Storage,
    directory: DirectoryHandle,
    /// Held so that it works on.
    _line: Line,
    sending: JoinHandle<()>,
}

impl Drop for Forwarder {
    fn drop(&mut self) {
        self.sending.abort();
    }
}

impl Forwarder {
    /// Opens everything that is configured. `memory_bytes` is what the function may use.
    ///
    /// # Errors
    /// When something that is configured cannot be used.
    pub async fn start(config: Config, sdk: SdkConfig, memory_bytes: Option<usize>) -> Result<Self, Error> {
        let config = suited(config, memory_bytes);
        let names = config.destinations.iter().map(|destination| destination.name.clone()).collect();
        let telemetry = Telemetry::new(names, clock::now());
        let open = |setting| move |source| Error::Storage { setting, source };
        let state = Storage::open(&config.storage.state, &sdk).await.map_err(open("state"))?;
        let routes = config.destinations.iter().map(|destination| destination.route.clone()).collect();
        let directory = DirectoryHandle::new(&config.directory, routes);
        directory::load(&config.directory, &*state.object_store(), &directory).await?;
        let (rules, problems) = rule_files::read_rules(&config.alerting.rules).await.map_err(Error::Problems)?;
        problems.iter().for_each(|problem| tracing::warn!("{problem}"));
        let sink = samples_stream(&config).map(|stream| Sink::open(stream, &sdk));
        let samples = Arc::new(Samples::new(Sampling::of(&rules), sink));
        let spill = Spill::open(&config.storage.spill, &sdk).await.map_err(open("spill"))?;
        let (dead_letters, _ends_by_itself) =
            DeadLetters::open(&config.storage.dead_letters, &sdk).await.map_err(open("dead_letters"))?;
        let (intake, taken) = Intake::new(intake_bytes_max(&config.delivery));
        let parts = Parts {
            directory: directory.clone(),
            normalize: config.normalize.clone(),
            policy: Policy::compile(&config.policy),
            streamed: StreamedHandle::load(&*state.object_store()).await,
            limits: config.delivery.clone(),
            exporters: exporters(&config, &sdk).await?,
            onlooker: Arc::<Samples>::clone(&samples),
            emissions: mpsc::channel(1).1,
            spill,
            dead_letters,
            progress: intake.progress().clone(),
            telemetry: telemetry.clone(),
        };
        let line = Line::start(parts, taken);
        let sending = tokio::spawn(Arc::clone(&samples).run());
        Ok(Self { intake, samples, telemetry, config, sdk, state, directory, _line: line, sending })
    }

    /// The way in.
    #[must_use]
    pub const fn intake(&self) -> &Intake {
        &self.intake
    }

    /// What goes to the rules.
    #[must_use]
    pub const fn samples(&self) -> &Arc<Samples> {
        &self.samples
    }

    /// What was counted.
    #[must_use]
    pub const fn telemetry(&self) -> &Telemetry {
        &self.telemetry
    }

    /// The AWS SDK's settings.
    #[must_use]
    pub const fn sdk(&self) -> &SdkConfig {
        &self.sdk
    }

    /// Takes the directory anew: the file, and the copy of AWS Organizations that `fanin run` keeps.
    pub async fn refresh_directory(&self) {
        let loaded = directory::load(&self.config.directory, &*self.state.object_store(), &self.directory).await;
        if let Err(error) = loaded {
            tracing::warn!(error = fanin::io::chain(&error), "the directory stays as it was");
        }
    }
}

/// The stream that samples go to.
fn samples_stream(config: &Config) -> Option<&Kinesis> {
    config.kinesis.iter().find(|stream| stream.carries == Carries::Samples)
}

async fn exporters(config: &Config, sdk: &SdkConfig) -> Result<Vec<(Destination, Exporter)>, Error> {
    let mut exporters = Vec::new();
    for destination in &config.destinations {
        exporters.push((destination.clone(), Exporter::new(destination, Some(sdk)).await?));
    }
    Ok(exporters)
}

/// The configuration with limits that suit an invocation.
fn suited(mut config: Config, memory_bytes: Option<usize>) -> Config {
    for destination in &mut config.destinations {
        destination.batch_wait = destination.batch_wait.min(BATCH_WAIT_MAX);
    }
    let limits = &mut config.delivery;
    if limits.spill_after != Duration::MAX {
        limits.spill_after = limits.spill_after.min(SPILL_AFTER_MAX);
    }
    limits.retry_wait_max = limits.retry_wait_max.min(RETRY_WAIT_MAX);
    limits.retry_wait_min = limits.retry_wait_min.min(limits.retry_wait_max);
    if let Some(memory_bytes) = memory_bytes {
        limits.memory_bytes_max = limits.memory_bytes_max.min(memory_bytes / 2);
    }
    config
}
