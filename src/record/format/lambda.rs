//! Lambda's log format TEXT: the lines of the platform, and by `lambda_runtime` those of functions.
//!
//! `REPORT RequestId: <id>\tDuration: 128.83 ms\tBilled Duration: 129 ms\tMemory Size: 128 MB\tMax Memory Used: 74 MB\t`
//!
//! Sources: Lambda developer guide, "Sending Lambda function logs to CloudWatch Logs", "Understanding the Lambda execution
//! environment lifecycle", "Monitoring for Lambda SnapStart"; names of the events as in the Telemetry API, and in the Logs API
//! before it (`platform.end`).

use super::lambda_report::{Report, is_request_id};
use super::text::{TRACEBACK, closes_traceback};
use super::{Format, Shape, lambda_fault, lambda_runtime};
use crate::config::FormatName;
use crate::record::draft::{Context, Draft};

/// Lines of Lambda functions.
pub const FORMAT: Format = Format {
    name: FormatName::Lambda,
    encoding: "aws.lambda",
    shape: Shape::Line { starts, parse },
    continues: Some(continues),
};

/// First words of the platform's lines, how the line goes on, and the event.
const EVENTS: [(&str, &str, &str); 12] = [
    ("START", "RequestId: ", "platform.start"),
    ("END", "RequestId: ", "platform.end"),
    ("REPORT", "RequestId: ", "platform.report"),
    ("INIT_START", "Runtime Version: ", "platform.initStart"),
    ("INIT_RUNTIME_DONE", "Status: ", "platform.initRuntimeDone"),
    ("INIT_REPORT", "Init Duration: ", "platform.initReport"),
    ("RESTORE_START", "Runtime Version: ", "platform.restoreStart"),
    ("RESTORE_RUNTIME_DONE", "Status: ", "platform.restoreRuntimeDone"),
    ("RESTORE_REPORT", "Restore Duration: ", "platform.restoreReport"),
    ("EXTENSION", "Name: ", "platform.extension"),
    ("TELEMETRY", "Name: ", "platform.telemetrySubscription"),
    ("LOGS", "Name: ", "platform.logsSubscription"),
];

/// First letters of the platform's lines, and of the prefixes of Node.js and Python.
const fn starts(byte: u8) -> bool {
    matches!(byte, b'S' | b'E' | b'R' | b'I' | b'T' | b'L' | b'[' | b'0'..=b'9')
}

fn parse<'a>(line: &'a str, draft: &mut Draft<'a>, context: &Context<'a>) -> bool {
    platform(line, draft, context)
        || lambda_fault::parse(line, draft, context)
        || lambda_runtime::parse(line, draft, context)
}

/// The event of a platform line, and its fields.
fn event(line: &str) -> Option<(&'static str, &str)> {
    /// The longest first word.
    const WORD_BYTES_MAX: usize = 20;
    let end = line.bytes().take(WORD_BYTES_MAX + 1).position(|byte| matches!(byte, b' ' | b'\t'))?;
    let (word, tail) = line.split_at_checked(end)?;
    let (_, first, event) = EVENTS.iter().find(|(known, _, _)| *known == word)?;
    let tail = tail.get(1..)?;
    let value = tail.strip_prefix(first)?;
    let id = || is_request_id(value.split_ascii_whitespace().next().unwrap_or_default());
    (*first != "RequestId: " || id()).then_some((*event, tail))
}

fn platform<'a>(line: &'a str, draft: &mut Draft<'a>, context: &Context<'a>) -> bool {
    let Some((event, tail)) = event(line) else { return false };
    let report = Report::of_line(tail, &mut draft.log, context.bump);
    draft.log.event_name = event;
    report.conclude(&mut draft.log);
    if event == "platform.report" {
        report.conclude_invocation(draft, context);
    }
    true
}

/// Whether a line goes on with the one before: frames and causes of a stack trace, and no line of the platform.
fn continues(first: &str, last: &str, line: &str) -> bool {
    const PARTS: [&str; 7] = [
        "Caused by: ",
        "Suppressed: ",
        TRACEBACK,
        "During handling of the above exception",
        "The above exception was the direct cause",
        "File \"",
        "from /",
    ];
    const INDENTS: [&str; 2] = ["    ", "\u{a0}\u{a0}\u{a0}\u{a0}"];
    let first = first.trim_ascii();
    if first.is_empty() || first.starts_with('{') || event(first).is_some() || lambda_fault::told(first).is_some() {
        return false;
    }
    // Python's runtime writes no-break spaces, which log viewers do not fold.
    let text = line.trim_start_matches([' ', '\t', '\u{a0}']);
    let indented = text.len() < line.len();
    let frame = indented && ["at ", "... ", "File \"", "from "].iter().any(|start| text.starts_with(start));
    // The source lines below the frames of Python stand further in; those of JSON begin with a mark.
    let source = indented
        && INDENTS.iter().any(|indent| line.starts_with(indent))
        && text.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '^' | '~'));
    frame || source || closes_traceback(first, last, line) || PARTS.iter().any(|start| text.starts_with(start))
}

#[cfg(test)]
mod tests {
    use bumpalo::Bump;
    use proptest::prelude::*;

    use crate::envelope::cloudwatch_logs;
    use crate::record::metric::gather::Gather;
    use crate::record::metric::reading::Values;
    use crate::record::metric::{Points, Resource};
    use crate::record::normalize::tests::Given;

    const STREAM: &str = "2020/03/05/orders[$LATEST]20bddfd5a2dc4c6b97ac02800eae90d0";
    const ID: &str = "f08bb4c8-d6b2-4f05-ac17-af7e2ba005fb";
    const TIMED_OUT: &str =
        "2020-03-05T16:30:36.150Z f08bb4c8-d6b2-4f05-ac17-af7e2ba005fb Task timed out after 3.00 seconds\n\n";
    const KILLED: &str = "RequestId: f08bb4c8-d6b2-4f05-ac17-af7e2ba005fb Error: Runtime exited with error: signal: killed\nRuntime.ExitError\n";
    const REPORT: &str = "REPORT RequestId: f08bb4c8-d6b2-4f05-ac17-af7e2ba005fb\tDuration: 3003.16 ms\tBilled Duration: 3000 ms\tMemory Size: 128 MB\tMax Memory Used: 128 MB\t\n";

    /// A payload of a function in a shared log group.
    fn shared<'m>(messages: &'m [&'m str]) -> Given<'m> {
        Given { log_stream: STREAM, ..Given::new("/acme/shared", messages) }
    }

    fn told(message: &str) -> String {
        shared(&[message]).told().swap_remove(0)
    }

    /// The log record alone.
    fn record(message: &str) -> String {
        told(message).lines().next().unwrap_or_default().to_owned()
    }

    fn event_and_trace(message: &str) -> (String, u128, u64, u8) {
        let mut found = None;
        shared(&[message]).check(|draft| {
            let trace = draft.log.trace;
            let ids = (u128::from_be_bytes(trace.trace_id), u64::from_be_bytes(trace.span_id), trace.flags);
            found = Some((draft.log.event_name.to_owned(), ids.0, ids.1, ids.2));
        });
        found.unwrap()
    }

    /// The sums of the metrics of a payload.
    fn sums(messages: &[&str], names: &[&str]) -> Vec<(String, f64, f64)> {
        let bump = Bump::new();
        let mut gather = Gather::new(&bump);
        shared(messages).check(|draft| draft.readings.iter().for_each(|reading| gather.add(reading)));
        let mut points = Points::default();
        points.set_resource(Resource { account: "111122223333".parse().unwrap(), region: None, stream: None });
        gather.points(&mut points, |_| true);
        let wanted = points.iter().filter(|point| names.contains(&point.datum.name));
        wanted.map(|point| (point.datum.name.to_owned(), point.datum.sum, point.datum.count)).collect()
    }

    #[test]
    fn start_and_end_tell_the_request() {
        assert_eq!(
            told("START RequestId: f08bb4c8-d6b2-4f05-ac17-af7e2ba005fb Version: $LATEST\n"),
            "aws.lambda 9  | \"START RequestId: f08bb4c8-d6b2-4f05-ac17-af7e2ba005fb Version: $LATEST\" | \
             faas.invocation_id=\"f08bb4c8-d6b2-4f05-ac17-af7e2ba005fb\" faas.version=\"$LATEST\""
        );
        assert_eq!(
            told("END RequestId: f08bb4c8-d6b2-4f05-ac17-af7e2ba005fb\n"),
            "aws.lambda 9  | \"END RequestId: f08bb4c8-d6b2-4f05-ac17-af7e2ba005fb\" | \
             faas.invocation_id=\"f08bb4c8-d6b2-4f05-ac17-af7e2ba005fb\""
        );
    }

    #[test]
    fn a_report_becomes_attributes_metrics_and_a_trace() {
        let report = "REPORT RequestId: f08bb4c8-d6b2-4f05-ac17-af7e2ba005fb\tDuration: 619.31 ms\tBilled Duration: 700 ms\t\
                      Memory Size: 128 MB\tMax Memory Used: 118 MB\t\nXRAY TraceId: 1-5759e988-bd862e3fe1be46a994272793\t\
                      SegmentId: 557abcec3ee5a047\tSampled: true\t\n";
        let told = told(report);
        let (_, behind) = told.split_once("\" | ").unwrap();
        assert_eq!(
            behind,
            "faas.invocation_id=\"f08bb4c8-d6b2-4f05-ac17-af7e2ba005fb\" aws.lambda.duration_ms=619.31 \
             aws.lambda.billed_duration_ms=700 aws.lambda.memory_size_mb=128 aws.lambda.max_memory_used_mb=118 \
             faas.coldstart=false
AWS/Lambda/Invocations {FunctionName=orders} One(1.0) {Count}
AWS/Lambda/Errors {FunctionName=orders} One(0.0) {Count}
AWS/Lambda/Duration {FunctionName=orders} One(619.31) ms
AWS/Lambda/BilledDuration {FunctionName=orders} One(700.0) ms
AWS/Lambda/MemorySize {FunctionName=orders} One(128.0) MBy
AWS/Lambda/MaxMemoryUsed {FunctionName=orders} One(118.0) MBy"
        );
        let trace = 0x5759_e988_bd86_2e3f_e1be_46a9_9427_2793;
        assert_eq!(event_and_trace(report), ("platform.report".into(), trace, 0x557a_bcec_3ee5_a047, 1));
    }

    #[test]
    fn the_values_of_a_report_cover_the_time_of_the_invocation() {
        shared(&[REPORT]).check(|draft| {
            let period = draft.readings.iter().map(|reading| (reading.start.millis(), reading.end.millis()));
            assert!(period.clone().count() > 0);
            period.for_each(|period| assert_eq!(period, (1_583_425_833_110, 1_583_425_836_114)));
        });
    }

    #[test]
    fn newer_tails_tell_status_and_error() {
        let timeout = told(
            "REPORT RequestId: r-1-2\tDuration: 3000.00 ms\tBilled Duration: 3403 ms\tInit Duration: 402.04 ms\tStatus: timeout\n",
        );
        assert!(timeout.starts_with("aws.lambda 17 "), "{timeout}");
        for part in [
            "aws.lambda.init_duration_ms=402.04 aws.lambda.status=\"timeout\" error.type=\"timeout\" faas.coldstart=true",
            "AWS/Lambda/Errors {FunctionName=orders} One(1.0) {Count}",
            "AWS/Lambda/Timeouts {FunctionName=orders} One(1.0) {Count}",
            "AWS/Lambda/ColdStarts {FunctionName=orders} One(1.0) {Count}",
        ] {
            assert!(timeout.contains(part), "{part}: {timeout}");
        }
        // Some forwarders make spaces of tabs.
        let memory = told(
            "REPORT RequestId: r-1-2 Duration: 13956.16 ms Billed Duration: 13957 ms Memory Size: 192 MB Max Memory Used: 192 MB Status: error Error Type: Runtime.OutOfMemory",
        );
        assert!(
            memory.contains("aws.lambda.status=\"error\" error.type=\"Runtime.OutOfMemory\" faas.coldstart=false"),
            "{memory}"
        );
        assert!(memory.contains("AWS/Lambda/OutOfMemory {FunctionName=orders} One(1.0) {Count}"), "{memory}");
    }

    #[test]
    fn tails_that_are_not_known_yet_are_kept() {
        let told = told("REPORT RequestId: r-1-2\tDuration: 3.00 ms\tCpu Time: 7 ms\tMemory Size: lots\n");
        assert!(told.contains("aws.lambda.cpu_time=\"7 ms\" aws.lambda.memory_size_mb=\"lots\""), "{told}");
    }

    #[test]
    fn a_restored_snapshot_is_a_cold_start() {
        let told = told(
            "REPORT RequestId: r-1-2\tDuration: 36.97 ms\tBilled Duration: 173 ms\tMemory Size: 128 MB\tMax Memory Used: 68 MB\tRestore Duration: 511.56 ms\tBilled Restore Duration: 136 ms\t\n",
        );
        for part in [
            "aws.lambda.restore_duration_ms=511.56 aws.lambda.billed_restore_duration_ms=136 faas.coldstart=true",
            "AWS/Lambda/RestoreDuration {FunctionName=orders} One(511.56) ms",
            "AWS/Lambda/BilledRestoreDuration {FunctionName=orders} One(136.0) ms",
            "AWS/Lambda/ColdStarts {FunctionName=orders} One(1.0) {Count}",
        ] {
            assert!(told.contains(part), "{part}: {told}");
        }
    }

    #[test]
    fn the_other_lines_of_the_platform_are_events_without_metrics() {
        let cases = [
            (
                "INIT_START Runtime Version: python:3.12.v18\tRuntime Version ARN: arn:aws:lambda:us-east-1::runtime:ab\n",
                "platform.initStart",
                9,
                "aws.lambda.runtime_version=\"python:3.12.v18\" aws.lambda.runtime_version_arn=\"arn:aws:lambda:us-east-1::runtime:ab\"",
            ),
            (
                "INIT_REPORT Init Duration: 150.79 ms\tPhase: init\tStatus: error\tError Type: Runtime.UserCodeSyntaxError\n",
                "platform.initReport",
                17,
                "aws.lambda.init_duration_ms=150.79 aws.lambda.phase=\"init\" aws.lambda.status=\"error\" error.type=\"Runtime.UserCodeSyntaxError\"",
            ),
            (
                "INIT_REPORT Init Duration: 9999.79 ms\tPhase: init\tStatus: timeout\n",
                "platform.initReport",
                17,
                "aws.lambda.init_duration_ms=9999.79 aws.lambda.phase=\"init\" aws.lambda.status=\"timeout\" error.type=\"timeout\"",
            ),
            (
                "RESTORE_START Runtime Version: java:11.v21\tRuntime Version ARN: arn:x\n",
                "platform.restoreStart",
                9,
                "aws.lambda.runtime_version=\"java:11.v21\" aws.lambda.runtime_version_arn=\"arn:x\"",
            ),
            (
                "RESTORE_REPORT Restore Duration: 511.25 ms\n",
                "platform.restoreReport",
                9,
                "aws.lambda.restore_duration_ms=511.25",
            ),
            (
                "EXTENSION\tName: agent\tState: Ready\tEvents: [INVOKE, SHUTDOWN]\n",
                "platform.extension",
                9,
                "aws.lambda.extension.name=\"agent\" aws.lambda.extension.state=\"Ready\" aws.lambda.extension.events=[\"INVOKE\",\"SHUTDOWN\"]",
            ),
            (
                "TELEMETRY\tName: agent\tState: Subscribed\tTypes: [Platform, Function]\n",
                "platform.telemetrySubscription",
                9,
                "aws.lambda.extension.name=\"agent\" aws.lambda.extension.state=\"Subscribed\" aws.lambda.extension.types=[\"Platform\",\"Function\"]",
            ),
        ];
        for (line, event, severity, attributes) in cases {
            let body = line.trim_end().replace('\t', "\\t");
            assert_eq!(told(line), format!("aws.lambda {severity}  | \"{body}\" | {attributes}"));
            assert_eq!(event_and_trace(line).0, event);
        }
    }

    #[test]
    fn faults_are_errors_of_their_request() {
        assert_eq!(
            told(TIMED_OUT),
            "aws.lambda 17  | \"2020-03-05T16:30:36.150Z f08bb4c8-d6b2-4f05-ac17-af7e2ba005fb Task timed out after 3.00 seconds\\n\" | \
             faas.invocation_id=\"f08bb4c8-d6b2-4f05-ac17-af7e2ba005fb\" aws.lambda.timeout_s=3.0 error.type=\"timeout\"
AWS/Lambda/Errors {FunctionName=orders} One(1.0) {Count}
AWS/Lambda/Timeouts {FunctionName=orders} One(1.0) {Count}"
        );
        assert_eq!(
            told(KILLED),
            "aws.lambda 17  | \"RequestId: f08bb4c8-d6b2-4f05-ac17-af7e2ba005fb Error: Runtime exited with error: signal: killed\\nRuntime.ExitError\" | \
             faas.invocation_id=\"f08bb4c8-d6b2-4f05-ac17-af7e2ba005fb\" error.type=\"Runtime.ExitError\"
AWS/Lambda/Errors {FunctionName=orders} One(1.0) {Count}
AWS/Lambda/OutOfMemory {FunctionName=orders} One(1.0) {Count}"
        );
        assert_eq!(
            told("RequestId: r-1-2 Process exited before completing request\n"),
            "aws.lambda 17  | \"RequestId: r-1-2 Process exited before completing request\" | faas.invocation_id=\"r-1-2\"
AWS/Lambda/Errors {FunctionName=orders} One(1.0) {Count}"
        );
    }

    #[test]
    fn a_request_that_failed_counts_as_one_error_whatever_lines_tell_of_it_and_in_whatever_order() {
        let counts = |messages: &[&str]| sums(messages, &["Invocations", "Errors", "Timeouts", "OutOfMemory"]);
        let one = |name: &str| (name.to_owned(), 1.0, 1.0);
        let newer = REPORT.replace("128 MB\t\n", "128 MB\tStatus: timeout\n");
        // An older REPORT does not say that the invocation failed: only the fault does.
        let timed_out = [[REPORT, TIMED_OUT], [&newer, TIMED_OUT]];
        for mut messages in timed_out {
            assert_eq!(counts(&messages), [one("Invocations"), one("Errors"), one("Timeouts")]);
            messages.reverse();
            assert_eq!(counts(&messages), [one("Errors"), one("Timeouts"), one("Invocations")]);
        }
        let exited = REPORT.replace("128 MB\t\n", "128 MB\tStatus: error\tError Type: Runtime.ExitError\n");
        for report in [REPORT, &exited] {
            assert_eq!(counts(&[KILLED, report]), [one("Errors"), one("OutOfMemory"), one("Invocations")]);
        }
        let other = REPORT.replace("f08bb4c8", "00000000");
        let errors = counts(&[REPORT, &other, TIMED_OUT, KILLED]).swap_remove(1);
        assert_eq!(errors, ("Errors".into(), 1.0, 2.0));
    }

    #[test]
    fn an_error_that_names_no_request_adds_to_the_sum_only() {
        let error =
            "[ERROR] ValueError: no stock\nTraceback (most recent call last):\n\u{a0}\u{a0}File \"a.py\", line 1, in f";
        assert_eq!(sums(&[error, REPORT], &["Errors"]), [("Errors".into(), 1.0, 1.0)]);
        // What kept the function from starting is told by the report as well.
        let import = "[ERROR] Runtime.ImportModuleError: no app\nTraceback (most recent call last):\n";
        let failed = REPORT.replace("128 MB\t\n", "128 MB\tStatus: error\tError Type: Runtime.ImportModuleError\n");
        assert_eq!(sums(&[import, &failed], &["Errors"]), [("Errors".into(), 1.0, 1.0)]);
    }

    #[test]
    fn metrics_are_made_only_of_known_functions_and_where_they_are_wanted() {
        use crate::config::{LogMetrics, Normalize};
        let count = |given: &Given<'_>| {
            let mut count = 0;
            given.check(|draft| count += draft.readings.len());
            count
        };
        let lines = [REPORT, TIMED_OUT];
        assert!(count(&shared(&lines)) > 0);
        assert!(count(&Given::new("/aws/lambda/orders", &lines)) > 0);
        assert_eq!(count(&Given::new("/acme/app", &lines)), 0);
        let settings = Normalize { log_metrics: LogMetrics::Never, ..Normalize::default() };
        assert_eq!(count(&Given { settings, ..shared(&lines) }), 0);
    }

    #[test]
    fn a_shared_log_group_works_as_an_own_one() {
        for line in [REPORT, TIMED_OUT, "[main] INFO example.Handler - text", "plain"] {
            let own = Given::new("/aws/lambda/orders", &[line]).told();
            assert_eq!(shared(&[line]).told(), own);
            let lines = [line];
            let of_a_service = Given { log_stream: STREAM, ..Given::new("/aws/vendedlogs/states/any", &lines) };
            assert_eq!(of_a_service.told(), own);
        }
    }

    #[test]
    fn lines_that_only_look_like_the_platforms_are_text() {
        for line in [
            "REPORT invalid report log line",
            "REPORT RequestId: \\t7c95",
            "START RequestId: ",
            "START the engine",
            "END",
            "EXTENSION Nameless",
            "RequestId: abcd is fine",
            "2020-03-05T16:30:36.150Z abcd Task timed out",
            "INIT_STARTED Runtime Version: x",
        ] {
            assert_eq!(record(line), format!("aws.cloudwatch 0  | {line:?} | "));
        }
    }

    #[test]
    fn frames_join_the_line_before_and_platform_lines_join_nothing() {
        let start = "START RequestId: r-1-2 Version: 1\n";
        let java =
            ["java.lang.Error: x\n", "\tat a.B.c(B.java:1)\n", "\t... 3 more\n", "Caused by: java.lang.Error: y\n"];
        let node = ["Error: x\n", "    at f (a.js:1:1)\n"];
        let python =
            ["Traceback (most recent call last):\n", "  File \"a.py\", line 1, in f\n", "    g()\n", "KeyError: 'x'\n"];
        let logged = [
            "[ERROR]\t2020-03-05T16:30:36.046Z\tf08bb4c8-d6b2-4f05-ac17-af7e2ba005fb\tfailed\n",
            "Traceback (most recent call last):\n",
            "\u{a0}\u{a0}File \"a.py\"\n",
            "    g()\n",
            "KeyError: 'x'\n",
        ];
        for lines in [&java[..], &node, &python, &logged] {
            let messages = [&[start], lines, &[REPORT]].concat();
            let told = shared(&messages).told();
            assert_eq!(told.len(), 3, "{told:#?}");
            assert!(told[1].starts_with("aws.lambda 17 "), "{told:#?}");
            assert!(
                told[1].contains(&format!("aws.log.event.joined_ids=[{}]", vec!["\"1\""; lines.len() - 1].join(","))),
                "{told:#?}"
            );
        }
        assert_eq!(shared(&[REPORT, "    at f (a.js:1:1)\n"]).told().len(), 2);
        assert_eq!(shared(&["{\"a\":1}", "    at f (a.js:1:1)\n"]).told().len(), 2);
        assert_eq!(shared(&["{\n", "    \"a\": 1\n", "}\n"]).told().len(), 3);
        assert_eq!(shared(&["a\n", "    at f (a.js:1:1)\n", "TypeError: x\n"]).told().len(), 2);
        assert_eq!(shared(&["a\n", "b\n", "KeyError: 'x'\n"]).told().len(), 3);
    }

    /// A payload of Datadog's integration tests, in which tabs and newlines are escaped twice in some files.
    fn payload(json: &str, check: impl FnOnce(&Given<'_>)) {
        let bump = Bump::new();
        let json = json.replace(r"\\t", r"\t").replace(r"\\n", r"\n");
        let payload = cloudwatch_logs::parse(&mut crate::json::Scanner::new(&json), &bump).unwrap();
        let messages: Vec<&str> = payload.events.iter().map(|event| event.message).collect();
        check(&Given { log_stream: payload.log_stream, ..Given::new(payload.log_group, &messages) });
    }

    macro_rules! datadog {
        ($path:literal) => {
            include_str!(concat!("../../../tests/data/datadog/aws/logs_monitoring/", $path))
        };
    }

    #[test]
    fn payloads_of_datadog_are_told_like_their_lines() {
        payload(datadog!("tools/integration_tests/snapshots/cloudwatch_log_coldstart.json"), |given| {
            let told = given.told();
            assert_eq!(told.len(), 3);
            assert!(told[2].contains("aws.lambda.init_duration_ms=120.96 faas.coldstart=true"), "{told:#?}");
            assert!(
                told[2].contains("AWS/Lambda/ColdStarts {FunctionName=storms-cloudwatch-event} One(1.0)"),
                "{told:#?}"
            );
        });
        payload(datadog!("tools/integration_tests/snapshots/cloudwatch_log_timeout.json"), |given| {
            let told = given.told();
            assert_eq!(told.len(), 4);
            assert!(
                told[3].contains("AWS/Lambda/Timeouts {FunctionName=storms-cloudwatch-event} One(1.0)"),
                "{told:#?}"
            );
        });
        payload(datadog!("tools/integration_tests/snapshots/cloudwatch_log_lambda_invocation.json"), |given| {
            let told = given.told();
            let first = "aws.lambda 5 DEBUG | \"[dd.trace_id=3172564172058669914 dd.span_id=14292093692483532556] {\\\"status\\\":\\\"debug\\\",\\\"message\\\":\\\"datadog:Patched console output with trace context\\\"}\" | faas.invocation_id=\"f08bb4c8-d6b2-4f05-ac17-af7e2ba005fb\"";
            assert_eq!(told[0], first);
            assert!(
                told.last()
                    .unwrap()
                    .contains("AWS/Lambda/MaxMemoryUsed {FunctionName=hello-dog-node-dev-hello12x} One(118.0) MBy")
            );
        });
        payload(
            datadog!("tools/integration_tests/snapshots/cloudwatch_customized_log_group_lambda_invocation.json"),
            |given| {
                assert!(given.told().iter().all(|told| told.starts_with("aws.lambda 5 DEBUG | ")));
            },
        );
    }

    /// Datadog's parses of one message under our names, durations in milliseconds as the lines have them.
    fn approved(json: &str) -> Vec<(String, f64)> {
        let metrics: Vec<serde_json::Value> = serde_json::from_str(json).unwrap();
        let ours = |metric: &serde_json::Value| {
            let (name, factor) = match metric["name"].as_str()?.strip_prefix("aws.lambda.enhanced.")? {
                "duration" => ("Duration", 1e3),
                "billed_duration" => ("BilledDuration", 1e3),
                "init_duration" => ("InitDuration", 1e3),
                "max_memory_used" => ("MaxMemoryUsed", 1.0),
                "timeouts" => ("Timeouts", 1.0),
                "out_of_memory" => ("OutOfMemory", 1.0),
                // Prices change, and the line does not tell them.
                "estimated_cost" => return None,
                other => panic!("{other}"),
            };
            Some((name.into(), (metric["value"].as_f64()? * factor * 1e6).round() / 1e6))
        };
        metrics.iter().filter_map(ours).collect()
    }

    fn readings(message: &str) -> Vec<(String, f64)> {
        // Datadog counts these elsewhere, or has them as tags.
        const OURS_ALONE: [&str; 4] = ["Invocations", "Errors", "MemorySize", "ColdStarts"];
        let mut all = Vec::new();
        shared(&[message]).check(|draft| {
            for reading in draft.readings.iter().filter(|reading| !OURS_ALONE.contains(&reading.name)) {
                let Values::One(value) = reading.values else { panic!("{reading:?}") };
                all.push((reading.name.to_owned(), value));
            }
        });
        all
    }

    #[test]
    fn reports_are_parsed_as_datadog_approved() {
        let cases = [
            (
                "REPORT RequestId: 8edab1f8-7d34-4a8e-a965-15ccbbb78d4c Duration: 0.62 ms  Billed Duration: 100 ms Memory Size: 128 MB Max Memory Used: 51 MB",
                datadog!(
                    "tests/approved_files/TestEnhancedLambdaMetrics.test_parse_metrics_from_standard_report.approved.json"
                ),
            ),
            (
                "REPORT RequestId: 8edab1f8-7d34-4a8e-a965-15ccbbb78d4c Duration: 0.81 ms  Billed Duration: 100 ms Memory Size: 128 MB Max Memory Used: 90 MB  Init Duration: 1234 ms",
                datadog!(
                    "tests/approved_files/TestEnhancedLambdaMetrics.test_parse_metrics_from_cold_start_report.approved.json"
                ),
            ),
            (
                "REPORT RequestId: 814ba7cb-071e-4181-9a09-fa41db5bccad\tDuration: 1711.87 ms\tBilled Duration: 1800 ms\tMemory Size: 128 MB\tMax Memory Used: 98 MB\t\nXRAY TraceId: 1-5d83c0ad-b8eb33a0b1de97d804fac890\tSegmentId: 31255c3b19bd3637\tSampled: true",
                datadog!(
                    "tests/approved_files/TestEnhancedLambdaMetrics.test_parse_metrics_from_report_with_xray.approved.json"
                ),
            ),
            (
                "REPORT RequestId: fe1467d6-1458-4e20-8e40-9aaa4be7a0f4\tDuration: 3470.65 ms\tBilled Duration: 3500 ms\tMemory Size: 128 MB\tMax Memory Used: 89 MB\t\nXRAY TraceId: 1-5d8bba5a-dc2932496a65bab91d2d42d4\tSegmentId: 5ff79d2a06b82ad6\tSampled: true\t\n",
                datadog!(
                    "tests/approved_files/TestEnhancedLambdaMetrics.test_generate_enhanced_lambda_metrics.approved.json"
                ),
            ),
            (
                r#"{"time":"2024-10-04T00:36:35.800Z","type":"platform.report","record":{"requestId":"4d789d71-2f2c-4c66-a4b5-531a0223233d","metrics":{"durationMs":0.62,"billedDurationMs":100,"memorySizeMB":128,"maxMemoryUsedMB":51},"status":"success"}}"#,
                datadog!(
                    "tests/approved_files/TestEnhancedLambdaMetrics.test_parse_metrics_from_json_report_log.approved.json"
                ),
            ),
            (
                r#"{"time":"2024-10-04T00:36:35.800Z","type":"platform.report","record":{"requestId":"4d789d71-2f2c-4c66-a4b5-531a0223233d","metrics":{"durationMs":0.81,"billedDurationMs":100,"memorySizeMB":128,"maxMemoryUsedMB":90,"initDurationMs":1234},"status":"success"}}"#,
                datadog!(
                    "tests/approved_files/TestEnhancedLambdaMetrics.test_parse_metrics_from_cold_start_json_report_log.approved.json"
                ),
            ),
            (
                r#"{"time":"2024-10-18T19:38:39.661Z","type":"platform.report","record":{"requestId":"b441820a-ebe5-4d5f-93bc-f945707b0225","metrics":{"durationMs":30000.0,"billedDurationMs":30000,"memorySizeMB":128,"maxMemoryUsedMB":74,"initDurationMs":985.413},"status":"timeout"}}"#,
                datadog!(
                    "tests/approved_files/TestEnhancedLambdaMetrics.test_parse_metrics_from_timeout_json_report_log.approved.json"
                ),
            ),
            (
                "2020-06-09T15:02:26.150Z 7c9567b5-107b-4a6c-8798-0157ac21db52 Task timed out after 3.00 seconds\n\n",
                datadog!(
                    "tests/approved_files/TestEnhancedLambdaMetrics.test_generate_enhanced_lambda_metrics_timeout.approved.json"
                ),
            ),
        ];
        for (message, json) in cases {
            let sorted = |mut all: Vec<(String, f64)>| {
                all.sort_by(|a, b| a.0.cmp(&b.0));
                all
            };
            assert_eq!(sorted(readings(message)), sorted(approved(json)), "{message}");
        }
    }

    /// Datadog looks for words of the runtimes in any line. We count what the platform says of the end of an invocation,
    /// since a word may stand in any text: such a request is counted by its REPORT or its `Runtime exited` line.
    #[test]
    fn out_of_memory_is_not_guessed_from_words_where_datadog_does() {
        let json = datadog!(
            "tests/approved_files/TestEnhancedLambdaMetrics.test_generate_enhanced_lambda_metrics_out_of_memory.approved.json"
        );
        assert_eq!(approved(json), [("OutOfMemory".to_owned(), 1.0)]);
        let message = "2020-06-09T15:02:26.150Z 7c9567b5-107b-4a6c-8798-0157ac21db52 FATAL ERROR: CALL_AND_RETRY_LAST Allocation failed - JavaScript heap out of memory\n\n";
        assert!(readings(message).is_empty());
    }

    proptest! {
        #[test]
        fn any_text_is_kept_as_the_body_of_a_platform_line(tail in "[ -~\t\n\u{e9}]{0,80}") {
            for line in [format!("REPORT RequestId: {ID}\t{tail}."), format!("RequestId: {ID} Error: {tail}."), format!("INIT_REPORT Init Duration: {tail}.")] {
                shared(&[&line]).check(|draft| assert_eq!(draft.log.body.text(), Some(&line[..])));
            }
        }

        #[test]
        fn no_mutation_of_a_line_panics(at in 0_usize..200, with in "\\PC{0,4}", cut in 0_usize..200) {
            for line in [REPORT, TIMED_OUT, KILLED, "EXTENSION\tName: a\tState: Ready\tEvents: [INVOKE, SHUTDOWN]\n"] {
                let (at, cut) = (at.min(line.len()), cut.min(line.len()));
                let changed = format!("{}{with}{}", &line[..at], &line[cut..]);
                shared(&[&changed, "\tat x"]).check(|draft| assert!(draft.readings.len() < 16));
            }
        }
    }
}
