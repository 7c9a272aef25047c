//! The tests that come with rules, on the engine of production: the example of the language, and every pack.

use crate::alerting::Alerting;
use crate::rule::read::read;
use crate::rule_test::run_files;

/// Runs a file of tests; fails with its report where a test does.
fn check(name: &str, text: &str, rules: &str) {
    let load = |_: &str| Ok(rules.to_owned());
    let report = run_files::<Alerting>(&[(name, text)], &load, read, None);
    let problems: Vec<_> = report.problems().map(ToString::to_string).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    let (passed, failed) = report.counts();
    assert!(passed > 0 && failed == 0, "{}", report.text());
}

#[test]
fn the_example_of_the_language_does_what_it_says() {
    check(
        "tests.yaml",
        include_str!("../../../tests/data/rules/proposal/tests.yaml"),
        include_str!("../../../tests/data/rules/proposal/rules.yaml"),
    );
}
