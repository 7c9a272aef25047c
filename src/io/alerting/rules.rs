//! Files of rules from the disk.

use std::path::{Path, PathBuf};

use crate::config::problem::{Code, Place, Problem};
use crate::io::clock;
use crate::io::configuration::read_text;
use crate::notify::route::Routes;
use crate::rule::read::{is_refused, read};
use crate::rule::{Rule, RuleSet};
use crate::rule_test::is_test_file;
use crate::tenant::Directory;

/// Reads files of rules, and those in folders and their folders; files of tests are left out. Warnings are logged.
///
/// # Errors
/// With everything that is wrong, in all files.
pub async fn read_rules(paths: &[PathBuf]) -> Result<RuleSet, Vec<Problem>> {
    let mut files = Vec::new();
    for path in paths {
        find(path, &mut files).map_err(|problem| vec![problem])?;
    }
    let mut texts = Vec::new();
    for path in &files {
        texts.push((path.display().to_string(), read_text(path).await.map_err(|problem| vec![problem])?));
    }
    let named: Vec<_> = texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let (rules, problems) = read(&named);
    if is_refused(&problems) {
        return Err(problems);
    }
    problems.iter().for_each(|problem| tracing::warn!("{problem}"));
    Ok(rules)
}

/// Adds a file, or all files of rules in a folder and its folders, by name. Hidden ones are left out.
///
/// # Errors
/// When a folder cannot be read.
pub fn find(path: &Path, files: &mut Vec<PathBuf>) -> Result<(), Problem> {
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    let unreadable = |error: std::io::Error| Problem {
        code: Code::Unreadable,
        file: path.display().to_string().into(),
        place: Place::default(),
        message: error.to_string(),
    };
    let entries = std::fs::read_dir(path).and_then(Iterator::collect::<Result<Vec<_>, _>>).map_err(unreadable)?;
    let mut names: Vec<_> = entries.into_iter().map(|entry| entry.file_name()).collect();
    names.sort();
    for name in names {
        let (child, name) = (path.join(&name), name.to_string_lossy());
        let is_rules = (name.ends_with(".yaml") || name.ends_with(".yml")) && !is_test_file(&name);
        // A link to a folder could lead back to this one.
        let is_folder = child.is_dir() && !child.is_symlink();
        if !name.starts_with('.') && (is_folder || (child.is_file() && is_rules)) {
            find(&child, files)?;
        }
    }
    Ok(())
}

/// Logs what is not wrong, and worth knowing: classes that lead to nobody, overrides that are over, memory.
pub(super) fn warn(rules: &RuleSet, routes: &Routes, directory: &Directory) {
    let accounts = directory.entries().len();
    for problem in rules.heavy(accounts).iter().chain(&rules.expired(clock::now())) {
        tracing::warn!("{problem}");
    }
    for rule in &rules.rules {
        for message in leads_nowhere(rule, routes) {
            tracing::warn!(rule = &*rule.name, "{message}");
        }
    }
}

/// What is wrong with whom a rule would tell.
pub fn leads_nowhere(rule: &Rule, routes: &Routes) -> Vec<String> {
    let notify = &rule.settings.notify;
    let classes = notify.critical.iter().chain(&notify.warning);
    classes.filter_map(|class| routes.leads(class, notify.route.as_deref()).err()).collect()
}
