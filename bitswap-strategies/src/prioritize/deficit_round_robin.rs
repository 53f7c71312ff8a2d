//! Serves peers in rounds of so many bytes for each, times its weight.

use bitswap_core::strategy::{Ctx, PeerQueueView, Rank, TaskPrioritizer, TaskView};

use crate::catalog::Bytes;
use crate::order;

parameters! {
    /// Deficit round robin (Shreedhar and Varghese 1995) as an order: a block belongs to the round
    /// ⌈(tag + size / weight) / quantum⌉, where the tag is what the peer was served so far, divided
    /// by its weight, and lower rounds come first; within a round, the peer whose last turn is
    /// longest ago. Two peers that always wait differ by at most one quantum and one block for
    /// their weights. A peer that begins to wait starts in the round that is being served.
    pub struct DeficitRoundRobin {
        /// What a peer of weight 1 is served in one round; at least as much as a usual block.
        quantum: Bytes = Bytes::kib(256), within Bytes::kib(1)..=Bytes::mib(64);
    }
}

impl TaskPrioritizer for DeficitRoundRobin {
    fn rank_peer(&mut self, ctx: &mut Ctx<'_>, peer: &PeerQueueView) -> Rank {
        ctx.because("in its round");
        let next = peer.weight.divides(u64::from(peer.next_task_bytes));
        let round = peer.start_tag.saturating_add(next).div_ceil(self.quantum.0.max(1));
        Rank::new([order::part(round), order::part(peer.turn), 0, 0])
    }

    fn rank_task(&mut self, ctx: &mut Ctx<'_>, task: &TaskView) -> Rank {
        order::by_priority(ctx, task)
    }
}

#[cfg(test)]
mod tests;
