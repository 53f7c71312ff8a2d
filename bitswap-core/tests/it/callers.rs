//! Deliveries and failures of callers, whatever other callers, the local store and peers do.

use std::time::Duration;

use bitswap_core::testing::Held::Reads;
use bitswap_core::testing::{Driver, at, block, blocks, call, call_in, cids_of};
use bitswap_core::wire::BlockPresence::{DontHave, Have};
use bitswap_core::wire::Entry;
use bitswap_core::{
    Action, AskOutcome, CallId, CallOptions, Failure, Input, Limits, NewCall, ReadAnswer, SessionId,
};
use cid::Cid;

#[test]
fn a_want_of_two_sessions_is_decided_about_when_one_gives_up() {
    let mut alice = Driver::default().with_peers(1);
    let apple = block(1, 9_000).0;
    alice.want(1, &[apple]);
    alice.give(call_in(2, 2, &[apple]));
    alice.cancel(1);
    assert_eq!(alice.engine.violation(), None);
    alice.receive_presence(1, apple, Have);
    assert!(alice.asked_for_block(1, apple));
}

#[test]
fn what_a_call_had_not_begun_fails_with_the_rest_when_its_time_is_over() {
    let mut alice = Driver::default().holding(&[Reads]);
    let cids = cids_of(&blocks(1..=3, 9_000));
    let timeout = Some(Duration::from_secs(3));
    let options = CallOptions { credit: 1, timeout, ..CallOptions::default() };
    let (session, call) = (SessionId(1), CallId(1));
    let input = Input::from(NewCall { session, call, cids: cids.clone(), options });
    alice.give(input);

    let ended = alice.at(3_000).give(Input::DeadlineReached);

    let why = Failure::TimedOut;
    let failed = |cid: &Cid| Action::Fail { call, cid: *cid, why: why.clone() };
    assert!(cids.iter().all(|cid| ended.contains(&failed(cid))), "{ended:?}");
}

#[test]
fn a_block_that_is_put_is_delivered_to_those_who_want_it() {
    let mut alice = Driver::default().with_peers(1);
    let apple = block(1, 9_000);
    alice.want(1, &[apple.0]);
    alice.give(Input::BlocksAdded { blocks: vec![apple] });
    assert_eq!(alice.delivered(), 1);
}

#[test]
fn other_bytes_than_those_that_are_wanted_are_not_delivered() {
    let mut alice = Driver::default().holding(&[Reads]);
    let (apple, pear) = (block(1, 9_000), block(2, 9_000));
    let reads = alice.give(call(1, &[apple.0]));
    let [Action::Read { read, .. }] = reads[..] else {
        panic!("our own store is asked first: {reads:?}");
    };
    let answers = vec![ReadAnswer::Block(pear.1)];
    let actions = alice.give(Input::ReadDone { read, answers });
    assert!(!actions.iter().any(|action| matches!(action, Action::Deliver { .. })));
    assert_eq!(alice.engine.stats().server.store_faults, 1);
}

#[test]
fn a_call_that_waits_for_room_gets_what_our_own_store_has() {
    let mut alice = Driver::within(Limits { open_wants: 1, ..Limits::default() }).with_peers(1);
    let [apple, pear, plum, fig] = [1, 2, 3, 4].map(|name| block(name, 9_000));
    alice.store_all(&[pear.clone(), fig.clone()]);
    alice.want(1, &[apple.0]);
    let options = CallOptions { credit: 1, ..CallOptions::default() };
    let (session, call, cids) = (SessionId(1), CallId(2), vec![plum.0, pear.0, fig.0]);
    alice.give(Input::from(NewCall { session, call, cids, options }));
    assert_eq!((alice.delivered(), alice.engine.gauges().cids_without_room), (1, 0));
    alice.give(Input::CallDemand { call, blocks: 9 });
    let gauges = alice.engine.gauges();
    assert_eq!((alice.delivered(), gauges.wants, gauges.cids_without_room), (2, 1, 1));
    alice.receive_block(1, &apple);
    assert_eq!(alice.engine.interested_in(&plum.0), 1);
    assert_eq!(alice.engine.gauges().cids_without_room, 0);
}

#[test]
fn our_own_store_is_asked_once_and_a_little_at_a_time_for_what_waits_for_room() {
    let mut alice = Driver::within(Limits { open_wants: 1, ..Limits::default() });
    let cids = cids_of(&blocks(0..=40, 9_000));
    alice.want(1, &cids[..1]);
    let begin = alice.log.len();
    alice.hold(&[Reads]);
    for (id, cids) in (2..).zip(cids[1..].chunks(2)) {
        alice.give(call(id, cids));
    }
    alice.release();
    let reads = alice.log[begin..].iter().filter_map(|action| match action {
        Action::Read { items, .. } => Some(items.len()),
        _ => None,
    });
    assert_eq!(reads.collect::<Vec<_>>(), [1, 16, 16, 7]);
}

#[test]
fn a_want_has_the_highest_priority_that_any_caller_gives_it() {
    let mut alice = Driver::default().with_peers(1);
    let [apple, pear] = [1, 2].map(|name| block(name, 9_000).0);
    for (id, cid, priority) in [(1, apple, 0), (2, pear, 5), (3, apple, 9)] {
        let options = CallOptions { credit: 9, priority, ..CallOptions::default() };
        let (session, call, cids) = (SessionId(1), CallId(id), vec![cid]);
        alice.give(Input::from(NewCall { session, call, cids, options }));
    }
    alice.receive_presences(1, &[apple, pear], Have);
    let last = alice.sent_to(1).last().map(|message| message.entries.iter().map(Entry::cid));
    assert_eq!(last.map(|cids| cids.copied().collect()), Some(vec![apple, pear]));
}

#[test]
fn what_a_peer_said_is_forgotten_when_it_is_asked_again() {
    let mut alice = Driver::default().with_peers(1);
    let apple = block(1, 9_000).0;
    let said = |alice: &Driver| alice.engine.open_wants(at(0), 0, 1)[0].asked[0].has;
    alice.want(1, &[apple]);
    alice.receive_presence(1, apple, DontHave);
    assert_eq!((alice.wants_sent_to(1), said(&alice)), (1, Some(false)));
    alice.pass_secs(60);
    assert_eq!((alice.wants_sent_to(1), said(&alice)), (2, None));
}

#[test]
fn have_is_no_answer_to_who_asked_for_the_block() {
    let mut alice = Driver::default().with_peers(1);
    let apple = block(1, 9_000).0;
    alice.want(1, &[apple]);
    alice.receive_presence(1, apple, Have);
    alice.receive_presence(1, apple, Have);
    alice.pass_secs(10);
    let ended = alice.engine.stats().client.asks_ended;
    assert_eq!(ended[AskOutcome::Have as usize], 1);
    assert_eq!(ended[AskOutcome::TimedOut as usize], 1);
}
