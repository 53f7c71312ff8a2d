//! The formula: the least answer time, an unknown one counting as 200 ms.

use std::time::Duration;

use bitswap_core::strategy::{Ask, Asks, Ctx, PeerSelector, Presence};
use bitswap_core::{Chance, CidKey, PeerKey};

use super::LowestLatency;
use crate::fixture::{SessionRows, at, dice};

const ALICE: PeerKey = PeerKey(1);
const BOB: PeerKey = PeerKey(2);
const CAROL: PeerKey = PeerKey(3);
const DAVE: PeerKey = PeerKey(4);
const APPLE: CidKey = CidKey(11);

#[test]
fn of_those_that_have_it_the_soonest_is_asked_however_much_others_delivered() {
    let rows = answering([Some(60), None, Some(20), Some(10)])
        .said(ALICE, APPLE, Presence::Have)
        .said(BOB, APPLE, Presence::Have)
        .said(CAROL, APPLE, Presence::Have)
        .said(DAVE, APPLE, Presence::DontHave)
        .delivered(ALICE, 1_000);

    assert_eq!(
        selected(&rows, exploring(0), &mut dice(1)),
        [Ask::block(APPLE, CAROL, "answers soonest")]
    );
}

#[test]
fn an_unknown_time_is_200_ms_and_the_soonest_are_probed() {
    let rows = answering([Some(201), None, Some(300), Some(400)]);
    let selector = LowestLatency { probes: 2, ..exploring(0) };

    assert_eq!(
        selected(&rows, selector, &mut dice(1)),
        [
            Ask::block(APPLE, BOB, "answers soonest"),
            Ask::have(APPLE, ALICE, "probe"),
            Ask::have(APPLE, CAROL, "probe"),
        ]
    );
}

#[test]
fn others_are_explored_as_often_as_said() {
    let rows = answering([Some(10), Some(20), Some(30), Some(40)]);
    let mut dice = dice(1);
    let mut asked = [0_u32; 4];
    for _ in 0..10_000 {
        asked[selected(&rows, exploring(30), &mut dice)[0].peer.0 as usize - 1] += 1;
    }

    for (asked, expected) in asked.into_iter().zip([7_000, 1_000, 1_000, 1_000]) {
        assert!(asked.abs_diff(expected) < 150, "{asked:?}");
    }
}

fn exploring(explore_percent: u32) -> LowestLatency {
    LowestLatency { explore_percent, ..LowestLatency::default() }
}

/// A want, and four members with these answer times in milliseconds.
fn answering(times: [Option<u64>; 4]) -> SessionRows {
    let members = [ALICE, BOB, CAROL, DAVE];
    let rows = SessionRows::new(&[APPLE], &members);
    members.into_iter().zip(times).fold(rows, |rows, (peer, time)| {
        rows.known(peer, |view| view.answer_time = time.map(Duration::from_millis))
    })
}

fn selected(rows: &SessionRows, mut selector: LowestLatency, dice: &mut Chance) -> Vec<Ask> {
    let mut asks = Asks::default();
    selector.select(&mut Ctx::new(at(0), dice), &rows.view(), &mut asks);
    asks.drain().collect()
}
