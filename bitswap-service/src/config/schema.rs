//! The file as a JSON Schema (2020-12), for editors.

use bitswap_core::strategy::Role;
use bitswap_strategies::catalog::{Entry, Parameter, of_role};
use serde_json::{Map, Value as Json, json};

use super::key::{Key, Section, bound};
use super::keys::SECTIONS;
use super::kind::time_schema;
use super::known::{STRATEGY, USE};
use super::strategy::TIME;

/// The whole schema.
pub fn schema() -> Json {
    let mut properties = Map::new();
    for section in SECTIONS {
        let settings = section.keys.iter().map(setting);
        if section.name.is_empty() {
            properties.extend(settings);
        } else {
            properties.insert(section.name.to_owned(), table(section, &settings.collect()));
        }
    }
    let roles: Map<_, _> =
        Role::ALL.into_iter().map(|role| (role.name().to_owned(), of(role))).collect();
    properties.insert(
        STRATEGY.to_owned(),
        json!({
            "description": "The strategy of each role.",
            "type": "object", "properties": roles, "additionalProperties": false,
        }),
    );
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "bitswap.toml",
        "type": "object", "properties": properties, "additionalProperties": false,
    })
}

fn setting(key: &Key) -> (String, Json) {
    (key.name.to_owned(), key.schema())
}

fn table(section: &Section, properties: &Map<String, Json>) -> Json {
    json!({
        "description": section.about,
        "type": "object", "properties": properties, "additionalProperties": false,
    })
}

fn of(role: Role) -> Json {
    let names: Vec<_> = of_role(role).map(|entry| entry.name).collect();
    let mut properties: Map<_, _> =
        of_role(role).map(|entry| (entry.name.to_owned(), tuned(entry))).collect();
    let chosen = json!({
        "description": "A strategy, or a script in `scripts.dir`.",
        "anyOf": [{ "enum": names }, { "type": "string" }],
    });
    properties.insert(USE.to_owned(), chosen);
    // Other tables are scripts', which know themselves what they can be told.
    let others = json!({ "type": "object" });
    json!({ "type": "object", "properties": properties, "additionalProperties": others })
}

fn tuned(entry: &Entry) -> Json {
    let settings = entry.parameters().into_iter().map(parameter);
    let properties: Map<_, _> = settings.collect();
    json!({
        "description": entry.summary,
        "type": "object", "properties": properties, "additionalProperties": false,
    })
}

fn parameter(parameter: Parameter) -> (String, Json) {
    let Parameter { name, unit, meaning, default, least, most } = parameter;
    let mut schema = match (unit, default.is_integer() || least.is_integer()) {
        (TIME, _) => time_schema(),
        (_, true) if most.is_integer() => json!({ "type": "integer" }),
        // A number that may be left open.
        (_, true) => json!({ "anyOf": [{ "const": most }, { "type": "integer" }] }),
        (_, false) => json!({}),
    };
    bound(&mut schema, &least, &most);
    schema["description"] = json!(meaning);
    schema["default"] = json!(default);
    (name.to_owned(), schema)
}
