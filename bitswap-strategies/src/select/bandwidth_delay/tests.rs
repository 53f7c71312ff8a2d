//! The formula: the least `R + (in flight + block) / B`, of those with less than `gain · B · R` in
//! flight.

use std::time::Duration;

use bitswap_core::strategy::{Asks, Ctx, PeerSelector, Presence};
use bitswap_core::{CidKey, PeerKey};

use super::BandwidthDelay;
use crate::catalog::UpTo;
use crate::fixture::{SessionRows, at, dice};

const ALICE: PeerKey = PeerKey(1);
const BOB: PeerKey = PeerKey(2);

#[test]
fn pipes_are_filled_by_who_finishes_first_and_the_rest_is_held_back() {
    // Alice: 100 ms, 1 MB/s, so 200, 300, … ms, and room for 125,000 bytes.
    // Bob: 50 ms, 10 MB/s, so 60, 70, … ms, and room for 625,000 bytes.
    let rows = measured(10, [(1_000_000, 100), (10_000_000, 50)]);

    assert_eq!(selected(&rows, 1), [BOB, BOB, BOB, BOB, BOB, BOB, BOB, ALICE, ALICE]);
}

#[test]
fn what_is_in_flight_already_counts() {
    let rows = measured(10, [(1_000_000, 100), (10_000_000, 50)])
        .known(BOB, |view| view.bytes_in_flight = 600_000);

    assert_eq!(selected(&rows, 1), [BOB, ALICE, ALICE]);
}

#[test]
fn everybody_has_room_for_the_least_window_and_for_one_block() {
    let rows = measured(10, [(1, 1), (1, 1)]);

    assert_eq!(selected(&rows, 1), [ALICE, BOB]);
    assert_eq!(selected(&rows, 200), [ALICE, BOB, ALICE, BOB, ALICE, BOB]);
}

#[test]
fn who_only_may_have_it_counts_as_half_as_fast() {
    // Alice 200 ms; Bob 110 ms, twice that as one that said nothing.
    let rows = measured(1, [(1_000_000, 100), (10_000_000, 100)]);
    let said_nothing = rows.clone().said(BOB, CidKey(11), Presence::Unknown);

    assert_eq!(selected(&rows, 1), [BOB]);
    assert_eq!(selected(&said_nothing, 1), [ALICE]);
}

/// So many wants for blocks of 100,000 bytes, which both have; their rates and answer times in
/// milliseconds.
fn measured(wants: u64, [alice, bob]: [(u64, u64); 2]) -> SessionRows {
    let wants: Vec<_> = (11..11 + wants).map(CidKey).collect();
    let mut rows = SessionRows::new(&wants, &[ALICE, BOB]);
    rows.presences.fill(Presence::Have);
    rows.block_bytes = Some(100_000);
    [(ALICE, alice), (BOB, bob)].into_iter().fold(rows, |rows, (peer, (rate, time))| {
        rows.known(peer, |view| {
            view.delivery_rate = Some(rate);
            view.answer_time_min = Some(Duration::from_millis(time));
        })
    })
}

/// Who is asked for blocks, in order.
fn selected(rows: &SessionRows, min_window_kib: u32) -> Vec<PeerKey> {
    let mut asks = Asks::default();
    let mut selector =
        BandwidthDelay { min_window_kib, have_peers_max: UpTo(0), ..BandwidthDelay::default() };
    let mut dice = dice(1);
    selector.select(&mut Ctx::new(at(0), &mut dice), &rows.view(), &mut asks);
    asks.drain().map(|ask| ask.peer).collect()
}
