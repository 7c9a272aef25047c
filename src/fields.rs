//! Fields of a log line that are separated by single spaces, as load balancers, S3 and web servers write them.
//!
//! A field in quotes or brackets may hold spaces: `"GET / HTTP/1.1"`, `[06/Feb/2019:00:00:38 +0000]`. Inside of quotes
//! some writers escape: `\x22`, `\"`, `\\`. Others do not, so that a quote ends a field only where a space or the end of
//! the line follows it; `"h2","http/1.1"` is one field for the same reason.

use bumpalo::Bump;
use bumpalo::collections::Vec;

/// The fields of a line, from front to back.
#[derive(Clone, Debug)]
pub struct Fields<'a> {
    rest: Option<&'a str>,
}

/// One field, without the quotes or brackets around it. Its escapes are as they were written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Field<'a> {
    /// The text.
    pub text: &'a str,
    /// Whether it stood in quotes, and so may have escapes.
    pub quoted: bool,
}

impl<'a> Fields<'a> {
    /// Starts at the first byte of the line.
    #[must_use]
    pub const fn new(line: &'a str) -> Self {
        Self { rest: Some(line) }
    }

    /// What was not read yet.
    #[must_use]
    pub fn rest(&self) -> &'a str {
        self.rest.unwrap_or_default()
    }

    /// The text of the next field; empty behind the last one.
    pub fn text(&mut self) -> &'a str {
        self.next().unwrap_or_default().text
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Field<'a>;

    fn next(&mut self) -> Option<Field<'a>> {
        let rest = self.rest?;
        let enclosed = match rest.as_bytes().first() {
            Some(b'"') => quoted_end(rest.as_bytes()).map(|end| (end, true)),
            Some(b'[') => bracketed_end(rest.as_bytes()).map(|end| (end, false)),
            _ => None,
        };
        let (field, end) = match enclosed.and_then(|(end, quoted)| Some((rest.get(1..end)?, quoted, end + 1))) {
            Some((text, quoted, end)) => (Field { text, quoted }, end),
            None => {
                let end = memchr::memchr(b' ', rest.as_bytes()).unwrap_or(rest.len());
                (Field { text: rest.get(..end).unwrap_or_default(), quoted: false }, end)
            }
        };
        self.rest = rest.get(end + 1..);
        Some(field)
    }
}

/// Where the quote stands that ends a field. None: nothing ends it, and it is no quoted field.
fn quoted_end(bytes: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        at += memchr::memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes.get(at) == Some(&b'\\') {
            at += 2;
        } else if matches!(bytes.get(at + 1), None | Some(b' ')) {
            return Some(at);
        } else {
            at += 1;
        }
    }
}

/// Where the bracket stands that ends a field; an IPv6 address in brackets is followed by its port, and is no such field.
fn bracketed_end(bytes: &[u8]) -> Option<usize> {
    let at = memchr::memchr(b']', bytes)?;
    matches!(bytes.get(at + 1), None | Some(b' ')).then_some(at)
}

impl<'a> Field<'a> {
    /// The text with its escapes resolved; borrowed where there are none.
    #[must_use]
    pub fn resolve(self, bump: &'a Bump) -> &'a str {
        if self.quoted { unescape(self.text, bump) } else { self.text }
    }
}

/// Address and port of `192.0.2.3:443`, `[2001:db8::1]:443` or `2001:db8::1:443`; no port where there is none.
#[must_use]
pub fn address_and_port(text: &str) -> (&str, &str) {
    let Some((address, port)) = text.rsplit_once(':').filter(|(_, port)| is_number(port)) else {
        return (text, "");
    };
    (address.strip_prefix('[').and_then(|address| address.strip_suffix(']')).unwrap_or(address), port)
}

/// Whether the text is decimal digits only, and at least one.
#[must_use]
pub fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Resolves `\x22`, `\"` and `\\`; borrowed where there are none. Other escapes, and bytes that are no text together,
/// stay as they are.
#[must_use]
pub fn unescape<'a>(text: &'a str, bump: &'a Bump) -> &'a str {
    resolve(text, b'\\', bump, |bytes| match bytes {
        [b'\\', b'x', high, low, ..] => Some((hex(*high, *low)?, 4)),
        [b'\\', byte @ (b'"' | b'\\'), ..] => Some((*byte, 2)),
        _ => None,
    })
}

/// Resolves `%20`, once; borrowed where there are none. What is no such escape, and bytes that are no text together,
/// stay as they are.
#[must_use]
pub fn percent_decode<'a>(text: &'a str, bump: &'a Bump) -> &'a str {
    resolve(text, b'%', bump, |bytes| match bytes {
        [b'%', high, low, ..] => Some((hex(*high, *low)?, 3)),
        _ => None,
    })
}

fn hex(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(high)? << 4 | digit(low)?).ok()
}

/// Replaces each escape that `read` finds at a `lead` byte: it gives the byte that is meant, and how many to go on by.
fn resolve<'a>(text: &'a str, lead: u8, bump: &'a Bump, read: impl Fn(&[u8]) -> Option<(u8, usize)>) -> &'a str {
    let mut rest = text.as_bytes();
    if memchr::memchr(lead, rest).is_none() {
        return text;
    }
    let mut resolved = Vec::with_capacity_in(rest.len(), bump);
    while let Some(first) = rest.first() {
        let (byte, length) = if *first == lead { read(rest).unwrap_or((*first, 1)) } else { (*first, 1) };
        resolved.push(byte);
        rest = rest.get(length..).unwrap_or_default();
    }
    std::str::from_utf8(resolved.into_bump_slice()).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn texts(line: &str) -> std::vec::Vec<&str> {
        Fields::new(line).map(|field| field.text).collect()
    }

    #[test]
    fn quotes_and_brackets_hold_spaces() {
        assert_eq!(texts("a [b c] \"d e\" f"), ["a", "b c", "d e", "f"]);
        assert_eq!(texts("[::1]:80 \"-\" \"\" "), ["[::1]:80", "-", "", ""]);
        assert_eq!(texts(""), [""]);
    }

    #[test]
    fn a_list_of_quoted_texts_is_one_field() {
        assert_eq!(texts(r#"h2 "h2","http/1.1" end"#), ["h2", r#"h2","http/1.1"#, "end"]);
    }

    #[test]
    fn a_quote_inside_of_quotes_ends_nothing_escaped_or_not() {
        assert_eq!(texts(r#""a \" b" "c"d" e"#), [r#"a \" b"#, r#"c"d"#, "e"]);
        assert_eq!(texts(r#""never ends"#), ["\"never", "ends"]);
    }

    #[test]
    fn escapes_are_resolved_where_they_are_some() {
        let bump = Bump::new();
        let resolved = |text| Field { text, quoted: true }.resolve(&bump).to_owned();
        assert_eq!(resolved(r#"\x22a\"\\ \xC3\xA9"#), "\"a\"\\ \u{e9}");
        assert_eq!(resolved(r"\xC3 alone \n \xzz"), r"\xC3 alone \n \xzz");
        assert_eq!(percent_decode("a%20b%2520c%", &bump), "a b%20c%");
        assert_eq!(percent_decode("%ff", &bump), "%ff");
    }

    #[test]
    fn ports_are_told_from_addresses() {
        assert_eq!(address_and_port("192.0.2.3:443"), ("192.0.2.3", "443"));
        assert_eq!(address_and_port("[fe80::1]:443"), ("fe80::1", "443"));
        assert_eq!(address_and_port("example"), ("example", ""));
        assert_eq!(address_and_port("-"), ("-", ""));
    }

    proptest! {
        #[test]
        fn no_line_makes_it_panic_and_no_byte_is_lost(line in r#"[a-z0-9 "\[\]\\x:%\u{e9}-]{0,60}"#) {
            let bump = Bump::new();
            let read: usize = Fields::new(&line).map(|field| field.text.len() + 1).sum();
            let marks = line.bytes().filter(|byte| matches!(byte, b'"' | b'[' | b']')).count();
            prop_assert!(read <= line.len() + 1 && read + marks > line.len(), "{}", line);
            for field in Fields::new(&line) {
                let _resolved = (field.resolve(&bump), percent_decode(field.text, &bump), address_and_port(field.text));
            }
        }
    }
}
