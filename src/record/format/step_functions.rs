//! Step Functions: the events of an execution's history, of standard and express workflows and of Map Runs.
//!
//! `{"id":"1","type":"TaskFailed","details":{"error":"..","cause":".."},"previous_event_id":"0","event_timestamp":"1668095539607","execution_arn":"arn:aws:states:.."}`
//!
//! The service is known to have written events whose `details.input` has its quotes not escaped, which is no JSON: of those,
//! what stands outside of the details is read, and the whole text is the body.
//! Source: Step Functions developer guide, "Using CloudWatch Logs to log execution history".

use bumpalo::Bump;
use bumpalo::collections::Vec;

use crate::config::FormatName;
use crate::record::attribute;
use crate::record::draft::{Context, Draft};
use crate::record::format::tool::{line, member};
use crate::record::format::{Format, Shape};
use crate::record::log::Log;
use crate::record::severity::Severity;
use crate::record::value::{Attribute, Members, Value};
use crate::time::Timestamp;

/// Told by the ARN of the execution and the number of the event before.
pub const FORMAT: Format = Format {
    name: FormatName::StepFunctions,
    encoding: "aws.step_functions",
    shape: Shape::Object {
        markers: &["execution_arn", "previous_event_id"],
        recognise: |members| members.text("execution_arn").starts_with("arn:") && members.has("event_timestamp"),
        parse,
    },
    continues: None,
};

/// The same with quotes that were not escaped.
pub const BROKEN: Format = Format {
    name: FormatName::StepFunctions,
    encoding: "aws.step_functions",
    shape: Shape::Line { starts: |byte| byte == b'{', parse: parse_broken },
    continues: None,
};

fn parse<'a>(mut members: Members<'a>, draft: &mut Draft<'a>, context: &Context<'a>) {
    let (log, bump) = (&mut draft.log, context.bump);
    let kind = members.take_text("type").unwrap_or_default();
    take_kind(kind, log);
    if let Some(time) = members.take("event_timestamp") {
        take_time(time, log);
    }
    for (key, name) in [("id", attribute::STEP_EVENT_ID), ("previous_event_id", attribute::STEP_EVENT_PREVIOUS_ID)] {
        if let Some(value) = members.take(key) {
            log.whole(name, value);
        }
    }
    let execution = members.take_text("execution_arn").unwrap_or_default();
    take_execution(execution, log, bump);
    if let Some(redrives) = members.take("redrive_count") {
        log.whole("aws.step_functions.redrive_count", redrives);
    }
    let details = members.take("details").unwrap_or(Value::Null);
    log.body = Value::Text(human_line(kind, execution, details, bump));
    take_details(details, log, bump);
    member::keep_rest(log, attribute::STEP_FUNCTIONS_PREFIX, members.into_vec(), bump);
}

/// Failed, timed out and aborted are errors, but for an execution that somebody stopped. What began or ended has no outcome.
fn take_kind<'a>(kind: &'a str, log: &mut Log<'a>) {
    log.event_name = kind;
    log.severity = if kind == "ExecutionAborted" {
        Severity::WARN
    } else if ["Failed", "TimedOut", "Aborted"].iter().any(|end| kind.ends_with(end)) {
        Severity::ERROR
    } else if kind.ends_with("Succeeded") {
        Severity::INFO
    } else {
        Severity::UNSPECIFIED
    };
}

/// Milliseconds since 1970, as text. A time that is not believed is kept beside.
fn take_time<'a>(written: Value<'a>, log: &mut Log<'a>) {
    let time = written.int().and_then(|millis| u64::try_from(millis).ok()).map(Timestamp::from_millis);
    if let Some(time) = time {
        log.finer_time(time);
    }
    if time.is_none() || log.time != time {
        log.value("aws.step_functions.event.timestamp", written);
    }
}

/// Parts of `arn:aws:states:<region>:<account>:execution:<machine>:<name>`; an express one has an id behind the name, one of a
/// Map Run has `<machine>/<label>`.
#[derive(Clone, Copy, Debug)]
struct Execution<'a> {
    /// `arn:aws:states:<region>:<account>`
    front: &'a str,
    machine: &'a str,
    label: &'a str,
    name: &'a str,
}

impl<'a> Execution<'a> {
    fn parse(arn: &'a str) -> Option<Self> {
        let (at, _) = arn.match_indices(':').nth(4)?;
        let (front, rest) = arn.split_at_checked(at)?;
        let mut parts = rest.split(':').skip(1);
        let _kind = parts.next().filter(|kind| matches!(*kind, "execution" | "express"))?;
        let machine = parts.next()?;
        let (machine, label) = machine.split_once('/').unwrap_or((machine, ""));
        Some(Self { front, machine, label, name: parts.next().unwrap_or_default() })
    }
}

fn take_execution<'a>(arn: &'a str, log: &mut Log<'a>, bump: &'a Bump) {
    log.text(attribute::EXECUTION_ARN, arn);
    let Some(execution) = Execution::parse(arn) else { return };
    let machine = bumpalo::format!(in bump, "{}:stateMachine:{}", execution.front, execution.machine);
    log.text(attribute::STATE_MACHINE_ARN, machine.into_bump_str());
    log.text(attribute::STATE_MACHINE_NAME, execution.machine);
    log.text(attribute::MAP_RUN_LABEL, execution.label);
    log.text(attribute::EXECUTION_NAME, execution.name);
}

/// `TaskFailed Ship in orders/4711: States.TaskFailed: no stock`
fn human_line<'a>(kind: &str, arn: &str, details: Value<'a>, bump: &'a Bump) -> &'a str {
    let of = |key| details.get(key).and_then(|it| it.text()).map(line::first_line).unwrap_or_default();
    let execution = Execution::parse(arn);
    let execution = execution.map_or([arn, ""], |it| [it.machine, it.name]);
    let parts = [
        ("", kind),
        (" ", of("name")),
        (" in ", execution[0]),
        ("/", execution[1]),
        (": ", of("error")),
        (": ", of("cause")),
    ];
    line::sentence(&parts, bump)
}

/// Name, error and cause have names of their own; the rest stays together.
fn take_details<'a>(details: Value<'a>, log: &mut Log<'a>, bump: &'a Bump) {
    if !matches!(details, Value::Map(_)) {
        return log.value(attribute::STEP_DETAILS, details);
    }
    let mut rest: Vec<'a, Attribute<'a>> = Vec::with_capacity_in(details.map().len(), bump);
    for detail in details.map() {
        match (detail.key, detail.value) {
            ("name", Value::Text(name)) => log.text(attribute::STATE_NAME, name),
            ("error", Value::Text(error)) => log.text(attribute::ERROR_TYPE, error),
            ("cause", Value::Text(cause)) => log.text(attribute::EXCEPTION_MESSAGE, cause),
            _ => rest.push(*detail),
        }
    }
    log.value(attribute::STEP_DETAILS, Value::Map(rest.into_bump_slice()));
}

fn parse_broken<'a>(line: &'a str, draft: &mut Draft<'a>, context: &Context<'a>) -> bool {
    let Some(arn) = last_text(line, "execution_arn\"").filter(|arn| Execution::parse(arn).is_some()) else {
        return false;
    };
    let log = &mut draft.log;
    // What input and output say is not to be taken for what the event says.
    let front = line.find("\"details\"").and_then(|at| line.get(..at)).unwrap_or_default();
    let of = |quoted_key| last_text(front, quoted_key).or_else(|| last_text(line, quoted_key)).unwrap_or_default();
    take_kind(of("\"type\""), log);
    take_time(Value::Text(last_text(line, "event_timestamp\"").unwrap_or_default()), log);
    log.number(attribute::STEP_EVENT_ID, of("\"id\""));
    log.number(attribute::STEP_EVENT_PREVIOUS_ID, last_text(line, "previous_event_id\"").unwrap_or_default());
    take_execution(arn, log, context.bump);
    true
}

/// The text behind the last of such keys.
fn last_text<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    const BYTES_MAX: usize = 512;
    let at = memchr::memmem::rfind(line.as_bytes(), key.as_bytes())?;
    let rest =
        line.get(at + key.len()..)?.trim_ascii_start().strip_prefix(':')?.trim_ascii_start().strip_prefix('"')?;
    rest.split_once('"').map(|(text, _)| text).filter(|text| text.len() <= BYTES_MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::record::normalize::tests::Given;

    const GROUP: &str = "/aws/vendedlogs/states/orders-Logs";

    fn told(message: &str) -> String {
        Given::new(GROUP, &[message]).told().pop().unwrap()
    }

    fn broken_sample() -> String {
        let sample: serde_json::Value = serde_json::from_str(include_str!(
            "../../../tests/data/datadog/aws/logs_monitoring/tools/integration_tests/snapshots/step_functions_log.json"
        ))
        .unwrap();
        sample["logEvents"][0]["message"].as_str().unwrap().to_owned()
    }

    #[test]
    fn a_failed_task_tells_state_execution_error_and_cause() {
        let message = r#"{"id":"5","type":"TaskFailed","details":{"name":"Ship","cause":"no stock\nat all","error":"OutOfStock",
            "resource":"invoke","resourceType":"lambda"},"previous_event_id":"4","event_timestamp":"1583425836999",
            "execution_arn":"arn:aws:states:eu-west-1:111122223333:execution:orders:4711","redrive_count":"0"}"#;
        Given::new(GROUP, &[message]).check(|draft| {
            assert_eq!(draft.log.event_name, "TaskFailed");
            assert_eq!(draft.log.time, Some(Timestamp::from_millis(1_583_425_836_999)));
        });
        assert_eq!(
            told(message),
            "aws.step_functions 17  | \"TaskFailed Ship in orders/4711: OutOfStock: no stock\" | \
             aws.step_functions.event.id=5 aws.step_functions.event.previous_id=4 \
             aws.step_functions.execution.arn=\"arn:aws:states:eu-west-1:111122223333:execution:orders:4711\" \
             aws.step_functions.state_machine.arn=\"arn:aws:states:eu-west-1:111122223333:stateMachine:orders\" \
             aws.step_functions.state_machine.name=\"orders\" aws.step_functions.execution.name=\"4711\" \
             aws.step_functions.redrive_count=0 aws.step_functions.state.name=\"Ship\" \
             exception.message=\"no stock\\nat all\" error.type=\"OutOfStock\" \
             aws.step_functions.details={resource:\"invoke\",resourceType:\"lambda\"}"
        );
    }

    #[test]
    fn the_sample_of_the_datadog_forwarder_is_no_json_and_is_read_all_the_same() {
        let message = broken_sample();
        assert!(serde_json::from_str::<serde_json::Value>(&message).is_err());
        let told = told(&message);
        // The time of the sample is years from that of the event, so it is kept beside.
        assert_eq!(
            told,
            format!(
                "aws.step_functions 0  | {message:?} | aws.step_functions.event.timestamp=\"1668095539607\" \
                 aws.step_functions.event.id=1 aws.step_functions.event.previous_id=0 \
                 aws.step_functions.execution.arn=\"arn:aws:states:sa-east-1:425362996713:express:logs-to-traces-sequential:d0dbefd8-a0f6-b402-da4c-f4863def7456:7fa0cfbe-be28-4a20-9875-73c37f5dc39e\" \
                 aws.step_functions.state_machine.arn=\"arn:aws:states:sa-east-1:425362996713:stateMachine:logs-to-traces-sequential\" \
                 aws.step_functions.state_machine.name=\"logs-to-traces-sequential\" \
                 aws.step_functions.execution.name=\"d0dbefd8-a0f6-b402-da4c-f4863def7456\""
            )
        );
        let snapshot = include_str!(
            "../../../tests/data/datadog/aws/logs_monitoring/tools/integration_tests/snapshots/step_functions_log.json~snapshot"
        );
        assert!(snapshot.contains("Insert your JSON here"), "the forwarder keeps the text as well");
    }

    #[test]
    fn broken_input_cannot_pretend_to_be_another_event() {
        let message = r#"{"id":"7","type":"ExecutionFailed","details":{"input":"{"id":"9","type":"TaskSucceeded","execution_arn":"arn:a:states:r:1:execution:x:y"}"},"previous_event_id":"6","event_timestamp":"1583425836114","execution_arn":"arn:aws:states:eu-west-1:111122223333:execution:orders:4711"}"#;
        Given::new(GROUP, &[message]).check(|draft| {
            assert_eq!((draft.log.event_name, draft.log.severity), ("ExecutionFailed", Severity::ERROR));
        });
        assert!(told(message).contains("aws.step_functions.event.id=7"));
        assert!(told(message).contains("execution.name=\"4711\""));
    }

    #[test]
    fn a_map_run_and_a_person_who_stops_an_execution_are_told() {
        let message = r#"{"id":1,"type":"ExecutionAborted","event_timestamp":1583425836114,"previous_event_id":0,
            "execution_arn":"arn:aws:states:eu-west-1:111122223333:execution:orders/Rows:4711","map_run_arn":"arn:x"}"#;
        let told = told(message);
        assert!(told.starts_with("aws.step_functions 13  | \"ExecutionAborted in orders/4711\" | "), "{told}");
        assert!(told.contains("aws.step_functions.map_run.label=\"Rows\""), "{told}");
        assert!(told.ends_with("aws.step_functions.map_run_arn=\"arn:x\""), "{told}");
    }

    #[test]
    fn a_success_is_information_and_what_only_began_is_unspecified() {
        for (kind, number) in
            [("ExecutionSucceeded", 9), ("TaskSucceeded", 9), ("TaskStateEntered", 0), ("MapRunStarted", 0)]
        {
            let told = told(&format!(r#"{{"type":"{kind}","execution_arn":"arn:x","event_timestamp":"1"}}"#));
            assert!(told.starts_with(&format!("aws.step_functions {number} ")), "{told}");
        }
    }

    #[test]
    fn every_end_that_is_bad_is_an_error() {
        for kind in [
            "ExecutionFailed",
            "ExecutionTimedOut",
            "LambdaFunctionScheduleFailed",
            "MapStateAborted",
            "ActivityTimedOut",
        ] {
            let told = told(&format!(r#"{{"type":"{kind}","execution_arn":"arn:x","event_timestamp":"1"}}"#));
            assert!(told.starts_with("aws.step_functions 17 "), "{told}");
        }
    }

    proptest! {
        #[test]
        fn broken_texts_never_panic_and_are_kept_whole(cut in 0_usize..700, insert in "[\"{}:a\u{e9}]{0,5}") {
            let sample = broken_sample();
            let line: String = sample.chars().take(cut).chain(insert.chars()).chain(sample.chars().skip(cut)).collect();
            let short: String = line.chars().take(cut).collect();
            for line in [&line, &short] {
                Given::new(GROUP, &[line]).check(|draft| {
                    if !matches!(draft.log.body, Value::Map(_)) && serde_json::from_str::<serde_json::Value>(line).is_err() {
                        assert_eq!(draft.log.body, Value::Text(line));
                    }
                });
            }
        }
    }
}
