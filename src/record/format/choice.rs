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
    ("*", "eni-*", FormatName::VpcFlow),
    ("*", "*_CloudTrail_*", FormatName::Cloudtrail),
    ("aws-waf-logs-*", "*", FormatName::Waf),
    ("/aws/route53/*", "*", FormatName::Route53),
    ("*", "/aws/network-firewall/*", FormatName::NetworkFirewall),
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
