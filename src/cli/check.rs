//! `fanin check`: everything that is wrong with configuration and directory, at once and without AWS.

use std::path::{Path, PathBuf};

use clap::Args;
use fanin::config::check::Checked;
use fanin::config::problem::{Code, Place, Position, Problem, Severity};
use fanin::config::yaml::{self, Document, Value};
use fanin::config::{Config, Route};
use fanin::io::configuration::{Secrets, read_text};
use fanin::io::directory::{FileError, read_file};
use fanin::tenant::{Directory, Facts, State, merge};
use serde_json::json;

use super::settings::Settings;
use super::{Environment, Exit, HELP, Outcome, block_on, output};

const EXAMPLES: &str = "\
Examples:
  fanin check                             # config.yaml in the current folder, and its directory
  fanin check prod.yaml staging.yaml
  fanin check accounts.csv                # a directory alone
  fanin check --strict --json | jq .problems";

/// Check configuration and directory; reports everything that is wrong at once, and needs no AWS
#[derive(Debug, Args)]
#[command(help_template = HELP, before_help = EXAMPLES)]
pub(super) struct Options {
    /// Configurations, directory files, or folders with a config.yaml [default: config.yaml]
    #[arg(value_name = "PATH", env = "FANIN_CONFIG", hide_env_values = true)]
    paths: Vec<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Warnings are findings too: they fail the check
    #[arg(long)]
    strict: bool,
}

/// What one path came to.
struct Report {
    path: PathBuf,
    problems: Vec<Problem>,
    summary: Option<Summary>,
}

/// What is in a path that is right.
#[derive(Clone, Copy, Default)]
struct Summary {
    sources: Option<usize>,
    destinations: Option<usize>,
    accounts: Option<Accounts>,
}

#[derive(Clone, Copy)]
struct Accounts {
    all: usize,
    closed: usize,
}

/// Checks every path, prints what is wrong, and sums up.
pub(super) fn run(options: &Options, environment: &Environment) -> Outcome {
    let default = [PathBuf::from("config.yaml")];
    let paths = if options.paths.is_empty() { &default } else { options.paths.as_slice() };
    let reports: Vec<_> = paths.iter().map(|path| block_on(report(path, environment))).collect();
    let has = |severity| {
        reports.iter().flat_map(|report| &report.problems).any(|problem| problem.code.severity() == severity)
    };
    let failed = has(Severity::Error) || (options.strict && has(Severity::Warning));
    if options.json {
        let problems: Vec<_> = reports.iter().flat_map(|report| &report.problems).map(output::problem_json).collect();
        let files: Vec<_> = reports.iter().map(Report::json).collect();
        output::data_json(&json!({ "ok": !failed, "files": files, "problems": problems }))?;
    } else {
        for report in &reports {
            report.print(if reports.len() > 1 { Some(&report.path) } else { None })?;
        }
    }
    Ok(if failed { Exit::Findings } else { Exit::Done })
}

async fn report(path: &Path, environment: &Environment) -> Report {
    let path = if path.is_dir() { path.join("config.yaml") } else { path.to_owned() };
    let (problems, summary) = match holds_directory(&path).await {
        Ok(true) => directory_alone(&path).await,
        Ok(false) => configuration(&path, environment).await,
        Err(problem) => (vec![problem], None),
    };
    Report { path, problems, summary }
}

/// Whether a file is a directory of accounts and not a configuration: by its extension, else by its shape.
async fn holds_directory(path: &Path) -> Result<bool, Problem> {
    if let Some("csv" | "tsv" | "json") = path.extension().and_then(|extension| extension.to_str()) {
        return Ok(true);
    }
    let text = read_text(path).await?;
    let Ok(Document { root, .. }) = yaml::parse("", &text) else { return Ok(false) };
    let is_account = |key: &str| key == "accounts" || key.bytes().next().is_some_and(|b| b.is_ascii_digit());
    Ok(match root.value {
        Value::List(_) => true,
        Value::Map(members) => members.iter().any(|(key, _)| is_account(&key.text)),
        Value::Null | Value::Text(_) => false,
    })
}

async fn directory_alone(path: &Path) -> (Vec<Problem>, Option<Summary>) {
    match accounts(path).await {
        Ok(facts) => (Vec::new(), Some(Summary { accounts: Some(Accounts::of(&facts)), ..Summary::default() })),
        Err(problems) => (problems, None),
    }
}

async fn configuration(path: &Path, environment: &Environment) -> (Vec<Problem>, Option<Summary>) {
    let Checked { config, mut warnings, .. } =
        match Settings::of_file(path).load(environment, Secrets::LocalFiles).await {
            Ok(checked) => checked,
            Err(problems) => return (problems, None),
        };
    let mut summary = Summary {
        sources: Some(
            config.kinesis.len() + usize::from(config.firehose.is_some()) + usize::from(config.otlp.is_some()),
        ),
        destinations: Some(config.destinations.len()),
        accounts: None,
    };
    if let Some(file) = &config.directory.file {
        match accounts(file).await {
            Ok(facts) => {
                summary.accounts = Some(Accounts::of(&facts));
                warnings.extend(unused_routes(&config, &facts, path));
            }
            Err(problems) => {
                warnings.extend(problems);
                return (warnings, None);
            }
        }
    }
    (warnings, Some(summary))
}

async fn accounts(path: &Path) -> Result<Vec<Facts>, Vec<Problem>> {
    let file: std::sync::Arc<str> = path.display().to_string().into();
    let problem = |code, position, message| Problem {
        code,
        file: file.clone(),
        place: Place { position, key: String::new() },
        message,
    };
    let error = match read_file(path).await {
        Ok(facts) => return Ok(facts),
        Err(error) => error,
    };
    Err(match error {
        FileError::Read { source, .. } => {
            vec![problem(Code::Unreadable, Position::Whole, format!("the directory cannot be read: {source}"))]
        }
        FileError::Content(error) => {
            let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
            let mut problems: Vec<_> = error
                .problems
                .iter()
                .map(|found| {
                    let position = Position::Line { line: count(found.line), column: count(found.column) };
                    problem(Code::Directory, position, found.fault.to_string())
                })
                .collect();
            if error.n_more > 0 {
                problems.push(problem(Code::Directory, Position::Whole, format!("and {} more problems", error.n_more)));
            }
            problems
        }
    })
}

/// Destinations that no account of the directory goes to. With AWS Organizations there are accounts that are not known here.
fn unused_routes(config: &Config, facts: &[Facts], path: &Path) -> Vec<Problem> {
    if config.directory.organizations.is_some() {
        return Vec::new();
    }
    let routes: Vec<Option<Route>> = config.destinations.iter().map(|destination| destination.route.clone()).collect();
    let directory = Directory::new(merge::merge(facts, None), &config.directory.tenant_attribute, &routes);
    let is_for_unassigned = |route: &Route| route.values.contains(fanin::tenant::UNASSIGNED);
    let is_unused =
        |index: usize| directory.entries().all(|entry| !directory.tag(entry.account).destinations.contains(index));
    let problem = |(index, route): (usize, &Route)| Problem {
        code: Code::UnusedRoute,
        file: path.display().to_string().into(),
        place: Place { position: Position::Whole, key: format!("destinations[{index}].route") },
        message: format!("no account of the directory has {} with one of these values", route.attribute),
    };
    let routes = routes.iter().enumerate().filter_map(|(index, route)| Some((index, route.as_ref()?)));
    routes.filter(|(index, route)| !is_for_unassigned(route) && is_unused(*index)).map(problem).collect()
}

impl Accounts {
    fn of(facts: &[Facts]) -> Self {
        let closed = facts.iter().filter(|facts| facts.state == Some(State::Closed)).count();
        Self { all: facts.len(), closed }
    }
}

impl Report {
    fn print(&self, path: Option<&PathBuf>) -> Result<(), super::Failure> {
        output::problems(&self.problems);
        let prefix = path.map(|path| format!("{}: ", path.display())).unwrap_or_default();
        let n = |severity| self.problems.iter().filter(|problem| problem.code.severity() == severity).count();
        match (&self.summary, n(Severity::Error)) {
            (Some(summary), 0) => output::data(&format!("{prefix}ok: {summary}\n")),
            (_, n_errors) => output::data(&format!("{prefix}failed: {}\n", counted(n_errors, "error"))),
        }
    }

    fn json(&self) -> serde_json::Value {
        let summary = self.summary.unwrap_or_default();
        json!({
            "path": self.path.display().to_string(),
            "ok": self.problems.iter().all(|problem| problem.code.severity() == Severity::Warning),
            "sources": summary.sources,
            "destinations": summary.destinations,
            "accounts": summary.accounts.map(|accounts| accounts.all),
            "accounts_closed": summary.accounts.map(|accounts| accounts.closed),
        })
    }
}

/// `3 sources, 2 destinations, 6012 accounts (12 closed)`
impl std::fmt::Display for Summary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut parts = Vec::new();
        parts.extend(self.sources.map(|n| counted(n, "source")));
        parts.extend(self.destinations.map(|n| counted(n, "destination")));
        parts.extend(self.accounts.map(|accounts| {
            let closed = if accounts.closed > 0 { format!(" ({} closed)", accounts.closed) } else { String::new() };
            format!("{}{closed}", counted(accounts.all, "account"))
        }));
        f.write_str(&parts.join(", "))
    }
}

fn counted(n: usize, noun: &str) -> String {
    let plural = if n == 1 { "" } else { "s" };
    format!("{n} {noun}{plural}")
}
