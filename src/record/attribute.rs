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
/// Fanin: how long a statement took, in seconds.
pub const DB_MYSQL_QUERY_TIME: &str = "db.mysql.query_time";
/// Fanin: name of the client's host.
pub const DB_MYSQL_CLIENT_HOST: &str = "db.mysql.client_host";
/// Fanin: argument of a command that is no query, from the general log.
pub const DB_MYSQL_ARGUMENT: &str = "db.mysql.argument";

// Kubernetes audit log.

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
/// SC, messaging: name of the topic.
pub const MESSAGING_DESTINATION_NAME: &str = "messaging.destination.name";

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

// What log groups and log streams tell.

/// SC, aws: ARN of the EKS cluster.
pub const EKS_CLUSTER_ARN: &str = "aws.eks.cluster.arn";
/// SC, aws: id of the ECS task.
pub const ECS_TASK_ID: &str = "aws.ecs.task.id";
/// SC, container: name of the container.
pub const CONTAINER_NAME: &str = "container.name";
