//! `fanin run`: the service.

use clap::Args;
use fanin::io::configuration::Secrets;
use fanin::io::logging::Format;

use super::settings::Settings;
use super::{Environment, HELP, Outcome, block_on, output, service};

const EXAMPLES: &str = "\
Examples:
  fanin run -c /etc/fanin/config.yaml
  fanin run -c s3://acme-telemetry/config/fanin.yaml         # with its rules beside it; looked at again each minute
  fanin run --otlp --endpoint http://localhost:4318          # without a configuration file
  OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318 fanin run --stream central --directory accounts.csv";

/// Run the service: read the sources, tag every record, send it on
#[derive(Debug, Args)]
#[command(help_template = HELP, before_help = EXAMPLES)]
pub(super) struct Options {
    #[command(flatten)]
    pub(super) settings: Settings,
    /// How Fanin's own log looks, on stderr; RUST_LOG says how much of it
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Auto)]
    pub(super) log_format: Format,
}

/// Runs the service until it is told to stop.
pub(super) fn run(options: &Options, environment: &Environment) -> Outcome {
    match block_on(options.settings.load_watched(environment, Secrets::All)) {
        Ok((checked, remote)) => service::run(options, environment, checked, remote),
        Err(problems) => Ok(output::refused(&problems)),
    }
}
