//! The rule: four holders at a time for each broken HAVE, for one want, while nothing comes.

use bitswap_core::strategy::{Ask, Asks, Ctx, PeerSelector, Presence};
use bitswap_core::{CidKey, PeerKey};

use super::{HedgeUnresponsive, Params};
use crate::catalog::Configured;
use crate::fixture::{SessionRows, at, dice};

const ASKED: PeerKey = PeerKey(1);
const APPLE: CidKey = CidKey(11);
const PEAR: CidKey = CidKey(12);

#[test]
fn four_holders_are_asked_for_each_broken_have() {
    // One of the four is asked already.
    assert_eq!(hedges(&broken(1), 0).len(), 3);
    assert_eq!(hedges(&broken(2), 0).len(), 7);
    assert!(hedges(&broken(2), 0).iter().all(|ask| ask.hedge && ask.want == APPLE));
    assert_eq!(hedges(&broken(0), 0), []);
}

#[test]
fn a_session_that_got_a_block_within_5_s_hedges_nothing() {
    let mut rows = broken(1);
    rows.last_progress_at = Some(at(1_000));
    assert_eq!(hedges(&rows, 5_999), []);
    assert_eq!(hedges(&rows, 6_000).len(), 3);
}

#[test]
fn holders_that_sent_blocks_are_asked_before_others() {
    let rows = broken(1).delivered(PeerKey(9), 1);
    assert_eq!(hedges(&rows, 0).first().map(|ask| ask.peer), Some(PeerKey(9)));
}

#[test]
fn one_want_is_hedged_at_a_time() {
    // The pear is asked of two peers, so it goes on; the apple has to wait.
    let second = PeerKey(2);
    let mut rows = broken(1).shown(PEAR).asked(ASKED, PEAR, at(0)).asked(second, PEAR, at(0));
    rows.asked[1].broken_haves = 1;
    rows = (3..=20).fold(rows, |rows, peer| rows.said(PeerKey(peer), PEAR, Presence::Have));

    let wants: Vec<_> = hedges(&rows, 0).iter().map(|ask| ask.want).collect();
    assert_eq!(wants, [PEAR, PEAR]);
}

/// Peer 1 of 20 is asked for an apple, which all have, and so many broke their HAVE before.
fn broken(haves: u32) -> SessionRows {
    let peers: Vec<_> = (1..=20).map(PeerKey).collect();
    let rows = SessionRows::new(&[], &peers).shown(APPLE).asked(ASKED, APPLE, at(0));
    let mut rows = peers.iter().fold(rows, |rows, peer| rows.said(*peer, APPLE, Presence::Have));
    rows.asked[0].broken_haves = haves;
    rows
}

fn hedges(rows: &SessionRows, now: u64) -> Vec<Ask> {
    let (mut asks, mut dice) = (Asks::default(), dice(1));
    let mut selector = HedgeUnresponsive::new(Params::default());
    selector.select(&mut Ctx::new(at(now), &mut dice), &rows.view(), &mut asks);
    asks.as_slice().to_vec()
}
