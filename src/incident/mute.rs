//! Recurring mutes: times of the week, month or year in which alerts with certain labels are not told.
//!
//! An interval is of wall-clock time in its zone, so it moves with daylight saving time as people do: an hour that is
//! skipped does not happen, and one that happens twice counts twice. Source: Alertmanager, "time_interval".

use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use jiff::{Timestamp as Moment, ZonedDateTime};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::silence::Matcher;
use crate::time::Timestamp;

const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Why an interval is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A range of days, months or years.
    #[error("{what} are {allowed}, alone or as first:last, not {given:?}")]
    Range {
        /// Of what.
        what: &'static str,
        /// What may stand there.
        allowed: &'static str,
        /// What was given.
        given: String,
    },
    /// A time of day.
    #[error("a time of day is 00:00 to 24:00, not {given:?}")]
    Time {
        /// What was given.
        given: String,
    },
    /// Nothing is between the two.
    #[error("a range of times ends after it starts, not {given:?}; write one over midnight as two")]
    Backwards {
        /// What was given.
        given: String,
    },
    /// A time zone that is not known.
    #[error("a location is a time zone such as Europe/Berlin, not {given:?}")]
    Location {
        /// What was given.
        given: String,
    },
}

/// An interval as it is written. What is left out holds always.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Written {
    /// Times of day; the end is not part of it.
    #[serde(default)]
    pub times: Vec<Times>,
    /// Names such as `saturday` or `monday:friday`.
    #[serde(default)]
    pub weekdays: Vec<String>,
    /// Days such as `1:7`, or counted from the end of the month, `-3:-1`.
    #[serde(default)]
    pub days_of_month: Vec<String>,
    /// Names or numbers such as `december` or `1:3`.
    #[serde(default)]
    pub months: Vec<String>,
    /// Years such as `2026` or `2026:2028`.
    #[serde(default)]
    pub years: Vec<String>,
    /// Time zone, such as `Europe/Berlin`; UTC where there is none.
    #[serde(default)]
    pub location: Option<String>,
}

/// A part of the day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Times {
    /// Such as `22:00`.
    pub start_time: String,
    /// Such as `24:00`.
    pub end_time: String,
}

/// An interval of wall-clock time.
#[derive(Clone, Debug)]
pub struct Interval {
    /// Minutes of the day, the last not among them.
    times: Vec<(i32, i32)>,
    weekdays: Vec<(i32, i32)>,
    days_of_month: Vec<(i32, i32)>,
    months: Vec<(i32, i32)>,
    years: Vec<(i32, i32)>,
    zone: TimeZone,
}

/// What is muted, and when.
#[derive(Clone, Debug)]
pub struct Mute {
    /// Its name, for people.
    pub name: Box<str>,
    /// All must match.
    pub matchers: Vec<Matcher>,
    /// In any of these.
    pub intervals: Vec<Interval>,
}

impl Mute {
    /// Whether it counts at `now`.
    #[must_use]
    pub fn is_active(&self, now: Timestamp) -> bool {
        self.intervals.iter().any(|interval| interval.contains(now))
    }
}

impl Interval {
    /// Reads an interval.
    ///
    /// # Errors
    /// When a part of it is not what it should be.
    pub fn read(written: &Written) -> Result<Self, Error> {
        let zone = written.location.as_deref().map_or(Ok(TimeZone::UTC), |name| {
            TimeZone::get(name).map_err(|_unknown| Error::Location { given: name.into() })
        })?;
        let days = |text: &str| text.parse().ok().filter(|day: &i32| (1..=31).contains(&day.abs()));
        let months = |text: &str| named(&MONTHS, text).or_else(|| text.parse().ok().filter(|m| (1..=12).contains(m)));
        let years = |text: &str| text.parse().ok().filter(|year| (1970..=9999).contains(year));
        Ok(Self {
            times: written.times.iter().map(times).collect::<Result<_, _>>()?,
            weekdays: ranges(&written.weekdays, "weekdays", "monday to sunday", |text| named(&WEEKDAYS, text))?,
            days_of_month: ranges(&written.days_of_month, "days of the month", "1 to 31 or -31 to -1", days)?,
            months: ranges(&written.months, "months", "january to december or 1 to 12", months)?,
            years: ranges(&written.years, "years", "1970 to 9999", years)?,
            zone,
        })
    }

    /// Whether that moment is in it.
    #[must_use]
    pub fn contains(&self, at: Timestamp) -> bool {
        let Ok(moment) = Moment::from_nanosecond(i128::from(at.nanos())) else { return false };
        let local = ZonedDateTime::new(moment, self.zone.clone());
        let minute = i32::from(local.hour()) * 60 + i32::from(local.minute());
        (self.times.is_empty() || self.times.iter().any(|(start, end)| (*start..*end).contains(&minute)))
            && holds(&self.weekdays, weekday(local.weekday()))
            && holds(&self.months, i32::from(local.month()))
            && holds(&self.years, i32::from(local.year()))
            && self.is_day(i32::from(local.day()), i32::from(local.days_in_month()))
    }

    fn is_day(&self, day: i32, last: i32) -> bool {
        let counted = |bound: i32| if bound < 0 { last + 1 + bound } else { bound };
        self.days_of_month.is_empty()
            || self.days_of_month.iter().any(|(from, to)| (counted(*from)..=counted(*to)).contains(&day))
    }
}

fn weekday(day: Weekday) -> i32 {
    i32::from(day.to_monday_one_offset())
}

fn holds(ranges: &[(i32, i32)], value: i32) -> bool {
    ranges.is_empty() || ranges.iter().any(|(from, to)| (*from..=*to).contains(&value))
}

fn named(names: &[&str], text: &str) -> Option<i32> {
    let found = names.iter().position(|name| name.eq_ignore_ascii_case(text))?;
    i32::try_from(found + 1).ok()
}

fn ranges(
    texts: &[String],
    what: &'static str,
    allowed: &'static str,
    read: impl Fn(&str) -> Option<i32>,
) -> Result<Vec<(i32, i32)>, Error> {
    let range = |text: &String| {
        let (from, to) = text.split_once(':').unwrap_or((text, text));
        let (from, to) = read(from.trim()).zip(read(to.trim()))?;
        // `1:-1` is the whole month.
        (from <= to || (from > 0 && to < 0)).then_some((from, to))
    };
    texts.iter().map(|text| range(text).ok_or_else(|| Error::Range { what, allowed, given: text.clone() })).collect()
}

fn times(written: &Times) -> Result<(i32, i32), Error> {
    let (start, end) = (minutes(&written.start_time)?, minutes(&written.end_time)?);
    let given = || format!("{} to {}", written.start_time, written.end_time);
    if start < end { Ok((start, end)) } else { Err(Error::Backwards { given: given() }) }
}

fn minutes(text: &str) -> Result<i32, Error> {
    let read = || {
        let (hour, minute) = text.split_once(':')?;
        let two =
            |part: &str| (part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit())).then(|| part.parse().ok())?;
        let (hour, minute): (i32, i32) = (two(hour)?, two(minute)?);
        (minute < 60 && hour * 60 + minute <= 24 * 60).then_some(hour * 60 + minute)
    };
    read().ok_or_else(|| Error::Time { given: text.into() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::parse_rfc3339;

    fn at(text: &str) -> Timestamp {
        parse_rfc3339(text).unwrap().0
    }

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).into()).collect()
    }

    fn night() -> Vec<Times> {
        let range = |start: &str, end: &str| Times { start_time: start.into(), end_time: end.into() };
        vec![range("00:00", "06:00"), range("22:00", "24:00")]
    }

    #[test]
    fn nights_and_weekends_are_of_the_zone() {
        let written = Written { times: night(), location: Some("Europe/Berlin".into()), ..Written::default() };
        let interval = Interval::read(&written).unwrap();
        assert!(interval.contains(at("2026-01-15T21:00:00Z")), "22:00 in winter");
        assert!(!interval.contains(at("2026-01-15T20:59:59Z")));
        assert!(interval.contains(at("2026-07-15T20:00:00Z")), "22:00 in summer");
        assert!(!interval.contains(at("2026-07-15T04:00:00Z")), "06:00 in summer");
    }

    #[test]
    fn daylight_saving_time_skips_and_repeats_an_hour() {
        let hour = vec![Times { start_time: "02:00".into(), end_time: "03:00".into() }];
        let written = Written { times: hour, location: Some("Europe/Berlin".into()), ..Written::default() };
        let interval = Interval::read(&written).unwrap();
        let minutes = |day: &str| {
            let start = at(&format!("{day}T00:00:00Z"));
            let minute = |n| start.plus(std::time::Duration::from_secs(60 * n));
            (0..24 * 60_u64).filter(|n| interval.contains(minute(*n))).count()
        };
        assert_eq!(minutes("2026-03-28"), 60, "an ordinary day");
        assert_eq!(minutes("2026-03-29"), 0, "the hour is skipped");
        assert_eq!(minutes("2026-10-25"), 120, "the hour is repeated");
    }

    #[test]
    fn days_count_from_the_end_of_the_month_and_know_leap_years() {
        let written = Written { days_of_month: texts(&["-1"]), ..Written::default() };
        let interval = Interval::read(&written).unwrap();
        assert!(interval.contains(at("2028-02-29T12:00:00Z")));
        assert!(!interval.contains(at("2028-02-28T12:00:00Z")));
        assert!(interval.contains(at("2027-02-28T12:00:00Z")));
    }

    #[test]
    fn weekdays_months_and_years_are_ranges() {
        let written = Written {
            weekdays: texts(&["monday:Friday"]),
            months: texts(&["december", "1"]),
            years: texts(&["2026:2027"]),
            ..Written::default()
        };
        let interval = Interval::read(&written).unwrap();
        assert!(interval.contains(at("2026-12-24T12:00:00Z")), "a Thursday");
        assert!(!interval.contains(at("2026-12-26T12:00:00Z")), "a Saturday");
        assert!(!interval.contains(at("2026-11-24T12:00:00Z")));
        assert!(!interval.contains(at("2028-01-03T12:00:00Z")));
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_what_is_allowed() {
        let read = |written: Written| Interval::read(&written).map(|_| ()).unwrap_err().to_string();
        assert_eq!(
            read(Written { weekdays: texts(&["caturday"]), ..Written::default() }),
            "weekdays are monday to sunday, alone or as first:last, not \"caturday\""
        );
        assert_eq!(
            read(Written { location: Some("Mars/Olympus".into()), ..Written::default() }),
            "a location is a time zone such as Europe/Berlin, not \"Mars/Olympus\""
        );
        let over = vec![Times { start_time: "22:00".into(), end_time: "06:00".into() }];
        assert_eq!(
            read(Written { times: over, ..Written::default() }),
            "a range of times ends after it starts, not \"22:00 to 06:00\"; write one over midnight as two"
        );
        let late = vec![Times { start_time: "22:00".into(), end_time: "24:01".into() }];
        assert_eq!(
            read(Written { times: late, ..Written::default() }),
            "a time of day is 00:00 to 24:00, not \"24:01\""
        );
    }
}
