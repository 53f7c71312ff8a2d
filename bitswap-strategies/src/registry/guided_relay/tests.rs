//! Whom a stranger's want goes to.

use bitswap_core::strategy::{
    Ctx, Registry, RelayPlan, RelayRequestView, RelayView, StrategyEvent,
};
use bitswap_core::wire::WantKind;
use bitswap_core::{CidKey, PeerKey, SessionId};

use super::{GuidedRelay, Params};
use crate::catalog::Configured;
use crate::fixture::{at, defaults, dice};

const ALICE: PeerKey = PeerKey(1);
const APPLE: CidKey = CidKey(11);

#[test]
fn the_three_best_come_first_and_the_rest_are_drawn() {
    let mut registry = GuidedRelay::new(Params::default());
    for number in 2..=6 {
        tell(&mut registry, number, &has(PeerKey(number), APPLE));
    }
    let peers: Vec<PeerKey> = (2..=20).map(PeerKey).collect();
    let plan = relay(&mut registry, &peers, 10);

    assert_eq!((plan.ttl, plan.to.len(), plan.reason), (1, 10, "best evidence"));
    assert_eq!(plan.to[..3], [6, 5, 4].map(PeerKey));
    assert_eq!(relay(&mut registry, &peers, 2).to, [6, 5].map(PeerKey));
    assert_eq!(relay(&mut registry, &peers, 0), RelayPlan::keep("nobody to ask"));
}

#[test]
fn the_requester_takes_no_place_among_the_best() {
    let mut registry = GuidedRelay::new(Params { guided: 1, ..Params::default() });
    tell(&mut registry, 1, &wanted(PeerKey(2), APPLE, WantKind::Have));
    tell(&mut registry, 1, &wanted(ALICE, APPLE, WantKind::Block));
    let peers: Vec<PeerKey> = (2..=20).map(PeerKey).collect();

    assert_eq!(relay(&mut registry, &peers, 10).to[0], PeerKey(2));
}

#[test]
fn who_wanted_it_is_asked_where_the_default_draws() {
    let peers: Vec<PeerKey> = (2..=20).map(PeerKey).collect();
    let mut registry = GuidedRelay::new(Params::default());
    tell(&mut registry, 1, &wanted(PeerKey(2), APPLE, WantKind::Block));
    let mut default = defaults::registry();

    assert_eq!(relay(&mut registry, &peers, 10).reason, "best evidence");
    assert_eq!(relay(&mut *default, &peers, 10).reason, "at random");
}

fn relay(registry: &mut dyn Registry, eligible: &[PeerKey], degree_left: u32) -> RelayPlan {
    let want = RelayRequestView { want: APPLE, requester: ALICE, ttl: 2, seen_at: at(0) };
    let view =
        RelayView { eligible, degree_left, held_for_requester: 0, held_for_requester_max: 64 };
    registry.relay(&mut Ctx::new(at(10), &mut dice(1)), &want, &view)
}

fn has(peer: PeerKey, want: CidKey) -> StrategyEvent {
    StrategyEvent::HaveReceived { session: SessionId(1), peer, want, after: None, hops: 0 }
}

fn wanted(peer: PeerKey, want: CidKey, kind: WantKind) -> StrategyEvent {
    StrategyEvent::WantSeen { peer, want, kind }
}

fn tell(registry: &mut impl Registry, millis: u64, event: &StrategyEvent) {
    assert!(registry.events().contains(event.kind()), "not heard: {event:?}");
    registry.observe(&mut Ctx::new(at(millis), &mut dice(1)), event);
}
