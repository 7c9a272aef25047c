//! The contract of Amazon Data Firehose with an HTTP endpoint, to the letter.
//!
//! No program outside AWS sends these headers, so the requests are written by the developer guide,
//! "HTTP endpoint delivery request and response specifications".

use std::collections::BTreeSet;
use std::time::Duration;

use fanin::config::AccessKey;
use fanin::delivery::{Payload, Settlement, Source};
use fanin::id::AccountId;
use fanin::io::clock;
use fanin::io::telemetry::{Counter, Gauge, Refusal};
use fanin::io::web::Limits;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Answer, Front, Options, answer, eventually, get, gzip, key, send, within};

const ID: &str = "86208cf6-2bcc-47e6-9010-02ca9f44a025";
const ARN: &str = "arn:aws:firehose:eu-central-1:999988887777:deliverystream/central";
const BODY: &str = r#"{"requestId":"86208cf6-2bcc-47e6-9010-02ca9f44a025","timestamp":1684424042901,"records":[{"data":"aGVsbG8="},{"data":"d29ybGQ="}]}"#;

/// A request as Firehose makes it.
fn request(front: &Front, id: &str, body: impl Into<reqwest::Body>) -> reqwest::RequestBuilder {
    reqwest::Client::new()
        .post(front.url("/firehose"))
        .header("X-Amz-Firehose-Protocol-Version", "1.0")
        .header("X-Amz-Firehose-Request-Id", id)
        .header("X-Amz-Firehose-Source-Arn", ARN)
        .header("X-Amz-Firehose-Common-Attributes", r#"{"commonAttributes":{"stage":"prod"}}"#)
        .header("Content-Type", "application/json")
        .body(body)
}

fn body(id: &str, data: &str) -> String {
    format!(r#"{{"requestId":"{id}","timestamp":1684424042901,"records":[{{"data":"{data}"}}]}}"#)
}

/// What Firehose reads of any answer.
fn assert_contract(answer: &Answer, id: &str) {
    assert_ne!(answer.status, 413, "Firehose gives such a batch up for good");
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("content-length"), Some(answer.body.len().to_string().as_str()));
    assert_eq!(answer.header("content-encoding"), None);
    let json = answer.json();
    assert_eq!(json["requestId"], id);
    let timestamp = json["timestamp"].as_u64().expect("a number");
    assert!(clock::now().millis().abs_diff(timestamp) < 60_000, "{timestamp} is not now in milliseconds");
    match answer.status {
        200 => assert!(json.get("errorMessage").is_none(), "{json}"),
        _ => assert!(!json["errorMessage"].as_str().expect("a text").is_empty(), "{json}"),
    }
}

fn assert_refused(answer: &Answer, id: &str, status: u16, message: &str) {
    assert_contract(answer, id);
    assert_eq!(answer.status, status, "{}", answer.text());
    assert!(answer.text().contains(message), "{:?} is not in {}", message, answer.text());
}

fn records(payload: &Payload) -> Vec<&str> {
    let Payload::Firehose(body) = payload else { panic!("{payload:?} is no Firehose body") };
    body.records.iter().map(|range| std::str::from_utf8(&body.body[range.clone()]).unwrap()).collect()
}

#[tokio::test]
async fn success_is_answered_once_the_delivery_is_safe_and_not_before() {
    let mut front = Front::start().await;
    let answered = send(request(&front, ID, BODY));
    let taken = front.taken().await;
    assert!(!answered.is_finished());
    taken.settle.send(Settlement::Done).unwrap();
    let answer = within("the answer", answered).await.unwrap();
    assert_eq!(answer.status, 200);
    assert_contract(&answer, ID);
}

#[tokio::test]
async fn the_delivery_is_what_was_sent_and_where_it_came_from() {
    let mut front = Front::start().await;
    let answered = send(request(&front, ID, BODY));
    let delivery = front.settled(Settlement::Done).await;
    assert_eq!(records(&delivery.payload), ["aGVsbG8=", "d29ybGQ="]);
    assert_eq!(delivery.origin.source, Source::Firehose);
    assert_eq!(&*delivery.origin.name, ARN);
    assert_eq!(delivery.origin.region.map(|region| region.to_string()), Some("eu-central-1".to_owned()));
    assert_eq!(delivery.accounts, None);
    assert_eq!(answered.await.unwrap().status, 200);
    assert_eq!(front.counted(Counter::Records(Source::Firehose)), 2);
    assert_eq!(front.counted(Counter::Bytes(Source::Firehose)), BODY.len() as u64);
}

#[tokio::test]
async fn a_gzip_body_is_inflated() {
    let mut front = Front::start().await;
    let answered = send(request(&front, ID, gzip(BODY.as_bytes())).header("Content-Encoding", "gzip"));
    let delivery = front.settled(Settlement::Done).await;
    assert_eq!(records(&delivery.payload), ["aGVsbG8=", "d29ybGQ="]);
    assert_contract(&answered.await.unwrap(), ID);
}

#[tokio::test]
async fn a_large_body_comes_through_whole() {
    let mut front = Front::start_with(Options { body_bytes_max: 16 << 20, ..Options::default() }).await;
    let data = "QUJD".repeat(300_000);
    let records_json = vec![format!(r#"{{"data":"{data}"}}"#); 8].join(",");
    let text = format!(r#"{{"requestId":"{ID}","timestamp":1684424042901,"records":[{records_json}]}}"#);
    let answered = send(request(&front, ID, gzip(text.as_bytes())).header("Content-Encoding", "gzip"));
    let delivery = front.settled(Settlement::Done).await;
    assert_eq!(records(&delivery.payload), vec![data.as_str(); 8]);
    assert_eq!(within("the answer", answered).await.unwrap().status, 200);
}

#[tokio::test]
async fn a_missing_or_wrong_key_is_refused() {
    let mut front = Front::start_with(Options { keys: vec![key("blue", "right")], ..Options::default() }).await;
    let missing = answer(request(&front, ID, BODY)).await;
    assert_refused(&missing, ID, 401, "no access key");
    let wrong = answer(request(&front, ID, BODY).header("X-Amz-Firehose-Access-Key", "righ")).await;
    assert_refused(&wrong, ID, 401, "not one of those that are accepted");
    assert_eq!(front.counted(Counter::RefusedRequests(Source::Firehose, Refusal::Unauthorized)), 2);
    assert!(front.took_nothing_more());
}

#[tokio::test]
async fn even_a_large_refused_body_gets_its_answer() {
    let front = Front::start_with(Options { keys: vec![key("blue", "right")], ..Options::default() }).await;
    let large = answer(request(&front, ID, vec![b' '; 8 << 20])).await;
    assert_refused(&large, ID, 401, "no access key");
}

#[tokio::test]
async fn old_and_new_key_are_accepted_while_they_are_rotated_and_then_only_the_new_one() {
    let options = Options { keys: vec![key("old", "one"), key("new", "two")], ..Options::default() };
    let mut front = Front::start_with(options).await;
    for (id, secret) in [("a", "one"), ("b", "two")] {
        let answered = send(request(&front, id, body(id, "QQ==")).header("X-Amz-Firehose-Access-Key", secret));
        let _ = front.settled(Settlement::Done).await;
        assert_eq!(answered.await.unwrap().status, 200);
    }
    front.firehose.replace_keys(&[key("new", "two")]);
    let refused = answer(request(&front, "c", body("c", "QQ==")).header("X-Amz-Firehose-Access-Key", "one")).await;
    assert_refused(&refused, "c", 401, "not one of those that are accepted");
}

#[tokio::test]
async fn the_accounts_that_a_key_is_bound_to_go_with_the_delivery() {
    let accounts = BTreeSet::from([AccountId::parse("111122223333").unwrap()]);
    let bound = AccessKey { accounts: Some(accounts.clone()), ..key("tenant", "right") };
    let mut front = Front::start_with(Options { keys: vec![bound], ..Options::default() }).await;
    let answered = send(request(&front, ID, BODY).header("X-Amz-Firehose-Access-Key", "right"));
    let delivery = front.settled(Settlement::Done).await;
    assert_eq!(delivery.accounts.as_deref(), Some(&accounts));
    assert_eq!(answered.await.unwrap().status, 200);
}

#[tokio::test]
async fn ids_of_header_and_body_must_be_equal() {
    let mut front = Front::start().await;
    let refused = answer(request(&front, "another", BODY)).await;
    assert_refused(&refused, "another", 400, "x-amz-firehose-request-id is \\\"another\\\"");
    assert!(front.took_nothing_more());
}

#[tokio::test]
async fn what_is_no_firehose_body_is_refused_with_the_reason() {
    let mut front = Front::start().await;
    for (text, message) in [
        ("not json", "expected '{' at byte 0"),
        ("", "ends too early"),
        (r#"{"requestId":"86208cf6-2bcc-47e6-9010-02ca9f44a025","timestamp":1}"#, "no member \\\"records\\\""),
    ] {
        assert_refused(&answer(request(&front, ID, text)).await, ID, 400, message);
    }
    assert_eq!(front.counted(Counter::RefusedRequests(Source::Firehose, Refusal::Malformed)), 3);
    assert!(front.took_nothing_more());
}

#[tokio::test]
async fn headers_that_the_contract_does_not_know_are_refused() {
    let front = Front::start().await;
    let brotli = answer(request(&front, ID, BODY).header("Content-Encoding", "br")).await;
    assert_refused(&brotli, ID, 400, "content encoding \\\"br\\\"");
    let newer = reqwest::Client::new()
        .post(front.url("/firehose"))
        .header("X-Amz-Firehose-Request-Id", ID)
        .header("X-Amz-Firehose-Protocol-Version", "2.0")
        .body(BODY);
    assert_refused(&answer(newer).await, ID, 400, "protocol version \\\"2.0\\\"");
    let broken = answer(request(&front, ID, "no gzip").header("Content-Encoding", "gzip")).await;
    assert_refused(&broken, ID, 400, "broken");
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_but_never_with_413() {
    let mut front = Front::start_with(Options { body_bytes_max: 1_000, ..Options::default() }).await;
    let announced = answer(request(&front, ID, vec![b'x'; 1_001])).await;
    assert_refused(&announced, ID, 400, "larger than the limit of 1000 bytes");
    let unannounced = chunked(&front, &vec![b'x'; 2_000_000]).await;
    assert!(unannounced.starts_with("HTTP/1.1 400 "), "{unannounced}");
    assert!(unannounced.contains("larger than the limit of 1000 bytes"), "{unannounced}");
    let bomb = gzip(&[b' '; 50_000]);
    assert!(bomb.len() < 1_000);
    let inflated = answer(request(&front, ID, bomb).header("Content-Encoding", "gzip")).await;
    assert_refused(&inflated, ID, 400, "larger than the limit of 1000 bytes");
    assert_eq!(front.counted(Counter::RefusedRequests(Source::Firehose, Refusal::TooLarge)), 3);
    assert!(front.took_nothing_more());
}

/// Posts a body in parts, without telling its length before.
async fn chunked(front: &Front, body: &[u8]) -> String {
    let mut stream = TcpStream::connect(front.address).await.unwrap();
    let head = "POST /firehose HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    for part in body.chunks(1_000) {
        stream.write_all(format!("{:x}\r\n", part.len()).as_bytes()).await.unwrap();
        stream.write_all(part).await.unwrap();
        stream.write_all(b"\r\n").await.unwrap();
    }
    stream.write_all(b"0\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    let _ = within("the answer", stream.read_to_string(&mut answer)).await.unwrap();
    answer
}

#[tokio::test]
async fn a_retry_of_a_finished_request_is_answered_at_once_and_not_delivered_twice() {
    let mut front = Front::start().await;
    let first = send(request(&front, ID, BODY));
    let _ = front.settled(Settlement::Done).await;
    assert_eq!(first.await.unwrap().status, 200);
    let retry = answer(request(&front, ID, BODY)).await;
    assert_eq!(retry.status, 200);
    assert_contract(&retry, ID);
    assert!(front.took_nothing_more());
    assert_eq!(front.counted(Counter::Duplicates(Source::Firehose)), 1);
    assert_eq!(front.counted(Counter::Deliveries(Source::Firehose)), 1);
}

#[tokio::test]
async fn a_retry_of_a_request_under_way_waits_for_the_same_end() {
    for (settlement, status) in [(Settlement::Done, 200), (Settlement::Failed, 503)] {
        let mut front = Front::start().await;
        let first = send(request(&front, ID, BODY));
        let taken = front.taken().await;
        let retry = send(request(&front, ID, BODY));
        eventually("the retry to join", || front.counted(Counter::Duplicates(Source::Firehose)) == 1).await;
        assert!(!retry.is_finished());
        taken.settle.send(settlement).unwrap();
        for answered in [first, retry] {
            let answer = within("the answer", answered).await.unwrap();
            assert_eq!(answer.status, status);
            assert_contract(&answer, ID);
        }
        assert!(front.took_nothing_more());
    }
}

#[tokio::test]
async fn the_same_id_with_other_records_is_delivered() {
    let mut front = Front::start().await;
    for data in ["QQ==", "Qg=="] {
        let answered = send(request(&front, ID, body(ID, data)));
        let delivery = front.settled(Settlement::Done).await;
        assert_eq!(records(&delivery.payload), [data]);
        assert_eq!(answered.await.unwrap().status, 200);
    }
}

#[tokio::test]
async fn a_delivery_that_failed_is_answered_503_and_taken_again() {
    let mut front = Front::start().await;
    let answered = send(request(&front, ID, BODY));
    let _ = front.settled(Settlement::Failed).await;
    assert_refused(&answered.await.unwrap(), ID, 503, "could neither be forwarded nor stored");
    let answered = send(request(&front, ID, BODY));
    drop(front.taken().await);
    assert_refused(&answered.await.unwrap(), ID, 503, "could neither be forwarded nor stored");
    let answered = send(request(&front, ID, BODY));
    let _ = front.settled(Settlement::Done).await;
    assert_eq!(answered.await.unwrap().status, 200);
    assert_eq!(front.counted(Counter::FailedDeliveries(Source::Firehose)), 2);
}

#[tokio::test]
async fn an_answer_comes_in_time_and_the_retry_finds_the_delivery_under_way() {
    let limits = Limits { answer_within: Duration::from_millis(300), ..Limits::default() };
    let mut front = Front::start_with(Options { limits, ..Options::default() }).await;
    let late = send(request(&front, ID, BODY));
    let taken = front.taken().await;
    assert_refused(&within("the answer", late).await.unwrap(), ID, 503, "not safe yet");
    taken.settle.send(Settlement::Done).unwrap();
    eventually("the delivery to be noted as done", || {
        front.telemetry.exposition().contains(r#"fanin_delay_seconds_count{source="firehose"} 1"#)
    })
    .await;
    assert_eq!(answer(request(&front, ID, BODY)).await.status, 200);
    assert!(front.took_nothing_more());
}

#[tokio::test]
async fn a_delivery_goes_on_when_its_sender_hangs_up() {
    let mut front = Front::start().await;
    let impatient = send(request(&front, ID, BODY));
    let taken = front.taken().await;
    impatient.abort();
    assert!(impatient.await.is_err());
    let retry = send(request(&front, ID, BODY));
    taken.settle.send(Settlement::Done).unwrap();
    assert_eq!(within("the answer", retry).await.unwrap().status, 200);
    assert!(front.took_nothing_more());
}

#[tokio::test]
async fn requests_wait_while_the_memory_budget_is_used_up() {
    let mut front = Front::start_with(Options { intake_bytes: 10, ..Options::default() }).await;
    let first = send(request(&front, "a", body("a", "QQ==")));
    let taken = front.taken().await;
    let second = send(request(&front, "b", body("b", "QQ==")));
    eventually("the second request to wait", || front.telemetry.snapshot().gauge(Gauge::Requests) == 1).await;
    assert!(front.took_nothing_more());
    taken.settle.send(Settlement::Done).unwrap();
    drop(taken.permit);
    let _ = front.settled(Settlement::Done).await;
    assert_eq!(within("the answer", first).await.unwrap().status, 200);
    assert_eq!(within("the answer", second).await.unwrap().status, 200);
}

#[tokio::test]
async fn bodies_wait_for_room_before_they_are_read() {
    let limits = Limits { body_bytes_budget: 100, ..Limits::default() };
    let mut front = Front::start_with(Options { intake_bytes: 10, limits, ..Options::default() }).await;
    let mut answered = vec![send(request(&front, "a", body("a", "QQ==")))];
    let taken = front.taken().await;
    answered.extend(["b", "c", "d"].map(|id| send(request(&front, id, body(id, "QQ==")))));
    // One of them holds the whole budget of bodies and waits for the intake; the others have not been read.
    eventually("the others to wait", || front.telemetry.snapshot().gauge(Gauge::Requests) == 3).await;
    assert!(front.took_nothing_more());
    taken.settle.send(Settlement::Done).unwrap();
    drop(taken.permit);
    for _ in 0..3 {
        let _ = front.settled(Settlement::Done).await;
    }
    for answer in answered {
        assert_eq!(within("the answer", answer).await.unwrap().status, 200);
    }
}

/// Else what is late because the line is slow would look like silence to the rules.
#[tokio::test]
async fn a_request_holds_up_progress_from_its_beginning() {
    let front = Front::start().await;
    let mut stream = TcpStream::connect(front.address).await.unwrap();
    let head = "POST /firehose HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{\"req";
    stream.write_all(head.as_bytes()).await.unwrap();
    eventually("the request", || front.telemetry.snapshot().gauge(Gauge::Requests) == 1).await;
    let begun = front.progress.reached(clock::now());
    eventually("time to pass", || clock::now().since(begun) > Duration::from_millis(5)).await;
    assert_eq!(front.progress.reached(clock::now()), begun);
    drop(stream);
    eventually("progress", || {
        let now = clock::now();
        front.progress.reached(now) == now
    })
    .await;
}

#[tokio::test]
async fn a_request_without_records_is_done() {
    let mut front = Front::start().await;
    let text = format!(r#"{{"requestId":"{ID}","timestamp":1684424042901,"records":[]}}"#);
    let answered = answer(request(&front, ID, text)).await;
    assert_eq!(answered.status, 200);
    assert_contract(&answered, ID);
    assert!(front.took_nothing_more());
}

#[tokio::test]
async fn nothing_is_taken_while_the_service_closes_but_health_is_told() {
    let mut front = Front::start().await;
    front.closing.cancel();
    assert_refused(&answer(request(&front, ID, BODY)).await, ID, 503, "shutting down");
    assert_eq!(get(&front, "/-/healthy").await.status, 200);
    assert_eq!(get(&front, "/-/ready").await.status, 503);
    assert!(front.took_nothing_more());
}

#[tokio::test]
async fn requests_that_wait_for_room_are_let_go_when_the_service_closes() {
    let limits = Limits { requests_max: 1, ..Limits::default() };
    let mut front = Front::start_with(Options { intake_bytes: 1, limits, ..Options::default() }).await;
    let first = send(request(&front, "a", body("a", "QQ==")));
    let taken = front.taken().await;
    let waiting = ["b", "c"].map(|id| send(request(&front, id, body(id, "QQ=="))));
    eventually("one of them to wait for the intake", || front.telemetry.snapshot().gauge(Gauge::Requests) == 1).await;
    front.closing.cancel();
    front.line.close();
    taken.settle.send(Settlement::Done).unwrap();
    drop(taken.permit);
    assert_eq!(within("the answer", first).await.unwrap().status, 200);
    for answered in waiting {
        let answer = within("the answer", answered).await.unwrap();
        assert!(answer.text().contains("shutting down"), "{}", answer.text());
    }
}

#[tokio::test]
async fn nothing_is_taken_once_the_line_has_ended() {
    let mut front = Front::start().await;
    front.line.close();
    assert_refused(&answer(request(&front, ID, BODY)).await, ID, 503, "shutting down");
}

#[tokio::test]
async fn probes_are_not_counted_as_bad_requests() {
    let front = Front::start_with(Options { keys: vec![key("blue", "right")], ..Options::default() }).await;
    for path in ["/-/healthy", "/livez", "/-/help", "/metrics"] {
        assert_eq!(get(&front, path).await.status, 200, "{path}");
    }
    assert_eq!(get(&front, "/firehose").await.status, 405);
    let cause = Refusal::Header;
    let snapshot = front.telemetry.snapshot();
    assert_eq!(snapshot.total(Counter::RefusedRequests(Source::Firehose, cause)), 0);
}

#[tokio::test]
async fn a_bare_request_as_emulators_send_it_is_taken() {
    let mut front = Front::start().await;
    let text = r#"{"requestId":"bare","timestamp":1684424042,"records":[{"data":"QQ=="}]}"#;
    let answered = send(reqwest::Client::new().post(front.url("/firehose")).body(text));
    let delivery = front.settled(Settlement::Done).await;
    let Payload::Firehose(body) = delivery.payload else { panic!("no Firehose body") };
    assert_eq!(body.timestamp.seconds(), 1_684_424_042);
    let answer = answered.await.unwrap();
    assert_eq!(answer.status, 200);
    assert_contract(&answer, "bare");
}
