//! The formula: the less asked of two that are drawn evenly, what this answer adds included.

use std::time::Duration;

use bitswap_core::strategy::{Ask, Asks, Ctx, PeerSelector, Presence};
use bitswap_core::{Chance, CidKey, PeerKey};

use super::PowerOfTwo;
use crate::fixture::{SessionRows, at, dice};

const ALICE: PeerKey = PeerKey(0);
const BOB: PeerKey = PeerKey(1);
const APPLE: CidKey = CidKey(11);

#[test]
fn the_less_asked_of_two_is_asked() {
    let mut rows = SessionRows::new(&[APPLE], &[ALICE, BOB]);
    rows.peers[0].block_asks_in_flight = 2;
    rows.peers[1].block_asks_in_flight = 1;

    for seed in 0..20 {
        assert_eq!(selected(&rows, 2, &mut dice(seed)), [Ask::block(APPLE, BOB, "may have it")]);
    }
}

#[test]
fn who_has_it_comes_before_who_is_asked_less() {
    let mut rows = SessionRows::new(&[APPLE], &[ALICE, BOB]).said(ALICE, APPLE, Presence::Have);
    rows.peers[0].block_asks_in_flight = 9;

    assert_eq!(selected(&rows, 2, &mut dice(1)), [Ask::block(APPLE, ALICE, "has it")]);
    let rows = rows.said(ALICE, APPLE, Presence::DontHave).said(BOB, APPLE, Presence::DontHave);
    assert_eq!(selected(&rows, 2, &mut dice(1)), []);
}

#[test]
fn of_two_asked_alike_the_quicker_is_asked_and_the_unknown_before_both() {
    let mut rows = SessionRows::new(&[APPLE], &[ALICE, BOB]);
    rows.peers[0].answer_time = Some(Duration::from_millis(40));
    rows.peers[1].answer_time = Some(Duration::from_millis(20));
    assert_eq!(selected(&rows, 2, &mut dice(1))[0].peer, BOB);

    rows.peers[0].answer_time = None;
    assert_eq!(selected(&rows, 2, &mut dice(1))[0].peer, ALICE);
}

#[test]
fn what_the_answer_adds_counts_within_it() {
    let wants: Vec<_> = (100..110).map(CidKey).collect();
    let rows = SessionRows::new(&wants, &[ALICE, BOB]);

    let asks = selected(&rows, 2, &mut dice(1));

    assert_eq!(asks.iter().filter(|ask| ask.peer == ALICE).count(), 5);
}

#[test]
fn equals_are_asked_evenly() {
    let peers: Vec<_> = (0..4).map(PeerKey).collect();
    let rows = SessionRows::new(&[APPLE], &peers);

    let mut dice = dice(1);
    let mut shares = [0_u32; 4];
    for _ in 0..8_000 {
        shares[selected(&rows, 2, &mut dice)[0].peer.0 as usize] += 1;
    }

    assert!(shares.iter().all(|share| share.abs_diff(2_000) < 150), "{shares:?}");
}

#[test]
fn one_draw_is_chance_and_two_are_balance() {
    let wants: Vec<_> = (1_000..1_256).map(CidKey).collect();
    let peers: Vec<_> = (0..256).map(PeerKey).collect();
    let rows = SessionRows::new(&wants, &peers);
    let most = |d, seed| {
        let mut loads = [0; 256];
        for ask in selected(&rows, d, &mut dice(seed)) {
            loads[ask.peer.0 as usize] += 1;
        }
        loads.into_iter().max()
    };

    for seed in 0..20 {
        assert!(most(1, seed) >= Some(4), "seed {seed}");
        assert!(most(2, seed) <= Some(3), "seed {seed}");
    }
}

fn selected(rows: &SessionRows, d: u32, dice: &mut Chance) -> Vec<Ask> {
    let mut asks = Asks::default();
    let mut selector = PowerOfTwo { d };
    selector.select(&mut Ctx::new(at(0), dice), &rows.view(), &mut asks);
    asks.drain().collect()
}
