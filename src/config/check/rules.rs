//! Rules between settings, on the configuration as it would run.

mod alerting;
mod page;

use std::collections::BTreeMap;

use crate::chunk::Destinations;
use crate::config::problem::{Code, Problems};
use crate::config::quantity::{duration_text, size_text};
use crate::config::url::{self, Transport};
use crate::config::yaml::Document;
use crate::config::{Carries, Config, Destination, HttpSource, Place, Protocol};

/// Notes what does not fit together.
pub(super) fn check(config: &Config, document: &Document, problems: &mut Problems) {
    let mut rules = Rules { config, document, problems };
    rules.sources();
    rules.names();
    rules.destinations();
    rules.limits();
    rules.storage();
    rules.directory();
    rules.alerting();
    rules.page();
}

struct Rules<'a> {
    config: &'a Config,
    document: &'a Document,
    problems: &'a mut Problems,
}

impl Rules<'_> {
    fn add(&mut self, code: Code, key: &str, message: impl Into<String>) {
        self.problems.add(code, &self.document.place(key), message);
    }

    fn sources(&mut self) {
        let config = self.config;
        if config.kinesis.is_empty() && config.firehose.is_none() && config.otlp.is_none() && !self.is_broken("sources")
        {
            self.add(Code::NoSource, "sources", "there is nothing to read from: add kinesis, firehose or otlp");
        }
        for (index, stream) in config.kinesis.iter().enumerate() {
            if stream.carries == Carries::Telemetry && !stream.forwarded.is_empty() {
                let message =
                    "only a stream of samples tells how far a forwarder got: add carries: samples, or leave this out";
                self.add(Code::Conflict, &format!("sources.kinesis[{index}].forwarded"), message);
            }
            if stream.carries == Carries::Samples && stream.forwarded.contains(&stream.stream) {
                let message = "the forwarder cannot read the stream that it writes to";
                self.add(Code::Conflict, &format!("sources.kinesis[{index}].forwarded"), message);
            }
            if stream.carries == Carries::Telemetry
                && config.kinesis.iter().any(|samples| samples.forwarded.contains(&stream.stream))
            {
                let message =
                    "the forwarder reads this stream (forwarded): read here as well, every record would come twice";
                self.add(Code::Conflict, &format!("sources.kinesis[{index}].stream"), message);
            }
            if stream.carries == Carries::Samples && stream.forwarded.is_empty() {
                let message =
                    "names no stream that the forwarder reads: while it lags, its accounts look silent to the rules";
                self.add(Code::ForwarderUnwatched, &format!("sources.kinesis[{index}].forwarded"), message);
            }
        }
        self.http_source("sources.firehose", config.firehose.as_ref());
        self.http_source("sources.otlp", config.otlp.as_ref());
    }

    fn http_source(&mut self, key: &str, source: Option<&HttpSource>) {
        let Some(source) = source else { return };
        let listen = self.config.server.listen;
        if source.keys.is_empty() && !listen.ip().is_loopback() && !self.is_broken(key) {
            let message =
                format!("without keys anyone who reaches {listen} could send: add keys, or listen on 127.0.0.1");
            self.add(Code::OpenSource, key, message);
        }
        let names = source.keys.iter().map(|access_key| access_key.name.as_str());
        self.unique(names, |index| format!("{key}.keys[{index}].name"), "key");
        let secrets = source.keys.iter().map(|access_key| access_key.secret.expose());
        for index in duplicates(secrets) {
            self.add(Code::Duplicate, &format!("{key}.keys[{index}].secret"), "another key has the same secret");
        }
    }

    fn names(&mut self) {
        let config = self.config;
        let streams: Vec<_> = config
            .kinesis
            .iter()
            .map(|kinesis| {
                let region = kinesis.region.map(|region| region.to_string()).unwrap_or_default();
                format!("{}\n{region}\n{}", kinesis.stream, kinesis.endpoint.as_deref().unwrap_or_default())
            })
            .collect();
        for index in duplicates(streams.iter().map(String::as_str)) {
            let message =
                format!("the stream {:?} is read twice: every record would come twice", config.kinesis[index].stream);
            self.add(Code::Duplicate, &format!("sources.kinesis[{index}].stream"), message);
        }
        let names = config.destinations.iter().map(|destination| destination.name.as_str());
        self.unique(names, |index| format!("destinations[{index}].name"), "destination");
    }

    fn unique<'b>(&mut self, names: impl Iterator<Item = &'b str> + Clone, key: impl Fn(usize) -> String, what: &str) {
        let list: Vec<_> = names.clone().collect();
        for index in duplicates(names) {
            let message = format!("another {what} is called {:?} already: names are unique", list[index]);
            self.add(Code::Duplicate, &key(index), message);
        }
    }

    fn destinations(&mut self) {
        let n_destinations = self.config.destinations.len();
        if n_destinations == 0 && !self.is_broken("destinations") {
            let message = "there is nowhere to send to: add a destination, or set OTEL_EXPORTER_OTLP_ENDPOINT";
            self.add(Code::NoDestination, "destinations", message);
        }
        if n_destinations > Destinations::MAX {
            let message = format!("{n_destinations} destinations are more than the {} that can be", Destinations::MAX);
            self.add(Code::TooMany, "destinations", message);
        }
        for (index, destination) in self.config.destinations.iter().enumerate() {
            self.destination(destination, &format!("destinations[{index}]"));
        }
    }

    fn destination(&mut self, destination: &Destination, key: &str) {
        let signals = format!("{key}.signals");
        if destination.signals.is_empty() && !self.is_broken(&signals) {
            let message = "a destination without signals gets nothing: name logs, metrics or both";
            self.add(Code::Missing, &signals, message);
        }
        let all_named = destination.signals.iter().all(|signal| destination.signal_endpoints.contains_key(signal));
        if destination.endpoint.is_empty() && !all_named && !self.is_broken(&format!("{key}.endpoint")) {
            self.add(Code::Missing, key, "\"endpoint\" is missing, such as http://localhost:4318");
        }
        self.authentication(destination, key);
        self.encryption(destination, key);
    }

    fn authentication(&mut self, destination: &Destination, key: &str) {
        let authorization = destination.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("authorization"));
        if destination.sigv4.is_some() {
            let key = format!("{key}.sigv4");
            if destination.protocol == Protocol::Grpc {
                self.add(Code::Conflict, &key, "requests are signed over HTTP only: use protocol http/protobuf");
            }
            if destination.bearer.is_some() || authorization {
                self.add(Code::Conflict, &key, "a signature and a token both want the Authorization header: keep one");
            }
        }
        if destination.bearer.is_some() && authorization {
            let message = "bearer and the header Authorization are the same: keep one";
            self.add(Code::Conflict, &format!("{key}.bearer"), message);
        }
        let tls = &destination.tls;
        let halves = [
            (&tls.client_certificate_file, &tls.client_key_file, "client_certificate_file", "client_key_file"),
            (&tls.client_key_file, &tls.client_certificate_file, "client_key_file", "client_certificate_file"),
        ];
        for (given, other, name, wanted) in halves {
            if given.is_some() && other.is_none() && !self.is_broken(&format!("{key}.tls.{wanted}")) {
                let message = format!("a client certificate needs its key: add {wanted:?} or take this out");
                self.add(Code::Incomplete, &format!("{key}.tls.{name}"), message);
            }
        }
    }

    fn encryption(&mut self, destination: &Destination, key: &str) {
        let tls = &destination.tls;
        let has_certificates =
            tls.ca_file.is_some() || tls.client_certificate_file.is_some() || tls.client_key_file.is_some();
        let has_secrets = destination.bearer.is_some() || !destination.headers.is_empty();
        let named = destination.signal_endpoints.iter();
        let named = named.map(|(signal, text)| (format!("{key}.signal_endpoints.{signal}"), text));
        for (key, text) in std::iter::once((format!("{key}.endpoint"), &destination.endpoint)).chain(named) {
            let Ok(url) = url::parse(text) else { continue };
            if url.transport == Transport::Encrypted {
                continue;
            }
            if has_certificates {
                self.add(Code::Conflict, &key, "certificates are given, but http:// does not use them: write https://");
            } else if has_secrets && !url.is_loopback() {
                self.add(Code::Unencrypted, &key, "headers or token travel unencrypted over http://: write https://");
            }
        }
    }

    fn limits(&mut self) {
        let (delivery, normalize) = (&self.config.delivery, &self.config.normalize);
        if delivery.retry_wait_min > delivery.retry_wait_max {
            let (min, max) = (duration_text(delivery.retry_wait_min), duration_text(delivery.retry_wait_max));
            self.add(
                Code::Conflict,
                "delivery.retry_wait_min",
                format!("{min} is over retry_wait_max, which is {max}"),
            );
        }
        if normalize.record_bytes_max > normalize.delivery_bytes_max {
            let (record, delivery) = (bytes_text(normalize.record_bytes_max), bytes_text(normalize.delivery_bytes_max));
            self.add(
                Code::Conflict,
                "normalize.record_max",
                format!("{record} is over delivery_max, which is {delivery}"),
            );
        }
        for (index, destination) in self.config.destinations.iter().enumerate() {
            if destination.batch_bytes_max > delivery.memory_bytes_max {
                let (batch, memory) = (bytes_text(destination.batch_bytes_max), bytes_text(delivery.memory_bytes_max));
                let message =
                    format!("{batch} is over delivery.memory_max, which is {memory}: no batch would ever fill");
                self.add(Code::Conflict, &format!("destinations[{index}].batch_max"), message);
            }
        }
    }

    fn storage(&mut self) {
        let storage = &self.config.storage;
        if matches!(storage.state, Place::Firehose { .. }) {
            let message = "Firehose cannot give back what it took: keep state in a folder or s3://bucket/prefix";
            self.add(Code::Place, "storage.state", message);
        }
        if storage.spill == storage.state || storage.spill == storage.dead_letters {
            self.add(Code::Duplicate, "storage.spill", "another part of storage has the same place: give each its own");
        }
        if storage.dead_letters == storage.state {
            self.add(Code::Duplicate, "storage.dead_letters", "state has the same place: give each its own");
        }
    }

    fn directory(&mut self) {
        let directory = &self.config.directory;
        if directory.file.is_none() && directory.organizations.is_none() && !self.is_broken("directory") {
            let message = "neither file nor organizations is given: every account will be \"unassigned\"";
            self.add(Code::NoDirectory, "directory", message);
        }
    }

    /// Whether something under this key was found wrong before, so that what is missing may only be misread.
    fn is_broken(&self, key: &str) -> bool {
        self.problems.is_noted_at(key)
    }
}

/// Indexes of items that stood before already.
fn duplicates<'a>(items: impl Iterator<Item = &'a str>) -> Vec<usize> {
    let mut first = BTreeMap::new();
    let repeated = |(index, item): (usize, &'a str)| {
        let seen = *first.entry(item).or_insert(index) != index;
        (seen && !item.is_empty()).then_some(index)
    };
    items.enumerate().filter_map(repeated).collect()
}

fn bytes_text(bytes: usize) -> String {
    size_text(u64::try_from(bytes).unwrap_or(u64::MAX))
}
