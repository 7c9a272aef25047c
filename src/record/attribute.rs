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

// What several formats have in common.

/// SC, aws: id of the request, as the service gives it.
pub const REQUEST_ID: &str = "aws.request_id";
/// SC, aws: id that S3 and CloudFront give besides.
pub const EXTENDED_REQUEST_ID: &str = "aws.extended_request_id";
/// SC, faas: id of one invocation of a function.
pub const FAAS_INVOCATION_ID: &str = "faas.invocation_id";
/// SC, client: address of the client.
pub const CLIENT_ADDRESS: &str = "client.address";
/// SC, client: port of the client.
pub const CLIENT_PORT: &str = "client.port";
/// SC, server: address or name of the server.
pub const SERVER_ADDRESS: &str = "server.address";
/// SC, server: port of the server.
pub const SERVER_PORT: &str = "server.port";
/// SC, source: address that something comes from.
pub const SOURCE_ADDRESS: &str = "source.address";
/// SC, source: port that something comes from.
pub const SOURCE_PORT: &str = "source.port";
/// SC, destination: address that something goes to.
pub const DESTINATION_ADDRESS: &str = "destination.address";
/// SC, destination: port that something goes to.
pub const DESTINATION_PORT: &str = "destination.port";
/// SC, network: `tcp`, `udp`.
pub const NETWORK_TRANSPORT: &str = "network.transport";
/// SC, network: `ipv4`, `ipv6`.
pub const NETWORK_TYPE: &str = "network.type";
/// SC, network: `http`, `tls`, ...
pub const NETWORK_PROTOCOL_NAME: &str = "network.protocol.name";
/// SC, network: `1.1`, `2`.
pub const NETWORK_PROTOCOL_VERSION: &str = "network.protocol.version";
/// SC, network: address of the peer.
pub const NETWORK_PEER_ADDRESS: &str = "network.peer.address";
/// SC, network: address of this side, where it differs from the source or destination.
pub const NETWORK_LOCAL_ADDRESS: &str = "network.local.address";
/// SC, network: `receive` or `transmit`.
pub const NETWORK_IO_DIRECTION: &str = "network.io.direction";
/// SC, http: method of the request.
pub const HTTP_REQUEST_METHOD: &str = "http.request.method";
/// SC, http: status of the response, a number.
pub const HTTP_RESPONSE_STATUS_CODE: &str = "http.response.status_code";
/// SC, http: size of the request, in bytes.
pub const HTTP_REQUEST_SIZE: &str = "http.request.size";
/// SC, http: size of the response, in bytes.
pub const HTTP_RESPONSE_SIZE: &str = "http.response.size";
/// SC, http: size of the response's body, in bytes.
pub const HTTP_RESPONSE_BODY_SIZE: &str = "http.response.body.size";
/// SC, http: pattern of the path.
pub const HTTP_ROUTE: &str = "http.route";
/// SC, http: prefix of headers of the request; the values are lists.
pub const HTTP_REQUEST_HEADER_PREFIX: &str = "http.request.header.";
/// SC, url: all of it.
pub const URL_FULL: &str = "url.full";
/// SC, url: scheme.
pub const URL_SCHEME: &str = "url.scheme";
/// SC, url: host name.
pub const URL_DOMAIN: &str = "url.domain";
/// SC, url: path.
pub const URL_PATH: &str = "url.path";
/// SC, url: query, without the question mark.
pub const URL_QUERY: &str = "url.query";
/// SC, user agent: as the client gives it.
pub const USER_AGENT_ORIGINAL: &str = "user_agent.original";
/// SC, tls: cipher suite.
pub const TLS_CIPHER: &str = "tls.cipher";
/// SC, tls: version, `1.2`.
pub const TLS_PROTOCOL_VERSION: &str = "tls.protocol.version";
/// SC, user: id.
pub const USER_ID: &str = "user.id";
/// SC, user: name.
pub const USER_NAME: &str = "user.name";
/// SC, geo: ISO 3166 code of the country.
pub const GEO_COUNTRY: &str = "geo.country.iso_code";
/// SC, error: class of the error.
pub const ERROR_TYPE: &str = "error.type";
/// SC, exception: class.
pub const EXCEPTION_TYPE: &str = "exception.type";
/// SC, exception: text.
pub const EXCEPTION_MESSAGE: &str = "exception.message";
/// SC, exception: frames.
pub const EXCEPTION_STACKTRACE: &str = "exception.stacktrace";
/// SC, process: process id.
pub const PROCESS_PID: &str = "process.pid";
/// SC, thread: id.
pub const THREAD_ID: &str = "thread.id";
/// SC, thread: name.
pub const THREAD_NAME: &str = "thread.name";
/// SC, code: file.
pub const CODE_FILE_PATH: &str = "code.file.path";
/// SC, code: line.
pub const CODE_LINE_NUMBER: &str = "code.line.number";
/// SC, host: name.
pub const HOST_NAME: &str = "host.name";
/// SC, host: id of the instance.
pub const HOST_ID: &str = "host.id";
/// SC, rpc: system; `aws-api` for calls of AWS.
pub const RPC_SYSTEM: &str = "rpc.system";
/// SC, rpc: service.
pub const RPC_SERVICE: &str = "rpc.service";
/// SC, rpc: method.
pub const RPC_METHOD: &str = "rpc.method";
/// SC, db: `postgresql`, `mysql`.
pub const DB_SYSTEM: &str = "db.system.name";
/// SC, db: database.
pub const DB_NAMESPACE: &str = "db.namespace";
/// SC, db: statement.
pub const DB_QUERY_TEXT: &str = "db.query.text";
/// SC, db: code of the answer.
pub const DB_RESPONSE_STATUS_CODE: &str = "db.response.status_code";
/// Fanin: how many log events were joined into the record.
pub const EVENTS_JOINED: &str = "fanin.events.joined";

// What a policy says of a record.

/// Fanin: the share of records like this one that is forwarded, where that is not all; counts are right when divided by it.
pub const SAMPLE_RATE: &str = "fanin.sample.rate";
