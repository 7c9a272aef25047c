//! Values that a name in front of them tells: secret access keys, session tokens, signatures, `Authorization`.
//!
//! The name may stand in JSON, in `key=value`, in headers, in a query string, in XML, or beside a member `value`:
//! `{"name":"AWS_SECRET_ACCESS_KEY","value":"..."}`.

use super::bytes::{run, run_back};
use super::token::is_token68;
use crate::config::policy::Detector;

/// What a name says of its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::policy) enum Named {
    /// A secret of AWS.
    AwsSecret,
    /// Credentials of HTTP.
    Authorization,
}

/// Ends of names, in lower case and without what separates words.
const NAMES: [(&[u8], Named); 6] = [
    (b"secretaccesskey", Named::AwsSecret),
    (b"awssecretkey", Named::AwsSecret),
    (b"sessiontoken", Named::AwsSecret),
    (b"securitytoken", Named::AwsSecret),
    (b"amzsignature", Named::AwsSecret),
    (b"authorization", Named::Authorization),
];

/// The fewest bytes of such a secret: secret access keys have 40, session tokens and signatures more.
const SECRET_BYTES_MIN: usize = 16;

/// What the name of an attribute says of its value.
pub(in crate::policy) fn of_key(key: &[u8]) -> Option<Named> {
    let last = key.last()? | 0x20;
    if !matches!(last, b'y' | b'n' | b'e') {
        return None;
    }
    NAMES.iter().find(|(name, _)| ends_with(key, name)).map(|(_, named)| *named)
}

/// Whether a name ends with another, whatever its case and what separates its words.
fn ends_with(name: &[u8], end: &[u8]) -> bool {
    let mut letters = name.iter().rev().filter(|b| !matches!(b, b'_' | b'-' | b'.' | b' '));
    end.iter().rev().all(|wanted| letters.next().is_some_and(|b| b.to_ascii_lowercase() == *wanted))
}

/// The value behind the name that has a literal at `hit`.
pub(super) fn value_behind(text: &[u8], hit: usize) -> Option<((usize, usize), Detector)> {
    const NAME_BYTES_MAX: usize = 64;
    let is_name = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    let start = run_back(text, hit, NAME_BYTES_MAX, is_name);
    let window = &text[..text.len().min(hit + NAME_BYTES_MAX)];
    let end = run(window, hit, is_name);
    let named = of_key(&text[start..end])?;
    value_at(named, text, value_start(text, end)?)
}

/// The value that an attribute of that name holds.
pub(in crate::policy) fn value_of(named: Named, text: &str) -> Option<((usize, usize), Detector)> {
    let text = text.as_bytes();
    value_at(named, text, run(text, 0, is_wrapping))
}

fn value_at(named: Named, text: &[u8], start: usize) -> Option<((usize, usize), Detector)> {
    match named {
        Named::AwsSecret => {
            let end = secret_end(text, start);
            (end - start >= SECRET_BYTES_MIN).then_some(((start, end), Detector::AwsKeys))
        }
        Named::Authorization => Some((credentials(text, start)?, Detector::Tokens)),
    }
}

const fn is_wrapping(b: u8) -> bool {
    matches!(b, b'"' | b'\'' | b'\\' | b' ' | b'\t' | b'[')
}

/// Where the value begins, behind quotes and whatever separates name and value.
fn value_start(text: &[u8], name_end: usize) -> Option<usize> {
    /// Quotes that are escaped twice, and some spaces.
    const BETWEEN_BYTES_MAX: usize = 48;
    let text = &text[..text.len().min(name_end + BETWEEN_BYTES_MAX)];
    let is_quote = |b: u8| is_wrapping(b) && b != b'[';
    let mut at = run(text, name_end, is_quote);
    if text.get(at) == Some(&b',') {
        at = run(text, at + 1, is_quote);
        let member = text.get(at..at + 5)?;
        if !member.eq_ignore_ascii_case(b"value") {
            return None;
        }
        at = run(text, at + 5, is_quote);
    }
    let behind = run(text, at, |b| matches!(b, b':' | b'=' | b'>'));
    (behind > at).then(|| run(text, behind, is_wrapping))
}

/// The end of a secret, over escapes of its own bytes: `\/`, `\u002b`, `\u002f`, `\u003d`.
fn secret_end(text: &[u8], start: usize) -> usize {
    let mut at = start;
    loop {
        at = run(text, at, |b| is_token68(b) || b == b'%');
        let escape = match &text[at..] {
            [b'\\', b'/', ..] => 2,
            [b'\\', b'u', b'0', b'0', b'2', b'b' | b'B' | b'f' | b'F', ..] => 6,
            [b'\\', b'u', b'0', b'0', b'3', b'd' | b'D', ..] => 6,
            _ => return at,
        };
        at += escape;
    }
}

/// Source: RFC 9110, section 11.6.2. Of AWS's own scheme the key id is found by itself, and the signature is of one request only.
fn credentials(text: &[u8], start: usize) -> Option<(usize, usize)> {
    const SCHEMES: [&[u8]; 6] = [b"Bearer", b"Basic", b"Token", b"ApiKey", b"Negotiate", b"Bot"];
    const BYTES_MIN: usize = 4;
    const LOOKED_AT_BYTES: usize = 64;
    let word = run(text, start, |b| b.is_ascii_alphabetic());
    let behind = run(text, word, |b| b == b' ');
    let has_scheme = behind > word && SCHEMES.iter().any(|scheme| scheme.eq_ignore_ascii_case(&text[start..word]));
    if has_scheme {
        let end = secret_end(text, behind);
        return (end - behind >= BYTES_MIN).then_some((behind, end));
    }
    let looked_at = &text[..text.len().min(start + LOOKED_AT_BYTES)];
    let bare = &looked_at[start..run(looked_at, start, is_token68)];
    let is_secret =
        bare.len() >= SECRET_BYTES_MIN && bare.iter().any(u8::is_ascii_digit) && !bare.starts_with(b"AWS4-");
    is_secret.then(|| (start, secret_end(text, start)))
}
