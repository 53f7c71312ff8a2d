//! Gives more to those who gave more than they got, and nobody less.

use bitswap_core::strategy::{Account, Ctx, LedgerPolicy, Weight};

use crate::catalog::{Bytes, Configured};
use crate::order;

parameters! {
    /// What `pay-debts` can be told.
    pub struct Params {
        /// How many times its share a peer gets more at most.
        gain: u32 = 4, within 0..=63;
        /// What we owe to a peer that gets most.
        scale: Bytes = Bytes::mib(64), within Bytes::kib(1)..=Bytes::mib(1_048_576);
    }
}

/// The weight is 1 + gain · min((received − sent) / scale, 1), and 1 for a peer to which we owe
/// nothing, as for a newcomer. Generous: nobody is punished.
#[derive(Debug)]
pub struct PayDebts {
    params: Params,
}

impl Configured for PayDebts {
    type Params = Params;

    fn new(params: Params) -> Self {
        Self { params }
    }
}

impl LedgerPolicy for PayDebts {
    fn weigh(&mut self, ctx: &mut Ctx<'_>, account: &Account) -> Weight {
        let owed = account.debt_we_owe();
        ctx.because(if owed == 0 { "owed nothing" } else { "owed" });
        let full = order::ratio_1024(owed, self.params.scale.0).min(1_024) as u32;
        Weight::parts(1_024 + self.params.gain * full)
    }
}

#[cfg(test)]
mod tests;
