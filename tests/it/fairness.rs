//! Accounts share the way out, and none can take the others' part of it.

#![cfg(test)]

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::time::Duration;

use fanin::config::{Destination, Route};
use fanin::letter::Letter;
use tempfile::TempDir;
use tokio::time::{Instant, interval};

use crate::support::fleet::{Fleet, config, destination, gzip, letters, payload, replay};
use crate::support::kinesis::until;
use crate::support::receiver::{Backend, Record};

/// Time that the backend takes for a request.
const REQUEST: Duration = Duration::from_millis(200);
const REQUESTS_MAX: usize = 2;
const BATCH_BYTES_MAX: usize = 64 << 10;
/// What the queue lets an account send in its turn.
const QUANTUM_BYTES: usize = 64 << 10;
/// No chunk of the flood is larger.
const CHUNK_BYTES_MAX: usize = 40 << 10;
/// For two cores that build and test meanwhile.
const MACHINE: Duration = Duration::from_millis(600);

const FLOOD: &str = "999988887777";
const TICKS: u64 = 40;
const TICK: Duration = Duration::from_millis(100);
/// Events of one quiet account in a tick; the flood has a hundred times as many.
const EVENTS: u64 = 4;
/// The quiet accounts send every so many ticks, so that the flood is alone in between.
const QUIET_TICKS: u64 = 5;

fn quiet(number: u64) -> String {
    format!("{:012}", 100_000_000_000 + number)
}

/// One event in 20 is an error, one in 20 is for debugging.
fn message(id: u64) -> String {
    let level = match id % 20 {
        0 => "ERROR",
        1 => "DEBUG",
        _ => "INFO",
    };
    format!("{level} {id} {}", "x".repeat(200))
}

fn is_error(id: &str) -> bool {
    id.parse::<u64>().unwrap() % 20 == 0
}

/// Records of a spilled or dead request, by account.
fn kept(letters: &[Letter]) -> BTreeMap<String, u64> {
    let mut kept = BTreeMap::new();
    for letter in letters {
        let Letter::Otlp { accounts, .. } = letter else { panic!("{letter:?}") };
        for (account, records) in accounts {
            *kept.entry(account.to_string()).or_default() += records;
        }
    }
    kept
}

/// Scenario: a backend that is slower than what is sent; ten accounts send a little now and then, one sends a hundred times
/// as much all the time, which is more than the backend can take.
///
/// Guarantees: the delay of the others, from when they begin to post until the backend has the request, is bounded by
/// `batch_wait`, the requests under way when the record comes, and the turn of each account before it: at most a quantum
/// and a chunk of the flood, in batches of `batch_bytes_max`, of which `requests_max` travel at once:
/// `batch_wait + REQUEST * (1 + ceil((QUANTUM_BYTES + CHUNK_BYTES_MAX) / BATCH_BYTES_MAX / REQUESTS_MAX))`.
/// In one queue for all, they would wait for all of the flood before them, ten times as long. All of their records arrive.
/// Of the flood nothing is missing silently: each record is delivered, spilled or counted as left out, and no error is left
/// out. When the flood is over, nothing of that account is held back any more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_that_floods_does_not_delay_the_others() {
    let batches = (QUANTUM_BYTES + CHUNK_BYTES_MAX).div_ceil(BATCH_BYTES_MAX).div_ceil(REQUESTS_MAX);
    let batch_wait = Duration::from_millis(20);
    let bound = batch_wait + REQUEST * (1 + u32::try_from(batches).unwrap());
    let backend = Backend::start().await;
    backend.slow(REQUEST);
    let folder = TempDir::new().unwrap();
    let mut config = config(folder.path(), &backend.url());
    config.delivery.memory_bytes_max = 2 << 20;
    config.destinations[0].batch_bytes_max = BATCH_BYTES_MAX;
    config.destinations[0].batch_wait = batch_wait;
    config.destinations[0].requests_max = REQUESTS_MAX;
    let service = crate::support::fleet::start(config.clone()).await;
    let fleet = Fleet { folder, service };

    let (mut next, mut sent, mut begun, mut posts) = (0, BTreeMap::<String, u64>::new(), BTreeMap::new(), Vec::new());
    let mut events = |account: &str, n: u64| -> Range<u64> {
        *sent.entry(account.to_owned()).or_default() += n;
        next += n;
        next - n..next
    };
    let mut ticks = interval(TICK);
    for tick in 0..TICKS {
        let _ = ticks.tick().await;
        let flood: Vec<_> = (0..10).map(|_| payload(FLOOD, events(FLOOD, EVENTS * 10), message)).collect();
        posts.push(fleet.post(&flood));
        for number in (0..10).filter(|_| tick % QUIET_TICKS == 0) {
            let (account, now) = (quiet(number), Instant::now());
            let ids = events(&account, EVENTS * QUIET_TICKS);
            begun.extend(ids.clone().map(|id| (id.to_string(), now)));
            posts.push(fleet.post(&[payload(&account, ids, message)]));
        }
    }
    for post in posts {
        assert_eq!(post.await.unwrap(), 200);
    }

    let records = backend.records();
    let mut delays: Vec<_> = records
        .iter()
        .filter_map(|record| Some(record.at.saturating_duration_since(*begun.get(&record.id)?)))
        .collect();
    delays.sort_unstable();
    assert_eq!(delays.len() as u64, 10 * TICKS * EVENTS, "every record of a quiet account arrives once");
    let p99 = delays[delays.len() * 99 / 100];
    println!("delay of the others: p99 {p99:?}, most {:?}, bound {bound:?}", delays.last().unwrap());
    assert!(p99 <= bound + MACHINE, "p99 {p99:?}, bound {bound:?}");
    for number in 0..10 {
        let row = fleet.counts(&quiet(number));
        assert_eq!((row.sampled_out, row.spilled, row.refused), (0, 0, 0));
    }

    let spill = fleet.folder.path().join("spill");
    let row = fleet.counts(FLOOD);
    assert!(row.sampled_out > 0, "the flood did not press");
    assert_eq!(kept(&letters(&spill)).get(FLOOD).copied().unwrap_or_default(), row.spilled);
    let delivered = records.iter().filter(|record| record.account == FLOOD).count() as u64;
    assert_eq!(sent[FLOOD], delivered + row.sampled_out + row.spilled + row.rejects + row.refused);

    // The flood is over.
    backend.slow(Duration::ZERO);
    let debug = 20_000_001..20_000_002;
    assert_eq!(fleet.post(&[payload(FLOOD, debug, message)]).await.unwrap(), 200);
    assert!(backend.counts().contains_key("20000001"), "an account is held back although nothing waits");
    let _ = fleet.service.stop().await;
    if !letters(&spill).is_empty() {
        assert!(replay(&config, &spill).await.is_clean());
    }
    let arrived: BTreeSet<_> = backend.counts().into_keys().collect();
    let n_errors = arrived.iter().filter(|id| is_error(id)).count() as u64;
    assert_eq!(n_errors, next.div_ceil(20), "an error was left out");
    assert!(backend.counts().values().all(|times| *times == 1));
}

/// Scenario: two destinations, the first one slow and flooded, the second fast. Guarantees: that the second has room does
/// not hide that the first has none.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fast_destination_does_not_hide_that_another_one_is_full() {
    let (slow, fast) = (Backend::start().await, Backend::start().await);
    slow.slow(REQUEST);
    let fleet = Fleet::start_with(&slow, |config| {
        config.destinations[0].batch_bytes_max = 16 << 10;
        let fast = destination("fast", &fast.url());
        config.destinations.push(Destination { batch_bytes_max: 16 << 10, batch_wait: Duration::ZERO, ..fast });
        config.delivery.memory_bytes_max = 1 << 20;
        // One after the other, so that what is held back is known before the next delivery.
        config.delivery.workers = 1;
    })
    .await;
    let posts: Vec<_> = (0..40)
        .map(|n| {
            let other = payload(&quiet(n % 3), n..n + 1, message);
            fleet.post(&[other, payload(FLOOD, 1_000 + n * 40..1_040 + n * 40, message)])
        })
        .collect();
    for post in posts {
        assert_eq!(post.await.unwrap(), 200);
    }
    // Shares are looked at ten times a second; what floods faster than that overflows into the spill.
    let flood = fleet.counts(FLOOD);
    assert!(flood.sampled_out + flood.spilled > 0, "{flood:?}");
    let held_back = |number| fleet.counts(&quiet(number)).sampled_out + fleet.counts(&quiet(number)).spilled;
    assert_eq!((0..3).map(held_back).sum::<u64>(), 0);
}

fn accounts(records: &[Record]) -> BTreeSet<(&str, &str)> {
    records.iter().map(|record| (record.account.as_str(), record.tenant.as_str())).collect()
}

/// Scenario: one destination for each tier, and one for those whom the directory does not know. Guarantees: each record goes
/// where its account's tier goes and nowhere else; an unknown account is `unassigned` and counted.
#[tokio::test]
async fn accounts_go_to_the_destination_of_their_tier() {
    let (gold, other, unknown) = (Backend::start().await, Backend::start().await, Backend::start().await);
    let route = |attribute: &str, values: &[&str]| {
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        Some(Route { attribute: attribute.into(), values })
    };
    let files = TempDir::new().unwrap();
    let directory = files.path().join("accounts.csv");
    let rows = "account,tenant,tier\n111122223333,acme,gold\n444455556666,bolt,standard\n777788889999,crux,trial\n";
    std::fs::write(&directory, rows).unwrap();
    let fleet = Fleet::start_with(&gold, |config| {
        config.directory.file = Some(directory);
        config.destinations[0].route = route("tenant.tier", &["gold"]);
        let mut second = destination("other", &other.url());
        second.route = route("tenant.tier", &["standard", "trial"]);
        let mut third = destination("unknown", &unknown.url());
        third.route = route("tenant.id", &["unassigned"]);
        config.destinations.extend([second, third]);
    })
    .await;
    let owners = ["111122223333", "444455556666", "777788889999", "000011112222"];
    let records: Vec<_> = owners
        .iter()
        .zip(0..)
        .map(|(owner, n)| payload(owner, n * 10..n * 10 + 10, |_| "INFO a".into()))
        .chain([gzip(b"")])
        .collect();
    assert_eq!(fleet.post(&records).await.unwrap(), 200);
    let received = [gold.records(), other.records(), unknown.records()];
    assert_eq!(received.each_ref().map(Vec::len), [10, 20, 10]);
    assert_eq!(accounts(&received[0]), BTreeSet::from([("111122223333", "acme")]));
    assert_eq!(accounts(&received[1]), BTreeSet::from([("444455556666", "bolt"), ("777788889999", "crux")]));
    assert_eq!(accounts(&received[2]), BTreeSet::from([("000011112222", "unassigned")]));
    let unknown_accounts = fanin::io::telemetry::Gauge::UnknownAccounts;
    until("the unknown account to be counted", || fleet.service.telemetry().snapshot().gauge(unknown_accounts) == 1)
        .await;
    assert!(!fleet.counts("000011112222").known && fleet.counts("111122223333").known);
}
