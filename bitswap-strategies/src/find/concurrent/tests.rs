//! Both ways start at once.

use bitswap_core::strategy::{Ctx, PeerSet, ProviderFinder, SearchView, Step, WantSet};
use bitswap_core::{CidKey, SessionId};

use super::{Concurrent, Params};
use crate::catalog::Configured;
use crate::conformance::taken;
use crate::fixture::{at, dice};

#[test]
fn a_want_is_looked_up_and_broadcast_at_the_same_moment() {
    let mut search = searching();
    let first = step(0, &search);
    assert!(matches!(first, Step::Ask { want: WANT, max_providers: 10, .. }), "{first:?}");
    taken(at(0), &mut search, &first);
    let second = Step::broadcast(WantSet::New, PeerSet::All, "first look");
    assert_eq!(step(0, &search), second);
    taken(at(0), &mut search, &second);
    assert_eq!(step(0, &search), Step::WaitUntil { at: at(1_000), reason: "listening" });
}

const WANT: CidKey = CidKey(1);

/// A session that wants one block, and whose registry knows nobody.
fn searching() -> SearchView {
    let search = SearchView::new(SessionId(1), at(0)).with_want(WANT);
    SearchView { candidates_asked: true, peers_connected: 1, ..search }
}

fn step(millis: u64, search: &SearchView) -> Step {
    Concurrent::new(Params::default()).next_step(&mut Ctx::new(at(millis), &mut dice(1)), search)
}
