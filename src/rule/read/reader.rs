//! Reads scalars and lists of a rule file, and goes on after a mistake.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::config::problem::{Code, Place, Position, Problems, Severity, quoted};
use crate::config::read::{At, FromText, Period, Read, no_choice};
use crate::config::yaml::{Key, Node, Value};
use crate::predicate::field::Field;
use crate::predicate::{Fault, Predicate, Subject};
use crate::rule::value;

/// Words that YAML readers of other programs take for truth values or nothing.
const NORWAY: [&str; 12] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "~", "nan", "inf"];

/// Collects the problems of one file.
pub(super) struct Reader<'a> {
    /// All that was found so far.
    pub(super) problems: Problems,
    lines: Vec<&'a str>,
    errors: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(problems: Problems, text: &'a str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        Self { problems, lines: text.lines().collect(), errors: 0 }
    }

    /// Notes a problem.
    pub(super) fn add(&mut self, code: Code, place: &Place, message: impl Into<String>) {
        self.errors += usize::from(code.severity() == Severity::Error);
        self.problems.add(code, place, message);
    }

    /// How many errors were noted so far.
    pub(super) const fn errors(&self) -> usize {
        self.errors
    }

    /// Notes a fault within the text of a scalar, where it is in the file.
    pub(super) fn fault(&mut self, code: Code, node: &Node, fault: &Fault) {
        match self.within(&node.place, fault.at) {
            Some(place) => self.add(code, &place, fault.message.as_str()),
            None => {
                let message = format!("{}, at character {} of the text", fault.message, fault.at + 1);
                self.add(code, &node.place, message);
            }
        }
    }

    /// The place of a word in the text of a scalar, else that of the scalar.
    pub(super) fn place_of(&self, node: &Node, text: &str, word: &str) -> Place {
        let stands_alone = |at: usize| {
            let beside = [text[..at].chars().next_back(), text[at + word.len()..].chars().next()];
            !beside.into_iter().flatten().any(super::is_of_name)
        };
        let found = text.match_indices(word).map(|(at, _)| at).find(|at| stands_alone(*at));
        let place = found.and_then(|at| self.within(&node.place, text[..at].chars().count()));
        place.unwrap_or_else(|| node.place.clone())
    }

    /// The place of a character of a scalar; `None` where the text does not stand on one line as it is.
    fn within(&self, place: &Place, offset: usize) -> Option<Place> {
        let Position::Line { line, column } = place.position else { return None };
        let text = self.lines.get(usize::try_from(line).ok()?.checked_sub(1)?)?;
        let chars: Vec<char> = text.chars().collect();
        let start = usize::try_from(column).ok()?.checked_sub(1)?;
        let index = match chars.get(start)? {
            quote @ ('"' | '\'') => (0..offset).try_fold(start + 1, |at, _| Some(at + width(&chars, at, *quote)?))?,
            '|' | '>' | '*' | '&' | '!' => return None,
            _ => start + offset,
        };
        // The end of a text may be just behind the line.
        let position = Position::Line { line, column: u64::try_from(index + 1).ok()? };
        (index <= chars.len()).then_some(Place { position, key: place.key.clone() })
    }

    /// Whether a scalar stands in the file without quotes.
    fn is_plain(&self, place: &Place) -> bool {
        let Position::Line { line, column } = place.position else { return false };
        let character = usize::try_from(line - 1)
            .ok()
            .and_then(|line| self.lines.get(line))
            .and_then(|text| text.chars().nth(usize::try_from(column - 1).ok()?));
        character.is_some_and(|c| !matches!(c, '"' | '\'' | '|' | '>' | '*' | '&' | '!'))
    }

    /// The text of a scalar.
    pub(super) fn text<'n>(&mut self, node: &'n Node) -> Option<&'n str> {
        match &node.value {
            Value::Text(text) => Some(text),
            // Nothing where something belongs is noted for the whole file at once.
            Value::Null => None,
            Value::List(_) => self.shape(node, "one value belongs here, not a list"),
            Value::Map(_) => self.shape(node, "one value belongs here, not a section"),
        }
    }

    /// A text that is a name: not empty, and in quotes where readers of YAML disagree about it.
    pub(super) fn name<'n>(&mut self, node: &'n Node) -> Option<&'n str> {
        let text = self.text(node)?;
        if text.is_empty() {
            self.add(Code::Value, &node.place, "the text is empty: write something, or take the line out");
            return None;
        }
        if self.is_plain(&node.place) && NORWAY.contains(&text.to_ascii_lowercase().as_str()) {
            let message = format!("{text} without quotes is no text to every YAML reader: write \"{text}\"");
            self.add(Code::Unquoted, &node.place, message);
            return None;
        }
        Some(text)
    }

    /// An account id, which must stand in quotes.
    pub(super) fn account(&mut self, node: &Node) -> Option<crate::id::AccountId> {
        let text = self.text(node)?;
        let digits = !text.is_empty() && text.len() <= 12 && text.bytes().all(|b| b.is_ascii_digit());
        if digits && self.is_plain(&node.place) {
            let message =
                format!("{text} without quotes is a number, which has no leading zeros: write \"{text:0>12}\"");
            self.add(Code::Unquoted, &node.place, message);
            return None;
        }
        self.scalar(node)
    }

    /// A value that configuration files have as well.
    pub(super) fn scalar<T: FromText>(&mut self, node: &Node) -> Option<T> {
        if matches!(node.value, Value::Null) {
            return None;
        }
        let read = At::<T>::read(node, &mut self.problems).map(|at| at.value);
        self.errors += usize::from(read.is_none());
        read
    }

    /// A duration within limits.
    pub(super) fn period(&mut self, node: &Node, limits: RangeInclusive<Duration>) -> Option<Duration> {
        let Period(duration) = self.scalar(node)?;
        if !limits.contains(&duration) {
            let text = crate::config::quantity::duration_text;
            let message = format!(
                "{} is not between {} and {}",
                quoted(self.text(node)?),
                text(*limits.start()),
                text(*limits.end())
            );
            self.add(Code::Range, &node.place, message);
            return None;
        }
        Some(duration)
    }

    /// A whole number within limits.
    pub(super) fn whole(&mut self, node: &Node, limits: RangeInclusive<u64>) -> Option<u64> {
        let text = self.text(node)?;
        match text.replace('_', "").parse() {
            Ok(number) if limits.contains(&number) => Some(number),
            Ok(_) => {
                let message = format!("{} is not between {} and {}", quoted(text), limits.start(), limits.end());
                self.add(Code::Range, &node.place, message);
                None
            }
            Err(_) => {
                self.add(Code::Value, &node.place, format!("{} is not a whole number", quoted(text)));
                None
            }
        }
    }

    /// A number that is finite and not below zero.
    pub(super) fn number(&mut self, node: &Node) -> Option<f64> {
        let text = self.text(node)?;
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() && number >= 0.0 => Some(number),
            Ok(_) | Err(_) => {
                self.add(Code::Value, &node.place, format!("{} is not a number from 0 on", quoted(text)));
                None
            }
        }
    }

    /// A share, as `5%` or `0.05`.
    pub(super) fn share(&mut self, node: &Node) -> Option<f64> {
        let text = self.text(node)?;
        let share = match text.strip_suffix('%') {
            Some(percent) => percent.trim_end().parse::<f64>().map(|percent| percent / 100.0),
            None => text.parse::<f64>(),
        };
        match share {
            Ok(share) if (0.0..=1.0).contains(&share) => Some(share),
            Ok(_) => {
                self.add(Code::Range, &node.place, format!("{} is not between 0% and 100%", quoted(text)));
                None
            }
            Err(_) => {
                self.add(Code::Value, &node.place, format!("{} is no share, such as 5% or 0.05", quoted(text)));
                None
            }
        }
    }

    /// One of some words.
    pub(super) fn word<T: Clone>(&mut self, node: &Node, words: &[(&str, T)]) -> Option<T> {
        let text = self.text(node)?;
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
            return Some(value.clone());
        }
        let all: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let (code, message) = no_choice(text, &all);
        self.add(code, &node.place, format!("{} {message}", quoted(text)));
        None
    }

    /// The items of a list.
    pub(super) fn list<'n>(&mut self, node: &'n Node) -> Option<&'n [Node]> {
        match &node.value {
            Value::List(items) => Some(items),
            Value::Null => None,
            Value::Text(_) | Value::Map(_) => {
                self.shape(node, "a list belongs here: write [a, b], or begin each item with \"- \"")
            }
        }
    }

    /// The members of a section; unknown keys are noted.
    pub(super) fn members<'n>(&mut self, node: &'n Node, keys: &[&str]) -> Option<&'n [(Key, Node)]> {
        let before = self.problems.count();
        let members = crate::config::read::members(node, keys, &mut self.problems);
        self.errors += self.problems.count() - before;
        members
    }

    /// The members of a section whose keys are the author's own.
    pub(super) fn pairs<'n>(&mut self, node: &'n Node) -> Option<&'n [(Key, Node)]> {
        match &node.value {
            Value::Map(members) => Some(members),
            Value::Null => None,
            Value::Text(_) | Value::List(_) => {
                self.shape(node, "names and values belong here, such as {team: platform}")
            }
        }
    }

    /// A list of fields.
    pub(super) fn fields(&mut self, node: &Node, subject: Subject) -> Option<Vec<Field>> {
        self.fields_by(node, |name| Field::parse(name, subject))
    }

    /// Fields beside the predicate of a rule, so that short names of the format that it demands are known.
    pub(super) fn fields_beside(
        &mut self,
        node: &Node,
        predicate: Option<&Predicate>,
        subject: Subject,
    ) -> Option<Vec<Field>> {
        self.fields_by(node, |name| value::field(name, predicate, subject))
    }

    fn fields_by(&mut self, node: &Node, field: impl Fn(&str) -> Result<Field, String>) -> Option<Vec<Field>> {
        let mut fields = Vec::new();
        for item in self.list(node)? {
            let Some(text) = self.text(item) else { continue };
            match field(text) {
                Ok(field) if fields.contains(&field) => {
                    self.add(Code::Duplicate, &item.place, format!("{} is given twice", quoted(text)));
                }
                Ok(field) => fields.push(field),
                Err(message) => self.add(Code::Value, &item.place, message),
            }
        }
        Some(fields)
    }

    /// A predicate.
    pub(super) fn predicate(&mut self, node: &Node, subject: Subject) -> Option<Predicate> {
        let text = self.text(node)?;
        match Predicate::parse(text, subject) {
            Ok(predicate) => Some(predicate),
            Err(faults) => {
                for fault in &faults {
                    self.fault(Code::Predicate, node, fault);
                }
                None
            }
        }
    }

    fn shape<T>(&mut self, node: &Node, message: &str) -> Option<T> {
        self.add(Code::Shape, &node.place, message);
        None
    }
}

/// How many characters of a quoted scalar are one of its text; `None` at its end.
fn width(chars: &[char], at: usize, quote: char) -> Option<usize> {
    match (chars.get(at)?, quote) {
        ('\\', '"') => Some(match chars.get(at + 1)? {
            'x' => 4,
            'u' => 6,
            'U' => 10,
            _ => 2,
        }),
        ('\'', '\'') => (chars.get(at + 1) == Some(&'\'')).then_some(2),
        ('"', '"') => None,
        _ => Some(1),
    }
}
