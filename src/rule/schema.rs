//! The JSON Schema of rule files, for editors.

use serde_json::{Map, Value, json};

use super::keys::{KEYS, KeyOfRule, KindName, OVERRIDABLE, Shape, of_defaults, of_kind};

const PERIOD: &str = "^([0-9]+ ?(ms|s|m|h|d))+$";
const BOUND: &str = "^\\s*(>=|<=|==|!=|>|<)\\s*[-+0-9.]";

/// The schema, draft 2020-12.
#[must_use]
pub fn schema() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:fanin:schema:rules",
        "title": "Fanin rules",
        "description": "Rules of alerts. Each is written once and holds one state for each group; the group is the account unless the rule says otherwise.",
        "type": "object",
        "additionalProperties": false,
        "required": ["version", "rules"],
        "properties": {
            "version": { "description": "Version of the format.", "const": 1 },
            "defaults": defaults(),
            "incident": described(&reference("incident"), "How alerts are told of together; a rule may restate any of it."),
            "rules": { "description": "The rules.", "type": "array", "items": reference("rule") }
        },
        "$defs": definitions()
    })
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/$defs/{name}") })
}

fn described(schema: &Value, help: &str) -> Value {
    let mut schema = schema.clone();
    if let Some(members) = schema.as_object_mut() {
        let _ = members.insert("description".into(), help.into());
    }
    schema
}

fn defaults() -> Value {
    let in_defaults = of_defaults();
    let properties: Map<String, Value> =
        KEYS.iter().filter(|key| in_defaults.contains(&key.name)).map(property).collect();
    json!({
        "description": "What every rule of the file has unless it says otherwise.",
        "type": ["object", "null"],
        "additionalProperties": false,
        "properties": properties
    })
}

fn property(key: &KeyOfRule) -> (String, Value) {
    (key.name.into(), described(&shape(key.shape), key.help))
}

fn shape(shape: Shape) -> Value {
    match shape {
        Shape::Text | Shape::Predicate => json!({ "type": "string", "minLength": 1 }),
        Shape::Expression => json!({ "type": "string", "minLength": 1, "examples": ["count()"] }),
        Shape::Bound => reference("bound"),
        Shape::Period => reference("period"),
        Shape::Whole => json!({ "type": "integer", "minimum": 0 }),
        Shape::Number => json!({ "type": "number", "minimum": 0 }),
        Shape::Share => reference("share"),
        Shape::Truth => json!({ "type": "boolean" }),
        Shape::Word(words) => json!({ "enum": words }),
        Shape::FieldList | Shape::RuleList => {
            json!({ "type": "array", "items": { "type": "string", "minLength": 1 }, "uniqueItems": true })
        }
        Shape::Section(name) => reference(name),
    }
}

/// All properties, and for each kind which of them it has and needs.
fn rule() -> Value {
    let properties: Map<String, Value> = KEYS.iter().map(property).collect();
    let by_kind: Vec<Value> = KindName::ALL
        .iter()
        .map(|kind| {
            json!({
                "if": { "properties": { "kind": { "const": kind.as_str() } }, "required": ["kind"] },
                "then": { "propertyNames": { "enum": of_kind(*kind) }, "required": required(*kind) }
            })
        })
        .collect();
    json!({ "type": "object", "required": ["alert", "kind"], "properties": properties, "allOf": by_kind })
}

const fn required(kind: KindName) -> &'static [&'static str] {
    match kind {
        KindName::Threshold | KindName::Outlier | KindName::Forecast => &["value"],
        KindName::Ratio => &["bad", "total"],
        KindName::Absence => &["timeout", "level"],
        KindName::Event => &["level"],
        KindName::Fleet => &["of"],
        KindName::Composite => &["expr", "level"],
        KindName::FirstSeen => &["key", "level"],
        KindName::Change => &["value", "baseline"],
    }
}

fn definitions() -> Value {
    json!({
        "rule": rule(),
        "kind": { "enum": KindName::ALL.map(KindName::as_str) },
        "period": { "type": "string", "pattern": PERIOD, "examples": ["30s", "5m", "1h30m"] },
        "share": {
            "anyOf": [{ "type": "string", "pattern": "^[0-9.]+ ?%$" }, { "type": "number", "minimum": 0, "maximum": 1 }],
            "examples": ["5%"]
        },
        "bound": { "type": "string", "pattern": BOUND, "examples": [">= 50", "> 10%", "> 2s"] },
        "level": { "enum": ["critical", "warning"] },
        "queries": { "type": "object", "additionalProperties": { "type": "string" } },
        "delay": { "anyOf": [
            reference("period"),
            section(&[("logs", reference("period")), ("metrics", reference("period"))])
        ] },
        "recover": { "anyOf": [
            reference("bound"),
            section(&[("critical", reference("bound")), ("warning", reference("bound"))])
        ] },
        "datapoints": section(&[
            ("breach", json!({ "description": "How many must breach.", "type": "integer", "minimum": 1, "maximum": 62 })),
            ("of", json!({ "description": "Of how many of the last ticks.", "type": "integer", "minimum": 1, "maximum": 62 })),
            ("missing", json!({
                "description": "What a tick without data counts as. Default missing.",
                "enum": ["ignore", "breaching", "not_breaching", "missing"]
            }))
        ]),
        "no_data": { "anyOf": [
            { "enum": ["ok", "keep", "zero"] },
            section(&[
                ("breach", described(&reference("level"), "It is a breach, so bad.")),
                ("only_if_last", described(&reference("bound"), "Only where the last value was so."))
            ]),
            section(&[
                ("alert", described(&reference("level"), "It is an alert of its own, <Alert>:NoData, so bad.")),
                ("after", described(&reference("period"), "When it lasted so long."))
            ])
        ] },
        "baseline": section(&[
            ("previous", json!({ "description": "The window before.", "type": "boolean" })),
            ("hour_of_week", json!({ "description": "The same hour of the last four weeks.", "type": "boolean" })),
            ("min_history", described(&reference("period"), "Less history says nothing. Default 14d.")),
            ("floor", json!({ "description": "A smaller baseline counts as this. Default 0.", "type": "number", "minimum": 0 }))
        ]),
        "method": { "anyOf": [
            { "const": "theil_sen" },
            section(&[
                ("mad", json!({ "description": "How many median absolute deviations are too many. Default 6.", "type": "number", "minimum": 0 })),
                ("direction", json!({ "description": "Which side counts. Default both.", "enum": ["above", "below", "both"] })),
                ("floor", json!({ "description": "A smaller deviation counts as this. Default 0.", "type": "number", "minimum": 0 }))
            ])
        ] },
        "min_count": section(&[
            ("count", json!({ "type": "integer", "minimum": 1, "maximum": 1000 })),
            ("within", reference("period"))
        ]),
        "labels": { "type": "object", "additionalProperties": { "type": ["string", "number"] } },
        "annotations": {
            "type": "object",
            "properties": {
                "summary": { "description": "One line; a template.", "type": "string" },
                "description": { "description": "More; a template.", "type": "string" },
                "runbook": { "description": "Where it says what to do; a template.", "type": "string" },
                "runbook_url": { "description": "The same as runbook.", "type": "string" },
                "samples": {
                    "description": "How many matching records travel with a notification. Default 0.",
                    "type": "integer", "minimum": 0, "maximum": 20
                }
            },
            "additionalProperties": { "type": "string" }
        },
        "notify": section(&[
            ("critical", json!({ "description": "Who is told of critical alerts.", "type": "string" })),
            ("warning", json!({ "description": "Who is told of warnings.", "type": "string" })),
            ("route", json!({ "description": "The route by which these names are looked up first.", "type": "string" }))
        ]),
        "incident": incident(),
        "overrides": { "type": "array", "items": override_of_rule() }
    })
}

fn section(members: &[(&str, Value)]) -> Value {
    let properties: Map<String, Value> =
        members.iter().map(|(name, schema)| ((*name).into(), schema.clone())).collect();
    json!({ "type": "object", "additionalProperties": false, "properties": properties })
}

fn incident() -> Value {
    section(&[
        (
            "group_wait",
            described(&reference("period"), "How long the first notification waits for others. Default 60s."),
        ),
        (
            "individual_max",
            json!({
                "description": "Up to so many accounts are told of one by one. Default 5.", "type": "integer", "minimum": 0
            }),
        ),
        (
            "fleet_when",
            described(
                &section(&[
                    (
                        "count",
                        json!({ "description": "So many accounts. Default 25.", "type": "integer", "minimum": 1 }),
                    ),
                    (
                        "share",
                        described(&reference("share"), "And this share of those that were evaluated. Default 1%."),
                    ),
                ]),
                "From the larger of both on, it is one fleet notification.",
            ),
        ),
        (
            "update_on",
            json!({
                "description": "What a fleet notification is sent again for: growth by a factor, and all clear. Default [2x, resolved].",
                "type": "array",
                "items": { "type": "string", "pattern": "^(resolved|[0-9.]+x)$" }
            }),
        ),
        ("update_interval", described(&reference("period"), "A list is told of again at most this often. Default 5m.")),
        ("repeat", described(&reference("period"), "Tell again after so long. Default 4h.")),
    ])
}

fn override_of_rule() -> Value {
    let mut properties: Map<String, Value> =
        KEYS.iter().filter(|key| OVERRIDABLE.contains(&key.name)).map(property).collect();
    let further = [
        (
            "account",
            json!({ "description": "For this account, in quotes; needs owner, why and until.", "type": "string", "pattern": "^[0-9]{12}$" }),
        ),
        ("tenant", json!({ "description": "For this tenant.", "type": "string" })),
        ("tier", json!({ "description": "For this tier.", "type": "string" })),
        ("region", json!({ "description": "For accounts that mainly run here.", "type": "string" })),
        ("match", json!({ "description": "For accounts of which this predicate holds.", "type": "string" })),
        (
            "until",
            json!({ "description": "Until the end of this day, or until this moment (RFC 3339).", "type": "string", "examples": ["2026-12-31"] }),
        ),
        ("why", json!({ "description": "Why.", "type": "string" })),
        ("owner", json!({ "description": "Who answers for it.", "type": "string" })),
    ];
    properties.extend(further.map(|(name, schema)| (name.into(), schema)));
    json!({ "type": "object", "additionalProperties": false, "properties": properties })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_described_and_every_reference_leads_somewhere() {
        let schema = schema();
        for key in &KEYS {
            assert!(!key.help.is_empty(), "{}", key.name);
            assert!(!schema["$defs"]["rule"]["properties"][key.name]["description"].is_null(), "{}", key.name);
        }
        let text = schema.to_string();
        for (_, rest) in text.match_indices("#/$defs/").map(|(at, found)| text.split_at(at + found.len())) {
            let name = rest.split('"').next().unwrap();
            assert!(schema["$defs"][name].is_object(), "{name}");
        }
    }

    #[test]
    fn a_kind_has_its_own_keys_only() {
        let schema = schema();
        let of = |kind: &str| {
            let all = schema["$defs"]["rule"]["allOf"].as_array().unwrap();
            let rule = all.iter().find(|part| part["if"]["properties"]["kind"]["const"] == kind).unwrap();
            rule["then"]["propertyNames"]["enum"]
                .as_array()
                .unwrap()
                .iter()
                .filter_map(Value::as_str)
                .collect::<Vec<_>>()
        };
        assert!(of("change").contains(&"baseline") && !of("threshold").contains(&"baseline"));
        assert!(of("absence").contains(&"timeout") && !of("absence").contains(&"window"));
    }
}
