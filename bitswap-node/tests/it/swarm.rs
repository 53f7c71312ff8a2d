//! A daemon is told whom to connect to, and whom to let go.

use crate::support::{Place, http_get};

#[test]
fn a_peer_is_connected_and_let_go() {
    let (there, here) = (Place::new(), Place::new());
    let (server, _client) = (there.daemon(&[]), here.daemon(&[]));
    let address = server.text_at("/addresses/0");
    let peer = server.text_at("/peer_id");
    let peers = || here.run(&["peers", "--json"]).objects();

    let connected = here.run(&["swarm", "connect", &address, "--json"]);
    assert_eq!(connected.json()["connected"], address.as_str(), "{}", connected.stderr);
    assert_eq!(peers().len(), 1);

    let gone = here.run(&["swarm", "disconnect", &peer, "--json"]);
    assert_eq!(gone.json()["disconnected"], peer.as_str(), "{}", gone.stderr);
    while !peers().is_empty() {}

    let again = here.run(&["swarm", "disconnect", &peer, "--json"]);
    assert_eq!((again.code, &again.json()["error"]["code"]), (3, &"not-connected".into()));
}

#[test]
fn peers_are_told_where_else_a_node_is() {
    let announced = "/ip4/203.0.113.7/tcp/4001";
    let (there, here) = (Place::new(), Place::new());
    let server = there.daemon_with(&[("BITSWAP__NETWORK__ANNOUNCE", announced)]);
    let _client = here.daemon(&[]);
    assert!(server.report["addresses"].to_string().contains(announced), "{}", server.report);
    let connected = here.run(&["swarm", "connect", &server.text_at("/addresses/0")]);
    assert_eq!(connected.code, 0, "{}", connected.stderr);
    let find = ["routing", "find-peer", &server.text_at("/peer_id"), "--json"];
    // It is told after the connection is there.
    let is_told = |_| here.run(&find).json()["addresses"].to_string().contains(announced);
    assert!((0..500).any(is_told));
}

#[test]
fn what_is_withheld_no_peer_is_told() {
    let (there, here) = (Place::new(), Place::new());
    let server = there.daemon_with(&[
        ("BITSWAP__NETWORK__ANNOUNCE", "/ip4/203.0.113.7/tcp/4001"),
        ("BITSWAP__NETWORK__NO_ANNOUNCE", "/ip4/127.0.0.0/ipcidr/8"),
        ("BITSWAP__ROUTING__SERVE", "127.0.0.1:0"),
    ]);
    let (address, peer) = (server.text_at("/addresses/0"), server.text_at("/peer_id"));
    assert!(address.starts_with("/ip4/127.0.0.1/"), "its user is told where it is: {address}");
    let client = here.daemon(&[]);
    // Whoever dialled knows an address, so the other one is asked.
    let back = there.run(&["swarm", "connect", &client.text_at("/addresses/0")]);
    assert_eq!(back.code, 0, "{}", back.stderr);

    let find = ["routing", "find-peer", &peer, "--json"];
    let told = |_: &u32| here.run(&find).json()["addresses"].to_string();
    let announced = format!("[\"/ip4/203.0.113.7/tcp/4001/p2p/{peer}\"]");
    assert!((0..500).any(|time| told(&time) == announced), "{}", told(&0));
    let url = format!("{}/routing/v1/peers/{peer}", server.text_at("/routing_url"));
    let answer = http_get(&url, "localhost").1;
    assert!(answer.contains("203.0.113.7") && !answer.contains("127.0.0.1"), "{answer}");
}

#[test]
fn who_cannot_be_reached_is_told() {
    let place = Place::new();
    let _daemon = place.daemon(&[]);

    let refused = place.run(&["swarm", "connect", "/ip4/127.0.0.1/tcp/1", "--json"]);
    let unread = place.run(&["swarm", "connect", "127.0.0.1:4001", "--json"]);
    let nobody = place.run(&["swarm", "disconnect", "somebody", "--json"]);

    for (ran, code, name) in
        [(refused, 1, "unreachable"), (unread, 2, "bad-address"), (nobody, 2, "bad-peer-id")]
    {
        assert_eq!((ran.code, &ran.json()["error"]["code"]), (code, &name.into()));
    }
}
