//! Value expressions: `sum(AWS/Lambda:Errors) / max(sum(AWS/Lambda:Invocations), 1)` as terms and what is made of them.

mod metric;

use std::collections::BTreeMap;

use super::{Aggregate, Arithmetic, From, Operator, Term, Values, own};
use crate::config::problem::{did_you_mean, quoted};
use crate::predicate::field::Field;
use crate::predicate::{Fault, Predicate, Subject};

/// Longer expressions are mistakes.
const CHARS_MAX: usize = 2_000;
/// Deeper nesting too.
const DEPTH_MAX: usize = 32;
/// More aggregates would make each group large.
const TERMS_MAX: usize = 16;

const FUNCTIONS: [&str; 12] =
    ["count", "sum", "avg", "min", "max", "last", "rate", "distinct", "p50", "p95", "p99", "quota"];

/// What an expression may speak of.
#[derive(Clone, Copy, Debug)]
pub struct Sources<'a> {
    /// What samples are taken from, which decides what stands in the parentheses of an aggregate.
    pub from: From,
    /// What the rule groups by: dimensions among it choose the series.
    pub group_by: &'a [Field],
    /// Named parts.
    pub queries: &'a BTreeMap<Box<str>, Arithmetic>,
    /// What the rule asks of records: beside it, short names of the format that it demands are known.
    pub matches: Option<&'a Predicate>,
}

/// The field of a name beside the predicate of its rule.
///
/// # Errors
/// When there is no such field; with what was given and what is allowed.
pub fn field(name: &str, beside: Option<&Predicate>, subject: Subject) -> Result<Field, String> {
    match beside.filter(|predicate| predicate.subject() == subject) {
        Some(predicate) => predicate.field(name),
        None => Field::parse(name, subject),
    }
}

/// Whether a name is one of a function, so that a query cannot have it.
#[must_use]
pub fn is_function(name: &str) -> bool {
    name == "quota" || aggregate(name).is_some()
}

/// Parses an expression. Its aggregates are added to `terms`, equal ones once.
///
/// # Errors
/// With the first thing that is wrong.
pub fn parse(text: &str, sources: &Sources<'_>, terms: &mut Vec<Term>) -> Result<Arithmetic, Fault> {
    let mut parser = Parser::new(text, sources, terms)?;
    let value = parser.sum()?;
    parser.blank();
    match parser.peek() {
        None => Ok(value),
        Some(other) => Err(parser.fault(1, format!("{other:?} is not expected here: the expression was complete"))),
    }
}

/// Parses the expression in front of a comparison, as `when` has it; also gives where the comparison begins, in characters.
///
/// # Errors
/// With the first thing that is wrong.
pub fn parse_compared(text: &str, sources: &Sources<'_>, terms: &mut Vec<Term>) -> Result<(Arithmetic, usize), Fault> {
    let mut parser = Parser::new(text, sources, terms)?;
    let value = parser.sum()?;
    parser.blank();
    match parser.peek() {
        Some('<' | '>' | '=' | '!') => Ok((value, parser.at)),
        Some(_) | None => Err(parser.fault(1, "a comparison belongs here, such as \"> 0\"".into())),
    }
}

struct Parser<'a> {
    chars: Vec<char>,
    at: usize,
    depth: usize,
    sources: &'a Sources<'a>,
    terms: &'a mut Vec<Term>,
}

impl<'a> Parser<'a> {
    fn new(text: &str, sources: &'a Sources<'a>, terms: &'a mut Vec<Term>) -> Result<Self, Fault> {
        let chars: Vec<char> = text.chars().collect();
        let parser = Self { chars, at: 0, depth: 0, sources, terms };
        if parser.chars.len() > CHARS_MAX {
            let message =
                format!("the expression has {} characters, over the limit of {CHARS_MAX}", parser.chars.len());
            return Err(parser.fault(1, message));
        }
        Ok(parser)
    }

    fn sum(&mut self) -> Result<Arithmetic, Fault> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(self.fault(1, format!("the expression is nested deeper than {DEPTH_MAX}")));
        }
        let mut left = self.product()?;
        loop {
            self.blank();
            let operator = match self.peek() {
                Some('+') => Operator::Add,
                Some('-') => Operator::Subtract,
                Some(_) | None => break,
            };
            self.at += 1;
            left = Arithmetic::Binary(operator, Box::new(left), Box::new(self.product()?));
        }
        self.depth -= 1;
        Ok(left)
    }

    fn product(&mut self) -> Result<Arithmetic, Fault> {
        let mut left = self.signed()?;
        loop {
            self.blank();
            let operator = match self.peek() {
                Some('*') => Operator::Multiply,
                Some('/') => Operator::Divide,
                Some(_) | None => return Ok(left),
            };
            self.at += 1;
            left = Arithmetic::Binary(operator, Box::new(left), Box::new(self.signed()?));
        }
    }

    fn signed(&mut self) -> Result<Arithmetic, Fault> {
        self.blank();
        if self.peek() == Some('-') {
            self.at += 1;
            return Ok(Arithmetic::Negative(Box::new(self.primary()?)));
        }
        self.primary()
    }

    fn primary(&mut self) -> Result<Arithmetic, Fault> {
        self.blank();
        match self.peek() {
            Some('(') => {
                self.at += 1;
                let inner = self.sum()?;
                self.expect(')')?;
                Ok(inner)
            }
            Some(c) if c.is_ascii_digit() || c == '.' => self.number().map(Arithmetic::Number),
            Some(c) if is_word(c) => self.word(),
            Some(c) => {
                let message = format!(
                    "{c:?} is not expected here: an aggregate such as \"count()\", a query or a number belongs here"
                );
                Err(self.fault(1, message))
            }
            None => Err(self.fault(1, "the expression ends where a value belongs".into())),
        }
    }

    fn number(&mut self) -> Result<f64, Fault> {
        let start = self.at;
        self.blank();
        let text = self.take(|c| c.is_ascii_alphanumeric() || c == '.' || c == '_');
        let number = text.parse().ok().filter(|number: &f64| number.is_finite() && !text.starts_with(['i', 'n']));
        number.ok_or_else(|| self.fault_since(start, format!("{} is no number", quoted(&text))))
    }

    fn word(&mut self) -> Result<Arithmetic, Fault> {
        let start = self.at;
        let name = self.take(|c| is_word(c) || c == '.');
        self.blank();
        if self.peek() != Some('(') {
            return self.sources.queries.get(name.as_str()).cloned().ok_or_else(|| self.unknown_name(start, &name));
        }
        self.at += 1;
        if name == "quota" {
            return self.quota();
        }
        let aggregate = aggregate(&name).ok_or_else(|| self.unknown_function(start, &name))?;
        match (aggregate, self.has_two_arguments()) {
            (Aggregate::Min, true) => self.two_arguments(Operator::Min),
            (Aggregate::Max, true) => self.two_arguments(Operator::Max),
            (_, true | false) => self.aggregate(aggregate, &name, start),
        }
    }

    fn quota(&mut self) -> Result<Arithmetic, Fault> {
        self.blank();
        let start = self.at;
        let name =
            self.quoted_text("the name of a quota in double quotes, such as quota(\"lambda.concurrency\", 1000)")?;
        if name.is_empty() {
            return Err(self.fault_since(start, "the name of the quota is empty".into()));
        }
        self.blank();
        let default = if self.peek() == Some(',') {
            self.at += 1;
            Some(self.number()?)
        } else {
            None
        };
        self.expect(')')?;
        Ok(Arithmetic::Quota(name.into(), default))
    }

    fn two_arguments(&mut self, operator: Operator) -> Result<Arithmetic, Fault> {
        let left = self.sum()?;
        self.expect(',')?;
        let right = self.sum()?;
        self.expect(')')?;
        Ok(Arithmetic::Binary(operator, Box::new(left), Box::new(right)))
    }

    /// Whether a comma stands between this parenthesis and its end, outside of others.
    fn has_two_arguments(&self) -> bool {
        let mut outer = false;
        let _ = self.scan(|c, depth| outer |= c == ',' && depth == 0);
        outer
    }

    /// The index of the parenthesis that ends what begins here; calls `each` with every character outside of quotes before it.
    fn scan(&self, mut each: impl FnMut(char, usize)) -> Option<usize> {
        let (mut depth, mut in_quotes) = (0_usize, false);
        for (index, c) in self.chars.iter().copied().enumerate().skip(self.at) {
            match c {
                '"' => in_quotes = !in_quotes,
                _ if in_quotes => {}
                '(' | '{' | '[' => depth += 1,
                ')' if depth == 0 => return Some(index),
                ')' | '}' | ']' => depth = depth.saturating_sub(1),
                _ => each(c, depth),
            }
        }
        None
    }

    fn aggregate(&mut self, aggregate: Aggregate, name: &str, start: usize) -> Result<Arithmetic, Fault> {
        let end = self
            .scan(|_, _| ())
            .ok_or_else(|| self.fault_at(start, name.len(), format!("the parenthesis of {name}( is not closed")))?;
        let of = self.values(aggregate, name, end)?;
        self.at = end + 1;
        let text: String = self.chars[start..self.at].iter().collect();
        self.term(Term { aggregate, of, text: text.into() }, start)
    }

    fn term(&mut self, term: Term, start: usize) -> Result<Arithmetic, Fault> {
        let same = |other: &Term| other.aggregate == term.aggregate && other.of == term.of;
        if let Some(index) = self.terms.iter().position(same) {
            return Ok(Arithmetic::Term(index));
        }
        if self.terms.len() == TERMS_MAX {
            return Err(self.fault_since(start, format!("a rule may have {TERMS_MAX} different aggregates")));
        }
        self.terms.push(term);
        Ok(Arithmetic::Term(self.terms.len() - 1))
    }

    /// What stands in the parentheses of an aggregate, up to `end`.
    fn values(&mut self, aggregate: Aggregate, name: &str, end: usize) -> Result<Values, Fault> {
        self.blank();
        if self.at == end {
            let counts = matches!(aggregate, Aggregate::Count | Aggregate::Rate);
            return match self.sources.from {
                From::Logs if counts => Ok(Values::Records),
                From::Logs => {
                    Err(self.fault(1, format!("{name}() of what? give a field, such as {name}(duration_ms)")))
                }
                From::Metrics => {
                    Err(self.fault(1, format!("{name}() of what? give a metric, such as {name}(AWS/Lambda:Errors)")))
                }
                From::Fanin => Err(self.fault(
                    1,
                    format!("{name}() of what? give a metric of Fanin, such as {name}(pipeline.watermark_lag_seconds)"),
                )),
            };
        }
        match self.sources.from {
            From::Logs => self.field(end),
            From::Metrics => metric::parse(self, aggregate, name, end).map(Values::Metric),
            From::Fanin => self.own(end),
        }
    }

    fn field(&mut self, end: usize) -> Result<Values, Fault> {
        let text: String = self.chars[self.at..end].iter().collect();
        let text = text.trim_end();
        let length = text.chars().count();
        if text.contains(':') {
            let message = format!("{} is no field: metrics need \"from: metrics\"", quoted(text));
            return Err(self.fault(length, message));
        }
        if text.contains(['(', ',']) {
            return Err(self.fault(length, format!("{} is no field: an aggregate takes one field", quoted(text))));
        }
        field(text, self.sources.matches, Subject::Log)
            .map(Values::Field)
            .map_err(|message| self.fault(length, message))
    }

    fn own(&mut self, end: usize) -> Result<Values, Fault> {
        let text: String = self.chars[self.at..end].iter().collect();
        let text = text.trim_end();
        if own::ALL.contains(&text) {
            return Ok(Values::Own(text.into()));
        }
        let hint = match did_you_mean(text, &own::ALL) {
            hint if hint.is_empty() => format!("; there are {}", own::ALL.join(", ")),
            hint => hint,
        };
        Err(self.fault(text.chars().count(), format!("{} is no metric of Fanin{hint}", quoted(text))))
    }

    fn unknown_name(&self, start: usize, name: &str) -> Fault {
        let queries: Vec<&str> = self.sources.queries.keys().map(AsRef::as_ref).collect();
        let hint = match (did_you_mean(name, &queries), did_you_mean(name, &FUNCTIONS)) {
            (query, _) if !query.is_empty() => query,
            (_, function) if !function.is_empty() => function,
            (_, _) if queries.is_empty() => "; write an aggregate, such as count()".into(),
            (_, _) => format!("; queries are {}", queries.join(", ")),
        };
        self.fault_at(start, name.len(), format!("{} is neither a query nor an aggregate{hint}", quoted(name)))
    }

    fn unknown_function(&self, start: usize, name: &str) -> Fault {
        let percentile = name.strip_prefix('p').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        let hint = match did_you_mean(name, &FUNCTIONS) {
            _ if percentile => "; percentiles go from p1 to p99.9".into(),
            hint if hint.is_empty() => {
                "; there are count, sum, avg, min, max, last, rate, distinct and p1 to p99.9".into()
            }
            hint => hint,
        };
        self.fault_at(start, name.len(), format!("{} is no aggregate{hint}", quoted(name)))
    }

    fn quoted_text(&mut self, wanted: &str) -> Result<String, Fault> {
        let start = self.at;
        if self.peek() != Some('"') {
            return Err(self.fault(1, format!("here belongs {wanted}")));
        }
        self.at += 1;
        let text = self.take(|c| c != '"');
        if self.peek() != Some('"') {
            return Err(self.fault_at(start, 1, "the quote is not closed".into()));
        }
        self.at += 1;
        Ok(text)
    }

    fn expect(&mut self, wanted: char) -> Result<(), Fault> {
        self.blank();
        match self.peek() {
            Some(c) if c == wanted => {
                self.at += 1;
                Ok(())
            }
            Some(c) => Err(self.fault(1, format!("{c:?} is not expected here: {wanted:?} belongs here"))),
            None => Err(self.fault(1, format!("the expression ends where {wanted:?} belongs"))),
        }
    }

    fn take(&mut self, of: impl Fn(char) -> bool) -> String {
        let rest = &self.chars[self.at..];
        let end = rest.iter().position(|c| !of(*c)).unwrap_or(rest.len());
        let text = rest[..end].iter().collect();
        self.at += end;
        text
    }

    fn blank(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn fault(&self, len: usize, message: String) -> Fault {
        self.fault_at(self.at, len, message)
    }

    fn fault_since(&self, start: usize, message: String) -> Fault {
        self.fault_at(start, self.at - start, message)
    }

    fn fault_at(&self, at: usize, len: usize, message: String) -> Fault {
        Fault { at, len: len.max(1), message }
    }
}

const fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn aggregate(name: &str) -> Option<Aggregate> {
    Some(match name {
        "count" => Aggregate::Count,
        "sum" => Aggregate::Sum,
        "avg" => Aggregate::Avg,
        "min" => Aggregate::Min,
        "max" => Aggregate::Max,
        "last" => Aggregate::Last,
        "rate" => Aggregate::Rate,
        "distinct" => Aggregate::Distinct,
        _ => Aggregate::Percentile(percentile(name)?),
    })
}

/// `p1` to `p99.9` and what lies between.
fn percentile(name: &str) -> Option<f64> {
    let digits = name.strip_prefix('p').filter(|digits| digits.starts_with(|c: char| c.is_ascii_digit()))?;
    digits.parse().ok().filter(|percent| (1.0..=99.99).contains(percent))
}

#[cfg(test)]
mod tests;
