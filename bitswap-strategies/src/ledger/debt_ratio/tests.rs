//! The formula: 0.75 + 0.5 · received / (received + sent), in 1/1024.

use bitswap_core::PeerKey;
use bitswap_core::strategy::{Admission, Ctx, LedgerPolicy};

use super::DebtRatio;
use crate::fixture::{account, at, dice, drawn};

#[test]
fn weight_by_what_was_sent_and_received() {
    let cases = [
        (0, 0, 1_024, "newcomer"),
        (1, 0, 768, "in debt"),
        (3_000, 1_000, 896, "in debt"),
        (1_000, 1_000, 1_024, "even"),
        (1_000, 3_000, 1_152, "in credit"),
        (0, 1, 1_280, "in credit"),
        (u64::MAX, 0, 768, "in debt"),
        (u64::MAX, u64::MAX, 1_024, "even"),
        (0, u64::MAX, 1_280, "in credit"),
    ];
    for (sent_to, received_from, parts, reason) in cases {
        let mut dice = dice(1);
        let mut ctx = Ctx::new(at(0), &mut dice);
        let weight = DebtRatio.weigh(&mut ctx, &account(PeerKey(1), sent_to, received_from));
        assert_eq!((weight.get(), ctx.reason()), (parts, reason), "{sent_to} {received_from}");
    }
}

#[test]
fn the_weight_falls_as_the_debt_grows() {
    let mut dice = dice(1);
    let mut ctx = Ctx::new(at(0), &mut dice);
    let mut weigh =
        |sent_to| DebtRatio.weigh(&mut ctx, &account(PeerKey(1), sent_to, 1 << 20)).get();

    let weights: Vec<_> = (0..40).map(|bits| weigh(1 << bits)).collect();

    assert!(weights.is_sorted_by(|more, less| more >= less), "{weights:?}");
}

#[test]
fn the_deepest_debtor_is_served() {
    let mut dice = dice(1);
    let request = drawn::request(&mut dice);
    let mut ctx = Ctx::new(at(0), &mut dice);

    let admission = DebtRatio.admit(&mut ctx, &account(PeerKey(1), u64::MAX, 0), &request);

    assert_eq!(admission, Admission::Serve { reason: "serves everybody" });
}
