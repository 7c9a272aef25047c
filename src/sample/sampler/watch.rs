//! What one rule takes from what it is for.

use std::borrow::Cow;
use std::time::Duration;

use xxhash_rust::xxh3::Xxh3;

use super::holds;
use crate::id::AccountId;
use crate::policy::Local;
use crate::predicate::account::Account;
use crate::predicate::field::Field;
use crate::predicate::signature::signature;
use crate::predicate::{Fields, Predicate};
use crate::record::metric::Point;
use crate::record::value::Value;
use crate::rule::{Aggregate, Kind, Measure, Rule, RuleIdx, Selector, Term, Values};
use crate::sample::partials::{Key, Partials};
use crate::sample::{AGE_MAX, AHEAD_MAX, Cell, Taken};
use crate::time::Timestamp;

/// Bytes of a value of a group or of a key; what is longer is cut.
const GROUP_BYTES_MAX: usize = 1024;

/// What a rule takes, and from what.
#[derive(Clone, Debug)]
pub(super) struct Watch {
    rule: RuleIdx,
    matches: Option<Predicate>,
    /// Asked here only where a group has no account, by which it could be asked later.
    scope: Option<Predicate>,
    by_account: bool,
    /// The account stands in the group only to tell on how many accounts a key is met: `first_seen` of the fleet.
    by_spread: bool,
    by: Vec<Field>,
    /// Of `first_seen`: what stands behind the group, and whether only its shape counts.
    key: Option<(Field, bool)>,
    every: Duration,
    terms: Vec<Term>,
    keeps_times: bool,
    lines: usize,
    exact: bool,
}

/// What is looked at.
pub(super) struct Seen<'s> {
    pub(super) fields: &'s dyn Fields,
    /// Whose it is; `None` where it is of Fanin itself.
    pub(super) owner: Option<Account<'s>>,
    pub(super) at: Timestamp,
    /// Up to when it speaks, where that is not `at`.
    pub(super) until: Option<Timestamp>,
    pub(super) arrived: Timestamp,
    pub(super) local: Option<&'s Local<'s>>,
    pub(super) given: Given<'s>,
}

/// What there is beside fields.
pub(super) enum Given<'s> {
    Record,
    Point { point: &'s Point<'s>, is_part: bool },
    Own { name: &'s str, value: f64 },
}

/// What a term takes.
enum Taking<'s> {
    Number(f64),
    Text(Cow<'s, str>),
    Statistics(Option<f64>),
}

impl Watch {
    /// `None` for kinds that look at other rules.
    pub(super) fn new(idx: RuleIdx, rule: &Rule) -> Option<Self> {
        let terms = |measure: &Measure| measure.terms.clone();
        let (fields, key, terms, keeps_times) = match &rule.kind {
            Kind::Threshold(measure) | Kind::Ratio(measure) => (&rule.group_by[..], None, terms(measure), false),
            Kind::Change { measure, .. } | Kind::Forecast { measure, .. } => {
                (&rule.group_by[..], None, terms(measure), false)
            }
            Kind::Outlier(outlier) => (&rule.group_by[..], None, terms(&outlier.measure), false),
            Kind::Absence { .. } => (&rule.group_by[..], None, Vec::new(), false),
            Kind::Event { dedup_by, .. } => (&dedup_by[..], None, Vec::new(), true),
            Kind::FirstSeen(first) => {
                let fields = if first.fleet { &[] } else { &rule.group_by[..] };
                (fields, Some((first.key.clone(), first.signature)), Vec::new(), true)
            }
            Kind::Fleet(_) | Kind::Composite { .. } => return None,
        };
        let by_account = fields.contains(&Field::Account);
        Some(Self {
            rule: idx,
            matches: rule.matches.clone(),
            scope: rule.scope.clone().filter(|_| !by_account),
            by_account,
            by_spread: matches!(&rule.kind, Kind::FirstSeen(first) if first.fleet),
            by: fields.iter().filter(|field| **field != Field::Account).cloned().collect(),
            key,
            every: rule.every.max(Duration::from_nanos(1)),
            terms,
            keeps_times,
            lines: rule.annotations.samples,
            exact: rule.exact,
        })
    }

    pub(super) const fn matches(&self) -> Option<&Predicate> {
        self.matches.as_ref()
    }

    /// The series that it asks for; none where it takes any.
    pub(super) fn selectors(&self) -> impl Iterator<Item = &Selector> {
        self.terms.iter().filter_map(|term| match &term.of {
            Values::Metric(selector) => Some(selector),
            Values::Records | Values::Field(_) | Values::Own(_) => None,
        })
    }

    /// Takes a sample where it is for the rule.
    pub(super) fn look(&self, seen: &Seen<'_>, partials: &mut Partials) {
        let Some(set) = self.selects(seen) else { return };
        let in_scope = || seen.owner.is_none_or(|owner| holds(self.scope.as_ref(), &owner));
        if !holds(self.matches.as_ref(), seen.fields) || !in_scope() {
            return;
        }
        if seen.at < seen.arrived.minus(AGE_MAX) {
            partials.counts.too_old += 1;
            return;
        }
        let ahead = seen.at > seen.arrived.plus(AHEAD_MAX);
        let at = if ahead { seen.arrived } else { seen.at };
        let Some((account, rest)) = self.group(seen) else {
            partials.counts.without_group += 1;
            return;
        };
        partials.counts.ahead += u64::from(ahead);
        partials.counts.taken += 1;
        let bucket = at.minus(Duration::from_nanos(at.nanos() % nanos(self.every)));
        let series = match seen.given {
            Given::Point { point, is_part: false } if self.exact => Some((series(point), seen.at)),
            Given::Point { .. } | Given::Record | Given::Own { .. } => None,
        };
        let key = Key { rule: self.rule, account, rest: &rest, bucket, series, set_len: set.0, set: set.1 };
        self.take(&key, at, seen, partials);
    }

    fn take(&self, key: &Key<'_>, at: Timestamp, seen: &Seen<'_>, partials: &mut Partials) {
        // Nothing was later than its arrival: a heartbeat of the future must not hide silence.
        let held = at.min(seen.arrived);
        let until = seen.until.filter(|_| at == seen.at).unwrap_or(held);
        let place = partials.place(key, self.terms.len(), held, until);
        let partial = partials.at(place);
        if partial.series.is_some() {
            // A point that is sent again replaces the first.
            partial.count = 0;
            partial.times.clear();
        }
        partial.count = partial.count.saturating_add(1);
        partial.first = partial.first.min(held);
        partial.last = partial.last.max(held);
        partial.until = partial.until.max(until);
        if self.keeps_times {
            let later = partial.times.partition_point(|time| *time <= held);
            partial.times.insert(later, held);
        }
        let mut not_finite = 0;
        for (term, slot) in self.terms.iter().zip(&mut partial.cells) {
            let Some(taking) = taking(term, seen) else { continue };
            let replaced = if partial.series.is_some() { None } else { slot.take() };
            let fresh = replaced.is_none();
            let mut cell = replaced.unwrap_or_else(|| Cell::new(&term.aggregate, matches!(term.of, Values::Records)));
            let taken = give(&mut cell, taking, at, seen);
            not_finite += u64::from(taken == Taken::NotFinite);
            *slot = Some(cell).filter(|_| !fresh || taken == Taken::Yes);
        }
        partials.counts.not_finite += not_finite;
        if matches!(seen.given, Given::Record) {
            partials.want_line(place, held, self.lines);
        }
    }

    /// Whether the rule asks for it as far as metrics have names, and the set of dimensions that it is of where that is open.
    fn selects(&self, seen: &Seen<'_>) -> Option<(u8, u64)> {
        const NONE: (u8, u64) = (0, 0);
        match &seen.given {
            Given::Record => Some(NONE),
            Given::Own { name, .. } => {
                let is = |term: &Term| match &term.of {
                    Values::Own(own) => **own == **name,
                    Values::Records | Values::Field(_) | Values::Metric(_) => false,
                };
                let names = self.terms.iter().any(|term| matches!(term.of, Values::Own(_)));
                (!names || self.terms.iter().any(is)).then_some(NONE)
            }
            Given::Point { point, .. } => {
                let mut selected = self.selectors().filter(|selector| is_of(selector, point)).peekable();
                let none_named = || self.selectors().next().is_none();
                if selected.peek().is_none() {
                    return none_named().then_some(NONE);
                }
                Some(if selected.any(|selector| selector.dimensions.is_none()) { set(point) } else { NONE })
            }
        }
    }

    /// Account and other values of the group; `None` where one is missing, or must not leave.
    fn group<'s>(&self, seen: &Seen<'s>) -> Option<(Option<AccountId>, Vec<Cow<'s, str>>)> {
        let account = match self.by_account {
            true => Some(account(seen)?),
            false => account(seen).filter(|_| self.by_spread),
        };
        let mut rest = Vec::new();
        for field in &self.by {
            rest.push(value(field, seen)?);
        }
        if let Some((field, only_shape)) = &self.key {
            let text = value(field, seen)?;
            rest.push(if *only_shape { Cow::Owned(signature(&text)) } else { text });
        }
        for text in &mut rest {
            cut(text);
        }
        Some((account, rest))
    }
}

fn account(seen: &Seen<'_>) -> Option<AccountId> {
    match seen.owner {
        Some(owner) => Some(owner.id),
        None => AccountId::parse(seen.fields.get(&Field::Account)?.text()?).ok(),
    }
}

/// The value of a field as a text, without what must not leave.
fn value<'s>(field: &Field, seen: &Seen<'s>) -> Option<Cow<'s, str>> {
    let text = text_of(seen.fields.get(field)?)?;
    let (Some(local), Some(path)) = (seen.local, path(field)) else { return Some(text) };
    match text {
        Cow::Borrowed(text) => local.clean_text(path, text),
        Cow::Owned(text) => local.clean_text(path, &text).map(|text| Cow::Owned(text.into_owned())),
    }
}

/// Where a field is in a record that policies redact; `None` for what is told of a record and not by it.
fn path(field: &Field) -> Option<&str> {
    match field {
        Field::Attribute(name) => Some(name),
        Field::Message => Some("body"),
        Field::Event => Some("event_name"),
        Field::Service => Some("service.name"),
        Field::Account
        | Field::Region
        | Field::Tenant(_)
        | Field::Level
        | Field::LogGroup
        | Field::Bytes
        | Field::LogStream
        | Field::Source
        | Field::Namespace
        | Field::Metric
        | Field::Unit
        | Field::Dimension(_) => None,
    }
}

/// A value as a text by which one groups; `None` where it has none, or an empty one.
fn text_of(value: Value<'_>) -> Option<Cow<'_, str>> {
    match value {
        Value::Text(text) => (!text.is_empty()).then_some(Cow::Borrowed(text)),
        Value::Int(number) => Some(number.to_string().into()),
        Value::Double(number) => Some(number.to_string().into()),
        Value::Bool(is) => Some(is.to_string().into()),
        Value::Null | Value::List(_) | Value::Map(_) => None,
    }
}

fn cut(text: &mut Cow<'_, str>) {
    if text.len() > GROUP_BYTES_MAX {
        let end = text.floor_char_boundary(GROUP_BYTES_MAX);
        match text {
            Cow::Borrowed(text) => *text = &text[..end],
            Cow::Owned(text) => text.truncate(end),
        }
    }
}

/// What a term takes of it; `None` where it has nothing for the term.
fn taking<'s>(term: &Term, seen: &Seen<'s>) -> Option<Taking<'s>> {
    match (&term.of, &seen.given) {
        (Values::Records, _) => Some(Taking::Number(1.0)),
        (Values::Field(field), _) => {
            let value = seen.fields.get(field)?;
            match term.aggregate {
                Aggregate::Distinct | Aggregate::Count => text_of(value).map(Taking::Text),
                Aggregate::Sum
                | Aggregate::Avg
                | Aggregate::Min
                | Aggregate::Max
                | Aggregate::Last
                | Aggregate::Rate
                | Aggregate::Percentile(_) => value.double().map(Taking::Number),
            }
        }
        (Values::Metric(selector), Given::Point { point, .. }) => {
            is_of(selector, point).then(|| Taking::Statistics(statistic(selector, point)))
        }
        (Values::Own(own), Given::Own { name, value }) => (**own == **name).then_some(Taking::Number(*value)),
        (Values::Metric(_), Given::Record | Given::Own { .. })
        | (Values::Own(_), Given::Record | Given::Point { .. }) => None,
    }
}

fn give(cell: &mut Cell, taking: Taking<'_>, at: Timestamp, seen: &Seen<'_>) -> Taken {
    match (taking, &seen.given) {
        (Taking::Number(value), _) => cell.add(value, at),
        (Taking::Text(text), _) => {
            cell.add_text(&text);
            Taken::Yes
        }
        (Taking::Statistics(statistic), Given::Point { point, .. }) => cell.add_statistics(point.datum, statistic),
        (Taking::Statistics(_), Given::Record | Given::Own { .. }) => Taken::Missing,
    }
}

/// Whether a point is of a series that a rule asks for, and has the statistic that it names.
fn is_of(selector: &Selector, point: &Point<'_>) -> bool {
    let datum = point.datum;
    let has = |(name, value): &(Box<str>, Box<str>)| {
        point.dimensions.iter().any(|it| (it.name, it.value) == (&**name, &**value))
    };
    let is_set = |names: &Vec<Box<str>>| {
        names.iter().map(|name| &**name).eq(point.dimensions.iter().map(|dimension| dimension.name))
    };
    (datum.namespace, datum.name) == (&*selector.namespace, &*selector.metric)
        && selector.dimensions.as_ref().is_none_or(is_set)
        && selector.equal.iter().all(has)
        && (selector.statistic.is_none() || statistic(selector, point).is_some())
}

fn statistic(selector: &Selector, point: &Point<'_>) -> Option<f64> {
    let name = selector.statistic.as_deref()?;
    point.statistics.iter().find(|it| it.name == name).map(|it| it.value)
}

/// How many dimensions a point has, and a hash of their names, which is 0 for none.
fn set(point: &Point<'_>) -> (u8, u64) {
    if point.dimensions.is_empty() {
        return (0, 0);
    }
    let mut hash = Xxh3::new();
    for dimension in point.dimensions {
        hash.update(dimension.name.as_bytes());
        hash.update(&[0]);
    }
    (u8::try_from(point.dimensions.len()).unwrap_or(u8::MAX), hash.digest())
}

/// A hash of the series of a point.
fn series(point: &Point<'_>) -> u64 {
    let mut hash = Xxh3::new();
    let mut text = |text: &str| {
        hash.update(text.as_bytes());
        hash.update(&[0]);
    };
    text(point.resource.account.as_str());
    text(point.resource.region.as_ref().map_or("", |region| region.as_str()));
    text(point.datum.namespace);
    text(point.datum.name);
    for dimension in point.dimensions {
        text(dimension.name);
        text(dimension.value);
    }
    hash.digest()
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
