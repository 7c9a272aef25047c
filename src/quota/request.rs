//! What to send to AWS for a higher quota.

use super::forecast::{Forecast, HOURS_MIN};
use super::standing::Standing;
use super::usage::HOURS_MAX;
use crate::template::figure;
use crate::tenant::Entry;

/// A request that can be sent as it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// What is asked for.
    pub desired: f64,
    /// For people: a ticket, or the reason in the form of Service Quotas.
    pub text: String,
    /// For a shell that has a role in the account.
    pub command: String,
}

/// Part of the quota that the highest use may take once the request is granted.
const FILLED: f64 = 0.6;

/// A request for more of a quota; `None` where it has no code or its value is not known.
#[must_use]
pub fn request(standing: &Standing, entry: Option<&Entry>) -> Option<Request> {
    let (key, value) = (standing.key.as_ref()?, standing.value.as_ref()?);
    let highest = standing.peak.into_iter().chain(standing.used.map(|(used, _)| used)).reduce(f64::max).unwrap_or(0.0);
    let desired = round_up((highest / FILLED).max(value.value * 1.5));
    let Standing { account, region, name, .. } = standing;
    let of = entry.map_or_else(String::new, |entry| {
        let called = entry.name.as_ref().map(|name| format!(", {name}")).unwrap_or_default();
        format!(" (tenant {}{called})", entry.tenant)
    });
    let name: &str = if name.is_empty() { &key.code } else { name };
    let mut lines = vec![
        format!("Quota increase: {name} ({}, {})", key.service, key.code),
        format!("Account: {account}{of}"),
        format!("Region: {region}"),
        format!("Value now: {} ({})", figure::number(value.value), value.source.in_words()),
        format!("Value wanted: {}", figure::number(desired)),
    ];
    if let (Some((used, at)), Some(share)) = (standing.used, standing.share()) {
        lines.push(format!(
            "In use: {} ({}) at {at}",
            figure::number(used),
            figure::percent((share * 1_000.0).round() / 1_000.0)
        ));
    }
    if let Some(peak) = standing.peak {
        lines.push(format!("Highest use in the last {} days at most: {}", HOURS_MAX / 24, figure::number(peak)));
    }
    lines.push(match standing.forecast {
        Forecast::Reached => "All of it is in use.".into(),
        Forecast::At(at) => format!("If use grows as it did, all of it is in use about {}.", day(at)),
        Forecast::Later => "If use grows as it did, it lasts more than a year.".into(),
        Forecast::NotGrowing => "Use has not grown lately.".into(),
        Forecast::TooShort { hours } => format!("{hours} hours are known of {HOURS_MIN} that a forecast needs."),
        Forecast::Unknown => "How much is in use is not known.".into(),
    });
    let command = format!(
        "aws service-quotas request-service-quota-increase --region {region} --service-code {} --quota-code {} --desired-value {}",
        key.service, key.code, desired
    );
    Some(Request { desired, text: lines.join("\n"), command })
}

/// The next number with two digits that count: 1,734 as 1,800.
fn round_up(value: f64) -> f64 {
    if value <= 10.0 {
        return value.ceil();
    }
    let step = 10_f64.powf(value.log10().floor() - 1.0);
    (value / step - 1e-9).ceil() * step
}

/// The day alone: a forecast knows no hour.
fn day(at: crate::time::Timestamp) -> String {
    at.to_string().chars().take(10).collect()
}
