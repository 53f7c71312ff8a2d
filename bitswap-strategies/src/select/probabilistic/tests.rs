//! The formula: among the best class, in proportion to first deliveries plus one.

use bitswap_core::strategy::{Ask, Asks, Ctx, PeerSelector, Presence};
use bitswap_core::{Chance, CidKey, PeerKey};

use super::Probabilistic;
use crate::catalog::UpTo;
use crate::fixture::{SessionRows, at, dice};

const ALICE: PeerKey = PeerKey(1);
const BOB: PeerKey = PeerKey(2);
const CAROL: PeerKey = PeerKey(3);
const APPLE: CidKey = CidKey(11);
const PEAR: CidKey = CidKey(12);

#[test]
fn who_has_it_is_asked_for_it_and_only_the_unasked_are_probed() {
    let dave = PeerKey(4);
    let rows = SessionRows::new(&[APPLE], &[ALICE, BOB, CAROL, dave])
        .said(BOB, APPLE, Presence::Have)
        .said(CAROL, APPLE, Presence::Asked)
        .said(dave, APPLE, Presence::DontHave);

    assert_eq!(
        selected(&rows, all(), &mut dice(1)),
        [Ask::block(APPLE, BOB, "has it"), Ask::have(APPLE, ALICE, "probe")]
    );
}

#[test]
fn who_may_have_it_is_asked_when_nobody_is_known_to() {
    let rows = SessionRows::new(&[APPLE], &[ALICE, BOB])
        .said(ALICE, APPLE, Presence::DontHave)
        .said(BOB, APPLE, Presence::Asked);

    assert_eq!(
        selected(&rows, Probabilistic::default(), &mut dice(1)),
        [Ask::block(APPLE, BOB, "may have it")]
    );
}

#[test]
fn a_provider_is_asked_before_a_peer_that_said_nothing_and_after_one_that_has_it() {
    let rows = SessionRows::new(&[APPLE, PEAR], &[ALICE, BOB, CAROL])
        .said(BOB, APPLE, Presence::Provider)
        .said(BOB, PEAR, Presence::Provider)
        .said(CAROL, PEAR, Presence::Have);
    let asks = selected(
        &rows,
        Probabilistic { have_peers_max: UpTo(0), ..Probabilistic::default() },
        &mut dice(1),
    );

    assert_eq!(asks, [Ask::block(APPLE, BOB, "provides it"), Ask::block(PEAR, CAROL, "has it")]);
}

#[test]
fn one_that_would_relay_it_is_asked_last() {
    let rows = SessionRows::new(&[APPLE, PEAR], &[ALICE, BOB, CAROL])
        .said(ALICE, APPLE, Presence::Reachable)
        .said(BOB, APPLE, Presence::Have)
        .said(ALICE, PEAR, Presence::Reachable)
        .said(CAROL, PEAR, Presence::Provider)
        .delivered(ALICE, 100);
    let asks = selected(
        &rows,
        Probabilistic { have_peers_max: UpTo(0), ..Probabilistic::default() },
        &mut dice(1),
    );

    assert_eq!(asks, [Ask::block(APPLE, BOB, "has it"), Ask::block(PEAR, CAROL, "provides it")]);
}

#[test]
fn one_that_would_relay_it_is_not_asked_while_one_that_may_have_it_has_no_room() {
    let rows = SessionRows::new(&[APPLE, PEAR], &[ALICE, BOB])
        .said(ALICE, APPLE, Presence::Reachable)
        .said(ALICE, PEAR, Presence::Reachable)
        .said(BOB, PEAR, Presence::DontHave)
        .known(BOB, |member| member.room = 0);

    let relayed = [Ask::block(PEAR, ALICE, "would relay it")];
    assert_eq!(selected(&rows, Probabilistic::default(), &mut dice(1)), relayed);
}

#[test]
fn nobody_is_asked_when_nobody_has_it() {
    let rows = SessionRows::new(&[APPLE, PEAR], &[ALICE, BOB])
        .said(ALICE, APPLE, Presence::DontHave)
        .said(BOB, APPLE, Presence::DontHave)
        .said(ALICE, PEAR, Presence::DontHave)
        .said(BOB, PEAR, Presence::Have);

    assert_eq!(
        selected(&rows, Probabilistic::default(), &mut dice(1)),
        [Ask::block(PEAR, BOB, "has it")]
    );
}

#[test]
fn blocks_are_asked_for_before_anybody_is_probed() {
    let rows = SessionRows::new(&[APPLE, PEAR], &[ALICE, BOB])
        .said(ALICE, APPLE, Presence::Have)
        .said(BOB, PEAR, Presence::Have);

    assert_eq!(
        selected(&rows, all(), &mut dice(1)),
        [
            Ask::block(APPLE, ALICE, "has it"),
            Ask::block(PEAR, BOB, "has it"),
            Ask::have(APPLE, BOB, "probe"),
            Ask::have(PEAR, ALICE, "probe"),
        ]
    );
}

#[test]
fn the_shares_are_as_first_deliveries_plus_one() {
    let rows = SessionRows::new(&[APPLE], &[ALICE, BOB, CAROL])
        .said(ALICE, APPLE, Presence::Have)
        .said(BOB, APPLE, Presence::Have)
        .said(CAROL, APPLE, Presence::Have)
        .delivered(BOB, 2)
        .delivered(CAROL, 5);

    let mut dice = dice(1);
    let drawn = (0..10_000).map(|_| selected(&rows, Probabilistic::default(), &mut dice)[0].peer);
    let mut shares = [0_u32; 3];
    drawn.for_each(|peer| shares[peer.0 as usize - 1] += 1);

    for (share, expected) in shares.into_iter().zip([1_000, 3_000, 6_000]) {
        assert!(share.abs_diff(expected) < 150, "{shares:?}");
    }
}

#[test]
fn recent_deliveries_count_unless_it_is_told_not_to_forget() {
    let rows = SessionRows::new(&[APPLE], &[ALICE, BOB])
        .known(ALICE, |view| (view.first_deliveries, view.recent_deliveries) = (9_999, 0))
        .known(BOB, |view| (view.first_deliveries, view.recent_deliveries) = (0, 9_999));
    let asked_first = |forgets| {
        let selector = Probabilistic { forgets, ..Probabilistic::default() };
        selected(&rows, selector, &mut dice(1))[0].peer
    };

    assert_eq!((asked_first(true), asked_first(false)), (BOB, ALICE));
}

#[test]
fn the_number_of_probes_can_be_bounded() {
    let peers: Vec<_> = (1..=20).map(PeerKey).collect();
    let rows = SessionRows::new(&[APPLE], &peers);
    let selector = Probabilistic { have_peers_max: UpTo(4), ..all() };

    assert_eq!(selected(&rows, all(), &mut dice(1)).len(), 20);
    assert_eq!(selected(&rows, selector, &mut dice(1)).len(), 5);
}

#[test]
fn so_many_are_probed_that_one_has_it_nineteen_times_in_twenty() {
    let never_failed = [(0, 0, 0), (1, 0, 0), (4, 0, 1), (10, 0, 4), (20, 0, 19)];
    let failed = [(0, 1, 4), (18, 1, 19), (0, 2, 19)];
    for (lacking, failed_asks, expected) in never_failed.into_iter().chain(failed) {
        let probes = probed(lacking, failed_asks, 4_096);
        assert_eq!(probes.min(19), expected, "{lacking} of 20 lack some, {failed_asks} failed");
    }
}

#[test]
fn of_blocks_that_come_in_place_of_a_have_one_is_probed_that_lacked_some() {
    let probes = |lacking, failed_asks| probed(lacking, failed_asks, 1_024);
    assert_eq!([(0, 0), (1, 0), (0, 2)].map(|(lacking, failed)| probes(lacking, failed)), [0; 3]);
    assert_eq!([(10, 0), (2, 1), (20, 2)].map(|(lacking, failed)| probes(lacking, failed)), [1; 3]);
}

/// Of 20 members, so many of which lack some of what is wanted, those that are probed for a want
/// of which so many asks failed.
fn probed(lacking: u64, failed_asks: u32, block_bytes: u64) -> usize {
    let peers: Vec<_> = (1..=20).map(PeerKey).collect();
    let mut rows = SessionRows::new(&[APPLE], &peers);
    rows.block_bytes = Some(block_bytes);
    rows.wants[0].failed_asks = failed_asks;
    for peer in 1..=lacking {
        rows = rows.known(PeerKey(peer), |view| view.dont_haves_in_a_row = 1);
    }
    selected(&rows, Probabilistic::default(), &mut dice(1)).len() - 1
}

fn all() -> Probabilistic {
    Probabilistic { probes_all: true, ..Probabilistic::default() }
}

#[test]
fn by_rate_the_shares_are_as_rates_and_deliveries_do_not_count() {
    // 1,023, 3,071 and, unmeasured, 4,096 KiB/s, and one more each, of 8,193.
    let rows = SessionRows::new(&[APPLE], &[ALICE, BOB, CAROL])
        .known(ALICE, |view| (view.recent_deliveries, view.delivery_rate) = (99, Some(1_023 << 10)))
        .known(BOB, |view| view.delivery_rate = Some(3_071 << 10));
    let selector = Probabilistic { by_rate: true, ..Probabilistic::default() };

    let mut dice = dice(1);
    let drawn = (0..10_000).map(|_| selected(&rows, selector.clone(), &mut dice)[0].peer);
    let mut shares = [0_u32; 3];
    drawn.for_each(|peer| shares[peer.0 as usize - 1] += 1);

    for (share, expected) in shares.into_iter().zip([1_250, 3_750, 5_000]) {
        assert!(share.abs_diff(expected) < 150, "{shares:?}");
    }
}

fn selected(rows: &SessionRows, mut selector: Probabilistic, dice: &mut Chance) -> Vec<Ask> {
    let mut asks = Asks::default();
    selector.select(&mut Ctx::new(at(0), dice), &rows.view(), &mut asks);
    asks.drain().collect()
}
