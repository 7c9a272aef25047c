//! What is particular to OTLP over HTTP.

use ::http::{HeaderMap, HeaderValue, header};

use super::answer::Answer;
use crate::config::Compression;
use crate::export::{Verdict, http};
use crate::id::Signal;
use crate::io::clock;

/// Source: OTLP specification, "OTLP/HTTP Request".
const PROTOBUF: HeaderValue = HeaderValue::from_static("application/x-protobuf");

pub(super) fn set_headers(headers: &mut HeaderMap, compression: Compression) {
    let _ = headers.insert(header::CONTENT_TYPE, PROTOBUF);
    let encoding = match compression {
        Compression::None => return,
        Compression::Gzip => "gzip",
        Compression::Zstd => "zstd",
    };
    let _ = headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
}

pub(super) fn verdict(signal: Signal, answer: &Answer) -> Verdict {
    http::verdict(signal, &read(answer), clock::now())
}

/// The parts of an answer that its meaning depends on.
pub(super) fn read(answer: &Answer) -> http::Answer<'_> {
    http::Answer {
        status: answer.status,
        content_type: answer.text(header::CONTENT_TYPE),
        retry_after: answer.text(header::RETRY_AFTER),
        location: answer.text(header::LOCATION),
        body: &answer.body,
    }
}
