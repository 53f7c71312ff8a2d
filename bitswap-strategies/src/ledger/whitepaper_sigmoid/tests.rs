//! The formula at whole ratios, and one draw for many requests.

use bitswap_core::PeerKey;
use bitswap_core::strategy::{Account, Admission, Ctx, LedgerPolicy};

use super::{Params, WhitepaperSigmoid};
use crate::catalog::{Bytes, Configured};
use crate::fixture::{account, at, defaults, dice, request_view};

#[test]
fn the_probability_is_that_of_the_paper() {
    // 1024 / (1 + e^(3 r - 6)) at r = 0, 1, 2, 3 and 4: 1021.5, 975.4, 512, 48.6 and 2.5.
    let mut policy = WhitepaperSigmoid::new(bytewise());
    let weights = [0, 1_000, 2_000, 3_000, 4_000]
        .map(|sent| policy.weigh(&mut Ctx::new(at(1), &mut dice(1)), &after(sent, 999)).get());

    assert_eq!(weights, [1_021, 975, 512, 49, 16], "the last is the least weight that there is");
}

#[test]
fn a_draw_counts_for_ten_seconds_however_often_a_peer_asks() {
    let mut policy = WhitepaperSigmoid::new(bytewise());
    let mut dice = dice(1);
    let debtor = after(10_000, 999);
    let mut admit = |millis, account: &Account| {
        policy.admit(&mut Ctx::new(at(millis), &mut dice), account, &request_view())
    };
    let lost = Admission::Defer { until: at(11_000), reason: "lost the draw" };

    assert_eq!(admit(1_000, &debtor), lost);
    assert_eq!(admit(2_000, &debtor), lost);
    // It paid, and is still ignored until the next draw.
    assert_eq!(admit(10_999, &after(0, 10_000)), lost);
    assert_eq!(admit(11_000, &after(0, 10_000)), Admission::Serve { reason: "won the draw" });
}

#[test]
fn every_second_draw_is_won_at_the_midpoint() {
    let mut dice = dice(1);
    let won = (0..1_000).filter(|_| {
        let mut policy = WhitepaperSigmoid::new(bytewise());
        let mut ctx = Ctx::new(at(1), &mut dice);
        matches!(
            policy.admit(&mut ctx, &after(2_000, 999), &request_view()),
            Admission::Serve { .. }
        )
    });

    let won = won.count();
    assert!((450..550).contains(&won), "{won} of 1000");
}

#[test]
fn the_default_serves_who_owes_much() {
    let mut dice = dice(1);
    let mut default = defaults::ledger_policy();
    let debtor = after(10_000, 999);

    let admitted = default.admit(&mut Ctx::new(at(1), &mut dice), &debtor, &request_view());
    assert!(matches!(admitted, Admission::Serve { .. }));
}

fn bytewise() -> Params {
    Params { credit: Bytes(1), ..Params::default() }
}

fn after(sent_to: u64, received_from: u64) -> Account {
    account(PeerKey(1), sent_to, received_from)
}
