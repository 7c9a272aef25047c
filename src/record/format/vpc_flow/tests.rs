//! What becomes of flow logs: AWS's examples, the samples of others, and any text.

use proptest::prelude::*;

use crate::config::{FormatName, FormatRule, Normalize};
use crate::glob::Glob;
use crate::inflate::Inflater;
use crate::record::format::tool::golden;
use crate::record::normalize::tests::Given;
use crate::record::value::Value;

fn told(line: &str) -> String {
    Given { log_stream: "eni-1-all", ..Given::new("flows", &[line]) }.told().concat()
}

/// With a custom format, as the configuration names it.
fn told_as(fields: &str, line: &str) -> String {
    let rule = FormatRule {
        log_groups: Glob::new("flows"),
        log_streams: Glob::new("*"),
        format: FormatName::VpcFlow,
        fields: fields.split(' ').map(str::to_owned).collect(),
    };
    let settings = Normalize { formats: vec![rule], ..Normalize::default() };
    Given { settings, ..Given::new("flows", &[line]) }.told().concat()
}

fn is_text(told: &str, line: &str) -> bool {
    told.starts_with("aws.cloudwatch ") && told.ends_with(&format!("| {line:?} | "))
}

#[test]
fn a_flow_of_the_default_format_has_ends_transport_counts_and_verdict() {
    let line = "2 123456789010 eni-1235b8ca123456789 172.31.9.69 172.31.9.12 49761 3389 6 20 4249 1418530010 1418530070 REJECT OK";
    let attributes = "aws.vpc.flow.log.version=2 aws.vpc.flow.account_id=\"123456789010\" \
        network.interface.name=\"eni-1235b8ca123456789\" source.port=49761 destination.port=3389 network.transport=\"tcp\" \
        aws.vpc.flow.packets=20 aws.vpc.flow.bytes=4249 aws.vpc.flow.start=1418530010 aws.vpc.flow.action=\"REJECT\" \
        aws.vpc.flow.status=\"OK\" source.address=\"172.31.9.69\" destination.address=\"172.31.9.12\" aws.vpc.flow.end=1418530070";
    assert_eq!(told(line), format!("aws.vpcflow 13  | {line:?} | {attributes}"));
}

#[test]
fn intervals_without_data_have_no_severity_and_skipped_ones_are_a_warning() {
    let line = "2 123456789010 eni-1235b8ca123456789 - - - - - - - 1431280876 1431280934 - NODATA";
    let attributes = "aws.vpc.flow.log.version=2 aws.vpc.flow.account_id=\"123456789010\" \
        network.interface.name=\"eni-1235b8ca123456789\" aws.vpc.flow.start=1431280876 aws.vpc.flow.status=\"NODATA\" \
        aws.vpc.flow.end=1431280934";
    assert_eq!(told(line), format!("aws.vpcflow 0  | {line:?} | {attributes}"));
    let skipped = line.replace("NODATA", "SKIPDATA");
    assert_eq!(told(&skipped), format!("aws.vpcflow 13  | {skipped:?} | {}", attributes.replace("NODATA", "SKIPDATA")));
}

#[test]
fn ipv6_and_an_unknown_owner_are_understood() {
    let line = "2 unknown eni-1235b8ca123456789 2001:db8:1234:a100:8d6e:3477:df66:f105 2001:db8::1 34892 22 58 54 8855 1477913708 1477913820 ACCEPT OK";
    let told = told(line);
    assert!(told.starts_with("aws.vpcflow 9 "), "{told}");
    assert!(told.contains("aws.vpc.flow.account_id=\"unknown\""), "{told}");
    assert!(told.contains("network.transport=\"ipv6-icmp\""), "{told}");
    assert!(told.contains("source.address=\"2001:db8:1234:a100:8d6e:3477:df66:f105\""), "{told}");
}

/// Source of the sample: VPC user guide, "Traffic through a NAT gateway".
#[test]
fn through_a_nat_gateway_the_packets_own_addresses_are_the_ends() {
    let fields = "instance-id interface-id srcaddr dstaddr pkt-srcaddr pkt-dstaddr";
    assert_eq!(
        told_as(fields, "- eni-1235b8ca123456789 10.0.1.5 10.0.0.220 10.0.1.5 203.0.113.5"),
        "aws.vpcflow 0  | \"- eni-1235b8ca123456789 10.0.1.5 10.0.0.220 10.0.1.5 203.0.113.5\" | \
         network.interface.name=\"eni-1235b8ca123456789\" source.address=\"10.0.1.5\" \
         destination.address=\"203.0.113.5\" network.local.address=\"10.0.0.220\""
    );
    assert_eq!(
        told_as("srcaddr pkt-srcaddr dstaddr pkt-dstaddr", "1.1.1.1 2.2.2.2 3.3.3.3 4.4.4.4"),
        "aws.vpcflow 0  | \"1.1.1.1 2.2.2.2 3.3.3.3 4.4.4.4\" | source.address=\"2.2.2.2\" destination.address=\"4.4.4.4\" \
         network.local.address=\"1.1.1.1\" aws.vpc.flow.destination.address=\"3.3.3.3\""
    );
}

/// Source of the sample: VPC user guide, "TCP flag sequence", with fields of versions 4 to 8 behind it.
#[test]
fn a_custom_format_has_the_fields_that_the_configuration_names() {
    let fields = "version vpc-id subnet-id instance-id type tcp-flags protocol flow-direction traffic-path region az-id \
        pkt-src-aws-service sublocation-type ecs-cluster-arn ecs-service-name reject-reason ${end} shiny-new-field";
    let line = "8 vpc-abcdefab012345678 subnet-aaaaaaaa012345678 i-01234567890123456 IPv4 19 6 ingress 7 us-east-1 use1-az1 \
        AMAZON wavelength arn:aws:ecs:us-east-1:123456789012:cluster/c web BPA 1566848875 5";
    let attributes = "aws.vpc.flow.log.version=8 aws.vpc.id=\"vpc-abcdefab012345678\" \
        aws.vpc.subnet.id=\"subnet-aaaaaaaa012345678\" host.id=\"i-01234567890123456\" network.type=\"ipv4\" \
        network.tcp.flags=19 network.tcp.flag_names=[\"fin\",\"syn\",\"ack\"] network.transport=\"tcp\" \
        network.io.direction=\"receive\" aws.vpc.flow.traffic_path=7 aws.vpc.flow.region=\"us-east-1\" aws.az.id=\"use1-az1\" \
        aws.vpc.flow.source.service=\"AMAZON\" aws.sublocation.type=\"wavelength\" \
        aws.ecs.cluster.arn=\"arn:aws:ecs:us-east-1:123456789012:cluster/c\" aws.ecs.service.name=\"web\" \
        aws.vpc.flow.reject_reason=\"BPA\" aws.vpc.flow.shiny_new_field=5 aws.vpc.flow.end=1566848875";
    assert_eq!(told_as(fields, line), format!("aws.vpcflow 0  | {line:?} | {attributes}"));
}

#[test]
fn a_transit_gateway_is_told_from_the_line_and_lost_packets_are_a_warning() {
    let line = "6 TransitGateway 123456789012 tgw-0123456789abcdef0 tgw-attach-0 111122223333 444455556666 vpc-1 vpc-2 subnet-1 \
        subnet-2 eni-1 eni-2 use1-az1 use1-az2 tgw-attach-1 10.0.0.1 10.1.0.1 443 50000 6 10 840 1669842701 1669842702 OK IPv4 \
        0 2 0 0 2 us-east-1 egress - S3";
    let attributes = "aws.vpc.flow.log.version=6 aws.tgw.resource_type=\"TransitGateway\" aws.vpc.flow.account_id=\"123456789012\" \
        aws.tgw.id=\"tgw-0123456789abcdef0\" aws.tgw.attachment.id=\"tgw-attach-0\" \
        aws.tgw.source.vpc.account.id=\"111122223333\" aws.tgw.destination.vpc.account.id=\"444455556666\" \
        aws.tgw.source.vpc.id=\"vpc-1\" aws.tgw.destination.vpc.id=\"vpc-2\" aws.tgw.source.vpc.subnet.id=\"subnet-1\" \
        aws.tgw.destination.vpc.subnet.id=\"subnet-2\" aws.tgw.source.eni.id=\"eni-1\" aws.tgw.destination.eni.id=\"eni-2\" \
        aws.tgw.source.az.id=\"use1-az1\" aws.tgw.destination.az.id=\"use1-az2\" aws.tgw.attachment.pair.id=\"tgw-attach-1\" \
        source.port=443 destination.port=50000 network.transport=\"tcp\" aws.vpc.flow.packets=10 aws.vpc.flow.bytes=840 \
        aws.vpc.flow.start=1669842701 aws.vpc.flow.status=\"OK\" network.type=\"ipv4\" aws.vpc.flow.packets_lost_no_route=0 \
        aws.vpc.flow.packets_lost_blackhole=2 aws.vpc.flow.packets_lost_mtu_exceeded=0 aws.vpc.flow.packets_lost_ttl_expired=0 \
        network.tcp.flags=2 network.tcp.flag_names=[\"syn\"] aws.vpc.flow.region=\"us-east-1\" network.io.direction=\"transmit\" \
        aws.vpc.flow.destination.service=\"S3\" source.address=\"10.0.0.1\" destination.address=\"10.1.0.1\" \
        aws.vpc.flow.end=1669842702";
    assert_eq!(told(line), format!("aws.vpcflow 13  | {line:?} | {attributes}"));
    let none_lost = line.replace(" 0 2 0 0 ", " 0 0 0 0 ");
    assert!(told(&none_lost).starts_with("aws.vpcflow 9 "));
}

#[test]
fn a_line_that_only_looks_like_a_flow_stays_text() {
    for line in [
        "2 123456789010 eni-1 172.31.9.69 172.31.9.12 49761 3389 6 20 4249 1418530010 1418530070 REJECT",
        "2 123456789010 eni-1 172.31.9.69 172.31.9.12 49761 3389 6 20 4249 1418530010 1418530070 REJECT OK more",
        "2 123456789010 eni-1 172.31.9.69 172.31.9.12 high 3389 6 20 4249 1418530010 1418530070 REJECT OK",
        "2 123456789010 eni-1 172.31.9.69 172.31.9.12  3389 6 20 4249 1418530010 1418530070 REJECT OK",
        "2 123456789010 eni-1 172.31.9.69 172.31.9.12 1 3389 6 20 99999999999999999999 1418530010 1418530070 REJECT OK",
        "3 123456789010 eni-1 172.31.9.69 172.31.9.12 49761 3389 6 20 4249 1418530010 1418530070 REJECT OK",
        "2 apples and a dozen of pears make a fruit salad for many hungry guests",
        "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status",
        "2 ",
        "2",
    ] {
        assert!(is_text(&told(line), line), "{line}");
    }
    assert!(is_text(&told_as("srcaddr dstport", "hello world"), "hello world"));
    assert!(is_text(&told_as("srcaddr dstport", "one 2 three"), "one 2 three"));
    assert!(is_text(
        &told_as("date time x-edge-location end", "2019-12-04 21:02:31 LAX1 392"),
        "2019-12-04 21:02:31 LAX1 392"
    ));
    let too_many = ["packets"; 65].join(" ");
    assert!(is_text(&told_as(&too_many, &too_many.replace("packets", "1")), &too_many.replace("packets", "1")));
}

/// Where they differ: the names of transports are `network.transport` in the semantic conventions, the owner of the
/// interface is not the account of the record and so stays beside it, and the body is the line instead of nothing.
#[test]
fn it_agrees_with_the_collectors_golden() {
    let given: serde_json::Value = serde_json::from_str(include_str!(
        "../../../../tests/data/otelcol/extension/encoding/awslogsencodingextension/internal/unmarshaler/vpc-flow-log/testdata/valid_vpc_flow_cw.json"
    ))
    .unwrap();
    let golden = golden::records(include_str!(
        "../../../../tests/data/otelcol/extension/encoding/awslogsencodingextension/internal/unmarshaler/vpc-flow-log/testdata/valid_vpc_flow_cw_expected.yaml"
    ));
    let events = given["logEvents"].as_array().unwrap();
    assert_eq!(events.len(), golden.len());
    for (event, golden) in events.iter().zip(golden) {
        let message = event["message"].as_str().unwrap();
        let messages = [message];
        let given = Given {
            log_stream: given["logStream"].as_str().unwrap(),
            time: event["timestamp"].as_u64().unwrap(),
            ..Given::new(given["logGroup"].as_str().unwrap(), &messages)
        };
        given.check(|draft| {
            assert_eq!(draft.log.time.map(|time| time.nanos()), Some(golden.nanos));
            assert_eq!(draft.log.body, Value::Text(message));
            assert_eq!(
                golden::differences(&golden, &draft.log),
                [
                    "- network.protocol.name=\"tcp\"",
                    "+ aws.vpc.flow.account_id=\"123456789010\"",
                    "+ network.transport=\"tcp\"",
                ]
            );
        });
    }
}

#[test]
fn the_collectors_file_is_read_and_its_broken_lines_are_text() {
    let second = |text: &'static str| text.lines().nth(1).unwrap();
    let line = second(include_str!(
        "../../../../tests/data/otelcol/extension/encoding/awslogsencodingextension/internal/unmarshaler/vpc-flow-log/testdata/valid_vpc_flow_log.log"
    ));
    let golden = golden::records(include_str!(
        "../../../../tests/data/otelcol/extension/encoding/awslogsencodingextension/internal/unmarshaler/vpc-flow-log/testdata/valid_vpc_flow_log_expected.yaml"
    ));
    Given { time: 1_742_570_089_000, ..Given::new("flows", &[line]) }.check(|draft| {
        assert_eq!(draft.log.time.map(|time| time.nanos()), Some(golden[0].nanos));
        let differences = golden::differences(&golden[0], &draft.log);
        assert_eq!(differences, ["+ aws.vpc.flow.account_id=\"12345678910\""]);
    });
    for broken in [
        include_str!(
            "../../../../tests/data/otelcol/extension/encoding/awslogsencodingextension/internal/unmarshaler/vpc-flow-log/testdata/vpc_flow_log_too_few_fields.log"
        ),
        include_str!(
            "../../../../tests/data/otelcol/extension/encoding/awslogsencodingextension/internal/unmarshaler/vpc-flow-log/testdata/vpc_flow_log_too_many_fields.log"
        ),
    ] {
        assert!(is_text(&told(second(broken)), second(broken)));
    }
}

#[test]
fn promtails_lines_are_flows() {
    let mut text = Vec::new();
    let gzip = include_bytes!("../../../../tests/data/promtail/testdata/vpcflowlog.log.gz");
    Inflater::default().inflate(gzip, 1 << 20, &mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    let lines: Vec<_> = text.lines().skip(1).collect();
    assert_eq!(lines.len(), 3);
    for line in lines {
        assert!(told(line).starts_with("aws.vpcflow 9 "), "{line}");
    }
}

/// The default line, so that mutations of it can be made.
const LINE: &str = "2 123456789012 eni-0050644426037aa0f 10.26.1.153 3.239.232.29 60220 443 6 48 21869 1669842701 1669842702 ACCEPT OK";

proptest! {
    #[test]
    fn no_text_makes_it_panic_or_loses_a_byte(line in "[26] [ -~\u{e9}]{0,80}") {
        Given::new("flows", &[&line]).check(|draft| assert_eq!(draft.log.body, Value::Text(&line)));
        let _told = told_as("srcaddr version a b", &line);
    }

    #[test]
    fn a_line_with_a_changed_piece_is_a_flow_or_text(at in 0..LINE.len(), with in "[ -~]{0,3}", length in 0..4_usize) {
        let mut line = LINE.to_owned();
        line.replace_range(at..(at + length).min(LINE.len()), &with);
        Given::new("flows", &[&line]).check(|draft| assert_eq!(draft.log.body, Value::Text(&line)));
    }
}
