//! The front against programs of others: moto's Firehose, and the OTLP exporters of OpenTelemetry for Python.

use fanin::delivery::{Delivery, Payload, Settlement, Source};
use fanin::id::Signal;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point;
use prost::Message;
use tokio::task::JoinHandle;

use super::{Front, Options, key, within};
use crate::support::rig::{self, Server};

/// Makes a Firehose stream with an HTTP endpoint in moto and puts records into it.
/// moto posts them at once: bare JSON, without any `X-Amz-Firehose` header, its timestamp in seconds, and data that is not UTF-8 makes it fail.
const PUT_RECORDS: &str = r#"
import sys, boto3
moto, endpoint = sys.argv[1:]
firehose = boto3.client("firehose", endpoint_url=moto, region_name="eu-central-1")
firehose.create_delivery_stream(
    DeliveryStreamName="central",
    DeliveryStreamType="DirectPut",
    HttpEndpointDestinationConfiguration={
        "EndpointConfiguration": {"Url": endpoint},
        "S3Configuration": {"RoleARN": "arn:aws:iam::123456789012:role/x", "BucketARN": "arn:aws:s3:::backup"},
    },
)
result = firehose.put_record_batch(
    DeliveryStreamName="central",
    Records=[{"Data": b"one"}, {"Data": "gr\u00fc\u00dfe\n".encode()}, {"Data": b"three"}],
)
assert result["FailedPutCount"] == 0, result
"#;

/// Sends a log record and a counter by the exporters, which read address and headers from the standard variables.
const EXPORT: &str = r#"
import logging
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
import sys

base, compression, token = sys.argv[1:]
options = {"compression": Compression(compression), "headers": {"authorization": f"Bearer {token}"}}
resource = Resource({"service.name": "checkout", "cloud.account.id": "111122223333"})

logs = LoggerProvider(resource=resource)
logs.add_log_record_processor(SimpleLogRecordProcessor(OTLPLogExporter(f"{base}/v1/logs", **options)))
logger = logging.getLogger("checkout")
logger.addHandler(LoggingHandler(logger_provider=logs))
logger.error("payment refused", extra={"status": 503})
logs.shutdown()

reader = PeriodicExportingMetricReader(OTLPMetricExporter(f"{base}/v1/metrics", **options))
metrics = MeterProvider(resource=resource, metric_readers=[reader])
metrics.get_meter("checkout").create_counter("orders").add(7)
metrics.shutdown()
"#;

/// Settles the deliveries that a script causes, until it has ended.
async fn deliveries(front: &mut Front, mut script: JoinHandle<()>) -> Vec<Delivery> {
    let mut deliveries = Vec::new();
    loop {
        tokio::select! {
            biased;
            taken = front.line.recv() => {
                let taken = taken.expect("the front is running");
                taken.settle.send(Settlement::Done).expect("someone waits for the settlement");
                deliveries.push(taken.delivery);
            }
            ended = &mut script => {
                ended.expect("the script ends well");
                return deliveries;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_that_motos_firehose_posts_are_delivered() {
    if !rig::has(&["moto", "python"]) {
        return;
    }
    let mut front = Front::start().await;
    let endpoint = front.url("/firehose");
    let script = tokio::task::spawn_blocking(move || {
        let moto = Server::start_moto();
        let _ = rig::python(PUT_RECORDS, &[&moto.url(), &endpoint]);
    });
    let deliveries = deliveries(&mut front, script).await;
    let mut data = Vec::new();
    for delivery in &deliveries {
        let Payload::Firehose(body) = &delivery.payload else { panic!("{delivery:?} is no Firehose body") };
        assert_eq!(delivery.origin.source, Source::Firehose);
        assert!(body.timestamp.seconds() > 1_700_000_000, "{} was read as milliseconds", body.timestamp);
        let decode = |range: &std::ops::Range<usize>| base64_simd::STANDARD.decode_to_vec(&body.body[range.clone()]);
        data.extend(body.records.iter().map(|range| decode(range).unwrap()));
    }
    assert_eq!(data, [&b"one"[..], "gr\u{fc}\u{df}e\n".as_bytes(), b"three"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_exporters_for_python_send_is_delivered() {
    if !rig::has(&["python"]) {
        return;
    }
    for compression in ["none", "gzip"] {
        let mut front =
            Front::start_with(Options { keys: vec![key("collector", "right")], ..Options::default() }).await;
        let base = front.url("");
        let script = tokio::task::spawn_blocking(move || {
            let _ = rig::python(EXPORT, &[&base, compression, "right"]);
        });
        let deliveries = within("the script", deliveries(&mut front, script)).await;
        let [logs, metrics] = deliveries.as_slice() else { panic!("{} deliveries", deliveries.len()) };
        let Payload::Otlp { signal: Signal::Logs, request, .. } = &logs.payload else { panic!("{logs:?}") };
        let logs = ExportLogsServiceRequest::decode(request.clone()).unwrap();
        let record = &logs.resource_logs[0].scope_logs[0].log_records[0];
        let body = record.body.as_ref().and_then(|body| body.value.clone());
        assert_eq!(body, Some(Value::StringValue("payment refused".to_owned())));
        let Payload::Otlp { signal: Signal::Metrics, request, .. } = &metrics.payload else { panic!("{metrics:?}") };
        let metrics = ExportMetricsServiceRequest::decode(request.clone()).unwrap();
        let metric = &metrics.resource_metrics[0].scope_metrics[0].metrics[0];
        let Some(Data::Sum(sum)) = &metric.data else { panic!("{metric:?} is no sum") };
        assert_eq!(sum.data_points[0].value, Some(number_data_point::Value::AsInt(7)));
    }
}
