//! Bugs of the half that wants.

use std::panic::{AssertUnwindSafe, catch_unwind};

use bitswap_core::wire::BlockPresence::{DontHave, Have};
use bitswap_core::wire::WantKind;
use bitswap_core::{AskOutcome, Bug, Input, Limits, SessionId};

use super::bench::Bench;
use super::{both, both_within};
use crate::cast::{block, peer};

const ASKED: Option<WantKind> = Some(WantKind::Have);
const ASKED_FOR_IT: Option<WantKind> = Some(WantKind::Block);

#[test]
fn b01_a_want_outlives_its_session() {
    let story = |alice: &mut Bench| {
        wants_of_bob(alice);
        alice.tell(Input::SessionClosed { session: SessionId(1) });
        alice.pass(1);
        alice.knows(1, block(1, 9_000).0)
    };
    assert_eq!(both(Bug::B01, story), (None, ASKED));
}

#[test]
fn b02_a_cancel_is_swallowed_while_its_want_is_being_written() {
    let story = |alice: &mut Bench| {
        alice.holds = true;
        wants_of_bob(alice);
        alice.give_up(1);
        alice.let_go(true);
        alice.pass(1);
        alice.knows(1, block(1, 9_000).0)
    };
    assert_eq!(both(Bug::B02, story), (None, ASKED));
}

#[test]
fn b03_nobody_is_told_that_a_caller_gave_up() {
    let story = |alice: &mut Bench| {
        wants_of_bob(alice);
        alice.give_up(1);
        alice.knows(1, block(1, 9_000).0)
    };
    assert_eq!(both(Bug::B03, story), (None, ASKED));
}

#[test]
fn b04_who_lacked_a_block_once_is_never_asked_again() {
    let story = |alice: &mut Bench| {
        wants_of_bob(alice);
        alice.hear_of(1, block(1, 9_000).0, DontHave);
        alice.give_up(1);
        alice.want(2, &[block(1, 9_000).0]);
        alice.pass(100);
        alice.knows(1, block(1, 9_000).0)
    };
    assert_eq!(both(Bug::B04, story), (ASKED, None));
}

#[test]
fn b06_nothing_is_sent_again_after_a_reset() {
    let story = |alice: &mut Bench| {
        wants_of_bob(alice);
        alice.tell(Input::PeerReset { peer: peer(1) });
        alice.asked(1)
    };
    assert_eq!(both(Bug::B06, story), (2, 1));
}

#[test]
fn b07_silence_is_no_answer() {
    let story = |alice: &mut Bench| {
        wants_of_bob(alice);
        alice.hear_of(1, block(1, 9_000).0, Have);
        alice.pass(600);
        alice.engine.stats().client.asks_ended[AskOutcome::TimedOut as usize] > 0
    };
    assert_eq!(both(Bug::B07, story), (true, false));
}

#[test]
fn b08_nobody_else_is_asked_when_a_peer_leaves() {
    let story = |alice: &mut Bench| {
        bob_is_asked_and_carol_has_it_too(alice);
        alice.tell(Input::PeerDisconnected { peer: peer(1) });
        alice.pass(600);
        alice.was_asked_for(2, block(1, 9_000).0)
    };
    assert_eq!(both(Bug::B08, story), (true, false));
}

#[test]
fn b12_one_failed_write_silences_a_peer() {
    let story = |alice: &mut Bench| {
        alice.holds = true;
        wants_of_bob(alice);
        alice.let_go(false);
        alice.pass(100);
        alice.asked(1) > 1
    };
    assert_eq!(both(Bug::B12, story), (true, false));
}

#[test]
fn b13_what_nobody_asked_for_is_remembered() {
    let story = |alice: &mut Bench| {
        alice.connect(1);
        alice.hear_of(1, block(1, 9_000).0, Have);
        alice.engine.leftover()
    };
    assert_eq!(both(Bug::B13, story), (None, Some("presences")));
}

#[test]
fn b15_a_late_have_brings_a_want_back() {
    let story = |alice: &mut Bench| {
        alice.connect(2);
        wants_of_bob(alice);
        alice.hear_of(1, block(1, 9_000).0, Have);
        alice.bring(1, &block(1, 9_000));
        alice.hear_of(2, block(1, 9_000).0, Have);
        alice.pass(1);
        (alice.delivered, alice.knows(2, block(1, 9_000).0))
    };
    assert_eq!(both(Bug::B15, story), ((1, None), (1, ASKED_FOR_IT)));
}

#[test]
fn b16_who_brought_a_block_is_not_told() {
    let story = |alice: &mut Bench| {
        wants_of_bob(alice);
        alice.hear_of(1, block(1, 9_000).0, Have);
        alice.bring(1, &block(1, 9_000));
        alice.pass(1);
        (alice.delivered, alice.knows(1, block(1, 9_000).0))
    };
    assert_eq!(both(Bug::B16, story), ((1, None), (1, ASKED_FOR_IT)));
}

#[test]
fn b17_what_was_cancelled_is_broadcast_again() {
    let story = |alice: &mut Bench| {
        wants_of_bob(alice);
        alice.give_up(1);
        alice.pass(100);
        alice.asked(1) > 1
    };
    assert_eq!(both(Bug::B17, story), (false, true));
}

#[test]
fn b18_every_broadcast_asks_again() {
    let story = |alice: &mut Bench| {
        wants_of_bob(alice);
        alice.pass(20);
        alice.asked(1) > 1
    };
    assert_eq!(both(Bug::B18, story), (false, true));
}

#[test]
fn b19_too_many_searches_are_a_panic() {
    let limits = Limits { searches_per_session: 1, ..Limits::default() };
    let story = |alice: &mut Bench| {
        let cids: Vec<_> = (1..=10).map(|name| block(name, 9_000).0).collect();
        alice.connect(1);
        alice.want(1, &cids);
        alice.hear_of(1, cids[0], Have);
        for cid in &cids {
            alice.hear_of(1, *cid, DontHave);
        }
        // He says no so often that he is no member any more.
        let again = || cids.iter().for_each(|cid| alice.hear_of(1, *cid, DontHave));
        catch_unwind(AssertUnwindSafe(again)).is_err()
    };
    assert_eq!(both_within(&limits, Bug::B19, story), (false, true));
}

#[test]
fn b24_a_newcomer_is_not_asked() {
    let story = |alice: &mut Bench| {
        wants_of_bob(alice);
        alice.connect(2);
        alice.pass(100);
        alice.knows(2, block(1, 9_000).0)
    };
    assert_eq!(both(Bug::B24, story), (ASKED, None));
}

#[test]
fn b25_a_promise_is_waited_for_without_end() {
    let story = |alice: &mut Bench| {
        bob_is_asked_and_carol_has_it_too(alice);
        alice.pass(600);
        alice.was_asked_for(2, block(1, 9_000).0)
    };
    assert_eq!(both(Bug::B25, story), (true, false));
}

#[test]
fn b26_a_change_is_sent_as_the_whole_list() {
    let story = |alice: &mut Bench| {
        wants_of_bob(alice);
        alice.want(2, &[block(2, 9_000).0]);
        (alice.knows(1, block(1, 9_000).0), alice.knows(1, block(2, 9_000).0))
    };
    assert_eq!(both(Bug::B26, story), ((ASKED, ASKED), (None, ASKED)));
}

#[test]
fn b33_a_block_that_comes_unasked_is_not_noticed() {
    let story = |alice: &mut Bench| {
        wants_of_bob(alice);
        alice.bring(1, &block(1, 9_000));
        alice.delivered
    };
    assert_eq!(both(Bug::B33, story), (1, 0));
}

#[test]
fn b34_who_asks_while_a_block_is_stored_waits_for_ever() {
    let story = |alice: &mut Bench| {
        wants_of_bob(alice);
        alice.holds = true;
        alice.bring(1, &block(1, 9_000));
        alice.want(2, &[block(1, 9_000).0]);
        alice.let_go(true);
        alice.pass(600);
        alice.delivered
    };
    assert_eq!(both(Bug::B34, story), (2, 1));
}

/// Alice wants an apple of Bob.
fn wants_of_bob(alice: &mut Bench) {
    alice.connect(1);
    alice.want(1, &[block(1, 9_000).0]);
}

fn bob_is_asked_and_carol_has_it_too(alice: &mut Bench) {
    alice.connect(2);
    wants_of_bob(alice);
    alice.hear_of(1, block(1, 9_000).0, Have);
    alice.hear_of(2, block(1, 9_000).0, Have);
    assert_eq!(alice.knows(1, block(1, 9_000).0), ASKED_FOR_IT);
}
