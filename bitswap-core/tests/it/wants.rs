//! What a peer's list of our wants says, whatever callers do.

use bitswap_core::wire::{Entry, Message, WantKind};
use bitswap_core::{Action, CallId, Input, SendId};
use cid::Cid;

use crate::cast::{act, at, block, call, connected, engine, nothing_here, peer};

#[test]
fn second_caller_keeps_the_want_when_the_first_cancels() {
    let (mut alice, apple, send) = asked();
    act(&mut alice, at(1), call(2, &[apple]));
    act(&mut alice, at(1), Input::Sent { peer: peer(1), send });

    let first = act(&mut alice, at(2), Input::CallCancelled { call: CallId(1) });
    let second = act(&mut alice, at(3), Input::CallCancelled { call: CallId(2) });
    assert_eq!((first, second), (vec![], vec![]), "a cancel waits a little for company");
    assert_eq!(alice.next_deadline(), Some(at(23)));
    let second = act(&mut alice, at(23), Input::DeadlineReached);

    assert_eq!(entries(&second), [Entry::Cancel { cid: apple }]);
}

#[test]
fn a_want_that_was_never_sent_is_never_cancelled() {
    let (mut alice, _, send) = asked();
    let pear = block(2, 9).0;
    let actions = act(&mut alice, at(1), call(2, &[pear]));
    nothing_here(&mut alice, at(1), &actions);
    act(&mut alice, at(2), Input::CallCancelled { call: CallId(2) });

    assert_eq!(act(&mut alice, at(3), Input::Sent { peer: peer(1), send }), []);
}

#[test]
fn what_gathers_while_a_message_is_on_its_way_is_one_message() {
    let (mut alice, _, send) = asked();
    for name in 2..20 {
        let actions = act(&mut alice, at(1), call(name, &[block(name, 9).0]));
        assert_eq!(entries(&nothing_here(&mut alice, at(1), &actions)), []);
    }
    let actions = act(&mut alice, at(2), Input::Sent { peer: peer(1), send });

    assert_eq!((actions.len(), entries(&actions).len()), (1, 18));
}

#[test]
fn a_want_given_up_and_taken_up_again_is_cancelled_first() {
    let (mut alice, apple, send) = asked();
    act(&mut alice, at(1), Input::CallCancelled { call: CallId(1) });
    let actions = act(&mut alice, at(1), call(2, &[apple]));
    nothing_here(&mut alice, at(1), &actions);

    let first = act(&mut alice, at(2), Input::Sent { peer: peer(1), send });
    assert_eq!(entries(&first), [Entry::Cancel { cid: apple }]);
    let second = act(&mut alice, at(3), Input::Sent { peer: peer(1), send: sent(&first) });
    assert_eq!(kinds(&second), [(apple, WantKind::Have)]);
}

#[test]
fn after_a_reset_the_whole_list_goes_again() {
    let (mut alice, apple, send) = asked();
    act(&mut alice, at(1), Input::Sent { peer: peer(1), send });

    let actions = act(&mut alice, at(2), Input::PeerReset { peer: peer(1) });

    assert!(message(&actions).full);
    assert_eq!(kinds(&actions), [(apple, WantKind::Have)]);
}

#[test]
fn a_message_that_could_not_be_written_counts_as_unsaid() {
    let (mut alice, apple, send) = asked();

    let actions = act(&mut alice, at(1), Input::SendFailed { peer: peer(1), send });

    assert_eq!(kinds(&actions), [(apple, WantKind::Have)]);
    assert_eq!(alice.stats().wire.send_failures, 1);
}

#[test]
fn a_peer_without_have_is_asked_for_the_block() {
    let mut alice = engine();
    let mut speaks = crate::cast::SPEAKS;
    speaks.dialect = bitswap_core::wire::Dialect::V1_1;
    act(&mut alice, at(0), Input::PeerConnected { peer: peer(1), speaks });
    let apple = block(1, 9).0;
    let actions = act(&mut alice, at(0), call(1, &[apple]));

    let actions = nothing_here(&mut alice, at(0), &actions);

    assert_eq!(kinds(&actions), [(apple, WantKind::Block)]);
}

#[test]
fn a_call_without_cids_is_finished_at_once() {
    let mut alice = engine();
    let actions = act(&mut alice, at(0), call(1, &[]));
    assert_eq!(actions, [Action::Finish { call: CallId(1) }]);
}

#[test]
fn a_cid_whose_hash_cannot_be_checked_fails_at_once() {
    let mut alice = engine();
    let hash = multihash::Multihash::wrap(0x22, &[1; 16]).expect("fits");
    let murmur = Cid::new_v1(0x55, hash);
    let actions = act(&mut alice, at(0), call(1, &[murmur]));
    let (call, why) = (CallId(1), bitswap_core::Failure::Unverifiable);
    assert_eq!(actions, [Action::Fail { call, cid: murmur, why }, Action::Finish { call }]);
}

/// Alice wants a block of Bob, and her first message is on its way.
fn asked() -> (bitswap_core::Engine, Cid, SendId) {
    let mut alice = engine();
    act(&mut alice, at(0), connected(1));
    let apple = block(1, 9).0;
    let actions = act(&mut alice, at(0), call(1, &[apple]));
    let actions = nothing_here(&mut alice, at(0), &actions);
    assert_eq!(kinds(&actions), [(apple, WantKind::Have)]);
    (alice, apple, sent(&actions))
}

fn message(actions: &[Action]) -> Message {
    let said = actions.iter().find_map(|action| match action {
        Action::Send { message, .. } => Some(message.clone()),
        _ => None,
    });
    said.unwrap_or_default()
}

fn sent(actions: &[Action]) -> SendId {
    let id = actions.iter().find_map(|action| match action {
        Action::Send { send, .. } => Some(*send),
        _ => None,
    });
    id.expect("a message")
}

fn entries(actions: &[Action]) -> Vec<Entry> {
    message(actions).entries
}

fn kinds(actions: &[Action]) -> Vec<(Cid, WantKind)> {
    let kind = |entry| match entry {
        Entry::Want { cid, kind, .. } => Some((cid, kind)),
        Entry::Cancel { .. } => None,
    };
    entries(actions).into_iter().filter_map(kind).collect()
}
