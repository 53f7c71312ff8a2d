//! Peers that do not send what they were asked for: when they are found out, alone and beside one
//! that would.

use std::time::Duration;

use bitswap_core::testing::{Driver, block, call, call_in, peer};
use bitswap_core::wire::BlockPresence::Have;
use bitswap_core::{AskOutcome, Input};

const BYTES: usize = 200_000;

/// What Bob does in each second since he was asked.
type Way = fn(&mut Driver, u64);

/// Ways, and after how many seconds the ask has timed out, and after how many Carol is asked.
const WAYS: &[(&str, Way, u64, u64)] = &[
    ("says HAVE and sends nothing", |_, _| {}, 3, 3),
    ("stalls in a message", |alice, second| bytes(alice, 150_000 * u64::from(second == 0)), 7, 3),
    ("drips a byte a second", |alice, _| bytes(alice, 1), 8, 2),
    ("drips at the least rate", |alice, _| bytes(alice, 1_000), 4_201, 2),
    ("pads a message without end", |alice, _| bytes(alice, 1 << 20), 10, 6),
    (
        "says HAVE, and again",
        |alice, _| drop(alice.receive_presence(1, block(1, BYTES).0, Have)),
        3,
        3,
    ),
    (
        "sends what nobody asked for",
        |alice, _| drop(alice.receive_block(1, &block(99, BYTES))),
        3,
        3,
    ),
    ("serves all but one", serve_another, 8, 8),
];

#[test]
fn peers_that_do_not_send_are_found_out_in_time() {
    let timed_out =
        |alice: &Driver| alice.engine.stats().client.asks_ended[AskOutcome::TimedOut as usize] > 0;
    let asks_carol = |alice: &Driver| alice.asked_for_block(2, block(1, BYTES).0);
    let found = WAYS.iter().map(|(way, act, ..)| {
        (*way, found_out(1, *act, timed_out), found_out(2, *act, asks_carol))
    });
    let expected = WAYS.iter().map(|(way, _, alone, beside)| (*way, *alone, *beside));
    assert_eq!(found.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
}

/// After how many seconds it shows.
fn found_out(peers: u64, act: Way, shows: impl Fn(&Driver) -> bool) -> u64 {
    let mut alice = Driver::default().with_peers(peers);
    for n in 1..=peers {
        let round_trip = Duration::from_millis(100);
        alice.give(Input::RttMeasured { peer: peer(n), round_trip });
    }
    let apple = block(1, BYTES).0;
    alice.give(call(1, &[apple]));
    for n in 1..=peers {
        alice.receive_presence(n, apple, Have);
    }
    assert!(alice.asked_for_block(1, apple));
    for second in 0..5_000 {
        if shows(&alice) {
            return second;
        }
        act(&mut alice, second);
        alice.pass_secs(1);
    }
    5_000
}

fn bytes(alice: &mut Driver, bytes: u64) {
    if bytes > 0 {
        alice.give(Input::BytesReceived { peer: peer(1), bytes });
    }
}

fn serve_another(alice: &mut Driver, second: u64) {
    let other = block(100 + second, BYTES);
    alice.give(call_in(1, 100 + second, &[other.0]));
    alice.receive_block(1, &other);
}
