//! What was kept is sent again, and removed only when all of it was accepted.

#![cfg(test)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use fanin::delivery::{Delivery, Payload, Settlement, Source};
use fanin::export::Verdict;
use fanin::id::Signal;
use fanin::io::dead_letters::DeadLetters;
use fanin::io::intake::Intake;
use fanin::io::replay::{self, After, Line, Options, Summary};
use fanin::io::spill::Spill;
use fanin::letter::{Letter, line};
use fanin::reject::Reason;
use fanin::replay::Kind;
use fanin::time::Timestamp;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::storage::moto_with_bucket;
use crate::support::kept::{batch, bucket, folder, request, sdk};

/// A backend that answers as it was told, and a front door that settles as it was told.
struct World {
    /// Answers for each destination, first come first; accepted when there is none left.
    answers: Arc<Mutex<BTreeMap<String, Vec<Verdict>>>>,
    sent: Arc<Mutex<Vec<(String, Bytes)>>>,
    delivered: Arc<Mutex<Vec<Delivery>>>,
    settlement: Arc<Mutex<Settlement>>,
    kept: TempDir,
    dead: TempDir,
}

impl World {
    fn new() -> Self {
        Self {
            answers: Arc::default(),
            sent: Arc::default(),
            delivered: Arc::default(),
            settlement: Arc::new(Mutex::new(Settlement::Done)),
            kept: TempDir::new().unwrap(),
            dead: TempDir::new().unwrap(),
        }
    }

    fn answer(&self, destination: &str, verdicts: impl IntoIterator<Item = Verdict>) {
        let _ = self.answers.lock().unwrap().insert(destination.into(), verdicts.into_iter().collect());
    }

    async fn spill(&self, destination: &str, texts: &[&str]) {
        let spill = Spill::open(&folder(self.kept.path()), &sdk()).await.unwrap();
        spill.put(&batch(texts), destination, "down").await.unwrap();
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.kept.path().join(name), content).unwrap();
    }

    fn kept(&self) -> usize {
        files(self.kept.path())
    }

    async fn send(&self) -> Summary {
        self.send_from(&self.options(After::RemoveSpill)).await
    }

    fn options(&self, after: After) -> Options {
        Options { source: self.kept.path().display().to_string(), after, region: None, endpoint: None }
    }

    async fn send_from(&self, options: &Options) -> Summary {
        let (intake, mut taken) = Intake::new(1024 * 1024);
        let (delivered, settlement) = (Arc::clone(&self.delivered), Arc::clone(&self.settlement));
        let door = tokio::spawn(async move {
            while let Some(taken) = taken.recv().await {
                delivered.lock().unwrap().push(taken.delivery);
                taken.settle.send(*settlement.lock().unwrap()).unwrap();
            }
        });
        let (dead_letters, writer) = DeadLetters::open(&folder(self.dead.path()), &sdk()).await.unwrap();
        let (answers, sent) = (Arc::clone(&self.answers), Arc::clone(&self.sent));
        let export = move |destination: &str, signal: Signal, request: Bytes| {
            assert_eq!(signal, Signal::Logs);
            sent.lock().unwrap().push((destination.to_owned(), request));
            let mut answers = answers.lock().unwrap();
            let left = answers.get_mut(destination).filter(|left| !left.is_empty());
            std::future::ready(left.map_or(Verdict::Accepted { warning: None }, |left| left.remove(0)))
        };
        let (retry_wait_min, retry_wait_max) = (Duration::from_millis(1), Duration::from_millis(4));
        let line = Line { intake, export, dead_letters, retry_wait_min, retry_wait_max };
        let summary = replay::send(options, &sdk(), &line, &CancellationToken::new()).await.unwrap();
        drop(line);
        door.await.unwrap();
        writer.await.unwrap();
        summary
    }

    fn sent_to(&self, destination: &str) -> Vec<Bytes> {
        let sent = self.sent.lock().unwrap();
        sent.iter().filter(|(to, _)| to == destination).map(|(_, request)| request.clone()).collect()
    }
}

fn files(path: &Path) -> usize {
    let entries = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| if path.is_dir() { files(&path) } else { 1 }).sum()
}

fn again() -> Verdict {
    Verdict::Retry { after: None, error: "HTTP 503".into() }
}

fn refused() -> Verdict {
    Verdict::Refused { message: "HTTP 400: no".into() }
}

fn dead_record(data: &'static str) -> Letter {
    Letter::Raw {
        time: Timestamp::from_seconds(1),
        reason: Reason::BadJson,
        detail: "ends early".into(),
        source: Source::Kinesis,
        origin: "arn:aws:kinesis:eu-central-1:111122223333:stream/central".into(),
        position: data.into(),
        arrived: Timestamp::from_seconds(1),
        account: None,
        region: None,
        data: Bytes::from_static(data.as_bytes()),
    }
}

#[tokio::test]
async fn a_dry_run_tells_what_is_there_and_touches_nothing() {
    let world = World::new();
    world.spill("backend", &["a", "b"]).await;
    world.write("dead.jsonl", [line::write(&dead_record("x")), b"{\"broken\":\n".to_vec()].concat());
    let summary =
        replay::dry_run(&world.options(After::RemoveLetters), &sdk(), &CancellationToken::new()).await.unwrap();
    assert_eq!(summary.objects, 2);
    assert_eq!(summary.kinds[&Kind::SpilledBatch].items, 1);
    assert_eq!(summary.kinds[&Kind::DeadRecord].items, 1);
    assert_eq!(summary.accounts.values().sum::<u64>(), 2);
    assert_eq!((summary.broken, summary.accepted, summary.removed), (1, 0, 0));
    assert!(!summary.is_clean());
    assert_eq!(world.kept(), 2);
    assert!(summary.to_string().contains("nothing was sent: this was a dry run"), "{summary}");
}

/// Scenario: two backends were down, one is back. Guarantees: its batches are sent and removed, the others stay; the
/// same command finishes the work when the second is back, without sending anything twice.
#[tokio::test]
async fn a_batch_is_removed_only_after_it_was_accepted() {
    let world = World::new();
    for text in ["a", "b"] {
        world.spill("up", &[text]).await;
        world.spill("down", &[text]).await;
    }
    world.answer("down", [refused(), refused()]);
    let summary = world.send().await;
    assert_eq!((summary.accepted, summary.failed, summary.removed), (2, 2, 2));
    assert_eq!(world.kept(), 2);
    assert!(summary.problems[0].detail.contains("HTTP 400: no"), "{summary}");
    let summary = world.send().await;
    assert_eq!((summary.accepted, summary.failed, summary.removed), (2, 0, 2));
    assert_eq!(world.kept(), 0);
    assert_eq!(world.sent_to("up"), [request("a"), request("b")]);
}

#[tokio::test]
async fn a_destination_that_stays_down_is_given_up_and_not_asked_for_each_batch() {
    let world = World::new();
    for text in ["a", "b", "c"] {
        world.spill("backend", &[text]).await;
    }
    world.answer("backend", std::iter::repeat_with(again).take(100));
    let summary = world.send().await;
    assert_eq!((summary.accepted, summary.failed, summary.removed), (0, 3, 0));
    assert_eq!(world.sent_to("backend").len(), 6);
    world.answer("backend", [again(), again()]);
    assert_eq!(world.send().await.removed, 3);
}

#[tokio::test]
async fn a_file_with_one_batch_that_was_not_accepted_stays_whole() {
    let world = World::new();
    let letter = |text: &str| {
        line::write(&Letter::of_batch(&batch(&[text]), None, "backend", "down", Timestamp::from_seconds(1)))
    };
    world.write("spill.jsonl", [letter("a"), letter("b"), letter("c")].concat());
    world.answer("backend", [Verdict::Accepted { warning: None }, refused()]);
    let summary = world.send().await;
    assert_eq!((summary.accepted, summary.failed, summary.removed), (2, 1, 0));
    assert_eq!(world.kept(), 1);
}

#[tokio::test]
async fn a_request_that_is_too_large_goes_in_parts() {
    let world = World::new();
    world.spill("backend", &["a", "b", "c"]).await;
    let split = || Verdict::Split { message: "HTTP 413".into() };
    world.answer("backend", [split(), Verdict::Accepted { warning: None }, split()]);
    assert_eq!(world.send().await.removed, 1);
    assert_eq!(world.sent_to("backend")[1..2], [request("a")]);
    assert_eq!(world.sent_to("backend")[3..], [request("b"), request("c")]);
}

/// Scenario: a backend takes a request but for some records. Guarantees: it is not sent again, which the protocol
/// forbids, and the refused part is in the dead letters with the backend's words.
#[tokio::test]
async fn what_a_backend_refused_of_a_request_goes_to_the_dead_letters() {
    let world = World::new();
    world.spill("backend", &["a", "b"]).await;
    world.answer("backend", [Verdict::Partial { rejected: 1, message: "too old".into() }]);
    let summary = world.send().await;
    assert_eq!((summary.accepted, summary.refused_records, summary.removed), (1, 1, 1));
    let options = Options { source: world.dead.path().display().to_string(), ..world.options(After::RemoveSpill) };
    let dead = replay::dry_run(&options, &sdk(), &CancellationToken::new()).await.unwrap();
    assert_eq!(dead.kinds.keys().collect::<Vec<_>>(), [&Kind::RefusedRequest]);
}

#[tokio::test]
async fn records_go_in_at_the_front_and_their_receipts_are_awaited() {
    let world = World::new();
    world.write("dead.jsonl", ["a", "b"].map(|data| line::write(&dead_record(data))).concat());
    *world.settlement.lock().unwrap() = Settlement::Failed;
    let failed = world.send_from(&world.options(After::RemoveLetters)).await;
    assert_eq!((failed.accepted, failed.failed, failed.removed), (0, 2, 0));
    *world.settlement.lock().unwrap() = Settlement::Done;
    let kept = world.send().await;
    assert_eq!((kept.accepted, kept.removed), (2, 0));
    let removed = world.send_from(&world.options(After::RemoveLetters)).await;
    assert_eq!((removed.accepted, removed.removed), (2, 1));
    let delivered = world.delivered.lock().unwrap();
    let Payload::Records(records) = &delivered[0].payload else { panic!("not records") };
    assert_eq!(records.iter().map(|record| record.data.as_ref()).collect::<Vec<_>>(), [b"a", b"b"]);
    assert_eq!(delivered[0].origin.source, Source::Kinesis);
}

#[tokio::test]
async fn files_of_others_are_sent_and_never_removed() {
    let world = World::new();
    world.write("firehose-error", r#"{"attemptsMade":4,"arrivalTimestamp":1684424042901,"rawData":"H4sIAAAA"}"#);
    let summary = world.send_from(&world.options(After::RemoveLetters)).await;
    assert_eq!((summary.accepted, summary.removed), (1, 0));
    assert_eq!(world.kept(), 1);
}

#[tokio::test]
async fn a_broken_line_keeps_its_file() {
    let world = World::new();
    let letter = Letter::of_batch(&batch(&["a"]), None, "backend", "down", Timestamp::from_seconds(1));
    world.write("spill.jsonl", [line::write(&letter), b"{\"cut\":\n".to_vec(), line::write(&letter)].concat());
    let summary = world.send().await;
    assert_eq!((summary.accepted, summary.broken, summary.removed), (2, 1, 0));
    assert_eq!(world.kept(), 1);
}

#[tokio::test]
async fn a_stop_leaves_what_was_not_accepted() {
    let world = World::new();
    world.spill("backend", &["a"]).await;
    let (stop, options) = (CancellationToken::new(), world.options(After::RemoveSpill));
    let (intake, _taken) = Intake::new(1024);
    let (dead_letters, _writer) = DeadLetters::open(&folder(world.dead.path()), &sdk()).await.unwrap();
    let during = stop.clone();
    let export = move |_: &str, _: Signal, _: Bytes| {
        during.cancel();
        std::future::ready(Verdict::Retry { after: Some(Duration::from_secs(3_600)), error: "HTTP 503".into() })
    };
    let wait = Duration::from_secs(3_600);
    let line = Line { intake, export, dead_letters, retry_wait_min: wait, retry_wait_max: wait };
    let summary = replay::send(&options, &sdk(), &line, &stop).await.unwrap();
    assert!(summary.stopped);
    assert_eq!((summary.failed, summary.removed), (1, 0));
    assert_eq!(world.kept(), 1);
}

#[tokio::test]
async fn a_source_with_nothing_in_it_is_told() {
    let world = World::new();
    let error = replay::dry_run(&world.options(After::KeepAll), &sdk(), &CancellationToken::new()).await.unwrap_err();
    assert!(error.to_string().starts_with("there is nothing in"), "{error}");
}

/// Scenario: batches were spilled to S3. Guarantees: they are read from there and removed there.
#[tokio::test]
async fn a_bucket_is_replayed_like_a_folder() {
    let Some(moto) = moto_with_bucket("letters", &[]) else { return };
    let spill = Spill::open(&bucket("letters", &moto.url()), &sdk()).await.unwrap();
    for text in ["a", "b"] {
        spill.put(&batch(&[text]), "backend", "down").await.unwrap();
    }
    let world = World::new();
    let (source, endpoint) = ("s3://letters/fanin/spill".into(), Some(moto.url()));
    let options = Options { source, endpoint, ..world.options(After::RemoveSpill) };
    let summary = world.send_from(&options).await;
    assert_eq!((summary.accepted, summary.removed), (2, 2), "{summary}");
    assert_eq!(world.sent_to("backend"), [request("a"), request("b")]);
    assert_eq!(spill.list().await.unwrap(), []);
}
