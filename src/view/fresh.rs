//! How fresh the data of an account is. What is late or blind is never live: an account of which nothing came while the pipeline
//! is behind is late and not silent, for its records may be on their way.

use std::time::Duration;

use super::Figures;
use crate::api::fleet::Freshness;
use crate::tenant::State;
use crate::time::Timestamp;

/// An account is silent after so many times its usual silence, where that is longer than the minute by which it is known.
const SILENT_GAPS: u32 = 4;
const USUAL_GAP_MIN: Duration = Duration::from_mins(1);

/// But after a day in any case.
const SILENT_AFTER_MAX: Duration = Duration::from_secs(86_400);

/// The pipeline is late when it is behind by more.
pub const BEHIND_MAX: Duration = Duration::from_secs(60);

/// An account is late when the latest that it wrote was older when it came.
pub const DELAY_MAX: Duration = Duration::from_secs(300);

/// How far everything has been seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// Now.
    pub now: Timestamp,
    /// How far the rules have looked.
    pub reached: Timestamp,
    /// Something makes the picture wrong, as when no rule is evaluated any more.
    pub blind: bool,
    /// Without anything for so long an account is silent, unless it is usually silent for longer.
    pub silent_after: Duration,
}

/// How fresh the data of an account is; `state` is that of the directory, `None` where it does not know the account.
#[must_use]
pub fn freshness(state: Option<State>, figures: &Figures, clock: Clock) -> Freshness {
    match state {
        Some(State::Suspended | State::PendingClosure | State::Closed) => return Freshness::Suspended,
        Some(State::Active | State::PendingActivation) | None => {}
    }
    let Some(seen) = figures.seen else { return Freshness::New };
    let is_behind = clock.now.since(clock.reached) > BEHIND_MAX;
    // What arrived until then was seen, so silence up to then is silence.
    let until = if is_behind { clock.reached } else { clock.now };
    if until.since(seen) > silent_after(figures, clock.silent_after) {
        return Freshness::Silent;
    }
    let is_late = figures.written.is_some_and(|written| seen.since(written) > DELAY_MAX);
    if is_behind || is_late || clock.blind { Freshness::Late } else { Freshness::Live }
}

/// After how long an account counts as silent.
fn silent_after(figures: &Figures, least: Duration) -> Duration {
    let usual = figures.usual_gap.filter(|gap| *gap > USUAL_GAP_MIN).unwrap_or_default().saturating_mul(SILENT_GAPS);
    usual.min(SILENT_AFTER_MAX).max(least)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);
    const SILENT_AFTER: Duration = Duration::from_mins(15);

    fn ago(seconds: u64) -> Option<Timestamp> {
        Some(NOW.minus(Duration::from_secs(seconds)))
    }

    fn check(state: Option<State>, figures: Figures, behind: u64, expected: Freshness) {
        let clock = Clock {
            now: NOW,
            reached: NOW.minus(Duration::from_secs(behind)),
            blind: false,
            silent_after: SILENT_AFTER,
        };
        assert_eq!(freshness(state, &figures, clock), expected);
    }

    #[test]
    fn who_spoke_lately_is_live_and_who_did_not_is_silent() {
        let seen = |seconds| Figures { seen: ago(seconds), ..Figures::default() };
        check(Some(State::Active), seen(10), 1, Freshness::Live);
        check(Some(State::Active), seen(901), 1, Freshness::Silent);
        check(None, seen(10), 1, Freshness::Live);
        check(Some(State::Active), Figures::default(), 1, Freshness::New);
        check(Some(State::Closed), seen(10), 1, Freshness::Suspended);
    }

    #[test]
    fn who_speaks_every_minute_is_silent_as_soon_as_it_is_set() {
        let clock = Clock { now: NOW, reached: NOW, blind: false, silent_after: Duration::from_mins(1) };
        let figures = |seen| Figures { seen: ago(seen), usual_gap: Some(USUAL_GAP_MIN), ..Figures::default() };
        let of = |seen| freshness(Some(State::Active), &figures(seen), clock);
        assert_eq!((of(59), of(61)), (Freshness::Live, Freshness::Silent));
    }

    #[test]
    fn who_is_usually_silent_for_an_hour_may_be() {
        let usual_gap = Some(Duration::from_secs(3_600));
        let seen = |seconds| Figures { seen: ago(seconds), usual_gap, ..Figures::default() };
        check(Some(State::Active), seen(3 * 3_600), 1, Freshness::Live);
        check(Some(State::Active), seen(5 * 3_600), 1, Freshness::Silent);
    }

    #[test]
    fn while_the_pipeline_is_behind_nobody_is_live_and_nobody_falls_silent() {
        let seen = |seconds| Figures { seen: ago(seconds), ..Figures::default() };
        check(Some(State::Active), seen(1), 61, Freshness::Late);
        check(Some(State::Active), seen(1_200), 1_100, Freshness::Late);
        check(Some(State::Active), seen(3_000), 1_100, Freshness::Silent);
    }

    #[test]
    fn what_was_old_when_it_came_is_late() {
        let figures = |written| Figures { seen: ago(5), written: ago(written), ..Figures::default() };
        check(Some(State::Active), figures(200), 1, Freshness::Live);
        check(Some(State::Active), figures(400), 1, Freshness::Late);
    }

    #[test]
    fn what_cannot_be_judged_is_not_live() {
        let clock = Clock { now: NOW, reached: NOW, blind: true, silent_after: SILENT_AFTER };
        assert_eq!(
            freshness(Some(State::Active), &Figures { seen: ago(1), ..Figures::default() }, clock),
            Freshness::Late
        );
    }
}
