//! What each kind of rule has of its own.

use std::collections::BTreeMap;
use std::time::Duration;

use super::draft::{self, LONG, Reference, is_of_name};
use super::layers::{Layers, member};
use super::reader::Reader;
use super::source::Source;
use crate::config::problem::{Code, quoted};
use crate::config::yaml::Node;
use crate::predicate::Subject;
use crate::predicate::field::Field;
use crate::rule::condition::{self, What};
use crate::rule::keys::KindName;
use crate::rule::unit::of_arithmetic;
use crate::rule::value::{self, Sources};
use crate::rule::{
    Arithmetic, Baseline, Condition, Direction, FirstSeen, Fleet, Kind, Level, Logic, Measure, Operator, Outlier, Term,
    logic,
};

const DAY: Duration = Duration::from_secs(86_400);
const HOUR: Duration = Duration::from_secs(3_600);
const FOREVER: std::ops::RangeInclusive<Duration> = Duration::ZERO..=LONG;
const COUNT_MAX: u64 = 1_000_000_000;

/// Reads what the kind has. `None` where that cannot be; the problem is noted.
pub(super) fn read(
    kind: KindName,
    layers: &Layers<'_>,
    source: &Source,
    every: Duration,
    references: &mut Vec<Reference>,
    reader: &mut Reader<'_>,
) -> Option<Kind> {
    match kind {
        KindName::Threshold => measure(layers, source, reader).map(Kind::Threshold),
        KindName::Ratio => ratio(layers, source, reader).map(Kind::Ratio),
        KindName::Absence => level(layers, reader).map(|level| Kind::Absence { level }),
        KindName::Event => event(layers, source, reader),
        KindName::Fleet => fleet(layers, references, reader).map(Kind::Fleet),
        KindName::Composite => composite(layers, references, reader),
        KindName::FirstSeen => first_seen(layers, source, reader).map(Kind::FirstSeen),
        KindName::Change => change(layers, source, reader),
        KindName::Outlier => outlier(layers, source, reader).map(Kind::Outlier),
        KindName::Forecast => forecast(layers, source, every, reader),
    }
}

/// The text of a key that the kind needs.
fn needed<'a>(layers: &Layers<'a>, key: &str, what: &str, reader: &mut Reader<'_>) -> Option<&'a Node> {
    let node = layers.own(key);
    if node.is_none() {
        reader.add(Code::Missing, layers.place, format!("\"{key}\" is missing: {what}"));
    }
    node
}

fn level(layers: &Layers<'_>, reader: &mut Reader<'_>) -> Option<Level> {
    let node = needed(layers, "level", "critical or warning", reader)?;
    reader.word(node, &LEVELS)
}

/// How levels are written.
pub(super) const LEVELS: [(&str, Level); 2] = [("critical", Level::Critical), ("warning", Level::Warning)];

fn measure(layers: &Layers<'_>, source: &Source, reader: &mut Reader<'_>) -> Option<Measure> {
    let node = needed(layers, "value", "what is compared, such as count()", reader);
    let from = source.from?;
    let mut terms = Vec::new();
    let none = BTreeMap::new();
    let matches = source.matches.as_ref();
    let of_queries = Sources { from, group_by: &source.group_by, queries: &none, matches };
    let queries = queries(layers, &of_queries, &mut terms, reader);
    let sources = Sources { from, group_by: &source.group_by, queries: &queries, matches };
    let value = node.and_then(|node| expression(node, &sources, &mut terms, reader));
    let when = when(layers, &sources, &mut terms, reader);
    let measure = Measure { terms, value: value?, when, min_samples: min_samples(layers, reader) };
    if measure.terms_of_value().is_empty() {
        reader.add(
            Code::Expression,
            &node?.place,
            "the value is always the same: it has no aggregate, such as count()",
        );
        return None;
    }
    Some(measure)
}

fn expression(
    node: &Node,
    sources: &Sources<'_>,
    terms: &mut Vec<Term>,
    reader: &mut Reader<'_>,
) -> Option<Arithmetic> {
    let text = reader.text(node)?;
    match value::parse(text, sources, terms) {
        Ok(value) => Some(value),
        Err(fault) => {
            reader.fault(Code::Expression, node, &fault);
            None
        }
    }
}

fn queries(
    layers: &Layers<'_>,
    sources: &Sources<'_>,
    terms: &mut Vec<Term>,
    reader: &mut Reader<'_>,
) -> BTreeMap<Box<str>, Arithmetic> {
    let mut queries = BTreeMap::new();
    let Some(node) = layers.own("queries") else { return queries };
    for (key, node) in reader.pairs(node).unwrap_or_default() {
        let name = key.text.as_str();
        let shaped = name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.chars().all(|c| is_of_name(c) && c != '-' && c != '.');
        if !shaped || value::is_function(name) {
            let message = format!(
                "{} is no name of a query: write letters, digits and _, but no name of a function",
                quoted(name)
            );
            reader.add(Code::Expression, &key.place, message);
        }
        // A query that is wrong stays known, so that it is told once; 0 is never used, because the rule is refused.
        let value = expression(node, sources, terms, reader).unwrap_or(Arithmetic::Number(0.0));
        let _ = queries.insert(name.into(), value);
    }
    queries
}

fn when(
    layers: &Layers<'_>,
    sources: &Sources<'_>,
    terms: &mut Vec<Term>,
    reader: &mut Reader<'_>,
) -> Option<(Arithmetic, Condition)> {
    let node = layers.own("when")?;
    let text = reader.text(node)?;
    let parsed = value::parse_compared(text, sources, terms).and_then(|(value, at)| {
        let rest: String = text.chars().skip(at).collect();
        let measured = of_arithmetic(&value, terms);
        let condition = condition::parse(&rest, What::Value(measured));
        let condition = condition.map_err(|mut fault| {
            fault.at += at;
            fault
        })?;
        Ok((value, condition))
    });
    match parsed {
        Ok(when) => Some(when),
        Err(fault) => {
            reader.fault(Code::Expression, node, &fault);
            None
        }
    }
}

fn min_samples(layers: &Layers<'_>, reader: &mut Reader<'_>) -> u64 {
    layers.own("min_samples").and_then(|node| reader.whole(node, 0..=COUNT_MAX)).unwrap_or(0)
}

fn ratio(layers: &Layers<'_>, source: &Source, reader: &mut Reader<'_>) -> Option<Measure> {
    let bad = needed(layers, "bad", "the part, such as sum(AWS/Lambda:Errors)", reader);
    let total = needed(layers, "total", "the whole, such as sum(AWS/Lambda:Invocations)", reader);
    let from = source.from?;
    let queries = BTreeMap::new();
    let sources = Sources { from, group_by: &source.group_by, queries: &queries, matches: source.matches.as_ref() };
    let part = |node: Option<&Node>, reader: &mut Reader<'_>| {
        let mut terms = Vec::new();
        let value = expression(node?, &sources, &mut terms, reader)?;
        if value != Arithmetic::Term(0) {
            let message = "a part of a ratio is one aggregate; kind threshold takes any arithmetic";
            reader.add(Code::Expression, &node?.place, message);
            return None;
        }
        terms.pop()
    };
    let parts = (part(bad, reader), part(total, reader));
    let (bad, total) = (parts.0?, parts.1?);
    if bad == total {
        reader.add(Code::Expression, &layers.own("total")?.place, "\"bad\" and \"total\" are the same");
        return None;
    }
    let mut terms = vec![bad, total];
    let when = when(layers, &sources, &mut terms, reader);
    let value = Arithmetic::Binary(Operator::Divide, Box::new(Arithmetic::Term(0)), Box::new(Arithmetic::Term(1)));
    Some(Measure { terms, value, when, min_samples: min_samples(layers, reader) })
}

fn event(layers: &Layers<'_>, source: &Source, reader: &mut Reader<'_>) -> Option<Kind> {
    let dedup_by =
        layers.own("dedup_by").and_then(|node| reader.fields_beside(node, source.matches.as_ref(), source.subject()));
    Some(Kind::Event {
        level: level(layers, reader)?,
        dedup_by: dedup_by.unwrap_or_else(|| source.group_by.clone()),
        dedup_for: draft::period(layers, "dedup_for", FOREVER, reader).unwrap_or(HOUR),
    })
}

fn fleet(layers: &Layers<'_>, references: &mut Vec<Reference>, reader: &mut Reader<'_>) -> Option<Fleet> {
    let of = needed(layers, "of", "the rule whose alerts are counted", reader).and_then(|node| {
        let name = reader.name(node)?;
        references.push(Reference { place: node.place.clone(), name: name.into(), is_child: true });
        Some(name.into())
    });
    let state = layers.own("state").and_then(|node| reader.word(node, &[("firing", false), ("pending", true)]));
    let share = layers.own("value").and_then(|node| reader.word(node, &[("share", true), ("count", false)]));
    let population = [("evaluated", false), ("registered", true)];
    let registered = layers.own("population").and_then(|node| reader.word(node, &population));
    let min_population = layers.own("min_population").and_then(|node| reader.whole(node, 0..=COUNT_MAX));
    let inhibits = layers.own("inhibits").map(|node| draft::rules(node, references, reader));
    Some(Fleet {
        of: of?,
        pending_counts: state.unwrap_or(false),
        share: share.unwrap_or(true),
        registered: registered.unwrap_or(false),
        min_population: small(min_population, 1),
        inhibits: inhibits.unwrap_or_default(),
    })
}

fn small(number: Option<u64>, default: usize) -> usize {
    number.and_then(|number| usize::try_from(number).ok()).unwrap_or(default)
}

fn composite(layers: &Layers<'_>, references: &mut Vec<Reference>, reader: &mut Reader<'_>) -> Option<Kind> {
    let expression = needed(layers, "expr", "the combination of rules, such as A && !B", reader)
        .and_then(|node| combination(node, references, reader));
    let datadog = match layers.own("compat") {
        Some(node) => reader.word(node, &[("datadog", true)]).unwrap_or(false),
        None => false,
    };
    Some(Kind::Composite {
        level: level(layers, reader)?,
        expression: expression?,
        sticky: draft::period(layers, "sticky", FOREVER, reader).unwrap_or_default(),
        datadog,
    })
}

fn combination(node: &Node, references: &mut Vec<Reference>, reader: &mut Reader<'_>) -> Option<Logic> {
    let text = reader.text(node)?;
    match logic::parse(text) {
        Ok(logic) => {
            for name in logic.names() {
                let place = reader.place_of(node, text, name);
                references.push(Reference { place, name: name.into(), is_child: true });
            }
            Some(logic)
        }
        Err(faults) => {
            faults.iter().for_each(|fault| reader.fault(Code::Expression, node, fault));
            None
        }
    }
}

fn first_seen(layers: &Layers<'_>, source: &Source, reader: &mut Reader<'_>) -> Option<FirstSeen> {
    let key = needed(layers, "key", "what must be new, such as signature(message)", reader).and_then(|node| {
        let text = reader.text(node)?.trim();
        let inner = text.strip_prefix("signature(").and_then(|rest| rest.strip_suffix(')'));
        match value::field(inner.unwrap_or(text).trim(), source.matches.as_ref(), Subject::Log) {
            Ok(field) => Some((field, inner.is_some())),
            Err(message) => {
                reader.add(Code::Expression, &node.place, message);
                None
            }
        }
    });
    let fleet = layers.own("scope").is_some_and(|node| reader.text(node) == Some("fleet"));
    let within = layers.own("min_count").and_then(|node| min_count(node, reader));
    let max_keys = layers.own("max_keys").and_then(|node| reader.whole(node, 1..=10_000_000));
    let level = level(layers, reader);
    let (key, signature) = key?;
    let (min_count, within) = within.unwrap_or((1, Duration::ZERO));
    Some(FirstSeen {
        level: level?,
        key,
        signature,
        fleet,
        learn: draft::period(layers, "learn", FOREVER, reader).unwrap_or(7 * DAY),
        lookback: draft::period(layers, "lookback", FOREVER, reader).unwrap_or(30 * DAY),
        min_count,
        within,
        max_keys: small(max_keys, 20_000),
    })
}

fn min_count(node: &Node, reader: &mut Reader<'_>) -> Option<(u32, Duration)> {
    let members = reader.members(node, &["count", "within"])?;
    let count = member(members, "count").and_then(|node| reader.whole(node, 1..=1_000));
    let within = member(members, "within").and_then(|node| reader.period(node, Duration::from_secs(1)..=LONG));
    let count = count.and_then(|count| u32::try_from(count).ok()).unwrap_or(1);
    if count > 1 && member(members, "within").is_none() {
        reader.add(Code::Incomplete, &node.place, "\"within\" is missing: the time in which it must come so often");
    }
    Some((count, within.unwrap_or_default()))
}

fn change(layers: &Layers<'_>, source: &Source, reader: &mut Reader<'_>) -> Option<Kind> {
    let measure = measure(layers, source, reader);
    let baseline = needed(layers, "baseline", "{previous: true} or {hour_of_week: true}", reader)
        .and_then(|node| baseline(node, reader));
    let min_current = layers.own("min_current").and_then(|node| reader.number(node));
    let freeze = draft::period(layers, "freeze_baseline_while_firing", FOREVER, reader).unwrap_or(DAY);
    Some(Kind::Change { measure: measure?, baseline: baseline?, min_current, freeze })
}

fn baseline(node: &Node, reader: &mut Reader<'_>) -> Option<Baseline> {
    let members = reader.members(node, &["previous", "hour_of_week", "min_history", "floor"])?;
    let mut set = |key: &str| member(members, key).and_then(|node| reader.scalar::<bool>(node)).unwrap_or(false);
    let (previous, hour_of_week) = (set("previous"), set("hour_of_week"));
    let floor = member(members, "floor").and_then(|node| reader.number(node)).unwrap_or(0.0);
    let min_history = member(members, "min_history");
    match (previous, hour_of_week, min_history) {
        (true, false, None) => Some(Baseline::Previous { floor }),
        (true, false, Some(node)) => {
            reader.add(
                Code::Conflict,
                &node.place,
                "\"min_history\" is for \"hour_of_week\", and this baseline is the window before",
            );
            None
        }
        (false, true, history) => {
            let min_history = history.and_then(|node| reader.period(node, FOREVER)).unwrap_or(14 * DAY);
            Some(Baseline::HourOfWeek { min_history, floor })
        }
        (true, true, _) | (false, false, _) => {
            reader.add(
                Code::Conflict,
                &node.place,
                "a baseline is either \"previous: true\" or \"hour_of_week: true\"",
            );
            None
        }
    }
}

fn outlier(layers: &Layers<'_>, source: &Source, reader: &mut Reader<'_>) -> Option<Outlier> {
    let measure = measure(layers, source, reader);
    let peers = layers.own("peers").and_then(|node| reader.fields(node, Subject::Account)).unwrap_or_default();
    let (deviations, direction, floor) = match layers.own("method") {
        Some(node) => method(node, reader)?,
        None => (6.0, Direction::Both, 0.0),
    };
    let min_peers = layers.own("min_peers").and_then(|node| reader.whole(node, 2..=COUNT_MAX));
    let max_outliers = layers.own("max_outliers").and_then(|node| reader.share(node));
    if !source.group_by.contains(&Field::Account) {
        reader.add(
            Code::KindSetting,
            layers.place,
            "outliers are found among accounts: \"group_by\" needs \"account\"",
        );
    }
    Some(Outlier {
        level: level(layers, reader)?,
        measure: measure?,
        peers,
        deviations,
        direction,
        floor,
        min_peers: small(min_peers, 20),
        max_outliers: max_outliers.unwrap_or(0.05),
    })
}

fn method(node: &Node, reader: &mut Reader<'_>) -> Option<(f64, Direction, f64)> {
    let members = reader.members(node, &["mad", "direction", "floor"])?;
    let mad = member(members, "mad").and_then(|node| reader.number(node)).unwrap_or(6.0);
    let directions = [("above", Direction::Above), ("below", Direction::Below), ("both", Direction::Both)];
    let direction = member(members, "direction").and_then(|node| reader.word(node, &directions));
    let floor = member(members, "floor").and_then(|node| reader.number(node)).unwrap_or(0.0);
    Some((mad, direction.unwrap_or(Direction::Both), floor))
}

fn forecast(layers: &Layers<'_>, source: &Source, every: Duration, reader: &mut Reader<'_>) -> Option<Kind> {
    let measure = measure(layers, source, reader);
    if let Some(node) = layers.own("method") {
        let _ = reader.word(node, &[("theil_sen", ())]);
    }
    let history = layers.own("history").and_then(|node| reader.period(node, every..=LONG)).unwrap_or(14 * DAY);
    let points = history.as_nanos() / every.as_nanos();
    let min_points = layers.own("min_points");
    let given = min_points.and_then(|node| reader.whole(node, 2..=COUNT_MAX));
    if let (Some(node), Some(given)) = (min_points, given)
        && u128::from(given) > points
    {
        reader.add(
            Code::Conflict,
            &node.place,
            format!("there are only {points} points in the history: one for each \"every\""),
        );
    }
    if points > 10_000 {
        reader.add(
            Code::Range,
            layers.place,
            format!("the history has {points} points, over the limit of 10000: raise \"every\""),
        );
    }
    Some(Kind::Forecast {
        measure: measure?,
        history,
        min_points: small(given, 48),
        horizon: draft::period(layers, "horizon", FOREVER, reader).unwrap_or(7 * DAY),
    })
}
