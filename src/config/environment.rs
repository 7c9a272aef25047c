//! The variables `OTEL_EXPORTER_OTLP_*`, laid over what the configuration says of a destination.
//!
//! Source: OpenTelemetry specification, "OpenTelemetry Protocol Exporter" and "Environment Variable Specification".
//! Differences: a value that is wrong stops the start instead of being passed over, compression is gzip unless a variable
//! says `none`, and `zstd` is known too.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use percent_encoding::percent_decode_str;

use super::{Compression, Destination, Protocol, Secret};
use crate::id::Signal;

/// Before each name.
const PREFIX: &str = "OTEL_EXPORTER_OTLP_";

/// What a time limit of 0, which means none, becomes: a destination that never answers must not hold its batches for ever.
const TIMEOUT_MAX: Duration = Duration::from_hours(1);

/// A variable whose value cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{variable}: {message}")]
pub struct Problem {
    /// Its name.
    pub variable: String,
    /// What is wrong, what was given, and what may be. Never the value of a header.
    pub message: String,
}

/// A variable that is set, as `doctor` shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Its name.
    pub variable: String,
    /// The field of the destination that it sets.
    pub field: &'static str,
    /// The signal that it is for; `None` for all.
    pub signal: Option<Signal>,
    /// Its value; of headers only the names.
    pub value: String,
}

/// What the environment says of destinations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overlay {
    general: Settings,
    logs: Settings,
    metrics: Settings,
    origins: Vec<Origin>,
}

/// The variables of one signal, or those for all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Settings {
    endpoint: Option<String>,
    headers: Option<Vec<(String, Secret)>>,
    timeout: Option<Duration>,
    compression: Option<Compression>,
    protocol: Option<Protocol>,
    ca_file: Option<PathBuf>,
    client_key_file: Option<PathBuf>,
    client_certificate_file: Option<PathBuf>,
}

/// Reads the variables out of an environment. One that is empty counts as not set.
///
/// # Errors
/// When values cannot be used; all of them are named.
pub fn overlay(environment: &BTreeMap<String, String>) -> Result<Overlay, Vec<Problem>> {
    let mut reader = EnvironmentReader { environment, origins: vec![], problems: vec![] };
    let general = reader.settings(None);
    let logs = reader.settings(Some(Signal::Logs));
    let metrics = reader.settings(Some(Signal::Metrics));
    let EnvironmentReader { origins, problems, .. } = reader;
    if problems.is_empty() { Ok(Overlay { general, logs, metrics, origins }) } else { Err(problems) }
}

/// The destination that OpenTelemetry takes for granted: a collector on the same host.
#[must_use]
pub fn local_collector(protocol: Protocol) -> Destination {
    let endpoint = match protocol {
        Protocol::HttpProtobuf => "http://localhost:4318",
        Protocol::Grpc => "http://localhost:4317",
    };
    Destination { protocol, ..Destination::new("otlp", endpoint) }
}

impl Overlay {
    /// Whether no variable is set.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.origins.is_empty()
    }

    /// The variables that are set, those for all signals first.
    #[must_use]
    pub fn origins(&self) -> &[Origin] {
        &self.origins
    }

    /// Whether the environment names a place to send to.
    #[must_use]
    pub const fn has_endpoint(&self) -> bool {
        self.general.endpoint.is_some() || self.logs.endpoint.is_some() || self.metrics.endpoint.is_some()
    }

    /// What the environment alone makes: a collector on the same host, but for what the variables say.
    #[must_use]
    pub fn destinations(&self) -> Vec<Destination> {
        let of = |signal| {
            let protocol = self.of(signal).protocol.or(self.general.protocol).unwrap_or(Protocol::HttpProtobuf);
            let destination = Destination { signals: BTreeSet::from([signal]), ..local_collector(protocol) };
            self.overlaid(&destination, signal)
        };
        merged("otlp", Signal::ALL.map(of).into())
    }

    /// `destination`, but for what the variables say. Where they differ by signal in more than the endpoint, it becomes
    /// two destinations, named `NAME-logs` and `NAME-metrics`.
    ///
    /// An endpoint for all signals also takes the place of single signals' endpoints in the destination. A header takes
    /// the place of the one with the same name, and `authorization` also that of the bearer token.
    #[must_use]
    pub fn apply(&self, destination: &Destination) -> Vec<Destination> {
        let of = |signal: &Signal| {
            self.overlaid(&Destination { signals: BTreeSet::from([*signal]), ..destination.clone() }, *signal)
        };
        merged(&destination.name, destination.signals.iter().map(of).collect())
    }

    const fn of(&self, signal: Signal) -> &Settings {
        match signal {
            Signal::Logs => &self.logs,
            Signal::Metrics => &self.metrics,
        }
    }

    fn overlaid(&self, destination: &Destination, signal: Signal) -> Destination {
        let mut overlaid = destination.clone();
        if let Some(endpoint) = &self.general.endpoint {
            overlaid.endpoint.clone_from(endpoint);
            overlaid.signal_endpoints.clear();
        }
        if let Some(endpoint) = &self.of(signal).endpoint {
            let _ = overlaid.signal_endpoints.insert(signal, endpoint.clone());
        }
        overlaid.signal_endpoints.retain(|of, _| *of == signal);

        let (own, general) = (self.of(signal), &self.general);
        overlaid.protocol = own.protocol.or(general.protocol).unwrap_or(overlaid.protocol);
        overlaid.timeout = own.timeout.or(general.timeout).unwrap_or(overlaid.timeout);
        overlaid.compression = own.compression.or(general.compression).unwrap_or(overlaid.compression);
        if let Some(headers) = own.headers.as_ref().or(general.headers.as_ref()) {
            put_headers(&mut overlaid, headers);
        }
        let tls = &mut overlaid.tls;
        put(&mut tls.ca_file, &own.ca_file, &general.ca_file);
        put(&mut tls.client_key_file, &own.client_key_file, &general.client_key_file);
        put(&mut tls.client_certificate_file, &own.client_certificate_file, &general.client_certificate_file);
        overlaid
    }
}

fn put(field: &mut Option<PathBuf>, own: &Option<PathBuf>, general: &Option<PathBuf>) {
    if let Some(path) = own.as_ref().or(general.as_ref()) {
        *field = Some(path.clone());
    }
}

fn put_headers(destination: &mut Destination, headers: &[(String, Secret)]) {
    let named = |name: &str| headers.iter().any(|(given, _)| given.eq_ignore_ascii_case(name));
    destination.headers.retain(|(name, _)| !named(name));
    destination.headers.extend_from_slice(headers);
    if named("authorization") {
        destination.bearer = None;
    }
}

/// Destinations of single signals as one, where they differ in nothing but the endpoint of their signal.
fn merged(name: &str, singles: Vec<Destination>) -> Vec<Destination> {
    let signals: BTreeSet<Signal> = singles.iter().flat_map(|single| single.signals.iter().copied()).collect();
    let signal_endpoints: BTreeMap<Signal, String> =
        singles.iter().flat_map(|single| single.signal_endpoints.clone()).collect();
    let whole = |single: &Destination| Destination {
        name: name.into(),
        signals: signals.clone(),
        signal_endpoints: signal_endpoints.clone(),
        ..single.clone()
    };
    match singles.iter().map(whole).collect::<Vec<_>>().as_slice() {
        [first, others @ ..] if others.iter().all(|other| other == first) => vec![first.clone()],
        _ => singles.into_iter().map(|single| renamed(name, single)).collect(),
    }
}

fn renamed(name: &str, single: Destination) -> Destination {
    let signals: Vec<&str> = single.signals.iter().map(|signal| signal.as_str()).collect();
    Destination { name: format!("{name}-{}", signals.join("-")), ..single }
}

struct EnvironmentReader<'a> {
    environment: &'a BTreeMap<String, String>,
    origins: Vec<Origin>,
    problems: Vec<Problem>,
}

impl EnvironmentReader<'_> {
    fn settings(&mut self, signal: Option<Signal>) -> Settings {
        Settings {
            endpoint: self.read(signal, "ENDPOINT", "endpoint", endpoint),
            headers: self.read(signal, "HEADERS", "headers", headers),
            timeout: self.read(signal, "TIMEOUT", "timeout", timeout),
            compression: self.read(signal, "COMPRESSION", "compression", compression),
            protocol: self.read(signal, "PROTOCOL", "protocol", protocol),
            ca_file: self.read(signal, "CERTIFICATE", "tls.ca_file", path),
            client_key_file: self.read(signal, "CLIENT_KEY", "tls.client_key_file", path),
            client_certificate_file: self.read(signal, "CLIENT_CERTIFICATE", "tls.client_certificate_file", path),
        }
    }

    fn read<T>(
        &mut self,
        signal: Option<Signal>,
        name: &str,
        field: &'static str,
        parse: fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        let variable = match signal {
            Some(signal) => format!("{PREFIX}{}_{name}", signal.as_str().to_ascii_uppercase()),
            None => format!("{PREFIX}{name}"),
        };
        let text = self.environment.get(&variable).map(|text| text.trim()).filter(|text| !text.is_empty())?;
        match parse(text) {
            Ok(value) => {
                let value_shown = if name == "HEADERS" { header_names(text) } else { text.into() };
                self.origins.push(Origin { variable, field, signal, value: value_shown });
                Some(value)
            }
            Err(message) => {
                self.problems.push(Problem { variable, message });
                None
            }
        }
    }
}

fn endpoint(text: &str) -> Result<String, String> {
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    match rest {
        Some(rest) if !rest.is_empty() && !rest.starts_with('/') => Ok(text.into()),
        Some(_) | None => Err(format!("an endpoint is a URL like http://localhost:4318, not {text:?}")),
    }
}

fn timeout(text: &str) -> Result<Duration, String> {
    match text.parse() {
        Ok(0) => Ok(TIMEOUT_MAX),
        Ok(millis) => Ok(Duration::from_millis(millis).min(TIMEOUT_MAX)),
        Err(_) => Err(format!("a time limit is a whole number of milliseconds, like 10000, not {text:?}")),
    }
}

fn compression(text: &str) -> Result<Compression, String> {
    match text.to_ascii_lowercase().as_str() {
        "none" => Ok(Compression::None),
        "gzip" => Ok(Compression::Gzip),
        "zstd" => Ok(Compression::Zstd),
        _ => Err(format!("compression is one of none, gzip and zstd, not {text:?}")),
    }
}

fn protocol(text: &str) -> Result<Protocol, String> {
    match text.to_ascii_lowercase().as_str() {
        "http/protobuf" => Ok(Protocol::HttpProtobuf),
        "grpc" => Ok(Protocol::Grpc),
        "http/json" => {
            Err("http/json is not sent: it costs many times the bytes and the time; set http/protobuf, which every \
                            OTLP/HTTP receiver takes, or grpc"
                .into())
        }
        _ => Err(format!("the protocol is one of http/protobuf and grpc, not {text:?}")),
    }
}

#[expect(clippy::unnecessary_wraps, reason = "one shape for all variables; a path is looked at when it is opened")]
fn path(text: &str) -> Result<PathBuf, String> {
    Ok(text.into())
}

/// `name=value,name=value`, values percent-encoded. Source: W3C Baggage, "Baggage HTTP Header Format".
fn headers(text: &str) -> Result<Vec<(String, Secret)>, String> {
    let members = text.split(',').map(str::trim).filter(|member| !member.is_empty());
    members.zip(1..).map(|(member, place)| header(member, place)).collect()
}

fn header(member: &str, place: usize) -> Result<(String, Secret), String> {
    let Some((name, value)) = member.split_once('=') else {
        return Err(format!("header {place} has no =; headers are written name=value,name=value"));
    };
    let name = name.trim();
    if name.is_empty() || !name.bytes().all(is_token_byte) {
        return Err(format!("header {place} has no valid name before its ="));
    }
    let value = percent_decode_str(value.trim()).decode_utf8();
    match value {
        Ok(value) if value.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()) => {
            Ok((name.to_ascii_lowercase(), Secret::new(value.into_owned())))
        }
        Ok(_) | Err(_) => Err(format!("the value of header {name} has characters that no header may have")),
    }
}

/// Source: RFC 9110, section 5.6.2, "Tokens".
const fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~')
}

fn header_names(text: &str) -> String {
    let names = text.split(',').filter_map(|member| member.split_once('=')).map(|(name, _)| name.trim());
    names.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Tls;

    fn environment(variables: &[(&str, &str)]) -> BTreeMap<String, String> {
        variables.iter().map(|(name, value)| (format!("{PREFIX}{name}"), (*value).into())).collect()
    }

    fn read(variables: &[(&str, &str)]) -> Overlay {
        overlay(&environment(variables)).unwrap()
    }

    fn problems(variables: &[(&str, &str)]) -> Vec<String> {
        overlay(&environment(variables)).unwrap_err().iter().map(Problem::to_string).collect()
    }

    fn from_file() -> Destination {
        Destination {
            name: "central".into(),
            endpoint: "https://otlp.example".into(),
            signal_endpoints: BTreeMap::from([(Signal::Metrics, "https://metrics.example/write".into())]),
            headers: vec![("X-Team".into(), Secret::new("platform".into()))],
            bearer: Some(Secret::new("of the file".into())),
            ..local_collector(Protocol::HttpProtobuf)
        }
    }

    #[test]
    fn without_variables_a_local_collector_gets_gzip_over_http() {
        let overlay = read(&[("ENDPOINT", ""), ("PROTOCOL", "  ")]);
        assert!(overlay.is_empty() && !overlay.has_endpoint());
        assert_eq!(overlay.destinations(), [local_collector(Protocol::HttpProtobuf)]);
        assert_eq!(overlay.destinations()[0].endpoint, "http://localhost:4318");
        assert_eq!(overlay.apply(&from_file()), [from_file()]);
    }

    #[test]
    fn the_protocol_decides_the_port_of_the_local_collector() {
        let [destination] = read(&[("PROTOCOL", "GRPC")]).destinations().try_into().unwrap();
        assert_eq!((destination.protocol, destination.endpoint.as_str()), (Protocol::Grpc, "http://localhost:4317"));
    }

    #[test]
    fn every_variable_reaches_its_field() {
        let [destination] = read(&[
            ("ENDPOINT", "https://collector.example:4318/base"),
            ("HEADERS", "api-key=a%20b%2Cc, X-Scope=7=8"),
            ("TIMEOUT", "2500"),
            ("COMPRESSION", "zstd"),
            ("PROTOCOL", "http/protobuf"),
            ("CERTIFICATE", "/etc/ca.pem"),
            ("CLIENT_KEY", "/etc/key.pem"),
            ("CLIENT_CERTIFICATE", "/etc/cert.pem"),
        ])
        .destinations()
        .try_into()
        .unwrap();
        let tls = Tls {
            ca_file: Some("/etc/ca.pem".into()),
            client_certificate_file: Some("/etc/cert.pem".into()),
            client_key_file: Some("/etc/key.pem".into()),
        };
        let expected = Destination {
            endpoint: "https://collector.example:4318/base".into(),
            headers: vec![
                ("api-key".into(), Secret::new("a b,c".into())),
                ("x-scope".into(), Secret::new("7=8".into())),
            ],
            timeout: Duration::from_millis(2_500),
            compression: Compression::Zstd,
            tls,
            ..local_collector(Protocol::HttpProtobuf)
        };
        assert_eq!(destination, expected);
    }

    #[test]
    fn endpoints_of_signals_stay_as_they_are_and_one_destination_holds_them() {
        let [destination] =
            read(&[("ENDPOINT", "http://a"), ("LOGS_ENDPOINT", "http://b/in")]).destinations().try_into().unwrap();
        assert_eq!(destination.endpoint, "http://a");
        assert_eq!(destination.signal_endpoints, BTreeMap::from([(Signal::Logs, "http://b/in".into())]));
    }

    #[test]
    fn signals_that_differ_in_more_become_two_destinations() {
        let [logs, metrics] =
            read(&[("PROTOCOL", "grpc"), ("LOGS_PROTOCOL", "http/protobuf"), ("METRICS_COMPRESSION", "none")])
                .destinations()
                .try_into()
                .unwrap();
        assert_eq!(
            (logs.name.as_str(), logs.protocol, logs.compression),
            ("otlp-logs", Protocol::HttpProtobuf, Compression::Gzip)
        );
        assert_eq!((logs.endpoint.as_str(), logs.signals), ("http://localhost:4318", BTreeSet::from([Signal::Logs])));
        assert_eq!(
            (metrics.name.as_str(), metrics.protocol, metrics.compression),
            ("otlp-metrics", Protocol::Grpc, Compression::None)
        );
        assert_eq!(metrics.endpoint, "http://localhost:4317");
    }

    #[test]
    fn the_environment_wins_over_the_file() {
        let [destination] = read(&[("ENDPOINT", "http://here:1"), ("HEADERS", "x-team=blue,Authorization=Basic%20x")])
            .apply(&from_file())
            .try_into()
            .unwrap();
        let expected = Destination {
            endpoint: "http://here:1".into(),
            signal_endpoints: BTreeMap::new(),
            headers: vec![
                ("x-team".into(), Secret::new("blue".into())),
                ("authorization".into(), Secret::new("Basic x".into())),
            ],
            bearer: None,
            ..from_file()
        };
        assert_eq!(destination, expected);
    }

    #[test]
    fn a_variable_of_a_signal_wins_over_the_one_for_all() {
        let [logs, metrics] =
            read(&[("HEADERS", "a=1"), ("LOGS_HEADERS", "b=2"), ("LOGS_TIMEOUT", "1"), ("TIMEOUT", "2")])
                .apply(&from_file())
                .try_into()
                .unwrap();
        let names =
            |destination: &Destination| destination.headers.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        assert_eq!((names(&logs), logs.timeout.as_millis()), (vec!["X-Team".into(), "b".into()], 1));
        assert_eq!((names(&metrics), metrics.timeout.as_millis()), (vec!["X-Team".into(), "a".into()], 2));
        assert_eq!(metrics.signal_endpoints, from_file().signal_endpoints);
        assert_eq!((logs.name.as_str(), metrics.name.as_str()), ("central-logs", "central-metrics"));
    }

    #[test]
    fn a_destination_of_one_signal_stays_one() {
        let only_logs = Destination { signals: BTreeSet::from([Signal::Logs]), ..from_file() };
        let applied = read(&[("METRICS_TIMEOUT", "1"), ("LOGS_COMPRESSION", "none")]).apply(&only_logs);
        let expected = Destination { compression: Compression::None, signal_endpoints: BTreeMap::new(), ..only_logs };
        assert_eq!(applied, [expected]);
    }

    #[test]
    fn no_limit_of_time_becomes_a_long_one() {
        assert_eq!(read(&[("TIMEOUT", "0")]).destinations()[0].timeout, TIMEOUT_MAX);
    }

    #[test]
    fn each_value_is_traced_to_its_variable_and_headers_stay_secret() {
        let overlay = read(&[("LOGS_HEADERS", "api-key=hunter2"), ("TIMEOUT", "5")]);
        let origin = |variable: &str, field, signal, value: &str| Origin {
            variable: format!("{PREFIX}{variable}"),
            field,
            signal,
            value: value.into(),
        };
        assert_eq!(
            overlay.origins(),
            [origin("TIMEOUT", "timeout", None, "5"), origin("LOGS_HEADERS", "headers", Some(Signal::Logs), "api-key")]
        );
        assert!(!format!("{overlay:?}").contains("hunter2"));
    }

    #[test]
    fn all_wrong_values_are_named_at_once_without_secrets() {
        let found = problems(&[
            ("PROTOCOL", "http/json"),
            ("METRICS_PROTOCOL", "thrift"),
            ("ENDPOINT", "localhost:4317"),
            ("LOGS_ENDPOINT", "https:///v1/logs"),
            ("TIMEOUT", "10s"),
            ("COMPRESSION", "brotli"),
            ("HEADERS", "hunter2"),
            ("LOGS_HEADERS", "a=1,hunter 2=x"),
            ("METRICS_HEADERS", "key=hunter2%0d%0aevil"),
        ]);
        assert_eq!(
            found,
            [
                "OTEL_EXPORTER_OTLP_ENDPOINT: an endpoint is a URL like http://localhost:4318, not \"localhost:4317\"",
                "OTEL_EXPORTER_OTLP_HEADERS: header 1 has no =; headers are written name=value,name=value",
                "OTEL_EXPORTER_OTLP_TIMEOUT: a time limit is a whole number of milliseconds, like 10000, not \"10s\"",
                "OTEL_EXPORTER_OTLP_COMPRESSION: compression is one of none, gzip and zstd, not \"brotli\"",
                "OTEL_EXPORTER_OTLP_PROTOCOL: http/json is not sent: it costs many times the bytes and the time; set \
                 http/protobuf, which every OTLP/HTTP receiver takes, or grpc",
                "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: an endpoint is a URL like http://localhost:4318, not \"https:///v1/logs\"",
                "OTEL_EXPORTER_OTLP_LOGS_HEADERS: header 2 has no valid name before its =",
                "OTEL_EXPORTER_OTLP_METRICS_HEADERS: the value of header key has characters that no header may have",
                "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: the protocol is one of http/protobuf and grpc, not \"thrift\"",
            ]
        );
    }
}
