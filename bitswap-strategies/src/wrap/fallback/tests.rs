//! The second strategy answers where the first has no answer, and nowhere else.

use bitswap_core::strategy::{
    Asks, Ctx, FullSessionView, PeerSelector, ProviderFinder, Registry, SearchView, SessionView,
    Step, StrategyEvent,
};
use bitswap_core::{CidKey, PeerKey, SessionId, Timestamp};

use super::Fallback;
use crate::catalog::Base;
use crate::fixture::{FullSessionRows, SessionRows, at, dice, peer_view};
use crate::wrap::Wrapper;

const ALICE: PeerKey = PeerKey(1);
const BOB: PeerKey = PeerKey(2);
const APPLE: CidKey = CidKey(11);

/// Asks nobody; names a moment, or panics.
enum Idle {
    Silent,
    Wakes(Timestamp),
    Panics,
}

impl PeerSelector for Idle {
    fn select(&mut self, _: &mut Ctx<'_>, _: &SessionView<'_>, asks: &mut Asks) {
        match self {
            Self::Silent => {}
            Self::Wakes(moment) => asks.wake_at(*moment),
            Self::Panics => panic!("a fault in a strategy"),
        }
    }
}

fn asks_somebody(first: Idle, rows: &SessionRows) -> bool {
    let then = Base::named("probabilistic");
    let first: Box<dyn PeerSelector> = Box::new(first);
    let mut fallback: Wrapper<Fallback<dyn PeerSelector>> =
        Wrapper(Fallback::with(("idle", first), (then.name(), then.selector())));
    let mut asks = Asks::default();
    fallback.select(&mut Ctx::new(at(0), &mut dice(1)), &rows.view(), &mut asks);
    !asks.as_slice().is_empty()
}

#[test]
fn an_idle_session_of_which_nobody_is_asked_goes_to_the_second() {
    let rows = SessionRows::new(&[APPLE], &[ALICE, BOB]);
    assert!(asks_somebody(Idle::Silent, &rows));
    assert!(asks_somebody(Idle::Panics, &rows));
    // It holds back.
    assert!(!asks_somebody(Idle::Wakes(at(100)), &rows));
    assert!(!asks_somebody(Idle::Silent, &rows.asked(ALICE, CidKey(12), at(0))));
}

#[test]
fn a_search_that_is_given_up_goes_on_with_the_second() {
    let (first, then) = (Base::named("never"), Base::named("broadcast-then-dht"));
    let mut fallback: Wrapper<Fallback<dyn ProviderFinder>> = Wrapper(Fallback::new(&first, &then));
    let search = SearchView::new(SessionId(1), at(0)).with_want(APPLE);
    let mut random = dice(1);
    let step = fallback.next_step(&mut Ctx::new(at(0), &mut random), &search);
    let alone = then.finder().next_step(&mut Ctx::new(at(0), &mut random), &search);
    assert!(!matches!(step, Step::GiveUp { .. }));
    assert_eq!(step, alone);

    let mut other: Wrapper<Fallback<dyn ProviderFinder>> = Wrapper(Fallback::new(&then, &first));
    assert_eq!(other.next_step(&mut Ctx::new(at(0), &mut random), &search), alone);
}

#[test]
fn candidates_that_the_first_does_not_know_are_the_seconds() {
    let (first, then) = (Base::named("forgetful"), Base::named("ttl-relay"));
    let mut fallback: Wrapper<Fallback<dyn Registry>> = Wrapper(Fallback::new(&first, &then));
    let mut random = dice(1);
    let ctx = &mut Ctx::new(at(0), &mut random);
    let (session, peer, want, bytes, after) = (SessionId(1), BOB, APPLE, 1, None);
    let came = StrategyEvent::BlockReceived { session, peer, want, bytes, after };
    fallback.observe(ctx, &came);

    assert_eq!(fallback.candidates(ctx, APPLE, 3), [BOB]);
    assert_eq!(fallback.candidates(ctx, CidKey(12), 3), []);
    let report = fallback.report();
    let answered = ["first", "then"].map(|part| report.part(part).unwrap().count("answered"));
    assert_eq!(answered, [Some(0), Some(2)]);
}

#[test]
fn a_member_that_the_first_does_not_name_is_the_seconds_choice() {
    /// Names nobody.
    struct Undecided;

    impl PeerSelector for Undecided {
        fn select(&mut self, _: &mut Ctx<'_>, _: &SessionView<'_>, _: &mut Asks) {}

        fn evict(&mut self, _: &mut Ctx<'_>, _: &FullSessionView<'_>) -> Option<PeerKey> {
            None
        }
    }

    let then = Base::named("probabilistic");
    let first: Box<dyn PeerSelector> = Box::new(Undecided);
    let mut fallback: Wrapper<Fallback<dyn PeerSelector>> =
        Wrapper(Fallback::with(("undecided", first), (then.name(), then.selector())));
    let peers = [ALICE, BOB].map(peer_view).to_vec();
    let (session, want, newcomer) = (SessionId(1), APPLE, peer_view(PeerKey(3)));
    let rows = FullSessionRows { session, want, newcomer, peers };
    let evicted = fallback.evict(&mut Ctx::new(at(0), &mut dice(1)), &rows.view());
    assert_eq!(evicted, Some(ALICE));
}
