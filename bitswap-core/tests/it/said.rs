//! Messages: answers, the order of wants, and what follows a lost message.

use bitswap_core::strategy::plain;
use bitswap_core::testing::Held::{Sends, Writes};
use bitswap_core::testing::{Driver, SPEAKS, block, peer};
use bitswap_core::wire::{BlockPresence, Entry, Message, ProtocolVersion, WantKind};
use bitswap_core::{
    CallId, CallOptions, EngineConfig, Input, Limits, NewCall, PeerCapabilities, SessionId,
};
use cid::Cid;

#[test]
fn wants_leave_by_priority_and_then_by_age() {
    let mut alice = Driver::default().with_peers(1);
    alice.hold(&[Sends, Writes]);
    alice.want(1, &[block(9, 9_000).0]);
    for (id, priority) in [(2, 0), (3, 5), (4, 5)] {
        let options = CallOptions { credit: 9, priority, ..CallOptions::default() };
        let (session, call, cids) = (SessionId(1), CallId(id), vec![block(id, 9_000).0]);
        alice.give(Input::from(NewCall { session, call, cids, options }));
    }
    alice.release();
    let last = alice.sent_to(1).last().map(|message| message.entries.iter().map(Entry::cid));
    let expected = [3, 4, 2].map(|name| block(name, 9_000).0);
    assert_eq!(last.map(|cids| cids.copied().collect()), Some(expected.to_vec()));
}

#[test]
fn a_peer_is_told_the_priorities_that_callers_give_whatever_they_are() {
    let mut alice = Driver::default().with_peers(1);
    alice.hold(&[Sends, Writes]);
    alice.want(1, &[block(9, 9_000).0]);
    for (id, priority) in [(2, 1_000), (3, i32::MIN), (4, 2_000), (5, i32::MAX), (6, 1_000)] {
        let options = CallOptions { credit: 9, priority, ..CallOptions::default() };
        let (session, call, cids) = (SessionId(1), CallId(id), vec![block(id, 9_000).0]);
        alice.give(Input::from(NewCall { session, call, cids, options }));
    }
    alice.release();
    let expected = [(5, i32::MAX), (4, 2_000), (2, 1_000), (6, 1_000), (3, i32::MIN)];
    assert_eq!(last_wants(&alice), expected.map(|(name, said)| (block(name, 9_000).0, said)));
}

#[test]
fn of_two_wants_the_older_one_is_said_first_also_if_it_is_known_later_whom_to_ask() {
    let mut alice = Driver::default().with_peers(1);
    let [apple, pear, plum] = [1, 2, 3].map(|name| block(name, 9_000).0);
    alice.want(1, &[apple, pear]);
    alice.hold(&[Sends]);
    alice.want(2, &[plum]);
    alice.receive_presence(1, pear, BlockPresence::Have);
    alice.receive_presence(1, apple, BlockPresence::Have);
    alice.release();
    assert_eq!(last_wants(&alice), [(apple, 0), (pear, 0)]);
}

#[test]
fn an_answer_in_a_message_that_was_lost_is_said_again() {
    let mut alice = Driver::default().with_peers(1);
    let apple = block(1, 9_000).0;
    alice.hold(&[Sends, Writes]);
    alice.receive_wants(1, &[apple]);
    alice.lose_sends();
    assert_eq!(alice.presences_sent_to(1), [(apple, BlockPresence::DontHave); 2]);
}

#[test]
fn a_block_that_was_fetched_goes_to_those_who_wait_for_it() {
    let mut alice = Driver::default().with_peers(2);
    let apple = block(1, 9_000);
    alice.receive_wants(2, &[apple.0]);
    alice.want(1, &[apple.0]);
    alice.store(&apple);
    alice.receive_block(1, &apple);
    assert_eq!(alice.blocks_sent_to(2), 1);
}

#[test]
fn who_asked_whether_and_then_for_the_block_gets_the_block() {
    let mut alice = Driver::default().with_peers(1);
    let apple = block(1, 9_000);
    alice.receive(1, wants(&[apple.0], WantKind::Have, true));
    alice.receive(1, wants(&[apple.0], WantKind::Block, true));
    alice.store(&apple);
    alice.give(Input::BlocksAdded { blocks: vec![apple] });
    assert_eq!(alice.blocks_sent_to(1), 1);
}

#[test]
fn a_block_of_the_replace_size_is_sent_instead_of_have_and_a_larger_one_is_not() {
    let mut alice = Driver::default().with_peers(1);
    let fruit = [block(1, 1_024), block(2, 1_025)];
    alice.store_all(&fruit);
    alice.receive(1, wants(&fruit.each_ref().map(|fruit| fruit.0), WantKind::Have, true));
    let presences = alice.presences_sent_to(1);
    assert_eq!((alice.blocks_sent_to(1), presences), (1, vec![(fruit[1].0, BlockPresence::Have)]));
}

#[test]
fn who_asks_again_for_a_no_is_told_no() {
    let mut alice = Driver::default().with_peers(1);
    let apple = block(1, 9_000).0;
    alice.receive(1, wants(&[apple], WantKind::Block, false));
    assert_eq!(alice.sent_to(1).count(), 0);
    alice.receive_wants(1, &[apple]);
    assert_eq!(alice.presences_sent_to(1), [(apple, BlockPresence::DontHave)]);
}

#[test]
fn a_full_list_takes_back_answers_to_what_it_leaves_out() {
    let mut alice = Driver::default().with_peers(1);
    alice.hold(&[Sends, Writes]);
    let [apple, pear, plum] = [1, 2, 3].map(|name| block(name, 9_000));
    alice.receive_wants(1, &[apple.0]);
    alice.store(&pear);
    alice.receive(1, wants(&[pear.0], WantKind::Have, true));
    alice.receive(1, Message { full: true, ..wants(&[plum.0], WantKind::Block, true) });
    alice.release();
    let told: Vec<Cid> = alice.presences_sent_to(1).into_iter().map(|(cid, _)| cid).collect();
    assert_eq!(told, [apple.0, plum.0], "the first was on its way already");
}

#[test]
fn a_message_says_how_many_bytes_still_wait() {
    let mut alice =
        Driver::within(Limits { outstanding_bytes: 1, ..Limits::default() }).with_peers(1);
    let fruit = [1, 2].map(|name| block(name, 20_000));
    alice.store_all(&fruit);
    alice.receive_wants(1, &fruit.each_ref().map(|fruit| fruit.0));
    let waiting: Vec<_> = alice.sent_to(1).map(|message| message.pending_bytes).collect();
    assert_eq!(waiting, [20_000, 0]);
}

#[test]
fn a_block_that_came_twice_is_on_an_account_of_its_own() {
    let mut alice = Driver::default().with_peers(2);
    let apple = block(1, 9_000);
    alice.want(1, &[apple.0]);
    alice.receive_block(1, &apple);
    alice.receive_block(2, &apple);
    let account = alice.engine.account(&peer(2)).expect("it is here");
    assert_eq!((account.duplicate_received_from, account.received_from), (9_000, 0));
}

#[test]
fn no_list_of_a_peer_is_read_where_nobody_is_served_and_its_blocks_are() {
    let config = EngineConfig { serve: false, ..EngineConfig::seeded(7) };
    let mut alice = Driver::new(config, plain::strategies()).with_peers(1);
    let apple = block(1, 9_000);
    alice.want(1, &[apple.0]);
    let message = Message { blocks: vec![apple], ..wants(&[block(2, 9).0], WantKind::Block, true) };
    alice.receive(1, message);
    assert_eq!((alice.delivered(), alice.engine.gauges().requests), (1, 0));
}

#[test]
fn a_peer_that_turns_out_to_speak_otherwise_is_told_anew() {
    let mut alice = Driver::default().with_peers(1);
    let apple = block(1, 9_000).0;
    alice.want(1, &[apple]);
    let capabilities = PeerCapabilities { protocol: ProtocolVersion::Relay, ..SPEAKS };
    alice.give(Input::PeerChanged { peer: peer(1), capabilities });
    alice.pass_secs(1);
    assert_eq!(
        (alice.wants_sent_to(1), alice.sent_to(1).last().map(|last| last.full)),
        (2, Some(true))
    );
}

fn wants(cids: &[Cid], kind: WantKind, send_dont_have: bool) -> Message {
    let want = |cid: &Cid| {
        let (priority, relay) = (1, None);
        Entry::Want { cid: *cid, kind, priority, send_dont_have, relay }
    };
    Message { entries: cids.iter().map(want).collect(), ..Message::default() }
}

/// The wants in the last message to the peer number 1, with their priorities.
fn last_wants(alice: &Driver) -> Vec<(Cid, i32)> {
    let entries = alice.sent_to(1).last().map_or(&[][..], |message| &message.entries);
    let wants = entries.iter().filter_map(|entry| match entry {
        Entry::Want { cid, priority, .. } => Some((*cid, *priority)),
        Entry::Cancel { .. } => None,
    });
    wants.collect()
}
