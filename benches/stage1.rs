//! Stage 1: gzip payloads into tagged OTLP chunks, by Fanin and by the plain way, side by side in one run.
//!
//! `cargo bench --bench stage1` prints both and their ratio. `-- --once fanin|plain` runs one pass and nothing else,
//! for `valgrind --tool=callgrind`.

#![expect(clippy::print_stdout, reason = "a bench tells its figures")]

use std::hint::black_box;
use std::io::{Read, Write};
use std::time::{Duration, Instant};

use bytes::Bytes;
use fanin::admission::Admissions;
use fanin::config::Normalize;
use fanin::delivery::{Delivery, Origin, Payload, RawRecord, Source};
use fanin::processor::output::Output;
use fanin::processor::{Processor, Surroundings, units};
use fanin::simulate::Simulation;
use fanin::tenant::Directory;
use fanin::time::Timestamp;

const ARRIVED: Timestamp = Timestamp::from_seconds(1_800_000_000);
const PAYLOADS: usize = 4_000;
const ROUNDS: usize = 9;

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

fn fanin(corpus: &Corpus) -> u64 {
    let (settings, admissions) = (Normalize::default(), Admissions::default());
    let around =
        Surroundings { directory: &corpus.directory, admissions: &admissions, settings: &settings, explain: false };
    let (mut processor, mut output, mut records) = (Processor::default(), Output::default(), 0);
    for unit in 0..units(&corpus.delivery.payload) {
        processor.process(&corpus.delivery, unit, &around, &mut output);
        records += output.chunks.iter().map(|chunk| u64::from(chunk.records)).sum::<u64>();
        let _ = black_box(&output.chunks);
        output.clear();
    }
    records
}

/// What one writes first: a streaming gunzip, serde structs, a `Value` for JSON messages, generated protobuf structs.
mod plain {
    use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
    use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
    use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValue, KeyValueList};
    use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
    use opentelemetry_proto::tonic::resource::v1::Resource;
    use prost::Message;
    use serde_json::Value;

    use super::{Corpus, Payload, Read, black_box};

    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Subscription {
        owner: String,
        log_group: String,
        log_stream: String,
        log_events: Vec<Event>,
    }

    #[derive(serde::Deserialize)]
    struct Event {
        id: String,
        timestamp: u64,
        message: String,
    }

    pub(super) fn run(corpus: &Corpus) -> u64 {
        let Payload::Records(records) = &corpus.delivery.payload else { return 0 };
        records.iter().map(|record| payload(&record.data, corpus)).sum()
    }

    #[expect(clippy::disallowed_methods, reason = "the plain way is what is compared")]
    fn payload(data: &[u8], corpus: &Corpus) -> u64 {
        let mut inflated = Vec::new();
        let _ = flate2::read::GzDecoder::new(data).read_to_end(&mut inflated).expect("the corpus is whole");
        let subscription: Subscription = serde_json::from_slice(&inflated).expect("the corpus is whole");
        let account = fanin::id::AccountId::parse(&subscription.owner).expect("the corpus is whole");
        let tenant = &corpus.directory.tag(account).tenant;
        let records: Vec<_> = subscription.log_events.into_iter().map(record).collect();
        let n_records = records.len() as u64;
        let attributes = vec![
            text("cloud.provider", "aws"),
            text("cloud.account.id", &subscription.owner),
            text("tenant.id", tenant),
            text("aws.log.group.names", &subscription.log_group),
            text("aws.log.stream.names", &subscription.log_stream),
        ];
        let resource = Some(Resource { attributes, ..Resource::default() });
        let scope_logs = vec![ScopeLogs { log_records: records, ..ScopeLogs::default() }];
        let request = ExportLogsServiceRequest {
            resource_logs: vec![ResourceLogs { resource, scope_logs, ..ResourceLogs::default() }],
        };
        let _ = black_box(request.encode_to_vec());
        n_records
    }

    fn record(event: Event) -> LogRecord {
        let mut attributes = vec![text("aws.log.event.id", &event.id)];
        let mut body = None;
        if event.message.starts_with('{')
            && let Ok(Value::Object(members)) = serde_json::from_str(&event.message)
        {
            for (key, value) in members {
                if key == "message" {
                    body = Some(any(value));
                } else {
                    attributes.push(KeyValue { key, value: Some(any(value)), ..KeyValue::default() });
                }
            }
        }
        let body = body.or(Some(AnyValue { value: Some(Any::StringValue(event.message)) }));
        LogRecord { time_unix_nano: event.timestamp * 1_000_000, body, attributes, ..LogRecord::default() }
    }

    fn text(key: &str, value: &str) -> KeyValue {
        let value = Some(AnyValue { value: Some(Any::StringValue(value.into())) });
        KeyValue { key: key.into(), value, ..KeyValue::default() }
    }

    fn any(value: Value) -> AnyValue {
        let value = match value {
            Value::Null => None,
            Value::Bool(value) => Some(Any::BoolValue(value)),
            Value::Number(number) => Some(
                number.as_i64().map_or_else(|| Any::DoubleValue(number.as_f64().unwrap_or_default()), Any::IntValue),
            ),
            Value::String(text) => Some(Any::StringValue(text)),
            Value::Array(items) => Some(Any::ArrayValue(ArrayValue { values: items.into_iter().map(any).collect() })),
            Value::Object(members) => {
                let pair = |(key, value)| KeyValue { key, value: Some(any(value)), ..KeyValue::default() };
                Some(Any::KvlistValue(KeyValueList { values: members.into_iter().map(pair).collect() }))
            }
        };
        AnyValue { value }
    }
}

/// The fastest of some rounds: the machine's other work only ever makes a round slower.
#[expect(clippy::disallowed_methods, reason = "a bench reads the clock")]
fn fastest(corpus: &Corpus, run: fn(&Corpus) -> u64) -> Duration {
    let round = || {
        let start = Instant::now();
        assert_eq!(black_box(run(corpus)), corpus.events);
        start.elapsed()
    };
    (0..ROUNDS).map(|_| round()).min().unwrap_or_default()
}

fn main() {
    let corpus = corpus();
    let arguments: Vec<_> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|argument| argument == "--once") {
        let run = if arguments.get(at + 1).is_some_and(|way| way == "plain") { plain::run } else { fanin };
        let _ = black_box(run(&corpus));
        return;
    }
    let (ours, plain) = (fastest(&corpus, fanin), fastest(&corpus, plain::run));
    let megabytes = corpus.inflated_bytes as f64 / 1e6;
    println!("corpus: {PAYLOADS} payloads, {} records, {megabytes:.1} MB inflated", corpus.events);
    for (name, time) in [("fanin", ours), ("plain", plain)] {
        let seconds = time.as_secs_f64();
        println!("{name}: {:.0} MB/s, {:.0} records/s", megabytes / seconds, corpus.events as f64 / seconds);
    }
    println!("ratio: {:.2}", plain.as_secs_f64() / ours.as_secs_f64());
}
