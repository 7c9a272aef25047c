//! The short names of each format, and the attributes that it sets. What the formats set is in `record::format`.

use crate::config::FormatName;
use crate::predicate::check::Type;
use crate::predicate::check::Type::{Any, Bool, Number, Text};
use crate::record::attribute as at;

/// The names of one format.
pub(super) struct Names {
    /// A short name, its attribute, and what its values are. The members of `Any` can be named behind a dot.
    pub(super) aliases: &'static [(&'static str, &'static str, Type)],
    /// Further attributes.
    pub(super) attributes: &'static [&'static str],
    /// What further attributes begin with.
    pub(super) prefixes: &'static [&'static str],
    /// Whether records have attributes of any name, such as the members of an application's messages.
    pub(super) open: bool,
}

const OPEN: Names = Names { aliases: &[], attributes: &[], prefixes: &[], open: true };

/// The names of a format.
pub(super) const fn names(format: FormatName) -> Names {
    match format {
        FormatName::Cloudtrail => CLOUDTRAIL,
        FormatName::Lambda | FormatName::LambdaJson => LAMBDA,
        FormatName::VpcFlow => VPC_FLOW,
        FormatName::Route53 => ROUTE53,
        FormatName::Waf => WAF,
        FormatName::NetworkFirewall => NETWORK_FIREWALL,
        FormatName::Postgres => POSTGRES,
        FormatName::Mysql => MYSQL,
        FormatName::MysqlSlow => MYSQL_SLOW,
        FormatName::EksAudit => EKS_AUDIT,
        FormatName::StepFunctions => STEP_FUNCTIONS,
        FormatName::Eventbridge => EVENTBRIDGE,
        FormatName::Appsync => APPSYNC,
        FormatName::Sns => SNS,
        FormatName::ApiGateway => API_GATEWAY,
        FormatName::ApiGatewayExecution => API_GATEWAY_EXECUTION,
        FormatName::Elb => ELB,
        FormatName::S3Access => S3_ACCESS,
        FormatName::Cloudfront => CLOUDFRONT,
        FormatName::AccessLog => ACCESS_LOG,
        FormatName::Syslog => SYSLOG,
        FormatName::Iot
        | FormatName::RdsMonitoring
        | FormatName::EmbeddedMetrics
        | FormatName::Klog
        | FormatName::Logfmt
        | FormatName::Json
        | FormatName::Text => OPEN,
    }
}

const CLOUDTRAIL: Names = Names {
    aliases: &[
        ("user.type", "aws.user_identity.principal.type", Text),
        ("user.arn", "aws.user_identity.principal.arn", Text),
        ("user.principal_id", "aws.user_identity.principal.id", Text),
        ("user.account", "aws.user_identity.account_id", Text),
        ("user.invoked_by", "aws.user_identity.invoked_by", Text),
        ("user.name", at::USER_NAME, Text),
        ("user.id", at::USER_ID, Text),
        ("user.ip", at::SOURCE_ADDRESS, Text),
        ("ip", at::SOURCE_ADDRESS, Text),
        ("source_ip", at::SOURCE_ADDRESS, Text),
        ("user_agent", at::USER_AGENT_ORIGINAL, Text),
        ("access_key", "aws.access_key.id", Text),
        ("session.role", "aws.user_identity.session_context.issuer.user_name", Text),
        ("session.role_arn", "aws.user_identity.session_context.issuer.arn", Text),
        ("mfa", "aws.user_identity.session_context.attributes.mfa_authenticated", Bool),
        ("event_source", at::RPC_SERVICE, Text),
        ("api", at::RPC_SERVICE, Text),
        ("event_name", at::RPC_METHOD, Text),
        ("event_type", at::CLOUDTRAIL_EVENT_TYPE, Text),
        ("event_id", "aws.cloudtrail.event_id", Text),
        ("category", "aws.event.category", Text),
        ("read_only", "aws.event.read_only", Bool),
        ("error", at::AWS_ERROR_CODE, Text),
        ("error_code", at::AWS_ERROR_CODE, Text),
        ("error_message", "aws.error.message", Text),
        ("request_id", at::REQUEST_ID, Text),
        ("request", "aws.request.parameters", Any),
        ("response", "aws.response.elements", Any),
        ("resources", at::AWS_RESOURCES, Any),
    ],
    attributes: &[
        at::ERROR_TYPE,
        at::RPC_SYSTEM,
        at::SERVER_ADDRESS,
        at::TLS_CIPHER,
        at::TLS_PROTOCOL_VERSION,
        "aws.cloudtrail.event_version",
        "aws.event.management",
        "aws.session.console",
        "aws.shared_event_id",
        "aws.insight_details",
        "aws.identity_store.arn",
    ],
    prefixes: &[at::CLOUDTRAIL_PREFIX, at::USER_IDENTITY_PREFIX],
    open: false,
};

/// Lines of functions have whatever their authors write.
const LAMBDA: Names = Names {
    aliases: &[
        ("duration_ms", at::LAMBDA_DURATION, Number),
        ("billed_duration_ms", at::LAMBDA_BILLED_DURATION, Number),
        ("init_duration_ms", at::LAMBDA_INIT_DURATION, Number),
        ("restore_duration_ms", at::LAMBDA_RESTORE_DURATION, Number),
        ("memory_size_mb", at::LAMBDA_MEMORY_SIZE, Number),
        ("memory_used_mb", at::LAMBDA_MAX_MEMORY_USED, Number),
        ("max_memory_used_mb", at::LAMBDA_MAX_MEMORY_USED, Number),
        ("timeout_s", at::LAMBDA_TIMEOUT, Number),
        ("status", at::LAMBDA_STATUS, Text),
        ("phase", at::LAMBDA_PHASE, Text),
        ("cold_start", at::FAAS_COLDSTART, Bool),
        ("request_id", at::FAAS_INVOCATION_ID, Text),
        ("error_type", at::ERROR_TYPE, Text),
        ("exception", at::EXCEPTION_TYPE, Text),
    ],
    attributes: &[],
    prefixes: &[],
    open: true,
};

const VPC_FLOW: Names = Names {
    aliases: &[
        ("action", at::VPC_FLOW_ACTION, Text),
        ("status", at::VPC_FLOW_STATUS, Text),
        ("srcaddr", at::SOURCE_ADDRESS, Text),
        ("dstaddr", at::DESTINATION_ADDRESS, Text),
        ("srcport", at::SOURCE_PORT, Number),
        ("dstport", at::DESTINATION_PORT, Number),
        ("protocol", at::NETWORK_TRANSPORT, Text),
        ("packets", at::VPC_FLOW_PACKETS, Number),
        ("bytes", at::VPC_FLOW_BYTES, Number),
        ("interface_id", at::NETWORK_INTERFACE_NAME, Text),
        ("vpc_id", at::VPC_ID, Text),
        ("subnet_id", "aws.vpc.subnet.id", Text),
        ("instance_id", at::HOST_ID, Text),
        ("tcp_flags", at::NETWORK_TCP_FLAGS, Number),
        ("tcp_flag_names", at::NETWORK_TCP_FLAG_NAMES, Any),
        ("flow_direction", at::NETWORK_IO_DIRECTION, Text),
        ("reject_reason", at::VPC_FLOW_REJECT_REASON, Text),
    ],
    attributes: &[at::NETWORK_TYPE, at::NETWORK_LOCAL_ADDRESS],
    prefixes: &[
        at::VPC_FLOW_PREFIX,
        "aws.tgw.",
        "aws.ecs.",
        "aws.az.",
        "aws.sublocation.",
        "source.",
        "destination.",
        "network.",
    ],
    open: false,
};

const ROUTE53: Names = Names {
    aliases: &[
        ("query_name", at::DNS_QUESTION_NAME, Text),
        ("query_type", at::DNS_QUESTION_TYPE, Text),
        ("query_class", at::DNS_QUESTION_CLASS, Text),
        ("rcode", at::DNS_RESPONSE_CODE, Text),
        ("answers", at::DNS_ANSWERS, Any),
        ("ip", at::CLIENT_ADDRESS, Text),
        ("srcaddr", at::CLIENT_ADDRESS, Text),
        ("srcport", at::CLIENT_PORT, Number),
        ("protocol", at::NETWORK_TRANSPORT, Text),
        ("vpc_id", at::VPC_ID, Text),
        ("instance_id", at::HOST_ID, Text),
    ],
    attributes: &[],
    prefixes: &[at::ROUTE53_PREFIX, "dns."],
    open: false,
};

const WAF: Names = Names {
    aliases: &[
        ("action", "aws.waf.action", Text),
        ("rule", "aws.waf.terminating_rule.id", Text),
        ("rule_type", "aws.waf.terminating_rule.type", Text),
        ("labels", "aws.waf.labels", Any),
        ("web_acl", at::CLOUD_RESOURCE_ID, Text),
        ("ip", at::CLIENT_ADDRESS, Text),
        ("country", at::GEO_COUNTRY, Text),
        ("method", at::HTTP_REQUEST_METHOD, Text),
        ("host", at::SERVER_ADDRESS, Text),
        ("path", at::URL_PATH, Text),
        ("query", at::URL_QUERY, Text),
        ("status", at::HTTP_RESPONSE_STATUS_CODE, Number),
        ("request_id", at::REQUEST_ID, Text),
        ("ja3", at::TLS_CLIENT_JA3, Text),
        ("ja4", at::TLS_CLIENT_JA4, Text),
    ],
    attributes: &[at::URL_SCHEME, at::URL_FRAGMENT, at::NETWORK_PROTOCOL_NAME, at::NETWORK_PROTOCOL_VERSION],
    prefixes: &[at::WAF_PREFIX, at::HTTP_REQUEST_HEADER_PREFIX],
    open: false,
};

const NETWORK_FIREWALL: Names = Names {
    aliases: &[
        ("action", "aws.networkfirewall.alert.action", Text),
        ("signature", "aws.networkfirewall.alert.signature", Text),
        ("signature_id", "aws.networkfirewall.alert.signature_id", Number),
        ("category", "aws.networkfirewall.alert.category", Text),
        ("firewall", "aws.networkfirewall.name", Text),
        ("srcaddr", at::SOURCE_ADDRESS, Text),
        ("dstaddr", at::DESTINATION_ADDRESS, Text),
        ("srcport", at::SOURCE_PORT, Number),
        ("dstport", at::DESTINATION_PORT, Number),
        ("ip", at::SOURCE_ADDRESS, Text),
        ("protocol", at::NETWORK_TRANSPORT, Text),
        ("host", at::URL_DOMAIN, Text),
        ("method", at::HTTP_REQUEST_METHOD, Text),
        ("path", at::URL_PATH, Text),
        ("status", at::HTTP_RESPONSE_STATUS_CODE, Number),
    ],
    attributes: &[at::CLOUD_AVAILABILITY_ZONE, at::SERVER_ADDRESS, at::USER_AGENT_ORIGINAL, at::URL_QUERY],
    prefixes: &[at::FIREWALL_PREFIX, "network.", "tls.", "http."],
    open: false,
};

const POSTGRES: Names = Names {
    aliases: &[
        ("user", at::USER_NAME, Text),
        ("database", at::DB_NAMESPACE, Text),
        ("query", at::DB_QUERY_TEXT, Text),
        ("operation", at::DB_OPERATION_NAME, Text),
        ("sqlstate", at::DB_RESPONSE_STATUS_CODE, Text),
        ("error_code", at::DB_RESPONSE_STATUS_CODE, Text),
        ("duration_ms", at::DB_POSTGRESQL_DURATION_MS, Number),
        ("ip", at::CLIENT_ADDRESS, Text),
        ("application", at::DB_POSTGRESQL_APPLICATION, Text),
        ("detail", at::DB_POSTGRESQL_DETAIL, Text),
        ("hint", at::DB_POSTGRESQL_HINT, Text),
        ("pid", at::PROCESS_PID, Number),
    ],
    attributes: &[at::CLIENT_PORT, at::DB_SYSTEM],
    prefixes: &["db.postgresql."],
    open: false,
};

const MYSQL: Names = Names {
    aliases: &[
        ("user", at::USER_NAME, Text),
        ("database", at::DB_NAMESPACE, Text),
        ("query", at::DB_QUERY_TEXT, Text),
        ("operation", at::DB_OPERATION_NAME, Text),
        ("error_code", at::DB_MYSQL_ERROR_CODE, Text),
        ("subsystem", at::DB_MYSQL_SUBSYSTEM, Text),
        ("connection_id", at::DB_MYSQL_CONNECTION_ID, Number),
        ("ip", at::CLIENT_ADDRESS, Text),
    ],
    attributes: &[at::DB_SYSTEM, at::DB_RESPONSE_STATUS_CODE, at::SERVER_ADDRESS, at::THREAD_ID],
    prefixes: &[at::DB_MYSQL_PREFIX],
    open: false,
};

const MYSQL_SLOW: Names = Names {
    aliases: &[
        ("user", at::USER_NAME, Text),
        ("database", at::DB_NAMESPACE, Text),
        ("query", at::DB_QUERY_TEXT, Text),
        ("query_time", "db.mysql.query_time", Number),
        ("lock_time", "db.mysql.lock_time", Number),
        ("rows_examined", "db.mysql.rows_examined", Number),
        ("rows_sent", at::DB_RETURNED_ROWS, Number),
        ("connection_id", at::DB_MYSQL_CONNECTION_ID, Number),
        ("ip", at::CLIENT_ADDRESS, Text),
    ],
    attributes: &[at::DB_SYSTEM],
    prefixes: &[at::DB_MYSQL_PREFIX],
    open: false,
};

const EKS_AUDIT: Names = Names {
    aliases: &[
        ("verb", at::K8S_AUDIT_VERB, Text),
        ("user", at::USER_NAME, Text),
        ("namespace", at::K8S_NAMESPACE_NAME, Text),
        ("object", at::K8S_AUDIT_OBJECT_NAME, Text),
        ("resource", "k8s.audit.object.resource", Text),
        ("stage", "k8s.audit.stage", Text),
        ("status", at::HTTP_RESPONSE_STATUS_CODE, Number),
        ("ip", at::CLIENT_ADDRESS, Text),
        ("path", at::URL_PATH, Text),
        ("user_agent", at::USER_AGENT_ORIGINAL, Text),
        ("annotations", at::K8S_AUDIT_ANNOTATIONS, Any),
    ],
    attributes: &[at::USER_ID, at::URL_QUERY, at::ERROR_TYPE, at::HTTP_REQUEST_METHOD],
    prefixes: &["k8s."],
    open: false,
};

const STEP_FUNCTIONS: Names = Names {
    aliases: &[
        ("state_machine", at::STATE_MACHINE_NAME, Text),
        ("execution", at::EXECUTION_NAME, Text),
        ("execution_arn", at::EXECUTION_ARN, Text),
        ("state", at::STATE_NAME, Text),
        ("error", at::ERROR_TYPE, Text),
        ("cause", at::EXCEPTION_MESSAGE, Text),
        ("details", at::STEP_DETAILS, Any),
    ],
    attributes: &[at::STATE_MACHINE_ARN],
    prefixes: &[at::STEP_FUNCTIONS_PREFIX],
    open: false,
};

const EVENTBRIDGE: Names = Names {
    aliases: &[
        ("event_source", "aws.eventbridge.source", Text),
        ("event_id", at::EVENTBRIDGE_EVENT_ID, Text),
        ("detail", "aws.eventbridge.detail", Any),
        ("resources", "aws.eventbridge.resources", Any),
        ("status", at::HTTP_RESPONSE_STATUS_CODE, Number),
        ("request_id", at::REQUEST_ID, Text),
    ],
    attributes: &[at::EXCEPTION_MESSAGE],
    prefixes: &[at::EVENTBRIDGE_PREFIX],
    open: false,
};

const APPSYNC: Names = Names {
    aliases: &[
        ("api_id", at::APPSYNC_API_ID, Text),
        ("operation", at::GRAPHQL_OPERATION_NAME, Text),
        ("status", at::HTTP_RESPONSE_STATUS_CODE, Number),
        ("request_id", at::REQUEST_ID, Text),
        ("latency", "aws.appsync.latency", Number),
    ],
    attributes: &[at::GRAPHQL_DOCUMENT],
    prefixes: &[at::APPSYNC_PREFIX, "http."],
    open: false,
};

const SNS: Names = Names {
    aliases: &[
        ("topic", at::MESSAGING_DESTINATION_NAME, Text),
        ("topic_arn", at::SNS_TOPIC_ARN, Text),
        ("message_id", at::MESSAGING_MESSAGE_ID, Text),
        ("status", "aws.sns.status", Text),
        ("status_code", at::HTTP_RESPONSE_STATUS_CODE, Number),
        ("destination", "aws.sns.delivery.destination", Text),
    ],
    attributes: &[at::MESSAGING_SYSTEM],
    prefixes: &[at::SNS_PREFIX],
    open: false,
};

const API_GATEWAY: Names = Names {
    aliases: &[
        ("status", at::HTTP_RESPONSE_STATUS_CODE, Number),
        ("method", at::HTTP_REQUEST_METHOD, Text),
        ("path", at::URL_PATH, Text),
        ("route", at::HTTP_ROUTE, Text),
        ("ip", at::CLIENT_ADDRESS, Text),
        ("host", at::URL_DOMAIN, Text),
        ("user", at::USER_ID, Text),
        ("user_agent", at::USER_AGENT_ORIGINAL, Text),
        ("bytes", at::HTTP_RESPONSE_BODY_SIZE, Number),
        ("latency_ms", "aws.apigateway.response_latency", Number),
        ("integration_latency_ms", at::API_GATEWAY_INTEGRATION_LATENCY, Number),
        ("integration_status", at::API_GATEWAY_INTEGRATION_STATUS, Number),
        ("stage", "aws.apigateway.stage", Text),
        ("api_id", "aws.apigateway.api_id", Text),
        ("request_id", at::REQUEST_ID, Text),
    ],
    attributes: &[at::EXTENDED_REQUEST_ID, at::NETWORK_PROTOCOL_NAME, at::NETWORK_PROTOCOL_VERSION],
    prefixes: &[at::API_GATEWAY_PREFIX],
    open: false,
};

const API_GATEWAY_EXECUTION: Names = Names {
    aliases: &[
        ("method", at::HTTP_REQUEST_METHOD, Text),
        ("route", at::HTTP_ROUTE, Text),
        ("request_id", at::REQUEST_ID, Text),
        ("integration_latency_ms", at::API_GATEWAY_INTEGRATION_LATENCY, Number),
        ("integration_status", at::API_GATEWAY_INTEGRATION_STATUS, Number),
        ("error_type", at::ERROR_TYPE, Text),
    ],
    attributes: &[at::EXTENDED_REQUEST_ID, at::HTTP_RESPONSE_STATUS_CODE],
    prefixes: &[at::API_GATEWAY_PREFIX],
    open: false,
};

const ELB: Names = Names {
    aliases: &[
        ("status", at::ELB_STATUS_CODE, Number),
        ("target_status", at::ELB_BACKEND_STATUS_CODE, Number),
        ("method", at::HTTP_REQUEST_METHOD, Text),
        ("url", at::URL_FULL, Text),
        ("path", at::URL_PATH, Text),
        ("host", at::URL_DOMAIN, Text),
        ("ip", at::CLIENT_ADDRESS, Text),
        ("target", at::DESTINATION_ADDRESS, Text),
        ("target_group", at::ELB_TARGET_GROUP_ARN, Text),
        ("target_time", at::ELB_TARGET_PROCESSING_TIME, Number),
        ("request_time", at::ELB_REQUEST_PROCESSING_TIME, Number),
        ("response_time", at::ELB_RESPONSE_PROCESSING_TIME, Number),
        ("error_reason", at::ELB_ERROR_REASON, Text),
        ("user_agent", at::USER_AGENT_ORIGINAL, Text),
        ("bytes", at::HTTP_RESPONSE_SIZE, Number),
    ],
    attributes: &[at::CLIENT_PORT, at::DESTINATION_PORT, at::CLOUD_RESOURCE_ID, at::URL_SCHEME, at::URL_QUERY],
    prefixes: &["aws.elb.", "tls.", "network.", "http."],
    open: false,
};

const S3_ACCESS: Names = Names {
    aliases: &[
        ("bucket", at::S3_BUCKET, Text),
        ("key", at::S3_KEY, Text),
        ("operation", at::RPC_METHOD, Text),
        ("status", at::HTTP_RESPONSE_STATUS_CODE, Number),
        ("method", at::HTTP_REQUEST_METHOD, Text),
        ("ip", at::SOURCE_ADDRESS, Text),
        ("requester", at::USER_ID, Text),
        ("error", at::ERROR_TYPE, Text),
        ("error_code", at::ERROR_TYPE, Text),
        ("duration_ms", at::DURATION, Number),
        ("bytes", at::HTTP_RESPONSE_BODY_SIZE, Number),
        ("object_size", at::S3_OBJECT_SIZE, Number),
        ("user_agent", at::USER_AGENT_ORIGINAL, Text),
        ("request_id", at::REQUEST_ID, Text),
    ],
    attributes: &[at::EXTENDED_REQUEST_ID, at::SIGNATURE_VERSION],
    prefixes: &["aws.s3.", "http.", "url.", "tls.", "network."],
    open: false,
};

const CLOUDFRONT: Names = Names {
    aliases: &[
        ("status", at::HTTP_RESPONSE_STATUS_CODE, Number),
        ("method", at::HTTP_REQUEST_METHOD, Text),
        ("path", at::URL_PATH, Text),
        ("query", at::URL_QUERY, Text),
        ("host", at::URL_DOMAIN, Text),
        ("ip", at::CLIENT_ADDRESS, Text),
        ("country", at::GEO_COUNTRY, Text),
        ("user_agent", at::USER_AGENT_ORIGINAL, Text),
        ("bytes", at::HTTP_RESPONSE_SIZE, Number),
        ("time_taken", "aws.cloudfront.time_taken", Number),
        ("result_type", "aws.cloudfront.edge.result_type", Text),
        ("edge_location", "aws.cloudfront.edge.location", Text),
        ("request_id", at::REQUEST_ID, Text),
    ],
    attributes: &[at::CLIENT_PORT, at::URL_SCHEME],
    prefixes: &[at::CLOUDFRONT_PREFIX, "http.", "tls.", "network."],
    open: false,
};

const ACCESS_LOG: Names = Names {
    aliases: &[
        ("status", at::HTTP_RESPONSE_STATUS_CODE, Number),
        ("method", at::HTTP_REQUEST_METHOD, Text),
        ("path", at::URL_PATH, Text),
        ("query", at::URL_QUERY, Text),
        ("host", at::SERVER_ADDRESS, Text),
        ("ip", at::CLIENT_ADDRESS, Text),
        ("user", at::USER_NAME, Text),
        ("user_agent", at::USER_AGENT_ORIGINAL, Text),
        ("referer", at::REFERER, Any),
        ("bytes", at::HTTP_RESPONSE_BODY_SIZE, Number),
    ],
    attributes: &[at::SERVER_PORT, at::URL_FULL, at::NETWORK_PROTOCOL_NAME, at::NETWORK_PROTOCOL_VERSION],
    prefixes: &["access_log.", at::HTTP_REQUEST_HEADER_PREFIX],
    open: false,
};

/// Behind the header, programs write what they like.
const SYSLOG: Names = Names {
    aliases: &[
        ("program", at::SYSLOG_APPNAME, Text),
        ("host", at::SYSLOG_HOSTNAME, Text),
        ("pid", at::SYSLOG_PROC_ID, Any),
    ],
    attributes: &[],
    prefixes: &[],
    open: true,
};
