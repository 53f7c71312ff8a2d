//! Draws one of the likely holders evenly; probes a few other members.

use bitswap_core::strategy::{Asks, Ctx, PeerSelector, SessionView};

use crate::draw::{self, Probes};

parameters! {
    /// Learns nothing: what others are worth is what they do better than this.
    pub struct Random {
        /// How many other members are asked, for each want, whether they have it.
        probes: u32 = 3, within 0..=256;
    }
}

impl PeerSelector for Random {
    fn select(&mut self, ctx: &mut Ctx<'_>, session: &SessionView<'_>, asks: &mut Asks) {
        draw::ask(ctx, session, asks, Probes::Even(self.probes as usize), |_, _| 1);
    }
}

#[cfg(test)]
mod tests;
