//! One picture of a running daemon, as text and as a record; a live one needs a terminal.

use super::support::Place;

#[test]
fn one_picture_and_one_record_have_the_rates_of_an_interval() {
    let (server, fetcher) = (Place::new(), Place::new());
    server.file("a", 300_000);
    let daemon = server.daemon(&[]);
    let cid = server.run(&["add", "-q", "a"]).word();
    let seeker = fetcher.daemon(&["--peer", &daemon.text_at("/addresses/0")]);
    assert_eq!(fetcher.run(&["get", &cid, "-o", "b"]).code, 0);

    let record = fetcher.run(&["top", "--interval", "10ms", "--json"]).json();
    let picture = fetcher.run(&["top", "--interval", "10ms", "--once"]);

    assert_eq!(record["v"], 1);
    assert_eq!(record["peer_id"], seeker.report["peer_id"]);
    assert_eq!(record["peers"][0]["peer_id"], daemon.report["peer_id"]);
    assert_eq!(record["peers"][0]["received_per_second"], 0.0);
    assert!(record["stat"]["store"]["blocks"].as_u64() > Some(0), "{record}");
    assert!(record["seconds"].as_f64() >= Some(0.01), "{record}");
    let peer_id = daemon.text_at("/peer_id");
    let (_, end) = peer_id.split_at(peer_id.len() - 10);
    assert!(picture.text().contains(&format!("…{end}")), "{}", picture.text());
}

#[test]
fn without_a_terminal_it_names_the_ways_that_need_none() {
    let place = Place::new();

    let refused = place.run(&["top"]);

    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("bitswap top --once"), "{}", refused.stderr);
}
