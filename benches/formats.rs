//! Each format inside of log messages on one core: inflated payloads into tagged OTLP chunks, by Fanin and by the plain way.
//!
//! `cargo bench --bench formats` prints a row for each kind of log stream of the simulated fleet, `-- vpc_flow` only
//! that one. `-- --once vpc_flow` runs one pass of Fanin and nothing else, for `valgrind --tool=callgrind`.

#![expect(clippy::print_stdout, reason = "a bench tells its figures")]

mod measure;
mod plain;

use std::hint::black_box;

use bytes::Bytes;
use fanin::delivery::{Delivery, Origin, Payload, RawRecord, Source};
use fanin::simulate::Simulation;
use fanin::tenant::Directory;
use fanin::time::Timestamp;
use regex::Regex;

const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);
const PAYLOADS: usize = 100;
const EVENTS: u32 = 100;

/// What one would write for lines that are no JSON. The first way that comes to mind, not the worst.
const LINES: &[(&str, &str)] = &[
    (
        "lambda_text",
        r"^(?P<kind>START|END|REPORT) RequestId: (?P<id>\S+)(?:\s+Duration: (?P<duration>\S+) ms\s+Billed Duration: (?P<billed>\S+) ms\s+Memory Size: (?P<size>\S+) MB\s+Max Memory Used: (?P<used>\S+) MB)?|^(?P<time>\S+)\t(?P<request>\S+)\t(?P<level>\S+)\t(?P<text>.*)",
    ),
    (
        "vpc_flow",
        r"^(?P<version>\S+) (?P<account>\S+) (?P<interface>\S+) (?P<srcaddr>\S+) (?P<dstaddr>\S+) (?P<srcport>\S+) (?P<dstport>\S+) (?P<protocol>\S+) (?P<packets>\S+) (?P<bytes>\S+) (?P<start>\S+) (?P<end>\S+) (?P<action>\S+) (?P<status>\S+)",
    ),
    (
        "combined",
        r#"^(?P<client>\S+) \S+ (?P<user>\S+) \[(?P<time>[^\]]+)\] "(?P<method>\S+) (?P<path>\S+) (?P<protocol>[^"]+)" (?P<status>\d+) (?P<size>\S+) "(?P<referer>[^"]*)" "(?P<agent>[^"]*)""#,
    ),
    (
        "syslog",
        r"^<(?P<priority>\d+)>1 (?P<time>\S+) (?P<host>\S+) (?P<app>\S+) (?P<process>\S+) (?P<message_id>\S+) (?P<data>\S+) (?P<text>.*)",
    ),
    (
        "logfmt",
        r#"^time=(?P<time>\S+) level=(?P<level>\S+) msg="(?P<text>[^"]*)" component=(?P<component>\S+) duration=(?P<duration>\S+) rows=(?P<rows>\S+)"#,
    ),
    (
        "klog",
        r"^(?P<level>[IWEF])(?P<date>\d{4}) (?P<time>\S+)\s+(?P<thread>\d+) (?P<file>[^:]+):(?P<line>\d+)\] (?P<text>.*)",
    ),
    (
        "postgres",
        r"^(?P<time>\S+ \S+ \S+?):(?P<client>[^:]*):(?P<user>[^@]*)@(?P<database>[^:]*):\[(?P<pid>\d+)\]:(?P<level>[A-Z]+):\s+(?P<text>.*)",
    ),
    (
        "mysql",
        r"^(?P<time>\S+) (?P<thread>\d+) \[(?P<level>\w+)\] \[(?P<code>[^\]]+)\] \[(?P<subsystem>[^\]]+)\] (?P<text>.*)",
    ),
];

struct Corpus {
    kind: &'static str,
    delivery: Delivery,
    directory: Directory,
    bytes: usize,
    line: Option<Regex>,
}

fn corpus(kind: &'static str) -> Corpus {
    let mut simulation = Simulation::new(200, 1);
    let (mut records, mut bytes) = (Vec::new(), 0);
    for index in 0..PAYLOADS {
        let payload = simulation.payload_of_kind(kind, NOW, EVENTS);
        bytes += payload.json.len();
        records.push(RawRecord { data: Bytes::from(payload.json), position: index.to_string().into(), arrived: NOW });
    }
    let origin = Origin { source: Source::Kinesis, name: "bench".into(), region: None };
    let delivery = Delivery { origin, payload: Payload::Records(records), accounts: None };
    let directory = Directory::new(simulation.directory(), "tenant.id", &[None]);
    let line = LINES.iter().find(|(of, _)| *of == kind).map(|(_, text)| Regex::new(text).expect("it is a constant"));
    Corpus { kind, delivery, directory, bytes, line }
}

fn plain(corpus: &Corpus) -> u64 {
    let Payload::Records(records) = &corpus.delivery.payload else { return 0 };
    records.iter().map(|record| plain::payload(&record.data, &corpus.directory, corpus.line.as_ref())).sum()
}

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let once = arguments.iter().any(|argument| argument == "--once");
    let wanted = |kind: &&str| arguments.iter().all(|argument| argument.starts_with("--") || argument == kind);
    let kinds = Simulation::kinds().filter(wanted).map(corpus);
    if once {
        kinds.for_each(|corpus| _ = black_box(measure::fanin(&corpus.delivery, &corpus.directory)));
        return;
    }
    println!("{:<20} {:>14} {:>10} {:>16} {:>12} {:>7}", "", "fanin lines/s", "MB/s", "plain lines/s", "MB/s", "ratio");
    for corpus in kinds {
        let events = PAYLOADS as u64 * u64::from(EVENTS);
        let ours = measure::fastest(events, || measure::fanin(&corpus.delivery, &corpus.directory)).as_secs_f64();
        let plain = measure::fastest(events, || plain(&corpus)).as_secs_f64();
        let (lines, megabytes) = (events as f64, corpus.bytes as f64 / 1e6);
        println!(
            "{:<20} {:>14.0} {:>10.0} {:>16.0} {:>12.0} {:>7.2}",
            corpus.kind,
            lines / ours,
            megabytes / ours,
            lines / plain,
            megabytes / plain,
            plain / ours
        );
    }
}
