//! Names of attributes, each once, with its source.
//!
//! "SC" is the OpenTelemetry semantic conventions, registry of August 2026.

/// SC, cloud: always `aws`.
pub const CLOUD_PROVIDER: &str = "cloud.provider";
/// SC, cloud: the account, 12 digits.
pub const CLOUD_ACCOUNT_ID: &str = "cloud.account.id";
/// SC, cloud: the Region.
pub const CLOUD_REGION: &str = "cloud.region";
/// SC, cloud: the service, such as `aws_lambda`.
pub const CLOUD_PLATFORM: &str = "cloud.platform";
/// SC, cloud: the ARN.
pub const CLOUD_RESOURCE_ID: &str = "cloud.resource_id";
/// Fanin: the tenant's id; the conventions have none. Renamable in the configuration.
pub const TENANT_ID: &str = "tenant.id";
/// Fanin: the tenant's name.
pub const TENANT_NAME: &str = "tenant.name";
/// Fanin: the tenant's tier.
pub const TENANT_TIER: &str = "tenant.tier";
/// Fanin: path of organisational units.
pub const OU_PATH: &str = "aws.ou.path";
/// SC, service: what produced the record.
pub const SERVICE_NAME: &str = "service.name";
/// SC, aws: names of the log groups, an array.
pub const LOG_GROUP_NAMES: &str = "aws.log.group.names";
/// SC, aws: names of the log streams, an array.
pub const LOG_STREAM_NAMES: &str = "aws.log.stream.names";
/// SC, faas: name of the function.
pub const FAAS_NAME: &str = "faas.name";
/// SC, faas: version of the function.
pub const FAAS_VERSION: &str = "faas.version";
/// SC, faas: the execution environment, which is the log stream.
pub const FAAS_INSTANCE: &str = "faas.instance";
/// SC, log: the record as it came.
pub const LOG_RECORD_ORIGINAL: &str = "log.record.original";
/// micromegas: the event's id; backends de-duplicate by it.
pub const LOG_EVENT_ID: &str = "aws.log.event.id";
/// Fanin: prefix of `extractedFields`.
pub const LOG_EXTRACTED_PREFIX: &str = "aws.log.extracted.";
/// OpenTelemetry Collector, AWS log encoding: the format of the input, on the scope.
pub const ENCODING_FORMAT: &str = "encoding.format";
/// Fanin: the CloudWatch namespace of a metric.
pub const NAMESPACE: &str = "aws.namespace";
/// AWS, metric streams in OpenTelemetry format: ARN of the stream.
pub const EXPORTER_ARN: &str = "aws.exporter.arn";
/// Fanin: the record's time lies more than two hours after its arrival.
pub const TIME_AHEAD: &str = "fanin.time.ahead";
/// Fanin: length of a body before it was cut.
pub const BODY_ORIGINAL_BYTES: &str = "fanin.body.original_bytes";
/// OpenTelemetry Collector, metric stream encoding: name of the metric stream, which is all that JSON gives.
pub const METRIC_STREAM_NAME: &str = "aws.cloudwatch.metric_stream_name";
