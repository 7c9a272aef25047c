//! What an invocation tells of itself: one line that CloudWatch makes metrics of.
//!
//! Source: CloudWatch user guide, "Specification: Embedded metric format".

use std::io::Write;
use std::time::Duration;

use fanin::id::Signal;
use fanin::io::telemetry::{Counter, DestinationIdx, Snapshot, Telemetry};
use fanin::reject::Reason;
use fanin::time::Timestamp;
use serde_json::{Map, Value, json};

/// The namespace of its metrics.
pub const NAMESPACE: &str = "Fanin/Forwarder";

/// What one invocation did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Records that came.
    pub records: u64,
    /// Bytes of their data.
    pub bytes: u64,
    /// Records that are to come again.
    pub failed: u64,
    /// Records that were given back to their stream, since the answer was full.
    pub returned: u64,
    /// Changes of the configuration that could not be taken.
    pub failed_reloads: u64,
}

/// Writes the line of an invocation to standard output, which Lambda brings to CloudWatch Logs.
pub fn tell(figures: Figures, before: &Snapshot, telemetry: &Telemetry, took: Duration, now: Timestamp) {
    let line = line(figures, before, &telemetry.snapshot(), took, now);
    // Nobody reads a log that cannot be written; the invocation has its answer all the same.
    let _nobody_reads = writeln!(std::io::stdout().lock(), "{line}");
}

fn line(figures: Figures, before: &Snapshot, after: &Snapshot, took: Duration, now: Timestamp) -> Value {
    let (any, of) = (DestinationIdx(0), |counter| after.total(counter).saturating_sub(before.total(counter)));
    let exported = Counter::Exported(any, Signal::Logs);
    let told = [
        ("Records", "Count", json!(figures.records)),
        ("Bytes", "Bytes", json!(figures.bytes)),
        ("FailedRecords", "Count", json!(figures.failed)),
        ("ReturnedRecords", "Count", json!(figures.returned)),
        ("FailedReloads", "Count", json!(figures.failed_reloads)),
        ("ForwardingTime", "Milliseconds", json!(took.as_secs_f64() * 1e3)),
        ("ExportedRecords", "Count", json!(of(exported))),
        ("ExportRetries", "Count", json!(of(Counter::Retries(any)))),
        ("SpilledBatches", "Count", json!(of(Counter::SpilledBatches(any)))),
        ("Rejects", "Count", json!(of(Counter::Rejects(Reason::BadJson)))),
        ("DeadLetters", "Count", json!(of(Counter::DeadLetters))),
    ];
    let metrics: Vec<_> = told.iter().map(|(name, unit, _)| json!({ "Name": name, "Unit": unit })).collect();
    let directive = json!([{ "Namespace": NAMESPACE, "Dimensions": [[]], "Metrics": metrics }]);
    let mut members: Map<_, _> = told.into_iter().map(|(name, _, value)| (name.to_owned(), value)).collect();
    let _ = members.insert("_aws".into(), json!({ "Timestamp": now.millis(), "CloudWatchMetrics": directive }));
    Value::Object(members)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_metric_of_the_line_has_its_value() {
        let telemetry = Telemetry::new(vec!["backend".into()], Timestamp::default());
        let before = telemetry.snapshot();
        let figures = Figures { records: 3, bytes: 40, failed: 1, ..Figures::default() };
        let line = line(figures, &before, &telemetry.snapshot(), Duration::from_millis(12), Timestamp::from_millis(7));
        let directive = &line["_aws"]["CloudWatchMetrics"][0];
        for metric in directive["Metrics"].as_array().unwrap() {
            assert!(line[metric["Name"].as_str().unwrap()].is_number(), "{metric}");
        }
        assert_eq!((line["Records"].as_u64(), line["FailedRecords"].as_u64()), (Some(3), Some(1)));
        assert_eq!(line["_aws"]["Timestamp"], 7);
    }
}
