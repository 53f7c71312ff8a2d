//! How many wants there are at once: of a session, at a peer, and of a peer here.

use std::collections::BTreeSet;

use bitswap_core::testing::Held::{Sends, Writes};
use bitswap_core::testing::{Driver, blocks, cids_of, connected};
use bitswap_core::wire::{BlockPresence, Entry, Message, ProtocolVersion};
use bitswap_core::{CallId, CallOptions, Input, Limits, NewCall, SessionId};
use cid::Cid;

/// Milliseconds to an answer on a long way.
const FAR: u64 = 250;

#[test]
fn a_peer_is_sent_no_more_wants_than_it_says_that_it_remembers() {
    let fruit = blocks(0..4_007, 64);
    let mut alice = Driver::default().with_peers(1);
    give_credit_for_all(&mut alice, &cids_of(&fruit));
    for known in [0].into_iter().chain(64..71) {
        alice.at(FAR).receive_block(1, &fruit[known]);
    }
    assert_eq!(held_by_peer(&alice), 1_024, "what boxo remembers");
    // 63 were asked in the broadcast, and evicted by want-blocks: they wait for room, too.
    for (wants_remembered, expected) in [(3_000, 3_000), (2_000, 3_000), (100_000, 3_999)] {
        alice.receive(1, Message { wants_remembered, ..Message::default() });
        assert_eq!(held_by_peer(&alice), expected, "{wants_remembered} fit");
    }
}

#[test]
fn new_sessions_believe_what_came_for_others_of_their_first_blocks_alone() {
    let fruit = blocks(0..604, 1_024);
    let cids = cids_of(&fruit);
    let mut alice = Driver::default().with_peers(1);
    let open = |alice: &mut Driver, number: u64, cids: &[Cid]| {
        let (session, call) = (SessionId(number), CallId(number));
        let options = CallOptions { credit: 300, ..CallOptions::default() };
        alice.give(Input::from(NewCall { session, call, cids: cids.to_vec(), options }));
    };
    open(&mut alice, 1, &cids[..4]);
    for (number, apple) in (1..).zip(&fruit[..4]) {
        alice.at(FAR * number).receive_block(1, apple);
    }
    for (session, cid) in (2..).zip(&cids[4..304]) {
        open(&mut alice, session, &[*cid]);
        alice.receive_presence(1, *cid, BlockPresence::Have);
    }
    let asked = |alice: &Driver| cids.iter().filter(|cid| alice.asked_for_block(1, **cid)).count();
    assert_eq!(asked(&alice), 300, "300 sessions of a KiB each");
    open(&mut alice, 1_000, &cids[304..]);
    alice.receive_presence(1, cids[304], BlockPresence::Have);
    assert_eq!(asked(&alice), 300 + 4 + 26, "one whose blocks may be longer");
}

#[test]
fn a_peer_is_told_once_how_many_of_its_wants_are_remembered() {
    let mut alice = Driver::within(Limits { requests: 4, ..Limits::default() });
    alice.give(connected(1, ProtocolVersion::Relay));
    alice.give(connected(2, ProtocolVersion::V1_2));
    let fruit = cids_of(&blocks(0..4, 9_000));
    for cid in &fruit[..3] {
        alice.receive_wants(1, &[*cid]);
    }
    alice.receive_wants(2, &fruit[3..]);
    assert_eq!(told(&alice, 1), [16_384, 1_024, 0], "the table was half full then");
    assert_eq!(told(&alice, 2), [0], "its protocol has no word for it");
}

#[test]
fn what_was_told_in_a_message_that_was_lost_is_told_again() {
    let mut alice = Driver::default();
    alice.give(connected(1, ProtocolVersion::Relay));
    alice.hold(&[Sends, Writes]);
    alice.receive_wants(1, &cids_of(&blocks(0..1, 9_000)));
    alice.lose_sends();
    assert_eq!(told(&alice, 1), [16_384, 16_384]);
}

#[test]
fn a_peer_may_want_more_while_others_want_little() {
    let mut alice = Driver::within(Limits { requests: 4_000, ..Limits::default() }).with_peers(2);
    let fruit = cids_of(&blocks(0..2_100, 9_000));
    for some in fruit.chunks(100) {
        alice.receive_wants(1, some);
    }
    let stats = alice.engine.stats();
    assert_eq!((stats.gauges.requests, stats.server.overflows), (2_000, 100));
    alice.receive_wants(2, &fruit[..1_100]);
    assert_eq!(alice.engine.gauges().requests, 3_024, "as many as boxo remembers");
}

/// One call that takes all of them.
fn give_credit_for_all(alice: &mut Driver, cids: &[Cid]) {
    let options = CallOptions { credit: u32::MAX, ..CallOptions::default() };
    let (session, call) = (SessionId(1), CallId(9));
    alice.give(Input::from(NewCall { session, call, cids: cids.to_vec(), options }));
}

/// Number of wants that peer 1 was sent and that were not cancelled.
fn held_by_peer(alice: &Driver) -> usize {
    let mut held = BTreeSet::new();
    for entry in alice.sent_to(1).flat_map(|message| &message.entries) {
        match entry {
            Entry::Cancel { cid } => drop(held.remove(cid)),
            Entry::Want { cid, .. } => {
                held.insert(*cid);
            }
        }
    }
    held.len()
}

fn told(alice: &Driver, peer: u64) -> Vec<u32> {
    alice.sent_to(peer).map(|message| message.wants_remembered).collect()
}

#[test]
fn a_block_makes_room_for_the_next_want_in_the_message_that_cancels_it() {
    let fruit = blocks(0..2_000, 64);
    let mut alice = Driver::default().with_peers(1);
    alice.want(1, &cids_of(&fruit[..1]));
    alice.at(FAR).receive_block(1, &fruit[0]);
    let options = CallOptions { credit: 2_000, block_bytes: Some(64), ..CallOptions::default() };
    let (session, call, cids) = (SessionId(1), CallId(9), cids_of(&fruit[1..]));
    alice.give(Input::from(NewCall { session, call, cids, options }));
    assert_eq!(held_by_peer(&alice), 1_024);
    let sent = alice.sent_to(1).count();
    alice.receive_block(1, &fruit[1]);

    let message = alice.sent_to(1).nth(sent).unwrap();
    assert!(matches!(message.entries[..], [Entry::Cancel { .. }, Entry::Want { .. }]));
}
