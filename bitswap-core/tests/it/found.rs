//! Regressions that campaigns found, each in as few steps as it takes.

use bitswap_core::testing::Held::{self, Reads, Sends};
use bitswap_core::testing::{Driver, block, call, messages, peer, reads, sends, want};
use bitswap_core::wire::{BlockPresence, WantKind};
use bitswap_core::{Action, DeadlineReason, Input, Limits, ReadAnswer, StoreFault};

#[test]
fn accounts_stay_within_their_limit_also_when_old_ones_are_used_again() {
    let mut alice = Driver::within(Limits { accounts: 1, ..Limits::default() });
    alice.connect(1);
    alice.at(1).connect(2);
    alice.at(2).receive_block(1, &block(1, 100));

    assert_eq!(alice.engine.stats().gauges.accounts, 1);
    let unasked = alice.engine.account(&peer(1)).map(|account| account.unasked_received_from);
    assert_eq!(unasked, Some(100));
}

#[test]
fn the_first_list_replaces_what_was_wanted_in_another_life() {
    let mut alice = Driver::default().holding(&Held::NETWORK).with_peers(1);
    let actions = alice.at(1).give(call(1, &[block(1, 100).0]));

    assert_eq!(messages(&actions).map(|message| message.full).collect::<Vec<_>>(), [true]);
}

#[test]
fn who_was_asked_in_vain_is_not_believed_at_once_again() {
    let mut alice = Driver::default().with_peers(2);
    let apple = block(1, 9_000).0;
    alice.give(call(1, &[apple]));
    alice.at(1).receive_presence(1, apple, BlockPresence::Have);
    alice.hold(&Held::NETWORK);
    alice.reach(DeadlineReason::DontHaveTimeout);

    alice.receive_presence(1, apple, BlockPresence::Have);

    let wants = alice.engine.open_wants(alice.now, 0, 1);
    let asks = wants[0].asked.iter().filter(|asked| asked.open && asked.kind == WantKind::Block);
    assert_eq!(asks.count(), 0);
}

#[test]
fn a_block_that_could_not_be_read_is_read_again_while_others_are_asked() {
    let mut alice = Driver::default().holding(&[Reads, Sends]).with_peers(1);
    let (apple, bytes) = block(1, 9_000);
    let actions = alice.give(call(1, &[apple]));
    let fault = StoreFault("busy".into());
    let actions = alice.answer_reads(&actions, |_| ReadAnswer::Failed(fault.clone()));
    assert_eq!(reads(&actions).len(), 1, "{actions:?}");

    let actions = alice.answer_reads(&actions, |_| ReadAnswer::Block(bytes.clone()));
    assert!(actions.iter().any(|action| matches!(action, Action::Deliver { .. })));
}

#[test]
fn who_cannot_be_written_to_is_not_waited_for_without_end() {
    let mut alice = Driver::default().with_peers(1);
    let apple = block(1, 9_000).0;
    alice.give(call(1, &[apple]));
    alice.hold(&Held::NETWORK);
    let actions = alice.at(1).receive_presence(1, apple, BlockPresence::Have);
    let send = sends(&actions)[0];
    alice.at(10_000).give(Input::SendFailed { peer: peer(1), send });

    alice.reach(DeadlineReason::DontHaveTimeout);

    let wants = alice.engine.open_wants(alice.now, 0, 1);
    assert!(wants[0].asked.iter().all(|asked| !asked.open), "{:?}", wants[0].asked);
}

#[test]
fn nothing_is_said_of_a_block_after_it_was_sent() {
    let mut alice = Driver::default().holding(&[Sends]).with_peers(1);
    let apple = block(1, 9_000);
    alice.store(&apple);
    alice.give(Input::BlocksAdded { blocks: vec![apple.clone()] });
    let have = sends(&alice.at(1).receive_entries(1, &[want(apple.0, WantKind::Have)]))[0];

    // It asks for the block before HAVE was written, and gets it.
    let sent = sends(&alice.at(2).receive_wants(1, &[apple.0]))[0];
    alice.at(3).give(Input::Sent { peer: peer(1), send: sent });
    let actions = alice.at(4).give(Input::SendFailed { peer: peer(1), send: have });

    assert_eq!(messages(&actions).count(), 0);
}

#[test]
fn a_full_session_makes_room_for_who_has_what_its_members_lack() {
    let limits = Limits { session_members: 1, ..Limits::default() };
    let mut alice = Driver::within(limits).holding(&Held::NETWORK).with_peers(2);
    let (apple, pear) = (block(1, 9_000), block(2, 9_000).0);
    alice.give(call(1, &[apple.0, pear]));
    alice.at(1).receive_block(1, &apple);
    alice.at(2).receive_presence(1, pear, BlockPresence::DontHave);

    alice.at(3).receive_presence(2, pear, BlockPresence::Have);

    let asked = alice.engine.open_wants(alice.now, 0, 1)[0].asked.clone();
    let asked = asked.iter().find(|asked| asked.peer == peer(2)).expect("a broadcast");
    assert_eq!((asked.kind, asked.open), (WantKind::Block, true));
}
