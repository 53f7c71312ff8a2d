//! What evidence is worth, by hand, and when it is lost.

use bitswap_core::strategy::{Ctx, Registry, StrategyEvent};
use bitswap_core::wire::WantKind;
use bitswap_core::{CidKey, PeerKey, SessionId};

use super::{Params, WantInspection};
use crate::catalog::Configured;
use crate::fixture::{at, defaults, dice};

const ALICE: PeerKey = PeerKey(1);
const BOB: PeerKey = PeerKey(2);
const CAROL: PeerKey = PeerKey(3);
const DAVE: PeerKey = PeerKey(4);
const APPLE: CidKey = CidKey(11);

#[test]
fn a_block_is_worth_more_than_have_and_have_more_than_a_want() {
    let mut registry = WantInspection::new(Params { most: 10, ..Params::default() });
    tell(&mut registry, 0, &wanted(ALICE, APPLE, WantKind::Have));
    tell(&mut registry, 0, &wanted(BOB, APPLE, WantKind::Block));
    tell(&mut registry, 0, &delivered(CAROL, APPLE));
    tell(&mut registry, 0, &has(DAVE, APPLE));

    assert_eq!(candidates(&mut registry, 1, 10), [CAROL, DAVE, BOB, ALICE]);
    assert_eq!(candidates(&mut registry, 1, 2), [CAROL, DAVE]);
    let mut three = WantInspection::new(Params::default());
    (1..=9).for_each(|n| tell(&mut three, 0, &has(PeerKey(n), APPLE)));
    assert_eq!(candidates(&mut three, 1, 10), [ALICE, BOB, CAROL]);
}

#[test]
fn evidence_loses_half_in_two_minutes_and_all_in_ten() {
    let mut registry = WantInspection::new(Params::default());
    tell(&mut registry, 0, &delivered(ALICE, APPLE));
    tell(&mut registry, 119_000, &has(BOB, APPLE));
    // At 120 s: 3 / 2 of the block, and 2 · (1 − 1/240) of the HAVE.
    assert_eq!(candidates(&mut registry, 120_000, 10), [BOB, ALICE]);
    // At 60 s the block was worth 3 · ¾ = 2.25.
    let mut earlier = WantInspection::new(Params::default());
    tell(&mut earlier, 0, &delivered(ALICE, APPLE));
    tell(&mut earlier, 60_000, &has(BOB, APPLE));
    assert_eq!(candidates(&mut earlier, 60_000, 10), [ALICE, BOB]);
    assert_eq!(candidates(&mut registry, 600_001, 10), [BOB]);
    assert_eq!(candidates(&mut registry, 719_001, 10), []);
}

#[test]
fn who_has_it_not_or_is_gone_is_not_named() {
    let mut registry = WantInspection::new(Params::default());
    for peer in [ALICE, BOB, CAROL] {
        tell(&mut registry, 0, &has(peer, APPLE));
    }
    let session = SessionId(1);
    tell(&mut registry, 1, &StrategyEvent::DontHaveReceived { session, peer: ALICE, want: APPLE });
    tell(&mut registry, 1, &StrategyEvent::PeerDisconnected { peer: BOB });
    assert_eq!(candidates(&mut registry, 2, 10), [CAROL]);

    tell(&mut registry, 3, &StrategyEvent::PeerConnected { peer: BOB });
    assert_eq!(candidates(&mut registry, 4, 10), [BOB, CAROL]);
}

#[test]
fn a_better_peer_makes_a_full_list_forget_the_worst() {
    let mut registry = WantInspection::new(Params { most: 10, ..Params::default() });
    (1..=10).for_each(|n| tell(&mut registry, n, &wanted(PeerKey(n), APPLE, WantKind::Have)));
    tell(&mut registry, 20, &delivered(PeerKey(11), APPLE));

    let named = candidates(&mut registry, 21, 10);
    assert_eq!((named.len(), named[0]), (10, PeerKey(11)));
    assert!(!named.contains(&ALICE), "its evidence was oldest");
}

#[test]
fn it_names_who_wanted_a_block_and_the_default_does_not() {
    let mut registry = WantInspection::new(Params::default());
    tell(&mut registry, 0, &wanted(ALICE, APPLE, WantKind::Block));
    let default = defaults::registry();

    assert_eq!(candidates(&mut registry, 1, 10), [ALICE]);
    assert!(!default.events().contains(wanted(ALICE, APPLE, WantKind::Block).kind()));
}

fn delivered(peer: PeerKey, want: CidKey) -> StrategyEvent {
    let session = SessionId(1);
    StrategyEvent::BlockReceived { session, peer, want, bytes: 1_024, after: None }
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

fn candidates(registry: &mut WantInspection, millis: u64, limit: usize) -> Vec<PeerKey> {
    registry.candidates(&mut Ctx::new(at(millis), &mut dice(1)), APPLE, limit)
}
