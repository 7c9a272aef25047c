//! `POST /v1/logs` and `/v1/metrics`: OTLP over HTTP, for accounts that already run a collector.
//!
//! Protobuf or JSON, plain, gzip or zstd; errors are `google.rpc.Status` in the request's own form.
//! Source: OpenTelemetry protocol specification, "OTLP/HTTP".

use std::sync::Arc;

use axum::Extension;
use axum::body::BodyDataStream;
use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use prost::Message;
use tokio::time::{Instant, timeout_at};

use super::Web;
use super::body::{Encoding, elsewhere};
use super::refused::Refused;
use super::server::Peer;
use crate::delivery::{Delivery, Origin, Payload, Settlement, Source};
use crate::id::Signal;
use crate::io::clock;
use crate::io::telemetry::{Counter, Histogram, Refusal};
use crate::keys::Grant;
use crate::proto;

/// What a sender is asked to wait after a 503.
const RETRY_AFTER_SECONDS: HeaderValue = HeaderValue::from_static("5");

/// The form of request and answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Protobuf,
    Json,
}

impl Form {
    /// What `Content-Type` says; parameters such as a charset do not matter.
    fn of(headers: &HeaderMap) -> Option<Self> {
        let value = headers.get(CONTENT_TYPE)?.to_str().ok()?;
        let (media_type, _) = value.split_once(';').unwrap_or((value, ""));
        match media_type.trim().to_ascii_lowercase().as_str() {
            "application/x-protobuf" | "application/protobuf" => Some(Self::Protobuf),
            "application/json" => Some(Self::Json),
            _ => None,
        }
    }

    const fn content_type(self) -> HeaderValue {
        match self {
            Self::Protobuf => HeaderValue::from_static("application/x-protobuf"),
            Self::Json => HeaderValue::from_static("application/json"),
        }
    }
}

pub(super) async fn receive_logs(state: State<Arc<Web>>, peer: Extension<Peer>, request: Request) -> Response {
    receive(Signal::Logs, state, peer, request).await
}

pub(super) async fn receive_metrics(state: State<Arc<Web>>, peer: Extension<Peer>, request: Request) -> Response {
    receive(Signal::Metrics, state, peer, request).await
}

async fn receive(
    signal: Signal,
    State(web): State<Arc<Web>>,
    Extension(Peer(peer)): Extension<Peer>,
    request: Request,
) -> Response {
    let deadline = Instant::now() + web.setup.limits.answer_within;
    let (parts, body) = request.into_parts();
    let mut body = body.into_data_stream();
    let form = Form::of(&parts.headers);
    let origin = Origin { source: Source::Otlp, name: peer.to_string().into(), region: None };
    let taking = take(&web, signal, form, &parts.headers, &mut body, origin);
    let taken = timeout_at(deadline, taking).await.unwrap_or_else(|_| Err(Refused::late()));
    let form = form.unwrap_or(Form::Protobuf);
    match taken {
        Ok(()) => success(form),
        Err(refused) => {
            web.setup.telemetry.count(Counter::RefusedRequests(Source::Otlp, refused.cause), 1);
            tracing::warn!(%peer, %signal, cause = ?refused.cause, message = refused.message, "an OTLP request was refused");
            web.bodies.discard(&mut body).await;
            failure(form, &refused)
        }
    }
}

async fn take(
    web: &Arc<Web>,
    signal: Signal,
    form: Option<Form>,
    headers: &HeaderMap,
    body: &mut BodyDataStream,
    origin: Origin,
) -> Result<(), Refused> {
    let endpoint = web.setup.otlp.as_ref().expect("the route exists only with the endpoint");
    let Grant { accounts, .. } = endpoint.keys.load().check(bearer(headers))?;
    let form = form.ok_or_else(|| {
        Refused::new(Refusal::Header, "the content type must be application/x-protobuf or application/json")
    })?;
    let encoding = Encoding::of(headers).map_err(|other| {
        Refused::new(Refusal::Header, format!("content encoding {other:?} is not read, only gzip, zstd or none"))
    })?;
    let received = web.receive(endpoint, headers, encoding, body).await?;
    let n_bytes = received.bytes.len();
    let request = elsewhere(n_bytes, move || protobuf(signal, form, received.bytes))
        .await?
        .map_err(|message| Refused::new(Refusal::Malformed, message))?;
    if request.is_empty() {
        return Ok(());
    }
    let arrived = clock::now();
    let delivery = Delivery { origin, payload: Payload::Otlp { signal, request, arrived }, accounts };
    let receipt = web.setup.intake.submit(delivery).await?;
    drop(received.held);
    let telemetry = &web.setup.telemetry;
    telemetry.count(Counter::Deliveries(Source::Otlp), 1);
    telemetry.count(Counter::Records(Source::Otlp), 1);
    telemetry.count(Counter::Bytes(Source::Otlp), received.wire_bytes as u64);
    match receipt.await {
        Settlement::Done => {
            telemetry.record(Histogram::Delay(Source::Otlp), clock::now().since(arrived));
            Ok(())
        }
        Settlement::Failed => {
            telemetry.count(Counter::FailedDeliveries(Source::Otlp), 1);
            Err(Refused::new(Refusal::Failed, "the request could neither be forwarded nor stored; send it again"))
        }
    }
}

/// The token of `Authorization: Bearer <token>`.
fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let value = headers.get(AUTHORIZATION)?.as_bytes();
    let (scheme, token) = value.split_at_checked("bearer ".len())?;
    scheme.eq_ignore_ascii_case(b"bearer ").then(|| token.trim_ascii())
}

/// The request as protobuf. Protobuf is looked at no deeper than to tell it from something else: what is wrong
/// further inside costs that part only, and is found where requests are decoded.
fn protobuf(signal: Signal, form: Form, body: Bytes) -> Result<Bytes, String> {
    match form {
        Form::Protobuf => match check(&body) {
            Ok(()) => Ok(body),
            Err(error) => Err(format!("the body is no export request of {signal} in protobuf: {error}")),
        },
        Form::Json => from_json(signal, &body)
            .map_err(|error| format!("the body is no export request of {signal} in OTLP JSON: {error}")),
    }
}

/// `resource_logs` and `resource_metrics` are field 1 of their requests, and messages.
fn check(request: &[u8]) -> Result<(), proto::Error> {
    let mut fields = proto::Reader::new(request);
    while let Some((number, field)) = fields.field()? {
        if number == 1 {
            let mut resource = proto::Reader::new(field.bytes()?);
            while resource.field()?.is_some() {}
        }
    }
    Ok(())
}

fn from_json(signal: Signal, body: &[u8]) -> Result<Bytes, serde_json::Error> {
    let request = match signal {
        Signal::Logs => serde_json::from_slice::<ExportLogsServiceRequest>(body)?.encode_to_vec(),
        Signal::Metrics => serde_json::from_slice::<ExportMetricsServiceRequest>(body)?.encode_to_vec(),
    };
    Ok(request.into())
}

/// An empty response: in protobuf that is no byte at all.
fn success(form: Form) -> Response {
    let body = match form {
        Form::Protobuf => "",
        Form::Json => "{}",
    };
    (StatusCode::OK, [(CONTENT_TYPE, form.content_type())], body).into_response()
}

fn failure(form: Form, refused: &Refused) -> Response {
    let status = match refused.cause {
        Refusal::Header => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Refusal::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Refusal::Unauthorized
        | Refusal::Interrupted
        | Refusal::Malformed
        | Refusal::Closing
        | Refusal::Late
        | Refusal::Failed => refused.status(),
    };
    let code = rpc_code(refused.cause);
    let body = match form {
        Form::Protobuf => rpc_status(code, &refused.message),
        Form::Json => serde_json::json!({ "code": code, "message": refused.message }).to_string().into_bytes(),
    };
    let mut response = (status, [(CONTENT_TYPE, form.content_type())], body).into_response();
    let headers = response.headers_mut();
    if status == StatusCode::SERVICE_UNAVAILABLE {
        let _ = headers.insert(RETRY_AFTER, RETRY_AFTER_SECONDS);
    }
    if status == StatusCode::UNAUTHORIZED {
        let _ = headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

/// Source: google/rpc/code.proto.
const fn rpc_code(cause: Refusal) -> u64 {
    const INVALID_ARGUMENT: u64 = 3;
    const DEADLINE_EXCEEDED: u64 = 4;
    const UNAVAILABLE: u64 = 14;
    const UNAUTHENTICATED: u64 = 16;
    match cause {
        Refusal::Unauthorized => UNAUTHENTICATED,
        Refusal::Header | Refusal::TooLarge | Refusal::Malformed => INVALID_ARGUMENT,
        Refusal::Interrupted => DEADLINE_EXCEEDED,
        Refusal::Closing | Refusal::Late | Refusal::Failed => UNAVAILABLE,
    }
}

/// A `google.rpc.Status`: `int32 code = 1; string message = 2`.
fn rpc_status(code: u64, message: &str) -> Vec<u8> {
    let mut status = proto::Writer::new();
    status.varint_field(1, code);
    status.bytes_field(2, message.as_bytes());
    status.into_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &'static str, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name.parse().unwrap(), HeaderValue::from_static(value))])
    }

    #[test]
    fn a_bearer_token_is_found_whatever_the_case_of_its_scheme() {
        assert_eq!(bearer(&headers("authorization", "Bearer abc")), Some(&b"abc"[..]));
        assert_eq!(bearer(&headers("authorization", "bearer  abc")), Some(&b"abc"[..]));
        assert_eq!(bearer(&headers("authorization", "Basic abc")), None);
        assert_eq!(bearer(&headers("authorization", "Bea")), None);
        assert_eq!(bearer(&HeaderMap::new()), None);
    }

    #[test]
    fn parameters_of_the_content_type_do_not_matter() {
        assert_eq!(Form::of(&headers("content-type", "application/json; charset=utf-8")), Some(Form::Json));
        assert_eq!(Form::of(&headers("content-type", "Application/X-Protobuf")), Some(Form::Protobuf));
        assert_eq!(Form::of(&headers("content-type", "text/plain")), None);
        assert_eq!(Form::of(&HeaderMap::new()), None);
    }

    #[test]
    fn what_is_no_export_request_is_told_from_one() {
        assert_eq!(check(b""), Ok(()));
        assert_eq!(check(&[0x0a, 0x00]), Ok(()));
        assert!(check(b"{\"resourceLogs\":[]}").is_err());
        assert!(check(&[0x0a, 0x05, 0x00]).is_err());
        assert!(check(&[0x08, 0x01]).is_err());
    }
}
