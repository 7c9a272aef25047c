//! Connections: slow peers, and the order in which a server stops.

use std::time::Duration;

use fanin::delivery::{Settlement, Source};
use fanin::io::telemetry::{Counter, Refusal};
use fanin::io::web::Limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Front, Options, eventually, send, within};

const BODY: &str = r#"{"requestId":"r","timestamp":1684424042901,"records":[{"data":"QQ=="}]}"#;

async fn front_with(limits: Limits) -> Front {
    Front::start_with(Options { limits, ..Options::default() }).await
}

/// Sends some bytes and reads until the server closes the connection.
async fn converse(front: &Front, sent: &[u8]) -> String {
    let mut stream = TcpStream::connect(front.address).await.unwrap();
    stream.write_all(sent).await.unwrap();
    let mut answer = Vec::new();
    let _ = within("the server to close", stream.read_to_end(&mut answer)).await.unwrap();
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn a_head_that_does_not_come_closes_the_connection() {
    let front = front_with(Limits { head_wait: Duration::from_millis(200), ..Limits::default() }).await;
    assert_eq!(converse(&front, b"POST /firehose HTTP/1.1\r\nhost: x\r\nx-slow").await, "");
    assert_eq!(converse(&front, b"").await, "");
}

#[tokio::test]
async fn a_body_that_does_not_come_is_given_up() {
    let front = front_with(Limits { body_wait: Duration::from_millis(200), ..Limits::default() }).await;
    let head = "POST /firehose HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\nconnection: close\r\n\r\n{\"req";
    let answer = converse(&front, head.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("the body took longer than 200ms"), "{answer}");
    assert_eq!(front.counted(Counter::RefusedRequests(Source::Firehose, Refusal::Interrupted)), 1);
}

#[tokio::test]
async fn connections_above_the_limit_wait_for_their_turn() {
    let limits = Limits { connections_max: 1, head_wait: Duration::from_millis(300), ..Limits::default() };
    let front = front_with(limits).await;
    let idle = TcpStream::connect(front.address).await.unwrap();
    let answered = send(reqwest::Client::new().get(front.url("/-/healthy")));
    // The idle connection is closed in time, and the next one has its turn.
    assert_eq!(within("the answer", answered).await.unwrap().status, 200);
    drop(idle);
}

#[tokio::test]
async fn a_stop_lets_requests_under_way_end() {
    let mut front = Front::start().await;
    let answered = send(reqwest::Client::new().post(front.url("/firehose")).body(BODY));
    let taken = front.taken().await;
    front.stop.cancel();
    let address = front.address;
    within("the listener to close", async {
        while TcpStream::connect(address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert!(!front.served.is_finished());
    taken.settle.send(Settlement::Done).unwrap();
    assert_eq!(within("the answer", answered).await.unwrap().status, 200);
    within("the server to end", front.served).await.unwrap();
}

#[tokio::test]
async fn a_stop_ends_idle_connections_at_once() {
    let front = Front::start().await;
    let client = reqwest::Client::new();
    assert_eq!(client.get(front.url("/-/healthy")).send().await.unwrap().status(), 200);
    front.stop.cancel();
    within("the server to end", front.served).await.unwrap();
}

#[tokio::test]
async fn after_the_grace_period_requests_are_cut_off() {
    let mut front = front_with(Limits { grace_period: Duration::from_millis(100), ..Limits::default() }).await;
    let url = front.url("/firehose");
    let answered = tokio::spawn(async move { reqwest::Client::new().post(url).body(BODY).send().await.is_err() });
    let taken = front.taken().await;
    front.stop.cancel();
    within("the server to end", front.served).await.unwrap();
    assert!(within("the connection to break", answered).await.unwrap(), "an answer for what is not safe");
    // The delivery itself may still end well; only its sender does not learn of it.
    taken.settle.send(Settlement::Done).unwrap();
    eventually("the delivery to be noted", || {
        front.telemetry.exposition().contains(r#"fanin_delay_seconds_count{source="firehose"} 1"#)
    })
    .await;
}
