//! Members of a JSON object that a format has no name of its own for, and the short texts of human lines.

use bumpalo::Bump;
use bumpalo::collections::String;

use crate::record::log::Log;
use crate::record::value::{Attribute, Value};

/// Keeps members as attributes, each under the prefix and its own name in snake case. What says nothing goes.
pub fn keep<'a>(
    members: impl IntoIterator<Item = Attribute<'a>>,
    prefix: &'static str,
    log: &mut Log<'a>,
    bump: &'a Bump,
) {
    for member in members {
        if !member.value.is_blank() {
            log.attribute(name(prefix, member.key, bump), member.value);
        }
    }
}

/// `prefix.detail_type` of `detail-type`, `prefix.topic_arn` of `topicArn`.
pub fn name<'a>(prefix: &str, key: &str, bump: &'a Bump) -> &'a str {
    let mut name = String::with_capacity_in(prefix.len() + key.len() + 4, bump);
    name.push_str(prefix);
    let mut after_small = false;
    for character in key.chars() {
        if character.is_ascii_uppercase() && after_small {
            name.push('_');
        }
        after_small = character.is_ascii_lowercase() || character.is_ascii_digit();
        name.push(if character == '-' { '_' } else { character.to_ascii_lowercase() });
    }
    name.into_bump_str()
}

/// A value as a whole number where it is one, also a quoted one; else as it is. What says nothing gives nothing.
pub fn number<'a>(key: &'a str, value: Value<'a>, log: &mut Log<'a>) {
    match value.int() {
        Some(number) => log.attribute(key, Value::Int(number)),
        None if value.is_blank() => {}
        None => log.attribute(key, value),
    }
}

/// A value as it is. What says nothing gives nothing.
pub fn value<'a>(key: &'a str, value: Value<'a>, log: &mut Log<'a>) {
    if !value.is_blank() {
        log.attribute(key, value);
    }
}

/// The first line of a text that goes into a human line, and not all of a long one.
pub fn first_line(text: &str) -> &str {
    const BYTES_MAX: usize = 200;
    let line = text.trim_ascii_start().split(['\n', '\r']).next().unwrap_or_default();
    let end = (0..=BYTES_MAX.min(line.len())).rev().find(|end| line.is_char_boundary(*end)).unwrap_or_default();
    line.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_snake_case_under_their_prefix() {
        let bump = Bump::new();
        for (key, expected) in
            [("topicArn", "p.topic_arn"), ("detail-type", "p.detail_type"), ("sourceIPs", "p.source_ips"), ("", "p.")]
        {
            assert_eq!(name("p.", key, &bump), expected);
        }
    }

    #[test]
    fn a_human_line_takes_one_line_and_cuts_at_a_character() {
        assert_eq!(first_line("\n one\ntwo"), "one");
        assert_eq!(first_line(&"\u{e9}".repeat(101)).len(), 200);
        assert_eq!(first_line(&format!("a{}", "\u{e9}".repeat(101))).len(), 199);
    }
}
