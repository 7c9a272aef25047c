//! `fanin check`, `explain`, `replay --rules` and `run` with rules.

use super::Fanin;

const RULES: &str = "\
version: 1
defaults: {scope: 'tenant.state == \"active\"', new_group_delay: 0s}
rules:
  - alert: Timeouts
    kind: threshold
    from: logs
    match: 'message.contains(\"timeout\")'
    value: count()
    window: 1m
    every: 1m
    delay: 0s
    critical: '>= 3'
    overrides:
      - {tier: gold, critical: '>= 2'}
      - {tier: gold, critical: '>= 1', until: 2024-01-31}
    notify: {critical: page, warning: tickets}
  - alert: LambdaErrors
    kind: threshold
    from: metrics
    group_by: [account, dim.FunctionName]
    scope: 'tenant.tier == \"platinum\"'
    value: sum(AWS/Lambda:Errors)
    window: 5m
    critical: '> 10'
";

const WRONG: &str = "\
version: 1
rules:
  - {alert: A, kind: treshold, from: logs}
  - alert: Timeouts
    kind: threshold
    from: logs
    match: 'level == \"ERROR\" && servce == \"checkout\"'
    value: count()
    window: 5m
    critical: '>= 3'
";

const TESTS: &str = "\
rule_files: [rules.yaml]
tenants:
  - {account: '111122223333', tenant: acme, tier: gold}
tests:
  - name: two are enough for gold
    input_logs:
      - {account: '111122223333', every: 10s, until: 1m, fields: {message: timeout}}
    expect:
      - {at: 1m, alert: Timeouts, account: '111122223333', state: firing, level: critical}
";

const CONFIG: &str = "\
sources: {otlp: {}}
directory: {file: accounts.csv}
destinations: [{endpoint: \"http://localhost:4318\"}]
alerting:
  rules: [rules.yaml]
  receivers: [{name: oncall, log: }, {name: chat, log: }]
  routes: [{receivers: {page: [oncall, chat]}}]
";

const ACCOUNTS: &str =
    "account,tenant,tier,region,state\n111122223333,acme,gold,eu-central-1,ACTIVE\n444455556666,globex,,,CLOSED\n";

fn fanin() -> Fanin {
    Fanin::new().write("rules.yaml", RULES).write("accounts.csv", ACCOUNTS).write("config.yaml", CONFIG)
}

/// A subscription payload of an account with log events at these seconds after 2026-03-02 10:00.
fn capture(account: &str, seconds: &[u64]) -> String {
    let event = |second: &u64| {
        let at = 1_772_445_600_000 + second * 1_000;
        format!("{{\"id\":\"{at}\",\"timestamp\":{at},\"message\":\"upstream timeout\"}}")
    };
    let events: Vec<String> = seconds.iter().map(event).collect();
    format!(
        "{{\"messageType\":\"DATA_MESSAGE\",\"owner\":\"{account}\",\"logGroup\":\"g\",\"logStream\":\"s\",\
         \"subscriptionFilters\":[\"f\"],\"logEvents\":[{}]}}\n",
        events.join(",")
    )
}

#[test]
fn check_tells_whom_the_rules_of_a_configuration_apply_to_and_whom_they_tell() {
    let ended = fanin().run(&["check"]);
    assert_eq!(ended.exit, 0, "{}", ended.stderr);
    insta::assert_snapshot!(format!("{}---\n{}", ended.stderr, ended.stdout));
    assert_eq!(fanin().run(&["check", "--strict"]).exit, 1);

    let json = fanin().run(&["check", "--json"]).json();
    let rules = &json["files"][0]["rules"];
    assert_eq!((&rules["count"], &rules["accounts_covered"], &rules["match_none"]), (&2.into(), &1.into(), &1.into()));
}

#[test]
fn check_takes_rules_tests_and_accounts_without_a_configuration() {
    let fanin = Fanin::new()
        .write("rules.yaml", RULES)
        .write("rules.test.yaml", TESTS)
        .write("accounts.csv", ACCOUNTS)
        .write("more.yaml", "version: 1\nrules: []\n");
    let alone = fanin.run(&["check", "rules.yaml"]);
    assert_eq!((alone.exit, alone.stdout.as_str()), (0, "ok: 2 rules\n"), "{}", alone.stderr);
    let folder = fanin.run(&["check", "."]);
    assert_eq!((folder.exit, folder.stdout.as_str()), (0, "ok: 2 rules, 1 test\n"), "{}", folder.stderr);
    let all = fanin.run(&["check", "--verbose", "accounts.csv", "rules.yaml", "more.yaml", "rules.test.yaml"]);
    assert_eq!(all.exit, 0, "{}", all.stderr);
    insta::assert_snapshot!(all.stdout);
}

#[test]
fn what_is_wrong_with_rules_is_told_by_its_place_with_a_suggestion() {
    let fanin = fanin().write("rules.yaml", WRONG).write("rules.test.yaml", TESTS);
    let ended = fanin.run(&["check"]);
    assert_eq!((ended.exit, ended.stdout.as_str()), (1, "failed: 2 errors\n"));
    insta::assert_snapshot!(ended.stderr);
    assert_eq!(fanin.run(&["check", "rules.test.yaml"]).exit, 1, "the rules that tests are of are read");

    let run = fanin.run(&["run"]);
    assert_eq!(run.exit, 78, "{}", run.stderr);
    let problems: Vec<_> = run.stderr.lines().filter(|line| line.starts_with("E0")).collect();
    assert_eq!(problems.len(), 2, "{}", run.stderr);
    assert!(problems.iter().all(|problem| problem.contains("rules.yaml:")), "{problems:?}");
}

#[test]
fn routes_and_mutes_that_cannot_be_are_told_as_all_problems_are() {
    let config = CONFIG.replace(
        "routes: [{receivers",
        "mutes: [{name: m, match: [tenant]}]\n  routes: [{match: 'teer == \"a\"', receivers",
    );
    let fanin = fanin().write("config.yaml", config);
    let (checked, run) = (fanin.run(&["check"]), fanin.run(&["run"]));
    let of_alerting = |text: &str| -> Vec<String> {
        text.lines().filter(|line| line.contains(" alerting.")).map(Into::into).collect()
    };
    assert_eq!((checked.exit, run.exit), (1, 78), "{}", run.stderr);
    assert_eq!(of_alerting(&checked.stderr), of_alerting(&run.stderr));
    insta::assert_snapshot!(of_alerting(&checked.stderr).join("\n"));
}

#[test]
fn explain_tells_where_each_value_comes_from_and_who_is_told() {
    let at = ["--at", "2026-03-02T10:00:00Z"];
    let run = |arguments: &[&str]| fanin().run(&[&["explain"], arguments, &at[..]].concat());
    let gold = run(&["Timeouts", "--account", "1111-2222-3333"]);
    assert_eq!((gold.exit, gold.stderr.as_str()), (0, ""));
    insta::assert_snapshot!("explain_an_account_in_scope", gold.stdout);
    let closed = run(&["Timeouts", "--account", "444455556666"]);
    assert!(closed.stdout.contains("  applies  no: the account is not in its scope, tenant.state == \"active\"\n"));
    let metric = run(&["LambdaErrors", "--account", "111122223333", "--json"]).json();
    assert_eq!(metric["selectors"][0]["dimensions"][0], "FunctionName");
    assert_eq!(metric["applies"], false);
}

#[test]
fn explain_without_a_configuration_takes_rules_and_accounts_as_named() {
    let fanin = Fanin::new().write("rules.yaml", RULES).write("accounts.csv", ACCOUNTS);
    let named =
        ["explain", "Timeouts", "--account", "111122223333", "--rules", "rules.yaml", "--directory", "accounts.csv"];
    assert_eq!(fanin.run(&named).exit, 0);
    let nothing = fanin.run(&named[..4]);
    assert_eq!((nothing.exit, nothing.stdout.as_str()), (2, ""));
    assert!(nothing.stderr.contains("name rules with --rules PATH"), "{}", nothing.stderr);
}

#[test]
fn a_slip_of_the_finger_is_corrected() {
    let rule = fanin().run(&["explain", "Timeout", "--account", "111122223333"]);
    assert_eq!(rule.exit, 2);
    assert_eq!(
        rule.stderr,
        "error: there is no rule \"Timeout\", did you mean \"Timeouts\"?\nhint: the rules are Timeouts, LambdaErrors\n"
    );
    let account = fanin().run(&["explain", "Timeouts", "--account", "111122223334"]);
    assert!(
        account.stderr.contains("does not know 111122223334, did you mean \"111122223333\"?"),
        "{}",
        account.stderr
    );
}

#[test]
fn replay_tells_what_would_have_fired_and_sends_nothing() {
    let lines = [capture("111122223333", &[10, 20]), capture("111122223333", &[130])].concat();
    let fanin = fanin().write("capture.jsonl", lines);
    let ended = fanin.run(&["replay", "--rules", "rules.yaml", "capture.jsonl"]);
    assert_eq!(ended.exit, 0, "{}", ended.stderr);
    insta::assert_snapshot!(format!("{}---\n{}", ended.stdout, ended.stderr));
    assert!(fanin.path().join("capture.jsonl").exists());

    let explained =
        fanin.run(&["replay", "--rules", "rules.yaml", "capture.jsonl", "--explain", "111122223333", "--json"]);
    let types: Vec<String> = explained
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["type"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(types[..2], ["tick", "transition"], "{types:?}");
    assert!(types.contains(&"notification".to_owned()), "{types:?}");
}

#[test]
fn replay_without_a_directory_takes_the_accounts_of_the_capture() {
    let lines = [capture("777788889999", &[10, 20, 30]), capture("777788889999", &[130])].concat();
    let fanin = Fanin::new().write("rules.yaml", RULES).write("capture.jsonl", lines);
    let ended = fanin.run(&["replay", "--rules", "rules.yaml", "capture.jsonl"]);
    assert_eq!(ended.exit, 0, "{}", ended.stderr);
    assert!(ended.stdout.contains("change  Timeouts 7777-8888-9999  inactive -> firing critical"), "{}", ended.stdout);
    assert!(ended.stderr.starts_with("without a directory each account"), "{}", ended.stderr);
}

#[test]
fn replay_takes_several_paths_only_with_rules() {
    let fanin = fanin().write("a", "").write("b", "");
    assert_eq!(fanin.run(&["replay", "a", "b"]).exit, 2);
    assert_eq!(fanin.run(&["replay", "--rules", "rules.yaml", "a", "--send"]).exit, 2);
    let wrong = fanin.write("rules.yaml", WRONG).run(&["replay", "--rules", "rules.yaml", "a", "b"]);
    assert_eq!(wrong.exit, 78);
}

#[test]
fn rules_that_init_writes_pass_their_test() {
    let fanin = Fanin::new();
    let _ = fanin.run(&["init"]);
    let tested = fanin.run(&["test", "rules"]);
    assert_eq!(tested.exit, 0, "{}{}", tested.stdout, tested.stderr);
    let explained = fanin.run(&["explain", "ManyErrors", "--account", "111122223333"]);
    assert_eq!(explained.exit, 0, "{}", explained.stderr);
    assert!(explained.stdout.contains("told     warning -> ticket -> ticket\n"), "{}", explained.stdout);
    for (file, schema) in [("rules/errors.yaml", "rules"), ("rules/errors.test.yaml", "rule-tests")] {
        let text = std::fs::read_to_string(fanin.path().join(file)).unwrap();
        let named = text.lines().next().unwrap().strip_prefix("# yaml-language-server: $schema=").unwrap();
        assert_eq!(named, format!("../{schema}.schema.json"));
        assert!(fanin.path().join("rules").join(named).exists());
    }
}
