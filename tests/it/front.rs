//! The HTTP front by its contract: what senders and operators see, and what comes out of its other end.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod emulated;
mod firehose;
mod operations;
mod otlp;
mod server;

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use fanin::config::{AccessKey, HttpSource, Secret};
use fanin::delivery::{Delivery, Settlement};
use fanin::io::intake::{Intake, Taken};
use fanin::io::progress::ProgressHandle;
use fanin::io::telemetry::{Counter, Telemetry};
use fanin::io::web::{self, Endpoint, Limits, Readiness, ReloadRequest, Setup};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Enough for anything that happens at all.
const SOON: Duration = Duration::from_secs(20);

/// A running front whose deliveries come out at `line`.
struct Front {
    address: SocketAddr,
    progress: ProgressHandle,
    line: mpsc::Receiver<Taken>,
    reloads: mpsc::Receiver<ReloadRequest>,
    telemetry: Telemetry,
    readiness: Readiness,
    firehose: Endpoint,
    closing: CancellationToken,
    stop: CancellationToken,
    served: JoinHandle<()>,
}

/// What a test may want otherwise.
struct Options {
    keys: Vec<AccessKey>,
    body_bytes_max: usize,
    intake_bytes: u32,
    limits: Limits,
}

impl Default for Options {
    fn default() -> Self {
        Self { keys: Vec::new(), body_bytes_max: 1 << 20, intake_bytes: 64 << 20, limits: Limits::default() }
    }
}

impl Front {
    async fn start() -> Self {
        Self::start_with(Options::default()).await
    }

    async fn start_with(options: Options) -> Self {
        let (intake, line) = Intake::new(options.intake_bytes);
        let (reload, reloads) = mpsc::channel(1);
        let source = HttpSource { keys: options.keys, body_bytes_max: options.body_bytes_max };
        let setup = Setup {
            intake,
            telemetry: Telemetry::default(),
            readiness: Readiness::new(&["directory", "sources"]),
            firehose: Some(Endpoint::new(&source)),
            otlp: Some(Endpoint::new(&source)),
            api: None,
            reload: Some(reload),
            limits: options.limits,
            closing: CancellationToken::new(),
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let stop = CancellationToken::new();
        Self {
            address: listener.local_addr().unwrap(),
            progress: setup.intake.progress().clone(),
            line,
            reloads,
            telemetry: setup.telemetry.clone(),
            readiness: setup.readiness.clone(),
            firehose: setup.firehose.clone().unwrap(),
            closing: setup.closing.clone(),
            served: tokio::spawn(web::serve(listener, setup, stop.clone())),
            stop,
        }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn counted(&self, counter: Counter) -> u64 {
        self.telemetry.snapshot().counter(counter)
    }

    /// The next delivery, to be settled by the test.
    async fn taken(&mut self) -> Taken {
        within("a delivery", self.line.recv()).await.expect("the front is running")
    }

    /// The next delivery, settled as told.
    async fn settled(&mut self, settlement: Settlement) -> Delivery {
        let taken = self.taken().await;
        taken.settle.send(settlement).expect("someone waits for the settlement");
        taken.delivery
    }

    fn took_nothing_more(&mut self) -> bool {
        self.line.try_recv().is_err()
    }
}

fn key(name: &str, secret: &str) -> AccessKey {
    AccessKey { name: name.to_owned(), secret: Secret::new(secret.to_owned()), accounts: None }
}

/// Sends a request from a task of its own, so that the test can play the other end meanwhile.
fn send(request: reqwest::RequestBuilder) -> JoinHandle<Answer> {
    tokio::spawn(async move { Answer::of(request.send().await.expect("the front answers")).await })
}

/// An answer, read whole.
#[derive(Debug)]
struct Answer {
    status: u16,
    headers: reqwest::header::HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    async fn of(response: reqwest::Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Self { status, headers, body: response.bytes().await.expect("the answer is whole").to_vec() }
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

async fn answer(request: reqwest::RequestBuilder) -> Answer {
    within("an answer", send(request)).await.unwrap()
}

async fn get(front: &Front, path: &str) -> Answer {
    answer(reqwest::Client::new().get(front.url(path))).await
}

async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(SOON, future).await.unwrap_or_else(|_| panic!("waited {SOON:?} for {what}"))
}

/// Looks until it is so.
async fn eventually(what: &str, mut so: impl FnMut() -> bool) {
    let looking = async {
        while !so() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    within(what, looking).await;
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut compressor = libdeflater::Compressor::new(libdeflater::CompressionLvl::default());
    let mut out = vec![0; compressor.gzip_compress_bound(data.len())];
    let length = compressor.gzip_compress(data, &mut out).unwrap();
    out.truncate(length);
    out
}
