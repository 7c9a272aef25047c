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

// VPC and transit gateway flow logs.

/// SC, network: name of the interface; here the id of the elastic network interface.
pub const NETWORK_INTERFACE_NAME: &str = "network.interface.name";
/// OpenTelemetry Collector: TCP flags of the flow, combined by OR; a number.
pub const NETWORK_TCP_FLAGS: &str = "network.tcp.flags";
/// Fanin: names of those flags, a list.
pub const NETWORK_TCP_FLAG_NAMES: &str = "network.tcp.flag_names";
/// OpenTelemetry Collector: version of the flow log.
pub const VPC_FLOW_LOG_VERSION: &str = "aws.vpc.flow.log.version";
/// Fanin: owner of the network interface. In a shared subnet this is not the account that the flow log is of.
pub const VPC_FLOW_ACCOUNT_ID: &str = "aws.vpc.flow.account_id";
/// OpenTelemetry Collector: packets of the flow.
pub const VPC_FLOW_PACKETS: &str = "aws.vpc.flow.packets";
/// OpenTelemetry Collector: bytes of the flow.
pub const VPC_FLOW_BYTES: &str = "aws.vpc.flow.bytes";
/// OpenTelemetry Collector: when the first packet was seen, in seconds since 1970.
pub const VPC_FLOW_START: &str = "aws.vpc.flow.start";
/// Fanin: when the last packet was seen, in seconds since 1970; only where that is not the record's time.
pub const VPC_FLOW_END: &str = "aws.vpc.flow.end";
/// OpenTelemetry Collector: `ACCEPT` or `REJECT`.
pub const VPC_FLOW_ACTION: &str = "aws.vpc.flow.action";
/// OpenTelemetry Collector: `OK`, `NODATA` or `SKIPDATA`.
pub const VPC_FLOW_STATUS: &str = "aws.vpc.flow.status";
/// OpenTelemetry Collector: why the traffic was rejected.
pub const VPC_FLOW_REJECT_REASON: &str = "aws.vpc.flow.reject_reason";
/// Fanin: `dstaddr`, where both it and `srcaddr` are those of a middle layer.
pub const VPC_FLOW_DESTINATION_ADDRESS: &str = "aws.vpc.flow.destination.address";
/// OpenTelemetry Collector, newer fields of flow logs by the same rule: prefix of fields that have no name here.
pub const VPC_FLOW_PREFIX: &str = "aws.vpc.flow.";

// CloudTrail events.

/// SC, rpc: the value of `rpc.system` for calls of AWS.
pub const RPC_SYSTEM_AWS_API: &str = "aws-api";
/// OpenTelemetry Collector: prefix of members of CloudTrail events that have no name of their own.
pub const CLOUDTRAIL_PREFIX: &str = "aws.cloudtrail.";
/// Fanin: type of the event, `AwsApiCall`; the Collector has it as `rpc.system`, where the conventions want another value.
pub const CLOUDTRAIL_EVENT_TYPE: &str = "aws.cloudtrail.event_type";
/// Fanin: when it happened, as CloudTrail wrote it; only where that is not the record's time.
pub const CLOUDTRAIL_EVENT_TIME: &str = "aws.cloudtrail.event_time";
/// OpenTelemetry Collector: code of the error that AWS answered with.
pub const AWS_ERROR_CODE: &str = "aws.error.code";
/// OpenTelemetry Collector: resources that were accessed, a list of maps.
pub const AWS_RESOURCES: &str = "aws.resources";
/// OpenTelemetry Collector: prefix of what is known of the caller.
pub const USER_IDENTITY_PREFIX: &str = "aws.user_identity.";
/// OpenTelemetry Collector: prefix of what is known of the caller's session.
pub const SESSION_CONTEXT_PREFIX: &str = "aws.user_identity.session_context.";
/// OpenTelemetry Collector: prefix of what is known of whoever issued the session.
pub const SESSION_ISSUER_PREFIX: &str = "aws.user_identity.session_context.issuer.";
/// OpenTelemetry Collector: prefix of attributes of the session.
pub const SESSION_ATTRIBUTES_PREFIX: &str = "aws.user_identity.session_context.attributes.";
/// Fanin: prefix of what is known of the TLS connection beyond the conventions.
pub const CLOUDTRAIL_TLS_PREFIX: &str = "aws.cloudtrail.tls_details.";

// AWS WAF.

/// OpenTelemetry Collector: prefix of members of AWS WAF logs that have no name of their own.
pub const WAF_PREFIX: &str = "aws.waf.";
/// Fanin: prefix of members of the request that have no name of their own.
pub const WAF_REQUEST_PREFIX: &str = "aws.waf.http_request.";
/// Fanin: headers of the request that are not a name and a value.
pub const WAF_REQUEST_HEADERS: &str = "aws.waf.http_request.headers";
/// SC, tls: JA3 fingerprint of the client.
pub const TLS_CLIENT_JA3: &str = "tls.client.ja3";
/// OpenTelemetry Collector: JA4 fingerprint of the client.
pub const TLS_CLIENT_JA4: &str = "tls.client.ja4";
/// SC, url: fragment, without the `#`.
pub const URL_FRAGMENT: &str = "url.fragment";

// Route 53.

/// SC, dns: the name that was asked for, as it was asked.
pub const DNS_QUESTION_NAME: &str = "dns.question.name";
/// SC, dns: the addresses of the answer, a list.
pub const DNS_ANSWERS: &str = "dns.answers";
/// Elastic Common Schema, which the conventions follow where they grow: type of the question, `AAAA`.
pub const DNS_QUESTION_TYPE: &str = "dns.question.type";
/// Elastic Common Schema: class of the question, `IN`.
pub const DNS_QUESTION_CLASS: &str = "dns.question.class";
/// Elastic Common Schema: code of the answer, `NOERROR`.
pub const DNS_RESPONSE_CODE: &str = "dns.response_code";
/// Fanin: prefix of members of query logs that have no name of their own.
pub const ROUTE53_PREFIX: &str = "aws.route53.";
/// Fanin: the whole answer, a list of maps; only where it has more than addresses.
pub const ROUTE53_ANSWERS: &str = "aws.route53.answers";
/// Fanin: when the query came; only where that is not the record's time.
pub const ROUTE53_TIME: &str = "aws.route53.query_timestamp";

// AWS Network Firewall.

/// SC, cloud: the availability zone.
pub const CLOUD_AVAILABILITY_ZONE: &str = "cloud.availability_zone";
/// OpenTelemetry Collector: prefix of members of Network Firewall logs that have no name of their own.
pub const FIREWALL_PREFIX: &str = "aws.networkfirewall.";
/// Fanin: when the log was written; only where that is not the record's second.
pub const FIREWALL_EVENT_TIMESTAMP: &str = "aws.networkfirewall.event_timestamp";
/// Fanin: when it happened; only where that is not the record's time.
pub const FIREWALL_TIMESTAMP: &str = "aws.networkfirewall.timestamp";
/// OpenTelemetry Collector: prefix of the alert.
pub const FIREWALL_ALERT_PREFIX: &str = "aws.networkfirewall.alert.";
/// OpenTelemetry Collector: prefix of the metadata of the rule that alerted.
pub const FIREWALL_METADATA_PREFIX: &str = "aws.networkfirewall.alert.metadata.";
/// OpenTelemetry Collector: prefix of the flow.
pub const FIREWALL_NETFLOW_PREFIX: &str = "aws.networkfirewall.netflow.";
/// OpenTelemetry Collector: prefix of what is known of TLS.
pub const FIREWALL_TLS_PREFIX: &str = "aws.networkfirewall.tls.";
/// OpenTelemetry Collector: prefix of the failed check of a certificate.
pub const FIREWALL_REVOCATION_PREFIX: &str = "aws.networkfirewall.tls.revocation_check.";
/// Fanin: prefix of what is known of HTTP beyond the conventions.
pub const FIREWALL_HTTP_PREFIX: &str = "aws.networkfirewall.http.";
/// SC, tls: subject of the server's certificate.
pub const TLS_SERVER_SUBJECT: &str = "tls.server.subject";
/// SC, tls: issuer of the server's certificate.
pub const TLS_SERVER_ISSUER: &str = "tls.server.issuer";
/// SC, tls: whether a session was resumed.
pub const TLS_RESUMED: &str = "tls.resumed";
