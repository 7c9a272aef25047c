//! The demo: a whole fleet on one machine. Everything between the simulated accounts and the backend is what `fanin run` does.

mod backend;
mod kinesis;
mod directory;
mod producer;
mod report;
mod rules;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::broadcast;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::api::meta;
use crate::config::{AccessKey, Compression, Config, Destination, HttpSource, Kinesis, Secret, Storage};
use crate::incident::Notification;
use crate::io::service::{self, Drained, Service, Turn};
use crate::io::{aws, clock};
use crate::simulate::Simulation;
use crate::simulate::scenario::Scenario;
use backend::Backend;
use directory::DirectoryFile;
use kinesis::Reading;
use producer::{Producer, Sent};
pub use report::{Report, Stage};

const STREAM: &str = "fanin-demo";
const ACCESS_KEY: &str = "demo";
const REGION: &str = "eu-central-1";

/// How long the end of the demo waits while none of the last records arrives.
const STALLED_AFTER: Duration = Duration::from_secs(20);

/// How long it waits for the last records in all: as long as a slow machine takes for what was held up for minutes.
const SETTLE_WITHIN: Duration = Duration::from_secs(300);

/// How long it waits for what was made of the last records beside them: metrics of log messages.
const LINGER: Duration = Duration::from_secs(3);

/// Memory of a demo in which one tenant floods: little, so that it is felt.
const MEMORY_BYTES_FLOODED: usize = 16 << 20;

/// Bytes of a batch of that demo: few, so that its slower backend answers in time.
const BATCH_BYTES_FLOODED: usize = 256 << 10;

/// After how long without anything an account of the demo is silent; each says something every 20 seconds.
const SILENT_AFTER: Duration = Duration::from_secs(60);

/// Bytes of the store.
const STORE_BYTES_MAX: u64 = 512 << 20;

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
    /// What happens to the accounts.
    pub scenario: Scenario,
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

/// Listens where the service will: at the usual address or, where that is taken, at a free port.
///
/// # Errors
/// When an address that was asked for cannot be had.
pub async fn listen(asked: Option<SocketAddr>) -> Result<TcpListener, Error> {
    let usual = Config::default().server.listen;
    let address = asked.unwrap_or(usual);
    match TcpListener::bind(address).await {
        Ok(listener) => Ok(listener),
        Err(error) if asked.is_none() && error.kind() == io::ErrorKind::AddrInUse => bind("page").await,
        Err(source) => Err(service::Error::Listen { address, source }.into()),
    }
}

async fn bind(what: &'static str) -> Result<TcpListener, Error> {
    let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
    bound.map_err(|source| Error::Server { what, source: source.into() })
}

fn address(listener: &TcpListener) -> Result<SocketAddr, Error> {
    listener.local_addr().map_err(|source| Error::Server { what: "server", source: source.into() })
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
    /// Starts Kinesis, a backend, the service at `listener`, and the accounts.
    ///
    /// # Errors
    /// When one of them cannot be started.
    pub async fn start(listener: TcpListener, options: Options) -> Result<Self, Error> {
        let (stop_producer, stop_servers) = (CancellationToken::new(), CancellationToken::new());
        let mut servers = JoinSet::new();
        let reading = Reading::default();
        let url = kinesis::start(options.scenario, reading.clone(), &mut servers, &stop_servers).await?;
        let kinesis = kinesis::client(&url);
        kinesis::create_stream(&kinesis).await?;

        let (mut destinations, mut backend) = (options.destinations.clone(), None);
        if destinations.is_empty() {
            let listener = bind("backend").await?;
            let destination = Destination::new("demo-backend", format!("http://{}", address(&listener)?));
            let started = Backend::default();
            let _ = servers.spawn(started.clone().serve(listener, stop_servers.clone()));
            destinations.push(Destination { compression: Compression::None, ..destination });
            backend = Some(started);
        }
        let simulation = Simulation::new(options.accounts as usize, options.seed).with_scenario(options.scenario);
        let mut directory = DirectoryFile::new(options.folder.join("accounts.csv"), clock::now());
        let failed = |what| move |source: io::Error| Error::Server { what, source: source.into() };
        directory.write(&simulation).await.map_err(failed("directory"))?;
        let listen = address(&listener)?;
        let mut config = config(&options, destinations, &url, directory.path(), listen);
        let written = rules::write(&options.folder.join("alerts"), &format!("http://{listen}")).await;
        config.alerting = written.map_err(failed("rules"))?;
        let sdk = aws::fixed(kinesis::credentials(), REGION);
        let service = Box::pin(Service::start_in(Turn::at(listener), config, sdk, Some(told(&options)))).await?;

        let sent = Sent::default();
        let running = Producer {
            simulation,
            rate: options.rate,
            kinesis,
            service: service.address(),
            sent: sent.clone(),
            directory,
            reading,
            backend: backend.clone(),
            left_out: 0,
            trouble: producer::Due::default(),
            poison: producer::Due::default(),
        };
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
        let sent = async { while self.producer.join_next().await.is_some() {} };
        if timeout_at(Instant::now() + STALLED_AFTER, sent).await.is_err() {
            self.producer.abort_all();
        }
        let (mut settled, mut accounted, mut moved) = (None, 0, Instant::now());
        while Instant::now() < deadline && settled.is_none_or(|since: Instant| since.elapsed() < LINGER) {
            let report = self.report();
            if report.accounted() > accounted {
                (accounted, moved) = (report.accounted(), Instant::now());
            }
            if report.is_settled() {
                if report.is_whole() {
                    break;
                }
                let _ = settled.get_or_insert_with(Instant::now);
            } else if moved.elapsed() > STALLED_AFTER {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let report = self.report();
        let drained = self.service.stop().await;
        self.stop_servers.cancel();
        self.servers.abort_all();
        Report { drained: drained == Drained::Whole, ..report }
    }
}

/// What the page is told of the demo.
fn told(options: &Options) -> meta::Demo {
    meta::Demo {
        seed: options.seed,
        scenario: options.scenario.to_string(),
        scenarios: Scenario::ALL.map(|scenario| scenario.to_string()).into(),
    }
}

fn config(
    options: &Options,
    mut destinations: Vec<Destination>,
    kinesis_url: &str,
    directory: PathBuf,
    listen: SocketAddr,
) -> Config {
    let mut config = Config::default();
    config.server.listen = listen;
    config.server.grace_period = GRACE_PERIOD;
    config.kinesis = vec![Kinesis {
        region: crate::id::Region::parse(REGION).ok(),
        endpoint: Some(kinesis_url.into()),
        ..Kinesis::new(STREAM)
    }];
    let key = AccessKey { name: "demo".into(), secret: Secret::new(ACCESS_KEY.into()), accounts: None };
    config.firehose = Some(HttpSource { keys: vec![key], body_bytes_max: 64 << 20 });
    config.directory.file = Some(directory);
    if options.scenario == Scenario::NoisyTenant {
        config.delivery.memory_bytes_max = MEMORY_BYTES_FLOODED;
        destinations.iter_mut().for_each(|destination| destination.batch_bytes_max = BATCH_BYTES_FLOODED);
    }
    config.destinations = destinations;
    config.storage = Storage::in_folder(&options.folder);
    config.delivery.workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    config.page.store.bytes_max = STORE_BYTES_MAX;
    config.page.silent_after = SILENT_AFTER;
    config
}
