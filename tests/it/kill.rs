//! The program is killed, stopped and told to read again, in mid-stream.

#![cfg(test)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::time::Duration;

use fanin::config::Place;
use fanin::io::snapshots::Snapshots;
use fanin::simulate::Simulation;
use fanin::snapshot::{Checkpoint, Snapshot};
use serde_json::Value;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use crate::support::fleet::{gunzip, payload, post, simulated};
use crate::support::kinesis::{Kinesis, REGION, arn, sdk_config, until};
use crate::support::program::Program;
use crate::support::receiver::Backend;

const ACCOUNT: &str = "111122223333";

/// One log record for each event and nothing besides, so that records can be counted.
fn config(backend: &Backend, kinesis: Option<&Kinesis>) -> String {
    let stream = kinesis.map_or_else(String::new, |kinesis| {
        let endpoint = &kinesis.endpoint;
        format!("  kinesis: [{{stream: central, region: {REGION}, endpoint: {endpoint:?}, poll_interval: 200ms}}]\n")
    });
    format!(
        "server: {{listen: '127.0.0.1:0', grace_period: 20s}}\n\
         sources:\n{stream}  firehose: {{}}\n\
         directory: {{file: accounts.csv}}\n\
         normalize: {{multiline: false, log_metrics: never}}\n\
         destinations:\n- {{name: backend, endpoint: {:?}, compression: none, batch_wait: 20ms, batch_max: 16KiB}}\n\
         delivery: {{retry_wait_min: 10ms, retry_wait_max: 50ms, spill_after: never}}\n\
         storage: {{snapshot_interval: 100ms}}\n",
        backend.url()
    )
}

fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    write_directory(folder.path(), &[]);
    folder
}

fn write_directory(folder: &Path, tenants: &[(&str, &str)]) {
    let rows: String = tenants.iter().map(|(account, tenant)| format!("{account},{tenant}\n")).collect();
    fs::write(folder.join("accounts.csv"), format!("account,tenant\n000000000001,nobody\n{rows}")).unwrap();
}

async fn saved(folder: &Path) -> Snapshot {
    let snapshots = Snapshots::open(&Place::Folder(folder.join("state")), &sdk_config().await).await.unwrap();
    snapshots.load().await.unwrap().unwrap_or_default()
}

/// Ids of the events in a payload.
fn ids(payload: &[u8]) -> Vec<String> {
    let json: Value = serde_json::from_slice(&gunzip(payload)).unwrap();
    json["logEvents"].as_array().unwrap().iter().map(|event| event["id"].as_str().unwrap().to_owned()).collect()
}

/// Whether a record lies behind the checkpoint of its shard. Sequence numbers are numbers of many digits.
fn is_after(checkpoints: &BTreeMap<String, Checkpoint>, shard: &str, sequence: &str) -> bool {
    match checkpoints.get(shard) {
        Some(Checkpoint::After(last)) => (sequence.len(), sequence) > (last.len(), last),
        Some(Checkpoint::Finished) => false,
        Some(Checkpoint::Since(_)) | None => true,
    }
}

/// Scenario: `kill -9` while a stream is written, read and delivered, and a restart with the same state. Guarantees: nothing
/// is lost; twice come exactly those records that were delivered after the last checkpoint that was saved.
#[tokio::test]
async fn a_kill_loses_nothing_and_repeats_only_what_came_after_the_last_checkpoint() {
    const ROUNDS: usize = 60;
    let backend = Backend::start().await;
    backend.slow(Duration::from_millis(10));
    let (kinesis, folder) = (Kinesis::start().await, folder());
    kinesis.create("central", 2).await;
    let config = config(&backend, Some(&kinesis));
    let mut simulation = Simulation::new(200, 3);
    let rounds: Vec<_> = (0..ROUNDS).map(|_| simulated(&mut simulation, 100)).collect();

    let mut program = Program::start(folder.path(), &config).await;
    let write = async {
        let mut places = BTreeMap::new();
        for round in &rounds {
            for (payload, place) in round.iter().zip(kinesis.put_bytes("central", round).await) {
                places.extend(ids(payload).into_iter().map(|id| (id, place.clone())));
            }
            // The pace of the tenants, slow enough for several reads and checkpoints.
            sleep(Duration::from_millis(30)).await;
        }
        places
    };
    let kill = async {
        until("a third of the records", || backend.counts().len() as u64 > simulation.events() / 3).await;
        program.signal("KILL");
        let _ = program.ended().await;
        saved(folder.path()).await.kinesis.remove(&arn("central")).unwrap_or_default()
    };
    let (places, checkpoints) = tokio::join!(write, kill);
    assert_eq!(places.len() as u64, simulation.events());
    assert!(!checkpoints.is_empty(), "a checkpoint was saved before the kill");

    let restarted = Instant::now();
    let program = Program::start(folder.path(), &config).await;
    until("all records", || backend.counts().len() as u64 == simulation.events()).await;
    drop(program);
    let before: BTreeSet<_> =
        backend.records().into_iter().filter(|record| record.at < restarted).map(|record| record.id).collect();
    let repeated: BTreeSet<_> = before
        .into_iter()
        .filter(|id| {
            let (shard, sequence) = &places[id];
            is_after(&checkpoints, shard, sequence)
        })
        .collect();
    let counts = backend.counts();
    let doubled: BTreeSet<_> = counts.iter().filter(|(_, times)| **times > 1).map(|(id, _)| id.clone()).collect();
    assert!(counts.values().all(|times| *times <= 2));
    assert_eq!(doubled, repeated, "{} of {} came twice", doubled.len(), counts.len());
    assert!((doubled.len() as u64) < simulation.events() / 3, "the checkpoint did not move");
}

/// Scenario: SIGTERM while requests are under way and a stream is read. Guarantees: not ready but alive while it drains,
/// everything that was taken is delivered, exit code 0; after a restart everything has come, and once.
#[tokio::test]
async fn on_sigterm_what_was_taken_is_delivered_and_nothing_comes_twice() {
    let backend = Backend::start().await;
    let (kinesis, folder) = (Kinesis::start().await, folder());
    kinesis.create("central", 2).await;
    let config = config(&backend, Some(&kinesis));
    let mut simulation = Simulation::new(200, 4);
    let mut program = Program::start(folder.path(), &config).await;
    let ready = format!("http://{}/-/ready", program.address);
    let status = async || reqwest::get(&ready).await.map(|answer| answer.status().as_u16()).unwrap_or(0);
    let give_up = Instant::now() + Duration::from_secs(20);
    while status().await != 200 {
        assert!(Instant::now() < give_up, "{}", program.log());
    }

    backend.slow(Duration::from_millis(400));
    let _ = kinesis.put_bytes("central", &simulated(&mut simulation, 150)).await;
    let answer = post(program.address, &simulated(&mut simulation, 150));
    until("requests at the backend", || backend.n_arrivals() >= 4).await;
    program.signal("TERM");
    until("the stop to begin", || program.log().contains("\"stopping")).await;
    let (mut statuses, answered) = (BTreeSet::new(), backend.n_requests());
    loop {
        let status = status().await;
        if backend.n_requests() > answered {
            break;
        }
        let _ = statuses.insert(status);
    }
    assert_eq!(statuses, BTreeSet::from([503]), "/-/ready while it drains");
    let _ = kinesis.put_bytes("central", &simulated(&mut simulation, 150)).await;
    assert_eq!(answer.await.unwrap(), 200);
    assert!(program.ended().await.success(), "{}", program.log());

    backend.slow(Duration::ZERO);
    let mut program = Program::start(folder.path(), &config).await;
    until("all records", || backend.counts().len() as u64 == simulation.events()).await;
    program.signal("TERM");
    assert!(program.ended().await.success(), "{}", program.log());
    assert!(backend.counts().values().all(|times| *times == 1), "something came twice after an orderly stop");
}

/// Scenario: the directory file changes, then breaks, with a SIGHUP each time. Guarantees: the new tenant is on records that
/// come afterwards; a file that cannot be read changes nothing.
#[tokio::test]
async fn on_sighup_the_directory_is_read_again_and_a_bad_file_changes_nothing() {
    let (backend, folder) = (Backend::start().await, folder());
    let program = Program::start(folder.path(), &config(&backend, None)).await;
    let tenant_of = async |id: u64| {
        let records = [payload(ACCOUNT, id..id + 1, |_| "INFO a".into())];
        assert_eq!(post(program.address, &records).await.unwrap(), 200);
        let records = backend.records();
        records.into_iter().find(|record| record.id == id.to_string()).expect("a 200 means delivered").tenant
    };
    let told = |what: &'static str| program.log().matches(what).count();
    assert_eq!(tenant_of(1).await, "unassigned");
    write_directory(folder.path(), &[(ACCOUNT, "acme")]);
    program.signal("HUP");
    until("the reload", || told("read again: directory") == 1).await;
    assert_eq!(tenant_of(2).await, "acme");
    fs::write(folder.path().join("accounts.csv"), "account,tenant\nnot an account,x\n").unwrap();
    program.signal("HUP");
    until("the refusal", || told("the directory stays as it was") == 1).await;
    assert_eq!(tenant_of(3).await, "acme");
}
