//! Route 53: queries that a VPC's Resolver answered, JSON objects, and queries to a public hosted zone, lines of text.
//!
//! `{"version":"1.100000","query_timestamp":"2021-02-04T17:51:55Z","query_name":"example.com.","query_type":"A",...}` and
//! `1.0 2017-12-13T08:16:02.130Z Z123412341234 example.com A NOERROR UDP FRA6 192.168.1.1 -`
//!
//! Sources: Route 53 developer guide, "Values that appear in VPC Resolver query logs", "Public DNS query logging".

use bumpalo::Bump;
use bumpalo::collections::Vec;

use super::{Format, Shape};
use crate::config::FormatName;
use crate::record::attribute;
use crate::record::draft::{Context, Draft};
use crate::record::format::tool::{clock, line, member};
use crate::record::log::Log;
use crate::record::severity::Severity;
use crate::record::value::{Attribute, Members, Value};
use crate::time::parse_rfc3339;

/// Queries that a Resolver answered.
pub const RESOLVER: Format = Format {
    name: FormatName::Route53,
    encoding: "aws.route53",
    shape: Shape::Object { markers: &["query_timestamp", "query_class"], recognise, parse },
    continues: None,
};

/// Queries to a public hosted zone.
pub const HOSTED_ZONE: Format = Format {
    name: FormatName::Route53,
    encoding: "aws.route53",
    shape: Shape::Line { starts: |byte| byte == b'1', parse: parse_line },
    continues: None,
};

/// Names of members that have one.
const NAMES: &member::Names = &[
    ("query_name", attribute::DNS_QUESTION_NAME),
    ("query_type", attribute::DNS_QUESTION_TYPE),
    ("query_class", attribute::DNS_QUESTION_CLASS),
    ("rcode", attribute::DNS_RESPONSE_CODE),
    ("srcaddr", attribute::CLIENT_ADDRESS),
    ("srcport", attribute::CLIENT_PORT),
    ("transport", attribute::NETWORK_TRANSPORT),
    ("vpc_id", attribute::VPC_ID),
];

fn recognise(members: &Members<'_>) -> bool {
    ["query_timestamp", "query_name", "query_type"].iter().all(|name| members.has(name))
}

fn parse<'a>(members: Members<'a>, draft: &mut Draft<'a>, context: &Context<'a>) {
    let log = &mut draft.log;
    let action = members.text("firewall_rule_action");
    log.severity = severity(action, members.text("rcode"));
    log.body = Value::Text(summary(&members, context.bump));
    for member in members.into_vec() {
        take(log, member, context.bump);
    }
}

fn take<'a>(log: &mut Log<'a>, member: Attribute<'a>, bump: &'a Bump) {
    match (member.key, member.value) {
        ("query_timestamp", Value::Text(time)) => clock::take(log, attribute::ROUTE53_TIME, time),
        ("srcport", Value::Text(port)) => log.number(attribute::CLIENT_PORT, port),
        ("transport", Value::Text(name)) => log.text(attribute::NETWORK_TRANSPORT, transport(name)),
        ("answers", Value::List(answers @ [_, ..])) => take_answers(log, answers, bump),
        ("srcids", Value::Map(sources)) => {
            const SOURCE_NAMES: &member::Names = &[("instance", attribute::HOST_ID)];
            sources.iter().for_each(|it| member::keep(log, SOURCE_NAMES, attribute::ROUTE53_PREFIX, *it, bump));
        }
        _ => member::keep(log, NAMES, attribute::ROUTE53_PREFIX, member, bump),
    }
}

/// The semantic conventions want addresses alone; other answers, of which there are many kinds, are kept whole beside them.
fn take_answers<'a>(log: &mut Log<'a>, answers: &'a [Value<'a>], bump: &'a Bump) {
    let addresses = Vec::from_iter_in(answers.iter().filter_map(address), bump).into_bump_slice();
    if !addresses.is_empty() {
        log.attribute(attribute::DNS_ANSWERS, Value::List(addresses));
    }
    if addresses.len() < answers.len() {
        log.attribute(attribute::ROUTE53_ANSWERS, Value::List(answers));
    }
}

/// The address of an answer that is one and says nothing else.
fn address<'a>(answer: &Value<'a>) -> Option<Value<'a>> {
    let is =
        |key: &str, values: &[&str]| answer.get(key).is_some_and(|it| it.text().is_some_and(|it| values.contains(&it)));
    let plain = answer.map().len() == 3 && is("Type", &["A", "AAAA"]) && is("Class", &["IN"]);
    answer.get("Rdata").filter(|data| plain && data.text().is_some())
}

/// A query that DNS Firewall stopped or warned of is worth a look, and so is one that no server could answer; a name
/// that does not exist is everyday.
fn severity(action: &str, rcode: &str) -> Severity {
    match (action, rcode) {
        ("BLOCK" | "ALERT", _) | (_, "SERVFAIL" | "REFUSED" | "FORMERR" | "NOTIMP") => Severity::WARN,
        (_, "") => Severity::UNSPECIFIED,
        (_, _) => Severity::INFO,
    }
}

/// `BLOCK A example.com. from 10.0.0.5: NXDOMAIN`
fn summary<'a>(members: &Members<'a>, bump: &'a Bump) -> &'a str {
    let parts = [
        ("", members.text("firewall_rule_action")),
        (" ", members.text("query_type")),
        (" ", members.text("query_name")),
        (" from ", members.text("srcaddr")),
        (": ", members.text("rcode")),
    ];
    line::sentence(&parts, bump)
}

/// Transports as the semantic conventions write them.
fn transport(name: &str) -> &str {
    match name {
        "UDP" => "udp",
        "TCP" => "tcp",
        other => other,
    }
}

/// Ten fields with a space between them, the first the version of the format.
fn parse_line<'a>(line: &'a str, draft: &mut Draft<'a>, _: &Context<'a>) -> bool {
    if !line.starts_with("1.") {
        return false;
    }
    let mut fields = line.splitn(11, ' ');
    let [
        Some(version),
        Some(time),
        Some(zone),
        Some(name),
        Some(kind),
        Some(rcode),
        Some(protocol),
        Some(edge),
        Some(resolver),
        Some(subnet),
        None,
    ] = std::array::from_fn(|_| fields.next())
    else {
        return false;
    };
    if !zone.starts_with('Z') || parse_rfc3339(time).is_none() || name.is_empty() {
        return false;
    }
    let log = &mut draft.log;
    log.severity = severity("", rcode);
    clock::take(log, attribute::ROUTE53_TIME, time);
    log.text("aws.route53.version", version);
    log.text("aws.route53.hosted_zone_id", zone);
    log.text(attribute::DNS_QUESTION_NAME, name);
    log.text(attribute::DNS_QUESTION_TYPE, kind);
    log.text(attribute::DNS_RESPONSE_CODE, rcode);
    log.text(attribute::NETWORK_TRANSPORT, transport(protocol));
    log.text("aws.route53.edge_location", edge);
    log.text(attribute::CLIENT_ADDRESS, resolver);
    log.text("aws.route53.edns_client_subnet", subnet);
    true
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::record::format::tool::golden;
    use crate::record::normalize::tests::Given;

    fn told(message: &str) -> String {
        Given { time: 1_612_461_115_000, ..Given::new("dns", &[message]) }.told().concat()
    }

    /// Source of the sample: Route 53 developer guide, "VPC Resolver query log example".
    const QUERY: &str = r#"{"srcaddr":"4.5.64.102","vpc_id":"vpc-7example","answers":[{"Rdata":"203.0.113.9","Type":"PTR","Class":"IN"}],
        "firewall_rule_group_id":"rslvr-frg-01234567890abcdef","firewall_rule_action":"BLOCK","query_name":"15.3.4.32.in-addr.arpa.",
        "firewall_domain_list_id":"rslvr-fdl-01234567890abcdef","query_class":"IN","srcids":{"instance":"i-0d15cd0d3example"},
        "rcode":"NOERROR","query_type":"PTR","transport":"UDP","version":"1.100000","account_id":"111122223333","srcport":"56067",
        "query_timestamp":"2021-02-04T17:51:55Z","region":"us-east-1"}"#;

    #[test]
    fn a_query_of_a_vpc_is_told_by_names_of_the_conventions() {
        assert_eq!(
            told(QUERY),
            "aws.route53 13  | \"BLOCK PTR 15.3.4.32.in-addr.arpa. from 4.5.64.102: NOERROR\" | client.address=\"4.5.64.102\" \
             aws.vpc.id=\"vpc-7example\" aws.route53.answers=[{Rdata:\"203.0.113.9\",Type:\"PTR\",Class:\"IN\"}] \
             aws.route53.firewall_rule_group_id=\"rslvr-frg-01234567890abcdef\" aws.route53.firewall_rule_action=\"BLOCK\" \
             dns.question.name=\"15.3.4.32.in-addr.arpa.\" aws.route53.firewall_domain_list_id=\"rslvr-fdl-01234567890abcdef\" \
             dns.question.class=\"IN\" host.id=\"i-0d15cd0d3example\" dns.response_code=\"NOERROR\" dns.question.type=\"PTR\" \
             network.transport=\"udp\" aws.route53.version=\"1.100000\" aws.route53.account_id=\"111122223333\" client.port=56067 \
             aws.route53.region=\"us-east-1\""
        );
    }

    #[test]
    fn answers_that_are_addresses_are_a_list_of_them_and_other_answers_stay_whole() {
        let answered = |answers: &str| {
            let message = format!(
                r#"{{"query_timestamp":"2021-02-04T17:51:55Z","query_name":"a.","query_type":"A","answers":{answers}}}"#
            );
            told(&message).split_once("dns.question.type=\"A\"").unwrap().1.to_owned()
        };
        assert_eq!(
            answered(r#"[{"Rdata":"1.2.3.4","Type":"A","Class":"IN"},{"Rdata":"::1","Type":"AAAA","Class":"IN"}]"#),
            " dns.answers=[\"1.2.3.4\",\"::1\"]"
        );
        assert_eq!(
            answered(r#"[{"Rdata":"b.","Type":"CNAME","Class":"IN"},{"Rdata":"1.2.3.4","Type":"A","Class":"IN"}]"#),
            " dns.answers=[\"1.2.3.4\"] aws.route53.answers=[{Rdata:\"b.\",Type:\"CNAME\",Class:\"IN\"},{Rdata:\"1.2.3.4\",Type:\"A\",Class:\"IN\"}]"
        );
        assert_eq!(answered("[]"), "");
    }

    #[test]
    fn a_stopped_query_and_a_failing_server_are_warnings_and_a_missing_name_is_none() {
        assert_eq!(severity("BLOCK", "NXDOMAIN"), Severity::WARN);
        assert_eq!(severity("ALERT", "NOERROR"), Severity::WARN);
        assert_eq!(severity("", "SERVFAIL"), Severity::WARN);
        assert_eq!(severity("ALLOW", "NXDOMAIN"), Severity::INFO);
        assert_eq!(severity("", ""), Severity::UNSPECIFIED);
    }

    /// Source of the sample: Route 53 developer guide, "Example query log".
    #[test]
    fn a_query_to_a_hosted_zone_is_a_line() {
        let line = "1.0 2017-12-13T08:16:02.130Z Z123412341234 example.com A NOERROR UDP FRA6 192.168.1.1 -";
        Given { time: 1_513_152_962_000, ..Given::new("/aws/route53/example.com", &[line]) }.check(|draft| {
            assert_eq!(draft.log.time.map(|time| time.millis()), Some(1_513_152_962_130));
            assert_eq!(draft.log.body, Value::Text(line));
            assert_eq!(
                crate::record::normalize::tests::attributes(&draft.log),
                "aws.route53.version=\"1.0\" aws.route53.hosted_zone_id=\"Z123412341234\" dns.question.name=\"example.com\" \
                 dns.question.type=\"A\" dns.response_code=\"NOERROR\" network.transport=\"udp\" aws.route53.edge_location=\"FRA6\" \
                 client.address=\"192.168.1.1\""
            );
        });
        let other = "1.0 2017-12-13T08:16:04.983Z Z123412341234 www.example.com ANY SERVFAIL TCP IAD12 2001:db8::1 192.168.222.0/24";
        assert!(told(other).starts_with("aws.route53 13 "));
        assert!(told(other).contains("aws.route53.edns_client_subnet=\"192.168.222.0/24\""));
    }

    #[test]
    fn a_line_that_only_looks_like_a_query_stays_text() {
        for line in [
            "1.0 2017-12-13T08:16:02.130Z Z123412341234 example.com A NOERROR UDP FRA6 192.168.1.1",
            "1.0 2017-12-13T08:16:02.130Z Z123412341234 example.com A NOERROR UDP FRA6 192.168.1.1 - more",
            "1.0 yesterday Z123412341234 example.com A NOERROR UDP FRA6 192.168.1.1 -",
            "1.0 2017-12-13T08:16:02.130Z 123412341234 example.com A NOERROR UDP FRA6 192.168.1.1 -",
            "1. first of all",
        ] {
            assert_eq!(told(line), format!("aws.cloudwatch 0  | {line:?} | "));
        }
    }

    proptest! {
        #[test]
        fn no_line_makes_it_panic(line in "1[ -~\u{e9}]{0,60}", edge in "[ -~]{0,8}") {
            let _told = told(&line);
            let _told = told(&format!("1.0 2017-12-13T08:16:02.130Z Z1 {edge} A NOERROR UDP FRA6 192.168.1.1 -"));
        }

        #[test]
        fn whatever_the_members_hold_nothing_is_lost(
            member in "answers|srcids|srcport|query_timestamp|transport|query_name|rcode",
            value in r#""x[1-9]{1,5}"|\["x[1-9]{1,5}",\{"Rdata":"x7","Type":"A"\}\]|\{"Type":"A","instance":\["x[1-9]"\]\}|[1-9]{1,5}"#,
        ) {
            let message = format!(r#"{{{member:?}:{value},"query_timestamp":"t","query_name":"n","query_type":"A"}}"#);
            Given::new("dns", &[&message]).check(|draft| {
                assert_eq!(draft.log.encoding, "aws.route53");
                assert_eq!(golden::lost(&message, &draft.log), std::vec::Vec::<String>::new());
            });
        }
    }
}
