//! Providers by the delegated routing HTTP API: from routers of all sorts, and from a daemon.

mod routers;

use std::fs;
use std::time::{Duration, Instant};

use serde_json::Value;

use self::routers::{dead, endless, gone, lines, located, lying, once, refusing};
use crate::support::{Place, Ran, Serving, http_get};

const ABSENT: &str = "bafkreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei4";

/// A daemon that serves a file and tells providers, with its place and the file's CID.
fn daemon() -> (Place, Serving, String) {
    let place = Place::new();
    fs::write(place.node("bitswap.toml"), "[routing]\nserve = \"127.0.0.1:0\"\n").unwrap();
    place.file("file", 600_000);
    let daemon = place.daemon(&[]);
    let cid = place.run(&["add", "-q", "file"]).word();
    (place, daemon, cid)
}

/// The same record that a daemon tells of itself.
fn record(daemon: &Serving) -> String {
    let peer = daemon.text_at("/peer_id");
    record_at(daemon, &daemon.text_at("/addresses/0").replace(&format!("/p2p/{peer}"), ""))
}

fn record_at(daemon: &Serving, address: &str) -> String {
    let peer = daemon.text_at("/peer_id");
    format!(r#"{{"Schema":"peer","ID":"{peer}","Addrs":["{address}"]}}"#)
}

fn code(ran: &Ran) -> (i32, Value) {
    (ran.code, ran.json()["error"]["code"].clone())
}

#[test]
fn a_daemon_tells_who_has_a_block_and_others_fetch_it_by_that() {
    let (serving, daemon, cid) = daemon();
    let (url, other) = (daemon.text_at("/routing_url"), Place::new());

    let found = other.run(&["routing", "find-providers", &cid, "--router", &url, "--json"]);
    assert_eq!(found.code, 0, "{}", found.stderr);
    let row = found.json();
    assert_eq!((&row["v"], &row["peer_id"]), (&1.into(), &daemon.report["peer_id"]));
    assert_eq!(row["router"], url.replace("http://", ""));
    let address = daemon.text_at("/addresses/0");
    assert!(address.starts_with(row["addresses"][0].as_str().unwrap()), "{row}");

    let got = other.run(&["get", &cid, "--router", &url, "-o", "copy"]);
    assert_eq!(got.code, 0, "{}", got.stderr);
    assert!(fs::read(other.path("copy")).unwrap() == fs::read(serving.path("file")).unwrap());

    let absent = other.run(&["routing", "find-providers", ABSENT, "--router", &url, "--json"]);
    assert_eq!(code(&absent), (3, "not-found".into()), "{}", absent.stderr);
}

#[test]
fn the_api_answers_in_both_forms_and_only_this_machine() {
    let (_place, daemon, cid) = daemon();
    let url = |cid: &str| format!("{}/routing/v1/providers/{cid}", daemon.text_at("/routing_url"));

    let (head, body) = http_get(&url(&cid), "127.0.0.1");
    assert!(head.contains("application/json"), "{head}");
    let answer: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(answer["Providers"][0]["ID"], daemon.report["peer_id"]);
    assert_eq!(answer["Providers"][0]["Protocols"][0], "transport-bitswap");
    assert_eq!(http_get(&url(ABSENT), "localhost").1, r#"{"Providers":[]}"#);
    assert!(http_get(&url("nonsense"), "localhost").0.starts_with("HTTP/1.1 400"));
    assert!(http_get(&url(&cid), "example.org").0.starts_with("HTTP/1.1 403"));

    let peer = daemon.text_at("/peer_id");
    let url = |name: &str| format!("{}/routing/v1/peers/{name}", daemon.text_at("/routing_url"));
    let answer: Value = serde_json::from_str(&http_get(&url(&peer), "localhost").1).unwrap();
    assert_eq!(answer["Peers"][0]["ID"], *peer);
    let stranger = "12D3KooWEChVMMMzV8acJ53mJHrw1pQ27UAGkCxWXLJutbeUMvVu";
    assert_eq!(http_get(&url(stranger), "localhost").1, r#"{"Peers":[]}"#);
    assert!(http_get(&url("nonsense"), "localhost").0.starts_with("HTTP/1.1 400"));
}

#[test]
fn a_node_that_serves_nobody_tells_nobody_that_it_has_a_block() {
    let place = Place::new();
    let config = "[routing]\nserve = \"127.0.0.1:0\"\n[protocol]\nserve = false\n";
    fs::write(place.node("bitswap.toml"), config).unwrap();
    place.file("file", 100);
    let daemon = place.daemon(&[]);
    let cid = place.run(&["add", "-q", "file"]).word();

    let url = format!("{}/routing/v1/providers/{cid}", daemon.text_at("/routing_url"));
    assert_eq!(http_get(&url, "127.0.0.1").1, r#"{"Providers":[]}"#);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_honest_provider_is_found_whatever_other_routers_do() {
    let (serving, daemon, cid) = daemon();
    let other = Place::new();
    let strangers = lying(99);
    let routers = [
        dead().await,
        refusing(),
        lines(&strangers).await,
        endless().await,
        gone(503).await,
        lines(&record(&daemon)).await,
    ];
    let mut args = vec!["get", &cid, "-o", "copy"];
    args.extend(routers.iter().flat_map(|url| ["--router", url.as_str()]));

    let begun = Instant::now();
    let got = other.run(&args);

    assert_eq!(got.code, 0, "{}", got.stderr);
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    assert!(fs::read(other.path("copy")).unwrap() == fs::read(serving.path("file")).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_router_that_names_the_dead_first_names_the_living_in_the_same_answer() {
    let (_place, daemon, cid) = daemon();
    let other = Place::new();
    let router = lines(&format!("{}\n{}", lying(99), record(&daemon))).await;

    let got = other.run(&["cat", &cid, "--router", &router, "--timeout", "20s"]);

    assert_eq!(got.code, 0, "{}", got.stderr);
    assert_eq!(got.stdout.len(), 600_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_where_its_record_says_is_looked_for() {
    let (_place, daemon, cid) = daemon();
    let other = Place::new();
    let port = refusing().rsplit_once(':').unwrap().1.to_owned();
    let old = record_at(&daemon, &format!("/ip4/127.0.0.1/tcp/{port}"));
    let router = located(&old, &record(&daemon)).await;

    let got = other.run(&["cat", &cid, "--router", &router, "--timeout", "20s"]);

    assert_eq!((got.code, got.stdout.len()), (0, 600_000), "{}", got.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_is_only_named_is_looked_for() {
    let (_place, daemon, _) = daemon();
    let other = Place::new();
    let router = located("", &record(&daemon)).await;
    let _running = other.daemon_that_asks(&router);
    let named = |peer: &str| format!("/p2p/{peer}");

    let known = other.run(&["swarm", "connect", &named(&daemon.text_at("/peer_id")), "--json"]);
    assert_eq!(known.code, 0, "{}", known.stderr);

    let stranger = named("12D3KooWEChVMMMzV8acJ53mJHrw1pQ27UAGkCxWXLJutbeUMvVu");
    let unknown = other.run(&["swarm", "connect", &stranger, "--json"]);
    assert_eq!(code(&unknown), (1, "unreachable".into()), "{}", unknown.stderr);
    assert!(unknown.stderr.contains("no router that could be asked"), "{}", unknown.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_of_each_router_is_told() {
    let place = Place::new();
    let find = ["routing", "find-providers", ABSENT, "--json", "--timeout", "1s"];
    let asks = |routers: &[&str]| {
        let routers = routers.iter().flat_map(|url| ["--router", url]);
        place.run(&find.into_iter().chain(routers).collect::<Vec<_>>())
    };

    let (dead, refusing, busy) = (dead().await, refusing(), gone(429).await);
    let failed = asks(&[&dead, &refusing, &busy]);
    assert_eq!(code(&failed), (1, "routers-failed".into()));
    for said in ["no end of its answer in 1s", "refused", "busy"] {
        assert!(failed.json()["error"]["why"].as_str().unwrap().contains(said), "{said}");
    }
    let got = place.run(&["get", ABSENT, "--router", &refusing, "--timeout", "3s", "--json"]);
    assert_eq!(code(&got), (3, "not-found".into()));
    assert!(got.json()["error"]["why"].as_str().unwrap().contains("refused"), "{}", got.stderr);
    let nobody = lines("").await;
    assert_eq!(code(&asks(&[&refusing, &nobody])), (3, "not-found".into()));
    assert_eq!(code(&asks(&[])), (2, "no-router".into()));
    assert_eq!(code(&asks(&["example.org"])), (2, "bad-router".into()));
    let offline = place.run(&[&find[..], &["--offline"]].concat());
    assert_eq!(code(&offline), (2, "offline".into()));
}

#[test]
fn a_daemon_asks_its_own_routers() {
    let (place, daemon, cid) = daemon();
    let url = daemon.text_at("/routing_url");

    let refused = place.run(&["cat", &cid, "--router", &url, "--json"]);
    assert_eq!(code(&refused), (2, "daemon-decides".into()));
    let own = place.run(&["cat", &cid, "--router", &url, "--standalone"]);
    assert_eq!((own.code, own.stdout.len()), (0, 600_000), "{}", own.stderr);

    let client = Place::new();
    let asking = client.daemon_that_asks(&url);
    let got = client.run(&["cat", &cid]);
    assert_eq!((got.code, got.stdout.len()), (0, 600_000), "{}", got.stderr);
    let series =
        format!("bitswap_router_lookups_total{{router=\"{}\"}}", url.replace("http://", ""));
    let metrics = asking.metrics("/metrics_url");
    let count = metrics.lines().find_map(|line| line.strip_prefix(&series)).unwrap();
    assert!(count.trim().parse::<u64>().unwrap() >= 1, "{metrics}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_router_and_dead_bootstrap_peers_are_borne_and_told() {
    let (serving, daemon, cid) = daemon();
    let other = Place::new();
    let routers = [dead().await, lines(&record(&daemon)).await].join(",");
    let port = refusing().rsplit_once(':').unwrap().1.to_owned();
    let gone = "12D3KooWEChVMMMzV8acJ53mJHrw1pQ27UAGkCxWXLJutbeUMvVu";
    let ways_in =
        format!("/ip4/127.0.0.1/tcp/{port}/p2p/{gone},{}", daemon.text_at("/addresses/0"));
    let _asking = other.daemon_with(&[
        ("BITSWAP__ROUTING__DELEGATED", &routers),
        ("BITSWAP__ROUTING__BOOTSTRAP", &ways_in),
        ("BITSWAP__ROUTING__DHT", "auto"),
    ]);

    let got = other.run(&["get", &cid, "-o", "copy", "--timeout", "20s"]);
    assert_eq!(got.code, 0, "{}", got.stderr);
    assert!(fs::read(other.path("copy")).unwrap() == fs::read(serving.path("file")).unwrap());
    // A failed dial may end later.
    let stat = || other.run(&["stat", "--json"]).json();
    let ways = |stat: &Value| [&stat["bootstrap_peers"], &stat["bootstrap_reached"]] == [2, 1];
    assert!((0..500).any(|_| ways(&stat())), "{}", stat());
    let find = ["routing", "find-providers", ABSENT, "--timeout", "1s"];
    assert_eq!(other.run(&find).code, 0);
    let stat = stat();
    let failing = stat["routers"][0]["last_error"].as_str().unwrap();
    assert!(failing.starts_with("no end of its answer"), "{stat}");
    let text = String::from_utf8(other.run(&["stat"]).stdout).unwrap();
    assert!(text.contains("1 of 2 reached") && text.contains(failing), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hosted_list_names_routers_and_is_remembered_once_its_host_is_gone() {
    let (_serving, daemon, cid) = daemon();
    let (other, router) = (Place::new(), daemon.text_at("/routing_url"));
    let way_in = daemon.text_at("/addresses/0");
    let list = once(&format!("# ours\n\n{router}\n{way_in}\nwhat is this\n")).await;
    let nothing = lines("<html>log in first</html>").await;
    let lists = format!("{list},{nothing}");

    for _ in ["it is there", "it is gone"] {
        let _asking = other.daemon_with(&[
            ("BITSWAP__ROUTING__LISTS", &lists),
            ("BITSWAP__ROUTING__BOOTSTRAP", "[]"),
            ("BITSWAP__ROUTING__DHT", "auto"),
        ]);
        let got = other.run(&["cat", &cid, "--timeout", "20s"]);
        assert_eq!((got.code, got.stdout.len()), (0, 600_000), "{}", got.stderr);
        let stat = other.run(&["stat", "--json"]).json();
        assert_eq!(stat["routers"][0]["router"], router.replace("http://", ""), "{stat}");
        assert_eq!(stat["bootstrap_peers"], 1, "{stat}");
    }
}

#[test]
fn a_static_peer_is_named_and_dialled_when_it_is_needed() {
    let (_serving, daemon, cid) = daemon();
    let (other, address) = (Place::new(), daemon.text_at("/addresses/0"));
    let knows = [("BITSWAP__ROUTING__STATIC_PEERS", address.as_str())];

    let found = other.run_with_env(&["routing", "find-providers", &cid, "--json"], &knows);
    let row = found.json();
    assert_eq!((&row["router"], &row["peer_id"]), (&"static".into(), &daemon.report["peer_id"]));
    let got = other.run_with_env(&["cat", &cid], &knows);
    assert_eq!((got.code, got.stdout.len()), (0, 600_000), "{}", got.stderr);
}
