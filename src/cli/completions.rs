//! `fanin completions`: what a shell needs to complete commands.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Cli, Exit, HELP, Outcome, output};

const EXAMPLES: &str = "\
Examples:
  fanin completions bash > /etc/bash_completion.d/fanin
  fanin completions zsh > ~/.zfunc/_fanin
  fanin completions fish > ~/.config/fish/completions/fanin.fish";

/// Print the completion script of a shell
#[derive(Debug, Args)]
#[command(help_template = HELP, before_help = EXAMPLES)]
pub(super) struct Options {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the script.
pub(super) fn run(options: &Options) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut Cli::command(), "fanin", &mut script);
    output::data(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}
