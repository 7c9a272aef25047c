//! Patterns of names, as operators write them: `*` stands for any text, `?` for any one character.

use std::fmt;

/// A pattern that a whole name must match.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Glob(String);

impl Glob {
    /// Every text is a pattern.
    #[must_use]
    pub fn new(pattern: impl Into<String>) -> Self {
        Self(pattern.into())
    }

    /// The pattern as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the whole of `name` is of the pattern.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        matches(&self.0, name)
    }
}

impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether the whole of `name` is of `pattern`. Takes time in proportion to the product of the lengths at worst.
#[must_use]
pub fn matches(pattern: &str, name: &str) -> bool {
    // What stands before the first wildcard decides most of the time.
    let literal = pattern.bytes().position(|byte| matches!(byte, b'*' | b'?')).unwrap_or(pattern.len());
    let Some(rest) = name.strip_prefix(&pattern[..literal]) else { return false };
    let (mut pattern, mut name) = (&pattern[literal..], rest);
    let inner = pattern.strip_prefix('*').and_then(|pattern| pattern.strip_suffix('*'));
    if let Some(inner) = inner.filter(|inner| !inner.bytes().any(|byte| matches!(byte, b'*' | b'?'))) {
        return memchr::memmem::find(name.as_bytes(), inner.as_bytes()).is_some();
    }
    // Where to go on if what follows the last star does not fit: the star takes one character more.
    let mut star: Option<(&str, &str)> = None;
    loop {
        match (split_first(pattern), split_first(name)) {
            (Some(('*', after)), _) => {
                star = Some((after, name));
                pattern = after;
            }
            (Some((wanted, pattern_rest)), Some((given, name_rest))) if wanted == '?' || wanted == given => {
                (pattern, name) = (pattern_rest, name_rest);
            }
            (None, None) => return true,
            (Some(_) | None, _) => {
                let Some((after, (_, skipped))) = star.and_then(|(after, from)| Some((after, split_first(from)?)))
                else {
                    return false;
                };
                star = Some((after, skipped));
                (pattern, name) = (after, skipped);
            }
        }
    }
}

fn split_first(text: &str) -> Option<(char, &str)> {
    let first = text.chars().next()?;
    Some((first, &text[first.len_utf8()..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_any_text_and_a_question_mark_any_character() {
        for (pattern, name) in [
            ("", ""),
            ("*", ""),
            ("*", "anything"),
            ("/aws/lambda/*", "/aws/lambda/orders"),
            ("*_CloudTrail_*", "111122223333_CloudTrail_eu-central-1"),
            ("a?c", "a\u{e9}c"),
            ("*a*b", "aaab"),
            ("a**b", "ab"),
            ("**", ""),
            ("*b*", "abc"),
            ("a*b*", "axbx"),
        ] {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in
            [("", "a"), ("a", ""), ("a?", "a"), ("/aws/lambda/*", "/aws/rds/x"), ("*ab", "aba"), ("*d*", "abc")]
        {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
    }
}
