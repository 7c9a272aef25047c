//! A reading: what one tick says of one group, and the value it says it of.

use std::time::Duration;

use super::Outcome;
use super::ring::Totals;
use super::state::{at_level, judge};
use crate::id::AccountId;
use crate::rule::{Aggregate, Computed, Kind, Level, NoData, Rule, Settings, Term, Unit};
use crate::sample::Cell;
use crate::tenant::{Directory, Entry};

/// Whose quotas count, and where they stand: looked up only where a rule asks.
pub(super) type Owner<'a> = Option<(&'a Directory, AccountId)>;

/// What a tick says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Reading {
    /// What it says.
    pub(super) outcome: Outcome,
    /// Of which value.
    pub(super) value: Option<f64>,
}

/// Values that are none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Oddities {
    /// Something was divided by zero.
    pub(super) by_zero: u64,
    /// Not a number, or infinite.
    pub(super) not_finite: u64,
}

impl Reading {
    /// An outcome without a value.
    pub(super) const fn bare(outcome: Outcome) -> Self {
        Self { outcome, value: None }
    }

    /// A breach or none of a kind that has one level.
    pub(super) fn one_level(breach: bool, level: Level, value: Option<f64>) -> Self {
        Self { outcome: if breach { at_level(level) } else { Outcome::Clear }, value }
    }
}

/// What a tick says of a group that has neither data nor state.
pub(super) fn idle(rule: &Rule, settings: &Settings, min_samples: u64) -> Reading {
    match &rule.kind {
        Kind::Event { .. } | Kind::FirstSeen(_) => Reading::bare(Outcome::Clear),
        Kind::Threshold(_) | Kind::Ratio(_) => {
            read(rule, settings, min_samples, &mut Totals::default(), None, &mut Oddities::default())
        }
        Kind::Absence { .. }
        | Kind::Change { .. }
        | Kind::Outlier(_)
        | Kind::Forecast { .. }
        | Kind::Fleet(_)
        | Kind::Composite { .. } => Reading::bare(Outcome::NoData),
    }
}

/// What the window of a group with thresholds says.
pub(super) fn read(
    rule: &Rule,
    settings: &Settings,
    min_samples: u64,
    totals: &mut Totals,
    owner: Owner<'_>,
    oddities: &mut Oddities,
) -> Reading {
    if !totals.any && settings.no_data != NoData::Zero {
        return Reading::bare(Outcome::NoData);
    }
    match current(rule, settings, min_samples, totals, owner, oddities) {
        Ok(value) => Reading { outcome: judge(value, settings), value: Some(value) },
        Err(Outcome::Skip) if !totals.any && min_samples == 0 => Reading::bare(Outcome::NoData),
        Err(outcome) => Reading::bare(outcome),
    }
}

/// The value of the window, or the outcome that stands for it.
pub(super) fn current(
    rule: &Rule,
    settings: &Settings,
    min_samples: u64,
    totals: &mut Totals,
    owner: Owner<'_>,
    oddities: &mut Oddities,
) -> Result<f64, Outcome> {
    let Some(measure) = rule.measure() else { return Err(Outcome::NoData) };
    if totals.count < min_samples {
        return Err(Outcome::Skip);
    }
    let (cells, terms) = (&totals.cells, &mut totals.values);
    terms.clear();
    terms.extend(measure.terms.iter().enumerate().map(|(index, term)| value_of(term, cells.get(index), rule.window)));
    if matches!(rule.kind, Kind::Ratio(_)) {
        return ratio(terms, settings.min_total, oddities);
    }
    let quota = |name: &str| {
        let (directory, account) = owner?;
        quota(directory.get(account)?, name)
    };
    if let Some((gate, condition)) = &measure.when {
        let holds = condition.holds(number(gate.evaluate(terms, &quota), oddities)?);
        if !holds {
            return Err(Outcome::Clear);
        }
    }
    number(measure.value.evaluate(terms, &quota), oddities)
}

/// The part of the whole; a missing part is none, too small a whole says nothing.
fn ratio(terms: &[Option<f64>], min_total: f64, oddities: &mut Oddities) -> Result<f64, Outcome> {
    let (bad, total) = (terms.first().copied().flatten().unwrap_or(0.0), terms.get(1).copied().flatten());
    let Some(total) = total.filter(|total| *total != 0.0 && *total >= min_total) else { return Err(Outcome::Skip) };
    let share = bad / total;
    number(if share.is_finite() { Computed::Value(share) } else { Computed::NotFinite }, oddities)
}

fn number(computed: Computed, oddities: &mut Oddities) -> Result<f64, Outcome> {
    match computed {
        Computed::Value(value) => return Ok(value),
        Computed::Missing => {}
        Computed::ByZero => oddities.by_zero += 1,
        Computed::NotFinite => oddities.not_finite += 1,
    }
    Err(Outcome::Skip)
}

/// The value of a term; what is counted or added up is 0 where nothing came.
fn value_of(term: &Term, cell: Option<&Option<Cell>>, window: Duration) -> Option<f64> {
    match cell.and_then(Option::as_ref) {
        Some(cell) => cell.value(&term.aggregate, window),
        None => match term.aggregate {
            Aggregate::Count | Aggregate::Sum | Aggregate::Rate | Aggregate::Distinct => Some(0.0),
            Aggregate::Avg | Aggregate::Min | Aggregate::Max | Aggregate::Last | Aggregate::Percentile(_) => None,
        },
    }
}

/// A quota of the account: a label of the directory, `quota.lambda.concurrency` or `lambda.concurrency`.
fn quota(entry: &Entry, name: &str) -> Option<f64> {
    let label = entry.labels.get(&format!("quota.{name}")).or_else(|| entry.labels.get(name))?;
    label.parse().ok().filter(|quota: &f64| quota.is_finite())
}

/// The threshold that counts at a level, and how it is shown.
pub(super) fn threshold(rule: &Rule, settings: &Settings, level: Level) -> (Option<f64>, Unit) {
    let condition = match level {
        Level::Critical => settings.critical.as_ref().or(settings.warning.as_ref()),
        Level::Warning => settings.warning.as_ref().or(settings.critical.as_ref()),
    };
    match &rule.kind {
        Kind::Absence { .. } => (Some(settings.timeout.as_secs_f64()), Unit::Seconds),
        Kind::Outlier(outlier) => (Some(outlier.deviations), Unit::Number),
        Kind::FirstSeen(first_seen) => (Some(f64::from(first_seen.min_count)), Unit::Number),
        Kind::Event { .. } | Kind::Composite { .. } => (None, Unit::Number),
        Kind::Threshold(_) | Kind::Ratio(_) | Kind::Fleet(_) | Kind::Change { .. } | Kind::Forecast { .. } => {
            (condition.map(|condition| condition.bound), condition.map_or(Unit::Number, |condition| condition.unit))
        }
    }
}
