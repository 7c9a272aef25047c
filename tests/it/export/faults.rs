//! Backends that are slow, wrong, or gone.

use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use fanin::config::{Compression, Destination, Protocol};
use fanin::export::Verdict;
use opentelemetry_proto::tonic::collector::logs::v1::{ExportLogsPartialSuccess, ExportLogsServiceResponse};
use prost::Message as _;

use super::{ACCEPTED, batch, destination, exporter, log_bodies, logs, send_split};
use crate::support::backend::{Backend, Raw, Then};

const PROTOBUF: (&str, &str) = ("content-type", "application/x-protobuf");

async fn send_one(url: &str) -> Verdict {
    exporter(&destination(Protocol::HttpProtobuf, url)).await.send(&batch(vec![logs(&["one"])])).await
}

/// Checks that a verdict is a retry without a time, and gives its words.
#[track_caller]
fn retry_words(verdict: Verdict) -> String {
    let Verdict::Retry { after: None, error } = verdict else { panic!("{verdict:?} is no retry") };
    error
}

#[tokio::test]
async fn an_overloaded_backend_is_retried_when_it_says() {
    let backend = Backend::answering(429, &[("retry-after", "7")], b"slow down").await;
    let error = "HTTP 429: slow down".into();
    assert_eq!(send_one(&backend.url()).await, Verdict::Retry { after: Some(Duration::from_secs(7)), error });
    let backend = Backend::answering(503, &[("retry-after", "Fri, 31 Dec 2100 23:59:59 GMT")], b"").await;
    let Verdict::Retry { after: Some(after), .. } = send_one(&backend.url()).await else { panic!("no retry") };
    assert!(after > Duration::from_hours(24), "{after:?}");
}

#[tokio::test]
async fn a_server_error_is_retried_a_bounded_number_of_times() {
    let backend = Backend::answering(500, &[("content-type", "application/json")], br#"{"message":"oops"}"#).await;
    assert_eq!(send_one(&backend.url()).await, Verdict::RetryBounded { error: "HTTP 500: oops".into() });
}

#[tokio::test]
async fn a_partial_success_carries_the_words_of_the_server() {
    let partial = ExportLogsPartialSuccess { rejected_log_records: 1, error_message: "too old".into() };
    let body = ExportLogsServiceResponse { partial_success: Some(partial) }.encode_to_vec();
    let backend = Backend::answering(200, &[PROTOBUF], &body).await;
    assert_eq!(send_one(&backend.url()).await, Verdict::Partial { rejected: 1, message: "too old".into() });
}

/// Scenario: a proxy refuses more than 5,000 bytes. Guarantees: every record arrives exactly once, in small requests.
#[tokio::test]
async fn a_batch_that_is_too_large_arrives_in_parts() {
    const BYTES_MAX: usize = 5_000;
    let backend = Backend::start(|request, _| {
        let status = if request.body.len() > BYTES_MAX { 413 } else { 200 };
        Response::builder().status(status).body(Body::empty()).unwrap()
    })
    .await;
    let bodies: Vec<String> = (0..50).map(|n| format!("{n:0>1000}")).collect();
    let bodies: Vec<&str> = bodies.iter().map(String::as_str).collect();
    let plain = Destination { compression: Compression::None, ..destination(Protocol::HttpProtobuf, &backend.url()) };
    let chunks = vec![logs(&bodies[..30]), logs(&bodies[30..31]), logs(&bodies[31..])];
    let _ = send_split(&exporter(&plain).await, batch(chunks)).await;
    let accepted = backend.received().into_iter().filter(|request| request.body.len() <= BYTES_MAX);
    let arrived: Vec<String> = accepted.flat_map(|request| log_bodies(&request.body)).collect();
    assert_eq!(arrived, bodies);
}

#[tokio::test]
async fn garbage_in_an_answer_of_success_is_a_warning() {
    let backend = Backend::answering(200, &[PROTOBUF], b"\xff\xff\xff").await;
    let Verdict::Accepted { warning: Some(warning) } = send_one(&backend.url()).await else { panic!("not accepted") };
    assert!(warning.contains("not OTLP"), "{warning}");
}

#[tokio::test]
async fn only_the_beginning_of_a_huge_answer_is_read() {
    let backend = Backend::answering(400, &[("content-type", "text/plain")], &vec![b'x'; 50_000_000]).await;
    let Verdict::Refused { message } = send_one(&backend.url()).await else { panic!("not refused") };
    assert!(message.len() < 1_000, "{}", message.len());
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Backend::answering(200, &[], b"").await;
    let backend = Backend::answering(308, &[("location", &elsewhere.url())], b"").await;
    let Verdict::Refused { message } = send_one(&backend.url()).await else { panic!("not refused") };
    assert!(message.contains(&elsewhere.url()), "{message}");
    assert!(elsewhere.received().is_empty());
}

#[tokio::test]
async fn a_connection_that_is_cut_in_the_answer_is_retried() {
    for cut in [
        &b"HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 100\r\n\r\nabc"[..],
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nabc",
        b"HTTP/1.1 200 OK\r\ncontent-",
        b"",
    ] {
        let backend = Raw::start(cut, Then::HangUp).await;
        let error = retry_words(send_one(&backend.url()).await);
        assert!(error.starts_with(&format!("{}/v1/logs: ", backend.url())), "{error}");
    }
}

#[tokio::test]
async fn a_backend_that_never_answers_is_given_up_and_the_next_one_is_not_held_up() {
    for silent in [&b""[..], b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n"] {
        let backend = Raw::start(silent, Then::StaySilent).await;
        let hurried =
            Destination { timeout: Duration::from_millis(300), ..destination(Protocol::HttpProtobuf, &backend.url()) };
        let exporter = exporter(&hurried).await;
        for _ in 0..2 {
            let error = retry_words(exporter.send(&batch(vec![logs(&["one"])])).await);
            assert_eq!(error, format!("{}/v1/logs: timed out after 300ms", backend.url()));
        }
    }
}

#[tokio::test]
async fn a_backend_that_comes_back_is_found_again() {
    let backend = Backend::start(|_, before| {
        let status = if before == 0 { 502 } else { 200 };
        Response::builder().status(status).body(Body::empty()).unwrap()
    })
    .await;
    let exporter = exporter(&destination(Protocol::HttpProtobuf, &backend.url())).await;
    assert_eq!(retry_words(exporter.send(&batch(vec![logs(&["one"])])).await), "HTTP 502");
    assert_eq!(exporter.send(&batch(vec![logs(&["one"])])).await, ACCEPTED);
}

#[tokio::test]
async fn a_port_where_nothing_listens_is_named() {
    for protocol in [Protocol::HttpProtobuf, Protocol::Grpc] {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", free.local_addr().unwrap());
        drop(free);
        let verdict = exporter(&destination(protocol, &url)).await.send(&batch(vec![logs(&["one"])])).await;
        let error = retry_words(verdict);
        assert!(error.contains("onnection refused") && error.contains("nothing listens on 127.0.0.1:"), "{error}");
    }
}

#[tokio::test]
async fn a_name_that_does_not_resolve_is_named() {
    let error = retry_words(send_one("http://fanin.invalid:4318").await);
    assert!(error.contains("the name fanin.invalid cannot be resolved"), "{error}");
}

#[tokio::test]
async fn a_server_that_speaks_something_else_is_told_from_one_that_is_down() {
    let ssh = Raw::start(b"SSH-2.0-OpenSSH_9.2\r\n", Then::HangUp).await;
    for protocol in [Protocol::HttpProtobuf, Protocol::Grpc] {
        let verdict = exporter(&destination(protocol, &ssh.url())).await.send(&batch(vec![logs(&["one"])])).await;
        let error = retry_words(verdict);
        assert!(error.contains("another protocol"), "{error}");
    }
    let error = retry_words(send_one(&ssh.tls_url()).await);
    assert!(error.contains("try http:// instead of https://"), "{error}");
}

#[tokio::test]
async fn an_http_server_that_answers_a_grpc_call_is_understood() {
    let proxy = Backend::answering(413, &[("content-type", "text/html")], b"<title>Too Large</title>").await;
    let verdict = exporter(&destination(Protocol::Grpc, &proxy.url())).await.send(&batch(vec![logs(&["one"])])).await;
    assert!(matches!(verdict, Verdict::Split { .. }), "{verdict:?}");
    let request = &proxy.received()[0];
    assert_eq!(request.path, "/opentelemetry.proto.collector.logs.v1.LogsService/Export");
    assert_eq!((request.header("grpc-encoding"), request.header("te")), ("gzip", "trailers"));
    assert_eq!(request.header("grpc-timeout"), "30000m");
}
