//! `fanin run`: the service.

use clap::Args;
use fanin::io::configuration::Secrets;

use super::settings::Settings;
use super::{Environment, HELP, Outcome, block_on, output, service};

const EXAMPLES: &str = "\
Examples:
  fanin run -c /etc/fanin/config.yaml
  fanin run --otlp --endpoint http://localhost:4318          # without a configuration file
  OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318 fanin run --stream central --directory accounts.csv";

/// Run the service: read the sources, tag every record, send it on
#[derive(Debug, Args)]
#[command(help_template = HELP, before_help = EXAMPLES)]
pub(super) struct Options {
    #[command(flatten)]
    pub(super) settings: Settings,
    /// How Fanin's own log looks: for people on a terminal, JSON elsewhere
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = LogFormat::Auto)]
    pub(super) log_format: LogFormat,
}

/// How Fanin's own log looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum LogFormat {
    /// For people on a terminal, JSON elsewhere.
    Auto,
    /// For people.
    Text,
    /// A JSON object a line.
    Json,
}

/// Runs the service until it is told to stop.
pub(super) fn run(options: Options, environment: Environment) -> Outcome {
    match block_on(options.settings.load(environment.clone(), Secrets::All)) {
        Ok(checked) => {
            output::problems(&checked.warnings);
            service::run(options, environment, checked)
        }
        Err(problems) => Ok(output::refused(&problems)),
    }
}
