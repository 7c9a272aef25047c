//! The same alerts, silences and rules as other tools ask for them: amtool, Karma and Grafana.
//!
//! Who may see what is decided as for the rest of the API.

pub(super) mod alertmanager;
pub(super) mod prometheus;

use std::collections::BTreeMap;

use crate::api::alerts::Alert;
use crate::api::fleet::State;
use crate::view::View;
use crate::view::alerts::{AlertQuery, Wanted};
use crate::view::filter::Filter;

/// Labels or annotations.
type Texts = BTreeMap<String, String>;

/// Alerts that are pending or fire, with their texts.
fn alerts(view: &View) -> Vec<Alert> {
    let wanted = Wanted { filter: Filter::default(), ..Wanted::default() };
    view.alerts(&AlertQuery { wanted, limit: usize::MAX, ..AlertQuery::default() }).items
}

/// Labels as Alertmanager has them of a receiver of ours, and the account's name and region.
fn labels(alert: &Alert) -> Texts {
    let severity = match alert.state {
        State::Critical => "critical",
        State::Warning | State::NoData | State::Error | State::Pending | State::Ok => "warning",
    };
    let own = [
        ("alertname", alert.name.as_str()),
        ("severity", severity),
        ("account", alert.account.as_deref().unwrap_or_default()),
        ("tenant", &alert.tenant),
        ("region", &alert.region),
    ];
    let mut labels = alert.labels.clone();
    labels.extend(alert.group.clone());
    labels.extend(own.map(|(name, value)| (name.to_owned(), value.to_owned())));
    labels.retain(|_, value| !value.is_empty());
    labels
}

/// What people read.
fn annotations(alert: &Alert) -> Texts {
    let value = (!alert.value_text.is_empty()).then(|| alert.value_text.clone());
    let all = [("summary", alert.summary.clone()), ("runbook_url", alert.runbook.clone()), ("value", value)];
    all.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}
