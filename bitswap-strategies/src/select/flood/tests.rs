//! The formula: everybody, likely holders first, and only the first ask is no hedge.

use bitswap_core::strategy::{Ask, Asks, Ctx, PeerSelector, Presence};
use bitswap_core::{CidKey, Limits, PeerKey};

use super::Flood;
use crate::catalog::UpTo;
use crate::fixture::{SessionRows, at, dice};

const ALICE: PeerKey = PeerKey(1);
const BOB: PeerKey = PeerKey(2);
const CAROL: PeerKey = PeerKey(3);
const APPLE: CidKey = CidKey(11);
const PEAR: CidKey = CidKey(12);

#[test]
fn everybody_is_asked_and_likely_holders_first() {
    let rows = SessionRows::new(&[APPLE], &[ALICE, BOB, CAROL])
        .said(ALICE, APPLE, Presence::DontHave)
        .said(CAROL, APPLE, Presence::Have);

    assert_eq!(
        selected(&rows, UpTo::UNLIMITED),
        [
            Ask::block(APPLE, CAROL, "has it"),
            Ask::block(APPLE, BOB, "may have it").hedged(),
            Ask::block(APPLE, ALICE, "had it not").hedged(),
        ]
    );
}

#[test]
fn each_want_is_asked_for_once_before_any_is_asked_for_twice() {
    let rows = SessionRows::new(&[APPLE, PEAR], &[ALICE, BOB]);
    let asks = selected(&rows, UpTo::UNLIMITED);

    let wants: Vec<_> = asks.iter().map(|ask| (ask.want, ask.hedge)).collect();
    assert_eq!(wants, [(APPLE, false), (PEAR, false), (APPLE, true), (PEAR, true)]);
}

#[test]
fn the_fanout_bounds_the_copies() {
    let peers: Vec<_> = (1..=20).map(PeerKey).collect();
    let rows = SessionRows::new(&[APPLE], &peers);

    assert_eq!(selected(&rows, UpTo::UNLIMITED).len(), 20);
    assert_eq!(selected(&rows, UpTo(4)).len(), 4);
}

#[test]
fn nobody_is_asked_once_all_have_said_no() {
    let rows = SessionRows::new(&[APPLE], &[ALICE]).said(ALICE, APPLE, Presence::DontHave);

    assert_eq!(selected(&rows, UpTo::UNLIMITED), []);
}

#[test]
fn a_full_view_fits_into_one_answer() {
    let wants: Vec<_> = (1_000..1_256).map(CidKey).collect();
    let peers: Vec<_> = (0..256).map(PeerKey).collect();
    let asks = selected(&SessionRows::new(&wants, &peers), UpTo::UNLIMITED);

    assert_eq!(asks.len(), Limits::default().asks_per_answer);
    assert_eq!(asks.iter().filter(|ask| !ask.hedge).count(), 256);
}

fn selected(rows: &SessionRows, fanout: UpTo) -> Vec<Ask> {
    let mut asks = Asks::default();
    let mut flood = Flood { fanout };
    flood.select(&mut Ctx::new(at(0), &mut dice(1)), &rows.view(), &mut asks);
    asks.drain().collect()
}
