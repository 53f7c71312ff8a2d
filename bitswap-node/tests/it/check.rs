//! What a check finds, and where it ends.

use serde_json::Value;

use crate::support::Place;

/// What no peer has.
const ELSEWHERE: &str = "bafkreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei4";

#[test]
fn what_a_peer_has_passes_all_stages() {
    let (there, here) = (Place::new(), Place::new());
    there.file("file", 1_000);
    let serving = there.reporting(&["serve", "file", "--json"]);
    let (cid, peer) = (serving.text_at("/cid"), serving.text_at("/loopback_addresses/0"));

    let ran = here.run(&["check", &cid, "--peer", &peer, "--json"]);

    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let stages = ran.objects();
    assert_eq!(names(&stages), ["cid", "here", "providers", "dial", "block"]);
    assert!(stages.iter().all(|stage| stage["good"] != false), "{stages:?}");
    assert!(!here.node("blocks").exists(), "nothing is kept");
}

#[test]
fn what_is_here_or_at_a_connected_peer_can_be_had() {
    let (there, here) = (Place::new(), Place::new());
    there.file("file", 1_000);
    let cid = there.run(&["add", "file", "--quiet"]).word();
    let (server, _client) = (there.daemon(&[]), here.daemon(&[]));
    let ends = |place: &Place, args: &[&str]| {
        let ran = place.run(&[&["check", &cid, "--timeout", "3s", "--json"], args].concat());
        let last = ran.json();
        (ran.code, last["stage"].as_str().map(str::to_owned), last["good"].as_bool())
    };

    assert_eq!(ends(&here, &[]).0, 3);
    here.run(&["swarm", "connect", &server.text_at("/addresses/0")]);
    assert_eq!(ends(&here, &["--as-stranger"]), (3, Some("providers".to_owned()), Some(false)));
    assert_eq!(ends(&here, &[]), (0, Some("node".to_owned()), Some(true)));
    assert_eq!(ends(&there, &[]), (0, Some("here".to_owned()), Some(true)));
}

#[test]
fn the_stage_that_fails_is_the_last_and_says_what_to_do() {
    let (there, here) = (Place::new(), Place::new());
    there.file("file", 1_000);
    let serving = there.reporting(&["serve", "file", "--json"]);
    let peer = serving.text_at("/loopback_addresses/0");
    let fails = |args: &[&str], stage: &str, found: &str| {
        let ran = here.run(&[&["check"], args, &["--json"]].concat());
        assert_eq!(ran.code, 3, "{args:?}: {}", ran.stderr);
        let last = ran.json();
        assert_eq!((&last["stage"], &last["good"]), (&stage.into(), &false.into()), "{args:?}");
        assert!(last["found"].as_str().unwrap().contains(found), "{last}");
        assert!(last["do"].is_string(), "{last}");
    };

    fails(&[ELSEWHERE, "--peer", &peer], "block", "1 peer answered that it is not there");
    drop(serving);
    fails(&[ELSEWHERE, "--peer", &peer], "dial", "0 of 1 peer reached");
    fails(&[ELSEWHERE], "providers", "there is no router to ask");
}

fn names(stages: &[Value]) -> Vec<&str> {
    stages.iter().map(|stage| stage["stage"].as_str().unwrap()).collect()
}
