//! TLS with an authority of one's own, and certificates of the client.

use std::path::Path;

use fanin::config::{Destination, Protocol, Tls};
use fanin::export::Verdict;
use fanin::io::exporter::Exporter;
use tempfile::TempDir;

use super::{ACCEPTED, batch, destination, exporter, file, logs, printed, start_receiver};
use crate::support::rig;

const CERTIFICATES: &str = include_str!("../../rig/scripts/certificates.py");

fn certificates() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let out = folder.path().to_str().expect("temporary paths are text");
    let _ = rig::python(CERTIFICATES, &["--out", out]);
    folder
}

fn trusting(folder: &Path, authority: &str, client: Option<&str>) -> Tls {
    Tls {
        ca_file: file(folder, authority),
        client_certificate_file: client.and_then(|client| file(folder, &format!("{client}.pem"))),
        client_key_file: client.and_then(|client| file(folder, &format!("{client}.key"))),
    }
}

async fn send(protocol: Protocol, url: &str, tls: Tls) -> Verdict {
    exporter(&Destination { tls, ..destination(protocol, url) }).await.send(&batch(vec![logs(&["one"])])).await
}

#[track_caller]
fn assert_retry_says(verdict: &Verdict, words: &str) {
    let Verdict::Retry { error, .. } = verdict else { panic!("{verdict:?} is no retry") };
    assert!(error.contains(words), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn both_sides_show_certificates_over_http_and_grpc() {
    if !rig::has(&["python"]) {
        return;
    }
    let folder = certificates();
    let at = folder.path();
    for (name, protocol) in [("http", Protocol::HttpProtobuf), ("grpc", Protocol::Grpc)] {
        let receiver = start_receiver(name, &["--certificates", at.to_str().unwrap()]);
        let url = format!("https://127.0.0.1:{}", receiver.port());
        assert_eq!(send(protocol, &url, trusting(at, "ca.pem", Some("client"))).await, ACCEPTED);
        assert_eq!(printed(&receiver, 1)[0]["texts"], serde_json::json!(["one"]));

        assert_retry_says(&send(protocol, &url, trusting(at, "ca.pem", None)).await, "tls.client_certificate_file");
        assert_retry_says(&send(protocol, &url, trusting(at, "other-ca.pem", Some("client"))).await, "tls.ca_file");
        let plain = format!("http://127.0.0.1:{}", receiver.port());
        let verdict = send(protocol, &plain, Tls::default()).await;
        assert!(matches!(verdict, Verdict::Retry { .. }), "{verdict:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_for_another_name_is_told_from_one_that_is_not_trusted() {
    if !rig::has(&["python"]) {
        return;
    }
    let folder = certificates();
    let at = folder.path();
    for kind in ["pem", "key"] {
        let _ = std::fs::copy(at.join(format!("elsewhere.{kind}")), at.join(format!("server.{kind}"))).unwrap();
    }
    for (name, protocol) in [("http", Protocol::HttpProtobuf), ("grpc", Protocol::Grpc)] {
        let receiver = start_receiver(name, &["--certificates", at.to_str().unwrap()]);
        let url = format!("https://127.0.0.1:{}", receiver.port());
        assert_retry_says(&send(protocol, &url, trusting(at, "ca.pem", Some("client"))).await, "for another name");
    }
}

#[tokio::test]
async fn files_that_cannot_be_used_are_named_before_anything_is_sent() {
    if !rig::has(&["python"]) {
        return;
    }
    let folder = certificates();
    let at = folder.path();
    std::fs::write(at.join("empty.pem"), "nothing here").unwrap();
    let cases = [
        (trusting(at, "missing.pem", None), "missing.pem: No such file"),
        (trusting(at, "empty.pem", None), "empty.pem: no certificate in PEM form"),
        (Tls { client_key_file: None, ..trusting(at, "ca.pem", Some("client")) }, "without tls.client_key_file"),
        (
            Tls { client_certificate_file: None, ..trusting(at, "ca.pem", Some("client")) },
            "without tls.client_certificate_file",
        ),
        (
            Tls { client_key_file: file(at, "client.pem"), ..trusting(at, "ca.pem", Some("client")) },
            "client.pem: no private key in PEM form",
        ),
        (
            Tls { client_certificate_file: file(at, "client.key"), ..trusting(at, "ca.pem", Some("client")) },
            "client.key: no certificate in PEM form",
        ),
    ];
    for (tls, words) in cases {
        for protocol in [Protocol::HttpProtobuf, Protocol::Grpc] {
            let tls = tls.clone();
            let error = Exporter::new(&Destination { tls, ..destination(protocol, "https://127.0.0.1:1") }, None).await;
            let error = error.expect_err(words).to_string();
            assert!(error.starts_with("destination otlp: ") && error.contains(words), "{error}");
        }
    }
}
