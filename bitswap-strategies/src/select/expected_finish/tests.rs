//! The formula: the least answer time plus queue over rate.

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
fn who_finishes_first_is_asked() {
    // Alice: 100 ms, 1 MB/s, so 200, 300, 400 ms.
    // Bob: nothing measured, so 100 ms, 4 MiB/s: 124, 148, 172, 195, 219 ms.
    let rows = session(8).known(ALICE, |view| measured(view, 1_000_000));

    let asked: Vec<_> = selected(&rows, 0).0.iter().map(|ask| ask.peer).collect();
    assert_eq!(asked, [BOB, BOB, BOB, BOB, ALICE, BOB, BOB, BOB]);
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
