//! Asks that wait at a busy peer and are moved to one that has nothing to send.

use std::time::Duration;

use bitswap_core::strategy::{Ask, Asks, Ctx, PeerSelector, SessionView};
use bitswap_core::testing::{Driver, block, blocks, cids_of, selector};
use bitswap_core::wire::BlockPresence::Have;
use bitswap_core::{AskOutcome, OwnAsk};

const BYTES: usize = 100_000;

#[test]
fn who_has_nothing_to_send_takes_over_what_waits_longest_elsewhere() {
    let mut alice = fetching(8);
    alice.pass_secs(2);
    alice.receive_block(1, &block(0, BYTES));
    let mut left: Vec<u64> = (1..8).collect();
    while let Some(next) =
        left.iter().position(|name| alice.asked_for_block(2, block(*name, BYTES).0))
    {
        send_all(&mut alice, 2, 25, &[left.remove(next)]);
    }
    assert_eq!(moved(&alice), 2, "Bob needs two seconds for each, and Carol 25 ms");
    assert_eq!(alice.delivered(), 8);
    let ended = alice.engine.stats().client.asks_ended;
    assert_eq!(ended[AskOutcome::TimedOut as usize], 0);
}

#[test]
fn equal_peers_keep_what_they_were_asked_for() {
    let mut alice = fetching(8);
    for (n, name) in [(1, 0), (2, 1), (1, 2), (2, 3), (1, 4), (2, 5), (2, 7)] {
        send_all(&mut alice, n, 100, &[name]);
    }
    assert_eq!(moved(&alice), 0);
}

/// Alice, who asked Bob for every second of so many blocks, and Carol for the others.
fn fetching(count: u64) -> Driver {
    let mut alice = Driver::with(selector(Turns)).with_peers(2);
    let cids = cids_of(&blocks(0..count, BYTES));
    alice.want(1, &cids[..1]);
    for n in [1, 2] {
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

fn moved(alice: &Driver) -> u64 {
    alice.engine.stats().client.own_asks[OwnAsk::Moved as usize]
}

/// Asks the members by turns.
struct Turns;

impl PeerSelector for Turns {
    fn select(&mut self, _ctx: &mut Ctx<'_>, session: &SessionView<'_>, asks: &mut Asks) {
        for (row, want) in session.wants.iter().enumerate() {
            let peer = session.peers[(row + 1) % session.peers.len()].peer;
            asks.push(Ask::block(want.want, peer, "its turn"));
        }
    }
}
