//! What environment and command line say of destinations, over what the file says.

use super::Surroundings;
use crate::config::Destination;
use crate::config::effective::Origin;
use crate::config::environment;
use crate::config::problem::{Code, Place, Position, Problems, quoted};
use crate::config::url;

/// The flag for the only place to send to.
const ENDPOINT: &str = "--endpoint";

/// Who set what, for those who ask later.
pub(super) struct Overlay {
    environment: environment::Overlay,
    has_endpoint: bool,
}

/// Lays environment and command line over the destinations.
pub(super) fn apply(
    destinations: &mut Vec<Destination>,
    surroundings: &Surroundings,
    problems: &mut Problems,
) -> Overlay {
    let overlay = environment::overlay(&surroundings.outside.environment).unwrap_or_else(|refused| {
        for problem in refused {
            problems.add(Code::Environment, &at(Position::Variable(problem.variable)), problem.message);
        }
        environment::Overlay::default()
    });
    if let Some(endpoint) = &surroundings.endpoint {
        *destinations = vec![Destination::new("main", endpoint)];
    }
    match destinations.as_slice() {
        [] if overlay.has_endpoint() => *destinations = overlay.destinations(),
        [] => {}
        // Without signals it is wrong already, and laying anything over it would leave no trace of it.
        [only] if only.signals.is_empty() => {}
        [only] => *destinations = overlay.apply(only),
        several => pass_over(&overlay, several.len(), problems),
    }
    if let Some(endpoint) = &surroundings.endpoint {
        set_endpoint(destinations, endpoint, problems);
    }
    Overlay { environment: overlay, has_endpoint: surroundings.endpoint.is_some() }
}

fn pass_over(overlay: &environment::Overlay, n_destinations: usize, problems: &mut Problems) {
    for origin in overlay.origins() {
        let message = format!("is not used: it does not say which of {n_destinations} destinations it is for");
        problems.add(Code::EnvironmentUnused, &at(Position::Variable(origin.variable.clone())), message);
    }
}

fn set_endpoint(destinations: &mut [Destination], endpoint: &str, problems: &mut Problems) {
    if let Err(complaint) = url::parse(endpoint) {
        problems.add(Code::Value, &at(Position::Flag(ENDPOINT)), format!("{} {complaint}", quoted(endpoint)));
    }
    for destination in destinations {
        endpoint.clone_into(&mut destination.endpoint);
        destination.signal_endpoints.clear();
    }
}

const fn at(position: Position) -> Place {
    Place { position, key: String::new() }
}

impl Overlay {
    /// What set the value of that path of keys.
    pub(super) fn origin(&self, key: &str) -> Origin {
        let field = key.split_once("].").map_or(key, |(_, field)| field);
        let of_signal = field.strip_prefix("signal_endpoints.");
        let names_field = |origin: &&environment::Origin| match of_signal {
            Some(signal) => origin.field == "endpoint" && origin.signal.is_some_and(|of| of.as_str() == signal),
            None => field.starts_with(origin.field) && (origin.field != "endpoint" || origin.signal.is_none()),
        };
        if self.has_endpoint && field == "endpoint" {
            return Origin::Flag(ENDPOINT);
        }
        // The variable of a single signal stands over that for all, and comes later in the list.
        match self.environment.origins().iter().rev().find(names_field) {
            Some(origin) => Origin::Environment(origin.variable.clone()),
            None if self.has_endpoint => Origin::Flag(ENDPOINT),
            None => Origin::Environment("OTEL_EXPORTER_OTLP_*".into()),
        }
    }
}
