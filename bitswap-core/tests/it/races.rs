//! Blocks that come or go while peers wait for them.

use bitswap_core::testing::Held::Reads;
use bitswap_core::testing::{Driver, block, blocks, reads};
use bitswap_core::wire::BlockPresence::DontHave;
use bitswap_core::{Input, ReadAnswer};

#[test]
fn a_block_that_comes_while_the_store_looks_for_it_is_sent() {
    let mut alice = Driver::default().holding(&[Reads]).with_peers(1);
    let apple = block(1, 9_000);
    let looks = alice.receive_wants(1, &[apple.0]);
    alice.store(&apple);
    let turn = alice.give(Input::BlocksAdded { blocks: vec![apple.clone()] });

    alice.answer_reads(&looks, |_| ReadAnswer::Missing);
    alice.answer_reads(&turn, |_| ReadAnswer::Block(apple.1.clone()));

    assert_eq!((alice.blocks_sent_to(1), alice.presences_sent_to(1)), (1, vec![]));
    assert_eq!(alice.engine.gauges().requests, 0);
}

#[test]
fn a_block_that_is_gone_when_its_turn_comes_is_missing() {
    let mut alice = Driver::default().holding(&[Reads]).with_peers(1);
    let apple = block(1, 9_000);
    let looks = alice.receive_wants(1, &[apple.0]);
    let turn = alice.answer_reads(&looks, |_| ReadAnswer::Size(9_000));

    alice.answer_reads(&turn, |_| ReadAnswer::Missing);

    assert_eq!(
        (alice.blocks_sent_to(1), alice.presences_sent_to(1)),
        (0, vec![(apple.0, DontHave)])
    );
    let gauges = alice.engine.gauges();
    assert_eq!((gauges.requests, gauges.outstanding_bytes), (1, 0), "it is remembered");
}

#[test]
fn the_blocks_of_all_who_can_be_served_are_read_at_once() {
    let mut alice = Driver::default().with_peers(8);
    let fruit = blocks(1..=8, 9_000);
    for (n, (cid, _)) in (1..).zip(&fruit) {
        alice.receive_wants(n, &[*cid]);
    }
    alice.hold(&[Reads]);
    let actions = alice.give(Input::BlocksAdded { blocks: fruit });
    assert_eq!(reads(&actions).len(), 8);
}
