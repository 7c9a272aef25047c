//! `bootstrap`: what Lambda starts.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use aws_config::{BehaviorVersion, SdkConfig};
use fanin::io::configuration::remote::{self, Remote};
use fanin::io::{chain, clock};
use fanin_forwarder::answer::Answer;
use fanin_forwarder::forwarder::{self, Error, Forwarder};
use fanin_forwarder::{event, handler};
use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::value::RawValue;
use tokio::sync::Mutex;
use tokio::time::Instant;
use tracing_subscriber::EnvFilter;

/// Where the configuration is.
const CONFIG: &str = "FANIN_CONFIG";

/// Bytes of memory of the function, in mebibytes. Source: Lambda developer guide, "Defined runtime environment variables".
const MEMORY: &str = "AWS_LAMBDA_FUNCTION_MEMORY_SIZE";

/// How often it is looked whether configuration and directory changed.
const REFRESH_INTERVAL: Duration = Duration::from_secs(60);

/// The longest that an invocation waits for that.
const REFRESH_MAX: Duration = Duration::from_secs(5);

#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(std::io::stdout).without_time().init();
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("the forwarder cannot work: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let sdk = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let app = match App::start(sdk, std::env::vars().collect()).await {
        Ok(app) => Arc::new(app),
        Err(error) => return Err(chain(&error).into()),
    };
    let handle = service_fn(move |event: LambdaEvent<Box<RawValue>>| {
        let app = Arc::clone(&app);
        async move { app.handle(event).await }
    });
    Box::pin(lambda_runtime::run_concurrent(handle)).await
}

/// The forwarder, and what it is made of.
struct App {
    current: ArcSwap<Forwarder>,
    sdk: SdkConfig,
    environment: BTreeMap<String, String>,
    refresh: Mutex<Refresh>,
}

/// What changes while the function lives.
struct Refresh {
    remote: Option<Remote>,
    due: Instant,
}

impl App {
    async fn start(sdk: SdkConfig, environment: BTreeMap<String, String>) -> Result<Self, Error> {
        let path = environment.get(CONFIG).filter(|path| !path.is_empty()).ok_or(Error::NoConfiguration)?;
        let path = PathBuf::from(path);
        let (file, remote) = if remote::is_remote(&path) {
            let mut remote = open(&path, &sdk, &environment).await?;
            let file = remote.copy().await?.unwrap_or(path);
            (file, Some(remote))
        } else {
            (path, None)
        };
        let forwarder = make(file, &sdk, &environment).await?;
        Ok(Self {
            current: ArcSwap::from_pointee(forwarder),
            sdk,
            environment,
            refresh: Mutex::new(Refresh { remote, due: Instant::now() + REFRESH_INTERVAL }),
        })
    }

    async fn handle(&self, event: LambdaEvent<Box<RawValue>>) -> Result<Answer, lambda_runtime::Error> {
        let failed_reloads = match tokio::time::timeout(REFRESH_MAX, self.refresh()).await {
            Ok(failed) => failed,
            Err(_) => {
                tracing::warn!("configuration and directory could not be looked at in time; they stay as they were");
                1
            }
        };
        let LambdaEvent { payload, context } = event;
        let event = event::parse(payload.get(), &context.invoked_function_arn, clock::now())?;
        drop(payload);
        let forwarder = self.current.load_full();
        Ok(handler::handle(&forwarder, event, handler::deadline(context.deadline), failed_reloads).await?)
    }

    /// Looks whether configuration or directory changed. A new configuration that is wrong never takes the place of a good one.
    /// Gives how often it failed.
    async fn refresh(&self) -> u64 {
        // Another invocation looks already.
        let Ok(mut refresh) = self.refresh.try_lock() else { return 0 };
        if Instant::now() < refresh.due {
            return 0;
        }
        refresh.due = Instant::now() + REFRESH_INTERVAL;
        match self.changed(&mut refresh).await {
            Ok(Some(forwarder)) => {
                tracing::info!("the configuration has changed; from now on the new one holds");
                self.current.store(Arc::new(forwarder));
            }
            Ok(None) => self.current.load_full().refresh_directory().await,
            Err(error) => {
                tracing::error!("the configuration stays as it was: {}", chain(&error));
                return 1;
            }
        }
        0
    }

    async fn changed(&self, refresh: &mut Refresh) -> Result<Option<Forwarder>, Error> {
        let Some(remote) = &mut refresh.remote else { return Ok(None) };
        let Some(file) = remote.copy().await? else { return Ok(None) };
        make(file, &self.sdk, &self.environment).await.map(Some)
    }
}

async fn open(path: &Path, sdk: &SdkConfig, environment: &BTreeMap<String, String>) -> Result<Remote, Error> {
    let folder = std::env::temp_dir().join(format!("fanin-forwarder-{}", std::process::id()));
    let endpoint = environment.get(remote::ENDPOINT).cloned();
    Ok(Remote::open(&path.display().to_string(), endpoint, &folder, sdk).await?)
}

async fn make(file: PathBuf, sdk: &SdkConfig, environment: &BTreeMap<String, String>) -> Result<Forwarder, Error> {
    let memory: Option<usize> = environment.get(MEMORY).and_then(|text| text.parse().ok());
    let config = forwarder::configuration(file, environment.clone()).await?;
    Box::pin(Forwarder::start(config, sdk.clone(), memory.map(|mebibytes| mebibytes << 20))).await
}
