//! What the directives of a document tell: which of its members are values of which series.
//!
//! A document that breaks the specification loses nothing as a log. Of its metrics those are read that can be: where
//! CloudWatch refuses the whole document, a reference that leads nowhere or to no number costs only the values that need
//! it. Quoted numbers are numbers, since many producers quote them and large ones cannot be written otherwise. The value
//! of a dimension should be text; producers write numbers and booleans too, which are taken as they are written.
//!
//! Work is bounded: each name is looked up once in an index, and the pairs of dimension set and metric are counted.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use bumpalo::Bump;
use bumpalo::collections::Vec;

use super::mark_left_out;
use crate::record::draft::Draft;
use crate::record::metric::reading::{Reading, Values};
use crate::record::metric::{Dimension, unit};
use crate::record::value::{Attribute, Members, Value};
use crate::time::Timestamp;

/// Pairs of dimension set and metric in one document: each is a series that somebody pays for. One directive with all the
/// 100 metrics that it may have, in ten dimension sets; without a limit a megabyte of `[]` would make millions.
const PAIRS_MAX: usize = 1_000;
/// Metrics of one directive. Source: "Specification: Embedded metric format", as all of these.
const METRICS_MAX: usize = 100;
/// Values of one metric in one document.
const VALUES_MAX: usize = 100;
/// Names in one dimension set.
const DIMENSIONS_MAX: usize = 30;
/// Characters of a namespace, of a metric's name and of a dimension's value; counted as bytes, so that none is cut.
const NAME_BYTES_MAX: usize = 1_024;
/// Characters of a dimension's name.
const DIMENSION_NAME_BYTES_MAX: usize = 250;
/// CloudWatch makes no metric of older values. Source: "MetricDatum", field `Timestamp`.
const BEHIND_MAX: Duration = Duration::from_secs(14 * 86_400);
/// CloudWatch makes no metric of values of a later time.
const AHEAD_MAX: Duration = Duration::from_secs(2 * 3_600);

/// The metrics of a document, resolved.
#[derive(Debug)]
pub(super) struct Document<'a> {
    /// Those directives that have metrics, up to the limit.
    pub(super) directives: Vec<'a, Directive<'a>>,
    /// When the values were taken, by the document itself.
    pub(super) time: Option<Timestamp>,
    /// Its time was in another unit than milliseconds.
    other_unit: bool,
    skipped: Skipped<'a>,
}

/// Metrics of one namespace and their dimension sets: each metric is published for each set.
#[derive(Debug)]
pub(super) struct Directive<'a> {
    /// Namespace: `orders`.
    pub(super) namespace: &'a str,
    sets: Vec<'a, &'a [Dimension<'a>]>,
    /// The metrics that have a value.
    pub(super) metrics: Vec<'a, Metric<'a>>,
}

/// A metric and its values.
#[derive(Clone, Copy, Debug)]
pub(super) struct Metric<'a> {
    /// Metric name: `time`.
    pub(super) name: &'a str,
    /// Unit in UCUM: `ms`.
    pub(super) unit: &'a str,
    /// Its values.
    pub(super) values: Values<'a>,
}

/// Why something of a document was not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Skip {
    /// There is no such member.
    Missing,
    /// It is not what it should be.
    Invalid,
    /// A limit.
    Over,
}

/// What was not used.
#[derive(Clone, Copy, Debug, Default)]
struct Skipped<'a> {
    missing: usize,
    missing_first: &'a str,
    invalid: usize,
    invalid_first: &'a str,
    over: usize,
}

/// The directives of an object, in the current form or the older one; `None` where it is of neither.
pub(super) fn directives<'a>(members: &Members<'a>) -> Option<&'a [Value<'a>]> {
    let current = members.get("_aws").and_then(|metadata| metadata.get("CloudWatchMetrics"));
    match current.or_else(|| members.get("CloudWatchMetrics"))? {
        Value::List(directives) => Some(directives),
        Value::Text(_) | Value::Int(_) | Value::Double(_) | Value::Bool(_) | Value::Null | Value::Map(_) => None,
    }
}

impl<'a> Document<'a> {
    /// Resolves the directives of an object.
    pub(super) fn read(members: &Members<'a>, bump: &'a Bump) -> Self {
        let time = members.get("_aws").and_then(|metadata| metadata.get("Timestamp"));
        let time = time.or_else(|| members.get("Timestamp")).and_then(milliseconds).map(Timestamp::from_unix);
        let mut document = Self {
            directives: Vec::new_in(bump),
            time: time.map(|(time, _)| time),
            other_unit: time.is_some_and(|(_, other_unit)| other_unit),
            skipped: Skipped::default(),
        };
        let targets = Targets::of(members.as_slice());
        let mut room = PAIRS_MAX;
        for directive in directives(members).unwrap_or_default() {
            document.directive(*directive, &targets, &mut room, bump);
        }
        document
    }

    fn directive(&mut self, written: Value<'a>, targets: &Targets<'_, 'a>, room: &mut usize, bump: &'a Bump) {
        let namespace = written.get("Namespace").and_then(|it| it.text()).unwrap_or_default();
        // `AWS/` is kept for what AWS itself measures: CloudWatch refuses it from others.
        if namespace.is_empty() || namespace.len() > NAME_BYTES_MAX || namespace.starts_with("AWS/") {
            return self.skipped.add(Skip::Invalid, namespace, 1);
        }
        let written_metrics = written.get("Metrics").unwrap_or(Value::Null).list();
        let written_sets = sets(&written);
        if *room == 0 {
            return self.skipped.add(Skip::Over, "", written_metrics.len().saturating_mul(written_sets.len()));
        }
        let (kept, over) = written_metrics.split_at(written_metrics.len().min(METRICS_MAX));
        self.skipped.add(Skip::Over, "", over.len().saturating_mul(written_sets.len()));
        let mut read = Directive { namespace, sets: Vec::new_in(bump), metrics: Vec::new_in(bump) };
        for written in kept {
            match metric(*written, targets, bump) {
                Ok(metric) => read.metrics.push(metric),
                Err((skip, name)) => self.skipped.add(skip, name, written_sets.len()),
            }
        }
        let (kept, over) = written_sets.split_at(written_sets.len().min(PAIRS_MAX));
        self.skipped.add(Skip::Over, "", over.len().saturating_mul(read.metrics.len()));
        for written in kept {
            match dimension_set(*written, targets, bump) {
                Ok(set) => read.sets.push(set),
                Err((skip, name)) => self.skipped.add(skip, name, read.metrics.len()),
            }
        }
        let pairs = read.sets.len().saturating_mul(read.metrics.len());
        self.skipped.add(Skip::Over, "", pairs.saturating_sub(*room));
        *room = room.saturating_sub(pairs);
        if !read.metrics.is_empty() {
            self.directives.push(read);
        }
    }

    /// Adds the values to the draft, each series once.
    pub(super) fn readings(&self, draft: &mut Draft<'a>) {
        let mut skipped = self.skipped;
        let time = self.time_of_readings(draft);
        let mut seen = HashSet::new();
        let all = self.directives.iter().flat_map(|directive| {
            directive
                .sets
                .iter()
                .flat_map(move |set| directive.metrics.iter().map(move |metric| (directive, *set, metric)))
        });
        for (directive, dimensions, metric) in all.take(PAIRS_MAX) {
            let Some(time) = time else {
                skipped.over += 1;
                continue;
            };
            // Two directives may tell the same of the same member.
            if seen.insert(hash(&(directive.namespace, metric.name, metric.unit, dimensions))) {
                draft.readings.push(reading(directive, dimensions, metric, time));
            }
        }
        skipped.note(draft);
    }

    /// The document's own time, else that of the event; `None` where CloudWatch would take no value of that time.
    fn time_of_readings(&self, draft: &mut Draft<'a>) -> Option<Timestamp> {
        let event = draft.log.time;
        let Some(written) = self.time else { return Some(event.unwrap_or(draft.log.observed)) };
        if self.other_unit {
            draft
                .explain
                .note("metrics", || "not in milliseconds: the unit was told from the size of the number".into());
        }
        let within = |event: Timestamp| event.since(written) <= BEHIND_MAX && written.since(event) <= AHEAD_MAX;
        if event.is_none_or(within) {
            return Some(written);
        }
        draft.explain.note("metrics", || {
            "more than two weeks behind or two hours ahead of the event: CloudWatch makes no metric of it either".into()
        });
        None
    }
}

fn reading<'a>(
    directive: &Directive<'a>,
    dimensions: &'a [Dimension<'a>],
    metric: &Metric<'a>,
    time: Timestamp,
) -> Reading<'a> {
    Reading {
        namespace: directive.namespace,
        name: metric.name,
        unit: metric.unit,
        dimensions,
        start: time,
        end: time,
        values: metric.values,
        once: "",
    }
}

/// The dimension sets as they are written. None at all means what `[[]]` means: some producers write it so.
fn sets<'a>(directive: &Value<'a>) -> &'a [Value<'a>] {
    const EMPTY: &[Value<'_>] = &[Value::List(&[])];
    match directive.get("Dimensions") {
        Some(Value::List(sets)) if !sets.is_empty() => sets,
        Some(_) | None => EMPTY,
    }
}

fn metric<'a>(written: Value<'a>, targets: &Targets<'_, 'a>, bump: &'a Bump) -> Result<Metric<'a>, (Skip, &'a str)> {
    let name = written.get("Name").and_then(|name| name.text()).filter(|name| !name.is_empty());
    let name = name.ok_or((Skip::Invalid, ""))?;
    if name.len() > NAME_BYTES_MAX {
        return Err((Skip::Over, name));
    }
    let target = targets.get(name).ok_or((Skip::Missing, name))?;
    let values = values(target, bump).map_err(|skip| (skip, name))?;
    let unit = written.get("Unit").and_then(|unit| unit.text()).filter(|unit| !unit.is_empty());
    let unit = unit.filter(|unit| unit.len() <= NAME_BYTES_MAX).map_or(unit::NONE, unit::ucum);
    Ok(Metric { name, unit, values })
}

fn values<'a>(target: Value<'a>, bump: &'a Bump) -> Result<Values<'a>, Skip> {
    match target {
        Value::Int(_) | Value::Double(_) | Value::Text(_) => number(target).map(Values::One).ok_or(Skip::Invalid),
        Value::List(items) => numbers(items, bump).map(Values::Many),
        Value::Map(_) => statistic_set(target, bump),
        Value::Bool(_) | Value::Null => Err(Skip::Invalid),
    }
}

fn number(value: Value<'_>) -> Option<f64> {
    value.double().filter(|number| number.is_finite())
}

fn numbers<'a>(items: &'a [Value<'a>], bump: &'a Bump) -> Result<&'a [f64], Skip> {
    match items.len() {
        0 => return Err(Skip::Missing),
        1..=VALUES_MAX => {}
        _ => return Err(Skip::Over),
    }
    let mut numbers = Vec::with_capacity_in(items.len(), bump);
    for item in items {
        numbers.push(number(*item).ok_or(Skip::Invalid)?);
    }
    Ok(numbers.into_bump_slice())
}

/// `{"Values":[..],"Counts":[..],"Max":..,"Min":..,"Count":..,"Sum":..}`, as the Collector and the CloudWatch agent write
/// histograms and summaries: `PutMetricData` has these, and CloudWatch takes them in documents too. The set is exact where
/// it is given; the values are middles of buckets.
fn statistic_set<'a>(target: Value<'a>, bump: &'a Bump) -> Result<Values<'a>, Skip> {
    let written = |name| target.get(name).and_then(number);
    if let (Some(count), Some(sum)) = (written("Count"), written("Sum")) {
        if count <= 0.0 {
            return Err(if count < 0.0 { Skip::Invalid } else { Skip::Missing });
        }
        // A producer that does not know the smallest and the largest writes 0 for both.
        let (mean, min, max) = (sum / count, written("Min"), written("Max"));
        let slack = mean.abs() * 1e-9;
        let believed = min.is_none_or(|min| min <= mean + slack) && max.is_none_or(|max| mean - slack <= max);
        return Ok(Values::Set { count, sum, min: min.filter(|_| believed), max: max.filter(|_| believed) });
    }
    let values = numbers(target.get("Values").unwrap_or(Value::Null).list(), bump)?;
    match target.get("Counts") {
        Some(counts) => weighted(values, numbers(counts.list(), bump)?),
        None => Ok(Values::Many(values)),
    }
}

fn weighted<'a>(values: &[f64], counts: &[f64]) -> Result<Values<'a>, Skip> {
    if values.len() != counts.len() || counts.iter().any(|count| *count < 0.0) {
        return Err(Skip::Invalid);
    }
    let (mut count, mut sum) = (0.0, 0.0);
    let (mut min, mut max) = (f64::INFINITY, f64::NEG_INFINITY);
    for (value, weight) in values.iter().zip(counts).filter(|(_, weight)| **weight > 0.0) {
        count += weight;
        sum += value * weight;
        (min, max) = (min.min(*value), max.max(*value));
    }
    if count > 0.0 { Ok(Values::Set { count, sum, min: Some(min), max: Some(max) }) } else { Err(Skip::Missing) }
}

/// The dimensions that a set names, sorted by name, so that a series is the same in whatever order it is written.
fn dimension_set<'a>(
    written: Value<'a>,
    targets: &Targets<'_, 'a>,
    bump: &'a Bump,
) -> Result<&'a [Dimension<'a>], (Skip, &'a str)> {
    let names = match written {
        Value::List(names) if names.len() > DIMENSIONS_MAX => return Err((Skip::Over, "")),
        Value::List(names) => names,
        Value::Text(name) => return Err((Skip::Invalid, name)),
        Value::Int(_) | Value::Double(_) | Value::Bool(_) | Value::Null | Value::Map(_) => {
            return Err((Skip::Invalid, ""));
        }
    };
    let mut set = Vec::with_capacity_in(names.len(), bump);
    for name in names {
        let name = name.text().ok_or((Skip::Invalid, ""))?;
        if name.len() > DIMENSION_NAME_BYTES_MAX {
            return Err((Skip::Over, name));
        }
        let target = targets.get(name).ok_or((Skip::Missing, name))?;
        let value = dimension_value(target, bump).map_err(|skip| (skip, name))?;
        set.push(Dimension { name, value });
    }
    set.sort_by(|a: &Dimension<'_>, b| a.name.cmp(b.name));
    set.dedup_by(|later, earlier| later.name == earlier.name);
    Ok(set.into_bump_slice())
}

fn dimension_value<'a>(target: Value<'a>, bump: &'a Bump) -> Result<&'a str, Skip> {
    match target {
        Value::Text("") | Value::Null => Err(Skip::Missing),
        Value::Text(text) if text.len() > NAME_BYTES_MAX => Err(Skip::Over),
        Value::Text(text) => Ok(text),
        Value::Int(number) => Ok(bumpalo::format!(in bump, "{}", number).into_bump_str()),
        Value::Double(number) => Ok(bumpalo::format!(in bump, "{}", number).into_bump_str()),
        Value::Bool(is) => Ok(if is { "true" } else { "false" }),
        Value::List(_) | Value::Map(_) => Err(Skip::Invalid),
    }
}

/// A time in milliseconds, written as a number or, in the older form, as text. Zero says nothing.
fn milliseconds(value: Value<'_>) -> Option<u64> {
    let number = value.int().or_else(|| value.double().and_then(whole))?;
    u64::try_from(number).ok().filter(|number| *number > 0)
}

#[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
fn whole(number: f64) -> Option<i64> {
    (0.0..9e18).contains(&number).then_some(number as i64)
}

/// The members that directives may refer to, found in the same time however many there are.
struct Targets<'m, 'a> {
    members: &'m [Attribute<'a>],
    index: HashMap<&'a str, Value<'a>>,
}

impl<'m, 'a> Targets<'m, 'a> {
    /// Up to here looking through is as fast as an index, which costs its building.
    const LOOKED_THROUGH_MEMBERS: usize = 16;

    fn of(members: &'m [Attribute<'a>]) -> Self {
        let mut index = HashMap::new();
        if members.len() > Self::LOOKED_THROUGH_MEMBERS {
            index.reserve(members.len());
            // Of two members of one name the first stands, as everywhere.
            for member in members {
                let _ = index.entry(member.key).or_insert(member.value);
            }
        }
        Self { members, index }
    }

    fn get(&self, name: &str) -> Option<Value<'a>> {
        if self.index.is_empty() {
            return self.members.iter().find(|member| member.key == name).map(|member| member.value);
        }
        self.index.get(name).copied()
    }
}

impl<'a> Skipped<'a> {
    fn add(&mut self, skip: Skip, name: &'a str, values: usize) {
        match skip {
            Skip::Missing => {
                self.missing_first = if self.missing == 0 { name } else { self.missing_first };
                self.missing += 1;
            }
            Skip::Invalid => {
                self.invalid_first = if self.invalid == 0 { name } else { self.invalid_first };
                self.invalid += 1;
            }
            Skip::Over => self.over = self.over.saturating_add(values),
        }
    }

    fn note(&self, draft: &mut Draft<'_>) {
        if self.missing > 0 {
            draft.explain.note("metrics", || {
                format!("skipped what refers to no value: {} times, first {:?}", self.missing, self.missing_first)
            });
        }
        if self.invalid > 0 {
            draft.explain.note("metrics", || {
                format!("skipped what breaks the specification: {} times, first {:?}", self.invalid, self.invalid_first)
            });
        }
        mark_left_out(draft, self.over);
    }
}

fn hash(key: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}
