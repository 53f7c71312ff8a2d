//! Sends each peer first what this node sent least often lately, whatever priority the peer gave.
//!
//! It owns the counts of what was sent. A rank is asked for again only when its view changed or the
//! rank says so, and no view tells that a block went to somebody else: so each rank counts for a
//! short time, after which all that waits is counted again. Until then a task keeps its place. What
//! is on its way is counted once it was sent; of tasks with equal counts the engine takes first
//! what it took least often lately, and else what was asked for first.

use std::time::Duration;

use bitswap_core::CidKey;
use bitswap_core::strategy::{
    Ctx, EventMask, PeerQueueView, Rank, StrategyEvent, TaskPrioritizer, TaskView,
};

use crate::catalog::Configured;
use crate::order;
use crate::tools::{Recent, WindowSum};

parameters! {
    /// What `rarest-served-first` can be told.
    pub struct Params {
        /// For how long a block that was sent counts.
        window: Duration = Duration::from_secs(600),
            within Duration::from_secs(1)..=Duration::from_secs(86_400);
        /// Of how many blocks it remembers how often they were sent: those sent last.
        remembers: u32 = 16_384, within 1..=1_048_576;
        /// How long a task keeps its place before it is counted again.
        recount: Duration = Duration::from_secs(2),
            within Duration::from_millis(100)..=Duration::from_secs(60);
    }
}

/// Super-seeding, as in `BitTorrent`: who has what many want sends each block once before it sends
/// any twice, and they give it to each other. Good for the only seeder of a crowd, bad for peers
/// that read in order. Peers are served by what is on its way to them, then by what they had, each
/// for its weight. Relayed blocks come last: they are not this node's to spread.
#[derive(Debug)]
pub struct RarestServedFirst {
    params: Params,
    sent: Recent<CidKey, WindowSum>,
}

impl Configured for RarestServedFirst {
    type Params = Params;

    fn new(params: Params) -> Self {
        Self { sent: Recent::new(params.remembers as usize), params }
    }
}

impl TaskPrioritizer for RarestServedFirst {
    fn rank_peer(&mut self, ctx: &mut Ctx<'_>, peer: &PeerQueueView) -> Rank {
        ctx.because("least in flight");
        let [in_flight, served] = order::had(peer);
        Rank::new([i64::from(peer.next_task_relayed), in_flight, served, 0])
    }

    fn rank_task(&mut self, ctx: &mut Ctx<'_>, task: &TaskView) -> Rank {
        ctx.because("rarest served first");
        let sent = self.sent.get(task.want).map_or(0, |sent| sent.sum(ctx.now()));
        let rank = Rank::new([i64::from(task.relayed), order::part(sent), 0, 0]);
        rank.until(ctx.now().after(self.params.recount))
    }

    fn observe(&mut self, ctx: &mut Ctx<'_>, event: &StrategyEvent) {
        if let StrategyEvent::BlockSent { want, .. } = event {
            let window = self.params.window;
            self.sent.or_insert_with(*want, || WindowSum::new(window)).add(ctx.now(), 1);
        }
    }

    fn events(&self) -> EventMask {
        EventMask::BLOCK_SENT
    }
}

#[cfg(test)]
mod tests;
