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

use super::request;
use super::{Format, Shape};
use crate::config::FormatName;
use crate::fields::{is_number, percent_decode, unescape};
use crate::record::attribute;
use crate::record::draft::{Context, Draft};
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
    /// A header of the request, encoded.
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
    ("cs(Referer)", Column::Header(attribute::HTTP_REQUEST_HEADER_REFERER)),
    ("cs(User-Agent)", Column::Encoded(attribute::USER_AGENT_ORIGINAL)),
    ("cs-uri-query", Column::Text(attribute::URL_QUERY)),
    ("cs(Cookie)", Column::Header(attribute::HTTP_REQUEST_HEADER_COOKIE)),
    ("x-edge-result-type", Column::Text("aws.cloudfront.edge.result_type")),
    ("x-edge-request-id", Column::Text(attribute::REQUEST_ID)),
    ("x-host-header", Column::Text(attribute::URL_DOMAIN)),
    ("cs-protocol", Column::Text(attribute::URL_SCHEME)),
    ("cs-bytes", Column::Number(attribute::HTTP_REQUEST_SIZE)),
    ("time-taken", Column::Seconds("aws.cloudfront.time_taken")),
    ("x-forwarded-for", Column::Header(attribute::HTTP_REQUEST_HEADER_FORWARDED_FOR)),
    ("ssl-protocol", Column::TlsVersion),
    ("ssl-cipher", Column::Text(attribute::TLS_CIPHER)),
    ("x-edge-response-result-type", Column::Text("aws.cloudfront.edge.response_result_type")),
    ("cs-protocol-version", Column::Protocol),
    ("fle-status", Column::Text("aws.cloudfront.fle.status")),
    ("fle-encrypted-fields", Column::Number("aws.cloudfront.fle.encrypted_fields")),
    ("c-port", Column::Number(attribute::CLIENT_PORT)),
    ("time-to-first-byte", Column::Seconds("aws.cloudfront.time_to_first_byte")),
    ("x-edge-detailed-result-type", Column::Text("aws.cloudfront.edge.detailed_result_type")),
    ("sc-content-type", Column::Encoded(attribute::HTTP_RESPONSE_HEADER_CONTENT_TYPE)),
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
    ("cs-referer", Column::Header(attribute::HTTP_REQUEST_HEADER_REFERER)),
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
        request::whole_seconds(log, text_of("date").zip(text_of("time")).and_then(|(date, time)| moment(date, time)));
        return true;
    }
    let mut texts = line.split('\t');
    let time = texts.next().zip(texts.next()).and_then(|(date, time)| moment(date, time));
    if time.is_none() || !LEGACY_COLUMNS.contains(&columns) {
        return false;
    }
    request::whole_seconds(log, time);
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
    let moment = moment(members.text("date"), members.text("time"));
    for (at, member) in members.as_slice().iter().enumerate() {
        match (member.value, column(member.key, at)) {
            (Value::Null, _) | (Value::Text(_), Some(Column::DateOrTime)) => {}
            (Value::Text(text), Some(_)) => add(log, at, member.key, text, context),
            (Value::Int(number), Some(_)) => {
                let text = request::written(number, context.bump);
                add(log, at, member.key, text, context);
            }
            (Value::Text(text), None) => log.text(key_of(member.key, context), text),
            (value, _) => log.attribute(key_of(member.key, context), value),
        }
    }
    request::whole_seconds(log, moment);
    // Day and time of day are said by the record's time, unless that is another.
    if moment.is_none() || moment.map(Timestamp::seconds) != log.time.map(Timestamp::seconds) {
        for name in ["date", "time"] {
            log.text(key_of(name, context), members.text(name));
        }
    }
}

/// `GET example.com/index.html 200 Hit`
fn summary<'a>(members: &Members<'a>, context: &Context<'a>) -> &'a str {
    let mut line = bumpalo::collections::String::new_in(context.bump);
    let host = Some(members.text("x-host-header")).filter(|host| !host.is_empty()).unwrap_or(members.text("cs(Host)"));
    let url = bumpalo::format!(in context.bump, "{host}{}", members.text("cs-uri-stem")).into_bump_str();
    let status = match members.get("sc-status") {
        Some(Value::Int(number)) => request::written(number, context.bump),
        _ => members.text("sc-status"),
    };
    for part in [members.text("cs-method"), url, status, members.text("x-edge-result-type")] {
        if !part.is_empty() && part != "-" {
            line.push_str(if line.is_empty() { "" } else { " " });
            line.push_str(part);
        }
    }
    if line.is_empty() { "CloudFront request" } else { line.into_bump_str() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inflate::Inflater;
    use crate::record::normalize::tests::Given;
    fn told(line: &str) -> String {
        Given::new("", &[line]).told().remove(0)
    }
    #[test]
    fn show() {
        let mut text = Vec::new();
        Inflater::default()
            .inflate(include_bytes!("../../../tests/data/promtail/testdata/cloudfront.log.gz"), 1 << 20, &mut text)
            .unwrap();
        for l in String::from_utf8(text).unwrap().lines() {
            println!("{}", told(l));
        }
        println!(
            "{}",
            told(
                r#"{"date":"2024-11-15","time":"19:45:51","x-edge-location":"SOF50-P2","asn":"16509","timestamp(ms)":"1731699951183","origin-fbl":"0.254","origin-lbl":"0.254","x-host-header":"d111111abcdef8.cloudfront.net","cs(Cookie)":"examplecookie=value"}"#
            )
        );
        println!(
            "{}",
            told(
                r#"{"date":"2026-04-04","time":"12:57:53","x-edge-location":"SFO53-P7","sc-bytes":"1068","c-ip":"8.29.198.27","cs-method":"GET","cs(Host)":"d3bkd4xdlxgkfz.cloudfront.net","cs-uri-stem":"/feed.xml","sc-status":"304","cs(User-Agent)":"Feedly/1.0","x-edge-result-type":"Hit","x-host-header":"post-tenebras-lire.net","c-country":"US","cs-headers-count":3}"#
            )
        );
    }
}
