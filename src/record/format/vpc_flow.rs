//! VPC flow logs, and transit gateway flow logs: one line a flow, fields with a space between them.
//!
//! `2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK`
//!
//! The default formats are told from the line. A custom format has its fields in an order that only its owner knows:
//! the configuration names them. A line with another number of fields is not of the format, and stays text.
//!
//! Sources: VPC user guide, "Flow log records"; VPC transit gateways guide, "Transit Gateway Flow Log records".

mod field;
mod protocol;

use super::{Format, Shape};
use crate::config::FormatName;
use crate::record::attribute;
use crate::record::draft::{Context, Draft};
use crate::record::log::Log;
use crate::record::severity::Severity;
use crate::record::value::Value;
use crate::time::Timestamp;
use field::{Field, Kind};

/// Lines of flow logs.
pub const FORMAT: Format = Format {
    name: FormatName::VpcFlow,
    encoding: "aws.vpcflow",
    shape: Shape::Line { starts: |byte| matches!(byte, b'2' | b'6'), parse },
    continues: None,
};

/// The most fields of one line. All that AWS has are 60; more in a configuration is a mistake, and declined.
const FIELDS_MAX: usize = 64;

fn parse<'a>(line: &'a str, draft: &mut Draft<'a>, context: &Context<'a>) -> bool {
    match (context.fields, line.as_bytes()) {
        ([], [b'2', b' ', ..]) => known(line, &field::DEFAULT, &mut [""; field::DEFAULT_FIELDS], draft, context),
        ([], [b'6', b' ', b'T', ..]) => {
            known(line, &field::TRANSIT_GATEWAY, &mut [""; field::TRANSIT_GATEWAY_FIELDS], draft, context)
        }
        ([], _) => false,
        (_, _) => custom(line, draft, context),
    }
}

/// A line of a default format.
fn known<'a>(
    line: &'a str,
    order: &[&'static Field],
    values: &mut [&'a str],
    draft: &mut Draft<'a>,
    context: &Context<'a>,
) -> bool {
    split(line, values) && is_default(values) && {
        let fields = order.iter().zip(&*values).map(|(field, value)| (field.name, Some(*field), *value));
        take(fields, draft, context)
    }
}

/// A line whose fields the configuration names. Names that are mostly not those of flow logs are of another format.
fn custom<'a>(line: &'a str, draft: &mut Draft<'a>, context: &Context<'a>) -> bool {
    let mut values = [""; FIELDS_MAX];
    let mut fields: [Option<&'static Field>; FIELDS_MAX] = [None; FIELDS_MAX];
    let Some(values) = values.get_mut(..context.fields.len()) else { return false };
    if !split(line, values) {
        return false;
    }
    let names = || context.fields.iter().map(|name| bare(name));
    names().zip(&mut fields).for_each(|(name, field)| *field = field::by_name(name));
    let known = fields.iter().flatten().count();
    known * 2 >= values.len()
        && take(names().zip(fields).zip(&*values).map(|((name, field), value)| (name, field, *value)), draft, context)
}

/// A name without the decoration that it has in the format of a flow log: `${version}`.
fn bare(name: &str) -> &str {
    name.strip_prefix("${").and_then(|name| name.strip_suffix('}')).unwrap_or(name)
}

/// Splits the line; whether it has just as many fields as there is room for, none of them empty.
fn split<'a>(line: &'a str, values: &mut [&'a str]) -> bool {
    let (mut start, mut count) = (0, 0);
    for (end, byte) in line.bytes().chain([b' ']).enumerate() {
        if byte != b' ' {
            continue;
        }
        let (Some(value), Some(text)) = (values.get_mut(count), line.get(start..end)) else { return false };
        if text.is_empty() {
            return false;
        }
        *value = text;
        count += 1;
        start = end + 1;
    }
    count == values.len()
}

/// Whether the values stand where the default format of a VPC or of a transit gateway has them.
fn is_default(values: &[&str]) -> bool {
    let account = |text: &str| text == "unknown" || (text.len() <= 12 && text.bytes().all(|b| b.is_ascii_digit()));
    let status = |text: &str| matches!(text, "OK" | "NODATA" | "SKIPDATA");
    match *values {
        ["2", owner, interface, .., action, logged] => {
            account(owner)
                && interface.starts_with("eni-")
                && matches!(action, "ACCEPT" | "REJECT" | "-")
                && status(logged)
        }
        ["6", "TransitGateway", owner, gateway, ..] => {
            account(owner) && gateway.starts_with("tgw-") && values.get(25).is_some_and(|logged| status(logged))
        }
        _ => false,
    }
}

/// What is known of a flow only when all of its fields were seen.
#[derive(Default)]
struct Flow<'a> {
    source: &'a str,
    packet_source: &'a str,
    destination: &'a str,
    packet_destination: &'a str,
    end: Option<i64>,
    severity: Severity,
    packets_lost: bool,
}

/// Takes the fields to attributes; `false`, with the draft as it was, where one that must be a number is none.
fn take<'a>(
    fields: impl Iterator<Item = (&'a str, Option<&'static Field>, &'a str)>,
    draft: &mut Draft<'a>,
    context: &Context<'a>,
) -> bool {
    let log = &mut draft.log;
    let before = log.attributes.len();
    log.attributes.reserve(fields.size_hint().0);
    let mut flow = Flow::default();
    for (name, field, value) in fields {
        if value == "-" {
            continue;
        }
        let taken = match field {
            Some(field) => take_field(field, value, &mut flow, log, context),
            None => {
                let name = name.bytes().map(|b| if b == b'-' { '_' } else { char::from(b) });
                let name = bumpalo::collections::String::from_iter_in(
                    attribute::VPC_FLOW_PREFIX.chars().chain(name),
                    context.bump,
                );
                log.number(name.into_bump_str(), value);
                true
            }
        };
        if !taken {
            log.attributes.truncate(before);
            return false;
        }
    }
    addresses(&flow, log);
    time(&flow, log);
    log.severity = if flow.packets_lost { flow.severity.max(Severity::WARN) } else { flow.severity };
    true
}

fn take_field<'a>(
    field: &Field,
    value: &'a str,
    flow: &mut Flow<'a>,
    log: &mut Log<'a>,
    context: &Context<'a>,
) -> bool {
    match field.kind {
        Kind::Text => log.attribute(field.key, Value::Text(value)),
        Kind::Number | Kind::Lost | Kind::End | Kind::TcpFlags => {
            let Some(number) = whole(value) else { return false };
            take_number(field, number, flow, log, context);
        }
        Kind::Protocol => {
            let Some(name) = whole(value).map(|number| protocol::name(number).unwrap_or(value)) else { return false };
            log.attribute(field.key, Value::Text(name));
        }
        Kind::Known(words) => {
            let word = words.iter().find(|(word, _)| *word == value).map_or(value, |(_, name)| name);
            log.attribute(field.key, Value::Text(word));
        }
        Kind::Action | Kind::Status => {
            flow.severity = flow.severity.max(severity(value));
            log.attribute(field.key, Value::Text(value));
        }
        Kind::Source => flow.source = value,
        Kind::PacketSource => flow.packet_source = value,
        Kind::Destination => flow.destination = value,
        Kind::PacketDestination => flow.packet_destination = value,
    }
    true
}

fn take_number<'a>(field: &Field, number: i64, flow: &mut Flow<'a>, log: &mut Log<'a>, context: &Context<'a>) {
    flow.packets_lost |= matches!(field.kind, Kind::Lost) && number > 0;
    if matches!(field.kind, Kind::End) {
        flow.end = Some(number);
        return;
    }
    log.attribute(field.key, Value::Int(number));
    if matches!(field.kind, Kind::TcpFlags) {
        let set = field::TCP_FLAGS.iter().filter(|(bit, _)| number & bit != 0).map(|(_, name)| Value::Text(name));
        let names = bumpalo::collections::Vec::from_iter_in(set, context.bump);
        log.attribute(attribute::NETWORK_TCP_FLAG_NAMES, Value::List(names.into_bump_slice()));
    }
}

/// Rejected traffic is worth a look, and so are records that AWS had to skip. An interval without traffic says nothing.
fn severity(word: &str) -> Severity {
    match word {
        "REJECT" | "SKIPDATA" => Severity::WARN,
        "ACCEPT" | "OK" => Severity::INFO,
        _ => Severity::UNSPECIFIED,
    }
}

/// A number that a flow log writes: digits alone. 18 of them always fit.
fn whole(text: &str) -> Option<i64> {
    const DIGITS_MAX: usize = 18;
    if text.is_empty() || text.len() > DIGITS_MAX {
        return None;
    }
    text.bytes().try_fold(0, |number, b| b.is_ascii_digit().then(|| number * 10 + i64::from(b - b'0')))
}

/// Where the packet's own addresses are given they are the ends of the flow, and another address is that of a
/// layer between, such as a NAT gateway. Source: VPC user guide, "Traffic through a NAT gateway".
fn addresses<'a>(flow: &Flow<'a>, log: &mut Log<'a>) {
    let ends = |own: &'a str, packet: &'a str| if packet.is_empty() { (own, "") } else { (packet, own) };
    let (source, source_layer) = ends(flow.source, flow.packet_source);
    let (destination, destination_layer) = ends(flow.destination, flow.packet_destination);
    log.text(attribute::SOURCE_ADDRESS, source);
    log.text(attribute::DESTINATION_ADDRESS, destination);
    let layered = source_layer != source && !source_layer.is_empty();
    if layered {
        log.text(attribute::NETWORK_LOCAL_ADDRESS, source_layer);
    }
    if destination_layer != destination {
        let key = if layered { attribute::VPC_FLOW_DESTINATION_ADDRESS } else { attribute::NETWORK_LOCAL_ADDRESS };
        log.text(key, destination_layer);
    }
}

/// A flow is known when it ends, and that is its time; CloudWatch gives its start, which stays as an attribute.
fn time(flow: &Flow<'_>, log: &mut Log<'_>) {
    let Some(end) = flow.end else { return };
    let time = u64::try_from(end).map(Timestamp::from_seconds).unwrap_or_default();
    log.finer_time(time);
    if log.time != Some(time) {
        log.attribute(attribute::VPC_FLOW_END, Value::Int(end));
    }
}

#[cfg(test)]
mod tests;
