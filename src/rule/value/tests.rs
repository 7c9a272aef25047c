//! Tests of value expressions.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::rule::Selector;

fn parsed_by(from: From, group_by: &[Field], text: &str) -> Result<(Arithmetic, Vec<Term>), Fault> {
    let queries = BTreeMap::from([("claimed".into(), Arithmetic::Term(0))]);
    let mut terms = Vec::new();
    let value = parse(text, &Sources { from, group_by, queries: &queries, matches: None }, &mut terms)?;
    Ok((value, terms))
}

fn refused(from: From, text: &str) -> (usize, usize, String) {
    let fault = parsed_by(from, &[Field::Account], text).unwrap_err();
    (fault.at, fault.len, fault.message)
}

fn selector(from: &str, group_by: &[Field]) -> Selector {
    let (_, terms) = parsed_by(From::Metrics, group_by, from).unwrap();
    let [Term { of: Values::Metric(selector), .. }] = &terms[..] else { panic!("{terms:?}") };
    selector.clone()
}

fn names(names: &[&str]) -> Option<Vec<Box<str>>> {
    Some(names.iter().map(|name| (*name).into()).collect())
}

#[test]
fn arithmetic_binds_as_in_mathematics() {
    let (value, terms) = parsed_by(From::Logs, &[], "1 + count() * 2 - -sum(bytes) / (3 - count())").unwrap();
    let texts: Vec<&str> = terms.iter().map(|term| &*term.text).collect();
    assert_eq!(texts, ["count()", "sum(bytes)"]);
    assert_eq!(value.evaluate(&[Some(1.0), Some(4.0)], &|_| None), crate::rule::Computed::Value(1.0 + 2.0 + 4.0 / 2.0));
}

#[test]
fn minimum_and_maximum_are_aggregates_of_one_and_scalars_of_two() {
    let (value, terms) = parsed_by(
        From::Metrics,
        &[],
        "sum(AWS/DynamoDB:ThrottledRequests) / max(sum(AWS/DynamoDB:ConsumedReadCapacityUnits), 1)",
    )
    .unwrap();
    assert_eq!(terms.len(), 2);
    let of = |throttled, consumed| value.evaluate(&[Some(throttled), Some(consumed)], &|_| None);
    assert_eq!(of(3.0, 0.0), crate::rule::Computed::Value(3.0));
    assert_eq!(of(3.0, 6.0), crate::rule::Computed::Value(0.5));
    assert_eq!(selector("max(AWS/X:Y{a=\"1,2\",b=\")\"})", &[]).equal.len(), 2);
}

#[test]
fn quotas_have_names_and_defaults() {
    let (value, _) = parsed_by(From::Metrics, &[], "claimed / quota(\"lambda.concurrency\", 1000)").unwrap();
    let quota = Arithmetic::Quota("lambda.concurrency".into(), Some(1_000.0));
    assert_eq!(value, Arithmetic::Binary(Operator::Divide, Box::new(Arithmetic::Term(0)), Box::new(quota)));
}

#[test]
fn a_selector_names_everything_about_a_series() {
    assert_eq!(
        selector("max(AWS/ApiGateway:Latency[p95]{Stage=\"prod\", ApiName=\"shop\"})", &[]),
        Selector {
            namespace: "AWS/ApiGateway".into(),
            metric: "Latency".into(),
            statistic: Some("p95".into()),
            equal: vec![("ApiName".into(), "shop".into()), ("Stage".into(), "prod".into())],
            dimensions: names(&["ApiName", "Stage"]),
        }
    );
    assert_eq!(&*selector("sum(\"My App\":\"Queue depth\")", &[]).namespace, "My App");
}

#[test]
fn the_set_of_dimensions_is_named_by_group_and_braces_or_by_by() {
    let grouped = [Field::Account, Field::Dimension("FunctionName".into())];
    assert_eq!(selector("sum(AWS/Lambda:Errors)", &[Field::Account]).dimensions, None);
    assert_eq!(selector("sum(AWS/Lambda:Errors)", &grouped).dimensions, names(&["FunctionName"]));
    let braces = "sum(AWS/Lambda:Errors{Resource=\"f:live\"})";
    assert_eq!(selector(braces, &grouped).dimensions, names(&["FunctionName", "Resource"]));
    assert_eq!(
        selector("sum(AWS/Lambda:Errors by (Resource, FunctionName))", &grouped).dimensions,
        names(&["FunctionName", "Resource"])
    );
    assert_eq!(selector("sum(AWS/Lambda:Errors by ())", &[]).dimensions, names(&[]));
    assert_eq!(
        parsed_by(From::Metrics, &grouped, "sum(AWS/Lambda:Errors by (Resource))").unwrap_err().message,
        "by (..) names the whole set of dimensions, and \"FunctionName\" is missing in it"
    );
}

#[test]
fn the_average_of_a_percentile_is_refused() {
    for function in ["avg", "sum", "count", "rate"] {
        let (at, len, message) = refused(From::Metrics, &format!("{function}(AWS/ApiGateway:Latency[p95])"));
        assert_eq!((at, len), (function.len() + 1, 27));
        assert_eq!(
            message,
            format!(
                "{function} of the statistic p95 means nothing: percentiles cannot be averaged or summed; use max, min or last"
            )
        );
    }
    assert_eq!(
        refused(From::Metrics, "p99(AWS/Lambda:Duration)").2,
        "p99 needs single values, and CloudWatch publishes statistics: write max(AWS/Lambda:Duration[p99])"
    );
}

#[test]
fn mistakes_are_told_with_their_place() {
    let told = [
        refused(From::Logs, "cuont()"),
        refused(From::Logs, "count() +"),
        refused(From::Logs, "count() count()"),
        refused(From::Logs, "sum()"),
        refused(From::Logs, "sum(duration_ms"),
        refused(From::Logs, "sum(AWS/Lambda:Errors)"),
        refused(From::Logs, "max(sum(a))"),
        refused(From::Logs, "p100(x)"),
        refused(From::Logs, "2x"),
        refused(From::Metrics, "claimd / 2"),
        refused(From::Metrics, "sum(Errors)"),
        refused(From::Metrics, "max(AWS/Lambda:Errors[Sum])"),
        refused(From::Metrics, "count()"),
        refused(From::Metrics, "quota(lambda)"),
        refused(From::Metrics, "sum(AWS/Lambda:Errors{a=b})"),
        refused(From::Fanin, "max(Pipeline Lag)"),
        refused(From::Fanin, "max(pipeline.reject)"),
    ];
    let told: Vec<String> = told.into_iter().map(|(at, len, message)| format!("{at}+{len} {message}")).collect();
    insta::assert_debug_snapshot!(told);
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "([a-z]{1,3}|count|max|p9|quota|[(){}\\[\\]\",:/.+*=-]| |[0-9]|AWS/L:E|by)*") {
        for from in [From::Logs, From::Metrics, From::Fanin] {
            if let Err(fault) = parsed_by(from, &[], &text) {
                prop_assert!(fault.len >= 1 && fault.at <= text.chars().count());
            }
        }
    }
}
