//! `fanin check`: everything that is wrong with configuration, directory, rules and their tests, at once and without AWS.

mod kind;
mod rules;

use std::path::{Path, PathBuf};

use clap::Args;
use fanin::config::check::Checked;
use fanin::config::problem::{Code, Place, Position, Problem, Severity};
use fanin::config::{Config, Route};
use fanin::io::configuration::Secrets;
use fanin::io::directory::{FileError, read_file};
use fanin::tenant::{Directory, Facts, State, merge};
use kind::Kind;
use rules::Coverage;
use serde_json::json;

use super::settings::Settings;
use super::{Environment, Exit, HELP, Outcome, block_on, output};

const EXAMPLES: &str = "\
Examples:
  fanin check                             # config.yaml in the current folder, its directory and its rules
  fanin check prod.yaml staging.yaml
  fanin check accounts.csv                # a directory alone
  fanin check rules accounts.csv          # rules and their tests, and the accounts that they are for
  fanin check --verbose rules             # and which series each metric is taken from, and the memory of each rule
  fanin check --strict --json | jq .problems";

/// Check configuration, directory, rules and their tests; reports everything that is wrong at once, and needs no AWS
#[derive(Debug, Args)]
#[command(help_template = HELP, before_help = EXAMPLES)]
pub(super) struct Options {
    /// Configurations, directory files, files of rules or of their tests, or folders [default: config.yaml]
    #[arg(value_name = "PATH", env = "FANIN_CONFIG", hide_env_values = true)]
    paths: Vec<PathBuf>,
    /// Tell of each rule how many groups it will hold, and which series its metrics are taken from
    #[arg(long)]
    verbose: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Warnings are findings too: they fail the check
    #[arg(long)]
    strict: bool,
}

/// What one path came to. Files of rules that are named together are one set, and one report.
struct Report {
    path: String,
    problems: Vec<Problem>,
    summary: Option<Summary>,
}

/// What is in a path that is right.
#[derive(Clone, Default)]
struct Summary {
    sources: Option<usize>,
    destinations: Option<usize>,
    accounts: Option<Accounts>,
    tags: Option<usize>,
    coverage: Option<Coverage>,
    tests: Option<usize>,
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
    let reports = reports(paths, environment);
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
            report.print(if reports.len() > 1 { Some(&report.path) } else { None }, options.verbose)?;
        }
    }
    Ok(if failed { Exit::Findings } else { Exit::Done })
}

/// One report for each path, in their order; what is of rules comes last, for it is about the accounts of the others.
fn reports(paths: &[PathBuf], environment: &Environment) -> Vec<Report> {
    let (mut reports, mut of_rules, mut named) = (Vec::new(), kind::Rules::default(), Vec::new());
    for path in paths {
        let (path, kind) = match kind::of(path, &mut of_rules) {
            Ok(found) => found,
            Err(problem) => {
                reports.push(Report { path: path.display().to_string(), problems: vec![problem], summary: None });
                continue;
            }
        };
        let (problems, summary) = match kind {
            Kind::Configuration => configuration(&path, environment),
            Kind::Directory => directory_alone(&path, &mut of_rules),
            Kind::Rules => {
                named.push(path.display().to_string());
                continue;
            }
        };
        reports.push(Report { path: path.display().to_string(), problems, summary });
    }
    if !named.is_empty() {
        let (problems, summary) = rules_alone(&of_rules);
        reports.push(Report { path: named.join(", "), problems, summary });
    }
    reports
}

fn directory_alone(path: &Path, of_rules: &mut kind::Rules) -> (Vec<Problem>, Option<Summary>) {
    match block_on(accounts(path)) {
        Ok(facts) => {
            let summary = Summary { accounts: Some(Accounts::of(&facts)), ..Summary::default() };
            of_rules.facts.get_or_insert_default().extend(facts);
            (Vec::new(), Some(summary))
        }
        Err(problems) => (problems, None),
    }
}

fn rules_alone(found: &kind::Rules) -> (Vec<Problem>, Option<Summary>) {
    let tenant_attribute = Config::default().directory.tenant_attribute;
    let directory =
        found.facts.as_ref().map(|facts| Directory::new(merge::merge(facts, None), &tenant_attribute, &[None]));
    let (mut problems, coverage) = rules::check(&found.rules, directory.as_ref());
    let (of_tests, tests) = rules::check_tests(&found.tests);
    problems.extend(of_tests);
    let tests = (!found.tests.is_empty()).then_some(tests);
    (problems, Some(Summary { coverage, tests, ..Summary::default() }))
}

fn configuration(path: &Path, environment: &Environment) -> (Vec<Problem>, Option<Summary>) {
    let Checked { config, warnings: mut problems, origins } =
        match block_on(Settings::of_file(path).load(environment, Secrets::LocalFiles)) {
            Ok(checked) => checked,
            Err(problems) => return (problems, None),
        };
    let mut summary = Summary {
        sources: Some(
            config.kinesis.len() + usize::from(config.firehose.is_some()) + usize::from(config.otlp.is_some()),
        ),
        destinations: Some(config.destinations.len()),
        tags: Some(config.directory.tags.len()).filter(|tags| *tags > 0),
        ..Summary::default()
    };
    let mut directory = None;
    if let Some(file) = &config.directory.file {
        match block_on(accounts(file)) {
            Ok(facts) => {
                summary.accounts = Some(Accounts::of(&facts));
                problems.extend(unused_routes(&config, &facts, path));
                let entries = merge::merge(&facts, None);
                directory = Some(Directory::new(entries, &config.directory.tenant_attribute, &[None]));
            }
            Err(of_directory) => problems.extend(of_directory),
        }
    }
    // With AWS Organizations there are accounts that are not known here.
    let directory = directory.filter(|_| config.directory.organizations.is_none());
    problems.extend(rules::check_settings(&config, &origins));
    if !config.alerting.rules.is_empty() {
        let (of_rules, coverage) = rules::check_configured(&config, directory.as_ref());
        problems.extend(of_rules);
        summary.coverage = coverage;
    }
    (problems, Some(summary))
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
    fn print(&self, path: Option<&String>, verbose: bool) -> Result<(), super::Failure> {
        output::problems(&self.problems);
        let prefix = path.map(|path| format!("{path}: ")).unwrap_or_default();
        let n = |severity| self.problems.iter().filter(|problem| problem.code.severity() == severity).count();
        match (&self.summary, n(Severity::Error)) {
            (Some(summary), 0) => {
                output::data(&format!("{prefix}ok: {summary}\n"))?;
                match &summary.coverage {
                    Some(coverage) => output::data(&coverage.text(verbose)),
                    None => Ok(()),
                }
            }
            (_, n_errors) => output::data(&format!("{prefix}failed: {}\n", counted(n_errors, "error"))),
        }
    }

    fn json(&self) -> serde_json::Value {
        let summary = self.summary.clone().unwrap_or_default();
        json!({
            "path": self.path,
            "ok": self.problems.iter().all(|problem| problem.code.severity() == Severity::Warning),
            "sources": summary.sources,
            "destinations": summary.destinations,
            "accounts": summary.accounts.map(|accounts| accounts.all),
            "accounts_closed": summary.accounts.map(|accounts| accounts.closed),
            "tags": summary.tags,
            "tests": summary.tests,
            "rules": summary.coverage.as_ref().map(Coverage::json),
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
        parts.extend(self.tags.map(|n| format!("a scheme of {}", counted(n, "tag"))));
        parts.extend(self.coverage.as_ref().map(|coverage| counted(coverage.n_rules(), "rule")));
        parts.extend(self.tests.map(|n| counted(n, "test")));
        f.write_str(&parts.join(", "))
    }
}

fn counted(n: usize, noun: &str) -> String {
    let plural = if n == 1 { "" } else { "s" };
    format!("{n} {noun}{plural}")
}
