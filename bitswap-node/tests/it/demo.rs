//! A file or directory crosses, and the report is true.

use serde_json::Value;

use crate::support::Place;

#[test]
fn a_file_crosses_byte_for_byte() {
    let place = Place::new();
    let bytes = place.file("file", 3_000_000).len() as u64;

    let ran = place.run(&["demo", "file", "--json"]);

    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let report = ran.json();
    assert_eq!(report["identical"], true);
    assert_eq!(report["bytes"], bytes);
    assert_eq!(report["blocks"], 13, "12 leaves and a root");
    assert_eq!(report["duplicate_ratio"], 0.0);
    assert!(report["seconds"].as_f64().unwrap() > 0.0);
    assert!(report["bytes_per_second"].as_f64().unwrap() > 0.0);
    assert_eq!(report["servers"].as_array().unwrap().len(), 1);
    assert_eq!(report["servers"][0]["share"], 1.0);
}

#[test]
fn a_directory_crosses_whole() {
    let place = Place::new();
    place.tree("tree");

    let report = place.run(&["demo", "tree", "--json"]).json();

    assert_eq!(report["identical"], true);
    assert_eq!(report["kind"], "directory");
    assert_eq!(report["files"], 3);
}

#[test]
fn three_servers_share_one_fetch() {
    let place = Place::new();
    place.tree("tree");

    let report = place.run(&["demo", "tree", "--servers", "3", "--json"]).json();

    assert_eq!(report["identical"], true);
    let servers = report["servers"].as_array().unwrap();
    let share: f64 = servers.iter().map(|server| server["share"].as_f64().unwrap()).sum();
    assert_eq!(servers.len(), 3);
    assert!((share - 1.0).abs() < 1e-9, "{share}");
}

#[test]
fn the_summary_counts_the_servers_that_delivered() {
    let place = Place::new();
    place.file("file", 100);

    let told = place.run(&["demo", "file", "--servers", "3"]);

    let [one, why] =
        ["fetched     1 block from 1 of 3 servers in ", "send more to see it spread\n"];
    assert!(told.text().contains(one) && told.text().contains(why), "{}", told.text());
    let alone = place.run(&["demo", "file"]);
    assert!(alone.text().contains("fetched     1 block from 1 server in "), "{}", alone.text());
    assert!(!alone.text().contains(why), "{}", alone.text());
}

#[test]
fn the_two_sides_of_each_ledger_agree() {
    let place = Place::new();
    place.file("file", 1_000_000);

    let report = place.run(&["demo", "file", "--servers", "2", "--json"]).json();

    let ledgers = report["ledgers"].as_array().unwrap();
    // A server that was too late to be asked for anything has no account.
    let none = serde_json::json!({});
    let of = |node: &str, of: &str| {
        let found = ledgers.iter().find(|ledger| ledger["node"] == node && ledger["of"] == of);
        found.unwrap_or(&none)
    };
    let bytes = |ledger: &Value, field: &str| ledger[field].as_u64().unwrap_or(0);
    assert!(ledgers.len() >= 2, "{ledgers:?}");
    let mut lost = 0;
    for server in ["server-1", "server-2"] {
        let (ours, theirs) = (of("fetcher", server), of(server, "fetcher"));
        let came = ["received_from", "duplicate_received_from", "unasked_received_from"];
        let came: u64 = came.iter().map(|field| bytes(ours, field)).sum();
        lost += bytes(theirs, "sent_to") - came;
        assert_eq!(bytes(theirs, "received_from"), 0, "{server}");
    }
    assert_eq!(report["unhashed_bytes"], lost, "{}", report["ledgers"]);
}

#[test]
fn only_the_chosen_strategy_decides() {
    let place = Place::new();
    place.file("file", 1_000_000);

    let chosen = ["--strategy", "peer_selector=random", "--strategy", "ledger_policy=open"];
    let report = place.run(&[&["demo", "file", "--json"], &chosen[..]].concat()).json();

    let deciders = report["strategies"].as_array().unwrap();
    let of_role =
        |role: &str| deciders.iter().filter(|one| one["role"] == role).collect::<Vec<_>>();
    assert!(of_role("peer_selector").iter().all(|one| one["strategy"] == "random"));
    assert!(of_role("ledger_policy").iter().all(|one| one["strategy"] == "open"));
    assert!(decisions(of_role("peer_selector")[0]) > 0);
    assert!(decisions(of_role("ledger_policy")[1]) > 0);
}

#[test]
fn a_role_that_was_not_asked_says_so() {
    let place = Place::new();
    place.file("file", 1_000);

    let ran = place.run(&["demo", "file"]);

    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let line = |node, role| {
        let mut lines = ran.text().lines().map(str::trim_start);
        lines.find(|line| line.starts_with(node) && line.contains(role)).unwrap()
    };
    assert!(line("fetcher", "task_prioritizer").ends_with("not asked (0)"), "{}", ran.text());
    assert!(line("server-1", "peer_selector").ends_with("not asked (0)"), "{}", ran.text());
    assert!(ran.text().contains("identical   yes, byte for byte"));
}

#[test]
fn quiet_says_nothing_on_the_side() {
    let place = Place::new();
    place.file("file", 1_000);

    assert_eq!(place.run(&["demo", "file", "--quiet"]).stderr, "");
}

fn decisions(decider: &Value) -> u64 {
    let decisions = decider["decisions"].as_object().unwrap();
    decisions.values().map(|count| count.as_u64().unwrap()).sum()
}
