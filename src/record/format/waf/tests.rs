//! What becomes of WAF logs: the Collector's golden, the samples of others, and requests with secrets.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::inflate::Inflater;
use crate::record::format::tool::golden;
use crate::record::format::tool::secret;
use crate::record::normalize::tests::{Given, attributes};
use crate::record::value::Value;

fn told(message: &str) -> String {
    Given::new("aws-waf-logs-shop", &[message]).told().concat()
}

/// Where they differ: headers are lists, as the conventions want; the web ACL is not a resource of its own here; the Collector
/// drops labels, rate-based rules and the version.
#[test]
fn it_agrees_with_the_collectors_golden() {
    let message = include_str!(
        "../../../../tests/data/otelcol/extension/encoding/awslogsencodingextension/internal/unmarshaler/waf/testdata/valid_log.json"
    );
    let golden = golden::records(include_str!(
        "../../../../tests/data/otelcol/extension/encoding/awslogsencodingextension/internal/unmarshaler/waf/testdata/valid_log_expected.yaml"
    ));
    Given { time: 1_748_208_718_000, ..Given::new("/acme/app", &[message]) }.check(|draft| {
        let log = &draft.log;
        assert_eq!(log.time.map(|time| time.nanos()), Some(golden[0].nanos));
        assert_eq!((log.encoding, log.severity.number()), ("aws.waf", 9));
        assert_eq!(log.body, Value::Text("ALLOW GET /favicon.ico from 178.84.204.171 by Default_Action"));
        assert_eq!(golden::lost(message, log), ["HTTP/2.0", "1748208718574"], "which are told in other words");
        let (headers, others): (Vec<_>, Vec<_>) =
            golden::differences(&golden[0], log).into_iter().partition(|it| it[2..].starts_with("http.request.header."));
        let (flat, listed): (Vec<_>, Vec<_>) = headers.into_iter().partition(|it| it.starts_with('-'));
        let as_list = |it: &String| it.replacen('-', "+", 1).replacen('=', "=[", 1) + "]";
        assert_eq!(flat.iter().map(as_list).collect::<Vec<_>>(), listed);
        assert_eq!(flat.len(), 13);
        assert_eq!(
            others,
            [
                "+ aws.waf.format_version=1",
                "+ aws.waf.labels=[\"awswaf:clientip:geo:country:NL\",\"awswaf:clientip:geo:region:NL-NH\"]",
                "+ aws.waf.rate_based_rule_list=[{evaluationWindowSec:300,limitKey:\"IP\",limitValue:\"178.84.204.171\",\
                 maxRateAllowed:10000,rateBasedRuleId:\"arn:aws:wafv2:us-east-1:123456789101_MANAGED:global/ipset/\
                 e3132a63-134d-4da9-a0c4-b166ddd6de6c_77ce5c35-14fa-4731-9710-86216d568f12_IPV4/\
                 77ce5c35-14fa-4731-9710-86216d568f12\",rateBasedRuleName:\"rule-1\"}]",
                "+ cloud.resource_id=\"arn:aws:wafv2:us-east-1:123456789101:global/webacl/open-telemetry-waf/\
                 e3132a63-134d-4da9-a0c4-b166ddd6de6c\"",
            ]
        );
    });
}

#[test]
fn promtails_request_is_read_and_loses_nothing() {
    let mut text = Vec::new();
    let gzip = include_bytes!("../../../../tests/data/promtail/testdata/waflog.log.gz");
    Inflater::default().inflate(gzip, 1 << 20, &mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    Given { time: 1_693_457_862_729, ..Given::new("aws-waf-logs-x", &[&text]) }.check(|draft| {
        assert_eq!(draft.log.encoding, "aws.waf");
        assert_eq!(
            golden::lost(&text, &draft.log),
            ["Host", "Connection", "HTTP/1.1", "1-64f01dc6-7d2deb5d54820c4d7284912a", "1693457862729"],
            "which are told in other words"
        );
        let trace = u128::from_be_bytes(draft.log.trace.trace_id);
        assert_eq!(trace, 0x64f0_1dc6_7d2d_eb5d_5482_0c4d_7284_912a, "the load balancer's id of the request");
        assert!(attributes(&draft.log).contains("http.request.header.user-agent=[\"curl/8.1.2\"]"));
        assert!(attributes(&draft.log).contains("aws.waf.rule_group_list=[{ruleGroupId:\"AWS#"));
    });
}

/// The rule groups and matches that Datadog's forwarder is tested with, in an event of ours.
#[test]
fn rule_groups_and_matches_stay_structured_and_whole() {
    for approved in [
        include_str!(
            "../../../../tests/data/datadog/aws/logs_monitoring/tests/approved_files/TestParseAwsWafLogs.test_waf_rate_based_rules.approved.json"
        ),
        include_str!(
            "../../../../tests/data/datadog/aws/logs_monitoring/tests/approved_files/TestParseAwsWafLogs.test_waf_non_terminating_matching_rules.approved.json"
        ),
        include_str!(
            "../../../../tests/data/datadog/aws/logs_monitoring/tests/approved_files/TestParseAwsWafLogs.test_waf_rule_group_two_rules_same_group_id.approved.json"
        ),
        include_str!(
            "../../../../tests/data/datadog/aws/logs_monitoring/tests/approved_files/TestParseAwsWafLogs.test_waf_rule_group_three_rules_two_group_ids.approved.json"
        ),
        include_str!(
            "../../../../tests/data/datadog/aws/logs_monitoring/tests/approved_files/TestParseAwsWafLogs.test_waf_rule_group_with_excluded_and_nonterminating_rules.approved.json"
        ),
        include_str!(
            "../../../../tests/data/datadog/aws/logs_monitoring/tests/approved_files/TestParseAwsWafLogs.test_waf_headers.approved.json"
        ),
    ] {
        let approved: Json = serde_json::from_str(approved).unwrap();
        let mut event: Json = serde_json::from_str(approved["message"].as_str().unwrap()).unwrap();
        event["webaclId"] = json!("arn:aws:wafv2:x");
        if event.get("httpRequest").is_none() {
            event["httpRequest"] = json!({"uri": "/"});
        }
        let message = event.to_string();
        Given::new("aws-waf-logs-x", &[&message]).check(|draft| {
            assert_eq!(draft.log.encoding, "aws.waf");
            assert_eq!(golden::lost(&message, &draft.log), Vec::<String>::new());
        });
    }
}

#[test]
fn secrets_are_masked_whatever_their_case_and_it_is_noted() {
    let message = r#"{"webaclId":"arn:w","action":"BLOCK","terminatingRuleId":"RateLimit","timestamp":1583425836114,
        "terminatingRuleMatchDetails":[{"conditionType":"SQL_INJECTION","location":"HEADER","matchedData":["S1"],"matchedFieldName":"cookie"}],
        "rateBasedRuleList":[{"limitKey":"CUSTOMKEYS","customValues":[{"key":"COOKIE","name":"session","value":"S2"},{"key":"HEADER","name":"dogname","value":"ella"}]}],
        "httpRequest":{"clientIp":"203.0.113.7","httpMethod":"GET","uri":"/login","headers":[{"name":"Authorization","value":"S3"},
        {"name":"COOKIE","value":"S4"},{"name":"cookie","value":"S5"},{"name":"X-Api-Key","value":"S6"},{"name":"Accept","value":"a"},
        {"name":"accept","value":"b"},{"value":"S7","name":"set-cookie"},"odd",{"name":"te","value":7}]}}"#;
    Given::new("aws-waf-logs-x", &[message]).check(|draft| {
        let notes: Vec<_> = draft.explain.clone().steps().into_iter().filter(|step| step.name == "redact").collect();
        let [note] = &notes[..] else { panic!("one note") };
        assert_eq!(note.detail, "masked 7 values of headers and cookies that grant access");
        assert!(draft.secret_removed, "the line as it came must not be kept");
    });
    assert_eq!(
        told(message),
        "aws.waf 13  | \"BLOCK GET /login from 203.0.113.7 by RateLimit\" | cloud.resource_id=\"arn:w\" aws.waf.action=\"BLOCK\" \
         aws.waf.terminating_rule.id=\"RateLimit\" aws.waf.terminating_rule_match_details=[{conditionType:\"SQL_INJECTION\",\
         location:\"HEADER\",matchedData:\"[redacted]\",matchedFieldName:\"cookie\"}] aws.waf.rate_based_rule_list=[{limitKey:\"CUSTOMKEYS\",\
         customValues:[{key:\"COOKIE\",name:\"session\",value:\"[redacted]\"},{key:\"HEADER\",name:\"dogname\",value:\"ella\"}]}] \
         client.address=\"203.0.113.7\" http.request.method=\"GET\" url.path=\"/login\" \
         http.request.header.authorization=[\"[redacted]\"] http.request.header.cookie=[\"[redacted]\",\"[redacted]\"] \
         http.request.header.x-api-key=[\"[redacted]\"] http.request.header.accept=[\"a\",\"b\"] \
         aws.waf.http_request.headers=[{value:\"[redacted]\",name:\"set-cookie\"},\"odd\",{name:\"te\",value:7}]"
    );
}

#[test]
fn only_a_blocked_request_is_a_warning() {
    for (action, number) in [("BLOCK", 13), ("ALLOW", 9), ("CAPTCHA", 9), ("CHALLENGE", 9), ("COUNT", 9), ("NEW", 0)] {
        let message = format!(r#"{{"webaclId":"arn:w","action":{action:?},"httpRequest":{{}}}}"#);
        let expected =
            format!("aws.waf {number}  | {action:?} | cloud.resource_id=\"arn:w\" aws.waf.action={action:?}");
        assert_eq!(told(&message), expected);
    }
}

proptest! {
    #[test]
    fn nothing_but_secrets_is_lost_and_no_secret_stays(
        name in "cookie|Cookie|AUTHORIZATION|x-api-key|host|te|Host",
        member in "headers|uri|clientIp|httpVersion|country|args",
        shape in 0..4_usize,
    ) {
        let value = match shape {
            0 => json!("ordinary"),
            1 => json!([{"name": name, "value": "SECRET"}, {"name": "plain", "value": "ordinary"}]),
            2 => json!({"name": name, "value": "SECRET", "deep": [["ordinary"]]}),
            _ => json!({name.clone(): "SECRET"}),
        };
        let message = json!({"webaclId": "w", "httpRequest": {member: value}}).to_string();
        let secret = secret::is_secret(&name);
        Given::new("aws-waf-logs-x", &[&message]).check(|draft| {
            let mut lost = golden::lost(&message, &draft.log);
            let masked = lost.contains(&"SECRET".to_owned());
            assert_eq!(masked, secret && message.contains("SECRET"), "{message}");
            // The name of a header may have become that of its attribute, in lower case.
            lost.retain(|it| it != "SECRET" && !it.eq_ignore_ascii_case(&name));
            assert_eq!(lost, Vec::<String>::new());
        });
    }
}
