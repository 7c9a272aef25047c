//! `fanin version`: which program this is.

use clap::Args;
use serde_json::json;

use super::{Exit, HELP, Outcome, output};

const EXAMPLES: &str = "\
Examples:
  fanin version
  fanin version --json";

/// Print the version
#[derive(Debug, Args)]
#[command(help_template = HELP, before_help = EXAMPLES)]
pub(super) struct Options {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Prints the version.
pub(super) fn run(options: &Options) -> Outcome {
    let (version, target) = (env!("CARGO_PKG_VERSION"), format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS));
    if options.json {
        output::data_json(&json!({ "name": "fanin", "version": version, "target": target }))?;
    } else {
        output::data(&format!("fanin {version} ({target})\n"))?;
    }
    Ok(Exit::Done)
}
