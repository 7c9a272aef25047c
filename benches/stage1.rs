//! Stage 1: gzip payloads into tagged OTLP chunks, by Fanin and by the plain way, side by side in one run.
//!
//! `cargo bench --bench stage1` prints both and their ratio. `-- --once fanin|plain` runs one pass and nothing else,
//! for `valgrind --tool=callgrind`.

#![expect(clippy::print_stdout, reason = "a bench tells its figures")]

mod measure;
mod plain;

use std::hint::black_box;
use std::io::{Read, Write};

use bytes::Bytes;
use fanin::delivery::{Delivery, Origin, Payload, RawRecord, Source};
use fanin::simulate::Simulation;
use fanin::tenant::Directory;
use fanin::time::Timestamp;

const ARRIVED: Timestamp = Timestamp::from_seconds(1_800_000_000);
const PAYLOADS: usize = 4_000;

struct Corpus {
    delivery: Delivery,
    directory: Directory,
    inflated_bytes: usize,
    events: u64,
}

fn corpus() -> Corpus {
    let mut simulation = Simulation::new(200, 1);
    let (mut records, mut inflated_bytes) = (Vec::new(), 0);
    for index in 0..PAYLOADS {
        let payload = simulation.payload(ARRIVED);
        inflated_bytes += payload.json.len();
        let data = Bytes::from(gzip(payload.json.as_bytes()));
        records.push(RawRecord { data, position: index.to_string().into(), arrived: ARRIVED });
    }
    let origin = Origin { source: Source::Kinesis, name: "bench".into(), region: None };
    let delivery = Delivery { origin, payload: Payload::Records(records), accounts: None };
    let directory = Directory::new(simulation.directory(), "tenant.id", &[None]);
    Corpus { delivery, directory, inflated_bytes, events: simulation.events() }
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
    encoder.write_all(data).expect("memory takes everything");
    encoder.finish().expect("memory takes everything")
}

/// Gunzips by a streaming reader, then goes the plain way.
#[expect(clippy::disallowed_methods, reason = "the plain way is what is compared")]
fn plain(corpus: &Corpus) -> u64 {
    let Payload::Records(records) = &corpus.delivery.payload else { return 0 };
    let payload = |record: &RawRecord| {
        let mut inflated = Vec::new();
        let _ = flate2::read::GzDecoder::new(&record.data[..]).read_to_end(&mut inflated).expect("the corpus is whole");
        plain::payload(&inflated, &corpus.directory, None)
    };
    records.iter().map(payload).sum()
}

fn main() {
    let corpus = corpus();
    let arguments: Vec<_> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|argument| argument == "--once") {
        let plain_way = arguments.get(at + 1).is_some_and(|way| way == "plain");
        let _ = black_box(if plain_way { plain(&corpus) } else { measure::fanin(&corpus.delivery, &corpus.directory) });
        return;
    }
    let ours = measure::fastest(corpus.events, || measure::fanin(&corpus.delivery, &corpus.directory));
    let plain = measure::fastest(corpus.events, || plain(&corpus));
    let megabytes = corpus.inflated_bytes as f64 / 1e6;
    println!("corpus: {PAYLOADS} payloads, {} records, {megabytes:.1} MB inflated", corpus.events);
    for (name, time) in [("fanin", ours), ("plain", plain)] {
        let seconds = time.as_secs_f64();
        println!("{name}: {:.0} MB/s, {:.0} records/s", megabytes / seconds, corpus.events as f64 / seconds);
    }
    println!("ratio: {:.2}", plain.as_secs_f64() / ours.as_secs_f64());
}
