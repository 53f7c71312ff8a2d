//! Which slips are recognised.

use super::did_you_mean;

const KNOWN: [&str; 4] = ["broadcast-then-dht", "least-queued-peer", "open", "random"];

#[test]
fn slips_of_the_finger_find_their_name() {
    let slips = [
        ("randon", "random"),
        ("Random", "random"),
        ("rnadom", "random"),
        ("opne", "open"),
        ("least_queued_peer", "least-queued-peer"),
        ("lest-qeued-per", "least-queued-peer"),
        ("broadcast", "broadcast-then-dht"),
        ("queued", "least-queued-peer"),
    ];
    for (given, meant) in slips {
        assert_eq!(did_you_mean(given, &KNOWN), Some(meant), "{given}");
    }
}

#[test]
fn other_words_find_nothing() {
    let long = "random".repeat(20);
    for given in ["", "x", "fifo", "thompson", &long] {
        assert_eq!(did_you_mean(given, &KNOWN), None, "{given}");
    }
    assert_eq!(did_you_mean("random", &[]), None);
}
