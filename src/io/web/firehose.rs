//! `POST /firehose`: Amazon Data Firehose delivers here.
//!
//! The answer is 200 only once everything is safe, and never 413: Firehose gives such a batch up without keeping it.
//! With any other answer it tries again and then writes the batch to its S3 backup, so nothing is lost.
//! `X-Amz-Firehose-Common-Attributes` describes the pipeline, not the data, and is not used.
//! Source: Amazon Data Firehose developer guide, "HTTP endpoint delivery request and response specifications".

use std::sync::{Arc, PoisonError};

use axum::Extension;
use axum::body::BodyDataStream;
use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use super::Web;
use super::body::{Encoding, Held, elsewhere};
use super::refused::Refused;
use super::server::Peer;
use crate::delivery::{Delivery, Origin, Payload, Settlement, Source};
use crate::firehose::{self, Fingerprint, Known, RequestKey};
use crate::id;
use crate::io::clock;
use crate::io::intake::Closed;
use crate::io::telemetry::{Counter, Histogram, Refusal};
use crate::keys::Grant;
use crate::time::Timestamp;

const REQUEST_ID: &str = "x-amz-firehose-request-id";
const ACCESS_KEY: &str = "x-amz-firehose-access-key";
const SOURCE_ARN: &str = "x-amz-firehose-source-arn";
const PROTOCOL_VERSION: &str = "x-amz-firehose-protocol-version";

/// Tells all attempts of one request what became of it.
pub(super) type Waiter = watch::Receiver<Option<Outcome>>;

/// What became of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Done,
    Failed,
    Closing,
}

/// What the headers say.
struct Head {
    grant: Grant,
    encoding: Encoding,
    origin: Origin,
}

pub(super) async fn receive(
    State(web): State<Arc<Web>>,
    Extension(Peer(peer)): Extension<Peer>,
    request: Request,
) -> Response {
    let deadline = Instant::now() + web.setup.limits.answer_within;
    let (parts, body) = request.into_parts();
    let mut body = body.into_data_stream();
    // The header's id, and where there is none, as with emulators, that of the body once it is known.
    let mut request_id = text(&parts.headers, REQUEST_ID).unwrap_or_default();
    let taken = match head(&web, &parts.headers, &peer.to_string()) {
        Ok(head) => {
            let taking = take(&web, head, &parts.headers, &mut body, &mut request_id);
            timeout_at(deadline, taking).await.unwrap_or_else(|_| Err(Refused::late()))
        }
        Err(refused) => Err(refused),
    };
    if let Err(refused) = &taken {
        web.setup.telemetry.count(Counter::RefusedRequests(Source::Firehose, refused.cause), 1);
        tracing::warn!(%peer, request_id, cause = ?refused.cause, message = refused.message, "a Firehose request was refused");
        web.bodies.discard(&mut body).await;
    }
    answer(&request_id, taken)
}

fn head(web: &Web, headers: &HeaderMap, peer: &str) -> Result<Head, Refused> {
    let endpoint = web.setup.firehose.as_ref().expect("the route exists only with the endpoint");
    let grant = endpoint.keys.load().check(headers.get(ACCESS_KEY).map(HeaderValue::as_bytes))?;
    if let Some(version) = text(headers, PROTOCOL_VERSION).filter(|version| version != "1.0") {
        let message = format!("protocol version {version:?} of {PROTOCOL_VERSION} is not known, only \"1.0\"");
        return Err(Refused::new(Refusal::Header, message));
    }
    let encoding = match Encoding::of(headers) {
        Ok(encoding @ (Encoding::Identity | Encoding::Gzip)) => Ok(encoding),
        Ok(Encoding::Zstd) => Err("zstd".to_owned()),
        Err(other) => Err(other),
    };
    let encoding = encoding.map_err(|other| {
        Refused::new(Refusal::Header, format!("content encoding {other:?} is not read, only gzip or none"))
    })?;
    let arn = text(headers, SOURCE_ARN);
    let region = arn.as_deref().and_then(|arn| id::arn_origin(arn).1);
    let origin = Origin { source: Source::Firehose, name: arn.as_deref().unwrap_or(peer).into(), region };
    Ok(Head { grant, encoding, origin })
}

async fn take(
    web: &Arc<Web>,
    head: Head,
    headers: &HeaderMap,
    body: &mut BodyDataStream,
    request_id: &mut String,
) -> Result<(), Refused> {
    let endpoint = web.setup.firehose.as_ref().expect("the route exists only with the endpoint");
    let received = web.receive(endpoint, headers, head.encoding, body).await?;
    let (body, fingerprint) = elsewhere(received.bytes.len(), move || {
        firehose::parse(received.bytes).map(|body| {
            let fingerprint = Fingerprint::of(&body);
            (body, fingerprint)
        })
    })
    .await?
    .map_err(|error| Refused::new(Refusal::Malformed, error.to_string()))?;
    if request_id.is_empty() {
        *request_id = body.request_id.to_string();
    } else if *request_id != *body.request_id {
        let message = format!("{REQUEST_ID} is {request_id:?}, but \"requestId\" of the body is {:?}", body.request_id);
        return Err(Refused::new(Refusal::Malformed, message));
    }
    if body.records.is_empty() {
        return Ok(());
    }
    let key = RequestKey { access_key: head.grant.name, request_id: body.request_id.clone(), fingerprint };
    let attempt = Attempt {
        web: Arc::clone(web),
        sent: body.timestamp,
        n_records: body.records.len(),
        wire_bytes: received.wire_bytes,
        delivery: Delivery { origin: head.origin, payload: Payload::Firehose(body), accounts: head.grant.accounts },
        held: received.held,
    };
    match attempt.settle(key).await {
        Outcome::Done => Ok(()),
        Outcome::Failed => {
            Err(Refused::new(Refusal::Failed, "the delivery could neither be forwarded nor stored; send it again"))
        }
        Outcome::Closing => Err(Closed.into()),
    }
}

/// One attempt to deliver a request.
struct Attempt {
    web: Arc<Web>,
    sent: Timestamp,
    n_records: usize,
    wire_bytes: usize,
    delivery: Delivery,
    held: Held,
}

impl Attempt {
    /// Delivers the request, or waits for the attempt that does so already.
    async fn settle(self, key: RequestKey) -> Outcome {
        let (tell, waiter) = watch::channel(None);
        let known = {
            let mut requests = self.web.firehose_requests.lock().unwrap_or_else(PoisonError::into_inner);
            requests.begin(&key, waiter.clone(), clock::now())
        };
        let telemetry = self.web.setup.telemetry.clone();
        match known {
            Known::New => {
                // Goes on when the sender hangs up or the time for an answer is over: a retry then finds it under way.
                drop(tokio::spawn(self.see_through(key, tell)));
                outcome(waiter).await
            }
            Known::InFlight(first) => {
                drop(self);
                telemetry.count(Counter::Duplicates(Source::Firehose), 1);
                outcome(first).await
            }
            Known::Done => {
                telemetry.count(Counter::Duplicates(Source::Firehose), 1);
                Outcome::Done
            }
        }
    }

    async fn see_through(self, key: RequestKey, tell: watch::Sender<Option<Outcome>>) {
        let setup = &self.web.setup;
        let outcome = match setup.intake.submit(self.delivery).await {
            Err(_) => Outcome::Closing,
            Ok(receipt) => {
                drop(self.held);
                setup.telemetry.count(Counter::Deliveries(Source::Firehose), 1);
                setup.telemetry.count(Counter::Records(Source::Firehose), self.n_records as u64);
                setup.telemetry.count(Counter::Bytes(Source::Firehose), self.wire_bytes as u64);
                match receipt.await {
                    Settlement::Done => Outcome::Done,
                    Settlement::Failed => Outcome::Failed,
                }
            }
        };
        let settlement = match outcome {
            Outcome::Done => {
                setup.telemetry.record(Histogram::Delay(Source::Firehose), clock::now().since(self.sent));
                Settlement::Done
            }
            Outcome::Failed | Outcome::Closing => {
                setup.telemetry.count(Counter::FailedDeliveries(Source::Firehose), 1);
                Settlement::Failed
            }
        };
        let mut requests = self.web.firehose_requests.lock().unwrap_or_else(PoisonError::into_inner);
        requests.settle(key, settlement, clock::now());
        let _ = tell.send_replace(Some(outcome));
    }
}

async fn outcome(mut waiter: Waiter) -> Outcome {
    match waiter.wait_for(Option::is_some).await {
        Ok(outcome) => outcome.unwrap_or(Outcome::Failed),
        Err(_) => Outcome::Failed,
    }
}

fn answer(request_id: &str, taken: Result<(), Refused>) -> Response {
    let (status, error) = match taken {
        Ok(()) => (StatusCode::OK, None),
        Err(refused) => (refused.status(), Some(refused.message)),
    };
    let body = firehose::answer(request_id, clock::now(), error.as_deref());
    (status, [(CONTENT_TYPE, "application/json")], body).into_response()
}

/// The value of a header, cut where AWS would never go on: it is answered and logged before anyone has shown a key.
fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    const BYTES_MAX: usize = 1_024;
    let value = headers.get(name)?.as_bytes();
    Some(String::from_utf8_lossy(&value[..value.len().min(BYTES_MAX)]).into_owned())
}
