//! The OpenAPI document, made from the table of endpoints and the types that they speak.
//!
//! Source: OpenAPI Specification 3.1.1, whose schemas are JSON Schema, draft 2020-12.

use std::sync::LazyLock;

use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, Method};
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::route::{Content, Needs, Route};
use crate::api::{Problem, pipeline, rules, stream};

/// The endpoints of this area.
pub(super) fn routes() -> Vec<Route> {
    // What the API is like is no secret, and tools ask for it without a token.
    let document = Route::get("/openapi.json", "What there is, as OpenAPI 3.1", openapi);
    vec![document.needs(Needs::Nothing).text_answer("application/json")]
}

async fn openapi() -> ([(HeaderName, &'static str); 1], &'static str) {
    static TEXT: LazyLock<String> = LazyLock::new(|| document(&super::table()).to_string());
    ([(CONTENT_TYPE, "application/json")], &TEXT)
}

/// The document of these endpoints.
pub(super) fn document(table: &[Route]) -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let mut generator = settings.into_generator();
    let mut paths = Map::new();
    for route in table {
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        path[route.method.as_str().to_ascii_lowercase()] = operation(route, &mut generator);
    }
    let problem = generator.subschema_for::<Problem>();
    events(&mut generator);
    let schemas: Map<String, Value> = generator.take_definitions(true).into_iter().collect();
    json!({
        "openapi": "3.1.1",
        "info": {
            "title": "Fanin API",
            "summary": "The fleet, its alerts, rules, logs and silences, and the pipeline behind them.",
            "description": DESCRIPTION,
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/api/v1" }],
        "security": [{ "bearer": [] }, { "cookie": [] }, {}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": {
                "Problem": {
                    "description": "Why it was not answered.",
                    "content": { "application/problem+json": { "schema": problem } },
                },
            },
            "securitySchemes": {
                "bearer": { "type": "http", "scheme": "bearer", "description": "A token of page.access.tokens." },
                "cookie": {
                    "type": "apiKey", "in": "cookie", "name": super::session::COOKIE_NAME,
                    "description": "What POST /session sets.",
                },
            },
        },
    })
}

const DESCRIPTION: &str = "Times are RFC 3339 in objects and milliseconds since 1970 in columns. Sizes are bytes, rates are per second, \
                           shares are 0 to 1. A list says how many there are and where it goes on (`next`, to be sent as `cursor`); a limit \
                           that is too high is lowered and `notices` says so. Lists are also given as CSV (`Accept: text/csv`, or `.csv` \
                           behind the path) and as a JSON object a line (`application/x-ndjson`, `.ndjson`). What is answered is of the \
                           accounts that whoever asks may see. Without tokens and proxy in the configuration only this machine may ask.";

/// Types that stand in no answer as such: data of events, and what areas answer in part or as text.
fn events(generator: &mut SchemaGenerator) {
    let _ = generator.subschema_for::<rules::Rule>();
    let _ = generator.subschema_for::<rules::Instance>();
    let _ = generator.subschema_for::<rules::Check>();
    let _ = generator.subschema_for::<pipeline::Pipeline>();
    let _ = generator.subschema_for::<pipeline::Shard>();
    let _ = generator.subschema_for::<pipeline::DeadLetters>();
    let _ = generator.subschema_for::<pipeline::Replayed>();
    let _ = generator.subschema_for::<pipeline::PipelineAccount>();
    let _ = generator.subschema_for::<pipeline::TagFinding>();
    let _ = generator.subschema_for::<stream::Hello>();
    let _ = generator.subschema_for::<stream::Changed>();
    let _ = generator.subschema_for::<stream::Logs>();
    let _ = generator.subschema_for::<stream::Gap>();
    let _ = generator.subschema_for::<crate::api::fleet::FleetState>();
}

fn operation(route: &Route, generator: &mut SchemaGenerator) -> Value {
    let mut answered = json!({ "description": "As asked." });
    if let Some(answer) = route.answer {
        answered["content"] = content(answer, route.list, generator);
    }
    let status = if route.answer.is_some() { "200" } else { "204" };
    let mut operation = json!({
        "operationId": operation_id(&route.method, route.path),
        "tags": [route.path.trim_start_matches('/').split(['/', '.']).next().unwrap_or_default()],
        "summary": route.summary,
        "responses": { status: answered, "default": { "$ref": "#/components/responses/Problem" } },
    });
    if let Some(needs) = needs(route.needs) {
        operation["description"] = needs.into();
    }
    if route.needs == Needs::Nothing {
        operation["security"] = json!([]);
    }
    let parameters = parameters(route, generator);
    if !parameters.is_empty() {
        operation["parameters"] = parameters.into();
    }
    if let Some(body) = route.body {
        operation["requestBody"] = json!({ "required": true, "content": content(body, false, generator) });
    }
    operation
}

const fn needs(needs: Needs) -> Option<&'static str> {
    match needs {
        Needs::Nothing | Needs::Read => None,
        Needs::Fleet => Some("Not for tokens of some tenants: what it tells is of the whole fleet."),
        Needs::Write => Some("For those who may write."),
        Needs::FleetWrite => Some("For those who may write and see the whole fleet."),
    }
}

fn content(content: Content, list: bool, generator: &mut SchemaGenerator) -> Value {
    let text = json!({ "schema": { "type": "string" } });
    let own = content.schema.map_or_else(|| text.clone(), |schema| json!({ "schema": schema(generator) }));
    let mut all = Map::from_iter([(content.media.to_owned(), own)]);
    if list {
        all.extend([("text/csv".to_owned(), text.clone()), ("application/x-ndjson".to_owned(), text)]);
    }
    all.into()
}

fn parameters(route: &Route, generator: &mut SchemaGenerator) -> Vec<Value> {
    let in_path = route
        .path
        .split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}'))
        .map(|(name, _)| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }));
    let mut parameters: Vec<Value> = in_path.collect();
    let Some(schema) = route.params else { return parameters };
    let schema = schema(generator);
    let required = |name: &str| {
        let required = schema.get("required").and_then(Value::as_array);
        required.is_some_and(|required| required.iter().any(|known| known == name))
    };
    for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let mut property = property.clone();
        let description = property.as_object_mut().and_then(|property| property.remove("description"));
        let mut parameter = json!({ "name": name, "in": "query", "required": required(name), "schema": property });
        if let Some(description) = description {
            parameter["description"] = description;
        }
        parameters.push(parameter);
    }
    parameters
}

/// `getAlertsGroups` of GET /alerts/groups.
fn operation_id(method: &Method, path: &str) -> String {
    let words = path.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let capital = |word: &str| format!("{}{}", word[..1].to_ascii_uppercase(), &word[1..]);
    std::iter::once(method.as_str().to_ascii_lowercase()).chain(words.map(capital)).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::table;
    use super::*;

    #[test]
    fn every_endpoint_is_in_the_document_once() {
        let document = document(&table());
        let mut ids = BTreeSet::new();
        for route in table() {
            let operation = &document["paths"][route.path][route.method.as_str().to_ascii_lowercase()];
            assert!(operation["summary"].is_string(), "{} {}", route.method, route.path);
            assert!(ids.insert(operation["operationId"].as_str().unwrap().to_owned()), "{operation}");
        }
    }

    #[test]
    fn every_reference_leads_somewhere() {
        fn references(value: &Value, found: &mut BTreeSet<String>) {
            match value {
                Value::Object(members) => members.iter().for_each(|(name, member)| match (name.as_str(), member) {
                    ("$ref", Value::String(to)) => drop(found.insert(to.clone())),
                    _ => references(member, found),
                }),
                Value::Array(items) => items.iter().for_each(|item| references(item, found)),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
            }
        }
        let document = document(&table());
        let mut found = BTreeSet::new();
        references(&document, &mut found);
        for reference in found {
            assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
        }
    }

    #[test]
    fn two_types_of_one_name_are_told_apart_by_nobody() {
        let document = document(&table());
        let twice = |name: &&String| name.ends_with(|c: char| c.is_ascii_digit());
        let names: Vec<_> = document["components"]["schemas"].as_object().unwrap().keys().filter(twice).collect();
        assert!(names.is_empty(), "{names:?}: types of the API have names of their own");
    }
}
