//! The schema accepts what is good, and refuses what is not.

use serde_json::{Value, json};

use super::super::{Profile, page, profile, schema, template};

#[test]
fn all_that_is_good_fits_the_schema() {
    let page = page();
    let examples = page.split("```toml\n").skip(1);
    let examples = examples.map(|text| text.split("```").next().unwrap_or_default().to_owned());
    let profiles = Profile::ALL.iter().map(|known| profile::text(*known).to_owned());
    let first = template(Profile::Server);
    let open: String = first
        .lines()
        .map(|line| line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')).unwrap_or(line))
        .fold(String::new(), |text, line| text + line + "\n");

    for text in examples.chain(profiles).chain([first, open]) {
        let table: toml::Table = text.parse().unwrap();
        assert_eq!(misfit(&schema(), &json!(table), ""), None, "{text}");
    }
}

#[test]
fn what_is_wrong_does_not_fit() {
    for (text, place) in [
        ("[network]\nmdsn = true", "/network/mdsn"),
        ("[network]\nmdns = 5", "/network/mdns"),
        ("[node]\nprofile = \"big\"", "/node/profile"),
        ("[relay]\nmax_ttl = 9", "/relay/max_ttl"),
        ("[protocol]\nttl = 9", "/protocol/ttl"),
        ("[strategy.registri]", "/strategy/registri"),
        ("[strategy.peer_selector.random]\nprobe = 1", "/strategy/peer_selector/random/probe"),
        (
            "[strategy.peer_selector.probabilistic]\nhave_peers_max = -1",
            "/strategy/peer_selector/probabilistic/have_peers_max",
        ),
        (
            "[strategy.peer_selector.random]\nprobes = 1000000",
            "/strategy/peer_selector/random/probes",
        ),
    ] {
        let table: toml::Table = text.parse().unwrap();
        assert_eq!(misfit(&schema(), &json!(table), "").as_deref(), Some(place), "{text}");
    }
}

/// The first place where `value` does not fit, by the words of JSON Schema that we use; patterns
/// are not looked at.
fn misfit(schema: &Value, value: &Value, place: &str) -> Option<String> {
    let here = || Some(place.to_owned());
    for (word, rule) in schema.as_object().unwrap() {
        let fits = match word.as_str() {
            "$schema" | "title" | "description" | "default" | "pattern" | "properties" => true,
            "type" => is_a(rule.as_str().unwrap(), value),
            "const" => rule == value,
            "enum" => rule.as_array().unwrap().contains(value),
            "minimum" => value.as_i64().is_none_or(|number| number >= rule.as_i64().unwrap()),
            "maximum" => value.as_i64().is_none_or(|number| number <= rule.as_i64().unwrap()),
            "minLength" => value.as_str().is_none_or(|text| !text.is_empty()),
            "anyOf" | "oneOf" => {
                let mut choices = rule.as_array().unwrap().iter();
                choices.any(|choice| misfit(choice, value, place).is_none())
            }
            "items" => {
                let mut items = value.as_array().into_iter().flatten();
                items.all(|item| misfit(rule, item, place).is_none())
            }
            "additionalProperties" => {
                let inner = |(name, value): (&String, &Value)| {
                    let place = format!("{place}/{name}");
                    match (schema["properties"].get(name), rule.as_bool()) {
                        (Some(known), _) => misfit(known, value, &place),
                        (None, Some(false)) => Some(place),
                        (None, _) => misfit(rule, value, &place),
                    }
                };
                let found = value.as_object().into_iter().flatten().find_map(inner);
                if found.is_some() {
                    return found;
                }
                true
            }
            other => panic!("the schema says {other}, which this test does not know"),
        };
        if !fits {
            return here();
        }
    }
    None
}

fn is_a(kind: &str, value: &Value) -> bool {
    match kind {
        "array" => value.is_array(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64(),
        "object" => value.is_object(),
        "string" => value.is_string(),
        other => panic!("no type {other} is known"),
    }
}
