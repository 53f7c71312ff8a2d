//! Bugs of the half that wants.

use std::panic::{AssertUnwindSafe, catch_unwind};

use bitswap_core::wire::BlockPresence::{DontHave, Have};
use bitswap_core::wire::WantKind;
use bitswap_core::{AskOutcome, Input, Limits, SessionId};

use super::{told, told_within};
use crate::bench::Bench;
use crate::cast::{block, peer};

const ASKED: Option<WantKind> = Some(WantKind::Have);
const ASKED_FOR_IT: Option<WantKind> = Some(WantKind::Block);

#[test]
fn b01_wants_end_with_their_session() {
    let story = |alice: &mut Bench| {
        wants_of_bob(alice);
        alice.tell(Input::SessionClosed { session: SessionId(1) });
        alice.pass(1);
        alice.knows(1, block(1, 9_000).0)
    };
    assert_eq!(told(story), None);
}

#[test]
fn b02_a_want_in_a_message_in_flight_is_cancelled_after_it() {
    let story = |alice: &mut Bench| {
        alice.holds = true;
        wants_of_bob(alice);
        alice.give_up(1);
        alice.let_go(true);
        alice.pass(1);
        alice.knows(1, block(1, 9_000).0)
    };
    assert_eq!(told(story), None);
}

#[test]
fn b03_a_caller_that_gives_up_has_its_wants_cancelled() {
    let story = |alice: &mut Bench| {
        wants_of_bob(alice);
        alice.give_up(1);
        alice.knows(1, block(1, 9_000).0)
    };
    assert_eq!(told(story), None);
}

#[test]
fn b04_a_dont_have_ends_with_its_want() {
    let story = |alice: &mut Bench| {
        wants_of_bob(alice);
        alice.hear_of(1, block(1, 9_000).0, DontHave);
        alice.give_up(1);
        alice.want(2, &[block(1, 9_000).0]);
        alice.pass(100);
        alice.knows(1, block(1, 9_000).0)
    };
    assert_eq!(told(story), ASKED);
}

#[test]
fn b06_wants_are_sent_again_after_a_reset() {
    let story = |alice: &mut Bench| {
        wants_of_bob(alice);
        alice.tell(Input::PeerReset { peer: peer(1) });
        alice.asked(1)
    };
    assert_eq!(told(story), 2);
}

#[test]
fn b07_a_silent_peer_times_out() {
    let story = |alice: &mut Bench| {
        wants_of_bob(alice);
        alice.hear_of(1, block(1, 9_000).0, Have);
        alice.pass(600);
        alice.engine.stats().client.asks_ended[AskOutcome::TimedOut as usize] > 0
    };
    assert!(told(story));
}

#[test]
fn b08_another_peer_is_asked_when_one_leaves() {
    let story = |alice: &mut Bench| {
        bob_is_asked_and_carol_has_it_too(alice);
        alice.tell(Input::PeerDisconnected { peer: peer(1) });
        alice.pass(600);
        alice.was_asked_for(2, block(1, 9_000).0)
    };
    assert!(told(story));
}

#[test]
fn b12_a_peer_is_spoken_to_after_a_failed_write() {
    let story = |alice: &mut Bench| {
        alice.holds = true;
        wants_of_bob(alice);
        alice.let_go(false);
        alice.pass(100);
        alice.asked(1) > 1
    };
    assert!(told(story));
}

#[test]
fn b13_unasked_presences_are_not_kept() {
    let story = |alice: &mut Bench| {
        alice.connect(1);
        alice.hear_of(1, block(1, 9_000).0, Have);
        alice.engine.leftover()
    };
    assert_eq!(told(story), None);
}

#[test]
fn b15_a_late_have_brings_no_want_back() {
    let story = |alice: &mut Bench| {
        alice.connect(2);
        wants_of_bob(alice);
        alice.hear_of(1, block(1, 9_000).0, Have);
        alice.bring(1, &block(1, 9_000));
        alice.hear_of(2, block(1, 9_000).0, Have);
        alice.pass(1);
        (alice.delivered, alice.knows(2, block(1, 9_000).0))
    };
    assert_eq!(told(story), (1, None));
}

#[test]
fn b16_the_deliverer_is_sent_a_cancel_too() {
    let story = |alice: &mut Bench| {
        wants_of_bob(alice);
        alice.hear_of(1, block(1, 9_000).0, Have);
        alice.bring(1, &block(1, 9_000));
        alice.pass(1);
        (alice.delivered, alice.knows(1, block(1, 9_000).0))
    };
    assert_eq!(told(story), (1, None));
}

#[test]
fn b17_cancelled_wants_are_not_broadcast_again() {
    let story = |alice: &mut Bench| {
        wants_of_bob(alice);
        alice.give_up(1);
        alice.pass(100);
        alice.asked(1) > 1
    };
    assert!(!told(story));
}

#[test]
fn b18_a_broadcast_spares_peers_asked_lately() {
    let story = |alice: &mut Bench| {
        wants_of_bob(alice);
        alice.pass(20);
        alice.asked(1) > 1
    };
    assert!(!told(story));
}

#[test]
fn b19_more_searches_than_the_limit_are_no_panic() {
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
    assert!(!told_within(&limits, story));
}

#[test]
fn b24_a_new_peer_is_asked_for_running_searches() {
    let story = |alice: &mut Bench| {
        wants_of_bob(alice);
        alice.connect(2);
        alice.pass(100);
        alice.knows(2, block(1, 9_000).0)
    };
    assert_eq!(told(story), ASKED);
}

#[test]
fn b25_a_have_without_a_block_times_out() {
    let story = |alice: &mut Bench| {
        bob_is_asked_and_carol_has_it_too(alice);
        alice.pass(600);
        alice.was_asked_for(2, block(1, 9_000).0)
    };
    assert!(told(story));
}

#[test]
fn b26_changes_do_not_replace_the_wantlist() {
    let story = |alice: &mut Bench| {
        wants_of_bob(alice);
        alice.want(2, &[block(2, 9_000).0]);
        (alice.knows(1, block(1, 9_000).0), alice.knows(1, block(2, 9_000).0))
    };
    assert_eq!(told(story), (ASKED, ASKED));
}

#[test]
fn b33_a_wanted_block_counts_whoever_sends_it() {
    let story = |alice: &mut Bench| {
        wants_of_bob(alice);
        alice.bring(1, &block(1, 9_000));
        alice.delivered
    };
    assert_eq!(told(story), 1);
}

#[test]
fn b34_a_call_made_while_its_block_is_stored_gets_it() {
    let story = |alice: &mut Bench| {
        wants_of_bob(alice);
        alice.holds = true;
        alice.bring(1, &block(1, 9_000));
        alice.want(2, &[block(1, 9_000).0]);
        alice.let_go(true);
        alice.pass(600);
        alice.delivered
    };
    assert_eq!(told(story), 2);
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
