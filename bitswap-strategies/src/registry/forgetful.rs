//! Remembers nothing and passes nothing on.

use bitswap_core::strategy::{Ctx, Registry};
use bitswap_core::{CidKey, PeerKey};

use crate::catalog::{Configured, NoParams};

/// For who wants to keep no traces, and as a control.
#[derive(Debug)]
pub struct Forgetful;

impl Configured for Forgetful {
    type Params = NoParams;

    fn new(_: NoParams) -> Self {
        Self
    }
}

impl Registry for Forgetful {
    fn candidates(&mut self, ctx: &mut Ctx<'_>, _: CidKey, _: usize) -> Vec<PeerKey> {
        ctx.because("remembers nothing");
        Vec::new()
    }
}

#[cfg(test)]
mod tests;
