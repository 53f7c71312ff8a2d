//! Files found through the DHT of a network of daemons: nobody is named but the way in.

use std::fs;

use crate::support::{Place, Ran, Serving};

const DHT: &str = "BITSWAP__ROUTING__DHT";
const BOOTSTRAP: &str = "BITSWAP__ROUTING__BOOTSTRAP";
const ABSENT: &str = "bafkreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei4";

/// A daemon that keeps records of others, and passes none of their wants on.
fn hub(place: &Place) -> (Serving, String) {
    let alone = [(DHT, "auto"), (BOOTSTRAP, "[]"), ("BITSWAP__RELAY__ENABLED", "false")];
    let hub = place.daemon_with(&alone);
    let way_in = hub.text_at("/addresses/0");
    (hub, way_in)
}

/// A daemon that only a record leads to: nobody meets it on the way.
fn server(place: &Place, way_in: &str) -> Serving {
    place.daemon_with(&[(BOOTSTRAP, way_in), (DHT, "client")])
}

/// The value of a series.
fn count(daemon: &Serving, series: &str) -> u64 {
    let metrics = daemon.metrics("/metrics_url");
    let value = metrics.lines().find_map(|line| line.strip_prefix(series));
    value.unwrap().trim().parse().unwrap()
}

/// Adds a file, and waits until the DHT was told of it.
fn announced(place: &Place, daemon: &Serving) -> String {
    place.file("file", 600_000);
    let cid = place.run(&["add", "-q", "file"]).word();
    // Three leaves and their root.
    while count(daemon, "bitswap_announcements_total{result=\"ok\"}") < 4 {}
    cid
}

#[test]
fn a_file_is_announced_found_and_fetched_without_naming_its_peer() {
    let (hub_place, serving, other) = (Place::new(), Place::new(), Place::new());
    let (_hub, way_in) = hub(&hub_place);
    let server = server(&serving, &way_in);
    let cid = announced(&serving, &server);
    let knows = [(DHT, "auto"), (BOOTSTRAP, way_in.as_str())];

    let found = other.run_with_env(&["routing", "find-providers", &cid, "--json"], &knows);
    assert_eq!(found.code, 0, "{}", found.stderr);
    let row = &found.objects()[0];
    assert_eq!((&row["router"], &row["peer_id"]), (&"dht".into(), &server.report["peer_id"]));
    let got = other.run_with_env(&["get", &cid, "-o", "copy"], &knows);
    assert_eq!(got.code, 0, "{}", got.stderr);
    assert!(fs::read(other.path("copy")).unwrap() == fs::read(serving.path("file")).unwrap());

    let absent = other.run_with_env(&["routing", "find-providers", ABSENT, "--json"], &knows);
    assert_eq!(absent.json()["error"]["code"], "not-found", "{}", absent.stderr);
    let off = [knows[1], (DHT, "off")];
    let nobody = other.run_with_env(&["routing", "find-providers", &cid, "--json"], &off);
    assert_eq!(nobody.json()["error"]["code"], "no-router", "{}", nobody.stderr);
}

#[test]
fn a_daemon_asks_the_dht_for_its_commands_and_counts_that() {
    let (hub_place, serving, other) = (Place::new(), Place::new(), Place::new());
    let (_hub, way_in) = hub(&hub_place);
    let server = server(&serving, &way_in);
    let cid = announced(&serving, &server);
    let private = ("BITSWAP__PROVIDING__WHAT", "off");
    let asking = other.daemon_with(&[(DHT, "auto"), (BOOTSTRAP, &way_in), private]);

    let got = other.run(&["cat", &cid]);

    assert_eq!((got.code, got.stdout.len()), (0, 600_000), "{}", got.stderr);
    assert!(count(&asking, "bitswap_router_lookups_total{router=\"dht\"}") >= 1);
    assert!(count(&asking, "bitswap_router_providers_total{router=\"dht\"}") >= 1);
    assert_eq!(count(&asking, "bitswap_announcements_total{result=\"ok\"}"), 0);
}

#[test]
fn a_block_is_announced_when_it_is_asked_for() {
    let (hub_place, serving, other) = (Place::new(), Place::new(), Place::new());
    let (_hub, way_in) = hub(&hub_place);
    let private = ("BITSWAP__PROVIDING__WHAT", "off");
    let server = serving.daemon_with(&[(BOOTSTRAP, &way_in), (DHT, "client"), private]);
    serving.file("file", 1_000);
    let cid = serving.run(&["add", "-q", "file"]).word();

    // Until it knows the way in.
    while serving.run(&["routing", "provide", &cid]).code != 0 {}

    let knows = [(DHT, "auto"), (BOOTSTRAP, way_in.as_str())];
    let found = other.run_with_env(&["routing", "find-providers", &cid, "--json"], &knows);
    assert_eq!(found.objects()[0]["peer_id"], server.report["peer_id"], "{}", found.stderr);
    let absent = serving.run(&["routing", "provide", ABSENT, "--json"]);
    assert_eq!(absent.json()["error"]["code"], "not-announced", "{}", absent.stderr);
}

#[test]
fn a_daemon_is_asked_for_providers_and_peers_and_a_command_asks_by_itself_without_one() {
    let (hub_place, serving, other) = (Place::new(), Place::new(), Place::new());
    let (_hub, way_in) = hub(&hub_place);
    let server = serving.daemon_with(&[(BOOTSTRAP, &way_in), (DHT, "auto")]);
    let cid = announced(&serving, &server);
    let peer = server.text_at("/peer_id");
    let knows = [(DHT, "auto"), (BOOTSTRAP, way_in.as_str())];
    let is_found = |found: &Ran| {
        let address = server.text_at("/addresses/0");
        let row = found.json();
        assert_eq!(row["peer_id"], peer.as_str(), "{}", found.stderr);
        assert!(row["addresses"].as_array().unwrap().contains(&address.into()), "{row}");
    };
    is_found(&other.run_with_env(&["routing", "find-peer", &peer, "--json"], &knows));

    let _asking = other.daemon_with(&knows);
    let found = other.run(&["routing", "find-providers", &cid, "--json"]);
    assert_eq!(found.objects()[0]["peer_id"], peer.as_str(), "{}", found.stderr);
    assert_eq!(found.objects()[0]["router"], "dht");
    let absent = other.run(&["routing", "find-providers", ABSENT, "--json"]);
    assert_eq!(absent.json()["error"]["code"], "not-found", "{}", absent.stderr);
    is_found(&other.run(&["routing", "find-peer", &peer, "--json"]));
    let stranger = "12D3KooWGRUaoMhBsqT8KDq6V8wCbyaPvsvZ1GbGzTMWgHeM8Gm6";
    let nobody = other.run(&["routing", "find-peer", stranger, "--json"]);
    assert_eq!(nobody.json()["error"]["code"], "not-found", "{}", nobody.stderr);
    let unread = other.run(&["routing", "find-peer", "somebody", "--json"]);
    assert_eq!(unread.json()["error"]["code"], "bad-peer-id", "{}", unread.stderr);
}

#[test]
fn a_daemon_finds_its_way_back_when_who_led_it_in_is_gone() {
    let (hub_place, serving, other) = (Place::new(), Place::new(), Place::new());
    let (hub, way_in) = hub(&hub_place);
    let knows = [(BOOTSTRAP, way_in.as_str()), (DHT, "auto")];
    let server = serving.daemon_with(&knows);
    let find = ["routing", "find-peer", &server.text_at("/peer_id"), "--json"];
    let asking = other.daemon_with(&knows);
    // Once each has told the other what it speaks.
    let is_known = |_| count(&asking, "bitswap_dht_peers{scope=\"lan\"}") == 2;
    assert!((0..500).any(|_| other.run(&find).code == 0) && (0..500).any(is_known));
    assert_eq!(asking.signal("-TERM"), 0);
    drop(hub);

    let _again = other.daemon_with(&knows);
    let found = other.run(&find);
    assert_eq!(found.code, 0, "{}", found.stderr);

    let elsewhere = other.node("known-peers");
    assert!(fs::read_to_string(elsewhere).unwrap().starts_with("# found through /ip4/127.0.0.1"));
}
