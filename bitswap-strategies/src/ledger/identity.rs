//! Weighs a peer by what it gave for each byte that it got.

use bitswap_core::strategy::{Account, Ctx, LedgerPolicy, Weight};

use crate::catalog::Bytes;
use crate::order;

parameters! {
    /// Linear reciprocation (Grisham): the weight is (received + credit) / (sent + credit). A
    /// newcomer weighs 1.
    pub struct Identity {
        /// What both sides count as having given before anything passed.
        credit: Bytes = Bytes::mib(1), within Bytes(1)..=Bytes::mib(1_024);
    }
}

impl LedgerPolicy for Identity {
    fn weigh(&mut self, ctx: &mut Ctx<'_>, account: &Account) -> Weight {
        ctx.because("gave for got");
        let gave = order::gave_for_got_1024(account, self.credit.0);
        Weight::parts(u32::try_from(gave).unwrap_or(u32::MAX))
    }
}

#[cfg(test)]
mod tests;
