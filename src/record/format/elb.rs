//! Access logs of load balancers: application (ALB), network (NLB, its TLS listeners) and classic (CLB), and the
//! connection logs of application load balancers.
//!
//! ALB: `https 2018-07-02T22:23:00.186641Z app/my-lb/50dc6c495c0c9188 192.168.131.39:2817 10.0.0.1:80 0.086 ...`,
//! NLB: `tls 2.0 2020-04-01T08:51:42 net/my-lb/c6e77e28c25b2234 g3d4b5e8bb8464cd 72.21.218.154:51341 ...`,
//! CLB: `2015-05-13T23:39:43.945958Z my-lb 192.168.131.39:2817 10.0.0.1:80 0.000086 ...`,
//! connections: `2023-10-04T17:05:15.514108Z 203.0.113.1 36280 443 TLSv1.2 ECDHE-RSA-AES128-GCM-SHA256 4.036 ...`.
//! Fields are only ever added at the end of a line.
//!
//! Source: the Elastic Load Balancing user guides, "Access logs for your Application Load Balancer", "Connection logs
//! for your Application Load Balancer", "Access logs for your Network Load Balancer", "Access logs for your Classic
//! Load Balancer".

use super::request;
use super::{Format, Shape};
use crate::config::FormatName;
use crate::fields::{Fields, address_and_port, is_number};
use crate::record::attribute;
use crate::record::draft::{Context, Draft};
use crate::record::log::Log;
use crate::record::severity::Severity;
use crate::time::{Timestamp, parse_rfc3339};

/// Takes lines that begin with a kind of listener and a time, or with a time, and go on as load balancers do.
pub const FORMAT: Format = Format {
    name: FormatName::Elb,
    encoding: "aws.elbaccess",
    shape: Shape::Line { starts: |byte| byte.is_ascii_digit() || matches!(byte, b'h' | b'w' | b'g' | b't'), parse },
    continues: None,
};

/// Kinds of requests that an application load balancer knows.
const ALB_TYPES: [&str; 6] = ["http", "https", "h2", "grpcs", "ws", "wss"];

fn parse<'a>(line: &'a str, draft: &mut Draft<'a>, context: &Context<'a>) -> bool {
    let mut fields = Fields::new(line);
    let log = &mut draft.log;
    let first = fields.text();
    if ALB_TYPES.contains(&first) {
        return application(first, fields, log, context);
    }
    if first == "tls" {
        return network(fields, log, context);
    }
    match exact_time(first) {
        Some(time) => classic(time, fields.clone(), log, context) || connection(time, fields, log, context),
        None => false,
    }
}

/// `2018-07-02T22:23:00.186641Z`: these logs always write microseconds.
fn exact_time(text: &str) -> Option<Timestamp> {
    const LENGTH: usize = 27;
    let shaped = text.len() == LENGTH && text.ends_with('Z');
    shaped.then(|| parse_rfc3339(text))?.map(|(time, _)| time)
}

/// `2020-04-01T08:51:42`: network load balancers write seconds, in UTC, and no zone.
fn zoneless_time(text: &str) -> Option<Timestamp> {
    let mut with_zone = *b"0000-00-00T00:00:00Z";
    with_zone.get_mut(..19)?.copy_from_slice(text.as_bytes().get(..19).filter(|_| text.len() == 19)?);
    parse_rfc3339(std::str::from_utf8(&with_zone).ok()?).map(|(time, _)| time)
}

fn has_port(text: &str) -> bool {
    !address_and_port(text).1.is_empty()
}

fn application<'a>(kind: &'a str, mut fields: Fields<'a>, log: &mut Log<'a>, context: &Context<'a>) -> bool {
    const LATER: [&str; 6] = [
        attribute::ELB_CLASSIFICATION,
        attribute::ELB_CLASSIFICATION_REASON,
        attribute::ELB_CONNECTION_TRACE_ID,
        attribute::ELB_TRANSFORMED_HOST,
        attribute::ELB_TRANSFORMED_URI,
        attribute::ELB_REQUEST_TRANSFORM_STATUS,
    ];
    let (time, name, client) = (exact_time(fields.text()), fields.text(), fields.text());
    let Some(time) = time.filter(|_| name.contains('/') && has_port(client)) else { return false };
    log.finer_time(time);
    log.text(attribute::CLOUD_RESOURCE_ID, name);
    log.text(attribute::NETWORK_PROTOCOL_NAME, kind);
    let (target, target_status) = exchange(client, &mut fields, log);
    let request = sizes_and_request(&mut fields, log, context);
    log.text(attribute::NETWORK_PROTOCOL_VERSION, request.2.split_once('/').map_or("", |(_, version)| version));
    client_and_tls(&mut fields, log, context);
    log.text(attribute::ELB_TARGET_GROUP_ARN, fields.text());
    let trace = fields.text();
    if !request::trace_header(log, trace) {
        log.text(attribute::ELB_TRACE_ID, trace);
    }
    let domain = fields.text();
    log.text(attribute::URL_DOMAIN, if domain == "-" { request::host(request.1) } else { domain });
    log.text(attribute::ELB_CHOSEN_CERT_ARN, fields.text());
    log.number(attribute::ELB_MATCHED_RULE_PRIORITY, fields.text());
    log.text(attribute::ELB_REQUEST_CREATION_TIME, fields.text());
    request::list(log, attribute::ELB_ACTIONS_EXECUTED, context.bump, fields.text().split(','));
    log.text(attribute::ELB_REDIRECT_URL, fields.next().unwrap_or_default().resolve(context.bump));
    log.text(attribute::ELB_ERROR_REASON, fields.text());
    // Nearly always the target and its status once more; all of them where a request was tried at several.
    let (targets, statuses) = (fields.text(), fields.text());
    if targets != target || statuses != target_status {
        request::list(log, attribute::ELB_TARGETS, context.bump, targets.split(' '));
        request::list(log, attribute::ELB_TARGET_STATUS_CODES, context.bump, statuses.split(' '));
    }
    for key in LATER {
        log.text(key, fields.next().unwrap_or_default().resolve(context.bump));
    }
    log.text(attribute::ELB_UNKNOWN_FIELDS, fields.rest());
    true
}

/// Client, target, the three times and the two statuses; gives target and status of the target as written.
fn exchange<'a>(client: &'a str, fields: &mut Fields<'a>, log: &mut Log<'a>) -> (&'a str, &'a str) {
    endpoint(log, attribute::CLIENT_ADDRESS, attribute::CLIENT_PORT, client);
    let target = fields.text();
    endpoint(log, attribute::DESTINATION_ADDRESS, attribute::DESTINATION_PORT, target);
    request::span(log, attribute::ELB_REQUEST_PROCESSING_TIME, fields.text());
    request::span(log, attribute::ELB_TARGET_PROCESSING_TIME, fields.text());
    request::span(log, attribute::ELB_RESPONSE_PROCESSING_TIME, fields.text());
    let status = fields.text();
    request::status(log, status);
    log.number(attribute::ELB_STATUS_CODE, status);
    let target_status = fields.text();
    log.number(attribute::ELB_BACKEND_STATUS_CODE, target_status);
    (target, target_status)
}

fn endpoint<'a>(log: &mut Log<'a>, address_key: &'a str, port_key: &'a str, text: &'a str) {
    let (address, port) = address_and_port(text);
    log.text(address_key, address);
    log.number(port_key, port);
}

/// Bytes received and sent, and the request line, whose parts are given.
fn sizes_and_request<'a>(
    fields: &mut Fields<'a>,
    log: &mut Log<'a>,
    context: &Context<'a>,
) -> (&'a str, &'a str, &'a str) {
    log.number(attribute::HTTP_REQUEST_SIZE, fields.text());
    log.number(attribute::HTTP_RESPONSE_SIZE, fields.text());
    let line = fields.next().unwrap_or_default().resolve(context.bump);
    let (method, url, protocol) = request::request_line(line);
    log.text(attribute::HTTP_REQUEST_METHOD, method);
    log.text(attribute::URL_FULL, url);
    (method, url, protocol)
}

fn client_and_tls<'a>(fields: &mut Fields<'a>, log: &mut Log<'a>, context: &Context<'a>) {
    log.text(attribute::USER_AGENT_ORIGINAL, fields.next().unwrap_or_default().resolve(context.bump));
    log.text(attribute::TLS_CIPHER, fields.text());
    request::tls_version(log, fields.text());
}

fn network<'a>(mut fields: Fields<'a>, log: &mut Log<'a>, context: &Context<'a>) -> bool {
    let (version, time, name) = (fields.text(), zoneless_time(fields.text()), fields.text());
    let Some(time) = time.filter(|_| name.contains('/')) else { return false };
    request::whole_seconds(log, Some(time));
    log.text(attribute::CLOUD_RESOURCE_ID, name);
    log.text(attribute::NETWORK_PROTOCOL_NAME, "tls");
    log.text(attribute::NETWORK_PROTOCOL_VERSION, version);
    log.text(attribute::ELB_LISTENER, fields.text());
    endpoint(log, attribute::CLIENT_ADDRESS, attribute::CLIENT_PORT, fields.text());
    endpoint(log, attribute::DESTINATION_ADDRESS, attribute::DESTINATION_PORT, fields.text());
    log.number(attribute::ELB_CONNECTION_TIME, fields.text());
    log.number(attribute::ELB_TLS_HANDSHAKE_TIME, fields.text());
    log.number(attribute::HTTP_REQUEST_SIZE, fields.text());
    log.number(attribute::HTTP_RESPONSE_SIZE, fields.text());
    log.text(attribute::ELB_INCOMING_TLS_ALERT, fields.text());
    log.text(attribute::ELB_CHOSEN_CERT_ARN, fields.text());
    log.text(attribute::ELB_CHOSEN_CERT_SERIAL, fields.text());
    log.text(attribute::TLS_CIPHER, fields.text());
    request::tls_version(log, fields.text());
    log.text(attribute::ELB_TLS_NAMED_GROUP, fields.text());
    log.text(attribute::URL_DOMAIN, fields.text());
    log.text(attribute::ELB_ALPN_FRONT, fields.text());
    log.text(attribute::ELB_ALPN_BACK, fields.text());
    let offered = fields.text().split(',').map(|protocol| protocol.trim_matches('"'));
    request::list(log, attribute::ELB_ALPN_OFFERED, context.bump, offered);
    log.text(attribute::ELB_TLS_CREATION_TIME, fields.text());
    log.text(attribute::ELB_UNKNOWN_FIELDS, fields.rest());
    true
}

fn classic<'a>(time: Timestamp, mut fields: Fields<'a>, log: &mut Log<'a>, context: &Context<'a>) -> bool {
    let (name, client) = (fields.text(), fields.text());
    // Further on than the client, since much software begins its lines with a time, a name and an address.
    let mut later = fields.clone();
    let target = later.text();
    let shaped = has_port(client) && (target == "-" || has_port(target));
    let timed = shaped && later.by_ref().take(3).all(|field| field.text.parse::<f64>().is_ok());
    if !timed || !later.nth(4).is_some_and(|request| request.quoted) {
        return false;
    }
    log.finer_time(time);
    log.text(attribute::CLOUD_RESOURCE_ID, name);
    let _written = exchange(client, &mut fields, log);
    let request = sizes_and_request(&mut fields, log, context);
    request::protocol(log, request.2);
    client_and_tls(&mut fields, log, context);
    log.text(attribute::URL_DOMAIN, request::host(request.1));
    log.text(attribute::ELB_UNKNOWN_FIELDS, fields.rest());
    true
}

/// What a connection to an application load balancer was; a handshake that fails is worth a warning.
fn connection<'a>(time: Timestamp, mut fields: Fields<'a>, log: &mut Log<'a>, context: &Context<'a>) -> bool {
    let (address, client_port, listener_port) = (fields.text(), fields.text(), fields.text());
    let version = fields.text();
    let addressed = address.contains(['.', ':']) && is_number(client_port) && is_number(listener_port);
    if !addressed || !(version == "-" || version.starts_with("TLS")) {
        return false;
    }
    log.finer_time(time);
    log.text(attribute::CLIENT_ADDRESS, address);
    log.number(attribute::CLIENT_PORT, client_port);
    log.number(attribute::DESTINATION_PORT, listener_port);
    request::tls_version(log, version);
    log.text(attribute::TLS_CIPHER, fields.text());
    request::span(log, attribute::ELB_TLS_HANDSHAKE_LATENCY, fields.text());
    log.text(attribute::ELB_CLIENT_CERT_SUBJECT, fields.next().unwrap_or_default().resolve(context.bump));
    log.text(attribute::ELB_CLIENT_CERT_VALIDITY, fields.text());
    log.text(attribute::ELB_CLIENT_CERT_SERIAL, fields.text());
    let verified = fields.text();
    log.text(attribute::ELB_TLS_VERIFY_STATUS, verified);
    if verified.starts_with("Failed") {
        log.severity = Severity::WARN;
    }
    log.text(attribute::ELB_CONNECTION_TRACE_ID, fields.text());
    log.text(attribute::ELB_UNKNOWN_FIELDS, fields.rest());
    true
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::inflate::Inflater;
    use crate::record::normalize::tests::Given;

    const ALB: &str = include_str!(
        "../../../tests/data/otelcol/extension/encoding/awslogsencodingextension/internal/unmarshaler/elb-access-log/testdata/alb_al_valid_logs.log"
    );
    const NLB: &str = include_str!(
        "../../../tests/data/otelcol/extension/encoding/awslogsencodingextension/internal/unmarshaler/elb-access-log/testdata/nlb_al_valid_logs.log"
    );
    const CLB: &str = "2015-05-13T23:39:43.945958Z my-loadbalancer 192.168.131.39:2817 - 0.000086 -1 0.001337 503 - 0 57 \"GET https://www.example.com:443/a?b=c HTTP/1.1\" \"curl/7.38.0\" DHE-RSA-AES128-SHA TLSv1.2";
    const CONNECTION: &str = "2023-10-04T17:05:15.514108Z 203.0.113.1 36280 443 TLSv1.2 ECDHE-RSA-AES128-GCM-SHA256 4.036 \"CN=amazondomains.com,O=endEntity,L=Seattle,ST=Washington,C=US\" NotBefore=2023-09-21T22:43:21Z;NotAfter=2026-06-17T22:43:21Z FEF257372D5C14D4 Failed:ClientCertUntrusted TID_3180a73013c8ca4bac2f731159d4b0fe";

    fn inflated(gzip: &[u8]) -> String {
        let mut text = Vec::new();
        Inflater::default().inflate(gzip, 1 << 20, &mut text).unwrap();
        String::from_utf8(text).unwrap()
    }

    /// The record without its body, which is the line.
    fn told(line: &str) -> String {
        let told = Given::new("", &[line]).told().remove(0);
        let (head, attributes) = told.split_once(&format!(" | {line:?} | ")).expect("the body is the line");
        format!("{head} | {attributes}")
    }

    #[test]
    fn show() {
        for line in ALB.lines().chain(NLB.lines()).chain([CLB, CONNECTION]) {
            println!("{}", told(line));
        }
        for gz in [
            &include_bytes!("../../../tests/data/promtail/testdata/albaccesslog.log.gz")[..],
            include_bytes!("../../../tests/data/promtail/testdata/nlbaccesslog.log.gz"),
        ] {
            for line in inflated(gz).lines() {
                println!("{}", told(line));
            }
        }
    }
}
