//! What a policy does to records, as told to operators.

use std::collections::BTreeSet;

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use proptest::prelude::*;
use prost::Message;

use super::*;
use crate::config::Secret;
use crate::config::expression::Expression;
use crate::config::policy::{Action, Change, Condition, Detector, Exempt, Fields, Level, Pattern, Redact, Scope};
use crate::glob::Glob;
use crate::record::metric::Dimension;
use crate::record::metric::reading::{Reading, Values};
use crate::record::normalize::tests::{Given, tell};
use crate::record::severity::Severity;
use crate::time::Timestamp;

const JWT: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N";
const KEY: &str = "AKIAIOSFODNN7EXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

fn whose(log_group: &str) -> Whose<'_> {
    Whose { account: AccountId::parse("111122223333").unwrap(), tenant: "acme", tier: "gold", log_group }
}

fn scope(tenant: &str) -> Scope {
    Scope { tenants: BTreeSet::from([tenant.to_owned()]), ..Scope::default() }
}

fn redact(redact: Redact) -> config::Policy {
    config::Policy { redact, ..config::Policy::default() }
}

fn pattern(text: &str, action: Action) -> Pattern {
    let pattern = Expression::new(text).unwrap();
    Pattern { name: "number".into(), pattern, action, fields: Vec::new(), scope: Scope::default() }
}

fn key() -> Option<Secret> {
    Some(Secret::new("0123456789abcdef".into()))
}

/// What becomes of a message of `/acme/app`: the record and how it went.
#[derive(Debug, Default, PartialEq)]
struct Told {
    record: String,
    outcome: Option<Outcome>,
    counts: Counts,
    explained: Vec<String>,
}

fn apply(config: &config::Policy, message: &str, hint: bool) -> Told {
    let policy = Policy::compile(config);
    let local = policy.of(&whose("/acme/app"));
    let mut told = Told::default();
    Given::new("/acme/app", &[message]).check_mut(|draft, bump| {
        let outcome = local.apply(draft, if hint { message } else { "" }, bump, &mut told.counts);
        told.record = tell(draft);
        told.outcome = Some(outcome);
        let steps = std::mem::take(&mut draft.explain).steps();
        told.explained = steps.iter().map(|step| format!("{}: {}", step.name, step.detail)).collect();
    });
    told
}

#[track_caller]
fn becomes(config: &config::Policy, message: &str, expected: &str) {
    for hint in [true, false] {
        assert_eq!(apply(config, message, hint).record, expected, "{message}");
    }
}

#[test]
fn a_record_whose_text_travels_is_redacted_where_it_does_not_leave_as_well() {
    let filter = vec![Filter { verdict: Verdict::Drop, condition: Condition::default() }];
    let sampled = |action, sampled| {
        let redact = Redact { action, ..Redact::default() };
        let policy = Policy::compile(&config::Policy { redact, filter: filter.clone(), ..config::Policy::default() });
        let mut told = None;
        Given::new("/acme/app", &["key AKIAIOSFODNN7EXAMPLE"]).check_mut(|draft, bump| {
            let local = policy.of(&whose("/acme/app"));
            draft.explain = crate::record::explain::Explain::off();
            let became = local.apply_sampled(draft, "", sampled, bump, &mut Counts::default());
            told = Some((became, draft.log.body.text().unwrap().to_owned()));
        });
        told.unwrap()
    };
    let (key, masked) = ("key AKIAIOSFODNN7EXAMPLE".to_owned(), "key [redacted:aws_key]".to_owned());
    assert_eq!(sampled(Action::Mask, true), ((Outcome::Filtered, true), masked.clone()));
    assert_eq!(
        sampled(Action::Mask, false),
        ((Outcome::Filtered, false), key),
        "what nobody sees is not looked through"
    );
    assert_eq!(sampled(Action::DropRecord, true), ((Outcome::Filtered, false), masked), "it may not be shown");
}

#[test]
fn a_text_by_which_rules_group_holds_nothing_that_must_not_leave() {
    let fields = |name: &str, action| Fields { names: vec![Glob::new(name)], action, scope: Scope::default() };
    let fields = vec![fields("user.email", Action::Mask), fields("card", Action::DropValue)];
    let policy = Policy::compile(&redact(Redact { fields, ..Redact::default() }));
    let local = policy.of(&whose("/acme/app"));
    let clean = |path, text| local.clean_text(path, text).map(std::borrow::Cow::into_owned);
    assert_eq!(clean("user.email", "ann").as_deref(), Some("[redacted:field]"));
    assert_eq!(clean("user.name", "ann").as_deref(), Some("ann"));
    assert_eq!(clean("user.name", "ann@example.com").as_deref(), Some("[redacted:email]"));
    assert_eq!(clean("body", "key AKIAIOSFODNN7EXAMPLE").as_deref(), Some("key [redacted:aws_key]"));
    assert_eq!(clean("card", "7"), None);
}

#[test]
fn everything_is_masked_by_default_and_counted_and_explained_without_the_secret() {
    let message =
        format!(r#"{{"message":"login of bob@example.com","level":"info","user":{{"keys":["{KEY}"]}},"n":1}}"#);
    let told = apply(&config::Policy::default(), &message, true);
    assert_eq!(
        told.record,
        r#"aws.cloudwatch 9 info | "login of [redacted:email]" | user={keys:["[redacted:aws_key]"]} n=1"#
    );
    assert_eq!(told.outcome, Some(Outcome::Forward));
    assert_eq!(told.counts, Counts { detected: [1, 0, 0, 1, 0], ..Counts::default() });
    assert_eq!(told.counts.redactions(), 2);
    let redact: Vec<_> = told.explained.iter().filter(|it| it.starts_with("redact")).collect();
    assert_eq!(redact, ["redact: 1 email in body: masked", "redact: 1 aws_key in user.keys: masked"]);
}

#[test]
fn a_value_under_a_telling_name_is_found_whatever_holds_both() {
    let policy = config::Policy::default();
    becomes(
        &policy,
        &format!(r#"{{"message":"m","aws":{{"secretAccessKey":"{SECRET}"}},"Authorization":["Basic dXNlcjpwYXNz"]}}"#),
        r#"aws.cloudwatch 0  | "m" | aws={secretAccessKey:"[redacted:aws_key]"} Authorization=["Basic [redacted:token]"]"#,
    );
    becomes(
        &policy,
        &format!(r#"{{"message":"m","env":[{{"name":"AWS_SESSION_TOKEN","value":"{SECRET}"}}]}}"#),
        r#"aws.cloudwatch 0  | "m" | env=[{name:"AWS_SESSION_TOKEN",value:"[redacted:aws_key]"}]"#,
    );
}

#[test]
fn a_number_that_is_a_card_becomes_a_text() {
    becomes(
        &config::Policy::default(),
        r#"{"message":"m","card":4111111111111111,"time":1718000000000}"#,
        r#"aws.cloudwatch 0  | "m" | card="[redacted:card]" time=1718000000000"#,
    );
}

#[test]
fn the_same_value_has_the_same_hash_and_another_key_another() {
    let hashed = |key: &str, message: &str| {
        let hash_key = Some(Secret::new(key.into()));
        apply(&redact(Redact { action: Action::Hash, hash_key, ..Redact::default() }), message, true).record
    };
    let first = hashed("0123456789abcdef", "a bob@example.com");
    assert_eq!(first, r#"aws.cloudwatch 0  | "a [email:bbc8434fd179]" | "#);
    assert!(hashed("0123456789abcdef", "b bob@example.com").contains("[email:bbc8434fd179]"));
    assert!(!hashed("fedcba9876543210", "b bob@example.com").contains("[email:bbc8434fd179]"));
}

#[test]
fn a_value_or_a_record_can_be_dropped() {
    let message = r#"{"message":"m","a":"mail bob@example.com","b":{"c":"bob@example.com","d":1}}"#;
    let policy = redact(Redact { action: Action::DropValue, ..Redact::default() });
    becomes(&policy, message, r#"aws.cloudwatch 0  | "m" | b={d:1}"#);
    becomes(&policy, "mail bob@example.com", r#"aws.cloudwatch 0  | "[redacted:email]" | "#);
    let told = apply(&redact(Redact { action: Action::DropRecord, ..Redact::default() }), message, true);
    assert_eq!(told.outcome, Some(Outcome::Redacted));
    assert_eq!((told.counts.dropped, told.counts.detected[3]), (1, 2));
}

#[test]
fn patterns_hold_in_their_fields_and_for_their_tenants() {
    let mut only_body = pattern("C-[0-9]{8}", Action::Mask);
    only_body.fields = vec![Glob::new("body"), Glob::new("customer.*")];
    let message = r#"{"message":"C-12345678","x":"C-12345678","customer":{"id":"C-12345678"}}"#;
    becomes(
        &redact(Redact { patterns: vec![only_body.clone()], ..Redact::default() }),
        message,
        r#"aws.cloudwatch 0  | "[redacted:number]" | x="C-12345678" customer={id:"[redacted:number]"}"#,
    );
    let other = Pattern { scope: scope("other"), ..only_body };
    becomes(
        &redact(Redact { patterns: vec![other], ..Redact::default() }),
        message,
        r#"aws.cloudwatch 0  | "C-12345678" | x="C-12345678" customer={id:"C-12345678"}"#,
    );
}

#[test]
fn a_pattern_that_looks_around_matches_values_and_not_the_line() {
    let patterns = vec![pattern("^[0-9]{4}$", Action::Mask)];
    becomes(
        &redact(Redact { patterns, ..Redact::default() }),
        r#"{"message":"pin 1234","pin":"1234","number":1234}"#,
        r#"aws.cloudwatch 0  | "pin 1234" | pin="[redacted:number]" number="[redacted:number]""#,
    );
}

#[test]
fn fields_go_whole_by_their_name() {
    let names = vec![Glob::new("password"), Glob::new("*.secret")];
    let fields = vec![Fields { names, action: Action::Mask, scope: Scope::default() }];
    becomes(
        &redact(Redact { fields, ..Redact::default() }),
        r#"{"message":"m","password":"hunter2","a":{"secret":{"b":1},"password":7},"secret":"kept"}"#,
        r#"aws.cloudwatch 0  | "m" | password="[redacted:field]" a={secret:"[redacted:field]",password:"[redacted:field]"} secret="kept""#,
    );
}

#[test]
fn a_tenant_may_be_spared_a_detector() {
    let exempt = |tenant| vec![Exempt { detectors: [Detector::Emails].into(), scope: scope(tenant) }];
    let message = format!("bob@example.com {KEY}");
    becomes(
        &redact(Redact { exempt: exempt("acme"), ..Redact::default() }),
        &message,
        r#"aws.cloudwatch 0  | "bob@example.com [redacted:aws_key]" | "#,
    );
    becomes(
        &redact(Redact { exempt: exempt("other"), ..Redact::default() }),
        &message,
        r#"aws.cloudwatch 0  | "[redacted:email] [redacted:aws_key]" | "#,
    );
}

#[test]
fn a_scope_holds_where_each_of_its_lists_has_the_record() {
    let account = whose("").account;
    let all = Scope {
        accounts: BTreeSet::from([account]),
        tenants: BTreeSet::from(["acme".to_owned()]),
        tiers: BTreeSet::from(["gold".to_owned()]),
        log_groups: vec![Glob::new("/x/*"), Glob::new("/acme/*")],
    };
    assert!(scope::holds(&all, &whose("/acme/app")));
    assert!(scope::holds(&Scope::default(), &whose("")));
    let other = AccountId::parse("000000000042").unwrap();
    for wrong in [
        Whose { account: other, ..whose("/acme/app") },
        Whose { tenant: "other", ..whose("/acme/app") },
        Whose { tier: "", ..whose("/acme/app") },
        whose("/other/app"),
    ] {
        assert!(!scope::holds(&all, &wrong), "{wrong:?}");
    }
}

fn filter(verdict: Verdict, condition: Condition) -> Filter {
    Filter { verdict, condition }
}

#[test]
fn the_first_filter_that_matches_wins_and_the_rest_leaves() {
    let errors = Condition { severity_from: Some(Level::Error), ..Condition::default() };
    let health = Condition { body: Some(Expression::new("(?i)health").unwrap()), ..Condition::default() };
    let route = Condition { attributes: vec![("http.route".into(), Glob::new("/health*"))], ..Condition::default() };
    let debug = Condition { severity_below: Some(Level::Info), ..Condition::default() };
    let filter = vec![
        filter(Verdict::Keep, errors),
        filter(Verdict::Drop, health),
        filter(Verdict::Drop, route),
        filter(Verdict::Drop, debug),
        filter(Verdict::Drop, Condition { scope: scope("other"), ..Condition::default() }),
    ];
    let policy = config::Policy { filter, ..config::Policy::default() };
    for (message, expected) in [
        (r#"{"message":"Health check failed","level":"error"}"#, Outcome::Forward),
        (r#"{"message":"Health check","level":"info"}"#, Outcome::Filtered),
        (r#"{"a":"Health in a map"}"#, Outcome::Filtered),
        (r#"{"message":"m","http.route":"/health/live"}"#, Outcome::Filtered),
        (r#"{"message":"m","http":{"route":"/health/live"}}"#, Outcome::Filtered),
        (r#"{"message":"m","http":{"route":"/orders"}}"#, Outcome::Forward),
        (r#"{"message":"m","level":"debug"}"#, Outcome::Filtered),
        ("no level counts as info", Outcome::Forward),
    ] {
        let told = apply(&policy, message, true);
        assert_eq!(told.outcome, Some(expected), "{message}");
        assert_eq!(told.counts.filtered, u64::from(expected == Outcome::Filtered));
    }
}

#[test]
fn a_filter_sees_what_will_not_leave() {
    let body = Some(Expression::new("bob@example").unwrap());
    let filter = vec![filter(Verdict::Drop, Condition { body, ..Condition::default() })];
    let told = apply(&config::Policy { filter, ..config::Policy::default() }, "from bob@example.com", true);
    assert_eq!(told.outcome, Some(Outcome::Filtered));
    assert_eq!(told.record, r#"aws.cloudwatch 0  | "from [redacted:email]" | "#, "explained, so redacted");
    assert!(told.explained.contains(&"filter: dropped by policy.filter[0]".to_owned()));
}

#[test]
fn errors_are_not_sampled_unless_the_rule_says_so() {
    let rule = |severity_below| Sample { rate: 0.0, severity_below, scope: Scope::default() };
    let of = |level, message| {
        let policy = config::Policy { sample: vec![rule(level)], ..config::Policy::default() };
        apply(&policy, message, true).outcome.unwrap()
    };
    let (error, warn) = (r#"{"message":"m","level":"error"}"#, r#"{"message":"m","level":"warn"}"#);
    assert_eq!(of(Level::Error, error), Outcome::Forward);
    assert_eq!(of(Level::Error, warn), Outcome::SampledOut);
    assert_eq!(of(Level::Fatal, error), Outcome::SampledOut);
    assert_eq!(of(Level::Warn, warn), Outcome::Forward);
    assert_eq!(of(Level::Warn, "no level counts as info"), Outcome::SampledOut);
}

#[test]
fn what_stays_of_a_sample_says_for_how_many_it_stands() {
    let sample = vec![
        Sample { rate: 0.0, severity_below: Level::Fatal, scope: scope("other") },
        Sample { rate: 0.999_999, severity_below: Level::Error, scope: Scope::default() },
    ];
    let told = apply(&config::Policy { sample, ..config::Policy::default() }, "m", true);
    assert_eq!(told.record, r#"aws.cloudwatch 0  | "m" | fanin.sample.rate=0.999999"#);
}

#[test]
fn edits_come_last_and_in_order() {
    let edit = |change| Edit { change, scope: Scope::default() };
    let attributes = vec![
        edit(Change::Rename { from: "password".into(), to: "p".into() }),
        edit(Change::Rename { from: "n".into(), to: "p".into() }),
        edit(Change::Remove(vec![Glob::new("k8s.*")])),
        edit(Change::Add(vec![("env".into(), "ops@example.com".into()), ("p".into(), "no".into())])),
        Edit { change: Change::Remove(vec![Glob::new("*")]), scope: scope("other") },
    ];
    let fields = vec![Fields { names: vec![Glob::new("password")], action: Action::Mask, scope: Scope::default() }];
    let policy =
        config::Policy { attributes, redact: Redact { fields, ..Redact::default() }, ..config::Policy::default() };
    let message = r#"{"message":"m","password":"x","n":1,"k8s.a":1,"k8s.b":2}"#;
    becomes(&policy, message, r#"aws.cloudwatch 0  | "m" | p="[redacted:field]" n=1 env="ops@example.com""#);
    assert_eq!(apply(&policy, message, true).counts.edited, 1);
}

#[test]
fn dimensions_are_redacted_even_where_the_record_does_not_leave() {
    let filter = vec![filter(Verdict::Drop, Condition { scope: scope("acme"), ..Condition::default() })];
    let config = config::Policy { filter, ..config::Policy::default() };
    let policy = Policy::compile(&config);
    Given::new("/acme/app", &["m"]).check_mut(|draft, bump| {
        let dimensions =
            bump.alloc([Dimension { name: "user", value: "bob@example.com" }, Dimension { name: "n", value: "1" }]);
        let reading = Reading {
            namespace: "app",
            name: "logins",
            unit: "1",
            dimensions,
            start: Timestamp::from_seconds(1),
            end: Timestamp::from_seconds(1),
            values: Values::One(1.0),
            once: "",
        };
        draft.readings.extend([reading, reading]);
        draft.explain = crate::record::explain::Explain::off();
        let outcome = policy.of(&whose("/acme/app")).apply(draft, "", bump, &mut Counts::default());
        assert_eq!(outcome, Outcome::Filtered);
        for reading in &draft.readings {
            let values: Vec<_> = reading.dimensions.iter().map(|it| it.value).collect();
            assert_eq!(values, ["[redacted:email]", "1"]);
        }
    });
}

fn text(message: &str) -> String {
    let mut patterns = vec![pattern("C-[0-9]{8}|[0-9]{9}", Action::Mask)];
    patterns[0].fields = vec![Glob::new("somewhere")];
    let policy = Policy::compile(&redact(Redact { patterns, ..Redact::default() }));
    policy.redact_text(message, &mut Counts::default()).into_owned()
}

#[test]
fn a_rejected_payload_is_as_much_json_as_before() {
    for (given, expected) in [
        (r#"{"a":"bob@example.com","b":1}"#, r#"{"a":"[redacted:email]","b":1}"#),
        (
            r#"{"card":4111111111111111,"n":[4111111111111111]}"#,
            r#"{"card":"[redacted:card]","n":["[redacted:card]"]}"#,
        ),
        (r#"{"n":-123456789.5,"m":"C-12345678"}"#, r#"{"n":"[redacted:number]","m":"[redacted:number]"}"#),
        (
            r#"{"message":"{\"card\":4111111111111111,\"to\":\"\\nbob@example.com\"}"}"#,
            r#"{"message":"{\"card\":\"[redacted:card]\",\"to\":\"\\n[redacted:email]\"}"}"#,
        ),
        (r#"{"key":"-----BEGIN PRIVATE KEY-----\nMII","n":1}"#, r#"{"key":"[redacted:private_key]","n":1}"#),
        (r#"{"a":"x\\","b":"bob@example.com"}"#, r#"{"a":"x\\","b":"[redacted:email]"}"#),
        ("plain bob@example.com 4111111111111111", "plain [redacted:email] [redacted:card]"),
        (r#"{"cut":"off bob@example.com"#, r#"{"cut":"off [redacted:email]"#),
    ] {
        assert_eq!(text(given), expected);
        assert_eq!(text(expected), expected);
    }
}

/// A request of one record with that body, and an attribute of that name and value.
fn request(body: &str, key: &str, value: &str, number: i64, severity: i32) -> Vec<u8> {
    use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
    use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
    use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
    let any = |value| Some(AnyValue { value: Some(value) });
    let text = KeyValue { key: key.into(), value: any(Any::StringValue(value.into())), ..KeyValue::default() };
    let number = KeyValue { key: "n".into(), value: any(Any::IntValue(number)), ..KeyValue::default() };
    let record = LogRecord {
        body: any(Any::StringValue(body.into())),
        attributes: vec![text, number],
        severity_number: severity,
        ..LogRecord::default()
    };
    let scope_logs = vec![ScopeLogs { log_records: vec![record], ..ScopeLogs::default() }];
    let resource_logs = vec![ResourceLogs { scope_logs, ..ResourceLogs::default() }];
    ExportLogsServiceRequest { resource_logs }.encode_to_vec()
}

#[test]
fn requests_of_others_stay_as_they_are_or_are_rewritten() {
    let policy = Policy::compile(&config::Policy::default());
    let local = policy.of(&whose(""));
    let rewrite = |request: &[u8]| local.rewrite(request, &mut Counts::default()).unwrap();
    let clean = request("a line with nothing in it", "k", "v", 12, 9);
    assert!(!local.may_change(&clean));
    assert_eq!(rewrite(&clean), None);
    let rewritten = |request: Vec<u8>| rewrite(&request).unwrap().request;
    assert_eq!(
        rewritten(request("from bob@example.com", "k", "v", 12, 9)),
        request("from [redacted:email]", "k", "v", 12, 9)
    );
    assert_eq!(
        rewritten(request("m", "aws.secretAccessKey", SECRET, 12, 9)),
        request("m", "aws.secretAccessKey", "[redacted:aws_key]", 12, 9)
    );
    let card = rewritten(request("m", "k", "v", 4_111_111_111_111_111, 9));
    assert!(card.windows(15).any(|it| it == b"[redacted:card]"));
    assert!(local.rewrite(b"\x0a\xffbob@example.com", &mut Counts::default()).is_err());
}

#[test]
fn requests_of_others_are_filtered_sampled_and_edited() {
    let debug = Condition { severity_below: Some(Level::Info), ..Condition::default() };
    let config = config::Policy {
        filter: vec![filter(Verdict::Drop, debug)],
        attributes: vec![Edit {
            change: Change::Rename { from: "k".into(), to: "key".into() },
            scope: Scope::default(),
        }],
        ..config::Policy::default()
    };
    let policy = Policy::compile(&config);
    let local = policy.of(&whose(""));
    let mut counts = Counts::default();
    let dropped = local.rewrite(&request("m", "k", "v", 1, 5), &mut counts).unwrap();
    assert_eq!(dropped, Some(otlp::Rewritten { request: Vec::new(), records: 0 }));
    let edited = local.rewrite(&request("m", "k", "v", 1, 9), &mut counts).unwrap().unwrap();
    assert_eq!((edited.request, edited.records), (request("m", "key", "v", 1, 9), 1));
    assert_eq!(counts, Counts { filtered: 1, edited: 1, ..Counts::default() });
    assert_eq!(condition::severity_of(12), Severity::NOTICE);
}

/// Secrets, each with what must be gone.
fn secrets() -> Vec<(String, String)> {
    let of = |text: &str| (text.to_owned(), text.to_owned());
    vec![
        of(KEY),
        of(JWT),
        of("bob@example.com"),
        of("4111111111111111"),
        of("4111 1111 1111 1111"),
        of("ghp_0123456789abcdefghijklmnopqrstuvwxyz"),
        (format!("aws_secret_access_key={SECRET}"), SECRET.into()),
        (format!("X-Amz-Security-Token: {SECRET}"), SECRET.into()),
        ("Authorization: Basic dXNlcjpwYXNzd29yZA==".into(), "dXNlcjpwYXNzd29yZA".into()),
        ("-----BEGIN PRIVATE KEY-----\nMIIEsecret\n-----END PRIVATE KEY-----".into(), "MIIEsecret".into()),
    ]
}

/// JSON of some depth with the texts at its leaves.
fn json(texts: impl Strategy<Value = String> + 'static) -> impl Strategy<Value = serde_json::Value> {
    let key = proptest::sample::select(vec![
        "message",
        "level",
        "a",
        "user",
        "name",
        "value",
        "log",
        "trace_id",
        "Authorization",
    ]);
    let leaf = prop_oneof![
        3 => texts.prop_map(serde_json::Value::from),
        1 => any::<i64>().prop_map(serde_json::Value::from),
        1 => Just(serde_json::Value::Null),
    ];
    let value = leaf.prop_recursive(3, 16, 4, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(serde_json::Value::from),
            proptest::collection::vec((key.clone(), inner), 0..4).prop_map(|pairs| serde_json::Value::Object(
                pairs.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()
            )),
        ]
    });
    proptest::collection::vec(("[a-z]{1,6}|message|Authorization|sessionToken", value), 1..5)
        .prop_map(|pairs| serde_json::Value::Object(pairs.into_iter().collect()))
}

/// Some text with or without a secret in it.
fn spoken() -> impl Strategy<Value = String> {
    let words = "[ -~\u{e9}\\n]{0,12}";
    let secrets: Vec<_> = secrets().into_iter().map(|(text, _)| text).collect();
    prop_oneof![
        2 => words.prop_map(String::from),
        1 => (words, proptest::sample::select(secrets), words).prop_map(|(a, secret, b)| format!("{a} {secret} {b}")),
    ]
}

fn any_policy() -> config::Policy {
    let patterns = vec![pattern("C-[0-9]{8}", Action::Hash)];
    redact(Redact { patterns, hash_key: key(), ..Redact::default() })
}

proptest! {
    #[test]
    fn a_message_with_nothing_in_it_spares_its_values_the_look_and_changes_nothing(
        value in json(spoken()), text in spoken(), is_json in any::<bool>()
    ) {
        let message = if is_json { value.to_string() } else { text };
        for policy in [config::Policy::default(), any_policy()] {
            let (hinted, full) = (apply(&policy, &message, true), apply(&policy, &message, false));
            prop_assert_eq!(hinted, full, "{}", message);
        }
    }

    #[test]
    fn a_planted_secret_survives_nowhere(
        planted in proptest::sample::select(secrets()), path in "[a-z]{1,5}", depth in 0..4_usize, before in "([ -~]* )?", raw in any::<bool>()
    ) {
        let (text, gone) = planted;
        let mut value = serde_json::Value::from(format!("{before}{text} end"));
        for level in 0..depth {
            value = if level % 2 == 0 { serde_json::json!([1, value]) } else { serde_json::json!({ path.clone(): value }) };
        }
        let inner = serde_json::json!({ "message": format!("{text} at first"), path: value, "again": serde_json::json!({"x": text}).to_string() });
        for message in [inner.to_string(), serde_json::json!({ "log": inner.to_string() }).to_string(), format!("{before}{text}\n")] {
            let policy = Policy::compile(&config::Policy::default());
            let mut given = Given::new("/acme/app", &[]);
            given.settings.raw = raw;
            let messages = [message.as_str()];
            let given = Given { messages: &messages, ..given };
            let mut told = String::new();
            given.check_mut(|draft, bump| {
                let _ = policy.of(&whose("/acme/app")).apply(draft, &message, bump, &mut Counts::default());
                told.push_str(&tell(draft));
                told.push_str(&format!("{:?}", draft.explain));
            });
            prop_assert!(!told.contains(&gone), "{message} gives {told}");
            let text = policy.redact_text(&message, &mut Counts::default()).into_owned();
            prop_assert!(!text.contains(&gone), "{message} gives {text}");
        }
    }

    #[test]
    fn json_stays_json_and_redacting_again_changes_nothing(value in json(spoken()), cut in 0..400_usize) {
        let policy = Policy::compile(&any_policy());
        let redact = |text: &str| policy.redact_text(text, &mut Counts::default()).into_owned();
        let nested = serde_json::json!({ "logEvents": [{ "message": value.to_string() }] });
        for message in [value.to_string(), nested.to_string(), serde_json::to_string_pretty(&value).unwrap()] {
            let once = redact(&message);
            prop_assert!(serde_json::from_str::<serde_json::Value>(&once).is_ok(), "{message} gives {once}");
            prop_assert_eq!(redact(&once), once.clone(), "{}", message);
            prop_assert!(once.len() <= message.len() * 4 + 64);
            let part = &message[..message.floor_char_boundary(cut)];
            let once = redact(part);
            prop_assert_eq!(redact(&once), once);
        }
    }

    #[test]
    fn a_record_that_was_redacted_is_redacted_no_more(text in spoken(), more in spoken()) {
        let message = format!("{text}{more}");
        let first = apply(&any_policy(), &message, true);
        let policy = Policy::compile(&any_policy());
        let bump = Bump::new();
        Given::new("/acme/app", &[&message]).check_mut(|draft, own| {
            let local = policy.of(&whose("/acme/app"));
            let _ = local.apply(draft, "", own, &mut Counts::default());
            let mut counts = Counts::default();
            let body = draft.log.body.text().map(|body| bump.alloc_str(body) as &str);
            let _ = local.apply(draft, "", own, &mut counts);
            assert_eq!(draft.log.body.text(), body);
            assert_eq!(counts, Counts::default(), "{}", first.record);
        });
    }

    #[test]
    fn any_bytes_of_a_request_do_no_harm(bytes in proptest::collection::vec(any::<u8>(), 0..200), body in spoken()) {
        let policy = Policy::compile(&any_policy());
        let local = policy.of(&whose(""));
        drop(local.rewrite(&bytes, &mut Counts::default()));
        let mut broken = request(&body, "k", &body, 1, 9);
        let at = bytes.len() % broken.len();
        broken[at] ^= 0x41;
        drop(local.rewrite(&broken, &mut Counts::default()));
    }
}
