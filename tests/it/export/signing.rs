//! Requests signed for AWS, against botocore's own signature.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, error::CredentialsError, future};
use fanin::config::{Destination, Protocol, Secret, SigV4};
use fanin::export::Verdict;
use fanin::id::Region;
use fanin::io::exporter::Exporter;
use serde_json::json;

use super::{ACCEPTED, batch, destination, logs};
use crate::support::backend::{Backend, Received};
use crate::support::rig::{self, Server};

const SIGV4: &str = include_str!("../../rig/scripts/sigv4.py");

fn sigv4(role_arn: Option<&str>) -> SigV4 {
    let region = Region::parse("eu-central-1").expect("it is a Region");
    SigV4 { region, service: "logs".into(), role_arn: role_arn.map(Into::into) }
}

fn signed(backend: &Backend, role_arn: Option<&str>) -> Destination {
    Destination {
        headers: vec![
            ("x-aws-log-group".into(), Secret::new("/fleet/all  of it".into())),
            ("x-aws-log-stream".into(), Secret::new("fanin".into())),
        ],
        sigv4: Some(sigv4(role_arn)),
        ..destination(Protocol::HttpProtobuf, &backend.url())
    }
}

async fn aws(provider: impl ProvideCredentials + 'static) -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest())
        .credentials_provider(SharedCredentialsProvider::new(provider))
        .region(aws_config::Region::new("eu-central-1"))
        .load()
        .await
}

fn credentials(expiry: Option<SystemTime>) -> Credentials {
    Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG", Some("a+token/of=sts".into()), expiry, "test")
}

/// Hands out credentials that expire after `lifetime`, and counts how often.
#[derive(Clone, Debug)]
struct Counting {
    given: Arc<AtomicU64>,
    lifetime: Duration,
}

impl ProvideCredentials for Counting {
    #[expect(clippy::disallowed_methods, reason = "the expiry of credentials is compared with the real clock")]
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let _ = self.given.fetch_add(1, Ordering::Relaxed);
        future::ProvideCredentials::ready(Ok(credentials(Some(SystemTime::now() + self.lifetime))))
    }
}

/// A provider that has none.
#[derive(Debug)]
struct Without;

impl ProvideCredentials for Without {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::ready(Err(CredentialsError::not_loaded("no profile named central")))
    }
}

/// The `Authorization` that botocore gives the request that arrived.
fn by_botocore(backend: &Backend, received: &Received, token: &str) -> String {
    let headers: BTreeMap<&str, &str> = received
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.to_str().expect("headers of tests are text")))
        .collect();
    let request = json!({
        "url": format!("{}{}", backend.url(), received.path),
        "headers": headers,
        "body": base64_simd::STANDARD.encode_to_string(&received.body),
        "region": "eu-central-1",
        "service": "logs",
        "access_key": "AKIDEXAMPLE",
        "secret_key": "wJalrXUtnFEMI/K7MDENG",
        "token": token,
    });
    let file = tempfile::NamedTempFile::new().expect("a temporary file can be made");
    std::fs::write(file.path(), request.to_string()).expect("a temporary file can be written");
    let output = rig::python(SIGV4, &["--request", file.path().to_str().expect("temporary paths are text")]);
    String::from_utf8(output.stdout).expect("the script prints text")
}

#[tokio::test(flavor = "multi_thread")]
async fn botocore_gives_a_request_the_same_signature() {
    if !rig::has(&["python"]) {
        return;
    }
    let backend = Backend::answering(200, &[], b"").await;
    let exporter = Exporter::new(&signed(&backend, None), Some(&aws(credentials(None)).await)).await.unwrap();
    assert_eq!(exporter.send(&batch(vec![logs(&["one"])])).await, ACCEPTED);
    let received = &backend.received()[0];
    let authorization = received.header("authorization");
    assert_eq!(authorization, by_botocore(&backend, received, "a+token/of=sts"));
    for signed in ["content-encoding", "content-type", "host", "x-amz-date", "x-amz-security-token", "x-aws-log-group"]
    {
        assert!(authorization.contains(signed), "{signed} is not signed: {authorization}");
    }
    assert_eq!(received.header("x-amz-security-token"), "a+token/of=sts");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_is_assumed_before_signing() {
    if !rig::has(&["moto"]) {
        return;
    }
    let moto = Server::start_moto();
    let backend = Backend::answering(200, &[], b"").await;
    let config = aws(credentials(None)).await.into_builder().endpoint_url(moto.url()).build();
    let role = signed(&backend, Some("arn:aws:iam::111122223333:role/telemetry-writer"));
    let exporter = Exporter::new(&role, Some(&config)).await.unwrap();
    assert_eq!(exporter.send(&batch(vec![logs(&["one"])])).await, ACCEPTED);
    let received = &backend.received()[0];
    let authorization = received.header("authorization");
    assert!(authorization.starts_with("AWS4-HMAC-SHA256 Credential=ASIA"), "{authorization}");
    assert!(received.header("x-amz-security-token").len() > 20);
}

#[tokio::test]
async fn credentials_are_kept_until_they_are_about_to_expire() {
    let backend = Backend::answering(200, &[], b"").await;
    for (lifetime, expected) in [(Duration::from_hours(1), 1), (Duration::from_secs(60), 3)] {
        let provider = Counting { given: Arc::default(), lifetime };
        let exporter = Exporter::new(&signed(&backend, None), Some(&aws(provider.clone()).await)).await.unwrap();
        for _ in 0..3 {
            assert_eq!(exporter.send(&batch(vec![logs(&["one"])])).await, ACCEPTED);
        }
        assert_eq!(provider.given.load(Ordering::Relaxed), expected);
    }
}

#[tokio::test]
async fn a_request_that_is_not_let_in_is_tried_again_with_new_credentials() {
    let backend = Backend::answering(403, &[("content-type", "application/json")], br#"{"message":"expired"}"#).await;
    let provider = Counting { given: Arc::default(), lifetime: Duration::from_hours(1) };
    let exporter = Exporter::new(&signed(&backend, None), Some(&aws(provider.clone()).await)).await.unwrap();
    for _ in 0..2 {
        let verdict = exporter.send(&batch(vec![logs(&["one"])])).await;
        let Verdict::RetryBounded { error } = verdict else { panic!("{verdict:?}") };
        assert!(error.starts_with("HTTP 403: expired"), "{error}");
    }
    assert_eq!(provider.given.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn missing_credentials_are_retried_and_named() {
    let backend = Backend::answering(200, &[], b"").await;
    let exporter = Exporter::new(&signed(&backend, None), Some(&aws(Without).await)).await.unwrap();
    let verdict = exporter.send(&batch(vec![logs(&["one"])])).await;
    let Verdict::Retry { error, .. } = verdict else { panic!("{verdict:?}") };
    assert!(error.contains("no AWS credentials to sign with") && error.contains("no profile named central"), "{error}");
    assert!(backend.received().is_empty());
}
