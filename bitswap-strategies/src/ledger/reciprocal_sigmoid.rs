//! Weighs a peer by a soft step over what it gave for each byte that it got.

use bitswap_core::strategy::{Account, Ctx, LedgerPolicy, Weight};

use crate::catalog::Bytes;
use crate::order;
use crate::tools::curves::{ONE, sigmoid_1024};

parameters! {
    /// The weight is 1 / (1 + e¹⁻ˣ), where x = (received + credit) / (sent + credit) (Grisham). It
    /// ends at 1, so that who gives very much is not rewarded without bound; a newcomer weighs ½.
    pub struct ReciprocalSigmoid {
        /// What both sides count as having given before anything passed.
        credit: Bytes = Bytes::mib(1), within Bytes(1)..=Bytes::mib(1_024);
    }
}

impl LedgerPolicy for ReciprocalSigmoid {
    fn weigh(&mut self, ctx: &mut Ctx<'_>, account: &Account) -> Weight {
        ctx.because("soft step");
        let gave = order::gave_for_got_1024(account, self.credit.0);
        Weight::parts(sigmoid_1024(gave.saturating_sub(ONE)) as u32)
    }
}

#[cfg(test)]
mod tests;
