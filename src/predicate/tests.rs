//! What predicates mean, what they refuse, and that CEL agrees.

mod oracle;

use std::collections::BTreeMap;

use super::*;
use crate::record::value::Attribute;

/// A record as a test gives it.
#[derive(Debug, Default)]
pub(super) struct Record<'r>(pub(super) BTreeMap<Field, Value<'r>>);

impl Fields for Record<'_> {
    fn get(&self, field: &Field) -> Option<Value<'_>> {
        self.0.get(field).copied()
    }
}

fn attribute(name: &str) -> Field {
    Field::Attribute(name.into())
}

fn record() -> Record<'static> {
    const LIST: &[Value<'static>] = &[Value::Text("a"), Value::Int(5)];
    const MAP: &[Attribute<'static>] = &[Attribute { key: "id", value: Value::Int(7) }];
    Record(BTreeMap::from([
        (Field::Account, Value::Text("012345678901")),
        (Field::Service, Value::Text("checkout")),
        (Field::Level, Value::Text("ERROR")),
        (Field::Message, Value::Text("Upstream timeout after 30s")),
        (Field::Source, Value::Text("json")),
        (attribute("whole"), Value::Int(42)),
        (attribute("double"), Value::Double(1.5)),
        (attribute("quoted"), Value::Text("3000.5")),
        (attribute("word"), Value::Text("abc")),
        (attribute("yes"), Value::Bool(true)),
        (attribute("nothing"), Value::Null),
        (attribute("list"), Value::List(LIST)),
        (attribute("map"), Value::Map(MAP)),
    ]))
}

#[track_caller]
fn holds(text: &str) -> bool {
    let predicate = Predicate::parse(text, Subject::Log).unwrap_or_else(|faults| panic!("{text}: {faults:?}"));
    predicate.holds(&record())
}

#[track_caller]
fn all_hold(texts: &[&str]) {
    texts.iter().for_each(|text| assert!(holds(text), "{text}"));
}

#[track_caller]
fn none_holds(texts: &[&str]) {
    texts.iter().for_each(|text| assert!(!holds(text), "{text}"));
}

/// The faults of a text, each with what it points at.
fn faults(text: &str, subject: Subject) -> Vec<(String, String)> {
    let faults = Predicate::parse(text, subject).map(|_| ()).unwrap_err();
    let pointed = |fault: &Fault| text.chars().skip(fault.at).take(fault.len).collect();
    faults.iter().map(|fault| (pointed(fault), fault.message.clone())).collect()
}

#[track_caller]
fn refused(text: &str, at: &str, message: &str) {
    assert_eq!(faults(text, Subject::Log), [(at.to_owned(), message.to_owned())], "{text}");
}

#[test]
fn values_are_compared() {
    all_hold(&[
        r#"service == "checkout""#,
        r#""checkout" == service"#,
        r#"level in ["ERROR", "FATAL"]"#,
        r#"level == "error""#,
        r#"service != "orders""#,
        "whole == 42 && whole != 41 && whole > 41 && whole >= 42 && whole < 43 && whole <= 42 && 41 < whole",
        "whole == 42.0 && double < 2 && double > 1 && double == 1.5 && -5 < whole",
        r#"word > "abb" && word < "abd""#,
        "whole in [1, 42]",
        "yes == true && yes && yes != false",
        "!(whole == 41) || false",
        "true",
        "double < whole && word != service",
    ]);
    none_holds(&[r#"service == "Checkout""#, "whole == 42.5", "whole in [1, 2]", "false", "!yes", "list", "word"]);
}

#[test]
fn texts_are_searched() {
    all_hold(&[
        r#"message.contains("timeout") && message.startsWith("Upstream") && message.endsWith("30s")"#,
        r#"message.matches("after [0-9]+s$")"#,
        r#"message.matches(r"\d+s")"#,
        r#"message.lowerAscii().contains("upstream t") && message.lowerAscii().startsWith("upstream")"#,
        r#"message.lowerAscii().endsWith("30s") && level == "ERROR""#,
        r#"service.lowerAscii() == "checkout" && service.lowerAscii() in ["x", "checkout"]"#,
    ]);
    none_holds(&[
        r#"message.contains("Timeout")"#,
        r#"message.lowerAscii().contains("upstream x")"#,
        r#"message.lowerAscii().endsWith("a much longer text than the message itself is, which ends it")"#,
        r#"whole.contains("4")"#,
        r#"message.matches("^timeout")"#,
    ]);
}

#[test]
fn sizes_and_members() {
    all_hold(&[
        "size(message) == 26",
        "size(list) == 2",
        "map.size() == 1",
        r#""a" in list && 5 in list && "id" in map"#,
    ]);
    none_holds(&["size(whole) == 2", "size(absent) == 0", r#""b" in list"#, r#""a" in absent"#, r#""a" in word"#]);
}

#[test]
fn a_comparison_with_a_missing_field_is_false() {
    none_holds(&[
        "absent == 1",
        "absent != 1",
        r#"absent != "x""#,
        "absent < 1",
        "absent == null",
        "absent != null",
        "absent in [1]",
        r#"absent.contains("x")"#,
        "absent == whole",
        "absent != whole",
        "has(absent)",
        "absent",
        r#"absent.lowerAscii() != "x""#,
    ]);
    all_hold(&["!(absent == 1)", "!has(absent)", "has(whole) && !absent"]);
}

#[test]
fn null_is_missing_but_for_who_asks_for_it() {
    all_hold(&["nothing == null", "nothing in [null]", "whole != null"]);
    none_holds(&[
        "has(nothing)",
        "nothing != null",
        "nothing != 5",
        "nothing == 5",
        "whole == null",
        "nothing != whole",
    ]);
}

#[test]
fn values_that_do_not_fit_are_false_and_no_error() {
    none_holds(&[
        "word > 5",
        "word < 5",
        "word == 5",
        "yes > 5",
        "list == 5",
        "list < 5",
        "map == true",
        r#"whole == "42""#,
        r#"whole < "43""#,
    ]);
    all_hold(&["word != 5", "list != 5", r#"whole != "x""#]);
}

#[test]
fn a_text_that_holds_a_number_is_one_beside_a_number() {
    all_hold(&[
        "quoted > 3000",
        "quoted == 3000.5",
        "quoted != 3000",
        "quoted in [1, 3000.5]",
        r#"quoted == "3000.5""#,
    ]);
}

#[test]
fn large_numbers_are_compared_without_loss() {
    let large = Record(BTreeMap::from([(attribute("n"), Value::Int(i64::MAX))]));
    for (text, expected) in [
        ("n == 9223372036854775807", true),
        ("n == 9223372036854775806", false),
        ("n < 9223372036854775808.0", true),
        ("n == 9223372036854775808.0", false),
    ] {
        assert_eq!(Predicate::parse(text, Subject::Log).unwrap().holds(&large), expected, "{text}");
    }
}

#[test]
fn and_binds_tighter_than_or() {
    all_hold(&[
        "true || false && false",
        "(false || true) && true",
        "!false && !(true && false)",
        "!!true",
        "false && false || true",
    ]);
    none_holds(&["(true || false) && false", "!true || false"]);
}

#[test]
fn the_predicates_of_the_rule_examples_are_read() {
    for (text, subject) in [
        (r#"tenant.state == "active""#, Subject::Account),
        (r#"service == "checkout" && level in ["ERROR", "FATAL"] && message.contains("timeout")"#, Subject::Log),
        (r#"service == "checkout" && has(duration_ms)"#, Subject::Log),
        (r#"log_group == "/platform/heartbeat""#, Subject::Log),
        (r#"dim.QueueName.endsWith("-dlq")"#, Subject::Metric),
        (r#"event == "login_failed""#, Subject::Log),
        (r#"source == "cloudtrail" && user.type == "Root" && event == "ConsoleLogin""#, Subject::Log),
        (r#"namespace == "AWS/Lambda" && metric in ["Errors"] && unit != "Count""#, Subject::Metric),
    ] {
        let predicate = Predicate::parse(text, subject).unwrap();
        assert_eq!((predicate.as_str(), predicate.to_string().as_str(), predicate.subject()), (text, text, subject));
        assert_eq!(predicate, predicate.clone());
        assert_ne!(predicate, Predicate::parse("true", subject).unwrap());
    }
}

#[test]
fn an_unquoted_account_id_is_refused_with_the_zeros_it_lost() {
    refused(
        "account == 12345678901",
        "12345678901",
        "an account id is a text of 12 digits, for leading zeros count, and 12345678901 is a number: write \"012345678901\", in quotes",
    );
    refused(
        r#"account in ["012345678901", 999999999999]"#,
        "999999999999",
        "an account id is a text of 12 digits, for leading zeros count, and 999999999999 is a number: write \"999999999999\", in quotes",
    );
    refused(
        r#"account == "12345678901""#,
        r#""12345678901""#,
        "\"12345678901\" is no account id, which has 12 digits, did you mean \"012345678901\"? Leading zeros count",
    );
}

#[test]
fn words_of_a_field_are_checked() {
    refused(
        "level == 5",
        "5",
        "`level` is a text, and 5 is none: write one of \"TRACE\", \"DEBUG\", \"INFO\", \"WARN\", \"ERROR\", \"FATAL\"",
    );
    refused(r#"level == "WARNING""#, r#""WARNING""#, "\"WARNING\" is no level, did you mean \"WARN\"?");
    refused(r#"level == "EROR""#, r#""EROR""#, "\"EROR\" is no level, did you mean \"ERROR\"?");
    refused(r#"level == "x""#, r#""x""#, "\"x\" is no level: allowed are TRACE, DEBUG, INFO, WARN, ERROR, FATAL");
    refused(
        r#"level >= "warn""#,
        r#"level >= "warn""#,
        "levels have no order here: write level in [\"WARN\", \"ERROR\", \"FATAL\"]",
    );
    refused(
        r#"source == "cloudtrial""#,
        r#""cloudtrial""#,
        "\"cloudtrial\" is no format of records, did you mean \"cloudtrail\"?",
    );
    assert!(Predicate::parse(r#"source == "VPC" && action == "REJECT""#, Subject::Log).is_ok());
    assert_eq!(
        faults(r#"tenant.state == "activ""#, Subject::Account),
        [(r#""activ""#.into(), "\"activ\" is no state of an account, did you mean \"active\"?".into())]
    );
    refused(
        r#"level.contains("ERR")"#,
        "level",
        "`level` is one of a few words, not any text: write level in [\"TRACE\", \"DEBUG\", \"INFO\", \"WARN\", \"ERROR\", \"FATAL\"]",
    );
}

#[test]
fn types_are_checked() {
    refused("message > 5", "5", "`message` is a text, and 5 is none: write \"5\"");
    refused("message == true", "true", "`message` is a text, and true is none: write \"true\"");
    refused("message == null", "null", "`message` is never null: write has(message), or !has(message)");
    refused(
        r#"size(message) > "5""#,
        r#""5""#,
        "`size(message)` is a number, and \"5\" is a text: write 5, without quotes",
    );
    refused("whole < true", "true", "true and false have no order: write == or !=");
    refused("whole < null", "null", "null has no order: ask has(field) whether it is there");
    refused(
        "message",
        "message",
        "`message` alone is no condition: compare it, or ask has(message) whether it is there",
    );
    refused("5 == 5", "5 == 5", "both sides are values, so this says nothing of a record: name a field on one side");
    refused(
        r#""x" in message"#,
        "message",
        "`message` is no list: write message.contains(\"text\") for a part of a text",
    );
    refused(
        r#"service.lowerAscii() == "X""#,
        r#""X""#,
        "lowerAscii() gives small letters, which \"X\" has not: write \"x\"",
    );
}

#[test]
fn what_is_no_predicate_says_what_to_write_instead() {
    for (text, at, message) in [
        (
            "whole + 1 == 2",
            "+",
            "predicates have no arithmetic, and + is of it: compare a field with a number, and calculate in the rule's `value`",
        ),
        (
            "whole == 1 + 2",
            "+",
            "predicates have no arithmetic, and + is of it: compare a field with a number, and calculate in the rule's `value`",
        ),
        ("yes ? true : false", "?", "there is no a ? b : c in predicates: write a && b || !a && c"),
        ("list[0] == 1", "[", "there is no [..] behind a field: write the member behind a dot, as in order.id"),
        ("1 < whole < 5", "<", "a second comparison in one: `<` here; write && between two, as in a >= 1 && a < 5"),
        ("yes and true", "and", "`and` is no operator here: write &&"),
        ("yes OR true", "OR", "`OR` is no operator here: write ||"),
        ("not yes", "yes", "&& or || is missing before `yes`"),
        (
            r#"level not in ["DEBUG"]"#,
            "not",
            "there is no `not`: write !( ) around the condition, as in !(level in [\"DEBUG\"])",
        ),
        (r#"level IN ["DEBUG"]"#, "IN", "`IN` is written `in`"),
        (r#"message like "x""#, "like", "`like` is no operator here: write field.contains(\"text\")"),
        ("(yes", "(", "a ( that is not closed: a ) is missing before the end"),
        ("yes)", ")", "a ) too many: there is no ( for it"),
        ("yes &&", "", "a field or a value is missing before the end"),
        ("&& yes", "&&", "a field or a value is missing before `&&`"),
        ("whole in []", "[]", "an empty list has nothing in it: write the values"),
        ("whole in [1", "[", "a bracket that is not closed: ] is missing at the end"),
        ("whole in [1 2]", "2", "a comma or ] is missing before 2"),
        ("whole in 5", "5", "in wants a list: write [5]"),
        ("whole == [5]", "[5]", "a list is asked with in: write field in [..]"),
        (
            "!whole == 5",
            "!",
            "! belongs to what is directly behind it and binds tighter than a comparison: write !(a == b), or a != b",
        ),
        ("(whole == 5) == true", "(", "a condition cannot be compared: join conditions with && and ||"),
        (
            r#"message.contains("x") == true"#,
            r#"message.contains("x")"#,
            "contains() is a condition already: leave the comparison out, and write ! in front for its opposite",
        ),
        (
            r#"contains(message, "x")"#,
            r#"contains(message, "x")"#,
            "contains is written behind the field: field.contains(\"text\")",
        ),
        ("message.has()", "message.has()", "has is written around the field: has(field)"),
        (
            r#"message.contain("x")"#,
            r#"message.contain("x")"#,
            "there is no function contain(), did you mean \"contains\"?",
        ),
        (
            r#"message.split("x")"#,
            r#"message.split("x")"#,
            "there is no function split(): there are has(field), size(field), field.contains(text), .startsWith(text), .endsWith(text), .matches(expression) and .lowerAscii()",
        ),
        ("message.contains(5)", "5", "contains() wants a text between quotes, not 5"),
        ("message.contains(word)", "word", "contains() wants a text between quotes, not `word`"),
        (
            "list.exists(x, x == 1)",
            "list",
            "there is no exists() in predicates: write \"value\" in field to find a value in a list",
        ),
        (r#"message.matches("a(")"#, r#""a(""#, "\"a(\" is no regular expression: unclosed group, at character 2"),
        (
            r#"message.matches("a*")"#,
            r#""a*""#,
            "\"a*\" matches the empty text, and so everything: say what must be there",
        ),
        (r#""x".contains("y")"#, ".", "functions are asked of fields, not of values: write field.contains(\"text\")"),
        (
            "x-forwarded-for == 1",
            "x",
            "a name with a hyphen is written in backquotes, as in http.request.header.`x-forwarded-for`",
        ),
        ("size(message)", "size(message)", "size() alone is no condition: compare what it gives with a value"),
        ("", "", "a predicate is missing: write a condition such as level == \"ERROR\", or leave the key out"),
        (
            "mesage == 5",
            "mesage",
            "`mesage` is no field of log records, did you mean \"message\"? An attribute of that name is written in backquotes: `mesage`",
        ),
        (r#"dim.QueueName == "q""#, "dim.QueueName", "`dim.QueueName` is a field of metrics, and this rule reads logs"),
        ("whole == {}", "{", "there are no maps in predicates: name a field"),
        ("whole == 5m", "5m", "5m is no number: a predicate has plain numbers without a unit, such as 5"),
    ] {
        refused(text, at, message);
    }
}

#[test]
fn every_fault_is_told_not_only_the_first() {
    let text = r#"level == 5 && (mesage == "x" || dim.x == 1) && whole + 1 > 2 && account == 1 || source == "vpx""#;
    let told: Vec<_> = faults(text, Subject::Log).into_iter().map(|(at, _)| at).collect();
    assert_eq!(told, ["5", "mesage", "dim.x", "+", "1", r#""vpx""#]);
}

#[test]
fn places_count_characters() {
    let text = "message == \"\u{e9}\u{e9}\" && level == 5";
    assert_eq!(Predicate::parse(text, Subject::Log).unwrap_err()[0].at, 28);
}

#[test]
fn depth_and_length_are_bounded() {
    let deep = format!("{}yes{}", "(".repeat(100), ")".repeat(100));
    assert_eq!(
        faults(&deep, Subject::Log),
        [("(".into(), "more than 32 brackets inside of each other: write fewer".into())]
    );
    for opening in ["has(", "[", "size(", "!(", "a.b("] {
        let told = faults(&opening.repeat(16_000 / opening.len()), Subject::Log);
        assert!(told.iter().any(|(_, message)| message.starts_with("more than 32 brackets")), "{opening}: {told:?}");
        assert!(told.len() < 3, "{opening}: {told:?}");
    }
    assert!(Predicate::parse(&"!".repeat(10_000), Subject::Log).is_err());
    assert!(holds(&format!("{}yes", "!".repeat(1_000))));
    let long = format!("whole in [{}]", "1,".repeat(10_000));
    let told = Predicate::parse(&long, Subject::Log).unwrap_err();
    assert_eq!((told.len(), told[0].at), (1, CHARS_MAX));
    assert!(told[0].message.starts_with("a predicate has at most 16384 characters, and this one has 20011"));
}

#[test]
fn needs_are_what_every_record_has_of_which_a_predicate_holds() {
    let needs = |text: &str| Predicate::parse(text, Subject::Log).unwrap().needs();
    let some = |texts: &[&str]| Some(texts.iter().map(|text| Box::from(*text)).collect::<Vec<Box<str>>>());
    let literals = |lists: &[&[&str]]| lists.iter().map(|list| some(list).unwrap()).collect::<Vec<_>>();
    assert_eq!(
        needs(
            r#"source == "json" && level in ["FATAL", "ERROR"] && service == "a" && log_group == "/x" && message.contains("timeout")"#
        ),
        Needs {
            sources: some(&["json"]),
            log_groups: some(&["/x"]),
            levels: some(&["ERROR", "FATAL"]),
            services: some(&["a"]),
            literals: literals(&[&["timeout"]]),
        }
    );
    assert_eq!(
        needs(
            r#"service == "b" && message.contains("long text") && message.startsWith("x") || service == "a" && message.endsWith("y")"#
        ),
        Needs { services: some(&["a", "b"]), literals: literals(&[&["long text", "y"]]), ..Needs::default() }
    );
    assert_eq!(needs(r#"message.matches("(time|dead)line [0-9]+ (exceeded)")"#).literals, literals(&[&["exceeded"]]));
    assert_eq!(needs(r#"message.matches("fail(ed|ure)|panic")"#).literals, literals(&[&["fail", "panic"]]));
    for text in [
        r#"service == "a" || whole == 1"#,
        r#"!(service == "a")"#,
        r#"service != "a""#,
        r#"message.matches("(?i)abc")"#,
        "true",
    ] {
        assert_eq!(needs(text), Needs::default(), "{text}");
    }
    assert_eq!(needs(r#"service == "a" && service == "b""#).services, some(&[]));
}

#[test]
fn fields_are_told() {
    let predicate =
        Predicate::parse(r#"level == "ERROR" && (has(a.b) || !(size(c) > 1) || d == service)"#, Subject::Log).unwrap();
    let expected = [Field::Service, Field::Level, attribute("a.b"), attribute("c"), attribute("d")];
    assert_eq!(predicate.fields(), BTreeSet::from(expected));
}
