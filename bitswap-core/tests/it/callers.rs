//! What callers get, whatever other callers, our own store and peers do.

use std::time::Duration;

use bitswap_core::wire::BlockPresence::{DontHave, Have};
use bitswap_core::wire::{Entry, Message};
use bitswap_core::{
    Action, AskOutcome, CallId, CallOptions, Failure, Input, Limits, ReadAnswer, SessionId,
};
use cid::Cid;

use crate::bench::Bench;
use crate::cast::{act, at, block, call, call_in, engine};

#[test]
fn a_want_of_two_sessions_is_decided_about_when_one_gives_up() {
    let mut alice = bench();
    let apple = block(1, 9_000).0;
    alice.want(1, &[apple]);
    alice.tell(call_in(2, 2, &[apple]));
    alice.give_up(1);
    assert_eq!(alice.engine.violation(), None);
    alice.hear_of(1, apple, Have);
    assert!(alice.was_asked_for(1, apple));
}

#[test]
fn what_a_call_had_not_begun_fails_with_the_rest_when_its_time_is_over() {
    let mut alice = engine();
    let cids: Vec<Cid> = (1..=3).map(|name| block(name, 9_000).0).collect();
    let timeout = Some(Duration::from_secs(3));
    let options = CallOptions { credit: 1, timeout, ..CallOptions::default() };
    let (session, call) = (SessionId(1), CallId(1));
    let input = Input::CallOpened { session, call, cids: cids.clone(), options };
    act(&mut alice, at(0), input);

    let ended = act(&mut alice, at(3_000), Input::DeadlineReached);

    let why = Failure::TimedOut;
    let failed = |cid: &Cid| Action::Fail { call, cid: *cid, why: why.clone() };
    assert!(cids.iter().all(|cid| ended.contains(&failed(cid))), "{ended:?}");
}

#[test]
fn a_block_that_is_put_is_delivered_to_those_who_want_it() {
    let mut alice = bench();
    let apple = block(1, 9_000);
    alice.want(1, &[apple.0]);
    alice.tell(Input::BlocksAdded { blocks: vec![apple] });
    assert_eq!(alice.delivered, 1);
}

#[test]
fn other_bytes_than_those_that_are_wanted_are_not_delivered() {
    let mut alice = engine();
    let (apple, pear) = (block(1, 9_000), block(2, 9_000));
    let reads = act(&mut alice, at(0), call(1, &[apple.0]));
    let [Action::Read { read, .. }] = reads[..] else {
        panic!("our own store is asked first: {reads:?}");
    };
    let answers = vec![ReadAnswer::Block(pear.1)];
    let actions = act(&mut alice, at(0), Input::ReadDone { read, answers });
    assert!(!actions.iter().any(|action| matches!(action, Action::Deliver { .. })));
    assert_eq!(alice.stats().server.store_faults, 1);
}

#[test]
fn a_want_has_the_highest_priority_that_any_caller_gives_it() {
    let mut alice = bench();
    let [apple, pear] = [1, 2].map(|name| block(name, 9_000).0);
    for (id, cid, priority) in [(1, apple, 0), (2, pear, 5), (3, apple, 9)] {
        let options = CallOptions { credit: 9, priority, ..CallOptions::default() };
        let (session, call, cids) = (SessionId(1), CallId(id), vec![cid]);
        alice.tell(Input::CallOpened { session, call, cids, options });
    }
    let presences = vec![(apple, Have), (pear, Have)];
    alice.hear(1, Message { presences, ..Message::default() });
    let last = alice.sent_to(1).last().map(|message| message.entries.iter().map(Entry::cid));
    assert_eq!(last.map(|cids| cids.copied().collect()), Some(vec![apple, pear]));
}

#[test]
fn what_a_peer_said_is_forgotten_when_it_is_asked_again() {
    let mut alice = bench();
    let apple = block(1, 9_000).0;
    let said = |alice: &Bench| alice.engine.open_wants(at(0), 0, 1)[0].asked[0].has;
    alice.want(1, &[apple]);
    alice.hear_of(1, apple, DontHave);
    assert_eq!((alice.asked(1), said(&alice)), (1, Some(false)));
    alice.pass(60);
    assert_eq!((alice.asked(1), said(&alice)), (2, None));
}

#[test]
fn have_is_no_answer_to_who_asked_for_the_block() {
    let mut alice = bench();
    let apple = block(1, 9_000).0;
    alice.want(1, &[apple]);
    alice.hear_of(1, apple, Have);
    alice.hear_of(1, apple, Have);
    alice.pass(10);
    let ended = alice.engine.stats().client.asks_ended;
    assert_eq!(ended[AskOutcome::Have as usize], 1);
    assert_eq!(ended[AskOutcome::TimedOut as usize], 1);
}

/// Alice, who knows Bob.
fn bench() -> Bench {
    let mut alice = Bench::new(Limits::default());
    alice.connect(1);
    alice
}
