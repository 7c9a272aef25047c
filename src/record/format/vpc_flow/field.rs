//! The fields of flow logs: how AWS names them, and what becomes of each.

use std::sync::LazyLock;

use crate::record::attribute;

/// A field.
#[derive(Debug)]
pub(super) struct Field {
    /// As AWS writes it.
    pub(super) name: &'static str,
    /// Name of its attribute.
    pub(super) key: &'static str,
    /// How its value is read.
    pub(super) kind: Kind,
}

/// How a value is read.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// As it is.
    Text,
    /// A whole number.
    Number,
    /// A number of lost packets.
    Lost,
    /// The end of the flow, in seconds since 1970.
    End,
    /// TCP flags as a number.
    TcpFlags,
    /// Number of an IANA protocol.
    Protocol,
    /// One of these words, which become others; another word stays.
    Known(&'static [(&'static str, &'static str)]),
    /// `ACCEPT` or `REJECT`.
    Action,
    /// `OK`, `NODATA` or `SKIPDATA`.
    Status,
    /// `srcaddr`
    Source,
    /// `pkt-srcaddr`
    PacketSource,
    /// `dstaddr`
    Destination,
    /// `pkt-dstaddr`
    PacketDestination,
}

/// Bits of `tcp-flags`. Source: RFC 9293, section 3.1; the VPC user guide, "TCP flag sequence".
pub(super) const TCP_FLAGS: [(i64, &str); 6] =
    [(1, "fin"), (2, "syn"), (4, "rst"), (8, "psh"), (16, "ack"), (32, "urg")];

const IP_TYPES: Kind = Kind::Known(&[("IPv4", "ipv4"), ("IPv6", "ipv6"), ("EFA", "efa")]);
const DIRECTIONS: Kind = Kind::Known(&[("ingress", "receive"), ("egress", "transmit")]);

const fn field(name: &'static str, key: &'static str, kind: Kind) -> Field {
    Field { name, key, kind }
}

const fn text(name: &'static str, key: &'static str) -> Field {
    field(name, key, Kind::Text)
}

/// All of them, by version of the flow log. Names of attributes without a constant are the OpenTelemetry Collector's,
/// or follow its pattern.
static FIELDS: [Field; 60] = [
    // Version 2, in the order of the default format.
    field("version", attribute::VPC_FLOW_LOG_VERSION, Kind::Number),
    text("account-id", attribute::VPC_FLOW_ACCOUNT_ID),
    text("interface-id", attribute::NETWORK_INTERFACE_NAME),
    field("srcaddr", attribute::SOURCE_ADDRESS, Kind::Source),
    field("dstaddr", attribute::DESTINATION_ADDRESS, Kind::Destination),
    field("srcport", attribute::SOURCE_PORT, Kind::Number),
    field("dstport", attribute::DESTINATION_PORT, Kind::Number),
    field("protocol", attribute::NETWORK_TRANSPORT, Kind::Protocol),
    field("packets", attribute::VPC_FLOW_PACKETS, Kind::Number),
    field("bytes", attribute::VPC_FLOW_BYTES, Kind::Number),
    field("start", attribute::VPC_FLOW_START, Kind::Number),
    field("end", attribute::VPC_FLOW_END, Kind::End),
    field("action", attribute::VPC_FLOW_ACTION, Kind::Action),
    field("log-status", attribute::VPC_FLOW_STATUS, Kind::Status),
    // Version 3.
    text("vpc-id", attribute::VPC_ID),
    text("subnet-id", "aws.vpc.subnet.id"),
    text("instance-id", attribute::HOST_ID),
    field("tcp-flags", attribute::NETWORK_TCP_FLAGS, Kind::TcpFlags),
    field("type", attribute::NETWORK_TYPE, IP_TYPES),
    field("pkt-srcaddr", attribute::SOURCE_ADDRESS, Kind::PacketSource),
    field("pkt-dstaddr", attribute::DESTINATION_ADDRESS, Kind::PacketDestination),
    // Version 4.
    text("region", "aws.vpc.flow.region"),
    text("az-id", "aws.az.id"),
    text("sublocation-type", "aws.sublocation.type"),
    text("sublocation-id", "aws.sublocation.id"),
    // Version 5.
    text("pkt-src-aws-service", "aws.vpc.flow.source.service"),
    text("pkt-dst-aws-service", "aws.vpc.flow.destination.service"),
    field("flow-direction", attribute::NETWORK_IO_DIRECTION, DIRECTIONS),
    field("traffic-path", "aws.vpc.flow.traffic_path", Kind::Number),
    // Version 6, of transit gateways.
    text("resource-type", "aws.tgw.resource_type"),
    text("tgw-id", "aws.tgw.id"),
    text("tgw-attachment-id", "aws.tgw.attachment.id"),
    text("tgw-src-vpc-account-id", "aws.tgw.source.vpc.account.id"),
    text("tgw-dst-vpc-account-id", "aws.tgw.destination.vpc.account.id"),
    text("tgw-src-vpc-id", "aws.tgw.source.vpc.id"),
    text("tgw-dst-vpc-id", "aws.tgw.destination.vpc.id"),
    text("tgw-src-subnet-id", "aws.tgw.source.vpc.subnet.id"),
    text("tgw-dst-subnet-id", "aws.tgw.destination.vpc.subnet.id"),
    text("tgw-src-eni", "aws.tgw.source.eni.id"),
    text("tgw-dst-eni", "aws.tgw.destination.eni.id"),
    text("tgw-src-az-id", "aws.tgw.source.az.id"),
    text("tgw-dst-az-id", "aws.tgw.destination.az.id"),
    text("tgw-pair-attachment-id", "aws.tgw.attachment.pair.id"),
    field("packets-lost-no-route", "aws.vpc.flow.packets_lost_no_route", Kind::Lost),
    field("packets-lost-blackhole", "aws.vpc.flow.packets_lost_blackhole", Kind::Lost),
    field("packets-lost-mtu-exceeded", "aws.vpc.flow.packets_lost_mtu_exceeded", Kind::Lost),
    field("packets-lost-ttl-expired", "aws.vpc.flow.packets_lost_ttl_expired", Kind::Lost),
    // Version 7.
    text("ecs-cluster-arn", "aws.ecs.cluster.arn"),
    text("ecs-cluster-name", attribute::ECS_CLUSTER_NAME),
    text("ecs-container-instance-arn", "aws.ecs.container.instance.arn"),
    text("ecs-container-instance-id", "aws.ecs.container.instance.id"),
    text("ecs-container-id", "aws.ecs.container.id"),
    text("ecs-second-container-id", "aws.ecs.second.container.id"),
    text("ecs-service-name", attribute::ECS_SERVICE_NAME),
    text("ecs-task-definition-arn", "aws.ecs.task.definition.arn"),
    text("ecs-task-arn", "aws.ecs.task.arn"),
    text("ecs-task-id", attribute::ECS_TASK_ID),
    // Version 8 and later.
    text("reject-reason", attribute::VPC_FLOW_REJECT_REASON),
    text("resource-id", "aws.vpc.flow.resource_id"),
    text("encryption-status", "aws.vpc.flow.encryption_status"),
];

/// How many fields the default format of VPC flow logs has.
pub(super) const DEFAULT_FIELDS: usize = 14;

/// How many fields the default format of transit gateway flow logs has.
pub(super) const TRANSIT_GATEWAY_FIELDS: usize = 36;

/// The default format of VPC flow logs.
pub(super) static DEFAULT: LazyLock<Vec<&Field>> = LazyLock::new(|| FIELDS.iter().take(DEFAULT_FIELDS).collect());

/// The default format of transit gateway flow logs.
pub(super) static TRANSIT_GATEWAY: LazyLock<Vec<&Field>> = LazyLock::new(|| {
    const NAMES: [&str; TRANSIT_GATEWAY_FIELDS] = [
        "version",
        "resource-type",
        "account-id",
        "tgw-id",
        "tgw-attachment-id",
        "tgw-src-vpc-account-id",
        "tgw-dst-vpc-account-id",
        "tgw-src-vpc-id",
        "tgw-dst-vpc-id",
        "tgw-src-subnet-id",
        "tgw-dst-subnet-id",
        "tgw-src-eni",
        "tgw-dst-eni",
        "tgw-src-az-id",
        "tgw-dst-az-id",
        "tgw-pair-attachment-id",
        "srcaddr",
        "dstaddr",
        "srcport",
        "dstport",
        "protocol",
        "packets",
        "bytes",
        "start",
        "end",
        "log-status",
        "type",
        "packets-lost-no-route",
        "packets-lost-blackhole",
        "packets-lost-mtu-exceeded",
        "packets-lost-ttl-expired",
        "tcp-flags",
        "region",
        "flow-direction",
        "pkt-src-aws-service",
        "pkt-dst-aws-service",
    ];
    NAMES.iter().filter_map(|name| by_name(name)).collect()
});

/// The field of that name, as AWS writes it.
pub(super) fn by_name(name: &str) -> Option<&'static Field> {
    /// Fields whose names have lengths and bytes that give this slot: a custom format asks for each field of each line.
    static SLOTS: LazyLock<Vec<Vec<&Field>>> = LazyLock::new(|| {
        let mut slots = vec![Vec::new(); 256];
        FIELDS.iter().for_each(|field| slots[slot(field.name)].push(field));
        slots
    });
    SLOTS[slot(name)].iter().find(|field| field.name == name).copied()
}

fn slot(name: &str) -> usize {
    let byte = |at: usize| name.as_bytes().get(at).copied().map_or(0, usize::from);
    (name.len() * 37 + byte(0) * 3 + byte(name.len() / 2) * 5 + byte(name.len().saturating_sub(1)) * 7) % 256
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_found_by_its_name_and_no_other_is() {
        for field in &FIELDS {
            assert_eq!(by_name(field.name).map(|found| found.key), Some(field.key));
        }
        assert!(by_name("").is_none() && by_name("versions").is_none());
        assert_eq!((DEFAULT.len(), TRANSIT_GATEWAY.len()), (DEFAULT_FIELDS, TRANSIT_GATEWAY_FIELDS));
        assert_eq!(DEFAULT.last().map(|field| field.name), Some("log-status"));
    }
}
