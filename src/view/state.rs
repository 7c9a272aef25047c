//! `FleetState`: one character for each account, or what changed.

use super::cells::{firing_char, fresh_char, mark_char, state_char};
use super::{Past, View};
use crate::api::fleet::{FleetState, Mark, State};

/// A figure of all accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// Bytes a second.
    Volume,
    /// Log records and metric data a second.
    Events,
    /// Share of log records at error or above.
    Errors,
    /// The highest share of a quota that is used.
    Quota,
    /// Share of the fleet's bytes of a day.
    Cost,
}

impl Metric {
    /// The figure of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "volume" => Some(Self::Volume),
            "events" => Some(Self::Events),
            "errors" => Some(Self::Errors),
            "quota" => Some(Self::Quota),
            "cost" => Some(Self::Cost),
            _ => None,
        }
    }
}

impl View {
    /// All accounts; where `since` is of the same accounts and neither a rule nor a figure is asked for, only what changed. With a rule,
    /// states and counts are of its alerts alone.
    #[must_use]
    pub fn fleet_state(&self, since: Option<&Past>, rule: Option<&str>, metric: Option<Metric>) -> FleetState {
        let blank = FleetState {
            v: self.v,
            directory: self.base.version().to_owned(),
            at: self.at.millis(),
            ..FleetState::default()
        };
        let same = |since: &&Past| since.base.version() == self.base.version() && since.v <= self.v;
        if let (Some(since), None, None) = (since.filter(same), rule, metric) {
            return FleetState { d: Some(self.cells.since(&since.cells)), ..blank };
        }
        let cells = rule.map(|rule| self.cells_of(rule));
        let cells = cells.as_ref().unwrap_or(&self.cells);
        FleetState {
            state: Some(cells.state.iter().map(|state| state_char(*state)).collect()),
            fresh: Some(cells.fresh.iter().map(|fresh| fresh_char(*fresh)).collect()),
            mark: Some(cells.mark.iter().map(|mark| mark_char(*mark)).collect()),
            firing: Some(cells.firing.iter().map(|firing| firing_char(*firing)).collect()),
            metric: metric.map(|metric| self.metric(metric)),
            ..blank
        }
    }

    /// The cells as they would be with the alerts of one rule alone. Silenced ones keep their state, since one asks for them.
    fn cells_of(&self, rule: &str) -> super::cells::Cells {
        let mut cells = super::cells::Cells::new(self.base.len());
        cells.fresh.clone_from(&self.cells.fresh);
        let of_rule = self.alerts.iter().filter(|item| item.shown.alert.rule == rule || item.shown.alert.name == rule);
        for item in of_rule {
            let Some(place) = item.place else { continue };
            match item.shown.mark() {
                Mark::None => cells.loud(place, item.shown.alert.state),
                mark @ (Mark::Silenced | Mark::Acked) => {
                    cells.quiet(place, item.shown.alert.state, mark);
                    let state: &mut State = &mut cells.state[place as usize];
                    *state = item.shown.alert.state.max(*state);
                }
            }
        }
        cells
    }

    fn metric(&self, metric: Metric) -> Vec<Option<f64>> {
        let heard = |figure: fn(&super::Figures) -> f64| {
            let of = |figures: &super::Figures| figures.seen.is_some().then(|| rounded(figure(figures)));
            self.figures.iter().map(of).collect()
        };
        match metric {
            Metric::Volume => heard(|figures| figures.rates.bytes),
            Metric::Events => heard(|figures| figures.rates.events),
            Metric::Errors => self.figures.iter().map(|figures| figures.rates.error_share.map(rounded)).collect(),
            Metric::Quota => {
                self.quotas.highest(&self.rules, &self.base).into_iter().map(|of| of.map(rounded)).collect()
            }
            Metric::Cost => {
                let all = self.bytes_day().max(1) as f64;
                self.figures
                    .iter()
                    .map(|figures| figures.seen.map(|_| rounded(figures.bytes_day as f64 / all)))
                    .collect()
            }
        }
    }

    /// Bytes of a day of all accounts.
    #[must_use]
    pub fn bytes_day(&self) -> u64 {
        self.figures.iter().map(|figures| figures.bytes_day).sum()
    }
}

/// Five digits that matter: a colour needs no more, and 6,000 of them travel.
fn rounded(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return 0.0;
    }
    let scale = 10_f64.powi(4 - exponent(value));
    (value * scale).round() / scale
}

fn exponent(value: f64) -> i32 {
    #[expect(clippy::cast_possible_truncation, reason = "logarithms of finite numbers are small")]
    let exponent = value.abs().log10().floor() as i32;
    exponent
}
