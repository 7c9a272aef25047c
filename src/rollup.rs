//! What accounts sent lately: six figures by the minute for three hours, and by the quarter of an hour for two days.
//!
//! An account takes 9 KB once it spoke, 6,000 of them 54 MB; one that never spoke takes nothing. What came is counted by when it
//! came, so a minute that is over does not change.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::id::AccountId;
use crate::time::Timestamp;

/// Minutes that are kept.
pub const MINUTES: u32 = 180;

/// Quarters of an hour that are kept.
pub const QUARTERS: u32 = 192;

/// Accounts of which figures are kept, 180 MB of them; of those beyond there are none. An organisation has at most 50,000, few of
/// which are tenants.
const ACCOUNTS_MAX: usize = 20_000;

/// Minutes over which rates are taken.
const RATE_MINUTES: u32 = 5;

/// Part of a minute that must be over before it is told of: less would be noise.
const PART_MIN: f64 = 1.0 / 6.0;

/// Steps of series, in minutes.
const STEPS: [u32; 12] = [1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 960, 2_880];

const FIGURES: usize = 6;

/// A figure that is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Figure {
    /// Log records that came, whatever became of them.
    Logs,
    /// Metric data.
    Metrics,
    /// Bytes of log messages and metric data.
    Bytes,
    /// Log records at error or above.
    Errors,
    /// Log records at warning.
    Warnings,
    /// The longest that a log record took from when it was written to when it came, in milliseconds.
    Delay,
}

impl Figure {
    /// All of them, in the order in which they are kept.
    pub const ALL: [Self; FIGURES] =
        [Self::Logs, Self::Metrics, Self::Bytes, Self::Errors, Self::Warnings, Self::Delay];

    /// Its name, as the API has it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Logs => "logs",
            Self::Metrics => "metrics",
            Self::Bytes => "bytes",
            Self::Errors => "errors",
            Self::Warnings => "warnings",
            Self::Delay => "delay_ms",
        }
    }

    /// The figure of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|figure| figure.as_str() == name)
    }

    /// Its unit in a series.
    #[must_use]
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Logs | Self::Metrics | Self::Errors | Self::Warnings => "1/min",
            Self::Bytes => "By/min",
            Self::Delay => "ms",
        }
    }
}

/// What came of an account at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Log records.
    pub logs: u64,
    /// Metric data.
    pub metrics: u64,
    /// Bytes.
    pub bytes: u64,
    /// Log records at error or above.
    pub errors: u64,
    /// Log records at warning.
    pub warnings: u64,
    /// The longest delay, in milliseconds.
    pub delay_ms: u64,
}

/// What an account sends in a second, over the last five minutes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rates {
    /// Log records and metric data.
    pub events: f64,
    /// Bytes.
    pub bytes: f64,
    /// Share of log records at error or above; `None` without log records.
    pub error_share: Option<f64>,
}

/// Figures in columns, the first of which is time; `None` where nothing is known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// Milliseconds between two points.
    pub step_ms: u64,
    /// Milliseconds since 1970 of each point, then the figures in the order in which they were asked for.
    pub data: Vec<Vec<Option<f64>>>,
}

/// The figures of all accounts.
#[derive(Clone, Debug, Default)]
pub struct Rollups {
    begun: Timestamp,
    accounts: BTreeMap<AccountId, Rollup>,
}

#[derive(Clone, Debug)]
struct Rollup {
    /// The last minute in which something came, since 1970.
    minute: u32,
    /// Minutes that lie between two in which something comes, as of late.
    usual: f32,
    minutes: Box<[[u32; FIGURES]]>,
    /// Of whole minutes: what came in the last minute is not in them yet.
    quarters: Box<[[f32; FIGURES]]>,
}

impl Rollups {
    /// Nothing is known of what came before `begun`.
    #[must_use]
    pub fn new(begun: Timestamp) -> Self {
        Self { begun, accounts: BTreeMap::new() }
    }

    /// Since when figures are kept.
    #[must_use]
    pub const fn begun(&self) -> Timestamp {
        self.begun
    }

    /// Adds what came of an account at `now`.
    pub fn add(&mut self, account: AccountId, now: Timestamp, counts: &Counts) {
        let minute = minute(now);
        if self.accounts.len() >= ACCOUNTS_MAX && !self.accounts.contains_key(&account) {
            return;
        }
        let rollup = self.accounts.entry(account).or_insert_with(|| Rollup::new(minute));
        rollup.advance(minute);
        rollup.add(counts);
    }

    /// What an account sends in a second, over the last five minutes or since the start.
    #[must_use]
    pub fn rates(&self, account: AccountId, now: Timestamp) -> Rates {
        let Some(rollup) = self.accounts.get(&account) else { return Rates::default() };
        let last = minute(now);
        let first = (last + 1).saturating_sub(RATE_MINUTES);
        let mut sums = [0_u64; FIGURES];
        for row in (first..=last).filter_map(|minute| rollup.of_minute(minute)) {
            sums.iter_mut().zip(row).for_each(|(sum, cell)| *sum += u64::from(*cell));
        }
        let from = start(first).max(self.begun);
        let seconds = now.since(from).as_secs_f64().max(1.0);
        let [logs, metrics, bytes, errors, ..] = sums.map(|sum| sum as f64);
        let error_share = (logs > 0.0).then(|| (errors / logs).min(1.0));
        Rates { events: (logs + metrics) / seconds, bytes: bytes / seconds, error_share }
    }

    /// Bytes of the last 24 hours, or since the start.
    #[must_use]
    pub fn bytes_day(&self, account: AccountId, now: Timestamp) -> u64 {
        let Some(rollup) = self.accounts.get(&account) else { return 0 };
        let last = minute(now) / 15;
        let sum: f64 =
            (last.saturating_sub(95)..=last).map(|quarter| rollup.of_quarter(quarter)[Figure::Bytes as usize]).sum();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a sum of counts")]
        let bytes = sum as u64;
        bytes
    }

    /// Log records, metric data and bytes that came since a moment, by the quarter of an hour; at most of two days.
    #[must_use]
    pub fn since(&self, account: AccountId, from: Timestamp, now: Timestamp) -> Counts {
        let Some(rollup) = self.accounts.get(&account) else { return Counts::default() };
        let (first, last) = (minute(from) / 15, minute(now) / 15);
        let first = first.max((last + 1).saturating_sub(QUARTERS));
        let mut sums = [0.0; FIGURES];
        for row in (first..=last).map(|quarter| rollup.of_quarter(quarter)) {
            sums.iter_mut().zip(row).for_each(|(sum, cell)| *sum += cell);
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "sums of counts")]
        let [logs, metrics, bytes, ..] = sums.map(|sum| sum as u64);
        Counts { logs, metrics, bytes, ..Counts::default() }
    }

    /// How long an account is usually silent between two records, by the minute; `None` of one that never spoke.
    #[must_use]
    pub fn usual_gap(&self, account: AccountId) -> Option<Duration> {
        let rollup = self.accounts.get(&account)?;
        Some(Duration::from_secs_f32(rollup.usual.max(0.0) * 60.0))
    }

    /// Series of an account from `from` to `to`, with at most so many points; an account that never spoke has zeros.
    #[must_use]
    pub fn series(
        &self,
        account: AccountId,
        figures: &[Figure],
        (from, to): (Timestamp, Timestamp),
        points: usize,
        now: Timestamp,
    ) -> Series {
        let window = Window::new(self.begun, (from, to), points, now);
        let rollup = self.accounts.get(&account);
        let mut data: Vec<Vec<Option<f64>>> = vec![window.times().map(|at| Some(at as f64)).collect()];
        data.extend(figures.iter().map(|figure| window.values(rollup, *figure).collect()));
        Series { step_ms: u64::from(window.step) * 60_000, data }
    }
}

impl Rollup {
    fn new(minute: u32) -> Self {
        Self {
            minute,
            usual: 1.0,
            minutes: vec![[0; FIGURES]; MINUTES as usize].into(),
            quarters: vec![[0.0; FIGURES]; QUARTERS as usize].into(),
        }
    }

    /// Goes on to a minute. A clock that is set back moves nothing: what comes counts in the last minute.
    fn advance(&mut self, minute: u32) {
        if minute <= self.minute {
            return;
        }
        let (old, new) = (self.minute / 15, minute / 15);
        let row = self.minutes[(self.minute % MINUTES) as usize];
        fold(&mut self.quarters[(old % QUARTERS) as usize], &row);
        let gone = (minute - self.minute).min(MINUTES);
        (0..gone).for_each(|n| self.minutes[((minute - n) % MINUTES) as usize] = [0; FIGURES]);
        let gone = (new - old).min(QUARTERS);
        (0..gone).for_each(|n| self.quarters[((new - n) % QUARTERS) as usize] = [0.0; FIGURES]);
        self.usual += ((minute - self.minute) as f32 - self.usual) / 4.0;
        self.minute = minute;
    }

    fn add(&mut self, counts: &Counts) {
        let row = &mut self.minutes[(self.minute % MINUTES) as usize];
        let Counts { logs, metrics, bytes, errors, warnings, delay_ms } = *counts;
        for (cell, count) in row.iter_mut().zip([logs, metrics, bytes, errors, warnings]) {
            *cell = cell.saturating_add(u32::try_from(count).unwrap_or(u32::MAX));
        }
        let delay = &mut row[Figure::Delay as usize];
        *delay = (*delay).max(u32::try_from(delay_ms).unwrap_or(u32::MAX));
    }

    /// What came in a minute that is not older than those that are kept; `None` where that is nothing.
    fn of_minute(&self, minute: u32) -> Option<&[u32; FIGURES]> {
        let is_kept = minute <= self.minute && minute + MINUTES > self.minute;
        is_kept.then(|| &self.minutes[(minute % MINUTES) as usize])
    }

    fn of_quarter(&self, quarter: u32) -> [f64; FIGURES] {
        let last = self.minute / 15;
        if quarter > last || quarter + QUARTERS <= last {
            return [0.0; FIGURES];
        }
        let mut row = self.quarters[(quarter % QUARTERS) as usize];
        if quarter == last {
            fold(&mut row, &self.minutes[(self.minute % MINUTES) as usize]);
        }
        row.map(f64::from)
    }
}

/// Adds a minute to its quarter of an hour.
fn fold(quarter: &mut [f32; FIGURES], minute: &[u32; FIGURES]) {
    for (into, cell) in quarter.iter_mut().zip(minute).take(Figure::Delay as usize) {
        *into += *cell as f32;
    }
    let delay = &mut quarter[Figure::Delay as usize];
    *delay = delay.max(minute[Figure::Delay as usize] as f32);
}

/// The points of a series, in minutes since 1970.
struct Window {
    /// Minutes of what is looked at: 1, or 15 where it is older than minutes are kept.
    base: u32,
    /// Minutes of a point.
    step: u32,
    first: u32,
    count: u32,
    /// Nothing is known before.
    begun: Timestamp,
    now: Timestamp,
}

impl Window {
    fn new(begun: Timestamp, (from, to): (Timestamp, Timestamp), points: usize, now: Timestamp) -> Self {
        let last = minute(now);
        let from = minute(from).clamp((last + 15).saturating_sub(QUARTERS * 15), last);
        let to = minute(to.max(start(from))).min(last);
        let base = if from + MINUTES > last { 1 } else { 15 };
        let points = u32::try_from(points).unwrap_or(u32::MAX).max(1);
        let wanted = (to - from + 1).div_ceil(points).max(base);
        let step = STEPS.into_iter().find(|step| *step >= wanted).unwrap_or(STEPS[STEPS.len() - 1]);
        let first = from / step * step;
        // A window that begins within a step has one point more than fits, so it begins with the next.
        let first = if (to - first) / step + 1 > points { first + step } else { first };
        let count = if to < first { 0 } else { (to - first) / step + 1 };
        Self { base, step, first, count, begun, now }
    }

    fn times(&self) -> impl Iterator<Item = u64> {
        (0..self.count).map(|n| start(self.first + n * self.step).millis())
    }

    fn values<'a>(&'a self, rollup: Option<&'a Rollup>, figure: Figure) -> impl Iterator<Item = Option<f64>> + 'a {
        (0..self.count).map(move |n| self.value(rollup, self.first + n * self.step, figure))
    }

    fn value(&self, rollup: Option<&Rollup>, at: u32, figure: Figure) -> Option<f64> {
        let known = self.known(at, self.step);
        if known < PART_MIN.min(f64::from(self.base)) {
            return None;
        }
        let cells =
            (at..at + self.step).step_by(self.base as usize).filter_map(|minute| self.cell(rollup?, minute, figure));
        match figure {
            Figure::Logs | Figure::Metrics | Figure::Bytes | Figure::Errors | Figure::Warnings => {
                Some(cells.sum::<f64>() / known)
            }
            // Where nothing came nothing took any time.
            Figure::Delay => cells.reduce(f64::max).filter(|delay| *delay > 0.0),
        }
    }

    fn cell(&self, rollup: &Rollup, minute: u32, figure: Figure) -> Option<f64> {
        if self.base == 1 {
            rollup.of_minute(minute).map(|row| f64::from(row[figure as usize]))
        } else {
            Some(rollup.of_quarter(minute / 15)[figure as usize])
        }
    }

    /// How many of so many minutes are known.
    fn known(&self, at: u32, minutes: u32) -> f64 {
        let (from, to) = (start(at).max(self.begun), start(at + minutes).min(self.now));
        to.since(from).as_secs_f64() / 60.0
    }
}

fn minute(at: Timestamp) -> u32 {
    u32::try_from(at.seconds() / 60).unwrap_or(u32::MAX / 2)
}

const fn start(minute: u32) -> Timestamp {
    Timestamp::from_seconds(minute as u64 * 60)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A whole minute that begins a quarter of an hour.
    const START: u64 = 1_800_000_000 / 900 * 900;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_seconds(START + seconds)
    }

    fn account() -> AccountId {
        AccountId::parse("111122223333").unwrap()
    }

    fn logs(logs: u64) -> Counts {
        Counts { logs, bytes: logs * 100, errors: logs / 10, delay_ms: logs, ..Counts::default() }
    }

    fn column(rollups: &Rollups, figure: Figure, from: u64, to: u64, points: usize, now: u64) -> Vec<Option<f64>> {
        rollups.series(account(), &[figure], (at(from), at(to)), points, at(now)).data.remove(1)
    }

    #[test]
    fn minutes_are_told_one_by_one_and_what_is_not_known_is_none() {
        let mut rollups = Rollups::new(at(60));
        rollups.add(account(), at(70), &logs(30));
        rollups.add(account(), at(130), &logs(20));
        rollups.add(account(), at(150), &logs(40));
        rollups.add(account(), at(245), &logs(10));
        let of = |figure| column(&rollups, figure, 0, 250, 10, 270);
        let expected = [None, Some(30.0), Some(60.0), Some(0.0), Some(20.0)];
        assert_eq!(of(Figure::Logs), expected, "half of the last minute is over");
        assert_eq!(of(Figure::Delay), [None, Some(30.0), Some(40.0), None, Some(10.0)]);
        let series = rollups.series(account(), &[Figure::Logs], (at(0), at(250)), 10, at(270));
        assert_eq!((series.step_ms, series.data[0][1]), (60_000, Some(at(60).millis() as f64)));
    }

    #[test]
    fn fewer_points_are_wider() {
        let mut rollups = Rollups::new(at(0));
        (0..60).for_each(|minute| rollups.add(account(), at(minute * 60), &logs(60)));
        let values = column(&rollups, Figure::Logs, 0, 3_540, 10, 3_600);
        assert_eq!(values, [Some(60.0); 6]);
    }

    #[test]
    fn quarters_of_an_hour_reach_two_days_back() {
        let mut rollups = Rollups::new(at(0));
        let hours = |hours: u64| hours * 3_600;
        (0..hours(30) / 60).for_each(|minute| rollups.add(account(), at(minute * 60), &logs(10)));
        let now = hours(30);
        let values = column(&rollups, Figure::Logs, 0, now - 1, 2_000, now);
        assert_eq!((values.len(), values[0], values[119]), (120, Some(10.0), Some(10.0)));
        assert_eq!(rollups.bytes_day(account(), at(now - 1)), 96 * 15 * 1_000);
        let later = hours(30 + 23);
        assert_eq!(rollups.bytes_day(account(), at(later)), 3 * 15 * 1_000, "what is older than a day does not count");
        assert_eq!(rollups.bytes_day(account(), at(hours(60))), 0);
    }

    #[test]
    fn rates_are_of_five_minutes_or_since_the_start() {
        let mut rollups = Rollups::new(at(0));
        rollups.add(account(), at(30), &logs(60));
        let rates = rollups.rates(account(), at(60));
        assert_eq!((rates.events, rates.bytes, rates.error_share), (1.0, 100.0, Some(0.1)));
        assert_eq!(rollups.rates(account(), at(600)), Rates::default());
        assert_eq!(rollups.rates(AccountId::parse("999999999999").unwrap(), at(60)), Rates::default());
    }

    #[test]
    fn an_account_that_speaks_once_an_hour_is_known_for_it() {
        let mut rollups = Rollups::new(at(0));
        (0..12).for_each(|hour| rollups.add(account(), at(hour * 3_600), &logs(1)));
        let gap = rollups.usual_gap(account()).unwrap().as_secs();
        assert!((3_300..=3_600).contains(&gap), "{gap}");
        assert_eq!(rollups.usual_gap(AccountId::parse("999999999999").unwrap()), None);
    }

    #[test]
    fn six_thousand_accounts_take_fifty_four_megabytes() {
        let account = MINUTES as usize * size_of::<[u32; FIGURES]>()
            + QUARTERS as usize * size_of::<[f32; FIGURES]>()
            + size_of::<Rollup>();
        assert!(account * 6_000 <= 54_000_000, "{account}");
    }

    #[test]
    fn a_clock_that_is_set_back_loses_nothing() {
        let mut rollups = Rollups::new(at(0));
        rollups.add(account(), at(300), &logs(5));
        rollups.add(account(), at(120), &logs(5));
        assert_eq!(column(&rollups, Figure::Logs, 300, 300, 1, 360), [Some(10.0)]);
    }

    proptest! {
        #[test]
        fn a_series_holds_all_that_came(gaps in prop::collection::vec((0..400_u64, 1..50_u64), 1..60)) {
            let mut rollups = Rollups::new(at(0));
            let (mut now, mut all) = (0, 0);
            for (gap, count) in gaps {
                now = (now + gap).min(10_000);
                rollups.add(account(), at(now), &logs(count));
                all += count;
            }
            let end = (now / 60 + 1) * 60;
            let values = column(&rollups, Figure::Logs, 0, end - 1, 2_000, end);
            let sum: f64 = values.into_iter().flatten().sum();
            prop_assert_eq!(sum, all as f64);
            prop_assert_eq!(rollups.bytes_day(account(), at(end)), all * 100);
        }
    }
}
