//! The forwarder as Lambda runs it: the real binary behind the runtime interface, a backend behind it, a stream for what rules took.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

use aws_sdk_kinesis::Client;
use fanin::report::{Mark, Packet};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::storage::moto_with_bucket;
use crate::support::fleet::{gzip, letters, payload};
use crate::support::kinesis::{self, Kinesis};
use crate::support::lambda::{Answer, Lambda, firehose_event, kinesis_event, logs_event, sequence_number};
use crate::support::receiver::{Answer as Said, Backend};
use crate::support::rig;

const ACCOUNT: &str = "123456789012";
const OTHER: &str = "210987654321";

/// As long as a function may take in a test that nothing holds up.
const LONG: Duration = Duration::from_secs(60);

const RULES: &str = "version: 1
rules:
  - {alert: Errors, kind: event, from: logs, match: 'message.contains(\"broken\")', level: warning}
";

/// A configuration of the forwarder, with what else a test wants in it.
fn config(backend: &str, samples: &Kinesis, more: &str) -> String {
    format!(
        "sources:
  kinesis:
    - {{stream: {}, carries: samples, endpoint: '{}', forwarded: ['{}']}}
directory: {{file: accounts.csv}}
normalize: {{multiline: false}}
destinations:
  - {{name: backend, endpoint: '{backend}', compression: none}}
alerting: {{rules: [rules.yaml], receivers: [{{name: pager, pagerduty: {{routing_key: '${{file:/not/for/the/forwarder}}'}}}}]}}
{more}",
        kinesis::arn("samples"),
        samples.endpoint,
        kinesis::arn("logs"),
    )
}

fn folder(config: &str) -> TempDir {
    let folder = TempDir::new().expect("a temporary folder can be made");
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("a file can be written");
    write("fanin.yaml", config);
    write("rules.yaml", RULES);
    write("accounts.csv", &format!("account,tenant\n{ACCOUNT},acme\n"));
    folder
}

/// A function, a backend and a stream of samples.
struct Stage {
    lambda: Lambda,
    backend: Backend,
    samples: Kinesis,
    folder: TempDir,
}

impl Stage {
    async fn start(more: &str) -> Self {
        let (backend, samples) = (Backend::start().await, Kinesis::start().await);
        samples.create("samples", 2).await;
        let folder = folder(&config(&backend.url(), &samples, more));
        let lambda = Lambda::start(folder.path(), "fanin.yaml", &[]).await;
        Self { lambda, backend, samples, folder }
    }

    fn bodies(&self) -> Vec<String> {
        let accepted = self.backend.requests().into_iter().filter(|(_, answer)| *answer == Said::Accept);
        let mut bodies: Vec<_> = accepted.flat_map(|(request, _)| request.records).map(|record| record.body).collect();
        bodies.sort();
        bodies
    }

    /// What is in the stream of samples.
    async fn packets(&self) -> Vec<Packet> {
        packets(&self.samples.client).await
    }
}

/// What is in the stream `samples`.
pub(crate) async fn packets(client: &Client) -> Vec<Packet> {
    let mut packets = Vec::new();
    let listed = client.list_shards().stream_name("samples").send().await.expect("the stream is there");
    for shard in listed.shards() {
        let iterator = client.get_shard_iterator().stream_name("samples").shard_id(shard.shard_id());
        let iterator = iterator.shard_iterator_type("TRIM_HORIZON".into()).send().await.expect("the shard is there");
        let read = client.get_records().set_shard_iterator(iterator.shard_iterator).send().await;
        for record in read.expect("the shard can be read").records() {
            packets.push(Packet::parse(record.data().as_ref()).expect("only packets are in the stream"));
        }
    }
    packets
}

pub(crate) fn report_ids(packets: &[Packet]) -> Vec<u64> {
    packets.iter().flat_map(|packet| &packet.reports).map(|report| report.id).collect()
}

pub(crate) fn marks(packets: &[Packet]) -> Vec<Mark> {
    packets.iter().flat_map(|packet| packet.marks.clone()).collect()
}

fn failures(answer: Answer) -> Vec<String> {
    let answer = answer.expect("the function answers");
    let failures = answer["batchItemFailures"].as_array().expect("an answer to an event source mapping").clone();
    failures.iter().map(|one| one["itemIdentifier"].as_str().expect("a sequence number").to_owned()).collect()
}

/// Records of a stream, one log event in each.
fn records(numbers: std::ops::Range<u64>) -> Vec<(u64, Vec<u8>)> {
    numbers.map(|n| (n, payload(ACCOUNT, n..n + 1, |n| format!("broken {n:03}")))).collect()
}

fn texts(numbers: std::ops::Range<u64>) -> Vec<String> {
    numbers.map(|n| format!("broken {n:03}")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_of_a_stream_is_exported_with_its_tenant_and_told_to_the_rules() {
    let stage = Stage::start("").await;
    let answer = stage.lambda.invoke(&kinesis_event("logs", &records(1..4)), LONG).await;
    assert_eq!(failures(answer), [""; 0]);
    assert_eq!(stage.bodies(), texts(1..4));
    let (request, _) = stage.backend.requests().swap_remove(0);
    assert_eq!((&*request.records[0].tenant, &*request.records[0].account), ("acme", ACCOUNT));
    let packets = stage.packets().await;
    assert_eq!(report_ids(&packets).len(), 3);
    let expected = Mark {
        stream: kinesis::arn("logs").into(),
        shard: "shardId-000000000006".into(),
        until: fanin::time::Timestamp::from_seconds(1_700_000_003),
    };
    assert_eq!(marks(&packets), [expected]);
    let figures = stage.lambda.figures().pop().expect("an invocation tells of itself");
    assert_eq!(
        (&figures["Records"], &figures["ExportedRecords"], &figures["FailedRecords"]),
        (&json!(3), &json!(3), &json!(0))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_is_no_telemetry_is_buried_beside_its_neighbours() {
    let stage = Stage::start("").await;
    let mut batch = records(1..3);
    batch.insert(1, (9, b"Hello World".to_vec()));
    let answer = stage.lambda.invoke(&kinesis_event("logs", &batch), LONG).await;
    assert_eq!(failures(answer), [""; 0]);
    assert_eq!(stage.bodies(), texts(1..3));
    let buried = letters(&stage.folder.path().join("dead-letters"));
    assert_eq!(buried.len(), 1, "{buried:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_backend_is_down_the_records_are_asked_for_again_and_counted_once() {
    let stage = Stage::start("delivery: {spill_after: never}\n").await;
    stage.backend.answer(|_| Said::Status(503));
    let whole = kinesis_event("logs", &records(1..5));
    let answer = stage.lambda.invoke(&whole, Duration::from_secs(4)).await;
    assert_eq!(failures(answer), [1, 2, 3, 4].map(sequence_number), "all of them, the lowest first");
    assert_eq!(marks(&stage.packets().await), [], "nothing of the shard is safe");
    stage.backend.answer(|_| Said::Accept);
    for half in [1..3, 3..5] {
        let answer = stage.lambda.invoke(&kinesis_event("logs", &records(half)), LONG).await;
        assert_eq!(failures(answer), [""; 0]);
    }
    let delivered: BTreeSet<_> = stage.bodies().into_iter().collect();
    assert_eq!(delivered, texts(1..5).into_iter().collect(), "at least once each");
    let ids: BTreeSet<_> = report_ids(&stage.packets().await).into_iter().collect();
    assert_eq!(ids.len(), 4, "a record has one name, whatever it came together with");
    assert_eq!(marks(&stage.packets().await).len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_functions_that_get_the_same_records_name_them_alike() {
    let stage = Stage::start("").await;
    let other = Lambda::start(stage.folder.path(), "fanin.yaml", &[]).await;
    let event = kinesis_event("logs", &records(1..4));
    let (one, two) = tokio::join!(stage.lambda.invoke(&event, LONG), other.invoke(&event, LONG));
    assert_eq!((failures(one), failures(two)), (vec![], vec![]));
    let ids = report_ids(&stage.packets().await);
    assert_eq!((ids.len(), ids.into_iter().collect::<BTreeSet<_>>().len()), (6, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_of_a_backend_that_stays_down_are_spilled_within_the_invocation() {
    let stage = Stage::start("delivery: {spill_after: 1s}\n").await;
    stage.backend.answer(|_| Said::Status(503));
    let answer = stage.lambda.invoke(&kinesis_event("logs", &records(1..3)), LONG).await;
    assert_eq!(failures(answer), [""; 0], "what is spilled is safe");
    assert!(!letters(&stage.folder.path().join("spill")).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_stream_of_samples_nothing_counts_as_safe() {
    let stage = Stage::start("").await;
    let _ = stage.samples.client.delete_stream().stream_name("samples").send().await.expect("the stream is there");
    let answer = stage.lambda.invoke(&kinesis_event("logs", &records(1..3)), LONG).await;
    assert_eq!(failures(answer), [1, 2].map(sequence_number));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payload_of_a_log_group_is_safe_or_the_invocation_fails() {
    let stage = Stage::start("delivery: {spill_after: never}\n").await;
    let event = logs_event(&payload(ACCOUNT, 1..3, |n| format!("broken {n:03}")));
    assert_eq!(stage.lambda.invoke(&event, LONG).await, Ok(json!({})));
    assert_eq!(stage.bodies(), texts(1..3));
    stage.backend.answer(|_| Said::Status(503));
    let error = stage.lambda.invoke(&event, Duration::from_secs(4)).await.expect_err("it is not safe");
    assert!(error["errorMessage"].as_str().is_some_and(|text| text.contains("come again")), "{error}");
    assert_eq!(report_ids(&stage.packets().await).into_iter().collect::<BTreeSet<_>>().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_event_is_refused_with_what_to_do() {
    let stage = Stage::start("").await;
    let error = stage.lambda.invoke(&json!({ "Records": [{ "s3": {} }] }), LONG).await.expect_err("no telemetry");
    let text = error["errorMessage"].as_str().expect("an error says what it is");
    assert!(text.contains("connect the function to the stream"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn firehose_gets_an_answer_for_each_record_and_lines_of_otlp_for_the_archive() {
    let stage = Stage::start("").await;
    let control = json!({
        "messageType": "CONTROL_MESSAGE", "owner": "CloudwatchLogs", "logGroup": "", "logStream": "",
        "subscriptionFilters": [], "logEvents": [{ "id": "", "timestamp": 1, "message": "CWL CONTROL MESSAGE" }],
    });
    let records = [
        payload(ACCOUNT, 1..3, |n| format!("broken {n:03}")),
        gzip(control.to_string().as_bytes()),
        b"Hello World".to_vec(),
        payload(OTHER, 3..4, |n| format!("broken {n:03}")),
    ];
    let answer = stage.lambda.invoke(&firehose_event("archive", &records), LONG).await.expect("an answer");
    let told: Vec<_> =
        answer["records"].as_array().expect("records").iter().map(|one| (&one["recordId"], &one["result"])).collect();
    assert_eq!(
        told,
        [
            (&json!("0"), &json!("Ok")),
            (&json!("1"), &json!("Dropped")),
            (&json!("2"), &json!("ProcessingFailed")),
            (&json!("3"), &json!("Ok")),
        ]
    );
    let lines = archived(&answer["records"][0]);
    let first: Value = serde_json::from_str(lines.lines().next().expect("a line")).expect("JSON");
    assert!(first["resourceLogs"][0]["resource"]["attributes"].to_string().contains("\"acme\""), "{first}");
    assert!(lines.contains("broken 001") && lines.contains("broken 002"));
    assert_eq!(stage.bodies(), texts(1..4), "the backend has them too");
}

/// Scenario: the events that AWS's own Rust runtime is tested with. Guarantees: each is answered as its sender expects.
#[tokio::test(flavor = "multi_thread")]
async fn events_as_others_captured_them_are_answered() {
    let stage = Stage::start("").await;
    let captured = |name: &str| -> Value {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/lambda-events/lambda-events/src/fixtures");
        serde_json::from_str(&fs::read_to_string(format!("{folder}/{name}")).expect("a fixture")).expect("JSON")
    };
    let answer = stage.lambda.invoke(&captured("example-kinesis-event.json"), LONG).await;
    assert_eq!(failures(answer), [""; 0], "what is no telemetry is buried, and does not come again");
    let answer = stage.lambda.invoke(&captured("example-cloudwatch_logs-event.json"), LONG).await;
    assert_eq!(answer, Ok(json!({})));
    assert!(!stage.bodies().is_empty());
    let event = captured("example-kinesis-firehose-event.json");
    let answer = stage.lambda.invoke(&event, LONG).await.expect("an answer");
    let ids = |of: &Value| -> Vec<Value> {
        of["records"].as_array().expect("records").iter().map(|one| one["recordId"].clone()).collect()
    };
    assert_eq!(ids(&answer), ids(&event));
    let records = answer["records"].as_array().expect("records");
    assert!(records.iter().all(|one| one["result"] == "ProcessingFailed"), "they are no telemetry: {answer}");
}

fn archived(record: &Value) -> String {
    let data = record["data"].as_str().expect("data");
    String::from_utf8(base64_simd::STANDARD.decode_to_vec(data).expect("base64")).expect("lines are text")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_answer_to_firehose_has_no_room_for_goes_back_into_the_stream_once() {
    let Some(moto) = moto_with_bucket("letters", &["--stream", "archive"]) else { return };
    let (backend, samples) = (Backend::start().await, Kinesis::start().await);
    samples.create("samples", 1).await;
    let folder = folder(&config(&backend.url(), &samples, ""));
    let lambda = Lambda::start(folder.path(), "fanin.yaml", &[("AWS_ENDPOINT_URL_FIREHOSE", &moto.url())]).await;
    let filler = "x".repeat(100_000);
    let records: Vec<_> = (0..60).map(|n| payload(ACCOUNT, n..n + 1, |n| format!("broken {n:03} {filler}"))).collect();
    let answer = lambda.invoke(&firehose_event("archive", &records), LONG).await.expect("an answer");
    assert!(answer.to_string().len() < 6_000_000);
    let results: Vec<_> = answer["records"]
        .as_array()
        .expect("records")
        .iter()
        .map(|one| one["result"].as_str().expect("a result"))
        .collect();
    let dropped = results.iter().filter(|result| **result == "Dropped").count();
    let ok = results.iter().filter(|result| **result == "Ok").count();
    assert_eq!((results.len(), ok + dropped), (60, 60), "{results:?}");
    assert!(ok > 5 && dropped > 5, "{results:?}");
    let sent: usize = backend.requests().iter().map(|(request, _)| request.records.len()).sum();
    assert_eq!(sent, ok, "what goes back is not exported yet");
    let kept = rig::python(READ_BACK, &[&moto.url()]);
    let n_back: usize = String::from_utf8_lossy(&kept.stdout).trim().parse().expect("a number");
    assert_eq!(n_back, dropped);
}

/// How many payloads lie in the bucket that the Firehose stream writes to.
const READ_BACK: &str = "
import boto3, gzip, sys
s3 = boto3.client('s3', endpoint_url=sys.argv[1], region_name='eu-central-1')
data = b''
for found in s3.list_objects_v2(Bucket='letters').get('Contents', []):
    data += s3.get_object(Bucket='letters', Key=found['Key'])['Body'].read()
print(gzip.decompress(data).decode().count('DATA_MESSAGE') if data else 0)
";

#[tokio::test(flavor = "multi_thread")]
async fn configuration_rules_and_directory_come_from_a_bucket_and_dead_letters_go_to_one() {
    let Some(moto) = moto_with_bucket("letters", &[]) else { return };
    let (backend, samples) = (Backend::start().await, Kinesis::start().await);
    samples.create("samples", 1).await;
    let places = format!(
        "storage: {{state: 's3://letters/state', dead_letters: 's3://letters/dead', spill: 's3://letters/spill', s3: {{endpoint: '{}'}}}}\n",
        moto.url()
    );
    let folder = folder(&config(&backend.url(), &samples, &places));
    let put = rig::python(PUT, &[&moto.url(), &folder.path().display().to_string()]);
    assert!(put.status.success());
    let empty = TempDir::new().expect("a temporary folder can be made");
    let url = moto.url();
    let lambda = Lambda::start(empty.path(), "s3://letters/config/fanin.yaml", &[("AWS_ENDPOINT_URL_S3", &url)]).await;
    let mut batch = records(1..3);
    batch.push((9, b"Hello World".to_vec()));
    assert_eq!(failures(lambda.invoke(&kinesis_event("logs", &batch), LONG).await), [""; 0]);
    let (request, _) = backend.requests().swap_remove(0);
    assert_eq!(request.records[0].tenant, "acme");
    assert_eq!(report_ids(&packets(&samples.client).await).len(), 2);
    let listed = rig::python(LIST, &[&moto.url()]);
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    assert!(listed.lines().any(|key| key.starts_with("dead/dead-letters/")), "{listed}");
}

/// Puts the files of a folder where `s3://letters/config/` is.
const PUT: &str = "
import boto3, os, sys
s3 = boto3.client('s3', endpoint_url=sys.argv[1], region_name='eu-central-1')
for name in os.listdir(sys.argv[2]):
    path = os.path.join(sys.argv[2], name)
    if os.path.isfile(path):
        s3.upload_file(path, 'letters', 'config/' + name)
";

const LIST: &str = "
import boto3, sys
s3 = boto3.client('s3', endpoint_url=sys.argv[1], region_name='eu-central-1')
for found in s3.list_objects_v2(Bucket='letters').get('Contents', []):
    print(found['Key'])
";

#[tokio::test(flavor = "multi_thread")]
async fn a_forwarder_that_cannot_work_says_what_is_missing() {
    for (config, words) in [
        ("", "FANIN_CONFIG is not set"),
        ("nowhere.yaml", "nowhere.yaml"),
        ("s3://bucket", "write s3://bucket/folder/fanin.yaml"),
    ] {
        let mut lambda = Lambda::start(Path::new("/"), config, &[]).await;
        assert!(lambda.ended().await);
        assert!(lambda.log().contains(words), "{config}: {}", lambda.log());
    }
}
