//! RFC 3339 to the nanosecond, so that a letter is read back exactly as it was written.

use crate::time::Timestamp;

const NANOS_PER_SECOND: u64 = 1_000_000_000;

/// `2026-11-22T02:39:31.004Z`, with nine digits after the point where three are not enough.
#[must_use]
pub(super) fn write(time: Timestamp) -> String {
    let text = time.to_string();
    match time.nanos() % 1_000_000 {
        0 => text,
        rest => format!("{}{rest:06}Z", text.trim_end_matches('Z')),
    }
}

/// Reads what `write` wrote; also fewer or no digits after the point. UTC only.
#[must_use]
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    let (date, clock) = text.strip_suffix('Z')?.split_once('T')?;
    let days = parse_date(date)?;
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let [hour, minute, second] = numbers(clock, ':')?;
    if hour > 23 || minute > 59 || second > 59 || fraction.len() > 9 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let nanos: u64 = format!("{fraction:0<9}").parse().ok()?;
    let seconds = days.checked_mul(86_400)?.checked_add(hour * 3_600 + minute * 60 + second)?;
    Some(Timestamp::from_nanos(seconds.checked_mul(NANOS_PER_SECOND)?.checked_add(nanos)?))
}

/// Days from 1970-01-01 to a date that exists.
fn parse_date(text: &str) -> Option<u64> {
    let [year, month, day] = numbers(text, '-')?;
    if !(1970..=2554).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // Years begin in March, so that the leap day is the last of its year.
    let (year_from_march, month_from_march) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year_from_march / 4 - year_from_march / 100 + year_from_march / 400;
    let days = (365 * year_from_march + leap_days + (153 * month_from_march + 2) / 5 + day - 1).checked_sub(719_468)?;
    let exists = Timestamp::from_seconds(days * 86_400).date() == (year, month, day);
    exists.then_some(days)
}

fn numbers(text: &str, separator: char) -> Option<[u64; 3]> {
    let mut parts = text.split(separator).map(|part| {
        let digits = !part.is_empty() && part.len() <= 4 && part.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| part.parse().ok()).flatten()
    });
    let found = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(found)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn refuses_dates_that_do_not_exist() {
        assert_eq!(parse("2026-02-29T00:00:00Z"), None);
        assert_eq!(parse("2026-13-01T00:00:00Z"), None);
        assert_eq!(parse("2026-01-01T24:00:00Z"), None);
        assert_eq!(parse("2026-01-01T00:00:00+01:00"), None);
        assert_eq!(parse("2024-02-29T00:00:00.5Z"), Some(Timestamp::from_millis(1_709_164_800_500)));
    }

    proptest! {
        #[test]
        fn every_moment_survives(nanos in any::<u64>()) {
            prop_assert_eq!(parse(&write(Timestamp::from_nanos(nanos))), Some(Timestamp::from_nanos(nanos)));
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,40}") {
            prop_assert!(parse(&text).is_none_or(|time| parse(&write(time)) == Some(time)));
        }
    }
}
