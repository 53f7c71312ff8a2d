//! What somebody does in the first ten minutes, in one go.

use std::fs;

use crate::holding::Holding;
use crate::support::Place;

#[tokio::test(flavor = "multi_thread")]
async fn a_newcomers_session() {
    let (first, second) = (Place::new(), Place::new());

    // A node is made, started, and given a tree.
    assert_eq!(first.run(&["init"]).code, 0);
    let daemon = first.daemon(&[]);
    first.tree("photos");
    let root = first.run(&["add", "photos", "-q"]).word();
    let large = first.run(&["add", "photos/sub/deeper/large", "-q", "--only-hash"]).word();
    assert_eq!(daemon.signal("-TERM"), 0);

    // A second node begins to fetch it from a peer that has all but one block, and is stopped.
    let peer = Holding::serve(&first.node("blocks"), &large).await;
    let address = peer.address.to_string();
    let mut get = second.start(&["get", &root, "--wait", "--peer", &address, "-o", "copy"]);
    peer.asked().await;
    let (code, stderr) = get.signal("-INT");
    assert_eq!(code, 130, "{stderr}");
    assert_eq!(second.names(), [] as [&str; 0], "something half-written is left");

    // The first node is up again: what came before is not fetched a second time.
    let daemon = first.daemon(&[]);
    let address = daemon.text_at("/addresses/0");
    let got = second.run(&["get", &root, "--peer", &address, "-o", "copy", "--json"]);
    assert_eq!(got.code, 0, "{}", got.stderr);
    let (all, fetched) = (&got.json()["blocks"], &got.json()["fetched_blocks"]);
    assert!(fetched.as_u64() < all.as_u64(), "{fetched} of {all} blocks were fetched again");
    for file in ["a.txt", "sub/nothing", "sub/deeper/large"] {
        let copy = fs::read(second.path("copy").join(file)).unwrap();
        assert!(copy == fs::read(first.path("photos").join(file)).unwrap(), "{file} differs");
    }
    assert_eq!(daemon.signal("-TERM"), 0);

    a_script_is_checked(&first);
    mistakes_are_told(&first);
}

#[test]
fn the_next_command_that_init_tells_names_what_it_was_given() {
    let place = Place::new();
    let next = |args: &[&str]| {
        let ran = place.run(&[&["init", "--json"], args].concat());
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        ran.json()["next"].as_str().unwrap().to_owned()
    };

    // The directory of the environment need not be named.
    assert_eq!(next(&[]), "bitswap daemon");
    assert_eq!(next(&["--data", "my node"]), "bitswap daemon --data 'my node'");
    let both = ["--data", "sub/node", "--config", "own.toml"];
    assert_eq!(next(&both), "bitswap daemon --data sub/node --config own.toml");
}

#[cfg(feature = "scripts")]
fn a_script_is_checked(place: &Place) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/scripts/fastest_first.rhai");
    fs::copy(script, place.path("mine.rhai")).unwrap();
    let fit = place.run(&["strategy", "check", "mine.rhai"]);
    assert_eq!(fit.code, 0, "{}{}", fit.text(), fit.stderr);

    fs::write(place.path("mine.rhai"), "fn select(ctx, session) { let x = ; }").unwrap();
    let unfit = place.run(&["strategy", "check", "mine.rhai"]);
    assert_eq!(unfit.code, 1);
    let told = format!("{}{}", unfit.text(), unfit.stderr);
    assert!(told.contains("mine.rhai:1:"), "{told}");
}

#[cfg(not(feature = "scripts"))]
fn a_script_is_checked(_: &Place) {}

fn mistakes_are_told(place: &Place) {
    let mistakes = "[store]\nknd = \"disk\"\n[strategy.peer_selector]\nuse = \"probabilistc\"\n\
                    [network]\nmax_connections = \"many\"\n";
    fs::write(place.node("bitswap.toml"), mistakes).unwrap();

    let told = place.run(&["daemon"]);

    assert_eq!(told.code, 2, "{}", told.stderr);
    for place in ["bitswap.toml:2:", "bitswap.toml:4:", "bitswap.toml:6:"] {
        assert!(told.stderr.contains(place), "{place} is missing in\n{}", told.stderr);
    }
    assert!(told.stderr.contains("did you mean `kind`?"), "{}", told.stderr);
}
