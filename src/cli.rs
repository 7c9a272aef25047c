//! The commands, one file each, and what they share: exit codes, help, errors.

mod output;
mod browser;
mod service;
mod settings;
mod rules;
mod demo;
mod run;
mod check;
mod explain;
mod decode;
mod test;
mod replay;
mod init;
mod doctor;
mod remote;
mod config;
mod schema;
mod completions;
mod healthcheck;
mod version;

use std::collections::BTreeMap;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

/// Help begins with what the command is and how it is used in practice; the reference comes after.
const HELP: &str = "{about-with-newline}\n{before-help}{usage-heading} {usage}\n\n{all-args}{after-help}";

const EXAMPLES: &str = "\
Examples:
  fanin demo                               # a fleet of 6,000 simulated accounts on this machine
  fanin init && fanin run -c config.yaml   # begin with a commented configuration
  fanin decode payload.gz                  # what a CloudWatch payload becomes";

const EXIT_CODES: &str = "\
Exit codes:
  0   done            1   findings, or something failed
  2   wrong usage     69  something needed is unavailable
  74  cannot read or write a file
  75  another fanin took over: start again, to stand by
  78  the configuration is wrong";

/// Fanin gathers the logs and metrics of a fleet of AWS accounts and sends them on over OTLP, tagged by tenant.
#[derive(Debug, Parser)]
#[command(name = "fanin", version, about, help_template = HELP, before_help = EXAMPLES, after_help = EXIT_CODES)]
#[command(disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Options),
    Run(run::Options),
    Check(check::Options),
    Explain(explain::Options),
    Test(test::Options),
    Decode(decode::Options),
    Replay(replay::Options),
    Init(init::Options),
    Doctor(doctor::Options),
    Tail(remote::tail::Options),
    Alerts(remote::alerts::Options),
    Accounts(remote::accounts::Options),
    Rules(remote::rules::Options),
    Silence(remote::silence::Options),
    Quotas(remote::quotas::Options),
    Cost(remote::cost::Options),
    Config(config::Options),
    Schema(schema::Options),
    Completions(completions::Options),
    Healthcheck(healthcheck::Options),
    Version(version::Options),
}

/// How a command ended. The numbers are of `sysexits.h` where it has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exit {
    /// Done.
    Done = 0,
    /// There are findings, or something failed.
    Findings = 1,
    /// The command line is wrong.
    Usage = 2,
    /// Something that is needed is unavailable.
    Unavailable = 69,
    /// A file cannot be read or written.
    Io = 74,
    /// Another process is active, or may be soon: started again, this one stands by.
    StandBy = 75,
    /// The configuration is wrong.
    Config = 78,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command failed, for people.
#[derive(Debug)]
struct Failure {
    exit: Exit,
    /// What happened, and why.
    error: anyhow::Error,
    /// What to do about it.
    hint: Option<String>,
}

impl Failure {
    fn new(exit: Exit, error: impl Into<anyhow::Error>) -> Self {
        Self { exit, error: error.into(), hint: None }
    }

    fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

type Outcome = Result<Exit, Failure>;
type Environment = BTreeMap<String, String>;

/// Parses the command line, runs the command and tells how it ended.
pub(crate) fn main() -> ExitCode {
    let cli = Cli::parse();
    let Some(command) = cli.command else {
        output::talk(&Cli::command().render_help().ansi().to_string());
        return Exit::Usage.into();
    };
    let outcome = run(command, &environment());
    settings::remove_copies();
    match outcome {
        Ok(exit) => exit.into(),
        Err(failure) => {
            output::failure(&failure);
            failure.exit.into()
        }
    }
}

fn run(command: Command, environment: &Environment) -> Outcome {
    match command {
        Command::Demo(options) => demo::run(&options, environment),
        Command::Run(options) => run::run(&options, environment),
        Command::Check(options) => check::run(&options, environment),
        Command::Explain(options) => explain::run(&options, environment),
        Command::Test(options) => test::run(&options),
        Command::Decode(options) => decode::run(&options, environment),
        Command::Replay(options) => replay::run(&options, environment),
        Command::Init(options) => init::run(&options),
        Command::Doctor(options) => doctor::run(&options, environment),
        Command::Tail(options) => remote::tail::run(&options, environment),
        Command::Alerts(options) => remote::alerts::run(&options, environment),
        Command::Accounts(options) => remote::accounts::run(&options, environment),
        Command::Rules(options) => remote::rules::run(&options, environment),
        Command::Silence(options) => remote::silence::run(&options, environment),
        Command::Quotas(options) => remote::quotas::run(&options, environment),
        Command::Cost(options) => remote::cost::run(&options, environment),
        Command::Config(options) => config::run(&options, environment),
        Command::Schema(options) => schema::run(&options),
        Command::Completions(options) => completions::run(&options),
        Command::Healthcheck(options) => healthcheck::run(&options, environment),
        Command::Version(options) => version::run(&options),
    }
}

/// The environment, read once. Names and values that are not UTF-8 are nobody's that we know.
fn environment() -> Environment {
    let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    std::env::vars_os().filter_map(text).collect()
}

/// Runs a future to its end on a runtime of one thread: enough for everything but the service.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("the system gives a process its event queue").block_on(future)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
