//! The whole way: programs of others write, the built program carries, and programs of others tell what arrived.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::fanin::{Fanin, LIMIT};
use crate::support::otlp::{self, Capture, Log, array};
use crate::support::rig::{self, Server};

const SUBSCRIPTION: &str = include_str!("../rig/scripts/subscription.py");
const METRIC_STREAM: &str = include_str!("../rig/scripts/metric_stream.py");

/// Prints every payload of a stream as it stands there.
const READ_BACK: &str = "
import boto3, gzip, sys
kinesis = boto3.client('kinesis', endpoint_url=sys.argv[1])
for shard in kinesis.list_shards(StreamName='fanin')['Shards']:
    iterator = kinesis.get_shard_iterator(
        StreamName='fanin', ShardId=shard['ShardId'], ShardIteratorType='TRIM_HORIZON')['ShardIterator']
    for record in kinesis.get_records(ShardIterator=iterator)['Records']:
        print(gzip.decompress(record['Data']).decode())
";

/// Does the steps that are named, one after the other, and prints every payload that it puts.
const PUT: &str = "
import boto3, gzip, json, sys
url, *steps = sys.argv[1:]
kinesis = boto3.client('kinesis', endpoint_url=url)
def ready():
    kinesis.get_waiter('stream_exists').wait(StreamName='fanin', WaiterConfig={'Delay': 1})
def put(first, count):
    records = []
    for n in range(first, first + count):
        account = ('111122223333', '444455556666', '777788889999')[n % 3]
        events = [{'id': f'{n:056}-{k}', 'timestamp': 1767323100000 + n, 'message': f'event {n} of {account}, {k}'}
                  for k in range(3)]
        payload = json.dumps({'messageType': 'DATA_MESSAGE', 'owner': account, 'logGroup': f'/app/{n % 5}',
                              'logStream': f'stream-{n % 2}', 'subscriptionFilters': ['fanin'], 'logEvents': events})
        print(payload)
        records.append({'Data': gzip.compress(payload.encode()), 'PartitionKey': str(n)})
    assert kinesis.put_records(StreamName='fanin', Records=records)['FailedRecordCount'] == 0
for step in steps:
    name, *numbers = step.split(',')
    if name == 'create':
        kinesis.create_stream(StreamName='fanin', ShardCount=1)
    elif name == 'split':
        open_shards = [s for s in kinesis.list_shards(StreamName='fanin')['Shards']
                       if 'EndingSequenceNumber' not in s['SequenceNumberRange']]
        kinesis.split_shard(StreamName='fanin', ShardToSplit=open_shards[0]['ShardId'], NewStartingHashKey=str(2 ** 127))
    else:
        put(*map(int, numbers))
    ready()
";

/// Makes a Firehose stream that posts to an endpoint, and puts payloads into it. moto takes no records but text.
const FIREHOSE: &str = "
import boto3, json, sys
moto, endpoint = sys.argv[1:]
firehose = boto3.client('firehose', endpoint_url=moto)
firehose.create_delivery_stream(
    DeliveryStreamName='central', DeliveryStreamType='DirectPut',
    HttpEndpointDestinationConfiguration={
        'EndpointConfiguration': {'Url': endpoint},
        'S3Configuration': {'RoleARN': 'arn:aws:iam::123456789012:role/x', 'BucketARN': 'arn:aws:s3:::backup'}})
for n in range(4):
    payload = json.dumps({'messageType': 'DATA_MESSAGE', 'owner': '444455556666', 'logGroup': '/app', 'logStream': str(n),
        'subscriptionFilters': ['fanin'],
        'logEvents': [{'id': f'{n}-{k}', 'timestamp': 1767323100000 + n, 'message': f'm{n}{k} gr\\u00fc\\u00dfe'}
                      for k in range(2)]})
    print(payload)
    result = firehose.put_record_batch(DeliveryStreamName='central', Records=[{'Data': payload.encode()}])
    assert result['FailedPutCount'] == 0, result
";

const ACCOUNTS: &str = "\
account,tenant,name,tier,region
123456789012,acme,Acme Corporation,gold,
111122223333,initech,Initech,,
444455556666,globex,Globex,silver,eu-west-1
";

/// What a record says of where it is from, and what it says.
type Facts = [String; 8];

fn facts(log: &Log) -> Facts {
    let of = |name: &str| log.resource.get(name).cloned().unwrap_or_default();
    [
        of("cloud.account.id"),
        of("cloud.region"),
        of("tenant.id"),
        of("aws.log.group.names"),
        of("aws.log.stream.names"),
        log.event_id.clone(),
        log.time_unix_nano.clone(),
        log.body.clone(),
    ]
}

fn sorted(logs: &[Log]) -> Vec<Facts> {
    let mut facts: Vec<_> = logs.iter().map(facts).collect();
    facts.sort();
    facts
}

/// What must arrive, by the payloads as they stood in the stream.
fn expected(payloads: &[u8], region: &str) -> Vec<Facts> {
    let tenants = BTreeMap::from([
        ("123456789012", "acme"),
        ("111122223333", "initech"),
        ("444455556666", "globex"),
        ("777788889999", "unassigned"),
    ]);
    let mut expected = Vec::new();
    for payload in json_lines(payloads).iter().filter(|payload| payload["messageType"] == "DATA_MESSAGE") {
        let text = |name: &str| payload[name].as_str().expect("a payload names it").to_owned();
        for event in array(&payload["logEvents"]) {
            let owner = text("owner");
            expected.push([
                owner.clone(),
                region.to_owned(),
                tenants[owner.as_str()].to_owned(),
                text("logGroup"),
                text("logStream"),
                // moto writes ids as numbers.
                event["id"].as_str().map_or_else(|| event["id"].to_string(), str::to_owned),
                format!("{}000000", event["timestamp"]),
                body(event["message"].as_str().expect("a message is text")),
            ]);
        }
    }
    expected.sort();
    expected
}

/// The text of a JSON message; of all else, the line without its end.
fn body(message: &str) -> String {
    let text = serde_json::from_str(message).ok().and_then(|json: Value| json["message"].as_str().map(str::to_owned));
    text.unwrap_or_else(|| message.trim_end_matches('\n').to_owned())
}

fn json_lines(text: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(text).expect("scripts print UTF-8");
    text.lines().map(|line| serde_json::from_str(line).expect("scripts print JSON")).collect()
}

/// A configuration: what is in `sources`, and each destination as a line of YAML.
fn config(sources: &str, destinations: &[String]) -> String {
    let destinations: String = destinations.iter().map(|destination| format!("  - {{{destination}}}\n")).collect();
    format!(
        "server: {{listen: \"127.0.0.1:0\"}}\nsources:\n  {sources}\ndirectory: {{file: accounts.csv}}\n\
         destinations:\n{destinations}"
    )
}

fn kinesis(url: &str) -> String {
    format!("kinesis: [{{stream: fanin, region: eu-central-1, endpoint: \"{url}\", poll_interval: 200ms}}]")
}

fn rotel_has(rotel: &Server, n_records: usize) {
    let _ = rotel.output_once("all records", LIMIT, |output| output.matches("LogRecord #").count() >= n_records);
}

#[test]
fn what_a_subscription_filter_writes_arrives_once_by_every_protocol_and_compression() {
    if !rig::has(&["moto", "rotel", "python"]) {
        return;
    }
    let (moto, http, grpc, capture) =
        (Server::start_moto(), Server::start_rotel(), Server::start_rotel(), Capture::start());
    let arguments = ["--endpoint", &moto.url(), "--shards", "3", "--log-groups", "/aws/lambda/checkout,/app/a b"];
    let put = rig::python(SUBSCRIPTION, &arguments);
    let expected = expected(&rig::python(READ_BACK, &[&moto.url()]).stdout, "eu-central-1");
    assert_eq!(expected.len(), json_lines(&put.stdout).len());

    let captured = |name: &str| format!("name: {name}, compression: {name}, endpoint: \"{}\"", capture.url(name));
    let destinations = [
        format!("name: rotel-http, endpoint: \"{}\"", http.url()),
        format!("name: rotel-grpc, protocol: grpc, endpoint: \"{}\"", grpc.url_of(1)),
        captured("none"),
        captured("gzip"),
        captured("zstd"),
    ];
    let mut fanin = Fanin::run(&config(&kinesis(&moto.url()), &destinations), ACCOUNTS);
    rotel_has(&http, expected.len());
    rotel_has(&grpc, expected.len());
    assert!(fanin.stop().success());

    for rotel in [&http, &grpc] {
        assert_eq!(sorted(&otlp::logs_of_rotel(&rotel.output())), expected);
    }
    for (name, encoding) in [("none", ""), ("gzip", "gzip"), ("zstd", "zstd")] {
        let request = otlp::decoded("logs", &capture.bodies(&format!("/{name}/v1/logs"), encoding));
        assert_eq!(sorted(&otlp::logs(&request)), expected, "{name}");
    }
}

#[test]
fn a_shard_that_splits_while_it_is_read_loses_and_doubles_nothing() {
    if !rig::has(&["kinesis-local", "rotel", "python"]) {
        return;
    }
    let (stream, rotel) = (Server::start_kinesis_local(), Server::start_rotel());
    let mut put = rig::python(PUT, &[&stream.url(), "create", "put,0,60"]).stdout;
    let destination = format!("protocol: grpc, compression: none, endpoint: \"{}\"", rotel.url_of(1));
    let mut fanin = Fanin::run(&config(&kinesis(&stream.url()), &[destination]), ACCOUNTS);
    rotel_has(&rotel, 60 * 3);
    put.extend(rig::python(PUT, &[&stream.url(), "put,60,30", "split", "put,90,60"]).stdout);
    let expected = expected(&put, "eu-central-1");
    rotel_has(&rotel, expected.len());
    assert!(fanin.stop().success());
    assert_eq!((sorted(&otlp::logs_of_rotel(&rotel.output())), expected.len()), (expected, 150 * 3));
}

#[test]
fn what_firehose_posts_arrives_once() {
    if !rig::has(&["moto", "rotel", "python"]) {
        return;
    }
    let (moto, rotel) = (Server::start_moto(), Server::start_rotel());
    let destination = format!("endpoint: \"{}\"", rotel.url());
    let mut fanin = Fanin::run(&config("firehose: {}", &[destination]), ACCOUNTS);
    let put = rig::python(FIREHOSE, &[&moto.url(), &fanin.url("/firehose")]).stdout;
    // moto sends no header that names the stream, so nothing says which Region carried it.
    let expected = expected(&put, "");
    rotel_has(&rotel, expected.len());
    assert!(fanin.stop().success());
    assert_eq!(sorted(&otlp::logs_of_rotel(&rotel.output())), expected);
}

/// Records of a metric stream by an encoder that is not ours: each in base64 as Firehose posts it, and what is in them.
fn metric_stream() -> (Vec<String>, Vec<Value>) {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let file = folder.path().join("record");
    let out = file.to_str().expect("temporary folders have plain names");
    let (mut records, mut data) = (Vec::new(), Vec::new());
    for (account, messages) in [("111122223333", "1,104,3"), ("444455556666", "7"), ("777788889999", "2,2")] {
        let of_account = ["--out", out, "--account", account, "--messages", messages, "--seed", account];
        let printed = rig::python(METRIC_STREAM, &[&of_account[..], &["--percentiles", "0.5,0.99"]].concat());
        data.extend(json_lines(&printed.stdout));
        records.push(base64_simd::STANDARD.encode_to_string(std::fs::read(&file).expect("the script wrote it")));
    }
    (records, data)
}

fn firehose_request(records: &[String]) -> String {
    let records: Vec<_> = records.iter().map(|data| json!({ "data": data })).collect();
    json!({ "requestId": "a", "timestamp": 1_767_323_160_000_u64, "records": records }).to_string()
}

/// All that is said of one point, in words that are equal exactly when the points are.
fn point(tagged: [&str; 4], unit: &str, dimensions: &BTreeMap<String, String>, data: &Value) -> String {
    format!("{tagged:?} {unit} {dimensions:?} {data}")
}

#[test]
fn a_metric_stream_arrives_as_aws_wrote_it_and_tagged() {
    if !rig::has(&["python"]) {
        return;
    }
    let capture = Capture::start();
    let destination = format!("endpoint: \"{}\"", capture.url("backend"));
    let config = config("firehose: {}", &[destination]) + "normalize: {metric_shape: summary}\n";
    let mut fanin = Fanin::run(&config, ACCOUNTS);
    let (records, data) = metric_stream();
    assert_eq!(fanin.post("/firehose", firehose_request(&records)).0, 200);
    assert!(fanin.stop().success());

    let tenants =
        BTreeMap::from([("111122223333", "initech"), ("444455556666", "globex"), ("777788889999", "unassigned")]);
    let mut expected: Vec<_> = data
        .iter()
        .map(|datum| {
            let text = |name: &str| datum[name].as_str().expect("the script prints it");
            let name = format!("amazonaws.com/{}/{}", text("namespace"), text("name"));
            let mut dimensions: BTreeMap<String, String> =
                serde_json::from_value(datum["dimensions"].clone()).expect("dimensions are texts");
            let _ = dimensions.insert("aws.namespace".into(), text("namespace").into());
            let statistics = json!({
                "count": datum["count"], "sum": datum["sum"], "quantiles": datum["quantiles"],
                "start": datum["start_unix_nano"], "time": datum["time_unix_nano"],
            });
            let account = text("account");
            point([account, text("region"), tenants[account], &name], text("unit"), &dimensions, &statistics)
        })
        .collect();
    expected.sort();
    let mut arrived = summaries(&otlp::decoded("metrics", &capture.bodies("/backend/v1/metrics", "gzip")));
    arrived.sort();
    assert_eq!((arrived.len(), arrived), (data.len(), expected));
}

/// The points of summaries in a request, as `point` writes them.
fn summaries(request: &Value) -> Vec<String> {
    let mut points = Vec::new();
    for entry in array(&request["resourceMetrics"]) {
        let resource = otlp::attributes(&entry["resource"]["attributes"]);
        for metric in array(&entry["scopeMetrics"]).iter().flat_map(|scope| array(&scope["metrics"])) {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            for summary in array(&metric["summary"]["dataPoints"]) {
                let number =
                    |name: &str| -> u64 { text(&summary[name]).parse().expect("protobuf quotes wide numbers") };
                // A double that is 0 is left out.
                let double = |value: &Value| value.as_f64().unwrap_or(0.0);
                let quantile =
                    |value: &Value| (format!("{:?}", double(&value["quantile"])), json!(double(&value["value"])));
                let quantiles: serde_json::Map<_, _> = array(&summary["quantileValues"]).iter().map(quantile).collect();
                let statistics = json!({
                    "count": number("count"), "sum": double(&summary["sum"]), "quantiles": quantiles,
                    "start": number("startTimeUnixNano"), "time": number("timeUnixNano"),
                });
                let [account, region, tenant] =
                    ["cloud.account.id", "cloud.region", "tenant.id"].map(|name| &resource[name][..]);
                let tagged = [account, region, tenant, &text(&metric["name"])];
                points.push(point(
                    tagged,
                    &text(&metric["unit"]),
                    &otlp::attributes(&summary["attributes"]),
                    &statistics,
                ));
            }
        }
    }
    points
}

#[test]
fn gauges_of_a_metric_stream_are_found_by_name_account_and_tenant() {
    /// Everything that is stored under the names of gauges, one series a line.
    const EXPORT: &str = "
import sys, urllib.parse, urllib.request
urllib.request.urlopen(sys.argv[1] + '/internal/force_flush').read()
query = urllib.parse.urlencode({'match[]': sys.argv[2]})
print(urllib.request.urlopen(sys.argv[1] + '/api/v1/export?' + query).read().decode(), end='')
";
    if !rig::has(&["victoria-metrics", "python"]) {
        return;
    }
    let store = Server::start_victoria_metrics(&[]);
    let destination =
        format!("signals: [metrics], signal_endpoints: {{metrics: \"{}/opentelemetry/v1/metrics\"}}", store.url());
    let mut fanin = Fanin::run(&config("firehose: {}", &[destination]), ACCOUNTS);
    let (records, data) = metric_stream();
    assert_eq!(fanin.post("/firehose", firehose_request(&records)).0, 200);
    assert!(fanin.stop().success());

    let name = "amazonaws.com/AWS/EC2/CPUUtilization";
    for (account, tenant) in [("111122223333", "initech"), ("444455556666", "globex")] {
        let of_account = data.iter().filter(|datum| datum["account"] == account && datum["name"] == "CPUUtilization");
        // One series; where the stream wrote its minute more than once, the store keeps one of the values.
        let data: Vec<_> = of_account.collect();
        for (suffix, quantile) in [("min", "0.0"), ("max", "1.0"), ("p99", "0.99")] {
            let query = format!("{{__name__=\"{name}.{suffix}\", tenant.id=\"{tenant}\"}}")
                .replace("tenant.id", "\"tenant.id\"");
            let series = json_lines(&rig::python(EXPORT, &[&store.url(), &query]).stdout);
            let [series] = &series[..] else { panic!("{query}: {series:?}") };
            let labels = &series["metric"];
            assert_eq!(labels["cloud.account.id"], account);
            assert_eq!(
                (&labels["cloud.region"], &labels["InstanceId"]),
                (&json!("eu-central-1"), &json!("i-0123456789abcdef0"))
            );
            let values = array(&series["values"]);
            assert!(!values.is_empty());
            for value in values {
                let known = data.iter().any(|datum| datum["quantiles"][quantile].as_f64() == value.as_f64());
                assert!(known, "{value} of {query} is none of {data:?}");
            }
        }
    }
}

/// Two seconds are kept for the last checkpoints; without anything to wait for, a stop is not to take them.
#[test]
fn a_service_with_nothing_under_way_stops_at_once() {
    let destination = "endpoint: \"http://127.0.0.1:9\"".to_owned();
    let mut fanin = Fanin::run(&config("firehose: {}", &[destination]), ACCOUNTS);
    assert!(fanin.stop().success());
    let lines = fanin.lines();
    let told_at = |start: &str| {
        let line = lines.iter().find(|line| line["message"].as_str().is_some_and(|text| text.starts_with(start)));
        let line = line.unwrap_or_else(|| panic!("{start} was not told: {lines:?}"));
        let time = ::fanin::time::parse_rfc3339(line["timestamp"].as_str().expect("a time is text"));
        time.expect("it is one").0
    };
    let took = told_at("stopped: ").since(told_at("stopping: "));
    assert!(took < Duration::from_secs(2), "{took:?}");
}
