//! Upload limits, of the node and of each peer: what leaves in a second, and in whose turn.

use std::num::NonZeroU64;
use std::time::Duration;

use bitswap_core::testing::{
    Driver, Held, Net, at, block, blocks, call, call_in, cids_of, connected, entries, presences,
    received, wants,
};
use bitswap_core::wire::{BlockPresence, Entry, Message, ProtocolVersion, WantKind};
use bitswap_core::{EngineConfig, Input, Limits, SessionId, SessionOptions};

use crate::shares::{SIZE, ask_for, weighted};

/// Ten blocks a second.
const RATE: u64 = 10 * SIZE as u64;
/// Blocks of the burst, and the one with which more is owed than that.
const AT_ONCE: usize = (Limits::UPLOAD_BURST / SIZE as u64) as usize + 1;

#[test]
fn no_more_bytes_leave_in_a_second_than_the_upload_limit_allows() {
    let mut alice = Driver::within(limits(RATE, u64::MAX)).with_peers(2);
    let served = |alice: &Driver| alice.blocks_sent_to(1) + alice.blocks_sent_to(2);
    alice.run_until(at(10_000));
    for n in 1..=2 {
        ask_for(&mut alice, n, 1..=300);
    }
    assert!(served(&alice).abs_diff(AT_ONCE) <= 1, "{}", served(&alice));
    let before = served(&alice);
    alice.run_until(at(20_000));
    assert!((served(&alice) - before).abs_diff(100) <= 1, "{}", served(&alice) - before);
    alice.run_until(at(90_000));
    assert_eq!(served(&alice), 600);
    assert_eq!(alice.engine.next_deadline(), None, "nobody waits any more");
}

#[test]
fn a_peer_at_its_own_limit_holds_nobody_else_back() {
    let mut alice = Driver::within(limits(u64::MAX, RATE)).with_peers(2);
    ask_for(&mut alice, 1, 1..=300);
    let first = alice.blocks_sent_to(1);
    assert!(first.abs_diff(AT_ONCE) <= 1, "{first}");
    ask_for(&mut alice, 2, 1..=300);
    assert_eq!(alice.blocks_sent_to(2), first, "at once");
    alice.run_until(at(10_000));
    for n in 1..=2 {
        let since = alice.blocks_sent_to(n) - first;
        assert!(since.abs_diff(100) <= 1, "{since}");
    }
    alice.disconnect(1);
    alice.run_until(at(60_000));
    assert_eq!(alice.blocks_sent_to(2), 300);
    assert_eq!(alice.engine.next_deadline(), None, "nobody waits any more");
}

#[test]
fn limits_change_while_peers_wait() {
    let mut alice = Driver::within(limits(u64::MAX, u64::MAX)).with_peers(2);
    let limited = |node, per_peer| {
        let [node, per_peer] = [node, per_peer].map(NonZeroU64::new);
        Input::UploadLimited { node, per_peer }
    };
    alice.give(limited(0, RATE));
    ask_for(&mut alice, 1, 1..=300);
    let upload = alice.engine.stats().upload;
    assert_eq!(upload.limits, [None, NonZeroU64::new(RATE)]);
    let queued = (300 - alice.blocks_sent_to(1)) * SIZE;
    assert_eq!(upload.held_bytes, [0, queued as u64]);

    alice.at(1_000).give(limited(RATE, 0));
    let served = alice.blocks_sent_to(1);
    assert!(served < 300, "now it is the node's limit that holds it back: {served}");
    alice.at(3_000).give(limited(0, 0));
    assert_eq!(alice.blocks_sent_to(1), 300);
    let upload = alice.engine.stats().upload;
    assert_eq!((upload.limits, upload.held_bytes), ([None, None], [0, 0]));
    assert_eq!(upload.waited.map(|time| time.as_secs()), [2, 1]);
}

#[test]
fn what_is_scarce_is_shared_by_weight() {
    let config = EngineConfig { limits: limits(RATE, u64::MAX), ..EngineConfig::seeded(7) };
    let mut alice = Driver::new(config, weighted(1, 3 * 1_024));
    for n in [2, 1] {
        alice.connect(n);
        ask_for(&mut alice, n, 1..=600);
    }
    let before = [1, 2].map(|n| alice.blocks_sent_to(n));
    alice.run_until(at(40_000));
    let [favoured, other] = [1, 2].map(|n| alice.blocks_sent_to(n) - before[n as usize - 1]);
    // The burst went to the only peer that was there, which counts for nothing later.
    assert_eq!(favoured + other, 400, "{favoured} and {other}");
    assert!(favoured.abs_diff(3 * other) <= 8, "{favoured} and {other}");
}

fn limits(upload: u64, per_peer: u64) -> Limits {
    Limits {
        // One block in each turn.
        message_bytes: 1,
        upload_bytes_per_second: upload,
        upload_bytes_per_second_per_peer: per_peer,
        ..Limits::default()
    }
}

#[test]
fn all_clients_of_a_node_of_few_bytes_a_second_are_served_in_their_turns() {
    const CLIENTS: u64 = 16;
    let mut net = Net::of(1);
    net.give(0, Input::UploadLimited { node: NonZeroU64::new(100 * 1_024), per_peer: None });
    for client in 1..=CLIENTS {
        let file = blocks(client * 10..client * 10 + 3, 256 * 1_024);
        net.store_all(0, &file);
        net.nodes.push(Driver::default().holding(&[Held::Dials, Held::Sends]));
        net.give(0, connected(client, ProtocolVersion::Relay));
        net.give(client as usize, connected(0, ProtocolVersion::Relay));
        let timeout = Some(Duration::from_secs(60));
        let options = SessionOptions { timeout, ..SessionOptions::default() };
        let opened = Input::SessionOpened { session: SessionId(1), options, has_router: false };
        net.give(client as usize, opened);
        net.give(client as usize, call(1, &cids_of(&file)));
    }
    net.run_until(at(115_000));
    assert_eq!((net.delivered.len(), net.failed.len()), (3 * CLIENTS as usize, 0));
}

#[test]
fn who_asks_is_told_that_what_is_queued_for_it_is_here() {
    let mut alice = Driver::within(limits(RATE, u64::MAX)).with_peers(1);
    ask_for(&mut alice, 1, 1..=300);
    let (cid, kind) = (block(300, SIZE).0, WantKind::Have);
    let asks = Entry::Want { cid, kind, priority: 0, send_dont_have: true, relay: None };
    let message = Message { entries: vec![asks], ..Message::default() };

    assert_eq!(presences(&alice.give(received(1, message))), [(cid, BlockPresence::Have)]);

    alice.run_until(at(60_000));
    assert_eq!(alice.blocks_sent_to(1), 300);
}

#[test]
fn who_lacks_a_block_is_asked_to_say_so_when_it_gets_it_and_not_to_send_it() {
    let (mut alice, [apple, pear]) = (Driver::default(), [1, 2].map(|name| block(name, SIZE)));
    alice.connect_as(1, ProtocolVersion::Relay);
    alice.give(call(1, &[apple.0]));
    alice.receive_block(1, &apple);
    let asks = alice.give(call_in(1, 2, &[pear.0]));
    assert_eq!(wants(&asks), [(pear.0, WantKind::Block)]);

    alice.log.clear();
    alice.receive_presence(1, pear.0, BlockPresence::DontHave);
    alice.pass_secs(20);

    assert_eq!(entries(&alice.log).first(), Some(&Entry::Cancel { cid: pear.0 }));
    assert_eq!(wants(&alice.log)[0], (pear.0, WantKind::Have));
}
