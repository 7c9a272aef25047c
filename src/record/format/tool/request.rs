//! What access logs of all kinds have in common: request line, status, protocol, headers.

use crate::fields::is_number;
use crate::record::attribute;
use crate::record::log::Log;
use crate::record::severity::Severity;
use crate::record::value::Value;

/// Method, URL and protocol of `GET https://example.com/ HTTP/1.1`. The URL may hold spaces; what misses is empty.
#[must_use]
pub fn request_line(text: &str) -> (&str, &str, &str) {
    let (method, rest) = text.split_once(' ').unwrap_or(("", text));
    match rest.rsplit_once(' ') {
        Some((url, protocol)) if protocol.is_empty() || protocol == "-" || protocol.contains('/') => {
            (method, url.trim_end_matches(' '), protocol)
        }
        Some(_) | None => (method, rest, ""),
    }
}

/// Adds path and query of a URL or of its part behind the host, and the scheme where it has one.
pub fn url_parts<'a>(log: &mut Log<'a>, url: &'a str) {
    let (scheme, behind) = url.split_once("://").unwrap_or(("", url));
    let target = if scheme.is_empty() { behind } else { behind.find('/').map_or("", |at| behind.split_at(at).1) };
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    log.text(attribute::URL_PATH, path);
    log.text(attribute::URL_SCHEME, scheme);
    log.text(attribute::URL_QUERY, query);
}

/// The host of a URL, without its port; empty where the URL has none.
#[must_use]
pub fn host(url: &str) -> &str {
    let authority = url.split_once("://").map_or("", |(_, behind)| behind.split(['/', '?']).next().unwrap_or_default());
    crate::fields::address_and_port(authority).0
}

/// Adds name and version of `HTTP/1.1`.
pub fn protocol<'a>(log: &mut Log<'a>, protocol: &'a str) {
    let (name, version) = protocol.split_once('/').unwrap_or((protocol, ""));
    log.text(attribute::NETWORK_PROTOCOL_NAME, if name == "HTTP" { "http" } else { name });
    log.text(attribute::NETWORK_PROTOCOL_VERSION, version);
}

/// Adds the version of `TLSv1.2`, `TLSV1.3` or `tlsv12` as the conventions write it, `1.2`; others stay as they are.
pub fn tls_version<'a>(log: &mut Log<'a>, text: &'a str) {
    let bare = text.get(..4).filter(|name| name.eq_ignore_ascii_case("tlsv")).and_then(|_| text.get(4..));
    let version = match bare {
        Some("1" | "10") => "1.0",
        Some("11") => "1.1",
        Some("12") => "1.2",
        Some("13") => "1.3",
        Some(version) => version,
        None => text,
    };
    log.text(attribute::TLS_PROTOCOL_VERSION, version);
}

/// What the status of a response means: 5xx is the server's fault and an error, 4xx the client's and worth a warning; what
/// is below went well. Numbers that are no status say nothing.
#[must_use]
pub fn severity(status: i64) -> Severity {
    match status {
        500..=599 => Severity::ERROR,
        400..=499 => Severity::WARN,
        100..=399 => Severity::INFO,
        _ => Severity::UNSPECIFIED,
    }
}

/// Adds the status of the response, and lets it decide the severity.
pub fn status<'a>(log: &mut Log<'a>, text: &'a str) {
    log.number(attribute::HTTP_RESPONSE_STATUS_CODE, text);
    if let Ok(number) = text.parse() {
        log.severity = severity(number);
    }
}

/// Adds seconds or milliseconds with a fraction. `-1`, by which load balancers say that there was no such span, is nothing.
pub fn span<'a>(log: &mut Log<'a>, key: &'a str, text: &'a str) {
    match text.parse::<f64>() {
        Ok(number) if number < 0.0 => {}
        Ok(number) if number.is_finite() => log.attribute(key, Value::Double(number)),
        Ok(_) | Err(_) => log.text(key, text),
    }
}

/// Adds a list of texts; nothing where there is none.
pub fn list<'a>(log: &mut Log<'a>, key: &'a str, bump: &'a bumpalo::Bump, texts: impl Iterator<Item = &'a str>) {
    let texts = texts.filter(|text| !text.is_empty() && *text != "-").map(Value::Text);
    let items: &[Value<'_>] = bumpalo::collections::Vec::from_iter_in(texts, bump).into_bump_slice();
    if !items.is_empty() {
        log.attribute(key, Value::List(items));
    }
}

/// Adds a header as the conventions write it: a list, here of the one text that the log has.
pub fn header<'a>(log: &mut Log<'a>, key: &'a str, bump: &'a bumpalo::Bump, text: &'a str) {
    list(log, key, bump, std::iter::once(text));
}

/// Whether the text looks like an id that AWS gives to requests: a UUID, or base 64 that ends with `=`.
#[must_use]
pub fn is_request_id(text: &str) -> bool {
    const SHORT: std::ops::RangeInclusive<usize> = 12..=32;
    is_uuid(text)
        || (SHORT.contains(&text.len())
            && text.ends_with('=')
            && text.trim_end_matches('=').bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')))
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// Whether the text is a year, month and day: `2019-12-04`.
#[must_use]
pub fn is_date(text: &str) -> bool {
    let mut parts = text.split('-');
    let mut part = |length| parts.next().is_some_and(|part| part.len() == length && is_number(part));
    text.len() == 10 && part(4) && part(2) && part(2)
}

#[cfg(test)]
pub(crate) mod tests {
    use bumpalo::Bump;
    use proptest::prelude::*;

    use super::*;
    use crate::inflate::Inflater;
    use crate::record::normalize::tests::{Given, show};

    /// The record of a line: encoding, severity and, where it is not the line, the body; then each attribute.
    pub(crate) fn told(log_group: &str, line: &str) -> Vec<String> {
        let mut told = Vec::new();
        Given::new(log_group, &[line]).check(|draft| {
            let log = &draft.log;
            let body = if log.body == Value::Text(line) { String::new() } else { format!(" {}", show(&log.body)) };
            told.push(format!("{} {}{body}", log.encoding, log.severity.number()));
            told.extend(log.attributes.iter().map(|it| format!("{}={}", it.key, show(&it.value))));
        });
        told
    }

    /// The text of a compressed sample.
    pub(crate) fn inflated(gzip: &[u8]) -> String {
        let mut text = Vec::new();
        Inflater::default().inflate(gzip, 1 << 20, &mut text).unwrap();
        String::from_utf8(text).unwrap()
    }

    /// Lines like those of a sample: cut, doubled, with a byte that is another.
    pub(crate) fn mutated(sample: &'static str) -> impl Strategy<Value = String> {
        let at = 0..sample.len();
        (
            at.clone(),
            at,
            prop::sample::select(vec!["", "\"", " ", "-", "[", "]", "\\", "%", "\t", ":", ",", "\u{e9}", "0"]),
        )
            .prop_map(move |(from, to, other)| {
                let head = sample.get(..from).unwrap_or_default();
                format!("{head}{other}{}", sample.get(to..).unwrap_or_default())
            })
    }

    fn log(bump: &Bump) -> Log<'_> {
        Log::new("", crate::time::Timestamp::from_nanos(0), bump)
    }

    #[test]
    fn a_status_tells_success_the_clients_fault_and_the_servers() {
        let numbers = [99, 100, 399, 400, 499, 500, 599, 600, -1].map(|status| severity(status).number());
        assert_eq!(numbers, [0, 9, 9, 13, 13, 17, 17, 0, 0]);
    }

    #[test]
    fn request_lines_are_split_even_where_the_url_has_spaces_or_the_protocol_misses() {
        assert_eq!(request_line("GET https://a/ HTTP/1.1"), ("GET", "https://a/", "HTTP/1.1"));
        assert_eq!(request_line("GET /a b HTTP/1.0"), ("GET", "/a b", "HTTP/1.0"));
        assert_eq!(request_line("- http://a:80- "), ("-", "http://a:80-", ""));
        assert_eq!(request_line("-"), ("", "-", ""));
        assert_eq!(request_line("GET /a b"), ("GET", "/a b", ""));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in r#"[A-Za-z0-9 /:?=;\u{e9}+-]{0,40}"#) {
            let bump = Bump::new();
            let mut log = log(&bump);
            let _read = (request_line(&text), host(&text));
            url_parts(&mut log, &text);
            tls_version(&mut log, &text);
            protocol(&mut log, &text);
            span(&mut log, "a", &text);
        }
    }
}
