//! One file: its version, its defaults, and the list of its rules.

use std::sync::Arc;

use super::draft::{self, Draft};
use super::layers::{member, section_of};
use super::reader::Reader;
use super::told;
use crate::config::problem::{Code, Place, Problem, Problems, quoted};
use crate::config::read::no_choice;
use crate::config::yaml::{self, Key, Node, Value};
use crate::rule::{Incident, keys};

const KEYS: [&str; 4] = ["version", "defaults", "incident", "rules"];
/// Keys that only files of rule tests have.
const KEYS_OF_TESTS: [&str; 4] = ["rule_files", "tests", "tenants", "pipeline"];

/// Reads a file.
pub(super) fn read(name: &str, text: &str) -> (Vec<Draft>, Vec<Problem>) {
    let file: Arc<str> = name.into();
    let document = match yaml::parse(name, text) {
        Ok(document) => document,
        Err(problem) => return (Vec::new(), vec![problem]),
    };
    let mut reader = Reader::new(Problems::new(Arc::clone(&file)), text);
    let drafts = root(&document.root, &file, &mut reader);
    (drafts, reader.problems.into_list())
}

fn root(root: &Node, file: &Arc<str>, reader: &mut Reader<'_>) -> Vec<Draft> {
    if let Some(tests) = tests(root) {
        reader.add(Code::Shape, tests, "this is a file of rule tests: run it with `fanin test`");
        return Vec::new();
    }
    let Some(members) = reader.members(root, &KEYS) else { return Vec::new() };
    version(members, root, reader);
    nothings(root, 0, reader);
    let incident = incident(members, reader);
    let defaults = defaults(members, reader);
    let Some(rules) = member(members, "rules") else {
        reader.add(Code::Missing, &root.place, "\"rules\" is missing: the list of rules");
        return Vec::new();
    };
    let Some(items) = reader.list(rules) else { return Vec::new() };
    items.iter().filter_map(|item| draft::read(item, defaults, &incident, file, reader)).collect()
}

fn tests(root: &Node) -> Option<&Place> {
    let Value::Map(members) = &root.value else { return None };
    let found = members.iter().find(|(key, _)| KEYS_OF_TESTS.contains(&key.text.as_str()));
    found.filter(|_| member(members, "rules").is_none()).map(|(key, _)| &key.place)
}

fn version(members: &[(Key, Node)], root: &Node, reader: &mut Reader<'_>) {
    match member(members, "version") {
        Some(node) => match reader.text(node) {
            Some("1") | None => {}
            Some(other) => {
                let message = format!("version {} is not known: this is for version 1", quoted(other));
                reader.add(Code::Value, &node.place, message);
            }
        },
        None => reader.add(Code::Missing, &root.place, "\"version\" is missing, did you mean \"version: 1\"?"),
    }
}

/// Notes every key that has no value: a half-written line must not be a default.
fn nothings(node: &Node, depth: usize, reader: &mut Reader<'_>) {
    match &node.value {
        Value::Null if depth > 1 => {
            reader.add(Code::Missing, &node.place, "nothing is given here: give a value or take the line out");
        }
        Value::Null | Value::Text(_) => {}
        Value::List(items) => items.iter().for_each(|item| nothings(item, depth + 1, reader)),
        Value::Map(members) => members.iter().for_each(|(_, value)| nothings(value, depth + 1, reader)),
    }
}

fn incident(members: &[(Key, Node)], reader: &mut Reader<'_>) -> Incident {
    let mut incident = Incident::default();
    if let Some(node) = member(members, "incident") {
        told::incident(node, &mut incident, reader);
    }
    incident
}

fn defaults<'a>(members: &'a [(Key, Node)], reader: &mut Reader<'_>) -> &'a [(Key, Node)] {
    let Some(node) = member(members, "defaults") else { return &[] };
    let members = match &node.value {
        Value::Map(members) => members,
        Value::Null => return &[],
        Value::Text(_) | Value::List(_) => {
            reader.add(Code::Shape, &node.place, "a section belongs here, such as {every: 1m}");
            return &[];
        }
    };
    for (key, _) in members {
        match keys::find(&key.text) {
            Some(known) if known.in_defaults => {}
            Some(_) => {
                let message = format!("\"{}\" belongs to a rule, and not to the defaults of all", key.text);
                reader.add(Code::UnknownKey, &section_of(key), message);
            }
            None => {
                let (_, hint) = no_choice(&key.text, &keys::of_defaults());
                reader.add(Code::UnknownKey, &section_of(key), format!("unknown key {}: it {hint}", quoted(&key.text)));
            }
        }
    }
    members
}
