//! What becomes of firewall logs: the Collector's golden and samples, AWS's examples, and any event.

use proptest::prelude::*;

use crate::record::format::tool::golden;
use crate::record::normalize::tests::{Given, TIME};
use crate::record::value::Value;

/// `severity body | attributes` of an event with these members.
fn told(event: &str) -> String {
    told_at(event, "1583425836")
}

fn told_at(event: &str, event_timestamp: &str) -> String {
    let message = format!(r#"{{"firewall_name":"f","event_timestamp":{event_timestamp},"event":{{{event}}}}}"#);
    let told = Given::new("/acme/app", &[&message]).told().concat();
    told.replacen("aws.networkfirewall ", "", 1).replacen("aws.networkfirewall.name=\"f\" ", "", 1)
}

/// Where they differ: transports are in lower case in the conventions, and firewall and zone, which the Collector has on
/// the resource, are beside the event, for the resource is the log stream's.
#[test]
fn it_agrees_with_the_collectors_golden() {
    let message = include_str!(
        "../../../../tests/data/otelcol/extension/encoding/awslogsencodingextension/internal/unmarshaler/network-firewall-log/testdata/alert_log.json"
    );
    let golden = golden::records(include_str!(
        "../../../../tests/data/otelcol/extension/encoding/awslogsencodingextension/internal/unmarshaler/network-firewall-log/testdata/alert_log_expected.yaml"
    ));
    Given { time: 1_760_956_245_000, ..Given::new("/acme/app", &[message]) }.check(|draft| {
        let log = &draft.log;
        assert_eq!(log.time.map(|time| time.nanos()), Some(golden[0].nanos));
        assert_eq!((log.encoding, log.event_name, log.severity.number()), ("aws.networkfirewall", "alert", 13));
        let body = "allowed ET MALWARE Suspicious TLS Connection: TCP 192.168.1.100:54321 -> 10.0.1.50:443";
        assert_eq!(log.body, Value::Text(body));
        assert_eq!(
            golden::differences(&golden[0], log),
            [
                "- network.transport=\"TCP\"",
                "+ aws.networkfirewall.name=\"test-firewall\"",
                "+ cloud.availability_zone=\"us-east-1a\"",
                "+ network.transport=\"tcp\"",
            ]
        );
    });
}

#[test]
fn a_flow_is_read_by_names_of_the_collector() {
    let message = include_str!(
        "../../../../tests/data/otelcol/extension/encoding/awslogsencodingextension/internal/unmarshaler/network-firewall-log/testdata/flow_log.json"
    );
    assert_eq!(
        Given { time: 1_760_956_245_000, ..Given::new("/acme/app", &[message]) }.told(),
        ["aws.networkfirewall 9  | \"netflow: TCP 192.168.1.100:54322 -> 10.0.1.51:80\" | \
             aws.networkfirewall.name=\"test-firewall\" cloud.availability_zone=\"us-east-1a\" \
             aws.networkfirewall.event.type=\"netflow\" aws.networkfirewall.flow_id=1234567891 source.address=\"192.168.1.100\" \
             source.port=54322 destination.address=\"10.0.1.51\" destination.port=80 network.transport=\"tcp\" \
             aws.networkfirewall.netflow.packets=150 aws.networkfirewall.netflow.bytes=45000 \
             aws.networkfirewall.netflow.start=\"2025-10-20T10:30:40.000Z\" aws.networkfirewall.netflow.end=\"2025-10-20T10:30:45.000Z\" \
             aws.networkfirewall.netflow.age=5 aws.networkfirewall.netflow.min_ttl=64 aws.networkfirewall.netflow.max_ttl=64 \
             aws.networkfirewall.netflow.transaction.count=10"]
    );
}

/// Source of the shape: Network Firewall developer guide, "Logging for TLS inspection": no type, and ports are texts.
#[test]
fn events_of_tls_inspection_are_warnings_and_name_what_failed() {
    assert_eq!(
        told(
            r#""timestamp":"2020-03-05T16:30:36.412778Z","src_ip":"10.0.2.53","src_port":"59844","dest_ip":"10.0.1.27","dest_port":"443","sni":"-","tls_error":{"error_message":"Server name is not found in client hello."}"#
        ),
        "13  | \"Server name is not found in client hello. 10.0.2.53:59844 -> 10.0.1.27:443\" | source.address=\"10.0.2.53\" source.port=59844 \
         destination.address=\"10.0.1.27\" destination.port=443 \
         aws.networkfirewall.tls.error.message=\"Server name is not found in client hello.\""
    );
    assert_eq!(
        told(
            r#""src_ip":"::1","src_port":"1","sni":"a.com","revocation_check":{"leaf_cert_fpr":"12","status":"REVOKED","action":"DROP"}"#
        ),
        "13  | \"a.com: certificate REVOKED [::1]:1\" | source.address=\"::1\" source.port=1 server.address=\"a.com\" \
         aws.networkfirewall.tls.revocation_check.leaf_cert_fpr=\"12\" aws.networkfirewall.tls.revocation_check.status=\"REVOKED\" \
         aws.networkfirewall.tls.revocation_check.action=\"DROP\""
    );
}

#[test]
fn http_and_tls_of_suricata_have_names_of_the_conventions_and_cookies_are_masked() {
    assert_eq!(
        told(
            r#""event_type":"alert","proto":"SCTP","app_proto":"http","http":{"hostname":"a.com","url":"/x?y=1","http_user_agent":"curl","http_method":"GET","protocol":"HTTP/1.1","status":403,"length":5,"cookie":"SECRET","http_content_type":"t"},"tls":{"sni":"a.com","version":"TLS 1.3","subject":"CN=a","issuerdn":"CN=b","session_resumed":true,"fingerprint":"f"},"verdict":{"action":"drop"},"tls_inspected":true,"alert":{"action":"allowed","metadata":{"created_at":["2020"]}}"#
        ),
        "13  | \"allowed GET a.com/x?y=1 a.com: SCTP\" | aws.networkfirewall.event.type=\"alert\" network.transport=\"sctp\" \
         network.protocol.name=\"http\" url.domain=\"a.com\" url.path=\"/x\" url.query=\"y=1\" user_agent.original=\"curl\" \
         http.request.method=\"GET\" network.protocol.version=\"1.1\" http.response.status_code=403 http.response.body.size=5 \
         http.request.header.cookie=[\"[redacted]\"] aws.networkfirewall.http.http_content_type=\"t\" server.address=\"a.com\" \
         tls.protocol.version=\"1.3\" tls.server.subject=\"CN=a\" tls.server.issuer=\"CN=b\" tls.resumed=true \
         aws.networkfirewall.tls.fingerprint=\"f\" aws.networkfirewall.verdict={action:\"drop\"} \
         aws.networkfirewall.tls_inspected=true aws.networkfirewall.alert.action=\"allowed\" \
         aws.networkfirewall.alert.metadata.created_at=[\"2020\"]"
    );
}

#[test]
fn stopped_traffic_is_an_error_where_the_rule_is_of_highest_severity_and_else_a_warning() {
    let number = |alert: &str| {
        told(&format!(r#""event_type":"alert","alert":{{{alert}}}"#)).split(' ').next().map(str::to_owned)
    };
    assert_eq!(number(r#""action":"blocked","severity":1"#).unwrap(), "17");
    assert_eq!(number(r#""action":"blocked","severity":3"#).unwrap(), "13");
    assert_eq!(number(r#""action":"allowed","severity":1"#).unwrap(), "13");
    assert_eq!(number(r#""action":"allowed","severity":3"#).unwrap(), "9");
}

#[test]
fn the_time_is_the_events_own_else_that_of_the_log_and_one_far_away_is_kept_as_it_is() {
    assert_eq!(TIME / 1_000, 1_583_425_836);
    assert_eq!(told_at(r#""event_type":"x""#, "\"1583425836\""), "9  | \"x\" | aws.networkfirewall.event.type=\"x\"");
    let far = told_at(r#""event_type":"x","timestamp":"2019-01-01T00:00:00.5Z""#, "1");
    assert_eq!(
        far,
        "9  | \"x\" | aws.networkfirewall.timestamp=\"2019-01-01T00:00:00.5Z\" aws.networkfirewall.name=\"f\" \
         aws.networkfirewall.event_timestamp=1 aws.networkfirewall.event.type=\"x\""
            .replace("aws.networkfirewall.name=\"f\" ", "")
    );
}

proptest! {
    #[test]
    fn whatever_the_members_hold_nothing_is_lost(
        member in "alert|netflow|tls|http|proto|src_port|revocation_check|tls_error|timestamp|sni|other",
        value in r#""x[1-9]{1,5}"|\["x[1-9]{1,5}"\]|\{"version":"x1","metadata":"x2","url":"x3","protocol":"x4","action":\["x5"\]\}|[1-9]{1,5}"#,
    ) {
        let message = format!(r#"{{"firewall_name":"f","event":{{{member:?}:{value},"dest_ip":"d"}}}}"#);
        Given::new("/acme/app", &[&message]).check(|draft| {
            assert_eq!(draft.log.encoding, "aws.networkfirewall");
            assert_eq!(golden::lost(&message, &draft.log), Vec::<String>::new());
        });
    }
}
