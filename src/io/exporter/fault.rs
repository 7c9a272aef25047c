//! What went wrong with a connection, said so that a person knows what to do.

use std::error::Error as StdError;
use std::io;

use reqwest::Url;
use rustls::{AlertDescription, CertificateError};

/// One line: the causes from the outermost to the root, each once, and what may help.
pub(in crate::io) fn told(error: reqwest::Error, target: &Url) -> String {
    let error = error.without_url();
    let causes = causes(&error);
    let mut line = String::new();
    for cause in causes.iter().map(|cause| cause.to_string()) {
        if !line.contains(&cause) {
            if !line.is_empty() {
                line.push_str(": ");
            }
            line.push_str(&cause);
        }
    }
    let hint = causes.iter().find_map(|cause| hint(*cause, target));
    if let Some(hint) = hint.or_else(|| hung_up_hint(&error, target)) {
        line.push_str(" (");
        line.push_str(&hint);
        line.push(')');
    }
    line
}

/// The error and its causes. An `io::Error` that wraps another error names that as its text, not as its source.
fn causes<'a>(error: &'a (dyn StdError + 'static)) -> Vec<&'a (dyn StdError + 'static)> {
    let mut causes = vec![];
    let mut next = Some(error);
    while let Some(error) = next {
        causes.push(error);
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = wrapped.map(|inner| inner as &(dyn StdError + 'static)).or_else(|| error.source());
    }
    causes
}

fn hint(cause: &(dyn StdError + 'static), target: &Url) -> Option<String> {
    if let Some(error) = cause.downcast_ref::<rustls::Error>() {
        return tls_hint(error);
    }
    if let Some(error) = cause.downcast_ref::<io::Error>() {
        return (error.kind() == io::ErrorKind::ConnectionRefused)
            .then(|| format!("nothing listens on {}", target.authority()));
    }
    let text = cause.to_string();
    if text.contains("dns error") {
        return Some(format!("the name {} cannot be resolved", target.host_str().unwrap_or_default()));
    }
    let is_other_protocol =
        ["invalid HTTP version", "frame with invalid size", "http2 error", "closed because of a broken pipe"];
    if is_other_protocol.iter().any(|words| text.contains(words)) {
        return Some("the server may speak another protocol: check http or https, and http/protobuf or grpc".into());
    }
    None
}

/// A server that misses a client certificate says so after the handshake, and its words are often lost to the end of the
/// connection that follows.
fn hung_up_hint(error: &reqwest::Error, target: &Url) -> Option<String> {
    let hung_up = target.scheme() == "https" && error.is_request() && !error.is_connect();
    hung_up.then(|| {
        "the server hung up before it answered; it may want a client certificate: tls.client_certificate_file".into()
    })
}

#[expect(clippy::wildcard_enum_match_arm, reason = "rustls has dozens of errors; only these have a remedy here")]
fn tls_hint(error: &rustls::Error) -> Option<String> {
    let hint = match error {
        rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer) => {
            "the server's certificate is of an authority that is not trusted here: name that in tls.ca_file"
        }
        rustls::Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => "the server's certificate is for another name: use that name in the endpoint",
        rustls::Error::InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. }) => {
            "the server's certificate has expired, or the clock here is wrong"
        }
        rustls::Error::AlertReceived(
            AlertDescription::CertificateRequired
            | AlertDescription::BadCertificate
            | AlertDescription::UnknownCA
            | AlertDescription::CertificateUnknown
            | AlertDescription::CertificateExpired
            | AlertDescription::AccessDenied,
        ) => "the server wants another client certificate: check tls.client_certificate_file and tls.client_key_file",
        rustls::Error::InvalidMessage(_) => {
            "the server may not speak TLS on this port: try http:// instead of https://"
        }
        rustls::Error::NoApplicationProtocol => "the server does not speak HTTP/2 here: is it a gRPC server?",
        _ => return None,
    };
    Some(hint.into())
}
