//! What a shell is offered while somebody types.

use crate::support::Place;

/// The words that fish would offer next, without what they mean.
fn offered(place: &Place, words: &[&str]) -> Vec<String> {
    let asked = [&["--", "bitswap"], words].concat();
    let ran = place.run_with_env(&asked, &[("BITSWAP_COMPLETE", "fish")]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let first = |line: &str| line.split('\t').next().unwrap().to_owned();
    ran.text().lines().map(first).collect()
}

#[test]
fn strategies_are_offered_by_their_names_for_a_role_and_with_it() {
    let place = Place::new();
    let named = offered(&place, &["strategy", "use", "peer_selector", "power"]);
    assert_eq!(named, ["power-of-two"]);
    assert_eq!(offered(&place, &["strategy", "use", "peer_s"]), ["peer_selector"]);
    let chosen = offered(&place, &["daemon", "--strategy", "registry=ttl"]);
    assert_eq!(chosen, ["registry=ttl-relay"]);
}

#[test]
fn settings_are_offered_by_their_names() {
    let place = Place::new();
    let settings = offered(&place, &["config", "set", "limits.upload"]);
    assert_eq!(settings, ["limits.upload", "limits.upload_per_peer"]);
    assert!(offered(&place, &["config", "get", "limits.nothing"]).is_empty());
}

#[test]
fn connected_peers_are_offered_if_a_daemon_runs_and_nothing_is_said_otherwise() {
    let [place, other] = [(); 2].map(|()| Place::new());
    assert!(offered(&place, &["ledger", "12D3"]).is_empty());

    let [daemon, peer] = [&place, &other].map(|place| place.daemon(&[]));
    let ran = place.run(&["swarm", "connect", &peer.text_at("/addresses/0")]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);

    let peer_id = peer.text_at("/peer_id");
    for words in [&["ledger", "12D3"][..], &["swarm", "disconnect", "12D3"]] {
        assert_eq!(offered(&place, words), [peer_id.as_str()], "{words:?}");
    }
    drop(daemon);
    assert!(offered(&place, &["ledger", "12D3"]).is_empty());
}

#[test]
fn scripts_for_shells_ask_the_program() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = place.run(&["completions", shell]);
        assert!(script.text().contains("BITSWAP_COMPLETE"), "{shell}: {}", script.text());
    }
    let verbs = offered(&place, &["ad"]);
    assert_eq!(verbs, ["add"]);
    let options = offered(&place, &["add", "--wrap"]);
    assert_eq!(options, ["--wrap-with-directory"]);
}
