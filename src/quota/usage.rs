//! What accounts use: the last value of each series, and the highest of each hour for two weeks.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::series::{Metric, Noted, Series, Used};
use crate::id::{AccountId, Region};
use crate::time::Timestamp;

/// Hours that are kept: two weeks, 1.4 KB for each series of an account and Region that fills a quota that is known.
pub const HOURS_MAX: usize = 336;

/// Series of one account that are kept.
const OF_ACCOUNT_MAX: usize = 256;

/// Series of all accounts that are kept: 280 MB of hours where every one of them has two weeks.
const ROWS_MAX: usize = 200_000;

/// Different series that are told apart.
const SERIES_MAX: usize = 10_000;

/// What the copy begins with; the last byte is its format.
const MAGIC: [u8; 4] = *b"FNQ\x01";

/// Most bytes of an inflated copy.
const COPY_BYTES_MAX: u64 = 1 << 30;

const HOUR_SECONDS: u64 = 3_600;

/// Why a copy cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It begins otherwise.
    #[error("no copy of what accounts use, or one of a later program")]
    Foreign,
    /// It cannot be inflated.
    #[error("a copy of what accounts use that cannot be inflated")]
    Compressed(#[source] std::io::Error),
    /// It is not what it should be.
    #[error("a damaged copy of what accounts use")]
    Damaged(#[from] postcard::Error),
}

/// What all accounts use.
#[derive(Debug, Default)]
pub struct Usage {
    /// Series that fill a quota that is known: only of these the hours are kept, and calls are kept at all.
    watched: Arc<BTreeSet<Series>>,
    names: Vec<Series>,
    places: BTreeMap<Series, u32>,
    accounts: BTreeMap<AccountId, Vec<Row>>,
    rows: usize,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Row {
    region: Region,
    series: u32,
    at: Timestamp,
    value: f64,
    hours: Hours,
    /// The highest since it was last told, and its minute.
    #[serde(skip)]
    untold: Option<(Timestamp, f64)>,
}

/// The highest value of each hour, oldest first; not a number where nothing came.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Hours {
    /// The hour of the last, since 1970.
    last: u64,
    points: VecDeque<f32>,
}

/// What an account uses of something.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Use<'a> {
    /// Where.
    pub region: Region,
    /// Of what.
    pub series: &'a Series,
    /// How much, in the last minute that was told.
    pub value: f64,
    /// That minute.
    pub at: Timestamp,
    /// How it was before.
    pub hours: &'a Hours,
}

/// A value that rules were not told of yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Fresh {
    /// Whose.
    pub account: AccountId,
    /// Where.
    pub region: Region,
    /// Of what.
    pub series: Series,
    /// The minute.
    pub at: Timestamp,
    /// How much.
    pub value: f64,
}

#[derive(Serialize, Deserialize)]
struct Copy {
    names: Vec<Series>,
    accounts: Vec<(AccountId, Vec<Row>)>,
}

impl Usage {
    /// From now on these series are those that fill a quota that is known.
    pub fn watch(&mut self, series: Arc<BTreeSet<Series>>) {
        self.watched = series;
    }

    /// Adds what a worker noted.
    pub fn add(&mut self, noted: &Noted) {
        noted.used.iter().for_each(|used| self.take(used));
    }

    fn take(&mut self, used: &Used) {
        let watched = self.watched.contains(&used.series);
        // Of calls there is one series for each API; most have no quota that anyone knows.
        if !watched && used.series.metric == Metric::CallCount {
            return;
        }
        let Some(series) = self.place(&used.series) else { return };
        let full = self.rows >= ROWS_MAX;
        let rows = self.accounts.entry(used.account).or_default();
        let row = match rows.iter().position(|row| (row.region, row.series) == (used.region, series)) {
            Some(place) => &mut rows[place],
            None if full || rows.len() >= OF_ACCOUNT_MAX => return,
            None => {
                self.rows += 1;
                rows.push(Row {
                    region: used.region,
                    series,
                    at: used.at,
                    value: used.value,
                    hours: Hours::default(),
                    untold: None,
                });
                let last = rows.len() - 1;
                &mut rows[last]
            }
        };
        if used.at >= row.at {
            (row.at, row.value) = (used.at, used.value);
        }
        if watched {
            row.hours.push(used.at, used.value);
            row.untold = Some(match row.untold {
                Some((at, value)) => (at.max(used.at), value.max(used.value)),
                None => (used.at, used.value),
            });
        }
    }

    fn place(&mut self, series: &Series) -> Option<u32> {
        if let Some(place) = self.places.get(series) {
            return Some(*place);
        }
        if self.names.len() >= SERIES_MAX {
            return None;
        }
        let place = u32::try_from(self.names.len()).ok()?;
        self.names.push(series.clone());
        let _ = self.places.insert(series.clone(), place);
        Some(place)
    }

    /// Accounts of which something is known, ascending.
    pub fn accounts(&self) -> impl Iterator<Item = AccountId> + '_ {
        self.accounts.keys().copied()
    }

    /// What an account uses.
    pub fn of(&self, account: AccountId) -> impl Iterator<Item = Use<'_>> {
        self.accounts.get(&account).into_iter().flatten().filter_map(|row| {
            let series = self.names.get(row.series as usize)?;
            Some(Use { region: row.region, series, value: row.value, at: row.at, hours: &row.hours })
        })
    }

    /// What rules were not told of yet; from now on they are taken to be.
    pub fn take_fresh(&mut self) -> Vec<Fresh> {
        let names = &self.names;
        let rows = self.accounts.iter_mut().flat_map(|(account, rows)| rows.iter_mut().map(|row| (*account, row)));
        let fresh = rows.filter_map(|(account, row)| {
            let (at, value) = row.untold.take()?;
            Some(Fresh { account, region: row.region, series: names.get(row.series as usize)?.clone(), at, value })
        });
        fresh.collect()
    }

    /// What outlives the process.
    ///
    /// # Panics
    /// Never: a copy has only members that postcard can hold, and memory takes all that is written.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let accounts = self.accounts.iter().map(|(account, rows)| (*account, rows.clone())).collect();
        let copy = Copy { names: self.names.clone(), accounts };
        let encoded = postcard::to_allocvec(&copy).expect("a copy has only what postcard can hold");
        let mut bytes = MAGIC.to_vec();
        bytes.extend(zstd::bulk::compress(&encoded, 3).expect("memory takes all that is written"));
        bytes
    }

    /// Goes on from what `to_bytes` gave; what came since then stays.
    ///
    /// # Errors
    /// When the bytes are something else, or damaged.
    pub fn restore(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let compressed = bytes.strip_prefix(&MAGIC).ok_or(Error::Foreign)?;
        let decoder = zstd::stream::read::Decoder::new(compressed).map_err(Error::Compressed)?;
        let mut encoded = Vec::new();
        let mut limited = std::io::Read::take(decoder, COPY_BYTES_MAX);
        let _ = std::io::Read::read_to_end(&mut limited, &mut encoded).map_err(Error::Compressed)?;
        let copy: Copy = postcard::from_bytes(&encoded)?;
        for (account, rows) in copy.accounts {
            for row in rows {
                let Some(series) = copy.names.get(row.series as usize) else { continue };
                let Some(series) = self.place(series) else { continue };
                let known = self.accounts.entry(account).or_default();
                let place = known.iter().position(|other| (other.region, other.series) == (row.region, series));
                match place {
                    Some(place) => known[place].hours = row.hours.and(&known[place].hours),
                    None if self.rows >= ROWS_MAX || known.len() >= OF_ACCOUNT_MAX => {}
                    None => {
                        self.rows += 1;
                        known.push(Row { series, ..row });
                    }
                }
            }
        }
        Ok(())
    }
}

impl Hours {
    /// A value of a minute.
    pub(super) fn push(&mut self, at: Timestamp, value: f64) {
        let hour = at.seconds() / HOUR_SECONDS;
        #[expect(clippy::cast_possible_truncation, reason = "a digit or two is lost, which no forecast needs")]
        let value = value as f32;
        if self.points.is_empty() || hour > self.last + HOURS_MAX as u64 {
            self.points.clear();
            self.last = hour;
            self.points.push_back(value);
            return;
        }
        while self.last < hour {
            self.last += 1;
            self.points.push_back(f32::NAN);
        }
        let back = usize::try_from(self.last - hour).unwrap_or(usize::MAX);
        if let Some(point) = self.points.len().checked_sub(1 + back).and_then(|place| self.points.get_mut(place)) {
            *point = if point.is_nan() { value } else { point.max(value) };
        }
        let surplus = self.points.len().saturating_sub(HOURS_MAX);
        drop(self.points.drain(..surplus));
    }

    /// Hours of which something is known: seconds since 1970 of their beginning, and the highest value.
    pub fn points(&self) -> impl Iterator<Item = (u64, f64)> + '_ {
        let first = (self.last + 1).saturating_sub(self.points.len() as u64);
        let known = self.points.iter().zip(first..).filter(|(point, _)| point.is_finite());
        known.map(|(point, hour)| (hour * HOUR_SECONDS, f64::from(*point)))
    }

    /// The highest of all that is kept.
    #[must_use]
    pub fn peak(&self) -> Option<f64> {
        self.points().map(|(_, value)| value).reduce(f64::max)
    }

    fn and(mut self, later: &Self) -> Self {
        later.points().for_each(|(at, value)| self.push(Timestamp::from_seconds(at), value));
        self
    }
}
