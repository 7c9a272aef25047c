//! Which format the messages of a log stream have, told from the names of log group and log stream.

use super::{Format, by_name};
use crate::config::{FormatName, Normalize};
use crate::glob;

/// What was chosen for all messages of a payload.
#[derive(Clone, Copy, Debug, Default)]
pub struct Choice<'a> {
    /// The format that is asked first; `None` where content alone decides.
    pub format: Option<&'static Format>,
    /// Names of the fields of a line, where the configuration gives them; else empty.
    pub fields: &'a [String],
}

/// Names that AWS gives to log groups and log streams, or that it recommends: log group, log stream, format.
///
/// Sources: the user guides of the services; the defaults of the OpenTelemetry Collector's CloudWatch encoding.
const DEFAULTS: &[(&str, &str, FormatName)] = &[
    // Log streams of Lambda, `YYYY/MM/DD/<function>[<version>]` and 32 digits, come first: a function may log to a log group
    // of any name.
    ("*", "????/??/??/*[*]????????????????????????????????", FormatName::Lambda),
    ("/aws/lambda/*", "*", FormatName::Lambda),
    ("*", "*_CloudTrail_*", FormatName::Cloudtrail),
    ("*", "eni-*", FormatName::VpcFlow),
    ("aws-waf-logs-*", "*", FormatName::Waf),
    ("/aws/route53/*", "*", FormatName::Route53),
    ("*", "/aws/network-firewall/*", FormatName::NetworkFirewall),
    ("API-Gateway-Execution-Logs_*", "*", FormatName::ApiGatewayExecution),
    ("API-Gateway-Access-Logs_*", "*", FormatName::ApiGateway),
    ("/aws/apigateway/*", "*", FormatName::ApiGateway),
    ("/aws/api-gateway/*", "*", FormatName::ApiGateway),
    ("/aws/rds/*/postgresql", "*", FormatName::Postgres),
    ("/aws/rds/*/upgrade", "*", FormatName::Postgres),
    ("/aws/rds/*/error", "*", FormatName::Mysql),
    ("/aws/rds/*/general", "*", FormatName::Mysql),
    ("/aws/rds/*/audit", "*", FormatName::Mysql),
    ("/aws/rds/*/slowquery", "*", FormatName::MysqlSlow),
    ("RDSOSMetrics", "*", FormatName::RdsMonitoring),
    ("/aws/eks/*/cluster", "kube-apiserver-audit-*", FormatName::EksAudit),
    ("/aws/eks/*/cluster", "kube-apiserver-*", FormatName::Klog),
    ("/aws/eks/*/cluster", "kube-scheduler-*", FormatName::Klog),
    ("/aws/eks/*/cluster", "kube-controller-manager-*", FormatName::Klog),
    ("/aws/eks/*/cluster", "cloud-controller-manager-*", FormatName::Klog),
    ("/aws/eks/*/cluster", "authenticator-*", FormatName::Logfmt),
    ("/aws/containerinsights/*/performance", "*", FormatName::EmbeddedMetrics),
    ("/aws/ecs/containerinsights/*/performance", "*", FormatName::EmbeddedMetrics),
    ("/aws/vendedlogs/states/*", "*", FormatName::StepFunctions),
    ("*", "states/*/????-??-??-??-??/*", FormatName::StepFunctions),
    ("/aws/events/*", "*", FormatName::Eventbridge),
    ("/aws/vendedlogs/events/event-bus/*", "*", FormatName::Eventbridge),
    ("/aws/appsync/apis/*", "*", FormatName::Appsync),
    ("AWSIotLogs*", "*", FormatName::Iot),
    ("sns/*", "*", FormatName::Sns),
    // The CloudWatch agent names a log group after the file that it reads, unless it is told another name.
    ("*/var/log/messages*", "*", FormatName::Syslog),
    ("*/var/log/syslog*", "*", FormatName::Syslog),
    ("*/var/log/secure*", "*", FormatName::Syslog),
    ("*/var/log/auth.log*", "*", FormatName::Syslog),
    ("*/var/log/cron*", "*", FormatName::Syslog),
    ("*/var/log/maillog*", "*", FormatName::Syslog),
    ("*/var/log/mail.log*", "*", FormatName::Syslog),
    ("*/var/log/kern.log*", "*", FormatName::Syslog),
    ("*/var/log/daemon.log*", "*", FormatName::Syslog),
    ("*/var/log/user.log*", "*", FormatName::Syslog),
    ("*/var/log/*access_log*", "*", FormatName::AccessLog),
    ("*/var/log/*access.log*", "*", FormatName::AccessLog),
];

/// The format for a log group and log stream: by the configuration, then by AWS's own names.
#[must_use]
pub fn choose<'a>(settings: &'a Normalize, log_group: &str, log_stream: &str) -> Choice<'a> {
    let configured = settings.formats.iter();
    if let Some(rule) =
        configured.clone().find(|rule| rule.log_groups.matches(log_group) && rule.log_streams.matches(log_stream))
    {
        return Choice { format: by_name(rule.format), fields: &rule.fields };
    }
    let matches =
        |(group, stream, _): &&(&str, &str, _)| glob::matches(group, log_group) && glob::matches(stream, log_stream);
    Choice { format: DEFAULTS.iter().find(matches).and_then(|(_, _, name)| by_name(*name)), fields: &[] }
}
