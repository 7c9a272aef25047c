//! What predicates and groups may ask of a log record, of a metric point and of an account.

use crate::config::FormatName;
use crate::otlp::logs;
use crate::policy::Local;
use crate::predicate::Fields;
use crate::predicate::account::Account;
use crate::predicate::field::Field;
use crate::record::attribute;
use crate::record::log::Log;
use crate::record::metric::Point;
use crate::record::severity::Severity;
use crate::record::value::{Value, lookup};
use crate::tenant::{Directory, Entry};
use crate::time::Timestamp;

/// A log record as it came: before redaction, and before edits.
#[derive(Clone, Copy, Debug)]
pub struct LogSubject<'a> {
    /// Where it is from.
    pub resource: &'a logs::Resource<'a>,
    /// What the directory knows of its account.
    pub entry: Option<&'a Entry>,
    /// Its format.
    pub format: FormatName,
    /// The record.
    pub log: &'a Log<'a>,
    /// Bytes of the message that it was made of.
    pub bytes: usize,
    /// What must not leave; groups and keys are redacted by it. `None` where nothing is to be redacted.
    pub local: Option<&'a Local<'a>>,
}

/// A point of a CloudWatch metric.
#[derive(Clone, Copy, Debug)]
pub struct PointSubject<'a> {
    /// The point.
    pub point: Point<'a>,
    /// The time that it counts for.
    pub at: Timestamp,
    /// It stands for a part of its period only: all that have the time are added up, and none replaces another.
    pub is_part: bool,
    /// What the directory knows of its account.
    pub entry: Option<&'a Entry>,
}

/// A value of one of Fanin's own metrics.
#[derive(Clone, Copy, Debug)]
pub struct OwnSubject<'a> {
    /// Name of the metric, such as `pipeline.watermark_lag_seconds`.
    pub name: &'a str,
    /// The value.
    pub value: f64,
    /// When it was so.
    pub at: Timestamp,
}

impl<'a> PointSubject<'a> {
    /// A point of a metric stream. It counts for the beginning of its period, as CloudWatch has it.
    #[must_use]
    pub fn streamed(point: Point<'a>, directory: &'a Directory) -> Self {
        Self::new(point, point.datum.start, false, directory)
    }

    /// A point that was made of log records. It counts for the time of its last value.
    #[must_use]
    pub fn gathered(point: Point<'a>, directory: &'a Directory) -> Self {
        Self::new(point, point.datum.end, true, directory)
    }

    fn new(point: Point<'a>, at: Timestamp, is_part: bool, directory: &'a Directory) -> Self {
        Self { point, at, is_part, entry: directory.get(point.resource.account) }
    }

    pub(super) const fn owner(&self) -> Account<'a> {
        Account { id: self.point.resource.account, entry: self.entry }
    }
}

impl<'a> LogSubject<'a> {
    pub(super) const fn owner(&self) -> Account<'a> {
        Account { id: self.resource.account, entry: self.entry }
    }

    /// `service.name` of the record: what it says itself, else what wrote it.
    pub(super) fn service(&self) -> Option<&'a str> {
        let own = |name| self.log.named(name).and_then(|value| value.text()).filter(|text| !text.is_empty());
        own(attribute::SERVICE_NAME).or_else(|| own("service")).or_else(|| some(self.resource.producer.service))
    }

    /// What kind of event it is: its event name, else what its format calls so.
    fn event(&self) -> Option<&'a str> {
        let own = |name| self.log.named(name).and_then(|value| value.text()).filter(|text| !text.is_empty());
        some(self.log.event_name).or_else(|| ["event", "event.name", attribute::RPC_METHOD].into_iter().find_map(own))
    }

    /// The attribute of that name or the member that it leads to, else the one of the body.
    fn attribute(&self, name: &str) -> Option<Value<'a>> {
        self.log.named(name).or_else(|| lookup(self.log.body.map(), name))
    }
}

impl Fields for LogSubject<'_> {
    fn get(&self, field: &Field) -> Option<Value<'_>> {
        match field {
            Field::Account => Some(Value::Text(self.resource.account.as_str())),
            Field::Region => self.resource.region.as_ref().map(|region| Value::Text(region.as_str())),
            Field::Tenant(name) => self.owner().tenant(name),
            Field::Service => self.service().map(Value::Text),
            Field::Level => level(self.log.severity).map(Value::Text),
            Field::Message => self.log.body.text().map(Value::Text),
            Field::Bytes => i64::try_from(self.bytes).ok().map(Value::Int),
            Field::LogGroup => some(self.resource.log_group).map(Value::Text),
            Field::LogStream => some(self.resource.log_stream).map(Value::Text),
            Field::Source => Some(Value::Text(self.format.as_str())),
            Field::Event => self.event().map(Value::Text),
            Field::Attribute(name) => self.attribute(name),
            Field::Namespace | Field::Metric | Field::Unit | Field::Dimension(_) => None,
        }
    }
}

impl Fields for PointSubject<'_> {
    fn get(&self, field: &Field) -> Option<Value<'_>> {
        let Point { resource, datum, dimensions, .. } = self.point;
        match field {
            Field::Account => Some(Value::Text(resource.account.as_str())),
            Field::Region => resource.region.as_ref().map(|region| Value::Text(region.as_str())),
            Field::Tenant(name) => self.owner().tenant(name),
            Field::Namespace => Some(Value::Text(datum.namespace)),
            Field::Metric => Some(Value::Text(datum.name)),
            Field::Unit => some(datum.unit).map(Value::Text),
            Field::Dimension(name) => {
                dimensions.iter().find(|it| it.name == &**name).map(|dimension| Value::Text(dimension.value))
            }
            Field::Service
            | Field::Level
            | Field::Message
            | Field::Bytes
            | Field::LogGroup
            | Field::LogStream
            | Field::Source
            | Field::Event
            | Field::Attribute(_) => None,
        }
    }
}

impl Fields for OwnSubject<'_> {
    fn get(&self, field: &Field) -> Option<Value<'_>> {
        (*field == Field::Metric).then_some(Value::Text(self.name))
    }
}

const fn some(text: &str) -> Option<&str> {
    if text.is_empty() { None } else { Some(text) }
}

/// Name of the range that a severity number lies in.
///
/// Source: OpenTelemetry, "Logs Data Model", field `SeverityNumber`.
pub(super) const fn level(severity: Severity) -> Option<&'static str> {
    match severity.number() {
        1..=4 => Some("TRACE"),
        5..=8 => Some("DEBUG"),
        9..=12 => Some("INFO"),
        13..=16 => Some("WARN"),
        17..=20 => Some("ERROR"),
        21..=24 => Some("FATAL"),
        _ => None,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use bumpalo::Bump;

    use super::*;
    use crate::id::{AccountId, Region};
    use crate::record::metric::{Datum, Dimension, Points, Resource};
    use crate::record::resource::{Producer, producer};
    use crate::record::value::Attribute;
    use crate::tenant::State;

    pub(crate) fn account() -> AccountId {
        AccountId::parse("111122223333").unwrap()
    }

    pub(crate) fn directory() -> Directory {
        let entry = Entry {
            account: account(),
            tenant: "acme".into(),
            name: Some("Acme Ltd".into()),
            tier: Some("gold".into()),
            region: Region::parse("eu-west-1").ok(),
            ou_path: None,
            state: State::PendingClosure,
            created: Some(Timestamp::from_seconds(1_700_000_000)),
            labels: [("ring".to_owned(), "canary".to_owned())].into(),
        };
        Directory::new([entry], attribute::TENANT_ID, &[None])
    }

    fn resource<'a>(directory: &'a Directory, producer: Producer<'a>) -> logs::Resource<'a> {
        let region = Region::parse("eu-central-1").ok();
        let (log_group, log_stream) = ("/acme/app", "s");
        logs::Resource {
            account: account(),
            region,
            log_group,
            log_stream,
            file: "",
            producer,
            tag: directory.tag(account()),
        }
    }

    /// The value of a field, a text as it is; `-` where there is none.
    fn told(of: &dyn Fields, field: &Field) -> String {
        of.get(field).map_or("-".into(), |value| value.text().map_or_else(|| format!("{value:?}"), str::to_owned))
    }

    fn tenant(name: &str) -> Field {
        Field::Tenant(name.into())
    }

    fn attribute(name: &str) -> Field {
        Field::Attribute(name.into())
    }

    #[test]
    fn a_record_tells_where_it_is_from_and_what_it_says() {
        let (directory, bump) = (directory(), Bump::new());
        let resource = resource(&directory, producer("/acme/app", "s"));
        let user = [Attribute { key: "type", value: Value::Text("Root") }];
        let mut log = Log::new("upstream timeout", Timestamp::default(), &bump);
        log.severity = Severity::CRITICAL;
        log.attribute("user", Value::Map(&user));
        log.attribute("status", Value::Int(504));
        log.attribute(attribute::RPC_METHOD, Value::Text("ConsoleLogin"));
        let subject = LogSubject {
            resource: &resource,
            entry: directory.get(account()),
            format: FormatName::Cloudtrail,
            log: &log,
            bytes: 716,
            local: None,
        };
        let expected = [
            (Field::Account, "111122223333"),
            (Field::Region, "eu-central-1"),
            (tenant("id"), "acme"),
            (tenant("name"), "Acme Ltd"),
            (tenant("tier"), "gold"),
            (tenant("state"), "pending_closure"),
            (tenant("created"), "Int(1700000000)"),
            (Field::Bytes, "Int(716)"),
            (tenant("ring"), "canary"),
            (tenant("ou"), "-"),
            (Field::Service, "/acme/app"),
            (Field::Level, "ERROR"),
            (Field::Message, "upstream timeout"),
            (Field::LogGroup, "/acme/app"),
            (Field::LogStream, "s"),
            (Field::Source, "cloudtrail"),
            (Field::Event, "ConsoleLogin"),
            (attribute("user.type"), "Root"),
            (attribute("status"), "Int(504)"),
            (attribute("user.name"), "-"),
            (Field::Namespace, "-"),
        ];
        for (field, expected) in expected {
            assert_eq!(told(&subject, &field), expected, "{field:?}");
        }
    }

    #[test]
    fn members_of_a_body_are_fields_and_a_map_is_no_message() {
        let (directory, bump) = (directory(), Bump::new());
        let resource = resource(&directory, Producer::default());
        let inner = [Attribute { key: "id", value: Value::Int(7) }];
        let body = [
            Attribute { key: "order", value: Value::Map(&inner) },
            Attribute { key: "event", value: Value::Text("in the body") },
        ];
        let mut log = Log::new("", Timestamp::default(), &bump);
        log.body = Value::Map(&body);
        log.event_name = "placed";
        log.attribute("service", Value::Text("checkout"));
        let subject =
            LogSubject { resource: &resource, entry: None, format: FormatName::Json, log: &log, bytes: 0, local: None };
        let expected = [
            (attribute("order.id"), "Int(7)"),
            (Field::Message, "-"),
            (Field::Event, "placed"),
            (Field::Service, "checkout"),
            (Field::Level, "-"),
        ];
        for (field, expected) in expected {
            assert_eq!(told(&subject, &field), expected, "{field:?}");
        }
    }

    #[test]
    fn levels_are_the_ranges_of_severity_numbers() {
        let severities = [Severity::UNSPECIFIED, Severity::TRACE, Severity::DEBUG, Severity::NOTICE, Severity::WARN];
        let levels = severities.map(level);
        assert_eq!(levels, [None, Some("TRACE"), Some("DEBUG"), Some("INFO"), Some("WARN")]);
        assert_eq!([Severity::ALERT, Severity::FATAL].map(level), [Some("ERROR"), Some("FATAL")]);
    }

    #[test]
    fn a_point_tells_its_metric_and_its_dimensions() {
        let directory = directory();
        let mut points = Points::default();
        points.set_resource(Resource { account: account(), region: Region::parse("us-east-1").ok(), stream: None });
        let (start, end) = (Timestamp::from_seconds(60), Timestamp::from_seconds(120));
        let (namespace, name, unit) = ("AWS/SQS", "Age", "s");
        let datum = Datum { namespace, name, unit, start, end, count: 1.0, sum: 1.0, min: None, max: None };
        points.push(datum, [Dimension { name: "QueueName", value: "orders-dlq" }], []);
        let point = points.iter().next().unwrap();
        let subject = PointSubject::streamed(point, &directory);
        assert_eq!((subject.at, PointSubject::gathered(point, &directory).at), (start, end));
        let expected = [
            (Field::Account, "111122223333"),
            (Field::Region, "us-east-1"),
            (tenant("tier"), "gold"),
            (Field::Namespace, "AWS/SQS"),
            (Field::Metric, "Age"),
            (Field::Unit, "s"),
            (Field::Dimension("QueueName".into()), "orders-dlq"),
            (Field::Dimension("Other".into()), "-"),
            (Field::Message, "-"),
        ];
        for (field, expected) in expected {
            assert_eq!(told(&subject, &field), expected, "{field:?}");
        }
        assert_eq!(told(&subject.owner(), &Field::Region), "eu-west-1", "a scope asks for the Region of the account");
    }

    #[test]
    fn of_an_unknown_account_only_the_tenant_is_known() {
        let directory = Directory::new([], attribute::TENANT_ID, &[None]);
        let owner = Account { id: account(), entry: directory.get(account()) };
        let fields = [tenant("id"), tenant("tier"), tenant("state"), tenant("created"), Field::Region];
        assert_eq!(fields.map(|field| told(&owner, &field)), ["unassigned", "-", "unknown", "-", "-"]);
    }
}
