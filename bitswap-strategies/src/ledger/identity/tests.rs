//! Weights by hand, with a credit of 1 MiB.

use bitswap_core::PeerKey;
use bitswap_core::strategy::{Ctx, LedgerPolicy};

use super::Identity;
use crate::fixture::{account, at, defaults, dice};

const MIB: u64 = 1 << 20;

#[test]
fn weights_of_what_passed() {
    let mut policy = Identity::default();
    assert_eq!(weight(&mut policy, 0, 0), 1_024);
    assert_eq!(weight(&mut policy, MIB, 0), 512);
    assert_eq!(weight(&mut policy, 0, 3 * MIB), 4_096);
    assert_eq!(weight(&mut policy, 1_000 * MIB, 0), 16);
    assert_eq!(weight(&mut policy, 0, 1_000 * MIB), 65_536);
}

#[test]
fn a_large_debt_weighs_less_than_the_default_lets_it() {
    let mut default = defaults::ledger_policy();
    let mut policy = Identity::default();

    assert_eq!(weight(&mut *default, 1_000 * MIB, 0), 768);
    assert!(weight(&mut policy, 1_000 * MIB, 0) < 768);
}

fn weight(policy: &mut dyn LedgerPolicy, sent_to: u64, received_from: u64) -> u32 {
    let account = account(PeerKey(1), sent_to, received_from);
    policy.weigh(&mut Ctx::new(at(1), &mut dice(1)), &account).get()
}
