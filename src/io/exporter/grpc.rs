//! What is particular to OTLP over gRPC.
//!
//! Source: gRPC documentation, "gRPC over HTTP2".

use std::time::Duration;

use ::http::{HeaderMap, HeaderName, HeaderValue, header};
use bytes::Bytes;

use super::answer::Answer;
use super::compress::Compressors;
use crate::config::Compression;
use crate::export::{Verdict, grpc};
use crate::id::Signal;
use crate::io::clock;

const GRPC: HeaderValue = HeaderValue::from_static("application/grpc");
const TRAILERS: HeaderValue = HeaderValue::from_static("trailers");
const ENCODING: HeaderName = HeaderName::from_static("grpc-encoding");
const TIMEOUT: HeaderName = HeaderName::from_static("grpc-timeout");

/// A time limit has at most eight digits in gRPC.
const TIMEOUT_MILLIS_MAX: u128 = 99_999_999;

pub(super) fn set_headers(headers: &mut HeaderMap, compression: Compression, timeout: Duration) {
    let _ = headers.insert(header::CONTENT_TYPE, GRPC);
    let _ = headers.insert(header::TE, TRAILERS);
    let millis = format!("{}m", timeout.as_millis().clamp(1, TIMEOUT_MILLIS_MAX));
    let _ = headers.insert(TIMEOUT, HeaderValue::from_str(&millis).expect("digits and a letter are a header value"));
    let encoding = match compression {
        Compression::None => return,
        Compression::Gzip => "gzip",
        Compression::Zstd => "zstd",
    };
    let _ = headers.insert(ENCODING, HeaderValue::from_static(encoding));
}

/// Fills in the head of the message, for which `body` has room at its start.
pub(super) fn framed(mut body: Vec<u8>, compressors: &Compressors) -> Result<Bytes, Verdict> {
    let coding = match compressors.compression() {
        Compression::None => grpc::Coding::Identity,
        Compression::Gzip | Compression::Zstd => grpc::Coding::Compressed,
    };
    let bytes = body.len() - grpc::HEAD_BYTES;
    let Some(head) = grpc::head(coding, bytes) else {
        return Err(Verdict::Split { message: format!("{bytes} bytes are more than a gRPC message can have") });
    };
    body[..grpc::HEAD_BYTES].copy_from_slice(&head);
    Ok(body.into())
}

pub(super) fn verdict(signal: Signal, answer: &Answer) -> Verdict {
    // A call that fails at once has its status in the headers, and no trailers.
    let of = |name| answer.trailers.get(name).or_else(|| answer.headers.get(name)).map(HeaderValue::as_bytes);
    let read = grpc::Answer {
        http: super::http::read(answer),
        status: of("grpc-status"),
        message: of("grpc-message"),
        details: of("grpc-status-details-bin"),
    };
    grpc::verdict(signal, &read, clock::now())
}
