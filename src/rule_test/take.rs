//! From what a test writes to samples: builds records and points as the decoder would, and asks stage 1.
//!
//! Records of one input that say nothing of their number differ in their time alone. Such a record is sampled once, and
//! its samples are moved in time and merged: exactly what sampling each of them would give, but for 6,000 accounts that
//! write each second it is the difference between seconds and minutes.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ops::Range;
use std::sync::Arc;

use bumpalo::Bump;
use serde_json::json;
use xxhash_rust::xxh3::xxh3_64;

use super::file::{Given, LogInput, Logs, Record};
use super::stage::{LogRecord, Stage};
use crate::config::FormatName;
use crate::id::AccountId;
use crate::otlp::logs::Resource;
use crate::record::attribute;
use crate::record::log::Log;
use crate::record::resource::{Producer, producer};
use crate::record::severity::Severity;
use crate::record::value::Value;
use crate::rule::RuleSet;
use crate::sample::{AGE_MAX, Cell, Group, Message, Partial};
use crate::tenant::Directory;
use crate::time::Timestamp;

/// What stands in a text for the number of the repetition.
const NUMBER: &str = "{n}";

/// Some repetitions of one input of one account, delivered together.
#[derive(Clone, Debug)]
pub(super) struct Batch<'a> {
    pub(super) input: &'a LogInput,
    /// Which input of the test.
    pub(super) index: usize,
    pub(super) account: AccountId,
    pub(super) repetitions: Range<u64>,
}

/// Stage 1, and samples that can be used again.
pub(super) struct Taker {
    stage: Stage,
    rules: Arc<RuleSet>,
    patterns: BTreeMap<(usize, AccountId), Option<Pattern>>,
    bump: Bump,
}

/// The samples of a record, and the time that they were taken for.
struct Pattern {
    at: Timestamp,
    partials: Vec<Partial>,
}

/// When a record happens, and when it arrives.
#[derive(Clone, Copy)]
struct Times {
    event: Timestamp,
    arrived: Timestamp,
}

impl Taker {
    pub(super) fn new(rules: &Arc<RuleSet>) -> Self {
        Self { stage: Stage::new(rules), rules: Arc::clone(rules), patterns: BTreeMap::new(), bump: Bump::new() }
    }

    /// What was sampled before is of another directory.
    pub(super) fn forget(&mut self) {
        self.patterns.clear();
    }

    pub(super) const fn stage(&mut self) -> &mut Stage {
        &mut self.stage
    }

    /// The messages of a batch.
    pub(super) fn messages(
        &mut self,
        batch: &Batch<'_>,
        start: Timestamp,
        directory: &Directory,
    ) -> Result<Vec<Message>, String> {
        let times = |number: u64| {
            let at = start.plus(batch.input.times.get(number)?);
            Some(Times { event: skewed(at, batch.input.skew), arrived: at.plus(batch.input.arrive) })
        };
        let all: Vec<_> = batch.repetitions.clone().filter_map(|number| Some((number, times(number)?))).collect();
        match &batch.input.what {
            Logs::Lines { log_group, log_stream, lines } => {
                let mut messages = Vec::new();
                for (number, times) in all {
                    let payload = payload(batch, number, times, (log_group, log_stream, lines));
                    messages.extend(self.stage.payload(payload, directory, times.arrived)?);
                }
                Ok(messages)
            }
            Logs::Fields(record) => {
                // A message of an id of its own is the same message wherever else that id stands.
                let apart = batch.input.id.is_some();
                let alike = !apart && !is_numbered(record);
                let mut messages = Vec::new();
                for group in all.chunks(if apart { 1 } else { all.len().max(1) }) {
                    let Some((_, Times { arrived, .. })) = group.last().copied() else { continue };
                    let partials = if alike {
                        self.alike(batch, record, group, directory)
                    } else {
                        self.one_by_one(batch, record, group, directory)
                    };
                    messages.push(Message { fingerprint: fingerprint(batch, group), arrived, partials });
                }
                Ok(messages)
            }
        }
    }

    /// Samples of records that are alike but for their time.
    fn alike(
        &mut self,
        batch: &Batch<'_>,
        record: &Record,
        all: &[(u64, Times)],
        directory: &Directory,
    ) -> Vec<Partial> {
        let Some((_, first)) = all.first() else { return Vec::new() };
        let key = (batch.index, batch.account);
        if !self.patterns.contains_key(&key) {
            let pattern = self.pattern(batch, record, *first, directory);
            let _ = self.patterns.insert(key, pattern);
        }
        let Some(Some(pattern)) = self.patterns.get(&key) else {
            return self.one_by_one(batch, record, all, directory);
        };
        let mut merged = Merged::default();
        for (_, times) in all {
            for partial in &pattern.partials {
                merged.add(&self.rules, moved(&self.rules, partial, pattern.at, times.event));
            }
        }
        merged.into_vec()
    }

    /// The samples of one record, if they can be moved in time: it is neither of the future nor so old that it does not count.
    fn pattern(&mut self, batch: &Batch<'_>, record: &Record, times: Times, directory: &Directory) -> Option<Pattern> {
        if times.event > times.arrived || times.arrived.since(times.event) >= AGE_MAX {
            return None;
        }
        self.sample(batch, record, 0, times, directory);
        let partials = self.stage.take();
        let is_plain = |partial: &Partial| {
            partial.series.is_none()
                && partial.first == times.event
                && partial.bucket == bucket(&self.rules, partial.rule, times.event)
        };
        partials.iter().all(is_plain).then_some(Pattern { at: times.event, partials })
    }

    fn one_by_one(
        &mut self,
        batch: &Batch<'_>,
        record: &Record,
        all: &[(u64, Times)],
        directory: &Directory,
    ) -> Vec<Partial> {
        for (number, times) in all {
            self.sample(batch, record, *number, *times, directory);
        }
        self.stage.take()
    }

    fn sample(&mut self, batch: &Batch<'_>, record: &Record, number: u64, times: Times, directory: &Directory) {
        let numbered = numbered(record, number);
        let record = numbered.as_ref().unwrap_or(record);
        self.bump.reset();
        let log = log(record, times, &self.bump);
        let entry = directory.get(batch.account);
        let named = !record.log_group.is_empty();
        let resource = Resource {
            account: batch.account,
            region: batch.input.region.or_else(|| entry?.region),
            log_group: &record.log_group,
            log_stream: &record.log_stream,
            file: "",
            producer: if named { producer(&record.log_group, &record.log_stream) } else { Producer::default() },
            tag: directory.tag(batch.account),
        };
        let format = record.source.unwrap_or(FormatName::Json);
        let record = LogRecord { resource: &resource, format, log: &log, directory };
        self.stage.log(&record, times.arrived);
    }
}

fn skewed(at: Timestamp, nanos: i64) -> Timestamp {
    Timestamp::from_nanos(at.nanos().saturating_add_signed(nanos))
}

fn is_numbered(record: &Record) -> bool {
    let texts = [&record.message, &record.service, &record.event].into_iter().flatten();
    let given = record.attributes.iter().filter_map(|(_, value)| match value {
        Given::Text(text) => Some(text),
        Given::Int(_) | Given::Double(_) | Given::Bool(_) => None,
    });
    texts.chain(given).chain([&record.log_group, &record.log_stream]).any(|text| text.contains(NUMBER))
}

/// The record with a number in place of each `{n}`; `None` where it has none.
fn numbered(record: &Record, number: u64) -> Option<Record> {
    if !is_numbered(record) {
        return None;
    }
    let put = |text: &String| text.replace(NUMBER, &number.to_string());
    let value = |value: &Given| match value {
        Given::Text(text) => Given::Text(put(text)),
        Given::Int(_) | Given::Double(_) | Given::Bool(_) => value.clone(),
    };
    Some(Record {
        level: record.level,
        source: record.source,
        message: record.message.as_ref().map(put),
        service: record.service.as_ref().map(put),
        event: record.event.as_ref().map(put),
        log_group: put(&record.log_group),
        log_stream: put(&record.log_stream),
        attributes: record.attributes.iter().map(|(name, given)| (name.clone(), value(given))).collect(),
    })
}

fn log<'a>(record: &'a Record, times: Times, bump: &'a Bump) -> Log<'a> {
    let mut log = Log::new(record.message.as_deref().unwrap_or_default(), times.arrived, bump);
    if record.message.is_none() {
        log.body = Value::Null;
    }
    log.time = Some(times.event);
    log.severity = record.level.unwrap_or(Severity::UNSPECIFIED);
    log.event_name = record.event.as_deref().unwrap_or_default();
    if let Some(service) = &record.service {
        log.attribute(attribute::SERVICE_NAME, Value::Text(service));
    }
    for (name, value) in &record.attributes {
        log.attribute(
            name,
            match value {
                Given::Text(text) => Value::Text(text),
                Given::Int(number) => Value::Int(*number),
                Given::Double(number) => Value::Double(*number),
                Given::Bool(value) => Value::Bool(*value),
            },
        );
    }
    log
}

/// A payload as CloudWatch Logs sends it.
fn payload(batch: &Batch<'_>, number: u64, times: Times, what: (&str, &str, &[String])) -> Vec<u8> {
    let (log_group, log_stream, lines) = what;
    let name = batch.input.id.clone().unwrap_or_else(|| format!("input-{}", batch.index));
    let put = |text: &str| text.replace(NUMBER, &number.to_string());
    let events: Vec<_> = lines
        .iter()
        .enumerate()
        .map(|(line, text)| {
            let id = format!("{name}-{number}-{line}");
            json!({ "id": id, "timestamp": times.event.millis(), "message": put(text) })
        })
        .collect();
    let payload = json!({
        "messageType": "DATA_MESSAGE", "owner": batch.account.as_str(), "logGroup": put(log_group), "logStream": put(log_stream),
        "subscriptionFilters": ["fanin"], "logEvents": events,
    });
    payload.to_string().into_bytes()
}

fn fingerprint(batch: &Batch<'_>, all: &[(u64, Times)]) -> u64 {
    let number = |end: Option<&(u64, Times)>| end.map_or(0, |(number, _)| *number);
    let (first, last) = (number(all.first()), number(all.last()));
    let name = batch.input.id.as_ref().map_or_else(|| format!("input {}", batch.index), |id| format!("id {id}"));
    xxh3_64(format!("{name} {} {first} {last}", batch.account).as_bytes())
}

fn bucket(rules: &RuleSet, rule: usize, at: Timestamp) -> Timestamp {
    let every = rules.rules.get(rule).map_or(0, |rule| u64::try_from(rule.every.as_nanos()).unwrap_or(u64::MAX));
    Timestamp::from_nanos(at.nanos() - at.nanos().checked_rem(every).unwrap_or(0))
}

/// The sample as it would be had the record happened at `to` instead of `from`.
fn moved(rules: &RuleSet, partial: &Partial, from: Timestamp, to: Timestamp) -> Partial {
    let shift = |at: Timestamp| match to >= from {
        true => at.plus(to.since(from)),
        false => at.minus(from.since(to)),
    };
    let mut partial = partial.clone();
    partial.bucket = bucket(rules, partial.rule, to);
    for at in [&mut partial.first, &mut partial.last, &mut partial.until] {
        *at = shift(*at);
    }
    partial.times.iter_mut().for_each(|at| *at = shift(*at));
    partial.lines.iter_mut().for_each(|line| line.at = shift(line.at));
    for cell in partial.cells.iter_mut().flatten() {
        if let Cell::Last { at, .. } = cell {
            *at = shift(*at);
        }
    }
    partial
}

/// Samples of one message, those of one bucket of a group in one.
#[derive(Default)]
struct Merged(BTreeMap<(usize, Group, Timestamp), Partial>);

impl Merged {
    fn add(&mut self, rules: &RuleSet, partial: Partial) {
        match self.0.entry((partial.rule, partial.group.clone(), partial.bucket)) {
            Entry::Vacant(entry) => {
                let _ = entry.insert(partial);
            }
            Entry::Occupied(mut entry) => {
                let samples = rules.rules.get(partial.rule).map_or(0, |rule| rule.annotations.samples);
                merge(entry.get_mut(), partial, samples);
            }
        }
    }

    fn into_vec(self) -> Vec<Partial> {
        self.0.into_values().collect()
    }
}

/// Adds a later sample of the same bucket; of the lines the last `samples` stay.
fn merge(one: &mut Partial, other: Partial, samples: usize) {
    one.count += other.count;
    one.first = one.first.min(other.first);
    one.last = one.last.max(other.last);
    one.until = one.until.max(other.until);
    for (cell, other) in one.cells.iter_mut().zip(other.cells) {
        match (cell, other) {
            (Some(cell), Some(other)) => cell.merge(&other),
            (cell @ None, other) => *cell = other,
            (Some(_), None) => {}
        }
    }
    one.times.extend(other.times);
    one.times.sort_unstable();
    one.lines.extend(other.lines);
    let surplus = one.lines.len().saturating_sub(samples);
    let _ = one.lines.drain(..surplus);
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::predicate::field::Field;
    use crate::rule::{Aggregate, Kind, Values};
    use crate::rule_test::file::{Accounts, Times as When};
    use crate::sample::sampler::tests::{measure, rule};

    /// A rule of each aggregate over the field `ms`, which keeps three lines.
    fn rules() -> Arc<RuleSet> {
        let aggregates = [
            Aggregate::Count,
            Aggregate::Sum,
            Aggregate::Avg,
            Aggregate::Min,
            Aggregate::Max,
            Aggregate::Last,
            Aggregate::Rate,
            Aggregate::Distinct,
            Aggregate::Percentile(99.0),
        ];
        let of = aggregates.map(|aggregate| (aggregate, Values::Field(Field::Attribute("ms".into()))));
        let mut all = rule();
        all.kind = Kind::Threshold(measure(of));
        all.annotations.samples = 3;
        Arc::new(RuleSet { rules: vec![rule(), all] })
    }

    fn input(times: When, arrive: Duration, skew: i64) -> LogInput {
        let record = Record {
            message: Some("timeout".into()),
            attributes: vec![("ms".into(), Given::Double(0.1))],
            ..Record::default()
        };
        LogInput {
            accounts: Accounts::All,
            times,
            arrive,
            skew,
            shard: None,
            id: None,
            region: None,
            what: Logs::Fields(Box::new(record)),
        }
    }

    proptest! {
        /// What is sampled once and moved is what sampling each record gives.
        #[test]
        fn moved_samples_are_those_of_each_record(
            every in 1_u64..90, count in 1_u64..40, cut in 0_u64..40, arrive in 0_u64..100_000, skew in -5000_i64..300,
        ) {
            let rules = rules();
            let times = When::Every { from: Duration::ZERO, every: Duration::from_secs(every), count };
            let input = input(times, Duration::from_secs(arrive), skew * 1_000_000_000);
            let Logs::Fields(record) = &input.what else { panic!("it has fields") };
            let start = Timestamp::from_seconds(1_700_000_000);
            let directory = Directory::new([], attribute::TENANT_ID, &[]);
            let account = AccountId::parse("111111111111").unwrap();
            let (mut taker, mut other) = (Taker::new(&rules), Taker::new(&rules));
            for repetitions in [0..cut.min(count), cut.min(count)..count] {
                let batch = Batch { input: &input, index: 0, account, repetitions };
                let times = |number: u64| {
                    let at = start.plus(input.times.get(number).unwrap());
                    (number, Times { event: skewed(at, input.skew), arrived: at.plus(input.arrive) })
                };
                let all: Vec<_> = batch.repetitions.clone().map(times).collect();
                let alike = taker.alike(&batch, record, &all, &directory);
                prop_assert_eq!(alike, other.one_by_one(&batch, record, &all, &directory));
            }
        }
    }
}
