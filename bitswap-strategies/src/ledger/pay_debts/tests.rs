//! Weights by hand.

use bitswap_core::PeerKey;
use bitswap_core::strategy::{Ctx, LedgerPolicy};

use super::PayDebts;
use crate::fixture::{account, at, defaults, dice};

const MIB: u64 = 1 << 20;

#[test]
fn a_debt_of_ours_weighs_up_to_five_times() {
    let mut policy = PayDebts::default();

    assert_eq!(weight(&mut policy, 0, 0), 1_024);
    assert_eq!(weight(&mut policy, 90 * MIB, 10 * MIB), 1_024);
    assert_eq!(weight(&mut policy, 10 * MIB, 26 * MIB), 1_024 + 1_024);
    assert_eq!(weight(&mut policy, 0, 64 * MIB), 5 * 1_024);
    assert_eq!(weight(&mut policy, 0, 900 * MIB), 5 * 1_024);
}

#[test]
fn who_owes_to_us_weighs_more_than_the_default_lets_it() {
    assert_eq!(weight(&mut *defaults::ledger_policy(), MIB, 0), 768);
    assert_eq!(weight(&mut PayDebts::default(), MIB, 0), 1_024);
}

fn weight(policy: &mut dyn LedgerPolicy, sent_to: u64, received_from: u64) -> u32 {
    let account = account(PeerKey(1), sent_to, received_from);
    policy.weigh(&mut Ctx::new(at(1), &mut dice(1)), &account).get()
}
