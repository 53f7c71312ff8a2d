//! What nodes that stay up tell, and how they end.

#[cfg(all(target_os = "linux", feature = "scripts"))]
use std::collections::BTreeMap;

use crate::support::{Place, Serving, http_get};

#[test]
fn metrics_count_decisions_under_the_chosen_strategy_only() {
    let serving = serving(&["--strategy", "peer_selector=random"]);

    let metrics = serving.metrics("/metrics_url");

    let decisions: Vec<_> = metrics
        .lines()
        .filter(|line| line.starts_with("bitswap_strategy_decisions_total{"))
        .filter(|line| line.contains("role=\"peer_selector\""))
        .collect();
    assert!(!decisions.is_empty(), "{metrics}");
    assert!(decisions.iter().all(|line| line.contains("strategy=\"random\"")), "{decisions:?}");
    let told: u64 = decisions.iter().map(|line| value(line)).sum();
    let reported = serving.report["strategies"][0]["decisions"].as_object().unwrap();
    let reported: u64 = reported.values().map(|count| count.as_u64().unwrap()).sum();
    assert_eq!(told, reported);
    assert!(told > 0);
}

/// But for what depends on settings, all is there, and nothing that is not declared.
#[cfg(all(target_os = "linux", feature = "scripts"))]
#[test]
fn a_daemon_tells_what_the_page_of_metrics_says() {
    let place = Place::new();
    let ran = place.run(&["metrics"]);
    let page = ran.text();
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `"));
    let declared: BTreeMap<_, _> = rows
        .filter_map(|row| row.split_once("` | "))
        .filter_map(|(name, rest)| Some((name, rest.split_once(" |")?.0)))
        .collect();
    assert!(declared.len() > 80, "{page}");

    let metrics = place.daemon(&[]).metrics("/metrics_url");

    let types = metrics.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    let told: BTreeMap<_, _> = types.filter_map(|line| line.split_once(' ')).collect();
    for (name, kind) in &told {
        assert_eq!(declared.get(name), Some(kind), "{name}");
        assert!(metrics.contains(&format!("# HELP {name} ")), "{name}");
    }
    let absent = declared.keys().filter(|name| !told.contains_key(*name));
    let of_settings = [
        "bitswap_router_",
        "bitswap_strategy_part_",
        "bitswap_strategy_decisions",
        "exchange_bitswap_",
        "ipfs_bitswap_",
    ];
    let missing: Vec<_> =
        absent.filter(|name| !of_settings.iter().any(|part| name.starts_with(part))).collect();
    assert_eq!(missing, [] as [&&str; 0], "{metrics}");
}

#[test]
fn each_node_has_metrics_of_its_own() {
    let serving = serving(&[]);

    let fetcher = serving.metrics("/metrics_url");
    let server = serving.metrics("/servers/0/metrics_url");

    let wanted = "bitswap_client_blocks_received_total{kind=\"wanted\"}";
    assert_eq!(find(&fetcher, wanted), serving.report["blocks"].as_u64());
    assert_eq!(find(&server, wanted), Some(0));
    let sent = "bitswap_server_block_bytes_sent_total";
    assert_eq!(find(&fetcher, sent), Some(0));
    assert_eq!(find(&server, sent), serving.report["block_bytes"].as_u64());
}

#[test]
fn histograms_have_buckets_and_nothing_is_a_summary() {
    let metrics = serving(&[]).metrics("/metrics_url");

    assert!(metrics.contains("# TYPE bitswap_client_want_seconds histogram"), "{metrics}");
    assert!(metrics.contains("bitswap_client_want_seconds_bucket{"), "{metrics}");
    assert!(!metrics.contains(" summary"), "{metrics}");
    assert!(metrics.contains("bitswap_build_info{version="), "{metrics}");
}

#[test]
fn nodes_say_that_they_are_alive_and_ready() {
    let serving = serving(&[]);
    let url = serving.text_at("/metrics_url");

    for (path, body) in
        [("/healthz", "alive"), ("/readyz", "engine answers: yes\nstore writes: yes")]
    {
        let (head, said) = http_get(&url.replace("/metrics", path), "localhost");
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        assert!(said.contains(body), "{said}");
    }
}

#[test]
fn other_names_for_this_machine_are_refused() {
    let serving = serving(&[]);

    let (head, _) = http_get(&serving.text_at("/metrics_url"), "evil.example");

    assert!(head.starts_with("HTTP/1.1 403"), "{head}");
}

#[cfg(unix)]
#[test]
fn signals_end_it_with_their_exit_codes() {
    assert_eq!(serving(&[]).signal("-INT"), 130);
    assert_eq!(serving(&[]).signal("-TERM"), 143);
}

#[test]
fn a_metrics_port_in_use_is_told() {
    let serving = serving(&[]);
    let url = serving.text_at("/metrics_url");
    let port = url.trim_end_matches("/metrics").rsplit(':').next().unwrap();
    let place = Place::new();
    place.file("file", 1_000);

    let ran = place.run(&["demo", "file", "--metrics-port", port, "--json"]);

    assert_eq!(ran.code, 1);
    assert_eq!(ran.json()["error"]["code"], "port-in-use");
    assert!(ran.stderr.starts_with(&format!("error: port {port} on 127.0.0.1 is taken\n  why: ")));
}

fn serving(args: &[&str]) -> Serving {
    let place = Place::new();
    place.file("file", 1_000_000);
    place.serve(&[&["file"], args].concat())
}

fn find(metrics: &str, series: &str) -> Option<u64> {
    metrics.lines().find(|line| line.starts_with(series)).map(value)
}

fn value(line: &str) -> u64 {
    line.rsplit(' ').next().unwrap().parse().unwrap()
}
