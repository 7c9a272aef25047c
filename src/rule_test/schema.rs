//! The JSON Schema of files of tests, for editors.

use schemars::Schema;
use serde_json::{Map, Value, json};

use super::keys::{FILE, Section, Shape};

/// Name of the document, without a host: the schema travels with the program.
const ID: &str = "urn:fanin:schema:rule-tests";

const DURATION: &str = "^([0-9]+ ?(ms|s|m|h|d))+$";

/// The schema, draft 2020-12.
///
/// # Panics
/// Never: a section is an object.
#[must_use]
pub fn schema() -> Schema {
    let mut document = section(&FILE);
    let head =
        [("$schema", "https://json-schema.org/draft/2020-12/schema"), ("$id", ID), ("title", "Fanin tests of rules")];
    for (key, text) in head {
        document[key] = text.into();
    }
    Schema::try_from(document).expect("a section is an object")
}

fn section(section: &Section) -> Value {
    let properties: Map<String, Value> =
        section.keys.iter().map(|key| (key.name.to_owned(), described(shape(&key.shape), key.doc))).collect();
    let mut value = json!({ "type": "object", "properties": properties, "additionalProperties": false });
    if !section.required.is_empty() {
        value["required"] = section.required.into();
    }
    value
}

fn described(mut schema: Value, doc: &str) -> Value {
    schema["description"] = doc.into();
    schema
}

fn shape(given: &Shape) -> Value {
    let account = || json!({ "type": "string", "pattern": "^[0-9]{12}$" });
    match given {
        Shape::Text => json!({ "type": ["string", "number", "boolean"] }),
        Shape::Number => json!({ "type": ["number", "string"], "pattern": "^[-+0-9.eE]+%?$" }),
        Shape::Whole => json!({ "type": "integer", "minimum": 0 }),
        Shape::Flag => json!({ "type": "boolean" }),
        Shape::Duration => json!({ "type": "string", "pattern": DURATION, "examples": ["5m", "1h30m"] }),
        Shape::Offset => {
            json!({ "type": "string", "pattern": DURATION.replacen('^', "^[-+]?", 1), "examples": ["+3m", "-2h"] })
        }
        Shape::Time => json!({ "type": "string", "examples": ["2026-03-02T10:00:00Z", "2024-01-01"] }),
        Shape::Account => account(),
        Shape::Accounts => json!({
            "anyOf": [account(), { "const": "all" }, { "type": "array", "items": account(), "minItems": 1 }]
        }),
        Shape::Word(words) => json!({ "type": "string", "enum": words }),
        Shape::FlagOrDuration => json!({ "anyOf": [{ "const": true }, { "type": "string", "pattern": DURATION }] }),
        Shape::OneOrMore(item) => {
            json!({ "anyOf": [shape(item), { "type": "array", "items": shape(item) }] })
        }
        Shape::List(item) => json!({ "type": "array", "items": shape(item) }),
        Shape::Between => json!({
            "type": "array", "items": { "type": "string", "pattern": DURATION }, "minItems": 2, "maxItems": 2
        }),
        Shape::Pairs => json!({ "type": "object" }),
        Shape::Section(inner) => section(inner),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn undescribed(value: &Value, path: &str, found: &mut Vec<String>) {
        if let Some(properties) = value.get("properties").and_then(Value::as_object) {
            for (name, property) in properties {
                let path = format!("{path}.{name}");
                if property.get("description").and_then(Value::as_str).is_none_or(str::is_empty) {
                    found.push(path.clone());
                }
                undescribed(property, &path, found);
            }
        }
        if let Some(items) = value.get("items") {
            undescribed(items, path, found);
        }
    }

    #[test]
    fn every_key_is_described() {
        let mut found = Vec::new();
        undescribed(schema().as_value(), "", &mut found);
        assert_eq!(found, Vec::<String>::new());
    }

    #[test]
    fn unknown_keys_are_refused_and_what_must_be_given_is_said() {
        let schema = schema();
        let test = &schema.as_value()["properties"]["tests"]["items"];
        assert_eq!(test["additionalProperties"], false);
        assert_eq!(test["required"], json!(["name"]));
        assert_eq!(test["properties"]["expect"]["items"]["properties"]["outcome"]["enum"][2], "no_data");
    }
}
