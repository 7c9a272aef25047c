//! The OTLP/HTTP receiver, by the OpenTelemetry protocol specification.

use std::collections::BTreeSet;
use std::time::Duration;

use fanin::config::AccessKey;
use fanin::delivery::{Payload, Settlement, Source};
use fanin::id::{AccountId, Signal};
use fanin::io::telemetry::{Counter, Histogram, Push};
use fanin::io::web::Limits;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{Metric, number_data_point};
use prost::Message;

use super::{Answer, Front, Options, answer, gzip, key, send, within};

/// The example of the OTLP specification, shortened.
const LOGS_JSON: &str = r#"{"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"my.service"}}]},
    "scopeLogs":[{"scope":{"name":"my.library"},"logRecords":[{"timeUnixNano":"1544712660300000000","severityNumber":10,
    "severityText":"Information","traceId":"5B8EFFF798038103D269B633813FC60C","spanId":"EEE19B7EC3C1B174",
    "body":{"stringValue":"Example log record"},"attributes":[{"key":"int","value":{"intValue":"637704092600000000"}}]}]}]}]}"#;

fn logs() -> ExportLogsServiceRequest {
    serde_json::from_str(LOGS_JSON).unwrap()
}

fn post(front: &Front, path: &str, content_type: &str, body: Vec<u8>) -> reqwest::RequestBuilder {
    reqwest::Client::new().post(front.url(path)).header("Content-Type", content_type).body(body)
}

fn protobuf(front: &Front) -> reqwest::RequestBuilder {
    post(front, "/v1/logs", "application/x-protobuf", logs().encode_to_vec())
}

fn request(payload: &Payload) -> (Signal, ExportLogsServiceRequest) {
    let Payload::Otlp { signal, request, .. } = payload else { panic!("{payload:?} is no OTLP request") };
    (*signal, ExportLogsServiceRequest::decode(request.clone()).unwrap())
}

/// `google.rpc.Status`, as far as it is used.
#[derive(Clone, PartialEq, Message)]
struct Status {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
}

fn assert_refused(answer: &Answer, status: u16, code: i32, message: &str) {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("application/x-protobuf"));
    let given = Status::decode(answer.body.as_slice()).unwrap();
    assert_eq!(given.code, code);
    assert!(given.message.contains(message), "{:?} is not in {:?}", message, given.message);
}

#[tokio::test]
async fn a_protobuf_request_is_delivered_as_it_is() {
    let mut front = Front::start().await;
    let answered = send(protobuf(&front));
    let delivery = front.settled(Settlement::Done).await;
    assert_eq!(request(&delivery.payload), (Signal::Logs, logs()));
    assert_eq!(delivery.origin.source, Source::Otlp);
    let answer = answered.await.unwrap();
    assert_eq!((answer.status, answer.body.len()), (200, 0));
    assert_eq!(answer.header("content-type"), Some("application/x-protobuf"));
    assert_eq!(front.counted(Counter::Deliveries(Source::Otlp)), 1);
}

#[tokio::test]
async fn a_json_request_becomes_protobuf_and_is_answered_in_json() {
    let mut front = Front::start().await;
    let answered = send(post(&front, "/v1/logs", "application/json; charset=utf-8", LOGS_JSON.into()));
    let delivery = front.settled(Settlement::Done).await;
    assert_eq!(request(&delivery.payload), (Signal::Logs, logs()));
    let answer = answered.await.unwrap();
    assert_eq!((answer.status, answer.text().as_str()), (200, "{}"));
    assert_eq!(answer.header("content-type"), Some("application/json"));
}

#[tokio::test]
async fn compressed_requests_are_inflated() {
    let mut front = Front::start().await;
    let plain = logs().encode_to_vec();
    for (encoding, body) in [("gzip", gzip(&plain)), ("zstd", zstd::encode_all(plain.as_slice(), 1).unwrap())] {
        let answered =
            send(post(&front, "/v1/logs", "application/x-protobuf", body).header("Content-Encoding", encoding));
        let delivery = front.settled(Settlement::Done).await;
        assert_eq!(request(&delivery.payload).1, logs(), "{encoding}");
        assert_eq!(answered.await.unwrap().status, 200);
    }
}

#[tokio::test]
async fn an_empty_request_is_done() {
    let mut front = Front::start().await;
    for path in ["/v1/logs", "/v1/metrics"] {
        let answered = answer(post(&front, path, "application/x-protobuf", Vec::new())).await;
        assert_eq!(answered.status, 200);
        let answered = answer(post(&front, path, "application/json", b"{}".to_vec())).await;
        assert_eq!(answered.status, 200);
    }
    assert!(front.took_nothing_more());
}

#[tokio::test]
async fn a_bearer_token_is_asked_for_where_keys_are_configured() {
    let account = BTreeSet::from([AccountId::parse("111122223333").unwrap()]);
    let bound = AccessKey { accounts: Some(account.clone()), ..key("tenant", "right") };
    let mut front = Front::start_with(Options { keys: vec![bound], ..Options::default() }).await;
    let missing = answer(protobuf(&front)).await;
    assert_refused(&missing, 401, 16, "no access key");
    assert_eq!(missing.header("www-authenticate"), Some("Bearer"));
    assert_refused(&answer(protobuf(&front).bearer_auth("wrong")).await, 401, 16, "not one of those");
    let answered = send(protobuf(&front).bearer_auth("right"));
    let delivery = front.settled(Settlement::Done).await;
    assert_eq!(delivery.accounts.as_deref(), Some(&account));
    assert_eq!(answered.await.unwrap().status, 200);
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_for_good() {
    let mut front = Front::start_with(Options { body_bytes_max: 1_000, ..Options::default() }).await;
    let text = answer(post(&front, "/v1/logs", "text/plain", b"hello".to_vec())).await;
    assert_refused(&text, 415, 3, "content type");
    let brotli = answer(protobuf(&front).header("Content-Encoding", "br")).await;
    assert_refused(&brotli, 415, 3, "content encoding \"br\"");
    let broken = answer(post(&front, "/v1/metrics", "application/x-protobuf", b"{}".to_vec())).await;
    assert_refused(&broken, 400, 3, "no export request of metrics in protobuf");
    let zstd = answer(protobuf(&front).header("Content-Encoding", "zstd")).await;
    assert_refused(&zstd, 400, 3, "no zstd data");
    let large = answer(post(&front, "/v1/logs", "application/x-protobuf", vec![0; 1_001])).await;
    assert_refused(&large, 413, 3, "limit of 1000 bytes");
    let bomb = zstd::encode_all(vec![0; 1 << 20].as_slice(), 1).unwrap();
    let bomb =
        answer(post(&front, "/v1/logs", "application/x-protobuf", bomb).header("Content-Encoding", "zstd")).await;
    assert_refused(&bomb, 413, 3, "limit of 1000 bytes");
    let json = answer(post(&front, "/v1/logs", "application/json", b"{\"resourceLogs\":7}".to_vec())).await;
    assert_eq!((json.status, json.json()["code"].as_i64()), (400, Some(3)));
    assert!(front.took_nothing_more());
}

#[tokio::test]
async fn what_cannot_be_delivered_now_is_to_be_sent_again() {
    let limits = Limits { answer_within: Duration::from_millis(300), ..Limits::default() };
    let mut front = Front::start_with(Options { limits, ..Options::default() }).await;
    let failed = send(protobuf(&front));
    let _ = front.settled(Settlement::Failed).await;
    let failed = failed.await.unwrap();
    assert_refused(&failed, 503, 14, "could neither be forwarded nor stored");
    assert_eq!(failed.header("retry-after"), Some("5"));
    let late = send(protobuf(&front));
    let _taken = front.taken().await;
    assert_refused(&within("the answer", late).await.unwrap(), 503, 14, "not safe yet");
    front.closing.cancel();
    let closing = answer(protobuf(&front)).await;
    assert_refused(&closing, 503, 14, "shutting down");
    assert_eq!(closing.header("retry-after"), Some("5"));
}

/// Fanin's own metrics leave by the OpenTelemetry SDK and come in again at the receiver.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn own_metrics_are_pushed_as_otlp() {
    let mut front = Front::start().await;
    let telemetry = front.telemetry.clone();
    telemetry.count(Counter::Records(Source::Kinesis), 7);
    let push = Push::start(&telemetry, &front.url(""), Duration::from_secs(3_600)).unwrap();
    telemetry.record(Histogram::Delay(Source::Kinesis), Duration::from_millis(300));
    let stopped = tokio::spawn(push.stop());
    let delivery = front.settled(Settlement::Done).await;
    within("the push to end", stopped).await.unwrap();

    let Payload::Otlp { signal: Signal::Metrics, request, .. } = delivery.payload else { panic!("no metrics") };
    let request = ExportMetricsServiceRequest::decode(request).unwrap();
    let resource = request.resource_metrics[0].resource.as_ref().unwrap();
    let service = resource.attributes.iter().find(|attribute| attribute.key == "service.name").unwrap();
    assert_eq!(service.value.as_ref().unwrap().value, Some(Value::StringValue("fanin".to_owned())));
    let metrics = &request.resource_metrics[0].scope_metrics[0].metrics;
    let find = |name: &str| metrics.iter().find(|metric| metric.name == name).unwrap_or_else(|| panic!("no {name}"));

    let records = find("fanin.source.records");
    assert_eq!(records.unit, "{record}");
    assert_eq!(sum_of(records, "kinesis"), Some(7.0));
    let Some(Data::Histogram(delay)) = &find("fanin.delay").data else { panic!("no histogram") };
    assert_eq!((delay.data_points[0].count, delay.data_points[0].sum), (1, Some(0.3)));
    let Some(Data::Gauge(memory)) = &find("process.memory.usage").data else { panic!("no gauge") };
    assert!(matches!(memory.data_points[0].value, Some(number_data_point::Value::AsDouble(bytes)) if bytes > 1e6));
}

fn sum_of(metric: &Metric, source: &str) -> Option<f64> {
    let Some(Data::Sum(sum)) = &metric.data else { panic!("{} is no sum", metric.name) };
    assert!(sum.is_monotonic);
    let wanted = Some(Value::StringValue(source.to_owned()));
    let point = sum.data_points.iter().find(|point| {
        point.attributes.iter().any(|label| label.key == "source" && label.value.as_ref().unwrap().value == wanted)
    })?;
    match point.value {
        Some(number_data_point::Value::AsDouble(value)) => Some(value),
        Some(number_data_point::Value::AsInt(_)) | None => None,
    }
}
