//! Configuration as it runs: complete, checked, without an `Option` that means a default.
//!
//! What an operator writes is `config::file`; `config::check` turns one into the other and reports every problem at once.

pub mod environment;
mod format;
pub mod expression;
pub mod policy;
pub mod alerting;
pub mod page;
pub mod quotas;
mod default;
pub mod problem;
pub mod quantity;
pub mod url;
pub mod yaml;
pub mod substitute;
pub mod read;
pub mod file;
pub mod effective;
pub mod render;
pub mod check;
pub mod schema;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::glob::Glob;
use crate::id::{AccountId, Region, Signal};
pub use alerting::Alerting;
pub use format::FormatName;
pub use page::Page;
pub use policy::Policy;
pub use quotas::Quotas;

/// Everything that `fanin run` needs to know.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Where health, metrics and the HTTP sources listen.
    pub server: Server,
    /// Kinesis streams to read.
    pub kinesis: Vec<Kinesis>,
    /// The Firehose HTTP endpoint, if it is served.
    pub firehose: Option<HttpSource>,
    /// The OTLP/HTTP receiver, if it is served.
    pub otlp: Option<HttpSource>,
    /// Where the accounts and their tenants are found.
    pub directory: DirectorySource,
    /// How records are shaped.
    pub normalize: Normalize,
    /// What is removed, kept back and rewritten before records leave.
    pub policy: Policy,
    /// Where records go; at least one.
    pub destinations: Vec<Destination>,
    /// Limits and waits between source and destination.
    pub delivery: Limits,
    /// Where checkpoints, spilled batches and dead letters are kept.
    pub storage: Storage,
    /// Fanin's own metrics.
    pub telemetry: Telemetry,
    /// Rules and whom they tell.
    pub alerting: Alerting,
    /// The page, its API and its store.
    pub page: Page,
    /// Where the values of quotas are from.
    pub quotas: Quotas,
    /// Another Fanin that stands by, if one does.
    pub standby: Option<Standby>,
}

/// Where Fanin listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Address of the HTTP server. Default `127.0.0.1:8080`.
    pub listen: SocketAddr,
    /// How long a stop may take before what is left is abandoned to the source. Default 30 s.
    pub grace_period: Duration,
}

/// Several processes on one state, of which one works and the others wait to take its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standby {
    /// How long one that waits sees no sign of the one that works before it takes over. Default 20 s.
    pub takeover_after: Duration,
}

/// A Kinesis data stream to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kinesis {
    /// Name or ARN of the stream.
    pub stream: String,
    /// Region of the stream; the SDK's default chain when `None`.
    pub region: Option<Region>,
    /// Another endpoint than AWS, for tests and emulators.
    pub endpoint: Option<String>,
    /// A role to assume before reading.
    pub role_arn: Option<String>,
    /// Where to begin in a shard without a checkpoint.
    pub start: StartPosition,
    /// Read by enhanced fan-out as this registered consumer (ARN) instead of by polling.
    pub consumer_arn: Option<String>,
    /// Pause between two reads of a shard that gave nothing. Default 1 s; AWS allows 5 reads a second and shard for all readers.
    pub poll_interval: Duration,
    /// What it carries.
    pub carries: Carries,
    /// ARNs of the streams that the forwarder reads whose reports this one carries.
    pub forwarded: Vec<String>,
}

/// What a Kinesis stream carries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Carries {
    /// Telemetry, as AWS and producers wrote it.
    #[default]
    Telemetry,
    /// What a forwarder took of telemetry that it sent on by itself, and events of AWS Organizations. Only Fanin and EventBridge
    /// may write there.
    Samples,
}

/// Where to begin in a shard without a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartPosition {
    /// The oldest record that is still kept. The default: nothing is lost on the first start.
    TrimHorizon,
    /// Only records that come after the start.
    Latest,
    /// Records that arrived at or after this moment.
    AtTimestamp(crate::time::Timestamp),
}

/// An HTTP source and who may use it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpSource {
    /// Accepted keys; several at once make rotation possible. Empty means anyone, which `check` allows on loopback only.
    pub keys: Vec<AccessKey>,
    /// The most bytes of a request body after inflating. Default 128 MiB for Firehose, 20 MiB for OTLP.
    pub body_bytes_max: usize,
}

/// A key that a sender must show.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessKey {
    /// What it is called in logs and metrics; never the key itself.
    pub name: String,
    /// The secret.
    pub secret: Secret,
    /// The accounts whose records may come with it; `None` for any.
    pub accounts: Option<BTreeSet<AccountId>>,
}

impl std::fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AccessKey {{ {} }}", self.name)
    }
}

/// A text that must not be printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes a secret text.
    #[must_use]
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// The text itself, for the one place that needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(secret)")
    }
}

/// Where the accounts and their tenants are found. Both may be given: the file wins where both name a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectorySource {
    /// A CSV, YAML or JSON file; read again when it changes.
    pub file: Option<PathBuf>,
    /// AWS Organizations.
    pub organizations: Option<Organizations>,
    /// Resource attribute that carries the tenant's id. Default `tenant.id`.
    pub tenant_attribute: String,
    /// The scheme of account tags, if there is one.
    pub tags: Vec<TagRule>,
}

/// What is asked of one tag of each account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagRule {
    /// Its name, exactly.
    pub key: String,
    /// Whether each account must have it. Default `true`.
    pub required: bool,
    /// The values that are allowed; empty allows all.
    pub values: Vec<String>,
    /// What must be found in the value.
    pub pattern: Option<expression::Expression>,
}

/// How accounts are listed from AWS Organizations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organizations {
    /// Another endpoint than AWS, for tests and emulators.
    pub endpoint: Option<String>,
    /// A role of the management account or of a delegated administrator.
    pub role_arn: Option<String>,
    /// Time between two refreshes. Default 15 min.
    pub refresh_interval: Duration,
    /// Account tag that holds the tenant's id. Default `tenant`. Without that tag the account's own id is the tenant's.
    pub tenant_tag: String,
    /// Account tag that holds the tenant's name. Default `tenant-name`; without it the account's name.
    pub name_tag: String,
    /// Account tag that holds the tier. Default `tier`.
    pub tier_tag: String,
}

/// How records are shaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Normalize {
    /// Members of a JSON message that hold its text, first match wins.
    pub message_keys: Vec<String>,
    /// The longest body, in bytes; longer ones are cut at a character, marked and counted. Default 256 KiB.
    pub body_bytes_max: usize,
    /// Keep the line as it came in `log.record.original`. Default off.
    pub raw: bool,
    /// Keep `extractedFields` of subscription filters under `aws.log.extracted.*`. Default off.
    pub extracted_fields: bool,
    /// How a CloudWatch datum becomes OTLP metrics.
    pub metric_shape: MetricShape,
    /// Log groups that carry Fanin's own output, as (account, log group): records of these are rejected.
    pub own_log_groups: Vec<(AccountId, String)>,
    /// Formats of log streams whose names do not tell, or that content tells wrongly; first match wins, then AWS's own names.
    pub formats: Vec<FormatRule>,
    /// `service.name` of log groups; first match wins, then what the names tell.
    pub service_names: Vec<ServiceName>,
    /// Accounts whose CloudTrail log groups gather the events of others: a record goes to the account that its event
    /// names. Without this no text of a message can move a record to another account.
    pub trail_accounts: BTreeSet<AccountId>,
    /// Join lines that go on with the one before, where the format says so. Default on.
    pub multiline: bool,
    /// Metrics that log messages hold: the embedded metric format, Lambda's reports, enhanced monitoring.
    pub log_metrics: LogMetrics,
    /// The most inflated bytes of one record. Default 64 MiB.
    pub record_bytes_max: usize,
    /// The most inflated bytes of one delivery. Default 512 MiB.
    pub delivery_bytes_max: usize,
}

/// The format of some log streams.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormatRule {
    /// Log groups that it is for.
    pub log_groups: Glob,
    /// Log streams that it is for. Default all.
    pub log_streams: Glob,
    /// The format.
    pub format: FormatName,
    /// Names of the fields of a line, where the format does not fix them: custom VPC flow logs, CloudFront's real-time logs.
    pub fields: Vec<String>,
}

/// The service that some log groups belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceName {
    /// Log groups that it is for.
    pub log_groups: Glob,
    /// `service.name` of their records.
    pub name: String,
}

/// Whether metrics are made of what log messages hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogMetrics {
    /// Yes, except those that a metric stream of the same account carries as well. The default.
    Auto,
    /// Yes, whatever metric streams carry.
    Always,
    /// No.
    Never,
}

/// How a CloudWatch datum becomes OTLP metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricShape {
    /// Gauges `.min`, `.max`, `.avg` and one for each further statistic; delta sums `.sum` and `.count`. The default.
    Gauges,
    /// An OTLP summary, as AWS sends it; statistics that a summary cannot hold follow as gauges.
    Summary,
}

/// A backend that takes OTLP.
#[derive(Clone, Debug, PartialEq)]
pub struct Destination {
    /// What it is called in logs and metrics.
    pub name: String,
    /// HTTP with protobuf, or gRPC.
    pub protocol: Protocol,
    /// Base URL; for HTTP `v1/logs` and `v1/metrics` are appended.
    pub endpoint: String,
    /// Full URLs for single signals, used as they are.
    pub signal_endpoints: BTreeMap<Signal, String>,
    /// Signals that go there. Default all.
    pub signals: BTreeSet<Signal>,
    /// Headers (HTTP) or metadata (gRPC) sent with each request.
    pub headers: Vec<(String, Secret)>,
    /// Sent as `Authorization: Bearer`.
    pub bearer: Option<Secret>,
    /// Compression of requests. Default gzip.
    pub compression: Compression,
    /// Time for one attempt. Default 10 s.
    pub timeout: Duration,
    /// Certificates other than the system's, and those of the client.
    pub tls: Tls,
    /// Sign requests for AWS, as CloudWatch's own OTLP endpoint wants it.
    pub sigv4: Option<SigV4>,
    /// Only accounts with this attribute; `None` for all.
    pub route: Option<Route>,
    /// The most encoded bytes of one request before compression. Default 2 MiB.
    pub batch_bytes_max: usize,
    /// The longest a record waits for its batch to fill. Default 1 s.
    pub batch_wait: Duration,
    /// Requests under way at once. Default 4.
    pub requests_max: usize,
}

/// The transport of OTLP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// `http/protobuf`, the default.
    HttpProtobuf,
    /// `grpc`.
    Grpc,
}

/// Compression of export requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// None.
    None,
    /// gzip at level 1, the default: every receiver takes it.
    Gzip,
    /// zstd at level 1: smaller and faster, where the receiver takes it.
    Zstd,
}

/// Certificates of a destination.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tls {
    /// PEM file of certificate authorities, instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// PEM file of the client's certificate chain.
    pub client_certificate_file: Option<PathBuf>,
    /// PEM file of the client's key.
    pub client_key_file: Option<PathBuf>,
}

/// AWS Signature Version 4 on export requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigV4 {
    /// Region of the endpoint.
    pub region: Region,
    /// Service name in the signature: `logs`, `monitoring`, `xray`.
    pub service: String,
    /// A role to assume before signing.
    pub role_arn: Option<String>,
}

/// Accounts chosen by an attribute of the directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// `tenant.id`, `tenant.tier`, `cloud.region`, `aws.ou.path`, or the name of a label.
    pub attribute: String,
    /// The values that are chosen.
    pub values: BTreeSet<String>,
}

/// Limits and waits between source and destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of telemetry held in memory at most, from source to acknowledgement. Default 256 MiB.
    pub memory_bytes_max: usize,
    /// A destination that failed this long has its batches spilled. Default 5 min; `Duration::MAX` for never.
    pub spill_after: Duration,
    /// The first wait before a retry. Default 1 s; doubles, with jitter.
    pub retry_wait_min: Duration,
    /// The longest wait before a retry. Default 30 s.
    pub retry_wait_max: Duration,
    /// Threads that decode; default the number of cores.
    pub workers: usize,
}

/// Where state is kept. Each is a folder or an `s3://bucket/prefix` URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Storage {
    /// Checkpoints and the cached directory.
    pub state: Place,
    /// Batches of a backend that is down.
    pub spill: Place,
    /// Records that could not be used.
    pub dead_letters: Place,
    /// Time between two snapshots. Default 5 s.
    pub snapshot_interval: Duration,
}

/// A place that keeps objects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A local folder.
    Folder(PathBuf),
    /// `s3://bucket/prefix`.
    S3 {
        /// The bucket.
        bucket: String,
        /// Prefix of every key, without slashes at its ends.
        prefix: String,
        /// Another endpoint than AWS.
        endpoint: Option<String>,
        /// Region of the bucket.
        region: Option<Region>,
    },
    /// A Firehose stream that writes to S3. For spill and dead letters only.
    Firehose {
        /// Name of the Firehose stream.
        stream: String,
        /// Another endpoint than AWS.
        endpoint: Option<String>,
        /// Region of the stream.
        region: Option<Region>,
    },
}

/// Fanin's own metrics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Telemetry {
    /// Base URL of an OTLP/HTTP receiver for Fanin's own metrics; `None` for `/metrics` only.
    pub otlp_endpoint: Option<String>,
    /// Time between two exports. Default 60 s.
    pub interval: Duration,
}
