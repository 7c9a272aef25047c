//! `fanin demo`: a whole fleet on this machine.

use std::net::SocketAddr;
use std::time::Duration;

use clap::Args;
use fanin::config::quantity;
use fanin::simulate::scenario::Scenario;

use super::{Environment, HELP, Outcome};

const EXAMPLES: &str = "\
Examples:
  fanin demo
  fanin demo --scenario region-outage
  fanin demo --accounts 200 --rate 500 --exit-after 30s --json
  OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318 fanin demo";

/// Run a simulated fleet through the real path, on this machine and without AWS
#[derive(Debug, Args)]
#[command(help_template = HELP, before_help = EXAMPLES)]
pub(super) struct Options {
    /// How many AWS accounts are simulated
    #[arg(long, value_name = "N", default_value_t = 6_000, value_parser = clap::value_parser!(u32).range(1..=50_000))]
    pub(super) accounts: u32,
    /// Log events a second, over all accounts
    #[arg(long, value_name = "N", default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(super) rate: u32,
    /// The same seed gives the same accounts and the same telemetry
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(super) seed: u64,
    /// What happens: quiet, bad-deploy, noisy-tenant, region-outage, silent-accounts or pipeline-lag
    #[arg(long, value_name = "NAME", default_value_t)]
    pub(super) scenario: Scenario,
    /// Listen on this address and port [default: 127.0.0.1:8080, or a free port where that one is taken]
    #[arg(long, env = "FANIN_LISTEN", value_name = "ADDRESS", hide_env_values = true)]
    pub(super) listen: Option<SocketAddr>,
    /// Do not open the page in a browser; without a terminal it is never opened
    #[arg(long)]
    pub(super) no_open: bool,
    /// Stop after this time, such as 30s, instead of at Ctrl-C
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(super) exit_after: Option<Duration>,
    /// Print one line of JSON at the end: what was sent, delivered, rejected, lost and duplicated
    #[arg(long)]
    pub(super) json: bool,
}

fn duration(text: &str) -> Result<Duration, String> {
    quantity::duration(text).map_err(|error| format!("it {error}"))
}

/// Runs the demo until Ctrl-C or the time is up.
pub(super) fn run(options: &Options, environment: &Environment) -> Outcome {
    crate::cli::service::demo(options, environment)
}
