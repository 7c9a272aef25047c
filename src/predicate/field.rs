//! Names by which rules speak of what a record, a metric point or an account has.

use super::Subject;

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

impl Field {
    /// The field of that name.
    ///
    /// # Errors
    /// When such a subject has none.
    pub fn parse(name: &str, subject: Subject) -> Result<Self, String> {
        let shaped = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "._-@/".contains(c));
        if !shaped {
            return Err(format!("{name:?} is no field"));
        }
        Ok(match name {
            "account" => Self::Account,
            "region" => Self::Region,
            "tenant" => Self::Tenant("id".into()),
            "tier" => Self::Tenant("tier".into()),
            "service" => Self::Service,
            "level" => Self::Level,
            "message" => Self::Message,
            "log_group" => Self::LogGroup,
            "log_stream" => Self::LogStream,
            "source" => Self::Source,
            "event" => Self::Event,
            _ => match (name.strip_prefix("tenant."), name.strip_prefix("dim."), subject) {
                (Some(of_tenant), _, _) => Self::Tenant(of_tenant.into()),
                (_, Some(dimension), Subject::Metric) => Self::Dimension(dimension.into()),
                (_, Some(_), Subject::Log | Subject::Account) => {
                    return Err(format!("{name:?} is a dimension, and only metrics have those"));
                }
                (_, None, Subject::Metric | Subject::Account) => return Err(format!("{name:?} is no field of it")),
                (_, None, Subject::Log) => Self::Attribute(name.into()),
            },
        })
    }
}
