//! The rule: a second member after the time that 95 of 100 blocks took, five times in a hundred.

use std::time::Duration;

use bitswap_core::strategy::{Ask, Asks, Ctx, PeerSelector, Presence, StrategyEvent};
use bitswap_core::wire::WantKind;
use bitswap_core::{CidKey, PeerKey, SessionId, Timestamp};

use super::{Hedged, Params};
use crate::catalog::{Base, Configured};
use crate::fixture::{SessionRows, at, dice};

const ALICE: PeerKey = PeerKey(1);
const BOB: PeerKey = PeerKey(2);
const CAROL: PeerKey = PeerKey(3);
const APPLE: CidKey = CidKey(11);
const PEAR: CidKey = CidKey(12);

#[test]
fn the_base_asks_first_and_is_asked_again_when_the_timer_ends() {
    let rows = SessionRows::new(&[PEAR], &[ALICE]).said(ALICE, PEAR, Presence::Have);

    let first = Ask::block(PEAR, ALICE, "has it");
    assert_eq!(selected(&mut hedged(5), &rows, 500), (vec![first], Some(at(1_500))));
}

#[test]
fn the_soonest_other_holder_is_asked_once_the_timer_ends() {
    let second = Ask::block(APPLE, CAROL, "first is slow").hedged();

    assert_eq!(selected(&mut hedged(5), &slow(), 999), (vec![], Some(at(1_000))));
    assert_eq!(selected(&mut hedged(5), &slow(), 1_000), (vec![second], Some(at(2_000))));
}

#[test]
fn the_timer_is_the_quantile_of_the_session_once_16_blocks_came() {
    let mut rows = slow();
    for _ in 0..15 {
        rows.answer_times.add(Duration::from_millis(10));
    }
    assert_eq!(selected(&mut hedged(5), &rows, 11).0, []);
    rows.answer_times.add(Duration::from_millis(10));
    // 10 ms are in the bucket that ends at 10.24 ms.
    assert_eq!(selected(&mut hedged(5), &rows, 10).0, []);
    assert_eq!(selected(&mut hedged(5), &rows, 11).0.len(), 1);
}

#[test]
fn a_block_is_hedged_twice_at_most() {
    let hedged_once = slow().asked(BOB, APPLE, at(0));
    let hedged_twice = hedged_once.clone().asked(PeerKey(9), APPLE, at(0));

    assert_eq!(selected(&mut hedged(5), &hedged_once, 5_000).0.len(), 1);
    assert_eq!(selected(&mut hedged(5), &hedged_twice, 5_000).0, []);
}

#[test]
fn the_budget_is_five_of_a_hundred() {
    let mut selector = hedged(5);
    let spent = (0..20).filter(|_| !selected(&mut selector, &slow(), 5_000).0.is_empty()).count();
    assert_eq!(spent, 8, "what it starts with");
    for _ in 0..20 {
        let (session, reason) = (SessionId(1), "test");
        let (peer, want, kind) = (ALICE, APPLE, WantKind::Block);
        let event = StrategyEvent::AskMade { session, peer, want, kind, reason };
        selector.observe(&mut Ctx::new(at(0), &mut dice(1)), &event);
    }
    let spent = (0..20).filter(|_| !selected(&mut selector, &slow(), 5_000).0.is_empty()).count();
    assert_eq!(spent, 1);
}

/// Alice is asked for an apple since the start; Bob and Carol have it, and Carol answers sooner.
fn slow() -> SessionRows {
    SessionRows::new(&[], &[ALICE, BOB, CAROL])
        .shown(APPLE)
        .asked(ALICE, APPLE, at(0))
        .said(ALICE, APPLE, Presence::Have)
        .said(BOB, APPLE, Presence::Have)
        .said(CAROL, APPLE, Presence::Have)
        .known(BOB, |view| view.answer_time = Some(Duration::from_millis(60)))
        .known(CAROL, |view| view.answer_time = Some(Duration::from_millis(50)))
}

fn hedged(budget_percent: u32) -> Hedged {
    Hedged::new(Params { budget_percent, base: Base::named("random"), ..Params::default() })
}

fn selected(selector: &mut Hedged, rows: &SessionRows, now: u64) -> (Vec<Ask>, Option<Timestamp>) {
    let (mut asks, mut dice) = (Asks::default(), dice(1));
    selector.select(&mut Ctx::new(at(now), &mut dice), &rows.view(), &mut asks);
    let wakes_at = asks.wakes_at();
    (asks.drain().collect(), wakes_at)
}
