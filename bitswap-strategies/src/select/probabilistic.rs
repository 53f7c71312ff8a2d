//! Draws one of the likely holders by how often each was first; probes the other members.

use bitswap_core::strategy::{Asks, Ctx, PeerSelector, SessionView};

use crate::catalog::{Configured, UpTo};
use crate::draw;

parameters! {
    /// What `probabilistic` can be told.
    pub struct Params {
        /// How many members are asked, for each want, whether they have it.
        have_peers_max: UpTo = UpTo::UNLIMITED, within UpTo(0)..=UpTo::UNLIMITED;
    }
}

/// A member's chance is in proportion to the blocks it was the first to bring, plus one, so that
/// newcomers have a chance too.
#[derive(Debug)]
pub struct Probabilistic {
    params: Params,
}

impl Configured for Probabilistic {
    type Params = Params;

    fn new(params: Params) -> Self {
        Self { params }
    }
}

impl PeerSelector for Probabilistic {
    fn select(&mut self, ctx: &mut Ctx<'_>, session: &SessionView<'_>, asks: &mut Asks) {
        let probes = self.params.have_peers_max.most();
        draw::ask(ctx, session, asks, probes, |peer| u64::from(peer.first_deliveries) + 1);
    }
}

#[cfg(test)]
mod tests;
