//! Who is served first where upload is scarce: three daemons on real sockets.

use std::fs;
use std::thread;

use crate::support::{Place, Serving};

const GIVEN: usize = 24_000_000;
const WANTED: usize = 12_000_000;

#[test]
fn where_upload_is_scarce_a_peer_that_gave_is_served_before_one_that_only_took() {
    // By their weights 0.6 at first; what the giver gets by and by is owed to it no more.
    let [share, even] = ["debt-ratio", "open"].map(takers_share);
    assert!(share < 0.8, "{share}");
    assert!(even > 0.9, "{even}");
}

/// While both are served, the bytes that a peer got that only took, for each byte of one that gave:
/// in the middle of it, with small blocks, so that both always have some queued.
fn takers_share(policy: &str) -> f64 {
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
    let until = |giver_has: f64| {
        let mut seen = (0..5_000).map(|_| sent(&server, [&giving, &taking]));
        seen.find(|[gave, took]| *gave > giver_has && *took > 0.0).unwrap()
    };
    let ([gave, took], [has_given, has_taken]) = thread::scope(|scope| {
        scope.spawn(|| get(&giver, &wanted, &serving));
        scope.spawn(|| get(&taker, &wanted, &serving));
        (until(0.25 * WANTED as f64), until(0.75 * WANTED as f64))
    });
    (has_taken - took) / (has_given - gave)
}

fn added(place: &Place, bytes: Vec<u8>) -> String {
    fs::write(place.path("added"), bytes).unwrap();
    place.run(&["add", "added", "--chunker", "size-32768", "--quiet", "--json"]).json()["cid"]
        .as_str()
        .unwrap()
        .to_owned()
}

fn get(place: &Place, root: &str, from: &Serving) {
    let ran = place.run(&["get", root, "--peer", &from.text_at("/addresses/0"), "-o", "got"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
}

/// Bytes of blocks that this node sent to each of those.
fn sent<const PEERS: usize>(place: &Place, to: [&Serving; PEERS]) -> [f64; PEERS] {
    let rows = place.run(&["ledger", "--json"]).objects();
    to.map(|peer| {
        let id = peer.text_at("/peer_id");
        let row = rows.iter().find(|row| row["peer_id"] == id.as_str());
        row.map_or(0.0, |row| row["sent_bytes"].as_f64().unwrap())
    })
}
