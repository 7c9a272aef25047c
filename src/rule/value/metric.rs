//! Selectors of CloudWatch metrics: `AWS/Lambda:Errors[p95]{dim="x"} by (FunctionName)`.

use super::{Parser, is_word};
use crate::config::problem::quoted;
use crate::predicate::Fault;
use crate::predicate::field::Field;
use crate::rule::{Aggregate, Selector};

/// Parses the selector that ends at `end`, and checks that the aggregate can be made of it.
pub(super) fn parse(
    parser: &mut Parser<'_>,
    aggregate: Aggregate,
    function: &str,
    end: usize,
) -> Result<Selector, Fault> {
    let start = parser.at;
    let namespace = name(parser, "a namespace, such as AWS/Lambda", is_of_namespace)?;
    if parser.peek() != Some(':') || parser.at >= end {
        let message = format!("{} is no metric: write Namespace:Metric, such as AWS/Lambda:Errors", quoted(&namespace));
        return Err(parser.fault_since(start, message));
    }
    parser.at += 1;
    let metric = name(parser, "the name of a metric behind the namespace, such as AWS/Lambda:Errors", is_of_metric)?;
    let statistic = statistic(parser)?;
    check(parser, aggregate, function, statistic.as_deref(), (start, &namespace, &metric))?;
    let equal = braces(parser)?;
    let dimensions = dimensions(parser, &equal, end)?;
    parser.blank();
    if parser.at != end {
        return Err(parser.fault(
            1,
            "this is not expected here: behind a metric stand [statistic], {dim=\"value\"} and by (Dimension)".into(),
        ));
    }
    Ok(Selector {
        namespace: namespace.into(),
        metric: metric.into(),
        statistic: statistic.map(Into::into),
        equal,
        dimensions,
    })
}

const fn is_of_namespace(c: char) -> bool {
    is_word(c) || matches!(c, '/' | '.' | '-' | '#')
}

const fn is_of_metric(c: char) -> bool {
    is_word(c) || matches!(c, '/' | '.' | '-' | '#' | '%')
}

fn name(parser: &mut Parser<'_>, wanted: &str, of: fn(char) -> bool) -> Result<String, Fault> {
    parser.blank();
    if parser.peek() == Some('"') {
        return parser.quoted_text(wanted);
    }
    let text = parser.take(of);
    if text.is_empty() { Err(parser.fault(1, format!("here belongs {wanted}"))) } else { Ok(text) }
}

fn statistic(parser: &mut Parser<'_>) -> Result<Option<String>, Fault> {
    if parser.peek() != Some('[') {
        return Ok(None);
    }
    parser.at += 1;
    let start = parser.at;
    let text = parser.take(|c| c != ']' && c != ')');
    if parser.peek() != Some(']') {
        return Err(parser.fault_since(start, "the bracket of the statistic is not closed".into()));
    }
    if !is_extended(&text) {
        let hint = match text.to_ascii_lowercase().as_str() {
            "sum" | "average" | "avg" | "minimum" | "min" | "maximum" | "max" | "samplecount" | "count" => {
                "; sum, avg, min, max and count take these by themselves"
            }
            _ => ", such as p95, tm99 or IQM",
        };
        return Err(parser.fault_since(start, format!("{} is no further statistic of CloudWatch{hint}", quoted(&text))));
    }
    parser.at += 1;
    Ok(Some(text))
}

/// Whether it is one of the statistics of CloudWatch beyond the common five.
/// Source: CloudWatch user guide, "CloudWatch statistics definitions".
fn is_extended(text: &str) -> bool {
    let number = ["p", "tm", "wm", "tc", "ts"].iter().find_map(|kind| text.strip_prefix(kind));
    let in_range = |text: &str| text.parse::<f64>().is_ok_and(|percent| (0.0..=100.0).contains(&percent));
    text == "IQM" || number.is_some_and(|number| number.starts_with(|c: char| c.is_ascii_digit()) && in_range(number))
}

fn check(
    parser: &Parser<'_>,
    aggregate: Aggregate,
    function: &str,
    statistic: Option<&str>,
    (start, namespace, metric): (usize, &str, &str),
) -> Result<(), Fault> {
    let message = match (aggregate, statistic) {
        (Aggregate::Percentile(_), _) => format!(
            "{function} needs single values, and CloudWatch publishes statistics: write max({namespace}:{metric}[{function}])"
        ),
        (Aggregate::Distinct, _) => "distinct counts values of log fields, and a metric has none".into(),
        (Aggregate::Count | Aggregate::Sum | Aggregate::Avg | Aggregate::Rate, Some(statistic)) => format!(
            "{function} of the statistic {statistic} means nothing: percentiles cannot be averaged or summed; use max, min or last"
        ),
        (Aggregate::Min | Aggregate::Max | Aggregate::Last, Some(_))
        | (
            Aggregate::Count
            | Aggregate::Sum
            | Aggregate::Avg
            | Aggregate::Min
            | Aggregate::Max
            | Aggregate::Last
            | Aggregate::Rate,
            None,
        ) => return Ok(()),
    };
    Err(parser.fault_since(start, message))
}

/// Names of dimensions and the values they must have.
type Equal = Vec<(Box<str>, Box<str>)>;

fn braces(parser: &mut Parser<'_>) -> Result<Equal, Fault> {
    parser.blank();
    let mut equal: Equal = Vec::new();
    if parser.peek() != Some('{') {
        return Ok(equal);
    }
    parser.at += 1;
    loop {
        parser.blank();
        let start = parser.at;
        let dimension = name(parser, "the name of a dimension", is_of_metric)?;
        if equal.iter().any(|(other, _)| **other == *dimension) {
            return Err(parser.fault_since(start, format!("the dimension {} is given twice", quoted(&dimension))));
        }
        parser.expect('=')?;
        parser.blank();
        let value = parser.quoted_text("the value of the dimension in double quotes")?;
        equal.push((dimension.into(), value.into()));
        parser.blank();
        match parser.peek() {
            Some(',') => parser.at += 1,
            Some(_) | None => {
                parser.expect('}')?;
                equal.sort();
                return Ok(equal);
            }
        }
    }
}

/// The set of dimensions that the rule names: by `by (..)`, else by its group and the braces.
fn dimensions(
    parser: &mut Parser<'_>,
    equal: &[(Box<str>, Box<str>)],
    end: usize,
) -> Result<Option<Vec<Box<str>>>, Fault> {
    let grouped = parser.sources.group_by.iter().filter_map(|field| match field {
        Field::Dimension(name) => Some(name),
        Field::Account
        | Field::Region
        | Field::Tenant(_)
        | Field::Service
        | Field::Level
        | Field::Message
        | Field::LogGroup
        | Field::Bytes
        | Field::LogStream
        | Field::Source
        | Field::Event
        | Field::Namespace
        | Field::Metric
        | Field::Unit
        | Field::Attribute(_) => None,
    });
    let mut needed: Vec<Box<str>> = grouped.chain(equal.iter().map(|(name, _)| name)).cloned().collect();
    needed.sort();
    needed.dedup();
    parser.blank();
    let start = parser.at;
    if parser.at == end {
        return Ok(if needed.is_empty() { None } else { Some(needed) });
    }
    if parser.take(is_word) != "by" {
        return Err(
            parser.fault_since(start, "behind a metric stand [statistic], {dim=\"value\"} and by (Dimension)".into())
        );
    }
    let named = list(parser)?;
    match needed.iter().find(|dimension| !named.contains(dimension)) {
        Some(missing) => {
            let message =
                format!("by (..) names the whole set of dimensions, and {} is missing in it", quoted(missing));
            Err(parser.fault_since(start, message))
        }
        None => Ok(Some(named)),
    }
}

fn list(parser: &mut Parser<'_>) -> Result<Vec<Box<str>>, Fault> {
    parser.expect('(')?;
    let mut names: Vec<Box<str>> = Vec::new();
    parser.blank();
    if parser.peek() == Some(')') {
        parser.at += 1;
        return Ok(names);
    }
    loop {
        names.push(name(parser, "the name of a dimension", is_of_metric)?.into());
        parser.blank();
        match parser.peek() {
            Some(',') => parser.at += 1,
            Some(_) | None => {
                parser.expect(')')?;
                names.sort();
                names.dedup();
                return Ok(names);
            }
        }
    }
}
