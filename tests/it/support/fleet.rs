//! The whole service for one test: tenant accounts in front of it, a backend behind it, its folders at hand.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::fs;
use std::io::Write as _;
use std::net::SocketAddr;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use fanin::config::{Compression, Config, Destination, HttpSource, LogMetrics, Storage};
use fanin::fleet::Account;
use fanin::id::AccountId;
use fanin::io::service::{Drained, Service};
use fanin::io::{aws, clock};
use fanin::letter::{Letter, line};
use fanin::simulate::Simulation;
use fanin::time::Timestamp;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinHandle;

use super::kinesis::sdk_config;
use super::receiver::Backend;

/// A running service.
pub(crate) struct Fleet {
    pub(crate) folder: TempDir,
    pub(crate) service: Service,
}

impl Fleet {
    /// With the settings of `config`.
    pub(crate) async fn start(backend: &Backend) -> Self {
        Self::start_with(backend, |_| {}).await
    }

    /// With other settings.
    pub(crate) async fn start_with(backend: &Backend, change: impl FnOnce(&mut Config)) -> Self {
        // A configuration is long, and a test holds several futures.
        Box::pin(async move {
            let folder = TempDir::new().unwrap();
            let mut config = config(folder.path(), &backend.url());
            change(&mut config);
            let service = start(config).await;
            Self { folder, service }
        })
        .await
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.service.address()
    }

    /// Posts records as Firehose does, and goes on; the task gives the status of the answer.
    pub(crate) fn post(&self, records: &[Vec<u8>]) -> JoinHandle<u16> {
        post(self.address(), records)
    }

    /// The counts of an account.
    pub(crate) fn counts(&self, account: &str) -> Account {
        let account = AccountId::parse(account).unwrap();
        self.service.fleet().read(|fleet| fleet.get(account).copied().unwrap_or_default()).unwrap()
    }

    /// What lies in the dead letters.
    pub(crate) fn dead_letters(&self) -> Vec<Letter> {
        letters(&self.folder.path().join("dead-letters"))
    }

    /// Stops, and gives the folder with everything that is kept.
    pub(crate) async fn stop(self) -> (Drained, TempDir) {
        (self.service.stop().await, self.folder)
    }
}

/// Starts a service.
pub(crate) async fn start(config: Config) -> Service {
    Box::pin(Service::start(config, sdk_config().await)).await.unwrap()
}

/// Short waits, so that faults and their ends come soon; never spills. One log record for each event and nothing besides,
/// so that records can be counted.
pub(crate) fn config(folder: &Path, backend_url: &str) -> Config {
    let mut config = Config::default();
    config.server.listen = SocketAddr::from(([127, 0, 0, 1], 0));
    config.firehose = Some(HttpSource::firehose());
    config.normalize.multiline = false;
    config.normalize.log_metrics = LogMetrics::Never;
    config.destinations = vec![destination("backend", backend_url)];
    config.delivery.retry_wait_min = Duration::from_millis(10);
    config.delivery.retry_wait_max = Duration::from_millis(50);
    config.delivery.spill_after = Duration::MAX;
    config.delivery.workers = 2;
    config.storage = Storage { snapshot_interval: Duration::from_millis(100), ..Storage::in_folder(folder) };
    config
}

/// A backend that gets its batches soon and as they are.
pub(crate) fn destination(name: &str, url: &str) -> Destination {
    let batch_wait = Duration::from_millis(20);
    Destination { compression: Compression::None, batch_wait, ..Destination::new(name, url) }
}

/// Replays what lies in a folder through a line of its own, and removes what was accepted.
pub(crate) async fn replay(config: &Config, source: &Path) -> fanin::io::replay::Summary {
    let options = replay_options(source);
    let stop = tokio_util::sync::CancellationToken::new();
    Box::pin(fanin::io::service::replay(&options, config, &aws::none(), &stop)).await.unwrap()
}

pub(crate) fn replay_options(source: &Path) -> fanin::io::replay::Options {
    let source = source.display().to_string();
    fanin::io::replay::Options { source, after: Default::default(), region: None, endpoint: None }
}

/// Posts records as Firehose does, and goes on; the task gives the status of the answer.
pub(crate) fn post(address: SocketAddr, records: &[Vec<u8>]) -> JoinHandle<u16> {
    let records: Vec<_> = records.iter().map(|data| base64_simd::STANDARD.encode_to_string(data)).collect();
    post_encoded(address, &records)
}

/// The same for records that are encoded already, well or badly.
pub(crate) fn post_encoded(address: SocketAddr, records: &[String]) -> JoinHandle<u16> {
    static REQUESTS: AtomicU64 = AtomicU64::new(0);
    let request_id = format!("00000000-0000-4000-8000-{:012}", REQUESTS.fetch_add(1, Ordering::Relaxed));
    let records: Vec<Value> = records.iter().map(|data| json!({ "data": data })).collect();
    let body = json!({ "requestId": request_id, "timestamp": clock::now().millis(), "records": records }).to_string();
    tokio::spawn(async move {
        let request = client().post(format!("http://{address}/firehose"));
        let request = request.header("X-Amz-Firehose-Protocol-Version", "1.0");
        let request =
            request.header("X-Amz-Firehose-Request-Id", request_id).header("Content-Type", "application/json");
        request.body(body).send().await.map_or(0, |answer| answer.status().as_u16())
    })
}

/// One for all, since each reads the system's certificates; without connections that outlive a test's runtime.
fn client() -> &'static reqwest::Client {
    static CLIENT: OnceLock<reqwest::Client> = OnceLock::new();
    CLIENT.get_or_init(|| reqwest::Client::builder().pool_max_idle_per_host(0).build().unwrap())
}

/// A payload of CloudWatch Logs with one event for each number; its id is the number.
pub(crate) fn payload(account: &str, ids: Range<u64>, message: impl Fn(u64) -> String) -> Vec<u8> {
    let now = clock::now().millis();
    let events: Vec<_> =
        ids.map(|id| json!({ "id": id.to_string(), "timestamp": now, "message": message(id) })).collect();
    let payload = json!({
        "messageType": "DATA_MESSAGE", "owner": account, "logGroup": "/acme/app", "logStream": "s",
        "subscriptionFilters": ["fanin"], "logEvents": events,
    });
    gzip(payload.to_string().as_bytes())
}

/// Payloads of a simulated fleet with at least `n_events` events in all.
pub(crate) fn simulated(simulation: &mut Simulation, n_events: u64) -> Vec<Vec<u8>> {
    let (until, now) = (simulation.events() + n_events, Timestamp::from_seconds(1_800_000_000));
    let mut payloads = Vec::new();
    while simulation.events() < until {
        payloads.push(gzip(simulation.payload(now).json.as_bytes()));
    }
    payloads
}

pub(crate) fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

/// What `gzip` made smaller.
pub(crate) fn gunzip(data: &[u8]) -> Vec<u8> {
    let mut decoder = flate2::write::GzDecoder::new(Vec::new());
    decoder.write_all(data).unwrap();
    decoder.finish().unwrap()
}

/// All letters in a folder and the folders in it.
pub(crate) fn letters(folder: &Path) -> Vec<Letter> {
    let mut letters = Vec::new();
    for file in files(folder) {
        let content = fs::read(file).unwrap();
        let lines = content.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        letters.extend(lines.map(|letter| line::parse(letter).unwrap()));
    }
    letters
}

/// All files in a folder and the folders in it.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(self::files(&path)) } else { files.push(path) }
    }
    files.sort();
    files
}
