//! TypeScript declarations from the schemas of the API.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use serde_json::{Map, Value};

/// How schemars calls a `List<T>`.
const LIST: &str = "List_for_";

/// The declarations of all types in the document.
pub(crate) fn types(document: &Value) -> String {
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let mut text = String::from(
        "// The shapes of the JSON API. Made from the schemas of src/api by a test (tests/it/api_document.rs): `make bless` writes it anew.\n",
    );
    let mut list = None;
    for (name, schema) in schemas {
        if name.starts_with(LIST) {
            list = list.or(Some(schema));
        } else {
            text += &declaration(name, schema);
        }
    }
    text + &list.map(declared_list).unwrap_or_default()
}

fn declared_list(schema: &Value) -> String {
    let mut schema = schema.clone();
    schema["properties"]["items"] = serde_json::json!({ "description": "The items of this part.", "x-type": "T[]" });
    declaration("List<T>", &schema)
}

fn declaration(name: &str, schema: &Value) -> String {
    let comment = comment(schema, "");
    match properties(schema) {
        Some(properties) => format!("\n{comment}export interface {name} {{\n{}}}\n", members(properties, schema)),
        None => format!("\n{comment}export type {name} = {};\n", type_of(schema)),
    }
}

fn properties(schema: &Value) -> Option<&Map<String, Value>> {
    schema.get("properties")?.as_object()
}

fn members(properties: &Map<String, Value>, schema: &Value) -> String {
    let required = |name: &str| schema["required"].as_array().is_some_and(|all| all.iter().any(|known| known == name));
    let member = |(name, schema): (&String, &Value)| {
        let mark = if required(name) { "" } else { "?" };
        // What is not there is left out, not null.
        let of = if required(name) { type_of(schema) } else { without_null(&type_of(schema)) };
        let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let name = if plain { name.clone() } else { format!("'{name}'") };
        format!("{}  {name}{mark}: {of};\n", comment(schema, "  "))
    };
    properties.iter().map(member).collect()
}

fn comment(schema: &Value, indent: &str) -> String {
    let text = schema["description"].as_str().unwrap_or_default().replace("*/", "* /");
    let lines: Vec<&str> = text.lines().collect();
    match lines.as_slice() {
        [] => String::new(),
        [line] => format!("{indent}/** {line} */\n"),
        lines => {
            let lines: String = lines.iter().map(|line| format!("{indent} * {line}\n").replace(" \n", "\n")).collect();
            format!("{indent}/**\n{lines}{indent} */\n")
        }
    }
}

fn type_of(schema: &Value) -> String {
    if let Some(own) = schema["x-type"].as_str() {
        return own.to_owned();
    }
    if let Some(reference) = schema["$ref"].as_str() {
        return named(reference);
    }
    for key in ["anyOf", "oneOf"] {
        if let Some(choices) = schema[key].as_array() {
            return union(choices.iter().map(type_of));
        }
    }
    if let Some([one]) = schema["allOf"].as_array().map(Vec::as_slice) {
        return type_of(one);
    }
    if let Some(value) = schema.get("const") {
        return literal(value);
    }
    if let Some(values) = schema["enum"].as_array() {
        return union(values.iter().map(literal));
    }
    match &schema["type"] {
        Value::String(kind) => of_kind(kind, schema),
        Value::Array(kinds) => union(kinds.iter().map(|kind| of_kind(kind.as_str().unwrap_or_default(), schema))),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => "unknown".to_owned(),
    }
}

fn of_kind(kind: &str, schema: &Value) -> String {
    match kind {
        "string" => "string".to_owned(),
        "integer" | "number" => "number".to_owned(),
        "boolean" => "boolean".to_owned(),
        "null" => "null".to_owned(),
        "array" => match (schema["prefixItems"].as_array(), schema.get("items")) {
            (Some(items), _) => format!("[{}]", items.iter().map(type_of).collect::<Vec<_>>().join(", ")),
            (None, Some(item)) => {
                let item = type_of(item);
                if item.contains([' ', '[']) { format!("({item})[]") } else { format!("{item}[]") }
            }
            (None, None) => "unknown[]".to_owned(),
        },
        "object" => match (properties(schema), schema.get("additionalProperties")) {
            (Some(properties), _) => format!("{{ {} }}", members(properties, schema).replace('\n', " ").trim()),
            (None, Some(value)) if value.is_object() => format!("{{ [name: string]: {} }}", type_of(value)),
            (None, _) => "{ [name: string]: unknown }".to_owned(),
        },
        _ => "unknown".to_owned(),
    }
}

fn named(reference: &str) -> String {
    let name = reference.rsplit('/').next().unwrap_or_default();
    name.strip_prefix(LIST).map_or_else(|| name.to_owned(), |item| format!("List<{item}>"))
}

fn literal(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), |text| format!("'{text}'"))
}

fn union(types: impl Iterator<Item = String>) -> String {
    let mut unique: Vec<String> = Vec::new();
    for one in types {
        if !unique.contains(&one) {
            unique.push(one);
        }
    }
    unique.join(" | ")
}

fn without_null(text: &str) -> String {
    text.strip_suffix(" | null").unwrap_or(text).to_owned()
}
