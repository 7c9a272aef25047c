//! Whole files of tests, run on an engine that only counts.

mod counting;
mod documents;
mod packs;

use counting::{Counting, rules};
use proptest::prelude::*;

use super::*;

const HEAD: &str = "rule_files: [r]\ntenants:\n  - {account: '111111111111', tenant: acme, region: eu-central-1}\n  \
                    - {account: '222222222222', tenant: corp}\ntests:\n";

/// Runs tests of the rule `Timeouts`, which fires from 30 timeouts in 5 minutes on, and of `Many`, from 3,000 on.
fn report(tests: &str) -> Report {
    let text = format!("{HEAD}{tests}");
    let load = |path: &str| match path {
        "a/r" => Ok("Timeouts 30\nMany 3000".to_owned()),
        "a/low" => Ok("Timeouts 3".to_owned()),
        "a/broken" => Ok("Timeouts".to_owned()),
        _ => Err("no such file".to_owned()),
    };
    run_files::<Counting>(&[("a/tests.yaml", &text)], &load, rules, None)
}

/// One test, and what failed in it.
fn failed(lines: &str) -> String {
    let report = report(&format!("  - name: t\n{lines}"));
    assert_eq!(report.problems().map(ToString::to_string).collect::<Vec<_>>(), Vec::<String>::new());
    report.text()
}

fn passes(lines: &str) {
    let text = failed(lines);
    assert!(text.starts_with("ok   a/tests.yaml:6 t\n") && text.ends_with("\n1 passed, 0 failed\n"), "{text}");
}

#[test]
fn records_count_and_expectations_hold_at_their_ticks() {
    passes(
        "    input_logs: [{account: '111111111111', every: 10s, until: 8m, fields: {message: timeout}}]
    expect:
      - {at: 4m, alert: Timeouts, account: '111111111111', state: inactive, value: 24}
      - {at: 5m, alert: Timeouts, account: '111111111111', state: firing, level: critical, value: 30, threshold: 30, notified: page}
      - {at: 6m, alert: Timeouts, account: '222222222222', state: inactive}
      - {at: 8m, alert: Timeouts, alerts: [{account: '111111111111', state: firing}]}
      - {at: 9m, alert: Timeouts, alerts: [], notified: [page]}
      - {at: 10m, alert: Timeouts, alerts: [], notified: []}
    expect_notifications:
      - {between: [0m, 6m], count: 0}
      - {between: [6m, 7m], alert: Timeouts, account: '111111111111', kind: individual, cause: fired, to: page, count: 1}
      - {between: [7m, 30m], cause: resolved, status: resolved}
    expect_transitions:
      - {between: [5m, 5m1s], alert: Timeouts, state: firing, count: 1}
      - {between: [0m, 30m], account: '222222222222', count: 0}
",
    );
}

#[test]
fn each_class_that_is_expected_must_be_told_and_others_may_be_told_as_well() {
    let input =
        "    input_logs: [{account: '111111111111', every: 10s, until: 8m, fields: {message: timeout}}]\n    expect:\n";
    let expect = |notified| {
        format!("{input}      - {{at: 5m, alert: Timeouts, account: '111111111111', notified: {notified}}}\n")
    };
    passes(&expect("[page]"));
    assert!(failed(&expect("[]")).contains("expected: nobody is told\n    got:      told: page\n"));
    let both = failed(&expect("[page, ticket]"));
    assert!(both.contains("expected: told: page, ticket\n    got:      told: page\n"), "{both}");
}

#[test]
fn a_stall_holds_every_tick_and_all_run_in_order_when_it_ends() {
    passes(
        "    input_logs: [{account: '111111111111', from: 12m, every: 10s, until: 20m, fields: {message: timeout}}]
    pipeline: [{at: 10m, stall: 45m}]
    expect:
      - {at: 17m, alert: Timeouts, account: '111111111111', state: firing, value: 30}
      - {at: 21m, alert: Timeouts, account: '111111111111', state: inactive, value: 24}
    expect_notifications:
      - {between: [0m, 55m], count: 0}
      - {between: [55m, 56m], cause: fired, late: true, count: 1}
      - {between: [55m, 56m], cause: resolved, late: true, count: 1}
    expect_transitions: [{between: [0m, 2h], count: 2}]
",
    );
}

#[test]
fn one_stalled_shard_holds_the_ticks_of_all() {
    passes(
        "    input_logs: [{account: '111111111111', every: 10s, until: 8m, shard: 0, fields: {message: timeout}}]
    pipeline: [{at: 1m, stall: 20m, shard: 1}]
    expect_notifications: [{between: [0m, 21m], count: 0}, {between: [21m, 22m], cause: fired, count: 1}]
",
    );
}

#[test]
fn neither_restart_nor_duplicates_change_what_is_seen() {
    for pipeline in [
        "[]",
        "[{at: 5m10s, restart: true}]",
        "[{at: 6m, restart: 5m}]",
        "[{at: 5m, restart: true}, {at: 6m15s, corrupt: snapshot}, {at: 6m15s, restart: 1m}]",
        "[{at: 4m, duplicate: 3m}, {at: 5m, duplicate: 5m}, {at: 7m, restart: true}]",
        "[{at: 3m, reorder: 40s}, {at: 4m, reshard: split}, {at: 7m, reshard: merge}]",
        "[{at: 3m, reshard: split}, {at: 3m, stall: 2m, shard: 1}, {at: 4m, restart: true}]",
    ] {
        passes(&format!(
            "    input_logs:
      - {{account: '111111111111', every: 10s, until: 8m, fields: {{message: timeout}}}}
      - {{account: '222222222222', from: 10m, every: 2s, count: 200, log_group: /app, line: 'upstream timeout {{n}}'}}
    pipeline: {pipeline}
    expect:
      - {{at: 4m, alert: Timeouts, account: '111111111111', value: 24}}
      - {{at: 7m, alert: Timeouts, account: '111111111111', state: firing, value: 30}}
      - {{at: 15m, alert: Timeouts, account: '222222222222', state: firing, value: 150}}
    expect_notifications:
      - {{between: [0m, 1h], account: '111111111111', cause: fired, count: 1}}
      - {{between: [0m, 1h], account: '222222222222', cause: fired, count: 1}}
    expect_transitions: [{{between: [0m, 1h], count: 4}}]
"
        ));
    }
}

#[test]
fn without_a_snapshot_everything_begins_anew() {
    let text = failed(
        "    input_logs: [{account: '111111111111', every: 10s, until: 8m, fields: {message: timeout}}]
    pipeline: [{at: 15s, corrupt: snapshot}, {at: 15s, restart: true}]
    expect: [{at: 5m, alert: Timeouts, account: '111111111111', value: 28}]
",
    );
    assert_eq!(text, "ok   a/tests.yaml:6 t\n  note: a snapshot was not used: it is damaged\n1 passed, 0 failed\n");
}

#[test]
fn records_can_be_late_early_and_the_same_as_others() {
    passes(
        "    input_logs:
      - {account: '111111111111', at: [1m, 2m], arrive: +3m, id: a, fields: {message: timeout}}
      - {account: '111111111111', at: [1m, 2m], arrive: +4m, id: a, fields: {message: timeout}}
      - {account: '111111111111', at: 2m, event_time_skew: -1m, fields: {message: timeout}}
    expect:
      - {at: 2m, alert: Timeouts, account: '111111111111', value: 1}
      - {at: 3m, alert: Timeouts, account: '111111111111', value: 2}
      - {at: 5m, alert: Timeouts, account: '111111111111', value: 3}
",
    );
}

#[test]
fn rules_and_directory_change_from_then_on() {
    passes(
        "    input_logs: [{account: all, every: 10s, until: 20m, fields: {message: timeout}}]
    pipeline:
      - {at: 2m, directory: {add: [{account: '333333333333'}], remove: '222222222222'}}
      - {at: 3m, rules: low}
    expect:
      - {at: 4m, alert: Timeouts, account: '111111111111', state: firing, threshold: 3}
      - {at: 6m, alert: Timeouts, account: '222222222222', value: 7}
      - {at: 6m, alert: Timeouts, account: '333333333333', value: 23}
",
    );
}

#[test]
fn a_failure_shows_expected_and_got_and_how_it_came_to_that() {
    insta::assert_snapshot!(failed(
        "    input_logs: [{account: '111111111111', every: 10s, until: 8m, fields: {message: timeout}}]
    expect:
      - {at: 5m, alert: Timeouts, account: '111111111111', state: pending, value: 29}
      - {at: 5m, alert: Timeouts, alerts: [{account: '222222222222', state: firing}]}
      - {at: 5m, alert: Timeouts, account: '111111111111', notified: [ticket]}
      - {at: 5m30s, alert: Timeouts, account: '111111111111', state: pending}
      - {at: 5m, alert: Timeout, account: '111111111111', state: pending}
      - {at: 5m, alert: Timeouts, group: {region: x}, state: pending}
    expect_notifications:
      - {between: [0m, 20m], alert: Timeouts, count: 1}
      - {between: [0m, 5m], kind: fleet, accounts: 6000}
    expect_transitions: [{between: [0m, 20m], alert: Timeouts, state: pending}]
"
    ));
}

#[test]
fn reports_are_for_programs_and_for_ci_as_well() {
    let report = report(
        "  - name: good
    expect: [{at: 5m, alert: Timeouts, alerts: []}]
  - name: bad
    expect: [{at: 1m, alert: Timeouts, account: '111111111111', state: firing}]
  - name: impossible
    input_logs: [{account: '111111111111', log_group: g, line: a}]
    pipeline: [{at: 1m, rules: broken}]
    expect_notifications: [{between: [0m, 5m], alert: Many, count: 0}]
",
    );
    insta::assert_snapshot!(report.junit().unwrap());
    insta::assert_snapshot!(format!("{:#}", report.json()));
    assert_eq!(report.counts(), (1, 2));
    assert_eq!(report.coverage_text(), "rules without a firing case: Many\nrules without a not-firing case: none\n");
}

#[test]
fn a_file_that_cannot_be_read_has_failed() {
    let report = report("  - nome: t\n");
    let problems: Vec<_> = report.problems().map(ToString::to_string).collect();
    assert_eq!(problems[1], "E012 a/tests.yaml:6:5 tests[0]: unknown key \"nome\", did you mean \"name\"?");
    assert_eq!((report.counts(), report.text().as_str()), ((0, 1), "0 passed, 1 failed\n"));
}

#[test]
fn only_tests_that_are_asked_for_run() {
    let text = format!(
        "{HEAD}  - {{name: one, expect_notifications: [{{between: [0m, 1m], count: 0}}]}}\n  \
         - {{name: two, expect_notifications: [{{between: [0m, 1m], count: 0}}]}}\n"
    );
    let load = |_: &str| Ok("Timeouts 1".to_owned());
    let report = run_files::<Counting>(&[("t", &text)], &load, rules, Some("tw"));
    assert_eq!(report.text(), "ok   t:7 two\n1 passed, 0 failed\n");
}

#[test]
fn names_of_files_of_tests() {
    let names = ["tests.yaml", "a.test.yaml", "a.tests.yml", "a/tests.yaml", "rules.yaml", "test.yaml", "tests.json"];
    let found: Vec<_> = names.iter().filter(|name| is_test_file(name.rsplit('/').next().unwrap_or(name))).collect();
    assert_eq!(found, [&"tests.yaml", &"a.test.yaml", &"a.tests.yml", &"a/tests.yaml"]);
}

/// 6,000 accounts that write each second for ten minutes: 3,600,000 records.
#[test]
fn a_fleet_runs_in_no_time() {
    passes(
        "    generate_tenants: {count: 6000}
    input_logs: [{account: all, every: 1s, until: 10m, fields: {message: timeout}}]
    expect:
      - {at: 5m, alert: Timeouts, account: '900000006000', state: firing, value: 300}
      - {at: 15m, alert: Timeouts, alerts: []}
    expect_transitions: [{between: [0m, 20m], alert: Timeouts, state: firing, count: 6000}]
",
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever happens to the pipeline, the same records are counted by the ticks of their time.
    #[test]
    fn no_event_of_the_pipeline_loses_or_doubles_a_record(
        events in prop::collection::vec((1_u32..12, 0_usize..6), 0..5), every in 3_u32..40,
    ) {
        let words = ["restart: true", "restart: 1m", "duplicate: 2m", "stall: 2m", "reshard: split", "stall: 3m, shard: 1"];
        let pipeline: Vec<_> = events.iter().map(|(at, word)| format!("{{at: {at}m, {}}}", words[*word])).collect();
        let lines = |pipeline: &str| format!(
            "    input_logs: [{{account: all, every: {every}s, until: 9m, fields: {{message: timeout}}}}]
    pipeline: [{pipeline}]
    expect: [{{at: 8m, alert: Timeouts, account: '111111111111', value: -1}}]
    expect_transitions: [{{between: [0m, 20m], count: 99}}]
");
        prop_assert_eq!(failed(&lines(&pipeline.join(", "))).replace(", late", ""), failed(&lines("")));
    }
}
