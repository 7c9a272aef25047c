//! Reading Kinesis: ferrokinesis in this process, records put through the AWS SDK, faults in between.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use aws_config::SdkConfig;
use axum::Router;
use axum::routing::any;
use fanin::config::{self, StartPosition};
use fanin::delivery::Settlement;
use fanin::io::checkpoints::Checkpoints;
use fanin::io::clock;
use fanin::io::kinesis::{self, Error, ShardStatus, Shards};
use fanin::io::service::{Drained, Service};
use fanin::io::telemetry::{Counter, Telemetry};
use fanin::snapshot::{Checkpoint, Snapshot};
use ferrokinesis::store::StoreOptions;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::{Duration, Instant, timeout};
use tokio_util::sync::CancellationToken;

use crate::support::faults::{Call, DENIED, EXPIRED, Fault, INTERNAL, THROTTLED};
use crate::support::kinesis::{ACCOUNT, Kinesis, REGION, arn, counts, once, options, sdk_config, shard, texts, until};
use crate::support::line::{Arrival, DONE, FAILED, Line, Verdict};

const SECOND: Duration = Duration::from_secs(1);

/// A reader under test.
struct Reader {
    checkpoints: Checkpoints,
    shards: Shards,
    telemetry: Telemetry,
    stop: CancellationToken,
    task: JoinHandle<Result<(), Error>>,
}

impl Reader {
    async fn start(settings: config::Kinesis, line: &Line) -> Self {
        Self::restart(settings, line, Snapshot::default()).await
    }

    async fn restart(settings: config::Kinesis, line: &Line, snapshot: Snapshot) -> Self {
        Self::start_as(settings, line, snapshot, sdk_config().await)
    }

    fn start_as(settings: config::Kinesis, line: &Line, snapshot: Snapshot, sdk_config: SdkConfig) -> Self {
        let (checkpoints, shards, stop) = (Checkpoints::new(snapshot), Shards::default(), CancellationToken::new());
        let (intake, telemetry) = (line.intake.clone(), Telemetry::default());
        let handles = (checkpoints.clone(), telemetry.clone(), shards.clone(), stop.clone());
        let task = tokio::spawn(async move {
            let (checkpoints, telemetry, shards, stop) = handles;
            kinesis::run(&settings, &sdk_config, intake, checkpoints, telemetry, shards, stop).await
        });
        Self { checkpoints, shards, telemetry, stop, task }
    }

    /// Stops it in good order.
    async fn stop(self) -> Snapshot {
        self.stop.cancel();
        self.task.await.unwrap().unwrap();
        self.checkpoints.snapshot()
    }

    /// Ends it in the middle of whatever it does, as a crash would.
    async fn kill(self) -> Snapshot {
        self.task.abort();
        assert!(self.task.await.unwrap_err().is_cancelled());
        self.checkpoints.snapshot()
    }

    fn status(&self, stream: &str, shard: &str) -> ShardStatus {
        self.shards.snapshot().remove(&(arn(stream).into(), shard.into())).unwrap_or_default()
    }
}

/// The last sequence number of each shard.
fn last_of_each_shard(arrivals: &[Arrival]) -> BTreeMap<String, Checkpoint> {
    let last = |arrival: &Arrival| (arrival.shard.clone(), Checkpoint::After(arrival.sequence_number.clone()));
    arrivals.iter().map(last).collect()
}

/// Waits until the clock shows another second: the server rounds arrival times down to whole ones.
async fn next_second() {
    let second = clock::now().seconds();
    until("the next second", || clock::now().seconds() > second).await;
}

#[tokio::test]
async fn all_records_of_all_shards_are_delivered_once_and_checkpointed() {
    let server = Kinesis::start().await;
    server.create("central", 4).await;
    let before = texts("before", 700);
    server.put("central", &before).await;
    let line = Line::new(|_| DONE);
    let reader = Reader::start(server.settings("central"), &line).await;
    until("the records that were there", || line.n_arrivals() >= 700).await;
    let after = texts("after", 300);
    server.put("central", &after).await;
    until("the records that came later", || line.n_arrivals() >= 1_000).await;
    let status = reader.shards.snapshot();
    assert_eq!(status.values().map(|shard| shard.records).sum::<u64>(), 1_000);
    assert!(status.values().all(|shard| shard.behind == Some(Duration::ZERO) && shard.error.is_none()));
    let snapshot = reader.stop().await;
    assert_eq!(counts(line.texts()), once(&[before, after].concat()));
    assert_eq!(snapshot.kinesis[&arn("central")], last_of_each_shard(&line.arrivals()));
    let origin = (arn("central"), Some(REGION.to_owned()));
    assert!(line.origins().iter().all(|given| *given == origin));
}

#[tokio::test]
async fn a_stream_may_be_named_by_its_arn_alone() {
    let server = Kinesis::start().await;
    server.create("central", 1).await;
    server.put("central", &texts("r", 3)).await;
    let line = Line::new(|_| DONE);
    let settings = config::Kinesis { region: None, ..server.settings(&arn("central")) };
    let reader = Reader::start(settings, &line).await;
    until("the records", || line.n_arrivals() == 3).await;
    assert_eq!(line.origins()[0], (arn("central"), Some(REGION.into())));
    assert!(server.faults.calls("DescribeStreamSummary").len() <= 1, "only this test asked, when it made the stream");
    let _ = reader.stop().await;
}

#[tokio::test]
async fn a_shard_is_delivered_in_order() {
    let server = Kinesis::start().await;
    server.create("central", 1).await;
    let all = texts("r", 2_500);
    server.put("central", &all).await;
    let line = Line::new(|_| DONE);
    let reader = Reader::start(server.settings("central"), &line).await;
    until("the records", || line.n_arrivals() >= 2_500).await;
    assert_eq!(line.texts(), all);
    let _ = reader.stop().await;
}

/// Scenario: shard 0 is split while deliveries of it are under way, then the children are merged. Guarantees: no record of
/// a child before all of its parents are settled; nothing is lost or doubled; finished shards are checkpointed as such.
#[tokio::test]
async fn children_are_read_after_their_parents_are_settled() {
    let server = Kinesis::start().await;
    server.create("central", 1).await;
    let line = Line::new(|_| Verdict::Hold);
    let reader = Reader::start(server.settings("central"), &line).await;
    let parent = texts("parent", 50);
    server.put("central", &parent).await;
    until("the parent's records", || line.n_arrivals() == 50).await;
    server.split("central", &shard(0)).await;
    let children = texts("child", 50);
    server.put("central", &children).await;
    server.merge("central", &shard(1), &shard(2)).await;
    let grandchild = texts("grandchild", 50);
    server.put("central", &grandchild).await;
    let more = until("records of children", || line.n_arrivals() > 50);
    assert!(timeout(Duration::from_secs(2), more).await.is_err(), "a child was read before its parent was settled");
    line.settle_all(Settlement::Done);
    until("all records", || line.n_arrivals() >= 150).await;
    let order: Vec<String> = line.arrivals().into_iter().map(|arrival| arrival.shard).collect();
    let first = |n: u32| order.iter().position(|id| *id == shard(n)).unwrap();
    let last = |n: u32| order.iter().rposition(|id| *id == shard(n)).unwrap();
    assert!(last(0) < first(1) && last(0) < first(2) && last(1) < first(3) && last(2) < first(3));
    assert_eq!(counts(line.texts()), once(&[parent, children, grandchild].concat()));
    let snapshot = reader.stop().await;
    let checkpoints = &snapshot.kinesis[&arn("central")];
    assert!((0..3).all(|n| checkpoints[&shard(n)] == Checkpoint::Finished));
    assert!(matches!(checkpoints[&shard(3)], Checkpoint::After(_)));
}

#[tokio::test]
async fn a_restart_in_the_middle_of_resharding_goes_on_with_the_children() {
    let server = Kinesis::start().await;
    server.create("central", 1).await;
    let parent = texts("parent", 20);
    server.put("central", &parent).await;
    let line = Line::new(|_| DONE);
    let reader = Reader::start(server.settings("central"), &line).await;
    until("the parent's records", || line.n_arrivals() == 20).await;
    let snapshot = reader.stop().await;
    server.split("central", &shard(0)).await;
    let children = texts("child", 20);
    server.put("central", &children).await;
    let reader = Reader::restart(server.settings("central"), &line, snapshot).await;
    until("the children's records", || line.n_arrivals() >= 40).await;
    let _ = reader.stop().await;
    assert_eq!(counts(line.texts()), once(&[parent, children].concat()));
}

#[tokio::test]
async fn what_failed_is_read_again() {
    let server = Kinesis::start().await;
    server.create("central", 1).await;
    let all = texts("r", 2_500);
    server.put("central", &all).await;
    // Deliveries hold 1,000 records each; the second one fails twice.
    let mut n_failed = 0;
    let line = Line::new(move |arrivals| {
        let fails = n_failed < 2 && arrivals.iter().any(|arrival| arrival.text == "r-1500");
        n_failed += usize::from(fails);
        if fails { FAILED } else { DONE }
    });
    let reader = Reader::start(server.settings("central"), &line).await;
    until("the last record for the third time", || counts(line.texts()).get("r-2499") == Some(&3)).await;
    let expected = Checkpoint::After(line.arrivals().last().unwrap().sequence_number.clone());
    until("the checkpoint", || reader.checkpoints.get(&arn("central"), &shard(0)).as_ref() == Some(&expected)).await;
    let _ = reader.stop().await;
    let counts = counts(line.texts());
    assert!(all[..1_000].iter().all(|text| counts[text] == 1), "what is behind the checkpoint is not read again");
    assert!(all[1_000..].iter().all(|text| counts[text] == 3));
}

/// Scenario: of two shards one is settled, one is held; then the process dies. Guarantees: the next one reads all that was
/// not settled, and nothing that was.
#[tokio::test]
async fn after_a_crash_only_what_was_unsettled_is_read_again() {
    let server = Kinesis::start().await;
    server.create("central", 2).await;
    let all = texts("r", 200);
    server.put("central", &all).await;
    let first = Line::new(|arrivals| if arrivals[0].shard == shard(0) { DONE } else { Verdict::Hold });
    let reader = Reader::start(server.settings("central"), &first).await;
    until("the records", || first.n_arrivals() == 200).await;
    until("the checkpoint", || reader.checkpoints.get(&arn("central"), &shard(0)).is_some()).await;
    let snapshot = reader.kill().await;
    let second = Line::new(|_| DONE);
    let reader = Reader::restart(server.settings("central"), &second, snapshot).await;
    let unsettled: Vec<String> = {
        let held = first.arrivals().into_iter().filter(|arrival| arrival.shard == shard(1));
        held.map(|arrival| arrival.text).collect()
    };
    assert!(!unsettled.is_empty() && unsettled.len() < 200);
    let later = texts("later", 100);
    server.put("central", &later).await;
    until("the rest", || second.n_arrivals() >= unsettled.len() + 100).await;
    let _ = reader.stop().await;
    assert_eq!(counts(second.texts()), once(&[unsettled, later].concat()));
}

#[tokio::test]
async fn a_stop_waits_for_what_is_under_way_and_takes_nothing_more() {
    let server = Kinesis::start().await;
    server.create("central", 1).await;
    server.put("central", &texts("before", 10)).await;
    let line = Line::new(|_| Verdict::Hold);
    let reader = Reader::start(server.settings("central"), &line).await;
    until("the records", || line.n_arrivals() == 10).await;
    reader.stop.cancel();
    server.put("central", &texts("after", 10)).await;
    let mut task = reader.task;
    assert!(timeout(Duration::from_secs(1), &mut task).await.is_err(), "stopped with deliveries under way");
    assert_eq!(reader.checkpoints.stream(&arn("central")), BTreeMap::new());
    line.settle_all(Settlement::Done);
    task.await.unwrap().unwrap();
    assert_eq!(line.n_arrivals(), 10);
    assert_eq!(reader.checkpoints.stream(&arn("central")), last_of_each_shard(&line.arrivals()));
}

#[tokio::test]
async fn throttled_reads_wait_and_lose_nothing() {
    let server = Kinesis::start().await;
    server.create("central", 1).await;
    let all = texts("r", 30);
    server.put("central", &all).await;
    server.faults.plan("GetRecords", [THROTTLED, THROTTLED]);
    server.faults.plan("GetShardIterator", [THROTTLED]);
    let line = Line::new(|_| DONE);
    let started = Instant::now();
    let reader = Reader::start(server.settings("central"), &line).await;
    until("the records", || line.n_arrivals() >= 30).await;
    assert!(started.elapsed() >= Duration::from_secs(3), "half a second, one and two is the least");
    assert_eq!(reader.status("central", &shard(0)).throttles, 3);
    assert_eq!(reader.telemetry.snapshot().counter(Counter::KinesisThrottles), 3);
    let _ = reader.stop().await;
    assert_eq!(line.texts(), all);
}

/// Scenario: an iterator expires while deliveries are under way. Guarantees: they are not delivered a second time.
#[tokio::test]
async fn an_expired_iterator_is_replaced_where_reading_stopped() {
    let server = Kinesis::start().await;
    server.create("central", 1).await;
    let before = texts("before", 10);
    server.put("central", &before).await;
    let line = Line::new(|_| Verdict::Hold);
    let reader = Reader::start(server.settings("central"), &line).await;
    until("the records", || line.n_arrivals() == 10).await;
    server.faults.plan("GetRecords", [EXPIRED, EXPIRED]);
    until("new iterators", || server.faults.calls("GetShardIterator").len() == 3).await;
    let after = texts("after", 10);
    server.put("central", &after).await;
    until("the new records", || line.n_arrivals() >= 20).await;
    line.settle_all(Settlement::Done);
    let _ = reader.stop().await;
    assert_eq!(line.texts(), [before, after].concat());
    let asked = &server.faults.calls("GetShardIterator")[1].body;
    assert_eq!(asked["ShardIteratorType"], "AFTER_SEQUENCE_NUMBER");
    assert_eq!(asked["StartingSequenceNumber"], line.arrivals()[9].sequence_number);
}

#[tokio::test]
async fn iterators_that_expire_by_themselves_are_replaced_as_well() {
    let server = Kinesis::start_with(StoreOptions { iterator_ttl_seconds: 1, ..options() }).await;
    server.create("central", 1).await;
    let before = texts("before", 10);
    server.put("central", &before).await;
    let line = Line::new(|_| DONE);
    let settings = config::Kinesis { poll_interval: Duration::from_secs(2), ..server.settings("central") };
    let reader = Reader::start(settings, &line).await;
    until("the records", || line.n_arrivals() == 10).await;
    until("an expired iterator", || server.faults.calls("GetShardIterator").len() >= 2).await;
    let after = texts("after", 10);
    server.put("central", &after).await;
    until("the new records", || line.n_arrivals() >= 20).await;
    let _ = reader.stop().await;
    assert_eq!(line.texts(), [before, after].concat());
}

#[tokio::test]
async fn server_errors_and_cut_answers_lose_and_double_nothing() {
    let server = Kinesis::start().await;
    server.create("central", 1).await;
    let all = texts("r", 50);
    server.put("central", &all).await;
    server.faults.plan("DescribeStreamSummary", [INTERNAL]);
    server.faults.plan("ListShards", [INTERNAL]);
    server.faults.plan("GetShardIterator", [INTERNAL]);
    server.faults.plan("GetRecords", [INTERNAL, Fault::Cut, Fault::Delay(Duration::from_millis(300))]);
    let line = Line::new(|_| DONE);
    let reader = Reader::start(server.settings("central"), &line).await;
    until("the records", || line.n_arrivals() >= 50).await;
    until("a clean status", || reader.status("central", &shard(0)).error.is_none()).await;
    let _ = reader.stop().await;
    assert_eq!(line.texts(), all);
}

#[tokio::test]
async fn latest_delivers_only_what_comes_after_the_start() {
    let server = Kinesis::start().await;
    server.create("central", 2).await;
    server.put("central", &texts("before", 40)).await;
    server.split("central", &shard(1)).await;
    server.put("central", &texts("between", 40)).await;
    let line = Line::new(|_| DONE);
    let settings = config::Kinesis { start: StartPosition::Latest, ..server.settings("central") };
    let reader = Reader::start(settings, &line).await;
    until("a read of each open shard", || {
        let status = reader.shards.snapshot();
        status.len() == 3 && status.values().all(|shard| shard.last_read.is_some())
    })
    .await;
    let after = texts("after", 40);
    server.put("central", &after).await;
    until("the new records", || line.n_arrivals() >= 40).await;
    let snapshot = reader.stop().await;
    assert_eq!(counts(line.texts()), once(&after));
    assert_eq!(snapshot.kinesis[&arn("central")][&shard(1)], Checkpoint::Finished, "a closed shard is passed over");
}

/// Scenario: a reader of the latest is stopped before its first record, records come, it starts again. Guarantees: they
/// are delivered, because they came after the first start.
#[tokio::test]
async fn latest_leaves_no_gap_at_a_restart_before_the_first_record() {
    let server = Kinesis::start().await;
    server.create("central", 1).await;
    server.put("central", &texts("before", 5)).await;
    next_second().await;
    let line = Line::new(|_| DONE);
    let settings = config::Kinesis { start: StartPosition::Latest, ..server.settings("central") };
    let reader = Reader::start(settings.clone(), &line).await;
    until("a read", || reader.status("central", &shard(0)).last_read.is_some()).await;
    let snapshot = reader.stop().await;
    assert!(matches!(snapshot.kinesis[&arn("central")][&shard(0)], Checkpoint::Since(_)));
    next_second().await;
    let meanwhile = texts("meanwhile", 5);
    server.put("central", &meanwhile).await;
    let reader = Reader::restart(settings, &line, snapshot).await;
    until("the records", || line.n_arrivals() >= 5).await;
    let _ = reader.stop().await;
    assert_eq!(line.texts(), meanwhile);
}

#[tokio::test]
async fn a_moment_to_begin_at_leaves_out_what_came_before() {
    let server = Kinesis::start().await;
    server.create("central", 2).await;
    server.put("central", &texts("before", 20)).await;
    next_second().await;
    let moment = clock::now();
    next_second().await;
    let after = texts("after", 20);
    server.put("central", &after).await;
    let line = Line::new(|_| DONE);
    let settings = config::Kinesis { start: StartPosition::AtTimestamp(moment), ..server.settings("central") };
    let reader = Reader::start(settings, &line).await;
    until("the records", || line.n_arrivals() >= 20).await;
    let _ = reader.stop().await;
    assert_eq!(counts(line.texts()), once(&after));
}

async fn error_of(settings: config::Kinesis) -> String {
    let line = Line::new(|_| DONE);
    let reader = Reader::start(settings, &line).await;
    timeout(Duration::from_secs(30), reader.task).await.expect("ends by itself").unwrap().unwrap_err().to_string()
}

#[tokio::test]
async fn a_missing_stream_is_an_error_that_says_what_to_check() {
    let server = Kinesis::start().await;
    let expected = "kinesis stream central: does not exist: check its name, Region and account";
    assert_eq!(error_of(server.settings("central")).await, expected);
    let expected = format!("kinesis stream {}: does not exist: check its name, Region and account", arn("central"));
    assert_eq!(error_of(server.settings(&arn("central"))).await, expected);
}

#[tokio::test]
async fn a_denied_call_is_an_error_that_names_the_permission() {
    let server = Kinesis::start().await;
    server.create("central", 1).await;
    let said = format!("arn:aws:sts::{ACCOUNT}:assumed-role/fanin is not authorized");
    for action in ["DescribeStreamSummary", "ListShards", "GetShardIterator", "GetRecords"] {
        server.faults.plan(action, [DENIED]);
        let stream = if action == "DescribeStreamSummary" { "central".to_owned() } else { arn("central") };
        let expected = format!(
            "kinesis stream {stream}: access denied: allow kinesis:{action} on it for the role that Fanin runs as (User: {said})"
        );
        assert_eq!(error_of(server.settings("central")).await, expected);
    }
}

#[tokio::test]
async fn a_permission_that_is_lost_later_does_not_end_the_reader() {
    let server = Kinesis::start().await;
    server.create("central", 1).await;
    let before = texts("before", 10);
    server.put("central", &before).await;
    let line = Line::new(|_| DONE);
    let reader = Reader::start(server.settings("central"), &line).await;
    until("the records", || line.n_arrivals() == 10).await;
    server.faults.plan("GetRecords", [DENIED]);
    until("the denied call", || reader.status("central", &shard(0)).error.is_some()).await;
    let after = texts("after", 10);
    server.put("central", &after).await;
    until("the new records", || line.n_arrivals() >= 20).await;
    let _ = reader.stop().await;
    assert_eq!(line.texts(), [before, after].concat());
}

/// Scenario: the shards cannot be listed at first. Guarantees: the service is ready once they are, and not before.
#[tokio::test]
async fn a_service_is_ready_once_the_shards_of_its_streams_are_known() {
    let server = Kinesis::start().await;
    server.create("central", 1).await;
    server.faults.plan("ListShards", [INTERNAL, Fault::Delay(SECOND)]);
    let folder = tempfile::tempdir().unwrap();
    let config = config::Config {
        server: config::Server { listen: "127.0.0.1:0".parse().unwrap(), grace_period: SECOND * 10 },
        kinesis: vec![server.settings("central")],
        destinations: vec![config::Destination::new("nowhere", "http://127.0.0.1:1")],
        storage: config::Storage::in_folder(folder.path()),
        ..config::Config::default()
    };
    let service = Box::pin(Service::start(config, sdk_config().await)).await.unwrap();
    let url = format!("http://{}/-/ready", service.address());
    let ready = async || reqwest::get(&url).await.unwrap();
    let (status, text) = {
        let answer = ready().await;
        (answer.status(), answer.text().await.unwrap())
    };
    assert_eq!(status, 503, "{text}");
    assert!(text.contains("the shards of a Kinesis stream could not be listed yet"), "{text}");
    timeout(Duration::from_secs(30), async {
        while ready().await.status() != 200 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await
    .expect("ready once the shards are listed");
    until("the shard", || !service.shards().snapshot().is_empty()).await;
    until("how far the shard is behind", || {
        service.telemetry().exposition().contains("fanin_kinesis_shard_behind_seconds{")
    })
    .await;
    for stage in ["intake", "batch", "export"] {
        let series = format!("fanin_queue_bytes{{stage=\"{stage}\"}} 0");
        assert!(service.telemetry().exposition().contains(&series), "{series}");
    }
    assert_eq!(service.stop().await, Drained::Whole);
}

/// An STS that gives credentials for any role, and tells what it was asked.
async fn start_sts() -> (String, Arc<Mutex<Vec<String>>>) {
    const ANSWER: &str = r#"<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>
        <AssumedRoleUser><Arn>arn:aws:sts::111122223333:assumed-role/reader/fanin</Arn><AssumedRoleId>AROA:fanin</AssumedRoleId></AssumedRoleUser>
        <Credentials><AccessKeyId>ASIAREADER</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>
        </AssumeRoleResult></AssumeRoleResponse>"#;
    let asked = Arc::new(Mutex::new(Vec::new()));
    let note = Arc::clone(&asked);
    let app = Router::new().fallback(any(async move |body: String| {
        note.lock().unwrap().push(body);
        ([("content-type", "text/xml")], ANSWER)
    }));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    drop(tokio::spawn(async move { axum::serve(listener, app).await.unwrap() }));
    (endpoint, asked)
}

#[tokio::test]
async fn a_stream_of_another_account_is_read_with_the_role_that_is_assumed() {
    let server = Kinesis::start().await;
    server.create("central", 1).await;
    server.put("central", &texts("r", 3)).await;
    let (sts, asked) = start_sts().await;
    let sdk_config = sdk_config().await.into_builder().endpoint_url(sts).build();
    let line = Line::new(|_| DONE);
    let role_arn = Some("arn:aws:iam::111122223333:role/reader".to_owned());
    let settings = config::Kinesis { role_arn, ..server.settings("central") };
    let reader = Reader::start_as(settings, &line, Snapshot::default(), sdk_config);
    until("the records", || line.n_arrivals() == 3).await;
    let _ = reader.stop().await;
    let asked = asked.lock().unwrap();
    assert_eq!(asked.len(), 1, "credentials are kept until they expire");
    assert!(asked[0].contains("RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Freader"));
    assert!(asked[0].contains("RoleSessionName=fanin"));
    let signed = |call: &Call| call.authorization.contains("Credential=ASIAREADER/");
    assert!(server.faults.calls("GetRecords").iter().all(signed));
}

#[tokio::test]
async fn busy_shards_are_never_read_more_often_than_aws_allows() {
    let server = Kinesis::start().await;
    server.create("central", 2).await;
    let line = Line::new(|_| DONE);
    let reader = Reader::start(server.settings("central"), &line).await;
    let mut all = Vec::new();
    for round in 0..12 {
        let part = texts(&format!("round{round}"), 20);
        server.put("central", &part).await;
        all.extend(part);
        until("the records of the round", || line.n_arrivals() >= all.len()).await;
    }
    let _ = reader.stop().await;
    assert_eq!(counts(line.texts()), once(&all));
    let reads = server.faults.reads_by_shard();
    assert!(reads.values().all(|times| times.len() >= 12));
    for (shard, times) in reads {
        let most =
            times.iter().map(|first| times.iter().filter(|at| (*first..*first + SECOND).contains(*at)).count()).max();
        assert!(most <= Some(5), "{most:?} reads of {shard} in a second are more than AWS allows");
        let taken = *times.last().unwrap() - times[0];
        let allowed = taken.as_millis() / 240 + 1;
        assert!(
            times.len() as u128 <= allowed,
            "{} reads of {shard} in {taken:?} leave nothing to others",
            times.len()
        );
    }
}

/// Scenario: a stream was deleted and made again under its old name. Guarantees: its records are all read.
#[tokio::test]
async fn checkpoints_of_an_earlier_stream_of_the_same_name_do_no_harm() {
    let earlier = Kinesis::start().await;
    earlier.create("central", 1).await;
    earlier.put("central", &texts("earlier", 5)).await;
    let line = Line::new(|_| DONE);
    let reader = Reader::start(earlier.settings("central"), &line).await;
    until("the earlier records", || line.n_arrivals() == 5).await;
    let snapshot = reader.stop().await;
    next_second().await;
    let server = Kinesis::start().await;
    server.create("central", 1).await;
    let all = texts("r", 20);
    server.put("central", &all).await;
    let reader = Reader::restart(server.settings("central"), &line, snapshot).await;
    until("the records", || line.n_arrivals() >= 25).await;
    let snapshot = reader.stop().await;
    assert_eq!(line.texts()[5..], all);
    assert_eq!(snapshot.kinesis[&arn("central")], last_of_each_shard(&line.arrivals()[5..]));
}

#[tokio::test]
async fn a_full_memory_budget_stops_reading() {
    const BUDGET_BYTES: u32 = 10_000;
    let server = Kinesis::start().await;
    server.create("central", 1).await;
    let before: Vec<String> = texts("before", 4).into_iter().map(|text| text + &"x".repeat(3_000)).collect();
    server.put("central", &before).await;
    let line = Line::with_budget(BUDGET_BYTES, |_| Verdict::Hold);
    let reader = Reader::start(server.settings("central"), &line).await;
    until("the first delivery", || line.n_arrivals() == 4).await;
    let after: Vec<String> = texts("after", 4).into_iter().map(|text| text + &"x".repeat(3_000)).collect();
    server.put("central", &after).await;
    let n_reads = || server.faults.calls("GetRecords").len();
    // One more answer is fetched, and then waits for room.
    let reads_before = n_reads();
    until("one more read", || n_reads() > reads_before).await;
    let many_more = until("reads without room", || n_reads() > reads_before + 3);
    assert!(timeout(Duration::from_secs(3), many_more).await.is_err());
    assert_eq!(line.n_arrivals(), 4);
    line.settle_all(Settlement::Done);
    until("the rest", || line.n_arrivals() >= 8).await;
    let _ = reader.stop().await;
    assert_eq!(line.texts(), [before, after].concat());
}

#[tokio::test]
async fn hundreds_of_shards_listed_in_pages_are_all_read() {
    let server = Kinesis::start().await;
    server.create("central", 300).await;
    let all = texts("r", 3_000);
    server.put("central", &all).await;
    server.faults.page_shards(100);
    let line = Line::new(|_| DONE);
    let settings = config::Kinesis { poll_interval: Duration::from_secs(5), ..server.settings("central") };
    let reader = Reader::start(settings, &line).await;
    until("the records", || line.n_arrivals() >= 3_000).await;
    until("all shards in the table", || reader.shards.snapshot().len() == 300).await;
    let _ = reader.stop().await;
    assert_eq!(server.faults.calls("ListShards").len(), 3);
    assert_eq!(server.faults.calls("DescribeStream").len(), 0);
    assert_eq!(counts(line.texts()), once(&all));
    let shards: BTreeSet<String> = line.arrivals().into_iter().map(|arrival| arrival.shard).collect();
    assert!(shards.len() > 250, "records were spread over the shards");
}

async fn fanned_out(server: &Kinesis, stream: &str) -> config::Kinesis {
    let consumer_arn = Some(server.register(stream, "fanin").await);
    config::Kinesis { consumer_arn, ..server.settings(stream) }
}

#[tokio::test]
async fn enhanced_fan_out_delivers_everything_once_across_a_split() {
    let server = Kinesis::start().await;
    server.create("central", 2).await;
    let before = texts("before", 100);
    server.put("central", &before).await;
    let line = Line::new(|_| DONE);
    let reader = Reader::start(fanned_out(&server, "central").await, &line).await;
    until("the records that were there", || line.n_arrivals() >= 100).await;
    let later = texts("later", 100);
    server.put("central", &later).await;
    until("the records that came later", || line.n_arrivals() >= 200).await;
    server.split("central", &shard(0)).await;
    let children = texts("child", 100);
    server.put("central", &children).await;
    until("the children's records", || line.n_arrivals() >= 300).await;
    let finished = || reader.checkpoints.get(&arn("central"), &shard(0)) == Some(Checkpoint::Finished);
    until("the parent to be finished", finished).await;
    let _ = reader.stop().await;
    assert_eq!(counts(line.texts()), once(&[before, later, children].concat()));
    assert!(server.faults.calls("GetRecords").is_empty());
}

/// Scenario: subscriptions end after a second. Guarantees: the next one goes on where the last one stopped, and is not
/// asked for within five seconds, which AWS would refuse.
#[tokio::test]
async fn a_subscription_that_ended_is_renewed_where_it_stopped() {
    let server = Kinesis::start_with(StoreOptions { subscribe_to_shard_session_ms: 1_000, ..options() }).await;
    server.create("central", 1).await;
    let before = texts("before", 50);
    server.put("central", &before).await;
    let line = Line::new(|_| DONE);
    let reader = Reader::start(fanned_out(&server, "central").await, &line).await;
    until("the first records", || line.n_arrivals() >= 50).await;
    server.faults.plan("SubscribeToShard", [Fault::Error(400, "ResourceInUseException", "too soon")]);
    let after = texts("after", 50);
    until("the refused subscription", || reader.status("central", &shard(0)).error.is_some()).await;
    server.put("central", &after).await;
    until("the second records", || line.n_arrivals() >= 100).await;
    let _ = reader.stop().await;
    assert_eq!(line.texts(), [before, after].concat());
    let calls = server.faults.calls("SubscribeToShard");
    assert_eq!(calls[1].body["StartingPosition"]["Type"], "AT_SEQUENCE_NUMBER");
    let apart = |pair: &[Call]| pair[1].at - pair[0].at;
    assert!(calls.len() >= 3 && calls.windows(2).all(|pair| apart(pair) >= Duration::from_millis(4_900)));
}

#[tokio::test]
async fn what_failed_is_read_again_by_enhanced_fan_out_too() {
    let server = Kinesis::start().await;
    server.create("central", 1).await;
    let all = texts("r", 20);
    server.put("central", &all).await;
    let mut fails = true;
    let line = Line::new(move |_| if std::mem::take(&mut fails) { FAILED } else { DONE });
    let reader = Reader::start(fanned_out(&server, "central").await, &line).await;
    until("the records again", || line.n_arrivals() >= 40).await;
    let _ = reader.stop().await;
    assert_eq!(line.texts(), [all.clone(), all].concat());
}

#[tokio::test]
async fn a_missing_consumer_is_an_error_that_says_what_to_do() {
    let server = Kinesis::start().await;
    server.create("central", 1).await;
    let consumer_arn = format!("{}/consumer/nobody:1700000000", arn("central"));
    let settings = config::Kinesis { consumer_arn: Some(consumer_arn.clone()), ..server.settings("central") };
    let expected = format!(
        "kinesis stream {}: consumer {consumer_arn} does not exist: register it, or take `consumer_arn` away to read by polling",
        arn("central")
    );
    assert_eq!(error_of(settings).await, expected);
}
