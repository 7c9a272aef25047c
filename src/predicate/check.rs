//! A tree checked against what its subject has: every name is a field, every value can be one of its field.

use super::alias::{self, Scope};
use super::field::Field;
use super::node::{Comparison, List, Literal, Node, Source, Test};
use super::syntax::{self, Kind, Operand, Relation, Span, Tree};
use super::{Fault, Subject, word};
use crate::config::FormatName;
use crate::config::expression::Expression;
use crate::config::problem::quoted;
use crate::time::{parse_rfc3339, parse_zoneless};

/// What the values of a field are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    /// Anything.
    Any,
    Text,
    Number,
    /// True or false.
    Bool,
    /// 12 digits.
    Account,
    Level,
    Format,
    /// State of an account.
    State,
    /// Seconds since 1970; a text of the predicate is read as a time.
    Time,
}

/// Checks trees, noting every fault.
pub(super) struct Check<'c> {
    pub(super) subject: Subject,
    pub(super) faults: &'c mut Vec<Fault>,
}

impl Check<'_> {
    /// The condition of a tree; of what is faulty, one that never holds.
    pub(super) fn tree(&mut self, tree: &Tree, scope: &Scope) -> Node {
        match tree {
            Tree::Bad => Node::Always(false),
            Tree::All(trees) => {
                let scope = scope.and(trees.iter().filter_map(demanded));
                Node::All(trees.iter().map(|tree| self.tree(tree, &scope)).collect())
            }
            Tree::Any(trees) => Node::Any(trees.iter().map(|tree| self.tree(tree, scope)).collect()),
            Tree::Not(tree) => Node::Not(Box::new(self.tree(tree, scope))),
            Tree::Relation { relation, left, right } => {
                self.relation(*relation, left, right, scope).unwrap_or(Node::Always(false))
            }
            Tree::Alone(operand) => self.alone(operand, scope).unwrap_or(Node::Always(false)),
        }
    }

    fn fault<T>(&mut self, span: Span, message: impl Into<String>) -> Option<T> {
        self.faults.push(span.fault(message));
        None
    }

    /// The field of a name, and what its values are.
    fn field(&mut self, operand: &Operand, scope: &Scope) -> Option<(Field, Type)> {
        let Kind::Name(name) = &operand.kind else {
            return self.fault(operand.span, format!("{} is not the name of a field", told(operand)));
        };
        match alias::field(name, self.subject, scope) {
            Ok(found) => Some(found),
            Err(message) => self.fault(operand.span, message),
        }
    }

    fn alone(&mut self, operand: &Operand, scope: &Scope) -> Option<Node> {
        match &operand.kind {
            Kind::Bad => None,
            Kind::Literal(syntax::Literal::Bool(is)) => Some(Node::Always(*is)),
            Kind::Literal(_) => {
                self.fault(operand.span, format!("{} alone is no condition: compare a field with it", told(operand)))
            }
            Kind::List(_) => self.fault(operand.span, "a list alone is no condition: write field in [..]"),
            Kind::Name(_) => {
                let (field, of) = self.field(operand, scope)?;
                if matches!(of, Type::Any | Type::Bool) {
                    return Some(Node::True(field));
                }
                self.fault(
                    operand.span,
                    format!("`{field}` alone is no condition: compare it, or ask has({field}) whether it is there"),
                )
            }
            Kind::Call { function, target, arguments } => {
                self.call(operand, function, target.as_deref(), arguments, scope)
            }
        }
    }

    fn call(
        &mut self,
        operand: &Operand,
        function: &str,
        target: Option<&Operand>,
        arguments: &[Operand],
        scope: &Scope,
    ) -> Option<Node> {
        match (function, target, arguments) {
            ("has", None, [argument]) => Some(Node::Has(self.field(argument, scope)?.0)),
            ("contains" | "startsWith" | "endsWith" | "matches", Some(target), [argument]) => {
                self.text_test(function, target, argument, scope)
            }
            ("size" | "lowerAscii" | "timestamp", _, _) => self
                .fault(operand.span, format!("{function}() alone is no condition: compare what it gives with a value")),
            (_, _, _) => self.fault(operand.span, unknown_function(function, target.is_some(), arguments.len())),
        }
    }

    fn text_test(&mut self, function: &str, target: &Operand, argument: &Operand, scope: &Scope) -> Option<Node> {
        let (source, of) = self.source(target, scope)?;
        let Kind::Literal(syntax::Literal::Text(text)) = &argument.kind else {
            return self
                .fault(argument.span, format!("{function}() wants a text between quotes, not {}", told(argument)));
        };
        let field = source.field().clone();
        match of {
            Type::Any | Type::Text | Type::Account => {}
            Type::Number | Type::Bool | Type::Time => {
                let what = if of == Type::Bool { "true or false" } else { "a number" };
                return self.fault(
                    target.span,
                    format!("`{field}` is {what}, and {function}() is asked of texts: compare it with =="),
                );
            }
            Type::Level | Type::Format | Type::State => {
                return self.fault(
                    target.span,
                    format!("`{field}` is one of a few words, not any text: write {field} in [{}]", words(of)),
                );
            }
        }
        let lower = matches!(source, Source::Lower(_));
        if lower && function == "matches" {
            return self.fault(target.span, "write (?i) at the beginning of the expression instead of lowerAscii()");
        }
        if lower {
            self.small_letters(text, argument.span)?;
        }
        let boxed = || text.as_str().into();
        let test = match (function, lower) {
            ("contains", false) => Test::Contains(memchr::memmem::Finder::new(text).into_owned()),
            ("contains", true) => Test::LowerContains(boxed()),
            ("startsWith", false) => Test::StartsWith(boxed()),
            ("startsWith", true) => Test::LowerStartsWith(boxed()),
            ("endsWith", false) => Test::EndsWith(boxed()),
            ("endsWith", true) => Test::LowerEndsWith(boxed()),
            (_, _) => match Expression::new(text) {
                Ok(expression) => Test::Matches(expression),
                Err(why) => return self.fault(argument.span, format!("{} {why}", quoted(text))),
            },
        };
        Some(Node::Text { field, test })
    }

    fn small_letters(&mut self, text: &str, span: Span) -> Option<()> {
        if text.bytes().any(|b| b.is_ascii_uppercase()) {
            let small = quoted(&text.to_ascii_lowercase());
            return self.fault(
                span,
                format!("lowerAscii() gives small letters, which {} has not: write {small}", quoted(text)),
            );
        }
        Some(())
    }

    /// What an operand that is no value of the text takes its value from, and what that value is.
    fn source(&mut self, operand: &Operand, scope: &Scope) -> Option<(Source, Type)> {
        match &operand.kind {
            Kind::Name(_) => self.field(operand, scope).map(|(field, of)| (Source::Field(field), of)),
            Kind::Call { function, target, arguments } => match (function.as_str(), target.as_deref(), arguments.as_slice()) {
                ("size", None, [of]) | ("size", Some(of), []) => {
                    Some((Source::Size(self.field(of, scope)?.0), Type::Number))
                }
                ("lowerAscii", Some(target), []) => {
                    let (field, of) = self.field(target, scope)?;
                    match of {
                        Type::Any | Type::Text => Some((Source::Lower(field), Type::Text)),
                        Type::Number
                        | Type::Bool
                        | Type::Account
                        | Type::Level
                        | Type::Format
                        | Type::State
                        | Type::Time => self.fault(target.span, format!("`{field}` needs no lowerAscii(): leave it out")),
                    }
                }
                ("has" | "contains" | "startsWith" | "endsWith" | "matches", _, _) => self.fault(
                    operand.span,
                    format!("{function}() is a condition already: leave the comparison out, and write ! in front for its opposite"),
                ),
                (_, target, arguments) => {
                    self.fault(operand.span, unknown_function(function, target.is_some(), arguments.len()))
                }
            },
            Kind::Bad => None,
            Kind::Literal(_) | Kind::List(_) => {
                self.fault(operand.span, format!("a field is wanted here, not {}", told(operand)))
            }
        }
    }

    fn relation(&mut self, relation: Relation, left: &Operand, right: &Operand, scope: &Scope) -> Option<Node> {
        if matches!(left.kind, Kind::Bad) || matches!(right.kind, Kind::Bad) {
            return None;
        }
        let Some(comparison) = Comparison::of(relation) else { return self.one_of(left, right, scope) };
        match (is_value(left), is_value(right)) {
            (true, true) => self.fault(
                left.span.to(right.span),
                "both sides are values, so this says nothing of a record: name a field on one side",
            ),
            (true, false) => self.compare(comparison.flipped(), right, left, scope),
            (false, true) => self.compare(comparison, left, right, scope),
            (false, false) => self.compare_fields(comparison, left, right, scope),
        }
    }

    fn compare(&mut self, comparison: Comparison, left: &Operand, right: &Operand, scope: &Scope) -> Option<Node> {
        let (source, of) = self.source(left, scope)?;
        if let Kind::List(_) = right.kind {
            return self.fault(right.span, "a list is asked with in: write field in [..]");
        }
        if !comparison.is_equality()
            && matches!(of, Type::Level | Type::Format | Type::State | Type::Account | Type::Bool)
        {
            return self.fault(left.span.to(right.span), no_order(&source, of, comparison, right));
        }
        let literal = self.literal(&source, of, right)?;
        if !comparison.is_equality() {
            match (&source, &literal) {
                (_, Literal::Bool(_)) => return self.fault(right.span, "true and false have no order: write == or !="),
                (_, Literal::Null) => {
                    return self.fault(right.span, "null has no order: ask has(field) whether it is there");
                }
                (Source::Lower(_), _) => {
                    return self.fault(left.span, "what lowerAscii() gives is compared with == and != only");
                }
                (_, Literal::Text(_) | Literal::Int(_) | Literal::Double(_)) => {}
            }
        }
        Some(Node::Compare { left: source, comparison, right: literal })
    }

    fn compare_fields(
        &mut self,
        comparison: Comparison,
        left: &Operand,
        right: &Operand,
        scope: &Scope,
    ) -> Option<Node> {
        let (first, second) = (self.source(left, scope), self.source(right, scope));
        let ((first, of_first), (second, of_second)) = (first?, second?);
        if matches!(first, Source::Lower(_)) || matches!(second, Source::Lower(_)) {
            return self.fault(left.span.to(right.span), "lowerAscii() is compared with a text between quotes only");
        }
        let numeric = |of| matches!(of, Type::Number | Type::Time);
        let fit = of_first == Type::Any || of_second == Type::Any || numeric(of_first) == numeric(of_second);
        if !fit {
            return self.fault(
                left.span.to(right.span),
                format!(
                    "`{}` and `{}` can never be equal: one is a number, the other a text",
                    first.field(),
                    second.field()
                ),
            );
        }
        Some(Node::CompareFields { left: first, comparison, right: second })
    }

    fn one_of(&mut self, left: &Operand, right: &Operand, scope: &Scope) -> Option<Node> {
        match &right.kind {
            Kind::List(items) if items.is_empty() => {
                self.fault(right.span, "an empty list has nothing in it: write the values")
            }
            Kind::List(items) => {
                let (source, of) = self.source(left, scope)?;
                // All of them, so that every fault is told.
                let literals: Vec<_> = items.iter().map(|item| self.literal(&source, of, item)).collect();
                let (mut texts, mut others) = (Vec::new(), Vec::new());
                for literal in literals {
                    match literal? {
                        Literal::Text(text) => texts.push(text),
                        other @ (Literal::Int(_) | Literal::Double(_) | Literal::Bool(_) | Literal::Null) => {
                            others.push(other)
                        }
                    }
                }
                texts.sort_unstable();
                texts.dedup();
                Some(Node::OneOf { source, list: List { texts: texts.into(), others: others.into() } })
            }
            Kind::Name(_) => {
                let (field, of) = self.field(right, scope)?;
                if of != Type::Any {
                    return self.fault(
                        right.span,
                        format!("`{field}` is no list: write {field}.contains(\"text\") for a part of a text"),
                    );
                }
                let Kind::Literal(literal) = &left.kind else {
                    return self
                        .fault(left.span, format!("a value between quotes is wanted before in, not {}", told(left)));
                };
                Some(Node::Holds { field, member: plain(literal) })
            }
            Kind::Literal(_) => self.fault(right.span, format!("in wants a list: write [{}]", told(right))),
            Kind::Call { .. } | Kind::Bad => {
                self.fault(right.span, "in wants a list, as in [\"a\", \"b\"], or the name of a field that is one")
            }
        }
    }

    /// A value as one of those that it is compared with.
    fn literal(&mut self, source: &Source, of: Type, operand: &Operand) -> Option<Literal> {
        let field = source.field();
        let span = operand.span;
        let literal = match &operand.kind {
            Kind::Literal(literal) => literal,
            Kind::Call { function, target: None, arguments } if function == "timestamp" => match arguments.as_slice() {
                [Operand { kind: Kind::Literal(literal @ syntax::Literal::Text(_)), .. }] => literal,
                _ => return self.fault(span, "timestamp() wants a text, as in timestamp(\"2026-01-31T00:00:00Z\")"),
            },
            Kind::Name(name) => {
                return self.fault(
                    span,
                    format!(
                        "a value is wanted here, and `{name}` is a name: write \"{name}\", in quotes, for the text"
                    ),
                );
            }
            Kind::Bad => return None,
            Kind::List(_) | Kind::Call { .. } => {
                return self.fault(span, format!("a value is wanted here, not {}", told(operand)));
            }
        };
        if let (Source::Lower(_), syntax::Literal::Text(text)) = (source, literal) {
            self.small_letters(text, span)?;
        }
        let given = told(operand);
        match (of, literal) {
            (Type::Any, literal) => Some(plain(literal)),
            (Type::Text, syntax::Literal::Text(text)) => Some(Literal::Text(text.as_str().into())),
            (Type::Number, syntax::Literal::Int(_) | syntax::Literal::Double(_)) => Some(plain(literal)),
            (Type::Bool, syntax::Literal::Bool(is)) => Some(Literal::Bool(*is)),
            (Type::Time, syntax::Literal::Int(number)) => Some(Literal::Int(*number)),
            (Type::Account | Type::Level | Type::Format | Type::State, syntax::Literal::Text(text)) => {
                match word::word(of, text) {
                    Ok(word) => Some(Literal::Text(word)),
                    Err(message) => self.fault(span, message),
                }
            }
            (Type::Time, syntax::Literal::Text(text)) => match seconds(text) {
                Some(seconds) => Some(Literal::Int(seconds)),
                None => self.fault(
                    span,
                    format!("{given} is no time: write one as \"2026-01-31\" or \"2026-01-31T12:00:00Z\""),
                ),
            },
            (_, syntax::Literal::Null) => {
                self.fault(span, format!("`{field}` is never null: write has({field}), or !has({field})"))
            }
            (Type::Account, syntax::Literal::Int(number)) => self.fault(span, word::account_number(*number)),
            (Type::Text | Type::Account | Type::Level | Type::Format | Type::State, _) => {
                let example = if matches!(of, Type::Text | Type::Account) {
                    format!("write \"{}\"", bare(literal))
                } else {
                    format!("write one of {}", words(of))
                };
                self.fault(span, format!("`{field}` is a text, and {given} is none: {example}"))
            }
            (Type::Number, syntax::Literal::Text(text)) if text.parse::<f64>().is_ok() => {
                self.fault(span, format!("`{field}` is a number, and {given} is a text: write {text}, without quotes"))
            }
            (Type::Number, _) => {
                self.fault(span, format!("`{field}` is a number, and {given} is none: write a number such as 10"))
            }
            (Type::Bool, _) => self.fault(
                span,
                format!("`{field}` is true or false, and {given} is neither: write true or false, without quotes"),
            ),
            (Type::Time, _) => {
                self.fault(span, format!("`{field}` is a time, and {given} is none: write one as \"2026-01-31\""))
            }
        }
    }
}

/// The formats that a part of `&&` demands, where it is `source == ".."` or `source in [..]`.
pub(super) fn demanded(tree: &Tree) -> Option<Vec<FormatName>> {
    let Tree::Relation { relation, left, right } = tree else { return None };
    let (name, value) = if is_value(left) { (right, left) } else { (left, right) };
    if !matches!(&name.kind, Kind::Name(name) if name == "source") {
        return None;
    }
    let format = |operand: &Operand| match &operand.kind {
        Kind::Literal(syntax::Literal::Text(text)) => word::format(text),
        Kind::Literal(_) | Kind::List(_) | Kind::Name(_) | Kind::Call { .. } | Kind::Bad => None,
    };
    match (relation, &value.kind) {
        (Relation::Equal, _) => format(value).map(|format| vec![format]),
        (Relation::In, Kind::List(items)) => items.iter().map(format).collect(),
        (
            Relation::NotEqual
            | Relation::Below
            | Relation::AtMost
            | Relation::Above
            | Relation::AtLeast
            | Relation::In,
            _,
        ) => None,
    }
}

fn is_value(operand: &Operand) -> bool {
    match &operand.kind {
        Kind::Literal(_) | Kind::List(_) => true,
        Kind::Call { function, target, .. } => target.is_none() && function == "timestamp",
        Kind::Name(_) | Kind::Bad => false,
    }
}

fn plain(literal: &syntax::Literal) -> Literal {
    match literal {
        syntax::Literal::Text(text) => Literal::Text(text.as_str().into()),
        syntax::Literal::Int(number) => Literal::Int(*number),
        syntax::Literal::Double(number) => Literal::Double(*number),
        syntax::Literal::Bool(is) => Literal::Bool(*is),
        syntax::Literal::Null => Literal::Null,
    }
}

/// A value without quotes.
fn bare(literal: &syntax::Literal) -> String {
    match literal {
        syntax::Literal::Text(text) => text.clone(),
        syntax::Literal::Int(number) => number.to_string(),
        syntax::Literal::Double(number) => number.to_string(),
        syntax::Literal::Bool(is) => is.to_string(),
        syntax::Literal::Null => "null".into(),
    }
}

/// An operand in a message.
fn told(operand: &Operand) -> String {
    match &operand.kind {
        Kind::Literal(syntax::Literal::Text(text)) => quoted(text),
        Kind::Literal(literal) => bare(literal),
        Kind::List(_) => "a list".into(),
        Kind::Name(name) => format!("`{name}`"),
        Kind::Call { function, .. } => format!("{function}()"),
        Kind::Bad => "this".into(),
    }
}

/// Seconds since 1970 of a day or a moment.
fn seconds(text: &str) -> Option<i64> {
    let moment = parse_rfc3339(text).or_else(|| parse_zoneless(&format!("{text}T00:00:00")))?;
    i64::try_from(moment.0.seconds()).ok()
}

/// The words of a type, with commas between.
fn words(of: Type) -> String {
    let words: Vec<String> = word::words(of).iter().map(|word| format!("\"{word}\"")).collect();
    words.join(", ")
}

fn no_order(source: &Source, of: Type, comparison: Comparison, right: &Operand) -> String {
    let field = source.field();
    match (of, &right.kind) {
        (Type::Level, Kind::Literal(syntax::Literal::Text(text))) => {
            let levels = word::levels(text, comparison);
            if levels.is_empty() {
                return format!("levels have no order here: write {field} in [\"ERROR\", \"FATAL\"]");
            }
            format!("levels have no order here: write {field} in [{levels}]")
        }
        (_, _) => format!("values of `{field}` have no order: write == or !=, or {field} in [..]"),
    }
}

fn unknown_function(function: &str, on_field: bool, arguments: usize) -> String {
    const ON_FIELDS: [&str; 6] = ["contains", "startsWith", "endsWith", "matches", "lowerAscii", "size"];
    match (function, on_field) {
        ("has", true) => "has is written around the field: has(field)".into(),
        ("has", false) => format!("has() wants one field, not {arguments}"),
        ("contains" | "startsWith" | "endsWith" | "matches", true) => {
            format!("{function}() wants one text, not {arguments}")
        }
        ("contains" | "startsWith" | "endsWith" | "matches" | "lowerAscii", false) => {
            format!(
                "{function} is written behind the field: field.{function}({})",
                if function == "lowerAscii" { "" } else { "\"text\"" }
            )
        }
        ("size", _) => format!("size() wants one field, not {arguments}"),
        ("all" | "exists" | "exists_one" | "map" | "filter", _) => {
            format!("there is no {function}() in predicates: write \"value\" in field to find a value in a list")
        }
        ("int" | "uint" | "double" | "string" | "bool", false) => {
            format!(
                "there is no {function}() in predicates: leave it out, a text that holds a number is compared with numbers as one"
            )
        }
        (_, _) => {
            let known = [&["has", "timestamp"], ON_FIELDS.as_slice()].concat();
            let meant = crate::config::problem::did_you_mean(function, &known);
            let there = "there are has(field), size(field), field.contains(text), .startsWith(text), .endsWith(text), .matches(expression) and .lowerAscii()";
            if meant.is_empty() {
                format!("there is no function {function}(): {there}")
            } else {
                format!("there is no function {function}(){meant}")
            }
        }
    }
}
