//! Thresholds as people write them: `>= 50`, `> 10%`, `> 2s`, `> +200%`, `> 5 mad`, `>= 100% within 24h`.

use super::unit::Measured;
use super::{Comparison, Condition, Unit};
use crate::config::problem::quoted;
use crate::config::quantity;
use crate::predicate::Fault;

/// What a bound is compared with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum What {
    /// The value.
    Value(Measured),
    /// The value by its baseline.
    Change,
    /// What the value will be.
    Forecast(Measured),
}

const TIMES: [(&str, f64); 6] = [("us", 1e-6), ("ms", 1e-3), ("s", 1.0), ("m", 60.0), ("h", 3_600.0), ("d", 86_400.0)];

const SIZES: [(&str, f64); 9] = [
    ("B", 1.0),
    ("kB", 1e3),
    ("MB", 1e6),
    ("GB", 1e9),
    ("TB", 1e12),
    ("KiB", 1_024.0),
    ("MiB", 1_048_576.0),
    ("GiB", 1_073_741_824.0),
    ("TiB", 1_099_511_627_776.0),
];

/// Parses a comparison with a bound.
///
/// # Errors
/// With what is wrong and where.
pub fn parse(text: &str, what: What) -> Result<Condition, Fault> {
    let trimmed = text.trim();
    let start = text.chars().take_while(|c| c.is_whitespace()).count();
    let fault = |at: usize, len: usize, message: String| Fault { at: start + at, len: len.max(1), message };
    let (comparison, rest) = comparison(trimmed).ok_or_else(|| {
        fault(
            0,
            trimmed.chars().count(),
            format!("{} is no threshold: begin with a comparison, such as \">= 50\"", quoted(text)),
        )
    })?;
    let at = trimmed.chars().count() - rest.chars().count();
    let (bound, within) = match rest.split_once(" within ") {
        Some((bound, within)) => (bound.trim_end(), Some(within.trim())),
        None => (rest, None),
    };
    let within = within
        .map(|within| self::within(within, what))
        .transpose()
        .map_err(|message| fault(0, trimmed.chars().count(), message))?;
    let (bound, unit, deviations) =
        self::bound(bound, what).map_err(|message| fault(at, rest.chars().count(), message))?;
    Ok(Condition { comparison, bound, unit, deviations, within, text: trimmed.into() })
}

fn comparison(text: &str) -> Option<(Comparison, &str)> {
    const COMPARISONS: [(&str, Comparison); 6] = [
        (">=", Comparison::AtLeast),
        ("<=", Comparison::AtMost),
        ("==", Comparison::Equal),
        ("!=", Comparison::NotEqual),
        (">", Comparison::Above),
        ("<", Comparison::Below),
    ];
    COMPARISONS.iter().find_map(|(sign, comparison)| Some((*comparison, text.strip_prefix(sign)?.trim_start())))
}

fn within(text: &str, what: What) -> Result<std::time::Duration, String> {
    match what {
        What::Forecast(_) => quantity::duration(text).map_err(|error| format!("within: {} {error}", quoted(text))),
        What::Value(_) | What::Change => Err("\"within\" is for kind forecast".into()),
    }
}

/// Bound, unit for people, and whether it counts deviations.
fn bound(text: &str, what: What) -> Result<(f64, Unit, bool), String> {
    let digits = text.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '+' | '-' | '_'))).unwrap_or(text.len());
    // `1e6`: the letter belongs to the number where digits follow it.
    let exponent = text[digits..].strip_prefix(['e', 'E']).map(|rest| {
        let signed = rest.strip_prefix(['+', '-']).unwrap_or(rest);
        let count = signed.bytes().take_while(u8::is_ascii_digit).count();
        if count == 0 { 0 } else { 1 + (rest.len() - signed.len()) + count }
    });
    let (number, unit) = text.split_at(digits + exponent.unwrap_or(0));
    let value = number.replace('_', "").parse::<f64>().ok().filter(|value| value.is_finite());
    let value =
        value.ok_or_else(|| format!("{} is no number with a unit, such as 50, 10%, 2s or 1GiB", quoted(text)))?;
    match what {
        What::Change => change(value, number, unit.trim(), text),
        What::Value(measured) | What::Forecast(measured) => {
            plain(value, unit.trim(), measured, text).map(|(bound, unit)| (bound, unit, false))
        }
    }
}

fn change(value: f64, number: &str, unit: &str, text: &str) -> Result<(f64, Unit, bool), String> {
    match unit {
        "x" => Ok((value, Unit::Factor, false)),
        "mad" => Ok((value, Unit::Number, true)),
        "%" if number.starts_with(['+', '-']) => Ok((1.0 + value / 100.0, Unit::Factor, false)),
        "%" => Err(format!("{} needs a sign: \"+{number}%\" is that much more than the baseline", quoted(text))),
        "" => Err(format!("{} has no unit, did you mean \"{number}x\"?", quoted(text))),
        _ => Err(format!(
            "{}: a change is compared with a factor (3x), a growth (+200%) or deviations (5 mad)",
            quoted(text)
        )),
    }
}

fn plain(value: f64, unit: &str, measured: Measured, text: &str) -> Result<(f64, Unit), String> {
    let named = |units: &[(&str, f64)]| units.iter().find(|(name, _)| *name == unit).map(|(_, scale)| *scale);
    if unit.is_empty() {
        return Ok((value, natural(measured)));
    }
    if unit == "%" {
        return match measured {
            Measured::PercentPoints => Ok((value, Unit::Number)),
            Measured::Any | Measured::Unknown | Measured::Plain => Ok((value / 100.0, Unit::Percent)),
            Measured::Time(_) | Measured::Bytes => {
                Err(format!("{} is a share, but the value is {}", quoted(text), called(measured)))
            }
        };
    }
    if let Some(seconds) = named(&TIMES) {
        return match measured {
            Measured::Time(scale) => Ok((exact(value, seconds, scale), natural(measured))),
            Measured::Any => Ok((value * seconds, Unit::Seconds)),
            Measured::Unknown => Err(format!(
                "{} is a time, but the unit of the value is not known: write a bare number in its own unit",
                quoted(text)
            )),
            Measured::Plain | Measured::PercentPoints | Measured::Bytes => {
                Err(format!("{} is a time, but the value is {}", quoted(text), called(measured)))
            }
        };
    }
    if let Some(bytes) = named(&SIZES) {
        return match measured {
            Measured::Bytes | Measured::Any | Measured::Unknown => Ok((value * bytes, Unit::Bytes)),
            Measured::Plain | Measured::Time(_) | Measured::PercentPoints => {
                Err(format!("{} is a size, but the value is {}", quoted(text), called(measured)))
            }
        };
    }
    Err(match unit {
        "x" | "mad" => format!("{}: {unit:?} is for kind change", quoted(text)),
        _ => format!(
            "{} has the unknown unit {unit:?}: use %, us, ms, s, m, h, d, B, kB, MB, GB, KiB, MiB or GiB",
            quoted(text)
        ),
    })
}

/// The bound in the value's own unit; a division where the scale is small, because 2 / 0.001 is 2000 and 2 * 1000.0000001 is not.
fn exact(value: f64, seconds: f64, scale: f64) -> f64 {
    if scale >= 1.0 { value * seconds / scale } else { value * seconds * (1.0 / scale).round() }
}

fn natural(measured: Measured) -> Unit {
    match measured {
        Measured::Time(1.0) => Unit::Seconds,
        Measured::Time(1e-3) => Unit::Milliseconds,
        Measured::Bytes => Unit::Bytes,
        Measured::Any | Measured::Unknown | Measured::Plain | Measured::Time(_) | Measured::PercentPoints => {
            Unit::Number
        }
    }
}

const fn called(measured: Measured) -> &'static str {
    match measured {
        Measured::Any | Measured::Unknown => "of an unknown unit",
        Measured::Plain => "a number without a unit",
        Measured::Time(_) => "a time",
        Measured::PercentPoints => "a percentage",
        Measured::Bytes => "a size",
    }
}

impl Condition {
    /// Whether some value satisfies both.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.points(other).iter().any(|value| self.holds(*value) && other.holds(*value))
    }

    /// Whether every value that satisfies this satisfies the other.
    #[must_use]
    pub fn lies_within(&self, other: &Self) -> bool {
        self.points(other).iter().all(|value| !self.holds(*value) || other.holds(*value))
    }

    /// One value of each part into which the two bounds divide all values.
    fn points(&self, other: &Self) -> [f64; 5] {
        let (low, high) = (self.bound.min(other.bound), self.bound.max(other.bound));
        let beyond = low.abs().max(high.abs()) + 1.0;
        [-2.0 * beyond, low, low + (high - low) / 2.0, high, 2.0 * beyond]
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    const PLAIN: What = What::Value(Measured::Plain);
    const MILLIS: What = What::Value(Measured::Time(1e-3));

    #[track_caller]
    fn read(text: &str, what: What) -> (Comparison, f64, Unit) {
        let condition = parse(text, what).unwrap_or_else(|fault| panic!("{}", fault.message));
        (condition.comparison, condition.bound, condition.unit)
    }

    #[test]
    fn bounds_have_units() {
        use Comparison::{Above, AtLeast, AtMost, Below};
        assert_eq!(read(">= 50", PLAIN), (AtLeast, 50.0, Unit::Number));
        assert_eq!(read("> 10%", PLAIN), (Above, 0.1, Unit::Percent));
        assert_eq!(read("<1.5", PLAIN), (Below, 1.5, Unit::Number));
        assert_eq!(read("> 1e6", PLAIN), (Above, 1e6, Unit::Number));
        assert_eq!(read("<= -3", PLAIN), (AtMost, -3.0, Unit::Number));
        assert_eq!(read("> 1GiB", What::Value(Measured::Unknown)), (Above, 1_073_741_824.0, Unit::Bytes));
        assert_eq!(read("> 80%", What::Value(Measured::PercentPoints)), (Above, 80.0, Unit::Number));
    }

    #[test]
    fn times_are_converted_to_the_unit_of_the_value() {
        use Comparison::Above;
        assert_eq!(read("> 2s", MILLIS), (Above, 2_000.0, Unit::Milliseconds));
        assert_eq!(read("> 250ms", MILLIS), (Above, 250.0, Unit::Milliseconds));
        assert_eq!(read("> 1.5m", What::Value(Measured::Time(1.0))), (Above, 90.0, Unit::Seconds));
        assert_eq!(read("> 3000", MILLIS), (Above, 3_000.0, Unit::Milliseconds));
        assert_eq!(read("> 14d", What::Value(Measured::Time(86_400.0))), (Above, 14.0, Unit::Number));
        assert_eq!(
            parse("> 2s", What::Value(Measured::Unknown)).unwrap_err(),
            Fault {
                at: 2,
                len: 2,
                message:
                    "\"2s\" is a time, but the unit of the value is not known: write a bare number in its own unit"
                        .into()
            }
        );
    }

    #[test]
    fn a_change_is_a_factor_a_growth_or_deviations() {
        use Comparison::{Above, Below};
        assert_eq!(read("> 6x", What::Change), (Above, 6.0, Unit::Factor));
        assert_eq!(read("> +200%", What::Change), (Above, 3.0, Unit::Factor));
        assert_eq!(read("< -50%", What::Change), (Below, 0.5, Unit::Factor));
        assert_eq!(read("< 0.2x", What::Change), (Below, 0.2, Unit::Factor));
        assert!(parse("> 5 mad", What::Change).unwrap().deviations);
    }

    #[test]
    fn a_forecast_may_say_within_which_time() {
        let condition = parse(">= 100% within 24h", What::Forecast(Measured::Plain)).unwrap();
        assert_eq!((condition.bound, condition.within), (1.0, Some(Duration::from_secs(86_400))));
        assert_eq!(&*condition.text, ">= 100% within 24h");
    }

    #[test]
    fn what_is_no_threshold_says_why() {
        let told = |text: &str, what: What| parse(text, what).unwrap_err().message;
        assert_eq!(told("50", PLAIN), "\"50\" is no threshold: begin with a comparison, such as \">= 50\"");
        assert_eq!(told("> many", PLAIN), "\"many\" is no number with a unit, such as 50, 10%, 2s or 1GiB");
        assert_eq!(told("> 5 mad", PLAIN), "\"5 mad\": \"mad\" is for kind change");
        assert_eq!(told("> 6", What::Change), "\"6\" has no unit, did you mean \"6x\"?");
        assert_eq!(told("> 50%", What::Change), "\"50%\" needs a sign: \"+50%\" is that much more than the baseline");
        assert_eq!(told("> 5 within 1h", PLAIN), "\"within\" is for kind forecast");
        assert_eq!(told("> 5s", PLAIN), "\"5s\" is a time, but the value is a number without a unit");
        assert_eq!(
            told("> 5 parsecs", PLAIN),
            "\"5 parsecs\" has the unknown unit \"parsecs\": use %, us, ms, s, m, h, d, B, kB, MB, GB, KiB, MiB or GiB"
        );
    }

    #[test]
    fn sides_of_bounds_are_compared() {
        let of = |text: &str| parse(text, PLAIN).unwrap();
        assert!(!of(">= 50").overlaps(&of("< 50")));
        assert!(of(">= 50").overlaps(&of("<= 50")));
        assert!(of("> 50").overlaps(&of("< 60")));
        assert!(!of("< 7").overlaps(&of(">= 21")));
        assert!(of(">= 50").lies_within(&of(">= 20")));
        assert!(!of(">= 10").lies_within(&of(">= 20")));
        assert!(of("< 7").lies_within(&of("< 21")));
        assert!(!of("== 1").overlaps(&of("!= 1")));
        assert!(of("== 1").lies_within(&of("> 0")));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "([<>=!]{0,2} ?[-+0-9.e_]{0,6} ?([a-zA-Z%]{0,3})( within [0-9a-z]*)?|\\PC*)") {
            for what in [PLAIN, MILLIS, What::Change, What::Forecast(Measured::Unknown)] {
                if let Ok(condition) = parse(&text, what) {
                    prop_assert!(condition.bound.is_finite());
                }
            }
        }
    }
}
