//! What can stand in a file of tests, and what is said of mistakes.

use std::time::Duration;

use super::*;
use crate::id::AccountId;
use crate::record::severity::Severity;
use crate::rule_test::file::{Accounts, Change, Given, Happening, Logs, Record, Stat, Times};

const MINUTE: Duration = Duration::from_secs(60);

fn no_rules(path: &str) -> Result<String, String> {
    if path.contains("missing") { Err("no such file".into()) } else { Ok("rules".into()) }
}

fn told(text: &str) -> Vec<String> {
    match read("t.yaml", text, &no_rules) {
        Ok(_) => Vec::new(),
        Err(problems) => problems.iter().map(ToString::to_string).collect(),
    }
}

/// The test of a file that has one, whose lines are `lines`.
fn test(lines: &str) -> Test {
    let text = format!(
        "rule_files: [r.yaml]\ntests:\n  - name: t\n    expect_notifications: [{{between: [0m, 1m], count: 0}}]\n{lines}"
    );
    let file = read("t.yaml", &text, &no_rules).unwrap_or_else(|problems| panic!("{problems:?}"));
    file.tests.into_iter().next().unwrap()
}

fn account(text: &str) -> AccountId {
    AccountId::parse(text).unwrap()
}

#[test]
fn the_proposal_is_read_whole() {
    let text = include_str!("../../../tests/data/rules/proposal/tests.yaml");
    let file = read("alerts/tests.yaml", text, &no_rules).unwrap();
    assert_eq!(file.rules, [RuleText { name: "alerts/rules.yaml".into(), text: "rules".into() }]);
    assert_eq!(file.tests.iter().map(|test| test.tenants.len()).collect::<Vec<_>>(), [2, 2, 2, 6000]);
    let first = &file.tests[0];
    assert_eq!(first.start.to_string(), "2026-03-02T10:00:00.000Z");
    let second = Duration::from_secs(12);
    assert_eq!(first.logs[0].times, Times::Every { from: Duration::ZERO, every: second, count: 50 });
    assert_eq!(first.expect.len(), 5);
    assert_eq!(first.expect[0].alerts.as_ref().map(Vec::len), Some(2));
    assert_eq!(first.expect[4].alerts, Some(Vec::new()));
    assert_eq!(first.expect[1].notified, Some(vec!["page".to_owned()]));
    let metric = &file.tests[1].metrics[0];
    assert_eq!((metric.namespace.as_str(), metric.metric.as_str(), metric.values.len()), ("AWS/Lambda", "Errors", 61));
    assert_eq!(metric.dimensions, [("FunctionName".to_owned(), "f".to_owned())]);
    let stalled = &file.tests[2];
    assert_eq!(stalled.pipeline[0].what, Happening::Stall { lasts: 45 * MINUTE, shard: None });
    assert_eq!(stalled.pipeline[1].what, Happening::Restart { down: Duration::ZERO });
    assert_eq!(stalled.pipeline[2].what, Happening::Duplicate(2 * MINUTE));
    assert_eq!(stalled.notifications[2].fired_and_resolved, Some(vec![account("333333333333")]));
    assert_eq!(file.tests[3].tenants[5999].account, account("900000006000"));
    assert_eq!(file.tests[3].tenants[5999].tenant, "tenant-6000");
}

#[test]
fn every_mistake_is_told_at_once_and_where_it_stands() {
    insta::assert_debug_snapshot!(told(
        r#"rule_files: [missing.yaml]
tenants:
  - {account: 111111111111, tier: gold, regoin: eu-central-1}
  - {account: "12", created: yesterday}
tests:
  - name: a
    strat: 2026-01-01
    input_logs:
      - {account: everyone, every: 5s, fields: {level: error}}
      - {account: all, every: 0s, count: 2, fields: {x: [1]}}
      - {account: all, at: 5m, from: 1m, lines: [a], fields: {tenant: x}}
      - {account: all, until: 5m, line: b}
    input_metrics:
      - {series: 'Errors', values: '1x'}
      - {series: 'AWS/Lambda:Errors{FunctionName="f"}', values: '1', arrive: -3m}
    pipeline:
      - {at: 5m}
      - {at: 5m, stall: 5, restart: true}
      - {at: 5m, reshard: spilt}
    expect:
      - {at: 5m, alert: X}
      - {at: 5m, alert: X, state: fireing, value: many}
    expect_notifications:
      - {between: [5m, 5m]}
      - {between: 5m, kind: fleets}
  - name: b
"#
    ));
}

#[test]
fn a_file_that_holds_nothing_says_what_is_missing() {
    insta::assert_debug_snapshot!((told(""), told("- a"), told("a: [")));
}

#[test]
fn records_have_fields_of_any_depth_and_typed_values() {
    let read = test(
        "    input_logs: [{account: all, at: [2m, 1m], log_group: /g, fields: {user: {type: Root, id: '7'}, n: 3, \
         ms: 1.5, ok: true, level: ERROR, gone: ~}}]\n",
    );
    let text = |text: &str| Given::Text(text.into());
    let attributes = [
        ("user.type", text("Root")),
        ("user.id", text("7")),
        ("n", Given::Int(3)),
        ("ms", Given::Double(1.5)),
        ("ok", Given::Bool(true)),
    ];
    let expected = Record {
        level: Some(Severity::ERROR),
        log_group: "/g".into(),
        attributes: attributes.map(|(name, value)| (name.to_owned(), value)).into(),
        ..Record::default()
    };
    assert_eq!(read.logs[0].what, Logs::Fields(Box::new(expected)));
    assert_eq!(read.logs[0].times, Times::At(vec![MINUTE, 2 * MINUTE]));
    assert_eq!(read.logs[0].accounts, Accounts::All);
}

#[test]
fn input_may_be_late_early_twice_and_of_a_shard() {
    let read = test(
        "    input_logs: [{account: '000000000042', arrive: +3m, event_time_skew: -2h, shard: 1, id: m, region: us-east-1, \
         log_group: g, line: 'a'}]\n    input_metrics: [{series: 'A:b{account=\"all\",region=\"us-east-1\"}', \
         values: '1 2', stat: p95, period: 5m, from: 1m, arrive: 2m}]\n",
    );
    let log = &read.logs[0];
    assert_eq!((log.arrive, log.skew, log.shard), (3 * MINUTE, -7_200_000_000_000, Some(1)));
    assert_eq!(log.accounts, Accounts::These(vec![account("000000000042")]));
    let lines = Logs::Lines { log_group: "g".into(), log_stream: "test".into(), lines: vec!["a".into()] };
    assert_eq!(log.what, lines);
    let metric = &read.metrics[0];
    assert_eq!((&metric.stat, metric.period, metric.arrive), (&Stat::Other("p95".into()), 5 * MINUTE, 2 * MINUTE));
    assert_eq!(metric.accounts, Accounts::All);
}

#[test]
fn the_directory_and_the_rules_can_change_and_alerts_be_silenced() {
    let read = test(
        "    pipeline:\n      - {at: 9m, rules: other.yaml}\n      - {at: 5m, directory: {add: [{account: '222222222222'}], \
         close: '111111111111'}}\n      - {at: 7m, silence: {matchers: 'alert=\"X\"', for: 1h}}\n",
    );
    let Happening::Directory(changes) = &read.pipeline[0].what else { panic!("{:?}", read.pipeline[0]) };
    assert!(matches!(&changes[0], Change::Put(entry) if entry.created == Some(START.plus(5 * MINUTE))));
    assert_eq!(changes[1], Change::Close(account("111111111111")));
    assert!(matches!(&read.pipeline[1].what, Happening::Silence { lasts, .. } if *lasts == 60 * MINUTE));
    assert!(matches!(&read.pipeline[2].what, Happening::Rules(rules) if rules[0].name == "other.yaml"));
}

#[test]
fn accounts_are_a_year_old_unless_it_is_said() {
    let read = test("    tenants: [{account: '111111111111'}, {account: '222222222222', created: 2025-12-31}]\n");
    let created: Vec<_> = read.tenants.iter().map(|entry| entry.created.unwrap().to_string()).collect();
    assert_eq!(created, ["2025-01-01T00:00:00.000Z", "2025-12-31T00:00:00.000Z"]);
    assert_eq!(read.tenants[0].tenant, "111111111111");
}
