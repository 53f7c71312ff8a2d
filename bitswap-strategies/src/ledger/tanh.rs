//! Weighs a peer by the hyperbolic tangent of what it gave for each byte that it got.

use bitswap_core::strategy::{Account, Ctx, LedgerPolicy, Weight};

use crate::catalog::Bytes;
use crate::order;
use crate::tools::curves::tanh_1024;

parameters! {
    /// The weight is tanh x, where x = (received + credit) / (sent + credit) (Grisham). It ends at
    /// 1, so that who gives very much is not rewarded without bound; a newcomer weighs 0.76.
    pub struct Tanh {
        /// What both sides count as having given before anything passed.
        credit: Bytes = Bytes::mib(1), within Bytes(1)..=Bytes::mib(1_024);
    }
}

impl LedgerPolicy for Tanh {
    fn weigh(&mut self, ctx: &mut Ctx<'_>, account: &Account) -> Weight {
        ctx.because("tanh of giving");
        let gave = order::gave_for_got_1024(account, self.credit.0);
        Weight::parts(tanh_1024(gave) as u32)
    }
}

#[cfg(test)]
mod tests;
