//! Kinds that compare the present with the past: `change` and `forecast`.

use std::time::Duration;

use super::Outcome;
use super::baseline::{self, HourOfWeek, Reference};
use super::book::Frame;
use super::forecast::History;
use super::memory::Memory;
use super::reading::{self, Oddities, Reading};
use super::ring::{Layout, Steps, Totals};
use super::roster::Variant;
use super::slot::Slot;
use super::track::lookback;
use crate::rule::{Baseline, Condition, Kind, NoData, Rule, Settings};
use crate::time::Timestamp;

/// Weeks of a baseline, and one in which the group may be silent.
const WEEKS_KEPT: Duration = Duration::from_secs(5 * 7 * 86_400);

/// How long what a kind remembers is of use.
pub(super) fn kept(rule: &Rule) -> Duration {
    match &rule.kind {
        Kind::Change { baseline: Baseline::HourOfWeek { .. }, .. } => WEEKS_KEPT,
        Kind::Forecast { history, .. } => *history,
        Kind::Event { dedup_for, .. } => *dedup_for,
        Kind::Change { baseline: Baseline::Previous { .. }, .. } => rule.resolve_after,
        Kind::Threshold(_)
        | Kind::Ratio(_)
        | Kind::Absence { .. }
        | Kind::Fleet(_)
        | Kind::Composite { .. }
        | Kind::FirstSeen(_)
        | Kind::Outlier(_) => Duration::ZERO,
    }
}

/// What a tick says of a group of such a rule. `totals` are of the window.
pub(super) fn read(
    frame: &Frame<'_>,
    layout: &Layout,
    slot: &mut Slot,
    variant: &Variant,
    (totals, oddities): (&mut Totals, &mut Oddities),
) -> Reading {
    if !totals.any && slot.spoke > frame.from {
        return Reading::bare(Outcome::Skip);
    }
    if !totals.any && variant.settings.no_data != NoData::Zero {
        return Reading::bare(Outcome::NoData);
    }
    let current = match value(frame, slot, variant, totals, oddities) {
        Ok(value) => value,
        Err(outcome) => return Reading::bare(outcome),
    };
    match &frame.rule.kind {
        Kind::Change { baseline, min_current, freeze, .. } => {
            let reference = match baseline {
                Baseline::Previous { floor } => previous(frame, layout, slot, variant, (*floor, totals)),
                Baseline::HourOfWeek { min_history, floor } => {
                    hour_of_week(frame, slot, current, (*min_history, *floor), *freeze)
                }
            };
            change(current, reference.as_ref(), *min_current, &variant.settings)
        }
        Kind::Forecast { history, min_points, horizon, .. } => {
            forecast(frame, slot, variant, current, (*history, *min_points, *horizon))
        }
        Kind::Threshold(_)
        | Kind::Ratio(_)
        | Kind::Absence { .. }
        | Kind::Event { .. }
        | Kind::Fleet(_)
        | Kind::Composite { .. }
        | Kind::FirstSeen(_)
        | Kind::Outlier(_) => Reading::bare(Outcome::Skip),
    }
}

fn value(
    frame: &Frame<'_>,
    slot: &Slot,
    variant: &Variant,
    totals: &mut Totals,
    oddities: &mut Oddities,
) -> Result<f64, Outcome> {
    let owner = slot.group.account.map(|account| (frame.directory, account));
    reading::current(frame.rule, &variant.settings, variant.min_samples, totals, owner, oddities)
}

/// The window before; where it has no data, what is counted was 0.
fn previous(
    frame: &Frame<'_>,
    layout: &Layout,
    slot: &mut Slot,
    variant: &Variant,
    (floor, totals): (f64, &mut Totals),
) -> Option<Reference> {
    let before = layout.step(frame.from.minus(lookback(frame.rule)));
    let first = match slot.memory() {
        Some(Memory::First(first)) => *first,
        Some(Memory::Event(_) | Memory::Hours(_) | Memory::History(_)) | None => {
            let first = slot.ring.first_from(layout, before).map_or(frame.at, |step| layout.start(step));
            slot.remember(Memory::First(first));
            first
        }
    };
    slot.total(layout, Steps { from: before, to: frame.steps.from }, totals);
    let before = value(frame, slot, variant, totals, &mut Oddities::default()).ok();
    baseline::previous(before, first, frame.at, frame.rule.window, floor)
}

fn hour_of_week(
    frame: &Frame<'_>,
    slot: &mut Slot,
    current: f64,
    (min_history, floor): (Duration, f64),
    freeze: Duration,
) -> Option<Reference> {
    let frozen = baseline::is_frozen(slot.alert.as_ref().and_then(|alert| alert.firing_since()), frame.at, freeze);
    if !matches!(slot.memory(), Some(Memory::Hours(_))) {
        slot.remember(Memory::Hours(HourOfWeek::default()));
    }
    let Some(Memory::Hours(hours)) = slot.memory_mut() else { return None };
    let reference = hours.reference(frame.at, min_history, floor);
    if !frozen {
        let per_hour = 3_600_u64.checked_div(frame.rule.every.as_secs()).unwrap_or(3_600);
        hours.learn(frame.at, current, u32::try_from(per_hour).unwrap_or(u32::MAX));
    }
    reference
}

fn change(current: f64, reference: Option<&Reference>, min_current: Option<f64>, settings: &Settings) -> Reading {
    let Some(reference) = reference else { return Reading::bare(Outcome::Skip) };
    let holds = |condition: &Option<Condition>| {
        condition.as_ref().is_some_and(|condition| baseline::compare(current, reference, condition))
    };
    let recovered = [&settings.recover_critical, &settings.recover_warning]
        .into_iter()
        .flatten()
        .all(|condition| baseline::compare(current, reference, condition));
    let enough = min_current.is_none_or(|least| current >= least);
    let outcome = match (enough, holds(&settings.critical), holds(&settings.warning), recovered) {
        (false, _, _, _) => Outcome::Clear,
        (true, true, _, _) => Outcome::Critical,
        (true, false, true, _) => Outcome::Warning,
        (true, false, false, true) => Outcome::Clear,
        (true, false, false, false) => Outcome::Hold,
    };
    let shown = settings.critical.as_ref().or(settings.warning.as_ref());
    Reading { outcome, value: shown.and_then(|condition| baseline::compared(current, reference, condition)) }
}

fn forecast(
    frame: &Frame<'_>,
    slot: &mut Slot,
    variant: &Variant,
    current: f64,
    (history, min_points, horizon): (Duration, usize, Duration),
) -> Reading {
    if !matches!(slot.memory(), Some(Memory::History(_))) {
        slot.remember(Memory::History(History::default()));
    }
    let Some(Memory::History(points)) = slot.memory_mut() else { return Reading::bare(Outcome::Skip) };
    points.push(frame.at, current, frame.rule.every, history);
    points.trend(min_points).map_or(Reading::bare(Outcome::Skip), |trend| Reading {
        outcome: trend.judge(&variant.settings, horizon),
        value: Some(trend.projected(horizon)),
    })
}

/// When the last episode of an event began.
pub(super) fn last_event(slot: &Slot) -> Option<Timestamp> {
    match slot.memory() {
        Some(Memory::Event(at)) => Some(*at),
        Some(Memory::First(_) | Memory::Hours(_) | Memory::History(_)) | None => None,
    }
}
