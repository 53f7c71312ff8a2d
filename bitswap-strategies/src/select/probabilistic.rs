//! Draws one of the likely holders by how often each was first; probes the other members.

use bitswap_core::strategy::{Asks, Ctx, PeerSelector, PeerView, SessionView};

use crate::broken_haves::BrokenHaves;
use crate::catalog::UpTo;
use crate::draw::{self, Probes};

parameters! {
    /// A member's chance is in proportion to the blocks it was the first to bring, plus one, so
    /// that newcomers have a chance too (boxo's peer response tracker). Blocks of long ago count
    /// less, so that who was found later and is better rises.
    pub struct Probabilistic {
        /// How many members are asked, for each want, whether they have it, at most.
        have_peers_max: UpTo = UpTo::UNLIMITED, within UpTo(0)..=UpTo::UNLIMITED;
        /// Whether so many are always asked, as by boxo, and not only as many as teach something.
        probes_all: bool = false, within false..=true;
        /// Whether deliveries are forgotten: halved after each 64 blocks of the session, and with
        /// lost messages. Without it, as in boxo, all of them count for ever.
        forgets: bool = true, within false..=true;
        /// Holders that are asked at a time for each peer that answered HAVE and sent no block, as
        /// `hedge-unresponsive` does; 0 = no more than one, as boxo.
        hedges_per_broken_have: u32 = 4, within 0..=128;
        /// Whether members weigh by their measured rate instead of by deliveries.
        by_rate: bool = false, within false..=true;
        /// The rate of a member that has not sent a block yet, in KiB per second.
        prior_kib_per_s: u32 = 4_096, within 1..=1_048_576;
    }
}

impl Probabilistic {
    fn weight(&self, member: &PeerView) -> u64 {
        let Self { forgets, by_rate, prior_kib_per_s, .. } = *self;
        if by_rate {
            let prior = u64::from(prior_kib_per_s) * 1_024;
            return member.delivery_rate.unwrap_or(prior) / 1_024 + 1;
        }
        let blocks = if forgets { member.recent_deliveries } else { member.first_deliveries };
        u64::from(blocks) + 1
    }
}

impl PeerSelector for Probabilistic {
    fn select(&mut self, ctx: &mut Ctx<'_>, session: &SessionView<'_>, asks: &mut Asks) {
        let most = self.have_peers_max.most();
        let probes = if self.probes_all { Probes::Even(most) } else { Probes::Useful(most) };
        draw::ask(ctx, session, asks, probes, |_, member| self.weight(member));
        BrokenHaves::new(self.hedges_per_broken_have).hedge(ctx, session, asks);
    }
}

#[cfg(test)]
mod tests;
