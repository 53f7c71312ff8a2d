//! A daemon and the verbs that reach it, which do the same without one.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::support::Place;

const ABSENT: &str = "bafkreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei4";

#[test]
fn a_node_is_made_and_started_and_told_what_to_keep() {
    let place = Place::new();
    let made = place.run(&["init", "--json"]).json();
    let daemon = place.daemon(&[]);

    assert_eq!(daemon.text_at("/event"), "ready");
    assert_eq!(daemon.text_at("/peer_id"), made["peer_id"].as_str().unwrap());
    assert!(Path::new(made["config"].as_str().unwrap()).is_file());
    assert_eq!(mode(Path::new(&daemon.text_at("/api"))), 0o600);
    let id = place.run(&["id", "--json"]).json();
    assert_eq!(id["addresses"], daemon.report["addresses"]);
    blocks_come_and_go(&place);
    assert_eq!(daemon.signal("-TERM"), 0);
}

#[test]
fn without_a_daemon_the_same_is_kept() {
    let place = Place::new();

    blocks_come_and_go(&place);
}

#[test]
fn a_file_is_written_once_unless_it_is_said() {
    let place = Place::new();
    let first = place.run(&["init", "--json"]);
    let second = place.run(&["init", "--json"]);
    let forced = place.run(&["init", "--profile", "server", "--force", "--json"]);
    let unknown = place.run(&["init", "--profile", "sever", "--force", "--json"]);

    assert_eq!((first.code, second.code, forced.code), (0, 6, 0), "{}", second.stderr);
    assert_eq!(second.json()["error"]["code"], "exists");
    assert_eq!(first.json()["peer_id"], forced.json()["peer_id"]);
    assert_eq!(unknown.code, 2, "{}", unknown.stderr);
    let profile = place.run(&["config", "get", "node.profile"]);
    assert_eq!(profile.text(), "server\n");
}

#[test]
fn a_directory_has_one_daemon() {
    let place = Place::new();
    let daemon = place.daemon(&[]);

    // Its port is taken as well, by the daemon that is there.
    let metrics = daemon.text_at("/metrics_url");
    let port = metrics.rsplit(':').next().unwrap().trim_end_matches("/metrics").to_owned();
    let second = place.run(&["daemon", "--json", "--metrics-port", &port]);

    assert_eq!(second.code, 4, "{}", second.stderr);
    let error = &second.json()["error"];
    assert_eq!(error["code"], "lock-held");
    let pid = daemon.report["pid"].to_string();
    assert!(error["why"].as_str().unwrap().ends_with(&format!("process {pid}")), "{error}");
}

#[test]
fn a_port_in_use_is_told() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let listen = format!("/ip4/127.0.0.1/tcp/{port}");

    let ran = Place::new().run(&["daemon", "--metrics-port", "0", "--listen", &listen, "--json"]);
    let metrics = Place::new().run(&["daemon", "--metrics-port", &port, "--json"]);

    for ran in [ran, metrics] {
        assert_eq!(ran.code, 1, "{}", ran.stderr);
        assert_eq!(ran.json()["error"]["code"], "port-in-use");
    }
}

#[test]
fn it_ends_cleanly_while_somebody_waits() {
    let place = Place::new();
    let daemon = place.daemon(&[]);
    let mut waiting = place.start(&["block", "get", ABSENT, "--wait", "--timeout", "5m", "--json"]);
    let wanted = until(|| {
        let wants = place.run(&["wantlist", "--json"]);
        (!wants.stdout.is_empty()).then(|| wants.json())
    });
    assert_eq!((&wanted["cid"], &wanted["callers"]), (&ABSENT.into(), &1.into()));

    assert_eq!(daemon.signal("-TERM"), 0);

    let ended = waiting.ended();
    assert_ne!(ended.code, 0, "{}", ended.stderr);
    assert!(!place.node("api.sock").exists());
    let again = place.daemon(&[]);
    assert_eq!(again.signal("-INT"), 130);
}

#[test]
fn what_a_killed_daemon_left_is_no_hindrance() {
    let place = Place::new();
    let daemon = place.daemon(&[]);
    place.file("file", 100_000);
    let cid = put(&place, "file");

    daemon.cut();

    assert!(place.node("api.sock").exists());
    assert_eq!(place.run(&["block", "has", &cid]).code, 0);
    assert_eq!(place.run(&["peers"]).code, 4);
    let daemon = place.daemon(&[]);
    assert_eq!(place.run(&["block", "has", &cid]).code, 0);
    assert_eq!(daemon.signal("-TERM"), 0);
}

#[test]
fn verbs_that_look_need_a_daemon() {
    let place = Place::new();

    for verb in ["peers", "wantlist", "ledger", "stat"] {
        let ran = place.run(&[verb, "--json"]);

        assert_eq!(ran.code, 4, "{}", ran.stderr);
        assert_eq!(ran.json()["error"]["code"], "no-daemon");
        assert_eq!(ran.json()["error"]["do"], "start one:  bitswap daemon");
    }
}

#[test]
fn blocks_pass_between_daemons_and_are_accounted_for() {
    let (holder, seeker) = (Place::new(), Place::new());
    let bytes = holder.file("file", 200_000);
    let (held, sought) = (holder.daemon(&[]), seeker.daemon(&[]));
    let (peer, cid) = (held.text_at("/peer_id"), put(&holder, "file"));

    let got = seeker.run(&["block", "get", &cid, "--peer", &held.text_at("/addresses/0")]);

    assert_eq!(got.code, 0, "{}", got.stderr);
    assert_eq!(got.stdout, bytes);
    assert_eq!(seeker.run(&["block", "has", &cid]).code, 0);
    let row = seeker.run(&["peers", "--json"]).json();
    assert_eq!((&row["peer_id"], &row["received_bytes"]), (&peer.clone().into(), &200_000.into()));
    assert_eq!(row["protocol"], seeker.run(&["id", "--json"]).json()["protocols"][0]);
    let account = holder.run(&["ledger", &sought.text_at("/peer_id"), "--json"]).json();
    assert_eq!(account["sent_bytes"], 200_000);
    assert_eq!(account["debt_owed_to_us_bytes"], 200_000);
    let stat = seeker.run(&["stat", "--json"]).json();
    assert_eq!(stat["received"], serde_json::json!({ "blocks": 1, "bytes": 200_000 }));
    assert!(stat["memory"]["store_bytes"].as_u64() > Some(0), "its index has a block: {stat}");
    for verb in
        [&["peers"][..], &["ledger"], &["stat"], &["wantlist"], &["wantlist", "--peer", &peer]]
    {
        let ran = seeker.run(verb);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert!(!ran.text().is_empty());
    }
}

#[test]
fn what_is_put_reaches_who_waits_for_it() {
    let (holder, seeker) = (Place::new(), Place::new());
    let bytes = holder.file("file", 50_000);
    let held = holder.daemon(&[]);
    let cid = put(&holder, "file");
    assert_eq!(holder.run(&["block", "rm", &cid, "--yes"]).code, 0);
    let mut waiting =
        seeker.start(&["block", "get", &cid, "--wait", "--peer", &held.text_at("/addresses/0")]);
    let requester = until(|| {
        let peers = holder.run(&["peers", "--json"]);
        let peer = peers.text().lines().next()?.parse::<serde_json::Value>().ok()?;
        (peer["wants"] == 1).then(|| peer["peer_id"].as_str().unwrap().to_owned())
    });
    let want = holder.run(&["wantlist", "--peer", &requester, "--json"]).json();
    assert_eq!((&want["cid"], &want["state"]), (&cid.into(), &"not here".into()));

    put(&holder, "file");

    let got = waiting.ended();
    assert_eq!(got.code, 0, "{}", got.stderr);
    assert_eq!(got.stdout, bytes);
}

#[test]
fn a_daemon_is_not_told_how_to_decide() {
    let place = Place::new();
    let _daemon = place.daemon(&[]);

    let ran = place.run(&["get", ABSENT, "--strategy", "peer_selector=random", "--json"]);

    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert_eq!(ran.json()["error"]["code"], "daemon-decides");
}

#[test]
fn trees_go_in_and_out_through_a_daemon() {
    let place = Place::new();
    place.tree("tree");
    let _daemon = place.daemon(&[]);

    let added = place.run(&["add", "-q", "tree"]);
    let cid = added.text().lines().last().unwrap_or_default().to_owned();
    let got = place.run(&["get", &cid, "-o", "copy", "--offline"]);

    assert_eq!(added.code, 0, "{}", added.stderr);
    assert_eq!(got.code, 0, "{}", got.stderr);
    let large = |tree: &str| fs::read(place.path(tree).join("sub/deeper/large")).unwrap();
    assert_eq!(large("tree"), large("copy"));
}

/// Put, looked for, read, listed and removed.
fn blocks_come_and_go(place: &Place) {
    let bytes = place.file("file", 300_000);
    let cid = put(place, "file");

    assert_eq!(place.run(&["block", "has", &cid]).code, 0);
    assert_eq!(place.run(&["block", "stat", &cid, "--json"]).json()["bytes"], 300_000);
    assert_eq!(place.run(&["block", "get", &cid]).stdout, bytes);
    assert_eq!(place.run(&["block", "get", &cid, "-o", "copy"]).code, 0);
    assert_eq!(fs::read(place.path("copy")).unwrap(), bytes);
    assert_eq!(place.run(&["block", "ls"]).text(), format!("{cid}\n"));

    blocks_go(place, &cid);
    only_blocks_are_put(place);
}

fn blocks_go(place: &Place, cid: &str) {
    assert_eq!(place.run(&["block", "rm", cid, "--dry-run"]).code, 0);
    let unsure = place.run(&["block", "rm", cid, "--json"]);
    assert_eq!((unsure.code, &unsure.json()["error"]["code"]), (6, &"not-confirmed".into()));
    assert_eq!(place.run(&["block", "has", cid]).code, 0);
    assert_eq!(place.run(&["block", "rm", cid, "--yes"]).code, 0);

    assert_eq!(place.run(&["block", "has", cid]).code, 3);
    assert_eq!(place.run(&["block", "rm", cid, "--yes"]).code, 3);
    assert_eq!(place.run(&["block", "ls"]).text(), "");
    let gone = place.run(&["block", "get", cid, "--offline", "--json"]);
    assert_eq!((gone.code, &gone.json()["error"]["code"]), (3, &"not-found".into()));
}

fn only_blocks_are_put(place: &Place) {
    let missing = place.run(&["block", "put", "large", "--json"]);
    place.file("large", 2 * 1024 * 1024 + 1);
    let large = place.run(&["block", "put", "large", "--json"]);

    assert_eq!((missing.code, &missing.json()["error"]["code"]), (3, &"not-found".into()));
    assert_eq!((large.code, &large.json()["error"]["code"]), (5, &"block-too-large".into()));
}

fn put(place: &Place, file: &str) -> String {
    let ran = place.run(&["block", "put", file, "--json"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    ran.json()["cid"].as_str().unwrap().to_owned()
}

/// Looks again and again; another process has to get there first.
fn until<T>(look: impl Fn() -> Option<T>) -> T {
    loop {
        if let Some(seen) = look() {
            return seen;
        }
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}
