//! The formula: the least answer time plus queue over rate, within a window per member.

use std::time::Duration;

use bitswap_core::strategy::{Ask, Asks, Ctx, PeerSelector, PeerView, Presence};
use bitswap_core::{CidKey, PeerKey, Timestamp};

use super::{ExpectedFinish, Params};
use crate::catalog::{Configured, UpTo};
use crate::fixture::{SessionRows, at, dice};

const ALICE: PeerKey = PeerKey(1);
const BOB: PeerKey = PeerKey(2);
const APPLE: CidKey = CidKey(11);

#[test]
fn windows_are_filled_by_who_finishes_first_and_the_rest_is_held_back() {
    // Alice: 100 ms, 1 MB/s, so 200, 300, 400 ms; 1.25 blocks fill the pipe, and 2 more.
    // Bob: nothing measured, so 100 ms, 4 MiB/s: 124, 148, 172, 195 ms; 4 blocks.
    let rows = session(8).known(ALICE, |view| measured(view, 1_000_000));

    let asked: Vec<_> = selected(&rows, 0).0.iter().map(|ask| ask.peer).collect();
    assert_eq!(asked, [BOB, BOB, BOB, BOB, ALICE, ALICE, ALICE]);
}

#[test]
fn a_window_grows_with_each_delivery_and_holds_what_is_in_flight() {
    let rows = session(40)
        .known(ALICE, |view| view.block_asks_in_flight = 4)
        .known(BOB, |view| (view.first_deliveries, view.late_deliveries) = (20, 1));

    let asks = selected(&rows, 0).0;
    assert_eq!(asks.len(), 25);
    assert!(asks.iter().all(|ask| ask.peer == BOB));
}

#[test]
fn the_last_blocks_are_asked_of_who_needs_less_than_half_the_time() {
    // Alice needs 1.1 s. Bob would need 200 ms with 1 MB/s, and 600 ms with 200 kB/s.
    let waits = |rate| {
        let rows = session(0).shown(APPLE).said(BOB, APPLE, Presence::Have);
        rows.asked(ALICE, APPLE, at(0))
            .known(ALICE, |view| measured(view, 100_000))
            .known(BOB, |view| measured(view, rate))
    };
    let copy = Ask::block(APPLE, BOB, "much sooner").hedged();

    assert_eq!(selected(&waits(1_000_000), 5), (vec![copy], Some(at(1_100))));
    assert_eq!(selected(&waits(200_000), 5).0, []);
    assert_eq!(selected(&waits(1_000_000), 0), (vec![], None), "no copies are allowed");
    let twice = waits(1_000_000).asked(PeerKey(3), APPLE, at(0));
    assert_eq!(selected(&twice, 5).0, [], "two are asked already");
}

#[test]
fn no_second_copy_is_asked_for_while_wants_are_held_back() {
    let rows = session(1)
        .asked(ALICE, APPLE, at(0))
        .shown(APPLE)
        .said(BOB, APPLE, Presence::Have)
        .known(ALICE, |view| {
            measured(view, 1_000);
            view.block_asks_in_flight = 64;
        })
        .known(BOB, |view| {
            measured(view, 1_000_000);
            view.block_asks_in_flight = 64;
        });

    assert_eq!(selected(&rows, 5), (vec![], None));
}

/// So many wants for blocks of 100,000 bytes, which both have.
fn session(wants: u64) -> SessionRows {
    let wants: Vec<_> = (100..100 + wants).map(CidKey).collect();
    let mut rows = SessionRows::new(&wants, &[ALICE, BOB]);
    rows.presences.fill(Presence::Have);
    rows.block_bytes = Some(100_000);
    rows
}

/// Ten blocks at this rate, each answered after 100 ms.
fn measured(view: &mut PeerView, rate: u64) {
    view.first_deliveries = 10;
    view.delivery_rate = Some(rate);
    view.answer_time_min = Some(Duration::from_millis(100));
}

fn selected(rows: &SessionRows, copies_percent: u32) -> (Vec<Ask>, Option<Timestamp>) {
    let params = Params { copies_percent, have_peers_max: UpTo(0), ..Params::default() };
    let (mut asks, mut dice) = (Asks::default(), dice(1));
    let ctx = &mut Ctx::new(at(1_000), &mut dice);
    ExpectedFinish::new(params).select(ctx, &rows.view(), &mut asks);
    let wakes_at = asks.wakes_at();
    (asks.drain().collect(), wakes_at)
}
