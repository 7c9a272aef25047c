//! What must hold of a record for a predicate to hold: by this, an index finds the rules that a record may concern.

use regex_syntax::hir::{Hir, HirKind};

use super::field::Field;
use super::node::{Comparison, Literal, Node, Source, Test};

/// What every record has of which a predicate holds. A record without it need not be asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// `source` is one of these; `None`: anything. Empty: there is no such record.
    pub sources: Option<Vec<Box<str>>>,
    /// `log_group` is one of these.
    pub log_groups: Option<Vec<Box<str>>>,
    /// `level` is one of these.
    pub levels: Option<Vec<Box<str>>>,
    /// `service` is one of these.
    pub services: Option<Vec<Box<str>>>,
    /// `message` contains at least one text of each of these lists; none of the texts is empty.
    pub literals: Vec<Vec<Box<str>>>,
}

impl Needs {
    pub(super) fn of(node: &Node) -> Self {
        match node {
            Node::All(nodes) => nodes.iter().map(Self::of).fold(Self::default(), Self::and),
            Node::Any(nodes) => nodes.iter().map(Self::of).reduce(Self::or).unwrap_or_default(),
            Node::Compare { left: Source::Field(field), comparison: Comparison::Equal, right: Literal::Text(text) } => {
                Self::equal(field, std::slice::from_ref(text))
            }
            Node::OneOf { source: Source::Field(field), list } if list.others.is_empty() => {
                Self::equal(field, &list.texts)
            }
            Node::Text { field: Field::Message, test } => Self::text(test),
            Node::Always(_)
            | Node::Not(_)
            | Node::Has(_)
            | Node::True(_)
            | Node::Compare { .. }
            | Node::CompareFields { .. }
            | Node::OneOf { .. }
            | Node::Holds { .. }
            | Node::Text { .. } => Self::default(),
        }
    }

    fn equal(field: &Field, texts: &[Box<str>]) -> Self {
        let mut needs = Self::default();
        match field {
            Field::Source => needs.sources = Some(texts.to_vec()),
            Field::LogGroup => needs.log_groups = Some(texts.to_vec()),
            Field::Level => needs.levels = Some(texts.to_vec()),
            Field::Service => needs.services = Some(texts.to_vec()),
            Field::Message => needs.literals.extend(not_empty(texts.to_vec())),
            Field::Account
            | Field::Region
            | Field::Tenant(_)
            | Field::Bytes
            | Field::LogStream
            | Field::Event
            | Field::Namespace
            | Field::Metric
            | Field::Unit
            | Field::Dimension(_)
            | Field::Attribute(_) => {}
        }
        needs
    }

    fn text(test: &Test) -> Self {
        let texts = match test {
            Test::Contains(finder) => std::str::from_utf8(finder.needle()).ok().map(|text| vec![text.into()]),
            Test::StartsWith(text) | Test::EndsWith(text) => Some(vec![text.clone()]),
            Test::Matches(expression) => regex_syntax::parse(expression.as_str()).ok().and_then(|hir| required(&hir)),
            Test::LowerContains(_) | Test::LowerStartsWith(_) | Test::LowerEndsWith(_) => None,
        };
        Self { literals: texts.and_then(not_empty).into_iter().collect(), ..Self::default() }
    }

    fn and(self, other: Self) -> Self {
        let mut literals = self.literals;
        literals.extend(other.literals);
        Self {
            sources: both(self.sources, other.sources),
            log_groups: both(self.log_groups, other.log_groups),
            levels: both(self.levels, other.levels),
            services: both(self.services, other.services),
            literals,
        }
    }

    fn or(self, other: Self) -> Self {
        let literals = match (best(self.literals), best(other.literals)) {
            (Some(mut texts), Some(others)) => {
                texts.extend(others);
                vec![texts]
            }
            (Some(_) | None, Some(_) | None) => Vec::new(),
        };
        Self {
            sources: either(self.sources, other.sources),
            log_groups: either(self.log_groups, other.log_groups),
            levels: either(self.levels, other.levels),
            services: either(self.services, other.services),
            literals,
        }
    }
}

/// Alternatives, none of which says nothing.
fn not_empty(texts: Vec<Box<str>>) -> Option<Vec<Box<str>>> {
    texts.iter().all(|text| !text.is_empty()).then_some(texts)
}

/// The alternatives that are rarest: whose shortest text is longest.
fn best(literals: Vec<Vec<Box<str>>>) -> Option<Vec<Box<str>>> {
    literals.into_iter().max_by_key(|texts| texts.iter().map(|text| text.len()).min())
}

fn both(one: Option<Vec<Box<str>>>, other: Option<Vec<Box<str>>>) -> Option<Vec<Box<str>>> {
    match (one, other) {
        (Some(mut one), Some(other)) => {
            one.retain(|text| other.contains(text));
            Some(one)
        }
        (one, None) => one,
        (None, other) => other,
    }
}

fn either(one: Option<Vec<Box<str>>>, other: Option<Vec<Box<str>>>) -> Option<Vec<Box<str>>> {
    let (mut one, other) = (one?, other?);
    one.extend(other);
    one.sort_unstable();
    one.dedup();
    Some(one)
}

/// Alternatives of which every match of an expression has one.
fn required(hir: &Hir) -> Option<Vec<Box<str>>> {
    /// More alternatives are no help to a search.
    const ALTERNATIVES_MAX: usize = 32;
    match hir.kind() {
        HirKind::Literal(literal) => std::str::from_utf8(&literal.0).ok().map(|text| vec![text.into()]),
        HirKind::Capture(capture) => required(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => required(&repetition.sub),
        HirKind::Concat(parts) => best(parts.iter().filter_map(required).collect()),
        HirKind::Alternation(parts) => {
            let each: Option<Vec<_>> = parts.iter().map(required).collect();
            each.map(|each| each.concat()).filter(|all| all.len() <= ALTERNATIVES_MAX)
        }
        HirKind::Empty | HirKind::Class(_) | HirKind::Look(_) | HirKind::Repetition(_) => None,
    }
}
