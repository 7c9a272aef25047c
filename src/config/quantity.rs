//! Durations and sizes as people write them: `90s`, `1h30m`, `256MiB`. A bare number is refused, for nobody knows its unit.

use std::time::Duration;

const DURATION_UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];
const SIZE_UNITS: [(&str, u64); 7] = [
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("kB", 1_000),
    ("B", 1),
];

/// Why a text is no duration or size.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A number alone.
    #[error("has no unit, did you mean \"{suggestion}\"?")]
    NoUnit {
        /// The same number with the unit that is likeliest.
        suggestion: String,
    },
    /// Letters that are no unit.
    #[error("has the unknown unit {given:?}: use one of {units}")]
    UnknownUnit {
        /// The letters.
        given: String,
        /// All units.
        units: String,
    },
    /// Not number and unit at all.
    #[error("is no {wanted}: write a whole number and a unit, such as {example}")]
    Malformed {
        /// `duration` or `size`.
        wanted: &'static str,
        /// One that is right.
        example: &'static str,
    },
}

/// Parses `250ms`, `5s`, `10m`, `1h30m`, `7d`: whole numbers, each with its unit.
///
/// # Errors
/// When a unit is missing or unknown, or the text is something else.
pub fn duration(text: &str) -> Result<Duration, Error> {
    const MALFORMED: Error = Error::Malformed { wanted: "duration", example: "\"5s\", \"10m\" or \"250ms\"" };
    if is_number(text) {
        return Err(Error::NoUnit { suggestion: format!("{text}s") });
    }
    let mut millis = 0_u64;
    let mut rest = text;
    while !rest.is_empty() {
        let (part, behind) = next_part(rest).ok_or(MALFORMED)?;
        let scale = unit(part.unit, &DURATION_UNITS)?;
        millis = part.number.checked_mul(scale).and_then(|n| millis.checked_add(n)).ok_or(MALFORMED)?;
        rest = behind;
    }
    if text.is_empty() { Err(MALFORMED) } else { Ok(Duration::from_millis(millis)) }
}

/// Parses `512KiB`, `2MB`, `1GiB`: one whole number with its unit.
///
/// # Errors
/// When the unit is missing or unknown, or the text is something else.
pub fn size(text: &str) -> Result<u64, Error> {
    const MALFORMED: Error = Error::Malformed { wanted: "size", example: "\"256MiB\" or \"2MB\"" };
    if let (true, Ok(bytes)) = (is_number(text), text.parse()) {
        return Err(Error::NoUnit { suggestion: size_text(bytes) });
    }
    let (part, rest) = next_part(text).ok_or(MALFORMED)?;
    let scale = unit(part.unit, &SIZE_UNITS)?;
    match part.number.checked_mul(scale) {
        Some(bytes) if rest.is_empty() => Ok(bytes),
        Some(_) | None => Err(MALFORMED),
    }
}

/// The shortest text that `duration` reads as this duration, to the millisecond.
#[must_use]
pub fn duration_text(duration: Duration) -> String {
    let mut millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    if millis == 0 {
        return "0s".into();
    }
    let mut text = String::new();
    for (unit, scale) in DURATION_UNITS {
        if millis >= scale {
            text.push_str(&format!("{}{unit}", millis / scale));
            millis %= scale;
        }
    }
    text
}

/// The text with the largest unit that `size` reads as this size, exactly.
#[must_use]
pub fn size_text(bytes: u64) -> String {
    let exact = SIZE_UNITS.iter().find(|(_, scale)| bytes >= *scale && bytes.is_multiple_of(*scale));
    let (unit, scale) = exact.unwrap_or(&("B", 1));
    format!("{}{unit}", bytes / scale)
}

struct Part<'a> {
    number: u64,
    unit: &'a str,
}

fn next_part(text: &str) -> Option<(Part<'_>, &str)> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let number = text[..digits].parse().ok()?;
    let behind = text[digits..].trim_start();
    let letters = behind.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(behind.len());
    let (unit, rest) = behind.split_at(letters);
    if unit.is_empty() { None } else { Some((Part { number, unit }, rest)) }
}

fn unit(given: &str, units: &[(&str, u64)]) -> Result<u64, Error> {
    match units.iter().find(|(unit, _)| *unit == given) {
        Some((_, scale)) => Ok(*scale),
        None => {
            let units: Vec<_> = units.iter().rev().map(|(unit, _)| *unit).collect();
            Err(Error::UnknownUnit { given: given.into(), units: units.join(", ") })
        }
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn durations_have_units() {
        assert_eq!(duration("250ms"), Ok(Duration::from_millis(250)));
        assert_eq!(duration("1h30m"), Ok(Duration::from_secs(5_400)));
        assert_eq!(duration("7d"), Ok(Duration::from_secs(604_800)));
        assert_eq!(duration("5 s"), Ok(Duration::from_secs(5)));
        assert_eq!(duration("10").map_err(|e| e.to_string()), Err("has no unit, did you mean \"10s\"?".into()));
        assert_eq!(
            duration("10min").map_err(|e| e.to_string()),
            Err("has the unknown unit \"min\": use one of ms, s, m, h, d".into())
        );
        for wrong in ["", "s", "-5s", "1.5s", "99999999999999999999d", "999999999999999d"] {
            assert!(matches!(duration(wrong), Err(Error::Malformed { .. })), "{wrong:?}");
        }
    }

    #[test]
    fn sizes_have_units() {
        assert_eq!(size("256MiB"), Ok(268_435_456));
        assert_eq!(size("2MB"), Ok(2_000_000));
        assert_eq!(size("1048576").map_err(|e| e.to_string()), Err("has no unit, did you mean \"1MiB\"?".into()));
        assert_eq!(
            size("2mb").map_err(|e| e.to_string()),
            Err("has the unknown unit \"mb\": use one of B, kB, MB, GB, KiB, MiB, GiB".into())
        );
        for wrong in ["", "B", "1MiB2", "1.5GiB", "99999999999999999999", "99999999999GiB"] {
            assert!(matches!(size(wrong), Err(Error::Malformed { .. })), "{wrong:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_printed_reads_back(millis in 0..=u64::MAX / 2, bytes: u64) {
            let given = Duration::from_millis(millis);
            prop_assert_eq!(duration(&duration_text(given)), Ok(given));
            prop_assert_eq!(size(&size_text(bytes)), Ok(bytes));
        }

        #[test]
        fn no_text_makes_them_panic(text: String) {
            drop(duration(&text));
            drop(size(&text));
        }
    }
}
