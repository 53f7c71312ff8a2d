//! Draws one of the likely holders by how often each was first; probes the other members.

use bitswap_core::strategy::{Asks, Ctx, PeerSelector, SessionView};

use crate::broken_haves::BrokenHaves;
use crate::catalog::{Configured, UpTo};
use crate::draw;

parameters! {
    /// What `probabilistic` can be told.
    pub struct Params {
        /// How many members are asked, for each want, whether they have it.
        have_peers_max: UpTo = UpTo::UNLIMITED, within UpTo(0)..=UpTo::UNLIMITED;
        /// Whether deliveries are forgotten: halved after each 64 blocks of the session, and with
        /// lost messages. Without it, as in boxo, all of them count for ever.
        forgets: bool = true, within false..=true;
        /// Holders that are asked at a time for each peer that answered HAVE and sent no block, as
        /// `hedge-unresponsive` does; 0 = no more than one, as boxo.
        hedges_per_broken_have: u32 = 4, within 0..=128;
    }
}

/// A member's chance is in proportion to the blocks it was the first to bring, plus one, so that
/// newcomers have a chance too (boxo's peer response tracker). Blocks of long ago count less, so
/// that who was found later and is better rises.
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
        let forgets = self.params.forgets;
        draw::ask(ctx, session, asks, probes, |peer| {
            let blocks = if forgets { peer.recent_deliveries } else { peer.first_deliveries };
            u64::from(blocks) + 1
        });
        BrokenHaves::new(self.params.hedges_per_broken_have).hedge(ctx, session, asks);
    }
}

#[cfg(test)]
mod tests;
