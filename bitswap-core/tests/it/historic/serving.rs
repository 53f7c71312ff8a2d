//! Bugs of the half that serves, and of its books.

use bitswap_core::testing::Held::{Sends, Writes};
use bitswap_core::testing::{Driver, block, blocks, cids_of, peer};
use bitswap_core::{Input, Limits};

#[test]
fn b05_a_block_that_was_not_written_is_sent_again() {
    let mut alice = Driver::default().with_peers(1).holding(&[Sends, Writes]);
    alice.store(&block(1, 9_000));
    alice.receive_wants(1, &[block(1, 9_000).0]);
    alice.lose_sends();
    assert_eq!(alice.blocks_sent_to(1), 2);
}

#[test]
fn b10_a_new_peer_is_served_beside_a_long_queue() {
    let limits = Limits { outstanding_bytes: 1, message_bytes: 1, ..Limits::default() };
    let mut alice = Driver::within(limits).with_peers(2).holding(&[Sends, Writes]);
    let blocks = blocks(0..60, 9_000);
    alice.store_all(&blocks);
    let cids = cids_of(&blocks);
    alice.receive_wants(1, &cids);
    alice.receive_wants(2, &cids[..1]);
    for _ in 0..20 {
        alice.pass_secs(1);
        let (peer, send) = alice.open_sends()[0];
        alice.give(Input::Sent { peer, send });
    }
    assert_eq!((alice.blocks_sent_to(1) > 10, alice.blocks_sent_to(2)), (true, 1));
}

#[test]
fn b21_absent_blocks_make_room_for_present_ones() {
    let limits = Limits { requests_per_peer: 1, ..Limits::default() };
    let mut alice = Driver::within(limits).with_peers(1);
    alice.store(&block(2, 9_000));
    alice.receive_wants(1, &[block(1, 9_000).0]);
    alice.receive_wants(1, &[block(2, 9_000).0]);
    assert_eq!(alice.blocks_sent_to(1), 1);
}

#[test]
fn b22_requests_are_bounded_and_end_with_their_peer() {
    let limits = Limits { requests_per_peer: 2, ..Limits::default() };
    let mut alice = Driver::within(limits).with_peers(1);
    alice.receive_wants(1, &[1, 2, 3].map(|name| block(name, 9_000).0));
    let before = alice.engine.gauges().requests;
    alice.disconnect(1);
    assert_eq!((before, alice.engine.gauges().requests), (2, 0));
}

#[test]
fn b23_unwanted_blocks_are_not_stored() {
    let mut alice = Driver::default().with_peers(1);
    alice.receive_block(1, &block(1, 9_000));
    assert_eq!(alice.writes(), 0);
}

#[test]
fn b29_unwanted_blocks_are_not_credited() {
    let mut alice = Driver::default().with_peers(1);
    alice.receive_block(1, &block(1, 9_000));
    assert_eq!(alice.engine.account(&peer(1)).map(|account| account.received_from), Some(0));
}
