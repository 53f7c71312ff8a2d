//! Relays strangers' wants first to the peers with the best evidence, then to anybody.

use std::time::Duration;

use bitswap_core::strategy::{
    Ctx, EventMask, Registry, RelayPlan, RelayRequestView, RelayView, StrategyEvent,
};
use bitswap_core::{CidKey, PeerKey};

use crate::catalog::Configured;
use crate::evidence::{self, Evidence, Learning};

parameters! {
    /// What `guided-relay` can be told.
    pub struct Params {
        /// How many peers a stranger's want is passed on to.
        degree: u32 = 10, within 0..=64;
        /// How many of them are those with the best evidence; the rest are drawn.
        guided: u32 = 3, within 0..=10;
        /// How many peers are named for a CID of our own, the best.
        most: u32 = 3, within 1..=10;
        /// Whether a peer that wants a block counts as one that will soon have it.
        wants: bool = true, within false..=true;
        /// Whether blocks and HAVEs that came from a peer count.
        outcomes: bool = true, within false..=true;
        /// In this time evidence loses half of what it is worth.
        half_life: Duration = Duration::from_secs(120),
            within Duration::from_secs(1)..=Duration::from_secs(86_400);
        /// How long evidence that a peer has a block counts.
        remember: Duration = Duration::from_secs(600),
            within Duration::from_secs(1)..=Duration::from_secs(86_400);
    }
}

/// The RFCs BB L1-02 and L1-04 together: the evidence of `want-inspection` says where wants are
/// relayed to first. Only peers that may be asked compete, so that the requester, whose want is
/// the newest evidence, takes nobody's place.
#[derive(Debug)]
pub struct GuidedRelay {
    params: Params,
    evidence: Evidence,
}

impl Configured for GuidedRelay {
    type Params = Params;

    fn new(params: Params) -> Self {
        let Params { wants, outcomes, half_life, remember, .. } = params;
        let evidence = Evidence::new(Learning { wants, outcomes, half_life, remember });
        Self { params, evidence }
    }
}

impl Registry for GuidedRelay {
    fn candidates(&mut self, ctx: &mut Ctx<'_>, want: CidKey, limit: usize) -> Vec<PeerKey> {
        let most = limit.min(self.params.most as usize);
        let peers = self.evidence.best(ctx.now(), want, most, |_| true);
        ctx.because(if peers.is_empty() { "knows nobody" } else { "best evidence" });
        peers
    }

    fn relay(
        &mut self,
        ctx: &mut Ctx<'_>,
        want: &RelayRequestView,
        view: &RelayView<'_>,
    ) -> RelayPlan {
        let may = |peer| view.eligible.contains(&peer);
        let guided = self.params.guided as usize;
        let first = self.evidence.best(ctx.now(), want.want, guided, may);
        evidence::spread(ctx, want, view, (self.params.degree, "best evidence"), first)
    }

    fn observe(&mut self, ctx: &mut Ctx<'_>, event: &StrategyEvent) {
        self.evidence.observe(ctx.now(), event);
    }

    fn events(&self) -> EventMask {
        self.evidence.events()
    }
}

#[cfg(test)]
mod tests;
