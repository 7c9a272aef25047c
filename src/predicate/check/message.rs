//! What is said of faults: what was given, what is allowed, what to write.

use super::Type;
use crate::config::problem::{did_you_mean, quoted};
use crate::predicate::node::Comparison;
use crate::predicate::syntax::{Kind, Literal, Operand};
use crate::predicate::word;

/// A value without quotes.
pub(super) fn bare(literal: &Literal) -> String {
    match literal {
        Literal::Text(text) => text.clone(),
        Literal::Int(number) => number.to_string(),
        Literal::Double(number) => number.to_string(),
        Literal::Bool(is) => is.to_string(),
        Literal::Null => "null".into(),
    }
}

/// An operand in a message.
pub(super) fn told(operand: &Operand) -> String {
    match &operand.kind {
        Kind::Literal(Literal::Text(text)) => quoted(text),
        Kind::Literal(literal) => bare(literal),
        Kind::List(_) => "a list".into(),
        Kind::Name(name) => format!("`{name}`"),
        Kind::Call { function, .. } => format!("{function}()"),
        Kind::Bad => "this".into(),
    }
}

/// What a value is taken from, as it was written.
pub(super) fn called(operand: &Operand) -> String {
    match &operand.kind {
        Kind::Name(name) => name.clone(),
        Kind::Call { function, target: Some(target), .. } => format!("{}.{function}()", called(target)),
        Kind::Call { function, target: None, arguments } => match arguments.as_slice() {
            [of] => format!("{function}({})", called(of)),
            _ => format!("{function}()"),
        },
        Kind::Literal(_) | Kind::List(_) | Kind::Bad => told(operand),
    }
}

/// The words of a type, with commas between.
pub(super) fn words(of: Type) -> String {
    let words: Vec<String> = word::words(of).iter().map(|word| format!("\"{word}\"")).collect();
    words.join(", ")
}

/// Why values of a field are not compared with `<`.
pub(super) fn no_order(field: &str, of: Type, comparison: Comparison, right: &Operand) -> String {
    match (of, &right.kind) {
        (Type::Level, Kind::Literal(Literal::Text(text))) => {
            let levels = word::levels(text, comparison);
            if levels.is_empty() {
                return format!("levels have no order here: write {field} in [\"ERROR\", \"FATAL\"]");
            }
            format!("levels have no order here: write {field} in [{levels}]")
        }
        (_, _) => format!("values of `{field}` have no order: write == or !=, or {field} in [..]"),
    }
}

/// Why a function cannot be called so.
pub(super) fn unknown_function(function: &str, on_field: bool, arguments: usize) -> String {
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
        ("int" | "uint" | "double" | "string" | "bool", false) => {
            format!(
                "there is no {function}() in predicates: leave it out, a text that holds a number is compared with numbers as one"
            )
        }
        (_, _) => {
            let known = [&["has", "timestamp"], ON_FIELDS.as_slice()].concat();
            let meant = did_you_mean(function, &known);
            let there = "there are has(field), size(field), field.contains(text), .startsWith(text), .endsWith(text), .matches(expression) and .lowerAscii()";
            if meant.is_empty() {
                format!("there is no function {function}(): {there}")
            } else {
                format!("there is no function {function}(){meant}")
            }
        }
    }
}
