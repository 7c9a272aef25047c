//! Goldens of the OpenTelemetry Collector beside what becomes of the same input here, attribute by attribute.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use crate::record::log::Log;
use crate::record::normalize::tests::show;

/// A record of a golden: its attributes as `key=value`, and its time in nanoseconds since 1970.
pub(crate) struct Golden {
    pub(crate) attributes: BTreeSet<String>,
    pub(crate) nanos: u64,
}

/// The records of an expected output.
pub(crate) fn records(yaml: &str) -> Vec<Golden> {
    let expected: Json = serde_saphyr::from_str(yaml).unwrap();
    let each = |value: &Json, key: &str| value[key].as_array().cloned().unwrap_or_default();
    let resources = each(&expected, "resourceLogs");
    let scopes = resources.iter().flat_map(|resource| each(resource, "scopeLogs"));
    let records = scopes.flat_map(|scope| each(&scope, "logRecords"));
    let pair = |pair: &Json| format!("{}={}", pair["key"].as_str().unwrap(), value(&pair["value"]));
    let golden = |record: Json| Golden {
        attributes: each(&record, "attributes").iter().map(pair).collect(),
        nanos: record["timeUnixNano"].as_str().unwrap().parse().unwrap(),
    };
    records.map(golden).collect()
}

/// An `AnyValue` in OTLP's JSON, as `show` writes it; the members of maps in alphabetical order, since the Collector's have none.
fn value(any: &Json) -> String {
    let (kind, value_of) = any.as_object().and_then(|any| any.iter().next()).unwrap();
    let items = |list: &Json| list["values"].as_array().cloned().unwrap_or_default();
    match kind.as_str() {
        "stringValue" => format!("{:?}", value_of.as_str().unwrap()),
        "intValue" => value_of.as_str().unwrap().to_owned(),
        "arrayValue" => format!("[{}]", items(value_of).iter().map(value).collect::<Vec<_>>().join(",")),
        "kvlistValue" => {
            let member = |it: &Json| format!("{}:{}", it["key"].as_str().unwrap(), value(&it["value"]));
            let members: BTreeSet<_> = items(value_of).iter().map(member).collect();
            format!("{{{}}}", members.into_iter().collect::<Vec<_>>().join(","))
        }
        _ => value_of.to_string(),
    }
}

/// What the golden has and the record has not, marked `-`, and the other way around, marked `+`.
pub(crate) fn differences(golden: &Golden, log: &Log<'_>) -> Vec<String> {
    let pair = |it: &crate::record::value::Attribute<'_>| format!("{}={}", it.key, show(&sorted(it.value)));
    let ours: BTreeSet<String> = log.attributes.iter().map(pair).collect();
    let missing = golden.attributes.difference(&ours).map(|it| format!("- {it}"));
    missing.chain(ours.difference(&golden.attributes).map(|it| format!("+ {it}"))).collect()
}

fn sorted(value: crate::record::value::Value<'_>) -> crate::record::value::Value<'static> {
    use crate::record::value::{Attribute, Value};
    match value {
        Value::Text(text) => Value::Text(text.to_owned().leak()),
        Value::Int(number) => Value::Int(number),
        Value::Double(number) => Value::Double(number),
        Value::Bool(is) => Value::Bool(is),
        Value::Null => Value::Null,
        Value::List(items) => Value::List(items.iter().map(|item| sorted(*item)).collect::<Vec<_>>().leak()),
        Value::Map(members) => {
            let member = |it: &Attribute<'_>| Attribute { key: it.key.to_owned().leak(), value: sorted(it.value) };
            let mut members: Vec<_> = members.iter().map(member).collect();
            members.sort_by_key(|member| member.key);
            Value::Map(members.leak())
        }
    }
}

/// Texts and numbers of a JSON document that the record does not tell: what was lost on the way.
pub(crate) fn lost(message: &str, log: &Log<'_>) -> Vec<String> {
    let told = crate::record::normalize::tests::attributes(log) + &show(&log.body);
    let mut leaves = Vec::new();
    leaves_of(&serde_json::from_str(message).unwrap(), &mut leaves);
    leaves.into_iter().filter(|leaf| !told.contains(leaf.as_str())).collect()
}

fn leaves_of(json: &Json, leaves: &mut Vec<String>) {
    match json {
        Json::Null => {}
        Json::Bool(is) => leaves.push(is.to_string()),
        Json::Number(number) => leaves.push(number.to_string()),
        Json::String(text) if text.is_empty() || text == "-" => {}
        Json::String(text) => leaves.push(text.clone()),
        Json::Array(items) => items.iter().for_each(|item| leaves_of(item, leaves)),
        Json::Object(members) => members.values().for_each(|member| leaves_of(member, leaves)),
    }
}
