//! Gives more to those who gave more than they got, and nobody less.

use bitswap_core::strategy::{Account, Ctx, LedgerPolicy, Weight};

use crate::catalog::Bytes;
use crate::order;

parameters! {
    /// The weight is 1 + gain · min((received − sent) / scale, 1), and 1 for a peer to which we owe
    /// nothing, as for a newcomer. Generous: nobody is punished.
    pub struct PayDebts {
        /// How many times its share a peer gets more at most.
        gain: u32 = 4, within 0..=63;
        /// What we owe to a peer that gets most.
        scale: Bytes = Bytes::mib(64), within Bytes::kib(1)..=Bytes::mib(1_048_576);
    }
}

impl LedgerPolicy for PayDebts {
    fn weigh(&mut self, ctx: &mut Ctx<'_>, account: &Account) -> Weight {
        let owed = account.debt_we_owe();
        ctx.because(if owed == 0 { "owed nothing" } else { "owed" });
        let full = order::ratio_1024(owed, self.scale.0).min(1_024) as u32;
        Weight::parts(1_024 + self.gain * full)
    }
}

#[cfg(test)]
mod tests;
