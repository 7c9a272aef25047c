//! `fanin config`: what the configuration comes to.

use clap::Args;
use fanin::config::{effective, render};
use fanin::io::configuration::Secrets;

use super::settings::Settings;
use super::{Environment, Exit, HELP, Outcome, block_on, output};

const EXAMPLES: &str = "\
Examples:
  fanin config --effective                      # every value, with where it came from
  fanin config --effective -c prod.yaml --json";

/// Print the configuration as it would run; secrets are left out
#[derive(Debug, Args)]
#[command(help_template = HELP, before_help = EXAMPLES)]
pub(super) struct Options {
    #[command(flatten)]
    settings: Settings,
    /// Print every value, defaults too, with where it came from
    #[arg(long, required = true)]
    effective: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Prints the effective configuration.
pub(super) fn run(options: &Options, environment: &Environment) -> Outcome {
    debug_assert!(options.effective, "clap requires it");
    let checked = match block_on(options.settings.load(environment, Secrets::LocalFiles)) {
        Ok(checked) => checked,
        Err(problems) => return Ok(output::refused(&problems)),
    };
    let tree = effective::tree(&checked.config);
    if options.json {
        output::data_json(&render::json(&tree, &checked.origins))?;
    } else {
        output::data(&render::yaml(&tree, &checked.origins))?;
    }
    Ok(Exit::Done)
}
