//! The formula: the next of the best class, by session, wherever the last answer ended.

use bitswap_core::strategy::{Ask, Asks, Ctx, PeerSelector, Presence};
use bitswap_core::{CidKey, PeerKey, SessionId};

use super::RoundRobin;
use crate::catalog::{Configured, NoParams};
use crate::fixture::{SessionRows, at, dice};

const APPLE: CidKey = CidKey(11);

#[test]
fn members_are_asked_in_turn_from_answer_to_answer() {
    let wants: Vec<_> = (11..15).map(CidKey).collect();
    let rows = SessionRows::new(&wants, &[PeerKey(1), PeerKey(2), PeerKey(3)]);

    let mut selector = RoundRobin::new(NoParams {});

    assert_eq!(asked(&mut selector, &rows), [1, 2, 3, 1]);
    assert_eq!(asked(&mut selector, &rows), [2, 3, 1, 2]);
}

#[test]
fn who_has_it_comes_before_whose_turn_it_is() {
    let [alice, bob, carol] = [PeerKey(1), PeerKey(2), PeerKey(3)];
    let rows = SessionRows::new(&[APPLE], &[alice, bob, carol])
        .said(alice, APPLE, Presence::DontHave)
        .said(carol, APPLE, Presence::Have);

    let mut selector = RoundRobin::new(NoParams {});

    assert_eq!(selected(&mut selector, &rows), [Ask::block(APPLE, carol, "has it")]);
    let rows = rows.said(carol, APPLE, Presence::DontHave);
    assert_eq!(selected(&mut selector, &rows), [Ask::block(APPLE, bob, "may have it")]);
    let rows = rows.said(bob, APPLE, Presence::DontHave);
    assert_eq!(selected(&mut selector, &rows), []);
}

#[test]
fn a_member_that_left_takes_no_turn() {
    let peers = [PeerKey(1), PeerKey(2), PeerKey(3)];
    let mut selector = RoundRobin::new(NoParams {});

    assert_eq!(asked(&mut selector, &SessionRows::new(&[APPLE], &peers)), [1]);
    assert_eq!(asked(&mut selector, &SessionRows::new(&[APPLE], &peers)), [2]);
    assert_eq!(asked(&mut selector, &SessionRows::new(&[APPLE], &peers[..1])), [1]);
    assert_eq!(asked(&mut selector, &SessionRows::new(&[APPLE], &[])), []);
}

#[test]
fn each_session_has_its_own_turns() {
    let rows = SessionRows::new(&[APPLE], &[PeerKey(1), PeerKey(2)]);
    let other = SessionRows { session: SessionId(2), ..rows.clone() };
    let mut selector = RoundRobin::new(NoParams {});

    assert_eq!(asked(&mut selector, &rows), [1]);
    assert_eq!(asked(&mut selector, &other), [1]);
    assert_eq!(asked(&mut selector, &rows), [2]);
}

fn asked(selector: &mut RoundRobin, rows: &SessionRows) -> Vec<u64> {
    selected(selector, rows).iter().map(|ask| ask.peer.0).collect()
}

fn selected(selector: &mut RoundRobin, rows: &SessionRows) -> Vec<Ask> {
    let mut asks = Asks::default();
    selector.select(&mut Ctx::new(at(0), &mut dice(1)), &rows.view(), &mut asks);
    asks.drain().collect()
}
