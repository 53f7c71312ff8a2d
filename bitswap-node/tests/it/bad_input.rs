//! Every mistake gets a message with what, why and what to do, and an exit code.

use crate::support::Place;

const CID: &str = "bafkreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei4";
const PEER: &str = "/ip4/127.0.0.1/tcp/1";

#[test]
fn mistakes_are_told_in_three_lines() {
    for (args, exit, code, what) in [
        (&["demo", "nowhere"][..], 3, "not-found", "there is no nowhere"),
        (&["demo", "--timeout", "5"], 2, "bad-duration", "\"5\" is not a time"),
        (&["demo", "--strategy", "random"], 2, "bad-strategy", "the strategy cannot be used"),
        (&["get", "nonsense", "--peer", PEER], 2, "bad-cid", "\"nonsense\" is not a cid"),
        (&["get", CID, "--peer", "1.2.3.4"], 2, "bad-address", "\"1.2.3.4\" is not a multiaddr"),
        (&["get", CID, "--peer", PEER, "-o", "no/where"], 3, "not-found", "there is no no"),
        (&["daemon", "--offline"], 2, "usage", "a daemon cannot run with --offline"),
        (&["daemon", "--standalone"], 2, "usage", "a daemon cannot run with --standalone"),
        (&["serve", "nowhere", "--offline"], 2, "offline", "the network is needed for this"),
        (&["id", "--key", "nowhere"], 3, "not-found", "there is no nowhere"),
        (&["strategy", "show", "nonsense"], 2, "unknown-strategy", "no role has a strategy"),
    ] {
        let ran = Place::new().run(&[args, &["--json", "--quiet"]].concat());

        assert_eq!(ran.code, exit, "{args:?}: {}", ran.stderr);
        let error = &ran.json()["error"];
        assert_eq!(error["code"], code, "{args:?}");
        assert_eq!(error["exit"], exit, "{args:?}");
        let lines: Vec<_> = ran.stderr.lines().collect();
        assert_eq!(lines.len(), 3, "{}", ran.stderr);
        assert!(lines[0].starts_with(&format!("error: {what}")), "{}", ran.stderr);
        assert!(lines[1].starts_with("  why: ") && lines[1].len() > 7, "{}", ran.stderr);
        assert!(lines[2].starts_with("  do:  ") && lines[2].len() > 7, "{}", ran.stderr);
    }
}

#[test]
fn a_strategy_that_is_almost_right_is_guessed() {
    for (given, meant) in [
        ("peer_selector=randon", "random"),
        ("peer_selektor=random", "peer_selector"),
        ("ledger_policy=opem", "open"),
    ] {
        let ran = Place::new().run(&["demo", "--strategy", given]);

        assert_eq!(ran.code, 2);
        assert!(ran.stderr.contains(&format!("did you mean \"{meant}\"?")), "{}", ran.stderr);
    }
}

#[test]
fn what_the_parser_refuses_is_an_error_object_too() {
    let ran = Place::new().run(&["demmo", "--json"]);

    assert_eq!(ran.code, 2);
    assert_eq!(ran.json()["error"]["code"], "usage");
    assert!(ran.stderr.contains("'demo'"), "{}", ran.stderr);
}

#[test]
fn an_argument_that_is_missing_is_named_in_the_error_object() {
    let ran = Place::new().run(&["strategy", "use", "--json"]);

    assert_eq!(ran.code, 2);
    let what = "the following required arguments were not provided: <ROLE> <NAME>";
    assert_eq!(ran.json()["error"]["what"], what);
    let ran = Place::new().run(&["get", "--json"]);
    let what = ran.json()["error"]["what"].as_str().unwrap().to_owned();
    assert!(what.ends_with(": <PATH>..."), "{what}");
}

#[test]
fn no_verb_shows_the_help_and_is_no_success() {
    let ran = Place::new().run(&[]);

    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("Usage: bitswap"), "{}", ran.stderr);
    assert_eq!(Place::new().run(&["--help"]).code, 0);
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_not_read() {
    let ran = Place::new().run(&["demo", "/dev/null", "--json"]);

    assert_eq!(ran.code, 6);
    assert_eq!(ran.json()["error"]["code"], "not-storable");
}

#[cfg(not(feature = "scripts"))]
#[test]
fn a_build_without_scripts_says_so() {
    let ran = Place::new().run(&["demo", "--script", "peer_selector=mine.rhai", "--json"]);

    assert_eq!(ran.code, 2);
    assert_eq!(ran.json()["error"]["code"], "no-scripts");
    assert!(ran.stderr.contains("built without scripts"), "{}", ran.stderr);
}
