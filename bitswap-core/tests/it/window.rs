//! For how much a peer is asked at once, and who waits for its room.

use std::time::Duration;

use bitswap_core::testing::Held::Writes;
use bitswap_core::testing::{Driver, blocks, call_in, cids_of, peer};
use bitswap_core::wire::BlockPresence::{DontHave, Have};
use bitswap_core::wire::{Entry, WantKind};
use bitswap_core::{AskOutcome, AskedPeer, Block, CallId, CallOptions, Input, NewCall, SessionId};
use cid::Cid;

/// Blocks of the size that importers make.
const USUAL: usize = 256 * 1024;

#[test]
fn what_a_peer_has_no_room_for_waits_and_is_not_searched_for() {
    let fruit = blocks(0..6, USUAL);
    let mut alice = member_of(1, &fruit);
    assert_eq!(asked_of(&alice, 1, &fruit), 2, "for blocks of an unknown length");
    let before = alice.engine.stats().client;
    for round in 1..4 {
        let next = next_of(&alice, 1, &fruit);
        alice.run_until(alice.now.after(Duration::from_millis(300)));
        alice.receive_block(1, &next);
        let left = fruit.len() - round;
        assert_eq!(asked_of(&alice, 1, &fruit), left.min(2 + round), "more is tried");
    }
    let after = alice.engine.stats().client;
    assert_eq!((after.broadcasts, after.lookups), (before.broadcasts, before.lookups));
}

#[test]
fn wants_are_told_apart_by_what_is_done_about_them() {
    let fruit = blocks(0..6, USUAL);
    let mut alice = member_of(1, &fruit);
    assert_eq!(told_apart(&alice), [6, 2, 4, 0], "the peer has room for two");
    let next = next_of(&alice, 1, &fruit);
    alice.receive_block(1, &next);
    assert_eq!(told_apart(&alice), [5, 3, 2, 0], "it is tried with more");
    alice.disconnect(1);
    let [open, asked, held_back, searched] = told_apart(&alice);
    assert_eq!((open, asked, held_back + searched), (5, 0, 5), "nobody is left to ask");
    assert!(searched > 0, "others are looked for");
    alice.give(Input::CallCancelled { call: CallId(1) });
    alice.give(Input::CallCancelled { call: CallId(2) });
    assert_eq!(told_apart(&alice), [0; 4], "nobody wants them any more");
}

#[test]
fn who_has_room_next_is_asked_for_what_waits() {
    let fruit = blocks(0..9, USUAL);
    let mut alice = member_of(2, &fruit);
    assert_eq!([1, 2].map(|n| asked_of(&alice, n, &fruit)), [2, 2]);
    for n in [2, 2, 1, 2] {
        let next = next_of(&alice, n, &fruit);
        alice.receive_block(n, &next);
        assert!(asked_of(&alice, n, &fruit) >= 2);
    }
}

#[test]
fn nothing_is_asked_for_while_the_store_has_not_taken_what_came() {
    let fruit = blocks(0..80, 1 << 20);
    let mut alice = member_of(1, &fruit).holding(&[Writes]);
    while asked_of(&alice, 1, &fruit) > 0 {
        let next = next_of(&alice, 1, &fruit);
        alice.receive_block(1, &next);
    }
    let left = alice.engine.open_wants(alice.now, 0, usize::MAX).len();
    assert!((16..=47).contains(&left), "32 MiB came, and what was asked for by then: {left} left");
    alice.release();
    assert!(asked_of(&alice, 1, &fruit) > 0);
}

#[test]
fn a_peer_that_left_is_asked_anew_when_it_returns() {
    let fruit = blocks(0..4, USUAL);
    let mut alice = member_of(1, &fruit);
    alice.disconnect(1);
    alice.connect(1);
    alice.receive_presences(1, &cids_of(&fruit), Have);
    assert_eq!(asked_of(&alice, 1, &fruit), 2);
}

#[test]
fn sessions_take_turns_at_a_peer() {
    let all = blocks(0..20, USUAL);
    let (first, second) = all.split_at(10);
    let mut alice = fetching_twice(first, second);
    for _ in 0..8 {
        let next = next_of(&alice, 1, &all);
        alice.receive_block(1, &next);
    }
    let open = alice.engine.open_wants(alice.now, 0, usize::MAX);
    let left = |some: &[Named]| {
        open.iter().filter(|want| some.iter().any(|(cid, _)| *cid == want.cid)).count()
    };
    assert!(left(first).abs_diff(left(second)) <= 2, "{} and {}", left(first), left(second));
}

#[test]
fn who_comes_last_waits_for_one_block() {
    let all = blocks(0..31, USUAL);
    let (many, last) = all.split_at(30);
    let mut alice = fetching_twice(many, last);
    assert_eq!(alice.wanted_of(1, last[0].0), Some(WantKind::Have), "there is no room");
    let next = next_of(&alice, 1, many);
    alice.receive_block(1, &next);
    assert!(is_asked(&alice, 1, last[0].0));
    alice.receive_block(1, &last[0]);
    assert!(asked_of(&alice, 1, many) >= 2, "the others go on");
}

#[test]
fn who_waits_for_room_that_others_have_does_not_search() {
    let all = blocks(0..10, USUAL);
    let mut alice = fetching_twice(&all[..1], &all[1..2]);
    alice.receive_block(1, &all[0]);
    alice.receive_block(1, &all[1]);
    alice.give(call_in(2, 3, &cids_of(&all[2..9])));
    let before = alice.engine.stats().client.broadcasts;
    alice.give(call_in(1, 4, &cids_of(&all[9..])));
    assert!(!is_asked(&alice, 1, all[9].0));
    assert_eq!(alice.engine.stats().client.broadcasts, before);
    let next = next_of(&alice, 1, &all);
    alice.receive_block(1, &next);
    assert!(is_asked(&alice, 1, all[9].0));
}

#[test]
fn who_says_dont_have_is_asked_for_more_at_once() {
    let fruit = blocks(0..60, USUAL);
    let mut alice = member_of(1, &fruit);
    alice.receive_block(1, &fruit[0]);
    let asked: Vec<Named> =
        fruit.iter().filter(|(cid, _)| is_asked(&alice, 1, *cid)).cloned().collect();
    assert_eq!(asked.len(), 3, "one came");
    alice.receive_presences(1, &cids_of(&asked), DontHave);
    assert_eq!(asked_of(&alice, 1, &fruit), 24, "each is as likely as one of eight");
}

#[test]
fn who_is_silent_is_asked_for_no_more_at_once() {
    let fruit = blocks(0..20, USUAL);
    let mut alice = member_of(1, &fruit);
    for _ in 0..30 {
        alice.pass_secs(1);
        assert!(asked_of(&alice, 1, &fruit) <= 2);
    }
}

#[test]
fn as_many_are_asked_for_as_fit_if_a_call_says_how_long_they_are() {
    let fruit = blocks(0..60, 1_024);
    let mut alice = member_of(1, &fruit[..1]);
    let options = CallOptions { credit: 60, block_bytes: Some(64 << 10), ..CallOptions::default() };
    let cids = cids_of(&fruit[1..]);
    alice.give(Input::from(NewCall { session: SessionId(1), call: CallId(2), cids, options }));
    assert_eq!(asked_of(&alice, 1, &fruit), 5, "the first was of 256 KiB for all that was known");
}

#[test]
fn who_answers_in_another_order_passes_nothing_over_within_a_second() {
    let fruit = blocks(0..60, 64);
    let mut alice = member_of(1, &fruit[..1]);
    let options = CallOptions { credit: 60, block_bytes: Some(64), ..CallOptions::default() };
    let cids = cids_of(&fruit[1..]);
    alice.give(Input::from(NewCall { session: SessionId(1), call: CallId(2), cids, options }));
    for block in fruit[2..].iter().rev() {
        alice.receive_block(1, block);
    }
    alice.run_until(alice.now.after(Duration::from_millis(10)));
    let timed_out =
        |alice: &Driver| alice.engine.stats().client.asks_ended[AskOutcome::TimedOut as usize];
    assert_eq!(timed_out(&alice), 1, "what was asked for a second before");
    alice.run_until(alice.now.after(Duration::from_millis(1_090)));
    assert_eq!(timed_out(&alice), 2, "then it serves others, and not these");
}

type Named = (Cid, Block);

/// Alice, who wants these of peers that have the first.
fn member_of(peers: u64, fruit: &[Named]) -> Driver {
    let mut alice = Driver::default().with_peers(peers);
    alice.want(1, &cids_of(&fruit[..1]));
    for n in 1..=peers {
        alice.receive_presence(n, fruit[0].0, Have);
    }
    alice.want(2, &cids_of(&fruit[1..]));
    alice
}

/// Alice, who wants these in two sessions, the first of which is there first, of a peer that has
/// all.
fn fetching_twice(first: &[Named], second: &[Named]) -> Driver {
    let mut alice = Driver::default().with_peers(1);
    for (session, some) in [(2, first), (1, second)] {
        alice.give(call_in(session, session, &cids_of(some)));
        alice.receive_presences(1, &cids_of(some), Have);
    }
    alice
}

/// Wants that are open; of these asked, held back and searched for.
fn told_apart(alice: &Driver) -> [u64; 4] {
    let gauges = alice.engine.gauges();
    [gauges.wants, gauges.asked, gauges.held_back, gauges.searches]
}

fn is_asked(alice: &Driver, n: u64, cid: Cid) -> bool {
    let open = alice.engine.open_wants(alice.now, 0, usize::MAX);
    let asked = open.iter().filter(|want| want.cid == cid).flat_map(|want| &want.asked);
    let is_of_n = |it: &AskedPeer| it.peer == peer(n) && it.open && it.kind == WantKind::Block;
    asked.into_iter().any(is_of_n)
}

fn asked_of(alice: &Driver, n: u64, fruit: &[Named]) -> usize {
    fruit.iter().filter(|(cid, _)| is_asked(alice, n, *cid)).count()
}

/// Of what the peer is asked for, the block that it was asked for first.
fn next_of(alice: &Driver, n: u64, fruit: &[Named]) -> Named {
    let told = alice.sent_to(n).flat_map(|message| &message.entries);
    let told = told.filter_map(|entry| match entry {
        Entry::Want { cid, kind: WantKind::Block, .. } => Some(*cid),
        _ => None,
    });
    let asked = told.filter_map(|cid| fruit.iter().find(|(other, _)| *other == cid));
    asked.into_iter().find(|(cid, _)| is_asked(alice, n, *cid)).expect("one is asked for").clone()
}
