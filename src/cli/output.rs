//! Data goes to stdout, talk to stderr; colour only where a terminal shows it and `NO_COLOR` is not set.

use std::io::{ErrorKind, Write};

use clap::builder::styling::{AnsiColor, Style};
use fanin::config::problem::{Problem, Severity};
use serde_json::{Value, json};

use super::{Exit, Failure};

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const GOOD: Style = AnsiColor::Green.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default().bold();

/// Prints data. A reader that has seen enough (`| head`) is no failure.
pub(super) fn data(text: &str) -> Result<(), Failure> {
    goes_on(text).map(drop)
}

/// Prints data: whether someone reads on.
pub(super) fn goes_on(text: &str) -> Result<bool, Failure> {
    let mut stdout = anstream::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(Failure::new(Exit::Io, anyhow::Error::new(error).context("cannot write to standard output"))),
    }
}

/// Prints data for programs.
pub(super) fn data_json(value: &Value) -> Result<(), Failure> {
    data(&format!("{value:#}\n"))
}

/// Says something to the person at the terminal.
pub(super) fn talk(text: &str) {
    anstream::eprintln!("{}", text.trim_end());
}

/// Tells what failed, why, and what to do.
pub(super) fn failure(failure: &Failure) {
    anstream::eprintln!("{ERROR}error:{ERROR:#} {}", failure.error);
    for cause in failure.error.chain().skip(1) {
        anstream::eprintln!("  because {cause}");
    }
    if let Some(hint) = &failure.hint {
        anstream::eprintln!("{HINT}hint:{HINT:#} {hint}");
    }
}

/// Tells problems, one a line.
pub(super) fn problems(problems: &[Problem]) {
    for problem in problems {
        let style = match problem.code.severity() {
            Severity::Error => ERROR,
            Severity::Warning => WARNING,
        };
        let text = problem.to_string();
        let (code, rest) = text.split_at(problem.code.as_str().len());
        anstream::eprintln!("{style}{code}{style:#}{rest}");
    }
}

/// Tells that a configuration cannot be used: its problems and where they are explained.
pub(super) fn refused(list: &[Problem]) -> Exit {
    problems(list);
    let n_errors = list.iter().filter(|problem| problem.code.severity() == Severity::Error).count();
    let plural = if n_errors == 1 { "" } else { "s" };
    anstream::eprintln!(
        "{ERROR}error:{ERROR:#} the configuration cannot be used: {n_errors} error{plural}; docs/errors.md explains the codes"
    );
    Exit::Config
}

/// A problem for programs.
pub(super) fn problem_json(problem: &Problem) -> Value {
    use fanin::config::problem::Position;
    let (line, column, given_by) = match &problem.place.position {
        Position::Whole => (None, None, None),
        Position::Line { line, column } => (Some(line), Some(column), None),
        Position::Flag(flag) => (None, None, Some(*flag)),
        Position::Variable(variable) => (None, None, Some(variable.as_str())),
    };
    let severity = match problem.code.severity() {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    json!({
        "code": problem.code.as_str(), "severity": severity, "file": problem.file.as_ref(), "line": line,
        "column": column, "given_by": given_by, "key": problem.place.key, "message": problem.message,
    })
}

/// A word in the colour of how things are.
pub(super) fn colored(severity: Option<Severity>, word: &str) -> String {
    let style = match severity {
        None => GOOD,
        Some(Severity::Warning) => WARNING,
        Some(Severity::Error) => ERROR,
    };
    format!("{style}{word}{style:#}")
}
