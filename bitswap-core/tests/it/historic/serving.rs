//! Bugs of the half that serves, and of its books.

use bitswap_core::{Bug, Input, Limits};

use super::bench::Bench;
use super::{both, both_within};
use crate::cast::{block, peer};

#[test]
fn b05_a_block_that_was_not_written_counts_as_served() {
    let story = |alice: &mut Bench| {
        alice.store(&block(1, 9_000));
        alice.connect(1);
        alice.holds = true;
        alice.hear_want(1, &[block(1, 9_000).0]);
        alice.let_go(false);
        alice.served(1)
    };
    assert_eq!(both(Bug::B05, story), (2, 1));
}

#[test]
fn b10_a_newcomer_starves_behind_a_long_queue() {
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
    assert_eq!(both_within(&limits, Bug::B10, story), ((true, 1), (true, 0)));
}

#[test]
fn b21_what_cannot_be_served_shuts_out_what_can() {
    let limits = Limits { requests_per_peer: 1, ..Limits::default() };
    let story = |alice: &mut Bench| {
        alice.store(&block(2, 9_000));
        alice.connect(1);
        alice.hear_want(1, &[block(1, 9_000).0]);
        alice.hear_want(1, &[block(2, 9_000).0]);
        alice.served(1)
    };
    assert_eq!(both_within(&limits, Bug::B21, story), (1, 0));
}

#[test]
fn b22_wants_have_no_limit_and_outlive_their_peer() {
    let limits = Limits { requests_per_peer: 2, ..Limits::default() };
    let story = |alice: &mut Bench| {
        alice.connect(1);
        alice.hear_want(1, &[1, 2, 3].map(|name| block(name, 9_000).0));
        let before = alice.engine.gauges().requests;
        alice.tell(Input::PeerDisconnected { peer: peer(1) });
        (before, alice.engine.gauges().requests)
    };
    assert_eq!(both_within(&limits, Bug::B22, story), ((2, 0), (3, 3)));
}

#[test]
fn b23_what_nobody_wants_is_stored() {
    let story = |alice: &mut Bench| {
        alice.connect(1);
        alice.bring(1, &block(1, 9_000));
        alice.writes
    };
    assert_eq!(both(Bug::B23, story), (0, 1));
}

#[test]
fn b29_what_nobody_wants_is_credited() {
    let story = |alice: &mut Bench| {
        alice.connect(1);
        alice.bring(1, &block(1, 9_000));
        alice.engine.account(&peer(1)).map(|account| account.received_from)
    };
    assert_eq!(both(Bug::B29, story), (Some(0), Some(9_000)));
}
