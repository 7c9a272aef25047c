//! Bodies of sources' requests: admitted by their size before a byte of them is read, inflated under a ceiling.

use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use axum::body::BodyDataStream;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use bytes::Bytes;
use futures::StreamExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::Limits;
use super::refused::Refused;
use crate::inflate::{self, Inflater};
use crate::io::intake::Closed;
use crate::io::progress::Unobserved;
use crate::io::telemetry::Refusal;

/// Bodies that are inflated, and not yet taken by the intake, at the same time.
const INFLATING_MAX: usize = 2;

/// Bytes of a refused body that are read and dropped, so that the sender is still there when the answer comes.
const DISCARDED_BYTES_MAX: usize = 64 << 20;

/// How long that may take: with the time for an answer it stays under the 3 minutes that Firehose waits.
const DISCARD_WAIT: Duration = Duration::from_secs(8);

/// Work on fewer bytes than this is done where it comes up; on more, where it keeps no other request waiting.
const BLOCKING_BYTES_MIN: usize = 256 << 10;

/// How a body is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Identity,
    Gzip,
    Zstd,
}

/// What admits bodies. Clones share the limits.
#[derive(Clone, Debug)]
pub(super) struct Bodies {
    requests: Arc<Semaphore>,
    requests_max: usize,
    bytes: Arc<Semaphore>,
    bytes_max: u32,
    inflating: Arc<Semaphore>,
    wait: Duration,
}

/// A whole body, as it was sent or inflated.
#[derive(Debug)]
pub(super) struct Received {
    pub(super) bytes: Bytes,
    /// Bytes as they were sent.
    pub(super) wire_bytes: usize,
    pub(super) held: Held,
}

/// The place of a body among those that wait; dropped once the intake has it.
#[derive(Debug)]
pub(super) struct Held {
    _request: OwnedSemaphorePermit,
    _bytes: OwnedSemaphorePermit,
    _inflating: Option<OwnedSemaphorePermit>,
    /// What waits for room, or is being sent, is not silence to the rules.
    _unobserved: Unobserved,
}

impl Bodies {
    pub(super) fn new(limits: &Limits) -> Self {
        // With no room at all, everything would wait in vain.
        let (requests_max, bytes_max) = (limits.requests_max.max(1), limits.body_bytes_budget.max(1));
        Self {
            requests: Arc::new(Semaphore::new(requests_max)),
            requests_max,
            bytes: Arc::new(Semaphore::new(bytes_max as usize)),
            bytes_max,
            inflating: Arc::new(Semaphore::new(INFLATING_MAX)),
            wait: limits.body_wait,
        }
    }

    /// Requests whose bodies are held now.
    pub(super) fn requests_active(&self) -> u64 {
        self.requests_max.saturating_sub(self.requests.available_permits()) as u64
    }

    /// Reads a body of at most `bytes_max`, sent and inflated, once there is room for it. `unobserved` stands for it until it is
    /// refused or in the intake.
    pub(super) async fn receive(
        &self,
        unobserved: Unobserved,
        headers: &HeaderMap,
        encoding: Encoding,
        stream: &mut BodyDataStream,
        bytes_max: usize,
    ) -> Result<Received, Refused> {
        let announced = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
        if announced.is_some_and(|bytes| bytes > bytes_max) {
            return Err(too_large(bytes_max));
        }
        let request = admit(&self.requests, 1).await?;
        let wanted = u32::try_from(announced.unwrap_or(bytes_max)).unwrap_or(u32::MAX);
        let bytes = admit(&self.bytes, wanted.clamp(1, self.bytes_max)).await?;
        let sent = timeout(self.wait, read(stream, announced.unwrap_or_default(), bytes_max))
            .await
            .map_err(|_| Refused::new(Refusal::Interrupted, format!("the body took longer than {:?}", self.wait)))??;
        let wire_bytes = sent.len();
        let (bytes_inflated, inflating) = match encoding {
            Encoding::Identity => (sent, None),
            Encoding::Gzip | Encoding::Zstd => {
                let permit = admit(&self.inflating, 1).await?;
                (elsewhere(wire_bytes, move || inflate(encoding, &sent, bytes_max)).await??, Some(permit))
            }
        };
        let held = Held { _request: request, _bytes: bytes, _inflating: inflating, _unobserved: unobserved };
        Ok(Received { bytes: bytes_inflated.into(), wire_bytes, held })
    }

    /// Reads on without keeping anything, within limits: a peer that is still sending would not see the answer.
    pub(super) async fn discard(&self, stream: &mut BodyDataStream) {
        let reading = async {
            let mut n_bytes = 0;
            while let Some(Ok(part)) = stream.next().await {
                n_bytes += part.len();
                if n_bytes > DISCARDED_BYTES_MAX {
                    return;
                }
            }
        };
        if timeout(self.wait.min(DISCARD_WAIT), reading).await.is_err() {
            tracing::debug!("a refused body took too long to end");
        }
    }
}

impl Encoding {
    /// What `Content-Encoding` says; `Err` with its value when that is not read here.
    pub(super) fn of(headers: &HeaderMap) -> Result<Self, String> {
        let Some(value) = headers.get(CONTENT_ENCODING) else {
            return Ok(Self::Identity);
        };
        match value.as_bytes().trim_ascii().to_ascii_lowercase().as_slice() {
            b"" | b"identity" => Ok(Self::Identity),
            b"gzip" | b"x-gzip" => Ok(Self::Gzip),
            b"zstd" => Ok(Self::Zstd),
            other => Err(String::from_utf8_lossy(other).into_owned()),
        }
    }
}

/// Does work on `n_bytes`; much of it on a thread that may be kept busy.
pub(super) async fn elsewhere<T: Send + 'static>(
    n_bytes: usize,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Refused> {
    if n_bytes < BLOCKING_BYTES_MIN {
        return Ok(work());
    }
    tokio::task::spawn_blocking(work).await.map_err(|_| Closed.into())
}

async fn admit(room: &Arc<Semaphore>, n: u32) -> Result<OwnedSemaphorePermit, Refused> {
    Arc::clone(room).acquire_many_owned(n).await.map_err(|_| Closed.into())
}

async fn read(stream: &mut BodyDataStream, announced: usize, bytes_max: usize) -> Result<Vec<u8>, Refused> {
    let mut body = Vec::with_capacity(announced);
    while let Some(part) = stream.next().await {
        let part = part.map_err(|error| Refused::new(Refusal::Interrupted, format!("the body broke off: {error}")))?;
        if part.len() > bytes_max - body.len() {
            return Err(too_large(bytes_max));
        }
        body.extend_from_slice(&part);
    }
    Ok(body)
}

fn inflate(encoding: Encoding, sent: &[u8], bytes_max: usize) -> Result<Vec<u8>, Refused> {
    let mut inflated = Vec::new();
    match encoding {
        Encoding::Identity => inflated.extend_from_slice(sent),
        Encoding::Gzip => Inflater::default().inflate(sent, bytes_max, &mut inflated).map_err(|error| match error {
            inflate::Error::TooLarge { .. } => too_large(bytes_max),
            inflate::Error::Broken { .. } => Refused::new(Refusal::Malformed, format!("the body is broken: {error}")),
        })?,
        Encoding::Zstd => {
            // One byte above the ceiling tells that it was passed.
            let reader = zstd::Decoder::with_buffer(sent).map(|decoder| decoder.take(bytes_max as u64 + 1));
            let _ = reader.and_then(|mut reader| reader.read_to_end(&mut inflated)).map_err(|error| {
                Refused::new(Refusal::Malformed, format!("the body of {} bytes is no zstd data: {error}", sent.len()))
            })?;
        }
    }
    if inflated.len() > bytes_max { Err(too_large(bytes_max)) } else { Ok(inflated) }
}

fn too_large(bytes_max: usize) -> Refused {
    Refused::new(Refusal::TooLarge, format!("the body is larger than the limit of {bytes_max} bytes"))
}
