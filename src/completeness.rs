//! Completeness: what CloudWatch Logs says that it forwarded, against the log events that arrived of each account.
//!
//! Each account publishes in the namespace `AWS/Logs` how many log events its subscription filters forwarded
//! (`ForwardedLogEvents`), and metric streams carry that here. The events themselves come another way. Where fewer arrive than
//! were forwarded, something on the way loses them, and nothing else would tell.
//!
//! The same events are published under several sets of dimensions: by log group, by filter, by policy, in all. Sums over two
//! sets would count them twice, so each set is added up by itself and the largest sum counts: a set that is whole has all of
//! them. An account may also forward to others than Fanin: filters by which nothing ever arrived here, of any account, are not
//! counted. That needs no list, since a fleet has one filter name for all accounts, or a few.
//!
//! Both sides are counted in quarters of an hour, by the minute in which CloudWatch forwarded and by the arrival of what came.
//! A quarter is compared when the pipeline has seen everything up to well after its end, and was there from its beginning.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::id::AccountId;
use crate::record::metric::Point;
use crate::time::Timestamp;

/// The namespace in which CloudWatch Logs tells of itself.
pub const NAMESPACE: &str = "AWS/Logs";

/// What is counted together.
pub const QUARTER: Duration = Duration::from_secs(900);

/// Quarters that are kept: two hours, and the one that runs.
const QUARTERS_MAX: usize = 9;

/// How long after its end a quarter is compared: metric streams bring points two to three minutes late, and sometimes later.
const SETTLED_AFTER: Duration = Duration::from_secs(600);

/// Names of filters that are told apart; what more of them forwarded is not counted.
const FILTERS_MAX: usize = 1_024;

/// Accounts that are followed.
const ACCOUNTS_MAX: usize = 100_000;

/// Sums of one account that are kept of a quarter. AWS allows two filters for each log group, and a few for the account.
const SUMS_MAX: usize = 96;

/// Below this share something is missing: the minutes of both sides do not fall together to the second.
const WHOLE_SHARE: f64 = 0.95;

const LOG_GROUP: u8 = 1;
const DESTINATION_TYPE: u8 = 2;
const FILTER: u8 = 4;
const POLICY_LEVEL: u8 = 8;

/// What one worker noted of some records.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Noted {
    /// Log events of subscription payloads, by owner and quarter of arrival.
    arrived: BTreeMap<(AccountId, Timestamp), u64>,
    /// Names of the filters through which they came.
    filters: Vec<Box<str>>,
    forwarded: Vec<Forwarded>,
}

/// A point of a metric of `AWS/Logs` that says what was forwarded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Forwarded {
    account: AccountId,
    quarter: Timestamp,
    figure: Figure,
    set: u8,
    filter: Box<str>,
    sum: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Figure {
    Events,
    Bytes,
    Errors,
}

impl Noted {
    /// A subscription payload of that account arrived, with so many events, through that filter.
    pub fn arrived(&mut self, account: AccountId, at: Timestamp, events: u64, filter: &str) {
        *self.arrived.entry((account, at.floor(QUARTER))).or_default() += events;
        if !filter.is_empty()
            && !self.filters.iter().any(|known| **known == *filter)
            && self.filters.len() < FILTERS_MAX
        {
            self.filters.push(filter.into());
        }
    }

    /// A point of a metric stream, which mostly is about something else.
    pub fn point(&mut self, point: &Point<'_>) {
        if point.datum.namespace != NAMESPACE {
            return;
        }
        let Some(figure) = figure(point.datum.name) else { return };
        let Some((set, filter)) = set(point) else { return };
        self.forwarded.push(Forwarded {
            account: point.resource.account,
            quarter: point.datum.start.floor(QUARTER),
            figure,
            set,
            filter: filter.into(),
            sum: point.datum.sum,
        });
    }

    /// Adds what was noted elsewhere.
    pub fn append(&mut self, other: Self) {
        for (place, events) in other.arrived {
            *self.arrived.entry(place).or_default() += events;
        }
        for filter in other.filters {
            if !self.filters.contains(&filter) && self.filters.len() < FILTERS_MAX {
                self.filters.push(filter);
            }
        }
        self.forwarded.extend(other.forwarded);
    }

    /// Whether nothing was noted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.arrived.is_empty() && self.forwarded.is_empty()
    }

    /// Empties it and keeps its room.
    pub fn clear(&mut self) {
        self.arrived.clear();
        self.filters.clear();
        self.forwarded.clear();
    }
}

fn figure(name: &str) -> Option<Figure> {
    match name {
        "ForwardedLogEvents" => Some(Figure::Events),
        "ForwardedBytes" => Some(Figure::Bytes),
        "DeliveryErrors" | "DeliveryThrottling" => Some(Figure::Errors),
        _ => None,
    }
}

/// Which of the documented sets of dimensions a point has, and its filter; none for a set that is not documented, which
/// overlaps with one that is.
fn set<'p>(point: &Point<'p>) -> Option<(u8, &'p str)> {
    let (mut set, mut filter) = (0, "");
    for dimension in point.dimensions {
        set |= match dimension.name {
            "LogGroupName" => LOG_GROUP,
            "DestinationType" => DESTINATION_TYPE,
            "PolicyLevel" => POLICY_LEVEL,
            "FilterName" => {
                filter = dimension.value;
                FILTER
            }
            _ => return None,
        };
    }
    Some((set, filter))
}

/// What is known of all accounts.
#[derive(Debug)]
pub struct Completeness {
    since: Timestamp,
    accounts: BTreeMap<AccountId, VecDeque<Quarter>>,
    /// Names of filters, and whether something arrived through them. The first is that of sets without a filter.
    filters: Vec<(Box<str>, bool)>,
}

/// A quarter of an hour of one account.
#[derive(Clone, Debug, Default)]
struct Quarter {
    begin: Timestamp,
    arrived: u64,
    sums: Vec<Sum>,
}

/// What was added up of one set of dimensions of one filter.
#[derive(Clone, Copy, Debug)]
struct Sum {
    filter: u16,
    set: u8,
    figure: Figure,
    sum: f64,
}

/// What was forwarded and what arrived of one account.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Compared {
    /// Log events that CloudWatch forwarded through filters that lead here.
    pub forwarded: u64,
    /// Compressed bytes of them.
    pub forwarded_bytes: u64,
    /// Log events that arrived.
    pub arrived: u64,
    /// Log events that CloudWatch could not deliver, or not at once.
    pub delivery_errors: u64,
}

impl Compared {
    /// What arrived of what was forwarded, as a share.
    #[must_use]
    pub fn share(&self) -> f64 {
        if self.forwarded == 0 { 1.0 } else { self.arrived as f64 / self.forwarded as f64 }
    }

    /// Whether less arrived than was forwarded, beyond what the edges of quarters explain.
    #[must_use]
    pub fn is_short(&self) -> bool {
        self.share() < WHOLE_SHARE
    }
}

impl Completeness {
    /// Nothing is known from before `since`.
    #[must_use]
    pub fn new(since: Timestamp) -> Self {
        Self { since, accounts: BTreeMap::new(), filters: vec![("".into(), false)] }
    }

    /// Adds what a worker noted.
    pub fn add(&mut self, noted: &Noted) {
        for filter in &noted.filters {
            if let Some(index) = self.filter(filter) {
                self.filters[usize::from(index)].1 = true;
            }
        }
        for ((account, begin), events) in &noted.arrived {
            if let Some(quarter) = self.quarter(*account, *begin) {
                quarter.arrived += events;
            }
        }
        for point in &noted.forwarded {
            let Some(filter) = self.filter(&point.filter) else { continue };
            if let Some(quarter) = self.quarter(point.account, point.quarter) {
                quarter.add(Sum { filter, set: point.set, figure: point.figure, sum: point.sum });
            }
        }
    }

    /// The place of a name of a filter; none of one too many.
    fn filter(&mut self, name: &str) -> Option<u16> {
        let known = self.filters.iter().position(|(filter, _)| **filter == *name);
        let index = match known {
            Some(index) => index,
            None if self.filters.len() >= FILTERS_MAX => return None,
            None => {
                self.filters.push((name.into(), false));
                self.filters.len() - 1
            }
        };
        u16::try_from(index).ok()
    }

    /// What is known of an account in the last quarter that is whole, seen from a pipeline that has seen everything up to
    /// `seen_until`; `None` where CloudWatch told nothing of it.
    #[must_use]
    pub fn of(&self, account: AccountId, seen_until: Timestamp) -> Option<Compared> {
        let begin = self.last_whole(seen_until)?;
        let quarter = self.accounts.get(&account)?.iter().find(|quarter| quarter.begin == begin)?;
        quarter.compared(&self.filters)
    }

    /// The same of every account of which CloudWatch told something, ascending.
    pub fn all(&self, seen_until: Timestamp) -> impl Iterator<Item = (AccountId, Compared)> + '_ {
        self.accounts.keys().filter_map(move |account| Some((*account, self.of(*account, seen_until)?)))
    }

    /// Accounts of which less arrived than was forwarded in the last quarter that is whole, and in the one before: a single one
    /// may be short because the next is as much too long.
    pub fn short(&self, seen_until: Timestamp) -> impl Iterator<Item = AccountId> + '_ {
        self.all(seen_until)
            .filter(move |(account, compared)| {
                let before = self.of(*account, seen_until.minus(QUARTER));
                compared.is_short() && before.is_none_or(|before| before.is_short())
            })
            .map(|(account, _)| account)
    }

    /// Beginning of the last quarter that is whole.
    fn last_whole(&self, seen_until: Timestamp) -> Option<Timestamp> {
        let end = seen_until.minus(SETTLED_AFTER).floor(QUARTER);
        let begin = end.minus(QUARTER);
        (begin >= self.since && begin < end).then_some(begin)
    }

    /// The quarter of an account that begins then; none of one that is too old, or of an account too many.
    fn quarter(&mut self, account: AccountId, begin: Timestamp) -> Option<&mut Quarter> {
        if self.accounts.len() >= ACCOUNTS_MAX && !self.accounts.contains_key(&account) {
            return None;
        }
        let quarters = self.accounts.entry(account).or_default();
        let index = match quarters.iter().position(|quarter| quarter.begin >= begin) {
            Some(index) if quarters[index].begin == begin => index,
            Some(0) if quarters.len() >= QUARTERS_MAX => return None,
            found => {
                let index = found.unwrap_or(quarters.len());
                quarters.insert(index, Quarter { begin, ..Quarter::default() });
                if quarters.len() > QUARTERS_MAX {
                    let _oldest = quarters.pop_front();
                    index - 1
                } else {
                    index
                }
            }
        };
        quarters.get_mut(index)
    }
}

impl Quarter {
    fn add(&mut self, new: Sum) {
        let same = |sum: &&mut Sum| (sum.filter, sum.set, sum.figure) == (new.filter, new.set, new.figure);
        if let Some(sum) = self.sums.iter_mut().find(same) {
            sum.sum += new.sum;
        } else if self.sums.len() < SUMS_MAX {
            self.sums.push(new);
        }
    }

    fn compared(&self, filters: &[(Box<str>, bool)]) -> Option<Compared> {
        let compared = Compared {
            forwarded: self.total(Figure::Events, filters),
            forwarded_bytes: self.total(Figure::Bytes, filters),
            arrived: self.arrived,
            delivery_errors: self.total(Figure::Errors, filters),
        };
        (compared.forwarded > 0 || compared.delivery_errors > 0).then_some(compared)
    }

    /// Over the filters that lead here, of each the largest sum; where no set names a filter, the largest of those.
    fn total(&self, figure: Figure, filters: &[(Box<str>, bool)]) -> u64 {
        let of_figure = || self.sums.iter().filter(move |sum| sum.figure == figure);
        let by_filter = of_figure().any(|sum| sum.filter > 0);
        let mut largest: BTreeMap<u16, f64> = BTreeMap::new();
        for sum in of_figure() {
            let leads_here = filters.get(usize::from(sum.filter)).is_some_and(|(_, here)| *here);
            if leads_here || !by_filter {
                let known = largest.entry(sum.filter).or_default();
                *known = known.max(sum.sum);
            }
        }
        rounded(largest.values().sum())
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a count, and held between 0 and what fits"
)]
fn rounded(count: f64) -> u64 {
    count.clamp(0.0, 1e18).round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::metric::{Datum, Dimension, Points, Resource};

    const ACCOUNT: &str = "111122223333";

    fn account() -> AccountId {
        AccountId::parse(ACCOUNT).unwrap()
    }

    /// The minute of a quarter that begins at a whole hour.
    fn at(minute: u64) -> Timestamp {
        Timestamp::from_seconds(1_800_000_000 + minute * 60)
    }

    fn point(
        noted: &mut Noted,
        name: &'static str,
        minute: u64,
        dimensions: &[(&'static str, &'static str)],
        sum: f64,
    ) {
        let mut points = Points::default();
        points.set_resource(Resource { account: account(), region: None, stream: None });
        let datum = Datum {
            namespace: NAMESPACE,
            name,
            unit: "",
            start: at(minute),
            end: at(minute + 1),
            count: 1.0,
            sum,
            min: None,
            max: None,
        };
        points.push(datum, dimensions.iter().map(|(name, value)| Dimension { name, value }), []);
        points.iter().for_each(|point| noted.point(&point));
    }

    fn forwarded(noted: &mut Noted, dimensions: &[(&'static str, &'static str)], sum: f64) {
        point(noted, "ForwardedLogEvents", 1, dimensions, sum);
    }

    fn compared(noted: &Noted) -> Option<Compared> {
        let mut completeness = Completeness::new(at(0));
        completeness.add(noted);
        completeness.of(account(), at(26))
    }

    const OURS: [(&str, &str); 3] =
        [("DestinationType", "KinesisStream"), ("FilterName", "fanin"), ("LogGroupName", "/aws/lambda/a")];
    const OURS_TOO: [(&str, &str); 3] =
        [("DestinationType", "KinesisStream"), ("FilterName", "fanin"), ("LogGroupName", "/aws/lambda/b")];
    const ANOTHER: [(&str, &str); 3] =
        [("DestinationType", "Lambda"), ("FilterName", "search"), ("LogGroupName", "/aws/lambda/a")];

    #[test]
    fn log_groups_of_our_filter_are_added_and_other_filters_are_not() {
        let mut noted = Noted::default();
        noted.arrived(account(), at(2), 90, "fanin");
        forwarded(&mut noted, &OURS, 60.0);
        forwarded(&mut noted, &OURS_TOO, 40.0);
        forwarded(&mut noted, &ANOTHER, 1_000.0);
        let expected = Compared { forwarded: 100, arrived: 90, ..Compared::default() };
        assert_eq!(compared(&noted), Some(expected));
        assert!(expected.is_short());
    }

    #[test]
    fn sets_of_dimensions_that_overlap_are_never_added() {
        let mut noted = Noted::default();
        noted.arrived(account(), at(2), 100, "fanin");
        forwarded(&mut noted, &[], 1_100.0);
        forwarded(&mut noted, &[("LogGroupName", "/aws/lambda/a")], 1_060.0);
        forwarded(&mut noted, &[("LogGroupName", "/aws/lambda/b")], 40.0);
        forwarded(&mut noted, &OURS, 60.0);
        forwarded(&mut noted, &OURS_TOO, 40.0);
        let all = [OURS[0], OURS[1], OURS[2], ("PolicyLevel", "ACCOUNT_LEVEL_POLICY")];
        forwarded(&mut noted, &all, 60.0);
        forwarded(&mut noted, &[("FilterName", "fanin")], 100.0);
        assert_eq!(compared(&noted).map(|it| (it.forwarded, it.arrived)), Some((100, 100)));
    }

    #[test]
    fn without_filters_the_sets_by_log_group_count() {
        let mut noted = Noted::default();
        noted.arrived(account(), at(2), 100, "fanin");
        forwarded(&mut noted, &[("LogGroupName", "/aws/lambda/a")], 60.0);
        forwarded(&mut noted, &[("LogGroupName", "/aws/lambda/b")], 40.0);
        forwarded(&mut noted, &[("LogGroupName", "/aws/lambda/b"), ("New", "x")], 4_000.0);
        assert_eq!(compared(&noted).map(|it| it.forwarded), Some(100));
    }

    #[test]
    fn errors_of_delivery_are_told_though_nothing_was_forwarded() {
        let mut noted = Noted::default();
        noted.arrived(account(), at(20), 1, "fanin");
        point(&mut noted, "DeliveryErrors", 3, &OURS, 7.0);
        point(&mut noted, "DeliveryThrottling", 4, &OURS, 5.0);
        point(&mut noted, "IncomingLogEvents", 4, &[("LogGroupName", "/aws/lambda/a")], 5_000.0);
        assert_eq!(compared(&noted), Some(Compared { delivery_errors: 12, ..Compared::default() }));
    }

    #[test]
    fn only_quarters_that_are_whole_are_compared() {
        let mut noted = Noted::default();
        noted.arrived(account(), at(2), 100, "fanin");
        forwarded(&mut noted, &OURS, 100.0);
        let asked = |since, seen_until| {
            let mut completeness = Completeness::new(since);
            completeness.add(&noted);
            completeness.of(account(), seen_until).is_some()
        };
        assert!(!asked(at(0), at(24)), "points of its last minutes may come yet");
        assert!(asked(at(0), at(25)));
        assert!(!asked(at(1), at(25)), "nobody counted in its first minute");
        assert!(!asked(at(0), at(41)), "of the next one nothing was told");
    }

    #[test]
    fn an_account_is_short_when_two_quarters_are() {
        let mut completeness = Completeness::new(at(0));
        let short = |completeness: &Completeness| completeness.short(at(41)).count();
        for (minute, arrived) in [(2, 100), (17, 50)] {
            let mut noted = Noted::default();
            noted.arrived(account(), at(minute), arrived, "fanin");
            point(&mut noted, "ForwardedLogEvents", minute, &OURS, 100.0);
            completeness.add(&noted);
        }
        assert_eq!(short(&completeness), 0);
        let mut noted = Noted::default();
        point(&mut noted, "ForwardedLogEvents", 2, &OURS, 100.0);
        completeness.add(&noted);
        assert_eq!(short(&completeness), 1);
    }

    #[test]
    fn two_hours_are_kept_in_whatever_order_they_come() {
        let mut completeness = Completeness::new(at(0));
        for minute in [300, 0, 285, 270, 255, 240, 225, 210, 195, 180, 165, 150] {
            let mut noted = Noted::default();
            noted.arrived(account(), at(minute), 1, "fanin");
            completeness.add(&noted);
        }
        let kept: Vec<u64> =
            completeness.accounts[&account()].iter().map(|it| it.begin.since(at(0)).as_secs() / 60).collect();
        assert_eq!(kept, [180, 195, 210, 225, 240, 255, 270, 285, 300]);
    }
}
