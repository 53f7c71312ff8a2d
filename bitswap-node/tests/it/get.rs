//! Fetching from a node of another process.

use std::fs;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::{Place, Serving};

/// Who is nowhere.
const STRANGER: &str = "12D3KooWEChVMMMzV8acJ53mJHrw1pQ27UAGkCxWXLJutbeUMvVu";
/// What no peer has.
const ELSEWHERE: &str = "bafkreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei4";

#[test]
fn a_file_is_fetched_byte_for_byte() {
    let place = Place::new();
    let bytes = place.file("file", 1_000_000);
    let (serving, cid, peer) = serve(&place, "file");

    let ran = place.run(&["get", &cid, "--peer", &peer, "-o", "copy", "--json"]);

    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(fs::read(place.path("copy")).unwrap(), bytes);
    let report = ran.json();
    assert_eq!(report["bytes"], 1_000_000);
    assert_eq!(report["path"], "copy");
    assert_eq!(report["blocks"], serving.report["blocks"]);
    assert_eq!(place.names(), ["copy", "file"]);
}

#[test]
fn a_directory_is_fetched_whole() {
    let place = Place::new();
    place.tree("tree");
    let (_serving, cid, peer) = serve(&place, "tree");

    let ran = place.run(&["get", &format!("ipfs://{cid}"), "--peer", &peer, "-o", "copy"]);

    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(place.path("copy/empty").is_dir());
    assert_eq!(fs::read(place.path("copy/sub/nothing")).unwrap(), b"");
    assert_eq!(
        fs::read(place.path("copy/sub/deeper/large")).unwrap(),
        fs::read(place.path("tree/sub/deeper/large")).unwrap(),
    );
}

#[test]
fn stdout_gets_the_bytes_and_nothing_else() {
    let place = Place::new();
    let bytes = place.file("file", 300_000);
    let (_serving, cid, peer) = serve(&place, "file");

    let ran = place.run(&["get", &cid, "--peer", &peer, "-o", "-"]);

    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout == bytes);
}

#[test]
fn what_exists_is_kept_unless_told_otherwise() {
    let place = Place::new();
    let bytes = place.file("file", 1_000);
    fs::write(place.path("copy"), "old").unwrap();
    let (_serving, cid, peer) = serve(&place, "file");
    let get = ["get", &cid, "--peer", &peer, "-o", "copy", "--json"];

    let refused = place.run(&get);

    assert_eq!(refused.code, 6);
    assert_eq!(refused.json()["error"]["code"], "exists");
    assert_eq!(fs::read(place.path("copy")).unwrap(), b"old");
    assert_eq!(place.run(&[&get[..], &["--force"]].concat()).code, 0);
    assert_eq!(fs::read(place.path("copy")).unwrap(), bytes);
}

#[test]
fn what_the_peer_does_not_have_is_not_found() {
    let place = Place::new();
    place.file("file", 1_000);
    let (_serving, _, peer) = serve(&place, "file");

    for verb in [&["get"][..], &["cat"], &["ls"], &["block", "get"]] {
        let ran = place.run(&[verb, &[ELSEWHERE, "--peer", &peer, "--json"]].concat());

        assert_eq!(ran.code, 3, "{}", ran.stderr);
        assert_eq!(ran.json()["error"]["code"], "not-found");
        let why = "why: 1 peer answered that it is not there";
        assert!(ran.stderr.contains(why) && ran.stderr.contains(ELSEWHERE), "{}", ran.stderr);
    }
    assert_eq!(place.names(), ["file"]);
}

#[test]
fn who_waits_waits_though_nobody_is_left() {
    let place = Place::new();
    place.file("file", 1_000);
    let (_serving, _, peer) = serve(&place, "file");

    let wait = ["--wait", "--timeout", "500ms"];
    let ran = place.run(&[&["get", ELSEWHERE, "--peer", &peer], &wait[..]].concat());

    assert_eq!(ran.code, 3, "{}", ran.stderr);
    assert!(ran.stderr.contains("did not come in time"), "{}", ran.stderr);
}

#[test]
fn what_a_command_waited_for_in_vain_has_timed_out_and_was_not_cancelled() {
    let place = Place::new();
    let daemon = place.daemon(&[]);
    let wait = ["--wait", "--timeout", "300ms"];
    let verbs: [&[&str]; 3] = [&["get"], &["cat"], &["block", "get"]];
    for verb in verbs {
        let ran = place.run(&[verb, &[ELSEWHERE], &wait[..]].concat());
        assert_eq!(ran.code, 3, "{verb:?}: {}", ran.stderr);
        assert!(ran.stderr.contains("in time"), "{verb:?}: {}", ran.stderr);
    }

    let metrics = daemon.metrics("/metrics_url");
    for (outcome, count) in [("timed_out", 3), ("cancelled", 0)] {
        let line = format!("bitswap_client_wants_ended_total{{outcome=\"{outcome}\"}} {count}");
        assert!(metrics.lines().any(|said| said == line), "no {line} in {metrics}");
    }
}

#[test]
fn a_peer_that_is_not_there_is_unreachable() {
    let place = Place::new();
    place.file("file", 1_000);
    let (serving, cid, peer) = serve(&place, "file");
    drop(serving);

    let ran = place.run(&["get", &cid, "--peer", &peer, "--json"]);

    assert_eq!(ran.code, 1);
    let error = &ran.json()["error"];
    assert_eq!(error["code"], "unreachable");
    assert_eq!(error["what"], json!(format!("cannot reach {peer}")));
    assert!(error["why"].as_str().unwrap().contains("refused"), "{error}");
}

#[test]
fn one_peer_that_is_there_is_enough() {
    let place = Place::new();
    place.file("file", 1_000);
    let (gone, cid, nobody) = serve(&place, "file");
    drop(gone);
    let (_serving, _, peer) = serve(&place, "file");

    let ran = place.run(&["get", &cid, "--peer", &nobody, "--peer", &peer, "-o", "copy"]);

    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stderr.contains(&format!("cannot reach {nobody}")), "{}", ran.stderr);
}

#[test]
fn one_peer_that_accepts_and_says_nothing_does_not_hold_up_the_others() {
    let place = Place::new();
    place.file("file", 1_000);
    let (_serving, cid, peer) = serve(&place, "file");
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let silent = format!("/ip4/127.0.0.1/tcp/{port}/p2p/{STRANGER}");

    let begun = Instant::now();
    let ran = place.run(&["get", &cid, "--peer", &silent, "--peer", &peer, "-o", "copy"]);

    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(begun.elapsed() < Duration::from_secs(6), "a dial that is not answered takes 8 s");
}

#[test]
fn several_things_go_into_one_directory() {
    let place = Place::new();
    place.tree("tree");
    let (serving, cid, peer) = serve(&place, "tree");
    let (a, sub) = (format!("{cid}/a.txt"), format!("{cid}/sub"));

    let ran = place.run(&["get", &a, &sub, "--peer", &peer, "-o", "both", "--json"]);

    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let paths: Vec<_> = ran.objects().iter().map(|one| one["path"].clone()).collect();
    assert_eq!(paths, ["both/a.txt", "both/sub"]);
    assert_eq!(fs::read(place.path("both/a.txt")).unwrap(), b"a");
    assert!(place.path("both/sub/deeper/large").is_file());
    drop(serving);
}

#[test]
fn one_that_cannot_be_got_does_not_hold_up_the_others() {
    let place = Place::new();
    fs::write(place.path("a"), "a").unwrap();
    let cid = place.run(&["add", "a", "-q"]).word();

    let ran = place.run(&["get", ELSEWHERE, &cid, "--offline", "-o", "both", "--json"]);

    assert_eq!(ran.code, 3, "{}", ran.stderr);
    assert!(ran.stderr.contains(ELSEWHERE), "{}", ran.stderr);
    assert_eq!(fs::read(place.path("both").join(&cid)).unwrap(), b"a");
}

#[test]
fn several_things_need_names_of_their_own_and_no_stdout() {
    let place = Place::new();
    let twice = [ELSEWHERE, ELSEWHERE].map(|cid| format!("{cid}/name"));
    let [one, other] = twice.each_ref().map(String::as_str);

    for more in [&["-o", "-"][..], &["-o", "both"], &[]] {
        let ran = place.run(&[&["get", one, other, "--offline"], more].concat());
        assert_eq!(ran.code, 2, "{more:?}: {}", ran.stderr);
    }
}

/// A demonstration that serves `name`, with its CID and the address of its server.
fn serve(place: &Place, name: &str) -> (Serving, String, String) {
    let serving = place.serve(&[name]);
    let (cid, peer) = (serving.text_at("/root"), serving.text_at("/servers/0/addresses/0"));
    (serving, cid, peer)
}
