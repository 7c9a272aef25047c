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

fn object<'a>(scanner: &mut Scanner<'a>, bump: &'a Bump, depth: usize) -> Result<Vec<'a, Attribute<'a>>, Error> {
    let mut members = Vec::new_in(bump);
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
