//! `bitswap explain` on a running daemon.

use serde_json::Value;

use crate::support::{Place, Ran};

const ABSENT: &str = "bafkreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei4";

#[test]
fn a_want_that_nobody_has_is_explained_with_who_said_no_and_what_is_next() {
    let (other, place) = (Place::new(), Place::new());
    let (met, _daemon) = (other.daemon(&[]), place.daemon(&[]));
    let address = met.text_at("/addresses/0");
    let mut waiting =
        place.start(&["get", ABSENT, "--wait", "--peer", &address, "--timeout", "8s"]);

    let told = until(&place, |told| told["text"].to_string().contains("said DONT_HAVE"));

    assert_eq!(
        (&told["kind"], &told["id"], &told["v"]),
        (&"want".into(), &ABSENT.into(), &1.into())
    );
    assert_eq!(told["ended"], false);
    let lines = told["lines"].as_array().unwrap();
    let no = lines.iter().find(|line| line["text"].as_str().unwrap().ends_with("DONT_HAVE"));
    let no = no.unwrap();
    assert_eq!(no["peers"], serde_json::json!([met.text_at("/peer_id")]));
    assert!(lines.iter().any(|line| line["strategy"] == "broadcast-then-dht"), "{told}");
    let next = &told["next"][0];
    assert!(next["in_seconds"].as_f64().unwrap() > 0.0, "{told}");
    let text = place.run(&["explain", ABSENT]);
    assert_eq!(text.code, 0, "{}", text.stderr);
    for line in lines {
        assert!(text.text().contains(line["text"].as_str().unwrap()), "{}", text.text());
    }
    assert!(text.text().lines().all(|line| line.chars().count() <= 100), "{}", text.text());

    let ended = waiting.ended();
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    assert!(ended.stderr.contains("  why: 1 connected peer said no"), "{}", ended.stderr);
}

#[test]
fn a_want_is_followed_to_its_end() {
    let (other, place) = (Place::new(), Place::new());
    let bytes = other.file("file", 50_000);
    let (met, _daemon) = (other.daemon(&[]), place.daemon(&[]));
    let cid = put(&other);
    assert_eq!(other.run(&["block", "rm", &cid, "--yes"]).code, 0);
    let address = met.text_at("/addresses/0");
    let mut waiting = place.start(&["block", "get", &cid, "--wait", "--peer", &address]);
    until_of(&place, &cid, |told| told["lines"].as_array().is_some_and(|all| all.len() > 2));
    let mut following = place.start(&["explain", &cid, "--follow", "--json"]);
    assert_eq!(following.read(1), *b"{", "it has begun");

    put(&other);

    assert_eq!(waiting.ended().stdout, bytes);
    let ended = following.ended();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let text = ended.text();
    // The first character of the first object was read before.
    let objects = text.lines().skip(1).map(|line| serde_json::from_str::<Value>(line).unwrap());
    let mut lines: Vec<_> = objects.collect();
    let last = lines.pop().unwrap();
    assert_eq!((&last["ended"], &last["state"]), (&true.into(), &"received".into()));
    assert!(lines.windows(2).all(|pair| pair[0]["number"].as_u64() < pair[1]["number"].as_u64()));
    let told = place.run(&["explain", &cid, "--json"]).json();
    let followed: Vec<_> = lines.iter().map(|line| line["text"].as_str().unwrap()).collect();
    assert_eq!(followed, texts(&told));
    assert_eq!(told["why_not_here"], Value::Null);
    let sent = lines.iter().any(|line| line["text"].as_str().unwrap().ends_with("sent the block"));
    assert!(sent, "{lines:?}");
}

#[test]
fn a_relay_tells_for_whom_a_want_was_forwarded_to_whom_how_far_and_how_it_ended() {
    let [other, relay, place] = [Place::new(), Place::new(), Place::new()];
    other.file("file", 50_000);
    let (met, between) = (other.daemon(&[]), relay.daemon(&[]));
    let daemon = place.daemon(&[]);
    let cid = put(&other);
    // So that they are connected.
    let got = relay.run(&["block", "get", &cid, "--peer", &met.text_at("/addresses/0")]);
    assert_eq!(got.code, 0, "{}", got.stderr);
    let address = between.text_at("/addresses/0");
    let mut waiting =
        place.start(&["get", ABSENT, "--wait", "--peer", &address, "--timeout", "8s"]);

    let told = until(&relay, |told| told["text"].to_string().contains("nobody has it"));

    assert_eq!((&told["kind"], &told["session"]), (&"want".into(), &Value::Null));
    let [requester, holder] = [&daemon, &met].map(|node| short(&node.text_at("/peer_id")));
    let expected = [
        format!("{requester} wants it of this node, or of others up to 1 hop away"),
        format!("forwarded for {requester} to 1 peer, with a TTL of 0"),
        format!("asked {holder} whether it has it, and not to forward it"),
        format!("told {requester} that nobody has it"),
    ];
    assert_eq!(texts(&told), expected);
    assert_eq!(told["lines"][1]["strategy"], "ttl-relay");
    let text = relay.run(&["explain", ABSENT]);
    assert!(expected.iter().all(|line| text.text().contains(line)), "{}", text.text());
    assert_eq!(waiting.ended().code, 3);
}

/// A name as lines show it.
fn short(name: &str) -> String {
    let (head, tail) = (name.get(..7).unwrap(), name.get(name.len() - 4..).unwrap());
    format!("{head}…{tail}")
}

#[test]
fn a_peer_is_explained_on_both_sides() {
    let (other, place) = (Place::new(), Place::new());
    other.file("file", 50_000);
    let (met, daemon) = (other.daemon(&[]), place.daemon(&[]));
    let cid = put(&other);
    let got = place.run(&["block", "get", &cid, "--peer", &met.text_at("/addresses/0")]);
    assert_eq!(got.code, 0, "{}", got.stderr);

    let giver = place.run(&["explain", &met.text_at("/peer_id"), "--json"]).json();
    assert_eq!(giver["kind"], "peer");
    assert_eq!(giver["account"]["received_bytes"], 50_000);
    assert!(texts(&giver).contains(&"it sent 1 block".to_owned()), "{giver}");
    let taker = other.run(&["explain", &daemon.text_at("/peer_id"), "--json"]).json();
    assert!(texts(&taker).contains(&"sent it 1 block, 48.8 KiB".to_owned()), "{taker}");
    let decided = taker["lines"].as_array().unwrap().iter().map(|line| &line["strategy"]);
    let decided: Vec<_> = decided.filter_map(Value::as_str).collect();
    assert!(decided.contains(&"debt-ratio") && decided.contains(&"least-queued-peer"), "{taker}");
    let mut following = place.start(&["explain", &met.text_at("/peer_id"), "--follow", "--json"]);
    assert_eq!(following.read(1), *b"{", "it has begun");
    let text = place.run(&["explain", &met.text_at("/peer_id")]);
    assert!(text.text().lines().all(|line| line.chars().count() <= 100), "{}", text.text());
    assert_eq!(daemon.signal("-TERM"), 0, "who follows does not hold it up");
    assert_eq!(following.ended().json()["error"]["code"], "daemon-lost");
}

#[test]
fn what_cannot_be_explained_is_told_with_what_to_do() {
    let place = Place::new();
    assert_eq!(code(&place.run(&["explain", ABSENT, "--json"])), (4, "no-daemon".to_owned()));
    let _daemon = place.daemon(&[]);
    let stranger = "12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN";
    assert_eq!(code(&place.run(&["explain", ABSENT, "--json"])), (3, "not-wanted".to_owned()));
    assert_eq!(code(&place.run(&["explain", stranger, "--json"])), (3, "unknown-peer".to_owned()));
    assert_eq!(code(&place.run(&["explain", "nonsense", "--json"])), (2, "bad-cid".to_owned()));
}

fn code(ran: &Ran) -> (i32, String) {
    (ran.code, ran.json()["error"]["code"].as_str().unwrap().to_owned())
}

fn put(place: &Place) -> String {
    place.run(&["block", "put", "file", "-q"]).word()
}

fn texts(told: &Value) -> Vec<String> {
    let lines = told["lines"].as_array().unwrap().iter();
    lines.map(|line| line["text"].as_str().unwrap().to_owned()).collect()
}

/// The explanation of the absent block, once a line of it is such.
fn until(place: &Place, is_there: impl Fn(&Value) -> bool) -> Value {
    until_of(place, ABSENT, |told| {
        told["lines"].as_array().is_some_and(|lines| lines.iter().any(&is_there))
    })
}

/// Looks again and again; another process has to get there first.
fn until_of(place: &Place, cid: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    loop {
        let ran = place.run(&["explain", cid, "--json"]);
        if ran.code == 0 && is_so(&ran.json()) {
            return ran.json();
        }
    }
}
