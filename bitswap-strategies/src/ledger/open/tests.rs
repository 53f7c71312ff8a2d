//! One weight, one answer.

use bitswap_core::PeerKey;
use bitswap_core::strategy::{Admission, Ctx, LedgerPolicy, Weight};

use super::Open;
use crate::fixture::{account, at, dice, drawn};

#[test]
fn debtors_and_creditors_are_alike() {
    let mut dice = dice(1);
    let request = drawn::request(&mut dice);
    let mut ctx = Ctx::new(at(0), &mut dice);
    for (sent_to, received_from) in [(0, 0), (1 << 40, 0), (0, 1 << 40)] {
        let account = account(PeerKey(1), sent_to, received_from);
        let answers = (Open.weigh(&mut ctx, &account), Open.admit(&mut ctx, &account, &request));
        assert_eq!(answers, (Weight::ONE, Admission::Serve { reason: "serves everybody" }));
    }
}
