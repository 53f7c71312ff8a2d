//! Who is asked first, and for how long.

use bitswap_core::strategy::{Ctx, PeerSet, ProviderFinder, SearchView, Step, WantSet};
use bitswap_core::{CidKey, SessionId};

use super::{Params, PeeredFirst};
use crate::catalog::Configured;
use crate::conformance::taken;
use crate::fixture::{at, dice};

#[test]
fn the_peered_have_200_ms_and_then_everybody_is_asked_as_usual() {
    let search = SearchView::new(SessionId(1), at(0)).with_want(CidKey(1));
    let mut search = SearchView { candidates_asked: true, peers_connected: 1, ..search };
    let (mut now, mut log) = (0, Vec::new());
    while now < 3_000 {
        let step = step(now, &search);
        taken(at(now), &mut search, &step);
        match step {
            Step::Broadcast { peers, .. } => log.push((now, peers == PeerSet::Peered)),
            Step::WaitUntil { at, .. } => now = at.as_nanos() / 1_000_000,
            Step::Ask { .. } | Step::Candidates { .. } | Step::GiveUp { .. } => {}
        }
    }
    assert_eq!(log, [(0, true), (200, false), (1_200, false)]);
}

#[test]
fn a_later_want_is_first_for_the_peered_too() {
    let mut search = SearchView::new(SessionId(1), at(0)).with_want(CidKey(1));
    search.wants[0].broadcast_at = Some(at(200));
    search.last_broadcast_at = Some(at(200));
    let search = SearchView { broadcasts: 1, candidates_asked: true, peers_connected: 1, ..search };
    let search = search.with_want(CidKey(2));
    let first = Step::broadcast(WantSet::New, PeerSet::Peered, "peered first");
    assert_eq!(step(500, &search), first);
}

fn step(millis: u64, search: &SearchView) -> Step {
    PeeredFirst::new(Params::default()).next_step(&mut Ctx::new(at(millis), &mut dice(1)), search)
}
