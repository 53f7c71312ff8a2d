//! The document describes the routes that there are, and nothing else.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{document, document_text};

#[test]
fn the_document_in_docs_is_made_of_the_routes() {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/openapi.json");

    assert!(
        fs::read_to_string(&kept).unwrap_or_default() == document_text() + "\n",
        "docs/openapi.json is out of date; to renew it:\n  \
         cargo run -- openapi > docs/openapi.json",
    );
}

#[test]
fn the_page_about_the_api_names_every_path() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/api.md");
    let page = fs::read_to_string(page).unwrap();

    for (path, _) in document()["paths"].as_object().unwrap() {
        // The page names parameters as it likes.
        let parts: Vec<_> = path.split('{').map(|part| part.rsplit('}').next().unwrap()).collect();
        let named = page
            .lines()
            .any(|line| line.starts_with('|') && parts.iter().all(|part| line.contains(part)));
        assert!(named, "docs/api.md has no row for {path}");
    }
}

#[test]
fn every_reference_of_the_document_leads_somewhere() {
    let document = document();
    let mut references = BTreeSet::new();
    collect(&document, &mut references);

    assert!(references.len() > 20, "{references:?}");
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

#[test]
fn every_operation_says_what_it_does_and_which_token_it_needs() {
    let document = document();
    let mut names = BTreeSet::new();

    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, told) in methods.as_object().unwrap() {
            assert!(told["summary"].as_str().unwrap().ends_with('.'), "{method} {path}");
            assert!(names.insert(told["operationId"].as_str().unwrap()), "{method} {path}");
            let looks = told["x-token"] == "read";
            assert!(!looks || method == "get", "{method} {path} changes something");
        }
    }
}

fn collect<'a>(value: &'a Value, into: &mut BTreeSet<&'a str>) {
    match value {
        Value::Object(fields) => {
            into.extend(fields.get("$ref").and_then(Value::as_str));
            fields.values().for_each(|field| collect(field, into));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, into)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
