//! Where telemetry goes.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::{Filler, KIB, MIB, MINUTE};
use crate::config::problem::{Code, quoted};
use crate::config::read::{At, Pairs};
use crate::config::{Destination, Route, Secret, SigV4, Tls, file};
use crate::id::Signal;

/// What a destination is called when there is but one.
const NAME: &str = "main";

impl Filler<'_> {
    pub(super) fn destinations(&mut self, written: Vec<file::Destination>) -> Vec<Destination> {
        let name = if written.len() == 1 { Some(NAME) } else { None };
        written.into_iter().map(|destination| self.destination(destination, name)).collect()
    }

    fn destination(&mut self, written: file::Destination, name: Option<&str>) -> Destination {
        let name = match (written.name, name) {
            (None, Some(name)) => Some(name.to_owned()),
            (name, _) => self.required_text(name, "name", &written.place),
        };
        let default = Destination::new(name.unwrap_or_default(), self.url(written.endpoint).unwrap_or_default());
        let shortest = Duration::from_millis(100);
        Destination {
            protocol: written.protocol.map_or(default.protocol, |at| at.value),
            signal_endpoints: self.signal_endpoints(written.signal_endpoints.unwrap_or_default()),
            signals: written.signals.map_or(default.signals, |list| list.into_iter().map(|at| at.value).collect()),
            headers: written.headers.map(|headers| self.headers(headers)).unwrap_or_default(),
            bearer: written.bearer.map(|at| self.secret(at)),
            compression: written.compression.map_or(default.compression, |at| at.value),
            timeout: self.period(written.timeout, shortest..=10 * MINUTE, default.timeout),
            tls: self.tls(written.tls.unwrap_or_default()),
            sigv4: written.sigv4.and_then(|sigv4| self.sigv4(sigv4)),
            route: written.route.and_then(|route| self.route(route)),
            batch_bytes_max: self.size(written.batch_max, 16 * KIB..=64 * MIB, default.batch_bytes_max),
            batch_wait: self.period(written.batch_wait, Duration::ZERO..=MINUTE, default.batch_wait),
            requests_max: self.count(written.requests_max, 1..=256, default.requests_max),
            name: default.name,
            endpoint: default.endpoint,
        }
    }

    fn signal_endpoints(&mut self, written: file::SignalEndpoints) -> BTreeMap<Signal, String> {
        let urls = [(Signal::Logs, written.logs), (Signal::Metrics, written.metrics)];
        urls.into_iter().filter_map(|(signal, at)| Some((signal, self.url(at)?))).collect()
    }

    pub(super) fn headers(&mut self, written: Pairs<At<Secret>>) -> Vec<(String, Secret)> {
        let mut headers = Vec::new();
        for (key, value) in written.0 {
            if !is_header_name(&key.text) {
                self.problems.add(Code::Value, &key.place, format!("{} is no name of a header", quoted(&key.text)));
            }
            if value.value.expose().contains(|c: char| c.is_control()) {
                self.problems.add(Code::Value, &key.place, "the value holds line ends or other control characters");
            }
            headers.push((key.text, value.value));
        }
        headers
    }

    fn tls(&mut self, written: file::Tls) -> Tls {
        Tls {
            ca_file: self.path(written.ca_file),
            client_certificate_file: self.path(written.client_certificate_file),
            client_key_file: self.path(written.client_key_file),
        }
    }

    fn sigv4(&mut self, written: file::SigV4) -> Option<SigV4> {
        let region = self.required(written.region, "region", &written.place);
        let service = self.required_text(written.service, "service", &written.place);
        let role_arn = self.role_arn(written.role_arn);
        Some(SigV4 { region: region?, service: service?, role_arn })
    }

    fn route(&mut self, written: file::Route) -> Option<Route> {
        let attribute = self.required_text(written.attribute, "attribute", &written.place);
        let values: BTreeSet<_> = written.values.unwrap_or_default().into_iter().map(|at| at.value).collect();
        if values.is_empty() && !self.problems.is_noted_under(&written.place, "values") {
            let message = "\"values\" is missing: a route without values takes no account";
            self.problems.add(Code::Missing, &written.place, message);
        }
        Some(Route { attribute: attribute?, values })
    }
}

/// Source: RFC 9110, section 5.6.2, "token".
fn is_header_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}
