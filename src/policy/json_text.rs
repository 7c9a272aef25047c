//! A text that is JSON, or was meant to be, without what must not leave: it is as much JSON as before.

use std::borrow::Cow;

use super::Counts;
use super::redact::{Found, Rules};

/// Redacts a text as it came. A number that goes gets quotes, since a mark is no number.
pub(super) fn redact<'t>(rules: &Rules<'_>, text: &'t str, counts: &mut Counts) -> Cow<'t, str> {
    let mut all = Vec::new();
    rules.detected(text, &mut all);
    let is_json = text.trim_ascii_start().starts_with(['{', '[', '"']);
    if is_json {
        for part in parts(text) {
            let from = all.len();
            rules.matched(part.text, |_| true, &mut all);
            for found in &mut all[from..] {
                found.range = part.start + found.range.start..part.start + found.range.end;
            }
        }
    } else {
        rules.matched(text, |_| true, &mut all);
    }
    let found = rules.found(text, all);
    if found.is_empty() {
        return Cow::Borrowed(text);
    }
    found.iter().for_each(|it| it.source.count(counts));
    Cow::Owned(if is_json { marked(rules, text, &found) } else { rules.marked(text, &found) })
}

/// A string of JSON without its quotes, or what stands between two strings.
#[derive(Clone, Copy)]
struct Part<'t> {
    text: &'t str,
    start: usize,
    is_string: bool,
}

fn parts(text: &str) -> impl Iterator<Item = Part<'_>> {
    let mut start = 0;
    let mut is_string = false;
    let mut done = false;
    std::iter::from_fn(move || {
        if done {
            return None;
        }
        let end = quote(text, start, is_string);
        let part = Part { text: &text[start..end.unwrap_or(text.len())], start, is_string };
        done = end.is_none();
        start = end.map_or(text.len(), |end| end + 1);
        is_string = !is_string;
        Some(part)
    })
}

/// The next quote; within a string one that is not escaped.
fn quote(text: &str, from: usize, in_string: bool) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = from;
    loop {
        let quote = at + memchr::memchr(b'"', &bytes[at..])?;
        let backslashes = bytes[from..quote].iter().rev().take_while(|b| **b == b'\\').count();
        if !in_string || backslashes % 2 == 0 {
            return Some(quote);
        }
        at = quote + 1;
    }
}

fn marked(rules: &Rules<'_>, text: &str, found: &[Found<'_>]) -> String {
    let mut out = String::with_capacity(text.len() + 16 * found.len());
    let mut parts = parts(text).peekable();
    let mut at = 0;
    for it in found {
        while parts.peek().is_some_and(|part| part.start + part.text.len() < it.range.end) {
            let _ = parts.next();
        }
        let in_string = parts.peek().is_none_or(|part| part.is_string);
        let (start, end, quotes) = match parts.peek() {
            Some(part) if in_string => {
                let (start, end) = whole_escapes(text, part, it.range.start, it.range.end);
                (start, end, inner_quotes(text, start, end))
            }
            Some(_) | None => {
                let (start, end) = whole_number(text, it.range.start, it.range.end);
                (start, end, if in_string { "" } else { "\"" })
            }
        };
        let start = start.max(at);
        if end <= at {
            continue;
        }
        out.push_str(&text[at..start]);
        out.push_str(quotes);
        rules.mark(it, text, &mut out);
        out.push_str(quotes);
        at = end;
    }
    out.push_str(&text[at..]);
    out
}

/// A range that begins or ends within an escape is widened to the whole of it.
fn whole_escapes(text: &str, part: &Part<'_>, start: usize, end: usize) -> (usize, usize) {
    let bytes = text.as_bytes();
    let string_end = part.start + part.text.len();
    let escape_at = |at: usize| {
        // An escape that `at` lies within begins at most five bytes before.
        (part.start.max(at.saturating_sub(5))..at).find_map(|backslash| {
            let before = bytes[part.start..backslash].iter().rev().take_while(|b| **b == b'\\').count();
            let is_escape = bytes[backslash] == b'\\' && before % 2 == 0;
            let length = if bytes.get(backslash + 1) == Some(&b'u') { 6 } else { 2 };
            (is_escape && backslash + length > at).then_some((backslash, (backslash + length).min(string_end)))
        })
    };
    let start = escape_at(start).map_or(start, |(first, _)| first);
    let end = escape_at(end).map_or(end, |(_, last)| last);
    (start, if text.is_char_boundary(end) { end } else { string_end })
}

/// A range within a number is widened to the whole of it.
fn whole_number(text: &str, start: usize, end: usize) -> (usize, usize) {
    let is_number = |b: &u8| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b'e' | b'E');
    let before = text.as_bytes()[..start].iter().rev().take_while(|b| is_number(b)).count();
    let behind = text.as_bytes()[end..].iter().take_while(|b| is_number(b)).count();
    (start - before, end + behind)
}

/// The quotes that make a text of a number in JSON that is itself a string: `{\"card\":4111111111111111}`.
fn inner_quotes(text: &str, start: usize, end: usize) -> &str {
    let before = text[..start].trim_ascii_end();
    let behind = text[end..].trim_ascii_start();
    let Some(name) = before.strip_suffix(':').map(str::trim_ascii_end).and_then(|name| name.strip_suffix('"')) else {
        return "";
    };
    if !behind.starts_with([',', '}', ']']) {
        return "";
    }
    let backslashes = name.bytes().rev().take_while(|b| *b == b'\\').count();
    &text[name.len() - backslashes..name.len() + 1]
}
