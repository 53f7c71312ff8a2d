//! Weighs everybody alike and serves everybody.

use bitswap_core::strategy::{Account, Admission, Ctx, LedgerPolicy, RequestView, Weight};

use crate::catalog::{Configured, NoParams};

/// Keeps no grudge and no gratitude.
#[derive(Debug)]
pub struct Open;

impl Configured for Open {
    type Params = NoParams;

    fn new(_: NoParams) -> Self {
        Self
    }
}

impl LedgerPolicy for Open {
    fn weigh(&mut self, ctx: &mut Ctx<'_>, _: &Account) -> Weight {
        ctx.because("all alike");
        Weight::ONE
    }

    fn admit(&mut self, _: &mut Ctx<'_>, _: &Account, _: &RequestView) -> Admission {
        Admission::Serve { reason: "serves everybody" }
    }
}

#[cfg(test)]
mod tests;
