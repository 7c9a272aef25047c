//! Access logs of CloudFront: standard logs, legacy and v2, as tab-separated lines or as JSON, and real-time logs.
//!
//! Lines: `2019-12-04\t21:02:31\tLAX1\t392\t192.0.2.24\tGET\td111111abcdef8.cloudfront.net\t/index.html\t200\t...`.
//! A header `#Fields:` names the columns; without one they are the 33 of the legacy standard logs. Real-time logs have
//! no header: the configuration names their columns. JSON: `{"date":"2024-11-15","time":"19:45:51","asn":"16509",...}`.
//!
//! CloudFront URL-encodes what a viewer sent in headers; those values are decoded, once. Path and query stay as they
//! are: they were encoded by the viewer, and are so by the conventions.
//!
//! Source: CloudFront developer guide, "Standard logging reference", "Configure standard logging (v2)", "Real-time
//! access logs".

use super::{Format, Shape};
use crate::config::FormatName;
use crate::fields::{is_number, percent_decode, unescape};
use crate::record::attribute;
use crate::record::draft::{Context, Draft};
use crate::record::format::tool::{line, request};
use crate::record::log::Log;
use crate::record::value::{Members, Value};
use crate::time::{Timestamp, parse_rfc3339};

/// Takes tab-separated lines that begin with a date and a time, or whose columns are named.
pub const FORMAT: Format = Format {
    name: FormatName::Cloudfront,
    encoding: "aws.cloudfront",
    shape: Shape::Line { starts: |byte| byte.is_ascii_digit(), parse },
    continues: None,
};

/// Takes objects whose members have the names of the columns.
pub const JSON: Format = Format {
    name: FormatName::Cloudfront,
    encoding: "aws.cloudfront",
    shape: Shape::Object {
        markers: &["x-edge-location", "x-edge-request-id", "x-edge-result-type", "cs-uri-stem", "timestamp(ms)"],
        recognise: |members| members.as_slice().iter().filter(|member| column(member.key, 0).is_some()).count() >= 2,
        parse: parse_object,
    },
    continues: None,
};

/// What becomes of a column.
#[derive(Clone, Copy)]
enum Column {
    /// Day of the time, or its time of day: both are read together.
    DateOrTime,
    /// The time, as a number of seconds or milliseconds since 1970.
    Epoch,
    /// A text.
    Text(&'static str),
    /// A text that CloudFront has encoded.
    Encoded(&'static str),
    /// A header, encoded.
    Header(&'static str),
    /// A whole number.
    Number(&'static str),
    /// A number of seconds.
    Seconds(&'static str),
    /// The status.
    Status,
    /// `HTTP/2.0`
    Protocol,
    /// `TLSv1.3`
    TlsVersion,
    /// `IPv4`
    IpVersion,
}

/// The columns of legacy standard logs in their order, then those that v2 and real-time logs may have besides.
const COLUMNS: [(&str, Column); 46] = [
    ("date", Column::DateOrTime),
    ("time", Column::DateOrTime),
    ("x-edge-location", Column::Text("aws.cloudfront.edge.location")),
    ("sc-bytes", Column::Number(attribute::HTTP_RESPONSE_SIZE)),
    ("c-ip", Column::Text(attribute::CLIENT_ADDRESS)),
    ("cs-method", Column::Text(attribute::HTTP_REQUEST_METHOD)),
    ("cs(Host)", Column::Text("aws.cloudfront.distribution.domain")),
    ("cs-uri-stem", Column::Text(attribute::URL_PATH)),
    ("sc-status", Column::Status),
    ("cs(Referer)", Column::Header(attribute::REFERER)),
    ("cs(User-Agent)", Column::Encoded(attribute::USER_AGENT_ORIGINAL)),
    ("cs-uri-query", Column::Text(attribute::URL_QUERY)),
    ("cs(Cookie)", Column::Header(attribute::HTTP_REQUEST_HEADER_COOKIE)),
    ("x-edge-result-type", Column::Text("aws.cloudfront.edge.result_type")),
    ("x-edge-request-id", Column::Text(attribute::REQUEST_ID)),
    ("x-host-header", Column::Text(attribute::URL_DOMAIN)),
    ("cs-protocol", Column::Text(attribute::URL_SCHEME)),
    ("cs-bytes", Column::Number(attribute::HTTP_REQUEST_SIZE)),
    ("time-taken", Column::Seconds("aws.cloudfront.time_taken")),
    ("x-forwarded-for", Column::Header(attribute::FORWARDED_FOR)),
    ("ssl-protocol", Column::TlsVersion),
    ("ssl-cipher", Column::Text(attribute::TLS_CIPHER)),
    ("x-edge-response-result-type", Column::Text("aws.cloudfront.edge.response_result_type")),
    ("cs-protocol-version", Column::Protocol),
    ("fle-status", Column::Text("aws.cloudfront.fle.status")),
    ("fle-encrypted-fields", Column::Number("aws.cloudfront.fle.encrypted_fields")),
    ("c-port", Column::Number(attribute::CLIENT_PORT)),
    ("time-to-first-byte", Column::Seconds("aws.cloudfront.time_to_first_byte")),
    ("x-edge-detailed-result-type", Column::Text("aws.cloudfront.edge.detailed_result_type")),
    ("sc-content-type", Column::Header(attribute::HTTP_RESPONSE_HEADER_CONTENT_TYPE)),
    ("sc-content-len", Column::Number(attribute::HTTP_RESPONSE_BODY_SIZE)),
    ("sc-range-start", Column::Number("aws.cloudfront.range.start")),
    ("sc-range-end", Column::Number("aws.cloudfront.range.end")),
    ("timestamp(ms)", Column::Epoch),
    ("timestamp", Column::Epoch),
    ("asn", Column::Number("aws.cloudfront.client.asn")),
    ("c-country", Column::Text(attribute::GEO_COUNTRY)),
    ("c-ip-version", Column::IpVersion),
    ("origin-fbl", Column::Seconds("aws.cloudfront.origin.first_byte_latency")),
    ("origin-lbl", Column::Seconds("aws.cloudfront.origin.last_byte_latency")),
    ("r-host", Column::Text("aws.cloudfront.origin.host")),
    ("sr-reason", Column::Text("aws.cloudfront.origin.shield_reason")),
    ("cs-host", Column::Text("aws.cloudfront.distribution.domain")),
    ("cs-user-agent", Column::Encoded(attribute::USER_AGENT_ORIGINAL)),
    ("cs-referer", Column::Header(attribute::REFERER)),
    ("cs-cookie", Column::Header(attribute::HTTP_REQUEST_HEADER_COOKIE)),
];

/// A line whose first tab is further back is none of these: they begin with a date, a time or an address.
const FIRST_COLUMN_BYTES_MAX: usize = 48;

/// Columns of legacy standard logs; the logs of earlier years end before the last.
const LEGACY_COLUMNS: std::ops::RangeInclusive<usize> = 18..=33;

/// The column of that name, which is likely the one at `hint`.
fn column(name: &str, hint: usize) -> Option<Column> {
    let named = |(known, _): &&(&str, Column)| *known == name;
    COLUMNS.get(hint).filter(named).or_else(|| COLUMNS.iter().find(named)).map(|(_, column)| *column)
}

fn parse<'a>(line: &'a str, draft: &mut Draft<'a>, context: &Context<'a>) -> bool {
    if !line.as_bytes().iter().take(FIRST_COLUMN_BYTES_MAX).any(|byte| *byte == b'\t') {
        return false;
    }
    let columns = 1 + memchr::memchr_iter(b'\t', line.as_bytes()).count();
    let log = &mut draft.log;
    if columns == context.fields.len() && context.fields.iter().any(|name| column(name, 0).is_some()) {
        for ((at, name), text) in context.fields.iter().enumerate().zip(line.split('\t')) {
            add(log, at, name, text, context);
        }
        let text_of = |name| context.fields.iter().position(|it| it == name).and_then(|at| line.split('\t').nth(at));
        log.coarse_time(text_of("date").zip(text_of("time")).and_then(|(date, time)| moment(date, time)));
        return true;
    }
    let mut texts = line.split('\t');
    let time = texts.next().zip(texts.next()).and_then(|(date, time)| moment(date, time));
    if time.is_none() || !LEGACY_COLUMNS.contains(&columns) {
        return false;
    }
    log.coarse_time(time);
    for ((at, (name, _)), text) in COLUMNS.iter().enumerate().zip(line.split('\t')) {
        add(log, at, name, text, context);
    }
    true
}

/// `2019-12-04` and `21:02:31`, in UTC.
fn moment(date: &str, time: &str) -> Option<Timestamp> {
    let mut text = *b"yyyy-mm-ddThh:mm:ssZ";
    text.get_mut(..10)?.copy_from_slice(date.as_bytes().get(..10).filter(|_| date.len() == 10)?);
    text.get_mut(11..19)?.copy_from_slice(time.as_bytes().get(..8).filter(|_| time.len() == 8)?);
    parse_rfc3339(std::str::from_utf8(&text).ok()?).map(|(time, _)| time)
}

/// Milliseconds, or seconds with a fraction.
fn epoch(text: &str) -> Option<Timestamp> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let number = whole.parse::<u64>().ok().filter(|_| is_number(whole))?;
    if whole.len() >= 12 {
        return Some(Timestamp::from_millis(number));
    }
    let digits = fraction.get(..fraction.len().min(9))?;
    let scale = 10_u64.pow(u32::try_from(9 - digits.len()).ok()?);
    let nanos = if digits.is_empty() { 0 } else { digits.parse::<u64>().ok()?.checked_mul(scale)? };
    Some(Timestamp::from_nanos(number.checked_mul(1_000_000_000)?.checked_add(nanos)?))
}

/// Adds a column; one of a name that is not known goes under the name that it has.
fn add<'a>(log: &mut Log<'a>, hint: usize, name: &'a str, text: &'a str, context: &Context<'a>) {
    let decoded = || percent_decode(unescape(text, context.bump), context.bump);
    match column(name, hint) {
        Some(Column::DateOrTime) => {}
        Some(Column::Epoch) => {
            let time = epoch(text);
            time.into_iter().for_each(|time| log.finer_time(time));
            if time.is_none() || log.time != time {
                log.text("aws.cloudfront.timestamp", text);
            }
        }
        Some(Column::Text(key)) => log.text(key, text),
        Some(Column::Encoded(key)) => log.text(key, decoded()),
        Some(Column::Header(key)) => request::header(log, key, context.bump, decoded()),
        Some(Column::Number(key)) => log.number(key, text),
        Some(Column::Seconds(key)) => request::span(log, key, text),
        Some(Column::Status) => request::status(log, text),
        Some(Column::Protocol) => request::protocol(log, text),
        Some(Column::TlsVersion) => request::tls_version(log, text),
        Some(Column::IpVersion) => log.text(attribute::NETWORK_TYPE, ip_version(text)),
        None => log.text(key_of(name, context), text),
    }
}

fn ip_version(text: &str) -> &str {
    match text {
        "IPv4" => "ipv4",
        "IPv6" => "ipv6",
        other => other,
    }
}

/// `aws.cloudfront.cs_headers_count` of `cs-headers-count`.
fn key_of<'a>(name: &str, context: &Context<'a>) -> &'a str {
    let mut key = bumpalo::collections::String::from_str_in(attribute::CLOUDFRONT_PREFIX, context.bump);
    key.extend(name.chars().filter(|c| *c != ')').map(|c| if matches!(c, '-' | '(') { '_' } else { c }));
    key.into_bump_str()
}

fn parse_object<'a>(members: Members<'a>, draft: &mut Draft<'a>, context: &Context<'a>) {
    let log = &mut draft.log;
    log.body = Value::Text(summary(&members, context));
    let when = [("date", members.text("date")), ("time", members.text("time"))];
    let moment = moment(when[0].1, when[1].1);
    for (at, member) in members.into_vec().into_iter().enumerate() {
        match (member.value, column(member.key, at)) {
            (Value::Null, _) | (Value::Text(_), Some(Column::DateOrTime)) => {}
            (Value::Text(text), Some(_)) => add(log, at, member.key, text, context),
            (Value::Int(number), Some(_)) => {
                let text = line::number(number, context.bump);
                add(log, at, member.key, text, context);
            }
            (Value::Text(text), None) => log.text(key_of(member.key, context), text),
            (value, _) => log.attribute(key_of(member.key, context), value),
        }
    }
    log.coarse_time(moment);
    // Day and time of day are said by the record's time, unless that is another.
    if moment.is_none() || moment.map(Timestamp::seconds) != log.time.map(Timestamp::seconds) {
        when.iter().for_each(|(name, text)| log.text(key_of(name, context), text));
    }
}

/// `GET example.com/index.html 200 Hit`
fn summary<'a>(members: &Members<'a>, context: &Context<'a>) -> &'a str {
    let host = Some(members.text("x-host-header")).filter(|host| !host.is_empty()).unwrap_or(members.text("cs(Host)"));
    let url = bumpalo::format!(in context.bump, "{host}{}", members.text("cs-uri-stem")).into_bump_str();
    let status = match members.get("sc-status") {
        Some(Value::Int(number)) => line::number(number, context.bump),
        _ => members.text("sc-status"),
    };
    let parts = [("", members.text("cs-method")), (" ", url), (" ", status), (" ", members.text("x-edge-result-type"))];
    let line = line::sentence(&parts, context.bump);
    if line.is_empty() { "CloudFront request" } else { line }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::config::{FormatRule, Normalize};
    use crate::glob::Glob;
    use crate::record::format::tool::request::tests::{inflated, mutated, told};
    use crate::record::normalize::tests::{Given, attributes};

    const SAMPLE: &str = "2020-03-05\t16:30:36\tLAX1\t392\t192.0.2.24\tGET\td111111abcdef8.cloudfront.net\t/a%2Fb\t502\t-\tcurl%2520x\tq=1%20\t-\tError\tSOX4xwn4XV6Q4rgb7XiVGOHms_BGlTAC4KyHmureZmBNrjGdRLiNIQ==\td111111abcdef8.cloudfront.net\thttps\t23\t0.001\t-\tTLSv1.2\tECDHE-RSA-AES128-GCM-SHA256\tError\tHTTP/2.0\t-\t-\t11040\t0.001\tOriginError\ttext/html\t78\t-\t-";

    #[test]
    fn a_line_of_standard_logs() {
        let text = inflated(include_bytes!("../../../tests/data/promtail/testdata/cloudfront.log.gz"));
        assert_eq!(
            told("", text.lines().nth(2).unwrap_or_default()),
            [
                "aws.cloudfront 9",
                r#"aws.cloudfront.edge.location="ABC11-C1""#,
                "http.response.size=122254",
                r#"client.address="13.231.15.129""#,
                r#"http.request.method="GET""#,
                r#"aws.cloudfront.distribution.domain="d3u2vxofoa42t1.cloudfront.net""#,
                r#"url.path="/prefix/script.js""#,
                "http.response.status_code=200",
                r#"http.request.header.referer=["https://myapp.staging.domain.com/"]"#,
                r#"user_agent.original="Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/111.0.0.0 Safari/537.36""#,
                r#"aws.cloudfront.edge.result_type="Miss""#,
                r#"aws.request_id="vKIiZi4-0_M3vVWN37wUKhQ3GSHWUnWIDXuZV1sHp-Xun2lLWNrwyB==""#,
                r#"url.domain="d3u2vxofoa42t1.cloudfront.net""#,
                r#"url.scheme="https""#,
                "http.request.size=1051",
                "aws.cloudfront.time_taken=0.199",
                r#"http.request.header.x-forwarded-for=["10.3.200.121, 10.56.14.213"]"#,
                r#"tls.protocol.version="1.2""#,
                r#"tls.cipher="ECDHE-RSA-AES128-GCM-SHA256""#,
                r#"aws.cloudfront.edge.response_result_type="Miss""#,
                r#"network.protocol.name="http""#,
                r#"network.protocol.version="1.0""#,
                "client.port=41649",
                "aws.cloudfront.time_to_first_byte=0.182",
                r#"aws.cloudfront.edge.detailed_result_type="Miss""#,
                r#"http.response.header.content-type=["application/javascript"]"#,
                "http.response.body.size=121630",
            ]
        );
    }

    #[test]
    fn what_cloudfront_encodes_is_decoded_once_and_what_the_viewer_encodes_is_not() {
        let told = told("", SAMPLE);
        assert_eq!(told[0], "aws.cloudfront 17");
        for part in [r#"url.path="/a%2Fb""#, r#"url.query="q=1%20""#, r#"user_agent.original="curl%20x""#] {
            assert!(told.iter().any(|it| it == part), "{part} in {told:?}");
        }
    }

    #[test]
    fn columns_of_a_header_or_of_the_configuration_are_read_by_their_names() {
        let rule = FormatRule {
            log_groups: Glob::new("*"),
            log_streams: Glob::new("*"),
            format: FormatName::Cloudfront,
            fields: ["timestamp", "c-ip", "sc-status", "cs-headers-count", "c-ip-version"].map(String::from).to_vec(),
        };
        let settings = Normalize { formats: vec![rule], ..Normalize::default() };
        let line = "1583425836.123\t192.0.2.24\t404\t9\tIPv4";
        Given { settings, ..Given::new("", &[line]) }.check(|draft| {
            assert_eq!(draft.log.time, Some(Timestamp::from_millis(1_583_425_836_123)));
            assert_eq!(draft.log.severity.number(), 13);
            assert_eq!(
                attributes(&draft.log),
                r#"client.address="192.0.2.24" http.response.status_code=404 aws.cloudfront.cs_headers_count="9" network.type="ipv4""#
            );
        });
    }

    #[test]
    fn objects_of_v2_have_a_line_to_read_and_lose_nothing() {
        let message = r#"{"date":"2020-03-05","time":"16:30:36","x-edge-location":"SFO53-P7","sc-bytes":"1068","c-ip":"192.0.2.24","cs-method":"GET","cs(Host)":"d111111abcdef8.cloudfront.net","cs-uri-stem":"/feed.xml","sc-status":"304","cs(Referer)":"-","cs(User-Agent)":"Feedly/1.0","x-edge-result-type":"Hit","x-host-header":"example.com","asn":16509,"timestamp(ms)":"1583425836200","cs(Cookie)":"examplecookie=value","c-country":"US","cmcd-bitrate":"5","new":{"a":1}}"#;
        assert_eq!(
            told("", message),
            [
                r#"aws.cloudfront 9 "GET example.com/feed.xml 304 Hit""#,
                r#"aws.cloudfront.edge.location="SFO53-P7""#,
                "http.response.size=1068",
                r#"client.address="192.0.2.24""#,
                r#"http.request.method="GET""#,
                r#"aws.cloudfront.distribution.domain="d111111abcdef8.cloudfront.net""#,
                r#"url.path="/feed.xml""#,
                "http.response.status_code=304",
                r#"user_agent.original="Feedly/1.0""#,
                r#"aws.cloudfront.edge.result_type="Hit""#,
                r#"url.domain="example.com""#,
                "aws.cloudfront.client.asn=16509",
                r#"http.request.header.cookie=["examplecookie=value"]"#,
                r#"geo.country.iso_code="US""#,
                r#"aws.cloudfront.cmcd_bitrate="5""#,
                "aws.cloudfront.new={a:1}",
            ]
        );
    }

    #[test]
    fn a_time_that_is_not_the_record_s_is_kept() {
        let message =
            r#"{"date":"2024-11-15","time":"19:45:51","x-edge-location":"SOF50-P2","timestamp(ms)":"1731699951183"}"#;
        assert_eq!(
            told("", message),
            [
                r#"aws.cloudfront 0 "CloudFront request""#,
                r#"aws.cloudfront.edge.location="SOF50-P2""#,
                r#"aws.cloudfront.timestamp="1731699951183""#,
                r#"aws.cloudfront.date="2024-11-15""#,
                r#"aws.cloudfront.time="19:45:51""#,
            ]
        );
    }

    #[test]
    fn lines_of_other_writers_stay_text() {
        for line in ["2020-03-05\t16:30:36\tINFO\tx", "2020-03-05T16:30:36.113Z\tf08b\tDEBUG\ttext", "1\t2"] {
            assert_eq!(told("", line)[0].split(' ').next(), Some("aws.cloudwatch"), "{line}");
        }
    }

    proptest! {
        #[test]
        fn no_line_makes_it_panic_and_the_body_is_the_line(line in mutated(SAMPLE)) {
            Given::new("", &[&line]).check(|draft| {
                assert_eq!(draft.log.body.text(), Some(super::super::without_newline(&line)));
            });
        }

        #[test]
        fn every_member_of_an_object_is_in_the_record(value in "[a-z0-9%.]{1,12}", name in "[a-z(-]{1,12}") {
            let message = format!(r#"{{"x-edge-location":"LAX1","c-ip":"{value}","{name}":"{value}","time-taken":"{value}"}}"#);
            Given::new("", &[&message]).check(|draft| {
                let whole = attributes(&draft.log).matches(&value).count();
                let number = value.parse::<f64>().is_ok();
                let encoded = percent_decode(&value, &bumpalo::Bump::new()) != value;
                assert!(whole >= 3 || number || encoded, "{message}");
            });
        }
    }
}
