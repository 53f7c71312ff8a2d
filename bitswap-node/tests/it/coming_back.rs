//! A peer that was named goes away in the middle of a fetch, and comes back.

use std::fs;

use serde_json::Value;

use crate::support::Place;

#[test]
fn a_named_peer_that_restarts_is_dialled_again() {
    let (there, here) = (Place::new(), Place::new());
    comes_back(&there, &here);
}

#[test]
fn a_daemon_dials_a_named_peer_again_for_who_named_it() {
    let (there, here) = (Place::new(), Place::new());
    let _daemon = here.daemon(&[]);
    comes_back(&there, &here);
}

/// `here` fetches a tree of `there`, which lacks one block, is killed, and comes back with it.
fn comes_back(there: &Place, here: &Place) {
    there.tree("tree");
    let add = |path: &str| there.run(&["add", path, "--cid-version", "1", "-q"]).word();
    let (root, held) = (add("tree"), add("tree/a.txt"));
    // A block that is pinned is not removed.
    assert_eq!(there.run(&["pin", "rm", &held]).code, 0);
    assert_eq!(there.run(&["block", "rm", &held, "--yes"]).code, 0);
    let daemon = there.daemon(&[]);
    let address = daemon.text_at("/addresses/0");
    let mut get = here.start(&["get", &root, "--wait", "--peer", &address, "-o", "copy"]);
    wait_until_asked(there);

    daemon.cut();
    assert_eq!(add("tree/a.txt"), held);
    let (listen, _) = address.split_once("/p2p/").unwrap();
    let again = there.daemon(&["--listen", listen]);

    let (code, stderr) = get.end();
    assert_eq!(code, 0, "{stderr}");
    assert_eq!(fs::read(here.path("copy/a.txt")).unwrap(), b"a");
    drop(again);
}

/// Until a peer wants something that is not there.
fn wait_until_asked(place: &Place) {
    loop {
        let peers = place.run(&["peers", "--json"]).objects();
        if peers.iter().any(|peer: &Value| peer["wants"].as_u64() > Some(0)) {
            return;
        }
    }
}
