//! Values of attributes and bodies, and how JSON becomes them.

use bumpalo::Bump;
use bumpalo::collections::Vec;

use crate::json::{DEPTH_MAX, Error, Kind, Scanner};

/// What an attribute or a body holds: the shapes of OTLP's `AnyValue`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// A text.
    Text(&'a str),
    /// A whole number.
    Int(i64),
    /// A number with a fraction.
    Double(f64),
    /// True or false.
    Bool(bool),
    /// A value that is there and empty.
    Null,
    /// A list.
    List(&'a [Self]),
    /// A map; a key that was given twice stands twice.
    Map(&'a [Attribute<'a>]),
}

/// A named value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Attribute<'a> {
    /// Its name.
    pub key: &'a str,
    /// Its value.
    pub value: Value<'a>,
}

impl<'a> Value<'a> {
    /// The text, where it is one.
    #[must_use]
    pub const fn text(&self) -> Option<&'a str> {
        match *self {
            Self::Text(text) => Some(text),
            Self::Int(_) | Self::Double(_) | Self::Bool(_) | Self::Null | Self::List(_) | Self::Map(_) => None,
        }
    }

    /// The whole number, where it is one, or a text that holds one: many producers quote their numbers.
    #[must_use]
    pub fn int(&self) -> Option<i64> {
        match *self {
            Self::Int(number) => Some(number),
            Self::Text(text) => text.parse().ok(),
            Self::Double(_) | Self::Bool(_) | Self::Null | Self::List(_) | Self::Map(_) => None,
        }
    }

    /// The number, where it is one, or a text that holds one.
    #[must_use]
    pub fn double(&self) -> Option<f64> {
        match *self {
            Self::Double(number) => Some(number),
            Self::Int(number) => Some(number as f64),
            Self::Text(text) => text.parse().ok(),
            Self::Bool(_) | Self::Null | Self::List(_) | Self::Map(_) => None,
        }
    }

    /// The members, where it is a map; else none.
    #[must_use]
    pub const fn map(&self) -> &'a [Attribute<'a>] {
        match *self {
            Self::Map(members) => members,
            Self::Text(_) | Self::Int(_) | Self::Double(_) | Self::Bool(_) | Self::Null | Self::List(_) => &[],
        }
    }

    /// The items, where it is a list; else none.
    #[must_use]
    pub const fn list(&self) -> &'a [Self] {
        match *self {
            Self::List(items) => items,
            Self::Text(_) | Self::Int(_) | Self::Double(_) | Self::Bool(_) | Self::Null | Self::Map(_) => &[],
        }
    }

    /// The member of that name, where it is a map that has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<Self> {
        self.map().iter().find(|member| member.key == key).map(|member| member.value)
    }

    /// The member that a path leads to; names that have dots themselves are found as well.
    #[must_use]
    pub fn member(&self, path: &str) -> Option<Self> {
        self.get(path).or_else(|| {
            let mut splits = path.match_indices('.');
            splits.find_map(|(dot, _)| self.get(&path[..dot])?.member(&path[dot + 1..]))
        })
    }

    /// Whether it says nothing: null, an empty text or `-`, by which AWS writes the same, an empty list or map.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        match *self {
            Self::Null => true,
            Self::Text(text) => text.is_empty() || text == "-",
            Self::List(items) => items.is_empty(),
            Self::Map(members) => members.is_empty(),
            Self::Int(_) | Self::Double(_) | Self::Bool(_) => false,
        }
    }
}

/// The members of a JSON object, of which a format takes those that it knows. What is left loses nothing.
#[derive(Debug)]
pub struct Members<'a>(Vec<'a, Attribute<'a>>);

impl<'a> Members<'a> {
    /// The members of a JSON object that is the whole of `text`.
    ///
    /// # Errors
    /// When the text is not one JSON object, or is nested too deep.
    pub fn parse(text: &'a str, bump: &'a Bump) -> Result<Self, Error> {
        parse_object(text, bump).map(Self)
    }

    /// The members of a map that was read before.
    #[must_use]
    pub fn of(map: &[Attribute<'a>], bump: &'a Bump) -> Self {
        Self(Vec::from_iter_in(map.iter().copied(), bump))
    }

    /// Those that are left, in the order of the text.
    #[must_use]
    pub fn as_slice(&self) -> &[Attribute<'a>] {
        &self.0
    }

    /// The first member of that name, which stays.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<Value<'a>> {
        self.0.iter().find(|member| member.key == key).map(|member| member.value)
    }

    /// The text of that name, which stays; empty where there is none.
    #[must_use]
    pub fn text(&self, key: &str) -> &'a str {
        self.get(key).and_then(|value| value.text()).unwrap_or_default()
    }

    /// Whether there is a member of that name.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.0.iter().any(|member| member.key == key)
    }

    /// Takes the first member of that name out.
    pub fn take(&mut self, key: &str) -> Option<Value<'a>> {
        let at = self.0.iter().position(|member| member.key == key)?;
        Some(self.0.remove(at).value)
    }

    /// Takes the first member of that name out where it is a text; one that is none stays.
    pub fn take_text(&mut self, key: &str) -> Option<&'a str> {
        let at = self.0.iter().position(|member| member.key == key)?;
        let text = self.0[at].value.text()?;
        let _ = self.0.remove(at);
        Some(text)
    }

    /// What is left.
    #[must_use]
    pub fn into_vec(self) -> Vec<'a, Attribute<'a>> {
        self.0
    }
}

/// The members of a JSON object that is the whole of `text`.
///
/// # Errors
/// When the text is not one JSON object, or is nested too deep.
pub fn parse_object<'a>(text: &'a str, bump: &'a Bump) -> Result<Vec<'a, Attribute<'a>>, Error> {
    let mut scanner = Scanner::new(text);
    let members = object(&mut scanner, bump, 0)?;
    if scanner.at_end() {
        return Ok(members);
    }
    Err(Error::Expected { expected: "the end of the text", at: scanner.position() })
}

/// Room for the members of most messages, so that their list is not moved while it grows.
const MEMBERS_USUAL: usize = 16;

fn object<'a>(scanner: &mut Scanner<'a>, bump: &'a Bump, depth: usize) -> Result<Vec<'a, Attribute<'a>>, Error> {
    let mut members = if depth == 0 { Vec::with_capacity_in(MEMBERS_USUAL, bump) } else { Vec::new_in(bump) };
    let mut first = true;
    scanner.open_object()?;
    while let Some(key) = scanner.next_key(&mut first)? {
        let value = value(scanner, bump, depth + 1)?;
        members.push(Attribute { key: key.resolve(bump), value });
    }
    Ok(members)
}

fn value<'a>(scanner: &mut Scanner<'a>, bump: &'a Bump, depth: usize) -> Result<Value<'a>, Error> {
    if depth > DEPTH_MAX {
        return Err(Error::TooDeep { at: scanner.position() });
    }
    Ok(match scanner.kind()? {
        Kind::Text => Value::Text(scanner.resolved_string(bump)?),
        Kind::Number => number(scanner.number()?),
        Kind::Bool => Value::Bool(scanner.boolean()?),
        Kind::Null => {
            scanner.null()?;
            Value::Null
        }
        Kind::Object => Value::Map(object(scanner, bump, depth)?.into_bump_slice()),
        Kind::Array => Value::List(array(scanner, bump, depth)?),
    })
}

fn array<'a>(scanner: &mut Scanner<'a>, bump: &'a Bump, depth: usize) -> Result<&'a [Value<'a>], Error> {
    let mut items = Vec::new_in(bump);
    let mut first = true;
    scanner.open_array()?;
    while scanner.next_item(&mut first)? {
        items.push(value(scanner, bump, depth + 1)?);
    }
    Ok(items.into_bump_slice())
}

/// A number stays a number; a whole one that is too large for OTLP stays whole as text.
fn number(text: &str) -> Value<'_> {
    let whole = text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    match (text.parse(), whole) {
        (Ok(int), _) => Value::Int(int),
        (Err(_), true) => Value::Text(text),
        (Err(_), false) => text.parse().map_or(Value::Text(text), Value::Double),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_keeps_its_types() {
        let bump = Bump::new();
        let text = r#"{"a":{"b":[1,-2.5,true,null,"\n"]},"big":18446744073709551616,"e":1e3}"#;
        let members = parse_object(text, &bump).unwrap();
        let list = [Value::Int(1), Value::Double(-2.5), Value::Bool(true), Value::Null, Value::Text("\n")];
        assert_eq!(members[0].value, Value::Map(&[Attribute { key: "b", value: Value::List(&list) }]));
        assert_eq!(members[1].value, Value::Text("18446744073709551616"));
        assert_eq!(members[2].value, Value::Double(1000.0));
    }

    #[test]
    fn text_after_the_object_makes_it_no_json() {
        let bump = Bump::new();
        assert!(parse_object("{} trailing", &bump).is_err());
        assert!(parse_object(&"{\"a\":".repeat(DEPTH_MAX + 2), &bump).is_err());
    }
}
