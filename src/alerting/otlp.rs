//! Alerts as telemetry: transitions as log records, alerts that are not inactive as gauges.
//!
//! The names are ours: the semantic conventions of OpenTelemetry have none for alerts.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs, SeverityNumber};
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value as Number;
use opentelemetry_proto::tonic::metrics::v1::{Gauge, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, metric};
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message as _;

use super::Active;
use crate::evaluator::{Outcome, State, Tick, Transition};
use crate::id::AccountId;
use crate::incident::group_values;
use crate::otlp::{SCOPE_NAME, SCOPE_VERSION};
use crate::record::attribute;
use crate::rule::{Level, Rule, RuleSet};
use crate::sample::Group;
use crate::tenant::Directory;
use crate::time::Timestamp;

/// Name of the event of a transition.
pub const TRANSITION: &str = "alert.transition";

/// Name of the gauge that is 1 for each alert that is not inactive, as Prometheus has `ALERTS`.
pub const ACTIVE: &str = "alert.active";

/// Name of the gauge of how many groups of a rule had which outcome.
pub const GROUPS: &str = "alert.groups";

/// The gauges and their units: none is "1", of which Prometheus makes `_ratio`.
pub const METRICS: [(&str, &str); 2] = [(ACTIVE, "{alert}"), (GROUPS, "{group}")];

/// Most alerts of one rule that have a gauge of their own; beyond, `alert.groups` tells how many there are.
pub const ACTIVE_MAX: usize = 1_000;

/// One request with a log record for each transition, those of one account together; `None` where nothing changed.
#[must_use]
pub fn transitions(
    ticks: &[Tick],
    rules: &RuleSet,
    directory: &Directory,
    now: Timestamp,
) -> Option<ExportLogsServiceRequest> {
    let mut all: Vec<_> = ticks.iter().flat_map(|tick| &tick.transitions).collect();
    all.sort_by_key(|transition| transition.group.account);
    let resource_logs = all.chunk_by(|a, b| a.group.account == b.group.account).map(|of_account| {
        let account = of_account[0].group.account;
        let records = of_account.iter().map(|transition| record(transition, rules, now)).collect();
        ResourceLogs {
            resource: Some(resource(account, directory)),
            scope_logs: vec![ScopeLogs { scope: Some(scope()), log_records: records, schema_url: String::new() }],
            schema_url: String::new(),
        }
    });
    let resource_logs: Vec<_> = resource_logs.collect();
    (!resource_logs.is_empty()).then_some(ExportLogsServiceRequest { resource_logs })
}

fn record(transition: &Transition, rules: &RuleSet, now: Timestamp) -> LogRecord {
    let rule = transition.rule_idx.and_then(|index| rules.rules.get(index));
    let mut attributes = vec![
        text("alert.name", &transition.rule),
        text("alert.id", &format!("{:016x}", transition.alert)),
        text("alert.transition.id", &format!("{:016x}", transition.id)),
        int("alert.episode", transition.episode.into()),
        text("alert.state", transition.to.as_str()),
        text("alert.previous_state", transition.from.as_str()),
        text("alert.level", transition.level.as_str()),
        text("alert.reason", transition.reason.as_str()),
        pair("alert.late", Value::BoolValue(transition.late)),
    ];
    attributes.extend(transition.value.map(|value| double("alert.value", value)));
    attributes.extend(transition.threshold.map(|threshold| double("alert.threshold", threshold)));
    if let Some(rule) = rule {
        attributes.push(text("alert.rule_version", &format!("{:016x}", rule.shape())));
        attributes.extend(group(rule, &transition.group));
        attributes.extend(rule.labels.iter().map(|(name, value)| text(&format!("alert.label.{name}"), value)));
    }
    let severity = match (transition.to, transition.level) {
        (State::Firing, Level::Critical) => SeverityNumber::Error,
        (State::Firing, Level::Warning) => SeverityNumber::Warn,
        (State::Inactive | State::Pending | State::Recovering, _) => SeverityNumber::Info,
    };
    LogRecord {
        time_unix_nano: transition.at.nanos(),
        observed_time_unix_nano: now.nanos(),
        severity_number: severity.into(),
        severity_text: transition.level.as_str().to_uppercase(),
        body: Some(AnyValue { value: Some(Value::StringValue(sentence(transition))) }),
        attributes,
        event_name: TRANSITION.into(),
        ..LogRecord::default()
    }
}

/// `LambdaErrorRatio: pending to firing (critical), 12% where the threshold is 10%`
fn sentence(transition: &Transition) -> String {
    let Transition { rule, from, to, unit, .. } = transition;
    let change = format!("{rule}: {} to {} ({})", from.as_str(), to.as_str(), transition.level.as_str());
    match (transition.value, transition.threshold) {
        (Some(value), Some(threshold)) => {
            format!("{change}, {} where the threshold is {}", unit.show(value), unit.show(threshold))
        }
        (Some(value), None) => format!("{change}, {}", unit.show(value)),
        (None, _) => change,
    }
}

/// One request with the gauges of the alerts that are not inactive, and of the groups of each rule that was evaluated.
#[must_use]
pub fn gauges<'a>(
    ticks: &[Tick],
    active: impl Iterator<Item = Active<'a>>,
    rules: &RuleSet,
    directory: &Directory,
    now: Timestamp,
) -> Option<ExportMetricsServiceRequest> {
    let mut by_account: std::collections::BTreeMap<Option<AccountId>, Vec<NumberDataPoint>> = Default::default();
    let mut of_rule = vec![0_usize; rules.rules.len()];
    for alert in active {
        if let (Some(count), Some(rule)) = (of_rule.get_mut(alert.rule), rules.rules.get(alert.rule)) {
            *count += 1;
            if *count <= ACTIVE_MAX {
                let mut attributes = vec![
                    text("alert.name", &alert.name),
                    text("alert.state", alert.state.as_str()),
                    text("alert.level", alert.level.as_str()),
                ];
                attributes.extend(group(rule, alert.group));
                by_account.entry(alert.group.account).or_default().push(point(attributes, 1, now));
            }
        }
    }
    let mut resources: Vec<_> = by_account
        .into_iter()
        .map(|(account, points)| resource_metrics(resource(account, directory), METRICS[0], points))
        .collect();
    let groups: Vec<_> =
        ticks.iter().filter(|tick| rules.rules.len() > tick.rule).flat_map(|tick| groups(tick, rules, now)).collect();
    if !groups.is_empty() {
        resources.push(resource_metrics(resource(None, directory), METRICS[1], groups));
    }
    (!resources.is_empty()).then_some(ExportMetricsServiceRequest { resource_metrics: resources })
}

/// How many points a gauge has.
#[must_use]
pub fn points(metric: &Metric) -> usize {
    match &metric.data {
        Some(metric::Data::Gauge(gauge)) => gauge.data_points.len(),
        Some(
            metric::Data::Sum(_)
            | metric::Data::Histogram(_)
            | metric::Data::ExponentialHistogram(_)
            | metric::Data::Summary(_),
        )
        | None => 0,
    }
}

fn groups<'a>(tick: &'a Tick, rules: &'a RuleSet, now: Timestamp) -> impl Iterator<Item = NumberDataPoint> + 'a {
    let name = &rules.rules[tick.rule].name;
    Outcome::ALL.into_iter().zip(tick.outcomes).filter(|(_, count)| *count > 0).map(move |(outcome, count)| {
        point(vec![text("alert.name", name), text("alert.outcome", outcome.as_str())], count.into(), now)
    })
}

/// One gauge of one resource, by name and unit.
pub(crate) fn resource_metrics(
    resource: Resource,
    (name, unit): (&str, &str),
    points: Vec<NumberDataPoint>,
) -> ResourceMetrics {
    let gauge = Metric {
        name: name.into(),
        unit: unit.into(),
        data: Some(metric::Data::Gauge(Gauge { data_points: points })),
        ..Metric::default()
    };
    ResourceMetrics {
        resource: Some(resource),
        scope_metrics: vec![ScopeMetrics { scope: Some(scope()), metrics: vec![gauge], schema_url: String::new() }],
        schema_url: String::new(),
    }
}

/// One point of a gauge.
pub(crate) fn point(attributes: Vec<KeyValue>, value: i64, now: Timestamp) -> NumberDataPoint {
    NumberDataPoint {
        attributes,
        time_unix_nano: now.nanos(),
        value: Some(Number::AsInt(value)),
        ..NumberDataPoint::default()
    }
}

/// One point of a gauge that is no whole number.
pub(crate) fn point_of(attributes: Vec<KeyValue>, value: f64, now: Timestamp) -> NumberDataPoint {
    NumberDataPoint {
        attributes,
        time_unix_nano: now.nanos(),
        value: Some(Number::AsDouble(value)),
        ..NumberDataPoint::default()
    }
}

/// Values of the group beside the account, under the names of the fields.
fn group(rule: &Rule, group: &Group) -> Vec<KeyValue> {
    group_values(group, Some(rule)).iter().map(|(name, value)| text(&format!("alert.group.{name}"), value)).collect()
}

/// The resource that is an account, or Fanin itself.
pub(crate) fn resource(account: Option<AccountId>, directory: &Directory) -> Resource {
    let mut attributes = vec![text(attribute::SERVICE_NAME, SCOPE_NAME)];
    if let Some(account) = account {
        attributes.push(text(attribute::CLOUD_PROVIDER, "aws"));
        attributes.push(text(attribute::CLOUD_ACCOUNT_ID, account.as_str()));
        // What records of the account are tagged with is encoded as the attributes of a resource already.
        let tagged = Resource::decode(directory.tag(account).attributes.as_slice()).unwrap_or_default();
        attributes.extend(tagged.attributes);
    }
    Resource { attributes, ..Resource::default() }
}

fn scope() -> InstrumentationScope {
    InstrumentationScope { name: SCOPE_NAME.into(), version: SCOPE_VERSION.into(), ..InstrumentationScope::default() }
}

/// An attribute.
pub(crate) fn text(key: &str, value: &str) -> KeyValue {
    pair(key, Value::StringValue(value.into()))
}

fn int(key: &str, value: i64) -> KeyValue {
    pair(key, Value::IntValue(value))
}

fn double(key: &str, value: f64) -> KeyValue {
    pair(key, Value::DoubleValue(value))
}

fn pair(key: &str, value: Value) -> KeyValue {
    KeyValue { key: key.into(), value: Some(AnyValue { value: Some(value) }), ..KeyValue::default() }
}
