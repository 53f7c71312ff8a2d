//! The catalog on the command line, and who one is.

use serde_json::Value;

use crate::support::Place;

const ROLES: [&str; 5] =
    ["peer_selector", "task_prioritizer", "ledger_policy", "provider_finder", "registry"];

#[test]
fn each_role_has_one_default() {
    let ran = Place::new().run(&["strategy", "list", "--json"]);

    let entries: Vec<Value> =
        ran.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for role in ROLES {
        let defaults = entries.iter().filter(|one| one["role"] == role && one["default"] == true);
        assert_eq!(defaults.count(), 1, "{role}");
    }
    assert!(entries.iter().all(|one| !one["summary"].as_str().unwrap().is_empty()));
}

#[test]
fn a_list_can_be_of_one_role() {
    let text = Place::new().run(&["strategy", "list", "--role", "registry"]);

    assert!(text.text().contains("forgetful"));
    assert!(!text.text().contains("peer_selector"));
}

#[test]
fn a_strategy_is_shown_by_name_or_by_role_and_name() {
    let place = Place::new();

    let by_name = place.run(&["strategy", "show", "random"]);
    let by_both = place.run(&["strategy", "show", "peer_selector=random"]);

    assert_eq!(by_name.code, 0, "{}", by_name.stderr);
    assert_eq!(by_name.text(), by_both.text());
    assert!(by_name.text().starts_with("peer_selector=random\n"), "{}", by_name.text());
    assert!(by_name.text().contains("probes"), "{}", by_name.text());
}

#[test]
fn two_strategies_are_compared_question_by_question() {
    let place = Place::new();
    let diff = |args: &[&str]| place.run(&[&["strategy", "diff"], args].concat());

    let told = diff(&["open", "debt-ratio", "--examples", "1"]);
    let begin = "ledger_policy: open and debt-ratio differ in ";
    assert!(told.text().starts_with(begin), "{}", told.text());
    assert!(told.text().contains("\n  got 1 GiB, gave nothing\n    open        1024 of 1024"));
    assert_eq!(diff(&["registry=ttl-relay", "ttl-relay", "--json"]).json()["different"], 0);
    let refused = diff(&["open", "forgetful"]);
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("open is a ledger_policy, and forgetful a registry"));
}

#[test]
fn a_directory_has_one_identity_and_a_node_in_memory_a_new_one() {
    let place = Place::new();
    let id = |args: &[&str]| {
        let ran = place.run(&[&["id", "--json"], args].concat());
        ran.json()["peer_id"].as_str().unwrap().to_owned()
    };

    let (one, same) = (id(&[]), id(&[]));
    let (new, other) = (id(&["--standalone"]), id(&["--standalone"]));

    assert!(one.starts_with("12D3Koo"), "{one}");
    assert_eq!(one, same);
    assert_ne!(new, one);
    assert_ne!(new, other);
}
