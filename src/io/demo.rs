//! The demo: a whole fleet on one machine. Everything between the simulated accounts and the backend is what `fanin run` does.

mod backend;
mod producer;
mod report;
mod rules;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use aws_config::{BehaviorVersion, Region};
use aws_sdk_kinesis::config::Credentials;
use ferrokinesis::store::StoreOptions;
use tokio::net::TcpListener;
use tokio::sync::broadcast;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::config::{AccessKey, Compression, Config, Destination, HttpSource, Kinesis, Secret, Storage};
use crate::incident::Notification;
use crate::io::aws;
use crate::io::service::{self, Drained, Service};
use crate::simulate::Simulation;
use backend::Backend;
use producer::{Producer, Sent};
pub use report::{Report, Stage};

const STREAM: &str = "fanin-demo";
const ACCESS_KEY: &str = "demo";
const SHARDS: i32 = 4;
const REGION: &str = "eu-central-1";

/// How long the end of the demo waits for the last records.
const SETTLE_WITHIN: Duration = Duration::from_secs(20);

/// Grace period of the service; by then its sources are gone anyway.
const GRACE_PERIOD: Duration = Duration::from_secs(5);

/// What the demo shall be.
#[derive(Clone, Debug)]
pub struct Options {
    /// Simulated accounts.
    pub accounts: u32,
    /// Log events a second.
    pub rate: u32,
    /// Seed of everything that is left to chance.
    pub seed: u64,
    /// Where the service listens.
    pub listen: SocketAddr,
    /// A destination that takes the place of the demo's own backend; nothing can be told lost or doubled then.
    pub destinations: Vec<Destination>,
    /// A folder of the demo's own for state, spill, dead letters and directory; its content is not kept.
    pub folder: PathBuf,
}

/// Why the demo did not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The service.
    #[error(transparent)]
    Service(#[from] service::Error),
    /// The demo's own servers.
    #[error("the demo cannot start its {what}")]
    Server {
        /// Which of them.
        what: &'static str,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// A running demo.
#[derive(Debug)]
pub struct Demo {
    service: Service,
    producer: JoinSet<()>,
    servers: JoinSet<()>,
    backend: Option<Backend>,
    sent: Sent,
    begun: Instant,
    accounts: u32,
    stop_producer: CancellationToken,
    stop_servers: CancellationToken,
}

impl Demo {
    /// Starts Kinesis, a backend, the service and the accounts.
    ///
    /// # Errors
    /// When one of them cannot be started.
    pub async fn start(options: Options) -> Result<Self, Error> {
        let (stop_producer, stop_servers) = (CancellationToken::new(), CancellationToken::new());
        let mut servers = JoinSet::new();
        let kinesis_url = start_kinesis(&mut servers, &stop_servers).await?;
        let kinesis = kinesis_client(&kinesis_url);
        create_stream(&kinesis).await?;

        let (mut destinations, mut backend) = (options.destinations.clone(), None);
        if destinations.is_empty() {
            let (listener, address) = bind("backend").await?;
            let started = Backend::default();
            let _ = servers.spawn(started.clone().serve(listener, stop_servers.clone()));
            let destination = Destination::new("demo-backend", format!("http://{address}"));
            destinations.push(Destination { compression: Compression::None, ..destination });
            backend = Some(started);
        }
        let simulation = Simulation::new(options.accounts as usize, options.seed);
        let directory = options.folder.join("accounts.csv");
        write_directory(&directory, &simulation).await?;
        let mut config = config(&options, destinations, &kinesis_url, directory);
        let written = rules::write(&options.folder.join("alerts"), &format!("http://{}", options.listen)).await;
        config.alerting = written.map_err(|source| Error::Server { what: "rules", source: source.into() })?;
        let service = Box::pin(Service::start(config, aws::fixed(credentials(), REGION))).await?;

        let sent = Sent::default();
        let running = Producer::new(simulation, options.rate, kinesis, service.address(), sent.clone());
        let mut producer = JoinSet::new();
        let _ = producer.spawn(running.run(stop_producer.clone()));
        let (begun, accounts) = (Instant::now(), options.accounts);
        Ok(Self { service, producer, servers, backend, sent, begun, accounts, stop_producer, stop_servers })
    }

    /// Where the service listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.service.address()
    }

    /// How it stands now.
    #[must_use]
    pub fn report(&self) -> Report {
        report::report(self)
    }

    /// What people are told from now on.
    #[must_use]
    pub fn notifications(&self) -> broadcast::Receiver<Arc<Notification>> {
        self.service.alerting().notifications()
    }

    /// Waits until the service fails by itself. Never returns while all is well.
    pub async fn failed(&mut self) -> Error {
        self.service.failed().await.into()
    }

    /// Lets the accounts fall silent, waits until everything they sent has arrived, and stops.
    pub async fn stop(mut self) -> Report {
        self.stop_producer.cancel();
        let deadline = Instant::now() + SETTLE_WITHIN;
        // The endpoint answers once records are safe, so a backend that is down holds the senders, too.
        if timeout_at(deadline, async { while self.producer.join_next().await.is_some() {} }).await.is_err() {
            self.producer.abort_all();
        }
        while !self.report().is_settled() && Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let report = self.report();
        let drained = self.service.stop().await;
        self.stop_servers.cancel();
        self.servers.abort_all();
        Report { drained: drained == Drained::Whole, ..report }
    }
}

async fn bind(what: &'static str) -> Result<(TcpListener, SocketAddr), Error> {
    let bound = async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        Ok::<_, std::io::Error>((listener, address))
    };
    bound.await.map_err(|source| Error::Server { what, source: source.into() })
}

async fn start_kinesis(servers: &mut JoinSet<()>, stop: &CancellationToken) -> Result<String, Error> {
    let options = StoreOptions { create_stream_ms: 0, aws_region: REGION.into(), ..StoreOptions::default() };
    let (app, _store) = ferrokinesis::create_app(options);
    let (listener, address) = bind("Kinesis").await?;
    let stop = stop.clone();
    let _ = servers.spawn(async move {
        let served = axum::serve(listener, app).with_graceful_shutdown(async move { stop.cancelled().await }).await;
        if let Err(error) = served {
            tracing::error!(%error, "the demo's Kinesis stopped");
        }
    });
    Ok(format!("http://{address}"))
}

fn credentials() -> Credentials {
    Credentials::new("demo", "demo", None, None, "demo")
}

fn kinesis_client(url: &str) -> aws_sdk_kinesis::Client {
    let config = aws_sdk_kinesis::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static(REGION))
        .credentials_provider(credentials())
        .endpoint_url(url)
        .build();
    aws_sdk_kinesis::Client::from_conf(config)
}

async fn create_stream(kinesis: &aws_sdk_kinesis::Client) -> Result<(), Error> {
    let failed = |source| Error::Server { what: "Kinesis stream", source };
    let _ = kinesis
        .create_stream()
        .stream_name(STREAM)
        .shard_count(SHARDS)
        .send()
        .await
        .map_err(|error| failed(error.into()))?;
    loop {
        let summary =
            kinesis.describe_stream_summary().stream_name(STREAM).send().await.map_err(|error| failed(error.into()))?;
        let status = summary.stream_description_summary().map(|summary| summary.stream_status().as_str().to_owned());
        if status.as_deref() == Some("ACTIVE") {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn write_directory(path: &PathBuf, simulation: &Simulation) -> Result<(), Error> {
    let mut csv = String::from("account,tenant,name,tier,region,ring\n");
    for entry in simulation.directory() {
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        let region = entry.region.map(|region| region.to_string());
        let ring = text(entry.labels.get("ring").map(String::as_str));
        csv += &format!(
            "{},{},{},{},{},{ring}\n",
            entry.account,
            entry.tenant,
            text(entry.name.as_deref()),
            text(entry.tier.as_deref()),
            text(region.as_deref())
        );
    }
    tokio::fs::write(path, csv).await.map_err(|source| Error::Server { what: "directory", source: source.into() })
}

fn config(options: &Options, destinations: Vec<Destination>, kinesis_url: &str, directory: PathBuf) -> Config {
    let mut config = Config::default();
    config.server.listen = options.listen;
    config.server.grace_period = GRACE_PERIOD;
    config.kinesis = vec![Kinesis {
        region: crate::id::Region::parse(REGION).ok(),
        endpoint: Some(kinesis_url.into()),
        ..Kinesis::new(STREAM)
    }];
    let key = AccessKey { name: "demo".into(), secret: Secret::new(ACCESS_KEY.into()), accounts: None };
    config.firehose = Some(HttpSource { keys: vec![key], body_bytes_max: 64 << 20 });
    config.directory.file = Some(directory);
    config.destinations = destinations;
    config.storage = Storage::in_folder(&options.folder);
    config.delivery.workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    config
}
