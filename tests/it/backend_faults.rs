//! The whole service against a backend that fails in every way that backends fail. Promise: what was acknowledged to a
//! source is delivered, spilled or in the dead letters; what is not, is not acknowledged.

#![cfg(test)]

use std::collections::BTreeMap;
use std::time::Duration;

use fanin::config::Place;
use fanin::id::Signal;
use fanin::io::service::Drained;
use fanin::io::snapshots::Snapshots;
use fanin::io::telemetry::{Counter, DestinationIdx, Gauge};
use fanin::letter::Letter;
use fanin::reject::Reason;
use fanin::simulate::Simulation;
use tempfile::TempDir;
use tokio::time::Instant;

use crate::support::fleet::{Fleet, config, files, letters, payload, post, replay, simulated};
use crate::support::kinesis::{Kinesis, arn, sdk_config, until};
use crate::support::receiver::{Answer, Backend};

const ACCOUNT: &str = "111122223333";
const OTHER: &str = "444455556666";
const BACKEND: DestinationIdx = DestinationIdx(0);

/// Ids from 1, each once.
fn once(n: u64) -> BTreeMap<String, usize> {
    (1..=n).map(|id| (id.to_string(), 1)).collect()
}

fn counted(fleet: &Fleet, counter: Counter) -> u64 {
    fleet.service.telemetry().snapshot().counter(counter)
}

/// The reasons, the words of the server and the records of all letters about requests.
fn refused(letters: &[Letter]) -> Vec<(Option<Reason>, &str, u64)> {
    let about = |letter| match letter {
        &Letter::Otlp { reason, ref detail, ref accounts, .. } => {
            (reason, detail.as_str(), accounts.iter().map(|(_, records)| records).sum())
        }
        Letter::Raw { .. } => panic!("not about a request: {letter:?}"),
    };
    letters.iter().map(about).collect()
}

/// Scenario: the backend is down for a while, shorter than `spill_after`. Guarantees: meanwhile a Firehose request is not
/// answered and the checkpoint of a Kinesis shard does not move; then everything is delivered once.
#[tokio::test]
async fn while_the_backend_is_down_nothing_is_acknowledged_and_then_all_is_delivered_once() {
    let mut backend = Backend::start().await;
    backend.go_down();
    let kinesis = Kinesis::start().await;
    kinesis.create("central", 1).await;
    let fleet = Fleet::start_with(&backend, |config| config.kinesis = vec![kinesis.settings("central")]).await;
    let mut simulation = Simulation::new(50, 1);
    let payloads = simulated(&mut simulation, 300);
    let _ = kinesis.put_bytes("central", &payloads[..payloads.len() / 2]).await;
    let answer = fleet.post(&payloads[payloads.len() / 2..]);
    until("attempts to export", || counted(&fleet, Counter::Retries(BACKEND)) >= 6).await;
    let state = fleet.folder.path().join("state");
    let snapshots =
        || files(&state).iter().filter(|file| file.display().to_string().contains("snapshot-")).max().cloned();
    let before = snapshots();
    until("another snapshot", || snapshots() != before).await;
    assert!(!answer.is_finished(), "a request was answered before its records were safe");
    let snapshot = Snapshots::open(&Place::Folder(state), &sdk_config().await).await.unwrap().load().await.unwrap();
    let shards = snapshot.unwrap().kinesis.remove(&arn("central")).unwrap_or_default();
    assert!(shards.is_empty(), "a checkpoint moved past records that are not safe: {shards:?}");
    assert!(files(&fleet.folder.path().join("spill")).is_empty());

    backend.come_back().await;
    assert_eq!(answer.await.unwrap(), 200);
    until("all records", || backend.counts().len() as u64 == simulation.events()).await;
    assert_eq!(fleet.stop().await.0, Drained::Whole);
    assert!(backend.counts().values().all(|times| *times == 1));
}

/// Scenario: the backend is down for longer than `spill_after`. Guarantees: batches are spilled and their sources
/// acknowledged; `replay` delivers them once and removes the files; a second replay finds nothing.
#[tokio::test]
async fn a_long_outage_is_spilled_acknowledged_and_replayed() {
    let mut backend = Backend::start().await;
    backend.go_down();
    let kinesis = Kinesis::start().await;
    kinesis.create("central", 1).await;
    let folder = TempDir::new().unwrap();
    let mut config = config(folder.path(), &backend.url());
    config.kinesis = vec![kinesis.settings("central")];
    config.delivery.spill_after = Duration::from_millis(300);
    let fleet = Fleet { service: crate::support::fleet::start(config.clone()).await, folder };
    let mut simulation = Simulation::new(50, 2);
    let payloads = simulated(&mut simulation, 300);
    let _ = kinesis.put_bytes("central", &payloads[..payloads.len() / 2]).await;
    assert_eq!(fleet.post(&payloads[payloads.len() / 2..]).await.unwrap(), 200);
    let spill = fleet.folder.path().join("spill");
    let spilled = || refused(&letters(&spill)).iter().map(|(_, _, records)| records).sum::<u64>();
    until("everything to be spilled", || spilled() == simulation.events()).await;
    // The line moves: what comes now is spilled at once.
    assert_eq!(fleet.post(&simulated(&mut simulation, 10)).await.unwrap(), 200);
    assert_eq!(spilled(), simulation.events());
    let of_accounts = fleet.service.fleet().read(|fleet| fleet.accounts().map(|(_, row)| row.spilled).sum::<u64>());
    assert_eq!(of_accounts.unwrap(), simulation.events());
    let (drained, folder) = fleet.stop().await;
    assert_eq!((drained, backend.n_requests()), (Drained::Whole, 0));

    backend.come_back().await;
    let summary = replay(&config, &spill).await;
    assert!(summary.is_clean() && summary.accepted > 0, "{summary}");
    assert_eq!(backend.counts().len() as u64, simulation.events());
    assert!(backend.counts().values().all(|times| *times == 1));
    assert_eq!((files(&spill), letters(&folder.path().join("dead-letters"))), (Vec::new(), Vec::new()));
    let options = crate::support::fleet::replay_options(&spill);
    let stop = tokio_util::sync::CancellationToken::new();
    let again = Box::pin(fanin::io::service::replay(&options, &config, &sdk_config().await, &stop)).await;
    assert!(again.unwrap_err().to_string().starts_with("there is nothing in"));
}

/// Scenario: a backend that takes 50 ms for each batch, and sources that send as fast as they can. Guarantees: no more than
/// the budget is held, and everything arrives once.
#[tokio::test]
async fn a_slow_backend_makes_sources_wait_within_the_memory_budget() {
    const BUDGET: usize = 1 << 20;
    let backend = Backend::start().await;
    backend.slow(Duration::from_millis(50));
    let fleet = Fleet::start_with(&backend, |config| {
        config.delivery.memory_bytes_max = BUDGET;
        config.destinations[0].batch_bytes_max = 64 << 10;
    })
    .await;
    // Of one account, so that nothing is sampled out: an account that is alone waits instead.
    let n_posts = 40;
    let long = "x".repeat(1_000);
    let posts: Vec<_> = (0..n_posts)
        .map(|post| fleet.post(&[payload(ACCOUNT, post * 100 + 1..post * 100 + 101, |_| format!("INFO {long}"))]))
        .collect();
    let (mut most, mut statuses) = (0, Vec::new());
    let telemetry = fleet.service.telemetry().clone();
    until("all answers", || {
        most = most.max(telemetry.snapshot().gauge(Gauge::MemoryBytes));
        posts.iter().all(|post| post.is_finished())
    })
    .await;
    for post in posts {
        statuses.push(post.await.unwrap());
    }
    assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
    assert!(most <= BUDGET as u64, "{most} bytes held, {BUDGET} allowed");
    assert!(most >= BUDGET as u64 / 2, "the backend was not slow enough to fill the memory: {most} bytes");
    assert_eq!(backend.counts(), once(n_posts * 100));
}

/// Scenario: 429 with `Retry-After: 1` while several batches are under way. Guarantees: nothing is sent to that backend
/// within that second; then everything arrives once.
#[tokio::test]
async fn retry_after_is_waited_for_by_all_batches() {
    let backend = Backend::start().await;
    backend.answer(|request| if request.index == 0 { Answer::RetryAfter(429, 1) } else { Answer::Accept });
    let fleet = Fleet::start(&backend).await;
    let first = fleet.post(&[payload(ACCOUNT, 1..11, |_| "INFO a".into())]);
    until("the first request", || backend.n_requests() == 1).await;
    // The answer is on its way; what is sent from now on knows of it once the service has counted the attempt.
    until("the answer", || {
        fleet
            .service
            .telemetry()
            .snapshot()
            .total(Counter::ExportAttempts(BACKEND, fanin::io::telemetry::Outcome::Retry))
            == 1
    })
    .await;
    let second = fleet.post(&[payload(OTHER, 11..21, |_| "INFO b".into())]);
    assert_eq!((first.await.unwrap(), second.await.unwrap()), (200, 200));
    let requests = backend.requests();
    let asked = requests[0].0.at;
    for (request, _) in &requests[1..] {
        let after = request.at - asked;
        assert!(after >= Duration::from_secs(1), "request {} came {after:?} after the first", request.index);
    }
    assert_eq!(backend.counts(), once(20));
}

#[tokio::test]
async fn a_backend_that_is_unavailable_is_asked_again_until_it_is_there() {
    let backend = Backend::start().await;
    backend.answer(|request| match request.index {
        0 => Answer::Status(503),
        1 => Answer::Status(502),
        2 => Answer::Status(504),
        3 => Answer::Status(429),
        _ => Answer::Accept,
    });
    let fleet = Fleet::start(&backend).await;
    assert_eq!(fleet.post(&[payload(ACCOUNT, 1..11, |_| "INFO a".into())]).await.unwrap(), 200);
    assert_eq!((backend.n_requests(), backend.counts()), (5, once(10)));
    assert!(fleet.dead_letters().is_empty());
}

/// Scenario: the backend takes at most 2,000 bytes; one record alone has more. Guarantees: all others arrive once, and that
/// one is a dead letter.
#[tokio::test]
async fn what_is_too_large_is_split_until_it_fits() {
    let backend = Backend::start().await;
    backend.answer(|request| if request.bytes > 2_000 { Answer::Status(413) } else { Answer::Accept });
    let fleet = Fleet::start(&backend).await;
    let message = |id| if id == 42 { "INFO ".to_owned() + &"y".repeat(3_000) } else { format!("INFO {id}") };
    let records = [payload(ACCOUNT, 1..101, message), payload(OTHER, 101..111, message)];
    assert_eq!(fleet.post(&records).await.unwrap(), 200);
    let mut expected = once(110);
    let _ = expected.remove("42");
    assert_eq!(backend.counts(), expected);
    let letters = fleet.dead_letters();
    let [(reason, detail, records)] = refused(&letters)[..] else { panic!("{letters:?}") };
    assert_eq!((reason, records), (Some(Reason::Refused), 1));
    assert!(detail.contains("too large for the server") && detail.contains("the test wants 413"), "{detail}");
    assert_eq!((fleet.counts(ACCOUNT).refused, fleet.counts(OTHER).refused), (1, 0));
}

#[tokio::test]
async fn what_is_refused_in_part_is_a_dead_letter_with_the_servers_words() {
    let backend = Backend::start().await;
    backend.answer(|_| Answer::Partial(3, "timestamps are too old"));
    let fleet = Fleet::start(&backend).await;
    let records = [payload(ACCOUNT, 1..11, |_| "INFO a".into()), payload(OTHER, 11..16, |_| "INFO b".into())];
    assert_eq!(fleet.post(&records).await.unwrap(), 200);
    assert_eq!(backend.counts(), once(15), "a batch that was accepted in part is not sent again");
    let letters = fleet.dead_letters();
    assert_eq!(refused(&letters), [(Some(Reason::Refused), "3 of 15 records refused: timestamps are too old", 15)]);
    // Which of them the backend does not tell, so all of the batch count.
    assert_eq!((fleet.counts(ACCOUNT).refused, fleet.counts(OTHER).refused), (10, 5));
    assert_eq!(counted(&fleet, Counter::PartialRejected(BACKEND, Signal::Logs)), 3);
    assert_eq!(counted(&fleet, Counter::Exported(BACKEND, Signal::Logs)), 12);
    assert_eq!(counted(&fleet, Counter::DeadLetters), 1);
}

#[tokio::test]
async fn what_is_refused_for_good_is_a_dead_letter_and_is_not_sent_again() {
    let backend = Backend::start().await;
    backend.answer(|_| Answer::Status(400));
    let fleet = Fleet::start(&backend).await;
    assert_eq!(fleet.post(&[payload(ACCOUNT, 1..11, |_| "INFO a".into())]).await.unwrap(), 200);
    assert_eq!(backend.n_requests(), 1);
    let letters = fleet.dead_letters();
    let [(reason, detail, 10)] = refused(&letters)[..] else { panic!("{letters:?}") };
    assert_eq!(reason, Some(Reason::Refused));
    assert!(detail.contains("400") && detail.contains("the test wants 400"), "{detail}");
    assert_eq!(fleet.counts(ACCOUNT).refused, 10);
}

/// Scenario: the connection breaks off after the backend has taken a batch and before it says so, three times. Guarantees:
/// nothing is lost, and only what was in those batches comes twice.
#[tokio::test]
async fn a_connection_that_is_cut_in_the_answer_repeats_that_batch_only() {
    let backend = Backend::start().await;
    backend.answer(|request| if request.index < 3 { Answer::CutAfterTaking } else { Answer::Accept });
    let fleet = Fleet::start(&backend).await;
    for round in 0..5 {
        let ids = round * 10 + 1..round * 10 + 11;
        assert_eq!(fleet.post(&[payload(ACCOUNT, ids, |_| "INFO a".into())]).await.unwrap(), 200);
    }
    let counts = backend.counts();
    assert_eq!(counts.keys().collect::<Vec<_>>(), once(50).keys().collect::<Vec<_>>());
    let doubled: usize = counts.values().map(|times| times - 1).sum();
    let cut: usize = backend
        .requests()
        .iter()
        .filter(|(_, answer)| *answer == Answer::CutAfterTaking)
        .map(|(request, _)| request.records.len())
        .sum();
    assert_eq!(doubled, cut);
}

/// Scenario: the backend fails with 500 at one batch and accepts all others. Guarantees: that batch is tried a few times,
/// then it is a dead letter; the others arrive once.
#[tokio::test]
async fn a_batch_that_breaks_the_backend_is_given_up_after_a_few_tries() {
    let backend = Backend::start().await;
    backend.answer(|request| {
        let poisoned = request.records.iter().any(|record| record.body == "ERROR poison");
        if poisoned { Answer::Status(500) } else { Answer::Accept }
    });
    let fleet = Fleet::start(&backend).await;
    let poison = fleet.post(&[payload(ACCOUNT, 0..1, |_| "ERROR poison".into())]);
    until("the poison at the backend", || backend.n_requests() > 0).await;
    let mut n_sent = 0;
    while !poison.is_finished() {
        n_sent += 1;
        assert!(n_sent < 500, "the poison is tried for ever");
        assert_eq!(fleet.post(&[payload(OTHER, n_sent..n_sent + 1, |_| "INFO b".into())]).await.unwrap(), 200);
    }
    assert_eq!(poison.await.unwrap(), 200);
    assert_eq!(backend.counts(), once(n_sent));
    let tries = backend.requests().iter().filter(|(_, answer)| *answer == Answer::Status(500)).count();
    assert!((2..=20).contains(&tries), "{tries} tries");
    let letters = fleet.dead_letters();
    let [(reason, detail, 1)] = refused(&letters)[..] else { panic!("{letters:?}") };
    assert_eq!(reason, Some(Reason::Refused));
    assert!(detail.contains("500"), "{detail}");
    assert_eq!((fleet.counts(ACCOUNT).refused, fleet.counts(OTHER).refused), (1, 0));
}

/// Scenario: the backend is down and the spill cannot be written. Guarantees: the delivery is not acknowledged; once the
/// backend is back, what the source sends again arrives.
#[tokio::test]
async fn what_cannot_be_spilled_is_not_acknowledged() {
    let mut backend = Backend::start().await;
    backend.go_down();
    let kinesis = Kinesis::start().await;
    kinesis.create("central", 1).await;
    let fleet = Fleet::start_with(&backend, |config| {
        config.kinesis = vec![kinesis.settings("central")];
        config.delivery.spill_after = Duration::from_millis(50);
    })
    .await;
    // A file stands where the folder of the destination would be made, which holds for root, too.
    let spill = fleet.folder.path().join("spill/spill");
    std::fs::create_dir_all(&spill).unwrap();
    std::fs::write(spill.join("backend"), "in the way").unwrap();
    let _ = kinesis.put_bytes("central", &[payload(ACCOUNT, 1..11, |_| "INFO a".into())]).await;
    let records = [payload(OTHER, 11..21, |_| "INFO b".into())];
    assert_eq!(fleet.post(&records).await.unwrap(), 503);
    let read = || kinesis.faults.calls("GetShardIterator").len();
    until("the shard to be read again", || read() >= 2).await;
    assert_eq!(backend.n_requests(), 0);

    backend.come_back().await;
    let give_up = Instant::now() + Duration::from_secs(20);
    while fleet.post(&records).await.unwrap() != 200 {
        assert!(Instant::now() < give_up, "the backend is back and was not found");
    }
    until("all records", || backend.counts().len() == 20).await;
    assert_eq!(fleet.stop().await.0, Drained::Whole);
    assert!(backend.counts().keys().eq(once(20).keys()));
}

/// Scenario: as before, on a disk that is full. Guarantees: the same, and what was spilled while there was room is whole.
#[tokio::test]
async fn a_full_disk_is_not_acknowledged_and_loses_nothing() {
    let Some(disk) = crate::storage::SmallDisk::mount(128 * 1024) else { return };
    let mut backend = Backend::start().await;
    backend.go_down();
    let folder = TempDir::new().unwrap();
    let mut config = config(folder.path(), &backend.url());
    config.delivery.spill_after = Duration::from_millis(50);
    config.storage.spill = Place::Folder(disk.path().join("spill"));
    let service = crate::support::fleet::start(config.clone()).await;
    // Text that hardly compresses.
    let noise = |id| {
        let mut random = fastrand::Rng::with_seed(id);
        (0..20_000).map(|_| random.alphanumeric()).collect()
    };
    let (mut acknowledged, mut failed) = (Vec::new(), Vec::new());
    for id in 1..=24 {
        let status = post(service.address(), &[payload(ACCOUNT, id..id + 1, noise)]).await.unwrap();
        if status == 200 { acknowledged.push(id) } else { failed.push((id, status)) }
    }
    assert!(!acknowledged.is_empty(), "there was room for some");
    assert!(!failed.is_empty() && failed.iter().all(|(_, status)| *status == 503), "{failed:?}");
    let spilled: u64 = refused(&letters(&disk.path().join("spill"))).iter().map(|(_, _, records)| records).sum();
    assert_eq!(spilled, acknowledged.len() as u64);

    backend.come_back().await;
    for (id, _) in &failed {
        let records = [payload(ACCOUNT, *id..id + 1, noise)];
        let give_up = Instant::now() + Duration::from_secs(20);
        while post(service.address(), &records).await.unwrap() != 200 {
            assert!(Instant::now() < give_up, "the backend is back and was not found");
        }
    }
    assert_eq!(service.stop().await, Drained::Whole);
    assert!(replay(&config, &disk.path().join("spill")).await.is_clean());
    assert_eq!(backend.counts(), once(24));
}
