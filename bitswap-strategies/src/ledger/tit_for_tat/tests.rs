//! Who is choked when, with one slot.

use bitswap_core::strategy::{Admission, Ctx, LedgerPolicy, StrategyEvent};
use bitswap_core::wire::WantKind;
use bitswap_core::{CidKey, PeerKey, SessionId};

use super::{Params, TitForTat};
use crate::catalog::Configured;
use crate::fixture::{account, at, defaults, dice, request_view};

const ALICE: PeerKey = PeerKey(1);
const BOB: PeerKey = PeerKey(2);
const CAROL: PeerKey = PeerKey(3);

#[test]
fn the_first_to_come_takes_the_slot_and_the_best_giver_the_next() {
    let mut policy = one_slot();
    asks(&mut policy, 1_000, BOB);
    assert_eq!(reasons(&mut policy, 1_000, [ALICE, BOB, CAROL]), ["unchoked", "choked", "choked"]);

    gives(&mut policy, 5_000, CAROL, 900);
    gives(&mut policy, 6_000, BOB, 500);
    assert_eq!(admit(&mut policy, 10_999, CAROL), deferred(11_000));
    // At the next period Carol gave most; one of the others is drawn.
    let then = reasons(&mut policy, 11_000, [CAROL, ALICE, BOB]);
    assert_eq!(then[0], "unchoked");
    assert_eq!(then.iter().filter(|reason| **reason == "drawn").count(), 1);
    assert_eq!(then.iter().filter(|reason| **reason == "choked").count(), 1);
}

#[test]
fn while_we_ask_nobody_who_takes_fastest_is_served() {
    let mut policy = one_slot();
    reasons(&mut policy, 1_000, [ALICE, BOB, CAROL]);
    gives(&mut policy, 2_000, ALICE, 100);
    takes(&mut policy, 2_000, BOB, 9_000);

    assert_eq!(reasons(&mut policy, 11_000, [ALICE, BOB])[1], "unchoked");
}

#[test]
fn a_peer_that_does_not_send_is_served_only_by_chance() {
    let mut policy = one_slot();
    asks(&mut policy, 5_000, CAROL);
    gives(&mut policy, 65_000, ALICE, 100);
    gives(&mut policy, 66_000, BOB, 50);
    asks(&mut policy, 66_000, BOB);
    let mut wants = |millis| reasons(&mut policy, millis, [ALICE, BOB, CAROL]);
    wants(66_000);

    assert_eq!(wants(76_000)[0], "unchoked");
    // Nobody gave anything lately, and equals are served by key, the greatest first.
    assert_eq!(wants(86_000)[1], "unchoked", "but the third does not send");
}

#[test]
fn the_choked_weigh_least_where_the_default_serves_all() {
    let mut policy = one_slot();
    reasons(&mut policy, 1_000, [ALICE, BOB]);
    let mut dice = dice(1);
    let mut ctx = Ctx::new(at(1_001), &mut dice);
    let choked = account(BOB, 0, 0);

    assert_eq!(policy.weigh(&mut ctx, &account(ALICE, 0, 0)).get(), 1_024);
    assert_eq!(policy.weigh(&mut ctx, &choked).get(), 16);
    assert_eq!(policy.admit(&mut ctx, &choked, &request_view()), deferred(11_000));
    let default = defaults::ledger_policy().admit(&mut ctx, &choked, &request_view());
    assert!(matches!(default, Admission::Serve { .. }));
}

fn one_slot() -> TitForTat {
    TitForTat::new(Params { slots: 1, ..Params::default() })
}

fn deferred(millis: u64) -> Admission {
    Admission::Defer { until: at(millis), reason: "choked" }
}

fn reasons<const N: usize>(
    policy: &mut TitForTat,
    millis: u64,
    peers: [PeerKey; N],
) -> [&'static str; N] {
    peers.map(|peer| admit(policy, millis, peer).reason())
}

fn admit(policy: &mut TitForTat, millis: u64, peer: PeerKey) -> Admission {
    let account = account(peer, 0, 0);
    policy.admit(&mut Ctx::new(at(millis), &mut dice(1)), &account, &request_view())
}

fn gives(policy: &mut TitForTat, millis: u64, peer: PeerKey, bytes: u32) {
    let (session, want, after) = (SessionId(1), CidKey(1), None);
    tell(policy, millis, &StrategyEvent::BlockReceived { session, peer, want, bytes, after });
}

fn takes(policy: &mut TitForTat, millis: u64, peer: PeerKey, bytes: u32) {
    tell(policy, millis, &StrategyEvent::BlockSent { peer, want: CidKey(1), bytes });
}

fn asks(policy: &mut TitForTat, millis: u64, peer: PeerKey) {
    let (session, want, kind, reason) = (SessionId(1), CidKey(1), WantKind::Block, "test");
    tell(policy, millis, &StrategyEvent::AskMade { session, peer, want, kind, reason });
}

fn tell(policy: &mut TitForTat, millis: u64, event: &StrategyEvent) {
    policy.observe(&mut Ctx::new(at(millis), &mut dice(1)), event);
}
