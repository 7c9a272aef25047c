//! The crate `cel` as the oracle: any predicate of any record gives what CEL gives, as far as CEL gives anything.

use std::collections::HashMap;

use cel::{Context, Program};
use proptest::prelude::*;

use super::*;

/// A condition as both are told of it: `{name}` stands for a field.
#[derive(Clone, Debug)]
enum Asked {
    /// Asks for one field.
    One(&'static str, String),
    Not(Box<Self>),
    All(Vec<Self>),
    Any(Vec<Self>),
}

/// Fields of the records: texts begin with `t`, whole numbers with `n`, others with `d`, booleans with `b`.
const TEXTS: [&str; 4] = ["service", "message", "t1", "t.two"];
const NUMBERS: [&str; 3] = ["n1", "n.two", "d1"];
const BOOLS: [&str; 2] = ["b1", "b.two"];

fn word() -> impl Strategy<Value = String> {
    "[a-cA-C\\u{e9}'\\\\]{0,4}"
}

fn number() -> impl Strategy<Value = String> {
    prop_oneof![(-3_i64..4).prop_map(|n| n.to_string()), (-3_i32..4).prop_map(|n| format!("{n}.5"))]
}

fn comparison() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["==", "!=", "<", "<=", ">", ">="])
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn one() -> impl Strategy<Value = Asked> {
    let text = || prop::sample::select(&TEXTS);
    let numeric = || prop::sample::select(&NUMBERS);
    let function = prop::sample::select(vec!["contains", "startsWith", "endsWith"]);
    let expression = prop::sample::select(vec!["^a", "b+$", "[ab]c", "a|b", "(?i)abc"]);
    let words = prop::collection::vec(word(), 1..4)
        .prop_map(|words| words.iter().map(|it| quoted(it)).collect::<Vec<_>>().join(", "));
    let numbers = prop::collection::vec(number(), 1..4).prop_map(|numbers| numbers.join(", "));
    prop_oneof![
        (text(), comparison(), word()).prop_map(|(of, is, it)| Asked::One(of, format!("{{}} {is} {}", quoted(&it)))),
        (text(), comparison(), word()).prop_map(|(of, is, it)| Asked::One(of, format!("{} {is} {{}}", quoted(&it)))),
        (numeric(), comparison(), number()).prop_map(|(of, is, it)| Asked::One(of, format!("{{}} {is} {it}"))),
        (text(), words).prop_map(|(of, list)| Asked::One(of, format!("{{}} in [{list}]"))),
        (numeric(), numbers).prop_map(|(of, list)| Asked::One(of, format!("{{}} in [{list}]"))),
        (text(), function, word()).prop_map(|(of, it, word)| Asked::One(of, format!("{{}}.{it}({})", quoted(&word)))),
        (text(), expression).prop_map(|(of, it)| Asked::One(of, format!("{{}}.matches({})", quoted(it)))),
        (text(), comparison(), 0..5).prop_map(|(of, is, it)| Asked::One(of, format!("size({{}}) {is} {it}"))),
        prop::sample::select(&BOOLS).prop_map(|of| Asked::One(of, "{}".into())),
        (prop::sample::select(&BOOLS), any::<bool>()).prop_map(|(of, it)| Asked::One(of, format!("{{}} == {it}"))),
        prop::sample::select(vec!["t1", "n1", "b1", "d1"]).prop_map(|of| Asked::One(of, "has({})".into())),
    ]
}

fn asked() -> impl Strategy<Value = Asked> {
    one().prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|it| Asked::Not(Box::new(it))),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Asked::All),
            prop::collection::vec(inner, 2..4).prop_map(Asked::Any),
        ]
    })
}

/// The text, each field after `prefix`.
fn written(asked: &Asked, prefix: &str) -> String {
    let join = |parts: &[Asked], by: &str| {
        let parts: Vec<_> = parts.iter().map(|part| written(part, prefix)).collect();
        format!("({})", parts.join(by))
    };
    match asked {
        Asked::One(name, text) => text.replace("{}", &format!("{prefix}{name}")),
        Asked::Not(it) => format!("!({})", written(it, prefix)),
        Asked::All(parts) => join(parts, " && "),
        Asked::Any(parts) => join(parts, " || "),
    }
}

/// What CEL would say if every comparison with a missing field were false.
fn expected(asked: &Asked, record: &Record<'_>, context: &Context<'_, '_>) -> bool {
    match asked {
        Asked::One(name, text) => {
            let field = Field::parse(name, Subject::Log).unwrap();
            if record.get(&field).is_none() {
                return false;
            }
            let text = text.replace("{}", &format!("r.{name}"));
            let value = Program::compile(&text).unwrap().execute(context);
            value.unwrap_or_else(|error| panic!("{text}: {error}")) == cel::Value::Bool(true)
        }
        Asked::Not(it) => !expected(it, record, context),
        Asked::All(parts) => parts.iter().all(|part| expected(part, record, context)),
        Asked::Any(parts) => parts.iter().any(|part| expected(part, record, context)),
    }
}

/// A value of a record.
#[derive(Clone, Debug)]
enum Given {
    Text(String),
    Int(i64),
    Double(f64),
    Bool(bool),
}

fn given(name: &'static str) -> BoxedStrategy<Given> {
    match (TEXTS.contains(&name), BOOLS.contains(&name), name.starts_with('d')) {
        (true, _, _) => "[a-cA-C\\u{e9}'\\\\]{0,6}".prop_map(Given::Text).boxed(),
        (_, true, _) => any::<bool>().prop_map(Given::Bool).boxed(),
        (_, _, true) => (-3_i32..4).prop_map(|n| Given::Double(f64::from(n) + 0.5)).boxed(),
        (_, _, false) => (-3_i64..4).prop_map(Given::Int).boxed(),
    }
}

/// Values by the names of their fields; of some fields none, where `complete` is false.
fn values(complete: bool) -> impl Strategy<Value = Vec<(&'static str, Given)>> {
    let names: Vec<&str> = TEXTS.iter().chain(&NUMBERS).chain(&BOOLS).copied().collect();
    let each: Vec<_> = names.into_iter().map(|name| (Just(name), given(name), any::<bool>())).collect();
    each.prop_map(move |all| {
        all.into_iter().filter(|(_, _, kept)| complete || *kept).map(|(name, value, _)| (name, value)).collect()
    })
}

fn record_of<'v>(values: &'v [(&'static str, Given)]) -> Record<'v> {
    Record(values.iter().map(|(name, given)| (Field::parse(name, Subject::Log).unwrap(), as_value(given))).collect())
}

fn as_value(given: &Given) -> Value<'_> {
    match given {
        Given::Text(text) => Value::Text(text),
        Given::Int(number) => Value::Int(*number),
        Given::Double(number) => Value::Double(*number),
        Given::Bool(is) => Value::Bool(*is),
    }
}

fn as_cel(given: &Given) -> cel::Value {
    match given {
        Given::Text(text) => text.as_str().into(),
        Given::Int(number) => cel::Value::Int(*number),
        Given::Double(number) => cel::Value::Float(*number),
        Given::Bool(is) => cel::Value::Bool(*is),
    }
}

/// The record as a map `r`, with a map for each name before a dot.
fn context_of(values: &[(&'static str, Given)]) -> Context<'static, 'static> {
    let mut root: HashMap<String, cel::Value> = HashMap::new();
    let mut maps: BTreeMap<&str, HashMap<String, cel::Value>> = BTreeMap::new();
    for (name, given) in values {
        match name.split_once('.') {
            Some((map, member)) => {
                let _ = maps.entry(map).or_default().insert(member.into(), as_cel(given));
            }
            None => {
                let _ = root.insert((*name).into(), as_cel(given));
            }
        }
    }
    for (name, map) in maps {
        let _ = root.insert(name.into(), map.into());
    }
    let mut context = Context::default();
    context.add_variable_from_value("r", root);
    context
}

/// Whether a record has what a predicate needs.
fn meets(record: &Record<'_>, needs: &Needs) -> bool {
    let text = |field: &Field| record.get(field).and_then(|value| value.text()).unwrap_or_default().to_owned();
    let one_of = |wanted: &Option<Vec<Box<str>>>, field: &Field| {
        wanted.as_ref().is_none_or(|wanted| record.get(field).is_some() && wanted.iter().any(|it| **it == *text(field)))
    };
    let message = text(&Field::Message);
    one_of(&needs.services, &Field::Service)
        && one_of(&needs.sources, &Field::Source)
        && one_of(&needs.levels, &Field::Level)
        && one_of(&needs.log_groups, &Field::LogGroup)
        && needs.literals.iter().all(|texts| texts.iter().any(|it| message.contains(&**it)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn where_every_field_is_there_cel_agrees(asked in asked(), values in values(true)) {
        let predicate = Predicate::parse(&written(&asked, ""), Subject::Log).unwrap();
        let cel = Program::compile(&written(&asked, "r.")).unwrap().execute(&context_of(&values));
        prop_assert_eq!(cel, Ok(cel::Value::Bool(predicate.holds(&record_of(&values)))));
    }

    #[test]
    fn where_a_field_misses_its_comparison_is_false_and_cel_agrees_on_the_rest(asked in asked(), values in values(false)) {
        let predicate = Predicate::parse(&written(&asked, ""), Subject::Log).unwrap();
        let record = record_of(&values);
        prop_assert_eq!(predicate.holds(&record), expected(&asked, &record, &context_of(&values)));
    }

    #[test]
    fn a_predicate_holds_of_no_record_that_does_not_meet_its_needs(asked in asked(), values in values(false)) {
        let predicate = Predicate::parse(&written(&asked, ""), Subject::Log).unwrap();
        let record = record_of(&values);
        prop_assert!(!predicate.holds(&record) || meets(&record, &predicate.needs()));
    }

    #[test]
    fn any_text_is_a_predicate_or_has_faults_within_it(text in "[ -~\\u{e9}\\n]{0,60}") {
        if let Err(faults) = Predicate::parse(&text, Subject::Log) {
            let end = text.chars().count();
            prop_assert!(!faults.is_empty());
            prop_assert!(faults.iter().all(|fault| fault.at <= end && fault.len > 0 && !fault.message.is_empty()));
        }
    }

    #[test]
    fn any_row_of_words_is_a_predicate_or_has_faults(
        words in prop::collection::vec(prop::sample::select(vec![
            "level", "==", "\"ERROR\"", "(", ")", "&&", "||", "!", "in", "[", "]", ",", "5", "-", "has", ".", "contains", "message", "null",
        ]), 0..24),
    ) {
        let text = words.join(" ");
        let read = Predicate::parse(&text, Subject::Log);
        prop_assert!(read.is_ok_and(|it| it.as_str() == text) || Predicate::parse(&text, Subject::Log).is_err());
    }
}
