//! What an answer of an OTLP/HTTP server means.
//!
//! | status | verdict |
//! | --- | --- |
//! | 2xx | accepted, or in part |
//! | 429, 502, 503, 504 | retry, after `Retry-After` where given |
//! | 413 | split |
//! | 408, 500 and the other 5xx | retry a bounded number of times |
//! | 501, 505, 3xx, other 4xx | refused |
//!
//! Source: OTLP specification, "OTLP/HTTP Response". It would give up at once on 408, 500 and 5xx like 520; as many
//! backends and proxies answer so when they are overloaded, these are tried a few times before the batch is given up.

use std::time::{Duration, UNIX_EPOCH};

use super::Verdict;
use super::words::{self, Format};
use crate::id::Signal;
use crate::time::Timestamp;

/// The most bytes of a body that are worth reading: any OTLP answer is far smaller.
pub const BODY_BYTES_MAX: usize = 64 * 1024;

/// What was read of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer<'a> {
    /// The status code.
    pub status: u16,
    /// `Content-Type`.
    pub content_type: Option<&'a str>,
    /// `Retry-After`.
    pub retry_after: Option<&'a str>,
    /// `Location`.
    pub location: Option<&'a str>,
    /// The body, cut after `BODY_BYTES_MAX`.
    pub body: &'a [u8],
}

/// What the answer to a request means.
#[must_use]
pub fn verdict(signal: Signal, answer: &Answer<'_>, now: Timestamp) -> Verdict {
    let format = Format::of(answer.content_type, answer.body);
    match answer.status {
        200..=299 if format == Format::Html => Verdict::RetryBounded { error: not_a_receiver(answer, format) },
        200..=299 => words::accepted(signal, format, answer.body),
        429 | 502..=504 => Verdict::Retry { after: retry_after(answer.retry_after, now), error: told(answer, format) },
        413 => Verdict::Split { message: told(answer, format) },
        501 | 505 => Verdict::Refused { message: told(answer, format) },
        408 | 500..=599 => Verdict::RetryBounded { error: told(answer, format) },
        300..=399 => Verdict::Refused { message: moved(answer) },
        _ => Verdict::Refused { message: told(answer, format) },
    }
}

/// `Retry-After`, in seconds or as a date; `None` where it is missing or neither.
///
/// Source: RFC 9110, section 10.2.3.
#[must_use]
pub fn retry_after(value: Option<&str>, now: Timestamp) -> Option<Duration> {
    let value = value?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(value).ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(Timestamp::from_seconds(date.as_secs()).since(now))
}

/// The status, the server's words and what to do about it.
fn told(answer: &Answer<'_>, format: Format) -> String {
    let mut line = format!("HTTP {}", answer.status);
    let said = words::said(format, answer.body);
    if !said.is_empty() {
        line.push_str(": ");
        line.push_str(&said);
    }
    if let Some(hint) = hint(answer.status) {
        line.push_str(" (");
        line.push_str(hint);
        line.push(')');
    }
    line
}

const fn hint(status: u16) -> Option<&'static str> {
    match status {
        401 | 403 => Some("check the destination's headers, bearer token or signature"),
        404 | 405 => {
            Some("check the endpoint: v1/logs and v1/metrics are appended to it, not to the URL of a single signal")
        }
        407 => Some("a proxy stands before the destination"),
        415 => Some("the destination may not take this compression, or not protobuf"),
        _ => None,
    }
}

fn not_a_receiver(answer: &Answer<'_>, format: Format) -> String {
    let said = words::said(format, answer.body);
    format!("HTTP {} with a web page, not with an OTLP answer: {said} (check the endpoint)", answer.status)
}

fn moved(answer: &Answer<'_>) -> String {
    let target = answer.location.map_or_else(|| "elsewhere".into(), words::shortened);
    format!(
        "HTTP {}: redirected to {target}; redirects are not followed, because telemetry and credentials go only where the \
         configuration says (set the endpoint to the final URL)",
        answer.status
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use opentelemetry_proto::tonic::collector::logs::v1::{ExportLogsPartialSuccess, ExportLogsServiceResponse};
    use opentelemetry_proto::tonic::collector::metrics::v1::{
        ExportMetricsPartialSuccess, ExportMetricsServiceResponse,
    };
    use prost::Message;

    const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);

    fn answer(status: u16, body: &[u8]) -> Answer<'_> {
        Answer { status, content_type: Some("application/x-protobuf"), retry_after: None, location: None, body }
    }

    fn text(status: u16, body: &str) -> Answer<'_> {
        Answer { content_type: Some("text/plain"), ..answer(status, body.as_bytes()) }
    }

    fn partial(rejected_log_records: i64, error_message: &str) -> Vec<u8> {
        let partial = ExportLogsPartialSuccess { rejected_log_records, error_message: error_message.into() };
        ExportLogsServiceResponse { partial_success: Some(partial) }.encode_to_vec()
    }

    fn logs(answer: Answer<'_>) -> Verdict {
        verdict(Signal::Logs, &answer, NOW)
    }

    #[test]
    fn success_is_success_with_or_without_a_body() {
        let empty = ExportLogsServiceResponse { partial_success: None }.encode_to_vec();
        for whole in [answer(200, &empty), answer(204, b""), text(202, "")] {
            assert_eq!(logs(whole), Verdict::Accepted { warning: None });
        }
    }

    #[test]
    fn a_partial_success_counts_what_was_rejected() {
        assert_eq!(
            logs(answer(200, &partial(7, "too old"))),
            Verdict::Partial { rejected: 7, message: "too old".into() }
        );
        let partial = ExportMetricsPartialSuccess { rejected_data_points: 2, error_message: "no summaries".into() };
        let body = ExportMetricsServiceResponse { partial_success: Some(partial) }.encode_to_vec();
        assert_eq!(
            verdict(Signal::Metrics, &answer(200, &body), NOW),
            Verdict::Partial { rejected: 2, message: "no summaries".into() }
        );
    }

    #[test]
    fn a_partial_success_that_rejects_nothing_is_a_warning() {
        let warning = Some("deprecated attribute".into());
        assert_eq!(logs(answer(200, &partial(0, "deprecated attribute"))), Verdict::Accepted { warning });
        assert_eq!(logs(answer(200, &partial(-3, ""))), Verdict::Accepted { warning: None });
    }

    #[test]
    fn success_that_cannot_be_read_is_accepted_with_a_warning() {
        let warning = Some("accepted, but with an answer that is not OTLP: garbage".into());
        assert_eq!(logs(answer(200, b"garbage")), Verdict::Accepted { warning: warning.clone() });
        assert_eq!(logs(text(200, "garbage")), Verdict::Accepted { warning });
    }

    #[test]
    fn a_web_page_is_no_success() {
        let page = b"<!doctype html><html><head><title>Sign in</title></head></html>";
        let Verdict::RetryBounded { error } = logs(Answer { content_type: Some("text/html"), ..answer(200, page) })
        else {
            panic!("a log-in page took the batch");
        };
        assert!(error.contains("Sign in") && error.contains("check the endpoint"), "{error}");
    }

    #[test]
    fn an_overloaded_server_is_retried_when_it_says() {
        for status in [429, 502, 503, 504] {
            let asked = Answer { retry_after: Some("17"), ..text(status, "slow down") };
            assert_eq!(
                logs(asked),
                Verdict::Retry { after: Some(Duration::from_secs(17)), error: format!("HTTP {status}: slow down") }
            );
            assert_eq!(logs(text(status, "")), Verdict::Retry { after: None, error: format!("HTTP {status}") });
        }
    }

    #[test]
    fn retry_after_may_be_seconds_or_a_date() {
        let cases = [
            (" 120 ", Some(120)),
            ("0", Some(0)),
            ("Tue, 14 Nov 2023 22:13:50 GMT", Some(30)),
            ("Tuesday, 14-Nov-23 22:13:50 GMT", Some(30)),
            ("Tue Nov 14 22:13:50 2023", Some(30)),
            ("Tue, 14 Nov 2023 22:13:10 GMT", Some(0)),
            ("-5", None),
            ("soon", None),
            ("", None),
        ];
        for (value, seconds) in cases {
            assert_eq!(retry_after(Some(value), NOW), seconds.map(Duration::from_secs), "{value:?}");
        }
        assert_eq!(retry_after(None, NOW), None);
    }

    #[test]
    fn a_request_that_is_too_large_is_split() {
        assert_eq!(logs(text(413, "limit is 4 MiB")), Verdict::Split { message: "HTTP 413: limit is 4 MiB".into() });
    }

    #[test]
    fn failures_that_may_be_the_batch_are_retried_a_few_times() {
        for status in [408, 500, 507, 520, 599] {
            assert_eq!(logs(text(status, "oops")), Verdict::RetryBounded { error: format!("HTTP {status}: oops") });
        }
    }

    #[test]
    fn what_no_retry_can_mend_is_refused_with_the_words_and_a_hint() {
        for status in [400, 402, 410, 422, 501, 505, 600, 100] {
            assert_eq!(logs(text(status, "no")), Verdict::Refused { message: format!("HTTP {status}: no") });
        }
        for (status, hint) in [(401, "bearer"), (403, "signature"), (404, "endpoint"), (415, "compression")] {
            let Verdict::Refused { message } = logs(text(status, "no")) else { panic!("{status} was not refused") };
            assert!(message.starts_with(&format!("HTTP {status}: no (")) && message.contains(hint), "{message}");
        }
    }

    #[test]
    fn a_redirect_is_refused_and_names_its_target() {
        let redirect = Answer { location: Some("https://elsewhere.example/v1/logs"), ..text(307, "") };
        let Verdict::Refused { message } = logs(redirect) else { panic!("a redirect was followed") };
        assert!(message.starts_with("HTTP 307: redirected to https://elsewhere.example/v1/logs;"), "{message}");
    }
}
