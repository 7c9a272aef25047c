//! How values of the engine are written for the author of a test: in the words of the file.

use std::time::Duration;

use serde::Serialize;

use super::file::Want;
use crate::config::quantity::duration_text;
use crate::evaluator::Standing;
use crate::time::Timestamp;

/// The word by which a file calls it.
pub(super) fn word<T: Serialize>(value: T) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(Into::into)).unwrap_or_default()
}

/// `1 account`, `2 accounts`.
pub(super) fn counted(n: usize, noun: &str) -> String {
    let plural = if n == 1 { "" } else { "s" };
    format!("{n} {noun}{plural}")
}

/// A number to six digits, without zeros at its end.
pub(super) fn number(value: f64) -> String {
    if value == 0.0 {
        return "0".into();
    }
    if !value.is_finite() || (1e-3..1e15).contains(&value.abs()) {
        let text = format!("{value:.6}");
        return text.trim_end_matches('0').trim_end_matches('.').into();
    }
    format!("{value:e}")
}

/// What is expected of an alert.
pub(super) fn want_text(want: &Want) -> String {
    let parts = [
        want.state.map(|state| format!("state {}", word(state))),
        want.level.map(|level| format!("level {}", word(level))),
        want.pending.map(|level| format!("pending {}", word(level))),
        want.outcome.map(|outcome| format!("outcome {}", word(outcome))),
        want.value.map(|value| format!("value {}", number(value))),
        want.threshold.map(|value| format!("threshold {}", number(value))),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// How an alert stands.
pub(super) fn standing_text(standing: Option<&Standing>, start: Timestamp) -> String {
    let Some(it) = standing else { return "no such alert: inactive, and without data".into() };
    let since = |name: &str, at: Option<Timestamp>| at.map(|at| format!("{name} {}", offset(at, start)));
    let parts = [
        Some(format!("state {}", word(it.state))),
        it.level.map(|level| format!("level {}", word(level))),
        it.pending.map(|level| format!("pending {}", word(level))),
        Some(format!("outcome {}", word(it.outcome))),
        it.value.map(|value| format!("value {}", number(value))),
        it.threshold.map(|value| format!("threshold {}", number(value))),
        since("recovering since", it.recovering_since),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// A moment as the test counts: `5m`, or `-1h` for before its start.
pub(super) fn offset(at: Timestamp, start: Timestamp) -> String {
    let before = start.since(at);
    if before > Duration::ZERO { format!("-{}", duration_text(before)) } else { duration_text(at.since(start)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_to_six_digits() {
        let texts = [-0.0, 25.0, 0.06, 1.0 / 3.0, -2.5, 1e20, 0.0001].map(number);
        assert_eq!(texts, ["0", "25", "0.06", "0.333333", "-2.5", "1e20", "1e-4"]);
    }

    #[test]
    fn words_are_those_of_the_file() {
        assert_eq!(word(crate::evaluator::Outcome::NoData), "no_data");
        assert_eq!(word(crate::incident::Kind::Fleet), "fleet");
    }
}
