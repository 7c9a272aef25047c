//! Sends batches to one destination, over OTLP/HTTP or OTLP/gRPC.
//!
//! Both protocols use one HTTP client and one TLS stack: a unary gRPC call is an HTTP/2 request with a five-byte head
//! before its message and a status in the trailers. Requests are made of the bytes that were encoded already, compressed
//! by ourselves at the level that is worth its time.

pub(super) mod answer;
mod compress;
pub(super) mod fault;
mod grpc;
mod http;
mod sigv4;
mod tls;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use ::http::{HeaderMap, HeaderName, HeaderValue, header};
use aws_config::SdkConfig;
use bytes::Bytes;
use reqwest::{Client, Request, Url};

use self::compress::Compressors;
use self::sigv4::Signer;
use crate::config::{Destination, Protocol};
use crate::export::{Batch, Verdict};
use crate::id::Signal;
use crate::io::clock;

/// Who asks. Source: OTLP exporter specification, "User Agent".
const USER_AGENT: &str = concat!("fanin/", env!("CARGO_PKG_VERSION"));

/// Connections that wait for their next request at most this long. Load balancers of the large clouds cut at 60 s and
/// later, and a connection that is cut while a request is sent costs a retry.
const IDLE_MAX: Duration = Duration::from_secs(50);

/// Headers that the exporter sets itself.
const OWN_HEADERS: [HeaderName; 6] = [
    header::CONTENT_TYPE,
    header::CONTENT_ENCODING,
    header::CONTENT_LENGTH,
    header::TRANSFER_ENCODING,
    header::HOST,
    header::TE,
];

/// Why a destination cannot be used as it is configured.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not a URL of the web.
    #[error("destination {destination}: {given:?} is no endpoint: {reason}")]
    Endpoint {
        /// Name of the destination.
        destination: String,
        /// The URL.
        given: String,
        /// What is wrong with it, and what to do.
        reason: String,
    },
    /// A header that cannot be sent.
    #[error("destination {destination}: header {name:?} {reason}")]
    Header {
        /// Name of the destination.
        destination: String,
        /// The header's name; its value may be a secret.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A certificate or key that cannot be used.
    #[error("destination {destination}: {}: {reason}", path.display())]
    Certificate {
        /// Name of the destination.
        destination: String,
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A client certificate without its key, or the other way round.
    #[error("destination {destination}: {given} is set without {missing}; a client shows both or neither")]
    HalfIdentity {
        /// Name of the destination.
        destination: String,
        /// The field that is set.
        given: &'static str,
        /// The field that is not.
        missing: &'static str,
    },
    /// Two fields that exclude each other.
    #[error("destination {destination}: {first} and {second} cannot be used together: {reason}")]
    Conflict {
        /// Name of the destination.
        destination: String,
        /// One of them.
        first: &'static str,
        /// The other one.
        second: &'static str,
        /// Why not.
        reason: &'static str,
    },
    /// Requests are to be signed, but AWS was not set up.
    #[error("destination {destination}: sigv4 needs AWS credentials, and none were set up")]
    NoAws {
        /// Name of the destination.
        destination: String,
    },
    /// The HTTP client cannot be made.
    #[error("destination {destination}: cannot set up TLS")]
    Client {
        /// Name of the destination.
        destination: String,
        /// What the client says.
        source: reqwest::Error,
    },
}

/// Sends batches to one destination.
#[derive(Debug)]
pub struct Exporter {
    client: Client,
    protocol: Protocol,
    targets: BTreeMap<Signal, Url>,
    headers: HeaderMap,
    compressors: Compressors,
    signer: Option<Signer>,
    timeout: Duration,
}

impl Exporter {
    /// Makes an exporter and reads its certificates; nothing is sent. `aws` is needed where requests are signed, as
    /// `aws_config` loads it: with a time source and an HTTP client.
    ///
    /// # Errors
    /// When the destination cannot be used as it is configured.
    pub async fn new(destination: &Destination, aws: Option<&SdkConfig>) -> Result<Self, Error> {
        let targets = targets(destination)?;
        let headers = headers(destination)?;
        let signer = match &destination.sigv4 {
            Some(sigv4) => {
                check_signed(destination, &headers)?;
                let aws = aws.ok_or_else(|| Error::NoAws { destination: destination.name.clone() })?;
                Some(Signer::new(sigv4, aws).await)
            }
            None => None,
        };
        Ok(Self {
            client: client(destination, &targets)?,
            protocol: destination.protocol,
            targets,
            headers,
            compressors: Compressors::new(destination.compression),
            signer,
            timeout: destination.timeout,
        })
    }

    /// Sends one batch once. Whatever happens is a verdict; what concerns the connection is a `Retry`.
    ///
    /// Cancel-safe in that nothing is held afterwards; whether the destination got the batch is then unknown.
    pub async fn send(&self, batch: &Batch) -> Verdict {
        let Some(target) = self.targets.get(&batch.signal) else {
            return Verdict::Refused { message: format!("the destination does not take {}", batch.signal) };
        };
        let body = match self.body(batch).await {
            Ok(body) => body,
            Err(verdict) => return verdict,
        };
        match tokio::time::timeout(self.timeout, self.attempt(batch.signal, target, body)).await {
            Ok(Ok(verdict)) => verdict,
            Ok(Err(error)) => Verdict::Retry { after: None, error: format!("{}: {error}", shown(target)) },
            Err(_) => {
                Verdict::Retry { after: None, error: format!("{}: timed out after {:?}", shown(target), self.timeout) }
            }
        }
    }

    async fn body(&self, batch: &Batch) -> Result<Bytes, Verdict> {
        let body = match self.protocol {
            Protocol::HttpProtobuf => self.compressors.body(&batch.chunks, 0).await,
            Protocol::Grpc => match self.compressors.body(&batch.chunks, crate::export::grpc::HEAD_BYTES).await {
                Ok(body) => return grpc::framed(body, &self.compressors),
                Err(error) => Err(error),
            },
        };
        body.map(Bytes::from).map_err(|error| Verdict::Refused { message: format!("cannot be compressed: {error}") })
    }

    async fn attempt(&self, signal: Signal, target: &Url, body: Bytes) -> Result<Verdict, String> {
        let mut request = Request::new(reqwest::Method::POST, target.clone());
        request.headers_mut().clone_from(&self.headers);
        match self.protocol {
            Protocol::HttpProtobuf => http::set_headers(request.headers_mut(), self.compressors.compression()),
            Protocol::Grpc => grpc::set_headers(request.headers_mut(), self.compressors.compression(), self.timeout),
        }
        *request.body_mut() = Some(body.into());
        if let Some(signer) = &self.signer {
            signer.sign(&mut request, clock::now()).await.map_err(|error| error.to_string())?;
        }
        let response = self.client.execute(request).await.map_err(|error| fault::told(error, target))?;
        let answer = answer::read(response).await.map_err(|error| fault::told(error, target))?;
        let verdict = match self.protocol {
            Protocol::HttpProtobuf => http::verdict(signal, &answer),
            Protocol::Grpc => grpc::verdict(signal, &answer),
        };
        Ok(match &self.signer {
            Some(signer) => signer.judge(answer.status, verdict),
            None => verdict,
        })
    }
}

/// The URL for each signal of the destination.
fn targets(destination: &Destination) -> Result<BTreeMap<Signal, Url>, Error> {
    destination.signals.iter().map(|signal| Ok((*signal, target(destination, *signal)?))).collect()
}

fn target(destination: &Destination, signal: Signal) -> Result<Url, Error> {
    let (given, whole) = match destination.signal_endpoints.get(&signal) {
        Some(endpoint) => (endpoint, true),
        None => (&destination.endpoint, false),
    };
    let refuse = |reason: &str| Error::Endpoint {
        destination: destination.name.clone(),
        given: Url::parse(given).map_or_else(|_| "(no URL)".into(), |url| shown(&url)),
        reason: reason.into(),
    };
    let mut url =
        Url::parse(given).map_err(|error| refuse(&format!("{error}; write a URL like http://localhost:4318")))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(refuse("it must begin with http:// or https:// and name a host"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refuse("a URL is no place for credentials, it is logged; use headers or bearer"));
    }
    match destination.protocol {
        Protocol::Grpc => {
            url.set_query(None);
            url.set_path(crate::export::grpc::path(signal));
        }
        Protocol::HttpProtobuf if whole => {}
        Protocol::HttpProtobuf => {
            let path = format!("{}/v1/{signal}", url.path().trim_end_matches('/'));
            url.set_path(&path);
        }
    }
    Ok(url)
}

/// The URL as it may be logged: without query and user, which may be secret.
fn shown(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    let port = url.port().map_or_else(String::new, |port| format!(":{port}"));
    format!("{}://{host}{port}{}", url.scheme(), url.path())
}

fn headers(destination: &Destination) -> Result<HeaderMap, Error> {
    let refuse =
        |name: &str, reason| Error::Header { destination: destination.name.clone(), name: name.into(), reason };
    let mut headers = HeaderMap::new();
    let _ = headers.insert(header::USER_AGENT, HeaderValue::from_static(USER_AGENT));
    for (given, value) in &destination.headers {
        let name = HeaderName::from_bytes(given.as_bytes()).map_err(|_| refuse(given, "has no valid name"))?;
        if OWN_HEADERS.contains(&name) || name.as_str().starts_with("grpc-") {
            return Err(refuse(given, "is set by the exporter itself"));
        }
        let _ = headers
            .insert(name, secret(value.expose()).ok_or_else(|| refuse(given, "has a value that no header may have"))?);
    }
    if let Some(token) = &destination.bearer {
        if headers.contains_key(header::AUTHORIZATION) {
            return Err(conflict(destination, "bearer", "headers.authorization", "both say who asks"));
        }
        let bearer = secret(&format!("Bearer {}", token.expose().trim()));
        let bearer = bearer.ok_or_else(|| {
            refuse("authorization", "cannot be made of the bearer token: it has characters that no header may have")
        })?;
        let _ = headers.insert(header::AUTHORIZATION, bearer);
    }
    Ok(headers)
}

fn secret(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

fn check_signed(destination: &Destination, headers: &HeaderMap) -> Result<(), Error> {
    if destination.protocol == Protocol::Grpc {
        return Err(conflict(destination, "sigv4", "protocol: grpc", "AWS takes signed OTLP over HTTP only"));
    }
    if headers.contains_key(header::AUTHORIZATION) {
        return Err(conflict(destination, "sigv4", "an authorization header or bearer", "both say who asks"));
    }
    Ok(())
}

fn conflict(destination: &Destination, first: &'static str, second: &'static str, reason: &'static str) -> Error {
    Error::Conflict { destination: destination.name.clone(), first, second, reason }
}

/// No redirects: telemetry and credentials go only where the configuration says. No proxies from the environment: the
/// environment is read once, by `main`.
fn client(destination: &Destination, targets: &BTreeMap<Signal, Url>) -> Result<Client, Error> {
    let mut builder = Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .pool_idle_timeout(IDLE_MAX)
        .pool_max_idle_per_host(destination.requests_max.max(1));
    builder = match destination.protocol {
        Protocol::Grpc => builder.http2_prior_knowledge(),
        Protocol::HttpProtobuf if destination.sigv4.is_some() => builder.http1_only(),
        Protocol::HttpProtobuf => builder,
    };
    if targets.values().any(|url| url.scheme() == "https") {
        builder = tls::configure(builder, destination)?;
    } else {
        // Without TLS the system's certificates need not be there, nor be loaded.
        builder = builder.tls_certs_only([]);
    }
    builder.build().map_err(|source| Error::Client { destination: destination.name.clone(), source })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::environment::local_collector;
    use crate::config::{Secret, SigV4};
    use crate::id::Region;

    fn http(endpoint: &str) -> Destination {
        Destination { endpoint: endpoint.into(), ..local_collector(Protocol::HttpProtobuf) }
    }

    fn with_headers(names: &[&str]) -> Destination {
        let headers = names.iter().map(|name| ((*name).into(), Secret::new("hunter2".into()))).collect();
        Destination { headers, ..http("http://localhost:4318") }
    }

    async fn refused(destination: &Destination) -> String {
        Exporter::new(destination, None).await.expect_err("it cannot be used").to_string()
    }

    #[test]
    fn signals_are_appended_to_the_base_and_to_nothing_else() {
        let of = |endpoint: &str| target(&http(endpoint), Signal::Logs).unwrap().to_string();
        assert_eq!(of("http://localhost:4318"), "http://localhost:4318/v1/logs");
        assert_eq!(of("https://a.example/base/"), "https://a.example/base/v1/logs");
        assert_eq!(of("https://a.example/?key=1"), "https://a.example/v1/logs?key=1");
        let grpc = Destination { protocol: Protocol::Grpc, ..http("https://a.example:4317/ignored") };
        assert_eq!(target(&grpc, Signal::Metrics).unwrap().path(), crate::export::grpc::path(Signal::Metrics));
    }

    #[test]
    fn a_url_is_shown_without_what_may_be_secret() {
        let url = Url::parse("https://user:hunter2@a.example:8443/v1/logs?key=hunter2#part").unwrap();
        assert_eq!(shown(&url), "https://a.example:8443/v1/logs");
    }

    #[tokio::test]
    async fn an_endpoint_that_cannot_be_used_is_refused_with_what_to_do() {
        for (endpoint, words) in [
            ("localhost:4317", "must begin with http:// or https://"),
            ("", "write a URL like http://localhost:4318"),
            ("unix:/run/otlp", "must begin with http:// or https://"),
            ("https://me:hunter2@a.example", "use headers or bearer"),
        ] {
            let error = refused(&http(endpoint)).await;
            assert!(error.starts_with("destination otlp: ") && error.contains(words), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[tokio::test]
    async fn a_header_that_cannot_be_sent_is_refused_without_its_value() {
        for (name, words) in [
            ("two words", "has no valid name"),
            ("Content-Type", "is set by the exporter itself"),
            ("grpc-timeout", "is set by the exporter itself"),
        ] {
            let error = refused(&with_headers(&[name])).await;
            assert!(error.contains(words) && error.contains(name) && !error.contains("hunter2"), "{error}");
        }
        let newline = vec![("key".into(), Secret::new("hunter2\n".into()))];
        let error = refused(&Destination { headers: newline, ..http("http://localhost") }).await;
        assert!(error.contains("a value that no header may have") && !error.contains("hunter2"), "{error}");
    }

    #[tokio::test]
    async fn two_ways_to_say_who_asks_are_refused() {
        let bearer = Some(Secret::new("hunter2".into()));
        let sigv4 =
            Some(SigV4 { region: Region::parse("eu-central-1").unwrap(), service: "logs".into(), role_arn: None });
        let error = refused(&Destination { bearer: bearer.clone(), ..with_headers(&["Authorization"]) }).await;
        assert!(error.contains("bearer and headers.authorization"), "{error}");
        let error = refused(&Destination { sigv4: sigv4.clone(), bearer, ..http("http://localhost") }).await;
        assert!(error.contains("sigv4 and an authorization header"), "{error}");
        let grpc = Destination { sigv4: sigv4.clone(), protocol: Protocol::Grpc, ..http("http://localhost") };
        assert!(refused(&grpc).await.contains("over HTTP only"));
        assert!(refused(&Destination { sigv4, ..http("http://localhost") }).await.contains("needs AWS credentials"));
    }

    #[tokio::test]
    async fn no_secret_is_in_what_debug_prints() {
        let secret = Destination { bearer: Some(Secret::new("hunter2".into())), ..with_headers(&["api-key"]) };
        let exporter = Exporter::new(&secret, None).await.unwrap();
        assert!(!format!("{exporter:?}").contains("hunter2"));
    }
}
