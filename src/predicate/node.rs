//! A checked condition, and whether it holds of a record. Nothing is allocated.

use std::cmp::Ordering;

use memchr::memmem::Finder;

use super::Fields;
use super::field::Field;
use super::syntax::Relation;
use crate::config::expression::Expression;
use crate::record::value::Value;

/// A condition that can be asked of records.
#[derive(Clone, Debug)]
pub(super) enum Node {
    Always(bool),
    All(Box<[Self]>),
    Any(Box<[Self]>),
    Not(Box<Self>),
    /// The field is there and not null.
    Has(Field),
    /// The field is true.
    True(Field),
    Compare {
        left: Source,
        comparison: Comparison,
        right: Literal,
    },
    CompareFields {
        left: Source,
        comparison: Comparison,
        right: Source,
    },
    OneOf {
        source: Source,
        list: List,
    },
    /// A list of the record has the value, or a map the key.
    Holds {
        field: Field,
        member: Literal,
    },
    Text {
        field: Field,
        test: Test,
    },
}

/// What a value is taken from.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Source {
    Field(Field),
    /// `size(field)`
    Size(Field),
    /// `field.lowerAscii()`
    Lower(Field),
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Below,
    AtMost,
    Above,
    AtLeast,
}

/// A value of the text.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Literal {
    Text(Box<str>),
    Int(i64),
    Double(f64),
    Bool(bool),
    Null,
}

/// Values of the text, of which one is wanted.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct List {
    /// The texts, ascending.
    pub(super) texts: Box<[Box<str>]>,
    /// Everything else.
    pub(super) others: Box<[Literal]>,
}

/// What is asked of a text.
#[derive(Clone, Debug)]
pub(super) enum Test {
    Contains(Finder<'static>),
    StartsWith(Box<str>),
    EndsWith(Box<str>),
    Matches(Expression),
    /// In whatever case its ASCII letters are; the text is in small letters.
    LowerContains(Box<str>),
    LowerStartsWith(Box<str>),
    LowerEndsWith(Box<str>),
}

impl Comparison {
    /// Of a relation that is no `in`.
    pub(super) const fn of(relation: Relation) -> Option<Self> {
        match relation {
            Relation::Equal => Some(Self::Equal),
            Relation::NotEqual => Some(Self::NotEqual),
            Relation::Below => Some(Self::Below),
            Relation::AtMost => Some(Self::AtMost),
            Relation::Above => Some(Self::Above),
            Relation::AtLeast => Some(Self::AtLeast),
            Relation::In => None,
        }
    }

    /// Whether it is `==` or `!=`.
    pub(super) const fn is_equality(self) -> bool {
        matches!(self, Self::Equal | Self::NotEqual)
    }

    /// With both sides swapped.
    pub(super) const fn flipped(self) -> Self {
        match self {
            Self::Equal => Self::Equal,
            Self::NotEqual => Self::NotEqual,
            Self::Below => Self::Above,
            Self::AtMost => Self::AtLeast,
            Self::Above => Self::Below,
            Self::AtLeast => Self::AtMost,
        }
    }

    /// Whether it holds of values that stand so to each other; `None` where they cannot be compared.
    fn holds(self, order: Option<Ordering>) -> bool {
        match self {
            Self::Equal => order == Some(Ordering::Equal),
            Self::NotEqual => order != Some(Ordering::Equal),
            Self::Below => order == Some(Ordering::Less),
            Self::AtMost => matches!(order, Some(Ordering::Less | Ordering::Equal)),
            Self::Above => order == Some(Ordering::Greater),
            Self::AtLeast => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
        }
    }
}

impl Literal {
    pub(super) fn value(&self) -> Value<'_> {
        match self {
            Self::Text(text) => Value::Text(text),
            Self::Int(number) => Value::Int(*number),
            Self::Double(number) => Value::Double(*number),
            Self::Bool(is) => Value::Bool(*is),
            Self::Null => Value::Null,
        }
    }
}

impl Source {
    pub(super) const fn field(&self) -> &Field {
        match self {
            Self::Field(field) | Self::Size(field) | Self::Lower(field) => field,
        }
    }

    /// The value; of `lowerAscii`, the text as it is.
    fn value<'f>(&self, of: &'f dyn Fields) -> Option<Value<'f>> {
        match self {
            Self::Field(field) | Self::Lower(field) => of.get(field),
            Self::Size(field) => size(&of.get(field)?).map(Value::Int),
        }
    }
}

impl Node {
    /// Whether it holds of a record.
    pub(super) fn holds(&self, of: &dyn Fields) -> bool {
        match self {
            Self::Always(holds) => *holds,
            Self::All(nodes) => nodes.iter().all(|node| node.holds(of)),
            Self::Any(nodes) => nodes.iter().any(|node| node.holds(of)),
            Self::Not(node) => !node.holds(of),
            Self::Has(field) => of.get(field).is_some_and(|value| value != Value::Null),
            Self::True(field) => of.get(field) == Some(Value::Bool(true)),
            Self::Compare { left, comparison, right } => {
                left.value(of).is_some_and(|value| compare(left, &value, *comparison, right))
            }
            Self::CompareFields { left, comparison, right } => match (left.value(of), right.value(of)) {
                (Some(left), Some(right)) if left != Value::Null && right != Value::Null => {
                    comparison.holds(order(&left, &right))
                }
                (Some(_) | None, Some(_) | None) => false,
            },
            Self::OneOf { source, list } => source.value(of).is_some_and(|value| one_of(source, &value, list)),
            Self::Holds { field, member } => of.get(field).is_some_and(|value| has_member(&value, &member.value())),
            Self::Text { field, test } => {
                of.get(field).and_then(|value| value.text()).is_some_and(|text| test.holds(text))
            }
        }
    }

    /// Adds every field that it asks for.
    pub(super) fn each_field(&self, note: &mut dyn FnMut(&Field)) {
        match self {
            Self::Always(_) => {}
            Self::All(nodes) | Self::Any(nodes) => nodes.iter().for_each(|node| node.each_field(note)),
            Self::Not(node) => node.each_field(note),
            Self::Has(field) | Self::True(field) | Self::Holds { field, .. } | Self::Text { field, .. } => note(field),
            Self::Compare { left: source, .. } | Self::OneOf { source, .. } => note(source.field()),
            Self::CompareFields { left, right, .. } => {
                note(left.field());
                note(right.field());
            }
        }
    }
}

impl Test {
    fn holds(&self, text: &str) -> bool {
        match self {
            Self::Contains(finder) => finder.find(text.as_bytes()).is_some(),
            Self::StartsWith(start) => text.starts_with(&**start),
            Self::EndsWith(end) => text.ends_with(&**end),
            Self::Matches(expression) => expression.regex().is_match(text),
            Self::LowerContains(part) => contains_ignoring_case(text.as_bytes(), part.as_bytes()),
            Self::LowerStartsWith(start) => {
                text.as_bytes().get(..start.len()).is_some_and(|it| it.eq_ignore_ascii_case(start.as_bytes()))
            }
            Self::LowerEndsWith(end) => {
                let at = text.len().checked_sub(end.len());
                at.is_some_and(|at| text.as_bytes()[at..].eq_ignore_ascii_case(end.as_bytes()))
            }
        }
    }
}

/// `part` is in small letters.
fn contains_ignoring_case(text: &[u8], part: &[u8]) -> bool {
    let Some(first) = part.first() else { return true };
    let Some(last_start) = text.len().checked_sub(part.len()) else { return false };
    let mut starts = memchr::memchr2_iter(*first, first.to_ascii_uppercase(), &text[..=last_start]);
    starts.any(|at| text[at..at + part.len()].eq_ignore_ascii_case(part))
}

fn compare(left: &Source, value: &Value<'_>, comparison: Comparison, right: &Literal) -> bool {
    match (left, value, right) {
        // Null is there only for those who ask for it.
        (_, Value::Null, right) => *right == Literal::Null && comparison == Comparison::Equal,
        (Source::Lower(_), Value::Text(text), Literal::Text(wanted)) => {
            comparison.holds(text.eq_ignore_ascii_case(wanted).then_some(Ordering::Equal))
        }
        (Source::Field(_), Value::Text(text), Literal::Text(wanted)) if comparison.is_equality() => {
            (*text == &**wanted) == (comparison == Comparison::Equal)
        }
        (_, value, right) => comparison.holds(order(value, &right.value())),
    }
}

fn one_of(source: &Source, value: &Value<'_>, list: &List) -> bool {
    if let Value::Text(text) = value {
        let found = match source {
            Source::Lower(_) => list.texts.iter().any(|it| it.eq_ignore_ascii_case(text)),
            Source::Field(_) | Source::Size(_) => list.texts.binary_search_by(|it| (**it).cmp(text)).is_ok(),
        };
        if found {
            return true;
        }
    }
    list.others.iter().any(|it| order(value, &it.value()) == Some(Ordering::Equal))
}

fn has_member(value: &Value<'_>, member: &Value<'_>) -> bool {
    match value {
        Value::List(items) => items.iter().any(|item| order(item, member) == Some(Ordering::Equal)),
        Value::Map(members) => members.iter().any(|it| member.text() == Some(it.key)),
        Value::Text(_) | Value::Int(_) | Value::Double(_) | Value::Bool(_) | Value::Null => false,
    }
}

/// Characters of a text, items of a list, members of a map.
fn size(value: &Value<'_>) -> Option<i64> {
    let size = match value {
        Value::Text(text) => text.chars().count(),
        Value::List(items) => items.len(),
        Value::Map(members) => members.len(),
        Value::Int(_) | Value::Double(_) | Value::Bool(_) | Value::Null => return None,
    };
    i64::try_from(size).ok()
}

/// How two values stand to each other; `None` where they do not fit. A text that holds a number is one beside a number.
fn order(left: &Value<'_>, right: &Value<'_>) -> Option<Ordering> {
    match (left, right) {
        (Value::Text(left), Value::Text(right)) => Some(left.cmp(right)),
        (Value::Bool(left), Value::Bool(right)) => Some(left.cmp(right)),
        (Value::Null, Value::Null) => Some(Ordering::Equal),
        (Value::Int(left), Value::Int(right)) => Some(left.cmp(right)),
        (Value::Double(left), Value::Double(right)) => left.partial_cmp(right),
        (Value::Int(left), Value::Double(right)) => int_and_double(*left, *right),
        (Value::Double(left), Value::Int(right)) => int_and_double(*right, *left).map(Ordering::reverse),
        (Value::Text(text), Value::Int(_) | Value::Double(_)) => order(&number(text)?, right),
        (Value::Int(_) | Value::Double(_), Value::Text(text)) => order(left, &number(text)?),
        (
            Value::Text(_)
            | Value::Int(_)
            | Value::Double(_)
            | Value::Bool(_)
            | Value::Null
            | Value::List(_)
            | Value::Map(_),
            Value::Text(_)
            | Value::Int(_)
            | Value::Double(_)
            | Value::Bool(_)
            | Value::Null
            | Value::List(_)
            | Value::Map(_),
        ) => None,
    }
}

/// The number that a text holds; `inf` and `nan` are words.
fn number(text: &str) -> Option<Value<'static>> {
    if !text.ends_with(|last: char| last.is_ascii_digit() || last == '.') {
        return None;
    }
    text.parse().map(Value::Int).or_else(|_| text.parse().map(Value::Double)).ok()
}

/// Without loss, which a conversion of large whole numbers has.
#[expect(clippy::cast_possible_truncation, reason = "the double lies within the range of whole numbers")]
fn int_and_double(int: i64, double: f64) -> Option<Ordering> {
    /// 2 to the power of 63: the first double above every whole number.
    const ABOVE: f64 = 9_223_372_036_854_775_808.0;
    if double.is_nan() {
        None
    } else if double >= ABOVE {
        Some(Ordering::Less)
    } else if double < -ABOVE {
        Some(Ordering::Greater)
    } else {
        let whole = double.trunc();
        let order = int.cmp(&(whole as i64));
        Some(order.then_with(|| whole.partial_cmp(&double).unwrap_or(Ordering::Equal)))
    }
}
