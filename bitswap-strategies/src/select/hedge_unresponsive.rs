//! Lets another selector ask, and asks more holders when those that said HAVE send nothing.

use std::fmt;

use bitswap_core::PeerKey;
use bitswap_core::strategy::{
    Asks, Ctx, EventMask, FullSessionView, PeerSelector, Report, SessionView, State, StrategyEvent,
};

use crate::broken_haves::BrokenHaves;
use crate::catalog::{Base, Configured};

parameters! {
    /// What `hedge-unresponsive` can be told.
    pub struct Params {
        /// Who is asked first.
        base: Base = Base::named("random");
        /// Holders that are asked at a time for each peer that answered HAVE and sent no block.
        hedges_per_broken_have: u32 = 4, within 1..=128;
    }
}

/// If k peers broke their HAVE for a block, 4k holders are asked for it at a time, so that one
/// honest holder among n that lie is found after log n timeouts instead of n. Only one want of the
/// session is hedged at a time, while the session gets no block for 5 s. `probabilistic` has this
/// rule of its own.
pub struct HedgeUnresponsive {
    base: Box<dyn PeerSelector>,
    broken: BrokenHaves,
}

impl Configured for HedgeUnresponsive {
    type Params = Params;

    fn new(params: Params) -> Self {
        let broken = BrokenHaves::new(params.hedges_per_broken_have);
        Self { base: params.base.selector(), broken }
    }
}

impl PeerSelector for HedgeUnresponsive {
    fn select(&mut self, ctx: &mut Ctx<'_>, session: &SessionView<'_>, asks: &mut Asks) {
        self.base.select(ctx, session, asks);
        self.broken.hedge(ctx, session, asks);
    }

    fn evict(&mut self, ctx: &mut Ctx<'_>, session: &FullSessionView<'_>) -> Option<PeerKey> {
        self.base.evict(ctx, session)
    }

    fn asks_outsiders(&self) -> bool {
        self.base.asks_outsiders()
    }

    fn report(&self) -> Report {
        self.base.report()
    }

    fn observe(&mut self, ctx: &mut Ctx<'_>, event: &StrategyEvent) {
        self.base.observe(ctx, event);
    }

    fn events(&self) -> EventMask {
        self.base.events()
    }

    fn export_state(&mut self) -> Option<State> {
        self.base.export_state()
    }

    fn import_state(&mut self, ctx: &mut Ctx<'_>, state: State) {
        self.base.import_state(ctx, state);
    }
}

#[cfg(test)]
mod tests;

impl fmt::Debug for HedgeUnresponsive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HedgeUnresponsive").field("broken", &self.broken).finish_non_exhaustive()
    }
}
