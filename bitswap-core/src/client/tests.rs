//! The client alone: what it does about a call, and its effects on other parts.

use std::time::Duration;

use super::{Client, ClientRoom};
use crate::action::Action;
use crate::ids::{CallId, CidKey, SessionId};
use crate::input::{CallOptions, NewCall, ReadAnswer, SessionOptions};
use crate::lent::{BOB, CAROL, Lent, apple, at};
use crate::out::Effect;
use crate::strategy::PeerView;
use crate::wire::BlockPresence;

const CALL: CallId = CallId(7);

#[test]
fn a_call_asks_our_own_store_first_and_then_peers() {
    let (mut lent, mut client) = wanting();
    assert!(matches!(lent.actions().as_slice(), [Action::Read { .. }]));

    missing(&mut lent, &mut client);

    assert!(lent.peers.sent_to(BOB).next().is_none(), "nothing was written yet");
    assert_eq!(lent.peers.desired().count(), 2, "both peers are to hear of it");
    assert_eq!(lent.effects(), []);
}

#[test]
fn a_block_of_our_own_store_is_delivered_and_concerns_nobody_else() {
    let (mut lent, mut client) = wanting();
    lent.actions();

    room(&mut lent, &mut client).local_read(want(), ReadAnswer::Block(apple().1), None);

    let (cid, block) = apple();
    let deliver = Action::Deliver { call: CALL, cid, block };
    let done = lent.actions();
    assert!(done.contains(&deliver) && done.contains(&Action::Finish { call: CALL }));
    assert_eq!(lent.effects(), []);
}

#[test]
fn a_want_that_is_given_up_may_concern_the_relay() {
    let (mut lent, mut client) = wanting();
    missing(&mut lent, &mut client);

    room(&mut lent, &mut client).cancel_call(CALL);

    assert_eq!(lent.effects(), [Effect::WantEnded { want: want() }]);
    assert_eq!(client.leftover(), None);
}

#[test]
fn a_block_that_somebody_stored_concerns_the_server() {
    let (mut lent, mut client) = wanting();

    room(&mut lent, &mut client).blocks_added(vec![apple()]);

    let hash = lent.config.keys().multihash(apple().1.multihash());
    assert_eq!(lent.effects(), [Effect::BlockStored { hash, bytes: 5 }]);
}

#[test]
fn a_holder_concerns_the_relay_and_is_asked_for_the_block() {
    let (mut lent, mut client) = wanting();
    missing(&mut lent, &mut client);

    let mut at_work = room(&mut lent, &mut client);
    at_work.receive_presence(BOB, (want(), &apple().0), BlockPresence::Have, false);
    at_work.decide(&mut 32);

    assert_eq!(lent.effects(), [Effect::HaveHeard { want: want(), hops: 0 }]);
    assert_eq!(client.wants.get(want()).map(|want| want.block_asks_open().len()), Some(1));
}

#[test]
fn one_no_counts_once_however_often_it_is_said() {
    let (mut lent, mut client) = wanting();
    missing(&mut lent, &mut client);
    let no = BlockPresence::DontHave;
    for _ in 0..3 {
        room(&mut lent, &mut client).receive_presence(BOB, (want(), &apple().0), no, false);
    }
    assert_eq!(client.wants.get(want()).map(|want| want.failed_asks), Some(1));
}

#[test]
fn a_session_that_is_not_shown_costs_nothing_when_another_asks_its_member() {
    let (mut lent, mut client) = wanting();
    let idle = SessionId(2);
    let mut at_work = room(&mut lent, &mut client);
    at_work.open_session(idle, SessionOptions::default(), false);
    assert!(at_work.join_session(idle, BOB));
    missing(&mut lent, &mut client);
    let mut at_work = room(&mut lent, &mut client);
    at_work.receive_presence(BOB, (want(), &apple().0), BlockPresence::Have, false);
    at_work.decide(&mut 32);

    let asked = |row: Option<&PeerView>| row.map(|row| row.block_asks_in_flight);
    let untouched = client.sessions.get(idle).and_then(|open| open.member(BOB));
    assert_eq!(asked(untouched), Some(0), "its rows are as they were");
    let shown = client.sessions.shown(at(0), &lent.peers, idle);
    assert_eq!(asked(shown.and_then(|open| open.member(BOB))), Some(1), "and read when shown");
}

#[test]
fn a_session_that_missed_many_changes_is_shown_its_members_as_they_are() {
    let (lent, mut client) = (&mut Lent::new(), Client::new(&Lent::new().config));
    let session = SessionId(1);
    let mut at_work = room(lent, &mut client);
    at_work.open_session(session, SessionOptions::default(), false);
    assert!([BOB, CAROL].iter().all(|peer| at_work.join_session(session, *peer)));
    for (changes, rtt) in [(1, 7), (1_000, 8)] {
        let rtt = Duration::from_millis(rtt);
        for peer in [BOB, CAROL].repeat(changes) {
            lent.peers.measured(peer, rtt);
            room(lent, &mut client).peer_measured(peer, rtt);
        }
        let shown = client.sessions.shown(at(0), &lent.peers, session);
        let rows = shown.map(|open| open.members()).unwrap_or_default();
        assert!(rows.len() == 2 && rows.iter().all(|row| row.round_trip == Some(rtt)), "{rows:?}");
    }
}

/// A client with one call for one CID, whose read of the local store is in flight.
fn wanting() -> (Lent, Client) {
    let mut lent = Lent::new();
    let mut client = Client::new(&lent.config);
    let mut at_work = room(&mut lent, &mut client);
    let (session, options) = (SessionId(1), CallOptions::default());
    at_work.open_call(&NewCall { session, call: CALL, cids: vec![apple().0], options });
    at_work.decide(&mut 32);
    (lent, client)
}

fn missing(lent: &mut Lent, client: &mut Client) {
    let mut at_work = room(lent, client);
    at_work.local_read(want(), ReadAnswer::Missing, None);
    at_work.decide(&mut 32);
}

fn want() -> CidKey {
    Lent::new().config.keys().cid(&apple().0)
}

const fn room<'x>(lent: &'x mut Lent, client: &'x mut Client) -> ClientRoom<'x> {
    client.room((&lent.config, at(0)), &mut lent.strategies, &mut lent.peers, &mut lent.out)
}
