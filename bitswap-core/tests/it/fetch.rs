//! Getting blocks: one peer, several, none, later.

use bitswap_core::wire::{BlockPresence, Dialect, Entry, LeftOut, Message};
use bitswap_core::{
    Action, AskOutcome, Block, CallId, CallOptions, Engine, Failure, Input, SessionId, Speaks,
    StoreFault, Timestamp,
};
use cid::Cid;

use crate::cast::{SPEAKS, act, at, block, call, connected, engine, nothing_here, peer};
use crate::pair::Pair;

const ALICE: usize = 0;
const BOB: usize = 1;
const CAROL: usize = 2;

#[test]
fn a_block_comes_from_the_peer_that_has_it() {
    let mut pair = Pair::of(3);
    let apple = block(1, 5_000);
    pair.store(CAROL, &apple);

    pair.happen(ALICE, call(1, &[apple.0]));

    assert_eq!(pair.delivered, [(ALICE, CallId(1), apple.0)]);
    assert_eq!(pair.finished, [(ALICE, CallId(1))]);
    let sent = pair.engines[CAROL].account(&peer(ALICE as u64)).map(|account| account.sent_to);
    let got = pair.engines[ALICE].account(&peer(CAROL as u64)).map(|a| a.received_from);
    assert_eq!((sent, got), (Some(5_000), Some(5_000)));
}

#[test]
fn a_small_block_comes_in_answer_to_want_have() {
    let mut pair = Pair::of(2);
    let apple = block(1, 500);
    pair.store(BOB, &apple);

    pair.happen(ALICE, call(1, &[apple.0]));

    assert_eq!(pair.delivered.len(), 1);
    assert_eq!(pair.engines[ALICE].stats().client.block_asks, 0);
}

#[test]
fn small_blocks_come_once_from_the_only_peer() {
    let mut pair = Pair::of(2);
    // More than one message of them, so that the first makes its sender a member too early.
    let blocks: Vec<_> = (0..200).map(|name| block(name, 1_000)).collect();
    for block in &blocks {
        pair.store(BOB, block);
    }
    let cids: Vec<_> = blocks.iter().map(|block| block.0).collect();

    pair.happen(ALICE, call(1, &cids));

    let client = pair.engines[ALICE].stats().client;
    assert_eq!((client.wanted.blocks, client.duplicate.blocks), (200, 0));
}

#[test]
fn an_empty_block_is_a_block() {
    let mut pair = Pair::of(2);
    let none = Block::sha2_256(bytes::Bytes::new()).expect("small");
    let nothing = (Cid::new_v1(0x55, *none.multihash()), none);
    pair.store(BOB, &nothing);

    pair.happen(ALICE, call(1, &[nothing.0]));

    assert_eq!(pair.delivered, [(ALICE, CallId(1), nothing.0)]);
}

#[test]
fn many_blocks_from_three_peers_come_once_each() {
    let mut pair = Pair::of(4);
    let blocks: Vec<_> = (0..400).map(|name| block(name, 2_000)).collect();
    for server in 1..4 {
        for block in &blocks {
            pair.store(server, block);
        }
    }
    let cids: Vec<_> = blocks.iter().map(|block| block.0).collect();

    pair.happen(ALICE, call(1, &cids));

    assert_eq!(pair.delivered.len(), 400);
    let stats = pair.engines[ALICE].stats();
    assert_eq!(stats.client.wanted.blocks, 400);
    assert_eq!((stats.client.duplicate.blocks, stats.client.unasked.blocks), (0, 0));
    assert_eq!(stats.gauges.wants, 0);
}

#[test]
fn who_answers_after_the_first_is_a_member_all_the_same() {
    let mut pair = Pair::of(4);
    // Small enough to come in answer to the broadcast: one is first, two are late.
    let root = block(99, 100);
    let leaves: Vec<_> = (0..60).map(|name| block(name, 2_000)).collect();
    for server in 1..4 {
        pair.store(server, &root);
        for block in &leaves {
            pair.store(server, block);
        }
    }

    pair.happen(ALICE, call(1, &[root.0]));
    let cids: Vec<_> = leaves.iter().map(|block| block.0).collect();
    pair.happen(ALICE, call(2, &cids));

    assert_eq!(pair.delivered.len(), 61);
    let have_asks = pair.engines[ALICE].stats().client.have_asks;
    assert_eq!(have_asks, 3, "plain probes nobody, so only the broadcast");
    let members = (1..4).filter(|n| pair.engines[*n].stats().server.blocks_sent.blocks > 0).count();
    assert_eq!(members, 3);
}

#[test]
fn late_answers_are_worth_hashing_until_their_session_ends() {
    let mut pair = Pair::of(2);
    let apple = block(1, 100);
    pair.store(BOB, &apple);
    pair.happen(ALICE, call(1, &[apple.0]));
    assert_eq!(pair.engines[ALICE].open_hashes(), [(0x12, 32)]);
    pair.happen(ALICE, Input::SessionClosed { session: SessionId(1) });
    assert_eq!(pair.engines[ALICE].open_hashes(), []);
}

#[test]
fn nothing_is_left_behind_after_a_fetch() {
    let mut pair = Pair::of(3);
    let blocks: Vec<_> = (0..50).map(|name| block(name, 2_000)).collect();
    for block in &blocks {
        pair.store(BOB, block);
    }
    let cids: Vec<_> = blocks.iter().map(|block| block.0).collect();

    pair.happen(ALICE, call(1, &cids));
    pair.happen(ALICE, Input::SessionClosed { session: SessionId(1) });
    pair.pass(at(100));

    for engine in &pair.engines {
        let gauges = engine.stats().gauges;
        assert_eq!((gauges.wants, gauges.requests, gauges.tasks, gauges.sessions), (0, 0, 0, 0));
        assert_eq!((gauges.outstanding_bytes, gauges.searches, gauges.calls), (0, 0, 0));
    }
    assert_eq!(pair.engines[ALICE].next_deadline(), None);
}

#[test]
fn a_session_asks_for_less_than_a_server_remembers() {
    let mut alice = engine();
    act(&mut alice, at(0), connected(1));
    let cids: Vec<_> = (0..2_000).map(|name| block(name, 9).0).collect();
    let options = CallOptions { credit: 2_000, ..CallOptions::default() };
    let (session, call) = (SessionId(1), CallId(1));

    let actions = act(&mut alice, at(0), Input::CallOpened { session, call, cids, options });
    let actions = nothing_here(&mut alice, at(0), &actions);

    assert_eq!(alice.stats().gauges.wants, 512);
    let sent = actions.iter().find_map(|action| match action {
        Action::Send { message, .. } => Some(message.entries.len()),
        _ => None,
    });
    assert_eq!(sent, Some(64), "the others wait until somebody has answered");
}

#[test]
fn a_block_of_our_own_is_not_asked_for() {
    let mut pair = Pair::of(2);
    let apple = block(1, 5_000);
    pair.store(ALICE, &apple);

    pair.happen(ALICE, call(1, &[apple.0]));

    assert_eq!(pair.delivered, [(ALICE, CallId(1), apple.0)]);
    assert_eq!(pair.messages, []);
}

#[test]
fn two_calls_for_one_block_cost_one_transfer() {
    let mut pair = Pair::of(2);
    let apple = block(1, 5_000);

    pair.happen(ALICE, call(1, &[apple.0]));
    pair.happen(ALICE, crate::cast::call_in(2, 2, &[apple.0, apple.0]));
    pair.store(BOB, &apple);
    pair.happen(BOB, Input::BlocksAdded { blocks: vec![apple.clone()] });

    assert_eq!(pair.delivered.len(), 2);
    assert_eq!(pair.engines[BOB].stats().server.blocks_sent.blocks, 1);
}

#[test]
fn a_block_that_appears_later_is_sent_to_those_who_wait() {
    let mut pair = Pair::of(2);
    let apple = block(1, 5_000);

    pair.happen(ALICE, call(1, &[apple.0]));
    assert_eq!(pair.delivered, []);
    pair.store(BOB, &apple);
    pair.happen(BOB, Input::BlocksAdded { blocks: vec![apple.clone()] });

    assert_eq!(pair.delivered, [(ALICE, CallId(1), apple.0)]);
}

#[test]
fn a_peer_that_comes_later_is_asked_for_what_is_searched() {
    let mut pair = Pair::of(2);
    pair.happen(ALICE, Input::PeerDisconnected { peer: peer(BOB as u64) });
    let apple = block(1, 5_000);
    pair.store(BOB, &apple);

    pair.happen(ALICE, call(1, &[apple.0]));
    assert_eq!(pair.delivered, []);
    pair.connect(ALICE, BOB);

    assert_eq!(pair.delivered, [(ALICE, CallId(1), apple.0)]);
}

#[test]
fn a_call_ends_when_its_time_is_over() {
    let mut pair = Pair::of(2);
    let timeout = Some(std::time::Duration::from_secs(3));
    let options = CallOptions { credit: 9, timeout, ..CallOptions::default() };
    let cids = vec![block(1, 9).0, block(2, 9).0];

    let (session, call) = (SessionId(1), CallId(1));
    pair.happen(ALICE, Input::CallOpened { session, call, cids, options });
    pair.pass(at(10_000));

    assert_eq!(pair.failed, vec![(ALICE, call, Failure::TimedOut); 2]);
    assert_eq!(pair.finished, [(ALICE, call)]);
    assert_eq!(pair.engines[BOB].stats().gauges.requests, 0);
}

#[test]
fn a_silent_peer_is_passed_over_for_one_that_answers() {
    let mut pair = Pair::of(3);
    let apple = block(1, 5_000);
    pair.store(BOB, &apple);
    pair.store(CAROL, &apple);
    pair.happen(ALICE, call(1, &[apple.0]));
    assert_eq!(pair.delivered.len(), 1);

    // Who delivered falls silent: it still looks connected, and its store hangs.
    let silent = if pair.engines[BOB].stats().server.blocks_sent.blocks == 1 { BOB } else { CAROL };
    let other = BOB + CAROL - silent;
    let pear = block(2, 5_000);
    pair.store(other, &pear);
    pair.happen(ALICE, call(2, &[pear.0]));
    pair.pass(at(30_000));

    assert_eq!(pair.delivered.last(), Some(&(ALICE, CallId(2), pear.0)));
}

#[test]
fn a_peer_that_is_always_still_looking_is_waited_for_no_longer_than_a_want_lives() {
    let (mut alice, apple) = (engine(), block(1, 5_000).0);
    let speaks = Speaks { dialect: Dialect::Relay, ..SPEAKS };
    act(&mut alice, at(0), Input::PeerConnected { peer: peer(1), speaks });
    let reads = act(&mut alice, at(0), call(1, &[apple]));
    let asks = nothing_here(&mut alice, at(0), &reads);
    let want_id = want_id(&asks).expect("it may be passed on");
    land(&mut alice, at(0), asks);

    let near = BlockPresence::Reachable { hops: 1, want_id };
    let asks = says(&mut alice, at(0), apple, near);
    land(&mut alice, at(0), asks);
    let mut waited_until = at(0);
    for second in 1..=30 {
        let looking = BlockPresence::Searching { for_ms: u32::MAX, want_id };
        let actions = says(&mut alice, at(second * 1_000), apple, looking);
        land(&mut alice, at(second * 1_000), actions);
        if alice.stats().client.asks_ended[AskOutcome::DontHave as usize] == 0 {
            waited_until = at(second * 1_000);
        }
    }
    assert_eq!(waited_until, at(9_000));
}

#[test]
fn while_nobody_keeps_a_promise_more_are_asked_each_time() {
    let (mut alice, apple) = (engine(), block(1, 5_000).0);
    for n in 1..=30 {
        act(&mut alice, at(0), connected(n));
    }
    let reads = act(&mut alice, at(0), call(1, &[apple]));
    let asks = nothing_here(&mut alice, at(0), &reads);
    land(&mut alice, at(0), asks);
    for n in 1..=30 {
        let actions = said_by(&mut alice, at(0), n, apple, BlockPresence::Have);
        land(&mut alice, at(0), actions);
    }

    let mut asked = vec![alice.stats().client.block_asks];
    while let Some(now) = alice.next_deadline().filter(|now| *now < at(60_000)) {
        let actions = act(&mut alice, now, Input::DeadlineReached);
        land(&mut alice, now, actions);
        asked.push(alice.stats().client.block_asks);
    }
    asked.dedup();
    assert_eq!(asked, [1, 5, 25, 30]);
}

#[test]
fn who_broke_their_word_is_not_asked_once_another_kept_theirs() {
    let (mut alice, fruit) = (engine(), [block(1, 5_000), block(2, 5_000)]);
    for n in 1..=2 {
        act(&mut alice, at(0), connected(n));
    }
    let reads = act(&mut alice, at(0), call(1, &[fruit[0].0]));
    let asks = nothing_here(&mut alice, at(0), &reads);
    land(&mut alice, at(0), asks);
    for n in 1..=2 {
        let actions = said_by(&mut alice, at(0), n, fruit[0].0, BlockPresence::Have);
        land(&mut alice, at(0), actions);
    }
    // Bob is silent, then Carol is asked.
    let now = alice.next_deadline().expect("Bob is waited for");
    let actions = act(&mut alice, now, Input::DeadlineReached);
    land(&mut alice, now, actions);
    let message = Message { blocks: vec![fruit[0].clone()], ..Message::default() };
    let left_out = LeftOut::default();
    act(&mut alice, now, Input::MessageReceived { peer: peer(2), message, left_out });

    let reads = act(&mut alice, now, call(2, &[fruit[1].0]));
    let asks = nothing_here(&mut alice, now, &reads);
    let asked = asks.iter().filter_map(|action| match action {
        Action::Send { peer, message, .. } if !message.entries.is_empty() => Some(*peer),
        _ => None,
    });
    assert_eq!(asked.collect::<Vec<_>>(), [peer(2)]);
}

#[test]
fn a_slow_caller_stops_only_itself() {
    let mut pair = Pair::of(2);
    let blocks: Vec<_> = (0..10).map(|name| block(name, 2_000)).collect();
    for block in &blocks {
        pair.store(BOB, block);
    }
    let cids: Vec<_> = blocks.iter().map(|block| block.0).collect();
    let options = CallOptions { credit: 3, ..CallOptions::default() };
    let (session, slow) = (SessionId(1), CallId(1));

    pair.happen(ALICE, Input::CallOpened { session, call: slow, cids: cids.clone(), options });
    assert_eq!(pair.delivered.len(), 3);
    pair.happen(ALICE, call(2, &cids[5..]));
    assert_eq!(pair.finished, [(ALICE, CallId(2))]);

    pair.happen(ALICE, Input::CallDemand { call: slow, blocks: 7 });
    assert_eq!(pair.finished, [(ALICE, CallId(2)), (ALICE, slow)]);
}

#[test]
fn a_store_that_refuses_fails_the_call_with_its_own_words() {
    let mut alice = engine();
    let apple = block(1, 5_000);
    act(&mut alice, at(0), connected(1));
    let actions = act(&mut alice, at(0), call(1, &[apple.0]));
    nothing_here(&mut alice, at(0), &actions);
    let message = Message { blocks: vec![apple.clone()], ..<_>::default() };
    let left_out = <_>::default();
    let input = Input::MessageReceived { peer: peer(1), message, left_out };
    let actions = act(&mut alice, at(1), input);
    let write = actions.iter().find_map(|action| match action {
        Action::Write { write, .. } => Some(*write),
        _ => None,
    });

    let full = StoreFault("the disk is full".into());
    let outcome = Err(full.clone());
    let write = write.expect("the block is stored first");
    let actions = act(&mut alice, at(2), Input::WriteDone { write, outcome });

    let why = Failure::Store(full);
    let call = CallId(1);
    let fail = Action::Fail { call, cid: apple.0, why };
    assert_eq!(actions, [fail, Action::Finish { call }]);
}

#[test]
fn one_want_block_is_in_flight_for_two_sessions() {
    let mut alice = engine();
    let apple = block(1, 5_000);
    for other in 1..4 {
        act(&mut alice, at(0), connected(other));
    }
    let actions = act(&mut alice, at(0), call(1, &[apple.0]));
    nothing_here(&mut alice, at(0), &actions);
    act(&mut alice, at(0), crate::cast::call_in(2, 2, &[apple.0]));
    for other in 1..4 {
        let presences = vec![(apple.0, BlockPresence::Have)];
        let message = Message { presences, ..<_>::default() };
        let left_out = <_>::default();
        act(&mut alice, at(1), Input::MessageReceived { peer: peer(other), message, left_out });
    }

    assert_eq!(alice.stats().client.block_asks, 1);
    assert_eq!(alice.stats().client.haves, 3);
}

/// Bob says something about what he is asked.
fn says(alice: &mut Engine, now: Timestamp, cid: Cid, said: BlockPresence) -> Vec<Action> {
    said_by(alice, now, 1, cid, said)
}

/// A peer says something about what it is asked.
fn said_by(
    alice: &mut Engine,
    now: Timestamp,
    n: u64,
    cid: Cid,
    said: BlockPresence,
) -> Vec<Action> {
    let message = Message { presences: vec![(cid, said)], ..Message::default() };
    let left_out = LeftOut::default();
    act(alice, now, Input::MessageReceived { peer: peer(n), message, left_out })
}

/// All that is to be written is written.
fn land(alice: &mut Engine, now: Timestamp, actions: Vec<Action>) {
    for action in actions {
        if let Action::Send { peer, send, .. } = action {
            let after = act(alice, now, Input::Sent { peer, send });
            land(alice, now, after);
        }
    }
}

fn want_id(actions: &[Action]) -> Option<u64> {
    actions.iter().find_map(|action| match action {
        Action::Send { message, .. } => message.entries.iter().find_map(|entry| match entry {
            Entry::Want { reach, .. } => Some((*reach)?.want_id),
            Entry::Cancel { .. } => None,
        }),
        _ => None,
    })
}
