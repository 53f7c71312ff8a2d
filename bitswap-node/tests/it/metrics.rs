//! Who may read the metrics, and under which names.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use crate::support::Place;

#[test]
fn with_a_token_metrics_are_read_by_whoever_shows_it_by_whatever_name() {
    let place = Place::new();
    let config = "[metrics]\naccess = \"token\"\nkubo_names = true\n";
    fs::write(place.node("bitswap.toml"), config).unwrap();
    let daemon = place.daemon(&[]);
    let url = daemon.text_at("/metrics_url");
    let address = url.trim_start_matches("http://").trim_end_matches("/metrics").to_owned();
    let token = fs::read_to_string(place.node("metrics.token")).unwrap();
    let read = fs::read_to_string(place.node("api-read.token")).unwrap();
    let ask = |path: &str, token: &str| {
        let mut stream = TcpStream::connect(&address).unwrap();
        let head = format!("GET {path} HTTP/1.1\r\nHost: node.example\r\nConnection: close\r\n");
        write!(stream, "{head}Authorization: Bearer {token}\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };

    assert_eq!(place.run(&["stat", "--json"]).code, 0);
    let scrape = ask("/metrics", &token);

    assert!(scrape.starts_with("HTTP/1.1 200"), "{scrape}");
    for series in [
        "ipfs_bitswap_wantlist_total 0",
        "ipfs_bitswap_sent_all_blocks_bytes_count 0",
        "bitswap_ledger_fairness_ratio 1",
        "bitswap_server_oldest_task_seconds 0",
        "bitswap_dht_peers{scope=\"wan\"} 0",
        "bitswap_api_requests_total{route=\"block\",status=\"4xx\"} 0",
    ] {
        assert!(scrape.lines().any(|line| line == series), "no {series} in {scrape}");
    }
    let looks = "bitswap_api_requests_total{route=\"look\",status=\"2xx\"} ";
    let count = scrape.lines().find_map(|line| line.strip_prefix(looks));
    assert!(count.is_some_and(|count| count != "0"), "{count:?}");
    for token in ["", "0000", &read] {
        assert!(ask("/metrics", token).starts_with("HTTP/1.1 401"), "{token}");
    }
    assert!(ask("/healthz", "").starts_with("HTTP/1.1 200"));
}
