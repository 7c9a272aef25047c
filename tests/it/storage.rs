//! What is kept survives what happens to disks, processes and buckets.

#![cfg(test)]

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::panic::Location;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use fanin::config::Place;
use fanin::delivery::Source;
use fanin::io::dead_letters::{self, DeadLetters};
use fanin::io::snapshots::{self, Snapshots};
use fanin::io::spill::Spill;
use fanin::io::storage::{Error, Key, Storage};
use fanin::letter::{Letter, line};
use fanin::reject::Reason;
use fanin::snapshot::{Checkpoint, Snapshot};
use fanin::time::Timestamp;
use serde_json::json;
use tempfile::TempDir;

use crate::support::kept::{batch, bucket, folder, sdk};
use crate::support::rig::{self, Server};

async fn spilled(spill: &Spill) -> Vec<Letter> {
    let mut letters = Vec::new();
    for object in spill.list().await.unwrap() {
        letters.extend(spill.read(&object).await.unwrap().into_iter().map(Result::unwrap));
    }
    letters
}

/// Scenario: two batches are spilled, read and removed. Guarantees: they come back whole, oldest first.
async fn check_spill(place: &Place) {
    let spill = Spill::open(place, &sdk()).await.unwrap();
    for text in ["first", "second"] {
        spill.put(&batch(&[text, "more"]), "backend", "HTTP 503 for 5 min").await.unwrap();
    }
    let letters = spilled(&spill).await;
    assert_eq!(letters.len(), 2);
    for (letter, text) in letters.iter().zip(["first", "second"]) {
        let Letter::Otlp { reason: None, detail, destination, accounts, request, .. } = letter else {
            panic!("not a spilled batch: {letter:?}");
        };
        assert_eq!((detail.as_str(), destination.as_str()), ("HTTP 503 for 5 min", "backend"));
        assert_eq!(accounts.iter().map(|(_, records)| records).sum::<u64>(), 2);
        let expected = batch(&[text, "more"]).chunks.iter().map(|chunk| chunk.bytes.clone()).collect::<Vec<_>>();
        assert_eq!(*request, Bytes::from(expected.concat()));
    }
    let objects = spill.list().await.unwrap();
    assert!(objects[0].key.to_string().starts_with("spill/backend/2"), "{objects:?}");
    spill.remove(&objects[0]).await.unwrap();
    assert_eq!(spill.list().await.unwrap(), objects[1..]);
    spill.remove(&objects[0]).await.unwrap();
}

#[tokio::test]
async fn batches_are_spilled_into_a_folder_that_only_its_owner_may_enter() {
    let root = TempDir::new().unwrap();
    let path = root.path().join("var/spill");
    check_spill(&folder(&path)).await;
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
}

#[tokio::test]
async fn batches_are_spilled_into_a_bucket() {
    let Some(moto) = moto_with_bucket("letters", &[]) else { return };
    let place = bucket("letters", &moto.url());
    check_spill(&place).await;
    Storage::open(&place, &sdk()).await.unwrap().probe().await.unwrap();
}

#[tokio::test]
async fn a_bucket_that_is_not_there_is_named() {
    let Some(moto) = moto_with_bucket("letters", &[]) else { return };
    let storage = Storage::open(&bucket("lettres", &moto.url()), &sdk()).await.unwrap();
    let error = storage.probe().await.unwrap_err();
    assert!(matches!(&error, Error::NoBucket { bucket, .. } if bucket == "lettres"), "{error:?}");
    assert_eq!(
        error.to_string(),
        "there is no bucket \"lettres\" (asked for s3://lettres/fanin): create it, or correct its name and Region"
    );
}

#[tokio::test]
async fn a_bucket_that_is_not_ours_is_told() {
    let Some(moto) = moto_with_bucket("letters", &["--enforce"]) else { return };
    let storage = Storage::open(&bucket("letters", &moto.url()), &sdk()).await.unwrap();
    let error = storage.probe().await.unwrap_err();
    assert!(matches!(&error, Error::Denied { .. }), "{error:?}");
    assert_eq!(error.to_string(), "not allowed to write in s3://letters/fanin: check its permissions");
}

#[tokio::test]
async fn a_place_that_is_a_file_is_told() {
    let root = TempDir::new().unwrap();
    let path = root.path().join("file");
    fs::write(&path, "x").unwrap();
    let error = Storage::open(&folder(&path.join("spill")), &sdk()).await.unwrap_err();
    assert_eq!(error.to_string(), format!("cannot open the folder {}", path.join("spill").display()));
}

/// Scenario: the disk of the spill is full. Guarantees: the caller is told so and keeps the batch; what was spilled
/// before is whole; once there is room, it goes on.
#[tokio::test]
async fn a_full_disk_is_told_and_damages_nothing() {
    let Some(disk) = SmallDisk::mount(1024 * 1024) else { return };
    let spill = Spill::open(&folder(&disk.path().join("spill")), &sdk()).await.unwrap();
    spill.put(&batch(&["before"]), "backend", "down").await.unwrap();
    fs::write(disk.path().join("ballast"), vec![7; 900 * 1024]).unwrap();
    let noise: String = (0..400_000_u64).map(|n| char::from(b'!' + (n.wrapping_mul(n) * 31 % 90) as u8)).collect();
    let noise = batch(&[&noise]);
    let mut spilled_before = 1;
    let error = loop {
        match spill.put(&noise, "backend", "down").await {
            Ok(()) => spilled_before += 1,
            Err(error) => break error,
        }
    };
    let place = disk.path().join("spill").display().to_string();
    assert!(matches!(&error, Error::Full { place: full } if *full == place), "{error:?}");
    assert_eq!(error.to_string(), format!("no space is left in {place}: free some, or choose another place"));
    assert_eq!(spilled(&spill).await.len(), spilled_before);
    fs::remove_file(disk.path().join("ballast")).unwrap();
    spill.put(&noise, "backend", "down").await.unwrap();
    assert_eq!(spilled(&spill).await.len(), spilled_before + 1);
}

/// Scenario: kill -9 while batches are being spilled. Guarantees: what was acknowledged is there, and all that is there
/// is whole.
#[tokio::test]
async fn a_kill_loses_nothing_that_was_acknowledged() {
    let root = TempDir::new().unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "storage::a_child_spills_until_it_is_killed", "--nocapture"])
        .env(CHILD_FOLDER, root.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let acknowledged = lines.map_while(Result::ok).filter(|line| line == "spilled").take(40).count();
    child.kill().unwrap();
    let _ = child.wait().unwrap();
    assert_eq!(acknowledged, 40);
    let spill = Spill::open(&folder(root.path()), &sdk()).await.unwrap();
    assert!(spilled(&spill).await.len() >= acknowledged);
}

const CHILD_FOLDER: &str = "FANIN_TEST_CHILD_FOLDER";

/// The other half of the test above; by itself it has nothing to do.
#[tokio::test]
async fn a_child_spills_until_it_is_killed() {
    let Some(path) = std::env::var_os(CHILD_FOLDER).map(PathBuf::from) else { return };
    let spill = Spill::open(&folder(&path), &sdk()).await.unwrap();
    println!();
    loop {
        spill.put(&batch(&["text"; 100]), "backend", "down").await.unwrap();
        println!("spilled");
    }
}

/// Scenario: a crash between writing a file and renaming it. Guarantees: the half-written file is nobody's object.
#[tokio::test]
async fn what_was_not_renamed_is_not_there() {
    let root = TempDir::new().unwrap();
    let spill = Spill::open(&folder(root.path()), &sdk()).await.unwrap();
    spill.put(&batch(&["whole"]), "backend", "down").await.unwrap();
    let whole = root.path().join(spill.list().await.unwrap()[0].key.to_string());
    let mut half = whole.clone().into_os_string();
    half.push("#1");
    fs::write(half, &fs::read(&whole).unwrap()[..50]).unwrap();
    assert_eq!(spilled(&spill).await.len(), 1);
    assert_eq!(spill.list().await.unwrap().len(), 1);
}

fn dead(number: u64, data: Bytes) -> Letter {
    Letter::Raw {
        time: Timestamp::from_seconds(number),
        reason: Reason::BadGzip,
        detail: "ends early".into(),
        source: Source::Firehose,
        origin: "arn:aws:firehose:eu-central-1:111122223333:deliverystream/metrics".into(),
        position: number.to_string(),
        arrived: Timestamp::from_seconds(number),
        account: None,
        region: None,
        data,
    }
}

async fn dead_letters_in(storage: &Storage, folder: &[&str]) -> Vec<Vec<Letter>> {
    let mut objects = Vec::new();
    for object in storage.list(folder).await.unwrap() {
        let bytes = storage.get(&object.key).await.unwrap();
        let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        objects.push(lines.map(|line| line::parse(line).unwrap()).collect());
    }
    objects
}

#[tokio::test]
async fn dead_letters_share_objects_and_each_caller_is_answered() {
    let root = TempDir::new().unwrap();
    let (writer, task) = DeadLetters::open(&folder(root.path()), &sdk()).await.unwrap();
    let letters: Vec<_> = (0..50).map(|number| dead(number, Bytes::from_static(b"x"))).collect();
    let written = letters.iter().map(|letter| writer.write(vec![letter.clone()]));
    for written in futures::future::join_all(written).await {
        written.unwrap();
    }
    let storage = Storage::open(&folder(root.path()), &sdk()).await.unwrap();
    let objects = dead_letters_in(&storage, &[dead_letters::FOLDER]).await;
    // One, unless this machine takes more than a second for fifty lines.
    assert!(objects.len() <= 25, "{} objects", objects.len());
    let mut found = objects.concat();
    found.sort_by_key(Letter::time);
    assert_eq!(found, letters);
    drop(writer);
    task.await.unwrap();
}

#[tokio::test]
async fn a_caller_whose_dead_letters_cannot_be_kept_is_told() {
    let root = TempDir::new().unwrap();
    let path = root.path().join("letters");
    let (writer, _task) = DeadLetters::open(&folder(&path), &sdk()).await.unwrap();
    fs::remove_dir(&path).unwrap();
    fs::write(&path, "a file where the folder was").unwrap();
    let error = writer.write(vec![dead(1, Bytes::from_static(b"x"))]).await.unwrap_err();
    assert!(matches!(error, dead_letters::Error::Storage(_)), "{error:?}");
}

/// Scenario: dead letters go to a Firehose stream. Guarantees: what it writes to S3 are lines again, whole and in order.
#[tokio::test]
async fn dead_letters_go_through_firehose_to_s3() {
    let Some(moto) = moto_with_bucket("letters", &["--stream", "dead"]) else { return };
    let (writer, _task) = DeadLetters::open(&firehose(&moto), &sdk()).await.unwrap();
    let letters: Vec<_> = (0..1_200).map(|number| dead(number, Bytes::from_static(b"x"))).collect();
    writer.write(letters.clone()).await.unwrap();
    let found = dead_letters_in(&bucket_root(&moto).await, &["letters"]).await;
    let mut found: Vec<_> = found.into_iter().flatten().collect();
    found.sort_by_key(Letter::time);
    assert_eq!(found, letters);
}

/// Scenario: a letter is larger than a record of Firehose. Guarantees: a request is divided, a raw record is refused
/// with advice, and neither is cut.
#[tokio::test]
async fn what_is_too_large_for_firehose_is_divided_or_refused_but_never_cut() {
    let Some(moto) = moto_with_bucket("letters", &["--stream", "dead"]) else { return };
    let noise = |seed: u64| -> String {
        let mut state = seed;
        let next = move |_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            char::from(b' ' + (state >> 58) as u8)
        };
        (0..600_000).map(next).collect()
    };
    let texts = [noise(1), noise(2), noise(3)];
    let texts: Vec<_> = texts.iter().map(String::as_str).collect();
    let spill = Spill::open(&firehose(&moto), &sdk()).await.unwrap();
    spill.put(&batch(&texts), "backend", "down").await.unwrap();
    let found = dead_letters_in(&bucket_root(&moto).await, &["letters"]).await.concat();
    let requests: Vec<_> = found
        .iter()
        .map(|letter| match letter {
            Letter::Otlp { request, .. } => request.clone(),
            Letter::Raw { .. } => panic!("a raw letter"),
        })
        .collect();
    assert!(found.len() > 1);
    let whole: Vec<_> = batch(&texts).chunks.into_iter().map(|chunk| chunk.bytes).collect();
    assert_eq!(requests.concat(), whole.concat());

    let (writer, _task) = DeadLetters::open(&firehose(&moto), &sdk()).await.unwrap();
    let raw = dead(1, [noise(4), noise(5)].concat().into());
    let error = writer.write(vec![raw]).await.unwrap_err();
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.contains("too large for Firehose, which takes 1024000"), "{cause}");
    assert!(spill.list().await.unwrap_err().to_string().contains("can be written only"));
}

/// Scenario: Firehose takes some records of a call and throttles the others, twice. Guarantees: only those are sent again.
/// No emulator does this; the answers are those of the Firehose API reference, "PutRecordBatch".
#[tokio::test]
async fn only_what_firehose_throttled_is_sent_again() {
    let calls: Arc<Mutex<Vec<Vec<String>>>> = Arc::default();
    let seen = Arc::clone(&calls);
    let answer = move |body: String| {
        let mut seen = seen.lock().unwrap();
        let body: serde_json::Value = serde_json::from_str(&body).unwrap();
        let records = body["Records"].as_array().unwrap();
        seen.push(records.iter().map(|record| record["Data"].as_str().unwrap().to_owned()).collect());
        // Every call but the third refuses all records but its first.
        let entries: Vec<_> = (0..records.len())
            .map(|index| match index == 0 || seen.len() == 3 {
                true => json!({"RecordId": "1"}),
                false => json!({"ErrorCode": "ServiceUnavailableException", "ErrorMessage": "Slow down."}),
            })
            .collect();
        let failed = entries.iter().filter(|entry| entry["ErrorCode"].is_string()).count();
        let answer = json!({"FailedPutCount": failed, "RequestResponses": entries}).to_string();
        std::future::ready(([("content-type", "application/x-amz-json-1.1")], answer))
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let server = axum::serve(listener, axum::Router::new().fallback(answer));
    let server = tokio::spawn(server.into_future());
    let (writer, _task) = DeadLetters::open(&firehose_at(endpoint), &sdk()).await.unwrap();
    writer.write((0..4).map(|number| dead(number, Bytes::from_static(b"x"))).collect()).await.unwrap();
    let calls = calls.lock().unwrap();
    assert_eq!(calls.iter().map(Vec::len).collect::<Vec<_>>(), [4, 3, 2]);
    assert_eq!(calls[1], calls[0][1..]);
    assert_eq!(calls[2], calls[1][1..]);
    server.abort();
}

fn snapshot(sequence_number: &str) -> Snapshot {
    let mut snapshot = Snapshot { version: fanin::snapshot::VERSION, ..Snapshot::default() };
    let shard = ("shardId-000000000000".to_owned(), Checkpoint::After(sequence_number.into()));
    let _ = snapshot.kinesis.insert("stream".into(), [shard].into());
    snapshot
}

/// Scenario: a process saves, another one takes over. Guarantees: it begins where the first one was, two snapshots lie
/// there, and the first one cannot save any more.
async fn check_snapshots(place: &Place) {
    let mut first = Snapshots::open(place, &sdk()).await.unwrap();
    assert_eq!(first.load().await.unwrap(), None);
    for sequence_number in ["1", "2", "3"] {
        first.save(&snapshot(sequence_number)).await.unwrap();
    }
    let mut second = Snapshots::open(place, &sdk()).await.unwrap();
    assert_eq!(second.load().await.unwrap(), Some(snapshot("3")));
    assert_eq!(Storage::open(place, &sdk()).await.unwrap().list(&["state"]).await.unwrap().len(), 2);
    second.save(&snapshot("4")).await.unwrap();
    for _ in 0..2 {
        let error = first.save(&snapshot("3a")).await.unwrap_err();
        assert!(matches!(error, snapshots::Error::Fenced { .. }), "{error:?}");
    }
    for sequence_number in ["5", "6", "7"] {
        second.save(&snapshot(sequence_number)).await.unwrap();
    }
    // What the second wrote under the next number of the first is removed by now.
    let error = first.save(&snapshot("3b")).await.unwrap_err();
    assert!(matches!(error, snapshots::Error::Fenced { .. }), "{error:?}");
    assert_eq!(Snapshots::open(place, &sdk()).await.unwrap().load().await.unwrap(), Some(snapshot("7")));
}

#[tokio::test]
async fn snapshots_in_a_folder_belong_to_one_process() {
    let root = TempDir::new().unwrap();
    check_snapshots(&folder(root.path())).await;
}

#[tokio::test]
async fn snapshots_in_a_bucket_belong_to_one_process() {
    let Some(moto) = moto_with_bucket("state", &[]) else { return };
    check_snapshots(&bucket("state", &moto.url())).await;
}

async fn saved(root: &Path) -> (Place, Storage, Vec<Key>) {
    let place = folder(root);
    let mut snapshots = Snapshots::open(&place, &sdk()).await.unwrap();
    for sequence_number in ["1", "2"] {
        snapshots.save(&snapshot(sequence_number)).await.unwrap();
    }
    let storage = Storage::open(&place, &sdk()).await.unwrap();
    let keys = storage.list(&["state"]).await.unwrap().into_iter().map(|object| object.key).collect();
    (place, storage, keys)
}

#[tokio::test]
async fn a_damaged_snapshot_is_passed_over_for_the_one_before_it() {
    let root = TempDir::new().unwrap();
    let (place, storage, keys) = saved(root.path()).await;
    storage.put(&keys[1], Bytes::from_static(b"{\"version\":1,\"kine")).await.unwrap();
    let mut snapshots = Snapshots::open(&place, &sdk()).await.unwrap();
    assert_eq!(snapshots.load().await.unwrap(), Some(snapshot("1")));
    snapshots.save(&snapshot("3")).await.unwrap();
    assert_eq!(Snapshots::open(&place, &sdk()).await.unwrap().load().await.unwrap(), Some(snapshot("3")));
}

#[tokio::test]
async fn snapshots_that_are_all_damaged_are_not_taken_for_none() {
    let root = TempDir::new().unwrap();
    let (place, storage, keys) = saved(root.path()).await;
    for key in &keys {
        storage.put(key, Bytes::new()).await.unwrap();
    }
    let error = Snapshots::open(&place, &sdk()).await.unwrap().load().await.unwrap_err();
    assert!(matches!(error, snapshots::Error::Damaged { count: 2, .. }), "{error:?}");
}

#[tokio::test]
async fn a_snapshot_of_a_later_program_is_refused() {
    let root = TempDir::new().unwrap();
    let (place, storage, keys) = saved(root.path()).await;
    storage.put(&keys[1], Bytes::from_static(b"{\"version\":3,\"kinesis\":[]}")).await.unwrap();
    let error = Snapshots::open(&place, &sdk()).await.unwrap().load().await.unwrap_err();
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(cause, "snapshot of format 3, and this program reads formats up to 2: use a later fanin");
}

fn firehose(moto: &Server) -> Place {
    firehose_at(moto.url())
}

fn firehose_at(endpoint: String) -> Place {
    Place::Firehose { stream: "dead".into(), endpoint: Some(endpoint), region: None }
}

async fn bucket_root(moto: &Server) -> Storage {
    let (bucket, endpoint) = ("letters".into(), Some(moto.url()));
    let place = Place::S3 { bucket, prefix: String::new(), endpoint, region: None };
    Storage::open(&place, &sdk()).await.unwrap()
}

/// moto with a bucket, and what else `storage.py` is asked for; `None` where the rig is not there.
#[track_caller]
pub(crate) fn moto_with_bucket(bucket: &str, more: &[&str]) -> Option<Server> {
    if !rig::has(&["moto", "python"]) {
        return None;
    }
    let moto = Server::start_moto();
    let url = moto.url();
    let args = [&["--endpoint", &url, "--bucket", bucket], more].concat();
    let _ = rig::python(include_str!("../rig/scripts/storage.py"), &args);
    Some(moto)
}

/// A file system of a given size, which takes root to mount.
pub(crate) struct SmallDisk(TempDir);

impl SmallDisk {
    #[track_caller]
    pub(crate) fn mount(bytes: usize) -> Option<Self> {
        let folder = TempDir::new().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={bytes}"), "fanin-test"])
            .arg(folder.path())
            .output();
        if mounted.as_ref().is_ok_and(|mounted| mounted.status.success()) {
            return Some(Self(folder));
        }
        let line = format!("not run: {}: a small disk is mounted by root only\n", Location::caller());
        assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{line}with CI=true every part must be there");
        rig::note(&line);
        None
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        drop(Command::new("umount").arg(self.0.path()).status());
    }
}
