//! Remembers for minutes who wanted or had what, the best evidence first; relays nothing.

use std::time::Duration;

use bitswap_core::strategy::{Ctx, EventMask, Registry, StrategyEvent};
use bitswap_core::{CidKey, PeerKey};

use crate::catalog::Configured;
use crate::evidence::{Evidence, Learning};

parameters! {
    /// What `want-inspection` can be told.
    pub struct Params {
        /// How many peers are named for a CID, the best.
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

/// Want inspection (RFC BB L1-04): who asked for a block will soon have it. Evidence is worth 3 for
/// a block that came, 2 for a HAVE, 1 for a want of the block and ½ for a want of its presence,
/// times 2^(−age / half-life); a DONT_HAVE takes it away. The RFC learns from wants alone. Of at
/// most 65,536 CIDs at most ten peers each are remembered: about 10 MiB.
#[derive(Debug)]
pub struct WantInspection {
    params: Params,
    evidence: Evidence,
}

impl Configured for WantInspection {
    type Params = Params;

    fn new(params: Params) -> Self {
        let Params { wants, outcomes, half_life, remember, .. } = params;
        let evidence = Evidence::new(Learning { wants, outcomes, half_life, remember });
        Self { params, evidence }
    }
}

impl Registry for WantInspection {
    fn candidates(&mut self, ctx: &mut Ctx<'_>, want: CidKey, limit: usize) -> Vec<PeerKey> {
        let most = limit.min(self.params.most as usize);
        let peers = self.evidence.best(ctx.now(), want, most, |_| true);
        ctx.because(if peers.is_empty() { "knows nobody" } else { "best evidence" });
        peers
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
