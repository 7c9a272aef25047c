//! logfmt: `time="2024-01-01T00:00:00Z" level=info msg="access granted" client=127.0.0.1:39696`, as Go's loggers, the
//! authenticator of EKS and many others write.
//!
//! A line is of this format where it is nothing but pairs, at least two, the first of them at its very front. So a sentence
//! that holds `a=b` stays text. The text (`msg`, or what the configuration names) becomes the body; where there is none, it
//! is the line. A bare number is a number, where it is printed again as it was written.
//!
//! Source: kr/logfmt, package documentation; Go, `slog.TextHandler`; logrus, `TextFormatter`.

use bumpalo::Bump;
use bumpalo::collections::Vec;

use super::{Format, Shape, logger};
use crate::config::FormatName;
use crate::json::Scanner;
use crate::record::draft::{Context, Draft};
use crate::record::value::{Attribute, Value};

/// Lines of nothing but pairs.
pub const FORMAT: Format = Format {
    name: FormatName::Logfmt,
    encoding: "aws.cloudwatch",
    shape: Shape::Line { starts: |byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'@'), parse },
    continues: None,
};

/// A line of more pairs than this stays text: no logger writes so many, and attributes cost more than bytes.
const PAIRS_MAX: usize = 256;

/// No key is longer than this.
const KEY_BYTES_MAX: usize = 128;

fn parse<'a>(line: &'a str, draft: &mut Draft<'a>, context: &Context<'a>) -> bool {
    let Some(pairs) = pairs(line, context.bump).filter(|pairs| pairs.len() >= 2) else { return false };
    let log = &mut draft.log;
    let taken = logger::take(pairs, &context.settings.message_keys, log, context.bump);
    if let Some(text) = taken.text {
        log.body = Value::Text(text);
    }
    log.attributes.extend(taken.rest);
    true
}

/// The pairs of a text that holds nothing else.
pub(super) fn pairs<'a>(text: &'a str, bump: &'a Bump) -> Option<Vec<'a, Attribute<'a>>> {
    let (_, _) = key(text)?;
    let mut pairs = Vec::new_in(bump);
    let mut rest = text.trim_ascii_end();
    while !rest.is_empty() {
        let (key, after) = key(rest)?;
        let (value, after) = value(key, after, bump)?;
        pairs.push(Attribute { key, value });
        rest = after.trim_ascii_start();
        if pairs.len() > PAIRS_MAX || (!rest.is_empty() && rest.len() == after.len()) {
            return None;
        }
    }
    Some(pairs)
}

/// The key in front, and what follows its `=`.
fn key(text: &str) -> Option<(&str, &str)> {
    let is_key = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'@' | b'/' | b':');
    let length = text.as_bytes().iter().take(KEY_BYTES_MAX).take_while(|b| is_key(b)).count();
    let (key, rest) = text.split_at_checked(length)?;
    let after = rest.strip_prefix('=')?;
    (!key.is_empty()).then_some((key, after))
}

/// The value in front, quoted or up to the next blank, and what follows it.
fn value<'a>(key: &str, text: &'a str, bump: &'a Bump) -> Option<(Value<'a>, &'a str)> {
    if text.starts_with('"') {
        let mut scanner = Scanner::new(text);
        let quoted = scanner.string().ok()?.resolve(bump);
        return Some((Value::Text(quoted), text.get(scanner.position()..)?));
    }
    let end = text.find([' ', '\t', '\n', '\r']).unwrap_or(text.len());
    let (bare, after) = text.split_at_checked(end)?;
    // What loggers know is read from its text; digits of a trace id are no number.
    let value = if logger::is_known(key) { Value::Text(bare) } else { bare_value(bare) };
    Some((value, after))
}

/// A number that is printed as it was written, a truth, or a text.
fn bare_value(text: &str) -> Value<'_> {
    match text {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        _ => whole(text).or_else(|| fraction(text)).unwrap_or(Value::Text(text)),
    }
}

fn whole(text: &str) -> Option<Value<'_>> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = digits.starts_with(|first: char| matches!(first, '1'..='9')) || text == "0";
    (plain && digits.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok().map(Value::Int))?
}

/// Digits with a fraction that a double holds exactly enough to print them again.
fn fraction(text: &str) -> Option<Value<'_>> {
    const DIGITS_MAX: usize = 15;
    let (front, back) = text.strip_prefix('-').unwrap_or(text).split_once('.')?;
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let plain = digits(front) && digits(back) && front.len() + back.len() <= DIGITS_MAX;
    let shortest = (front == "0" || !front.starts_with('0')) && (back == "0" || !back.ends_with('0'));
    (plain && shortest).then(|| text.parse().ok().map(Value::Double))?
}
