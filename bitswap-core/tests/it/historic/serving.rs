//! Bugs of the half that serves, and of its books.

use bitswap_core::{Input, Limits};

use super::{told, told_within};
use crate::bench::Bench;
use crate::cast::{block, peer};

#[test]
fn b05_a_block_that_was_not_written_is_sent_again() {
    let story = |alice: &mut Bench| {
        alice.store(&block(1, 9_000));
        alice.connect(1);
        alice.holds = true;
        alice.hear_want(1, &[block(1, 9_000).0]);
        alice.let_go(false);
        alice.served(1)
    };
    assert_eq!(told(story), 2);
}

#[test]
fn b10_a_new_peer_is_served_beside_a_long_queue() {
    let limits = Limits { outstanding_bytes: 1, message_bytes: 1, ..Limits::default() };
    let story = |alice: &mut Bench| {
        let blocks: Vec<_> = (0..60).map(|name| block(name, 9_000)).collect();
        for block in &blocks {
            alice.store(block);
        }
        let cids: Vec<_> = blocks.iter().map(|(cid, _)| *cid).collect();
        alice.connect(1);
        alice.connect(2);
        alice.holds = true;
        alice.hear_want(1, &cids);
        alice.hear_want(2, &cids[..1]);
        for _ in 0..20 {
            alice.pass(1);
            let (peer, send) = alice.unwritten.remove(0);
            alice.tell(Input::Sent { peer, send });
        }
        (alice.served(1) > 10, alice.served(2))
    };
    assert_eq!(told_within(&limits, story), (true, 1));
}

#[test]
fn b21_absent_blocks_make_room_for_present_ones() {
    let limits = Limits { requests_per_peer: 1, ..Limits::default() };
    let story = |alice: &mut Bench| {
        alice.store(&block(2, 9_000));
        alice.connect(1);
        alice.hear_want(1, &[block(1, 9_000).0]);
        alice.hear_want(1, &[block(2, 9_000).0]);
        alice.served(1)
    };
    assert_eq!(told_within(&limits, story), 1);
}

#[test]
fn b22_requests_are_bounded_and_end_with_their_peer() {
    let limits = Limits { requests_per_peer: 2, ..Limits::default() };
    let story = |alice: &mut Bench| {
        alice.connect(1);
        alice.hear_want(1, &[1, 2, 3].map(|name| block(name, 9_000).0));
        let before = alice.engine.gauges().requests;
        alice.tell(Input::PeerDisconnected { peer: peer(1) });
        (before, alice.engine.gauges().requests)
    };
    assert_eq!(told_within(&limits, story), (2, 0));
}

#[test]
fn b23_unwanted_blocks_are_not_stored() {
    let story = |alice: &mut Bench| {
        alice.connect(1);
        alice.bring(1, &block(1, 9_000));
        alice.writes
    };
    assert_eq!(told(story), 0);
}

#[test]
fn b29_unwanted_blocks_are_not_credited() {
    let story = |alice: &mut Bench| {
        alice.connect(1);
        alice.bring(1, &block(1, 9_000));
        alice.engine.account(&peer(1)).map(|account| account.received_from)
    };
    assert_eq!(told(story), Some(0));
}
