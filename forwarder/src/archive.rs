//! What Firehose archives: OTLP JSON, one request a line, tagged, redacted and normalized.
//!
//! Source of the form: OpenTelemetry specification, "OTLP File Exporter", so that `fanin replay` and the Collector's tools read it.

use fanin::chunk::Chunk;
use fanin::id::Signal;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use prost::Message;

/// An answer has at most 6 MB. Source: Lambda developer guide, "Lambda quotas": 6 MB for synchronous invocations; some room is kept.
pub const ANSWER_BYTES_MAX: usize = 5_800_000;

/// Above this nothing more is processed: the largest record as it came, 1,000 KiB and base64, must still fit.
pub const ANSWER_BYTES_FULL: usize = ANSWER_BYTES_MAX - 1_400_000;

/// Bytes of one record's part of an answer beside its data.
pub const RECORD_BYTES: usize = 160;

/// The lines of what came out of a record; empty where nothing did.
#[must_use]
pub fn lines(chunks: &[Chunk]) -> Vec<u8> {
    let mut lines = Vec::new();
    for chunk in chunks {
        let line = match chunk.signal {
            Signal::Logs => json(ExportLogsServiceRequest::decode(chunk.bytes.clone())),
            Signal::Metrics => json(ExportMetricsServiceRequest::decode(chunk.bytes.clone())),
        };
        if let Some(line) = line {
            lines.extend(line);
            lines.push(b'\n');
        }
    }
    lines
}

/// What this program encoded is always a request, and always JSON.
fn json<T: serde::Serialize>(request: Result<T, prost::DecodeError>) -> Option<Vec<u8>> {
    serde_json::to_vec(&request.ok()?).ok()
}

/// Data as it stands in an answer.
#[must_use]
pub fn base64(data: &[u8]) -> String {
    base64_simd::STANDARD.encode_to_string(data)
}
