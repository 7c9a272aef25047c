//! The page's store: what is kept, for how long, and what it does when its file or its disk fails.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use fanin::api::Time;
use fanin::api::alerts::Transition;
use fanin::api::fleet::State;
use fanin::api::rules::Notification;
use fanin::chunk::{Chunk, Destinations};
use fanin::config::page::{Store, StoredLogs};
use fanin::delivery::Source;
use fanin::id::{AccountId, Signal};
use fanin::io::clock;
use fanin::io::store::{Error, HistoryQuery, Search, StoreHandle};
use fanin::io::telemetry::Telemetry;
use fanin::letter::Letter;
use fanin::log_query::LogQuery;
use fanin::reject::Reason;
use fanin::time::Timestamp;
use fanin::view::scope::Scope;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValue};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message;
use rusqlite::Connection;
use tempfile::TempDir;

const ACME: &str = "111122223333";
const GLOBEX: &str = "000000000042";

const INFO: i32 = 9;
const ERROR: i32 = 17;

fn text(text: &str) -> AnyValue {
    AnyValue { value: Some(Any::StringValue(text.to_owned())) }
}

fn attribute(key: &str, value: AnyValue) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(value), ..KeyValue::default() }
}

fn log(millis: u64, severity: i32, body: &str) -> LogRecord {
    LogRecord {
        time_unix_nano: millis * 1_000_000,
        observed_time_unix_nano: (millis + 5) * 1_000_000,
        severity_number: severity,
        body: Some(text(body)),
        attributes: vec![attribute("http.response.status_code", AnyValue { value: Some(Any::IntValue(502)) })],
        trace_id: vec![7; 16],
        ..LogRecord::default()
    }
}

fn chunk(account: &str, logs: Vec<LogRecord>) -> Chunk {
    let tenant = if account == ACME { "acme" } else { "globex" };
    let groups = ArrayValue { values: vec![text("/aws/lambda/checkout")] };
    let attributes = vec![
        attribute("cloud.account.id", text(account)),
        attribute("tenant.id", text(tenant)),
        attribute("aws.log.group.names", AnyValue { value: Some(Any::ArrayValue(groups)) }),
    ];
    let records = u32::try_from(logs.len()).unwrap();
    let scope_logs = vec![ScopeLogs { log_records: logs, ..ScopeLogs::default() }];
    let resource = Some(Resource { attributes, ..Resource::default() });
    let resource_logs = vec![ResourceLogs { resource, scope_logs, ..ResourceLogs::default() }];
    let bytes = Bytes::from(ExportLogsServiceRequest { resource_logs }.encode_to_vec());
    let account = AccountId::parse(account).unwrap();
    Chunk { signal: Signal::Logs, account, records, destinations: Destinations::NONE, bytes }
}

fn now() -> u64 {
    clock::now().millis()
}

fn open_with(folder: &TempDir, settings: &Store) -> StoreHandle {
    StoreHandle::open(settings, Some(folder.path()), "tenant.id", Telemetry::default()).unwrap()
}

fn open(folder: &TempDir) -> StoreHandle {
    open_with(folder, &Store::default())
}

async fn found(store: &StoreHandle, query: &str) -> Vec<String> {
    let query = LogQuery::parse(query).unwrap();
    let search = Search { query, limit: 1_000, budget: Duration::from_secs(60), ..Search::new(Scope::Fleet) };
    store.logs(search).await.unwrap().items.into_iter().map(|row| row.body).collect()
}

#[tokio::test]
async fn records_are_there_after_a_restart() {
    let folder = TempDir::new().unwrap();
    let store = open(&folder);
    store.offer(&chunk(ACME, vec![log(now(), INFO, "first"), log(now() + 1, ERROR, "second")]));
    store.flush().await;
    assert_eq!(store.status().records, 2);
    store.close().await;
    store.offer(&chunk(ACME, vec![log(now(), INFO, "too late")]));
    drop(store);
    let files: BTreeSet<_> = fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(files, BTreeSet::from(["page.sqlite".into(), "page.sqlite.lock".into()]));
    let store = open(&folder);
    assert_eq!(found(&store, "").await, ["second", "first"]);
    let page = store.logs(Search::new(Scope::Fleet)).await.unwrap();
    let id = page.items[0].id.clone().unwrap();
    let record = store.record(&id, &Scope::Fleet).await.unwrap().unwrap();
    assert_eq!((record.row.tenant.as_str(), record.row.severity_text.as_str()), ("acme", "ERROR"));
    assert_eq!(record.attributes["http.response.status_code"], 502);
    assert_eq!(record.resource["cloud.account.id"], ACME);
    store.close().await;
}

#[tokio::test]
async fn what_was_written_survives_a_crash() {
    let (folder, after) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let store = open(&folder);
    store.offer(&chunk(ACME, vec![log(now(), INFO, "kept")]));
    store.flush().await;
    for name in ["page.sqlite", "page.sqlite-wal"] {
        let _bytes = fs::copy(folder.path().join(name), after.path().join(name)).unwrap();
    }
    assert_eq!(found(&open(&after), "").await, ["kept"]);
}

#[tokio::test]
async fn a_damaged_file_is_moved_aside_and_the_store_begins_anew() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("page.sqlite"), "this is no database, and never was one".repeat(500)).unwrap();
    let store = open(&folder);
    store.offer(&chunk(ACME, vec![log(now(), INFO, "new")]));
    store.flush().await;
    assert_eq!(found(&store, "").await, ["new"]);
    assert_eq!(store.status().failing, None);
    assert!(folder.path().join("page.sqlite.damaged").exists());
}

#[tokio::test]
async fn a_newer_file_is_refused_with_its_path_and_the_way_out() {
    let folder = TempDir::new().unwrap();
    open(&folder).close().await;
    let path = folder.path().join("page.sqlite");
    let _rows = Connection::open(&path).unwrap().execute("UPDATE meta SET schema_version = 99", []).unwrap();
    let error =
        StoreHandle::open(&Store::default(), Some(folder.path()), "tenant.id", Telemetry::default()).unwrap_err();
    assert!(matches!(error, Error::Newer { found: 99, .. }));
    let said = error.to_string();
    assert!(said.contains(&path.display().to_string()) && said.contains("move the file away"), "{said}");
}

#[tokio::test]
async fn a_file_that_another_writes_to_is_left_alone_and_said_so() {
    let folder = TempDir::new().unwrap();
    let (_first, second) = (open(&folder), open(&folder));
    second.offer(&chunk(ACME, vec![log(now(), INFO, "nowhere")]));
    second.flush().await;
    let status = second.status();
    assert!(status.failing.as_deref().unwrap_or_default().contains("another fanin writes to it"), "{status:?}");
    assert_eq!(status.dropped, 1);
}

#[tokio::test]
async fn the_file_stays_within_its_size_and_keeps_the_newest() {
    let folder = TempDir::new().unwrap();
    let settings = Store { bytes_max: 2 << 20, ..Store::default() };
    let store = open_with(&folder, &settings);
    let begun = now();
    for round in 0..20 {
        let logs =
            (0..1_000).map(|n| log(begun + round * 1_000 + n, INFO, &format!("{round}-{n} {}", "x".repeat(200))));
        store.offer(&chunk(ACME, logs.collect()));
        store.flush().await;
    }
    let status = store.status();
    assert!(status.bytes <= settings.bytes_max + (settings.bytes_max / 4), "{status:?}");
    assert!((1_000..15_000).contains(&status.records), "{status:?}");
    assert_eq!(status.dropped, 0);
    let oldest = status.oldest.unwrap().0.millis();
    assert!(oldest > begun, "{status:?}");
    let page = store.logs(Search::new(Scope::Fleet)).await.unwrap();
    assert!(page.items[0].body.starts_with("19-999 "));
    assert_eq!(page.oldest, status.oldest);
    assert_eq!(found(&store, "\"0-1 \"").await, Vec::<String>::new());
}

#[tokio::test]
async fn an_account_keeps_its_last_errors_whatever_others_send() {
    let folder = TempDir::new().unwrap();
    let store = open_with(&folder, &Store { bytes_max: 2 << 20, ..Store::default() });
    let begun = now();
    let errors = (0..5).map(|n| log(begun + n, ERROR, &format!("quiet {n}")));
    store.offer(&chunk(GLOBEX, errors.collect()));
    store.offer(&chunk(GLOBEX, vec![log(begun, INFO, "harmless")]));
    for round in 1..=20 {
        let flood = (0..1_000).map(|n| log(begun + round * 1_000 + n, ERROR, &format!("flood {}", "x".repeat(200))));
        store.offer(&chunk(ACME, flood.collect()));
        store.flush().await;
    }
    let kept = ["quiet 4", "quiet 3", "quiet 2", "quiet 1", "quiet 0"];
    assert_eq!(found(&store, "account=000000000042").await, kept);
    assert_eq!(found(&store, "tenant=globex sev>=error").await, kept);
    store.close().await;
    let again = open_with(&folder, &Store { bytes_max: 2 << 20, ..Store::default() });
    let flood = (0..5_000).map(|n| log(begun + 30_000 + n, INFO, &format!("flood {}", "x".repeat(200))));
    again.offer(&chunk(ACME, flood.collect()));
    again.flush().await;
    assert_eq!(found(&again, "account=000000000042").await, kept, "also after a restart");
}

#[tokio::test]
async fn what_is_too_old_goes() {
    let folder = TempDir::new().unwrap();
    let store = open(&folder);
    let old = now() - 4 * 24 * 3_600_000;
    store.offer(&chunk(ACME, vec![log(old, ERROR, "four days ago"), log(now(), INFO, "now")]));
    store.flush().await;
    store.close().await;
    let store = open(&folder);
    store.flush().await;
    assert_eq!(found(&store, "").await, ["now"]);
}

#[tokio::test]
async fn while_the_writer_is_held_up_the_oldest_that_waits_is_dropped_and_nobody_waits() {
    let folder = TempDir::new().unwrap();
    let store = open(&folder);
    store.flush().await;
    let holder = Connection::open(folder.path().join("page.sqlite")).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    let begun = now();
    for round in 0..70 {
        let logs = (0..1_000).map(|n| log(begun + round * 1_000 + n, INFO, &format!("{round}-{n}")));
        store.offer(&chunk(ACME, logs.collect()));
    }
    let dropped = store.status().dropped;
    assert!((10_000..=20_000).contains(&dropped), "{dropped}");
    holder.execute_batch("COMMIT").unwrap();
    store.flush().await;
    let status = store.status();
    assert_eq!((status.records + status.dropped, status.failing), (70_000, None));
    let page = store.logs(Search::new(Scope::Fleet)).await.unwrap();
    assert_eq!(page.items[0].body, "69-999");
}

#[tokio::test]
async fn pages_of_a_search_have_each_match_once_in_either_order() {
    let folder = TempDir::new().unwrap();
    let store = open(&folder);
    let begun = now() - 60_000;
    for round in 0..10 {
        for account in [ACME, GLOBEX] {
            // Many of one moment, so that only the id tells them apart.
            let logs =
                (0..10).map(|n| log(begun + round, if n % 2 == 0 { ERROR } else { INFO }, &format!("{round}-{n}")));
            store.offer(&chunk(account, logs.collect()));
        }
    }
    store.flush().await;
    for (query, accounts, expected) in
        [("", None, 200), ("sev>=error", None, 100), ("-\"-3\"", Some(ACME), 90), ("tenant=globex", None, 100)]
    {
        for oldest_first in [false, true] {
            let accounts = accounts.map(|account| BTreeSet::from([AccountId::parse(account).unwrap()]));
            let query = LogQuery::parse(query).unwrap();
            let mut search = Search { query, accounts, limit: 7, oldest_first, ..Search::new(Scope::Fleet) };
            let (mut ids, mut times) = (BTreeSet::new(), Vec::new());
            loop {
                let page = store.logs(search.clone()).await.unwrap();
                for row in page.items {
                    assert!(ids.insert(row.id.unwrap()), "twice");
                    times.push(row.at);
                }
                let Some(next) = page.next else {
                    assert!(page.complete);
                    break;
                };
                search.cursor = Some(next);
            }
            assert_eq!(ids.len(), expected, "{}", search.query);
            assert!(if oldest_first { times.is_sorted() } else { times.iter().rev().is_sorted() });
        }
    }
    let strange = Search { cursor: Some("n1-".into()), ..Search::new(Scope::Fleet) };
    assert!(matches!(store.logs(strange).await, Err(Error::Cursor)));
}

#[tokio::test]
async fn a_search_without_time_left_says_where_it_stopped() {
    let folder = TempDir::new().unwrap();
    let store = open(&folder);
    let begun = now() - 60_000;
    store.offer(&chunk(ACME, (0..500).map(|n| log(begun + n, INFO, "nothing")).collect()));
    store.offer(&chunk(ACME, vec![log(begun - 1, INFO, "needle")]));
    store.flush().await;
    let query = LogQuery::parse("needle").unwrap();
    let mut search = Search { query, budget: Duration::ZERO, ..Search::new(Scope::Fleet) };
    let (mut pages, mut scanned) = (0, 0);
    let found = loop {
        let page = store.logs(search.clone()).await.unwrap();
        (pages, scanned) = (pages + 1, scanned + page.scanned);
        if let Some(row) = page.items.first() {
            break row.body.clone();
        }
        search.cursor = Some(page.next.unwrap());
    };
    assert_eq!((found.as_str(), pages, scanned), ("needle", 8, 501));
}

#[tokio::test]
async fn a_scope_sees_its_tenants_and_nothing_else() {
    let folder = TempDir::new().unwrap();
    let store = open(&folder);
    store.offer(&chunk(ACME, vec![log(now(), ERROR, "of acme")]));
    store.offer(&chunk(GLOBEX, vec![log(now(), ERROR, "of globex")]));
    store.transitions(vec![
        transition(clock::now(), ACME, State::Ok, State::Critical),
        transition(clock::now(), GLOBEX, State::Ok, State::Critical),
    ]);
    store.flush().await;
    let scope = Scope::Tenants(BTreeSet::from(["globex".to_owned()]));
    let seen = store.logs(Search::new(scope.clone())).await.unwrap();
    assert_eq!(seen.items.iter().map(|row| row.body.as_str()).collect::<Vec<_>>(), ["of globex"]);
    let accounts = Some(BTreeSet::from([AccountId::parse(ACME).unwrap()]));
    let others = store.logs(Search { accounts, ..Search::new(scope.clone()) }).await.unwrap();
    assert!(others.items.is_empty() && others.scanned == 0, "{others:?}");
    let all = store.logs(Search::new(Scope::Fleet)).await.unwrap();
    for row in all.items {
        let record = store.record(&row.id.unwrap(), &scope).await.unwrap();
        assert_eq!(record.is_some(), row.tenant == "globex");
    }
    let history = store.history(HistoryQuery::new(scope.clone())).await.unwrap();
    assert_eq!((history.total, history.items[0].account.as_deref()), (1, Some(GLOBEX)));
    assert_eq!(store.noise_of(&scope, clock::now()).await[0].fired, 1);
    assert_eq!(store.noise(clock::now()).await[0].fired, 2);
}

#[tokio::test]
async fn what_is_kept_is_as_configured_and_who_looks_on_sees_all() {
    for (logs, kept) in
        [(StoredLogs::Off, vec![]), (StoredLogs::Errors, vec!["bad"]), (StoredLogs::All, vec!["good", "bad"])]
    {
        let folder = TempDir::new().unwrap();
        let store = open_with(&folder, &Store { logs, ..Store::default() });
        let mut tail = store.tail();
        store.offer(&chunk(ACME, vec![log(now(), ERROR, "bad"), log(now() + 1, INFO, "good")]));
        store.flush().await;
        assert_eq!(found(&store, "").await, kept);
        let rows = tail.recv().await.unwrap();
        assert_eq!(rows.iter().map(|row| row.row.body.as_str()).collect::<Vec<_>>(), ["bad", "good"]);
        let ids = rows.iter().filter(|row| row.row.id.is_some()).count();
        assert_eq!(ids, kept.len());
        for row in rows.iter().filter(|row| row.row.id.is_some()) {
            let record = store.record(row.row.id.as_ref().unwrap(), &Scope::Fleet).await.unwrap().unwrap();
            assert_eq!(record.row, row.row);
        }
        assert!(LogQuery::parse("http.response.status_code=502 tenant=acme bad").unwrap().matches(&rows[0].as_row()));
    }
}

fn transition(at: Timestamp, account: &str, from: State, to: State) -> Transition {
    Transition {
        at: Time(at),
        fingerprint: format!("{account:0>16}"),
        name: "ApiErrorRate".into(),
        rule: "ApiErrorRate".into(),
        account: Some(account.into()),
        tenant: if account == ACME { "acme" } else { "globex" }.into(),
        group: BTreeMap::from([("function".to_owned(), "checkout".to_owned())]),
        from,
        to,
        value: Some(7.2),
        value_text: "7.2 %".into(),
        reason: "above 5 %".into(),
        episode: 1,
    }
}

#[tokio::test]
async fn what_alerts_did_is_kept_once_and_told_in_parts() {
    let folder = TempDir::new().unwrap();
    let store = open(&folder);
    let now = Timestamp::from_millis(now());
    let ago = |minutes: u64| now.minus(Duration::from_secs(minutes * 60));
    let told = vec![
        transition(ago(90), ACME, State::Ok, State::Pending),
        transition(ago(85), ACME, State::Pending, State::Critical),
        transition(ago(25), ACME, State::Critical, State::Ok),
    ];
    store.transitions(told.clone());
    store.transitions(told.clone());
    store.flush().await;
    let newest_first: Vec<_> = told.iter().rev().cloned().collect();
    let mut query = HistoryQuery { limit: 2, rule: Some("ApiErrorRate".into()), ..HistoryQuery::new(Scope::Fleet) };
    let first = store.history(query.clone()).await.unwrap();
    assert_eq!((first.items.as_slice(), first.total, first.exact), (&newest_first[..2], 3, true));
    query.cursor = first.next;
    let second = store.history(query).await.unwrap();
    assert_eq!((second.items.as_slice(), second.next), (&newest_first[2..], None));
    let noise = store.noise(now).await;
    assert_eq!((noise.len(), noise[0].fired, noise[0].accounts, noise[0].seconds), (1, 1, 1, 3_600));
    let fingerprint = told[0].fingerprint.clone();
    let blocks = store.blocks(vec![fingerprint.clone(), "ffffffffffffffff".into()], now).await;
    assert_eq!(blocks[&fingerprint].len(), 24);
    assert!(blocks[&fingerprint].ends_with("55"), "{blocks:?}");
    assert_eq!(blocks["ffffffffffffffff"], "-".repeat(24));
    store.close().await;
    drop(store);
    assert_eq!(open(&folder).last_resolved(), Some(told[2].at));
}

#[tokio::test]
async fn who_was_told_and_what_was_buried_is_kept() {
    let folder = TempDir::new().unwrap();
    let store = open(&folder);
    for n in 1..=3 {
        let (title, to, cause) = (format!("{n} accounts"), "page".to_owned(), "fired".to_owned());
        store.notified(
            "ApiErrorRate",
            Notification { at: Time(Timestamp::from_seconds(n)), title, to, cause, accounts: 1 },
        );
    }
    let letter = |account: &str, reason, seconds| Letter::Raw {
        time: clock::now().plus(Duration::from_secs(seconds)),
        reason,
        detail: format!("detail {seconds}"),
        source: Source::Kinesis,
        origin: "stream".into(),
        position: "shard-0".into(),
        arrived: clock::now(),
        account: AccountId::parse(account).ok(),
        region: None,
        data: Bytes::from_static(b"\x1f\x8b {\"a\":1}"),
    };
    let first = [letter(ACME, Reason::BadGzip, 1), letter(ACME, Reason::BadGzip, 2), letter("", Reason::TooLarge, 3)];
    store.burying(&first)();
    store.burying(&[letter(GLOBEX, Reason::BadGzip, 4)])();
    drop(store.burying(&[letter(ACME, Reason::BadGzip, 5)]));
    store.flush().await;
    let told: Vec<_> = store.notifications("ApiErrorRate", 2).await.into_iter().map(|it| it.title).collect();
    assert_eq!(told, ["3 accounts", "2 accounts"]);
    let groups = store.dead_letters().await;
    let seen: Vec<_> =
        groups.iter().map(|it| (it.reason.as_str(), it.letters, it.accounts, it.account.as_deref())).collect();
    assert_eq!(seen, [("bad_gzip", 3, 2, Some(ACME)), ("too_large", 1, 0, None)]);
    assert_eq!((groups[0].detail.as_str(), groups[0].sample.as_str()), ("detail 4", ".. {\"a\":1}"));
    assert!(groups[0].first < groups[0].last);
}

#[tokio::test]
async fn stored_records_become_requests_again() {
    let folder = TempDir::new().unwrap();
    let store = open(&folder);
    let begun = now() - 1_000;
    let logs = vec![log(begun, INFO, "a"), log(begun + 1, ERROR, "b")];
    store.offer(&chunk(ACME, logs.clone()));
    store.flush().await;
    let shown = Arc::new(Mutex::new(Vec::new()));
    let visited = Arc::clone(&shown);
    let visit = move |request: ExportLogsServiceRequest| {
        visited.lock().unwrap().push(request);
        ControlFlow::Continue(())
    };
    let (from, to) = (Timestamp::from_millis(begun), Timestamp::from_millis(begun + 2));
    assert_eq!(store.stored_requests(from, to, visit).await.unwrap(), 2);
    let requests = shown.lock().unwrap();
    let resource_logs = &requests[0].resource_logs[0];
    assert_eq!(resource_logs.scope_logs[0].log_records, logs);
    let of_resource = &resource_logs.resource.as_ref().unwrap().attributes;
    assert!(of_resource.contains(&attribute("tenant.id", text("acme"))));
}

#[tokio::test]
async fn without_a_store_nothing_is_found_and_nothing_fails() {
    let store = StoreHandle::none();
    store.offer(&chunk(ACME, vec![log(now(), INFO, "x")]));
    store.transitions(vec![transition(clock::now(), ACME, State::Ok, State::Critical)]);
    store.flush().await;
    assert!(store.logs(Search::new(Scope::Fleet)).await.unwrap().complete);
    assert_eq!(store.record("1", &Scope::Fleet).await.unwrap(), None);
    assert_eq!(store.status().logs, "off");
    store.close().await;
}

#[tokio::test]
async fn the_queries_of_the_document_run() {
    let folder = TempDir::new().unwrap();
    let store = open(&folder);
    store.offer(&chunk(ACME, vec![log(now(), ERROR, "timeout calling payments")]));
    store.transitions(vec![transition(clock::now(), ACME, State::Ok, State::Critical)]);
    store.flush().await;
    let document = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/page-store.md")).unwrap();
    let queries: Vec<&str> = document.split("```sql\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert_eq!(queries.len(), 3);
    let shell = Connection::open(folder.path().join("page.sqlite")).unwrap();
    for query in queries {
        let mut statement = shell.prepare(query).unwrap_or_else(|error| panic!("{query}: {error}"));
        assert!(statement.query([]).unwrap().next().unwrap().is_some(), "{query} finds nothing");
    }
}
