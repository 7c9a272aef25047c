//! The tests that come with rules, on the engine of production: the example of the language, and every pack.

use crate::alerting::Alerting;
use crate::rule::read::read;
use crate::rule_test::Report;
use crate::rule_test::run_files;

/// A pack: its name, its rules and its tests.
type Pack = (&'static str, &'static str, &'static str);

macro_rules! packs {
    ($($name:literal),* $(,)?) => {
        [$((
            $name,
            include_str!(concat!("../../../alerts/", $name, "/rules.yaml")),
            include_str!(concat!("../../../alerts/", $name, "/tests.yaml")),
        )),*]
    };
}

/// Every pack: the folders of `alerts`.
const PACKS: [Pack; 8] =
    packs!["api", "database", "demo", "fleet", "lambda", "queues-and-streams", "quotas", "security"];

/// Runs a file of tests; fails with its report where a test does.
fn check(name: &str, text: &str, rules: &str) -> Report {
    let load = |_: &str| Ok(rules.to_owned());
    let report = run_files::<Alerting>(&[(name, text)], &load, read, None);
    let problems: Vec<_> = report.problems().map(ToString::to_string).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    let (passed, failed) = report.counts();
    assert!(passed > 0 && failed == 0, "{}", report.text());
    report
}

/// Runs the tests of a pack. Each of its rules must be seen firing, and not firing.
fn check_pack(name: &str) {
    let (_, rules, tests) = PACKS.iter().find(|(pack, _, _)| *pack == name).unwrap();
    let report = check(&format!("alerts/{name}/tests.yaml"), tests, rules);
    assert_eq!(report.coverage.gaps(), (vec![], vec![]), "rules that no test shows firing, and not firing");
}

#[test]
fn the_example_of_the_language_does_what_it_says() {
    let _ = check(
        "tests.yaml",
        include_str!("../../../tests/data/rules/proposal/tests.yaml"),
        include_str!("../../../tests/data/rules/proposal/rules.yaml"),
    );
}

#[test]
fn every_pack_reads_without_a_complaint_and_no_name_stands_in_two() {
    let names = PACKS.map(|(name, _, _)| format!("alerts/{name}/rules.yaml"));
    let files: Vec<_> = names.iter().zip(PACKS).map(|(name, (_, rules, _))| (name.as_str(), rules)).collect();
    let (rules, problems) = read(&files);
    let problems: Vec<_> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(problems, Vec::<String>::new());
    assert!(rules.rules.len() > 40, "{}", rules.rules.len());
}

#[test]
fn every_rule_that_tells_people_says_what_happened_and_what_to_do_first() {
    for (pack, text, _) in PACKS {
        for rule in read(&[(pack, text)]).0.rules {
            let notes = &rule.annotations;
            assert!(notes.summary.is_some() && notes.description.is_some(), "{pack}: {}", rule.name);
        }
    }
}

#[test]
fn pack_api() {
    check_pack("api");
}

#[test]
fn pack_database() {
    check_pack("database");
}

#[test]
fn pack_demo() {
    check_pack("demo");
}

#[test]
fn pack_fleet() {
    check_pack("fleet");
}

#[test]
fn pack_lambda() {
    check_pack("lambda");
}

#[test]
fn pack_queues_and_streams() {
    check_pack("queues-and-streams");
}

#[test]
fn pack_quotas() {
    check_pack("quotas");
}

#[test]
fn pack_security() {
    check_pack("security");
}
