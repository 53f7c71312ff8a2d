//! A script that is in charge changes what nodes do, and is counted.

use serde_json::Value;

use super::{example, with_script};
use crate::support::{Place, http_get};

#[test]
fn a_script_takes_the_decisions_of_its_role() {
    let place = Place::new();
    place.file("file", 8_000_000);
    let script = format!("peer_selector={}", example("fastest_first"));

    let native = place.run(&["demo", "file", "--servers", "3", "--json"]).json();
    let scripted = ["demo", "file", "--servers", "3", "--script", &script, "--json"];
    let scripted = place.run(&scripted).json();

    let selector = |report: &Value| report["strategies"][0].clone();
    let reasons = |report| {
        let decisions = selector(report)["decisions"].as_object().unwrap().clone();
        decisions.into_iter().map(|(reason, _)| reason).collect::<Vec<_>>()
    };
    assert_eq!(selector(&native)["strategy"], "probabilistic");
    assert!(!reasons(&native).contains(&"expected first".to_owned()));
    assert_eq!(selector(&scripted)["strategy"], "fastest_first");
    assert_eq!(reasons(&scripted), ["expected first"]);
    assert_eq!(native["scripts"], Value::Array(vec![]));
    let counted = &scripted["scripts"][0];
    assert_eq!(
        (&counted["node"], &counted["script"]),
        (&"fetcher".into(), &"fastest_first".into())
    );
    assert_eq!(counted["calls"], selector(&scripted)["asked"]);
    assert_eq!((&counted["fallbacks"], &counted["breaker_open"]), (&0.into(), &false.into()));
    assert_eq!(scripted["identical"], true);
}

#[test]
fn a_loyal_selector_fetches_everything_from_who_brought_the_first_block() {
    let place = with_script(
        "loyal.rhai",
        "fn select(ctx, session, asks) {
             for want in session.wants {
                 let best = ();
                 for peer in session.candidates(want.row, 256) {
                     if best == () || peer.first_deliveries > best.first_deliveries { best = peer; }
                 }
                 if best != () { asks.block(want.want, best.peer, \"loyal\"); }
             }
         }",
    );
    place.file("file", 4_000_000);

    let script = ["--script", "peer_selector=loyal.rhai"];
    let report = place.run(&[&["demo", "file", "--servers", "3", "--json"], &script[..]].concat());

    let report = report.json();
    let servers = report["servers"].as_array().unwrap();
    let mut shares: Vec<_> =
        servers.iter().map(|server| server["share"].as_f64().unwrap()).collect();
    shares.sort_by(f64::total_cmp);
    assert_eq!(shares, [0.0, 0.0, 1.0]);
    assert_eq!(report["strategies"][0]["decisions"].as_object().unwrap().keys().len(), 1);
}

#[test]
fn all_five_examples_can_be_in_charge_together() {
    all_five_are_in_charge([
        "fastest_first",
        "starved_first",
        "give_and_take",
        "useful_then_all",
        "last_deliverers",
    ]);
}

#[test]
fn so_can_those_that_decide_as_the_defaults_do() {
    all_five_are_in_charge([
        "like_probabilistic",
        "like_least_queued_peer",
        "like_debt_ratio",
        "like_broadcast_then_dht",
        "like_ttl_relay",
    ]);
}

/// A fetch with these scripts in the order of roles.
fn all_five_are_in_charge(names: [&str; 5]) {
    let place = Place::new();
    place.tree("tree");
    let roles =
        ["peer_selector", "task_prioritizer", "ledger_policy", "provider_finder", "registry"];
    let chosen = roles.iter().zip(names);
    let args: Vec<_> =
        chosen.map(|(role, name)| format!("--script={role}={}", example(name))).collect();
    let args: Vec<_> = args.iter().map(String::as_str).collect();

    let report = place.run(&[&["demo", "tree", "--json"], &args[..]].concat()).json();

    assert_eq!(report["identical"], true);
    let scripts = report["scripts"].as_array().unwrap();
    assert_eq!(scripts.len(), 10, "five on each of two nodes");
    assert!(scripts.iter().all(|script| script["fallbacks"] == 0), "{scripts:?}");
    for role in ["peer_selector", "task_prioritizer", "ledger_policy", "provider_finder"] {
        let mut of_role = scripts.iter().filter(|script| script["role"] == role);
        assert!(of_role.any(|script| script["calls"].as_u64() > Some(0)), "{role}");
    }
}

#[test]
fn one_that_names_strangers_is_told_with_its_line_and_costs_nothing() {
    // Sessions in drawn questions have large ids: only in a real node it names strangers.
    let text = "fn select(ctx, session, asks) {
    let is_real = session.session >= 0 && session.session < 1_000_000;
    for want in session.wants {
        if session.peers.is_empty() { return; }
        let peer = if is_real { 999 } else { session.peers[0].peer };
        asks.block(want.want, peer, \"odd\");
    }
}";
    let place = with_script("odd.rhai", text);
    place.file("file", 16_000_000);

    let ran = place.run(&["demo", "file", "--script", "peer_selector=odd.rhai", "--json"]);

    let report = ran.json();
    assert_eq!(report["identical"], true);
    let counted = &report["scripts"][0];
    assert_eq!(counted["breaker_open"], true, "{counted}");
    assert_eq!((&counted["calls"], &counted["failures"]["answer"]), (&5.into(), &5.into()));
    let told = "odd:6:14: in `select`: peer 999 was not shown, and is not connected";
    assert_eq!(counted["first_failure"], told);
    let selector = &report["strategies"][0];
    let own_asks = selector["rejected"].as_object().map_or(0, serde_json::Map::len);
    assert_eq!(own_asks, 0, "nothing was dropped: {selector}");
}

#[test]
fn metrics_tell_of_scripts_by_role_and_cause_only() {
    let place = Place::new();
    place.file("file", 1_000_000);
    let script = format!("peer_selector={}", example("fastest_first"));
    let serving = place.serve(&["file", "--script", &script]);

    let metrics = serving.metrics("/metrics_url");

    let of_scripts: Vec<_> =
        metrics.lines().filter(|line| line.starts_with("bitswap_script_")).collect();
    assert_eq!(of_scripts.len(), 5 * (3 + 4 + 1), "{of_scripts:?}");
    let labels = |line: &str| {
        let labels = line.split_once('{').unwrap().1.split_once('}').unwrap().0;
        labels.split(',').map(|label| label.split_once('=').unwrap().0.to_owned()).collect()
    };
    for line in &of_scripts {
        let labels: Vec<String> = labels(line);
        assert!(labels == ["role"] || labels == ["role", "cause"], "{line}");
        let busy = ["calls_total", "operations_total"]
            .map(|name| format!("bitswap_script_{name}{{role=\"peer_selector\"}}"));
        let busy = busy.iter().any(|series| line.starts_with(series));
        assert_eq!(!line.ends_with(" 0"), busy, "{line}");
    }
    let decided = "bitswap_strategy_decisions_total{role=\"peer_selector\",\
                   strategy=\"fastest_first\",reason=\"expected first\"}";
    assert!(metrics.contains(decided), "{metrics}");
}

#[test]
fn without_scripts_their_metrics_are_there_at_zero() {
    let place = Place::new();
    place.file("file", 1_000);
    let serving = place.serve(&["file"]);

    let (_, metrics) = http_get(&serving.text_at("/metrics_url"), "localhost");

    let mut of_scripts = metrics.lines().filter(|line| line.starts_with("bitswap_script_"));
    assert!(of_scripts.clone().count() > 0);
    assert!(of_scripts.all(|line| line.ends_with(" 0")), "{metrics}");
}
