//! The fleet as telemetry: how many accounts are in which state, and what tenants send. No account is named, and of tenants only
//! those that send most, so the number of series stays small.

use std::collections::BTreeMap;

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::NumberDataPoint;

use super::View;
use crate::alerting::otlp::{point, point_of, resource, resource_metrics, text};
use crate::api::cost::CostRow;
use crate::api::fleet::{FreshnessCounts, Mark, State, StateCounts};
use crate::tenant::Directory;
use crate::time::Timestamp;

/// Accounts by `state`.
const ACCOUNTS: (&str, &str) = ("fleet.accounts", "{account}");

/// Accounts by `freshness`.
const FRESH: (&str, &str) = ("fleet.fresh_accounts", "{account}");

/// Accounts by rule (`alert.name`) and `state`; states without an account have no point.
const OF_RULES: (&str, &str) = ("fleet.rule.accounts", "{account}");

/// Accounts by attribute of the directory (`label`, `value`) and `state`; states without an account have no point.
const OF_GROUPS: (&str, &str) = ("fleet.group.accounts", "{account}");

/// Bytes of log messages and metric data in 24 hours, by `tenant`.
const BYTES: (&str, &str) = ("fleet.tenant.bytes", "By");

/// Log records in 24 hours, by `tenant`.
const RECORDS: (&str, &str) = ("fleet.tenant.records", "{record}");

/// Updates of metrics in 24 hours, by `tenant`.
const UPDATES: (&str, &str) = ("fleet.tenant.metric_updates", "{update}");

/// What that costs, by `tenant` and `currency`, where prices are configured.
const COST: (&str, &str) = ("fleet.tenant.cost", "{currency}");

/// What arrived of the log events that CloudWatch forwarded, by `tenant`, as a share.
const COMPLETENESS: (&str, &str) = ("fleet.tenant.completeness", "{share}");

/// The gauges and their units.
pub const METRICS: [(&str, &str); 9] =
    [ACCOUNTS, FRESH, OF_RULES, OF_GROUPS, BYTES, RECORDS, UPDATES, COST, COMPLETENESS];

/// Tenants that have gauges of their own: those that send most.
const TENANTS_MAX: usize = 100;

/// An attribute of the directory with more values than this is none that a fleet is divided by.
const VALUES_MAX: usize = 100;

/// The gauges, in one request.
#[must_use]
pub fn gauges(view: &View, directory: &Directory, now: Timestamp) -> ExportMetricsServiceRequest {
    let one = |key, (value, count): (&str, u32)| point(vec![text(key, value)], count.into(), now);
    let of_rules = rules(view);
    let of_rules = of_rules.iter().flat_map(|(rule, counts)| some(counts, &[("alert.name", rule)], now));
    let of_groups = groups(view);
    let of_groups =
        of_groups.iter().flat_map(|(label, value, counts)| some(counts, &[("label", label), ("value", value)], now));
    let resource_metrics = [
        (ACCOUNTS, states(&view.cells().states()).into_iter().map(|it| one("state", it)).collect()),
        (FRESH, freshness(&view.cells().freshness()).into_iter().map(|it| one("freshness", it)).collect()),
        (OF_RULES, of_rules.collect()),
        (OF_GROUPS, of_groups.collect::<Vec<_>>()),
    ]
    .into_iter()
    .filter(|(_, points)| !points.is_empty())
    .map(|(metric, points)| resource_metrics(resource(None, directory), metric, points));
    ExportMetricsServiceRequest { resource_metrics: resource_metrics.collect() }
}

/// What tenants send and what it costs, in one request; of rows that are tenants, most first.
#[must_use]
pub fn cost_gauges(rows: &[CostRow], directory: &Directory, now: Timestamp) -> ExportMetricsServiceRequest {
    let rows = &rows[..rows.len().min(TENANTS_MAX)];
    let whole = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let counted = |of: fn(&CostRow) -> u64| {
        let one = |row: &CostRow| point(vec![text("tenant", &row.tenant)], whole(of(row)), now);
        rows.iter().map(one).collect::<Vec<_>>()
    };
    let priced = rows.iter().filter_map(|row| {
        let attributes = vec![text("tenant", &row.tenant), text("currency", row.currency.as_deref()?)];
        Some(point_of(attributes, row.day.price?, now))
    });
    let complete =
        rows.iter().filter_map(|row| Some(point_of(vec![text("tenant", &row.tenant)], row.completeness?, now)));
    let resource_metrics = [
        (BYTES, counted(|row| row.day.bytes)),
        (RECORDS, counted(|row| row.day.logs)),
        (UPDATES, counted(|row| row.day.metric_updates)),
        (COST, priced.collect()),
        (COMPLETENESS, complete.collect()),
    ]
    .into_iter()
    .filter(|(_, points)| !points.is_empty())
    .map(|(metric, points)| resource_metrics(resource(None, directory), metric, points));
    ExportMetricsServiceRequest { resource_metrics: resource_metrics.collect() }
}

/// How many points the gauges have.
#[must_use]
pub fn points(request: &ExportMetricsServiceRequest) -> usize {
    let metrics = request.resource_metrics.iter().flat_map(|it| &it.scope_metrics).flat_map(|it| &it.metrics);
    metrics.map(crate::alerting::otlp::points).sum()
}

/// Accounts by rule and by the worst of its alerts that are not kept quiet.
fn rules(view: &View) -> BTreeMap<&str, StateCounts> {
    let mut worst: BTreeMap<(&str, u32), State> = BTreeMap::new();
    for item in view.items().iter().filter(|item| item.shown.mark() == Mark::None) {
        if let Some(place) = item.place {
            let state = worst.entry((&item.shown.alert.rule, place)).or_default();
            *state = item.shown.alert.state.max(*state);
        }
    }
    let mut counts: BTreeMap<&str, StateCounts> = BTreeMap::new();
    worst.iter().for_each(|((rule, _), state)| count(counts.entry(rule).or_default(), *state));
    counts
}

/// Accounts by attribute, value and state.
fn groups(view: &View) -> Vec<(&str, &str, StateCounts)> {
    let mut groups = Vec::new();
    let columns = view.base().labels().iter().filter(|(_, column)| column.values.len() <= VALUES_MAX);
    for (label, column) in columns {
        let mut counts = vec![StateCounts::default(); column.values.len()];
        column
            .index
            .iter()
            .zip(&view.cells().state)
            .for_each(|(value, state)| count(&mut counts[*value as usize], *state));
        let values = column.values.iter().zip(counts).filter(|(value, _)| !value.is_empty());
        groups.extend(values.map(|(value, counts)| (&**label, &**value, counts)));
    }
    groups
}

const fn count(counts: &mut StateCounts, state: State) {
    let of = match state {
        State::Ok => &mut counts.ok,
        State::Pending => &mut counts.pending,
        State::NoData => &mut counts.no_data,
        State::Error => &mut counts.error,
        State::Warning => &mut counts.warning,
        State::Critical => &mut counts.critical,
    };
    *of += 1;
}

/// The states that an account is in, with further attributes.
fn some(counts: &StateCounts, attributes: &[(&str, &str)], now: Timestamp) -> Vec<NumberDataPoint> {
    let states = states(counts).into_iter().filter(|(_, count)| *count > 0);
    let points = states.map(|(state, count)| {
        let attributes = attributes.iter().map(|(key, value)| text(key, value)).chain([text("state", state)]);
        point(attributes.collect(), count.into(), now)
    });
    points.collect()
}

fn states(counts: &StateCounts) -> Vec<(&'static str, u32)> {
    let StateCounts { critical, warning, error, no_data, pending, ok } = *counts;
    vec![
        ("critical", critical),
        ("warning", warning),
        ("error", error),
        ("no_data", no_data),
        ("pending", pending),
        ("ok", ok),
    ]
}

fn freshness(counts: &FreshnessCounts) -> Vec<(&'static str, u32)> {
    let FreshnessCounts { live, late, silent, new, suspended } = *counts;
    vec![("live", live), ("late", late), ("silent", silent), ("new", new), ("suspended", suspended)]
}
