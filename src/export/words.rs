//! What a server says in the body of its answer: what it did not accept, and why.

use std::time::Duration;

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceResponse;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceResponse;
use prost::Message;
use serde_json::Value;

use super::Verdict;
use crate::id::Signal;

/// The longest text taken from a server: enough for a sentence and its identifiers, too short to flood a log.
const CHARS_MAX: usize = 512;

/// How a body is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Protobuf,
    Json,
    Html,
    Text,
}

impl Format {
    /// By the content type, and by the first bytes where a server leaves that out or is wrong about it.
    pub(super) fn of(content_type: Option<&str>, body: &[u8]) -> Self {
        let essence =
            content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let start = body.trim_ascii_start();
        if start.starts_with(b"<") && essence != "application/x-protobuf" {
            return if essence == "text/plain" { Self::Text } else { Self::Html };
        }
        match essence.as_str() {
            "application/x-protobuf" | "application/protobuf" | "" => Self::Protobuf,
            "application/json" => Self::Json,
            _ if essence.ends_with("json") || (essence.starts_with("application/x-amz-json")) => Self::Json,
            _ => Self::Text,
        }
    }
}

/// The verdict on an answer of success, by the partial success it may tell of.
///
/// An answer that cannot be read is one of success all the same: the status decides, and nothing may be sent again.
/// Source: OTLP specification, "Partial Success".
pub(super) fn accepted(signal: Signal, format: Format, body: &[u8]) -> Verdict {
    if body.is_empty() {
        return Verdict::Accepted { warning: None };
    }
    let outcome = match format {
        Format::Protobuf => protobuf_outcome(signal, body),
        Format::Json => json_outcome(signal, body),
        Format::Text | Format::Html => None,
    };
    match outcome {
        Some((rejected, message)) if rejected > 0 => Verdict::Partial { rejected, message: shortened(&message) },
        Some((_, message)) => Verdict::Accepted { warning: Some(shortened(&message)).filter(|text| !text.is_empty()) },
        None => Verdict::Accepted {
            warning: Some(format!("accepted, but with an answer that is not OTLP: {}", said(format, body))),
        },
    }
}

fn protobuf_outcome(signal: Signal, body: &[u8]) -> Option<(u64, String)> {
    let partial = match signal {
        Signal::Logs => ExportLogsServiceResponse::decode(body)
            .ok()?
            .partial_success
            .map(|partial| (partial.rejected_log_records, partial.error_message)),
        Signal::Metrics => ExportMetricsServiceResponse::decode(body)
            .ok()?
            .partial_success
            .map(|partial| (partial.rejected_data_points, partial.error_message)),
    };
    let (rejected, message) = partial.unwrap_or_default();
    Some((u64::try_from(rejected).unwrap_or(0), message))
}

/// Some servers answer protobuf with JSON. 64-bit integers may be text there, by the JSON mapping of protobuf.
fn json_outcome(signal: Signal, body: &[u8]) -> Option<(u64, String)> {
    let answer: Value = serde_json::from_slice(body).ok().filter(Value::is_object)?;
    let partial = &answer["partialSuccess"];
    let rejected = match signal {
        Signal::Logs => &partial["rejectedLogRecords"],
        Signal::Metrics => &partial["rejectedDataPoints"],
    };
    let rejected = rejected.as_u64().or_else(|| rejected.as_str()?.parse().ok()).unwrap_or(0);
    Some((rejected, partial["errorMessage"].as_str().unwrap_or_default().into()))
}

/// The server's words in an answer of failure, in one short line; empty when it said nothing.
pub(super) fn said(format: Format, body: &[u8]) -> String {
    let words = match format {
        Format::Protobuf => RpcStatus::decode(body).ok().map(|status| status.message),
        Format::Json => json_message(body),
        Format::Html => html_title(body),
        Format::Text => None,
    };
    shortened(&words.filter(|words| !words.is_empty()).unwrap_or_else(|| String::from_utf8_lossy(body).into_owned()))
}

fn json_message(body: &[u8]) -> Option<String> {
    let answer: Value = serde_json::from_slice(body).ok()?;
    let places =
        [&answer["message"], &answer["Message"], &answer["error"]["message"], &answer["error"], &answer["detail"]];
    places.into_iter().find_map(Value::as_str).map(String::from)
}

fn html_title(body: &[u8]) -> Option<String> {
    let page = String::from_utf8_lossy(body);
    let (start, end) = (page.find("<title>")? + "<title>".len(), page.find("</title>")?);
    page.get(start..end).map(|title| format!("a web page, titled {:?}", title.trim()))
}

/// One line of printable text, cut at a character.
pub(super) fn shortened(text: &str) -> String {
    let mut line = String::new();
    for (n, character) in text.split_whitespace().flat_map(|word| [" ", word]).flat_map(str::chars).skip(1).enumerate()
    {
        if n == CHARS_MAX {
            line.push_str("...");
            break;
        }
        line.push(if character.is_control() { char::REPLACEMENT_CHARACTER } else { character });
    }
    line
}

/// `google.rpc.Status`: the body of OTLP/HTTP failures, and `grpc-status-details-bin` of gRPC.
#[derive(Clone, PartialEq, Message)]
pub(super) struct RpcStatus {
    #[prost(int32, tag = "1")]
    pub(super) code: i32,
    #[prost(string, tag = "2")]
    pub(super) message: String,
    #[prost(message, repeated, tag = "3")]
    pub(super) details: Vec<Any>,
}

/// `google.protobuf.Any`.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Any {
    #[prost(string, tag = "1")]
    pub(super) type_url: String,
    #[prost(bytes = "vec", tag = "2")]
    pub(super) value: Vec<u8>,
}

/// `google.rpc.RetryInfo`.
#[derive(Clone, PartialEq, Message)]
pub(super) struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    pub(super) retry_delay: Option<Delay>,
}

/// `google.protobuf.Duration`.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Delay {
    #[prost(int64, tag = "1")]
    pub(super) seconds: i64,
    #[prost(int32, tag = "2")]
    pub(super) nanos: i32,
}

impl RpcStatus {
    /// How long the server asks to wait; zero where it says that a retry makes sense but not when.
    pub(super) fn retry_delay(&self) -> Option<Duration> {
        let info = self.details.iter().find(|detail| detail.type_url.ends_with("/google.rpc.RetryInfo"))?;
        let delay = RetryInfo::decode(info.value.as_slice()).ok()?.retry_delay.unwrap_or_default();
        let seconds = Duration::from_secs(u64::try_from(delay.seconds).unwrap_or(0));
        Some(seconds.saturating_add(Duration::from_nanos(u64::try_from(delay.nanos).unwrap_or(0))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_body_is_read_by_its_type_and_by_its_look() {
        assert_eq!(Format::of(Some("application/x-protobuf"), b"\x0a\x00"), Format::Protobuf);
        assert_eq!(Format::of(None, b"\x0a\x00"), Format::Protobuf);
        assert_eq!(Format::of(Some("application/json; charset=utf-8"), b"{}"), Format::Json);
        assert_eq!(Format::of(Some("application/x-amz-json-1.1"), b"{}"), Format::Json);
        assert_eq!(Format::of(Some("text/html"), b"<!doctype html>"), Format::Html);
        assert_eq!(Format::of(None, b"  <html>"), Format::Html);
        assert_eq!(Format::of(Some("text/plain"), b"slow down"), Format::Text);
    }

    #[test]
    fn words_are_one_short_line() {
        assert_eq!(shortened("  too\tmany\r\n requests \u{1b}[31m"), "too many requests \u{fffd}[31m");
        assert_eq!(shortened(&"x".repeat(9_000)), format!("{}...", "x".repeat(CHARS_MAX)));
        assert_eq!(shortened(""), "");
    }

    #[test]
    fn the_message_is_found_in_the_shapes_that_servers_use() {
        let status = RpcStatus { code: 3, message: "no such field".into(), details: vec![] };
        assert_eq!(said(Format::Protobuf, &status.encode_to_vec()), "no such field");
        assert_eq!(said(Format::Json, br#"{"code":3,"message":"no such field"}"#), "no such field");
        assert_eq!(
            said(Format::Json, br#"{"Message":"The security token is invalid"}"#),
            "The security token is invalid"
        );
        assert_eq!(said(Format::Json, br#"{"error":{"message":"quota"}}"#), "quota");
        assert_eq!(said(Format::Json, br#"{"error":"quota"}"#), "quota");
        assert_eq!(said(Format::Json, br#"{"odd":1}"#), r#"{"odd":1}"#);
        assert_eq!(
            said(Format::Html, b"<html><head><title>413 Request Entity Too Large</title></head></html>"),
            r#"a web page, titled "413 Request Entity Too Large""#
        );
        assert_eq!(said(Format::Protobuf, b"upstream\nconnect error"), "upstream connect error");
    }

    #[test]
    fn partial_success_is_read_from_json_too() {
        let body = br#"{"partialSuccess":{"rejectedDataPoints":"3","errorMessage":"no histograms"}}"#;
        assert_eq!(
            accepted(Signal::Metrics, Format::Json, body),
            Verdict::Partial { rejected: 3, message: "no histograms".into() }
        );
        assert_eq!(accepted(Signal::Logs, Format::Json, b"{}"), Verdict::Accepted { warning: None });
    }

    proptest! {
        #[test]
        fn no_body_makes_it_panic(body: Vec<u8>, content_type: Option<String>) {
            let format = Format::of(content_type.as_deref(), &body);
            for format in [format, Format::Protobuf, Format::Json, Format::Html, Format::Text] {
                prop_assert!(said(format, &body).chars().count() <= CHARS_MAX + 3);
                for signal in Signal::ALL {
                    drop(accepted(signal, format, &body));
                }
            }
        }
    }
}
