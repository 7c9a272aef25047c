//! Reads an answer: head, the beginning of the body, trailers.

use ::http::HeaderMap;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use reqwest::{Body, Response};

use crate::export::http::BODY_BYTES_MAX;

/// What was read of an answer.
pub(in crate::io) struct Answer {
    pub(in crate::io) status: u16,
    pub(in crate::io) headers: HeaderMap,
    /// At most `BODY_BYTES_MAX`; the rest is not read.
    pub(in crate::io) body: Bytes,
    pub(in crate::io) trailers: HeaderMap,
}

impl Answer {
    /// A header of the answer, if it is text.
    pub(in crate::io) fn text(&self, name: impl ::http::header::AsHeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// Reads until the end of the answer, or until there is more than any OTLP answer has.
pub(in crate::io) async fn read(response: Response) -> Result<Answer, reqwest::Error> {
    let (head, mut incoming) = ::http::Response::<Body>::from(response).into_parts();
    let (mut body, mut trailers) = (BytesMut::new(), HeaderMap::new());
    while let Some(frame) = incoming.frame().await {
        match frame?.into_data() {
            Ok(data) => {
                body.extend_from_slice(&data[..data.len().min(BODY_BYTES_MAX - body.len())]);
                if body.len() == BODY_BYTES_MAX {
                    break;
                }
            }
            Err(frame) => trailers = frame.into_trailers().unwrap_or_default(),
        }
    }
    Ok(Answer { status: head.status.as_u16(), headers: head.headers, body: body.freeze(), trailers })
}
