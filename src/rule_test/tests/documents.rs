//! The documentation: rules, tests of rules and configurations in it are read and run, so that none of it is made up.

use crate::alerting::Alerting;
use crate::config::check::{Surroundings, check};
use crate::config::substitute::Outside;
use crate::config::yaml;
use crate::rule::read::read;
use crate::rule_test::run_files;

const RULES: &str = include_str!("../../../docs/rules.md");
const ALERTING: &str = include_str!("../../../docs/alerting.md");
const TESTS: &str = include_str!("../../../docs/rule-tests.md");
const README: &str = include_str!("../../../README.md");

/// The blocks of YAML of a document that begin so.
fn blocks<'d>(document: &'d str, beginning: &str) -> Vec<&'d str> {
    let blocks = document.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next());
    let blocks: Vec<_> = blocks.filter(|block| block.starts_with(beginning)).collect();
    assert!(!blocks.is_empty(), "no block begins with {beginning:?}");
    blocks
}

/// Items of a list, as they stand in a file below `head`.
fn below(head: &str, blocks: &[&str]) -> String {
    let lines = blocks.iter().flat_map(|block| block.lines()).map(|line| format!("  {line}\n"));
    format!("{head}\n{}", lines.collect::<String>())
}

#[track_caller]
fn reads(text: &str) -> usize {
    let (rules, problems) = read(&[("rules.yaml", text)]);
    let problems: Vec<_> = problems.iter().map(ToString::to_string).collect();
    assert!(problems.is_empty(), "{}\n{text}", problems.join("\n"));
    rules.rules.len()
}

#[test]
fn every_rule_in_the_documents_is_one() {
    let files = [blocks(RULES, "version:"), blocks(README, "version:"), blocks(TESTS, "version:")];
    assert!(files.iter().flatten().all(|file| reads(file) > 0));
}

#[test]
fn the_reference_has_a_rule_of_each_kind() {
    let first = blocks(RULES, "version:")[0];
    let rules = below(first.trim_end(), &blocks(RULES, "- alert:"));
    assert!(reads(&rules) > 10);
    for kind in crate::rule::keys::KindName::ALL {
        assert!(rules.contains(&format!("kind: {}\n", kind.as_str())), "{kind:?}");
    }
}

#[test]
fn the_reference_names_every_key() {
    for key in crate::rule::keys::KEYS {
        assert!(RULES.contains(&format!("`{}`", key.name)), "docs/rules.md does not name {}", key.name);
    }
}

#[test]
fn the_tests_in_the_documents_pass() {
    let rules = blocks(TESTS, "version:")[0];
    let file = below(blocks(TESTS, "rule_files:")[0].trim_end(), &blocks(TESTS, "- name:"));
    let load = |_: &str| Ok(rules.to_owned());
    let report = run_files::<Alerting>(&[("checkout.test.yaml", &file)], &load, read, None);
    let problems: Vec<_> = report.problems().map(ToString::to_string).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    let (passed, failed) = report.counts();
    assert!(passed > 3 && failed == 0, "{}", report.text());
}

#[test]
fn the_configurations_in_the_documents_are_right() {
    for block in blocks(ALERTING, "alerting:") {
        let rest = "sources: {otlp: {}}\ndirectory: {file: accounts.csv}\ndestinations: [{endpoint: \"http://localhost:4318\"}]\n";
        let text = format!("{block}{rest}");
        let surroundings =
            Surroundings { outside: Outside::default(), folder: "/etc/fanin".into(), cores: 2, endpoint: None };
        let document = yaml::parse("config.yaml", &text).expect("it is YAML");
        let problems = match check(document, &surroundings) {
            Ok(checked) => checked.warnings,
            Err(problems) => problems,
        };
        let problems: Vec<_> = problems.iter().map(ToString::to_string).collect();
        assert!(problems.is_empty(), "{}\n{text}", problems.join("\n"));
    }
}
