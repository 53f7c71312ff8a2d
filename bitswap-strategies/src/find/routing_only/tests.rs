//! One look-up at a time, and no broadcast.

use bitswap_core::strategy::{Ctx, ProviderFinder, SearchView, SearchedWant, Step};
use bitswap_core::{CidKey, SessionId};

use super::RoutingOnly;
use crate::conformance::taken;
use crate::fixture::{at, dice};

#[test]
fn wants_are_looked_up_one_after_the_other_and_again_after_a_minute() {
    let mut search = searching();
    search.wants.push(SearchedWant::new(CidKey(2), at(0)));
    for number in [1, 2] {
        let ask = step(10, &search);
        assert!(matches!(ask, Step::Ask { want: CidKey(want), .. } if want == number), "{ask:?}");
        taken(at(10), &mut search, &ask);
        assert!(matches!(step(10, &search), Step::WaitUntil { .. }), "one runs");
        search.lookup_running = false;
    }
    assert_eq!(step(10, &search), Step::WaitUntil { at: at(60_010), reason: "looked up" });
    assert!(matches!(step(60_010, &search), Step::Ask { want: WANT, .. }));
}

const WANT: CidKey = CidKey(1);

/// A session that wants one block, and whose registry knows nobody.
fn searching() -> SearchView {
    let search = SearchView::new(SessionId(1), at(0)).with_want(WANT);
    SearchView { candidates_asked: true, peers_connected: 1, ..search }
}

fn step(millis: u64, search: &SearchView) -> Step {
    RoutingOnly::default().next_step(&mut Ctx::new(at(millis), &mut dice(1)), search)
}
