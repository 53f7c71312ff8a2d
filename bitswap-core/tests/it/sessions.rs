//! When a session searches, whom it goes on asking, what it counts, and what its end leaves.

use std::time::Duration;

use bitswap_core::testing::{Driver, at, block, call, call_in, peer};
use bitswap_core::wire::BlockPresence::{DontHave, Have};
use bitswap_core::wire::WantKind;
use bitswap_core::{Action, CallId, Failure, Input, Limits, SessionId, SessionOptions};

#[test]
fn the_clock_of_a_search_begins_with_its_want() {
    let mut alice = Driver::default().with_peers(1);
    let lookups = |alice: &Driver| alice.engine.stats().client.lookups;
    let options = SessionOptions { ttl: Some(0), ..SessionOptions::default() };
    alice.give(Input::SessionOpened { session: SessionId(1), options, has_router: true });
    assert_eq!(alice.engine.next_deadline(), None, "nothing is wanted");
    for (name, minute) in [(1, 1), (2, 2)] {
        let apple = block(name, 9_000);
        alice.run_until(at(minute * 60_000));
        alice.give(call(name, &[apple.0]));
        alice.run_until(at(minute * 60_000 + 999));
        assert_eq!(lookups(&alice), name - 1);
        alice.pass_secs(1);
        assert_eq!(lookups(&alice), name);
        alice.receive_block(1, &apple);
    }
}

#[test]
fn dont_have_moves_the_ask_only_if_the_asked_peer_says_it() {
    let mut alice = Driver::default().with_peers(3);
    let apple = block(1, 9_000).0;
    alice.want(1, &[apple]);
    alice.receive_presence(1, apple, Have);
    alice.receive_presence(2, apple, Have);

    alice.receive_presence(3, apple, DontHave);
    alice.pass_secs(1);
    assert_eq!(alice.engine.stats().client.block_asks, 1);
    assert_eq!(alice.wanted_of(1, apple), Some(WantKind::Block));

    alice.receive_presence(1, apple, DontHave);
    assert_eq!(alice.engine.stats().client.block_asks, 2);
    assert_eq!(alice.wanted_of(2, apple), Some(WantKind::Block));
}

#[test]
fn a_block_that_is_put_is_wanted_of_nobody_any_more() {
    let mut alice = Driver::default().with_peers(2);
    let apple = block(1, 9_000);
    alice.want(1, &[apple.0]);
    alice.receive_presence(1, apple.0, Have);
    alice.give(Input::BlocksAdded { blocks: vec![apple.clone()] });
    alice.connect(3);
    alice.pass_secs(60);
    assert_eq!([1, 2, 3].map(|n| alice.wanted_of(n, apple.0)), [None; 3]);
    assert_eq!(alice.wants_sent_to(3), 0);
}

#[test]
fn what_comes_for_a_session_that_was_closed_is_ignored() {
    let mut alice = Driver::default().with_peers(2);
    let [apple, pear] = [1, 2].map(|name| block(name, 9_000));
    alice.want(1, &[apple.0, pear.0]);
    alice.receive_presence(1, apple.0, Have);
    alice.give(Input::SessionClosed { session: SessionId(1) });
    alice.pass_secs(1);

    alice.receive_block(1, &apple);
    alice.receive_presence(2, pear.0, Have);
    alice.receive_presence(1, pear.0, DontHave);
    alice.pass_secs(60);

    assert_eq!((alice.delivered(), alice.writes()), (0, 0));
    assert_eq!(alice.engine.leftover(), None);
    assert_eq!([1, 2].map(|n| alice.wanted_of(n, pear.0)), [None; 2]);
    assert!(!alice.engine.is_member(&peer(1)) && !alice.engine.is_member(&peer(2)));
}

#[test]
fn each_call_of_a_closed_session_fails_and_is_finished() {
    let mut alice = Driver::within(Limits { open_wants: 2, ..Limits::default() });
    let [apple, pear, plum] = [1, 2, 3].map(|name| block(name, 9_000).0);
    alice.give(call(1, &[apple]));
    alice.give(call_in(2, 2, &[pear]));
    alice.give(call(3, &[plum]));
    assert_eq!(alice.engine.gauges().cids_without_room, 1, "the plum waits for room");

    let ended = alice.give(Input::SessionClosed { session: SessionId(1) });

    for (id, cid) in [(1, apple), (3, plum)] {
        let (call, why) = (CallId(id), Failure::Closed);
        assert!(ended.contains(&Action::Fail { call, cid, why }), "{ended:?}");
        assert!(ended.contains(&Action::Finish { call }), "{ended:?}");
    }
    let gauges = alice.engine.gauges();
    assert_eq!((ended.len(), gauges.calls, gauges.wants), (4, 1, 1), "those of the other remain");
}

#[test]
fn what_was_not_wanted_changes_nothing_in_its_session() {
    let mut alice = Driver::default().with_peers(2);
    let [apple, pear] = [1, 2].map(|name| block(name, 9_000));
    alice.give(call(1, &[apple.0, pear.0]));
    alice.at(100).receive_presence(1, apple.0, Have);
    alice.at(200).receive_block(1, &apple);
    let told = |alice: &Driver| {
        let [it] = alice.engine.open_sessions(at(1_000), None, 9)[..] else {
            panic!("one is open")
        };
        (it.blocks_received, it.bytes_received, it.last_block)
    };
    let answer_times =
        |alice: &Driver| [1, 2].map(|n| alice.engine.explain_peer(at(1_000), &peer(n)).answer_time);
    let before = (told(&alice), answer_times(&alice));
    assert_eq!(before.0, (1, 9_000, Some(Duration::from_millis(800))));

    // Twice by both, and what nobody asked for.
    for n in [1, 2] {
        alice.at(1_000).receive_block(n, &apple);
        alice.receive_block(n, &block(7, 9_000));
    }

    assert_eq!((told(&alice), answer_times(&alice)), before);
    let client = alice.engine.stats().client;
    assert_eq!((client.wanted.blocks, client.duplicate.blocks, client.unasked.blocks), (1, 2, 2));
}
