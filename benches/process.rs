//! The whole process: Firehose requests over loopback into `fanin run`, OTLP/HTTP out, beside a bare program that only moves
//! the bytes with the same fast steps: no tags, no attributes, no promises, no queue.
//!
//! `cargo bench --bench process` prints CPU seconds for each GB of inflated log bytes, their ratio, and the peak memory of `fanin run`.

#![expect(clippy::print_stdout, reason = "a bench tells its figures")]

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use fanin::simulate::Simulation;
use fanin::time::Timestamp;
use serde_json::json;

const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);
/// Firehose's default buffer is 5 MB of records; these are about a fifth of that.
const RECORDS_PER_REQUEST: u32 = 150;
const REQUESTS: u32 = 48;
/// The corpus is posted so many times.
const ROUNDS: usize = 8;
const CONNECTIONS: usize = 4;

struct Corpus {
    bodies: Vec<Bytes>,
    inflated_bytes: u64,
    events: u64,
    directory: String,
}

/// Most payloads are small, one in fifty is large, as subscription filters deliver them.
fn corpus() -> Corpus {
    let mut simulation = Simulation::new(200, 1);
    let (mut bodies, mut inflated_bytes) = (Vec::new(), 0);
    for request in 0..REQUESTS {
        let mut records = Vec::new();
        for index in 0..RECORDS_PER_REQUEST {
            let events = if index % 50 == 49 { 2_000 } else { 1 + (index * 7 + request) % 60 };
            let payload = simulation.payload_of(NOW, events);
            inflated_bytes += payload.json.len() as u64;
            records.push(json!({"data": base64_simd::STANDARD.encode_to_string(gzip(payload.json.as_bytes()))}));
        }
        let body = json!({"requestId": request.to_string(), "timestamp": NOW.millis(), "records": records});
        bodies.push(Bytes::from(body.to_string()));
    }
    let mut directory = String::from("account,tenant,tier\n");
    for entry in simulation.directory() {
        directory += &format!("{},{},{}\n", entry.account, entry.tenant, entry.tier.unwrap_or_default());
    }
    Corpus { bodies, inflated_bytes, events: simulation.events(), directory }
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
    encoder.write_all(data).expect("memory takes everything");
    encoder.finish().expect("memory takes everything")
}

/// A program that only moves bytes, as `--bare ADDRESS OTLP_URL`.
mod bare {
    use axum::Router;
    use axum::body::Bytes;
    use axum::extract::{DefaultBodyLimit, State};
    use axum::http::StatusCode;
    use axum::routing::post;
    use bumpalo::Bump;
    use fanin::chunk::Destinations;
    use fanin::envelope::cloudwatch_logs::parse;
    use fanin::firehose;
    use fanin::id::AccountId;
    use fanin::inflate::Inflater;
    use fanin::json::Scanner;
    use fanin::otlp::logs::{LogsWriter, Resource};
    use fanin::proto::Writer;
    use fanin::record::log::Log;
    use fanin::record::resource::Producer;
    use fanin::tenant::Tag;
    use fanin::time::Timestamp;
    use tokio::net::TcpListener;

    pub(super) async fn serve(address: String, otlp: String, gzip: bool) {
        let listener = TcpListener::bind(address).await.expect("the address is free");
        let client = reqwest::Client::new();
        let routes = Router::new().route("/firehose", post(take)).layer(DefaultBodyLimit::disable());
        axum::serve(listener, routes.with_state((client, otlp, gzip))).await.expect("it serves until it is ended");
    }

    async fn take(State((client, otlp, gzip)): State<(reqwest::Client, String, bool)>, body: Bytes) -> StatusCode {
        let mut request = encode(body);
        let mut post = client.post(otlp).header("content-type", "application/x-protobuf");
        if gzip {
            let mut compressor =
                libdeflater::Compressor::new(libdeflater::CompressionLvl::new(1).expect("it is a level"));
            let mut compressed = vec![0; compressor.gzip_compress_bound(request.len())];
            let length = compressor.gzip_compress(&request, &mut compressed).expect("the bound holds");
            compressed.truncate(length);
            request = compressed;
            post = post.header("content-encoding", "gzip");
        }
        match post.body(request).send().await {
            Ok(answer) if answer.status().is_success() => StatusCode::OK,
            Ok(_) | Err(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn encode(body: Bytes) -> Vec<u8> {
        let parsed = firehose::parse(body).expect("the corpus is whole");
        let (mut inflater, mut inflated, mut bump, mut out) =
            (Inflater::default(), Vec::new(), Bump::new(), Writer::new());
        let tag = Tag {
            tenant: String::new(),
            tier: String::new(),
            attributes: Vec::new(),
            destinations: Destinations::NONE,
            known: false,
        };
        for range in &parsed.records {
            let gzip = base64_simd::STANDARD.decode_to_vec(&parsed.body[range.clone()]).expect("the corpus is whole");
            inflater.inflate(&gzip, 64 << 20, &mut inflated).expect("the corpus is whole");
            let text = simdutf8::basic::from_utf8(&inflated).expect("the corpus is whole");
            let payload = parse(&mut Scanner::new(text), &bump).expect("the corpus is whole");
            let resource = Resource {
                account: AccountId::parse(payload.owner).expect("the corpus is whole"),
                region: None,
                log_group: payload.log_group,
                log_stream: payload.log_stream,
                file: "",
                producer: Producer::default(),
                tag: &tag,
            };
            let mut writer = LogsWriter::begin(&mut out, &resource);
            for event in &payload.events {
                let mut log = Log::new(event.message, parsed.timestamp, &bump);
                log.time = event.timestamp.map(Timestamp::from_millis);
                log.event_id = event.id;
                writer.record(&log);
            }
            writer.end();
            drop(payload);
            bump.reset();
        }
        out.into_vec()
    }
}

/// CPU seconds and peak resident bytes of a process.
fn usage(process: &Child) -> (f64, u64) {
    const TICKS_PER_SECOND: f64 = 100.0;
    let read =
        |name: &str| std::fs::read_to_string(format!("/proc/{}/{name}", process.id())).expect("the process runs");
    let stat = read("stat");
    let fields: Vec<_> = stat.rsplit(')').next().expect("it has a name").split_whitespace().collect();
    let ticks: f64 = [fields[11], fields[12]].iter().map(|ticks| ticks.parse::<f64>().expect("a number")).sum();
    let status = read("status");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("Linux tells it");
    let kilobytes: u64 = peak.trim().trim_end_matches(" kB").parse().expect("a number");
    (ticks / TICKS_PER_SECOND, kilobytes * 1024)
}

/// Takes OTLP and counts requests and bytes, nothing else.
async fn sink() -> (SocketAddr, Arc<AtomicU64>) {
    let bytes = Arc::new(AtomicU64::new(0));
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port is free");
    let address = listener.local_addr().expect("it is bound");
    let count = |State(bytes): State<Arc<AtomicU64>>, body: Bytes| async move {
        let _ = bytes.fetch_add(body.len() as u64, Ordering::Relaxed);
    };
    let limit = axum::extract::DefaultBodyLimit::disable();
    let routes = Router::new().route("/v1/logs", post(count)).route("/v1/metrics", post(count));
    let routes = routes.layer(limit).with_state(Arc::clone(&bytes));
    drop(tokio::spawn(async move { axum::serve(listener, routes).await }));
    (address, bytes)
}

#[expect(clippy::disallowed_methods, reason = "a bench reads the clock")]
async fn measure(name: &str, process: &mut Child, address: SocketAddr, corpus: &Corpus, received: &AtomicU64) -> f64 {
    let client = reqwest::Client::new();
    let url = format!("http://{address}/firehose");
    let deadline = Instant::now() + Duration::from_secs(20);
    while client.get(&url).send().await.is_err() {
        assert!(
            Instant::now() < deadline && process.try_wait().is_ok_and(|ended| ended.is_none()),
            "{name} does not start"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let ((cpu_before, _), start) = (usage(process), Instant::now());
    let mut posts = tokio::task::JoinSet::new();
    for connection in 0..CONNECTIONS {
        let (client, url, bodies) = (client.clone(), url.clone(), corpus.bodies.clone());
        let _ = posts.spawn(async move {
            for round in 0..ROUNDS {
                for (index, body) in bodies.iter().enumerate().filter(|(index, _)| index % CONNECTIONS == connection) {
                    // Another round is another request: its id differs, so that it is not taken for a retry.
                    let text = String::from_utf8_lossy(body).replacen(
                        &format!("\"requestId\":\"{index}\""),
                        &format!("\"requestId\":\"{index}-{round}\""),
                        1,
                    );
                    let answer = client
                        .post(&url)
                        .header("content-type", "application/json")
                        .body(text)
                        .send()
                        .await
                        .expect("it answers");
                    assert!(answer.status().is_success(), "{}", answer.status());
                }
            }
        });
    }
    let _ = posts.join_all().await;
    let (cpu, peak) = usage(process);
    let gigabytes = corpus.inflated_bytes as f64 * ROUNDS as f64 / 1e9;
    let (seconds, wall) = ((cpu - cpu_before) / gigabytes, start.elapsed().as_secs_f64());
    println!(
        "{name:<14} {seconds:>6.2} CPU s/GB  {:>6.0} MB/s wall  peak {:>4} MiB  {:>5} MB sent on",
        gigabytes * 1e3 / wall,
        peak >> 20,
        received.swap(0, Ordering::Relaxed) / 1_000_000
    );
    process.kill().expect("it runs");
    let _status = process.wait();
    seconds
}

fn free_address() -> SocketAddr {
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
    listener.local_addr().expect("it is bound")
}

fn start_bare(sink: SocketAddr, gzip: bool) -> (Child, SocketAddr) {
    let (address, this) = (free_address(), std::env::args().next().expect("a program has a name"));
    let compression = if gzip { "gzip" } else { "none" };
    let arguments = ["--bare".to_owned(), address.to_string(), format!("http://{sink}/v1/logs"), compression.into()];
    (Command::new(this).args(arguments).spawn().expect("it starts"), address)
}

fn start_fanin(folder: &Path, sink: SocketAddr, compression: &str, corpus: &Corpus) -> (Child, SocketAddr) {
    let address = free_address();
    let config = format!(
        "server: {{listen: \"{address}\"}}\nsources: {{firehose: {{}}}}\ndirectory: {{file: accounts.csv}}\n\
         destinations: [{{name: sink, endpoint: \"http://{sink}\", compression: {compression}, batch_wait: 50ms}}]\n\
         storage: {{state: state, spill: spill, dead_letters: dead-letters}}\n"
    );
    std::fs::write(folder.join("accounts.csv"), &corpus.directory).expect("the folder is ours");
    std::fs::write(folder.join("config.yaml"), config).expect("the folder is ours");
    let run = ["run", "-c"].map(std::ffi::OsString::from).into_iter().chain([folder.join("config.yaml").into()]);
    let fanin =
        Command::new(env!("CARGO_BIN_EXE_fanin")).args(run).env("RUST_LOG", "warn").stderr(Stdio::inherit()).spawn();
    (fanin.expect("it starts"), address)
}

#[tokio::main]
async fn main() {
    let arguments: Vec<_> = std::env::args().collect();
    if let [_, flag, address, otlp, compression] = arguments.as_slice()
        && flag == "--bare"
    {
        return bare::serve(address.clone(), otlp.clone(), compression == "gzip").await;
    }
    let corpus = corpus();
    let megabytes = corpus.inflated_bytes as f64 / 1e6;
    println!(
        "corpus: {REQUESTS} requests, {} events, {megabytes:.0} MB inflated, posted {ROUNDS} times",
        corpus.events
    );
    let folder = tempfile::tempdir().expect("a folder can be made");
    for compression in ["none", "gzip"] {
        let (address, received) = sink().await;
        let (mut process, bare) = start_bare(address, compression == "gzip");
        let least = measure(&format!("bare {compression}"), &mut process, bare, &corpus, &received).await;
        let (mut process, fanin) = start_fanin(folder.path(), address, compression, &corpus);
        let ours = measure(&format!("fanin {compression}"), &mut process, fanin, &corpus, &received).await;
        println!("ratio {compression}: {:.2}", ours / least);
    }
}
