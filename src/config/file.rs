//! The configuration file as an operator writes it. Every key may be left out; `check` knows the defaults.
//!
//! The comments of the keys are also their help in editors: `fanin schema config` is made from this file.

mod alerting;
mod page;
mod quotas;

use std::net::SocketAddr;

use schemars::{Schema, json_schema};

use super::expression::Expression;
use super::policy::{Action, Detector, Level};
use super::problem::Code;
use super::read::{At, FromText, Pairs, Period, PeriodOrNever, Rate, Size, Written, choices, section};
use super::{Carries, Compression, FormatName, LogMetrics, MetricShape, Protocol, Secret, StartPosition};
use crate::glob::Glob;
use crate::id::{AccountId, Region, Signal};
use crate::time::parse_rfc3339;
pub use alerting::{
    Alerting, Alertmanager, Heartbeat, Jsm, Log, Mute, NotifyRoute, PagerDuty, Receiver, Slack, Sns, TimeRange, Webhook,
};
pub use page::{Page, PageAccess, PagePrice, PageProxy, PageStore, PageToken, PageView, RegionPrice};
pub use quotas::{Quotas, ServiceQuotas};

section! {
    /// Configuration of Fanin: `fanin run -c config.yaml`. Durations and sizes carry their unit: `30s`, `256MiB`.
    /// Values may come from outside: `${VAR}`, `${VAR:-default}`, `${file:/path}`, `${secretsmanager:NAME}`; `$$` is a dollar sign.
    File {
        /// Where Fanin listens, and how it stops.
        server: Server,
        /// Where telemetry comes from; at least one.
        sources: Sources,
        /// Where the accounts and their tenants are found.
        directory: Directory,
        /// How records are shaped.
        normalize: Normalize,
        /// What is removed, kept back and rewritten before records leave.
        policy: Policy,
        /// Where telemetry goes; at least one, at most 64.
        destinations: Vec<Destination>,
        /// Limits and waits between source and destination.
        delivery: Delivery,
        /// Where checkpoints, spilled batches and dead letters are kept.
        storage: Storage,
        /// Fanin's own metrics.
        telemetry: Telemetry,
        /// Rules and whom they tell.
        alerting: Alerting,
        /// The fleet page, its API and its store.
        page: Page,
        /// How much AWS allows each account, so that its share can be told.
        quotas: Quotas,
        /// A second `fanin run` that waits to take over.
        standby: Standby,
    }
}

section! {
    /// Where Fanin listens, and how it stops.
    Server {
        /// IP address and port of the HTTP server: health, metrics, and the HTTP sources. Default `127.0.0.1:8080`.
        /// Any other than a loopback address needs keys at every HTTP source. Port 0 takes a free one.
        listen: At<SocketAddr>,
        /// How long a stop may take before what is left is abandoned to the source, which sends it again.
        /// Default `30s`; from `1s` to `1h`. Keep it under the time that your supervisor waits before it kills.
        grace_period: At<Period>,
    }
}

section! {
    /// A second `fanin run` that waits to take over: both have the same configuration and the same `storage.state`.
    Standby {
        /// Whether one of several works and the others wait. Default `false`: a `fanin run` that starts takes over at once.
        enabled: At<bool>,
        /// How long one that waits sees no sign of the one that works before it takes over. Default `20s`; from `5s` to `5m`.
        takeover_after: At<Period>,
    }
}

section! {
    /// Where telemetry comes from.
    Sources {
        /// Kinesis data streams to read.
        kinesis: Vec<Kinesis>,
        /// The Firehose HTTP endpoint, `POST /firehose`. An empty section serves it with the defaults.
        firehose: HttpSource,
        /// The OTLP/HTTP receiver, `POST /v1/logs` and `POST /v1/metrics`. An empty section serves it with the defaults.
        otlp: HttpSource,
    }
}

section! {
    /// A Kinesis data stream to read.
    Kinesis {
        /// Name or ARN of the stream.
        stream: At<String>,
        /// Region of the stream. Default: that of the ARN, else that of the AWS environment.
        region: At<Region>,
        /// URL of another endpoint than AWS, for tests and emulators.
        endpoint: At<String>,
        /// ARN of a role to assume before reading.
        role_arn: At<String>,
        /// Where to begin in a shard without a checkpoint: `trim_horizon` (the default: the oldest record that is kept,
        /// so that nothing is lost), `latest`, or a time such as `2026-11-22T06:00:00Z`.
        start: At<StartPosition>,
        /// Read by enhanced fan-out as this registered consumer (ARN), instead of by polling.
        consumer_arn: At<String>,
        /// Pause between two reads of a shard that gave nothing. Default `1s`; from `200ms` to `1m`.
        /// AWS allows five reads a second and shard for all readers together.
        poll_interval: At<Period>,
        /// What the stream carries: `telemetry` (the default), or `samples`: what the forwarder in Lambda took of telemetry for the
        /// rules, and events of AWS Organizations. Let nobody but the forwarder and EventBridge write to such a stream.
        carries: At<Carries>,
        /// Of a stream that carries samples: the ARN of each stream that the forwarder reads. A heartbeat is put into their shards,
        /// by which the rules know how far the forwarder got.
        forwarded: Vec<At<String>>,
    }
}

section! {
    /// An HTTP source and who may use it.
    HttpSource {
        /// Accepted keys. Several at once make rotation possible; none means anyone, which only a loopback address allows.
        keys: Vec<AccessKey>,
        /// The largest request body after inflating. Default `128MiB` for Firehose, `20MiB` for OTLP; from `1MiB` to `1GiB`.
        body_max: At<Size>,
    }
}

section! {
    /// A key that a sender must show: `X-Amz-Firehose-Access-Key`, or `Authorization: Bearer` for OTLP.
    AccessKey {
        /// What it is called in logs and metrics; never the key itself.
        name: At<String>,
        /// The key. Best from outside: `${file:/run/secrets/firehose}`.
        secret: At<Secret>,
        /// The accounts whose records may come with it; records of others are rejected. Default: any.
        accounts: Vec<At<AccountId>>,
    }
}

section! {
    /// Where the accounts and their tenants are found. Both may be given: the file wins where both name a field.
    Directory {
        /// A CSV, YAML or JSON file; read again when it changes. `fanin schema directory` describes it.
        file: At<String>,
        /// AWS Organizations. An empty section uses the credentials of the process and the defaults.
        organizations: Organizations,
        /// Resource attribute that carries the tenant's id. Default `tenant.id`.
        tenant_attribute: At<String>,
        /// The scheme of account tags: accounts of AWS Organizations that break it are reported, with the command that puts it right.
        tags: Vec<TagRule>,
    }
}

section! {
    /// What is asked of one tag of each account.
    TagRule {
        /// Its name, exactly as AWS Organizations should have it.
        key: At<String>,
        /// Whether each account must have it. Default `true`.
        required: At<bool>,
        /// The values that are allowed. Default: all.
        values: Vec<At<String>>,
        /// A regular expression that must be found in the value; `^` and `$` hold it to the whole.
        pattern: At<Expression>,
    }
}

section! {
    /// How accounts are listed from AWS Organizations.
    Organizations {
        /// URL of another endpoint than AWS, for tests and emulators.
        endpoint: At<String>,
        /// ARN of a role in the management account, or in that of a delegated administrator.
        role_arn: At<String>,
        /// Time between two refreshes. Default `15m`; from `1m` to `24h`.
        refresh_interval: At<Period>,
        /// Account tag that holds the tenant's id. Default `tenant`. Without that tag the account's own id is the tenant's.
        tenant_tag: At<String>,
        /// Account tag that holds the tenant's name. Default `tenant-name`; without it the account's name.
        name_tag: At<String>,
        /// Account tag that holds the tier. Default `tier`.
        tier_tag: At<String>,
    }
}

section! {
    /// How records are shaped.
    Normalize {
        /// Members of a JSON message that hold its text, first match wins. Default `message`, `msg`, `log`, `event`.
        message_keys: Vec<At<String>>,
        /// The longest body; longer ones are cut at a character, marked and counted. Default `256KiB`; from `1KiB` to `16MiB`.
        body_max: At<Size>,
        /// Keep each line as it came, in `log.record.original`. Default `false`: it doubles the volume.
        raw: At<bool>,
        /// Keep `extractedFields` of subscription filters, under `aws.log.extracted.*`. Default `false`.
        extracted_fields: At<bool>,
        /// How a CloudWatch datum becomes OTLP metrics: `gauges` (the default) or `summary`.
        metric_shape: At<MetricShape>,
        /// Formats of log streams whose names do not tell, or that are told wrongly; first match wins, then AWS's own names.
        formats: Vec<FormatRule>,
        /// `service.name` of log groups; first match wins, then what the names tell.
        service_names: Vec<ServiceName>,
        /// Accounts whose CloudTrail log groups gather the events of others: a record goes to the account that its event
        /// names as `recipientAccountId`. Default: none, so that no text of a message moves a record to another account.
        trail_accounts: Vec<At<AccountId>>,
        /// Join lines that go on with the one before, such as frames of a stack trace, where the format says so. Default `true`.
        multiline: At<bool>,
        /// Metrics that log messages hold (embedded metric format, Lambda's reports, enhanced monitoring): `auto` (the
        /// default: all but those that a metric stream of the same account carries as well), `always` or `never`.
        log_metrics: At<LogMetrics>,
        /// Log groups that carry Fanin's own output. Their records are rejected, or Fanin would feed itself.
        own_log_groups: Vec<OwnLogGroup>,
        /// The most inflated bytes of one record. Default `64MiB`; from `1MiB` to `1GiB`.
        record_max: At<Size>,
        /// The most inflated bytes of one delivery. Default `512MiB`; from `1MiB` to `4GiB`.
        delivery_max: At<Size>,
    }
}

section! {
    /// The format of some log streams. `*` in a name stands for any text, `?` for any one character.
    FormatRule {
        /// Log groups that it is for. Default: all.
        log_groups: At<Glob>,
        /// Log streams that it is for. Default: all.
        log_streams: At<Glob>,
        /// The format.
        format: At<FormatName>,
        /// Names of the fields of a line, without `${}`: for VPC flow logs in a custom format, `[version, vpc-id, srcaddr]`, and
        /// for real-time logs of CloudFront.
        fields: Vec<At<String>>,
    }
}

section! {
    /// The service that some log groups belong to.
    ServiceName {
        /// Log groups that it is for. `*` stands for any text, `?` for any one character.
        log_groups: At<Glob>,
        /// `service.name` of their records.
        name: At<String>,
    }
}

section! {
    /// A log group that carries Fanin's own output.
    OwnLogGroup {
        /// The account that Fanin runs in.
        account: At<AccountId>,
        /// Name of the log group.
        log_group: At<String>,
    }
}

section! {
    /// What is removed, kept back and rewritten before records leave: filter, sample, redact, edit, in this order.
    Policy {
        /// Secrets and personal data.
        redact: Redact,
        /// Which records leave; first match wins, and what no item matches leaves.
        filter: Vec<Filter>,
        /// Of which records only some leave; first match wins, and what no item matches leaves.
        sample: Vec<Sample>,
        /// Edits of attributes, in order.
        attributes: Vec<Edit>,
    }
}

section! {
    /// Secrets and personal data. What is found is replaced before anything leaves: in bodies, attributes, dimensions and dead letters.
    Redact {
        /// What is looked for in every text: `aws_keys`, `tokens`, `private_keys`, `emails`, `cards`. Default: all. `[]` turns all off.
        detectors: Vec<At<Detector>>,
        /// What is done with it: `mask` (the default) puts `[redacted:NAME]` in its place, `hash` puts `[NAME:HASH]`, the
        /// same for the same value; `drop_value` removes the value it stands in, `drop_record` the record.
        action: At<Action>,
        /// Key of hashes, at least 16 bytes. Best from outside: `${file:/run/secrets/hash-key}`.
        hash_key: At<Secret>,
        /// Records that some detectors spare.
        exempt: Vec<Exempt>,
        /// Patterns of your own.
        patterns: Vec<Pattern>,
        /// Attributes whose values go whole, whatever they are.
        fields: Vec<Fields>,
    }
}

section! {
    /// Records that some detectors spare.
    Exempt {
        /// The detectors. Default: all.
        detectors: Vec<At<Detector>>,
        /// Only records of these accounts. Default: of all.
        accounts: Vec<At<AccountId>>,
        /// Only records of these tenants, by id. Default: of all.
        tenants: Vec<At<String>>,
        /// Only records of tenants of these tiers. Default: of all.
        tiers: Vec<At<String>>,
        /// Only records of these log groups; `*` stands for any text, `?` for any one character. Default: of all.
        log_groups: Vec<At<Glob>>,
    }
}

section! {
    /// A pattern of your own.
    Pattern {
        /// What a match is called; stands in its place. Lower case letters, digits and `_`.
        name: At<String>,
        /// A regular expression, such as `C-[0-9]{8}`. Neither look-around nor back references.
        pattern: At<Expression>,
        /// `mask`, `hash`, `drop_value` or `drop_record`. Default: that of `redact`.
        action: At<Action>,
        /// Where it is looked for: names of attributes (`customer.*`), or `body`. Default: everywhere.
        fields: Vec<At<Glob>>,
        /// Only records of these accounts. Default: of all.
        accounts: Vec<At<AccountId>>,
        /// Only records of these tenants, by id. Default: of all.
        tenants: Vec<At<String>>,
        /// Only records of tenants of these tiers. Default: of all.
        tiers: Vec<At<String>>,
        /// Only records of these log groups; `*` stands for any text, `?` for any one character. Default: of all.
        log_groups: Vec<At<Glob>>,
    }
}

section! {
    /// Attributes whose values go whole, whatever they are.
    Fields {
        /// Names of attributes or of members inside of them, such as `password` or `*.secret`.
        names: Vec<At<Glob>>,
        /// `mask`, `hash`, `drop_value` or `drop_record`. Default: that of `redact`.
        action: At<Action>,
        /// Only records of these accounts. Default: of all.
        accounts: Vec<At<AccountId>>,
        /// Only records of these tenants, by id. Default: of all.
        tenants: Vec<At<String>>,
        /// Only records of tenants of these tiers. Default: of all.
        tiers: Vec<At<String>>,
        /// Only records of these log groups; `*` stands for any text, `?` for any one character. Default: of all.
        log_groups: Vec<At<Glob>>,
    }
}

section! {
    /// A rule of what leaves: `keep` or `drop`.
    Filter {
        /// Records like this leave, whatever filters follow.
        keep: Condition,
        /// Records like this do not leave; metrics that they hold do.
        drop: Condition,
    }
}

section! {
    /// What a record is like: all that is given must hold.
    Condition {
        /// Less severe than this: `trace`, `debug`, `info`, `warn`, `error` or `fatal`. A record without severity counts as `info`.
        severity_below: At<Level>,
        /// At least as severe as this.
        severity_from: At<Level>,
        /// A regular expression that matches somewhere in the text; where the body is a map, in the line as it came.
        body: At<Expression>,
        /// Values of attributes as they came; `*` stands for any text. `a.b` is also the member `b` of `a`.
        attributes: Pairs<At<Glob>>,
        /// Only records of these accounts. Default: of all.
        accounts: Vec<At<AccountId>>,
        /// Only records of these tenants, by id. Default: of all.
        tenants: Vec<At<String>>,
        /// Only records of tenants of these tiers. Default: of all.
        tiers: Vec<At<String>>,
        /// Only records of these log groups; `*` stands for any text, `?` for any one character. Default: of all.
        log_groups: Vec<At<Glob>>,
    }
}

section! {
    /// Of records like this only a share leaves. By the event's id, so that what comes twice meets the same fate.
    Sample {
        /// The share that leaves: from 0, none, to 1, all.
        rate: At<Rate>,
        /// Only records less severe than this are sampled. Default `error`. A record without severity counts as `info`.
        severity_below: At<Level>,
        /// Only records of these accounts. Default: of all.
        accounts: Vec<At<AccountId>>,
        /// Only records of these tenants, by id. Default: of all.
        tenants: Vec<At<String>>,
        /// Only records of tenants of these tiers. Default: of all.
        tiers: Vec<At<String>>,
        /// Only records of these log groups; `*` stands for any text, `?` for any one character. Default: of all.
        log_groups: Vec<At<Glob>>,
    }
}

section! {
    /// An edit of the attributes of records: `rename`, `remove` or `add`. The resource is not edited.
    Edit {
        /// An attribute gets another name, unless there is one of that name.
        rename: Rename,
        /// Attributes with these names go; `*` stands for any text.
        remove: Vec<At<Glob>>,
        /// Attributes come, unless there are some of that name.
        add: Pairs<At<String>>,
        /// Only records of these accounts. Default: of all.
        accounts: Vec<At<AccountId>>,
        /// Only records of these tenants, by id. Default: of all.
        tenants: Vec<At<String>>,
        /// Only records of tenants of these tiers. Default: of all.
        tiers: Vec<At<String>>,
        /// Only records of these log groups; `*` stands for any text, `?` for any one character. Default: of all.
        log_groups: Vec<At<Glob>>,
    }
}

section! {
    /// The name of an attribute, and another one.
    Rename {
        /// The name it has.
        from: At<String>,
        /// The name it gets.
        to: At<String>,
    }
}

section! {
    /// A backend that takes OTLP.
    Destination {
        /// What it is called in logs and metrics. Default `main` for a single destination.
        name: At<String>,
        /// `http/protobuf` (the default) or `grpc`.
        protocol: At<Protocol>,
        /// Base URL; for HTTP `v1/logs` and `v1/metrics` are appended.
        endpoint: At<String>,
        /// Full URLs for single signals, used as they are: `logs`, `metrics`.
        signal_endpoints: SignalEndpoints,
        /// Signals that go there. Default `[logs, metrics]`.
        signals: Vec<At<Signal>>,
        /// Headers (HTTP) or metadata (gRPC) of each request.
        headers: Pairs<At<Secret>>,
        /// Sent as `Authorization: Bearer`. Best from outside: `${file:/run/secrets/token}`.
        bearer: At<Secret>,
        /// Compression of requests: `gzip` (the default), `zstd` or `none`.
        compression: At<Compression>,
        /// Time for one attempt. Default `10s`; from `100ms` to `10m`.
        timeout: At<Period>,
        /// Certificates other than the system's, and those of the client.
        tls: Tls,
        /// Sign requests for AWS, as CloudWatch's own OTLP endpoint wants it.
        sigv4: SigV4,
        /// Only accounts with this attribute. Default: all.
        route: Route,
        /// The most encoded bytes of one request before compression. Default `2MiB`; from `16KiB` to `64MiB`.
        batch_max: At<Size>,
        /// The longest a record waits for its batch to fill. Default `1s`; from `0s` (send at once) to `1m`.
        batch_wait: At<Period>,
        /// Requests under way at once. Default 4; from 1 to 256.
        requests_max: At<u32>,
    }
}

section! {
    /// Full URLs for single signals.
    SignalEndpoints {
        /// URL for logs.
        logs: At<String>,
        /// URL for metrics.
        metrics: At<String>,
    }
}

section! {
    /// Certificates of a destination, as PEM files.
    Tls {
        /// Certificate authorities, instead of the system's.
        ca_file: At<String>,
        /// The client's certificate chain. Needs `client_key_file`.
        client_certificate_file: At<String>,
        /// The client's key. Needs `client_certificate_file`.
        client_key_file: At<String>,
    }
}

section! {
    /// AWS Signature Version 4 on export requests. Needs `protocol: http/protobuf`.
    SigV4 {
        /// Region of the endpoint.
        region: At<Region>,
        /// Service name in the signature: `logs`, `monitoring` or `xray`.
        service: At<String>,
        /// ARN of a role to assume before signing.
        role_arn: At<String>,
    }
}

section! {
    /// Accounts chosen by an attribute of the directory.
    Route {
        /// `tenant.id`, `tenant.tier`, `cloud.region`, `aws.ou.path`, or the name of a label.
        attribute: At<String>,
        /// The values that are chosen; `unassigned` as `tenant.id` stands for accounts that the directory does not know.
        values: Vec<At<String>>,
    }
}

section! {
    /// Limits and waits between source and destination.
    Delivery {
        /// Telemetry held in memory at most, from source to acknowledgement. Default `256MiB`; from `16MiB` to `3GiB`.
        /// When it is full, Fanin stops taking, and the source keeps what it has.
        memory_max: At<Size>,
        /// A destination that failed this long has its batches spilled, so that the line moves on. Default `5m`; from `1s` to `7d`, or `never`.
        spill_after: At<PeriodOrNever>,
        /// The first wait before a retry; it doubles each time, with jitter. Default `1s`; from `10ms` to `1m`.
        retry_wait_min: At<Period>,
        /// The longest wait before a retry. Default `30s`; from `10ms` to `1h`.
        retry_wait_max: At<Period>,
        /// Threads that decode. Default: the number of cores; from 1 to 256.
        workers: At<u32>,
    }
}

section! {
    /// Where state is kept: a folder, `s3://bucket/prefix`, or, for spill and dead letters, `firehose:stream-name`.
    /// A relative folder begins at the folder of this file.
    Storage {
        /// Checkpoints and the cached directory. Default `./state`.
        state: At<String>,
        /// Batches of a destination that is down, until `fanin replay` sends them. Default `./spill`.
        spill: At<String>,
        /// Records that could not be used, with the reason. Default `./dead-letters`.
        dead_letters: At<String>,
        /// Time between two snapshots of the checkpoints. Default `5s`; from `100ms` to `10m`.
        /// A crash repeats at most what came since the last one.
        snapshot_interval: At<Period>,
        /// How `s3://` places are reached.
        s3: Aws,
        /// How `firehose:` places are reached.
        firehose: Aws,
    }
}

section! {
    /// How an AWS service is reached.
    Aws {
        /// Region of the service. Default: that of the AWS environment.
        region: At<Region>,
        /// URL of another endpoint than AWS, for tests and emulators.
        endpoint: At<String>,
    }
}

section! {
    /// Fanin's own metrics. `/metrics` serves them in any case.
    Telemetry {
        /// Base URL of an OTLP/HTTP receiver for them. Default: none.
        otlp_endpoint: At<String>,
        /// Time between two exports. Default `1m`; from `1s` to `1h`.
        interval: At<Period>,
    }
}

choices! { Protocol { "http/protobuf" => Self::HttpProtobuf, "grpc" => Self::Grpc, } }
choices! { Compression { "gzip" => Self::Gzip, "zstd" => Self::Zstd, "none" => Self::None, } }
choices! { MetricShape { "gauges" => Self::Gauges, "summary" => Self::Summary, } }
choices! { LogMetrics { "auto" => Self::Auto, "always" => Self::Always, "never" => Self::Never, } }
choices! { Carries { "telemetry" => Self::Telemetry, "samples" => Self::Samples, } }
choices! { Signal { "logs" => Self::Logs, "metrics" => Self::Metrics, } }

choices! {
    Detector {
        "aws_keys" => Self::AwsKeys, "tokens" => Self::Tokens, "private_keys" => Self::PrivateKeys,
        "emails" => Self::Emails, "cards" => Self::Cards,
    }
}
choices! {
    Action {
        "mask" => Self::Mask, "hash" => Self::Hash, "drop_value" => Self::DropValue, "drop_record" => Self::DropRecord,
    }
}
choices! {
    Level {
        "trace" => Self::Trace, "debug" => Self::Debug, "info" => Self::Info, "warn" => Self::Warn,
        "error" => Self::Error, "fatal" => Self::Fatal,
    }
}

impl FromText for Expression {
    const WANTED: &'static str = "a regular expression";

    fn from_text(text: &str) -> Result<Self, (Code, String)> {
        Self::new(text).map_err(|complaint| (Code::Value, complaint))
    }

    fn schema() -> Schema {
        json_schema!({ "type": "string", "format": "regex", "minLength": 1, "examples": ["C-[0-9]{8}"] })
    }
}

impl FromText for StartPosition {
    const WANTED: &'static str = "trim_horizon, latest, or a time such as \"2026-11-22T06:00:00Z\"";

    fn from_text(text: &str) -> Result<Self, (Code, String)> {
        match (text, parse_rfc3339(text)) {
            ("trim_horizon", _) => Ok(Self::TrimHorizon),
            ("latest", _) => Ok(Self::Latest),
            (_, Some((time, _))) => Ok(Self::AtTimestamp(time)),
            (_, None) => {
                Err((Code::Value, "is not trim_horizon, latest, or a time such as \"2026-11-22T06:00:00Z\"".into()))
            }
        }
    }

    fn schema() -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^(trim_horizon|latest|[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ].+)$",
            "examples": ["trim_horizon", "latest", "2026-11-22T06:00:00Z"]
        })
    }
}

impl Written for StartPosition {
    fn written(&self) -> String {
        match self {
            Self::TrimHorizon => "trim_horizon".into(),
            Self::Latest => "latest".into(),
            Self::AtTimestamp(time) => time.to_string(),
        }
    }
}

impl FromText for Secret {
    const WANTED: &'static str = "a text";

    fn from_text(text: &str) -> Result<Self, (Code, String)> {
        Ok(Self::new(text.into()))
    }

    fn schema() -> Schema {
        String::schema()
    }
}
