//! The document that describes the API, made of what is said of its routes and of its objects.

use bitswap_service::http::{PROBLEM_TYPE, Problem};
use schemars::JsonSchema;
use schemars::generate::{SchemaGenerator, SchemaSettings};
use serde_json::{Map, Value, json};

use super::described::{Content, Operation, SchemaOf};
use crate::bounds::ROOT;

const JSON: &str = "application/json";
const LINES: &str = "application/x-ndjson";
const SCHEMAS: &str = "/components/schemas";

/// All of it.
pub(super) fn document(operations: &[Operation]) -> Value {
    let settings = SchemaSettings::draft2020_12();
    let mut schemas = settings.with(|how| how.definitions_path = SCHEMAS.into()).into_generator();
    let mut paths = Map::new();
    for operation in operations {
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        path[operation.method.name()] = described(operation, &mut schemas);
    }
    let problem = Problem::json_schema(&mut schemas);
    let mut definitions = schemas.take_definitions(true);
    definitions.insert("Problem".to_owned(), problem.into());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "The local API of bitswap",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "docs/api.md says more. Over TCP, each request needs a token.",
        },
        "servers": [{ "url": ROOT }],
        "security": [{ "token": [] }],
        "paths": paths,
        "components": {
            "schemas": definitions,
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } },
            "responses": { "problem": {
                "description": "It could not be done: what, why, and what to do.",
                "content": { PROBLEM_TYPE: {
                    "schema": { "$ref": format!("#{SCHEMAS}/Problem") },
                } },
            } },
        },
    })
}

fn described(operation: &Operation, schemas: &mut SchemaGenerator) -> Value {
    let Operation { path, does, looks, query, body, status, answer, .. } = operation;
    let mut parameters: Vec<Value> = in_path(path).map(path_parameter).collect();
    parameters.extend(query.iter().flat_map(|query| query_parameters(*query, schemas)));
    let mut good = json!({ "description": does });
    if let Some(content) = content(*answer, schemas) {
        good["content"] = content;
    }
    let token = if *looks { "read" } else { "full" };
    let mut told = json!({
        "operationId": name_of(operation),
        "summary": does,
        "parameters": parameters,
        "responses": { status.to_string(): good, "default": {
            "$ref": "#/components/responses/problem",
        } },
        "x-token": token,
    });
    if let Some(content) = content(*body, schemas) {
        told["requestBody"] = json!({ "required": true, "content": content });
    }
    told
}

/// Names in braces.
fn in_path(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

fn path_parameter(name: &str) -> Value {
    json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } })
}

/// One for each field.
fn query_parameters(query: SchemaOf, schemas: &mut SchemaGenerator) -> Vec<Value> {
    let reference = query(schemas);
    let name = reference.get("$ref").and_then(Value::as_str).and_then(|to| to.rsplit('/').next());
    let schema = name.and_then(|name| schemas.definitions().get(name)).cloned();
    let fields = schema.and_then(|schema| schema.get("properties")?.as_object().cloned());
    let parameter = |(name, schema): (String, Value)| {
        let meaning = schema.get("description").cloned().unwrap_or_else(|| json!(""));
        json!({ "name": name, "in": "query", "description": meaning, "schema": schema })
    };
    fields.into_iter().flatten().map(parameter).collect()
}

fn content(content: Content, schemas: &mut SchemaGenerator) -> Option<Value> {
    Some(match content {
        Content::Nothing => return None,
        Content::Json(schema) => json!({ JSON: { "schema": schema(schemas) } }),
        Content::Lines(schema) => json!({ LINES: { "schema": schema(schemas) } }),
        Content::Bytes(kind) => json!({ kind: {} }),
    })
}

/// `get_peers_peer_wantlist`.
fn name_of(operation: &Operation) -> String {
    let words = operation.path.split(['/', '{', '}']).filter(|word| !word.is_empty());
    std::iter::once(operation.method.name()).chain(words).collect::<Vec<_>>().join("_")
}
