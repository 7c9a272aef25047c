//! Where in the code a line was written: file and line, and the function where it is named.
//!
//! Words like `file` and `line` may be anything, so they are taken only together.

use bumpalo::Bump;
use bumpalo::collections::Vec;

use crate::record::attribute;
use crate::record::log::Log;
use crate::record::value::{Attribute, Value};

/// What a member tells of the place.
#[derive(Clone, Copy, Debug)]
pub(super) enum Part {
    /// A path, or `path:line`.
    File,
    /// A number.
    Line,
    /// Name of a function or method.
    Function,
    /// Class of the method.
    Class,
    /// `path:line`.
    Caller,
    /// `function:line` or `path:function:line`.
    Location,
    /// A map of the others.
    Place,
}

/// The names, compared without case.
///
/// Sources: zap (`caller`), logrus (`file`, `func`), slog (`source`), bunyan (`src`), Python's LogRecord attributes,
/// logstash-logback-encoder (`caller_*`), Elastic Common Schema (`log.origin.*`), tracing-subscriber (`filename`,
/// `line_number`), Powertools for AWS Lambda (`location`), Google Cloud Logging (`sourceLocation`).
pub(super) const PARTS: &[(&str, Part)] = &[
    ("caller", Part::Caller),
    ("location", Part::Location),
    ("source", Part::Place),
    ("src", Part::Place),
    ("sourcelocation", Part::Place),
    ("logging.googleapis.com/sourcelocation", Part::Place),
    ("pathname", Part::File),
    ("filename", Part::File),
    ("file", Part::File),
    ("caller_file_name", Part::File),
    ("log.origin.file.name", Part::File),
    ("lineno", Part::Line),
    ("line", Part::Line),
    ("line_number", Part::Line),
    ("caller_line_number", Part::Line),
    ("log.origin.file.line", Part::Line),
    ("function", Part::Function),
    ("func", Part::Function),
    ("funcname", Part::Function),
    ("caller_method_name", Part::Function),
    ("log.origin.function", Part::Function),
    ("caller_class_name", Part::Class),
];

/// Members that may tell of the place, until all of them are known.
#[derive(Debug, Default)]
pub(super) struct Members<'a> {
    file: Option<Attribute<'a>>,
    line: Option<Attribute<'a>>,
    function: Option<Attribute<'a>>,
    class: Option<Attribute<'a>>,
    /// A member that tells of the whole place.
    whole: Option<(Place<'a>, Attribute<'a>)>,
}

/// A place in the code.
#[derive(Clone, Copy, Debug, Default)]
struct Place<'a> {
    file: &'a str,
    line: Option<i64>,
    function: &'a str,
    class: &'a str,
}

impl<'a> Members<'a> {
    /// Adds one; what cannot be such a member goes to `rest`, as does a second one of a kind.
    pub(super) fn add(&mut self, part: Part, member: Attribute<'a>, rest: &mut Vec<'a, Attribute<'a>>) {
        let place = match part {
            Part::File => return keep(&mut self.file, member, member.value.text().is_some(), rest),
            Part::Line => return keep(&mut self.line, member, number(member.value).is_some(), rest),
            Part::Function => return keep(&mut self.function, member, member.value.text().is_some(), rest),
            Part::Class => return keep(&mut self.class, member, member.value.text().is_some(), rest),
            Part::Caller => caller(member.value),
            Part::Location => location(member.value),
            Part::Place => map(member.value),
        };
        match place {
            Some(place) if self.whole.is_none() => self.whole = Some((place, member)),
            _ => rest.push(member),
        }
    }

    /// Gives the record the place, and `rest` what does not make one.
    pub(super) fn settle(self, log: &mut Log<'a>, rest: &mut Vec<'a, Attribute<'a>>, bump: &'a Bump) {
        let parts = [self.file, self.line, self.function, self.class];
        if let Some((place, _)) = self.whole {
            place.tell(log, bump);
            return rest.extend(parts.into_iter().flatten());
        }
        let place = parts.iter().any(Option::is_some).then(|| self.place()).flatten();
        match place {
            Some(place) => place.tell(log, bump),
            None => rest.extend(parts.into_iter().flatten()),
        }
    }

    fn place(&self) -> Option<Place<'a>> {
        let text = |member: Option<Attribute<'a>>| member.and_then(|it| it.value.text()).unwrap_or_default();
        let place = Place {
            file: text(self.file),
            line: self.line.and_then(|it| it.value.int()),
            function: text(self.function),
            class: text(self.class),
        };
        if place.line.is_some() {
            return (!place.file.is_empty()).then_some(place);
        }
        // logrus writes `path:line` as the file, with the function beside.
        let Place { file, line, .. } =
            self.file.filter(|_| !place.function.is_empty()).and_then(|it| caller(it.value))?;
        Some(Place { file, line, ..place })
    }
}

fn keep<'a>(kept: &mut Option<Attribute<'a>>, member: Attribute<'a>, fits: bool, rest: &mut Vec<'a, Attribute<'a>>) {
    match kept {
        None if fits => *kept = Some(member),
        None | Some(_) => rest.push(member),
    }
}

fn caller<'a>(value: Value<'a>) -> Option<Place<'a>> {
    let (file, line) = number_after_colon(value.text()?)?;
    Some(Place { file, line: Some(line), ..Place::default() })
}

fn location<'a>(value: Value<'a>) -> Option<Place<'a>> {
    let (named, line) = number_after_colon(value.text()?)?;
    let (file, function) = named.rsplit_once(':').unwrap_or(("", named));
    Some(Place { file, function, line: Some(line), ..Place::default() })
}

fn number_after_colon(text: &str) -> Option<(&str, i64)> {
    let (front, number) = text.rsplit_once(':')?;
    let named = !front.is_empty() && !front.contains([' ', '\n']);
    named.then(|| Some((front, plain(number)?)))?
}

/// A number, or a text that holds one.
fn number(value: Value<'_>) -> Option<i64> {
    value.text().map_or_else(|| value.int(), plain)
}

/// Only digits that are written as a number is printed, so that the number holds all of them.
fn plain(digits: &str) -> Option<i64> {
    let exact = digits.bytes().all(|b| b.is_ascii_digit()) && (!digits.starts_with('0') || digits == "0");
    exact.then(|| digits.parse().ok())?
}

/// A map that has a file and a line, and nothing that a place does not have.
fn map<'a>(value: Value<'a>) -> Option<Place<'a>> {
    let mut place = Place::default();
    for member in value.map() {
        match member.key {
            "file" => place.file = member.value.text()?,
            "line" => place.line = Some(member.value.int()?),
            "function" | "func" | "method" => place.function = member.value.text()?,
            "class" => place.class = member.value.text()?,
            _ => return None,
        }
    }
    (!place.file.is_empty() && place.line.is_some()).then_some(place)
}

impl<'a> Place<'a> {
    fn tell(&self, log: &mut Log<'a>, bump: &'a Bump) {
        log.text(attribute::CODE_FILE_PATH, self.file);
        if let Some(line) = self.line {
            log.attribute(attribute::CODE_LINE_NUMBER, Value::Int(line));
        }
        let function = match (self.class, self.function) {
            ("", function) => function,
            (class, "") => class,
            (class, function) => bumpalo::format!(in bump, "{}.{}", class, function).into_bump_str(),
        };
        log.text(attribute::CODE_FUNCTION_NAME, function);
    }
}
