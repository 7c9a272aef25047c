//! Names by which rules speak of what a record, a metric point or an account has.

use std::fmt;

use super::Subject;
use crate::config::problem::did_you_mean;
use crate::record::attribute;

/// A field. Names of the field's standard stand for themselves; any other name is an attribute.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// `account`: the 12 digits.
    Account,
    /// `region`.
    Region,
    /// `tenant` or `tenant.id`, `tenant.name`, `tenant.tier` or `tier`, `tenant.state` (lower case), `tenant.ou`, `tenant.created`,
    /// else the label of that name. The name stands without `tenant.`.
    Tenant(Box<str>),
    /// `service`: `service.name` of the record.
    Service,
    /// `level`: TRACE, DEBUG, INFO, WARN, ERROR, FATAL, by the severity number; absent where the record has none.
    Level,
    /// `message`: the body, where it is a text.
    Message,
    /// `message_bytes`: how many bytes the message had as it came, which is what logs are charged by.
    Bytes,
    /// `log_group`.
    LogGroup,
    /// `log_stream`.
    LogStream,
    /// `source`: name of the format, such as `cloudtrail`.
    Source,
    /// `event`: the event name of the record, or what its format calls the event.
    Event,
    /// `namespace` of a metric.
    Namespace,
    /// `metric`: its name.
    Metric,
    /// `unit` of a metric.
    Unit,
    /// `dim.X`: a dimension of a metric.
    Dimension(Box<str>),
    /// Any other name: an attribute of the record, or a member of one.
    Attribute(Box<str>),
}

/// Fields that every subject has.
const OF_ALL: [&str; 4] = ["account", "region", "tenant", "tier"];
/// Fields that only log records have.
const OF_LOGS: [&str; 8] =
    ["service", "level", "message", "message_bytes", "log_group", "log_stream", "source", "event"];
/// Fields that only metrics have, besides their dimensions.
const OF_METRICS: [&str; 3] = ["namespace", "metric", "unit"];
/// What the directory says of each tenant, besides its labels.
const OF_TENANTS: [&str; 6] = ["id", "name", "tier", "state", "ou", "created"];

impl Field {
    /// The field of that name.
    ///
    /// A name whose beginning stands in backquotes (`` `level` ``) is an attribute in any case.
    ///
    /// # Errors
    /// When the subject has no such field; with what was given and what is allowed.
    pub fn parse(name: &str, subject: Subject) -> Result<Self, String> {
        let plain = name.replace('`', "");
        if plain.is_empty() || plain.split('.').any(str::is_empty) {
            return Err(format!(
                "{name:?} is no name of a field: write a name such as service, with dots between its parts"
            ));
        }
        if name.starts_with('`') && subject == Subject::Log {
            return Ok(Self::Attribute(plain.into()));
        }
        if let Some(label) = name.strip_prefix("tenant.").filter(|label| label.starts_with('`')) {
            return Ok(Self::Tenant(label.replace('`', "").into()));
        }
        if let Some(field) = Self::of_all(&plain)? {
            return Ok(field);
        }
        match subject {
            Subject::Log => Self::of_logs(&plain),
            Subject::Metric => Self::of_metrics(&plain),
            Subject::Account => Err(unknown(&plain, subject)),
        }
    }

    fn of_all(name: &str) -> Result<Option<Self>, String> {
        if let Some(of_tenant) = name.strip_prefix("tenant.") {
            if let Some(meant) = slip(of_tenant, &OF_TENANTS) {
                return Err(format!(
                    "the directory has no tenant.{of_tenant}, did you mean \"tenant.{meant}\"? A label of that name is written in backquotes: tenant.`{of_tenant}`"
                ));
            }
            return Ok(Some(Self::Tenant(of_tenant.into())));
        }
        Ok(match name {
            "account" => Some(Self::Account),
            "region" => Some(Self::Region),
            "tenant" => Some(Self::Tenant("id".into())),
            "tier" => Some(Self::Tenant("tier".into())),
            _ => None,
        })
    }

    fn of_logs(name: &str) -> Result<Self, String> {
        if name.starts_with("dim.") {
            return Err(foreign(name, "metrics", Subject::Log));
        }
        Ok(match name {
            attribute::CLOUD_ACCOUNT_ID => Self::Account,
            attribute::CLOUD_REGION => Self::Region,
            attribute::LOG_GROUP_NAMES => Self::LogGroup,
            attribute::LOG_STREAM_NAMES => Self::LogStream,
            "service" | attribute::SERVICE_NAME => Self::Service,
            "level" => Self::Level,
            "message" => Self::Message,
            "message_bytes" => Self::Bytes,
            "log_group" => Self::LogGroup,
            "log_stream" => Self::LogStream,
            "source" => Self::Source,
            "event" => Self::Event,
            _ => {
                let known: Vec<&str> = OF_ALL.into_iter().chain(OF_LOGS).collect();
                let meant = habit(name).or_else(|| slip(name, &known));
                if let Some(meant) = meant {
                    return Err(format!(
                        "`{name}` is no field of log records, did you mean \"{meant}\"? An attribute of that name is written in backquotes: `{name}`"
                    ));
                }
                Self::Attribute(name.into())
            }
        })
    }

    fn of_metrics(name: &str) -> Result<Self, String> {
        match name {
            "namespace" => Ok(Self::Namespace),
            "metric" => Ok(Self::Metric),
            "unit" => Ok(Self::Unit),
            _ => match name.strip_prefix("dim.") {
                Some(dimension) => Ok(Self::Dimension(dimension.into())),
                None => Err(unknown(name, Subject::Metric)),
            },
        }
    }

    /// The name as rules write it, where it is one of the standard's.
    const fn word(&self) -> Option<&'static str> {
        match self {
            Self::Account => Some("account"),
            Self::Region => Some("region"),
            Self::Service => Some("service"),
            Self::Level => Some("level"),
            Self::Message => Some("message"),
            Self::Bytes => Some("message_bytes"),
            Self::LogGroup => Some("log_group"),
            Self::LogStream => Some("log_stream"),
            Self::Source => Some("source"),
            Self::Event => Some("event"),
            Self::Namespace => Some("namespace"),
            Self::Metric => Some("metric"),
            Self::Unit => Some("unit"),
            Self::Tenant(_) | Self::Dimension(_) | Self::Attribute(_) => None,
        }
    }
}

/// The name as rules write it: `service`, `tenant`, `tier`, `tenant.name`, `dim.QueueName`, `order.id`.
impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tenant(name) => match &**name {
                "id" => f.write_str("tenant"),
                "tier" => f.write_str("tier"),
                name => write!(f, "tenant.{name}"),
            },
            Self::Dimension(name) => write!(f, "dim.{name}"),
            Self::Attribute(name) => f.write_str(name),
            Self::Account
            | Self::Region
            | Self::Service
            | Self::Level
            | Self::Message
            | Self::Bytes
            | Self::LogGroup
            | Self::LogStream
            | Self::Source
            | Self::Event
            | Self::Namespace
            | Self::Metric
            | Self::Unit => f.write_str(self.word().unwrap_or_default()),
        }
    }
}

/// What people call fields elsewhere.
fn habit(name: &str) -> Option<&'static str> {
    match name {
        "logGroup" | "LogGroup" | "log.group" => Some("log_group"),
        "logStream" | "LogStream" | "log.stream" => Some("log_stream"),
        "@message" => Some("message"),
        "@log" => Some("log_group"),
        "@logStream" => Some("log_stream"),
        _ => None,
    }
}

/// The word that a name is one slip of the finger away from. Of short words nothing is said, nor of a plural: there are
/// attributes of such names.
pub(super) fn slip<'n>(name: &str, known: &[&'n str]) -> Option<&'n str> {
    const CHARS_MIN: usize = 4;
    if known.contains(&name) {
        return None;
    }
    let plural = |word: &str| name.strip_suffix('s') == Some(word);
    let near = |word: &&&str| word.len() >= CHARS_MIN && !plural(word) && strsim::osa_distance(name, word) == 1;
    known.iter().find(near).copied()
}

/// What the subject is called, in the middle of a sentence.
const fn reads(subject: Subject) -> &'static str {
    match subject {
        Subject::Log => "this rule reads logs",
        Subject::Metric => "this rule reads metrics",
        Subject::Account => "this asks about an account of the directory",
    }
}

fn foreign(name: &str, of: &str, subject: Subject) -> String {
    format!("`{name}` is a field of {of}, and {}", reads(subject))
}

/// Of subjects whose fields are all known.
fn unknown(name: &str, subject: Subject) -> String {
    if OF_LOGS.contains(&name) {
        return foreign(name, "log records", subject);
    }
    if subject == Subject::Account && (OF_METRICS.contains(&name) || name.starts_with("dim.")) {
        return foreign(name, "metrics", subject);
    }
    let (own, besides): (&[&str], &str) = match subject {
        Subject::Metric => (&OF_METRICS, "and dimensions as dim.QueueName"),
        Subject::Log | Subject::Account => (&[], "and tenant.name, tenant.state, tenant.ou and labels as tenant.label"),
    };
    let known: Vec<&str> = OF_ALL.iter().chain(own).copied().collect();
    let what = if subject == Subject::Metric { "metrics" } else { "accounts" };
    let meant = match did_you_mean(name, &known) {
        meant if !meant.is_empty() => meant,
        _ if subject == Subject::Account => format!(", did you mean \"tenant.{name}\"?"),
        _ if name.starts_with(|first: char| first.is_ascii_uppercase()) => format!(", did you mean \"dim.{name}\"?"),
        meant => meant,
    };
    let there = if meant.is_empty() { ": there" } else { " There" };
    format!("`{name}` is no field of {what}{meant}{there} are {}, {besides}", known.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, subject: Subject, expected: Field) {
        let field = Field::parse(name, subject).unwrap();
        assert_eq!(field, expected, "{name}");
        assert_eq!(Field::parse(&field.to_string(), subject), Ok(expected), "{name}");
    }

    #[test]
    fn every_subject_has_accounts_regions_and_tenants() {
        for subject in [Subject::Log, Subject::Metric, Subject::Account] {
            check("account", subject, Field::Account);
            check("region", subject, Field::Region);
            check("tenant", subject, Field::Tenant("id".into()));
            check("tenant.id", subject, Field::Tenant("id".into()));
            check("tier", subject, Field::Tenant("tier".into()));
            check("tenant.state", subject, Field::Tenant("state".into()));
            check("tenant.contact.mail", subject, Field::Tenant("contact.mail".into()));
        }
    }

    #[test]
    fn log_records_have_short_names_and_any_attribute() {
        check("log_group", Subject::Log, Field::LogGroup);
        check("message_bytes", Subject::Log, Field::Bytes);
        check("aws.log.group.names", Subject::Log, Field::LogGroup);
        check("cloud.account.id", Subject::Log, Field::Account);
        check("event", Subject::Log, Field::Event);
        check("duration_ms", Subject::Log, Field::Attribute("duration_ms".into()));
        check("order.id", Subject::Log, Field::Attribute("order.id".into()));
        check(
            "http.request.header.`x-forwarded-for`",
            Subject::Log,
            Field::Attribute("http.request.header.x-forwarded-for".into()),
        );
        for name in ["events", "reason", "resource", "user_id", "namespace", "labels", "severity", "msg"] {
            check(name, Subject::Log, Field::Attribute(name.into()));
        }
    }

    #[test]
    fn a_name_in_backquotes_is_an_attribute_whatever_it_looks_like() {
        assert_eq!(Field::parse("`level`", Subject::Log), Ok(Field::Attribute("level".into())));
        assert_eq!(Field::parse("`mesage`", Subject::Log), Ok(Field::Attribute("mesage".into())));
    }

    #[test]
    fn metrics_have_dimensions() {
        check("dim.QueueName", Subject::Metric, Field::Dimension("QueueName".into()));
        check("dim.Cache Node", Subject::Metric, Field::Dimension("Cache Node".into()));
        check("namespace", Subject::Metric, Field::Namespace);
        check("metric", Subject::Metric, Field::Metric);
        check("unit", Subject::Metric, Field::Unit);
    }

    #[test]
    fn a_field_that_is_not_there_says_what_is() {
        for (name, subject, expected) in [
            ("dim.QueueName", Subject::Log, "`dim.QueueName` is a field of metrics, and this rule reads logs"),
            ("level", Subject::Metric, "`level` is a field of log records, and this rule reads metrics"),
            (
                "message",
                Subject::Account,
                "`message` is a field of log records, and this asks about an account of the directory",
            ),
            (
                "metric",
                Subject::Account,
                "`metric` is a field of metrics, and this asks about an account of the directory",
            ),
            (
                "mesage",
                Subject::Log,
                "`mesage` is no field of log records, did you mean \"message\"? An attribute of that name is written in backquotes: `mesage`",
            ),
            (
                "logGroup",
                Subject::Log,
                "`logGroup` is no field of log records, did you mean \"log_group\"? An attribute of that name is written in backquotes: `logGroup`",
            ),
            (
                "tenant.teir",
                Subject::Log,
                "the directory has no tenant.teir, did you mean \"tenant.tier\"? A label of that name is written in backquotes: tenant.`teir`",
            ),
            (
                "QueueName",
                Subject::Metric,
                "`QueueName` is no field of metrics, did you mean \"dim.QueueName\"? There are account, region, tenant, tier, namespace, metric, unit, and dimensions as dim.QueueName",
            ),
            (
                "regoin",
                Subject::Account,
                "`regoin` is no field of accounts, did you mean \"region\"? There are account, region, tenant, tier, and tenant.name, tenant.state, tenant.ou and labels as tenant.label",
            ),
            (
                "colour",
                Subject::Metric,
                "`colour` is no field of metrics: there are account, region, tenant, tier, namespace, metric, unit, and dimensions as dim.QueueName",
            ),
            ("", Subject::Log, "\"\" is no name of a field: write a name such as service, with dots between its parts"),
            (
                "a..b",
                Subject::Log,
                "\"a..b\" is no name of a field: write a name such as service, with dots between its parts",
            ),
        ] {
            assert_eq!(Field::parse(name, subject), Err(expected.into()), "{name}");
        }
    }
}
