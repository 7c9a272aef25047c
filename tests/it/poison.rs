//! Broken records of every kind that peers were seen to trip over, among good ones in one Firehose request.

#![cfg(test)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use fanin::io::telemetry::Counter;
use fanin::letter::Letter;
use serde_json::Value;

use crate::support::fleet::{Fleet, gunzip, gzip, payload, post_encoded};
use crate::support::receiver::Backend;

const ACCOUNT: &str = "111122223333";
const CONTROL: &str = r#"{"messageType":"CONTROL_MESSAGE","owner":"CloudwatchLogs","logGroup":"","logStream":"","subscriptionFilters":[],"logEvents":[{"id":"","timestamp":1684423980083,"message":"CWL CONTROL MESSAGE: Checking health of destination Firehose."}]}"#;

fn plain(account: &str, id: u64, message: &str) -> Vec<u8> {
    gunzip(&payload(account, id..id + 1, |_| message.into()))
}

fn good(id: u64) -> Vec<u8> {
    gzip(&plain(ACCOUNT, id, "INFO good"))
}

fn base64(data: &[u8]) -> String {
    base64_simd::STANDARD.encode_to_string(data)
}

fn replaced(json: Vec<u8>, from: &str, to: &str) -> Vec<u8> {
    let json = String::from_utf8(json).unwrap();
    assert!(json.contains(from), "{from} is not in {json}");
    json.replace(from, to).into_bytes()
}

/// What is to be rejected, and why.
fn poison() -> Vec<(String, &'static str)> {
    let whole = gzip(&plain(ACCOUNT, 900, "INFO cut"));
    let bomb = gzip(&[plain(ACCOUNT, 901, "INFO bomb"), vec![b' '; 4 << 20]].concat());
    vec![
        ("!!! not base64 !!!".into(), "bad_base64"),
        (base64(b"\x1f\x8b\x08 broken from the start"), "bad_gzip"),
        (base64(&whole[..whole.len() / 2]), "bad_gzip"),
        (base64(&bomb), "too_large"),
        (base64(&gzip(b"{\"messageType\":\"DATA_MESSAGE\",")), "bad_json"),
        (base64(&gzip(b"just a line of text")), "unknown_format"),
        (base64(&gzip(&plain("CloudwatchLogs", 902, "INFO no account"))), "bad_account"),
        (base64(&gzip(&replaced(plain(ACCOUNT, 903, "x"), "\"owner\"", "\"owned\""))), "bad_shape"),
        (
            base64(&gzip(&replaced(
                plain(ACCOUNT, 904, "x"),
                "\"message\":\"x\"",
                &format!("\"message\":{}", "[".repeat(300)),
            ))),
            "too_deep",
        ),
    ]
}

/// What is odd and must arrive, with the ids and bodies of its events.
fn odd() -> Vec<(String, Vec<(&'static str, &'static str)>)> {
    let members = [good(100), gzip(&plain(ACCOUNT, 101, "INFO second, and longer than the first member"))].concat();
    let objects = [plain(ACCOUNT, 110, "INFO good"), plain(ACCOUNT, 111, "INFO second object")].join(&b'\n');
    let mut not_utf8 = plain(ACCOUNT, 120, "INFO a?b");
    let at = not_utf8.iter().position(|byte| *byte == b'?').unwrap();
    not_utf8[at] = 0xff;
    let unknown = replaced(
        plain(ACCOUNT, 130, "INFO good"),
        "{\"logEvents\"",
        "{\"policyLevel\":\"ACCOUNT_LEVEL_POLICY\",\"new\":{\"x\":[1,null]},\"logEvents\"",
    );
    vec![
        (base64(&members), vec![("100", "INFO good"), ("101", "INFO second, and longer than the first member")]),
        (base64(&gzip(&objects)), vec![("110", "INFO good"), ("111", "INFO second object")]),
        (base64(&gzip(&not_utf8)), vec![("120", "INFO a\u{fffd}b")]),
        (base64(&gzip(&unknown)), vec![("130", "INFO good")]),
        (base64(&plain(ACCOUNT, 140, "INFO good")), vec![("140", "INFO good")]),
        (base64(&good(150)).trim_end_matches('=').to_owned(), vec![("150", "INFO good")]),
        (base64(&gzip(&plain(ACCOUNT, 160, "{\"level\":\"error\","))), vec![("160", "{\"level\":\"error\",")]),
        (base64(&gzip(CONTROL.as_bytes())), vec![]),
    ]
}

/// Scenario: one Firehose request with every kind of poison, every oddity that is none, and good records in between.
/// Guarantees: 200; everything good arrives once; each bad record is a dead letter with its reason; `fanin replay` reads them
/// and `fanin decode` tells the same reasons.
#[tokio::test]
async fn poison_is_set_aside_with_its_reason_and_its_neighbours_arrive() {
    let backend = Backend::start().await;
    let fleet = Fleet::start_with(&backend, |config| config.normalize.record_bytes_max = 2 << 20).await;
    let (mut records, mut expected) = (Vec::new(), BTreeMap::new());
    for (index, (record, _)) in poison().into_iter().enumerate() {
        records.extend([base64(&good(index as u64)), record]);
        let _ = expected.insert(index.to_string(), "INFO good".to_owned());
    }
    for (record, events) in odd() {
        records.push(record);
        expected.extend(events.into_iter().map(|(id, body)| (id.to_owned(), body.to_owned())));
    }
    records.push(base64(&good(199)));
    let _ = expected.insert("199".into(), "INFO good".into());
    assert_eq!(post_encoded(fleet.address(), &records).await.unwrap(), 200);

    assert!(backend.counts().values().all(|times| *times == 1));
    let arrived: BTreeMap<_, _> = backend.records().into_iter().map(|record| (record.id, record.body)).collect();
    assert_eq!(arrived, expected);
    let letters = fleet.dead_letters();
    let reasons: Vec<_> = letters.iter().map(reason).collect();
    assert_eq!(reasons, poison().iter().map(|(_, reason)| *reason).collect::<Vec<_>>());
    let counted = fleet.service.telemetry().snapshot();
    assert_eq!(counted.total(Counter::DeadLetters), letters.len() as u64);
    assert_eq!(counted.total(Counter::Rejects(fanin::reject::Reason::BadGzip)), letters.len() as u64);

    let (_, folder) = fleet.stop().await;
    let config =
        "sources: {firehose: {}}\ndestinations: [{endpoint: 'http://127.0.0.1:9'}]\nnormalize: {record_max: 2MiB}\n";
    fs::write(folder.path().join("config.yaml"), config).unwrap();
    let (summary, _) = fanin(folder.path(), &["replay", "dead-letters", "--json"]);
    let summary: Value = serde_json::from_str(&summary).unwrap();
    assert_eq!(summary["kinds"]["dead_record"]["items"], letters.len(), "{summary}");
    assert_eq!((&summary["broken"], &summary["unreadable"]), (&0.into(), &0.into()), "{summary}");
    for (letter, (_, reason)) in letters.iter().zip(poison()) {
        let one = folder.path().join("letter.jsonl");
        fs::write(&one, fanin::letter::line::write(letter)).unwrap();
        let (_, told) = fanin(folder.path(), &["decode", "letter.jsonl", "-c", "config.yaml"]);
        // A letter keeps text that is no base64 as it came, and then it is a text of no known format.
        let reason = if reason == "bad_base64" { "unknown_format" } else { reason };
        assert!(told.contains(&format!("rejected {reason} ")), "{reason} is not in: {told}");
    }
}

fn reason(letter: &Letter) -> &'static str {
    match letter {
        Letter::Raw { reason, .. } => reason.as_str(),
        Letter::Otlp { .. } => panic!("not about a record: {letter:?}"),
    }
}

/// What the program prints on stdout and stderr.
fn fanin(folder: &Path, args: &[&str]) -> (String, String) {
    let ran = Command::new(env!("CARGO_BIN_EXE_fanin")).args(args).current_dir(folder).env_clear().output().unwrap();
    let [stdout, stderr] = [ran.stdout, ran.stderr].map(|text| String::from_utf8(text).unwrap());
    (stdout, stderr)
}

#[tokio::test]
async fn an_oversized_event_is_cut_and_marked_and_not_dropped() {
    let backend = Backend::start().await;
    let fleet = Fleet::start(&backend).await;
    let limit = 256 << 10;
    let records = [payload(ACCOUNT, 1..4, |id| if id == 2 { "y".repeat(limit + 1_000) } else { "INFO good".into() })];
    assert_eq!(fleet.post(&records).await.unwrap(), 200);
    let bodies: BTreeMap<_, _> = backend.records().into_iter().map(|record| (record.id, record.body)).collect();
    assert_eq!(bodies.keys().collect::<Vec<_>>(), ["1", "2", "3"]);
    assert!(bodies["2"].len() <= limit && bodies["2"].len() > limit - 100, "{} bytes", bodies["2"].len());
    assert!(fleet.dead_letters().is_empty());
}

/// Firehose gives a batch up for good when it is answered 413.
#[tokio::test]
async fn a_body_over_the_limit_is_refused_but_never_with_413() {
    let backend = Backend::start().await;
    let fleet = Fleet::start_with(&backend, |config| {
        config.firehose.as_mut().expect("the harness serves it").body_bytes_max = 1 << 20;
    })
    .await;
    let status = post_encoded(fleet.address(), &["QUJD".repeat(400 << 10)]).await.unwrap();
    assert!(status >= 400 && status != 413, "{status}");
    assert_eq!(backend.n_requests(), 0);
}

#[tokio::test]
async fn probes_are_no_invalid_requests() {
    let backend = Backend::start().await;
    let fleet = Fleet::start(&backend).await;
    assert_eq!(fleet.post(&[]).await.unwrap(), 200);
    assert_eq!(fleet.post(&[gzip(CONTROL.as_bytes())]).await.unwrap(), 200);
    for path in ["/-/healthy", "/-/ready", "/livez", "/readyz"] {
        let status = reqwest::get(format!("http://{}{path}", fleet.address())).await.unwrap().status();
        assert_eq!(status, 200, "{path}");
    }
    let metrics = fleet.service.telemetry().exposition();
    let bad = |line: &&str| {
        let of_errors = line.starts_with("fanin_refused_requests_total") || line.starts_with("fanin_rejects_total");
        of_errors && !line.ends_with(" 0")
    };
    assert_eq!(metrics.lines().filter(bad).collect::<Vec<_>>(), Vec::<&str>::new());
    assert!(fleet.dead_letters().is_empty());
}
