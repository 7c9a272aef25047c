//! The short human line that is the body of a record whose message is an object.

use bumpalo::Bump;
use bumpalo::collections::String;

/// One line of those parts that say something, each behind its separator; the first has none.
pub fn sentence<'a>(parts: &[(&str, &str)], bump: &'a Bump) -> &'a str {
    let mut sentence = String::new_in(bump);
    for (before, part) in parts.iter().filter(|(_, part)| !part.is_empty() && *part != "-") {
        sentence.push_str(if sentence.is_empty() { "" } else { before });
        sentence.push_str(part);
    }
    sentence.into_bump_str()
}

/// A number as a text.
#[must_use]
pub fn number(number: i64, bump: &Bump) -> &str {
    bumpalo::format!(in bump, "{}", number).into_bump_str()
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
    fn a_human_line_takes_one_line_and_cuts_at_a_character() {
        assert_eq!(first_line("\n one\ntwo"), "one");
        assert_eq!(first_line(&"\u{e9}".repeat(101)).len(), 200);
        assert_eq!(first_line(&format!("a{}", "\u{e9}".repeat(101))).len(), 199);
    }
}
