//! Points in time, as unix nanoseconds. `now` is always an argument; only `io::clock` reads a clock.

use std::fmt;
use std::time::Duration;

const NANOS_PER_MILLI: u64 = 1_000_000;
const NANOS_PER_SECOND: u64 = 1_000_000_000;

/// `whole`, times `random` of `u64::MAX`: the part of a wait that is left to chance.
#[must_use]
pub fn part(whole: Duration, random: u64) -> Duration {
    let nanos = whole.as_nanos().saturating_mul(u128::from(random)) / u128::from(u64::MAX);
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

/// Nanoseconds since 1970-01-01T00:00:00Z. Holds every moment up to the year 2554.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct Timestamp(u64);

impl Timestamp {
    /// From nanoseconds since 1970, as OTLP counts.
    #[must_use]
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// From milliseconds since 1970, as AWS counts; saturates at the last moment that fits.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis.saturating_mul(NANOS_PER_MILLI))
    }

    /// From seconds since 1970; saturates at the last moment that fits.
    #[must_use]
    pub const fn from_seconds(seconds: u64) -> Self {
        Self(seconds.saturating_mul(NANOS_PER_SECOND))
    }

    /// From a number since 1970 whose unit only its size tells: seconds, milliseconds, micro- or nanoseconds, without
    /// doubt until the year 5138. Whether it was another unit than milliseconds, which is what AWS writes.
    #[must_use]
    pub const fn from_unix(number: u64) -> (Self, bool) {
        match number {
            0..100_000_000_000 => (Self::from_seconds(number), true),
            100_000_000_000..100_000_000_000_000 => (Self::from_millis(number), false),
            100_000_000_000_000..100_000_000_000_000_000 => (Self::from_nanos(number.saturating_mul(1_000)), true),
            _ => (Self::from_nanos(number), true),
        }
    }

    /// Nanoseconds since 1970.
    #[must_use]
    pub const fn nanos(self) -> u64 {
        self.0
    }

    /// Whole milliseconds since 1970.
    #[must_use]
    pub const fn millis(self) -> u64 {
        self.0 / NANOS_PER_MILLI
    }

    /// Whole seconds since 1970.
    #[must_use]
    pub const fn seconds(self) -> u64 {
        self.0 / NANOS_PER_SECOND
    }

    /// The time that passed since `earlier`; zero when `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }

    /// This moment and `duration` more; saturates.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)))
    }

    /// The last multiple of `step` since 1970 that is not after this moment.
    #[must_use]
    pub fn floor(self, step: Duration) -> Self {
        let step = u64::try_from(step.as_nanos()).unwrap_or(u64::MAX).max(1);
        Self(self.0 / step * step)
    }

    /// This moment less `duration`; stops at 1970.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)))
    }

    /// Year, month and day (UTC), by the civil calendar.
    #[must_use]
    pub const fn date(self) -> (u64, u64, u64) {
        // Days are counted from 0000-03-01, so that the leap day is the last of its year.
        let days = self.seconds() / 86_400 + 719_468;
        let era = days / 146_097;
        let day_of_era = days % 146_097;
        let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
        (year, month, day)
    }
}

/// Reads `2026-11-22T02:39:31.004Z`: date, `T` or a space, time, an optional fraction after `.` or `,`, and a zone.
/// Gives the moment, and whether a fraction stood there. A time without a zone is nobody's, so it gives `None`.
///
/// Source: RFC 3339, section 5.6; the comma is of ISO 8601.
#[must_use]
pub fn parse_rfc3339(text: &str) -> Option<(Timestamp, Subsecond)> {
    let (moment, zone) = date_and_time(text)?;
    moment.in_zone(zone_seconds(zone)?)
}

/// Reads `2024-01-01 12:00:00,123`: what `parse_rfc3339` reads, without a zone. Gives the moment as if it were UTC.
///
/// Source: Python's `logging`, `Formatter.formatTime`; Log4j 2, "Pattern layout", `%d{DEFAULT}`.
#[must_use]
pub fn parse_zoneless(text: &str) -> Option<(Timestamp, Subsecond)> {
    let (moment, zone) = date_and_time(text)?;
    zone.is_empty().then(|| moment.in_zone(0))?
}

/// Reads `10/Oct/2000:13:55:36 -0700`, as web servers write it.
///
/// Source: Apache HTTP server, "Log files", common log format.
#[must_use]
pub fn parse_clf(text: &str) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    if bytes.get(2) != Some(&b'/') || bytes.get(6) != Some(&b'/') || bytes.get(11) != Some(&b':') {
        return None;
    }
    let day = decimal(bytes.get(..2)?)?;
    let days = days_since_1970(decimal(bytes.get(7..11)?)?, month_named(bytes.get(3..6)?)?, day)?;
    let clock = clock(bytes.get(12..20)?)?;
    let zone = zone_seconds(bytes.get(20..)?.strip_prefix(b" ")?)?;
    let (time, _) = Moment { seconds: days * 86_400 + clock, nanos: 0, subsecond: Subsecond::Absent }.in_zone(zone)?;
    Some(time)
}

/// Reads `Oct 11 22:14:15`, which has neither year nor zone: that moment, as if it were UTC, which is nearest to `near`.
///
/// Source: RFC 3164, section 4.1.2.
#[must_use]
pub fn parse_rfc3164(text: &str, near: Timestamp) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    if bytes.len() != 15 || bytes[3] != b' ' || bytes[6] != b' ' {
        return None;
    }
    let day = if bytes[4] == b' ' { decimal(&bytes[5..6])? } else { decimal(&bytes[4..6])? };
    nearest_year(month_named(&bytes[..3])?, day, clock(&bytes[7..])?, 0, near)
}

/// Reads `0409 12:00:00.000000`, month and day, which has neither year nor zone: that moment, as if it were UTC, which
/// is nearest to `near`.
///
/// Source: klog, `klog.go`, the header of its lines.
#[must_use]
pub fn parse_klog(text: &str, near: Timestamp) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    if bytes.get(4) != Some(&b' ') {
        return None;
    }
    let (nanos, _, rest) = fraction(bytes.get(13..)?)?;
    let clock = clock(bytes.get(5..13)?)?;
    rest.is_empty().then(|| nearest_year(decimal(&bytes[..2])?, decimal(&bytes[2..4])?, clock, nanos, near))?
}

fn nearest_year(month: u64, day: u64, clock: u64, nanos: u64, near: Timestamp) -> Option<Timestamp> {
    let (year, _, _) = near.date();
    let in_year = |year| {
        let moment = Moment {
            seconds: days_since_1970(year, month, day)? * 86_400 + clock,
            nanos,
            subsecond: Subsecond::Absent,
        };
        moment.in_zone(0).map(|(time, _)| time)
    };
    let years = [year.checked_sub(1)?, year, year + 1];
    years.into_iter().filter_map(in_year).min_by_key(|time| time.since(near).max(near.since(*time)))
}

/// A point in time of no zone.
#[derive(Clone, Copy)]
struct Moment {
    seconds: u64,
    nanos: u64,
    subsecond: Subsecond,
}

impl Moment {
    fn in_zone(self, seconds_east: i64) -> Option<(Timestamp, Subsecond)> {
        let seconds = self.seconds.checked_add_signed(-seconds_east)?;
        let nanos = seconds.checked_mul(NANOS_PER_SECOND)?.checked_add(self.nanos)?;
        Some((Timestamp(nanos), self.subsecond))
    }
}

/// Date, `T` or a space, time and fraction, and what follows them.
fn date_and_time(text: &str) -> Option<(Moment, &[u8])> {
    let bytes = text.as_bytes();
    if bytes.get(4) != Some(&b'-') || bytes.get(7) != Some(&b'-') || !matches!(bytes.get(10), Some(b'T' | b't' | b' '))
    {
        return None;
    }
    let days = days_since_1970(decimal(&bytes[..4])?, decimal(&bytes[5..7])?, decimal(&bytes[8..10])?)?;
    let seconds = days * 86_400 + clock(bytes.get(11..19)?)?;
    let (nanos, subsecond, rest) = fraction(&bytes[19..])?;
    Some((Moment { seconds, nanos, subsecond }, rest))
}

/// Seconds of the day of `12:34:56`.
fn clock(text: &[u8]) -> Option<u64> {
    if text.len() != 8 || text[2] != b':' || text[5] != b':' {
        return None;
    }
    let (hour, minute, second) = (decimal(&text[..2])?, decimal(&text[3..5])?, decimal(&text[6..])?);
    (hour <= 23 && minute <= 59 && second <= 60).then_some(hour * 3_600 + minute * 60 + second)
}

/// 1 to 12 for `Jan` to `Dec`.
fn month_named(name: &[u8]) -> Option<u64> {
    let names: [&[u8]; 12] =
        [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];
    (1..).zip(names).find(|(_, known)| *known == name).map(|(month, _)| month)
}

/// Whether a written time has a fraction of a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subsecond {
    /// It has.
    Given,
    /// Whole seconds only.
    Absent,
}

fn decimal(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0, |number, digit| digit.is_ascii_digit().then(|| number * 10 + u64::from(digit - b'0')))
}

fn days_since_1970(year: u64, month: u64, day: u64) -> Option<u64> {
    if !(1..=12).contains(&month) || !(1..=days_of_month(year, month)).contains(&day) {
        return None;
    }
    let year_from_march = if month <= 2 { year.checked_sub(1)? } else { year };
    let month_from_march = if month > 2 { month - 3 } else { month + 9 };
    let day_of_era = 365 * year_from_march + year_from_march / 4 - year_from_march / 100 + year_from_march / 400;
    (day_of_era + (153 * month_from_march + 2) / 5 + day - 1).checked_sub(719_468)
}

const fn days_of_month(year: u64, month: u64) -> u64 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Nanoseconds of a fraction, whether there was one, and what follows it.
fn fraction(text: &[u8]) -> Option<(u64, Subsecond, &[u8])> {
    let Some((b'.' | b',', rest)) = text.split_first() else {
        return Some((0, Subsecond::Absent, text));
    };
    let length = rest.iter().take_while(|b| b.is_ascii_digit()).count();
    let kept = length.min(9);
    let scale = 10_u64.pow(u32::try_from(9 - kept).ok()?);
    (length > 0).then_some((decimal(&rest[..kept])? * scale, Subsecond::Given, &rest[length..]))
}

/// Seconds east of UTC: `Z`, `+02:00`, `+0200` or `+02`.
fn zone_seconds(zone: &[u8]) -> Option<i64> {
    let (sign, rest) = zone.split_first()?;
    let sign = match sign {
        b'Z' | b'z' if rest.is_empty() => return Some(0),
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, minutes) = match rest.len() {
        2 => (decimal(rest)?, 0),
        4 => (decimal(&rest[..2])?, decimal(&rest[2..])?),
        5 if rest[2] == b':' => (decimal(&rest[..2])?, decimal(&rest[3..])?),
        _ => return None,
    };
    let seconds = i64::try_from(hours * 3_600 + minutes * 60).ok()?;
    (hours <= 23 && minutes <= 59).then_some(sign * seconds)
}

/// RFC 3339 in UTC with milliseconds: `2026-11-22T02:39:31.004Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.date();
        let second_of_day = self.seconds() % 86_400;
        let (hour, minute, second) = (second_of_day / 3_600, second_of_day / 60 % 60, second_of_day % 60);
        let milli = self.millis() % 1_000;
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_rfc_3339_in_utc() {
        assert_eq!(Timestamp::from_millis(1_583_425_836_114).to_string(), "2020-03-05T16:30:36.114Z");
        assert_eq!(Timestamp::from_seconds(0).to_string(), "1970-01-01T00:00:00.000Z");
        assert_eq!(Timestamp::from_seconds(951_782_400).to_string(), "2000-02-29T00:00:00.000Z");
    }

    #[test]
    fn reads_rfc_3339_with_any_zone_and_fraction() {
        let nanos = |text| parse_rfc3339(text).map(|(time, subsecond)| (time.nanos(), subsecond));
        assert_eq!(nanos("2020-03-05T16:30:36.114Z"), Some((1_583_425_836_114_000_000, Subsecond::Given)));
        assert_eq!(nanos("2020-03-05 18:30:36,114000001+02:00"), Some((1_583_425_836_114_000_001, Subsecond::Given)));
        assert_eq!(nanos("2020-03-05T08:30:36-0800"), Some((1_583_425_836_000_000_000, Subsecond::Absent)));
        for no_time in [
            "2020-03-05T16:30:36",
            "2020-13-05T16:30:36Z",
            "2020-03-05",
            "",
            "1969-12-31T23:59:59Z",
            "2020-03-05T16:30:36.Z",
        ] {
            assert_eq!(nanos(no_time), None, "{no_time}");
        }
    }

    #[test]
    fn reads_a_time_without_a_zone_as_utc() {
        let nanos = |text| parse_zoneless(text).map(|(time, subsecond)| (time.nanos(), subsecond));
        assert_eq!(nanos("2020-03-05 16:30:36,114"), Some((1_583_425_836_114_000_000, Subsecond::Given)));
        assert_eq!(nanos("2020-03-05T16:30:36"), Some((1_583_425_836_000_000_000, Subsecond::Absent)));
        assert_eq!(nanos("2020-03-05T16:30:36Z"), None);
        assert_eq!(nanos("2023-02-29 16:30:36,114"), None);
    }

    #[test]
    fn reads_the_time_of_web_servers() {
        let read = |text| parse_clf(text).map(|time| time.to_string());
        assert_eq!(read("10/Oct/2000:13:55:36 -0700"), Some("2000-10-10T20:55:36.000Z".into()));
        for no_time in ["10/Okt/2000:13:55:36 -0700", "10/Oct/2000:13:55:36", "10/Oct/2000:13:55:36 0700", "", "10/"] {
            assert_eq!(read(no_time), None, "{no_time}");
        }
    }

    #[test]
    fn a_time_without_a_year_is_the_one_nearest_to_the_event() {
        let near = |text| parse_rfc3339(text).unwrap().0;
        let syslog = |text, event| parse_rfc3164(text, near(event)).map(|time| time.to_string());
        assert_eq!(syslog("Oct 11 22:14:15", "2023-10-11T22:14:17Z"), Some("2023-10-11T22:14:15.000Z".into()));
        assert_eq!(syslog("Dec 31 23:59:59", "2024-01-01T00:00:02Z"), Some("2023-12-31T23:59:59.000Z".into()));
        assert_eq!(syslog("Jan  1 00:00:01", "2023-12-31T23:59:59Z"), Some("2024-01-01T00:00:01.000Z".into()));
        assert_eq!(syslog("Feb 29 12:00:00", "2024-02-29T12:00:00Z"), Some("2024-02-29T12:00:00.000Z".into()));
        assert_eq!(syslog("Feb 29 12:00:00", "2022-02-28T12:00:00Z"), None);
        assert_eq!(syslog("Oct 11 22:14", "2023-10-11T22:14:17Z"), None);
        let klog = |text, event| parse_klog(text, near(event)).map(|time| time.nanos() % NANOS_PER_SECOND);
        assert_eq!(klog("0409 12:00:00.123456", "2026-04-09T12:00:01Z"), Some(123_456_000));
        assert_eq!(klog("0431 12:00:00.123456", "2026-04-09T12:00:01Z"), None);
        assert_eq!(klog("0409 12:00:00.123456 ", "2026-04-09T12:00:01Z"), None);
    }

    #[test]
    fn what_is_printed_is_read_back() {
        for millis in [0, 951_782_399_999, 951_782_400_000, 1_583_425_836_114, 4_102_444_800_000] {
            let time = Timestamp::from_millis(millis);
            assert_eq!(parse_rfc3339(&time.to_string()), Some((time, Subsecond::Given)));
        }
    }

    #[test]
    fn arithmetic_saturates() {
        assert_eq!(Timestamp::from_millis(u64::MAX), Timestamp::from_nanos(u64::MAX));
        assert_eq!(Timestamp::from_seconds(1).since(Timestamp::from_seconds(2)), Duration::ZERO);
    }
}
