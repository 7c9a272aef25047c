//! AWS WAF: one request and what the web ACL did with it, a JSON object.
//!
//! `{"timestamp":1748208718574,"webaclId":"arn:...","terminatingRuleId":"Default_Action","action":"ALLOW",
//! "httpRequest":{"clientIp":"178.84.204.171","headers":[{"name":"host","value":"..."}],"uri":"/favicon.ico",...},...}`
//!
//! Headers that let whoever reads them act as the user are masked, also where a rule quotes them.
//!
//! Sources: AWS WAF developer guide, "Log fields for protection pack (web ACL) traffic", "Log examples".

use bumpalo::Bump;
use bumpalo::collections::{String, Vec};

use super::{Format, Shape};
use crate::config::FormatName;
use crate::record::attribute;
use crate::record::draft::{Context, Draft};
use crate::record::format::tool::{line, member, secret};
use crate::record::log::Log;
use crate::record::severity::Severity;
use crate::record::value::{Attribute, Members, Value};
use crate::time::Timestamp;

/// Logs of web ACLs.
pub const FORMAT: Format = Format {
    name: FormatName::Waf,
    encoding: "aws.waf",
    shape: Shape::Object { markers: &["webaclId"], recognise, parse },
    continues: None,
};

/// Names of members that have one.
const NAMES: &member::Names = &[
    ("webaclId", attribute::CLOUD_RESOURCE_ID),
    ("action", "aws.waf.action"),
    ("terminatingRuleId", "aws.waf.terminating_rule.id"),
    ("terminatingRuleType", "aws.waf.terminating_rule.type"),
    ("httpSourceName", "aws.waf.source.name"),
    ("httpSourceId", "aws.waf.source.id"),
    ("responseCodeSent", attribute::HTTP_RESPONSE_STATUS_CODE),
    ("ja3Fingerprint", attribute::TLS_CLIENT_JA3),
    ("ja4Fingerprint", attribute::TLS_CLIENT_JA4),
];

/// Names of members of `httpRequest`.
const REQUEST_NAMES: &member::Names = &[
    ("clientIp", attribute::CLIENT_ADDRESS),
    ("country", attribute::GEO_COUNTRY),
    ("uri", attribute::URL_PATH),
    ("args", attribute::URL_QUERY),
    ("fragment", attribute::URL_FRAGMENT),
    ("scheme", attribute::URL_SCHEME),
    ("host", attribute::SERVER_ADDRESS),
    ("httpMethod", attribute::HTTP_REQUEST_METHOD),
];

fn recognise(members: &Members<'_>) -> bool {
    members.has("webaclId") && members.has("httpRequest")
}

fn parse<'a>(members: Members<'a>, draft: &mut Draft<'a>, context: &Context<'a>) {
    let log = &mut draft.log;
    log.severity = severity(members.text("action"));
    log.body = Value::Text(summary(&members, context.bump));
    let mut masked = 0;
    for member in members.into_vec() {
        masked += take(log, member, context.bump);
    }
    draft.masked(masked, "headers and cookies that grant access");
}

/// Takes a member to attributes; gives how many secrets were masked.
fn take<'a>(log: &mut Log<'a>, member: Attribute<'a>, bump: &'a Bump) -> usize {
    match (member.key, member.value) {
        ("httpRequest", Value::Map(request)) => return take_request(log, request, bump),
        ("timestamp", Value::Int(millis)) => time(log, millis),
        ("labels", Value::List(labels @ [_, ..])) => log.attribute("aws.waf.labels", self::labels(labels, bump)),
        _ => {
            let (value, masked) = secret::mask(member.value, bump);
            member::keep(log, NAMES, attribute::WAF_PREFIX, Attribute { key: member.key, value }, bump);
            return masked;
        }
    }
    0
}

fn take_request<'a>(log: &mut Log<'a>, request: &'a [Attribute<'a>], bump: &'a Bump) -> usize {
    let mut masked = 0;
    for member in request {
        match (member.key, member.value) {
            ("headers", Value::List(headers)) => masked += take_headers(log, headers, bump),
            // An application load balancer has the id of X-Ray for it.
            ("requestId", Value::Text(id)) => log.xray(attribute::REQUEST_ID, id),
            ("httpVersion", Value::Text(version)) => match version.strip_prefix("HTTP/") {
                Some(version) => {
                    log.text(attribute::NETWORK_PROTOCOL_NAME, "http");
                    log.text(attribute::NETWORK_PROTOCOL_VERSION, version);
                }
                None => log.text(attribute::NETWORK_PROTOCOL_VERSION, version),
            },
            _ => {
                let (value, hidden) = secret::mask(member.value, bump);
                let member = Attribute { key: member.key, value };
                member::keep(log, REQUEST_NAMES, attribute::WAF_REQUEST_PREFIX, member, bump);
                masked += hidden;
            }
        }
    }
    masked
}

/// Headers by name in lower case, each a list since a request may have it several times, as the conventions want.
/// What is not a name and a value stays as it is.
fn take_headers<'a>(log: &mut Log<'a>, headers: &[Value<'a>], bump: &'a Bump) -> usize {
    let mut masked = 0;
    let mut named: Vec<'a, (&'a str, Vec<'a, Value<'a>>)> = Vec::new_in(bump);
    let mut odd = Vec::new_in(bump);
    for header in headers {
        let Some((name, value)) = header_of(header) else {
            let (value, hidden) = secret::mask(*header, bump);
            odd.push(value);
            masked += hidden;
            continue;
        };
        let hidden = secret::is_secret(name) && !value.is_empty();
        masked += usize::from(hidden);
        let value = Value::Text(if hidden { secret::MASK } else { value });
        match same_header(&mut named, name) {
            Some(values) => values.push(value),
            None => named.push((name, bumpalo::vec![in bump; value])),
        }
    }
    for (name, values) in named {
        log.attribute(header_key(name, bump), Value::List(values.into_bump_slice()));
    }
    if !odd.is_empty() {
        log.attribute(attribute::WAF_REQUEST_HEADERS, Value::List(odd.into_bump_slice()));
    }
    masked
}

/// The values of a header that was seen before. AWS WAF looks at 200 headers at most, so no more are compared.
fn same_header<'v, 'a>(
    named: &'v mut [(&'a str, Vec<'a, Value<'a>>)],
    name: &str,
) -> Option<&'v mut Vec<'a, Value<'a>>> {
    const COMPARED_HEADERS: usize = 200;
    let mut first = named.iter_mut().take(COMPARED_HEADERS);
    first.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, values)| values)
}

/// Name and value of an item that has just these.
fn header_of<'a>(header: &Value<'a>) -> Option<(&'a str, &'a str)> {
    match header.map() {
        [
            Attribute { key: "name", value: Value::Text(name) },
            Attribute { key: "value", value: Value::Text(value) },
        ] => Some((name, value)),
        _ => None,
    }
}

fn header_key<'a>(name: &str, bump: &'a Bump) -> &'a str {
    let mut key = String::with_capacity_in(attribute::HTTP_REQUEST_HEADER_PREFIX.len() + name.len(), bump);
    key.push_str(attribute::HTTP_REQUEST_HEADER_PREFIX);
    key.extend(name.chars().map(|c| c.to_ascii_lowercase()));
    key.into_bump_str()
}

/// The labels as texts; an item that is more than a name stays as it is.
fn labels<'a>(labels: &[Value<'a>], bump: &'a Bump) -> Value<'a> {
    let label = |label: &Value<'a>| match label.map() {
        [Attribute { key: "name", value: name @ Value::Text(_) }] => *name,
        _ => *label,
    };
    Value::List(Vec::from_iter_in(labels.iter().map(label), bump).into_bump_slice())
}

fn time(log: &mut Log<'_>, millis: i64) {
    let time = u64::try_from(millis).map(Timestamp::from_millis).unwrap_or_default();
    log.finer_time(time);
    if log.time != Some(time) {
        log.attribute("aws.waf.timestamp", Value::Int(millis));
    }
}

/// A blocked request is worth a look; a puzzle for the client and a counted match are the rules at work.
fn severity(action: &str) -> Severity {
    match action {
        "BLOCK" => Severity::WARN,
        "ALLOW" | "COUNT" | "CAPTCHA" | "CHALLENGE" => Severity::INFO,
        _ => Severity::UNSPECIFIED,
    }
}

/// `BLOCK GET /login from 203.0.113.7 by RateLimit`
fn summary<'a>(members: &Members<'a>, bump: &'a Bump) -> &'a str {
    let request = members.get("httpRequest");
    let of_request = |key: &str| request.and_then(|request| request.get(key)?.text()).unwrap_or_default();
    let parts = [
        ("", members.text("action")),
        (" ", of_request("httpMethod")),
        (" ", of_request("uri")),
        (" from ", of_request("clientIp")),
        (" by ", members.text("terminatingRuleId")),
    ];
    line::sentence(&parts, bump)
}

#[cfg(test)]
mod tests;
