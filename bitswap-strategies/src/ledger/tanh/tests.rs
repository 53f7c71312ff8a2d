//! Weights by hand, with a credit of 1 MiB.

use bitswap_core::PeerKey;
use bitswap_core::strategy::{Ctx, LedgerPolicy};

use super::Tanh;
use crate::fixture::{account, at, defaults, dice};

const MIB: u64 = 1 << 20;

#[test]
fn weights_of_what_passed() {
    let mut policy = Tanh::default();
    // x = 1, 1/2, 2 and 64.
    assert_eq!(weight(&mut policy, 0, 0), 780);
    assert_eq!(weight(&mut policy, MIB, 0), 473);
    assert_eq!(weight(&mut policy, 0, MIB), 987);
    assert_eq!(weight(&mut policy, 0, 63 * MIB), 1_024);
}

#[test]
fn a_large_debt_weighs_less_than_the_default_lets_it() {
    let mut default = defaults::ledger_policy();
    let mut policy = Tanh::default();

    assert_eq!(weight(&mut *default, 1_000 * MIB, 0), 768);
    assert!(weight(&mut policy, 1_000 * MIB, 0) < 768);
}

fn weight(policy: &mut dyn LedgerPolicy, sent_to: u64, received_from: u64) -> u32 {
    let account = account(PeerKey(1), sent_to, received_from);
    policy.weigh(&mut Ctx::new(at(1), &mut dice(1)), &account).get()
}
