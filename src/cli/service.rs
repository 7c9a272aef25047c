//! Where commands meet the running service.

use anyhow::anyhow;
use fanin::config::check::Checked;
use fanin::io::replay;

use super::replay::Told;
use super::{Environment, Exit, Failure, Outcome};

/// Runs the service with a checked configuration until it is told to stop.
pub(super) fn run(_options: &super::run::Options, _environment: &Environment, _checked: Checked) -> Outcome {
    Err(unavailable("fanin run"))
}

/// Runs the demo.
pub(super) fn demo(_options: &super::demo::Options, _environment: &Environment) -> Outcome {
    Err(unavailable("fanin demo"))
}

/// Sends what `source` holds through the line and to the destinations of the configuration.
pub(super) fn replay(_source: &replay::Options, _checked: Checked, _told: Told) -> Outcome {
    Err(unavailable("fanin replay --send"))
}

fn unavailable(command: &str) -> Failure {
    Failure::new(Exit::Unavailable, anyhow!("{command} is not part of this build"))
}
