//! What an answer of an OTLP/gRPC server means, and how messages are framed.
//!
//! CANCELLED, DEADLINE_EXCEEDED, ABORTED, OUT_OF_RANGE, UNAVAILABLE and DATA_LOSS are retried; RESOURCE_EXHAUSTED is when
//! the server adds a `RetryInfo`; every other code is refused. A message that is too large for the server is split.
//! Source: OTLP specification, "OTLP/gRPC Response"; gRPC documentation, "gRPC over HTTP2".

use percent_encoding::percent_decode;
use prost::Message;

use super::words::{self, Format, RpcStatus};
use super::{Verdict, http};
use crate::id::Signal;
use crate::time::Timestamp;

/// Bytes before each message: whether it is compressed, and its length.
pub const HEAD_BYTES: usize = 5;

/// The codes that matter here by name; the others are looked up by `name`.
const OK: u32 = 0;
const CANCELLED: u32 = 1;
const UNKNOWN: u32 = 2;
const DEADLINE_EXCEEDED: u32 = 4;
const PERMISSION_DENIED: u32 = 7;
const RESOURCE_EXHAUSTED: u32 = 8;
const ABORTED: u32 = 10;
const OUT_OF_RANGE: u32 = 11;
const UNIMPLEMENTED: u32 = 12;
const UNAVAILABLE: u32 = 14;
const DATA_LOSS: u32 = 15;
const UNAUTHENTICATED: u32 = 16;

/// What was read of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer<'a> {
    /// The answer of HTTP/2 below; its body is that of gRPC, with the head of the message.
    pub http: http::Answer<'a>,
    /// `grpc-status`, from the trailers, or from the headers where there are no others.
    pub status: Option<&'a [u8]>,
    /// `grpc-message`, percent-encoded.
    pub message: Option<&'a [u8]>,
    /// `grpc-status-details-bin`, in base64.
    pub details: Option<&'a [u8]>,
}

/// Whether the message in a frame is compressed, as `grpc-encoding` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// As it is.
    Identity,
    /// Compressed.
    Compressed,
}

/// The head of a message of `length` bytes; `None` for one of 4 GiB or more, which gRPC cannot carry.
#[must_use]
pub fn head(coding: Coding, length: usize) -> Option<[u8; HEAD_BYTES]> {
    let [a, b, c, d] = u32::try_from(length).ok()?.to_be_bytes();
    Some([u8::from(coding == Coding::Compressed), a, b, c, d])
}

/// Path of the method that takes a signal.
#[must_use]
pub const fn path(signal: Signal) -> &'static str {
    match signal {
        Signal::Logs => "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
        Signal::Metrics => "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
    }
}

/// What the answer to a call means.
#[must_use]
pub fn verdict(signal: Signal, answer: &Answer<'_>, now: Timestamp) -> Verdict {
    let Some(status) = answer.status else {
        return without_status(signal, answer, now);
    };
    match std::str::from_utf8(status).ok().and_then(|text| text.parse().ok()).unwrap_or(UNKNOWN) {
        OK => accepted(signal, answer.http.body),
        code => failed(code, answer),
    }
}

/// What stands between us and the server answered by HTTP alone, or the answer ended too early.
fn without_status(signal: Signal, answer: &Answer<'_>, now: Timestamp) -> Verdict {
    match answer.http.status {
        200..=299 => Verdict::Retry { after: None, error: "the answer ended without a gRPC status".into() },
        _ => http::verdict(signal, &answer.http, now),
    }
}

fn accepted(signal: Signal, body: &[u8]) -> Verdict {
    let Some((head, message)) = body.split_first_chunk::<HEAD_BYTES>() else {
        return Verdict::Accepted { warning: None };
    };
    let length = usize::try_from(u32::from_be_bytes([head[1], head[2], head[3], head[4]])).unwrap_or(usize::MAX);
    match message.get(..length) {
        Some(message) if head[0] == 0 => words::accepted(signal, Format::Protobuf, message),
        Some(_) | None => {
            Verdict::Accepted { warning: Some("accepted, but with an answer that cannot be read".into()) }
        }
    }
}

fn failed(code: u32, answer: &Answer<'_>) -> Verdict {
    let status = details(answer.details);
    let words = spoken(answer, status.as_ref());
    let after = status.as_ref().and_then(RpcStatus::retry_delay);
    let told = told(code, &words);
    match code {
        RESOURCE_EXHAUSTED | OUT_OF_RANGE if is_too_large(&words) => Verdict::Split { message: told },
        CANCELLED | DEADLINE_EXCEEDED | ABORTED | OUT_OF_RANGE | UNAVAILABLE | DATA_LOSS => {
            Verdict::Retry { after, error: told }
        }
        RESOURCE_EXHAUSTED if after.is_some() => Verdict::Retry { after, error: told },
        _ => Verdict::Refused { message: told },
    }
}

/// The code, the server's words and what to do about it.
fn told(code: u32, words: &str) -> String {
    let colon = if words.is_empty() { "" } else { ": " };
    let hint = match code {
        UNIMPLEMENTED if words.contains("compress") => {
            " (the destination does not take this compression: set gzip or none)"
        }
        UNAUTHENTICATED | PERMISSION_DENIED => " (check the destination's headers or bearer token)",
        _ => "",
    };
    format!("gRPC {}{colon}{words}{hint}", name(code))
}

fn details(header: Option<&[u8]>) -> Option<RpcStatus> {
    let bytes = base64_simd::forgiving_decode_to_vec(header?).ok()?;
    RpcStatus::decode(bytes.as_slice()).ok()
}

fn spoken(answer: &Answer<'_>, status: Option<&RpcStatus>) -> String {
    let message = percent_decode(answer.message.unwrap_or_default()).decode_utf8_lossy();
    let message = if message.is_empty() { status.map_or("", |status| &status.message) } else { &message };
    words::shortened(message)
}

/// Whether a server means that the message is larger than it takes. The code for it is also used for other things, so
/// that only the words tell; these are those of the servers in Go, C++, Java, C#, JavaScript and Rust.
fn is_too_large(words: &str) -> bool {
    let words = words.to_ascii_lowercase();
    let ways = [
        "larger than max",
        "too large",
        "exceeds maximum size",
        "exceeds the maximum",
        "size limit",
        "larger than the max",
    ];
    words.contains("message") && ways.iter().any(|way| words.contains(way))
}

/// The name of a code, as the gRPC documentation writes it.
fn name(code: u32) -> String {
    const NAMES: [&str; 17] = [
        "OK",
        "CANCELLED",
        "UNKNOWN",
        "INVALID_ARGUMENT",
        "DEADLINE_EXCEEDED",
        "NOT_FOUND",
        "ALREADY_EXISTS",
        "PERMISSION_DENIED",
        "RESOURCE_EXHAUSTED",
        "FAILED_PRECONDITION",
        "ABORTED",
        "OUT_OF_RANGE",
        "UNIMPLEMENTED",
        "INTERNAL",
        "UNAVAILABLE",
        "DATA_LOSS",
        "UNAUTHENTICATED",
    ];
    usize::try_from(code)
        .ok()
        .and_then(|index| NAMES.get(index))
        .map_or_else(|| format!("code {code}"), |name| (*name).into())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::export::words::{Any, Delay, RetryInfo};
    use opentelemetry_proto::tonic::collector::logs::v1::{ExportLogsPartialSuccess, ExportLogsServiceResponse};
    use proptest::prelude::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);

    fn answer<'a>(status: &'a str, message: &'a str) -> Answer<'a> {
        let http = http::Answer {
            status: 200,
            content_type: Some("application/grpc"),
            retry_after: None,
            location: None,
            body: b"",
        };
        Answer { http, status: Some(status.as_bytes()), message: Some(message.as_bytes()), details: None }
    }

    fn logs(answer: &Answer<'_>) -> Verdict {
        verdict(Signal::Logs, answer, NOW)
    }

    fn retry_info(delay: Option<Delay>) -> String {
        let info = RetryInfo { retry_delay: delay }.encode_to_vec();
        let detail = Any { type_url: "type.googleapis.com/google.rpc.RetryInfo".into(), value: info };
        let status = RpcStatus { code: 8, message: "quota".into(), details: vec![detail] };
        base64_simd::STANDARD_NO_PAD.encode_to_string(status.encode_to_vec())
    }

    #[test]
    fn every_code_has_the_verdict_of_the_specification() {
        let table = [
            (1, "CANCELLED", "retry"),
            (2, "UNKNOWN", "refused"),
            (3, "INVALID_ARGUMENT", "refused"),
            (4, "DEADLINE_EXCEEDED", "retry"),
            (5, "NOT_FOUND", "refused"),
            (6, "ALREADY_EXISTS", "refused"),
            (7, "PERMISSION_DENIED", "refused"),
            (8, "RESOURCE_EXHAUSTED", "refused"),
            (9, "FAILED_PRECONDITION", "refused"),
            (10, "ABORTED", "retry"),
            (11, "OUT_OF_RANGE", "retry"),
            (12, "UNIMPLEMENTED", "refused"),
            (13, "INTERNAL", "refused"),
            (14, "UNAVAILABLE", "retry"),
            (15, "DATA_LOSS", "retry"),
            (16, "UNAUTHENTICATED", "refused"),
            (99, "code 99", "refused"),
        ];
        for (code, name, expected) in table {
            let code = code.to_string();
            let given = logs(&answer(&code, "why%25"));
            let is_expected = match expected {
                "retry" => matches!(given, Verdict::Retry { after: None, .. }),
                _ => matches!(given, Verdict::Refused { .. }),
            };
            assert!(is_expected && format!("{given:?}").contains(&format!("gRPC {name}: why%")), "{given:?}");
        }
    }

    #[test]
    fn exhausted_resources_are_retried_only_where_the_server_says_so() {
        let (at_some_time, soon) = (retry_info(None), retry_info(Some(Delay { seconds: 3, nanos: 500_000_000 })));
        let with = |details: &'static str| Answer { details: Some(details.as_bytes()), ..answer("8", "quota") };
        let error = String::from("gRPC RESOURCE_EXHAUSTED: quota");
        assert_eq!(
            logs(&with(soon.leak())),
            Verdict::Retry { after: Some(Duration::from_millis(3_500)), error: error.clone() }
        );
        assert_eq!(
            logs(&with(at_some_time.leak())),
            Verdict::Retry { after: Some(Duration::ZERO), error: error.clone() }
        );
        assert_eq!(logs(&with("!!! not base64 !!!")), Verdict::Refused { message: error });
    }

    #[test]
    fn a_message_that_is_too_large_is_split_in_whatever_words() {
        let said = [
            ("8", "grpc: received message larger than max (5242880 vs. 4194304)"),
            ("8", "grpc: received message after decompression larger than max 4194304"),
            ("8", "SERVER: Received message larger than max (5242880 vs. 4194304)"),
            ("8", "CLIENT: Sent message larger than max (5242880 vs. 4194304)"),
            ("8", "gRPC message exceeds maximum size 4194304: 5242880"),
            ("8", "Received message exceeds the maximum configured message size."),
            ("11", "Error, decoded message length too large: found 5242880 bytes, the limit is: 4194304 bytes"),
            ("8", "Error decompressing: size limit, of `4194304` bytes, exceeded while decompressing message"),
        ];
        for (code, words) in said {
            assert!(matches!(logs(&answer(code, words)), Verdict::Split { .. }), "{words}");
        }
        assert!(matches!(logs(&answer("3", "message too large")), Verdict::Refused { .. }));
    }

    #[test]
    fn a_call_that_worked_may_tell_of_a_partial_success() {
        let partial = ExportLogsPartialSuccess { rejected_log_records: 4, error_message: "too old".into() };
        let message = ExportLogsServiceResponse { partial_success: Some(partial) }.encode_to_vec();
        let mut body = head(Coding::Identity, message.len()).unwrap().to_vec();
        body.extend_from_slice(&message);
        let mut worked = answer("0", "");
        worked.http.body = &body;
        assert_eq!(logs(&worked), Verdict::Partial { rejected: 4, message: "too old".into() });
        worked.http.body = &[0, 0, 0, 0, 0];
        assert_eq!(logs(&worked), Verdict::Accepted { warning: None });
        worked.http.body = b"";
        assert_eq!(logs(&worked), Verdict::Accepted { warning: None });
        for unread in [&[1, 0, 0, 0, 1, 7][..], &[0, 0, 0, 9, 9, 1]] {
            worked.http.body = unread;
            assert!(matches!(logs(&worked), Verdict::Accepted { warning: Some(_) }));
        }
    }

    #[test]
    fn an_answer_without_a_status_is_read_as_http() {
        let mut bare = Answer { status: None, message: None, ..answer("", "") };
        assert!(matches!(logs(&bare), Verdict::Retry { after: None, .. }));
        for (status, is_expected) in [
            (413, (|verdict| matches!(verdict, Verdict::Split { .. })) as fn(Verdict) -> bool),
            (503, |verdict| matches!(verdict, Verdict::Retry { .. })),
            (404, |verdict| matches!(verdict, Verdict::Refused { .. })),
        ] {
            bare.http.status = status;
            assert!(is_expected(logs(&bare)), "{status}");
        }
    }

    #[test]
    fn a_head_carries_coding_and_length() {
        assert_eq!(head(Coding::Identity, 258), Some([0, 0, 0, 1, 2]));
        assert_eq!(head(Coding::Compressed, 1), Some([1, 0, 0, 0, 1]));
        assert_eq!(head(Coding::Identity, usize::MAX), None);
    }

    proptest! {
        #[test]
        fn no_answer_makes_it_panic(
            http_status: u16, body: Vec<u8>, status: Option<Vec<u8>>, message: Option<Vec<u8>>, details: Option<Vec<u8>>,
        ) {
            let http = http::Answer { status: http_status, content_type: None, retry_after: None, location: None, body: &body };
            let (status, message, details) = (status.as_deref(), message.as_deref(), details.as_deref());
            for signal in Signal::ALL {
                drop(verdict(signal, &Answer { http, status, message, details }, NOW));
                drop(verdict(signal, &Answer { http, status: Some(b"0"), message, details }, NOW));
                drop(verdict(signal, &Answer { http, status: Some(b"8"), message, details }, NOW));
            }
        }
    }
}
