//! `fanin test`: runs the tests of rules, on the code that evaluates them in production and by a clock that nobody waits for.

use std::path::{Path, PathBuf};

use clap::Args;
use fanin::alerting::Alerting;
use fanin::config::problem::Problem;
use fanin::io::configuration::read_text;
use fanin::io::rule_files::find;
use fanin::rule_test::report::Report;
use fanin::rule_test::{is_test_file, run_files};
use serde_json::json;

use super::{Exit, Failure, HELP, Outcome, block_on, output};

const EXAMPLES: &str = "\
Examples:
  fanin test                               # every *.test.yaml and tests.yaml below this folder
  fanin test alerts/checkout.test.yaml --filter stall
  fanin test alerts --coverage             # and which rules have no test
  fanin test --junit results.xml           # for CI";

const FILE: &str = "\
A file of tests:
  rule_files: [rules.yaml]                 # beside this file
  tenants: [{account: \"111111111111\", tenant: acme, tier: gold}]
  tests:
    - name: fires from 20 timeouts in 5 minutes on
      input_logs:
        - {account: all, every: 12s, until: 10m, fields: {level: ERROR, message: timeout}}
      expect:                              # at: the tick, as time since the test began
        - {at: 6m, alert: PaymentTimeouts, account: \"111111111111\", state: firing, level: critical}
        - {at: 20m, alert: PaymentTimeouts, alerts: []}

Metrics are written as for promtool; pipeline events stall, restart and duplicate what comes in;
expect_notifications says of what people are told. `fanin schema rule-tests` has every key.";

/// Run tests of rules: log records and metrics at times in, alerts and notifications at times out
#[derive(Debug, Args)]
#[command(help_template = HELP, before_help = EXAMPLES, after_help = FILE)]
pub(super) struct Options {
    /// Files of tests, or folders that are searched for them [default: this folder]
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Only tests whose name has this text in it
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// Tell which rules no test shows firing, and which no test shows not firing
    #[arg(long)]
    coverage: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Write a JUnit report as well
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
}

/// Runs the tests, tells what failed, and sums up.
pub(super) fn run(options: &Options) -> Outcome {
    let default = [PathBuf::from(".")];
    let paths = if options.paths.is_empty() { &default } else { options.paths.as_slice() };
    let mut files = Vec::new();
    for path in paths {
        match files_of(path) {
            Ok(found) => files.extend(found),
            Err(problem) => {
                output::problems(&[problem]);
                return Ok(Exit::Io);
            }
        }
    }
    if files.is_empty() {
        let error = anyhow::anyhow!("no file of tests was found");
        let hint = "files of tests are called *.test.yaml, *.tests.yaml or tests.yaml; `fanin test --help` shows one";
        return Err(Failure::new(Exit::Usage, error).hint(hint));
    }
    let texts = files.iter().map(|path| Ok((path.display().to_string(), text(path)?)));
    let texts: Vec<(String, String)> = match texts.collect::<Result<_, Problem>>() {
        Ok(texts) => texts,
        Err(problem) => {
            output::problems(&[problem]);
            return Ok(Exit::Io);
        }
    };
    let texts: Vec<_> = texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let load = |path: &str| text(Path::new(path)).map_err(|problem| problem.message);
    let report = run_files::<Alerting>(&texts, &load, fanin::rule::read::read, options.filter.as_deref());
    if let Some(path) = &options.junit {
        write_junit(&report, path)?;
    }
    print(options, &report)?;
    // A filter with a slip in it must not pass for a success.
    Ok(if ran_nothing(options, &report) { Exit::Usage } else { exit(&report) })
}

fn ran_nothing(options: &Options, report: &Report) -> bool {
    options.filter.is_some() && report.counts() == (0, 0)
}

fn exit(report: &Report) -> Exit {
    match report.counts() {
        (_, 0) => Exit::Done,
        _ if report.problems().next().is_some() => Exit::Config,
        _ => Exit::Findings,
    }
}

fn print(options: &Options, report: &Report) -> Result<(), Failure> {
    if options.json {
        let mut value = report.json();
        value["problems"] = json!(report.problems().map(output::problem_json).collect::<Vec<_>>());
        return output::data_json(&value);
    }
    let problems: Vec<_> = report.problems().cloned().collect();
    output::problems(&problems);
    if options.coverage {
        output::data(&report.coverage_text())?;
    }
    output::data(&report.text())?;
    if ran_nothing(options, report) {
        output::talk("no test has a name with that text in it");
    }
    Ok(())
}

fn text(path: &Path) -> Result<String, Problem> {
    block_on(read_text(path))
}

/// A file, or all files of tests below a folder, in the order of their names. Hidden folders are left out.
///
/// # Errors
/// When a folder cannot be read.
pub(super) fn files_of(path: &Path) -> Result<Vec<PathBuf>, Problem> {
    let mut files = Vec::new();
    find(path, is_test_file, &mut files)?;
    // Below this folder a file is called as people call it.
    Ok(files.into_iter().map(|file| file.strip_prefix(".").map(Path::to_owned).unwrap_or(file)).collect())
}

fn write_junit(report: &Report, path: &Path) -> Result<(), Failure> {
    let failed =
        |error: anyhow::Error| Failure::new(Exit::Io, error.context(format!("cannot write {}", path.display())));
    let text = report.junit().map_err(|error| failed(error.into()))?;
    std::fs::write(path, text).map_err(|error| failed(error.into()))
}
