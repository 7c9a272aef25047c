//! From rule files as written to rules that run: every problem at once, each with its place.

mod reader;
mod file;
mod layers;
mod draft;
mod source;
mod settings;
mod kind;
mod overrides;
mod told;
mod cross;

use super::RuleSet;
use crate::config::problem::{Problem, Severity};

pub(super) use draft::is_of_name;

/// Reads all files of rules, each given by its name and its text; names of rules are unique over all of them.
///
/// The set holds the rules that are right. Where a problem is an error the set is not to be used: a caller that already
/// runs rules keeps those. Problems come in the order of the files, warnings among them.
#[must_use]
pub fn read(files: &[(&str, &str)]) -> (RuleSet, Vec<Problem>) {
    let mut problems = Vec::new();
    let mut drafts = Vec::new();
    for (name, text) in files {
        let (of_file, found) = file::read(name, text);
        drafts.extend(of_file);
        problems.extend(found);
    }
    let rules = cross::rules(drafts, &mut problems);
    let rank = |problem: &Problem| files.iter().position(|(name, _)| **name == *problem.file);
    problems.sort_by(|a, b| {
        (rank(a), &a.place.position, a.code, &a.message).cmp(&(rank(b), &b.place.position, b.code, &b.message))
    });
    problems.dedup();
    (RuleSet { rules }, problems)
}

/// Whether a set with these problems must not be used.
#[must_use]
pub fn is_refused(problems: &[Problem]) -> bool {
    problems.iter().any(|problem| problem.code.severity() == Severity::Error)
}

#[cfg(test)]
mod tests;
