//! Tests of rules, as their authors write them: samples at times in, states and notifications at times out.
//!
//! A test has a directory of accounts, log records and metric points that come in, what happens to the pipeline meanwhile, and
//! what must be seen. It runs on the code that runs in production, by a clock that nobody waits for. The file format stands
//! in `keys`, times are offsets from the `start` of a test.

use crate::config::problem::Problem;

mod keys;
pub mod series;
pub mod file;
mod read;
pub mod schema;
pub mod engine;
mod said;
mod group;
mod stage;
mod take;
mod feed;
mod lanes;
mod watch;
mod check;
mod coverage;
pub mod run;
pub mod report;

pub use check::Failure;
pub use coverage::{Coverage, Shown};
pub use read::read;
pub use run::ReadRules;

use engine::Engine;
use report::{FileReport, Report, TestReport};

/// Whether a file of this name holds tests: `x.test.yaml`, `x.tests.yaml` or `tests.yaml`, or the same with `.yml`.
#[must_use]
pub fn is_test_file(name: &str) -> bool {
    let stem = name.strip_suffix(".yaml").or_else(|| name.strip_suffix(".yml"));
    stem.is_some_and(|stem| stem == "tests" || [".test", ".tests"].iter().any(|end| stem.ends_with(end)))
}

/// Runs the tests of some files: of each its name and its text.
///
/// `load` gives the text of a rule file by its path, which is that of the test file's folder and what the test file says.
/// `rules` reads rules. Only tests whose name has `filter` in it run.
#[must_use]
pub fn run_files<E: Engine>(
    files: &[(&str, &str)],
    load: &dyn Fn(&str) -> Result<String, String>,
    rules: ReadRules,
    filter: Option<&str>,
) -> Report {
    let mut report = Report::default();
    for (name, text) in files {
        let mut of_file = FileReport { name: (*name).into(), problems: Vec::new(), tests: Vec::new() };
        match run_file::<E>((name, text), load, rules, filter, &mut report.coverage) {
            Ok(tests) => of_file.tests = tests,
            Err(problems) => of_file.problems = problems,
        }
        report.files.push(of_file);
    }
    report
}

fn run_file<E: Engine>(
    (name, text): (&str, &str),
    load: &dyn Fn(&str) -> Result<String, String>,
    rules: ReadRules,
    filter: Option<&str>,
    coverage: &mut Coverage,
) -> Result<Vec<TestReport>, Vec<Problem>> {
    let file = read(name, text, load)?;
    let library = run::Library::new(rules);
    let rules = library.rules(&file.rules)?;
    coverage.add(&rules, &file.tests);
    let wanted = file.tests.iter().filter(|test| filter.is_none_or(|filter| test.name.contains(filter)));
    let run = |test: &file::Test| {
        let (name, line) = (test.name.clone(), test.line);
        match run::run::<E>(test, &rules, &library) {
            Ok(seen) => {
                let failures = check::check(test, &seen, &rules);
                TestReport { name, line, start: test.start, failures, errors: Vec::new(), notes: seen.notes }
            }
            Err(errors) => {
                TestReport { name, line, start: test.start, failures: Vec::new(), errors, notes: Vec::new() }
            }
        }
    };
    Ok(wanted.map(run).collect())
}

#[cfg(test)]
mod tests;
