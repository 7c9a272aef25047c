//! Lambda's log format JSON: events of the platform, and what functions log.
//!
//! `{"time":"2024-03-13T18:56:24.046Z","type":"platform.report","record":{"requestId":"...","metrics":{...},"status":"success"}}`
//! `{"timestamp":"2024-03-13T18:56:24.046Z","level":"INFO","requestId":"...","message":"..."}`
//!
//! Sources: Lambda developer guide, "Lambda Telemetry API Event schema reference", "Configuring JSON and plain text log
//! formats", and the pages "Log and monitor ... Lambda functions" of each runtime.

use bumpalo::collections::String;

use super::lambda_report::{Report, exact_time};
use super::{Format, Shape, embedded_metrics, json, lambda_error, lambda_fault};
use crate::config::FormatName;
use crate::record::attribute;
use crate::record::draft::{Context, Draft};
use crate::record::log::{Log, Trace};
use crate::record::severity::Severity;
use crate::record::trace;
use crate::record::value::{Attribute, Members, Value};

/// Objects of Lambda functions.
pub const FORMAT: Format = Format {
    name: FormatName::LambdaJson,
    encoding: "aws.lambda",
    shape: Shape::Object {
        markers: &["record", "requestId", "AWSRequestId", "function_request_id", "errorType"],
        recognise: |members| !members.has("_aws") && (is_platform(members) || is_application(members)),
        parse: |members, draft, context| {
            if is_platform(&members) {
                platform(members, draft, context);
            } else {
                application(members, "", draft, context);
            }
        },
    },
    continues: None,
};

/// Members that hold the id of the request: of the runtimes, of Log4j2, of Powertools.
const REQUEST_ID_KEYS: [&str; 3] = ["requestId", "AWSRequestId", "function_request_id"];

/// Events, and the first word of the line that the log format TEXT has for them.
const EVENTS: [(&str, &str); 13] = [
    ("platform.start", "START"),
    ("platform.end", "END"),
    ("platform.report", "REPORT"),
    ("platform.runtimeDone", "RUNTIME_DONE"),
    ("platform.initStart", "INIT_START"),
    ("platform.initRuntimeDone", "INIT_RUNTIME_DONE"),
    ("platform.initReport", "INIT_REPORT"),
    ("platform.restoreStart", "RESTORE_START"),
    ("platform.restoreRuntimeDone", "RESTORE_RUNTIME_DONE"),
    ("platform.restoreReport", "RESTORE_REPORT"),
    ("platform.extension", "EXTENSION"),
    ("platform.telemetrySubscription", "TELEMETRY"),
    ("platform.logsDropped", "LOGS_DROPPED"),
];

fn is_platform(members: &Members<'_>) -> bool {
    members.text("type").starts_with("platform.") && members.has("record")
}

fn is_application(members: &Members<'_>) -> bool {
    let has = |key: &&str| members.has(key);
    let error = !members.text("errorType").is_empty() && members.has("errorMessage");
    let level = ["level", "log_level"].iter().any(has);
    let message = ["message", "msg", "errorMessage"].iter().any(has);
    error || (level && message && REQUEST_ID_KEYS.iter().any(|key| !members.text(key).is_empty()))
}

/// An event of the platform. Its body is the line that the log format TEXT has for it.
fn platform<'a>(mut members: Members<'a>, draft: &mut Draft<'a>, context: &Context<'a>) {
    let event = members.take_text("type").unwrap_or_default();
    draft.log.event_name = event;
    take_time("time", &mut members, &mut draft.log);
    match members.take("record") {
        Some(Value::Map(record)) => record_of(event, record, draft, context),
        // A fault is written as the line is.
        Some(Value::Text(text)) => {
            draft.log.body = Value::Text(text);
            if !lambda_fault::parse(text, draft, context) && event == "platform.fault" {
                draft.log.severity = Severity::ERROR;
            }
            draft.log.event_name = event;
        }
        Some(other) => draft.log.body = other,
        None => {}
    }
    if let Some(time) = members.take("time") {
        draft.log.attribute(attribute::LAMBDA_TIME, time);
    }
    draft.log.attributes.extend(members.into_vec());
}

fn record_of<'a>(event: &'a str, record: &'a [Attribute<'a>], draft: &mut Draft<'a>, context: &Context<'a>) {
    let word = EVENTS.iter().find(|(known, _)| *known == event).map_or(event, |(_, word)| word);
    let mut line = String::from_str_in(word, context.bump);
    let mut report = Report::default();
    let log = &mut draft.log;
    for member in record {
        match (member.key, member.value) {
            ("metrics", Value::Map(metrics)) => {
                for metric in metrics {
                    report.take(metric_of(event, metric.key), metric.value, log, &mut line, context.bump);
                }
            }
            ("tracing", tracing @ Value::Map(_)) => {
                let text = |key| tracing.get(key).and_then(|value| value.text());
                if let Some(trace) = text("value").and_then(trace::xray) {
                    let span_id = text("spanId").and_then(trace::span_id).unwrap_or(trace.span_id);
                    log.trace = Trace { span_id, ..trace };
                }
                report.take(member.key, tracing, log, &mut line, context.bump);
            }
            (key, value) => report.take(key, value, log, &mut line, context.bump),
        }
    }
    log.body = Value::Text(line.into_bump_str());
    report.conclude(log);
    match event {
        "platform.logsDropped" => log.severity = Severity::WARN,
        "platform.report" => report.conclude_invocation(draft, context),
        "platform.runtimeDone" => report.conclude_runtime(draft, context),
        _ => {}
    }
}

/// The duration is that of the event.
fn metric_of<'a>(event: &str, member: &'a str) -> &'a str {
    match (event, member) {
        ("platform.initReport", "durationMs") => "initDurationMs",
        ("platform.restoreReport", "durationMs") => "restoreDurationMs",
        ("platform.runtimeDone", "durationMs") => "runtimeDurationMs",
        _ => member,
    }
}

/// What a function logs: as of any logger, but for the id of the request and an exception. `request_id` is the id that the
/// line in front told, if any.
pub fn application<'a>(mut members: Members<'a>, request_id: &str, draft: &mut Draft<'a>, context: &Context<'a>) {
    if embedded_metrics::is_document(&members) {
        return embedded_metrics::parse(members, draft, context);
    }
    if let Some(key) = REQUEST_ID_KEYS.iter().find(|key| !members.text(key).is_empty()) {
        let id = members.text(key);
        if id == request_id || request_id.is_empty() {
            let _ = members.take(key);
        }
        if request_id.is_empty() {
            draft.log.text(attribute::FAAS_INVOCATION_ID, id);
        }
    }
    if let Some(Value::Bool(cold)) = members.get("cold_start") {
        let _ = members.take("cold_start");
        draft.log.attribute(attribute::FAAS_COLDSTART, Value::Bool(cold));
    }
    take_time("timestamp", &mut members, &mut draft.log);
    if let Some(document) = embedded_metrics::within(members.get("message"), context.bump) {
        let _ = members.take("message");
        return metrics_in_message(document, members, draft, context);
    }
    let error = lambda_error::take_members(&mut members, &mut draft.log, context.bump)
        .or_else(|| error_in_message(&mut members, &mut draft.log, context));
    json::parse(members, draft, context);
    let Some(error) = error else { return };
    let log = &mut draft.log;
    if let Value::Map(members) = log.body {
        log.attributes.extend(members.iter().copied());
        log.body = Value::Text(error);
    }
    if log.severity == Severity::UNSPECIFIED {
        log.severity = Severity::ERROR;
    }
}

/// A document of embedded metrics as the message itself, which is the body then.
fn metrics_in_message<'a>(document: Members<'a>, members: Members<'a>, draft: &mut Draft<'a>, context: &Context<'a>) {
    json::parse(members, draft, context);
    match draft.log.body {
        Value::Map(members) => draft.log.attributes.extend_from_slice(members),
        other @ (Value::Text(_) | Value::Int(_) | Value::Double(_) | Value::Bool(_) | Value::Null | Value::List(_)) => {
            draft.log.value("message", other);
        }
    }
    embedded_metrics::parse(document, draft, context);
}

/// An exception as the message itself.
fn error_in_message<'a>(members: &mut Members<'a>, log: &mut Log<'a>, context: &Context<'a>) -> Option<&'a str> {
    let message @ Value::Map(_) = members.get("message")? else { return None };
    let mut inner = Members::of(message.map(), context.bump);
    let error = lambda_error::take_members(&mut inner, log, context.bump)?;
    let _ = members.take("message");
    let rest = inner.into_vec();
    if !rest.is_empty() {
        log.attribute("message", Value::Map(rest.into_bump_slice()));
    }
    Some(error)
}

/// Takes the time out where it becomes the time of the record.
fn take_time<'a>(key: &str, members: &mut Members<'a>, log: &mut Log<'a>) {
    let Some(time) = exact_time(members.text(key)) else { return };
    log.finer_time(time);
    if log.time == Some(time) {
        let _ = members.take(key);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::record::log::Log;
    use crate::record::normalize::tests::{Given, attributes, show};

    const GROUP: &str = "/aws/lambda/orders";

    fn told(message: &str) -> String {
        Given::new(GROUP, &[message]).told().swap_remove(0)
    }

    fn check(message: &str, mut check: impl FnMut(&Log<'_>)) {
        Given::new(GROUP, &[message]).check(|draft| check(&draft.log));
    }

    #[test]
    fn a_report_reads_as_in_the_log_format_text() {
        let report = r#"{"time":"2020-03-05T16:30:36.046Z","type":"platform.report","record":{"requestId":"79b4f56e","metrics":{"durationMs":101.51,"billedDurationMs":300,"memorySizeMB":512,"maxMemoryUsedMB":33,"initDurationMs":116.67},"status":"success","tracing":{"spanId":"54565fb41ac79632","type":"X-Amzn-Trace-Id","value":"Root=1-62e900b2-710d76f009d6e7785905449a;Parent=0efbd19962d95b05;Sampled=1"}}}"#;
        assert_eq!(
            told(report),
            "aws.lambda 9  | \"REPORT RequestId: 79b4f56e Duration: 101.51 ms Billed Duration: 300 ms Memory Size: 512 MB Max Memory Used: 33 MB Init Duration: 116.67 ms Status: success\" | \
             faas.invocation_id=\"79b4f56e\" aws.lambda.duration_ms=101.51 aws.lambda.billed_duration_ms=300 aws.lambda.memory_size_mb=512 \
             aws.lambda.max_memory_used_mb=33 aws.lambda.init_duration_ms=116.67 aws.lambda.status=\"success\" \
             aws.lambda.tracing={spanId:\"54565fb41ac79632\",type:\"X-Amzn-Trace-Id\",value:\"Root=1-62e900b2-710d76f009d6e7785905449a;Parent=0efbd19962d95b05;Sampled=1\"} \
             faas.coldstart=true
AWS/Lambda/Invocations {FunctionName=orders} One(1.0) {Count}
AWS/Lambda/Errors {FunctionName=orders} One(0.0) {Count}
AWS/Lambda/Duration {FunctionName=orders} One(101.51) ms
AWS/Lambda/BilledDuration {FunctionName=orders} One(300.0) ms
AWS/Lambda/InitDuration {FunctionName=orders} One(116.67) ms
AWS/Lambda/MemorySize {FunctionName=orders} One(512.0) MBy
AWS/Lambda/MaxMemoryUsed {FunctionName=orders} One(33.0) MBy
AWS/Lambda/ColdStarts {FunctionName=orders} One(1.0) {Count}"
        );
        check(report, |log| {
            assert_eq!(
                (log.event_name, log.time.unwrap().to_string()),
                ("platform.report", "2020-03-05T16:30:36.046Z".into())
            );
            assert_eq!(u128::from_be_bytes(log.trace.trace_id), 0x62e9_00b2_710d_76f0_09d6_e778_5905_449a);
            assert_eq!((u64::from_be_bytes(log.trace.span_id), log.trace.flags), (0x5456_5fb4_1ac7_9632, 1));
        });
    }

    /// Source of the sample: Datadog's forwarder, which failed on it.
    #[test]
    fn managed_instances_report_a_duration_only() {
        assert_eq!(
            told(r#"{"time":"2020-03-05T16:30:36.343Z","type":"platform.report","record":{"requestId":"4f423807","metrics":{"durationMs":2.524},"spans":[{"name":"responseLatency","start":"2026-01-08T18:22:35.342Z","durationMs":0.642}],"status":"success"}}"#),
            "aws.lambda 9  | \"REPORT RequestId: 4f423807 Duration: 2.524 ms Status: success\" | faas.invocation_id=\"4f423807\" aws.lambda.duration_ms=2.524 \
             aws.lambda.spans=[{name:\"responseLatency\",start:\"2026-01-08T18:22:35.342Z\",durationMs:0.642}] aws.lambda.status=\"success\"
AWS/Lambda/Invocations {FunctionName=orders} One(1.0) {Count}
AWS/Lambda/Errors {FunctionName=orders} One(0.0) {Count}
AWS/Lambda/Duration {FunctionName=orders} One(2.524) ms"
        );
    }

    #[test]
    fn embedded_metrics_are_read_wherever_the_runtime_puts_them() {
        let document = r#"{"_aws":{"Timestamp":1583425836114,"CloudWatchMetrics":[{"Namespace":"shop","Dimensions":[["service"]],"Metrics":[{"Name":"time","Unit":"Milliseconds"}]}]},"service":"orders","time":100}"#;
        let attributes = r#"_aws={Timestamp:1583425836114,CloudWatchMetrics:[{Namespace:"shop",Dimensions:[["service"]],Metrics:[{Name:"time",Unit:"Milliseconds"}]}]} service="orders" time=100"#;
        let expected = format!(
            "aws.lambda 9 INFO | \"shop time=100ms\" | faas.invocation_id=\"79b4f56e-c95a-4d22-a5b8-5c5ae3b2f1a0\" {attributes}\nshop/time {{service=orders}} One(100.0) ms"
        );
        let front = r#""timestamp":"2020-03-05T16:30:36.046Z","level":"INFO","requestId":"79b4f56e-c95a-4d22-a5b8-5c5ae3b2f1a0""#;
        let as_text = serde_json::to_string(document).unwrap();
        for message in [
            format!("{{{front},\"message\":{document}}}"),
            format!("{{{front},\"message\":{as_text}}}"),
            format!("2020-03-05T16:30:36.046Z\t79b4f56e-c95a-4d22-a5b8-5c5ae3b2f1a0\tINFO\t{document}\n"),
        ] {
            assert_eq!(told(&message), expected, "{message}");
        }
        let alone =
            document.replace("\"service\":", "\"requestId\":\"1\",\"level\":\"INFO\",\"message\":\"x\",\"service\":");
        assert!(told(&alone).starts_with("aws.embedded_metrics 9 INFO"), "{}", told(&alone));
        assert!(told(&alone).contains("\nshop/time {service=orders}"), "{}", told(&alone));
    }

    #[test]
    fn the_other_events_of_the_platform_are_told_in_a_line() {
        let cases = [
            (
                r#"{"time":"2020-03-05T16:30:36.046Z","type":"platform.start","record":{"requestId":"79b4f56e","version":"$LATEST"}}"#,
                "9  | \"START RequestId: 79b4f56e Version: $LATEST\" | faas.invocation_id=\"79b4f56e\" faas.version=\"$LATEST\"",
            ),
            (
                r#"{"time":"2020-03-05T16:30:36.046Z","type":"platform.initStart","record":{"initializationType":"lambda-managed-instances","phase":"init","runtimeVersion":"nodejs:22.v1","functionName":"orders","functionVersion":"7","instanceMaxMemory":2147483648}}"#,
                "9  | \"INIT_START Initialization Type: lambda-managed-instances Phase: init Runtime Version: nodejs:22.v1 Function Name: orders Function Version: 7 Instance Max Memory: 2147483648\" | \
              aws.lambda.initialization_type=\"lambda-managed-instances\" aws.lambda.phase=\"init\" aws.lambda.runtime_version=\"nodejs:22.v1\" faas.name=\"orders\" faas.version=\"7\" faas.max_memory=2147483648",
            ),
            (
                r#"{"time":"2020-03-05T16:30:36.046Z","type":"platform.initRuntimeDone","record":{"initializationType":"on-demand","phase":"init","status":"error","errorType":"Runtime.ImportModuleError"}}"#,
                "17  | \"INIT_RUNTIME_DONE Initialization Type: on-demand Phase: init Status: error Error Type: Runtime.ImportModuleError\" | \
              aws.lambda.initialization_type=\"on-demand\" aws.lambda.phase=\"init\" aws.lambda.status=\"error\" error.type=\"Runtime.ImportModuleError\"",
            ),
            (
                r#"{"time":"2020-03-05T16:30:36.046Z","type":"platform.initReport","record":{"phase":"init","status":"timeout","metrics":{"durationMs":10000}}}"#,
                "17  | \"INIT_REPORT Phase: init Status: timeout Init Duration: 10000 ms\" | aws.lambda.phase=\"init\" aws.lambda.status=\"timeout\" aws.lambda.init_duration_ms=10000.0 error.type=\"timeout\"",
            ),
            (
                r#"{"time":"2020-03-05T16:30:36.046Z","type":"platform.restoreReport","record":{"status":"success","metrics":{"durationMs":15.19}}}"#,
                "9  | \"RESTORE_REPORT Status: success Restore Duration: 15.19 ms\" | aws.lambda.status=\"success\" aws.lambda.restore_duration_ms=15.19",
            ),
            (
                r#"{"time":"2020-03-05T16:30:36.046Z","type":"platform.extension","record":{"name":"agent","state":"Ready","events":["INVOKE","SHUTDOWN"]}}"#,
                "9  | \"EXTENSION Name: agent State: Ready Events: [INVOKE, SHUTDOWN]\" | aws.lambda.extension.name=\"agent\" aws.lambda.extension.state=\"Ready\" aws.lambda.extension.events=[\"INVOKE\",\"SHUTDOWN\"]",
            ),
            (
                r#"{"time":"2020-03-05T16:30:36.046Z","type":"platform.telemetrySubscription","record":{"name":"agent","state":"Subscribed","types":["platform"]}}"#,
                "9  | \"TELEMETRY Name: agent State: Subscribed Types: [platform]\" | aws.lambda.extension.name=\"agent\" aws.lambda.extension.state=\"Subscribed\" aws.lambda.extension.types=[\"platform\"]",
            ),
            (
                r#"{"time":"2020-03-05T16:30:36.046Z","type":"platform.logsDropped","record":{"reason":"BufferFull","droppedRecords":1,"droppedBytes":1024}}"#,
                "13  | \"LOGS_DROPPED Reason: BufferFull Dropped Records: 1 Dropped Bytes: 1024\" | aws.lambda.reason=\"BufferFull\" aws.lambda.dropped_records=1 aws.lambda.dropped_bytes=1024",
            ),
            (
                r#"{"time":"2019-03-05T16:30:36.046Z","type":"platform.newThing","record":{"requestId":"79b4f56e","newMember":[1]},"more":1}"#,
                "9  | \"platform.newThing RequestId: 79b4f56e\" | faas.invocation_id=\"79b4f56e\" aws.lambda.new_member=[1] aws.lambda.time=\"2019-03-05T16:30:36.046Z\" more=1",
            ),
        ];
        for (message, expected) in cases {
            assert_eq!(told(message), format!("aws.lambda {expected}"), "{message}");
        }
    }

    #[test]
    fn a_fault_and_the_runtimes_account_count_as_the_error_of_their_request() {
        assert_eq!(
            told(r#"{"time":"2020-03-05T16:30:36.046Z","type":"platform.fault","record":"RequestId: 79b4f56e Process exited before completing request"}"#),
            "aws.lambda 17  | \"RequestId: 79b4f56e Process exited before completing request\" | faas.invocation_id=\"79b4f56e\"
AWS/Lambda/Errors {FunctionName=orders} One(1.0) {Count}"
        );
        assert_eq!(
            told(r#"{"time":"2020-03-05T16:30:36.046Z","type":"platform.runtimeDone","record":{"requestId":"79b4f56e","status":"timeout","metrics":{"durationMs":5001.182,"producedBytes":0}}}"#),
            "aws.lambda 17  | \"RUNTIME_DONE RequestId: 79b4f56e Status: timeout Runtime Duration: 5001.182 ms Produced Bytes: 0\" | faas.invocation_id=\"79b4f56e\" \
             aws.lambda.status=\"timeout\" aws.lambda.runtime_duration_ms=5001.182 aws.lambda.produced_bytes=0 error.type=\"timeout\"
AWS/Lambda/Errors {FunctionName=orders} One(1.0) {Count}"
        );
    }

    #[test]
    fn what_functions_log_has_the_id_of_its_request() {
        let cases = [
            (
                r#"{"timestamp":"2020-03-05T16:30:36.046Z","level":"WARN","requestId":"79b4f56e","message":"hello","n":1}"#,
                "13 WARN | \"hello\" | faas.invocation_id=\"79b4f56e\" n=1",
            ),
            (
                r#"{"timestamp":"2020-03-05T16:30:36Z","log_level":"INFO","requestId":"79b4f56e","message":"hello","logger":"root"}"#,
                "9 INFO | \"hello\" | faas.invocation_id=\"79b4f56e\" timestamp=\"2020-03-05T16:30:36Z\" logger=\"root\"",
            ),
            (
                r#"{"timestamp":"2020-03-05T16:30:36.046Z","level":"INFO","AWSRequestId":"79b4f56e","message":"hello"}"#,
                "9 INFO | \"hello\" | faas.invocation_id=\"79b4f56e\"",
            ),
            (
                r#"{"level":"INFO","message":"hello","timestamp":"2020-03-05 16:30:36,774+0000","cold_start":true,"function_request_id":"79b4f56e"}"#,
                "9 INFO | \"hello\" | faas.invocation_id=\"79b4f56e\" faas.coldstart=true",
            ),
        ];
        for (message, expected) in cases {
            assert_eq!(told(message), format!("aws.lambda {expected}"), "{message}");
        }
    }

    #[test]
    fn exceptions_of_all_runtimes_look_the_same() {
        let exception = "error.type=\"ValueError\" exception.type=\"ValueError\" exception.message=\"no stock\"";
        let cases = [
            (
                r#"{"timestamp":"2020-03-05T16:30:36.046Z","log_level":"ERROR","errorMessage":"no stock","errorType":"ValueError","requestId":"79b4f56e","stackTrace":["  File \"a.py\"\n","    raise\n"],"location":"/a.py:f:1"}"#,
                format!(
                    "17 ERROR | \"ValueError: no stock\" | faas.invocation_id=\"79b4f56e\" {exception} exception.stacktrace=\"  File \\\"a.py\\\"\\n    raise\" code.file.path=\"/a.py\" code.line.number=1 code.function.name=\"f\""
                ),
            ),
            (
                r#"{"timestamp":"2020-03-05T16:30:36.046Z","level":"ERROR","requestId":"79b4f56e","message":{"errorType":"ValueError","errorMessage":"no stock","stackTrace":["a"],"x":1}}"#,
                format!(
                    "17 ERROR | \"ValueError: no stock\" | faas.invocation_id=\"79b4f56e\" {exception} exception.stacktrace=\"a\" message={{x:1}}"
                ),
            ),
            // Go prints frames as objects, and no level.
            (
                r#"{"errorMessage":"no stock","errorType":"ValueError","stackTrace":[{"path":"a.go","line":1,"label":"main"}]}"#,
                format!(
                    "17  | \"ValueError: no stock\" | {exception} stackTrace=[{{path:\"a.go\",line:1,label:\"main\"}}]"
                ),
            ),
            (
                r#"{"timestamp":"2020-03-05T16:30:36.046Z","level":"ERROR","requestId":"79b4f56e","message":"order failed","errorType":"ValueError","errorMessage":"no stock"}"#,
                format!("17 ERROR | \"order failed\" | faas.invocation_id=\"79b4f56e\" {exception}"),
            ),
        ];
        for (message, expected) in cases {
            assert_eq!(told(message), format!("aws.lambda {expected}"), "{message}");
        }
    }

    #[test]
    fn objects_of_others_that_have_a_request_id_are_not_lambdas() {
        for message in [
            r#"{"requestId":"1","ip":"10.0.0.1","status":"200"}"#,
            r#"{"_aws":{"CloudWatchMetrics":[]},"requestId":"1","level":"INFO","message":"x"}"#,
            r#"{"type":"platform.report"}"#,
            r#"{"record":{},"type":"other"}"#,
            r#"{"errorType":"x"}"#,
        ] {
            check(message, |log| assert_ne!(log.encoding, "aws.lambda", "{message}"));
        }
    }

    proptest! {
        #[test]
        fn every_member_ends_up_in_the_record(
            members in prop::collection::btree_map("[a-z]{1,6}", "[a-zA-Z0-9 ]{4,12}[0-9]", 0..5),
            front in prop_oneof![
                Just(r#""timestamp":"2020-03-05T16:30:36.046Z","level":"INFO","requestId":"79b4f56e","message":"hello""#),
                Just(r#""errorType":"ValueError","errorMessage":"hello""#),
                Just(r#""time":"2020-03-05T16:30:36.046Z","type":"platform.report","record":{"requestId":"79b4f56e","reason":"hello"}"#),
            ],
        ) {
            let known = ["level", "type", "time", "record", "stack", "trace", "msg", "log", "lvl", "ts", "event"];
            let rest: Vec<_> = members.iter().filter(|(key, _)| !known.contains(&&key[..])).collect();
            let more: String = rest.iter().map(|(key, value)| format!(",{key:?}:{value:?}")).collect();
            check(&format!("{{{front}{more}}}"), |log| {
                let all = format!("{} {}", show(&log.body), attributes(log));
                assert!(all.contains("hello"), "{all}");
                for (_, value) in &rest {
                    assert!(all.contains(&value[..]), "{all} {value}");
                }
            });
        }

        #[test]
        fn no_mutation_of_an_object_panics(at in 0_usize..240, with in "\\PC{0,3}", cut in 0_usize..240) {
            let line = r#"{"time":"2020-03-05T16:30:36.046Z","type":"platform.report","record":{"requestId":"79b4f56e","metrics":{"durationMs":1e308,"billedDurationMs":-3,"memorySizeMB":"x"},"status":"timeout","tracing":{"value":"Root=1-62e900b2"}}}"#;
            let (at, cut) = (at.min(line.len()), cut.min(line.len()));
            let _ = told(&format!("{}{with}{}", &line[..at], &line[cut..]));
        }
    }
}
