//! JSON objects as application loggers write them: text to body, level to severity, everything else to attributes.

use super::{Format, Shape, logger};
use crate::config::FormatName;
use crate::record::draft::{Context, Draft};
use crate::record::severity::{self, Severity};
use crate::record::value::{Members, Value};

/// Takes every object that is of no other format.
pub const FORMAT: Format = Format {
    name: FormatName::Json,
    encoding: "aws.cloudwatch",
    shape: Shape::Object { markers: &[], recognise: |_| true, parse },
    continues: None,
};

/// Reads the members of any logger: text to body, level to severity, time to time, everything else to attributes.
///
/// A text that is an object itself, as forwarders of containers wrap what the container wrote, is read in its turn, once.
pub fn parse<'a>(members: Members<'a>, draft: &mut Draft<'a>, context: &Context<'a>) {
    let log = &mut draft.log;
    let keys = &context.settings.message_keys;
    let taken = logger::take(members.into_vec(), keys, log, context.bump);
    let Some(text) = taken.text else {
        log.body = Value::Map(taken.rest.into_bump_slice());
        return;
    };
    if log.attributes.is_empty() {
        log.attributes = taken.rest;
    } else {
        log.attributes.extend(taken.rest);
    }
    log.body = Value::Text(text);
    if let Some(inner) = object(text, context) {
        let taken = logger::take(inner.into_vec(), keys, log, context.bump);
        log.body = match taken.text {
            Some(text) => {
                log.attributes.extend(taken.rest);
                Value::Text(text)
            }
            None => Value::Map(taken.rest.into_bump_slice()),
        };
    }
    if log.severity == Severity::UNSPECIFIED
        && let Some((severity, word)) = log.body.text().and_then(severity::of_text)
    {
        (log.severity, log.severity_text) = (severity, word);
    }
}

fn object<'a>(text: &'a str, context: &Context<'a>) -> Option<Members<'a>> {
    let trimmed = text.trim_ascii();
    let looks = trimmed.starts_with('{') && trimmed.ends_with('}');
    looks.then(|| Members::parse(trimmed, context.bump).ok())?
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::record::normalize::tests::{Given, attributes, normalized, show};
    use crate::time::Timestamp;

    #[test]
    fn text_level_and_time_find_their_places_and_the_rest_becomes_attributes() {
        let message =
            r#"{"level":"error","msg":"no stock","ts":"2020-03-05T16:30:36.114567Z","order":{"id":7},"n":1.5}"#;
        normalized(message, |log| {
            assert_eq!(log.body, Value::Text("no stock"));
            assert_eq!((log.severity, log.severity_text), (Severity::ERROR, "error"));
            assert_eq!(log.time.map(Timestamp::nanos), Some(1_583_425_836_114_567_000));
            assert_eq!(attributes(log), "ts=\"2020-03-05T16:30:36.114567Z\" order={id:7} n=1.5");
        });
    }

    #[test]
    fn without_a_message_text_the_body_is_the_map() {
        normalized(r#"{"a":1,"message":{"not":"text"}}"#, |log| {
            assert!(matches!(log.body, Value::Map(members) if members.len() == 2));
            assert_eq!(attributes(log), "");
        });
    }

    #[test]
    fn a_numeric_level_is_understood_and_kept() {
        normalized(r#"{"level":50,"msg":"x"}"#, |log| {
            assert_eq!((log.severity, log.severity_text), (Severity::ERROR, ""));
            assert_eq!(attributes(log), "level=50");
        });
    }

    #[test]
    fn a_nested_level_is_found() {
        normalized(r#"{"log":{"level":"WARN"},"message":"x"}"#, |log| {
            assert_eq!((log.severity, log.severity_text), (Severity::WARN, "WARN"));
            assert_eq!(attributes(log), "log={level:\"WARN\"}");
        });
    }

    #[test]
    fn a_time_far_from_the_events_is_not_believed() {
        normalized(r#"{"msg":"x","time":"2019-03-05T16:30:36.114567Z"}"#, |log| {
            assert_eq!(log.time, Some(Timestamp::from_millis(1_583_425_836_114)));
        });
    }

    #[test]
    fn json_that_does_not_parse_is_text_and_loses_nothing() {
        for message in [r#"{"a":"b"c"}"#, r"{not json}", r#"{"a":1} {"b":2}"#] {
            normalized(message, |log| assert_eq!(log.body, Value::Text(message)));
        }
    }

    /// What becomes of a message: `encoding severity text | body | attributes`.
    fn told(message: &str) -> String {
        Given::new("/acme/app", &[message]).told().concat()
    }

    #[track_caller]
    fn check(message: &str, expected: &str) {
        assert_eq!(told(message), format!("aws.cloudwatch {expected}"), "{message}");
    }

    #[test]
    fn javascript_loggers() {
        check(
            r#"{"level":50,"time":1583425836115,"pid":94473,"hostname":"box","err":{"type":"TypeError","message":"no stock","stack":"TypeError: no stock\n    at f (/a.js:1:1)","code":"E1"},"msg":"order failed"}"#,
            r#"17  | "order failed" | exception.type="TypeError" exception.message="no stock" exception.stacktrace="TypeError: no stock\n    at f (/a.js:1:1)" level=50 time=1583425836115 pid=94473 hostname="box" err={code:"E1"}"#,
        );
        check(
            r#"{"name":"myapp","hostname":"banana.local","pid":40161,"level":30,"msg":"hi","time":"2013-01-04T18:46:23.851Z","v":0,"src":{"file":"/a.js","line":3,"func":"main"}}"#,
            r#"9  | "hi" | code.file.path="/a.js" code.line.number=3 code.function.name="main" name="myapp" hostname="banana.local" pid=40161 level=30 time="2013-01-04T18:46:23.851Z" v=0"#,
        );
        check(
            r#"{"level":"error","message":"no stock","service":"shop","stack":"Error: no stock\n    at f (/a.js:1:1)","timestamp":"2020-03-05T16:30:36.115Z"}"#,
            r#"17 error | "no stock" | exception.type="Error" exception.message="no stock" exception.stacktrace="Error: no stock\n    at f (/a.js:1:1)" service="shop" timestamp="2020-03-05T16:30:36.115Z""#,
        );
    }

    #[test]
    fn go_loggers() {
        check(
            r#"{"level":"error","ts":1583425836.1155,"logger":"http","caller":"server/main.go:42","msg":"failed to fetch","url":"http://example.com","stacktrace":"main.main\n\t/app/main.go:42"}"#,
            r#"17 error | "failed to fetch" | code.file.path="server/main.go" code.line.number=42 exception.stacktrace="main.main\n\t/app/main.go:42" ts=1583425836.1155 logger="http" url="http://example.com""#,
        );
        check(
            r#"{"animal":"walrus","file":"/go/a.go:17","func":"main.swim","level":"warning","msg":"A walrus","size":10,"time":"2014-03-10T19:57:38-04:00"}"#,
            r#"13 warning | "A walrus" | code.file.path="/go/a.go" code.line.number=17 code.function.name="main.swim" animal="walrus" size=10 time="2014-03-10T19:57:38-04:00""#,
        );
        check(
            r#"{"time":"2022-11-08T15:28:26.000000000-05:00","level":"INFO","source":{"function":"main.main","file":"/a.go","line":9},"msg":"hello","count":3}"#,
            r#"9 INFO | "hello" | code.file.path="/a.go" code.line.number=9 code.function.name="main.main" time="2022-11-08T15:28:26.000000000-05:00" count=3"#,
        );
    }

    #[test]
    fn java_loggers() {
        check(
            r#"{"instant":{"epochSecond":1583425836,"nanoOfSecond":115000123},"thread":"main","level":"ERROR","loggerName":"com.acme.Orders","message":"no stock","thrown":{"commonElementCount":0,"message":"boom","name":"java.lang.IllegalStateException","extendedStackTrace":"java.lang.IllegalStateException: boom\n\tat A.b(A.java:1)"},"endOfBatch":false,"threadId":1,"threadPriority":5}"#,
            r#"17 ERROR | "no stock" | thread.name="main" thread.id=1 exception.type="java.lang.IllegalStateException" exception.message="boom" exception.stacktrace="java.lang.IllegalStateException: boom\n\tat A.b(A.java:1)" instant={epochSecond:1583425836,nanoOfSecond:115000123} loggerName="com.acme.Orders" thrown={commonElementCount:0} endOfBatch=false threadPriority=5"#,
        );
        check(
            r#"{"@timestamp":"2020-03-05T16:30:36.115Z","log.level":"WARN","message":"slow","process.thread.name":"main","log.logger":"com.acme.Db","ecs.version":"1.2.0","error.type":"java.lang.Exception","error.message":"late","error.stack_trace":"java.lang.Exception: late\n\tat A.b(A.java:1)"}"#,
            r#"13 WARN | "slow" | thread.name="main" exception.type="java.lang.Exception" exception.message="late" exception.stacktrace="java.lang.Exception: late\n\tat A.b(A.java:1)" @timestamp="2020-03-05T16:30:36.115Z" log.logger="com.acme.Db" ecs.version="1.2.0""#,
        );
        check(
            r#"{"@timestamp":"2020-03-05T16:30:36.115+00:00","@version":"1","message":"hi","logger_name":"a.B","thread_name":"exec-1","level":"INFO","level_value":20000,"caller_class_name":"a.B","caller_method_name":"run","caller_file_name":"B.java","caller_line_number":7}"#,
            r#"9 INFO | "hi" | thread.name="exec-1" code.file.path="B.java" code.line.number=7 code.function.name="a.B.run" @timestamp="2020-03-05T16:30:36.115+00:00" @version="1" logger_name="a.B" level_value=20000"#,
        );
    }

    #[test]
    fn python_loggers() {
        check(
            r#"{"asctime":"2020-03-05 16:30:36,115","levelname":"ERROR","name":"root","message":"failed","pathname":"/app/a.py","lineno":3,"funcName":"run","threadName":"MainThread","exc_info":"Traceback (most recent call last):\n  File \"/app/a.py\", line 3, in run\nValueError: bad"}"#,
            r#"17 ERROR | "failed" | thread.name="MainThread" code.file.path="/app/a.py" code.line.number=3 code.function.name="run" exception.type="ValueError" exception.message="bad" exception.stacktrace="Traceback (most recent call last):\n  File \"/app/a.py\", line 3, in run\nValueError: bad" asctime="2020-03-05 16:30:36,115" name="root""#,
        );
        check(
            r#"{"event":"user_logged_in","level":"info","timestamp":"2020-03-05T16:30:36.115000Z","user":7,"logger":"auth"}"#,
            r#"9 info | "user_logged_in" | timestamp="2020-03-05T16:30:36.115000Z" user=7 logger="auth""#,
        );
        check(
            r#"{"text":"2020-03-05 16:30:36.115 | INFO     | __main__:f:2 - hi\n","record":{"exception":null,"extra":{"user":7},"file":{"name":"a.py","path":"/a.py"},"function":"f","level":{"icon":"i","name":"INFO","no":20},"line":2,"message":"hi","name":"__main__","thread":{"id":1,"name":"MainThread"},"time":{"repr":"2020-03-05 16:30:36.115000+00:00","timestamp":1583425836.115}}}"#,
            r#"9 INFO | "hi" | thread.id=1 thread.name="MainThread" code.file.path="/a.py" code.line.number=2 code.function.name="f" text="2020-03-05 16:30:36.115 | INFO     | __main__:f:2 - hi\n" record={exception:null,extra:{user:7},file:{name:"a.py",path:"/a.py"},level:{icon:"i",name:"INFO",no:20},name:"__main__",time:{repr:"2020-03-05 16:30:36.115000+00:00",timestamp:1583425836.115}}"#,
        );
    }

    #[test]
    fn dotnet_rust_ruby_and_php_loggers() {
        check(
            r#"{"@t":"2016-06-07T03:44:57.8532799Z","@mt":"Hello, {User}","@m":"Hello, nblumhardt","@l":"Warning","@x":"System.DivideByZeroException: Attempted to divide by zero.\n   at Program.Main()","User":"nblumhardt"}"#,
            r#"13 Warning | "Hello, nblumhardt" | exception.type="System.DivideByZeroException" exception.message="Attempted to divide by zero." exception.stacktrace="System.DivideByZeroException: Attempted to divide by zero.\n   at Program.Main()" @t="2016-06-07T03:44:57.8532799Z" @mt="Hello, {User}" User="nblumhardt""#,
        );
        check(
            r#"{"EventId":0,"LogLevel":"Information","Category":"Acme","Message":"Hello","State":{"{OriginalFormat}":"Hello"}}"#,
            r#"9 Information | "Hello" | EventId=0 Category="Acme" State={{OriginalFormat}:"Hello"}"#,
        );
        check(
            r#"{"timestamp":"2022-02-15T18:47:10.821315Z","level":"INFO","fields":{"message":"preparing to shave yaks","number_of_yaks":3},"target":"fmt_json","filename":"examples/a.rs","line_number":17,"span":{"name":"shaving"}}"#,
            r#"9 INFO | "preparing to shave yaks" | code.file.path="examples/a.rs" code.line.number=17 timestamp="2022-02-15T18:47:10.821315Z" fields={number_of_yaks:3} target="fmt_json" span={name:"shaving"}"#,
        );
        check(
            r#"{"host":"box","timestamp":"2020-03-05T16:30:36.115000Z","level":"error","level_index":4,"pid":7,"thread":"puma 1","name":"Orders","message":"failed","exception":{"name":"ArgumentError","message":"bad","stack_trace":["a.rb:1:in `f'","a.rb:2:in `g'"]}}"#,
            r#"17 error | "failed" | thread.name="puma 1" exception.type="ArgumentError" exception.message="bad" exception.stacktrace="a.rb:1:in `f'\na.rb:2:in `g'" host="box" timestamp="2020-03-05T16:30:36.115000Z" level_index=4 pid=7 name="Orders""#,
        );
        check(
            r#"{"message":"hi","context":{"id":1},"level":400,"level_name":"ERROR","channel":"app","datetime":"2020-03-05T16:30:36.115000+00:00","extra":{}}"#,
            r#"17 ERROR | "hi" | context={id:1} level=400 channel="app" datetime="2020-03-05T16:30:36.115000+00:00" extra={}"#,
        );
    }

    #[test]
    fn google_style() {
        check(
            r#"{"severity":"CRITICAL","message":"down","httpRequest":{"requestMethod":"GET","status":500},"logging.googleapis.com/sourceLocation":{"file":"a.cc","line":"142","function":"f"},"logging.googleapis.com/spanId":"000000000000004a","logging.googleapis.com/trace":"projects/p/traces/06796866738c859f2f19b7cfb3214824","logging.googleapis.com/trace_sampled":true}"#,
            r#"18 CRITICAL | "down" | code.file.path="a.cc" code.line.number=142 code.function.name="f" httpRequest={requestMethod:"GET",status:500} logging.googleapis.com/trace="projects/p/traces/06796866738c859f2f19b7cfb3214824""#,
        );
    }

    #[test]
    fn the_trace_goes_to_its_own_fields() {
        let message = r#"{"msg":"x","trace_id":"0af7651916cd43dd8448eb211c80319c","span_id":"b7ad6b7169203331","trace_flags":"01"}"#;
        normalized(message, |log| {
            assert_eq!(log.trace.trace_id[..2], [0x0a, 0xf7]);
            assert_eq!((log.trace.span_id[0], log.trace.flags), (0xb7, 1));
            assert_eq!(attributes(log), "");
        });
    }

    #[test]
    fn words_that_loggers_use_stay_where_they_mean_something_else() {
        check(
            r#"{"msg":"x","file":"report.pdf","line":"blue","function":"admin","source":"web","error":"none","stack":"prod","location":"Berlin","thread":null,"trace":true,"fields":[1],"record":{"id":7},"instant":"now","caller":"Ms Smith","exception":"no"}"#,
            r#"0  | "x" | line="blue" source="web" error="none" stack="prod" location="Berlin" thread=null fields=[1] record={id:7} instant="now" caller="Ms Smith" exception="no" trace=true file="report.pdf" function="admin""#,
        );
    }

    #[test]
    fn what_a_forwarder_of_containers_wraps_is_read_in_its_turn() {
        check(
            r#"{"log":"{\"level\":\"error\",\"msg\":\"no stock\",\"id\":7}\n","stream":"stderr","kubernetes":{"pod_name":"a"}}"#,
            r#"17 error | "no stock" | stream="stderr" kubernetes={pod_name:"a"} id=7"#,
        );
        check(
            r#"{"log":"2020-03-05 16:30:36,115 ERROR no stock","stream":"stderr"}"#,
            r#"17 ERROR | "2020-03-05 16:30:36,115 ERROR no stock" | stream="stderr""#,
        );
    }

    #[test]
    fn an_exception_without_a_text_gives_its_own_and_is_an_error() {
        check(
            r#"{"err":{"type":"Error","message":"no stock","stack":"Error: no stock\n    at f (/a.js:1:1)"}}"#,
            r#"17  | "no stock" | exception.type="Error" exception.message="no stock" exception.stacktrace="Error: no stock\n    at f (/a.js:1:1)""#,
        );
    }

    #[test]
    fn a_time_of_no_zone_is_believed_only_where_the_event_shows_that_it_is_utc() {
        let time = |text: &str| {
            let mut time = None;
            normalized(&format!(r#"{{"msg":"x","asctime":"{text}"}}"#), |log| time = log.time);
            time.map(|time| time.to_string())
        };
        assert_eq!(time("2020-03-05 16:30:35,987"), Some("2020-03-05T16:30:35.987Z".into()));
        assert_eq!(time("2020-03-05 17:30:35,987"), Some("2020-03-05T16:30:36.114Z".into()));
    }

    fn leaf() -> impl Strategy<Value = serde_json::Value> {
        let text = prop_oneof![".{0,20}", "[0-9a-f]{32}", "[a-z]{1,6}:[0-9]{1,3}", "(ERROR|info|30|-1)"];
        prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i32>().prop_map(Into::into),
            text.prop_map(Into::into),
        ]
    }

    fn json_value() -> impl Strategy<Value = serde_json::Value> {
        let key = prop_oneof!["[a-z]{1,6}", known_key()];
        leaf().prop_recursive(3, 24, 6, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
                prop::collection::vec((key.clone(), inner), 0..5).prop_map(|members| members.into_iter().collect()),
            ]
        })
    }

    fn known_key() -> impl Strategy<Value = String> {
        let names = [
            "message",
            "msg",
            "level",
            "time",
            "trace_id",
            "span_id",
            "traceparent",
            "dd",
            "err",
            "error",
            "exception",
            "stack",
            "file",
            "line",
            "function",
            "caller",
            "source",
            "thread",
            "record",
            "fields",
            "log",
            "name",
            "id",
            "type",
            "path",
            "instant",
            "@m",
            "@x",
            "xray_trace_id",
            "trace_flags",
            "location",
            "thrown",
            "threadId",
        ];
        prop::sample::select(names.to_vec()).prop_map(String::from)
    }

    /// Every text and number of a value that is long enough to be told from others.
    fn leaves(value: &serde_json::Value, found: &mut Vec<String>) {
        match value {
            serde_json::Value::Null | serde_json::Value::Bool(_) => {}
            serde_json::Value::Number(number) => found.push(number.to_string()),
            serde_json::Value::String(text) => found.push(text.clone()),
            serde_json::Value::Array(items) => items.iter().for_each(|item| leaves(item, found)),
            serde_json::Value::Object(members) => members.values().for_each(|member| leaves(member, found)),
        }
    }

    proptest! {
        #[test]
        fn every_value_of_an_object_ends_up_in_the_record(
            members in prop::collection::vec((prop_oneof![known_key(), "[a-z]{1,6}"], json_value()), 0..12)
        ) {
            let members: serde_json::Map<_, _> = members.into_iter().collect();
            let value = serde_json::Value::Object(members);
            let mut given = Vec::new();
            leaves(&value, &mut given);
            normalized(&value.to_string(), |log| {
                let trace: String = log.trace.trace_id.iter().chain(&log.trace.span_id).map(|b| format!("{b:02x}")).collect();
                let mut told = format!("{} {} {} {trace}", show(&log.body), attributes(log), log.severity_text);
                told.push_str(&format!("{:02x} {}", log.trace.flags, log.trace.flags));
                for text in &given {
                    let shown = format!("{text:?}");
                    let inner = &shown[1..shown.len() - 1];
                    // A place `path:line` is told in two attributes, and lines of a list may be joined.
                    let parts = text.rsplit_once(':').map(|(front, back)| (format!("{front:?}"), back.to_owned()));
                    let in_parts = parts.is_some_and(|(front, back)| told.contains(&front) && told.contains(&back));
                    let as_map = text.starts_with('{');
                    assert!(told.contains(inner) || in_parts || as_map, "{text:?} of {value} is not in {told}");
                }
            });
        }
    }
}
