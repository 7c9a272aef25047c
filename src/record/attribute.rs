//! Names of attributes, each once, with its source.
//!
//! Shared names come first, then those of one format each. A name that one table of one format gives, such as the columns
//! of CloudFront, stands in that table alone.
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
/// Fanin: ids of further events that were joined into the record, an array.
pub const LOG_EVENT_JOINED_IDS: &str = "aws.log.event.joined_ids";
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
/// OpenTelemetry Collector: id of the VPC.
pub const VPC_ID: &str = "aws.vpc.id";
/// OpenTelemetry Collector, EMF exporter: name of the ECS cluster; the conventions have only its ARN.
pub const ECS_CLUSTER_NAME: &str = "aws.ecs.cluster.name";
/// Fanin: name of the ECS service.
pub const ECS_SERVICE_NAME: &str = "aws.ecs.service.name";
/// SC, aws: id of the ECS task.
pub const ECS_TASK_ID: &str = "aws.ecs.task.id";
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
/// SC, http: header `X-Forwarded-For`, a list.
pub const FORWARDED_FOR: &str = "http.request.header.x-forwarded-for";
/// SC, http: header `Referer`, a list.
pub const REFERER: &str = "http.request.header.referer";
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
/// SC, k8s: name of the namespace.
pub const K8S_NAMESPACE_NAME: &str = "k8s.namespace.name";
/// SC, k8s: name of the cluster.
pub const K8S_CLUSTER_NAME: &str = "k8s.cluster.name";
/// SC, k8s: name of the pod.
pub const K8S_POD_NAME: &str = "k8s.pod.name";
/// SC, k8s: name of the node.
pub const K8S_NODE_NAME: &str = "k8s.node.name";
/// SC, k8s: name of the deployment.
pub const K8S_DEPLOYMENT_NAME: &str = "k8s.deployment.name";
/// SC, k8s: name of the replica set.
pub const K8S_REPLICASET_NAME: &str = "k8s.replicaset.name";
/// SC, k8s: name of the stateful set.
pub const K8S_STATEFULSET_NAME: &str = "k8s.statefulset.name";
/// SC, k8s: name of the daemon set.
pub const K8S_DAEMONSET_NAME: &str = "k8s.daemonset.name";
/// SC, k8s: name of the job.
pub const K8S_JOB_NAME: &str = "k8s.job.name";
/// SC, k8s: name of the cron job.
pub const K8S_CRONJOB_NAME: &str = "k8s.cronjob.name";
/// OpenTelemetry Collector: milliseconds that the request took in all.
pub const DURATION: &str = "duration";
/// SC, container: name.
pub const CONTAINER_NAME: &str = "container.name";
/// SC, cloud: availability zone.
pub const CLOUD_AVAILABILITY_ZONE: &str = "cloud.availability_zone";
/// SC, messaging: name of the topic.
pub const MESSAGING_DESTINATION_NAME: &str = "messaging.destination.name";

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

// Lambda.

/// SC, faas: whether the invocation had to wait for an execution environment.
pub const FAAS_COLDSTART: &str = "faas.coldstart";
/// SC, faas: memory of the execution environment, in bytes.
pub const FAAS_MAX_MEMORY: &str = "faas.max_memory";
/// Fanin: prefix of what Lambda says of itself; its members in snake case, units last.
pub const LAMBDA_PREFIX: &str = "aws.lambda.";
/// Fanin: how long the function ran, in milliseconds.
pub const LAMBDA_DURATION: &str = "aws.lambda.duration_ms";
/// Fanin: what is paid for, in milliseconds.
pub const LAMBDA_BILLED_DURATION: &str = "aws.lambda.billed_duration_ms";
/// Fanin: how long the initialization took, in milliseconds.
pub const LAMBDA_INIT_DURATION: &str = "aws.lambda.init_duration_ms";
/// Fanin: how long the restore of a snapshot took, in milliseconds.
pub const LAMBDA_RESTORE_DURATION: &str = "aws.lambda.restore_duration_ms";
/// Fanin: what is paid for of a restore, in milliseconds.
pub const LAMBDA_BILLED_RESTORE_DURATION: &str = "aws.lambda.billed_restore_duration_ms";
/// Fanin: how long the runtime took, without extensions, in milliseconds.
pub const LAMBDA_RUNTIME_DURATION: &str = "aws.lambda.runtime_duration_ms";
/// Fanin: configured memory, in MB.
pub const LAMBDA_MEMORY_SIZE: &str = "aws.lambda.memory_size_mb";
/// Fanin: the most memory used in the execution environment so far, in MB.
pub const LAMBDA_MAX_MEMORY_USED: &str = "aws.lambda.max_memory_used_mb";
/// Fanin: the time limit that an invocation ran into, in seconds.
pub const LAMBDA_TIMEOUT: &str = "aws.lambda.timeout_s";
/// Fanin: `success`, `failure`, `error` or `timeout`.
pub const LAMBDA_STATUS: &str = "aws.lambda.status";
/// Fanin: when an initialization took place: `init`, `invoke` or `snap-start`.
pub const LAMBDA_PHASE: &str = "aws.lambda.phase";
/// Fanin: version of the runtime.
pub const LAMBDA_RUNTIME_VERSION: &str = "aws.lambda.runtime_version";
/// Fanin: ARN of the version of the runtime.
pub const LAMBDA_RUNTIME_VERSION_ARN: &str = "aws.lambda.runtime_version_arn";
/// Fanin: name of an extension.
pub const LAMBDA_EXTENSION: &str = "aws.lambda.extension.name";
/// Fanin: state of an extension or of its subscription.
pub const LAMBDA_EXTENSION_STATE: &str = "aws.lambda.extension.state";
/// Fanin: lifecycle events that an extension asked for.
pub const LAMBDA_EXTENSION_EVENTS: &str = "aws.lambda.extension.events";
/// Fanin: kinds of telemetry that an extension subscribed to.
pub const LAMBDA_EXTENSION_TYPES: &str = "aws.lambda.extension.types";
/// Fanin: the time in the line, where it is not the time of the record.
pub const LAMBDA_TIME: &str = "aws.lambda.time";
/// Fanin: the level of the runtime's prefix, where the text behind it has one of its own.
pub const LAMBDA_LEVEL: &str = "aws.lambda.level";
/// Fanin: size of the response, in bytes.
pub const LAMBDA_PRODUCED_BYTES: &str = "aws.lambda.produced_bytes";
/// Fanin: `on-demand`, `provisioned-concurrency`, `snap-start`, ...
pub const LAMBDA_INITIALIZATION_TYPE: &str = "aws.lambda.initialization_type";
/// Fanin: records that an extension did not get.
pub const LAMBDA_DROPPED_RECORDS: &str = "aws.lambda.dropped_records";
/// Fanin: size of the records that an extension did not get.
pub const LAMBDA_DROPPED_BYTES: &str = "aws.lambda.dropped_bytes";
/// Fanin: why records were dropped.
pub const LAMBDA_REASON: &str = "aws.lambda.reason";
/// Fanin: id of X-Ray that is none.
pub const XRAY_TRACE_ID: &str = "aws.xray.trace_id";
/// Fanin: id of a segment of X-Ray that is none.
pub const XRAY_SEGMENT_ID: &str = "aws.xray.segment_id";
/// Fanin: whether X-Ray sampled it, where the text is neither yes nor no.
pub const XRAY_SAMPLED: &str = "aws.xray.sampled";

// What loggers write.

/// SC, code: function, with the class or module where it is known.
pub const CODE_FUNCTION_NAME: &str = "code.function.name";

// Syslog and access logs.

/// OpenTelemetry Collector, syslog parser: the number in `<PRI>`.
pub const SYSLOG_PRIORITY: &str = "priority";
/// OpenTelemetry Collector, syslog parser: code of the facility.
pub const SYSLOG_FACILITY: &str = "facility";
/// OpenTelemetry Collector, syslog parser: keyword of the facility.
pub const SYSLOG_FACILITY_TEXT: &str = "facility_text";
/// OpenTelemetry Collector, syslog parser: version of the format.
pub const SYSLOG_VERSION: &str = "version";
/// OpenTelemetry Collector, syslog parser: name of the host.
pub const SYSLOG_HOSTNAME: &str = "hostname";
/// OpenTelemetry Collector, syslog parser: name of the application.
pub const SYSLOG_APPNAME: &str = "appname";
/// OpenTelemetry Collector, syslog parser: process, not always a number.
pub const SYSLOG_PROC_ID: &str = "proc_id";
/// OpenTelemetry Collector, syslog parser: kind of the message.
pub const SYSLOG_MSG_ID: &str = "msg_id";
/// OpenTelemetry Collector, syslog parser: elements of structured data, a map of maps.
pub const SYSLOG_STRUCTURED_DATA: &str = "structured_data";
/// Fanin: the header's time, where it is not the record's.
pub const SYSLOG_TIMESTAMP: &str = "syslog.timestamp";
/// Fanin: the client's identity by RFC 1413, which hardly any client gives.
pub const ACCESS_LOG_IDENT: &str = "access_log.ident";
/// Fanin: fields that an operator appended to the combined format, a list.
pub const ACCESS_LOG_TRAILING: &str = "access_log.trailing";

// Databases: PostgreSQL and MySQL of RDS and Aurora.

/// SC, db: command of the statement.
pub const DB_OPERATION_NAME: &str = "db.operation.name";
/// SC, db: rows that the database gave back.
pub const DB_RETURNED_ROWS: &str = "db.response.returned_rows";
/// Fanin: the part DETAIL of a message.
pub const DB_POSTGRESQL_DETAIL: &str = "db.postgresql.detail";
/// Fanin: the part HINT.
pub const DB_POSTGRESQL_HINT: &str = "db.postgresql.hint";
/// Fanin: the part CONTEXT.
pub const DB_POSTGRESQL_CONTEXT: &str = "db.postgresql.context";
/// Fanin: the part QUERY, a statement that PostgreSQL made itself.
pub const DB_POSTGRESQL_INTERNAL_QUERY: &str = "db.postgresql.internal_query";
/// Fanin: the part LOCATION, a place in PostgreSQL's source.
pub const DB_POSTGRESQL_LOCATION: &str = "db.postgresql.location";
/// Fanin: the part BACKTRACE.
pub const DB_POSTGRESQL_BACKTRACE: &str = "db.postgresql.backtrace";
/// Fanin: how long a statement took, in milliseconds.
pub const DB_POSTGRESQL_DURATION_MS: &str = "db.postgresql.duration_ms";
/// Fanin: plan of a statement, from `auto_explain`.
pub const DB_POSTGRESQL_PLAN: &str = "db.postgresql.plan";
/// Fanin: name of a prepared statement.
pub const DB_POSTGRESQL_PREPARED_STATEMENT: &str = "db.postgresql.prepared_statement";
/// Fanin: `application_name` of the client.
pub const DB_POSTGRESQL_APPLICATION: &str = "db.postgresql.application_name";
/// Fanin: id of the session.
pub const DB_POSTGRESQL_SESSION_ID: &str = "db.postgresql.session.id";
/// Fanin: number of the line within the session.
pub const DB_POSTGRESQL_SESSION_LINE: &str = "db.postgresql.session.line";
/// Fanin: when the session began.
pub const DB_POSTGRESQL_SESSION_START: &str = "db.postgresql.session.start";
/// Fanin: transaction id.
pub const DB_POSTGRESQL_TRANSACTION: &str = "db.postgresql.transaction.id";
/// Fanin: virtual transaction id.
pub const DB_POSTGRESQL_VIRTUAL_TRANSACTION: &str = "db.postgresql.transaction.virtual_id";
/// Fanin: kind of the process, from csvlog.
pub const DB_POSTGRESQL_BACKEND_TYPE: &str = "db.postgresql.backend_type";
/// Fanin: id of the query's shape, from csvlog.
pub const DB_POSTGRESQL_QUERY_ID: &str = "db.postgresql.query_id";
/// Fanin: pgaudit, `SESSION` or `OBJECT`.
pub const DB_POSTGRESQL_AUDIT_TYPE: &str = "db.postgresql.audit.type";
/// Fanin: pgaudit, number of the statement within the session.
pub const DB_POSTGRESQL_AUDIT_STATEMENT_ID: &str = "db.postgresql.audit.statement_id";
/// Fanin: pgaudit, number of a statement within the statement.
pub const DB_POSTGRESQL_AUDIT_SUBSTATEMENT_ID: &str = "db.postgresql.audit.substatement_id";
/// Fanin: pgaudit, `READ`, `DDL`, ...
pub const DB_POSTGRESQL_AUDIT_CLASS: &str = "db.postgresql.audit.class";
/// Fanin: pgaudit, `TABLE`, `INDEX`, ...
pub const DB_POSTGRESQL_AUDIT_OBJECT_TYPE: &str = "db.postgresql.audit.object_type";
/// Fanin: pgaudit, name of the object with its schema.
pub const DB_POSTGRESQL_AUDIT_OBJECT_NAME: &str = "db.postgresql.audit.object_name";
/// Fanin: pgaudit, parameters of the statement.
pub const DB_POSTGRESQL_AUDIT_PARAMETER: &str = "db.postgresql.audit.parameter";
/// Fanin: prefix of what the logs of MySQL and MariaDB say.
pub const DB_MYSQL_PREFIX: &str = "db.mysql.";
/// Fanin: code of a line in the error log, `MY-010926`.
pub const DB_MYSQL_ERROR_CODE: &str = "db.mysql.error_code";
/// Fanin: part of the server that wrote a line, `Server`, `InnoDB`.
pub const DB_MYSQL_SUBSYSTEM: &str = "db.mysql.subsystem";
/// Fanin: id of the connection.
pub const DB_MYSQL_CONNECTION_ID: &str = "db.mysql.connection.id";
/// Fanin: audit log, id of the query.
pub const DB_MYSQL_QUERY_ID: &str = "db.mysql.query.id";
/// Fanin: audit log, the object that was read or written.
pub const DB_MYSQL_OBJECT: &str = "db.mysql.object";
/// Fanin: name of the client's host.
pub const DB_MYSQL_CLIENT_HOST: &str = "db.mysql.client_host";
/// Fanin: argument of a command that is no query, from the general log.
pub const DB_MYSQL_ARGUMENT: &str = "db.mysql.argument";

// Metrics inside of log messages, Container Insights and enhanced monitoring.

/// Fanin: how many metric values of a message were left out, because they are over a limit.
pub const METRICS_LEFT_OUT: &str = "fanin.metrics.left_out";
/// SC, k8s: uid of the pod.
pub const K8S_POD_UID: &str = "k8s.pod.uid";
/// SC, k8s: name of the container within its pod.
pub const K8S_CONTAINER_NAME: &str = "k8s.container.name";
/// SC, container: id.
pub const CONTAINER_ID: &str = "container.id";
/// SC, container: name of the image.
pub const CONTAINER_IMAGE_NAME: &str = "container.image.name";
/// SC, aws: family of the task definition.
pub const ECS_TASK_FAMILY: &str = "aws.ecs.task.family";
/// SC, aws: revision of the task definition.
pub const ECS_TASK_REVISION: &str = "aws.ecs.task.revision";
/// SC, aws: `ec2` or `fargate`.
pub const ECS_LAUNCHTYPE: &str = "aws.ecs.launchtype";
/// SC, host: type of the instance.
pub const HOST_TYPE: &str = "host.type";
/// Fanin: prefix of what enhanced monitoring of RDS tells besides.
pub const RDS_MONITORING_PREFIX: &str = "aws.rds.monitoring.";

// Kubernetes audit log.

/// Fanin: prefix of what a Kubernetes audit event says.
pub const K8S_AUDIT_PREFIX: &str = "k8s.audit.";
/// Fanin: id of the request, the same in all of its stages.
pub const K8S_AUDIT_ID: &str = "k8s.audit.id";
/// Fanin: `get`, `update`, ...
pub const K8S_AUDIT_VERB: &str = "k8s.audit.verb";
/// Fanin: prefix of the user that asked.
pub const K8S_AUDIT_USER_PREFIX: &str = "k8s.audit.user.";
/// Fanin: all addresses that the request came through.
pub const K8S_AUDIT_SOURCE_IPS: &str = "k8s.audit.source_ips";
/// Fanin: prefix of the object that was asked for.
pub const K8S_AUDIT_OBJECT_PREFIX: &str = "k8s.audit.object.";
/// Fanin: name of the object that was asked for.
pub const K8S_AUDIT_OBJECT_NAME: &str = "k8s.audit.object.name";
/// Fanin: prefix of the status of the response.
pub const K8S_AUDIT_RESPONSE_PREFIX: &str = "k8s.audit.response.";
/// Fanin: annotations of the event, such as the decision of the authorizer.
pub const K8S_AUDIT_ANNOTATIONS: &str = "k8s.audit.annotations";
/// Fanin: the object that was sent; values of secrets are masked.
pub const K8S_AUDIT_REQUEST_OBJECT: &str = "k8s.audit.request_object";
/// Fanin: the object that was given back; values of secrets are masked.
pub const K8S_AUDIT_RESPONSE_OBJECT: &str = "k8s.audit.response_object";

// Load balancers.

/// OpenTelemetry Collector: status that the load balancer answered with.
pub const ELB_STATUS_CODE: &str = "aws.elb.status.code";
/// OpenTelemetry Collector: status that the target answered with.
pub const ELB_BACKEND_STATUS_CODE: &str = "aws.elb.backend.status.code";
/// OpenTelemetry Collector: seconds from the request's arrival until it went to the target.
pub const ELB_REQUEST_PROCESSING_TIME: &str = "aws.elb.request_processing_time";
/// OpenTelemetry Collector: seconds until the target began to answer.
pub const ELB_TARGET_PROCESSING_TIME: &str = "aws.elb.target_processing_time";
/// OpenTelemetry Collector: seconds from the target's answer until it went to the client.
pub const ELB_RESPONSE_PROCESSING_TIME: &str = "aws.elb.response_processing_time";
/// OpenTelemetry Collector: ARN of the target group.
pub const ELB_TARGET_GROUP_ARN: &str = "aws.elb.target_group_arn";
/// OpenTelemetry Collector: header `X-Amzn-Trace-Id`, where the trace id of the record does not say all of it.
pub const ELB_TRACE_ID: &str = "aws.elb.aws_trace_id";
/// OpenTelemetry Collector: ARN of the certificate that the client was shown.
pub const ELB_CHOSEN_CERT_ARN: &str = "aws.elb.chosen_cert_arn";
/// OpenTelemetry Collector: serial number of that certificate.
pub const ELB_CHOSEN_CERT_SERIAL: &str = "aws.elb.chosen_cert_serial";
/// Fanin: priority of the rule that took the request.
pub const ELB_MATCHED_RULE_PRIORITY: &str = "aws.elb.matched_rule_priority";
/// Fanin: when the request arrived.
pub const ELB_REQUEST_CREATION_TIME: &str = "aws.elb.request_creation_time";
/// OpenTelemetry Collector: actions that were taken, a list.
pub const ELB_ACTIONS_EXECUTED: &str = "aws.elb.actions_executed";
/// OpenTelemetry Collector: where the client was sent.
pub const ELB_REDIRECT_URL: &str = "aws.elb.redirect_url";
/// OpenTelemetry Collector: why the request failed.
pub const ELB_ERROR_REASON: &str = "aws.elb.error_reason";
/// Fanin: every target that was tried, a list, where it is not the one target alone.
pub const ELB_TARGETS: &str = "aws.elb.targets";
/// Fanin: the status of each of them, a list.
pub const ELB_TARGET_STATUS_CODES: &str = "aws.elb.target_status_codes";
/// OpenTelemetry Collector: classification for desync mitigation.
pub const ELB_CLASSIFICATION: &str = "aws.elb.classification";
/// OpenTelemetry Collector: reason of the classification.
pub const ELB_CLASSIFICATION_REASON: &str = "aws.elb.classification_reason";
/// OpenTelemetry Collector: id that ties a request to its connection.
pub const ELB_CONNECTION_TRACE_ID: &str = "aws.elb.connection_trace_id";
/// OpenTelemetry Collector: host after a transform.
pub const ELB_TRANSFORMED_HOST: &str = "aws.elb.transformed_host";
/// OpenTelemetry Collector: URI after a transform.
pub const ELB_TRANSFORMED_URI: &str = "aws.elb.transformed_uri";
/// OpenTelemetry Collector: how the transform went.
pub const ELB_REQUEST_TRANSFORM_STATUS: &str = "aws.elb.request_transform_status";
/// Fanin: the end of a line behind the last field that is known, as written.
pub const ELB_UNKNOWN_FIELDS: &str = "aws.elb.unknown_fields";
/// OpenTelemetry Collector: id of the TLS listener.
pub const ELB_LISTENER: &str = "aws.elb.tls.listener.resource_id";
/// OpenTelemetry Collector: milliseconds that the connection lasted.
pub const ELB_CONNECTION_TIME: &str = "aws.elb.connection_time";
/// OpenTelemetry Collector: milliseconds that the handshake took.
pub const ELB_TLS_HANDSHAKE_TIME: &str = "aws.elb.tls_handshake_time";
/// OpenTelemetry Collector: number of the alert that the client sent.
pub const ELB_INCOMING_TLS_ALERT: &str = "aws.elb.incoming_tls_alert";
/// OpenTelemetry Collector: the named group.
pub const ELB_TLS_NAMED_GROUP: &str = "aws.elb.tls_named_group";
/// OpenTelemetry Collector: protocol negotiated with the client.
pub const ELB_ALPN_FRONT: &str = "aws.elb.alpn_fe_protocol";
/// OpenTelemetry Collector: protocol negotiated with the target.
pub const ELB_ALPN_BACK: &str = "aws.elb.alpn_be_protocol";
/// OpenTelemetry Collector: protocols that the client offered; a list, since it is one.
pub const ELB_ALPN_OFFERED: &str = "aws.elb.alpn_client_preference_list";
/// OpenTelemetry Collector: when the connection began.
pub const ELB_TLS_CREATION_TIME: &str = "aws.elb.tls_connection_creation_time";
/// Fanin: seconds that the handshake took.
pub const ELB_TLS_HANDSHAKE_LATENCY: &str = "aws.elb.tls_handshake_latency";
/// Fanin: subject of the client's certificate.
pub const ELB_CLIENT_CERT_SUBJECT: &str = "aws.elb.leaf_client_cert_subject";
/// Fanin: validity of the client's certificate.
pub const ELB_CLIENT_CERT_VALIDITY: &str = "aws.elb.leaf_client_cert_validity";
/// Fanin: serial number of the client's certificate.
pub const ELB_CLIENT_CERT_SERIAL: &str = "aws.elb.leaf_client_cert_serial_number";
/// Fanin: `Success`, or why the handshake failed.
pub const ELB_TLS_VERIFY_STATUS: &str = "aws.elb.tls_verify_status";

// Server access logs of S3.

/// OpenTelemetry Collector: canonical id of the bucket's owner.
pub const S3_OWNER: &str = "aws.s3.owner";
/// SC, aws: the bucket.
pub const S3_BUCKET: &str = "aws.s3.bucket";
/// SC, aws: key of the object, URL-encoded as S3 writes it.
pub const S3_KEY: &str = "aws.s3.key";
/// OpenTelemetry Collector: size of the object, in bytes.
pub const S3_OBJECT_SIZE: &str = "aws.s3.object.size";
/// OpenTelemetry Collector: milliseconds that S3 took for its answer.
pub const S3_TURN_AROUND_TIME: &str = "aws.s3.turn_around_time";
/// OpenTelemetry Collector: version of the object.
pub const S3_VERSION_ID: &str = "aws.s3.version_id";
/// OpenTelemetry Collector: version of the request's signature.
pub const SIGNATURE_VERSION: &str = "aws.signature.version";
/// OpenTelemetry Collector: how the request was authenticated.
pub const S3_AUTH_TYPE: &str = "aws.s3.auth_type";
/// OpenTelemetry Collector: ARN of the access point.
pub const S3_ACCESS_POINT_ARN: &str = "aws.s3.access_point.arn";
/// OpenTelemetry Collector: whether the request needed an access control list.
pub const S3_ACL_REQUIRED: &str = "aws.s3.acl_required";
/// Fanin: the end of a line behind the last field that is known, as written.
pub const S3_UNKNOWN_FIELDS: &str = "aws.s3.unknown_fields";
/// SC, http: header `Host` of the request.
pub const HTTP_REQUEST_HEADER_HOST: &str = "http.request.header.host";
/// SC, http: header `Cookie` of the request.
pub const HTTP_REQUEST_HEADER_COOKIE: &str = "http.request.header.cookie";
/// SC, http: header `Content-Type` of the response.
pub const HTTP_RESPONSE_HEADER_CONTENT_TYPE: &str = "http.response.header.content-type";

// CloudFront.

/// Fanin: prefix of the fields of CloudFront that have no name in the conventions.
pub const CLOUDFRONT_PREFIX: &str = "aws.cloudfront.";

// API Gateway.

/// Fanin: prefix of the variables of API Gateway that have no name in the conventions.
pub const API_GATEWAY_PREFIX: &str = "aws.apigateway.";
/// OpenTelemetry Collector: id of X-Ray, where the trace id of the record does not say it.
pub const API_GATEWAY_XRAY_TRACE_ID: &str = "aws.apigateway.xray_trace_id";
/// Fanin: status that the integration answered with.
pub const API_GATEWAY_INTEGRATION_STATUS: &str = "aws.apigateway.integration_status";
/// Fanin: milliseconds that the integration took.
pub const API_GATEWAY_INTEGRATION_LATENCY: &str = "aws.apigateway.integration_latency";

// Step Functions.

/// SC, aws: ARN of the state machine.
pub const STATE_MACHINE_ARN: &str = "aws.step_functions.state_machine.arn";
/// Fanin: name of the state machine.
pub const STATE_MACHINE_NAME: &str = "aws.step_functions.state_machine.name";
/// Fanin: ARN of the execution.
pub const EXECUTION_ARN: &str = "aws.step_functions.execution.arn";
/// Fanin: name of the execution.
pub const EXECUTION_NAME: &str = "aws.step_functions.execution.name";
/// Fanin: label of the Map Run that started the execution.
pub const MAP_RUN_LABEL: &str = "aws.step_functions.map_run.label";
/// Fanin: name of the state.
pub const STATE_NAME: &str = "aws.step_functions.state.name";
/// Fanin: number of the event in the history of the execution.
pub const STEP_EVENT_ID: &str = "aws.step_functions.event.id";
/// Fanin: number of the event before.
pub const STEP_EVENT_PREVIOUS_ID: &str = "aws.step_functions.event.previous_id";
/// Fanin: what the event says besides, such as input and output.
pub const STEP_DETAILS: &str = "aws.step_functions.details";
/// Fanin: prefix of what else an event of Step Functions says.
pub const STEP_FUNCTIONS_PREFIX: &str = "aws.step_functions.";

// EventBridge.

/// Fanin: prefix of what an event of EventBridge says.
pub const EVENTBRIDGE_PREFIX: &str = "aws.eventbridge.";
/// Fanin: id of the event.
pub const EVENTBRIDGE_EVENT_ID: &str = "aws.eventbridge.event.id";
/// Fanin: prefix of why a step of an event bus failed.
pub const EVENTBRIDGE_ERROR_PREFIX: &str = "aws.eventbridge.error.";

// AppSync.

/// Fanin: prefix of what AppSync says.
pub const APPSYNC_PREFIX: &str = "aws.appsync.";
/// Fanin: id of the API.
pub const APPSYNC_API_ID: &str = "aws.appsync.api.id";
/// SC, graphql: the operation, with its fields.
pub const GRAPHQL_DOCUMENT: &str = "graphql.document";
/// SC, graphql: name of the operation.
pub const GRAPHQL_OPERATION_NAME: &str = "graphql.operation.name";

// IoT.

/// Fanin: prefix of what AWS IoT says.
pub const IOT_PREFIX: &str = "aws.iot.";
/// SC, messaging: id of the client.
pub const MESSAGING_CLIENT_ID: &str = "messaging.client.id";

// SNS.

/// SC, messaging: `aws.sns`.
pub const MESSAGING_SYSTEM: &str = "messaging.system";
/// SC, messaging: id of the message.
pub const MESSAGING_MESSAGE_ID: &str = "messaging.message.id";
/// SC, aws: ARN of the topic.
pub const SNS_TOPIC_ARN: &str = "aws.sns.topic.arn";
/// Fanin: prefix of what SNS says.
pub const SNS_PREFIX: &str = "aws.sns.";
/// Fanin: prefix of the message that was delivered.
pub const SNS_NOTIFICATION_PREFIX: &str = "aws.sns.notification.";
/// Fanin: prefix of the delivery.
pub const SNS_DELIVERY_PREFIX: &str = "aws.sns.delivery.";

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

// What log groups and log streams tell.

/// SC, aws: ARN of the EKS cluster.
pub const EKS_CLUSTER_ARN: &str = "aws.eks.cluster.arn";

// What a policy says of a record.

/// Fanin: the share of records like this one that is forwarded, where that is not all; counts are right when divided by it.
pub const SAMPLE_RATE: &str = "fanin.sample.rate";

// What a file tells.

/// SC, log: path of the file that held the record, or its URL.
pub const LOG_FILE_PATH: &str = "log.file.path";
