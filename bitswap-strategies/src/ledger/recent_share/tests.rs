//! Shares by hand.

use bitswap_core::strategy::{Ctx, LedgerPolicy, StrategyEvent};
use bitswap_core::{CidKey, PeerKey, SessionId};

use super::{Params, RecentShare};
use crate::catalog::Configured;
use crate::fixture::{account, at, defaults, dice};

const ALICE: PeerKey = PeerKey(1);
const BOB: PeerKey = PeerKey(2);
const CAROL: PeerKey = PeerKey(3);

#[test]
fn a_share_is_what_a_peer_gave_beside_the_mean_of_those_who_gave() {
    let mut policy = RecentShare::new(Params::default());
    assert_eq!(weight(&mut policy, 0, ALICE), 1_024);

    give(&mut policy, 1_000, ALICE, 3_000);
    give(&mut policy, 2_000, BOB, 1_000);

    assert_eq!(weight(&mut policy, 3_000, ALICE), 1_536);
    assert_eq!(weight(&mut policy, 3_000, BOB), 512);
    assert_eq!(weight(&mut policy, 3_000, CAROL), 102);
    assert_eq!(weight(&mut policy, 20_000, ALICE), 1_024, "that is long ago");
}

#[test]
fn who_gave_long_ago_weighs_less_than_the_default_lets_it() {
    let mut policy = RecentShare::new(Params::default());
    give(&mut policy, 0, BOB, 1_000);
    let old = account(ALICE, 0, 1 << 30);
    let mut dice = dice(1);
    let mut ctx = Ctx::new(at(1), &mut dice);

    assert_eq!(defaults::ledger_policy().weigh(&mut ctx, &old).get(), 1_280);
    assert_eq!(policy.weigh(&mut ctx, &old).get(), 102);
}

fn give(policy: &mut RecentShare, millis: u64, peer: PeerKey, bytes: u32) {
    let (session, want, after) = (SessionId(1), CidKey(1), None);
    let event = StrategyEvent::BlockReceived { session, peer, want, bytes, after };
    policy.observe(&mut Ctx::new(at(millis), &mut dice(1)), &event);
}

fn weight(policy: &mut RecentShare, millis: u64, peer: PeerKey) -> u32 {
    policy.weigh(&mut Ctx::new(at(millis), &mut dice(1)), &account(peer, 0, 0)).get()
}
