//! Rules on what a forwarder took are the same as on what is decoded here.

#![cfg(test)]

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use fanin::alerting::seen::Seen;
use fanin::alerting::{Alerting, Settings};
use fanin::completeness::Completeness;
use fanin::config::{self, Normalize};
use fanin::delivery::{Delivery, Origin, Payload, RawRecord, Source};
use fanin::fleet::Fleet;
use fanin::id::AccountId;
use fanin::io::clock;
use fanin::io::kinesis::{Error, Shards, examine, heartbeat};
use fanin::io::progress::ProgressHandle;
use fanin::io::telemetry::{Counter, Telemetry};
use fanin::processor::output::Output;
use fanin::processor::{Processor, Surroundings};
use fanin::progress::{Lane, Progress};
use fanin::report::{Mark, Packet, Report, pack};
use fanin::rule::RuleSet;
use fanin::rule::read::read;
use fanin::sample::Sampling;
use fanin::simulate::Simulation;
use fanin::tenant::lifecycle::Followed;
use fanin::tenant::{Directory, Entry, State};
use fanin::time::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::support::fanin::LIMIT;
use crate::support::fleet::{self, gunzip};
use crate::support::kinesis::{self, Kinesis, until};
use crate::support::receiver::Backend;

/// One rule of each kind that reads records, and two that read those.
const RULES: &str = r#"
version: 1
defaults: {every: 10s, delay: {logs: 5s, metrics: 5s}, new_group_delay: 0s, group_by: [account]}
incident: {group_wait: 10s}
rules:
  - {alert: Depth, kind: threshold, from: logs, match: 'has(depth)', value: last(depth), window: 1m, critical: '> 90', warning: '> 70', no_data: keep, notify: {critical: page, warning: ticket}}
  - {alert: Errors, kind: threshold, from: logs, match: 'message.contains("boom")', value: count(), window: 1m, critical: '>= 4', for: 10s, notify: {critical: page}}
  - {alert: Slow, kind: threshold, from: logs, match: 'has(ms)', value: p95(ms), window: 1m, critical: '> 900', notify: {critical: page}}
  - {alert: Users, kind: threshold, from: logs, match: 'has(user_id)', value: distinct(user_id), window: 2m, warning: '>= 12', notify: {warning: ticket}}
  - {alert: Failing, kind: ratio, from: metrics, bad: 'sum(AWS/Lambda:Errors)', total: 'sum(AWS/Lambda:Invocations)', window: 2m, min_total: 10, critical: '> 30%', notify: {critical: page}}
  - {alert: Silent, kind: absence, from: logs, match: 'message.contains("beat")', groups: registry, timeout: 40s, level: warning, notify: {warning: ticket}}
  - {alert: Rare, kind: event, from: logs, match: 'message.contains("disaster")', dedup_by: [account], dedup_for: 1m, level: critical, notify: {critical: page}}
  - {alert: NewHost, kind: first_seen, from: logs, match: 'has(machine)', key: machine, scope: fleet, learn: 1m, lookback: 1d, level: warning, notify: {warning: ticket}}
  - {alert: ManyFail, kind: fleet, of: Depth, value: share, population: registered, min_population: 2, critical: '> 25%', notify: {critical: page}}
"#;

/// How long the capture is, and how much longer it is waited.
const SECONDS: u64 = 240;
const PATIENCE: u64 = 120;

const ACCOUNTS: u64 = 8;
const STREAM: &str = "arn:aws:kinesis:eu-central-1:111122223333:stream/logs";
const SAMPLES: &str = "arn:aws:kinesis:eu-central-1:111122223333:stream/samples";
const SHARDS: usize = 2;

fn begin() -> Timestamp {
    Timestamp::from_seconds(1_772_445_600)
}

fn at(millis: u64) -> Timestamp {
    begin().plus(Duration::from_millis(millis))
}

fn account(n: u64) -> AccountId {
    AccountId::parse(&format!("{:012}", 111_111_110_000 + n)).unwrap()
}

fn directory() -> Directory {
    let entry = |n| Entry {
        account: account(n),
        tenant: format!("tenant-{n}"),
        name: None,
        tier: None,
        region: None,
        ou_path: None,
        state: State::Active,
        created: None,
        labels: BTreeMap::new(),
    };
    Directory::new((0..ACCOUNTS).map(entry), "tenant.id", &[None])
}

fn rules() -> Arc<RuleSet> {
    let (rules, problems) = read(&[("rules.yaml", RULES)]);
    assert!(problems.iter().all(|problem| problem.code.as_str().starts_with('W')), "{problems:?}");
    Arc::new(rules)
}

/// A record of the source stream. Arrivals of a shard differ and grow.
#[derive(Clone, Debug)]
struct Record {
    shard: usize,
    arrived: Timestamp,
    sequence: u64,
    data: Vec<u8>,
}

/// What tenants wrote: logs of all kinds, metrics, and a flood, a silence, a failure and a disaster among them.
fn capture(seed: u64) -> Vec<Record> {
    let mut chance = fastrand::Rng::with_seed(seed);
    let mut simulation = Simulation::new(12, seed);
    let mut written: Vec<(u64, Vec<u8>)> = Vec::new();
    for second in 0..SECONDS {
        for n in 0..ACCOUNTS {
            let (worse, millis) = ((60..150).contains(&second) && n % 3 == 0, second * 1000 + chance.u64(0..900));
            let mut lines = Vec::new();
            let is_silent = n == 1 && (50..130).contains(&second);
            if second % 15 == n && !is_silent {
                lines.push("beat".to_owned());
            }
            if chance.u32(0..6) == 0 {
                let depth = if worse { 95 } else { chance.u64(0..80) };
                lines.push(json!({ "depth": depth, "ms": if worse { 950 } else { chance.u64(1..700) } }).to_string());
            }
            if chance.u32(0..5) == 0 {
                let (user, host) = (chance.u64(0..if worse { 60 } else { 8 }), chance.u64(0..2 + second / 100));
                lines.push(json!({ "user_id": format!("u{user}"), "machine": format!("h{host}") }).to_string());
            }
            if worse && chance.bool() {
                lines.push("boom".into());
            }
            if n == 2 && second == 100 {
                lines.push("disaster".into());
            }
            let events: Vec<_> = lines
                .iter()
                .enumerate()
                .map(|(index, line)| json!({ "id": format!("{n}-{second}-{index}"), "timestamp": at(millis).millis(), "message": line }))
                .collect();
            if !events.is_empty() {
                let payload = json!({
                    "messageType": "DATA_MESSAGE", "owner": account(n).to_string(), "logGroup": "/app", "logStream": "s",
                    "subscriptionFilters": ["f"], "logEvents": events,
                });
                written.push((millis + chance.u64(1..1500), payload.to_string().into_bytes()));
            }
            let mut datum = |namespace: &str, metric: &str, dimensions: Value, sum: f64| {
                let datum = json!({
                    "metric_stream_name": "all", "account_id": account(n).to_string(), "region": "eu-central-1",
                    "namespace": namespace, "metric_name": metric, "dimensions": dimensions,
                    "timestamp": at(millis).millis(), "unit": "Count",
                    "value": {"max": sum, "min": sum, "sum": sum, "count": 1.0},
                });
                written.push((millis + chance.u64(1..1500), format!("{datum}\n").into_bytes()));
            };
            if second % 20 == 0 {
                datum("AWS/Lambda", "Invocations", json!({"FunctionName": "f"}), 20.0);
                datum("AWS/Lambda", "Errors", json!({"FunctionName": "f"}), if worse { 12.0 } else { 0.0 });
            }
            if second % 60 == 0 {
                let of_filter = json!({
                    "DestinationType": "KinesisStream", "FilterName": "f", "PolicyLevel": "ACCOUNT_LEVEL_POLICY",
                });
                datum("AWS/Logs", "ForwardedLogEvents", of_filter, 30.0);
            }
        }
        written.push((second * 1000 + 500, simulation.payload(at(second * 1000)).json.into_bytes()));
        if second == 30 {
            written.push((second * 1000 + 600, b"{\"no\": telemetry".to_vec()));
        }
    }
    written.sort_by_key(|(millis, _)| *millis);
    let mut last = [0; SHARDS];
    let mut records = Vec::new();
    for (sequence, (millis, data)) in (1..).zip(written) {
        let shard = chance.usize(0..SHARDS);
        last[shard] = millis.max(last[shard] + 1);
        records.push(Record { shard, arrived: at(last[shard]), sequence, data });
    }
    records
}

fn lane(stream: &str, shard: usize) -> Lane {
    (stream.into(), format!("shardId-{shard:012}").into())
}

/// Processes one record, as both a forwarder and a service do.
fn process(record: &Record, sampling: &Sampling, directory: &Directory) -> Output {
    let position = format!("shardId-{:012}:{}", record.shard, record.sequence);
    let raw = RawRecord { data: record.data.clone().into(), position: position.into(), arrived: record.arrived };
    let origin = Origin { source: Source::Kinesis, region: None, name: STREAM.into() };
    let delivery = Delivery { origin, payload: Payload::Records(vec![raw]), accounts: None };
    let normalize = Normalize::default();
    let around = Surroundings { sampler: Some(&sampling.sampler), ..Surroundings::new(directory, &normalize) };
    let mut output = Output::default();
    Processor::default().process(&delivery, 0, &around, &mut output);
    output
}

/// What came of a capture.
#[derive(Debug, PartialEq)]
struct Outcome {
    /// Of each transition everything but whether it was found late.
    transitions: Vec<String>,
    notifications: Vec<String>,
    /// Log records, metrics, bytes and rejects of each account.
    counts: BTreeMap<String, [u64; 4]>,
    completeness: Vec<String>,
}

/// The part of a service behind its workers.
struct Service {
    alerting: Alerting,
    rules_id: u64,
    directory: Directory,
    fleet: Fleet,
    completeness: Completeness,
    transitions: Vec<String>,
    notifications: Vec<String>,
}

impl Service {
    fn new(rules: &Arc<RuleSet>) -> Self {
        Self {
            alerting: Alerting::new(Arc::clone(rules), Settings::default(), begin()),
            rules_id: rules.id(),
            directory: directory(),
            fleet: Fleet::new(begin()),
            completeness: Completeness::new(begin()),
            transitions: Vec::new(),
            notifications: Vec::new(),
        }
    }

    fn observe(&mut self, output: &mut Output) {
        for message in output.messages.drain(..) {
            self.alerting.observe(message, self.rules_id, &self.directory);
        }
        self.fleet.add(&output.accounts, begin());
        self.completeness.add(&output.completeness);
        output.clear();
    }

    fn advance(&mut self, progress: Timestamp, now: Timestamp) {
        for tick in self.alerting.advance(progress, now, &self.directory) {
            for mut transition in tick.transitions {
                transition.late = false;
                self.transitions.push(format!("{transition:?}"));
            }
        }
        while let Some(notification) = self.alerting.poll_notification() {
            self.notifications.push(format!("{notification:?}"));
        }
    }

    fn outcome(self) -> Outcome {
        let count = |id: AccountId| {
            let account = self.fleet.get(id).copied().unwrap_or_default();
            (id.to_string(), [account.logs, account.metrics, account.bytes, account.rejects])
        };
        // Whichever quarter is whole then.
        let ends = (1..5).map(|quarter| at(quarter * 900_000 + 1_000));
        let compared = ends.flat_map(|end| self.completeness.all(end).map(|it| format!("{it:?}")).collect::<Vec<_>>());
        Outcome {
            counts: (0..ACCOUNTS).map(|n| count(account(n))).collect(),
            completeness: compared.collect(),
            transitions: self.transitions,
            notifications: self.notifications,
        }
    }
}

/// How far the rules may look at each second.
type Schedule = Vec<(Timestamp, Timestamp)>;

fn seconds() -> impl Iterator<Item = Timestamp> {
    (0..SECONDS + PATIENCE).map(|second| at(second * 1000))
}

/// A service that reads the stream itself, as soon as it can or by the schedule of another one.
fn direct(records: &[Record], schedule: Option<&Schedule>) -> Outcome {
    let rules = rules();
    let sampling = Sampling::of(&rules);
    let mut service = Service::new(&rules);
    let mut left = records.iter().peekable();
    for (index, now) in seconds().enumerate() {
        while let Some(record) = left.next_if(|record| record.arrived <= now) {
            let mut output = process(record, &sampling, &service.directory);
            service.observe(&mut output);
        }
        let (progress, now) = schedule.map_or((now, now), |schedule| schedule[index]);
        service.advance(progress, now);
    }
    service.outcome()
}

/// How a forwarder and the streams behave.
#[derive(Clone, Copy, Debug)]
struct Weather {
    seed: u64,
    /// Records of an invocation.
    batch: usize,
    /// Of a hundred invocations, so many fail after some of their records and are tried again: halved, doubled, at once.
    failures: u32,
    /// From when to when no function runs, in seconds.
    pause: (u64, u64),
    /// Seconds by which the stream of samples is read late at most.
    lag: u64,
}

/// A record of the stream of samples.
struct Put {
    shard: usize,
    arrived: Timestamp,
    data: Vec<u8>,
}

/// Forwarders on each shard of the source.
struct Forwarder<'a> {
    sampling: Sampling,
    directory: Directory,
    queues: [VecDeque<&'a Record>; SHARDS],
    chance: fastrand::Rng,
    weather: Weather,
    put: Vec<Put>,
    last_put: u64,
}

impl Forwarder<'_> {
    fn put(&mut self, now: Timestamp, packets: Vec<Vec<u8>>) {
        for data in packets {
            // Arrivals of the stream grow, whichever shard it is.
            self.last_put = (now.millis() - begin().millis()).max(self.last_put + 1);
            self.put.push(Put { shard: self.chance.usize(0..SHARDS), arrived: at(self.last_put), data });
        }
    }

    fn report(&mut self, records: &[&Record], now: Timestamp) {
        let report = |record: &&Record| {
            let mut output = process(record, &self.sampling, &self.directory);
            // What the forwarder does: the same for the same record, however often it comes.
            let id = record.sequence * 31 + record.shard as u64;
            Report::take(id, record.arrived, &mut output, &self.sampling)
        };
        let mut reports: Vec<_> = records.iter().filter_map(report).collect();
        self.chance.shuffle(&mut reports);
        let mut packets: Vec<_> = pack(reports).into_iter().map(|parcel| parcel.data).collect();
        // A call that was sent again although it was taken.
        if self.chance.u32(0..100) < self.weather.failures {
            packets.extend(packets.clone());
        }
        self.chance.shuffle(&mut packets);
        self.put(now, packets);
    }

    /// Invocations of one second.
    fn work(&mut self, now: Timestamp) {
        for shard in 0..SHARDS {
            for _ in 0..self.chance.usize(0..4) {
                let ready = self.queues[shard].iter().take_while(|record| record.arrived <= now).count();
                let taken = ready.min(self.weather.batch);
                let batch: Vec<_> = self.queues[shard].iter().take(taken).copied().collect();
                let Some(last) = batch.last() else { break };
                while self.chance.u32(0..100) < self.weather.failures {
                    let (from, to) = (self.chance.usize(0..taken), self.chance.usize(0..=taken));
                    self.report(&batch[from.min(to)..from.max(to)], now);
                }
                self.report(&batch, now);
                let (stream, shard_id) = lane(STREAM, shard);
                let mark = Mark { stream: (*stream).into(), shard: (*shard_id).into(), until: last.arrived };
                drop(self.queues[shard].drain(..taken));
                let packet = Packet { reports: Vec::new(), marks: vec![mark] };
                self.put(now, vec![packet.to_bytes()]);
            }
        }
    }
}

/// A service that reads what a forwarder took, and the schedule by which its rules could look.
fn forwarded(records: &[Record], weather: Weather) -> (Outcome, Schedule) {
    let rules = rules();
    let mut service = Service::new(&rules);
    let ours = Sampling::of(&rules);
    let mut progress = Progress::new(begin());
    for shard in 0..SHARDS {
        progress.open(lane(SAMPLES, shard));
        progress.open(lane(STREAM, shard));
    }
    let mut beating = records.to_vec();
    // Heartbeats: records of which nothing comes, in each shard every five seconds.
    for second in (0..SECONDS + PATIENCE).step_by(5) {
        beating.extend((0..SHARDS).map(|shard| {
            let taken = |millis: u64| records.iter().any(|record| record.shard == shard && record.arrived == at(millis));
            let millis = (second * 1000..).find(|millis| !taken(*millis)).unwrap();
            let control = br#"{"messageType":"CONTROL_MESSAGE","owner":"CloudwatchLogs","logGroup":"","logStream":"","subscriptionFilters":[],"logEvents":[]}"#;
            Record { shard, arrived: at(millis), sequence: 1_000_000 + second, data: control.to_vec() }
        }));
    }
    beating.sort_by_key(|record| record.arrived);
    let mut queues: [VecDeque<&Record>; SHARDS] = Default::default();
    beating.iter().for_each(|record| queues[record.shard].push_back(record));
    let mut forwarder = Forwarder {
        sampling: Sampling::of(&rules),
        directory: directory(),
        queues,
        chance: fastrand::Rng::with_seed(weather.seed),
        weather,
        put: Vec::new(),
        last_put: 0,
    };
    let (mut seen, mut schedule, mut read) = (Seen::default(), Schedule::new(), [0; SHARDS]);
    for (second, now) in (0..).zip(seconds()) {
        if !(weather.pause.0..weather.pause.1).contains(&second) {
            forwarder.work(now);
        }
        for (shard, read) in read.iter_mut().enumerate() {
            let until = now.minus(Duration::from_secs(forwarder.chance.u64(0..=weather.lag)));
            let all = forwarder.put.iter().filter(|put| put.shard == shard);
            let new: Vec<_> = all.skip(*read).take_while(|put| put.arrived <= until).collect();
            *read += new.len();
            for put in &new {
                let packet = Packet::parse(&put.data).unwrap();
                for report in packet.reports {
                    if seen.is_new(report.id, report.arrived) {
                        let mut output = Output::default();
                        assert_eq!(report.put(&mut output, &ours), 0);
                        service.observe(&mut output);
                    }
                }
                for mark in packet.marks {
                    progress.mark((mark.stream.into(), mark.shard.into()), mark.until, SAMPLES.into(), put.arrived);
                }
            }
            let last = new.last().map(|put| put.arrived);
            progress.read(&lane(SAMPLES, shard), last, (until == now).then_some(now));
        }
        let reached = progress.reached(now);
        service.advance(reached, now);
        schedule.push((reached, now));
    }
    (service.outcome(), schedule)
}

/// Each alert that the capture is made for.
fn check_is_rich(outcome: &Outcome) {
    let names = ["Depth", "Errors", "Slow", "Users", "Failing", "Silent", "Rare", "NewHost", "ManyFail"];
    for name in names {
        let of = format!("rule: \"{name}\"");
        let of: Vec<_> = outcome.transitions.iter().filter(|it| it.contains(&of)).collect();
        assert!(of.iter().any(|it| it.contains("to: Firing")), "{name} never fires: {of:?}");
    }
    assert!(outcome.counts.values().all(|[logs, metrics, bytes, _]| *logs > 0 && *metrics > 0 && *bytes > 0));
    assert!(outcome.notifications.len() > names.len());
    assert!(!outcome.completeness.is_empty());
}

const FIRST_SEEN: &str = "\"NewHost\"";

/// All but what rules on keys that are met for the first time say: that tells how often a key was met until it was looked, which is
/// later where samples come later.
fn but_first_seen(lines: &[String]) -> Vec<String> {
    lines.iter().filter(|line| !line.contains(FIRST_SEEN)).cloned().collect()
}

/// The keys that were met for the first time.
fn first_seen(lines: &[String]) -> BTreeSet<&str> {
    let of_rule = lines.iter().filter(|line| line.contains(FIRST_SEEN) && line.contains("to: Firing"));
    of_rule.filter_map(|line| line.split_once("rest: [")?.1.split(']').next()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, max_shrink_iters: 8, ..ProptestConfig::default() })]

    /// Scenario: one capture is read here, and by a forwarder that is slow, fails half-way, is asked again for a part and sends twice,
    /// whose samples come out of order and late. Guarantees: the same transitions with the same ids, times and values, the same
    /// notifications at the same times, the same counts of each account.
    #[test]
    fn rules_come_to_the_same_by_samples_as_by_records(
        seed in any::<u64>(), batch in 1_usize..60, failures in 0_u32..50, begins in 0_u64..200, lasts in 0_u64..60, lag in 0_u64..6,
    ) {
        let records = capture(seed % 4);
        let weather = Weather { seed, batch: batch.max(12), failures, pause: (begins, begins + lasts), lag };
        let (by_samples, schedule) = forwarded(&records, weather);
        let by_records = direct(&records, Some(&schedule));
        check_is_rich(&by_records);
        for (ours, theirs) in [
            (but_first_seen(&by_samples.transitions), but_first_seen(&by_records.transitions)),
            (but_first_seen(&by_samples.notifications), but_first_seen(&by_records.notifications)),
            (by_samples.completeness.clone(), by_records.completeness.clone()),
            // And whoever reads on time comes to the same transitions.
            (but_first_seen(&by_samples.transitions), but_first_seen(&direct(&records, None).transitions)),
        ] {
            let differs = ours.iter().zip(&theirs).find(|(one, other)| one != other);
            prop_assert!(ours == theirs, "{} and {} items, the first that differs: {differs:#?}", ours.len(), theirs.len());
        }
        prop_assert_eq!(first_seen(&by_samples.transitions), first_seen(&by_records.transitions));
        prop_assert_eq!(&by_samples.counts, &by_records.counts);
    }
}

/// Scenario: no function runs for a minute and a half, longer than accounts may be silent. Guarantees: nobody is taken for silent
/// meanwhile, as progress stands still, and afterwards those that were.
#[test]
fn a_forwarder_that_lags_makes_no_account_silent() {
    let records = capture(1);
    let weather = Weather { seed: 1, batch: 200, failures: 0, pause: (140, 230), lag: 0 };
    let (by_samples, schedule) = forwarded(&records, weather);
    let reached = |second: usize| schedule[second].0;
    assert_eq!(reached(225), reached(150), "nothing is known of what came meanwhile");
    assert!(reached(225) < at(146_000));
    assert!(reached(300) > at(290_000), "it goes on");
    let silent = |outcome: &Outcome| {
        outcome.transitions.iter().filter(|it| it.contains("rule: \"Silent\"")).cloned().collect::<Vec<_>>()
    };
    assert_eq!(silent(&by_samples), silent(&direct(&records, None)));
}

/// Settings of a heartbeat for that stream of the server.
fn forwarded_stream(kinesis: &Kinesis, stream: &str) -> config::Kinesis {
    let forwarded = vec![kinesis::arn(stream)];
    let samples = config::Kinesis { carries: config::Carries::Samples, forwarded, ..kinesis.settings("samples") };
    heartbeat::streams(&[samples]).remove(0)
}

async fn beat(
    settings: config::Kinesis,
    progress: ProgressHandle,
    shards: Shards,
    stop: CancellationToken,
) -> Result<(), Error> {
    let telemetry = Telemetry::new(Vec::new(), clock::now());
    progress.expect(&settings.stream);
    Box::pin(heartbeat::run(&settings, &kinesis::sdk_config().await, progress, telemetry, shards, stop)).await
}

/// Scenario: heartbeats are put into a stream of two shards, of which one is split. Guarantees: each shard gets some; children begin
/// where their parent was, and nothing moves before the forwarder tells.
#[tokio::test]
async fn children_of_a_forwarded_shard_go_on_from_their_parent() {
    let kinesis = Kinesis::start().await;
    kinesis.create("logs", 2).await;
    let (progress, table, stop) = (ProgressHandle::default(), Shards::default(), CancellationToken::new());
    progress.resume(begin());
    let settings = forwarded_stream(&kinesis, "logs");
    let beating = tokio::spawn(beat(settings, progress.clone(), table.clone(), stop.clone()));
    let lane = |n| -> Lane { (kinesis::arn("logs").into(), kinesis::shard(n).into()) };
    until("the shards", || progress.shards().len() == 2).await;
    assert_eq!(progress.reached(clock::now()), begin(), "nobody has told anything yet");
    for (shard, seconds) in [(0, 50), (1, 60)] {
        progress.mark(lane(shard), at(seconds * 1000), &SAMPLES.into(), at(seconds * 1000));
    }
    assert_eq!(progress.reached(clock::now()), at(50_000));

    kinesis.split("logs", &kinesis::shard(0)).await;
    until("its children", || progress.shards().len() == 3 || beating.is_finished()).await;
    assert!(!beating.is_finished(), "{:?}", beating.await);
    let expected: BTreeMap<_, _> =
        [(1, 60_000), (2, 50_000), (3, 50_000)].map(|(n, millis)| (lane(n), at(millis))).into();
    assert_eq!(progress.shards().into_iter().collect::<BTreeMap<_, _>>(), expected);
    let give_up = tokio::time::Instant::now() + LIMIT;
    loop {
        let examined = examine(&kinesis.settings("logs"), &kinesis::sdk_config().await).await.unwrap();
        let shards: BTreeSet<_> = examined.records.iter().map(|record| record.position[..20].to_owned()).collect();
        assert!(
            examined.records.iter().all(|record| gunzip(&record.data).windows(15).any(|it| it == b"Fanin heartbeat"))
        );
        if shards == (0..4).map(kinesis::shard).collect() {
            break;
        }
        assert!(tokio::time::Instant::now() < give_up, "heartbeats in {shards:?} only: {:?}", table.snapshot());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    stop.cancel();
    beating.await.unwrap().unwrap();
}

/// Scenario: the configuration names a stream that is not there. Guarantees: it is said at the start.
#[tokio::test]
async fn a_forwarded_stream_that_is_not_there_ends_the_start_with_its_name() {
    let kinesis = Kinesis::start().await;
    let settings = forwarded_stream(&kinesis, "lost");
    let error =
        beat(settings, ProgressHandle::default(), Shards::default(), CancellationToken::new()).await.unwrap_err();
    assert_eq!(error, Error::Missing { stream: kinesis::arn("lost") });
}

/// Scenario: events of AWS Organizations lie in a stream of samples and in one of telemetry, beside records that are neither.
/// Guarantees: the directory follows those of the first, and what is left is buried: in a stream that tenants' logs come through,
/// nobody can say that an account was closed.
#[tokio::test(flavor = "multi_thread")]
async fn events_of_organizations_are_followed_in_a_stream_of_samples_and_nowhere_else() {
    let (kinesis, backend) = (Kinesis::start().await, Backend::start().await);
    for stream in ["samples", "logs"] {
        kinesis.create(stream, 1).await;
    }
    let event = include_bytes!("../data/lifecycle/close-account-result.json").to_vec();
    let _ = kinesis.put_bytes("samples", &[event.clone(), b"Hello World".to_vec()]).await;
    let _ = kinesis.put_bytes("logs", &[event]).await;
    let samples = config::Kinesis { carries: config::Carries::Samples, ..kinesis.settings("samples") };
    let streams = vec![samples, kinesis.settings("logs")];
    let fleet = fleet::Fleet::start_with(&backend, |config| config.kinesis = streams).await;
    until("both to be buried", || fleet.dead_letters().len() == 2).await;
    let counted = fleet.service.telemetry().snapshot();
    assert_eq!(counted.total(Counter::LifecycleEvents(Followed::NoOrganizations)), 1);
    assert_eq!(counted.counter(Counter::LifecycleEvents(Followed::NoOrganizations)), 1, "no directory follows it here");
}
