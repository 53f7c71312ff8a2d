//! How far wants go, and when.

use bitswap_core::strategy::{Ctx, PeerSet, ProviderFinder, SearchView, Step, WantSet};
use bitswap_core::{CidKey, SessionId};

use super::{Params, RelayThenDht};
use crate::catalog::Configured;
use crate::conformance::taken;
use crate::fixture::{at, dice};

#[test]
fn a_silent_search_goes_one_hop_then_to_routing_and_then_two_hops() {
    let (mut search, mut now, mut log) = (searching(), 0, Vec::new());
    while now < 6_000 {
        let step = step(now, &search);
        taken(at(now), &mut search, &step);
        match step {
            Step::Broadcast { ttl, peers: PeerSet::All, .. } => log.push((now, ttl)),
            Step::Ask { .. } => log.push((now, None)),
            Step::WaitUntil { at, .. } => now = at.as_nanos() / 1_000_000,
            other @ (Step::Broadcast { .. } | Step::Candidates { .. } | Step::GiveUp { .. }) => {
                panic!("{other:?}")
            }
        }
    }
    assert_eq!(log, [(0, Some(1)), (1_000, None), (1_000, Some(1)), (3_000, Some(2))]);
}

#[test]
fn an_answer_through_a_relay_is_followed_by_a_look_up_at_once() {
    let mut search = searching();
    search.wants[0].broadcast_at = Some(at(0));
    assert_eq!(step(100, &search), Step::WaitUntil { at: at(1_000), reason: "listening" });
    (search.haves, search.relayed_haves) = (1, 1);
    assert!(matches!(step(100, &search), Step::Ask { want: WANT, .. }));
}

#[test]
fn an_answer_keeps_wants_from_going_further() {
    let mut search = searching();
    search.wants[0].broadcast_at = Some(at(0));
    (search.lookups, search.haves) = (1, 1);
    search.last_lookup_at = Some(at(1_000));
    let step = step(5_000, &search);
    let near = Step::Broadcast {
        wants: WantSet::All,
        peers: PeerSet::All,
        ttl: Some(1),
        reason: "still quiet",
    };
    assert_eq!(step, near);
}

const WANT: CidKey = CidKey(1);

/// A session that wants one block, and whose registry knows nobody.
fn searching() -> SearchView {
    let search = SearchView::new(SessionId(1), at(0)).with_want(WANT);
    SearchView { candidates_asked: true, peers_connected: 1, ..search }
}

fn step(millis: u64, search: &SearchView) -> Step {
    RelayThenDht::new(Params::default()).next_step(&mut Ctx::new(at(millis), &mut dice(1)), search)
}
