//! Access logs of web servers in the common and the combined log format.
//!
//! `127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326 "http://example.com/" "Mozilla/4.08"`
//!
//! The body is the line. A virtual host in front is the server, a list of addresses is `X-Forwarded-For`, and what an
//! operator appended to the format is kept in order. The status decides the severity: 5xx is an error, 4xx a warning.
//!
//! Sources: Apache HTTP server, "Log files", common and combined log format, virtual hosts; nginx, `ngx_http_log_module`,
//! format `combined`, and the format `main` of its packages.

use bumpalo::Bump;
use bumpalo::collections::Vec;

use super::{Format, Shape};
use crate::config::FormatName;
use crate::fields::Fields;
use crate::record::attribute;
use crate::record::draft::{Context, Draft};
use crate::record::format::tool::request;
use crate::record::log::Log;
use crate::record::value::Value;
use crate::time::parse_clf;

/// Lines that begin with an address; with a name as well, where the log group says so.
pub const FORMAT: Format = Format {
    name: FormatName::AccessLog,
    encoding: "aws.cloudwatch",
    shape: Shape::Line { starts: |byte| byte.is_ascii_hexdigit() || byte == b':', parse },
    continues: None,
};

/// Fields behind the known ones, at most.
const TRAILING_MAX: usize = 64;

fn parse<'a>(line: &'a str, draft: &mut Draft<'a>, context: &Context<'a>) -> bool {
    let Some((front, time, rest)) = around_time(line) else { return false };
    let Some(client) = Client::read(front) else { return false };
    let mut fields = Fields::new(rest.strip_prefix(' ').unwrap_or_default());
    let Some(request) = fields.next().filter(|field| field.quoted) else { return false };
    let (Some(status), Some(bytes)) = (fields.next(), fields.next()) else { return false };
    let (status, bytes) = (status.text, bytes.text);
    if status != "-" && !(status.len() == 3 && status.bytes().all(|b| b.is_ascii_digit())) {
        return false;
    }
    let log = &mut draft.log;
    if let Some(time) = parse_clf(time) {
        log.coarse_time(time);
    }
    client.tell(log, context.bump);
    tell_request(request.text, log);
    request::status(log, status);
    log.number(attribute::HTTP_RESPONSE_BODY_SIZE, bytes);
    tell_trailing(fields, log, context.bump);
    true
}

/// What stands before `[10/Oct/2000:13:55:36 -0700]`, the time, and what follows it.
fn around_time(line: &str) -> Option<(&str, &str, &str)> {
    const FRONT_BYTES_MAX: usize = 512;
    const TIME_BYTES: usize = "10/Oct/2000:13:55:36 -0700".len();
    // `client - -` before the bracket: a line of anything else is dismissed by its first words.
    let first = line.bytes().take(FRONT_BYTES_MAX).position(|b| b == b' ')?;
    let open = first + line.as_bytes().get(first..)?.iter().take(FRONT_BYTES_MAX).position(|b| *b == b'[')?;
    let time = line.get(open + 1..open + 1 + TIME_BYTES)?;
    let shaped = time.as_bytes().get(2) == Some(&b'/') && time.as_bytes().get(11) == Some(&b':');
    let rest = line.get(open + 1 + TIME_BYTES..)?.strip_prefix(']')?;
    (shaped && parse_clf(time).is_some()).then_some((line.get(..open)?.strip_suffix(' ')?, time, rest))
}

/// Who asked.
#[derive(Default)]
struct Client<'a> {
    virtual_host: &'a str,
    address: &'a str,
    /// All addresses, where there are several.
    forwarded: &'a str,
    ident: &'a str,
    user: &'a str,
}

impl<'a> Client<'a> {
    /// `address ident user`, with `host:port` in front, or several addresses with commas between.
    fn read(front: &'a str) -> Option<Self> {
        let (rest, user) = front.rsplit_once(' ')?;
        let (rest, ident) = rest.rsplit_once(' ')?;
        let client = Self { ident, user, ..Self::default() };
        match rest.split_once(' ') {
            None => (!rest.is_empty()).then_some(Self { address: rest, ..client }),
            Some((first, _)) if first.ends_with(',') => {
                Some(Self { address: first.trim_end_matches(','), forwarded: rest, ..client })
            }
            Some((virtual_host, address)) if !address.contains(' ') => Some(Self { virtual_host, address, ..client }),
            Some(_) => None,
        }
    }

    fn tell(&self, log: &mut Log<'a>, bump: &'a Bump) {
        if let Some((host, port)) = self.virtual_host.rsplit_once(':') {
            log.text(attribute::SERVER_ADDRESS, host);
            log.number(attribute::SERVER_PORT, port);
        } else {
            log.text(attribute::SERVER_ADDRESS, self.virtual_host);
        }
        log.text(attribute::CLIENT_ADDRESS, self.address);
        request::header(log, attribute::FORWARDED_FOR, bump, self.forwarded);
        log.text(attribute::ACCESS_LOG_IDENT, self.ident);
        log.text(attribute::USER_NAME, self.user);
    }
}

/// `GET /path?query HTTP/1.1`; what is no such line stays in the body alone.
fn tell_request<'a>(request: &'a str, log: &mut Log<'a>) {
    let Some((method, rest)) = request.split_once(' ') else { return };
    if method.is_empty() || !method.bytes().all(|b| b.is_ascii_uppercase() || b == b'-' || b == b'_') {
        return;
    }
    let (target, protocol) = rest.rsplit_once(' ').unwrap_or((rest, ""));
    log.text(attribute::HTTP_REQUEST_METHOD, method);
    if target.starts_with('/') {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        log.text(attribute::URL_PATH, path);
        log.text(attribute::URL_QUERY, query);
    } else {
        log.text(attribute::URL_FULL, target);
    }
    if let Some(version) = protocol.strip_prefix("HTTP/") {
        log.text(attribute::NETWORK_PROTOCOL_NAME, "http");
        log.text(
            attribute::NETWORK_PROTOCOL_VERSION,
            version.strip_suffix(".0").filter(|it| *it != "1").unwrap_or(version),
        );
    }
}

/// Referrer and user agent of the combined format, and what an operator appended.
fn tell_trailing<'a>(mut fields: Fields<'a>, log: &mut Log<'a>, bump: &'a Bump) {
    let combined = fields.rest().starts_with('"');
    if combined {
        request::header(log, attribute::REFERER, bump, fields.text());
        log.text(attribute::USER_AGENT_ORIGINAL, fields.text());
    }
    let mut trailing = Vec::new_in(bump);
    for field in fields.take(TRAILING_MAX).map(|field| field.text) {
        if trailing.is_empty() && is_addresses(field) {
            request::header(log, attribute::FORWARDED_FOR, bump, field);
        } else {
            trailing.push(Value::Text(field));
        }
    }
    if trailing.iter().any(|field| !field.is_blank()) {
        log.attribute(attribute::ACCESS_LOG_TRAILING, Value::List(trailing.into_bump_slice()));
    }
}

/// Addresses with commas between.
fn is_addresses(text: &str) -> bool {
    text.split(',').all(|address| address.trim_ascii().parse::<std::net::IpAddr>().is_ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::record::normalize::tests::{Given, attributes, normalized};

    #[track_caller]
    fn check(line: &str, severity: &str, expected: &str) {
        assert_eq!(
            Given::new("/acme/web", &[line]).told(),
            [format!("aws.cloudwatch {severity}  | {line:?} | {expected}")]
        );
    }

    /// The examples of Apache, "Log files".
    #[test]
    fn common_and_combined_format() {
        check(
            r#"127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326"#,
            "9",
            r#"client.address="127.0.0.1" user.name="frank" http.request.method="GET" url.path="/apache_pb.gif" network.protocol.name="http" network.protocol.version="1.0" http.response.status_code=200 http.response.body.size=2326"#,
        );
        check(
            r#"127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /a?b=c HTTP/2.0" 404 - "http://www.example.com/start.html" "Mozilla/4.08 [en] (Win98; I ;Nav)""#,
            "13",
            r#"client.address="127.0.0.1" user.name="frank" http.request.method="GET" url.path="/a" url.query="b=c" network.protocol.name="http" network.protocol.version="2" http.response.status_code=404 http.request.header.referer=["http://www.example.com/start.html"] user_agent.original="Mozilla/4.08 [en] (Win98; I ;Nav)""#,
        );
    }

    #[test]
    fn what_operators_put_in_front_and_behind() {
        check(
            r#"2001:db8::1 - - [10/Oct/2000:13:55:36 +0000] "POST / HTTP/1.1" 503 0 "-" "curl/8.0" "203.0.113.7, 10.0.0.1""#,
            "17",
            r#"client.address="2001:db8::1" http.request.method="POST" url.path="/" network.protocol.name="http" network.protocol.version="1.1" http.response.status_code=503 http.response.body.size=0 user_agent.original="curl/8.0" http.request.header.x-forwarded-for=["203.0.113.7, 10.0.0.1"]"#,
        );
        check(
            r#"203.0.113.7, 10.0.0.1 - - [10/Oct/2000:13:55:36 +0000] "-" 408 - "-" "-""#,
            "13",
            r#"client.address="203.0.113.7" http.request.header.x-forwarded-for=["203.0.113.7, 10.0.0.1"] http.response.status_code=408"#,
        );
        check(
            r#"10.0.0.9 - - [10/Oct/2000:13:55:36 +0000] "GET http://a/ HTTP/1.1" 200 5 "-" "a \"b\"" 331 0.003 [default-web-80] [] 10.0.1.2:8080 5 0.003 200 7d0b"#,
            "9",
            r#"client.address="10.0.0.9" http.request.method="GET" url.full="http://a/" network.protocol.name="http" network.protocol.version="1.1" http.response.status_code=200 http.response.body.size=5 user_agent.original="a \\\"b\\\"" access_log.trailing=["331","0.003","default-web-80","","10.0.1.2:8080","5","0.003","200","7d0b"]"#,
        );
    }

    #[test]
    fn names_of_clients_are_told_by_the_name_of_the_log_group() {
        let line = r#"www.example.com:443 client.example.com - - [10/Oct/2000:13:55:36 +0000] "\x16\x03" 400 0"#;
        assert_eq!(
            Given::new("/var/log/httpd/access_log", &[line]).told(),
            [format!(
                r#"aws.cloudwatch 13  | {line:?} | server.address="www.example.com" server.port=443 client.address="client.example.com" http.response.status_code=400 http.response.body.size=0"#
            )]
        );
    }

    #[test]
    fn what_only_looks_like_an_access_log_stays_text() {
        for line in [
            "10.0.0.9 - - [yesterday] \"GET / HTTP/1.1\" 200 5",
            "10.0.0.9 - - [10/Oct/2000:13:55:36 +0000] GET / HTTP/1.1 200 5",
            "10.0.0.9 - - [10/Oct/2000:13:55:36 +0000] \"GET / HTTP/1.1\" ok 5",
            "10.0.0.9 - - [10/Oct/2000:13:55:36 +0000] \"GET / HTTP/1.1\" 200",
            "10.0.0.9 - - [10/Oct/2000:13:55:36 +0000] \"GET / \\",
            "a [10/Oct/2000:13:55:36 +0000] \"GET / HTTP/1.1\" 200 5",
            "2020-03-05 16:30:36 started",
            "beef",
        ] {
            normalized(line, |log| assert_eq!((log.body, log.attributes.len()), (Value::Text(line), 0), "{line}"));
        }
    }

    proptest! {
        #[test]
        fn changed_lines_do_not_panic(at in 0..100_usize, with in "[ -~\u{e9}]{0,3}") {
            let line = r#"127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif?x=y HTTP/1.0" 200 2326 "http://a" "b" 1 [c]"#;
            let changed = format!("{}{with}{}", &line[..at], &line[at + 1..]);
            normalized(&changed, |log| {
                assert_eq!(log.body, Value::Text(&changed));
                let _ = attributes(log);
            });
        }
    }
}
