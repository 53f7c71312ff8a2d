//! Nothing is ever looked up.

use bitswap_core::strategy::{Ctx, PeerSet, ProviderFinder, SearchView, Step, WantSet};
use bitswap_core::{CidKey, SessionId};

use super::{BroadcastOnly, Params};
use crate::catalog::Configured;
use crate::conformance::taken;
use crate::fixture::{at, dice};

#[test]
fn an_hour_of_silence_brings_broadcasts_only() {
    let (mut search, mut now, mut broadcasts) = (searching(), 0, Vec::new());
    while now < 20_000 {
        let step = step(now, &search);
        taken(at(now), &mut search, &step);
        match step {
            Step::Broadcast { wants, peers: PeerSet::All, .. } => broadcasts.push((now, wants)),
            Step::WaitUntil { at, .. } => now = at.as_nanos() / 1_000_000,
            other @ (Step::Ask { .. }
            | Step::Broadcast { .. }
            | Step::Candidates { .. }
            | Step::GiveUp { .. }) => panic!("{other:?}"),
        }
    }
    let all = [1_000, 3_000, 6_000, 10_000, 15_000].map(|now| (now, WantSet::All));
    assert_eq!(broadcasts, [&[(0, WantSet::New)][..], &all].concat());
}

const WANT: CidKey = CidKey(1);

/// A session that wants one block, and whose registry knows nobody.
fn searching() -> SearchView {
    let search = SearchView::new(SessionId(1), at(0)).with_want(WANT);
    SearchView { candidates_asked: true, peers_connected: 1, ..search }
}

fn step(millis: u64, search: &SearchView) -> Step {
    BroadcastOnly::new(Params::default()).next_step(&mut Ctx::new(at(millis), &mut dice(1)), search)
}
