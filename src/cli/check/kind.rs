//! What a path holds, told by its content: a configuration, a directory of accounts, rules, or tests of rules.

use std::path::{Path, PathBuf};

use fanin::config::problem::Problem;
use fanin::config::yaml::{self, Document, Value};
use fanin::io::configuration::read_text;
use fanin::io::rule_files::{Text, find, is_rules_file};
use fanin::rule_test::is_test_file;
use fanin::tenant::Facts;

use crate::cli::block_on;

/// What a path is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A configuration.
    Configuration,
    /// Accounts and their tenants.
    Directory,
    /// Rules or their tests, or a folder of them.
    Rules,
}

/// Files of rules and of tests, in the order in which they were named, and accounts that were named beside them.
#[derive(Debug, Default)]
pub(super) struct Rules {
    pub(super) rules: Vec<Text>,
    pub(super) tests: Vec<Text>,
    pub(super) facts: Option<Vec<Facts>>,
}

/// What one file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holds {
    Configuration,
    Directory,
    Rules,
    Tests,
}

/// What a path is for, and the file to read; rules and tests are read already. A folder with a `config.yaml` stands for that.
pub(super) fn of(path: &Path, found: &mut Rules) -> Result<(PathBuf, Kind), Problem> {
    if path.is_dir() {
        let config = path.join("config.yaml");
        if config.exists() {
            return Ok((config, Kind::Configuration));
        }
        let (rules, tests) = (found.rules.len(), found.tests.len());
        folder(path, found)?;
        let is_empty = (rules, tests) == (found.rules.len(), found.tests.len());
        return Ok(if is_empty { (config, Kind::Configuration) } else { (path.into(), Kind::Rules) });
    }
    if let Some("csv" | "tsv" | "json") = path.extension().and_then(|extension| extension.to_str()) {
        return Ok((path.into(), Kind::Directory));
    }
    let text = block_on(read_text(path))?;
    let kind = match holds(path, &text) {
        Holds::Configuration => Kind::Configuration,
        Holds::Directory => Kind::Directory,
        Holds::Rules => {
            found.rules.push((path.display().to_string(), text));
            Kind::Rules
        }
        Holds::Tests => {
            found.tests.push((path.display().to_string(), text));
            Kind::Rules
        }
    };
    Ok((path.into(), kind))
}

/// All rules and tests below a folder.
fn folder(path: &Path, found: &mut Rules) -> Result<(), Problem> {
    let mut files = Vec::new();
    find(path, is_rules_file, &mut files)?;
    for file in files {
        let text = block_on(read_text(&file))?;
        if holds(&file, &text) == Holds::Rules {
            found.rules.push((file.display().to_string(), text));
        }
    }
    for file in super::super::test::files_of(path)? {
        found.tests.push((file.display().to_string(), block_on(read_text(&file))?));
    }
    Ok(())
}

fn holds(path: &Path, text: &str) -> Holds {
    let by_name = || {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if is_test_file(&name) { Holds::Tests } else { Holds::Configuration }
    };
    let Ok(Document { root, .. }) = yaml::parse("", text) else { return by_name() };
    let members = match root.value {
        Value::List(_) => return Holds::Directory,
        Value::Map(members) => members,
        Value::Null | Value::Text(_) => return by_name(),
    };
    let has = |key: &str| members.iter().any(|(name, _)| *name.text == *key);
    let has_account = || members.iter().any(|(name, _)| name.text.bytes().next().is_some_and(|b| b.is_ascii_digit()));
    if has("tests") || has("rule_files") {
        Holds::Tests
    } else if has("rules") {
        Holds::Rules
    } else if has("accounts") || has_account() {
        Holds::Directory
    } else if has("version") && !has("sources") && !has("destinations") {
        Holds::Rules
    } else {
        by_name()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_told_by_what_is_in_it_and_only_then_by_its_name() {
        let told = |name: &str, text: &str| holds(Path::new(name), text);
        assert_eq!(told("a.yaml", "version: 1\nrules: []\n"), Holds::Rules);
        assert_eq!(told("a.yaml", "version: 1\ndefaults: {}\n"), Holds::Rules);
        assert_eq!(told("a.yaml", "rule_files: [a.yaml]\ntests: []\n"), Holds::Tests);
        assert_eq!(told("a.yaml", "- {account: '111122223333'}\n"), Holds::Directory);
        assert_eq!(told("a.yaml", "accounts: []\n"), Holds::Directory);
        assert_eq!(told("a.yaml", "'111122223333': {tenant: a}\n"), Holds::Directory);
        assert_eq!(told("a.yaml", "sources: {otlp: }\n"), Holds::Configuration);
        assert_eq!(told("a.test.yaml", "tests: ["), Holds::Tests);
        assert_eq!(told("a.yaml", "x: ["), Holds::Configuration);
    }
}
