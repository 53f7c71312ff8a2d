//! Who is served first where upload is scarce: three daemons on real sockets.

use std::fs;

use crate::support::{Place, Serving};

const GIVEN: usize = 24_000_000;
const WANTED: usize = 12_000_000;

#[test]
fn where_upload_is_scarce_a_peer_that_gave_is_served_before_one_that_only_took() {
    // 1.67 to 1 at first; what the giver gets by and by is owed to it no more.
    let behind = blocks_of_taker_when_giver_is_done("debt-ratio");
    assert!(behind < 0.8, "{behind}");
    let alike = blocks_of_taker_when_giver_is_done("open");
    assert!(alike > 0.85, "{alike}");
}

/// What a peer that only took has got when one that gave has got all of a file, as a part of that.
fn blocks_of_taker_when_giver_is_done(policy: &str) -> f64 {
    let [server, giver, taker] = [(); 3].map(|()| Place::new());
    let config = "[limits]\nupload = \"6MiB/s\"\n[strategy.ledger_policy]\nuse = \"POLICY\"\n";
    fs::write(server.node("bitswap.toml"), config.replace("POLICY", policy)).unwrap();
    let gift = added(&giver, giver.file("gift", GIVEN));
    let mut bytes = server.file("wanted", WANTED);
    // Or it would begin as the gift does, and the giver would have half of it.
    bytes.reverse();
    let wanted = added(&server, bytes);
    let [serving, giving, taking] = [&server, &giver, &taker].map(|place| place.daemon(&[]));
    get(&server, &gift, &giving);
    let other = std::thread::scope(|scope| {
        scope.spawn(|| get(&taker, &wanted, &serving));
        get(&giver, &wanted, &serving);
        sent_to(&server, &taking)
    });
    other / sent_to(&server, &giving)
}

fn added(place: &Place, bytes: Vec<u8>) -> String {
    fs::write(place.path("added"), bytes).unwrap();
    place.run(&["add", "added", "--quiet", "--json"]).json()["cid"].as_str().unwrap().to_owned()
}

fn get(place: &Place, root: &str, from: &Serving) {
    let ran = place.run(&["get", root, "--peer", &from.text_at("/addresses/0"), "-o", "got"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
}

/// Bytes of blocks that this node sent to that one.
fn sent_to(place: &Place, other: &Serving) -> f64 {
    let row = place.run(&["ledger", &other.text_at("/peer_id"), "--json"]).json();
    row["sent_bytes"].as_f64().unwrap()
}
