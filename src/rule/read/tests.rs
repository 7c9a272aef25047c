//! Tests of the reader of rule files: each says what a person reads about a mistake.

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::predicate::field::Field;
use crate::rule::{Comparison, From, Hold, Kind, Level, NoData, Rule, Unit, Values};

const PROPOSAL: &str = include_str!("../../../tests/data/rules/proposal/rules.yaml");

/// A rule of kind threshold that is right, but for what a test adds.
const BASE: &str = "alert: A, kind: threshold, from: logs, value: count(), window: 5m";

fn file(rules: &[&str]) -> String {
    let rules: Vec<String> = rules.iter().map(|rule| format!("  - {{{rule}}}\n")).collect();
    format!("version: 1\nrules:\n{}", rules.concat())
}

fn lines(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}

/// What is wrong with files of that text.
fn told(text: &str) -> Vec<String> {
    lines(&read(&[("r.yaml", text)]).1)
}

/// Claims that these rules, the first in line 3, have exactly these problems.
#[track_caller]
fn refused(rules: &[&str], expected: &[&str]) {
    assert_eq!(told(&file(rules)), expected, "{rules:#?}");
}

#[track_caller]
fn set(text: &str) -> RuleSet {
    let (set, problems) = read(&[("r.yaml", text)]);
    assert!(problems.is_empty(), "{:#?}", lines(&problems));
    set
}

/// The only rule of a file.
#[track_caller]
fn rule(text: &str) -> Rule {
    set(&file(&[text])).rules.remove(0)
}

const fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(60 * minutes)
}

#[test]
fn short_names_of_a_source_count_wherever_a_rule_names_a_field() {
    let attribute = |name: &str| Field::Attribute(name.into());
    let beside = |source: &str, rest: &str| {
        rule(&format!("alert: A, from: logs, match: 'source == \"{source}\" && has(request_id)', {rest}"))
    };
    let event = beside("cloudtrail", "kind: event, level: critical, dedup_by: [account, user.ip]");
    let Kind::Event { dedup_by, .. } = event.kind else { panic!("an event") };
    assert_eq!(dedup_by, [Field::Account, attribute("source.address")]);
    let absence = beside("cloudtrail", "kind: absence, level: critical, timeout: 5m, group_by: [account, event_name]");
    assert_eq!(absence.group_by, [Field::Account, attribute("rpc.method")]);
    let new = beside("cloudtrail", "kind: first_seen, level: warning, key: user_agent");
    let Kind::FirstSeen(first_seen) = new.kind else { panic!("first seen") };
    assert_eq!(first_seen.key, attribute("user_agent.original"));
    let slow = beside("lambda", "kind: threshold, value: p99(duration_ms), window: 5m, critical: '> 3s'");
    assert_eq!(slow.measure().unwrap().terms[0].of, Values::Field(attribute("aws.lambda.duration_ms")));
}

#[test]
fn the_example_reads_without_a_problem() {
    let set = set(PROPOSAL);
    let told: Vec<String> = set
        .rules
        .iter()
        .map(|rule| {
            let kind = rule.kind.name().as_str();
            let (name, window, every, delay) = (&rule.name, rule.window, rule.every, rule.delay);
            let settings = &rule.settings;
            let texts = [&settings.critical, &settings.warning, &settings.recover_warning]
                .map(|condition| condition.as_ref().map_or("-", |condition| &*condition.text).to_owned());
            format!(
                "{name}: {kind} {:?} {window:?} every {every:?} delay {delay:?} [{}] {:?} {:?} keep {:?}",
                rule.group_by,
                texts.join(", "),
                settings.hold,
                settings.no_data,
                settings.keep_firing_for
            )
        })
        .collect();
    insta::assert_debug_snapshot!(told);
}

#[test]
fn the_rules_of_the_example_are_as_written() {
    let set = set(PROPOSAL);
    let get = |name: &str| &set.rules[set.get(name).unwrap()];
    let payments = get("PaymentTimeouts");
    assert_eq!(payments.overrides.len(), 2);
    assert_eq!(payments.overrides[0].tier.as_deref(), Some("gold"));
    assert_eq!(payments.overrides[1].account.unwrap().as_str(), "012345678901");
    assert_eq!(payments.annotations.samples, 5);
    assert_eq!(payments.settings.notify.route.as_deref(), Some("payments"));
    assert_eq!(payments.labels, [("team".into(), "platform".into())]);
    assert_eq!(payments.scope.as_ref().unwrap().as_str(), "tenant.state == \"active\"");

    let latency = get("ApiLatencyP95");
    let critical = latency.settings.critical.as_ref().unwrap();
    assert_eq!((critical.bound, critical.unit), (2_000.0, Unit::Milliseconds));
    let Values::Metric(selector) = &latency.measure().unwrap().terms[0].of else { panic!() };
    assert_eq!(selector.dimensions.as_deref(), Some(&["ApiName".into()][..]));

    let quota = get("LambdaThrottledNearQuota").measure().unwrap();
    assert_eq!(quota.terms.len(), 2);
    let (_, gate) = quota.when.as_ref().unwrap();
    assert_eq!((gate.comparison, gate.bound), (Comparison::Above, 0.0));

    let heartbeat = get("TenantHeartbeatMissing");
    assert!(heartbeat.groups_from_directory);
    assert_eq!(heartbeat.settings.timeout, minutes(15));
    assert_eq!((heartbeat.incident.fleet_count, heartbeat.incident.fleet_share), (10, 0.002));
    assert_eq!(heartbeat.incident.repeat, minutes(240));
    assert_eq!(heartbeat.inhibited_by, [Box::<str>::from("PipelineLag")]);
    assert_eq!(heartbeat.level_of(), Some(Level::Critical));

    let signature = get("NewErrorSignature");
    assert_eq!(signature.group_by, []);
    assert_eq!(signature.scope, payments.scope);
    assert!(
        matches!(&signature.kind, Kind::FirstSeen(first) if first.fleet && first.signature && first.key == Field::Message)
    );

    let forecast = get("LogQuotaForecast");
    assert_eq!(forecast.window, minutes(60));
    assert_eq!(forecast.settings.critical.as_ref().unwrap().within, Some(minutes(1_440)));

    let login = get("RootLogin");
    assert_eq!(login.max_alert_age, minutes(1_440));
    assert!(matches!(&login.kind, Kind::Event { dedup_by, .. } if dedup_by.len() == 2));

    let fleet = get("FleetLambdaErrors");
    assert_eq!((fleet.delay, fleet.every, &fleet.group_by[..]), (minutes(4), minutes(1), &[Field::Region][..]));
    assert_eq!(
        get("TenantDegraded").children(),
        ["LambdaErrorRatio", "ApiLatencyP95", "CheckoutP99", "TenantHeartbeatMissing"]
    );

    let lag = get("PipelineLag");
    assert_eq!((lag.from, lag.delay, &lag.group_by[..]), (Some(From::Fanin), Duration::ZERO, &[][..]));
    assert!(matches!(lag.settings.no_data, NoData::Breach { level: Level::Critical, only_if_last: None }));
}

#[test]
fn defaults_are_built_in_and_a_rule_restates_them() {
    let plain = rule(&format!("{BASE}, critical: '> 1'"));
    assert_eq!((plain.every, plain.delay, plain.new_group_delay), (minutes(1), minutes(1), minutes(60)));
    assert_eq!((plain.resolve_after, plain.max_alert_age, plain.max_groups), (minutes(1_440), minutes(60), 50_000));
    assert_eq!((&plain.group_by[..], &plain.settings.no_data), (&[Field::Account][..], &NoData::Zero));
    let defaults = "version: 1\ndefaults: {every: 30s, delay: {metrics: 2m}, labels: {team: a, x: b}, for: 3m, notify: {critical: page}}\n";
    let rules = "rules:\n  - {alert: A, kind: threshold, from: logs, value: count(), window: 5m, critical: '> 1', labels: {team: c}, notify: {warning: ticket}}\n  \
        - {alert: B, kind: threshold, from: metrics, value: 'sum(A:B)', window: 5m, every: 5m, critical: '> 1', datapoints: {breach: 1, of: 2}}\n";
    let set = set(&format!("{defaults}{rules}"));
    let [a, b] = &set.rules[..] else { panic!() };
    assert_eq!((a.every, a.delay, a.settings.hold), (Duration::from_secs(30), minutes(1), Hold::For(minutes(3))));
    assert_eq!(a.labels, [("team".into(), "c".into()), ("x".into(), "b".into())]);
    assert_eq!(a.settings.notify.critical.as_deref(), Some("page"));
    assert_eq!(a.settings.notify.warning.as_deref(), Some("ticket"));
    assert_eq!((b.every, b.delay, &b.settings.no_data), (minutes(5), minutes(2), &NoData::Keep));
    assert!(matches!(b.settings.hold, Hold::Datapoints { breach: 1, of: 2, .. }));
}

#[test]
fn a_for_that_is_shorter_than_every_is_fine() {
    assert_eq!(rule(&format!("{BASE}, critical: '> 1', for: 10s")).settings.hold, Hold::For(Duration::from_secs(10)));
}

#[test]
fn unknown_keys_have_a_suggestion_and_keys_of_other_kinds_say_whose_they_are() {
    refused(
        &[&format!("{BASE}, critcal: '> 1', critical: '> 1', baseline: {{previous: true}}")],
        &[
            "E012 r.yaml:3:73 rules[0]: unknown key \"critcal\", did you mean \"critical\"?",
            "E056 r.yaml:3:106 rules[0]: \"baseline\" is for kind change, and this rule is threshold",
        ],
    );
}

#[test]
fn a_recovery_on_the_wrong_side_is_refused() {
    refused(
        &[&format!("{BASE}, critical: '>= 50', recover: '> 5'")],
        &[
            "E052 r.yaml:3:101 rules[0].recover: \"> 5\" is on the wrong side of critical \">= 50\": what recovers must not breach, did you mean \"< 5\"?",
        ],
    );
    refused(
        &[&format!("{BASE}, critical: '>= 50', warning: '>= 20', recover: '< 30'")],
        &[
            "E052 r.yaml:3:119 rules[0].recover: \"< 30\" is on the wrong side of warning \">= 20\": what recovers must not breach",
        ],
    );
}

#[test]
fn a_recovery_may_be_given_by_level() {
    let settings =
        rule(&format!("{BASE}, critical: '>= 50', warning: '>= 20', recover: {{critical: '< 40', warning: '< 5'}}"))
            .settings;
    assert_eq!(settings.recover_critical.unwrap().bound, 40.0);
    assert_eq!(settings.recover_warning.unwrap().bound, 5.0);
    let settings = rule(&format!("{BASE}, critical: '>= 50', recover: {{critical: '< 40'}}")).settings;
    assert_eq!(settings.recover_critical, settings.recover_warning);
}

#[test]
fn a_warning_beyond_critical_is_refused() {
    refused(
        &[&format!("{BASE}, critical: '>= 50', warning: '>= 80'")],
        &[
            "E052 r.yaml:3:83 rules[0].critical: \">= 50\" is critical but no warning, which begins at \">= 80\": critical must lie beyond warning",
        ],
    );
}

#[test]
fn a_rule_without_a_threshold_is_refused() {
    refused(&[BASE], &["E011 r.yaml:3:5 rules[0]: \"critical\" or \"warning\" is missing: from where on it is bad"]);
}

#[test]
fn values_are_checked_with_their_place() {
    refused(
        &[
            "alert: A, kind: threshold, from: metrics, value: 'avg(AWS/ApiGateway:Latency[p95])', window: 5m, critical: '> 2s'",
            "alert: B, kind: threshold, from: metrics, value: \"sum(\\\"My App\\\":x) +\", window: 5m, critical: '> 2'",
            "alert: C, kind: threshold, from: metrics, value: 'sum(My/App:x)', window: 5m, critical: '> 2s'",
        ],
        &[
            "E051 r.yaml:3:60 rules[0].value: avg of the statistic p95 means nothing: percentiles cannot be averaged or summed; use max, min or last",
            "E051 r.yaml:4:75 rules[1].value: the expression ends where a value belongs",
            "E052 r.yaml:5:97 rules[2].critical: \"2s\" is a time, but the unit of the value is not known: write a bare number in its own unit",
        ],
    );
    assert_eq!(
        told(
            "version: 1\nrules:\n- alert: A\n  kind: threshold\n  from: logs\n  window: 5m\n  critical: '> 1'\n  value: >-\n    1 +\n    cuont()\n"
        ),
        [
            "E051 r.yaml:9:5 rules[0].value: \"cuont\" is no aggregate, did you mean \"count\"?, at character 5 of the text"
        ]
    );
}

#[test]
fn windows_and_steps_fit_together() {
    let with = |rest: &str| format!("alert: A, kind: threshold, from: logs, value: count(), critical: '> 1', {rest}");
    refused(
        &[&with("window: 30s")],
        &["E037 r.yaml:3:86 rules[0].window: a window of 30s is shorter than \"every\", which is 1m"],
    );
    refused(
        &[&with("window: 5m, every: 2m")],
        &["E037 r.yaml:3:86 rules[0].window: a window of 5m is no multiple of \"every\", which is 2m"],
    );
    refused(
        &[&with("window: -5m")],
        &[
            "E013 r.yaml:3:86 rules[0].window: \"-5m\" is no duration: write a whole number and a unit, such as \"5s\", \"10m\" or \"250ms\"",
        ],
    );
    refused(
        &[&with("every: 1m")],
        &["E011 r.yaml:3:5 rules[0]: \"window\" is missing: the time that each step looks at, such as 5m"],
    );
}

#[test]
fn datapoints_stand_instead_of_for() {
    refused(
        &[&format!("{BASE}, critical: '> 1', for: 1m, datapoints: {{breach: 3, of: 2}}")],
        &[
            "E037 r.yaml:3:111 rules[0].datapoints: \"datapoints\" stands instead of \"for\": keep one of them",
            "E037 r.yaml:3:111 rules[0].datapoints: 3 of 2 ticks cannot breach: \"breach\" is at most \"of\"",
        ],
    );
    refused(
        &[&format!("{BASE}, critical: '> 1', compat: cloudwatch")],
        &["E036 r.yaml:3:98 rules[0].compat: \"compat: cloudwatch\" needs \"datapoints\", such as {breach: 3, of: 5}"],
    );
}

#[test]
fn absence_has_a_timeout_and_no_window() {
    refused(
        &["alert: A, kind: absence, from: logs, level: critical, window: 5m, for: 1m"],
        &[
            "E011 r.yaml:3:5 rules[0]: \"timeout\" is missing: how long nothing may come, such as 15m",
            "E056 r.yaml:3:60 rules[0]: \"window\" is for kind threshold, ratio, change, outlier or forecast, and this rule is absence; \"timeout\" says how long nothing may come",
            "E056 r.yaml:3:72 rules[0]: \"for\" is for kind threshold, ratio, change, outlier, forecast, fleet or composite, and this rule is absence; \"timeout\" says how long nothing may come",
        ],
    );
    refused(
        &[
            "alert: A, kind: absence, from: metrics, level: critical, timeout: 5m, group_by: [account, dim.X], groups: registry",
        ],
        &[
            "E037 r.yaml:3:112 rules[0].groups: the directory knows accounts only, so \"groups: registry\" needs \"group_by: [account]\"",
        ],
    );
}

#[test]
fn a_composite_of_an_unknown_rule_is_refused() {
    refused(
        &[
            &format!("{BASE}, critical: '> 1'"),
            "alert: LambdaErrors, kind: composite, level: critical, expr: 'A && !LamdaErrors'",
            &format!("{}, critical: '> 1', inhibited_by: [Quux, B]", BASE.replace("alert: A", "alert: B")),
        ],
        &[
            "E053 r.yaml:4:74 rules[1].expr: there is no rule \"LamdaErrors\", did you mean \"LambdaErrors\"?",
            "E053 r.yaml:5:105 rules[2].inhibited_by[0]: there is no rule \"Quux\"",
            "E053 r.yaml:5:111 rules[2].inhibited_by[1]: the rule \"B\" cannot inhibit itself",
        ],
    );
}

#[test]
fn a_cycle_of_rules_is_refused() {
    let composite = |name: &str, expr: &str| format!("alert: {name}, kind: composite, level: critical, expr: '{expr}'");
    refused(
        &[&composite("A", "B"), &composite("B", "!C"), &composite("C", "A || C")],
        &[
            "E053 r.yaml:3:13 rules[0].alert: the rule depends on itself: A -> B -> C -> A",
            "E053 r.yaml:4:13 rules[1].alert: the rule depends on itself: B -> C -> A -> B",
            "E053 r.yaml:5:13 rules[2].alert: the rule depends on itself: C -> A -> B -> C",
        ],
    );
}

#[test]
fn rules_stand_at_most_three_deep() {
    let composite = |name: &str, expr: &str| format!("alert: {name}, kind: composite, level: critical, expr: '{expr}'");
    let plain = format!("{BASE}, critical: '> 1'");
    let four = [plain, composite("B", "A"), composite("C", "A && B"), composite("D", "C"), composite("E", "D")];
    let four: Vec<&str> = four.iter().map(String::as_str).collect();
    refused(&four, &["E053 r.yaml:7:13 rules[4].alert: \"E\" stands 4 rules deep, and 3 are allowed"]);
    let three = set(&file(&four[..4]));
    assert_eq!(three.order(), [vec![0], vec![1], vec![2], vec![3]]);
}

#[test]
fn a_fleet_rule_is_about_a_rule_with_a_state_for_each_account() {
    let plain = format!("{BASE}, critical: '> 1', every: 5m");
    let one = format!("{}, critical: '> 1', group_by: []", BASE.replace("alert: A", "alert: B"));
    refused(
        &[
            &plain,
            &one,
            "alert: F, kind: fleet, of: A, critical: '> 5%'",
            "alert: G, kind: fleet, of: F, critical: '> 5%', group_by: [region]",
            "alert: H, kind: fleet, of: B, value: count, critical: '> 5%'",
            "alert: I, kind: fleet, of: A, critical: '> 5%', every: 1m",
            "alert: J, kind: fleet, of: A, critical: '> 5%', by: [account, tier], overrides: []",
        ],
        &[
            "E056 r.yaml:6:54 rules[3]: \"group_by\" is for kind threshold, ratio, absence, event, composite, first_seen, change, outlier or forecast, and this rule is fleet; \"by\" says what a fleet rule groups by",
            "E052 r.yaml:7:43 rules[4].value: \"value: count\" is a number of accounts, and a threshold is a share: write \"value: share\"",
            "E037 r.yaml:8:61 rules[5].every: it counts at ticks of \"A\", which come every 5m: write a multiple of that",
            "E056 r.yaml:9:75 rules[6]: \"overrides\" is for kind threshold, ratio, absence, event, composite, first_seen, change, outlier or forecast, and this rule is fleet; it is about no single account",
        ],
    );
    refused(
        &[&one, "alert: F, kind: fleet, of: B, critical: '> 5%'", "alert: G, kind: fleet, of: F, critical: '> 5%'"],
        &[
            "E053 r.yaml:4:33 rules[1].of: \"B\" has no state for each account, so no share of accounts can be told",
            "E053 r.yaml:5:33 rules[2].of: \"F\" is a fleet rule itself, and counts no accounts",
        ],
    );
}

#[test]
fn an_override_changes_what_shapes_no_state() {
    refused(
        &[&format!(
            "{BASE}, critical: '>= 50', warning: '>= 20', overrides: [{{tier: gold, window: 10m}}, {{critical: '> 1'}}, {{tier: free}}, {{tier: x, critical: '>= 10'}}]"
        )],
        &[
            "E054 r.yaml:3:122 rules[0].overrides[0]: it changes nothing: give one of enabled, critical, warning, recover, for, datapoints, keep_firing_for, no_data, min_total, min_samples, timeout, notify",
            "E054 r.yaml:3:135 rules[0].overrides[0]: \"window\" is the same for all accounts, because it decides which state is kept or what is told: write a rule of its own; an override may set enabled, critical, warning, recover, for, datapoints, keep_firing_for, no_data, min_total, min_samples, timeout, notify",
            "E054 r.yaml:3:149 rules[0].overrides[1]: it does not say for whom it is: give account, tenant, tier, region or match",
            "E054 r.yaml:3:160 rules[0].overrides[1].critical: with this override \"> 1\" is critical but no warning, which begins at \">= 20\": critical must lie beyond warning",
            "E054 r.yaml:3:168 rules[0].overrides[2]: it changes nothing: give one of enabled, critical, warning, recover, for, datapoints, keep_firing_for, no_data, min_total, min_samples, timeout, notify",
            "E054 r.yaml:3:202 rules[0].overrides[3].critical: with this override \">= 10\" is critical but no warning, which begins at \">= 20\": critical must lie beyond warning",
        ],
    );
}

#[test]
fn an_override_for_one_account_says_who_why_and_how_long() {
    refused(
        &[&format!(
            "{BASE}, critical: '>= 50', overrides: [{{account: \"111111111111\", enabled: false, until: soon}}]"
        )],
        &[
            "E054 r.yaml:3:104 rules[0].overrides[0]: an override for one account needs owner, why: who answers for it, why, and how long",
            "E013 r.yaml:3:153 rules[0].overrides[0].until: \"soon\" is no date: write 2026-12-31 or 2026-12-31T12:00:00Z",
        ],
    );
}

#[test]
fn account_ids_without_quotes_and_norway_are_refused() {
    let rest = "why: w, owner: o, until: 2026-12-31";
    refused(
        &[&format!(
            "{BASE}, critical: '>= 50', overrides: [{{account: 012345678901, enabled: no, {rest}}}, {{account: 42, enabled: true, {rest}}}, {{region: no, enabled: true}}, {{tier: 'no', enabled: false}}]"
        )],
        &[
            "E057 r.yaml:3:114 rules[0].overrides[0].account: 012345678901 without quotes is a number, which has no leading zeros: write \"012345678901\"",
            "E013 r.yaml:3:137 rules[0].overrides[0].enabled: \"no\" is not true or false, did you mean \"false\"?",
            "E057 r.yaml:3:189 rules[0].overrides[1].account: 42 without quotes is a number, which has no leading zeros: write \"000000000042\"",
            "E057 r.yaml:3:255 rules[0].overrides[2].region: no without quotes is no text to every YAML reader: write \"no\"",
        ],
    );
}

#[test]
fn a_key_that_is_given_twice_is_refused() {
    assert_eq!(
        told("version: 1\nrules:\n  - {alert: A, alert: B}\n"),
        ["E002 r.yaml:3:16 not valid YAML: duplicate mapping key: alert"]
    );
}

#[test]
fn a_name_that_two_files_have_is_told_with_both_places() {
    let one = file(&[&format!("{BASE}, critical: '> 1'")]);
    let (set, problems) = read(&[("a.yaml", &one), ("b.yaml", &one)]);
    assert_eq!(
        lines(&problems),
        ["E032 b.yaml:3:13 rules[0].alert: \"A\" is the name of another rule, at a.yaml:3:13"]
    );
    assert_eq!(set.rules.len(), 1);
    assert!(is_refused(&problems));
}

#[test]
fn rules_of_one_file_may_name_rules_of_another() {
    let one = file(&["alert: C, kind: composite, level: warning, expr: A"]);
    let other = file(&[&format!("{BASE}, critical: '> 1'")]);
    let (set, problems) = read(&[("a.yaml", &one), ("b.yaml", &other)]);
    assert_eq!(lines(&problems), Vec::<String>::new());
    assert_eq!(set.order(), [vec![1], vec![0]]);
}

#[test]
fn a_set_with_an_error_is_refused_as_a_whole() {
    let (set, problems) =
        read(&[("r.yaml", &file(&[&format!("{BASE}, critical: '> 1'"), "alert: B, kind: thresold"]))]);
    assert_eq!(
        lines(&problems),
        ["E013 r.yaml:4:22 rules[1].kind: \"thresold\" is not known, did you mean \"threshold\"?"]
    );
    assert!(is_refused(&problems) && set.rules.len() == 1);
}

#[test]
fn a_file_says_its_version_and_is_no_file_of_tests() {
    assert_eq!(told("rules: []\n"), ["E011 r.yaml:1:1 \"version\" is missing, did you mean \"version: 1\"?"]);
    assert_eq!(
        told("version: 2\nrules: []\n"),
        ["E013 r.yaml:1:10 version: version \"2\" is not known: this is for version 1"]
    );
    assert_eq!(
        told("rule_files: [a]\ntests: []\n"),
        ["E010 r.yaml:1:1 rule_files: this is a file of rule tests: run it with `fanin test`"]
    );
    assert_eq!(told("version: 1\nruels: []\n").len(), 2);
    assert_eq!(told("version: 1\n"), ["E011 r.yaml:1:1 \"rules\" is missing: the list of rules"]);
}

#[test]
fn a_line_that_was_left_half_written_is_told() {
    assert_eq!(
        told(&format!("version: 1\nrules:\n  - {{{BASE}, critical: '> 1', recover: , for: }}\n")),
        [
            "E011 r.yaml:3:90 rules[0].recover: nothing is given here: give a value or take the line out",
            "E011 r.yaml:3:101 rules[0].for: nothing is given here: give a value or take the line out",
        ]
    );
}

#[test]
fn kinds_have_needs_of_their_own() {
    refused(
        &[
            "alert: A, kind: ratio, from: metrics, bad: 'sum(A:B) + sum(A:C)', total: 'sum(A:B)', window: 5m, critical: '> 5%'",
            "alert: B, kind: change, from: logs, value: count(), window: 5m, baseline: {previous: true, hour_of_week: true}, critical: '> 5'",
            "alert: C, kind: event, from: metrics, level: critical",
            "alert: D, kind: first_seen, from: logs, level: critical, key: signature(message), scope: fleet, group_by: [account]",
            "alert: E, kind: forecast, from: metrics, value: 'max(A:B)', warning: '> 5', every: 1h, history: 1d, min_points: 48",
            "alert: F, kind: threshold, from: self, value: 'max(pipeline.watermark_lag_seconds)', window: 5m, critical: '> 5', group_by: [account]",
            "alert: G, kind: outlier, from: logs, value: '1', window: 5m, level: warning, group_by: [region], method: {mad: 6, direction: up}",
        ],
        &[
            "E051 r.yaml:3:49 rules[0].bad: a part of a ratio is one aggregate; kind threshold takes any arithmetic",
            "E037 r.yaml:4:80 rules[1].baseline: a baseline is either \"previous: true\" or \"hour_of_week: true\"",
            "E052 r.yaml:4:131 rules[1].critical: \"5\" has no unit, did you mean \"5x\"?",
            "E056 r.yaml:5:35 rules[2].from: event rules are about logs, not \"metrics\"",
            "E037 r.yaml:6:112 rules[3].group_by: a rule with \"scope: fleet\" has one state for each key, and no other groups: take the line out",
            "E037 r.yaml:7:118 rules[4].min_points: there are only 24 points in the history: one for each \"every\"",
            "E037 r.yaml:8:130 rules[5].group_by: a rule from self has one state: write [], or take the line out",
            "E056 r.yaml:9:5 rules[6]: outliers are found among accounts: \"group_by\" needs \"account\"",
            "E051 r.yaml:9:50 rules[6].value: the value is always the same: it has no aggregate, such as count()",
            "E013 r.yaml:9:131 rules[6].method.direction: \"up\" is not one of above, below, both",
        ],
    );
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "(version: 1\n|rules:\n|  - |alert: A\n|kind: |threshold\n|fleet\n|    |overrides: |[a-z]{1,5}|: |[\\[\\]{},\"'>\n]|\\PC){0,40}") {
        drop(read(&[("r.yaml", &text)]));
    }

    /// A character of the example is changed: whatever is told lies in the file, and nothing panics.
    #[test]
    fn a_slip_in_the_example_is_told_within_the_file(at in 0..PROPOSAL.len(), to in "[ -~]") {
        let mut text = PROPOSAL.to_owned();
        text.replace_range(at..=at, &to);
        for problem in read(&[("r.yaml", &text)]).1 {
            if let crate::config::problem::Position::Line { line, column } = problem.place.position {
                let width = text.lines().nth(usize::try_from(line).unwrap() - 1).map_or(0, |line| line.chars().count());
                prop_assert!(usize::try_from(column).unwrap() <= width + 1, "{problem}");
            }
        }
    }
}
