//! Whether a destination takes telemetry: sends it one empty export request for each signal.

use aws_config::SdkConfig;

use super::Finding;
use crate::config::Destination;
use crate::export::{Batch, Verdict};
use crate::id::Signal;
use crate::io::exporter::Exporter;

/// Sends the requests. An empty one is valid, changes nothing, and needs the same permissions as a full one.
pub(super) async fn examine(destination: &Destination, sdk: &SdkConfig) -> Vec<Finding> {
    let subject = format!("destination {}", destination.name);
    let exporter = match Exporter::new(destination, Some(sdk)).await {
        Ok(exporter) => exporter,
        Err(error) => return vec![Finding::fail(subject, error.to_string(), "correct the configuration")],
    };
    let mut findings = Vec::new();
    for signal in &destination.signals {
        let batch = Batch { signal: *signal, destination: 0, chunks: Vec::new() };
        findings.push(judge(&subject, *signal, exporter.send(&batch).await));
    }
    findings
}

fn judge(subject: &str, signal: Signal, verdict: Verdict) -> Finding {
    match verdict {
        Verdict::Accepted { warning: None } | Verdict::Partial { rejected: 0, .. } => {
            Finding::ok(subject, format!("takes {signal}: an empty request was accepted"))
        }
        Verdict::Accepted { warning: Some(warning) } => {
            Finding::ok(subject, format!("takes {signal}, and says: {warning}"))
        }
        Verdict::Partial { message, .. } => {
            Finding::warn(subject, format!("{signal}: accepted in part: {message}"), "see what the backend says")
        }
        Verdict::Retry { error, .. } => Finding::fail(
            subject,
            format!("{signal}: {error}"),
            "see that the backend runs, that the URL is right, and that this machine reaches it",
        ),
        Verdict::RetryBounded { error } => {
            Finding::fail(subject, format!("{signal}: {error}"), "see the log of the backend")
        }
        Verdict::Split { message } => Finding::warn(
            subject,
            format!("{signal}: even an empty request is too large: {message}"),
            "see the limits of what stands before the backend",
        ),
        Verdict::Refused { message } => Finding::fail(
            subject,
            format!("{signal}: {message}"),
            "see endpoint, headers and token; a backend without this signal is told by the key signals",
        ),
    }
}
