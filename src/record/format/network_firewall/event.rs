//! The event inside of a firewall's log: ends of the connection, and what Suricata or the TLS engine has to say of it.

use bumpalo::Bump;
use bumpalo::collections::String;

use crate::record::attribute;
use crate::record::format::tool::{line, member, secret};
use crate::record::log::Log;
use crate::record::value::{Attribute, Value};

/// Names of members of the event that have one.
const NAMES: &member::Names = &[
    ("event_type", "aws.networkfirewall.event.type"),
    ("src_ip", attribute::SOURCE_ADDRESS),
    ("src_port", attribute::SOURCE_PORT),
    ("dest_ip", attribute::DESTINATION_ADDRESS),
    ("dest_port", attribute::DESTINATION_PORT),
    ("app_proto", attribute::NETWORK_PROTOCOL_NAME),
    ("sni", attribute::SERVER_ADDRESS),
];

const NETFLOW_NAMES: &member::Names =
    &[("pkts", "aws.networkfirewall.netflow.packets"), ("tx_cnt", "aws.networkfirewall.netflow.transaction.count")];

const TLS_NAMES: &member::Names = &[
    ("sni", attribute::SERVER_ADDRESS),
    ("version", attribute::TLS_PROTOCOL_VERSION),
    ("subject", attribute::TLS_SERVER_SUBJECT),
    ("issuerdn", attribute::TLS_SERVER_ISSUER),
    ("session_resumed", attribute::TLS_RESUMED),
];

const TLS_ERROR_NAMES: &member::Names = &[("error_message", "aws.networkfirewall.tls.error.message")];

const HTTP_NAMES: &member::Names = &[
    ("hostname", attribute::URL_DOMAIN),
    ("http_method", attribute::HTTP_REQUEST_METHOD),
    ("http_user_agent", attribute::USER_AGENT_ORIGINAL),
    ("status", attribute::HTTP_RESPONSE_STATUS_CODE),
    ("length", attribute::HTTP_RESPONSE_BODY_SIZE),
];

/// Takes the members to attributes; gives how many secrets were masked.
pub(super) fn take<'a>(log: &mut Log<'a>, event: &'a [Attribute<'a>], bump: &'a Bump) -> usize {
    let mut masked = 0;
    for member in event {
        match (member.key, member.value) {
            // The record's time, which was taken first.
            ("timestamp", Value::Text(_)) => {}
            ("src_port", Value::Text(port)) => log.number(attribute::SOURCE_PORT, port),
            ("dest_port", Value::Text(port)) => log.number(attribute::DESTINATION_PORT, port),
            ("proto", Value::Text(name)) => log.text(attribute::NETWORK_TRANSPORT, lower(name, bump)),
            ("http", Value::Map(http)) => masked += take_http(log, http, bump),
            ("alert", Value::Map(alert)) => take_alert(log, alert, bump),
            ("netflow", Value::Map(flow)) => {
                each(log, NETFLOW_NAMES, attribute::FIREWALL_NETFLOW_PREFIX, flow, bump);
            }
            ("tls", Value::Map(tls)) => take_tls(log, tls, bump),
            ("revocation_check", Value::Map(check)) => {
                each(log, &[], attribute::FIREWALL_REVOCATION_PREFIX, check, bump);
            }
            ("tls_error", Value::Map(error)) => {
                each(log, TLS_ERROR_NAMES, "aws.networkfirewall.tls.error.", error, bump);
            }
            _ => member::keep(log, NAMES, attribute::FIREWALL_PREFIX, *member, bump),
        }
    }
    masked
}

fn each<'a>(log: &mut Log<'a>, names: &member::Names, prefix: &str, members: &'a [Attribute<'a>], bump: &'a Bump) {
    members.iter().for_each(|member| member::keep(log, names, prefix, *member, bump));
}

fn take_alert<'a>(log: &mut Log<'a>, alert: &'a [Attribute<'a>], bump: &'a Bump) {
    for member in alert {
        match (member.key, member.value) {
            ("metadata", Value::Map(metadata)) => {
                each(log, &[], attribute::FIREWALL_METADATA_PREFIX, metadata, bump);
            }
            _ => member::keep(log, &[], attribute::FIREWALL_ALERT_PREFIX, *member, bump),
        }
    }
}

/// The version as the conventions have it: `1.2` of Suricata's `TLS 1.2`.
fn take_tls<'a>(log: &mut Log<'a>, tls: &'a [Attribute<'a>], bump: &'a Bump) {
    for member in tls {
        match (member.key, member.value) {
            ("version", Value::Text(version)) => {
                log.text(attribute::TLS_PROTOCOL_VERSION, version.strip_prefix("TLS ").unwrap_or(version));
            }
            ("revocation_check", Value::Map(check)) => {
                each(log, &[], attribute::FIREWALL_REVOCATION_PREFIX, check, bump);
            }
            ("tls_error", Value::Map(error)) => {
                each(log, TLS_ERROR_NAMES, "aws.networkfirewall.tls.error.", error, bump);
            }
            _ => member::keep(log, TLS_NAMES, attribute::FIREWALL_TLS_PREFIX, *member, bump),
        }
    }
}

fn take_http<'a>(log: &mut Log<'a>, http: &'a [Attribute<'a>], bump: &'a Bump) -> usize {
    let mut masked = 0;
    for member in http {
        match (member.key, member.value) {
            ("url", Value::Text(url)) => {
                let (path, query) = url.split_once('?').unwrap_or((url, ""));
                log.text(attribute::URL_PATH, path);
                log.text(attribute::URL_QUERY, query);
            }
            ("protocol", Value::Text(protocol)) => match protocol.strip_prefix("HTTP/") {
                Some(version) => log.text(attribute::NETWORK_PROTOCOL_VERSION, version),
                None => member::keep(log, HTTP_NAMES, attribute::FIREWALL_HTTP_PREFIX, *member, bump),
            },
            ("cookie" | "authorization", value) if !value.is_blank() => {
                let key = bumpalo::format!(in bump, "{}{}", attribute::HTTP_REQUEST_HEADER_PREFIX, member.key);
                let values = bumpalo::vec![in bump; Value::Text(secret::MASK)].into_bump_slice();
                log.attribute(key.into_bump_str(), Value::List(values));
                masked += 1;
            }
            _ => {
                let (value, hidden) = secret::mask(member.value, bump);
                let member = Attribute { key: member.key, value };
                member::keep(log, HTTP_NAMES, attribute::FIREWALL_HTTP_PREFIX, member, bump);
                masked += hidden;
            }
        }
    }
    masked
}

/// `blocked ET MALWARE Suspicious: TCP 192.168.1.100:54321 -> 10.0.1.50:443`
pub(super) fn summary<'a>(event: &Value<'a>, bump: &'a Bump) -> &'a str {
    let text = |value: Option<Value<'a>>, key: &str| value.and_then(|value| value.get(key)?.text()).unwrap_or_default();
    let (alert, tls, http) = (event.get("alert"), event.get("tls"), event.get("http"));
    let of_event = |key: &str| text(Some(*event), key);
    let kind = if alert.is_some() { text(alert, "action") } else { of_event("event_type") };
    let check = |name: &str| event.get(name).or_else(|| tls.and_then(|tls| tls.get(name)));
    let parts = [
        ("", kind),
        (" ", text(alert, "signature")),
        (" ", text(http, "http_method")),
        (" ", text(http, "hostname")),
        ("", text(http, "url")),
        (" ", of_event("sni")),
        (" ", text(tls, "sni")),
        (": ", text(check("tls_error"), "error_message").trim_end()),
        (": certificate ", text(check("revocation_check"), "status")),
        (if kind.is_empty() { "" } else { ": " }, of_event("proto")),
        (" ", end(event, ("src_ip", "src_port"), bump)),
        (" -> ", end(event, ("dest_ip", "dest_port"), bump)),
    ];
    line::sentence(&parts, bump)
}

/// `10.0.1.50:443`, or `[::1]:443`.
fn end<'a>(event: &Value<'a>, (address, port): (&str, &str), bump: &'a Bump) -> &'a str {
    let address = event.get(address).and_then(|address| address.text()).unwrap_or_default();
    match event.get(port).and_then(|port| port.int()) {
        Some(port) if address.contains(':') => bumpalo::format!(in bump, "[{}]:{port}", address).into_bump_str(),
        Some(port) => bumpalo::format!(in bump, "{}:{port}", address).into_bump_str(),
        None => address,
    }
}

/// Transports as the semantic conventions write them.
fn lower<'a>(name: &'a str, bump: &'a Bump) -> &'a str {
    match name {
        "TCP" => "tcp",
        "UDP" => "udp",
        "ICMP" => "icmp",
        other => String::from_iter_in(other.chars().map(|c| c.to_ascii_lowercase()), bump).into_bump_str(),
    }
}
