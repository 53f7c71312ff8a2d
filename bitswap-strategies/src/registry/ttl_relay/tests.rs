//! Who is remembered, for how long, and who makes room.

use bitswap_core::strategy::{
    Ctx, Registry, RelayPlan, RelayRequestView, RelayView, State, StrategyEvent,
};
use bitswap_core::{CidKey, PeerKey, SessionId, Timestamp};

use super::{Params, TtlRelay};
use crate::catalog::Configured;
use crate::fixture::{at, dice};

const ALICE: PeerKey = PeerKey(1);
const BOB: PeerKey = PeerKey(2);
const APPLE: CidKey = CidKey(11);
const PEAR: CidKey = CidKey(12);

#[test]
fn who_delivered_or_had_it_is_a_candidate_newest_first() {
    let mut registry = TtlRelay::new(Params::default());
    tell(&mut registry, at(1), &delivered(ALICE, APPLE));
    tell(&mut registry, at(2), &has(BOB, APPLE));
    tell(&mut registry, at(3), &has(BOB, PEAR));

    assert_eq!(candidates(&mut registry, at(4), APPLE), [BOB, ALICE]);
    assert_eq!(candidates(&mut registry, at(4), PEAR), [BOB]);

    tell(&mut registry, at(5), &delivered(ALICE, APPLE));

    assert_eq!(candidates(&mut registry, at(6), APPLE), [ALICE, BOB]);
}

#[test]
fn evidence_counts_for_ten_minutes() {
    let mut registry = TtlRelay::new(Params::default());
    tell(&mut registry, at(0), &has(ALICE, APPLE));
    tell(&mut registry, at(1), &has(BOB, APPLE));

    assert_eq!(candidates(&mut registry, at(600_000), APPLE), [BOB, ALICE]);
    assert_eq!(candidates(&mut registry, at(600_001), APPLE), [BOB]);
    assert_eq!(candidates(&mut registry, at(600_002), APPLE), []);
}

#[test]
fn who_says_dont_have_or_leaves_is_forgotten() {
    let mut registry = TtlRelay::new(Params::default());
    for (peer, want) in [(ALICE, APPLE), (BOB, APPLE), (ALICE, PEAR), (BOB, PEAR)] {
        tell(&mut registry, at(0), &has(peer, want));
    }

    let session = SessionId(1);
    let lacks = StrategyEvent::DontHaveReceived { session, peer: ALICE, want: APPLE };
    tell(&mut registry, at(1), &lacks);
    assert_eq!(candidates(&mut registry, at(2), APPLE), [BOB]);
    assert_eq!(candidates(&mut registry, at(2), PEAR), [BOB, ALICE]);

    tell(&mut registry, at(3), &StrategyEvent::PeerDisconnected { peer: BOB });
    assert_eq!(candidates(&mut registry, at(4), APPLE), []);
    assert_eq!(candidates(&mut registry, at(4), PEAR), [ALICE]);
}

#[test]
fn the_four_newest_peers_of_a_cid_are_kept() {
    let mut registry = TtlRelay::new(Params::default());
    for number in 1..=6 {
        tell(&mut registry, at(number), &has(PeerKey(number), APPLE));
    }

    assert_eq!(candidates(&mut registry, at(9), APPLE), [6, 5, 4, 3].map(PeerKey));
}

#[test]
fn the_oldest_cid_makes_room_and_memory_stays_bounded() {
    let mut registry = TtlRelay::new(Params::default());
    for number in 0..10_000 {
        tell(&mut registry, at(1), &has(ALICE, CidKey(number)));
    }

    assert_eq!(registry.holders.len(), TtlRelay::CIDS);
    assert_eq!(registry.order.len(), TtlRelay::CIDS);
    assert_eq!(candidates(&mut registry, at(2), CidKey(5_903)), []);
    assert_eq!(candidates(&mut registry, at(2), CidKey(5_904)), [ALICE]);
}

#[test]
fn the_only_peer_is_a_candidate_for_all_that_it_does_not_lack() {
    let mut registry = TtlRelay::new(Params::default());
    tell(&mut registry, at(1), &StrategyEvent::PeerConnected { peer: ALICE });
    assert_eq!(candidates(&mut registry, at(2), APPLE), [ALICE]);
    assert_eq!(relay(&mut registry, &[], 10), RelayPlan::keep("nobody to ask"));

    tell(&mut registry, at(3), &StrategyEvent::PeerConnected { peer: BOB });
    assert_eq!(candidates(&mut registry, at(4), APPLE), []);

    tell(&mut registry, at(5), &has(BOB, APPLE));
    tell(&mut registry, at(6), &StrategyEvent::PeerDisconnected { peer: BOB });
    assert_eq!(candidates(&mut registry, at(7), PEAR), [ALICE]);
    tell(&mut registry, at(8), &has(ALICE, PEAR));
    let session = SessionId(1);
    let lacks = StrategyEvent::DontHaveReceived { session, peer: ALICE, want: PEAR };
    tell(&mut registry, at(9), &lacks);
    assert_eq!(candidates(&mut registry, at(10), PEAR), []);
}

#[test]
fn the_limit_is_kept() {
    let mut registry = TtlRelay::new(Params::default());
    tell(&mut registry, at(1), &has(ALICE, APPLE));
    tell(&mut registry, at(2), &has(BOB, APPLE));
    let mut dice = dice(1);

    assert_eq!(registry.candidates(&mut Ctx::new(at(3), &mut dice), APPLE, 1), [BOB]);
    assert_eq!(registry.candidates(&mut Ctx::new(at(3), &mut dice), APPLE, 0), []);
}

#[test]
fn a_strangers_want_goes_to_holders_first_and_then_to_peers_drawn_at_random() {
    let mut registry = TtlRelay::new(Params::default());
    tell(&mut registry, at(1), &has(BOB, APPLE));
    let peers: Vec<PeerKey> = (1..=20).map(PeerKey).collect();

    let plan = relay(&mut registry, &peers, 10);

    assert_eq!((plan.ttl, plan.reason), (1, "seen with it"));
    assert_eq!(plan.to.len(), 3);
    assert_eq!(plan.to.first(), Some(&BOB));
    let mut other = TtlRelay::new(Params::default());
    assert_eq!(relay(&mut other, &peers, 10).reason, "at random");
}

#[test]
fn no_more_are_asked_than_are_left_of_the_degree() {
    let mut registry = TtlRelay::new(Params::default());
    let peers: Vec<PeerKey> = (1..=20).map(PeerKey).collect();

    assert_eq!(relay(&mut registry, &peers, 2).to.len(), 2);
    assert_eq!(relay(&mut registry, &peers, 0), RelayPlan::keep("nobody to ask"));
    assert_eq!(relay(&mut registry, &[], 10), RelayPlan::keep("nobody to ask"));
}

#[test]
fn another_one_with_other_parameters_takes_over_all_that_it_knows() {
    let mut registry = TtlRelay::new(Params::default());
    tell(&mut registry, at(1), &has(BOB, APPLE));
    let state = registry.export_state().unwrap();
    let mut next = TtlRelay::new(Params { degree: 1, ..Params::default() });
    next.import_state(&mut Ctx::new(at(2), &mut dice(1)), state);
    tell(&mut next, at(3), &has(ALICE, APPLE));

    assert_eq!(candidates(&mut next, at(3), APPLE), [ALICE, BOB]);
    assert_eq!((next.holders.len(), next.order.len()), (1, 1));
    assert_eq!(relay(&mut next, &[ALICE, BOB], 3).to.len(), 1);

    next.import_state(&mut Ctx::new(at(2), &mut dice(1)), State::new("of another strategy"));
    assert_eq!(candidates(&mut next, at(3), APPLE), [ALICE, BOB]);
}

fn relay(registry: &mut TtlRelay, eligible: &[PeerKey], degree_left: u32) -> RelayPlan {
    let want = RelayRequestView { want: APPLE, requester: ALICE, ttl: 2, seen_at: at(0) };
    let view =
        RelayView { eligible, degree_left, held_for_requester: 0, held_for_requester_max: 64 };
    registry.relay(&mut Ctx::new(at(2), &mut dice(1)), &want, &view)
}

fn delivered(peer: PeerKey, want: CidKey) -> StrategyEvent {
    let session = SessionId(1);
    StrategyEvent::BlockReceived { session, peer, want, bytes: 1_024, after: None }
}

fn has(peer: PeerKey, want: CidKey) -> StrategyEvent {
    StrategyEvent::HaveReceived { session: SessionId(1), peer, want, after: None, hops: 0 }
}

fn tell(registry: &mut TtlRelay, now: Timestamp, event: &StrategyEvent) {
    assert!(registry.events().contains(event.kind()), "not heard: {event:?}");
    registry.observe(&mut Ctx::new(now, &mut dice(1)), event);
}

fn candidates(registry: &mut TtlRelay, now: Timestamp, want: CidKey) -> Vec<PeerKey> {
    registry.candidates(&mut Ctx::new(now, &mut dice(1)), want, 10)
}
