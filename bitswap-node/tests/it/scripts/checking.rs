//! `strategy check`, `test`, `list` and `show` with scripts.

use std::fs;

use serde_json::Value;

use super::{example, with_script};
use crate::support::Place;

const EXAMPLES: [(&str, &str); 10] = [
    ("peer_selector", "fastest_first"),
    ("task_prioritizer", "starved_first"),
    ("ledger_policy", "give_and_take"),
    ("provider_finder", "useful_then_all"),
    ("registry", "last_deliverers"),
    ("peer_selector", "like_probabilistic"),
    ("task_prioritizer", "like_least_queued_peer"),
    ("ledger_policy", "like_debt_ratio"),
    ("provider_finder", "like_broadcast_then_dht"),
    ("registry", "like_ttl_relay"),
];

#[test]
fn all_examples_are_fit_and_their_cost_is_told() {
    let files = EXAMPLES.map(|(_, name)| example(name));
    let files: Vec<_> = files.iter().map(String::as_str).collect();

    let ran = Place::new().run(&[&["strategy", "check", "--json"], &files[..]].concat());

    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let checked: Vec<Value> =
        ran.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(checked.len(), EXAMPLES.len());
    for (one, (role, name)) in checked.iter().zip(EXAMPLES) {
        assert_eq!((&one["ok"], &one["error"]), (&true.into(), &Value::Null));
        assert_eq!((&one["role"], &one["name"]), (&role.into(), &name.into()));
        assert!(one["conformance_calls"].as_u64() > Some(1_000), "{one}");
        let costs = one["costs"].as_array().unwrap();
        assert!(costs.len() >= 6, "{one}");
        for cost in costs {
            assert!(cost["operations"].as_u64() > Some(0), "{cost}");
            let share = cost["of_budget"].as_f64().unwrap();
            assert!((0.0..=1.0).contains(&share), "{cost}");
            assert!(cost["microseconds"].as_f64() > Some(0.0), "{cost}");
        }
    }
}

#[test]
fn one_that_is_not_fit_fails_the_check_and_the_others_are_checked() {
    let place = with_script("broken.rhai", "fn weigh(ctx, account) { 1024 ");
    let (_, fit) = EXAMPLES[2];

    let ran = place.run(&["strategy", "check", "broken.rhai", &example(fit), "nowhere.rhai"]);

    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(ran.text().contains("broken.rhai  NOT FIT\n"), "{}", ran.text());
    assert!(ran.text().contains("fit: ledger_policy=give_and_take"), "{}", ran.text());
    assert!(ran.text().contains("nowhere.rhai  NOT FIT"), "{}", ran.text());
    assert_eq!(ran.stderr.matches("why: ").count(), 2, "each fault once: {}", ran.stderr);
    assert!(!ran.text().contains("undefined"), "{}", ran.text());
    assert!(ran.stderr.contains("--> broken.rhai:1:"), "{}", ran.stderr);
}

#[test]
fn each_kind_of_fault_is_found() {
    for (text, why) in [
        (
            "fn weigh(ctx, account) { if ctx.now_ms % 500 != 0 { loop { } } 1024 }",
            "more than 20000",
        ),
        ("fn weigh(ctx, account) { 1024 }", "a reason has one to four words"),
        ("fn select(ctx, session, asks) { }", "it asks nobody in any of "),
        (
            "fn select(ctx, session, asks) {
                for want in session.wants {
                    asks.block(want.want, 999, \"a stranger\");
                }
            }",
            "peer 999 was not shown, and is not connected",
        ),
        ("fn weigh(account) { 1024 }", "`weigh` takes 1 arguments"),
        ("fn weigh(ctx, account) { ctx.because(\"fair\"); account.sent_to * 2 }", "overflow"),
        ("fn wiegh(ctx, account) { 1024 }", "it has no function by which a role is asked"),
        ("fn weigh(ctx, a) { 1 } fn select(a) { }", "functions of peer_selector and ledger_policy"),
    ] {
        let place = with_script("mine.rhai", text);

        let ran = place.run(&["strategy", "check", "mine.rhai", "--json", "--quiet"]);

        assert_eq!(ran.code, 1, "{text}: {}", ran.stderr);
        let checked = ran.json();
        assert_eq!((&checked["ok"], &checked["file"]), (&false.into(), &"mine.rhai".into()));
        let told = checked["error"]["why"].as_str().unwrap();
        assert!(told.contains(why), "{text}: {told}");
        let has_line = checked["error"]["at"]["line"].as_u64().is_some();
        assert!(has_line || !why.starts_with("it asks"), "{checked}");
    }
}

#[test]
fn a_new_script_for_each_role_is_fit_and_passes_its_tests() {
    let place = Place::new();
    for role in
        ["peer_selector", "task_prioritizer", "ledger_policy", "provider_finder", "registry"]
    {
        let file = format!("my_{role}.rhai");

        let ran = place.run(&["strategy", "new", role]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert!(ran.text().contains(&format!("bitswap strategy check {file}")), "{}", ran.text());

        for verb in ["check", "test"] {
            let ran = place.run(&["strategy", verb, &file]);
            assert_eq!(ran.code, 0, "{verb} {file}: {}{}", ran.text(), ran.stderr);
            assert!(!ran.text().contains("no tests of its own"), "{}", ran.text());
        }
    }
    fs::write(place.path("mine.rhai"), "edited").unwrap();
    let ran = place.run(&["strategy", "new", "registry", "mine.rhai"]);
    assert_eq!(ran.code, 6, "{}", ran.stderr);
    assert_eq!(fs::read_to_string(place.path("mine.rhai")).unwrap(), "edited");
    let ran = place.run(&["strategy", "new", "registry", "mine.rhai", "--force"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
}

#[test]
fn a_role_can_be_said() {
    let place = with_script("mine.rhai", "fn select(a) { }\nfn weigh(ctx, a) { 1024 }");

    let ran = place.run(&["strategy", "check", "mine.rhai", "--role", "registry", "--json"]);

    assert_eq!(ran.code, 1);
    let told = ran.json()["error"]["why"].as_str().unwrap().to_owned();
    assert!(told.contains("there is no `fn candidates(ctx, want, limit)`"), "{told}");
}

#[test]
fn a_scripts_own_tests_are_run_and_its_decisions_shown() {
    let ran = Place::new().run(&["strategy", "test", &example("fastest_first")]);

    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.text().starts_with("2 of 2 tests passed\n"), "{}", ran.text());
    assert!(ran.text().contains("✓ test_the_faster_one_gets_more"), "{}", ran.text());
    let shown = "  select: 4 wants; both have them; 1 answers in 20 ms, 2 in 60 ms\n    \
                 block 1001 of peer 1: expected first\n";
    assert!(ran.text().contains(shown), "{}", ran.text());
}

#[test]
fn a_test_that_fails_is_shown_where_it_does() {
    let text = "fn weigh(ctx, account) { 1024 }\nfn test_more(ctx) {\n    \
                assert_eq(weigh(ctx, account(#{})), 2048);\n}\nfn test_fine(ctx) { }";
    let place = with_script("mine.rhai", text);

    let ran = place.run(&["strategy", "test", "mine.rhai"]);
    let json = place.run(&["strategy", "test", "mine.rhai", "--json"]).json();

    assert_eq!(ran.code, 1);
    assert!(ran.text().starts_with("1 of 2 tests passed\n"), "{}", ran.text());
    assert!(ran.stderr.contains("error: the test test_more fails\n"), "{}", ran.stderr);
    assert!(ran.stderr.contains("--> mine.rhai:3:5\n"), "{}", ran.stderr);
    assert!(ran.stderr.contains("1024 is not 2048\n"), "{}", ran.stderr);
    let ok = [&json["ok"], &json["tests"][0]["ok"], &json["tests"][1]["ok"]];
    assert_eq!(ok, [&false, &false, &true].map(|truth| Value::Bool(*truth)).each_ref());
}

#[test]
fn scripts_of_a_directory_are_listed_beside_the_catalog() {
    let place = Place::new();
    fs::copy(example("give_and_take"), place.path("mine.rhai")).unwrap();
    fs::write(place.path("broken.rhai"), "fn").unwrap();
    fs::write(place.path("notes.txt"), "not a script").unwrap();

    let listed = place.run(&["strategy", "list", "--role", "ledger_policy", "--scripts", "."]);
    let shown = place.run(&["strategy", "show", "mine", "--scripts", "."]);

    assert_eq!(listed.code, 0, "{}", listed.stderr);
    let line = listed.text().lines().find(|line| line.contains("mine")).unwrap();
    assert!(line.contains("◇"), "{line}");
    assert!(line.contains("more for those who gave more than they got"), "{line}");
    assert!(listed.text().contains("debt-ratio"), "{}", listed.text());
    assert!(listed.stderr.contains("the script ./broken.rhai cannot be used"), "{}", listed.stderr);
    assert_eq!(shown.code, 0, "{}", shown.stderr);
    assert!(shown.text().starts_with("ledger_policy=mine\n"), "{}", shown.text());
    assert!(shown.text().contains("most_owed"), "{}", shown.text());
}
