//! The fleet as telemetry: how many accounts are in which state. No account is named, so the number of series stays small.

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::NumberDataPoint;

use crate::alerting::otlp::{point, resource, resource_metrics, text};
use crate::api::fleet::{FreshnessCounts, StateCounts};
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

/// The gauges and their units.
pub const METRICS: [(&str, &str); 4] = [ACCOUNTS, FRESH, OF_RULES, OF_GROUPS];

/// An attribute of the directory with more values than this is none that a fleet is divided by.
pub const GROUPS_MAX: usize = 100;

/// What the gauges are made of.
#[derive(Clone, Debug, Default)]
pub struct Figures<'a> {
    /// Accounts in each state.
    pub states: StateCounts,
    /// Accounts by freshness.
    pub freshness: FreshnessCounts,
    /// Accounts in each state by rule.
    pub rules: Vec<(&'a str, StateCounts)>,
    /// Accounts in each state by attribute of the directory and its value.
    pub groups: Vec<(&'a str, &'a str, StateCounts)>,
}

/// The gauges, in one request.
#[must_use]
pub fn gauges(figures: &Figures<'_>, directory: &Directory, now: Timestamp) -> ExportMetricsServiceRequest {
    let of = |counts: Vec<(&'static str, u32)>, key| {
        counts.into_iter().map(move |(value, count)| point(vec![text(key, value)], count.into(), now)).collect()
    };
    let rules = figures.rules.iter().flat_map(|(rule, counts)| some(counts, &[("alert.name", rule)], now));
    let groups = figures
        .groups
        .iter()
        .flat_map(|(label, value, counts)| some(counts, &[("label", label), ("value", value)], now));
    let resource_metrics = [
        (ACCOUNTS, of(states(&figures.states), "state")),
        (FRESH, of(freshness(&figures.freshness), "freshness")),
        (OF_RULES, rules.collect()),
        (OF_GROUPS, groups.collect::<Vec<_>>()),
    ]
    .into_iter()
    .filter(|(_, points)| !points.is_empty())
    .map(|(metric, points)| resource_metrics(resource(None, directory), metric, points));
    ExportMetricsServiceRequest { resource_metrics: resource_metrics.collect() }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alerting::otlp::points;

    #[test]
    fn every_state_of_the_fleet_has_a_point_and_of_rules_only_those_with_accounts() {
        let counts = StateCounts { critical: 2, ok: 5, ..StateCounts::default() };
        let figures = Figures {
            states: counts,
            rules: vec![("ApiErrorRate", counts)],
            groups: vec![("tier", "gold", StateCounts { warning: 1, ..StateCounts::default() })],
            ..Figures::default()
        };
        let directory = Directory::new([], "tenant.id", &[]);
        let request = gauges(&figures, &directory, Timestamp::from_seconds(9));
        let metrics = request.resource_metrics.iter().flat_map(|resource| &resource.scope_metrics);
        let metrics = metrics.flat_map(|scope| &scope.metrics).map(|metric| (metric.name.as_str(), points(metric)));
        let expected = [
            ("fleet.accounts", 6),
            ("fleet.fresh_accounts", 5),
            ("fleet.rule.accounts", 2),
            ("fleet.group.accounts", 1),
        ];
        assert_eq!(metrics.collect::<Vec<_>>(), expected);
    }
}
