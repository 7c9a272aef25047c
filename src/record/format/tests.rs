//! What holds for all formats, whichever is chosen for whatever line.

use proptest::prelude::*;

use super::*;
use crate::config::{FormatRule, Normalize};
use crate::glob::Glob;
use crate::record::normalize::tests::{Given, TIME};

/// Every format by name, and none.
fn choices() -> impl Iterator<Item = Option<FormatName>> + Clone {
    FormatName::ALL.iter().copied().map(Some).chain([None])
}

/// Reads messages of a function with that format chosen, and checks what holds for every record.
fn read(messages: &[&str], chosen: Option<FormatName>) {
    let rule = |format| FormatRule {
        log_groups: Glob::new("*"),
        log_streams: Glob::new("*"),
        format,
        fields: ["date", "time", "version", "srcaddr"].map(Into::into).into(),
    };
    for group in ["/aws/lambda/orders", "/acme/app"] {
        let settings = Normalize {
            formats: chosen.map(rule).into_iter().collect(),
            multiline: false,
            body_bytes_max: usize::MAX,
            ..Normalize::default()
        };
        let mut messages = messages.iter();
        Given { settings, ..Given::new(group, messages.as_slice()) }.check(|draft| {
            let message = messages.next().unwrap_or(&"");
            if draft.format == FormatName::Text {
                assert_eq!(draft.log.body, Value::Text(without_newline(message)), "{chosen:?}: {message:?}");
            }
        });
    }
}

/// Lines of many formats, as AWS writes them.
fn samples() -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for text in [
        include_str!("../../../tests/data/promtail/testdata/s3accesslog.log"),
        include_str!(
            "../../../tests/data/otelcol/extension/encoding/awslogsencodingextension/internal/unmarshaler/elb-access-log/testdata/alb_al_valid_logs.log"
        ),
        include_str!(
            "../../../tests/data/otelcol/extension/encoding/awslogsencodingextension/internal/unmarshaler/elb-access-log/testdata/nlb_al_valid_logs.log"
        ),
        include_str!(
            "../../../tests/data/otelcol/extension/encoding/awslogsencodingextension/internal/unmarshaler/vpc-flow-log/testdata/valid_vpc_flow_log.log"
        ),
    ] {
        lines.extend(text.lines().take(20).map(str::to_owned));
    }
    for object in [
        include_str!(
            "../../../tests/data/otelcol/extension/encoding/awslogsencodingextension/internal/unmarshaler/waf/testdata/valid_log.json"
        ),
        include_str!(
            "../../../tests/data/otelcol/extension/encoding/awslogsencodingextension/internal/unmarshaler/network-firewall-log/testdata/alert_log.json"
        ),
    ] {
        lines.push(object.to_owned());
    }
    lines.extend(LINES.map(str::to_owned));
    lines
}

/// One line of each format that no file of samples has.
const LINES: [&str; 19] = [
    "REPORT RequestId: f08bb4c8-d6b2-4f05-ac17-af7e2ba005fb\tDuration: 3.16 ms\tBilled Duration: 4 ms\tXRAY TraceId: 1-5759e988-bd862e3fe1be46a994272793\tSampled: true",
    "[ERROR]\t2024-03-13T18:56:24.46Z\tf08bb4c8-d6b2-4f05-ac17-af7e2ba005fb\tfailed\nTraceback (most recent call last):\n  File \"a.py\", line 1, in f\nKeyError: 'x'",
    "2020-03-05T16:30:36.113Z\tf08bb4c8-d6b2-4f05-ac17-af7e2ba005fb\tERROR\tInvoke Error \t{\"errorType\":\"E\",\"errorMessage\":\"m\",\"stack\":[\"a\"]}",
    r#"{"time":"2020-03-05T16:30:36.046Z","type":"platform.report","record":{"requestId":"79b4f56e","metrics":{"durationMs":101.51},"status":"success","tracing":{"value":"Root=1-62e900b2-710d76f009d6e7785905449a"}}}"#,
    r#"{"_aws":{"Timestamp":1574109732004,"CloudWatchMetrics":[{"Namespace":"n","Dimensions":[["v"]],"Metrics":[{"Name":"time","Unit":"Milliseconds"}]}]},"v":"1","time":[100,2.5]}"#,
    r#"{"eventVersion":"1.08","userIdentity":{"type":"Root","arn":"arn:x","sessionContext":{"attributes":{"mfaAuthenticated":"false"}}},"eventTime":"2020-03-05T16:30:36Z","eventSource":"s3.amazonaws.com","eventName":"GetObject","eventID":"1","awsRegion":"us-east-1","tlsDetails":{"tlsVersion":"TLSv1.2"}}"#,
    "1.0 2017-12-13T08:16:02.130Z Z123412341234 example.com A NOERROR UDP FRA6 192.168.1.1 192.0.2.0/24",
    "(f08bb4c8-d6b2-4f05-ac17-af7e2ba005fb) Method completed with status: 200",
    "2019-12-04\t21:02:31\tLAX1\t392\t192.0.2.100\tGET\td111111abcdef8.cloudfront.net\t/index.html\t200\t-\tMozilla/5.0%20(X)\t-\t-\tHit\tid==\td111\thttps\t23\t0.001\t-\tTLSv1.2\tECDHE\tHit\tHTTP/2.0\t-\t-",
    "2020-03-05 16:30:36 UTC:10.0.0.1(5432):app@shop:[123]:ERROR:  relation \"t\" does not exist at character 15",
    "2020-03-05T16:30:36.310443Z 12 [Warning] [MY-010926] [Server] x",
    "20200305 16:30:36,ip-10-0-0-1,app,10.0.0.1,12,3456,QUERY,shop,'SELECT \\'1\\'',0",
    "# Time: 2020-03-05T16:30:36.310443Z\n# User@Host: admin[admin] @ h [10.0.0.1]  Id:    12\n# Query_time: 1.0  Lock_time: 0\nuse shop;\nSELECT 1;",
    r#"{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"a","verb":"get","requestURI":"/a?b","user":{"username":"u"},"objectRef":{"resource":"secrets","name":"n"},"requestObject":{"data":{"a":"b"}},"responseStatus":{"code":403}}"#,
    "I0409 12:00:00.000000      10 file.go:123] \"text\" key=\"value\" err=\"x\"",
    "<165>1 2003-10-11T22:14:15.003Z host app 111 ID47 [ex@32473 iut=\"3\" e=\"\\\"a\\]\"] text",
    "Oct 11 22:14:15 host sshd[42]: Failed password for root from 203.0.113.7 port 22 ssh2",
    "203.0.113.7 - frank [10/Oct/2000:13:55:36 -0700] \"GET /a?b HTTP/1.0\" 200 2326 \"http://a\" \"b\" 1 [c]",
    "ts=2020-03-05T16:30:36.114Z level=error msg=\"no \\\"stock\\\"\" err=x",
];

/// A line of a sample, a piece of it replaced.
fn changed() -> impl Strategy<Value = String> {
    let other = prop::sample::select(std::vec![
        "",
        "\"",
        " ",
        "-",
        "[",
        "]",
        "{",
        "}",
        "\\",
        "%",
        "\t",
        "\n",
        ":",
        ",",
        "=",
        "\u{e9}",
        "\u{a0}",
        "\u{1f980}",
        "\0",
        "0",
        "9999999999999999999999",
        "T",
        "null",
    ]);
    (prop::sample::select(samples()), any::<prop::sample::Index>(), 0..8_usize, other).prop_map(
        |(line, at, length, other)| {
            let bound = |at: usize| (0..=at.min(line.len())).rev().find(|at| line.is_char_boundary(*at)).unwrap_or(0);
            let from = bound(at.index(line.len() + 1));
            format!("{}{other}{}", &line[..from], &line[bound(from + length).max(from)..])
        },
    )
}

/// A JSON object whose members have the names that formats look for, and values of any kind.
fn object() -> impl Strategy<Value = String> {
    let markers = FORMATS.iter().flat_map(|format| match format.shape {
        Shape::Object { markers, .. } => markers.to_vec(),
        Shape::Line { .. } => std::vec![],
    });
    let more = ["type", "message", "level", "time", "timestamp", "Timestamp", "httpRequest", "event", "x"];
    let names: Vec<&str> = markers.chain(more).collect();
    let leaf = prop::sample::select(std::vec![
        "null",
        "true",
        "0",
        "-1",
        "1e400",
        "12345678901234567890",
        "\"\"",
        "\"-\"",
        "\"2020-03-05T16:30:36Z\"",
        "\"\\ud83e\\udd80\"",
        "[]",
        "{}",
        "\"platform.report\"",
        "\"{\\\"_aws\\\":1}\"",
        "\"a: b\\n c\"",
    ])
    .prop_map(str::to_owned);
    let value = leaf.prop_recursive(2, 12, 3, move |inner| {
        let member = (prop::sample::select(std::vec!["a", "id", "name", "value", "metrics"]), inner.clone());
        let map = prop::collection::vec(member, 0..3).prop_map(|members| joined(&members));
        prop_oneof![prop::collection::vec(inner, 0..3).prop_map(|items| format!("[{}]", items.join(","))), map]
    });
    prop::collection::vec((prop::sample::select(names), value), 0..8).prop_map(|members| joined(&members))
}

fn joined(members: &[(&str, String)]) -> String {
    let members: Vec<String> = members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    format!("{{{}}}", members.join(","))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn no_format_panics_and_no_byte_of_a_text_is_lost(text in "(?s).{0,80}", line in changed(), object in object()) {
        choices().for_each(|chosen| read(&[&text, &line, &object], chosen));
    }
}

#[test]
fn a_sample_of_each_format_is_read_whatever_is_chosen() {
    let samples = samples();
    let lines: Vec<&str> = samples.iter().map(String::as_str).collect();
    choices().for_each(|chosen| read(&lines, chosen));
}

/// With work that grows with the square of the length these would take minutes.
#[test]
fn wide_objects_and_long_lines_are_read_in_bounded_time() {
    const PARTS: usize = 10_000;
    let long = |front: &str, part: &str, end: &str| format!("{front}{}{end}", part.repeat(PARTS));
    let markers = FORMATS.iter().flat_map(|format| match format.shape {
        Shape::Object { markers, .. } => markers,
        Shape::Line { .. } => &[],
    });
    let mut messages: Vec<String> = LINES.iter().map(|line| long(line, " a=\"b\": [c],\t'\n", "")).collect();
    messages.extend(markers.map(|marker| long(&format!("{{\"{marker}\":{{}}"), ",\"a\":{\"name\":\"b\"}", "}")));
    messages.extend(
        ["\"", "[", "(", "a ", "a\t", "a,", "a=", "# ", ": ", "\\", "\u{e9}", "\n", "at ", "RequestId: "]
            .map(|part| long("", part, "")),
    );
    let object = LINES.iter().filter(|line| line.starts_with('{'));
    messages.extend(object.map(|line| {
        long(
            line.trim_end_matches('}'),
            ",\"a\":{\"name\":\"b\"}",
            &"}".repeat(line.len() - line.trim_end_matches('}').len()),
        )
    }));
    for (message, chosen) in messages.iter().zip(choices().cycle()) {
        read(&[message], None);
        read(&[message], chosen);
    }
}

#[test]
fn whoever_asks_is_told_that_the_chosen_format_declined() {
    let mut notes = Vec::new();
    let messages = ["START nothing", r#"{"a":1}"#];
    for group in ["/aws/lambda/orders", "aws-waf-logs-x"] {
        Given { time: TIME, ..Given::new(group, &messages) }.check(|draft| {
            let steps = draft.explain.clone().steps().into_iter();
            notes.push(
                steps.filter(|step| step.name == "format").map(|step| step.detail).collect::<Vec<_>>().join("; "),
            );
        });
    }
    assert_eq!(
        notes,
        [
            "lambda was chosen by log group or stream and declined the line; text by content",
            "json by content",
            "waf was chosen by log group or stream and declined the line; text by content",
            "waf was chosen by log group or stream and declined the object; json by content",
        ]
    );
}
