//! The forwarder as a function in ministack, which invokes the real binary over a runtime interface that is not ours: by its event
//! source mapping of a Kinesis stream, and by a subscription of a log group, with payloads and events that it makes itself.

use std::collections::BTreeSet;
use std::fs;

use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::config::{Builder, Credentials};
use aws_sdk_kinesis::primitives::Blob;
use aws_sdk_kinesis::types::StreamStatus;
use serde_json::json;
use tempfile::TempDir;

use crate::forwarder::{marks, packets, report_ids};
use crate::support::fleet::payload;
use crate::support::kinesis::{REGION, once, sdk_config, until};
use crate::support::lambda::bootstrap;
use crate::support::receiver::Backend;
use crate::support::rig::{self, Server};

pub(crate) const FUNCTION: &str = include_str!("../rig/scripts/function.py");

/// The account that the rig's credentials belong to.
pub(crate) const CENTRAL: &str = "123456789012";
const TENANT: &str = "210987654321";

const RULES: &str = "version: 1
rules:
  - {alert: Errors, kind: event, from: logs, match: 'message.contains(\"broken\")', level: warning}
";

/// ministack with the streams `logs` and `samples`, and a backend.
struct Stage {
    aws: Server,
    client: Client,
    backend: Backend,
    folder: TempDir,
}

pub(crate) fn arn(stream: &str) -> String {
    format!("arn:aws:kinesis:{REGION}:{CENTRAL}:stream/{stream}")
}

impl Stage {
    /// `None` where the rig has no ministack.
    async fn start() -> Option<Self> {
        if !rig::has(&["ministack", "python"]) {
            return None;
        }
        let (aws, backend) = (Server::start_ministack(), Backend::start().await);
        let credentials = Credentials::new(CENTRAL, "test", None, None, "test");
        let builder =
            Builder::from(&sdk_config().await).endpoint_url(aws.url()).credentials_provider(credentials).build();
        let client = Client::from_conf(builder);
        for stream in ["logs", "samples"] {
            let _ = client.create_stream().stream_name(stream).shard_count(1).send().await.expect("a new stream");
            until_active(&client, stream).await;
        }
        let folder = TempDir::new().expect("a temporary folder can be made");
        let stage = Self { aws, client, backend, folder };
        stage.write("fanin.yaml", &stage.config());
        stage.write("rules.yaml", RULES);
        stage.write("accounts.csv", &format!("account,tenant\n{TENANT},acme\n{CENTRAL},central\n"));
        Some(stage)
    }

    fn config(&self) -> String {
        format!(
            "sources: {{kinesis: [{{stream: '{}', carries: samples, endpoint: '{}', forwarded: ['{}']}}]}}
directory: {{file: accounts.csv}}
normalize: {{multiline: false}}
destinations: [{{name: backend, endpoint: '{}', compression: none}}]
alerting: {{rules: [rules.yaml]}}
",
            arn("samples"),
            self.aws.url(),
            arn("logs"),
            self.backend.url(),
        )
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).expect("a file can be written");
    }

    /// Makes the function, with what else the script is to do.
    fn create_function(&self, more: &[&str]) {
        let endpoint = self.aws.url();
        let program = bootstrap().display().to_string();
        let config = format!("FANIN_CONFIG={}", self.folder.path().join("fanin.yaml").display());
        let args = ["--endpoint", &endpoint, "--program", &program, "--environment", &config];
        drop(rig::python(FUNCTION, &[&args, more].concat()));
    }

    async fn put(&self, payload: Vec<u8>) {
        let call = self.client.put_record().stream_name("logs").partition_key("key").data(Blob::new(payload));
        let _ = call.send().await.expect("the stream is there");
    }

    /// Waits until the backend has so many records, and gives their texts.
    async fn texts(&self, n: usize) -> Vec<String> {
        until("the records to reach the backend", || self.backend.records().len() >= n).await;
        self.backend.records().into_iter().map(|record| record.body).collect()
    }
}

async fn until_active(client: &Client, stream: &str) {
    loop {
        let described = client.describe_stream_summary().stream_name(stream).send().await.expect("the stream is there");
        let summary = described.stream_description_summary().expect("a description");
        if *summary.stream_status() == StreamStatus::Active {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

/// Scenario: records of a tenant lie in a stream that a function reads, and more come. Guarantees: each reaches the backend once with
/// its tenant, is told to the rules once, and the shard's mark tells that all are safe.
#[tokio::test(flavor = "multi_thread")]
async fn an_event_source_mapping_forwards_the_stream() {
    let Some(stage) = Stage::start().await else { return };
    for n in 0..3 {
        stage.put(payload(TENANT, n * 10..n * 10 + 10, |n| format!("broken {n:03}"))).await;
    }
    stage.create_function(&["--stream", &arn("logs")]);
    assert_eq!(stage.texts(30).await.len(), 30);
    stage.put(payload(TENANT, 30..40, |n| format!("broken {n:03}"))).await;
    let expected: Vec<_> = (0..40).map(|n| format!("broken {n:03}")).collect();
    assert_eq!(crate::support::kinesis::counts(stage.texts(40).await), once(&expected));
    assert!(stage.backend.records().iter().all(|record| record.tenant == "acme" && record.account == TENANT));
    let reports = wait_for_packets(&stage.client, 4).await;
    assert_eq!(reports.iter().collect::<BTreeSet<_>>().len(), 4, "a record of the stream has one report");
    let marks = marks(&packets(&stage.client).await);
    assert!(marks.iter().all(|mark| *mark.stream == *arn("logs") && mark.shard.starts_with("shardId-")), "{marks:?}");
    assert!(!marks.is_empty());
}

/// Scenario: a log group of the central account invokes the function itself. Guarantees: what ministack wrote into its payload
/// reaches the backend, and the rules.
#[tokio::test(flavor = "multi_thread")]
async fn a_log_group_forwards_to_the_function() {
    let Some(stage) = Stage::start().await else { return };
    let text = json!({ "level": "error", "message": "broken by hand" }).to_string();
    stage.create_function(&["--log-group", "/acme/direct", "--put", &text]);
    let _ = stage.texts(1).await;
    let record = stage.backend.records().swap_remove(0);
    assert!(record.body.contains("broken by hand"), "{record:?}");
    assert_eq!((&*record.account, &*record.tenant), (CENTRAL, "central"));
    assert_eq!(wait_for_packets(&stage.client, 1).await.len(), 1);
}

/// The ids of reports, once there are so many.
async fn wait_for_packets(client: &Client, n: usize) -> Vec<u64> {
    let give_up = tokio::time::Instant::now() + std::time::Duration::from_secs(60);
    loop {
        let packets = packets(client).await;
        let ids = report_ids(&packets);
        if ids.len() >= n && (n == 1 || !marks(&packets).is_empty()) {
            return ids;
        }
        assert!(tokio::time::Instant::now() < give_up, "{} of {n} reports came", ids.len());
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}
