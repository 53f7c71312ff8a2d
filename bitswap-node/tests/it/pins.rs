//! What is pinned is known with and without a daemon, and is all there.

use std::fs;

use bitswap_core::Block;
use bytes::Bytes;
use cid::Cid;
use serde_json::json;

use crate::support::Place;

#[test]
fn what_is_added_is_pinned_unless_told_otherwise() {
    let place = Place::new();
    fs::write(place.path("a"), "a").unwrap();
    fs::write(place.path("b"), "b").unwrap();
    fs::write(place.path("c"), "c").unwrap();

    let both = place.run(&["add", "-w", "-q", "a", "b"]).word();
    let c = place.run(&["add", "-q", "--no-pin", "c"]).word();

    assert_eq!(
        place.run(&["pin", "ls", "--json"]).json(),
        json!({ "v": 1, "cid": both, "kind": "recursive" }),
    );
    let missing = place.run(&["pin", "ls", &c]);
    assert_eq!(missing.code, 3);
    assert!(missing.stderr.contains("is not pinned"), "{}", missing.stderr);
    assert_eq!(place.run(&["get", &c, "--pin", "-o", "copy"]).code, 0);
    assert_eq!(place.run(&["pin", "ls", "-q", &c]).word(), c);
}

#[test]
fn the_root_of_what_is_pinned_is_not_removed() {
    let place = Place::new();
    fs::write(place.path("a"), "a").unwrap();
    let cid = place.run(&["add", "-q", "a"]).word();

    let refused = place.run(&["block", "rm", "--yes", &cid]);
    assert_eq!(refused.code, 6);
    assert!(refused.stderr.contains(&format!("bitswap pin rm {cid}")), "{}", refused.stderr);
    assert_eq!(place.run(&["pin", "rm", &cid]).code, 0);
    assert_eq!(place.run(&["block", "rm", "--yes", &cid]).code, 0);
}

#[test]
fn the_roots_of_a_car_are_pinned_if_they_are_whole() {
    let (place, other) = (Place::new(), Place::new());
    place.file("large", 600_000);
    let cid = place.run(&["add", "-q", "large"]).word();
    let car = place.path("large.car").display().to_string();
    assert_eq!(place.run(&["car", "export", &cid, "-o", &car]).code, 0);

    assert_eq!(other.run(&["car", "import", "--no-pin", &car]).code, 0);
    assert_eq!(other.run(&["pin", "ls"]).text(), "");
    assert_eq!(other.run(&["car", "import", &car]).code, 0);
    assert_eq!(other.run(&["pin", "ls", "-q"]).word(), cid);
}

#[cfg(unix)]
#[test]
fn a_daemon_and_a_command_have_the_same_pins() {
    let place = Place::new();
    place.tree("tree");
    let tree = place.run(&["add", "-q", "tree"]).word();
    let daemon = place.daemon(&[]);

    assert_eq!(place.run(&["pin", "ls", "-q"]).word(), tree);
    fs::write(place.path("a"), "a").unwrap();
    let a = place.run(&["add", "-q", "--no-pin", "--cid-version", "1", "a"]).word();
    let pinned = place.run(&["pin", "add", "--direct", &a]);
    assert_eq!(pinned.text(), format!("pinned {a}  direct\n"), "{}", pinned.stderr);
    assert_eq!(place.run(&["pin", "add", &a]).code, 0, "more than the block is kept");
    let less = place.run(&["pin", "add", "--direct", &a]);
    assert_eq!(less.code, 6, "{}", less.stderr);
    assert_eq!(place.run(&["pin", "rm", &tree]).code, 0);
    assert_eq!(place.run(&["pin", "rm", &tree]).code, 3);

    assert_eq!(daemon.signal("-TERM"), 0);
    assert_eq!(place.run(&["pin", "ls"]).text(), format!("{a}  recursive\n"));
}

#[cfg(unix)]
#[test]
fn what_is_missing_of_a_tree_is_named_or_fetched() {
    let (place, other) = (Place::new(), Place::new());
    let bytes = place.file("large", 600_000);
    fs::write(other.path("large"), &bytes).unwrap();
    let cid = place.run(&["add", "-q", "--no-pin", "--raw-leaves", "large"]).word();
    assert_eq!(other.run(&["add", "-q", "--raw-leaves", "large"]).word(), cid);
    let leaf = Block::sha2_256(Bytes::copy_from_slice(&bytes[..262_144])).unwrap();
    let leaf = Cid::new_v1(0x55, *leaf.multihash()).to_string();
    assert_eq!(place.run(&["block", "rm", "--yes", &leaf]).code, 0);

    let refused = place.run(&["pin", "add", "--offline", &cid]);
    assert_eq!(refused.code, 3);
    assert!(refused.stderr.contains(&leaf), "{}", refused.stderr);
    assert_eq!(place.run(&["pin", "ls"]).text(), "");

    let daemon = other.daemon(&[]);
    let peer = daemon.text_at("/addresses/0");
    let fetched = place.run(&["pin", "add", &cid, "--peer", &peer]);
    assert_eq!(fetched.code, 0, "{}", fetched.stderr);
    assert_eq!(place.run(&["block", "has", &leaf]).code, 0);
    assert_eq!(place.run(&["pin", "ls", "-q"]).word(), cid);
}

#[test]
fn trees_that_are_no_files_are_pinned_too() {
    let place = Place::new();
    let leaf = place.run_with(&["block", "put", "-q"], b"leaf").word();
    // A list with one link.
    let mut node = vec![0x81, 0xd8, 42, 0x58, 37, 0];
    node.extend(Cid::try_from(leaf.as_str()).unwrap().to_bytes());
    let root = place.run_with(&["block", "put", "-q", "--codec", "dag-cbor"], &node).word();

    assert_eq!(place.run(&["pin", "add", "-q", &root]).word(), root);
    assert_eq!(place.run(&["pin", "rm", &root]).code, 0);
    assert_eq!(place.run(&["block", "rm", "--yes", &leaf]).code, 0);
    let refused = place.run(&["pin", "add", "--offline", &root]);
    assert_eq!(refused.code, 3, "{}", refused.stderr);
}

#[test]
fn a_damaged_file_of_pins_is_told_and_left_as_it_is() {
    let place = Place::new();
    fs::write(place.path("a"), "a").unwrap();
    let cid = place.run(&["add", "-q", "a"]).word();
    let written = fs::read_to_string(place.node("pins")).unwrap();
    let damaged = written.replace(&cid, &cid.replace('a', "b"));
    fs::write(place.node("pins"), &damaged).unwrap();

    for verb in [&["pin", "ls"][..], &["pin", "rm", &cid], &["add", "a"]] {
        let refused = place.run(verb);
        assert_eq!(refused.code, 5, "{verb:?}: {}", refused.stderr);
        assert!(refused.stderr.contains("line 2 of"), "{}", refused.stderr);
    }
    assert_eq!(fs::read_to_string(place.node("pins")).unwrap(), damaged);
    assert_eq!(place.run(&["cat", &cid]).text(), "a", "all else goes on");
}
