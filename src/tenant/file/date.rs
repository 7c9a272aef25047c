//! Dates as people and exports write them: the profile of ISO 8601 that RFC 3339 defines.

use std::time::Duration;

use crate::time::Timestamp;

/// Parses `2026-11-22`, `2026-11-22T02:39`, with seconds, with a fraction, with `Z` or an offset (UTC without one).
/// `None` for anything else, and for moments before 1970.
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    let (date, time) = match text.find(['T', 't', ' ']) {
        Some(index) => (&text[..index], Some(&text[index + 1..])),
        None => (text, None),
    };
    let midnight = parse_date(date)?;
    time.map_or(Some(midnight), |time| parse_time(midnight, time))
}

fn parse_date(text: &str) -> Option<Timestamp> {
    let mut parts = text.split('-');
    let year = number(parts.next()?, 4)?;
    let month = number(parts.next()?, 2)?;
    let day = number(parts.next()?, 2)?;
    let valid = (1970..=2500).contains(&year) && (1..=12).contains(&month) && day >= 1 && parts.next().is_none();
    if !valid {
        return None;
    }
    // Days are counted from 0000-03-01, so that the leap day is the last of its year.
    let year_from_march = if month < 3 { year - 1 } else { year };
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let leap_days = year_from_march / 4 - year_from_march / 100 + year_from_march / 400;
    let days = 365 * year_from_march + leap_days + day_of_year - 719_468;
    let midnight = Timestamp::from_seconds(days * 86_400);
    // A 30th of February comes back as a day of March.
    (midnight.date() == (year, month, day)).then_some(midnight)
}

fn parse_time(midnight: Timestamp, text: &str) -> Option<Timestamp> {
    let zone = text.find(['Z', 'z', '+', '-']).unwrap_or(text.len());
    let (clock, offset) = text.split_at(zone);
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let mut parts = clock.split(':');
    let hour = number(parts.next()?, 2).filter(|hour| *hour < 24)?;
    let minute = number(parts.next()?, 2).filter(|minute| *minute < 60)?;
    let second = parts.next().map_or(Some(0), |text| number(text, 2)).filter(|second| *second <= 60)?;
    if parts.next().is_some() {
        return None;
    }
    let local = midnight.plus(Duration::from_secs(hour * 3_600 + minute * 60 + second)).plus(parse_fraction(fraction)?);
    shifted(local, offset)
}

fn parse_fraction(digits: &str) -> Option<Duration> {
    let nanos = number(digits, digits.len()).filter(|_| (1..=9).contains(&digits.len()))?;
    let scale = 10_u64.pow(u32::try_from(9 - digits.len()).ok()?);
    Some(Duration::from_nanos(nanos * scale))
}

fn shifted(local: Timestamp, offset: &str) -> Option<Timestamp> {
    let Some(sign) = offset.chars().next() else { return Some(local) };
    if sign.eq_ignore_ascii_case(&'z') {
        return (offset.len() == 1).then_some(local);
    }
    let (hours, minutes) = offset[1..].split_once(':')?;
    let hours = number(hours, 2).filter(|hours| *hours < 24)?;
    let minutes = number(minutes, 2).filter(|minutes| *minutes < 60)?;
    let shift = Duration::from_secs(hours * 3_600 + minutes * 60);
    Some(if sign == '+' { local.minus(shift) } else { local.plus(shift) })
}

fn number(text: &str, digits: usize) -> Option<u64> {
    let shaped = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    if shaped { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn seconds(text: &str) -> Option<u64> {
        parse(text).map(Timestamp::seconds)
    }

    #[test]
    fn a_date_alone_is_its_midnight_in_utc() {
        assert_eq!(seconds("2000-02-29"), Some(951_782_400));
        assert_eq!(seconds("1970-01-01"), Some(0));
    }

    #[test]
    fn a_time_may_have_a_fraction_and_an_offset() {
        assert_eq!(parse("2020-03-05T16:30:36.114Z"), Some(Timestamp::from_millis(1_583_425_836_114)));
        assert_eq!(seconds("2020-03-05 18:30:36+02:00"), Some(1_583_425_836));
        assert_eq!(seconds("2020-03-05T11:00-05:30"), Some(1_583_425_800));
    }

    #[test]
    fn days_and_times_that_do_not_exist_are_refused() {
        let wrong = [
            "",
            "2023-02-29",
            "2023-13-01",
            "2023-00-10",
            "22.11.2026",
            "2026-11-22T",
            "2026-11-22T25:00Z",
            "2026-11-22T02:39:31Zulu",
            "2026-11-22T02:39:31+2",
            "1969-12-31",
            "2026-11-22T02:39:31.Z",
            "1583425836",
        ];
        for text in wrong {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_a_timestamp_prints_is_read_back(millis in 0..16_000_000_000_000_u64) {
            let time = Timestamp::from_millis(millis);
            prop_assert_eq!(parse(&time.to_string()), Some(time));
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,30}|[0-9TZ:+.-]{0,30}") {
            let _ = parse(&text);
        }
    }
}
