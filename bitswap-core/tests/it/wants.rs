//! The wantlist that a peer is sent, whatever callers do.

use bitswap_core::testing::{
    Driver, Held, at, block, blocks, call, cids_of, entries, messages, peer, sends, wants,
};
use bitswap_core::wire::{Entry, ProtocolVersion, WantKind};
use bitswap_core::{Action, CallId, Failure, Input, Limits, SendId};
use cid::Cid;

#[test]
fn second_caller_keeps_the_want_when_the_first_cancels() {
    let (mut alice, apple, send) = asked();
    alice.at(1).give(call(2, &[apple]));
    alice.at(1).give(Input::Sent { peer: peer(1), send });

    let first = alice.at(2).give(Input::CallCancelled { call: CallId(1) });
    let second = alice.at(3).give(Input::CallCancelled { call: CallId(2) });
    assert_eq!((first, second), (vec![], vec![]), "a cancel waits a little for company");
    assert_eq!(alice.engine.next_deadline(), Some(at(23)));
    let second = alice.at(23).give(Input::DeadlineReached);

    assert_eq!(entries(&second), [Entry::Cancel { cid: apple }]);
}

#[test]
fn a_want_that_was_never_sent_is_never_cancelled() {
    let (mut alice, _, send) = asked();
    let pear = block(2, 9).0;
    alice.at(1).give(call(2, &[pear]));
    alice.at(2).give(Input::CallCancelled { call: CallId(2) });

    assert_eq!(alice.at(3).give(Input::Sent { peer: peer(1), send }), []);
}

#[test]
fn what_gathers_while_a_message_is_on_its_way_is_one_message() {
    let (mut alice, _, send) = asked();
    for name in 2..20 {
        let actions = alice.at(1).give(call(name, &[block(name, 9).0]));
        assert_eq!(entries(&actions), []);
    }
    let actions = alice.at(2).give(Input::Sent { peer: peer(1), send });

    assert_eq!((actions.len(), entries(&actions).len()), (1, 18));
}

#[test]
fn a_long_list_of_wants_leaves_in_several_messages() {
    let limits = Limits { message_entries: 2, ..Limits::default() };
    let mut alice = Driver::within(limits).with_peers(1);
    alice.give(call(1, &cids_of(&blocks(1..=5, 9))));
    let entries: Vec<_> = alice.sent_to(1).map(|message| message.entries.len()).collect();
    assert_eq!(entries, [2, 2, 1]);
}

#[test]
fn a_want_given_up_and_taken_up_again_is_cancelled_first() {
    let (mut alice, apple, send) = asked();
    alice.at(1).give(Input::CallCancelled { call: CallId(1) });
    alice.at(1).give(call(2, &[apple]));

    let first = alice.at(2).give(Input::Sent { peer: peer(1), send });
    assert_eq!(entries(&first), [Entry::Cancel { cid: apple }]);
    let second = alice.at(3).give(Input::Sent { peer: peer(1), send: sends(&first)[0] });
    assert_eq!(wants(&second), [(apple, WantKind::Have)]);
}

#[test]
fn after_a_reset_the_whole_list_goes_again() {
    let (mut alice, apple, send) = asked();
    alice.at(1).give(Input::Sent { peer: peer(1), send });

    let actions = alice.at(2).give(Input::PeerReset { peer: peer(1) });

    assert!(messages(&actions).next().is_some_and(|message| message.full));
    assert_eq!(wants(&actions), [(apple, WantKind::Have)]);
}

#[test]
fn a_message_that_could_not_be_written_counts_as_unsaid() {
    let (mut alice, apple, send) = asked();

    let actions = alice.at(1).give(Input::SendFailed { peer: peer(1), send });

    assert_eq!(wants(&actions), [(apple, WantKind::Have)]);
    assert_eq!(alice.engine.stats().wire.send_failures, 1);
}

#[test]
fn a_peer_without_have_is_asked_for_the_block() {
    let mut alice = Driver::default().holding(&Held::NETWORK);
    alice.connect_as(1, ProtocolVersion::V1_1);
    let apple = block(1, 9).0;

    let actions = alice.give(call(1, &[apple]));

    assert_eq!(wants(&actions), [(apple, WantKind::Block)]);
}

#[test]
fn a_call_without_cids_is_finished_at_once() {
    let actions = Driver::default().give(call(1, &[]));
    assert_eq!(actions, [Action::Finish { call: CallId(1) }]);
}

#[test]
fn a_cid_whose_hash_cannot_be_checked_fails_at_once() {
    let hash = multihash::Multihash::wrap(0x22, &[1; 16]).expect("fits");
    let murmur = Cid::new_v1(0x55, hash);
    let actions = Driver::default().give(call(1, &[murmur]));
    let (call, why) = (CallId(1), Failure::Unverifiable);
    assert_eq!(actions, [Action::Fail { call, cid: murmur, why }, Action::Finish { call }]);
}

/// Alice wants a block of Bob, and her first message is on its way.
fn asked() -> (Driver, Cid, SendId) {
    let mut alice = Driver::default().holding(&Held::NETWORK).with_peers(1);
    let apple = block(1, 9).0;
    let actions = alice.give(call(1, &[apple]));
    assert_eq!(wants(&actions), [(apple, WantKind::Have)]);
    (alice, apple, sends(&actions)[0])
}
