//! Lambda functions: the lines of the service around those of the function, one invocation after the other.

use fastrand::Rng;
use serde_json::json;

use super::Moment;
use super::words::{FUNCTIONS, hex, level, one_of, sentence, uuid};
use crate::time::Timestamp;

/// How far an invocation has come.
#[derive(Default)]
pub(in super::super) struct Invocation {
    request_id: String,
    lines_left: u32,
    stage: Stage,
    cold: bool,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Stage {
    #[default]
    Before,
    Init,
    Running,
    Ended,
}

/// What is written next.
enum Step {
    Init,
    Start,
    Line,
    End,
    Report,
}

impl Invocation {
    fn step(&mut self, random: &mut Rng) -> Step {
        match self.stage {
            Stage::Before => {
                self.request_id = uuid(random);
                self.lines_left = random.u32(1..6);
                self.cold = random.u32(..40) == 0;
                self.stage = if self.cold { Stage::Init } else { Stage::Running };
                if self.cold { Step::Init } else { Step::Start }
            }
            Stage::Init => {
                self.stage = Stage::Running;
                Step::Start
            }
            Stage::Running if self.lines_left > 0 => {
                self.lines_left -= 1;
                Step::Line
            }
            Stage::Running => {
                self.stage = Stage::Ended;
                Step::End
            }
            Stage::Ended => {
                self.stage = Stage::Before;
                Step::Report
            }
        }
    }
}

pub(super) fn place(random: &mut Rng, now: Timestamp) -> (String, String) {
    let (year, month, day) = now.date();
    let function = one_of(random, &FUNCTIONS);
    let stream = format!("{year}/{month:02}/{day:02}/[$LATEST]{}", hex(random, 32));
    (format!("/aws/lambda/{function}"), stream)
}

pub(super) fn text(random: &mut Rng, moment: &Moment, invocation: &mut Invocation) -> String {
    let step = invocation.step(random);
    let (time, id) = (moment.time, &invocation.request_id);
    match step {
        Step::Init => {
            format!(
                "INIT_START Runtime Version: nodejs:22.v41\tRuntime Version ARN: arn:aws:lambda:{}::runtime:{}\n",
                moment.region,
                hex(random, 64)
            )
        }
        Step::Start => format!("START RequestId: {id} Version: $LATEST\n"),
        Step::Line => format!("{time}\t{id}\t{}\t{}\n", level(random), sentence(random)),
        Step::End => format!("END RequestId: {id}\n"),
        Step::Report => report(random, invocation),
    }
}

fn report(random: &mut Rng, invocation: &Invocation) -> String {
    let (duration, memory) = (f64::from(random.u32(80..90_000)) / 100.0, random.u32(60..120));
    let init = if invocation.cold { f64::from(random.u32(9_000..60_000)) / 100.0 } else { 0.0 };
    let billed = (duration + init).ceil();
    let mut line = format!(
        "REPORT RequestId: {}\tDuration: {duration:.2} ms\tBilled Duration: {billed} ms\tMemory Size: 128 MB\tMax Memory Used: {memory} MB\t",
        invocation.request_id
    );
    if invocation.cold {
        line.push_str(&format!("Init Duration: {init:.2} ms\t"));
    }
    if random.u32(..100) == 0 {
        line.push_str("Status: timeout");
    }
    line.push('\n');
    line
}

pub(super) fn json(random: &mut Rng, moment: &Moment, invocation: &mut Invocation) -> String {
    let step = invocation.step(random);
    let (time, id) = (moment.time.to_string(), &invocation.request_id);
    let event = match step {
        Step::Init => json!({"time": time, "type": "platform.initStart", "record": {
            "initializationType": "on-demand", "phase": "init", "runtimeVersion": "python:3.13.v31",
            "functionName": "orders", "functionVersion": "$LATEST"}}),
        Step::Start => {
            json!({"time": time, "type": "platform.start", "record": {"requestId": id, "version": "$LATEST"}})
        }
        Step::Line => {
            json!({"timestamp": time, "level": level(random), "message": sentence(random), "logger": "root", "requestId": id})
        }
        Step::End => {
            json!({"time": time, "type": "platform.runtimeDone", "record": {"requestId": id, "status": "success",
            "metrics": {"durationMs": f64::from(random.u32(80..9_000)) / 100.0, "producedBytes": random.u32(..4_000)}}})
        }
        Step::Report => {
            let duration = f64::from(random.u32(80..90_000)) / 100.0;
            let mut metrics = json!({"durationMs": duration, "billedDurationMs": duration.ceil(), "memorySizeMB": 128,
                "maxMemoryUsedMB": random.u32(60..120)});
            if invocation.cold {
                metrics["initDurationMs"] = (f64::from(random.u32(9_000..60_000)) / 100.0).into();
            }
            json!({"time": time, "type": "platform.report", "record": {"requestId": id, "metrics": metrics, "status": "success"}})
        }
    };
    format!("{event}\n")
}

pub(super) fn embedded_metrics(random: &mut Rng, moment: &Moment, _: &mut Invocation) -> String {
    json!({
        "_aws": {"Timestamp": moment.time.millis(), "CloudWatchMetrics": [{
            "Namespace": "acme/shop", "Dimensions": [["service"], ["service", "operation"]],
            "Metrics": [{"Name": "latency", "Unit": "Milliseconds"}, {"Name": "items", "Unit": "Count"}]}]},
        "service": "orders", "operation": one_of(random, &["create", "query", "cancel"]),
        "latency": f64::from(random.u32(100..90_000)) / 100.0, "items": random.u32(1..12), "requestId": uuid(random),
    })
    .to_string()
}
