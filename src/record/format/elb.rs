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

use super::{Format, Shape};
use crate::config::FormatName;
use crate::fields::{Fields, address_and_port, is_number};
use crate::record::attribute;
use crate::record::draft::{Context, Draft};
use crate::record::format::tool::request;
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
    log.xray(attribute::ELB_TRACE_ID, fields.text());
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
    log.coarse_time(time);
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
    log.severity = match verified {
        "Success" => Severity::INFO,
        failed if failed.starts_with("Failed") => Severity::WARN,
        _ => Severity::UNSPECIFIED,
    };
    log.text(attribute::ELB_CONNECTION_TRACE_ID, fields.text());
    log.text(attribute::ELB_UNKNOWN_FIELDS, fields.rest());
    true
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::record::format::tool::request::tests::{inflated, mutated, told};
    use crate::record::normalize::tests::Given;

    const ALB: &str = include_str!(
        "../../../tests/data/otelcol/extension/encoding/awslogsencodingextension/internal/unmarshaler/elb-access-log/testdata/alb_al_valid_logs.log"
    );
    const NLB: &str = include_str!(
        "../../../tests/data/otelcol/extension/encoding/awslogsencodingextension/internal/unmarshaler/elb-access-log/testdata/nlb_al_valid_logs.log"
    );
    const CLB: &str = r#"2015-05-13T23:39:43.945958Z my-loadbalancer 192.168.131.39:2817 10.0.0.1:80 0.000086 0.001048 0.001337 200 200 0 57 "GET https://www.example.com:443/ HTTP/1.1" "curl/7.38.0" DHE-RSA-AES128-SHA TLSv1.2"#;

    fn line(text: &'static str, at: usize) -> &'static str {
        text.lines().nth(at).unwrap_or_default()
    }

    /// What differs from the Collector's expectation: the time is the record's, the trace id is its trace id
    /// (`aws.elb.aws_trace_id` only keeps what is no trace id), the version of TLS is written as the conventions have it and as
    /// the Collector itself writes that of S3, the status is a status of `http` as well, and rule, creation time and targets
    /// are not lost.
    #[test]
    fn a_line_of_an_application_load_balancer() {
        assert_eq!(
            told("", line(ALB, 0)),
            [
                "aws.elbaccess 9",
                r#"cloud.resource_id="app/my-loadbalancer/50dc6c495c0c9188""#,
                r#"network.protocol.name="https""#,
                r#"client.address="192.168.131.39""#,
                "client.port=2817",
                r#"destination.address="10.0.0.1""#,
                "destination.port=80",
                "aws.elb.request_processing_time=0.086",
                "aws.elb.target_processing_time=0.048",
                "aws.elb.response_processing_time=0.037",
                "http.response.status_code=200",
                "aws.elb.status.code=200",
                "aws.elb.backend.status.code=200",
                "http.request.size=0",
                "http.response.size=57",
                r#"http.request.method="GET""#,
                r#"url.full="https://www.example.com:443/""#,
                r#"network.protocol.version="1.1""#,
                r#"user_agent.original="curl/7.46.0""#,
                r#"tls.cipher="ECDHE-RSA-AES128-GCM-SHA256""#,
                r#"tls.protocol.version="1.2""#,
                r#"aws.elb.target_group_arn="arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/my-targets/73e2d6bc24d8a067""#,
                r#"url.domain="www.example.com""#,
                r#"aws.elb.chosen_cert_arn="arn:aws:acm:us-east-2:123456789012:certificate/12345678-1234-1234-1234-123456789012""#,
                "aws.elb.matched_rule_priority=1",
                r#"aws.elb.request_creation_time="2018-07-02T22:22:48.364000Z""#,
                r#"aws.elb.actions_executed=["authenticate","forward"]"#,
                r#"aws.elb.connection_trace_id="TID_1234abcd5678ef90""#,
            ]
        );
    }

    #[test]
    fn ipv6_addresses_have_their_ports_behind_brackets() {
        let told = told("", line(ALB, 1));
        for part in [
            r#"client.address="fe80::202:b3ff:fe1e:8329""#,
            "client.port=443",
            r#"destination.address="2001:db8::1""#,
            "destination.port=80",
        ] {
            assert!(told.iter().any(|it| it == part), "{part} in {told:?}");
        }
    }

    #[test]
    fn a_trace_header_is_the_trace_of_the_record_and_an_attribute_where_it_says_more() {
        let trace = |line: &str| {
            let mut trace = (String::new(), None);
            Given::new("", &[line]).check(|draft| {
                let header = draft.log.attributes.iter().find(|it| it.key == attribute::ELB_TRACE_ID);
                let trace_id = u128::from_be_bytes(draft.log.trace.trace_id);
                trace = (format!("{trace_id:x}"), header.map(|it| it.value.text().unwrap_or_default().to_owned()));
            });
            trace
        };
        let root = "Root=1-58337281-1d84f3d73c47ec4e58577259";
        assert_eq!(trace(line(ALB, 0)), ("583372811d84f3d73c47ec4e58577259".into(), None));
        let with_self = format!("Self=1-67891234-12456789abcdef012345678;{root}");
        let more = line(ALB, 0).replace(root, &with_self);
        assert_eq!(trace(&more), ("583372811d84f3d73c47ec4e58577259".into(), Some(with_self)));
        let other = line(ALB, 0).replace(root, "TID_1");
        assert_eq!(trace(&other), ("0".into(), Some("TID_1".into())));
    }

    #[test]
    fn what_no_target_answered_has_no_times_and_a_redirect_has_its_url() {
        let text = inflated(include_bytes!("../../../tests/data/promtail/testdata/albaccesslog.log.gz"));
        assert_eq!(
            told("", text.lines().next().unwrap_or_default()),
            [
                "aws.elbaccess 9",
                r#"cloud.resource_id="random/lb/f12345d67890""#,
                r#"network.protocol.name="http""#,
                r#"client.address="12.34.178.90.32""#,
                "client.port=40860",
                "http.response.status_code=301",
                "aws.elb.status.code=301",
                "http.request.size=204",
                "http.response.size=333",
                r#"http.request.method="GET""#,
                r#"url.full="http://5.334.234.101:80/""#,
                r#"network.protocol.version="1.1""#,
                r#"user_agent.original="Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/88.0.4324.190 Safari/537.36""#,
                r#"url.domain="5.334.234.101""#,
                "aws.elb.matched_rule_priority=0",
                r#"aws.elb.request_creation_time="2022-12-06T17:42:16.176000Z""#,
                r#"aws.elb.actions_executed=["redirect"]"#,
                r#"aws.elb.redirect_url="https://5.334.234.101:443/""#,
            ]
        );
    }

    #[test]
    fn the_status_decides_the_severity() {
        let text = inflated(include_bytes!("../../../tests/data/promtail/testdata/albaccesslog.log.gz"));
        assert_eq!(told("", text.lines().nth(1).unwrap_or_default())[0], "aws.elbaccess 13");
        assert_eq!(told("", &CLB.replace(" 200 200 ", " 503 - "))[0], "aws.elbaccess 17");
        assert_eq!(told("", CLB)[0], "aws.elbaccess 9");
    }

    #[test]
    fn newer_fields_have_their_names_and_those_to_come_are_kept() {
        let line = format!("{} transformed.example.com https://t/ TransformSuccess later \"and last\"", line(ALB, 0));
        assert_eq!(
            told("", &line)[27..],
            [
                r#"aws.elb.connection_trace_id="TID_1234abcd5678ef90""#,
                r#"aws.elb.transformed_host="transformed.example.com""#,
                r#"aws.elb.transformed_uri="https://t/""#,
                r#"aws.elb.request_transform_status="TransformSuccess""#,
                r#"aws.elb.unknown_fields="later \"and last\"""#,
            ]
        );
    }

    #[test]
    fn quotes_that_a_client_sent_are_shown_as_it_sent_them() {
        let line = line(ALB, 0).replace("curl/7.46.0", r"a \x22b\x22 \x5c c");
        assert!(
            told("", &line).iter().any(|it| it == r#"user_agent.original="a \"b\" \\ c""#),
            "{:?}",
            told("", &line)
        );
    }

    /// What differs from the Collector's expectation: the quoted list is one field and becomes a list, so that
    /// the field behind it is the time at which the connection began and not the rest of the list.
    #[test]
    fn a_line_of_a_network_load_balancer() {
        assert_eq!(
            told("", line(NLB, 0)),
            [
                "aws.elbaccess 0",
                r#"cloud.resource_id="net/my-network-loadbalancer/c6e77e28c25b2234""#,
                r#"network.protocol.name="tls""#,
                r#"network.protocol.version="2.0""#,
                r#"aws.elb.tls.listener.resource_id="g3d4b5e8bb8464cd""#,
                r#"client.address="72.21.218.154""#,
                "client.port=51341",
                r#"destination.address="172.100.100.185""#,
                "destination.port=443",
                "aws.elb.connection_time=5",
                "aws.elb.tls_handshake_time=2",
                "http.request.size=98",
                "http.response.size=246",
                r#"aws.elb.chosen_cert_arn="arn:aws:acm:us-east-2:671290407336:certificate/2a108f19-aded-46b0-8493-c63eb1ef4a99""#,
                r#"tls.cipher="ECDHE-RSA-AES128-SHA""#,
                r#"tls.protocol.version="1.2""#,
                r#"url.domain="my-network-loadbalancer-c6e77e28c25b2234.elb.us-east-2.amazonaws.com""#,
                r#"aws.elb.alpn_fe_protocol="h2""#,
                r#"aws.elb.alpn_be_protocol="h2""#,
                r#"aws.elb.alpn_client_preference_list=["h2","http/1.1"]"#,
                r#"aws.elb.tls_connection_creation_time="2020-04-01T08:51:20""#,
            ]
        );
    }

    #[test]
    fn a_network_load_balancer_that_negotiated_nothing_says_so_by_silence() {
        let text = inflated(include_bytes!("../../../tests/data/promtail/testdata/nlbaccesslog.log.gz"));
        let told = told("", text.lines().next().unwrap_or_default());
        assert!(!told.iter().any(|it| it.contains("alpn")), "{told:?}");
        assert_eq!(
            told.last().map(String::as_str),
            Some(r#"aws.elb.tls_connection_creation_time="2018-12-20T02:59:30""#)
        );
    }

    #[test]
    fn a_line_of_a_classic_load_balancer() {
        assert_eq!(
            told("", CLB),
            [
                "aws.elbaccess 9",
                r#"cloud.resource_id="my-loadbalancer""#,
                r#"client.address="192.168.131.39""#,
                "client.port=2817",
                r#"destination.address="10.0.0.1""#,
                "destination.port=80",
                "aws.elb.request_processing_time=8.6e-5",
                "aws.elb.target_processing_time=0.001048",
                "aws.elb.response_processing_time=0.001337",
                "http.response.status_code=200",
                "aws.elb.status.code=200",
                "aws.elb.backend.status.code=200",
                "http.request.size=0",
                "http.response.size=57",
                r#"http.request.method="GET""#,
                r#"url.full="https://www.example.com:443/""#,
                r#"network.protocol.name="http""#,
                r#"network.protocol.version="1.1""#,
                r#"user_agent.original="curl/7.38.0""#,
                r#"tls.cipher="DHE-RSA-AES128-SHA""#,
                r#"tls.protocol.version="1.2""#,
                r#"url.domain="www.example.com""#,
            ]
        );
    }

    #[test]
    fn a_handshake_that_failed_is_a_warning() {
        let line = r#"2023-10-04T17:05:15.514108Z 203.0.113.1 36280 443 TLSv1.2 ECDHE-RSA-AES128-GCM-SHA256 4.036 "CN=amazondomains.com,O=endEntity,L=Seattle,ST=Washington,C=US" NotBefore=2023-09-21T22:43:21Z;NotAfter=2026-06-17T22:43:21Z FEF257372D5C14D4 Failed:ClientCertUntrusted TID_3180a73013c8ca4bac2f731159d4b0fe"#;
        assert_eq!(
            told("", line),
            [
                "aws.elbaccess 13",
                r#"client.address="203.0.113.1""#,
                "client.port=36280",
                "destination.port=443",
                r#"tls.protocol.version="1.2""#,
                r#"tls.cipher="ECDHE-RSA-AES128-GCM-SHA256""#,
                "aws.elb.tls_handshake_latency=4.036",
                r#"aws.elb.leaf_client_cert_subject="CN=amazondomains.com,O=endEntity,L=Seattle,ST=Washington,C=US""#,
                r#"aws.elb.leaf_client_cert_validity="NotBefore=2023-09-21T22:43:21Z;NotAfter=2026-06-17T22:43:21Z""#,
                r#"aws.elb.leaf_client_cert_serial_number="FEF257372D5C14D4""#,
                r#"aws.elb.tls_verify_status="Failed:ClientCertUntrusted""#,
                r#"aws.elb.connection_trace_id="TID_3180a73013c8ca4bac2f731159d4b0fe""#,
            ]
        );
    }

    #[test]
    fn a_time_of_the_line_is_the_record_s_where_the_event_has_none_or_one_near_it() {
        let time = |time: Option<Timestamp>| {
            let bump = bumpalo::Bump::new();
            let mut log = Log::new("", Timestamp::from_nanos(0), &bump);
            log.time = time;
            log.finer_time(exact_time("2018-07-02T22:23:00.186641Z").unwrap_or_default());
            log.time.map(Timestamp::nanos)
        };
        assert_eq!(time(None), Some(1_530_570_180_186_641_000));
        assert_eq!(zoneless_time("2020-04-01T08:51:42").map(Timestamp::seconds), Some(1_585_731_102));
    }

    #[test]
    fn lines_of_other_writers_stay_text() {
        for line in [
            "https 2018-07-02T22:23:00.186641Z handshake",
            "http request from app/my/lb",
            "tls 1.3 2020-04-01T08:51:42 net",
            "2015-05-13T23:39:43.945958Z INFO 10.0.0.1:80 connected",
            "2015-05-13T23:39:43.945958Z my-service 192.168.131.39:2817 10.0.0.1:80 1 2 3 done",
            "Enable AccessLog for ELB: my-loadbalancer at 2015-05-13T23:39:43.945Z",
        ] {
            assert_eq!(told("", line)[0].split(' ').next(), Some("aws.cloudwatch"), "{line}");
        }
    }

    proptest! {
        #[test]
        fn no_line_makes_it_panic_and_the_body_is_the_line(
            line in prop_oneof![mutated(ALB), mutated(NLB), mutated(CLB)]
        ) {
            Given::new("", &[&line]).check(|draft| {
                assert_eq!(draft.log.body.text(), Some(super::super::without_newline(&line)));
            });
        }
    }
}
