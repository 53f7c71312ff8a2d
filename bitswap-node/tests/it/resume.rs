//! A fetch that was stopped goes on where it was.

use std::fs;

use crate::holding::Holding;
use crate::support::Place;

/// Directories in each other; what is in the last is asked for when all above it are here.
const DEPTH: u64 = 12;

#[tokio::test(flavor = "multi_thread")]
async fn what_came_before_ctrl_c_is_not_fetched_again() {
    let there = Place::new();
    let (root, file) = nest(&there);
    let server = Holding::serve(&there.node("blocks"), &file).await;
    let peer = server.address.to_string();
    let here = Place::new();
    let get = ["get", &root, "--wait", "--peer", &peer, "-o", "copy"];

    let mut running = here.start(&get);
    server.asked().await;
    let (code, stderr) = running.signal("-INT");

    assert_eq!(code, 130);
    assert!(stderr.contains("do:  run the same command again"), "{stderr}");
    assert_eq!(here.names(), [] as [&str; 0]);

    server.release().await;
    let again = here.run(&[&get[..], &["--json"]].concat());

    assert_eq!(again.code, 0, "{}", again.stderr);
    assert_eq!(again.json()["blocks"], DEPTH + 1);
    assert_eq!(again.json()["fetched_blocks"], 1);
    assert_eq!(again.json()["fetched_bytes"], 1_000);
    assert_eq!(here.names(), ["copy"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_in_memory_keeps_nothing_and_says_so() {
    let there = Place::new();
    let (root, file) = nest(&there);
    let server = Holding::serve(&there.node("blocks"), &file).await;
    let peer = server.address.to_string();
    let here = Place::new();

    let mut running = here.start(&["get", &root, "--wait", "--peer", &peer, "--standalone"]);
    server.asked().await;
    let (code, stderr) = running.signal("-TERM");

    assert_eq!(code, 143);
    assert!(stderr.contains("without  --standalone"), "{stderr}");
    assert!(!here.node("blocks").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn cat_writes_what_it_has_while_it_waits_for_the_rest() {
    let there = Place::new();
    let bytes = there.file("file", 3_000);
    let options = ["--cid-version", "1", "--chunker", "size-1000", "-q"];
    let cid = there.run(&[&["add", "file"], &options[..]].concat()).word();
    fs::write(there.path("end"), &bytes[2_000..]).unwrap();
    let end = there.run(&["add", "end", "--cid-version", "1", "-q"]).word();
    let server = Holding::serve(&there.node("blocks"), &end).await;
    let peer = server.address.to_string();
    let here = Place::new();

    let mut running = here.start(&["cat", &cid, "--wait", "--peer", &peer]);
    let first = running.read(2_000);
    server.asked().await;
    server.release().await;
    let rest = running.read(1_000);

    assert!([first, rest].concat() == bytes);
    assert_eq!(running.end().0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_blocks_that_hold_the_part_are_fetched() {
    let there = Place::new();
    let bytes = there.file("file", 3_000);
    let options = ["--cid-version", "1", "--chunker", "size-1000", "-q"];
    let cid = there.run(&[&["add", "file"], &options[..]].concat()).word();
    fs::write(there.path("end"), &bytes[2_000..]).unwrap();
    let end = there.run(&["add", "end", "--cid-version", "1", "-q"]).word();
    let server = Holding::serve(&there.node("blocks"), &end).await;
    let peer = server.address.to_string();
    let here = Place::new();

    let part = ["--offset", "990", "--length", "1000"];
    let ran = here.run(&[&["cat", &cid, "--peer", &peer], &part[..]].concat());

    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout == bytes[990..1_990]);
}

/// A file of 1,000 bytes below [`DEPTH`] directories: the CIDs of the outermost and of the file.
fn nest(place: &Place) -> (String, String) {
    let mut deepest = place.path("nest");
    for _ in 1..DEPTH {
        deepest.push("d");
    }
    fs::create_dir_all(&deepest).unwrap();
    fs::write(deepest.join("file"), vec![7; 1_000]).unwrap();
    let add = |path: &str| place.run(&["add", path, "--cid-version", "1", "-q"]).word();
    let file = format!("nest{}/file", "/d".repeat(DEPTH as usize - 1));
    (add("nest"), add(&file))
}
