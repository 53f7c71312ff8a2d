//! What people are shown of an engine's state.

use std::time::Duration;

use bitswap_core::wire::{Entry, LeftOut, Message, WantKind};
use bitswap_core::{Input, PeerWantState, ReadAnswer, WantState};

use crate::cast::{act, at, block, call, connected, engine, nothing_here, peer};

#[test]
fn open_wants_are_told_with_their_age_and_who_is_asked_oldest_first() {
    let mut alice = engine();
    let (apple, banana) = (block(1, 9_000).0, block(2, 9_000).0);
    act(&mut alice, at(0), connected(1));
    let actions = act(&mut alice, at(0), call(1, &[apple]));
    assert_eq!(alice.open_wants(at(0), 0, 10)[0].state, WantState::Looking);
    nothing_here(&mut alice, at(0), &actions);
    act(&mut alice, at(50), call(2, &[banana]));

    let wants = alice.open_wants(at(200), 0, 10);

    assert_eq!(wants.iter().map(|want| want.cid).collect::<Vec<_>>(), [apple, banana]);
    assert_eq!(wants[0].age, Duration::from_millis(200));
    assert_eq!(wants[0].callers, 1);
    let asked: Vec<_> = wants[0].asked.iter().map(|asked| (asked.peer, asked.has)).collect();
    assert_eq!(asked, [(peer(1), None)]);
    assert_eq!(alice.open_wants(at(200), 0, 1).len(), 1);
    assert_eq!(alice.open_wants(at(200), wants[0].order, 10)[0].cid, banana);
}

#[test]
fn a_peers_wants_are_told_until_they_are_answered() {
    let mut alice = engine();
    let apple = block(1, 9_000).0;
    act(&mut alice, at(0), connected(1));
    let want = Entry::Want {
        cid: apple,
        kind: WantKind::Block,
        priority: 3,
        send_dont_have: true,
        reach: None,
    };
    let message = Message { entries: vec![want], ..Message::default() };
    let input = Input::MessageReceived { peer: peer(1), message, left_out: LeftOut::default() };
    let actions = act(&mut alice, at(0), input);
    assert_eq!(
        alice.wants_of(at(0), &peer(1), 0, 10).expect("here")[0].state,
        PeerWantState::Looking
    );
    nothing_here(&mut alice, at(0), &actions);

    let wants = alice.wants_of(at(70), &peer(1), 0, 10).expect("it is connected");

    assert_eq!(wants.len(), 1);
    assert_eq!((wants[0].cid, wants[0].priority), (apple, 3));
    assert_eq!((wants[0].age, wants[0].state), (Duration::from_millis(70), PeerWantState::Absent));
    assert_eq!(alice.wants_of(at(70), &peer(1), wants[0].arrival, 10), Some(Vec::new()));
    assert_eq!(alice.wants_of(at(70), &peer(2), 0, 10), None);
}

#[test]
fn connected_peers_are_told_in_pages() {
    let mut alice = engine();
    for n in [3, 1, 2] {
        act(&mut alice, at(0), connected(n));
    }
    let round_trip = Duration::from_millis(30);
    act(&mut alice, at(0), Input::PeerMeasured { peer: peer(1), round_trip });

    let first = alice.connected_peers(None, 2);
    let rest = alice.connected_peers(Some(&first[1].peer), 2);

    let ids: Vec<_> = first.iter().chain(&rest).map(|peer| peer.peer).collect();
    assert_eq!(ids, [peer(1), peer(2), peer(3)]);
    assert_eq!(first[0].round_trip, Some(round_trip));
    assert_eq!(first[0].account.sent_to, 0);
}

#[test]
fn what_waits_for_a_peer_is_told_with_it() {
    let mut alice = engine();
    let apple = block(1, 9_000);
    act(&mut alice, at(0), connected(1));
    let want = Entry::Want {
        cid: apple.0,
        kind: WantKind::Block,
        priority: 1,
        send_dont_have: true,
        reach: None,
    };
    let message = Message { entries: vec![want], ..Message::default() };
    let input = Input::MessageReceived { peer: peer(1), message, left_out: LeftOut::default() };
    for action in act(&mut alice, at(0), input) {
        if let bitswap_core::Action::Read { read, .. } = action {
            act(
                &mut alice,
                at(0),
                Input::ReadDone { read, answers: vec![ReadAnswer::Size(9_000)] },
            );
        }
    }

    let told = alice.connected_peers(None, 1);

    assert_eq!((told[0].requests, told[0].in_flight_bytes), (1, 9_000));
}
