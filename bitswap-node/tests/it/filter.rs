//! Blocks that lists deny: two daemons on real sockets, and a list that is saved while they run.

use std::fs;

use serde_json::Value;

use crate::support::{Place, Running, Serving, http_get};

const ELSEWHERE: &str = "bafkreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei4";

#[test]
fn a_list_that_is_saved_is_in_force_and_its_blocks_are_not_served() {
    let [server, client] = [(); 2].map(|()| Place::new());
    fs::write(server.node("bitswap.toml"), "[filter]\ndenylists = [\"own.deny\"]\n").unwrap();
    fs::write(server.node("own.deny"), "# nothing yet\n").unwrap();
    let [denied, other] = [added(&server, 300_000), added(&server, 2_000)];
    let serving = server.daemon(&[]);

    fs::write(server.node("own.deny"), format!("# bad\n/ipfs/{denied}\nnonsense\n")).unwrap();
    until(&serving, "bitswap_filter_rules{about=\"blocks\"} 1");

    let peer = serving.text_at("/addresses/0");
    let get = |root: &str| client.run(&["get", root, "--peer", &peer, "--standalone", "-o", root]);
    assert_eq!(get(&denied).code, 3);
    let ran = get(&other);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let metrics = serving.metrics("/metrics_url");
    let count = metrics.lines().find(|line| line.contains("net_denied_total{what=\"request\"}"));
    assert!(count.is_some_and(|line| !line.ends_with(" 0")), "{count:?}");
    assert!(metrics.contains("bitswap_filter_skipped_lines 1"), "{metrics}");
}

#[test]
fn what_a_list_denies_is_not_fetched_and_the_error_names_file_and_line() {
    let [server, client] = [(); 2].map(|()| Place::new());
    let root = added(&server, 2_000);
    let serving = server.daemon(&[]);
    fs::write(client.node("bitswap.toml"), "[filter]\ndenylists = [\"own.deny\"]\n").unwrap();
    fs::write(client.node("own.deny"), format!("# bad\n/ipfs/{root}\n")).unwrap();

    let peer = serving.text_at("/addresses/0");
    let direct = client.run(&["get", &root, "--peer", &peer, "--json", "-o", "got"]);
    let fetching = client.daemon(&[]);
    let through_daemon = client.run(&["get", &root, "--peer", &peer, "--json", "-o", "got"]);

    drop(fetching);
    for ran in [direct, through_daemon] {
        assert_eq!(ran.code, 6, "{}", ran.stderr);
        assert_eq!(ran.json()["error"]["code"], "denied");
        assert!(ran.stderr.contains("it is denied by own.deny:2"), "{}", ran.stderr);
    }
}

#[test]
fn a_peer_that_is_denied_is_refused_and_the_rule_is_named() {
    let [server, client] = [(); 2].map(|()| Place::new());
    let root = added(&server, 2_000);
    let serving = server.daemon(&[]);
    let rule = format!("[filter]\ndeny_peers = [\"{}\"]\n", serving.text_at("/peer_id"));
    fs::write(client.node("bitswap.toml"), rule).unwrap();

    let peer = serving.text_at("/addresses/0");
    let direct = client.run(&["get", &root, "--peer", &peer, "--json", "-o", "got"]);
    let fetching = client.daemon(&[]);
    let through_daemon = client.run(&["get", &root, "--peer", &peer, "--json", "-o", "got"]);
    let connecting = client.run(&["swarm", "connect", &peer, "--json"]);

    until_at(&fetching.text_at("/metrics_url"), "bitswap_net_denied_total{what=\"dial\"} 2");
    drop(fetching);
    for ran in [direct, through_daemon, connecting] {
        assert_eq!(ran.code, 6, "{}", ran.stderr);
        assert_eq!(ran.json()["error"]["code"], "denied");
        assert!(ran.stderr.contains("it is denied by filter.deny_peers"), "{}", ran.stderr);
        assert!(ran.stderr.contains("bitswap config get filter"), "{}", ran.stderr);
    }
}

#[test]
fn a_line_that_is_not_in_force_is_told_once_with_its_place() {
    let place = Place::new();
    fs::write(place.node("bitswap.toml"), "[filter]\ndenylists = [\"own.deny\"]\n").unwrap();
    let path_rule = format!("/ipfs/{ELSEWHERE}/below\n");
    fs::write(place.node("own.deny"), format!("# first\n{path_rule}")).unwrap();
    let args = ["daemon", "--listen", "/ip4/127.0.0.1/tcp/0", "--metrics-port", "0", "--json"];
    let mut daemon = Running::of(place.command(&args));
    let ready: Value = serde_json::from_str(&daemon.says("\n")).unwrap();
    // A daemon looks at each list once more soon after its start.
    let read_again = "bitswap_filter_reads_total{result=\"ok\"} 1";
    until_at(ready["metrics_url"].as_str().unwrap(), read_again);
    fs::write(place.node("own.deny"), format!("/ipfs/{ELSEWHERE}\n")).unwrap();

    let rules = "read again: 1 rule about blocks, 0 about peers, 0 lines not in force\n";
    let told = daemon.tells(rules);
    assert_eq!(told.matches("own.deny:2: the line is not in force").count(), 1, "{told}");
    let (code, rest) = daemon.signal("-TERM");
    assert_eq!((code, rest.matches("not in force").count()), (0, 0), "{rest}");
}

#[test]
fn a_list_that_cannot_be_read_keeps_a_daemon_from_starting() {
    let place = Place::new();
    fs::write(place.node("bitswap.toml"), "[filter]\ndenylists = [\"none.deny\"]\n").unwrap();

    let ran = place.run(&["daemon", "--listen", "/ip4/127.0.0.1/tcp/0", "--metrics-port", "0"]);

    assert_eq!(ran.code, 3, "{}", ran.stderr);
    assert!(ran.stderr.contains("none.deny"), "{}", ran.stderr);
}

#[test]
fn a_list_that_cannot_be_read_any_more_is_told_until_it_can() {
    let place = Place::new();
    fs::write(place.node("bitswap.toml"), "[filter]\ndenylists = [\"own.deny\"]\n").unwrap();
    fs::write(place.node("own.deny"), format!("/ipfs/{ELSEWHERE}\n")).unwrap();
    let daemon = place.daemon(&[]);
    until(&daemon, "bitswap_filter_read_success 1");

    fs::remove_file(place.node("own.deny")).unwrap();
    until(&daemon, "bitswap_filter_read_success 0");
    until(&daemon, "bitswap_filter_rules{about=\"blocks\"} 1");

    fs::write(place.node("own.deny"), "# nothing\n").unwrap();
    until(&daemon, "bitswap_filter_read_success 1");
    until(&daemon, "bitswap_filter_rules{about=\"blocks\"} 0");
}

fn added(place: &Place, bytes: usize) -> String {
    let name = format!("file-{bytes}");
    place.file(&name, bytes);
    place.run(&["add", &name, "--quiet", "--json"]).json()["cid"].as_str().unwrap().to_owned()
}

/// Waits until the daemon's metrics say so.
fn until(serving: &Serving, line: &str) {
    until_at(&serving.text_at("/metrics_url"), line);
}

/// Waits until these metrics say so.
fn until_at(url: &str, line: &str) {
    let is_said = || http_get(url, "127.0.0.1").1.lines().any(|said| said == line);
    let tries = 0..5_000;
    assert!(tries.into_iter().any(|_| is_said()), "{line}");
}
