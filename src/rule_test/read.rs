//! Reads a file of tests, and goes on after a mistake, so that all of them are told at once.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::file::{ExpectNotification, ExpectTransition, RuleText, Test, TestFile};
use super::keys::{self, Section};
use crate::config::problem::{Code, Place, Position, Problem, Problems};
use crate::config::yaml::{self, Key, Node, Value};
use crate::tenant::Entry;
use crate::time::Timestamp;

mod scalar;
mod directory;
mod input;
mod pipeline;
mod expect;

/// `start` of tests that do not say: 2026-01-01T00:00:00Z.
const START: Timestamp = Timestamp::from_seconds(1_767_225_600);

/// Reads a file of tests and loads its rule files, and those that its tests change to.
///
/// `name` is the path of the file, as it stands in problems. `load` gives the text of a rule file, by its path: that of the
/// folder of `name`, and what the file says. Rules are not parsed here.
///
/// # Errors
/// With everything that is wrong, in the order of the file.
pub fn read(name: &str, text: &str, load: &dyn Fn(&str) -> Result<String, String>) -> Result<TestFile, Vec<Problem>> {
    let document = yaml::parse(name, text).map_err(|problem| vec![problem])?;
    let mut reader = Reader {
        folder: name.rsplit_once('/').map_or("", |(folder, _)| folder),
        lines: text.strip_prefix('\u{feff}').unwrap_or(text).lines().collect(),
        load,
        problems: Problems::new(name.into()),
    };
    let file = reader.file(name, &document.root);
    match file {
        Some(file) if !reader.problems.has_error() => Ok(file),
        Some(_) | None => Err(reader.problems.into_list()),
    }
}

/// What reading needs.
struct Reader<'a> {
    folder: &'a str,
    lines: Vec<&'a str>,
    load: &'a dyn Fn(&str) -> Result<String, String>,
    problems: Problems,
}

/// The members of a section.
#[derive(Clone, Copy)]
struct Members<'n> {
    place: &'n Place,
    list: &'n [(Key, Node)],
}

impl<'n> Members<'n> {
    /// The value of a key; `None` where nothing is given.
    fn get(&self, name: &str) -> Option<&'n Node> {
        let (_, node) = self.list.iter().find(|(key, _)| key.text == name)?;
        (node.value != Value::Null).then_some(node)
    }

    fn line(&self) -> u64 {
        line(self.place)
    }
}

/// The line of a place, counting from 1; 0 where it has none.
fn line(place: &Place) -> u64 {
    match place.position {
        Position::Line { line, .. } => line,
        Position::Whole | Position::Flag(_) | Position::Variable(_) => 0,
    }
}

impl<'a> Reader<'a> {
    fn add(&mut self, code: Code, place: &Place, message: impl Into<String>) {
        self.problems.add(code, place, message);
    }

    fn members<'n>(&mut self, node: &'n Node, section: &Section) -> Option<Members<'n>> {
        let list = crate::config::read::members(node, &section.names(), &mut self.problems)?;
        let members = Members { place: &node.place, list };
        for name in section.required {
            if members.get(name).is_none() {
                let doc = section.keys.iter().find(|key| key.name == *name).map_or("", |key| key.doc);
                self.add(Code::Missing, &node.place, format!("{name} is missing: {doc}"));
            }
        }
        Some(members)
    }

    /// Reads each item of a list; nothing where the key is not given.
    fn list<T>(&mut self, node: Option<&Node>, mut item: impl FnMut(&mut Self, &Node) -> Option<T>) -> Vec<T> {
        let Some(node) = node else { return Vec::new() };
        match &node.value {
            Value::List(items) => items.iter().filter_map(|node| item(self, node)).collect(),
            Value::Null | Value::Text(_) | Value::Map(_) => {
                self.add(Code::Shape, &node.place, "a list belongs here: begin each item with \"- \"");
                Vec::new()
            }
        }
    }

    /// Reads one item, or each of a list.
    fn one_or_more<T>(&mut self, node: Option<&Node>, mut item: impl FnMut(&mut Self, &Node) -> Option<T>) -> Vec<T> {
        match node {
            Some(Node { value: Value::List(items), .. }) => items.iter().filter_map(|node| item(self, node)).collect(),
            Some(node) => item(self, node).into_iter().collect(),
            None => Vec::new(),
        }
    }

    fn file(&mut self, name: &str, root: &Node) -> Option<TestFile> {
        let members = self.members(root, &keys::FILE)?;
        let rules = self.one_or_more(members.get("rule_files"), Self::rule_file);
        let accounts = self.accounts(members);
        let mut tests = self.list(members.get("tests"), |reader, node| reader.test(node, &accounts));
        let mut names = BTreeSet::new();
        for test in &mut tests {
            if !names.insert(test.name.clone()) {
                let place = Place { position: Position::Line { line: test.line, column: 1 }, key: "tests".into() };
                self.add(Code::Duplicate, &place, format!("two tests are called {:?}", test.name));
            }
        }
        Some(TestFile { name: name.into(), rules, tests })
    }

    fn rule_file(&mut self, node: &Node) -> Option<RuleText> {
        let given = self.text(node)?;
        let name = match self.folder {
            "" => given,
            _ if given.starts_with('/') => given,
            folder => format!("{folder}/{given}"),
        };
        match (self.load)(&name) {
            Ok(text) => Some(RuleText { name, text }),
            Err(error) => {
                self.add(Code::Unreadable, &node.place, format!("{name:?} cannot be read: {error}"));
                None
            }
        }
    }

    fn test(&mut self, node: &Node, of_file: &[Entry]) -> Option<Test> {
        let members = self.members(node, &keys::TEST)?;
        let start = members.get("start").and_then(|node| self.time(node)).unwrap_or(START);
        let own = members.get("tenants").is_some() || members.get("generate_tenants").is_some();
        let accounts = if own { self.accounts(members) } else { of_file.to_vec() };
        let mut pipeline = self.list(members.get("pipeline"), |reader, node| reader.event(node, start));
        pipeline.sort_by_key(|event| event.at);
        let test = Test {
            name: members.get("name").and_then(|node| self.text(node)).unwrap_or_default(),
            line: members.line(),
            start,
            tenants: settled(accounts, start),
            logs: self.list(members.get("input_logs"), Self::log_input),
            metrics: self.list(members.get("input_metrics"), Self::metric_input),
            pipeline,
            expect: self.list(members.get("expect"), Self::expect),
            notifications: self.list(members.get("expect_notifications"), Self::expect_notification),
            transitions: self.list(members.get("expect_transitions"), Self::expect_transition),
        };
        if ["expect", "expect_notifications", "expect_transitions"].iter().all(|key| members.get(key).is_none()) {
            let wanted = "expects nothing, and so shows nothing: give expect or expect_notifications";
            self.add(Code::Incomplete, members.place, format!("the test {wanted}"));
        }
        Some(test)
    }
}

/// The accounts, ascending; what does not say when it was created is a year old.
fn settled(accounts: Vec<Entry>, start: Timestamp) -> Vec<Entry> {
    const YEAR: Duration = Duration::from_secs(365 * 86_400);
    let by_account: BTreeMap<_, _> = accounts
        .into_iter()
        .map(|entry| (entry.account, Entry { created: entry.created.or(Some(start.minus(YEAR))), ..entry }))
        .collect();
    by_account.into_values().collect()
}

impl Reader<'_> {
    fn expect_notification(&mut self, node: &Node) -> Option<ExpectNotification> {
        let members = self.members(node, &keys::NOTIFICATION)?;
        let (from, until) = self.between(members)?;
        let mut resolved = members.get("fired_and_resolved").map(|node| self.one_or_more(Some(node), Self::account));
        if let Some(accounts) = &mut resolved {
            accounts.sort_unstable();
        }
        Some(ExpectNotification {
            line: members.line(),
            from,
            until,
            alert: members.get("alert").and_then(|node| self.text(node)),
            account: members.get("account").and_then(|node| self.account(node)),
            kind: members.get("kind").and_then(|node| self.word(node, keys::KINDS)),
            cause: members.get("cause").and_then(|node| self.word(node, keys::CAUSES)),
            status: members.get("status").and_then(|node| self.word(node, keys::STATUSES)),
            level: members.get("level").and_then(|node| self.word(node, keys::LEVELS)),
            to: members.get("to").and_then(|node| self.text(node)),
            late: members.get("late").and_then(|node| self.value(node)),
            accounts: members.get("accounts").and_then(|node| self.value(node)),
            fired_and_resolved: resolved,
            contains: members.get("contains").and_then(|node| self.text(node)),
            count: members.get("count").and_then(|node| self.value(node)),
        })
    }

    fn expect_transition(&mut self, node: &Node) -> Option<ExpectTransition> {
        let members = self.members(node, &keys::TRANSITION)?;
        let (from, until) = self.between(members)?;
        Some(ExpectTransition {
            line: members.line(),
            from,
            until,
            alert: members.get("alert").and_then(|node| self.text(node)),
            account: members.get("account").and_then(|node| self.account(node)),
            state: members.get("state").and_then(|node| self.word(node, keys::STATES)),
            level: members.get("level").and_then(|node| self.word(node, keys::LEVELS)),
            reason: members.get("reason").and_then(|node| self.word(node, keys::REASONS)),
            late: members.get("late").and_then(|node| self.value(node)),
            count: members.get("count").and_then(|node| self.value(node)),
        })
    }

    /// `[from, before]`.
    fn between(&mut self, members: Members<'_>) -> Option<(Duration, Duration)> {
        let node = members.get("between")?;
        let times = self.list(Some(node), Self::duration);
        match (times.as_slice(), &node.value) {
            ([from, until], Value::List(_)) if from < until => Some((*from, *until)),
            ([_, _], Value::List(_)) => {
                self.add(Code::Range, &node.place, "the second time does not lie behind the first");
                None
            }
            (_, Value::List(items)) if items.len() != 2 => {
                self.add(Code::Shape, &node.place, "two times belong here, such as [55m, 60m]");
                None
            }
            (_, Value::Null | Value::Text(_) | Value::List(_) | Value::Map(_)) => None,
        }
    }
}

#[cfg(test)]
mod tests;
