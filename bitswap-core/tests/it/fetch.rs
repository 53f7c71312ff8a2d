//! Getting blocks: from one peer, from several, from none, and later.

use bitswap_core::testing::Held::{self, Writes};
use bitswap_core::testing::{
    Driver, Net, at, block, blocks, call, call_in, cids_of, entries, peer,
};
use bitswap_core::wire::{BlockPresence, Entry, ProtocolVersion};
use bitswap_core::{
    Action, AskOutcome, Block, CallId, CallOptions, DeadlineReason, Failure, Input, NewCall,
    SessionId, StoreFault,
};
use cid::Cid;

const ALICE: usize = 0;
const BOB: usize = 1;
const CAROL: usize = 2;

#[test]
fn a_block_comes_from_the_peer_that_has_it() {
    let mut net = Net::of(3);
    let apple = block(1, 5_000);
    net.store(CAROL, &apple);

    net.give(ALICE, call(1, &[apple.0]));

    assert_eq!(net.delivered, [(ALICE, CallId(1), apple.0)]);
    assert_eq!(net.finished, [(ALICE, CallId(1))]);
    let sent = net.engine(CAROL).account(&peer(ALICE as u64)).map(|account| account.sent_to);
    let got = net.engine(ALICE).account(&peer(CAROL as u64)).map(|a| a.received_from);
    assert_eq!((sent, got), (Some(5_000), Some(5_000)));
}

#[test]
fn a_small_block_comes_in_answer_to_want_have() {
    let mut net = Net::of(2);
    let apple = block(1, 500);
    net.store(BOB, &apple);

    net.give(ALICE, call(1, &[apple.0]));

    assert_eq!(net.delivered.len(), 1);
    assert_eq!(net.engine(ALICE).stats().client.block_asks, 0);
}

#[test]
fn small_blocks_come_once_from_the_only_peer() {
    let mut net = Net::of(2);
    // More than one message of them, so that the first makes its sender a member too early.
    let blocks = blocks(0..200, 1_000);
    net.store_all(BOB, &blocks);
    let cids = cids_of(&blocks);

    net.give(ALICE, call(1, &cids));

    let client = net.engine(ALICE).stats().client;
    assert_eq!((client.wanted.blocks, client.duplicate.blocks), (200, 0));
}

#[test]
fn an_empty_block_is_a_block() {
    let mut net = Net::of(2);
    let none = Block::sha2_256(bytes::Bytes::new()).expect("small");
    let nothing = (Cid::new_v1(0x55, *none.multihash()), none);
    net.store(BOB, &nothing);

    net.give(ALICE, call(1, &[nothing.0]));

    assert_eq!(net.delivered, [(ALICE, CallId(1), nothing.0)]);
}

#[test]
fn many_blocks_from_three_peers_come_once_each() {
    let mut net = Net::of(4);
    let blocks = blocks(0..400, 2_000);
    for server in 1..4 {
        net.store_all(server, &blocks);
    }
    let cids = cids_of(&blocks);

    net.give(ALICE, call(1, &cids));

    assert_eq!(net.delivered.len(), 400);
    let stats = net.engine(ALICE).stats();
    assert_eq!(stats.client.wanted.blocks, 400);
    assert_eq!((stats.client.duplicate.blocks, stats.client.unasked.blocks), (0, 0));
    assert_eq!(stats.gauges.wants, 0);
}

#[test]
fn who_answers_after_the_first_is_a_member_all_the_same() {
    let mut net = Net::of(4);
    // Small enough to come in answer to the broadcast: one is first, two are late.
    let root = block(99, 100);
    let leaves = blocks(0..60, 2_000);
    for server in 1..4 {
        net.store(server, &root);
        net.store_all(server, &leaves);
    }

    net.give(ALICE, call(1, &[root.0]));
    let cids = cids_of(&leaves);
    net.give(ALICE, call(2, &cids));

    assert_eq!(net.delivered.len(), 61);
    let have_asks = net.engine(ALICE).stats().client.have_asks;
    assert_eq!(have_asks, 3, "plain probes nobody, so only the broadcast");
    let members = (1..4).filter(|n| net.engine(*n).stats().server.blocks_sent.blocks > 0).count();
    assert_eq!(members, 3);
}

#[test]
fn late_answers_are_worth_hashing_until_their_session_ends() {
    let mut net = Net::of(2);
    let apple = block(1, 100);
    net.store(BOB, &apple);
    net.give(ALICE, call(1, &[apple.0]));
    assert_eq!(net.engine(ALICE).open_hashes(), [(0x12, 32)]);
    net.give(ALICE, Input::SessionClosed { session: SessionId(1) });
    assert_eq!(net.engine(ALICE).open_hashes(), []);
}

#[test]
fn nothing_is_left_behind_after_a_fetch() {
    let mut net = Net::of(3);
    let blocks = blocks(0..50, 2_000);
    net.store_all(BOB, &blocks);
    let cids = cids_of(&blocks);

    net.give(ALICE, call(1, &cids));
    net.give(ALICE, Input::SessionClosed { session: SessionId(1) });
    net.run_until(at(100));

    for node in &net.nodes {
        let gauges = node.engine.stats().gauges;
        assert_eq!((gauges.wants, gauges.requests, gauges.tasks, gauges.sessions), (0, 0, 0, 0));
        assert_eq!((gauges.outstanding_bytes, gauges.searches, gauges.calls), (0, 0, 0));
    }
    assert_eq!(net.engine(ALICE).next_deadline(), None);
}

#[test]
fn a_session_asks_for_less_than_a_server_remembers() {
    let mut alice = Driver::default().holding(&Held::NETWORK).with_peers(1);
    let cids = cids_of(&blocks(0..2_000, 9));
    let options = CallOptions { credit: 2_000, ..CallOptions::default() };
    let (session, call) = (SessionId(1), CallId(1));

    alice.give(Input::from(NewCall { session, call, cids, options }));

    let sent = alice.sent_to(1).next().map(|message| message.entries.len());
    assert_eq!(sent, Some(64), "the others wait until somebody has answered");
}

#[test]
fn a_block_of_our_own_is_not_asked_for() {
    let mut net = Net::of(2);
    let apple = block(1, 5_000);
    net.store(ALICE, &apple);

    net.give(ALICE, call(1, &[apple.0]));

    assert_eq!(net.delivered, [(ALICE, CallId(1), apple.0)]);
    assert_eq!(net.messages, []);
}

#[test]
fn two_calls_for_one_block_cost_one_transfer() {
    let mut net = Net::of(2);
    let apple = block(1, 5_000);

    net.give(ALICE, call(1, &[apple.0]));
    net.give(ALICE, call_in(2, 2, &[apple.0, apple.0]));
    net.store(BOB, &apple);
    net.give(BOB, Input::BlocksAdded { blocks: vec![apple.clone()] });

    assert_eq!(net.delivered.len(), 2);
    assert_eq!(net.engine(BOB).stats().server.blocks_sent.blocks, 1);
}

#[test]
fn a_block_that_appears_later_is_sent_to_those_who_wait() {
    let mut net = Net::of(2);
    let apple = block(1, 5_000);

    net.give(ALICE, call(1, &[apple.0]));
    assert_eq!(net.delivered, []);
    net.store(BOB, &apple);
    net.give(BOB, Input::BlocksAdded { blocks: vec![apple.clone()] });

    assert_eq!(net.delivered, [(ALICE, CallId(1), apple.0)]);
}

#[test]
fn a_peer_that_comes_later_is_asked_for_what_is_searched() {
    let mut net = Net::of(2);
    net.give(ALICE, Input::PeerDisconnected { peer: peer(BOB as u64) });
    let apple = block(1, 5_000);
    net.store(BOB, &apple);

    net.give(ALICE, call(1, &[apple.0]));
    assert_eq!(net.delivered, []);
    net.connect(ALICE, BOB);

    assert_eq!(net.delivered, [(ALICE, CallId(1), apple.0)]);
}

#[test]
fn a_call_ends_when_its_time_is_over() {
    let mut net = Net::of(2);
    let timeout = Some(std::time::Duration::from_secs(3));
    let options = CallOptions { credit: 9, timeout, ..CallOptions::default() };
    let cids = vec![block(1, 9).0, block(2, 9).0];

    let (session, call) = (SessionId(1), CallId(1));
    net.give(ALICE, Input::from(NewCall { session, call, cids, options }));
    net.run_until(at(10_000));

    assert_eq!(net.failed, vec![(ALICE, call, Failure::TimedOut); 2]);
    assert_eq!(net.finished, [(ALICE, call)]);
    assert_eq!(net.engine(BOB).stats().gauges.requests, 0);
}

#[test]
fn a_silent_peer_is_passed_over_for_one_that_answers() {
    let mut net = Net::of(3);
    let apple = block(1, 5_000);
    net.store(BOB, &apple);
    net.store(CAROL, &apple);
    net.give(ALICE, call(1, &[apple.0]));
    assert_eq!(net.delivered.len(), 1);

    // Who delivered falls silent: it still looks connected, and its store hangs.
    let silent = if net.engine(BOB).stats().server.blocks_sent.blocks == 1 { BOB } else { CAROL };
    let other = BOB + CAROL - silent;
    let pear = block(2, 5_000);
    net.store(other, &pear);
    net.give(ALICE, call(2, &[pear.0]));
    net.run_until(at(30_000));

    assert_eq!(net.delivered.last(), Some(&(ALICE, CallId(2), pear.0)));
}

#[test]
fn a_peer_that_is_always_still_looking_is_waited_for_no_longer_than_a_want_lives() {
    let (mut alice, apple) = (Driver::default(), block(1, 5_000).0);
    alice.connect_as(1, ProtocolVersion::Relay);
    let reaches = entries(&alice.give(call(1, &[apple]))).into_iter().map(|entry| match entry {
        Entry::Want { relay, .. } => relay,
        Entry::Cancel { .. } => None,
    });
    let want_id = reaches.flatten().next().expect("it may be passed on").want_id;

    alice.receive_presence(1, apple, BlockPresence::Reachable { hops: 1, want_id });
    let mut waited_until = at(0);
    for second in 1..=30 {
        let looking = BlockPresence::Searching { for_ms: u32::MAX, want_id };
        alice.at(second * 1_000).receive_presence(1, apple, looking);
        if alice.engine.stats().client.asks_ended[AskOutcome::DontHave as usize] == 0 {
            waited_until = at(second * 1_000);
        }
    }
    assert_eq!(waited_until, at(9_000));
}

#[test]
fn who_broke_their_word_is_not_asked_once_another_kept_theirs() {
    let mut alice = Driver::default().with_peers(2);
    let fruit = [block(1, 5_000), block(2, 5_000)];
    alice.give(call(1, &[fruit[0].0]));
    for n in 1..=2 {
        alice.receive_presence(n, fruit[0].0, BlockPresence::Have);
    }
    // Bob is silent, then Carol is asked.
    alice.reach(DeadlineReason::DontHaveTimeout);
    alice.hold(&Held::NETWORK);
    alice.receive_block(2, &fruit[0]);

    let asks = alice.give(call(2, &[fruit[1].0]));
    let asked = asks.iter().filter_map(|action| match action {
        Action::Send { peer, message, .. } if !message.entries.is_empty() => Some(*peer),
        _ => None,
    });
    assert_eq!(asked.collect::<Vec<_>>(), [peer(2)]);
}

#[test]
fn a_slow_caller_stops_only_itself() {
    let mut net = Net::of(2);
    let blocks = blocks(0..10, 2_000);
    net.store_all(BOB, &blocks);
    let cids = cids_of(&blocks);
    let options = CallOptions { credit: 3, ..CallOptions::default() };
    let (session, slow) = (SessionId(1), CallId(1));

    net.give(ALICE, Input::from(NewCall { session, call: slow, cids: cids.clone(), options }));
    assert_eq!(net.delivered.len(), 3);
    net.give(ALICE, call(2, &cids[5..]));
    assert_eq!(net.finished, [(ALICE, CallId(2))]);

    net.give(ALICE, Input::CallDemand { call: slow, blocks: 7 });
    assert_eq!(net.finished, [(ALICE, CallId(2)), (ALICE, slow)]);
}

#[test]
fn a_store_that_refuses_fails_the_call_with_its_own_words() {
    let mut alice = Driver::default().holding(&[Held::Sends, Writes]).with_peers(1);
    let apple = block(1, 5_000);
    alice.give(call(1, &[apple.0]));
    let actions = alice.at(1).receive_block(1, &apple);
    let write = actions.iter().find_map(|action| match action {
        Action::Write { write, .. } => Some(*write),
        _ => None,
    });

    let full = StoreFault("the disk is full".into());
    let outcome = Err(full.clone());
    let write = write.expect("the block is stored first");
    let actions = alice.at(2).give(Input::WriteDone { write, outcome });

    let why = Failure::Store(full);
    let call = CallId(1);
    let fail = Action::Fail { call, cid: apple.0, why };
    assert_eq!(actions, [fail, Action::Finish { call }]);
}

#[test]
fn one_want_block_is_in_flight_for_two_sessions() {
    let mut alice = Driver::default().holding(&Held::NETWORK).with_peers(3);
    let apple = block(1, 5_000).0;
    alice.give(call(1, &[apple]));
    alice.give(call_in(2, 2, &[apple]));
    for other in 1..4 {
        alice.at(1).receive_presence(other, apple, BlockPresence::Have);
    }

    assert_eq!(alice.engine.stats().client.block_asks, 1);
    assert_eq!(alice.engine.stats().client.haves, 3);
}
