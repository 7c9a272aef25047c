//! What is wrong with rules and their tests, whom they apply to, and how much they will hold.

use std::path::Path;

use fanin::config::Config;
use fanin::config::effective::Origins;
use fanin::config::problem::{Code, Place, Position, Problem};
use fanin::id::AccountId;
use fanin::io::alerting::{leads_nowhere, own_settings};
use fanin::io::clock;
use fanin::io::configuration::read_text;
use fanin::io::rule_files::{Text, rule_texts};
use fanin::notify::route::Routes;
use fanin::predicate::account::Account;
use fanin::predicate::field::Field;
use fanin::rule::read::{is_refused, read};
use fanin::rule::{Rule, RuleSet};
use fanin::rule_test;
use fanin::tenant::Directory;
use serde_json::{Value, json};

use super::counted;
use crate::cli::block_on;
use crate::cli::rules::{Choice, named, setting_problems};

/// Whom rules apply to, and how much they will hold.
#[derive(Clone, Debug)]
pub(super) struct Coverage {
    rules: Vec<OfRule>,
    /// Accounts of the directory, and how many of them any rule applies to; `None` where there is none.
    accounts: Option<(usize, usize)>,
}

#[derive(Clone, Debug)]
struct OfRule {
    name: String,
    /// Accounts of the directory in its scope.
    accounts: usize,
    groups: usize,
    bytes: u64,
    /// It has groups of their own for each account.
    is_by_account: bool,
    choices: Vec<(String, String, Option<Vec<String>>)>,
}

/// Checks rules, and what they are for where the accounts are known.
pub(super) fn check(texts: &[Text], directory: Option<&Directory>) -> (Vec<Problem>, Option<Coverage>) {
    let (rules, mut problems) = read(&named(texts));
    if is_refused(&problems) {
        return (problems, None);
    }
    problems.extend(rules.expired(clock::now()));
    if let Some(directory) = directory {
        problems.extend(rules.unused(&accounts(directory)));
        problems.extend(rules.heavy(directory.entries().len()));
    }
    let coverage = Coverage::of(&rules, directory);
    (problems, Some(coverage))
}

/// Checks the rules of a configuration, and that each leads to a receiver.
pub(super) fn check_configured(config: &Config, directory: Option<&Directory>) -> (Vec<Problem>, Option<Coverage>) {
    let texts = match block_on(rule_texts(&config.alerting.rules)) {
        Ok(texts) => texts,
        Err(problems) => return (problems, None),
    };
    let (mut problems, coverage) = check(&texts, directory);
    if coverage.is_some() {
        let routes = Routes::new(&config.alerting);
        let (rules, _) = read(&named(&texts));
        for rule in &rules.rules {
            let messages = leads_nowhere(rule, &routes).into_iter();
            problems.extend(messages.map(|message| nowhere(rule, message)));
        }
    }
    (problems, coverage)
}

fn nowhere(rule: &Rule, message: String) -> Problem {
    let written = rule.place.origins.iter().find(|origin| &*origin.key == "notify");
    let line = written.map_or(rule.place.line, |origin| origin.line);
    let place = Place { position: Position::Line { line, column: 1 }, key: format!("{}.notify", rule.name) };
    Problem { code: Code::NotifiesNobody, file: rule.place.file.clone(), place, message }
}

/// Checks routes and mutes.
pub(super) fn check_settings(config: &Config, origins: &Origins) -> Vec<Problem> {
    own_settings(&config.alerting).err().map(|faults| setting_problems(&faults, origins)).unwrap_or_default()
}

/// Checks files of tests and the rules that they name; gives how many tests there are.
pub(super) fn check_tests(texts: &[Text]) -> (Vec<Problem>, usize) {
    let (mut problems, mut count) = (Vec::new(), 0);
    let load = |path: &str| block_on(read_text(Path::new(path))).map_err(|problem| problem.message);
    for (name, text) in texts {
        match rule_test::read(name, text, &load) {
            Ok(file) => {
                count += file.tests.len();
                let of_rules: Vec<_> = file.rules.iter().map(|it| (it.name.as_str(), it.text.as_str())).collect();
                problems.extend(read(&of_rules).1);
            }
            Err(found) => problems.extend(found),
        }
    }
    (problems, count)
}

fn accounts(directory: &Directory) -> Vec<Account<'_>> {
    directory.entries().map(|entry| Account { id: entry.account, entry: Some(entry) }).collect()
}

impl Coverage {
    fn of(rules: &RuleSet, directory: Option<&Directory>) -> Self {
        let accounts = directory.map(accounts).unwrap_or_default();
        // Without a directory, what one account takes.
        let footprint = rules.footprint(if directory.is_some() { accounts.len() } else { 1 });
        let in_scope = |rule: &Rule| {
            let of = |account: &&Account<'_>| rule.scope.as_ref().is_none_or(|scope| scope.holds(*account));
            accounts.iter().filter(of).map(|account| account.id).collect::<Vec<AccountId>>()
        };
        let mut covered = std::collections::BTreeSet::new();
        let of_rule = |(rule, (_, groups, bytes)): (&Rule, (usize, usize, u64))| {
            let in_scope = in_scope(rule);
            let n_accounts = in_scope.len();
            covered.extend(in_scope);
            let choices =
                Choice::of(rule).into_iter().map(|choice| (choice.to_string(), choice.text, choice.dimensions));
            OfRule {
                name: rule.name.to_string(),
                accounts: n_accounts,
                groups,
                bytes,
                is_by_account: rule.group_by.contains(&Field::Account),
                choices: choices.collect(),
            }
        };
        let list: Vec<OfRule> = rules.rules.iter().zip(footprint).map(of_rule).collect();
        Self { rules: list, accounts: directory.map(|_| (accounts.len(), covered.len())) }
    }

    /// How many rules there are.
    pub(super) const fn n_rules(&self) -> usize {
        self.rules.len()
    }

    /// `38 rules apply to 6,012 accounts; 2 rules match none`, and what they will hold.
    pub(super) fn text(&self, verbose: bool) -> String {
        let mut text = String::new();
        if verbose {
            text += &self.each();
        }
        if let Some((_, covered)) = self.accounts {
            let unused = self.rules.iter().filter(|rule| rule.accounts == 0).count();
            let used = self.rules.len() - unused;
            let apply = if used == 1 { "rule applies" } else { "rules apply" };
            text += &format!("{used} {apply} to {} account{}", thousands(covered), if covered == 1 { "" } else { "s" });
            match unused {
                0 => {}
                1 => text += "; 1 rule matches none",
                _ => text += &format!("; {unused} rules match none"),
            }
            let (groups, bytes) = self.held();
            text += &format!(
                "\nthey hold about {} group{} in {}\n",
                thousands(groups),
                if groups == 1 { "" } else { "s" },
                megabytes(bytes)
            );
        }
        text
    }

    fn held(&self) -> (usize, u64) {
        let add = |(groups, bytes): (usize, u64), rule: &OfRule| {
            (groups.saturating_add(rule.groups), bytes.saturating_add(rule.bytes))
        };
        self.rules.iter().fold((0, 0), add)
    }

    fn each(&self) -> String {
        let width = self.rules.iter().map(|rule| rule.name.len()).max().unwrap_or_default();
        let mut text = String::new();
        for rule in &self.rules {
            let each = if self.accounts.is_some() {
                format!("{} in scope, about {}", counted(rule.accounts, "account"), counted(rule.groups, "group"))
            } else if rule.is_by_account {
                format!("for each account about {}", counted(rule.groups, "group"))
            } else {
                format!("about {}", counted(rule.groups, "group"))
            };
            let bytes = rule.bytes.checked_div(u64::try_from(rule.groups).unwrap_or(u64::MAX)).unwrap_or_default();
            text += &format!("{:width$}  {each} of {bytes} bytes\n", rule.name);
            for (told, ..) in &rule.choices {
                text += &format!("{:width$}  {told}\n", "");
            }
        }
        text
    }

    pub(super) fn json(&self) -> Value {
        let choice = |(_, text, dimensions): &(String, String, Option<Vec<String>>)| json!({ "selector": text, "dimensions": dimensions });
        let of_rule = |rule: &OfRule| {
            json!({
                "rule": rule.name,
                "accounts": self.accounts.map(|_| rule.accounts),
                "groups": rule.groups,
                "bytes": rule.bytes,
                "selectors": rule.choices.iter().map(choice).collect::<Vec<_>>(),
            })
        };
        let (groups, bytes) = self.held();
        json!({
            "count": self.rules.len(),
            "accounts": self.accounts.map(|(all, _)| all),
            "accounts_covered": self.accounts.map(|(_, covered)| covered),
            "match_none": self.accounts.map(|_| self.rules.iter().filter(|rule| rule.accounts == 0).count()),
            "groups": groups,
            "bytes": bytes,
            "each": self.rules.iter().map(of_rule).collect::<Vec<_>>(),
        })
    }
}

fn thousands(n: usize) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn megabytes(bytes: u64) -> String {
    match bytes {
        0..100_000 => format!("{} KB", bytes.div_ceil(1_000)),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_at_a_glance() {
        assert_eq!([0, 999, 6_012, 1_000_000].map(thousands), ["0", "999", "6,012", "1,000,000"]);
        assert_eq!([88, 99_999, 104_250_000].map(megabytes), ["1 KB", "100 KB", "104.2 MB"]);
    }
}
