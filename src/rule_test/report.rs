//! What tests came to: for people, for programs, and as JUnit for CI.

use std::time::Duration;

use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};
use serde_json::{Value, json};

use super::check::Failure;
use super::coverage::Coverage;
use super::said::{number, offset, word};
use crate::config::problem::Problem;
use crate::config::quantity::duration_text;
use crate::evaluator::Standing;
use crate::time::Timestamp;

/// What the tests of some files came to.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Each file, in the order given.
    pub files: Vec<FileReport>,
    /// What all tests show of their rules, those left out by a filter among them.
    pub coverage: Coverage,
}

/// What the tests of one file came to.
#[derive(Clone, Debug)]
pub struct FileReport {
    /// Its name.
    pub name: String,
    /// What is wrong with the file or its rules; then no test ran.
    pub problems: Vec<Problem>,
    /// The tests that ran.
    pub tests: Vec<TestReport>,
}

/// What one test came to.
#[derive(Clone, Debug)]
pub struct TestReport {
    /// Its name.
    pub name: String,
    /// Its line, counting from 1.
    pub line: u64,
    /// The moment that its times are counted from.
    pub start: Timestamp,
    /// What was not as expected.
    pub failures: Vec<Failure>,
    /// What made it impossible to run.
    pub errors: Vec<String>,
    /// What a reader should know beside.
    pub notes: Vec<String>,
}

impl TestReport {
    /// Whether everything was as expected.
    #[must_use]
    pub const fn passed(&self) -> bool {
        self.failures.is_empty() && self.errors.is_empty()
    }
}

impl Report {
    /// How many tests passed and failed. A file that cannot be read is one that failed.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        let tests = || self.files.iter().flat_map(|file| &file.tests);
        let passed = tests().filter(|test| test.passed()).count();
        let broken = self.files.iter().filter(|file| !file.problems.is_empty()).count();
        (passed, tests().count() - passed + broken)
    }

    /// All problems of files and rules.
    pub fn problems(&self) -> impl Iterator<Item = &Problem> {
        self.files.iter().flat_map(|file| &file.problems)
    }

    /// A line for each test, with what failed below it, and a closing line. Problems are not in it.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        for file in &self.files {
            for test in &file.tests {
                let head = if test.passed() { "ok  " } else { "FAIL" };
                text.push_str(&format!("{head} {}:{} {}\n", file.name, test.line, test.name));
                text.push_str(&details(&file.name, test));
            }
        }
        let (passed, failed) = self.counts();
        text.push_str(&format!("{passed} passed, {failed} failed\n"));
        text
    }

    /// Rules without a test that shows them firing, and without one that shows them not firing.
    #[must_use]
    pub fn coverage_text(&self) -> String {
        let (firing, not_firing) = self.coverage.gaps();
        let list = |names: &[&str]| if names.is_empty() { "none".into() } else { names.join(", ") };
        format!(
            "rules without a firing case: {}\nrules without a not-firing case: {}\n",
            list(&firing),
            list(&not_firing)
        )
    }

    /// The same for programs.
    #[must_use]
    pub fn json(&self) -> Value {
        let (passed, failed) = self.counts();
        let (firing, not_firing) = self.coverage.gaps();
        json!({
            "passed": passed,
            "failed": failed,
            "files": self.files.iter().map(file_json).collect::<Vec<_>>(),
            "coverage": { "without_firing_case": firing, "without_not_firing_case": not_firing },
        })
    }

    /// The same as JUnit XML: a suite for each file.
    ///
    /// # Errors
    /// When it cannot be written as XML.
    pub fn junit(&self) -> Result<String, quick_junit::SerializeError> {
        let mut report = quick_junit::Report::new("fanin test");
        for file in &self.files {
            let mut suite = TestSuite::new(file.name.as_str());
            if !file.problems.is_empty() {
                let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
                let problems: Vec<_> = file.problems.iter().map(ToString::to_string).collect();
                let _ = status.set_message("the file cannot be used").set_description(problems.join("\n"));
                let _ = suite.add_test_case(TestCase::new("file", status));
            }
            let _ = suite.add_test_cases(file.tests.iter().map(|test| case(&file.name, test)));
            let _ = report.add_test_suite(suite);
        }
        report.to_string()
    }
}

fn case(file: &str, test: &TestReport) -> TestCase {
    let status = if test.passed() {
        TestCaseStatus::success()
    } else {
        let kind = if test.errors.is_empty() { NonSuccessKind::Failure } else { NonSuccessKind::Error };
        let mut status = TestCaseStatus::non_success(kind);
        let first = test.failures.first().map(|failure| format!("{}: expected {}", failure.about, failure.expected));
        let message = test.errors.first().cloned().or(first).unwrap_or_default();
        let _ = status.set_message(message).set_description(details(file, test));
        status
    };
    let mut case = TestCase::new(test.name.as_str(), status);
    let _ = case.set_classname(format!("{file}:{}", test.line));
    case
}

/// What failed, and how it came to that.
fn details(file: &str, test: &TestReport) -> String {
    let mut text = String::new();
    for error in &test.errors {
        text.push_str(&format!("  {}\n", indented(error, 4)));
    }
    for failure in &test.failures {
        let Failure { line, about, expected, got, trace } = failure;
        text.push_str(&format!("  {file}:{line} {about}\n"));
        text.push_str(&format!("    expected: {}\n", indented(expected, 14)));
        text.push_str(&format!("    got:      {}\n", indented(got, 14)));
        text.push_str(&trace_text(trace, test.start));
    }
    for note in &test.notes {
        text.push_str(&format!("  note: {}\n", indented(note, 8)));
    }
    text
}

fn indented(text: &str, columns: usize) -> String {
    text.replace('\n', &format!("\n{}", " ".repeat(columns)))
}

const HEAD: [&str; 9] =
    ["tick", "outcome", "value", "threshold", "state", "level", "warning since", "critical since", "recovering since"];

/// A table of ticks.
fn trace_text(trace: &[(Duration, Option<Standing>)], start: Timestamp) -> String {
    if trace.is_empty() {
        return String::new();
    }
    let mut rows = vec![HEAD.map(String::from)];
    rows.extend(trace.iter().map(|(at, standing)| row(*at, standing.as_ref(), start)));
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let widths: Vec<_> = (0..HEAD.len()).map(width).collect();
    let mut text = String::new();
    for row in &rows {
        let cells: Vec<_> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        text.push_str(&format!("      {}\n", cells.join("  ").trim_end()));
    }
    text
}

fn row(at: Duration, standing: Option<&Standing>, start: Timestamp) -> [String; 9] {
    let none = || "-".to_owned();
    let tick = duration_text(at);
    let Some(it) = standing else {
        return [tick, none(), none(), none(), "inactive".into(), none(), none(), none(), none()];
    };
    let value = |value: Option<f64>| value.map_or_else(none, number);
    let since = |at: Option<Timestamp>| at.map_or_else(none, |at| offset(at, start));
    [
        tick,
        word(it.outcome),
        value(it.value),
        value(it.threshold),
        word(it.state),
        it.level.map_or_else(none, word),
        since(it.active_warning),
        since(it.active_critical),
        since(it.recovering_since),
    ]
}

fn file_json(file: &FileReport) -> Value {
    let problems: Vec<_> = file.problems.iter().map(ToString::to_string).collect();
    let tests: Vec<_> = file.tests.iter().map(test_json).collect();
    json!({ "file": file.name, "problems": problems, "tests": tests })
}

fn test_json(test: &TestReport) -> Value {
    let failures = test.failures.iter().map(|failure| {
        let trace = failure.trace.iter().map(|(at, standing)| {
            let cells = HEAD.iter().map(|name| name.replace(' ', "_")).zip(row(*at, standing.as_ref(), test.start));
            Value::Object(cells.map(|(name, cell)| (name, cell.into())).collect())
        });
        json!({
            "line": failure.line,
            "about": failure.about,
            "expected": failure.expected,
            "got": failure.got,
            "trace": trace.collect::<Vec<_>>(),
        })
    });
    json!({
        "name": test.name,
        "line": test.line,
        "passed": test.passed(),
        "errors": test.errors,
        "notes": test.notes,
        "failures": failures.collect::<Vec<_>>(),
    })
}
