//! Weighs a peer by its share of what all peers gave in the last seconds.

use std::time::Duration;

use bitswap_core::PeerKey;
use bitswap_core::strategy::{Account, Ctx, EventMask, LedgerPolicy, StrategyEvent, Weight};

use crate::catalog::Configured;
use crate::order;
use crate::tools::{Recent, WindowSum};

parameters! {
    /// What `recent-share` can be told.
    pub struct Params {
        /// How long what a peer gave counts.
        window: Duration = Duration::from_secs(10),
            within Duration::from_secs(1)..=Duration::from_secs(3_600);
        /// The least weight, in 1/1024 of the ordinary one.
        floor: u32 = 102, within 16..=1_024;
    }
}

/// The allocation of proportional share (Levin et al. 2008) as weights: the bytes that came from
/// the peer within the window, divided by the mean over all peers that gave something, and never
/// below the floor. While nobody gave anything, everybody weighs 1. Meant for `weighted-fair`.
#[derive(Debug)]
pub struct RecentShare {
    params: Params,
    given: Recent<PeerKey, WindowSum>,
    all: WindowSum,
}

impl RecentShare {
    /// More peers do not give at a time.
    const PEERS: usize = 1_024;
}

impl Configured for RecentShare {
    type Params = Params;

    fn new(params: Params) -> Self {
        let all = WindowSum::new(params.window);
        Self { params, given: Recent::new(Self::PEERS), all }
    }
}

impl LedgerPolicy for RecentShare {
    fn weigh(&mut self, ctx: &mut Ctx<'_>, account: &Account) -> Weight {
        let all = self.all.sum(ctx.now());
        if all == 0 {
            ctx.because("nobody gave");
            return Weight::ONE;
        }
        let given = self.given.get(account.peer).map_or(0, |given| given.sum(ctx.now()));
        ctx.because(if given == 0 { "gave nothing lately" } else { "gave lately" });
        let share = order::ratio_1024(given.saturating_mul(self.given.len() as u64), all);
        let share = u32::try_from(share).unwrap_or(u32::MAX);
        Weight::parts(share.max(self.params.floor))
    }

    fn observe(&mut self, ctx: &mut Ctx<'_>, event: &StrategyEvent) {
        if let StrategyEvent::BlockReceived { peer, bytes, .. } = event {
            let (now, bytes, window) = (ctx.now(), u64::from(*bytes), self.params.window);
            self.all.add(now, bytes);
            self.given.or_insert_with(*peer, || WindowSum::new(window)).add(now, bytes);
        } else if let StrategyEvent::PeerDisconnected { peer } = event {
            self.given.remove(*peer);
        }
    }

    fn events(&self) -> EventMask {
        EventMask::BLOCK_RECEIVED | EventMask::PEER_DISCONNECTED
    }
}

#[cfg(test)]
mod tests;
