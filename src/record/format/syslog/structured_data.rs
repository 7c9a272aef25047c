//! Structured data of RFC 5424: `[exampleSDID@32473 iut="3" eventSource="Application"][priority@32473 class="high"]`.

use bumpalo::Bump;
use bumpalo::collections::{String, Vec};

use crate::record::value::{Attribute, Value};

/// A line of more parameters than this stays text.
const PARAMETERS_MAX: usize = 256;

/// The elements, each a map of its parameters, and the message behind; `-` is none. Source: RFC 5424, section 6.3.
pub(super) fn read<'a>(text: &'a str, bump: &'a Bump) -> Option<(&'a [Attribute<'a>], &'a str)> {
    let mut elements = Vec::new_in(bump);
    let mut count = 0;
    let mut rest = match text.strip_prefix('-') {
        Some(rest) => rest,
        None => text.starts_with('[').then_some(text)?,
    };
    while let Some(inner) = rest.strip_prefix('[') {
        let end = inner.find([' ', ']'])?;
        let (id, after) = inner.split_at_checked(end).filter(|(id, _)| !id.is_empty())?;
        let (parameters, after) = parameters(after, &mut count, bump)?;
        elements.push(Attribute { key: id, value: Value::Map(parameters) });
        rest = after;
    }
    let message = if rest.is_empty() { rest } else { rest.strip_prefix(' ')? };
    Some((elements.into_bump_slice(), message))
}

/// The parameters up to the end of their element, and what follows it.
fn parameters<'a>(text: &'a str, count: &mut usize, bump: &'a Bump) -> Option<(&'a [Attribute<'a>], &'a str)> {
    let mut parameters = Vec::new_in(bump);
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(' ');
        if let Some(after) = rest.strip_prefix(']') {
            return Some((parameters.into_bump_slice(), after));
        }
        *count += 1;
        let (key, quoted) = rest.split_once("=\"").filter(|(key, _)| is_name(key))?;
        let end = closing_quote(quoted)?;
        let (value, after) = quoted.split_at_checked(end).filter(|_| *count <= PARAMETERS_MAX)?;
        parameters.push(Attribute { key, value: Value::Text(unescaped(value, bump)) });
        rest = after.strip_prefix('"')?;
    }
}

/// Printable characters but `=`, `]`, `"` and the blank. Source: RFC 5424, section 6, `SD-NAME`; longer ones are seen.
fn is_name(name: &str) -> bool {
    const NAME_BYTES_MAX: usize = 128;
    let fits = (1..=NAME_BYTES_MAX).contains(&name.len());
    fits && name.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'=' | b']' | b'"'))
}

fn closing_quote(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    loop {
        at += memchr::memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes.get(at) == Some(&b'"') {
            return Some(at);
        }
        at += 2;
    }
}

/// `\"`, `\\` and `\]` are the characters themselves; before any other the backslash stays.
fn unescaped<'a>(text: &'a str, bump: &'a Bump) -> &'a str {
    if !text.contains('\\') {
        return text;
    }
    let mut plain = String::with_capacity_in(text.len(), bump);
    let mut rest = text;
    while let Some((front, after)) = rest.split_once('\\') {
        plain.push_str(front);
        rest = after;
        if let Some(escaped @ ('"' | '\\' | ']')) = after.chars().next() {
            plain.push(escaped);
            rest = after.get(1..).unwrap_or_default();
        } else {
            plain.push('\\');
        }
    }
    plain.push_str(rest);
    plain.into_bump_str()
}
