//! Bugs of the half that wants.

use bitswap_core::testing::Held::{Sends, Writes};
use bitswap_core::testing::{Driver, block, blocks, call_in, cids_of, peer};
use bitswap_core::wire::BlockPresence::{DontHave, Have};
use bitswap_core::wire::WantKind;
use bitswap_core::{AskOutcome, Input, Limits, SessionId};
use cid::Cid;

const ASKED: Option<WantKind> = Some(WantKind::Have);
const ASKED_FOR_IT: Option<WantKind> = Some(WantKind::Block);

#[test]
fn b01_wants_end_with_their_session() {
    let mut alice = wants_of_bob();
    alice.give(Input::SessionClosed { session: SessionId(1) });
    alice.pass_secs(1);
    assert_eq!(alice.wanted_of(1, apple()), None);
}

#[test]
fn b02_a_want_in_a_message_in_flight_is_cancelled_after_it() {
    let mut alice = Driver::default().holding(&[Sends, Writes]).with_peers(1);
    alice.want(1, &[apple()]);
    alice.cancel(1);
    alice.release();
    alice.pass_secs(1);
    assert_eq!(alice.wanted_of(1, apple()), None);
}

#[test]
fn b03_a_caller_that_gives_up_has_its_wants_cancelled() {
    let mut alice = wants_of_bob();
    alice.cancel(1);
    assert_eq!(alice.wanted_of(1, apple()), None);
}

#[test]
fn b04_a_dont_have_ends_with_its_want() {
    let mut alice = wants_of_bob();
    alice.receive_presence(1, apple(), DontHave);
    alice.cancel(1);
    alice.want(2, &[apple()]);
    alice.pass_secs(100);
    assert_eq!(alice.wanted_of(1, apple()), ASKED);
}

#[test]
fn b06_wants_are_sent_again_after_a_reset() {
    let mut alice = wants_of_bob();
    alice.give(Input::PeerReset { peer: peer(1) });
    assert_eq!(alice.wants_sent_to(1), 2);
}

#[test]
fn b07_a_silent_peer_times_out() {
    let mut alice = wants_of_bob();
    alice.receive_presence(1, apple(), Have);
    alice.pass_secs(600);
    assert!(alice.engine.stats().client.asks_ended[AskOutcome::TimedOut as usize] > 0);
}

#[test]
fn b08_another_peer_is_asked_when_one_leaves() {
    let mut alice = bob_is_asked_and_carol_has_it_too();
    alice.disconnect(1);
    alice.pass_secs(600);
    assert!(alice.asked_for_block(2, apple()));
}

#[test]
fn b12_a_peer_is_spoken_to_after_a_failed_write() {
    let mut alice = Driver::default().holding(&[Sends, Writes]).with_peers(1);
    alice.want(1, &[apple()]);
    alice.lose_sends();
    alice.pass_secs(100);
    assert!(alice.wants_sent_to(1) > 1);
}

#[test]
fn b13_unasked_presences_are_not_kept() {
    let mut alice = Driver::default().with_peers(1);
    alice.receive_presence(1, apple(), Have);
    assert_eq!(alice.engine.leftover(), None);
}

#[test]
fn b15_a_late_have_brings_no_want_back() {
    let mut alice = Driver::default().with_peers(2);
    alice.want(1, &[apple()]);
    alice.receive_presence(1, apple(), Have);
    alice.receive_block(1, &block(1, 9_000));
    alice.receive_presence(2, apple(), Have);
    alice.pass_secs(1);
    assert_eq!((alice.delivered(), alice.wanted_of(2, apple())), (1, None));
}

#[test]
fn b16_the_deliverer_is_sent_a_cancel_too() {
    let mut alice = wants_of_bob();
    alice.receive_presence(1, apple(), Have);
    alice.receive_block(1, &block(1, 9_000));
    alice.pass_secs(1);
    assert_eq!((alice.delivered(), alice.wanted_of(1, apple())), (1, None));
}

#[test]
fn b17_cancelled_wants_are_not_broadcast_again() {
    let mut alice = wants_of_bob();
    alice.cancel(1);
    alice.pass_secs(100);
    assert!(alice.wants_sent_to(1) <= 1);
}

#[test]
fn b18_a_broadcast_spares_peers_asked_lately() {
    let mut alice = wants_of_bob();
    alice.pass_secs(20);
    assert!(alice.wants_sent_to(1) <= 1);
}

#[test]
fn b19_more_searches_than_the_limit_are_no_panic() {
    let limits = Limits { searches_per_session: 1, ..Limits::default() };
    let mut alice = Driver::within(limits);
    let cids = cids_of(&blocks(0..4, 9_000));
    alice.give(call_in(1, 1, &cids[..3]));
    alice.pass_secs(60);
    assert_eq!(alice.engine.stats().gauges.searches, 3, "those held for too long were begun");
    alice.give(call_in(1, 2, &cids[3..]));
    assert_eq!(alice.engine.stats().gauges.searches, 3, "and no other");
}

#[test]
fn b24_a_new_peer_is_asked_for_running_searches() {
    let mut alice = wants_of_bob();
    alice.connect(2);
    alice.pass_secs(100);
    assert_eq!(alice.wanted_of(2, apple()), ASKED);
}

#[test]
fn b25_a_have_without_a_block_times_out() {
    let mut alice = bob_is_asked_and_carol_has_it_too();
    alice.pass_secs(600);
    assert!(alice.asked_for_block(2, apple()));
}

#[test]
fn b26_changes_do_not_replace_the_wantlist() {
    let mut alice = wants_of_bob();
    alice.want(2, &[block(2, 9_000).0]);
    let known = [1, 2].map(|name| alice.wanted_of(1, block(name, 9_000).0));
    assert_eq!(known, [ASKED, ASKED]);
}

#[test]
fn b33_a_wanted_block_counts_whoever_sends_it() {
    let mut alice = wants_of_bob();
    alice.receive_block(1, &block(1, 9_000));
    assert_eq!(alice.delivered(), 1);
}

#[test]
fn b34_a_call_made_while_its_block_is_stored_gets_it() {
    let mut alice = wants_of_bob();
    alice.hold(&[Sends, Writes]);
    alice.receive_block(1, &block(1, 9_000));
    alice.want(2, &[apple()]);
    alice.release();
    alice.pass_secs(600);
    assert_eq!(alice.delivered(), 2);
}

/// Alice, who wants an apple of Bob.
fn wants_of_bob() -> Driver {
    let mut alice = Driver::default().with_peers(1);
    alice.want(1, &[apple()]);
    alice
}

fn bob_is_asked_and_carol_has_it_too() -> Driver {
    let mut alice = Driver::default().with_peers(2);
    alice.want(1, &[apple()]);
    alice.receive_presence(1, apple(), Have);
    alice.receive_presence(2, apple(), Have);
    assert_eq!(alice.wanted_of(1, apple()), ASKED_FOR_IT);
    alice
}

fn apple() -> Cid {
    block(1, 9_000).0
}
