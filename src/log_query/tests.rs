//! What queries mean, and what is said of those that mean nothing.

use proptest::prelude::*;

use super::*;

const ATTRIBUTES: &str =
    r#"{"http.response.status_code":502,"user":{"type":"bot"},"tags":["a","b"],"note":"line\nbreak","empty":null}"#;
const RESOURCE: &str = r#"{"cloud.region":"eu-west-1","service.name":"checkout"}"#;

fn matches(query: &str) -> bool {
    let query = LogQuery::parse(query).unwrap_or_else(|error| panic!("{query}: {error}"));
    let body = "Timeout calling payments, id=8812";
    query.matches(&Row::new(("111122223333", "acme"), "/aws/lambda/checkout", 17, body, ATTRIBUTES, RESOURCE))
}

fn error(query: &str) -> (usize, String, String) {
    let error = LogQuery::parse(query).unwrap_err();
    (error.at, error.message, error.hint)
}

#[test]
fn all_terms_must_hold_and_none_match_everything() {
    for query in ["", "  ", "timeout", "timeout payments", "timeout sev>=warn source=/aws/lambda/checkout tenant=acme"]
    {
        assert!(matches(query), "{query}");
    }
    assert!(!matches("timeout refunds"));
}

#[test]
fn words_and_phrases_stand_anywhere_in_any_case() {
    for query in
        ["TIMEOUT", "ayment", "\"calling payments\"", "-refund", "-\"payments calling\"", "\"id=8812\"", "bot", "502"]
    {
        assert!(matches(query), "{query}");
    }
    for query in ["-timeout", "\"payments calling\"", "-\"Calling Payments\"", "status_code", "-bot"] {
        assert!(!matches(query), "{query}");
    }
    assert!(matches("\"line\nbreak\""), "what is escaped in the text of the attributes is found as it was");
}

#[test]
fn severities_are_ranges() {
    for query in
        ["sev=error", "sev>=warn", "sev>warn", "sev<fatal", "sev<=error", "sev>=17", "severity=ERROR", "sev=17"]
    {
        assert!(matches(query), "{query}");
    }
    for query in ["sev=warn", "sev>error", "sev<error", "sev>=critical", "sev=18", "sev=0"] {
        assert!(!matches(query), "{query}");
    }
    assert_eq!(LogQuery::parse("sev>=warn sev<fatal").unwrap().severities(), (13, 20));
    let unknown = Row::new(("111122223333", ""), "", 0, "", "", "");
    assert!(LogQuery::parse("sev=0").unwrap().matches(&unknown));
    assert!(!LogQuery::parse("sev<=info").unwrap().matches(&unknown), "what is not known is not harmless");
}

#[test]
fn keys_look_at_one_thing() {
    let yes = [
        "account=111122223333",
        "account=1111-2222-3333",
        "account~^1111",
        "tenant!=globex",
        "source~lambda",
        "message~id=\\d+$",
        "http.response.status_code=502",
        "http.response.status_code~^5",
        "user.type=bot",
        "tags=b",
        "cloud.region=eu-west-1",
        "absent!=x",
        "empty=\"\"",
        "service.name=\"checkout\"",
    ];
    for query in yes {
        assert!(matches(query), "{query}");
    }
    for query in
        ["account=111122223334", "tenant=globex", "tags!=b", "absent=x", "absent~.", "user=human", "user.type=b"]
    {
        assert!(!matches(query), "{query}");
    }
}

#[test]
fn what_only_looks_like_a_key_is_a_word() {
    for query in ["http://host/?a=b", "a>b", "(x=1)", "--", "-", "8812=x", "!"] {
        let parsed = LogQuery::parse(query).unwrap();
        assert!(matches!(parsed.terms[..], [Term::Text { .. }]), "{query}: {parsed:?}");
    }
}

#[test]
fn what_is_pushed_down_is_known() {
    let query = LogQuery::parse("tenant=acme account=1111-2222-3333 x").unwrap();
    assert_eq!((query.account(), query.tenant()), (AccountId::parse("111122223333").ok(), Some("acme")));
    let query = LogQuery::parse("tenant!=acme account~1").unwrap();
    assert_eq!((query.account(), query.tenant(), query.severities()), (None, None, (0, 255)));
    assert_eq!(query.at_least(Level::parse("warn").unwrap()).severities(), (13, 255));
}

#[test]
fn faults_say_where_and_what_to_do() {
    let said = error("abc \"def");
    assert_eq!((said.0, said.1.as_str()), (5, "a quote is opened and not closed"));
    let said = error("\u{e4} sev>=loud");
    assert_eq!((said.0, said.1.as_str()), (8, "\"loud\" is no severity"));
    assert_eq!(said.2, "write one of trace, debug, info, warn, error, fatal, or a number from 0 to 24");
    assert_eq!(error("sev~warn").1, "a severity is compared by =, >=, >, <= or <");
    assert_eq!(error("sev!=warn").0, 4);
    assert_eq!(error("account=1234").2, "write all 12 digits, or account~1234 for those with 1234 in them");
    assert_eq!(error("region= eu"), (8, "no value stands behind region".into(), error("region= eu").2));
    assert_eq!(error("a~(").1, "\"(\" is no pattern: unclosed group");
    assert_eq!(error("-tenant=acme").2, "write tenant!=value, or put it in quotes to search for the text");
    assert_eq!(error("\"a\"b").1, "something stands right behind a quote");
    assert_eq!(error("\"\"").1, "nothing stands between the quotes");
    assert_eq!(error(&"a ".repeat(TERMS_MAX + 1)).1, "more than 32 terms");
    assert_eq!(error(&"a".repeat(QUERY_CHARS_MAX + 1)).0, QUERY_CHARS_MAX + 1);
}

/// Texts that are more likely than chance to be queries.
fn queryish() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        Just("sev>=warn".to_owned()),
        "[a-z-]{1,5}(=|!=|~|>|<=)[a-z\"\\\\ ]{0,6}",
        "-?\"[ -~]{0,6}\"",
        "account=[0-9-]{10,14}",
        "[ -~]{0,8}",
        ".{0,4}",
    ];
    prop::collection::vec(word, 0..6).prop_map(|words| words.join(" "))
}

proptest! {
    #[test]
    fn whatever_is_typed_is_a_query_or_a_fault_inside_of_it(text in prop_oneof![queryish(), any::<String>()]) {
        match LogQuery::parse(&text) {
            Ok(query) => {
                let _either = query.matches(&Row::new(("111122223333", "t"), "s", 9, &text, &text, ATTRIBUTES));
            }
            Err(error) => prop_assert!((1..=text.chars().count() + 1).contains(&error.at), "{}", error),
        }
    }

    #[test]
    fn what_is_displayed_is_read_back_as_the_same(text in queryish()) {
        if let Ok(query) = LogQuery::parse(&text) {
            prop_assert_eq!(LogQuery::parse(&query.to_string()).map_err(|error| error.to_string()), Ok(query));
        }
    }

    #[test]
    fn what_is_pushed_down_loses_no_match(text in queryish(), severity in 0_u8..=24) {
        let row = Row::new(("111122223333", "acme"), "s", severity, "abc", ATTRIBUTES, RESOURCE);
        if let Ok(query) = LogQuery::parse(&text) && query.matches(&row) {
            let (low, high) = query.severities();
            prop_assert!((low..=high).contains(&severity));
            prop_assert!(query.account().is_none_or(|account| account.as_str() == "111122223333"));
            prop_assert!(query.tenant().is_none_or(|tenant| tenant == "acme"));
        }
    }
}
