//! The state machine of one alert: what a tick says, by thresholds, timers and the ticks before, makes of its state.
//!
//! Each level has its own timer, which runs from the first tick at or above that level. Ticks that say nothing stop the
//! timers; they do not reset them.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Outcome, Reason, Standing, State};
use crate::rule::{Hold, Level, NoData, Notify, Settings};
use crate::time::Timestamp;
use compact::{Moment, Number};
use datapoints::Datapoints;
use reading::{Evidence, Reading};
pub use reading::{at_level, judge};

pub(super) mod compact;
pub mod datapoints;
mod reading;
#[cfg(test)]
mod tests;

/// What a tick says, with the value it says it of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// What the tick says. `NoData` is mapped by the settings; those who know what zero means map `zero` before.
    pub outcome: Outcome,
    /// The value; `None` where there is none.
    pub value: Option<f64>,
}

/// An alert changed its state, or its level while it fires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// State before.
    pub from: State,
    /// State now. From `Firing` to `Firing` only the level changed. From `Recovering` to `Firing` nobody is told, unless `level` is
    /// above `level_before`.
    pub to: State,
    /// The level now: of a pending alert the highest that breaches, of one that ended the one it had last.
    pub level: Level,
    /// The level before, where it fired before.
    pub level_before: Option<Level>,
    /// Since when it breaches: the start of what became this episode.
    pub since: Timestamp,
    /// The episode it belongs to, from 1; of a pending alert, the one it may become.
    pub episode: u32,
    /// Number of the change in the episode, from 1. Episode and number together are unique for an alert.
    pub number: u32,
    /// Why.
    pub reason: Reason,
}

/// State of one alert.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    state: State,
    level: Option<Level>,
    outcome: Option<Outcome>,
    /// Breach at warning or above; while it fires, the start of the episode.
    active_warning: Moment,
    active_critical: Moment,
    firing_since: Moment,
    recovering_since: Moment,
    last_data: Moment,
    /// The last value there was.
    value: Number,
    /// How often it fired.
    episode: u32,
    /// Changes since the last episode ended.
    number: u32,
    datapoints: Datapoints,
}

impl Alert {
    /// Takes the tick at `at` into account. Ticks must come in order, and none may be left out while the alert is not idle
    /// (`is_idle`). At most one change comes of it.
    ///
    /// `every` is the step between ticks, by which timers wait when a tick says nothing. Without data for `resolve_after` an alert
    /// ends, where no data means that nothing changes.
    pub fn step(
        &mut self,
        at: Timestamp,
        step: &Step,
        settings: &Settings,
        every: Duration,
        resolve_after: Duration,
    ) -> Option<Change> {
        let reading = self.read(at, step, settings, resolve_after);
        self.outcome = Some(step.outcome);
        match reading {
            Reading::OutOfScope => {
                self.datapoints = Datapoints::default();
                self.end(Reason::OutOfScope)
            }
            Reading::Wait => {
                self.wait(every);
                None
            }
            Reading::Expired => self.end(Reason::NoData),
            Reading::Known(evidence) => match self.state {
                State::Inactive | State::Pending => self.quiet(at, &evidence),
                State::Firing | State::Recovering => self.loud(at, &evidence, settings.keep_firing_for),
            },
        }
    }

    /// The tick of an alert on the lack of data itself (`no_data: {alert: level, after: d}`), which is an alert of its own. `outcome` is
    /// what the tick says of the rule: no data breaches, anything that needs data is clear.
    pub fn step_no_data(
        &mut self,
        at: Timestamp,
        outcome: Outcome,
        level: Level,
        after: Duration,
        every: Duration,
    ) -> Option<Change> {
        let settings = Settings { hold: Hold::For(after), ..bare_settings() };
        let outcome = match outcome {
            Outcome::NoData => at_level(level),
            Outcome::MutedScope | Outcome::Warming => outcome,
            Outcome::Skip | Outcome::Critical | Outcome::Warning | Outcome::Clear | Outcome::Hold => Outcome::Clear,
        };
        let change = self.step(at, &Step { outcome, value: None }, &settings, every, Duration::MAX)?;
        let ended = change.to == State::Inactive;
        Some(if ended { change } else { Change { reason: Reason::NoData, ..change } })
    }

    /// Ends the alert for a reason that no tick gives: its rule was removed or changed, or its group is gone.
    pub fn end(&mut self, reason: Reason) -> Option<Change> {
        if self.state == State::Inactive {
            self.active_warning = Moment::NONE;
            self.active_critical = Moment::NONE;
            return None;
        }
        let change = self.change(State::Inactive, self.level_now(), reason);
        self.level = None;
        self.active_warning = Moment::NONE;
        self.active_critical = Moment::NONE;
        self.firing_since = Moment::NONE;
        self.recovering_since = Moment::NONE;
        if matches!(change.from, State::Firing | State::Recovering) {
            self.number = 0;
        }
        Some(change)
    }

    /// How it stands. The threshold is that of the level that counts; the lines are the caller's to add.
    #[must_use]
    pub fn standing(&self, settings: &Settings) -> Standing {
        let level = (self.state != State::Inactive).then(|| self.level_now());
        let outcome = self.outcome.unwrap_or(Outcome::Warming);
        let known = matches!(outcome, Outcome::Critical | Outcome::Warning | Outcome::Clear | Outcome::Hold);
        Standing {
            outcome,
            state: self.state,
            level,
            pending: self.climbing(),
            value: if known { self.value.get() } else { None },
            threshold: threshold(settings, level),
            active_warning: self.active_warning.get(),
            active_critical: self.active_critical.get(),
            firing_since: self.firing_since.get(),
            recovering_since: self.recovering_since.get(),
            episode: self.episode,
            lines: Vec::new(),
        }
    }

    /// Whether nothing runs: it is inactive, and no datapoint that may still count breached. A clear tick would change nothing but
    /// the last value.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.state == State::Inactive && !self.datapoints.any()
    }

    /// Whether it can be forgotten: it is idle, and has never fired. One that has fired must be kept, or its episodes would begin again.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.is_idle() && self.episode == 0 && self.number == 0
    }

    /// Its state.
    #[must_use]
    pub fn state(&self) -> State {
        self.state
    }

    /// The level it fires with.
    #[must_use]
    pub fn level(&self) -> Option<Level> {
        self.level
    }

    /// What the last tick said; `None` before the first.
    #[must_use]
    pub fn outcome(&self) -> Option<Outcome> {
        self.outcome
    }

    /// Since when it fires, recovering included.
    #[must_use]
    pub fn firing_since(&self) -> Option<Timestamp> {
        self.firing_since.get()
    }

    /// Since when it recovers.
    #[must_use]
    pub fn recovering_since(&self) -> Option<Timestamp> {
        self.recovering_since.get()
    }

    /// The last tick that had data.
    #[must_use]
    pub fn last_data(&self) -> Option<Timestamp> {
        self.last_data.get()
    }

    /// The last value there was, however long ago.
    #[must_use]
    pub fn last_value(&self) -> Option<f64> {
        self.value.get()
    }

    /// How often it has fired.
    #[must_use]
    pub fn episode(&self) -> u32 {
        self.episode
    }

    /// Timers wait for a tick that says something. The start of an episode that is told of stays.
    fn wait(&mut self, every: Duration) {
        match self.state {
            State::Inactive => {}
            State::Pending => {
                self.active_warning = self.active_warning.later(every);
                self.active_critical = self.active_critical.later(every);
            }
            State::Firing | State::Recovering => {
                self.active_critical = self.active_critical.later(every);
                self.recovering_since = self.recovering_since.later(every);
            }
        }
    }

    /// What is known makes an alert fire, or not, that does not yet.
    fn quiet(&mut self, at: Timestamp, evidence: &Evidence) -> Option<Change> {
        if let Some(level) = evidence.held {
            self.firing_since = Moment::at(at);
            self.active_warning = self.active_warning.or(at);
            self.episode = self.episode.saturating_add(1);
            return Some(self.change(State::Firing, level, evidence.reason));
        }
        match evidence.breaching {
            Some(_) if self.state == State::Pending => None,
            Some(level) if evidence.now => Some(self.change(State::Pending, level, evidence.reason)),
            Some(_) | None => self.end(evidence.reason),
        }
    }

    /// What is known of an alert that fires or recovers.
    fn loud(&mut self, at: Timestamp, evidence: &Evidence, keep_firing_for: Duration) -> Option<Change> {
        if evidence.clear {
            return self.recover(at, keep_firing_for, evidence.reason);
        }
        self.recovering_since = Moment::NONE;
        let level_before = self.level_now();
        let level = match (level_before, evidence.held) {
            (Level::Warning, Some(Level::Critical)) => Level::Critical,
            (Level::Critical, _) if evidence.eased => Level::Warning,
            (level, _) => level,
        };
        if self.state == State::Firing && level == level_before {
            return None;
        }
        Some(self.change(State::Firing, level, evidence.reason))
    }

    fn recover(&mut self, at: Timestamp, keep_firing_for: Duration, reason: Reason) -> Option<Change> {
        self.recovering_since = self.recovering_since.or(at);
        if self.recovering_since.lasted(at, keep_firing_for) {
            return self.end(reason);
        }
        (self.state == State::Firing).then(|| self.change(State::Recovering, self.level_now(), reason))
    }

    /// Moves on and says so.
    fn change(&mut self, to: State, level: Level, reason: Reason) -> Change {
        let from = self.state;
        let fired = matches!(from, State::Firing | State::Recovering) || to == State::Firing;
        let level_before = if matches!(from, State::Firing | State::Recovering) { self.level } else { None };
        self.number = self.number.saturating_add(1);
        self.state = to;
        if matches!(to, State::Firing | State::Recovering) {
            self.level = Some(level);
        }
        Change {
            from,
            to,
            level,
            level_before,
            since: self.active_warning.get().unwrap_or_default(),
            episode: if fired { self.episode } else { self.episode.saturating_add(1) },
            number: self.number,
            reason,
        }
    }

    /// The level it fires with, else the highest that breaches.
    fn level_now(&self) -> Level {
        let breaching = if self.active_critical.is_some() { Level::Critical } else { Level::Warning };
        self.level.unwrap_or(breaching)
    }

    /// The level above the one it fires with, where that breaches as well.
    fn climbing(&self) -> Option<Level> {
        (self.level == Some(Level::Warning) && self.active_critical.is_some()).then_some(Level::Critical)
    }
}

/// The bound of a level; of none, the first that would be met.
fn threshold(settings: &Settings, level: Option<Level>) -> Option<f64> {
    let condition = match level {
        Some(Level::Critical) => settings.critical.as_ref(),
        Some(Level::Warning) => settings.warning.as_ref(),
        None => settings.warning.as_ref().or(settings.critical.as_ref()),
    };
    condition.map(|condition| condition.bound)
}

/// Settings without thresholds: fires at once, and resolves at once.
fn bare_settings() -> Settings {
    Settings {
        enabled: true,
        critical: None,
        warning: None,
        recover_critical: None,
        recover_warning: None,
        hold: Hold::For(Duration::ZERO),
        keep_firing_for: Duration::ZERO,
        no_data: NoData::Keep,
        min_total: 0.0,
        timeout: Duration::ZERO,
        notify: Notify::default(),
    }
}
