//! The order in which room is given away, and to whom.

use bitswap_core::strategy::{Ask, Asks, Ctx, PeerSelector, Presence};
use bitswap_core::{CidKey, PeerKey};

use super::RarestFirst;
use crate::fixture::{SessionRows, at, dice};

const ALICE: PeerKey = PeerKey(0);
const BOB: PeerKey = PeerKey(1);
const APPLE: CidKey = CidKey(11);
const PEAR: CidKey = CidKey(12);
const PLUM: CidKey = CidKey(13);

#[test]
fn what_fewer_have_is_asked_for_first_and_what_nobody_is_known_to_have_last() {
    for seed in 0..20 {
        assert_eq!(wants(&selected(&unequal(), seed)), [PEAR, PLUM, APPLE], "seed {seed}");
    }
}

#[test]
fn of_equals_and_of_a_session_s_first_blocks_each_may_come_first() {
    let mut equal = unequal();
    for want in &mut equal.wants {
        want.holders = 2;
    }
    let begun = SessionRows { blocks_received: 3, ..unequal() };

    for rows in [equal, begun] {
        for first in [APPLE, PEAR, PLUM] {
            assert!((0..50).any(|seed| wants(&selected(&rows, seed))[0] == first), "{first:?}");
        }
    }
}

#[test]
fn who_is_asked_least_is_asked_what_the_answer_adds_included() {
    let rows = unequal().known(ALICE, |alice| alice.block_asks_in_flight = 1);

    for seed in 0..20 {
        let asks = selected(&rows, seed);
        assert_eq!(asks[0].peer, BOB, "seed {seed}");
        assert_eq!(asks.iter().filter(|ask| ask.peer == BOB).count(), 2, "seed {seed}");
    }
}

#[test]
fn the_rarest_gets_what_room_there_is_and_who_has_it_comes_before_who_is_asked_less() {
    let mut rows = unequal().said(ALICE, PEAR, Presence::Have);
    rows.peers[0].block_asks_in_flight = 9;
    rows.peers[0].room = 1;
    rows.peers[1].room = 1;

    let asks = [Ask::block(PEAR, ALICE, "has it"), Ask::block(PLUM, BOB, "may have it")];
    assert_eq!(selected(&rows, 1), asks);
}

#[test]
fn of_members_that_are_asked_as_much_each_may_be_asked() {
    for peer in [ALICE, BOB] {
        assert!((0..50).any(|seed| selected(&unequal(), seed)[0].peer == peer));
    }
}

/// Two members, and wants that nobody, one and two are known to have.
fn unequal() -> SessionRows {
    let mut rows = SessionRows::new(&[APPLE, PEAR, PLUM], &[ALICE, BOB]);
    for (want, holders) in rows.wants.iter_mut().zip(0..) {
        want.holders = holders;
    }
    SessionRows { blocks_received: 4, ..rows }
}

fn wants(asks: &[Ask]) -> Vec<CidKey> {
    asks.iter().map(|ask| ask.want).collect()
}

fn selected(rows: &SessionRows, seed: u64) -> Vec<Ask> {
    let (mut dice, mut asks) = (dice(seed), Asks::default());
    RarestFirst::default().select(&mut Ctx::new(at(0), &mut dice), &rows.view(), &mut asks);
    asks.drain().collect()
}
