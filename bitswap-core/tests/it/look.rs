//! Snapshots of an engine's state.

use std::time::Duration;

use bitswap_core::testing::Held::{Reads, Sends};
use bitswap_core::testing::{Driver, at, block, call, call_in, peer};
use bitswap_core::wire::{BlockPresence, Entry, WantKind};
use bitswap_core::{
    DeadlineReason, Input, OpenSession, PeerWantState, ReadAnswer, SessionId, WantState,
};

#[test]
fn a_deadline_says_what_is_waited_for() {
    let mut alice = Driver::default();
    let apple = block(1, 9_000).0;
    assert_eq!(alice.engine.next_deadline_reason(), None);
    alice.give(call(1, &[apple]));
    assert_eq!(alice.engine.next_deadline_reason(), Some(DeadlineReason::Search));
    alice.connect(1);
    alice.pass_secs(1);
    alice.receive_presence(1, apple, BlockPresence::Have);
    assert!(alice.asked_for_block(1, apple));
    alice.reach(DeadlineReason::DontHaveTimeout);
    alice.receive_block(1, &block(1, 9_000));
    alice.run_until(at(60_000));
    assert_eq!(alice.engine.next_deadline_reason(), None);
}

#[test]
fn open_wants_are_told_with_their_age_and_who_is_asked_oldest_first() {
    let mut alice = Driver::default().holding(&[Reads, Sends]).with_peers(1);
    let (apple, banana) = (block(1, 9_000).0, block(2, 9_000).0);
    let actions = alice.give(call(1, &[apple]));
    assert_eq!(alice.engine.open_wants(at(0), 0, 10)[0].state, WantState::Looking);
    alice.answer_reads(&actions, |_| ReadAnswer::Missing);
    alice.at(50).give(call(2, &[banana]));

    let wants = alice.engine.open_wants(at(200), 0, 10);

    assert_eq!(wants.iter().map(|want| want.cid).collect::<Vec<_>>(), [apple, banana]);
    assert_eq!(wants[0].age, Duration::from_millis(200));
    assert_eq!(wants[0].callers, 1);
    let asked: Vec<_> = wants[0].asked.iter().map(|asked| (asked.peer, asked.has)).collect();
    assert_eq!(asked, [(peer(1), None)]);
    assert_eq!(alice.engine.open_wants(at(200), 0, 1).len(), 1);
    assert_eq!(alice.engine.open_wants(at(200), wants[0].order, 10)[0].cid, banana);
}

#[test]
fn open_sessions_are_told_by_id_with_what_they_want_and_got() {
    let mut alice = Driver::default().with_peers(1);
    let (apple, banana, cherry) = (block(1, 9_000), block(2, 9_000), block(3, 9_000));
    alice.give(call_in(3, 1, &[apple.0, banana.0]));
    alice.give(call_in(5, 2, &[cherry.0]));
    alice.at(1_000).receive_block(1, &apple);

    alice.run_until(at(4_000));

    let open = alice.engine.open_sessions(at(4_000), None, 10);

    let ids = |open: &[OpenSession]| open.iter().map(|it| it.session).collect::<Vec<_>>();
    assert_eq!(ids(&open), [SessionId(3), SessionId(5)]);
    let [of_fruit, of_cherry] = open[..] else { unreachable!("{open:?}") };
    assert_eq!((of_fruit.age, of_fruit.wants, of_fruit.members), (Duration::from_secs(4), 1, 1));
    assert_eq!((of_fruit.blocks_received, of_fruit.bytes_received), (1, 9_000));
    assert_eq!(of_fruit.last_block, Some(Duration::from_secs(3)));
    assert_eq!((of_cherry.wants, of_cherry.last_block), (1, None));
    assert_eq!(ids(&alice.engine.open_sessions(at(4_000), None, 1)), [SessionId(3)]);
    assert_eq!(ids(&alice.engine.open_sessions(at(4_000), Some(SessionId(3)), 9)), [SessionId(5)]);
}

#[test]
fn a_peers_wants_are_told_until_they_are_answered() {
    let mut alice = Driver::default().holding(&[Reads, Sends]).with_peers(1);
    let (cid, kind, priority) = (block(1, 9_000).0, WantKind::Block, 3);
    let want = Entry::Want { cid, kind, priority, send_dont_have: true, relay: None };
    let wants_of =
        |alice: &Driver, ms, n, after| alice.engine.wants_of(at(ms), &peer(n), after, 10);
    let actions = alice.receive_entries(1, &[want]);
    assert_eq!(wants_of(&alice, 0, 1, 0).expect("here")[0].state, PeerWantState::Looking);
    alice.answer_reads(&actions, |_| ReadAnswer::Missing);

    let wants = wants_of(&alice, 70, 1, 0).expect("it is connected");

    assert_eq!(wants.len(), 1);
    assert_eq!((wants[0].cid, wants[0].priority), (cid, 3));
    assert_eq!((wants[0].age, wants[0].state), (Duration::from_millis(70), PeerWantState::Absent));
    assert_eq!(wants_of(&alice, 70, 1, wants[0].arrival), Some(Vec::new()));
    assert_eq!(wants_of(&alice, 70, 2, 0), None);
}

#[test]
fn connected_peers_are_told_in_pages() {
    let mut alice = Driver::default();
    for n in [3, 1, 2] {
        alice.connect(n);
    }
    let round_trip = Duration::from_millis(30);
    alice.give(Input::RttMeasured { peer: peer(1), round_trip });

    let first = alice.engine.connected_peers(None, 2);
    let rest = alice.engine.connected_peers(Some(&first[1].peer), 2);

    let ids: Vec<_> = first.iter().chain(&rest).map(|peer| peer.peer).collect();
    assert_eq!(ids, [peer(1), peer(2), peer(3)]);
    assert_eq!(first[0].round_trip, Some(round_trip));
    assert_eq!(first[0].account.sent_to, 0);
}

#[test]
fn what_waits_for_a_peer_is_told_with_it() {
    let mut alice = Driver::default().holding(&[Reads, Sends]).with_peers(1);
    let looked = alice.receive_wants(1, &[block(1, 9_000).0]);
    alice.answer_reads(&looked, |_| ReadAnswer::Size(9_000));

    let told = alice.engine.connected_peers(None, 1);

    assert_eq!((told[0].requests, told[0].in_flight_bytes), (1, 9_000));
}
