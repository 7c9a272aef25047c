//! What holds where a file says nothing. Every default stands here and nowhere else.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use super::{
    Alerting, Carries, Compression, Config, Destination, DirectorySource, HttpSource, Kinesis, Limits, LogMetrics,
    MetricShape, Normalize, Organizations, Place, Policy, Protocol, Server, StartPosition, Storage, Telemetry, Tls,
};
use crate::id::Signal;

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

/// Nothing to read and nowhere to send: what a test or the demo begins with. `check` refuses it.
impl Default for Config {
    fn default() -> Self {
        Self {
            server: Server::default(),
            kinesis: Vec::new(),
            firehose: None,
            otlp: None,
            directory: DirectorySource::default(),
            normalize: Normalize::default(),
            policy: Policy::default(),
            destinations: Vec::new(),
            delivery: Limits::default(),
            storage: Storage::in_folder(Path::new(".")),
            telemetry: Telemetry::default(),
            alerting: Alerting::default(),
            page: super::Page::default(),
            quotas: super::Quotas::default(),
            standby: None,
        }
    }
}

impl Default for Server {
    fn default() -> Self {
        Self { listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)), grace_period: Duration::from_secs(30) }
    }
}

impl Default for super::Standby {
    fn default() -> Self {
        Self { takeover_after: Duration::from_secs(20) }
    }
}

impl Kinesis {
    /// The stream of that name or ARN, read with the defaults.
    #[must_use]
    pub fn new(stream: impl Into<String>) -> Self {
        Self {
            stream: stream.into(),
            region: None,
            endpoint: None,
            role_arn: None,
            start: StartPosition::TrimHorizon,
            consumer_arn: None,
            poll_interval: Duration::from_secs(1),
            carries: Carries::Telemetry,
            forwarded: Vec::new(),
        }
    }
}

impl HttpSource {
    /// The Firehose HTTP endpoint, open to anyone. A Firehose body has at most 64 MiB, its base64 a third more.
    #[must_use]
    pub const fn firehose() -> Self {
        Self { keys: Vec::new(), body_bytes_max: 128 * MIB }
    }

    /// The OTLP/HTTP receiver, open to anyone. 20 MiB is what the OpenTelemetry Collector takes.
    #[must_use]
    pub const fn otlp() -> Self {
        Self { keys: Vec::new(), body_bytes_max: 20 * MIB }
    }
}

impl Default for DirectorySource {
    fn default() -> Self {
        Self { file: None, organizations: None, tenant_attribute: "tenant.id".into(), tags: Vec::new() }
    }
}

impl Default for Organizations {
    fn default() -> Self {
        Self {
            endpoint: None,
            role_arn: None,
            refresh_interval: Duration::from_mins(15),
            tenant_tag: "tenant".into(),
            name_tag: "tenant-name".into(),
            tier_tag: "tier".into(),
        }
    }
}

impl Default for Normalize {
    fn default() -> Self {
        Self {
            message_keys: ["message", "msg", "log", "event"].map(String::from).to_vec(),
            body_bytes_max: 256 * KIB,
            raw: false,
            extracted_fields: false,
            metric_shape: MetricShape::Gauges,
            own_log_groups: Vec::new(),
            formats: Vec::new(),
            service_names: Vec::new(),
            trail_accounts: BTreeSet::new(),
            multiline: true,
            log_metrics: LogMetrics::Auto,
            record_bytes_max: 64 * MIB,
            delivery_bytes_max: 512 * MIB,
        }
    }
}

impl Destination {
    /// A backend of that name, at that base URL.
    #[must_use]
    pub fn new(name: impl Into<String>, endpoint: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            protocol: Protocol::HttpProtobuf,
            endpoint: endpoint.into(),
            signal_endpoints: [].into(),
            signals: Signal::ALL.into(),
            headers: Vec::new(),
            bearer: None,
            compression: Compression::Gzip,
            timeout: Duration::from_secs(10),
            tls: Tls::default(),
            sigv4: None,
            route: None,
            batch_bytes_max: 2 * MIB,
            batch_wait: Duration::from_secs(1),
            requests_max: 4,
        }
    }
}

/// One worker: `check` puts in the number of cores, which is not known here.
impl Default for Limits {
    fn default() -> Self {
        Self {
            memory_bytes_max: 256 * MIB,
            spill_after: Duration::from_mins(5),
            retry_wait_min: Duration::from_secs(1),
            retry_wait_max: Duration::from_secs(30),
            workers: 1,
        }
    }
}

impl Storage {
    /// Everything below one folder.
    #[must_use]
    pub fn in_folder(folder: &Path) -> Self {
        Self {
            state: Place::Folder(folder.join("state")),
            spill: Place::Folder(folder.join("spill")),
            dead_letters: Place::Folder(folder.join("dead-letters")),
            snapshot_interval: Duration::from_secs(5),
        }
    }
}

impl Default for Telemetry {
    fn default() -> Self {
        Self { otlp_endpoint: None, interval: Duration::from_mins(1) }
    }
}
