//! Asks that wait at a busy peer and are moved to one that has nothing to send.

use std::time::Duration;

use bitswap_core::strategy::{Ask, Asks, Ctx, PeerSelector, SessionView};
use bitswap_core::testing::{Driver, block, blocks, cids_of, peer, selector};
use bitswap_core::wire::BlockPresence::Have;
use bitswap_core::{AskOutcome, Input, OwnAsk};

const BYTES: usize = 100_000;

#[test]
fn who_has_nothing_to_send_takes_over_what_waits_longest_elsewhere() {
    let mut alice = fetching(8, 2);
    alice.pass_secs(2);
    alice.receive_block(1, &block(0, BYTES));
    send_what_is_asked(&mut alice, (2, 25), 8);
    assert_eq!(moved(&alice), 2, "Bob needs two seconds for each, and Carol 25 ms");
    assert_eq!(alice.delivered(), 8);
    let ended = alice.engine.stats().client.asks_ended;
    assert_eq!(ended[AskOutcome::TimedOut as usize], 0);
}

#[test]
fn a_distant_peer_that_is_asked_for_nothing_is_not_the_busiest() {
    let mut alice = fetching(9, 3);
    alice.give(Input::RttMeasured { peer: peer(3), round_trip: Duration::from_secs(9) });
    alice.pass_secs(2);
    alice.receive_block(1, &block(0, BYTES));
    send_what_is_asked(&mut alice, (3, 25), 9);
    send_what_is_asked(&mut alice, (2, 25), 9);
    assert_eq!(alice.delivered(), 9, "Carol takes over what Bob was asked for");
}

#[test]
fn a_peer_that_has_sent_parts_of_a_block_is_known_to_be_slow() {
    let mut alice = fetching(8, 2);
    alice.give(Input::RttMeasured { peer: peer(1), round_trip: Duration::from_secs(2) });
    for _ in 0..3 {
        alice.pass_secs(1);
        alice.give(Input::BytesReceived { peer: peer(1), bytes: 8_000 });
    }
    send_what_is_asked(&mut alice, (2, 25), 8);
    assert_eq!(alice.delivered(), 7, "Carol takes over what Bob has not begun to send");
}

#[test]
fn equal_peers_keep_what_they_were_asked_for() {
    let mut alice = fetching(8, 2);
    for (n, name) in [(1, 0), (2, 1), (1, 2), (2, 3), (1, 4), (2, 5), (2, 7)] {
        send_all(&mut alice, n, 100, &[name]);
    }
    assert_eq!(moved(&alice), 0);
}

#[test]
fn among_leechers_it_must_be_much_sooner() {
    let mut alice = fetching(6, 2);
    alice.connect(3);
    alice.receive_wants(3, &cids_of(&blocks(3..4, BYTES)));
    alice.pass_secs(2);
    alice.receive_block(1, &block(0, BYTES));
    send_what_is_asked(&mut alice, (2, 2_200), 6);
    assert_eq!(moved(&alice), 1, "not the second one");
}

/// Alice, who asked so many peers for so many blocks, by turns: Bob, Carol, and others.
fn fetching(count: u64, peers: u64) -> Driver {
    let mut alice = Driver::with(selector(Turns)).with_peers(peers);
    let cids = cids_of(&blocks(0..count, BYTES));
    alice.want(1, &cids[..1]);
    for n in 1..=peers {
        alice.receive_presence(n, cids[0], Have);
    }
    alice.want(2, &cids[1..]);
    alice
}

/// One after the other, so many milliseconds apart.
fn send_all(alice: &mut Driver, n: u64, apart: u64, names: &[u64]) {
    for name in names {
        alice.run_until(alice.now.after(Duration::from_millis(apart)));
        alice.receive_block(n, &block(*name, BYTES));
    }
}

/// What a peer is asked for, of so many blocks, so many milliseconds apart.
fn send_what_is_asked(alice: &mut Driver, (n, apart): (u64, u64), count: u64) {
    let mut left: Vec<u64> = (1..count).collect();
    while let Some(next) =
        left.iter().position(|name| alice.asked_for_block(n, block(*name, BYTES).0))
    {
        send_all(alice, n, apart, &[left.remove(next)]);
    }
}

fn moved(alice: &Driver) -> u64 {
    alice.engine.stats().client.own_asks[OwnAsk::Moved as usize]
}

/// Asks the members by turns.
struct Turns;

impl PeerSelector for Turns {
    fn select(&mut self, _ctx: &mut Ctx<'_>, session: &SessionView<'_>, asks: &mut Asks) {
        let turns = session.peers.iter().cycle().skip(1);
        for (want, next) in session.wants.iter().zip(turns) {
            asks.push(Ask::block(want.want, next.peer, "its turn"));
        }
    }
}
