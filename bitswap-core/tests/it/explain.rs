//! What is known of a want or a peer, and what happens next: the engine's own deadlines.

use bitswap_core::testing::{Driver, Held, at, block, call, peer, policy};
use bitswap_core::wire::BlockPresence;
use bitswap_core::{DeadlineReason, WantStep};

use crate::told::Later;

#[test]
fn the_timeout_of_an_ask_is_the_moment_at_which_it_ends() {
    let mut alice = Driver::default().with_peers(1);
    let apple = block(1, 5_000).0;
    alice.give(call(1, &[apple]));
    alice.at(20).receive_presence(1, apple, BlockPresence::Have);

    let want = alice.engine.explain_cid(alice.now, &apple).want.expect("it is open");
    assert_eq!((want.step, want.members, want.session_asks), (WantStep::Asked, 1, 1));
    let [asked] = &want.asked[..] else { panic!("one was asked: {want:?}") };
    assert_eq!((asked.peer, asked.open, asked.at), (peer(1), true, at(20)));
    let due = asked.times_out_at;
    alice.reach(DeadlineReason::DontHaveTimeout);
    assert_eq!(due, Some(alice.now));
    let want = alice.engine.explain_cid(alice.now, &apple).want.expect("it is open");
    assert_eq!((want.asked[0].open, want.asked[0].times_out_at), (false, None));
}

#[test]
fn a_search_names_its_next_step_and_the_reason_to_wait() {
    let mut alice = Driver::default().holding(&[Held::Lookups]).with_peers(1);
    let apple = block(1, 5_000).0;
    alice.give(call(1, &[apple]));

    let told = alice.engine.explain_cid(alice.now, &apple);
    assert_eq!(told.peers_connected, 1);
    let want = told.want.expect("it is open");
    assert_eq!(want.step, WantStep::Searching);
    let search = want.search.expect("it runs");
    assert_eq!((&*search.finder, search.reason), ("plain", "listening"));
    assert_eq!(search.next_step_at, alice.engine.next_deadline());
}

#[test]
fn a_deferred_peer_is_told_until_when_and_who_wants_the_block() {
    let mut alice = Driver::with(policy(Later)).with_peers(1);
    let apple = block(1, 5_000).0;
    alice.receive_wants(1, &[apple]);

    let told = alice.engine.explain_peer(alice.now, &peer(1));
    assert_eq!((told.deferred, told.next_deferral), (1, Some((apple, at(3_000)))));
    assert_eq!(alice.engine.next_deadline(), Some(at(3_000)));
    assert_eq!(alice.engine.explain_cid(alice.now, &apple).requesters, [peer(1)]);
    assert!(told.connected.is_some() && told.account.is_some());
}

#[test]
fn a_stranger_is_told_as_one() {
    let alice = Driver::default();
    let told = alice.engine.explain_peer(alice.now, &peer(9));
    assert_eq!((told.connected, told.account, told.connected_since), (None, None, None));
    assert_eq!(alice.engine.explain_cid(alice.now, &block(1, 9).0).want, None);
}
